"""Files that can be read, however odd, end in the right table."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.data import ReadResult, read_table, write_rejects
from crmlab.text import speaking

HEADER = "customer_id,date,amount\n"
ROWS = "A,2024-03-05,12.5\nA,2024-03-09,8\nB,2024-03-09,10\n"
GOOD = HEADER + ROWS
CHINESE = '会员号,下单时间,实付金额\n甲01,2024年3月5日,￥12.50\n甲01,2024/3/9,8元\n乙02,20240309,"1,010.00"\n'
TODAY = dt.date(2024, 12, 31)


def written(folder: Path, text: str | bytes, name: str = "sales.csv", encoding: str = "utf-8") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def transactions(path: Path, **options: object) -> ReadResult:
    """Read transactions as on the last day of 2024."""
    return read_table(path, as_="transactions", **{"today": TODAY, **options})  # type: ignore[arg-type]


def amounts(result: ReadResult) -> list[float]:
    """Return the amounts read."""
    return result.table["amount"].tolist()


def days(result: ReadResult) -> list[str]:
    """Return the days read."""
    return result.table["date"].dt.strftime("%Y-%m-%d").tolist()


def test_a_plain_file_gives_the_canonical_columns(tmp_path):
    """Transactions come as text, datetime64 and float, whatever the file calls them."""
    path = written(tmp_path, GOOD)
    result = transactions(path)
    assert list(result.table.columns) == ["customer", "date", "amount"]
    assert result.table["customer"].tolist() == ["A", "A", "B"]
    assert pd.api.types.is_datetime64_any_dtype(result.table["date"])
    assert result.table["amount"].dtype == np.float64
    assert amounts(result) == [12.5, 8.0, 10.0]
    assert (result.rows_read, result.rows_kept, result.rows_rejected) == (3, 3, 0)
    assert result.notes == []


def test_the_source_is_told_without_the_path(tmp_path):
    """The result names the file, its fingerprint and its form, and no folder of the machine."""
    path = written(tmp_path, GOOD)
    source = transactions(path).source
    assert source.name == "sales.csv"
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (source.format, source.encoding, source.delimiter, source.header_row, source.rows) == (
        "csv",
        "utf-8",
        ",",
        1,
        3,
    )
    assert str(tmp_path) not in repr(source)


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
    ],
)
def test_chinese_is_read_in_the_encodings_people_use(tmp_path, encoding, found):
    """UTF-8 with and without mark, GB18030 and UTF-16 give the same table."""
    result = transactions(written(tmp_path, CHINESE, encoding=encoding))
    assert result.source.encoding == found
    assert result.table["customer"].tolist() == ["甲01", "甲01", "乙02"]
    assert days(result) == ["2024-03-05", "2024-03-09", "2024-03-09"]
    assert amounts(result) == [12.5, 8.0, 1010.0]


def test_big5_is_told_from_gb18030(tmp_path):
    """Traditional Chinese in Big5 is not read as rare GB18030 characters, and its names of columns are recognised."""
    text = (
        "會員編號,日期,金額\n臺北王小明,2024-03-05,120\n臺北王小明,2024-03-06,80\n高雄李大同,2024-03-06,60\n"
    )
    result = transactions(written(tmp_path, text, encoding="big5"))
    assert result.source.encoding == "big5"
    assert result.table["customer"].tolist() == ["臺北王小明", "臺北王小明", "高雄李大同"]


def test_western_letters_in_windows_1252_are_read(tmp_path):
    """A file with £ and ü from Western Windows is not taken for Chinese."""
    text = "customer,date,amount\nMüller,2024-03-05,£12.50\nMüller,2024-03-06,£8\nGarção,2024-03-06,£9\n"
    result = transactions(written(tmp_path, text, encoding="cp1252"))
    assert result.source.encoding == "cp1252"
    assert result.table["customer"].tolist() == ["Müller", "Müller", "Garção"]
    assert amounts(result) == [12.5, 8.0, 9.0]


def test_a_few_broken_bytes_cost_their_rows_only(tmp_path):
    """A UTF-8 file with one broken byte stays UTF-8; the row whose customer is broken is rejected."""
    rows = "".join(f"客户{i % 7},2024-03-{i % 28 + 1:02d},10\n" for i in range(60))
    data = ("会员号,日期,金额\n" + rows).encode() + b"\xe5\xae,2024-03-05,10\n"
    result = transactions(written(tmp_path, data))
    assert (result.source.encoding, result.rows_kept) == ("utf-8", 60)
    assert result.rejected["kind"].tolist() == ["bad_bytes"]


@pytest.mark.parametrize(("sign", "name"), [(",", "a.csv"), (";", "b.csv"), ("\t", "c.tsv"), ("|", "d.txt")])
def test_the_delimiter_is_found(tmp_path, sign, name):
    """Comma, semicolon, tab and bar are told apart."""
    result = transactions(written(tmp_path, GOOD.replace(",", sign), name))
    assert result.source.delimiter == sign
    assert amounts(result) == [12.5, 8.0, 10.0]


def test_decimal_commas_are_read_where_the_column_has_them(tmp_path):
    """1.234,50 decides that 7,5 and 1.000 are written the same way, and the result says so."""
    text = "customer;date;amount\nA;2024-03-05;1.234,50\nA;2024-03-06;7,5\nB;2024-03-06;1.000\n"
    result = transactions(written(tmp_path, text))
    assert amounts(result) == [1234.5, 7.5, 1000.0]
    assert "1.234,50" in result.notes[0]


def test_a_line_that_announces_the_delimiter_is_obeyed_and_not_counted(tmp_path):
    """The line sep=; that Excel writes is no row."""
    text = "sep=;\ncustomer;date;amount\nA;2024-03-05;x\nA;2024-03-06;7\nB;2024-03-06;8\n"
    result = transactions(written(tmp_path, text))
    assert result.source.header_row == 1
    assert result.rejects["row"].tolist() == [2]


def test_a_title_above_the_header_is_passed_over(tmp_path):
    """The header is the row that names roles, not the first one; rows are counted as Excel counts them."""
    text = "五月销售明细,,\n导出时间：2024-06-01,,\n\n会员号,下单时间,实付金额\nA,2024-05-01,9\nA,bad,9\nB,2024-05-02,3\n"
    result = transactions(written(tmp_path, text))
    assert result.source.header_row == 4
    assert result.rejects["row"].tolist() == [6]
    assert amounts(result) == [9.0, 3.0]


def test_blank_rows_and_cells_over_several_lines_count_as_in_excel(tmp_path):
    """A quoted cell with a line end is one row; a blank row is one too, and is not rejected."""
    text = 'customer,date,amount,remark\nA,2024-03-05,5,"two\nlines"\n,,,\n\nB,2024-03-05,bad,\nB,2024-03-06,6,\n'
    result = transactions(written(tmp_path, text))
    assert result.rows_read == 3
    assert result.rejects["row"].tolist() == [5]


def test_short_rows_lack_cells_and_long_rows_are_rejected(tmp_path):
    """A row with an extra cell may be shifted, so it is not read; empty cells at the end do no harm."""
    text = GOOD + "C,2024-03-05,1,5\nC,2024-03-05,7,,\nD,2024-03-05\n"
    result = transactions(written(tmp_path, text))
    assert amounts(result) == [12.5, 8.0, 10.0, 7.0]
    assert list(zip(result.rejected["row"], result.rejected["kind"], strict=True)) == [
        (5, "too_many_cells"),
        (7, "missing"),
    ]


def test_rejected_rows_are_listed_with_row_column_value_and_reason_in_both_languages(tmp_path):
    """Every bad cell is listed once, and its reason is told in the language spoken."""
    result = transactions(written(tmp_path, GOOD + "C,soon,x\n,2024-03-05,5\nC,2031-01-01,5\n"))
    with speaking("en"):
        told = result.rejects.to_numpy().tolist()
    assert told == [
        [5, "date", "soon", "not a date"],
        [5, "amount", "x", "not a number"],
        [6, "customer_id", "", "missing"],
        [7, "date", "2031-01-01", "date in the future"],
    ]
    with speaking("zh"):
        assert result.rejects["reason"].tolist() == ["不是日期", "不是数字", "缺失", "日期在将来"]
    assert (result.rows_read, result.rows_kept, result.rows_rejected) == (6, 3, 3)


def test_two_columns_of_one_name_are_told_apart_by_the_mapping(tmp_path):
    """A repeated name gets the letter of its column, which the mapping may use."""
    path = written(
        tmp_path, "customer,date,金额,金额\nA,2024-03-05,1,10\nA,2024-03-06,2,20\nB,2024-03-06,3,30\n"
    )
    assert amounts(transactions(path, mapping="amount=金额 [D]")) == [10.0, 20.0, 30.0]


def test_columns_without_telling_names_are_recognised_by_content(tmp_path):
    """Where exactly one column holds dates, and one money, names are not needed."""
    result = transactions(written(tmp_path, "a,b,c\nK1,2024-03-05,3.5\nK1,2024-03-06,4\nK2,2024-03-06,5\n"))
    assert {role: match.how for role, match in result.mapping.items()} == dict.fromkeys(
        ("customer", "date", "amount"), "content"
    )
    assert amounts(result) == [3.5, 4.0, 5.0]


def test_quantity_times_unit_price_serves_where_no_amount_stands(tmp_path):
    """An invoice with quantity and unit price gives amounts, returns included, and says how."""
    text = (
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,85123A,HOLDER,6,12/1/2010 8:26,2.55,17850,United Kingdom\n"
        "C536379,D,Discount,-1,12/13/2010 9:41,27.5,17850,United Kingdom\n"
        "536367,84879,BIRD,32,12/1/2010 8:34,1.69,13047,United Kingdom\n"
    )
    result = transactions(written(tmp_path, text))
    assert amounts(result) == pytest.approx([15.3, -27.5, 54.08])
    assert days(result) == ["2010-12-01", "2010-12-13", "2010-12-01"]
    assert any("Quantity" in note for note in result.notes)


def test_a_customer_number_is_one_customer_in_all_its_spellings(tmp_path):
    """１００１, 1001 and 1001.0 are one customer, and 1.38E+10 is none."""
    text = "customer,date,amount\n１００１,2024-03-05,1\n1001,2024-03-06,1\n1001.0,2024-03-06,1\n1.38E+10,2024-03-06,1\n"
    result = transactions(written(tmp_path, text))
    assert result.table["customer"].unique().tolist() == ["1001"]
    assert result.rejected["kind"].tolist() == ["digits_lost"]


def test_leading_zeros_of_a_customer_number_stay(tmp_path):
    """007 is not 7."""
    result = transactions(written(tmp_path, HEADER + "007,2024-03-05,1\n7,2024-03-05,1\n007,2024-03-06,1\n"))
    assert result.table["customer"].tolist() == ["007", "7", "007"]


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    """Write a workbook."""
    from openpyxl import Workbook

    book = Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


EXCEL_ROWS: list[list[object]] = [
    ["销售明细"],
    [],
    ["会员号", "下单时间", "实付金额（元）", None],
    [1001, pd.Timestamp("2024-03-05 12:30"), 12.5],
    [1001, 45356, "¥1,008.00"],
    ["1002", "2024年3月9日", 10],
    ["1003", "2024-03-09", "#REF!"],
    [None, None, None],
]


def test_a_workbook_with_title_real_dates_and_serials_is_read(tmp_path):
    """Excel's dates, day numbers and texts end in the same days; rows are numbered as Excel numbers them."""
    result = transactions(workbook(tmp_path / "sales.xlsx", 明细=EXCEL_ROWS))
    assert result.table["customer"].tolist() == ["1001", "1001", "1002"]
    assert days(result) == ["2024-03-05", "2024-03-05", "2024-03-09"]
    assert amounts(result) == [12.5, 1008.0, 10.0]
    assert (result.source.sheet, result.source.header_row) == ("明细", 3)
    assert result.rejected[["row", "kind"]].to_numpy().tolist() == [[7, "sheet_error"]]
    assert result.notes == [
        "Column “下单时间” holds 1 different day numbers of a spreadsheet; they were read as dates."
    ]


def test_the_sheet_that_names_the_roles_is_chosen(tmp_path):
    """A cover sheet beside the data does not matter; a sheet can be named or numbered."""
    path = workbook(tmp_path / "s.xlsx", 说明=[["本表由系统导出"], ["请勿修改"]], 数据=EXCEL_ROWS)
    assert transactions(path).source.sheet == "数据"
    assert transactions(path, sheet="数据").rows_kept == 3
    assert transactions(path, sheet=2).rows_kept == 3


def test_parquet_is_read_with_its_types(tmp_path):
    """Parquet's dates and numbers need no parsing; its rows are counted from 1."""
    import duckdb

    path = tmp_path / "sales [1].parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT * FROM (VALUES (1001, DATE '2024-03-05', 12.50::DECIMAL(9,2)), (1001, DATE '2024-03-06', NULL),"
            " (1002, DATE '2024-03-09', 10.00)) AS t(会员号, 下单时间, 实付金额)) TO '"
            + str(tmp_path / "x.parquet")
            + "' (FORMAT parquet)"
        )
    (tmp_path / "x.parquet").rename(path)
    result = transactions(path)
    assert result.table["customer"].tolist() == ["1001", "1002"]
    assert amounts(result) == [12.5, 10.0]
    assert result.rejected[["row", "kind"]].to_numpy().tolist() == [[2, "missing"]]


def test_moments_with_a_zone_in_parquet_are_told_in_utc(tmp_path):
    """The day does not hang on the machine's clock, and the result says whose day it is."""
    import duckdb

    path = tmp_path / "z.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 1 AS customer, TIMESTAMPTZ '2024-03-05 02:00:00+08' AS date, 3.5 AS amount) TO '"
            + str(path)
            + "' (FORMAT parquet)"
        )
    result = transactions(path)
    assert result.table["date"].tolist() == [pd.Timestamp("2024-03-04 18:00:00")]
    assert "UTC" in result.notes[0]


def test_true_and_false_of_a_workbook_are_no_amounts(tmp_path):
    """TRUE beside 1 is not 1."""
    rows: list[list[object]] = [
        ["customer", "date", "amount"],
        ["A", "2024-03-05", 1],
        ["B", "2024-03-05", True],
        ["B", "2024-03-06", 2],
    ]
    result = transactions(workbook(tmp_path / "b.xlsx", S=rows))
    assert result.rejected[["row", "value"]].to_numpy().tolist() == [[3, "TRUE"]]


def test_excel_parquet_and_csv_of_the_same_rows_give_the_same_table(tmp_path):
    """The format of a file is not the data's business."""
    import duckdb

    frame = pd.DataFrame(
        {
            "customer": ["1", "1", "2"],
            "date": pd.to_datetime(["2024-03-05", "2024-03-06", "2024-03-09"]),
            "amount": [1.5, 2.0, -3.0],
        }
    )
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        connection.execute("COPY frame TO '" + str(tmp_path / "a.parquet") + "' (FORMAT parquet)")
    tables = [transactions(tmp_path / f"a.{ending}").table for ending in ("csv", "xlsx", "parquet")]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(tables[0], table)


def test_quality_counts_what_an_analyst_asks_first(tmp_path):
    """Rows, rejects by reason, duplicates, customers, period and refunds stand in one tidy table."""
    text = GOOD + "B,2024-03-09,10\nB,2024-03-10,-10\nB,2024-03-11,0\nC,2024-03-11,x\n"
    quality = transactions(written(tmp_path, text)).quality()
    values = dict(zip(quality["measure"], quality["value"], strict=True))
    assert values == {
        "rows_read": 7,
        "rows_kept": 6,
        "rows_rejected": 1,
        "rejected_no_number": 1,
        "duplicates": 1,
        "customers": 2,
        "first_date": pd.Timestamp("2024-03-05"),
        "last_date": pd.Timestamp("2024-03-11"),
        "refunds": 1,
        "zero_amounts": 1,
        "same_day": 1,
        "outliers": 0,
        "empty_days": 3,
        "longest_gap": 3,
    }


def test_quality_speaks_both_languages(tmp_path):
    """The labels are in the language spoken when the table is asked for."""
    result = transactions(written(tmp_path, GOOD + "C,2024-03-11,x\n"))
    with speaking("zh"):
        labels = result.quality()["label"].tolist()
    assert labels[:4] == ["读取行数", "采用行数", "剔除行数", "“amount”列剔除：不是数字"]
    with speaking("en"):
        assert result.quality()["label"].tolist()[0] == "Rows read"


def test_rejects_are_written_for_a_spreadsheet_and_no_cell_is_a_formula(tmp_path):
    """The file opens with Chinese intact, and a cell that starts a formula does not run."""
    text = GOOD + '=HYPERLINK("http://x"),not,5\n-7,2024-03-05,@cmd\n'
    path = write_rejects(transactions(written(tmp_path, text)), tmp_path / "rejects.csv")
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    lines = data.decode("utf-8-sig").splitlines()
    assert lines == ["row,column,value,reason", "5,date,not,not a date", "6,amount,'@cmd,not a number"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["rejects.csv", "sales.csv"]


@settings(max_examples=25, deadline=None)
@given(
    amounts_=st.lists(st.decimals(-99999, 99999, places=2), min_size=1, max_size=12),
    style=st.sampled_from(["plain", "grouped", "currency", "european"]),
)
def test_amounts_come_back_however_they_are_written(tmp_path_factory, amounts_, style):
    """Any amounts, written in any style, are read back exactly (the European style shows its decimal comma)."""
    write = {
        "plain": lambda value: f"{value:.2f}",
        "grouped": lambda value: f"{value:,.2f}",
        "currency": lambda value: f"¥{value:,.2f}" if value >= 0 else f"(¥{-value:,.2f})",
        "european": lambda value: f"{value:,.2f}".translate(str.maketrans(",.", ".,")) + " €",
    }[style]
    text = "customer;date;amount\n" + "".join(f"A;2024-03-05;{write(value)}\n" for value in amounts_)
    result = transactions(written(tmp_path_factory.mktemp("amounts"), text))
    assert amounts(result) == [float(value) for value in amounts_]


@settings(max_examples=25, deadline=None)
@given(
    moments=st.lists(st.dates(dt.date(1990, 1, 1), dt.date(2024, 12, 31)), min_size=1, max_size=12),
    pattern=st.sampled_from(
        ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%d %b %Y", "%Y-%m-%dT%H:%M:%S"]
    ),
)
def test_dates_come_back_however_they_are_written(tmp_path_factory, moments, pattern):
    """Any days, written in any unmistakable form, are read back exactly."""
    text = HEADER + "".join(f"A,{moment.strftime(pattern)},1\n" for moment in moments)
    result = transactions(written(tmp_path_factory.mktemp("dates"), text))
    assert result.table["date"].dt.date.tolist() == moments
