"""A score over time: intervals, control limits that widen where answers are few, and runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab._arguments import as_column, checked_arguments, in_order, same_rows
from crmlab.errors import DataError, ParameterError
from crmlab.satisfaction.checks import check_method, check_scores
from crmlab.satisfaction.groups import MEASURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.satisfaction.checks import Scores

    Array = NDArray[np.float64]

__all__ = ["ScoreTrend", "score_trend"]

#: mean moving range of two normal values, in standard deviations
D2 = 2 / math.sqrt(math.pi)


@dataclass(frozen=True, eq=False)
class ScoreTrend:
    """One measure by period, with control limits (csat: fraction, nps: points, ces: points of the scale)."""

    #: period, n, n_missing, value, low, high (interval), centre, lower, upper (control limits), z (distance from the centre in
    #: standard errors), beyond (outside the limits), run (in a run on one side), signal (either)
    table: pd.DataFrame
    centre: float
    #: spread of single answers that the limits rest on
    sigma: float
    #: Laney's factor: spread of the periods over what their n explain; 1 when not adjusted
    sigma_z: float
    measure: str
    limits: str
    sigmas: float
    run_length: int
    #: periods that centre and spread were taken from
    n_baseline: int
    confidence: float
    #: answers without a period
    n_without_period: int

    @property
    def in_control(self) -> bool:
        """Tell whether no period gives a signal."""
        return not self.table["signal"].any()

    def summary(self) -> pd.DataFrame:
        """Return the table of the periods."""
        return self.table.copy()


@checked_arguments
def score_trend(
    scores: Scores,
    period: pd.Series | pd.Index | list[Any],
    *,
    measure: str = "csat",
    limits: str = "within",
    sigmas: float = 3.0,
    run_length: int = 8,
    baseline: int | None = None,
    confidence: float = 0.95,
    **options: Any,
) -> ScoreTrend:
    r"""Return a score by period with its interval, control limits, and what stands out from chance.

    .. math:: \bar\theta \pm k\,\hat\sigma_z\,\frac{\hat\sigma}{\sqrt{n_i}}

    with the score of all periods θ̄, the spread of single answers σ, and n answers in period i: limits are narrow where answers
    are many. For CSAT it is the p-chart: :math:`\hat\sigma = \sqrt{\bar p (1 - \bar p)}`; for the NPS
    :math:`\hat\sigma = 100\sqrt{p + d - (p - d)^2}` of all answers; for the mean (ces) the spread within periods.

    Parameters
    ----------
    scores
        Answers. Missing ones are left out and counted by period.
    period
        The period of each answer, sortable: ``dates.dt.to_period("Q")``, ``"2025-03"``, 1, 2, 3. Rows without one are left out.
    measure
        ``"csat"``, ``"nps"`` or ``"ces"``.
    limits
        ``"within"`` (default): only the sampling of answers within a period, as in the p-chart. ``"laney"``: Laney's p′, in
        which the spread of the periods themselves (mean moving range of z, over 1.128) widens or narrows the limits: for thousands of
        answers a period, where every ripple would be a signal.
    sigmas
        Width of the limits in standard errors, above 0.
    run_length
        So many periods in a row on one side of the centre are a signal (8 by the Western Electric rules, 9 by Nelson's).
    baseline
        Take centre and spread from the first so many periods only, and judge the later ones by them.
    confidence
        Level of each period's own interval, between 0 and 1.
    options
        Go to the measure: scale, top, method.

    Returns
    -------
    ScoreTrend
        Limits are cut at the ends of the score's range.

    Raises
    ------
    DataError
        Answers off the scale, fewer than two periods with answers, lengths that differ.
    ParameterError
        Unknown measure or limits, weights, values out of range.

    Notes
    -----
    Interval and limits answer different questions: where the score of this period lies, and whether the period differs from the
    others by more than chance. With three sigmas one period in about 370 signals by chance; for few answers (n·p below 5) the normal
    limits are rough. Do not reset the centre whenever a signal appears: find the cause first. Laney's factor needs 20 periods
    or so to be steady.

    References
    ----------
    Shewhart 1931, *Economic control of quality of manufactured product*; Laney 2002, doi 10.1081/QEN-120003555; Montgomery 2013,
    *Introduction to statistical quality control*, ch. 7; Nelson 1984, doi 10.1080/00224065.1984.11978921.

    Checked against: Montgomery's orange-juice cans (centre .2313, limits .0524 and .4102, samples 15 and 23 outside),
    simulation (one signal in about 370; Laney's factor).

    Examples
    --------
    >>> answers = [5] * 30 + [2] * 10 + [5] * 28 + [2] * 12 + [5] * 8 + [2] * 32
    >>> trend = score_trend(answers, [1] * 40 + [2] * 40 + [3] * 40)
    >>> trend.table[["period", "value", "beyond"]].to_dict("list")
    {'period': [1, 2, 3], 'value': [0.75, 0.7, 0.2], 'beyond': [False, False, True]}

    """
    check_method("measure", measure, MEASURES)
    check_method("limits", limits, ("within", "laney"))
    if "weights" in options:
        raise ParameterError("score_trend takes no weights.", hint="Score each period by stratified_score.")
    if not 0 < sigmas < math.inf or run_length < 2 or (baseline is not None and baseline < 2):
        raise ParameterError(
            f"sigmas={sigmas} must be above 0, run_length={run_length} and baseline={baseline} 2 or more."
        )
    function, value = MEASURES[measure]
    series, when = as_column(scores, "scores"), as_column(period, "period").reset_index(drop=True)
    same_rows(scores=scores, period=period)
    inside = when.notna().to_numpy()
    series, when = series[inside], when[inside].set_axis(series.index[inside])
    if not series.notna().any():
        raise DataError("No answer has a period.")
    overall = function(series, confidence=confidence, **options)  # refuses bad answers before they are cut
    rows, parts = [], []
    for key in in_order(when.unique()):
        part = series[(when == key).to_numpy()]
        if not part.notna().any():
            continue
        result = function(part, confidence=confidence, **options)
        rows.append(
            {
                "period": key,
                "n": result.n,
                "n_missing": result.n_missing,
                "value": getattr(result, value),
                "low": result.low,
                "high": result.high,
            }
        )
        parts.append(check_scores(part, None).answers)
    n_baseline = len(rows) if baseline is None else min(baseline, len(rows))
    if len(rows) < 2:
        raise DataError("A trend needs two periods with answers, or more.")
    base = np.concatenate(parts[:n_baseline])
    centre = float(getattr(function(base, confidence=confidence, **options), value))
    sigma = _sigma(base, parts[:n_baseline], measure, overall)
    table = pd.DataFrame(rows)
    error = sigma / np.sqrt(table["n"].to_numpy(dtype=float))
    away = table["value"].to_numpy(dtype=float) - centre
    z = np.divide(away, error, out=np.zeros(len(away)), where=error > 0)
    sigma_z = 1.0 if limits == "within" else float(np.abs(np.diff(z[:n_baseline])).mean() / D2)
    low, high = {"csat": (0.0, 1.0), "nps": (-100.0, 100.0)}.get(measure) or overall.scale
    half = sigmas * sigma_z * error
    beyond = np.abs(away) > half * (1 + 1e-12) + 1e-12
    run = _runs(away, run_length)
    table = table.assign(
        centre=centre,
        lower=np.maximum(centre - half, low),
        upper=np.minimum(centre + half, high),
        z=z / sigma_z if sigma_z > 0 else z,
        beyond=beyond,
        run=run,
        signal=beyond | run,
    )
    return ScoreTrend(
        table=table,
        centre=centre,
        sigma=sigma,
        sigma_z=sigma_z,
        measure=measure,
        limits=limits,
        sigmas=float(sigmas),
        run_length=run_length,
        n_baseline=n_baseline,
        confidence=confidence,
        n_without_period=int((~inside).sum()),
    )


def _sigma(base: Array, parts: list[Array], measure: str, overall: Any) -> float:
    if measure == "csat":
        return float((base >= overall.threshold).std())
    if measure == "nps":
        return float(100 * ((base >= 9).astype(float) - (base <= 6)).std())
    free = sum(len(part) - 1 for part in parts)
    if free < 1:
        raise DataError("The mean needs a period with two answers, or more, for its limits.")
    return math.sqrt(sum(float(((part - part.mean()) ** 2).sum()) for part in parts) / free)


def _runs(away: Array, length: int) -> NDArray[np.bool_]:
    """Mark periods in runs of at least this length on one side of the centre; a period on the centre ends a run."""
    side = np.sign(np.where(np.abs(away) < 1e-12, 0.0, away))
    starts = np.flatnonzero(np.r_[True, side[1:] != side[:-1]])
    lengths = np.diff(np.r_[starts, len(side)])
    return np.repeat((lengths >= length) & (side[starts] != 0), lengths)
