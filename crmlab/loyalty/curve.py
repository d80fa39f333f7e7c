"""The satisfaction–loyalty curve: how loyalty rises with satisfaction, under weak and strong competition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import as_column, checked_arguments, floats, same_rows
from crmlab._shares import normal_quantile, wilson
from crmlab.errors import DataError, ParameterError, did_you_mean
from crmlab.loyalty._curve_tests import cochran_armitage, fit_logistic, lift_row, spearman

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Vector = pd.Series | Sequence[object] | NDArray[np.generic]

__all__ = ["SatisfactionLoyaltyCurve", "satisfaction_loyalty_curve"]

#: More levels than this are a continuous scale, and want bins.
_MAX_LEVELS = 21


@dataclass(frozen=True, eq=False)
class SatisfactionLoyaltyCurve:
    """Loyalty at each level of satisfaction, and what can be said of the curve.

    Attributes
    ----------
    points
        One row a group and level: ``group``, ``level`` (the satisfaction, or the bin's middle), ``customers``,
        ``loyal``, ``share``, ``low``, ``high`` (Wilson), ``enough`` (at least `min_group` customers).
    trend
        One row a group: ``customers``, ``spearman``, ``p_spearman``, ``z_cochran_armitage``, ``p_cochran_armitage``
        (both tests two-sided; missing where satisfaction or loyalty does not vary).
    fit
        One row a group: logistic curve ``intercept``, ``slope``, ``slope_low``, ``slope_high``, ``odds_ratio`` (for one
        step of satisfaction), ``status`` (``"fitted"``, ``"one_level"``, ``"all_loyal"``, ``"none_loyal"``,
        ``"separated"``).
    zones
        One row a group: ``defection_below`` and ``affection_from``, the satisfactions at which the fitted curve
        crosses `zone_cuts` (missing where it does not cross within the observed scale, or does not rise),
        and the share of customers in each zone.
    lift
        One row a group: loyalty at `satisfied` and at `completely_satisfied`, ``difference`` with Newcombe's interval
        (``difference_low``, ``difference_high``), ``ratio`` with its interval on the log scale (``ratio_low``,
        ``ratio_high``), ``fitted_difference``.
    zone_cuts
        Shares of loyalty that part defection, indifference and affection.
    left_out
        Customers with a missing satisfaction, loyalty or group.
    confidence
        Level of all intervals.

    """

    points: pd.DataFrame
    trend: pd.DataFrame
    fit: pd.DataFrame
    zones: pd.DataFrame
    lift: pd.DataFrame
    zone_cuts: tuple[float, float]
    left_out: int
    confidence: float
    _covariances: dict[object, Floats]

    def summary(self) -> pd.DataFrame:
        """Return the points."""
        return self.points.copy()

    def curve(self, satisfaction: Sequence[float] | Floats | None = None) -> pd.DataFrame:
        """Return the fitted curve: ``group``, ``satisfaction``, ``share``, ``low``, ``high``.

        Without `satisfaction`: 101 places between the lowest and the highest level. Groups without a fit are absent.
        """
        if satisfaction is None:
            x = np.linspace(self.points["level"].min(), self.points["level"].max(), 101)
        else:
            x = np.asarray(satisfaction, dtype=np.float64)
        z = normal_quantile(self.confidence)
        design = np.column_stack([np.ones(len(x)), x])
        parts = []
        for row in self.fit[self.fit["status"] == "fitted"].to_dict("records"):
            eta = row["intercept"] + row["slope"] * x
            half = z * np.sqrt(np.einsum("ij,jk,ik->i", design, self._covariances[row["group"]], design))
            parts.append(
                pd.DataFrame(
                    {
                        "group": row["group"],
                        "satisfaction": x,
                        "share": _expit(eta),
                        "low": _expit(eta - half),
                        "high": _expit(eta + half),
                    }
                )
            )
        if not parts:
            return pd.DataFrame(columns=["group", "satisfaction", "share", "low", "high"])
        return pd.concat(parts, ignore_index=True)


@checked_arguments
def satisfaction_loyalty_curve(
    satisfaction: Vector,
    loyalty: Vector,
    *,
    group: Vector | None = None,
    min_group: int = 5,
    bins: int | Sequence[float] | None = None,
    satisfied: float | None = None,
    completely_satisfied: float | None = None,
    zone_cuts: tuple[float, float] = (0.4, 0.8),
    confidence: float = 0.95,
) -> SatisfactionLoyaltyCurve:
    r"""Return loyalty at each level of satisfaction, by strength of competition if given.

    Parameters
    ----------
    satisfaction
        Satisfaction of each customer, on any rising scale (1–5, 1–10, 0–100).
    loyalty
        True or 1 if loyal (bought again, stayed), False or 0 if not. Measure it *after* satisfaction.
    group
        Competition (or any group) of each customer; one curve a group. None: one group ``"all"``.
    min_group
        Levels with fewer customers are flagged (``enough`` is False); they still count in the tests and the fit.
    bins
        None: each value is a level. A number of bins of equal width, or their edges: for continuous scales.
    satisfied, completely_satisfied
        Levels compared in `lift`; default: the second highest and the highest of all levels.
    zone_cuts
        Loyalty below the first: zone of defection; from the second on: zone of affection; between: indifference.
    confidence
        Level of the intervals.

    Returns
    -------
    SatisfactionLoyaltyCurve

    Raises
    ------
    DataError
        Lengths differ; satisfaction not numeric; loyalty neither 0 nor 1; more than 21 levels and no bins; one level
        only; nobody left.
    ParameterError
        Cuts, bins or levels that make no sense.

    Notes
    -----
    Rows with a missing value are left out and counted. All sequences are matched by position; Series by index.

    *Trend.* Spearman's rank correlation, and the Cochran–Armitage test for a trend of shares with levels
    :math:`x_i`, customers :math:`n_i`, loyal :math:`k_i`, :math:`\bar p = \sum k_i/N`:

    .. math:: z = \frac{\sum_i x_i (k_i - n_i \bar p)}
                       {\sqrt{\bar p (1-\bar p) \left(\sum_i n_i x_i^2 - (\sum_i n_i x_i)^2/N\right)}}

    *Curve.* Logistic regression of loyalty on the level, :math:`\log\frac{p}{1-p} = \beta_0 + \beta_1 x`, by maximum
    likelihood on the counts of the levels.

    *Zones.* A boundary is :math:`(\log\frac{c}{1-c} - \beta_0)/\beta_1` for a cut c of `zone_cuts`. The zones are those
    of Heskett et al. and of Jones and Sasser; these authors draw them and publish no thresholds, so the defaults 0.4
    and 0.8 are a convention of this package.

    Jones and Sasser found that under strong competition loyalty stays low until customers are completely satisfied,
    while under weak competition (monopoly, switching costs, loyalty programmes) it is high early: compare the groups'
    `lift` and the slopes.

    Do not use it to say that satisfaction *causes* loyalty where both are asked in one questionnaire: the halo of one
    answer over the next draws its own curve.

    References
    ----------
    Jones, T. O., & Sasser, W. E. (1995). Why satisfied customers defect. Harvard Business Review, 73(6), 88-99.
    Heskett, J. L., et al. (1994). Putting the service-profit chain to work. Harvard Business Review, 72(2), 164-174.
    Armitage, P. (1955). Tests for linear trends in proportions and frequencies. Biometrics, 11(3), 375-386.
    https://doi.org/10.2307/3001775

    Checked against: ``scipy.stats.spearmanr``; Cochran–Armitage as N times the squared Pearson correlation, and Agresti's
    table of alcohol and malformation (Categorical Data Analysis, 2nd ed., section 3.4.5); the logistic fit
    by statsmodels' Logit on single rows, and its zones by putting them back into the curve.

    Examples
    --------
    >>> level = [1] * 10 + [3] * 10 + [5] * 10
    >>> loyal = [1] * 1 + [0] * 9 + [1] * 4 + [0] * 6 + [1] * 9 + [0] * 1
    >>> c = satisfaction_loyalty_curve(level, loyal)
    >>> c.points[["level", "customers", "loyal", "share"]]
       level  customers  loyal  share
    0    1.0         10      1    0.1
    1    3.0         10      4    0.4
    2    5.0         10      9    0.9
    >>> bool(c.trend["p_cochran_armitage"].iloc[0] < 0.001)
    True

    """
    low_cut, high_cut = zone_cuts
    if not 0 < low_cut < high_cut < 1:
        raise ParameterError(f"zone_cuts are {zone_cuts!r}; they must be two rising shares between 0 and 1.")
    if min_group < 1:
        raise ParameterError(f"min_group is {min_group!r}; it must be 1 or more.")
    z = normal_quantile(confidence)
    x, y, g, left_out = _read(satisfaction, loyalty, group)
    levels, at = _levels(x, bins)
    if len(levels) < 2:
        raise DataError(
            "All customers are equally satisfied: a curve needs at least two levels of satisfaction."
        )
    lower = _level(levels, satisfied, -2, "satisfied")
    upper = _level(levels, completely_satisfied, -1, "completely_satisfied")
    if levels[lower] >= levels[upper]:
        raise ParameterError(
            f"satisfied ({levels[lower]:g}) must lie below completely_satisfied ({levels[upper]:g})."
        )

    names, g_code = (
        np.unique(g.astype(str), return_inverse=True) if g is not None else (np.array(["all"]), None)
    )
    points, trend, fits, zones, lifts = [], [], [], [], []
    covariances: dict[object, Floats] = {}
    for i, name in enumerate(names.tolist()):
        mine = slice(None) if g_code is None else g_code == i
        n = np.bincount(at[mine], minlength=len(levels)).astype(np.float64)
        k = np.bincount(at[mine], weights=y[mine], minlength=len(levels)).astype(np.float64)
        low, high = wilson(k, n, confidence)
        there = n > 0
        points.append(
            pd.DataFrame(
                {
                    "group": name,
                    "level": levels[there],
                    "customers": n[there].astype(np.int64),
                    "loyal": k[there].astype(np.int64),
                    "share": k[there] / n[there],
                    "low": low[there],
                    "high": high[there],
                    "enough": n[there] >= min_group,
                }
            )
        )
        rho, p_rho = spearman(x[mine], y[mine])
        z_ca, p_ca = cochran_armitage(levels, n, k)
        trend.append(
            {
                "group": name,
                "customers": int(n.sum()),
                "spearman": rho,
                "p_spearman": p_rho,
                "z_cochran_armitage": z_ca,
                "p_cochran_armitage": p_ca,
            }
        )
        status, beta, cov = fit_logistic(levels[there], n[there], k[there])
        if cov is not None:
            covariances[name] = cov
        half = z * float(np.sqrt(cov[1, 1])) if cov is not None else np.nan
        with np.errstate(over="ignore"):  # a unit may be as small as one likes
            odds_ratio = float(np.exp(beta[1]))
        fits.append(
            {
                "group": name,
                "intercept": beta[0],
                "slope": beta[1],
                "slope_low": beta[1] - half,
                "slope_high": beta[1] + half,
                "odds_ratio": odds_ratio,
                "status": status,
            }
        )
        zones.append({"group": name, **_zones(levels[there], n[there], beta, zone_cuts)})
        lifts.append(
            {"group": name, **lift_row(levels, n, k, beta, pair=(lower, upper), confidence=confidence)}
        )
    return SatisfactionLoyaltyCurve(
        points=pd.concat(points, ignore_index=True),
        trend=pd.DataFrame(trend),
        fit=pd.DataFrame(fits),
        zones=pd.DataFrame(zones),
        lift=pd.DataFrame(lifts),
        zone_cuts=(low_cut, high_cut),
        left_out=left_out,
        confidence=confidence,
        _covariances=covariances,
    )


def _read(
    satisfaction: Vector, loyalty: Vector, group: Vector | None
) -> tuple[Floats, Floats, NDArray[np.object_] | None, int]:
    given = {"satisfaction": satisfaction, "loyalty": loyalty, **({} if group is None else {"group": group})}
    columns = {name: as_column(values, name) for name, values in given.items()}
    same_rows(**given)
    frame = pd.DataFrame({name: column.reset_index(drop=True) for name, column in columns.items()})
    problems = []
    numeric = {}
    for name in ("satisfaction", "loyalty"):
        value = pd.Series(floats(frame[name]), index=frame.index)
        bad = (value.isna() & frame[name].notna()) | np.isinf(value)
        if name == "loyalty":
            bad |= value.notna() & ~value.isin([0.0, 1.0])
        if bad.any():
            shown = "; ".join(f"{label!r}: {cell!r}" for label, cell in frame.loc[bad, name].head(5).items())
            what = "no number" if name == "satisfaction" else "neither 0 nor 1"
            problems.append(f"{int(bad.sum())} value(s) of {name} are {what}: {shown}")
        numeric[name] = value
    if problems:
        raise DataError(
            "Satisfaction or loyalty cannot be read.",
            problems=problems,
            hint="Make loyalty a yes or no first, such as intention >= 9.",
        )
    whole = numeric["satisfaction"].notna() & numeric["loyalty"].notna()
    if group is not None:
        whole &= frame["group"].notna()
    if not whole.any():
        raise DataError("No customer has both satisfaction and loyalty.")
    x = np.asarray(numeric["satisfaction"][whole], dtype=np.float64)
    y = np.asarray(numeric["loyalty"][whole], dtype=np.float64)
    g = None if group is None else np.asarray(frame.loc[whole, "group"], dtype=object)
    return x, y, g, int((~whole).sum())


def _levels(x: Floats, bins: int | Sequence[float] | None) -> tuple[Floats, NDArray[np.intp]]:
    """Return the levels, and which of them each customer has."""
    if bins is None:
        levels, at = np.unique(x, return_inverse=True)
        if len(levels) > _MAX_LEVELS:
            raise DataError(
                f"Satisfaction has {len(levels)} different values: too many to be levels.",
                hint="Give bins, such as bins=5 or bins=[0, 50, 60, 70, 80, 90, 100].",
            )
        return levels, at
    if isinstance(bins, int):
        if bins < 2:
            raise ParameterError(f"bins is {bins!r}; at least 2 are needed.")
        edges = np.linspace(x.min(), x.max(), bins + 1)
    else:
        edges = np.asarray(bins, dtype=np.float64)
        if len(edges) < 3 or not (np.diff(edges) > 0).all():
            raise ParameterError(f"bins are {list(bins)!r}; edges must rise, and be three or more.")
        if x.min() < edges[0] or x.max() > edges[-1]:
            raise DataError(
                f"Satisfaction runs from {x.min():g} to {x.max():g}, beyond the edges {edges[0]:g} to {edges[-1]:g}."
            )
    # A bin holds its lower edge; the last one holds both, as in numpy.histogram.
    at = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
    middle = (edges[:-1] + edges[1:]) / 2
    used, at = np.unique(at, return_inverse=True)
    return middle[used], at


def _level(levels: Floats, wanted: float | None, default: int, name: str) -> int:
    if wanted is None:
        return len(levels) + default
    found = np.flatnonzero(np.isclose(levels, wanted))
    if not len(found):
        shown = ", ".join(f"{level:g}" for level in levels)
        near = did_you_mean(f"{wanted:g}", [f"{level:g}" for level in levels])
        raise ParameterError(
            f"{name} is {wanted:g}, which is no level of satisfaction; levels are {shown}.",
            hint=f"Did you mean {near}?" if near else None,
        )
    return int(found[0])


def _zones(levels: Floats, n: Floats, beta: Floats, cuts: tuple[float, float]) -> dict[str, float]:
    names = ("defection_share", "indifference_share", "affection_share")
    if not np.isfinite(beta).all() or beta[1] <= 0:
        return {"defection_below": np.nan, "affection_from": np.nan, **dict.fromkeys(names, np.nan)}
    crossing = [float((np.log(c / (1 - c)) - beta[0]) / beta[1]) for c in cuts]
    edges = [c if levels[0] <= c <= levels[-1] else np.nan for c in crossing]
    share = n / n.sum()
    parts = (levels < crossing[0], (levels >= crossing[0]) & (levels < crossing[1]), levels >= crossing[1])
    shares = {name: float(share[part].sum()) for name, part in zip(names, parts, strict=True)}
    return {"defection_below": edges[0], "affection_from": edges[1], **shares}


def _expit(eta: Floats) -> Floats:
    return np.exp(-np.logaddexp(0.0, -eta))
