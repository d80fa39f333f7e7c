"""Customer ids that are text, turned into numbers in the order of the text, mostly without hashing.

Ids such as ``C00012345``, ``13800138000`` or ``VIP-2024-0001`` differ in a few bits of a few bytes. Those bits, taken in
order, are a number of at most 63 bits that sorts as the text does; numbers are far cheaper to tell apart than text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bytes = NDArray[np.uint8]
    Bounds = NDArray[np.int64] | NDArray[np.int32]
    Keys = NDArray[np.int64] | NDArray[np.uint32]
    Words = NDArray[np.uint64]

__all__ = ["codes_of_arrow", "codes_of_numbers", "codes_of_pieces", "codes_of_text", "parts"]

_WORD = 8  # bytes read at a time
_MOST_BYTES = 64  # longer ids are hashed
_MOST_BITS = 63
_CHUNK = 1 << 15  # rows handled at a time: what fits into the processor's cache
_SAMPLE = 4096
_FEW = 1000  # so few rows are as quick to hash
#: What is kept of a word of which so many bytes are left.
_KEEP = np.array([2**64 - 2 ** (64 - 8 * left) for left in range(9)], dtype=np.uint64)


def parts(n: int) -> Iterator[slice]:
    """Yield slices of `n` rows, each of which fits into the processor's cache.

    What is computed by parts needs no memory of its own; to be given memory takes longer than most computations in it.
    """
    for begin in range(0, n, _CHUNK):
        yield slice(begin, min(begin + _CHUNK, n))


def codes_of_numbers(values: NDArray[np.integer]) -> tuple[Ints, NDArray[np.integer]] | None:
    """Return a code for each whole number and the distinct numbers in their order.

    Numbers that lie close together need no hashing: one pass over a table of who is there. None where they lie apart.
    """
    low, high = int(values.min()), int(values.max())
    if high - low >= 4 * len(values) + 1024:
        return None
    there = np.zeros(high - low + 1, dtype=bool)
    for part in parts(len(values)):
        there[_above(values[part], low)] = True
    distinct = np.flatnonzero(there)
    if len(distinct) == len(there):
        return _above(values, low), distinct + low
    place = np.zeros(len(there), dtype=np.int32 if len(distinct) < 2**31 else np.int64)
    place[distinct] = np.arange(len(distinct))
    code = np.empty(len(values), dtype=np.int64)
    for part in parts(len(values)):
        # All are inside: clipping spares numpy the look.
        code[part] = place.take(_above(values[part], low), mode="clip")
    return code, distinct + low


def _above(values: NDArray[np.integer], low: int) -> Ints:
    # 100 and -100 are further apart than a byte can tell.
    above: Ints = np.subtract(values, low, dtype=np.int64)
    return above


def codes_of_text(who: pd.Series) -> tuple[Ints, pd.Index] | None:
    """Return a code for each text and the distinct texts in their order; None where hashing is the better way.

    The order is that of the characters' numbers, as ``pandas.factorize(who, sort=True)`` has it.
    """
    text = _arrow_of(who)
    if text is None or (found := codes_of_arrow(text)) is None:
        return None
    code, distinct = found
    kind: Any = who.dtype
    return code, pd.Index(pd.array(distinct, dtype=kind), dtype=kind, name=who.name)


def codes_of_arrow(text: pa.Array) -> tuple[Ints, pa.Array] | None:
    """Return a code for each text of an array of strings and the distinct texts in their order.

    None where hashing is the better way, or where texts are missing.
    """
    return codes_of_pieces([text]) if len(text) >= _FEW else None


def codes_of_pieces(pieces: Iterable[pa.Array]) -> tuple[Ints, pa.Array] | None:
    """Return what :func:`codes_of_arrow` returns, of texts that come in pieces; None also where these differ in other bits."""
    keys: list[Keys] = []
    form: tuple[list[_Bits], int] | None = None
    for piece in pieces:
        texts = None if piece.null_count else _texts(*_bytes_of(piece))
        bits = _differing_bits(texts) if texts else None
        if texts is None or bits is None or form not in (None, (bits, texts.uniform)):
            return None
        form = bits, texts.uniform
        keys.append(_keys(texts, bits))
    if form is None:
        return None
    key: Any = keys[0] if len(keys) == 1 else np.concatenate(keys)
    code, distinct = codes_of_numbers(key) or pd.factorize(key, sort=True)
    return code.astype(np.int64, copy=False), _texts_of(distinct.astype(np.uint64), *form)


def _arrow_of(who: pd.Series) -> pa.Array | None:
    """Return texts as an array of Arrow; None if some are no text."""
    import pyarrow as pa

    if isinstance(who.dtype, pd.StringDtype) and who.dtype.storage == "pyarrow":
        held = pa.chunked_array(who.array.__arrow_array__())
    elif who.dtype == object or isinstance(who.dtype, pd.StringDtype):
        try:
            held = pa.chunked_array([pa.array(who.to_numpy(dtype=object), type=pa.large_string())])
        except (pa.ArrowException, TypeError, OverflowError):
            return None
    else:
        return None
    if not (pa.types.is_large_string(held.type) or pa.types.is_string(held.type)):
        return None
    return held.chunk(0) if held.num_chunks == 1 else pa.concat_arrays(held.chunks)


def _bytes_of(text: pa.Array) -> tuple[Bytes, Bounds]:
    """Return the bytes of all texts, one after the other, and where each begins and ends."""
    import pyarrow as pa

    _, offsets, data = text.buffers()
    width: Any = np.int64 if pa.types.is_large_string(text.type) else np.int32
    bounds: Bounds = np.frombuffer(offsets, dtype=width)[text.offset : text.offset + len(text) + 1]
    return np.frombuffer(data or b"", dtype=np.uint8), bounds


@dataclass(frozen=True, eq=False)
class _Texts:
    """Texts as bytes: where each begins and ends, and their length if they are all equally long, else 0."""

    data: Bytes
    bounds: Bounds
    uniform: int
    longest: int

    def words(self, place: int, until: int) -> Iterator[tuple[slice, Words]]:
        """Yield the 8 bytes from `place` on of each text, as numbers that sort as the bytes do; zeros after its end."""
        for part in parts(until):
            yield part, self._uniform_words(place, part) if self.uniform else self._words(place, part)

    def _uniform_words(self, place: int, part: slice) -> Words:
        # The bytes of one text follow those of the one before: a view with the text's length as its stride. What is
        # left at the end of a text is read from 8 bytes before its end, or from the padding.
        left = min(self.uniform - place, _WORD)
        at = place if self.uniform < _WORD else place + left - _WORD
        rows = len(self.bounds) - 1
        step = np.ndarray((rows,), dtype=">u8", buffer=self.data, offset=at, strides=(self.uniform,))
        word = step[part].astype(np.uint64)
        if self.uniform < _WORD:
            return word >> np.uint64(8 * (_WORD - left))
        return word & np.uint64(2 ** (8 * left) - 1)

    def _words(self, place: int, part: slice) -> Words:
        edges = self.bounds[part.start : part.stop + 1].astype(np.int64)
        start, end = edges[:-1], edges[1:]
        anywhere = np.ndarray((len(self.data) - _WORD + 1,), dtype=">u8", buffer=self.data, strides=(1,))
        at = np.minimum(start + place, len(anywhere) - 1)
        word: Words = anywhere[at].astype(np.uint64) & _KEEP[np.clip(end - start - place, 0, _WORD)]
        return word


def _texts(data: Bytes, bounds: Bounds) -> _Texts | None:
    """Return the texts as bytes; None if they are too long, or hold zero bytes where these would look like an end."""
    shortest, longest = _MOST_BYTES + 1, 0
    for begin in range(0, len(bounds) - 1, _CHUNK):
        length = np.diff(bounds[begin : begin + _CHUNK + 1])
        shortest, longest = min(shortest, int(length.min())), max(longest, int(length.max()))
        if longest > _MOST_BYTES:
            return None
    if not longest:
        return None
    data = data[int(bounds[0]) : int(bounds[-1])]
    if shortest < longest and not data.all():
        return None
    if bounds[0]:
        bounds = bounds - bounds[0]
    if shortest < longest or longest < _WORD:
        data = np.concatenate([data, np.zeros(_WORD, dtype=np.uint8)])
    return _Texts(data, bounds, longest if shortest == longest else 0, longest)


@dataclass(frozen=True)
class _Bits:
    """The bits `mask` in which the words at a place of all texts are not alike, and what `alike` them all."""

    place: int
    mask: int
    alike: int

    @property
    def count(self) -> int:
        return self.mask.bit_count()


def _differing_bits(texts: _Texts) -> list[_Bits] | None:
    """Return where the texts differ; None if a number has no room for it."""
    n = len(texts.bounds) - 1
    bits: list[_Bits] = []
    for until in (min(_SAMPLE, n), n):
        bits = [_differing(texts, place, until) for place in range(0, texts.longest, _WORD)]
        if sum(each.count for each in bits) > _MOST_BITS:
            return None
    return bits


def _differing(texts: _Texts, place: int, until: int) -> _Bits:
    first: np.uint64 | None = None
    differ = np.uint64(0)
    for _, word in texts.words(place, until):
        first = word[0] if first is None else first
        differ |= np.bitwise_or.reduce(word ^ first)
    return _Bits(place, int(differ), int(first or 0) & ~int(differ))


def _keys(texts: _Texts, bits: list[_Bits]) -> Keys:
    """Return the bits in which the texts differ, in turn, as one number each."""
    n = len(texts.bounds) - 1
    width: Any = np.int64 if sum(each.count for each in bits) > 32 else np.uint32
    key: Keys = np.zeros(n, dtype=width)
    packed = [_packed(texts.words(each.place, n), each.mask) for each in bits if each.mask]
    counts = [np.uint64(each.count) for each in bits if each.mask]
    for words in zip(*packed, strict=True):
        part, number = words[0]
        for (_, word), count in zip(words[1:], counts[1:], strict=True):
            number = number << count | word
        key[part] = number
    return key


def _texts_of(key: Words, bits: list[_Bits], uniform: int) -> pa.Array:
    """Return the texts that have these numbers; written anew, they are sooner there than found in a million rows."""
    import pyarrow as pa

    columns = []
    for each in reversed(bits):
        word = key & np.uint64(2**each.count - 1)
        key = key >> np.uint64(each.count)
        for moved, by in reversed(_moves(each.mask)):
            there = np.uint64(moved >> by)
            word = (word & ~there) | ((word & there) << np.uint64(by))
        letters = (word | np.uint64(each.alike)).astype(">u8").view(np.uint8).reshape(-1, _WORD)
        columns.append(letters[:, -(uniform - each.place) :] if uniform else letters)
    letters = np.hstack(columns[::-1])
    bounds = np.arange(len(letters) + 1) * uniform
    if not uniform:
        written = letters != 0
        bounds[1:] = np.cumsum(written.sum(axis=1))
        letters = letters[written]
    return pa.Array.from_buffers(
        pa.large_string(), len(bounds) - 1, [None, pa.py_buffer(bounds), pa.py_buffer(letters)]
    )


def _packed(chunks: Iterator[tuple[slice, Words]], mask: int) -> Iterator[tuple[slice, Words]]:
    """Yield the bits of the words that are in `mask`, without the gaps between them."""
    moves = [(np.uint64(bits), np.uint64(by)) for bits, by in _moves(mask)]
    for part, whole in chunks:
        word = whole & np.uint64(mask)
        for bits, by in moves:
            some = word & bits
            word ^= some
            some >>= by
            word |= some
        yield part, word


@lru_cache(maxsize=64)
def _moves(mask: int) -> tuple[tuple[int, int], ...]:
    """Return which bits to move down, and how far, in turn, to close the gaps between the bits of `mask`.

    A bit must move as far as there are zeros below it: the bits for which this number is odd move by one, then those for
    which half of it is odd by two, and so on ("compress", Warren, Hacker's Delight, section 7-4).
    """
    below, gap = [], 0
    for bit in range(64):
        if mask >> bit & 1:
            below.append((bit, gap))
        else:
            gap += 1
    found = []
    for by in (1, 2, 4, 8, 16, 32):
        if bits := sum(1 << bit for bit, far in below if far & by):
            found.append((bits, by))
        below = [(bit - (far & by), far) for bit, far in below]
    return tuple(found)
