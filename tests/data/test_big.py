"""A large file read in pieces says what the same file says when it is read at once."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.clv import customer_summary
from crmlab.data import read_table, reduce_transactions
from crmlab.data.big import is_large, needs_pieces
from crmlab.errors import CrmlabError, DataError, ParameterError
from crmlab.simulate.dirt import make_dirty

TODAY = dt.date(2024, 12, 31)
HEADER = "customer,date,amount\n"


def written(folder: Path, text: str, name: str = "sales.csv", encoding: str = "utf-8") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def by_day(table: pd.DataFrame) -> pd.DataFrame:
    """Group transactions by customer, day and sign, as plain pandas does."""
    days = table.assign(
        customer=table["customer"].astype(object),
        date=table["date"].dt.normalize().astype("datetime64[s]"),
        sign=np.sign(table["amount"]),
        repeated=table.duplicated(),
    )
    grouped = days.groupby(["customer", "date", "sign"]).agg(
        amount=("amount", "sum"), rows=("amount", "size"), repeated=("repeated", "sum")
    )
    return grouped.reset_index()


def same(path: Path, *, piece: int, **options: object) -> None:
    """Hold the pieces to the file read at once: the table, the rejects, the notes, the account; or the error."""
    options = {"today": TODAY, **options}
    try:
        whole = read_table(path, as_="transactions", **options)  # type: ignore[arg-type]
    except CrmlabError as error:
        with pytest.raises(type(error)) as caught:
            reduce_transactions(path, piece=piece, **options)  # type: ignore[arg-type]
        assert str(caught.value) == str(error)  # noqa: PT017 - what must be raised is what the other reader raises
        return
    cut = reduce_transactions(path, piece=piece, **options)  # type: ignore[arg-type]
    try:
        expected = by_day(whole.table)
        table = cut.table.execute()
        found = table.assign(customer=table["customer"].astype(object), sign=np.sign(table["amount"]))
        found = found.sort_values(["customer", "date", "sign"], ignore_index=True)
        found["date"] = pd.to_datetime(found["date"]).astype("datetime64[s]")
        pd.testing.assert_frame_equal(found[list(expected.columns)], expected, check_dtype=False, rtol=1e-12)
        pd.testing.assert_frame_equal(cut.rejects, whole.rejects.head(1_000), check_dtype=False)
        assert (cut.rows_read, cut.rows_kept) == (whole.rows_read, whole.rows_kept)
        assert cut.notes == whole.notes
        assert cut.source == whole.source
        assert cut.mapping == whole.mapping
        assert cut.quality().to_dict("list") == whole.quality().to_dict("list")
    finally:
        cut.close()


@pytest.fixture(scope="module")
def dirty() -> str:
    """Return a dirty file as text: same-day purchases, refunds, four ways to write a date, signs of currencies."""
    rng = np.random.default_rng(5)
    n = 600
    orders = pd.DataFrame(
        {
            "order": [f"O{at}" for at in range(n)],
            "customer": [f"C{at}" for at in rng.integers(1, 60, n)],
            "date": pd.Timestamp("2023-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 600, n)), unit="D"),
            "amount": np.round(rng.gamma(2, 900, n), 2),
        }
    )
    kinds = ("same_day", "refunds", "outliers", "duplicates", "spaces", "dates", "amounts")
    table = make_dirty({"transactions": orders}, kinds, rng)[0]["transactions"]
    lines = table[["customer", "date", "amount"]].to_csv(index=False).splitlines()
    odd = [
        ",2024-01-05,3",
        "C7,soon,4",
        "C8,2024-01-05,free",
        "C9,2030-01-01,5",
        "C1,2024-02-30,1",
        "合计,,99999",
    ]
    odd += [
        '"C\n5",2024-03-01,6',
        "C4,2024-01-05,7,8",
        "",
        "guest,2024-01-06,8",
        "007,2024-01-06,8",
        "7,2024-01-06,8",
    ]
    odd += [
        "c1,2024-01-06,3",
        "1001.0,2024-05-01,2",
        "C3,45300,2",
        "C3,1970-01-01,2",
        "C3,2024-05-06 10:30,2",
    ]
    for at, line in enumerate(odd):
        lines.insert(1 + 37 * at % len(lines), line)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("piece", [7, 100, 10_000])
def test_a_dirty_file_in_pieces_says_what_it_says_at_once(tmp_path, dirty, piece):
    """Table, rejects with their rows, notes, mapping, source and account of a dirty file do not hang on the pieces."""
    same(written(tmp_path, dirty), piece=piece)


def test_chinese_files_are_read_in_pieces_alike(tmp_path):
    """A GB18030 file with Chinese names of columns and semicolons is recognised on its head and read to its end."""
    rows = "".join(f"甲{at % 9};2024年3月{1 + at % 28}日;￥1,0{at:02}.50\n" for at in range(80))
    same(written(tmp_path, "会员号;下单时间;实付金额\n" + rows, encoding="gb18030"), piece=9)


LATE = {
    "the day tells itself late": [f"A,0{1 + at % 9}/03/2024,5" for at in range(30)] + ["B,25/03/2024,6"],
    "the month comes first": [f"A,0{1 + at % 9}/03/2024,5" for at in range(30)] + ["B,03/25/2024,6"],
    "no row tells": [f"A,0{1 + at % 9}/03/2024,5" for at in range(30)],
    "the rows contradict": ["A,25/03/2024,5", *["A,01/02/2024,5"] * 20, "B,03/25/2024,6"],
    "the comma is decimal, late": ['A,2024-01-01,"1,234"'] * 20 + ['B,2024-01-02,"12,5"'],
    "commas and points": ['A,2024-01-01,"1,5"'] * 20
    + [f"B,2024-01-02,{at}.25" for at in range(20)]
    + ["C,2024-01-02,1.234"],
    "points in doubt": ["A,2024-01-01,1.234"] * 20 + ["B,2024-01-02,2.345"],
    "two currencies, the second one more often": ["A,2024-01-01,¥5"] * 9
    + ["A,2024-01-01,$5"] * 12
    + ["B,2024-01-01,5"],
    "a late second currency": ["A,2024-01-01,¥5"] * 20 + ["A,2024-01-01,$5"],
    "1970 has other days": ["A,1970-01-01,5"] * 9 + ["A,1970-05-01,5", "B,2024-01-01,5"],
    "1970 is no day": ["A,1970-01-01,5"] * 3 + ["A,2024-05-01,5"] * 9,
    "day numbers of a spreadsheet": [f"A,{45_000 + at % 7},5" for at in range(30)] + ["B,2024-01-01,5"],
    "times with a zone, late": ["A,2024-01-01 10:00,5"] * 9 + ["B,2024-01-02T10:00:00+08:00,5"],
    "most dates fail": ["A,soon,5"] * 12 + ["B,2024-01-01,5"] * 9 + [",2024-01-01,5"] * 3,
    "most rows are too wide": ["A,2024-01-01,5,6"] * 12 + ["B,2024-01-01,5"] * 9,
    "no row can be read": ["A,soon,5", ",2024-01-01,5"] * 3,
    "all in the future": ["A,2031-01-01,5"] * 12,
    "digits are lost": ["1.38E+10,2024-01-01,5"] * 12,
    "a quotation mark is never closed": ["A,2024-01-01,5"] * 12 + ['"B,2024-01-01,5', "C,2024-01-01,5"],
}


@pytest.mark.parametrize("rows", LATE.values(), ids=LATE.keys())
@pytest.mark.parametrize("piece", [1, 5, 16])
def test_what_is_decided_for_a_column_does_not_hang_on_the_pieces(tmp_path, rows, piece):
    """Order of dates, decimal sign, currency, day numbers and errors are those of the whole column."""
    same(written(tmp_path, HEADER + "\n".join(rows) + "\n"), piece=piece)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["A", "a", "007", "7", "guest", "1001.0", "", "合计", "1.38E+10"]),
            st.sampled_from(
                ["2024-03-05", "05/03/2024", "25/03/2024", "2024/3/9 12:30", "45356", "1970-01-01", "x", ""]
            ),
            st.sampled_from(["5", "-5", "0", "12.5", "12,5", "1.234", "1,234", "¥5", "$5", "free", ""]),
        ),
        min_size=1,
        max_size=25,
    ),
    st.integers(1, 9),
)
def test_any_file_in_any_pieces_says_the_same(tmp_path_factory, rows, piece):
    """Whatever stands in the cells and wherever the cuts fall, result or error are those of the file read at once."""
    lines = "".join(f'{customer},{date},"{amount}"\n' for customer, date, amount in rows)
    same(written(tmp_path_factory.mktemp("cut"), HEADER + lines), piece=piece)


def test_columns_that_are_not_recognised_give_the_same_error(tmp_path):
    """A file without a date, one that is empty, and one without names end with the error of read_table."""
    same(written(tmp_path, "customer,amount\nA,5\nA,6\n"), piece=1)
    same(written(tmp_path, "", "empty.csv"), piece=1)
    same(written(tmp_path, "A,2024-01-01,5.5\nA,2024-01-02,6\nB,2024-01-02,7\n", "bare.csv"), piece=1)


def test_quantity_times_price_and_a_mapping_are_read_in_pieces(tmp_path):
    """Columns given by name, a price and a quantity instead of an amount, and a decimal sign that is given."""
    rows = "".join(f'{at % 4},2024-01-{1 + at % 9:02},{1 + at % 3},"1{at % 8},5"\n' for at in range(40))
    path = written(tmp_path, "who,when,quantity,unit price\n" + rows)
    same(path, piece=7, mapping={"customer": "who", "date": "when"}, decimal=",")


def test_a_folder_and_a_parquet_file_are_read_in_pieces(tmp_path):
    """Rejects of a folder name their file; a Parquet file comes in pieces, too."""
    folder = tmp_path / "sales"
    folder.mkdir()
    written(folder, HEADER + "A,2024-01-01,5\nB,soon,6\n" * 9, "a.csv")
    written(folder, "amount;customer;date\n" + "7;C;2024-02-03\nfree;D;2024-02-03\n" * 9, "b.csv")
    same(folder, piece=4)
    table = pd.DataFrame(
        {
            "customer": ["A", "B", None] * 2_000,
            "date": pd.to_datetime(["2024-01-01", None, "2024-01-02"] * 2_000),
        }
    ).assign(amount=np.arange(6_000) / 4)
    table.to_parquet(tmp_path / "sales.parquet")
    same(tmp_path / "sales.parquet", piece=2_048)


def test_the_summary_is_that_of_the_file(tmp_path, dirty):
    """Frequency, recency, T and monetary value from the reduced table are those from the file, refunds netted."""
    path = written(tmp_path, dirty)
    whole = customer_summary(read_table(path, as_="transactions", today=TODAY).table)
    cut = reduce_transactions(path, piece=50, today=TODAY, into=tmp_path / "sales.duckdb")
    ours = customer_summary(cut.table).table.sort_index()
    pd.testing.assert_frame_equal(ours, whole.table.sort_index(), rtol=1e-12, check_index_type=False)


def test_nothing_is_left_behind(tmp_path):
    """An error, an interruption and a temporary result leave no file; a result that was asked for is one file."""
    path = written(tmp_path, HEADER + "A,2024-01-01,5\nB,2024-01-03,5\n" * 20)
    bad = written(tmp_path, HEADER + "A,soon,5\n" * 20, "bad.csv")
    target = tmp_path / "sales.duckdb"

    def stop(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reduce_transactions(path, into=target, piece=3, progress=stop)
    with pytest.raises(DataError):
        reduce_transactions(bad, into=target, piece=3)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["bad.csv", "sales.csv"]
    for _ in range(2):  # an older one is replaced
        reduce_transactions(path, into=target, piece=3)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["bad.csv", "sales.csv", "sales.duckdb"]
    temporary = reduce_transactions(path)
    assert temporary.path.is_file()
    temporary.close()
    assert not temporary.path.parent.exists()


def test_only_the_first_thousand_rejects_are_kept_and_all_are_counted(tmp_path):
    """Of 1,500 bad cells the first 1,000 are listed, and the account says 1,500."""
    path = written(tmp_path, HEADER + "A,2024-01-01,5\n" * 1_600 + "A,2024-01-01,free\n" * 1_500)
    same(path, piece=200)
    result = reduce_transactions(path, piece=200)
    assert (len(result.rejects), result.rows_rejected) == (1_000, 1_500)
    assert result.reasons == {("amount", "no_number"): 1_500}
    result.close()


def test_parameters_that_are_none_are_refused(tmp_path):
    """A piece of no row and a decimal sign that is none are told."""
    path = written(tmp_path, HEADER + "A,2024-01-01,5\n")
    with pytest.raises(ParameterError, match="1 row or more"):
        reduce_transactions(path, piece=0)
    with pytest.raises(ParameterError, match="decimal sign"):
        reduce_transactions(path, decimal=";")  # type: ignore[arg-type]


def test_large_files_are_known_by_their_size(tmp_path, monkeypatch):
    """Text and Parquet of 500 MB are large; whether a file fits into memory is told from five times its size."""
    path = written(tmp_path, HEADER + "A,2024-01-01,5\n")
    assert not is_large(path)
    monkeypatch.setattr("crmlab.data.big.LARGE", 10)
    assert is_large(path)
    assert is_large(tmp_path)
    assert needs_pieces(path, memory=100)
    assert not needs_pieces(path, memory=10_000)
    assert not is_large(tmp_path / "none.csv")


def test_memory_does_not_grow_with_the_file(tmp_path):
    """A file of 600,000 rows in pieces of 20,000 takes less than 300 MB more than one of 20,000 rows."""
    pytest.importorskip("resource")

    def peak(rows: int) -> float:
        path = tmp_path / f"{rows}.csv"
        at = np.arange(rows)
        table = pd.DataFrame({"customer": at % 5_000, "date": "2024-01-05", "amount": at % 977 / 4})
        table.to_csv(path, index=False)
        code = (
            "import resource, sys; from crmlab.data import reduce_transactions\n"
            "reduce_transactions(sys.argv[1], piece=20_000, memory='100MB').close()\n"
            "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
        )
        return int(done.stdout) / 1024

    if not Path("/proc/self/status").exists():
        pytest.skip("the peak is read from /proc")
    assert peak(600_000) - peak(20_000) < 150


def run(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the command line in a new process."""
    return subprocess.run(
        [sys.executable, "-m", "crmlab", *map(str, words)], capture_output=True, text=True, check=False
    )


def test_the_command_line_reads_in_pieces_when_it_is_asked_to(tmp_path):
    """``data check --large`` tells columns, account and rejects; a sheet has no pieces; both languages."""
    path = written(tmp_path, HEADER + "A,2024-01-01,5\nA,2024-01-03,-5\nB,soon,5\n")
    told = run("data", "check", path, "--large")
    assert told.returncode == 0, told.stderr
    assert "Exact duplicates (kept)" in told.stdout
    assert "row 4, column “date”: “soon”: not a date" in told.stdout
    assert "The data hold 1 customer; at least 2 are needed." in told.stdout
    assert "Megabytes read" in told.stderr
    assert "完全重复的行（予以保留）" in run("data", "check", path, "--large", "--lang", "zh").stdout
    assert "Leave out --large." in run("data", "check", path, "--large", "--sheet", "1").stderr
