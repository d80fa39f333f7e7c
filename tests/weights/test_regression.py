"""Weights from a regression: equal to pingouin and to least squares by numpy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pingouin
import pytest

from crmlab.errors import DataError, ParameterError
from crmlab.weights import regression_weights


@pytest.fixture(scope="module")
def survey():
    """Three items that go together, of known effect on the overall score."""
    rng = np.random.default_rng(11)
    halo = rng.normal(size=400)
    items = pd.DataFrame({name: halo + rng.normal(size=400) for name in ("speed", "price", "staff")})
    overall = 3 * items["speed"] + 2 * items["price"] + 1 * items["staff"] + rng.normal(size=400)
    return items, overall


def _pingouin(items, overall):
    found = pingouin.linear_regression(items, overall, relimp=True)
    return found.loc[1:, "relimp_perc"].to_numpy() / 100, found.loc[0, "r2"]


@pytest.mark.checks("weights.regression_weights", kind="second", against="pingouin")
def test_relative_weights_equal_averages_over_orders_for_two_items(survey):
    """For two items relative weights are the averages over orders that pingouin computes; for three they are close."""
    items, overall = survey
    two = items[["speed", "price"]]
    assert regression_weights(two, overall).weights.to_numpy() == pytest.approx(_pingouin(two, overall)[0])
    found = regression_weights(items, overall)
    shares, r_squared = _pingouin(items, overall)
    assert found.weights.to_numpy() == pytest.approx(shares, abs=0.01)
    assert found.r_squared == pytest.approx(r_squared)
    assert found.table["importance"].sum() == pytest.approx(found.r_squared)


@pytest.mark.checks("weights.regression_weights", kind="second", against="singular values")
def test_relative_weights_by_singular_values(survey):
    """Relative weights equal those of a second implementation by the nearest orthonormal columns."""
    items, overall = survey
    z = ((items - items.mean()) / items.std(ddof=0)).to_numpy() / np.sqrt(len(items))
    y = ((overall - overall.mean()) / overall.std(ddof=0)).to_numpy() / np.sqrt(len(items))
    p, d, qt = np.linalg.svd(z, full_matrices=False)
    nearest = p @ qt
    beta = nearest.T @ y
    root = qt.T @ np.diag(d) @ qt
    expected = root**2 @ beta**2
    assert regression_weights(items, overall).table["importance"].to_numpy() == pytest.approx(expected)


@pytest.mark.checks("weights.regression_weights", kind="second", against="numpy")
@pytest.mark.checks("weights.regression_weights", kind="recovery")
def test_standardised_coefficients_equal_least_squares(survey):
    """Weights by regression are numpy's coefficients of standardised columns, divided by their sum; true effects 3 : 2 : 1 are recovered."""
    items, overall = survey
    z = (items - items.mean()) / items.std()
    beta = np.linalg.lstsq(z.to_numpy(), ((overall - overall.mean()) / overall.std()).to_numpy(), rcond=None)[
        0
    ]
    found = regression_weights(items, overall, method="standardised")
    assert found.weights.to_numpy() == pytest.approx(beta / beta.sum())
    assert found.weights.to_numpy() == pytest.approx([1 / 2, 1 / 3, 1 / 6], abs=0.03)


@pytest.mark.checks("weights.regression_weights", kind="invariant")
def test_units_order_and_missing_answers(survey):
    """Units and order do not matter; rows with a missing answer are left out and counted."""
    items, overall = survey
    first = regression_weights(items, overall)
    other = items.assign(price=items["price"] * 20 + 5)[["staff", "price", "speed"]].iloc[::-1]
    second = regression_weights(other, overall.iloc[::-1])
    assert second.weights[first.weights.index].to_numpy() == pytest.approx(first.weights.to_numpy())
    holes = items.copy()
    holes.iloc[:30, 0] = np.nan
    found = regression_weights(holes, overall.tolist())
    assert found.n == 370
    assert found.weights.to_numpy() == pytest.approx(
        regression_weights(items.iloc[30:], overall.iloc[30:]).weights.to_numpy()
    )


def test_errors_teach(survey):
    """Negative coefficients, rows that do not belong together, too few rows."""
    items, overall = survey
    with pytest.raises(DataError, match="negative"):
        regression_weights(items, overall - 4 * items["price"], method="standardised")
    with pytest.raises(DataError, match="different row labels"):
        regression_weights(items, overall.iloc[::-1])
    with pytest.raises(DataError, match="rows are the least"):
        regression_weights(items.head(4), overall.head(4))
    with pytest.raises(DataError, match="two columns"):
        regression_weights(items[["speed"]], overall)
    with pytest.raises(ParameterError, match="Allowed"):
        regression_weights(items, overall, method="pls")
