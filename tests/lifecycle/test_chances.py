"""Probabilities of stages and patterns against integration, draws, and customers whose state is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.clv import customer_summary, fit_bg_nbd, fit_pareto_nbd
from crmlab.errors import DataError, ParameterError
from crmlab.lifecycle import PATTERNS, STAGES, lifecycle_probabilities, lifecycle_stage

START = pd.Timestamp("2023-01-01")
P_STAGES = [f"p_{name}" for name in STAGES]
P_PATTERNS = [f"p_{name}" for name in PATTERNS]


def history(**days):
    """Return purchases of 10 on days counted from START."""
    rows = [(who, START + pd.Timedelta(days=int(day)), 10.0) for who, when in days.items() for day in when]
    return pd.DataFrame(rows, columns=["customer", "date", "amount"])


def day(number):
    """Return a day counted from START."""
    return START + pd.Timedelta(days=int(number))


def calibrated(p, truth, bins=6):
    """Say whether, in bins of equal size, what is true is as frequent as it was probable, within 3.5 standard errors."""
    order = np.argsort(p, kind="stable")
    off = []
    for part in np.array_split(order, bins):
        error = np.sqrt((p[part] * (1 - p[part])).sum()) / len(part)
        off.append(abs(truth[part].mean() - p[part].mean()) / max(error, 1e-3))
    return max(off) < 3.5


@pytest.mark.checks("lifecycle.lifecycle_probabilities", kind="second", against="numerical integration")
def test_probabilities_are_integrals_of_the_posteriors():
    """For a customer with seven purchases, the probabilities to be silent for three gaps, to rise and to fall equal numerical integrals of the gamma densities, to 8 digits."""
    from scipy.integrate import quad
    from scipy.stats import gamma

    sales = history(a=[0, 50, 90, 160, 300, 330, 380], b=[0, 60, 120])
    found = lifecycle_probabilities(sales, observation_end=day(500), typical_gap_days=60, prior_gaps=1.5)
    row = found.table.loc["a"]
    rate = gamma(1.5 + 6, scale=1 / (1.5 * 60 + 380))
    silent = quad(rate.pdf, 3 / 120, np.inf)[0]
    finished = quad(rate.pdf, 6 / 120, np.inf)[0]
    early, late = gamma(1.5 + 3), gamma(1.5 + 3)
    rising = quad(lambda x: early.pdf(x) * late.sf(2 * x), 0, np.inf)[0]
    falling = quad(lambda x: late.pdf(x) * early.sf(2 * x), 0, np.inf)[0]
    assert row["p_finished"] == pytest.approx(finished, rel=1e-8)
    assert (row["p_rising"], row["p_falling"]) == pytest.approx((rising, falling), rel=1e-8)
    assert row["p_decline"] == pytest.approx(silent + (1 - silent) * falling, rel=1e-8)
    assert row["p_stable"] == pytest.approx((1 - silent) * (1 - rising - falling), rel=1e-8)
    assert found.table.loc["b", "p_build_up"] == pytest.approx(1 - found.table.loc["b", "p_decline"])


@st.composite
def sales(draw):
    """Random purchases of up to five customers, and one with three."""
    n = draw(st.integers(1, 50))
    rows = [(draw(st.sampled_from("abcde")), draw(st.integers(0, 700))) for _ in range(n)]
    return pd.concat([history(z=[0, 30, 90]), *[history(**{w: [d]}) for w, d in rows]], ignore_index=True)


@pytest.mark.checks("lifecycle.lifecycle_probabilities", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(sales(), st.integers(0, 99), st.sampled_from([None, 0.0, 0.3, 1.0]))
def test_probabilities_sum_to_one(frame, seed, alive):
    """Stages sum to 1, patterns sum to 1, expected numbers to the number of customers; what the number of purchases rules out has probability 0; order of rows and unit of money change nothing."""
    end = day(730)
    model = None if alive is None else pd.Series(alive, index=[*"abcdez"])
    found = lifecycle_probabilities(frame, model=model, observation_end=end)
    table, labels = found.table, found.labels.table
    for columns in (P_STAGES, P_PATTERNS):
        assert (table[columns] >= 0).all(axis=None)
        np.testing.assert_allclose(table[columns].sum(axis=1), 1)
    n = labels["occasions"]
    assert (table.loc[n > 2, "p_exploration"] == 0).all()
    assert (table.loc[n < 5, ["p_stable", "p_early_exit", "p_long_keep"]] == 0).all(axis=None)
    assert found.stages["expected"].sum() == pytest.approx(len(table))
    assert found.patterns["expected"].sum() == pytest.approx(len(table))
    assert (found.stages["low"] <= found.stages["expected"] + 1e-12).all()
    again = lifecycle_probabilities(
        frame.sample(frac=1, random_state=seed).assign(amount=0.3), model=model, observation_end=end
    )
    pd.testing.assert_frame_equal(again.table, table)
    if alive == 0.0:
        np.testing.assert_allclose(table["p_decline"], 1)
        np.testing.assert_allclose(table["p_finished"], 1)


@pytest.mark.checks("lifecycle.lifecycle_probabilities", kind="invariant")
@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 300), min_size=1, max_size=12, unique=True),
    st.integers(301, 900),
    st.integers(1, 600),
)
def test_longer_silence_means_more_decline(days, end, more):
    """The longer a history of random purchases is silent, the higher the probabilities of decline and of the end, and never lower."""
    frame = history(a=days)
    early, late = (
        lifecycle_probabilities(frame, observation_end=day(at), typical_gap_days=40).table.loc["a"]
        for at in (end, end + more)
    )
    assert late["p_decline"] >= early["p_decline"] - 1e-12
    assert late["p_finished"] >= early["p_finished"] - 1e-12


@pytest.mark.checks(
    "lifecycle.lifecycle_probabilities", kind="second", against="crmlab.lifecycle.lifecycle_stage"
)
def test_clear_histories_get_their_labels():
    """Of long and regular histories written for each stage and pattern, the most probable ones are those of the rules."""
    end = day(730)
    sales = history(
        fresh=[700], grows=[600, 650, 710], rises=[100, 300, *range(420, 720, 8)], keeps=range(0, 721, 10),
        leaves=range(0, 301, 6), tried=[0], midway=[0, 20, 40, 60],
    )  # fmt: skip
    found = lifecycle_probabilities(sales, observation_end=end, typical_gap_days=40)
    rules = lifecycle_stage(sales, observation_end=end, typical_gap_days=40).table
    assert found.table["likely_stage"].astype(str).tolist() == rules["stage"].astype(str).tolist()
    assert found.table["likely_pattern"].astype(str).tolist() == rules["pattern"].astype(str).tolist()
    assert found.summary()["labelled"].sum() == 2 * len(rules)
    assert found.finished_by == "gaps"


@pytest.mark.checks("lifecycle.lifecycle_probabilities", kind="recovery")
def test_the_end_is_calibrated_with_a_model():
    """Of 4,000 simulated customers who buy at random and leave at random, those given a probability of having left by a fitted Pareto/NBD have left that often, in each of six classes within sampling error."""
    rng = np.random.default_rng(31)
    n, end = 4000, 700
    rate, hazard = rng.gamma(1.2, 1 / 40, n), rng.gamma(1.5, 1 / 500, n)
    born = rng.integers(0, 250, n)
    life = rng.exponential(1 / hazard)
    stop = np.minimum(born + life, end)
    rows = [pd.DataFrame({"customer": np.arange(n), "day": born})]
    count = rng.poisson(rate * (stop - born))
    who = np.repeat(np.arange(n), count)
    rows.append(pd.DataFrame({"customer": who, "day": born[who] + rng.random(len(who)) * (stop - born)[who]}))
    sales = pd.concat(rows, ignore_index=True)
    sales["date"] = START + pd.to_timedelta(np.floor(sales["day"]), unit="D")
    sales["amount"] = 10.0
    model = fit_pareto_nbd(customer_summary(sales, observation_end=day(end), time_unit="week"))
    found = lifecycle_probabilities(sales, model=model, observation_end=day(end))
    gone = born + life < end
    p = found.table["p_finished"].to_numpy()
    assert calibrated(p, gone)
    finished = found.patterns.set_index("pattern").loc[["early_abortion", "midway_death"], "expected"].sum()
    assert finished < p.sum()
    assert gone.sum() == pytest.approx(p.sum(), abs=3 * np.sqrt((p * (1 - p)).sum()) + 0.02 * n)
    assert found.finished_by == "model"


@pytest.mark.checks("lifecycle.lifecycle_probabilities", kind="recovery")
def test_trends_are_calibrated():
    """Of 6,000 simulated customers whose rates in the two halves are drawn from the prior, those given a probability of rising or falling do so that often, in each of six classes within sampling error."""
    rng = np.random.default_rng(32)
    n, gap, length = 6000, 1000.0, 20_000
    rates = rng.gamma(1.0, 1 / gap, (n, 2))
    rows = [pd.DataFrame({"customer": np.arange(n), "day": 0.0})]
    for half in (0, 1):
        count = rng.poisson(rates[:, half] * length / 2)
        who = np.repeat(np.arange(n), count)
        rows.append(
            pd.DataFrame({"customer": who, "day": 1 + (half + rng.random(len(who))) * (length - 2) / 2})
        )
    sales = pd.concat(rows, ignore_index=True)
    sales["date"] = pd.Timestamp("1970-01-01") + pd.to_timedelta(np.floor(sales["day"]), unit="D")
    end = pd.Timestamp("1970-01-01") + pd.Timedelta(days=length)
    found = lifecycle_probabilities(sales, observation_end=end, amount=None, typical_gap_days=gap)
    mature = found.labels.table["occasions"].to_numpy() >= 5
    for name, truth in (
        ("p_rising", rates[:, 1] >= 2 * rates[:, 0]),
        ("p_falling", rates[:, 0] >= 2 * rates[:, 1]),
    ):
        assert calibrated(found.table[name].to_numpy()[mature], truth[mature])


@pytest.mark.checks("lifecycle.lifecycle_probabilities", kind="recovery")
def test_silence_is_calibrated_without_a_model():
    """Of 3,000 simulated customers with two to twelve purchases at a rate drawn from the prior, those given a probability of being silent for six of their true mean gaps are so that often, in each of six classes within sampling error."""
    rng = np.random.default_rng(33)
    n, gap, end = 3000, 400.0, 40_000
    rate = rng.gamma(1.0, 1 / gap, n)
    count = rng.integers(1, 12, n)
    silence = np.floor(rng.exponential(1500, n))
    rows = []
    for i in range(n):
        back = np.append(0.0, np.cumsum(rng.exponential(1 / rate[i], count[i])))
        rows.append(pd.DataFrame({"customer": i, "day": end - silence[i] - back}))
    sales = pd.concat(rows, ignore_index=True)
    kept = sales.groupby("customer")["day"].transform("min") > 0
    origin = pd.Timestamp("1900-01-01")
    sales["date"] = origin + pd.to_timedelta(np.floor(sales["day"]), unit="D")
    sales = sales[kept]
    found = lifecycle_probabilities(
        sales, observation_end=origin + pd.Timedelta(days=end), amount=None, typical_gap_days=gap
    )
    who = found.table.index.to_numpy()
    assert calibrated(found.table["p_finished"].to_numpy(), silence[who] * rate[who] > 6)


@pytest.mark.checks("lifecycle.lifecycle_probabilities", kind="trap", against="one-time buyers")
def test_one_time_buyers():
    """BG/NBD takes one-time buyers to be there still, however long ago; the customer's own gaps do not, and a probability of one's own may be given."""
    rng = np.random.default_rng(5)
    days = {f"c{i}": np.sort(rng.integers(0, 300, rng.integers(1, 9))) for i in range(60)}
    sales = history(**days, once=[0])
    end = day(700)
    model = fit_bg_nbd(customer_summary(sales, observation_end=end), penalty=0.01)
    with_model = lifecycle_probabilities(sales, model=model, observation_end=end).table
    assert with_model.loc["once", "p_exploration"] == pytest.approx(1)
    own = lifecycle_probabilities(sales, observation_end=end, typical_gap_days=40)
    assert own.table.loc["once", "p_finished"] == pytest.approx(np.exp(-6 * 40 / 700))
    given_ones = pd.Series(0.25, index=own.table.index)
    found = lifecycle_probabilities(sales, model=given_ones, observation_end=end)
    assert found.table.loc["once", "p_early_abortion"] == 0.75
    assert found.finished_by == "given"


def test_errors_teach():
    """Missing and impossible probabilities, models without a unit, priors of 0 and contradicting rules are told."""
    sales = history(a=[0, 30, 60], b=[10])
    with pytest.raises(DataError, match=r"1 customer.*'b': nan"):
        lifecycle_probabilities(sales, model=pd.Series({"a": 0.5}))
    with pytest.raises(DataError, match="'a': 5"):
        lifecycle_probabilities(sales, model=pd.Series({"a": 5, "b": 0.1}))
    with pytest.raises(DataError, match="more than one"):
        lifecycle_probabilities(sales, model=pd.Series([0.5, 0.5], index=["a", "a"]))
    with pytest.raises(ParameterError, match="prior_gaps"):
        lifecycle_probabilities(sales, prior_gaps=0)
    with pytest.raises(ParameterError, match="contradict"):
        lifecycle_probabilities(sales, trend_factor=1)

    class Model:
        time_unit = None

    with pytest.raises(ParameterError, match="unit of time"):
        lifecycle_probabilities(sales, model=Model())
