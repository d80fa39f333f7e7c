"""How far the forecast of customer lifetime value can be trusted, and which rows it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlab.reports.content.cash import column_digits
from crmlab.reports.content.clv_choice import model_name
from crmlab.reports.content.clv_results import HORIZONS, RATES
from crmlab.reports.content.clv_tables import MONTH
from crmlab.reports.content.clv_words import cash_of, miss, signed
from crmlab.show import Block, figure, prose, table
from crmlab.text import date, join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.clv_results import CLVResults

__all__ = ["checked_fit", "checked_later", "rows_used", "sensitivity"]

#: share of customers in the wrong place from which the report warns
_MISFIT = 0.1


def checked_later(found: CLVResults) -> list[Block]:
    """Return how the model did on data that it had not seen."""
    from crmlab.plots._axes import axes_or_new
    from crmlab.plots.clv import plot_tracking

    tested = found.tested
    if tested is None:
        return [prose(_untested(found))]
    errors = tested.errors.set_index("rule")
    best, bias = errors["total_bias"].abs().idxmin(), float(errors["total_bias"]["model"])
    text = tr(
        "The model was fitted again, to the purchases up to {split}, and its forecast for the {days} days after it compared with what came: {expected} purchases expected, {actual} made ({bias}).",
        split=date(tested.calibration_end),
        days=number((tested.observation_end - tested.calibration_end).days),
        expected=number(errors.loc["model", "predicted_total"]),
        actual=number(errors.loc["model", "actual_total"]),
        bias=miss(bias),
    )
    verdict = (
        tr("Neither simple rule came closer to the total.")
        if best == "model"
        else tr("A simple rule came closer to the total this time, see the table.")
    )
    picture = figure(
        plot_tracking(tested, ax=axes_or_new(None, height=2.5)),
        tr(
            "Repeat purchases up to and after {split}: expected and actual",
            split=date(tested.calibration_end),
        ),
        tr(
            "Line chart: repeat purchases added up week by week, actual and expected; after {split}, which the model had not seen, it expected {bias}.",
            split=date(tested.calibration_end),
            bias=miss(bias),
        ),
        "tracking",
    )
    return [prose(join_sentences([text, verdict])), picture, _rules(found)]


def _untested(found: CLVResults) -> str:
    return {
        "off": tr("The model was not tested on later data, because holdout=off was asked for."),
        "short": tr(
            "The model was not tested on later data: the data are too short to hold a part of them back."
        ),
        "few": tr(
            "The model was not tested on later data: too few customers or purchases would be left for a test."
        ),
        "failed": tr(
            "The model was not tested on later data: the first two thirds of the data alone do not tell its parameters."
        ),
    }[found.untested or "failed"]


def _rules(found: CLVResults) -> Block:
    tested = found.tested
    assert tested is not None
    unit = {"day": 1.0, "week": 7.0, "month": MONTH}[tested.time_unit]
    names = {
        "model": tr("the model ({name})", name=model_name(found.choice.name)),
        "same_rate": tr("rule: everybody goes on as before"),
        "recently_active": tr(
            "rule: who bought in the last {days} days goes on, the others are gone",
            days=number(tested.hiatus * unit),
        ),
    }
    errors = tested.errors
    return table(
        errors.assign(rule=[names[rule] for rule in errors["rule"]])[
            ["rule", "predicted_total", "actual_total", "total_bias", "mae", "correlation"]
        ],
        tr("The model and two simple rules, tested on later data"),
        "hold-out",
        formats={
            "predicted_total": ".0f",
            "actual_total": ".0f",
            "total_bias": signed,
            "mae": ".2f",
            "correlation": ".2f",
        },
        labels={
            "rule": tr("Forecast by"),
            "predicted_total": tr("Expected"),
            "actual_total": tr("Actual"),
            "total_bias": tr("Miss"),
            "mae": tr("Mean miss a customer"),
            "correlation": tr("Correlation"),
        },
        note=tr(
            "Purchases of the {n} customers known by {split}. Mean miss: mean absolute difference a customer. Correlation: between expected and actual purchases of the customers.",
            n=number(len(tested.customers)),
            split=date(tested.calibration_end),
        ),
    )


def checked_fit(found: CLVResults) -> list[Block]:
    """Return how well the model describes the data it was fitted to."""
    from crmlab.clv import expected_vs_actual_frequency
    from crmlab.plots._axes import axes_or_new
    from crmlab.plots.clv import plot_frequency_fit

    fit = expected_vs_actual_frequency(found.purchases, found.summary)
    wrong = float((fit["actual"] - fit["expected"]).abs().sum()) / 2 / float(fit["actual"].sum())
    none = fit.iloc[0]
    text = tr(
        "In the data that it was fitted to, the model expects {expected} customers without a repeat purchase; there are {actual}. Over all frequencies it puts {wrong} of the customers in the wrong place.",
        expected=number(none["expected"]),
        actual=number(none["actual"]),
        wrong=percent(wrong),
    )
    axes = plot_frequency_fit(fit, ax=axes_or_new(None, height=2.2))
    axes.legend(loc="best")
    if wrong >= _MISFIT:
        text = join_sentences([text, tr("That is much: the model does not describe these customers well.")])
    picture = figure(
        axes,
        tr("Customers by repeat purchases: actual, and expected by the model"),
        tr(
            "Bar chart: customers by number of repeat purchases, actual beside expected; {wrong} are in the wrong place.",
            wrong=percent(wrong),
        ),
        "frequency",
    )
    return [prose(text), picture]


def sensitivity(found: CLVResults) -> list[Block]:
    """Return the value at other discount rates and over other horizons."""
    cash, asked = cash_of(found), found.parameters
    rates = sorted({*RATES, asked.discount_rate_annual})
    horizons = sorted({*HORIZONS, asked.horizon_months})
    ahead = found.ahead
    rows = {f"h{months}": [ahead.total(months, rate) for rate in rates] for months in horizons}
    frame = pd.DataFrame({"rate": rates, **rows})
    at = f"h{asked.horizon_months}"
    other = horizons[-1] if asked.horizon_months != horizons[-1] else horizons[-2]
    longer = ahead.total(other, asked.discount_rate_annual)
    text = tr(
        "Over {months} months the value goes from {high} without discount to {low} at {rate} a year; over {other} months it would be {longer}.",
        months=asked.horizon_months,
        high=cash(rows[at][0]),
        low=cash(rows[at][-1]),
        rate=percent(rates[-1], 0),
        other=other,
        longer=cash(longer),
    )
    if abs(longer - found.value.total) > rows[at][0] - rows[at][-1]:
        text = join_sentences(
            [text, tr("The horizon matters more than the rate: choose it as long as you plan.")]
        )
    digits = f".{column_digits(rows[at])}f"
    shown = table(
        frame,
        tr("Value of all customers by discount rate and horizon"),
        "sensitivity",
        formats={"rate": ".1%" if any(round(rate, 2) != rate for rate in rates) else ".0%"}
        | dict.fromkeys(rows, digits),
        labels={"rate": tr("Discount rate a year")}
        | {f"h{months}": cash.head(tr("{n} months", n=months)) for months in horizons},
        note=tr(
            "This report: {rate} a year over {months} months.",
            rate=percent(asked.discount_rate_annual, 0 if asked.discount_rate_annual * 100 % 1 == 0 else 1),
            months=asked.horizon_months,
        ),
    )
    return [prose(text), shown]


def rows_used(found: CLVResults) -> Block:
    """Return how the rows became purchases of customers."""
    counts = found.summary.counts
    names = {
        "rows": tr("Purchases and refunds read"),
        "rows_after_end": tr("after the end of observation, left out"),
        "refunds_netted": tr("refunds, taken off earlier purchases"),
        "refunds_unmatched": tr("refunds without an earlier purchase, left out"),
        "refunds_dropped": tr("refunds, left out"),
        "purchase_days_refunded_in_full": tr("days refunded in full, no purchases any more"),
        "same_day_rows_merged": tr("put together: one customer, one day"),
        "zero_amount_rows": tr("purchases with amount 0, counted"),
        "customers_without_purchase": tr("customers without a purchase, left out"),
        "purchase_days": tr("Days with a purchase"),
        "customers": tr("Customers"),
        "repeat_customers": tr("Customers who bought more than once"),
    }
    always = {"rows", "purchase_days", "customers", "repeat_customers"}
    kept = [(name, int(counts[name])) for name in names if name in always or counts.get(name, 0)]
    frame = pd.DataFrame({"what": [names[name] for name, _ in kept], "number": [n for _, n in kept]})
    return table(
        frame,
        tr("From rows to customers"),
        "rows",
        labels={"what": tr("What"), "number": tr("Number")},
        note=tr(
            "Purchases of one customer on one day are one purchase. The first one makes a customer; repeat purchases are the later ones. Observed from {start} to {end}, counted in {unit}.",
            start=date(found.summary.observation_start),
            end=date(found.summary.observation_end),
            unit={"day": tr("days"), "week": tr("weeks"), "month": tr("months")}[found.summary.time_unit],
        ),
    )
