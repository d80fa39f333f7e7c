"""The part of the loyalty report on what a tier is worth: the jump at its threshold, and what speaks against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab.plots import programme as plots
from crmlab.plots import programme_moving as moving
from crmlab.reports.content.loyalty_text import amount
from crmlab.show import Block, escape_markdown, figure, prose, table
from crmlab.text import N_, interval, join_sentences, money, number, percent, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlab.reports.content.loyalty_results import LoyaltyResults
    from crmlab.reports.content.loyalty_tiers import TierJump, TiersFound

__all__ = ["cutoff_text", "tier_name", "tiers_finding", "tiers_steps", "worth_of_tier"]

#: usual names of tiers; others stay as they stand in the data
_TIERS = {
    "basic": N_("basic"),
    "bronze": N_("bronze"),
    "silver": N_("silver"),
    "gold": N_("gold"),
    "platinum": N_("platinum"),
    "diamond": N_("diamond"),
    "absent": N_("no longer a member"),
}


def tier_name(name: str) -> str:
    """Return a tier's name in the reader's language where it is a usual one."""
    return tr(_TIERS[name]) if name in _TIERS else name


def _written(name: str) -> str:
    """Return a tier's name for running text, where its signs are no marks."""
    return escape_markdown(tier_name(name))


def tiers_finding(results: LoyaltyResults) -> str:
    """Return the sentence on what a tier is worth; empty where nothing can be said."""
    found = results.tiers
    jump = _revenue_jump(found)
    if found is None or jump is None:
        return ""
    facts = {
        "tier": _written(jump.tier),
        "effect": _difference(jump, jump.effect.estimate, results),
        "interval": _difference_interval(jump, results),
    }
    if _sure(jump):
        return tr(
            "Reaching the tier “{tier}” changes the revenue of the following year by **{effect}** per customer ({interval}), for customers near its threshold.",
            **facts,
        )
    return tr(
        "That the tier “{tier}” makes customers near its threshold buy more **cannot be seen** ({effect} per customer, {interval}).",
        **facts,
    )


def _revenue_jump(found: TiersFound | None) -> TierJump | None:
    if found is None:
        return None
    return next((one for one in found.jumps if one.outcome == "revenue"), None)


def _sure(jump: TierJump) -> bool:
    return bool(jump.effect.low > 0 or jump.effect.high < 0)


def _difference(jump: TierJump, value: float, results: LoyaltyResults) -> str:
    """Return a difference with its sign: in money, or in percentage points."""
    sign = "+" if value >= 0 else "−"
    if jump.outcome == "exchanged":
        return tr("{sign}{n} percentage points", sign=sign, n=number(100 * abs(value)))
    return f"{sign}{_money(abs(value), jump, results)}"


def _money(value: float, jump: TierJump, results: LoyaltyResults) -> str:
    """Return an amount as exactly as the interval of the effect deserves."""
    if max(abs(jump.effect.low), abs(jump.effect.high)) >= 20:
        return money(value, results.currency, 0)
    return amount(value, results.currency)


def _difference_interval(jump: TierJump, results: LoyaltyResults) -> str:
    return tr(
        "{level} interval {interval}",
        level=percent(results.parameters.confidence, 0),
        interval=_range(jump, results),
    )


def _range(jump: TierJump, results: LoyaltyResults) -> str:
    low, high = jump.effect.low, jump.effect.high
    if jump.outcome == "exchanged":
        return interval(100 * low, 100 * high, 0)
    return f"[{_money(low, jump, results)}, {_money(high, jump, results)}]"


def cutoff_text(value: float, results: LoyaltyResults) -> str:
    """Return a threshold, without decimals where it has none."""
    return money(value, results.currency, 0) if value % 1 == 0 else amount(value, results.currency)


def tiers_steps(results: LoyaltyResults) -> list[str]:
    """Return what to do next about tiers."""
    found = results.tiers
    if found is None:
        return []
    steps = []
    jump = _revenue_jump(found)
    if jump is not None and not _sure(jump):
        steps.append(
            tr(
                "**Test what the tier “{tier}” does before giving more for it**: give its benefits to a random part of the customers just below the threshold, and compare the next half-year.",
                tier=_written(jump.tier),
            )
        )
    near = int(found.sizes["near"].sum())
    if jump is not None and _sure(jump) and jump.effect.estimate > 0 and near >= results.parameters.min_group:
        steps.append(
            tr(
                "**Tell the {n} customers who lack a tenth or less of the next tier how little is missing**: reaching it has paid so far.",
                n=number(near),
            )
        )
    return steps


def worth_of_tier(results: LoyaltyResults, found: TiersFound) -> list[Block]:
    """Show what the tier does to each outcome at its threshold, with its heading; nothing where it cannot be told."""
    if not found.jumps:
        return []
    blocks = [prose("### " + tr("What a tier is worth"))]
    first = found.jumps[0]
    revenue = _revenue_jump(found)
    sentences = []
    if revenue is not None:
        sentences.append(
            tr(
                "In {year}, members with the tier “{tier}” brought {high} each, members of “{below}” {low}. That comparison says nothing of the tier: who reaches it bought more before.",
                year=str(found.effect_year),
                tier=_written(revenue.tier),
                below=_written(revenue.below),
                high=_money(revenue.mean_tier, revenue, results),
                low=_money(revenue.mean_below, revenue, results),
            )
        )
    sentences.append(
        tr(
            "Members who passed the threshold of {cutoff} by little and members who missed it by little are alike but for the tier; what differs between them is the tier's doing.",
            cutoff=cutoff_text(first.effect.cutoff, results),
        )
    )
    blocks.append(prose(join_sentences(sentences)))
    for jump in found.jumps:
        named: dict[str, Any] = {
            "tier": tier_name(jump.tier),
            "outcome": jump.outcome,
            "currency": results.currency,
        }
        blocks += [
            prose(_jump_sentence(results, found, jump)),
            figure(
                plots.tier_jump(jump.effect, **named),
                tr("Revenue of members on both sides of the tier's threshold")
                if jump.outcome == "revenue"
                else tr("Members who exchanged points, on both sides of the tier's threshold"),
                tr(
                    "Means by qualifying spend with a line on each side of the threshold {cutoff}; the lines part by {effect} there.",
                    cutoff=cutoff_text(jump.effect.cutoff, results),
                    effect=_difference(jump, jump.effect.estimate, results),
                ),
                f"tier-{jump.outcome}",
                interactive=moving.tier_jump_moving(jump.effect, **named),
            ),
            _jump_table(results, jump),
        ]
    return [*blocks, prose(_doubts(found))]


def _jump_sentence(results: LoyaltyResults, found: TiersFound, jump: TierJump) -> str:
    facts = {
        "tier": _written(jump.tier),
        "effect": _difference(jump, jump.effect.estimate, results),
        "interval": _difference_interval(jump, results),
        "base": percent(jump.effect.level_below, 0)
        if jump.outcome == "exchanged"
        else _money(jump.effect.level_below, jump, results),
    }
    if jump.outcome == "exchanged":
        if _sure(jump):
            return tr(
                "**Exchanging points:** at the threshold of “{tier}” the share of members who exchange points at least once in the year changes by {effect}, from {base} ({interval}).",
                **facts,
            )
        return tr(
            "**Exchanging points:** at the threshold of “{tier}” the share of members who exchange points at least once in the year shows no change ({effect}, {interval}).",
            **facts,
        )
    text = (
        tr(
            "**Revenue:** at the threshold of “{tier}” the revenue of the year changes by {effect} per member, from {base} ({interval}).",
            **facts,
        )
        if _sure(jump)
        else tr(
            "**Revenue:** at the threshold of “{tier}” no change of the year's revenue can be seen ({effect} per member, {interval}; just below it is {base}). An effect inside the interval is not ruled out.",
            **facts,
        )
    )
    if found.seen_days < 365:
        text = join_sentences(
            [text, tr("Of the year, {days} days were observed.", days=number(found.seen_days))]
        )
    return text


def _jump_table(results: LoyaltyResults, jump: TierJump) -> Block:
    exchanged = jump.outcome == "exchanged"
    scale = 100.0 if exchanged else 1.0
    found = jump.effect
    rows = pd.DataFrame(
        {
            "naive": [scale * (jump.mean_tier - jump.mean_below)],
            "level": [scale * found.level_below],
            "effect": [scale * found.estimate],
            "low": [scale * found.low],
            "high": [scale * found.high],
            "p": [found.p_value],
            "used": [found.used_left + found.used_right],
        }
    )
    numbers = ("naive", "level", "effect", "low", "high")
    form: str | Callable[[float], str] = ".1f" if exchanged else lambda value: _money(value, jump, results)
    return table(
        rows,
        tr(
            "What the tier does to the exchange of points, in percentage points: {tier}",
            tier=tier_name(jump.tier),
        )
        if exchanged
        else tr(
            "What the tier does to the revenue of the year, per member: {tier}", tier=tier_name(jump.tier)
        ),
        f"tier-effect-{jump.outcome}",
        formats={**dict.fromkeys(numbers, form), "p": "p"},
        labels={
            "naive": tr("Tier less the one below"),
            "level": tr("Just below the threshold"),
            "effect": tr("Jump at the threshold"),
            "low": tr("Lower limit"),
            "high": tr("Upper limit"),
            "p": tr("p of no effect"),
            "used": tr("Members near it"),
        },
        note=tr("The interval allows for the curve of the lines and need not be centred at the estimate."),
    )


def _doubts(found: TiersFound) -> str:
    """Say what speaks for and against the comparison at the threshold."""
    effect = found.jumps[0].effect
    sentences = []
    if effect.density is not None:
        sentences.append(
            tr(
                "Members do not crowd just above the threshold (p {p}), as they would if many bought only to reach it.",
                p=f"= {effect.density.p_value:.2f}",
            )
            if effect.density.p_value >= 0.05
            else tr(
                "Members crowd on one side of the threshold (p {p}): some may buy only to reach it, and then those above are other people than those below. Do not trust the effect.",
                p="< 0.001" if effect.density.p_value < 0.001 else f"= {effect.density.p_value:.3f}",
            )
        )
    false = sum(int((jump.effect.placebo["p_value"] < 0.05).sum()) for jump in found.jumps)
    tried = sum(len(jump.effect.placebo) for jump in found.jumps)
    if tried:
        sentences.append(
            tr(
                "At {n} places where no tier begins, the same comparison finds an effect {false} times.",
                n=number(tried),
                false=number(false),
            )
        )
    if not found.jumps[0].sharp:
        sentences.append(
            tr(
                "Some members have the tier without the spend, or the other way round; the effect is that on those whom the threshold decides about."
            )
        )
    sentences.append(
        tr(
            "The effect is that on members near the threshold; it says nothing of others, nor of another threshold."
        )
    )
    return join_sentences(sentences)
