"""Tests of hold-out validation: counts by a second way, expectations, naive rules, traps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlab.clv import fit_bg_nbd, validate_holdout
from crmlab.errors import DataError, FitError, ParameterError

END = pd.Timestamp("1997-09-30")


@pytest.fixture(scope="module")
def result(cdnow):
    """Return CDNOW calibrated on 39 weeks and held out for 39."""
    return validate_holdout(cdnow, calibration_end=END)


def test_calibration_sees_the_first_part_alone(result, bg_nbd):
    """The model is the one fitted up to the end of calibration."""
    pd.testing.assert_series_equal(result.model.parameters, bg_nbd.parameters)
    assert result.calibration.observation_end == END
    assert result.observation_end == pd.Timestamp("1998-06-30")
    assert result.horizon == pytest.approx(273 / 7)


@pytest.mark.checks("clv.validate_holdout", kind="second", against="pandas")
def test_actual_purchases_are_purchase_days(result, cdnow):
    """Actual purchases of the CDNOW customers in the hold-out period are distinct days of purchase, counted by pandas."""
    days = cdnow[cdnow["date"] > END].drop_duplicates(["customer", "date"]).groupby("customer").size()
    theirs = days.reindex(result.customers.index, fill_value=0)
    np.testing.assert_array_equal(result.customers["actual"], theirs)


@pytest.mark.checks("clv.validate_holdout", kind="second", against="model by model")
def test_expected_purchases_are_the_models(result, bg_nbd, summary):
    """Each customer's expectation is the model's own over the hold-out period."""
    theirs = bg_nbd.expected_purchases(273 / 7, summary)
    np.testing.assert_allclose(result.customers["model"], theirs)


@pytest.mark.checks("clv.validate_holdout", kind="second", against="pandas")
def test_tracking_counts_repeat_purchases(result, cdnow):
    """The weekly curve of actual repeat purchases is a plain cumulative count by pandas."""
    days = cdnow.drop_duplicates(["customer", "date"]).sort_values("date")
    repeat = days[days.duplicated("customer")]
    for _, row in result.tracking.iloc[[0, 5, 38, 60, -1]].iterrows():
        assert row["actual_cumulative"] == (repeat["date"] <= row["end_date"]).sum()
    assert result.tracking["actual"].sum() == result.tracking["actual_cumulative"].iloc[-1] == len(repeat)


@pytest.mark.checks("clv.validate_holdout", kind="second", against="sums by hand")
def test_tracking_expects_by_cohort(result, bg_nbd, summary):
    """The expected weekly curve adds up what new customers buy, by the day of their first purchase."""
    row = result.tracking.iloc[51]
    age = (row["end_date"] - summary.table["first_purchase"]).dt.days.to_numpy() / 7
    assert row["expected_cumulative"] == pytest.approx(bg_nbd.expected_purchases_new(age).sum(), rel=1e-9)
    assert result.tracking["expected"].sum() == pytest.approx(result.tracking["expected_cumulative"].iloc[-1])


def test_tracking_labels_the_samples(result):
    """Weeks that end after the calibration are hold-out; the last ends with the data."""
    t = result.tracking
    assert (t["sample"] == np.where(t["end_date"] <= END, "calibration", "holdout")).all()
    assert t["end_date"].iloc[-1] == pd.Timestamp("1998-06-30")
    assert t["week"].tolist() == list(range(1, 79))


@pytest.mark.checks("clv.validate_holdout", kind="published", against="fader2005bgnbd")
def test_cdnow_tracks_within_five_percent(result):
    """At week 78 of the CDNOW sample the model is within 5 % of the actual total, as the paper's figure 4 shows."""
    last = result.tracking.iloc[-1]
    assert abs(last["expected_cumulative"] / last["actual_cumulative"] - 1) < 0.05


def test_by_frequency(result):
    """Means by calibration frequency are those of a group-by."""
    groups = result.customers.groupby(result.customers["frequency"].clip(upper=7))
    np.testing.assert_allclose(result.by_frequency["actual"], groups["actual"].mean())
    np.testing.assert_allclose(result.by_frequency["expected"], groups["model"].mean())
    assert result.by_frequency["customers"].sum() == 2357
    assert result.by_frequency["or_more"].tolist() == [False] * 7 + [True]


def test_model_beats_the_naive_rules(result):
    """On CDNOW the model has the smallest error and the smallest bias."""
    errors = result.summary().set_index("rule")
    assert errors["rmse"].idxmin() == "model"
    assert errors["mae"].idxmin() == "model"
    assert errors["total_bias"].abs().idxmin() == "model"
    assert errors.loc["model", "correlation"] > 0.6


def test_naive_rules(result):
    """The rules are what they say: same rate, and same rate for the recently active."""
    c = result.customers
    np.testing.assert_allclose(c["same_rate"], c["frequency"] / c["T"] * result.horizon)
    active = c["T"] - c["recency"] <= result.hiatus
    np.testing.assert_allclose(c["recently_active"], c["same_rate"].where(active, 0))
    assert result.hiatus == pytest.approx(c["T"].max() / 2)


def test_errors_are_those_of_the_table(result):
    """Errors follow from the customers' table."""
    c, row = result.customers, result.summary().set_index("rule").loc["model"]
    assert row["mae"] == pytest.approx((c["model"] - c["actual"]).abs().mean())
    assert row["rmse"] == pytest.approx(((c["model"] - c["actual"]) ** 2).mean() ** 0.5)
    assert row["total_bias"] == pytest.approx(c["model"].sum() / c["actual"].sum() - 1)


@pytest.mark.checks("clv.validate_holdout", kind="invariant")
def test_order_of_rows_and_unit_do_not_matter(result, cdnow):
    """Shuffled rows, counted in days, give the same hold-out counts and expectations."""
    other = validate_holdout(
        cdnow.sample(frac=1, random_state=1), calibration_end="1997-09-30", time_unit="day"
    )
    np.testing.assert_allclose(other.customers["model"], result.customers["model"], rtol=1e-5)
    np.testing.assert_array_equal(other.customers["actual"], result.customers["actual"])
    np.testing.assert_allclose(other.tracking["expected"], result.tracking["expected"], rtol=1e-5)


def test_later_customers_are_not_followed(cdnow):
    """Customers who come after the calibration are no part of the validation."""
    late = pd.DataFrame(
        {"customer": [99_999] * 2, "date": pd.to_datetime(["1998-01-01", "1998-02-01"]), "amount": 1.0}
    )
    both = validate_holdout(pd.concat([cdnow, late]), calibration_end=END)
    assert 99_999 not in both.customers.index
    assert both.tracking["actual"].sum() == 4339


@pytest.mark.checks("clv.validate_holdout", kind="trap", against="refunds")
def test_refund_after_calibration_does_not_reach_back(cdnow):
    """A refund in the hold-out period leaves the calibration as it was known on its last day."""
    refund = pd.DataFrame({"customer": [1], "date": [pd.Timestamp("1997-10-15")], "amount": [-14.96]})
    with_refund = validate_holdout(pd.concat([cdnow, refund]), calibration_end=END)
    assert with_refund.customers.loc[1, "frequency"] == 2
    assert with_refund.customers.loc[1, "actual"] == 1


def test_hiatus_and_model_can_be_chosen(cdnow):
    """The pause and the way to fit are the caller's."""
    got = validate_holdout(cdnow, calibration_end=END, hiatus=0.0, fit=lambda s: fit_bg_nbd(s, penalty=1.0))
    assert got.model.penalty == 1.0
    assert got.customers.loc[got.customers["recency"] < got.customers["T"], "recently_active"].sum() == 0


def test_without_amounts(cdnow, result):
    """Amounts are not needed."""
    got = validate_holdout(cdnow.drop(columns="amount"), calibration_end=END, amount=None)
    np.testing.assert_allclose(got.customers["model"], result.customers["model"])


def test_customer_of_the_last_day_has_no_rate():
    """Who first bought on the last day of calibration has T 0, and naive rules expect nothing of him."""
    from crmlab.clv._simulate import simulate_histories

    people = simulate_histories(
        np.full(600, 300.0), rng=np.random.default_rng(1), bg_nbd=(0.8, 25.0, 0.8, 2.5)
    )
    days = [
        [0, *np.linspace(0, t, x + 1)[1:]]
        for x, t in zip(people["frequency"], people["recency"], strict=True)
    ]
    who = np.repeat(np.arange(600), [len(d) for d in days])
    when = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.floor(np.concatenate(days)), unit="D")
    last = pd.DataFrame({"customer": [600], "date": [pd.Timestamp("2023-08-01")]})
    sales = pd.concat([pd.DataFrame({"customer": who, "date": when}), last])
    got = validate_holdout(sales, calibration_end="2023-08-01", amount=None).customers.loc[600]
    assert got["same_rate"] == 0
    assert got["model"] > 0


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        ({"calibration_end": "1998-06-30"}, DataError, "Nothing is left to hold out"),
        ({"calibration_end": "1996-06-30"}, DataError, "No transaction up to"),
        ({"calibration_end": "1997-01-01"}, FitError, "bought again"),
        ({"calibration_end": "1997-09-30", "hiatus": -1}, ParameterError, "hiatus"),
        ({"calibration_end": "1997-09-30", "largest": 0}, ParameterError, "largest"),
        ({"calibration_end": "1997-09-30", "time_unit": "year"}, ParameterError, "time_unit"),
    ],
)
def test_bad_parameters(cdnow, call, error, match):
    """Dates without a hold-out and parameters out of range are refused."""
    with pytest.raises(error, match=match):
        validate_holdout(cdnow, **call)
