"""What the parts of the report on customer lifetime value share: helpers that write its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from crmlab.reports.content.cash import Cash, count, digits_of
from crmlab.text import number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.clv_results import CLVResults

__all__ = [
    "TENTH",
    "best_share",
    "cash_of",
    "level",
    "miss",
    "people_range",
    "plain_size",
    "signed",
    "sized",
    "three",
    "total_of",
]

#: fewest customers of whom a tenth is a group
TENTH = 20


def cash_of(found: CLVResults) -> Cash:
    """Return what writes the amounts of this report."""
    return Cash(found.currency)


def total_of(found: CLVResults, measure: str) -> dict[str, float]:
    """Return estimate and limits of one of the outlook's totals."""
    row = found.ahead.totals.set_index("measure").loc[measure]
    return {str(name): float(cast("float", value)) for name, value in row.items()}


def level(found: CLVResults) -> str:
    """Return the confidence level, written."""
    return percent(found.parameters.confidence, 0)


def people_range(row: dict[str, float]) -> str:
    """Return where a number of people will lie, chance included."""
    return tr("{low} to {high}", low=count(row["actual_low"]), high=count(row["actual_high"]))


def best_share(found: CLVResults) -> float:
    """Return the share of the value that the most valuable tenth holds."""
    measures = found.value.summary().set_index("measure")["estimate"]
    return float(measures["top_tenth_share"])


def miss(fraction: float) -> str:
    """Return by how much a forecast was too high or too low, in words."""
    if percent(abs(fraction)) == percent(0):
        return tr("exactly as many as came")
    if fraction > 0:
        return tr("{share} too many", share=percent(fraction))
    return tr("{share} too few", share=percent(-fraction))


def signed(fraction: float) -> str:
    """Return a difference in percent, with its sign.

    >>> signed(0.034), signed(-0.1), signed(0.0001)
    ('+3.4%', '−10.0%', '0.0%')
    """
    text = percent(fraction)
    return f"+{text}" if fraction > 0 and text != percent(0) else text


def plain_size(value: float) -> str:
    """Return a number of people, purchases or money with at most two decimals, the fewer the larger it is.

    >>> plain_size(1527.4), plain_size(21.34), plain_size(0.0089)
    ('1,527', '21.3', '0.01')
    """
    return number(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2)


def sized(value: float) -> str:
    """Return a number with the decimals that its size deserves.

    >>> sized(1527.4), sized(21.34), sized(3.456)
    ('1,527', '21.3', '3.46')
    """
    return number(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else digits_of(value))


def three(value: float) -> str:
    """Return a parameter with three decimals, or the figures that a very small or very large one needs.

    >>> three(0.2426), three(0.00001234), three(2.5e7)
    ('0.243', '0.0000123', '25,000,000')
    """
    return number(value, max(digits_of(value), 3) if abs(value) < 1e6 else 0)
