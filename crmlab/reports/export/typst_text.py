"""Text as Typst takes it: always a string literal, never markup, so that nothing in the data can be read as code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

__all__ = ["SOFT_BREAK", "breakable", "clean", "content", "is_wide", "literal", "text"]

#: a place where a line may break, without a hyphen
SOFT_BREAK = "\u200b"

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")
# C0 and C1 controls but for tab and newline; line and paragraph separators
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
# Marks that turn the direction of text or pick a variant, and byte-order marks: nothing of them is ever seen.
_INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u00ad\U000e0000-\U000e0fff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
# A Chinese line breaks by itself: only runs of other characters are words.
_WORD = re.compile(
    "[^\\s\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]+"
)
_BEHIND_SIGNS = re.compile(r"(?<=[/\\._\-?=&:;@,|])")
_LONGEST = 30
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def clean(raw: object) -> str:
    r"""Return `raw` as text without what a page cannot show.

    Terminal colours and invisible marks go, control characters become spaces, line ends become ``\n``, and letters
    with separate accents are composed (NFC), so that one glyph draws them.

    >>> clean("a\x1b[31mb\x07c\r\nd")
    'ab c\nd'
    """
    plain = _ANSI.sub("", str(raw)).replace("\r\n", "\n").replace("\r", "\n")
    plain = _SURROGATE.sub("?", plain)
    return unicodedata.normalize("NFC", _CONTROL.sub(" ", _INVISIBLE.sub("", plain)))


def literal(plain: str) -> str:
    r"""Return a Typst string literal, for a place where Typst expects code.

    >>> literal('say "hi" \\ #import')
    '"say \\"hi\\" \\\\ #import"'
    """
    return '"' + re.sub(r'["\\\n\t]', lambda match: _ESCAPES[match[0]], plain) + '"'


def text(plain: str) -> str:
    """Return Typst markup that shows `plain` as it is; lines may break at soft breaks, of which nothing remains.

    The semicolon ends the expression: a bracket or a full stop behind it is text again.

    >>> text("*a* #b <c>")
    '#"*a* #b <c>";'
    """
    return "#h(0.01pt);".join(f"#{literal(part)};" for part in plain.split(SOFT_BREAK) if part)


def content(plain: str) -> str:
    """Return a Typst expression that shows `plain`, for a place where Typst expects code.

    >>> content("a"), content(f"a{SOFT_BREAK}b")
    ('"a"', '[#"a";#h(0.01pt);#"b";]')
    """
    return f"[{text(plain)}]" if SOFT_BREAK in plain else literal(plain)


def breakable(plain: str, fits: Callable[[str], bool] = lambda word: len(word) <= _LONGEST) -> str:
    """Return `plain` with soft breaks in words that do not fit a line: behind signs, or if need be anywhere.

    >>> breakable("a/bc def", lambda word: len(word) < 4).replace(SOFT_BREAK, "|")
    'a/|bc def'
    >>> breakable("abcd", lambda word: len(word) < 4).replace(SOFT_BREAK, "|")
    'a|b|c|d'
    """

    def broken(match: re.Match[str]) -> str:
        word = match[0]
        if fits(word):
            return word
        parts = [part for part in _BEHIND_SIGNS.split(word) if part]
        return SOFT_BREAK.join(part if fits(part) else SOFT_BREAK.join(part) for part in parts)

    return _WORD.sub(broken, plain)


def is_wide(char: str) -> bool:
    """Say whether `char` is a Chinese character or full-width sign, between which lines break without a space.

    >>> is_wide("客"), is_wide("，"), is_wide("a")
    (True, True, False)
    """
    return unicodedata.east_asian_width(char) in {"W", "F"}
