"""How the forecast from purchases was made: the models in words, formulas and numbers, and when not to trust them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.clv.mean_spend import MeanSpend
from crmlab.clv.pareto_nbd import ParetoNBD
from crmlab.reports.content.cash import column_digits
from crmlab.reports.content.clv_choice import candidates, model_name
from crmlab.reports.content.clv_words import cash_of, level, three
from crmlab.show import Block, prose, table
from crmlab.text import N_, interval, join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.clv import GammaGamma
    from crmlab.reports.content.clv_results import CLVResults

__all__ = ["limits", "method", "models"]

_STORIES = {
    "bg_nbd": N_(
        "**Purchases** are described by the BG/NBD model (Fader, Hardie and Lee, 2005). While active, a customer buys at random at a rate of his own; after each repeat purchase he leaves for good with a chance of his own. Rates differ among customers by a gamma distribution $(r, \\alpha)$, chances by a beta distribution $(a, b)$."
    ),
    "mbg_nbd": N_(
        "**Purchases** are described by the MBG/NBD model (Batislam, Denizel and Filiztekin, 2007). While active, a customer buys at random at a rate of his own; after each purchase, the first one included, he leaves for good with a chance of his own. Rates differ among customers by a gamma distribution $(r, \\alpha)$, chances by a beta distribution $(a, b)$."
    ),
    "pareto_nbd": N_(
        "**Purchases** are described by the Pareto/NBD model (Schmittlein, Morrison and Colombo, 1987). While active, a customer buys at random at a rate of his own; whatever he buys, he leaves for good at a moment that comes at random, at another rate of his own. Purchase rates differ among customers by a gamma distribution $(r, \\alpha)$, rates of leaving by another one $(s, \\beta)$."
    ),
}
_SYMBOLS = {"alpha": "α", "beta": "β", "gamma": "γ"}
_MEANINGS = {
    "r": N_("shape of the purchase rates: the smaller, the more customers differ"),
    "alpha": N_("scale of the purchase rates; their mean is r/α"),
    "a": N_("chance to leave after a purchase; its mean is a/(a+b)"),
    "b": N_("chance to leave after a purchase: the larger a and b, the more alike the customers"),
    "p": N_("how evenly a customer spends: the larger, the more evenly"),
    "q": N_("how alike the customers' spending is: the larger, the more alike"),
    "gamma": N_("scale of the amounts; the mean purchase is pγ/(q−1)"),
    "s": N_("shape of the rates at which customers leave: the smaller, the more they differ"),
    "beta": N_("scale of those rates; their mean is s/β"),
    "mean": N_("mean value of a purchase, the same for all customers"),
}
#: meanings that differ from model to model
_OF_MODEL = {
    "mbg-nbd": {
        "a": N_("chance to leave after a purchase, the first one included; its mean is a/(a+b)"),
    },
}


def method(found: CLVResults) -> list[Block]:
    """Return the models in words and formulas."""
    parts = [
        tr(_STORIES[found.choice.name]),
        tr(
            "Nobody announces that he leaves, so the model infers it: a customer who used to buy every week and has been silent for two months is probably gone, one who buys twice a year is not."
        ),
    ]
    if not isinstance(found.spend, MeanSpend):
        parts.append(
            tr(
                "**Spend** is described by the Gamma–Gamma model (Fader and Hardie, 2013): a customer's purchases scatter around a mean of his own by a gamma distribution with shape $p$, and the means differ among customers by $q$ and $\\gamma$. A customer with few purchases is drawn towards the mean of all."
            )
        )
    parts += [
        tr("**Value** of a customer over $H$ months, at a discount rate of $d$ a year and a margin $m$, is"),
        "$$\\mathrm{CLV} = m\\, E[M] \\sum_{t=1}^{H} \\frac{E[X(t)] - E[X(t-1)]}{(1+d)^{t/12}}$$",
        tr(
            "where $E[X(t)]$ is the number of purchases expected up to month $t$ (of 30.4375 days), given the customer's history, and $E[M]$ the expected value of a purchase. It is the value of the future: what a customer has spent so far is not in it, nor the cost of winning or keeping him."
        ),
        tr(
            "**Intervals** of the parameters and of what is expected come from the curvature of the likelihood (delta method); where chance is included, purchases and amounts were simulated with the fitted models. They hold if the models do; compare them with the miss in the test on later data."
        ),
    ]
    return [*candidates(found.choice), prose("\n\n".join(parts)), *models(found)]


def limits(found: CLVResults) -> Block:
    """Return when not to trust the forecast."""
    points = [
        tr(
            "Contracts and subscriptions, where the end of the relationship is seen: this model is not for them; give a table of contracts instead."
        ),
        tr(
            "Purchases at regular intervals, strong seasons or promotions at the end of the data: the model assumes a steady rate."
        ),
        tr(
            "Customers who bought once: how many of them have left rests on what the model assumes about leaving, for nothing in the data tells it of a single one; look at how many will buy again."
        )
        if found.once_told
        else tr(
            "Customers who bought once: the model lets nobody leave before the second purchase, so it counts them as active for certain; look at how many will buy again."
        ),
        tr(
            "Changes to come in prices, assortment, competition or advertising: the forecast carries the past forward."
        ),
    ]
    return prose("### " + tr("When not to trust it") + "\n\n" + "\n".join(f"- {point}" for point in points))


def models(found: CLVResults) -> list[Block]:
    """Return the parameters of the models, and what was found of their assumptions."""
    return [
        _parameters(found, found.choice.name.replace("_", "-")),
        _parameters(found, "gamma-gamma"),
        prose("\n".join(f"- {point}" for point in _assumptions(found) if point)),
    ]


def _parameters(found: CLVResults, name: str) -> Block:
    of_spend = name == "gamma-gamma"
    model = found.spend if of_spend else found.purchases
    meanings = _MEANINGS | _OF_MODEL.get(name, {})
    shown = model.summary()
    shown.insert(1, "meaning", [tr(meanings[one]) for one in shown["parameter"]])
    usual = bool(shown["estimate"].between(0.01, 1e6).all())
    shown["parameter"] = [_SYMBOLS.get(one, one) for one in shown["parameter"]]
    if not of_spend:
        caption = tr("Parameters of the {model} model", model=model_name(found.choice.name))
        note = _purchases_note(found)
    elif isinstance(model, MeanSpend):
        caption, note = tr("Mean value of a purchase"), tr("Standard error with customers as clusters.")
    else:
        caption, note = tr("Parameters of the Gamma–Gamma model"), _gamma_gamma_note(found, model)  # type: ignore[arg-type]
    return table(
        shown[["parameter", "meaning", "estimate", "se", "low", "high"]],
        caption,
        name,
        formats=dict.fromkeys(("estimate", "se", "low", "high"), ".3f" if usual else three),
        labels={
            "parameter": tr("Parameter"),
            "meaning": tr("Meaning"),
            "estimate": tr("Estimate"),
            "se": tr("Standard error"),
            "low": tr("Lower limit"),
            "high": tr("Upper limit"),
        },
        note=note,
    )


def _purchases_note(found: CLVResults) -> str:
    model = found.purchases
    unit = {
        "day": tr("{rate} purchases a day", rate=number(model.r / model.alpha, 4)),
        "week": tr("{rate} purchases a week", rate=number(model.r / model.alpha, 3)),
        "month": tr("{rate} purchases a month", rate=number(model.r / model.alpha, 3)),
    }[found.summary.time_unit]
    told = {
        "n": number(model.n),
        "level": level(found),
        "likelihood": number(model.log_likelihood, 2),
        "rate": unit,
    }
    if isinstance(model, ParetoNBD):
        return tr(
            "{n} customers; {level} limits; log-likelihood {likelihood}. Mean rate of a customer: {rate}; half of the new customers have left after {half}.",
            half=_half_life(model, found.summary.time_unit),
            **told,
        )
    return tr(
        "{n} customers; {level} limits; log-likelihood {likelihood}. Mean rate of a customer: {rate}; mean chance to leave after a purchase: {leave}.",
        leave=percent(model.a / (model.a + model.b)),
        **told,
    )


def _half_life(model: ParetoNBD, unit: str) -> str:
    """Return the time after which half of the new customers have left: (β/(β + t))^s = 1/2."""
    log_ratio = np.log(2) / model.s
    time = float(model.beta * np.expm1(log_ratio)) if log_ratio < 50 else float("inf")
    if not time < 1e5:
        return tr("a time beyond all planning")
    return {
        "day": tr("{n} days", n=number(time)),
        "week": tr("{n} weeks", n=number(time)),
        "month": tr("{n} months", n=number(time)),
    }[unit]


def _gamma_gamma_note(found: CLVResults, model: GammaGamma) -> str:
    mean = model.population_mean_interval()
    return tr(
        "{n} customers who bought again; {level} limits; log-likelihood {likelihood}. Mean value of a purchase in the population: {mean} {range}.",
        n=number(model.n),
        level=level(found),
        likelihood=number(model.log_likelihood, 2),
        mean=cash_of(found).plain(mean["estimate"]),
        range=interval(mean["low"], mean["high"], column_digits([mean["estimate"]])),
    )


def _assumptions(found: CLVResults) -> list[str]:
    return [
        _prior_point(found),
        _independence(found),
        _rounding(found),
        tr(
            "**Value in revenue.** The margin is set to 100%, so value here is revenue, not profit. With the share of revenue that is left as profit (parameter margin) all values shrink by the same factor."
        )
        if found.parameters.margin == 1
        else tr(
            "**Value in profit.** All values are revenue times the margin of {margin}.",
            margin=percent(found.parameters.margin),
        ),
    ]


def _prior_point(found: CLVResults) -> str:
    purchases = tr(
        "**Weak prior.** The data alone do not tell all parameters of the {model} model. A normal prior with variance 10 on the logarithms of the parameters keeps them finite; the numbers depend on it in part.",
        model=model_name(found.choice.name),
    )
    return purchases if found.prior else ""


def _independence(found: CLVResults) -> str:
    spend = found.spend
    if isinstance(spend, MeanSpend):
        return tr(
            "**Spend.** The Gamma–Gamma model cannot be fitted to these data: too few customers bought again, their amounts do not differ, or a few are so large that no mean exists. All customers are given the mean value of a purchase, {mean}.",
            mean=cash_of(found)(spend.mean),
        )
    size = {
        "negligible": tr("negligible, so the assumption holds well"),
        "small": tr("small, so the assumption holds roughly"),
        "medium": tr("moderate, so values of frequent buyers are somewhat off"),
        "large": tr("large, so take the values of single customers with care"),
    }[spend.correlation_size]
    if np.isnan(spend.correlation):
        text = tr(
            "**Spend and frequency.** The Gamma–Gamma model assumes that how much a customer spends does not depend on how often. All repeat buyers bought equally often, so this cannot be checked."
        )
    else:
        text = tr(
            "**Spend and frequency.** The Gamma–Gamma model assumes that how much a customer spends does not depend on how often. Among the {n} customers who bought again, the correlation is {r} ({level} interval {range}): {size}.",
            n=number(spend.n),
            r=number(spend.correlation, 3),
            level=level(found),
            range=interval(spend.correlation_low, spend.correlation_high, 3),
            size=size,
        )
    if found.spend_kind == "prior":
        text = join_sentences(
            [
                text,
                tr(
                    "A weak prior (variance 10 on the logarithms) had to help, because the data alone do not tell its parameters."
                ),
            ]
        )
    left = int(spend.left_out["value_not_positive"])
    if left:
        text = join_sentences(
            [
                text,
                tr(
                    "{n} customers whose repeat purchases were worth nothing are left out of it.",
                    n=number(left),
                ),
            ]
        )
    return text


def _rounding(found: CLVResults) -> str:
    if found.decimals is not None:
        return tr(
            "**Rounding.** The amounts are money in cents, so each customer's mean spend is rounded to the cent before the Gamma–Gamma model is fitted, as in the published analysis of the CDNOW data; nothing else is rounded."
        )
    return tr(
        "**Rounding.** The amounts are not money in cents (some have more than two decimals, or they are very small), so nothing is rounded before the models are fitted."
    )
