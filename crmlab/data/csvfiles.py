"""Text files with a delimiter: CSV and its relatives."""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from crmlab.data.encodings import DELIMITERS, TextForm, find_delimiter, find_encoding, open_text
from crmlab.data.tables import (
    HEADER_ROWS,
    SAMPLE_ROWS,
    OpenTable,
    RawTable,
    Source,
    find_header,
    no_rows,
    unique_headers,
)
from crmlab.errors import DataError, ParameterError
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

    from crmlab.data.roles import Kind

__all__ = ["csv_rows", "open_csv", "text_lines"]

_LONGEST_LINE = 1_000_000
_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";"}


def open_csv(
    path: Path,
    kind: Kind,
    *,
    mapping: Mapping[str, str] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> OpenTable:
    """Open a text file: find its encoding, its delimiter and its header.

    Rows are counted as a spreadsheet counts them: a quoted cell may span lines, blank rows count, a first line
    ``sep=;`` does not.

    Raises
    ------
    crmlab.errors.DataError
        For an empty or binary file, an encoding that does not fit, an endless line, an open quotation mark.

    """
    form = find_encoding(path, encoding)
    with open_text(path, form, newline="") as file:
        lines = list(islice(text_lines(file, path.name), HEADER_ROWS + 30))
    if not any(line.strip() for line in lines):
        raise no_rows(path.name)
    announced = _announced(lines[0])
    sign = _delimiter(delimiter) or announced or find_delimiter(lines)
    with open_text(path, form, newline="") as file:
        first = list(islice(_records(file, path.name, sign, skip=bool(announced)), HEADER_ROWS + SAMPLE_ROWS))
    at = find_header([row for _, row in first], kind, mapping)
    headers = unique_headers(_without_empty_tail(first[at][1]))
    body = [row for _, row in first[at + 1 :] if any(row)]
    if not body:
        raise no_rows(path.name, headers)
    sample: dict[str, list[object]] = {
        name: [row[place] if place < len(row) else "" for row in body] for place, name in enumerate(headers)
    }
    source = Source(
        path.name, form.sha256, "csv", encoding=form.name, delimiter=sign, header_row=first[at][0]
    )

    def load(names: Sequence[str]) -> RawTable:
        return next(_pieces(path, form, source, tuple(headers), names, skip=bool(announced)))

    def pieces(names: Sequence[str], size: int) -> Iterator[RawTable]:
        return _pieces(path, form, source, tuple(headers), names, skip=bool(announced), size=size)

    return OpenTable(headers, sample, source, load, form.notes, pieces)


def csv_rows(path: Path) -> tuple[TextForm, list[tuple[int, list[str]]]]:
    """Return all cells of a small text file: each row with its number as a spreadsheet counts it.

    Raises
    ------
    crmlab.errors.DataError
        As :func:`open_csv`.

    """
    form = find_encoding(path)
    with open_text(path, form, newline="") as file:
        lines = list(islice(text_lines(file, path.name), HEADER_ROWS + 30))
    if not any(line.strip() for line in lines):
        raise no_rows(path.name)
    announced = _announced(lines[0])
    sign = announced or find_delimiter(lines)
    with open_text(path, form, newline="") as file:
        return form, list(_records(file, path.name, sign, skip=bool(announced)))


def _pieces(
    path: Path,
    form: TextForm,
    source: Source,
    headers: tuple[str, ...],
    names: Sequence[str],
    *,
    skip: bool,
    size: int | None = None,
) -> Iterator[RawTable]:
    """Give the rows in pieces of `size`, which are whole rows; all at once without a size."""
    header_row = source.header_row or 0
    with open_text(path, form, newline="") as file:
        records = (
            (number, row)
            for number, row in _records(file, path.name, source.delimiter or ",", skip=skip)
            if number > header_row and any(row)
        )
        piece = _piece(records, headers, names, size)
        while len(piece.rows) or size is None:
            yield piece
            piece = _piece(records, headers, names, size)


def _piece(
    records: Iterator[tuple[int, list[str]]], headers: tuple[str, ...], names: Sequence[str], size: int | None
) -> RawTable:
    width = len(headers)
    cells: list[list[str]] = [[] for _ in names]
    adders = [(column.append, headers.index(name)) for column, name in zip(cells, names, strict=True)]
    numbers: list[int] = []
    too_wide: list[int] = []
    for number, row in islice(records, size):
        if len(row) != width:
            if len(row) > width and any(cell.strip() for cell in row[width:]):
                too_wide.append(len(numbers))
            row += [""] * (width - len(row))  # noqa: PLW2901 - the same row, filled up
        numbers.append(number)
        for add, place in adders:
            add(row[place])
    wide = np.zeros(len(numbers), dtype=bool)
    wide[too_wide] = True
    columns = {name: _objects(column) for name, column in zip(names, cells, strict=True)}
    return RawTable(columns, np.array(numbers, dtype=np.int64), wide)


def _objects(cells: list[str]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column


def text_lines(file: TextIO, name: str) -> Iterator[str]:
    """Give the lines of a file, and refuse one that would fill the memory."""
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE:
            raise DataError(
                tr("{file}: line {line} is longer than a million characters.", file=name, line=number),
                hint=tr("This is hardly a table of rows; export it again as CSV."),
            )
        yield line


def _records(
    file: TextIO, name: str, delimiter: str, *, skip: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Give the rows with their numbers as a spreadsheet counts them."""
    lines = text_lines(file, name)
    if skip:
        next(lines)
    reader = csv.reader(lines, delimiter=delimiter)
    number = 0
    before = start = 0
    row: list[str] = []
    try:
        for row in reader:
            number += 1
            start, before = before, reader.line_num
            yield number, row
    except csv.Error as error:
        raise _open_quote(name, number + 1) from error
    # A quotation mark that is never closed swallows the rest of the file into the last row.
    if (
        before - start > 1
        and any("\n" in cell or "\r" in cell for cell in row[-1:])
        and _ends_open(file, start + skip, delimiter)
    ):
        raise _open_quote(name, number)


def _ends_open(file: TextIO, start: int, delimiter: str) -> bool:
    file.seek(0)
    try:
        for _ in csv.reader(islice(file, start, None), delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _open_quote(name: str, row: int) -> DataError:
    return DataError(
        tr("{file}: a quotation mark opened in row {row} is never closed.", file=name, row=row),
        hint=tr("Close or remove the quotation mark in that row."),
    )


def _announced(line: str) -> str | None:
    """Return the delimiter that a first line such as ``sep=;`` announces to spreadsheets."""
    text = line.strip("\r\n\ufeff").strip('"')
    return text[4] if text[:4].casefold() == "sep=" and len(text) == 5 else None


def _delimiter(given: str | None) -> str | None:
    if given is None:
        return None
    sign = _NAMES.get(given.casefold(), given)
    if len(sign) != 1:
        raise ParameterError(
            tr("The delimiter must be one character, not “{given}”.", given=given),
            hint=tr(
                "Usual are: {signs}", signs=" ".join(sign if sign != "\t" else "tab" for sign in DELIMITERS)
            ),
        )
    return sign


def _without_empty_tail(cells: list[str]) -> list[str]:
    end = len(cells)
    while end > 1 and not cells[end - 1].strip():
        end -= 1
    return cells[:end]
