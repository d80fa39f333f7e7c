"""All items of the bank, for a hundred students: the solution is accepted, each known mistake gets its own message."""

from __future__ import annotations

import re

import pytest

from crmlab.course.bank import Exercise, chapters, get, items
from crmlab.course.exercises import statement
from crmlab.course.judging import judge
from crmlab.errors import ParameterError
from crmlab.text import LANGUAGES, speaking

STUDENTS = [0, *range(20230001, 20230100)]
ALL = [item for chapter in chapters() for item in items(chapter)]
EXERCISES = [item for item in ALL if isinstance(item, Exercise)]
QUESTIONS = [item for item in ALL if not isinstance(item, Exercise)]


def named(group):
    """Parametrise over items by their id; say so if there are none yet."""
    if not group:
        return pytest.mark.parametrize(
            "item", [pytest.param(None, marks=pytest.mark.skip("the bank is empty"))]
        )
    return pytest.mark.parametrize("item", group, ids=[item.id for item in group])


@named(EXERCISES)
def test_the_solution_is_accepted_for_everybody(item):
    """A hundred students who are right are told so."""
    for student in STUDENTS:
        parameters = item.draw(student)
        assert judge(item, item.solution(parameters), parameters).kind == "right", student


@named(EXERCISES)
def test_each_known_mistake_gets_its_own_message(item):
    """A hundred students who err are told how, in both languages, each mistake by its own words."""
    for lang in LANGUAGES:
        messages = [mistake.message[lang] for mistake in item.mistakes]
        assert len(set(messages)) == len(messages)
    for student in STUDENTS:
        parameters = item.draw(student)
        for mistake in item.mistakes:
            verdict = judge(item, mistake.value(parameters), parameters)
            assert (verdict.kind, verdict.reason) == ("wrong", mistake.name), student
            assert verdict.message == item.fill(mistake.message, parameters)


@named(EXERCISES)
def test_all_texts_can_be_filled_in_both_languages(item):
    """No brace is left over, and a known wrong answer has something to say to it."""
    assert item.mistakes, "an exercise needs known wrong answers"
    for student in STUDENTS[:10]:
        parameters = item.draw(student)
        for lang in LANGUAGES:
            with speaking(lang):
                told = [statement(item, parameters)]
                told += [item.fill(text, parameters) for text in item.hints]
                told += [item.fill(mistake.message, parameters) for mistake in item.mistakes]
            assert all("{{" not in text for text in told)
            assert len(set(told)) == len(told)


@named(EXERCISES)
def test_hints_and_messages_do_not_give_the_solution_away(item):
    """No number in them is the solution, unless the statement has it as well."""
    for student in STUDENTS[:30]:
        parameters = item.draw(student)
        solution = item.solution(parameters)
        if not isinstance(solution, int | float) or abs(solution) < 3:
            continue  # small numbers occur by chance
        told = [item.fill(text, parameters) for text in (*item.hints, *(m.message for m in item.mistakes))]
        known = numbers(statement(item, parameters))
        given = [value for text in told for value in numbers(text) if value not in known]
        assert not any(item.tolerance.near(value, solution) for value in given), student


@named(EXERCISES)
def test_students_have_different_numbers(item):
    """Answers cannot be passed on: few of a hundred students share a solution."""
    solutions = [str(item.solution(item.draw(student))) for student in STUDENTS]
    if not item.choices:
        assert len(set(solutions)) > 20


@named(QUESTIONS)
def test_every_option_is_explained_in_its_own_words(item):
    """No two options have the same text or explanation."""
    for lang in LANGUAGES:
        assert len({option.text[lang] for option in item.options}) == len(item.options)
        assert len({option.explanation[lang] for option in item.options}) == len(item.options)


@named(ALL)
def test_an_item_is_found_by_its_id_and_a_mistyped_one_suggested(item):
    """``get`` finds it; a letter less, and it is suggested."""
    assert get(item.id) is item
    with pytest.raises(ParameterError) as caught:
        get(item.id + "x")
    assert "ch" in str(caught.value.hint)


@named(ALL)
def test_chinese_texts_are_chinese(item):
    """Every Chinese text has Chinese characters, and no half-width comma between them."""
    texts = [item.statement, *item.hints, *(m.message for m in item.mistakes)] if isinstance(item, Exercise) else [
        item.stem,
        *(option.explanation for option in item.options),
    ]  # fmt: skip
    for text in texts:
        assert re.search(r"[\u4e00-\u9fff]", text["zh"])
        assert not re.search(r"[\u4e00-\u9fff][,;:?!][\u4e00-\u9fff]", text["zh"])


def numbers(text):
    """Return the numbers in a text."""
    return {float(part.replace(",", "")) for part in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}
