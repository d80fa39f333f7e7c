"""Stages and patterns by stated rules."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab._occasions import Occasions, RefundRule, purchase_occasions
from crmlab._shares import wilson
from crmlab.clv._rows import to_dates, to_timestamp
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv._rows import DateLike

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = [
    "PATTERNS",
    "STAGES",
    "TRENDS",
    "LifecycleResult",
    "Rules",
    "label_occasions",
    "lifecycle_stage",
]

#: Stages in the order of a full life.
STAGES = ("exploration", "build_up", "stable", "decline")
#: Patterns from the shortest life to the longest; ``"open"``: the relationship goes on and is not yet long.
PATTERNS = ("early_abortion", "midway_death", "early_exit", "long_keep", "open")
#: How the later half of a relationship compares with the earlier one.
TRENDS = ("rising", "steady", "falling", "unknown")


@dataclass(frozen=True, eq=False)
class LifecycleResult:
    """Stage and pattern of each customer, and the rules that gave them.

    Attributes
    ----------
    table
        Indexed by customer, sorted: ``occasions``, ``first_purchase``, ``last_purchase``, ``silence_days`` (since the
        last purchase), ``usual_gap_days`` (the customer's own, or `typical_gap_days`), ``silence_ratio``,
        ``early_purchases``, ``late_purchases`` (repeat purchases in the two halves of the time observed),
        ``early_amount``, ``late_amount`` (absent without amounts), ``stable_days`` (from the purchase that makes a
        relationship stable to the last one; 0 before), ``trend`` (:data:`TRENDS`), ``stage`` (:data:`STAGES`),
        ``finished``, ``pattern`` (:data:`PATTERNS`).
    stages, patterns
        One row a stage or pattern: name, ``customers``, ``share``, ``low``, ``high`` (Wilson).
    rules
        The parameters as used: ``rule``, ``value``.
    observation_end
        Last day observed.
    typical_gap_days
        Days between purchases used for customers without a gap of their own.
    confidence
        Level of the intervals.

    """

    table: pd.DataFrame
    stages: pd.DataFrame
    patterns: pd.DataFrame
    rules: pd.DataFrame
    observation_end: pd.Timestamp
    typical_gap_days: float
    confidence: float

    def summary(self) -> pd.DataFrame:
        """Return stages and patterns in one table: ``dimension``, ``label``, ``customers``, ``share``, interval."""
        parts = [
            frame.rename(columns={name: "label"}).assign(dimension=name)
            for name, frame in (("stage", self.stages), ("pattern", self.patterns))
        ]
        return pd.concat(parts, ignore_index=True)[
            ["dimension", "label", "customers", "share", "low", "high"]
        ]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules by which a history is labelled, as :func:`lifecycle_stage` explains them; checked when they are made."""

    trial_occasions: int
    stable_occasions: int
    trend_factor: float
    silent_after_gaps: float
    finished_after_gaps: float
    long_keep_days: int
    typical_gap_days: float | None

    def __post_init__(self) -> None:
        problems = [
            f"{name} is {value!r}; it must be finite and above 0"
            for name, value in asdict(self).items()
            if value is not None and not (math.isfinite(value) and value > 0)
        ]
        if self.stable_occasions <= self.trial_occasions:
            problems.append(
                f"stable_occasions ({self.stable_occasions}) must exceed trial_occasions ({self.trial_occasions})"
            )
        if self.finished_after_gaps < self.silent_after_gaps:
            problems.append(
                f"finished_after_gaps ({self.finished_after_gaps:g}) must be at least silent_after_gaps "
                f"({self.silent_after_gaps:g})"
            )
        if self.trend_factor <= 1:
            problems.append(f"trend_factor is {self.trend_factor:g}; it must exceed 1")
        if problems:
            raise ParameterError(
                "The lifecycle's rules contradict each other, or make no sense.", problems=problems
            )


@checked_arguments
def lifecycle_stage(
    transactions: pd.DataFrame,
    *,
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
) -> LifecycleResult:
    r"""Tell each customer's lifecycle stage, and the pattern of its relationship, by stated rules.

    Parameters
    ----------
    transactions
        One row a transaction, in any order.
    observation_end
        Last day observed; default: the last date in the data.
    trial_occasions
        Up to so many purchase occasions a relationship is being explored: the first, trial orders.
    stable_occasions
        From so many on it can be stable: below five purchases, four gaps, a doubling cannot be told from chance.
    trend_factor
        A relationship rises if its later half has at least so many times the purchases, or the spending, of its earlier
        half; it falls if the earlier half has so many times those of the later.
    silent_after_gaps
        Silence of more than so many usual gaps is decline. Who buys at random at a steady rate (Poisson) is silent for
        more than three mean gaps with probability :math:`e^{-3} = 5\,\%`.
    finished_after_gaps
        Silence of more than so many usual gaps counts as the end; :math:`e^{-6} = 0.25\,\%`.
    long_keep_days
        A relationship that stayed stable for so many days is one of long keep.
    typical_gap_days
        Usual gap of customers with at most `trial_occasions` purchases, who have no habit of their own yet; default:
        the median gap of the others (of all repeat buyers if there are no others).
    confidence
        Level of the intervals of the shares.
    customer, date, amount
        Names of the columns; ``amount=None`` leaves money out, and trends then rest on purchases alone.
    refunds
        What negative amounts are, as in :func:`crmlab.clv.customer_summary`.

    Returns
    -------
    LifecycleResult

    Raises
    ------
    DataError
        Missing columns; unreadable dates or amounts; no rows; nobody bought twice and no `typical_gap_days`.
    ParameterError
        Rules that contradict each other.

    Notes
    -----
    **The label is a rule, not a probability.** It says on which side of some lines a history lies; near a line it
    says little. How likely each stage and pattern is, :func:`lifecycle_probabilities` tells.

    Stage, the first rule that holds:

    1. ``decline``: silent for more than `silent_after_gaps` usual gaps, or (from `stable_occasions` on) falling;
       relationships can decline at any stage.
    2. ``exploration``: at most `trial_occasions` purchases.
    3. ``build_up``: fewer than `stable_occasions` purchases, or rising.
    4. ``stable``: the rest.

    The usual gap is (last - first purchase)/(occasions - 1). The halves are those of the time from the first purchase
    to the end of observation; the first purchase itself belongs to neither, since without it there is no customer.
    If purchases rise and spending falls (or the reverse), the trend is ``steady``.

    Pattern: ``long_keep`` if stable for `long_keep_days` or more (from the purchase number `stable_occasions` to the
    last), finished or not, unless it goes on in decline; else, once finished, by how far it had come:
    ``early_abortion`` (at most `trial_occasions` purchases), ``midway_death`` (fewer than `stable_occasions`),
    ``early_exit`` (it had become stable). All others are ``open``.

    Set the rules by the trade: five purchases are a month at a grocer's and a decade at a car dealer's. Do not use it
    for contracts, where stage and end are known.

    References
    ----------
    Dwyer, F. R., Schurr, P. H., & Oh, S. (1987). Developing buyer-seller relationships. Journal of Marketing, 51(2),
    11-27. https://doi.org/10.1177/002224298705100202
    The four stages 考察期, 形成期, 稳定期, 退化期 and four patterns 早期流产型, 中途夭折型, 提前退出型, 长久保持型 are those
    of the Chinese textbooks; these give no thresholds, so the defaults are this package's.

    Checked against: a plain-Python loop over all customers, and histories written for each stage and pattern.

    Examples
    --------
    >>> import pandas as pd
    >>> days = {"new": [350], "grows": [200, 330, 350], "loyal": range(0, 361, 30), "gone": [0, 10, 20, 30, 40, 50]}
    >>> sales = pd.DataFrame([(who, pd.Timestamp("2023-01-01") + pd.Timedelta(days=d), 10.0)
    ...                       for who, when in days.items() for d in when], columns=["customer", "date", "amount"])
    >>> lifecycle_stage(sales, observation_end="2024-01-01", long_keep_days=180).table[["stage", "pattern"]]
                    stage     pattern
    customer
    gone          decline  early_exit
    grows        build_up        open
    loyal          stable   long_keep
    new       exploration        open

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
    o = purchase_occasions(
        transactions,
        customer=customer,
        date=date,
        amount=amount,
        observation_end=observation_end,
        refunds=refunds,
    )
    return label_occasions(o, rules, confidence)


def label_occasions(o: Occasions, by: Rules, confidence: float) -> LifecycleResult:
    """Apply the rules to purchase occasions."""
    gap, typical = _usual_gaps(o, by.trial_occasions, by.typical_gap_days)
    silence = (o.end - o.last).astype(np.float64)
    silence_ratio = silence / gap
    halves, rising, falling = _halves(o, by.trend_factor)

    mature = o.n >= by.stable_occasions
    finished = silence_ratio > by.finished_after_gaps
    # Place of the purchase that makes a relationship stable; the last one where there is none, so that days are 0.
    became = o.start + np.where(mature, by.stable_occasions, o.n) - 1
    stable_days = o.last - o.day[became]

    trend = np.select(
        [~mature, rising & ~falling, falling & ~rising], ["unknown", "rising", "falling"], default="steady"
    )
    stage = np.select(
        [
            (silence_ratio > by.silent_after_gaps) | (trend == "falling"),
            o.n <= by.trial_occasions,
            ~mature | (trend == "rising"),
        ],
        ["decline", "exploration", "build_up"],
        default="stable",
    )
    long = mature & (stable_days >= by.long_keep_days) & (finished | (stage != "decline"))
    pattern = np.select(
        [long, ~finished, o.n <= by.trial_occasions, ~mature],
        ["long_keep", "open", "early_abortion", "midway_death"],
        default="early_exit",
    )
    table = pd.DataFrame(
        {
            "occasions": o.n,
            "first_purchase": to_dates(o.first),
            "last_purchase": to_dates(o.last),
            "silence_days": o.end - o.last,
            "usual_gap_days": gap,
            "silence_ratio": silence_ratio,
            **halves,
            "stable_days": stable_days,
            "trend": pd.Categorical(trend, categories=list(TRENDS)),
            "stage": pd.Categorical(stage, categories=list(STAGES)),
            "finished": finished,
            "pattern": pd.Categorical(pattern, categories=list(PATTERNS)),
        },
        index=o.ids,
    )
    rules = asdict(by) | {"typical_gap_days": typical}
    return LifecycleResult(
        table=table,
        stages=_shares(stage, STAGES, "stage", confidence),
        patterns=_shares(pattern, PATTERNS, "pattern", confidence),
        rules=pd.DataFrame({"rule": list(rules), "value": [float(v) for v in rules.values()]}),
        observation_end=to_timestamp(o.end),
        typical_gap_days=typical,
        confidence=confidence,
    )


def _usual_gaps(o: Occasions, trial_occasions: int, typical: float | None) -> tuple[Floats, float]:
    """Return the gap that each customer usually leaves between purchases, and the typical one."""
    repeat = o.n > 1
    own = np.full(len(o.n), np.nan)
    own[repeat] = (o.last - o.first)[repeat] / (o.n - 1)[repeat]
    has_habit = repeat & (o.n > trial_occasions)
    if typical is None:
        known = own[has_habit] if has_habit.any() else own[repeat]
        if not len(known):
            raise DataError(
                "Nobody bought on two days: how long customers usually wait cannot be told.",
                hint="Give typical_gap_days, the days between purchases that the trade expects.",
            )
        typical = float(np.median(known))
    return np.where(has_habit, own, typical), float(typical)


def _halves(o: Occasions, factor: float) -> tuple[dict[str, Ints | Floats], Bools, Bools]:
    """Compare repeat purchases, and spending on them, in the two halves of the time observed."""
    since = o.day - o.first[o.code]
    late = 2 * since > (o.end - o.first)[o.code]
    early = (since > 0) & ~late
    n = len(o.n)

    def count(where: Bools) -> Ints:
        return np.bincount(o.code[where], minlength=n)

    columns: dict[str, Ints | Floats] = {"early_purchases": count(early), "late_purchases": count(late)}
    pairs = [(columns["early_purchases"], columns["late_purchases"])]
    if o.amount is not None:
        for name, where in (("early_amount", early), ("late_amount", late)):
            columns[name] = np.bincount(o.code[where], weights=o.amount[where], minlength=n).astype(
                np.float64
            )
        pairs.append((columns["early_amount"], columns["late_amount"]))
    # Both halves empty is neither. The tolerance is rounding's: 0.1 + 0.2 may not decide a customer's stage.
    least = factor * (1 - 1e-9)
    rising = np.logical_or.reduce([(b >= least * a) & (b > 0) for a, b in pairs])
    falling = np.logical_or.reduce([(a >= least * b) & (a > 0) for a, b in pairs])
    return columns, rising, falling


def _shares(labels: NDArray[np.str_], names: tuple[str, ...], column: str, confidence: float) -> pd.DataFrame:
    n = np.array([(labels == name).sum() for name in names])
    low, high = wilson(n, len(labels), confidence)
    return pd.DataFrame(
        {column: list(names), "customers": n, "share": n / len(labels), "low": low, "high": high}
    )
