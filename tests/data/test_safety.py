"""A data file never runs code, and never takes the machine down: it ends with a table or an error, in little memory."""

from __future__ import annotations

import io
import json
import os
import pickle
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from crmlab.data import limits, read_table, sqltables, streams, workbooks, write_rejects
from crmlab.data.databases import open_table
from crmlab.data.rejects import escape_cell
from crmlab.data.workbooks import _PACKED
from crmlab.errors import CrmlabError, DataError
from crmlab.text import speaking

#: reads a file, and prints its end, the seconds and the memory in MB
_READER = """
import json, resource, sys, time
from crmlab.data import read_table
from crmlab.errors import CrmlabError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begun = time.process_time()
try:
    end = str(read_table(sys.argv[1], as_="transactions").table.shape)
except CrmlabError as error:
    end = type(error).__name__ + ": " + str(error).splitlines()[0]
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps([end, time.process_time() - begun, used / 1024]))
"""


def _read_apart(path):
    done = subprocess.run(
        [sys.executable, "-c", _READER, str(path)], capture_output=True, text=True, timeout=120, check=True
    )
    return json.loads(done.stdout)


def _endless_line(path):
    """Write a line of 5 GB, which takes no room on the disk."""
    with path.open("wb") as file:
        file.write(b"customer,date,amount\nA,2024-03-05,")
        file.seek(5 << 30)
        file.write(b"1\n")


def _long_line(path):
    """Write a line of 64 MB of letters."""
    with path.open("wb") as file:
        file.write(b"customer,date,amount\n")
        for _ in range(64):
            file.write(b"a" * (1 << 20))


def _bomb(path):
    """Write a workbook of 100 KB, of which a sheet unpacks to 100 MB of rows."""
    book = Workbook()
    book.active.append(["customer", "date", "amount"])
    book.save(path.with_suffix(".small"))
    row = b"<row><c><v>1</v></c><c><v>1</v></c><c><v>1</v></c></row>"
    with (
        zipfile.ZipFile(path.with_suffix(".small")) as small,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as large,
    ):
        for name in small.namelist():
            if not name.endswith("sheet1.xml"):
                large.writestr(name, small.read(name))
        with large.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(
                b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            )
            for _ in range(20):
                sheet.write(row * 100_000)
            sheet.write(b"</sheetData></worksheet>")


def _zeros(path):
    """Write a "workbook" whose parts claim to unpack to 3 GB of blanks."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as large:
        for part in range(3):
            with large.open(f"xl/worksheets/sheet{part}.xml", "w", force_zip64=True) as sheet:
                for _ in range(120):
                    sheet.write(bytes(1 << 20))


@pytest.mark.parametrize(
    ("name", "make", "word"),
    [
        ("endless.csv", _endless_line, "binary"),
        ("long.csv", _long_line, "longer than a million"),
        ("bomb.xlsx", _bomb, "too much"),
        ("zeros.xlsx", _zeros, "too much"),
    ],
)
def test_what_would_fill_a_machine_ends_with_an_error(tmp_path, name, make, word):
    """A line of 5 GB, one of 64 MB, and archives that unpack a hundredfold are refused in seconds and 200 MB."""
    make(tmp_path / name)
    end, seconds, megabytes = _read_apart(tmp_path / name)
    assert end.startswith("DataError")
    assert word in end
    assert seconds < 15
    assert megabytes < 200


def _parquet(path, customer, n=1):
    """Write a Parquet file in which each row says the same, which is packed once."""
    columns = {"customer": customer, "date": "2024-03-05", "amount": 1.0}
    pq.write_table(
        pa.table(
            {
                name: pa.DictionaryArray.from_arrays(pa.array([0] * n, pa.int32()), pa.array([value]))
                for name, value in columns.items()
            }
        ),
        path,
        compression="zstd",
    )


def _sqlite(path, *statements):
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE other (x)")
        for statement in statements:
            made.execute(statement)
    made.close()


def _duckdb(path, *statements):
    with duckdb.connect(str(path)) as made:
        for statement in statements:
            made.execute(statement)


def _wide_sheet(path):
    """Write a sheet with a cell in the last of 16,384 columns of each of 200 rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["customer", "date", "amount"])
    for _ in range(200):
        sheet.append([*[None] * 16_383, 1])
    book.save(path)


_COUNTING = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT"
#: name of a file that does harm, who makes it, and what is said of it in English
TRAPS = [
    ("long.parquet", lambda path: _parquet(path, "y" * 2_000_000), "more than fits"),
    ("packed.parquet", lambda path: _parquet(path, "y" * 100_000_000), "more than fits"),
    ("same.parquet", lambda path: _parquet(path, "y" * 1_000, 50_000), "more than fits"),
    ("torn.parquet", lambda path: path.write_bytes(b"PAR1\0\0\xff\xff\xff\x7fPAR1"), "no readable Parquet"),
    (
        "endless.duckdb",
        lambda path: _duckdb(
            path,
            "CREATE VIEW sales AS SELECT 'a' || range AS customer, DATE '2024-03-05' AS date, 1 AS amount FROM range(100000000000)",
        ),
        "more than fits",
    ),
    (
        "curious.duckdb",
        lambda path: _duckdb(
            path, "CREATE VIEW sales AS SELECT content AS customer FROM read_text('/etc/hosts')"
        ),
        "cannot be run",
    ),
    (
        "endless.sqlite",
        lambda path: _sqlite(
            path, f"CREATE VIEW sales AS {_COUNTING} i AS customer, '2024-03-05' AS date, 1 AS amount FROM n"
        ),
        "more than fits",
    ),
    (
        "busy.sqlite",
        lambda path: _sqlite(path, f"CREATE VIEW sales AS {_COUNTING} count(*) AS customer FROM n"),
        "cannot be run",
    ),
    (
        "blob.sqlite",
        lambda path: _sqlite(
            path, "CREATE TABLE sales AS SELECT 'a' AS customer, zeroblob(9000000) AS photo"
        ),
        "cannot be run",
    ),
    (
        "loading.sqlite",
        lambda path: _sqlite(path, "CREATE VIEW sales AS SELECT load_extension('evil') AS customer"),
        "cannot be run",
    ),
    ("wide.xlsx", _wide_sheet, "more than fits"),
    (
        "wide.csv",
        lambda path: path.write_text("customer,date,amount" + ",x" * 600_000),
        "longer than a million",
    ),
    ("deep.json", lambda path: path.write_text("[" * 100_000 + "]" * 100_000), "brackets inside brackets"),
    (
        "digits.json",
        lambda path: path.write_text('[{"amount": ' + "9" * 100_000 + "}]"),
        "thousands of digits",
    ),
    ("folder.csv", lambda path: path.mkdir(), "no file that can be read"),
    ("pipe.csv", os.mkfifo, "no ordinary file"),
    ("zeros.csv", lambda path: path.symlink_to("/dev/zero"), "no ordinary file"),
    ("ring.csv", lambda path: path.symlink_to(path), "leads nowhere"),
]


@pytest.mark.parametrize(("name", "make", "word"), TRAPS, ids=[name for name, *_ in TRAPS])
def test_a_trap_ends_with_an_error_in_both_languages(tmp_path, monkeypatch, name, make, word):
    """Files that unpack to more than fits, count for ever, read other files or are none end soon, with words for the reader."""
    monkeypatch.setattr(limits, "machine_memory", lambda: 120_000_000)
    monkeypatch.setattr(sqltables, "PATIENCE", 1)
    monkeypatch.setattr(workbooks, "_MOST_CELLS", 1 << 20)
    make(tmp_path / name)
    table = "sales" if name.endswith(("sqlite", "duckdb")) else None
    for lang in ("en", "zh"):
        with speaking(lang), pytest.raises(DataError) as told:
            read_table(tmp_path / name, as_="transactions", table=table)
        assert (word in str(told.value)) == (lang == "en")
        assert re.search("[\u4e00-\u9fff]{4}", str(told.value)) or lang == "en"


def test_a_database_that_stays_where_it_is_reads_no_other_file(tmp_path):
    """A view of a DuckDB file over another file of the machine is not followed when the table is opened in place."""
    (tmp_path / "secret.csv").write_text("a\n1\n")
    _duckdb(tmp_path / "shop.duckdb", f"CREATE VIEW sales AS SELECT * FROM read_csv('{tmp_path}/secret.csv')")
    with pytest.raises(duckdb.Error, match="disabled by configuration"):
        open_table(tmp_path / "shop.duckdb").execute()


def test_an_endless_stream_leaves_room_on_the_disk(monkeypatch):
    """What is piped in is kept until the disk is nearly full, and no longer."""
    full = shutil.disk_usage("/")._replace(free=1_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(DataError, match="does not end"):
        streams._Kept(io.BytesIO(bytes(1 << 23)))


def test_an_honest_workbook_is_no_bomb(tmp_path):
    """A sheet of 10,000 equal rows, which packs as well as any, stays far from what is taken for a bomb."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["customer", "date", "amount"])
    for _ in range(10_000):
        sheet.append([1, "2024-03-05", 1])
    book.save(tmp_path / "sales.xlsx")
    with zipfile.ZipFile(tmp_path / "sales.xlsx") as archive:
        assert max(one.file_size / one.compress_size for one in archive.infolist()) < _PACKED / 2


class _Trap:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize(
    "name", ["sales.csv", "sales.xlsx", "sales.parquet", "sales.pkl", "sales.duckdb", "sales.json"]
)
def test_a_pickle_runs_nothing_whatever_it_is_called(tmp_path, name):
    """A file that pickle would run is refused, and nothing ran."""
    (tmp_path / name).write_bytes(pickle.dumps(_Trap(tmp_path / "ran")))
    with pytest.raises(CrmlabError):
        read_table(tmp_path / name, as_="transactions")
    assert not (tmp_path / "ran").exists()


def test_formulas_are_not_computed(tmp_path):
    """A cell with a formula gives what the spreadsheet stored, never what it would compute or fetch."""
    book = Workbook()
    book.active.append(["customer", "date", "amount"])
    for n in range(3):
        book.active.append([f"C{n}", "2024-03-05", 5])
    book.active.append(['=WEBSERVICE("http://example.invalid")', "2024-03-05", "=1+1"])
    book.save(tmp_path / "sales.xlsx")
    found = read_table(tmp_path / "sales.xlsx", as_="transactions")
    assert found.table["amount"].tolist() == [5, 5, 5]


def test_entities_of_a_workbook_are_not_expanded(tmp_path):
    """A billion laughs in a sheet end with an error or no text, not with gigabytes."""
    book = Workbook()
    book.active.append(["customer", "date", "amount"])
    book.save(tmp_path / "small.xlsx")
    names = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    sheet = (
        f'<!DOCTYPE x [<!ENTITY a0 "lol">{names}]><worksheet '
        'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row><c t="inlineStr"><is><t>&a11;</t></is></c></row></sheetData></worksheet>'
    )
    with (
        zipfile.ZipFile(tmp_path / "small.xlsx") as small,
        zipfile.ZipFile(tmp_path / "laugh.xlsx", "w") as made,
    ):
        for name in small.namelist():
            made.writestr(name, sheet if name.endswith("sheet1.xml") else small.read(name))
    end, seconds, megabytes = _read_apart(tmp_path / "laugh.xlsx")
    assert end.startswith("DataError")
    assert seconds < 15
    assert megabytes < 200


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
@example("?\\")
def test_no_name_of_a_file_breaks_a_query(tmp_path_factory, text):
    """A Parquet file with quotes or signs of SQL in its name is read as any other, and leaves the others alone."""
    folder = tmp_path_factory.mktemp("names")
    name = (
        "".join(char for char in text if char not in "/\0")
        .encode("utf-8", "ignore")[:80]
        .decode("utf-8", "ignore")
    )
    path = folder / f"{name}'; DROP TABLE x; --.parquet"
    try:
        pd.DataFrame(
            {"customer": ["a", "b"], "date": pd.to_datetime(["2024-01-01"] * 2), "amount": [1.0, 2.0]}
        ).to_parquet(path)
    except (OSError, ValueError):
        return
    assert len(read_table(path, as_="transactions").table) == 2
    assert [one.name for one in folder.iterdir()] == [path.name]


def test_a_link_reads_what_it_leads_to_and_writes_beside_nothing(tmp_path):
    """A symbolic link to a file is read; one that leads nowhere, or round in a ring, ends with an error."""
    (tmp_path / "sales.csv").write_text("customer,date,amount\nA,2024-03-05,1\nB,2024-03-06,2\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "sales.csv")
    assert len(read_table(tmp_path / "link.csv", as_="transactions").table) == 2
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nowhere.csv")
    (tmp_path / "ring.csv").symlink_to(tmp_path / "ring.csv")
    for name in ("gone.csv", "ring.csv"):
        with pytest.raises(CrmlabError):
            read_table(tmp_path / name, as_="transactions")


def test_a_list_of_rejects_does_not_write_through_a_link(tmp_path):
    """Where the list of rejects should go stands a link to another file: the link is replaced, the file stays."""
    (tmp_path / "sales.csv").write_text("customer,date,amount\nA,2024-03-05,1\nB,soon,2\nC,2024-03-06,2\n")
    (tmp_path / "precious.txt").write_text("mine")
    (tmp_path / "rejects.csv").symlink_to(tmp_path / "precious.txt")
    write_rejects(read_table(tmp_path / "sales.csv", as_="transactions"), tmp_path / "rejects.csv")
    assert (tmp_path / "precious.txt").read_text() == "mine"
    assert not (tmp_path / "rejects.csv").is_symlink()


@settings(max_examples=200, deadline=None)
@given(st.sampled_from("=+-@\t\r\n＝＋－＠"), st.text(max_size=20))
def test_no_cell_that_goes_out_is_a_formula(sign, rest):
    """Whatever follows, a cell that begins like a formula goes out with an apostrophe, unless it is a plain number."""
    out = str(escape_cell(sign + rest))
    if out == sign + rest:
        float(out)
    else:
        assert out == "'" + sign + rest
