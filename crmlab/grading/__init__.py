"""Grading customers: by value, by how they pay, by stage of life, and by how well they match the company.

:func:`abc_classes` and :func:`customer_pyramid` (classes by value), :func:`whale_curve` (profit won and lost again),
:func:`gini` (how uneven it all is), :func:`credit_grades` (A to D by payments), :func:`lifecycle_ability_segments`
(11 kinds of households), :func:`well_matched_matrix` (customer value × company capability).
See also :mod:`crmlab.rfm` and :mod:`crmlab.lifecycle`.

Names are loaded on first use, so that ``import crmlab.grading`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmlab.grading.classes import TIERS, ABCClasses, CustomerPyramid, abc_classes, customer_pyramid
    from crmlab.grading.concentration import GiniResult, WhaleCurve, gini, whale_curve
    from crmlab.grading.credit import (
        CREDIT_RULES,
        NO_HISTORY,
        UNGRADED,
        CreditGrades,
        CreditRule,
        credit_grades,
    )
    from crmlab.grading.matched import FIELDS_4, FIELDS_9, WellMatched, well_matched_matrix
    from crmlab.grading.segments import (
        LIFE_STAGES,
        LIFECYCLE_KINDS,
        LifecycleAbilitySegments,
        lifecycle_ability_segments,
    )

__all__ = [
    "CREDIT_RULES",
    "FIELDS_4",
    "FIELDS_9",
    "LIFECYCLE_KINDS",
    "LIFE_STAGES",
    "NO_HISTORY",
    "TIERS",
    "UNGRADED",
    "ABCClasses",
    "CreditGrades",
    "CreditRule",
    "CustomerPyramid",
    "GiniResult",
    "LifecycleAbilitySegments",
    "WellMatched",
    "WhaleCurve",
    "abc_classes",
    "credit_grades",
    "customer_pyramid",
    "gini",
    "lifecycle_ability_segments",
    "well_matched_matrix",
    "whale_curve",
]

_WHERE = {
    **dict.fromkeys(("TIERS", "ABCClasses", "CustomerPyramid", "abc_classes", "customer_pyramid"), "classes"),
    **dict.fromkeys(("GiniResult", "WhaleCurve", "gini", "whale_curve"), "concentration"),
    **dict.fromkeys(
        ("CREDIT_RULES", "NO_HISTORY", "UNGRADED", "CreditGrades", "CreditRule", "credit_grades"), "credit"
    ),
    **dict.fromkeys(("FIELDS_4", "FIELDS_9", "WellMatched", "well_matched_matrix"), "matched"),
    **dict.fromkeys(
        ("LIFECYCLE_KINDS", "LIFE_STAGES", "LifecycleAbilitySegments", "lifecycle_ability_segments"),
        "segments",
    ),
}


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
