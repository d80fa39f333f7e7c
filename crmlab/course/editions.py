"""Editions: from one notebook, what each reader gets in their language.

==========  ===========================================================================================
audience    what they get
==========  ===========================================================================================
site        the executed notebook, without solutions and teacher's notes; answers to fill in, unanswered
student     a notebook to work in: no outputs, no solutions, a line for the student's number
instructor  everything
report      results alone: no exercises, no checks, no quiz
==========  ===========================================================================================
"""

from __future__ import annotations

import ast
import copy
import re
from typing import Any, Literal, get_args

from crmlab.course.citations import ROLE, spell_out
from crmlab.course.facts import collect, fill, is_facts, split_code
from crmlab.course.lines import join_chinese_lines
from crmlab.errors import ParameterError, did_you_mean
from crmlab.execution.notebooks import node, tags
from crmlab.text import LANGUAGES, tr

__all__ = ["AUDIENCES", "TAGS", "Audience", "demote", "edition"]

Audience = Literal["site", "student", "instructor", "report"]
AUDIENCES: tuple[Audience, ...] = get_args(Audience)

#: tags that crmlab's notebooks may carry; the last are those of myst-nb
TAGS = frozenset(
    {
        *LANGUAGES,
        "parameters",
        "setup",
        "exercise",
        "answer",
        "check",
        "solution",
        "quiz",
        "instructor",
        "hide-input",
        "remove-input",
        "remove-output",
        "remove-cell",
    }
)
_TEACHERS_ONLY = frozenset({"solution", "instructor"})
_COURSE_ONLY = frozenset({"exercise", "answer", "check", "quiz"})
#: what the site shows of a cell's code, in the words of myst-nb
_ON_SITE = {
    "parameters": "remove-cell",
    "setup": "hide-input",
    "exercise": "remove-input",
    "quiz": "remove-input",
}


def edition(nb: Any, language: str, audience: Audience) -> Any:
    """Return the edition of a notebook for one language and one kind of reader.

    Parameters
    ----------
    nb
        The notebook, executed in `language`; it is not changed.
    language
        ``"en"`` or ``"zh"``.
    audience
        ``"site"``, ``"student"``, ``"instructor"`` or ``"report"``.

    Returns
    -------
    NotebookNode
        With cells of that language alone, placeholders filled, one title, and headings that step down one level at a
        time. ``metadata.crmlab`` holds ``lang``, ``audience``, and the title in that language.

    Raises
    ------
    ParameterError
        There is no such language or audience.
    CrmlabError
        A placeholder names a fact that the notebook does not give.

    """
    _check(language, LANGUAGES, "language")
    _check(audience, AUDIENCES, "audience")
    made = copy.deepcopy(nb)
    values = collect(nb)
    made.cells = [cell for cell in made.cells if _kept(tags(cell), language, audience)]
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = fill(cell.source, values, lang=language, where=cell.get("id", ""))
            if audience != "site" and ROLE.search(cell.source):
                cell.source = spell_out(cell.source, language)
            if language == "zh":
                cell.source = join_chinese_lines(cell.source)
        elif cell.cell_type == "code":
            _code(cell, language, audience)
        own = sorted(tags(cell) - set(LANGUAGES))
        cell.metadata.pop("tags", None)
        if own:
            cell.metadata["tags"] = own
    _metadata(made, language, audience)
    _headings(made, language)
    return made


def _check(value: str, known: tuple[str, ...], what: str) -> None:
    if value not in known:
        near = did_you_mean(value, known)
        raise ParameterError(
            f"There is no {what} {value!r}; there are: {', '.join(known)}.",
            hint=f"Did you mean {near!r}?" if near else None,
        )


def _kept(cell_tags: frozenset[str], language: str, audience: Audience) -> bool:
    spoken = cell_tags & set(LANGUAGES)
    if spoken and language not in spoken:
        return False
    if "injected-parameters" in cell_tags:
        return False
    if audience != "instructor" and cell_tags & _TEACHERS_ONLY:
        return False
    return not (audience == "report" and cell_tags & _COURSE_ONLY)


def _code(cell: Any, language: str, audience: Audience) -> None:
    own = tags(cell)
    cell.outputs = [output for output in cell.get("outputs", ()) if not is_facts(output)]
    if "parameters" in own:
        cell.source = _parameters(cell.source, language, student=audience == "student")
    if audience == "student":
        cell.outputs = []
        cell.execution_count = None
        if own & {"hide-input", "remove-input"}:
            cell.metadata["jupyter"] = node({"source_hidden": True})
    if audience == "site":
        if "check" in own:
            # The source was run with the teacher's answer: what it was told is nothing for a page.
            cell.outputs = []
        extra = {shown for tag, shown in _ON_SITE.items() if tag in own}
        if extra and not own & {"hide-input", "remove-input", "remove-cell"}:
            cell.metadata["tags"] = sorted(own | extra)


def _parameters(source: str, language: str, *, student: bool) -> str:
    """Set the language in a ``parameters`` cell; for students, explain the line with their number."""
    lines = source.splitlines()
    for statement in ast.parse(source).body:
        names = [target.id for target in getattr(statement, "targets", ()) if isinstance(target, ast.Name)]
        at = statement.lineno - 1
        if "lang" in names:
            lines[at] = re.sub(r"=\s*([\"'])\w*\1", f'= "{language}"', lines[at], count=1)
        if "student" in names and student:
            code = lines[at].split("#")[0].rstrip()
            lines[at] = f"{code}  # {tr('your student number', lang=language)}"
    return "\n".join(lines)


def _metadata(nb: Any, language: str, audience: Audience) -> None:
    own = nb.metadata.setdefault("crmlab", node({}))
    title = own.get("title")
    if isinstance(title, dict):
        own["title"] = title.get(language, "")
        nb.metadata["title"] = own["title"]
    own["lang"] = language
    own["audience"] = audience
    if audience == "student":
        own.pop("parameters", None)


def _headings(nb: Any, language: str) -> None:
    """Give the page one title, the first cell's or the metadata's; step other headings down as needed."""
    prose = [cell for cell in nb.cells if cell.cell_type == "markdown"]
    first = prose[0].source.lstrip() if prose else ""
    title = nb.metadata["crmlab"].get("title")
    if isinstance(title, str) and title and not first.startswith("# "):
        head = node(
            {"cell_type": "markdown", "id": f"title-{language}", "metadata": {}, "source": f"# {title}"}
        )
        nb.cells.insert(0, head)
        prose.insert(0, head)
    level, seen_title = 0, False
    for cell in prose:
        cell.source, level, seen_title = demote(cell.source, level, seen_title=seen_title)


def demote(text: str, level: int = 0, *, seen_title: bool = False) -> tuple[str, int, bool]:
    r"""Return Markdown in which only the first heading of a page is of level 1, and no heading skips a level.

    Parameters
    ----------
    text
        Markdown of one cell.
    level
        Of the last heading before it; 0 for none. A page without title begins at level 2: its title stands elsewhere.
    seen_title
        Whether a heading of level 1 came before it.

    Returns
    -------
    tuple
        The text, the level of its last heading, and whether a title was seen by its end.

    Examples
    --------
    >>> demote("# A\n#### B\n# C")
    ('# A\n## B\n## C', 2, True)

    """
    made = []
    for part, code, _ in split_code(text):
        if code:
            made.append(part)
            continue
        lines = part.split("\n")
        for number, line in enumerate(lines):
            match = re.match(r"(#{1,6})(\s+\S.*)$", line)
            starts = number > 0 or not made or made[-1].endswith("\n")
            if match is None or not starts:
                continue
            wanted = len(match[1])
            if wanted == 1 and seen_title:
                wanted = 2
            wanted = min(wanted, max(level, 1) + 1)
            seen_title |= wanted == 1
            level = wanted
            lines[number] = "#" * wanted + match[2]
        made.append("\n".join(lines))
    return "".join(made), level, seen_title
