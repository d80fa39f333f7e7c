"""Analytic hierarchy process: weights from comparisons in pairs, and whether the comparisons fit together."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import DataError
from crmlab.weights._judgements import RANDOM_INDEX, Judgements, reciprocal, square
from crmlab.weights.base import (
    GivenWeights,
    Weighting,
    check_choice,
    check_weights,
    normalised,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["AHP", "RANDOM_INDEX", "AHPGroup", "Judgements", "ahp", "ahp_group"]


@dataclass(frozen=True, eq=False)
class AHP(Weighting):
    """Weights from comparisons in pairs.

    Attributes
    ----------
    matrix
        The reciprocal matrix that was used.
    lambda_max
        Its greatest eigenvalue; the size of the matrix if the judgements fit together perfectly, else more.
    consistency_index, consistency_ratio
        CI and CR, by the eigenvalue whatever the method of the weights; up to 0.10 is Saaty's rule.
    geometric_consistency_index
        GCI, the measure that belongs to the geometric mean (0.31, 0.35, 0.37 at sizes 3, 4, more go with CR 0.10);
        missing below size 3.
    judgements
        A row for each pair, the one to look at again first: ``row``, ``column``, ``given``, ``consistent`` (the ratio of
        the weights), ``deviation`` (ε = given / consistent, 1 if it fits), ``ratio_after`` (CR with this one judgement
        replaced by its consistent value).

    """

    matrix: pd.DataFrame
    lambda_max: float
    consistency_index: float
    consistency_ratio: float
    geometric_consistency_index: float
    judgements: pd.DataFrame
    random_index: str

    @property
    def consistent(self) -> bool:
        """Whether CR is at most 0.10."""
        return self.consistency_ratio <= 0.10

    @property
    def look_again(self) -> tuple[Hashable, Hashable] | None:
        """The pair whose judgement deviates most from the weights; None if all fit (or there is but one pair)."""
        if self.judgements.empty or np.isclose(self.judgements["deviation"], 1, rtol=1e-9, atol=0).all():
            return None
        first = self.judgements.iloc[0]
        return first["row"], first["column"]


@dataclass(frozen=True, eq=False)
class AHPGroup(Weighting):
    """Weights of several judges.

    Attributes
    ----------
    judges
        Each judge's own result.
    joint
        Result of the joined matrix; None when priorities were joined.
    table
        A row for each judge: ``consistency_ratio``, ``distance`` (greatest difference between the judge's weights and the
        group's), ``rank_correlation`` (Spearman, with the group's weights; missing where either has no order).
    aggregate
        ``"judgements"`` or ``"priorities"``.

    """

    judges: Mapping[Hashable, AHP]
    joint: AHP | None
    table: pd.DataFrame
    aggregate: str
    judge_weights: pd.Series = field(repr=False)


@checked_arguments
def ahp(
    judgements: Judgements,
    *,
    names: Sequence[str] | None = None,
    method: str = "eigenvector",
    random_index: str = "saaty",
    largest: float | None = 9.0,
) -> AHP:
    r"""Weigh items by comparisons in pairs.

    Parameters
    ----------
    judgements
        Square table with the same names on rows and columns: cell (i, j) says how many times as important i is as j
        (1 equal, 3 moderately, 5 strongly, 7 very strongly, 9 extremely more; 1/3 … 1/9 less). Or a mapping
        ``{(i, j): number}``, or an array. One cell of a pair is enough: the other is its reciprocal. If both are given
        they must be reciprocal within 2 % (0.33 for 1/3 passes) and the one of 1 or more is taken, as the rounded one is
        the fraction.
    names
        Names of the items of an array; for a mapping, their order.
    method
        ``"eigenvector"`` (Saaty) or ``"geometric_mean"`` of rows (logarithmic least squares). Equal up to size 3 and for
        consistent matrices, close for those nearly so.
    random_index
        ``"saaty"`` (1980) or ``"alonso_lamata"`` (2006): the table that CI is divided by; see `RANDOM_INDEX`.
    largest
        Greatest number of the scale; judgements beyond it are refused as slips. None lifts the limit.

    Returns
    -------
    AHP

    Raises
    ------
    DataError
        Pairs without a judgement, pairs that contradict their reciprocal, numbers that are 0, negative or off the scale, a
        diagonal other than 1, more than 15 items (all pairs told at once, the first ten shown).
    ParameterError
        Unknown method or table.

    Notes
    -----
    .. math:: A w = \lambda_{\max} w, \quad CI = \frac{\lambda_{\max} - n}{n - 1}, \quad CR = CI / RI_n, \quad
              \varepsilon_{ij} = a_{ij} w_j / w_i, \quad
              GCI = \frac{2}{(n-1)(n-2)} \sum_{i<j} \ln^2 \varepsilon_{ij}

    (GCI with the weights of the geometric mean.) Assumes that judges mean ratios by their words. A good CR says that
    judgements fit together, not that they are right. Do not mend judgements to reach 0.10: ask the judge to look again,
    and leave it if it is meant. Adding an alternative can reverse the order of others where weights are normalised
    over alternatives.

    References
    ----------
    Saaty 1980, *The Analytic Hierarchy Process*; Saaty 2003, doi 10.1016/S0377-2217(02)00227-8 (ε); Saaty 2008, doi
    10.1504/IJSSCI.2008.017590; Crawford & Williams 1985, doi 10.1016/0022-2496(85)90002-1; Aguarón & Moreno-Jiménez 2003,
    doi 10.1016/S0377-2217(02)00255-2 (GCI); Alonso & Lamata 2006, doi 10.1142/S0218488506004114.

    Checked against: Saaty 2008, drinks consumed in the US (weights, λ, CR); power iteration; random matrices for the table
    of random indices.

    Examples
    --------
    >>> found = ahp({("quality", "price"): 3, ("quality", "speed"): 5, ("price", "speed"): 2})
    >>> found.weights.round(3).to_dict()
    {'quality': 0.648, 'price': 0.23, 'speed': 0.122}
    >>> round(found.consistency_ratio, 4), found.consistent
    (0.0032, True)

    """
    check_choice("method", method, ("eigenvector", "geometric_mean"))
    check_choice("random_index", random_index, RANDOM_INDEX)
    matrix = reciprocal(square(judgements, names), largest)
    return _solve(matrix, method, random_index)


@checked_arguments
def ahp_group(
    judges: Mapping[str, Judgements] | Sequence[Judgements],
    *,
    aggregate: str = "judgements",
    judge_weights: GivenWeights | None = None,
    names: Sequence[str] | None = None,
    method: str = "eigenvector",
    random_index: str = "saaty",
    largest: float | None = 9.0,
) -> AHPGroup:
    r"""Join the comparisons of several judges.

    Parameters
    ----------
    judges
        Each judge's judgements, by name or in a list (then named 1, 2, …), about the same items.
    aggregate
        ``"judgements"``: the geometric mean of each cell, then weights; for a group that acts as one.
        ``"priorities"``: each judge's weights, then their geometric mean, divided by its sum; for judges who stay
        individuals.
    judge_weights
        How much each judge counts; by default all alike.
    names, method, random_index, largest
        As in `ahp`.

    Returns
    -------
    AHPGroup
        With ``method="geometric_mean"`` both ways give the same weights.

    Raises
    ------
    DataError
        As in `ahp`, with the judge's name; judges who compare different items; no judge.

    Notes
    -----
    .. math:: \bar a_{ij} = \prod_k \bigl(a_{ij}^{(k)}\bigr)^{v_k} \quad\text{or}\quad
              w_i \propto \prod_k \bigl(w_i^{(k)}\bigr)^{v_k}

    The geometric mean is the only one that keeps matrices reciprocal. The joint matrix is nearly always more consistent
    than its judges: look at ``table`` for each one's CR. A mean of two camps is nobody's opinion: look at ``distance``.

    References
    ----------
    Aczél & Saaty 1983, doi 10.1016/0022-2496(83)90028-7; Forman & Peniwati 1998, doi 10.1016/S0377-2217(97)00244-0.

    Checked against: geometric means by hand; equality of both ways under the geometric mean.

    Examples
    --------
    >>> found = ahp_group([{("a", "b"): 4}, {("a", "b"): 1}])
    >>> found.weights.round(4).to_dict()
    {'a': 0.6667, 'b': 0.3333}

    """
    check_choice("aggregate", aggregate, ("judgements", "priorities"))
    if isinstance(judges, Mapping):
        named: dict[Hashable, Judgements] = {judge: judges[judge] for judge in judges}
    else:
        named = {**dict(enumerate(judges, start=1))}
    if not named:
        raise DataError("There is no judge.")
    singles: dict[Hashable, AHP] = {}
    items: pd.Index | None = None
    for judge, given in named.items():
        try:
            single = ahp(given, names=names, method=method, random_index=random_index, largest=largest)
        except DataError as error:
            raise DataError(
                f"Judge {judge!r}: {error.message}", problems=error.problems, hint=error.hint
            ) from error
        if items is None:
            items = single.weights.index
        elif set(items) != set(single.weights.index):
            other = sorted(map(str, set(items) ^ set(single.weights.index)))
            raise DataError(f"Judge {judge!r} compares other items than the first judge.", problems=other[:5])
        elif not single.weights.index.equals(items):
            single = _solve(single.matrix.loc[items, items], method, random_index)
        singles[judge] = single
    assert items is not None
    shares = check_weights(
        judge_weights if judge_weights is not None else [1.0] * len(singles), pd.Index(list(singles))
    )
    joint = None
    if aggregate == "judgements":
        logs = np.stack([np.log(s.matrix.to_numpy()) for s in singles.values()])
        mean = np.exp(np.tensordot(shares.to_numpy(), logs, axes=1))
        joint = _solve(pd.DataFrame(mean, index=items, columns=items), method, random_index)
        weights = joint.weights
    else:
        logs = np.stack([np.log(s.weights.to_numpy()) for s in singles.values()])
        weights = normalised(np.exp(shares.to_numpy() @ logs), items)
    table = pd.DataFrame(
        {
            "consistency_ratio": [s.consistency_ratio for s in singles.values()],
            "distance": [float((s.weights - weights).abs().max()) for s in singles.values()],
            "rank_correlation": [_spearman(s.weights, weights) for s in singles.values()],
        },
        index=pd.Index(list(singles), name="judge"),
    )
    return AHPGroup(weights, f"ahp_group_{aggregate}", singles, joint, table, aggregate, shares)


def _spearman(a: pd.Series, b: pd.Series) -> float:
    # ties by rounding error would count as an order
    return float(pd.DataFrame({"a": a, "b": b}).round(12).rank().corr().to_numpy()[0, 1])


def _lambda_max(a: Array) -> Array:
    return np.asarray(np.linalg.eigvals(a).real.max(axis=-1))


def _solve(matrix: pd.DataFrame, method: str, random_index: str) -> AHP:
    a, n = matrix.to_numpy(), len(matrix)
    rows = np.exp(np.log(a).mean(axis=1))
    geometric = rows / rows.sum()
    values, vectors = np.linalg.eig(a)
    k = int(values.real.argmax())
    principal = np.abs(vectors[:, k].real)
    w = principal / principal.sum() if method == "eigenvector" else geometric
    lambda_max = max(float(values[k].real), float(n))
    upper = np.triu_indices(n, 1)
    ri = RANDOM_INDEX[random_index][n - 1]

    def ratio(lam: Array) -> Array:
        ci = np.maximum(lam - n, 0) / max(n - 1, 1)
        return np.asarray(ci / ri if ri else ci * 0)

    consistent = w[upper[0]] / w[upper[1]]
    given = a[upper]
    changed = np.repeat(a[None], len(given), axis=0)
    which = np.arange(len(given))
    changed[which, upper[0], upper[1]] = consistent
    changed[which, upper[1], upper[0]] = 1 / consistent
    pairs = pd.DataFrame(
        {
            "row": matrix.index[upper[0]],
            "column": matrix.index[upper[1]],
            "given": given,
            "consistent": consistent,
            "deviation": given / consistent,
            "ratio_after": ratio(_lambda_max(changed)) if len(given) else np.empty(0),
        }
    )
    order = np.argsort(-np.abs(np.log(pairs["deviation"].to_numpy())), kind="stable")
    gci = float("nan")
    if n > 2:
        eps = np.log(given * geometric[upper[1]] / geometric[upper[0]])
        gci = float(2 / ((n - 1) * (n - 2)) * (eps**2).sum())
    return AHP(
        weights=normalised(w, matrix.index),
        method=f"ahp_{method}",
        matrix=matrix,
        lambda_max=lambda_max,
        consistency_index=(lambda_max - n) / max(n - 1, 1),
        consistency_ratio=float(ratio(np.asarray(lambda_max))),
        geometric_consistency_index=gci,
        judgements=pairs.iloc[order].reset_index(drop=True),
        random_index=random_index,
    )
