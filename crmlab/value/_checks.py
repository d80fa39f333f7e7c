"""Checks of single numbers."""

from __future__ import annotations

import math

from crmlab.errors import ParameterError

__all__ = ["at_least_0", "finite", "rate", "share", "whole"]

#: years or periods of which a table has a row each
_MOST_ASKED = 100_000


def share(value: float, name: str) -> None:
    """Raise a ParameterError unless the number lies within 0 and 1."""
    if not 0 <= value <= 1:
        raise ParameterError(f"{name} is {value!r}; it must lie between 0 and 1.", hint="Write 0.8 for 80 %.")


def at_least_0(**numbers: float) -> None:
    """Raise a ParameterError that tells all numbers below 0 or not finite."""
    problems = [f"{name} is {value!r}" for name, value in numbers.items() if not 0 <= value < math.inf]
    if problems:
        raise ParameterError("These must be 0 or more, and finite.", problems=problems)


def finite(**numbers: float) -> None:
    """Raise a ParameterError that tells all numbers that are not finite."""
    problems = [f"{name} is {value!r}" for name, value in numbers.items() if not math.isfinite(value)]
    if problems:
        raise ParameterError("Each number must be finite.", problems=problems)


def whole(name: str, value: int, least: int = 1) -> None:
    """Raise a ParameterError unless so many rows can be told."""
    if not least <= value <= _MOST_ASKED:
        raise ParameterError(
            f"{name} is {value!r}; it must be a whole number from {least} to {_MOST_ASKED:,}."
        )


def rate(value: float, name: str) -> None:
    """Raise a ParameterError for a discount rate that would turn money's sign."""
    if value <= -1:
        raise ParameterError(f"{name} is {value!r}; it must be above -1.", hint="Write 0.1 for 10 %.")
