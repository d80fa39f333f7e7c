"""Item analysis: how hard an item is to agree with, how well it tells high from low respondents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, float_table
from crmlab.errors import DataError, ParameterError
from crmlab.questionnaire.answers import complete_answers, plain
from crmlab.questionnaire.reliability import cronbach_alpha

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ItemAnalysis", "item_analysis"]


@dataclass(frozen=True, eq=False)
class ItemAnalysis:
    """What each item adds to a scale."""

    #: item, n, mean, sd, difficulty, floor, ceiling, lower_mean, upper_mean, discrimination, critical_ratio, critical_df,
    #: critical_p, item_total, alpha_if_dropped
    table: pd.DataFrame
    scale: tuple[float, float]
    group: float
    #: respondents in the upper and in the lower group (more than asked where totals tie)
    n_upper: int
    n_lower: int
    #: complete respondents, and those left out
    n: int
    n_dropped: int

    def summary(self) -> pd.DataFrame:
        """Return the table of the items."""
        return self.table.copy()


@checked_arguments
def item_analysis(
    items: pd.DataFrame, *, scale: tuple[float, float] = (1, 5), group: float = 0.27
) -> ItemAnalysis:
    r"""Return difficulty, discrimination and item–total correlation of each item of a scale.

    Parameters
    ----------
    items
        A row for each respondent, a column for each item of one scale, worded in one direction. Missing rule: respondents with
        a missing answer are left out and counted.
    scale
        Least and greatest answer.
    group
        Share of respondents in the upper and in the lower group by total score; Kelley's 27 % is the best compromise
        between extreme and large groups under normal totals. Respondents who tie with the last one of a group belong to it, so that
        the order of rows changes nothing.

    Returns
    -------
    ItemAnalysis
        ``difficulty``: mean on 0–1, :math:`(\bar x - \text{least})/(\text{greatest} - \text{least})` (1: everybody agrees wholly);
        ``floor``, ``ceiling``: shares at the ends; ``discrimination``: upper less lower group's difficulty, −1 to 1;
        ``critical_ratio``: Welch's t of the two groups' means (临界比) with its degrees of freedom and two-sided p (infinite, 0
        and NaN where neither group varies); ``item_total``: corrected, with the sum of the other items; ``alpha_if_dropped``.

    Raises
    ------
    DataError
        Answers off the scale, fewer than two items, items on which all answer alike, totals that are all equal.
    ParameterError
        `scale` that does not rise, `group` outside (0, 0.5].

    Notes
    -----
    Ebel's rule of thumb: discrimination of .40 and more is good, .30 acceptable, below .20 the item wants rewriting; a
    critical ratio below 3 is usually taken as too weak in Chinese practice. The item is part of the total that forms the
    groups, which flatters it in short scales: judge those by `item_total`. Do not drop items by numbers alone.

    References
    ----------
    Kelley 1939, doi 10.1037/h0057123; Ebel & Frisbie 1991, *Essentials of educational measurement*.

    Checked against: scipy.stats.ttest_ind (critical ratio), pandas (corrected correlation).

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 2, 3, 5, 5], "c": [1, 3, 3, 4, 4]})
    >>> item_analysis(answers, group=0.4).table[["item", "difficulty", "discrimination"]].round(3).to_dict("records")
    [{'item': 'a', 'difficulty': 0.5, 'discrimination': 0.75},
     {'item': 'b', 'difficulty': 0.6, 'discrimination': 0.75},
     {'item': 'c', 'difficulty': 0.5, 'discrimination': 0.5}]

    """
    least, greatest = scale
    if not least < greatest:
        raise ParameterError(f"scale={scale} must rise, from the least to the greatest answer, as in (1, 5).")
    if not 0 < group <= 0.5:
        raise ParameterError(f"group={group} must lie above 0 and not above 0.5, as in 0.27.")
    values, n_dropped = complete_answers(items, what="Item analysis")
    _check_range(items, least, greatest)
    total = values.sum(axis=1)
    if np.ptp(total) == 0:
        raise DataError("All respondents have the same total, so no groups can be formed.")
    size = max(1, round(group * len(total)))
    ordered = np.sort(total)
    low, high = total <= ordered[size - 1], total >= ordered[-size]
    if (low & high).any():
        raise DataError(
            "The upper and the lower group overlap, because many respondents have the same total.",
            hint="Take a smaller group, or more items.",
        )
    rows = cronbach_alpha(items).items
    lower, upper = values[low], values[high]
    ratio, df, p = _critical_ratio(upper, lower)
    span = greatest - least
    table = pd.DataFrame(
        {
            "item": list(items.columns),
            "n": len(values),
            "mean": rows["mean"],
            "sd": rows["sd"],
            "difficulty": (values.mean(axis=0) - least) / span,
            "floor": (values == least).mean(axis=0),
            "ceiling": (values == greatest).mean(axis=0),
            "lower_mean": lower.mean(axis=0),
            "upper_mean": upper.mean(axis=0),
            "discrimination": (upper.mean(axis=0) - lower.mean(axis=0)) / span,
            "critical_ratio": ratio,
            "critical_df": df,
            "critical_p": p,
            "item_total": rows["item_total"],
            "alpha_if_dropped": rows["alpha_if_dropped"],
        }
    )
    return ItemAnalysis(
        table,
        (float(least), float(greatest)),
        group,
        int(high.sum()),
        int(low.sum()),
        len(values),
        n_dropped,
    )


def _critical_ratio(
    upper: NDArray[np.float64], lower: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    from scipy.special import stdtr

    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [
            x.var(axis=0, ddof=1) / len(x) if len(x) > 1 else np.full(x.shape[1], np.nan)
            for x in (upper, lower)
        ]
        variance = parts[0] + parts[1]
        ratio = (upper.mean(axis=0) - lower.mean(axis=0)) / np.sqrt(variance)
        df = variance**2 / (parts[0] ** 2 / (len(upper) - 1) + parts[1] ** 2 / (len(lower) - 1))
        p = np.where(np.isinf(ratio), 0.0, 2 * stdtr(df, -np.abs(ratio)))
    return ratio, df, p


def _check_range(items: pd.DataFrame, least: float, greatest: float) -> None:
    numbers = float_table(items).to_numpy()
    with np.errstate(invalid="ignore"):
        cells = list(zip(*np.nonzero((numbers < least) | (numbers > greatest)), strict=True))
    if cells:
        raise DataError(
            f"{len(cells)} answers lie outside the scale {least:g} to {greatest:g}.",
            problems=[
                f"row {items.index[r]}, item {items.columns[c]}: {plain(items.iloc[r, c])!r}"
                for r, c in cells[:5]
            ],
            hint="Name the scale that was asked, as in scale=(1, 7), or correct the answers.",
        )
