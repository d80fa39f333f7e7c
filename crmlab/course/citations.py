"""Citations outside the site: ``{cite:p}`key` `` becomes (Author, year) with a link to the work."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from crmlab._paths import share
from crmlab.errors import CrmlabError, did_you_mean

__all__ = ["ROLE", "Work", "spell_out", "works"]

ROLE = re.compile(r"\{cite(?::([pt]))?\}`([^`]+)`")
_FIELD = re.compile(r"(\w+)\s*=\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|\"([^\"]*)\"|(\d+))")


@dataclass(frozen=True)
class Work:
    """A work of the bibliography: family names of its authors, year, and where it stands."""

    key: str
    authors: tuple[str, ...]
    year: str
    url: str | None

    def names(self, lang: str) -> str:
        """Return the authors as a text names them."""
        if len(self.authors) > 2:
            return f"{self.authors[0]} 等" if lang == "zh" else f"{self.authors[0]} et al."
        return (" 和 " if lang == "zh" else " and ").join(self.authors)


def works() -> dict[str, Work]:
    """Return the works of ``book/references.bib`` by key."""
    path = share("book") / "references.bib"
    return _read(path, path.stat().st_mtime_ns) if path.exists() else {}


@lru_cache(maxsize=4)
def _read(path: Path, _modified: int) -> dict[str, Work]:
    found = {}
    for entry in re.split(r"^@", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head = re.match(r"\w+\s*\{\s*([^,\s]+)\s*,", entry)
        if head is None:
            continue
        fields = {
            match[1].lower(): re.sub(r"\s+", " ", match[2] or match[3] or match[4] or "")
            for match in _FIELD.finditer(entry[head.end() :])
        }
        names = re.split(r"\s+and\s+", fields.get("author") or fields.get("editor") or head[1])
        url = f"https://doi.org/{fields['doi']}" if "doi" in fields else fields.get("url")
        found[head[1]] = Work(head[1], tuple(_family(name) for name in names), fields.get("year", ""), url)
    return found


def _family(name: str) -> str:
    if name.startswith("{") and name.endswith("}"):
        return name.strip("{}")
    plain = name.replace("{", "").replace("}", "").strip()
    return plain.split(",")[0].strip() if "," in plain else plain.split(" ")[-1]


def spell_out(text: str, lang: str) -> str:
    """Return Markdown with its citations spelled out.

    Raises
    ------
    CrmlabError
        The bibliography lacks a key; the message names the nearest.

    """
    known = works()

    def one(match: re.Match[str]) -> str:
        narrative = match[1] == "t"
        parts = []
        for key in (part.strip() for part in match[2].split(",")):
            if key not in known:
                near = did_you_mean(key, known)
                raise CrmlabError(
                    f"The bibliography has no work {key!r}.", hint=f"Did you mean {near!r}?" if near else None
                )
            work = known[key]
            year = "无日期" if lang == "zh" and work.year == "n.d." else work.year
            linked = f"[{year}]({work.url})" if work.url else year
            comma = "，" if lang == "zh" else ", "
            bracket = f"（{linked}）" if lang == "zh" else f" ({linked})"
            parts.append(f"{work.names(lang)}{bracket if narrative else comma + linked}")
        joined = ("；" if lang == "zh" else "; ").join(parts)
        if narrative:
            return joined
        return f"（{joined}）" if lang == "zh" else f"({joined})"

    if lang == "zh":  # no blank before a full-width bracket
        text = re.sub(r" +(?=\{cite(?::p)?\}`)", "", text)
    return ROLE.sub(one, text)
