"""Measuring satisfaction: CSAT, NPS, CES, perceived over expected, SERVQUAL, importance, trends, differences.

>>> nps([10] * 60 + [8] * 25 + [3] * 15).nps
45.0
"""

from crmlab.questionnaire import AlphaResult, cronbach_alpha
from crmlab.satisfaction.differences import ScoreDifference, rise_by_chance, score_difference
from crmlab.satisfaction.expectation import (
    Disconfirmation,
    SatisfactionRatio,
    disconfirmation,
    satisfaction_ratio,
)
from crmlab.satisfaction.groups import GroupScores, group_scores
from crmlab.satisfaction.importance import ImportancePerformance, importance_performance
from crmlab.satisfaction.scores import CES, CSAT, NPS, ces, csat, nps
from crmlab.satisfaction.servqual import ServqualGaps, servqual_gaps
from crmlab.satisfaction.strata import StratifiedScore, strata_weights, stratified_score
from crmlab.satisfaction.trend import ScoreTrend, score_trend

__all__ = [
    "CES",
    "CSAT",
    "NPS",
    "AlphaResult",
    "Disconfirmation",
    "GroupScores",
    "ImportancePerformance",
    "SatisfactionRatio",
    "ScoreDifference",
    "ScoreTrend",
    "ServqualGaps",
    "StratifiedScore",
    "ces",
    "cronbach_alpha",
    "csat",
    "disconfirmation",
    "group_scores",
    "importance_performance",
    "nps",
    "rise_by_chance",
    "satisfaction_ratio",
    "score_difference",
    "score_trend",
    "servqual_gaps",
    "strata_weights",
    "stratified_score",
]
