"""Grouped counts: customers with the same history are one row, which is all that a fit needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._rows import check_columns
from crmlab.clv._units import days_per
from crmlab.clv.summary import CustomerSummary, half_up, is_ibis
from crmlab.errors import ParameterError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from crmlab.clv._units import TimeUnit

    Floats = NDArray[np.float64]

__all__ = ["HistoryCounts", "SpendCounts", "history_counts", "spend_counts"]


@dataclass(frozen=True, eq=False)
class HistoryCounts:
    """How many customers have each history.

    Attributes
    ----------
    table
        Columns ``frequency``, ``recency``, ``T`` (as in a customer summary) and ``customers`` (whole, above 0).
    time_unit
        Unit of ``recency`` and ``T``; None if it is not known.

    """

    table: pd.DataFrame
    time_unit: TimeUnit | None = None

    def __len__(self) -> int:
        return len(self.table)

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return int(self.table["customers"].sum())

    def summary(self) -> pd.DataFrame:
        """Return ``customers``, ``repeat_customers`` and ``histories`` as a tidy DataFrame (``measure``, ``value``)."""
        repeat = int(self.table.loc[self.table["frequency"] > 0, "customers"].sum())
        figures = {"customers": self.customers, "repeat_customers": repeat, "histories": len(self)}
        return pd.DataFrame({"measure": list(figures), "value": list(figures.values())})


@dataclass(frozen=True, eq=False)
class SpendCounts:
    """How many customers have each frequency and mean spend.

    Attributes
    ----------
    table
        Columns ``frequency``, ``monetary_value`` (missing where the frequency is 0) and ``customers`` (whole, above 0).
    money_decimals
        To how many decimals the values are rounded.

    """

    table: pd.DataFrame
    money_decimals: int

    def __len__(self) -> int:
        return len(self.table)

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return int(self.table["customers"].sum())

    def summary(self) -> pd.DataFrame:
        """Return ``customers``, ``repeat_customers`` and ``groups`` as a tidy DataFrame (``measure``, ``value``)."""
        repeat = int(self.table.loc[self.table["frequency"] > 0, "customers"].sum())
        figures = {"customers": self.customers, "repeat_customers": repeat, "groups": len(self)}
        return pd.DataFrame({"measure": list(figures), "value": list(figures.values())})


def history_counts(
    summary: CustomerSummary | pd.DataFrame | ir.Table, *, time_unit: TimeUnit | None = None
) -> HistoryCounts:
    """Count the customers who have the same history.

    Parameters
    ----------
    summary
        A customer summary, its table, or a table of Ibis with the same columns (see
        :func:`crmlab.clv.summary_table`), which is counted where its data are: one GROUP BY, whatever its size.
    time_unit
        Unit of the times in a bare table; a summary knows its own.

    Returns
    -------
    HistoryCounts
        To be given to ``fit_bg_nbd``, ``fit_mbg_nbd`` or ``fit_pareto_nbd``, whose estimates are those of the summary.
        A year observed by the day holds at most some 100,000 different histories, mostly far fewer, of any number of
        customers.

    Raises
    ------
    DataError
        The table does not hold purchase histories.
    ParameterError
        An unknown unit, or another one than the summary's.

    Notes
    -----
    The likelihood of these models is a product over customers, so equal histories are one factor with an exponent.
    Not for covariates, nor for predictions: these are made customer by customer.

    Checked against: the estimates on the summary itself, equal to 9 digits.

    Examples
    --------
    >>> table = pd.DataFrame({"frequency": [0, 2, 0], "recency": [0, 5, 0], "T": [9, 9, 9]})
    >>> history_counts(table, time_unit="week").table
       frequency  recency    T  customers
    0          0      0.0  9.0          2
    1          2      5.0  9.0          1

    """
    from crmlab.clv._guard import histories, unit_of

    if time_unit is not None:
        days_per(time_unit)
    if is_ibis(summary):
        check_columns(summary, ("frequency", "recency", "T"), what="customer table")
        counted = summary.group_by("frequency", "recency", "T").aggregate(customers=summary.count())
        columns = _fetched(counted)
        h = histories(pd.DataFrame(columns))
        return HistoryCounts(_counted(columns["customers"], frequency=h.x, recency=h.t, T=h.T), time_unit)
    h = histories(summary)
    unit = unit_of(summary, time_unit)
    return HistoryCounts(_counted(np.ones(len(h)), frequency=h.x, recency=h.t, T=h.T), unit)


@checked_arguments
def spend_counts(
    summary: CustomerSummary | pd.DataFrame | ir.Table, *, money_decimals: int = 2
) -> SpendCounts:
    """Count the customers who buy equally often for the same mean value.

    Parameters
    ----------
    summary
        A customer summary, its table, or a table of Ibis with the same columns, counted where its data are.
    money_decimals
        Mean values are rounded to so many decimals, halves up; without rounding hardly two would be alike.

    Returns
    -------
    SpendCounts
        To be given to ``fit_gamma_gamma``, whose estimates are those of a summary rounded alike.

    Raises
    ------
    DataError
        Missing columns, frequencies that are not whole, infinite values.
    ParameterError
        `money_decimals` outside 0 to 9.

    Notes
    -----
    The published estimates of CDNOW rest on means rounded to the cent: ``money_decimals=2``.

    Checked against: the estimates on the rounded summary itself, equal to 9 digits.

    Examples
    --------
    >>> table = pd.DataFrame({"frequency": [0, 2, 2, 0], "monetary_value": [np.nan, 5.001, 4.999, np.nan]})
    >>> spend_counts(table).table
       frequency  monetary_value  customers
    0          0             NaN          2
    1          2             5.0          2

    """
    from crmlab.clv._guard import table_of
    from crmlab.clv.gamma_gamma import frequency_and_value

    if not 0 <= money_decimals <= 9:
        raise ParameterError(f"money_decimals is {money_decimals!r}; it may be a whole number from 0 to 9.")
    if is_ibis(summary):
        check_columns(summary, ("frequency", "monetary_value"), what="customer table")
        unit = 10.0**money_decimals
        rounded = (summary.monetary_value * unit + (0.5 + 1e-6)).floor() / unit
        counted = (
            summary.select(frequency=summary.frequency, monetary_value=rounded.cast("float64"))
            .group_by("frequency", "monetary_value")
            .aggregate(customers=lambda group: group.count())
        )
        columns = _fetched(counted)
        x, z = frequency_and_value(pd.DataFrame(columns))
        table = _counted(columns["customers"], frequency=x.astype(np.int64), monetary_value=z)
        return SpendCounts(table, money_decimals)
    x, z = frequency_and_value(table_of(summary))
    z = np.where(x > 0, half_up(z, money_decimals), np.nan)
    return SpendCounts(
        _counted(np.ones(len(x)), frequency=x.astype(np.int64), monetary_value=z), money_decimals
    )


def _counted(w: Any, **columns: Any) -> pd.DataFrame:
    """Return the distinct rows in their order, with ``customers``, the sum of `w` of each."""
    from crmlab.clv._collapse import levels, tally

    codes, found = [], {}
    for name, values in columns.items():
        code, found[name] = levels(values)
        codes.append((code + 1, len(found[name]) + 1))  # a missing value has the code -1
        found[name] = np.concatenate([[np.nan], found[name]])
    places, count = tally(*codes, w=np.asarray(w, dtype=np.float64))
    table = pd.DataFrame({name: found[name][at] for name, at in zip(columns, places, strict=True)})
    table["frequency"] = table["frequency"].astype(np.int64)
    return table.assign(customers=count.astype(np.int64))


def _fetched(expression: Any) -> dict[str, Any]:
    answer = expression.to_pyarrow()
    return {name: answer[name].to_numpy() for name in answer.column_names}
