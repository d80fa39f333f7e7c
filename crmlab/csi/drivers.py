"""What moves an index, and how well it is done: the importance–performance map of a path model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.csi.scores import index_scores
from crmlab.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.pls import BootstrapResult, PLSResult, Structure

    Array = NDArray[np.float64]

__all__ = ["ImportanceMap", "importance_performance_map"]


@dataclass(frozen=True, eq=False)
class ImportanceMap:
    """What moves an index, and how well it is done (IPMA).

    ``constructs``: construct, importance (points of the target's index for one point of the construct's index, over all
    ways), importance_low, importance_high (NaN without resamples), performance (index 0–100). ``items``: construct, item,
    importance (for one point of the item on 0–100), performance.
    """

    target: str
    constructs: pd.DataFrame
    items: pd.DataFrame
    #: performance of the target, 0–100
    target_index: float

    @cached_property
    def mean_importance(self) -> float:
        """Mean importance of the constructs, where the map is usually cut."""
        return float(self.constructs["importance"].mean())

    @cached_property
    def mean_performance(self) -> float:
        """Mean performance of the constructs, where the map is usually cut."""
        return float(self.constructs["performance"].mean())

    def summary(self) -> pd.DataFrame:
        """Return the table of the constructs, most important first."""
        return self.constructs.sort_values("importance", ascending=False, ignore_index=True)


@checked_arguments
def importance_performance_map(
    result: PLSResult,
    *,
    target: str = "satisfaction",
    scale: tuple[float, float] = (1, 10),
    resamples: BootstrapResult | None = None,
) -> ImportanceMap:
    r"""Return importance (unstandardised total effect on the target's index) against performance (index 0–100).

    .. math:: \text{importance}_{i} = T_{i \to t}\, s_t / s_i

    with :math:`T` the standardised total effect and :math:`s` the standard deviations of the constructs' indices: the points
    by which the target's index rises when that of construct i rises by one, all its ways taken together. An item's
    importance is its construct's times its share of the block's weight.

    Parameters
    ----------
    result
        A fitted path model.
    target
        The construct to be moved.
    scale
        Least and greatest answer of the items.
    resamples
        What :func:`crmlab.pls.bootstrap` returned, for intervals of the importance.

    Returns
    -------
    ImportanceMap
        One row a construct that moves the target, with intervals where resamples are given.

    Raises
    ------
    ParameterError
        An unknown target, or one that nothing drives.

    Notes
    -----
    Effects are those of a regression: they tell what to try, and only an experiment tells what will happen.

    References
    ----------
    Ringle & Sarstedt 2016, doi 10.1108/IMDS-10-2015-0449.

    Checked against: ordinary least squares on the constructs' indices.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.pls import Structure, fit_pls
    >>> data = pd.DataFrame({"a": [2, 5, 8, 9, 4, 7] * 10, "b": [3, 5, 9, 8, 3, 8] * 10})
    >>> fit = fit_pls(data, Structure({"quality": ["a"], "satisfaction": ["b"]}, [("quality", "satisfaction")]))
    >>> importance_performance_map(fit).summary()[["construct", "importance", "performance"]].round(2).values.tolist()
    [['quality', 0.95, 53.7]]

    """
    names = result.structure.constructs
    if target not in result.structure.endogenous:
        raise ParameterError(
            f"Nothing in the model drives {target!r}.",
            hint=f"Targets can be: {', '.join(result.structure.endogenous)}.",
        )
    scores = index_scores(result, scale=scale)
    t = names.index(target)
    sources = [i for i in range(len(names)) if _reaches(result.structure, names[i], target)]
    sd = scores.table["sd"].to_numpy(dtype=float)
    importance = result.total_effect_values[:, t] * sd[t] / sd
    low = high = np.full(len(names), np.nan)
    if resamples is not None:
        draws = resamples.total_effect_draws[:, :, t] * _index_sd_ratio(resamples, t)
        low, high = resamples.interval(draws)
    performance = scores.table["index"].to_numpy(dtype=float)
    constructs = pd.DataFrame(
        {
            "construct": [names[i] for i in sources],
            "importance": importance[sources],
            "importance_low": low[sources],
            "importance_high": high[sources],
            "performance": performance[sources],
        }
    )
    items = scores.weights[scores.weights["construct"].isin(constructs["construct"])]
    effect = dict(zip(constructs["construct"], constructs["importance"], strict=True))
    item_table = pd.DataFrame(
        {
            "construct": items["construct"],
            "item": items["item"],
            "importance": items["weight"] * items["construct"].map(effect),
            "performance": items["score"],
        }
    ).reset_index(drop=True)
    return ImportanceMap(target, constructs, item_table, float(performance[t]))


def _index_sd_ratio(resamples: BootstrapResult, target: int) -> Array:
    """Return s_target / s_i in each resample: scores have s.d. 1, an index 1 over its block's absolute raw weights."""
    total = np.abs(resamples.weight_draws / resamples.sd_draws) @ resamples.fit.structure.membership
    return np.asarray(total / total[:, [target]])


def _reaches(structure: Structure, source: str, target: str) -> bool:
    return any(s == source and (t == target or _reaches(structure, t, target)) for s, t in structure.paths)
