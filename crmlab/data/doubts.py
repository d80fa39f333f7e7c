"""Rows that are no purchases, and columns that may not be what they seem: totals, orders called off, buyers without a name."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.data.cells import OK, clean
from crmlab.data.messages import Message, shown, values
from crmlab.text.catalogue import N_

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from crmlab.data.cells import Cells, Parsed

__all__ = [
    "NAMELESS",
    "doubtful_counts",
    "doubtful_names",
    "doubtful_orders",
    "doubtful_signs",
    "headless_rows",
    "is_remark",
    "is_total",
    "mark_no_purchases",
]

_TOTALS = frozenset(
    {
        "合计",
        "总计",
        "共计",
        "小计",
        "累计",
        "总额",
        "本页合计",
        "本页小计",
        "本月合计",
        "total",
        "totals",
        "grand total",
        "subtotal",
        "sub-total",
        "sub total",
        "sum total",
    }
)
#: names that stand for nobody
NAMELESS = frozenset(
    {
        "匿名",
        "匿名客户",
        "匿名用户",
        "散客",
        "零售散客",
        "非会员",
        "游客",
        "过客",
        "路人",
        "普通顾客",
        "现金客户",
        "guest",
        "anonymous",
        "anon",
        "walk-in",
        "walk in",
        "walkin",
        "walk-in customer",
        "cash customer",
        "cash sale",
        "non-member",
        "unknown",
    }
)
_REMARK = re.compile(
    r"(制表|审核|复核|填表|经办|打印|导出|统计|备注|说明|注|数据来源|来源|制单|日期)(人|员|日期|时间|单位|口径)?\s*[:]"
    r"|(prepared by|printed( on| at)?|exported( on| at| by)?|notes?|remarks?|source|report date)\s*:",
    re.IGNORECASE,
)
_SIGNS = " :()[]"
#: what columns are called that tell what became of an order, and words for one called off or never paid
_STATE = re.compile(r"状态$|(交易|业务|订单|单据|收支)类型$|\bstatus$|_status$|^(order|payment) ?state$")
_CALLED_OFF = re.compile(
    r"取消|关闭|作废|(?<![无未有])退[款货]|未[付支]|待[付支]|支付失败|交易失败|\bcancel|\bvoid|(?<!not )(?<!non-)(?<!un)refunded|\bunpaid|"
    r"payment pending|^pending|\bfailed|\bdeclined",
    re.IGNORECASE,
)
_UNIT = re.compile(r"([万千百亿]{1,2}元|\b(?:thousands?|millions?)\b)", re.IGNORECASE)
_MASKED = re.compile(r"[*＊×●]{2}")


def is_total(text: str) -> bool:
    """Tell whether a cleaned cell is the name of a row of totals.

    >>> is_total("合计："), is_total("Grand Total"), is_total("Total Energy Ltd")
    (True, True, False)
    """
    return text.replace("：", ":").strip(_SIGNS).casefold() in _TOTALS


def is_remark(text: str) -> bool:
    """Tell whether a cleaned cell begins a remark below a table.

    >>> is_remark("制表人:张三"), is_remark("Prepared by: A. Smith"), is_remark("C017")
    (True, True, False)
    """
    return _REMARK.match(text) is not None


def mark_no_purchases(
    cells: Mapping[str, Cells], parsed: Mapping[str, Parsed], column: Mapping[str, str]
) -> None:
    """Mark rows of totals, remarks and rows parted by another sign, so that they are listed once and as what they are.

    Parameters
    ----------
    cells
        Role to cells as they stand in the file.
    parsed
        Role to the same column read; ``customer`` and ``date`` must be there. Their kinds are changed: ``customer`` gets
        ``"names_again"``, ``"total_row"``, ``"remark"``, ``"other_separator"`` (all cells of a row in one, as where commas and semicolons are
        mixed) or ``"headless"`` (an amount without customer and date), and the other cells of such a row are not told of
        again.

    """
    customer = parsed["customer"]
    codes, found = pd.factorize(customer.data)
    named = np.array([is_total(str(name)) for name in found], dtype=bool)
    total = named[codes] if len(found) else np.zeros(len(codes), dtype=bool)
    again, remark, parted = np.zeros((3, len(total)), dtype=bool)
    # A remark, and a total that stands in another column, has no day.
    for at in np.flatnonzero(parsed["date"].bad & ~total).tolist():
        again[at] = all(str(cells[role][at]).strip() == name for role, name in column.items())
        texts = [
            text for role in ("customer", "date") if isinstance(text := clean(cells[role][at]), str) and text
        ]
        total[at] = any(map(is_total, texts))
        remark[at] = not total[at] and any(map(is_remark, texts))
        alone = len(texts) == 1 and all(one.kinds[at] != OK for one in parsed.values() if one is not customer)
        parted[at] = alone and max(map(texts[0].count, ";\t|,")) >= len(parsed) - 1
    gone = {role: one.kinds == "missing" for role, one in parsed.items()}
    headless = gone["customer"] & gone["date"] & ~total
    remark |= headless & np.logical_and.reduce(list(gone.values()))
    marks = {
        "other_separator": parted,
        "headless": headless,
        "remark": remark,
        "total_row": total,
        "names_again": again,
    }
    for one in parsed.values():
        one.kinds[np.logical_or.reduce(list(marks.values()))] = OK
    for kind, rows in marks.items():  # the last of two wins
        customer.kinds[rows] = kind


def headless_rows(count: int) -> list[Message]:
    """Return what is worth knowing where so many rows have an amount and neither customer nor date.

    >>> len(headless_rows(2)), headless_rows(0)
    (1, [])
    """
    note = N_(
        "Rows with an amount and neither customer nor date are left out ({count}). If they are sums, that is right. If they are "
        "further lines of the order above, fill its customer and date down first: in Excel mark the columns, F5 › Special › "
        "Blanks, type = and the arrow up, then Ctrl+Enter."
    )
    return [Message(note, values(count=count))] if count else []


def doubtful_orders(
    headers: Mapping[str, str], sample: Mapping[str, Sequence[object]], amount: str | None
) -> list[Message]:
    """Return what is worth knowing about the orders of a file, by its first rows: orders called off, and large units.

    Parameters
    ----------
    headers
        Unique column name to the name as it stands in the file.
    sample
        The first cells of each column.
    amount
        The column of amounts.

    Examples
    --------
    >>> states = {"订单状态": ["交易成功", "交易关闭", "交易成功"]}
    >>> for note in doubtful_orders({"订单状态": "订单状态"}, states, None):
    ...     print(note)
    “订单状态” says “交易关闭” in 1 of the first 3 rows. Such rows count as purchases as they stand: take out orders that were called off or never paid, and give refunds a minus.

    """
    notes = []
    for name, header in headers.items():
        if not _STATE.search(header.strip().casefold()):
            continue
        said = Counter(text for cell in sample[name] if _CALLED_OFF.search(text := str(clean(cell))))
        if said:
            note = N_(
                "“{column}” says {states} in {count} of the first {rows} rows. Such rows count as purchases as they stand: take "
                "out orders that were called off or never paid, and give refunds a minus."
            )
            states = tuple(f"“{shown(text)}”" for text, _ in said.most_common(3))
            told = values(column=name, states=states, count=said.total(), rows=len(sample[name]))
            notes.append(Message(note, told))
    if amount is not None and (unit := _UNIT.search(headers[amount])):
        note = N_(
            "Column “{column}” gives amounts in {unit}, by its name. They are read as they stand, so that all money in a "
            "report is in {unit}, too."
        )
        notes.append(Message(note, values(column=amount, unit=unit[1])))
    return notes


def doubtful_names(names: NDArray[Any] | Sequence[str], column: str) -> list[Message]:
    """Return what is worth knowing about the names of customers: stand-ins for nobody, and names that nearly agree.

    Parameters
    ----------
    names
        The customer of each row that is kept.
    column
        What messages call the column.

    Examples
    --------
    >>> for note in doubtful_names(["007", "7", "guest", "guest"], "customer"):
    ...     print(note)
    Column “customer”: “guest” is nobody's name, so that different buyers count as one customer (rows: 2). Take these rows out if they are many.
    Column “customer”: some customers differ from another only in zeros in front (1), as 007 and 7 do; they are taken for two. If a spreadsheet has cut the zeros off, export the column as text.

    """
    counts = pd.Series(names, dtype="str").value_counts(sort=False)
    return doubtful_counts({str(name): int(n) for name, n in counts.items()}, column)


def doubtful_counts(counts: Mapping[str, int], column: str) -> list[Message]:
    """Return what :func:`doubtful_names` returns, from the rows of each name; reports print it, so no customer is named."""
    notes = []
    nobody = {name: n for name, n in counts.items() if name.casefold() in NAMELESS}
    if nobody:
        most = max(nobody, key=lambda name: (nobody[name], name))
        note = N_(
            "Column “{column}”: “{name}” is nobody's name, so that different buyers count as one customer (rows: {count}). "
            "Take these rows out if they are many."
        )
        notes.append(Message(note, values(column=column, name=shown(most), count=int(sum(nobody.values())))))
    distinct = list(counts)
    known = set(distinct)
    padded = [name for name in distinct if name[:1] == "0" and name.isdecimal() and name.lstrip("0") in known]
    if padded:
        note = N_(
            "Column “{column}”: some customers differ from another only in zeros in front ({count}), as 007 and 7 do; "
            "they are taken for two. If a spreadsheet has cut the zeros off, export the column as text."
        )
        notes.append(Message(note, values(column=column, count=len(padded))))
    masked = [name for name in distinct if _MASKED.search(name)]
    if masked:
        note = N_(
            "Column “{column}”: {count} names are masked with asterisks; different customers may look like one. Better choose a "
            "column with a number for each customer."
        )
        notes.append(Message(note, values(column=column, count=len(masked))))
    if any(name != name.casefold() for name in distinct):
        folded = Counter(name.casefold() for name in distinct)
        twins = sum(n for n in folded.values() if n > 1)
        if twins:
            note = N_(
                "Column “{column}”: some names differ from another only in capital letters ({count}), as Li and LI do; they "
                "are taken for different customers."
            )
            notes.append(Message(note, values(column=column, count=twins)))
    return notes


def doubtful_signs(negative: int, positive: int, column: str) -> list[Message]:
    """Return what is worth knowing where more amounts are negative than positive.

    >>> len(doubtful_signs(7, 3, "amount")), doubtful_signs(3, 7, "amount")
    (1, [])
    """
    if not 0 < positive < negative:  # where all are negative, check_transactions says so
        return []
    note = N_(
        "Column “{column}”: {negative} of {all} amounts are negative and count as refunds. If sales are booked with a minus, "
        "as on the credit side of accounts, turn the sign round in the file."
    )
    return [Message(note, values(column=column, negative=negative, all=negative + positive))]
