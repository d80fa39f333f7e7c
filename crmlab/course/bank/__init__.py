"""The question bank: one source for chapters, site, exam papers and exports.

Each chapter has a module ``chNN.py`` here, with ``EXERCISES`` and ``QUESTIONS``, tuples of
:class:`~crmlab.course.bank.model.Exercise` and :class:`~crmlab.course.bank.model.Question`.
A generic test runs over all of them for a hundred students.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path

from crmlab.course.bank.model import (
    Exercise,
    Mistake,
    Option,
    Question,
    Table,
    Tolerance,
)
from crmlab.errors import CrmlabError, ParameterError, did_you_mean

__all__ = [
    "Exercise",
    "Mistake",
    "Option",
    "Question",
    "Table",
    "Tolerance",
    "chapters",
    "exercises",
    "get",
    "items",
    "questions",
]


@cache
def chapters() -> tuple[int, ...]:
    """Return the chapters that have items in the bank."""
    names = (path.stem for path in Path(__file__).parent.glob("ch[0-9][0-9].py"))
    return tuple(sorted(int(name[2:]) for name in names))


@cache
def items(chapter: int) -> tuple[Exercise | Question, ...]:
    """Return a chapter's items, exercises first, in the bank's order.

    Raises
    ------
    ParameterError
        The bank has no such chapter.

    """
    if chapter not in chapters():
        known = ", ".join(map(str, chapters())) or "none yet"
        raise ParameterError(f"The question bank has no chapter {chapter}.", hint=f"Chapters: {known}.")
    module = import_module(f"crmlab.course.bank.ch{chapter:02d}")
    found: tuple[Exercise | Question, ...] = (*module.EXERCISES, *module.QUESTIONS)
    ids = [item.id for item in found]
    problems = [f"{name} occurs twice" for name in sorted({name for name in ids if ids.count(name) > 1})]
    problems += [f"{item.id} belongs to another chapter" for item in found if item.chapter != chapter]
    if problems:
        raise CrmlabError(f"The question bank of chapter {chapter} is not well formed.", problems=problems)
    return found


def exercises(chapter: int) -> tuple[Exercise, ...]:
    """Return a chapter's exercises."""
    return tuple(item for item in items(chapter) if isinstance(item, Exercise))


def questions(chapter: int) -> tuple[Question, ...]:
    """Return a chapter's quiz questions."""
    return tuple(item for item in items(chapter) if isinstance(item, Question))


def get(item_id: str) -> Exercise | Question:
    """Return the item of that id.

    Raises
    ------
    ParameterError
        There is none; the message names the nearest.

    """
    match = re.match(r"ch(\d\d)-", str(item_id))
    chapter = int(match[1]) if match else None
    within = (chapter,) if chapter in chapters() else chapters()
    known = {item.id: item for number in within if number is not None for item in items(number)}
    if item_id in known:
        return known[item_id]
    near = did_you_mean(str(item_id), known)
    raise ParameterError(
        f"The question bank has no item {item_id!r}.",
        hint=f"Did you mean {near!r}?" if near else f"There are: {', '.join(known) or 'none yet'}.",
    )
