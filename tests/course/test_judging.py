"""What is said to an answer."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from crmlab.course.bank import Tolerance
from crmlab.course.judging import judge
from crmlab.text import speaking

P = {"n": 400, "pro": 240, "det": 59}  # NPS 45.25


@pytest.mark.parametrize(
    "answer",
    [45.25, 45.29, np.float64(45.25), np.float32(45.25), Decimal("45.25"), Fraction(181, 4), np.array(45.25)],
)
def test_a_right_number_is_right_whatever_its_type(nps, answer):
    """Python's, numpy's and decimal numbers are numbers."""
    assert judge(nps, answer, P).kind == "right"


@pytest.mark.parametrize("answer", [None, ...])
def test_no_answer_is_no_mistake(nps, answer):
    """An empty cell gets an amber card."""
    verdict = judge(nps, answer, P)
    assert (verdict.kind, verdict.reason) == ("amber", "unanswered")
    assert "Not answered yet" in verdict.message


def test_a_known_mistake_is_named(nps):
    """The reason is told, not the solution."""
    verdict = judge(nps, 60.0, P)
    assert (verdict.kind, verdict.reason) == ("wrong", "no-detractors")
    assert verdict.message == "You left out the detractors."


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (0.4525, "fraction"),
        (0.45, "fraction"),
        (-45.25, "sign"),
        (45.0, "close"),
        (50.0, "large"),
        (4000.0, "large"),
        (30.0, "small"),
        (1.0, "small"),
        (-3.0, "small"),
        (0, "small"),
    ],
)
def test_generic_confusions_are_recognised(nps, answer, reason):
    """Fraction for percentage, a wrong sign, rounding on the way, and too large or too small."""
    verdict = judge(nps, answer, P)
    assert (verdict.kind, verdict.reason) == ("wrong", reason)
    assert "45" not in verdict.message


def test_a_percentage_for_a_fraction_is_recognised(nps):
    """Where 0.4525 is wanted, 45 and 45.25 are percentages."""
    share = replace(
        nps, solution=lambda p: (p["pro"] - p["det"]) / p["n"], tolerance=Tolerance(0.0005), mistakes=[]
    )
    assert judge(share, 45.25, P).reason == "percent"
    assert judge(share, 45, P).reason == "percent"
    assert judge(share, 0.4525, P).kind == "right"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("45.25", "is text"),
        ("45%", "is text"),
        ([45.25], "one value"),
        ([1, 2], "2 values"),
        ((45.25,), "one value"),
        ({"nps": 45}, "dictionary"),
        (pd.Series([1, 2, 3]), "column of a table. It holds 3 values"),
        (pd.DataFrame({"a": [1]}), "a table"),
        (np.array([1.0, 2.0]), "array"),
        (float("nan"), "NaN"),
        (np.nan, "NaN"),
        (float("inf"), "infinite"),
        (True, "true or false"),
        (np.True_, "true or false"),
        (len, "Call it"),
        (1j, "`complex`"),
        (object(), "`object`"),
        (pd.NA, "`NAType`"),
    ],
)
def test_what_is_no_number_gets_a_friendly_word(nps, answer, words):
    """An answer of the wrong type is amber, not wrong, and never an error."""
    verdict = judge(nps, answer, P)
    assert (verdict.kind, verdict.reason) == ("amber", "type")
    assert words in verdict.message


def test_a_negative_solution_is_nudged_the_right_way(nps):
    """Large and small are told by value, not by size."""
    below = replace(nps, solution=lambda _p: -20.0, mistakes=[])
    assert judge(below, -10.0, P).reason == "large"
    assert judge(below, -30.0, P).reason == "small"
    assert judge(below, 20.0, P).reason == "sign"


def test_a_solution_of_zero_needs_no_ratio(nps):
    """Nothing is divided by a solution of zero."""
    zero = replace(nps, solution=lambda _p: 0.0, mistakes=[])
    assert judge(zero, 0.0, P).kind == "right"
    assert judge(zero, 5.0, P).reason == "large"


def test_a_word_may_be_given_in_either_language(nps):
    """Keys and texts of the choices count; others are told what to choose from."""
    kind = replace(
        nps,
        solution=lambda _p: "latent",
        mistakes=[],
        choices={
            "latent": {"en": "latent loyalty", "zh": "潜在忠诚"},
            "true": {"en": "true loyalty", "zh": "真正忠诚"},
        },
    )
    assert judge(kind, "潜在忠诚", P).kind == "right"
    assert judge(kind, "Latent loyalty", P).kind == "right"
    assert judge(kind, "true", P).reason == "wrong"
    verdict = judge(kind, "latnt loyalty", P)
    assert verdict.kind == "amber"
    assert "Perhaps `latent loyalty`?" in verdict.message
    assert "quotation marks" in judge(kind, 3, P).message


def test_several_values_are_judged_one_by_one(nps):
    """An interval in the wrong order, half right, or of the wrong length, is told so."""
    pair = replace(nps, solution=lambda _p: (30.5, 59.5), mistakes=[])
    assert judge(pair, [30.5, 59.5], P).kind == "right"
    assert judge(pair, np.array([30.5, 59.5]), P).kind == "right"
    assert judge(pair, (59.5, 30.5), P).reason == "order"
    assert "1 of 2" in judge(pair, (30.5, 60.5), P).message
    assert "you gave 3" in judge(pair, (1, 2, 3), P).message
    assert judge(pair, 30.5, P).kind == "amber"
    assert judge(pair, ("a", 2), P).kind == "amber"


def test_messages_are_chinese_in_chinese(nps):
    """Nothing of a verdict stays English."""
    with speaking("zh"):
        for answer in (None, "45", 0.4525, -45.25, 45.0, 5000.0, [1, 2], float("nan")):
            message = judge(nps, answer, P).message
            assert not any(word in message for word in ("answer", "number", "the "))
            assert set("。？") & set(message)
