"""Weights from how items go with an overall score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from crmlab._arguments import as_column, checked_arguments, same_rows
from crmlab.errors import DataError
from crmlab.satisfaction.importance import importance_performance
from crmlab.weights.base import Weighting, check_choice, check_table, normalised

__all__ = ["RegressionWeights", "regression_weights"]


@dataclass(frozen=True, eq=False)
class RegressionWeights(Weighting):
    """Weights from a regression on the overall score.

    Attributes
    ----------
    table
        Index: item; ``weight``, ``importance`` (relative weight, sums to R²; or standardised coefficient).
    r_squared
        Share of the overall score's variance that the items explain together.
    n
        Respondents with all answers.

    """

    table: pd.DataFrame
    r_squared: float
    n: int


@checked_arguments
def regression_weights(
    items: pd.DataFrame, overall: pd.Series | Sequence[float], *, method: str = "relative"
) -> RegressionWeights:
    r"""Weigh items by their part in explaining the overall score.

    Parameters
    ----------
    items
        A row for each respondent, a column for each item.
    overall
        Overall satisfaction of the same respondents.
    method
        ``"relative"`` (Johnson's relative weights; never negative, made for items that go together) or
        ``"standardised"`` (coefficients of standardised items).

    Returns
    -------
    RegressionWeights
        Respondents with a missing answer are left out and not counted in ``n``.

    Raises
    ------
    DataError
        Negative standardised coefficients, which cannot be weights; constant, duplicate or too many items.
    ParameterError
        Unknown method.

    Notes
    -----
    .. math:: \beta = R_{xx}^{-1} r_{xy}, \qquad \varepsilon = (R_{xx}^{1/2})^{\circ 2} (R_{xx}^{-1/2} r_{xy})^{\circ 2}

    divided by their sums; ε sums to R². Units do not matter. The weights are association within this survey, not
    effect; with a low R² they weigh noise. For intervals call `crmlab.satisfaction.importance_performance`, which
    computes the importances behind these weights.

    References
    ----------
    Johnson 2000, doi 10.1207/S15327906MBR3501_1.

    Checked against: a second implementation by singular values; pingouin.linear_regression (its relative importance averages
    over orders, which is the same for two items and close for more); numpy.linalg.lstsq on standardised columns.

    Examples
    --------
    >>> items = pd.DataFrame({"speed": [1, 2, 3, 4, 5, 5, 2], "price": [3, 1, 2, 5, 4, 2, 3]})
    >>> found = regression_weights(items, pd.Series([1, 2, 3, 5, 5, 4, 2]))
    >>> found.weights.round(3).to_dict(), round(found.r_squared, 3)
    ({'speed': 0.793, 'price': 0.207}, 0.944)

    """
    check_choice("method", method, ("relative", "standardised"))
    if items.shape[1] < 2:
        raise DataError("Items come as a DataFrame with two columns or more, one for each item.")
    target = as_column(overall, "overall")
    same_rows(items=items, overall=overall)
    target = target.set_axis(items.index)
    complete = items.notna().all(axis=1).to_numpy() & target.notna().to_numpy()
    kept = check_table(items[complete], "items", least_rows=items.shape[1] + 3)
    found = importance_performance(
        kept,
        target[complete],
        method="relative_weight" if method == "relative" else "regression",
        scale=(float(kept.min().min()) - 1, float(kept.max().max()) + 1),
    )
    importance = found.table.set_index("item")["importance"].to_numpy(dtype="float64")
    if (importance < 0).any():
        problems = [f"{name!r}: {b:.3f}" for name, b in zip(kept.columns, importance, strict=True) if b < 0]
        raise DataError(
            "Some standardised coefficients are negative, so they cannot be weights.",
            problems=problems[:5],
            hint="Items that go together do this: use method='relative'.",
        )
    if importance.sum() <= 1e-12:
        raise DataError("The items explain nothing of the overall score, so they cannot be weighed by it.")
    weights = normalised(importance, kept.columns)
    table = pd.DataFrame({"weight": weights, "importance": importance}, index=kept.columns)
    return RegressionWeights(weights, f"regression_{method}", table, found.r_squared, len(kept))
