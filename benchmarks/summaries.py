"""The customer summary: one row a customer, from a DataFrame and straight from Parquet.

Simulated transactions (seed 1), 10 a customer, uniform over 730 days, gamma amounts; ids are whole numbers or text
(C00012345). All compute frequency, recency, T and mean repeat value, customers sorted; results are compared to 9 digits.

From a DataFrame, everybody is given the same DataFrame of pandas, and what it takes to hand it over counts; "own table"
is the same query over data that polars or DuckDB already hold, which crmlab does not. DuckDB and polars get the fastest
query found for each. Times are the best of four rounds. Peak memory is that of a new process that does nothing else.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks._measure import Row, best_of, installed

Table = pd.DataFrame
END = pd.Timestamp("2023-12-31")
ROUNDS = 4
PATIENCE = 10.0  # seconds; what takes longer is timed once


def run(*, quick: bool) -> list[Row]:
    """Measure summaries."""
    rows: list[Row] = []
    for size in (100_000,) if quick else (1_000_000, 10_000_000):
        for kind in ("whole-number", "text"):
            frame = transactions(size, text=kind == "text")
            rows += measure(f"from a DataFrame, {kind} ids", size, frame_ways(frame))
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/sales.parquet"
            frame.to_parquet(path)
            del frame
            ways = {name: partial(way, path) for name, way in PARQUET.items()}
            for row in measure("from Parquet, text ids", size, ways):
                rows.append(Row(row.work, row.size, row.by, row.seconds, alone(row.by, path)))
    return rows


def measure(work: str, size: int, ways: dict[str, Callable[[], Table]]) -> list[Row]:
    """Time each way, if its result equals ours; in rounds, so that a busy moment of the machine hits nobody alone."""
    ways = {name: call for name, call in ways.items() if installed(name.split(",")[0])}
    seconds: dict[str, float] = {}
    expected = None
    for name, call in ways.items():
        start = time.perf_counter()
        got = call()
        seconds[name] = time.perf_counter() - start
        expected = got if expected is None else expected
        check(name, got, expected)
    del expected, got
    for _ in range(ROUNDS - 1):
        for name, call in ways.items():
            if seconds[name] < PATIENCE:
                seconds[name] = min(seconds[name], best_of(call, repeat=1))
    return [Row(work, f"{size:,}", name, took) for name, took in seconds.items()]


def alone(name: str, path: str) -> float | None:
    """Return the peak memory (MiB) of a new process that makes the summary of a Parquet file, and nothing else."""
    code = f"from benchmarks._measure import peak_mib; from benchmarks.summaries import PARQUET; PARQUET[{name!r}]({path!r}); print(peak_mib())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    return float(done.stdout.split()[-1])


def transactions(size: int, *, text: bool) -> Table:
    """Return simulated transactions."""
    rng = np.random.default_rng(1)
    who = rng.integers(0, size // 10, size)
    frame = pd.DataFrame(
        {
            "customer": who,
            "date": pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 730, size), unit="D"),
            "amount": rng.gamma(2.0, 20.0, size),
        }
    )
    return frame.assign(customer="C" + frame["customer"].astype(str).str.zfill(8)) if text else frame


def frame_ways(frame: Table) -> dict[str, Callable[[], Table]]:
    """Return each program's way from a DataFrame to the summary."""
    import duckdb
    import polars as pl

    held = pl.from_pandas(frame)
    connection = duckdb.connect()
    connection.register("given", frame)
    connection.execute("CREATE TABLE held AS SELECT * FROM given")
    return {
        "crmlab": lambda: by_crmlab(frame),
        "pandas": lambda: by_pandas(frame),
        "polars": lambda: by_polars(pl.from_pandas(frame).lazy()),
        "polars, own table": lambda: by_polars(held.lazy()),
        "duckdb": lambda: by_duckdb("given", connection),
        "duckdb, own table": lambda: by_duckdb("held", connection),
        "lifetimes": lambda: by_lifetimes(frame),
    }


def by_crmlab(given: object) -> Table:
    """Summarise a DataFrame or a table of Ibis."""
    from crmlab.clv import customer_summary

    return customer_summary(given, observation_end=END).table


def crmlab_parquet(path: str) -> Table:
    """Summarise a Parquet file."""
    from crmlab.data import open_table

    return by_crmlab(open_table(path))


def by_pandas(frame: Table) -> Table:
    """Group by day, then by customer."""
    days = frame.groupby(["customer", "date"], as_index=False)["amount"].sum()
    first = days.groupby("customer")["date"].transform("min")
    days["repeat"] = days["amount"].where(days["date"] > first)
    out = days.groupby("customer").agg(
        frequency=("date", "size"),
        first=("date", "min"),
        last=("date", "max"),
        monetary_value=("repeat", "mean"),
    )
    out["frequency"] -= 1
    out["recency"] = (out["last"] - out["first"]).dt.days
    out["T"] = (END - out["first"]).dt.days
    return out


def by_polars(lazy: object) -> Table:
    """Group by day, then by customer, lazily."""
    import polars as pl

    date, amount = pl.col("date"), pl.col("amount")
    return (
        lazy.with_columns(date.dt.date())
        .group_by("customer", "date")
        .agg(amount.sum())
        .group_by("customer")
        .agg(
            (pl.len() - 1).alias("frequency"),
            (date.max() - date.min()).dt.total_days().alias("recency"),
            (pl.lit(END.date()) - date.min()).dt.total_days().alias("T"),
            amount.filter(date > date.min()).mean().alias("monetary_value"),
        )
        .sort("customer")
        .collect()
    )


def polars_parquet(path: str) -> Table:
    """Scan a Parquet file with polars."""
    import polars as pl

    return by_polars(pl.scan_parquet(path))


def by_duckdb(source: str, connection: object) -> Table:
    """Group by day, then by customer, in SQL; a window instead of arg_min takes twice as long."""
    return connection.execute(f"""
        with days as (select customer, date::date as day, sum(amount) as amount from {source} group by all)
        select customer, count(*) - 1 as frequency, max(day) - min(day) as recency, date '2023-12-31' - min(day) as T,
               (sum(amount) - arg_min(amount, day)) / nullif(count(*) - 1, 0) as monetary_value
        from days group by customer order by customer
    """).df()


def duckdb_parquet(path: str) -> Table:
    """Read a Parquet file with DuckDB."""
    import duckdb

    return by_duckdb(f"read_parquet('{path}')", duckdb.connect())


def by_lifetimes(frame: Table) -> Table:
    """Use the library's own function."""
    from lifetimes.utils import summary_data_from_transaction_data

    return summary_data_from_transaction_data(frame, "customer", "date", "amount", observation_period_end=END)


PARQUET: dict[str, Callable[[str], Table]] = {
    "crmlab": crmlab_parquet,
    "pandas": lambda path: by_pandas(pd.read_parquet(path)),
    "polars": polars_parquet,
    "duckdb": duckdb_parquet,
    "lifetimes": lambda path: by_lifetimes(pd.read_parquet(path)),
}


def check(name: str, got: Table, expected: Table) -> None:
    """Raise unless a peer computed the same thing."""
    for column in ("frequency", "recency", "T", "monetary_value"):
        theirs = np.nan_to_num(np.asarray(got[column], dtype=float))
        np.testing.assert_allclose(
            theirs, np.nan_to_num(expected[column]), rtol=1e-9, err_msg=f"{name}: {column}"
        )
