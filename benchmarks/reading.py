"""Transactions that do not fit into memory: 50 million rows of CSV, and a report on 10 million.

Data: CSV files with about 10 transactions a customer, text ids, 730 days (reproducible: hashes of the customers' numbers).
Each is read by a new process, for the days by one whose data may not take more than 4 GiB (RLIMIT_DATA); no row may be
lost. Peak memory is the resident one, of the largest process where there are more. Nobody to compare with.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

from benchmarks._measure import Row, peak_mib

_LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_DATA, (4 * 2**30, 4 * 2**30))"


def run(*, quick: bool) -> list[Row]:
    """Measure the reading, and a report."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for work, call, customers, first in (
            ("CSV to customers' days, in 4 GiB", "reduce", 200_000 if quick else 5_000_000, _LIMITED),
            ("CSV to a CLV report", "report", 20_000 if quick else 1_000_000, ""),
        ):
            path = f"{folder}/{call}.csv"
            found.append(alone(work, call, path, write(path, customers), first))
    return found


def alone(work: str, call: str, path: str, rows: int, first: str) -> Row:
    """Return time and peak memory (MiB) of a new process, which does `first` first."""
    code = (
        f"{first}\nfrom benchmarks.reading import *; from benchmarks.scale import timed\n"
        f"print(timed(lambda: {call}({path!r}, {rows})), peak())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    seconds, peak_of_all = done.stdout.split()[-2:]
    return Row(work, f"{rows:,}", "crmlab", float(seconds), float(peak_of_all))


def peak() -> float:
    """Return the peak resident memory of this process, or of the largest that it started."""
    import resource

    of_children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10
    return max(peak_mib() or 0.0, of_children)


def write(path: str, customers: int) -> int:
    """Write transactions of customers who come, buy at rates of their own, and leave, to a CSV file; return the rows."""
    import duckdb

    def chance(which: int) -> str:
        return f"((hash(i + {which * customers}) % 1000000 + 0.5) / 1000000)"

    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        connection.execute("SET preserve_insertion_order = false")
        (rows,) = connection.execute(f"""
            COPY (
                SELECT 'C' || lpad(i::varchar, 9, '0') AS customer,
                       DATE '2022-01-01' + (
                           born + if(k = 0, 0, life * (hash(i * 1000 + k) % 100000) / 100000)
                       )::int AS date,
                       round(mean * (0.4 + 1.2 * (hash(i * 1000 + k + 500) % 1000) / 1000), 2) AS amount
                FROM (
                    SELECT i, 500 * {chance(1)} AS born,
                           least(730 - born, -500 * ln({chance(2)})) AS life,
                           exp(3 + 3 * {chance(3)} * {chance(4)}) AS mean,
                           1 + (0.03 * ln({chance(5)}) * ln({chance(6)}) * life)::int AS purchases
                    FROM range({customers}) AS numbers(i)
                ), unnest(range(purchases)) AS ones(k)
            ) TO '{path}' (FORMAT csv)
        """).fetchone() or (0,)
    return int(rows)


def reduce(path: str, rows: int) -> None:
    """Reduce a file, and check that no row was lost."""
    from crmlab.data import reduce_transactions

    result = reduce_transactions(path)
    found = int(result.table.rows.sum().execute())
    if (result.rows_read, result.rows_rejected, found) != (rows, 0, rows):
        raise AssertionError(result.quality().to_string())
    result.close()


def report(path: str, rows: int) -> None:
    """Make a report on a file as on one that does not fit into memory, and check that no row was lost."""
    from crmlab.reports.run import run_report

    large = patch("crmlab.data.big.needs_pieces", lambda _path: True)
    with large, tempfile.TemporaryDirectory() as folder:
        made = run_report("clv", data=path, to=("pdf",), out=folder)
    if (made.rows_read, made.rows_rejected) != (rows, 0):
        raise AssertionError(made)
