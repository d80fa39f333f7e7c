"""The table of transactions: one row a purchase, with customer, date and amount."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.data.amounts import Decimal, parse_amounts
from crmlab.data.cells import OK, Cells, Parsed, parse_distinct
from crmlab.data.dates import parse_dates
from crmlab.data.doubts import doubtful_names, doubtful_signs, headless_rows, mark_no_purchases
from crmlab.data.messages import Message, values
from crmlab.data.outliers import farthest
from crmlab.data.rejects import OF_ROWS, bad_rows
from crmlab.data.roles import map_option
from crmlab.data.schemas import Schema, failing_counts, listed, stacked
from crmlab.errors import DataError
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from crmlab.data.roles import RoleMatch
    from crmlab.data.seen import Seen
    from crmlab.data.tables import RawTable

__all__ = [
    "amounts_of",
    "build_transactions",
    "collect",
    "computed_note",
    "parse_names",
    "parse_transactions",
    "refuse_counts",
    "refuse_if_most_fail",
]

_SHORTENED = re.compile(r"\d(\.\d+)?[eE]\+\d{2}")
_POINT_ZERO = re.compile(r"\d+\.0")


def parse_names(column: Cells, *, name: str) -> Parsed:
    """Read a column of identifiers as text.

    1001 and 1001.0, which spreadsheets make of each other, are one customer; letters keep their case. A number that
    a spreadsheet has shortened (1.38E+10) is rejected: many customers would become one.

    Examples
    --------
    >>> parse_names([" C1 ", 1001.0, "1.38E+10"], name="customer").kinds.tolist()
    ['', '', 'digits_lost']

    """

    def parse(found: Sequence[object]) -> tuple[NDArray[Any], NDArray[np.object_], tuple[Message, ...]]:
        texts = np.empty(len(found), dtype=object)
        texts[:] = [_name(value) for value in found]
        kinds = np.full(len(found), OK, dtype=object)
        for at, value in enumerate(found):
            if isinstance(value, str):
                if _SHORTENED.fullmatch(value):
                    kinds[at] = "digits_lost"
                elif "\ufffd" in value:
                    kinds[at] = "bad_bytes"
                elif value.startswith("#") and value.endswith(("!", "?", "/A")):
                    kinds[at] = "sheet_error"
        if any(isinstance(value, str) and _POINT_ZERO.fullmatch(value) for value in found):
            texts[:] = [text[:-2] if _POINT_ZERO.fullmatch(text) else text for text in texts]
            note = N_("Column “{column}”: numbers such as 1001.0 are read as 1001.")
            return texts, kinds, (Message(note, values(column=name)),)
        return texts, kinds, ()

    return parse_distinct(column, parse, "")


def _name(value: object) -> str:
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def build_transactions(
    raw: RawTable,
    roles: dict[str, RoleMatch],
    *,
    date_format: str | None = None,
    decimal: Decimal | None = None,
    today: dt.date | None = None,
) -> Schema:
    """Build the table of transactions; a row of which any part cannot be read is left out and listed.

    Raises
    ------
    crmlab.errors.DataError
        When more than half of the rows of a column cannot be read, or day and month cannot be told apart.

    """
    column = {role: match.column for role, match in roles.items()}
    parsed = parse_transactions(raw, column, date_format=date_format, decimal=decimal, today=today)
    rejected, bad = collect(raw, column, parsed)
    refuse_if_most_fail(raw, column, parsed, rejected)
    amount = amounts_of(parsed)
    notes = [note for one in parsed.values() for note in one.notes]
    if "amount" not in parsed:
        notes.append(computed_note(column))
    keep = ~bad
    far = np.flatnonzero(keep)[farthest(amount[keep])]
    main = "amount" if "amount" in parsed else "quantity"
    cells = np.asarray(raw.columns[column[main]], dtype=object)[far]
    outliers = listed(raw, far, column[main], cells, np.full(len(far), "outlier", dtype=object))
    notes += headless_rows(int((parsed["customer"].kinds == "headless").sum()))
    notes += doubtful_signs(int((amount[keep] < 0).sum()), int((amount[keep] > 0).sum()), column[main])
    notes += doubtful_names(parsed["customer"].data[keep], column["customer"])
    table = pd.DataFrame(
        {
            "customer": pd.Series(parsed["customer"].data[keep], dtype="str"),
            "date": parsed["date"].data[keep],
            "amount": amount[keep].astype(float),
        }
    )
    return Schema(table, rejected, int(bad.sum()), tuple(notes), rows=raw.rows[keep], outliers=outliers)


def parse_transactions(
    raw: RawTable,
    column: Mapping[str, str],
    *,
    date_format: str | None = None,
    decimal: Decimal | None = None,
    today: dt.date | None = None,
    seen: Seen | None = None,
) -> dict[str, Parsed]:
    """Read the columns of transactions, role by role; `seen` is what earlier pieces of a large file showed."""
    parsed = {
        "customer": parse_names(raw.columns[column["customer"]], name=column["customer"]),
        "date": parse_dates(
            raw.columns[column["date"]],
            name=column["date"],
            date_format=date_format,
            today=today,
            seen=seen.dates if seen else None,
        ),
    }
    parts = ("amount",) if "amount" in column else ("quantity", "unit_price")
    for part in parts:
        parsed[part] = parse_amounts(
            raw.columns[column[part]],
            name=column[part],
            decimal=decimal,
            seen=seen.amounts[part] if seen else None,
        )
    own = {role: column[role] for role in parsed}
    mark_no_purchases({role: raw.columns[name] for role, name in own.items()}, parsed, own)
    return parsed


def amounts_of(parsed: Mapping[str, Parsed]) -> NDArray[Any]:
    """Return the amount of each row: its own column, or quantity × price."""
    if "amount" in parsed:
        return parsed["amount"].data
    return np.asarray(parsed["quantity"].data * parsed["unit_price"].data)


def computed_note(column: Mapping[str, str]) -> Message:
    """Say that the amount is computed."""
    note = N_("The amount is “{quantity}” × “{price}”, for the file has no column of amounts.")
    return Message(note, values(quantity=column["quantity"], price=column["unit_price"]))


def collect(
    raw: RawTable, column: dict[str, str], parsed: dict[str, Parsed]
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """List every bad cell, in the order of rows; and say which rows hold one."""
    bad = raw.too_wide.copy()
    frames = []
    at = np.flatnonzero(raw.too_wide)
    if len(at):
        kinds = np.full(len(at), "too_many_cells", dtype=object)
        frames.append(listed(raw, at, "", np.full(len(at), "", dtype=object), kinds))
    for role, one in parsed.items():
        bad |= one.bad
        # Of a row whose columns have shifted nothing else is worth telling.
        at = np.flatnonzero(one.bad & ~raw.too_wide)
        if len(at):
            cells = np.asarray(raw.columns[column[role]], dtype=object)[at]
            listing = listed(raw, at, column[role], cells, one.kinds[at])
            frames.append(listing.assign(column=listing["column"].mask(listing["kind"].isin(OF_ROWS), "")))
    return stacked(frames), bad


def refuse_if_most_fail(
    raw: RawTable, column: dict[str, str], parsed: dict[str, Parsed], rejected: pd.DataFrame
) -> None:
    """Raise an error when most rows of a column cannot be read: the wrong column, or the wrong file."""
    places = [name for name in ("file", "row") if name in rejected]
    uncomputed = [role for role, one in parsed.items() if _is_uncomputed(raw.columns[column[role]], one)]
    refuse_counts(
        {role: Counter(one.kinds.tolist()) for role, one in parsed.items()},
        column,
        rejected,
        rows=len(raw.rows),
        wide=int(raw.too_wide.sum()),
        bad=len(rejected[places].drop_duplicates()),
        uncomputed=uncomputed,
    )


#: what to do where most cells of a column fail for one reason
_HINTS = {
    "future": N_("Check the clock of this machine and the order of day and month: --date-format dmy"),
    "other_currency": N_(
        "Amounts in several currencies have no sum: turn them into one, or keep one file for each currency."
    ),
    "digits_lost": N_(
        "A spreadsheet has cut long numbers short, and the digits are gone for good. Export the data again from the "
        "system they come from, with this column as text, and do not open the file in a spreadsheet before."
    ),
    "bad_bytes": N_(
        "Characters were lost when the file was opened in the wrong encoding and saved. Export it again, and open it in "
        "Excel with Data › From Text/CSV, 65001: Unicode (UTF-8)."
    ),
    "month_only": N_(
        "A purchase has its day. If these rows are the sums of a month, export the orders themselves, one row an order."
    ),
    "no_year_given": N_(
        "Write the year into the dates, such as 2024-05-01: without it, purchases have no order in time."
    ),
    "epoch": N_(
        "A program counts seconds since 1970 here. Turn them into dates first: in Excel, for B2, =B2/86400+25569 (for "
        "milliseconds =B2/86400000+25569; for Beijing time add 8/24), shown as a date."
    ),
}


def refuse_counts(
    kinds: Mapping[str, Counter[str]],
    column: Mapping[str, str],
    rejected: pd.DataFrame,
    *,
    rows: int,
    wide: int,
    bad: int,
    uncomputed: Collection[str] = (),
) -> None:
    """Do what :func:`refuse_if_most_fail` does, from counts.

    Parameters
    ----------
    kinds
        Role to the rows of each kind of fault, read ones included.
    column
        Role to column.
    rejected
        The first bad cells of each column.
    rows, wide, bad
        Rows in all, those with too many cells, those of which anything is bad.
    uncomputed
        Roles whose column is mostly empty, as one of formulas never computed is.

    """
    hopeless = [role for role, found in kinds.items() if 2 * (rows - found[OK]) > rows]
    if 2 * wide > rows and not hopeless:
        raise DataError(
            tr("Most rows have more cells than the header has names."),
            problems=bad_rows(rejected[rejected["kind"] == "too_many_cells"]),
            hint=tr(
                "Does the delimiter stand inside cells without quotation marks? Export the file again, or as .xlsx."
            ),
        )
    if not hopeless:
        if len(rejected) and rows == bad:
            raise DataError(tr("No row can be read."), problems=bad_rows(rejected))
        return
    messages = [failing_counts(role, column[role], kinds[role]) for role in hopeless]
    # Rows that are no purchases are listed without a column.
    own = {role: {column[role], *([""] if role == "customer" else [])} for role in hopeless}
    lines = [line for role in hopeless for line in bad_rows(rejected[rejected["column"].isin(own[role])])]
    most = [kind for role in hopeless for kind, n in kinds[role].items() if 2 * n > rows - kinds[role][OK]]
    known = [kind for kind in _HINTS if kind in most]
    if known:
        hint = tr(_HINTS[known[0]])
    elif "headless" in most:
        hint = str(headless_rows(kinds["customer"]["headless"])[0])
    elif hopeless == ["customer"] and "missing" in most and "customer" not in uncomputed:
        hint = tr(
            "If these are sales without a member's number, take their rows out of the file: the report is then about members "
            "alone, and should say so. If another column names the customer, write {option}",
            option=map_option({"customer": tr("COLUMN")}),
        )
    elif set(uncomputed) & set(hopeless):
        hint = tr(
            "If the cells hold formulas, open the file in Excel or WPS and save it once, so that it holds their values."
        )
    else:
        pairs = {role: tr("COLUMN") if role in hopeless else column[role] for role in kinds}
        hint = tr("Is another column meant? Write {option}", option=map_option(pairs))
    raise DataError(messages[0], problems=[*messages[1:], *lines], hint=hint)


def _is_uncomputed(cells: Cells, parsed: Parsed) -> bool:
    """Tell whether a workbook's column is mostly empty below its name, as one of formulas never computed is."""
    if 2 * parsed.bad.sum() <= len(parsed.kinds):
        return False
    empty = (parsed.kinds == "missing") & np.array([cell is None for cell in cells], dtype=bool)
    return bool(2 * empty.sum() > len(empty))
