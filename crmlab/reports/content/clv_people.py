"""Customers of the forecast from purchases, one by one: the most valuable, and those worth winning back."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from crmlab.reports.content.cash import column_digits
from crmlab.reports.content.clv_tables import BANDS, MONTH, win_back
from crmlab.reports.content.clv_words import cash_of, level
from crmlab.show import Block, prose, table
from crmlab.text import join_sentences, number, percent, tr

if TYPE_CHECKING:
    import pandas as pd

    from crmlab.reports.content.clv_results import CLVResults

__all__ = ["best_customers", "to_win_back"]

#: most customers listed for winning back
_LISTED = 15
_PREDICTIVE = 2000


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
    again = best["probability_alive"].where((best["frequency"] > 0) | found.once_told)
    shown = (
        best.assign(low=range_["low"], high=range_["high"], probability_alive=again, care=_care(best))
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
    doubt = int(_in_doubt(best).sum())
    if doubt:
        text = join_sentences(
            [
                text,
                tr(
                    "To be called first: {doubt} of them, silent for so long that they are active with a probability below {limit}.",
                    doubt=number(doubt),
                    limit=percent(BANDS[0], 0),
                ),
            ]
        )
    columns = [
        "customer",
        "purchases",
        "total_value",
        "probability_alive",
        "expected_purchases",
        "low",
        "high",
        "clv",
        "care",
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
            "purchases": tr("Purchases so far"),
            "total_value": cash.head(tr("Spent so far")),
            "probability_alive": tr("Active"),
            "expected_purchases": tr("Purchases expected"),
            "low": tr("from"),
            "high": tr("to"),
            "clv": cash.head(tr("Value ahead")),
            "care": tr("What to do, and why"),
        },
        note=_best_note(found),
    )
    return [prose(text), listed]


def _in_doubt(best: pd.DataFrame) -> pd.Series[bool]:
    """Tell who bought again and is active with less than the highest band's probability."""
    return (best["frequency"] > 0) & (best["probability_alive"] < BANDS[0])


def _care(best: pd.DataFrame) -> list[str]:
    """Say of each of the best customers what to do, and why."""
    return [
        tr("bring back: bought once")
        if isnan(usual)
        else tr("call: silent for {silent} days, usually {usual}", silent=number(silent), usual=number(usual))
        if doubt
        else tr("keep: buys every {usual} days", usual=number(usual, 0 if usual >= 2 else 1))
        for silent, usual, doubt in zip(best["silent_days"], best["usual_days"], _in_doubt(best), strict=True)
    ]


def _best_note(found: CLVResults) -> str:
    words = {"level": level(found), "months": str(found.parameters.horizon_months)}
    return join_sentences(
        [
            tr(
                "Active: probability. From … to: {level} of customers with such a history will buy so often in {months} months.",
                **words,
            )
            if found.once_told
            else tr(
                "Active: probability, which cannot be told of those who bought once. From … to: {level} of customers with such a history will buy so often in {months} months.",
                **words,
            ),
            tr("Codes stand for customers, made anew in each run; --keep-ids shows their own numbers.")
            if found.given.source.get("ids") == "replaced"
            else "",
        ]
    )


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
