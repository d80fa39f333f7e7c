"""Exercises in a chapter: the statement, the check that answers at once, and three hints.

>>> from crmlab.course import check, exercise, hint
>>> from crmlab.course.bank import chapters
"""

from __future__ import annotations

from html import escape

from crmlab.course.bank import get
from crmlab.course.bank.model import Exercise, Parameters, student_key
from crmlab.course.cards import Card, card, markdown_html, markdown_table, table_html
from crmlab.course.judging import judge
from crmlab.errors import ParameterError
from crmlab.show import escape_markdown
from crmlab.text import language, tr

__all__ = ["check", "exercise", "find", "hint", "statement"]


def find(exercise_id: str) -> Exercise:
    """Return an exercise of the bank.

    Raises
    ------
    ParameterError
        There is no such item, or it is a quiz question.

    """
    item = get(exercise_id)
    if isinstance(item, Exercise):
        return item
    raise ParameterError(f"{exercise_id!r} is a quiz question.", hint=f'Show it with quiz("{exercise_id}").')


def statement(item: Exercise, parameters: Parameters, lang: str | None = None) -> str:
    """Return the statement as Markdown, with its table."""
    text = item.fill(item.statement, parameters, lang)
    if item.table is None:
        return text
    return text + "\n\n" + markdown_table(*item.table.cells(parameters, lang or language()))


def exercise(exercise_id: str, student: object = 0) -> Card:
    """Show an exercise with one student's numbers, and its hints, folded one in the other.

    Parameters
    ----------
    exercise_id
        ``"ch05-nps"``.
    student
        The student's number; everybody gets numbers of their own.

    """
    item = find(exercise_id)
    parameters = item.draw(student)
    head = item.title[language()] if item.title else tr("Exercise")
    body = markdown_html(item.fill(item.statement, parameters))
    if item.table is not None:
        body += table_html(*item.table.cells(parameters, language()))
    facts = _facts(item)
    who = _whose(student)
    hints = _folded_hints(item, parameters)
    foot = " · ".join(escape(fact) for fact in facts) + f"<br>{escape(who)}"
    told = f"*{' · '.join(facts)}*\n\n*{escape_markdown(who)}*"
    markdown = f"**{head}**\n\n{statement(item, parameters)}\n\n{told}"
    return Card(card("exercise", head, body + hints, foot), markdown, "exercise")


def check(exercise_id: str, answer: object, student: object = 0) -> Card:
    """Judge an answer at once: right, which mistake it looks like, or a nudge; never the solution.

    Parameters
    ----------
    exercise_id
        ``"ch05-nps"``.
    answer
        The student's answer; None for 'not yet'.
    student
        The same number as in :func:`exercise`.

    """
    item = find(exercise_id)
    verdict = judge(item, answer, item.draw(student))
    head = {"right": tr("✓ Right"), "amber": tr("○ Not yet"), "wrong": tr("× Not right")}[verdict.kind]
    message = (
        tr("That is the answer. Marks: {n}.", n=item.marks) if verdict.kind == "right" else verdict.message
    )
    html = card(verdict.kind, head, markdown_html(message), role="status")
    return Card(html, f"**{head}**\n\n{message}", verdict.kind, verdict.reason)


def hint(exercise_id: str, step: int = 1, student: object = 0) -> Card:
    """Show one of the three hints.

    Parameters
    ----------
    exercise_id
        ``"ch05-nps"``.
    step
        1, 2 or 3.
    student
        The same number as in :func:`exercise`.

    Raises
    ------
    ParameterError
        There is no such step.

    """
    item = find(exercise_id)
    if step not in (1, 2, 3):
        raise ParameterError(f"There is no hint {step!r}.", hint="Hints come in three steps: 1, 2, 3.")
    text = item.fill(item.hints[step - 1], item.draw(student))
    head = tr("Hint {step} of 3", step=step)
    return Card(card("hint", head, markdown_html(text)), f"**{head}**\n\n{text}", "hint")


def _facts(item: Exercise) -> list[str]:
    level = "●" * item.difficulty + "○" * (3 - item.difficulty)
    facts = [tr("Difficulty {level}", level=level), tr("Marks: {n}", n=item.marks)]
    if item.unit is not None:
        facts.append(tr("Answer in: {unit}", unit=item.unit[language()]))
    if item.choices:
        names = tr(", ").join(names[language()] for names in item.choices.values())
        facts.append(tr("Choose from: {names}", names=names))
    return facts


def _whose(student: object) -> str:
    key = student_key(student)
    if key in {"0", "None", ""}:
        return tr("Example numbers. Put your student number in the first code cell to get your own.")
    return tr("Numbers of student {student}.", student=key)


def _folded_hints(item: Exercise, parameters: Parameters) -> str:
    inner = ""
    for step in (3, 2, 1):
        text = markdown_html(item.fill(item.hints[step - 1], parameters))
        label = tr("Hint {step} of 3", step=step)
        inner = (
            f'<details class="crmlab-hint" style="margin: 0.3em 0 0 {0 if step == 1 else 0.9}em">'
            f'<summary style="cursor: pointer">{escape(label)}</summary>{text}{inner}</details>'
        )
    return inner
