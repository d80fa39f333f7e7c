"""A notebook as a Typst document: what stands where, and what a reader is not shown.

Pure: notebook in, source and files out. :mod:`crmlab.reports.export.pdf` compiles them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmlab.reports.export.markup import Piece, Setter
from crmlab.reports.export.typst_cells import Parts, collect, labels
from crmlab.reports.export.typst_text import clean, literal
from crmlab.text import LANGUAGES, tr
from crmlab.text.fonts import check_glyphs

__all__ = ["TypstDocument", "to_typst"]

_LAYOUT = Path(__file__).with_name("layout.typ")
_HIDDEN = frozenset({"hidden", "remove-cell", "hide-cell", "remove_cell"})
_REGIONS = {"en": "us", "zh": "cn"}
# Characters that stand for the two numbers until the layout knows them.
_PAGE, _PAGES = "\ue000", "\ue001"
_PAIR = 2
#: so many characters of markup are a short paragraph
_SHORT = 900


@dataclass(frozen=True)
class TypstDocument:
    """A document ready to be compiled.

    Attributes
    ----------
    source
        Typst.
    files
        What the source refers to, by name: the layout, and pictures.
    title
        As in the document's metadata.

    """

    source: str
    files: dict[str, bytes]
    title: str = ""


def to_typst(
    nb: Mapping[str, Any],
    *,
    lang: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    exclude_input: bool = True,
) -> TypstDocument:
    """Return a notebook as a Typst document.

    Parameters
    ----------
    nb
        The executed notebook, version 4. Blocks of :mod:`crmlab.show` are set with all care, other outputs as well
        as their media types allow.
    lang
        ``"en"`` or ``"zh"``; cells tagged with the other language are left out. Default: ``nb.metadata.crmlab.lang``.
    metadata
        ``title``, ``subject``, ``authors``, ``keywords``, ``date`` (ISO 8601); goes before ``nb.metadata.crmlab``.
    exclude_input
        Leave code out.

    Raises
    ------
    MissingGlyphsError
        If the text holds characters that the fonts cannot draw.

    Warnings
    --------
    Formulas are checked by Typst's evaluator, so a process that has called this should not fork afterwards; see
    :func:`crmlab.reports.export.pdf.compile_pdf`.

    Examples
    --------
    >>> from nbformat.v4 import new_markdown_cell, new_notebook
    >>> document = to_typst(new_notebook(cells=[new_markdown_cell("# Loyalty")]))
    >>> document.title
    'Loyalty'

    """
    about = {**nb.get("metadata", {}).get("crmlab", {}), **(metadata or {})}
    spoken = lang or about.get("lang") or _parameter_language(nb) or "en"
    cells = list(_shown_cells(nb, spoken))
    setter = Setter(spoken, labels=frozenset(labels(cells)))
    parts = collect(cells, setter, exclude_input=exclude_input)
    title, parts.pieces = _title(about, parts, nb, spoken)
    source = _document(title, about, parts, setter, nb)
    check_glyphs("".join(setter.drawn), where=f"“{title}”")
    return TypstDocument(source, {"layout.typ": _LAYOUT.read_bytes(), **setter.files}, title)


def _parameter_language(nb: Mapping[str, Any]) -> str | None:
    lang = nb.get("metadata", {}).get("papermill", {}).get("parameters", {}).get("lang")
    return lang if lang in LANGUAGES else None


def _shown_cells(nb: Mapping[str, Any], lang: str) -> Iterable[Mapping[str, Any]]:
    for cell in nb["cells"]:
        tags = set(cell.get("metadata", {}).get("tags", ()))
        if not tags & _HIDDEN and not tags & (set(LANGUAGES) - {lang}):
            yield cell


def _title(
    about: Mapping[str, Any], parts: Parts, nb: Mapping[str, Any], lang: str
) -> tuple[str, list[Piece]]:
    """Return the title, and the pieces without the heading that gave it."""
    tops = [piece for piece in parts.pieces if piece.kind == "heading" and piece.level == 1]
    headings = [piece for piece in parts.pieces if piece.kind == "heading"]
    lone = tops[0] if len(tops) == 1 and headings[0] is tops[0] else None
    pieces = [piece for piece in parts.pieces if piece is not lone]
    title = (
        about.get("title")
        or (parts.cover or {}).get("title")
        or (lone.plain if lone else "")
        or nb.get("metadata", {}).get("title")
        or about.get("name")
        or tr("Report", lang=lang)
    )
    return clean(title).replace("\n", " ").strip(), pieces


def _document(
    title: str, about: Mapping[str, Any], parts: Parts, setter: Setter, nb: Mapping[str, Any]
) -> str:
    lang = setter.lang
    cover = parts.cover or {}
    subject = clean(about.get("subject") or cover.get("subject") or "")
    setter.draw(title)
    pieces = _levelled(_kept(parts.pieces))
    page_words = tr("Page {page} of {pages}", lang=lang, page=_PAGE, pages=_PAGES)
    numbered = str(not _already_numbered(pieces)).lower()
    lines = [
        '#import "layout.typ": *',
        (
            f"#set document(title: {literal(title)}, author: {_strings(_authors(about, nb))}, "
            f"description: {literal(subject)}, keywords: {_strings(about.get('keywords') or ('crmlab',))}, "
            f"date: {_date(about, nb)})"
        ),
        (
            f"#show: report.with(title: {setter.content(title)}, lang: {literal(lang)}, "
            f"region: {literal(_REGIONS[lang])}, page-words: {literal(page_words)}, numbered: {numbered})"
        ),
        f"#cover(subject: {setter.content(subject)}, rows: {_rows(cover.get('rows', ()), setter)})",
    ]
    if parts.findings:
        inside = "\n\n".join(map(setter.inner, parts.findings))
        lines.append(f"#findings({literal(tr('Key findings', lang=lang))})[\n{inside}\n]")
    lines += _laid(pieces)
    for block in parts.provenance:
        sections = "".join(
            f"({setter.content(section['title'])}, {_rows(section['rows'], setter)}), "
            for section in block["sections"]
        )
        lines.append(f"#provenance({setter.content(block['title'])}, ({sections}))")
    return "\n\n".join(lines) + "\n"


def _rows(rows: Sequence[Sequence[Any]], setter: Setter) -> str:
    return (
        "("
        + "".join(f"({setter.content(label)}, {setter.content(value, 44)}), " for label, value in rows)
        + ")"
    )


def _strings(values: object) -> str:
    listed = [values] if isinstance(values, str) else list(values) if isinstance(values, Iterable) else []
    return "(" + "".join(f"{literal(clean(value))}, " for value in listed) + ")"


def _authors(about: Mapping[str, Any], nb: Mapping[str, Any]) -> list[str]:
    given = about.get("authors") or about.get("author") or nb.get("metadata", {}).get("authors") or ()
    people = [given] if isinstance(given, str) else given
    return [str(person.get("name", "")) if isinstance(person, Mapping) else str(person) for person in people]


def _date(about: Mapping[str, Any], nb: Mapping[str, Any]) -> str:
    """Return the document's date: given, or when the notebook ran, or else the day of the compiler."""
    papermill = nb.get("metadata", {}).get("papermill", {})
    for given in (about.get("date"), papermill.get("end_time"), papermill.get("start_time")):
        try:
            day = dt.datetime.fromisoformat(str(given))
        except ValueError:
            continue
        return (
            f"datetime(year: {day.year}, month: {day.month}, day: {day.day}, "
            f"hour: {day.hour}, minute: {day.minute}, second: {day.second})"
        )
    return "auto"


def _kept(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces without headings whose whole section stands elsewhere now."""
    kept = []
    for i, piece in enumerate(pieces):
        if piece.kind == "heading":
            section = []
            for other in pieces[i + 1 :]:
                if other.kind == "heading" and other.level <= piece.level:
                    break
                section.append(other.kind)
            if "moved" in section and set(section) == {"moved"}:
                continue
        if piece.kind != "moved":
            kept.append(piece)
    return kept


def _levelled(pieces: Sequence[Piece]) -> list[Piece]:
    """Return headings that begin at level 1 and never skip one, as a tagged PDF wants them."""
    highest = min((piece.level for piece in pieces if piece.kind == "heading"), default=1)
    levelled, last = [], 0
    for piece in pieces:
        if piece.kind == "heading":
            last = min(piece.level - highest + 1, last + 1)
            levelled.append(Piece("heading", piece.markup, piece.plain, last))
        else:
            levelled.append(piece)
    return levelled


def _already_numbered(pieces: Sequence[Piece]) -> bool:
    tops = [piece.plain for piece in pieces if piece.kind == "heading" and piece.level == 1]
    return bool(tops) and all(re.match(r"\d+[.、\s]|[一二三四五六七八九十]+、", plain) for plain in tops)


def _laid(pieces: Sequence[Piece]) -> list[str]:
    """Return the pieces as markup; wide ones on turned pages, with the headings that stand right over them."""
    lines: list[str] = []
    i = 0
    while i < len(pieces):
        end = i
        while end < len(pieces) and pieces[end].kind == "heading":
            end += 1
        if end < len(pieces) and pieces[end].kind == "wide":
            # Wide tables that follow each other share their pages; headings between them go along.
            last = end
            ahead = end
            while ahead < len(pieces) and pieces[ahead].kind in {"wide", "heading"}:
                if pieces[ahead].kind == "wide":
                    last = ahead
                ahead += 1
            turned = "\n\n".join(_placed(piece) for piece in pieces[i : last + 1])
            lines.append(f"#page(flipped: true)[\n{turned}\n]")
            i = last + 1
        else:
            end = max(end, i + 1)
            lines += [_placed(piece) for piece in pieces[i:end]]
            if end > i and pieces[i].kind == "heading" and _leads_in(pieces[end : end + 2]):
                lines.append(f"#lead-in[\n{pieces[end].markup}\n]")
                end += 1
            i = end
    return lines


def _leads_in(pieces: Sequence[Piece]) -> bool:
    """Tell whether a short paragraph under a heading stands before a figure or a table, and should stay with it."""
    if len(pieces) < _PAIR or any(piece.kind != "body" for piece in pieces):
        return False
    words, shown = (piece.markup.strip() for piece in pieces)
    return (
        shown.startswith(("#titled-picture(", "#titled-table("))
        and not words.startswith("#titled-")
        and "\n\n" not in words
        and len(words) <= _SHORT
    )


def _placed(piece: Piece) -> str:
    return f"#heading(level: {piece.level})[{piece.markup}]" if piece.kind == "heading" else piece.markup
