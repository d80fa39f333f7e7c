"""Tests of the maximiser: it converges where it can and says why where it cannot."""

from __future__ import annotations

import numpy as np
import pytest

from crmlab.clv._newton import maximise, with_penalty
from crmlab.errors import FitError


def hill(theta):
    """Return a curved ridge with its top at (1, 1), as a maximum."""
    x, y = theta
    value = -((1 - x) ** 2) - 100 * (y - x**2) ** 2
    gradient = np.array([2 * (1 - x) + 400 * x * (y - x**2), -200 * (y - x**2)])
    return value, gradient, np.array([[-2 + 400 * (y - 3 * x**2), 400 * x], [400 * x, -200.0]])


def test_rosenbrock():
    """The banana-shaped ridge is climbed from the usual bad start."""
    best = maximise(hill, [np.array([-1.2, 1.0])], names=("x", "y"))
    np.testing.assert_allclose(best.theta, [1, 1], atol=1e-8)
    np.testing.assert_allclose(best.covariance, np.linalg.inv(-hill(np.ones(2))[2]))


def slope(theta):
    """Return a function that rises for ever, and flattens."""
    e = np.exp(-theta)
    return -float(e.sum()), e, np.diag(-e)


def test_runaway_is_told_with_its_meaning():
    """A parameter on its way to infinity is named, with what that means."""
    with pytest.raises(FitError, match=r"k (runs off to infinity|is not determined).*: all are alike"):
        maximise(slope, [np.zeros(1)], names=("k",), meanings={("k", "infinity"): "all are alike"})


def test_penalty_holds_it():
    """A penalty gives the runaway a maximum."""
    best = maximise(with_penalty(slope, 0.1), [np.zeros(1)], names=("k",))
    assert best.theta[0] * 0.2 == pytest.approx(np.exp(-best.theta[0]))


def test_no_convergence_is_an_error():
    """Too few iterations are an error, never a result."""
    with pytest.raises(FitError, match="no convergence after 3 iterations"):
        maximise(hill, [np.array([-1.2, 1.0])], names=("x", "y"), max_iterations=3)


def test_next_start_is_tried():
    """A start that leads nowhere gives way to the next."""

    def broken_left(theta):
        return (np.nan, *hill(theta)[1:]) if theta[0] < 0 else hill(theta)

    best = maximise(broken_left, [np.array([-1.2, 1.0]), np.array([0.5, 0.5])], names=("x", "y"))
    np.testing.assert_allclose(best.theta, [1, 1], atol=1e-8)


def test_all_starts_are_reported():
    """When no start leads anywhere, each reason is told once."""

    def nowhere(theta):
        return np.nan, np.zeros(1), np.zeros((1, 1))

    with pytest.raises(FitError) as caught:
        maximise(nowhere, [np.zeros(1), np.ones(1)], names=("k",))
    assert caught.value.problems == ("the log-likelihood is not finite at the start",)


def test_wrong_derivatives_get_stuck():
    """A gradient that points downhill ends in an error, not in a loop."""

    def wrong(theta):
        return -float(theta @ theta), 2 * theta, -2 * np.eye(1)

    with pytest.raises(FitError, match="no step uphill"):
        maximise(wrong, [np.array([3.0])], names=("k",))
