"""How the forecast from contracts was made: models in words, formulas and numbers, and when not to trust them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.reports.content.clv_contract_words import model_title
from crmlab.reports.content.clv_words import three
from crmlab.show import Block, prose, table
from crmlab.text import N_, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.clv_contract_results import ContractResults

__all__ = ["method"]

_SYMBOLS = {"alpha": "α", "beta": "β"}
_MEANINGS = {
    "alpha": N_("chance to leave at a renewal; its mean among customers is α/(α+β)"),
    "beta": N_("the smaller α and β, the more customers differ"),
    "c": N_("how one customer's chance to leave changes: above 1 it rises with time, below 1 it falls"),
}


def method(found: ContractResults) -> list[Block]:
    """Return the models in words, formulas and numbers, their assumptions, and when not to trust them."""
    parts = [_story(found), _curve(found)]
    parts += [
        tr(
            "**Value** of a customer who has renewed $n$ times, at a margin $m$, a fee $f$ and a discount rate of $d$ a period, is"
        ),
        "$$\\mathrm{CLV}(n) = m\\, f \\sum_{k=1}^{\\infty} \\frac{S(n+k)}{S(n)} \\frac{1}{(1+d)^{k-1}}$$",
        tr(
            "(discounted expected residual lifetime; Fader and Hardie, 2010): his payments from the next renewal on, which itself is not discounted. A rate of {annual} a year is {rate} a period. A new customer pays the first fee today; his later payments are discounted from today on.",
            annual=percent(found.parameters.discount_rate_annual, 1),
            rate=percent(found.value.discount_rate, 2),
        ),
        tr(
            "**Intervals** of the parameters and of what is expected come from the curvature of the likelihood (delta method); those of shares that were seen are Wilson's and Greenwood's. Where chance is included, the variance of what each customer happens to do is added."
        ),
    ]
    return [
        *_candidates(found),
        prose("\n\n".join(parts)),
        _parameters(found),
        prose("\n".join(f"- {point}" for point in _assumptions(found) if point)),
        _limits(),
    ]


def _story(found: ContractResults) -> str:
    if found.choice.name == "sbg":
        return tr(
            "**Renewals** are described by the shifted-beta-geometric model (sBG; Fader and Hardie, 2007). At each renewal a customer leaves with a chance of his own, which never changes. Chances differ among customers by a beta distribution $(\\alpha, \\beta)$. Of those who began, the share that is still there after $t$ renewals is"
        )
    return tr(
        "**Renewals** are described by the beta-discrete-Weibull model (BdW; Fader, Hardie and others, 2018). A customer whose chance to leave at the first renewal is $\\theta$ is still there after $t$ renewals with probability $(1-\\theta)^{t^c}$. Chances differ among customers by a beta distribution $(\\alpha, \\beta)$; with $c = 1$ it is the shifted-beta-geometric model. Of those who began, the share that is still there is"
    )


def _curve(found: ContractResults) -> str:
    if found.choice.name == "sbg":
        return "$$S(t) = \\frac{B(\\alpha, \\beta + t)}{B(\\alpha, \\beta)}$$"
    return "$$S(t) = \\frac{B(\\alpha, \\beta + t^c)}{B(\\alpha, \\beta)}$$"


def _candidates(found: ContractResults) -> list[Block]:
    choice = found.choice
    alike = {
        "model": tr("one chance to leave for all customers"),
        "parameters": 1,
        "log_likelihood": choice.alike,
        "bic": float(np.log(found.model.n)) - 2 * choice.alike,
        "used": "",
    }
    fitted = [
        {
            "model": model_title(name),
            "parameters": len(model.names),
            "log_likelihood": model.log_likelihood,
            "bic": model.bic,
            "used": tr("yes") if name == choice.name else "",
        }
        for name, model in choice.fitted.items()
    ]
    rows = pd.DataFrame([alike, *fitted])
    return [
        table(
            rows,
            tr("Models of contracts, fitted to the same customers"),
            "models",
            formats={"log_likelihood": ".2f", "bic": ".1f"},
            labels={
                "model": tr("Model"),
                "parameters": tr("Parameters"),
                "log_likelihood": tr("Log-likelihood"),
                "bic": tr("BIC"),
                "used": tr("Used"),
            },
            note=tr(
                "BIC weighs the log-likelihood against the number of parameters; the smaller, the better. The beta-discrete-Weibull model is used only where the likelihood ratio shows at 5% that it is needed, and its BIC is smaller."
            ),
        )
    ]


def _parameters(found: ContractResults) -> Block:
    model = found.model
    shown = model.summary()
    shown.insert(1, "meaning", [tr(_MEANINGS[one]) for one in shown["parameter"]])
    usual = bool(shown["estimate"].between(0.01, 1e6).all())
    shown["parameter"] = [_SYMBOLS.get(one, one) for one in shown["parameter"]]
    return table(
        shown[["parameter", "meaning", "estimate", "se", "low", "high"]],
        tr("Parameters of the {model}", model=model_title(found.choice.name)),
        found.choice.name,
        formats=dict.fromkeys(("estimate", "se", "low", "high"), ".3f" if usual else three),
        labels={
            "parameter": tr("Parameter"),
            "meaning": tr("Meaning"),
            "estimate": tr("Estimate"),
            "se": tr("Standard error"),
            "low": tr("Lower limit"),
            "high": tr("Upper limit"),
        },
        note=tr(
            "{n} customers; {level} limits; log-likelihood {likelihood}. Mean chance to leave at the first renewal: {leave}.",
            n=number(model.n),
            level=percent(found.parameters.confidence, 0),
            likelihood=number(model.log_likelihood, 2),
            leave=percent(1 - float(model.retention(1))),
        ),
    )


def _assumptions(found: ContractResults) -> list[str]:
    fee = tr(
        "**Fees.** Each customer is taken to go on paying the fee of today; price rises and upgrades are not foreseen."
    )
    if not found.priced:
        fee = tr(
            "**No fees.** The data name no fee, so values count discounted payments: times fee and margin they are money."
        )
    return [
        tr(
            "**Weak prior.** The data alone do not tell how customers differ. A normal prior with variance 10 on the logarithms of the parameters keeps them finite; the numbers depend on it in part."
        )
        if found.model.penalty
        else "",
        fee,
        ""
        if not found.priced
        else tr(
            "**Value in revenue.** The margin is set to 100%, so value here is revenue, not profit. With the share of revenue that is left as profit (parameter margin) all values shrink by the same factor."
        )
        if found.parameters.margin == 1
        else tr(
            "**Value in profit.** All values are revenue times the margin of {margin}.",
            margin=percent(found.parameters.margin),
        ),
        tr(
            "**Beyond the data.** What lies after the longest contract that was seen is the model's and not the data's; the section on other horizons says how much that is."
        ),
    ]


def _limits() -> Block:
    points = [
        tr(
            "Purchases without a contract, where customers leave unseen: these models are not for them; give purchases instead."
        ),
        tr(
            "Customers who left are missing from the data, or only those of one year are in it: then all seem to stay longer than they do."
        ),
        tr(
            "Customers won lately differ from those won before, by another channel or at another price: compare groups."
        ),
        tr("Prices, terms or competition are about to change: the forecast carries the past forward."),
        tr(
            "Contracts that one leaves on any day: choose a short period, so that a renewal stands for every chance to leave."
        ),
    ]
    return prose("### " + tr("When not to trust it") + "\n\n" + "\n".join(f"- {point}" for point in points))
