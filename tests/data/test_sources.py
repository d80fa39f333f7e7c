"""Data from elsewhere than one table in one file: folders, JSON, databases, standard input."""

from __future__ import annotations

import datetime as dt
import io
import json
import sqlite3
import sys
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pandas as pd
import pytest

from crmlab.data import read_table, tell_kind, write_rejects
from crmlab.errors import CrmlabError, DataError, ParameterError
from crmlab.text import speaking

TODAY = dt.date(2024, 12, 31)
ROWS = [("A", "2024-03-05", 12.5), ("A", "2024-03-09", 8.0), ("B", "2024-03-09", 10.0)]
TABLE = pd.DataFrame(
    {
        "customer": pd.Series(["A", "A", "B"], dtype="str"),
        "date": pd.to_datetime(["2024-03-05", "2024-03-09", "2024-03-09"]).astype("datetime64[us]"),
        "amount": [12.5, 8.0, 10.0],
    }
)


def read(place: object, **options: object):
    """Read transactions as on the last day of 2024."""
    return read_table(place, as_="transactions", today=TODAY, **options)


def failure(place: object, lang: str = "en", **options: object) -> str:
    """Return the message that reading ends with."""
    with speaking(lang), pytest.raises(CrmlabError) as caught:
        read(place, **options)
    return str(caught.value)


def csv_text(rows, header: str = "customer,date,amount") -> str:
    """Write rows as CSV."""
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"


@pytest.fixture
def months(tmp_path) -> Path:
    """Return a folder of two files of one month each, with the columns in another order."""
    folder = tmp_path / "sales 2024"
    folder.mkdir()
    (folder / "01.csv").write_text(csv_text([("A", "2024-01-05", "3"), ("B", "2024-01-06", "free")]))
    (folder / "02.csv").write_bytes("日期;会员号;金额\n2024年2月5日;A;2,50\n".encode("gb18030"))
    return folder


@pytest.mark.checks("data.read_table", kind="second", against="pandas")
def test_json_lines_and_lists_give_the_table_of_the_csv_file(tmp_path):
    """Three purchases as JSON lines, as a list, inside a shop system's answer, and in UTF-16 are the same DataFrame."""
    records = [dict(zip(("customer", "date", "amount"), row, strict=True)) for row in ROWS]
    lines = "\n".join(json.dumps(one) for one in records)
    for name, text, encoding in (
        ("sales.jsonl", lines, "utf-8"),
        ("sales.ndjson", "\n" + lines.replace("\n", "\n\n"), "utf-8-sig"),
        ("wide.jsonl", lines, "utf-16"),
        ("sales.json", json.dumps(records, indent=1), "utf-8"),
        ("one-line.json", json.dumps(records), "utf-8"),
        ("answer.json", json.dumps({"total": 3, "orders": records}), "utf-8"),
        ("lines.json", lines, "utf-8"),
    ):
        (tmp_path / name).write_bytes(text.encode(encoding))
        result = read(tmp_path / name)
        pd.testing.assert_frame_equal(result.table, TABLE)
        assert (result.source.format, result.source.header_row, result.rows_read) == ("json", None, 3)


def test_rows_of_json_are_numbered_by_line_and_nested_names_are_joined(tmp_path):
    """A reject names its line in the file; an object inside an object is a column with a point in its name."""
    lines = [
        {"buyer": {"member_id": "A"}, "order": {"date": "2024-03-05", "total": 12.5}},
        {"buyer": {"member_id": "B"}, "order": {"date": "soon", "total": 3, "tags": ["x"]}},
        {"buyer": {"member_id": "B"}, "order": {"date": "2024-03-06", "total": True}},
        {"buyer": {"member_id": "B"}, "order": {"date": "2024-03-06", "total": 4}},
    ]
    path = tmp_path / "orders.jsonl"
    path.write_text("\n\n".join(json.dumps(line) for line in lines))
    result = read(path)
    assert {role: match.column for role, match in result.mapping.items()} == {
        "customer": "buyer.member_id",
        "date": "order.date",
        "amount": "order.total",
    }
    assert result.rejects[["row", "value"]].to_numpy().tolist() == [[3, "soon"], [5, "TRUE"]]


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ('{"customer": 1}\n{"customer": 2\n', 'line 2: “{"customer": 2”', "第 2 行"),
        ('{"customer": 1}\n7\n', "line 2: “7” is no object", "第 2 行：“7”不是对象"),
        ('[{"customer": 1},', "no readable JSON", "不是可读的 JSON"),
        ("[1, 2]", "no list of objects", "没有由对象组成的数组"),
        ("[]", "is empty", "是空"),
        ("[" * 100_000, "no readable JSON", "不是可读的 JSON"),
    ],
)
def test_broken_json_is_told_by_line(tmp_path, text, english, chinese):
    """A broken line, a number among objects, a cut list, nested brackets without end: an error in both languages."""
    (tmp_path / "a.json").write_text(text)
    assert english in failure(tmp_path / "a.json")
    assert chinese in failure(tmp_path / "a.json", "zh")


def test_a_folder_of_months_is_one_table(months):
    """Files of different encoding, delimiter and order of columns make one table if their columns have the same names."""
    (months / "01.csv").write_text(
        csv_text([("A", "2024-01-05", "3"), ("B", "2024-01-06", "free")], "会员号,日期,金额")
    )
    (months / "~$02.xlsx").write_bytes(b"lock")
    (months / "readme.docx").write_bytes(b"x")
    result = read(months)
    assert result.table["amount"].tolist() == [3.0, 2.5]
    assert result.source.name == "sales 2024"
    assert result.source.files == (("01.csv", 2), ("02.csv", 1))
    assert result.rejects.iloc[0].tolist() == ["01.csv", 3, "金额", "free", "not a number"]
    assert "2 files were read as one table: 01.csv, 02.csv." in result.notes
    assert "Not read in this folder: readme.docx." in result.notes


def test_rejects_of_a_folder_name_the_file(months, tmp_path):
    """The list that is written has a column with the file's name, and so has the line on the screen."""
    from crmlab.data.rejects import bad_rows

    (months / "02.csv").unlink()
    (months / "03.csv").write_text(csv_text([("A", "never", "3"), ("B", "2024-03-06", "4")]))
    result = read(months)
    assert bad_rows(result.rejected)[1].startswith("03.csv, row 2, column “date”")
    with speaking("zh"):
        assert bad_rows(result.rejected)[1].startswith("03.csv，第 2 行")
    written = write_rejects(result, tmp_path / "rejects.csv").read_text(encoding="utf-8-sig").splitlines()
    assert written[0] == "file,row,column,value,reason"
    assert written[2] == "03.csv,2,date,never,not a date"


def test_differences_of_columns_are_told_with_the_files(months):
    """A column that plays a role must be in all files; another one is left out and told."""
    message = failure(months)
    assert "do not have the same columns" in message
    assert "“customer” stands in 01.csv and not in 02.csv" in message
    assert "“customer”列在 01.csv 中有，在 02.csv 中没有" in failure(months, "zh")
    (months / "02.csv").write_text(
        csv_text([("A", "2024-02-05", "2", "by post")], "customer,date,amount,remark")
    )
    assert "Left out, for they are not in all files: remark." in read(months).notes


def test_a_month_without_sales_is_told_and_does_no_harm(months):
    """A file with names and no rows is left out and named; a folder of nothing else ends as such a file does."""
    (months / "01.csv").write_text("customer,date,amount\n")
    assert failure(months / "01.csv").startswith("01.csv holds the names of columns and no row")
    assert "Without a row of data: 01.csv." in read(months).notes
    with speaking("zh"):
        assert "没有数据行的文件：01.csv。" in read(months).notes
    (months / "02.csv").write_text("")
    assert "02.csv is empty" in failure(months)


def test_json_under_another_name_is_told(tmp_path):
    """JSON in a file .csv, and objects with nothing in them, end in advice."""
    (tmp_path / "a.csv").write_text('[{"customer": "A"}]')
    assert "Rename it to a.json" in failure(tmp_path / "a.csv")
    (tmp_path / "b.jsonl").write_text("{}\n{}\n")
    assert "is empty" in failure(tmp_path / "b.jsonl")
    (tmp_path / "c.json").write_text('[{"a" 1}]')
    assert "第 1 行第 7 个字符：缺少冒号" in failure(tmp_path / "c.json", "zh")


def test_a_folder_of_parquet_and_one_of_nothing(tmp_path):
    """Typed columns stay typed over files; a folder without a readable file says what is in it."""
    folder = tmp_path / "parts"
    folder.mkdir()
    TABLE[:2].to_parquet(folder / "1.parquet")
    TABLE[2:].to_parquet(folder / "2.parquet")
    pd.testing.assert_frame_equal(read(folder).table, TABLE)
    other = tmp_path / "other"
    other.mkdir()
    (other / "picture.png").write_bytes(b"x")
    assert "found: picture.png" in failure(other)
    assert "没有可读的文件" in failure(other, "zh")


def test_respondents_of_a_folder_of_surveys_stay_apart(tmp_path):
    """Rows of the same number in two files are two respondents."""
    folder = tmp_path / "waves"
    folder.mkdir()
    for wave in ("1", "2"):
        (folder / f"{wave}.csv").write_text("q1,q2\n1,5\n4,2\n5,3\n")
    result = read_table(folder, as_="survey")
    assert result.table["respondent"].is_unique
    assert len(result.table) == 6


@pytest.fixture(params=["duckdb", "sqlite"])
def shop(request, tmp_path) -> Path:
    """Return a database file with the table sales and the view old."""
    path = tmp_path / f"shop.{request.param}"
    connection = duckdb.connect(path) if request.param == "duckdb" else sqlite3.connect(path)
    connection.execute("CREATE TABLE sales (customer VARCHAR, date VARCHAR, amount DOUBLE)")
    connection.executemany("INSERT INTO sales VALUES (?, ?, ?)", ROWS)
    connection.execute("CREATE VIEW old AS SELECT * FROM sales WHERE amount > 11")
    connection.commit()
    connection.close()
    return path


@pytest.mark.checks("data.read_table", kind="second", against="pandas")
def test_a_database_file_by_table_and_by_query(shop):
    """Three purchases in a DuckDB or SQLite file, read by table, view and query, are those that were written to it."""
    result = read(shop, table="sales")
    pd.testing.assert_frame_equal(result.table, TABLE)
    assert (result.source.format, result.source.table) == (shop.suffix[1:], "sales")
    assert len(read(shop, table="OLD").table) == 1
    some = read(shop, query="SELECT * FROM sales WHERE customer = 'A' ; ")
    assert some.table["amount"].tolist() == [12.5, 8.0]
    assert some.source.query is not None
    renamed = shop.rename(shop.with_suffix(".db"))
    assert len(read(renamed, table="sales").table) == 3


def test_tables_are_listed_when_none_is_named(shop):
    """Several tables, a mistyped one, both a table and a query, an empty result: each is told, in both languages."""
    assert "Tables found: old, sales." in failure(shop)
    assert "old、sales" in failure(shop, "zh")
    assert "Did you mean sales?" in failure(shop, table="sale")
    assert "not both" in failure(shop, table="sales", query="SELECT 1")
    assert "gives no rows" in failure(shop, query="SELECT * FROM sales WHERE amount < 0")
    assert "查询没有返回任何行" in failure(shop, "zh", query="SELECT * FROM sales WHERE amount < 0")


@pytest.mark.checks("data.read_table", kind="trap")
@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE sales",
        "SELECT 1) AS x; DROP TABLE sales; SELECT * FROM (SELECT 1",
        "SELECT * FROM read_csv('/etc/passwd')",
        "ATTACH 'other.db'",
        "COPY sales TO 'out.csv'",
        "PRAGMA database_list",
        "no SQL at all",
    ],
)
def test_a_query_only_reads(shop, query, tmp_path, monkeypatch):
    """A query can neither write nor open another file, and the error says that it only reads."""
    monkeypatch.chdir(tmp_path)
    before = shop.read_bytes()
    if "DROP" in query and ";" in query:
        with pytest.raises(CrmlabError):
            read(shop, query=query)
    else:
        assert "begins with SELECT and only reads" in failure(shop, query=query)
    assert shop.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [shop.name]


def test_a_database_that_is_none(tmp_path):
    """A broken file and a table asked of a CSV file are told."""
    (tmp_path / "a.sqlite").write_bytes(b"SQLite format 3\0" + b"broken" * 50)
    assert "cannot be opened" in failure(tmp_path / "a.sqlite")
    (tmp_path / "b.db").write_text("customer,date\n")
    assert "is named .db and holds plain text" in failure(tmp_path / "b.db")
    (tmp_path / "c.csv").write_text(csv_text(ROWS))
    assert "is no database" in failure(tmp_path / "c.csv", table="sales")
    assert "不是数据库" in failure(tmp_path / "c.csv", "zh", query="SELECT 1")


def test_addresses_that_are_not_opened():
    """A web page, another database and a mistyped scheme get the right advice."""
    assert "Download the file" in failure("https://example.org/sales.csv")
    assert "Did you mean postgresql://?" in failure("postgrsql://shop/sales")
    assert "postgresql://user:password@host" in failure("mysql://shop/sales")


@pytest.fixture
def server(postgres_url):
    """Return the address of a server with two tables of transactions in a schema of this test."""
    import psycopg

    with psycopg.connect(postgres_url) as connection:
        connection.execute("DROP SCHEMA IF EXISTS reading CASCADE")
        connection.execute("CREATE SCHEMA reading")
        connection.execute(
            "CREATE TABLE reading.sales (customer text, date timestamptz, amount numeric(9, 2), shipped boolean)"
        )
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO reading.sales VALUES (%s, %s, %s, true)", ROWS)
        connection.execute("CREATE VIEW reading.big AS SELECT * FROM reading.sales WHERE amount > 9")
    return postgres_url


def test_a_server_by_table_and_by_query(server):
    """A PostgreSQL server's table, view and query give rows; moments with a zone are told in UTC."""
    result = read(server, table="reading.sales")
    assert result.table["amount"].tolist() == [12.5, 8.0, 10.0]
    assert result.source.format == "postgresql"
    assert any("UTC" in note for note in result.notes)
    assert len(read(server, table="reading.big").table) == 2
    some = read(
        server, query="SELECT customer, date::date AS date, amount FROM reading.sales WHERE amount < 11"
    )
    pd.testing.assert_frame_equal(some.table, TABLE[1:].reset_index(drop=True))
    assert tell_kind(server, table="reading.sales") == "transactions"


def test_a_server_is_only_read_and_its_password_is_never_told(server):
    """A query that writes fails; neither errors nor the result hold the password, also when a path has been made of it."""
    message = failure(server, query="DELETE FROM reading.sales RETURNING *")
    assert "only reads" in message
    assert "secret" not in message
    assert "secret" not in repr(read(server, table="reading.sales"))
    assert len(read(Path(server), table="reading.sales").table) == 3
    assert "secret" not in failure(server, table="reading.sale")
    assert "Did you mean reading.sales?" in failure(server, table="reading.sale")


def test_a_server_that_does_not_answer():
    """The place is told, the password is not, wherever it stood."""
    for url in (
        "postgresql://shop:s3cr3t%40home@127.0.0.1:1/shop",
        "postgresql://shop@127.0.0.1:1/shop?password=s3cr3t",
    ):
        message = failure(url)
        assert "127.0.0.1:1/shop" in message
        assert "s3cr3t" not in message


def piped(monkeypatch, data: bytes) -> None:
    """Let standard input hold these bytes."""
    stream = SimpleNamespace(buffer=io.BytesIO(data), isatty=lambda: False)
    monkeypatch.setattr(sys, "stdin", stream)


def test_standard_input_is_read_and_can_be_looked_at_twice(monkeypatch, tmp_path):
    """CSV, JSON lines and a workbook come through a pipe; what a report needs twice is there twice."""
    piped(monkeypatch, csv_text(ROWS).encode("utf-16"))
    assert tell_kind("-") == "transactions"
    pd.testing.assert_frame_equal(read("-").table, TABLE)
    piped(
        monkeypatch,
        "\n".join(json.dumps({"customer": c, "date": d, "amount": a}) for c, d, a in ROWS).encode(),
    )
    assert read(Path("-")).source.name == "stdin.jsonl"
    TABLE.astype({"customer": object}).to_excel(tmp_path / "a.xlsx", index=False)
    piped(monkeypatch, (tmp_path / "a.xlsx").read_bytes())
    assert read("-").source.format == "xlsx"


def test_standard_input_without_a_pipe(monkeypatch):
    """A keyboard is no table, and nothing piped in is an empty one."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    with pytest.raises(ParameterError, match="Nothing is piped"):
        read("-")
    piped(monkeypatch, b"")
    with pytest.raises(DataError, match="is empty"):
        read("-")
