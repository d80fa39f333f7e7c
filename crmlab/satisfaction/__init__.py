"""Measuring satisfaction: CSAT, NPS, CES, perceived over expected, importance against performance.

>>> nps([10] * 60 + [8] * 25 + [3] * 15).nps
45.0
"""

from crmlab.questionnaire import AlphaResult, cronbach_alpha
from crmlab.satisfaction.expectation import (
    Disconfirmation,
    SatisfactionRatio,
    disconfirmation,
    satisfaction_ratio,
)
from crmlab.satisfaction.groups import GroupScores, group_scores
from crmlab.satisfaction.importance import ImportancePerformance, importance_performance
from crmlab.satisfaction.scores import CES, CSAT, NPS, ces, csat, nps

__all__ = [
    "CES",
    "CSAT",
    "NPS",
    "AlphaResult",
    "Disconfirmation",
    "GroupScores",
    "ImportancePerformance",
    "SatisfactionRatio",
    "ces",
    "cronbach_alpha",
    "csat",
    "disconfirmation",
    "group_scores",
    "importance_performance",
    "nps",
    "satisfaction_ratio",
]
