"""Tables with a column a month: what they are, and how to get what the reports need.

The sum of a month is no purchase: how often a customer bought, and when, is not in such a table. It is refused, with the
lines that turn it into a row a month for those who have nothing better.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pandas as pd

from crmlab.data.amounts import looks_like_number
from crmlab.data.cells import clean, is_missing
from crmlab.errors import DataError
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmlab.data.tables import OpenTable, Source

__all__ = ["period_of", "refuse_wide"]

_FEWEST = 3
_MOST = 0.8
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HAN = {sign: at for at, sign in enumerate("一二三四五六七八九十", start=1)} | {"十一": 11, "十二": 12}
_NAME = (
    "(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?P<year>(?:19|20)\d\d)"
#: what a column of a period is called: 2024-01, 2024年1月, 202401, 1月, 2024-01-05, 2024Q1, 2024
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_YEAR}[-/.年 ]{{1,2}}(?P<month>\d\d?)(?:[-/.月 ]{{1,2}}(?P<day>\d\d?)日?)?月?(?: 00:00:00)?",
        rf"{_YEAR}(?P<month>0[1-9]|1[0-2])",
        rf"(?:{_YEAR}年? ?)?(?P<month>\d\d?|[一二三四五六七八九十]{{1,2}})月份?",
        rf"(?:{_YEAR}[-/. ]?)?{_NAME}\.?",
        rf"{_NAME}[-/. ']*{_YEAR}",
        rf"{_NAME}[-/. ']+(?P<short>\d\d)",
        rf"(?:{_YEAR}年?[-/. ]?)?q(?P<quarter>[1-4])",
        rf"(?:{_YEAR}年?[-/. ]?)?第?(?P<quarter>[1-4一二三四])季度?",
        rf"{_YEAR}年?(?:度|全年)?",
    )
)


def period_of(header: str) -> tuple[int | None, int, int] | None:
    """Return year (None where it is not said), month and day a period begins that a column is called after.

    >>> period_of("2024年3月"), period_of("3月"), period_of("Mar-24"), period_of("2024Q2"), period_of("March sales")
    ((2024, 3, 1), (None, 3, 1), (2024, 3, 1), (2024, 4, 1), None)
    """
    text = unicodedata.normalize("NFKC", header).strip()
    found = next((match.groupdict() for form in _FORMS if (match := form.fullmatch(text))), None)
    if found is None or (text.isdecimal() and len(text) < 4):
        return None
    year = int(found.get("year") or 0) or (2000 + int(found["short"]) if found.get("short") else None)
    if name := found.get("name"):
        month = 1 + _MONTHS.index(name[:3].casefold())
    elif quarter := found.get("quarter"):
        month = 3 * (int(_HAN.get(quarter, quarter)) - 1) + 1
    else:
        said = found.get("month") or "1"
        month = int(_HAN.get(said, said)) if said in _HAN or said.isdecimal() else 0
    day = int(found.get("day") or 1)
    return (year, month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None


def refuse_wide(opened: OpenTable, customer: str | None) -> None:
    """Raise the error for a table with a column a month (or day, quarter, year).

    Parameters
    ----------
    opened
        The file.
    customer
        The column of customers, where it is known.

    Raises
    ------
    crmlab.errors.DataError
        When three columns or more are called after periods and hold numbers.

    """
    names = list(opened.headers)
    periods = {
        name: period for name in names if (period := period_of(name)) and _amounts(opened.sample[name])
    }
    if len(periods) < _FEWEST:
        return
    raise DataError(
        tr(
            "{file} has a column for each period ({first} to {last}): sums for reading, and no row for each purchase.",
            file=opened.source.name,
            first=next(iter(periods)),
            last=next(reversed(periods)),
        ),
        problems=[
            tr("how often a customer bought, and on which days, is not in such a table, and reports need it"),
            tr("best: export the orders themselves, one row an order, with customer, date and amount"),
            tr(
                "if there are only these sums, these lines of Python make a row of each, as if it were one purchase at the "
                "beginning of its period; say so where you show the report"
            ),
        ],
        hint="\n".join(_lines(opened.source, names, periods, customer)),
    )


def _amounts(cells: Sequence[object]) -> bool:
    present = [cell for cell in map(clean, cells) if not is_missing(cell)]
    return sum(map(looks_like_number, present)) >= _MOST * max(len(present), 1)


def _lines(
    source: Source,
    names: Sequence[str],
    periods: Mapping[str, tuple[int | None, int, int]],
    customer: str | None,
) -> list[str]:
    """Return the lines that make a row of each cell."""
    places = [names.index(name) for name in periods]
    who = names.index(customer) if customer else next((at for at in range(len(names)) if at not in places), 0)
    options = ""
    if (source.header_row or 1) > 1:
        options += f", skiprows={(source.header_row or 1) - 1}"
    if source.format == "xlsx":
        options += f", sheet_name={source.sheet!r}"
        reader = "read_excel"
    else:
        reader = "read_csv"
        if source.encoding not in {None, "utf-8", "utf-8-sig"}:
            options += f", encoding={str(source.encoding).split(' ')[0]!r}"
        if source.delimiter not in {None, ","}:
            options += f", sep={source.delimiter!r}"
    stem = source.name.rsplit(".", 1)[0]
    return [
        "import pandas as pd",
        *(
            [tr("YEAR = 2024  # the year of these columns")]
            if None in {year for year, _, _ in periods.values()}
            else []
        ),
        f"wide = pd.{reader}({source.name!r}{options}, dtype=str)",
        f"days = dict(zip(wide.columns[{_slice(places)}], {_days(list(periods.values()))}))",
        f"long = wide.melt(wide.columns[{who}], list(days)).set_axis(['customer', 'date', 'amount'], axis=1)",
        "long['date'] = long['date'].map(days)",
        "long = long.dropna()",
        "long = long[~long['amount'].isin(['0', '0.00', '-'])]",
        f"long.to_csv({stem + '-long.csv'!r}, index=False)",
    ]


def _slice(places: Sequence[int]) -> str:
    first, last = places[0], places[-1]
    return f"{first}:{last + 1}" if list(places) == list(range(first, last + 1)) else f"{list(places)}"


def _days(periods: Sequence[tuple[int | None, int, int]]) -> str:
    """Return the first days of the periods as Python writes them, short where they follow each other."""
    known = all(year for year, _, _ in periods)
    days = [f"{year or 2001}-{month:02d}-{day:02d}" for year, month, day in periods]
    start = repr(days[0]) if known else f'f"{{YEAR}}{days[0][4:]}"'
    for step in ("MS", "QS", "YS", "D"):
        try:
            if pd.date_range(days[0], periods=len(days), freq=step).strftime("%Y-%m-%d").tolist() == days:
                return f"pd.date_range({start}, periods={len(days)}, freq={step!r}).astype(str)"
        except ValueError:
            break
    if known:
        return repr(days)
    return "[" + ", ".join(f'f"{{YEAR}}{day[4:]}"' for day in days) + "]"
