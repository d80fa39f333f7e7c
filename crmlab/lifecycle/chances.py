"""How likely each stage and each pattern is, customer by customer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, floats
from crmlab._occasions import Occasions, RefundRule, purchase_occasions
from crmlab._shares import normal_quantile
from crmlab.clv._units import days_per
from crmlab.errors import DataError, ParameterError
from crmlab.lifecycle.stages import PATTERNS, STAGES, LifecycleResult, Rules, label_occasions

if TYPE_CHECKING:
    from typing import Protocol

    from numpy.typing import NDArray

    from crmlab.clv._rows import DateLike
    from crmlab.clv._units import TimeUnit

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

    class AliveModel(Protocol):
        """What is asked of a model of purchases."""

        @property
        def time_unit(self) -> TimeUnit | None: ...
        def probability_alive(self, table: pd.DataFrame) -> pd.Series: ...


__all__ = ["LifecycleProbabilities", "lifecycle_probabilities"]

_SHOWN = 5


@dataclass(frozen=True, eq=False)
class LifecycleProbabilities:
    """Probability of each stage and pattern.

    Attributes
    ----------
    table
        Indexed by customer, sorted: ``p_exploration``, ``p_build_up``, ``p_stable``, ``p_decline`` (sum to 1),
        ``p_early_abortion``, ``p_midway_death``, ``p_early_exit``, ``p_long_keep``, ``p_open`` (sum to 1),
        ``p_finished``, ``p_rising``, ``p_falling`` (0 for those with too few purchases for a trend),
        ``likely_stage``, ``likely_pattern`` (the most probable ones).
    stages, patterns
        One row a stage or pattern: name, ``expected`` (customers, the sum of the probabilities), ``low``, ``high``
        (where the true number lies), ``labelled`` (customers whom the rules call so).
    labels
        The labels by the same rules.
    finished_by
        ``"model"``, ``"given"`` (probabilities passed), or ``"gaps"``.
    confidence
        Level of the intervals.

    """

    table: pd.DataFrame
    stages: pd.DataFrame
    patterns: pd.DataFrame
    labels: LifecycleResult
    finished_by: str
    confidence: float

    def summary(self) -> pd.DataFrame:
        """Return stages and patterns in one table: ``dimension``, ``label``, ``expected``, interval, ``labelled``."""
        parts = [
            frame.rename(columns={name: "label"}).assign(dimension=name)
            for name, frame in (("stage", self.stages), ("pattern", self.patterns))
        ]
        return pd.concat(parts, ignore_index=True)[
            ["dimension", "label", "expected", "low", "high", "labelled"]
        ]


@checked_arguments
def lifecycle_probabilities(
    transactions: pd.DataFrame,
    *,
    model: AliveModel | pd.Series | None = None,
    prior_gaps: float = 1.0,
    observation_end: DateLike | None = None,
    trial_occasions: int = 2,
    stable_occasions: int = 5,
    trend_factor: float = 2.0,
    silent_after_gaps: float = 3.0,
    finished_after_gaps: float = 6.0,
    long_keep_days: int = 365,
    typical_gap_days: float | None = None,
    confidence: float = 0.95,
    customer: str = "customer",
    date: str = "date",
    amount: str | None = "amount",
    refunds: RefundRule = "net",
) -> LifecycleProbabilities:
    r"""Tell the probability of each lifecycle stage and pattern, customer by customer.

    Parameters
    ----------
    transactions
        One row a transaction, in any order.
    model
        Who is still there: a fitted model of purchases (:func:`crmlab.clv.fit_mbg_nbd` and its kin), or the probability
        of being alive as a Series by customer. None: judged from each customer's own gaps.
    prior_gaps
        How many gaps of typical length each customer's own rhythm is mixed with: 1 gap counts for customers with few
        purchases, and is soon outweighed. Above 0.
    observation_end, trial_occasions, stable_occasions, trend_factor, silent_after_gaps, finished_after_gaps, long_keep_days, typical_gap_days, confidence, customer, date, amount, refunds
        As in :func:`lifecycle_stage`. Amounts settle refunds and enter the labels; probabilities rest on purchases alone.

    Returns
    -------
    LifecycleProbabilities

    Raises
    ------
    DataError
        As :func:`lifecycle_stage`; customers for whom the Series has no probability, or one outside [0, 1].
    ParameterError
        Rules that contradict each other; `prior_gaps` of 0 or less; a model that does not know its unit of time.

    Notes
    -----
    The rules ask how large a customer's usual gap is, and whether the later half of the relationship is livelier than
    the earlier one. Both are known only roughly from few purchases. With n purchases, g the typical gap and w =
    `prior_gaps`, the customer's rate has the posterior

    .. math:: \lambda \sim \text{Gamma}(w + n - 1,\; w g + t_n - t_1), \qquad
              P(\text{silent for more than } k \text{ gaps}) = P(\lambda s > k)

    after a silence of s days. The rates of the halves have posteriors :math:`\text{Gamma}(w + n_j,\, \cdot)` of equal
    length, so that with f = `trend_factor`

    .. math:: P(\text{rising}) = P(\lambda_2 \ge f \lambda_1) = 1 - I_{f/(1+f)}(w + n_2,\, w + n_1)

    and falling the other way round. With a model, both "silent" and "finished" are 1 − P(alive), the probability of
    having left for good, which is what one wants to know; without, they are the probabilities that the two thresholds
    are passed. Then

    - decline: silent, or mature and falling (taken as independent given the history);
    - not in decline: exploration up to `trial_occasions` purchases; build-up below `stable_occasions`, or mature and
      rising; stable otherwise;
    - long keep: stable for `long_keep_days`, and finished or not in decline; otherwise finished means early abortion,
      midway death or early exit by the number of purchases, and not finished is open.

    The numbers of purchases are known, so a customer with two purchases has probability 0 of being stable. Intervals of
    the counts take customers as independent (Poisson-binomial, by its normal limit) and the probabilities as right.
    BG/NBD takes all one-time buyers to be there still: use MBG/NBD or Pareto/NBD here. Without a model, a customer who
    buys irregularly by nature is called silent too soon. Not for contracts.

    References
    ----------
    Gelman, A., Carlin, J. B., Stern, H. S., Dunson, D. B., Vehtari, A., & Rubin, D. B. (2013). Bayesian data analysis
    (3rd ed.), section 2.6. Chapman & Hall/CRC.
    Schmittlein, D. C., Morrison, D. G., & Colombo, R. (1987). Counting your customers. Management Science, 33(1), 1-24.
    https://doi.org/10.1287/mnsc.33.1.1

    Checked against: draws from the posteriors, the labels of :func:`lifecycle_stage` for long histories, and simulated
    customers whose true state is known (calibration).

    Examples
    --------
    >>> import pandas as pd
    >>> days = {"new": [350], "grows": [200, 330, 350], "loyal": range(0, 361, 30), "gone": [0, 10, 20, 30, 40, 50]}
    >>> sales = pd.DataFrame([(who, pd.Timestamp("2023-01-01") + pd.Timedelta(days=d), 10.0)
    ...                       for who, when in days.items() for d in when], columns=["customer", "date", "amount"])
    >>> found = lifecycle_probabilities(sales, observation_end="2024-01-01", long_keep_days=180)
    >>> found.table["likely_stage"].tolist()
    ['decline', 'build_up', 'stable', 'exploration']
    >>> found.table[["p_exploration", "p_build_up", "p_stable", "p_decline"]].sum(axis=1).round(12).tolist()
    [1.0, 1.0, 1.0, 1.0]

    """
    rules = Rules(
        trial_occasions=trial_occasions,
        stable_occasions=stable_occasions,
        trend_factor=trend_factor,
        silent_after_gaps=silent_after_gaps,
        finished_after_gaps=finished_after_gaps,
        long_keep_days=long_keep_days,
        typical_gap_days=typical_gap_days,
    )
    if not (math.isfinite(prior_gaps) and prior_gaps > 0):
        raise ParameterError(f"prior_gaps is {prior_gaps!r}; it must be finite and above 0.")
    o = purchase_occasions(
        transactions,
        customer=customer,
        date=date,
        amount=amount,
        observation_end=observation_end,
        refunds=refunds,
    )
    labels = label_occasions(o, rules, confidence)
    if model is None:
        silent, finished = (
            _passed(o, labels.typical_gap_days, prior_gaps, k)
            for k in (silent_after_gaps, finished_after_gaps)
        )
    else:
        silent = finished = 1.0 - _alive(o, model)
    mature = o.n >= stable_occasions
    rising, falling = _trends(labels.table, prior_gaps, trend_factor)
    rising, falling = np.where(mature, rising, 0.0), np.where(mature, falling, 0.0)

    decline = silent + (1.0 - silent) * falling
    here = 1.0 - silent
    young = o.n <= trial_occasions
    stages = {
        "exploration": np.where(young, here, 0.0),
        "build_up": np.where(young, 0.0, np.where(mature, here * rising, here)),
        "stable": np.where(mature, here * np.maximum(1.0 - rising - falling, 0.0), 0.0),
        "decline": decline,
    }
    kept = mature & (labels.table["stable_days"].to_numpy() >= long_keep_days)
    long = np.where(kept, finished + here * (1.0 - falling), 0.0)
    ended = np.where(kept, 0.0, finished)
    patterns = {
        "early_abortion": np.where(young, ended, 0.0),
        "midway_death": np.where(~young & ~mature, ended, 0.0),
        "early_exit": np.where(mature, ended, 0.0),
        "long_keep": long,
        "open": np.maximum(1.0 - long - ended, 0.0),
    }
    table = pd.DataFrame(
        {
            **{f"p_{name}": stages[name] for name in STAGES},
            **{f"p_{name}": patterns[name] for name in PATTERNS},
            "p_finished": finished,
            "p_rising": rising,
            "p_falling": falling,
            "likely_stage": _likely(stages, STAGES),
            "likely_pattern": _likely(patterns, PATTERNS),
        },
        index=o.ids,
    )
    return LifecycleProbabilities(
        table=table,
        stages=_expected(stages, STAGES, "stage", labels.stages, confidence),
        patterns=_expected(patterns, PATTERNS, "pattern", labels.patterns, confidence),
        labels=labels,
        finished_by="gaps" if model is None else "given" if isinstance(model, pd.Series) else "model",
        confidence=confidence,
    )


def _passed(o: Occasions, typical: float, prior: float, gaps: float) -> Floats:
    """Return the probability that the silence exceeds so many of the customer's usual gaps."""
    from scipy.special import gammaincc

    silence = (o.end - o.last).astype(np.float64)
    time = prior * typical + (o.last - o.first)
    bound = np.divide(gaps * time, silence, out=np.full(len(silence), np.inf), where=silence > 0)
    return np.asarray(gammaincc(prior + o.n - 1, bound), dtype=np.float64)


def _trends(table: pd.DataFrame, prior: float, factor: float) -> tuple[Floats, Floats]:
    """Return the probabilities that the rate of the later half is `factor` times the earlier one's, and the reverse."""
    from scipy.special import betainc

    early, late = (table[name].to_numpy() + prior for name in ("early_purchases", "late_purchases"))
    at = factor / (1.0 + factor)
    return 1.0 - np.asarray(betainc(late, early, at)), 1.0 - np.asarray(betainc(early, late, at))


def _alive(o: Occasions, model: AliveModel | pd.Series) -> Floats:
    """Return the probability of being alive of each customer."""
    if isinstance(model, pd.Series):
        known = model
    else:
        if model.time_unit is None:
            raise ParameterError(
                "The model does not know its unit of time.",
                hint="Fit it to a summary: fit_mbg_nbd(customer_summary(transactions)).",
            )
        days = days_per(model.time_unit)
        table = pd.DataFrame(
            {"frequency": o.n - 1, "recency": (o.last - o.first) / days, "T": (o.end - o.first) / days},
            index=o.ids,
        )
        known = model.probability_alive(table)
    if known.index.has_duplicates:
        raise DataError("Some customers have more than one probability of being alive.")
    p = floats(known.reindex(o.ids))
    bad = ~((p >= 0) & (p <= 1))
    if bad.any():
        told = "; ".join(f"{o.ids[i]!r}: {p[i]:g}" for i in np.flatnonzero(bad)[:_SHOWN])
        raise DataError(
            f"{int(bad.sum())} customer(s) have no probability of being alive between 0 and 1: {told}"
            + ("; …" if bad.sum() > _SHOWN else ""),
            hint="Give one number a customer, from the same transactions.",
        )
    return p


def _likely(chances: dict[str, Floats], names: tuple[str, ...]) -> pd.Categorical[str]:
    best = np.argmax(np.stack([chances[name] for name in names]), axis=0)
    return pd.Categorical(np.array(names)[best], categories=list(names))


def _expected(
    chances: dict[str, Floats], names: tuple[str, ...], column: str, labelled: pd.DataFrame, confidence: float
) -> pd.DataFrame:
    p = np.stack([chances[name] for name in names])
    mean = p.sum(axis=1)
    half = normal_quantile(confidence) * np.sqrt((p * (1.0 - p)).sum(axis=1))
    return pd.DataFrame(
        {
            column: list(names),
            "expected": mean,
            "low": np.maximum(mean - half, 0.0),
            "high": np.minimum(mean + half, p.shape[1]),
            "labelled": labelled["customers"].to_numpy(),
        }
    )
