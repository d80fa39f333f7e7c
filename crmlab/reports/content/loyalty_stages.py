"""Stages of the relationships in the loyalty report: how likely each is, and who is in danger of leaving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.errors import CrmlabError, DataError
from crmlab.lifecycle import LifecycleProbabilities, LifecycleResult, lifecycle_probabilities
from crmlab.privacy import Suppression, suppress
from crmlab.reports.content.small_groups import OTHERS, put_small_together

if TYPE_CHECKING:
    from crmlab.reports.registry import LoyaltyParameters
    from crmlab.rfm import RFMSegments

__all__ = ["Danger", "danger", "ends_told", "shown_segments", "stages_and_chances", "told_stages"]


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


def stages_and_chances(sales: pd.DataFrame, parameters: LoyaltyParameters) -> LifecycleProbabilities | None:
    """Return stages by the rules with the probability of each; None where nobody has a usual gap between purchases.

    Who is still there is judged by MBG/NBD, and by each customer's own gaps where that cannot be fitted.
    """
    from crmlab.clv import customer_summary, fit_mbg_nbd

    end = parameters.observation_end
    try:
        model = fit_mbg_nbd(customer_summary(sales, observation_end=end))
    except CrmlabError:
        model = None
    try:
        return lifecycle_probabilities(
            sales, model=model, observation_end=end, confidence=parameters.confidence
        )
    except DataError:
        return None


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
    found = suppress(parts, least=min_group)
    courses = ~(found.hidden.any(axis=1) | found.rows)
    return (
        stages.reindex(life.stages["stage"], fill_value=True),
        courses.reindex(life.patterns["pattern"], fill_value=True),
    )


def _parts_of_stages(life: LifecycleResult, min_group: int) -> Suppression:
    stages = life.table["stage"].astype(str)
    part = stages.mask(stages == "decline", "in_danger").mask(life.table["finished"], "gone")
    sizes = part.value_counts()
    stage = ["decline" if name in {"gone", "in_danger"} else name for name in sizes.index]
    return suppress(sizes, least=min_group, by=stage)


def shown_segments(rfm: RFMSegments, min_group: int) -> pd.DataFrame:
    """Return the segments that somebody is in, small ones put together."""
    segments = rfm.segments[rfm.segments["customers"] > 0]
    return put_small_together(
        segments.astype({"segment": str}),
        "customers",
        min_group=min_group,
        sums=("customers", "share", "revenue", "revenue_share"),
        means=("mean_recency_days", "mean_frequency", "mean_monetary"),
    )


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
    shown = set(shown_segments(rfm, min_group)["segment"])
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
