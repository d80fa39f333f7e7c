"""The customer summary as an expression of Ibis: what a database is asked to compute, and nothing computed here.

Each function takes an Ibis table and returns one, without looking at a row. Columns inside are named ``customer``,
``day`` and ``amount``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlab.errors import DataError

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["account", "customers_of", "kinds_of_rows", "purchases_of", "summary_of", "who"]

_DATE_TEXT = r"^\s*\d{4}-\d{2}-\d{2}([T ]|$)"
_NUMBER_TEXT = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$"
_WHOLE_DATE = r"^\d{8}$"


def purchases_of(
    table: ir.Table, *, customer: str, date: str, amount: str | None, finite: bool = True
) -> ir.Table:
    """Return ``customer``, ``day`` and, if asked, ``amount`` (float64) of each row; null where a cell is unreadable.

    Without `finite`, NaN and the infinities are left in the amounts, for whoever looks at each of them anyway.
    """
    columns: dict[str, Any] = {"customer": _customer(table[customer]), "day": _day(table[date], date)}
    if amount is not None:
        columns["amount"] = _amount(table[amount], amount, finite=finite)
    return table.select(**columns)


def kinds_of_rows(purchases: ir.Table) -> dict[str, Any]:
    """Return the conditions under which a row cannot be read, by column."""
    found: dict[str, Any] = {"customer": purchases.customer.isnull(), "day": purchases.day.isnull()}
    if "amount" in purchases.columns:
        found["amount"] = purchases.amount.isnull()
    return found


def account(purchases: ir.Table, end: Any | None) -> ir.Table:
    """Return one row: how many rows there are, cannot be read, lie inside (up to the day `end`), are negative, are zero."""
    counts = {f"without_{name}": purchases.count(where=bad) for name, bad in kinds_of_rows(purchases).items()}
    kept = purchases.day.notnull() if end is None else purchases.day <= end
    if "amount" in purchases.columns:
        counts["negative"] = purchases.count(where=kept & (purchases.amount < 0))
        counts["zero"] = purchases.count(where=kept & (purchases.amount == 0))
    return purchases.aggregate(
        rows=purchases.count(),
        inside=purchases.count(where=kept),
        first=purchases.day.min(),
        last=purchases.day.max(),
        **counts,
    )


def who(purchases: ir.Table, end: Any) -> ir.Table:
    """Return one row: customers at all, and customers with a row up to the day `end`."""
    return purchases.aggregate(
        customers=purchases.customer.nunique(),
        customers_inside=purchases.customer.nunique(where=purchases.day <= end),
    )


def customers_of(purchases: ir.Table) -> ir.Table:
    """Return one row a customer: ``days`` of purchase, ``first``, ``last``, and ``total`` and ``first_total``.

    Groups by customer and day, then by customer. The total of the repeat purchases is ``total - first_total``, with the
    rounding of the total.
    """
    money = "amount" in purchases.columns
    sums = {"total": purchases.amount.sum()} if money else {}
    days = purchases.group_by("customer", "day").aggregate(**sums)
    columns: dict[str, Any] = {"days": days.count(), "first": days.day.min(), "last": days.day.max()}
    if money:
        columns |= {"total": days.total.sum(), "first_total": _first(days)}
    return days.group_by("customer").aggregate(**columns)


def summary_of(
    customers: ir.Table,
    *,
    end: Any,
    per_unit: float,
    start: Any | None = None,
    money_decimals: int | None = None,
) -> ir.Table:
    """Return the columns of a customer summary from `customers_of`."""
    import ibis

    if start is not None:
        customers = customers.filter(customers["first"] >= start)
    frequency = (customers.days - 1).cast("int64")
    columns: dict[str, Any] = {
        "customer": customers.customer,
        "frequency": frequency,
        "recency": customers["last"].delta(customers["first"], unit="day").cast("float64") / per_unit,
        "T": end.delta(customers["first"], unit="day").cast("float64") / per_unit,
    }
    if "total" in customers.columns:
        spent = customers.total - customers.first_total
        mean = spent / ibis.ifelse(frequency > 0, frequency, None).cast("float64")
        if money_decimals is not None:
            unit = 10.0**money_decimals
            mean = (mean * unit + (0.5 + 1e-6)).floor() / unit
        columns["monetary_value"] = mean.cast("float64")
    columns |= {"first_purchase": customers["first"], "last_purchase": customers["last"]}
    if "total" in customers.columns:
        columns["total_value"] = customers.total
    return customers.select(**columns)


def _only_finite(value: Any) -> Any:
    """Return a column with null in place of NaN and the infinities."""
    import ibis

    if not value.type().is_floating():
        return value
    return ibis.ifelse(value.isnan() | value.isinf(), None, value)


def _customer(column: Any) -> Any:
    return column.nullif(float("nan")) if column.type().is_floating() else column


def _first(days: ir.Table) -> Any:
    """Return the total of each customer's first day."""
    if days.get_backend().name == "duckdb":
        return _arg_min()(days.total, days.day)  # Ibis would sort each customer's days
    return days.total.argmin(days.day)


def _arg_min() -> Any:
    import ibis

    @ibis.udf.agg.builtin(name="arg_min", signature=(("float64", "date"), "float64"))
    def arg_min(value, by): ...  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - Ibis reads its signature

    return arg_min


def _day(column: Any, name: str) -> Any:
    """Return the day of a date, of a moment without zone, of ISO text, or of a whole number such as 19970930."""
    import ibis

    kind = column.type()
    if kind.is_date():
        return column
    if kind.is_timestamp():
        if kind.timezone is not None:
            raise DataError(
                f"Column '{name}' holds moments with a time zone ({kind}): which day a purchase falls on depends on the place.",
                hint=f"Say it in the table: table.mutate({name}=table.{name}.date()) takes the day in the zone "
                "of the database's session.",
            )
        return column.date()
    if kind.is_integer():
        text = column.cast("string")
        parts = [text.substr(0, 4), text.substr(4, 2), text.substr(6, 2)]
        iso = parts[0] + "-" + parts[1] + "-" + parts[2]
        return _try(ibis.ifelse(text.re_search(_WHOLE_DATE), iso, None), "date")
    if kind.is_string():
        iso = column.strip().substr(0, 10)
        return _try(ibis.ifelse(column.re_search(_DATE_TEXT), iso, None), "date")
    raise DataError(
        f"Column '{name}' holds no dates but {kind}.",
        hint="Dates may be dates, moments, text such as 2024-03-05, or whole numbers such as 20240305.",
    )


def _amount(column: Any, name: str, *, finite: bool) -> Any:
    import ibis

    kind = column.type()
    if kind.is_numeric() and not kind.is_boolean():
        return _only_finite(column.cast("float64")) if finite else column.cast("float64")
    if kind.is_string():
        text = ibis.ifelse(column.re_search(_NUMBER_TEXT), column.strip(), None)
        return _only_finite(_try(text, "float64"))
    raise DataError(
        f"Column '{name}' holds no amounts but {kind}.", hint="Amounts may be numbers, or text such as 12.50."
    )


def _try(column: Any, kind: str) -> Any:
    # PostgreSQL has no cast that may fail: text that only looks like a date (2024-02-31) is its own error.
    return column.cast(kind) if column.get_backend().name == "postgres" else column.try_cast(kind)
