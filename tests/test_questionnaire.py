"""Cronbach's alpha hits R's numbers, equals pingouin's, and refuses what has none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.questionnaire import cronbach_alpha

#: R's `attitude` (Chatterjee & Price 1977): 30 departments; rating, complaints, privileges, learning, raises, critical, advance
ATTITUDE = """
43 51 30 39 61 92 45  63 64 51 54 63 73 47  71 70 68 69 76 86 48  61 63 45 47 54 84 35  81 78 56 66 71 83 47
43 55 49 44 54 49 34  58 67 42 56 66 68 35  71 75 50 55 70 66 41  72 82 72 67 71 83 31  67 61 45 47 62 80 41
64 53 53 58 58 67 34  67 60 47 39 59 74 41  69 62 57 42 55 63 25  68 83 83 45 59 77 35  77 77 54 72 79 77 46
81 90 50 72 60 54 36  74 85 64 69 79 79 63  65 60 65 75 55 80 60  65 70 46 57 75 85 46  50 58 68 54 64 78 52
50 40 33 34 43 64 33  64 61 52 62 66 80 41  53 66 52 50 63 80 37  40 37 42 58 50 57 49  63 54 42 48 66 75 33
66 77 66 63 88 76 72  78 75 58 74 80 78 49  48 57 44 45 51 83 38  85 85 71 71 77 74 55  82 82 39 59 64 78 39
"""


@pytest.fixture(scope="module")
def attitude():
    """Return R's attitude data, 30 × 7."""
    names = ["rating", "complaints", "privileges", "learning", "raises", "critical", "advance"]
    return pd.DataFrame(np.array(ATTITUDE.split(), dtype=float).reshape(30, 7), columns=names)


@pytest.mark.checks("questionnaire.cronbach_alpha", kind="second", against="R psych 2.2.9")
def test_attitude_hits_the_published_alphas(attitude):
    """Cronbach's alpha of R's attitude data is .8431 raw and .8391 standardised, as R psych 2.2.9 prints them."""
    result = cronbach_alpha(attitude)
    assert round(result.raw, 4) == 0.8431
    assert round(result.standardised, 4) == 0.8391
    assert (result.n, result.k, result.n_dropped) == (30, 7, 0)


@pytest.mark.checks("questionnaire.cronbach_alpha", kind="second", against="pingouin")
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_value_and_interval_equal_pingouin(attitude, confidence):
    """Alpha and Feldt's interval equal pingouin's, to the three decimals that it prints."""
    alpha, interval = pingouin.cronbach_alpha(attitude, ci=confidence)
    result = cronbach_alpha(attitude, confidence=confidence)
    assert result.raw == pytest.approx(alpha)
    assert [result.low, result.high] == pytest.approx(list(interval), abs=6e-4)


def test_alpha_if_dropped_and_item_total_equal_their_definitions(attitude):
    """Each item's row equals alpha without it, and its correlation with the sum of the others."""
    items = cronbach_alpha(attitude).items.set_index("item")
    for name in attitude:
        rest = attitude.drop(columns=name)
        assert items.loc[name, "alpha_if_dropped"] == pytest.approx(cronbach_alpha(rest).raw)
        assert items.loc[name, "item_total"] == pytest.approx(attitude[name].corr(rest.sum(axis=1)))
        assert items.loc[name, "sd"] == pytest.approx(attitude[name].std())


def test_missing_answers_leave_the_respondent_out(attitude):
    """Respondents with a missing answer are left out and counted, as pingouin does listwise."""
    gaps = attitude.copy()
    gaps.iloc[[2, 5], [0, 3]] = np.nan
    result = cronbach_alpha(gaps)
    assert (result.n, result.n_dropped) == (28, 2)
    assert result.raw == pytest.approx(pingouin.cronbach_alpha(gaps, nan_policy="listwise")[0])


def test_two_items_have_no_alpha_if_dropped(attitude):
    """A scale of two items has an alpha, and none without one of them."""
    result = cronbach_alpha(attitude[["rating", "complaints"]])
    assert result.items["alpha_if_dropped"].isna().all()
    assert result.summary().shape == (1, 8)


@pytest.mark.checks("questionnaire.cronbach_alpha", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 6),
    st.integers(5, 40),
    st.integers(0, 10**6),
    st.floats(0.01, 100),
    st.floats(-100, 100),
)
def test_alpha_is_at_most_one_and_free_of_units(k, n, seed, factor, shift):
    """Alpha never exceeds 1; a common unit, a shift, and the order of rows and items change nothing."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(rng.normal(size=(n, k)) + rng.normal(size=(n, 1)))
    result = cronbach_alpha(data)
    assert result.raw <= 1
    assert result.low <= result.raw <= result.high <= 1
    changed = (data * factor + shift).sample(frac=1, random_state=seed)[list(range(k))[::-1]]
    assert cronbach_alpha(changed).raw == pytest.approx(result.raw, abs=1e-6)


def test_reversed_items_give_a_low_or_negative_alpha(attitude):
    """Half of the items turned round make alpha fall below zero: a sign to recode."""
    turned = attitude.assign(
        rating=-attitude["rating"], learning=-attitude["learning"], raises=-attitude["raises"]
    )
    assert cronbach_alpha(turned).raw < 0


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (pd.DataFrame({"a": [1, 2, 3]}), "two items or more"),
        (pd.DataFrame({"a": [1, 2, 3], "b": [2, 2, 2]}), "answer alike on b"),
        (pd.DataFrame({"a": [1, 2, np.nan], "b": [1, np.nan, 3]}), "Only 1 respondents"),
        (pd.DataFrame({"a": [1, 2, 3], "b": ["x", "2", "3"]}), "row 0, item b: 'x'"),
        (pd.DataFrame({"a": [1, 2, 3], "b": [-1, -2, -3]}), "recode"),
        ([[1, 2], [3, 4]], "DataFrame"),
    ],
)
def test_what_has_no_alpha_is_refused(data, word):
    """Single items, constant items, too few respondents, words and items that cancel out get errors that teach."""
    with pytest.raises(DataError) as caught:
        cronbach_alpha(data)
    assert word in str(caught.value)


def test_a_level_of_95_is_refused(attitude):
    """A level is a fraction."""
    with pytest.raises(ParameterError):
        cronbach_alpha(attitude, confidence=95)
