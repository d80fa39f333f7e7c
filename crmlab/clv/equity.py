"""Customer equity: what the customers are worth together, segment by segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import as_column, checked_arguments, floats, in_order, real, same_rows
from crmlab.clv._model import check_confidence, normal_quantile
from crmlab.clv._rows import check_columns
from crmlab.clv.value import CLVResult
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["CustomerEquity", "customer_equity"]

_ALL = "all"
Money = float | Mapping[object, float]


@dataclass(frozen=True, eq=False, kw_only=True)
class CustomerEquity:
    """Customer equity by segment; see :func:`customer_equity`.

    Attributes
    ----------
    segments
        One row a segment, by falling equity: ``segment``, ``customers``; ``equity`` (sum of CLV, money) with ``se``,
        ``low``, ``high``; ``share`` of all equity (0 to 1) with ``share_low``, ``share_high``; ``mean`` CLV of a customer
        with ``mean_low``, ``mean_high``; ``serving`` (cost to serve), ``new_customers``, ``new_equity`` (what they add, less
        acquisition), ``net`` (equity - serving + new_equity). Missing where it cannot be known.
    total
        The same columns for all customers together, in one row; ``segment`` is "all".
    new_customer_value
        What a new customer is worth before acquisition, by segment.
    confidence
        Level of the intervals.

    """

    segments: pd.DataFrame
    total: pd.DataFrame
    new_customer_value: Mapping[object, float]
    confidence: float

    def summary(self) -> pd.DataFrame:
        """Return the segments, and the total in the last row."""
        return pd.concat([self.segments, self.total], ignore_index=True)


@checked_arguments
def customer_equity(
    clv: CLVResult | pd.DataFrame,
    by: pd.Series | Sequence[object] | str | None = None,
    *,
    cost_to_serve_annual: Money = 0.0,
    new_customers: Money = 0.0,
    acquisition_cost: Money = 0.0,
    new_customer_value: Money | None = None,
    confidence: float | None = None,
) -> CustomerEquity:
    r"""Add up customer lifetime value by segment, with intervals, and set costs and new customers beside it.

    Parameters
    ----------
    clv
        The result of :func:`customer_lifetime_value`; or a table with a column ``clv`` (money), one row a customer, which
        tells sums and shares but no intervals.
    by
        The segment of each customer: a Series on the customers' index, values in the order of the table, or the name of a
        column of it. Customers without a segment are a segment of their own (missing). Default: all are one.
    cost_to_serve_annual
        Money a year for serving a customer who is still there, 0 or more; one number, or one a segment. It is charged, and
        discounted, for each month of the horizon times the probability of being there today: who leaves within the horizon
        is charged to its end, so the cost is rather too high than too low. A table needs ``probability_alive``.
    new_customers
        How many are expected to be won over the horizon, 0 or more; one number (then it needs ``by=None``), or one a
        segment.
    acquisition_cost
        Money to win one of them, 0 or more; one number, or one a segment.
    new_customer_value
        What one of them is worth before acquisition. Default: margin times the expected first purchase, now, plus his
        discounted repeat purchases over the horizon as the models expect them of all new customers alike.
    confidence
        Level of the intervals; default: that of the CLV.

    Returns
    -------
    CustomerEquity

    Raises
    ------
    ParameterError
        Listing all at once: costs or numbers below 0, segments that do not exist, new customers by one number for
        several segments.
    DataError
        No column ``clv``, missing values in it, a Series that lacks customers.

    Notes
    -----
    .. math:: \mathrm{CE}_g = \sum_{i \in g} \mathrm{CLV}_i, \qquad
              \mathrm{net}_g = \mathrm{CE}_g - S_g + N_g (v_g - A_g)

    The errors of two customers' values go together, for they come from the same parameters: so bounds of customers or of
    segments must not be added. Here the delta method is applied to each sum, over all parameters of both models; intervals
    are symmetric in the logarithm, those of shares in the logit. They say how well the expectation is known; costs, and the
    number and value of new customers, are taken as given.

    Groups are all shown, however small: before publishing, suppress those below your minimum.

    References
    ----------
    Rust, R. T., Lemon, K. N., & Zeithaml, V. A. (2004). Return on marketing: Using customer equity to focus marketing
    strategy. Journal of Marketing, 68(1), 109-127. https://doi.org/10.1509/jmkg.68.1.109.24030

    Gupta, S., Lehmann, D. R., & Stuart, J. A. (2004). Valuing customers. Journal of Marketing Research, 41(1), 7-18.
    https://doi.org/10.1509/jmkr.41.1.7.25084

    Checked against: the interval of :func:`customer_lifetime_value` for the total; draws of all parameters for segments
    and shares; sums by hand.

    Examples
    --------
    >>> from crmlab.clv import customer_lifetime_value, fit_bg_nbd, fit_gamma_gamma
    >>> from crmlab.clv._simulate import simulate_histories
    >>> table = simulate_histories(np.full(2000, 52.0), rng=np.random.default_rng(1))
    >>> value = customer_lifetime_value(fit_bg_nbd(table, time_unit="week"), fit_gamma_gamma(table), table)
    >>> equity = customer_equity(value, by=(table["frequency"] >= 2).map({True: "often", False: "rarely"}))
    >>> equity.segments["segment"].tolist(), round(float(equity.segments["share"].sum()), 6)
    (['often', 'rarely'], 1.0)

    """
    table, level = _table(clv, confidence)
    code, labels = _groups(table, by)
    asked = {
        "cost_to_serve_annual": cost_to_serve_annual,
        "new_customers": new_customers,
        "acquisition_cost": acquisition_cost,
    }
    each = _each_segment(asked, labels)
    worth = _worth_of_new(clv, new_customer_value, labels, any_new=bool((each["new_customers"] > 0).any()))
    n = len(labels)
    sums = clv.sums if isinstance(clv, CLVResult) else None
    new = each["new_customers"]
    found = _Segments(
        labels=labels,
        customers=np.bincount(code, minlength=n).astype(np.float64),
        equity=_sums(code, table["clv"].to_numpy(dtype=np.float64), n),
        serving=_serving(clv, table, code, each["cost_to_serve_annual"]),
        new_customers=new,
        new_equity=np.where(new > 0, new * (worth - each["acquisition_cost"]), 0.0),
        slopes=None if sums is None else sums.slopes(code, n),
        covariance=None if sums is None else sums.covariance,
    )
    segments = found.rows(level)
    return CustomerEquity(
        segments=segments.sort_values("equity", ascending=False, kind="stable", ignore_index=True),
        total=found.together().rows(level),
        new_customer_value=dict(zip(labels, worth.tolist(), strict=True)),
        confidence=level,
    )


def _sums(code: Ints, values: Floats, n: int) -> Floats:
    added: Floats = np.bincount(code, weights=values, minlength=n).astype(np.float64)
    return added


def _table(clv: CLVResult | pd.DataFrame, confidence: float | None) -> tuple[pd.DataFrame, float]:
    table = clv.table if isinstance(clv, CLVResult) else clv
    known = clv.confidence if isinstance(clv, CLVResult) else 0.95
    level = known if confidence is None else confidence
    check_confidence(level)
    if not isinstance(table, pd.DataFrame) or "clv" not in table.columns:
        raise DataError(
            "Customer equity needs the result of customer_lifetime_value, or a table with a column 'clv'.",
        )
    check_columns(table, ("clv",), what="customer table")
    bad = ~np.isfinite(floats(table["clv"]))
    if bad.any():
        rows = ", ".join(repr(label) for label in table.index[bad][:5])
        raise DataError(f"{int(bad.sum())} customer(s) have no finite clv: {rows}.")
    return table, level


def _groups(table: pd.DataFrame, by: pd.Series | Sequence[object] | str | None) -> tuple[Ints, list[object]]:
    """Return the code of each customer's segment, and the segments in the order of their names."""
    if by is None:
        return np.zeros(len(table), dtype=np.int64), [_ALL]
    if isinstance(by, str):
        if by not in table.columns:
            raise DataError(
                f"No column {by!r} to make segments of.",
                hint="Give by= a Series of segments on the customers' index.",
            )
        by = table[by]
    if not isinstance(by, pd.Series):
        by = as_column(by, "by")
        same_rows(clv=table, by=by.to_list())
        by = by.set_axis(table.index)
    if not by.index.equals(table.index):
        lost = table.index.difference(by.index)
        if len(lost):
            shown = ", ".join(repr(label) for label in lost[:5])
            raise DataError(
                f"The segments lack {len(lost)} customer(s): {shown}.",
                hint="The index of by= must hold each customer of the CLV; a missing value is a segment, too.",
            )
        by = by[~by.index.duplicated()].reindex(table.index)
    code, found = pd.factorize(by, sort=False, use_na_sentinel=True)
    labels: list[object] = list(found)
    order = [labels.index(label) for label in in_order(labels)]
    rank = np.empty(len(labels) + 1, dtype=np.int64)
    rank[order] = np.arange(len(labels))
    rank[-1] = len(labels)  # the missing, with code -1
    ordered = [labels[i] for i in order] + ([None] if (code < 0).any() else [])
    return rank[code], ordered


def _each_segment(asked: Mapping[str, Money], labels: list[object]) -> dict[str, Floats]:
    """Return each amount for each segment; raise a ParameterError that lists all problems."""
    problems: list[str] = []
    found = {}
    for name, value in asked.items():
        if isinstance(value, Mapping):
            unknown = [key for key in value if key not in labels]
            if unknown:
                problems.append(
                    f"{name} names no segment {', '.join(map(repr, unknown))}; there are {', '.join(map(repr, labels))}"
                )
            amounts = np.array([real(value.get(label, 0.0)) for label in labels])
        else:
            amounts = np.full(len(labels), real(value))
            if name == "new_customers" and value and len(labels) > 1:
                problems.append(
                    "new_customers is one number for several segments; give one a segment: {segment: number}"
                )
        if not (np.isfinite(amounts) & (amounts >= 0)).all():
            problems.append(f"{name} is {value!r}; it must be 0 or more")
        found[name] = amounts
    if problems:
        raise ParameterError("Some parameters are out of their range.", problems=problems)
    return found


def _worth_of_new(
    clv: CLVResult | pd.DataFrame, given: Money | None, labels: list[object], *, any_new: bool
) -> Floats:
    if isinstance(given, Mapping):
        missing = [label for label in labels if label not in given]
        if missing:
            raise ParameterError(f"new_customer_value lacks the segment(s) {', '.join(map(repr, missing))}.")
        return np.array([real(given[label]) for label in labels])
    if given is not None:
        return np.full(len(labels), real(given))
    if isinstance(clv, CLVResult) and clv.sums is not None:
        worth = clv.margin * clv.sums.first_purchase() + clv.sums.new_customer()
        return np.full(len(labels), worth)
    if any_new:
        raise ParameterError(
            "A table does not tell what new customers are worth.",
            hint="Give new_customer_value=, or the result of customer_lifetime_value.",
        )
    return np.full(len(labels), np.nan)


def _serving(clv: CLVResult | pd.DataFrame, table: pd.DataFrame, code: Ints, annual: Floats) -> Floats:
    """Return the discounted cost of serving those who are there, by segment."""
    if not annual.any():
        return np.zeros(len(annual))
    if not isinstance(clv, CLVResult) or clv.sums is None:
        raise ParameterError(
            "The cost to serve needs the horizon and the discount rate, which a table does not tell.",
            hint="Give the result of customer_lifetime_value, or take the cost off yourself.",
        )
    there = np.bincount(
        code, weights=table["probability_alive"].to_numpy(dtype=np.float64), minlength=len(annual)
    )
    months = float(clv.sums.factors.sum()) / clv.margin
    cost: Floats = annual / 12 * months * there
    return cost


@dataclass(frozen=True, eq=False, kw_only=True)
class _Segments:
    """Sums by segment, and the derivatives of equity by all parameters."""

    labels: list[object]
    customers: Floats
    equity: Floats
    serving: Floats
    new_customers: Floats
    new_equity: Floats
    slopes: Floats | None
    covariance: Floats | None

    def together(self) -> _Segments:
        """Return all segments as one."""

        def whole(values: Floats) -> Floats:
            added: Floats = values.sum(axis=0, keepdims=True)
            return added

        return _Segments(
            labels=[_ALL],
            customers=whole(self.customers),
            equity=whole(self.equity),
            serving=whole(self.serving),
            new_customers=whole(self.new_customers),
            new_equity=whole(self.new_equity),
            slopes=None if self.slopes is None else whole(self.slopes),
            covariance=self.covariance,
        )

    def rows(self, level: float) -> pd.DataFrame:
        """Return the table, with intervals at this level."""
        equity, n, whole = self.equity, np.maximum(self.customers, 1), float(self.equity.sum())
        share = equity / whole if whole > 0 else np.full(len(equity), np.nan)
        se, factor, reach = self._uncertainty(share, whole, normal_quantile(level))
        return pd.DataFrame(
            {
                "segment": pd.Series(self.labels, dtype=object),
                "customers": self.customers.astype(np.int64),
                "equity": equity,
                "se": se,
                "low": equity / factor,
                "high": equity * factor,
                "share": share,
                "share_low": share / (share + (1 - share) * reach),
                "share_high": share * reach / (share * reach + (1 - share)),
                "mean": equity / n,
                "mean_low": equity / factor / n,
                "mean_high": equity * factor / n,
                "serving": self.serving,
                "new_customers": self.new_customers,
                "new_equity": self.new_equity,
                "net": equity - self.serving + self.new_equity,
            }
        )

    def _uncertainty(self, share: Floats, whole: float, z: float) -> tuple[Floats, Floats, Floats]:
        """Return standard errors, and the factors of the intervals of sums and of the odds of shares."""
        unknown = np.full(len(share), np.nan)
        covariance = self.covariance
        if self.slopes is None or covariance is None:
            return unknown, unknown, unknown

        def spread(slopes: Floats) -> Floats:
            form = ((slopes @ covariance) * slopes).sum(axis=1)
            error: Floats = np.sqrt(np.maximum(form, 0.0))
            return error

        se, none = spread(self.slopes), np.zeros(len(share))
        factor = np.exp(z * np.divide(se, self.equity, out=none.copy(), where=self.equity > 0))
        if not whole > 0:
            return se, factor, unknown
        of_share = (self.slopes - share[:, None] * self.slopes.sum(axis=0)) / whole
        inside = share * (1 - share)
        reach = np.exp(z * np.divide(spread(of_share), inside, out=none.copy(), where=inside > 0))
        return se, factor, reach
