"""Sections of the forecast from purchases: who is there, what comes, and how the value is spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.reports.content.cash import column_digits, count
from crmlab.reports.content.clv_tables import BANDS, bands, in_steps, months, tenths
from crmlab.reports.content.clv_words import TENTH, best_share, cash_of, level, plain_size, sized, total_of
from crmlab.reports.content.small_groups import guarded, kept_back_note
from crmlab.show import Block, figure, prose, table
from crmlab.text import date, join_sentences, number, percent, tr

if TYPE_CHECKING:
    import pandas as pd

    from crmlab.reports.content.clv_results import CLVResults

__all__ = ["concentration", "outlook", "still_there"]

#: what is told of a band besides its customers
_OF_BANDS = ("share", "spent", "value", "value_share")
#: share of the value from which one customer alone is pointed out
_ALONE = 0.2


def still_there(found: CLVResults) -> list[Block]:
    """Return who is still a customer."""
    from crmlab.plots.clv_report import plot_alive

    people, active = found.people, total_of(found, "active" if found.once_told else "active_repeat")
    groups = bands(people, once_apart=not found.once_told)
    least = found.parameters.min_group
    shown = _told(groups, least)
    secret = bool(shown.loc[shown["band"] == 0, "customers"].isna().any())
    once = len(people) - found.repeat
    lost = int(groups.loc[groups["band"] == 0, "customers"].iloc[0])
    told = {
        "active": count(active["estimate"]),
        "repeat": number(len(people) if found.once_told else found.repeat),
        "lost": number(lost),
        "limit": percent(BANDS[-2], 0),
    }
    if secret:
        text = (
            tr("Of the {repeat} customers, {active} are probably still active.", **told)
            if found.once_told
            else tr(
                "Of the {repeat} customers who bought more than once, {active} are probably still active.",
                **told,
            )
        )
    elif found.once_told:
        text = tr(
            "Of the {repeat} customers, {active} are probably still active; {lost} are probably lost (a probability below {limit}).",
            **told,
        )
    else:
        text = tr(
            "Of the {repeat} customers who bought more than once, {active} are probably still active; {lost} are probably lost (a probability below {limit}).",
            **told,
        )
    if once >= least and found.once_told:
        bought_once = people[people["frequency"] == 0]
        text = join_sentences(
            [
                text,
                tr(
                    "Of the {once} who bought once only, about {there} are still active, and about {again} will buy again within {months} months.",
                    once=number(once),
                    there=count(float(bought_once["probability_alive"].sum())),
                    again=count(float(bought_once["buys_again"].sum())),
                    months=found.parameters.horizon_months,
                ),
            ]
        )
    elif once >= least:
        again = float(people.loc[people["frequency"] == 0, "buys_again"].sum())
        text = join_sentences(
            [
                text,
                tr(
                    "Another {once} bought once only; whether they left cannot be seen, but about {again} of them will buy again within {months} months.",
                    once=number(once),
                    again=count(again),
                    months=found.parameters.horizon_months,
                ),
            ]
        )
    if shown["customers"].isna().any():  # a picture in finer steps would tell what the table does not
        return [prose(text), _bands_table(found, shown)]
    picture = figure(
        plot_alive(people["probability_alive"], people["frequency"], once_told=found.once_told),
        tr(
            "Customers by their probability of being active on {end}", end=date(found.summary.observation_end)
        ),
        tr(
            "Bar chart: number of customers by probability of being active, in steps of 5%; {active} of {repeat} customers are probably active.",
            **told,
        )
        if found.once_told
        else tr(
            "Bar chart: number of customers by probability of being active, in steps of 5%; {active} of {repeat} repeat buyers are probably active.",
            **told,
        ),
        "active",
    )
    return [prose(text), picture, _bands_table(found, shown)]


def _told(groups: pd.DataFrame, least: int) -> pd.DataFrame:
    """Return bands without the numbers of few; how many bought once is known, for repeat buyers are counted everywhere."""
    counts = guarded(groups["customers"].where(groups["band"] >= 0, 0), least)
    money = counts | guarded(groups["customers"], least)
    shown = groups.astype(dict.fromkeys(["customers", *_OF_BANDS], float))
    shown.loc[counts, ["customers", "share"]] = np.nan
    shown.loc[money, ["spent", "value", "value_share"]] = np.nan
    return shown


def _bands_table(found: CLVResults, groups: pd.DataFrame) -> Block:
    cash = cash_of(found)
    names = {
        BANDS[0]: tr("very probably active (80% and more)"),
        BANDS[1]: tr("rather active (50% to 80%)"),
        BANDS[2]: tr("in danger (20% to 50%)"),
        BANDS[3]: tr("probably lost (below 20%)"),
        -1.0: tr("bought once only"),
    }
    shown = groups[(groups["customers"] != 0) | (groups["band"] >= 0)]
    shown = shown.assign(band=[names[band] for band in shown["band"]])
    digits = column_digits([*shown["spent"], *shown["value"]])
    return table(
        shown,
        tr("Customers by their probability of being active"),
        "active-bands",
        formats={
            "customers": ".0f",
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
        note=join_sentences(
            [
                tr(
                    "Value ahead: expected over {months} months, discounted at {rate} a year.",
                    months=found.parameters.horizon_months,
                    rate=percent(found.parameters.discount_rate_annual, 0),
                ),
                kept_back_note(found.parameters.min_group) if groups["spent"].isna().any() else "",
            ]
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
        tr(
            "Revenue by month: what was, and what today's customers will bring; past months of fewer than {n} buyers are averaged with those beside them",
            n=found.parameters.min_group,
        ),
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
        "active" if found.once_told else "active_repeat": tr("customers still active")
        if found.once_told
        else tr("still active, of those who bought more than once"),
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
        text = join_sentences(
            [
                text,
                tr(
                    "One customer alone holds {share}: make sure that the amounts are right.",
                    share=percent(ranked[0] / ranked.sum()),
                ),
            ]
        )
    least = found.parameters.min_group
    drawn = in_steps(people["clv"], tenths(people, least), least)
    picture = figure(
        plot_whale_curve(drawn, ax=axes_or_new(None, height=2.3)),
        tr("How the value is spread over the customers"),
        tr(
            "Line chart: share of the value against share of the customers, the most valuable first; the first tenth holds {share}.",
            share=percent(best_share(found)),
        ),
        "concentration",
        interactive=play_whale_curve(drawn, currency=found.currency),
    )
    return [prose(text), picture, _tenths_table(found)]


def _tenths_table(found: CLVResults) -> Block:
    cash, groups = cash_of(found), tenths(found.people, found.parameters.min_group)
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
