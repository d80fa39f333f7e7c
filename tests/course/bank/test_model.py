"""Bank items: parameters that depend on the student alone, and items that are well formed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.course.bank import Exercise, Mistake, Option, Question, Table, Tolerance, get, items
from crmlab.course.bank.model import seeded, student_key
from crmlab.errors import CrmlabError, ParameterError


def test_a_student_always_gets_the_same_numbers(nps):
    """Parameters follow from the exercise and the student's number."""
    assert nps.draw(20230001) == nps.draw("20230001") == nps.draw(" 20230001 ")
    drawn = {tuple(nps.draw(student).values()) for student in range(40)}
    assert len(drawn) > 30


def test_numbers_are_the_same_in_another_process():
    """The seed does not depend on Python's hash of strings."""
    code = "from crmlab.course.bank.model import seeded; print(seeded('ch05-nps', '7', 0).integers(10**9))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(told) == seeded("ch05-nps", "7", 0).integers(10**9)


def test_draws_that_hide_a_mistake_are_drawn_again(nps, make):
    """A mistake whose value equals the solution for some numbers is never met there."""
    tricky = replace(
        nps,
        parameters=lambda rng: {"a": int(rng.integers(1, 4)), "b": 2},
        solution=lambda p: p["a"] ** p["b"],
        mistakes=[Mistake("times", lambda p: p["a"] * p["b"], make.both("Times."))],
        statement=make.both("{a}"),
        hints=[make.both("x")] * 3,
    )
    assert all(tricky.draw(student)["a"] != 2 for student in range(60))


def test_an_exercise_without_usable_numbers_says_so(nps, make):
    """If no draw tells mistake and solution apart, the author is told."""
    hopeless = replace(nps, mistakes=[Mistake("same", nps.solution, make.both("Same."))])
    with pytest.raises(CrmlabError, match="finds no numbers"):
        hopeless.draw(1)


def test_an_undefined_solution_is_drawn_again(nps):
    """NaN and infinity are no solutions."""
    risky = replace(
        nps,
        parameters=lambda rng: {"n": int(rng.integers(0, 2)), "pro": 1, "det": 0},
        solution=lambda p: 1 / p["n"] if p["n"] else float("nan"),
        mistakes=[],
    )
    assert {risky.draw(student)["n"] for student in range(20)} == {1}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": "ch06-nps"}, "its id should be"),
        ({"difficulty": 4}, "difficulty is 4"),
        ({"hints": []}, "0 hints"),
        ({"marks": 0}, "count from 1"),
        ({"statement": {"en": "Only English"}}, "has no zh"),
        ({"unit": {"en": "points", "zh": " "}}, "has no zh"),
    ],
)
def test_a_badly_formed_exercise_is_refused(nps, change, words):
    """The message names what is wrong."""
    with pytest.raises(CrmlabError, match=words):
        replace(nps, **change)


def test_a_text_that_cannot_be_filled_names_its_parameters(nps):
    """A single brace of a formula is the usual cause."""
    with pytest.raises(CrmlabError, match="Double the braces"):
        replace(nps, statement={"en": "$x_{1}$", "zh": "$x_{1}$"}).fill(
            {"en": "{m}", "zh": "{m}"}, {"n": 1}, "en"
        )


@pytest.mark.parametrize("corrects", [[True], [False, False], [True, True]])
def test_a_question_needs_right_and_wrong_options(make, corrects):
    """One option, or only right, or only wrong ones, ask nothing."""
    options = [Option(make.both("o"), correct, make.both("e")) for correct in corrects]
    with pytest.raises(CrmlabError, match="not well formed"):
        Question("ch05-q1", make.both("?"), options)


def test_options_have_a_seeded_order(question):
    """The order is always the same for a seed, and not the same for all."""
    orders = {tuple(o.text["en"] for o in question.ordered(seed)) for seed in range(30)}
    assert question.ordered(3) == question.ordered("3")
    assert len(orders) > 3
    assert all(len(order) == 3 for order in orders)


def test_a_table_speaks_both_languages(make):
    """Words of a table are chosen by language; numbers stay numbers."""
    table = Table([make.both("Group"), make.both("n")], lambda p: [[make.both("Promoters"), p["n"]]])
    assert table.cells({"n": 3}, "zh") == (["中文 Group", "中文 n"], [["中文 Promoters", 3]])


@settings(max_examples=50, deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(0, 10), st.floats(0, 0.1))
def test_the_solution_is_always_within_its_tolerance(target, absolute, relative):
    """Every solution counts as itself, and a value beyond the width does not."""
    tolerance = Tolerance(absolute, relative)
    assert tolerance.near(target, target)
    assert not tolerance.near(target + 1.01 * tolerance.width(target) + 1e-6, target)


def test_words_are_compared_without_case_and_width():
    """Full-width letters, case and blanks do not make a word wrong; a number is no word."""
    tolerance = Tolerance()
    assert tolerance.near(" ＮＰＳ ", "nps")
    assert not tolerance.near("csat", "nps")
    assert not tolerance.near(1.0, "nps")
    assert tolerance.near((1.0, "A"), (1.0, "a"))
    assert not tolerance.near(1.0, (1.0, "a"))


@pytest.mark.parametrize("student", [7, 7.0, "7", " 7 "])
def test_a_students_number_may_be_written_in_several_ways(student):
    """Text, whole number and a spreadsheet's 7.0 are the same student."""
    assert student_key(student) == "7"


def test_an_unknown_chapter_or_item_is_told():
    """The bank says what it has."""
    with pytest.raises(ParameterError, match="no chapter 99"):
        items(99)
    with pytest.raises(ParameterError, match="no item 'ch99-x'"):
        get("ch99-x")


def test_the_model_is_frozen(nps):
    """Nobody changes an item by accident."""
    with pytest.raises(AttributeError):
        nps.marks = 5
    assert isinstance(nps, Exercise)
