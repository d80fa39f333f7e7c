"""Breakage against statsmodels' competing risks, sums by hand, and programmes whose breakage is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.programme import breakage, points_account, points_liability

COLUMNS = ["customer", "date", "kind", "points"]
FIRST = pd.Period("2021-01", "M")


def programme(rng, customers, *, months=36, burned=0.6, valid=12, points=None):
    """Simulate lots of one customer each: burned with a known probability at an age of 0 to 11 months, or never."""
    start = rng.integers(0, months, customers)
    size = rng.integers(50, 150, customers) if points is None else np.full(customers, points)
    burns = rng.random(customers) < burned
    age = rng.integers(0, valid, customers)
    earned = [(f"c{i}", (FIRST + int(m)).to_timestamp() + pd.Timedelta(days=2), "earned", int(p))
              for i, (m, p) in enumerate(zip(start, size, strict=True))]  # fmt: skip
    gone = [
        (
            f"c{i}",
            (FIRST + int(start[i] + age[i])).to_timestamp() + pd.Timedelta(days=20),
            "burned",
            int(size[i]),
        )
        for i in np.flatnonzero(burns)
    ]
    ledger = pd.DataFrame(earned + gone, columns=COLUMNS)
    return ledger, (FIRST + months - 1).to_timestamp(how="end").normalize()


@pytest.mark.checks("programme.breakage", kind="second", against="statsmodels")
def test_curve_is_that_of_competing_risks():
    """The share burned by each age in a simulated programme of 400 customers, with lapsing as the competing end, equals statsmodels' cumulative incidence to 9 digits."""
    from statsmodels.duration.survfunc import CumIncidenceRight

    rng = np.random.default_rng(5)
    rows = []
    for i in range(400):
        at = rng.integers(0, 30)
        rows.append((f"c{i}", (FIRST + int(at)).to_timestamp(), "earned", 100))
        burns = np.sort(rng.integers(at, 40, rng.integers(0, 4)))
        rows += [
            (f"c{i}", (FIRST + int(burn)).to_timestamp() + pd.Timedelta(days=9), "burned", 30)
            for burn in burns
        ]
    account = points_account(
        pd.DataFrame([r for r in rows if r[1] < pd.Timestamp("2023-07-01")], columns=COLUMNS).pipe(
            lambda f: f[~_beyond(f, 8)]
        ),
        as_of="2023-06-30",
        valid_months=8,
    )
    lots, uses = account.lots, account.uses
    last = 29
    born = (lots["date"].dt.to_period("M").astype("int64") - FIRST.ordinal).to_numpy()
    age = (uses["date"].dt.to_period("M").astype("int64") - FIRST.ordinal).to_numpy() - born[uses["lot"]]
    time = np.concatenate([age + 1, last - born + 1])
    status = np.concatenate([np.where(uses["kind"] == "burned", 1, 2), np.zeros(len(lots), dtype=int)])
    weight = np.concatenate([uses["points"], lots["outstanding"]])
    keep = weight > 0
    theirs = CumIncidenceRight(time[keep], status[keep], freq_weights=weight[keep])
    ours = breakage(account).curve["burned_share"]
    np.testing.assert_allclose(ours.to_numpy()[theirs.times.astype(int) - 1], theirs.cinc[0], rtol=1e-9)


def _beyond(frame, months):
    """Say which burns come when the points have lapsed, or would take more than there is."""
    drop = np.zeros(len(frame), dtype=bool)
    for _, mine in frame.groupby("customer"):
        earned = mine[mine["kind"] == "earned"]
        left, until = earned["points"].iloc[0], earned["date"].iloc[0] + pd.DateOffset(months=months)
        for place in mine.index[mine["kind"] == "burned"]:
            at = frame.index.get_loc(place)
            drop[at] = frame.loc[place, "date"] > until or left < frame.loc[place, "points"]
            left -= 0 if drop[at] else frame.loc[place, "points"]
    return drop


@pytest.mark.checks("programme.breakage", kind="second", against="sums by hand")
def test_two_cohorts_by_hand():
    """Of 100 points of January 40 are burned at once and 30 a month later, of 100 of February 60 at once: survival burns 50 %, then half of the rest, in all 75 %; the chain ladder runs February's 60 to 105, of which only 100 are there."""
    ledger = pd.DataFrame(
        [
            ("a", "2024-01-01", "earned", 100),
            ("a", "2024-01-15", "burned", 40),
            ("a", "2024-02-10", "burned", 30),
            ("b", "2024-02-01", "earned", 100),
            ("b", "2024-02-20", "burned", 60),
        ],
        columns=COLUMNS,
    )
    found = breakage(points_account(ledger, as_of="2024-02-29"), tail="unburned", cohort="month")
    assert found.curve["burn_rate"].tolist() == pytest.approx([0.5, 0.5])
    assert found.curve["burned_share"].tolist() == pytest.approx([0.5, 0.75])
    # January keeps its 70; February's 40 left are half burned later.
    assert found.cohorts["ultimate_burned"].tolist() == pytest.approx([70, 80])
    assert found.rate == pytest.approx(1 - 150 / 200)
    ladder = breakage(points_account(ledger, as_of="2024-02-29"), method="chain_ladder", tail="unburned")
    assert ladder.cohorts["ultimate_burned"].sum() == pytest.approx(70 + 100)
    assert breakage(points_account(ledger, as_of="2024-02-29")).rate == pytest.approx(0)
    half = breakage(points_account(ledger, as_of="2024-02-15"), tail="unburned")
    assert half.through == pd.Timestamp("2024-01-31")
    assert half.rate == pytest.approx(0.6)


@pytest.mark.checks("programme.breakage", kind="recovery")
def test_known_breakage_is_found():
    """In 60 simulated programmes of 400 customers in which 40 % of the points are never burned, breakage is found to 1 point on average, and the 95 % interval from resampled customers holds it in 88 % of the runs or more; points lapsed so far would say 12 points less."""
    rng = np.random.default_rng(17)
    inside, found, lapsed = 0, [], []
    for _ in range(60):
        ledger, end = programme(rng, 400)
        account = points_account(ledger, as_of=end, valid_months=12)
        told = breakage(account, draws=100, rng=rng)
        inside += told.low <= 0.4 <= told.high
        found.append(told.rate)
        lapsed.append(told.lapsed_share)
        assert told.unresolved == 0
    assert np.mean(found) == pytest.approx(0.4, abs=0.01)
    assert np.mean(lapsed) < 0.28
    assert inside >= 53


@pytest.mark.checks("programme.breakage", kind="recovery")
def test_the_chain_ladder_agrees_where_cohorts_are_large():
    """In a simulated programme of 30,000 customers in which 40 % of the points are never burned, the chain ladder finds it to 1 point, and so does survival."""
    ledger, end = programme(np.random.default_rng(18), 30_000)
    account = points_account(ledger, as_of=end, valid_months=12)
    found = [breakage(account, method=method).rate for method in ("survival", "chain_ladder")]
    assert found == pytest.approx([0.4, 0.4], abs=0.01)


@pytest.mark.checks("programme.breakage", kind="invariant")
@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from(["survival", "chain_ladder"]),
    st.sampled_from(["burned", "unburned"]),
)
def test_bounds_order_and_units(seed, method, tail):
    """Breakage lies between what has lapsed and what has not been burned; the order of rows and the size of a point change nothing; shares of the curve sum to 1."""
    rng = np.random.default_rng(seed)
    ledger, end = programme(rng, 40, months=18, valid=6)
    found = breakage(points_account(ledger, as_of=end, valid_months=6), method=method, tail=tail)
    burned = found.cohorts["burned"].sum() / found.cohorts["earned"].sum()
    assert found.lapsed_share - 1e-9 <= found.rate <= 1 - burned + 1e-9
    np.testing.assert_allclose(found.curve[["burned_share", "lapsed_share", "open_share"]].sum(axis=1), 1)
    other = ledger.assign(points=ledger["points"] * 7).sample(frac=1, random_state=seed)
    again = breakage(points_account(other, as_of=end, valid_months=6), method=method, tail=tail)
    assert again.rate == pytest.approx(found.rate, abs=1e-9)
    one, two = (
        breakage(points_account(frame, as_of=end, valid_months=6), method=method, tail=tail, draws=100,
                 rng=np.random.default_rng(1))
        for frame in (ledger, other)
    )  # fmt: skip
    assert (one.low, one.high) == pytest.approx((two.low, two.high), abs=1e-9)
    assert one.low <= one.high


def test_points_that_never_lapse_are_unresolved():
    """Without lapsing nothing breaks by default, and the share that outlives the data is told; the other choice counts it."""
    ledger, end = programme(np.random.default_rng(2), 300)
    account = points_account(ledger, as_of=end)
    prudent, bold = breakage(account), breakage(account, tail="unburned")
    assert prudent.rate == pytest.approx(0, abs=1e-9)
    assert prudent.unresolved == pytest.approx(bold.rate, abs=1e-9)
    assert bold.rate == pytest.approx(0.4, abs=0.08)
    assert breakage(ledger).rate == pytest.approx(0, abs=1e-9)
    assert bold.summary().loc[0, "method"] == "survival"
    assert set(bold.cohorts.index.month) == {1, 4, 7, 10}


def test_errors_of_breakage_teach():
    """Unknown choices, too few draws, a single customer and months that are not over are told."""
    ledger = pd.DataFrame([("a", "2024-01-05", "earned", 10)], columns=COLUMNS)
    with pytest.raises(DataError, match="month that was over"):
        breakage(points_account(ledger, as_of="2024-01-10"))
    account = points_account(ledger, as_of="2024-03-31")
    with pytest.raises(ParameterError) as caught:
        breakage(account, method="guess", tail="x", cohort="week", draws=5, rng=np.random.default_rng(1))
    assert len(caught.value.problems) == 4
    with pytest.raises(DataError, match="two customers"):
        breakage(account, rng=np.random.default_rng(1))
    with pytest.raises(ParameterError, match="confidence"):
        breakage(account, confidence=95)
    with pytest.raises(ParameterError, match="value_per_point"):
        points_liability(account, value_per_point=0)
    with pytest.raises(DataError, match="two customers"):
        points_liability(account, value_per_point=1, rng=np.random.default_rng(1))
