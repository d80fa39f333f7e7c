"""The workbook: typed cells, safe text, the same bytes every time."""

from __future__ import annotations

import datetime as dt
import io
import time

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import v4
from openpyxl import load_workbook

from crmlab import show
from crmlab.reports.export.xlsx import XLSXExporter, number_format, sheet_name


@pytest.fixture(scope="module")
def content(sample):
    """Return the workbook's bytes."""
    return XLSXExporter().from_notebook_node(sample)[0]


@pytest.fixture(scope="module")
def book(content):
    """Return the workbook, read."""
    return load_workbook(io.BytesIO(content))


def test_each_table_has_a_sheet_of_its_own(book):
    """The contents first, then the tables in order."""
    assert book.sheetnames == ["目录", "customers", "again"]


def test_cells_have_types_and_formats(book):
    """Numbers, percentages and days are what they are, not text; missing ones are empty."""
    sheet = book["customers"]
    head = [cell.value for cell in sheet[3]]
    assert head == ["客户", "value", "purchases", "alive", "since"]
    first = sheet[4]
    assert [cell.value for cell in first[1:]] == [1.5, 1, 0.1, dt.datetime(2024, 1, 5)]  # noqa: DTZ001 - a day
    assert [cell.number_format for cell in first[1:]] == ["#,##0.00", "#,##0", "0.0%", "yyyy-mm-dd"]
    assert sheet["B6"].value is None
    assert sheet["E6"].value is None


def test_no_text_becomes_a_formula(book, table):
    """What begins like a formula is text, with the sign that spreadsheets set for it; nothing is altered."""
    sheet = book["customers"]
    for offset, customer in enumerate(table["customer"]):
        cell = sheet.cell(4 + offset, 1)
        assert cell.value == customer
        assert cell.data_type == "s"
        assert cell.quotePrefix == (customer[0] in "=+-@")
    note = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "=注")
    assert note.data_type == "s"
    assert note.quotePrefix


def test_heads_stay_in_sight(book):
    """The head is frozen, with the key column; the caption stands on top."""
    sheet = book["customers"]
    assert sheet.freeze_panes == "B4"
    assert sheet["A1"].value == "表 1  客户表"
    assert sheet.column_dimensions["E"].width > 10


def test_the_first_sheet_leads_to_the_others(book):
    """Title, links to the tables, and how the report was made."""
    sheet = book["目录"]
    assert sheet["A1"].value == "客户终生价值"
    links = [cell.hyperlink.location for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    assert links == ["'customers'!A1", "'again'!A1"]
    values = [cell.value for row in sheet.iter_rows() for cell in row]
    assert {"本报告的生成过程", "输入文件", "=a.csv"} <= set(values)


def test_the_same_notebook_gives_the_same_bytes(sample, content, monkeypatch):
    """No moment of making is written, neither into the archive nor into its properties."""
    later = time.time() + 90_000
    monkeypatch.setattr(time, "time", lambda: later)
    assert XLSXExporter().from_notebook_node(sample)[0] == content
    book = load_workbook(io.BytesIO(content))
    assert book.properties.modified == dt.datetime(1980, 1, 1)  # noqa: DTZ001 - as the file has it


@given(st.lists(st.text(max_size=60), max_size=12))
@settings(max_examples=60, deadline=None)
def test_names_of_sheets_are_accepted_and_unique(names):
    """Any names give names of at most 31 characters, without forbidden ones, unique without regard to capitals."""
    taken: set[str] = set()
    for name in names:
        made = sheet_name(name, taken)
        assert 0 < len(made) <= 31
        assert not set(made) & set("[]:*?/\\")
        assert made.casefold() not in {one.casefold() for one in taken}
        taken.add(made)


@pytest.mark.parametrize(
    ("spec", "whole", "expected"),
    [
        (".3f", False, "#,##0.000"),
        (".0%", False, "0%"),
        ("d", False, "#,##0"),
        ("p", False, "0.000"),
        (None, True, "#,##0"),
        (None, False, "#,##0.00"),
    ],
)
def test_formats_follow_the_tables(spec, whole, expected):
    """A table's format becomes the spreadsheet's."""
    assert number_format(spec, whole=whole) == expected


def test_control_characters_do_not_break_the_file():
    """A bell in a comment, and a text longer than a cell, still give a workbook."""
    nb = v4.new_notebook()
    frame = pd.DataFrame({"comment": ["a\x07b", "x" * 40_000]})
    bundle = show.table(frame, "c", "comments")._repr_mimebundle_()
    nb.cells = [v4.new_code_cell("1", outputs=[v4.new_output("display_data", data=bundle)])]
    book = load_workbook(io.BytesIO(XLSXExporter().from_notebook_node(nb)[0]))
    assert book["comments"]["A4"].value == "a\ufffdb"
    assert len(book["comments"]["A5"].value) == 32_767
