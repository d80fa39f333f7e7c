"""The glossary 中英对照: one source for the chapters' key terms and for the site's glossary page.

Terms stand in ``book/glossary/*.yml``: ``id``, ``en``, ``zh``, and a one-sentence definition in each language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import yaml

from crmlab._paths import share
from crmlab.errors import DataError, ParameterError, did_you_mean
from crmlab.text import language, tr

if TYPE_CHECKING:
    from crmlab.show import Block

__all__ = ["Term", "glossary_page", "key_terms", "terms"]


@dataclass(frozen=True)
class Term:
    """A term of the field in both languages, with its definitions and the chapter that introduces it."""

    id: str
    en: str
    zh: str
    define_en: str
    define_zh: str
    chapter: str

    def define(self) -> str:
        """Return the definition in the current language."""
        return self.define_zh if language() == "zh" else self.define_en


@cache
def terms() -> tuple[Term, ...]:
    """Return all terms, in the order of their English names."""
    found: dict[str, Term] = {}
    for path in sorted((share("book") / "glossary").glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")) or ():
            missing = {"id", "en", "zh", "define_en", "define_zh"} - set(entry)
            if missing:
                raise DataError(
                    f"{path.name}: the term {entry.get('id')!r} lacks {', '.join(sorted(missing))}."
                )
            if entry["id"] in found:
                raise DataError(f"{path.name}: the term {entry['id']!r} is defined twice.")
            found[entry["id"]] = Term(**entry, chapter=path.stem)
    return tuple(sorted(found.values(), key=lambda term: term.en.lower()))


def key_terms(chapter: str, ids: Sequence[str] | None = None) -> Block:
    """Show a chapter's key terms 中英对照, with their definitions in the current language.

    Parameters
    ----------
    chapter
        The stem of the chapter's file in ``book/glossary``, as ``"ch05"``.
    ids
        Only these terms, in this order.

    """
    import pandas as pd

    from crmlab.show import table

    known = {term.id: term for term in terms()}
    for name in ids or ():
        if name not in known:
            near = did_you_mean(name, known)
            raise ParameterError(f"No term {name!r}.", hint=f"Did you mean {near!r}?" if near else None)
    chosen = [known[name] for name in ids] if ids else [term for term in terms() if term.chapter == chapter]
    if not chosen:
        raise ParameterError(f"No terms for chapter {chapter!r}.", hint="They stand in book/glossary/*.yml.")
    rows = pd.DataFrame(
        {"en": [t.en for t in chosen], "zh": [t.zh for t in chosen], "is": [t.define() for t in chosen]}
    )
    labels = {"en": tr("English term"), "zh": tr("Chinese term"), "is": tr("Meaning")}
    return table(rows, tr("Key terms of this chapter"), f"terms-{chapter}", labels=labels)


def glossary_page() -> str:
    """Return the glossary as Markdown, sorted by the reader's language."""
    ordered = sorted(terms(), key=lambda term: _pinyin_key(term.zh)) if language() == "zh" else list(terms())
    lines = []
    for term in ordered:
        head = f"**{term.zh}** {term.en}" if language() == "zh" else f"**{term.en}** {term.zh}"
        lines.append(f"({term.id})=\n{head}\n: {term.define()}\n")
    return "\n".join(lines)


def _pinyin_key(text: str) -> bytes:
    """Return a key that sorts by pinyin: GB2312 holds the common characters in that order."""
    return text.encode("gb18030")
