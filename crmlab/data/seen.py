"""What a column showed so far, where it comes in pieces.

Some questions are decided once for a whole column: whether day or month comes first, which sign is the decimal one,
which currency counts. A column in pieces is read by what was decided so far, all evidence is kept, and at the end the
same rules decide from it. If they say something else, the file is read once more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmlab.data.amounts import decimal_sign, means_comma, means_point, most_frequent
from crmlab.data.dates import decide_order, order_note, serial_note
from crmlab.data.moments import ORDERS
from crmlab.errors import DataError
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmlab.data.amounts import Decimal
    from crmlab.data.messages import Message
    from crmlab.data.moments import Order, Triple

__all__ = ["Seen", "SeenAmounts", "SeenDates"]

#: so many different amounts that leave no doubt are kept of either decimal sign
_MOST = 100_000


@dataclass
class SeenDates:
    """Evidence of a column of dates.

    Parameters
    ----------
    order
        How dates such as 05/03/2024 are read in this run; None until there is one.
    no_days
        Years whose first day is taken for "no date" in this run.

    """

    order: Order | None = None
    no_days: frozenset[int] = frozenset({1900, 1970})
    serials: set[str] = field(default_factory=set)
    years: dict[int, tuple[int, int]] = field(default_factory=dict)
    _triples: dict[object, Triple] = field(default_factory=dict)

    def add_triples(self, triples: Iterable[Triple]) -> Order:
        """Keep one date of each way to be read, and return the order to read them in."""
        new = list(triples)
        for one in new:
            moments = [one.read(order) for order in ORDERS]
            # All that the decision asks: which orders fit, and which of them give the same day.
            self._triples.setdefault(
                tuple(None if moment is None else moments.index(moment) for moment in moments), one
            )
        if self.order is None:
            try:
                self.order = decide_order(list(self._triples.values()), "")[0]
            except DataError:
                self.order = "dmy"
        return self.order

    def add_year(self, year: int, first_days: int, days: int) -> bool:
        """Count the days of a year, and tell whether its first day is taken for none."""
        before = self.years.get(year, (0, 0))
        self.years[year] = before[0] + first_days, before[1] + days
        return year in self.no_days

    def settled(self, name: str) -> tuple[SeenDates, list[Message]]:
        """Return what to start the next run with, and what to say; raise what a column read at once would raise."""
        notes = []
        order = self.order
        if self._triples:
            order, because = decide_order(list(self._triples.values()), name)
            if because:
                notes.append(order_note(name, order, because))
        if self.serials:
            notes.append(serial_note(name, len(self.serials)))
        mixed = {year for year, (first_days, days) in self.years.items() if 0 < first_days < days}
        return SeenDates(order, frozenset({1900, 1970} - mixed)), notes

    def agrees(self, other: SeenDates) -> bool:
        """Tell whether this run read the dates as the other would."""
        return (self.order, self.no_days) == (other.order, other.no_days)


@dataclass
class SeenAmounts:
    """Evidence of a column of amounts.

    Parameters
    ----------
    sign
        The decimal sign of this run, and whether both stand in the column; None until there is one.
    currency
        The currency that counts in this run; None where there is only one.

    """

    sign: tuple[Decimal, bool] | None = None
    currency: str | None = None
    signs: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    _commas: set[str] = field(default_factory=set)
    _points: set[str] = field(default_factory=set)
    _doubtful: dict[str, str] = field(default_factory=dict)
    _first_comma: str = ""

    def add_written(self, written: set[str]) -> tuple[Decimal, bool]:
        """Keep what tells the decimal sign, and return the one to read by."""
        for text in written:
            if "." not in text and "," not in text:
                continue
            if means_comma(text):
                self._first_comma = min(text, self._first_comma or text)
                if len(self._commas) < _MOST:
                    self._commas.add(text)
            elif means_point(text):
                if len(self._points) < _MOST:
                    self._points.add(text)
            else:
                mark = "." if "." in text else ","
                self._doubtful[mark] = min(text, self._doubtful.get(mark, text))
        # From the first amount on that a sign tells how to read, a run reads by one sign.
        if self.sign is None and (self._commas or self._points or self._doubtful):
            self.sign = self._decide("")[:2]
        return self.sign or (".", False)

    def add_signs(self, signs: set[str], counts: Counter[str]) -> str | None:
        """Count the rows of each currency, and return the one that counts."""
        self.signs |= signs
        self.counts += counts
        if self.currency is None and self.counts:
            self.currency = most_frequent(self.counts)
        return self.currency

    def settled(self, name: str, decimal: Decimal | None) -> tuple[SeenAmounts, list[Message]]:
        """Return what to start the next run with, and what to say."""
        currency = (most_frequent(self.counts) or None) if len(self.signs) > 1 else self.currency
        if decimal is not None:
            return SeenAmounts(self.sign, currency), []
        if min(len(self._commas), len(self._points)) >= _MOST:
            raise DataError(
                tr("Column “{column}” writes amounts with the comma and with the point.", column=name),
                hint=tr("Say which is the decimal sign: --decimal . or --decimal ,"),
            )
        sign, mixed, notes = self._decide(name)
        return SeenAmounts((sign, mixed), currency), list(notes)

    def agrees(self, other: SeenAmounts) -> bool:
        """Tell whether this run read the amounts as the other would."""
        return ((self.sign or (".", False)), self.currency) == ((other.sign or (".", False)), other.currency)

    def _decide(self, name: str) -> tuple[Decimal, bool, tuple[Message, ...]]:
        # Messages name the first of all commas, which may not be among those kept.
        first = {self._first_comma} - {""}
        return decimal_sign({*first, *self._commas, *self._points, *self._doubtful.values()}, name, None)


@dataclass
class Seen:
    """Evidence of all columns of a table of transactions: its dates, and role to amounts."""

    dates: SeenDates = field(default_factory=SeenDates)
    amounts: dict[str, SeenAmounts] = field(default_factory=dict)
