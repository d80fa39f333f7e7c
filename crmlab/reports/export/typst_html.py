"""Tables out of HTML, as other libraries show them in a notebook."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from crmlab.reports.export.typst_tables import Cell, Column
from crmlab.reports.export.typst_text import clean

__all__ = ["columns_of", "is_numeric", "tables"]

#: what the parser would take for a declaration and, where it is none, for a reason to stop
_DECLARATION = re.compile(r"<!(?!--|doctype\b)", re.IGNORECASE)
_NUMBER = re.compile(r"[<>≤≥]?\s*[−+-]?\s*[¥$€£]?\s*(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE][−+-]?\d+)?\s*[%‰]?")
_MISSING = {"", "–", "-", "nan", "NaN", "NaT", "None", "<NA>"}
_SILENT = {"style", "script", "template"}
_MOST_SPANNED = 100


class _Tables(HTMLParser):
    """Collects the rows of each outermost table."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[tuple[bool, list[str]]]] = []
        self.depth = 0
        self.silent = 0
        self.in_head = False
        self.row: list[str] | None = None
        self.cell: list[str] | None = None
        self.span = 1
        self.all_heads = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag == "table":
            self.depth += 1
            if self.depth == 1:
                self.tables.append([])
        elif self.depth == 1:
            self._open(tag, dict(attrs))
        if tag == "br" and self.cell is not None:
            self.cell.append("\n")

    def _open(self, tag: str, attrs: dict[str, str | None]) -> None:
        if tag == "thead":
            self.in_head = True
        elif tag == "tr":
            self._end_row()
            self.row, self.all_heads = [], True
        elif tag in {"td", "th"} and self.row is not None:
            self._end_cell()
            self.cell = []
            self.all_heads = self.all_heads and tag == "th"
            span = attrs.get("colspan") or "1"
            self.span = min(int(span), _MOST_SPANNED) if span.isdecimal() else 1

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(self.silent - 1, 0)
        elif tag == "table" and self.depth:
            if self.depth == 1:
                self._end_row()
            self.depth -= 1
        elif self.depth == 1:
            if tag in {"td", "th"}:
                self._end_cell()
            elif tag == "tr":
                self._end_row()
            elif tag == "thead":
                self._end_row()
                self.in_head = False

    def handle_data(self, data: str) -> None:
        if self.cell is not None and not self.silent:
            self.cell.append(re.sub(r"\s+", " ", data))

    def finish(self) -> None:
        """Take what an unclosed table still holds."""
        self._end_row()

    def _end_cell(self) -> None:
        if self.cell is not None and self.row is not None:
            words = "\n".join(line.strip() for line in clean("".join(self.cell)).split("\n")).strip()
            self.row += [words] + [""] * (self.span - 1)
        self.cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self.row and self.tables:
            self.tables[-1].append((self.in_head or self.all_heads, self.row))
        self.row = None


def tables(html: str) -> list[list[Column]]:
    """Return the tables in a piece of HTML, each as columns; what stands around them is left out.

    >>> [[column.head.plain for column in table] for table in tables("<table><tr><th>a<td>1</table>")]
    [['', '']]
    >>> tables("<p>none</p>"), tables("<table><tr><td><![1")[0][0].cells[0].plain
    ([], '<![1')
    """
    parser = _Tables()
    parser.feed(_DECLARATION.sub("&lt;!", html))
    parser.close()
    parser.finish()
    found = []
    for rows in parser.tables:
        width = max((len(row) for _, row in rows), default=0)
        if width:
            found.append(_columns(rows, width))
    return found


def _columns(rows: list[tuple[bool, list[str]]], width: int) -> list[Column]:
    even = [(head, row + [""] * (width - len(row))) for head, row in rows]
    heads = []
    while even and even[0][0]:
        heads.append(even.pop(0)[1])
    joined = ["\n".join(filter(None, (row[i] for row in heads))) for i in range(width)]
    return columns_of(joined, [row for _, row in even])


def columns_of(heads: list[str], rows: list[list[str]]) -> list[Column]:
    """Return columns of plain text; those that hold nothing but numbers are numeric."""
    return [
        Column(Cell(head), tuple(Cell(row[i]) for row in rows), numeric=is_numeric([row[i] for row in rows]))
        for i, head in enumerate(heads)
    ]


def is_numeric(cells: list[str]) -> bool:
    """Say whether cells are numbers as people write them, some of them perhaps missing.

    >>> is_numeric(["−1,234.5", "12%", "–"]), is_numeric(["2024-01-01"])
    (True, False)
    """
    present = [cell for cell in cells if cell not in _MISSING]
    return bool(present) and all(_NUMBER.fullmatch(cell) for cell in present)
