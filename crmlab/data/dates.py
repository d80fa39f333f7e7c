"""Columns of dates, and the one question that is never guessed: day or month first.

Read without asking: ISO dates and times, 2024/3/5, 2024.3.5, 2024年3月5日, 20240305, 5 Mar 2024, real dates and day
numbers of a spreadsheet. For 05/03/2024 the whole column is looked at: one 25/03/2024 in it decides; if nothing
decides, the user is asked.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.data.cells import OK, Cells, Parsed, parse_distinct
from crmlab.data.messages import Message, shown, values
from crmlab.data.moments import (
    ORDERS,
    YEARS,
    Order,
    Triple,
    is_serial,
    read_cell,
    read_clock,
    read_text,
    without_zone,
)
from crmlab.errors import DataError, ParameterError
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.data.seen import SeenDates

__all__ = ["date_order", "decide_order", "looks_like_date", "order_note", "parse_dates", "serial_note"]

_ORDER_NAMES: dict[Order, str] = {
    "dmy": N_("day/month/year"),
    "mdy": N_("month/day/year"),
    "ymd": N_("year/month/day"),
}
#: shorter texts are years, and words such as "today", which pandas would read
_SHORTEST_ISO = 8
#: years whose first day programs write for "no date"; it is a day only where the column has others of that year
_NO_DAYS = (1900, 1970)


def date_order(date_format: str) -> Order | None:
    """Return the order of day, month and year that a short word or a pattern names, None for a strptime pattern.

    >>> date_order("dmy"), date_order("MM/DD/YYYY"), date_order("%d.%m.%y")
    ('dmy', 'mdy', None)
    """
    if "%" in date_format:
        return None
    letters = "".join(dict.fromkeys(re.sub("[^dmy]", "", date_format.casefold())))
    if letters in ORDERS and not re.search("[^dmy年月日/. -]", date_format.casefold()):
        return letters
    raise ParameterError(
        tr("date_format “{given}” is not understood.", given=date_format),
        problems=[tr("allowed: dmy, mdy, ymd, a form such as DD/MM/YYYY, or a pattern such as %d/%m/%Y")],
    )


def looks_like_date(value: object) -> bool:
    """Tell whether a cleaned cell can only be a date (a bare number cannot).

    >>> looks_like_date("2024年3月5日"), looks_like_date("20240305"), looks_like_date("45356"), looks_like_date("3.5")
    (True, True, False, False)
    """
    if isinstance(value, dt.date):
        return True
    if not isinstance(value, str) or is_serial(value):
        return False
    read = read_text(value)
    if isinstance(read, dt.datetime):
        return YEARS[0] <= read.year < YEARS[1]
    return isinstance(read, Triple) and any(map(read.read, ORDERS))


def parse_dates(
    column: Cells,
    *,
    name: str,
    date_format: str | None = None,
    today: dt.date | None = None,
    seen: SeenDates | None = None,
) -> Parsed:
    """Read a column of dates.

    Parameters
    ----------
    column
        Texts, numbers, dates, mixed as they come.
    name
        What messages call the column.
    date_format
        ``"dmy"``, ``"mdy"``, ``"ymd"`` or a form such as ``"DD/MM/YYYY"`` for dates such as 05/03/2024; or a strptime
        pattern, by which every text is read then.
    today
        Days after it are rejected as lying in the future; default today.
    seen
        Where the column comes in pieces: what earlier pieces showed, to which this one is added.

    Returns
    -------
    Parsed
        `data` are ``datetime64[us]``: local times as written, an offset from UTC is dropped (and noted).

    Raises
    ------
    crmlab.errors.DataError
        When nothing in the column tells day from month, or the rows contradict each other.
    crmlab.errors.ParameterError
        For a `date_format` that is none.

    Examples
    --------
    >>> parse_dates(["2024年3月5日", "2024/3/6", "45358", "soon"], name="date").kinds.tolist()
    ['', '', '', 'no_date']

    """
    order = date_order(date_format) if date_format else None
    pattern = date_format if date_format and order is None else None
    if isinstance(column, pd.Series) and pd.api.types.is_datetime64_any_dtype(column.dtype):
        parsed = _typed(column, name)
    else:
        parsed = parse_distinct(
            column, lambda found: _parse(found, name, order, pattern, seen), np.datetime64("NaT")
        )
    kinds = parsed.kinds
    good = kinds == OK
    low, high = (np.datetime64(f"{year}-01-01") for year in YEARS)
    kinds[good & ((parsed.data < low) | (parsed.data >= high))] = "far_date"
    for year in _NO_DAYS:
        nothing = (kinds == OK) & (parsed.data == np.datetime64(f"{year}-01-01"))
        if not nothing.any() and seen is None:
            continue
        of_year = (kinds == OK) & (parsed.data.astype("datetime64[Y]") == np.datetime64(str(year)))
        if seen is None:
            none = of_year.sum() == nothing.sum()
        else:
            none = seen.add_year(year, int(nothing.sum()), int(of_year.sum()))
        if none:
            kinds[nothing] = "no_day"
    tomorrow = np.datetime64((today or dt.date.today()) + dt.timedelta(days=1))  # noqa: DTZ011 - the reader's own day
    kinds[(kinds == OK) & (parsed.data >= tomorrow)] = "future"
    return Parsed(parsed.data, kinds, parsed.notes)


def _typed(column: pd.Series[Any], name: str) -> Parsed:
    """Take a column that holds moments already; those with a zone are told in UTC, on every machine alike."""
    notes: tuple[Message, ...] = ()
    if getattr(column.dtype, "tz", None) is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
        note = N_("Column “{column}” holds moments with a time zone; days and times are those of UTC.")
        notes = (Message(note, values(column=name)),)
    stamps = column.to_numpy().astype("datetime64[us]")
    return Parsed(stamps, np.where(np.isnat(stamps), "missing", OK).astype(object), notes)


def _parse(
    found: Sequence[object], name: str, order: Order | None, pattern: str | None, seen: SeenDates | None
) -> tuple[NDArray[Any], NDArray[np.object_], tuple[Message, ...]]:
    texts = [value if isinstance(value, str) else "" for value in found]
    notes: list[Message] = []
    if pattern is not None:
        stamps, zoned = _by_pattern(texts, pattern), False
    else:
        stamps, zoned = _iso(texts)
    if zoned:
        note = N_(
            "Column “{column}” gives times with a time zone; they are taken as local times, as written."
        )
        notes.append(Message(note, values(column=name)))
    kinds = np.full(len(found), "no_date", dtype=object)
    left: list[int] = np.flatnonzero(np.isnat(stamps)).tolist()
    if pattern is not None:
        left = [at for at in left if not isinstance(found[at], str)]
    if left:
        stamps[left], kinds[left], more = _one_by_one([found[at] for at in left], name, order, seen)
        notes += more
    kinds[~np.isnat(stamps)] = OK
    return stamps, kinds, tuple(notes)


def _one_by_one(
    found: list[object], name: str, order: Order | None, seen: SeenDates | None
) -> tuple[NDArray[Any], NDArray[np.object_], list[Message]]:
    """Read what the fast parsers have left, each day once."""
    days, times = _days_and_times(found)
    codes, distinct = pd.factorize(days)
    stamps = np.full(len(distinct), "NaT", dtype="datetime64[us]")
    kinds = np.full(len(distinct), OK, dtype=object)
    triples: dict[int, Triple] = {}
    serials: set[str] = set()
    for at, value in enumerate(distinct):
        read = read_text(value, short=order is not None) if isinstance(value, str) else read_cell(value)
        if isinstance(read, Triple):
            triples[at] = read
        elif isinstance(read, str):
            kinds[at] = read
        else:
            stamps[at] = read
            if is_serial(str(value)):
                serials.add(str(value))
    if seen is not None:
        seen.serials |= serials
        order = order or (seen.add_triples(triples.values()) if triples else None)
    notes = _settle(triples, order, name, stamps, kinds) if triples else []
    if serials and seen is None:
        notes.append(serial_note(name, len(serials)))
    return stamps[codes] + times, kinds[codes], notes


def serial_note(name: str, count: int) -> Message:
    """Say how many day numbers of a spreadsheet a column holds."""
    note = N_(
        "Column “{column}” holds {count} different day numbers of a spreadsheet; they were read as dates."
    )
    return Message(note, values(column=name, count=count))


def order_note(name: str, order: Order, because: str) -> Message:
    """Say in which order the dates of a column are read, and which of them tells so."""
    note = N_("Dates in column “{column}” are read as {order}, because of “{value}”.")
    return Message(note, values(column=name, order=Message(_ORDER_NAMES[order]), value=shown(because)))


def _days_and_times(found: list[object]) -> tuple[NDArray[np.object_], NDArray[Any]]:
    """Cut the time of day off texts such as 05/03/2024 12:30, so that a million moments are a few thousand days."""
    days = np.empty(len(found), dtype=object)
    days[:] = found
    clocks = np.full(len(found), "", dtype=object)
    for at, value in enumerate(found):
        if isinstance(value, str):
            day, _, clock = value.partition(" ")
            if ":" in clock and clock[0].isdigit() and ":" not in day:
                days[at], clocks[at] = day, clock
    codes, distinct = pd.factorize(clocks)
    read = [read_clock(clock) if clock else dt.timedelta() for clock in distinct]
    # What is no plain time of day stays with its day and is read as a whole.
    unread = np.array([time is None for time in read], dtype=bool)[codes]
    for at in np.flatnonzero(unread).tolist():
        days[at] = found[at]
    return days, np.array([time or dt.timedelta() for time in read], dtype="timedelta64[us]")[codes]


def _by_pattern(texts: list[str], pattern: str) -> NDArray[Any]:
    try:
        return _microseconds(pd.to_datetime(pd.Series(texts, dtype=object), format=pattern, errors="coerce"))
    except ValueError as error:
        raise ParameterError(
            tr("date_format “{given}” is not understood.", given=pattern), problems=[str(error)]
        ) from error


def _iso(texts: list[str]) -> tuple[NDArray[Any], bool]:
    """Read what pandas' fast ISO parser reads, the rest stays NaT; and tell whether there were time zones."""
    series = pd.Series(
        [text if len(text) >= _SHORTEST_ISO and text[0].isdigit() else None for text in texts], dtype=object
    )
    zoned = False
    try:
        stamps = pd.to_datetime(series, format="ISO8601", errors="coerce")
        zoned = getattr(stamps.dtype, "tz", None) is not None
    except ValueError:  # some with a zone, some without
        zoned = True
    if zoned:
        stamps = pd.to_datetime(
            series.map(without_zone, na_action="ignore"), format="ISO8601", errors="coerce"
        )
    result = _microseconds(stamps)
    years = result.astype("datetime64[Y]").astype(int) + 1970
    result[(years < YEARS[0]) | (years >= YEARS[1])] = np.datetime64("NaT")
    return result, zoned


def _microseconds(stamps: pd.Series[Any]) -> NDArray[Any]:
    return np.array(stamps.to_numpy(), dtype="datetime64[us]")


def _settle(
    triples: dict[int, Triple],
    order: Order | None,
    name: str,
    stamps: NDArray[Any],
    kinds: NDArray[np.object_],
) -> list[Message]:
    """Write the triples of a column into `stamps`, in the order given or found; return what to say about it."""
    notes = []
    if order is None:
        order, because = decide_order(list(triples.values()), name)
        if because:
            notes.append(order_note(name, order, because))
    for at, triple in triples.items():
        moment = triple.read(order)
        if moment is None:
            kinds[at] = "no_such_day"
        else:
            stamps[at] = moment
    return notes


def decide_order(triples: list[Triple], name: str) -> tuple[Order, str | None]:
    """Return the order that fits all dates of the column and a date that shows it, or ask."""
    readable = [[order for order in ORDERS if triple.read(order)] for triple in triples]
    fitting = [order for order in ORDERS if all(order in orders for orders in readable if orders)]
    decisive = [
        (triple.text, orders[0]) for triple, orders in zip(triples, readable, strict=True) if len(orders) == 1
    ]
    hint = tr(
        'Say which part is the day: --date-format dmy or --date-format mdy (in Python: date_format="dmy").'
    )
    if not fitting:
        examples: dict[Order, str] = {}
        for text, only in decisive:
            examples.setdefault(only, text)
        raise DataError(
            tr(
                "Dates in column “{column}” contradict each other: no order of day and month fits all.",
                column=name,
            ),
            problems=[
                tr("“{value}” can only be {order}", value=shown(text), order=tr(_ORDER_NAMES[order]))
                for order, text in examples.items()
            ],
            hint=hint,
        )
    doubtful = next((one for one in triples if len({one.read(order) for order in fitting}) > 1), None)
    if doubtful:
        raise DataError(
            tr(
                "Dates in column “{column}” can be read in more than one way, and no row decides.",
                column=name,
            ),
            problems=[
                tr(
                    "“{value}” as {order} is {date}",
                    value=shown(doubtful.text),
                    order=tr(_ORDER_NAMES[order]),
                    date=f"{moment:%Y-%m-%d}",
                )
                for order in fitting
                if (moment := doubtful.read(order))
            ],
            hint=hint,
        )
    return fitting[0], decisive[0][0] if decisive else None
