"""Each report tells what its data are like and what was done about it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from crmlab.data import read_table
from crmlab.reports.content.quality import quality_section
from crmlab.reports.inputs import load, prepare_file, write
from crmlab.reports.registry import get_report
from crmlab.text import speaking

NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "reports"


def told(tmp_path: Path, lang: str, report: str = "clv", **parameters: object) -> list[str]:
    """Return the text of each block of the section on a file with dirt in known numbers."""
    lines = [f"Miller{i % 7},2024-01-{i % 28 + 1:02d},{40 + i % 30}.50" for i in range(80)]
    lines = [line for line in lines if not any(f"-01-{day:02d}," in line for day in (9, 10, 11))]
    lines += ["Miller1,2024-01-05,5150", "Miller2,2024-01-20,-41.50", "Miller3,soon,5", "合计,,99", lines[0]]
    path = tmp_path / "s.csv"
    path.write_text("customer,date,amount\n" + "\n".join(lines) + "\n")
    spec = get_report(report)
    filled = spec.parameters(**parameters)
    with speaking(lang):  # type: ignore[arg-type]
        result = read_table(path, as_="transactions", today=dt.date(2024, 12, 31))
        folder = tmp_path / "given"
        folder.mkdir()
        write(prepare_file(spec, result, filled), folder)
        blocks = quality_section(load(folder), filled)
        return [json.dumps(block._repr_mimebundle_(), ensure_ascii=False, default=str) for block in blocks]


@pytest.mark.parametrize("report", ["clv", "loyalty"])
def test_the_section_tells_rows_reasons_outliers_and_holes(tmp_path, report):
    """Rows left out and why, duplicates, refunds, outliers with their row, and the hole with its days."""
    head, listed, picture = told(tmp_path, "en", report)
    assert "were left out" in head
    for words in (
        "a row of totals, not a purchase",
        "not a date",
        "Exact duplicates (kept)",
        "Negative amounts (refunds)",
        "taken off the customer's earlier purchases",
        "3: 2024-01-09 to 2024-01-11",
        "compare them with the receipts",
    ):
        assert words in listed
    assert "Bars of the number of rows over time, from 0" in picture


def test_the_section_is_chinese_in_chinese(tmp_path):
    """The same section reads as Chinese."""
    head, listed, _ = told(tmp_path, "zh")
    assert "数据质量与处理" in head
    for words in (
        "处理办法",
        "从该客户此前的购买中扣除",
        "是合计行，不是一笔交易",
        "3 天：2024 年 1 月 9 日至 2024 年 1 月 11 日",
    ):
        assert words in listed


def test_refunds_are_told_by_the_rule_that_was_used(tmp_path):
    """Where refunds are dropped, the table says so."""
    _, listed, _ = told(tmp_path, "en", refunds="drop")
    assert "taken off" not in listed


def test_no_customer_is_named(tmp_path):
    """Rows have numbers, customers have no names there."""
    assert "Miller" not in "".join(told(tmp_path, "en"))


@pytest.mark.parametrize("name", ["clv", "loyalty", "satisfaction"])
def test_every_report_shows_the_section_before_its_method(name):
    """The three notebooks have the cell."""
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    assert "show_quality(given, parameters)" in "".join("".join(cell["source"]) for cell in cells)


@pytest.mark.parametrize(("lang", "words"), [("en", "1: 2024-02-05"), ("zh", "1 天：2024 年 2 月 5 日")])
def test_one_day_without_rows_is_told_as_a_day(tmp_path, lang, words):
    """A hole of one day has one date, and a table in which nothing was done has no column for it."""
    days = [day for day in range(1, 29) if day != 5]
    sales = tmp_path / "days.csv"
    sales.write_text("customer,date,amount\n" + "".join(f"c{d % 7},2024-02-{d:02d},9.5\n" for d in days))
    contracts = tmp_path / "contracts.csv"
    contracts.write_text("customer,start,end\n" + "".join(f"c{d},2024-02-{d:02d},\n" for d in days))
    spec = get_report("clv")
    with speaking(lang):
        shown = []
        for path, kind in ((sales, "transactions"), (contracts, "contracts")):
            given = prepare_file(spec, read_table(path, as_=kind), spec.parameters())
            shown.append(quality_section(given, spec.parameters())[1].data)
    assert words in [row[1] for row in shown[0]["rows"]]
    assert [len(one["columns"]) for one in shown] == [3, 2]
