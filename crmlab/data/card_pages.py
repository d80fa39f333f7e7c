"""A card as a page of Markdown. The heads stand here, not in the message catalogue of floor 3: a card is data."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crmlab.data.cards import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmlab.data.cards import Card, Column

__all__ = ["render_card"]

#: a group's label: its name, and what stands behind it in brackets or after a colon
_LABEL = re.compile(r"(.+?)\s*(?:[(（](.*)[)）]|[:：]\s*(.*))?$")
_NUMBER = re.compile(r"\N{MINUS SIGN}?[\d.,]+$")

_HEADS: Mapping[str, Words] = MappingProxyType(
    {
        "name": Words("Name", "名称"),
        "kind": Words("Kind", "性质"),
        "real": Words("real data", "真实数据"),
        "sample": Words(
            "sample data, published by others to try things on; no customers were recorded",
            "示例数据，由他人公开供练习使用，并非真实客户的记录",
        ),
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
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_say(one)}" for name, one in value.items())
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


def render_card(card: Card, lang: str = "en", *, picture: str = "") -> str:
    """Write a card as Markdown.

    Parameters
    ----------
    card
        The card, as :func:`read_card` or ``load_case(name).card`` gives it.
    lang
        'en' or 'zh'.
    picture
        Markdown or HTML that stands above the dictionary: a drawing of the tables.

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
    if picture:
        lines += [picture, ""]
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
