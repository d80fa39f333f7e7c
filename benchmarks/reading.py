"""A text file that is larger than memory, read in pieces: rows, seconds and peak memory.

DuckDB writes a CSV file with 10 transactions a customer, text ids, 730 days (reproducible: a hash of the row number). It
is reduced to customers and days by a new process whose data may not take more than 4 GiB (RLIMIT_DATA); no row may be
lost. Peak memory is the resident one. Nobody to compare with.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks._measure import Row

LIMIT = 4 * 2**30


def run(*, quick: bool) -> list[Row]:
    """Measure the reading."""
    rows = 2_000_000 if quick else 50_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/sales.csv"
        write(path, rows)
        return [alone(rows, path)]


def alone(rows: int, path: str) -> Row:
    """Return time and peak memory (MiB) of a new process that may use 4 GiB."""
    code = (
        f"import resource; resource.setrlimit(resource.RLIMIT_DATA, ({LIMIT}, {LIMIT}))\n"
        "from benchmarks.reading import *; from benchmarks.scale import timed; from benchmarks._measure import peak_mib\n"
        f"print(timed(lambda: reduce({path!r}, {rows})), peak_mib())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    seconds, peak = done.stdout.split()[-2:]
    return Row("CSV to customers' days, in 4 GiB", f"{rows:,}", "crmlab", float(seconds), float(peak))


def write(path: str, rows: int) -> None:
    """Write transactions to a CSV file."""
    import duckdb

    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"""
            COPY (SELECT 'C' || lpad((hash(i) % {rows // 10})::varchar, 9, '0') AS customer,
                         DATE '2022-01-01' + (hash(i + {rows}) % 730)::int AS date,
                         (hash(i + {2 * rows}) % 20000) / 100 AS amount
                  FROM range({rows}) AS numbers(i)) TO '{path}' (FORMAT csv)
        """)


def reduce(path: str, rows: int) -> None:
    """Reduce a file, and check that no row was lost."""
    from crmlab.data import reduce_transactions

    result = reduce_transactions(path)
    found = int(result.table.rows.sum().execute())
    if (result.rows_read, result.rows_rejected, found) != (rows, 0, rows):
        raise AssertionError(result.quality().to_string())
    result.close()
