"""The rejects file: whole or not at all, and never a formula."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.data.rejects import REASONS, bad_rows, escape_cell, reason_text, write_rejects
from crmlab.text import speaking


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd", "-x", "@SUM(A1)", "\tx", "\rx", "＝1", "-2+3", "+1 (555) 12"]
)
def test_a_cell_that_starts_a_formula_is_escaped(cell):
    """A spreadsheet shows it as text."""
    assert escape_cell(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-12.5", "+7", "1e5", "text", "", " =1", -12.5, 3, None])
def test_numbers_and_harmless_texts_stay(cell):
    """A negative amount stays an amount."""
    assert escape_cell(cell) == cell


@settings(max_examples=40, deadline=None)
@given(st.text())
def test_no_text_gets_out_as_a_formula(text):
    """Whatever a customer wrote, the cell starts with no sign of a formula unless it is a number."""
    cell = str(escape_cell(text))
    if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        float(cell)


def rejects(*values: str) -> SimpleNamespace:
    """Return a result with these rejected values."""
    frame = pd.DataFrame({"row": range(2, 2 + len(values)), "column": "c", "value": values, "reason": "r"})
    return SimpleNamespace(rejects=frame)


def test_cells_with_commas_quotes_and_line_ends_come_back(tmp_path):
    """The file is CSV as spreadsheets read it."""
    path = write_rejects(rejects('a,"b"', "two\nlines"), tmp_path / "r.csv")  # type: ignore[arg-type]
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    assert [row[2] for row in rows[1:]] == ['a,"b"', "two\nlines"]


def test_a_failure_leaves_the_old_file_and_no_half_of_a_new_one(tmp_path):
    """What cannot be written whole is not written."""
    path = tmp_path / "r.csv"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_rejects(rejects("good", "\ud800"), path)  # type: ignore[arg-type]
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("r.csv", "old")]


def test_every_reason_has_its_chinese():
    """Each kind of fault is told in both languages."""
    for kind, english in REASONS.items():
        with speaking("zh"):
            assert reason_text(kind) != english


def test_bad_rows_are_quoted_on_one_line_and_cut():
    """A cell of a thousand characters, or with a bell in it, does not break the message."""
    frame = pd.DataFrame(
        {
            "row": [2, 3],
            "column": ["c", ""],
            "value": ["x\n\a" + "y" * 99, ""],
            "kind": ["no_date", "no_answers"],
        }
    )
    with speaking("en"):
        first, second = bad_rows(frame)
    assert first.startswith("row 2, column “c”: “x\\x0a\\x07yyy")
    assert len(first) < 90
    assert second == "row 3: no question answered"
