"""Text of which some lines are in one encoding and some in another, as where two systems write into one file.

A line that is UTF-8 proves itself: other encodings hardly ever make three bytes in a row that are a character of
UTF-8. What is left is in an older encoding, or a line of UTF-8 of which a character was cut in the middle.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import TextIO

__all__ = ["Lines", "has_utf8", "open_mixed", "sort_lines"]

_CHUNK = 1 << 20
_LONGEST = 1 << 22  # bytes of a line; what is longer is refused by whoever reads it
_SAMPLE = 1 << 18
#: a line of ASCII and characters of three bytes, as Chinese has them in UTF-8
_UTF8 = re.compile(rb"(?:^|[\r\n])(?:[\t\x20-\x7e]*[\xe2-\xef][\x80-\xbf]{2})+[\t\x20-\x7e]*(?:[\r\n]|$)")
#: characters from here on have three bytes in UTF-8
_THREE_BYTES = "\u0800"

_Kind = Literal["ascii", "utf-8", "short", "broken", "other"]


@dataclass
class Lines:
    """The lines of a file, sorted by what they are in.

    Parameters
    ----------
    fitting
        The older encodings in which all lines can be read that are not UTF-8.
    counts, first
        Lines of each kind, and the number of the first. ``short``: UTF-8 without a character of three bytes, which may as
        well be another encoding; ``broken``: UTF-8 with a broken character; ``other``: no UTF-8.
    sample
        Some of the other lines.

    """

    fitting: list[str]
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)
    sample: bytearray = field(default_factory=bytearray)

    def add(self, kind: str, to: str) -> None:
        """Count the lines of a kind as lines of another kind."""
        if self.counts[kind]:
            self.counts[to] += self.counts.pop(kind)
            self.first[to] = min(self.first[kind], self.first.get(to, self.first[kind]))


def has_utf8(path: Path) -> bool:
    """Tell whether any line of a file is Chinese in UTF-8; fast."""
    with path.open("rb") as file:
        return any(_UTF8.search(chunk) for chunk in iter(lambda: file.read(_CHUNK), b""))


def sort_lines(path: Path, older: Sequence[str]) -> Lines:
    """Sort the lines of a file by what they are in; `older` are the encodings that are tried where UTF-8 fails."""
    found = Lines(list(older))
    with path.open("rb") as file:
        for number, line in enumerate(_lines(file), start=1):
            kind = _kind(line)
            found.counts[kind] += 1
            found.first.setdefault(kind, number)
            if kind == "other":
                found.fitting = [encoding for encoding in found.fitting if _reads(line, encoding)]
                if len(found.sample) < _SAMPLE:
                    found.sample += line
    return found


def open_mixed(path: Path, other: str, newline: str | None) -> TextIO:
    """Open a file of which some lines are UTF-8 and all others in `other`; `newline` as for :func:`open`."""
    return io.TextIOWrapper(
        io.BufferedReader(_InUtf8(path, other)), encoding="utf-8", errors="replace", newline=newline
    )


class _InUtf8(io.RawIOBase):
    """The bytes of a file with every line turned into UTF-8; it can be read again from the start, and no more."""

    def __init__(self, path: Path, other: str) -> None:
        self._file = path.open("rb")
        self._other = other
        self._start()

    def _start(self) -> None:
        self._file.seek(0)
        self._lines = _lines(self._file)
        self._left = b""
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if (offset, whence) == (0, io.SEEK_SET):
            self._start()
        elif (offset, whence) != (0, io.SEEK_CUR):
            raise io.UnsupportedOperation
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # what BufferedReader hands over
        if not self._left:
            self._left = self._in_utf8(next(self._lines, b""))
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        self._at += count
        return count

    def _in_utf8(self, line: bytes) -> bytes:
        kind = _kind(line)
        # Two bytes of UTF-8 may as well be a Chinese character of an older encoding, but no letter of a Western one.
        is_other = kind == "other" or (
            kind == "short" and self._other != "cp1252" and _reads(line, self._other)
        )
        return line.decode(self._other, errors="replace").encode() if is_other else line

    def close(self) -> None:
        self._file.close()
        super().close()


def _lines(file: io.BufferedReader) -> Iterator[bytes]:
    return iter(lambda: file.readline(_LONGEST), b"")


def _kind(line: bytes) -> _Kind:
    """Tell what a line is in, by the words of :class:`Lines`."""
    if line.isascii():
        return "ascii"
    try:
        return "utf-8" if max(line.decode()) >= _THREE_BYTES else "short"
    except UnicodeDecodeError:
        text = line.decode(errors="replace")
    broken = text.count("\ufffd")
    whole = sum(character >= _THREE_BYTES for character in text) - broken
    return "broken" if whole >= broken else "other"


def _reads(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
