"""How well a questionnaire measures: reliability, what each item adds, how many answers, which are missing, and the system of indicators.

>>> import pandas as pd
>>> answers = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 2, 3, 5, 5], "c": [1, 3, 3, 4, 4]})
>>> round(cronbach_alpha(answers).raw, 4)
0.9538
"""

from crmlab.questionnaire.reliability import AlphaResult, cronbach_alpha

__all__ = ["AlphaResult", "cronbach_alpha"]
