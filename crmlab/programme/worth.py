"""What a tier is worth: regression discontinuity at its threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, floats
from crmlab._shares import normal_quantile
from crmlab.clv._rows import _complain, check_columns
from crmlab.errors import DataError, ParameterError
from crmlab.programme._discontinuity import Jump, Side, bandwidths, fit_line, jump, sides
from crmlab.programme.density import DensityTest, density_test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["TierEffect", "tier_effect"]

_MIN_SIDE = 20
#: Multiples of the bandwidth that the effect is estimated with again.
_WIDTHS = (0.5, 0.75, 1.0, 1.5, 2.0)
#: Bandwidths on each side that means and lines are told for.
_SHOWN = 2.0


@dataclass(frozen=True, eq=False)
class TierEffect:
    """The jump of an outcome at the threshold of a tier.

    Attributes
    ----------
    estimate
        The jump, in units of the outcome, by local lines: the tier's effect on customers *at the threshold*.
    corrected, standard_error, low, high, confidence
        The jump less its estimated bias, the robust standard error, and the interval around it. Only this interval
        holds its level; it need not be centred at `estimate`.
    p_value
        Of no effect, from the corrected estimate.
    level_below, relative
        The outcome just below the threshold, and `estimate` over it.
    cutoff, bandwidth, bandwidth_bias
        In units of the running variable.
    n_left, n_right, used_left, used_right
        Customers below and from the cutoff on: all of them, and within the bandwidth.
    distinct_left, distinct_right
        Different values of the running variable within the bandwidth.
    first_stage
        Jump in the share that has the tier: 1 for a sharp design.
    density
        Test of the density at the cutoff, or None where it cannot be made.
    placebo
        The same estimate at cutoffs where nothing happens: ``cutoff``, ``side``, ``estimate``, ``low``, ``high``,
        ``p_value``.
    balance
        Jumps of covariates, which should be none: ``covariate``, and the same columns.
    sensitivity
        The estimate with other bandwidths: ``bandwidth``, ``estimate``, ``low``, ``high``.
    bins
        For a figure: mean outcome by running value within twice the bandwidth: ``side``, ``running``, ``outcome``,
        ``low``, ``high``, ``n``.
    line
        For a figure: the local lines, ``side``, ``running``, ``outcome``.

    """

    estimate: float
    corrected: float
    standard_error: float
    low: float
    high: float
    confidence: float
    p_value: float
    level_below: float
    relative: float
    cutoff: float
    bandwidth: float
    bandwidth_bias: float
    n_left: int
    n_right: int
    used_left: int
    used_right: int
    distinct_left: int
    distinct_right: int
    first_stage: float
    density: DensityTest | None
    placebo: pd.DataFrame
    balance: pd.DataFrame
    sensitivity: pd.DataFrame
    bins: pd.DataFrame
    line: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return one row: the effect, its robust interval, the level below, bandwidth, customers used."""
        names = (
            "estimate", "corrected", "low", "high", "p_value", "level_below", "relative", "cutoff", "bandwidth",
            "used_left", "used_right", "first_stage",
        )  # fmt: skip
        return pd.DataFrame({name: [getattr(self, name)] for name in names})


@checked_arguments
def tier_effect(
    data: pd.DataFrame,
    running: str,
    outcome: str,
    cutoff: float,
    *,
    treatment: str | None = None,
    covariates: Sequence[str] = (),
    bandwidth: float | None = None,
    placebo: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> TierEffect:
    r"""Estimate what reaching a tier does to an outcome, by regression discontinuity at the threshold.

    Parameters
    ----------
    data
        One row a customer, in any order. Missing or infinite numbers are errors.
    running
        Column of what qualifies, such as last year's spend; customers with `cutoff` or more get the tier.
    outcome
        Column of what came after, such as this year's spend.
    cutoff
        Threshold of the tier, in units of `running`.
    treatment
        Column of 0 and 1: who really has the tier, if others than the threshold decide, too (fuzzy design). The
        effect is then that on those whom the threshold decides about.
    covariates
        Columns of what was fixed before (age, earlier spend): they must not jump.
    bandwidth
        How far from the cutoff customers count; default: chosen for the least mean squared error.
    placebo
        Cutoffs where nothing happens; default: the medians of the customers on each side.
    confidence
        Level of the intervals.

    Returns
    -------
    TierEffect

    Raises
    ------
    DataError
        Missing columns; numbers that cannot be read, with their rows; fewer than 20 customers on a side; too few
        different values near the cutoff; a tier that does not become more frequent at its threshold.
    ParameterError
        A bandwidth of 0 or less; confidence outside (0, 1); a placebo cutoff at the cutoff itself.

    Notes
    -----
    Customers with gold spend more than those without: they are other customers. But those who missed the threshold
    by little and those who passed it by little are alike, so a jump of the outcome *at* the threshold is what the tier
    did. With :math:`\mu_\pm` the limits of the expected outcome from above and below,

    .. math:: \tau = \mu_+ - \mu_-, \qquad
              \hat\mu_\pm = \text{local line at } c \text{, weights } \max(0, 1 - |x - c|/h)

    The bandwidth h minimises the asymptotic mean squared error (regularised, one for both sides); a curved outcome
    biases the lines by :math:`h^2` times its curvature, which a local parabola with bandwidth b estimates, and the
    interval takes account of that estimate's own error (Calonico, Cattaneo and Titiunik 2014). Residuals come from the
    three nearest neighbours. Fuzzy: :math:`\tau = \tau_y/\tau_t`, by the delta method.

    Do not use it where customers can push themselves over the threshold at will (look at ``density``), where something
    else happens at the same threshold, where the running variable has few values (whole nights), or where the
    outcome follows from it by arithmetic. It says nothing about customers far from the threshold, nor what *lowering*
    the threshold would do to all. With 20 tiers looked at, one is significant by chance.

    References
    ----------
    Calonico, S., Cattaneo, M. D., & Titiunik, R. (2014). Robust nonparametric confidence intervals for
    regression-discontinuity designs. Econometrica, 82(6), 2295-2326. https://doi.org/10.3982/ECTA11757
    Imbens, G., & Kalyanaraman, K. (2012). Optimal bandwidth choice for the regression discontinuity estimator. Review
    of Economic Studies, 79(3), 933-959. https://doi.org/10.1093/restud/rdr043
    Thistlethwaite, D. L., & Campbell, D. T. (1960). Regression-discontinuity analysis. Journal of Educational
    Psychology, 51(6), 309-317. https://doi.org/10.1037/h0044319

    Checked against: rdrobust 2.1.1 (bandwidths, estimates, errors and intervals to six digits), weighted least squares,
    and simulated programmes with known effects, where the interval holds its level.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(2)
    >>> spend = rng.gamma(4, 1200, 4000)
    >>> later = 1000 + 0.7 * spend + 500 * (spend >= 5000) + rng.normal(0, 400, 4000)
    >>> found = tier_effect(pd.DataFrame({"spend": spend, "later": later}), "spend", "later", 5000)
    >>> found.low < 500 < found.high, found.p_value < 0.01
    (True, True)

    """
    z = normal_quantile(confidence)
    names = list(covariates)
    if bandwidth is not None and not (math.isfinite(bandwidth) and bandwidth > 0):
        raise ParameterError(f"bandwidth is {bandwidth!r}; it must be finite and above 0, or None.")
    if not math.isfinite(cutoff) or (placebo is not None and any(c == cutoff for c in placebo)):
        raise ParameterError(
            "The cutoff must be a finite number, and no placebo cutoff may be the cutoff itself."
        )
    columns = [running, outcome, *([] if treatment is None else [treatment]), *names]
    values = _read(data, columns)
    x = values[running] - cutoff
    y = np.column_stack([values[name] for name in (outcome, treatment) if name is not None])
    left, right = sides(x, y)
    _enough(left, right)
    found, h, b = _estimate(left, right, bandwidth)
    estimate, corrected, error = _ratio(found, treatment)
    return TierEffect(
        estimate=estimate,
        corrected=corrected,
        standard_error=error,
        low=corrected - z * error,
        high=corrected + z * error,
        confidence=confidence,
        p_value=_p(corrected, error),
        level_below=float(found.level[0]),
        relative=estimate / float(found.level[0]) if found.level[0] > 0 else math.nan,
        cutoff=float(cutoff),
        bandwidth=h,
        bandwidth_bias=b,
        n_left=len(left.x),
        n_right=len(right.x),
        used_left=len(left.within(h).x),
        used_right=len(right.within(h).x),
        distinct_left=len(np.unique(left.within(h).x)),
        distinct_right=len(np.unique(right.within(h).x)),
        first_stage=1.0 if treatment is None else float(found.conventional[1]),
        density=_density(values[running], cutoff, confidence),
        placebo=_placebos(left, right, cutoff, placebo, z),
        balance=_balance(x, values, names, z),
        sensitivity=_sensitivity(left, right, (h, b), treatment, z),
        bins=_bins(left, right, cutoff, h, z),
        line=_lines(left, right, cutoff, h),
    )


def _read(data: pd.DataFrame, columns: list[str]) -> dict[str, Floats]:
    check_columns(data, dict.fromkeys(columns), what="customers")
    problems: list[str] = []
    out = {}
    for name in dict.fromkeys(columns):
        value = floats(data[name])
        _complain(problems, data, ~np.isfinite(value), name, "is no finite number")
        out[name] = value
    if problems:
        raise DataError(
            "Some customers cannot be used.",
            problems=problems,
            hint="Leave these rows out, and say how many they were.",
        )
    return out


def _enough(left: Side, right: Side) -> None:
    if min(len(left.x), len(right.x)) < _MIN_SIDE:
        raise DataError(
            f"{len(left.x)} customers lie below the cutoff and {len(right.x)} from it on; {_MIN_SIDE} are needed on "
            "each side.",
            hint="Is the cutoff in the units of the running variable?",
        )


def _estimate(left: Side, right: Side, bandwidth: float | None) -> tuple[Jump, float, float]:
    h, b = bandwidths(left, right) if bandwidth is None else (bandwidth, bandwidth)
    return jump(left, right, h, b), h, b


def _ratio(found: Jump, treatment: str | None) -> tuple[float, float, float]:
    """Return estimate, corrected estimate and robust error; of the ratio to the jump in treatment if fuzzy."""
    gap, corrected = found.conventional, found.corrected
    if treatment is None:
        return (
            float(gap[0]),
            float(corrected[0]),
            math.sqrt(found.robust_variance[0, 0]),
        )
    if not gap[1] > 0:
        raise DataError(
            f"The share with the tier changes by {gap[1]:.3g} at its threshold: it must rise.",
            hint=f"Check the cutoff and the column '{treatment}' (1: has the tier).",
        )
    estimate = float(gap[0] / gap[1])
    slope = np.array([1.0 / gap[1], -gap[0] / gap[1] ** 2])
    return (
        estimate,
        estimate - float(slope @ (gap - corrected)),
        math.sqrt(float(slope @ found.robust_variance @ slope)),
    )


def _p(value: float, error: float) -> float:
    return math.erfc(abs(value) / error / math.sqrt(2)) if error > 0 else math.nan


def _row(found: Jump, z: float, column: int = 0) -> dict[str, float]:
    value, error = float(found.corrected[column]), math.sqrt(found.robust_variance[column, column])
    return {
        "estimate": float(found.conventional[column]),
        "low": value - z * error,
        "high": value + z * error,
        "p_value": _p(value, error),
    }


def _density(running: Floats, cutoff: float, confidence: float) -> DensityTest | None:
    try:
        return density_test(running, cutoff, confidence=confidence)
    except DataError:
        return None


def _placebos(
    left: Side, right: Side, cutoff: float, wanted: Sequence[float] | None, z: float
) -> pd.DataFrame:
    """Estimate jumps where there is none, from customers of one side only, so that the real jump cannot leak in."""
    if wanted is None:
        wanted = [float(np.median(side.x)) + cutoff for side in (left, right)]
    rows = []
    for place in wanted:
        side, name = (left, "below") if place < cutoff else (right, "above")
        parts = sides(side.x - (place - cutoff), side.y[:, :1])
        row: dict[str, float] = dict.fromkeys(("estimate", "low", "high", "p_value"), math.nan)
        try:
            _enough(*parts)
            row = _row(_estimate(*parts, None)[0], z)
        except DataError:
            pass  # too few customers there: the row stays empty
        rows.append({"cutoff": float(place), "side": name, **row})
    return pd.DataFrame(rows, columns=["cutoff", "side", "estimate", "low", "high", "p_value"])


def _balance(x: Floats, values: dict[str, Floats], names: list[str], z: float) -> pd.DataFrame:
    rows = []
    for name in names:
        parts = sides(x, values[name][:, np.newaxis])
        rows.append({"covariate": name, **_row(_estimate(*parts, None)[0], z)})
    return pd.DataFrame(rows, columns=["covariate", "estimate", "low", "high", "p_value"])


def _sensitivity(
    left: Side, right: Side, width: tuple[float, float], treatment: str | None, z: float
) -> pd.DataFrame:
    h, b = width
    rows = []
    for times in _WIDTHS:
        row = {"bandwidth": h * times, "times": times}
        try:
            _enough(left.within(h * times), right.within(h * times))
            estimate, corrected, error = _ratio(jump(left, right, h * times, b * times), treatment)
            row |= {"estimate": estimate, "low": corrected - z * error, "high": corrected + z * error}
        except DataError:
            row |= dict.fromkeys(("estimate", "low", "high"), math.nan)
        rows.append(row)
    return pd.DataFrame(rows)


def _bins(left: Side, right: Side, cutoff: float, h: float, z: float) -> pd.DataFrame:
    """Return means of bins of equal numbers of customers, within twice the bandwidth."""
    frames = []
    for name, side in (("below", left), ("above", right)):
        near = side.within(_SHOWN * h)
        n = min(20, max(4, len(near.x) // 20))
        parts = np.array_split(np.arange(len(near.x)), n)
        rows = []
        for part in parts:
            if not len(part):
                continue
            y = near.y[part, 0]
            half = z * float(np.std(y, ddof=1)) / math.sqrt(len(part)) if len(part) > 1 else math.nan
            rows.append(
                (
                    name,
                    float(near.x[part].mean()) + cutoff,
                    y.mean(),
                    y.mean() - half,
                    y.mean() + half,
                    len(part),
                )
            )
        frames.append(pd.DataFrame(rows, columns=["side", "running", "outcome", "low", "high", "n"]))
    return pd.concat(frames, ignore_index=True)


def _lines(left: Side, right: Side, cutoff: float, h: float) -> pd.DataFrame:
    frames = []
    for name, side, sign in (("below", left, -1.0), ("above", right, 1.0)):
        reach = min(h, float(np.abs(side.x).max()))
        at = np.sort(sign * np.linspace(0, reach, 25))
        frames.append(pd.DataFrame({"side": name, "running": at + cutoff, "outcome": fit_line(side, h, at)}))
    return pd.concat(frames, ignore_index=True)
