"""What the loyalty report computes, and what it leaves out because the data cannot carry it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from crmlab.cohorts import CohortResult, retention_cohorts
from crmlab.errors import DataError
from crmlab.loyalty import RepeatPurchaseRate, repeat_purchase_rate
from crmlab.reports.content.loyalty_stages import (
    Danger,
    danger,
    ends_told,
    shown_segments,
    stages_and_chances,
)
from crmlab.reports.content.small_groups import steps
from crmlab.rfm import DEFAULT_SEGMENTS, RFMSegments, SegmentRule, rfm_segments, rfm_table

if TYPE_CHECKING:
    from crmlab.lifecycle import LifecycleProbabilities, LifecycleResult
    from crmlab.reports.content.loyalty_points import PointsFound
    from crmlab.reports.content.loyalty_survey import SurveyLoyalty
    from crmlab.reports.content.loyalty_tiers import TiersFound
    from crmlab.reports.content.loyalty_wallet import WalletFound
    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.registry import LoyaltyParameters

__all__ = [
    "Concentration",
    "LoyaltyResults",
    "analyse",
    "concentration",
    "segment_rules",
]

#: windows of the repeat-purchase rate, in days
WINDOWS = (7, 30, 60, 90, 180, 365, 730)
#: shares of the customers, those who spent most first
TOPS = (0.01, 0.05, 0.10, 0.20, 0.50)

#: scores of a coarser scale on the five of the default segments
_FIVES = {5: (1, 2, 3, 4, 5), 4: (1, 2, 4, 5), 3: (1, 3, 5)}

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Concentration:
    """How revenue is spread over the customers.

    Attributes
    ----------
    tops
        ``top`` (share of the customers), ``customers``, ``revenue``, ``revenue_share``.
    curve
        ``customers`` and ``revenue``, both as cumulated shares, those who spent most first; at most some 200 points.
    customers_for_80
        Smallest number of customers who bring 80 % of the revenue together.

    """

    tops: pd.DataFrame
    curve: pd.DataFrame
    customers_for_80: int
    customers: int

    @property
    def spoken(self) -> dict[str, float]:
        """The row of `tops` to speak of: the first tenth, or the smallest part that may be shown."""
        tenth = self.tops[self.tops["top"] == 0.1]
        row = (tenth if len(tenth) else self.tops).iloc[0]
        return {str(key): float(value) for key, value in row.items()}


@dataclass(frozen=True, eq=False)
class LoyaltyResults:
    """All that the loyalty report shows; what could not be computed is None."""

    repeat: RepeatPurchaseRate
    ever: RepeatPurchaseRate
    windows: pd.DataFrame
    cohorts: CohortResult | None
    rfm: RFMSegments
    segments: pd.DataFrame
    rules: tuple[SegmentRule, ...]
    #: stages by the rules, and how likely each is
    chances: LifecycleProbabilities | None
    concentration: Concentration | None
    danger: Danger | None
    survey: SurveyLoyalty | None
    #: why there is nothing on kinds of loyalty: ``"no_survey"``, ``"no_customer"``, ``"no_match"``, ``"no_answers"``
    no_survey: str
    wallet: WalletFound | None
    points: PointsFound | None
    tiers: TiersFound | None
    start: pd.Timestamp
    end: pd.Timestamp
    occasions: int
    revenue: float
    currency: str
    ids_kept: bool
    parameters: LoyaltyParameters

    @property
    def lifecycle(self) -> LifecycleResult | None:
        """Stages and courses by the rules."""
        return None if self.chances is None else self.chances.labels

    @property
    def customers(self) -> int:
        """Number of customers."""
        return len(self.rfm.table)

    @property
    def few(self) -> bool:
        """Whether there are too few customers to show groups of them."""
        return self.customers < 2 * self.parameters.min_group

    @property
    def ends_told(self) -> bool:
        """Whether so many are in danger, and so many gone, that the report may say how many."""
        return self.lifecycle is not None and ends_told(self.lifecycle, self.parameters.min_group)


def analyse(given: ReportInput, parameters: LoyaltyParameters) -> LoyaltyResults:
    """Compute everything the loyalty report shows.

    Parameters
    ----------
    given
        As :func:`crmlab.reports.load` returns it; transactions are needed, survey, customers, wallet, points and tiers are
        used if they are there.
    parameters
        As :func:`crmlab.reports.checked` returns them.

    Raises
    ------
    crmlab.errors.DataError
        When not even a repeat-purchase rate can be computed. Other parts that the data cannot carry are None.

    """
    from crmlab.reports.content.loyalty_points import analyse_points
    from crmlab.reports.content.loyalty_survey import survey_loyalty
    from crmlab.reports.content.loyalty_tiers import analyse_tiers
    from crmlab.reports.content.loyalty_wallet import analyse_wallet

    assert given.transactions is not None
    sales = given.transactions[["customer", "date", "amount"]]
    common: dict[str, Any] = {"observation_end": parameters.observation_end}
    rows = "rows" if "rows" in given.transactions else None
    ever = repeat_purchase_rate(given.transactions, confidence=parameters.confidence, rows=rows, **common)
    table = rfm_table(sales, **common)
    rules = segment_rules(parameters.quantiles)
    rfm = rfm_segments(table, quantiles=parameters.quantiles, segments=rules)
    chances = stages_and_chances(sales, parameters)
    life = None if chances is None else chances.labels
    windows = _windows(sales, ever, parameters)
    asked = windows[windows["window_days"] == parameters.repeat_window_days]
    repeat = ever
    if len(asked):
        repeat = repeat_purchase_rate(
            sales, window_days=parameters.repeat_window_days, confidence=parameters.confidence, **common
        )
    survey, no_survey = survey_loyalty(given, parameters, end=ever.observation_end)
    return LoyaltyResults(
        repeat=repeat,
        ever=ever,
        windows=windows,
        cohorts=_or_none(lambda: _cohorts(sales, parameters)),
        rfm=rfm,
        segments=shown_segments(rfm, parameters.min_group),
        rules=rules,
        chances=chances,
        concentration=concentration(table["revenue"], min_group=parameters.min_group),
        danger=danger(sales, rfm, life, min_group=parameters.min_group)
        if life and ends_told(life, parameters.min_group)
        else None,
        survey=survey,
        no_survey=no_survey,
        wallet=analyse_wallet(given, parameters, end=ever.observation_end),
        points=analyse_points(given, parameters, end=ever.observation_end),
        tiers=analyse_tiers(given, parameters, end=ever.observation_end),
        start=sales["date"].min().normalize(),
        end=ever.observation_end,
        occasions=int(table["frequency"].sum()),
        revenue=float(table["revenue"].sum()),
        currency=parameters.currency or given.currency,
        ids_kept=given.source.get("ids") == "kept",
        parameters=parameters,
    )


def _cohorts(sales: pd.DataFrame, parameters: LoyaltyParameters) -> CohortResult:
    """Compute retention; where the small cohorts together are too few, the smallest of the others joins them."""
    least = max(parameters.min_cohort, parameters.min_group)
    while True:
        found = retention_cohorts(
            sales,
            period=parameters.period,
            min_cohort=least,
            confidence=parameters.confidence,
            observation_end=parameters.observation_end,
        )
        shown = found.sizes >= least
        if not 0 < found.sizes[~shown].sum() < parameters.min_group or not shown.any():
            return found
        least = int(found.sizes[shown].min()) + 1


def segment_rules(quantiles: int) -> tuple[SegmentRule, ...]:
    """Return the rules of the ten segments for 3, 4 or 5 scores.

    Scores of a coarser scale stand for scores of the fine one: of four, 1 2 3 4 for 1 2 4 5; of three, 1 2 3 for 1 3 5.
    A segment that no coarse score reaches drops out.

    >>> len(segment_rules(5)), segment_rules(3)[0]
    (12, SegmentRule(segment='champions', r=(3, 3), f=(3, 3), m=(3, 3)))
    """
    fives = _FIVES[quantiles]

    def coarse(box: tuple[int, int]) -> tuple[int, int] | None:
        inside = [score for score, five in enumerate(fives, start=1) if box[0] <= five <= box[1]]
        return (inside[0], inside[-1]) if inside else None

    rules = []
    for rule in DEFAULT_SEGMENTS:
        r, f, m = coarse(rule.r), coarse(rule.f), coarse(rule.m)
        if r and f and m:
            rules.append(SegmentRule(rule.segment, r=r, f=f, m=m))
    return tuple(rules)


def concentration(revenue: pd.Series[float], *, min_group: int) -> Concentration | None:
    """Tell how revenue is spread; None where there is none.

    A share of the customers is shown only where it holds at least `min_group` of them; so is each step of the curve.
    """
    ordered = np.sort(revenue.to_numpy(dtype=np.float64))[::-1]
    total = ordered.sum()
    if total <= 0:
        return None
    n, summed = len(ordered), np.cumsum(ordered)
    counts = {top: -(-n * round(100 * top) // 100) for top in TOPS}  # rounded up, in whole numbers
    tops = [
        {"top": top, "customers": k, "revenue": summed[k - 1], "revenue_share": summed[k - 1] / total}
        for top, k in counts.items()
        if k >= min_group
    ]
    places = steps(n, min_group, [int(row["customers"]) for row in tops])
    return Concentration(
        tops=pd.DataFrame(tops, columns=["top", "customers", "revenue", "revenue_share"]),
        curve=pd.DataFrame(
            {"customers": places / n, "revenue": np.concatenate([[0.0], summed])[places] / total}
        ),
        customers_for_80=int(np.searchsorted(summed, 0.8 * total * (1 - 1e-12))) + 1,
        customers=n,
    )


def _windows(sales: pd.DataFrame, ever: RepeatPurchaseRate, parameters: LoyaltyParameters) -> pd.DataFrame:
    """Return the repeat-purchase rate for windows that enough customers were observed for."""
    first = sales.groupby("customer")["date"].min().dt.normalize()
    observed = (ever.observation_end - first).dt.days.to_numpy()
    observed = observed[observed >= 0]
    least = max(parameters.min_group, min(parameters.min_cohort, len(observed)), len(observed) // 10)
    asked = parameters.repeat_window_days
    rows = [
        repeat_purchase_rate(
            sales,
            window_days=days,
            confidence=parameters.confidence,
            observation_end=parameters.observation_end,
        ).summary()
        for days in sorted({*WINDOWS, asked})
        if (observed >= days).sum() >= (parameters.min_group if days == asked else least)
    ]
    return pd.concat(rows, ignore_index=True) if rows else ever.summary().iloc[:0]


def _or_none(work: Callable[[], Result]) -> Result | None:
    """Return a result, or None where the data cannot carry it."""
    try:
        return work()
    except DataError:
        return None
