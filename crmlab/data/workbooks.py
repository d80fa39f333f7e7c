"""Excel workbooks (.xlsx): sheets, headers below titles, real dates."""

from __future__ import annotations

import warnings
import zipfile
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.data.cells import clean, is_missing
from crmlab.data.limits import too_large
from crmlab.data.merged import Header, Range, expanded, find_names, read_ranges, spans
from crmlab.data.messages import Message, joined, values
from crmlab.data.roles import role_count
from crmlab.data.tables import (
    HEADER_ROWS,
    SAMPLE_ROWS,
    OpenTable,
    RawTable,
    Source,
    find_header,
    fingerprint,
    no_rows,
    unique_headers,
)
from crmlab.errors import DataError, did_you_mean
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from crmlab.data.roles import Kind

__all__ = ["open_workbook", "sheet_rows"]

_LARGEST = 1 << 30  # bytes after unpacking
_BOMB = 1 << 26  # bytes of a part from which on it is asked how it got so large
_PACKED = 100  # times that the cells of a real sheet, full of numbers and names, never shrink to
_MOST_ROWS = 1 << 20  # of a sheet, in any program
_MOST_CELLS = 1 << 26  # of a sheet, blank ones before the last one of a row too


@dataclass(frozen=True)
class _Sheet:
    name: str
    rows: list[tuple[Any, ...]]
    header: Header
    roles: int
    ranges: list[Range]

    @property
    def has_data(self) -> bool:
        return any(_filled(row) for row in self.rows[self.header.row + 1 :])


def open_workbook(
    path: Path, kind: Kind, *, mapping: Mapping[str, str] | None = None, sheet: str | int | None = None
) -> OpenTable:
    """Open a workbook: choose the sheet and find its header.

    Parameters
    ----------
    path
        The file.
    kind, mapping
        What the table shall be; sheets and headers are chosen by the roles they name.
    sheet
        Name or number (from 1) of the sheet. By default the only one with data, or the only one that names most
        roles; hidden sheets are left out.

    Raises
    ------
    crmlab.errors.DataError
        When the file is no workbook, has no such sheet, or several sheets fit equally well.

    """
    _check_archive(path)
    sheets, hidden = _read(path, kind, mapping, sheet)
    chosen = _choose(sheets, path.name)
    last = chosen.header.row
    headers = unique_headers(_without_empty_tail(chosen.header.names))
    # A name over several rows is known by its last part where that says enough.
    headers = dict(zip(headers, chosen.header.known_by, strict=False))
    body = [(at + 1, row) for at, row in enumerate(chosen.rows) if at > last and _filled(row)]
    source = Source(path.name, fingerprint(path), "xlsx", sheet=chosen.name, header_row=last + 1)
    width = len(headers)
    shared = spans(chosen.ranges, [number for number, _ in body])

    def column(place: int, rows: Sequence[tuple[int, tuple[Any, ...]]]) -> list[object]:
        return [_shown(row[place]) if place < len(row) else None for _, row in rows]

    def load(names: Sequence[str]) -> RawTable:
        columns = {}
        for name in names:
            cells = np.empty(len(body), dtype=object)
            cells[:] = column(list(headers).index(name), body)
            columns[name] = cells
        too_wide = np.array([_filled(row[width:]) for _, row in body], dtype=bool)
        merged = {name: shared[at] for at, name in enumerate(headers) if name in columns and at in shared}
        rows = np.array([number for number, _ in body], dtype=np.int64)
        return RawTable(columns, rows, too_wide, merged=merged)

    sample = {name: column(place, body[:SAMPLE_ROWS]) for place, name in enumerate(headers)}
    note = N_("Hidden sheets were not read: {sheets} (choose one with --sheet).")
    notes = (Message(note, values(sheets=hidden)),) if hidden else ()
    return OpenTable(headers, sample, source, load, notes)


def sheet_rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all cells of a small workbook: visible sheet to its rows, the first being the spreadsheet's row 1.

    Raises
    ------
    crmlab.errors.DataError
        When the file is no workbook, or too large a one.

    """
    _check_archive(path)
    return {
        name: [tuple(_shown(cell) for cell in row) for row in rows] for name, rows, _ in _cells(path, None)[0]
    }


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            size = sum(part.file_size for part in parts)
            # An archive made to fill a machine repeats one line a million times: no sheet of cells shrinks so far.
            bomb = any(one.file_size > max(_BOMB, _PACKED * one.compress_size) for one in parts)
            is_workbook = any(part.filename.startswith("xl/") for part in parts)
    except (zipfile.BadZipFile, OSError) as error:
        raise _no_workbook(path.name) from error
    if not is_workbook:
        raise _no_workbook(path.name)
    if size > _LARGEST or bomb:
        raise DataError(
            tr(
                "{file} unpacks to {size} GB; that is too much for a workbook.",
                file=path.name,
                size=f"{size / 1e9:,.1f}",
            ),
            hint=tr("Save the sheet as CSV."),
        )


def _read(
    path: Path, kind: Kind, mapping: Mapping[str, str] | None, wanted: str | int | None
) -> tuple[list[_Sheet], tuple[str, ...]]:
    """Read the wanted sheet, or all that are not hidden; return them, and the names of the hidden ones."""
    sheets = []
    cells, hidden = _cells(path, wanted)
    for name, rows, ranges in cells:
        first = expanded(rows[: HEADER_ROWS + 1], ranges)
        if not first:
            sheets.append(_Sheet(name, rows, Header(0, [], []), 0, ranges))
            continue
        header = find_names(first, find_header(first[:HEADER_ROWS], kind, mapping), ranges, kind, mapping)
        sheets.append(_Sheet(name, rows, header, role_count(header.known_by, kind, mapping), ranges))
    return sheets, hidden


def _cells(
    path: Path, wanted: str | int | None
) -> tuple[list[tuple[str, list[tuple[Any, ...]], list[Range]]], tuple[str, ...]]:
    """Return name, rows and merged ranges of the wanted sheet, or of all that are not hidden, and the hidden ones' names."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        # openpyxl speaks of styles and extensions it leaves out; they hold no data.
        warnings.simplefilter("ignore", UserWarning)
        try:
            book = load_workbook(path, read_only=True, data_only=True)
        except Exception as error:  # openpyxl raises whatever its parsers meet in a broken file
            raise _no_workbook(path.name) from error
        try:
            visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            chosen = [_wanted(book.worksheets, wanted, path.name)] if wanted is not None else visible
            hidden = tuple(str(one.title) for one in book.worksheets if one.sheet_state == "hidden")
            sheets = []
            for sheet in chosen:
                sheet.reset_dimensions()  # some programs write wrong ones
                rows = []
                cells = 0
                for row in islice(sheet.iter_rows(values_only=True), _MOST_ROWS):
                    rows.append(row)
                    cells += len(row)
                    if cells > _MOST_CELLS:
                        raise too_large(path.name)
                sheets.append((str(sheet.title), rows, _ranges(path, getattr(sheet, "_worksheet_path", ""))))
        finally:
            book.close()
    return sheets, hidden if wanted is None else ()


def _ranges(path: Path, part: str) -> list[Range]:
    """Return the merged ranges of a sheet, which openpyxl leaves out when it reads row by row."""
    with zipfile.ZipFile(path) as archive:
        if part not in archive.namelist():
            return []
        with archive.open(part) as sheet:
            return read_ranges(sheet)


def _wanted(sheets: Sequence[Any], wanted: str | int, name: str) -> Any:
    titles = [sheet.title for sheet in sheets]
    text = str(wanted).strip()
    if text in titles:
        return sheets[titles.index(text)]
    if text.isdecimal() and 1 <= int(text) <= len(sheets):
        return sheets[int(text) - 1]
    near = did_you_mean(text, titles)
    raise DataError(
        tr("{file} has no sheet “{sheet}”.", file=name, sheet=text),
        problems=[tr("did you mean “{near}”?", near=near)] if near else [],
        hint=tr("Sheets found: {sheets}.", sheets=joined(titles)),
    )


def _choose(sheets: list[_Sheet], name: str) -> _Sheet:
    with_data = [sheet for sheet in sheets if sheet.has_data]
    if not with_data:
        header = next((sheet for sheet in sheets if any(_filled(row) for row in sheet.rows)), None)
        raise no_rows(name, unique_headers(_without_empty_tail(header.header.names)) if header else None)
    most = max(sheet.roles for sheet in with_data)
    best = [sheet for sheet in with_data if sheet.roles == most]
    if len(best) == 1:
        return best[0]
    raise DataError(
        tr("{file} has several sheets that could be meant.", file=name),
        problems=[
            tr("“{sheet}”: {rows} rows", sheet=sheet.name, rows=f"{len(sheet.rows) - sheet.header.row - 1:,}")
            for sheet in best
        ],
        hint=tr(
            'Say which: --sheet "{sheet}". To read them all, save each as a CSV file in one folder, and give the folder.',
            sheet=best[0].name,
        ),
    )


def _shown(cell: object) -> object:
    """Return a cell; TRUE and FALSE as the sheet shows them, for Python counts them as 1 and 0."""
    return str(cell).upper() if isinstance(cell, bool) else cell


def _filled(row: Sequence[object]) -> bool:
    return any(cell is not None and cell != "" for cell in row)


def _without_empty_tail(cells: Sequence[object]) -> Sequence[object]:
    end = len(cells)
    while end > 1 and is_missing(clean(cells[end - 1])):
        end -= 1
    return cells[:end]


def _no_workbook(name: str) -> DataError:
    return DataError(
        tr("{file} is no readable Excel workbook.", file=name),
        hint=tr("Open it in Excel or WPS and save it again as .xlsx, or as “CSV UTF-8”."),
    )
