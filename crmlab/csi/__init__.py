"""The customer satisfaction index: ready path models (SCSB, ACSI, ECSI, CCSI), scores on 0–100, and what moves them.

>>> structure = structure_for(["IMAG1", "IMAG2", "CUEX1", "PERQ1", "PERV1", "CUSA1", "CUSA2", "CUSCO", "CUSL1", "age"])
>>> structure.blocks["satisfaction"], structure.blocks["complaints"]
(('CUSA1', 'CUSA2'), ('CUSCO',))
"""

from crmlab.csi.drivers import ImportanceMap, importance_performance_map
from crmlab.csi.models import ACSI, CCSI, ECSI, MODELS, SCSB, IndexModel, index_model
from crmlab.csi.recognise import ModelMatch, fit_ecsi, fit_index, models_for, structure_for
from crmlab.csi.scores import IndexScores, SatisfactionIndex, index_scores, satisfaction_index

__all__ = [
    "ACSI",
    "CCSI",
    "ECSI",
    "MODELS",
    "SCSB",
    "ImportanceMap",
    "IndexModel",
    "IndexScores",
    "ModelMatch",
    "SatisfactionIndex",
    "fit_ecsi",
    "fit_index",
    "importance_performance_map",
    "index_model",
    "index_scores",
    "models_for",
    "satisfaction_index",
    "structure_for",
]
