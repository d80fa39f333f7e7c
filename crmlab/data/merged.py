"""Merged cells of a workbook: names over two rows, and one cell that stands beside several rows.

In the file, a merged cell has its value in the first place only; a person sees it in all.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.data.cells import clean, is_missing
from crmlab.data.messages import Message, values
from crmlab.data.roles import role_count
from crmlab.text.catalogue import N_

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

    from numpy.typing import NDArray

    from crmlab.data.roles import Kind, RoleMatch
    from crmlab.data.tables import RawTable

__all__ = ["Header", "Range", "expanded", "find_names", "read_ranges", "share_merged", "spans"]

_RANGE = re.compile(rb"mergeCell [^>]*?ref=\"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})\"")
_CHUNK = 1 << 20
_OVERLAP = 256
_MOST = 1_000_000
#: names of columns stand in so many rows at most
_DEEPEST = 4
_WIDEST = 16_383  # the last column of a sheet

#: roles of which a merged cell is not meant for every row: an amount over three rows is one amount
_COUNTED = frozenset(
    """amount quantity unit_price fee tenure points value qualifying_spend category_spend own_spend rank shops cost
    days_to_resolve weight overall recommend effort expectation perceived""".split()  # noqa: SIM905 - a list of words
)


@dataclass(frozen=True)
class Range:
    """A merged range; rows and columns counted from 0, the last included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Header:
    """Where the names of columns stand, and what they are.

    Parameters
    ----------
    row
        The last of their rows, counted from 0.
    names
        What each column is called: its names from above to below.
    known_by
        The name by which each column is recognised: its own, where that says enough.

    """

    row: int
    names: list[str]
    known_by: list[str]


def read_ranges(sheet: IO[bytes]) -> list[Range]:
    """Return the merged ranges of a sheet's XML, which is read in pieces.

    >>> import io
    >>> read_ranges(io.BytesIO(b'<mergeCells><mergeCell ref="A1:C2"/></mergeCells>'))
    [Range(top=0, left=0, bottom=1, right=2)]
    """
    found: dict[tuple[bytes, ...], None] = {}
    tail = b""
    while (chunk := sheet.read(_CHUNK)) and len(found) < _MOST:
        piece = tail + chunk
        if b"mergeCell" in piece:
            found |= dict.fromkeys(match.groups() for match in _RANGE.finditer(piece))
        tail = piece[-_OVERLAP:]
    return [
        Range(int(top) - 1, _column(left), int(bottom) - 1, _column(right))
        for left, top, right, bottom in found
    ]


def _column(letters: bytes) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + letter - 64
    return at - 1


def expanded(rows: Sequence[Sequence[object]], ranges: Sequence[Range]) -> list[list[Any]]:
    """Return rows with the value of a merged cell in all its places, as a person sees them.

    >>> expanded([["order", None], ["date", "total"]], [Range(0, 0, 0, 1)])
    [['order', 'order'], ['date', 'total']]
    """
    filled = [list(row) for row in rows]
    for one in ranges:
        if one.top >= len(filled) or one.left >= len(filled[one.top]):
            continue
        value = filled[one.top][one.left]
        right = min(one.right, _WIDEST) + 1
        for row in filled[one.top : one.bottom + 1]:
            row.extend([None] * (right - len(row)))
            row[one.left : right] = [value] * (right - one.left)
    return filled


def find_names(
    rows: Sequence[Sequence[object]],
    header: int,
    ranges: Sequence[Range],
    kind: Kind,
    mapping: Mapping[str, str] | None,
) -> Header:
    """Return the names of columns where merged cells spread them over several rows.

    Parameters
    ----------
    rows
        The first rows, as :func:`expanded` gives them.
    header
        The row that names most roles.
    ranges
        The merged ranges.
    kind, mapping
        What the table shall be.

    Returns
    -------
    Header
        Names joined from above to below: *Order* over *Date* and *Total* gives *Order Date* and *Order Total*. A title
        that stands over the whole table is no part of them.

    """
    near = [one for one in ranges if one.top < len(rows) and one.bottom - one.top < _DEEPEST]
    top = bottom = header
    for one in near:
        if one.top <= header <= one.bottom and one.bottom > one.top:
            top, bottom = min(top, one.top), max(bottom, one.bottom)
    if bottom == header and _groups(rows, header, near) and _all_names(rows, header + 1, near):
        bottom = header + 1
    while top > 0 and bottom - top < _DEEPEST - 1 and _groups(rows, top - 1, near):
        top -= 1
    bottom = min(bottom, len(rows) - 1)
    levels = [[_text(cell) for cell in rows[at]] for at in range(top, bottom + 1)]
    width = max((len(level) for level in levels), default=0)
    columns = [
        list(dict.fromkeys(level[at] for level in levels if at < len(level) and level[at]))
        for at in range(width)
    ]
    names = [" ".join(parts) for parts in columns]
    own = [parts[-1] if parts else "" for parts in columns]
    counts = Counter(own)
    known_by = [
        name if counts[last] > 1 or role_count([name], kind, mapping) else last
        for name, last in zip(names, own, strict=True)
    ]
    return Header(bottom, names, known_by)


def _groups(rows: Sequence[Sequence[object]], at: int, ranges: Sequence[Range]) -> bool:
    """Tell whether a row holds names over several columns: merged cells, and more than one text."""
    if not any(one.top == one.bottom == at and one.right > one.left for one in ranges):
        return False
    return len({_text(cell) for cell in rows[at]} - {""}) > 1


def _all_names(rows: Sequence[Sequence[object]], at: int, ranges: Sequence[Range]) -> bool:
    """Tell whether a row below groups holds the names of their columns: texts, each another one."""
    if at >= len(rows):
        return False
    below = [
        cell
        for one in ranges
        if one.top == one.bottom == at - 1 and one.right > one.left
        for cell in rows[at][one.left : one.right + 1]
    ]
    texts = [_text(cell) for cell in below]
    return all(isinstance(cell, str) for cell in below) and len(set(texts) - {""}) == len(texts) > 0


def _text(cell: object) -> str:
    return "" if is_missing(clean(cell)) else " ".join(str(cell).split())


def spans(ranges: Sequence[Range], numbers: Sequence[int]) -> dict[int, NDArray[np.intp]]:
    """Return, for each column with cells merged downwards, the place of the row whose cell each row shares.

    Parameters
    ----------
    ranges
        The merged ranges.
    numbers
        The rows of data, as a spreadsheet counts them.

    Examples
    --------
    >>> {column: places.tolist() for column, places in spans([Range(1, 0, 2, 0)], [2, 3, 4]).items()}
    {0: [0, 0, 2]}

    """
    known = np.asarray(numbers, dtype=np.int64)
    shared: dict[int, NDArray[np.intp]] = {}
    covered: Counter[int] = Counter()
    for one in ranges:
        if one.left != one.right or one.bottom == one.top:
            continue
        first, end = np.searchsorted(known, [one.top + 1, one.bottom + 2]).tolist()
        # Ranges never overlap in a true sheet; in one made to waste time they may.
        if end - first < 2 or known[first] != one.top + 1 or covered[one.left] > len(known):
            continue
        covered[one.left] += end - first
        shared.setdefault(one.left, np.arange(len(known), dtype=np.intp))[first:end] = first
    return shared


def share_merged(raw: RawTable, roles: Mapping[str, RoleMatch]) -> tuple[RawTable, tuple[Message, ...]]:
    """Give each row its part of merged cells that name something; a merged amount stays the first row's.

    Parameters
    ----------
    raw
        What was loaded.
    roles
        The column that plays each role.

    Returns
    -------
    RawTable
        The same, with the cells shared.
    tuple of Message
        What was done.

    """
    columns, notes = dict(raw.columns), []
    for role, match in roles.items():
        shared = raw.merged.get(match.column)
        if shared is None:
            continue
        count = int((shared != np.arange(len(shared))).sum())
        if role in _COUNTED:
            note = N_(
                "Column “{column}”: {count} cells are merged with the one above. An amount is counted once, in the first "
                "of its rows; the others have none."
            )
        else:
            note = N_("Column “{column}”: {count} cells are merged with the one above and share its value.")
            columns[match.column] = np.asarray(columns[match.column], dtype=object)[shared]
        notes.append(Message(note, values(column=match.column, count=count)))
    return replace(raw, columns=columns), tuple(notes)
