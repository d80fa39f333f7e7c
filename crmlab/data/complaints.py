"""The table of complaints: when, by whom, about what, over which channel, and how they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.data.amounts import parse_amounts
from crmlab.data.cells import OK, Cells, Parsed, parse_distinct
from crmlab.data.contracts import parse_flags
from crmlab.data.dates import parse_dates
from crmlab.data.hanzi import simplified
from crmlab.data.messages import Message, values
from crmlab.data.schemas import Schema, listed, stacked
from crmlab.data.transactions import collect, parse_names, refuse_if_most_fail
from crmlab.text.catalogue import N_

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.data.amounts import Decimal
    from crmlab.data.roles import RoleMatch
    from crmlab.data.tables import RawTable

__all__ = ["build_complaints", "parse_outcomes"]

_GOOD = frozenset(
    [
        "accepted",
        "satisfied",
        "solved",
        "resolved",
        "settled",
        "recovered",
        "接受",
        "已接受",
        "满意",
        "很满意",
        "非常满意",
        "基本满意",
        "认可",
        "已认可",
        "解决",
        "已解决",
        "已办结",
        "办结",
        "补救成功",
        "成功",
        "已和解",
    ]
)
_NOT = frozenset(
    [
        "rejected",
        "refused",
        "dissatisfied",
        "unsatisfied",
        "unsolved",
        "unresolved",
        "unsettled",
        "pending",
        "不接受",
        "未接受",
        "拒绝",
        "不满意",
        "很不满意",
        "非常不满意",
        "不认可",
        "未解决",
        "未办结",
        "处理中",
        "待处理",
        "失败",
        "补救失败",
        "升级投诉",
    ]
)


def parse_outcomes(column: Cells) -> Parsed:
    """Read whether complaints ended well, in English or Chinese, as 1 and 0.

    >>> parse_outcomes(["yes", "不满意", "已解决", "perhaps"]).data.tolist()
    [1.0, 0.0, 1.0, nan]
    """

    def parse(found: Sequence[object]) -> tuple[NDArray[Any], NDArray[np.object_], tuple[Message, ...]]:
        flags = parse_flags(list(found))
        for at, value in enumerate(found):
            word = simplified(str(value)).casefold()
            if word in _GOOD or word in _NOT:
                flags.data[at], flags.kinds[at] = float(word in _GOOD), OK
        flags.kinds[flags.kinds == "no_flag"] = "no_outcome"
        return flags.data, flags.kinds, ()

    return parse_distinct(column, parse, np.nan)


def build_complaints(
    raw: RawTable,
    roles: dict[str, RoleMatch],
    *,
    date_format: str | None = None,
    decimal: Decimal | None = None,
    today: dt.date | None = None,
) -> Schema:
    """Build the table of complaints; a row without a day that can be read is left out.

    Parameters
    ----------
    raw
        The columns of the file.
    roles
        ``date``; ``customer``, ``topic``, ``channel``, ``resolved`` (a day), ``days_to_resolve``, ``recovered`` where
        they were recognised. A column ``resolved`` that holds yes and no is read as ``recovered``.
    date_format, decimal, today
        As in :func:`crmlab.data.read_table`.

    Returns
    -------
    Schema
        ``customer`` (text; missing for one who gave no name), ``date``, ``topic``, ``channel`` (text),
        ``days_to_resolve`` (whole days from 0, missing while the complaint is open), ``recovered`` (``"yes"``, ``"no"`` or
        missing: whether it ended well): those that the file tells of.

    Raises
    ------
    crmlab.errors.DataError
        When most days cannot be read, or day and month cannot be told apart.

    """
    column = {role: match.column for role, match in roles.items()}
    needed = {
        "date": parse_dates(
            raw.columns[column["date"]], name=column["date"], date_format=date_format, today=today
        )
    }
    rejected, bad = collect(raw, column, needed)
    refuse_if_most_fail(raw, column, needed, rejected)
    notes = list(needed["date"].notes)
    extra: dict[str, Parsed] = {
        role: parse_names(raw.columns[column[role]], name=column[role])
        for role in ("customer", "topic", "channel")
        if role in column
    }
    dropped = _outcome(raw, column, extra)
    if "days_to_resolve" in column:
        extra["days_to_resolve"] = _days(raw, column["days_to_resolve"], decimal)
    elif "resolved" in column and "resolved" not in dropped:
        extra["days_to_resolve"] = _days_between(
            raw, column["resolved"], needed["date"], date_format=date_format, today=today
        )
        note = N_("Days to resolve are counted from “{start}” to “{end}”.")
        notes.append(Message(note, values(start=column["date"], end=column["resolved"])))
        column = {**column, "days_to_resolve": column["resolved"]}
    notes += [note for one in extra.values() for note in one.notes]
    rejected = stacked([rejected, *_faults(raw, column, extra)])
    keep = ~bad
    data: dict[str, Any] = {}
    for role in ("customer", "date", "topic", "channel", "days_to_resolve", "recovered"):
        if role == "date":
            data[role] = pd.Series(needed[role].data[keep])
        elif role in extra:
            known = pd.Series(extra[role].data).where(~extra[role].bad)[keep].reset_index(drop=True)
            if role == "recovered":
                known = known.map({1.0: "yes", 0.0: "no"})
            data[role] = (
                known.astype(float) if role == "days_to_resolve" else known.astype("str").where(known.notna())
            )
    used = {*data, "resolved"} - set(dropped)
    return Schema(
        pd.DataFrame(data),
        rejected,
        int(bad.sum()),
        tuple(notes),
        rows=raw.rows[keep],
        dropped=tuple(role for role in roles if role not in used),
    )


def _outcome(raw: RawTable, column: dict[str, str], extra: dict[str, Parsed]) -> tuple[str, ...]:
    """Read how complaints ended, from a column ``resolved`` of yes and no too; return roles that are not what they seem."""
    if "recovered" in column:
        extra["recovered"] = parse_outcomes(raw.columns[column["recovered"]])
    if "resolved" not in column:
        return ()
    flags = parse_outcomes(raw.columns[column["resolved"]])
    said = flags.kinds != "missing"
    if 2 * (~flags.bad).sum() <= said.sum():
        return ()
    if "recovered" not in extra:
        extra["recovered"] = flags
        column["recovered"] = column["resolved"]
    return ("resolved",)


def _days(raw: RawTable, name: str, decimal: Decimal | None) -> Parsed:
    days = parse_amounts(_without_unit(raw.columns[name]), name=name, decimal=decimal)
    days.kinds[~days.bad & (days.data < 0)] = "negative"
    return days


def _without_unit(cells: Cells) -> Cells:
    """Take the unit off: 3 天, 3 days."""
    texts = np.asarray(cells, dtype=object)
    return np.array(
        [
            cell.strip()
            .removesuffix("天")
            .removesuffix("日")
            .removesuffix("days")
            .removesuffix("day")
            .strip()
            if isinstance(cell, str)
            else cell
            for cell in texts
        ],
        dtype=object,
    )


def _days_between(
    raw: RawTable, name: str, start: Parsed, *, date_format: str | None, today: dt.date | None
) -> Parsed:
    """Count days from the complaint to its end; an end before the beginning is a fault of the end."""
    end = parse_dates(raw.columns[name], name=name, date_format=date_format, today=today)
    days = np.full(len(end.kinds), np.nan)
    both = ~end.bad & ~start.bad
    days[both] = (end.data[both].astype("datetime64[D]") - start.data[both].astype("datetime64[D]")).astype(
        float
    )
    kinds = end.kinds.copy()
    kinds[both & (days < 0)] = "end_before_start"
    kinds[~end.bad & start.bad] = "missing"
    return Parsed(days, kinds, end.notes)


def _faults(raw: RawTable, column: dict[str, str], extra: dict[str, Parsed]) -> list[pd.DataFrame]:
    """List the cells of further columns that cannot be read; an empty one is no fault."""
    frames = []
    for role, one in extra.items():
        at = np.flatnonzero(one.bad & (one.kinds != "missing") & ~raw.too_wide)
        if len(at):
            cells = np.asarray(raw.columns[column[role]], dtype=object)[at]
            frames.append(listed(raw, at, column[role], cells, one.kinds[at]))
    return frames
