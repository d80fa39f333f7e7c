"""What the readers have to say, kept apart from the language it is said in.

A :class:`Message` holds the English template and its values; it becomes text only when somebody reads it, in the
language spoken at that moment. The catalogue of messages is data about language and imports nothing heavy, so
this floor may use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crmlab.text.catalogue import N_, tr

__all__ = ["Message", "joined", "shown", "values"]

#: between the parts of a list: a comma in English, 、 in Chinese
_COMMA = N_(", ")
_LONGEST_SHOWN = 40
_MOST_SHOWN = 30


@dataclass(frozen=True)
class Message:
    """A sentence in English with gaps, and what fills them.

    Tuples among the values are written as lists in the reader's language, messages as their own text.

    >>> str(Message("Columns found: {columns}.", {"columns": ("a", "b")}))
    'Columns found: a, b.'
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        text = tr(self.template)
        return (
            text.format(**{name: _text(value) for name, value in self.values.items()})
            if self.values
            else text
        )


def values(**filled: object) -> dict[str, object]:
    """Name the values of a message.

    >>> values(column="date")
    {'column': 'date'}
    """
    return filled


def joined(parts: Iterable[object]) -> str:
    """Return the parts as one list in the reader's language; of very many, the first thirty.

    >>> joined(["date", "amount"])
    'date, amount'
    """
    texts = [str(part) for part in parts]
    text = tr(_COMMA).join(texts[:_MOST_SHOWN])
    more = len(texts) - _MOST_SHOWN
    return text if more <= 0 else tr("{list} and {count} more", list=text, count=f"{more:,}")


def shown(value: object) -> str:
    """Return a cell as a message quotes it: on one line, cut when long, with characters nobody can see spelled out.

    >>> shown("a" * 100)
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…'
    """
    if value is None:
        return ""
    text = "".join(
        character if character.isprintable() else f"\\x{ord(character):02x}"
        for character in str(value)[: _LONGEST_SHOWN + 1]
    )
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def _text(value: object) -> object:
    if isinstance(value, tuple):
        return joined(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return f"{value:,}"
