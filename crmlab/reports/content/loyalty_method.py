"""Rules and cuts of the loyalty report, as tables and sentences of its last part."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from crmlab.plots.loyalty import SEGMENTS
from crmlab.reports.content.loyalty_text import amount
from crmlab.reports.content.small_groups import kept_back, kept_back_note
from crmlab.show import Block, prose, table
from crmlab.text import MISSING_TEXT, join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.loyalty_results import LoyaltyResults

__all__ = ["assumptions", "cut_table", "programme_method", "segment_rules_table"]


def cut_table(results: LoyaltyResults) -> Block:
    """Show which values get which score."""
    cuts = results.rfm.cuts
    scores = sorted(set(cuts["score"]), reverse=True)
    rows = []
    for score in scores:
        row: dict[str, object] = {"score": score}
        for dimension in ("recency_days", "frequency", "monetary"):
            cut = cuts[(cuts["dimension"] == dimension) & (cuts["score"] == score)].iloc[0]
            row[dimension] = _range(cut, dimension, results.currency)
            row[f"{dimension}_n"] = int(cut["customers"])
        rows.append(row)
    shown, least = pd.DataFrame(rows), results.parameters.min_group
    for dimension in ("recency_days", "frequency", "monetary"):
        # The cuts stay: they say what the scores mean, and of whom only where many share them.
        shown = kept_back(shown, least, columns=[], count=f"{dimension}_n")
    hidden = bool(
        shown[[f"{name}_n" for name in ("recency_days", "frequency", "monetary")]].isna().any(axis=None)
    )
    return table(
        shown,
        tr("The scores and their cuts: the highest score is the best"),
        "rfm-cuts",
        labels={
            "score": tr("Score"),
            "recency_days": tr("R: days since the last purchase"),
            "recency_days_n": tr("Customers"),
            "frequency": tr("F: purchases"),
            "frequency_n": tr("Customers"),
            "monetary": tr("M: revenue"),
            "monetary_n": tr("Customers"),
        },
        formats=dict.fromkeys(("recency_days_n", "frequency_n", "monetary_n"), ".0f"),
        note=join_sentences(
            [
                tr(
                    "Cuts are quantiles: each class should hold the same number of customers, but equal values always get equal scores."
                ),
                kept_back_note(least) if hidden else "",
            ]
        ),
    )


def _range(cut: pd.Series[float], dimension: str, currency: str) -> str:
    """Return the values of a class in words; whole numbers are counted from the first one inside."""
    if not cut["customers"]:
        return MISSING_TEXT
    above, up_to = float(cut["above"]), float(cut["up_to"])
    if dimension == "monetary":
        low, high = ((amount(value, currency) if not math.isnan(value) else "") for value in (above, up_to))
        if not low:
            return tr("up to {high}", high=high)
        return tr("over {low} to {high}", low=low, high=high) if high else tr("over {low}", low=low)
    first = math.floor(above) + 1 if not math.isnan(above) else (0 if dimension == "recency_days" else 1)
    if math.isnan(up_to):
        return tr("{low} and more", low=number(first))
    last = math.floor(up_to)
    return number(first) if first >= last else f"{number(first)}–{number(last)}"


def segment_rules_table(results: LoyaltyResults) -> Block:
    """Show which scores make which segment, and what to do with it; nothing for too few customers."""
    if results.few:
        return prose("")
    top = results.parameters.quantiles
    scores: dict[str, list[str]] = {}
    for rule in results.rules:
        boxes = (("R", rule.r), ("F", rule.f), ("M", rule.m))
        words = " ".join(f"{name} {_span(box)}" for name, box in boxes if box != (1, top))
        scores.setdefault(rule.segment, []).append(words)
    rows = [
        {"segment": tr(SEGMENTS[segment]), "scores": tr("; ").join(boxes), "care": _care(segment)}
        for segment, boxes in scores.items()
    ]
    return table(
        pd.DataFrame(rows),
        tr("The segments: scores, and the care that suits them"),
        "segment-rules",
        labels={"segment": tr("Segment"), "scores": tr("Scores"), "care": tr("What suits them")},
        note=tr("Where a score is not named, any will do."),
    )


def _span(box: tuple[int, int]) -> str:
    return str(box[0]) if box[0] == box[1] else f"{box[0]}–{box[1]}"


def _care(segment: str) -> str:
    return {
        "champions": tr("thank them, ask for advice and referrals"),
        "loyal": tr("offer more of the range"),
        "potential_loyalists": tr("membership, a reason for the next purchase"),
        "new": tr("a good start: help, a second purchase soon"),
        "need_attention": tr("a limited offer after their taste"),
        "about_to_sleep": tr("remind them before they forget"),
        "cannot_lose": tr("call in person, ask what went wrong"),
        "at_risk": tr("win back with what they used to buy"),
        "hibernating": tr("low-cost messages only"),
        "lost": tr("no effort beyond one last message"),
    }[segment]


def assumptions(results: LoyaltyResults) -> Block:
    """Say what was done with the rows of these data, and with the answers of the survey."""
    joined_rows = results.ever.counts.get("same_day_rows_merged", 0)
    sentences = [
        tr(
            "All purchases of one customer on one day are one purchase ({n} rows were joined that way), and refunds are taken off earlier purchases.",
            n=number(joined_rows),
        )
        if joined_rows
        else tr(
            "All purchases of one customer on one day are one purchase, and refunds are taken off earlier purchases."
        ),
        tr(
            "Intervals are at the level of {level}; they take the customers as a sample of those who might have come.",
            level=percent(results.parameters.confidence, 0),
        ),
    ]
    if results.lifecycle is not None and not results.few:
        rule = results.lifecycle.rules.set_index("rule")["value"]
        sentences.append(
            tr(
                "A relationship rises or falls where one half of it has at least {factor} times the purchases, or the spending, of the other; silence of more than {end} usual gaps counts as its end; customers with up to {trial} purchases are judged by a gap of {gap} days.",
                factor=number(rule["trend_factor"]),
                end=number(rule["finished_after_gaps"]),
                trial=number(rule["trial_occasions"]),
                gap=number(rule["typical_gap_days"], 1),
            )
        )
        sentences.append(
            tr(
                "The expected shares rest on the probability of still being there (MBG/NBD, fitted to all purchases) and on the pace of each customer's two halves, both known only roughly from few purchases."
            )
            if results.chances is not None and results.chances.finished_by == "model"
            else tr(
                "The expected shares rest on the probability that a silence is longer than the rules allow, from each customer's own gaps; who buys irregularly by nature counts as silent too soon."
            )
        )
    survey = results.survey
    if survey is not None:
        sentences.append(
            tr(
                "Of the customers with purchases {n} answered the survey, and {followed} of them were observed long enough afterwards; who answers is no random sample, so their shares are those of the answering.",
                n=number(survey.answered),
                followed=number(survey.followed),
            )
        )
        if survey.price_from is not None:
            sentences.append(
                tr(
                    "Price-sensitive is who answered {cut} or more on comparing prices.",
                    cut=f"{survey.price_from:g}",
                )
            )
    return prose(join_sentences(sentences))


def programme_method(results: LoyaltyResults) -> Block:
    """Say how wallet, points and tiers were looked at, as far as the data have them, with the references."""
    parts, sources = [], []
    if results.wallet is not None:
        parts.append(
            tr(
                "**Share of wallet.** What customers spend here over what they say they spend in the category in the same 12 months, $\\sum o_i/\\sum c_i$, with the interval of a ratio of sums on the logit. By rank $r$ among $n$ shops the Wallet Allocation Rule expects $(1-r/(n+1))\\cdot 2/n$ of a wallet; it needs no amounts and knows none."
            )
        )
        sources.append("Keiningham, Aksoy, Buoye & Cooil (2011), Harvard Business Review 89(10), 29–31")
    if results.points is not None:
        parts.append(
            tr(
                "**Points.** What leaves an account takes the oldest points first. The chance that a point will still be exchanged comes from the ages at which points were exchanged and lapsed so far (Aalen–Johansen), so that young points do not count as unused; intervals come from resampling customers. Both suppose that habits and rules stay."
            )
        )
        sources.append(
            "Aalen & Johansen (1978), Scandinavian Journal of Statistics 5(3), 141–150; IFRS 15, B39–B47"
        )
    if results.tiers is not None:
        parts.append(
            tr(
                "**Tiers.** A tier is taken to be held for the calendar year that the table names, and its threshold is the roundest number that parts the tiers by qualifying spend. What a tier is worth is the jump at the threshold of lines fitted on either side of it (regression discontinuity with the bandwidth and the robust interval of Calonico, Cattaneo and Titiunik). Customers who can push themselves over the threshold would spoil it; the density at the threshold is tested for that."
            )
        )
        sources.append(
            "Calonico, Cattaneo & Titiunik (2014), doi 10.3982/ECTA11757; McCrary (2008), doi 10.1016/j.jeconom.2007.05.005"
        )
    if not parts:
        return prose("")
    parts.append(tr("References for wallet and programme: {sources}.", sources=tr("; ").join(sources)))
    return prose("\n\n".join(parts))
