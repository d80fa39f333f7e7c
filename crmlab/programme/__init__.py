"""Loyalty programmes: points earned, burned and lapsed; what they cost; tiers, and what a tier is worth.

:func:`award_points` (purchases to points), :func:`points_account` (earned, burned, expired, outstanding),
:func:`breakage` (points never used), :func:`points_liability` and :func:`deferred_revenue` (what they are worth in the
books), :func:`tier_of`, :func:`tier_movements`, :func:`tier_effect` (regression discontinuity at the threshold), with
:func:`density_test` (do customers push themselves over it).

Names are loaded on first use, so that ``import crmlab.programme`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmlab.programme.account import PointsAccount, points_account
    from crmlab.programme.density import DensityTest, density_test
    from crmlab.programme.development import ChainLadder, chain_ladder
    from crmlab.programme.liability import (
        DeferredRevenue,
        PointsLiability,
        deferred_revenue,
        points_liability,
    )
    from crmlab.programme.rules import ProgrammeRules, Tier, award_points
    from crmlab.programme.tiers import TierMovements, TierStanding, tier_movements, tier_of
    from crmlab.programme.ultimate import Breakage, breakage
    from crmlab.programme.worth import TierEffect, tier_effect

__all__ = [
    "Breakage",
    "ChainLadder",
    "DeferredRevenue",
    "DensityTest",
    "PointsAccount",
    "PointsLiability",
    "ProgrammeRules",
    "Tier",
    "TierEffect",
    "TierMovements",
    "TierStanding",
    "award_points",
    "breakage",
    "chain_ladder",
    "deferred_revenue",
    "density_test",
    "points_account",
    "points_liability",
    "tier_effect",
    "tier_movements",
    "tier_of",
]

_WHERE = {
    **dict.fromkeys(("PointsAccount", "points_account"), "account"),
    **dict.fromkeys(("Breakage", "breakage"), "ultimate"),
    **dict.fromkeys(("DensityTest", "density_test"), "density"),
    **dict.fromkeys(("ChainLadder", "chain_ladder"), "development"),
    **dict.fromkeys(
        ("DeferredRevenue", "PointsLiability", "deferred_revenue", "points_liability"), "liability"
    ),
    **dict.fromkeys(("ProgrammeRules", "Tier", "award_points"), "rules"),
    **dict.fromkeys(("TierMovements", "TierStanding", "tier_movements", "tier_of"), "tiers"),
    **dict.fromkeys(("TierEffect", "tier_effect"), "worth"),
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
