"""Fit a path model by partial least squares, and say how good the measurement is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import FitError, ParameterError
from crmlab.pls import measures
from crmlab.pls.engine import SCHEMES, inner_model, solve_weights, total_effects
from crmlab.pls.prepare import Answers, prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.pls.structure import Structure

    Array = NDArray[np.float64]

__all__ = ["CONVENTIONS", "PLSResult", "fit_pls"]

CONVENTIONS = ("standardised", "raw")


@dataclass(frozen=True, eq=False)
class PLSResult:
    """A fitted path model.

    Everything is computed from the arrays below when it is first asked for. Tables name constructs and items as the
    structure does. Loadings, and the scores that the tables speak of, are standardised in both conventions.
    """

    structure: Structure
    scheme: str
    convention: str
    tolerance: float
    max_iterations: int
    answers: Answers
    iterations: int
    #: ``(items, items)``, of the answers in their own units
    covariance: Array
    #: ``(items,)``, for standardised items; the scores have variance 1
    weight_values: Array

    @property
    def n(self) -> int:
        """Respondents that the model was fitted to."""
        return len(self.answers.matrix)

    @cached_property
    def item_sd(self) -> Array:
        """Standard deviation of each item, ``(items,)``, with n − 1."""
        return np.sqrt(np.diag(self.covariance))

    @cached_property
    def cross_loading_values(self) -> Array:
        """Correlation of each item with each construct's score, ``(items, constructs)``."""
        correlation = self.covariance / np.outer(self.item_sd, self.item_sd)
        return np.asarray(correlation @ (self.weight_values[:, None] * self.structure.membership))

    @cached_property
    def loading_values(self) -> Array:
        """Correlation of each item with its own construct's score, ``(items,)``."""
        owner = self.structure.construct_of_item
        return np.asarray(self.cross_loading_values[np.arange(len(owner)), owner])

    @cached_property
    def score_correlation_values(self) -> Array:
        """Correlation of the constructs' scores, ``(constructs, constructs)``."""
        correlation = (self.weight_values[:, None] * self.structure.membership).T @ self.cross_loading_values
        np.fill_diagonal(correlation, 1.0)
        return np.asarray(correlation)

    @cached_property
    def _inner(self) -> tuple[Array, Array]:
        paths, r_squared = inner_model(self.score_correlation_values[None], self.structure)
        return paths[0], r_squared[0]

    @property
    def path_values(self) -> Array:
        """Path coefficients at ``[from, to]``, ``(constructs, constructs)``."""
        return self._inner[0]

    @cached_property
    def total_effect_values(self) -> Array:
        """Direct plus indirect effects at ``[from, to]``, ``(constructs, constructs)``."""
        return np.asarray(total_effects(self.path_values[None])[0])

    @property
    def paths(self) -> pd.DataFrame:
        """Path coefficients: from, to, coefficient."""
        return self._along_paths({"coefficient": self.path_values})

    @property
    def f_squared(self) -> pd.DataFrame:
        """Effect sizes: from, to, f_squared; Cohen calls .02 small, .15 medium, .35 large."""
        return self._along_paths({"f_squared": self._f_squared})

    @cached_property
    def _f_squared(self) -> Array:
        return measures.effect_sizes(self.score_correlation_values, self._inner[1], self.structure)

    @cached_property
    def total_effects(self) -> pd.DataFrame:
        """Effects over all ways: from, to, direct, indirect, total; of every pair that some way joins."""
        names = self.structure.constructs
        reach = total_effects(self.structure.adjacency[None])[0] > 0
        rows = [
            {
                "from": names[i],
                "to": names[j],
                "direct": self.path_values[i, j],
                "indirect": self.total_effect_values[i, j] - self.path_values[i, j],
                "total": self.total_effect_values[i, j],
            }
            for i, j in np.argwhere(reach)
        ]
        return pd.DataFrame(rows)

    @cached_property
    def r_squared(self) -> pd.DataFrame:
        """Explained share of each endogenous construct: construct, r_squared, r_squared_adjusted."""
        rows = []
        for construct in self.structure.endogenous:
            value = float(self._inner[1][self.structure.constructs.index(construct)])
            k = len(self.structure.predecessors(construct))
            adjusted = 1 - (1 - value) * (self.n - 1) / (self.n - k - 1)
            rows.append({"construct": construct, "r_squared": value, "r_squared_adjusted": adjusted})
        return pd.DataFrame(rows)

    @property
    def weights(self) -> pd.DataFrame:
        """Outer weights: construct, item, weight (for standardised items), raw_weight (for items in their own units)."""
        raw = self.weight_values / self.item_sd
        return self._along_items({"weight": self.weight_values, "raw_weight": raw})

    @property
    def loadings(self) -> pd.DataFrame:
        """Outer loadings: construct, item, loading (correlation of the item with its construct's score)."""
        return self._along_items({"loading": self.loading_values})

    @property
    def cross_loadings(self) -> pd.DataFrame:
        """Correlation of each item with every construct's score; rows (construct, item), a column for each construct."""
        names = self.structure.constructs
        return self._along_items({c: self.cross_loading_values[:, j] for j, c in enumerate(names)}).set_index(
            ["construct", "item"]
        )

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Scores of the respondents: mean 0, variance 1; rows labelled as in the data, a column for each construct."""
        values = self.answers.matrix
        z = (values - values.mean(axis=0)) / self.item_sd
        scores = z @ (self.weight_values[:, None] * self.structure.membership)
        return pd.DataFrame(scores, index=self.answers.index, columns=list(self.structure.constructs))

    @property
    def correlations(self) -> pd.DataFrame:
        """Correlation of the constructs' scores."""
        names = list(self.structure.constructs)
        return pd.DataFrame(self.score_correlation_values, index=names, columns=names)

    @cached_property
    def reliability(self) -> pd.DataFrame:
        """Quality of each block: construct, items, mode, alpha_raw, alpha_standardised, rho_a, rho_c, ave."""
        return measures.reliability(self.structure, self.covariance, self.loading_values, self.weight_values)

    @cached_property
    def htmt(self) -> pd.DataFrame:
        """Heterotrait–monotrait ratios, symmetric, diagonal NaN; above .90 two constructs are hardly told apart."""
        correlation = self.covariance / np.outer(self.item_sd, self.item_sd)
        names = list(self.structure.constructs)
        return pd.DataFrame(measures.htmt(correlation[None], self.structure)[0], index=names, columns=names)

    @cached_property
    def fornell_larcker(self) -> pd.DataFrame:
        """Correlations of the constructs, with the square root of AVE in the diagonal."""
        ave = self.reliability["ave"].to_numpy(dtype=float)
        return measures.fornell_larcker(self.score_correlation_values, ave, self.structure.constructs)

    @property
    def reversed_items(self) -> tuple[str, ...]:
        """Items that run against their block (negative loading): recode them, or look at the wording."""
        return tuple(
            item for item, value in zip(self.structure.items, self.loading_values, strict=True) if value < 0
        )

    def summary(self) -> pd.DataFrame:
        """Return a row for each path: from, to, coefficient, total_effect, f_squared, r_squared (of `to`)."""
        table = self._along_paths(
            {
                "coefficient": self.path_values,
                "total_effect": self.total_effect_values,
                "f_squared": self._f_squared,
            }
        )
        return table.merge(
            self.r_squared[["construct", "r_squared"]].rename(columns={"construct": "to"}),
            on="to",
            how="left",
        )

    def _along_paths(self, values: dict[str, Array]) -> pd.DataFrame:
        names = self.structure.constructs
        rows = []
        for source, target in self.structure.paths:
            at = names.index(source), names.index(target)
            rows.append(
                {"from": source, "to": target, **{name: float(value[at]) for name, value in values.items()}}
            )
        return pd.DataFrame(rows)

    def _along_items(self, values: dict[str, Array]) -> pd.DataFrame:
        owners = [construct for construct, items in self.structure.blocks.items() for _ in items]
        return pd.DataFrame({"construct": owners, "item": list(self.structure.items), **values})


@checked_arguments
def fit_pls(
    data: pd.DataFrame,
    structure: Structure,
    *,
    scheme: str = "path",
    convention: str = "standardised",
    missing: str = "mean",
    tolerance: float = 1e-7,
    max_iterations: int = 300,
) -> PLSResult:
    r"""Fit a path model by partial least squares (PLS-SEM).

    Each construct's score is a weighted sum of its items, :math:`\hat\xi_j = \sum_k w_{jk} x_{jk}` with variance 1. The
    weights come from Wold's algorithm: each construct has a proxy, the sum of its neighbours' scores weighted by the
    inner scheme; mode A sets :math:`w_{jk} \propto \operatorname{cov}(x_{jk}, \text{proxy}_j)`, mode B takes the
    regression of the proxy on the items; repeat until no weight moves. Paths are the regressions of each endogenous
    score on its predecessors' scores.

    Parameters
    ----------
    data
        A row for each respondent, a column for each item (numbers; further columns are ignored).
    structure
        Blocks, paths and modes.
    scheme
        Inner weights: ``"path"`` (regression on what drives, correlation with what follows), ``"centroid"`` (sign of
        the correlation), ``"factorial"`` (the correlation). They rarely differ beyond the second decimal.
    convention
        ``"standardised"``: items scaled to variance 1 before weighting, as SmartPLS and seminr do, right for
        items with different units or scales. ``"raw"``: items centred only, so that items with a larger variance weigh
        more; for items on one common scale.
    missing
        ``"mean"``: a missing answer is replaced by the item's mean (rows without any answer are left out);
        ``"listwise"``: rows with a missing answer are left out. Both are counted in ``result.answers``.
        Mean replacement shrinks variances: with more than about 5 % missing in an item, compare the two.
    tolerance
        The search ends when no outer weight moves by as much.
    max_iterations
        Iterations after which the search is given up.

    Returns
    -------
    PLSResult
        Each construct is oriented so that its loadings sum to a positive number.

    Raises
    ------
    ParameterError
        Unknown scheme, convention or rule.
    DataError
        Missing columns, words for numbers, constant items, too few respondents.
    FitError
        The search did not converge, or the predecessors of a construct are collinear.

    Notes
    -----
    Assumes linear relations and independent respondents. PLS is biased towards weak paths and strong loadings when
    blocks are short (consistency at large); do not use it to test whether a factor model fits: use covariance-based SEM.
    f² is computed from the final scores, without a second search for weights.

    References
    ----------
    Wold 1982, in Jöreskog & Wold, *Systems under indirect observation*, vol. 2. Lohmöller 1989,
    doi 10.1007/978-3-642-52512-4. Tenenhaus et al. 2005, doi 10.1016/j.csda.2004.03.005. Hair et al. 2019,
    doi 10.1108/EBR-11-2018-0203. rho_A: Dijkstra & Henseler 2015, doi 10.25300/MISQ/2015/39.2.02. HTMT: Henseler,
    Ringle & Sarstedt 2015, doi 10.1007/s11747-014-0403-8.

    Checked against: SmartPLS (the output that the R package semPLS ships for the European mobile-phone survey: paths under
    all three schemes, total effects, weights, cross-loadings, five decimals; Monecke & Leisch 2012,
    doi 10.18637/jss.v048.i03), and the Python package seminr (paths, loadings, weights, reliability, HTMT; modes A and B).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from crmlab.pls import Structure
    >>> rng = np.random.default_rng(3)
    >>> x = rng.normal(size=300)
    >>> data = pd.DataFrame({"a": x, "b": 0.5 * x + rng.normal(size=300)})
    >>> result = fit_pls(data, Structure({"cause": ["a"], "effect": ["b"]}, [("cause", "effect")]))
    >>> bool(np.isclose(result.paths["coefficient"][0], data.corr().loc["a", "b"]))
    True

    """
    problems = [
        f"{name}={got!r}; allowed: {', '.join(allowed)}"
        for name, got, allowed in (("scheme", scheme, SCHEMES), ("convention", convention, CONVENTIONS))
        if got not in allowed
    ]
    if problems:
        raise ParameterError("The fit cannot start.", problems=problems)
    answers = prepare(data, structure, missing)
    covariance = np.atleast_2d(np.cov(answers.matrix, rowvar=False))
    sd = np.sqrt(np.diag(covariance))
    matrix = covariance / np.outer(sd, sd) if convention == "standardised" else covariance
    solution = solve_weights(
        matrix[None], structure, scheme=scheme, tolerance=tolerance, max_iterations=max_iterations
    )
    if not solution.converged[0]:
        raise FitError(
            f"The weights did not settle in {int(solution.iterations[0])} iterations (tolerance {tolerance:g}).",
            hint="Look for constructs whose items hardly correlate (or are each other's negatives), and for paths "
            "between constructs that are all but equal; then raise max_iterations.",
        )
    weights = solution.weights[0] * (1.0 if convention == "standardised" else sd)
    result = PLSResult(
        structure,
        scheme,
        convention,
        tolerance,
        max_iterations,
        answers,
        int(solution.iterations[0]),
        covariance,
        weights * _orientation(weights, covariance / np.outer(sd, sd), structure),
    )
    if not np.isfinite(result.path_values).all():
        raise FitError(
            "The scores that drive a construct are collinear, so their paths cannot be told apart.",
            hint="Leave out a path, or join the constructs that measure the same.",
        )
    return result


def _orientation(weights: Array, correlation: Array, structure: Structure) -> Array:
    """Return +1 or −1 for each item, such that the loadings of its block sum to a positive number."""
    own = (correlation * (structure.membership @ structure.membership.T)) @ weights
    total = own @ structure.membership
    return np.where(total < 0, -1.0, 1.0)[structure.construct_of_item]
