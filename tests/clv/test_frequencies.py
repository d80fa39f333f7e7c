"""Tests of expected against actual frequencies."""

from __future__ import annotations

import numpy as np
import pytest

from crmlab.clv import expected_vs_actual_frequency
from crmlab.clv._simulate import simulate_histories
from crmlab.errors import ParameterError


@pytest.mark.checks("clv.expected_vs_actual_frequency", kind="published", against="fader2005bgnbd")
def test_cdnow(bg_nbd, summary):
    """The histogram of the CDNOW sample is counted right, and the χ² of the BG/NBD's fit is the paper's 4.82."""
    fit = expected_vs_actual_frequency(bg_nbd, summary)
    assert fit["actual"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert fit["expected"].sum() == pytest.approx(2357)
    assert f"{((fit['actual'] - fit['expected']) ** 2 / fit['expected']).sum():.2f}" == "4.82"


@pytest.mark.checks("clv.expected_vs_actual_frequency", kind="second", against="lifetimes")
def test_probabilities_are_those_of_lifetimes(bg_nbd):
    """The BG/NBD's probabilities of 0 to 11 purchases are those of lifetimes 0.11.3."""
    from lifetimes import BetaGeoFitter

    theirs = BetaGeoFitter()
    theirs.params_ = bg_nbd.parameters
    ours = bg_nbd.frequency_probabilities(np.array([10.0, 39.0]), 12)
    for i, t in enumerate((10.0, 39.0)):
        np.testing.assert_allclose(
            ours[i, :12], [theirs.probability_of_n_purchases_up_to_time(t, n) for n in range(12)], rtol=1e-8
        )


@pytest.mark.checks("clv.expected_vs_actual_frequency", kind="invariant")
def test_probabilities_add_up_to_the_expectation(bg_nbd):
    """Probabilities of frequencies sum to 1, and their mean is the expectation of a new customer."""
    p = bg_nbd.frequency_probabilities(np.array([0.0, 5.0, 39.0]), 3000)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert p[0, 0] == 1
    np.testing.assert_allclose(
        p @ np.arange(3001), bg_nbd.expected_purchases_new([0.0, 5.0, 39.0]), rtol=1e-6
    )


@pytest.mark.checks("clv.expected_vs_actual_frequency", kind="recovery")
def test_simulated_frequencies_are_expected(bg_nbd):
    """Histories drawn from the BG/NBD have the frequencies that it expects."""
    T = np.tile([13.0, 39.0], 20_000)
    table = simulate_histories(T, rng=np.random.default_rng(9), bg_nbd=tuple(bg_nbd.parameters))
    fit = expected_vs_actual_frequency(bg_nbd, table, largest=5)
    assert (np.abs(fit["actual"] - fit["expected"]) < 4 * np.sqrt(fit["expected"])).all()


def test_largest(bg_nbd, summary):
    """The last row gathers the rest; fewer than one row is refused."""
    fit = expected_vs_actual_frequency(bg_nbd, summary, largest=1)
    assert fit["actual"].tolist() == [1411, 946]
    assert fit["or_more"].tolist() == [False, True]
    with pytest.raises(ParameterError, match="largest"):
        expected_vs_actual_frequency(bg_nbd, summary, largest=0)
