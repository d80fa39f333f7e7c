"""Lifecycle of customer relationships: the stage each one is in, and the pattern it has followed.

:func:`lifecycle_stage` (labels by stated rules), :func:`lifecycle_probabilities` (the probability of each stage and pattern).
See also :mod:`crmlab.clv`, whose models say how likely a customer is to be still there.

Names are loaded on first use, so that ``import crmlab.lifecycle`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmlab.lifecycle.chances import LifecycleProbabilities, lifecycle_probabilities
    from crmlab.lifecycle.stages import PATTERNS, STAGES, TRENDS, LifecycleResult, lifecycle_stage

__all__ = [
    "PATTERNS",
    "STAGES",
    "TRENDS",
    "LifecycleProbabilities",
    "LifecycleResult",
    "lifecycle_probabilities",
    "lifecycle_stage",
]

_WHERE = {
    **dict.fromkeys(("LifecycleProbabilities", "lifecycle_probabilities"), "chances"),
    **dict.fromkeys(("PATTERNS", "STAGES", "TRENDS", "LifecycleResult", "lifecycle_stage"), "stages"),
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
