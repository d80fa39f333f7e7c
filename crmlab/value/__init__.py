"""Customer value from both sides: what an offer delivers to the customer, and what a customer is worth.

:func:`delivered_value` (total value less total cost, per offer), :func:`simple_clv` (margin × years),
:func:`retention_clv` (retention and discount). Values from transaction histories: :mod:`crmlab.clv`.
"""

from __future__ import annotations

from crmlab.value.delivered import COSTS, VALUES, DeliveredValue, delivered_value
from crmlab.value.formulas import RetentionCLV, SimpleCLV, retention_clv, simple_clv

__all__ = [
    "COSTS",
    "VALUES",
    "DeliveredValue",
    "RetentionCLV",
    "SimpleCLV",
    "delivered_value",
    "retention_clv",
    "simple_clv",
]
