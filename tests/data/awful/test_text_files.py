"""Awful text files: encodings, separators, rows that are none, ids that a spreadsheet ate."""

# ruff: noqa: D401 - the docstring of a generator is the story of its file

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from crmlab.errors import DataError
from crmlab.simulate.dirt import make_dirty

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "customer,date,amount\n"
GOOD = "".join(f"C{i % 4},2024-0{i % 9 + 1}-1{i % 9},{10 + i}.50\n" for i in range(8))
CHINESE = "会员号,下单时间,实付金额\n" + "".join(
    f"张{i % 3},2024年5月{i + 1}日,{i + 1}.5\n" for i in range(6)
)


def put(folder: Path, text: str | bytes, name: str = "sales.csv") -> Path:
    """Write a file."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def bom_in_the_middle(folder: Path) -> Path:
    """Two exports with a mark at their start were put behind each other."""
    return put(folder, ("\ufeff" + HEAD + GOOD + "\ufeff" + HEAD + GOOD).encode())


def gb18030(folder: Path) -> Path:
    """A Chinese shop system writes its own encoding and does not say so."""
    return put(folder, CHINESE.encode("gb18030"))


def big5(folder: Path) -> Path:
    """A shop in Taiwan writes Big5."""
    rows = "陳先生,2024-05-01,5\n陳先生,2024-05-02,6\n林小姐,2024-05-03,7\n"
    return put(folder, ("客戶,日期,金額\n" + rows).encode("big5"))


def utf16_without_mark(folder: Path) -> Path:
    """A database tool writes UTF-16 and leaves out the mark."""
    return put(folder, (HEAD + GOOD).encode("utf-16-le"))


def old_mac_line_ends(folder: Path) -> Path:
    """Lines end with a carriage return only."""
    return put(folder, (HEAD + GOOD).replace("\n", "\r"))


def mixed_separators(folder: Path) -> Path:
    """Somebody added two rows by hand, with semicolons."""
    return put(folder, HEAD + GOOD + "D;2024-05-01;7\nD;2024-05-02;7\n")


def quotes_inside_names(folder: Path) -> Path:
    """Names hold quotation marks that nobody doubled."""
    return put(folder, HEAD + 'B "the" one,2024-05-02,6\nA"",2024-05-03,8\n"A ""x"" Ltd",2024-05-01,5\n')


def name_over_two_lines(folder: Path) -> Path:
    """A name holds a line end; rows are counted as a spreadsheet counts them."""
    return put(folder, HEAD + '"A\nLtd",2024-05-01,5\n"A\nLtd",2024-05-04,6\nB,soon,6\n')


def a_nul_byte(folder: Path) -> Path:
    """A broken disk left a zero byte in a name."""
    return put(folder, HEAD + GOOD + "C\x001,2024-05-01,5\n")


def totals_at_the_end(folder: Path) -> Path:
    """The report's row of totals carries the day of the report, so that it looks like the best customer."""
    return put(folder, HEAD + GOOD + "小计,2024-09-30,60\n总计：,2024-09-30,61\nGrand Total,2024-09-30,61\n")


def a_customer_called_total(folder: Path) -> Path:
    """A customer whose name begins with Total is no row of totals."""
    return put(folder, HEAD + GOOD + "Total Energy Ltd,2024-09-30,60\n")


def footer(folder: Path) -> Path:
    """Below the table stand who made it, who checked it, and when."""
    return put(
        folder,
        HEAD + GOOD + "合计,,61\n制表人：张三,,\n审核：李四,制表日期：2024-09-30,\nPrepared by: A. Smith,,\n",
    )


def title_above(folder: Path) -> Path:
    """Above the table stand its title, a blank line and the period."""
    return put(folder, "Sales of the north,,\n,,\nJanuary to September,,\n" + HEAD + GOOD)


def thousands_and_decimal_commas(folder: Path) -> Path:
    """Two countries' ways of writing amounts in one column; most are the first's."""
    return put(
        folder,
        HEAD + 'A,2024-05-01,"1,234.50"\nA,2024-05-02,"1.234,50"\nB,2024-05-02,12.5\nB,2024-06-02,1.234\n',
    )


def dates_of_three_kinds(folder: Path) -> Path:
    """Day numbers, ISO dates and day/month/year in one column, of which one row decides."""
    return put(folder, HEAD + "A,45356,5\nA,2024-05-01,6\nB,05/06/2024,7\nB,13/06/2024,7\n")


def days_that_stand_for_none(folder: Path) -> Path:
    """A system writes 1900-01-01 and 1970-01-01 where it knows no day, and 2099-12-31 for never."""
    return put(folder, HEAD + GOOD + "A,1900-01-01,5\nA,1970-01-01,5\nB,2099-12-31,6\n")


def days_no_calendar_has(folder: Path) -> Path:
    """Thirtieth of February, month thirteen."""
    return put(folder, HEAD + GOOD + "A,2024-02-30,5\nA,2024-13-01,5\n")


def ids_eaten_by_a_spreadsheet(folder: Path) -> Path:
    """Long customer numbers came back as 1.23E+15, so that thousands of customers are one."""
    return put(folder, HEAD + "1.23E+15,2024-05-01,5\n1.23E+15,2024-05-02,6\n1.24E+15,2024-05-03,6\n")


def one_id_eaten(folder: Path) -> Path:
    """One number of many was shortened; its row is told and left out."""
    return put(folder, HEAD + GOOD + "1.23E+15,2024-05-01,5\n")


def zeros_in_front_lost(folder: Path) -> Path:
    """Half the rows went through a spreadsheet, which cut the zeros off."""
    return put(folder, HEAD + "001,2024-05-01,5\n1,2024-05-02,6\n002,2024-05-03,6\n2,2024-05-03,6\n")


def full_width_digits(folder: Path) -> Path:
    """Typed with a Chinese keyboard."""
    return put(folder, HEAD + "１００１,２０２４-０５-０１,￥５\n1001,2024-05-02,6\n1002,2024-05-02,６．５\n")


def two_currencies(folder: Path) -> Path:
    """A few orders from abroad are in dollars; dollars and yuan have no sum."""
    return put(folder, HEAD + GOOD.replace(",1", ",¥1").replace("-¥1", "-1") + "D,2024-05-02,$6\n")


def three_currencies(folder: Path) -> Path:
    """No currency has most of the rows."""
    return put(folder, HEAD + "A,2024-05-01,¥5\nA,2024-05-02,$6\nB,2024-05-03,€7\n")


def percent_signs(folder: Path) -> Path:
    """The column of discounts was taken for the amounts."""
    return put(folder, HEAD + "A,2024-05-01,5%\nA,2024-05-02,6%\nB,2024-05-03,7\n")


def formulas(folder: Path) -> Path:
    """A cell would start a program if a spreadsheet believed it; here it is text, or no number."""
    return put(folder, HEAD + GOOD + "=cmd|'/c calc'!A1,2024-05-01,5\nB,2024-05-03,=1+1\n")


def infinite_amounts(folder: Path) -> Path:
    """A division by zero was exported."""
    return put(folder, HEAD + GOOD + "A,2024-05-01,inf\nA,2024-05-01,1e400\nA,2024-05-01,#DIV/0!\n")


def web_page_named_csv(folder: Path) -> Path:
    """The download was the page to sign in."""
    return put(folder, "<!DOCTYPE html>\n<html><body>Sign in</body></html>\n")


def web_page_named_xls(folder: Path) -> Path:
    """A shop system exports a web page and calls it Excel."""
    return put(folder, "<html><table><tr><td>customer</td></tr></table></html>", "sales.xls")


def xml_named_xlsx(folder: Path) -> Path:
    """A workbook of 2003 in XML got the new ending."""
    text = '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'
    return put(folder, text, "sales.xlsx")


def sixteen_thousand_columns(folder: Path) -> Path:
    """Everything the warehouse knows, of which three columns are wanted."""
    more = [f"c{i}" for i in range(16_381)]
    rows = "\n".join(",".join([f"C{k}", f"2024-05-0{k + 1}", "5", *(["x"] * 16_381)]) for k in range(5))
    return put(folder, HEAD.strip() + "," + ",".join(more) + "\n" + rows + "\n")


def line_of_many_megabytes(folder: Path) -> Path:
    """A picture was pasted into a cell."""
    return put(folder, HEAD + GOOD + "x" * 4_000_000)


def same_column_twice(folder: Path) -> Path:
    """A join left the customer in the file twice, with different values."""
    return put(folder, "customer,customer,date,amount\nA,B,2024-05-01,5\nA,B,2024-05-02,5\n")


def months_side_by_side(folder: Path) -> Path:
    """A table for people, a column a month: there is no row for a purchase."""
    return put(folder, "日期,2024-01,2024-02,2024-03\nA,5,6,7\nB,5,6,7\n")


def holes(folder: Path) -> Path:
    """Cells are empty, or say so in nine ways."""
    rows = "A,,5\n,2024-05-01,5\nA,2024-05-02,n/a\n—,2024-05-02,5\n无,2024-05-02,7\n"
    return put(folder, HEAD + GOOD + rows)


def everything_twice(folder: Path) -> Path:
    """The export ran twice into one file, without a second header."""
    return put(folder, HEAD + GOOD + GOOD)


def buyers_without_a_name(folder: Path) -> Path:
    """The till books everybody without a card as one customer."""
    return put(folder, HEAD + GOOD + "散客,2024-05-01,5\n" * 9 + "guest,2024-05-01,5\n")


def capital_letters(folder: Path) -> Path:
    """Two clerks write one name in two ways."""
    return put(folder, HEAD + GOOD + "Zhang,2024-05-01,5\nzhang,2024-05-02,5\n")


def one_customer(folder: Path) -> Path:
    """All purchases are of one customer; the table is right, and the check says what stands against a report."""
    return put(folder, HEAD + "A,2024-05-01,5\nA,2024-05-02,5\n")


def broken_line_of_json(folder: Path) -> Path:
    """The program that wrote the lines died in one."""
    row = json.dumps({"customer": "A", "date": "2024-05-01", "amount": 5})
    return put(folder, f'{row}\n{{"customer":"A","date":"2024-05-0\n{row}\n', "sales.jsonl")


def lists_in_json(folder: Path) -> Path:
    """Some amounts are lists of parts; they are told, not added."""
    rows = [
        {"customer": "A", "date": "2024-05-01", "amount": 5},
        {"customer": "A", "date": "2024-05-02", "amount": [5, 6]},
        {"customer": "B", "date": "2024-05-02", "amount": 7},
    ]
    return put(folder, "\n".join(map(json.dumps, rows)) + "\n", "sales.jsonl")


def dirty_in_known_numbers(folder: Path) -> Path:
    """A shop's export with every dirt there is, each counted when it was made: GBK, four ways of dates, refunds."""
    rng = np.random.default_rng(4)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 300, 400)), unit="D")
    orders = pd.DataFrame(
        {
            "order": [f"O{i}" for i in range(400)],
            "customer": [f"C{i}" for i in rng.integers(100, 160, 400)],
            "date": days,
            "amount": np.round(rng.gamma(2, 60, 400) + 1, 2),
        }
    )
    kinds = ["refunds", "outliers", "duplicates", "spaces", "dates", "amounts"]
    dirty, counts = make_dirty({"transactions": orders}, kinds, rng)
    table = dirty["transactions"].rename(
        columns={"order": "订单号", "customer": "会员号", "date": "下单时间", "amount": "实付金额"}
    )
    assert counts["refunds"] == 8
    return put(folder, table.to_csv(index=False).encode("gb18030"))


def is_dirty_as_made(result: Any) -> None:
    """Hold the counts of the dirt against what the reader tells."""
    told = result.quality().set_index("measure")["value"]
    assert told["refunds"] == 8
    assert told["customers"] == 60
    assert result.table["customer"].str.fullmatch(r"C\d{3}").all()
    assert result.source.encoding == "gb18030"


def amounts(*wanted: float) -> Any:
    """Return a check of the amounts."""
    return lambda result: np.testing.assert_allclose(result.table["amount"], wanted)


CASES: dict[Any, dict[str, Any]] = {
    bom_in_the_middle: {"kept": 16, "of": 17, "rejected": {"no_date": 1, "no_number": 1}},
    gb18030: {
        "kept": 6,
        "of": 6,
        "facts": lambda r: r.table["customer"].tolist()[:2] == ["张0", "张1"],
    },
    big5: {
        "kept": 3,
        "of": 3,
        "facts": lambda r: r.source.encoding == "big5",
    },
    utf16_without_mark: {"kept": 8, "of": 8},
    old_mac_line_ends: {"kept": 8, "of": 8},
    mixed_separators: {"kept": 8, "of": 10, "rejected": {"other_separator": 2}},
    quotes_inside_names: {"kept": 3, "of": 3, "facts": amounts(6, 8, 5)},
    name_over_two_lines: {
        "kept": 2,
        "of": 3,
        "rejected": {"no_date": 1},
        "facts": lambda r: r.rejected["row"].tolist() == [4],
    },
    a_nul_byte: {"error": DataError, "en": ["it holds binary data"], "zh": ["里面是二进制数据"]},
    totals_at_the_end: {"kept": 8, "of": 11, "rejected": {"total_row": 3}},
    a_customer_called_total: {"kept": 9, "of": 9},
    footer: {"kept": 8, "of": 12, "rejected": {"total_row": 1, "remark": 3}},
    title_above: {"kept": 8, "of": 8, "facts": lambda r: r.source.header_row == 4},
    thousands_and_decimal_commas: {
        "kept": 2,
        "of": 4,
        "rejected": {"decimal_sign": 2},
        "facts": amounts(1234.5, 12.5),
    },
    dates_of_three_kinds: {
        "kept": 4,
        "of": 4,
        "en": ["day/month/year, because of “13/06/2024”", "day numbers of a spreadsheet"],
        "zh": ["“13/06/2024”"],
        "facts": lambda r: r.table["date"].iloc[2] == pd.Timestamp("2024-06-05"),
    },
    days_that_stand_for_none: {"kept": 8, "of": 11, "rejected": {"no_day": 2, "future": 1}},
    days_no_calendar_has: {"kept": 8, "of": 10, "rejected": {"no_such_day": 2}},
    ids_eaten_by_a_spreadsheet: {
        "error": DataError,
        "en": ["digits are lost", "Export the data again from the system they come from"],
        "zh": ["位数已丢失", "请从原系统重新导出"],
    },
    one_id_eaten: {"kept": 8, "of": 9, "rejected": {"digits_lost": 1}},
    zeros_in_front_lost: {
        "kept": 4,
        "of": 4,
        "en": ["differ from another only in zeros in front (2), as 007 and 7 do"],
        "zh": ["只差前面的零（如同 007 与 7）"],
    },
    full_width_digits: {"kept": 3, "of": 3, "facts": amounts(5, 6, 6.5)},
    two_currencies: {"kept": 8, "of": 9, "rejected": {"other_currency": 1}},
    three_currencies: {
        "error": DataError,
        "en": ["Amounts in several currencies have no sum"],
        "zh": ["不同币种的金额不能相加"],
    },
    percent_signs: {
        "error": DataError,
        "en": ["2 of 3 rows fail", "“5%”: not a number", "amount=COLUMN"],
        "zh": ["3 行中有 2 行不合格", "“5%”"],
    },
    formulas: {"kept": 9, "of": 10, "rejected": {"no_number": 1}},
    infinite_amounts: {"kept": 8, "of": 11, "rejected": {"no_number": 2, "sheet_error": 1}},
    web_page_named_csv: {
        "error": DataError,
        "en": ["is a web page", "sign in"],
        "zh": ["内容却是网页", "登录页面"],
    },
    web_page_named_xls: {"error": DataError, "en": ["save it again as .xlsx"], "zh": ["另存为 .xlsx"]},
    xml_named_xlsx: {"error": DataError, "en": ["is a web page (HTML or XML)"], "zh": ["内容却是网页"]},
    sixteen_thousand_columns: {"kept": 5, "of": 5},
    line_of_many_megabytes: {
        "error": DataError,
        "en": ["line 10 is longer than a million characters"],
        "zh": ["第 10 行超过一百万个字符"],
    },
    same_column_twice: {
        "error": DataError,
        "en": ["several columns fit: customer, customer [B]", "--map customer="],
        "zh": ["有几列都符合：customer、customer [B]", "--map customer="],
    },
    months_side_by_side: {
        "error": DataError,
        "en": ["a column for each period (2024-01 to 2024-03)"],
        "zh": ["每个时期占一列（2024-01 至 2024-03）"],
    },
    holes: {"kept": 8, "of": 13, "rejected": {"missing": 5}},
    everything_twice: {
        "kept": 16,
        "of": 16,
        "facts": lambda r: int(r.table.duplicated().sum()) == 8,
    },
    buyers_without_a_name: {
        "kept": 18,
        "of": 18,
        "en": ["“散客” is nobody's name, so that different buyers count as one customer (rows: 10)"],
        "zh": ["“散客”不是某位客户的名称；10 行"],
    },
    capital_letters: {
        "kept": 10,
        "of": 10,
        "en": ["differ from another only in capital letters"],
        "zh": ["大小写不同"],
    },
    one_customer: {"kept": 2, "of": 2},
    broken_line_of_json: {"error": DataError, "en": ["line 2", "export it again"], "zh": ["第 2 行"]},
    lists_in_json: {"kept": 2, "of": 3, "rejected": {"no_number": 1}},
    dirty_in_known_numbers: {"kept": 412, "of": 412, "facts": is_dirty_as_made},
}


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_an_awful_text_file_ends_as_it_must(ends, make):
    """Each awful text file ends in the right table or the right error, in both languages, and nothing is written."""
    ends(make, CASES[make])
