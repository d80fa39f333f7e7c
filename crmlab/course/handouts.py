"""What a chapter needs when it leaves the site: links to the site's pages become links to files that lie beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from crmlab._paths import share
from crmlab.errors import CrmlabError
from crmlab.execution import Executed, Job, execute_many
from crmlab.execution.store import default_cache
from crmlab.text import speaking

__all__ = ["card_name", "card_text", "run_chapters", "with_own_links"]

_CARD = re.compile(r"\]\((?:\.\./)+book/data/([a-z0-9-]+)\.md\)")
#: any other page of the site: outside it there is none, so the words stay and the link goes
_PAGE = re.compile(r"\[([^\]\[]*)\]\((?!https?:|mailto:|#|data/)[^)\s]*\.md(?:#[^)\s]*)?\)")


def run_chapters(
    lang: str,
    chapters: Sequence[Path] | None = None,
    *,
    cache: Path | None = None,
    progress: Callable[[str], object] | None = None,
) -> list[tuple[Path, Executed]]:
    """Run chapters (those of the course if not given) in a language; return each source with its run.

    Raises
    ------
    CrmlabError
        There are no chapters, or one of them stops.

    """
    sources = list(chapters) if chapters is not None else sorted(share("notebooks").glob("ch*.ipynb"))
    if not sources:
        raise CrmlabError("There are no chapters.", hint=f"They should stand in {share('notebooks')}.")
    with speaking(lang):
        jobs = [Job(path, lang=lang) for path in sources]
        runs = execute_many(jobs, cache=cache or default_cache(), progress=progress)
    return list(zip(sources, runs, strict=True))


def with_own_links(nb: Any, lang: str) -> list[str]:
    """Turn a notebook's links to data cards into links to files beside it; return the cases that these tell of.

    Parameters
    ----------
    nb
        An edition of a chapter; its Markdown cells are changed.
    lang
        ``"en"`` or ``"zh"``.

    """
    cases: list[str] = []
    for cell in nb.cells:
        if cell.cell_type != "markdown":
            continue
        cases += _CARD.findall(cell.source)
        text = _CARD.sub(lambda link: f"]({card_name(link[1], lang)})", cell.source)
        cell.source = _PAGE.sub(r"\1", text)
    return list(dict.fromkeys(cases))


def card_name(case: str, lang: str) -> str:
    """Return where a case's card lies, from the notebook's folder.

    >>> card_name("retail", "zh")
    'data/retail.zh.md'
    """
    return f"data/{case}.{lang}.md"


def card_text(case: str, lang: str) -> str:
    """Return a case's card as Markdown."""
    from crmlab.data import load_case
    from crmlab.data.card_pages import render_card

    return render_card(load_case(case).card, lang)
