"""Customer value from both sides: what an offer delivers to the customer, and what a customer is worth.

:func:`delivered_value` (total value less total cost, per offer), :func:`simple_clv` (margin × years),
:func:`retention_clv` (retention and discount). Retention economics: :func:`leaky_bucket`, :func:`retention_profit`,
:func:`acquisition_against_retention`, :func:`word_of_mouth_value`, :func:`stew_leonard`. Values from transaction histories: :mod:`crmlab.clv`.
"""

from __future__ import annotations

from crmlab.value.delivered import COSTS, VALUES, DeliveredValue, delivered_value
from crmlab.value.economics import (
    AcquisitionAgainstRetention,
    RetentionProfit,
    acquisition_against_retention,
    retention_profit,
)
from crmlab.value.formulas import RetentionCLV, SimpleCLV, retention_clv, simple_clv
from crmlab.value.leaky import LeakyBucket, leaky_bucket
from crmlab.value.word_of_mouth import StewLeonard, WordOfMouthValue, stew_leonard, word_of_mouth_value

__all__ = [
    "COSTS",
    "VALUES",
    "AcquisitionAgainstRetention",
    "DeliveredValue",
    "LeakyBucket",
    "RetentionCLV",
    "RetentionProfit",
    "SimpleCLV",
    "StewLeonard",
    "WordOfMouthValue",
    "acquisition_against_retention",
    "delivered_value",
    "leaky_bucket",
    "retention_clv",
    "retention_profit",
    "simple_clv",
    "stew_leonard",
    "word_of_mouth_value",
]
