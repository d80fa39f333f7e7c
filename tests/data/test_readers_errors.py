"""Files that cannot be read end in an error that says what is wrong and what to do, in both languages."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pandas as pd
import pytest

from crmlab.data import read_table
from crmlab.errors import CrmlabError, DataError, ParameterError
from crmlab.text import speaking

GOOD = "customer_id,date,amount\nA,2024-03-05,12.5\nA,2024-03-09,8\nB,2024-03-09,10\n"
TODAY = dt.date(2024, 12, 31)


def failure(path: Path, lang: str = "en", as_: str = "transactions", **options: object) -> str:
    """Return the message that reading a file ends with."""
    with speaking(lang), pytest.raises(CrmlabError) as caught:
        read_table(path, as_=as_, **{"today": TODAY, **options})  # type: ignore[arg-type]
    return str(caught.value)


def written(folder: Path, text: str | bytes, name: str = "sales.csv") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


AWFUL: dict[str, tuple[str, str | bytes, str, str]] = {
    # name of the case: file name, content, words of the English message, words of the Chinese one
    "empty": ("sales.csv", "", "sales.csv is empty.", "sales.csv 是空文件。"),
    "blank": ("sales.csv", "\n \n\n", "sales.csv is empty.", "sales.csv 是空文件。"),
    "mark_only": ("sales.csv", b"\xef\xbb\xbf", "sales.csv is empty.", "sales.csv 是空文件。"),
    "header_only": ("sales.csv", "customer,date,amount\n", "no row of data", "只有列名，没有数据"),
    "header_and_blank_rows": (
        "sales.csv",
        "customer,date,amount\n,,\n\n",
        "no row of data",
        "只有列名，没有数据",
    ),
    "binary": ("sales.csv", bytes(range(256)) * 9, "it holds binary data", "里面是二进制数据"),
    "control_signs": (
        "sales.csv",
        b"\x01\x02\x03\x04" * 50 + b"\n",
        "it holds binary data",
        "里面是二进制数据",
    ),
    "picture": ("sales.csv", b"\x89PNG\r\n\x1a\n" + bytes(90), "not what its name says", "名不副实"),
    "zip_as_csv": (
        "sales.csv",
        b"PK\x03\x04" + bytes(90),
        "Rename it to sales.xlsx.",
        "请改名为 sales.xlsx。",
    ),
    "parquet_as_csv": (
        "sales.csv",
        b"PAR1" + bytes(90),
        "Rename it to sales.parquet.",
        "请改名为 sales.parquet。",
    ),
    "text_as_xlsx": ("sales.xlsx", GOOD, "holds plain text", "内容却是纯文本"),
    "broken_xlsx": (
        "sales.xlsx",
        b"PK\x03\x04" + bytes(90),
        "no readable Excel workbook",
        "不是可以读取的 Excel 工作簿",
    ),
    "password": (
        "sales.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(90),
        "one with a password",
        "设有密码",
    ),
    "old_excel": (
        "sales.xls",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(90),
        "old Excel format .xls",
        "旧的 Excel 格式",
    ),
    "broken_parquet": (
        "sales.parquet",
        b"PAR1" + bytes(90),
        "no readable Parquet file",
        "不是可以读取的 Parquet 文件",
    ),
    "pickle": ("sales.pkl", b"\x80\x04K\x01.", "a pickle file can run code", "pickle 文件打开时可能运行代码"),
    "mistyped_ending": ("sales.cvs", GOOD, "did you mean .csv?", "是不是想写 .csv？"),
    "no_ending": ("sales", GOOD, "no ending that tells its format", "没有扩展名"),
    "no_such_column": (
        "sales.csv",
        "who,when\nA,x\nB,y\n",
        "Columns found: who, when.",
        "文件中的列：who、when。",
    ),
    "no_header": (
        "sales.csv",
        "1,2024-03-05,2\n1,2024-03-06,3\n2,2024-03-07,4\n",
        "The first row looks like data",
        "第一行看上去是数据",
    ),
    "no_header_but_clear": (
        "sales.csv",
        "K1,2024-03-05,2.5\nK1,2024-03-06,3.5\nK2,2024-03-07,4\n",
        "first row: K1, 2024-03-05, 2.5",
        "第一行：K1、2024-03-05、2.5",
    ),
    "text_in_amounts": (
        "sales.csv",
        "customer,date,amount\nA,2024-03-05,many\nB,2024-03-06,few\nC,2024-03-06,5\n",
        "cannot be read as amounts: 2 of 3 rows fail",
        "不能作为金额读取：3 行中有 2 行不合格",
    ),
    "text_in_dates": (
        "sales.csv",
        "customer,date,amount\nA,spring,1\nB,summer,2\nC,2024-03-06,5\n",
        "cannot be read as dates: 2 of 3 rows fail",
        "不能作为日期读取",
    ),
    "no_customers": (
        "sales.csv",
        "customer,date,amount\n,2024-03-06,1\n,2024-03-06,2\nC,2024-03-06,5\n",
        "cannot be read as customers: 2 of 3 rows fail",
        "不能作为客户读取",
    ),
    "future": (
        "sales.csv",
        "customer,date,amount\nA,2031-01-01,1\nB,2031-01-02,2\nC,2024-03-06,5\n",
        "2 of 3 dates lie in the future",
        "3 个日期中有 2 个在将来",
    ),
    "day_or_month": (
        "sales.csv",
        "customer,date,amount\nA,05/03/2024,1\nB,06/03/2024,2\n",
        "--date-format dmy",
        "--date-format dmy",
    ),
    "day_and_month": (
        "sales.csv",
        "customer,date,amount\nA,25/03/2024,1\nB,03/25/2024,2\n",
        "contradict each other",
        "互相矛盾",
    ),
    "two_amounts": (
        "sales.csv",
        "customer,date,订单金额,销售额\nA,2024-03-05,1,2\nB,2024-03-06,3,4\n",
        "several columns fit: 订单金额, 销售额",
        "有几列都符合：订单金额、销售额",
    ),
    "open_quote": (
        "sales.csv",
        GOOD + 'C,2024-03-05,"5\nD,2024-03-05,6\nE,2024-03-05,7\n',
        "a quotation mark opened in row 5 is never closed",
        "第 5 行的引号没有配对",
    ),
    "endless_quote": (
        "sales.csv",
        GOOD + 'C,2024-03-05,"5\n' + "D,2024-03-05,6\n" * 20_000,
        "a quotation mark opened in row 5 is never closed",
        "第 5 行的引号没有配对",
    ),
    "endless_line": (
        "sales.csv",
        GOOD + "x" * 1_000_001,
        "line 5 is longer than a million characters",
        "第 5 行超过一百万个字符",
    ),
    "shifted": (
        "sales.csv",
        "customer,date,amount\nA,2024-03-05,1,234,5\nB,2024-03-05,2,345,6\n",
        "more cells than the header has names",
        "单元格比表头的列名多",
    ),
    "nothing_left": (
        "sales.csv",
        "customer,date,amount\n,2024-03-05,1\nB,soon,2\n",
        "No row can be read.",
        "没有一行可以读取。",
    ),
}


@pytest.mark.parametrize("case", AWFUL)
def test_an_awful_file_ends_in_a_clear_error_in_both_languages(tmp_path, case):
    """Each message says what was got, and each comes in English and in Chinese."""
    name, content, english, chinese = AWFUL[case]
    path = written(tmp_path, content, name)
    assert english in failure(path, "en")
    assert chinese in failure(path, "zh")
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("case", AWFUL)
def test_no_chinese_message_has_english_left_in_it(tmp_path, case):
    """A message that nobody translated would show by its English words."""
    name, content, _, _ = AWFUL[case]
    message = failure(written(tmp_path, content, name), "zh")
    assert not {"the", "is", "of", "rows", "row"} & set(message.replace(".", " ").split())


def test_a_missing_file_is_named_with_its_nearest_neighbour(tmp_path):
    """A mistyped name gets the right one; a missing folder is told too."""
    written(tmp_path, GOOD, "sales_2024.csv")
    assert "Did you mean sales_2024.csv?" in failure(tmp_path / "sale_2024.csv")
    assert "There is no folder" in failure(tmp_path / "nowhere" / "sales.csv")


def test_a_file_without_the_right_to_read_says_so(tmp_path, monkeypatch):
    """A file that belongs to somebody else is told from a broken one."""
    path = written(tmp_path, GOOD)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root, who may read everything, runs tests too
    assert "may not be read" in failure(path)


def test_a_pipe_is_not_waited_for(tmp_path):
    """Something that is no file ends at once."""
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    assert "no ordinary file" in failure(path)


def test_the_first_five_bad_rows_are_shown_with_their_numbers(tmp_path):
    """The error names rows as Excel shows them, five of them."""
    text = "customer,date,amount\n" + "".join(f"A,2024-03-05,word{i}\n" for i in range(9))
    message = failure(written(tmp_path, text))
    assert "row 2, column “amount”: “word0”: not a number" in message
    assert message.count("not a number") == 5
    assert "--map customer=customer,date=date,amount=COLUMN" in message


def test_ambiguous_dates_are_read_once_the_user_has_said_how(tmp_path):
    """The error asks with both readings; the parameter answers."""
    path = written(tmp_path, "customer,date,amount\nA,05/03/2024,1\nB,06/03/2024,2\n")
    message = failure(path)
    assert "“05/03/2024” as day/month/year is 2024-03-05" in message
    assert "“05/03/2024” as month/day/year is 2024-05-03" in message
    for given, month in (("dmy", 3), ("MM/DD/YYYY", 5), ("%d/%m/%Y", 3)):
        table = read_table(path, as_="transactions", date_format=given, today=TODAY).table
        assert table["date"].iloc[0] == pd.Timestamp(2024, month, 8 - month)


def test_the_question_for_columns_carries_the_line_to_write(tmp_path):
    """What is known stands in the line already; what is not is asked for."""
    path = written(tmp_path, "会员号,下单时间,甲,乙\nA,2024-03-05,1,2\nA,2024-03-06,3,4\nB,2024-03-06,5,6\n")
    assert "--map customer=会员号,date=下单时间,amount=甲" in failure(path)
    assert read_table(path, as_="transactions", mapping="amount=乙").table["amount"].tolist() == [
        2.0,
        4.0,
        6.0,
    ]


def test_a_mapping_to_a_column_that_is_not_there_lists_the_columns(tmp_path):
    """A mistyped column gets the right one."""
    message = failure(written(tmp_path, GOOD), mapping={"amount": "amuont", "customer": "nobody"})
    assert "amount: no column “amuont”; did you mean “amount”?" in message
    assert "customer: no column “nobody”" in message
    assert "Columns found: customer_id, date, amount." in message


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


ROWS: list[list[object]] = [["customer", "date", "amount"], ["A", "2024-03-05", 5], ["B", "2024-03-06", 6]]


def test_sheets_that_fit_equally_are_a_question(tmp_path):
    """Two months in two sheets are not guessed at; a sheet that is not there gets the nearest name."""
    path = workbook(tmp_path / "s.xlsx", January=ROWS, February=ROWS)
    message = failure(path)
    assert "“January”: 2 rows" in message
    assert '--sheet "January"' in message
    assert "did you mean “January”?" in failure(path, sheet="Januar")
    assert read_table(path, as_="transactions", sheet="February").rows_kept == 2


def test_an_empty_workbook_and_one_with_a_header_only_are_told(tmp_path):
    """The same words as for CSV."""
    assert "is empty" in failure(workbook(tmp_path / "a.xlsx", S=[]))
    assert "no row of data" in failure(workbook(tmp_path / "b.xlsx", S=ROWS[:1]))


def test_an_archive_that_unpacks_to_gigabytes_is_refused(tmp_path, monkeypatch):
    """A zip bomb ends with an error before anything is unpacked."""
    from crmlab.data import workbooks

    monkeypatch.setattr(workbooks, "_LARGEST", 100)
    assert "unpacks to" in failure(workbook(tmp_path / "a.xlsx", S=ROWS))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"as_": "transaction"}, "Did you mean transactions?"),
        ({"decimal": ";"}, "The decimal sign is . or ,"),
        ({"date_format": "whenever"}, "date_format “whenever” is not understood"),
        ({"date_format": "%Q"}, "date_format “%Q” is not understood"),
        ({"encoding": "utf-9"}, "No encoding “utf-9”"),
        ({"delimiter": "=>"}, "must be one character"),
        ({"mapping": "customer"}, "“customer” is no pair"),
        ({"mapping": {"custmer": "x"}}, "“custmer”: did you mean customer?"),
    ],
)
def test_a_wrong_parameter_is_told_with_what_is_allowed(tmp_path, options, words):
    """Parameters are checked like data: what was given, what is allowed."""
    path = written(tmp_path, GOOD.replace("-", "/").replace("2024/03", "03/2024"))
    with pytest.raises(ParameterError) as caught:
        read_table(path, **{"as_": "transactions", **options})
    assert words in str(caught.value)


def test_a_given_encoding_that_does_not_fit_is_an_error(tmp_path):
    """The user's word is checked, not taken."""
    assert "no known encoding fits" in failure(
        written(tmp_path, "会员号,日期,金额\n".encode("gb18030")), encoding="utf-8"
    )


def test_all_errors_are_data_errors_with_their_exit_code():
    """The command line ends with code 3 for data and 2 for parameters."""
    assert (DataError.exit_code, ParameterError.exit_code) == (3, 2)


def test_formulas_that_were_never_computed_are_told(tmp_path):
    """A workbook written by a program may hold formulas without their values."""
    rows: list[list[object]] = [
        ["customer", "date", "amount"],
        ["A", "2024-03-05", "=1+1"],
        ["B", "2024-03-06", "=2+2"],
    ]
    assert "If the cells hold formulas" in failure(workbook(tmp_path / "f.xlsx", S=rows))


def test_a_list_of_thousands_of_columns_is_cut(tmp_path):
    """The message stays readable."""
    text = ",".join(f"c{i}" for i in range(5000)) + "\n" + ",".join(["word"] * 5000) + "\n"
    message = failure(written(tmp_path, text))
    assert "c29 and 4,970 more" in message
    assert len(message) < 1000


def test_structures_in_parquet_are_no_amounts(tmp_path):
    """Nested values end in an error, not in a crash."""
    import duckdb

    path = tmp_path / "n.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT [1] AS customer, '2024-03-05' AS date, {{'a': 1}} AS amount) TO '{path}' (FORMAT parquet)"
        )
    assert "cannot be read as amounts: 1 of 1 rows fail" in failure(path)


@pytest.mark.parametrize("ending", [".docx", ".zip", ".ods"])
def test_another_packed_file_is_not_called_a_workbook(tmp_path, ending):
    """A Word file begins as a workbook does; it is not suggested to be one."""
    path = tmp_path / f"sales{ending}"
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    said = failure(path)
    assert f"Files {ending} are not read." in said
    assert "its content" not in said
