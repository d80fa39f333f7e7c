"""A score by group, with intervals, and small groups kept back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._rows import check_columns
from crmlab.errors import DataError, ParameterError
from crmlab.satisfaction.checks import check_method
from crmlab.satisfaction.scores import ces, csat, nps

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GroupScores", "group_scores"]

MEASURES: dict[str, tuple[Callable[..., Any], str]] = {
    "csat": (csat, "share"),
    "nps": (nps, "nps"),
    "ces": (ces, "mean"),
}


@dataclass(frozen=True, eq=False)
class GroupScores:
    """One measure by group."""

    measure: str
    min_group: int
    #: group, n, n_missing, value, low, high, suppressed; value in the measure's unit (csat: fraction, nps: points, ces: scale)
    table: pd.DataFrame
    #: of all respondents with a group: value, low, high, n
    overall: pd.DataFrame
    #: rows without a group
    n_without_group: int
    #: of the intervals
    confidence: float = 0.95

    def summary(self) -> pd.DataFrame:
        """Return the table of the groups."""
        return self.table.copy()


@checked_arguments
def group_scores(
    df: pd.DataFrame,
    group: str,
    score: str,
    *,
    measure: str = "csat",
    min_group: int = 5,
    **options: Any,
) -> GroupScores:
    """Return CSAT, NPS or CES by group, with intervals.

    Parameters
    ----------
    df
        A row for each respondent.
    group, score
        Column of the group, column of the answer. Rows without a group are left out and counted.
    measure
        ``"csat"``, ``"nps"`` or ``"ces"``.
    min_group
        Groups with fewer answers are marked `suppressed`, their values NaN: they tell little, and may tell who said it.
    options
        Go to the measure: scale, top, method, confidence, …

    Returns
    -------
    GroupScores
        Groups in the order of their names (categories in theirs).

    Raises
    ------
    DataError
        Unknown columns (with "did you mean"), answers off the scale, no group at all.
    ParameterError
        Unknown measure, `min_group` below 1.

    Notes
    -----
    When only one group is suppressed, it can be worked out from the rest and the total: publish neither, or join groups.
    Many groups compared bring differences by chance: read intervals, not ranks.

    References
    ----------
    Those of :func:`csat`, :func:`nps` and :func:`ces`.

    Checked against: the measures called group by group.

    Examples
    --------
    >>> df = pd.DataFrame({"shop": ["A"] * 6 + ["B"] * 3, "score": [5, 4, 5, 3, 4, 5, 1, 2, 5]})
    >>> group_scores(df, "shop", "score").table[["group", "n", "value", "suppressed"]].round(2).to_dict("records")
    [{'group': 'A', 'n': 6, 'value': 0.83, 'suppressed': False}, {'group': 'B', 'n': 3, 'value': nan, 'suppressed': True}]

    """
    check_method("measure", measure, MEASURES)
    if min_group < 1:
        raise ParameterError(f"min_group={min_group} must be 1 or more.")
    check_columns(df, (group, score), what="data")
    function, value = MEASURES[measure]
    inside = df[df[group].notna()]
    if inside.empty:
        raise DataError(f"Column {group} is empty: there are no groups.")
    overall = function(
        inside[score], **options
    )  # refuses bad answers, with their rows, before groups are cut
    rows = []
    for key, part in inside.groupby(group, observed=True)[score]:
        n = int(part.notna().sum())
        row = {"group": key, "n": n, "n_missing": len(part) - n}
        if n < min_group:
            rows.append({**row, "value": math.nan, "low": math.nan, "high": math.nan, "suppressed": True})
        else:
            result = function(part, **options)
            at = getattr(result, value), result.low, result.high
            rows.append({**row, **dict(zip(("value", "low", "high"), at, strict=True)), "suppressed": False})
    total = pd.DataFrame(
        [{"value": getattr(overall, value), "low": overall.low, "high": overall.high, "n": overall.n}]
    )
    return GroupScores(
        measure, min_group, pd.DataFrame(rows), total, len(df) - len(inside), overall.confidence
    )
