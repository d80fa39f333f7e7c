"""Evaluation: one verdict from many criteria, and what it hangs on.

>>> import pandas as pd
>>> offers = pd.DataFrame({"price": [100, 80], "quality": [9, 6]}, index=["A", "B"])
>>> weighted_score(offers, {"price": 2, "quality": 3}, cost=["price"]).winners
('A',)
"""

from crmlab.evaluation.fuzzy import OPERATORS, FuzzyEvaluation, fuzzy_evaluation, grade_counts
from crmlab.evaluation.scoring import NORMALISATIONS, Ranking, topsis, weighted_score
from crmlab.evaluation.sensitivity import Sensitivity, sensitivity, winner_changes

__all__ = [
    "NORMALISATIONS",
    "OPERATORS",
    "FuzzyEvaluation",
    "Ranking",
    "Sensitivity",
    "fuzzy_evaluation",
    "grade_counts",
    "sensitivity",
    "topsis",
    "weighted_score",
    "winner_changes",
]
