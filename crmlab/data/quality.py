"""What the data are like, in one tidy table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.data.contacts import TWICE, repeated
from crmlab.data.messages import Message, values
from crmlab.data.outliers import outlying
from crmlab.data.rejects import REASONS
from crmlab.text.catalogue import N_

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crmlab.data.readers import ReadResult

__all__ = ["ROWS_TOLD", "lines_of_rows", "lines_of_transactions", "quality_table", "tabled"]

_Line = tuple[str, Message, object]
#: of the rows of outliers so many are named
ROWS_TOLD = 10


def quality_table(result: ReadResult) -> pd.DataFrame:
    """Return ``measure`` (identifier), ``label`` (a :class:`Message`) and ``value`` of everything worth knowing.

    Counts are ints, days are timestamps, shares are fractions from 0 to 1.
    """
    of_kind = {
        "transactions": _transactions,
        "contracts": _contracts,
        "contacts": _contacts,
        "complaints": _complaints,
        "points": _points,
        "tiers": _tiers,
        "wallet": _wallet,
    }.get(result.kind, _survey)
    twice = int(result.table.duplicated().sum())
    rows = lines_of_rows(result.rows_read, result.rows_kept, result.reasons, duplicates=twice)
    return tabled([*rows, *of_kind(result)])


def tabled(lines: Iterable[_Line]) -> pd.DataFrame:
    """Return lines as a table: ``measure``, ``label``, ``value``."""
    measures, labels, found = zip(*lines, strict=True)
    return pd.DataFrame(
        {
            "measure": pd.Series(measures, dtype="str"),
            "label": pd.Series(labels, dtype=object),
            "value": pd.Series(found, dtype=object),
        }
    )


def lines_of_rows(
    read: int, kept: int, rejected: Mapping[tuple[str, str], int], *, duplicates: int
) -> Iterator[_Line]:
    """Tell of rows; `rejected` counts cells by column and kind of fault."""
    yield "rows_read", Message(N_("Rows read")), read
    yield "rows_kept", Message(N_("Rows kept")), kept
    yield "rows_rejected", Message(N_("Rows rejected")), read - kept
    for (column, kind), count in rejected.items():
        reason = Message(REASONS[str(kind)])
        if column:
            label = Message(N_("Rejected in “{column}”: {reason}"), values(column=str(column), reason=reason))
        else:
            label = Message(N_("Rejected rows: {reason}"), values(reason=reason))
        yield f"rejected_{kind}", label, count
    yield "duplicates", Message(N_("Exact duplicates (kept)")), duplicates


def _transactions(result: ReadResult) -> Iterator[_Line]:
    table = result.table
    days = pd.DataFrame({"customer": table["customer"], "day": table["date"].dt.normalize()})
    seen = pd.Series(days["day"].unique()).sort_values()
    far = int(outlying(table["amount"]).sum()) if result.outliers is None else len(result.outliers)
    return lines_of_transactions(
        {
            "customers": int(table["customer"].nunique()),
            "refunds": int((table["amount"] < 0).sum()),
            "zero_amounts": int((table["amount"] == 0).sum()),
            "same_day": int(days.duplicated().sum()),
            "outliers": far,
        },
        seen,
        result.outliers,
    )


def lines_of_transactions(
    counts: Mapping[str, int], days: pd.Series[Any], outliers: pd.DataFrame | None
) -> Iterator[_Line]:
    """Tell of transactions.

    Parameters
    ----------
    counts
        ``customers``, ``refunds``, ``zero_amounts``, ``same_day`` (rows beyond the first of a customer and day),
        ``outliers``.
    days
        The days on which there is a row, in order.
    outliers
        Rows of the outlying amounts, the farthest first, at least the first eleven; None where rows have no numbers.

    """
    yield "customers", Message(N_("Customers")), counts["customers"]
    yield "first_date", Message(N_("First day")), days.iloc[0]
    yield "last_date", Message(N_("Last day")), days.iloc[-1]
    yield "refunds", Message(N_("Negative amounts (refunds)")), counts["refunds"]
    yield "zero_amounts", Message(N_("Amounts of zero")), counts["zero_amounts"]
    yield "same_day", Message(N_("Further purchases of a customer on the same day")), counts["same_day"]
    yield "outliers", Message(N_("Amounts far from all others (kept)")), counts["outliers"]
    if outliers is not None and len(outliers):
        yield "outlier_rows", Message(N_("Rows of these amounts, the farthest first")), _places(outliers)
    span = int((days.iloc[-1] - days.iloc[0]).days) + 1
    yield "empty_days", Message(N_("Days of the period without any row")), span - len(days)
    if span > len(days):
        yield "longest_gap", Message(N_("Most such days in a row")), int((days.diff().dt.days - 1).max())


def _places(rows: pd.DataFrame) -> str:
    """Return the first row numbers as a spreadsheet shows them, of a folder with their files."""
    first = rows.head(ROWS_TOLD)
    files = [f"{name}:" for name in first["file"]] if "file" in first else [""] * len(first)
    told = ", ".join(f"{file}{row}" for file, row in zip(files, first["row"], strict=True))
    return f"{told} …" if len(rows) > ROWS_TOLD else told


def _contracts(result: ReadResult) -> Iterator[_Line]:
    table = result.table
    yield "customers", Message(N_("Customers")), int(table["customer"].nunique())
    yield "contracts", Message(N_("Contracts")), len(table)
    if "tenure" in table:
        yield "lost", Message(N_("Customers lost")), int(table["lost"].sum())
        yield "longest_tenure", Message(N_("Longest tenure, in periods")), int(table["tenure"].max())
    else:
        yield "ended", Message(N_("Contracts with an end")), int(table["end"].notna().sum())
        yield "first_start", Message(N_("First start")), table["start"].min()
        yield "last_start", Message(N_("Last start")), table["start"].max()
    if "fee" in table:
        yield "missing_fees", Message(N_("Contracts without a fee")), int(table["fee"].isna().sum())
    if "group" in table:
        yield "groups", Message(N_("Groups")), int(table["group"].nunique())


def _contacts(result: ReadResult) -> Iterator[_Line]:
    table = result.table
    for role, label in (
        ("phone", N_("Contacts with a telephone number")),
        ("email", N_("Contacts with an e-mail address")),
    ):
        if role in table:
            yield role, Message(label), int(table[role].notna().sum())
    yield "repeated", Message(TWICE), repeated(table)
    if "source" in table:
        yield "sources", Message(N_("Sources")), int(table["source"].nunique())
    if "date" in table and table["date"].notna().any():
        yield "first_date", Message(N_("First day")), table["date"].min().normalize()
        yield "last_date", Message(N_("Last day")), table["date"].max().normalize()


def _complaints(result: ReadResult) -> Iterator[_Line]:
    table = result.table
    if "customer" in table:
        yield "customers", Message(N_("Customers")), int(table["customer"].nunique())
    yield "first_date", Message(N_("First day")), table["date"].min().normalize()
    yield "last_date", Message(N_("Last day")), table["date"].max().normalize()
    if "topic" in table:
        yield "topics", Message(N_("Topics")), int(table["topic"].nunique())
    if "days_to_resolve" in table:
        yield (
            "still_open",
            Message(N_("Complaints without a day of their end")),
            int(table["days_to_resolve"].isna().sum()),
        )
    if "recovered" in table:
        yield "recovered", Message(N_("Complaints that ended well")), int((table["recovered"] == "yes").sum())


def _points(result: ReadResult) -> Iterator[_Line]:
    table = result.table
    yield "customers", Message(N_("Customers")), int(table["customer"].nunique())
    yield "first_date", Message(N_("First day")), table["date"].min().normalize()
    yield "last_date", Message(N_("Last day")), table["date"].max().normalize()
    sums = table.groupby("kind")["points"].sum()
    for kind, label in (
        ("earned", N_("Points earned")),
        ("burned", N_("Points exchanged")),
        ("expired", N_("Points lapsed")),
        ("adjustment", N_("Points put right")),
    ):
        if kind in sums:
            yield kind, Message(label), float(sums[kind])


def _tiers(result: ReadResult) -> Iterator[_Line]:
    table = result.table
    yield "customers", Message(N_("Customers")), int(table["customer"].nunique())
    yield "tiers", Message(N_("Tiers")), int(table["tier"].nunique())
    if table["year"].notna().any():
        yield "years", Message(N_("Years")), int(table["year"].nunique())


def _wallet(result: ReadResult) -> Iterator[_Line]:
    yield "customers", Message(N_("Customers")), int(result.table["customer"].nunique())


def _survey(result: ReadResult) -> Iterator[_Line]:
    table = result.table
    yield "respondents", Message(N_("Respondents")), int(table["respondent"].nunique())
    yield "items", Message(N_("Items")), len(result.items)
    answers = table[list(result.scales)]
    yield "missing_answers", Message(N_("Missing answers")), int(answers.isna().sum().sum())
    yield "missing_share", Message(N_("Share of missing answers")), float(answers.isna().to_numpy().mean())
    if len(result.items) > 2:
        spread = np.asarray(table[result.items].nunique(axis=1))
        told = np.asarray(table[result.items].notna().sum(axis=1))
        same = int(((spread == 1) & (told > 2)).sum())
        yield "straight_lines", Message(N_("Respondents who gave all items the same answer")), same
