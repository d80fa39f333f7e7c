"""SERVQUAL: the gap between what customers expect and what they perceive, by item and dimension."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import DataError, ParameterError, did_you_mean
from crmlab.satisfaction.checks import check_confidence, check_pairs
from crmlab.satisfaction.intervals import t_interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["ServqualGaps", "servqual_gaps"]


@dataclass(frozen=True, eq=False)
class ServqualGaps:
    """Perceived less expected, in points of the scale; negative: below expectation."""

    #: dimension, item, expected, perceived, gap, low, high, effect_size, n
    items: pd.DataFrame
    #: dimension, weight (mean over respondents; they sum to 1), expected, perceived, gap, low, high, effect_size, n
    dimensions: pd.DataFrame
    #: weighted overall gap, its interval, and the respondents behind it
    overall: float
    overall_low: float
    overall_high: float
    n: int
    #: respondents left out of the overall gap, for a dimension without an answer (or without weights)
    n_dropped: int
    #: a column for each dimension and ``overall``: each respondent's gaps
    respondents: pd.DataFrame
    #: "equal", "given", or "respondents"
    weighting: str
    confidence: float

    def summary(self) -> pd.DataFrame:
        """Return the dimensions, and last the overall gap, as one table."""
        last = {
            "dimension": "overall",
            "weight": 1.0,
            "gap": self.overall,
            "low": self.overall_low,
            "high": self.overall_high,
            "n": self.n,
        }
        return pd.concat([self.dimensions, pd.DataFrame([last])], ignore_index=True)


@checked_arguments
def servqual_gaps(
    expected: pd.DataFrame,
    perceived: pd.DataFrame,
    *,
    dimensions: Mapping[str, Sequence[str]],
    weights: Mapping[str, float] | pd.DataFrame | None = None,
    scale: tuple[float, float] = (1, 7),
    confidence: float = 0.95,
) -> ServqualGaps:
    r"""Return SERVQUAL gaps (perceived less expected) by item and dimension, and the weighted overall gap.

    .. math:: G_d = \frac{1}{|d|}\sum_{i \in d} (P_i - E_i), \qquad G = \sum_d w_d G_d, \quad \sum_d w_d = 1

    Parameters
    ----------
    expected, perceived
        Answers of the same respondents (equal row labels) to the same items (equal column names), on one scale.
    dimensions
        Items of each dimension: tangibles, reliability, responsiveness, assurance, empathy in the original. Each item
        stands in one dimension; columns in none are left alone.
    weights
        Importance of the dimensions: a number each, or a table with a column for each dimension, in which respondents
        share out points (100 in the original): each respondent's gap then has its own weights. Any unit; divided by the sum.
        By default all dimensions weigh the same.
    scale
        Least and greatest answer.
    confidence
        Level of the intervals (paired t over respondents), between 0 and 1.

    Returns
    -------
    ServqualGaps
        Missing rule: an item's gap needs both halves; a respondent's dimension is the mean of the gaps there are; the overall gap
        needs every dimension that carries weight. ``effect_size``: mean gap over the gaps' standard deviation.

    Raises
    ------
    DataError
        Items that a table lacks (with "did you mean"), items in two dimensions, answers off the scale, rows that do not belong
        together, unusable weights: names first, values after.
    ParameterError
        No dimensions, scale or confidence out of range.

    Notes
    -----
    Expectations are answered near the top of the scale, so that gaps are mostly negative and partly say *how much* was
    wished: compare dimensions and years, not the sign. Differences of two answers are less reliable than either; Cronin and
    Taylor's SERVPERF takes perceptions alone. With 22 items some intervals miss 0 by chance.

    References
    ----------
    Parasuraman, Zeithaml & Berry 1988, *Journal of Retailing* 64(1), 12–40; Cronin & Taylor 1992,
    doi 10.1177/002224299205600304.

    Checked against: pingouin.ttest (paired, by item and dimension), and the weighted sum by hand.

    Examples
    --------
    >>> expected = pd.DataFrame({"clean": [7, 6, 7], "prompt": [6, 7, 7]})
    >>> perceived = pd.DataFrame({"clean": [6, 6, 6], "prompt": [4, 6, 5]})
    >>> result = servqual_gaps(
    ...     expected, perceived, dimensions={"tangibles": ["clean"], "responsiveness": ["prompt"]},
    ...     weights={"tangibles": 1, "responsiveness": 3})
    >>> result.dimensions["gap"].round(3).tolist(), round(result.overall, 3)
    ([-0.667, -1.667], -1.417)

    """
    check_confidence(confidence)
    _check_dimensions(expected, perceived, dimensions)
    gaps, rows = {}, []
    for dimension, items in dimensions.items():
        for item in items:
            p, e = check_pairs(
                perceived[item], expected[item], (f"perceived {item}", f"expected {item}"), scale
            )
            gaps[item] = pd.Series(p.answers - e.answers, index=np.flatnonzero(p.kept))
            rows.append(
                {
                    "dimension": dimension,
                    "item": item,
                    "expected": float(e.answers.mean()),
                    "perceived": float(p.answers.mean()),
                    **_mean(gaps[item].to_numpy(dtype=float), confidence),
                }
            )
    items_table = pd.DataFrame(rows)
    each = pd.DataFrame(gaps, index=range(len(expected)))
    by_dimension = pd.DataFrame({name: each[list(items)].mean(axis=1) for name, items in dimensions.items()})
    shares, weighting = _weights(weights, list(dimensions), expected.index)
    used = (by_dimension.notna() | (shares == 0)).all(axis=1) & shares.notna().all(axis=1)
    whole = (by_dimension.fillna(0.0) * shares).sum(axis=1).where(used)
    if not used.any():
        raise DataError("No respondent has an answer, and weights, in every dimension.")
    total = _mean(whole[used].to_numpy(dtype=float), confidence)
    means = items_table.groupby("dimension", sort=False)[["expected", "perceived"]].mean()
    table = pd.DataFrame(
        [
            {
                "dimension": name,
                "weight": float(shares.loc[shares.notna().all(axis=1), name].mean()),
                "expected": means["expected"][name],
                "perceived": means["perceived"][name],
                **_mean(by_dimension[name].dropna().to_numpy(dtype=float), confidence),
            }
            for name in dimensions
        ]
    )
    return ServqualGaps(
        items_table,
        table,
        total["gap"],
        total["low"],
        total["high"],
        int(used.sum()),
        int((~used).sum()),
        by_dimension.assign(overall=whole).set_axis(expected.index),
        weighting,
        confidence,
    )


def _mean(values: ArrayLike, confidence: float) -> dict[str, float]:
    gaps = np.asarray(values, dtype=np.float64)
    n = len(gaps)
    sd = float(gaps.std(ddof=1)) if n > 1 else math.nan
    mean = float(gaps.mean())
    low, high = t_interval(mean, sd / math.sqrt(n), n - 1, confidence)
    return {"gap": mean, "low": low, "high": high, "effect_size": mean / sd if sd > 0 else math.nan, "n": n}


def _check_dimensions(
    expected: pd.DataFrame, perceived: pd.DataFrame, dimensions: Mapping[str, Sequence[str]]
) -> None:
    if not dimensions or any(isinstance(items, str) or not len(items) for items in dimensions.values()):
        raise ParameterError("Each dimension needs a list of items, as in {'reliability': ['r1', 'r2']}.")
    listed = [item for items in dimensions.values() for item in items]
    problems = [
        f"{item} stands in more than one dimension"
        for item in dict.fromkeys(listed)
        if listed.count(item) > 1
    ]
    for name, table in (("expected", expected), ("perceived", perceived)):
        known = [str(column) for column in table.columns]
        for item in dict.fromkeys(listed):
            if item not in table.columns:
                near = did_you_mean(str(item), known)
                problems.append(f"{name} lacks {item}" + (f": did you mean {near}?" if near else ""))
    if problems:
        raise DataError("Items and dimensions do not fit together.", problems=problems)


def _weights(
    weights: Mapping[str, float] | pd.DataFrame | None, names: list[str], index: pd.Index
) -> tuple[pd.DataFrame, str]:
    if weights is None:
        return pd.DataFrame(1 / len(names), index=range(len(index)), columns=names), "equal"
    lacking = [name for name in names if name not in weights]
    if lacking:
        raise DataError(f"There is no weight for {', '.join(map(str, lacking))}.")
    if isinstance(weights, pd.DataFrame):
        if not weights.index.equals(index):
            raise DataError("The weights have other row labels than the answers; take them from one table.")
        table, kind = weights[names].astype(float).set_axis(range(len(index)), axis=0), "respondents"
    else:
        row = {name: float(weights[name]) for name in names}
        table, kind = pd.DataFrame(row, index=range(len(index)), columns=names), "given"
    total = table.sum(axis=1, skipna=False)
    bad = (table < 0).any(axis=1) | np.isinf(total) | (total == 0)
    if bad.any():
        raise DataError(
            "Weights must not be negative, and must sum to more than 0.",
            problems=[f"row {label}" for label in index[bad.to_numpy()][:5]] if kind == "respondents" else [],
        )
    return table.div(total, axis=0), kind
