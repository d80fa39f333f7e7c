"""The message catalogue: English is the key, gettext files hold the Chinese.

Every ``crmlab/locale/zh/*.po`` is read and merged on first use. A message is filled by :meth:`str.format` after it
was looked up, so the Chinese may place its values in another order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

from crmlab.errors import ParameterError, did_you_mean

__all__ = ["LANGUAGES", "N_", "Language", "catalogue", "language", "set_language", "speaking", "tr"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_LOCALE = Path(__file__).parents[1] / "locale"
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
    return text.format(**values) if values else text


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
