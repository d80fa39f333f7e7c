"""Parity of the languages: every English cell has its Chinese twin, which says the same in all that can be compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from crmlab.course.citations import ROLE
from crmlab.course.facts import PLACEHOLDER, split_code
from crmlab.execution.notebooks import tags

__all__ = ["problems", "text_problems"]

_LINK = re.compile(
    r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|<(https?://[^>\s]+)>"
)
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w])", re.ASCII)
_ZH_MAGNITUDE = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(万亿|亿|万)")
_MAGNITUDE = {"万": 10_000, "亿": 100_000_000, "万亿": 1_000_000_000_000}
_EN_MAGNITUDE = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(thousand|million|billion|trillion)\b", re.IGNORECASE)
_EN_FACTOR = {
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "trillion": 1_000_000_000_000,
}
#: small numbers that one language writes as a word where the other has digits
_EN_WORDS = {
    word: str(number)
    for number, words in enumerate(
        (
            "zero", "one once first single", "two twice second both half", "three third", "four fourth quarter",
            "five fifth", "six sixth", "seven seventh", "eight eighth", "nine ninth", "ten tenth", "eleven", "twelve",
        )
    )
    for word in words.split()
} | {"twenty": "20", "thirty": "30", "fifty": "50", "hundred": "100", "thousand": "1000"}  # fmt: skip
_ZH_WORDS = {
    "零": "0", "一": "1", "二": "2", "两": "2", "三": "3", "四": "4", "五": "5", "六": "6", "七": "7", "八": "8", "九": "9",
    "十": "10", "百": "100", "千": "1000", "半": "2",
}  # fmt: skip
_MONTHS = {
    name: number
    for number, name in enumerate(
        [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        start=1,
    )
}


def problems(nb: Any) -> list[str]:
    """Return what is not the same in both languages of a notebook; nothing if all is well.

    Parameters
    ----------
    nb
        A source notebook.

    Returns
    -------
    list of str
        One line each, beginning with the cell's id. Checked: each cell tagged ``en`` is directly followed by one tagged
        ``zh`` with the same id but for the ending; the same other tags; the same levels of headings, formulas,
        placeholders, names in code font, digits (a small number may be a word in one language), targets of links
        and images, and citations.

    """
    found: list[str] = []
    title = nb.metadata.get("crmlab", {}).get("title")
    if isinstance(title, dict) and set(title) != {"en", "zh"}:
        found.append(f"title: in {', '.join(sorted(title)) or 'no language'} only")
    cells = list(nb.cells)
    position = 0
    while position < len(cells):
        cell = cells[position]
        position += 1
        if cell.cell_type != "markdown":
            continue
        name, own = cell.get("id", "?"), tags(cell)
        if {"en", "zh"} <= own:
            continue
        if "en" in own:
            twin = cells[position] if position < len(cells) else None
            if twin is None or twin.cell_type != "markdown" or "zh" not in tags(twin):
                found.append(f"{name}: no zh cell follows it")
                continue
            position += 1
            found += _pair(cell, twin)
        elif "zh" in own:
            found.append(f"{name}: a zh cell without an en cell before it")
        else:
            found.append(f"{name}: a text cell without the tag en or zh")
    return found


def _pair(english: Any, chinese: Any) -> list[str]:
    name, other = english.get("id", "?"), chinese.get("id", "?")
    found = []
    if not name.endswith("-en") or f"{name[:-3]}-zh" != other:
        found.append(f"{name}: its twin is called {other}; ids of twins end in -en and -zh and begin alike")
    if tags(english) - {"en"} != tags(chinese) - {"zh"}:
        found.append(f"{name}: its twin has other tags: {sorted(tags(english))}, {sorted(tags(chinese))}")
    return found + [f"{name}: {line}" for line in text_problems(english.source, chinese.source)]


def text_problems(english: str, chinese: str) -> list[str]:
    r"""Return what two texts do not have in common.

    >>> text_problems("## A\n\n{{n}} of 250", "## 甲\n\n250 人中的 {{n}} 人")
    []
    >>> text_problems("Of 250", "共 25 人")
    ['numbers differ: en 250; zh 25']
    """
    found = []
    if not chinese.strip() or not english.strip():
        return ["one of the two is empty"]
    for what, take in _COMPARED:
        mine, theirs = take(english), take(chinese)
        if mine == theirs:
            continue
        only_en, only_zh = Counter(mine) - Counter(theirs), Counter(theirs) - Counter(mine)
        if what == "numbers":
            only_en -= Counter(_ZH_WORDS[char] for char in chinese if char in _ZH_WORDS)
            words = re.findall(r"[a-z]+", english.lower())
            only_zh -= Counter(_EN_WORDS[word] for word in words if word in _EN_WORDS)
        if only_en or only_zh:
            left, right = (", ".join(only.elements()) or "–" for only in (only_en, only_zh))
            found.append(f"{what} differ: en {left}; zh {right}")
        elif what == "levels of headings":
            found.append(f"{what} stand in another order")
    return found


def _prose(text: str) -> str:
    return "".join(part for part, code, formula in split_code(text) if not code and not formula)


def _headings(text: str) -> list[str]:
    prose = "".join(part for part, code, _ in split_code(text) if not code)
    return [match[1] for match in re.finditer(r"^(#{1,6})\s", prose, flags=re.MULTILINE)]


def _formulas(text: str) -> list[str]:
    """Return formulas without the words in them, which differ."""
    found = []
    for part, _, formula in split_code(text):
        if formula:
            bare = re.sub(r"\\(text|mathrm|textrm|operatorname)\s*\{[^{}]*\}", "", part)
            bare = re.sub(r"[\u3400-\u9fff，。；：（）]+", "", bare)
            found.append(re.sub(r"\s+|\\[,;! ]", "", bare))
    return sorted(found)


def _placeholders(text: str) -> list[str]:
    return sorted(re.sub(r"\s", "", match[0]) for match in PLACEHOLDER.finditer(text))


def _links(text: str) -> list[str]:
    return sorted(re.sub(r"\.(en|zh)\b", "", match[1] or match[2]) for match in _LINK.finditer(text))


def _citations(text: str) -> list[str]:
    return sorted(key.strip() for match in ROLE.finditer(text) for key in match[2].split(","))


def _codes(text: str) -> list[str]:
    """Return the names in code font; blocks of code may hold comments in the language."""
    plain = ROLE.sub("", re.sub(r"\{\w+(?::\w+)?\}`[^`]*`", "", text))
    return sorted(part for part, code, _ in split_code(plain) if code and not part.startswith("```"))


def _numbers(text: str) -> list[str]:
    """Return the numbers in digits, without those in links, placeholders, formulas and code."""
    prose = PLACEHOLDER.sub(" ", _LINK.sub(" ", _prose(ROLE.sub(" ", text))))
    prose = re.sub(r"https?://\S+", " ", prose)
    found: list[str] = []

    def scaled(factor: dict[str, int]) -> Callable[[re.Match[str]], str]:
        def take(match: re.Match[str]) -> str:
            value = float(match[1].replace(",", "")) * factor[match[2].lower()]
            found.append(f"{value:.10g}")
            return " "

        return take

    prose = _ZH_MAGNITUDE.sub(scaled(_MAGNITUDE), prose)
    prose = _EN_MAGNITUDE.sub(scaled(_EN_FACTOR), prose)
    prose = re.sub(r"^(\s*)\d+\.\s", r"\1", prose, flags=re.MULTILINE)  # a numbered list counts by itself
    for month, number in _MONTHS.items():
        prose = re.sub(rf"\b{month}\b(?=\s+\d)|(?<=\d)\s+{month}\b", f" {number} ", prose)
    prose = re.sub(r"(\d{4})-(\d\d)-(\d\d)", lambda day: f"{day[1]} {int(day[2])} {int(day[3])}", prose)
    prose = re.sub(r"[\u3400-\u9fff\uff00-\uffef]", " ", prose)
    found += [f"{float(match[0].replace(',', '')):.10g}" for match in _NUMBER.finditer(prose)]
    return sorted(found)


_COMPARED: tuple[tuple[str, Callable[[str], list[str]]], ...] = (
    ("levels of headings", _headings),
    ("formulas", _formulas),
    ("placeholders", _placeholders),
    ("names in code font", _codes),
    ("targets of links", _links),
    ("citations", _citations),
    ("numbers", _numbers),
)
