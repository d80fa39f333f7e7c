"""The customer satisfaction index: ready path models (ECSI), scores on 0–100, and what moves them.

>>> structure = structure_for(["IMAG1", "IMAG2", "CUEX1", "PERQ1", "PERV1", "CUSA1", "CUSA2", "CUSCO", "CUSL1", "age"])
>>> structure.blocks["satisfaction"], structure.blocks["complaints"]
(('CUSA1', 'CUSA2'), ('CUSCO',))
"""

from crmlab.csi.drivers import ImportanceMap, importance_performance_map
from crmlab.csi.models import ECSI, IndexModel, fit_ecsi, structure_for
from crmlab.csi.scores import IndexScores, SatisfactionIndex, index_scores, satisfaction_index

__all__ = [
    "ECSI",
    "ImportanceMap",
    "IndexModel",
    "IndexScores",
    "SatisfactionIndex",
    "fit_ecsi",
    "importance_performance_map",
    "index_scores",
    "satisfaction_index",
    "structure_for",
]
