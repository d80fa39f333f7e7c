"""What the report on customer lifetime value computes from purchases, and what it leaves out because the data cannot carry it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import pandas as pd

from crmlab import clv
from crmlab.clv.mean_spend import MeanSpend, fit_mean_spend
from crmlab.clv.outlook import Outlook, customer_outlook
from crmlab.errors import CrmlabError, DataError, FitError
from crmlab.reports.content.clv_choice import PRIOR, Choice, choose
from crmlab.reports.content.clv_tables import MONTH, people
from crmlab.text import date, number, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlab.clv import BGNBD, MBGNBD, CLVResult, CustomerSummary, GammaGamma, HoldoutResult, ParetoNBD
    from crmlab.clv._model import PurchaseModel
    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.parameters import CLVParameters

__all__ = [
    "CLVResults",
    "analyse_purchases",
    "cents",
    "fit_spend",
    "hold_out",
]

#: fewer repeat buyers than this cannot tell how customers differ
FEWEST = 3
#: below this many repeat buyers the report warns
FEW = 30
RATES = (0.0, 0.05, 0.10, 0.15, 0.20)
HORIZONS = (6, 12, 24, 36)
#: the report draws what chance does from this seed, so that it says the same every time
SEED = 20050501

#: a hold-out test needs this: days observed, customers and repeat buyers before it, purchases in it
_SPAN, _CUSTOMERS, _REPEAT, _PURCHASES = 120, 50, 30, 20

SpendKind = Literal["likelihood", "prior", "mean"]
Untested = Literal["off", "short", "few", "failed", ""]


@dataclass(frozen=True, eq=False, kw_only=True)
class CLVResults:
    """All results of one run.

    Attributes
    ----------
    given, parameters
        What the report works on, and what was asked.
    summary
        One row a customer.
    purchases, spend
        The fitted models.
    choice
        Which model of purchases was chosen, among which, and why.
    spend_kind
        How spend was modelled: by likelihood, with a weak prior, or as one mean for all.
    value, ahead
        What the customers are worth; who will buy, and when.
    tested, untested
        The test on later data, or why there is none.
    decimals
        Decimals to which the mean spend of a customer was rounded, or None.
    people
        One row a customer, everything together.
    currency
        Sign of the amounts.

    """

    given: ReportInput
    parameters: CLVParameters
    summary: CustomerSummary
    purchases: BGNBD | MBGNBD | ParetoNBD
    spend: GammaGamma | MeanSpend
    choice: Choice
    spend_kind: SpendKind
    value: CLVResult
    ahead: Outlook
    tested: HoldoutResult | None
    untested: Untested
    decimals: int | None
    people: pd.DataFrame
    currency: str

    @property
    def repeat(self) -> int:
        """How many customers bought again."""
        return int((self.people["frequency"] > 0).sum())

    @property
    def prior(self) -> bool:
        """Whether a weak prior had to help the model of purchases."""
        return self.choice.prior

    @property
    def once_told(self) -> bool:
        """Whether the model can tell that somebody who bought once has left; the BG/NBD lets nobody leave so early."""
        return self.choice.name != "bg_nbd"

    @property
    def few(self) -> bool:
        """Whether so few customers bought again that all is rough."""
        return self.repeat < FEW


def analyse_purchases(given: ReportInput, parameters: CLVParameters) -> CLVResults:
    """Compute everything that the report tells.

    Raises
    ------
    crmlab.errors.FitError
        When the data cannot carry a model of purchases.
    crmlab.errors.DataError
        When the purchases are worth nothing.

    """
    sales = given.transactions
    if sales is None:
        raise DataError(
            tr("The report needs purchases: customer, date and amount."),
            hint=tr("For contracts ask for model=sbg, or leave the model out."),
        )
    merged = given.source.get("merged")
    decimals = (2 if merged["cents"] else None) if merged else cents(sales["amount"])
    summary = _summary(sales, parameters, decimals)
    _check_enough(summary)
    choice = choose(summary, parameters.model, confidence=parameters.confidence)
    purchases = choice.model
    spend, kind = fit_spend(summary, confidence=parameters.confidence)
    options = {
        "horizon_months": parameters.horizon_months,
        "discount_rate_annual": parameters.discount_rate_annual,
        "margin": parameters.margin,
    }
    value = clv.customer_lifetime_value(purchases, cast("GammaGamma", spend), summary, **options)  # type: ignore[arg-type]
    ahead = customer_outlook(
        purchases,
        spend,
        summary,
        rng=np.random.default_rng(SEED),
        longest_months=max(HORIZONS),
        **options,  # type: ignore[arg-type]
    )
    tested, untested = hold_out(sales, summary, parameters, choice)
    if tested is not None:
        choice = choice.tested_on(
            lambda fit: _validated(sales, summary, parameters, split=tested.calibration_end, fit=fit)
        )
    return CLVResults(
        given=given,
        parameters=parameters,
        summary=summary,
        purchases=purchases,
        spend=spend,
        choice=choice,
        spend_kind=kind,
        value=value,
        ahead=ahead,
        tested=tested,
        untested=untested,
        decimals=decimals,
        people=people(summary, value, ahead),
        currency=parameters.currency or given.currency,
    )


def _summary(sales: pd.DataFrame, parameters: CLVParameters, decimals: int | None) -> CustomerSummary:
    """Sum up the purchases by customer, and say in the reader's language what stands against it."""
    rows = "rows" if "rows" in sales else None
    negative = sales[sales["amount"] < 0]
    if parameters.refunds == "error" and len(negative):
        n = int(negative[rows].sum()) if rows else len(negative)
        raise DataError(
            tr("{n} rows have a negative amount, and refunds=error allows none.", n=number(n)),
            problems=[
                f"{row.customer}  {date(row.date)}  {number(row.amount, 2)}"
                for row in negative.head(5).itertuples()
            ],
            hint=tr("Set refunds=net to take refunds off purchases, or refunds=drop to leave them out."),
        )
    try:
        return clv.customer_summary(
            sales,
            observation_end=parameters.observation_end,
            time_unit=parameters.time_unit,
            refunds=parameters.refunds,
            money_decimals=decimals,
            rows=rows,
        )
    except DataError as error:
        raise DataError(
            tr("The purchases cannot be summed up by customer."), problems=[error.message, *error.problems]
        ) from error


def cents(amounts: pd.Series) -> int | None:
    """Return 2 where amounts are money in cents, else None.

    Money in cents: no amount has more than two decimals, and half of the positive ones are at least 1. A customer's
    mean spend is then rounded to the cent, as the published summary of CDNOW is.

    >>> cents(pd.Series([9.99, 20.0])), cents(pd.Series([0.125, 3.0])), cents(pd.Series([0.01, 0.02]))
    (2, None, None)
    """
    found = amounts.to_numpy(dtype=np.float64)
    positive = found[found > 0]
    if not len(positive) or float(np.median(positive)) < 1:
        return None
    whole = np.abs(found * 100 - np.rint(found * 100)) <= 1e-6 * np.maximum(np.abs(found), 1)
    return 2 if bool(whole.all()) else None


def _check_enough(summary: CustomerSummary) -> None:
    """Refuse customers of whom hardly anybody came back, or whose purchases are worth nothing."""
    table = summary.table
    repeat = int((table["frequency"] > 0).sum())
    if repeat < FEWEST:
        raise FitError(
            tr(
                "Too few customers bought again to forecast anything: {repeat} of {n}; at least {fewest} are needed.",
                repeat=number(repeat),
                n=number(len(table)),
                fewest=FEWEST,
            ),
            hint=tr("Use data of a longer time, or of more customers."),
        )
    if not table["total_value"].sum() > 0:
        raise DataError(
            tr("All purchases together are worth nothing, so there is no value to forecast."),
            hint=tr(
                "Look at the signs of the amounts: purchases must be positive, refunds negative; or set refunds=drop."
            ),
        )


def fit_spend(summary: CustomerSummary, *, confidence: float) -> tuple[GammaGamma | MeanSpend, SpendKind]:
    """Fit what is spent a purchase; with a weak prior where the data alone do not tell, else one mean for all."""
    for penalty, kind in ((0.0, "likelihood"), (PRIOR, "prior")):
        try:
            spend = clv.fit_gamma_gamma(summary, confidence=confidence, penalty=penalty)
            spend.expected_spend(summary)
        except FitError:
            continue
        return spend, cast("SpendKind", kind)
    return fit_mean_spend(summary, confidence=confidence), "mean"


def hold_out(
    sales: pd.DataFrame, summary: CustomerSummary, parameters: CLVParameters, choice: Choice
) -> tuple[HoldoutResult | None, Untested]:
    """Test the model on the last part of the data: the last third, but no longer than the horizon (or eight weeks).

    Returns
    -------
    tested, untested
        The result, or why there is none: ``"off"``, ``"short"`` (auto: less than 120 days), ``"few"`` (auto: fewer than
        50 customers or 30 repeat buyers before, or fewer than 20 purchases afterwards), ``"failed"``.

    """
    if parameters.holdout == "off":
        return None, "off"
    auto = parameters.holdout == "auto"
    start, end = summary.observation_start, summary.observation_end
    span = (end - start).days
    if (auto and span < _SPAN) or span < 3:
        return None, "short"
    held = min(span // 3, max(round(parameters.horizon_months * MONTH), 56))
    split = end - pd.Timedelta(days=held)
    early = summary.table["first_purchase"] <= split
    if auto and int(early.sum()) < _CUSTOMERS:
        return None, "few"
    try:
        tested = _validated(sales, summary, parameters, split=split, fit=choice.fit)
    except CrmlabError:
        return None, "failed"
    repeat = int((tested.calibration.table["frequency"] > 0).sum())
    bought = int(tested.customers["actual"].sum())
    if auto and (repeat < _REPEAT or bought < _PURCHASES):
        return None, "few"
    return (tested, "") if bought else (None, "few")


def _validated(
    sales: pd.DataFrame,
    summary: CustomerSummary,
    parameters: CLVParameters,
    *,
    split: pd.Timestamp,
    fit: Callable[[CustomerSummary], PurchaseModel],
) -> HoldoutResult:
    return clv.validate_holdout(
        sales,
        calibration_end=split,
        observation_end=summary.observation_end,
        time_unit=parameters.time_unit,
        refunds=parameters.refunds,
        fit=fit,
    )
