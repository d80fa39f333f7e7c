"""The table of contracts: one row a contract, with how long it lasted and whether the customer has left."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.data.amounts import parse_amounts
from crmlab.data.cells import OK, Cells, Parsed, clean, parse_distinct
from crmlab.data.dates import parse_dates
from crmlab.data.hanzi import simplified
from crmlab.data.messages import Message, values
from crmlab.data.schemas import Schema
from crmlab.data.transactions import collect, parse_names, refuse_if_most_fail
from crmlab.text.catalogue import N_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.data.amounts import Decimal
    from crmlab.data.roles import RoleMatch
    from crmlab.data.tables import RawTable

__all__ = ["build_contracts", "parse_flags"]

_YES = frozenset(
    [
        "yes",
        "y",
        "true",
        "t",
        "1",
        "lost",
        "churn",
        "churned",
        "left",
        "cancelled",
        "canceled",
        "terminated",
        "closed",
        "inactive",
        "ended",
        "exited",
        "lapsed",
        "attrited",
        "expired",
        "是",
        "有",
        "流失",
        "已流失",
        "离开",
        "已离开",
        "离网",
        "已离网",
        "销户",
        "已销户",
        "退订",
        "已退订",
        "退租",
        "已退租",
        "注销",
        "已注销",
        "终止",
        "已终止",
        "解约",
        "已解约",
        "未续约",
        "不再续约",
        "停用",
        "已停用",
        "退保",
        "已退保",
        "失效",
        "到期未续",
    ]
)
_NO = frozenset(
    [
        "no",
        "n",
        "false",
        "f",
        "0",
        "active",
        "current",
        "retained",
        "stayed",
        "stay",
        "renewed",
        "open",
        "live",
        "existing",
        "否",
        "无",
        "未流失",
        "在网",
        "在用",
        "在册",
        "在租",
        "有效",
        "正常",
        "留存",
        "续约",
        "已续约",
        "存续",
        "在保",
        "生效",
        "生效中",
        "使用中",
        "履行中",
    ]
)
#: words behind yes and no that add nothing: "Attrited Customer"
_OF_A_CUSTOMER = re.compile(r"\s*(customer|client|member|客户|用户|会员)$")
#: ends that stand for "not yet"
_OPEN = frozenset(
    [
        "now",
        "open",
        "ongoing",
        "present",
        "current",
        "active",
        "today",
        "never",
        "至今",
        "现在",
        "在用",
        "在网",
        "进行中",
        "未结束",
        "未终止",
        "长期",
        "永久",
        "无固定期限",
        "今",
    ]
)
_NO_END = re.compile(r"(9999|2999|3000|2099|2199|8888)")
#: the last day that an end may lie on
_FAR = dt.date(2100, 12, 31)
#: a contract that starts within so many days after another of the same customer ended goes on with it
_GAP = np.timedelta64(31, "D")


def build_contracts(
    raw: RawTable,
    roles: dict[str, RoleMatch],
    *,
    date_format: str | None = None,
    decimal: Decimal | None = None,
    today: dt.date | None = None,
) -> Schema:
    """Build the table of contracts; a row of which a needed part cannot be read is left out and listed.

    Parameters
    ----------
    raw
        The columns of the file.
    roles
        ``start`` and ``end``, or ``tenure`` and ``lost``; ``customer``, ``fee``, ``group`` where they were recognised.
    date_format, decimal, today
        As in :func:`crmlab.data.read_table`. An end may lie in the future: the contract lasts until then.

    Returns
    -------
    Schema
        ``customer`` (text; the row's number where the file names nobody); ``start``, ``end`` (NaT while the contract
        lasts), or ``tenure`` (whole periods, 0 or more) and ``lost``; ``fee`` and ``group``, missing where they are.

    Raises
    ------
    crmlab.errors.DataError
        When more than half of the rows of a needed column cannot be read, or day and month cannot be told apart.

    """
    column = {role: match.column for role, match in roles.items()}
    by_dates = {"start", "end"} <= roles.keys()
    notes: list[Message] = []
    needed = _dates(raw, column, date_format, today) if by_dates else _tenures(raw, column, decimal)
    if "customer" in column:
        needed = {"customer": parse_names(raw.columns[column["customer"]], name=column["customer"])} | needed
    if by_dates and {"tenure", "lost"} & roles.keys():
        note = N_("How long contracts lasted is counted from “{start}” to “{end}”.")
        notes.append(Message(note, values(start=column["start"], end=column["end"])))
    _contradictions(needed, by_dates=by_dates)
    extra = _extra(raw, column, decimal)
    rejected, _ = collect(raw, column, {**needed, **extra})
    _, bad = collect(raw, column, needed)
    refuse_if_most_fail(raw, column, needed, rejected[rejected["column"] != column.get("fee", "")])
    notes += [note for one in (*needed.values(), *extra.values()) for note in one.notes]
    keep = ~bad
    table = pd.DataFrame({role: one.data[keep] for role, one in {**needed, **extra}.items()})
    if "customer" in table:
        table["customer"] = table["customer"].astype("str")
    else:
        table.insert(0, "customer", pd.Series(raw.row_names(), dtype="str")[keep].reset_index(drop=True))
        notes.append(Message(N_("No column names the customers, so each row is one customer.")))
    if "group" in column:
        known = parse_names(raw.columns[column["group"]], name=column["group"])
        table["group"] = pd.Series(known.data, dtype="str").where(~known.bad)[keep].reset_index(drop=True)
    table, told = _joined_up(table) if by_dates else _typed(table)
    used = {"customer", "fee", "group", *(("start", "end") if by_dates else ("tenure", "lost"))}
    return Schema(
        table,
        rejected,
        int(bad.sum()),
        (*notes, *told),
        dropped=tuple(role for role in roles if role not in used),
    )


def parse_flags(column: Cells) -> Parsed:
    """Read a column of yes and no, in English or Chinese, as 1 and 0.

    >>> parse_flags(["Yes", "否", 1, "Existing Customer", "perhaps"]).data.tolist()
    [1.0, 0.0, 1.0, 0.0, nan]
    """

    def parse(found: Sequence[object]) -> tuple[NDArray[Any], NDArray[np.object_], tuple[Message, ...]]:
        data, kinds = np.full(len(found), np.nan), np.full(len(found), OK, dtype=object)
        for at, value in enumerate(found):
            text = _OF_A_CUSTOMER.sub("", simplified(str(value)).casefold().removesuffix(".0"))
            if text in _YES or text in _NO:
                data[at] = text in _YES
            else:
                kinds[at] = "no_flag"
        return data, kinds, ()

    return parse_distinct(column, parse, np.nan)


def _dates(
    raw: RawTable, column: dict[str, str], date_format: str | None, today: dt.date | None
) -> dict[str, Parsed]:
    cells = np.asarray(raw.columns[column["end"]], dtype=object)
    words = {cell for cell in set(map(str, cells)) if str(clean(cell)).casefold() in _OPEN}
    if words:
        cells = np.array([None if str(cell) in words else cell for cell in cells], dtype=object)
    start = parse_dates(
        raw.columns[column["start"]], name=column["start"], date_format=date_format, today=today
    )
    end = parse_dates(cells, name=column["end"], date_format=date_format, today=_FAR)
    far = end.kinds == "far_date"
    endless = np.array([bool(_NO_END.search(str(cell))) for cell in cells[far]], dtype=bool)
    open_ = end.kinds == "missing"
    open_[np.flatnonzero(far)[endless]] = True
    end.data[open_], end.kinds[open_] = np.datetime64("NaT"), OK
    end.data[end.bad] = np.datetime64("NaT")
    return {"start": start, "end": end}


def _tenures(raw: RawTable, column: dict[str, str], decimal: Decimal | None) -> dict[str, Parsed]:
    tenure = parse_amounts(raw.columns[column["tenure"]], name=column["tenure"], decimal=decimal)
    good = ~tenure.bad
    tenure.kinds[good & (tenure.data < 0)] = "negative"
    tenure.kinds[good & (tenure.data >= 0) & (tenure.data != np.floor(tenure.data))] = "not_whole"
    return {"tenure": tenure, "lost": parse_flags(raw.columns[column["lost"]])}


def _contradictions(needed: dict[str, Parsed], *, by_dates: bool) -> None:
    """Mark what cannot be true of one contract, at the cell that a person would mend."""
    if by_dates:
        start, end = needed["start"], needed["end"]
        both = ~start.bad & ~end.bad & ~np.isnat(end.data)
        wrong = np.zeros(len(both), dtype=bool)
        wrong[both] = end.data[both].astype("datetime64[D]") < start.data[both].astype("datetime64[D]")
        end.kinds[wrong] = "end_before_start"
        return
    tenure, lost = needed["tenure"], needed["lost"]
    at_once = ~tenure.bad & ~lost.bad & (tenure.data == 0) & (lost.data == 1)
    tenure.kinds[at_once] = "lost_at_once"


def _extra(raw: RawTable, column: dict[str, str], decimal: Decimal | None) -> dict[str, Parsed]:
    """Read the fee; one that cannot be read is listed and counts as not known."""
    if "fee" not in column:
        return {}
    fee = parse_amounts(raw.columns[column["fee"]], name=column["fee"], decimal=decimal)
    fee.kinds[~fee.bad & (fee.data < 0)] = "negative"
    fee.data[fee.bad] = np.nan
    fee.kinds[fee.kinds == "missing"] = OK
    return {"fee": fee}


def _typed(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Message]]:
    found = table.assign(tenure=table["tenure"].astype("int64"), lost=table["lost"] == 1)
    order = ["customer", "tenure", "lost", *(name for name in ("fee", "group") if name in found)]
    twice = int(found["customer"].duplicated().sum())
    note = N_("{count} rows name a customer a second time; each row counts as a contract of its own.")
    return found[order], [Message(note, values(count=twice))] if twice else []


def _joined_up(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Message]]:
    """Put contracts of one customer that follow each other together: a renewal is not a new customer."""
    order = ["customer", "start", "end", *(name for name in ("fee", "group") if name in table)]
    table = table[order]
    for name in ("start", "end"):
        table[name] = table[name].dt.normalize()
    if not table["customer"].duplicated().any():
        return table, []
    ordered = table.sort_values(["customer", "start"], kind="stable")
    last = pd.Timestamp(_FAR)
    until = ordered["end"].fillna(last).groupby(ordered["customer"]).cummax()
    before = until.groupby(ordered["customer"]).shift()
    new = before.isna() | (ordered["start"] - before > _GAP)
    spells = ordered.assign(spell=new.cumsum(), until=until).groupby("spell", sort=False)
    one = spells.agg(dict.fromkeys(order, "last") | {"start": "first", "until": "last"})
    one["end"] = one.pop("until").where(lambda days: days < last)
    if len(one) == len(table):
        note = N_("{count} rows name a customer a second time; each row counts as a contract of its own.")
        return table, [Message(note, values(count=int(table["customer"].duplicated().sum())))]
    note = N_(
        "{rows} rows are {contracts} contracts: those of one customer with no more than 31 days between them are one."
    )
    return one[order].reset_index(drop=True), [Message(note, values(rows=len(table), contracts=len(one)))]
