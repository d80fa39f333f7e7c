"""The chain ladder: from triangles of what happened so far to what will have happened in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import float_table
from crmlab.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["ChainLadder", "chain_ladder"]


@dataclass(frozen=True, eq=False)
class ChainLadder:
    """Cohorts run to their end by the development of those before them.

    Attributes
    ----------
    factors
        From each age to the next: indexed by age; ``factor``, ``cohorts`` it rests on.
    table
        One row a cohort: ``latest`` (cumulative, as observed), ``age`` (of it), ``ultimate``, ``outstanding`` (ultimate
        less latest), ``developed`` (latest over ultimate).

    """

    factors: pd.DataFrame
    table: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return one row: sums of ``latest``, ``ultimate`` and ``outstanding``."""
        return self.table[["latest", "ultimate", "outstanding"]].sum().to_frame().T


def chain_ladder(triangle: ArrayLike | pd.DataFrame) -> ChainLadder:
    r"""Complete a cumulative triangle by volume-weighted development factors.

    Parameters
    ----------
    triangle
        One row a cohort, the oldest first, one column an age; cumulative; missing where it has not happened yet. Each
        row is observed from its first age on without gaps.

    Returns
    -------
    ChainLadder

    Raises
    ------
    DataError
        Gaps, infinite or negative numbers, a cohort without any number, an age that no cohort passed beside the last.

    Notes
    -----
    With :math:`C_{i,a}` of cohort i up to age a, over the cohorts that have reached age a + 1,

    .. math:: \hat f_a = \frac{\sum_i C_{i,a+1}}{\sum_i C_{i,a}}, \qquad
              \hat C_{i,\infty} = C_{i,a_i} \prod_{a \ge a_i} \hat f_a

    It supposes that later cohorts develop as earlier ones did, and that nothing comes after the last age. A young cohort
    with little so far is multiplied by large factors, and one with nothing stays at nothing: read these with care, or
    use survival, which starts from what the cohort *was given*.

    References
    ----------
    Mack, T. (1993). Distribution-free calculation of the standard error of chain ladder reserve estimates. ASTIN
    Bulletin, 23(2), 213-225. https://doi.org/10.2143/AST.23.2.2005092

    Checked against: the triangle of Taylor and Ashe in Mack (1993): factors to three decimals, reserve 18,680,856.

    Examples
    --------
    >>> found = chain_ladder([[100, 150, 165], [200, 300, None], [120, None, None]])
    >>> found.factors["factor"].round(3).tolist()
    [1.5, 1.1]
    >>> found.table["ultimate"].round(1).tolist()
    [165.0, 330.0, 198.0]

    """
    frame = _frame(triangle)
    c = float_table(frame).to_numpy()
    _check(frame, c)
    seen = ~np.isnan(c)
    age = seen.sum(axis=1) - 1
    factors = development_factors(np.nan_to_num(c)[np.newaxis], seen)[0]
    tail = np.append(np.cumprod(factors[::-1])[::-1], 1.0)
    latest = c[np.arange(len(c)), age]
    ultimate = latest * tail[age]
    with np.errstate(invalid="ignore", divide="ignore"):
        developed = latest / ultimate
    return ChainLadder(
        factors=pd.DataFrame(
            {"factor": factors, "cohorts": seen[:, 1:].sum(axis=0)},
            index=frame.columns[:-1].to_flat_index().rename("age"),
        ),
        table=pd.DataFrame(
            {
                "latest": latest,
                "age": frame.columns.to_numpy()[age],
                "ultimate": ultimate,
                "outstanding": ultimate - latest,
                "developed": developed,
            },
            index=frame.index.to_flat_index().rename("cohort"),
        ),
    )


def _frame(triangle: ArrayLike | pd.DataFrame) -> pd.DataFrame:
    if isinstance(triangle, pd.DataFrame):
        return triangle
    if isinstance(triangle, (list, tuple, np.ndarray)) and all(np.ndim(row) == 1 for row in triangle):
        return pd.DataFrame(triangle)
    raise DataError(
        f"A triangle is a table with a row a cohort and a column an age; got {type(triangle).__name__}.",
        hint="Write [[100, 150, 165], [200, 300, None], [120, None, None]].",
    )


def development_factors(c: Floats, seen: Bools) -> Floats:
    """Return the factors of stacked triangles (draws, cohorts, ages); 1 where nothing has happened by an age."""
    both = seen[:, 1:]
    upper = (c[:, :, 1:] * both).sum(axis=1)
    lower = (c[:, :, :-1] * both).sum(axis=1)
    out: Floats = np.divide(upper, lower, out=np.ones_like(upper), where=lower > 0)
    return out


def _check(frame: pd.DataFrame, c: Floats) -> None:
    if c.ndim != 2 or not c.size:
        raise DataError("The triangle has no cells.", hint="One row a cohort, one column an age.")
    seen = ~np.isnan(c)
    problems = [
        f"cohort {label!r} {what}"
        for bad, what in (
            (~seen[:, 0], "has no number at its first age"),
            ((seen[:, 1:] & ~seen[:, :-1]).any(axis=1), "has a gap"),
            ((np.isinf(c) | (c < 0)).any(axis=1), "has an infinite or negative number"),
        )
        for label in frame.index[np.flatnonzero(bad)[:5]]
    ]
    alone = np.flatnonzero(seen.sum(axis=0) == 0)
    problems += [f"no cohort has a number at age {frame.columns[i]!r}" for i in alone[:5]]
    if problems:
        raise DataError("This is no cumulative triangle.", problems=problems)
