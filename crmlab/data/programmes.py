"""The tables of a loyalty programme: movements of points, tiers, and what customers spend in all shops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.data.amounts import parse_amounts
from crmlab.data.cells import Cells, Parsed
from crmlab.data.dates import parse_dates
from crmlab.data.messages import Message, shown, values
from crmlab.data.movements import parse_movements
from crmlab.data.schemas import Schema
from crmlab.data.transactions import collect, parse_names, refuse_if_most_fail
from crmlab.errors import DataError
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from crmlab.data.amounts import Decimal
    from crmlab.data.roles import RoleMatch
    from crmlab.data.tables import RawTable

__all__ = ["build_points", "build_tiers", "build_wallet"]

_SHOWN = 5
_YEARS = (1900, 2100)


def build_points(
    raw: RawTable,
    roles: dict[str, RoleMatch],
    *,
    date_format: str | None = None,
    decimal: Decimal | None = None,
    today: dt.date | None = None,
) -> Schema:
    """Build the ledger of points; a row of which any needed part cannot be read is left out and listed.

    Parameters
    ----------
    raw
        The columns of the file.
    roles
        ``customer``, ``date``, ``points``; ``kind`` and ``value`` where they were recognised. Without a kind, the sign
        tells: above 0 earned, below 0 burned.
    date_format, decimal, today
        As in :func:`crmlab.data.read_table`.

    Returns
    -------
    Schema
        ``customer`` (text), ``date``, ``kind`` (earned, burned, expired, adjustment), ``points`` (0 or more but for
        adjustments), ``value`` (money, missing where it is), ``row`` (as a spreadsheet shows it).

    Raises
    ------
    crmlab.errors.DataError
        When most of a column cannot be read, or more points leave an account than were in it, with the first five rows.

    """
    column = {role: match.column for role, match in roles.items()}
    parsed = {
        "customer": parse_names(raw.columns[column["customer"]], name=column["customer"]),
        "date": parse_dates(
            raw.columns[column["date"]], name=column["date"], date_format=date_format, today=today
        ),
        "points": parse_amounts(raw.columns[column["points"]], name=column["points"], decimal=decimal),
    }
    if "kind" in column:
        parsed["kind"] = parse_movements(raw.columns[column["kind"]])
    rejected, bad = collect(raw, column, parsed)
    refuse_if_most_fail(raw, column, parsed, rejected)
    notes = [note for one in parsed.values() for note in one.notes]
    keep = ~bad
    points = parsed["points"].data[keep].astype(float)
    if "kind" in parsed:
        kind, points, turned = _signed(parsed["kind"].data[keep], points)
        if turned:
            note = N_(
                "{count} movements of points with the other sign of their kind are read as adjustments."
            )
            notes.append(Message(note, values(count=turned)))
    else:
        kind, points = np.where(points < 0, "burned", "earned").astype(object), np.abs(points)
        notes.append(Message(N_("No column tells what happened: points above 0 are earned, below 0 burned.")))
    value = np.full(len(points), np.nan)
    if "value" in column:
        worth = parse_amounts(raw.columns[column["value"]], name=column["value"], decimal=decimal)
        value = np.where(worth.bad, np.nan, worth.data)[keep].astype(float)
    table = pd.DataFrame(
        {
            "customer": pd.Series(parsed["customer"].data[keep], dtype="str"),
            "date": parsed["date"].data[keep],
            "kind": pd.Series(kind, dtype="str"),
            "points": points,
            "value": np.abs(value),
            "row": raw.rows[keep],
        }
    )
    _refuse_overdrawn(table, parsed["customer"].data[keep])
    return Schema(table, rejected, int(bad.sum()), tuple(notes))


def _signed(
    kind: NDArray[np.object_], points: NDArray[np.float64]
) -> tuple[NDArray[np.object_], NDArray[np.float64], int]:
    """Give each kind the sign it has in a ledger; rows with the other sign undo, and are adjustments."""
    kind, points = kind.copy(), points.copy()
    undone = (kind == "earned") & (points < 0)
    for name in ("burned", "expired"):
        own = kind == name
        usual = -1.0 if (points[own] < 0).sum() * 2 > own.sum() else 1.0
        back = own & (points * usual < 0)
        undone |= back
        points[own] = np.abs(points[own])
    kind[undone] = "adjustment"
    return kind, points, int(undone.sum())


def _refuse_overdrawn(table: pd.DataFrame, names: NDArray[np.object_]) -> None:
    """Raise an error where more points leave an account than were ever in it."""
    out = table["kind"].isin(["burned", "expired"])
    change = table["points"].where(~out, -table["points"])
    ordered = pd.DataFrame(
        {
            "customer": names,
            "day": table["date"].dt.normalize(),
            "late": (change < 0).to_numpy(),
            "change": change,
            "row": table["row"],
        }
    ).sort_values(["customer", "day", "late"], kind="stable")
    balance = ordered.groupby("customer", sort=False)["change"].cumsum()
    tiny = 1e-9 * table["points"].abs().sum()
    below = ordered.assign(balance=balance)[balance < -tiny]
    if below.empty:
        return
    first = below.drop_duplicates("customer").sort_values("row", kind="stable")
    problems = [
        tr(
            "row {row}: {points} points leave the account of {customer}, {short} more than were in it",
            row=one["row"],
            points=f"{-one['change']:,.0f}",
            customer=shown(str(one["customer"])),
            short=f"{-one['balance']:,.0f}",
        )
        for one in first.head(_SHOWN).to_dict("records")
    ]
    raise DataError(
        tr(
            "More points leave than were earned, in {count} of {all} accounts.",
            count=f"{len(first):,}",
            all=f"{ordered['customer'].nunique():,}",
        ),
        problems=problems,
        hint=tr(
            "Where the ledger begins in the middle, add each customer's opening balance as a movement “opening” on the day before its first."
        ),
    )


def build_tiers(
    raw: RawTable,
    roles: dict[str, RoleMatch],
    *,
    date_format: str | None = None,
    decimal: Decimal | None = None,
    today: dt.date | None = None,
) -> Schema:
    """Build the table of tiers: who holds which, in which year, and by which qualifying spend.

    Returns
    -------
    Schema
        ``customer``, ``tier`` (text), ``year`` (whole, missing where the file has none), ``qualifying_spend`` (missing
        where the file has none); a customer appears once a year, later rows count.

    Raises
    ------
    crmlab.errors.DataError
        When most of a column cannot be read.

    """
    column = {role: match.column for role, match in roles.items()}
    parsed = {
        "customer": parse_names(raw.columns[column["customer"]], name=column["customer"]),
        "tier": parse_names(raw.columns[column["tier"]], name=column["tier"]),
    }
    if "year" in column:
        parsed["year"] = _years(raw.columns[column["year"]], column["year"], date_format, today)
    if "qualifying_spend" in column:
        parsed["qualifying_spend"] = parse_amounts(
            raw.columns[column["qualifying_spend"]], name=column["qualifying_spend"], decimal=decimal
        )
    rejected, bad = collect(raw, column, parsed)
    refuse_if_most_fail(raw, column, parsed, rejected)
    notes = [note for one in parsed.values() for note in one.notes]
    keep = ~bad
    table = pd.DataFrame(
        {
            "customer": pd.Series(parsed["customer"].data[keep], dtype="str"),
            "tier": pd.Series(parsed["tier"].data[keep], dtype="str"),
            "year": pd.array(parsed["year"].data[keep], dtype="Float64").astype("Int64")
            if "year" in parsed
            else pd.array([pd.NA] * int(keep.sum()), dtype="Int64"),
            "qualifying_spend": parsed["qualifying_spend"].data[keep].astype(float)
            if "qualifying_spend" in parsed
            else np.nan,
        }
    )
    twice = table.duplicated(["customer", "year"], keep="last")
    if twice.any():
        note = N_(
            "{count} rows of tiers are followed by another of the same customer and year; the last counts."
        )
        notes.append(Message(note, values(count=int(twice.sum()))))
    return Schema(table[~twice].reset_index(drop=True), rejected, int(bad.sum()), tuple(notes))


def _years(cells: Cells, name: str, date_format: str | None, today: dt.date | None) -> Parsed:
    """Read years, written as numbers (2025, 2025年) or as days of the year."""
    texts = np.array([str(cell).strip().removesuffix("年") for cell in cells], dtype=object)
    numbers = parse_amounts(texts, name=name)
    whole = ~numbers.bad & (numbers.data == np.floor(numbers.data))
    fine = whole & (numbers.data >= _YEARS[0]) & (numbers.data <= _YEARS[1])
    if 2 * fine.sum() >= len(texts):
        numbers.kinds[~numbers.bad & ~fine] = "no_year"
        return numbers
    days = parse_dates(cells, name=name, date_format=date_format, today=today)
    years = days.data.astype("datetime64[Y]").astype(np.int64) + 1970.0
    return Parsed(np.where(days.bad, np.nan, years), days.kinds, days.notes)


def build_wallet(
    raw: RawTable,
    roles: dict[str, RoleMatch],
    *,
    date_format: str | None = None,  # noqa: ARG001 - the builders are called alike
    decimal: Decimal | None = None,
    today: dt.date | None = None,  # noqa: ARG001
) -> Schema:
    """Build the survey of wallets: what a customer spends in all shops, and where this one stands among them.

    Returns
    -------
    Schema
        ``customer``, and as far as the file has them ``category_spend`` (all shops), ``own_spend`` (this shop), ``rank``
        (1 = most used) and ``shops`` (how many are used); a customer appears once, the last row counts.

    Raises
    ------
    crmlab.errors.DataError
        When most of a column cannot be read.

    """
    column = {role: match.column for role, match in roles.items()}
    parsed = {"customer": parse_names(raw.columns[column["customer"]], name=column["customer"])}
    for role in ("category_spend", "own_spend", "rank", "shops"):
        if role not in column:
            continue
        one = parse_amounts(raw.columns[column[role]], name=column[role], decimal=decimal)
        one.kinds[~one.bad & (one.data < 0)] = "negative"
        if role in {"rank", "shops"}:
            one.kinds[~one.bad & (one.data < 1)] = "no_place"
        parsed[role] = one
    if {"rank", "shops"} <= parsed.keys():
        rank, shops = parsed["rank"], parsed["shops"]
        rank.kinds[~rank.bad & ~shops.bad & (rank.data > shops.data)] = "rank_beyond"
    rejected, bad = collect(raw, column, parsed)
    refuse_if_most_fail(raw, column, parsed, rejected)
    keep = ~bad
    notes = [note for one in parsed.values() for note in one.notes]
    table = pd.DataFrame(
        {
            role: pd.Series(one.data[keep], dtype="str")
            if role == "customer"
            else one.data[keep].astype(float)
            for role, one in parsed.items()
        }
    )
    twice = table.duplicated("customer", keep="last")
    if twice.any():
        note = N_("{count} rows name a customer who answers again below; the last answer counts.")
        notes.append(Message(note, values(count=int(twice.sum()))))
    return Schema(table[~twice].reset_index(drop=True), rejected, int(bad.sum()), tuple(notes))
