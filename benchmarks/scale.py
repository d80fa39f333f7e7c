"""Data that outgrow a laptop: a summary of many rows from Parquet, and a model of many customers from grouped counts.

Rows: DuckDB writes Parquet with 10 transactions a customer, text ids, 730 days (reproducible: a hash of the row number);
the summary is made in a new process. "stays in DuckDB" counts the histories there, with DuckDB's memory limited to 4 GB,
so that only grouped counts come back. Customers: a million histories drawn from CDNOW's parameters by day (seed 2), each
standing for as many customers as it takes; all customers pass through the GROUP BY, then a BG/NBD is fitted to the counts.
Nobody to compare with: times and peak memory stand for themselves.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._measure import Row

LIMIT = "4GB"


def run(*, quick: bool) -> list[Row]:
    """Measure what no peer does."""
    rows, customers = (1_000_000, 1_000_000) if quick else (50_000_000, 100_000_000)
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/sales.parquet"
        write(path, rows)
        found = [
            alone("summary, brought here", rows, f"summarise({path!r})"),
            alone("summary, stays in DuckDB", rows, f"count({path!r})"),
        ]
    return [*found, alone("BG/NBD from grouped counts", customers, f"fit({customers})")]


def alone(work: str, size: int, call: str) -> Row:
    """Return time and peak memory (MiB) of a new process that does one thing."""
    code = f"from benchmarks.scale import *; from benchmarks._measure import peak_mib; print(timed(lambda: {call}), peak_mib())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    seconds, peak = done.stdout.split()[-2:]
    return Row(work, f"{size:,}", "crmlab", float(seconds), float(peak))


def timed(call: object) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def write(path: str, rows: int) -> None:
    """Write transactions to a Parquet file."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"""
            COPY (SELECT 'C' || lpad((hash(i) % {rows // 10})::varchar, 9, '0') AS customer,
                         DATE '2022-01-01' + (hash(i + {rows}) % 730)::int AS date,
                         (hash(i + {2 * rows}) % 20000) / 100 AS amount
                  FROM range({rows}) AS numbers(i)) TO '{path}' (FORMAT parquet)
        """)


def summarise(path: str) -> None:
    """Make the summary of a Parquet file, as a DataFrame."""
    from crmlab.clv import customer_summary
    from crmlab.data import open_table

    customer_summary(open_table(path), observation_end="2023-12-31")


def count(path: str) -> None:
    """Count the histories of a Parquet file in DuckDB, which may use 4 GB."""
    from crmlab.clv import history_counts, summary_table
    from crmlab.data import open_table

    table = open_table(path)
    table.get_backend().raw_sql(f"SET memory_limit = '{LIMIT}'")
    history_counts(summary_table(table, observation_end="2023-12-31"))


def fit(customers: int) -> None:
    """Fit a BG/NBD to the counts of so many customers' histories."""
    import ibis
    import numpy as np

    from crmlab.clv import fit_bg_nbd, history_counts
    from crmlab.clv._simulate import simulate_histories

    rng = np.random.default_rng(2)
    drawn = simulate_histories(
        rng.integers(27 * 7, 39 * 7 + 1, 1_000_000) / 7,
        rng=rng,
        bg_nbd=(0.243, 4.414, 0.793, 2.426),
        step=1 / 7,
    )
    connection = ibis.duckdb.connect()
    connection.create_table(
        "drawn", ibis.memtable(drawn[["frequency", "recency", "T"]].reset_index(drop=True))
    )
    many = connection.sql(f"SELECT drawn.* FROM drawn, range({customers // 1_000_000})")
    counts = history_counts(many, time_unit="week")
    model = fit_bg_nbd(counts)
    if model.n != customers:
        raise AssertionError(f"{model.n} customers counted, {customers} asked for")
