"""Prediction of new respondents' answers by a path model, against a linear model of the items (PLSpredict)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import FitError, ParameterError
from crmlab.pls.refit import moments, refit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.pls.fit import PLSResult
    from crmlab.pls.structure import Structure

    Array = NDArray[np.float64]

__all__ = ["ANTECEDENTS", "Prediction", "predict_pls"]

ANTECEDENTS = ("direct", "earliest")


@dataclass(frozen=True, eq=False)
class Prediction:
    """Errors of prediction for respondents that the model had not seen.

    ``table``: construct, item, rmse, mae, rmse_linear, mae_linear (of the linear benchmark), q2_predict; errors in the
    item's own units. ``predicted``, ``predicted_linear``: a row for each respondent, a column for each item.
    """

    table: pd.DataFrame
    predicted: pd.DataFrame
    predicted_linear: pd.DataFrame
    folds: int
    repetitions: int
    antecedents: str

    def power(self, by: str = "rmse") -> str:
        """Return how the model does against the linear benchmark: ``high``, ``medium``, ``low`` or ``none``.

        High where its errors (`by` ``"rmse"`` or ``"mae"``) are the smaller ones for all items, medium for at least half of
        them, low for fewer, none for no item (Shmueli et al. 2019).
        """
        if by not in ("rmse", "mae"):
            raise ParameterError(f"by={by!r} is unknown; allowed: rmse, mae.")
        better = float((self.table[by] < self.table[f"{by}_linear"]).mean())
        return "high" if better == 1 else "medium" if better >= 0.5 else "low" if better > 0 else "none"

    def summary(self) -> pd.DataFrame:
        """Return the table of the items."""
        return self.table.copy()


@checked_arguments
def predict_pls(
    result: PLSResult,
    *,
    folds: int | Sequence[int] | NDArray[np.int64] = 10,
    repetitions: int = 1,
    rng: np.random.Generator | None = None,
    antecedents: str = "direct",
) -> Prediction:
    r"""Predict the answers of each fold of respondents by the model fitted to the others (k-fold cross-validation).

    From a new respondent's answers on the driving constructs come their scores, from these by the paths the score of the
    driven construct, and from that by loading, mean and standard deviation the answer:
    :math:`\hat x_k = \bar x_k + s_k \lambda_k \sum_m \beta_m \hat\xi_m`. The benchmark regresses each item on all the
    items of the driving constructs. Where the model predicts no better than that, its constructs add nothing to
    prediction; where :math:`Q^2_{predict} \le 0`, it predicts no better than the mean of the others.

    .. math:: Q^2_{predict} = 1 - \frac{\sum_i (x_i - \hat x_i)^2}{\sum_i (x_i - \bar x_{train})^2}

    Parameters
    ----------
    result
        A fitted path model; scheme, convention and tolerance are taken over. Replaced missing answers count as answers.
    folds
        How many folds are drawn, 10 as a rule; or the fold of each respondent, as when households must stay together.
    repetitions
        How often folds are drawn anew; predictions are averaged before errors are taken.
    rng
        Source of random numbers for drawn folds.
    antecedents
        ``"direct"``: a construct is predicted from the constructs with a path to it, as in seminr's ``predict_DA``;
        ``"earliest"``: from the exogenous constructs only, over all ways (``predict_EA``).

    Returns
    -------
    Prediction
        RMSE and MAE of the model and of the linear benchmark for each driven item, and Q² of prediction.

    Raises
    ------
    ParameterError
        Fewer than 2 folds or more than respondents, folds without `rng`, an unknown name, folds of the wrong length.
    FitError
        The model could not be fitted to the respondents outside some fold.

    Notes
    -----
    Respondents must be independent of each other; those that are not belong in one fold.

    References
    ----------
    Shmueli et al. 2016, doi 10.1016/j.jbusres.2016.03.049; Shmueli et al. 2019, doi 10.1108/EJM-02-2019-0189.

    Checked against: the Python package seminr on the same folds (both kinds of antecedents, RMSE and MAE of both models).

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.pls import Structure, fit_pls
    >>> rng = np.random.default_rng(3)
    >>> x = rng.normal(size=300)
    >>> data = pd.DataFrame({"a": x, "b": 0.8 * x + 0.6 * rng.normal(size=300)})
    >>> fit = fit_pls(data, Structure({"cause": ["a"], "effect": ["b"]}, [("cause", "effect")]))
    >>> table = predict_pls(fit, rng=rng).table
    >>> bool(np.isclose(table["rmse"][0], table["rmse_linear"][0])), bool(table["q2_predict"][0] > 0.5)
    (True, True)

    """
    if antecedents not in ANTECEDENTS:
        raise ParameterError(
            f"antecedents={antecedents!r} is unknown.", hint=f"Allowed: {', '.join(ANTECEDENTS)}."
        )
    labels = _folds(result.n, folds, repetitions, rng)
    structure, values = result.structure, result.answers.matrix
    owner = structure.construct_of_item
    targets = np.flatnonzero(np.isin(owner, [structure.constructs.index(c) for c in structure.endogenous]))
    ours, linear, trivial = (np.zeros((result.n, targets.size)) for _ in range(3))
    for label in labels:
        names = np.unique(label)
        outside = (label != names[:, None]).astype(float)
        mean, covariance, constant = moments(result, outside)
        fits = refit(result, mean, covariance, constant)
        if constant.any() or not fits["converged"].all():
            raise FitError(
                "The model could not be fitted to the respondents outside some fold.",
                hint="Take fewer folds, or leave out items that nearly all respondents answer alike.",
            )
        scaled = covariance * np.outer(result.item_sd, result.item_sd)
        for f, name in enumerate(names):
            here = np.flatnonzero(label == name)
            centre, sd = fits["mean_draws"][f], fits["sd_draws"][f]
            x = values[here] - centre
            scores = (x / sd) @ (fits["weight_draws"][f][:, None] * structure.membership)
            told = scores @ _reach(
                fits["path_draws"][f], fits["total_effect_draws"][f], structure, antecedents
            )
            guess = centre + sd * fits["loading_draws"][f] * told[:, owner]
            ours[here] += guess[:, targets]
            linear[here] += centre[targets] + x @ _slopes(scaled[f], structure, antecedents)[:, targets]
            trivial[here] += centre[targets]
    ours, linear, trivial = (total / len(labels) for total in (ours, linear, trivial))
    items = [structure.items[k] for k in targets]
    table = _errors(values[:, targets], ours, linear, trivial)
    table.insert(0, "construct", [structure.constructs[owner[k]] for k in targets])
    table.insert(1, "item", items)
    index = result.answers.index
    return Prediction(
        table,
        pd.DataFrame(ours, index=index, columns=items),
        pd.DataFrame(linear, index=index, columns=items),
        len(np.unique(labels[0])),
        len(labels),
        antecedents,
    )


def _errors(actual: Array, ours: Array, linear: Array, trivial: Array) -> pd.DataFrame:
    squared = ((actual - ours) ** 2).sum(axis=0)
    return pd.DataFrame(
        {
            "rmse": np.sqrt(squared / len(actual)),
            "mae": np.abs(actual - ours).mean(axis=0),
            "rmse_linear": np.sqrt(((actual - linear) ** 2).mean(axis=0)),
            "mae_linear": np.abs(actual - linear).mean(axis=0),
            "q2_predict": 1 - squared / ((actual - trivial) ** 2).sum(axis=0),
        }
    )


def _reach(paths: Array, effects: Array, structure: Structure, antecedents: str) -> Array:
    """Return what the scores count in the prediction of each construct, ``(J, J)`` at [from, to]."""
    if antecedents == "direct":
        return paths
    exogenous = np.array([c not in structure.endogenous for c in structure.constructs])
    return np.asarray(np.where(exogenous[:, None], effects, 0.0))


def _slopes(covariance: Array, structure: Structure, antecedents: str) -> Array:
    """Return the slopes of each driven item on the items that may predict it, ``(items, items)`` at [from, to]."""
    owner = structure.construct_of_item
    slopes = np.zeros_like(covariance)
    earliest = [c for c in structure.constructs if c not in structure.endogenous]
    for construct in structure.endogenous:
        sources = structure.predecessors(construct) if antecedents == "direct" else earliest
        x = np.flatnonzero(np.isin(owner, [structure.constructs.index(c) for c in sources]))
        y = np.flatnonzero(owner == structure.constructs.index(construct))
        inverse = np.linalg.pinv(covariance[np.ix_(x, x)], hermitian=True)
        slopes[np.ix_(x, y)] = inverse @ covariance[np.ix_(x, y)]
    return slopes


def _folds(
    n: int,
    folds: int | Sequence[int] | NDArray[np.int64],
    repetitions: int,
    rng: np.random.Generator | None,
) -> list[NDArray[np.int64]]:
    """Return the fold of each respondent, once for each repetition."""
    if np.ndim(folds):
        given = np.asarray(folds)
        if given.shape != (n,) or len(np.unique(given)) < 2:
            raise ParameterError(
                f"folds must name a fold for each of the {n} respondents, two different ones at least; "
                f"got {given.size} values."
            )
        return [np.unique(given, return_inverse=True)[1]]
    count = int(np.asarray(folds))
    problems = []
    if not 2 <= count <= n:
        problems.append(f"folds={count} must lie between 2 and the {n} respondents")
    if repetitions < 1:
        problems.append(f"repetitions={repetitions} must be 1 or more")
    if rng is None:
        problems.append("drawn folds need a generator: rng=numpy.random.default_rng(1)")
    if problems or rng is None:
        raise ParameterError("The folds cannot be drawn.", problems=problems)
    even = np.arange(n) * count // n
    return [even[rng.permutation(n)] for _ in range(repetitions)]
