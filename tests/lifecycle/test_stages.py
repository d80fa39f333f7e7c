"""Lifecycle stages and patterns against histories written for them, and a plain loop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.lifecycle import lifecycle_stage

START = pd.Timestamp("2023-01-01")


def history(**days):
    """Return purchases of 10 on days counted from START; (day, amount) pairs for other amounts."""
    rows = []
    for who, when in days.items():
        for entry in when:
            day, amount = entry if isinstance(entry, tuple) else (entry, 10.0)
            rows.append((who, START + pd.Timedelta(days=day), amount))
    return pd.DataFrame(rows, columns=["customer", "date", "amount"])


def by_loop(frame, end, typical):  # noqa: C901, PLR0912 - the rules one after the other, as a person would apply them
    """Apply the default rules to one customer after the other."""
    out = {}
    for who, mine in frame.groupby("customer"):
        by_day = mine.groupby("date")["amount"].sum()
        days, n = list(by_day.index), len(by_day)
        gap = (days[-1] - days[0]).days / (n - 1) if n > 2 else typical
        ratio = (end - days[-1]).days / gap
        early_n = late_n = early_m = late_m = 0
        for day, amount in by_day.items():
            if day == days[0]:
                continue
            if (day - days[0]) > (end - days[0]) / 2:
                late_n, late_m = late_n + 1, late_m + amount
            else:
                early_n, early_m = early_n + 1, early_m + amount
        trend = "unknown"
        if n >= 5:
            up = (late_n >= 2 * early_n) or (late_m >= 2 * early_m and late_m > 0)
            down = (early_n >= 2 * late_n) or (early_m >= 2 * late_m and early_m > 0)
            trend = "rising" if up and not down else "falling" if down and not up else "steady"
        if ratio > 3 or trend == "falling":
            stage = "decline"
        elif n <= 2:
            stage = "exploration"
        elif n < 5 or trend == "rising":
            stage = "build_up"
        else:
            stage = "stable"
        done = ratio > 6
        if n >= 5 and (days[-1] - days[4]).days >= 365 and (done or stage != "decline"):
            pattern = "long_keep"
        elif not done:
            pattern = "open"
        else:
            pattern = "early_abortion" if n <= 2 else "midway_death" if n < 5 else "early_exit"
        out[who] = (trend, stage, done, pattern)
    return out


@pytest.mark.checks("lifecycle.lifecycle_stage", kind="second", against="histories written by hand")
@pytest.mark.parametrize(
    ("days", "stage", "pattern"),
    [
        ([700], "exploration", "open"),
        ([690, 710], "exploration", "open"),
        ([600, 640, 700], "build_up", "open"),
        ([400, 500, 600, 620, 650, 680, 710], "build_up", "open"),
        ([*range(400, 721, 40)], "stable", "open"),
        ([*range(0, 721, 40)], "stable", "long_keep"),
        ([0], "decline", "early_abortion"),
        ([0, 30], "decline", "early_abortion"),
        ([0, 30, 60, 90], "decline", "midway_death"),
        ([*range(0, 301, 30)], "decline", "early_exit"),
        ([*range(0, 541, 20)], "decline", "long_keep"),
        ([600, 620, 640, 660, 680], "decline", "open"),
        ([650, 660, 670, 680, 690], "decline", "open"),
    ],
)
def test_histories_written_for_each_stage_and_pattern(days, stage, pattern):
    """Each stage and each pattern has a history that anybody would call so."""
    found = lifecycle_stage(
        history(x=days), observation_end=START + pd.Timedelta(days=730), typical_gap_days=40
    )
    row = found.table.loc["x"]
    assert (row["stage"], row["pattern"]) == (stage, pattern)


def test_spending_alone_can_be_a_trend():
    """Equal numbers of purchases with a third of the spending fall; twice the spending on fewer purchases is steady."""
    steady = [0, 40, 80, 120, 160, 200, 240, 280, 320]
    frame = history(
        falls=[(d, 30.0 if d <= 160 else 10.0) for d in steady],
        rises=[(d, 10.0 if d <= 160 else 30.0) for d in steady],
        mixed=[0, 20, 60, 100, 140, (250, 50.0), (320, 50.0)],
    )
    end = START + pd.Timedelta(days=330)
    found = lifecycle_stage(frame, observation_end=end).table
    assert found["trend"].to_dict() == {"falls": "falling", "rises": "rising", "mixed": "steady"}
    assert found.loc["falls", "stage"] == "decline"
    assert found.loc["falls", ["early_purchases", "late_purchases", "early_amount", "late_amount"]].tolist() == [
        4, 4, 120, 40,
    ]  # fmt: skip
    without = lifecycle_stage(frame, observation_end=end, amount=None).table
    assert without["trend"].to_dict() == {"falls": "steady", "rises": "steady", "mixed": "falling"}


@st.composite
def sales(draw):
    """Random purchases with whole amounts, and one customer with three purchases."""
    n = draw(st.integers(1, 60))
    rows = [
        (draw(st.sampled_from("abcde")), draw(st.integers(0, 700)), draw(st.integers(1, 40)))
        for _ in range(n)
    ]
    frame = history(z=[0, 30, 90])
    return pd.concat([frame, *[history(**{w: [(d, float(a))]}) for w, d, a in rows]], ignore_index=True)


@pytest.mark.checks("lifecycle.lifecycle_stage", kind="second", against="a loop")
@pytest.mark.checks("lifecycle.lifecycle_stage", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(sales(), st.integers(0, 99))
def test_stages_are_those_of_a_plain_loop(frame, seed):
    """Trend, stage, end and pattern of random histories equal those of a loop over customers; order of rows and unit of money change nothing."""
    end = START + pd.Timedelta(days=730)
    found = lifecycle_stage(frame, observation_end=end)
    columns = ["trend", "stage", "finished", "pattern"]
    loop = by_loop(frame, end, found.typical_gap_days)
    assert {
        who: tuple(row) for who, row in zip(found.table.index, found.table[columns].to_numpy(), strict=True)
    } == loop
    other = frame.sample(frac=1, random_state=seed).assign(amount=frame["amount"] * 0.1)
    again = lifecycle_stage(other, observation_end=end)
    pd.testing.assert_frame_equal(found.summary(), again.summary())
    assert found.stages["share"].sum() == pytest.approx(1)
    assert found.patterns["share"].sum() == pytest.approx(1)


def test_usual_gap_is_ones_own_or_the_typical():
    """Customers on trial use the median gap of the others; without others, of all repeat buyers."""
    frame = history(a=[0, 10, 20], b=[0, 40, 80], c=[0, 5], d=[0])
    found = lifecycle_stage(frame, observation_end=START + pd.Timedelta(days=90))
    assert found.typical_gap_days == 25
    assert found.table["usual_gap_days"].tolist() == [10, 40, 25, 25]
    assert found.table["silence_ratio"].tolist() == pytest.approx([7, 0.25, 85 / 25, 90 / 25])
    few = lifecycle_stage(history(c=[0, 5], d=[0]), observation_end=START + pd.Timedelta(days=6))
    assert few.typical_gap_days == 5
    own = lifecycle_stage(frame, trial_occasions=1, observation_end=START + pd.Timedelta(days=90))
    assert own.table.loc["c", "usual_gap_days"] == 5


@pytest.mark.checks("lifecycle.lifecycle_stage", kind="recovery")
def test_silence_thresholds_are_those_of_random_buying():
    """Of 200,000 simulated customers who buy at random at a known rate, 5 % are silent for three gaps and .25 % for six, as the rules suppose."""
    rng = np.random.default_rng(11)
    silence = rng.exponential(1.0, 200_000)
    assert (silence > 3).mean() == pytest.approx(np.exp(-3), abs=0.002)
    assert (silence > 6).mean() == pytest.approx(np.exp(-6), abs=0.0005)


def test_rules_are_told_in_the_result():
    """The result repeats all rules, so that a reader knows by what a label came."""
    found = lifecycle_stage(history(a=[0, 10, 20], b=[0]), long_keep_days=100)
    rules = found.rules.set_index("rule")["value"]
    assert rules["long_keep_days"] == 100
    assert rules["typical_gap_days"] == 10
    assert set(found.summary()["dimension"]) == {"stage", "pattern"}
    assert len(found.summary()) == 9


def test_errors_teach():
    """One-time buyers only, contradicting rules and wrong columns are told."""
    once = history(a=[0], b=[9])
    with pytest.raises(DataError, match="typical_gap_days"):
        lifecycle_stage(once)
    assert lifecycle_stage(once, typical_gap_days=30).table["stage"].tolist() == ["exploration"] * 2
    with pytest.raises(DataError, match="did you mean 'amount'"):
        lifecycle_stage(once, amount="amounts")
    with pytest.raises(ParameterError) as caught:
        lifecycle_stage(once, trial_occasions=5, finished_after_gaps=2, trend_factor=1)
    assert len(caught.value.problems) == 3
    with pytest.raises(ParameterError, match="above 0"):
        lifecycle_stage(once, silent_after_gaps=-1)
