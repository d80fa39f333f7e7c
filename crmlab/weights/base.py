"""What all ways of weighting share: the result, and the checks of tables and of weights."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import as_column, float_table, floats
from crmlab.errors import DataError, ParameterError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = [
    "GivenWeights",
    "Weighting",
    "check_choice",
    "check_cost",
    "check_names",
    "check_table",
    "check_weights",
    "normalised",
    "shown",
]


@dataclass(frozen=True, eq=False)
class Weighting:
    """Weights that sum to 1, and how they came to be.

    Attributes
    ----------
    weights
        A weight for each item, in the order given; 0 or more, sum 1.
    method
        English name of the method, such as ``"entropy"``.

    """

    weights: pd.Series
    method: str

    def summary(self) -> pd.DataFrame:
        """Return item, weight, rank (1 weighs most; equal weights share a rank), heaviest first."""
        table = pd.DataFrame(
            {
                "item": self.weights.index,
                "weight": self.weights.to_numpy(),
                "rank": self.weights.rank(ascending=False, method="min").astype("int64").to_numpy(),
            }
        )
        return table.sort_values("weight", ascending=False, kind="stable", ignore_index=True)


#: what a function takes as weights
GivenWeights = Weighting | pd.Series | Mapping[str, float] | Sequence[float] | np.ndarray


def normalised(raw: Array, names: Iterable[Hashable]) -> pd.Series:
    """Return non-negative numbers as a labelled column that sums to 1."""
    return pd.Series(raw / raw.sum(), index=pd.Index(list(names)), name="weight", dtype="float64")


def shown(value: object) -> str:
    """Return a cell as a reader knows it: -4, not np.int64(-4)."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def check_names(names: Iterable[Hashable], what: str) -> pd.Index:
    """Return the names as an index; refuse names that stand there twice, and none at all."""
    index = pd.Index(list(names))
    if index.empty:
        raise DataError(f"There are no {what}.")
    if index.has_duplicates:
        twice = index[index.duplicated()].unique().tolist()
        raise DataError(
            f"Some {what} stand there twice.",
            problems=[repr(n) for n in twice[:5]],
            hint="Give each a name of its own.",
        )
    return index


def check_table(
    table: pd.DataFrame, what: str, *, least_rows: int = 2, positive: bool = False
) -> pd.DataFrame:
    """Return a table of finite numbers with distinct rows' and columns' names; `positive` refuses what is below 0."""
    if not isinstance(table, pd.DataFrame):
        raise DataError(f"{what}: a DataFrame is needed, a column for each item; got {type(table).__name__}.")
    check_names(table.columns, f"columns of {what}")
    if len(table) < least_rows:
        raise DataError(f"{what}: {least_rows} rows are the least; got {len(table)}.")
    numbers = float_table(table)
    bad = ~np.isfinite(numbers.to_numpy())
    rule = "finite numbers"
    if positive:
        bad |= numbers.to_numpy() < 0
        rule = "numbers, 0 or more"
    if bad.any():
        problems = [
            f"row {table.index[i]!r}, column {table.columns[j]!r}: {shown(table.iloc[i, j])}"
            for i, j in np.argwhere(bad)[:5]
        ]
        raise DataError(
            f"{what}: {int(bad.sum())} cells are no {rule}.",
            problems=problems,
            hint="Correct these cells, or leave their rows out.",
        )
    return numbers


def check_weights(weights: GivenWeights, items: pd.Index, *, what: str = "weights") -> pd.Series:
    """Return weights in the order of `items`, divided by their sum.

    Labelled weights are matched by label and must name exactly the items; a list or an array is taken in order.
    """
    if isinstance(weights, Weighting):
        weights = weights.weights
    if isinstance(weights, (pd.Series, Mapping)):
        given = pd.Series(weights)
        if given.index.has_duplicates:
            raise ParameterError(f"{what} name some item twice.")
        unknown = [name for name in given.index if name not in items]
        missing = [name for name in items if name not in given.index]
        if unknown or missing:
            problems = [f"no weight for {name!r}" for name in missing[:5]]
            for name in unknown[:5]:
                near = did_you_mean(str(name), [str(item) for item in items])
                problems.append(f"{name!r} is no item" + (f"; did you mean {near!r}?" if near else ""))
            raise ParameterError(f"{what} and items do not match.", problems=problems)
        given = given.reindex(items)
    else:
        values = as_column(weights, what, ParameterError).to_list()
        if len(values) != len(items):
            raise ParameterError(f"{what}: {len(values)} numbers for {len(items)} items.")
        given = pd.Series(values, index=items)
    numbers = floats(given)
    bad = ~np.isfinite(numbers) | (numbers < 0)
    if bad.any():
        problems = [f"{items[i]!r}: {shown(given.iloc[i])}" for i in np.flatnonzero(bad)[:5]]
        raise ParameterError(f"{what} must be numbers, 0 or more.", problems=problems)
    if numbers.sum() <= 0:
        raise ParameterError(f"{what} are all 0.", hint="At least one must be above 0.")
    return normalised(numbers, items)


def check_cost(cost: Iterable[Hashable], columns: pd.Index) -> NDArray[np.bool_]:
    """Return for each column whether less is better."""
    names = [cost] if isinstance(cost, str) else list(cost)
    unknown = [name for name in names if name not in columns]
    if unknown:
        near = did_you_mean(str(unknown[0]), [str(c) for c in columns])
        raise ParameterError(
            f"cost names {unknown[0]!r}, which is no column." + (f" Did you mean {near!r}?" if near else ""),
            hint=f"Columns: {', '.join(map(str, columns))}.",
        )
    return np.asarray(columns.isin(names))


def check_choice(name: str, got: str, allowed: Iterable[str]) -> None:
    """Refuse an unknown choice, and name the known ones."""
    known = tuple(allowed)
    if got not in known:
        near = did_you_mean(str(got), known)
        raise ParameterError(
            f"{name}={got!r} is unknown." + (f" Did you mean {near!r}?" if near else ""),
            hint=f"Allowed: {', '.join(known)}.",
        )
