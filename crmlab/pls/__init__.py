"""Path models by partial least squares (PLS-SEM): fit, quality, bootstrap, Q², prediction, comparison of groups.

>>> import numpy as np, pandas as pd
>>> rng = np.random.default_rng(5)
>>> quality, noise = rng.normal(size=(2, 200))
>>> satisfaction = 0.6 * quality + 0.8 * noise
>>> data = pd.DataFrame({
...     "q1": quality + 0.5 * rng.normal(size=200), "q2": quality + 0.5 * rng.normal(size=200),
...     "s1": satisfaction + 0.5 * rng.normal(size=200), "s2": satisfaction + 0.5 * rng.normal(size=200),
... })
>>> structure = Structure({"quality": ["q1", "q2"], "satisfaction": ["s1", "s2"]}, [("quality", "satisfaction")])
>>> result = fit_pls(data, structure)
>>> result.paths.round(2).to_dict("records")
[{'from': 'quality', 'to': 'satisfaction', 'coefficient': 0.55}]
"""

from crmlab.pls.blindfold import Blindfolding, blindfold
from crmlab.pls.fit import PLSResult, fit_pls
from crmlab.pls.groups import GroupComparison, compare_groups
from crmlab.pls.predict import Prediction, predict_pls
from crmlab.pls.resample import BootstrapResult, bootstrap
from crmlab.pls.structure import Structure

__all__ = [
    "Blindfolding",
    "BootstrapResult",
    "GroupComparison",
    "PLSResult",
    "Prediction",
    "Structure",
    "blindfold",
    "bootstrap",
    "compare_groups",
    "fit_pls",
    "predict_pls",
]
