"""The industries of the course: each a business of :mod:`crmlab.simulate`, and the tables that make it itself."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from crmlab.errors import ParameterError, did_you_mean

if TYPE_CHECKING:
    from crmlab.simulate.business import Business

__all__ = ["INDUSTRIES", "business"]

#: Case to module, number of customers of the shipped case, and its seed: the first from 2027 on with which every true
#: parameter of buying, and the campaign's true effect, lie in the 95 % intervals that the shipped data give (utilities: and
#: with which chance alone does not join satisfaction and staying where nothing else does).
INDUSTRIES: dict[str, tuple[str, int, int]] = {
    "bank": ("bank", 3000, 2027),
    "consumer": ("consumer", 2000, 2031),
    "dealer": ("dealer", 2400, 2028),
    "ecommerce": ("ecommerce", 3500, 2027),
    "energy": ("energy", 1500, 2027),
    "hotel": ("hotel", 2500, 2028),
    "industrial": ("industrial", 900, 2028),
    "property": ("property", 2400, 2027),
    "utilities": ("utilities", 2400, 2030),
}


def business(name: str) -> Business:
    """Return a business by the name of its case.

    Raises
    ------
    ParameterError
        No such business; the message names the nearest.

    """
    if name not in INDUSTRIES:
        near = did_you_mean(name, INDUSTRIES)
        raise ParameterError(
            f"There is no simulated business '{name}'.",
            hint=(f"Did you mean {near}? " if near else "") + f"There are: {', '.join(INDUSTRIES)}.",
        )
    found: Business = import_module(f"{__name__}.{INDUSTRIES[name][0]}").BUSINESS
    return found
