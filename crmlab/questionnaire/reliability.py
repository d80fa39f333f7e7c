"""Cronbach's alpha: reliability of a scale, and what each item adds to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import DataError, ParameterError
from crmlab.questionnaire.answers import complete_answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["AlphaResult", "cronbach_alpha"]


@dataclass(frozen=True, eq=False)
class AlphaResult:
    """Cronbach's alpha of a scale.

    ``raw`` rests on the items' covariances (the sum of the answers as they are), ``standardised`` on their correlations
    (each item scaled to variance 1): two numbers, two names. ``low`` and ``high`` belong to ``raw``.
    """

    raw: float
    standardised: float
    low: float
    high: float
    confidence: float
    #: respondents used
    n: int
    #: items
    k: int
    #: respondents left out for a missing answer
    n_dropped: int
    #: item, n, mean, sd, item_total (corrected correlation with the sum of the other items), alpha_if_dropped (raw)
    items: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return one row: raw, standardised, low, high, confidence, n, k, n_dropped."""
        names = ("raw", "standardised", "low", "high", "confidence", "n", "k", "n_dropped")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])


@checked_arguments
def cronbach_alpha(items: pd.DataFrame, *, confidence: float = 0.95) -> AlphaResult:
    r"""Return Cronbach's alpha of a scale, with an interval and an analysis of its items.

    .. math:: \alpha = \frac{k}{k-1}\left(1 - \frac{\sum_i \sigma_i^2}{\sigma_{\text{sum}}^2}\right)

    Parameters
    ----------
    items
        A row for each respondent, a column for each item of one scale (numbers). Missing rule: respondents with a missing
        answer are left out and counted (listwise). Items worded the other way round must be recoded first.
    confidence
        Level of the interval, between 0 and 1.

    Returns
    -------
    AlphaResult
        ``.items["alpha_if_dropped"]`` is NaN in a scale of two items.

    Raises
    ------
    DataError
        Fewer than two items or three complete respondents, words for numbers, or items on which all answer alike.
    ParameterError
        `confidence` outside (0, 1).

    Notes
    -----
    The interval is Feldt's: :math:`(1-\alpha)/(1-\hat\alpha)` follows F with :math:`(n-1)` and :math:`(n-1)(k-1)`
    degrees of freedom when items are parallel and normal. Alpha is a lower bound of reliability when errors are
    uncorrelated; it grows with the number of items, and **does not show that the scale has one dimension**. Negative
    values mean items that run against each other. Do not use it for a block whose items make up the construct
    (formative), nor for a single item.

    References
    ----------
    Cronbach 1951, doi 10.1007/BF02310555; Feldt, Woodruff & Salih 1987, doi 10.1177/014662168701100107.

    Checked against: R psych 2.2.9 on R's `attitude` data (raw .8431, standardised .8391); pingouin.cronbach_alpha (value
    and interval).

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 2, 3, 5, 5], "c": [1, 3, 3, 4, 4]})
    >>> alpha = cronbach_alpha(answers)
    >>> round(alpha.raw, 4), alpha.n, alpha.k
    (0.9538, 5, 3)

    """
    if not 0 < confidence < 1:
        raise ParameterError(f"confidence={confidence} must lie between 0 and 1, as in 0.95.")
    values, n_dropped = complete_answers(items)
    n, k = values.shape
    covariance = np.cov(values, rowvar=False)
    sd = np.sqrt(np.diag(covariance))
    raw = _alpha(covariance)
    low, high = _feldt(raw, n, k, confidence)
    return AlphaResult(
        raw=raw,
        standardised=_alpha(covariance / np.outer(sd, sd)),
        low=low,
        high=high,
        confidence=confidence,
        n=n,
        k=k,
        n_dropped=n_dropped,
        items=_analyse(list(items.columns), values, covariance),
    )


def _alpha(matrix: NDArray[np.float64]) -> float:
    k = len(matrix)
    total = matrix.sum()
    if total <= 1e-12 * np.trace(matrix):
        raise DataError(
            "The sum of the items does not vary, so alpha is not defined.",
            hint="Items that run against each other cancel out: recode the items worded the other way round.",
        )
    return float(k / (k - 1) * (1 - np.trace(matrix) / total))


def _feldt(alpha: float, n: int, k: int, confidence: float) -> tuple[float, float]:
    from scipy.stats import f

    tail = (1 - confidence) / 2
    degrees = n - 1, (n - 1) * (k - 1)
    low = 1 - (1 - alpha) * float(f.ppf(1 - tail, *degrees))
    high = 1 - (1 - alpha) * float(f.ppf(tail, *degrees))
    return low, high


def _analyse(
    names: list[object], values: NDArray[np.float64], covariance: NDArray[np.float64]
) -> pd.DataFrame:
    n, k = values.shape
    row_sum, total = covariance.sum(axis=1), covariance.sum()
    variance = np.diag(covariance)
    rest_variance = total - 2 * row_sum + variance
    with np.errstate(divide="ignore", invalid="ignore"):
        item_total = (row_sum - variance) / np.sqrt(variance * rest_variance)
        share = (variance.sum() - variance) / rest_variance
        dropped = (k - 1) / (k - 2) * (1 - share) if k > 2 else np.full(k, np.nan)
    return pd.DataFrame(
        {
            "item": names,
            "n": n,
            "mean": values.mean(axis=0),
            "sd": np.sqrt(variance),
            "item_total": item_total,
            "alpha_if_dropped": dropped,
        }
    )
