"""The part of the loyalty report on tiers: who holds which, who moves, and what a tier is worth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.plots import programme as plots
from crmlab.plots import programme_moving as moving
from crmlab.reports.content.loyalty_text import amounts
from crmlab.reports.content.loyalty_tier_worth import cutoff_text, tier_name, worth_of_tier
from crmlab.reports.content.loyalty_tiers import NEAR
from crmlab.reports.content.small_groups import guarded, hide_small
from crmlab.show import Block, escape_markdown, figure, prose, table
from crmlab.text import join_sentences, number, percent, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlab.reports.content.loyalty_results import LoyaltyResults
    from crmlab.reports.content.loyalty_tiers import TiersFound

__all__ = ["tiers_section"]


def tiers_section(results: LoyaltyResults) -> list[Block]:
    """Show the tiers, moves between them, and what a tier is worth, with the heading; nothing without tiers."""
    found = results.tiers
    if found is None:
        return []
    blocks = [prose("## " + tr("The programme: tiers")), *_sizes(results, found)]
    if found.movements is not None:
        blocks += _moves(results, found)
    return [*blocks, *worth_of_tier(results, found)]


def _sizes(results: LoyaltyResults, found: TiersFound) -> list[Block]:
    rows = found.sizes
    top = rows.iloc[-1]
    few = results.parameters.min_group
    sentences = [
        tr(
            "{upper} of {n} members hold a tier above “{lowest}”; those in “{top}”, {share} of all, brought {revenue} of the members' revenue of the last 365 days.",
            upper=percent(1 - rows["share"].iloc[0]),
            n=number(rows["customers"].sum()),
            lowest=escape_markdown(tier_name(found.order[0])),
            top=escape_markdown(tier_name(found.order[-1])),
            share=percent(top["share"]),
            revenue=percent(top["revenue_share"]),
        )
        if top["customers"] >= few and rows["customers"].min() >= few
        else ""
    ]
    near = int(rows["near"].sum())
    if near >= few:
        sentences.append(
            tr(
                "{n} members lack {share} or less of the threshold of the next tier.",
                n=number(near),
                share=percent(NEAR, 0),
            )
        )
    shown = rows.assign(
        threshold=[found.thresholds.get(tier, math.nan) for tier in rows["tier"]],
        tier=[tier_name(tier) for tier in rows["tier"]],
    )
    hidden = guarded(rows["customers"], few)
    numbers = ["customers", "near", "share", "revenue_share", "qualifying"]
    shown[numbers] = shown[numbers].astype(float)
    shown.loc[hidden, numbers] = np.nan
    shown.loc[guarded(rows["near"], few), "near"] = np.nan
    spend = amounts(shown["qualifying"], results.currency)
    columns = ["tier", "customers", "share", "threshold", "qualifying", "revenue_share", "near"]
    if shown["qualifying"].isna().all():
        columns = ["tier", "customers", "share", "revenue_share"]
    formats: dict[str, str | Callable[[float], str]] = {
        "customers": ".0f",
        "near": ".0f",
        "share": ".1%",
        "revenue_share": ".1%",
        "threshold": lambda value: cutoff_text(value, results),
        "qualifying": spend,
    }
    labels = {
        "tier": tr("Tier"),
        "customers": tr("Members"),
        "share": tr("Share"),
        "threshold": tr("Threshold"),
        "qualifying": tr("Qualifying spend, mean"),
        "revenue_share": tr("Share of revenue"),
        "near": tr("Near the next tier"),
    }
    return [
        prose(join_sentences(sentences)),
        table(
            shown[columns],
            tr("Tiers of {year}", year=str(found.year))
            if found.year is not None
            else tr("Tiers of the members"),
            "tiers",
            formats={name: form for name, form in formats.items() if name in columns},
            labels={name: label for name, label in labels.items() if name in columns},
            note=tr("Numbers of fewer than {n} members are not shown.", n=number(few))
            if hidden.any()
            else None,
        ),
    ]


def _moves(results: LoyaltyResults, found: TiersFound) -> list[Block]:
    assert found.movements is not None
    moved = found.movements
    names = list(moved.matrix.index)
    targets = list(moved.matrix.columns)
    counts = moved.table.pivot_table(
        index="from_tier", columns="to_tier", values="customers", observed=False
    ).reindex(index=names, columns=targets)
    few = results.parameters.min_group
    hidden = hide_small(counts.to_numpy().astype(np.int64), few)
    matrix = np.where(hidden, np.nan, moved.matrix.to_numpy(dtype=float))
    gone = matrix[:, -1]
    if not np.nansum(gone):  # nobody leaves the table
        matrix, targets = matrix[:, :-1], targets[:-1]
    rates = moved.directions
    upper = rates.iloc[1:]
    kept = float((upper["stay"] * upper["customers"]).sum() / upper["customers"].sum())
    fell = float((upper["down"] * upper["customers"]).sum() / upper["customers"].sum())
    members = [round(float((upper[name] * upper["customers"]).sum())) for name in ("stay", "down")]
    rest = int(upper["customers"].sum()) - sum(members)
    told = not guarded(pd.Series([*members, max(rest, 0)]), few).any()
    sentences = [
        tr(
            "Of the members above the lowest tier, {kept} keep their tier from one year to the next, and {fell} fall.",
            kept=percent(kept),
            fell=percent(fell),
        )
        if told
        else "",
        tr("A good year is partly chance, so that some fall back whatever the firm does."),
    ]
    shown = [tier_name(name) for name in names], [tier_name(name) for name in targets]
    to = {f"to_{place}": name for place, name in enumerate(targets)}
    rows = pd.DataFrame(matrix, columns=list(to))
    rows.insert(0, "tier", [tier_name(name) for name in names])
    rows.insert(1, "customers", np.where(hidden.all(axis=1), np.nan, rates["customers"].to_numpy()))
    return [
        prose("### " + tr("Who rises and who falls")),
        prose(join_sentences(sentences)),
        figure(
            plots.tier_moves(matrix, *shown),
            tr("Moves between tiers from one year to the next, in per cent of the tier left"),
            tr(
                "Heat map: tiers as rows, tiers a year later as columns; {kept} of the members above the lowest tier stay.",
                kept=percent(kept, 0),
            )
            if told
            else tr("Heat map: tiers as rows, tiers a year later as columns."),
            "tier-moves",
            interactive=moving.tier_moves_moving(matrix, *shown),
        ),
        table(
            rows,
            tr("Moves between tiers"),
            "tier-moves",
            formats={"customers": ".0f", **dict.fromkeys(to, ".1%")},
            labels={
                "tier": tr("From tier"),
                "customers": tr("Members"),
                **{column: tr("to {tier}", tier=tier_name(name)) for column, name in to.items()},
            },
            note=tr("Moves of fewer than {n} members are not shown.", n=number(few))
            if np.isnan(matrix).any()
            else None,
        ),
    ]
