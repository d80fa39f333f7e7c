"""Customers of the forecast from purchases, one by one: the most valuable, and those worth winning back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.reports.content.cash import column_digits
from crmlab.reports.content.clv_tables import MONTH, win_back
from crmlab.reports.content.clv_words import cash_of, level
from crmlab.show import Block, prose, table
from crmlab.text import number, percent, tr

if TYPE_CHECKING:
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
        note=_best_note(found),
    )
    return [prose(text), listed]


def _best_note(found: CLVResults) -> str:
    words = {"level": level(found), "months": str(found.parameters.horizon_months)}
    if found.once_told:
        return tr(
            "Active: probability. From … to: {level} of customers with such a history will buy so often in {months} months.",
            **words,
        )
    return tr(
        "Active: probability, which cannot be told of those who bought once. From … to: {level} of customers with such a history will buy so often in {months} months.",
        **words,
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
