"""The part of the loyalty report on concentration of revenue and customers in danger of leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlab.plots import loyalty_moving as moving
from crmlab.plots import segments as segment_plots
from crmlab.plots.loyalty import SEGMENTS
from crmlab.reports.content.loyalty_text import amount, amounts
from crmlab.reports.content.small_groups import kept_back_note
from crmlab.show import Block, figure, prose, table
from crmlab.text import date, join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.loyalty_results import LoyaltyResults

__all__ = ["concentration_section", "danger_section", "together", "too_few"]


def together(results: LoyaltyResults, needed: bool) -> str | None:
    """Return the note on segments put together, where there are any."""
    if not needed:
        return None
    return tr(
        "Segments of fewer than {n} customers are put together, so that nobody is recognised.",
        n=number(results.parameters.min_group),
    )


def too_few(results: LoyaltyResults) -> Block:
    """Return the line that stands where there are too few customers to show groups of them."""
    return prose(
        tr(
            "There are too few customers to show groups of them: groups of fewer than {n} are not shown.",
            n=number(results.parameters.min_group),
        )
    )


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
        prose(join_sentences(sentences)),
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
        return [prose(join_sentences(sentences))]
    rows = found.by_segment
    columns = ["segment", "customers", "in_danger", "danger_share", "revenue_at_risk", "risk_share", "gone"]
    blocks = [prose(join_sentences(sentences))]
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
            note=join_sentences(
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
