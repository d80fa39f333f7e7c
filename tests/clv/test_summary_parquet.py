"""Tests of the customer summary of Parquet files that are read here, past the database: the same as with it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal

from crmlab.clv import _warehouse, customer_summary
from crmlab.clv._parquet import read_purchases
from crmlab.data import open_table
from crmlab.errors import DataError

NAMES = {"customer": "buyer", "date": "bought at", "amount": "paid"}
ALL = 10**9


def is_read_here(table) -> bool:
    """Return whether the table is read past the database."""
    return read_purchases(table, **NAMES, most=ALL) is not None


def outcome(table, **options):
    """Return the summary, or the text of the error."""
    try:
        return customer_summary(table, **NAMES, **options)
    except DataError as error:
        return str(error)


def assert_as_by_duckdb(table, **options) -> None:
    """Assert that a table is summarised, or refused, as it is when DuckDB reads it."""
    here = outcome(table, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_warehouse, "read_purchases", lambda *_, **__: None)
        there = outcome(table, **options)
    if isinstance(there, str) or isinstance(here, str):
        assert here == there
        return
    assert_frame_equal(here.table, there.table, rtol=1e-12)
    assert here.counts == pytest.approx(dict(there.counts))
    assert here.observation_end == there.observation_end


@pytest.fixture
def rows(messy) -> pa.Table:
    """Return the messy transactions as a table of Arrow."""
    return pa.Table.from_pandas(messy, preserve_index=False)


@pytest.mark.checks("clv.customer_summary", kind="second", against="DuckDB")
def test_a_file_is_summarised_as_by_duckdb(rows, way, tmp_path):
    """A Parquet file of 3,000 messy transactions, read here, gives the table and the counts that reading it by DuckDB gives, to 12 digits."""
    pq.write_table(rows, tmp_path / "sales.parquet", row_group_size=700)
    table = open_table(tmp_path / "sales.parquet")
    assert is_read_here(table)
    assert_as_by_duckdb(table, **way)


def test_a_folder_of_files_is_one_table(rows, way, tmp_path):
    """The files of a folder are read together, whatever signs stand in their names."""
    pq.write_table(rows[:1000], tmp_path / "one [1].parquet")
    pq.write_table(rows[1000:], tmp_path / "two.pq")
    table = open_table(tmp_path)
    assert is_read_here(table)
    assert_as_by_duckdb(table, **way)


@pytest.mark.parametrize("unit", ["ms", "us", "ns", "date"])
def test_units_of_time(rows, unit, tmp_path):
    """Moments in any unit, before 1970 too, fall on the day on which they fall for DuckDB."""
    when = rows["bought at"].cast(pa.timestamp("us")).to_numpy() - np.timedelta64(54 * 365 * 24, "h")
    kind = pa.date32() if unit == "date" else pa.timestamp(unit)
    some = rows.set_column(1, "bought at", pa.array(when).cast(kind, safe=False))
    pq.write_table(some, tmp_path / "sales.parquet")
    table = open_table(tmp_path / "sales.parquet")
    assert is_read_here(table)
    assert_as_by_duckdb(table)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("buyer", pa.large_string()),
        ("buyer", pa.dictionary(pa.int16(), pa.string())),
        ("number", pa.int64()),
        ("number", pa.uint8()),
        ("paid", pa.float32()),
        ("whole", pa.int16()),
        ("whole", pa.int64()),
    ],
    ids=str,
)
def test_kinds_of_columns(rows, column, kind, tmp_path):
    """Ids may be text, categories or whole numbers, amounts any kind of number but decimals."""
    rows = rows.append_column("number", pa.array(np.arange(len(rows)) % 200))
    rows = rows.append_column("whole", pa.array(np.arange(len(rows)) % 90 + 2**53 * (kind == pa.int64())))
    at = rows.column_names.index(column)
    rows = rows.set_column(at, column, rows[column].combine_chunks().cast(kind, safe=False))
    role = {"number": "buyer", "whole": "paid"}.get(column, column)
    if role != column:
        rows = rows.drop_columns([role]).rename_columns({column: role})
    pq.write_table(rows, tmp_path / "sales.parquet")
    table = open_table(tmp_path / "sales.parquet")
    assert is_read_here(table)
    assert_as_by_duckdb(table)


@pytest.mark.parametrize(
    "bad",
    [{"buyer": None}, {"bought at": None}, {"paid": None}, {"paid": np.nan}, {"paid": np.inf}],
    ids=str,
)
def test_cells_that_cannot_be_read_are_told_alike(messy, bad, tmp_path):
    """Missing cells, NaN and infinite amounts end in the error that they end in otherwise."""
    frame = messy.head(20).copy()
    for column, cell in bad.items():
        frame.loc[[3, 7], column] = cell
    held = pa.Table.from_pandas(frame, preserve_index=False)
    if bad.get("paid") is not None:  # pandas would write NaN as missing
        held = held.set_column(2, "paid", pa.array(frame["paid"].to_numpy()))
    pq.write_table(held, tmp_path / "sales.parquet")
    table = open_table(tmp_path / "sales.parquet")
    assert is_read_here(table)
    assert "cannot be read" in outcome(table)
    assert_as_by_duckdb(table)


@pytest.mark.parametrize(("order", "told"), [("random", True), ("as they came", False)])
def test_customers_are_told_apart_while_they_are_read(order, told, tmp_path):
    """A file in one piece comes in parts; where ids differ in other bits from part to part, they are told apart at the end."""
    who = np.random.default_rng(2).integers(0, 20_000, 150_000)
    who = np.sort(who) if order == "as they came" else who
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(150_000) % 300, unit="D")
    frame = pd.DataFrame({"buyer": [f"C{code:06}" for code in who], "bought at": day, "paid": 2.5})
    frame.to_parquet(tmp_path / "sales.parquet")
    table = open_table(tmp_path / "sales.parquet")
    _, codes = read_purchases(table, **NAMES, most=ALL)
    assert (codes is not None) == told
    assert_as_by_duckdb(table)


@pytest.mark.parametrize("name", ["a.b", "Buyer", "客户"])
def test_names_of_columns(rows, name, tmp_path):
    """A column is found by its exact name, whatever signs stand in it, and nothing else is."""
    named = rows.rename_columns({"buyer": name}).append_column("buyer_1", rows["paid"])
    pq.write_table(named, tmp_path / "sales.parquet")
    table = open_table(tmp_path / "sales.parquet")
    found, _ = read_purchases(table, **(NAMES | {"customer": name}), most=ALL)
    assert found["customer"].equals(rows["buyer"])
    twice = named.append_column(name, rows["buyer"])
    pq.write_table(twice, tmp_path / "twice.parquet")
    assert (
        read_purchases(open_table(tmp_path / "twice.parquet"), **(NAMES | {"customer": name}), most=ALL)
        is None
    )


def zoned(rows: pa.Table) -> pa.Table:
    """Give the moments a zone."""
    return rows.set_column(1, "bought at", rows["bought at"].cast(pa.timestamp("us", tz="UTC")))


def far(rows: pa.Table) -> pa.Table:
    """Put a purchase at the end of all time."""
    when = rows["bought at"].cast(pa.timestamp("us")).to_numpy().copy()
    when[0] = np.datetime64(2**63 - 1, "us")
    return rows.set_column(1, "bought at", pa.array(when))


def text_dates(rows: pa.Table) -> pa.Table:
    """Write the dates as text."""
    return rows.set_column(1, "bought at", pa.array(rows["bought at"].to_pandas().astype(str)))


def decimals(rows: pa.Table) -> pa.Table:
    """Write the amounts as decimals."""
    return rows.set_column(2, "paid", rows["paid"].cast(pa.decimal128(12, 2), safe=False))


def not_utf8(rows: pa.Table) -> pa.Table:
    """Write the ids in GBK."""
    who = pa.array([b"\xbf\xcd\xbb\xa7"] * len(rows), type=pa.binary())
    return rows.set_column(0, "buyer", pa.StringArray.from_buffers(len(who), *who.buffers()[1:]))


@pytest.mark.parametrize("change", [zoned, far, text_dates, decimals, not_utf8])
def test_what_is_read_by_duckdb(rows, change, tmp_path):
    """Moments with a zone or out of all bounds, dates as text, decimals and text that is no UTF-8 are DuckDB's to judge."""
    pq.write_table(change(rows), tmp_path / "sales.parquet")
    table = open_table(tmp_path / "sales.parquet")
    assert not is_read_here(table)


def test_old_timestamps_are_read_by_duckdb(rows, tmp_path):
    """Moments of 96 bits, as old programs write them, reach further than Arrow's nanoseconds: DuckDB reads them."""
    pq.write_table(rows, tmp_path / "sales.parquet", use_deprecated_int96_timestamps=True)
    table = open_table(tmp_path / "sales.parquet")
    assert not is_read_here(table)
    assert_as_by_duckdb(table)


def test_a_table_that_was_changed_is_not_the_file(rows, tmp_path):
    """A filter, a new column or another order on top of the file are the database's work; so are too many rows."""
    pq.write_table(rows, tmp_path / "sales.parquet")
    table = open_table(tmp_path / "sales.parquet")
    for other in (table.filter(table.paid > 0), table.mutate(paid=table.paid * 2), table.limit(10)):
        assert not is_read_here(other)
    assert len(customer_summary(table.filter(table.buyer == "K1"), **NAMES)) == 1
    assert read_purchases(table, **NAMES, most=len(rows) - 1) is None


def test_files_of_several_kinds_and_folders_with_values(rows, tmp_path):
    """Files whose types differ, and folders that stand for a column (shop=3), are read by DuckDB."""
    pq.write_table(rows, tmp_path / "one.parquet")
    pq.write_table(rows.set_column(2, "paid", rows["paid"].cast(pa.float32())), tmp_path / "two.parquet")
    assert not is_read_here(open_table(tmp_path))
    assert_as_by_duckdb(open_table(tmp_path))
    folder = tmp_path / "paid=3"
    folder.mkdir()
    pq.write_table(rows, folder / "sales.parquet")
    assert not is_read_here(open_table(folder / "sales.parquet"))
    assert_as_by_duckdb(open_table(folder / "sales.parquet"))


def test_a_file_that_is_gone_or_changed(rows, tmp_path):
    """A file is read when it is summarised, not when it is opened: a new version counts, and a lost one is told."""
    path = tmp_path / "sales.parquet"
    pq.write_table(rows, path)
    table = open_table(path)
    pq.write_table(rows[:10], path)
    assert customer_summary(table, **NAMES).counts["rows"] == 10
    path.unlink()
    assert not is_read_here(table)


def test_the_same_file_gives_the_same_digits(messy, tmp_path):
    """Sums are added in the order of the rows, so that a file gives what its DataFrame gives, to the last digit."""
    many = pd.concat([messy] * 100, ignore_index=True)
    many.to_parquet(tmp_path / "sales.parquet", row_group_size=50_000)
    ours, there = (
        customer_summary(rows, **NAMES).table for rows in (many, open_table(tmp_path / "sales.parquet"))
    )
    assert_frame_equal(there, ours, check_exact=True)


def test_importing_the_summary_loads_no_arrow():
    """`import crmlab.clv` loads neither Arrow nor Ibis."""
    code = "import sys, crmlab.clv; print({'ibis', 'pyarrow', 'duckdb'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
