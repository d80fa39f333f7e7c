"""The message catalogue: English is the key, gettext files hold the Chinese.

Every ``crmlab/locale/zh/*.po`` is read and merged on first use. A message is filled by :meth:`str.format` after it
was looked up, so the Chinese may place its values in another order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Literal, cast, get_args

from crmlab.errors import ParameterError, did_you_mean

__all__ = [
    "LANGUAGES",
    "N_",
    "Language",
    "catalogue",
    "join_sentences",
    "language",
    "set_language",
    "speaking",
    "tr",
]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_LOCALE = Path(__file__).parents[1] / "locale"
_CHINESE, _LATIN = re.compile("[\u4e00-\u9fff]").match, re.compile("[0-9A-Za-z]").match
_current: ContextVar[Language] = ContextVar("crmlab_language", default="en")


def language() -> Language:
    """Return the language spoken now, ``"en"`` or ``"zh"``."""
    return _current.get()


def set_language(lang: str) -> None:
    """Speak `lang` from here on; :func:`crmlab.text.use` sets the figures' style as well."""
    _current.set(_checked(lang))


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Speak `lang` inside a ``with`` block."""
    token = _current.set(_checked(lang))
    try:
        yield
    finally:
        _current.reset(token)


def _checked(lang: str) -> Language:
    if lang in LANGUAGES:
        return lang
    near = did_you_mean(lang, LANGUAGES)
    raise ParameterError(
        f"No language {lang!r}; crmlab speaks {' and '.join(LANGUAGES)}.",
        hint=f"Did you mean {near!r}?" if near else None,
    )


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a message for the catalogue without translating it here."""
    return message


def tr(message: str, /, *, lang: str | None = None, **values: object) -> str:
    """Return `message` in the current language (or in `lang`), filled with `values`.

    A message without a Chinese text comes back in English; a test keeps that from happening to crmlab's own.
    """
    spoken = _checked(lang) if lang is not None else _current.get()
    text = message if spoken == "en" else catalogue(spoken).get(message, message)
    if not values:
        return text
    return text.format(**values) if spoken == "en" else _filled(text, values)


def _filled(text: str, values: dict[str, object]) -> str:
    """Fill a Chinese message so that a blank stands between Chinese and Latin, and none between Chinese and Chinese.

    >>> _filled("{one} 的得分低于 {other} 组", {"one": "城北", "other": "B"})
    '城北的得分低于 B 组'
    """
    formatter, filled = Formatter(), ""
    for literal, name, spec, conversion in formatter.parse(text):
        filled = _beside(filled, literal)
        if name is not None:
            value = formatter.convert_field(formatter.get_field(name, (), values)[0], conversion)
            filled = _beside(filled, formatter.format_field(value, spec or ""))
    return filled


def _beside(left: str, right: str) -> str:
    if _CHINESE(left[-2:-1]) and left.endswith(" ") and _CHINESE(right[:1]):
        return left[:-1] + right
    if _CHINESE(left[-1:]) and right.startswith(" ") and _CHINESE(right[1:2]):
        return left + right[1:]
    ends = left[-1:], right[:1]
    mixed = any(map(_CHINESE, ends)) and any(map(_LATIN, ends))
    return f"{left} {right}" if mixed else left + right


def join_sentences(sentences: Iterable[str]) -> str:
    """Put sentences after each other, with a space between them where the language has one; empty ones are left out.

    >>> join_sentences(["It is late.", "", "Go home."])
    'It is late. Go home.'
    """
    return ("" if language() == "zh" else " ").join(filter(None, sentences))


@cache
def catalogue(lang: Language) -> dict[str, str]:
    """Return all messages of `lang`: English to translation, from every .po file of that language."""
    from babel.messages.pofile import read_po

    messages: dict[str, str] = {}
    for path in sorted((_LOCALE / lang).glob("*.po")):
        with path.open("rb") as file:
            for entry in read_po(file, locale=lang):
                if entry.id and entry.string and not entry.fuzzy:
                    messages[cast("str", entry.id)] = cast("str", entry.string)
    return messages
