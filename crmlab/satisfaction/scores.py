"""The three scores of practice: CSAT, NPS, CES, each with an interval that holds in small samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, same_rows
from crmlab.errors import DataError, ParameterError
from crmlab.satisfaction.checks import check_confidence, check_method, check_scale, check_scores, frequencies
from crmlab.satisfaction.intervals import (
    NPS_METHODS,
    SHARE_METHODS,
    bootstrap_mean,
    nps_interval,
    share_interval,
    t_interval,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.satisfaction.checks import Scores

__all__ = ["CES", "CSAT", "NPS", "ces", "csat", "nps"]


@dataclass(frozen=True, eq=False)
class _Result:
    """What the results share: one row of all single values."""

    def summary(self) -> pd.DataFrame:
        """Return one row with every single value of the result."""
        row = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return pd.DataFrame([{k: v for k, v in row.items() if isinstance(v, (str, int, float))}])


@dataclass(frozen=True, eq=False)
class CSAT(_Result):
    """Share of satisfied answers (a fraction) and mean score."""

    share: float
    low: float
    high: float
    mean: float
    mean_se: float
    mean_low: float
    mean_high: float
    #: answers from here on count as satisfied
    threshold: float
    n: int
    n_missing: int
    #: n of equal weights that would carry as much (Kish); n without weights
    n_effective: float
    method: str
    confidence: float
    scale: tuple[float, float]
    #: score, n, share (weighted)
    distribution: pd.DataFrame


@checked_arguments
def csat(
    scores: Scores,
    *,
    scale: tuple[float, float] = (1, 5),
    top: float = 2,
    method: str = "wilson",
    confidence: float = 0.95,
    weights: Scores | None = None,
) -> CSAT:
    """Return the customer satisfaction score: the share of answers in the top boxes, and the mean.

    Parameters
    ----------
    scores
        Answers, one a respondent. Missing ones are left out and counted.
    scale
        Least and greatest answer.
    top
        How many boxes from the top count as satisfied: 2 of 5 means 4 and 5.
    method
        Interval of the share. ``"wilson"`` (default) is what Brown, Cai & DasGupta recommend for n of 40 or less: it
        keeps its level on average, never leaves [0, 1] and does not collapse at 0 or 100 %, where Wald's interval has no width; ``"jeffreys"``, ``"agresti_coull"`` and ``"wald"``
        by name.
    confidence
        Level of the intervals, between 0 and 1.
    weights
        Weight of each answer, not negative (survey or strata weights); intervals rest on Kish's effective n.

    Returns
    -------
    CSAT
        `share`, `low`, `high` are fractions; the mean's interval is Student's t, cut at the ends of the scale.

    Raises
    ------
    DataError
        Answers that are no numbers or off the scale (names the first five rows), no answers, unusable weights.
    ParameterError
        Scale, top, method or confidence out of range.

    Notes
    -----
    Do not compare top-box shares of scales with different numbers of points.

    References
    ----------
    Brown, Cai & DasGupta 2001, doi 10.1214/ss/1009213286. Kish 1965, *Survey sampling*.

    Checked against: statsmodels' proportion_confint (all four intervals), scipy (mean).

    Examples
    --------
    >>> result = csat([5, 4, 4, 3, 5, 2, 5, None])
    >>> round(result.share, 3), round(result.low, 3), round(result.high, 3), result.n, result.n_missing
    (0.714, 0.359, 0.918, 7, 1)

    """
    check_confidence(confidence)
    check_method("method", method, SHARE_METHODS)
    low, high = check_scale(scale)
    if not 0 < top < high - low + 1:
        raise ParameterError(
            f"top={top} boxes of a scale from {low:g} to {high:g}: some, but not all, can be the top."
        )
    checked = check_scores(scores, scale)
    if weights is not None:
        same_rows(scores=scores, weights=weights)
    x, threshold = checked.answers, high - top + 1
    w = _weights(weights, checked.kept)
    satisfied = (x >= threshold).astype(float)
    n_effective = float(w.sum() ** 2 / (w**2).sum())
    share = float(w @ satisfied / w.sum())
    share_low, share_high = share_interval(share, n_effective, confidence=confidence, method=method)
    mean, se = _weighted_mean(x, w)
    mean_low, mean_high = t_interval(mean, se, n_effective - 1, confidence)
    table = frequencies(x, scale)
    table["share"] = [float(w[x == point].sum() / w.sum()) for point in table["score"]]
    return CSAT(
        share,
        share_low,
        share_high,
        mean,
        se,
        _clip(mean_low, scale),
        _clip(mean_high, scale),
        threshold,
        checked.n,
        checked.n_missing,
        n_effective,
        method,
        confidence,
        (low, high),
        table,
    )


@dataclass(frozen=True, eq=False)
class NPS(_Result):
    """Net promoter score in points, −100 to 100, and the three groups (shares are fractions)."""

    nps: float
    se: float
    low: float
    high: float
    promoters: int
    passives: int
    detractors: int
    promoter_share: float
    passive_share: float
    detractor_share: float
    n: int
    n_missing: int
    method: str
    confidence: float
    #: score, n, share
    distribution: pd.DataFrame

    @property
    def groups(self) -> pd.DataFrame:
        """The three groups: group, n, share."""
        return pd.DataFrame(
            {
                "group": ["promoter", "passive", "detractor"],
                "n": [self.promoters, self.passives, self.detractors],
                "share": [self.promoter_share, self.passive_share, self.detractor_share],
            }
        )


@checked_arguments
def nps(scores: Scores, *, method: str = "adjusted_wald", confidence: float = 0.95) -> NPS:
    r"""Return the net promoter score: per cent promoters (9, 10) less per cent detractors (0 to 6).

    .. math:: \text{NPS} = 100\,(p - d), \qquad \text{s.e.} = 100\sqrt{\frac{p + d - (p - d)^2}{n}}

    Parameters
    ----------
    scores
        Whole numbers from 0 to 10, one a respondent. Missing ones are left out and counted.
    method
        Interval. ``"adjusted_wald"`` (default): Wald's after adding ¾ promoter, ¾ detractor and 1½ passives, best of the
        methods compared by Rocks; over all mixes of the three groups its true coverage at 95 % averages 95.1 % at n = 10
        (never below 90 %), where Wald's averages 88 % and falls to 46 %. ``"score"``: inversion of Tango's score test,
        a little wider and safer below n = 20. ``"wald"``: the textbook's, for n above 100.
    confidence
        Level of the interval, between 0 and 1.

    Returns
    -------
    NPS
        Score in points, its standard error and interval, and counts and shares of the three groups.

    Raises
    ------
    DataError
        Answers that are no whole numbers, or off 0–10 (names the first five rows); no answers.
    ParameterError
        Unknown method, confidence outside (0, 1).

    Notes
    -----
    The score keeps three of the eleven points that were asked, so that it needs larger samples than the mean: for
    differences between groups look at the intervals. Do not use it on scales other than 0 to 10.

    References
    ----------
    Reichheld 2003, *Harvard Business Review* 81(12); Rocks 2016, doi 10.48550/arXiv.1601.07235; Tango 1998,
    doi 10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B.

    Checked against: 60, 25, 15 of 100 by hand (45, s.e. 7.40, Wald 30.5–59.5); exact coverage by enumeration; statsmodels'
    score interval of a difference of paired proportions where it exists.

    Examples
    --------
    >>> result = nps([10] * 60 + [8] * 25 + [3] * 15, method="wald")
    >>> result.nps, round(result.se, 2), round(result.low, 1), round(result.high, 1)
    (45.0, 7.4, 30.5, 59.5)

    """
    check_confidence(confidence)
    check_method("method", method, NPS_METHODS)
    checked = check_scores(scores, (0, 10), whole=True)
    x, n = checked.answers, checked.n
    promoters, detractors = int((x >= 9).sum()), int((x <= 6).sum())
    p, d = promoters / n, detractors / n
    low, high = nps_interval(promoters, detractors, n, confidence=confidence, method=method)
    return NPS(
        100 * (promoters - detractors) / n,
        100 * math.sqrt(max(0.0, p + d - (p - d) ** 2) / n),
        100 * low,
        100 * high,
        promoters,
        n - promoters - detractors,
        detractors,
        p,
        (n - promoters - detractors) / n,
        d,
        n,
        checked.n_missing,
        method,
        confidence,
        frequencies(x, (0, 10)),
    )


@dataclass(frozen=True, eq=False)
class CES(_Result):
    """Customer effort score: mean ease, and the share of easy answers (a fraction)."""

    mean: float
    se: float
    low: float
    high: float
    easy_share: float
    easy_low: float
    easy_high: float
    #: answers from here on count as easy
    easy_from: float
    n: int
    n_missing: int
    method: str
    confidence: float
    scale: tuple[float, float]
    #: score, n, share
    distribution: pd.DataFrame


@checked_arguments
def ces(
    scores: Scores,
    *,
    scale: tuple[float, float] = (1, 7),
    easy_from: float | None = None,
    method: str = "t",
    confidence: float = 0.95,
    rng: np.random.Generator | None = None,
    n_resamples: int = 5000,
) -> CES:
    """Return the customer effort score: the mean of 'the company made it easy', and the share of easy answers.

    Parameters
    ----------
    scores
        Answers, one a respondent; the greatest means easiest. Missing ones are left out and counted.
    scale
        Least and greatest answer.
    easy_from
        Answers from here on count as easy; by default the upper third boxes of the scale (5 on 1–7, 4 on 1–5).
    method
        Interval of the mean: ``"t"`` (Student), cut at the ends of the scale, or ``"bootstrap"`` (percentiles; needs `rng`),
        better for skewed answers once n is above 30. The share has Wilson's interval.
    confidence
        Level of the intervals, between 0 and 1.
    rng, n_resamples
        For the bootstrap.

    Returns
    -------
    CES
        Mean, share of easy answers, their intervals, and the distribution of answers.

    Raises
    ------
    DataError
        Answers that are no numbers or off the scale (names the first five rows), no answers.
    ParameterError
        Unknown method, bootstrap without `rng`, scale or confidence out of range.

    Notes
    -----
    Where all answers are equal both intervals of the mean have no width: look at the share's. The first form of the score
    (1–5, *how much effort*, greatest is worst) runs the other way: recode it.

    References
    ----------
    Dixon, Freeman & Toman 2010, *Harvard Business Review* 88(7).

    Checked against: scipy.stats (t interval), statsmodels (Wilson).

    Examples
    --------
    >>> result = ces([7, 6, 5, 7, 3, 6])
    >>> round(result.mean, 2), round(result.low, 2), round(result.high, 2), round(result.easy_share, 2)
    (5.67, 4.09, 7.0, 0.83)

    """
    check_confidence(confidence)
    check_method("method", method, ("t", "bootstrap"))
    low, high = check_scale(scale)
    if easy_from is None:
        easy_from = math.floor((low + high) / 2) + 1.0
    if not low < easy_from <= high:
        raise ParameterError(f"easy_from={easy_from:g} must lie above {low:g} and not above {high:g}.")
    if method == "bootstrap" and rng is None:
        raise ParameterError("method='bootstrap' needs a generator: rng=numpy.random.default_rng(1).")
    checked = check_scores(scores, scale)
    x, n = checked.answers, checked.n
    mean, se = _weighted_mean(x, np.ones(n))
    if rng is not None and method == "bootstrap":
        interval = bootstrap_mean(x, confidence=confidence, rng=rng, n=n_resamples)
    else:
        interval = t_interval(mean, se, n - 1, confidence)
    easy = float((x >= easy_from).mean())
    easy_low, easy_high = share_interval(easy, n, confidence=confidence)
    return CES(
        mean,
        se,
        _clip(interval[0], scale),
        _clip(interval[1], scale),
        easy,
        easy_low,
        easy_high,
        easy_from,
        n,
        checked.n_missing,
        method,
        confidence,
        (low, high),
        frequencies(x, scale),
    )


def _weights(weights: Scores | None, kept: NDArray[np.bool_]) -> NDArray[np.float64]:
    if weights is None:
        return np.ones(int(kept.sum()))
    checked = check_scores(weights, (0, math.inf), what="weights")
    if not checked.kept[kept].all():
        raise DataError("Some answers have no weight.", hint="Give each answer a weight; 0 leaves it out.")
    w = np.zeros(len(kept))
    w[checked.kept] = checked.answers
    if not w[kept].sum() > 0 or math.isinf(w.sum()):
        raise DataError("The weights of the answers must sum to a positive, finite number.")
    return w[kept]


def _weighted_mean(x: NDArray[np.float64], w: NDArray[np.float64]) -> tuple[float, float]:
    mean = float(w @ x / w.sum())
    n = int((w > 0).sum())
    if n < 2:
        return mean, math.nan
    return mean, float(math.sqrt(((w * (x - mean)) ** 2).sum() * n / (n - 1)) / w.sum())


def _clip(value: float, scale: tuple[float, float]) -> float:
    return value if math.isnan(value) else float(min(max(value, scale[0]), scale[1]))
