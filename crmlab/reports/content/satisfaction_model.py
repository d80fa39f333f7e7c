"""The path model of the satisfaction report: fitted, and resampled where the answers allow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from crmlab.csi import (
    ImportanceMap,
    IndexScores,
    importance_performance_map,
    index_scores,
    satisfaction_index,
)
from crmlab.errors import DataError, FitError, ParameterError
from crmlab.pls import Blindfolding, BootstrapResult, PLSResult, Structure, blindfold, bootstrap, fit_pls
from crmlab.reports.content.satisfaction_structure import FEWEST, Choice
from crmlab.text import number, tr

if TYPE_CHECKING:
    import numpy as np

    from crmlab.reports.registry import SatisfactionParameters

__all__ = ["Model", "fit_model"]

#: respondents that a rule of thumb asks for each arrow that points at one construct
_PER_ARROW = 10
#: omission distances for Q², the usual one first
_DISTANCES = (7, 8, 9, 11, 5, 6)
#: items are handed over as points
_SCALE = (0, 100)


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted index model, from items in points of 0–100."""

    fit: PLSResult
    #: None where no intervals were asked for, or the resamples fail
    resamples: BootstrapResult | None
    scores: IndexScores
    #: construct, index, low, high (NaN without resamples)
    indices: pd.DataFrame
    #: what moves satisfaction, and how well it is done; None where nothing leads to satisfaction
    drivers: ImportanceMap | None
    #: Q² of what the model explains; None where answers cannot be hidden
    hidden: Blindfolding | None

    def index(self, construct: str = "satisfaction") -> dict[str, float]:
        """Return index, low and high of one construct."""
        row = self.indices[self.indices["construct"] == construct].iloc[0]
        return {name: float(row[name]) for name in ("index", "low", "high")}


def fit_model(
    points: pd.DataFrame,
    choice: Choice,
    parameters: SatisfactionParameters,
    *,
    rng: np.random.Generator,
) -> tuple[Model | None, str]:
    """Return the path model, or why there is none.

    Raises
    ------
    crmlab.errors.DataError, crmlab.errors.FitError
        When the model was asked for and cannot be fitted.

    """
    if parameters.structure == "none" and choice.how != "own":
        return None, tr("No path model was fitted, as asked (structure = none).")
    structure = choice.structure
    if structure is None or (len(structure.constructs) < FEWEST and choice.how == "auto"):
        return None, tr("No path model was fitted: the items do not name the constructs of an index model.")
    needed = _PER_ARROW * max(len(structure.predecessors(name)) for name in structure.endogenous)
    if len(points) < needed and choice.how == "auto":
        return None, tr(
            "No path model was fitted: it needs {needed} respondents (ten for each arrow that points at one "
            "construct), and {n} answered.",
            needed=needed,
            n=number(len(points)),
        )
    try:
        return _fitted(points, structure, parameters, rng), ""
    except FitError as error:
        said = tr(
            "No path model was fitted: its search for weights did not settle, or two causes are all but the same."
        )
        if choice.how != "auto":
            raise FitError(said, hint=_leave_out()) from error
        return None, said
    except DataError as error:
        said = tr("No path model was fitted: too few respondents gave usable answers to its items.")
        if choice.how != "auto":
            raise DataError(said, hint=_leave_out()) from error
        return None, said


def _leave_out() -> str:
    return tr("Choose structure=none to leave the model out.")


def _fitted(
    points: pd.DataFrame, structure: Structure, parameters: SatisfactionParameters, rng: np.random.Generator
) -> Model:
    fit = fit_pls(points, structure, scheme=parameters.scheme)
    resamples = None
    if parameters.bootstrap:
        try:
            resamples = bootstrap(fit, parameters.bootstrap, rng=rng, confidence=parameters.confidence)
        except FitError:  # most resamples are degenerate: the estimates stand without intervals
            resamples = None
    scores = index_scores(fit, scale=_SCALE)
    rows = []
    for construct, value in zip(scores.table["construct"], scores.table["index"], strict=True):
        low = high = float("nan")
        if resamples is not None:
            found = satisfaction_index(fit, resamples=resamples, construct=str(construct), scale=_SCALE)
            low, high = found.low, found.high
        rows.append({"construct": construct, "index": float(value), "low": low, "high": high})
    drivers = None
    if "satisfaction" in structure.endogenous:
        drivers = importance_performance_map(fit, scale=_SCALE, resamples=resamples)
    return Model(fit, resamples, scores, pd.DataFrame(rows), drivers, _blindfolded(fit))


def _blindfolded(fit: PLSResult) -> Blindfolding | None:
    """Return Q², with an omission distance that the respondents are no multiple of."""
    distance = next((d for d in _DISTANCES if fit.n % d and fit.n >= 2 * d), 0)
    if not distance:
        return None
    try:
        return blindfold(fit, distance)
    except (FitError, ParameterError):  # an item that nearly all answer alike, or no block of mode A
        return None
