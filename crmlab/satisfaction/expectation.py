"""Perceived against expected: the ratio C = b/a, and disconfirmation as a difference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import DataError, ParameterError
from crmlab.satisfaction.checks import check_confidence, check_method, check_pairs
from crmlab.satisfaction.intervals import share_interval, t_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.satisfaction.checks import Scores

    Array = NDArray[np.float64]

__all__ = ["LEVELS", "Disconfirmation", "SatisfactionRatio", "disconfirmation", "satisfaction_ratio"]

LEVELS = ("below", "met", "above")


@dataclass(frozen=True, eq=False)
class SatisfactionRatio:
    """C = b/a: perceived over expected; 1 means that expectation is met."""

    #: ratio of the means, with its interval
    ratio: float
    low: float
    high: float
    #: mean of the respondents' own ratios
    mean_ratio: float
    mean_perceived: float
    mean_expected: float
    n: int
    n_missing: int
    tolerance: float
    method: str
    confidence: float
    #: level (below, met, above), n, share, low, high
    levels: pd.DataFrame
    #: perceived, expected, ratio, level; rows labelled as in the data
    respondents: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return one row: ratio, low, high, mean_ratio, the means, n, n_missing, tolerance, method, confidence."""
        return _row(self)


@checked_arguments
def satisfaction_ratio(
    perceived: Scores,
    expected: Scores,
    *,
    tolerance: float = 0.05,
    method: str = "fieller",
    confidence: float = 0.95,
) -> SatisfactionRatio:
    r"""Return satisfaction as perceived over expected, C = b/a, per respondent and overall.

    Overall it is the ratio of the means, :math:`\bar b / \bar a` (not the mean of ratios, which low expectations
    dominate).

    Parameters
    ----------
    perceived, expected
        What each respondent perceived (b, not negative) and expected (a, positive), on one scale. Pairs with a missing half are
        left out and counted.
    tolerance
        Expectation counts as met while C lies within 1 ± tolerance.
    method
        Interval of the ratio of means: ``"fieller"`` (exact for paired normal means; without limits, −∞ to ∞, when the mean
        expectation itself cannot be told from 0) or ``"delta"``.
    confidence
        Level of the intervals, between 0 and 1.

    Returns
    -------
    SatisfactionRatio
        C overall with its interval, each respondent's C, and how many are below, met or above.

    Raises
    ------
    DataError
        Expectations of 0 or less, negative perceptions (names the first five rows), columns that do not belong together,
        no pairs.
    ParameterError
        Unknown method, negative tolerance, confidence outside (0, 1).

    Notes
    -----
    A ratio needs a scale with a true zero; on 1–5 answers it is a convention, and `disconfirmation` the safer reading.
    Expectations asked after the purchase are coloured by it.

    References
    ----------
    Oliver 1980, doi 10.1177/002224378001700405; Fieller 1954, doi 10.1111/j.2517-6161.1954.tb00159.x.

    Checked against: the definition of Fieller's set (the t statistic at both ends), and simulation.

    Examples
    --------
    >>> result = satisfaction_ratio([4, 5, 3, 4], [4, 4, 4, 5])
    >>> round(result.ratio, 4), list(result.respondents["level"])
    (0.9412, ['met', 'above', 'below', 'below'])

    """
    _check_options(tolerance, confidence)
    check_method("method", method, ("fieller", "delta"))
    b, a = check_pairs(perceived, expected, ("perceived", "expected"), None)
    _refuse(
        a.answers <= 0,
        a.answers,
        a.index,
        "Expected values must be above 0; a ratio to them has no meaning otherwise.",
    )
    _refuse(b.answers < 0, b.answers, b.index, "Perceived values must not be negative.")
    ratios = b.answers / a.answers
    level = _levels(ratios, 1 - tolerance, 1 + tolerance)
    low, high = _ratio_interval(b.answers, a.answers, method, confidence)
    return SatisfactionRatio(
        float(b.answers.mean() / a.answers.mean()),
        low,
        high,
        float(ratios.mean()),
        float(b.answers.mean()),
        float(a.answers.mean()),
        b.n,
        b.n_missing,
        tolerance,
        method,
        confidence,
        _level_table(level, confidence),
        pd.DataFrame(
            {"perceived": b.answers, "expected": a.answers, "ratio": ratios, "level": level}, index=b.index
        ),
    )


@dataclass(frozen=True, eq=False)
class Disconfirmation:
    """Perceived less expected, in points of the scale."""

    mean: float
    se: float
    low: float
    high: float
    #: mean difference over the differences' standard deviation
    effect_size: float
    n: int
    n_missing: int
    tolerance: float
    confidence: float
    #: level (below, met, above), n, share, low, high
    levels: pd.DataFrame
    #: perceived, expected, difference, level; rows labelled as in the data
    respondents: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return one row: mean, se, low, high, effect_size, n, n_missing, tolerance, confidence."""
        return _row(self)


@checked_arguments
def disconfirmation(
    perceived: Scores,
    expected: Scores,
    *,
    tolerance: float = 0.5,
    scale: tuple[float, float] | None = None,
    confidence: float = 0.95,
) -> Disconfirmation:
    """Return how far perception lies from expectation, and how many were disappointed, met, or surprised.

    Parameters
    ----------
    perceived, expected
        Answers of the same respondents on one scale. Pairs with a missing half are left out and counted.
    tolerance
        Expectation counts as met while the difference is no larger, in points of the scale.
    scale
        Least and greatest answer, when answers should be checked against them.
    confidence
        Level of the intervals (paired t for the mean, Wilson for shares), between 0 and 1.

    Returns
    -------
    Disconfirmation
        Mean difference with its interval, effect size, and the levels: below, met, above.

    Raises
    ------
    DataError
        Answers that are no numbers or off the scale, columns that do not belong together, no pairs.
    ParameterError
        Negative tolerance, confidence outside (0, 1).

    References
    ----------
    Oliver 1980, doi 10.1177/002224378001700405.

    Checked against: pingouin.ttest (paired).

    Examples
    --------
    >>> result = disconfirmation([4, 5, 3, 4], [4, 4, 4, 5])
    >>> result.mean, list(result.levels["n"])
    (-0.25, [2, 1, 1])

    """
    _check_options(tolerance, confidence)
    b, a = check_pairs(perceived, expected, ("perceived", "expected"), scale)
    difference = b.answers - a.answers
    sd = float(difference.std(ddof=1)) if b.n > 1 else math.nan
    mean, se = float(difference.mean()), sd / math.sqrt(b.n)
    low, high = t_interval(mean, se, b.n - 1, confidence)
    level = _levels(difference, -tolerance, tolerance)
    return Disconfirmation(
        mean,
        se,
        low,
        high,
        mean / sd if sd > 0 else math.nan,
        b.n,
        b.n_missing,
        tolerance,
        confidence,
        _level_table(level, confidence),
        pd.DataFrame(
            {"perceived": b.answers, "expected": a.answers, "difference": difference, "level": level},
            index=b.index,
        ),
    )


def _ratio_interval(b: Array, a: Array, method: str, confidence: float) -> tuple[float, float]:
    n = len(a)
    if n < 2:
        return math.nan, math.nan
    from scipy.special import stdtrit

    t2 = float(stdtrit(n - 1, (1 + confidence) / 2)) ** 2
    v_b, v_ab, v_a = (np.cov(b, a) / n)[[0, 0, 1], [0, 1, 1]]
    m_b, m_a = b.mean(), a.mean()
    if method == "delta":
        ratio = m_b / m_a
        half = math.sqrt(max(0.0, t2 * (v_b - 2 * ratio * v_ab + ratio**2 * v_a))) / m_a
        return float(ratio - half), float(ratio + half)
    lead = m_a**2 - t2 * v_a
    if lead <= 0:
        return -math.inf, math.inf
    middle = m_a * m_b - t2 * v_ab
    root = math.sqrt(max(0.0, middle**2 - lead * (m_b**2 - t2 * v_b)))
    return float((middle - root) / lead), float((middle + root) / lead)


def _levels(values: Array, low: float, high: float) -> NDArray[np.str_]:
    slack = 1e-12  # 1.05 / 1 is met at a tolerance of .05, whatever the last binary digit says
    return np.where(values < low - slack, LEVELS[0], np.where(values > high + slack, LEVELS[2], LEVELS[1]))


def _level_table(level: NDArray[np.str_], confidence: float) -> pd.DataFrame:
    rows = []
    for name in LEVELS:
        count = int((level == name).sum())
        low, high = share_interval(count / len(level), len(level), confidence=confidence)
        rows.append({"level": name, "n": count, "share": count / len(level), "low": low, "high": high})
    return pd.DataFrame(rows)


def _check_options(tolerance: float, confidence: float) -> None:
    check_confidence(confidence)
    if not tolerance >= 0:
        raise ParameterError(f"tolerance={tolerance} must not be negative.")


def _refuse(bad: NDArray[np.bool_], values: Array, index: pd.Index, message: str) -> None:
    if bad.any():
        first = np.flatnonzero(bad)[:5]
        raise DataError(
            message,
            problems=[f"row {index[k]}: {values[k]:g}" for k in first],
            hint=f"{int(bad.sum())} rows in all; correct them, or leave them empty.",
        )


def _row(result: SatisfactionRatio | Disconfirmation) -> pd.DataFrame:
    row = {name: getattr(result, name) for name in result.__dataclass_fields__}
    return pd.DataFrame([{k: v for k, v in row.items() if not isinstance(v, pd.DataFrame)}])
