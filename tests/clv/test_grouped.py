"""Tests of fits to grouped counts: the same estimates as from each customer."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from crmlab.clv import (
    HistoryCounts,
    SpendCounts,
    customer_lifetime_value,
    customer_summary,
    fit_bg_nbd,
    fit_gamma_gamma,
    fit_mbg_nbd,
    fit_pareto_nbd,
    history_counts,
    spend_counts,
)
from crmlab.errors import DataError, FitError, ParameterError

FITS = {"bg_nbd": fit_bg_nbd, "mbg_nbd": fit_mbg_nbd, "pareto_nbd": fit_pareto_nbd}


def same(grouped, each) -> None:
    """Assert that two models agree in all they estimate."""
    assert grouped.parameters.to_numpy() == pytest.approx(each.parameters.to_numpy(), rel=1e-9)
    assert grouped.log_likelihood == pytest.approx(each.log_likelihood, rel=1e-12)
    assert grouped.standard_errors.to_numpy() == pytest.approx(each.standard_errors.to_numpy(), rel=1e-7)
    assert grouped.n == each.n


@pytest.mark.checks(
    "clv.history_counts", "clv.fit_bg_nbd", "clv.fit_mbg_nbd", "clv.fit_pareto_nbd", kind="second",
    against="the same fit to each customer",
)  # fmt: skip
@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("penalty", [0.0, 0.5])
def test_estimates_from_counts(summary, name, penalty):
    """The 2,357 CDNOW customers, counted by history, give the estimates, errors and log-likelihood of each model, to 9 digits."""
    counts = history_counts(summary)
    assert counts.time_unit == "week"
    assert len(counts) < counts.customers == 2357
    same(FITS[name](counts, penalty=penalty), FITS[name](summary, penalty=penalty))


@pytest.mark.checks("clv.history_counts", kind="published", against="fader2005bgnbd")
def test_published_estimates_from_counts(summary):
    """Counted histories of the CDNOW sample give the published BG/NBD: r .243, α 4.414, a .793, b 2.426."""
    model = fit_bg_nbd(history_counts(summary))
    assert model.parameters.round(3).tolist() == [0.243, 4.414, 0.793, 2.426]


@pytest.mark.checks("clv.spend_counts", kind="published", against="fader2013gg")
def test_published_spend_from_counts(summary):
    """Counted means of the CDNOW sample, rounded to the cent, give the published Gamma–Gamma: p 6.249, q 3.745, γ 15.448."""
    model = fit_gamma_gamma(spend_counts(summary))
    assert model.parameters.round(3).tolist() == [6.249, 3.745, 15.448]
    assert model.n == 946


@pytest.mark.checks(
    "clv.spend_counts", "clv.fit_gamma_gamma", kind="second", against="the same fit to each customer"
)
@pytest.mark.parametrize("penalty", [0.0, 0.5])
def test_spend_from_counts(cdnow, penalty):
    """Counted means of the CDNOW sample give the Gamma–Gamma of means rounded customer by customer, to 9 digits."""
    rounded = customer_summary(cdnow, observation_end="1997-09-30", time_unit="week", money_decimals=2)
    grouped, each = (fit_gamma_gamma(given, penalty=penalty) for given in (spend_counts(rounded), rounded))
    same(grouped, each)
    assert grouped.left_out == each.left_out
    assert grouped.correlation == pytest.approx(each.correlation, rel=1e-9)
    assert grouped.correlation_low == pytest.approx(each.correlation_low, rel=1e-9)


def test_counts_in_a_database(summary):
    """A summary in DuckDB is counted there, to the same tables."""
    kept = ibis.duckdb.connect().create_table("summary", ibis.memtable(summary.table.reset_index()))
    assert_frame_equal(history_counts(kept, time_unit="week").table, history_counts(summary).table)
    assert_frame_equal(spend_counts(kept).table, spend_counts(summary).table)


HISTORIES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(5, 7)), min_size=1, max_size=30
)


@pytest.mark.checks("clv.history_counts", "clv.spend_counts", kind="invariant")
@settings(max_examples=50, deadline=None)
@given(rows=HISTORIES)
def test_every_customer_is_counted_once(rows):
    """Counts add up to the customers, no history stands twice, and the order of the customers does not matter."""
    x, t, T = (np.array(column) for column in zip(*rows, strict=True))
    table = pd.DataFrame({"frequency": x, "recency": np.where(x > 0, t, 0), "T": T})
    table["monetary_value"] = np.where(x > 0, t / 3, np.nan)
    for count in (history_counts, spend_counts):
        counts = count(table)
        assert counts.customers == len(table) == counts.summary().set_index("measure")["value"]["customers"]
        assert not counts.table.drop(columns="customers").duplicated().any()
        assert_frame_equal(count(table[::-1]).table, counts.table)


def test_counts_may_be_made_by_hand(summary):
    """Counts from elsewhere, with a history in two rows, are taken as they are."""
    table = history_counts(summary).table
    halves = pd.concat(
        [table.assign(customers=1), table[table["customers"] > 1].eval("customers = customers - 1")]
    )
    same(fit_bg_nbd(HistoryCounts(halves, "week")), fit_bg_nbd(summary))


@pytest.mark.parametrize("customers", [0, -1, 1.5, np.nan])
def test_numbers_that_count_nobody(summary, customers):
    """Zero, negative, broken and missing numbers of customers are refused."""
    table = history_counts(summary).table.assign(customers=float(customers))
    with pytest.raises(DataError, match="no whole number of customers"):
        fit_bg_nbd(HistoryCounts(table))
    with pytest.raises(DataError, match="no whole number of customers"):
        fit_gamma_gamma(SpendCounts(spend_counts(summary).table.assign(customers=float(customers)), 2))


def test_predictions_need_customers(summary, bg_nbd, gamma_gamma):
    """Predictions from counts are refused: a count is no customer."""
    counts = history_counts(summary)
    with pytest.raises(DataError, match="Each customer is needed"):
        bg_nbd.expected_purchases(26, counts)
    with pytest.raises(DataError, match="Each customer is needed"):
        customer_lifetime_value(bg_nbd, gamma_gamma, counts)


def test_units_and_covariates(summary):
    """Counts know their unit, hold no covariates, and can be too few to tell."""
    counts = history_counts(summary)
    with pytest.raises(ParameterError, match="units differ"):
        fit_bg_nbd(counts, time_unit="day")
    with pytest.raises(ParameterError, match="units differ"):
        history_counts(summary, time_unit="day")
    with pytest.raises(ParameterError, match="Grouped counts hold no covariates"):
        fit_bg_nbd(counts, purchase_covariates=["young"])
    with pytest.raises(ParameterError, match="money_decimals"):
        spend_counts(summary, money_decimals=10)
    once = HistoryCounts(counts.table[counts.table["frequency"] == 0])
    with pytest.raises(FitError, match="bought again"):
        fit_bg_nbd(once)
