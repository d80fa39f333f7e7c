"""What could not be read: reasons, the list of rejected cells, and the file they are written to."""

from __future__ import annotations

import csv
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from crmlab.data.messages import shown
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from crmlab.data.readers import ReadResult
    from crmlab.data.reduced import Reduced

__all__ = ["OF_ROWS", "REASONS", "bad_rows", "escape_cell", "reason_text", "write_rejects"]

#: why a cell or a row was rejected; the keys never change, the words may
REASONS: dict[str, str] = {
    "missing": N_("missing"),
    "no_number": N_("not a number"),
    "other_currency": N_("in another currency than most of the column"),
    "decimal_sign": N_("uses another decimal sign than the rest of the column"),
    "no_date": N_("not a date"),
    "month_only": N_("a month without its day"),
    "no_year_given": N_("a day without its year"),
    "epoch": N_("a moment as programs count it, in seconds since 1970"),
    "no_such_day": N_("no such day in the calendar"),
    "no_day": N_("a day that programs write where none is known"),
    "far_date": N_("date before 1900 or after 2100"),
    "future": N_("date in the future"),
    "digits_lost": N_("number shortened by a spreadsheet, digits are lost"),
    "sheet_error": N_("error value of a spreadsheet"),
    "no_answer": N_("not an answer on the scale"),
    "off_scale": N_("outside the scale"),
    "no_weight": N_("not a positive weight"),
    "no_answers": N_("no question answered"),
    "no_flag": N_("neither yes nor no"),
    "not_whole": N_("not a whole number of periods"),
    "negative": N_("negative"),
    "end_before_start": N_("ends before it starts"),
    "lost_at_once": N_("lost, but not one period long; count the period in which a customer leaves"),
    "no_phone": N_("not a telephone number"),
    "no_email": N_("not an e-mail address"),
    "no_way": N_("neither a telephone number nor an e-mail address"),
    "swapped": N_("no telephone number, but beside the name stands one: the two have changed places"),
    "no_outcome": N_("says neither that it ended well nor that it did not"),
    "no_movement": N_("no movement of points that is known: earned, burned, expired or adjustment"),
    "no_year": N_("not a year"),
    "no_place": N_("not a number from 1 on"),
    "rank_beyond": N_("rank beyond the number of shops used"),
    "bad_bytes": N_("broken characters"),
    "total_row": N_("a row of totals, not a purchase"),
    "names_again": N_("the names of the columns once more"),
    "remark": N_("a remark beside the table, not a purchase"),
    "headless": N_("an amount without customer and date (a sum, or a further line of the order above)"),
    "other_separator": N_("the cells of this row are parted by another sign than those of the others"),
    "too_many_cells": N_("more cells than the header has"),
}

#: reasons that are about a row and no cell of it
OF_ROWS = frozenset({"names_again", "total_row", "remark", "headless", "other_separator"})

_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")


def reason_text(kind: str) -> str:
    """Return the reason `kind` in the reader's language."""
    return tr(REASONS[kind])


def bad_rows(rejected: pd.DataFrame, limit: int = 5) -> list[str]:
    """Return the first rejected cells, a line each, as messages quote them.

    Parameters
    ----------
    rejected
        Columns ``row, column, value, kind``, of a folder also ``file``.
    limit
        How many lines at most.

    """
    lines = []
    for entry in rejected.head(limit).to_dict("records"):
        reason = reason_text(entry["kind"])
        line = (
            tr(
                "row {row}, column “{column}”: “{value}”: {reason}",
                row=entry["row"],
                column=entry["column"],
                value=shown(entry["value"]),
                reason=reason,
            )
            if entry["column"]
            else tr(
                "row {row}: “{value}”: {reason}", row=entry["row"], value=shown(entry["value"]), reason=reason
            )
            if entry["value"]
            else tr("row {row}: {reason}", row=entry["row"], reason=reason)
        )
        lines.append(tr("{file}, {where}", file=entry["file"], where=line) if "file" in entry else line)
    return lines


def escape_cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers.

    A text that starts with ``= + - @``, a tab or a line end (or their full-width twins) gets an apostrophe in front.

    >>> escape_cell("=1+1")
    "'=1+1"
    >>> escape_cell("-12.5"), escape_cell(-12.5)
    ('-12.5', -12.5)
    """
    if not isinstance(value, str) or not _FORMULA.match(value) or _NUMBER.fullmatch(value):
        return value
    return "'" + value


def write_rejects(result: ReadResult | Reduced, path: str | os.PathLike[str]) -> Path:
    """Write what could not be read, to be mended and sent again.

    CSV in UTF-8 with BOM, which spreadsheets open with Chinese intact; cells that a spreadsheet would take for a
    formula are escaped. The file appears whole or not at all.

    Parameters
    ----------
    result
        What :func:`crmlab.data.read_table` returned.
    path
        Where the file goes; an older one is replaced.

    Returns
    -------
    pathlib.Path
        The file written.

    """
    rejects = result.rejects
    words = {"file": tr("file"), "row": tr("row"), "column": tr("column"), "value": tr("value")}
    header = [words.get(name, tr("reason")) for name in rejects.columns]
    return _write_atomically(Path(path), header, rejects.itertuples(index=False, name=None))


def _write_atomically(path: Path, header: Sequence[str], rows: object) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for row in rows:  # type: ignore[attr-defined]
                writer.writerow([escape_cell(cell) for cell in row])
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path
