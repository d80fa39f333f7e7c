"""Weights taken from the data themselves: entropy, CRITIC, principal components."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import DataError, ParameterError
from crmlab.weights.base import Weighting, check_choice, check_cost, check_table, normalised

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["DataWeights", "critic_weights", "entropy_weights", "pca_weights"]


@dataclass(frozen=True, eq=False)
class DataWeights(Weighting):
    """Weights taken from the data.

    Attributes
    ----------
    table
        Index: item; ``weight`` and what it was made of (entropy: ``entropy``, ``divergence``; CRITIC: ``sd``, ``conflict``,
        ``information``; PCA: ``communality`` and a column for each retained component's loadings).
    constant
        Items that do not vary; their weight is 0, for they tell nothing apart.

    """

    table: pd.DataFrame
    constant: tuple[Hashable, ...]

    def summary(self) -> pd.DataFrame:
        """Return item, weight, rank and what the weight was made of, heaviest first."""
        return super().summary().merge(self.table.drop(columns="weight"), left_on="item", right_index=True)


@checked_arguments
def entropy_weights(table: pd.DataFrame, *, normalise: str = "sum", cost: Iterable[str] = ()) -> DataWeights:
    r"""Weigh items by how unevenly they are spread over the rows.

    Parameters
    ----------
    table
        A row for each alternative (company, branch, respondent), a column for each item; two rows or more.
    normalise
        ``"sum"``: shares of the column's sum; needs numbers of 0 or more on a ratio scale, and the unit does not matter.
        ``"minmax"``: first to 0–1 within the column; takes any numbers, and neither unit nor origin matters.
    cost
        Items of which less is better; only for ``"minmax"``, which turns them round.

    Returns
    -------
    DataWeights
        A zero contributes 0 (the limit of p ln p): no small number is added. A constant item has entropy 1, weight 0.

    Raises
    ------
    DataError
        Numbers below 0 or a column of zeros (``"sum"``), missing cells, items that are all constant.
    ParameterError
        Unknown `normalise`; `cost` together with ``"sum"``, where direction does not enter.

    Notes
    -----
    .. math:: p_{ij} = \frac{x_{ij}}{\sum_i x_{ij}}, \quad e_j = -\frac{1}{\ln m} \sum_i p_{ij} \ln p_{ij}, \quad
              w_j = \frac{1 - e_j}{\sum_k (1 - e_k)}

    The weight is one of information in *this* table: items on which the rows differ. It is no importance to customers: an
    item that all do badly gets nothing. One outlier can take the whole weight. Do not use ``"sum"`` for scales whose zero is
    arbitrary (1–5 answers, degrees): a shift would change the weights.

    References
    ----------
    Shannon 1948, doi 10.1002/j.1538-7305.1948.tb01338.x; Hwang & Yoon 1981, doi 10.1007/978-3-642-48318-9, chapter III.

    Checked against: scipy.stats.entropy; sums by hand.

    Examples
    --------
    >>> branches = pd.DataFrame({"sales": [10, 20, 70], "staff": [5, 6, 7], "country": [1, 1, 1]})
    >>> found = entropy_weights(branches)
    >>> found.weights.round(3).to_dict(), found.constant
    ({'sales': 0.97, 'staff': 0.03, 'country': 0.0}, ('country',))

    """
    check_choice("normalise", normalise, ("sum", "minmax"))
    numbers = check_table(table, "table", positive=normalise == "sum")
    less = check_cost(cost, numbers.columns)
    x, constant = numbers.to_numpy(), _constant(numbers)
    if normalise == "sum":
        if less.any():
            raise ParameterError(
                "cost has no meaning with normalise='sum': entropy by shares knows no direction.",
                hint="Leave cost out, or use normalise='minmax'.",
            )
        zeros = numbers.columns[x.sum(axis=0) <= 0].tolist()
        if zeros:
            raise DataError("Some columns hold nothing but zeros.", problems=[repr(z) for z in zeros[:5]])
    else:
        x = _minmax(x, less)
    total = x.sum(axis=0)
    shares = np.divide(x, total, out=np.full_like(x, 1 / len(x)), where=total > 0)
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    entropy = np.where(constant, 1.0, -(shares * logs).sum(axis=0) / np.log(len(x)))
    divergence = np.clip(1 - entropy, 0, None)
    if constant.all() or divergence.sum() <= 0:
        raise DataError("No item varies over the rows, so the data cannot weigh them.")
    weights = normalised(divergence, numbers.columns)
    parts = pd.DataFrame(
        {"weight": weights, "entropy": entropy, "divergence": divergence}, index=numbers.columns
    )
    return DataWeights(weights, f"entropy_{normalise}", parts, tuple(numbers.columns[constant]))


@checked_arguments
def critic_weights(table: pd.DataFrame, *, cost: Iterable[str] = ()) -> DataWeights:
    r"""Weigh items by contrast (spread) and conflict (low correlation with the others).

    Parameters
    ----------
    table
        A row for each alternative, a column for each item; three rows or more, any numbers.
    cost
        Items of which less is better; they are turned round, which turns their correlations.

    Returns
    -------
    DataWeights
        Constant items get 0 and stay out of the others' conflict.

    Raises
    ------
    DataError
        Missing cells, too few rows, fewer than two items that vary, items that all carry the same information.
    ParameterError
        `cost` names no column.

    Notes
    -----
    With columns scaled to 0–1:

    .. math:: C_j = \sigma_j \sum_k (1 - r_{jk}), \qquad w_j = C_j / \sum_k C_k

    Unit and origin do not matter. Two items that measure the same share their weight, unlike with entropy. With few rows
    the correlations, and so the weights, are mostly chance; and an item that goes against all others (a slip in its
    direction, for one) gets the most: check `cost` first.

    References
    ----------
    Diakoulaki, Mavrotas & Papayannakis 1995, doi 10.1016/0305-0548(94)00059-H.

    Checked against: a second implementation by single loops.

    Examples
    --------
    >>> offers = pd.DataFrame({"price": [9, 7, 4, 3], "quality": [9, 8, 5, 4], "speed": [2, 9, 3, 7]})
    >>> critic_weights(offers, cost=["price"]).weights.round(3).to_dict()
    {'price': 0.345, 'quality': 0.409, 'speed': 0.246}

    """
    numbers = check_table(table, "table", least_rows=3)
    less = check_cost(cost, numbers.columns)
    constant = _constant(numbers)
    if (~constant).sum() < 2:
        raise DataError(
            f"CRITIC needs two items that vary; {int((~constant).sum())} of {len(constant)} do.",
            hint="Use entropy_weights, or weigh by judgement.",
        )
    x = _minmax(numbers.to_numpy(), less)[:, ~constant]
    sd = np.zeros(len(constant))
    conflict = np.zeros(len(constant))
    sd[~constant] = x.std(axis=0, ddof=1)
    conflict[~constant] = (1 - np.corrcoef(x, rowvar=False)).sum(axis=1)
    information = sd * conflict
    if information.sum() <= 1e-9:
        raise DataError(
            "All items rise and fall together, so CRITIC finds no conflict to weigh by.",
            hint="One of them says it all.",
        )
    weights = normalised(np.clip(information, 0, None), numbers.columns)
    parts = pd.DataFrame(
        {"weight": weights, "sd": sd, "conflict": conflict, "information": information}, index=numbers.columns
    )
    return DataWeights(weights, "critic", parts, tuple(numbers.columns[constant]))


@checked_arguments
def pca_weights(
    items: pd.DataFrame, *, method: str = "communality", n_components: int | None = None
) -> DataWeights:
    r"""Weigh items by principal components of their correlations.

    Parameters
    ----------
    items
        A row for each respondent or alternative, a column for each item; more rows than items advised.
    method
        ``"communality"``: each item's share of the variance that the retained components explain; never negative, the same
        after any rotation. ``"first"``: coefficients of the first component. ``"composite"``: coefficients of all retained
        components, each weighed by its share of variance (usual in Chinese textbooks); components are turned so that their
        loadings sum to a positive number.
    n_components
        How many to retain; by default those with an eigenvalue above 1 (Kaiser), at least one.

    Returns
    -------
    DataWeights

    Raises
    ------
    DataError
        Missing cells, constant items only, coefficients of both signs (``"first"``, ``"composite"``), which cannot be
        weights.
    ParameterError
        Unknown method, `n_components` out of range; all components with ``"communality"``, which would make all
        items equal.

    Notes
    -----
    With eigenvalues λ and eigenvectors v of the correlation matrix, K components retained:

    .. math:: \text{communality}_j = \sum_{k \le K} \lambda_k v_{jk}^2, \qquad
              \text{composite}_j = \sum_{k \le K} \frac{\lambda_k}{\sum_{l \le K} \lambda_l} v_{jk}

    divided by their sums. Components are found to keep variance, not to say what matters: items that repeat each other gain
    weight. Do not use them where items are uncorrelated, or where the index is to predict something (`regression_weights`).

    References
    ----------
    Nardo et al. 2008, *Handbook on Constructing Composite Indicators*, doi 10.1787/9789264043466-en; Kaiser 1960, doi
    10.1177/001316446002000116.

    Checked against: sklearn.decomposition.PCA on standardised items.

    Examples
    --------
    >>> answers = pd.DataFrame({"fit": [1, 2, 3, 4, 5], "finish": [2, 1, 3, 5, 4], "price": [2, 3, 1, 5, 3]})
    >>> pca_weights(answers).weights.round(3).to_dict()
    {'fit': 0.36, 'finish': 0.393, 'price': 0.247}

    """
    check_choice("method", method, ("communality", "first", "composite"))
    numbers = check_table(items, "items", least_rows=3)
    constant = _constant(numbers)
    x = numbers.to_numpy()[:, ~constant]
    p = x.shape[1]
    if p < 2:
        raise DataError(f"Principal components need two items that vary; {p} of {len(constant)} do.")
    values, vectors = np.linalg.eigh(np.corrcoef(x, rowvar=False))
    values, vectors = values[::-1], vectors[:, ::-1]
    retained = _retained(values, n_components, method)
    values, vectors = values[:retained], vectors[:, :retained]
    signs = np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)
    vectors = vectors * signs
    communality = (values * vectors**2).sum(axis=1)
    if method == "communality":
        raw = communality
    elif method == "first":
        raw = vectors[:, 0]
    else:
        raw = vectors @ (values / values.sum())
    raw = np.where(np.abs(raw) < 1e-12, 0.0, raw)
    names = numbers.columns[~constant]
    if (raw < 0).any():
        raise DataError(
            "Some coefficients are negative, so they cannot be weights.",
            problems=[f"{names[i]!r}: {raw[i]:.3f}" for i in np.flatnonzero(raw < 0)[:5]],
            hint="Turn items round that are asked the other way, or use method='communality'.",
        )
    weights = normalised(raw, names).reindex(numbers.columns, fill_value=0.0)
    loadings = pd.DataFrame(
        vectors * np.sqrt(values),
        index=names,
        columns=[f"loading_{k + 1}" for k in range(retained)],
    )
    parts = pd.concat([weights, pd.Series(communality, index=names, name="communality"), loadings], axis=1)
    return DataWeights(weights, f"pca_{method}", parts, tuple(numbers.columns[constant]))


def _retained(values: Array, n_components: int | None, method: str) -> int:
    p = len(values)
    if n_components is None:
        kept = max(int((values > 1 + 1e-12).sum()), 1)
    elif not 1 <= n_components <= p:
        raise ParameterError(f"n_components={n_components} must lie between 1 and {p}.")
    else:
        kept = n_components
    if method == "communality" and kept == p:
        raise ParameterError(
            f"With all {p} components every item has the same communality, 1.", hint="Retain fewer."
        )
    return kept


def _constant(numbers: pd.DataFrame) -> NDArray[np.bool_]:
    x = numbers.to_numpy()
    # a mean of equal fractions is not exactly one of them, so compare the ends
    return np.asarray(np.ptp(x, axis=0) <= 1e-12 * np.abs(x).max(axis=0))


def _minmax(x: Array, less: NDArray[np.bool_]) -> Array:
    low, width = x.min(axis=0), np.ptp(x, axis=0)
    scaled = np.divide(x - low, width, out=np.zeros_like(x), where=width > 0)
    return np.asarray(np.where(less, 1 - scaled, scaled))
