"""What a bank item is: exercises with known wrong answers, questions with explained options.

Texts are mappings ``{"en": …, "zh": …}`` in Markdown, formulas in ``$…$``. Those of an exercise are filled by
:meth:`str.format` with its parameters, so every brace of a formula in them is doubled.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmlab.errors import CrmlabError
from crmlab.text import LANGUAGES, language

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "Answer",
    "Exercise",
    "Mistake",
    "Option",
    "Parameters",
    "Question",
    "Table",
    "Text",
    "Tolerance",
    "seeded",
    "student_key",
]

#: the same text in both languages
Text = Mapping[str, str]
#: what an exercise draws for one student
Parameters = dict[str, Any]
#: a number, a word, or several of them
Answer = float | int | str | tuple[float | int | str, ...]

_DRAWS = 500


@dataclass(frozen=True)
class Tolerance:
    """How far from the solution an answer may stand: ``absolute + relative × |solution|``.

    >>> Tolerance(absolute=0.05).near(45.04, 45.0)
    True
    >>> Tolerance(relative=0.01).near(45.5, 45.0)
    False
    """

    absolute: float = 0.0
    relative: float = 0.0

    def width(self, target: float) -> float:
        """Return the half width around `target`; never less than what floating point blurs."""
        return self.absolute + self.relative * abs(target) + 1e-9 * max(1.0, abs(target))

    def near(self, answer: Answer, target: Answer) -> bool:
        """Tell whether `answer` counts as `target`."""
        if isinstance(target, tuple):
            return (
                isinstance(answer, tuple)
                and len(answer) == len(target)
                and all(self.near(one, other) for one, other in zip(answer, target, strict=True))
            )
        if isinstance(target, str) or isinstance(answer, str):
            return isinstance(answer, str) and isinstance(target, str) and _folded(answer) == _folded(target)
        return not isinstance(answer, tuple) and abs(answer - target) <= self.width(target)


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that teachers know, and what to say to it.

    Attributes
    ----------
    name
        Identifier: ``wrong-denominator``, ``month-for-year``.
    value
        The wrong answer, from the parameters.
    message
        Why it is wrong, without the solution; filled with the parameters.

    """

    name: str
    value: Callable[[Parameters], Answer]
    message: Text

    def __post_init__(self) -> None:
        _check_text(self.message, f"mistake {self.name!r}")


@dataclass(frozen=True)
class Table:
    """A small table in an exercise's statement.

    Attributes
    ----------
    columns
        Heads, in both languages.
    rows
        Cells, from the parameters: numbers, strings, or texts in both languages.

    """

    columns: Sequence[Text]
    rows: Callable[[Parameters], Sequence[Sequence[Any]]]

    def cells(self, parameters: Parameters, lang: str) -> tuple[list[str], list[list[Any]]]:
        """Return heads and rows in one language; numbers stay numbers."""
        heads = [head[lang] for head in self.columns]
        rows = [
            [cell[lang] if isinstance(cell, Mapping) else cell for cell in row]
            for row in self.rows(parameters)
        ]
        return heads, rows


@dataclass(frozen=True)
class Exercise:
    """An exercise whose numbers depend on the student's number.

    Attributes
    ----------
    id
        ``chNN-slug``, such as ``ch05-nps``.
    chapter, objective
        Where it belongs: the chapter, and which of its numbered objectives it meets.
    difficulty, marks
        1 (easy) to 3 (hard), and what it is worth.
    statement
        The task; a template for the parameters.
    parameters
        Draws them from a generator.
    solution
        The right answer, unrounded: a number, a word, or a tuple of them.
    tolerance
        How far an answer may stand from it.
    unit
        What the answer is counted in, told in the statement; ``{"en": "%", "zh": "%"}`` for percentages.
    mistakes
        Known wrong answers.
    hints
        Three steps, each nearer to the way, none the solution.
    title
        A few words, shown as the card's head.
    table
        A small table under the statement.
    choices
        For an answer in words: key to text. The answer may be the key or the text in either language.

    """

    id: str
    chapter: int
    objective: int
    difficulty: int
    marks: int
    statement: Text
    parameters: Callable[[np.random.Generator], Parameters]
    solution: Callable[[Parameters], Answer]
    tolerance: Tolerance
    hints: Sequence[Text]
    mistakes: Sequence[Mistake] = ()
    unit: Text | None = None
    title: Text | None = None
    table: Table | None = None
    choices: Mapping[str, Text] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = []
        if not re.fullmatch(rf"ch{self.chapter:02d}-[a-z0-9]+(-[a-z0-9]+)*", self.id):
            problems.append(f"its id should be ch{self.chapter:02d}- and lower-case words with hyphens")
        if self.difficulty not in (1, 2, 3):
            problems.append(f"difficulty is {self.difficulty}; allowed: 1, 2, 3")
        if self.marks < 1 or self.objective < 1:
            problems.append("marks and objective count from 1")
        if len(self.hints) != 3:
            problems.append(f"it has {len(self.hints)} hints; they come in three steps")
        names = [mistake.name for mistake in self.mistakes]
        if len(set(names)) < len(names):
            problems.append(f"mistakes share a name: {', '.join(names)}")
        if problems:
            raise CrmlabError(f"The exercise {self.id!r} is not well formed.", problems=problems)
        for text in (self.statement, self.unit, self.title, *self.hints, *self.choices.values()):
            if text is not None:
                _check_text(text, f"exercise {self.id!r}")

    def draw(self, student: object = 0) -> Parameters:
        """Return the parameters of one student, always the same.

        Numbers under which a known mistake could not be told from the solution, or from another mistake, are drawn
        again.
        """
        for attempt in range(_DRAWS):
            parameters = self.parameters(seeded(self.id, student_key(student), attempt))
            if self._told_apart(parameters):
                return parameters
        raise CrmlabError(
            f"The exercise {self.id!r} finds no numbers for student {student_key(student)!r}.",
            problems=[
                f"in {_DRAWS} draws a mistake was always too near to the solution or to another mistake"
            ],
            hint="Narrow its tolerance, widen its parameters, or take out the mistake.",
        )

    def _told_apart(self, parameters: Parameters) -> bool:
        targets = [self.solution(parameters), *(mistake.value(parameters) for mistake in self.mistakes)]
        if not all(_finite(target) for target in targets):
            return False
        return not any(
            self.tolerance.near(one, other) or self.tolerance.near(other, one)
            for position, one in enumerate(targets)
            for other in targets[position + 1 :]
        )

    def fill(self, text: Text, parameters: Parameters, lang: str | None = None) -> str:
        """Return a text of this exercise in one language, with the parameters in it."""
        template = text[lang or language()]
        try:
            return template.format(**parameters)
        except (KeyError, IndexError, ValueError) as err:
            raise CrmlabError(
                f"A text of the exercise {self.id!r} cannot be filled: {type(err).__name__}: {err}.",
                problems=[f"text: {template}", f"parameters: {', '.join(sorted(parameters))}"],
                hint="Double the braces of formulas: {{ and }}.",
            ) from err


@dataclass(frozen=True)
class Option:
    """One option of a question, and why it is right or wrong."""

    text: Text
    correct: bool
    explanation: Text


@dataclass(frozen=True)
class Question:
    """A quiz question, all of whose options are explained.

    Attributes
    ----------
    id
        ``chNN-qK``, such as ``ch05-q1``.
    stem
        The question.
    options
        At least two, of which at least one is correct and one is not.
    chapter
        Taken from the id.
    objective, difficulty, marks
        As in an exercise.

    """

    id: str
    stem: Text
    options: Sequence[Option]
    objective: int = 1
    difficulty: int = 1
    marks: int = 1

    def __post_init__(self) -> None:
        problems = []
        if not re.fullmatch(r"ch\d\d-q\d+", self.id):
            problems.append("its id should be like ch05-q1")
        if len(self.options) < 2:
            problems.append(f"it has {len(self.options)} option(s); it needs two or more")
        if len({option.correct for option in self.options}) < 2:
            problems.append("it needs both a right and a wrong option")
        if problems:
            raise CrmlabError(f"The question {self.id!r} is not well formed.", problems=problems)
        for text in (self.stem, *(t for option in self.options for t in (option.text, option.explanation))):
            _check_text(text, f"question {self.id!r}")

    @property
    def chapter(self) -> int:
        """The chapter, from the id."""
        return int(self.id[2:4])

    def ordered(self, seed: object = 0) -> list[Option]:
        """Return the options in an order that depends on the question's id and `seed` alone."""
        order = seeded(self.id, student_key(seed), 0).permutation(len(self.options))
        return [self.options[position] for position in order]


def student_key(student: object) -> str:
    """Return a student's number as text: 7, 7.0, "7" and " 7 " are the same student.

    >>> student_key(7.0), student_key(" 7 "), student_key("A-12")
    ('7', '7', 'A-12')
    """
    text = str(student).strip()
    return text[:-2] if re.fullmatch(r"\d+\.0", text) else text


def seeded(item: str, student: str, attempt: int) -> np.random.Generator:
    """Return the generator of one item for one student; the same on every machine."""
    import numpy as np

    digest = hashlib.sha256(f"{item}\n{student}\n{attempt}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def _check_text(text: Text, owner: str) -> None:
    missing = [lang for lang in LANGUAGES if not str(text.get(lang, "")).strip()]
    if missing:
        known = next((value for value in text.values() if value), "")
        raise CrmlabError(f"A text of {owner} has no {' and '.join(missing)}.", problems=[f"text: {known}"])


def _finite(target: Answer) -> bool:
    if isinstance(target, tuple):
        return all(_finite(part) for part in target)
    return isinstance(target, str) or math.isfinite(target)


def _folded(word: str) -> str:
    import unicodedata

    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", word)).strip().casefold()
