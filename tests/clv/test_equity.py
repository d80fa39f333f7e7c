"""Tests of customer equity by segment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.clv import (
    customer_equity,
    customer_lifetime_value,
    customer_outlook,
    fit_bg_nbd,
    fit_gamma_gamma,
    fit_pareto_nbd,
)
from crmlab.clv.mean_spend import fit_mean_spend
from crmlab.errors import DataError, ParameterError


@pytest.fixture(scope="module")
def value(bg_nbd, gamma_gamma, summary):
    """Return the value of the CDNOW customers over a year, with a margin of 30 %."""
    return customer_lifetime_value(bg_nbd, gamma_gamma, summary, margin=0.3)


@pytest.fixture(scope="module")
def segment(summary):
    """Return the customers' segments by how often they bought."""
    x = summary.table["frequency"]
    return pd.cut(x, [-1, 0, 3, 1000], labels=["once", "some", "many"]).astype(object)


@pytest.fixture(scope="module")
def equity(value, segment):
    """Return their equity by segment."""
    return customer_equity(value, by=segment)


@pytest.mark.checks("clv.customer_equity", kind="second", against="crmlab.clv.customer_lifetime_value")
def test_total_is_that_of_the_value(equity, value):
    """The equity of all CDNOW customers and its interval are those of customer_lifetime_value, to 9 digits."""
    row = equity.total.iloc[0]
    got = row[["equity", "se", "low", "high"]].tolist()
    assert got == pytest.approx([value.total, value.total_se, value.total_low, value.total_high], rel=1e-9)
    assert row["customers"] == 2357
    assert (row["share"], row["share_low"], row["share_high"]) == (1, 1, 1)


def test_segments_are_sums(equity, value, segment):
    """Customers, equity, means and shares by segment are the sums by hand, the most valuable segment first."""
    rows = equity.segments.set_index("segment")
    sums = value.table["clv"].groupby(segment).agg(["size", "sum", "mean"])
    np.testing.assert_array_equal(rows["customers"], sums.loc[rows.index, "size"])
    np.testing.assert_allclose(rows["equity"], sums.loc[rows.index, "sum"])
    np.testing.assert_allclose(rows["mean"], sums.loc[rows.index, "mean"])
    np.testing.assert_allclose(rows["share"], rows["equity"] / value.total)
    assert rows["equity"].is_monotonic_decreasing
    assert equity.summary()["segment"].tolist() == [*rows.index, "all"]


@pytest.mark.checks("clv.customer_equity", kind="second", against="simulation")
def test_intervals_by_draws(equity, value, segment):
    """Standard errors of segments and intervals of shares agree with 500 draws of all seven parameters, within 12 %."""
    sums, rng = value.sums, np.random.default_rng(3)
    drawn = []
    for g, k in zip(sums.purchases.draw(rng, 500), sums.spend.draw(rng, 500), strict=True):
        clv = pd.Series(sums.spent(k) * sums.discounted(g)[sums.place], index=value.table.index)
        drawn.append(clv.groupby(segment).sum())
    drawn = pd.DataFrame(drawn)
    rows = equity.segments.set_index("segment")
    np.testing.assert_allclose(rows["se"], drawn.std()[rows.index], rtol=0.12)
    shares = drawn.div(drawn.sum(axis=1), axis=0)
    width = rows["share_high"] - rows["share_low"]
    np.testing.assert_allclose(
        width, (shares.quantile(0.975) - shares.quantile(0.025))[rows.index], rtol=0.12
    )
    # Errors of segments go together: the interval of the total is no sum of bounds, nor of variances.
    assert equity.total["se"][0] < rows["se"].sum()
    assert not np.isclose(equity.total["se"][0], np.sqrt((rows["se"] ** 2).sum()), rtol=0.02)


def test_one_segment_is_the_total(value):
    """Without segments, the only one is all customers."""
    got = customer_equity(value)
    pd.testing.assert_frame_equal(got.segments, got.total)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
@pytest.mark.checks("clv.customer_equity", kind="invariant")
def test_any_split_adds_up(value, groups, seed):
    """However customers are split, equity, customers and shares add up, and intervals hold their estimates."""
    code = np.random.default_rng(seed).integers(0, groups, len(value.table))
    got = customer_equity(value, by=pd.Series(code, index=value.table.index).sample(frac=1, random_state=1))
    rows = got.segments
    assert rows["equity"].sum() == pytest.approx(value.total)
    assert rows["customers"].sum() == 2357
    assert rows["share"].sum() == pytest.approx(1)
    assert (rows["low"] <= rows["equity"]).all()
    assert (rows["equity"] <= rows["high"]).all()
    assert (rows["share_low"] <= rows["share"] + 1e-12).all()
    assert (rows["share"] <= rows["share_high"] + 1e-12).all()


def test_equity_rises_with_margin(bg_nbd, gamma_gamma, summary, segment, equity):
    """At twice the margin, each segment's equity and interval are twice as large, shares the same."""
    double = customer_equity(
        customer_lifetime_value(bg_nbd, gamma_gamma, summary, margin=0.6), by=segment
    ).segments
    for name in ("equity", "se", "low", "high", "mean"):
        np.testing.assert_allclose(double[name], 2 * equity.segments[name])
    np.testing.assert_allclose(double["share_low"], equity.segments["share_low"])


def test_cost_to_serve(value, segment):
    """The cost of serving is charged for each month times the probability of being there, by segment."""
    got = customer_equity(value, by=segment, cost_to_serve_annual={"many": 12.0})
    rows = got.segments.set_index("segment")
    months = (1.1 ** (-np.arange(1, 13) / 12)).sum()
    there = value.table["probability_alive"].groupby(segment).sum()
    assert rows.loc["many", "serving"] == pytest.approx(there["many"] * months)
    assert rows.loc["once", "serving"] == 0
    assert rows.loc["many", "net"] == pytest.approx(rows.loc["many", "equity"] - rows.loc["many", "serving"])
    assert got.total["serving"][0] == pytest.approx(rows["serving"].sum())


@pytest.mark.checks("clv.customer_equity", kind="second", against="crmlab.clv.customer_outlook")
def test_new_customers(value, segment, bg_nbd, gamma_gamma, summary):
    """A new customer's value is margin times the mean purchase plus the repeat purchases that the outlook expects; acquisition comes off."""
    ahead = customer_outlook(bg_nbd, gamma_gamma, summary, rng=np.random.default_rng(1), margin=0.3)
    expected = 0.3 * gamma_gamma.population_mean + ahead.new_customer
    got = customer_equity(value, by=segment, new_customers={"once": 100, "many": 5}, acquisition_cost=4.0)
    rows = got.segments.set_index("segment")
    assert got.new_customer_value["once"] == pytest.approx(expected)
    assert rows.loc["once", "new_equity"] == pytest.approx(100 * (expected - 4))
    assert rows.loc["some", "new_equity"] == 0
    assert got.total["net"][0] == pytest.approx(value.total + 105 * (expected - 4))
    own = customer_equity(value, new_customers=10, new_customer_value=50.0, acquisition_cost=60.0).total
    assert own["new_equity"][0] == pytest.approx(-100)
    some = {"once": 1.0, "some": 2.0, "many": 3.0}
    by_segment = customer_equity(value, by=segment, new_customers={"many": 2}, new_customer_value=some)
    assert by_segment.total["new_equity"][0] == pytest.approx(6)


def test_other_models(summary, segment):
    """Pareto/NBD with one mean for all purchases gives equity by segment, too."""
    value = customer_lifetime_value(fit_pareto_nbd(summary), fit_mean_spend(summary), summary)
    got = customer_equity(value, by=segment, new_customers={"once": 3})
    assert (got.segments["low"] < got.segments["equity"]).all()
    assert got.total["equity"][0] == pytest.approx(value.total)


def test_a_table_tells_no_intervals(value, segment):
    """From a bare table come sums and shares; intervals are missing, costs that need the horizon are refused."""
    table = value.table.assign(kind=segment)
    got = customer_equity(table, by="kind")
    assert got.segments["equity"].sum() == pytest.approx(value.total)
    assert got.segments[["se", "low", "high", "share_low", "mean_high"]].isna().all(axis=None)
    assert got.total["net"][0] == pytest.approx(value.total)
    with pytest.raises(ParameterError, match="horizon"):
        customer_equity(table, cost_to_serve_annual=1.0)
    with pytest.raises(ParameterError, match="new customers are worth"):
        customer_equity(table, new_customers=3)


def test_customers_without_a_segment(value, segment):
    """Customers whose segment is missing are a segment of their own; mixed kinds of labels do not stop it."""
    some = segment.copy()
    some.iloc[:10] = None
    some.iloc[10:20] = 7
    rows = customer_equity(value, by=some).segments
    missing = rows[rows["segment"].isna()]
    assert missing["customers"].tolist() == [10]
    assert rows["customers"].sum() == 2357


def test_what_is_refused(value, segment):
    """Unknown segments, negative numbers and lost customers are told, all at once."""
    with pytest.raises(ParameterError, match="out of their range") as caught:
        customer_equity(
            value, by=segment, cost_to_serve_annual={"few": 1.0}, new_customers=5, acquisition_cost=-1
        )
    assert len(caught.value.problems) == 3
    with pytest.raises(DataError, match="lack 5 customer"):
        customer_equity(value, by=segment.iloc[5:])
    with pytest.raises(DataError, match="No column 'kind'"):
        customer_equity(value, by="kind")
    with pytest.raises(DataError, match="column 'clv'"):
        customer_equity(value.table.drop(columns="clv"))
    with pytest.raises(DataError, match="no finite clv"):
        customer_equity(value.table.assign(clv=np.nan))
    with pytest.raises(ParameterError, match="lacks the segment"):
        customer_equity(value, by=segment, new_customer_value={"once": 1.0})
    with pytest.raises(ParameterError, match="confidence"):
        customer_equity(value, confidence=95)


def test_worthless_customers():
    """Where all customers are worth nothing, shares are missing and nothing divides by zero."""
    table = pd.DataFrame({"clv": [0.0, 0.0], "kind": ["a", "b"]})
    rows = customer_equity(table, by="kind").segments
    assert rows["share"].isna().all()
    assert (rows["mean"] == 0).all()


def test_fit_and_value_are_the_same_object(bg_nbd, gamma_gamma, summary):
    """A model fitted again to the same customers is the same model."""
    pd.testing.assert_series_equal(bg_nbd.refit(summary).parameters, bg_nbd.parameters)
    pd.testing.assert_series_equal(gamma_gamma.refit(summary).parameters, gamma_gamma.parameters)
    assert fit_bg_nbd(summary).time_unit == bg_nbd.refit(summary).time_unit
    assert fit_gamma_gamma(summary).n == gamma_gamma.refit(summary).n
