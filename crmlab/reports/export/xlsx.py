"""A workbook with every table of a report: numbers as numbers, days as days, and no formula from the data."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nbconvert.exporters import Exporter
from traitlets import Unicode, default

from crmlab import __version__
from crmlab.reports.export.flow import Flow, Item, flow
from crmlab.show import MIME
from crmlab.text import speaking, tr

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["XLSXExporter", "number_format", "sheet_name"]

_LONGEST_NAME = 31
_LONGEST_CELL = 32_767
_TEAL = "0B6E6E"
_TINT = "E7F2F1"
#: what a spreadsheet could take for the start of a formula or a command
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?)?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: the only moment that the file knows, so that the same report gives the same bytes
_EPOCH = (1980, 1, 1, 0, 0, 0)


class XLSXExporter(Exporter):
    """Exports the tables of an executed notebook as a workbook, one sheet a table.

    The first sheet holds title, contents and how the report was made.
    """

    export_from_notebook = "crmlab workbook"
    output_mimetype = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    lang = Unicode("", help="Language: en or zh. Default: the language the notebook was run in.").tag(
        config=True
    )

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".xlsx"

    def from_notebook_node(  # type: ignore[override] # as nbconvert's own exporters: text or bytes
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """Return the workbook's bytes and nbconvert's resources."""
        copy, resources = super().from_notebook_node(nb, resources, **kw)
        seen = flow(copy, self.lang or None)
        with speaking(seen.lang):
            return _bytes(_workbook(seen)), resources


def sheet_name(name: str, taken: set[str]) -> str:
    """Return a sheet's name that spreadsheets accept and that is not taken yet (capitals do not count).

    >>> sheet_name("a/b", {"a b"})
    'a b 2'
    """
    plain = re.sub(r"\s+", " ", re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name)).strip(" '") or "Sheet"
    plain = plain[:_LONGEST_NAME].strip(" '")
    unique, count = plain, 1
    known = {one.casefold() for one in taken} | {"history"}
    while unique.casefold() in known:
        count += 1
        unique = f"{plain[: _LONGEST_NAME - len(str(count)) - 1].rstrip()} {count}"
    return unique


def number_format(spec: str | None, *, whole: bool) -> str:
    """Return the spreadsheet's format for a column's format in :func:`crmlab.show.table`.

    >>> number_format(".1%", whole=False), number_format(".3f", whole=False), number_format("d", whole=True)
    ('0.0%', '#,##0.000', '#,##0')
    """
    if spec == "p":
        return "0.000"
    match = re.fullmatch(r"[,.]*(\d*)([f%])", spec or "")
    if match:
        digits = int(match[1] or 0)
        tail = "." + "0" * digits if digits else ""
        return f"0{tail}%" if match[2] == "%" else f"#,##0{tail}"
    return "#,##0" if whole or spec == "d" else "#,##0.00"


def _workbook(seen: Flow) -> Workbook:
    from openpyxl import Workbook

    book = Workbook()
    first = book.active
    assert first is not None
    taken = {sheet_name(tr("Contents"), set())}
    first.title = next(iter(taken))
    names: list[tuple[str, str, int]] = []
    for item in seen.blocks("table"):
        data = item.bundle[MIME]
        name = sheet_name(data["name"].replace("-", " ") if seen.lang == "en" else data["name"], taken)
        taken.add(name)
        names.append((name, data["caption"], item.number or 0))
        _table_sheet(book.create_sheet(name), item)
    _first_sheet(first, seen, names)
    book.properties.title = _plain(seen.title)
    book.properties.subject = _plain(seen.subject)
    book.properties.creator = f"crmlab {__version__}"
    book.properties.language = "zh-CN" if seen.lang == "zh" else "en"
    return book


def _table_sheet(sheet: Worksheet, item: Item) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    data = item.bundle[MIME]
    columns, values = data["columns"], data["values"]
    _write(sheet, 1, 1, f"{tr('Table')} {item.number}  {data['caption']}").font = Font(
        bold=True, size=12, color=_TEAL
    )
    head = 3
    for at, column in enumerate(columns, start=1):
        cell = _write(sheet, head, at, str(column["label"]))
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor=_TINT)
        cell.border = Border(bottom=Side(style="thin", color=_TEAL))
        cell.alignment = Alignment(
            horizontal="right" if column["numeric"] else "left", vertical="bottom", wrap_text=True
        )
    for at, column in enumerate(columns, start=1):
        cells = [row[at - 1] for row in values]
        days = not column["numeric"] and _are_days(cells)
        whole = all(isinstance(cell, int) for cell in cells if cell is not None)
        shown = number_format(column["format"], whole=whole) if column["numeric"] else None
        for offset, raw in enumerate(cells, start=1):
            value = dt.datetime.fromisoformat(raw) if days and raw is not None else raw
            cell = _write(sheet, head + offset, at, value)
            if days:
                cell.number_format = "yyyy-mm-dd"
            elif shown and isinstance(value, int | float) and not isinstance(value, bool):
                cell.number_format = shown
        widest = max(
            [_width(str(column["label"])) / 1.6, *(_width(row[at - 1]) for row in data["rows"])], default=8
        )
        sheet.column_dimensions[get_column_letter(at)].width = min(max(widest + 2.5, 9), 60)
    if data.get("note"):
        _write(sheet, head + len(values) + 2, 1, data["note"]).font = Font(italic=True, color="55606E")
    sheet.freeze_panes = f"{'B' if len(columns) > 2 else 'A'}{head + 1}"
    if columns and values:
        sheet.auto_filter.ref = f"A{head}:{get_column_letter(len(columns))}{head + len(values)}"
    sheet.print_title_rows = f"{head}:{head}"
    sheet.page_setup.orientation = "landscape" if len(columns) > 6 else "portrait"
    sheet.page_setup.paperSize = "9"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]


def _first_sheet(sheet: Worksheet, seen: Flow, names: Sequence[tuple[str, str, int]]) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.worksheet.hyperlink import Hyperlink

    head = Font(bold=True, color=_TEAL)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 28, 90
    _write(sheet, 1, 1, seen.title).font = Font(bold=True, size=16, color=_TEAL)
    _write(sheet, 2, 1, seen.subject)
    row = 4
    for item in seen.blocks("cover"):
        row = _pairs(sheet, row, item.bundle[MIME]["rows"])
    _write(sheet, row + 1, 1, tr("Contents")).font = head
    row += 2
    for name, caption, number in names:
        cell = _write(sheet, row, 1, name)
        quoted = name.replace("'", "''")
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!A1", display=name)
        cell.font = Font(color="0B6E6E", underline="single")
        _write(sheet, row, 2, f"{tr('Table')} {number}  {caption}")
        row += 1
    for item in seen.blocks("provenance"):
        data = item.bundle[MIME]
        row += 1
        _write(sheet, row, 1, data["title"]).font = Font(bold=True, size=12, color=_TEAL)
        row += 1
        for section in data["sections"]:
            _write(sheet, row, 1, section["title"]).font = head
            row = _pairs(sheet, row + 1, section["rows"])
    for line in sheet.iter_rows(min_col=2, max_col=2):
        line[0].alignment = Alignment(wrap_text=True, vertical="top")
    sheet.page_setup.paperSize = "9"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]


def _pairs(sheet: Worksheet, row: int, pairs: Sequence[Sequence[str]]) -> int:
    for label, value in pairs:
        _write(sheet, row, 1, label)
        _write(sheet, row, 2, value)
        row += 1
    return row


def _write(sheet: Worksheet, row: int, column: int, value: Any) -> Any:
    """Write one cell; text stays text, whatever it starts with."""
    cell = sheet.cell(row, column)
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    if not isinstance(value, str):
        cell.value = value
        return cell
    text = _plain(value)[:_LONGEST_CELL]
    cell.value = text
    cell.data_type = "s"
    if _FORMULA.match(text):
        # The sign that spreadsheets set themselves when somebody types an apostrophe first.
        cell.quotePrefix = True
        cell.number_format = "@"
    return cell


def _plain(text: str) -> str:
    return _CONTROL.sub("\ufffd", str(text))


def _are_days(cells: Sequence[Any]) -> bool:
    there = [cell for cell in cells if cell is not None]
    return bool(there) and all(isinstance(cell, str) and _is_day(cell) for cell in there)


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        return dt.datetime.fromisoformat(text).year >= 1900
    except ValueError:
        return False


def _width(text: str) -> float:
    """Return how wide a text is, in digits; Chinese characters count double."""
    return max((sum(2 if ord(char) > 0x2E80 else 1 for char in line) for line in text.split("\n")), default=0)


def _bytes(book: Workbook) -> bytes:
    """Save with fixed moments, so that the same tables give the same file."""
    raw = io.BytesIO()
    book.save(raw)
    target = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb">\d{4}-\d{2}-\d{2}T[\d:]+Z<", b">1980-01-01T00:00:00Z<", content)
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            out.writestr(info, content)
    return target.getvalue()
