"""The customer summary of a table that lies elsewhere: asked of its database, checked, and brought here.

What is sent stands in :mod:`crmlab.clv._expression`; here is when, and what becomes of the answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.clv._expression import account, customers_of, kinds_of_rows, purchases_of, who
from crmlab.clv._ids import codes_of_arrow
from crmlab.clv._parquet import read_purchases
from crmlab.clv._refunds import check_rule, no_refunds, refused, settle_refunds
from crmlab.clv._rows import Rows, _codes, check_columns
from crmlab.clv.summary import assemble, nothing_inside, nothing_left, summarise_rows, table_of_rows
from crmlab.errors import DataError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from crmlab.clv._parquet import Codes

    Ints = NDArray[np.int64]

__all__ = ["Asked", "ask", "date_of", "settled", "summarise"]

#: Up to so many rows DuckDB, which runs in this process, hands over its rows: grouping them here is faster.
ROWS_HERE = 20_000_000
_SHOWN = 5
#: Texts of so many bytes fit behind places of 32 bits.
_SHORT = 2**31


@dataclass(frozen=True, eq=False)
class Asked:
    """Purchases as an expression, and what the database said about their rows.

    `unaffected` are the rows up to `end` of customers without refunds (all of them, if refunds are dropped), `affected`
    those of customers with refunds, to be settled here; None if there are none.
    """

    purchases: ir.Table
    unaffected: ir.Table
    affected: ir.Table | None
    end: int
    found: dict[str, Any]


def summarise(
    table: ir.Table,
    *,
    customer: str,
    date: str,
    amount: str | None,
    end: int | None,
    refunds: str,
    per_unit: float,
) -> tuple[pd.DataFrame, dict[str, float], int]:
    """Return the table of a summary, what happened to the rows, and the last day observed."""
    check_rule(refunds)
    purchases = _purchases(table, customer=customer, date=date, amount=amount)
    answer, codes = read_purchases(table, customer=customer, date=date, amount=amount, most=ROWS_HERE) or (
        None,
        None,
    )
    if answer is None and table.get_backend().name == "duckdb" and int(table.count().execute()) <= ROWS_HERE:
        answer = _arrow(purchases_of(table, customer=customer, date=date, amount=amount, finite=False))
    if answer is not None:
        names = {"customer": customer, "day": date, "amount": str(amount)}
        rows = _rows_here(answer, codes, purchases, names)
        end = int(rows.day.max()) if end is None else end
        return *summarise_rows(rows, end, refunds=refunds, per_unit=per_unit), end
    asked = _ask(purchases, customer=customer, date=date, amount=amount, end=end, refunds=refunds)
    frame, counts = _bring(asked, customer=customer, refunds=refunds, per_unit=per_unit)
    return frame, counts, asked.end


def ask(
    table: ir.Table, *, customer: str, date: str, amount: str | None, end: int | None, refunds: str
) -> Asked:
    """Return the purchases of a table as an expression, once the database has found every row readable.

    Raises
    ------
    DataError
        Missing columns, cells that cannot be read (with five of them), refunds where none may be, nothing in the window.

    """
    check_rule(refunds)
    purchases = _purchases(table, customer=customer, date=date, amount=amount)
    return _ask(purchases, customer=customer, date=date, amount=amount, end=end, refunds=refunds)


def _purchases(table: ir.Table, *, customer: str, date: str, amount: str | None) -> ir.Table:
    wanted = {"customer": customer, "date": date, **({} if amount is None else {"amount": amount})}
    check_columns(table, wanted.values(), what="transactions", roles=tuple(wanted))
    return purchases_of(table, customer=customer, date=date, amount=amount)


def _ask(
    purchases: ir.Table, *, customer: str, date: str, amount: str | None, end: int | None, refunds: str
) -> Asked:
    found = _one(account(purchases, None if end is None else date_of(end)))
    if not found["rows"]:
        raise DataError("There are no transactions: the table has no rows.")
    _complain(purchases, found, {"customer": customer, "day": date, "amount": str(amount)})
    first, last = _day_number(found["first"]), _day_number(found["last"])
    until = last if end is None else end
    if not found["inside"]:
        raise nothing_inside(first, until)
    inside = purchases.filter(purchases.day <= date_of(until)) if last > until else purchases
    if not found.get("negative"):
        return Asked(purchases, inside, None, until, found)
    negative = inside.filter(inside.amount < 0)
    if refunds == "error":
        shown = negative.select("customer", "amount").limit(_SHOWN).execute()
        raise refused(
            found["negative"], [f"{who!r}: {much:g}" for who, much in shown.itertuples(index=False)]
        )
    if refunds == "drop":
        return Asked(purchases, inside.filter(inside.amount >= 0), None, until, found)
    them = negative.select("customer").distinct()
    return Asked(
        purchases, inside.anti_join(them, "customer"), inside.semi_join(them, "customer"), until, found
    )


def _bring(
    asked: Asked, *, customer: str, refunds: str, per_unit: float
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return the table, customers in their order, and the counts that a summary of a DataFrame has."""
    found, end = asked.found, asked.end
    counts: dict[str, float] = {
        "rows": found["rows"],
        "rows_after_end": found["rows"] - found["inside"],
        "customers_after_end": 0,
        **no_refunds(),
        "refund_rows": found.get("negative", 0),
    }
    frames, merged, inside = [], 0, found["inside"]
    without = 0
    if asked.affected is not None:
        rows = _rows(_arrow(asked.affected), customer)
        here = dict.fromkeys(("customers_after_end",), 0.0)
        inside -= len(rows.day)
        settled = settle_refunds(rows, refunds, here)
        counts |= {name: here[name] for name in no_refunds()}
        if len(settled.day):
            frames.append(table_of_rows(settled, here, end=end, per_unit=per_unit))
            merged += int(here["same_day_rows_merged"])
        without = len(rows.ids) - (len(frames[0]) if frames else 0)
    elif refunds == "drop":
        counts["refunds_dropped"] = counts["refund_rows"]
        inside -= int(counts["refund_rows"])
    if inside:
        frames.append(
            _customers(_arrow(customers_of(asked.unaffected)), customer, end=end, per_unit=per_unit)
        )
        merged += int(inside - frames[-1]["frequency"].sum() - len(frames[-1]))
    if not frames:
        raise nothing_left()
    if counts["rows_after_end"] or (refunds == "drop" and counts["refunds_dropped"]):
        people = _one(who(asked.purchases, date_of(end)))
        counts["customers_after_end"] = people["customers"] - people["customers_inside"]
        if asked.affected is None:
            without = people["customers_inside"] - len(frames[-1])
    counts["same_day_rows_merged"] = merged
    counts["zero_amount_rows"] = found.get("zero", 0)
    counts["customers_without_purchase"] = without
    if len(frames) == 1:
        return frames[0], counts
    both = pd.concat(frames)
    code, _ = _codes(both.index.to_series())
    return both.iloc[np.argsort(code)], counts


def settled(asked: Asked, customers: ir.Table) -> ir.Table:
    """Return `customers`, and those with refunds, settled here and handed back to the database."""
    import ibis

    assert asked.affected is not None
    rows = settle_refunds(_rows(_arrow(asked.affected), "customer"), "net", {})
    if not len(rows.day):
        return customers
    table = table_of_rows(rows, {"customers_after_end": 0}, end=asked.end, per_unit=1.0)
    repeat = table["monetary_value"].fillna(0.0) * table["frequency"]
    here = pd.DataFrame(
        {
            "customer": table.index,
            "days": table["frequency"].to_numpy() + 1,
            "first": table["first_purchase"].dt.date.to_numpy(),
            "last": table["last_purchase"].dt.date.to_numpy(),
            "total": table["total_value"].to_numpy(),
            "first_total": (table["total_value"] - repeat).to_numpy(),
        }
    )
    return customers.union(ibis.memtable(here, schema=customers.schema()))


def _customers(answer: Any, customer: str, *, end: int, per_unit: float) -> pd.DataFrame:
    code, ids = _codes_of(answer["customer"], customer)
    order = np.empty(len(code), dtype=np.int64)
    order[code] = np.arange(len(code))

    def column(name: str) -> Any:
        return _numbers(answer[name])[order]

    x = column("days").astype(np.int64) - 1
    spent = total = None
    if "total" in answer.column_names:
        total = column("total")
        spent = np.where(x > 0, total - column("first_total"), 0.0)
    return assemble(
        ids, x, column("first"), column("last"), spent=spent, total=total, end=end, per_unit=per_unit
    )


def _rows_here(answer: Any, codes: Codes | None, purchases: ir.Table, names: dict[str, str]) -> Rows:
    """Return the rows themselves, checked here; `purchases` says which of them cannot be read."""
    import pyarrow.compute as pc

    if not len(answer):
        raise DataError("There are no transactions: the table has no rows.")
    found = {f"without_{name}": answer[name].null_count for name in answer.column_names}
    if "amount" in answer.column_names and not found["without_amount"]:
        found["without_amount"] = len(answer) - pc.sum(pc.is_finite(answer["amount"])).as_py()
    elif "amount" in answer.column_names:
        found["without_amount"] = int(_one(account(purchases, None))["without_amount"])
    _complain(purchases, found, names)
    return _rows(answer, names["customer"], codes)


def _rows(answer: Any, customer: str, codes: Codes | None = None) -> Rows:
    code, ids = _of_texts(codes, customer) if codes else _codes_of(answer["customer"], customer)
    amount = _numbers(answer["amount"]) if "amount" in answer.column_names else None
    return Rows(code, _numbers(answer["day"]), amount, ids)


def _arrow(expression: ir.Table) -> Any:
    backend = expression.get_backend()
    if backend.name != "duckdb":
        return expression.to_pyarrow()
    # The order of the rows does not matter, and keeping it costs memory.
    before = backend.con.execute("SELECT current_setting('preserve_insertion_order')").fetchone()[0]
    backend.con.execute("SET preserve_insertion_order = false")
    try:
        return expression.to_pyarrow()
    finally:
        backend.con.execute(f"SET preserve_insertion_order = {str(before).lower()}")


def _one(expression: ir.Table) -> dict[str, Any]:
    row: dict[str, Any] = expression.execute().iloc[0].to_dict()
    return {name: value if name in {"first", "last"} else int(value) for name, value in row.items()}


def _complain(purchases: ir.Table, found: dict[str, Any], names: dict[str, str]) -> None:
    """Raise a DataError if rows cannot be read, with five of each kind."""
    problems = []
    whats = {
        "customer": "has no customer",
        "day": "has no date that can be read",
        "amount": "has no amount that can be read",
    }
    for name, bad in kinds_of_rows(purchases).items():
        count = int(found.get(f"without_{name}", 0))
        if not count:
            continue
        others = [other for other in purchases.columns if other != name]
        shown = purchases.filter(bad).select(*others).limit(_SHOWN).execute()
        rows = "; ".join(
            ", ".join(f"{names[other]} {cell}" for other, cell in zip(others, row, strict=True))
            for row in shown.itertuples(index=False)
        )
        problems.append(
            f"{count} row(s) where '{names[name]}' {whats[name]}: {rows}{'; …' if count > _SHOWN else ''}"
        )
    if problems:
        raise DataError(
            "Some transactions cannot be read.",
            problems=problems,
            hint="Mend or leave out these rows: table.filter(...) keeps the others.",
        )


def _codes_of(column: Any, name: str) -> tuple[Ints, pd.Index]:
    """Return numbers for the customers, in the order of their ids."""
    import pyarrow as pa

    if pa.types.is_integer(column.type):
        return _codes(pd.Series(_numbers(column), name=name))
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return _codes(pd.Series(column.to_pandas(), name=name))
    # Put together before the cast, half is copied; a large string has room for any.
    long = pa.large_string()
    text = (column if column.nbytes < _SHORT else column.cast(long)).combine_chunks()
    if found := codes_of_arrow(text):
        return _of_texts(found, name)
    return _codes(pd.Series(pd.array(text.cast(long), dtype="str"), name=name))


def _of_texts(codes: Codes, name: str) -> tuple[Ints, pd.Index]:
    code, distinct = codes
    return code, pd.Index(pd.array(distinct, dtype="str"), name=name)


def _numbers(column: Any) -> Any:
    """Return a column of Arrow as int64 (days since 1970 for dates) or float64."""
    import pyarrow as pa

    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    kind = pa.float64() if pa.types.is_floating(column.type) else pa.int64()
    return column.cast(kind).to_numpy()


def date_of(day: int) -> Any:
    """Return a day as an expression."""
    import datetime as dt

    import ibis

    return ibis.literal(dt.date(1970, 1, 1) + dt.timedelta(days=day))


def _day_number(value: Any) -> int:
    return int(np.datetime64(pd.Timestamp(value), "D").astype(np.int64))
