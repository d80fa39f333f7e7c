"""Amounts far from all others: a rule that the outliers themselves cannot move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["FEWEST", "LIMIT", "TO_SIGMA", "ends", "farthest", "outlying"]

#: robust standard deviations from the median, from which on an amount is told
LIMIT = 3.5
#: positive amounts below which none is told
FEWEST = 20
#: the median absolute deviation of a normal distribution, in standard deviations
TO_SIGMA = 0.6745


def outlying(amounts: ArrayLike) -> NDArray[np.bool_]:
    r"""Tell which amounts lie far from all others, on the scale of logarithms.

    The modified z-score of :math:`x = \ln` amount is
    :math:`0.6745\,(x - \operatorname{median} x) / \operatorname{median}|x - \operatorname{median} x|`; an amount
    whose score lies beyond 3.5 on either side is told. Amounts of money are skewed, so that the logarithm, and not the
    amount, is near to normal; medians stay where they are whatever the outliers do.

    Parameters
    ----------
    amounts
        Amounts; zero and below (refunds) and NaN are left out and never outliers.

    Returns
    -------
    numpy.ndarray of bool
        One for each amount. All False where fewer than 20 are positive, or more than half of them are equal.

    References
    ----------
    Iglewicz, B., & Hoaglin, D. C. (1993). *How to Detect and Handle Outliers*. ASQC Quality Press.

    Examples
    --------
    >>> int(outlying([*range(50, 150), 9_000]).sum())
    1

    """
    values = np.asarray(amounts, dtype=np.float64)
    told = np.zeros(len(values), dtype=bool)
    positive = np.isfinite(values) & (values > 0)
    logs = np.log(values[positive])
    if len(logs) < FEWEST:
        return told
    far = np.abs(logs - np.median(logs))
    spread = float(np.median(far))
    if spread > 0:
        told[positive] = TO_SIGMA * far > LIMIT * spread
    return told


def farthest(amounts: ArrayLike) -> NDArray[np.intp]:
    """Return the places of the outlying amounts, the farthest first.

    >>> farthest([*range(50, 150), 9_000, 90_000]).tolist()
    [101, 100]
    """
    values = np.asarray(amounts, dtype=np.float64)
    at = np.flatnonzero(outlying(values))
    logs = np.log(values[at])
    middle = np.median(np.log(values[values > 0])) if len(at) else 0.0
    return at[np.argsort(-np.abs(logs - middle), kind="stable")]


def ends(amounts: ArrayLike, most: int) -> NDArray[np.intp]:
    """Return the places of the `most` smallest and the `most` largest positive amounts, in order; the first of equal ones.

    The outlying amounts that lie farthest are among them, whatever other amounts there are.

    >>> ends([5, 0, 1, 9, 7, 1], 1).tolist()
    [2, 3]
    """
    values = np.asarray(amounts, dtype=np.float64)
    at = np.flatnonzero(values > 0)
    return at[np.union1d(_smallest(values[at], most), _smallest(-values[at], most))]


def _smallest(values: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    if len(values) <= most:
        return np.arange(len(values))
    near = np.flatnonzero(values <= np.partition(values, most - 1)[most - 1])
    return near[np.argsort(values[near], kind="stable")[:most]]
