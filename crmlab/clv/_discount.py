"""Money over months: discount factors, and the parameters that all forecasts of money share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["check_money", "discount", "per_period"]

#: 500 years
_MOST_MONTHS = 6_000


def discount(months: int, rate: float) -> Floats:
    """Return the discount factors of the ends of the first `months` months, at a rate for a year."""
    factors: Floats = (1 + rate) ** (-np.arange(1, months + 1, dtype=np.float64) / 12)
    return factors


def per_period(factors: Floats) -> Floats:
    """Return weights that turn purchases up to the end of each period into discounted ones."""
    weights: Floats = factors - np.append(factors[1:], 0.0)
    return weights


def check_money(
    horizon_months: int, discount_rate_annual: float, margin: float, *, draws: int | None = None
) -> None:
    """Raise a ParameterError that lists all parameters out of their range."""
    problems = []
    if not 1 <= horizon_months <= _MOST_MONTHS:
        problems.append(
            f"horizon_months is {horizon_months!r}; it must be a whole number from 1 to {_MOST_MONTHS:,}"
        )
    if not (np.isfinite(discount_rate_annual) and discount_rate_annual >= 0):
        problems.append(
            f"discount_rate_annual is {discount_rate_annual!r}; it must be 0 or more (0.10 is 10 %)"
        )
    if not 0 < margin <= 1:
        problems.append(f"margin is {margin!r}; it must be above 0 and at most 1 (0.3 is 30 % of revenue)")
    if draws is not None and draws < 2:
        problems.append(f"draws is {draws!r}; it must be 2 or more")
    if problems:
        raise ParameterError("Some parameters are out of their range.", problems=problems)
