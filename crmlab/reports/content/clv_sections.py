"""Sections of the report on customer lifetime value: who is there, what comes, how value is spread, whom to win back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.reports.content.cash import column_digits, count
from crmlab.reports.content.clv_tables import BANDS, MONTH, bands, months, tenths, win_back
from crmlab.reports.content.clv_words import (
    TENTH,
    best_share,
    cash_of,
    level,
    plain_size,
    sentences,
    sized,
    total_of,
)
from crmlab.show import Block, figure, prose, table
from crmlab.text import date, number, percent, tr

if TYPE_CHECKING:
    import pandas as pd

    from crmlab.reports.content.clv_results import CLVResults

__all__ = ["best_customers", "concentration", "outlook", "still_there", "to_win_back"]

#: most customers listed for winning back
_LISTED = 15
_PREDICTIVE = 2000
#: share of the value from which one customer alone is pointed out
_ALONE = 0.2


def still_there(found: CLVResults) -> list[Block]:
    """Return who is still a customer."""
    from crmlab.plots.clv_report import plot_alive

    people, active = found.people, total_of(found, "active_repeat")
    groups = bands(people)
    once = len(people) - found.repeat
    lost = int(groups.loc[groups["band"] == 0, "customers"].iloc[0])
    text = tr(
        "Of the {repeat} customers who bought more than once, {active} are probably still active; {lost} are probably lost (a probability below {limit}).",
        active=count(active["estimate"]),
        repeat=number(found.repeat),
        lost=number(lost),
        limit=percent(BANDS[-2], 0),
    )
    if once:
        again = float(people.loc[people["frequency"] == 0, "buys_again"].sum())
        text = sentences(
            text,
            tr(
                "Another {once} bought once only; whether they left cannot be seen, but about {again} of them will buy again within {months} months.",
                once=number(once),
                again=count(again),
                months=found.parameters.horizon_months,
            ),
        )
    picture = figure(
        plot_alive(people["probability_alive"], people["frequency"]),
        tr(
            "Customers by their probability of being active on {end}", end=date(found.summary.observation_end)
        ),
        tr(
            "Bar chart: number of customers by probability of being active, in steps of 5%; {active} of {repeat} repeat buyers are probably active.",
            active=count(active["estimate"]),
            repeat=number(found.repeat),
        ),
        "active",
    )
    return [prose(text), picture, _bands_table(found, groups)]


def _bands_table(found: CLVResults, groups: pd.DataFrame) -> Block:
    cash = cash_of(found)
    names = {
        BANDS[0]: tr("very probably active (80% and more)"),
        BANDS[1]: tr("rather active (50% to 80%)"),
        BANDS[2]: tr("in danger (20% to 50%)"),
        BANDS[3]: tr("probably lost (below 20%)"),
        -1.0: tr("bought once only"),
    }
    shown = groups[(groups["customers"] > 0) | (groups["band"] >= 0)]
    shown = shown.assign(band=[names[band] for band in shown["band"]])
    digits = column_digits([*shown["spent"], *shown["value"]])
    return table(
        shown,
        tr("Customers by their probability of being active"),
        "active-bands",
        formats={
            "share": ".1%",
            "spent": f".{digits}f",
            "value": f".{digits}f",
            "value_share": ".1%",
        },
        labels={
            "band": tr("Group"),
            "customers": tr("Customers"),
            "share": tr("Share"),
            "spent": cash.head(tr("Spent so far")),
            "value": cash.head(tr("Value ahead")),
            "value_share": tr("Share of the value"),
        },
        note=tr(
            "Value ahead: expected over {months} months, discounted at {rate} a year.",
            months=found.parameters.horizon_months,
            rate=percent(found.parameters.discount_rate_annual, 0),
        ),
    )


def outlook(found: CLVResults) -> list[Block]:
    """Return what the customers will buy, and what that is worth."""
    from crmlab.plots.clv_report import play_months, plot_months

    cash, value = cash_of(found), total_of(found, "value")
    past, coming = months(found)
    text = tr(
        "In the next {months} months today's customers are expected to buy {purchases} times; discounted, that is worth {total}, and what really comes will lie between {low} and {high} if the model holds.",
        months=found.parameters.horizon_months,
        purchases=count(total_of(found, "purchases")["estimate"]),
        total=cash(value["estimate"]),
        low=cash(value["actual_low"]),
        high=cash(value["actual_high"]),
    )
    first, last = float(coming["revenue"].iloc[0]), float(coming["revenue"].iloc[-1])
    picture = figure(
        plot_months(past, coming, currency=found.currency),
        tr("Revenue by month: what was, and what today's customers will bring"),
        tr(
            "Bar chart: revenue of past months by first and repeat purchases, then expected revenue of today's customers, from {first} in the first month to {last} in the last.",
            first=cash.plain(first),
            last=cash.plain(last),
        ),
        "months",
        interactive=play_months(past, coming, currency=found.currency),
    )
    return [prose(text), _totals_table(found), picture]


def _totals_table(found: CLVResults) -> Block:
    cash = cash_of(found)
    names = {
        "active_repeat": tr("still active, of those who bought more than once"),
        "buyers": tr("customers who will buy again"),
        "purchases": tr("purchases"),
        "value": cash.head(tr("value, discounted")),
    }
    totals = found.ahead.totals
    shown = totals[totals["measure"].isin(names)]
    shown = shown.assign(measure=[names[measure] for measure in shown["measure"]])
    one = shown.iloc[-1:].copy()
    columns = ["estimate", "low", "high", "actual_low", "actual_high"]
    one.loc[:, columns] = one[columns] / len(found.people)
    one.loc[:, "measure"] = cash.head(tr("value of one customer, mean"))
    import pandas as pd

    return table(
        pd.concat([shown, one], ignore_index=True),
        tr("What is to be expected in the next {n} months", n=found.parameters.horizon_months),
        "outlook",
        formats=dict.fromkeys(columns, sized if abs(float(one["estimate"].iloc[0])) < 0.1 else plain_size),
        labels={
            "measure": tr("What"),
            "estimate": tr("Expected"),
            "low": tr("Lower limit"),
            "high": tr("Upper limit"),
            "actual_low": tr("Outcome from"),
            "actual_high": tr("Outcome to"),
        },
        note=tr(
            "Limits: {level} interval of what is expected, as well as these data tell it. Outcome: where what really comes will lie with a probability of {level}, for it also depends on what each customer happens to do. Both hold as far as the model does; new customers are not counted.",
            level=level(found),
        ),
    )


def concentration(found: CLVResults) -> list[Block]:
    """Return how the value is spread over the customers."""
    from crmlab.plots._axes import axes_or_new
    from crmlab.plots.clv import plot_whale_curve
    from crmlab.plots.clv_report import play_whale_curve

    people = found.people
    if len(people) < TENTH or not found.value.total > 0:
        return [prose(tr("There are too few customers to say how the value is spread over them."))]
    ranked = np.sort(people["clv"].to_numpy())[::-1]
    need = int(np.searchsorted(np.cumsum(ranked), 0.8 * ranked.sum()) + 1)
    text = tr(
        "The most valuable tenth of the customers holds {share} of the value; 80% of it is held by {need} of the {n} customers ({need_share}).",
        share=percent(best_share(found)),
        need=number(need),
        n=number(len(ranked)),
        need_share=percent(need / len(ranked)),
    )
    if ranked[0] >= _ALONE * ranked.sum():
        text = sentences(
            text,
            tr(
                "One customer alone holds {share}: make sure that the amounts are right.",
                share=percent(ranked[0] / ranked.sum()),
            ),
        )
    picture = figure(
        plot_whale_curve(people["clv"], ax=axes_or_new(None, height=2.4)),
        tr("How the value is spread over the customers"),
        tr(
            "Line chart: share of the value against share of the customers, the most valuable first; the first tenth holds {share}.",
            share=percent(best_share(found)),
        ),
        "concentration",
        interactive=play_whale_curve(people["clv"], currency=found.currency),
    )
    return [prose(text), picture, _tenths_table(found)]


def _tenths_table(found: CLVResults) -> Block:
    cash, groups = cash_of(found), tenths(found.people)
    whole = len(groups) == 10
    return table(
        groups,
        tr("Customers in tenths, the most valuable first")
        if whole
        else tr("Customers in {n} groups of equal size, the most valuable first", n=len(groups)),
        "tenths",
        formats={
            "group": "d",
            "value": f".{column_digits(groups['value'])}f",
            "value_share": ".1%",
            "cumulative": ".1%",
            "mean_value": f".{column_digits(groups['mean_value'])}f",
            "spent": f".{column_digits(groups['spent'])}f",
            "again": ".0%",
        },
        labels={
            "group": tr("Tenth") if whole else tr("Group"),
            "customers": tr("Customers"),
            "value": cash.head(tr("Value ahead")),
            "value_share": tr("Share"),
            "cumulative": tr("Share, added up"),
            "mean_value": cash.head(tr("Value of one")),
            "spent": cash.head(tr("Spent so far")),
            "again": tr("Will buy again"),
        },
        note=tr(
            "Will buy again: mean probability of a purchase within {months} months.",
            months=found.parameters.horizon_months,
        ),
    )


def best_customers(found: CLVResults) -> list[Block]:
    """Return the most valuable customers, one by one."""
    cash = cash_of(found)
    best = found.people.sort_values("clv", ascending=False, kind="stable").head(found.parameters.top_n)
    range_ = found.purchases.predictive_interval(
        found.parameters.horizon_months * MONTH / _unit_days(found),
        best[["frequency", "recency", "T"]],
        rng=np.random.default_rng(1),
        draws=_PREDICTIVE,
    )
    again = best["probability_alive"].where(best["frequency"] > 0)
    shown = (
        best.assign(low=range_["low"], high=range_["high"], probability_alive=again)
        .rename_axis("customer")
        .reset_index()
    )
    text = tr(
        "The {n} most valuable customers are expected to bring {value}, {share} of all; the first of them {first}.",
        n=len(best),
        value=cash(float(best["clv"].sum())),
        share=percent(
            float(best["clv"].sum()) / found.value.total if found.value.total > 0 else float("nan")
        ),
        first=cash(float(best["clv"].iloc[0])),
    )
    columns = [
        "customer",
        "last_purchase",
        "purchases",
        "total_value",
        "probability_alive",
        "expected_purchases",
        "low",
        "high",
        "clv",
    ]
    listed = table(
        shown[columns],
        tr("The {n} most valuable customers", n=len(best)),
        "top-customers",
        formats={
            "total_value": f".{column_digits(shown['total_value'])}f",
            "probability_alive": ".0%",
            "expected_purchases": ".1f",
            "clv": f".{column_digits(shown['clv'])}f",
        },
        labels={
            "customer": tr("Customer"),
            "last_purchase": tr("Last purchase"),
            "purchases": tr("Purchases so far"),
            "total_value": cash.head(tr("Spent so far")),
            "probability_alive": tr("Active"),
            "expected_purchases": tr("Purchases expected"),
            "low": tr("from"),
            "high": tr("to"),
            "clv": cash.head(tr("Value ahead")),
        },
        note=tr(
            "Active: probability, which cannot be told of those who bought once. From … to: {level} of customers with such a history will buy so often in {months} months.",
            level=level(found),
            months=found.parameters.horizon_months,
        ),
    )
    return [prose(text), listed]


def _unit_days(found: CLVResults) -> float:
    return {"day": 1.0, "week": 7.0, "month": MONTH}[found.summary.time_unit]


def to_win_back(found: CLVResults) -> list[Block]:
    """Return good customers who have fallen silent."""
    cash, chosen = cash_of(found), win_back(found.people)
    if chosen.empty:
        return [
            prose(
                tr(
                    "No customer who spent much is in doubt now: all are either probably active or gone for long."
                )
            )
        ]
    stake = float(chosen["at_stake"].sum())
    listed = chosen.head(min(found.parameters.top_n, _LISTED)).rename_axis("customer").reset_index()
    text = tr(
        "Of the customers who spent at least as much as the median customer, {n} have fallen silent: they are still active with a probability of only 5% to 50%. If all of them were active, they would be worth {stake} more than the forecast counts on.",
        n=number(len(chosen)),
        stake=cash(stake),
    )
    money = f".{column_digits([*listed['total_value'], *listed['at_stake']])}f"
    columns = [
        "customer",
        "purchases",
        "total_value",
        "usual_days",
        "silent_days",
        "probability_alive",
        "clv",
        "at_stake",
    ]
    shown = table(
        listed[columns],
        tr("The {n} customers most worth winning back", n=len(listed)),
        "win-back",
        formats={
            "total_value": money,
            "usual_days": ".0f",
            "probability_alive": ".0%",
            "clv": money,
            "at_stake": money,
        },
        labels={
            "customer": tr("Customer"),
            "purchases": tr("Purchases so far"),
            "total_value": cash.head(tr("Spent so far")),
            "usual_days": tr("Usual pause (days)"),
            "silent_days": tr("Silent for (days)"),
            "probability_alive": tr("Active"),
            "clv": cash.head(tr("Value ahead")),
            "at_stake": cash.head(tr("Won if active")),
        },
        note=tr(
            "Usual pause: mean of the days between purchases. Won if active: by how much the value rises if the customer is won back for certain."
        ),
    )
    return [prose(text), shown]
