"""Retention economics: closed forms against recursions, sums and simulated customers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import ParameterError
from crmlab.value import (
    acquisition_against_retention,
    leaky_bucket,
    retention_clv,
    retention_profit,
    simple_clv,
    stew_leonard,
    word_of_mouth_value,
)

SHARE = st.floats(0, 1)


@pytest.mark.checks("value.leaky_bucket", kind="second", against="recursion period by period")
@pytest.mark.checks("value.leaky_bucket", kind="invariant")
@settings(max_examples=60, deadline=None)
@given(st.floats(0, 1e5), st.floats(0, 1e4), SHARE, st.integers(1, 40))
def test_the_bucket_is_its_recursion(start, acquired, churn, periods):
    """The closed form of the leaky bucket equals filling and emptying it period by period; nobody appears from nowhere."""
    table = leaky_bucket(start, acquired=acquired, churn=churn, periods=periods).table
    number = start
    for t in range(1, periods + 1):
        number = number - churn * number + acquired
        assert table["customers"][t] == pytest.approx(number, rel=1e-6, abs=1e-6)
    flows = table["customers"].shift(1) - table["lost"] + table["acquired"]
    np.testing.assert_allclose(flows[1:], table["customers"][1:], rtol=1e-6, atol=1e-6)
    assert (table["customers"] >= 0).all()


@pytest.mark.checks("value.leaky_bucket", kind="second", against="arithmetic by hand")
def test_the_bucket_settles_where_losses_equal_acquisition():
    """100 new customers a period at 20 % churn make 500, from below as from above; half of the way takes 3.1 periods."""
    for start in (0, 5000):
        bucket = leaky_bucket(start, acquired=100, churn=0.2, periods=200)
        assert bucket.steady_state == pytest.approx(500)
        assert bucket.table["customers"].iloc[-1] == pytest.approx(500)
    assert bucket.half_way == pytest.approx(math.log(0.5) / math.log(0.8))
    assert bucket.needed_to_hold == 1000
    assert bucket.expected_periods == 5
    held = leaky_bucket(5000, acquired=bucket.needed_to_hold, churn=0.2, periods=9)
    assert held.table["customers"].tolist() == pytest.approx([5000] * 10)


def test_the_bucket_without_leak_and_without_bottom():
    """Without churn it grows for ever; with churn 1 only the new ones are there."""
    full = leaky_bucket(10, acquired=5, churn=0, periods=3)
    assert full.table["customers"].tolist() == [10, 15, 20, 25]
    assert (full.steady_state, full.half_way, full.expected_periods) == (math.inf, math.inf, math.inf)
    assert leaky_bucket(10, acquired=0, churn=0, periods=1).steady_state == 10
    empty = leaky_bucket(10, acquired=5, churn=1, periods=3)
    assert empty.table["customers"].tolist() == [10, 5, 5, 5]
    assert empty.half_way == 0


def test_acquisition_may_change():
    """One number a period is followed as it stands; there is no steady state to tell."""
    bucket = leaky_bucket(100, acquired=[0, 50, 10], churn=0.5)
    assert bucket.table["customers"].tolist() == [100, 50, 75, 47.5]
    assert math.isnan(bucket.steady_state)


@pytest.mark.checks("value.leaky_bucket", kind="recovery")
def test_single_customers_make_the_bucket():
    """Coins tossed for each customer give the leaky bucket's numbers, within four standard errors."""
    rng = np.random.default_rng(5)
    runs, number = 2000, np.full(2000, 300)
    for _ in range(12):
        number = rng.binomial(number, 0.85) + 40
    expected = leaky_bucket(300, acquired=40, churn=0.15, periods=12).table["customers"].iloc[-1]
    assert number.mean() == pytest.approx(expected, abs=4 * number.std() / math.sqrt(runs))


@pytest.mark.checks("value.retention_profit", kind="second", against="crmlab.value.retention_clv")
@settings(max_examples=60, deadline=None)
@given(st.floats(0, 0.98), st.floats(0.01, 0.5), st.floats(0.1, 500), st.floats(0, 300))
def test_profit_is_retention_clv(r, d, margin, cost):
    """A customer's profit is the value by retention_clv with the first payment at acquisition, less the cost of acquisition."""
    found = retention_profit(
        [r], margin_per_period=margin, discount_rate=d, acquisition_cost=cost
    ).table.iloc[0]
    value = retention_clv(margin, r, d, cost, first_payment="at_acquisition").value
    assert found["value"] == pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.checks("value.retention_profit", kind="second", against="sums period by period")
def test_profit_is_the_sum_of_its_periods():
    """1,000 customers followed for 400 periods bring what the formula says, with what keeping them costs."""
    found = retention_profit(
        0.8,
        margin_per_period=30,
        discount_rate=0.1,
        acquisition_cost=40,
        retention_cost_per_period=5,
        customers=1000,
    ).table.iloc[0]
    there, total = 1000.0, -40_000.0
    for t in range(400):
        total += there * 25 / 1.1**t
        there *= 0.8
    assert found["profit"] == pytest.approx(total)
    assert found["expected_periods"] == pytest.approx(5)


@pytest.mark.checks("value.retention_profit", kind="recovery")
def test_simulated_lives_bring_the_profit():
    """Customers who leave by a coin each period bring the expected profit on average."""
    rng = np.random.default_rng(6)
    payments = rng.geometric(0.25, size=40_000)  # payments until leaving, retention 75 %
    value = 20 * (1 - 1.08**-payments) / (1 - 1 / 1.08) - 15
    found = retention_profit(0.75, margin_per_period=20, discount_rate=0.08, acquisition_cost=15).table[
        "value"
    ][0]
    assert value.mean() == pytest.approx(found, abs=4 * value.std() / 200)


@pytest.mark.checks("value.retention_profit", kind="second", against="arithmetic by hand")
def test_five_points_are_worth_what_the_docstring_says():
    """At 10 % discount five points of retention bring 20 % more from 80 %, and 33 % more from 90 %."""
    changes = [
        retention_profit([r, r + 0.05], margin_per_period=1, discount_rate=0.1).table["relative_change"][1]
        for r in (0.8, 0.9)
    ]
    assert changes == pytest.approx([0.2, 1 / 3])


@pytest.mark.checks("value.retention_profit", kind="second", against="numerical derivatives")
def test_elasticity_is_the_derivative_and_rises():
    """One percent more retention raises the margins' value by the elasticity told, more so at high rates."""
    rates = np.linspace(0.1, 0.95, 18)
    found = retention_profit(rates, margin_per_period=7, discount_rate=0.12).table
    up = retention_profit(rates * 1.000001, margin_per_period=7, discount_rate=0.12).table
    np.testing.assert_allclose((up["value"] / found["value"] - 1) / 1e-6, found["elasticity"], rtol=1e-3)
    assert found["elasticity"].is_monotonic_increasing
    assert found["profit"].is_monotonic_increasing


def test_break_even_retention():
    """At the rate told a customer just pays; none is needed if the first margin pays, none helps if it never does."""
    found = retention_profit(0.5, margin_per_period=30, discount_rate=0.1, acquisition_cost=100)
    at = retention_profit(found.break_even, margin_per_period=30, discount_rate=0.1, acquisition_cost=100)
    assert at.table["value"][0] == pytest.approx(0, abs=1e-9)
    assert retention_profit(0.5, margin_per_period=30, discount_rate=0.1, acquisition_cost=20).break_even == 0
    assert math.isnan(
        retention_profit(0.5, margin_per_period=5, discount_rate=0.1, acquisition_cost=100).break_even
    )
    losing = retention_profit(
        0.5, margin_per_period=5, discount_rate=0.1, acquisition_cost=100, retention_cost_per_period=9
    )
    assert math.isnan(losing.break_even)


OPTIONS = {
    "customers": 5000,
    "retention": 0.8,
    "margin_per_period": 30,
    "discount_rate": 0.1,
    "acquisition_cost": 50,
    "retention_cost": 2,
    "retention_lift": 0.05,
}


@pytest.mark.checks("value.acquisition_against_retention", kind="second", against="arithmetic by hand")
def test_the_budget_by_hand():
    """The same budget wins 20 customers at 50 each or keeps 25 at 2/.05 = 40, each worth 30 × 1.1/.3 = 110."""
    found = acquisition_against_retention(1000, **OPTIONS)
    assert found.table["customers"].tolist() == pytest.approx([20, 25])
    assert found.table["value"].tolist() == pytest.approx([2200, 2750])
    assert found.table["return_on_spend"].tolist() == pytest.approx([1.2, 1.75])
    assert found.cost_ratio == 1.25
    assert found.break_even_lift == pytest.approx(0.04)


@pytest.mark.checks("value.acquisition_against_retention", kind="invariant")
def test_at_the_break_even_lift_both_are_equal():
    """With the break-even lift both ways of spending return the same; a little less or more decides."""
    options = OPTIONS | {"retention_of_new": 0.6}
    lift = acquisition_against_retention(1000, **options).break_even_lift
    better = [
        acquisition_against_retention(1000, **(options | {"retention_lift": lift * f})).better
        for f in (0.99, 1, 1.01)
    ]
    assert better == ["acquisition", "equal", "retention"]


def test_nobody_is_treated_twice_and_losses_are_called_so():
    """Ten customers take 20 of the budget; a margin below both costs is a reason for neither."""
    found = acquisition_against_retention(1000, **(OPTIONS | {"customers": 10}))
    assert found.table["spent"].tolist() == [1000, 20]
    poor = acquisition_against_retention(1000, **(OPTIONS | {"margin_per_period": 5}))
    assert poor.better == "neither"
    assert (poor.table["net"] < 0).all()
    nobody = acquisition_against_retention(1000, **(OPTIONS | {"customers": 0}))
    assert math.isnan(nobody.table["return_on_spend"]["retention"])


@pytest.mark.checks("value.acquisition_against_retention", kind="recovery")
def test_treated_customers_bring_what_is_told():
    """500 customers, treated or not, live on by coins: the difference is the value, within four standard errors."""
    rng = np.random.default_rng(7)
    n = 400_000

    def worth(first):
        stays = rng.random(n) < first
        payments = rng.geometric(0.2, size=n)
        return np.where(stays, 30 * (1 - 1.1**-payments) / (1 - 1 / 1.1), 0.0)

    gain = worth(0.85) - worth(0.8)
    found = acquisition_against_retention(1000, **OPTIONS).table.loc["retention"]
    assert gain.mean() * 500 == pytest.approx(found["value"], abs=4 * 500 * gain.std() / math.sqrt(n))


@pytest.mark.checks("value.word_of_mouth_value", kind="second", against="sums generation by generation")
@settings(max_examples=60, deadline=None)
@given(st.floats(0, 30), SHARE, st.integers(0, 12), st.floats(0, 1))
def test_word_of_mouth_is_the_sum_of_its_generations(told, convinced, generations, discount):
    """The value of word of mouth is the sum over generations, each of which tells the next."""
    found = word_of_mouth_value(
        50, told=told, convinced=convinced, generations=generations, discount_per_generation=discount
    )
    total, people = 0.0, 1.0
    for k in range(generations + 1):
        total += 50 * people / (1 + discount) ** k
        people *= told * convinced
    assert found.value == pytest.approx(total, rel=1e-9)
    assert found.table["cumulative"].iloc[-1] == pytest.approx(total, rel=1e-9)
    assert found.value >= found.own_value == 50


def test_word_of_mouth_without_end():
    """Half a customer brought by each doubles the value; the table tells 99.9 % of it."""
    found = word_of_mouth_value(100, told=5, convinced=0.1, generations=None)
    assert found.value == pytest.approx(200)
    assert found.customers == pytest.approx(2)
    assert found.table["cumulative"].iloc[-1] > 0.999 * 200
    assert word_of_mouth_value(100, told=0, convinced=0.1, generations=None).value == 100
    discounted = word_of_mouth_value(
        100, told=12, convinced=0.1, generations=None, discount_per_generation=0.5
    )
    assert discounted.value == pytest.approx(100 / (1 - 1.2 / 1.5))
    assert discounted.customers == math.inf


@pytest.mark.checks("value.word_of_mouth_value", kind="recovery")
def test_a_branching_process_brings_the_customers():
    """A simulated branching process, in which each customer convinces a binomial number of those told, brings the customers of the formula."""
    rng = np.random.default_rng(9)
    total = np.zeros(20_000)
    now = np.ones(20_000, dtype=int)
    while now.any():
        total += now
        now = rng.binomial(8 * now, 0.05)
    expected = word_of_mouth_value(1, told=8, convinced=0.05, generations=None).customers
    assert total.mean() == pytest.approx(expected, abs=4 * total.std() / math.sqrt(20_000))


@pytest.mark.checks("value.stew_leonard", kind="published", against="dagang")
def test_stew_leonards_fifty_thousand():
    """Stew Leonard's lost customer: 100 a week × 50 weeks × 10 years = 50,000, and each further step without effect leaves it so."""
    found = stew_leonard()
    assert found.plain == found.value == found.margin == float(found) == 50_000
    assert found.summary()["amount"].tolist() == [50_000] * 5
    assert found.table["change"].tolist() == [50_000, 0, 0, 0, 0]


@pytest.mark.checks("value.stew_leonard", kind="second", against="crmlab.value.simple_clv and retention_clv")
def test_stew_leonard_step_by_step():
    """The steps are simple_clv, retention_clv, and those kept away; the margin comes last."""
    found = stew_leonard(
        discount_rate_annual=0.08, retention_annual=0.9, told=10, deterred=0.05, margin_rate=0.25
    )
    amount = found.table["amount"]
    assert amount["discounted"] == pytest.approx(simple_clv(5000, years=10, discount_rate_annual=0.08).value)
    kept = retention_clv(5000, 0.9, 0.08, horizon=10, first_payment="at_acquisition").value / 1.08
    assert amount["retention"] == pytest.approx(kept)
    assert amount["word_of_mouth"] == found.value == pytest.approx(1.5 * kept)
    assert amount["margin"] == found.margin == pytest.approx(0.375 * kept)
    assert found.table["change"].sum() == pytest.approx(found.margin)
    assert found.by_year["present_value"].sum() == pytest.approx(kept)


@pytest.mark.checks("value.stew_leonard", kind="recovery")
def test_simulated_customers_of_stew_leonard():
    """Customers who stay by a coin each year and tell others by chance lose the shop what is told."""
    rng = np.random.default_rng(10)
    n = 40_000

    def spent(size):
        years = np.minimum(rng.geometric(0.1, size=size), 10)
        return 5000 * (1 - 1.08**-years) / 0.08

    deterred = rng.binomial(10, 0.05, size=n)
    lost = spent(n) + np.bincount(
        np.repeat(np.arange(n), deterred), weights=spent(deterred.sum()), minlength=n
    )
    found = stew_leonard(discount_rate_annual=0.08, retention_annual=0.9, told=10, deterred=0.05)
    assert lost.mean() == pytest.approx(found.value, abs=4 * lost.std() / math.sqrt(n))


@pytest.mark.checks(
    "value.stew_leonard", "value.retention_profit", "value.acquisition_against_retention", kind="invariant"
)
@settings(max_examples=30, deadline=None)
@given(st.sampled_from([0.01, 1000.0]), st.floats(0, 0.3), SHARE, st.floats(0, 20), SHARE)
def test_a_unit_changes_nothing_but_the_unit(unit, d, r, told, deterred):
    """Cents for dollars multiply every amount."""
    options = {"discount_rate_annual": d, "retention_annual": r, "told": told, "deterred": deterred}
    first, second = stew_leonard(100, **options), stew_leonard(100 * unit, **options)
    np.testing.assert_allclose(second.table["amount"], unit * first.table["amount"])
    one = retention_profit([0.5, 0.9], margin_per_period=10, discount_rate=0.1, acquisition_cost=5).table
    two = retention_profit(
        [0.5, 0.9], margin_per_period=10 * unit, discount_rate=0.1, acquisition_cost=5 * unit
    ).table
    np.testing.assert_allclose(two["relative_change"], one["relative_change"])
    money = {"margin_per_period", "acquisition_cost", "retention_cost"}
    scaled = {name: unit * number if name in money else number for name, number in OPTIONS.items()}
    spent, again = (
        acquisition_against_retention(1000 * unit, **scaled),
        acquisition_against_retention(1000, **OPTIONS),
    )
    assert spent.better == again.better
    np.testing.assert_allclose(spent.table["value"], unit * again.table["value"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: leaky_bucket(1, acquired=1, churn=20, periods=2), "churn"),
        (lambda: leaky_bucket(1, acquired=1, churn=0.2), "periods"),
        (lambda: leaky_bucket(1, acquired=[1, 2], churn=0.2, periods=3), "2 numbers for 3"),
        (lambda: leaky_bucket(-1, acquired=1, churn=0.2, periods=3), "customers"),
        (lambda: leaky_bucket(1, acquired=-1, churn=0.2, periods=3), "acquired"),
        (lambda: retention_profit([80], margin_per_period=1, discount_rate=0.1), "Write 0.8"),
        (lambda: retention_profit([], margin_per_period=1, discount_rate=0.1), "retention"),
        (lambda: retention_profit([1.0], margin_per_period=1, discount_rate=0), "no end"),
        (lambda: retention_profit([0.5], margin_per_period=1, discount_rate=-0.1), "discount_rate"),
        (lambda: acquisition_against_retention(0, **OPTIONS), "budget"),
        (lambda: acquisition_against_retention(1, **(OPTIONS | {"retention_lift": 0.3})), "more than 1"),
        (lambda: acquisition_against_retention(1, **(OPTIONS | {"discount_rate": -0.3})), "no end"),
        (lambda: word_of_mouth_value(1, told=10, convinced=0.2, generations=None), "no end"),
        (lambda: word_of_mouth_value(1, told=10, convinced=20), "convinced"),
        (lambda: word_of_mouth_value(1, told=10, convinced=0.2, generations=1.5), "whole"),
        (lambda: stew_leonard(years=0), "years"),
        (lambda: stew_leonard(retention_annual=90), "retention_annual"),
        (lambda: stew_leonard(-1), "spending_per_week"),
    ],
)
def test_what_is_out_of_range_is_told(call, message):
    """Each error names the parameter or the reason."""
    with pytest.raises(ParameterError, match=message):
        call()


@pytest.mark.checks("value.word_of_mouth_value", kind="invariant")
@settings(max_examples=25, deadline=None)
@given(
    value=st.floats(1, 1000), told=st.integers(0, 5), convinced=st.floats(0, 0.15), unit=st.floats(0.01, 100)
)
def test_word_of_mouth_adds_and_scales(value, told, convinced, unit):
    """Word of mouth never lowers a customer's value, adds more the more are told, and scales with the unit."""
    base = word_of_mouth_value(value, told=told, convinced=convinced)
    assert base.value >= value * (1 - 1e-12)
    more = word_of_mouth_value(value, told=told + 1, convinced=convinced)
    assert more.value >= base.value * (1 - 1e-12)
    assert word_of_mouth_value(unit * value, told=told, convinced=convinced).value == pytest.approx(
        unit * base.value
    )
