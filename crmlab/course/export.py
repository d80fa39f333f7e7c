"""Chapters as files: the edition of one language for one kind of reader, ready to hand out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from crmlab.course.editions import Audience, edition
from crmlab.course.handouts import card_name, card_text, run_chapters, with_own_links
from crmlab.errors import ParameterError, did_you_mean
from crmlab.execution.notebooks import to_text
from crmlab.text import speaking, tr

__all__ = ["export_chapters"]

_READERS = ("instructor", "student")


def export_chapters(
    out: Path,
    lang: str,
    audience: Audience,
    *,
    chapters: Sequence[Path] | None = None,
    cache: Path | None = None,
    progress: Callable[[str], object] | None = None,
) -> list[Path]:
    """Write the chapters' editions into a folder, and beside them the cards of their data; all of them, or none.

    Parameters
    ----------
    out
        The folder; files of the same name are replaced.
    lang
        ``"en"`` or ``"zh"``.
    audience
        ``"instructor"`` has solutions, timings and typical wrong answers; ``"student"`` has none of them.
    chapters
        Notebooks; those of the course if not given.
    cache
        Folder of the cache of executed chapters.
    progress
        Called with a line for each chapter.

    Returns
    -------
    list of Path
        The chapters' files, in their order.

    Raises
    ------
    crmlab.errors.ParameterError
        When `audience` is neither of the two.

    """
    if audience not in _READERS:
        with speaking(lang):
            near = did_you_mean(audience, _READERS)
            raise ParameterError(
                tr(
                    "Chapters are written for an instructor or a student, not for “{audience}”.",
                    audience=audience,
                ),
                problems=[tr("did you mean {near}?", near=near)] if near else (),
                hint=tr("Say --audience instructor or --audience student."),
            )
    runs = run_chapters(lang, chapters, cache=cache, progress=progress)
    with speaking(lang):
        texts: dict[str, str] = {}
        cards: dict[str, str] = {}
        for path, run in runs:
            nb = edition(run.nb, lang, audience)
            cards |= {card_name(case, lang): card_text(case, lang) for case in with_own_links(nb, lang)}
            texts[f"{path.stem}.{lang}.{audience}.ipynb"] = to_text(nb)
    parts = []
    for name, text in (texts | cards).items():
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        part.write_text(text, encoding="utf-8")
        parts.append((part, target))
    return [part.replace(target) for part, target in parts][: len(texts)]
