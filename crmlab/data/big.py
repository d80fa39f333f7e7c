"""Transactions that do not fit into memory: read in pieces, reduced to customers and days, kept in a DuckDB file.

:func:`reduce_transactions` reads a file as :func:`crmlab.data.read_table` does, by the same rules and with the same
list of what could not be read, but never holds more than a piece of it.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.data.daystore import DayStore
from crmlab.data.doubts import doubtful_signs, headless_rows
from crmlab.data.files import open_table
from crmlab.data.limits import machine_memory
from crmlab.data.merged import share_merged
from crmlab.data.outliers import ends
from crmlab.data.quality import ROWS_TOLD
from crmlab.data.readers import given_mapping, transaction_roles
from crmlab.data.reduced import MOST_LISTED, Reduced
from crmlab.data.roles import recognise
from crmlab.data.schemas import listed, stacked
from crmlab.data.seen import Seen, SeenAmounts
from crmlab.data.transactions import amounts_of, collect, computed_note, parse_transactions, refuse_counts
from crmlab.errors import DataError, ParameterError
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from crmlab.data.amounts import Decimal
    from crmlab.data.cells import Parsed
    from crmlab.data.messages import Message
    from crmlab.data.roles import RoleMatch
    from crmlab.data.tables import OpenTable, RawTable

__all__ = ["LARGE", "is_large", "needs_pieces", "reduce_transactions"]

#: files of so many bytes are read in pieces by ``crmlab data check``
LARGE = 500_000_000
#: rows of a piece
PIECE = 1_000_000
#: of the rejected cells of each column at least so many are kept
_OF_EACH = 5
#: memory that reading at once takes, in sizes of the file
_TIMES = 5
_LAST_RUN = 3
_TEXTS = frozenset({".csv", ".tsv", ".txt", ".parquet", ".pq"})


@dataclass
class _Account:
    """What is counted over the pieces of one run."""

    seen: Seen
    rows: int = 0
    wide: int = 0
    bad: int = 0
    empty: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: dict[tuple[str, str], Message] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    rejected: list[pd.DataFrame] = field(default_factory=list)
    #: rows of the smallest and largest amounts of each piece
    ends: list[pd.DataFrame] = field(default_factory=list)
    _listed: Counter[str] = field(default_factory=Counter)

    def add(self, raw: RawTable, parsed: Mapping[str, Parsed], rejected: pd.DataFrame, bad: int) -> None:
        """Count a piece."""
        self.rows += len(raw.rows)
        self.wide += int(raw.too_wide.sum())
        self.bad += bad
        for name, rows in raw.files:
            self.files[name] = self.files.get(name, 0) + rows
        for role, one in parsed.items():
            codes, found = pd.factorize(one.kinds)
            counts = Counter(dict(zip(found.tolist(), np.bincount(codes).tolist(), strict=True)))
            self.kinds[role] = self.kinds.get(role, Counter()) + counts
            for note in one.notes:
                self.notes.setdefault((role, note.template), note)
        if rejected.empty:
            return
        self.reasons.update(zip(rejected["column"], rejected["kind"], strict=True))
        place = rejected.groupby("column").cumcount() + rejected["column"].map(self._listed.__getitem__)
        room = MOST_LISTED - sum(map(len, self.rejected))
        kept = rejected[(place < _OF_EACH) | (np.arange(len(rejected)) < room)]
        if len(kept):
            self.rejected.append(kept)
        self._listed.update(rejected["column"])

    def add_ends(self, raw: RawTable, column: str, amount: NDArray[Any], places: NDArray[np.intp]) -> None:
        """Keep the rows of a piece whose amounts may turn out to be the farthest from all others."""
        at = ends(amount, ROWS_TOLD + 1)
        kinds = np.full(len(at), "outlier", dtype=object)
        cells = pd.Series(raw.columns[column]).iloc[places[at]].to_numpy(dtype=object)
        self.ends.append(listed(raw, places[at], column, cells, kinds).assign(amount=amount[at]))

    def outliers(self, count: int, middle: float) -> pd.DataFrame:
        """Return the rows of the first of `count` outlying amounts, the farthest from the median logarithm first."""
        rows = stacked(self.ends)
        far = (np.log(rows["amount"]) - middle).abs().sort_values(ascending=False, kind="stable")
        first = rows.loc[far.index[: min(count, ROWS_TOLD + 1)], rows.columns != "amount"]
        return first.reset_index(drop=True)


def reduce_transactions(
    path: str | os.PathLike[str],
    *,
    into: str | os.PathLike[str] | None = None,
    mapping: Mapping[str, str] | str | None = None,
    today: dt.date | None = None,
    date_format: str | None = None,
    decimal: Decimal | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    piece: int = PIECE,
    memory: str = "1GB",
    progress: Callable[[int, int], None] | None = None,
) -> Reduced:
    r"""Read transactions that do not fit into memory, and reduce them to one row for each customer and day.

    Parameters
    ----------
    path
        A text file (``.csv``, ``.tsv``, ``.txt``), a Parquet file, or a folder of them. Other files are read as well, but
        at once.
    into
        The DuckDB file to write, ``sales.duckdb``; an older one is replaced. By default a temporary one, which goes when
        the result goes. The pieces are kept in a hidden folder beside it, so that there must be room for about the size
        of the file; where the system's temporary folder lies in memory, name a file on a disk.
    mapping, today, date_format, decimal, encoding, delimiter
        As for :func:`crmlab.data.read_table`.
    piece
        Rows that are read at a time, 1 or more.
    memory
        What DuckDB may use, such as ``"1GB"``; beyond it, it writes to the disk. Reading takes about 1 GB besides.
    progress
        Called after each piece with the bytes read, about, and all bytes.

    Returns
    -------
    Reduced
        `table` for :func:`crmlab.clv.customer_summary`; `quality()`, `rejects` and `notes` as of
        :class:`crmlab.data.ReadResult`.

    Raises
    ------
    crmlab.errors.DataError
        As :func:`crmlab.data.read_table`. Nothing is left behind then, nor when the run is interrupted (a process that
        the system kills leaves a folder ``.crmlab-…``).
    crmlab.errors.ParameterError
        For a parameter that is none.

    Notes
    -----
    Every cell is read by the rules of ``read_table``. What is decided once for a whole column (day or month first, the
    decimal sign, the currency) is decided by the whole column here as well: the first pieces decide, and where a later one
    shows that they were wrong, the file is read again from the start.

    The amounts of a customer's day are summed; purchases, refunds and amounts of zero apart, so that frequency, recency, T
    and monetary value of a summary of the result are those of the file, up to the rounding of sums. With ``rows="rows"``,
    :func:`crmlab.clv.customer_summary` of :meth:`Reduced.frame` counts the rows of the file, too. The time of day is gone.
    Exact duplicates and amounts far from all others are counted as ``read_table`` counts them.

    Use ``read_table`` for files that fit into memory: it lists all that could not be read, not the first 1,000.

    Checked against: ``read_table`` and a group-by of pandas, on dirty files cut into pieces of a few rows.

    Examples
    --------
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = Path(folder.name) / "sales.csv"
    >>> _ = file.write_text("customer,date,amount\nA,2024-03-05,9\nA,2024-03-05,3\nA,2024-03-05,-2\nB,2024-03-09,free\nB,2024-03-10,5\n")
    >>> result = reduce_transactions(file)
    >>> result.table.order_by(["customer", "date", "amount"]).execute()
      customer       date  amount  rows  repeated
    0        A 2024-03-05    -2.0     1         0
    1        A 2024-03-05    12.0     2         0
    2        B 2024-03-10     5.0     1         0
    >>> result.rows_read, result.rows_rejected
    (5, 1)
    >>> result.close()
    >>> folder.cleanup()

    """
    if piece < 1:
        raise ParameterError(tr("A piece has 1 row or more, not {given}.", given=piece))
    if decimal not in {None, ".", ","}:
        raise ParameterError(tr("The decimal sign is . or , and not “{given}”.", given=decimal))
    given = given_mapping(mapping)
    opened = open_table(path, "transactions", mapping=given, encoding=encoding, delimiter=delimiter)
    found = transaction_roles(opened, recognise(opened.headers, "transactions", given))
    column = {role: match.column for role, match in found.roles.items()}
    day = today or dt.date.today()  # noqa: DTZ011 - the reader's own day
    options = {"date_format": date_format, "decimal": decimal, "today": day}
    seen = _fresh(column)
    target = None if into is None else Path(into).expanduser()
    kept = tempfile.TemporaryDirectory(prefix="crmlab-") if target is None else None
    where = None if target is None else target.parent
    try:
        with tempfile.TemporaryDirectory(prefix=".crmlab-", dir=where) as folder:
            for run in count():
                with DayStore(Path(folder) / f"pieces-{run}", memory) as store:
                    tell = _teller(path, opened, progress)
                    account = _run(opened, found.roles, options, piece, seen=seen, store=store, tell=tell)
                    settled, decided = _settled(account.seen, column, decimal)
                    # Decisions hang on one another in a line of three: the fourth run is the last at the latest.
                    if run == _LAST_RUN or _agree(account.seen, settled):
                        messages = _messages(account, column, decided)
                        rejected = stacked(account.rejected)
                        _refuse(account, column, rejected)
                        done = Path(folder) / "done.duckdb"
                        figures = store.finish(done)
                        money = column["amount" if "amount" in column else "quantity"]
                        refunds = figures["refunds"]
                        purchases = figures["rows"] - refunds - figures["zero_amounts"]
                        messages += headless_rows(account.kinds["customer"]["headless"])
                        messages += doubtful_signs(refunds, purchases, money)
                        messages += store.doubts(column["customer"])
                        outliers = account.outliers(figures["outliers"], figures["middle"])
                        break
                seen = settled
            final = target or Path(kept.name if kept else "") / "transactions.duckdb"
            done.replace(final)
    except BaseException:
        if kept is not None:
            kept.cleanup()
        raise
    return Reduced(
        path=final,
        mapping=dict(found.roles),
        source=replace(opened.source, rows=account.rows, files=tuple(account.files.items())),
        rejected=rejected.head(MOST_LISTED),
        reasons=dict(account.reasons),
        rows_read=account.rows,
        rows_kept=account.rows - account.bad,
        figures=figures,
        outliers=outliers,
        messages=(*opened.notes, *found.notes, *messages),
        _folder=kept,
    )


def _fresh(column: Mapping[str, str]) -> Seen:
    parts = ("amount",) if "amount" in column else ("quantity", "unit_price")
    return Seen(amounts={part: SeenAmounts() for part in parts})


def _run(
    opened: OpenTable,
    roles: dict[str, RoleMatch],
    options: Mapping[str, Any],
    piece: int,
    *,
    seen: Seen,
    store: DayStore,
    tell: Callable[[int], None],
) -> _Account:
    """Read the file once, from the first piece to the last."""
    account = _Account(seen)
    column = {role: match.column for role, match in roles.items()}
    for loaded in opened.in_pieces(list(column.values()), piece):
        raw, shared = share_merged(loaded, roles)
        parsed = parse_transactions(raw, column, seen=seen, **options)
        rejected, bad = collect(raw, column, parsed)
        account.add(raw, parsed, rejected, int(bad.sum()))
        for note in shared:
            account.notes.setdefault(("", note.template), note)
        keep = ~bad
        amount = amounts_of(parsed)[keep].astype(float)
        if not np.isfinite(amount).all():
            raise DataError(
                tr("Column “{column}” must hold finite numbers.", column=next(reversed(column.values())))
            )
        money = column["amount" if "amount" in column else "quantity"]
        account.add_ends(raw, money, amount, np.flatnonzero(keep))
        store.add(parsed["customer"].data[keep], parsed["date"].data[keep], amount)
        tell(account.rows)
    return account


def _settled(
    seen: Seen, column: Mapping[str, str], decimal: Decimal | None
) -> tuple[Seen, dict[str, list[Message]]]:
    """Decide from all evidence of a run, in the order in which a file read at once decides."""
    dates, told = seen.dates.settled(column["date"])
    notes = {"date": told}
    amounts = {}
    for part, one in seen.amounts.items():
        amounts[part], notes[part] = one.settled(column[part], decimal)
    return Seen(dates, amounts), notes


def _agree(one: Seen, other: Seen) -> bool:
    return one.dates.agrees(other.dates) and all(
        one.amounts[part].agrees(other.amounts[part]) for part in one.amounts
    )


def _messages(
    account: _Account, column: Mapping[str, str], decided: Mapping[str, list[Message]]
) -> list[Message]:
    """Return the notes of all pieces, each once, and those of the decisions."""
    notes = [note for (role, _), note in account.notes.items() if not role]
    for role in account.kinds:
        notes += [note for (of, _), note in account.notes.items() if of == role]
        notes += decided.get(role, [])
    if "amount" not in column:
        notes.append(computed_note(column))
    return notes


def _refuse(account: _Account, column: Mapping[str, str], rejected: pd.DataFrame) -> None:
    """Raise the errors of a column that mostly fails."""
    refuse_counts(account.kinds, column, rejected, rows=account.rows, wide=account.wide, bad=account.bad)


def _teller(
    path: str | os.PathLike[str], opened: OpenTable, progress: Callable[[int, int], None] | None
) -> Callable[[int], None]:
    """Return what tells how far the reading is, by the bytes that rows take on the first pages."""
    cells = sum(len(str(cell)) + 1 for column in opened.sample.values() for cell in column)
    rows = max(1, max((len(column) for column in opened.sample.values()), default=1))
    total = max(1, size_of(path))

    def tell(done: int) -> None:
        if progress is not None:
            progress(min(round(done * cells / rows), total), total)

    return tell


def size_of(path: str | os.PathLike[str]) -> int:
    """Return the bytes of a file or of the readable files of a folder; 0 for what is none.

    >>> size_of("no such file")
    0
    """
    place = Path(path).expanduser()
    files = place.iterdir() if place.is_dir() else [place]
    return sum(file.stat().st_size for file in files if file.suffix.casefold() in _TEXTS and file.is_file())


def is_large(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file is better read in pieces: text or Parquet of 500 MB or more.

    >>> is_large("no such file")
    False
    """
    return size_of(path) >= LARGE


def needs_pieces(path: str | os.PathLike[str], *, memory: int | None = None) -> bool:
    """Tell whether a file will not fit into memory when it is read at once, which takes about five times its size.

    Parameters
    ----------
    path
        A file or a folder.
    memory
        Bytes of memory; default what the machine has.

    """
    size = size_of(path)
    memory = machine_memory() if memory is None else memory
    return memory is not None and size >= LARGE and _TIMES * size > memory
