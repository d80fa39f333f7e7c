"""The loyalty report, section by section: each function takes the results and returns blocks to show.

:func:`~crmlab.reports.content.loyalty_results.analyse` makes the results; the answers of a survey are in
:mod:`~crmlab.reports.content.loyalty_answers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlab.plots import cohorts as cohort_plots
from crmlab.plots import loyalty as plots
from crmlab.plots import loyalty_moving as moving
from crmlab.plots import segments as segment_plots
from crmlab.plots.loyalty import SEGMENTS
from crmlab.reports.content.loyalty_answers import survey_section
from crmlab.reports.content.loyalty_lifecycle import lifecycle_section
from crmlab.reports.content.loyalty_method import (
    assumptions,
    cut_table,
    programme_method,
    segment_rules_table,
)
from crmlab.reports.content.loyalty_points_told import points_section
from crmlab.reports.content.loyalty_results import LoyaltyResults, analyse
from crmlab.reports.content.loyalty_risk import (
    concentration_section,
    danger_section,
    together,
    too_few,
)
from crmlab.reports.content.loyalty_text import (
    amounts,
    cover_block,
    findings_block,
    level,
    next_steps,
    retained,
)
from crmlab.reports.content.loyalty_tiers_told import tiers_section
from crmlab.reports.content.loyalty_wallet import wallet_section
from crmlab.show import Block, figure, prose, table
from crmlab.text import date, join_sentences, number, percent, tr

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "analyse",
    "assumptions",
    "concentration_section",
    "cover_block",
    "danger_section",
    "findings_block",
    "lifecycle_section",
    "next_steps",
    "points_section",
    "programme_method",
    "repeat_section",
    "retention_section",
    "rfm_section",
    "segment_rules_table",
    "survey_section",
    "tiers_section",
    "wallet_section",
]

#: periods of the retention table
_PERIODS = {
    "month": (1, 2, 3, 6, 9, 12, 18, 24, 36, 48, 60),
    "quarter": (1, 2, 3, 4, 6, 8, 12, 16, 20),
    "week": (1, 2, 3, 4, 8, 13, 26, 39, 52, 78, 104),
}


def repeat_section(results: LoyaltyResults) -> list[Block]:
    """Show how many customers come back, and within how many days."""
    repeat, ever, asked = results.repeat, results.ever, results.parameters.repeat_window_days
    sentences = []
    if repeat.window_days is None:
        sentences.append(
            tr(
                "Nobody was observed for {days} days after the first purchase, so the rate counts every second purchase until {end}.",
                days=number(asked),
                end=date(results.end),
            )
        )
    sentences.append(
        tr(
            "{k} of {n} customers bought on a second day within {days} days of their first purchase: {rate} ({interval}).",
            k=number(repeat.repeat_customers),
            n=number(repeat.customers),
            days=number(repeat.window_days),
            rate=percent(repeat.rate),
            interval=level(results, repeat.low, repeat.high),
        )
        if repeat.window_days is not None
        else ""
    )
    if repeat.customers_not_observed:
        sentences.append(
            tr(
                "{n} customers who came too late to be observed that long are left out.",
                n=number(repeat.customers_not_observed),
            )
        )
    sentences.append(
        tr(
            "Until {end}, however long each was observed, {k} of {n} customers ({rate}) came back.",
            end=date(results.end),
            k=number(ever.repeat_customers),
            n=number(ever.customers),
            rate=percent(ever.rate),
        )
    )
    blocks = [prose(join_sentences(sentences))]
    if len(results.windows) < 2:
        return blocks
    return [
        *blocks,
        figure(
            plots.repeat_by_window(results.windows, asked=repeat.window_days),
            tr("Repeat-purchase rate by the days given to come back, with intervals"),
            tr(
                "Line chart: share of customers with a second purchase against days since the first, rising from {first} at {a} days to {last} at {b} days.",
                first=percent(results.windows["rate"].iloc[0]),
                a=number(results.windows["window_days"].iloc[0]),
                last=percent(results.windows["rate"].iloc[-1]),
                b=number(results.windows["window_days"].iloc[-1]),
            ),
            "repeat-rate",
        ),
        table(
            results.windows,
            tr("Repeat-purchase rate within a number of days"),
            "repeat-windows",
            formats={"rate": ".1%", "low": ".1%", "high": ".1%"},
            labels={
                "window_days": tr("Days"),
                "customers": tr("Customers observed"),
                "repeat_customers": tr("Bought again"),
                "rate": tr("Rate"),
                "low": tr("Lower limit"),
                "high": tr("Upper limit"),
                "customers_not_observed": tr("Not observed long enough"),
            },
            note=tr(
                "Each rate counts only customers observed for that many days, so that the customers differ from row to row."
            ),
        ),
    ]


def retention_section(results: LoyaltyResults) -> list[Block]:
    """Show how long customers keep buying, cohort by cohort."""
    found = results.cohorts
    nothing = found is None or (found.curve["periods_since"] > 0).sum() < 1
    if found is None or nothing or cohort_plots.heat(found, 24, 24).empty:
        return [
            prose(
                tr(
                    "Retention cannot be shown: no group of at least {n} new customers was observed for a whole period after its first. Choose a shorter period, or a smaller min_cohort.",
                    n=number(results.parameters.min_cohort),
                )
            )
        ]
    sentences = [retained(results)]
    if found.last_period_incomplete:
        sentences.append(
            tr(
                "The last period is not over on {end} and is left out: the figures run to {last}.",
                end=date(found.observation_end),
                last=date(found.last_complete_day),
            )
        )
    small = int(found.counts_of_rows["small_cohorts"])
    if small and found.min_cohort > max(results.parameters.min_cohort, results.parameters.min_group):
        sentences.append(
            tr(
                "The {n} smallest cohorts have no shares, so that those of too few customers do not follow from the others.",
                n=number(small),
            )
        )
    elif small:
        sentences.append(
            tr(
                "{n} cohorts of fewer than {least} customers have no shares.",
                n=number(small),
                least=number(found.min_cohort),
            )
        )
    curve = found.curve[found.curve["periods_since"].isin(_PERIODS[found.period])]
    return [
        prose(join_sentences(sentences)),
        figure(
            cohort_plots.cohort_heatmap(found),
            tr("Customers of each cohort who bought in the periods after their first, in per cent"),
            tr(
                "Heat map: cohorts of new customers as rows, periods since the first purchase as columns; the shares fall from left to right."
            ),
            "cohorts",
            interactive=moving.cohort_heatmap_moving(found),
        ),
        figure(
            cohort_plots.retention_curve(found),
            tr("Average retention over all cohorts, with interval"),
            tr(
                "Line chart: share of customers who buy in a period against periods since the first purchase, from {first} to {last}.",
                first=percent(curve["share"].iloc[0]),
                last=percent(curve["share"].iloc[-1]),
            ),
            "retention",
        ),
        table(
            curve,
            tr("Average retention, weighted by the size of the cohorts"),
            "retention-curve",
            formats={"share": ".1%", "low": ".1%", "high": ".1%"},
            labels={
                "periods_since": _periods(found.period),
                "cohorts": tr("Cohorts"),
                "customers": tr("Customers"),
                "active": tr("Of these, buying"),
                "share": tr("Share"),
                "low": tr("Lower limit"),
                "high": tr("Upper limit"),
            },
            note=tr("Later periods rest on the older cohorts alone."),
        ),
    ]


def _periods(period: str) -> str:
    return {
        "month": tr("Months since the first"),
        "quarter": tr("Quarters since the first"),
        "week": tr("Weeks since the first"),
    }[period]


def rfm_section(results: LoyaltyResults) -> list[Block]:
    """Show the segments by recency, frequency and monetary value."""
    if results.few:
        return [too_few(results)]
    shown = results.segments
    first = shown.sort_values("revenue", ascending=False, kind="stable").iloc[0]
    sentences = [
        tr(
            "The segment “{segment}” holds {share} of customers and {revenue} of revenue.",
            segment=tr(SEGMENTS[first["segment"]]),
            share=percent(first["share"]),
            revenue=percent(first["revenue_share"]),
        )
        if results.revenue > 0
        else ""
    ]
    names: dict[str, Callable[[], str]] = {
        "recency_days": lambda: tr("recency"),
        "frequency": lambda: tr("frequency"),
        "monetary": lambda: tr("monetary value"),
    }
    for dimension, scores in results.rfm.skipped.items():
        if scores:
            sentences.append(
                tr(
                    "Nobody has the {dimension} score {scores}: too many customers share one value, and equal values get equal scores.",
                    dimension=names[dimension](),
                    scores=tr(", ").join(map(str, scores)),
                )
            )
    danger = shown[shown["segment"].isin(["cannot_lose", "at_risk"])]
    if len(danger) == 2 and results.revenue > 0:
        sentences.append(
            tr(
                "“{one}” and “{other}”, who used to buy often and have not come for long, are {share} of customers and brought {revenue} of revenue.",
                one=tr(SEGMENTS["cannot_lose"]),
                other=tr(SEGMENTS["at_risk"]),
                share=percent(danger["share"].sum()),
                revenue=percent(danger["revenue_share"].sum()),
            )
        )
    once = float((results.rfm.table["frequency"] == 1).mean())
    if once >= 0.3:
        sentences.append(tr("{share} of customers bought on one day only.", share=percent(once)))
    picture = (
        [
            figure(
                segment_plots.rfm_map(shown, currency=results.currency),
                tr("The segments by recency and frequency; the area of a circle is the segment's revenue"),
                tr(
                    "Bubble chart: mean days since the last purchase against mean purchases, one circle a segment; “{segment}” has the most revenue, {revenue} of all.",
                    segment=tr(SEGMENTS[first["segment"]]),
                    revenue=percent(first["revenue_share"]),
                ),
                "rfm-map",
                interactive=moving.rfm_map_moving(shown, currency=results.currency),
            )
        ]
        if len(shown) > 2
        else []
    )
    return [
        prose(join_sentences(sentences)),
        *picture,
        table(
            shown.assign(segment=[tr(SEGMENTS[name]) for name in shown["segment"]]),
            tr("Segments by recency, frequency and monetary value"),
            "segments",
            formats={
                "share": ".1%",
                "revenue": amounts(shown["revenue"], results.currency),
                "revenue_share": ".1%",
                "mean_recency_days": ".0f",
                "mean_frequency": ".1f",
                "mean_monetary": amounts(shown["mean_monetary"], results.currency),
            },
            labels={
                "segment": tr("Segment"),
                "customers": tr("Customers"),
                "share": tr("Share"),
                "revenue": tr("Revenue"),
                "revenue_share": tr("Share of revenue"),
                "mean_recency_days": tr("Days since last purchase, mean"),
                "mean_frequency": tr("Purchases, mean"),
                "mean_monetary": tr("Revenue per customer"),
            },
            note=together(results, "others" in set(shown["segment"])),
        ),
        cut_table(results),
    ]
