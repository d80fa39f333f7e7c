"""From transactions to one row a customer: frequency, recency, T and monetary value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeGuard

import numpy as np
import pandas as pd

from crmlab.clv._ids import parts
from crmlab.clv._refunds import settle_refunds
from crmlab.clv._rows import read_rows, to_dates, to_day, to_timestamp
from crmlab.clv._units import TimeUnit, days_per
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from crmlab.clv._rows import DateLike, Floats, Ints, Rows

__all__ = ["CustomerSummary", "customer_summary"]

_ADVICE = "Set observation_end to the last day that the data cover, or leave it out to take the last date in the data."


@dataclass(frozen=True, eq=False)
class CustomerSummary:
    """One row a customer, and an account of how the transactions became that.

    Attributes
    ----------
    table
        Indexed by customer, sorted; columns ``frequency`` (repeat purchase days, whole number), ``recency`` (from
        first to last purchase, in `time_unit`; 0 for those who bought once), ``T`` (from first purchase to the end of
        observation, in `time_unit`), ``monetary_value`` (mean of the repeat purchase days' totals; missing for those
        who bought once, absent without amounts), ``first_purchase``, ``last_purchase``, ``total_value`` (all
        purchases, the first included, net of refunds; absent without amounts).
    time_unit
        ``"day"``, ``"week"`` (7 days) or ``"month"`` (30.4375 days).
    observation_start, observation_end
        First day with a purchase, and the last day observed.
    counts
        What happened to the rows: read, after the end, merged, refunded, left out.

    """

    table: pd.DataFrame
    time_unit: TimeUnit
    observation_start: pd.Timestamp
    observation_end: pd.Timestamp
    counts: Mapping[str, float]

    def __len__(self) -> int:
        return len(self.table)

    def summary(self) -> pd.DataFrame:
        """Return the main figures and all counts as a tidy DataFrame (``measure``, ``value``)."""
        table = self.table
        repeat = table["frequency"] > 0
        figures: dict[str, float] = {
            "customers": len(table),
            "repeat_customers": int(repeat.sum()),
            "repeat_share": float(repeat.mean()),
            "mean_frequency": float(table["frequency"].mean()),
            "mean_recency": float(table["recency"].mean()),
            "mean_T": float(table["T"].mean()),
        }
        if "total_value" in table:
            figures["total_value"] = float(table["total_value"].sum())
            figures["mean_monetary_value"] = float(table["monetary_value"].mean())
        figures |= {key: value for key, value in self.counts.items() if key not in figures}
        return pd.DataFrame({"measure": list(figures), "value": list(figures.values())})


def customer_summary(
    transactions: pd.DataFrame | ir.Table,
    *,
    customer: str = "customer",
    date: str = "date",
    amount: str | None = "amount",
    observation_end: DateLike | None = None,
    time_unit: TimeUnit = "day",
    refunds: Literal["net", "drop", "error"] = "net",
    first_purchase_from: DateLike | None = None,
    money_decimals: int | None = None,
    rows: str | None = None,
) -> CustomerSummary:
    r"""Turn transactions into one row a customer.

    Parameters
    ----------
    transactions
        One row a transaction, in any order: a DataFrame, or a table of Ibis, which is summarised where its data are (DuckDB,
        a Parquet file, PostgreSQL, Spark), so that only the summary comes here; see :func:`crmlab.data.open_table`.
    customer, date, amount
        Names of the columns. Dates may be datetimes (their local day counts), text, or whole numbers as 19970930.
        ``amount=None`` leaves money out.
    observation_end
        Last day observed; later rows are left out and counted. Default: the last date in the data, which makes ``T``
        too short if nobody happened to buy on the last days.
    time_unit
        Unit of ``recency`` and ``T``: ``"day"``, ``"week"`` (7 days), ``"month"`` (30.4375 days).
    refunds
        What negative amounts are. ``"net"``: taken off the customer's purchases of the same day or, failing that, of
        the latest earlier day, the rest off the purchase day before that; a day refunded in full is no purchase any
        more; a refund without an earlier purchase is left out and counted. ``"drop"``: left out. ``"error"``: refused.
    first_purchase_from
        Keep only customers whose first purchase is on this day or later, for data that begin in the middle of
        customers' histories.
    money_decimals
        Keep ``monetary_value`` to so many decimals, halves rounded up, as the published CDNOW summary does with 2.
        Default: keep all digits.
    rows
        Column of a DataFrame that says how many rows each row stands for, where those of a customer's day were merged
        before, as by :func:`crmlab.data.reduce_transactions`; `counts` then tell of the rows before the merging.

    Returns
    -------
    CustomerSummary

    Raises
    ------
    DataError
        Missing or duplicate columns; customers, dates or amounts that cannot be read, with the first five rows; no
        purchase left in the window. Missing values are errors, never filled.

    Notes
    -----
    All purchases of one customer on one day are one purchase occasion. With days :math:`d_0 < d_1 < \dots < d_x`
    of purchase, :math:`u` days in a unit and the end of observation :math:`e`,

    .. math:: \text{frequency} = x, \quad \text{recency} = (d_x - d_0)/u, \quad T = (e - d_0)/u,
              \quad \text{monetary value} = \frac1x \sum_{k=1}^{x} m_k

    with :math:`m_k` the day's total. The first purchase is counted neither in the frequency nor in the monetary
    value: it is what makes a customer. This recency is the one of the buy-till-you-die models; the recency of RFM
    (time *since* the last purchase) is :math:`T - \text{recency}`. A purchase of amount 0 is a purchase.

    A table of Ibis is grouped by customer and day, then by customer, by one expression in its database. The result is the
    same but for the rounding of sums (:math:`10^{-16}` of a customer's total). DuckDB, which runs in this process, hands
    over tables of up to 20 million rows, since the grouping here is faster. With ``refunds="net"``, the rows of the
    customers who had a refund come here, and only theirs. Text dates must be ISO (2024-03-05); moments with a time zone
    are refused, for the day depends on the place.

    Do not use it for contracts (subscriptions), where the end of the relationship is seen.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., & Lee, K. L. (2005). "Counting your customers" the easy way. Marketing Science,
    24(2), 275-284. https://doi.org/10.1287/mksc.1040.0098

    Checked against: the published summary of the CDNOW sample (all 2,357 rows), ``lifetimes`` 0.11.3, and a plain
    pandas group-by.

    Examples
    --------
    >>> import pandas as pd
    >>> sales = pd.DataFrame({"customer": ["b", "a", "a", "a"],
    ...                       "date": ["2024-01-08", "2024-01-01", "2024-01-15", "2024-01-15"],
    ...                       "amount": [5.0, 20.0, 10.0, 2.0]})
    >>> s = customer_summary(sales, observation_end="2024-01-29", time_unit="week")
    >>> s.table[["frequency", "recency", "T", "monetary_value"]]
              frequency  recency    T  monetary_value
    customer
    a                 1      2.0  4.0            12.0
    b                 0      0.0  3.0             NaN
    >>> s.counts["same_day_rows_merged"]
    1

    """
    days_per(time_unit)  # an unknown unit is told before the data are read
    check_money_decimals(money_decimals)
    end = None if observation_end is None else to_day(observation_end, name="observation_end")
    start = None if first_purchase_from is None else to_day(first_purchase_from, name="first_purchase_from")
    _keep_memory()
    if is_ibis(transactions):
        if rows is not None:
            raise ParameterError("rows is for a DataFrame; a table of Ibis counts its own rows.")
        from crmlab.clv._warehouse import summarise

        table, counts, end = summarise(
            transactions,
            customer=customer,
            date=date,
            amount=amount,
            end=end,
            refunds=refunds,
            per_unit=days_per(time_unit),
        )
    else:
        read = read_rows(transactions, customer=customer, date=date, amount=amount, rows=rows)
        end = int(read.day.max()) if end is None else end
        table, counts = summarise_rows(read, end, refunds=refunds, per_unit=days_per(time_unit))
    counts["customers_before_start"] = 0
    if start is not None:
        old = table["first_purchase"] < to_timestamp(start)
        counts["customers_before_start"] = int(old.sum())
        table = table[~old]
        if table.empty:
            raise nobody_since(start)
    if money_decimals is not None and amount is not None:
        table["monetary_value"] = half_up(table["monetary_value"].to_numpy(), money_decimals)
    counts["purchase_days"] = int(table["frequency"].sum()) + len(table)
    counts["customers"] = len(table)
    counts["repeat_customers"] = int((table["frequency"] > 0).sum())
    return CustomerSummary(
        table=table,
        time_unit=time_unit,
        observation_start=table["first_purchase"].min(),
        observation_end=to_timestamp(end),
        counts=MappingProxyType(counts),
    )


def _keep_memory() -> None:
    """Let the C library keep what one step frees for the next step, up to 62 MiB.

    Linux's gives it back to the system until it has seen a large piece freed; to be given it again, page by page, took a
    quarter of the time of a million rows. Nothing is written to the piece, so that it costs nothing.
    """
    np.empty(31 << 20, dtype=np.uint8)


def summarise_rows(
    rows: Rows, end: int, *, refunds: str, per_unit: float
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return the table of a summary and what happened to the rows, before customers are left out."""
    rows, counts = within(rows, end)
    rows = settle_refunds(rows, refunds, counts)
    if not len(rows.day):
        raise nothing_left()
    return table_of_rows(rows, counts, end=end, per_unit=per_unit), counts


def nothing_left() -> DataError:
    """Return the error of transactions that are refunds, all of them."""
    return DataError(
        "No purchase is left once refunds are settled.",
        hint="Look at the signs of the amounts: purchases must be positive, refunds negative.",
    )


def nobody_since(start: int) -> DataError:
    """Return the error of a start that lies after all first purchases."""
    return DataError(
        f"No customer's first purchase is on or after first_purchase_from {to_timestamp(start).date()}."
    )


def nothing_inside(first: int, end: int) -> DataError:
    """Return the error of an end that lies before all transactions."""
    return DataError(
        f"No transaction up to observation_end {to_timestamp(end).date()}: the first is of {to_timestamp(first).date()}.",
        hint=_ADVICE,
    )


def check_money_decimals(money_decimals: int | None) -> None:
    """Raise a ParameterError for decimals that no money has."""
    if money_decimals is not None and not 0 <= money_decimals <= 9:
        raise ParameterError(
            f"money_decimals is {money_decimals!r}; it may be None or a whole number from 0 to 9."
        )


def is_ibis(given: Any) -> TypeGuard[ir.Table]:
    """Return whether something is a table of Ibis, without loading Ibis."""
    return type(given).__module__.startswith("ibis.") and hasattr(given, "get_backend")


def within(rows: Rows, end: int) -> tuple[Rows, dict[str, float]]:
    """Leave out rows after the day `end`; raise if none is left."""
    counts: dict[str, float] = {"rows": rows.count()}
    kept = rows.take(rows.day <= end)
    counts["rows_after_end"] = rows.count() - kept.count()
    if not len(kept.day):
        raise nothing_inside(int(rows.day.min()), end)
    if counts["rows_after_end"]:
        counts["customers_after_end"] = len(rows.ids) - int((np.bincount(kept.code) > 0).sum())
    else:
        counts["customers_after_end"] = 0
    return kept, counts


def purchase_days(rows: Rows) -> tuple[Ints, int, int]:
    """Return the distinct (customer, day) pairs, sorted and packed as ``code << shift | day - first``."""
    first = int(rows.day.min())
    shift = max(int(rows.day.max()) - first, 1).bit_length()
    # In 32 bits they are sorted more than twice as fast.
    key = np.empty(len(rows.day), dtype=np.uint32 if (len(rows.ids) << shift) < 2**32 else np.int64)
    for part in parts(len(key)):
        key[part] = (rows.code[part] << shift) | (rows.day[part] - first)
    key.sort()
    fresh = np.empty(len(key), dtype=bool)
    fresh[:1] = True
    np.not_equal(key[1:], key[:-1], out=fresh[1:])
    return key[fresh].astype(np.int64, copy=False), shift, first


def table_of_rows(rows: Rows, counts: dict[str, float], *, end: int, per_unit: float) -> pd.DataFrame:
    n = len(rows.ids)
    pairs, shift, origin = purchase_days(rows)
    owner = pairs >> shift
    begins = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]]))
    ends = np.append(begins[1:], len(pairs))
    there = np.zeros(n, dtype=bool)
    there[owner[begins]] = True
    low = (1 << shift) - 1
    first = np.zeros(n, dtype=np.int64)
    first[there] = (pairs[begins] & low) + origin
    last = (pairs[ends - 1] & low) + origin
    x = ends - begins - 1
    counts["same_day_rows_merged"] = rows.count() - len(pairs)
    counts["zero_amount_rows"] = 0 if rows.amount is None else rows.count(rows.amount == 0)
    counts["customers_without_purchase"] = n - int(there.sum()) - int(counts["customers_after_end"])

    ids = rows.ids if there.all() else rows.ids[there]
    if rows.amount is None:
        return assemble(ids, x, first[there], last, end=end, per_unit=per_unit)
    at_first = np.empty(len(rows.day), dtype=bool)
    for part in parts(len(at_first)):
        np.equal(rows.day[part], first[rows.code[part]], out=at_first[part])
    begun = np.flatnonzero(at_first)
    later = rows.amount.copy()
    later[begun] = 0.0
    # Few rows are of a first day: adding them up apart is quicker than adding up all rows twice.
    opening = np.bincount(rows.code[begun], weights=rows.amount[begun], minlength=n)
    spent: Floats = np.bincount(rows.code, weights=later, minlength=n).astype(np.float64, copy=False)
    spent, total = spent[there], (spent + opening)[there]
    return assemble(ids, x, first[there], last, spent=spent, total=total, end=end, per_unit=per_unit)


def assemble(
    ids: pd.Index,
    x: Ints,
    first: Ints,
    last: Ints,
    *,
    end: int,
    per_unit: float,
    spent: Floats | None = None,
    total: Floats | None = None,
) -> pd.DataFrame:
    """Return the table of a summary from repeat purchases, first and last days, repeat and total spend."""
    columns: dict[str, object] = {
        "frequency": x,
        "recency": (last - first) / per_unit,
        "T": (end - first) / per_unit,
    }
    if spent is not None:
        columns["monetary_value"] = np.divide(spent, x, out=np.full(len(x), np.nan), where=x > 0)
    columns["first_purchase"] = to_dates(first)
    columns["last_purchase"] = to_dates(last)
    if total is not None:
        columns["total_value"] = total
    return pd.DataFrame(columns, index=ids)


def half_up(value: Floats, decimals: int) -> Floats:
    """Round to `decimals`, halves up."""
    # 2.345 is stored a little below itself; a millionth of the last digit lifts halves over the edge.
    unit = 10.0**decimals
    rounded: Floats = np.floor(value * unit + 0.5 + 1e-6) / unit
    return rounded
