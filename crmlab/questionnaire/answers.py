"""A sheet of answers, checked: a row for each respondent, a column for each item, numbers only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import float_table
from crmlab.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["check_answers", "complete_answers", "plain"]


def check_answers(items: pd.DataFrame, *, at_least: int, what: str) -> pd.DataFrame:
    """Return the answers as floats, missing ones as NaN; refuse words, infinities, and too few or doubled items.

    >>> check_answers(pd.DataFrame({"a": [1, None], "b": ["2", 3]}), at_least=2, what="Alpha")
         a    b
    0  1.0  2.0
    1  NaN  3.0
    """
    if items.shape[1] < at_least:
        count = {1: "one item", 2: "two items"}.get(at_least, f"{at_least} items")
        raise DataError(
            f"{what} needs {count} or more; got {items.shape[1]}.",
            hint="The reliability of a single item cannot be estimated from one survey.",
        )
    if not items.columns.is_unique:
        doubled = sorted({str(name) for name in items.columns[items.columns.duplicated()]})
        raise DataError(f"Items occur twice: {', '.join(doubled)}.", hint="Give each column its own name.")
    numbers = float_table(items)
    bad = (numbers.isna() & items.notna()) | numbers.isin([np.inf, -np.inf])
    if bad.to_numpy().any():
        cells = list(zip(*np.nonzero(bad.to_numpy()), strict=True))
        raise DataError(
            f"{len(cells)} answers are not finite numbers.",
            problems=[
                f"row {items.index[r]}, item {items.columns[c]}: {plain(items.iloc[r, c])!r}"
                for r, c in cells[:5]
            ],
            hint="Turn words into numbers, and leave missing answers empty.",
        )
    return numbers


def complete_answers(
    items: pd.DataFrame, *, at_least: int = 2, respondents: int = 3, what: str = "Alpha"
) -> tuple[NDArray[np.float64], int]:
    """Return the answers of those who answered every item, and how many did not; refuse items that do not vary."""
    numbers = check_answers(items, at_least=at_least, what=what)
    complete = numbers.dropna()
    if len(complete) < respondents:
        need = {3: "three"}.get(respondents, str(respondents))
        raise DataError(
            f"Only {len(complete)} respondents answered every item; {what.lower()} needs {need} or more.",
            hint="Look for an item that few answered: " + _most_missing(numbers),
        )
    values = complete.to_numpy(dtype=float)
    constant = [
        str(name) for name, spread in zip(items.columns, np.ptp(values, axis=0), strict=True) if not spread
    ]
    if constant:
        raise DataError(
            f"All respondents answer alike on {', '.join(constant)}.",
            hint="Such an item measures nothing here; leave it out.",
        )
    return values, len(items) - len(complete)


def _most_missing(numbers: pd.DataFrame) -> str:
    counts = numbers.isna().sum()
    return f"{counts.idxmax()} lacks {int(counts.max())} of {len(numbers)} answers."


def plain(value: object) -> object:
    """Return numpy's number as Python's, which reads better in a message."""
    return value.item() if isinstance(value, np.generic) else value
