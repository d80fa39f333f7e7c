"""The forecast from purchases: its head, its findings, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlab.reports.content.cash import count
from crmlab.reports.content.clv_tables import BANDS, MONTH, win_back
from crmlab.reports.content.clv_words import TENTH, best_share, cash_of, level, miss, people_range, total_of
from crmlab.show import Block, cover, findings, prose
from crmlab.text import date, join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.clv_results import CLVResults

__all__ = ["front", "next_steps", "what_we_found"]


#: a forecast that reaches so many times as far as the data is warned of
_FAR = 2.0


def front(found: CLVResults) -> Block:
    """Return the head of the report."""
    summary = found.summary
    rows = [
        (tr("Data"), found.given.title),
        (
            tr("Period"),
            tr(
                "{start} to {end}",
                start=date(summary.observation_start),
                end=date(summary.observation_end),
            ),
        ),
        (tr("Customers"), number(len(summary))),
        (tr("Days with a purchase"), number(summary.counts["purchase_days"])),
        (tr("Forecast"), tr("{n} months", n=found.parameters.horizon_months)),
    ]
    return cover(
        tr("Customer lifetime value"), tr("What today's customers will buy, and what that is worth"), rows
    )


def what_we_found(found: CLVResults) -> Block:
    """Return the paragraph at the top, with the numbers in it."""
    return findings(
        join_sentences([_who(found), _worth(found), _best(found), _how_sure(found), _caution(found)])
    )


def _who(found: CLVResults) -> str:
    active = total_of(found, "active" if found.once_told else "active_repeat")
    buyers = total_of(found, "buyers")
    told = {
        "active": count(active["estimate"]),
        "level": level(found),
        "range": people_range(active),
        "n": number(len(found.people)),
        "buyers": count(buyers["estimate"]),
        "buyers_range": people_range(buyers),
        "months": str(found.parameters.horizon_months),
        "end": date(found.summary.observation_end),
    }
    if found.once_told:
        return tr(
            "Of the {n} customers who had bought by {end}, about **{active}** are probably still active ({level} interval {range}); about **{buyers}** ({buyers_range}) will buy again within {months} months.",
            **told,
        )
    return tr(
        "Of the {repeat} customers who had bought more than once by {end}, about **{active}** are probably still active ({level} interval {range}); of all {n} customers, about **{buyers}** ({buyers_range}) will buy again within {months} months.",
        repeat=number(found.repeat),
        **told,
    )


def _worth(found: CLVResults) -> str:
    cash, value, total = cash_of(found), found.value, total_of(found, "value")
    words = {
        "purchases": count(total_of(found, "purchases")["estimate"]),
        "total": cash(value.total),
        "level": level(found),
        "range": cash.span(total["actual_low"], total["actual_high"]),
        "mean": cash(value.total / len(found.people)),
        "rate": percent(value.discount_rate_annual, 0),
        "margin": percent(value.margin, 0),
    }
    if value.margin < 1:
        return tr(
            "The {purchases} purchases to be expected of them are worth **{total}** today ({level} interval {range}; at a margin of {margin}, discounted at {rate} a year), {mean} a customer.",
            **words,
        )
    return tr(
        "The {purchases} purchases to be expected of them are worth **{total}** of revenue today ({level} interval {range}; discounted at {rate} a year), {mean} a customer.",
        **words,
    )


def _best(found: CLVResults) -> str:
    if len(found.people) < TENTH or not found.value.total > 0:
        return ""
    return tr(
        "The most valuable tenth of the customers holds {share} of it.", share=percent(best_share(found))
    )


def _how_sure(found: CLVResults) -> str:
    if found.tested is None:
        return ""
    errors = found.tested.errors.set_index("rule")["total_bias"]
    return tr(
        "Tested on the last {days} days of the data, which it had not seen, the model expected {bias} purchases; the rule “everybody goes on as before” expected {naive}.",
        days=number((found.tested.observation_end - found.tested.calibration_end).days),
        bias=miss(float(errors["model"])),
        naive=miss(float(errors["same_rate"])),
    )


def _caution(found: CLVResults) -> str:
    days = (found.summary.observation_end - found.summary.observation_start).days + 1
    times = found.parameters.horizon_months * MONTH / days
    return join_sentences(
        [
            tr(
                "Only {repeat} customers bought more than once: take all numbers as a rough order of magnitude.",
                repeat=number(found.repeat),
            )
            if found.few
            else tr(
                "The data alone do not tell all parameters of the model, so a weak prior had to help: take all numbers as rough."
            )
            if found.prior
            else "",
            tr(
                "The forecast reaches {times} times as far as the data do, which is far.",
                times=number(times, 1),
            )
            if times > _FAR
            else "",
        ]
    )


def next_steps(found: CLVResults) -> Block:
    """Return what to do next, in a few points."""
    cash, people = cash_of(found), found.people
    ranked = people.sort_values("clv", ascending=False, kind="stable")
    points: list[str] = []
    if len(people) >= TENTH:
        best = ranked.head(max(1, round(len(people) / 10)))
        doubt = int((best["probability_alive"] < BANDS[0]).sum())
        points.append(
            tr(
                "**Keep the best.** The most valuable tenth, {n} customers, is worth {value}, {mean} each. Call first on those whose probability of being active is below 80% ({doubt} of them).",
                n=number(len(best)),
                value=cash(float(best["clv"].sum())),
                mean=cash(float(best["clv"].mean())),
                doubt=number(doubt),
            )
            if doubt
            else tr(
                "**Keep the best.** The most valuable tenth, {n} customers, is worth {value}, {mean} each; each of them is active with a probability of 80% and more.",
                n=number(len(best)),
                value=cash(float(best["clv"].sum())),
                mean=cash(float(best["clv"].mean())),
            )
        )
    points += [_win_back(found), _second_purchase(found), _new_customer(found)]
    quarter = min(3, found.parameters.horizon_months)
    points.append(
        tr(
            "**Check.** In the next {days} days, today's customers should buy {purchases} times. Count that, and make this report again.",
            days=round(quarter * MONTH),
            purchases=count(float(found.ahead.months["purchases"].head(quarter).sum())),
        )
    )
    return prose("\n".join(f"- {point}" for point in points if point))


def _win_back(found: CLVResults) -> str:
    chosen = win_back(found.people)
    if chosen.empty:
        return ""
    words = {"n": number(len(chosen)), "each": cash_of(found)(0.1 * float(chosen["at_stake"].mean()))}
    if found.parameters.margin < 1:
        return tr(
            "**Win back.** Write to the {n} good customers who have fallen silent. What may be spent on each is at most the last column of the table times the chance that it works: at a chance of one in ten, {each} on average.",
            **words,
        )
    return tr(
        "**Win back.** Write to the {n} good customers who have fallen silent. What may be spent on each is at most the last column of the table times your margin, times the chance that it works: at a chance of one in ten, {each} on average, times your margin.",
        **words,
    )


def _second_purchase(found: CLVResults) -> str:
    once = found.people[found.people["frequency"] == 0]
    if len(once) < found.parameters.min_group:
        return ""
    return tr(
        "**Make the second purchase happen.** {n} customers bought once; {share} of them are expected to buy again within {months} months. Give them a reason to come a second time.",
        n=number(len(once)),
        share=percent(float(once["buys_again"].mean())),
        months=found.parameters.horizon_months,
    )


def _new_customer(found: CLVResults) -> str:
    words = {"new": cash_of(found)(found.ahead.new_customer), "months": str(found.parameters.horizon_months)}
    if found.parameters.margin < 1:
        return tr(
            "**Know what a new customer may cost.** The repeat purchases of a new customer are worth {new} in {months} months: that is the most that may be paid for one, beyond the profit of the first purchase.",
            **words,
        )
    return tr(
        "**Know what a new customer may cost.** The repeat purchases of a new customer are worth {new} of revenue in {months} months: times your margin, that is the most that may be paid for one, beyond the profit of the first purchase.",
        **words,
    )
