"""Q² by blindfolding: how well a model tells answers that were hidden from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import FitError, ParameterError
from crmlab.pls.refit import CONSTANT, refit, standard_items

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.pls.fit import PLSResult

    Array = NDArray[np.float64]

__all__ = ["Blindfolding", "blindfold"]


@dataclass(frozen=True, eq=False)
class Blindfolding:
    """Stone–Geisser's Q² of the constructs that the model explains.

    ``table``: construct, sse (squared errors of the model, standardised items), sso (squared errors of the mean), q_squared.
    ``items``: construct, item, sse, sso, q_squared.
    """

    #: every how many-th answer was hidden in a round
    distance: int
    table: pd.DataFrame
    items: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return construct, sse, sso, q_squared."""
        return self.table.copy()


@checked_arguments
def blindfold(result: PLSResult, distance: int = 7) -> Blindfolding:
    r"""Return the cross-validated redundancy Q² of each endogenous construct whose block is mode A.

    The answers of one block are counted through, item by item and within an item from the first respondent to the last;
    a round hides every `distance`-th answer, puts the mean of the item's remaining answers in its place, fits the whole
    model again, and tells the hidden answers from the constructs that drive the block. After `distance` rounds each
    answer was hidden once:

    .. math:: Q^2_j = 1 - \frac{\sum_{k,i} (x_{ik} - \hat x_{ik})^2}{\sum_{k,i} (x_{ik} - \bar x_{k})^2},
              \qquad \hat x_{ik} = \bar x_k + s_k \lambda_k \sum_{m \to j} \beta_{mj}\, \hat\xi_{im}

    with loading, path and score of the round's fit, and mean and standard deviation of the answers not hidden. Above 0 the
    model tells more than the mean does; Hair et al. call above 0, .25 and .50 small, medium and large.

    Parameters
    ----------
    result
        A fitted path model. Replaced missing answers count as answers.
    distance
        The omission distance D, usually 5 to 12; the respondents must not be a multiple of it, or whole respondents would
        be hidden, the same ones for every item.

    Returns
    -------
    Blindfolding
        Q² of each construct, with the sums of squares that it is made of.

    Raises
    ------
    ParameterError
        A distance below 2 or above half the respondents, or of which they are a multiple; no endogenous block of mode A.
    FitError
        A round's fit did not settle, or an item was constant in it.

    Notes
    -----
    Hidden answers are replaced, and their respondents' other answers are seen, so that Q² is no test on new respondents:
    use :func:`crmlab.pls.predict_pls` for that. Do not compare Q² between distances or between blocks with different items.

    References
    ----------
    Stone 1974, doi 10.1111/j.2517-6161.1974.tb00994.x; Geisser 1974, doi 10.1093/biomet/61.1.101; Tenenhaus et al. 2005,
    doi 10.1016/j.csda.2004.03.005; Hair et al. 2019, doi 10.1108/EBR-11-2018-0203.

    Checked against: a loop that hides, replaces and refits round by round.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from crmlab.pls import Structure, fit_pls
    >>> x = np.random.default_rng(3).normal(size=300)
    >>> data = pd.DataFrame({"a": x, "b": 0.8 * x + 0.6 * np.random.default_rng(4).normal(size=300)})
    >>> fit = fit_pls(data, Structure({"cause": ["a"], "effect": ["b"]}, [("cause", "effect")]))
    >>> q = blindfold(fit)
    >>> q.table["construct"][0], bool(abs(q.table["q_squared"][0] - fit.r_squared["r_squared"][0]) < 0.02)
    ('effect', True)

    """
    structure = result.structure
    targets = [c for c in structure.endogenous if structure.modes[c] == "A"]
    _check(result.n, distance, targets)
    z = standard_items(result)
    rounds = [
        _hidden(z, structure.construct_of_item, structure.constructs.index(c), distance) for c in targets
    ]
    mean, covariance = (np.concatenate([made[k] for made in rounds]) for k in (0, 1))
    constant = np.einsum("bii->bi", covariance) < CONSTANT
    fits = refit(result, mean, covariance, constant)
    failed = constant.any(axis=1) | ~fits["converged"]
    if failed.any():
        raise FitError(
            f"{int(failed.sum())} of {len(failed)} rounds of blindfolding could not be fitted.",
            hint="Take another distance, or leave out items that nearly all respondents answer alike.",
        )
    rows = []
    for at, (construct, (means, _, sd, hidden)) in enumerate(zip(targets, rounds, strict=True)):
        j = structure.constructs.index(construct)
        block = np.flatnonzero(structure.construct_of_item == j)
        here = slice(at * distance, (at + 1) * distance)
        paths = fits["path_draws"][here][:, structure.construct_of_item, j]
        told = z @ (fits["weight_draws"][here] * paths).T
        slope = sd * fits["loading_draws"][here][:, block]
        guess = means[:, None, block] + told.T[:, :, None] * slope[:, None, :]
        sse = (np.where(hidden, z[:, block] - guess, 0.0) ** 2).sum(axis=(0, 1))
        sso = (np.where(hidden, z[:, block] - means[:, None, block], 0.0) ** 2).sum(axis=(0, 1))
        rows += [
            {"construct": construct, "item": item, "sse": e, "sso": o}
            for item, e, o in zip(structure.blocks[construct], sse, sso, strict=True)
        ]
    items = pd.DataFrame(rows)
    table = items.groupby("construct", sort=False)[["sse", "sso"]].sum().reset_index()
    for frame in (items, table):
        frame["q_squared"] = 1 - frame["sse"] / frame["sso"]
    return Blindfolding(distance, table, items)


def _check(n: int, distance: int, targets: list[str]) -> None:
    if not targets:
        raise ParameterError("Q² is defined for explained constructs of mode A; the structure has none.")
    if not 2 <= distance <= n // 2:
        raise ParameterError(
            f"distance={distance} must lie between 2 and half the respondents ({n // 2}).",
            hint="Usual are 5 to 12.",
        )
    if n % distance == 0:
        usable = [d for d in range(5, 13) if n % d and d <= n // 2]
        raise ParameterError(
            f"The {n} respondents are a multiple of distance={distance}: whole respondents would be hidden.",
            hint=f"Take one of {', '.join(map(str, usable))}." if usable else "Take another distance.",
        )


def _hidden(
    z: Array, owner: NDArray[np.intp], j: int, distance: int
) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """Return means and covariances of block j's rounds, the s.d. of its seen answers, and its hidden cells.

    Shapes ``(D, p)``, ``(D, p, p)``, ``(D, K)``, ``(D, n, K)``.
    """
    n, p = z.shape
    block = np.flatnonzero(owner == j)
    place = np.arange(n)[:, None] + n * np.arange(block.size)
    hidden = place % distance == np.arange(distance)[:, None, None]
    seen = np.where(hidden, 0.0, z[:, block])
    count = (~hidden).sum(axis=1)
    block_mean = seen.sum(axis=1) / count
    centred = np.where(hidden, 0.0, z[:, block] - block_mean[:, None, :])
    mean = np.zeros((distance, p))
    mean[:, block] = block_mean
    covariance = np.repeat((z.T @ z / (n - 1))[None], distance, axis=0)
    covariance[:, block, :] = centred.transpose(0, 2, 1) @ z / (n - 1)
    covariance[:, :, block] = covariance[:, block, :].transpose(0, 2, 1)
    covariance[:, block[:, None], block] = centred.transpose(0, 2, 1) @ centred / (n - 1)
    sd = np.sqrt((centred**2).sum(axis=1) / (count - 1))
    return mean, covariance, sd, hidden
