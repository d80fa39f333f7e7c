"""What the loyalty report says in words: the findings at its top, and what to do next at its end."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from crmlab.plots.cohorts import anchor
from crmlab.plots.loyalty import SEGMENTS, curve_told, since
from crmlab.reports.content.loyalty_survey import margins_told
from crmlab.show import Block, cover, findings, prose
from crmlab.text import date, interval, join_sentences, money, number, p_said, percent, tr

if TYPE_CHECKING:
    import pandas as pd

    from crmlab.reports.content.loyalty_results import LoyaltyResults
    from crmlab.reports.inputs import ReportInput

__all__ = [
    "amount",
    "amounts",
    "cover_block",
    "findings_block",
    "level",
    "money_interval",
    "next_steps",
    "retained",
    "whom",
]


def amount(value: float, currency: str) -> str:
    """Return an amount with as many decimals as its size deserves."""
    return money(value, currency, _digits(abs(value)))


def amounts(values: pd.Series[float], currency: str) -> Callable[[float], str]:
    """Return a format for a column of amounts, with the same decimals in each row."""
    digits = _digits(float(values.abs().max()))
    return lambda value: money(value, currency, digits)


def _digits(size: float) -> int:
    if not size > 0 or size >= 1000:
        return 0
    return 2 if size >= 0.1 else min(8, 1 - math.floor(math.log10(size)))


def level(results: LoyaltyResults, low: float, high: float) -> str:
    """Return an interval of shares with its level: ``95% interval [76.7%, 79.2%]``."""
    return tr(
        "{level} interval {interval}",
        level=percent(results.parameters.confidence, 0),
        interval=interval(low, high, percent=True),
    )


def money_interval(low: float, high: float, currency: str) -> str:
    """Return an interval of amounts: ``[¥1,616, ¥1,927]``."""
    digits = _digits(max(abs(low), abs(high)))
    return f"[{money(low, currency, digits)}, {money(high, currency, digits)}]"


def whom(group: object) -> str:
    """Return where the customers of a group of the curve shop, for the start of a clause."""
    words = {
        "strong": tr("where competition is strong"),
        "weak": tr("where competition is weak"),
        "all": tr("among all who answered"),
    }
    return words.get(str(group), str(group))


def cover_block(results: LoyaltyResults, given: ReportInput) -> Block:
    """Return the head of the report."""
    return cover(
        tr("Customer loyalty"),
        given.title,
        [
            (tr("Period"), tr("{start} to {end}", start=date(results.start), end=date(results.end))),
            (tr("Customers"), number(results.customers)),
            (tr("Purchases (days with a purchase)"), number(results.occasions)),
            (tr("Revenue"), amount(results.revenue, results.currency)),
        ],
    )


def findings_block(results: LoyaltyResults) -> Block:
    """Return the paragraph at the top."""
    from crmlab.reports.content.loyalty_points_told import points_finding
    from crmlab.reports.content.loyalty_tier_worth import tiers_finding
    from crmlab.reports.content.loyalty_wallet import wallet_finding

    return findings(
        join_sentences(
            [
                _repeat(results),
                retained(results),
                _concentration(results),
                _danger(results),
                _kinds(results),
                _curve(results),
                wallet_finding(results),
                points_finding(results),
                tiers_finding(results),
            ]
        )
    )


def _repeat(results: LoyaltyResults) -> str:
    repeat = results.repeat
    if repeat.window_days is None:
        return tr(
            "Of {n} customers, **{rate}** ({interval}) bought on a second day by {end}.",
            n=number(repeat.customers),
            rate=percent(repeat.rate),
            interval=level(results, repeat.low, repeat.high),
            end=date(results.end),
        )
    return tr(
        "Of the {n} customers observed for at least {days} days after their first purchase, **{rate}** ({interval}) bought again within {days} days.",
        n=number(repeat.customers),
        days=number(repeat.window_days),
        rate=percent(repeat.rate),
        interval=level(results, repeat.low, repeat.high),
    )


def retained(results: LoyaltyResults) -> str:
    """Return the sentence on retention; empty where there are no cohorts."""
    row = anchor(results.cohorts) if results.cohorts else None
    if row is None or results.cohorts is None:
        return ""
    texts = {
        "share": percent(row["share"]),
        "interval": level(results, row["low"], row["high"]),
        "time": since(int(row["periods_since"]), results.cohorts.period),
    }
    if results.cohorts.period == "month":
        return tr(
            "Of a month's new customers, **{share}** ({interval}) buy in the month {time} later.", **texts
        )
    if results.cohorts.period == "quarter":
        return tr(
            "Of a quarter's new customers, **{share}** ({interval}) buy in the quarter {time} later.", **texts
        )
    return tr("Of a week's new customers, **{share}** ({interval}) buy in the week {time} later.", **texts)


def _concentration(results: LoyaltyResults) -> str:
    found = results.concentration
    if found is None or found.tops.empty:
        return ""
    row = found.spoken
    return tr(
        "The {top} of customers who spent most ({n}) brought **{share}** of revenue.",
        top=percent(row["top"], 0),
        n=number(row["customers"]),
        share=percent(row["revenue_share"]),
    )


def _danger(results: LoyaltyResults) -> str:
    found = results.danger
    if found is None or results.few:
        return ""
    if not found.in_danger:
        return tr("No customer is in danger of leaving by the rules used here.")
    return tr(
        "**{n}** customers ({share}) are in danger of leaving; in the last {days} days they brought {amount}, {risk} of the revenue of that time.",
        n=number(found.in_danger),
        share=percent(found.in_danger / results.customers),
        days=number(found.recent_days),
        amount=amount(found.revenue_at_risk, results.currency),
        risk=percent(found.revenue_at_risk / found.recent_revenue if found.recent_revenue else math.nan),
    )


def _kinds(results: LoyaltyResults) -> str:
    survey = results.survey
    if survey is None or survey.kinds is None:
        return ""
    if not margins_told(survey.kinds, results.parameters.min_group):
        return ""
    table = survey.kinds.table
    back = table["repeat_high"]
    return tr(
        "Of the {n} customers who answered the survey, {trust} came back and are attached, {without} came back without being attached.",
        n=number(len(table)),
        trust=percent(float((back & table["attachment_high"]).mean())),
        without=percent(float((back & ~table["attachment_high"]).mean())),
    )


def _curve(results: LoyaltyResults) -> str:
    survey = results.survey
    if survey is None or survey.curve is None:
        return ""
    told, row = curve_told(survey.curve)
    if told == "trend":
        facts = {"whom": _capital(whom(row["group"])), "p": p_said(row["p_cochran_armitage"])}
        return (
            tr("{whom}, more come back the more satisfied they are (trend, {p}).", **facts)
            if row["z_cochran_armitage"] > 0
            else tr("{whom}, fewer come back the more satisfied they are (trend, {p}).", **facts)
        )
    if not told:
        return tr("That satisfied customers come back more often cannot be seen in these answers.")
    return tr(
        "{whom}, {from_} of those who answered {low} on satisfaction came back, and {to} of those who answered {high}: a difference of {points} percentage points ({level} interval {interval}).",
        whom=_capital(whom(row["group"])),
        from_=percent(row["share_satisfied"]),
        to=percent(row["share_completely_satisfied"]),
        low=f"{row['satisfied']:g}",
        high=f"{row['completely_satisfied']:g}",
        points=number(100 * row["difference"], 1),
        level=percent(results.parameters.confidence, 0),
        interval=interval(100 * row["difference_low"], 100 * row["difference_high"], 1),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def next_steps(results: LoyaltyResults) -> Block:
    """Return what to do next, in the order of what it may bring; what concerns wallet and programme comes after it."""
    from crmlab.reports.content.loyalty_points_told import points_step
    from crmlab.reports.content.loyalty_tier_worth import tiers_steps
    from crmlab.reports.content.loyalty_wallet import wallet_step

    steps = [_call(results), _second(results), _delight(results), _attach(results), _keep(results)]
    steps = [step for step in steps if step][:4]
    programme = [wallet_step(results), points_step(results), *tiers_steps(results)]
    steps += [step for step in programme if step]
    steps.append(
        tr(
            "Run this report again in a quarter with the same parameters, and compare the repeat-purchase rate within the same number of days."
        )
    )
    return prose("\n".join(f"- {step}" for step in steps))


def _call(results: LoyaltyResults) -> str:
    found = results.danger
    if found is None or results.few or not found.in_danger:
        return ""
    first = found.by_segment.iloc[0]
    if not first["revenue_at_risk"] > 0 or first["segment"] == "others":
        return tr(
            "**Ask the {n} customers in danger of leaving why they stay away**, before any discount is offered.",
            n=number(found.in_danger),
        )
    return tr(
        "**Start with the customers in danger in the segment “{segment}”**: {n} customers who brought {amount} in the last {days} days. Ask what keeps them away before any discount is offered.",
        segment=tr(SEGMENTS[first["segment"]]),
        n=number(first["in_danger"]),
        amount=amount(first["revenue_at_risk"], results.currency),
        days=number(found.recent_days),
    )


def _second(results: LoyaltyResults) -> str:
    windows = results.windows[results.windows["window_days"] <= 365]
    if len(windows) < 3 or not windows["rate"].iloc[-1] > 0:
        return ""
    last = windows.iloc[-1]
    half = windows[windows["rate"] >= last["rate"] / 2].iloc[0]
    if half["window_days"] >= last["window_days"]:
        return ""
    return tr(
        "**Win the second purchase early**: {early} of customers buy again within {days} days, {late} within {all_days}. A reminder has most to win in the first {days} days.",
        early=percent(half["rate"], 0),
        days=number(half["window_days"]),
        late=percent(last["rate"], 0),
        all_days=number(last["window_days"]),
    )


def _delight(results: LoyaltyResults) -> str:
    survey = results.survey
    if survey is None or survey.curve is None:
        return ""
    lift = survey.curve.lift.dropna(subset=["difference"])
    sure = lift[lift["difference_low"] > 0]
    if sure.empty:
        return ""
    row = sure.sort_values("difference", ascending=False, kind="stable").iloc[0]
    return tr(
        "**Do not rest at “satisfied”**: {whom}, the step from {low} to {high} goes with {points} percentage points more customers who come back. Look up in the satisfaction report what keeps customers at {low}.",
        whom=whom(row["group"]),
        low=f"{row['satisfied']:g}",
        high=f"{row['completely_satisfied']:g}",
        points=number(100 * row["difference"]),
    )


def _attach(results: LoyaltyResults) -> str:
    survey = results.survey
    if survey is None or survey.kinds is None:
        return ""
    table = survey.kinds.table
    without = table["repeat_high"] & ~table["attachment_high"]
    if not without.any() or not margins_told(survey.kinds, results.parameters.min_group):
        return ""
    return tr(
        "**Give those who come back without attachment a reason of their own**: they are {share} of those who come back, and a new competitor or a better offer can take them away.",
        share=percent(float(without.sum() / table["repeat_high"].sum()), 0),
    )


def _keep(results: LoyaltyResults) -> str:
    found = results.concentration
    if found is None or found.customers_for_80 < results.parameters.min_group:
        return ""
    return tr(
        "**Know the {n} customers who bring 80% of revenue** ({share} of all), and notice within one usual gap between purchases when one of them falls silent.",
        n=number(found.customers_for_80),
        share=percent(found.customers_for_80 / found.customers, 0),
    )
