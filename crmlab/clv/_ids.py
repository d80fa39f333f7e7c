"""Customer ids that are text, turned into numbers in the order of the text, mostly without hashing.

Ids such as ``C00012345``, ``13800138000`` or ``VIP-2024-0001`` differ in a few bits of a few bytes. Those bits, taken in
order, are a number of at most 63 bits that sorts as the text does; numbers are far cheaper to tell apart than text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bytes = NDArray[np.uint8]
    Words = NDArray[np.uint64]

__all__ = ["codes_of_numbers", "codes_of_text", "parts"]

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
    if values.dtype.kind == "i":  # 100 and -100 are further apart than a byte can tell
        values = values.astype(np.int64, copy=False)
    there = np.zeros(high - low + 1, dtype=bool)
    for part in parts(len(values)):
        there[values[part] - low] = True
    distinct = np.flatnonzero(there)
    place = np.zeros(len(there), dtype=np.int32 if len(distinct) < 2**31 else np.int64)
    place[distinct] = np.arange(len(distinct))
    code = np.empty(len(values), dtype=np.int64)
    for part in parts(len(values)):
        code[part] = place[values[part] - low]
    return code, distinct + low


def codes_of_text(who: pd.Series) -> tuple[Ints, pd.Index] | None:
    """Return a code for each text and the distinct texts in their order; None where hashing is the better way.

    The order is that of the characters' numbers, as ``pandas.factorize(who, sort=True)`` has it.
    """
    if len(who) < _FEW:
        return None
    found = _bytes_of(who)
    if found is None:
        return None
    key = _keys(*found)
    if key is None:
        return None
    code, distinct = codes_of_numbers(key) or pd.factorize(key, sort=True)
    at = np.empty(len(distinct), dtype=np.int64)
    for part in parts(len(code)):
        at[code[part]] = np.arange(part.start, part.stop)
    return code.astype(np.int64, copy=False), pd.Index(who.array.take(at), dtype=who.dtype, name=who.name)


def _bytes_of(who: pd.Series) -> tuple[Bytes, Ints] | None:
    """Return the bytes of all texts, one after the other, and where each begins and ends; None if some are no text."""
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
    if held.null_count or not len(held):
        return None
    text = held.chunk(0) if held.num_chunks == 1 else pa.concat_arrays(held.chunks)
    _, offsets, data = text.buffers()
    width = np.int64 if pa.types.is_large_string(text.type) else np.int32
    if data is None or not (pa.types.is_large_string(text.type) or pa.types.is_string(text.type)):
        return None
    bounds = np.frombuffer(offsets, dtype=width)[text.offset : text.offset + len(text) + 1]
    return np.frombuffer(data, dtype=np.uint8), bounds.astype(np.int64, copy=False)


@dataclass(frozen=True, eq=False)
class _Texts:
    """Texts as bytes: where each begins and ends, and their length if they are all equally long, else 0."""

    data: Bytes
    bounds: Ints
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
        start, end = self.bounds[part], self.bounds[part.start + 1 : part.stop + 1]
        anywhere = np.ndarray((len(self.data) - _WORD + 1,), dtype=">u8", buffer=self.data, strides=(1,))
        at = np.minimum(start + place, len(anywhere) - 1)
        word: Words = anywhere[at].astype(np.uint64) & _KEEP[np.clip(end - start - place, 0, _WORD)]
        return word


def _texts(data: Bytes, bounds: Ints) -> _Texts | None:
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


def _keys(data: Bytes, bounds: Ints) -> Ints | None:
    """Return the bits in which the texts differ as one number each; None if there are too many of them."""
    texts = _texts(data, bounds)
    if texts is None:
        return None
    n = len(bounds) - 1
    places = range(0, texts.longest, _WORD)
    masks: list[int] = []
    for until in (min(_SAMPLE, n), n):
        masks = [_differing(texts.words(place, until)) for place in places]
        if sum(mask.bit_count() for mask in masks) > _MOST_BITS:
            return None
    key = np.zeros(n, dtype=np.uint64)
    for place, mask in zip(places, masks, strict=True):
        runs = _runs(mask)
        for part, word in texts.words(place, n) if runs else ():
            some = key[part]
            for shift, width in runs:
                some <<= np.uint64(width)
                some |= (word >> np.uint64(shift)) & np.uint64((1 << width) - 1)
    return key.view(np.int64)


def _differing(chunks: Iterator[tuple[slice, Words]]) -> int:
    """Return the bits in which the words are not all alike."""
    first: np.uint64 | None = None
    differ = np.uint64(0)
    for _, word in chunks:
        first = word[0] if first is None else first
        differ |= np.bitwise_or.reduce(word ^ first)
    return int(differ)


def _runs(mask: int) -> list[tuple[int, int]]:
    """Return (lowest bit, length) of each run of ones, the highest first."""
    found = []
    bit = 63
    while bit >= 0:
        if mask >> bit & 1:
            top = bit
            while bit >= 0 and mask >> bit & 1:
                bit -= 1
            found.append((bit + 1, top - bit))
        bit -= 1
    return found
