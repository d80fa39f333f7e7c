"""What the bytes of a text file mean: encoding and delimiter.

UTF-8 is proved by decoding the whole file. What is not UTF-8 is one of a few old encodings; the text decides, by how
common its Chinese characters are under each. Where some lines are UTF-8 and others are not, each is read as what it is.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from crmlab.data.messages import Message, values
from crmlab.data.mixed import has_utf8, open_mixed, sort_lines
from crmlab.errors import DataError, ParameterError
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TextIO

__all__ = ["DELIMITERS", "LABELS", "TextForm", "find_delimiter", "find_encoding", "open_text"]

DELIMITERS = (",", ";", "\t", "|")

_CHUNK = 1 << 20
_SAMPLE = 1 << 18
#: other than UTF-8, in the order in which equal scores are settled
_OLD = ("gb18030", "big5", "cp1252")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: what encodings are called where somebody reads
LABELS = {"utf-8": "UTF-8", "gb18030": "GB18030", "big5": "Big5", "cp1252": "Windows-1252"}
#: so common must the characters of lines be that are not in UTF-8 as all others are, to be read in an old encoding
_LIKELY = 0.5
#: what the first halves of broken characters are in cp1252
_HALVES = "ÃÂâ"
_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13, 26, 27}


@dataclass(frozen=True)
class TextForm:
    """How the bytes of a file are to be read.

    Parameters
    ----------
    encoding
        Python's name of the encoding.
    sha256
        Fingerprint of the bytes.
    size
        Number of bytes.
    errors
        ``"strict"``, or ``"replace"`` when a few bytes of a UTF-8 file are broken.
    other
        The encoding of lines that are not in UTF-8, where others are.
    notes
        What the reader should know about it.

    """

    encoding: str
    sha256: str
    size: int
    errors: str = "strict"
    other: str = ""
    notes: tuple[Message, ...] = ()

    @property
    def name(self) -> str:
        """What the encoding is called: ``utf-8``, or ``utf-8 + gb18030`` where lines differ."""
        return f"{self.encoding} + {self.other}" if self.other else self.encoding


def open_text(path: Path, form: TextForm, newline: str | None = None) -> TextIO:
    """Open a text file whose form was found; `newline` as for :func:`open`."""
    if form.other:
        return open_mixed(path, form.other, newline)
    return path.open(encoding=form.encoding, errors=form.errors, newline=newline)


def find_encoding(path: Path, given: str | None = None) -> TextForm:
    """Find the encoding of a text file and prove that the whole file can be decoded with it.

    Parameters
    ----------
    path
        The file.
    given
        An encoding the user knows; it is only checked then.

    Raises
    ------
    crmlab.errors.DataError
        When the file is no text, or no known encoding fits.
    crmlab.errors.ParameterError
        For an encoding Python does not know.

    """
    if given:
        try:
            codecs.lookup(given)
        except LookupError as error:
            raise ParameterError(
                tr("No encoding “{given}”.", given=given),
                hint=tr("Known are utf-8, gb18030, big5, utf-16, cp1252 and others."),
            ) from error
        guesses: Sequence[str] = (given,)
    else:
        guesses = _guesses(path)
        if guesses[0] in _OLD and (mixed := _by_line(path)):
            return mixed
    for encoding in guesses:
        form = _decodes(path, encoding)
        if form:
            return form
    raise DataError(
        tr("The text of {file} cannot be read: no known encoding fits all of it.", file=path.name),
        problems=[tr("tried: {encodings}", encodings=", ".join(guesses))],
        hint=tr("Save it as “CSV UTF-8”, or name the encoding: --encoding gb18030"),
    )


def _guesses(path: Path) -> Sequence[str]:
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
        for mark, encoding in _BOMS:
            if head.startswith(mark):
                return [encoding]
        if b"\0" in head:
            wide = _wide(head)
            if wide:
                return [wide]
            raise _no_text(path.name)
        counts = Counter(head)
        if sum(counts[code] for code in _CONTROLS) > len(head) / 100:
            raise _no_text(path.name)
        file.seek(0)
        strange = _first_not_utf8(file)
    if not strange:
        return ["utf-8"]
    return sorted(_OLD, key=lambda encoding: -_likeness(strange, encoding))


def _by_line(path: Path) -> TextForm | None:
    """Return the form of a file of which only some lines are UTF-8; None where none is."""
    with path.open("rb") as file:
        strange = _first_not_utf8(file)
    if not _mostly_utf8(strange) and not has_utf8(path):
        return None
    lines = sort_lines(path, _OLD)
    sample = bytes(lines.sample)
    likeness, other = max(((_likeness(sample, one), one) for one in lines.fitting), default=(0.0, ""))
    if other == "cp1252" and all(sign in _HALVES for sign in sample.decode(other) if sign > "\x7f"):
        likeness = 0.0
    if likeness < _LIKELY:  # nothing else than UTF-8 with broken characters
        other = ""
        lines.add("other", to="broken")
    lines.add("short", to="other" if other in {"gb18030", "big5"} else "utf-8")
    notes = []
    if other:
        fewer, more = sorted(("utf-8", "other"), key=lambda kind: lines.counts[kind])
        names = {"utf-8": LABELS["utf-8"], "other": LABELS[other]}
        note = N_(
            "{file} is in two encodings: {more} in most lines, {fewer} in others ({count}, the first is line {line}). Each "
            "line was read as what it is. Look at the names in those lines, and export the file in one encoding next time."
        )
        told = values(file=path.name, more=names[more], fewer=names[fewer])
        notes.append(Message(note, {**told, "count": lines.counts[fewer], "line": lines.first[fewer]}))
    if lines.counts["broken"]:
        note = N_(
            "{file}: some characters are broken (lines: {count}, the first is line {line}), as where a name was cut off in the "
            "middle of a character; a question mark in a diamond stands in their place."
        )
        told = values(file=path.name, count=lines.counts["broken"], line=lines.first["broken"])
        notes.append(Message(note, told))
    form = _decodes(path, "utf-8:replace")
    return form and replace(form, other=other, notes=tuple(notes))


def _first_not_utf8(file: BinaryIO) -> bytes:
    """Return the first piece of the file, from a line's start, that is not UTF-8; empty when all of it is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    while chunk := file.read(_SAMPLE):
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            at_start = file.tell() == len(chunk)
            piece = chunk if at_start else chunk[chunk.find(b"\n") + 1 :]
            return piece or chunk
    return b"" if not decoder.getstate()[0] else decoder.getstate()[0]


def _mostly_utf8(piece: bytes) -> bool:
    """Tell a UTF-8 text with a few broken bytes from a text in another encoding."""
    text = piece.decode("utf-8", errors="replace")
    strange = sum(character > "\x7f" for character in text)
    broken = text.count("\ufffd")
    return strange >= 20 and broken <= strange / 20


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: nearly every other byte of a table of digits and commas is zero."""
    even, odd = head[0::2], head[1::2]
    if odd.count(0) > 0.3 * len(odd) and even.count(0) < 0.05 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.3 * len(even) and odd.count(0) < 0.05 * len(odd):
        return "utf-16-be"
    return None


def _likeness(head: bytes, encoding: str) -> float:
    """Return the share of characters outside ASCII that are common in texts of this encoding; -1 if it cannot be."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return -1.0
    strange = [character for character in text if character > "\x7f"]
    if not strange:
        return 0.0
    if encoding == "cp1252":
        # Western letters stand among ASCII letters; Chinese read as Western gives long runs of signs.
        return 0.6 * sum(character.isalpha() or character in "£€°’–" for character in strange) / len(strange)
    lead = (0xB0, 0xD8) if encoding == "gb18030" else (0xA4, 0xC7)
    return sum(_is_common(character, encoding, lead) for character in strange) / len(strange)


def _is_common(character: str, encoding: str, lead: tuple[int, int]) -> bool:
    code = character.encode("gb2312" if encoding == "gb18030" else encoding, errors="ignore")
    return len(code) == 2 and (lead[0] <= code[0] < lead[1] or code[0] in {0xA1, 0xA3})


def _decodes(path: Path, encoding: str) -> TextForm | None:
    encoding, _, errors = encoding.partition(":")
    decoder = codecs.getincrementaldecoder(encoding)(errors or "strict")
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return TextForm(encoding, digest.hexdigest(), size, errors or "strict")


def _no_text(name: str) -> DataError:
    return DataError(
        tr("{file} is no text file: it holds binary data.", file=name),
        hint=tr("Save the table as .csv, .xlsx or .parquet in the program it comes from."),
    )


def find_delimiter(lines: Sequence[str]) -> str:
    r"""Return the sign that separates the cells: the one that cuts most lines into equally many cells.

    Parameters
    ----------
    lines
        The first lines of the file, with their line ends.

    Examples
    --------
    >>> find_delimiter(["customer;amount\n", "A;1,5\n", "B;2,5\n"])
    ';'

    """
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            widths = [
                len(row)
                for row in csv.reader(lines, delimiter=delimiter)
                if any(cell.strip() for cell in row)
            ]
        except csv.Error:
            continue
        if not widths:
            continue
        width, often = max(Counter(widths).items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
        score = (width > 1) * (often / len(widths) + min(width, 50) / 1000)
        if score > best_score:
            best, best_score = delimiter, score
    return best
