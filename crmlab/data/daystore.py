"""Where the pieces of a large file are kept until all are read: a DuckDB file with bounded memory."""

from __future__ import annotations

import math
import shutil
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from crmlab.data.doubts import NAMELESS, doubtful_counts
from crmlab.data.outliers import FEWEST, LIMIT, TO_SIGMA

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from crmlab.data.messages import Message

__all__ = ["DayStore"]

#: customers' days from rows; purchases, refunds and amounts of zero apart, for a summary treats them apart
_DAYS = """
    SELECT customer, moment::DATE AS date, sum(amount * n) AS amount, sum(n)::BIGINT AS rows,
        (sum(n) - count(*))::BIGINT AS repeated
    FROM (SELECT customer, moment, amount, count(*) AS n FROM pieces GROUP BY ALL)
    GROUP BY customer, moment::DATE, sign(amount)
"""
#: amounts to the rows that have them
_AMOUNTS = "CREATE TABLE amounts AS SELECT amount, count(*) AS n FROM pieces GROUP BY amount"
#: money in cents, as :func:`crmlab.reports.content.clv_results.cents` tells it of a column
_IN_CENTS = """
    SELECT bool_and(abs(amount * 100 - round(amount * 100)) <= 1e-6 * greatest(abs(amount), 1)) FROM amounts
"""
#: rows beyond the limit
_OUTLYING = """
    SELECT coalesce(sum(n), 0)::BIGINT FROM amounts WHERE amount > 0 AND ? * abs(ln(amount) - ?) > ?
"""
_BATCH = 100_000


class DayStore:
    """Rows of customers, piece by piece, and their days in the end.

    Parameters
    ----------
    path
        A folder that is made, for the file and what DuckDB writes when its memory is full; it goes at the end.
    memory
        What DuckDB may use.

    """

    def __init__(self, path: Path, memory: str) -> None:
        import duckdb

        path.mkdir()
        self._path = path
        # One thread: sums are the same in every run, and memory is half.
        config: dict[str, Any] = {
            "autoinstall_known_extensions": "false",
            "memory_limit": memory,
            "temp_directory": str(path / "spilled"),
            "threads": "1",
            "preserve_insertion_order": "false",
        }
        self._connection = duckdb.connect(str(path / "pieces.duckdb"), config=config)
        self._connection.execute("CREATE TABLE pieces (customer VARCHAR, moment TIMESTAMP, amount DOUBLE)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()
        shutil.rmtree(self._path, ignore_errors=True)

    def add(self, customer: NDArray[Any], date: NDArray[Any], amount: NDArray[Any]) -> None:
        """Add the rows of a piece."""
        piece = pd.DataFrame(
            {
                "customer": pd.Series(customer, dtype=object),
                "moment": date.astype("datetime64[us]"),
                "amount": amount + 0.0,  # -0.0 is 0.0
            }
        )
        self._connection.register("piece", piece)
        self._connection.execute("INSERT INTO pieces SELECT * FROM piece")
        self._connection.unregister("piece")

    def finish(self, path: Path) -> dict[str, Any]:
        """Write the table of all pieces into a new file, and return what it is like."""
        name = str(path).replace("'", "''")
        ask = self._connection.execute
        ask(f"ATTACH '{name}' AS done")
        ask(f"CREATE TABLE done.transactions AS {_DAYS}")
        merged, customers, rows, repeated, refunds, zeros = self._row(
            "SELECT count(*), count(DISTINCT customer), sum(rows)::BIGINT, sum(repeated)::BIGINT, "
            "coalesce(sum(rows) FILTER (amount < 0), 0)::BIGINT, "
            "coalesce(sum(rows) FILTER (amount = 0), 0)::BIGINT FROM done.transactions"
        )
        (days,) = self._row("SELECT count(*) FROM (SELECT DISTINCT customer, date FROM done.transactions)")
        seen = ask("SELECT DISTINCT date FROM done.transactions ORDER BY date").df()["date"]
        ask("DETACH done")
        return {
            "rows": rows,
            "merged": merged,
            "duplicates": repeated,
            "customers": customers,
            "refunds": refunds,
            "zero_amounts": zeros,
            "same_day": rows - days,
            "days": seen,
            **self._of_amounts(),
        }

    def _of_amounts(self) -> dict[str, Any]:
        """Return whether amounts are money in cents, and by :func:`crmlab.data.outliers.outlying` how many lie far."""
        self._connection.execute(_AMOUNTS)
        (in_cents,) = self._row(_IN_CENTS)
        (positive,) = self._row("SELECT coalesce(sum(n), 0)::BIGINT FROM amounts WHERE amount > 0")
        figures: dict[str, Any] = {
            "cents": bool(in_cents and positive and self._median("amount", positive) >= 1),
            "outliers": 0,
            "middle": math.nan,
        }
        if positive < FEWEST:
            return figures
        middle = self._median("ln(amount)", positive)
        spread = self._median("abs(ln(amount) - ?)", positive, middle)
        if spread > 0:
            (figures["outliers"],) = self._row(_OUTLYING, TO_SIGMA, middle, LIMIT * spread)
        return figures | {"middle": middle}

    def _median(self, what: str, rows: int, *values: float) -> float:
        """Return the median of an expression over the `rows` rows with a positive amount, in bounded memory."""
        wanted = np.array([(rows - 1) // 2, rows // 2])
        found = np.full(2, np.nan)
        query = f"SELECT {what} AS x, n FROM amounts WHERE amount > 0 ORDER BY x"  # noqa: S608 - words of our own
        before = 0
        for batch in self._connection.execute(query, values).to_arrow_reader(_BATCH):
            value, n = (batch.column(name).to_numpy() for name in ("x", "n"))
            upto = before + np.cumsum(n)
            here = (wanted >= before) & (wanted < upto[-1])
            found[here] = value[np.searchsorted(upto, wanted[here], side="right")]
            before = int(upto[-1])
            if before > wanted[1]:
                break
        return float(found.mean())

    def doubts(self, column: str) -> list[Message]:
        """Return what is doubtful about the names of customers; only those that may be are brought here."""
        ask = self._connection.execute
        ask("CREATE TABLE names AS SELECT customer, count(*) AS rows FROM pieces GROUP BY customer")
        nobody = ", ".join("'" + name.replace("'", "''") + "'" for name in sorted(NAMELESS))
        found = ask(
            f"""
            SELECT customer, rows FROM names WHERE lower(customer) IN ({nobody})
            UNION SELECT a.customer, a.rows FROM names a JOIN names b ON b.customer = ltrim(a.customer, '0')
                WHERE a.customer LIKE '0%'
            UNION SELECT b.customer, b.rows FROM names a JOIN names b ON b.customer = ltrim(a.customer, '0')
                WHERE a.customer LIKE '0%'
            UNION SELECT customer, rows FROM names WHERE lower(customer) IN
                (SELECT lower(customer) FROM names GROUP BY lower(customer) HAVING count(*) > 1)
            """  # noqa: S608 - words of our own
        ).fetchall()
        return doubtful_counts(dict(found), column)

    def _row(self, query: str, *values: float) -> tuple[Any, ...]:
        return tuple(self._connection.execute(query, values).fetchone() or ())
