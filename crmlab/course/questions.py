"""Quiz questions in a page: every option unfolds to 'right' or 'wrong' and why. No script is needed."""

from __future__ import annotations

from html import escape

from crmlab.course.bank import get
from crmlab.course.bank.model import Question
from crmlab.course.cards import Card, card, inline, markdown_html
from crmlab.errors import ParameterError
from crmlab.text import language, tr

__all__ = ["quiz"]


def quiz(question_id: str, seed: object = 0) -> Card:
    """Show a quiz question.

    Parameters
    ----------
    question_id
        ``"ch05-q1"``.
    seed
        Another order of the options for another seed; the order is always the same for the same seed.

    Raises
    ------
    ParameterError
        There is no such item, or it is an exercise.

    """
    item = get(question_id)
    if not isinstance(item, Question):
        raise ParameterError(
            f"{question_id!r} is an exercise.", hint=f'Show it with exercise("{question_id}", student).'
        )
    lang = language()
    several = sum(option.correct for option in item.options) > 1
    rows, lines = [], []
    for letter, option in zip("ABCDEFGHIJ", item.ordered(seed), strict=False):
        word = tr("Right.") if option.correct else tr("Wrong.")
        tone = "#1a7f37" if option.correct else "#c0392b"
        rows.append(
            f'<details class="crmlab-option crmlab-option-{"right" if option.correct else "wrong"}" '
            'style="margin: 0.35em 0">'
            f'<summary style="cursor: pointer"><strong>{letter}.</strong> {inline(option.text[lang])}</summary>'
            f'<div style="margin: 0.2em 0 0.4em 1.1em; padding-left: 0.7em; border-left: 3px solid {tone}">'
            f"<p><strong>{escape(word)}</strong></p>{markdown_html(option.explanation[lang])}</div></details>"
        )
        lines.append(f"- {letter}. {option.text[lang]}")
    foot = escape(
        tr("More than one option is right. Open each that you hold for right.")
        if several
        else tr("Choose first, then open your option.")
    )
    body = f'<div class="crmlab-stem">{markdown_html(item.stem[lang])}</div>{"".join(rows)}'
    markdown = f"**{tr('Question')}**\n\n{item.stem[lang]}\n\n" + "\n".join(lines)
    return Card(card("quiz", tr("Question"), body, foot), markdown, "quiz")
