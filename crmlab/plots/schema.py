"""The tables of a case and the columns by which they are joined, drawn from the case's card.

It is written as SVG without matplotlib, in milliseconds: the site draws every case in every build.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from crmlab.plots.style import ACCENT, GREY, INK
from crmlab.text import language, number, tr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmlab.data.cards import Card, Column, TableCard

__all__ = ["Link", "schema_alt", "schema_links", "schema_svg"]

#: most columns that a table shows; the rest are counted
_ROWS = 6
#: pixels: width of a table, of the gutters, height of head and row, gap below a table
_WIDTH, _GUTTER, _HEAD, _ROW, _GAP = 236.0, 52.0, 29.0, 18.0, 20.0
_MARGIN, _INDENT, _FOOT = 6.0, 8.0, 4.0
_LARGE, _SIZE, _SMALL = 13.0, 11.5, 10.0


@dataclass(frozen=True)
class Link:
    """A column of one table that names rows of another: `table`.`column` is the key of `home`."""

    table: str
    column: str
    home: str


def schema_links(card: Card) -> tuple[Link, ...]:
    """Return the joins of a case.

    Parameters
    ----------
    card
        The case's card; a table's ``key`` is the column that no two of its rows share.

    Returns
    -------
    tuple of Link
        A table joins another by a column that is the other's key. Left out are joins that follow from two others
        (a visit names its order, and the order its customer), and columns of words that mean something else.

    """
    homes = {table.key: table for table in card.tables if table.key}
    every = {
        (table.name, column.name): homes[column.name].name
        for table in card.tables
        for column in table.columns
        if column.name in homes
        and homes[column.name] is not table
        and _names_rows(column, homes[column.name])
    }
    return tuple(
        Link(table, column, home)
        for (table, column), home in every.items()
        if not any(
            (between, column) in every
            for (other, by), between in every.items()
            if other == table and by != column
        )
    )


def _names_rows(column: Column, home: TableCard) -> bool:
    known = home.column(column.name).categories
    return set(column.categories) <= set(known) if known else not column.categories


def schema_alt(card: Card) -> str:
    """Say what the picture of a case's tables shows, for those who cannot see it."""
    named = {table.name: table.label[language()] for table in card.tables}
    joins = [
        tr(
            "“{table}” joins “{home}” by {column}",
            table=named[one.table],
            home=named[one.home],
            column=one.column,
        )
        for one in schema_links(card)
    ]
    tables = tr(", ").join(
        tr("“{table}” with {n} columns", table=named[table.name], n=number(len(table.columns)))
        for table in card.tables
    )
    text = tr("Diagram of {n} tables: {tables}.", n=number(len(card.tables)), tables=tables)
    return text + (tr(" Joins: {joins}.", joins=tr("; ").join(joins)) if joins else "")


def schema_svg(card: Card) -> str:
    """Draw the tables of a case: keys in colour, a line from each column that names rows of another table to its key.

    Parameters
    ----------
    card
        The case's card.

    Returns
    -------
    str
        SVG in one line, its text in the language of the run.
        Tables that others join stand in the middle, the others left and right of them.

    """
    links = schema_links(card)
    columns = _columns(card, links)
    shown = {table.name: _shown(table, links) for table in card.tables}
    tall = {name: _HEAD + _ROW * (len(rows) + (more > 0)) + _FOOT for name, (rows, more) in shown.items()}
    sums = [sum(tall[table.name] + _GAP for table in column) - _GAP for column in columns]
    height = max(sums) + 2 * _MARGIN
    width = _WIDTH * len(columns) + _GUTTER * (len(columns) - 1) + 2 * _MARGIN
    at: dict[tuple[str, str], tuple[float, float]] = {}
    boxes: list[str] = []
    for place, column in enumerate(columns):
        x = _MARGIN + place * (_WIDTH + _GUTTER)
        between = len(columns) == 3 and place == 1
        y = _MARGIN + ((max(sums) - sums[place]) / 2 if between else 0)
        for table in column:
            boxes += _draw_table((x, y), table, shown[table.name], links, at)
            y += tall[table.name] + _GAP
    lines, ends = _draw_links(links, at)
    marks = "".join([*lines, *boxes, *ends])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-label="{escape(schema_alt(card), quote=True)}" font-family="inherit">{marks}</svg>'
    )


def _columns(card: Card, links: Sequence[Link]) -> list[list[TableCard]]:
    """Put the tables that others join in the middle, and the others beside them, as even as can be."""
    homes = {one.home for one in links}
    middle = [table for table in card.tables if table.name in homes]
    middle.sort(key=lambda table: -sum(one.home == table.name for one in links))
    beside = [table for table in card.tables if table.name not in homes]
    if not middle:
        return [beside[place::3] for place in range(min(3, len(beside)))]
    half = (len(beside) + 1) // 2
    return [column for column in (beside[:half], middle, beside[half:]) if column]


def _shown(table: TableCard, links: Sequence[Link]) -> tuple[list[Column], int]:
    """Return the columns that are shown, those of joins first, and how many are not."""
    joined = [table.key, *(one.column for one in links if one.table == table.name)]
    first = [column for column in table.columns if column.name in joined]
    ordered = first + [column for column in table.columns if column not in first]
    count = len(ordered) if len(ordered) <= _ROWS else max(_ROWS - 1, len(first))
    return ordered[:count], len(ordered) - count


def _draw_table(
    corner: tuple[float, float],
    table: TableCard,
    shown: tuple[Sequence[Column], int],
    links: Sequence[Link],
    at: dict[tuple[str, str], tuple[float, float]],
) -> list[str]:
    """Draw one table, and note where each of its columns stands: left edge and height."""
    (x, y), (columns, more) = corner, shown
    tall = _HEAD + _ROW * (len(columns) + (more > 0)) + _FOOT
    left, right = x + _INDENT, x + _WIDTH - _INDENT
    label, file = table.label[language()], table.file.rpartition("/")[2]
    marks = [
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{_WIDTH}" height="{tall:.1f}" fill="#fff" stroke="{ACCENT}"/>',
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{_WIDTH}" height="{_HEAD}" fill="{ACCENT}"/>',
        _text(left, y + _HEAD / 2, label, _LARGE, "#fff"),
    ]
    if _fits((label, _LARGE), (file, _SMALL)):
        marks.append(_text(right, y + _HEAD / 2, file, _SMALL, "#dbeeee", end=True))
    joined = {table.key, *(one.column for one in links if one.table == table.name)}
    for place, column in enumerate(columns):
        down = y + _HEAD + _ROW * (place + 0.5)
        marks.append(_text(left, down, column.name, _SIZE, ACCENT if column.name in joined else INK))
        said = column.label[language()]
        if said.casefold() != column.name and _fits((column.name, _SIZE), (said, _SMALL)):
            marks.append(_text(right, down, said, _SMALL, GREY, end=True))
        at[table.name, column.name] = (x, down)
    if more:
        said = tr("… and {n} more", n=number(more))
        marks.append(_text(left, y + tall - _FOOT - _ROW / 2, said, _SMALL, GREY))
    return marks


def _text(x: float, y: float, text: str, size: float, colour: str, *, end: bool = False) -> str:
    anchor = ' text-anchor="end"' if end else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" dominant-baseline="central"{anchor}>'
        f"{escape(text)}</text>"
    )


def _fits(*texts: tuple[str, float]) -> bool:
    """Tell whether texts have room side by side: a wide character is as wide as it is high, others take 0.6 of it."""
    widths = [
        size * sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.6 for sign in text)
        for text, size in texts
    ]
    return sum(widths) + 3 * _INDENT < _WIDTH


def _draw_links(
    links: Sequence[Link], at: Mapping[tuple[str, str], tuple[float, float]]
) -> tuple[list[str], list[str]]:
    """Draw a line with two elbows for each join, and its ends; lines to one key share the way, others keep apart."""
    homes = list(dict.fromkeys(one.home for one in links))
    lines, ends = [], []
    for one in links:
        (x, y), (to, key) = at[one.table, one.column], at[one.home, one.column]
        lane = _GUTTER * (homes.index(one.home) + 1) / (len(homes) + 1)
        if x < to:
            start, turn, end = x + _WIDTH, to - lane, to
        else:
            start, end = (x + _WIDTH if x == to else x), to + _WIDTH
            turn = end + lane
        line = f"M{start:.1f} {y:.1f}H{turn:.1f}V{key:.1f}H{end:.1f}"
        lines.append(f'<path d="{line}" fill="none" stroke="{ACCENT}" stroke-width="1.3"/>')
        ends.append(f'<circle cx="{start:.1f}" cy="{y:.1f}" r="3" fill="{ACCENT}"/>')
        diamond = f"M{end - 4:.1f} {key:.1f}L{end:.1f} {key - 4:.1f}L{end + 4:.1f} {key:.1f}L{end:.1f} {key + 4:.1f}Z"
        ends.append(f'<path d="{diamond}" fill="{ACCENT}"/>')
    return lines, ends
