"""Judgements in pairs, read and checked: a full reciprocal matrix, or an error that tells every pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from crmlab._arguments import float_table
from crmlab.errors import DataError
from crmlab.weights.base import check_names, shown

__all__ = ["RANDOM_INDEX", "Judgements", "reciprocal", "square"]

#: Mean consistency index of random matrices of size 1, 2, 3, … 15. ``saaty``: Saaty 1980, the table printed in most
#: textbooks (its 1.48 at size 12 is as printed). ``alonso_lamata``: Alonso & Lamata 2006, from far more random matrices.
RANDOM_INDEX = {
    "saaty": (0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59),
    "alonso_lamata": (
        *(0, 0, 0.5245, 0.8815, 1.1086, 1.2479, 1.3417, 1.4056, 1.4499, 1.4854),
        *(1.5141, 1.5365, 1.5551, 1.5713, 1.5838),
    ),
}

#: judgements in pairs: a square table, or the number for each pair (row, column)
Judgements = pd.DataFrame | Mapping[tuple[str, str], float] | Sequence[Sequence[float]] | np.ndarray


def square(judgements: Judgements, names: Sequence[str] | None) -> pd.DataFrame:
    """Return a square table of floats, missing where nothing was given."""
    if isinstance(judgements, pd.DataFrame):
        index = check_names(judgements.index, "items")
        columns = check_names(judgements.columns, "items")
        if set(index) != set(columns):
            odd = sorted(map(str, set(index) ^ set(columns)))
            raise DataError(
                f"Rows and columns of the judgements must have the same names; the table is {judgements.shape[0]} × {judgements.shape[1]}.",
                problems=[f"only on one side: {name}" for name in odd[:5]],
            )
        return _numbers(judgements.loc[index, index])
    if isinstance(judgements, Mapping):
        odd = [repr(key) for key in judgements if not (isinstance(key, tuple) and len(key) == 2)]
        if odd:
            raise DataError(
                "Judgements are given by pairs of items.",
                problems=odd[:5],
                hint='Write {("quality", "price"): 3}: quality is three times as important as price.',
            )
        pairs = {(str(a), str(b)): v for (a, b), v in judgements.items()}
        order = names if names is not None else dict.fromkeys(name for pair in pairs for name in pair)
        index = check_names(order, "items")
        cells = np.full((len(index), len(index)), np.nan, dtype=object)
        for (a, b), value in pairs.items():
            if a not in index or b not in index:
                raise DataError(
                    f"The pair ({a!r}, {b!r}) names no item.", hint=f"Items: {', '.join(map(str, index))}."
                )
            cells[index.get_loc(a), index.get_loc(b)] = value
        return _numbers(pd.DataFrame(cells, index=index, columns=index))
    array = np.asarray(judgements, dtype=object)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise DataError(f"Judgements in pairs need a square matrix; got the shape {array.shape}.")
    index = check_names(names if names is not None else range(1, len(array) + 1), "items")
    if len(index) != len(array):
        raise DataError(f"{len(index)} names for {len(array)} items.")
    return _numbers(pd.DataFrame(array, index=index, columns=index))


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    numbers = float_table(table)
    words = numbers.isna().to_numpy() & table.notna().to_numpy()
    if words.any():
        raise DataError(
            "Some judgements are no numbers.",
            problems=[
                f"({table.index[i]!r}, {table.columns[j]!r}): {shown(table.iloc[i, j])}"
                for i, j in np.argwhere(words)[:5]
            ],
            hint="Write fractions as numbers: 1/3, not '1/3'.",
        )
    return numbers


def reciprocal(table: pd.DataFrame, largest: float | None) -> pd.DataFrame:
    """Return the full reciprocal matrix; tell all that stands against it at once."""
    n, names = len(table), table.index
    limit = len(RANDOM_INDEX["saaty"])
    if n > limit:
        raise DataError(
            f"{n} items are too many for comparisons in pairs; {limit} are the most.",
            hint="Compare groups first, then items within groups (global_weights).",
        )
    a = table.to_numpy(copy=True)
    problems = [
        f"({names[i]!r}, {names[i]!r}): {a[i, i]:g}, an item is as important as itself: 1"
        for i in range(n)
        if not np.isnan(a[i, i]) and abs(a[i, i] - 1) > 1e-9
    ]
    np.fill_diagonal(a, 1.0)
    for i in range(n):
        for j in range(i + 1, n):
            pair = f"({names[i]!r}, {names[j]!r})"
            values = [v for v in (a[i, j], a[j, i]) if not np.isnan(v)]
            if not values:
                problems.append(f"{pair}: no judgement")
            elif min(values) <= 0 or not np.isfinite(values).all():
                problems.append(f"{pair}: {', '.join(f'{v:g}' for v in values)}, must be above 0")
            elif len(values) == 2 and abs(values[0] * values[1] - 1) > 0.02:
                problems.append(f"{pair}: {values[0]:g} and back {values[1]:g}, not reciprocal")
            else:
                # the side of 1 or more was typed without rounding
                forward = np.isnan(a[j, i]) or (not np.isnan(a[i, j]) and a[i, j] >= a[j, i])
                ratio = float(a[i, j]) if forward else 1 / float(a[j, i])
                a[i, j], a[j, i] = ratio, 1 / ratio
                if largest is not None and max(ratio, 1 / ratio) > largest * 1.02:
                    problems.append(f"{pair}: {ratio:g}, off the scale 1/{largest:g} … {largest:g}")
    if problems:
        raise DataError(
            f"The matrix of judgements cannot be used: {len(problems)} pairs.",
            problems=problems[:10],
            hint="Each pair needs one number above 0; the cell across the diagonal is its reciprocal or empty.",
        )
    return pd.DataFrame(a, index=names, columns=names)
