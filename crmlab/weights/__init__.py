"""Weights: stated by people, derived from comparisons, or taken from the data.

>>> weights = ahp({("quality", "price"): 3, ("quality", "speed"): 5, ("price", "speed"): 2}).weights
>>> print(round(weights["quality"], 3))
0.648
"""

from crmlab.weights.ahp import AHP, RANDOM_INDEX, AHPGroup, ahp, ahp_group
from crmlab.weights.base import Weighting
from crmlab.weights.compare import WeightComparison, compare_weights
from crmlab.weights.delphi import Concordance, Delphi, delphi, kendalls_w
from crmlab.weights.direct import DirectWeights, direct_weights, global_weights
from crmlab.weights.objective import DataWeights, critic_weights, entropy_weights, pca_weights
from crmlab.weights.regression import RegressionWeights, regression_weights

__all__ = [
    "AHP",
    "RANDOM_INDEX",
    "AHPGroup",
    "Concordance",
    "DataWeights",
    "Delphi",
    "DirectWeights",
    "RegressionWeights",
    "WeightComparison",
    "Weighting",
    "ahp",
    "ahp_group",
    "compare_weights",
    "critic_weights",
    "delphi",
    "direct_weights",
    "entropy_weights",
    "global_weights",
    "kendalls_w",
    "pca_weights",
    "regression_weights",
]
