"""The table of transactions: one row a purchase, with customer, date and amount."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.data.amounts import Decimal, parse_amounts
from crmlab.data.cells import OK, Cells, Parsed, parse_distinct
from crmlab.data.dates import parse_dates
from crmlab.data.doubts import doubtful_names, mark_no_purchases
from crmlab.data.messages import Message, values
from crmlab.data.outliers import farthest
from crmlab.data.rejects import bad_rows
from crmlab.data.roles import map_option
from crmlab.data.schemas import Schema, failing, listed, stacked
from crmlab.errors import DataError
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.data.roles import RoleMatch
    from crmlab.data.tables import RawTable

__all__ = ["build_transactions", "collect", "parse_names", "refuse_if_most_fail"]

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
    parsed = {
        "customer": parse_names(raw.columns[column["customer"]], name=column["customer"]),
        "date": parse_dates(
            raw.columns[column["date"]], name=column["date"], date_format=date_format, today=today
        ),
    }
    parts = ("amount",) if "amount" in column else ("quantity", "unit_price")
    for part in parts:
        parsed[part] = parse_amounts(raw.columns[column[part]], name=column[part], decimal=decimal)
    mark_no_purchases({role: raw.columns[column[role]] for role in parsed}, parsed)
    rejected, bad = collect(raw, column, parsed)
    refuse_if_most_fail(raw, column, parsed, rejected)
    amount = parsed[parts[0]].data
    notes = [note for one in parsed.values() for note in one.notes]
    if len(parts) == 2:
        amount = amount * parsed["unit_price"].data
        note = N_("The amount is “{quantity}” × “{price}”, for the file has no column of amounts.")
        notes.append(Message(note, values(quantity=column["quantity"], price=column["unit_price"])))
    keep = ~bad
    far = np.flatnonzero(keep)[farthest(amount[keep])]
    cells = np.asarray(raw.columns[column[parts[0]]], dtype=object)[far]
    outliers = listed(raw, far, column[parts[0]], cells, np.full(len(far), "outlier", dtype=object))
    notes += doubtful_names(parsed["customer"].data[keep], column["customer"])
    table = pd.DataFrame(
        {
            "customer": pd.Series(parsed["customer"].data[keep], dtype="str"),
            "date": parsed["date"].data[keep],
            "amount": amount[keep].astype(float),
        }
    )
    return Schema(table, rejected, int(bad.sum()), tuple(notes), rows=raw.rows[keep], outliers=outliers)


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
            frames.append(listed(raw, at, column[role], cells, one.kinds[at]))
    return stacked(frames), bad


def refuse_if_most_fail(
    raw: RawTable, column: dict[str, str], parsed: dict[str, Parsed], rejected: pd.DataFrame
) -> None:
    """Raise an error when most rows of a column cannot be read: the wrong column, or the wrong file."""
    rows = len(raw.rows)
    hopeless = [role for role, one in parsed.items() if 2 * one.bad.sum() > rows]
    if 2 * raw.too_wide.sum() > rows and not hopeless:
        raise DataError(
            tr("Most rows have more cells than the header has names."),
            problems=bad_rows(rejected[rejected["kind"] == "too_many_cells"]),
            hint=tr(
                "Does the delimiter stand inside cells without quotation marks? Export the file again, or as .xlsx."
            ),
        )
    if not hopeless:
        places = [name for name in ("file", "row") if name in rejected]
        if len(rejected) and len(raw.rows) == len(rejected[places].drop_duplicates()):
            raise DataError(tr("No row can be read."), problems=bad_rows(rejected))
        return
    messages = [failing(role, column[role], parsed[role].kinds) for role in hopeless]
    lines = [line for role in hopeless for line in bad_rows(rejected[rejected["column"] == column[role]])]
    in_future = any((parsed[role].kinds == "future").sum() * 2 > rows for role in hopeless)
    if in_future:
        hint = tr("Check the clock of this machine and the order of day and month: --date-format dmy")
    elif any(
        (parsed[role].kinds == "other_currency").sum() * 2 > parsed[role].bad.sum() for role in hopeless
    ):
        hint = tr(
            "Amounts in several currencies have no sum: turn them into one, or keep one file for each currency."
        )
    elif any((parsed[role].kinds == "digits_lost").sum() * 2 > parsed[role].bad.sum() for role in hopeless):
        hint = tr(
            "A spreadsheet has cut long numbers short, and the digits are gone for good. Export the data again from the "
            "system they come from, with this column as text, and do not open the file in a spreadsheet before."
        )
    elif any(_is_uncomputed(raw.columns[column[role]], parsed[role]) for role in hopeless):
        hint = tr(
            "If the cells hold formulas, open the file in Excel or WPS and save it once, so that it holds their values."
        )
    else:
        pairs = {role: tr("COLUMN") if role in hopeless else column[role] for role in parsed}
        hint = tr("Is another column meant? Write {option}", option=map_option(pairs))
    raise DataError(messages[0], problems=[*messages[1:], *lines], hint=hint)


def _is_uncomputed(cells: Cells, parsed: Parsed) -> bool:
    """Tell whether a workbook's column is mostly empty below its name, as one of formulas never computed is."""
    empty = (parsed.kinds == "missing") & np.array([cell is None for cell in cells], dtype=bool)
    return bool(2 * empty.sum() > len(empty))
