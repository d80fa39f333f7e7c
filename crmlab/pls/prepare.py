"""From a table of answers to the matrix that a path model is fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import floats
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.pls.structure import Structure

__all__ = ["MISSING_RULES", "Answers", "prepare"]

MISSING_RULES = ("mean", "listwise")


@dataclass(frozen=True)
class Answers:
    """Complete answers: shape ``(n, items)``, rows labelled as in the data."""

    matrix: NDArray[np.float64]
    index: pd.Index
    n_rows: int
    #: rows left out: without any answer, or (listwise) without some
    n_dropped: int
    #: single answers replaced by the item's mean
    n_replaced: int


def prepare(data: pd.DataFrame, structure: Structure, missing: str) -> Answers:
    """Take the model's items from the data, treat missing answers by the named rule, refuse what cannot be fitted."""
    if missing not in MISSING_RULES:
        raise ParameterError(f"missing={missing!r} is unknown.", hint=f"Allowed: {', '.join(MISSING_RULES)}.")
    structure.check_columns(data.columns)
    twice = [item for item in structure.items if list(data.columns).count(item) > 1]
    if twice:
        raise DataError(
            f"The data have several columns named {', '.join(twice)}.", hint="Give each column its own name."
        )
    values = np.column_stack([_numbers(data[item], item) for item in structure.items])
    gaps = np.isnan(values)
    keep = np.asarray(~gaps.any(axis=1) if missing == "listwise" else ~gaps.all(axis=1), dtype=bool)
    values, gaps = values[keep], gaps[keep]
    _check_size(values, structure, missing)
    if gaps.any():
        values = np.where(gaps, np.nanmean(values, axis=0), values)
    constant = [
        item for item, spread in zip(structure.items, np.ptp(values, axis=0), strict=True) if spread == 0
    ]
    if constant:
        raise DataError(
            "Items on which all answers are equal carry no information, and their correlation is not defined.",
            problems=[
                f"{item}: every answer is {values[0, structure.items.index(item)]:g}" for item in constant
            ],
            hint="Leave these items out of the structure.",
        )
    return Answers(values, data.index[keep], len(data), int((~keep).sum()), int(gaps.sum()))


def _numbers(column: pd.Series, item: str) -> NDArray[np.float64]:
    numbers = floats(column)
    bad = (np.isnan(numbers) & column.notna().to_numpy()) | np.isinf(numbers)
    if bad.any():
        rows = column[bad].head(5)
        raise DataError(
            f"Item {item} has {int(bad.sum())} answers that are not finite numbers.",
            problems=[f"row {label}: {value!r}" for label, value in rows.items()],
            hint="Turn words into numbers, and leave missing answers empty.",
        )
    return np.asarray(numbers, dtype=float)


def _check_size(values: NDArray[np.float64], structure: Structure, missing: str) -> None:
    n = len(values)
    blocks_b = [len(items) for c, items in structure.blocks.items() if structure.modes[c] == "B"]
    regressors = max([len(structure.predecessors(c)) for c in structure.endogenous] + blocks_b)
    needed = max(regressors + 2, 4)
    if n < needed:
        raise DataError(
            f"{n} respondents are too few for this model: its largest regression alone needs {needed}.",
            hint="Rows with a missing answer are left out by missing='listwise'; missing='mean' keeps them."
            if missing == "listwise"
            else "A rule of thumb asks for ten respondents per arrow that points at one construct.",
        )
    empty = [
        item
        for item, gone in zip(structure.items, np.asarray(np.isnan(values).all(axis=0)), strict=True)
        if gone
    ]
    if empty:
        raise DataError(
            f"No respondent answered {', '.join(empty)}.", hint="Leave these items out of the structure."
        )
