"""Time units, and what each holds."""

from __future__ import annotations

from typing import Literal, get_args

from crmlab.errors import ParameterError, did_you_mean

TimeUnit = Literal["day", "week", "month"]

DAYS_A_MONTH = 30.4375  # 365.25 / 12
_DAYS: dict[str, float] = {"day": 1.0, "week": 7.0, "month": DAYS_A_MONTH}


def days_per(unit: str) -> float:
    """Return how many days a unit has; raise a ParameterError for an unknown one."""
    if unit not in _DAYS:
        near = did_you_mean(str(unit), _DAYS)
        raise ParameterError(
            f"time_unit is {unit!r}; it may be {', '.join(map(repr, get_args(TimeUnit)))}."
            + (f" Did you mean {near!r}?" if near else "")
        )
    return _DAYS[unit]


def months_to(unit: str, months: float) -> float:
    """Convert months (30.4375 days) into `unit`."""
    return months * DAYS_A_MONTH / days_per(unit)
