"""Text that was opened in the wrong encoding and saved so: 鏃ユ湡 for 日期, Ã¤ for ä, ÈÕÆÚ for 日期.

Names of columns prove it. The text is turned back where nothing was lost; what lost a byte stays as it is, and the name
of a column as far as it can be read.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from crmlab.data.encodings import LABELS
from crmlab.data.messages import Message, shown, values
from crmlab.data.roles import normal_name
from crmlab.data.vocabulary import VOCABULARY
from crmlab.text.catalogue import N_

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crmlab.data.cells import Cells
    from crmlab.data.tables import OpenTable, RawTable

__all__ = ["turned_back", "ungarbled"]

#: the encoding a text was opened in, and the one it was in
_WAYS = (("gb18030", "utf-8"), ("cp1252", "utf-8"), ("cp1252", "gb18030"))
#: what stands where a byte was lost
_LOST = re.compile("[?\ufffd]+$")


def turned_back(text: str, opened: str, right: str) -> str | None:
    """Return what a text was before it was opened in the wrong encoding; None where that cannot be told.

    >>> turned_back("鏃ユ湡", "gb18030", "utf-8"), turned_back("GrÃ¶ÃŸe", "cp1252", "utf-8")
    ('日期', 'Größe')
    >>> turned_back("日期", "gb18030", "utf-8")
    """
    try:
        return _bytes(text, opened).decode(right).removeprefix("\ufeff")
    except UnicodeError:
        return None


def _bytes(text: str, encoding: str) -> bytes:
    if encoding != "cp1252":
        return text.encode(encoding)
    # Programs give the five bytes that Windows-1252 leaves out their own numbers.
    return b"".join(sign.encode("latin-1" if "\x80" <= sign <= "\x9f" else encoding) for sign in text)


def ungarbled(opened: OpenTable) -> OpenTable:
    """Return an opened file with its garbled text turned back; the file itself where it is not garbled."""
    names = {name: text for name, text in opened.headers.items() if not text.isascii()}
    way = next((way for way in _WAYS if any(_proves(text, *way) for text in names.values())), None)
    if way is None:
        return opened
    headers: dict[str, str] = {}
    before: dict[str, str] = {}
    for name, text in opened.headers.items():
        whole = turned_back(text, *way)
        part = "" if whole else _beginning(text, *way)
        new = whole or (f"{part}…" if part else name)
        new = name if new in headers else new
        headers[new], before[new] = whole or part or text, name

    @lru_cache(maxsize=65_536)
    def right(text: str) -> str:
        return turned_back(text, *way) or text

    def mended(cells: Iterable[object]) -> Iterator[object]:
        return (right(cell) if isinstance(cell, str) and not cell.isascii() else cell for cell in cells)

    def column(cells: Cells) -> Cells:
        if not isinstance(cells, np.ndarray):
            return cells
        new = np.empty(len(cells), dtype=object)
        new[:] = list(mended(cells))
        return new

    def table(raw: RawTable, wanted: Sequence[str]) -> RawTable:
        merged = {name: raw.merged[before[name]] for name in wanted if before[name] in raw.merged}
        return replace(
            raw, columns={name: column(raw.columns[before[name]]) for name in wanted}, merged=merged
        )

    def load(wanted: Sequence[str]) -> RawTable:
        return table(opened.load([before[name] for name in wanted]), wanted)

    def pieces(wanted: Sequence[str], size: int) -> Iterator[RawTable]:
        return (table(raw, wanted) for raw in opened.in_pieces([before[name] for name in wanted], size))

    was = next(text for text in names.values() if _proves(text, *way))
    note = N_(
        "{file} was garbled before: {right} text was opened as {opened} and saved so, and “{is_now}” was made of “{was}”. "
        "What lost nothing was put right here. Better export it again, and open it in Excel with Data › From Text/CSV, "
        "65001: Unicode (UTF-8)."
    )
    told = values(file=opened.source.name, right=LABELS[way[1]], opened=LABELS[way[0]])
    now = {"is_now": shown(was), "was": turned_back(was, *way) or f"{_beginning(was, *way)}…"}
    return replace(
        opened,
        headers=headers,
        sample={name: list(mended(opened.sample[old])) for name, old in before.items()},
        load=load,
        notes=(*opened.notes, Message(note, {**told, **now})),
        pieces=pieces,
    )


def _beginning(text: str, opened: str, right: str) -> str:
    """Return what can be read of a text that lost its last bytes; empty where it was not garbled so."""
    decoder = codecs.getincrementaldecoder(right)()  # keeps a character that is not whole to itself
    try:
        return decoder.decode(_bytes(_LOST.sub("", text), opened)).removeprefix("\ufeff")
    except UnicodeError:
        return ""


def _proves(text: str, opened: str, right: str) -> bool:
    """Tell whether a column's name was garbled so: it becomes a known name, or UTF-8 as Western letters never are."""
    if (opened, right) == ("cp1252", "utf-8") and turned_back(text, opened, right):
        return True
    return normal_name(text) not in _known() and normal_name(_beginning(text, opened, right)) in _known()


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset().union(
        *(rank for kind in VOCABULARY.values() for ranks in kind.values() for rank in ranks)
    )
