"""Contracts as plain numbers: at each renewal, how many faced it and how many left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.clv._guard import numbers
from crmlab.clv._rows import check_columns
from crmlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from numpy.typing import ArrayLike, NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Parts = tuple[float, Floats, Floats]

__all__ = ["Contracts", "contract_log_likelihood", "read_contracts", "tenures"]

_SHOWN = 5
#: renewals that nobody faces: what is beyond is a date, or an amount
_LONGEST = 100_000


@dataclass(frozen=True, eq=False)
class Contracts:
    """Renewals 1, 2, ... summed over all cohorts: the likelihood needs no more.

    `renewed` and `lost` count customers by renewal; `customers` is how many there are in all.
    """

    renewed: Floats
    lost: Floats
    customers: int

    @property
    def renewals(self) -> Floats:
        """Numbers of the renewals, from 1."""
        return np.arange(1, len(self.lost) + 1, dtype=np.float64)

    @property
    def informative(self) -> int:
        """Number of renewals that somebody faced."""
        return int(np.count_nonzero(self.renewed + self.lost))


def read_contracts(survivors_or_lost: ArrayLike | pd.DataFrame) -> Contracts:
    """Return the renewals of one cohort, of a table of cohorts, or of single customers.

    Raises
    ------
    DataError
        Listing all problems at once.

    """
    if isinstance(survivors_or_lost, pd.DataFrame):
        if {"tenure", "lost"} <= set(survivors_or_lost.columns):
            return _of_customers(survivors_or_lost)
        return _of_cohorts(survivors_or_lost)
    try:
        values = np.asarray(survivors_or_lost, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            "The survivors are no numbers.", hint="One cohort is a list such as [1000, 631, 468]."
        ) from error
    if values.ndim not in {1, 2}:
        raise DataError(
            f"The survivors have {values.ndim} dimensions; one cohort is a list, several a table."
        )
    return _of_cohorts(pd.DataFrame(np.atleast_2d(values)))


def _of_cohorts(table: pd.DataFrame) -> Contracts:
    """Read a row a cohort, a column a period from 0; periods not seen yet are missing at the end."""
    if table.empty or table.shape[1] < 2:
        raise DataError(
            f"The survivors cover {table.shape[1] if len(table) else 0} period(s); at least two are needed: "
            "at the start, and after the first renewal."
        )
    S = np.column_stack([numbers(table, name) for name in _unique(table)])
    seen = np.isfinite(S)
    with np.errstate(invalid="ignore"):
        checks = (
            (~seen[:, 0] | (S[:, 0] <= 0), "do not start with a number above 0"),
            ((seen[:, 1:] & ~seen[:, :-1]).any(axis=1), "have a gap (only the last periods may be missing)"),
            ((S < 0).any(axis=1), "have a negative number"),
            (
                (seen & (np.floor(S) != S)).any(axis=1),
                "are not whole (give customers, not percentages: shares do not tell how many they stand for)",
            ),
            ((S[:, 1:] > S[:, :-1]).any(axis=1), "rise (who has left does not come back under a contract)"),
        )
    _complain(table, checks, "cohort(s)", "survivors")
    later = seen[:, 1:]
    renewed = np.where(later, S[:, 1:], 0.0).sum(axis=0)
    lost = np.where(later, S[:, :-1] - S[:, 1:], 0.0).sum(axis=0)
    return Contracts(renewed, lost, int(S[:, 0].sum()))


def _unique(table: pd.DataFrame) -> pd.Index:
    if table.columns.has_duplicates:
        raise DataError("Two periods of the cohort table have the same name; each column is a period.")
    return table.columns


def _of_customers(table: pd.DataFrame) -> Contracts:
    """Read a row a customer: `tenure` renewals faced, `lost` at the last of them or not."""
    t, lost = tenures(table)
    longest = int(t.max())
    if longest == 0:
        raise DataError("No customer has faced a renewal: every tenure is 0.")
    left = np.bincount(t[lost], minlength=longest + 1)[1:].astype(np.float64)
    faced = np.bincount(t, minlength=longest + 1)[::-1].cumsum()[::-1][1:].astype(np.float64)
    return Contracts(faced - left, left, len(table))


def tenures(table: pd.DataFrame) -> tuple[Ints, Bools]:
    """Return the renewals that each customer faced, and who was lost at the last of them."""
    check_columns(table, ("tenure", "lost"), what="contracts")
    if table.empty:
        raise DataError("The table of contracts has no rows.")
    tenure, lost = numbers(table, "tenure"), numbers(table, "lost")
    with np.errstate(invalid="ignore"):
        checks = (
            (~np.isfinite(tenure), "have no tenure"),
            (
                (tenure < 0) | (tenure != np.floor(tenure)) & np.isfinite(tenure),
                "have a tenure that is not whole",
            ),
            (np.isfinite(tenure) & (tenure > _LONGEST), f"have a tenure of more than {_LONGEST:,} renewals"),
            (~np.isin(lost, (0.0, 1.0)), "have a 'lost' that is neither true nor false"),
            ((lost == 1) & (tenure == 0), "are lost before their first renewal (tenure 0)"),
        )
    _complain(table.loc[:, ["tenure", "lost"]], checks, "row(s)", "contracts")
    return tenure.astype(np.int64), lost == 1


def _complain(table: pd.DataFrame, checks: Iterable[tuple[Any, str]], rows: str, what: str) -> None:
    problems = []
    for bad, why in checks:
        if bad.any():
            shown = table[bad].head(_SHOWN)
            found = "; ".join(
                f"{label!r} ({', '.join(map(str, row[:12]))})"
                for label, row in zip(shown.index, shown.itertuples(index=False), strict=True)
            )
            problems.append(f"{int(bad.sum())} {rows} {why}: {found}{'; …' if bad.sum() > _SHOWN else ''}")
    if problems:
        raise DataError(
            f"The {what} cannot be read.",
            problems=problems,
            hint="Give the survivors of a cohort from its start ([1000, 631, 468]), a table with a row a cohort, "
            "or a row a customer with 'tenure' (renewals faced) and 'lost' (left at the last of them).",
        )


def contract_log_likelihood(contracts: Contracts, *, weibull: bool) -> Callable[[Floats], Parts]:
    r"""Return a function of ``log([alpha, beta])`` or ``log([alpha, beta, c])``: value, gradient, Hessian.

    Each renewal is a toss with the retention rate

    .. math:: r_t = \frac{B(\alpha, \beta + t^c)}{B(\alpha, \beta + (t-1)^c)}, \qquad
              LL = \sum_t \mathrm{renewed}_t \ln r_t + \mathrm{lost}_t \ln(1 - r_t).
    """
    from scipy.special import digamma, gammaln, zeta

    size = 3 if weibull else 2
    t = np.arange(len(contracts.lost) + 1, dtype=np.float64)
    with np.errstate(divide="ignore"):
        log_t = np.where(t > 0, np.log(t), 0.0)

    def evaluate(theta: Floats) -> Parts:
        p = np.exp(theta)
        alpha, beta, c = p if weibull else (*p, 1.0)
        u = t**c
        both, one = alpha + beta + u, beta + u
        value = gammaln(one) - gammaln(both)
        d_both, d_one = digamma(both), digamma(one)
        dd_both, dd_one = zeta(2.0, both), zeta(2.0, one)
        by_u, by_uu = d_one - d_both, dd_one - dd_both
        du = u * log_t  # by c
        g = np.stack([-d_both, by_u, by_u * du])[:size]
        h = np.empty((3, 3, len(t)))
        h[0, 0] = h[0, 1] = h[1, 0] = -dd_both
        h[1, 1] = by_uu
        h[0, 2] = h[2, 0] = -dd_both * du
        h[1, 2] = h[2, 1] = by_uu * du
        h[2, 2] = by_uu * du**2 + by_u * du * log_t
        q, g, h = np.diff(value), np.diff(g), np.diff(h[:size, :size])  # of ln r

        lost, renewed = contracts.lost, contracts.renewed
        # Far from the optimum a retention rate may round to 1; such a step is not finite, and is not taken.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            odds = 1 / np.expm1(-q)  # r / (1 - r)
            by_q = renewed - lost * odds
            by_qq = -lost * odds * (1 + odds)
            gradient = g @ by_q
            hessian = (g * by_qq) @ g.T + h @ by_q
            total = float(renewed @ q + lost @ np.log(-np.expm1(q)))
            return total, gradient * p, hessian * np.outer(p, p) + np.diag(gradient * p)

    return evaluate
