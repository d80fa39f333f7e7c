"""A four-level index system: target, constructs, indicators, items; weights roll up, answers roll up with them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import DataError, ParameterError, did_you_mean
from crmlab.questionnaire.answers import check_answers, plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["IndexScores", "IndexSystem"]

COLUMNS = ("construct", "construct_weight", "indicator", "indicator_weight", "item", "item_weight")
#: indicators of a construct, each with its weight and its weighted items
Indicators = Mapping[str, tuple[float, Mapping[str, float]]]


@dataclass(frozen=True, eq=False)
class IndexScores:
    """Scores of every level on 0–100."""

    #: level (target, construct, indicator, item), name, parent, weight (within the parent), global_weight, score, low, high, n
    table: pd.DataFrame
    #: a row for each respondent, a column for the target and each construct and indicator, on 0–100
    respondents: pd.DataFrame
    scale: tuple[float, float]
    confidence: float

    @property
    def target(self) -> float:
        """The score of the target, 0–100."""
        return float(self.table["score"].iloc[0])

    def summary(self) -> pd.DataFrame:
        """Return the table of all levels."""
        return self.table.copy()


@checked_arguments
@dataclass(frozen=True, eq=False)
class IndexSystem:
    r"""A four-level index system (四级指标体系): target → construct → indicator → item.

    The first level is the target (the satisfaction index), the second its constructs (expectation, quality, …), the third their
    indicators, the fourth the questions of the sheet. Weights are those within the parent; an item's weight in the target is the
    product along its way up:

    .. math:: w_{\text{global}} = w_{\text{construct}}\, w_{\text{indicator}}\, w_{\text{item}}

    Parameters
    ----------
    table
        A row for each item with the columns construct, construct_weight, indicator, indicator_weight, item, item_weight.
        Weights are not negative and sum to 1 within each parent.
    target
        Name of the target.

    Raises
    ------
    DataError
        Columns missing, names empty or used twice, weights negative, contradictory, or not summing to 1: all problems at once.

    Notes
    -----
    The roll-up is compensatory: a bad indicator is paid for by a good one. Where it must not be, look at the levels, not at
    the target alone. Weights come from `crmlab.weights`, from judgement, or from a fitted index model; they are not estimated here.

    Checked against: the product of weights by hand, and the weighted mean of items (equal where nothing is missing).

    Examples
    --------
    >>> system = IndexSystem.from_mapping(
    ...     {"quality": (0.6, {"staff": (0.5, {"friendly": 0.5, "competent": 0.5}), "goods": (0.5, {"fresh": 1.0})}),
    ...      "value": (0.4, {"price": (1.0, {"fair": 1.0})})}, target="satisfaction")
    >>> [round(w, 4) for w in system.item_weights]
    [0.15, 0.15, 0.3, 0.4]
    >>> answers = pd.DataFrame({"friendly": [5, 4], "competent": [3, 4], "fresh": [5, 5], "fair": [2, 3]})
    >>> round(system.score(answers, scale=(1, 5)).target, 2)
    67.5

    """

    table: pd.DataFrame
    target: str = "target"

    def __post_init__(self) -> None:
        """Check the table, and keep a copy of our own."""
        object.__setattr__(self, "table", _checked(self.table, self.target))

    @classmethod
    @checked_arguments
    def from_mapping(
        cls,
        constructs: Mapping[str, tuple[float, Indicators]],
        *,
        target: str = "target",
        normalise: bool = False,
    ) -> IndexSystem:
        """Return the system from nested mappings: construct → (weight, indicator → (weight, item → weight)).

        With `normalise`, weights in any unit (points of importance) are divided by their sum within each parent.
        """
        rows = [
            (construct, weight, indicator, indicator_weight, item, item_weight)
            for construct, (weight, indicators) in constructs.items()
            for indicator, (indicator_weight, items) in indicators.items()
            for item, item_weight in items.items()
        ]
        table = pd.DataFrame(rows, columns=list(COLUMNS))
        return cls(_normalised(table) if normalise else table, target)

    @property
    def items(self) -> list[str]:
        """The items, as in the sheet's columns."""
        return [str(item) for item in self.table["item"]]

    @property
    def item_weights(self) -> pd.Series:
        """Weight of each item in the target; they sum to 1."""
        product = self.table["construct_weight"] * self.table["indicator_weight"] * self.table["item_weight"]
        return pd.Series(product.to_numpy(), index=pd.Index(self.items, name="item"), name="global_weight")

    def weights(self) -> pd.DataFrame:
        """Return level, name, parent, weight (within the parent), global_weight of every node, from the target down."""
        t = self.table
        rows: list[tuple[str, str, str, float, float]] = [("target", self.target, "", 1.0, 1.0)]
        tops = t.drop_duplicates("construct")
        rows += [
            ("construct", c, self.target, w, w)
            for c, w in zip(tops["construct"], tops["construct_weight"], strict=True)
        ]
        mids = t.drop_duplicates("indicator")
        rows += [
            ("indicator", i, c, w, w * top)
            for i, c, w, top in zip(
                mids["indicator"],
                mids["construct"],
                mids["indicator_weight"],
                mids["construct_weight"],
                strict=True,
            )
        ]
        rows += [
            ("item", item, parent, w, total)
            for item, parent, w, total in zip(
                t["item"], t["indicator"], t["item_weight"], self.item_weights, strict=True
            )
        ]
        return pd.DataFrame(rows, columns=["level", "name", "parent", "weight", "global_weight"])

    @checked_arguments
    def score(
        self, answers: pd.DataFrame, *, scale: tuple[float, float] = (1, 10), confidence: float = 0.95
    ) -> IndexScores:
        """Return every level's score on 0–100, with Student's t intervals over respondents.

        Parameters
        ----------
        answers
            A row for each respondent, with a column for each item (others are left alone). Missing rule: within an indicator
            the weights of the items answered are scaled up to 1; an indicator without an answer is missing, and so on upwards;
            a respondent without any answer is left out. ``n`` counts those behind each score.
        scale
            Least and greatest answer.
        confidence
            Level of the intervals, between 0 and 1.

        Raises
        ------
        DataError
            Items that the sheet lacks (with "did you mean"), words for numbers, answers off the scale, no answer at all.
        ParameterError
            `scale` that does not rise, `confidence` outside (0, 1).

        """
        from crmlab.satisfaction.checks import check_confidence, check_scale

        check_confidence(confidence)
        least, greatest = check_scale(scale)
        points = 100 * (self._answers(answers, least, greatest) - least) / (greatest - least)
        t = self.table
        leaves = points.to_numpy(dtype=float)
        mids = t.drop_duplicates("indicator")
        indicators = _roll_up(
            leaves, t["item_weight"].to_numpy(), _parents(t["indicator"], mids["indicator"])
        )
        tops = mids.drop_duplicates("construct")
        constructs = _roll_up(
            indicators, mids["indicator_weight"].to_numpy(), _parents(mids["construct"], tops["construct"])
        )
        target = _roll_up(constructs, tops["construct_weight"].to_numpy(), np.zeros(len(tops), dtype=np.intp))
        table = self.weights()
        every = np.column_stack([target, constructs, indicators, leaves])
        table[["score", "low", "high", "n"]] = _means(every, confidence)
        table["n"] = table["n"].astype(int)
        upper = table["name"].iloc[: 1 + constructs.shape[1] + indicators.shape[1]]
        respondents = pd.DataFrame(every[:, : len(upper)], index=answers.index, columns=upper.to_list())
        return IndexScores(table, respondents, (least, greatest), confidence)

    def _answers(self, answers: pd.DataFrame, least: float, greatest: float) -> pd.DataFrame:
        if isinstance(answers, pd.DataFrame):
            known = [str(column) for column in answers.columns]
            lacking = [item for item in self.items if item not in known]
            if lacking:
                near = {item: did_you_mean(item, known) for item in lacking}
                raise DataError(
                    f"The sheet lacks {len(lacking)} items of the system.",
                    problems=[
                        item + (f": did you mean {near[item]}?" if near[item] else "") for item in lacking
                    ],
                )
            answers = answers[self.items]
        numbers = check_answers(answers, at_least=1, what="The system")
        outside = (numbers < least) | (numbers > greatest)
        if outside.to_numpy().any():
            cells = list(zip(*np.nonzero(outside.to_numpy()), strict=True))
            raise DataError(
                f"{len(cells)} answers lie outside the scale {least:g} to {greatest:g}.",
                problems=[
                    f"row {answers.index[r]}, item {answers.columns[c]}: {plain(answers.iloc[r, c])!r}"
                    for r, c in cells[:5]
                ],
                hint="Name the scale that was asked, as in scale=(1, 5), or correct the answers.",
            )
        if numbers.isna().to_numpy().all():
            raise DataError(f"There is no answer among {len(numbers)} rows.")
        return numbers


def _parents(own: pd.Series, names: pd.Series) -> NDArray[np.intp]:
    return np.asarray(pd.Index(names).get_indexer(pd.Index(own)), dtype=np.intp)


def _roll_up(values: Floats, weights: Floats, parents: NDArray[np.intp]) -> Floats:
    """Return each parent's weighted mean over the children that are there; NaN where none is."""
    spread = np.zeros((len(weights), int(parents.max()) + 1))
    spread[np.arange(len(weights)), parents] = weights
    there = ~np.isnan(values)
    total = there @ spread
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = np.where(there, values, 0.0) @ spread / total
    return np.where(total > 0, mean, np.nan)


def _means(values: Floats, confidence: float) -> Floats:
    from crmlab.satisfaction.intervals import t_interval

    rows = []
    for column in values.T:
        x = column[~np.isnan(column)]
        if not len(x):
            rows.append((math.nan, math.nan, math.nan, 0))
            continue
        se = float(x.std(ddof=1)) / math.sqrt(len(x)) if len(x) > 1 else math.nan
        low, high = t_interval(float(x.mean()), se, len(x) - 1, confidence)
        rows.append((float(x.mean()), max(low, 0.0), min(high, 100.0), len(x)))
    return np.array(rows, dtype=float)


def _normalised(table: pd.DataFrame) -> pd.DataFrame:
    out = table.copy()
    tops = table.drop_duplicates("construct")
    mids = table.drop_duplicates("indicator")
    sums = mids.groupby("construct")["indicator_weight"].sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        out["construct_weight"] = table["construct_weight"] / tops["construct_weight"].sum()
        out["indicator_weight"] = table["indicator_weight"] / table["construct"].map(sums)
        out["item_weight"] = table["item_weight"] / table.groupby("indicator")["item_weight"].transform("sum")
    return out


def _checked(table: pd.DataFrame, target: str) -> pd.DataFrame:
    lacking = [name for name in COLUMNS if name not in table.columns]
    if lacking:
        raise DataError(
            "The table of the system lacks columns.",
            problems=lacking,
            hint=f"It needs {', '.join(COLUMNS)}; IndexSystem.from_mapping builds it.",
        )
    if table.empty:
        raise DataError("The table of the system has no items.")
    if not target:
        raise ParameterError("The target needs a name.")
    out = table[list(COLUMNS)].reset_index(drop=True)
    problems = _name_problems(out, target) + _weight_problems(out)
    if problems:
        raise DataError(
            "The index system does not hold together.",
            problems=problems,
            hint="Weights sum to 1 within each parent; IndexSystem.from_mapping(..., normalise=True) divides by the sum.",
        )
    return out.astype({name: float for name in COLUMNS if name.endswith("weight")})


def _name_problems(table: pd.DataFrame, target: str) -> list[str]:
    problems = []
    for level in ("construct", "indicator", "item"):
        empty = table[level].isna() | (table[level].astype(str).str.strip() == "")
        problems += [f"row {row}: the {level} has no name" for row in table.index[empty][:5]]
    doubled = table["item"][table["item"].duplicated()].unique()
    problems += [f"item {item} occurs twice" for item in doubled[:5]]
    parents = table.groupby("indicator")["construct"].nunique()
    problems += [f"indicator {name} stands under {n} constructs" for name, n in parents.items() if n > 1]
    upper = [{target}, set(table["construct"]), set(table["indicator"])]
    shared = (upper[0] & upper[1]) | (upper[0] & upper[2]) | (upper[1] & upper[2])
    problems += [f"the name {name} stands on two levels" for name in sorted(map(str, shared))]
    return problems


def _weight_problems(table: pd.DataFrame) -> list[str]:
    problems = []
    for level in ("construct", "indicator", "item"):
        column = f"{level}_weight"
        weights = pd.to_numeric(table[column], errors="coerce")
        bad = ~(weights >= 0) | np.isinf(weights)
        problems += [
            f"{level} {name}: weight {weight!r} must be a number, 0 or more"
            for name, weight in table.loc[bad, [level, column]]
            .drop_duplicates()
            .head(5)
            .itertuples(index=False)
        ]
        several = table.groupby(level)[column].nunique()
        problems += [f"{level} {name} has {n} weights" for name, n in several.items() if n > 1]
        if bad.any() or (several > 1).any():
            continue
        once = table.drop_duplicates(level)
        parent = {"construct": None, "indicator": "construct", "item": "indicator"}[level]
        keys = once[parent] if parent else pd.Series("the target", index=once.index)
        sums = weights.loc[once.index].groupby(keys, sort=False).sum()
        problems += [
            f"the weights of the {level}s of {name} sum to {total:g}, not to 1"
            for name, total in sums.items()
            if abs(total - 1) > 1e-6
        ]
    return problems
