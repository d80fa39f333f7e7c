"""What models of purchases predict, with intervals: shared by all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, float_array
from crmlab.clv._collapse import distinct, levels
from crmlab.clv._covariates import covariate_rows, with_kinds
from crmlab.clv._discount import per_period
from crmlab.clv._guard import Histories, histories, table_of, unit_of
from crmlab.clv._model import check_confidence, normal_quantile, shifted
from crmlab.clv._units import months_to
from crmlab.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from crmlab.clv._model import PurchaseModel
    from crmlab.clv.summary import CustomerSummary

    Floats = NDArray[np.float64]

__all__ = ["PurchasePredictions", "alike_ahead", "delta_interval", "unique_histories"]

_CELLS_AT_ONCE = 4_000_000
_FARTHEST = 1_000_000_000


@dataclass(frozen=True, eq=False, kw_only=True)
class PurchasePredictions:
    """Predictions from `alive`, `paths` and `simulate`, which a model brings."""

    @checked_arguments
    def expected_purchases(self, horizon: float, table: CustomerSummary | pd.DataFrame) -> pd.Series:
        r"""Return the purchases expected of each customer in the next `horizon`, given the history.

        Parameters
        ----------
        horizon
            Length of the time after T, in the model's time unit, 0 or more.
        table
            A customer summary or its table (frequency, recency, T).

        Returns
        -------
        pandas.Series
            One a customer, 0 or more; finite for any frequency.

        """
        return self.discounted_expected_purchases(
            np.array([check_horizon(horizon)]), np.ones(1), table
        ).rename("expected_purchases")

    def discounted_expected_purchases(
        self, times: Floats, factors: Floats, table: CustomerSummary | pd.DataFrame
    ) -> pd.Series:
        r"""Return the expected purchases of each customer, weighted by period and summed.

        :math:`\sum_k f_k (E_k - E_{k-1})`, with :math:`E_k` the purchases expected up to ``times[k]`` and
        :math:`E_{-1} = 0`.

        Parameters
        ----------
        times
            Ends of the periods after T, rising, in the model's time unit.
        factors
            Discount factor of each period.
        table
            A customer summary or its table (frequency, recency, T).

        """
        h = self.histories(table)
        return pd.Series(
            weighted(self._as_model(), h, times, factors), index=h.index, name="discounted_purchases"
        )

    @checked_arguments
    def discounted_residual_transactions(
        self, table: CustomerSummary | pd.DataFrame, *, discount_rate_annual: float = 0.10
    ) -> pd.Series:
        r"""Return the discounted purchases still to come from each customer, without end (DERT).

        Parameters
        ----------
        table
            A customer summary or its table (frequency, recency, T).
        discount_rate_annual
            Rate for a year, above 0: 0.10 is 10 %.

        Returns
        -------
        pandas.Series
            One a customer; times spend a purchase and margin it is the value of the customer's future.

        Notes
        -----
        With the continuous rate :math:`\delta = \ln(1+d)` for a year, the rate of purchases u after T, expected of who is
        there at T, is discounted and integrated. In the Pareto/NBD that is

        .. math:: P(\text{alive}) \frac{r+x}{\alpha+T} \int_0^\infty e^{-\delta u}
                  \left(\frac{\beta+T}{\beta+T+u}\right)^s du

        which is equation (2) of the paper, :math:`\frac{\alpha^r \beta^s \delta^{s-1} \Gamma(r+x+1)
        \Psi(s, s; \delta(\beta+T))}{\Gamma(r)(\alpha+T)^{r+x+1} L}`, without its powers that overflow; BG/NBD and MBG/NBD
        have no such closed form.

        References
        ----------
        Fader, P. S., Hardie, B. G. S., & Lee, K. L. (2005). RFM and CLV: Using iso-value curves for customer base
        analysis. Journal of Marketing Research, 42(4), 415-430. https://doi.org/10.1509/jmkr.2005.42.4.415

        """
        model = self._as_model()
        if not (np.isfinite(discount_rate_annual) and discount_rate_annual > 0):
            raise ParameterError(
                f"discount_rate_annual is {discount_rate_annual!r}; it must be above 0 (0.10 is 10 %).",
                hint="Without discounting, the purchases of an endless future may be infinite.",
            )
        if model.time_unit is None:
            raise ParameterError(
                "The model does not know its time unit, so a year cannot be placed.",
                hint="Fit it with time_unit='week', or to a CustomerSummary, which knows its unit.",
            )
        h = self.histories(table)
        delta = float(np.log1p(discount_rate_annual)) / months_to(model.time_unit, 12)
        return pd.Series(model.residual(h, delta), index=h.index, name="discounted_transactions")

    def probability_alive(self, table: CustomerSummary | pd.DataFrame) -> pd.Series:
        """Return the probability that each customer is still there at T, given the history (0 to 1)."""
        h = self.histories(table)
        return pd.Series(self._as_model().alive(h), index=h.index, name="probability_alive")

    @checked_arguments
    def expected_purchases_interval(
        self, horizon: float, table: CustomerSummary | pd.DataFrame, *, confidence: float | None = None
    ) -> pd.DataFrame:
        """Mean and total of the customers' expected purchases, with the uncertainty of the parameters.

        Delta method; the interval is symmetric in the logarithm. It says how well the *expectation* is known: what
        customers really do scatters around it as well (:meth:`predictive_interval`).

        Returns
        -------
        pandas.DataFrame
            ``measure`` ("mean", "total"), ``estimate``, ``se``, ``low``, ``high``.

        """
        model = self._as_model()
        at = np.array([check_horizon(horizon)])
        found, _, count = unique_histories(self.histories(table))

        def total(theta: Floats) -> float:
            return float(count @ weighted(model.at(theta), found, at, np.ones(1)))

        level = model.confidence if confidence is None else confidence
        rows = [("mean", 1 / float(count.sum())), ("total", 1.0)]
        whole = delta_interval(total, model, level)
        return pd.DataFrame([{"measure": name, **{k: v * by for k, v in whole.items()}} for name, by in rows])

    @checked_arguments
    def predictive_interval(
        self,
        horizon: float,
        table: CustomerSummary | pd.DataFrame,
        *,
        rng: np.random.Generator,
        draws: int = 1000,
        confidence: float | None = None,
    ) -> pd.DataFrame:
        """Return where each customer's *actual* purchases in the next `horizon` will lie, by simulation.

        Each draw takes parameters from their asymptotic normal distribution, then the customer's own rate and chance
        to leave given the history, then purchases. Customers with the same history get the same interval.

        Returns
        -------
        pandas.DataFrame
            One row a customer: ``low``, ``median``, ``high`` (whole numbers), ``mean`` of the draws.

        """
        model = self._as_model()
        check_horizon(horizon)
        level = model.confidence if confidence is None else confidence
        check_draws(draws, level)
        h = self.histories(table)
        found, place, _ = unique_histories(h)
        theta = model.draw(rng, draws)
        ends = drawn_ends(
            len(found), draws, level, lambda part: model.simulate(found.take(part), horizon, theta, rng)
        )
        return ends_table(ends[place], h.index, whole=True)

    @checked_arguments
    def probability_of_purchase(self, horizon: float, table: CustomerSummary | pd.DataFrame) -> pd.Series:
        r"""Return the probability that each customer buys at least once in the next `horizon`, given the history.

        Parameters
        ----------
        horizon
            Length of the time after T, in the model's time unit, 0 or more.
        table
            A customer summary or its table (frequency, recency, T).

        Returns
        -------
        pandas.Series
            One a customer, 0 to 1, never above :meth:`probability_alive`.

        Notes
        -----
        Where customers leave right after a purchase (BG/NBD, MBG/NBD), who is still there at T stays at least until the
        next purchase:

        .. math:: P(\text{alive}) \left[1 - \left(\frac{\alpha + T}{\alpha + T + t}\right)^{r + x}\right]

        In the Pareto/NBD he may leave at any time, so the next purchase must come first:

        .. math:: P(\text{alive})\, (r+x) (\alpha+T)^{r+x} (\beta+T)^s
                  \int_T^{T+t} \frac{d\tau}{(\alpha+\tau)^{r+x+1} (\beta+\tau)^s}

        Both in logs: finite at any frequency, exact for short horizons.

        """
        h = self.histories(table)
        return pd.Series(
            self._as_model().buys(h, check_horizon(horizon)), index=h.index, name="probability_of_purchase"
        )

    @checked_arguments
    def expected_purchases_new(self, t: ArrayLike, who: pd.DataFrame | None = None) -> Floats:
        r"""Return the repeat purchases expected of a new customer in the first `t` units of time, :math:`E[X(t)]`.

        Parameters
        ----------
        t
            Times since the first purchase, in the model's time unit, 0 or more.
        who
            For a model with covariates: a table with their columns, one row a new customer. The result then has one
            row each.

        Notes
        -----
        BG/NBD: equation (9) of its paper, computed as the integral of the purchase rate. MBG/NBD: the chance b / (a + b) to
        stay after the first purchase, times such an integral. Pareto/NBD:

        .. math:: E[X(t)] = \frac{r\beta}{\alpha(s-1)}\left[1 - \left(\frac{\beta}{\beta+t}\right)^{s-1}\right]

        """
        return self.new_at(t, who)

    def new_at(self, t: ArrayLike, who: pd.DataFrame | None) -> Floats:
        """Return the purchases expected of new customers at checked times: one row each of `who`, if it is given."""
        times = float_array(t)
        if not np.all(np.isfinite(times) & (times >= 0)):
            raise ParameterError("t holds a negative, missing or infinite time; times must be 0 or more.")
        model = self._as_model()
        nobody = np.zeros(0 if who is None else len(who))
        h = Histories(nobody.astype(np.int64), nobody, nobody)
        if model.effects is None:
            alike: Floats = model.new(h, times.ravel())[0].reshape(times.shape)
            return alike
        if who is None:
            raise ParameterError(
                "The model has covariates, so new customers differ.",
                hint=f"Give a table of new customers: who=, with {', '.join(map(repr, model.effects.columns))}.",
            )
        found: Floats = model.new(with_kinds(h, covariate_rows(who, model.effects.columns)), times.ravel())
        return found.reshape(len(who), *times.shape)

    def histories(self, table: CustomerSummary | pd.DataFrame) -> Histories:
        """Check a customer table, and return what the model needs of it."""
        model = self._as_model()
        unit_of(table, model.time_unit, whose="the model's time_unit")
        h = histories(table)
        if model.effects is None:
            return h
        return with_kinds(h, covariate_rows(table_of(table), model.effects.columns))

    def _as_model(self) -> PurchaseModel:
        return cast("PurchaseModel", self)


def check_draws(draws: int, level: float) -> None:
    """Raise a ParameterError unless an interval can be drawn."""
    check_confidence(level)
    if draws < 1:
        raise ParameterError(f"draws is {draws!r}; it must be 1 or more.")


def drawn_ends(n: int, draws: int, level: float, draw: Callable[[slice], NDArray[Any]]) -> Floats:
    """Return low, median, high and mean of each of n columns that `draw` fills, some at a time; shape (n, 4)."""
    at = [0.5 - level / 2, 0.5, 0.5 + level / 2]
    size = max(_CELLS_AT_ONCE // draws, 1)
    parts = []
    for start in range(0, n, size):
        drawn = draw(slice(start, start + size))
        ends = np.quantile(drawn, at, axis=0, method="inverted_cdf")
        parts.append(np.vstack([ends, drawn.mean(axis=0)]).T)
    return np.vstack(parts)


def ends_table(ends: Floats, index: pd.Index | None, *, whole: bool) -> pd.DataFrame:
    """Return drawn ends as a table: ``low``, ``median``, ``high`` (whole numbers, if they are), ``mean``."""
    table = pd.DataFrame(ends, index=index, columns=["low", "median", "high", "mean"])
    return table.astype(dict.fromkeys(("low", "median", "high"), "int64")) if whole else table


def weighted(model: PurchaseModel, h: Histories, times: Floats, factors: Floats) -> Floats:
    """Return the expected purchases by period, times `factors`, summed."""
    times, factors = np.asarray(times, dtype=np.float64), np.asarray(factors, dtype=np.float64)
    if times.ndim != 1 or times.shape != factors.shape or not np.all(np.diff(times, prepend=0.0) >= 0):
        raise ParameterError("times must be a rising list of times of at least 0, with one factor each.")
    # The sum over periods, written as one over the cumulative expectations.
    result: Floats = model.paths(h, times) @ per_period(factors)
    return result


def delta_interval(
    of: Callable[[Floats], float], model: PurchaseModel, confidence: float
) -> dict[str, float]:
    """Estimate, standard error and interval of a positive function of the log-parameters."""
    estimate = of(model.log_parameters)
    gradient = np.array([(of(up) - of(down)) / width for up, down, width in shifted(model)])
    return positive_interval(estimate, float(gradient @ model.covariance_log @ gradient), confidence)


def positive_interval(estimate: float, variance: float, confidence: float) -> dict[str, float]:
    """Interval for a positive number, symmetric in its logarithm."""
    se = float(np.sqrt(max(variance, 0.0)))
    factor = float(np.exp(normal_quantile(confidence) * se / estimate)) if estimate > 0 else 1.0
    return {"estimate": estimate, "se": se, "low": estimate / factor, "high": estimate * factor}


def unique_histories(h: Histories) -> tuple[Histories, NDArray[np.int64], Floats]:
    """Return the distinct histories (and covariates), the place of each customer among them, and their counts."""
    (ix, xs), (it, ts), (iT, Ts) = levels(h.x), levels(h.t), levels(h.T)
    (jx, jt, jT), count, place = distinct((ix, len(xs)), (it, len(ts)), (iT, len(Ts)), inverse=True)
    assert place is not None
    x, t, T = xs[jx].astype(np.int64), ts[jt], Ts[jT]
    if h.kind is None or h.kinds is None:
        return Histories(x, t, T), place, count.astype(np.float64)
    (found, kind), count, place = distinct((place, len(x)), (h.kind, len(h.kinds)), inverse=True)
    assert place is not None
    return Histories(x[found], t[found], T[found], None, kind, h.kinds), place, count.astype(np.float64)


def alike_ahead(h: Histories) -> tuple[Histories, NDArray[np.int64]]:
    """Return distinct frequencies, times observed and covariates, and the place of each customer among them.

    Given that they are still there, customers alike in these have the same future.
    """
    found, place, _ = unique_histories(replace(h, t=np.zeros(len(h))))
    return found, place


def check_horizon(horizon: float) -> float:
    """Raise a ParameterError unless `horizon` is a time that may come."""
    if not 0 <= horizon <= _FARTHEST:
        raise ParameterError(
            f"horizon is {horizon!r}; it must be a time from 0 to {_FARTHEST:,}, in the model's time unit."
        )
    return float(horizon)
