"""Amounts of money as people read them: honest digits, from shares of a cent to billions."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from crmlab.show import escape_markdown
from crmlab.text import language, money, number, tr

__all__ = ["Cash", "column_digits", "count", "digits_of"]

_BILLION = 1e9


def digits_of(value: float) -> int:
    """Return the decimals that an amount deserves: none from 1,000 on, two from 1 on, else three figures.

    >>> [digits_of(value) for value in (250000.0, 12.5, 0.0345, 0.0)]
    [0, 2, 4, 0]
    """
    size = abs(value)
    if not math.isfinite(size) or size == 0 or size >= 1000:
        return 0
    return 2 if size >= 1 else min(2 - math.floor(math.log10(size)), 10)


def column_digits(values: Iterable[float]) -> int:
    """Return the decimals of a column of amounts, by the middle one of those that are not 0.

    >>> column_digits([1200.0, 350.5, 0.2]), column_digits([3.5, 12.0]), column_digits([])
    (0, 2, 0)
    """
    found = np.abs(np.asarray(list(values), dtype=np.float64))
    found = found[np.isfinite(found) & (found > 0)]
    if not len(found):
        return 0
    middle = float(np.median(found))
    return 0 if middle >= 100 else digits_of(middle)


def count(value: float) -> str:
    """Return an expected number of people or purchases: whole from 10 on, else with a decimal.

    >>> count(1526.54), count(3.26)
    ('1,527', '3.3')
    """
    return number(value, 0 if abs(value) >= 9.95 else 1)


@dataclass(frozen=True)
class Cash:
    """Writes amounts in a currency.

    Attributes
    ----------
    currency
        Sign in front of amounts, or empty.

    """

    currency: str = ""

    def plain(self, value: float) -> str:
        """Return an amount for captions, titles and tables."""
        return _written(value, self.currency)

    def __call__(self, value: float) -> str:
        """Return an amount for Markdown, where a dollar sign would begin a formula."""
        return _written(value, escape_markdown(self.currency) if self.currency else "")

    def span(self, low: float, high: float) -> str:
        """Return an interval for Markdown."""
        return tr("{low} to {high}", low=self(low), high=self(high))

    def head(self, words: str) -> str:
        """Return the head of a column of amounts, with the currency."""
        return tr("{words} ({unit})", words=words, unit=self.currency) if self.currency else words


def _written(value: float, currency: str) -> str:
    if abs(value) >= _BILLION and math.isfinite(value):
        # Chinese counts large amounts in units of a hundred million.
        shown = (
            money(value / 1e8, currency, 1) if language() == "zh" else money(value / _BILLION, currency, 2)
        )
        return tr("{amount} billion", amount=shown)
    return money(value, currency, digits_of(value))
