"""What customers under contract are worth, against sums written out, simulated customers, and statsmodels."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.clv import contract_tenure, contract_value, fit_bdw, fit_sbg, observed_retention
from crmlab.errors import DataError, ParameterError

REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]


def contracts(survivors=REGULAR, **columns) -> pd.DataFrame:
    """Write a cohort as a row a customer."""
    lost = -np.diff(survivors)
    last = len(survivors) - 1
    tenure = np.repeat([*range(1, last + 1), last], [*lost, survivors[-1]])
    return pd.DataFrame({"tenure": tenure, "lost": np.arange(survivors[0]) < lost.sum(), **columns})


def several(n: int, seed: int, *, fees: bool = True) -> pd.DataFrame:
    """Simulate customers who began up to twelve periods ago, and leave by the sBG."""
    rng = np.random.default_rng(seed)
    age = rng.integers(0, 13, n)
    life = rng.geometric(rng.beta(0.8, 2.0, n))
    table = pd.DataFrame({"tenure": np.minimum(age, life), "lost": life <= age})
    return table.assign(fee=rng.uniform(10, 50, n)) if fees else table


@pytest.mark.checks("clv.fit_sbg", "clv.observed_retention", kind="published", against="fader2007")
def test_a_cohort_written_customer_by_customer_gives_the_published_estimates():
    """The cohort 'Regular', written as one row a customer, gives α = .704 and β = 1.182, and its shares of survivors to the customer."""
    table = contracts()
    model = fit_sbg(table)
    assert (round(model.alpha, 3), round(model.beta, 3)) == (0.704, 1.182)
    seen = observed_retention(table)
    assert (1000 * seen["survival"]).tolist() == pytest.approx(REGULAR[1:])


@pytest.mark.checks("clv.observed_retention", kind="second", against="statsmodels")
def test_survival_is_kaplan_and_meiers():
    """Survival of 400 simulated contracts of different age equals statsmodels' Kaplan–Meier estimate, and its interval the one from Greenwood's standard error, to 10 digits."""
    from statsmodels.duration.survfunc import SurvfuncRight

    table = several(400, 3)
    table = table[table["tenure"] > 0]
    seen = observed_retention(table).set_index("renewal")
    other = SurvfuncRight(table["tenure"].to_numpy(), table["lost"].to_numpy())
    found = seen.loc[other.surv_times]
    share, se = other.surv_prob, other.surv_prob_se
    assert found["survival"].to_numpy() == pytest.approx(share, rel=1e-10)
    reach = NormalDist().inv_cdf(0.975) * se / (share * -np.log(share))
    low, high = (share ** np.exp(side * reach) for side in (1, -1))
    assert found["survival_low"].to_numpy() == pytest.approx(low, rel=1e-10)
    assert found["survival_high"].to_numpy() == pytest.approx(high, rel=1e-10)


@pytest.mark.checks("clv.observed_retention", kind="invariant")
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_retention_is_a_share_and_survival_falls(seed):
    """Retention stays between 0 and 1 and inside its interval, survival never rises, and the order of the rows does not matter."""
    table = several(60, seed, fees=False)
    table.loc[0] = [3, True]
    seen = observed_retention(table)
    assert seen["retention"].between(seen["retention_low"], seen["retention_high"]).all()
    assert (seen["survival"].diff().dropna() <= 1e-12).all()
    pd.testing.assert_frame_equal(seen, observed_retention(table.sample(frac=1, random_state=seed % 97)))


@pytest.mark.checks("clv.contract_value", kind="second", against="a sum written out payment by payment")
def test_values_are_the_sum_of_all_payments_to_come():
    """Residual lifetime, value, and the value within a horizon of 12 tenures equal sums over 20,000 payments, written out, to 9 digits."""
    table = several(500, 1)
    model = fit_sbg(table)
    found = contract_value(model, table, horizon=4, discount_rate=0.02, margin=0.6)
    k = np.arange(1, 20_001)
    for row in found.by_tenure.itertuples():
        share = model.survival(row.tenure + k) / model.survival(row.tenure)
        assert row.derl == pytest.approx(float(share @ 1.02 ** -(k - 1.0)), rel=1e-9)
        assert row.payments == pytest.approx(float(share[:4].sum()), rel=1e-9)
        assert row.retention == pytest.approx(float(model.retention(row.tenure + 1)))
        assert row.derl == pytest.approx(
            float(model.discounted_residual_lifetime(row.tenure, discount_rate=0.02)), rel=1e-9
        )
    people = found.customers
    there = table[~table["lost"]]
    assert people["fee"].to_numpy() == pytest.approx(there["fee"].to_numpy())
    derl = people["tenure"].map(found.by_tenure.set_index("tenure")["derl"])
    assert found.total == pytest.approx(float((0.6 * people["fee"] * derl).sum()))
    start = model.survival(np.arange(20_000)) @ 1.02 ** -np.arange(20_000.0)
    assert found.new_customer == pytest.approx(0.6 * table["fee"].mean() * start, rel=1e-9)


@pytest.mark.checks("clv.contract_value", kind="recovery")
def test_outcomes_lie_where_they_are_expected():
    """Of 400 simulated futures of 300 customers, 95 % ± 3.5 points give a number of payments inside the interval of outcomes, and their mean is met to 1 %."""
    table = several(300, 5)
    model = fit_sbg(several(60_000, 8))  # so many that the parameters are all but known
    found = contract_value(model, table, horizon=6, discount_rate=0.01)
    rng = np.random.default_rng(4)
    n = table.loc[~table["lost"], "tenure"].to_numpy()
    chance = rng.beta(model.alpha, model.beta + n, size=(400, len(n)))
    paid = np.minimum(rng.geometric(chance) - 1, 6).sum(axis=1)
    row = found.totals.set_index("measure").loc["payments"]
    assert row["estimate"] == pytest.approx(paid.mean(), rel=0.01)
    assert np.mean((paid >= row["actual_low"]) & (paid <= row["actual_high"])) == pytest.approx(
        0.95, abs=0.035
    )


@pytest.mark.checks("clv.contract_value", kind="invariant")
@settings(max_examples=10, deadline=None)
@given(scale=st.floats(0.01, 1e6), margin=st.floats(0.05, 1))
def test_value_follows_fee_and_margin(scale, margin):
    """Fees in another currency and another margin change all values by the same factor and nothing else; long-standing customers are worth more."""
    table = several(200, 2)
    model = fit_sbg(table)
    one = contract_value(model, table, horizon=3, discount_rate=0.05)
    other = contract_value(
        model, table.assign(fee=table["fee"] * scale), horizon=3, discount_rate=0.05, margin=margin
    )
    assert other.total == pytest.approx(one.total * scale * margin)
    assert other.new_customer == pytest.approx(one.new_customer * scale * margin)
    first, second = (found.totals.set_index("measure") for found in (one, other))
    assert second.loc["value", "actual_high"] == pytest.approx(
        first.loc["value", "actual_high"] * scale * margin
    )
    assert second.loc["payments"].to_numpy() == pytest.approx(first.loc["payments"].to_numpy())
    assert one.by_tenure["derl"].is_monotonic_increasing
    assert (first["low"] < first["estimate"]).all()
    assert (first["actual_low"] <= first["low"]).all()


def test_fees_may_be_missing():
    """Unknown fees count as the mean of the known; without any fee, values count periods; and one fee may be given for all."""
    table = contracts(fee=10.0)
    model = fit_bdw(table)
    plain = contract_value(model, table.drop(columns="fee"), horizon=2, discount_rate=0.1)
    assert plain.fee == 1
    assert contract_value(model, table, horizon=2, discount_rate=0.1).total == pytest.approx(10 * plain.total)
    some = table.assign(fee=np.where(np.arange(1000) % 2, 20.0, np.nan))
    found = contract_value(model, some, horizon=2, discount_rate=0.1)
    assert found.fee == 20
    assert found.total == pytest.approx(
        contract_value(model, table, horizon=2, discount_rate=0.1, fee=20).total
    )


def test_what_cannot_be_valued_is_refused():
    """Nobody left, negative fees, a discount rate of 0 and the like are errors that say so."""
    table = contracts()
    model = fit_sbg(table)
    for wrong, match in (
        (table.assign(lost=True), "All customers have left"),
        (table.drop(columns="lost"), "no column 'lost'"),
        (table.assign(fee=-1.0), "negative"),
        (table.assign(fee=np.nan), "No fee is known"),
    ):
        with pytest.raises(DataError, match=match):
            contract_value(model, wrong, horizon=2, discount_rate=0.1)
    with pytest.raises(ParameterError) as error:
        contract_value(model, table, horizon=0, discount_rate=0.0, margin=2)
    assert len(error.value.problems) == 3
    with pytest.raises(ParameterError, match="fee is"):
        contract_value(model, table, horizon=1, discount_rate=0.1, fee=-2)


@pytest.mark.checks("clv.contract_tenure", kind="second", against="dateutil")
@settings(max_examples=60, deadline=None)
@given(
    start=st.dates(pd.Timestamp("2015-01-01").date(), pd.Timestamp("2020-12-31").date()),
    days=st.integers(0, 1500),
    period=st.sampled_from([1, 3, 12]),
)
def test_periods_are_counted_as_the_calendar_does(start, days, period):
    """Periods between any two days, of a month, a quarter or a year, equal those counted one by one with dateutil."""
    end = start + pd.Timedelta(days=days)
    passed = 0
    while start + relativedelta(months=period * (passed + 1)) <= end:
        passed += 1
    begun = passed if start + relativedelta(months=period * passed) == end else passed + 1
    first = pd.Series([pd.Timestamp(start)])
    lost = contract_tenure(first, pd.Series([pd.Timestamp(end)]), observation_end=end, period_months=period)
    there = contract_tenure(
        first, pd.Series([pd.NaT], dtype="datetime64[ns]"), observation_end=end, period_months=period
    )
    assert lost.to_dict("list") == {"tenure": [max(begun, 1)], "lost": [True]}
    assert there.to_dict("list") == {"tenure": [passed], "lost": [False]}


@pytest.mark.checks("clv.contract_tenure", kind="invariant")
def test_an_end_to_come_is_no_end():
    """A contract that ends after the observation lasts, one that began after it is left out, and an earlier end of observation never makes a contract longer."""
    start = pd.Series(pd.to_datetime(["2020-01-10", "2020-01-10", "2021-05-01"]))
    end = pd.Series(pd.to_datetime(["2020-12-31", "2020-03-10", None]))
    found = contract_tenure(start, end, observation_end="2020-06-30")
    assert found.to_dict("list") == {"tenure": [5, 2], "lost": [False, True]}
    earlier = contract_tenure(start, end, observation_end="2020-02-15")
    assert (earlier["tenure"] <= found["tenure"]).all()


def test_contracts_that_cannot_be_counted_are_named():
    """A missing start, an end before the start, and no contract at all are told, with the rows."""
    start = pd.Series(pd.to_datetime(["2020-01-10", None, "2020-03-01"]), index=["a", "b", "c"])
    end = pd.Series(pd.to_datetime([None, None, "2020-01-01"]), index=["a", "b", "c"])
    with pytest.raises(DataError) as error:
        contract_tenure(start, end, observation_end="2020-06-30")
    assert "b" in error.value.problems[0]
    assert "c" in error.value.problems[1]
    with pytest.raises(DataError, match="No contract had begun"):
        contract_tenure(start[:1], end[:1], observation_end="2019-06-30")
    with pytest.raises(ParameterError, match="period_months"):
        contract_tenure(start[:1], end[:1], observation_end="2020-06-30", period_months=0)
