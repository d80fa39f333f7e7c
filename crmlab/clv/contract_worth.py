"""What customers under contract are worth: payments still to come, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._contracts import tenures
from crmlab.clv._guard import numbers
from crmlab.clv._model import check_confidence, shifted
from crmlab.clv._predict import positive_interval
from crmlab.clv._rows import check_columns
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmlab.clv._contract_model import ContractModel

    Floats = NDArray[np.float64]

__all__ = ["ContractValue", "contract_value"]

#: payments discounted below exp(-37) = 1e-16 add nothing
_NOTHING = 37.0
#: smallest discount rate at which all payments to come are added up
_LOWEST_RATE = 1e-4
_LONGEST_HORIZON = 10_000


@dataclass(frozen=True, eq=False, kw_only=True)
class ContractValue:
    """What today's customers will pay; see :func:`contract_value`.

    Attributes
    ----------
    customers
        One row for each customer who has not left: ``tenure``, ``fee``, ``retention`` (probability of the next renewal),
        ``payments`` (expected within the horizon), ``value_horizon``, ``value`` (all payments to come).
    by_tenure
        One row a tenure that a customer of today has: ``tenure``, ``customers``, ``retention``, ``payments``, ``derl``
        (discounted expected residual lifetime, in payments), ``derl_low``, ``derl_high``, ``value``.
    totals
        ``measure`` ("renewing": customers who will renew next time; "payments" within the horizon; "value_horizon";
        "value"), ``estimate``; ``low``, ``high``, how well the expectation is known; ``actual_low``, ``actual_high``,
        where what really comes will lie.
    new_customer
        Value of all payments of a new customer, the first one today; ``new_horizon``: of those within the horizon.
    fee
        Mean fee of a period, over customers of whom it is known; 1 where no fees are given (values count periods).
    horizon, discount_rate, margin, confidence
        As asked; the first two in periods and a period.

    """

    customers: pd.DataFrame
    by_tenure: pd.DataFrame
    totals: pd.DataFrame
    new_customer: float
    new_horizon: float
    fee: float
    horizon: int
    discount_rate: float
    margin: float
    confidence: float

    @property
    def total(self) -> float:
        """Value of all payments to come, of all customers."""
        return float(self.customers["value"].sum())

    def summary(self) -> pd.DataFrame:
        """Return the totals."""
        return self.totals.copy()


@checked_arguments
def contract_value(
    model: ContractModel,
    contracts: pd.DataFrame,
    *,
    horizon: int,
    discount_rate: float,
    margin: float = 1.0,
    fee: float | None = None,
    confidence: float | None = None,
) -> ContractValue:
    r"""Value the customers who have not left, and a new one.

    Parameters
    ----------
    model
        A fitted model of contracts.
    contracts
        A row a customer: ``tenure`` (renewals faced, whole), ``lost``; ``fee`` (what is paid a period, 0 or more;
        missing ones count as the mean of the others) where it is known.
    horizon
        Payments counted in ``payments`` and ``value_horizon``: so many renewals ahead, at least 1.
    discount_rate
        For one period, at least 0.0001: an annual rate d and periods of m months give :math:`(1+d)^{m/12} - 1`.
    margin
        Share of a payment that is profit, above 0 and at most 1.
    fee
        The same fee for everybody, in place of the column.
    confidence
        Level of the intervals; default: that of the model.

    Returns
    -------
    ContractValue

    Raises
    ------
    DataError
        Columns missing or not readable, a negative fee, or nobody left to value.
    ParameterError
        A parameter out of its range.

    Notes
    -----
    Just before its next renewal, a customer who has renewed n times is worth

    .. math:: m\,f \sum_{k=1}^{\infty} \frac{S(n+k)}{S(n)} \frac{1}{(1+d)^{k-1}}

    the fee f times the margin m times the discounted expected residual lifetime (DERL), which rises with n: the longer
    somebody has stayed, the likelier it is that he is of the staying kind. To value all customers by one mean retention
    rate undervalues the old ones. A new customer pays the first fee now: :math:`m f \sum_{t \ge 0} S(t) (1+d)^{-t}`.

    ``low`` and ``high`` come from the delta method on the log scale; ``actual_low`` and ``actual_high`` add the exact
    variance of what each customer happens to do. Fees are taken to stay as they are, and customers to leave without
    regard to each other and to their fee. A good part of the value lies beyond all that was observed: it is the
    model's, not the data's.

    References
    ----------
    Fader, P. S., & Hardie, B. G. S. (2010). Customer-base valuation in a contractual setting: The perils of ignoring
    heterogeneity. Marketing Science, 29(1), 85-93. https://doi.org/10.1287/mksc.1080.0482

    Checked against: :meth:`SBG.discounted_residual_lifetime`, a sum written out payment by payment, and simulated
    customers (mean, and share of outcomes inside the interval).

    Examples
    --------
    >>> from crmlab.clv import fit_sbg
    >>> lost = [369, 163, 86, 56, 37, 27, 21]
    >>> table = pd.DataFrame({"tenure": np.repeat([*range(1, 8), 7], [*lost, 241]),
    ...                       "lost": np.repeat([True, False], [759, 241])})
    >>> found = contract_value(fit_sbg(table), table, horizon=5, discount_rate=0.1)
    >>> found.by_tenure[["tenure", "customers", "derl"]].round(2).to_dict("list")
    {'tenure': [7], 'customers': [241], 'derl': [6.84]}
    >>> bool(found.new_customer < found.by_tenure["derl"][0])
    True

    """
    level = model.confidence if confidence is None else confidence
    check_confidence(level)
    _check(horizon, discount_rate, margin)
    there, paid, mean = _today(contracts, fee)
    n = there["tenure"].to_numpy(dtype=np.float64)
    found, place = np.unique(n, return_inverse=True)
    count = np.bincount(place).astype(np.float64)
    money = margin * np.bincount(place, weights=paid)
    square = margin**2 * np.bincount(place, weights=paid**2)
    v = 1 / (1 + discount_rate)
    longest = max(int(np.ceil(_NOTHING / np.log1p(discount_rate))), horizon)
    factors: Floats = v ** np.arange(longest, dtype=np.float64)

    def stays(one: ContractModel, periods: int) -> Floats:
        """Return S(n + k) / S(n), a row a tenure, a column a k of 1 and more."""
        k = np.arange(1.0, periods + 1)
        ratios: Floats = np.exp(one.log_survival(found[:, None] + k) - one.log_survival(found)[:, None])
        return ratios

    def each(one: ContractModel) -> Floats:
        """Return what is expected by tenure: renewing, payments, discounted payments to the horizon and for good."""
        table = stays(one, longest)
        near = table[:, :horizon]
        return np.stack([table[:, 0], near.sum(axis=1), near @ factors[:horizon], table @ factors])

    base, weights = each(model), np.stack([count, count, money, money])
    chance = _chance(
        stays(model, longest), factors, horizon, weights=np.stack([count, count, square, square])
    )
    known = _variances(model, lambda one: np.sum(each(one) * weights, axis=1))
    derl = _variances(model, lambda one: each(one)[3])
    rows = [
        _row(name, float(base[at] @ weights[at]), float(known[at]), float(chance[at]), level)
        for at, name in enumerate(("renewing", "payments", "value_horizon", "value"))
    ]
    rows[0] |= {name: min(float(rows[0][name]), float(count.sum())) for name in ("high", "actual_high")}
    ends = [positive_interval(float(e), float(s), level) for e, s in zip(base[3], derl, strict=True)]
    start = np.exp(model.log_survival(np.arange(float(longest))))
    return ContractValue(
        customers=there.assign(
            fee=paid,
            retention=base[0][place],
            payments=base[1][place],
            value_horizon=margin * paid * base[2][place],
            value=margin * paid * base[3][place],
        ),
        by_tenure=pd.DataFrame(
            {
                "tenure": found.astype(np.int64),
                "customers": count.astype(np.int64),
                "retention": base[0],
                "payments": base[1],
                "derl": base[3],
                "derl_low": [end["low"] for end in ends],
                "derl_high": [end["high"] for end in ends],
                "value": money * base[3],
            }
        ),
        totals=pd.DataFrame(rows),
        new_customer=float(margin * mean * (start @ factors)),
        new_horizon=float(margin * mean * (start[:horizon] @ factors[:horizon])),
        fee=mean,
        horizon=int(horizon),
        discount_rate=float(discount_rate),
        margin=float(margin),
        confidence=level,
    )


def _today(contracts: pd.DataFrame, fee: float | None) -> tuple[pd.DataFrame, Floats, float]:
    """Return the customers who have not left, the fee of each, and the mean fee of all."""
    tenure, lost = tenures(contracts)
    active = ~lost
    there = pd.DataFrame({"tenure": tenure[active]}, index=contracts.index[active])
    if there.empty:
        raise DataError("All customers have left: there is nobody to value.")
    if fee is not None or "fee" not in contracts:
        one = 1.0 if fee is None else fee
        if not (np.isfinite(one) and one >= 0):
            raise ParameterError(f"fee is {fee!r}; it must be a number of 0 or more.")
        return there, np.full(len(there), one), one
    check_columns(contracts, ("fee",), what="contracts")
    paid = numbers(contracts, "fee")
    known = np.isfinite(paid)
    if not known.any():
        raise DataError("No fee is known.", hint="Leave the column out, and values count periods.")
    if (paid[known] < 0).any():
        bad = contracts.index[known & (paid < 0)][:5]
        raise DataError(f"Some fees are negative: {', '.join(map(str, bad))}")
    mean = float(paid[known].mean())
    return there, np.where(known, paid, mean)[active], mean


def _variances(model: ContractModel, of: Callable[[ContractModel], Floats]) -> Floats:
    gradient = np.array(
        [(of(model.at(up)) - of(model.at(down))) / width for up, down, width in shifted(model)]
    )
    variance: Floats = np.einsum("it,ij,jt->t", gradient, model.covariance_log, gradient)
    return variance


def _chance(stays: Floats, factors: Floats, horizon: int, *, weights: Floats) -> Floats:
    """Return the variance of each total that comes from what each customer happens to do.

    With L renewals still to come, a customer pays A(L), the sum of the first L factors; E[A(L)^2] is the sum over k of
    P(L >= k) (A(k)^2 - A(k-1)^2).
    """

    def of(steps: Floats, share: Floats) -> Floats:
        added = np.cumsum(steps)
        squares = np.diff(added**2, prepend=0.0)
        variance: Floats = share @ squares - (share @ steps) ** 2
        return variance

    near = stays[:, :horizon]
    parts = (
        stays[:, 0] * (1 - stays[:, 0]),
        of(np.ones(horizon), near),
        of(factors[:horizon], near),
        of(factors, stays),
    )
    return np.array([float(part @ weight) for part, weight in zip(parts, weights, strict=True)])


def _row(name: str, estimate: float, known: float, chance: float, level: float) -> dict[str, Any]:
    within, actual = (
        positive_interval(estimate, variance, level) for variance in (known, known + max(chance, 0.0))
    )
    return {
        "measure": name,
        "estimate": estimate,
        "low": within["low"],
        "high": within["high"],
        "actual_low": actual["low"],
        "actual_high": actual["high"],
    }


def _check(horizon: int, discount_rate: float, margin: float) -> None:
    problems = []
    if not 1 <= horizon <= _LONGEST_HORIZON:
        problems.append(f"horizon is {horizon!r}; it must be a whole number from 1 to {_LONGEST_HORIZON:,}")
    if not (np.isfinite(discount_rate) and discount_rate >= _LOWEST_RATE):
        problems.append(
            f"discount_rate is {discount_rate!r}; it must be {_LOWEST_RATE} or more (0.10 is 10 % a period)"
        )
    if not 0 < margin <= 1:
        problems.append(
            f"margin is {margin!r}; it must be above 0 and at most 1 (0.3 is 30 % of what is paid)"
        )
    if problems:
        raise ParameterError("Some parameters are out of their range.", problems=problems)
