"""Columns that tell customers apart: checked, and collapsed to their distinct rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import floats
from crmlab.clv._collapse import distinct, levels
from crmlab.clv._rows import check_columns
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.clv._guard import Histories

    Floats = NDArray[np.float64]

__all__ = ["check_names", "check_tell_apart", "covariate_rows", "with_kinds"]

_SHOWN = 5
#: Share of a column's variance that others must leave unexplained.
_OWN = 1e-9


def check_names(given: Sequence[str] | None, *, whose: str) -> tuple[str, ...]:
    """Return the names of covariates as a tuple; raise a ParameterError if one stands there twice."""
    if given is None:
        return ()
    names = tuple(given)
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"{whose} names a column twice: {', '.join(map(repr, twice))}.")
    return names


def covariate_rows(table: pd.DataFrame, columns: Sequence[str]) -> Floats:
    """Return the columns as numbers, one row a customer.

    Raises
    ------
    DataError
        Listing all problems at once: columns that are not there, text, missing or infinite numbers.

    """
    try:
        check_columns(table, columns, what="customer table")
    except DataError as error:
        raise DataError(
            error.message,
            problems=error.problems,
            hint="Join the columns of your customers first: table = summary.table.join(traits); "
            "then give fit and predictions this table, and the fit its time_unit.",
        ) from None
    problems, found = [], np.empty((len(table), len(columns)))
    for i, name in enumerate(columns):
        column = table[name]
        found[:, i] = floats(column)
        if np.isnan(found[:, i]).all() and column.notna().any():
            seen = ", ".join(repr(value) for value in column.dropna().unique()[:3])
            problems.append(
                f"column '{name}' holds no numbers ({seen}); make a column of 0 and 1 of each value but one: "
                f"table.join(pd.get_dummies(table['{name}'], prefix='{name}', drop_first=True, dtype=float))"
            )
            continue
        bad = ~np.isfinite(found[:, i])
        if bad.any():
            rows = ", ".join(repr(label) for label in table.index[bad][:_SHOWN])
            problems.append(
                f"column '{name}' has {int(bad.sum())} missing or infinite number(s): {rows}"
                + ("; …" if bad.sum() > _SHOWN else "")
            )
    if problems:
        raise DataError(
            "The covariates cannot be used as they are.",
            problems=problems,
            hint="Each must be a number for each customer, known at the first purchase and the same ever after.",
        )
    return found


def with_kinds(h: Histories, z: Floats) -> Histories:
    """Return the histories with their distinct rows of covariates, and who has which."""
    codes = [levels(z[:, i]) for i in range(z.shape[1])]
    at, values = codes[0][0], codes[0][1][:, None]
    for code, found in codes[1:]:  # two at a time, so that no key grows beyond 63 bits
        (first, second), _, place = distinct((at, len(values)), (code, len(found)), inverse=True)
        assert place is not None
        at, values = place, np.column_stack([values[first], found[second]])
    return replace(h, kind=at, kinds=values)


def check_tell_apart(h: Histories, columns: Sequence[str], *, what: str) -> None:
    """Raise a DataError that names the columns which are constant, or follow from others."""
    assert h.kind is not None
    assert h.kinds is not None
    count = np.bincount(h.kind, minlength=len(h.kinds)).astype(np.float64)
    root = np.sqrt(count / count.sum())
    centred = (h.kinds - (count @ h.kinds) / count.sum()) * root[:, None]
    size = np.sqrt((centred**2).sum(axis=0))
    scale = np.abs(h.kinds).max(axis=0)
    problems: list[str] = []
    kept: list[int] = []
    for i, name in enumerate(columns):
        if size[i] <= 1e-12 * max(scale[i], 1e-300):
            problems.append(f"column '{name}' is {h.kinds[0, i]:g} for all customers")
            continue
        own = centred[:, i] / size[i]
        others = centred[:, kept] / size[kept]
        weights = np.linalg.lstsq(others, own, rcond=None)[0] if kept else np.zeros(0)
        if ((own - others @ weights) ** 2).sum() <= _OWN:
            from_these = [columns[j] for j, w in zip(kept, weights, strict=True) if abs(w) > 1e-6]
            problems.append(f"column '{name}' follows from {', '.join(map(repr, from_these))}")
            continue
        kept.append(i)
    if problems:
        raise DataError(
            f"The {what} covariates cannot be told apart.",
            problems=problems,
            hint="Leave these columns out; of columns made from one text column, leave one value out.",
        )
