"""Tests of the choice between models of purchases."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest

from crmlab.clv import compare_purchase_models, fit_bg_nbd, validate_holdout
from crmlab.clv._simulate import simulate_histories
from crmlab.clv._simulate_leaving import simulate_mbg_nbd, simulate_pareto_nbd
from crmlab.errors import DataError, FitError, ParameterError


@pytest.fixture(scope="module")
def compared(cdnow, summary):
    """Return the three models of the CDNOW sample, with their hold-out errors."""
    return compare_purchase_models(
        summary, holdout=partial(validate_holdout, cdnow, calibration_end="1997-09-30")
    )


@pytest.mark.checks("clv.compare_purchase_models", kind="published", against="fader2005bgnbd")
@pytest.mark.checks("clv.compare_purchase_models", kind="published", against="fader2005note")
def test_published_log_likelihoods(compared):
    """On the CDNOW sample the comparison prints the published log-likelihoods: BG/NBD −9582.43, Pareto/NBD −9594.97, to .01."""
    table = compared.table.set_index("model")
    assert f"{table.loc['bg_nbd', 'log_likelihood']:.2f}" == "-9582.43"
    assert table.loc["pareto_nbd", "log_likelihood"] == pytest.approx(-9594.97, abs=0.01)
    assert table["bic"].to_numpy() == pytest.approx(
        4 * np.log(2357) - 2 * table["log_likelihood"].to_numpy(float)
    )


@pytest.mark.checks("clv.compare_purchase_models", kind="second", against="lifetimes")
def test_same_likelihood_as_lifetimes(compared, summary):
    """The log-likelihood of the MBG/NBD on the CDNOW sample is that of lifetimes 0.11.3, to 3 decimals."""
    lifetimes = pytest.importorskip("lifetimes")
    t = summary.table
    peer = lifetimes.ModifiedBetaGeoFitter().fit(t["frequency"], t["recency"], t["T"])
    x, recency, T = (t[name].to_numpy() for name in ("frequency", "recency", "T"))
    at = np.log(peer.params_[["r", "alpha", "a", "b"]].to_numpy())
    theirs = -len(t) * peer._negative_log_likelihood(at, x, recency, T, np.ones(len(t)), 0.0)
    table = compared.table.set_index("model")
    assert table.loc["mbg_nbd", "log_likelihood"] == pytest.approx(theirs, abs=1e-3)


def test_simplest_where_the_data_cannot_tell(compared):
    """On CDNOW, BG/NBD and MBG/NBD differ by less than 2 in BIC, so the first of them is chosen, and the reason says so."""
    assert compared.chosen == "bg_nbd"
    assert compared.reason == "indistinguishable"
    table = compared.table.set_index("model")
    assert table["bic_difference"].idxmin() == "mbg_nbd"
    assert 0 < table.loc["bg_nbd", "bic_difference"] < 2
    assert table["chosen"].tolist() == [True, False, False]
    assert compared.model is compared.fitted["bg_nbd"]


def test_a_margin_of_nothing_takes_the_best(summary):
    """With a margin of 0, the smallest BIC decides."""
    got = compare_purchase_models(summary, ("bg_nbd", "mbg_nbd"), margin=0.0)
    assert (got.chosen, got.reason) == ("mbg_nbd", "best_bic")


def test_holdout_errors(compared, cdnow):
    """Hold-out errors of a row are those of validate_holdout with that model, by customer and in total."""
    held = validate_holdout(cdnow, calibration_end="1997-09-30")
    row = compared.table.set_index("model").loc["bg_nbd"]
    rule = held.errors.set_index("rule").loc["model"]
    assert row["holdout_mae"] == pytest.approx(rule["mae"])
    assert row["holdout_total_bias"] == pytest.approx(rule["total_bias"])
    assert row["holdout_bias"] * 2357 == pytest.approx(rule["predicted_total"] - rule["actual_total"])
    assert compared.best_holdout == compared.table.set_index("model")["holdout_rmse"].idxmin()


@pytest.mark.checks("clv.compare_purchase_models", kind="recovery")
@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
def test_finds_the_model_that_drew(name):
    """Of 20,000 customers simulated from one of the three models, the comparison chooses that model."""
    rng = np.random.default_rng(3)
    T = rng.uniform(40, 100, 20_000)
    if name == "bg_nbd":
        table = simulate_histories(T, rng=rng)
    elif name == "mbg_nbd":
        table = simulate_mbg_nbd(T, (0.8, 6.0, 0.8, 1.6), rng=rng)
    else:
        table = simulate_pareto_nbd(T, (0.8, 8.0, 0.7, 12.0), rng=rng)
    got = compare_purchase_models(table)
    assert (got.chosen, got.reason) == (name, "best_bic")


@pytest.mark.checks("clv.compare_purchase_models", kind="invariant")
def test_rows_and_units_do_not_decide(summary):
    """Shuffled customers and other units of time change neither the choice nor the differences in BIC."""
    first = compare_purchase_models(summary)
    table = summary.table.sample(frac=1, random_state=1)
    other = compare_purchase_models(table.assign(recency=table["recency"] * 7, T=table["T"] * 7))
    assert other.chosen == first.chosen
    assert other.table["bic_difference"].to_numpy() == pytest.approx(
        first.table["bic_difference"].to_numpy(), abs=1e-5
    )


def nobody_leaves() -> pd.DataFrame:
    """Return customers who never leave."""
    rng = np.random.default_rng(3)
    x = rng.poisson(rng.gamma(4.0, 0.5, 500) * 10)
    last = np.where(x > 0, 10 * rng.random(500) ** (1 / np.maximum(x, 1)), 0.0)
    return pd.DataFrame({"frequency": x, "recency": last, "T": 10.0})


def test_models_that_cannot_be_fitted(monkeypatch, summary):
    """A model that cannot be fitted stands in the table with its problem; if none can be, the error names each."""

    def cannot(*_, **__):
        raise FitError("No maximum.", hint="Observe longer.")

    monkeypatch.setitem(compare_purchase_models.__wrapped__.__globals__["_FITS"], "mbg_nbd", cannot)
    got = compare_purchase_models(summary, ("bg_nbd", "mbg_nbd"))
    assert (got.chosen, got.reason) == ("bg_nbd", "only_one_fits")
    assert got.table["problem"].tolist() == [None, "No maximum."]
    assert "Observe longer." in got.problems["mbg_nbd"]
    with pytest.raises(FitError, match="None of the models") as caught:
        compare_purchase_models(nobody_leaves())
    assert len(caught.value.problems) == 3
    assert compare_purchase_models(nobody_leaves(), penalty=0.1).model.penalty == 0.1


def test_one_model_asked(summary, bg_nbd):
    """Asked for one model, it is that one, and the fit is the function's own."""
    got = compare_purchase_models(summary, ("bg_nbd",))
    assert got.reason == "only_one_asked"
    pd.testing.assert_series_equal(got.model.parameters, bg_nbd.parameters)
    assert got.best_holdout is None
    pd.testing.assert_frame_equal(got.summary(), got.table)


def test_what_is_refused(summary):
    """Unknown models, the same twice, none at all and a negative margin are told at once; wrong tables too."""
    with pytest.raises(ParameterError, match="did you mean 'bg_nbd'") as caught:
        compare_purchase_models(summary, ("bgnbd", "mbg_nbd", "mbg_nbd"), margin=-1)
    assert len(caught.value.problems) == 3
    with pytest.raises(ParameterError, match="must be a list"):
        compare_purchase_models(summary, "bg_nbd")
    with pytest.raises(DataError):
        compare_purchase_models(summary.table.drop(columns="recency"))


def test_a_calibration_that_cannot_tell_is_no_holdout(summary):
    """Where the hold-out fit fails, the errors are missing, and the choice stands."""

    def fails(**_):
        raise FitError("too few")

    got = compare_purchase_models(summary, ("bg_nbd",), holdout=fails)
    assert got.table["holdout_mae"].isna().all()
    assert got.model.log_likelihood == fit_bg_nbd(summary).log_likelihood
