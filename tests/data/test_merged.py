"""Merged cells of a workbook are read as a person sees them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from openpyxl import Workbook

from crmlab.data import read_table
from crmlab.data.merged import Range, expanded, spans
from crmlab.text import speaking

TODAY = dt.date(2024, 12, 31)


def saved(path: Path, rows, merged=()) -> Path:
    """Write a workbook with merged cells."""
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for cells in merged:
        sheet.merge_cells(cells)
    book.save(path)
    return path


def columns(path: Path, as_: str = "transactions", **options) -> dict[str, str]:
    """Return which column plays which role."""
    result = read_table(path, as_=as_, today=TODAY, **options)
    return {role: match.column for role, match in result.mapping.items()}


ORDERS = [["甲01", dt.date(2024, 3, 5), 12.5, "网店"], ["乙02", dt.date(2024, 3, 9), 8, "门店"]]


@pytest.mark.parametrize(
    ("rows", "merged", "found", "header_row"),
    [
        (
            [["客户", None, "订单", None], ["编号", "日期", "金额", "渠道"]],
            ["A1:B1", "C1:D1"],
            {"customer": "客户 编号", "date": "客户 日期", "amount": "订单 金额"},
            2,
        ),
        (
            [["销售明细表（2024 年）"], ["会员号", "订单", None, None], [None, "日期", "金额", "渠道"]],
            ["A1:D1", "A2:A3", "B2:D2"],
            {"customer": "会员号", "date": "订单 日期", "amount": "订单 金额"},
            3,
        ),
        (
            [["会员号", "下单时间", "金额", None], [None, None, "实付", "优惠"]],
            ["A1:A2", "B1:B2", "C1:D1"],
            {"customer": "会员号", "date": "下单时间", "amount": "金额 实付"},
            2,
        ),
        (
            [["销售明细表"], ["会员号", "下单时间", "实付金额", "渠道"]],
            ["A1:D1"],
            {"customer": "会员号", "date": "下单时间", "amount": "实付金额"},
            2,
        ),
    ],
)
def test_names_over_two_rows_are_joined(tmp_path, rows, merged, found, header_row):
    """Groups above names, names merged downwards, both under a title, and a title alone: the roles are recognised."""
    body = [[a, b, c, 0.5 if rows[-1][-1] == "优惠" else d] for a, b, c, d in ORDERS]
    path = saved(tmp_path / "a.xlsx", [*rows, *body], merged)
    assert columns(path) == found
    result = read_table(path, as_="transactions", today=TODAY)
    assert result.source.header_row == header_row
    assert result.table["amount"].tolist() == [12.5, 8.0]


def test_the_last_part_of_a_joined_name_may_be_given(tmp_path):
    """The mapping may name a column as it stands below, or by its joined name."""
    rows = [["谁", None, "单", None], ["编码甲", "何日", "几元", "渠道"], *ORDERS]
    path = saved(tmp_path / "a.xlsx", rows, ["A1:B1", "C1:D1"])
    given = {"customer": "编码甲", "date": "谁 何日", "amount": "几元"}
    assert columns(path, mapping=given) == {"customer": "谁 编码甲", "date": "谁 何日", "amount": "单 几元"}


def test_a_name_merged_over_several_rows_is_every_rows(tmp_path):
    """A customer and a day beside three purchases belong to all three; the result says so in both languages."""
    rows = [
        ["会员号", "日期", "金额"],
        ["甲", dt.date(2024, 3, 5), 3],
        [None, None, 4],
        [None, dt.date(2024, 3, 6), 5],
        ["乙", dt.date(2024, 3, 6), 6],
    ]
    path = saved(tmp_path / "a.xlsx", rows, ["A2:A4", "B2:B3"])
    result = read_table(path, as_="transactions", today=TODAY)
    assert result.table["customer"].tolist() == ["甲", "甲", "甲", "乙"]
    assert result.table["date"].dt.day.tolist() == [5, 5, 6, 6]
    assert any("2 cells are merged" in note for note in result.notes)
    with speaking("zh"):
        assert any("“会员号”列：有 2 个单元格与上方合并，取同一个值。" in note for note in result.notes)


@pytest.mark.checks("data.read_table", kind="trap")
def test_an_amount_merged_over_several_rows_is_counted_once(tmp_path):
    """One amount beside three rows is not three amounts: the other rows are rejected, and the result says why."""
    rows = [["会员号", "日期", "金额"]] + [
        ["甲", dt.date(2024, 3, day), 9 if day == 1 else None] for day in (1, 2, 3)
    ]
    rows += [["乙", dt.date(2024, 3, 6), 6]] * 3
    path = saved(tmp_path / "a.xlsx", rows, ["C2:C4"])
    result = read_table(path, as_="transactions", today=TODAY)
    assert result.table["amount"].sum() == 27
    assert result.rejects["row"].tolist() == [3, 4]
    assert any("counted once" in note for note in result.notes)


def test_merged_answers_of_a_survey_are_nobody_elses(tmp_path):
    """A respondent's merged cell is shared, an item's is not."""
    rows = [["customer", "overall", "q1"], ["A", 4, 5], [None, None, 3], ["B", 2, 1]]
    path = saved(tmp_path / "a.xlsx", rows, ["A2:A3", "B2:B3"])
    table = read_table(path, as_="survey").table
    assert table["customer"].tolist() == ["A", "A", "B"]
    assert table["overall"].isna().tolist() == [False, True, False]


def test_ranges_that_cannot_be_are_harmless():
    """A range beyond the rows, one over the whole sheet, and a thousand that overlap take no time and change nothing else."""
    whole = Range(0, 0, 1_048_575, 16_383)
    assert len(expanded([["a"], ["b"]], [whole])[1]) == 16_384
    assert expanded([["a"]], [Range(5, 0, 9, 9)]) == [["a"]]
    places = spans([Range(0, 0, 1_048_575, 0)] * 1_000, list(range(1, 50_001)))
    assert set(places) == {0}
