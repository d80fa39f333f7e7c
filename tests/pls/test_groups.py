"""Two groups are compared by permutation as a plain loop compares them, and chance alone gives uniform p-values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.csi import index_scores
from crmlab.errors import DataError, FitError, ParameterError
from crmlab.pls import Structure, compare_groups, fit_pls
from crmlab.pls import groups as module

MODEL = Structure({"u": ["x1", "x2"], "v": ["y1", "y2"], "w": ["z"]}, [("u", "v"), ("v", "w"), ("u", "w")])


def draw(rng, n=160, effects=(0.8, 0.8), shift=0.0):
    """Draw answers of two groups, ``a`` and ``b``, with an effect each, and a shift of the second one's u."""
    group = np.repeat(["a", "b"], [n // 2, n - n // 2])
    second = group == "b"
    u = rng.normal(size=n) + shift * second
    v = np.where(second, effects[1], effects[0]) * u + 0.6 * rng.normal(size=n)
    items = {f"x{k}": u + 0.5 * rng.normal(size=n) for k in (1, 2)}
    items |= {f"y{k}": v + 0.5 * rng.normal(size=n) for k in (1, 2)}
    return pd.DataFrame({**items, "z": 0.5 * v + rng.normal(size=n), "group": group})


def by_hand(data, first, scale):
    """Fit both halves, and return what is compared: paths, effects, indices, composition, means and variances."""
    halves = [fit_pls(data[mask], MODEL) for mask in (first, ~first)]
    pooled = fit_pls(data, MODEL)
    pairs = [("path_values", MODEL.paths), ("total_effect_values", [("u", "v"), ("u", "w"), ("v", "w")])]
    out = {}
    for name, ends in pairs:
        at = tuple(np.array([[MODEL.constructs.index(c) for c in pair] for pair in ends]).T)
        out[name] = getattr(halves[0], name)[at] - getattr(halves[1], name)[at]
    if scale:
        low, high = (index_scores(half, scale=scale).table["index"].to_numpy() for half in halves)
        out["index"] = low - high
    items = data[list(MODEL.items)]
    z = ((items - items.mean()) / items.std(ddof=1)).to_numpy()
    scores = [z @ (half.weight_values[:, None] * MODEL.membership) for half in halves]
    out["composition"] = np.array([np.corrcoef(scores[0][:, j], scores[1][:, j])[0, 1] for j in range(3)])
    together = pooled.scores
    out["mean"] = (together[first].mean() - together[~first].mean()).to_numpy()
    out["log_variance"] = np.log(together[first].var() / together[~first].var()).to_numpy()
    return out


@pytest.mark.checks("pls.compare_groups", kind="second", against="fit by fit")
def test_differences_and_p_equal_a_loop_that_fits_each_half():
    """Differences of paths, total effects and indices, the correlation of the composites, mean and log variance, and the p-values of 40 random splits of 160 simulated respondents, equal a loop that fits the two halves of each split, to 6 digits."""
    data, scale = draw(np.random.default_rng(5), effects=(0.8, 0.5), shift=0.3), (-20, 20)
    got = compare_groups(data, MODEL, "group", permutations=40, rng=np.random.default_rng(2), scale=scale)
    first = (data["group"] == "a").to_numpy()
    splits = np.random.default_rng(2).permuted(np.tile(first, (40, 1)), axis=1)
    seen = by_hand(data, first, scale)
    null = [by_hand(data, split, scale) for split in splits]
    for name, table in (
        ("path_values", got.paths),
        ("total_effect_values", got.total_effects),
        ("index", got.indices),
        ("mean", got.means),
        ("log_variance", got.log_variances),
    ):
        assert table["difference"].to_numpy() == pytest.approx(seen[name], abs=1e-6), name
        draws = np.array([one[name] for one in null])
        p = (1 + (np.abs(draws) >= np.abs(seen[name])).sum(axis=0)) / 41
        assert table["p"].to_numpy() == pytest.approx(p), name
        assert table["low"].to_numpy() == pytest.approx(np.quantile(draws, 0.025, axis=0), abs=1e-6)
    assert got.composition["correlation"].to_numpy() == pytest.approx(seen["composition"], abs=1e-6)
    draws = np.array([one["composition"] for one in null])
    p = (1 + (draws[:, :2] <= seen["composition"][:2]).sum(axis=0)) / 41
    assert got.composition["p"].to_numpy() == pytest.approx([*p, 1])


@pytest.mark.checks("pls.compare_groups", kind="second", against="scipy")
def test_the_difference_of_single_items_equals_scipy():
    """With single items, whose path is the correlation, the p-value of a difference of two groups of 40 comes within .03 of scipy's permutation test, 2,000 splits each."""
    from scipy.stats import permutation_test

    rng = np.random.default_rng(9)
    x, noise = rng.normal(size=(2, 80))
    data = pd.DataFrame({"x": x, "y": np.repeat([0.9, 0.3], 40) * x + noise, "g": np.repeat([1, 2], 40)})

    def difference(at, _):
        one = at.astype(int)
        two = np.setdiff1d(np.arange(80), one)
        return np.corrcoef(x[one], data["y"][one])[0, 1] - np.corrcoef(x[two], data["y"][two])[0, 1]

    got = compare_groups(
        data, Structure({"u": ["x"], "v": ["y"]}, [("u", "v")]), "g", permutations=2000, rng=rng
    ).paths.iloc[0]
    other = permutation_test(
        (np.arange(40.0), np.arange(40.0, 80.0)), difference, n_resamples=2000, vectorized=False, rng=rng
    )
    assert got["difference"] == pytest.approx(other.statistic)
    both_tails = (1 + (np.abs(other.null_distribution) >= abs(other.statistic)).sum()) / 2001
    assert got["p"] == pytest.approx(both_tails, abs=0.03)


@pytest.mark.checks("pls.compare_groups", kind="recovery")
def test_p_values_are_uniform_where_nothing_differs():
    """Over 150 samples of two groups that do not differ, p of a path, of a mean and of a composite is below .1, .5 and .9 about as often as chance has it."""
    rng = np.random.default_rng(14)
    p = []
    for _ in range(150):
        got = compare_groups(draw(rng, 80), MODEL, "group", permutations=39, rng=rng)
        p.append([got.paths["p"][0], got.means["p"][0], got.composition["p"][0]])
    for level in (0.1, 0.5, 0.9):
        share = (np.array(p) <= level).mean(axis=0)
        assert (np.abs(share - level) < 3.3 * np.sqrt(level * (1 - level) / 150)).all(), (level, share)


@pytest.mark.checks("pls.compare_groups", kind="recovery")
def test_what_differs_is_found():
    """Groups with effects of .9 and .1 differ in that path, and a shift of one construct shows in its mean and index, not in its composition."""
    data = draw(np.random.default_rng(3), 600, effects=(0.9, 0.1), shift=1.0)
    got = compare_groups(
        data, MODEL, "group", permutations=400, rng=np.random.default_rng(3), scale=(-20, 20)
    )
    paths = got.paths.set_index(["from", "to"])
    assert paths.loc[("u", "v"), "p"] == pytest.approx(1 / 401)
    assert paths.loc[("u", "v"), "difference"] > 0.4
    table = got.invariance().set_index("construct")
    assert table.loc["u", "invariance"] == "partial"
    assert table.loc["u", "mean"] == pytest.approx(1 / 401)
    indices = got.indices.set_index("construct")
    assert indices.loc["u", "difference"] < 0
    assert indices.loc["u", "p"] == pytest.approx(1 / 401)


def test_composites_that_are_made_otherwise_are_found():
    """Where the items of a construct weigh differently in the groups, its composite is not the same, and invariance is none."""
    rng = np.random.default_rng(4)
    n = 400
    second = np.arange(n) >= n // 2
    x1, x2 = rng.normal(size=(2, n))
    u = np.where(second, x2, x1)
    y = u + 0.4 * rng.normal(size=n)
    data = pd.DataFrame({"x1": x1, "x2": x2, "y": y, "g": second})
    model = Structure({"u": ["x1", "x2"], "v": ["y"]}, [("u", "v")], {"u": "B"})
    got = compare_groups(data, model, "g", permutations=100, rng=rng).invariance().set_index("construct")
    assert got.loc["u", "invariance"] == "none"
    assert got.loc["v", "composition"] == 1


@pytest.mark.checks("pls.compare_groups", kind="invariant")
@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.floats(0.1, 50), min_size=5, max_size=5), st.lists(st.floats(-9, 9), min_size=5, max_size=5)
)
def test_units_change_nothing_and_swapped_groups_change_signs(factors, shifts):
    """Rescaled items leave paths and p-values of a comparison as they are; swapping the groups turns the signs of the differences."""
    data = draw(np.random.default_rng(2), 80, effects=(0.8, 0.4))
    changed = data.copy()
    changed[list(MODEL.items)] = data[list(MODEL.items)] * factors + shifts
    one = compare_groups(data, MODEL, "group", permutations=30, rng=np.random.default_rng(1))
    two = compare_groups(changed, MODEL, "group", permutations=30, rng=np.random.default_rng(1))
    for name in ("paths", "total_effects", "means", "log_variances"):
        left, right = getattr(one, name), getattr(two, name)
        assert np.allclose(left[["difference", "p"]], right[["difference", "p"]], atol=1e-5), name
    swapped = compare_groups(
        data, MODEL, "group", groups=("b", "a"), permutations=30, rng=np.random.default_rng(1)
    )
    assert np.allclose(one.paths["difference"], -swapped.paths["difference"])
    assert np.allclose(one.paths["first"], swapped.paths["second"])


def test_the_raw_convention_composes_items_in_their_own_units():
    """Under the raw convention the composites are compared as sums of the items in their own units."""
    data = draw(np.random.default_rng(6), 200).assign(x1=lambda d: d["x1"] * 5)
    got = compare_groups(
        data, MODEL, "group", permutations=30, rng=np.random.default_rng(1), convention="raw"
    )
    halves = [fit_pls(data[data["group"] == g], MODEL, convention="raw") for g in "ab"]
    x = data[["x1", "x2"]].to_numpy()
    scores = [x @ half.weights.query("construct == 'u'")["raw_weight"].to_numpy() for half in halves]
    assert got.composition["correlation"][0] == pytest.approx(np.corrcoef(*scores)[0, 1])


def test_holm_adjusts_within_a_table():
    """Holm's p-values equal those of pingouin, and no adjustment leaves p as it is."""
    import pingouin

    data = draw(np.random.default_rng(7), effects=(0.9, 0.4))
    got = compare_groups(
        data, MODEL, "group", permutations=200, rng=np.random.default_rng(1), adjust="holm"
    ).paths
    assert got["p_adjusted"].to_numpy() == pytest.approx(pingouin.multicomp(got["p"], method="holm")[1])
    plain = compare_groups(data, MODEL, "group", permutations=30, rng=np.random.default_rng(1)).paths
    assert (plain["p"] == plain["p_adjusted"]).all()


@pytest.mark.checks("pls.compare_groups", kind="trap", against="degenerate resamples")
def test_splits_with_a_constant_item_are_dropped_and_counted():
    """An item that three of 60 respondents answer otherwise is constant in a half of one random split of four: those are left out and counted."""
    data = draw(np.random.default_rng(2), 60).assign(x2=3.0)
    data.loc[[4, 9, 40], "x2"] = [4.0, 2.0, 5.0]
    got = compare_groups(data, MODEL, "group", permutations=300, rng=np.random.default_rng(2))
    assert got.dropped["constant_item"] / 300 == pytest.approx(0.24, abs=0.08)
    assert got.n_valid == 300 - sum(got.dropped.values())
    assert np.isfinite(got.paths["p"]).all()


@pytest.mark.checks("pls.compare_groups", kind="trap", against="degenerate resamples")
def test_too_few_usable_splits_are_an_error():
    """When one respondent alone answers an item differently, no split can be used, and a group that answers alike is named."""
    data = draw(np.random.default_rng(2), 60).assign(x2=3.0)
    data.loc[4, "x2"] = 4.0
    with pytest.raises(FitError, match="alone"):
        compare_groups(data, MODEL, "group", permutations=30, rng=np.random.default_rng(2))
    data.loc[40, "x2"] = 4.0
    with pytest.raises(FitError, match="random splits"):
        compare_groups(data, MODEL, "group", permutations=200, rng=np.random.default_rng(2))


def test_chunks_change_nothing(monkeypatch):
    """Splits drawn in chunks give what one large chunk gives."""
    data = draw(np.random.default_rng(2))
    whole = compare_groups(data, MODEL, "group", permutations=30, rng=np.random.default_rng(1))
    monkeypatch.setattr(module, "CHUNK", 160 * 7)
    parts = compare_groups(data, MODEL, "group", permutations=30, rng=np.random.default_rng(1))
    assert np.allclose(whole.paths["p"], parts.paths["p"])


def test_groups_can_be_named_and_rows_without_one_are_left_out():
    """Of three groups two are named; rows of the third and without a group do not count; the summary names all quantities."""
    data = draw(np.random.default_rng(2)).assign(x1=lambda d: d["x1"].mask(d.index == 3))
    data.loc[:9, "group"] = "c"
    data.loc[10:12, "group"] = None
    got = compare_groups(
        data,
        MODEL,
        data["group"],
        groups=("b", "a"),
        permutations=30,
        rng=np.random.default_rng(1),
        scale=(-9, 9),
    )
    assert (got.groups, got.n) == (("b", "a"), (80, 67))
    assert set(got.summary()["quantity"]) == {"path", "total_effect", "index"}
    listwise = data.assign(group=np.repeat(["a", "b"], 80))
    short = compare_groups(
        listwise, MODEL, "group", permutations=30, rng=np.random.default_rng(1), missing="listwise"
    )
    assert short.n == (79, 80)
    assert short.indices is None


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (lambda d: d, {"group": "shop"}, "no column 'shop'"),
        (lambda d: d, {"group": ["a"]}, "data has 160 rows, group has 1"),
        (lambda d: d.assign(group=np.arange(160) % 3), {}, "the data name 3"),
        (lambda d: d, {"groups": ("a", "c")}, "'a' (80), 'b' (80)"),
        (lambda d: d.assign(group=["a"] * 158 + ["b"] * 2), {}, "'b': 2"),
        (lambda d: d, {"scale": (1, 5)}, "outside the scale"),
        (lambda d: d, {"scale": (5, 1)}, "must rise"),
        (lambda d: d, {"permutations": 5}, "too few"),
        (lambda d: d, {"adjust": "bonferroni"}, "none, holm"),
    ],
)
def test_what_cannot_be_compared_is_refused(change, options, said):
    """Unknown columns, wrong lengths, three groups, tiny groups, answers off the scale and unknown options are errors."""
    options = {"group": "group", "permutations": 30, "rng": np.random.default_rng(1), **options}
    with pytest.raises((DataError, ParameterError)) as caught:
        compare_groups(change(draw(np.random.default_rng(2))), MODEL, **options)
    assert said in str(caught.value)
