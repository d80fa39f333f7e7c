"""Household kinds along the ways that the source text tells, and over a grid of all households."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from crmlab.errors import DataError, ParameterError
from crmlab.grading import LIFE_STAGES, LIFECYCLE_KINDS, lifecycle_ability_segments

H = {
    "age": 32,
    "partner": True,
    "children_home": 0,
    "youngest_child_age": None,
    "children_left": 0,
    "ability": 20.0,
}


def kinds(*households, **options):
    """Return the kind of each household."""
    options = {"ample_from": 30.0} | options
    return lifecycle_ability_segments(pd.DataFrame(list(households)), **options).table["kind"].tolist()


@pytest.mark.checks("grading.lifecycle_ability_segments", kind="published", against="kejian")
def test_there_are_eleven_kinds_six_of_them_named_by_the_source():
    """The kinds of household are eleven, and the six that the source names are among them."""
    assert len(LIFECYCLE_KINDS) == 11
    named = [kind for kind, (_, _, source) in LIFECYCLE_KINDS.items() if source]
    assert named == [
        "dink",
        "couple_with_infant",
        "single_parent",
        "mature_family",
        "affluent_mature_family",
        "empty_nest",
    ]


@pytest.mark.checks("grading.lifecycle_ability_segments", kind="published", against="kejian")
def test_the_ways_of_the_couple_h():
    """The couple H of the source is a dink household without a child, a couple with an infant with one, and a mature family, or an affluent one, if none is coming."""
    assert kinds(
        H,
        H | {"age": 34, "children_home": 1, "youngest_child_age": 0},
        H | {"age": 50},
        H | {"age": 50, "ability": 30.0},
    ) == ["dink", "couple_with_infant", "mature_family", "affluent_mature_family"]


def test_the_couple_h_without_children_never_is_a_single_parent_or_an_empty_nest():
    """These two kinds are closed to them at any age and ability, as the source says."""
    lives = [H | {"age": age, "ability": ability} for age in range(20, 100) for ability in (1.0, 99.0)]
    assert set(kinds(*lives)) == {
        "dink",
        "affluent_dink",
        "mature_family",
        "affluent_mature_family",
        "active_senior",
    }


def test_the_other_kinds():
    """Singles by age and ability, parents alone, nests and seniors."""
    single = H | {"partner": False}
    assert kinds(
        single,
        single | {"ability": 50.0},
        single | {"age": 40},
        single | {"children_home": 2, "youngest_child_age": 1},
        H | {"age": 55, "children_left": 2},
        H | {"age": 70, "children_left": 2},
        H | {"age": 40, "children_home": 1, "youngest_child_age": 3},
    ) == [
        "first_home", "mobile_professional", "older_single", "single_parent", "empty_nest", "active_senior",
        "mature_family",
    ]  # fmt: skip


@pytest.mark.checks("grading.lifecycle_ability_segments", kind="invariant")
def test_every_household_has_one_kind_that_fits_its_stage():
    """Every household of a grid of ages, partners, children and abilities has one kind, with the stage and ability of the table, in any order of rows."""
    grid = itertools.product(
        (18, 34, 35, 44, 45, 64, 65, 90), (0, 1), (0, 1, 3), (0, 2, 3, 17), (0, 1), (0.0, 30.0)
    )
    frame = pd.DataFrame(list(grid), columns=list(H))
    found = lifecycle_ability_segments(frame, ample_from=30)
    told = found.summary()
    assert (told["n"] > 0).all()
    assert told["n"].sum() == len(frame)
    assert told["share"].sum() == pytest.approx(1)
    for kind, stage, level in zip(
        found.table["kind"], found.table["stage"], found.table["ability_level"], strict=True
    ):
        assert LIFECYCLE_KINDS[kind][0] == stage
        assert LIFECYCLE_KINDS[kind][1] in ("any", level)
    assert set(found.table["stage"]) == set(LIFE_STAGES)
    shuffled = frame.sample(frac=1, random_state=1)
    again = lifecycle_ability_segments(shuffled, ample_from=30).table.loc[frame.index]
    assert again["kind"].tolist() == found.table["kind"].tolist()


def test_ample_is_the_median_if_nothing_is_given_and_no_unit_matters():
    """The result says where the limit came from; a thousandfold unit moves nobody."""
    frame = pd.DataFrame([H | {"ability": float(a)} for a in (1, 2, 3)])
    found = lifecycle_ability_segments(frame)
    assert (found.ample_from, found.ample_from_data) == (2, True)
    assert found.table["kind"].tolist() == ["dink", "affluent_dink", "affluent_dink"]
    scaled = lifecycle_ability_segments(frame.assign(ability=frame["ability"] * 1000))
    assert scaled.table.equals(found.table)
    assert scaled.summary().loc["affluent_dink", "mean_ability"] == 2500


def test_what_cannot_be_is_told():
    """Missing columns and numbers, children without an age, ages out of order."""
    with pytest.raises(DataError, match="youngest_child_age"):
        kinds(H | {"children_home": 1})
    with pytest.raises(DataError, match="neither true nor false"):
        kinds(H | {"partner": 2})
    with pytest.raises(DataError, match="'old'"):
        kinds(H | {"age": "old"})
    with pytest.raises(DataError, match="below 0"):
        kinds(H | {"ability": -1.0})
    with pytest.raises(DataError, match="no column 'ability'"):
        lifecycle_ability_segments(pd.DataFrame([H]).drop(columns="ability"))
    with pytest.raises(DataError, match="not dict"):
        lifecycle_ability_segments(H)
    with pytest.raises(DataError, match="no rows"):
        lifecycle_ability_segments(pd.DataFrame([H]).head(0))
    with pytest.raises(ParameterError, match="in order"):
        kinds(H, senior_from=40)
    with pytest.raises(ParameterError, match="ample_from"):
        kinds(H, ample_from=0)
