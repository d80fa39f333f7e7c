"""Loyalty: how many come back, of what kind their loyalty is, and what satisfaction does for it.

:func:`repeat_purchase_rate` (behaviour alone), :func:`loyalty_kinds` (attachment × repeat purchase: monopoly, inertia,
price, incentive, trust), :func:`satisfaction_loyalty_curve` (loyalty at each level of satisfaction),
:func:`share_of_wallet` (spend here over spend in the category) and :func:`wallet_allocation` (the same from ranks).
See also :mod:`crmlab.rfm`, :mod:`crmlab.cohorts` and :mod:`crmlab.lifecycle`.

Names are loaded on first use, so that ``import crmlab.loyalty`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmlab.loyalty.allocation import WalletAllocation, wallet_allocation, wallet_ranks
    from crmlab.loyalty.curve import SatisfactionLoyaltyCurve, satisfaction_loyalty_curve
    from crmlab.loyalty.kinds import KINDS, QUADRANTS, LoyaltyKinds, loyalty_kinds
    from crmlab.loyalty.repeat import RepeatPurchaseRate, repeat_purchase_rate
    from crmlab.loyalty.wallet import ShareOfWallet, share_of_wallet

__all__ = [
    "KINDS",
    "QUADRANTS",
    "LoyaltyKinds",
    "RepeatPurchaseRate",
    "SatisfactionLoyaltyCurve",
    "ShareOfWallet",
    "WalletAllocation",
    "loyalty_kinds",
    "repeat_purchase_rate",
    "satisfaction_loyalty_curve",
    "share_of_wallet",
    "wallet_allocation",
    "wallet_ranks",
]

_WHERE = {
    "KINDS": "kinds",
    "QUADRANTS": "kinds",
    "LoyaltyKinds": "kinds",
    "RepeatPurchaseRate": "repeat",
    "SatisfactionLoyaltyCurve": "curve",
    "loyalty_kinds": "kinds",
    "repeat_purchase_rate": "repeat",
    "satisfaction_loyalty_curve": "curve",
    **dict.fromkeys(("ShareOfWallet", "share_of_wallet"), "wallet"),
    **dict.fromkeys(("WalletAllocation", "wallet_allocation", "wallet_ranks"), "allocation"),
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
