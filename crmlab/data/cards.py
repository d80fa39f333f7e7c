"""Cards: what a case's data are, in both languages, with every column, unit, range, licence and checksum."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from crmlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Card", "Column", "TableCard", "Words", "read_card"]

Kind = Literal["real", "sample", "simulated"]
ColumnType = Literal["text", "category", "date", "integer", "number"]


@dataclass(frozen=True)
class Words:
    """The same words in both languages; ``words["zh"]`` picks one."""

    en: str
    zh: str

    def __getitem__(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name, type
        Name in the loaded table; text, category, date, integer, or number.
    label, text
        A short name for axes and table heads, and what the column says.
    unit
        Unit of its numbers, or None.
    low, high
        Range of numbers and dates (ISO text); None where it is open.
    categories
        For categories, the words for each value.
    missing
        Whether the column may hold missing values.
    original
        Name of the column in the file, where it is another.
    codes
        For answers that the file has as words: the whole number that stands for each in the loaded table.

    """

    name: str
    type: ColumnType
    label: Words
    text: Words
    unit: Words | None = None
    low: float | str | None = None
    high: float | str | None = None
    categories: Mapping[str, Words] = field(default_factory=dict)
    missing: bool = False
    original: str | None = None
    codes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class TableCard:
    """One table: its file, columns, number of rows and bytes, and checksum of the file.

    Its `key` is the column that no two rows share and by which other tables are joined to it, or None.
    A `raw` table is one that the learner shall read: the catalogue gives its path alone.
    """

    name: str
    file: str
    label: Words
    columns: tuple[Column, ...]
    rows: int
    size: int
    sha256: str
    read: Mapping[str, Any] = field(default_factory=dict)
    raw: bool = False
    key: str | None = None

    def column(self, name: str) -> Column:
        """Return the description of one column; KeyError when the table has none of that name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def labels(self, lang: str = "en") -> dict[str, str]:
        """Return the short name of every column in one language, for axes and table heads."""
        return {column.name: column.label[lang] for column in self.columns}


@dataclass(frozen=True)
class Card:
    """What a case is and where it comes from.

    Attributes
    ----------
    name, kind
        Name in the catalogue; 'real', 'simulated' by crmlab, or 'sample': published by others to try things on, and
        by their own word not recorded from customers.
    title, story, source, made, licence
        Words in both languages; ``licence_id`` is the licence's short name.
    tables
        Its tables, the main one first.
    blocks
        For surveys: construct to the columns that measure it.
    truth
        For simulated cases: the true parameters, nested; ``truth_labels`` says what each group is.
    distribution
        The pip distribution that carries the files, or None when they stand in the case's folder; ``extra`` is the
        extra of crmlab that installs it, ``product`` what it is called.
    url
        Address of the source, or None.

    """

    name: str
    kind: Kind
    title: Words
    story: Words
    source: Words
    made: Words
    licence: Words
    licence_id: str
    tables: tuple[TableCard, ...]
    blocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    truth: Mapping[str, Any] = field(default_factory=dict)
    truth_labels: Mapping[str, Words] = field(default_factory=dict)
    distribution: str | None = None
    product: str | None = None
    extra: str = "data"
    url: str | None = None

    def table(self, name: str) -> TableCard:
        """Return the description of one table; KeyError when the case has none of that name."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(table.rows for table in self.tables)


def _words(pair: Sequence[str]) -> Words:
    """Join the lines of each paragraph: with a space in English, without one in Chinese."""
    en, zh = (re.split(r"\n\s*\n", str(text).strip()) for text in pair)
    return Words(
        "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in en),
        "\n\n".join("".join(paragraph.split("\n")) for paragraph in zh),
    )


def _column(
    given: Mapping[str, Any] | str,
    shared: Mapping[str, Mapping[str, Any]],
    dates: Mapping[str, Sequence[str]],
) -> Column:
    """Read a column; one given by its name alone, or without its type, is one that many cases share."""
    if isinstance(given, str):
        entry = shared[given]
    else:
        entry = given if "type" in given else {**shared[given["name"]], **given}
    low, high = entry.get("range", dates.get(entry["name"], (None, None)))
    unit = entry.get("unit")
    return Column(
        name=entry["name"],
        type=entry["type"],
        label=_words(entry["label"]),
        text=_words(entry["text"]),
        unit=_words(unit) if unit else None,
        low=low,
        high=high,
        categories=MappingProxyType({key: _words(pair) for key, pair in entry.get("values", {}).items()}),
        missing=bool(entry.get("missing", False)),
        original=entry.get("from"),
        codes=MappingProxyType(dict(entry.get("codes", {}))),
    )


#: parts of a card that stand in the common file unless the card has its own
_SHARED = ("source", "licence", "licence_id", "truth_labels")


def _common(path: Path) -> dict[str, Any]:
    """Read what the simulated cases share; empty where there is no such file."""
    import yaml

    return dict(yaml.safe_load(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def read_card(path: Path) -> Card:
    """Read a card from its YAML file.

    Parameters
    ----------
    path
        A ``card.yaml``; words stand in it as ``[English, Chinese]``.

    Raises
    ------
    DataError
        The file lacks a part of the card, or cannot be read.

    """
    import yaml

    try:
        entry = yaml.safe_load(path.read_text(encoding="utf-8"))
        common = _common(path.parent.parent / "common.yaml") if entry["kind"] == "simulated" else {}
        shared = {name: {one["name"]: one for one in common.get(name, ())} for name in entry["tables"]}
        entry = {key: common[key] for key in _SHARED if key in common} | entry
        tables = tuple(
            TableCard(
                name=name,
                file=table["file"],
                label=_words(table["label"]),
                columns=tuple(
                    _column(column, shared[name], entry["files"][name].get("dates", {}))
                    for column in table["columns"]
                ),
                read=MappingProxyType(dict(table.get("read", {}))),
                raw=bool(table.get("raw", False)),
                key=table.get("key"),
                **{key: entry["files"][name][key] for key in ("rows", "size", "sha256")},
            )
            for name, table in entry["tables"].items()
        )
        return Card(
            name=entry["name"],
            kind=entry["kind"],
            title=_words(entry["title"]),
            story=_words(entry["story"]),
            source=_words(entry["source"]),
            made=_words(entry["made"]),
            licence=_words(entry["licence"]),
            licence_id=entry["licence_id"],
            tables=tables,
            blocks=MappingProxyType({name: tuple(items) for name, items in entry.get("blocks", {}).items()}),
            truth=MappingProxyType(entry.get("truth", {})),
            truth_labels=MappingProxyType(
                {name: _words(pair) for name, pair in entry.get("truth_labels", {}).items()}
            ),
            distribution=entry.get("distribution"),
            product=entry.get("product"),
            extra=entry.get("extra", "data"),
            url=entry.get("url"),
        )
    except (KeyError, TypeError, ValueError, OSError, yaml.YAMLError) as error:
        raise DataError(
            f"The card {path.name} of '{path.parent.name}' cannot be read: {error!r}.",
            hint="A card has the parts that datasets/retail/card.yaml has.",
        ) from error
