"""Tables that never run off the page: how wide their columns are, how small their type, which way the page is turned.

Everything is decided here, from the widths of the font's glyphs, so that it can be tested without a compiler: type
shrinks to a floor size first, then the page is turned, then the columns are split, with the first one repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from crmlab.reports.export.typst_text import SOFT_BREAK, breakable, content, is_wide, literal

__all__ = [
    "LANDSCAPE_PT",
    "PORTRAIT_PT",
    "Cell",
    "Column",
    "Part",
    "Plan",
    "plan",
    "table_source",
    "width_em",
]

#: width of the text on an upright and on a turned A4 page, in points; layout.typ sets the same margins
PORTRAIT_PT = 470.0
LANDSCAPE_PT = 717.0
_SIZES = (9.0, 8.5, 8.0, 7.5, 7.0)
_SIZES_AT_EASE = (9.0, 8.5, 8.0)  # down to here, type shrinks so that no cell wraps
_MOST_AIR_PT = 75.0  # a narrow table does not spread over the whole line
_SPLIT_SIZE = 7.5
_AIR = 1.03  # what kerning and the space between Chinese and Latin may add
_TEXT_EM = 15.0  # a text column wider than this may wrap
_HEAD_EM = 5.5  # a head wider than this may wrap
_WHOLE_ROWS = (
    8  # a table of up to so many rows stays on one page; a longer one would leave too much of a page empty
)
_TALL_CELL = 900  # a cell with more characters may break over a page


@dataclass(frozen=True)
class Cell:
    """A cell: its words, and its Typst markup where it is more than words."""

    plain: str
    markup: str | None = None


@dataclass(frozen=True)
class Column:
    """A column, head first."""

    head: Cell
    cells: tuple[Cell, ...]
    numeric: bool = False


@dataclass(frozen=True)
class Part:
    """Columns that stand beside each other: their positions, and their widths in points."""

    positions: tuple[int, ...]
    widths: tuple[float, ...]


@dataclass(frozen=True)
class Plan:
    """How a table is set."""

    size: float
    landscape: bool
    parts: tuple[Part, ...]


def _gutter(size: float) -> float:
    """Return the air between two columns, in points: less of it between smaller letters."""
    return 1.2 * size - 2.8


@cache
def _advances() -> tuple[dict[int, int], int]:
    from fontTools.ttLib import TTFont

    from crmlab.text.fonts import font_file

    with TTFont(font_file(), lazy=True) as font:
        metrics = font["hmtx"].metrics
        return {code: metrics[name][0] for code, name in font.getBestCmap().items()}, font["head"].unitsPerEm


def width_em(plain: str) -> float:
    """Return the width of a line in Noto Sans SC, in em.

    >>> width_em("客户")
    2.0
    """
    advances, em = _advances()
    return sum(advances.get(ord(char), em) for char in plain if char != SOFT_BREAK) / em


def _words(plain: str) -> Iterable[str]:
    """Return what must stay on one line: words, and single Chinese characters."""
    for word in plain.split():
        run = ""
        for char in word:
            if is_wide(char):
                yield run + char
                run = ""
            else:
                run += char
        yield run


def _widest(lines: Iterable[str]) -> float:
    return max(map(width_em, lines), default=0.0)


def _wanted(column: Column) -> tuple[float, float]:
    """Return the width in em at which a column reads well, and the one at which nothing in it wraps."""
    head = _widest(column.head.plain.split("\n"))
    head_word = _widest(_words(column.head.plain))
    body = _widest(line for cell in column.cells for line in cell.plain.split("\n"))
    head_at_ease = min(head, max(head_word, head / 2 + 1, _HEAD_EM))
    if column.numeric:
        return max(body, min(head_at_ease, _TEXT_EM)), max(body, head)
    word = min(_widest(word for cell in column.cells for word in _words(cell.plain)), _TEXT_EM)
    return max(min(body, _TEXT_EM), word, min(head_at_ease, _TEXT_EM)), max(body, head)


def plan(
    columns: Sequence[Column], *, portrait: float = PORTRAIT_PT, landscape: float = LANDSCAPE_PT
) -> Plan:
    """Return how a table is set, so that every column fits.

    Parameters
    ----------
    columns
        Heads and cells, as shown.
    portrait, landscape
        Width of the text on an upright and on a turned page, in points.

    Returns
    -------
    Plan
        Type size in points (never under 7), which way the page lies, and the columns of each part. A column that
        alone is wider than the page gets the page's width, and its words are broken.

    """
    if not columns:
        return Plan(_SIZES[0], False, (Part((), ()),))
    wanted = [_wanted(column) for column in columns]
    # Between numbers at the right of a column and words at the left of the next there is one gutter more.
    meets = [i > 0 and columns[i - 1].numeric and not column.numeric for i, column in enumerate(columns)]
    everything = tuple(range(len(columns)))
    for size in _SIZES_AT_EASE:
        whole = [_points(full, size, apart) for (_, full), apart in zip(wanted, meets, strict=True)]
        if sum(whole) <= portrait:
            return Plan(size, False, (Part(everything, _shared(whole, whole, portrait)),))
    for room, turned in ((portrait, False), (landscape, True)):
        for size in _SIZES:
            widths = [
                _points(at_ease, size, apart) for (at_ease, _), apart in zip(wanted, meets, strict=True)
            ]
            if sum(widths) <= room or len(columns) == 1:
                whole = [_points(full, size, apart) for (_, full), apart in zip(wanted, meets, strict=True)]
                return Plan(size, turned, (Part(everything, _shared(widths, whole, room)),))
    return _split(wanted, landscape)


def _points(em: float, size: float, apart: bool = True) -> float:
    return em * size * _AIR + _gutter(size) * (2 if apart else 1)


def _shared(widths: Sequence[float], whole: Sequence[float], room: float) -> tuple[float, ...]:
    """Return widths that use the room: first so that less wraps, then with air."""
    widths = [min(width, room) for width in widths]
    lacking = [max(full - width, 0.0) for width, full in zip(widths, whole, strict=True)]
    left = max(room - sum(widths), 0.0)
    if lack := sum(lacking):
        share = min(left / lack, 1.0)
        widths = [width + share * more for width, more in zip(widths, lacking, strict=True)]
        left = max(room - sum(widths), 0.0)
    air = min(left / len(widths), _MOST_AIR_PT)
    return tuple(width + air for width in widths)


def _split(wanted: Sequence[tuple[float, float]], room: float) -> Plan:
    widths = [min(_points(at_ease, _SPLIT_SIZE), room / 3) for at_ease, _ in wanted]
    key, rest = widths[0], widths[1:]
    fewest = len(_dealt(rest, room - key))
    # As few parts as can be, and those as even as can be.
    even = sum(rest) / fewest
    while len(parts := _dealt(rest, even)) > fewest:
        even = min(even * 1.02, room - key)
    set_parts = []
    for part in parts:
        positions = (0, *(i + 1 for i in part))
        chosen = [widths[i] for i in positions]
        set_parts.append(Part(positions, _shared(chosen, chosen, room)))
    return Plan(_SPLIT_SIZE, True, tuple(set_parts))


def _dealt(widths: Sequence[float], room: float) -> list[list[int]]:
    """Return positions in groups, each group as wide as the room at most."""
    parts: list[list[int]] = [[]]
    used = 0.0
    for position, width in enumerate(widths):
        if parts[-1] and used + width > room + 1e-6:
            parts.append([])
            used = 0.0
        parts[-1].append(position)
        used += width
    return parts


def _content(cell: Cell, room_em: float) -> str:
    if cell.markup is not None:
        return f"[{cell.markup}]"
    return content(breakable(cell.plain, lambda word: width_em(word) <= room_em))


def table_source(
    columns: Sequence[Column], decided: Plan, between: Sequence[str] = (), note: str = ""
) -> str:
    """Return the Typst code of a table: a call of ``crm-table`` for each part.

    Parameters
    ----------
    columns
        Heads and cells.
    decided
        What :func:`plan` returned for them.
    between
        A line above each part, if there are several.
    note
        Markup under the last part.

    """
    blocks = []
    for index, part in enumerate(decided.parts):
        chosen = [columns[position] for position in part.positions]
        rooms = [(width - 2 * _gutter(decided.size)) / decided.size for width in part.widths]
        heads = ", ".join(_content(column.head, room) for column, room in zip(chosen, rooms, strict=True))
        rows = zip(*(column.cells for column in chosen), strict=True)
        body = "\n".join(
            "  "
            + "".join(f"{_content(cell, room)}, " for cell, room in zip(row, rooms, strict=True)).rstrip()
            for row in rows
        )
        tall = any(len(cell.plain) > _TALL_CELL for column in chosen for cell in column.cells)
        above = literal(between[index]) if len(decided.parts) > 1 and between else "none"
        under = f" note: [{note}]," if note and part is decided.parts[-1] else ""
        aligns = ", ".join("right" if column.numeric else "left" for column in chosen)
        widths = ", ".join(f"{width:.2f}pt" for width in part.widths)
        blocks.append(
            f"#crm-table(widths: ({widths},), aligns: ({aligns},), size: {decided.size}pt, "
            f"gutter: {_gutter(decided.size):.2f}pt, "
            f"tall: {str(tall).lower()}, above: {above}, heads: ({heads},),{under}\n{body}\n)"
        )
    return "\n".join(blocks)


def stays_whole(columns: Sequence[Column], decided: Plan) -> bool:
    """Say whether a table is short enough to stand on one page."""
    rows = len(columns[0].cells) if columns else 0
    return (
        len(decided.parts) == 1
        and rows <= _WHOLE_ROWS
        and not any(len(cell.plain) > _TALL_CELL // 3 for column in columns for cell in column.cells)
    )
