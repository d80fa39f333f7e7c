"""How unevenly value is spread: the whale curve of profits, the Gini coefficient and the Lorenz curve."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab._shares import normal_quantile
from crmlab.errors import DataError, ParameterError
from crmlab.grading._values import read_values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["GiniResult", "WhaleCurve", "gini", "whale_curve"]

_BATCH = 2_000_000  # numbers a batch of resamples holds at a time


@dataclass(frozen=True, eq=False)
class WhaleCurve:
    """Cumulative profit from the best customer to the worst.

    Attributes
    ----------
    table
        From the best customer on, after a row of zeros: ``customers`` (number), ``customer_share``,
        ``cumulative_profit``, ``cumulative_share`` (of the total; missing if the total is not above 0).
    total
        Sum of all profits.
    peak
        Sum of the profits above 0: the highest point of the curve.
    peak_share
        The peak over the total, 1 or more; missing if the total is not above 0.
    peak_at
        Share of the customers who are profitable.
    lost
        What unprofitable customers take away again: peak less total, in money.
    lost_share
        The same over the total; missing if the total is not above 0.
    n, n_profitable, n_zero, n_unprofitable
        Numbers of customers.

    """

    table: pd.DataFrame
    total: float
    peak: float
    peak_share: float
    peak_at: float
    lost: float
    lost_share: float
    n: int
    n_profitable: int
    n_zero: int
    n_unprofitable: int

    def summary(self) -> pd.DataFrame:
        """Return three groups (profitable, break-even, unprofitable) with their number and their profit."""
        number = np.array([self.n_profitable, self.n_zero, self.n_unprofitable])
        profit = np.array([self.peak, 0.0, -self.lost])
        return pd.DataFrame(
            {
                "n": number,
                "customer_share": number / self.n,
                "profit": profit,
                "profit_share": profit / self.total if self.total > 0 else np.nan,
            },
            index=pd.Index(["profitable", "break_even", "unprofitable"], name="group"),
        )


def whale_curve(profits: ArrayLike | pd.Series) -> WhaleCurve:
    r"""Add up profits from the best customer to the worst: the curve rises to a peak and falls to the total.

    Parameters
    ----------
    profits
        Profit of each customer after the cost to serve, below 0 allowed; missing ones are an error.

    Returns
    -------
    WhaleCurve

    Raises
    ------
    DataError
        No profits, missing or infinite ones, a customer twice.

    Notes
    -----
    With profits sorted :math:`\pi_{(1)} \ge \dots \ge \pi_{(n)}` and the total :math:`\Pi`,

    .. math:: W(k) = \sum_{i \le k} \pi_{(i)}, \qquad \text{peak} = \sum_i \max(\pi_i, 0), \qquad
              \text{lost} = \text{peak} - \Pi

    It stands and falls with how costs were allotted to customers: with average costs there is no whale. A loss in one
    year may be an acquisition that pays later, so do not end relationships by one year's curve.

    References
    ----------
    Kaplan, R. S., & Narayanan, V. G. (2001). Measuring and managing customer profitability. Journal of Cost
    Management, 15(5), 5-15.
    Kaplan, R. S. (1989). Kanthal (A). Harvard Business School Case 190-002.

    Checked against: Kanthal's customers, of whom 20 % brought 225 % of the profit and 10 % lost 125 %.

    Examples
    --------
    >>> curve = whale_curve([45, 45] + [0] * 7 + [-50])
    >>> curve.peak_share, curve.peak_at, curve.lost_share
    (2.25, 0.2, 1.25)

    """
    x = np.sort(read_values(profits, what="profits").to_numpy())[::-1]
    n, total, peak = len(x), math.fsum(x), math.fsum(x[x > 0])
    lost = -math.fsum(x[x < 0])
    cumulative = np.append(0.0, np.cumsum(x))
    positive = total > 0
    return WhaleCurve(
        table=pd.DataFrame(
            {
                "customers": np.arange(n + 1),
                "customer_share": np.arange(n + 1) / n,
                "cumulative_profit": cumulative,
                "cumulative_share": cumulative / total if positive else np.full(n + 1, np.nan),
            }
        ),
        total=total,
        peak=peak,
        peak_share=peak / total if positive else math.nan,
        peak_at=int((x > 0).sum()) / n,
        lost=lost + 0.0,
        lost_share=lost / total if positive else math.nan,
        n=n,
        n_profitable=int((x > 0).sum()),
        n_zero=int((x == 0).sum()),
        n_unprofitable=int((x < 0).sum()),
    )


@dataclass(frozen=True, eq=False)
class GiniResult:
    """The Gini coefficient of these customers, and what it says about those they stand for.

    Attributes
    ----------
    gini
        Of these customers: 0 if all are equal, 1 - 1/n if one has all.
    corrected
        gini × n/(n - 1), the estimate for the population; missing for one customer.
    low, high, confidence, standard_error
        Interval of the population's coefficient, around `corrected`; missing for fewer than three customers, and if
        one customer has all.
    method
        ``"jackknife"`` or ``"bootstrap"``.
    lorenz
        From the poorest on: ``customer_share``, ``value_share``; the first row is 0, 0, the last 1, 1.
    n
        Number of customers.
    n_dropped
        Resamples without any value, left out of the bootstrap.

    """

    gini: float
    corrected: float
    low: float
    high: float
    confidence: float
    standard_error: float
    method: str
    lorenz: pd.DataFrame
    n: int
    n_dropped: int

    def __float__(self) -> float:
        return self.gini

    @checked_arguments
    def top_share(self, share: float) -> float:
        """Return the share of the value that the best `share` of the customers hold, by the Lorenz curve."""
        if not 0 <= share <= 1:
            raise ParameterError(f"share is {share!r}; it must lie between 0 and 1.")
        return 1.0 - float(np.interp(1.0 - share, self.lorenz["customer_share"], self.lorenz["value_share"]))

    def summary(self) -> pd.DataFrame:
        """Return one row: the coefficient, its correction and the interval."""
        return pd.DataFrame(
            {
                "gini": [self.gini],
                "corrected": [self.corrected],
                "low": [self.low],
                "high": [self.high],
                "confidence": [self.confidence],
                "standard_error": [self.standard_error],
                "n": [self.n],
            }
        )


@checked_arguments
def gini(
    values: ArrayLike | pd.Series,
    *,
    confidence: float = 0.95,
    method: Literal["jackknife", "bootstrap"] = "jackknife",
    draws: int = 2000,
    rng: np.random.Generator | None = None,
) -> GiniResult:
    r"""Return the Gini coefficient of customer values, with the Lorenz curve and an interval.

    Parameters
    ----------
    values
        One number a customer, 0 or more; missing ones are an error.
    confidence
        Of the interval.
    method
        ``"jackknife"``: in closed form, no random numbers. ``"bootstrap"``: percentiles of resamples.
    draws, rng
        Number of resamples and the generator; for the bootstrap only.

    Returns
    -------
    GiniResult

    Raises
    ------
    DataError
        No values, missing, infinite or negative ones, a customer twice; a sum of 0.
    ParameterError
        An unknown method; confidence outside (0, 1); draws below 100; a bootstrap without a generator.

    Notes
    -----
    With values sorted :math:`x_{(1)} \le \dots \le x_{(n)}`,

    .. math:: G = \frac{\sum_i (2i - n - 1)\, x_{(i)}}{n \sum_i x_i}, \qquad
              \hat G = \frac{n}{n-1} G

    Leaving out each customer needs one pass over running sums (Karagiannis and Kovačević); the interval is
    :math:`\hat G \pm z\,\text{s.e.}`, cut to [0, 1].

    The interval takes the customers as a random sample. It means nothing if they are the whole customer base and
    nothing beyond it is asked about. Measured on simulated samples, the 95 % jackknife interval holds the truth in 94 %
    (exponential values, n = 150), 92 % (lognormal, σ = 0.8) and 87 % (lognormal, σ = 1.5: heavy tails) of the cases; the
    bootstrap's does worse with heavy tails. One number hides who holds the value: show the curve with it. With losses use :func:`whale_curve`, as
    the coefficient is then no longer bound by 1.

    References
    ----------
    Gini, C. (1914). Sulla misura della concentrazione e della variabilità dei caratteri. Atti del Reale Istituto Veneto,
    73, 1203-1248.
    Karagiannis, E., & Kovačević, M. (2000). A method to calculate the jackknife variance estimator for the Gini
    coefficient. Oxford Bulletin of Economics and Statistics, 62(1), 119-122. https://doi.org/10.1111/1468-0084.00163

    Checked against: the example of R's package ineq (ten incomes, .4620911); (n - 1)/(3n) for 1, …, n; the mean absolute
    difference of all pairs; 1/2 for the exponential and 2Φ(σ/√2) - 1 for the lognormal distribution.

    Examples
    --------
    >>> found = gini([541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261])
    >>> round(found.gini, 7)
    0.4620911
    >>> round(found.low, 2), round(found.high, 2), round(found.top_share(0.2), 2)
    (0.29, 0.74, 0.51)

    """
    z = normal_quantile(confidence)
    if method not in ("jackknife", "bootstrap"):
        raise ParameterError(f"method is {method!r}; it may be 'jackknife' or 'bootstrap'.")
    series = read_values(values)
    negative = series[series < 0]
    if len(negative):
        told = "; ".join(f"row {label!r}: {value!r}" for label, value in negative.head(5).items())
        raise DataError(
            f"{len(negative)} values lie below 0: {told}{'; …' if len(negative) > 5 else ''}",
            hint="The Gini coefficient is for values of 0 and more; for losses use whale_curve().",
        )
    x = np.sort(series.to_numpy())
    n, total = len(x), math.fsum(x)
    if not total > 0:
        raise DataError(f"The values add up to {total:g}: there is nothing to share out.")
    x = x / x[-1]  # no unit moves a digit that counts, and nothing overflows
    value = _gini_sorted(x)
    corrected = value * n / (n - 1) if n > 1 else math.nan
    low = high = error = math.nan
    dropped = 0
    if method == "bootstrap":
        if rng is None:
            raise ParameterError(
                "The bootstrap needs a generator of random numbers.",
                hint="Pass rng=np.random.default_rng(1).",
            )
        if draws < 100:
            raise ParameterError(f"draws is {draws!r}; 100 or more are needed for percentiles.")
    if n > 2 and np.count_nonzero(x) > 1:
        if method == "jackknife":
            error = _jackknife_error(x)
            low, high = max(0.0, corrected - z * error), min(1.0, corrected + z * error)
        elif rng is not None:
            resampled, dropped = _resampled(x, draws, rng)
            error = float(np.std(resampled, ddof=1))
            low, high = (
                float(q) for q in np.quantile(resampled, [(1 - confidence) / 2, (1 + confidence) / 2])
            )
            high = min(1.0, high)
    running = np.append(0.0, np.cumsum(x))
    lorenz = pd.DataFrame(
        {"customer_share": np.arange(n + 1) / n, "value_share": np.minimum(running / running[-1], 1.0)}
    )
    return GiniResult(
        gini=value,
        corrected=corrected,
        low=low,
        high=high,
        confidence=confidence,
        standard_error=error,
        method=method,
        lorenz=lorenz,
        n=n,
        n_dropped=dropped,
    )


def _gini_sorted(x: Floats) -> float:
    n = len(x)
    weight = 2.0 * np.arange(1, n + 1) - n - 1
    return max(0.0, float(weight @ x) / (n * float(x.sum())))


def _jackknife_error(x: Floats) -> float:
    """Return the jackknife standard error of the corrected coefficient of sorted values."""
    n = len(x)
    rank = np.arange(1, n + 1)
    total, weighted = x.sum(), rank @ x
    above = total - np.cumsum(x)
    left_total = total - x
    left_weighted = weighted - rank * x - above
    left = (2 * left_weighted - n * left_total) / ((n - 2) * left_total)
    return float(np.sqrt((n - 1) / n * np.sum((left - left.mean()) ** 2)))


def _resampled(x: Floats, draws: int, rng: np.random.Generator) -> tuple[Floats, int]:
    """Return corrected coefficients of resamples; those without any value are left out and counted."""
    n = len(x)
    size = max(1, _BATCH // n)
    found = []
    for start in range(0, draws, size):
        count = rng.multinomial(n, np.full(n, 1 / n), size=min(size, draws - start)).astype(np.float64)
        last = np.cumsum(count, axis=1)
        # A customer drawn c times takes the ranks last - c + 1 … last.
        weighted = (count * (2 * last - count + 1)) @ x
        total = count @ x
        with np.errstate(invalid="ignore", divide="ignore"):
            found.append((weighted - (n + 1) * total) / ((n - 1) * total))
    all_found = np.concatenate(found)
    kept = all_found[np.isfinite(all_found)]
    return np.maximum(kept, 0.0), int(len(all_found) - len(kept))
