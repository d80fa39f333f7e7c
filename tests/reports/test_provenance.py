"""The last page: everything that is needed to make the report again."""

from __future__ import annotations

import sys
from importlib import metadata

import pytest

from crmlab.data import load_case, read_table
from crmlab.reports.inputs import prepare_case, prepare_file
from crmlab.reports.provenance import provenance_block
from crmlab.reports.registry import get_report
from crmlab.text import speaking


def rows_of(block):
    """Return all rows of all sections as one dictionary."""
    return {label: value for section in block.data["sections"] for label, value in section["rows"]}


@pytest.fixture
def given(tmp_path):
    """Return a small file's input."""
    spec = get_report("clv")
    file = tmp_path / "sales.csv"
    file.write_text("customer,date,amount\nA,2024-01-05,10\nA,2024-02-05,x\nB,2024-01-09,8\nA,2024-03-05,9\n")
    return prepare_file(spec, read_table(file, as_="transactions"), spec.parameters())


def test_it_names_the_file_and_what_became_of_it(given):
    """File, fingerprint, rows, reasons, columns and what happened to identifiers."""
    rows = rows_of(provenance_block(given, get_report("clv").parameters()))
    assert rows["Input file"] == "sales.csv"
    assert len(rows["SHA-256"]) == 64
    assert (rows["Rows read"], rows["Rows rejected"]) == ("4", "1")
    assert rows["Reasons"] == "“amount”: not a number (1)"
    assert rows["Columns used"] == "customer ← customer; date ← date; amount ← amount"
    assert rows["Customers' identifiers"].startswith("replaced")


def test_defaults_are_marked(given):
    """A parameter that was set shows the default beside it."""
    rows = rows_of(provenance_block(given, get_report("clv").parameters(horizon_months=6)))
    assert rows["horizon_months"] == "6 (default: 12)"
    assert rows["top_n"] == "20 (default)"
    assert rows["observation_end"] == "empty (default)"


def test_it_names_versions_and_time(given):
    """crmlab, Python, the packages that computed, the date and the duration."""
    rows = rows_of(provenance_block(given, get_report("clv").parameters(), started=given.started - 3))
    assert rows["Python"].startswith(f"{sys.version_info.major}.{sys.version_info.minor}")
    assert f"pandas {metadata.version('pandas')}" in rows["Packages"]
    assert float(rows["Computing time"].removesuffix(" s")) >= 3
    assert rows["Made on"]


def test_a_case_shows_its_licence_in_chinese():
    """Of a case, name and licence are told, and labels are Chinese under zh."""
    spec = get_report("clv")
    with speaking("zh"):
        block = provenance_block(
            prepare_case(spec, load_case("retail"), spec.parameters()), spec.parameters()
        )
    assert block.data["title"] == "本报告的生成过程"
    rows = rows_of(block)
    assert (rows["案例"], rows["许可"]) == ("retail", "CC BY 4.0")
