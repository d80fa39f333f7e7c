"""What the data are like, in one tidy table."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.data.contacts import TWICE, repeated
from crmlab.data.messages import Message, values
from crmlab.data.outliers import outlying
from crmlab.data.rejects import REASONS
from crmlab.text.catalogue import N_

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmlab.data.readers import ReadResult

__all__ = ["quality_table"]

_Line = tuple[str, Message, object]
#: of the rows of outliers so many are named
_ROWS_TOLD = 10


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
    lines = [*_rows(result), *of_kind(result)]
    return pd.DataFrame(
        {
            "measure": pd.Series([line[0] for line in lines], dtype="str"),
            "label": pd.Series([line[1] for line in lines], dtype=object),
            "value": pd.Series([line[2] for line in lines], dtype=object),
        }
    )


def _rows(result: ReadResult) -> Iterator[_Line]:
    yield "rows_read", Message(N_("Rows read")), result.rows_read
    yield "rows_kept", Message(N_("Rows kept")), result.rows_kept
    yield "rows_rejected", Message(N_("Rows rejected")), result.rows_rejected
    counts = Counter(zip(result.rejected["column"], result.rejected["kind"], strict=True))
    for (column, kind), count in counts.items():
        reason = Message(REASONS[str(kind)])
        if column:
            label = Message(N_("Rejected in “{column}”: {reason}"), values(column=str(column), reason=reason))
        else:
            label = Message(N_("Rejected rows: {reason}"), values(reason=reason))
        yield f"rejected_{kind}", label, count
    yield "duplicates", Message(N_("Exact duplicates (kept)")), int(result.table.duplicated().sum())


def _transactions(result: ReadResult) -> Iterator[_Line]:
    table = result.table
    yield "customers", Message(N_("Customers")), int(table["customer"].nunique())
    yield "first_date", Message(N_("First day")), table["date"].min().normalize()
    yield "last_date", Message(N_("Last day")), table["date"].max().normalize()
    yield "refunds", Message(N_("Negative amounts (refunds)")), int((table["amount"] < 0).sum())
    yield "zero_amounts", Message(N_("Amounts of zero")), int((table["amount"] == 0).sum())
    days = pd.DataFrame({"customer": table["customer"], "day": table["date"].dt.normalize()})
    yield (
        "same_day",
        Message(N_("Further purchases of a customer on the same day")),
        int(days.duplicated().sum()),
    )
    far = int(outlying(table["amount"]).sum()) if result.outliers is None else len(result.outliers)
    yield "outliers", Message(N_("Amounts far from all others (kept)")), far
    if result.outliers is not None and far:
        yield (
            "outlier_rows",
            Message(N_("Rows of these amounts, the farthest first")),
            _places(result.outliers),
        )
    seen = pd.Series(days["day"].unique()).sort_values()
    span = int((seen.iloc[-1] - seen.iloc[0]).days) + 1
    yield "empty_days", Message(N_("Days of the period without any row")), span - len(seen)
    if span > len(seen):
        gaps = seen.diff().dt.days - 1
        yield "longest_gap", Message(N_("Most such days in a row")), int(gaps.max())


def _places(rows: pd.DataFrame) -> str:
    """Return the first row numbers as a spreadsheet shows them, of a folder with their files."""
    first = rows.head(_ROWS_TOLD)
    files = [f"{name}:" for name in first["file"]] if "file" in first else [""] * len(first)
    told = ", ".join(f"{file}{row}" for file, row in zip(files, first["row"], strict=True))
    return f"{told} …" if len(rows) > _ROWS_TOLD else told


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
