"""Checks of single numbers."""

from __future__ import annotations

import math

from crmlab.errors import ParameterError

__all__ = ["at_least_0", "share"]


def share(value: float, name: str) -> None:
    """Raise a ParameterError unless the number lies within 0 and 1."""
    if not 0 <= value <= 1:
        raise ParameterError(f"{name} is {value!r}; it must lie between 0 and 1.", hint="Write 0.8 for 80 %.")


def at_least_0(**numbers: float) -> None:
    """Raise a ParameterError that tells all numbers below 0 or not finite."""
    problems = [f"{name} is {value!r}" for name, value in numbers.items() if not 0 <= value < math.inf]
    if problems:
        raise ParameterError("These must be 0 or more, and finite.", problems=problems)
