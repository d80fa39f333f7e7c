"""An opened file, before anything in it is understood: names of columns, cells, and the row numbers a spreadsheet shows."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlab.data.cells import clean, is_missing
from crmlab.data.messages import joined
from crmlab.data.roles import role_count
from crmlab.errors import DataError
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from crmlab.data.cells import Cells
    from crmlab.data.roles import Kind

__all__ = [
    "HEADER_ROWS",
    "SAMPLE_ROWS",
    "OpenTable",
    "RawTable",
    "Source",
    "column_letter",
    "find_header",
    "fingerprint",
    "no_rows",
    "unique_headers",
]

#: the header stands within so many rows
HEADER_ROWS = 20
#: so many rows are looked at to tell columns by their content
SAMPLE_ROWS = 1_000


@dataclass(frozen=True)
class Source:
    """Where a table came from; nothing in it names a folder of the reader's machine.

    Parameters
    ----------
    name
        The file's name without its path.
    sha256
        Fingerprint of the file's bytes.
    format
        ``"csv"``, ``"xlsx"`` or ``"parquet"``.
    encoding, delimiter
        Of a text file.
    sheet
        Of a workbook.
    header_row
        The row that holds the names of the columns, as a spreadsheet counts; None where a file has no such row.
    rows
        Rows of data read, blank ones left out.

    """

    name: str
    sha256: str
    format: str
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    rows: int = 0


@dataclass(frozen=True)
class RawTable:
    """Cells as they stand in the file.

    Parameters
    ----------
    columns
        Name to cells, all of one length.
    rows
        The row number of each, as a spreadsheet shows it (Parquet: counted from 1).
    too_wide
        Rows with more cells than the header, in which columns may have shifted.

    """

    columns: dict[str, Cells]
    rows: NDArray[np.int64]
    too_wide: NDArray[np.bool_]


@dataclass(frozen=True)
class OpenTable:
    """A file whose header is known and whose rows can be loaded.

    Parameters
    ----------
    headers
        Unique name of each column to the name as it stands in the file.
    sample
        The first cells of each column.
    source
        Where it came from.
    load
        Returns the named columns of all rows.

    """

    headers: dict[str, str]
    sample: dict[str, list[object]]
    source: Source
    load: Callable[[Sequence[str]], RawTable]


def column_letter(at: int) -> str:
    """Return a column's letters as a spreadsheet shows them, counted from 0.

    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def unique_headers(cells: Sequence[object]) -> dict[str, str]:
    """Name the columns; nameless and repeated ones get their letter.

    >>> unique_headers(["金额", "", "金额"])
    {'金额': '金额', '[B]': '', '金额 [C]': '金额'}
    """
    headers: dict[str, str] = {}
    for at, cell in enumerate(cells):
        text = "" if cell is None else str(cell).replace("\ufeff", "").strip()
        name = " ".join(text.split())
        if not name or name in headers:
            name = f"{name} [{column_letter(at)}]".strip()
        headers[name] = text
    return headers


def find_header(rows: Sequence[Sequence[object]], kind: Kind, mapping: Mapping[str, str] | None) -> int:
    """Return which of the first rows holds the names of the columns.

    It is the row that names most roles; where none names any, the first row as wide as most rows.

    >>> find_header([["Sales of May"], [], ["customer", "date", "amount"], ["A", "2024-05-01", "3"]],
    ...             "transactions", None)
    2
    """
    texts = [
        [cell.strip() for cell in row if isinstance(cell, str) and cell.strip()] for row in rows[:HEADER_ROWS]
    ]
    counts = [role_count(row, kind, mapping) for row in texts]
    if counts and max(counts) > 0:
        return counts.index(max(counts))
    widths = [sum(not is_missing(clean(cell)) for cell in row) for row in rows[:HEADER_ROWS]]
    filled = [width for width in widths if width]
    if not filled:
        return 0
    usual = Counter(filled).most_common(1)[0][0]
    return next(at for at, width in enumerate(widths) if width >= 0.6 * usual)


def fingerprint(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def no_rows(name: str, headers: Mapping[str, str] | None = None) -> DataError:
    """Return the error for a file without data, with or without a header."""
    if headers:
        return DataError(
            tr("{file} holds the names of columns and no row of data.", file=name),
            problems=[tr("Columns found: {columns}.", columns=joined(headers))],
            hint=tr("Export the data again, with the rows."),
        )
    return DataError(
        tr("{file} is empty.", file=name),
        hint=tr("Export the data again; a table needs a row of names and rows below it."),
    )
