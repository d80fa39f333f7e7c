"""An opened file, before anything in it is understood: names of columns, cells, and the row numbers a spreadsheet shows."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from crmlab.data.cells import clean, is_missing
from crmlab.data.messages import Message, joined
from crmlab.data.roles import role_count
from crmlab.errors import DataError
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from crmlab.data.cells import Cells
    from crmlab.data.roles import Kind

__all__ = [
    "HEADER_ROWS",
    "SAMPLE_ROWS",
    "NoRowsError",
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
        The name of the file or folder without its path; of a server, host, port and database.
    sha256
        Fingerprint of the file's bytes; of a folder, of the names and fingerprints of its files; empty for a server,
        whose rows may change.
    format
        ``"csv"``, ``"xlsx"``, ``"parquet"``, ``"json"``, ``"folder"``, ``"duckdb"``, ``"sqlite"`` or ``"postgresql"``.
    encoding, delimiter
        Of a text file.
    sheet
        Of a workbook.
    header_row
        The row that holds the names of the columns, as a spreadsheet counts; None where a file has no such row.
    rows
        Rows of data read, blank ones left out.
    files
        Of a folder: name and rows of each file.
    table, query
        Of a database: what was read.

    """

    name: str
    sha256: str
    format: str
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    rows: int = 0
    files: tuple[tuple[str, int], ...] = ()
    table: str | None = None
    query: str | None = None


@dataclass(frozen=True)
class RawTable:
    """Cells as they stand in the file.

    Parameters
    ----------
    columns
        Name to cells, all of one length.
    rows
        The row number of each, as a spreadsheet shows it (Parquet and databases: counted from 1; JSON: the line, or the
        place in the list).
    too_wide
        Rows with more cells than the header, in which columns may have shifted.
    files
        Of a folder: name and number of rows of each file, in the order in which they stand here.
    merged
        Of a workbook: column to the place of the row whose cell each row shares, where cells were merged downwards.

    """

    columns: dict[str, Cells]
    rows: NDArray[np.int64]
    too_wide: NDArray[np.bool_]
    files: tuple[tuple[str, int], ...] = ()
    merged: dict[str, NDArray[np.intp]] = field(default_factory=dict)

    @property
    def file_names(self) -> NDArray[np.object_] | None:
        """The file of each row; None where there is only one file."""
        if not self.files:
            return None
        names = np.array([name for name, _ in self.files], dtype=object)
        return np.repeat(names, [count for _, count in self.files])

    def row_names(self) -> list[str]:
        """Return a name for each row that no other has: its number, with its file where there are several."""
        names = self.file_names
        if names is None:
            return [str(row) for row in self.rows]
        return [f"{name}:{row}" for name, row in zip(names, self.rows, strict=True)]


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
    notes
        What the reader should know about the way it was opened.
    pieces
        Returns the named columns in pieces of so many rows, one after the other; None where all rows come at once.

    """

    headers: dict[str, str]
    sample: dict[str, list[object]]
    source: Source
    load: Callable[[Sequence[str]], RawTable]
    notes: tuple[Message, ...] = ()
    pieces: Callable[[Sequence[str], int], Iterator[RawTable]] | None = None

    def in_pieces(self, names: Sequence[str], size: int) -> Iterator[RawTable]:
        """Give the named columns in pieces of `size` rows; all at once where the format has no pieces."""
        if self.pieces is None:
            yield self.load(names)
        else:
            yield from self.pieces(names, size)


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
    # A title alone in its row may hold the name of a role, and is no row of names.
    wide = any(len(row) > 1 for row in texts)
    counts = [role_count(row, kind, mapping) if len(row) > 1 or not wide else 0 for row in texts]
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


class NoRowsError(DataError):
    """A file holds no row of data."""


def no_rows(name: str, headers: Mapping[str, str] | None = None) -> NoRowsError:
    """Return the error for a file without data, with or without a header."""
    if headers:
        return NoRowsError(
            tr("{file} holds the names of columns and no row of data.", file=name),
            problems=[tr("Columns found: {columns}.", columns=joined(headers))],
            hint=tr("Export the data again, with the rows."),
        )
    return NoRowsError(
        tr("{file} is empty.", file=name),
        hint=tr("Export the data again; a table needs a row of names and rows below it."),
    )
