"""Maximum of a log-likelihood in a few log-parameters, by Newton's method with exact derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmlab.errors import FitError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Objective = Callable[[Floats], tuple[float, Floats, Floats]]

__all__ = ["Maximum", "maximise", "with_penalty"]

#: Newton's decrement (twice the log-likelihood still to be won) below which the next step is the last.
_TOLERANCE = 1e-7
#: A log-parameter this far from 0, in the data's own units, is on its way to infinity.
_FAR = 14.0
#: Beyond this, an undetermined log-parameter is said to be on its way there.
_LARGE = 3.0
_LONGEST_STEP = 2.0
#: Standard errors of log-parameters above this: the data do not tell the parameter within a factor of 150.
_LARGEST_SE = 5.0


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where the maximum is, and how curved the log-likelihood is there."""

    theta: Floats
    value: float
    covariance: Floats
    gradient: Floats
    iterations: int


class _StuckError(Exception):
    """One start did not lead to a maximum."""

    def __init__(self, message: str, runs_off: tuple[str, str] | None = None) -> None:
        super().__init__(message)
        self.runs_off = runs_off


def with_penalty(objective: Objective, penalty: float) -> Objective:
    """Subtract ``penalty * sum(theta**2)``: a normal prior with variance ``1 / (2 * penalty)`` on log-parameters."""
    if penalty == 0:
        return objective

    def penalised(theta: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, hessian = objective(theta)
        return (
            value - penalty * float(theta @ theta),
            gradient - 2 * penalty * theta,
            hessian - 2 * penalty * np.eye(len(theta)),
        )

    return penalised


def maximise(
    objective: Objective,
    starts: Iterable[Floats],
    *,
    names: tuple[str, ...],
    meanings: Mapping[tuple[str, str], str] | None = None,
    max_iterations: int = 100,
    positive: int | None = None,
) -> Maximum:
    """Return the maximum reached from the first start that leads to one.

    The first `positive` elements are logarithms of positive parameters (default: all), the others coefficients.

    `meanings` says in words what it means that a parameter runs off to ``"zero"`` or ``"infinity"``.

    Raises
    ------
    FitError
        If no start leads to a maximum inside the parameter space; the problems say what happened from each.

    """
    problems = []
    for start in starts:
        try:
            place = _Place(names, len(names) if positive is None else positive)
            return _climb(objective, np.asarray(start, dtype=np.float64), place, max_iterations)
        except _StuckError as stuck:
            meaning = (meanings or {}).get(stuck.runs_off) if stuck.runs_off else None
            problems.append(f"{stuck}: {meaning}" if meaning else str(stuck))
    raise FitError(
        "The likelihood has no maximum that the data determine.",
        problems=list(dict.fromkeys(problems)),
        hint="The customers may be all alike, too few, or observed too briefly. "
        "Check customer_summary(...).summary(), observe longer, or give a small penalty (penalty=0.1) "
        "that keeps the parameters finite.",
    )


@dataclass(frozen=True)
class _Place:
    """What the elements are: names, and how many of them are logarithms."""

    names: tuple[str, ...]
    positive: int

    def towards(self, i: int, value: float) -> str:
        """Say where an element is on its way to."""
        if value > 0:
            return "infinity"
        return "zero" if i < self.positive else "minus infinity"


def _climb(objective: Objective, theta: Floats, place: _Place, max_iterations: int) -> Maximum:
    value, gradient, hessian = objective(theta)
    if not np.isfinite(value):
        raise _StuckError("the log-likelihood is not finite at the start")
    for iteration in range(1, max_iterations + 1):
        step, concave = _step(gradient, hessian)
        decrement = float(gradient @ step)
        theta, value, gradient, hessian = _line_search(objective, theta, value, step, decrement)
        if np.abs(theta).max() > _FAR:
            i = int(np.abs(theta).argmax())
            name, where = place.names[i], place.towards(i, theta[i])
            raise _StuckError(f"{name} runs off to {where}", (name, where))
        if concave and decrement < _TOLERANCE:
            return Maximum(theta, value, _covariance(theta, hessian, place), gradient, iteration)
    raise _StuckError(f"no convergence after {max_iterations} iterations")


def _step(gradient: Floats, hessian: Floats) -> tuple[Floats, bool]:
    """Return Newton's step, uphill whatever the curvature, and whether the surface is concave here."""
    eigenvalues, vectors = np.linalg.eigh(-hessian)
    concave = bool(eigenvalues[0] > 0)
    curvature = np.maximum(np.abs(eigenvalues), 1e-10 * np.abs(eigenvalues).max() + 1e-300)
    step = vectors @ ((vectors.T @ gradient) / curvature)
    length = float(np.abs(step).max())
    return (step if length <= _LONGEST_STEP else step * (_LONGEST_STEP / length)), concave


def _line_search(
    objective: Objective, theta: Floats, value: float, step: Floats, decrement: float
) -> tuple[Floats, float, Floats, Floats]:
    # Near the top, the gain drowns in the rounding of the sum; there the full step is right.
    slack = 1e-12 * (abs(value) + 1.0)
    size = 1.0
    for _ in range(40):
        there = theta + size * step
        new = objective(there)
        if np.isfinite(new[0]) and new[0] >= value + 1e-4 * size * decrement - slack:
            return there, *new
        size /= 2
    raise _StuckError("no step uphill could be found")


def _covariance(theta: Floats, hessian: Floats, place: _Place) -> Floats:
    if np.linalg.eigvalsh(-hessian)[0] <= 0:
        raise _StuckError("the log-likelihood is flat at its top")
    covariance = np.linalg.inv(-hessian)
    errors = np.sqrt(np.diag(covariance))
    if errors.max() > _LARGEST_SE:
        i = int(errors.argmax())
        name = place.names[i]
        of = "of its logarithm" if i < place.positive else "a standard deviation of its column"
        raise _StuckError(
            f"{name} is not determined (the standard error {of} is above {_LARGEST_SE:g})",
            (name, place.towards(i, theta[i])) if abs(theta[i]) > _LARGE else None,
        )
    return np.asarray((covariance + covariance.T) / 2)
