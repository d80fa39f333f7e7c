"""Awful files that look right at first sight: two encodings, two scales, garbled names, a column a month, minus signs."""

# ruff: noqa: D401 - the docstring of a generator is the story of its file

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from openpyxl import Workbook

from crmlab.data import check_transactions, read_table
from crmlab.errors import DataError
from crmlab.text import speaking

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEAD = "会员号,下单时间,实付金额\n"
ROWS = "".join(f"张{i % 3}三,2024年5月{i % 28 + 1}日,{i + 1}.5\n" for i in range(40))
STRANGER = "李四光,2024年5月3日,7\n"


def put(folder: Path, data: str | bytes, name: str = "sales.csv") -> Path:
    """Write a file."""
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def garbled(text: str, opened: str, right: str = "utf-8") -> str:
    """Return a text as it looks when it is opened in the wrong encoding."""
    return text.encode(right).decode(opened, errors="replace")


def utf8_inside_gb18030(folder: Path) -> Path:
    """The old till writes GB18030; the new one added a line in UTF-8."""
    return put(folder, (HEAD + ROWS).encode("gb18030") + STRANGER.encode())


def gb18030_inside_utf8(folder: Path) -> Path:
    """Somebody pasted two lines of an old export into a new one."""
    return put(folder, (HEAD + ROWS).encode() + STRANGER.encode("gb18030") * 2)


def windows_inside_utf8(folder: Path) -> Path:
    """A Western branch writes its é in one byte."""
    rows = "".join(f"José{i % 3},2024-05-0{i % 9 + 1},5\n" for i in range(40))
    return put(folder, f"customer,date,amount\n{rows}".encode() + "José1,2024-06-01,5\n".encode("cp1252"))


def two_bytes_that_are_both(folder: Path) -> Path:
    """一些 in GB18030 happens to be valid UTF-8 as well; the lines around it decide."""
    rows = (HEAD + ROWS + "一些,2024-05-03,4\n").encode("gb18030")
    return put(folder, rows + STRANGER.encode())


def names_cut_off(folder: Path) -> Path:
    """A system cuts names after so many bytes, in the middle of a character."""
    return put(folder, (HEAD + ROWS).encode() + "李四光".encode()[:-1] + b",2024-05-03,7\n")


def lines_of_json_in_two_encodings(folder: Path) -> Path:
    """Two programs write into one log."""
    line = '{{"会员号": "{}", "日期": "2024-05-0{}", "金额": 5}}\n'
    old = "".join(line.format("张三", i + 1) for i in range(5)).encode("gb18030")
    return put(folder, old + line.format("张三", 8).encode(), "sales.jsonl")


def saved_as_gb18030(folder: Path) -> Path:
    """UTF-8 was opened as GB18030 and saved; names of three characters lost a byte."""
    text = "日期,实付金额,客户编号\n2024-05-01,5,张三\n2024-05-02,6,李四\n2024-05-03,6,王五六\n"
    return put(folder, garbled(text, "gb18030"))


def saved_as_western(folder: Path) -> Path:
    """UTF-8 was opened as Windows-1252 and saved; no byte was lost."""
    return put(folder, garbled(HEAD + ROWS, "latin-1"))


def gb18030_saved_as_western(folder: Path) -> Path:
    """GB18030 was opened as Windows-1252 and saved as UTF-8."""
    return put(folder, garbled(HEAD + ROWS, "latin-1", "gb18030"))


def western_letters_doubled(folder: Path) -> Path:
    """Ã¤ stands for ä in a name of a column that is no known one."""
    return put(
        folder, garbled("Käufer,customer,date,amount\nx,Müller,2024-05-01,5\nx,A,2024-05-02,5\n", "cp1252")
    )


def mark_doubled(folder: Path) -> Path:
    """The mark at the beginning was saved as letters: ï»¿date."""
    return put(folder, "ï»¿date,customer,amount\n2024-05-01,A,5\n2024-05-02,B,5\n")


def garbled_workbook(folder: Path) -> Path:
    """The garbled text was carried into a workbook."""
    book = Workbook()
    for row in (("客户", "日期", "金额"), ("张三", dt.date(2024, 5, 1), 5), ("张三", dt.date(2024, 5, 2), 6)):
        book.active.append([garbled(cell, "gb18030") if isinstance(cell, str) else cell for cell in row])
    book.save(folder / "sales.xlsx")
    return folder / "sales.xlsx"


def names_of_columns_with_holes(folder: Path) -> Path:
    """Excel opened UTF-8 as GBK and saved it as GBK: UTF-8 again, with the last byte of odd names gone."""
    text = "会员号,下单时间,金额\n张三,2024-05-01,5\n李四,2024-05-02,6\n王五,2024-05-03,6\n"
    return put(folder, garbled(text, "gbk").replace("\ufffd", "?").encode("gbk"))


def most_names_lost(folder: Path) -> Path:
    """Every customer has three characters, so that every name has lost a byte."""
    text = "客户编号,下单时间,实付金额\n" + "李四光,2024-05-01,5\n王五六,2024-05-02,6\n" * 3
    return put(folder, garbled(text, "gb18030"))


def months_in_columns(folder: Path) -> Path:
    """A table for people in GB18030: a title, a column a month, sums at the right and below."""
    text = '部门销售,,,,\n\n会员号,姓名,2024年1月,2024年2月,2024年3月,合计\nA1,张,5,,7,12\nA2,李,1,0,"1,200.5",3\n合计,,6,2,10,15\n'
    return put(folder, text.encode("gb18030"))


def months_without_a_year(folder: Path) -> Path:
    """The year stands in the name of the file only."""
    return put(folder, "客户;1月;2月;3月;4月\nA;1;2;3;4\nB;1;;-;2,5\n")


def months_under_years(folder: Path) -> Path:
    """Years are merged over their months."""
    book = Workbook()
    sheet = book.active
    sheet.append(["客户", "2023年", None, "2024年", None])
    sheet.append([None, "11月", "12月", "1月", "2月"])
    sheet.append(["A", 2, 3, 4, 5])
    for place in ("A1:A2", "B1:C1", "D1:E1"):
        sheet.merge_cells(place)
    book.save(folder / "sales.xlsx")
    return folder / "sales.xlsx"


def quarters_beside_a_day(folder: Path) -> Path:
    """The day of registration and the total could be taken for date and amount."""
    rows = "A,2023-01-01,5,6,7,18\nB,2023-01-01,5,6,7,18\n"
    return put(folder, f"客户,注册日期,2024Q1,2024Q2,2024Q4,合计\n{rows}")


def credit_side(folder: Path) -> Path:
    """Accounts book revenue on the credit side, with a minus; two corrections are positive."""
    rows = "".join(f"C{i % 4},2024-05-{i + 1:02d},-{10 + i}.5\n" for i in range(20))
    return put(folder, f"customer,date,amount\n{rows}C1,2024-06-01,3\nC2,2024-06-01,3\n")


def all_minus(folder: Path) -> Path:
    """The sign of all amounts is turned round, in three ways."""
    return put(folder, "customer,date,amount\nA,2024-05-01,-5\nA,2024-05-02,(6)\nB,2024-05-03,7-\n")


def two_halves(folder: Path) -> Path:
    """From the 61st respondent on, the questionnaire had another scale."""
    draw = random.Random(3)
    rows = [[draw.randint(1, 5 if i < 60 else 10) for _ in "abc"] for i in range(130)]
    return put(folder, "q1,q2,q3\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))


def a_branch_of_its_own(folder: Path) -> Path:
    """Every third row comes from a branch that asked on another scale."""
    draw = random.Random(3)
    rows = [[draw.randint(1, 7 if i % 3 else 5), "店铺甲乙丙"[i % 3 + 2]] for i in range(240)]
    return put(folder, "q1,门店\n" + "".join(f"{answer},{shop}\n" for answer, shop in rows))


def sorted_by_an_answer(folder: Path) -> Path:
    """The file is sorted by one question, and the other goes with it: one scale all the same."""
    draw = random.Random(3)
    moods = sorted(draw.randint(1, 10) for _ in range(400))
    rows = "".join(f"{mood},{min(10, max(1, mood + draw.randint(-1, 1)))}\n" for mood in moods)
    return put(folder, f"q1,q2\n{rows}")


def customers(*wanted: str) -> Any:
    """Return a check of the customers."""
    return lambda result: sorted(set(result.table["customer"])) == sorted(wanted)


def negative(result: Any) -> None:
    """Hold that amounts stay as they are, and that the check says what the minus signs mean."""
    assert result.table["amount"].tolist() == [-5, -6, -7]
    with speaking("en"):
        (problem,) = check_transactions(result.table)
        assert "All amounts are negative" in problem
    with speaking("zh"):
        (problem,) = check_transactions(result.table)
        assert "所有金额都是负数" in problem


MIXED = ["张0三", "张1三", "张2三", "李四光"]
CASES: dict[Any, dict[str, Any]] = {
    utf8_inside_gb18030: {
        "kept": 41,
        "of": 41,
        "facts": customers(*MIXED),
        "en": ["in two encodings: GB18030 in most lines, UTF-8 in others (1, the first is line 42)"],
        "zh": ["多数行是 GB18030，另有 1 行是 UTF-8（首次出现在第 42 行）"],
    },
    gb18030_inside_utf8: {
        "kept": 42,
        "of": 42,
        "facts": customers(*MIXED),
        "en": ["UTF-8 in most lines, GB18030 in others (2, the first is line 42)"],
        "zh": ["多数行是 UTF-8，另有 2 行是 GB18030"],
    },
    windows_inside_utf8: {
        "kept": 41,
        "of": 41,
        "facts": customers("José0", "José1", "José2"),
        "en": ["Windows-1252 in others (1, "],
    },
    two_bytes_that_are_both: {
        "kept": 42,
        "of": 42,
        "facts": customers(*MIXED, "一些"),
        "en": ["the first is line 43"],
    },
    names_cut_off: {
        "kept": 40,
        "of": 41,
        "rejected": {"bad_bytes": 1},
        "en": ["some characters are broken (lines: 1, the first is line 42)"],
        "zh": ["有 1 行的字符残缺（首次出现在第 42 行）"],
    },
    lines_of_json_in_two_encodings: {
        "kept": 6,
        "of": 6,
        "facts": customers("张三"),
        "en": ["the first is line 6"],
    },
    saved_as_gb18030: {
        "kept": 2,
        "of": 3,
        "rejected": {"bad_bytes": 1},
        "facts": customers("张三", "李四"),
        "en": ["UTF-8 text was opened as GB18030 and saved so, and “鏃ユ湡” was made of “日期”"],
        "zh": ["UTF-8 编码的文字曾按 GB18030 打开并保存，“日期”因此变成了“鏃ユ湡”"],
    },
    saved_as_western: {
        "kept": 40,
        "of": 40,
        "facts": customers(*MIXED[:3]),
        "en": ["UTF-8 text was opened as Windows-1252"],
    },
    gb18030_saved_as_western: {
        "kept": 40,
        "of": 40,
        "facts": customers(*MIXED[:3]),
        "en": ["GB18030 text was opened as Windows-1252"],
    },
    western_letters_doubled: {
        "kept": 2,
        "of": 2,
        "facts": customers("Müller", "A"),
        "en": ["“KÃ¤ufer” was made of “Käufer”"],
    },
    mark_doubled: {
        "kept": 2,
        "of": 2,
        "facts": lambda r: r.mapping["date"].column == "date",
        "en": ["“ï»¿date” was made of “date”"],
    },
    garbled_workbook: {"kept": 2, "of": 2, "facts": customers("张三"), "zh": ["已成乱码"]},
    names_of_columns_with_holes: {
        "kept": 3,
        "of": 3,
        "facts": lambda r: r.mapping["customer"].how == "name",
        "en": ["some characters are broken (lines: 1, the first is line 1)"],
    },
    most_names_lost: {
        "error": DataError,
        "en": [
            "Characters were lost when the file was opened in the wrong encoding",
            "65001: Unicode (UTF-8)",
        ],
        "zh": ["一些字符已经丢失", "65001: Unicode (UTF-8)"],
    },
    months_in_columns: {
        "error": DataError,
        "en": [
            "a column for each period (2024年1月 to 2024年3月)",
            "export the orders themselves",
            "wide.melt",
        ],
        "zh": ["每个时期占一列（2024年1月至 2024年3月）", "导出订单明细", "wide.melt"],
    },
    months_without_a_year: {"error": DataError, "en": ["YEAR = 2024"], "zh": ["这些列所属的年份"]},
    months_under_years: {
        "error": DataError,
        "en": ["2023年 11月 to 2024年 2月"],
        "zh": ["2023年 11月至 2024年 2月"],
    },
    quarters_beside_a_day: {"error": DataError, "en": ["2024Q1 to 2024Q4"], "zh": ["2024Q1 至 2024Q4"]},
    credit_side: {
        "kept": 22,
        "of": 22,
        "en": ["20 of 22 amounts are negative and count as refunds"],
        "zh": ["22 笔金额中有 20 笔是负数"],
    },
    all_minus: {"kept": 3, "of": 3, "facts": negative},
    two_halves: {
        "as_": "survey",
        "kept": 130,
        "of": 130,
        "en": [
            "“q1”, “q2”, “q3”: all answers in rows 2 to 61 lie between 1 and 5, and elsewhere they go up to 10"
        ],
        "zh": ["“q1”、“q2”、“q3”：第 2 至 61 行的回答都在 1 到 5 之间，其他行则最高到 10"],
    },
    a_branch_of_its_own: {
        "as_": "survey",
        "kept": 240,
        "of": 240,
        "en": ["“q1”: all answers of “甲” in “门店” lie between 1 and 5, and elsewhere they go up to 7"],
        "zh": ["“q1”：“门店”为“甲”的行的回答都在 1 到 5 之间"],
    },
    sorted_by_an_answer: {"as_": "survey", "kept": 400, "of": 400, "facts": lambda r: not r.notes},
}


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_a_file_that_looks_right_ends_as_it_must(ends, make):
    """Each file that looks right at first sight ends in the right table or error, in both languages, with a word about it."""
    must = dict(CASES[make])
    if must.get("as_") == "survey":
        must["options"] = {"today": None}
    ends(make, must)


@pytest.mark.parametrize(
    ("make", "amounts"),
    [
        (months_in_columns, {"A1": [5, 7], "A2": [1, 1200.5]}),
        (months_without_a_year, {"A": [1, 2, 3, 4], "B": [1, 2.5]}),
        (months_under_years, {"A": [2, 3, 4, 5]}),
        (quarters_beside_a_day, {"A": [5, 6, 7], "B": [5, 6, 7]}),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
@pytest.mark.checks("data.read_table", kind="second", against="pandas")
def test_the_lines_that_are_advised_work(
    tmp_path, monkeypatch, make: Callable[[Path], Path], amounts: dict[str, list[float]]
):
    """A table with a column for each month is refused with lines of pandas; run as they stand, they make a table that reads."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as caught:
        read_table(make(tmp_path), as_="transactions")
    exec(str(caught.value.hint), {})
    table = read_table("sales-long.csv", as_="transactions").table
    assert table.groupby("customer")["amount"].apply(list).to_dict() == amounts
    assert table["date"].is_monotonic_increasing
    assert (table["date"].dt.day == 1).all()
    assert table["date"].max() >= pd.Timestamp("2024-02-01")


def test_a_folder_with_a_month_on_another_scale(tmp_path):
    """Two months of a survey in two files, one of them asked from 1 to 5: the file is named."""
    draw = random.Random(1)
    for month, end in ((1, 10), (2, 5), (3, 10)):
        answers = "".join(f"{draw.randint(1, end)}\n" for _ in range(40))
        (tmp_path / f"2024-0{month}.csv").write_text(f"q1\n{answers}")
    told = [note for note in read_table(tmp_path, as_="survey").notes if "between" in note]
    assert len(told) == 1
    assert told[0].startswith("“q1”: all answers in 2024-02.csv lie between 1 and 5")
