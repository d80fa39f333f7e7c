"""Two scores: how far apart they are, and how likely chance alone makes such a difference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import ParameterError
from crmlab.satisfaction.checks import check_confidence, check_method, check_pairs, check_scores
from crmlab.satisfaction.groups import MEASURES
from crmlab.satisfaction.intervals import t_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.satisfaction.checks import Scores

    Array = NDArray[np.float64]

__all__ = ["ScoreDifference", "rise_by_chance", "score_difference"]

#: by measure: what a single answer counts, as a multiple of the score's unit
UNITS = {"csat": 1.0, "nps": 100.0, "ces": 1.0}


@dataclass(frozen=True, eq=False)
class ScoreDifference:
    """After less before, in the measure's unit (csat: fraction, nps: points, ces: points of the scale)."""

    difference: float
    low: float
    high: float
    before: float
    before_low: float
    before_high: float
    after: float
    after_low: float
    after_high: float
    n_before: int
    n_after: int
    n_missing: int
    #: of what single answers count, within pairs; NaN when not paired
    correlation: float
    #: size of the change that chance is asked about
    rise: float
    #: probability of a rise of at least this size when nothing has changed
    chance_of_rise: float
    #: probability of a change of at least this size in either direction when nothing has changed
    chance_of_change: float
    paired: bool
    measure: str
    #: "mover" or "t"
    method: str
    confidence: float

    def summary(self) -> pd.DataFrame:
        """Return one row of every value."""
        return pd.DataFrame([{name: getattr(self, name) for name in self.__dataclass_fields__}])


@checked_arguments
def score_difference(
    before: Scores,
    after: Scores,
    *,
    measure: str = "csat",
    paired: bool = False,
    rise: float | None = None,
    confidence: float = 0.95,
    **options: Any,
) -> ScoreDifference:
    r"""Return the difference of two scores, its interval, and how likely chance alone makes one as large.

    The interval is built from those of the two scores (MOVER; for two shares it is Newcombe's hybrid): with estimates
    :math:`\hat\theta_i` and limits :math:`l_i, u_i`,

    .. math:: L = \hat\theta_2 - \hat\theta_1 - \sqrt{(\hat\theta_2 - l_2)^2
              - 2\hat\rho(\hat\theta_2 - l_2)(u_1 - \hat\theta_1) + (u_1 - \hat\theta_1)^2}

    and likewise for U; ρ is 0 for independent samples, the correlation within pairs otherwise (for shares φ, without
    Newcombe's continuity correction). So it keeps what is good about the
    single intervals: Wilson's for CSAT, the adjusted Wald for the NPS, Student's t for the mean.

    Parameters
    ----------
    before, after
        Answers of the two samples: different respondents, or, `paired`, the same ones in the same rows. Missing answers
        (pairs with a missing half) are left out and counted.
    measure
        ``"csat"``, ``"nps"`` or ``"ces"``.
    paired
        Are these the same respondents? Paired means (ces) take the t interval of their differences, which is exact under
        normality.
    rise
        Size of the change that chance is asked about, in the measure's unit; by default that observed, without its sign.
    confidence
        Level of the intervals, between 0 and 1.
    options
        Go to the measure: scale, top, method.

    Returns
    -------
    ScoreDifference
        ``chance_of_rise`` is exact for whole-numbered answers: independent samples are drawn anew from all answers
        together; in pairs, each respondent's before and after are exchanged at random (for CSAT: McNemar's exact test,
        one-sided).

    Raises
    ------
    DataError
        Answers that are no numbers or off the scale, no answers, pairs that do not belong together.
    ParameterError
        Unknown measure, weights (use `stratified_score`), confidence outside (0, 1), a `rise` that is not positive.

    Notes
    -----
    Overlapping intervals of two scores do not mean that the difference is chance: look at the interval of the difference. A chance
    of .03 is the probability of such a rise **if** nothing changed, not the probability that nothing changed. With many
    comparisons some rises come by chance. Samples of different kinds of respondents differ for that reason alone.

    References
    ----------
    Newcombe 1998, doi 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I and (pairs)
    10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C; Zou & Donner 2008, doi 10.1002/sim.3095.

    Checked against: Newcombe 1998, table II (56/70 against 48/80: .0524 to .3339); scipy's paired t interval; statsmodels'
    exact McNemar test; simulation (coverage, chance).

    Examples
    --------
    >>> result = score_difference([5] * 48 + [2] * 32, [5] * 56 + [2] * 14)
    >>> round(result.difference, 4), round(result.low, 4), round(result.high, 4)
    (0.2, 0.0524, 0.3339)
    >>> round(result.chance_of_rise, 4)
    0.004

    """
    check_confidence(confidence)
    check_method("measure", measure, MEASURES)
    if "weights" in options:
        raise ParameterError(
            "score_difference takes no weights.", hint="stratified_score weights groups of respondents."
        )
    function, value = MEASURES[measure]
    ends = [function(scores, confidence=confidence, **options) for scores in (before, after)]
    missing = ends[0].n_missing + ends[1].n_missing
    correlation = 0.0
    if paired:
        scale = (0, 10) if measure == "nps" else ends[0].scale
        y, x = check_pairs(after, before, ("after", "before"), scale)
        missing = x.n_missing
        ends = [function(part, confidence=confidence, **options) for part in (x.answers, y.answers)]
    counts = [_counts(part, measure, end) for part, end in zip((before, after), ends, strict=True)]
    if paired:
        counts = [_counts(part.answers, measure, end) for part, end in zip((x, y), ends, strict=True)]
        correlation = _correlation(*counts)
    one, two = ends
    v1, v2 = getattr(one, value), getattr(two, value)
    difference = v2 - v1
    method = "t" if paired and measure == "ces" else "mover"
    if method == "t":
        change = counts[1] - counts[0]
        se = float(change.std(ddof=1)) / math.sqrt(len(change)) if len(change) > 1 else math.nan
        low, high = t_interval(difference, se, len(change) - 1, confidence)
    else:
        low = difference - _mover(v2 - two.low, one.high - v1, correlation)
        high = difference + _mover(two.high - v2, v1 - one.low, correlation)
    size = abs(difference) if rise is None else float(rise)
    if size < 0 or (rise is not None and not 0 < size < math.inf):
        raise ParameterError(f"rise={rise} must be a size above 0, in the unit of the score.")
    unit = UNITS[measure]
    if paired:
        chances = _chance_paired(counts[1] - counts[0], size / unit)
    else:
        chances = _chance_independent(np.concatenate(counts), size / unit, len(counts[0]), len(counts[1]))
    return ScoreDifference(
        difference=difference,
        low=low,
        high=high,
        before=v1,
        before_low=one.low,
        before_high=one.high,
        after=v2,
        after_low=two.low,
        after_high=two.high,
        n_before=one.n,
        n_after=two.n,
        n_missing=missing,
        correlation=correlation if paired else math.nan,
        rise=size,
        chance_of_rise=chances[0],
        chance_of_change=chances[1],
        paired=paired,
        measure=measure,
        method=method,
        confidence=confidence,
    )


@checked_arguments
def rise_by_chance(
    scores: Scores, rise: float, *, n_before: int, n_after: int, measure: str = "csat", **options: Any
) -> float:
    """Return the probability that the score rises by at least `rise` when two samples are drawn from the same customers.

    Parameters
    ----------
    scores
        Answers that say how customers answer (all quarters together, say). Missing ones are left out.
    rise
        Size of the rise, above 0, in the measure's unit (csat: fraction, nps: points, ces: points of the scale).
    n_before, n_after
        Answers of the two samples, 1 or more.
    measure, options
        As in `score_difference`.

    Returns
    -------
    float
        A probability, 0 to 1.

    Raises
    ------
    DataError
        Answers that are no numbers or off the scale, no answers.
    ParameterError
        Unknown measure, a rise of 0 or less, samples without answers.

    Notes
    -----
    Exact for whole-numbered answers (the distribution of the difference is convolved, not simulated); else normal. It takes
    the customers as endlessly many.

    References
    ----------
    Newcombe 1998, doi 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I (differences of shares).

    Checked against: simulation; statsmodels' exact McNemar test (pairs).

    Examples
    --------
    A store with 20 and 35 answers rises by ten points of NPS in a third of all quarters in which nothing happens:

    >>> round(rise_by_chance([10] * 40 + [8] * 40 + [3] * 20, 10, n_before=20, n_after=35, measure="nps"), 2)
    0.32

    """
    check_method("measure", measure, MEASURES)
    if not 0 < rise < math.inf:
        raise ParameterError(f"rise={rise} must be a size above 0, in the unit of the score.")
    if n_before < 1 or n_after < 1:
        raise ParameterError(f"n_before={n_before} and n_after={n_after} must be 1 or more.")
    counts = _counts(scores, measure, MEASURES[measure][0](scores, **options))
    return _chance_independent(counts, rise / UNITS[measure], n_before, n_after)[0]


def _counts(scores: Scores, measure: str, result: Any) -> Array:
    """Return what each answer counts: 1 or 0, promoter less detractor, or itself."""
    x = check_scores(scores, None).answers
    if measure == "csat":
        return np.where(x >= result.threshold, 1.0, 0.0)
    if measure == "nps":
        return (x >= 9).astype(float) - (x <= 6)
    return x


def _mover(a: float, b: float, correlation: float) -> float:
    return math.sqrt(max(0.0, a * a - 2 * correlation * a * b + b * b))


def _correlation(x: Array, y: Array) -> float:
    sx, sy = x.std(), y.std()
    return float(((x - x.mean()) * (y - y.mean())).mean() / (sx * sy)) if sx > 0 and sy > 0 else 0.0


def _chance_independent(counts: Array, rise: float, n_before: int, n_after: int) -> tuple[float, float]:
    points, times = np.unique(counts, return_counts=True)
    whole = points - points[0]
    if rise == 0:
        return _no_rise()
    if (whole % 1 != 0).any() or whole[-1] * (n_before + n_after) > 2_000_000:
        return _normal(rise, float(counts.var()) * (1 / n_before + 1 / n_after))
    single = np.zeros(int(whole[-1]) + 1)
    single[whole.astype(int)] = times / len(counts)
    first, second = _sum_of(single, n_before), _sum_of(single, n_after)
    # P(S₂/n₂ − S₁/n₁ ≥ rise): for each S₁ the least S₂ that does it
    return (
        _exceed(first, second, rise, n_before, n_after),
        _exceed(first, second, rise, n_before, n_after) + _exceed(second, first, rise, n_after, n_before),
    )


def _exceed(first: Array, second: Array, rise: float, n1: int, n2: int) -> float:
    tail = np.append(np.cumsum(second[::-1])[::-1], 0.0)
    least = np.ceil(n2 * (np.arange(len(first)) / n1 + rise) - 1e-9 * n2).astype(int)
    return float(min(1.0, max(0.0, first @ tail[np.clip(least, 0, len(second))])))


def _sum_of(single: Array, n: int) -> Array:
    """Return the distribution of the sum of n answers."""
    size = (len(single) - 1) * n + 1
    out = np.fft.irfft(np.fft.rfft(single, size + size % 2) ** n, size + size % 2)[:size]
    out = np.clip(out, 0.0, None)
    return np.asarray(out / out.sum(), dtype=float)


def _chance_paired(change: Array, rise: float) -> tuple[float, float]:
    sizes = np.abs(change)
    n = len(sizes)
    if rise == 0:
        return _no_rise()
    if (sizes % 1 != 0).any() or sizes.sum() > 1_000_000:
        return _normal(rise, float((sizes**2).sum()) / n**2)
    # each change keeps or loses its sign: 2·(sum of the positive ones) − total
    reach = int(sizes.sum())
    size = reach + 1 + (reach + 1) % 2
    frequency = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    transform = np.ones(len(frequency), dtype=complex)
    for step, times in zip(*np.unique(sizes[sizes > 0], return_counts=True), strict=True):
        transform *= ((1 + frequency**step) / 2) ** times
    mass = np.clip(np.fft.irfft(transform, size)[: reach + 1], 0.0, None)
    sums = 2 * np.arange(reach + 1) - reach
    up = float((mass / mass.sum())[sums >= n * rise - 1e-9 * n].sum())
    return min(1.0, up), min(1.0, 2 * up)


def _normal(rise: float, variance: float) -> tuple[float, float]:
    from scipy.special import ndtr

    if variance <= 0:
        return 0.0, 0.0
    up = float(ndtr(-rise / math.sqrt(variance)))
    return up, 2 * up


def _no_rise() -> tuple[float, float]:
    """Return the chances of a change of at least 0: no change was seen, so nothing is to be explained."""
    return math.nan, 1.0
