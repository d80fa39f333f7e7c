"""One guard for customer tables: what a model may rely on after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import floats
from crmlab.clv._rows import check_columns
from crmlab.clv.grouped import HistoryCounts, SpendCounts
from crmlab.clv.summary import CustomerSummary
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.clv._units import TimeUnit

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["Histories", "histories", "known_unit", "table_of", "unit_of"]

_SHOWN = 5
#: repeat purchases that nobody makes: what is beyond is an amount, or a date
_MOST = 1_000_000_000


@dataclass(frozen=True, eq=False)
class Histories:
    """Purchase histories as arrays: repeat purchases, time of the last one, time observed.

    With covariates, `kinds` are their distinct rows, and `kind` says which of them each customer has. With weights `w`,
    each entry stands for so many customers.
    """

    x: Ints
    t: Floats
    T: Floats
    index: pd.Index | None = None
    kind: Ints | None = None
    kinds: Floats | None = None
    w: Floats | None = None

    def __len__(self) -> int:
        return len(self.x)

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return len(self) if self.w is None else int(self.w.sum())

    def take(self, part: slice | Ints) -> Histories:
        """Return a part of the histories, without their index."""
        kind = None if self.kind is None else self.kind[part]
        return Histories(self.x[part], self.t[part], self.T[part], kind=kind, kinds=self.kinds)

    def without_history(self) -> Histories:
        """Return new customers with the same covariates."""
        none = np.zeros(len(self))
        return Histories(none.astype(np.int64), none, none, kind=self.kind, kinds=self.kinds)


def table_of(summary_or_table: CustomerSummary | pd.DataFrame) -> pd.DataFrame:
    """Return the table of a summary, or the table itself."""
    given: object = summary_or_table
    if isinstance(given, CustomerSummary):
        return given.table
    if isinstance(given, pd.DataFrame):
        return given
    if isinstance(given, (HistoryCounts, SpendCounts)):
        raise DataError(
            f"Each customer is needed, not {type(given).__name__}: grouped counts are for fitting a model.",
            hint="To predict for each kind of history, give its table (one row a history, whatever its customers).",
        )
    raise DataError(
        f"A customer summary or its table is needed, not {type(given).__name__}.",
        hint="Make one with crmlab.clv.customer_summary(transactions).",
    )


def unit_of(
    summary_or_table: CustomerSummary | HistoryCounts | pd.DataFrame,
    time_unit: TimeUnit | None,
    *,
    whose: str = "time_unit",
) -> TimeUnit | None:
    """Return the unit of times; raise if a summary says otherwise than `time_unit`."""
    if not isinstance(summary_or_table, (CustomerSummary, HistoryCounts)):
        return time_unit
    if isinstance(summary_or_table, HistoryCounts) and summary_or_table.time_unit is None:
        return time_unit
    if time_unit is not None and summary_or_table.time_unit != time_unit:
        raise ParameterError(
            f"The units differ: {whose} is {time_unit!r}, the customer summary counts in "
            f"{summary_or_table.time_unit!r}.",
            hint=f"Make the summary with customer_summary(..., time_unit={time_unit!r}).",
        )
    return summary_or_table.time_unit


def known_unit(model_unit: TimeUnit | None, summary: CustomerSummary | pd.DataFrame) -> TimeUnit:
    """Return the unit of a model and of a summary; raise if they differ, or neither tells it."""
    unit = unit_of(summary, model_unit, whose="the model's time_unit")
    if unit is None:
        raise ParameterError(
            "The model does not know its time unit, so a month cannot be placed.",
            hint="Fit it with time_unit='week', or to a CustomerSummary, which knows its unit.",
        )
    return unit


def weighted_histories(given: CustomerSummary | HistoryCounts | pd.DataFrame) -> Histories:
    """Check histories, or grouped counts of histories, and return them as arrays."""
    if not isinstance(given, HistoryCounts):
        return histories(given)
    return replace(histories(given.table), w=counts_of(given.table))


def counts_of(table: pd.DataFrame) -> Floats:
    """Return the column ``customers`` of grouped counts; raise if it holds no numbers of customers."""
    check_columns(table, ("customers",), what="grouped counts")
    w = numbers(table, "customers")
    bad = ~(np.isfinite(w) & (w > 0) & (w == np.floor(w)))
    if bad.any():
        raise DataError(
            f"{int(bad.sum())} row(s) of the grouped counts have no whole number of customers above 0: "
            f"{_rows(table, bad, ('customers',))}."
        )
    return w


def histories(summary_or_table: CustomerSummary | pd.DataFrame) -> Histories:
    """Check ``frequency``, ``recency`` and ``T``, and return them as arrays.

    Raises
    ------
    DataError
        Listing all problems at once: missing columns, missing or negative numbers, frequencies that are not whole,
        recency beyond T, repeat buyers without recency and one-time buyers with one.

    """
    table = table_of(summary_or_table)
    check_columns(table, ("frequency", "recency", "T"), what="customer table")
    if table.empty:
        raise DataError("The customer table has no rows.")
    x, t, T = (numbers(table, name) for name in ("frequency", "recency", "T"))
    if isinstance(summary_or_table, CustomerSummary) or _all_well(x, t, T):
        return Histories(x.astype(np.int64), t, T, table.index)  # of a summary it is true by construction
    with np.errstate(invalid="ignore"):
        checks = (
            (~np.isfinite(x) | ~np.isfinite(t) | ~np.isfinite(T), "have a missing or infinite number"),
            ((x < 0) | (t < 0) | (T < 0), "have a negative number"),
            (np.isfinite(x) & (x != np.floor(x)), "have a frequency that is not whole"),
            (np.isfinite(x) & (x > _MOST), f"have a frequency of more than {_MOST:,}"),
            (t > T * (1 + 1e-12), "have recency beyond T (recency runs from the first to the last purchase)"),
            (
                (x > 0) & (t == 0),
                "have repeat purchases but recency 0 (purchases of one day are one purchase)",
            ),
            ((x == 0) & (t > 0), "have no repeat purchase but recency above 0"),
        )
    problems = [f"{int(bad.sum())} row(s) {what}: {_rows(table, bad)}" for bad, what in checks if bad.any()]
    if problems:
        raise DataError(
            "The customer table does not hold purchase histories.",
            problems=problems,
            hint="customer_summary(transactions) makes such a table.",
        )
    return Histories(x.astype(np.int64), t, T, table.index)


def _all_well(x: Floats, t: Floats, T: Floats) -> bool:
    """Return whether nothing of what `histories` complains of is there; whatever is missing compares false."""
    well = (np.floor(x) == x) & np.isfinite(T) & (x <= _MOST) & (t >= 0) & (x >= 0)
    well &= (t <= T * (1 + 1e-12)) & ((x > 0) == (t > 0))
    return bool(well.all())


def numbers(table: pd.DataFrame, column: str) -> Floats:
    """Return a column as float64; what is no number becomes NaN."""
    if isinstance(dtype := table[column].dtype, np.dtype) and dtype.kind in "iuf":
        return table[column].to_numpy(dtype=np.float64)  # at no cost, for tables of millions
    return floats(table[column])


def _rows(
    table: pd.DataFrame, bad: NDArray[np.bool_], columns: Sequence[str] = ("frequency", "recency", "T")
) -> str:
    shown = table.loc[:, list(columns)][bad].head(_SHOWN)
    found = "; ".join(
        f"{label!r} ({', '.join(map(str, row))})"
        for label, row in zip(shown.index, shown.itertuples(index=False), strict=True)
    )
    return f"{found}{'; …' if bad.sum() > _SHOWN else ''}"
