"""Indices on 0–100 of a fitted path model, with an interval for the satisfaction index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, float_table
from crmlab.errors import DataError, ParameterError
from crmlab.pls import BootstrapResult, PLSResult, bootstrap
from crmlab.pls.measures import index_values, normalised_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["IndexScores", "SatisfactionIndex", "index_scores", "satisfaction_index"]


@dataclass(frozen=True, eq=False)
class IndexScores:
    """Indices on 0–100 of all constructs.

    ``table``: construct, index (mean of the respondents), sd, n. ``respondents``: a row for each respondent, a column
    for each construct. ``weights``: construct, item, weight (of the raw item, sums to 1 in a block), mean, score (the
    item's mean on 0–100), reflected.
    """

    scale: tuple[float, float]
    table: pd.DataFrame
    respondents: pd.DataFrame
    weights: pd.DataFrame
    #: items worded the other way round (negative weight): least + greatest − answer is what counts
    reflected_items: tuple[str, ...]

    def summary(self) -> pd.DataFrame:
        """Return construct, index, sd, n."""
        return self.table.copy()


@checked_arguments
def index_scores(
    result: PLSResult, data: pd.DataFrame | None = None, *, scale: tuple[float, float] = (1, 10)
) -> IndexScores:
    r"""Return each construct's index on 0–100, by the formula of the American customer satisfaction index.

    .. math:: I_j = 100 \sum_k w_{jk} \frac{\bar x_{jk} - \min}{\max - \min}, \qquad \sum_k w_{jk} = 1

    with :math:`w` the outer weights of the raw items (those of the standardised items over the items' standard
    deviations), normalised in each block. An item with a negative weight runs against its block; it is reflected
    (least + greatest − answer), as if it had been recoded, and named in ``reflected_items``.

    Parameters
    ----------
    result
        A fitted path model.
    data
        Answers to score, with the model's items; without it the answers the model was fitted to (missing ones
        replaced by its rule). In new data a respondent's missing answers are left out and the remaining weights of the
        block scaled up; a respondent without any answer in a block gets NaN there.
    scale
        Least and greatest answer of the items, the same for all items.

    Returns
    -------
    IndexScores
        Index of each construct, weights of its items on 0–100, and each respondent's index.

    Raises
    ------
    DataError
        Answers outside the scale (names the first five).
    ParameterError
        A scale that does not rise.

    References
    ----------
    Fornell et al. 1996, doi 10.1177/002224299606000403.

    Checked against: the formula by hand.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.pls import Structure, fit_pls
    >>> data = pd.DataFrame({"a": [2, 5, 8, 9, 4, 7], "b": [3, 5, 9, 8, 3, 8]})
    >>> fit = fit_pls(data, Structure({"quality": ["a"], "satisfaction": ["b"]}, [("quality", "satisfaction")]))
    >>> index_scores(fit).table[["construct", "index"]].round(1).values.tolist()
    [['quality', 53.7], ['satisfaction', 55.6]]

    """
    low, high = _checked_scale(scale)
    structure = result.structure
    values, index = _answers(result, data)
    _check_range(values, index, structure.items, (low, high))
    weights = normalised_weights(result.weight_values, result.item_sd, structure)
    points = 100 * (values - low) / (high - low)
    reflected = weights < 0
    points, weights = np.where(reflected, 100 - points, points), np.abs(weights)
    given = ~np.isnan(points)
    weighted = weights[:, None] * structure.membership
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.where(given, points, 0.0) @ weighted / (given.astype(float) @ weighted)
    # A weighted mean of points between 0 and 100 lies there; its last bit may not.
    scores = np.clip(scores, 0.0, 100.0)
    respondents = pd.DataFrame(scores, index=index, columns=list(structure.constructs))
    owners = [c for c, items in structure.blocks.items() for _ in items]
    item_table = pd.DataFrame(
        {
            "construct": owners,
            "item": list(structure.items),
            "weight": weights,
            "mean": np.nanmean(values, axis=0),
            "score": np.nanmean(points, axis=0),
            "reflected": reflected,
        }
    )
    table = pd.DataFrame(
        {
            "construct": list(structure.constructs),
            "index": respondents.mean().to_numpy(),
            "sd": respondents.std(ddof=1).to_numpy(),
            "n": respondents.notna().sum().to_numpy(),
        }
    )
    turned = tuple(item for item, turn in zip(structure.items, reflected, strict=True) if turn)
    return IndexScores((low, high), table, respondents, item_table, turned)


@dataclass(frozen=True, eq=False)
class SatisfactionIndex:
    """One construct's index on 0–100 with a bootstrap interval."""

    construct: str
    index: float
    se: float
    low: float
    high: float
    confidence: float
    #: respondents
    n: int
    n_resamples: int
    #: resamples left out as degenerate
    n_dropped: int
    #: one index for each usable resample
    draws: Array

    def summary(self) -> pd.DataFrame:
        """Return one row: construct, index, se, low, high, confidence, n, n_resamples, n_dropped."""
        names = ("construct", "index", "se", "low", "high", "confidence", "n", "n_resamples", "n_dropped")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])


@checked_arguments
def satisfaction_index(
    result: PLSResult,
    *,
    resamples: BootstrapResult | None = None,
    rng: np.random.Generator | None = None,
    n: int = 1000,
    confidence: float = 0.95,
    scale: tuple[float, float] = (1, 10),
    construct: str = "satisfaction",
) -> SatisfactionIndex:
    """Return the customer satisfaction index with a bootstrap interval.

    Each resample brings its own weights and its own means, so that the interval carries both uncertainties.

    Parameters
    ----------
    result
        A fitted path model with a construct of that name.
    resamples
        What :func:`crmlab.pls.bootstrap` returned for this result; its `confidence` is used. Without it `n` resamples
        are drawn from `rng`.
    rng, n, confidence
        Used when `resamples` is not given.
    scale
        Least and greatest answer of the items.
    construct
        The construct whose index is wanted.

    Returns
    -------
    SatisfactionIndex
        The index with its interval, and how many resamples it rests on.

    Raises
    ------
    ParameterError
        Neither `resamples` nor `rng`, or an unknown construct.

    References
    ----------
    Fornell et al. 1996, doi 10.1177/002224299606000403.

    Checked against: :func:`index_scores` refitted to the resampled rows one by one.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from crmlab.pls import Structure, fit_pls
    >>> data = pd.DataFrame({"a": [2, 5, 8, 9, 4, 7] * 10, "b": [3, 5, 9, 8, 3, 8] * 10})
    >>> fit = fit_pls(data, Structure({"quality": ["a"], "satisfaction": ["b"]}, [("quality", "satisfaction")]))
    >>> found = satisfaction_index(fit, rng=np.random.default_rng(1), n=200)
    >>> round(found.index, 1), bool(found.low < found.index < found.high)
    (55.6, True)

    """
    names = result.structure.constructs
    if construct not in names:
        raise ParameterError(f"There is no construct {construct!r}.", hint=f"There are: {', '.join(names)}.")
    if resamples is None:
        if rng is None:
            raise ParameterError(
                "An interval by bootstrap needs resamples, or a generator: rng=numpy.random.default_rng(1)."
            )
        resamples = bootstrap(result, n, rng=rng, confidence=confidence)
    j = names.index(construct)
    point = float(index_scores(result, scale=scale).table["index"].iloc[j])
    draws = _index_draws(resamples, scale)[:, j]
    low, high = resamples.interval(draws)
    return SatisfactionIndex(
        construct,
        point,
        float(draws.std(ddof=1)),
        float(low),
        float(high),
        resamples.confidence,
        result.n,
        resamples.n,
        resamples.n - resamples.n_valid,
        draws,
    )


def _index_draws(resamples: BootstrapResult, scale: tuple[float, float]) -> Array:
    """Return the constructs' indices in each resample, ``(B, constructs)``."""
    return index_values(
        resamples.weight_draws,
        resamples.mean_draws,
        resamples.sd_draws,
        resamples.fit.structure,
        _checked_scale(scale),
    )


def _answers(result: PLSResult, data: pd.DataFrame | None) -> tuple[Array, pd.Index]:
    if data is None:
        return result.answers.matrix, result.answers.index
    result.structure.check_columns(data.columns)
    items = data[list(result.structure.items)]
    numbers = float_table(items)
    words = int((numbers.isna() & items.notna()).to_numpy().sum())
    if words:
        raise DataError(f"{words} answers are not numbers.", hint="Turn words into numbers before scoring.")
    return numbers.to_numpy(dtype=float), data.index


def _checked_scale(scale: tuple[float, float]) -> tuple[float, float]:
    low, high = scale
    if not low < high:
        raise ParameterError(
            f"scale={scale} must rise, from the least to the greatest answer, as in (1, 10)."
        )
    return float(low), float(high)


def _check_range(values: Array, index: pd.Index, items: tuple[str, ...], scale: tuple[float, float]) -> None:
    rows, columns = np.nonzero((values < scale[0]) | (values > scale[1]))
    if rows.size:
        cells = list(zip(rows[:5], columns[:5], strict=True))
        raise DataError(
            f"{rows.size} answers lie outside the scale {scale[0]:g} to {scale[1]:g}.",
            problems=[f"row {index[r]}, item {items[c]}: {values[r, c]:g}" for r, c in cells],
            hint="Name the scale of the questionnaire, as in scale=(1, 5), or correct the answers.",
        )
