"""Fuzzy comprehensive evaluation: shares of grades, weighted over items and groups of items."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import DataError, ParameterError
from crmlab.weights.base import GivenWeights, check_choice, check_names, check_table, check_weights, shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["OPERATORS", "FuzzyEvaluation", "fuzzy_evaluation", "grade_counts"]

#: Name -> how weights (items) and memberships (items × grades) make one row of grades.
OPERATORS: Mapping[str, Callable[[Array, Array], Array]] = MappingProxyType(
    {
        "weighted_average": lambda w, r: w @ r,
        "max_min": lambda w, r: np.minimum(w[:, None], r).max(axis=0),
        "max_product": lambda w, r: (w[:, None] * r).max(axis=0),
        "min_sum": lambda w, r: np.minimum(1.0, np.minimum(w[:, None], r).sum(axis=0)),
    }
)


@dataclass(frozen=True, eq=False)
class FuzzyEvaluation:
    """A verdict over grades.

    Attributes
    ----------
    membership
        Membership of the whole in each grade, divided by its sum.
    raw
        The same before the division (its sum is 1 already with ``weighted_average``).
    grade
        By the principle of maximum membership; the first in order if several grades share the maximum.
    tied
        The grades that share the maximum.
    effectiveness
        How far the maximum stands out: α = (nβ − 1) / (2γ(n − 1)) with n grades, maximum β, runner-up γ. 1 or more: the
        principle may be used; 0.5 to 1: with care; below 0.5: do not, use ``score``; 0: all grades equal.
    score
        Mean grade score, Σ membership × score.
    grade_by_score
        The grade whose score is nearest to ``score`` (the better of two equally near).
    median_grade
        The grade in which the cumulated membership passes one half.
    groups
        A row for each group (the first level), with its memberships (divided by their sum), ``grade``, ``effectiveness``,
        ``score``; None with one level.
    scores
        Score of each grade.
    operator
        Name of the operator.

    """

    membership: pd.Series
    raw: pd.Series
    grade: Hashable
    tied: tuple[Hashable, ...]
    effectiveness: float
    score: float
    grade_by_score: Hashable
    median_grade: Hashable
    groups: pd.DataFrame | None
    scores: pd.Series
    operator: str

    @property
    def principles_agree(self) -> bool:
        """Whether maximum membership and mean score name the same grade."""
        return bool(self.grade == self.grade_by_score)

    def summary(self) -> pd.DataFrame:
        """Return grade, score, membership, cumulated membership."""
        return pd.DataFrame(
            {
                "grade": self.membership.index,
                "score": self.scores.to_numpy(),
                "membership": self.membership.to_numpy(),
                "cumulated": self.membership.cumsum().to_numpy(),
            }
        )


@checked_arguments
def grade_counts(answers: pd.DataFrame, grades: Sequence[Hashable]) -> pd.DataFrame:
    """Count each item's answers by grade.

    Parameters
    ----------
    answers
        A row for each respondent, a column for each item; cells are grades. Missing answers are not counted.
    grades
        All grades in order, also those that nobody chose.

    Returns
    -------
    pandas.DataFrame
        A row for each item, a column for each grade: counts, as `fuzzy_evaluation` takes them.

    Raises
    ------
    DataError
        Answers that are no grade.

    References
    ----------
    汪培庄 1983, 《模糊集合论及其应用》.

    Checked against: counts of the standard library (collections.Counter).

    Examples
    --------
    >>> grade_counts(pd.DataFrame({"speed": [3, 3, 1], "staff": [2, None, 3]}), [1, 2, 3]).loc["staff"].tolist()
    [0, 1, 1]

    """
    index = check_names(grades, "grades")
    check_names(answers.columns, "items")
    odd = answers.notna() & ~answers.isin(list(grades))
    if odd.to_numpy().any():
        problems = [
            f"row {answers.index[i]!r}, item {answers.columns[j]!r}: {shown(answers.iloc[i, j])}"
            for i, j in np.argwhere(odd.to_numpy())[:5]
        ]
        raise DataError(
            f"{int(odd.to_numpy().sum())} answers are no grade.",
            problems=problems,
            hint=f"Grades: {', '.join(map(str, grades))}.",
        )
    return pd.DataFrame({grade: (answers == grade).sum() for grade in index}).astype("int64")


@checked_arguments
def fuzzy_evaluation(
    membership: pd.DataFrame,
    weights: GivenWeights,
    *,
    groups: Mapping[str, str] | None = None,
    group_weights: GivenWeights | None = None,
    operator: str = "weighted_average",
    scores: Sequence[float] | None = None,
) -> FuzzyEvaluation:
    r"""Evaluate by grades over several items (模糊综合评价), on one level or two.

    Parameters
    ----------
    membership
        A row for each item, a column for each grade, in order. Counts of answers or shares, 0 or more: each row is divided
        by its sum (`grade_counts` makes the counts from answers).
    weights
        Weights of items: labelled, or in the order of rows. With groups they are divided by their sum within each group.
    groups
        Group of each item; makes two levels.
    group_weights
        Weights of groups (labelled, or in the order in which the groups first occur). Needed with `groups`.
    operator
        How weights w and memberships r make grades b. ``"weighted_average"``: Σ w r, all items count (default).
        ``"max_min"``: max min(w, r), only the deciding item counts. ``"max_product"``: max w r, the leading item counts.
        ``"min_sum"``: min(1, Σ min(w, r)). In Chinese texts: M(·,⊕), M(∧,∨), M(·,∨), M(∧,⊕).
    scores
        A number for each grade, such as 100, 80, 60, 40, 20; by default 1, 2, 3 … in the order of columns.

    Returns
    -------
    FuzzyEvaluation

    Raises
    ------
    DataError
        Cells that are no numbers, rows of zeros, fewer than two grades, a verdict of zeros.
    ParameterError
        Unknown operator; weights, groups, scores that do not match.

    Notes
    -----
    .. math:: B = w \circ R, \qquad \text{two levels: } B_g = w_g \circ R_g, \quad B = W \circ (B_1, \dots, B_G)^\top

    Each B is divided by its sum, also between the levels. With ``weighted_average`` two levels equal one level with the
    product weights, and the score is the weighted mean of the items' mean scores: fuzzy words, plain arithmetic. With
    ``max_min`` and ``min_sum`` memberships above the weight are cut off: with many items all weights are small, and the
    answers hardly matter.

    The principle of maximum membership throws away all but one number: .31, .30, .30, .09 and .91, .03, .03, .03 give the same
    grade. Look at ``effectiveness`` and ``principles_agree``, and report ``score`` where they warn. Scores assume
    equal (or stated) distances between grades.

    Memberships from a survey are shares, and vary from sample to sample; with answers at hand, resample respondents and
    evaluate each resample. Do not use the method to make numbers of opinions that nobody was asked for.

    References
    ----------
    Zadeh 1965, doi 10.1016/S0019-9958(65)90241-X; Bellman & Zadeh 1970, doi 10.1287/mnsc.17.4.B141; 汪培庄 1983, 《模糊集合论及其应用》.

    Checked against: the textbook example of a garment (style, wear, price, comfort); a second implementation by single loops.

    Examples
    --------
    >>> garment = pd.DataFrame([[.2, .5, .2, .1], [.7, .2, .1, 0], [0, .4, .5, .1], [.2, .3, .5, 0]],
    ...     index=["style", "wear", "price", "comfort"], columns=["very good", "good", "fair", "poor"])
    >>> found = fuzzy_evaluation(garment, [.1, .2, .3, .4], operator="max_min", scores=[4, 3, 2, 1])
    >>> found.raw.tolist(), found.grade
    ([0.2, 0.3, 0.4, 0.1], 'fair')
    >>> round(found.effectiveness, 3), round(found.score, 2), found.grade_by_score
    (0.333, 2.6, 'good')

    """
    check_choice("operator", operator, OPERATORS)
    table = check_table(membership, "membership", least_rows=1, positive=True)
    items = check_names(table.index, "items")
    grades = table.columns
    if len(grades) < 2:
        raise DataError("Two grades are the least.")
    empty = items[table.sum(axis=1) <= 0].tolist()
    if empty:
        raise DataError("Some items have no answers.", problems=[repr(e) for e in empty[:5]])
    value = _scores(scores, grades)
    shares = table.div(table.sum(axis=1), axis=0).to_numpy()
    combine = OPERATORS[operator]
    per_group: pd.DataFrame | None = None
    item_weights = check_weights(weights, items)
    if groups is None:
        if group_weights is not None:
            raise ParameterError("group_weights need groups: which group is each item in?")
        raw = combine(item_weights.to_numpy(), shares)
    else:
        of_item, names = _groups(groups, items)
        if group_weights is None:
            raise ParameterError("Two levels need group_weights, a weight for each group.")
        top = check_weights(group_weights, names, what="group_weights")
        rows = []
        for name in names:
            inside = of_item == name
            w = item_weights.to_numpy()[inside]
            if w.sum() <= 0:
                raise ParameterError(f"All items of group {name!r} have weight 0.")
            rows.append(_unit(combine(w / w.sum(), shares[inside])))
        first = np.array(rows)
        per_group = pd.DataFrame(first, index=names, columns=grades)
        per_group["grade"] = [grades[int(b.argmax())] for b in np.round(first, 12)]
        per_group["effectiveness"] = [_effectiveness(b) for b in first]
        per_group["score"] = first @ value.to_numpy()
        raw = combine(top.to_numpy(), first)
    b = _unit(raw)
    rounded = np.round(b, 12)
    score = float(b @ value.to_numpy())
    distance = np.round(np.abs(value.to_numpy() - score), 12)
    near = [i for i in range(len(grades)) if distance[i] == distance.min()]
    return FuzzyEvaluation(
        membership=pd.Series(b, index=grades, name="membership"),
        raw=pd.Series(raw, index=grades, name="raw"),
        grade=grades[int(rounded.argmax())],
        tied=tuple(grades[rounded == rounded.max()]),
        effectiveness=_effectiveness(b),
        score=score,
        grade_by_score=grades[max(near, key=lambda i: float(value.iloc[i]))],
        median_grade=grades[int((np.cumsum(b) >= 0.5 - 1e-12).argmax())],
        groups=per_group,
        scores=value,
        operator=operator,
    )


def _unit(raw: Array) -> Array:
    total = raw.sum()
    if total <= 0:
        raise DataError("The operator leaves nothing of any grade.", hint="Use operator='weighted_average'.")
    return np.asarray(raw / total)


def _effectiveness(b: Array) -> float:
    n = len(b)
    runner_up, most = np.sort(b)[-2:]
    if runner_up <= 0:
        return float("inf")
    return max(float((n * most - 1) / (2 * runner_up * (n - 1))), 0.0)


def _scores(scores: Sequence[float] | None, grades: pd.Index) -> pd.Series:
    values = list(range(1, len(grades) + 1)) if scores is None else list(scores)
    if len(values) != len(grades):
        raise ParameterError(f"{len(values)} scores for {len(grades)} grades.")
    if not np.isfinite(np.asarray(values, dtype="float64")).all():
        raise ParameterError(f"scores={values} must be finite numbers.")
    return pd.Series(values, index=grades, name="score", dtype="float64")


def _groups(groups: Mapping[str, str], items: pd.Index) -> tuple[NDArray[np.object_], pd.Index]:
    missing = [item for item in items if item not in groups]
    unknown = [item for item in groups if item not in items]
    if missing or unknown:
        problems = [f"no group for {item!r}" for item in missing[:5]]
        problems += [f"{item!r} is no item" for item in unknown[:5]]
        raise ParameterError("groups and items do not match.", problems=problems)
    of_item = np.array([groups[item] for item in items], dtype=object)
    return of_item, pd.Index(list(dict.fromkeys(of_item)))
