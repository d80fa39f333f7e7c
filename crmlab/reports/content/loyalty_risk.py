"""The part of the loyalty report on stages, concentration of revenue, and customers in danger of leaving."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab.plots import loyalty as plots
from crmlab.plots import loyalty_moving as moving
from crmlab.plots import segments as segment_plots
from crmlab.plots.loyalty import PATTERNS, SEGMENTS, STAGES
from crmlab.reports.content.loyalty_stages import told_stages
from crmlab.reports.content.loyalty_text import amount, amounts, joined
from crmlab.reports.content.small_groups import kept_back_note
from crmlab.show import Block, figure, prose, table
from crmlab.text import date, number, percent, tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlab.lifecycle import LifecycleResult
    from crmlab.reports.content.loyalty_results import LoyaltyResults

__all__ = ["concentration_section", "danger_section", "lifecycle_section", "together", "too_few"]


def together(results: LoyaltyResults, needed: bool) -> str | None:
    """Return the note on segments put together, where there are any."""
    if not needed:
        return None
    return tr(
        "Segments of fewer than {n} customers are put together, so that nobody is recognised.",
        n=number(results.parameters.min_group),
    )


def lifecycle_section(results: LoyaltyResults) -> list[Block]:
    """Show the stages of the relationships and the courses they took."""
    found = results.lifecycle
    if results.few:
        return [too_few(results)]
    if found is None:
        return [
            prose(
                tr(
                    "Stages of the relationships cannot be told: nobody bought on two different days, so there is no usual gap between purchases."
                )
            )
        ]
    stage_told, pattern_told = told_stages(found, results.parameters.min_group)
    stages, patterns = _blanked(found.stages, stage_told), _blanked(found.patterns, pattern_told)
    stage = found.stages.set_index("stage")
    whole = results.ends_told and stage_told[["stable", "decline"]].all()
    sentence = tr(
        "{stable} of customers are in the stable stage, {decline} in decline; {finished} have been silent for so long that their relationship counts as ended.",
        stable=percent(stage.loc["stable", "share"]),
        decline=percent(stage.loc["decline", "share"]),
        finished=percent(float(found.table["finished"].mean())),
    )
    note = kept_back_note(results.parameters.min_group)
    return [
        *([prose(sentence)] if whole else []),
        figure(
            plots.lifecycle_shares(replace(found, stages=stages, patterns=patterns)),
            tr("Stages of the customers' lifecycle today, and courses of the relationships so far"),
            tr(
                "Two bar charts: shares of the four stages, {decline} in decline; and of the courses of the relationships.",
                decline=percent(stage.loc["decline", "share"]),
            )
            if stage_told["decline"]
            else tr("Two bar charts: shares of the four stages; and of the courses of the relationships."),
            "lifecycle",
        ),
        _shares(
            stages,
            "stage",
            STAGES,
            meanings=_stage_meanings(found),
            caption=tr("Stages of the lifecycle today"),
            note=None if stage_told.all() else note,
        ),
        _shares(
            patterns,
            "pattern",
            PATTERNS,
            meanings=_pattern_meanings(found),
            caption=tr("Courses of the relationships so far"),
            note=None if pattern_told.all() else note,
        ),
    ]


def _blanked(rows: pd.DataFrame, told: pd.Series[Any]) -> pd.DataFrame:
    """Return rows without the numbers that must not be told."""
    if told.all():
        return rows
    numbers = ["customers", "share", "low", "high"]
    rows = rows.astype(dict.fromkeys(numbers, float))
    rows.loc[~told.to_numpy(), numbers] = float("nan")
    return rows


def too_few(results: LoyaltyResults) -> Block:
    """Return the line that stands where there are too few customers to show groups of them."""
    return prose(
        tr(
            "There are too few customers to show groups of them: groups of fewer than {n} are not shown.",
            n=number(results.parameters.min_group),
        )
    )


def _shares(
    rows: pd.DataFrame,
    column: str,
    names: Mapping[str, str],
    *,
    meanings: Mapping[str, str],
    caption: str,
    note: str | None,
) -> Block:
    shown = rows.assign(**{column: [tr(names[name]) for name in rows[column]]})
    shown.insert(1, "meaning", [meanings[name] for name in rows[column]])
    return table(
        shown,
        caption,
        f"lifecycle-{column}",
        formats={"customers": ".0f", "share": ".1%", "low": ".1%", "high": ".1%"},
        labels={
            column: tr("Stage") if column == "stage" else tr("Type of relationship"),
            "meaning": tr("What it means"),
            "customers": tr("Customers"),
            "share": tr("Share"),
            "low": tr("Lower limit"),
            "high": tr("Upper limit"),
        },
        note=note,
    )


def _stage_meanings(found: LifecycleResult) -> dict[str, str]:
    rule = found.rules.set_index("rule")["value"]
    return {
        "exploration": tr("up to {n} purchases, not silent", n=number(rule["trial_occasions"])),
        "build_up": tr(
            "fewer than {n} purchases, or buying more and more", n=number(rule["stable_occasions"])
        ),
        "stable": tr("{n} purchases or more, at a steady pace", n=number(rule["stable_occasions"])),
        "decline": tr(
            "silent for more than {n} usual gaps, or buying much less", n=number(rule["silent_after_gaps"])
        ),
    }


def _pattern_meanings(found: LifecycleResult) -> dict[str, str]:
    rule = found.rules.set_index("rule")["value"]
    return {
        "early_abortion": tr("ended after at most {n} purchases", n=number(rule["trial_occasions"])),
        "midway_death": tr("ended before the stable stage"),
        "early_exit": tr("ended soon after the stable stage was reached"),
        "long_keep": tr("stable for {n} days or more", n=number(rule["long_keep_days"])),
        "open": tr("not ended, and not yet stable for so long"),
    }


def concentration_section(results: LoyaltyResults) -> list[Block]:
    """Show how revenue is spread over the customers."""
    found = results.concentration
    if found is None:
        return [prose(tr("There is no revenue to share out: the amounts do not add up to more than zero."))]
    row = found.spoken if len(found.tops) else {}
    top, share = row.get("top", 0.1), row.get("revenue_share")
    sentences = []
    if share is not None:
        sentences.append(
            tr(
                "The {top} of customers who spent most brought {share} of revenue.",
                top=percent(top, 0),
                share=percent(share),
            )
        )
    if found.customers_for_80 >= results.parameters.min_group:
        sentences.append(
            tr(
                "{n} customers, {part} of all, brought 80% of it.",
                n=number(found.customers_for_80),
                part=percent(found.customers_for_80 / found.customers),
            )
        )
    if not sentences:
        return [too_few(results)]
    return [
        prose(joined(sentences)),
        figure(
            segment_plots.revenue_concentration(found.curve, top=top, share=share),
            tr("How revenue is spread over the customers"),
            tr(
                "Curve: cumulated share of revenue against share of customers, those who spent most first; {top} of customers hold {share}.",
                top=percent(top, 0),
                share=percent(share),
            ),
            "concentration",
            interactive=moving.revenue_concentration_moving(found.curve, top=top, share=share),
        ),
        table(
            found.tops,
            tr("Revenue of the customers who spent most"),
            "top-shares",
            formats={
                "top": ".0%",
                "revenue": amounts(found.tops["revenue"], results.currency),
                "revenue_share": ".1%",
            },
            labels={
                "top": tr("Part of the customers"),
                "customers": tr("Customers"),
                "revenue": tr("Revenue"),
                "revenue_share": tr("Share of revenue"),
            },
        ),
    ]


def danger_section(results: LoyaltyResults) -> list[Block]:
    """Show how many customers are in danger of leaving, and what they brought, by segment."""
    found = results.danger
    if results.few or (found is None and results.lifecycle is not None):
        return [too_few(results)]
    if found is None:
        return [
            prose(tr("Who is in danger of leaving cannot be told without a usual gap between purchases."))
        ]
    sentences = [
        tr(
            "{n} customers ({share}) buy much less than before, or have been silent for more than three of their usual gaps between purchases, without being given up yet.",
            n=number(found.in_danger),
            share=percent(found.in_danger / results.customers),
        ),
        tr(
            "Another {n} ({share}) have been silent for more than six gaps and count as gone.",
            n=number(found.gone),
            share=percent(found.gone / results.customers),
        ),
    ]
    if not found.in_danger:
        return [prose(joined(sentences))]
    rows = found.by_segment
    columns = ["segment", "customers", "in_danger", "danger_share", "revenue_at_risk", "risk_share", "gone"]
    blocks = [prose(joined(sentences))]
    drawn = rows.dropna(subset=["revenue_at_risk"])
    if drawn["revenue_at_risk"].sum() > 0:
        blocks.append(
            figure(
                segment_plots.danger_by_segment(
                    drawn,
                    currency=results.currency,
                    days=found.recent_days,
                    total=(found.in_danger, found.revenue_at_risk),
                ),
                tr(
                    "Revenue of the customers in danger of leaving in the last {days} days, by segment",
                    days=number(found.recent_days),
                ),
                tr(
                    "Bar chart: recent revenue of the customers in danger by segment; most is in “{segment}”, {amount}.",
                    segment=tr(SEGMENTS[drawn["segment"].iloc[0]]),
                    amount=amount(drawn["revenue_at_risk"].iloc[0], results.currency),
                ),
                "danger",
            )
        )
    blocks.append(
        table(
            rows[columns].assign(segment=[tr(SEGMENTS[name]) for name in rows["segment"]]),
            tr("Customers in danger of leaving, and those who count as gone, by segment"),
            "danger-by-segment",
            formats={
                "in_danger": ".0f",
                "gone": ".0f",
                "danger_share": ".1%",
                "revenue_at_risk": amounts(rows["revenue_at_risk"], results.currency),
                "risk_share": ".1%",
            },
            labels={
                "segment": tr("Segment"),
                "customers": tr("Customers"),
                "in_danger": tr("In danger"),
                "danger_share": tr("Share in danger"),
                "revenue_at_risk": tr("Their revenue, last {days} days", days=number(found.recent_days)),
                "risk_share": tr("Of all revenue of these days"),
                "gone": tr("Count as gone"),
            },
            note=joined(
                [
                    together(results, "others" in set(rows["segment"])) or "",
                    kept_back_note(results.parameters.min_group)
                    if rows[["in_danger", "gone"]].isna().to_numpy().any()
                    else "",
                ]
            )
            or None,
        )
    )
    blocks.append(_whom_to_call(results))
    return blocks


def _whom_to_call(results: LoyaltyResults) -> Block:
    assert results.danger is not None
    if not results.ids_kept:
        return prose(
            tr(
                "The customers are not named here, because their identifiers were replaced; run the report with `--keep-ids` for a list of whom to call first."
            )
        )
    rows = results.danger.table[results.danger.table["in_danger"]].head(10)
    rows = rows[["segment", "last_purchase", "silence_days", "usual_gap_days", "recent_revenue"]]
    rows = rows.assign(segment=[tr(SEGMENTS[name]) for name in rows["segment"]])
    rows.insert(0, "customer", [str(name) for name in rows.index])
    silent = rows["silence_days"] > 3 * rows["usual_gap_days"]
    rows.insert(2, "sign", [tr("silent") if one else tr("buys much less") for one in silent])
    return table(
        rows,
        tr("The {n} customers in danger who brought most", n=number(len(rows))),
        "whom-to-call",
        formats={
            "usual_gap_days": ".0f",
            "recent_revenue": amounts(rows["recent_revenue"], results.currency),
            "last_purchase": date,
        },
        labels={
            "customer": tr("Customer"),
            "segment": tr("Segment"),
            "sign": tr("Sign"),
            "last_purchase": tr("Last purchase"),
            "silence_days": tr("Days silent"),
            "usual_gap_days": tr("Usual gap, days"),
            "recent_revenue": tr("Revenue, last {days} days", days=number(results.danger.recent_days)),
        },
    )
