"""The cells of one column: distinct values, cleaned once, parsed once.

A million rows hold a few thousand different dates and amounts, so parsers work on the distinct values and the result
is spread over the rows.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmlab.data.messages import Message

__all__ = ["OK", "Cells", "Parsed", "clean", "is_missing", "parse_distinct"]

#: the kind of a cell that was read
OK = ""

_MISSING = frozenset(
    {
        "",
        "na",
        "n/a",
        "n.a.",
        "#n/a",
        "nan",
        "nat",
        "null",
        "none",
        "nil",
        "(null)",
        "(blank)",
        "missing",
        "\\n",
    }
    | {
        "-",
        "--",
        "---",
        "—",
        "——",
        "–",
        "/",
        "?",
        ".",
        "无",
        "空",
        "(空)",
        "(空白)",
        "缺失",
        "未知",
        "未填",
        "跳过",
        "(跳过)",
    }
)

_KEPT = re.compile('="([^"]*)"$|\'(?=[\\d+-])(.*)')

Cells = Any  # a sequence of cells: numpy object array or pandas Series


@dataclass(frozen=True)
class Parsed:
    """A column after parsing.

    Parameters
    ----------
    data
        One value a row; undefined where `kinds` is not empty.
    kinds
        One kind of fault a row (a key of :data:`crmlab.data.rejects.REASONS`), empty where the cell was read.
    notes
        What the reader should know about the way the column was read.

    """

    data: NDArray[Any]
    kinds: NDArray[np.object_]
    notes: tuple[Message, ...] = ()

    @property
    def bad(self) -> NDArray[np.bool_]:
        """Rows whose cell could not be read, missing ones included."""
        return np.asarray(self.kinds != OK)

    def first(self, count: int) -> Parsed:
        """Return the same with the first `count` rows only."""
        return Parsed(self.data[:count], self.kinds[:count], self.notes)


def clean(value: object) -> object:
    """Return a cell in one form: full-width letters made narrow, outer blanks gone; None for not a number.

    What keeps a spreadsheet from counting with a number is taken off: ``="007"`` and ``'007``.

    >>> clean(" １２３ "), clean('="007"'), clean("'007")
    ('123', '007', '007')
    """
    if isinstance(value, str):
        if not value.isascii():
            value = unicodedata.normalize("NFKC", value).replace("\u2212", "-").replace("\ufeff", "")
        value = value.strip()
        return _KEPT.sub(r"\1\2", value) if value[:1] in {"=", "'"} else value
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - NaN is the only value unlike itself
        return None
    return value


def is_missing(value: object) -> bool:
    """Tell whether a cleaned cell says that there is no value.

    >>> is_missing("N/A"), is_missing("0")
    (True, False)
    """
    return value is None or value is pd.NaT or (isinstance(value, str) and value.casefold() in _MISSING)


def parse_distinct(
    column: Cells,
    parse: Callable[[Sequence[object]], tuple[NDArray[Any], NDArray[np.object_], tuple[Message, ...]]],
    missing: object,
) -> Parsed:
    """Parse each distinct value of a column once.

    Parameters
    ----------
    column
        The cells.
    parse
        Gets the distinct cleaned values, none of them missing; returns values, kinds and notes.
    missing
        The value that stands for a missing one.

    """
    cells = np.asarray(column, dtype=object)
    try:
        codes, found = pd.factorize(cells, use_na_sentinel=True)
    except TypeError:  # lists and structures of a Parquet file
        codes, found = pd.factorize(np.array([str(cell) for cell in cells], dtype=object))
    cleaned = [clean(value) for value in found]
    there = np.fromiter((not is_missing(value) for value in cleaned), dtype=bool, count=len(cleaned))
    values, kinds, notes = parse([value for value, known in zip(cleaned, there, strict=True) if known])
    # One place more at the end: the code -1 of missing cells points there.
    all_values = np.empty(len(cleaned) + 1, dtype=values.dtype)
    all_values[:] = missing
    all_kinds = np.full(len(cleaned) + 1, "missing", dtype=object)
    at = np.flatnonzero(there)
    all_values[at], all_kinds[at] = values, kinds
    return Parsed(all_values[codes], all_kinds[codes], notes)
