"""The public functions of crmlab, grouped as a marketer thinks: what the API reference and the page of checks list.

A function is named by the module that users import it from: ``weights.ahp``, not ``weights.ahp.ahp``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from crmlab.text import N_

__all__ = ["GROUPS", "Entry", "Group", "entries", "group_of", "modules_of_science", "summary_line"]


@dataclass(frozen=True)
class Group:
    """Modules that belong together, and whether they are of the science floor."""

    id: str
    title: str
    modules: tuple[str, ...]
    science: bool = True


GROUPS: tuple[Group, ...] = (
    Group("satisfaction", N_("Satisfaction"), ("satisfaction", "kano")),
    Group("questionnaire", N_("Questionnaire and satisfaction index"), ("questionnaire", "csi", "pls")),
    Group("weights", N_("Weights and evaluation"), ("weights", "evaluation")),
    Group("loyalty", N_("Loyalty and programme"), ("loyalty", "programme")),
    Group("grading", N_("Grading and lifecycle"), ("grading", "rfm", "cohorts", "lifecycle")),
    Group("value", N_("Customer value and lifetime value"), ("value", "clv")),
    Group("data", N_("Data and simulation"), ("data", "simulate", "privacy"), science=False),
    Group(
        "figures",
        N_("Figures"),
        (
            "plots.satisfaction",
            "plots.importance",
            "plots.questionnaire",
            "plots.path_model",
            "plots.index_family",
            "plots.loyalty",
            "plots.lifecycle",
            "plots.cohorts",
            "plots.segments",
            "plots.clv",
            "plots.value",
            "plots.worth",
            "plots.framework",
        ),
        science=False,
    ),
    Group("reports", N_("Reports, words and course"), ("reports", "show", "text", "course"), science=False),
)


@dataclass(frozen=True)
class Entry:
    """A public name: the module that users import it from, and what it is."""

    module: str
    name: str
    value: Any

    @property
    def dotted(self) -> str:
        """Return the name below ``crmlab``, as markers and pages write it."""
        return f"{self.module}.{self.name}"

    @property
    def is_class(self) -> bool:
        """Say whether it is a class."""
        return inspect.isclass(self.value)

    @property
    def is_function(self) -> bool:
        """Say whether it is a function."""
        return inspect.isfunction(self.value)


def entries(group: Group) -> Iterator[Entry]:
    """Yield a group's public functions and classes, a module's functions first, in its own order.

    What a module merely passes on from another is listed there alone; constants are in the text of what uses them; of
    the modules of figures only what draws.
    """
    for module in group.modules:
        loaded = import_module(f"crmlab.{module}")
        for name in sorted(loaded.__all__, key=lambda name: inspect.isclass(getattr(loaded, name))):
            value = getattr(loaded, name)
            home = getattr(value, "__module__", None)
            if not (inspect.isfunction(value) or inspect.isclass(value)) or home is None:
                continue
            if f"{home}.".startswith(f"crmlab.{module}.") and (_draws(value) or "plots." not in module):
                yield Entry(module, name, value)


def _draws(value: Callable[..., object]) -> bool:
    returned = str(getattr(value, "__annotations__", {}).get("return", ""))
    return "Axes" in returned or "Figure" in returned


def modules_of_science() -> tuple[str, ...]:
    """Return the public modules of the science floor."""
    return tuple(module for group in GROUPS if group.science for module in group.modules)


def group_of(dotted: str) -> Group | None:
    """Return the group of ``weights.ahp``, and None where no group has its module."""
    for group in GROUPS:
        if any(dotted.startswith(f"{module}.") for module in group.modules):
            return group
    return None


def summary_line(value: object) -> str:
    """Return the first line of a docstring: what a list of functions shows.

    >>> summary_line(summary_line)
    'Return the first line of a docstring: what a list of functions shows.'
    """
    text = inspect.getdoc(value) or ""
    return " ".join(text.split("\n\n", 1)[0].split())
