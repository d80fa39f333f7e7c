"""Transactions as plain numbers: customer codes, days and amounts, checked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from crmlab._arguments import floats
from crmlab.clv._ids import codes_of_numbers, codes_of_text
from crmlab.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    DateLike = str | dt.date | np.datetime64 | pd.Timestamp

_SHOWN = 5
_MICROSECONDS_A_DAY = 86_400_000_000


@dataclass(frozen=True, eq=False)
class Rows:
    """One entry a transaction row: who, on which day (since 1970-01-01), how much.

    Where rows were merged before, `lines` tells how many each stands for.
    """

    code: Ints
    day: Ints
    amount: Floats | None
    ids: pd.Index
    lines: Ints | None = None

    def take(self, keep: Bools) -> Rows:
        """Return the rows where `keep` is true; all of them at no cost."""
        if keep.all():
            return self
        return Rows(
            self.code[keep],
            self.day[keep],
            None if self.amount is None else self.amount[keep],
            self.ids,
            None if self.lines is None else self.lines[keep],
        )

    def count(self, where: Bools | None = None) -> int:
        """Return how many rows there are before any merging, all of them or those where `where` is true."""
        if self.lines is not None:
            return int((self.lines if where is None else self.lines[where]).sum())
        return len(self.day) if where is None else int(np.count_nonzero(where))


def read_rows(
    transactions: pd.DataFrame, *, customer: str, date: str, amount: str | None, rows: str | None = None
) -> Rows:
    """Check the columns, and return them as numbers; `rows` is the column that says how many rows each stands for.

    Raises
    ------
    DataError
        Listing all problems of all columns at once: missing or duplicate columns, missing customers, dates and
        amounts that cannot be read, each with its first five rows.

    """
    if not isinstance(transactions, pd.DataFrame):
        raise DataError(
            f"Transactions must be a pandas DataFrame, not {type(transactions).__name__}.",
            hint="One row a transaction: who, when, how much. Tables of databases are opened by crmlab.data.open_table.",
        )
    wanted = {"customer": customer, "date": date, **({} if amount is None else {"amount": amount})}
    wanted |= {} if rows is None else {"rows": rows}
    check_columns(transactions, wanted.values(), what="transactions", roles=tuple(wanted))
    if transactions.empty:
        raise DataError("There are no transactions: the table has no rows.")

    problems: list[str] = []
    code, ids = _codes(transactions[customer])
    _complain(problems, transactions, code < 0, customer, "has no customer")
    day, bad = _days(transactions[date])
    _complain(problems, transactions, bad, date, "has no date that can be read")
    value: Floats | None = None
    if amount is not None:
        value, bad = _amounts(transactions[amount])
        _complain(problems, transactions, bad, amount, "has no amount that can be read")
    lines: Ints | None = None
    if rows is not None:
        merged, bad = _amounts(transactions[rows])
        bad |= (merged < 1) | (merged != np.floor(merged))
        _complain(problems, transactions, bad, rows, "is no number of rows")
        lines = np.where(bad, 0, merged).astype(np.int64)
    if problems:
        raise DataError(
            "Some transactions cannot be read.",
            problems=problems,
            hint="Mend or leave out these rows; find them with "
            "pd.to_datetime(df[date], errors='coerce').isna() or pd.to_numeric(df[amount], errors='coerce').isna().",
        )
    return Rows(code, day, value, ids, lines)


def check_columns(
    frame: pd.DataFrame, names: Iterable[str], *, what: str, roles: Sequence[str] | None = None
) -> None:
    """Raise a DataError unless each name is a column exactly once."""
    names = list(names)
    columns = [str(column) for column in frame.columns]
    problems = []
    for i, name in enumerate(names):
        count = columns.count(name)
        role = f" (as {roles[i]})" if roles and roles[i] != name else ""
        if count > 1:
            problems.append(f"column '{name}'{role} stands there {count} times; keep one of them")
        elif count == 0:
            near = did_you_mean(name, columns)
            problems.append(f"no column '{name}'{role}" + (f"; did you mean '{near}'?" if near else ""))
    if problems:
        raise DataError(
            f"The {what} lack what is asked of them.",
            problems=problems,
            hint=f"Columns found: {', '.join(columns) or 'none'}.",
        )


def to_day(date: DateLike, *, name: str) -> int:
    """Return a date as whole days since 1970-01-01."""
    try:
        stamp = pd.Timestamp(date)
    except (ValueError, TypeError) as error:
        raise DataError(f"{name} is no date: {date!r}.", hint="Write it as 1997-09-30.") from error
    if pd.isna(stamp):
        raise DataError(f"{name} is no date: {date!r}.", hint="Write it as 1997-09-30.")
    return int(np.datetime64(stamp.tz_localize(None), "D").astype(np.int64))


def to_timestamp(day: int) -> pd.Timestamp:
    """Return whole days since 1970-01-01 as a Timestamp."""
    return pd.Timestamp(np.datetime64(int(day), "D"))


def to_dates(days: Ints) -> NDArray[np.datetime64]:
    """Return whole days since 1970-01-01 as datetime64[s], the coarsest unit pandas keeps."""
    return cast("NDArray[np.datetime64]", (days * 86_400).view("datetime64[s]"))


def _codes(who: pd.Series) -> tuple[Ints, pd.Index]:
    """Return numbers for the customers, in the order of their ids; -1 where there is none."""
    values = who.to_numpy() if isinstance(who.dtype, np.dtype) else None
    if values is not None and values.dtype.kind in "iu" and len(values):
        near = codes_of_numbers(values)
        if near is not None:
            return near[0], pd.Index(near[1], name=who.name)
    elif text := codes_of_text(who):
        return text
    found, unique = pd.factorize(who, sort=True)
    return found.astype(np.int64, copy=False), pd.Index(unique, name=who.name)


def _days(when: pd.Series) -> tuple[Ints, Bools]:
    """Return whole days since 1970-01-01, and which rows have no readable date."""
    if when.dtype.kind in "iuf":
        # Bare numbers would be read as nanoseconds since 1970; whole numbers such as 19970930 are dates.
        number = when.to_numpy(dtype=np.float64, na_value=np.nan)
        whole = np.isfinite(number) & (number == np.floor(number))
        text = pd.Series(np.where(whole, number, 0).astype(np.int64).astype(str), index=when.index)
        when = pd.to_datetime(text, format="%Y%m%d", errors="coerce")
    elif when.dtype.kind != "M":
        parsed = pd.to_datetime(when, format="ISO8601", errors="coerce")
        when = parsed if not parsed.isna().any() else _parse_other(when)
    if isinstance(when.dtype, pd.DatetimeTZDtype):
        when = when.dt.tz_localize(None)  # the local day is the day of the purchase
    stamps = when.to_numpy()
    bad = np.isnat(stamps)
    if not bad.any() and np.datetime_data(stamps.dtype) == ("us", 1):
        return np.floor_divide(stamps.view(np.int64), _MICROSECONDS_A_DAY), bad
    return stamps.astype("datetime64[D]").astype(np.int64), bad


def _parse_other(when: pd.Series) -> pd.Series:
    """Parse dates by the format of the first one; what does not follow it stays missing."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return cast("pd.Series", pd.to_datetime(when, errors="coerce"))


def _amounts(much: pd.Series) -> tuple[Floats, Bools]:
    if much.dtype.kind in "iuf" and isinstance(much.dtype, np.dtype):
        value = much.to_numpy(dtype=np.float64)
    else:
        value = floats(much)
    return value, ~np.isfinite(value)


def _complain(problems: list[str], frame: pd.DataFrame, bad: Bools, column: str, what: str) -> None:
    if not bad.any():
        return
    at = np.flatnonzero(bad)
    shown = frame.iloc[at[:_SHOWN]]
    found = "; ".join(
        f"row {label!r}: {cell!r}" for label, cell in zip(shown.index, shown[column], strict=True)
    )
    problems.append(f"{len(at)} row(s) where '{column}' {what}: {found}{'; …' if len(at) > _SHOWN else ''}")
