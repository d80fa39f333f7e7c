"""Importance against performance: which items to work on first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, real, same_rows
from crmlab.errors import DataError, ParameterError
from crmlab.satisfaction.checks import check_confidence, check_method, check_scale, check_scores
from crmlab.satisfaction.intervals import t_interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from crmlab.satisfaction.checks import Scores

    Array = NDArray[np.float64]

__all__ = ["ImportancePerformance", "importance_performance"]

DERIVED = ("correlation", "regression", "relative_weight")


@dataclass(frozen=True, eq=False)
class ImportancePerformance:
    """Items by importance and performance, and the lines that cut them into four quadrants."""

    #: item, importance, importance_low, importance_high, performance (0–100), performance_low, performance_high, mean (in the
    #: scale's points), n, quadrant
    table: pd.DataFrame
    importance_cut: float
    performance_cut: float
    #: "stated", or how importance was derived: correlation, regression, relative_weight
    importance: str
    #: share of the overall score's variance that the items explain together (derived by regression or relative weights)
    r_squared: float
    confidence: float
    scale: tuple[float, float]

    def summary(self) -> pd.DataFrame:
        """Return the table, most important first."""
        return self.table.sort_values("importance", ascending=False, ignore_index=True)


@checked_arguments
def importance_performance(
    items: pd.DataFrame,
    overall: Scores | None = None,
    *,
    importance: str = "derived",
    stated: Mapping[str, float] | pd.DataFrame | None = None,
    method: str = "correlation",
    scale: tuple[float, float] = (1, 10),
    cut: tuple[float, float] | None = None,
    confidence: float = 0.95,
    rng: np.random.Generator | None = None,
    n_resamples: int = 500,
) -> ImportancePerformance:
    r"""Return each item's importance and performance, and the quadrant it falls into.

    ``concentrate_here``: important, and done worse than the rest; ``keep_up``: important and done well; ``low_priority``:
    neither; ``possible_overkill``: done well, and of little importance.

    Parameters
    ----------
    items
        A row for each respondent, a column for each item: how well it is done, on `scale`.
    overall
        Overall satisfaction of the same respondents (any scale); needed for derived importance.
    importance
        ``"derived"`` from how items go with overall satisfaction, or ``"stated"`` by respondents.
    stated
        For stated importance: a number for each item, or a table of answers with the same columns (then with intervals).
    method
        How importance is derived. ``"correlation"`` (default; Pearson's, Fisher's interval): each item on its own, hence high
        for all items when opinions go together (halo). ``"regression"``: standardised coefficients, t intervals; unstable
        when items are collinear. ``"relative_weight"`` (Johnson): shares of R², never negative, made for collinear items;
        intervals by bootstrap when `rng` is given.
    scale
        Least and greatest answer of the items; performance is the mean on 0–100.
    cut
        (importance, performance on 0–100) where the quadrants are cut; by default the means over the items. An item on the
        line counts as high.
    confidence
        Level of the intervals, between 0 and 1.
    rng, n_resamples
        For the intervals of relative weights.

    Returns
    -------
    ImportancePerformance
        Missing answers: left out item by item (performance, correlation), or respondent by respondent (regression, relative
        weights); ``table["n"]`` counts those behind the performance.

    Raises
    ------
    DataError
        Answers off the scale, items without variation, rows that do not belong together, too few respondents.
    ParameterError
        Unknown importance or method, stated importance missing for some item.

    Notes
    -----
    Derived importance is association, not effect. Cuts at the means always find something to concentrate on, even where
    all is well: look at the intervals before moving money.

    References
    ----------
    Martilla & James 1977, doi 10.1177/002224297704100112; Johnson 2000, doi 10.1207/S15327906MBR3501_1.

    Checked against: scipy.stats.pearsonr; pingouin.linear_regression (coefficients and their intervals). Relative weights
    equal squared correlations where items are uncorrelated, sum to R², and come within .02 of pingouin's ``relimp``, which
    averages over orders (Lindeman, Merenda & Gold) and is another measure: with correlated items the two are close, not equal.

    Examples
    --------
    >>> items = pd.DataFrame({"speed": [2, 3, 4, 5, 1], "price": [5, 4, 5, 4, 5]})
    >>> result = importance_performance(items, [2, 3, 5, 5, 2], scale=(1, 5))
    >>> result.table[["item", "quadrant"]].to_dict("records")
    [{'item': 'speed', 'quadrant': 'concentrate_here'}, {'item': 'price', 'quadrant': 'possible_overkill'}]

    """
    check_confidence(confidence)
    check_method("importance", importance, ("derived", "stated"))
    check_method("method", method, DERIVED)
    low, high = check_scale(scale)
    answers = _answers(items, scale)
    table = _performance(answers, (low, high), confidence)
    r_squared = math.nan
    if importance == "stated":
        weight = _stated(stated, [str(name) for name in answers], confidence)
    else:
        if overall is None:
            raise ParameterError("Derived importance needs the overall satisfaction of the respondents.")
        target = _target(overall, items)
        if method == "correlation":
            weight = _correlations(answers, target, confidence)
        else:
            weight, r_squared = _joint(
                answers, target, method=method, confidence=confidence, rng=rng, n_resamples=n_resamples
            )
    table[["importance", "importance_low", "importance_high"]] = weight
    cuts = cut if cut is not None else (float(table["importance"].mean()), float(table["performance"].mean()))
    important, good = table["importance"] >= cuts[0], table["performance"] >= cuts[1]
    table["quadrant"] = np.select(
        [important & ~good, important & good, ~important & ~good],
        ["concentrate_here", "keep_up", "low_priority"],
        "possible_overkill",
    )
    order = ["item", "importance", "importance_low", "importance_high"]
    order += ["performance", "performance_low", "performance_high", "mean", "n", "quadrant"]
    how = "stated" if importance == "stated" else method
    return ImportancePerformance(table[order], *cuts, how, r_squared, confidence, (low, high))


def _answers(items: pd.DataFrame, scale: tuple[float, float] | None) -> pd.DataFrame:
    if items.shape[1] < 2:
        raise DataError("Items come as a DataFrame with two columns or more, one for each item.")
    columns = {}
    for name in items.columns:
        checked = check_scores(items[name], scale, what=f"item {name}")
        columns[str(name)] = pd.Series(checked.answers, index=np.flatnonzero(checked.kept))
    return pd.DataFrame(columns).reindex(range(len(items)))


def _target(overall: Scores, items: pd.DataFrame) -> Array:
    checked = check_scores(overall, None, what="overall")
    same_rows(items=items, overall=overall)
    target = np.full(len(items), np.nan)
    target[checked.kept] = checked.answers
    return target


def _performance(answers: pd.DataFrame, scale: tuple[float, float], confidence: float) -> pd.DataFrame:
    rows = []
    low, high = scale
    for name, column in answers.items():
        x = column.dropna().to_numpy(dtype=float)
        se = float(x.std(ddof=1) / math.sqrt(len(x))) if len(x) > 1 else math.nan
        ends = t_interval(float(x.mean()), se, len(x) - 1, confidence)
        points = [100 * (v - low) / (high - low) for v in (float(x.mean()), *ends)]
        rows.append(
            {
                "item": name,
                "performance": points[0],
                "performance_low": max(0.0, points[1]),
                "performance_high": min(100.0, points[2]),
                "mean": float(x.mean()),
                "n": len(x),
            }
        )
    return pd.DataFrame(rows)


def _stated(
    stated: Mapping[str, float] | pd.DataFrame | None, names: list[str], confidence: float
) -> list[tuple[float, float, float]]:
    if stated is None:
        raise ParameterError(
            "Stated importance needs `stated`: a number for each item, or a table of answers."
        )
    lacking = [name for name in names if name not in stated]
    if lacking:
        raise ParameterError("Stated importance is missing for some items.", problems=lacking)
    if not isinstance(stated, pd.DataFrame):
        given = {name: real(stated[name]) for name in names}
        bad = [f"{name}: {stated[name]!r}" for name, value in given.items() if not math.isfinite(value)]
        if bad:
            raise ParameterError("Stated importance must be a finite number for each item.", problems=bad)
        return [(value, math.nan, math.nan) for value in given.values()]
    rows = []
    for name in names:
        x = check_scores(stated[name], None, what=f"stated importance of {name}").answers
        se = float(x.std(ddof=1) / math.sqrt(len(x))) if len(x) > 1 else math.nan
        rows.append((float(x.mean()), *t_interval(float(x.mean()), se, len(x) - 1, confidence)))
    return rows


def _correlations(
    answers: pd.DataFrame, target: Array, confidence: float
) -> list[tuple[float, float, float]]:
    from scipy.special import ndtri

    z = float(ndtri((1 + confidence) / 2))
    rows = []
    for name, column in answers.items():
        x = column.to_numpy(dtype=float)
        both = ~np.isnan(x) & ~np.isnan(target)
        _check_spread(x[both], target[both], str(name))
        r = float(np.corrcoef(x[both], target[both])[0, 1])
        n = int(both.sum())
        if n > 3 and abs(r) < 1:
            centre, half = math.atanh(r), z / math.sqrt(n - 3)
            rows.append((r, math.tanh(centre - half), math.tanh(centre + half)))
        else:
            rows.append((r, math.nan, math.nan))
    return rows


def _joint(
    answers: pd.DataFrame,
    target: Array,
    *,
    method: str,
    confidence: float,
    rng: np.random.Generator | None,
    n_resamples: int,
) -> tuple[list[tuple[float, float, float]], float]:
    x, y = answers.to_numpy(dtype=float), target
    complete = ~np.isnan(x).any(axis=1) & ~np.isnan(y)
    x, y = x[complete], y[complete]
    n, k = x.shape
    if n < k + 3:
        raise DataError(
            f"{n} complete respondents are too few for {k} items.", hint="Use method='correlation'."
        )
    for j, name in enumerate(answers):
        _check_spread(x[:, j], y, str(name))
    correlation = np.corrcoef(np.column_stack([x, y]), rowvar=False)
    among, with_target = correlation[:k, :k], correlation[:k, k]
    if np.linalg.cond(among) > 1e12:
        raise DataError(
            "Some items are sums of others, so their parts cannot be told apart.", hint="Leave one out."
        )
    beta = np.linalg.solve(among, with_target)
    r_squared = float(beta @ with_target)
    if method == "regression":
        se = np.sqrt(max(0.0, 1 - r_squared) / (n - k - 1) * np.diag(np.linalg.inv(among)))
        pairs = [
            (float(b), *t_interval(float(b), float(s), n - k - 1, confidence))
            for b, s in zip(beta, se, strict=True)
        ]
        return pairs, r_squared
    weights = _relative_weights(among, with_target)
    low = high = np.full(k, np.nan)
    if rng is not None:
        draws = []
        for _ in range(n_resamples):
            rows = rng.integers(0, n, n)
            part = np.column_stack([x[rows], y[rows]])
            if (
                np.ptp(part, axis=0) > 0
            ).all():  # a constant item has no correlation: the resample is left out
                resampled = np.corrcoef(part, rowvar=False)
                draws.append(_relative_weights(resampled[:k, :k], resampled[:k, k]))
        tail = (1 - confidence) / 2
        low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return [(float(w), float(a), float(b)) for w, a, b in zip(weights, low, high, strict=True)], r_squared


def _relative_weights(among: Array, with_target: Array) -> Array:
    """Return Johnson's relative weights; they sum to R²."""
    values, vectors = np.linalg.eigh(among)
    values = np.clip(values, 1e-12, None)
    root = (vectors * np.sqrt(values)) @ vectors.T
    beta = (vectors / np.sqrt(values)) @ (vectors.T @ with_target)
    return np.asarray(root**2 @ beta**2)


def _check_spread(x: Array, y: Array, name: str) -> None:
    if len(x) < 3:
        raise DataError(f"Item {name} has {len(x)} answers with an overall score; three are the least.")
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        who = f"item {name}" if np.ptp(x) == 0 else "overall satisfaction"
        raise DataError(
            f"All answers to {who} are equal, so importance cannot be derived from them.",
            hint="Leave it out.",
        )
