"""Columns are recognised as items of the index models, and say which model they allow."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.csi import ACSI, CCSI, ECSI, MODELS, SCSB, fit_ecsi, fit_index, models_for, structure_for
from crmlab.csi.recognise import PREFIXES
from crmlab.errors import DataError, ParameterError

CHINESE = {
    "image": "品牌形象",
    "expectation": "预期质量",
    "quality": "感知质量",
    "value": "感知价值",
    "satisfaction": "顾客满意度",
    "complaints": "客户抱怨",
    "loyalty": "顾客忠诚度",
}


@pytest.mark.checks("csi.structure_for", kind="recovery")
@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
@pytest.mark.parametrize(
    "spell", [lambda c: f"{c}_1", lambda c: f"{CHINESE[c]}2", lambda c: f"{c.title()} Q1"]
)
def test_every_model_is_recognised_in_both_languages(model, spell):
    """Columns made for each of the four models, English and Chinese, are recognised whole, and other columns are left."""
    names = [spell(c) for c in model.constructs]
    structure = structure_for(["age", *names, "city"], model=model.name)
    assert structure.items == tuple(names)
    assert structure.paths == model.paths


def test_performance_is_value_in_the_swedish_model_only():
    """Perceived performance is the Swedish model's name for value; in the other models it is no construct."""
    names = ["expectation1", "perceived_performance1", "sat1", "complaints1", "loyalty1"]
    assert structure_for(names, model="scsb").blocks["value"] == ("perceived_performance1",)
    assert (
        structure_for(["期望1", "感知绩效1", "满意1", "抱怨1", "忠诚1"], model=SCSB).constructs
        == SCSB.constructs
    )
    with pytest.raises(DataError, match="quality"):
        structure_for(names, model="acsi")


def test_what_a_model_lacks_is_named_with_its_own_words():
    """Missing constructs are named for the model asked for, with names that would be recognised."""
    with pytest.raises(DataError, match="1 of the 5 constructs of SCSB") as caught:
        structure_for(["expectation1", "sat1", "complaints1", "loyalty1"], model="scsb")
    assert "value_1" in str(caught.value)
    assert (
        "complaints"
        not in structure_for(
            ["value1", "sat1", "expectation1", "loyalty1"], model="scsb", allow_missing=True
        ).constructs
    )


@pytest.mark.checks("csi.models_for", kind="recovery")
@pytest.mark.parametrize(
    ("missing", "first", "left_out"),
    [
        ((), "ECSI", ()),
        (("complaints",), "CCSI", ()),
        (("image",), "ACSI", ()),
        (("image", "quality"), "SCSB", ()),
        (("image", "value"), "ACSI", ("value",)),
        (("image", "complaints", "expectation"), "ACSI", ("expectation", "complaints")),
        (("expectation", "value"), "ECSI", ("expectation", "value")),
    ],
)
def test_the_columns_say_which_model_they_allow(missing, first, left_out):
    """Of columns made for a model that model comes first; where none is whole, the one with the most recognised constructs, and what it lacks is named."""
    found = models_for([f"{c}1" for c in ECSI.constructs if c not in missing])
    assert found[0].model.name == first
    assert found[0].missing == left_out
    assert found[0].complete == (not left_out)
    assert sorted(match.model.name for match in found) == ["ACSI", "CCSI", "ECSI", "SCSB"]
    assert (
        found[0].structure().items
        == structure_for(
            [f"{c}1" for c in ECSI.constructs if c not in missing], model=first, allow_missing=True
        ).items
    )


@pytest.mark.checks("csi.models_for", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(ECSI.constructs)), st.randoms(use_true_random=False))
def test_the_order_of_the_columns_changes_no_choice(constructs, random):
    """Whatever constructs a questionnaire has, the order of its columns changes neither the order of the models nor what each lacks, and a model that fits precedes one that does not."""
    names = [f"{c}_{k}" for c in sorted(constructs) for k in (1, 2)]
    shuffled = names.copy()
    random.shuffle(shuffled)
    one, two = models_for(names), models_for(shuffled)
    assert [(m.model.name, m.missing) for m in one] == [(m.model.name, m.missing) for m in two]
    fits = [m.fits for m in one]
    assert fits == sorted(fits, reverse=True)
    for match in one:
        assert set(match.blocks) | set(match.missing) == set(match.model.constructs)
        if match.fits:
            assert match.structure().constructs == tuple(
                c for c in match.model.constructs if c in match.blocks
            )


@pytest.mark.checks("csi.structure_for", kind="invariant")
@settings(max_examples=25, deadline=None)
@given(st.integers(1, 12), st.randoms(use_true_random=False))
def test_items_are_found_in_any_order_and_among_others(items, random):
    """Whatever the order of the columns, and whatever other columns stand among them, the items of each construct are the same."""
    names = [f"{c}_{k}" for c in ECSI.constructs for k in range(1, items + 1)]
    shuffled = [*names, "age", "city"]
    random.shuffle(shuffled)
    found = structure_for(shuffled)
    assert found == structure_for(names)
    assert sorted(found.items) == sorted(names)


@pytest.mark.checks("csi.models_for", kind="second", against="model by model")
@pytest.mark.parametrize(
    "left_out", [(), ("image",), ("complaints",), ("image", "quality"), ("value", "loyalty")]
)
def test_matches_equal_asking_for_each_model_alone(left_out):
    """What a questionnaire's columns give each model, its items and what it lacks, is what asking for that model alone gives, and among models with items for everything none has more constructs than the first."""
    names = [f"{c}{k}" for c in ECSI.constructs if c not in left_out for k in (1, 2)]
    found = models_for(names)
    for match in found:
        alone = structure_for(names, model=match.model, allow_missing=True)
        assert match.structure() == alone
        assert match.missing == tuple(c for c in match.model.constructs if c not in alone.blocks)
    whole = [match for match in found if match.complete]
    if whole:
        assert found[0] is whole[0]
        assert len(found[0].blocks) == max(len(match.blocks) for match in whole)


def test_columns_without_satisfaction_fit_no_model():
    """Without items of satisfaction no model can be fitted, and the matches say so."""
    assert not any(match.fits for match in models_for(["quality1", "value1", "age"]))
    assert models_for([])[0].blocks == {}


def test_no_name_means_two_constructs():
    """Each known name belongs to one construct, in every model."""
    for model in MODELS.values():
        names = [p for c in model.constructs for p in (*PREFIXES[c], *model.prefixes.get(c, ()))]
        assert len(names) == len(set(names)), model.name


def test_a_structure_of_ones_own_takes_items_by_name_or_by_line():
    """In a written structure a construct's items stand in its line, or are the columns that bear its name, in either language."""
    columns = ["trust_1", "trust_2", "感知质量1", "sat 1", "l1", "l2", "age"]
    structure = structure_for(columns, model="quality, trust -> satisfaction -> loyalty; loyalty: l1 l2")
    assert structure.blocks == {
        "quality": ("感知质量1",),
        "trust": ("trust_1", "trust_2"),
        "satisfaction": ("sat 1",),
        "loyalty": ("l1", "l2"),
    }
    with pytest.raises(DataError, match="1 of the 2") as caught:
        structure_for(columns, model="service -> satisfaction")
    assert "service_1" in str(caught.value)
    with pytest.raises(DataError, match="l3"):
        structure_for(columns, model="loyalty: l1 l3; trust -> loyalty")
    with pytest.raises(ParameterError, match="no path"):
        structure_for(columns, model="trust -> loyalty; loyalty: l1; quality: 感知质量1")


def test_named_items_belong_to_no_other_construct():
    """A column named in one construct's line is not recognised for another."""
    structure = structure_for(
        ["quality_1", "quality_2", "sat_1"], model="staff: quality_2; staff -> quality -> satisfaction"
    )
    assert structure.blocks["quality"] == ("quality_1",)


@pytest.mark.checks("csi.fit_index", "csi.fit_ecsi", kind="recovery")
@pytest.mark.parametrize("name", list(MODELS))
def test_simulated_paths_of_every_model_come_back(name):
    """Surveys of 20,000 respondents simulated from each of the four index models, with eight reliable items for each construct, give back every path within .03."""
    model, rng = MODELS[name], np.random.default_rng(6)
    true = {path: rng.uniform(0.1, 0.5) for path in model.paths}
    latent, answers = {}, {}
    for c in model.constructs:
        driven = sum(true[s, c] * latent[s] for s, t in model.paths if t == c)
        noise = rng.normal(size=20_000)
        left = 1 - np.var(driven) if np.ndim(driven) else 1.0
        latent[c] = driven + np.sqrt(left) * noise
        for k in range(1, 9):
            answers[f"{c}_{k}"] = latent[c] + 0.3 * rng.normal(size=20_000)
    fit = fit_ecsi if name == "ecsi" else lambda data: fit_index(data, name)
    got = fit(pd.DataFrame(answers)).paths.set_index(["from", "to"])["coefficient"]
    for path, value in true.items():
        assert got[path] == pytest.approx(value, abs=0.03), path


@pytest.mark.checks("csi.fit_index", "csi.fit_ecsi", kind="invariant")
def test_fitting_by_name_is_fitting_the_structure():
    """Fitting a model by name, by structure, and the European one by its own function, give the same paths; missing constructs are left out on demand."""
    rng = np.random.default_rng(2)
    names = [f"{c}_{k}" for c in ECSI.constructs for k in (1, 2)]
    data = pd.DataFrame(rng.normal(size=(200, 1)) + rng.normal(size=(200, 14)), columns=names)
    for name, model in MODELS.items():
        by_name = fit_index(data, name, scheme="factorial")
        by_structure = fit_index(data, structure=structure_for(names, model=model), scheme="factorial")
        assert np.array_equal(by_name.path_values, by_structure.path_values)
        assert by_name.scheme == "factorial"
    assert np.array_equal(fit_ecsi(data).path_values, fit_index(data).path_values)
    short = fit_index(data.drop(columns=["value_1", "value_2"]), CCSI, allow_missing=True)
    assert short.structure.constructs == tuple(c for c in CCSI.constructs if c != "value")
    with pytest.raises(DataError):
        fit_index(data.drop(columns=["value_1", "value_2"]), ACSI)
