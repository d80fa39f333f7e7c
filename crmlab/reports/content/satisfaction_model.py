"""The path model of the satisfaction report: recognised, fitted, and resampled where the answers allow it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from crmlab.csi import (
    ECSI,
    ImportanceMap,
    IndexScores,
    importance_performance_map,
    index_scores,
    satisfaction_index,
    structure_for,
)
from crmlab.errors import CrmlabError, DataError, FitError
from crmlab.pls import BootstrapResult, PLSResult, Structure, bootstrap, fit_pls
from crmlab.text import number, tr

if TYPE_CHECKING:
    import numpy as np

    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.registry import SatisfactionParameters

__all__ = ["Model", "find_blocks", "fit_model"]

#: constructs below which a model says no more than a correlation
_FEWEST = 3
#: respondents that a rule of thumb asks for each arrow that points at one construct
_PER_ARROW = 10
#: a name that is recognised as an item of satisfaction
_STAND_IN = "CUSA_99"
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

    def index(self, construct: str = "satisfaction") -> dict[str, float]:
        """Return index, low and high of one construct."""
        row = self.indices[self.indices["construct"] == construct].iloc[0]
        return {name: float(row[name]) for name in ("index", "low", "high")}


def find_blocks(
    given: ReportInput, parameters: SatisfactionParameters, usable: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Return construct to usable items: those of the case, or recognised by their names; empty if none are.

    Raises
    ------
    crmlab.errors.DataError
        When the model was asked for and the names are not recognised.

    """
    if given.blocks:
        kept = {name: tuple(i for i in items if i in usable) for name, items in given.blocks.items()}
        return {name: items for name, items in kept.items() if items}
    blocks = _recognised(usable)
    if not blocks and _scored(given, "overall"):
        # one overall question stands for the block of satisfaction
        blocks = _recognised([*usable, _STAND_IN]) | {"satisfaction": ("overall",)}
    if blocks:
        for construct, role in (("expectation", "expectation"), ("quality", "perceived")):
            if construct not in blocks and _scored(given, role):
                blocks[construct] = (role,)
    if len(blocks) > 1:
        return blocks
    if parameters.structure == "ecsi":
        raise DataError(
            tr("The path model was asked for, but the items do not name its constructs."),
            problems=[tr("items found: {items}", items=tr(", ").join(usable[:20]) or tr("none"))],
            hint=tr(
                "Name the items after their constructs, such as image_1, expectation_1, quality_1, value_1, "
                "satisfaction_1, complaints_1, loyalty_1, or 形象1, 期望1, 感知质量1, 感知价值1, 满意度1, 投诉1, 忠诚1."
            ),
        )
    return {}


def _recognised(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    try:
        return {name: tuple(items) for name, items in structure_for(names, allow_missing=True).blocks.items()}
    except CrmlabError:
        return {}


def _scored(given: ReportInput, role: str) -> bool:
    if given.survey is None or role not in given.survey:
        return False
    answers = pd.to_numeric(given.survey[role], errors="coerce").dropna()
    return len(answers) > 0 and bool(answers.min() < answers.max())


def fit_model(
    points: pd.DataFrame,
    blocks: Mapping[str, tuple[str, ...]],
    parameters: SatisfactionParameters,
    *,
    rng: np.random.Generator,
) -> tuple[Model | None, str]:
    """Return the path model, or why there is none.

    Raises
    ------
    crmlab.errors.DataError, crmlab.errors.FitError
        When the model was asked for by name and cannot be fitted.

    """
    if parameters.structure == "none":
        return None, tr("No path model was fitted, as asked (structure = none).")
    known = {name: items for name, items in blocks.items() if name in ECSI.constructs}
    if "satisfaction" not in known or (len(known) < _FEWEST and parameters.structure == "auto"):
        return None, tr(
            "No path model was fitted: the items do not name the constructs of the European index of satisfaction."
        )
    structure = ECSI.structure(known)
    needed = _PER_ARROW * max(len(structure.predecessors(name)) for name in structure.endogenous)
    if len(points) < needed and parameters.structure == "auto":
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
        if parameters.structure == "ecsi":
            raise FitError(said, hint=tr("Choose structure=none to leave the model out.")) from error
        return None, said
    except DataError as error:
        said = tr("No path model was fitted: too few respondents gave usable answers to its items.")
        if parameters.structure == "ecsi":
            raise DataError(said, hint=tr("Choose structure=none to leave the model out.")) from error
        return None, said


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
    return Model(fit, resamples, scores, pd.DataFrame(rows), drivers)
