"""One date at a time: what a text or a cell says about a moment.

A text is a moment, or a :class:`Triple` such as 05/03/2024 that only its column can decide, or a fault (the key of a
reason in :data:`crmlab.data.rejects.REASONS`).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

__all__ = [
    "ORDERS",
    "YEARS",
    "Order",
    "Triple",
    "is_serial",
    "read_cell",
    "read_clock",
    "read_text",
    "without_zone",
]

Order = Literal["dmy", "mdy", "ymd"]
ORDERS: tuple[Order, ...] = ("dmy", "mdy", "ymd")

#: years a purchase can lie in: from, up to
YEARS = (1900, 2100)

# Day 0 of a spreadsheet. All moments here are local times as written.
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001
_SERIALS = (20_000, 80_000)  # 1954 to 2119
_CENTURY = 69  # two-digit years from here on are of the 20th century, as strptime has it
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_ZONE = re.compile(r"(?<=\d)\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})(\[.*\])?$", re.IGNORECASE)
_HALVES = r"上午|下午|中午|凌晨|晚上|AM|PM"
_CLOCK = re.compile(
    rf"(?P<half>{_HALVES})?\s*(?P<h>\d{{1,2}})[:时点](?P<m>\d{{1,2}})分?"
    r"(?::?(?P<s>\d{1,2})(?:\.\d+)?秒?)?\s*(?P<ampm>AM|PM)?",
    re.IGNORECASE,
)
_CLOCK_STARTS = re.compile(rf"(?:{_HALVES})?\s*\d{{1,2}}$", re.IGNORECASE)
_COLON = re.compile(r"[:时点]")
_YMD = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?")
_TRIPLE = re.compile(r"(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{4}|\d{2})")
_SHORT = re.compile(r"(\d{2})(\d{2})(\d{2})")
_DAY_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-/. ]+([A-Za-z]{3,9})\.?[-/., ]+(\d{4}|\d{2})")
_NAME_DAY = re.compile(r"([A-Za-z]{3,9})\.?[-/. ]+(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{4}|\d{2})")
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_WEEKDAY = re.compile(
    r"\(?(星期|周|礼拜)[一二三四五六日天]\)?|^(mon|tue|wed|thu|fri|sat|sun)[a-z]*[,.]?\s+"
    r"|[,\s]+\(?(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?\)?$",
    re.IGNORECASE,
)
#: what is nearly a date: kind of fault to form
_NEAR_MISSES = {
    "month_only": re.compile(
        r"(19|20)\d\d(\s*[-/.年]\s*(0?[1-9]|1[0-2])\s*月?份?|0[1-9]|1[0-2])|[A-Za-z]{3,9}[-/. ]+(19|20)\d\d"
    ),
    "no_year_given": re.compile(r"(0?[1-9]|1[0-2])\s*[-/.月]\s*\d{1,2}\s*[日号]?"),
    "epoch": re.compile(r"1[0-9]{9}(\d{3})?(\.\d+)?"),
}


@dataclass(frozen=True)
class Triple:
    """Three short numbers that wait for their column to say which is the day."""

    parts: tuple[int, int, int]
    four_digit_year: bool
    time: dt.timedelta
    text: str

    def read(self, order: Order) -> dt.datetime | None:
        """Return the moment in an order of day, month and year; None when the calendar has no such day."""
        if self.four_digit_year and order == "ymd":
            return None
        day, month, year = (self.parts[order.index(letter)] for letter in "dmy")
        start = _day(year if self.four_digit_year else _full_year(year), month, day)
        return None if start is None else start + self.time


def is_serial(text: str) -> bool:
    """Tell whether a text has the form of a spreadsheet's day number.

    >>> is_serial("45356"), is_serial("45356.5"), is_serial("2024")
    (True, True, False)
    """
    return _SERIAL.fullmatch(text) is not None


def without_zone(text: str) -> str:
    """Return a moment's text without its offset from UTC.

    >>> without_zone("2024-03-05T12:00:00+08:00")
    '2024-03-05T12:00:00'
    """
    return _ZONE.sub("", text)


def read_cell(value: object) -> dt.datetime | str:
    """Read a cell of a spreadsheet or a database that is no text: the moment, or the kind of fault.

    >>> read_cell(45356)
    datetime.datetime(2024, 3, 5, 0, 0)
    """
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - local, as written
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        number = float(value)
        if _SERIALS[0] <= number < _SERIALS[1]:
            return _EPOCH + dt.timedelta(seconds=round(number * 86_400))
        if number.is_integer():
            return _compact(str(int(number)))
    return _near_miss(str(value))


def _near_miss(text: str) -> str:
    """Return the kind of fault of a text that is no date: what is missing, where that can be told.

    >>> _near_miss("2024年3月"), _near_miss("5月1日"), _near_miss("1709600000"), _near_miss("soon")
    ('month_only', 'no_year_given', 'epoch', 'no_date')
    """
    return next((kind for kind, form in _NEAR_MISSES.items() if form.fullmatch(text)), "no_date")


def read_text(text: str, *, short: bool = False) -> dt.datetime | Triple | str:
    """Read a text: the moment, a triple that needs its column's order, or the kind of fault.

    Parameters
    ----------
    text
        A cleaned cell.
    short
        Whether six digits (970305) are a date.

    Examples
    --------
    >>> read_text("2024年3月5日 下午 3:20")
    datetime.datetime(2024, 3, 5, 15, 20)
    >>> read_text("30 Feb 2024"), read_text("soon")
    ('no_such_day', 'no_date')

    """
    if text.startswith("#"):
        return "sheet_error"
    if is_serial(text):
        return read_cell(float(text))
    if text.isdecimal() and not (short and len(text) == 6):
        return _compact(text)
    head, clock = _split_clock(_ZONE.sub("", _WEEKDAY.sub(" ", text)))
    time = read_clock(clock) if clock else dt.timedelta()
    if time is None:
        return "no_date"
    read = _date(head, short=short)
    if isinstance(read, Triple):
        return Triple(read.parts, read.four_digit_year, time, text)
    return read + time if isinstance(read, dt.datetime) else read


def _compact(digits: str) -> dt.datetime | str:
    """Read 20240305 and 20240305123000."""
    match = _COMPACT.fullmatch(digits)
    if not match:
        return _near_miss(digits)
    year, month, day, hours, minutes, seconds = (int(part) for part in match.groups(default="0"))
    try:
        return dt.datetime(year, month, day, hours, minutes, seconds)  # noqa: DTZ001 - local, as written
    except ValueError:
        return "no_such_day"


@lru_cache(maxsize=65_536)
def _date(head: str, *, short: bool) -> dt.datetime | Triple | str:
    """Read a date without a time of day."""
    if match := _YMD.fullmatch(head):
        year, month, day = (int(part) for part in match.groups())
    elif match := _TRIPLE.fullmatch(head) or (_SHORT.fullmatch(head) if short else None):
        first, second, third = (int(part) for part in match.groups())
        return Triple((first, second, third), len(match[3]) == 4, dt.timedelta(), head)
    elif (match := _DAY_NAME.fullmatch(head)) or (match := _NAME_DAY.fullmatch(head)):
        name, number = (match[2], match[1]) if match[1].isdecimal() else (match[1], match[2])
        if name[:3].casefold() not in _MONTHS:
            return "no_date"
        month, day, year = 1 + _MONTHS.index(name[:3].casefold()), int(number), int(match[3])
        year = year if len(match[3]) == 4 else _full_year(year)
    else:
        return _near_miss(head)
    return _day(year, month, day) or "no_such_day"


def _split_clock(text: str) -> tuple[str, str]:
    """Return the part before the time of day, and the time of day."""
    colon = _COLON.search(text)
    if not colon:
        return text.strip(), ""
    hour = _CLOCK_STARTS.search(text, 0, colon.start())
    if not hour:
        return text, ""
    return text[: hour.start()].rstrip("Tt ").strip(), text[hour.start() :].strip()


@lru_cache(maxsize=131_072)
def read_clock(clock: str) -> dt.timedelta | None:
    """Read a time of day; None when it is none.

    >>> read_clock("3:20 PM"), read_clock("25:00")
    (datetime.timedelta(seconds=55200), None)
    """
    match = _CLOCK.fullmatch(clock)
    if not match:
        return None
    hours, minutes, seconds = int(match["h"]), int(match["m"]), int(match["s"] or 0)
    half = (match["half"] or match["ampm"] or "").casefold()
    after_noon = half in {"下午", "晚上", "pm"} or (half == "中午" and hours < 3)
    if after_noon and hours < 12:
        hours += 12
    elif half in {"上午", "凌晨", "am"} and hours == 12:
        hours = 0
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return dt.timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _full_year(two_digits: int) -> int:
    return two_digits + (1900 if two_digits >= _CENTURY else 2000)


def _day(year: int, month: int, day: int) -> dt.datetime | None:
    try:
        return dt.datetime(year, month, day)  # noqa: DTZ001 - local, as written
    except ValueError:
        return None
