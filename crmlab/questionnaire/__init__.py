"""How well a questionnaire measures: reliability, what each item adds, how many answers, which are missing, and the system of indicators.

>>> import pandas as pd
>>> answers = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 2, 3, 5, 5], "c": [1, 3, 3, 4, 4]})
>>> round(cronbach_alpha(answers).raw, 4)
0.9538
"""

from crmlab.questionnaire.index_system import IndexScores, IndexSystem
from crmlab.questionnaire.items import ItemAnalysis, item_analysis
from crmlab.questionnaire.missing import MissingAnswers, missing_answers
from crmlab.questionnaire.omega import OmegaResult, mcdonald_omega
from crmlab.questionnaire.reliability import AlphaResult, cronbach_alpha
from crmlab.questionnaire.sampling import SampleSize, sample_size

__all__ = [
    "AlphaResult",
    "IndexScores",
    "IndexSystem",
    "ItemAnalysis",
    "MissingAnswers",
    "OmegaResult",
    "SampleSize",
    "cronbach_alpha",
    "item_analysis",
    "mcdonald_omega",
    "missing_answers",
    "sample_size",
]
