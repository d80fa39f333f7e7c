"""The table of contacts: people who may become customers, with the ways to reach them, where they came from and at what cost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.data.amounts import parse_amounts
from crmlab.data.cells import OK, Cells, Parsed, parse_distinct
from crmlab.data.dates import parse_dates
from crmlab.data.messages import Message
from crmlab.data.rejects import bad_rows
from crmlab.data.roles import map_option
from crmlab.data.schemas import Schema, listed, stacked
from crmlab.data.transactions import parse_names
from crmlab.errors import DataError
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.data.amounts import Decimal
    from crmlab.data.roles import RoleMatch
    from crmlab.data.tables import RawTable

__all__ = ["TWICE", "build_contacts", "is_email", "is_phone", "parse_emails", "parse_phones", "repeated"]

_EMAIL = re.compile(r"[^@\s,;<>\"()]{1,64}@[^@\s,;<>\"()]{1,250}\.[^@\s,;<>\"().\d]{2,}")
#: signs that people write between the digits
_BETWEEN = re.compile(r"[\s\-./()–—]+")
_PHONE = re.compile(r"\+?\d{5,20}")
_SHORTENED = re.compile(r"\d(\.\d+)?[eE]\+\d{2}")
_EXTENSION = re.compile(r"(?:ext\.?|转|分机|#|x)\s*\d{1,6}$", re.IGNORECASE)


def is_email(value: object) -> bool:
    """Tell whether a cleaned cell is an e-mail address.

    >>> is_email("sample@example.com"), is_email("sample@example")
    (True, False)
    """
    return isinstance(value, str) and _EMAIL.fullmatch(value.removeprefix("mailto:")) is not None


def is_phone(value: object) -> bool:
    """Tell whether a cleaned cell is a telephone number and nothing else that consists of digits, such as a day.

    >>> is_phone("000-0000-0395"), is_phone("+86 138 0000 0000"), is_phone("2025-03-19"), is_phone("12.50")
    (True, True, False, False)
    """
    digits = _digits(value)
    return (
        digits is not None
        and 7 <= len(digits.lstrip("+")) <= 15
        and not re.fullmatch(r"(19|20)\d{6}", digits)
    )


def parse_phones(column: Cells) -> Parsed:
    """Read a column of telephone numbers as digits, with a leading + where it was written.

    Numbers of a spreadsheet (13800000000.0) are read as they were typed; shortened ones (1.38E+10) are rejected. Zeros
    that a spreadsheet took off cannot be seen, and are not added.

    >>> parse_phones(["000-0000-0395", "+86 138 0000 0000", "1.38E+10", "ask Li"]).data.tolist()
    ['00000000395', '+8613800000000', '', '']
    """

    def parse(found: Sequence[object]) -> tuple[NDArray[Any], NDArray[np.object_], tuple[Message, ...]]:
        texts, kinds = np.full(len(found), "", dtype=object), np.full(len(found), OK, dtype=object)
        for at, value in enumerate(found):
            digits = _digits(value)
            if digits is not None:
                texts[at] = digits
            else:
                lost = isinstance(value, str) and _SHORTENED.fullmatch(value)
                kinds[at] = "digits_lost" if lost else "no_phone"
        return texts, kinds, ()

    return parse_distinct(column, parse, "")


def parse_emails(column: Cells) -> Parsed:
    """Read a column of e-mail addresses; letters keep their case.

    >>> parse_emails(["sample@example.com", "none at all"]).kinds.tolist()
    ['', 'no_email']
    """

    def parse(found: Sequence[object]) -> tuple[NDArray[Any], NDArray[np.object_], tuple[Message, ...]]:
        texts = np.array([str(value).removeprefix("mailto:") for value in found], dtype=object)
        kinds = np.array([OK if is_email(value) else "no_email" for value in found], dtype=object)
        return texts, kinds, ()

    return parse_distinct(column, parse, "")


def _digits(value: object) -> str | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float | np.floating):
        value = str(int(value)) if np.isfinite(value) and float(value).is_integer() else ""
    text = _EXTENSION.sub("", str(value).strip()).removeprefix("tel:")
    text = re.sub(r"^(\d{6,20})\.0$", r"\1", text)
    text = _BETWEEN.sub("", text)
    return text if _PHONE.fullmatch(text) else None


def build_contacts(
    raw: RawTable,
    roles: dict[str, RoleMatch],
    *,
    date_format: str | None = None,
    decimal: Decimal | None = None,
    today: dt.date | None = None,
) -> Schema:
    """Build the table of contacts; a row without a telephone number and an e-mail address that can be read is left out.

    Parameters
    ----------
    raw
        The columns of the file.
    roles
        ``phone`` or ``email``; ``name``, ``source``, ``cost``, ``date`` where they were recognised.
    date_format, decimal, today
        As in :func:`crmlab.data.read_table`.

    Returns
    -------
    Schema
        ``name``, ``phone`` (digits), ``email``, ``source`` (text), ``cost`` (0 or more), ``date``: those that the file
        has, missing where a cell is empty or cannot be read. People who stand in the file twice stay in it twice; who is
        who is the analysis's question.

    Raises
    ------
    crmlab.errors.DataError
        When most rows give no way to reach anybody, or day and month cannot be told apart.

    """
    column = {role: match.column for role, match in roles.items()}
    parsed: dict[str, Parsed] = {}
    for role in ("name", "phone", "email", "source"):
        if role in column:
            cells = raw.columns[column[role]]
            parsed[role] = (
                parse_phones(cells)
                if role == "phone"
                else parse_emails(cells)
                if role == "email"
                else parse_names(cells, name=column[role])
            )
    if "cost" in column:
        parsed["cost"] = parse_amounts(raw.columns[column["cost"]], name=column["cost"], decimal=decimal)
        parsed["cost"].kinds[~parsed["cost"].bad & (parsed["cost"].data < 0)] = "negative"
    if "date" in column:
        parsed["date"] = parse_dates(
            raw.columns[column["date"]], name=column["date"], date_format=date_format, today=today
        )
    notes = [note for one in parsed.values() for note in one.notes]
    _swapped(raw, column, parsed)
    reached = np.zeros(len(raw.rows), dtype=bool)
    for role in ("phone", "email"):
        if role in parsed:
            reached |= ~parsed[role].bad
    bad = raw.too_wide | ~reached
    rejected = _rejected(raw, column, parsed, reached)
    if 2 * bad.sum() > len(raw.rows):
        raise DataError(
            tr(
                "Most rows hold neither a telephone number nor an e-mail address: {bad} of {rows}.",
                bad=f"{int(bad.sum()):,}",
                rows=f"{len(bad):,}",
            ),
            problems=bad_rows(rejected),
            hint=tr(
                "Is another column meant? Write {option}",
                option=map_option({role: tr("COLUMN") for role in ("phone", "email") if role in parsed}),
            ),
        )
    keep = ~bad
    data: dict[str, Any] = {}
    for role, one in parsed.items():
        known = pd.Series(one.data).where(~one.bad)[keep].reset_index(drop=True)
        data[role] = (
            known.astype(float) if role == "cost" else known if role == "date" else known.astype("str")
        )
        if role not in {"cost", "date"}:
            data[role] = data[role].where(known.notna())
    return Schema(pd.DataFrame(data), rejected, int(bad.sum()), tuple(notes), rows=raw.rows[keep])


def _swapped(raw: RawTable, column: dict[str, str], parsed: dict[str, Parsed]) -> None:
    """Mark rows in which name and number have changed places; they are told, and not put right silently."""
    if not {"name", "phone"} <= parsed.keys():
        return
    doubtful = np.flatnonzero(parsed["phone"].kinds == "no_phone")
    names = np.asarray(raw.columns[column["name"]], dtype=object)[doubtful]
    numbers = parse_phones(names)
    at = doubtful[~numbers.bad]
    parsed["phone"].kinds[at] = "swapped"
    # A number is no name; the row is told of once.
    parsed["name"].kinds[at] = "missing"


def _rejected(
    raw: RawTable, column: dict[str, str], parsed: dict[str, Parsed], reached: NDArray[np.bool_]
) -> pd.DataFrame:
    frames = []
    nothing = np.full(len(raw.rows), "", dtype=object)
    said = np.zeros(len(raw.rows), dtype=bool)
    for role, one in parsed.items():
        faulty = one.bad & (one.kinds != "missing") & ~raw.too_wide
        said |= faulty & (role in {"phone", "email"})
        at = np.flatnonzero(faulty)
        if len(at):
            cells = np.asarray(raw.columns[column[role]], dtype=object)[at]
            frames.append(listed(raw, at, column[role], cells, one.kinds[at]))
    for kind, rows in (("too_many_cells", raw.too_wide), ("no_way", ~reached & ~said & ~raw.too_wide)):
        at = np.flatnonzero(rows)
        if len(at):
            frames.append(listed(raw, at, "", nothing[at], np.full(len(at), kind, dtype=object)))
    return stacked(frames)


#: what a reader is told of repeated people; used by the quality table
TWICE = N_("Rows with a telephone number or e-mail address that stands in an earlier row")


def repeated(table: pd.DataFrame) -> int:
    """Return how many rows repeat a telephone number, or an e-mail address in any case, of an earlier row.

    >>> repeated(pd.DataFrame({"phone": ["1380000", "1380000", None], "email": [None, None, "a@example.com"]}))
    1
    """
    again = np.zeros(len(table), dtype=bool)
    for role in ("phone", "email"):
        if role in table:
            said = table[role].str.casefold()
            again |= (said.duplicated() & said.notna()).to_numpy()
    return int(again.sum())
