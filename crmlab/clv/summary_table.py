"""The customer summary that stays in its database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from crmlab._arguments import checked_arguments
from crmlab.clv._units import TimeUnit, days_per
from crmlab.clv.summary import check_money_decimals, is_ibis
from crmlab.errors import DataError

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from crmlab.clv._rows import DateLike

__all__ = ["summary_table"]


@checked_arguments
def summary_table(
    transactions: ir.Table,
    *,
    customer: str = "customer",
    date: str = "date",
    amount: str | None = "amount",
    observation_end: DateLike | None = None,
    time_unit: TimeUnit = "day",
    refunds: Literal["net", "drop", "error"] = "net",
    first_purchase_from: DateLike | None = None,
    money_decimals: int | None = None,
) -> ir.Table:
    """Return the customer summary as a table of Ibis, for data of any size.

    Parameters
    ----------
    transactions
        A table of Ibis, one row a transaction; see :func:`crmlab.data.open_table`.
    customer, date, amount, observation_end, time_unit, refunds, first_purchase_from, money_decimals
        As in :func:`crmlab.clv.customer_summary`.

    Returns
    -------
    ibis.expr.types.Table
        The customer's column under its own name, and the columns of :class:`crmlab.clv.CustomerSummary`. Nothing is
        computed until it is asked for: :func:`crmlab.clv.history_counts` counts it, ``.to_parquet(path)`` writes it,
        ``.execute()`` fetches it.

    Raises
    ------
    DataError, ParameterError
        As :func:`crmlab.clv.customer_summary`: the rows are checked at once, by one query that returns a single row.

    Notes
    -----
    With ``refunds="net"``, the rows of the customers who had a refund, and only theirs, come here to be settled; their
    summary goes back to the database. Where most customers have refunds, ``refunds="drop"`` may be the only rule that
    fits into memory.

    Checked against: :func:`crmlab.clv.customer_summary` of the same rows as a DataFrame.

    Examples
    --------
    >>> import ibis, pandas as pd
    >>> sales = ibis.memtable(pd.DataFrame({"customer": ["a", "a", "b"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-15", "2024-01-08"]), "amount": [20.0, 10.0, 5.0]}))
    >>> table = summary_table(sales, observation_end="2024-01-29", time_unit="week")
    >>> table.order_by("customer").select("customer", "frequency", "recency", "T").execute()
      customer  frequency  recency    T
    0        a          1      2.0  4.0
    1        b          0      0.0  3.0

    """
    from crmlab.clv._expression import customers_of, summary_of
    from crmlab.clv._rows import to_day
    from crmlab.clv._warehouse import ask, date_of, settled

    per_unit = days_per(time_unit)
    check_money_decimals(money_decimals)
    if not is_ibis(transactions):
        raise DataError(
            f"A table of Ibis is needed, not {type(transactions).__name__}.",
            hint="Open one with crmlab.data.open_table(...), or use customer_summary(...) for a DataFrame.",
        )
    end = None if observation_end is None else to_day(observation_end, name="observation_end")
    start = None if first_purchase_from is None else to_day(first_purchase_from, name="first_purchase_from")
    asked = ask(transactions, customer=customer, date=date, amount=amount, end=end, refunds=refunds)
    customers = customers_of(asked.unaffected)
    if asked.affected is not None:
        customers = settled(asked, customers)
    table = summary_of(
        customers,
        end=date_of(asked.end),
        per_unit=per_unit,
        start=None if start is None else date_of(start),
        money_decimals=money_decimals,
    )
    return table.rename({customer: "customer"}) if customer != "customer" else table
