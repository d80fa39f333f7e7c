"""Where the pieces of a large file are kept until all are read: customers' days in a DuckDB file with bounded memory."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from crmlab.data.doubts import NAMELESS, doubtful_counts

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from crmlab.data.messages import Message

__all__ = ["DayStore"]

_DAYS = """
    customer, day, amount < 0 AS refund, sum(amount) AS amount, count(*) AS rows,
    count(*) FILTER (amount = 0) AS zeros
"""


class DayStore:
    """Customers' days, piece by piece.

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
        self._connection.execute(
            "CREATE TABLE pieces (customer VARCHAR, day DATE, refund BOOLEAN, amount DOUBLE, rows BIGINT, zeros BIGINT)"
        )

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
                "day": date.astype("datetime64[D]").astype("datetime64[s]"),
                "amount": amount,
            }
        )
        self._connection.register("piece", piece)
        self._connection.execute(
            f"INSERT INTO pieces SELECT {_DAYS} FROM (SELECT customer, day::DATE AS day, amount FROM piece) "  # noqa: S608
            "GROUP BY customer, day, amount < 0"
        )
        self._connection.unregister("piece")

    def finish(self, path: Path) -> dict[str, Any]:
        """Write the table of all pieces into a new file, and return what it is like."""
        name = str(path).replace("'", "''")
        ask = self._connection.execute
        ask(f"ATTACH '{name}' AS done")
        ask(
            "CREATE TABLE done.transactions AS SELECT customer, day AS date, sum(amount) AS amount, "
            "sum(rows)::BIGINT AS rows FROM pieces GROUP BY customer, day, refund"
        )
        customers, rows = self._row(
            "SELECT count(DISTINCT customer), sum(rows)::BIGINT FROM done.transactions"
        )
        (days,) = self._row("SELECT count(*) FROM (SELECT DISTINCT customer, date FROM done.transactions)")
        refunds, zeros = self._row(
            "SELECT (sum(rows) FILTER (refund))::BIGINT, sum(zeros)::BIGINT FROM pieces"
        )
        seen = ask("SELECT DISTINCT date FROM done.transactions ORDER BY date").df()["date"]
        ask("DETACH done")
        span = int((seen.iloc[-1] - seen.iloc[0]).days) + 1
        figures = {
            "customers": customers,
            "first_date": pd.Timestamp(seen.iloc[0]),
            "last_date": pd.Timestamp(seen.iloc[-1]),
            "refunds": refunds or 0,
            "zero_amounts": zeros,
            "same_day": rows - days,
            "empty_days": span - len(seen),
        }
        if span > len(seen):
            figures["longest_gap"] = int((seen.diff().dt.days - 1).max())
        return figures

    def doubts(self, column: str) -> list[Message]:
        """Return what is doubtful about the names of customers; only those that may be are brought here."""
        ask = self._connection.execute
        ask("CREATE TABLE names AS SELECT customer, sum(rows)::BIGINT AS rows FROM pieces GROUP BY customer")
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

    def _row(self, query: str) -> tuple[Any, ...]:
        return tuple(self._connection.execute(query).fetchone() or ())
