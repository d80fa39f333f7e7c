"""How far the forecast from contracts can be trusted: on renewals it has not seen, at other rates and horizons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.plots.clv_contracts import plot_retention
from crmlab.reports.content.cash import column_digits
from crmlab.reports.content.clv_contract_words import worth_of
from crmlab.reports.content.clv_results import HORIZONS, RATES
from crmlab.reports.content.clv_words import miss, signed
from crmlab.show import Block, figure, prose, table
from crmlab.text import join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.clv_contract_results import ContractResults

__all__ = ["checked_later", "sensitivity"]

#: payments discounted below exp(-37) add nothing
_NOTHING = 37.0


def checked_later(found: ContractResults) -> list[Block]:
    """Return how the model did on renewals that it had not seen."""
    tested = found.tested
    if tested is None:
        return [prose(_untested(found))]
    errors = tested.errors.set_index("rule")
    expected, actual = (float(errors.to_dict()[name]["model"]) for name in ("expected", "actual"))
    best = errors["miss"].abs().idxmin()
    text = tr(
        "The model was fitted again, as if only the first {split} renewals had been seen, and its forecast for renewals {next} to {last} compared with what came: {expected} customers were expected to leave, {actual} did ({miss}).",
        split=number(tested.split),
        next=number(tested.split + 1),
        last=number(tested.last),
        expected=number(expected),
        actual=number(actual),
        miss=miss(expected / actual - 1),
    )
    verdict = (
        tr("Neither simple rule came closer.")
        if best == "model"
        else tr("A simple rule came closer this time, see the table.")
    )
    curves = tested.model.curves(tested.last, confidence=found.parameters.confidence)
    picture = figure(
        plot_retention(found.seen, curves, period=found.period, split=tested.split),
        tr(
            "Renewals up to and after number {split}: seen, and by a model that knew only the former",
            split=tested.split,
        ),
        tr(
            "Line chart: share that renews at each renewal, seen and by the model; grey from renewal {next} on, which the model had not seen.",
            next=number(tested.split + 1),
        ),
        "later-renewals",
    )
    return [prose(join_sentences([text, verdict])), picture, _rules(found)]


def _untested(found: ContractResults) -> str:
    return {
        "off": tr("The model was not tested on later data, because holdout=off was asked for."),
        "short": tr("The model was not tested on later renewals: fewer than four have been seen."),
        "few": tr("The model was not tested on later renewals: too few customers left at them."),
        "failed": tr(
            "The model was not tested on later renewals: the first two thirds of the renewals alone do not tell its parameters."
        ),
    }[found.untested or "failed"]


def _rules(found: ContractResults) -> Block:
    tested = found.tested
    assert tested is not None
    names = {
        "model": tr("the model"),
        "mean": tr("rule: everybody renews at the mean rate so far"),
        "latest": tr("rule: everybody renews at the latest rate seen"),
    }
    return table(
        tested.errors.assign(rule=[names[one] for one in tested.errors["rule"]]),
        tr("The model and two simple rules, tested on later renewals"),
        "hold-out",
        formats={"expected": ".0f", "actual": ".0f", "miss": signed},
        labels={
            "rule": tr("Forecast by"),
            "expected": tr("Expected to leave"),
            "actual": tr("Left"),
            "miss": tr("Miss"),
        },
        note=tr(
            "Of those who came as far as renewals {next} to {last}.",
            next=number(tested.split + 1),
            last=number(tested.last),
        ),
    )


def sensitivity(found: ContractResults) -> list[Block]:
    """Return the value at other discount rates and over other horizons."""
    asked, say = found.parameters, worth_of(found)
    rates = sorted({*RATES, asked.discount_rate_annual})
    horizons = [
        months for months in sorted({*HORIZONS, 60, asked.horizon_months}) if months % found.months == 0
    ] or [found.months]
    lowest = found.rate(min(rate for rate in rates if rate > 0))
    paid = found.payments(max(int(np.ceil(_NOTHING / np.log1p(lowest))), *horizons))
    rows: dict[str, list[float]] = {}
    for months in horizons:
        k = np.arange(months // found.months)
        rows[f"h{months}"] = [
            float(paid[: len(k)] @ (1 + found.rate(rate)) ** -k.astype(float)) for rate in rates
        ]
    every = np.arange(len(paid), dtype=np.float64)
    rows["all"] = [
        float(paid @ (1 + found.rate(rate)) ** -every) if rate > 0 else float("nan") for rate in rates
    ]
    at = rates.index(asked.discount_rate_annual)
    text = tr(
        "At {rate} a year the value of all payments to come is {all}; at {other} it is {lower}. The higher the rate, the less the far future counts, which nobody has seen.",
        rate=percent(asked.discount_rate_annual, 0),
        all=say(rows["all"][at]),
        other=percent(rates[-1] if at != len(rates) - 1 else rates[1], 0),
        lower=say(rows["all"][-1 if at != len(rates) - 1 else 1]),
    )
    digits = f".{column_digits([one for one in rows['all'] if one == one])}f"  # noqa: PLR0124 - NaN
    return [
        prose(text),
        table(
            pd.DataFrame({"rate": rates, **rows}),
            tr("Value of all customers by discount rate and horizon"),
            "sensitivity",
            formats={"rate": ".1%" if any(round(rate, 2) != rate for rate in rates) else ".0%"}
            | dict.fromkeys(rows, digits),
            labels={"rate": tr("Discount rate a year"), "all": say.head(tr("all to come"))}
            | {f"h{months}": say.head(tr("{n} months", n=months)) for months in horizons},
            note=tr(
                "Payments of today's customers at their next renewals, up to the month named. Without discount, the value of all payments to come may be infinite."
            ),
        ),
    ]
