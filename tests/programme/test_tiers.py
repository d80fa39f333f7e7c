"""Tiers and movements between them against loops and pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab._shares import wilson
from crmlab.errors import DataError, ParameterError
from crmlab.programme import ProgrammeRules, Tier, tier_movements, tier_of

TIERS = (Tier("silver", 100), Tier("gold", 250), Tier("diamond", 1000))
NAMES = ["none", "silver", "gold", "diamond"]


@pytest.mark.checks("programme.tier_of", kind="second", against="a loop")
@pytest.mark.checks("programme.tier_of", kind="invariant")
@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-50, 1200), min_size=1, max_size=60), st.integers(0, 99))
def test_tiers_are_those_of_a_loop(spent, seed):
    """Tier, distance to the next and nearness of random customers equal a loop's; sizes add up, order and unit of money change nothing."""
    series = pd.Series(spent, dtype=float)
    found = tier_of(series, TIERS)
    for value, (_, row) in zip(spent, found.table.iterrows(), strict=True):
        reached = [t for t in TIERS if value >= t.threshold]
        above = [t for t in TIERS if value < t.threshold]
        assert row["tier"] == (reached[-1].name if reached else "none")
        if above:
            assert row["missing"] == above[0].threshold - value
            assert row["near"] == (value >= 0.9 * above[0].threshold - 1e-9)
        else:
            assert np.isnan(row["missing"])
            assert not row["near"]
    assert found.sizes["customers"].sum() == len(spent)
    assert found.sizes["share"].sum() == pytest.approx(1)
    assert found.sizes["near"].sum() == found.table["near"].sum()
    other = tier_of(
        (series / 7).sample(frac=1, random_state=seed), [Tier(t.name, t.threshold / 7) for t in TIERS]
    )
    pd.testing.assert_series_equal(other.table["tier"].sort_index(), found.table["tier"])


def test_sizes_have_wilson_intervals():
    """Shares of tiers and of those near the next have Wilson's intervals; a tier from 0 on leaves nobody below."""
    found = tier_of([10, 95, 120, 240, 500], TIERS)
    low, high = wilson(2, 5, 0.95)
    assert found.summary().loc["silver", ["low", "high"]].tolist() == [float(low), float(high)]
    assert found.sizes["near"].tolist() == [1, 1, 0, 0]
    rules = ProgrammeRules(points_per_unit=1, value_per_point=1, tiers=(Tier("member", 0), Tier("gold", 5)))
    assert tier_of([1, 9], rules).sizes.index.tolist() == ["member", "gold"]


def test_tiers_that_make_no_sense_are_told():
    """No tiers, falling thresholds, and shares out of range are errors."""
    with pytest.raises(ParameterError, match="there are no tiers"):
        tier_of([1.0], ())
    with pytest.raises(ParameterError) as caught:
        tier_of([1.0], [Tier("a", 5), Tier("none", 3)], near=2)
    assert len(caught.value.problems) == 3
    with pytest.raises(DataError, match="finite"):
        tier_of([1.0, np.nan], TIERS)


@st.composite
def histories(draw):
    """Tiers of ten customers in four years; some years are missing."""
    rows = [
        (f"c{i}", year, draw(st.sampled_from(NAMES[1:])))
        for i in range(10)
        for year in (2021, 2022, 2023, 2024)
        if draw(st.integers(0, 3))
    ]
    return pd.DataFrame(
        [*rows, ("x", 2021, "gold"), ("x", 2022, "silver"), ("x", 2023, "silver"), ("x", 2024, "gold")],
        columns=["customer", "period", "tier"],
    )


@pytest.mark.checks("programme.tier_movements", kind="second", against="pandas")
@pytest.mark.checks("programme.tier_movements", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(histories(), st.integers(0, 99))
def test_movements_are_those_of_a_cross_table(history, seed):
    """Movements of random histories equal pandas' cross-table of each year with the next; each row of shares sums to 1, and the order of rows does not matter."""
    order = NAMES[1:]
    found = tier_movements(history, order=order)
    wide = history.pivot_table(index="customer", columns="period", values="tier", aggfunc="first")
    pairs = pd.concat(
        [
            pd.DataFrame({"from": wide[a], "to": wide[b].astype(object).fillna("absent")})[wide[a].notna()]
            for a, b in ((2021, 2022), (2022, 2023), (2023, 2024))
        ]
    )
    table = pd.crosstab(pairs["from"], pairs["to"]).reindex(
        index=order, columns=[*order, "absent"], fill_value=0
    )
    counts = found.table.pivot_table(index="from_tier", columns="to_tier", values="customers", sort=False)
    np.testing.assert_array_equal(counts.to_numpy(), table.to_numpy())
    sums = found.matrix.sum(axis=1)
    np.testing.assert_allclose(sums[found.directions["customers"] > 0], 1)
    np.testing.assert_allclose(
        found.directions[["up", "stay", "down", "absent"]].sum(axis=1)[found.directions["customers"] > 0], 1
    )
    entered = sum(
        (wide[b].notna() & wide[a].isna()).sum() for a, b in ((2021, 2022), (2022, 2023), (2023, 2024))
    )
    assert found.entered == entered
    assert found.by_period["customers"].sum() == found.table["customers"].sum()
    again = tier_movements(history.sample(frac=1, random_state=seed), order=order)
    pd.testing.assert_frame_equal(again.summary(), found.summary())


def test_histories_that_cannot_be_used_are_told():
    """Unknown tiers, missing values, customers twice in a period and a single period are told."""
    history = pd.DataFrame(
        [("a", 2023, "gold"), ("a", 2023, "gold"), ("b", 2023, "tin"), (None, 2024, "gold")],
        columns=["customer", "period", "tier"],
    )
    with pytest.raises(DataError) as caught:
        tier_movements(history, order=["silver", "gold"])
    assert len(caught.value.problems) == 3
    with pytest.raises(DataError, match="need two"):
        tier_movements(history.iloc[:1], order=["gold"])
    with pytest.raises(ParameterError, match="order of the tiers"):
        tier_movements(history)
    with pytest.raises(ParameterError, match="named once"):
        tier_movements(history, order=["gold", "gold"])
    ordered = history.iloc[[0]].assign(tier=pd.Categorical(["gold"], ["silver", "gold"], ordered=True))
    later = ordered.assign(period=2024)
    assert tier_movements(pd.concat([ordered, later])).matrix.loc["gold", "gold"] == 1
