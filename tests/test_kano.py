"""Kano: the published table, coefficients, Fong's bound, ties, intervals that cover, and answers that do not fit."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from crmlab.errors import DataError, ParameterError
from crmlab.kano import CLASSES, kano_classes

#: one pair of answers for each class
PAIR = {"M": (3, 5), "O": (1, 5), "A": (1, 3), "I": (3, 3), "R": (5, 1), "Q": (1, 1)}


def sheet(counts, name="feature"):
    """Return the two tables in which a feature has these counts of classes."""
    pairs = [PAIR[letter] for letter, n in counts.items() for _ in range(n)]
    return tuple(pd.DataFrame({name: [pair[side] for pair in pairs]}) for side in (0, 1))


@pytest.mark.checks("kano.kano_classes", kind="published", against="berger1993")
@pytest.mark.parametrize(
    ("evaluation", "table"),
    [
        ("kano", ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]),
        ("pouliot", ["QAAAO", "RQIIM", "RIIIM", "RIIQM", "RRRRQ"]),
    ],
)
def test_every_pair_of_answers_has_its_published_class(evaluation, table):
    """All 25 pairs of answers fall into the class of the published evaluation table, also with Pouliot's change in it."""
    functional = pd.DataFrame({"f": np.repeat(range(1, 6), 5)})
    dysfunctional = pd.DataFrame({"f": np.tile(range(1, 6), 5)})
    result = kano_classes(functional, dysfunctional, evaluation=evaluation)
    assert "".join(result.respondents["f"]) == "".join(table)


@pytest.mark.checks("kano.kano_classes", kind="second", against="arithmetic by hand")
def test_coefficients_and_strengths_by_hand():
    """Of 39 attractive, 41 one-dimensional, 10 must-be, 8 indifferent, 1 reverse and 1 questionable answers: better 80/98, worse −51/98, and the class leads by two answers, far from significant."""
    row = kano_classes(*sheet({"A": 39, "O": 41, "M": 10, "I": 8, "R": 1, "Q": 1})).table.iloc[0]
    assert row[list(CLASSES)].tolist() == [10, 41, 39, 8, 1, 1]
    assert row["better"] == pytest.approx(80 / 98)
    assert row["worse"] == pytest.approx(-51 / 98)
    assert (row["category"], row["tied"]) == ("O", "")
    assert row["category_strength"] == pytest.approx(0.02)
    assert row["total_strength"] == pytest.approx(0.9)
    assert row["fong_difference"] == 2
    assert row["fong_critical"] == pytest.approx(1.645 * math.sqrt(80 * 120 / 200), rel=1e-3)
    assert not row["significant"]


@pytest.mark.checks("kano.kano_classes", kind="second", against="arithmetic by hand")
def test_fongs_bound_is_reached_where_it_should_be():
    """Fong's test: 60 against 40 of 100 passes 1.65 √(100·100/200) = 11.7; 55 against 45 does not."""
    assert kano_classes(*sheet({"M": 60, "A": 40})).table["significant"].item()
    assert not kano_classes(*sheet({"M": 55, "A": 45})).table["significant"].item()


def test_fong_is_liberal_and_the_exact_test_is_not():
    """With two classes of 40 % each Fong's bound at 90 % is passed in about 20 % of samples, as its variance says, the exact test's in 10 at most."""
    rng = np.random.default_rng(3)
    fong = exact = 0
    for m, a, i in rng.multinomial(120, [0.4, 0.4, 0.2], size=400):
        row = kano_classes(*sheet({"M": m, "A": a, "I": i})).table.iloc[0]
        fong += bool(row["significant"])
        exact += row["mode_p"] < 0.1
    assert fong / 400 == pytest.approx(2 * stats.norm.sf(1.645 * math.sqrt(0.6)), abs=0.05)
    assert exact / 400 <= 0.12


@pytest.mark.checks("kano.kano_classes", kind="second", against="scipy")
def test_the_exact_test_equals_scipys():
    """The p of the most frequent class is scipy's exact binomial test of the two greatest counts."""
    row = kano_classes(*sheet({"O": 41, "A": 29, "M": 10})).table.iloc[0]
    assert row["mode_p"] == pytest.approx(stats.binomtest(41, 70).pvalue)


def test_ties_are_told_and_broken_by_the_published_order():
    """A tie names its classes, takes the one to be cared for first (M > O > A > I), and is never significant."""
    row = kano_classes(*sheet({"A": 20, "M": 20, "I": 5})).table.iloc[0]
    assert (row["category"], row["tied"], row["category_strength"]) == ("M", "MA", 0)
    assert not row["significant"]
    assert kano_classes(*sheet({"I": 4, "A": 4, "O": 4})).table["tied"].item() == "OAI"


@pytest.mark.checks("kano.kano_classes", kind="second", against="statsmodels")
def test_wilson_equals_statsmodels_and_the_bootstrap_agrees():
    """Wilson's interval of the better and worse coefficients equals statsmodels', and the bootstrap agrees with it in a large sample."""
    tables = sheet({"A": 180, "O": 120, "M": 60, "I": 90, "R": 30, "Q": 20})
    one = kano_classes(*tables).table.iloc[0]
    low, high = proportion_confint(300, 450, method="wilson")
    assert [one["better_low"], one["better_high"]] == pytest.approx([low, high])
    two = kano_classes(*tables, method="bootstrap", rng=np.random.default_rng(1)).table.iloc[0]
    ends = ["better_low", "better_high", "worse_low", "worse_high"]
    assert two[ends].tolist() == pytest.approx(one[ends].tolist(), abs=0.01)


@pytest.mark.checks("kano.kano_classes", kind="recovery")
def test_intervals_cover():
    """Over 400 samples of 30 the 95 % intervals of better and worse cover the truth in 92 to 98.5 %."""
    rng = np.random.default_rng(9)
    hits = np.zeros(2)
    for draw in rng.multinomial(30, [0.2, 0.25, 0.3, 0.15, 0.07, 0.03], size=400):
        row = kano_classes(*sheet(dict(zip(CLASSES, draw, strict=True)))).table.iloc[0]
        hits += [
            row["better_low"] <= 0.55 / 0.9 <= row["better_high"],
            row["worse_low"] <= -0.45 / 0.9 <= row["worse_high"],
        ]
    assert ((hits / 400 >= 0.92) & (hits / 400 <= 0.985)).all()


@pytest.mark.checks("kano.kano_classes", kind="invariant")
@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=40),
    st.sampled_from(["kano", "pouliot"]),
    st.randoms(),
)
def test_coefficients_stay_in_their_range(pairs, evaluation, random):
    """Better lies in [0, 1], worse in [−1, 0], both within their intervals; counts add up, and row order changes nothing."""
    tables = [pd.DataFrame({"f": [pair[side] for pair in pairs]}) for side in (0, 1)]
    row = kano_classes(*tables, evaluation=evaluation).table.iloc[0]
    assert sum(row[letter] for letter in CLASSES) == row["n"] == len(pairs)
    if not np.isnan(row["better"]):
        assert 0 <= row["better_low"] <= row["better"] + 1e-12
        assert row["better"] - 1e-12 <= row["better_high"] <= 1
        assert -1 <= row["worse_low"] <= row["worse"] + 1e-12
        assert row["worse"] - 1e-12 <= row["worse_high"] <= 0
    random.shuffle(pairs)
    tables = [pd.DataFrame({"f": [pair[side] for pair in pairs]}) for side in (0, 1)]
    again = kano_classes(*tables, evaluation=evaluation).table
    pd.testing.assert_frame_equal(again, row.to_frame().T.astype(again.dtypes.to_dict()))


def test_missing_halves_and_features_of_contradictions():
    """Pairs with a missing half are counted; with R and Q only there are no coefficients."""
    functional, dysfunctional = pd.DataFrame({"f": [1, 1, None]}), pd.DataFrame({"f": [5, None, 5]})
    result = kano_classes(functional, dysfunctional)
    assert result.table[["n", "n_missing", "O"]].to_numpy().tolist() == [[1, 2, 1]]
    assert result.respondents["f"].isna().tolist() == [False, True, True]
    assert np.isnan(kano_classes(*sheet({"R": 3, "Q": 2})).table["better"].item())


def test_tables_that_do_not_fit_are_refused():
    """Other codes, other features, other rows, unanswered features and odd options get errors that teach."""
    functional, dysfunctional = sheet({"A": 3, "M": 2}, "price")
    with pytest.raises(DataError, match="none of 1, 2, 3, 4, 5") as caught:
        kano_classes(functional.replace(1, 7), dysfunctional)
    assert caught.value.problems[0] == "functional, row 0, price: 7"
    with pytest.raises(DataError, match="did you mean prices"):
        kano_classes(functional, dysfunctional.rename(columns={"price": "prices"}))
    with pytest.raises(DataError, match="row labels"):
        kano_classes(functional, dysfunctional.set_axis(range(5, 10)))
    with pytest.raises(DataError, match="Nobody"):
        kano_classes(functional * np.nan, dysfunctional)
    with pytest.raises(DataError, match="DataFrame"):
        kano_classes([1], [2])
    for options in (
        {"evaluation": "kan"},
        {"method": "bootstrap"},
        {"confidence": 95},
        {"fong_confidence": 0},
    ):
        with pytest.raises(ParameterError):
            kano_classes(functional, dysfunctional, **options)
