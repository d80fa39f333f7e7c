"""What a large file of transactions becomes: one row for each customer and day, in a DuckDB file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from crmlab.data.quality import lines_of_rows, lines_of_transactions, tabled
from crmlab.data.rejects import reason_text

if TYPE_CHECKING:
    import tempfile
    from collections.abc import Mapping
    from pathlib import Path

    import ibis.expr.types as ir

    from crmlab.data.messages import Message
    from crmlab.data.roles import RoleMatch
    from crmlab.data.tables import Source

__all__ = ["MOST_LISTED", "Reduced"]

#: rejected cells that are kept
MOST_LISTED = 1_000


@dataclass(frozen=True, eq=False)
class Reduced:
    """A large file, read and reduced.

    Parameters
    ----------
    path
        The DuckDB file with the table ``transactions``.
    mapping, source, rows_read, rows_kept, messages
        As in :class:`crmlab.data.ReadResult`.
    rejected
        The first 1,000 cells that could not be read: ``row, column, value, kind``.
    reasons
        Column and kind of fault to the number of all such cells.
    figures
        Counts over all rows kept: ``duplicates``, ``customers``, ``refunds``, ``zero_amounts``, ``same_day``, ``outliers``;
        ``merged`` (rows of `table`), ``cents`` (whether amounts are money in cents) and ``days`` (those with a row).
    outliers
        The first of the amounts far from all others, the farthest first: ``row, column, value``.

    """

    path: Path
    mapping: dict[str, RoleMatch]
    source: Source
    rejected: pd.DataFrame
    reasons: Mapping[tuple[str, str], int]
    rows_read: int
    rows_kept: int
    figures: Mapping[str, Any]
    outliers: pd.DataFrame
    messages: tuple[Message, ...] = ()
    kind: Literal["transactions"] = "transactions"
    _folder: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)

    @property
    def rows_rejected(self) -> int:
        """Rows left out."""
        return self.rows_read - self.rows_kept

    @property
    def notes(self) -> list[str]:
        """What the reader should know about the way the file was read, in the language spoken now."""
        return [str(message) for message in self.messages]

    @property
    def rejects(self) -> pd.DataFrame:
        """The first of what could not be read: ``row``, ``column``, ``value``, ``reason``, of a folder ``file`` before."""
        reasons = [reason_text(kind) for kind in self.rejected["kind"]]
        front = ["file"] if "file" in self.rejected else []
        with_reason = self.rejected.assign(reason=pd.Series(reasons, dtype="str"))
        return with_reason[[*front, "row", "column", "value", "reason"]]

    @property
    def table(self) -> ir.Table:
        """The customers' days, as a table of Ibis: ``customer``, ``date``, ``amount``, ``rows``, ``repeated``.

        The refunds of a customer's day are a row of their own, and so are amounts of zero, so that they keep their meaning.
        ``rows`` counts the rows of the file, ``repeated`` those of them that repeat another one exactly.
        """
        from crmlab.data.databases import open_table as open_ibis

        return open_ibis(self.path, table="transactions")

    def quality(self) -> pd.DataFrame:
        """Return what the data are like, as :meth:`crmlab.data.ReadResult.quality` does."""
        found = self.figures
        told = tabled(
            [
                *lines_of_rows(self.rows_read, self.rows_kept, self.reasons, duplicates=found["duplicates"]),
                *lines_of_transactions(found, found["days"], self.outliers),
            ]
        )
        return told.assign(label=[str(label) for label in told["label"]])

    def frame(self) -> pd.DataFrame:
        """Return the customers' days as a DataFrame: ``customer`` (a category), ``date``, ``amount``, ``rows``."""
        import duckdb

        with duckdb.connect(str(self.path), read_only=True) as connection:
            days = connection.execute(
                "SELECT customer, date::TIMESTAMP_S AS date, amount, rows::INTEGER AS rows FROM transactions"
            )
            found = days.to_arrow_table()
        customer = found.column_names.index("customer")
        found = found.set_column(customer, "customer", found["customer"].dictionary_encode())
        frame: pd.DataFrame = found.to_pandas(split_blocks=True, self_destruct=True)
        return frame

    def extremes(self) -> pd.DataFrame:
        """Return the rows of the first and last customer and day and of the largest amount, which tell what is wrong."""
        table = self.table
        orders = [
            order for name in ("customer", "date", "amount") for order in (table[name], table[name].desc())
        ]
        rows: pd.DataFrame = pd.concat(
            [table.order_by(order).limit(1).execute() for order in orders], ignore_index=True
        )
        rows["date"] = pd.to_datetime(rows["date"])
        return rows

    def close(self) -> None:
        """Remove the file, where it is a temporary one."""
        if self._folder is not None:
            self._folder.cleanup()
