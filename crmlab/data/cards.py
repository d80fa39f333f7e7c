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

__all__ = ["Card", "Column", "TableCard", "Words", "read_card", "render_card"]

Kind = Literal["real", "simulated"]
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


@dataclass(frozen=True)
class TableCard:
    """One table: its file, columns, number of rows and bytes, and checksum of the file."""

    name: str
    file: str
    label: Words
    columns: tuple[Column, ...]
    rows: int
    size: int
    sha256: str
    read: Mapping[str, Any] = field(default_factory=dict)

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
        Name in the catalogue; 'real' or 'simulated'.
    title, story, source, made, licence
        Words in both languages; ``licence_id`` is the licence's short name.
    tables
        Its tables, the main one first.
    blocks
        For surveys: construct to the columns that measure it.
    truth
        For simulated cases: the true parameters, nested; ``truth_labels`` says what each group is.
    distribution
        The pip distribution that carries the files, or None when they stand in the case's folder.
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


def _column(entry: Mapping[str, Any]) -> Column:
    low, high = entry.get("range", (None, None))
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
    )


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
        tables = tuple(
            TableCard(
                name=name,
                file=table["file"],
                label=_words(table["label"]),
                columns=tuple(_column(column) for column in table["columns"]),
                read=MappingProxyType(dict(table.get("read", {}))),
                **entry["files"][name],
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
            url=entry.get("url"),
        )
    except (KeyError, TypeError, ValueError, OSError, yaml.YAMLError) as error:
        raise DataError(
            f"The card {path.name} of '{path.parent.name}' cannot be read: {error!r}.",
            hint="A card has the parts that datasets/retail/card.yaml has.",
        ) from error


# ---------------------------------------------------------------------------------------------------------------
# A card as a page of Markdown. The heads stand here, not in the message catalogue of floor 3: a card is data.

#: a group's label: its name, and what stands behind it in brackets or after a colon
_LABEL = re.compile(r"(.+?)\s*(?:[(（](.*)[)）]|[:：]\s*(.*))?$")
_NUMBER = re.compile(r"\N{MINUS SIGN}?[\d.,]+$")

_HEADS: Mapping[str, Words] = MappingProxyType(
    {
        "name": Words("Name", "名称"),
        "kind": Words("Kind", "性质"),
        "real": Words("real data", "真实数据"),
        "simulated": Words("invented data, made by a simulator", "虚构数据，由模拟程序生成"),
        "licence": Words("Licence", "许可"),
        "source": Words("Source", "来源"),
        "made": Words("How it was made", "数据如何得来"),
        "dictionary": Words("Dictionary", "数据字典"),
        "column": Words("Column", "列名"),
        "meaning": Words("Meaning", "含义"),
        "type": Words("Type", "类型"),
        "unit": Words("Unit", "单位"),
        "range": Words("Range", "取值范围"),
        "text": Words("text", "文本"),
        "category": Words("category", "类别"),
        "date": Words("date", "日期"),
        "integer": Words("whole number", "整数"),
        "number": Words("number", "数值"),
        "missing": Words("may be missing", "可缺失"),
        "file": Words("File", "文件"),
        "rows": Words("rows", "行"),
        "bytes": Words("bytes", "字节"),
        "blocks": Words("Constructs and their items", "结构变量与测量题项"),
        "construct": Words("Construct", "结构变量"),
        "items": Words("Items", "题项"),
        "truth": Words("True parameters", "真实参数"),
        "truth_note": Words(
            "The simulator used these numbers; an analysis of the data should find them again, within its intervals.",
            "模拟程序使用的就是下面这些数值；对数据的分析应当在其区间之内重新找到它们。",
        ),
        "parameter": Words("Parameter", "参数"),
        "value": Words("Value", "取值"),
    }
)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Write a table without the columns that hold nothing, numbers to the right."""
    kept = [at for at in range(len(head)) if any(row[at] for row in rows)]
    head, rows = [head[at] for at in kept], [[row[at] for at in kept] for row in rows]
    rule = ["---:" if all(_NUMBER.match(row[at]) for row in rows) else "---" for at in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    return [line(head), "|" + "|".join(rule) + "|", *(line(row) for row in rows), ""]


def _range(column: Column, lang: str) -> str:
    parts: list[str] = []
    if column.categories:
        # A value whose word is the value itself is said once.
        parts.append(
            ("、" if lang == "zh" else ", ").join(
                f"`{value}`" if words[lang] == value else f"`{value}` {words[lang]}"
                for value, words in column.categories.items()
            )
        )
    elif column.low is not None and column.high is not None:
        parts.append(f"{column.low}–{column.high}")
    elif column.low is not None:
        parts.append(f"≥ {column.low}")
    if column.missing:
        parts.append(_HEADS["missing"][lang])
    return ("；" if lang == "zh" else "; ").join(parts)


def _say(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_say, value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value).replace("-", "\N{MINUS SIGN}")
    return str(value)


def _truth(card: Card, lang: str) -> list[str]:
    """Write the true parameters: single ones in one table, each group in a table of its own."""

    def label(name: str) -> str:
        return card.truth_labels[name][lang] if name in card.truth_labels else name

    single = [
        [f"`{name}`", label(name), _say(value)]
        for name, value in card.truth.items()
        if not isinstance(value, dict)
    ]
    lines = _table([_HEADS[name][lang] for name in ("parameter", "meaning", "value")], single)
    for name, group in card.truth.items():
        if not isinstance(group, dict):
            continue
        short, bracketed, said = _LABEL.match(label(name)).groups()  # type: ignore[union-attr]
        rest = bracketed or said
        lines += [f"### {short}", ""]
        lines += [f"`{name}`{'：' if lang == 'zh' else ': '}{rest}" if rest else f"`{name}`", ""]
        if all(isinstance(entry, dict) for entry in group.values()):
            parts = list(next(iter(group.values())))
            rows = [[f"`{key}`", *(_say(entry[part]) for part in parts)] for key, entry in group.items()]
            lines += _table([_HEADS["name"][lang], *(f"`{part}`" for part in parts)], rows)
        else:
            rows = [[f"`{key}`", _say(value)] for key, value in group.items()]
            lines += _table([_HEADS["parameter"][lang], _HEADS["value"][lang]], rows)
    return lines


def render_card(card: Card, lang: str = "en") -> str:
    """Write a card as Markdown.

    Parameters
    ----------
    card
        The card, as :func:`read_card` or ``load_case(name).card`` gives it.
    lang
        'en' or 'zh'.

    Returns
    -------
    str
        Title, story, licence, source, how it was made, a dictionary for each table with the file's rows, bytes and
        sha256, the constructs of a survey, and the true parameters of a simulated case.

    """

    def head(name: str) -> str:
        return _HEADS[name][lang]

    colon = "：" if lang == "zh" else ": "
    facts = [
        (head("name"), f"`{card.name}`"),
        (head("kind"), head(card.kind)),
        (head("licence"), f"{card.licence_id}{'。' if lang == 'zh' else '. '}{card.licence[lang]}"),
    ]
    lines = [f"# {card.title[lang]}", "", card.story[lang], ""]
    lines += [f"- {name}{colon}{text}" for name, text in facts]
    lines += ["", f"## {head('source')}", "", card.source[lang], ""]
    if card.url:
        lines += [f"<{card.url}>", ""]
    lines += [f"## {head('made')}", "", card.made[lang], "", f"## {head('dictionary')}", ""]
    for table in card.tables:
        comma = "，" if lang == "zh" else ", "
        size = comma.join(
            [f"`{table.file}`", f"{table.rows:,} {head('rows')}", f"{table.size:,} {head('bytes')}"]
        )
        lines += [
            f"### {table.label[lang]}{'（' if lang == 'zh' else ' ('}{table.name}{'）' if lang == 'zh' else ')'}",
            "",
        ]
        lines += [f"{head('file')}{colon}{size}\\", f"sha256 `{table.sha256}`", ""]
        lines += _table(
            [head("column"), head("meaning"), head("type"), head("unit"), head("range")],
            [
                [
                    f"`{column.name}`",
                    column.text[lang],
                    head(column.type),
                    column.unit[lang] if column.unit else "",
                    _range(column, lang),
                ]
                for column in table.columns
            ],
        )
    if card.blocks:
        lines += [f"## {head('blocks')}", ""]
        lines += _table(
            [head("construct"), head("items")],
            [[f"`{name}`", ", ".join(f"`{item}`" for item in items)] for name, items in card.blocks.items()],
        )
    if card.truth:
        lines += [f"## {head('truth')}", "", head("truth_note"), ""]
        lines += _truth(card, lang)
    return "\n".join(lines).rstrip() + "\n"
