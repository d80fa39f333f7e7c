"""How much a file may hold before it is refused: what leaves room to work on it, and no endless cell.

A few kilobytes can stand for gigabytes: packed files, views that count for ever, numbers of a million digits.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from crmlab.errors import DataError
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["CELL", "LONGEST_CELL", "PATIENCE", "check_size", "gathered", "machine_memory", "too_large"]

#: characters of a cell
LONGEST_CELL = 1_000_000
#: seconds that a database file may take over a block of rows
PATIENCE = 300
#: where a container's memory is told, beside the machine's
_CONTAINER = Path("/sys/fs/cgroup/memory.max")
#: bytes that a cell takes in memory as an object, beside the characters of a text
CELL = 100


def machine_memory() -> int | None:
    """Return the bytes of memory of this machine, or of the container it is; None where it does not tell."""
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:  # pragma: no cover - Windows
        return None
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        return min(memory, int(_CONTAINER.read_text(encoding="ascii")))
    except (OSError, ValueError):  # no such file, or "max"
        return memory


def check_size(name: str, size: int) -> None:
    """Refuse a table whose bytes would take more than a quarter of the machine's memory: work on it takes the rest.

    Raises
    ------
    crmlab.errors.DataError
        With advice.

    """
    memory = machine_memory()
    if memory is not None and size > memory // 4:
        raise too_large(name)


def gathered(
    fetch: Callable[[int], Sequence[Sequence[object]]], size: int, name: str
) -> Iterator[Sequence[Sequence[object]]]:
    """Give the blocks of rows that a database answers with, as long as they fit.

    Raises
    ------
    crmlab.errors.DataError
        When they do not.

    """
    held = 0
    while block := fetch(size):
        held += CELL * len(block) * len(block[0])
        held += sum(len(cell) for row in block for cell in row if isinstance(cell, str | bytes))
        check_size(name, held)
        yield block


def too_large(name: str) -> DataError:
    """Return the error of a table that does not fit."""
    return DataError(
        tr("{file} holds more than fits into the memory of this machine.", file=name),
        hint=tr(
            "Take the columns and rows that are needed: with a query, or in the program that wrote the file. A small file "
            "that unpacks to so much may be made to do harm."
        ),
    )
