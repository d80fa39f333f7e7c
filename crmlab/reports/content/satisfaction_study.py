"""All that the satisfaction report computes: one study of one survey, as far as its answers allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.errors import CrmlabError, DataError, ParameterError
from crmlab.reports.content.satisfaction_answers import (
    read_numbers,
    read_scales,
    to_points,
    varies,
    with_overall,
)
from crmlab.reports.content.satisfaction_apart import Apart, study_apart
from crmlab.reports.content.satisfaction_asked_twice import find_pairs, study_gaps, study_kano
from crmlab.reports.content.satisfaction_complaints import Complaints, study_complaints
from crmlab.reports.content.satisfaction_groups import Groups, study_groups
from crmlab.reports.content.satisfaction_model import Model, fit_model
from crmlab.reports.content.satisfaction_pair import study_pair
from crmlab.reports.content.satisfaction_structure import Choice, choose
from crmlab.reports.content.satisfaction_time import Trends, study_trends
from crmlab.reports.content.satisfaction_weights import Weighed, weigh
from crmlab.satisfaction import (
    CES,
    CSAT,
    NPS,
    AlphaResult,
    Disconfirmation,
    ImportancePerformance,
    SatisfactionRatio,
    ces,
    cronbach_alpha,
    csat,
    disconfirmation,
    importance_performance,
    nps,
    satisfaction_ratio,
)
from crmlab.text import number, tr

if TYPE_CHECKING:
    from crmlab.kano import KanoClasses
    from crmlab.pls import GroupComparison
    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.registry import SatisfactionParameters
    from crmlab.satisfaction.servqual import ServqualGaps

__all__ = ["LEAST", "SEED", "Study", "study"]

#: seed of all random numbers of the report
SEED = 2027
#: respondents below which nothing is said
LEAST = 3
#: answers below which nothing can be estimated
_FEW = 3
#: answers from which on nobody is recognised, unless the user asks for more
_ENOUGH = 5
#: constructs whose items tell what is done, and can be mended
_DONE = ("quality", "value")


@dataclass(frozen=True, eq=False)
class Study:
    """What was found. What the answers do not allow is None or empty."""

    given: ReportInput
    parameters: SatisfactionParameters
    #: answers as numbers
    survey: pd.DataFrame
    #: item or score to the lowest and highest answer
    scales: Mapping[str, tuple[float, float]]
    #: scales that were guessed
    guessed: tuple[str, ...]
    #: items that can be worked with, as points from 0 to 100
    points: pd.DataFrame
    #: item to why it cannot be worked with: ``constant`` or ``few``
    left_out: Mapping[str, str]
    csat: CSAT | None
    nps: NPS | None
    ces: CES | None
    #: effort was asked with the greatest answer for the most effort, and was turned round
    effort_turned: bool
    ratio: SatisfactionRatio | None
    gap: Disconfirmation | None
    alphas: Mapping[str, AlphaResult]
    drivers: ImportancePerformance | None
    #: what drivers are held against: ``overall`` or ``satisfaction``
    target: str
    model: Model | None
    #: why there is no path model, in the reader's language
    why_no_model: str
    #: which path model, and what else could have been
    choice: Choice
    #: the index by its weights; None where nothing can be put together
    weighed: Weighed | None
    groups: Groups | None
    #: why groups are not compared, in the reader's language
    why_no_groups: str
    complaints: Complaints | None
    #: the path model in two groups; None where they are too small
    pair: GroupComparison | None
    #: the scores of two groups; None where there are not two to compare
    apart: Apart | None
    #: expected and perceived, and features with and without, where the questions were asked in pairs
    gaps: ServqualGaps | None
    kano: KanoClasses | None
    #: scores by period; None without days
    trends: Trends | None

    @property
    def n(self) -> int:
        """Respondents."""
        return len(self.survey)

    @property
    def confidence(self) -> float:
        """Level of the intervals."""
        return self.parameters.confidence

    def index(self) -> dict[str, float] | None:
        """Return index, low and high of satisfaction, by the weights that were chosen; None where there is none."""
        if self.weighed is not None:
            return self.weighed.index()
        return None if self.model is None else self.model.index()

    @property
    def blocks(self) -> tuple[str, ...]:
        """Blocks whose reliability was computed."""
        return tuple(self.alphas)


def study(given: ReportInput, parameters: SatisfactionParameters) -> Study:
    """Return all results of the satisfaction report.

    Parameters
    ----------
    given
        What :func:`crmlab.reports.load` returned.
    parameters
        What :func:`crmlab.reports.checked` returned.

    Raises
    ------
    crmlab.errors.DataError
        When there are too few respondents to say anything, or the path model was asked for by name and cannot be fitted.
    crmlab.errors.ParameterError
        When parameters do not fit the scale.

    """
    if given.survey is None or len(given.survey) < _least(parameters):
        raise DataError(
            tr(
                "{n} respondents are too few for a report on satisfaction.",
                n=0 if given.survey is None else len(given.survey),
            ),
            hint=tr(
                "From {least} respondents on the report can be made; 100 or more give intervals that help to decide.",
                least=_least(parameters),
            ),
        )
    if 0 < parameters.bootstrap < 20:
        raise ParameterError(
            tr("bootstrap={n} samples are too few for an interval.", n=parameters.bootstrap),
            hint=tr("Take 500 or more; 0 leaves the intervals out."),
        )
    scales, guessed = read_scales(given, parameters)
    survey, turned = read_numbers(given, scales)
    asked = find_pairs(item for item in given.items if item in survey)
    aside = {
        *(asked["gaps"].first if "gaps" in asked else ()),
        *(asked["kano"].both if "kano" in asked else ()),
    }
    items = [item for item in given.items if item in survey and item not in aside]
    points, left_out = to_points(survey, items, scales, least=_least(parameters))
    choice = choose(given, parameters, tuple(map(str, points)))
    blocks = choice.blocks
    wide = with_overall(points, survey, scales, blocks)
    model, why_no_model = fit_model(wide, choice, parameters, rng=np.random.default_rng(SEED))
    weighed = weigh(given, parameters, wide, blocks, model)
    drivers, target = _drivers(points, survey, blocks, parameters.confidence)
    scores = _scores(survey, scales, parameters)
    groups, why_no_groups = study_groups(
        given, survey, parameters, index=_respondents(model, weighed), scores=scores
    )
    pair = study_pair(wide, model, groups, parameters, rng=np.random.default_rng([SEED, 1]))
    ratio, gap = _expectation(survey, scales, parameters.confidence)
    return Study(
        given=given,
        parameters=parameters,
        survey=survey,
        scales=scales,
        guessed=guessed,
        points=points,
        left_out=left_out,
        csat=scores[0],
        nps=scores[1],
        ces=scores[2],
        effort_turned=turned,
        ratio=ratio,
        gap=gap,
        alphas=_alphas(survey, points, scales, blocks, parameters.confidence),
        drivers=drivers,
        target=target,
        model=model,
        why_no_model=why_no_model,
        choice=choice,
        weighed=weighed,
        groups=groups,
        why_no_groups=why_no_groups,
        complaints=study_complaints(given, survey, scales, parameters),
        pair=pair,
        apart=study_apart(survey, groups, pair, parameters, scores),
        gaps=study_gaps(survey, asked.get("gaps"), scales, parameters),
        kano=study_kano(survey, asked.get("kano"), parameters),
        trends=study_trends(survey, parameters, scores),
    )


def _respondents(model: Model | None, weighed: Weighed | None) -> pd.Series[float] | None:
    """Return each respondent's index of satisfaction."""
    if weighed is not None and weighed.own and weighed.why != "even":
        return weighed.respondents()
    return None if model is None else model.scores.respondents["satisfaction"]


def _scores(
    survey: pd.DataFrame, scales: Mapping[str, tuple[float, float]], parameters: SatisfactionParameters
) -> tuple[CSAT | None, NPS | None, CES | None]:
    """Return CSAT, NPS and CES; None where too few answered, or what they answered is none of the measure."""

    def asked(column: str) -> bool:
        return column in survey and int(survey[column].notna().sum()) >= _least(parameters)

    net = ease = None
    if asked("recommend") and (survey["recommend"].dropna() % 1 == 0).all():
        net = nps(survey["recommend"], confidence=parameters.confidence)
    if asked("effort"):
        ease = ces(survey["effort"], scale=scales["effort"], confidence=parameters.confidence)
    return _csat(survey, scales, parameters) if asked("overall") else None, net, ease


def _least(parameters: SatisfactionParameters) -> int:
    """Return how many must have answered, so that the report can speak of them."""
    return max(LEAST, min(parameters.min_group, _ENOUGH))


def _csat(
    survey: pd.DataFrame, scales: Mapping[str, tuple[float, float]], parameters: SatisfactionParameters
) -> CSAT:
    low, high = scales["overall"]
    if parameters.csat_top > high - low:
        raise ParameterError(
            tr(
                "csat_top={top} would count every answer on the scale from {low} to {high} as satisfied.",
                top=parameters.csat_top,
                low=f"{low:g}",
                high=f"{high:g}",
            ),
            hint=tr("Name how many of the highest answers count as satisfied, such as 2."),
        )
    weights = survey["weight"].fillna(0) if "weight" in survey and survey["weight"].sum() > 0 else None
    return csat(
        survey["overall"],
        scale=(low, high),
        top=parameters.csat_top,
        confidence=parameters.confidence,
        weights=weights,
    )


def _expectation(
    survey: pd.DataFrame, scales: Mapping[str, tuple[float, float]], confidence: float
) -> tuple[SatisfactionRatio | None, Disconfirmation | None]:
    """Return C = b/a and disconfirmation, where both were asked on one scale."""
    if not {"expectation", "perceived"} <= set(survey) or scales["expectation"] != scales["perceived"]:
        return None, None
    pair = survey["perceived"], survey["expectation"]
    if (pair[0].notna() & pair[1].notna()).sum() < _ENOUGH:
        return None, None
    gap = disconfirmation(*pair, scale=scales["perceived"], confidence=confidence)
    if (pair[1] <= 0).any():
        return None, gap
    return satisfaction_ratio(*pair, confidence=confidence), gap


def _alphas(
    survey: pd.DataFrame,
    points: pd.DataFrame,
    scales: Mapping[str, tuple[float, float]],
    blocks: Mapping[str, tuple[str, ...]],
    confidence: float,
) -> dict[str, AlphaResult]:
    """Return the reliability of every block of two items or more; without blocks, of all items of one scale together."""
    found = {}
    whole: dict[str, tuple[str, ...]] = {}
    if not blocks:
        by_scale: dict[tuple[float, float], list[str]] = {}
        for item in points:
            by_scale.setdefault(scales[str(item)], []).append(str(item))
        whole = {f"{number(low)}–{number(high)}": tuple(items) for (low, high), items in by_scale.items()}
        if len(whole) == 1:
            whole = {"": next(iter(whole.values()))}
    for name, items in (blocks or whole).items():
        usable = [item for item in items if item in points]
        if len(usable) > 1:
            same = len({scales[item] for item in usable}) == 1
            try:
                found[name] = cronbach_alpha((survey if same else points)[usable], confidence=confidence)
            except CrmlabError:  # too few complete answers, or answers that cancel out
                continue
    return found


def _drivers(
    points: pd.DataFrame, survey: pd.DataFrame, blocks: Mapping[str, tuple[str, ...]], confidence: float
) -> tuple[ImportancePerformance | None, str]:
    """Return importance and performance of the items that can be mended."""
    done = [item for name in _DONE for item in blocks.get(name, ()) if item in points]
    items = points[done if len(done) > 1 else list(points)]
    target, name = _target(points, survey, blocks)
    if target is None or items.shape[1] < 2:
        return None, ""
    items = items[[item for item in items if blocks == {} or item not in blocks.get("satisfaction", ())]]
    both = items.notna().to_numpy() & target.notna().to_numpy()[:, None]
    usable = [
        item
        for item, pairs in zip(items.columns, both.T, strict=True)
        if pairs.sum() > _FEW and varies(items[item][pairs]) and varies(target[pairs])
    ]
    if len(usable) < 2:
        return None, ""
    return importance_performance(items[usable], target, scale=(0, 100), confidence=confidence), name


def _target(
    points: pd.DataFrame, survey: pd.DataFrame, blocks: Mapping[str, tuple[str, ...]]
) -> tuple[pd.Series[Any] | None, str]:
    own = [item for item in blocks.get("satisfaction", ()) if item in points]
    if "overall" in survey and varies(survey["overall"]):
        return survey["overall"], "overall"
    if own:
        return points[own].mean(axis=1), "satisfaction"
    return None, ""
