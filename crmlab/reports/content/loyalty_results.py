"""What the loyalty report computes, and what it leaves out because the data cannot carry it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from crmlab.cohorts import CohortResult, retention_cohorts
from crmlab.errors import DataError
from crmlab.lifecycle import LifecycleResult, lifecycle_stage
from crmlab.loyalty import RepeatPurchaseRate, repeat_purchase_rate
from crmlab.privacy import Suppression, suppress
from crmlab.reports.content.small_groups import guarded
from crmlab.rfm import DEFAULT_SEGMENTS, RFMSegments, SegmentRule, rfm_segments, rfm_table

if TYPE_CHECKING:
    from crmlab.reports.content.loyalty_points import PointsFound
    from crmlab.reports.content.loyalty_survey import SurveyLoyalty
    from crmlab.reports.content.loyalty_tiers import TiersFound
    from crmlab.reports.content.loyalty_wallet import WalletFound
    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.registry import LoyaltyParameters

__all__ = [
    "OTHERS",
    "Concentration",
    "Danger",
    "LoyaltyResults",
    "analyse",
    "concentration",
    "danger",
    "ends_told",
    "put_small_together",
    "segment_rules",
    "told_stages",
]

#: name of the row that holds groups too small to be shown alone
OTHERS = "others"
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
class Danger:
    """Customers who have fallen silent, or buy much less, and are not yet given up.

    Attributes
    ----------
    table
        One row a customer, by revenue at risk: ``segment``, ``in_danger``, ``gone``, ``recent_revenue``,
        ``last_purchase``, ``silence_days``, ``usual_gap_days``.
    by_segment
        ``segment``, ``customers``, ``in_danger``, ``danger_share``, ``gone``, ``revenue_at_risk``, ``risk_share``
        (of all recent revenue); small groups put together.
    in_danger, gone
        Customers.
    revenue_at_risk, recent_revenue
        Revenue of the last `recent_days` days: of the customers in danger, and of all.

    """

    table: pd.DataFrame
    by_segment: pd.DataFrame
    in_danger: int
    gone: int
    revenue_at_risk: float
    recent_revenue: float
    recent_days: int


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
    lifecycle: LifecycleResult | None
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
    ever = repeat_purchase_rate(sales, confidence=parameters.confidence, **common)
    table = rfm_table(sales, **common)
    rules = segment_rules(parameters.quantiles)
    rfm = rfm_segments(table, quantiles=parameters.quantiles, segments=rules)
    life = _or_none(lambda: lifecycle_stage(sales, confidence=parameters.confidence, **common))
    windows = _windows(sales, ever, parameters)
    asked = windows[windows["window_days"] == parameters.repeat_window_days]
    repeat = ever
    if len(asked):
        repeat = repeat_purchase_rate(
            sales, window_days=parameters.repeat_window_days, confidence=parameters.confidence, **common
        )
    survey, no_survey = survey_loyalty(given, parameters, end=ever.observation_end)
    segments = rfm.segments[rfm.segments["customers"] > 0]
    return LoyaltyResults(
        repeat=repeat,
        ever=ever,
        windows=windows,
        cohorts=_or_none(
            lambda: retention_cohorts(
                sales,
                period=parameters.period,
                min_cohort=max(parameters.min_cohort, parameters.min_group),
                confidence=parameters.confidence,
                **common,
            )
        ),
        rfm=rfm,
        segments=_segments(segments, parameters.min_group),
        rules=rules,
        lifecycle=life,
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

    A share of the customers is shown only where it holds at least `min_group` of them.
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
    places = np.unique(np.linspace(0, n, min(n, 200) + 1).round().astype(int))
    return Concentration(
        tops=pd.DataFrame(tops, columns=["top", "customers", "revenue", "revenue_share"]),
        curve=pd.DataFrame(
            {"customers": places / n, "revenue": np.concatenate([[0.0], summed])[places] / total}
        ),
        customers_for_80=int(np.searchsorted(summed, 0.8 * total * (1 - 1e-12))) + 1,
        customers=n,
    )


def ends_told(life: LifecycleResult, min_group: int) -> bool:
    """Say whether the customers in danger and those who are gone are neither few nor found by subtraction."""
    hidden = _parts_of_stages(life, min_group).hidden
    return not hidden[[name for name in ("gone", "in_danger") if name in hidden]].any()


def told_stages(life: LifecycleResult, min_group: int) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Return which stages, and which courses of relationships, have numbers that may be shown.

    The stage of decline is known by its parts, in danger and gone; a course by who of it is gone.
    """
    stages = ~_parts_of_stages(life, min_group).rows
    parts = pd.crosstab(life.table["pattern"].astype(str), life.table["finished"])
    smallest = parts.where(parts > 0).min(axis=1).reindex(life.patterns["pattern"]).fillna(0)
    return stages.reindex(life.stages["stage"], fill_value=True), ~guarded(smallest, min_group)


def _parts_of_stages(life: LifecycleResult, min_group: int) -> Suppression:
    stages = life.table["stage"].astype(str)
    part = stages.mask(stages == "decline", "in_danger").mask(life.table["finished"], "gone")
    sizes = part.value_counts()
    stage = ["decline" if name in {"gone", "in_danger"} else name for name in sizes.index]
    return suppress(sizes, least=min_group, by=stage)


def danger(sales: pd.DataFrame, rfm: RFMSegments, life: LifecycleResult, *, min_group: int) -> Danger:
    """Count the customers in danger of leaving, and what they brought in the last year.

    In danger is who is in decline by the lifecycle's rules and not yet counted as gone. The revenue at risk is what
    these customers bought in the last 365 days observed, or in all days if there are fewer.
    """
    end = life.observation_end
    days = min(365, int((end - sales["date"].min().normalize()).days) + 1)
    recent = sales[(sales["date"] > end - pd.Timedelta(days=days - 1) - pd.Timedelta(seconds=1))]
    recent = recent[recent["date"] < end + pd.Timedelta(days=1)]
    spent = recent.groupby("customer")["amount"].sum().clip(lower=0.0)
    stages = life.table
    table = pd.DataFrame(
        {
            "segment": rfm.table["segment"].astype(str).reindex(stages.index),
            "in_danger": stages["stage"].eq("decline") & ~stages["finished"],
            "gone": stages["finished"],
            "recent_revenue": spent.reindex(stages.index).fillna(0.0),
            "last_purchase": stages["last_purchase"],
            "silence_days": stages["silence_days"],
            "usual_gap_days": stages["usual_gap_days"],
        }
    )
    table["at_risk"] = table["recent_revenue"].where(table["in_danger"], 0.0)
    # Small segments are one group from here on, as in the table of segments, or the two could be subtracted.
    shown = set(_segments(rfm.segments[rfm.segments["customers"] > 0], min_group)["segment"])
    table["shown"] = table["segment"].where(table["segment"].isin(shown), OTHERS)
    grouped = table.groupby("shown", sort=False).agg(
        customers=("gone", "size"),
        in_danger=("in_danger", "sum"),
        gone=("gone", "sum"),
        revenue_at_risk=("at_risk", "sum"),
    )
    order = [name for name in [*rfm.segments["segment"], OTHERS] if name in grouped.index]
    rows = put_small_together(
        grouped.loc[order].rename_axis("segment").reset_index(),
        "in_danger",
        min_group=min_group,
        sums=("customers", "in_danger", "gone", "revenue_at_risk"),
    )
    total = float(table["recent_revenue"].sum())
    rows["danger_share"] = rows["in_danger"] / rows["customers"]
    rows["risk_share"] = rows["revenue_at_risk"] / total if total > 0 else np.nan
    rows = _without_few(rows, min_group)
    return Danger(
        table=table.drop(columns=["at_risk", "shown"]).sort_values(
            ["in_danger", "recent_revenue"], ascending=False, kind="stable"
        ),
        by_segment=rows.sort_values("revenue_at_risk", ascending=False, kind="stable", ignore_index=True),
        in_danger=int(table["in_danger"].sum()),
        gone=int(table["gone"].sum()),
        revenue_at_risk=float(table["at_risk"].sum()),
        recent_revenue=total,
        recent_days=days,
    )


def _without_few(rows: pd.DataFrame, min_group: int) -> pd.DataFrame:
    """Blank the cells of a few customers in danger, gone, or neither; readers know the totals of rows and columns."""
    cells = rows[["in_danger", "gone"]].assign(rest=rows["customers"] - rows["in_danger"] - rows["gone"])
    hidden = suppress(cells.astype(np.int64), least=min_group).hidden
    if not hidden.to_numpy().any():
        return rows
    numbers = ["in_danger", "gone", "danger_share", "revenue_at_risk", "risk_share"]
    rows = rows.astype(dict.fromkeys(numbers, float))
    rows.loc[hidden["in_danger"], ["in_danger", "danger_share", "revenue_at_risk", "risk_share"]] = np.nan
    rows.loc[hidden["gone"], "gone"] = np.nan
    return rows


def put_small_together(
    rows: pd.DataFrame,
    count: str,
    *,
    min_group: int,
    sums: Sequence[str],
    means: Sequence[str] = (),
    name: str = "segment",
) -> pd.DataFrame:
    """Put groups of fewer than `min_group` into one row, with the smallest others until that row is large enough.

    Groups of nobody need no protection, and stay unless the others need company. A missing group is the same as none.

    >>> rows = pd.DataFrame({"segment": ["a", "b", "c"], "n": [90, 3, 7]})
    >>> put_small_together(rows, "n", min_group=5, sums=("n",))
      segment   n
    0       a  90
    1  others  10
    """
    n = rows[count].to_numpy()
    small = (n > 0) & (n < min_group)
    if not small.any():
        return rows.reset_index(drop=True)
    for place in np.argsort(np.where(n > 0, n, np.iinfo(np.int64).max), kind="stable"):
        if n[small].sum() >= min_group or small.all():
            break
        small[place] = True
    together = rows[small]
    row: dict[str, Any] = {name: OTHERS} | {column: together[column].sum() for column in sums}
    for column in means:
        row[column] = float(np.average(together[column], weights=together[count]))
    kept = rows[~small].astype({name: object})
    return pd.concat([kept, pd.DataFrame([row])], ignore_index=True)[list(rows.columns)]


def _segments(segments: pd.DataFrame, min_group: int) -> pd.DataFrame:
    return put_small_together(
        segments.astype({"segment": str}),
        "customers",
        min_group=min_group,
        sums=("customers", "share", "revenue", "revenue_share"),
        means=("mean_recency_days", "mean_frequency", "mean_monetary"),
    )


def _windows(sales: pd.DataFrame, ever: RepeatPurchaseRate, parameters: LoyaltyParameters) -> pd.DataFrame:
    """Return the repeat-purchase rate for windows that enough customers were observed for."""
    first = sales.groupby("customer")["date"].min().dt.normalize()
    observed = (ever.observation_end - first).dt.days.to_numpy()
    observed = observed[observed >= 0]
    least = max(2, min(parameters.min_cohort, len(observed)), len(observed) // 10)
    asked = parameters.repeat_window_days
    rows = [
        repeat_purchase_rate(
            sales,
            window_days=days,
            confidence=parameters.confidence,
            observation_end=parameters.observation_end,
        ).summary()
        for days in sorted({*WINDOWS, asked})
        if (observed >= days).sum() >= (2 if days == asked else least)
    ]
    return pd.concat(rows, ignore_index=True) if rows else ever.summary().iloc[:0]


def _or_none(work: Callable[[], Result]) -> Result | None:
    """Return a result, or None where the data cannot carry it."""
    try:
        return work()
    except DataError:
        return None
