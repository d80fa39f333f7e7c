"""Customer lifetime value: from transactions to what customers are worth.

The line runs: :func:`customer_summary` (one row a customer), :func:`fit_bg_nbd` (how often, and until when),
:func:`fit_gamma_gamma` (how much a purchase), :func:`customer_lifetime_value` (all together, discounted),
:func:`validate_holdout` (does it hold on data the model has not seen).

:func:`customer_outlook` says who will buy again, and what the months bring; :func:`customer_value_interval` where the value
of one customer will lie. Beside the BG/NBD stand
:func:`fit_mbg_nbd` and :func:`fit_pareto_nbd`, which may take its place in all of that (:func:`compare_purchase_models` chooses); for
contracts, where leaving is seen, :func:`fit_sbg` and :func:`fit_bdw` (:func:`contract_value` values the customers); for purchases at set opportunities, :func:`fit_bg_bb`.

Names are loaded on first use, so that ``import crmlab.clv`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmlab.clv.bg_bb import BGBB, fit_bg_bb
    from crmlab.clv.bg_nbd import BGNBD, fit_bg_nbd
    from crmlab.clv.compare import ModelComparison, compare_purchase_models
    from crmlab.clv.contract_worth import ContractValue, contract_value
    from crmlab.clv.equity import CustomerEquity, customer_equity
    from crmlab.clv.frequencies import expected_vs_actual_frequency
    from crmlab.clv.gamma_gamma import GammaGamma, fit_gamma_gamma
    from crmlab.clv.grouped import HistoryCounts, SpendCounts, history_counts, spend_counts
    from crmlab.clv.holdout import HoldoutResult, validate_holdout
    from crmlab.clv.intervals import model_intervals
    from crmlab.clv.mbg_nbd import MBGNBD, fit_mbg_nbd
    from crmlab.clv.outlook import Outlook, customer_outlook
    from crmlab.clv.pareto_nbd import ParetoNBD, fit_pareto_nbd
    from crmlab.clv.renewals import contract_tenure, observed_retention
    from crmlab.clv.sbg import BDW, SBG, fit_bdw, fit_sbg
    from crmlab.clv.summary import CustomerSummary, customer_summary
    from crmlab.clv.summary_table import summary_table
    from crmlab.clv.value import CLVResult, customer_lifetime_value
    from crmlab.clv.value_interval import customer_value_interval

__all__ = [
    "BDW",
    "BGBB",
    "BGNBD",
    "MBGNBD",
    "SBG",
    "CLVResult",
    "ContractValue",
    "CustomerEquity",
    "CustomerSummary",
    "GammaGamma",
    "HistoryCounts",
    "HoldoutResult",
    "ModelComparison",
    "Outlook",
    "ParetoNBD",
    "SpendCounts",
    "compare_purchase_models",
    "contract_tenure",
    "contract_value",
    "customer_equity",
    "customer_lifetime_value",
    "customer_outlook",
    "customer_summary",
    "customer_value_interval",
    "expected_vs_actual_frequency",
    "fit_bdw",
    "fit_bg_bb",
    "fit_bg_nbd",
    "fit_gamma_gamma",
    "fit_mbg_nbd",
    "fit_pareto_nbd",
    "fit_sbg",
    "history_counts",
    "model_intervals",
    "observed_retention",
    "spend_counts",
    "summary_table",
    "validate_holdout",
]

_WHERE = {
    "BDW": "sbg",
    "BGBB": "bg_bb",
    "BGNBD": "bg_nbd",
    "CLVResult": "value",
    "CustomerEquity": "equity",
    "ContractValue": "contract_worth",
    "CustomerSummary": "summary",
    "GammaGamma": "gamma_gamma",
    "HistoryCounts": "grouped",
    "HoldoutResult": "holdout",
    "MBGNBD": "mbg_nbd",
    "ModelComparison": "compare",
    "Outlook": "outlook",
    "ParetoNBD": "pareto_nbd",
    "SBG": "sbg",
    "SpendCounts": "grouped",
    "compare_purchase_models": "compare",
    "customer_equity": "equity",
    "contract_tenure": "renewals",
    "contract_value": "contract_worth",
    "customer_lifetime_value": "value",
    "customer_outlook": "outlook",
    "customer_value_interval": "value_interval",
    "customer_summary": "summary",
    "expected_vs_actual_frequency": "frequencies",
    "fit_bdw": "sbg",
    "fit_bg_bb": "bg_bb",
    "fit_bg_nbd": "bg_nbd",
    "fit_gamma_gamma": "gamma_gamma",
    "fit_mbg_nbd": "mbg_nbd",
    "fit_pareto_nbd": "pareto_nbd",
    "fit_sbg": "sbg",
    "history_counts": "grouped",
    "observed_retention": "renewals",
    "spend_counts": "grouped",
    "summary_table": "summary_table",
    "model_intervals": "intervals",
    "validate_holdout": "holdout",
}


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
