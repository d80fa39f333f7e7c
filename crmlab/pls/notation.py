"""A path model written as text: ``quality: q1 q2; satisfaction: s1; quality -> satisfaction``."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from crmlab.errors import ParameterError

if TYPE_CHECKING:
    from crmlab.pls.structure import Structure

__all__ = ["has_arrow", "read_notation", "write_notation"]

_ARROW = re.compile(r"\s*(?:-+>|=+>|→|⟶)\s*")
_BACKWARD = re.compile(r"<-|<=|←")
_PART = re.compile(r"[;；\n]")
_COMMA = re.compile(r"\s*[,，、]\s*")
_BLANK = re.compile(r"[\s,，、]+")
_COLON = re.compile(r"\s*[:：]\s*")
_MODE = re.compile(r"^(?P<name>.*?)\s*[(（]\s*(?:mode\s*)?(?P<mode>[A-Za-z]+)\s*[)）]$", re.IGNORECASE)
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
#: stands for a name in quotes while the text is cut up
_MASK = re.compile("\x00(\\d+)\x00")
#: what a name must not hold to be written without quotes
_SPECIAL = re.compile(r'[\s,，、;；:：#"()（）\x00]|[-=]>|<[-=]|[→⟶←]')

Blocks = dict[str, tuple[str, ...]]
Paths = list[tuple[str, str]]


class _NotReadError(ValueError):
    """A part of the text that makes no sense; says why."""


def has_arrow(text: str) -> bool:
    """Return whether a text speaks of paths, rather than naming a ready model."""
    return bool(_ARROW.search(text) or _BACKWARD.search(text))


def read_notation(text: str) -> tuple[Blocks, Paths, dict[str, str]]:
    """Return blocks, paths and modes as written; what is wrong with the parts is told at once, with their numbers.

    Constructs in paths need no block here: whoever knows the columns may find their items by name.
    """
    held = [quoted.replace('""', '"') for quoted in _QUOTED.findall(text)]
    numbers = iter(range(len(held)))
    masked = _QUOTED.sub(lambda _: f"\x00{next(numbers)}\x00", text)

    def shown(part: str) -> str:
        return _MASK.sub(lambda found: held[int(found[1])], part)

    blocks: Blocks = {}
    paths: Paths = []
    modes: dict[str, str] = {}
    problems: list[str] = []
    for number, raw in enumerate(_PART.split(masked), 1):
        part = raw.split("#", 1)[0].strip()
        try:
            _read_part(part, blocks, paths, modes)
        except _NotReadError as error:
            problems.append(f"part {number}, {shown(part)!r}: {shown(str(error))}")
    if not problems and not paths:
        problems.append("no path: say what drives what, as in quality -> satisfaction")
    if problems:
        raise ParameterError(
            "The structure cannot be read.",
            problems=problems,
            hint="Write the items of each construct, and the paths, on lines of their own or with semicolons between: "
            "quality: q1 q2 q3; satisfaction: s1 s2; loyalty: l1; quality -> satisfaction -> loyalty.",
        )
    return (
        {shown(name): tuple(shown(item) for item in items) for name, items in blocks.items()},
        [(shown(source), shown(target)) for source, target in dict.fromkeys(paths)],
        {shown(name): mode for name, mode in modes.items()},
    )


def write_notation(structure: Structure) -> str:
    """Return a structure as text, a line for each block and each path."""
    lines = [
        f"{_quoted(construct)}{' (B)' if structure.modes[construct] == 'B' else ''}: {' '.join(map(_quoted, items))}"
        for construct, items in structure.blocks.items()
    ]
    return "\n".join(
        [*lines, *(f"{_quoted(source)} -> {_quoted(target)}" for source, target in structure.paths)]
    )


def _read_part(part: str, blocks: Blocks, paths: Paths, modes: dict[str, str]) -> None:
    if not part:
        return
    if '"' in part:
        raise _NotReadError("a quotation mark is not closed")
    if _BACKWARD.search(part):
        raise _NotReadError("arrows point from cause to effect: write a -> b")
    if _ARROW.search(part):
        paths += _paths(part)
        return
    if not _COLON.search(part):
        raise _NotReadError("neither a path (a -> b) nor a block (a: item item)")
    name, items, mode = _block(part)
    if name in blocks:
        raise _NotReadError(f"{name} has a part of items already; name all its items in one")
    blocks[name] = items
    if mode:
        modes[name] = mode


def _paths(part: str) -> Paths:
    if _COLON.search(part):
        raise _NotReadError("items and paths stand in one part; put a semicolon or a new line between them")
    ends = [_COMMA.split(side.strip()) for side in _ARROW.split(part)]
    if not all(name for side in ends for name in side):
        raise _NotReadError("a name is missing beside an arrow or a comma")
    return [(s, t) for sources, targets in pairwise(ends) for s in sources for t in targets]


def _block(part: str) -> tuple[str, tuple[str, ...], str]:
    head, rest = _COLON.split(part, maxsplit=1)
    match = _MODE.match(head)
    name, mode = (match["name"], match["mode"].upper()) if match else (head, "")
    if not name:
        raise _NotReadError("the construct's name is missing before the colon")
    items = tuple(item for item in _BLANK.split(rest) if item)
    if not items:
        raise _NotReadError(f"{name} has no items")
    return name, items, mode


def _quoted(name: str) -> str:
    if not _SPECIAL.search(name):
        return name
    return '"' + name.replace('"', '""') + '"'
