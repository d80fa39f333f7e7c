"""Two groups of respondents: whether paths, effects and indices differ, and whether the same thing is measured in both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab._arguments import as_column, checked_arguments, in_order, same_rows
from crmlab.errors import DataError, FitError, ParameterError
from crmlab.pls.engine import total_effects
from crmlab.pls.fit import PLSResult, fit_pls
from crmlab.pls.permute import composition, differences, plain, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.pls.structure import Structure

    Array = NDArray[np.float64]

__all__ = ["GroupComparison", "compare_groups"]

#: numbers held at once by a chunk of permutations
CHUNK = 4_000_000
ADJUSTMENTS = ("none", "holm")


@dataclass(frozen=True, eq=False)
class GroupComparison:
    """Two groups under one path model; all p two-sided by permutation but that of `composition`.

    ``paths``, ``total_effects``: from, to, first, second, difference (first − second), low, high (where 95 % of the
    differences of permuted groups lie), p, p_adjusted. ``indices``: construct and the same, on 0–100; None without a scale.
    ``composition``: construct, correlation (of the scores that the two groups' weights give), threshold (5 % quantile of the
    permuted ones), p. ``means``, ``log_variances``: construct, difference, low, high, p, of the scores of the pooled model.
    """

    #: labels of the first and the second group
    groups: tuple[Any, Any]
    #: respondents of each
    n: tuple[int, int]
    #: the model of both groups together
    pooled: PLSResult
    permutations: int
    #: permutations left out, by reason: ``constant_item``, ``not_converged``
    dropped: Mapping[str, int]
    adjustment: str
    paths: pd.DataFrame
    total_effects: pd.DataFrame
    indices: pd.DataFrame | None
    composition: pd.DataFrame
    means: pd.DataFrame
    log_variances: pd.DataFrame

    @property
    def n_valid(self) -> int:
        """Permutations that the p-values rest on."""
        return self.permutations - sum(self.dropped.values())

    @checked_arguments
    def invariance(self, alpha: float = 0.05) -> pd.DataFrame:
        """Return each construct's measurement invariance by MICOM: construct, composition, mean, variance, invariance.

        The three p-values, and ``full`` (nothing differs), ``partial`` (the composite is the same, so that paths may be
        compared, but its mean or variance differs, so that the groups should not be thrown together) or ``none`` (the groups'
        composites are different things: do not compare paths to or from this construct).
        """
        table = pd.DataFrame(
            {
                "construct": self.composition["construct"],
                "composition": self.composition["p"],
                "mean": self.means["p"],
                "variance": self.log_variances["p"],
            }
        )
        same = table[["mean", "variance"]].min(axis=1) >= alpha
        table["invariance"] = np.where(
            table["composition"] < alpha, "none", np.where(same, "full", "partial")
        )
        return table

    def summary(self) -> pd.DataFrame:
        """Return paths, total effects and indices in one table: quantity, from, to, first … p_adjusted."""
        parts = {"path": self.paths, "total_effect": self.total_effects}
        if self.indices is not None:
            parts["index"] = self.indices.rename(columns={"construct": "to"}).assign(**{"from": ""})
        table = pd.concat([t.assign(quantity=name) for name, t in parts.items()], ignore_index=True)
        ends = ["quantity", "from", "to"]
        return table[ends + [c for c in self.paths.columns if c not in ends]]


@checked_arguments
def compare_groups(
    data: pd.DataFrame,
    structure: Structure,
    group: str | Sequence[Any] | pd.Series,
    *,
    groups: tuple[Any, Any] | None = None,
    permutations: int = 1000,
    rng: np.random.Generator,
    scale: tuple[float, float] | None = None,
    adjust: str = "none",
    **options: Any,
) -> GroupComparison:
    r"""Compare two groups of respondents by permutation: paths, total effects, indices, and measurement (MICOM).

    The model is fitted to each group, and again to many random splits of all respondents into groups of the same sizes. A
    difference is rare if few splits show one as large:
    :math:`p = (1 + \#\{|d^*| \ge |d|\}) / (1 + B)`, with B the usable splits and d the difference.

    Before paths are compared, MICOM asks whether the composites are the same (step 1, the same items and the same treatment,
    holds by construction). Step 2: both groups' weights are applied to all respondents; the two scores' correlation c should
    be 1, and p is the share of splits with a c as small. Step 3: mean and log variance of the pooled model's scores.

    Parameters
    ----------
    data
        A row for each respondent, a column for each item.
    structure
        The model, the same for both groups.
    group
        The column that tells the groups, or a value for each row. Rows without a group are left out.
    groups
        The first and the second group, where there are more than two values; differences are first − second. Without it the
        two values in sorted order.
    permutations
        Random splits: 1,000 for a first look, 5,000 for print.
    rng
        Source of random numbers.
    scale
        Least and greatest answer of the items, for the indices on 0–100 (by each group's own weights).
    adjust
        ``"holm"`` adjusts the p-values within each table for their number (column ``p_adjusted``); ``"none"`` leaves them.
    options
        For :func:`fit_pls` (scheme, convention, missing, …); missing answers are treated in both groups together.

    Returns
    -------
    GroupComparison
        Differences with p values, and the steps of the test of measurement.

    Raises
    ------
    DataError
        A missing column, no two groups, a group with too few respondents for the model, an answer off the scale.
    ParameterError
        Fewer than 20 permutations, an unknown adjustment.
    FitError
        The model fits one of the groups not at all, or fewer than half of the splits.

    Notes
    -----
    Splits in which an item is constant, or whose weights do not settle, are left out and counted. Respondents must be
    exchangeable if the groups are alike: not so for pairs or households. Each construct is turned as in the pooled model.
    With groups of very unequal size and spread the test of paths also answers to the spread.

    References
    ----------
    Chin & Dibbern 2010, doi 10.1007/978-3-540-32827-8_8; Henseler, Ringle & Sarstedt 2016, doi 10.1108/IMR-09-2014-0304;
    Phipson & Smyth 2010, doi 10.2202/1544-6115.1585 (the 1 in p).

    Checked against: a loop that fits both halves of each split one by one; uniform p where nothing differs.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.pls import Structure
    >>> rng = np.random.default_rng(3)
    >>> x, shop = rng.normal(size=400), np.repeat(["north", "south"], 200)
    >>> y = np.where(shop == "north", 0.9, 0.1) * x + 0.5 * rng.normal(size=400)
    >>> result = compare_groups(
    ...     pd.DataFrame({"a": x, "b": y, "shop": shop}),
    ...     Structure({"cause": ["a"], "effect": ["b"]}, [("cause", "effect")]),
    ...     "shop", permutations=200, rng=rng,
    ... )
    >>> result.groups, bool(result.paths["difference"][0] > 0.5), float(round(result.paths["p"][0], 3))
    (('north', 'south'), True, 0.005)

    """
    if permutations < 20:
        raise ParameterError(f"permutations={permutations} are too few for a p-value; take 1000 or more.")
    if adjust not in ADJUSTMENTS:
        raise ParameterError(f"adjust={adjust!r} is unknown.", hint=f"Allowed: {', '.join(ADJUSTMENTS)}.")
    labels, names = _labels(data, group, groups)
    keep = labels.isin(names).to_numpy()
    pooled = fit_pls(data[keep], structure, **options)
    here = _answering(pooled, labels[keep], data.index[keep])
    first = (here == names[0]).to_numpy()
    sizes = int(first.sum()), int((~first).sum())
    _check_sizes(structure, names, sizes)
    if scale is not None:
        _check_scale(pooled, scale)

    whole = [split(pooled, first[None].astype(float), scale)]
    step = max(1, CHUNK // max(pooled.n, len(structure.items) ** 2))
    drawn = [
        split(
            pooled,
            rng.permuted(np.tile(first, (min(step, permutations - k), 1)), axis=1).astype(float),
            scale,
        )
        for k in range(0, permutations, step)
    ]
    all_ = {key: np.concatenate([part[key] for part in [*whole, *drawn]]) for key in whole[0]}
    constant, settled = all_.pop("constant"), all_.pop("settled")
    if constant[0] or not settled[0]:
        raise FitError(
            f"The model cannot be fitted to {names[0]!r} or to {names[1]!r} alone.",
            hint="An item on which a whole group answers alike, or too few respondents, is the usual cause.",
        )
    usable = ~constant & settled
    usable[0] = False
    dropped = {
        "constant_item": int(constant[1:].sum()),
        "not_converged": int((~constant[1:] & ~settled[1:]).sum()),
    }
    if usable.sum() * 2 < permutations:
        raise FitError(
            f"Only {int(usable.sum())} of {permutations} random splits can be used.",
            problems=[f"{count} by {reason.replace('_', ' ')}" for reason, count in dropped.items()],
            hint="Leave out items that nearly all respondents answer alike, or ask more respondents.",
        )
    seen = {key: values[0] for key, values in all_.items()}
    null = {key: values[usable] for key, values in all_.items()}
    constructs = pd.DataFrame({"construct": list(structure.constructs)})
    at = [(structure.constructs.index(s), structure.constructs.index(t)) for s, t in structure.paths]
    reach = [tuple(pair) for pair in np.argwhere(total_effects(structure.adjacency[None])[0] > 0)]
    indices = None
    if scale is not None:
        indices = differences(constructs, seen, null, name="index", at=np.s_[:], adjust=adjust)
    return GroupComparison(
        names,
        sizes,
        pooled,
        permutations,
        dropped,
        adjust,
        differences(_ends(structure, at), seen, null, name="path", at=tuple(np.array(at).T), adjust=adjust),
        differences(
            _ends(structure, reach), seen, null, name="effect", at=tuple(np.array(reach).T), adjust=adjust
        ),
        indices,
        composition(constructs, seen["composition"], null["composition"]),
        plain(constructs, seen["mean"], null["mean"]),
        plain(constructs, seen["log_variance"], null["log_variance"]),
    )


def _ends(structure: Structure, at: Sequence[tuple[int, ...]]) -> pd.DataFrame:
    names = structure.constructs
    return pd.DataFrame({"from": [names[i] for i, _ in at], "to": [names[j] for _, j in at]})


def _labels(
    data: pd.DataFrame, group: str | Sequence[Any] | pd.Series, groups: tuple[Any, Any] | None
) -> tuple[pd.Series, tuple[Any, Any]]:
    if isinstance(group, str):
        if group not in data.columns:
            raise DataError(
                f"There is no column {group!r} that tells the groups.",
                hint=f"The data have: {', '.join(map(str, data.columns[:40]))}.",
            )
        labels = data[group]
    else:
        labels = as_column(group, "group")
        same_rows(data=data, group=group)
        labels = labels.set_axis(data.index)
    found = in_order(labels.dropna().unique())
    shown = ", ".join(f"{value!r} ({int((labels == value).sum())})" for value in found[:12])
    if groups is None:
        if len(found) != 2:
            raise DataError(
                f"Two groups are compared; the data name {len(found)}: {shown}.",
                hint="Name the two, as in groups=('north', 'south').",
            )
        groups = (found[0], found[1])
    absent = [repr(name) for name in groups if name not in found]
    if absent or groups[0] == groups[1]:
        raise DataError(
            f"groups={groups!r} must name two different groups of the data.", hint=f"There are: {shown}."
        )
    return labels, groups


def _answering(pooled: PLSResult, labels: pd.Series, index: pd.Index) -> pd.Series:
    """Return the groups of the respondents that were fitted, by position (an index may repeat labels)."""
    if len(labels) == pooled.n:
        return labels
    if not index.is_unique:
        raise DataError("Rows with missing answers and repeated row labels: reset the index first.")
    return labels.loc[pooled.answers.index]


def _check_sizes(structure: Structure, names: tuple[Any, Any], sizes: tuple[int, int]) -> None:
    regressors = max(len(structure.predecessors(c)) for c in structure.endogenous)
    blocks = [len(items) for c, items in structure.blocks.items() if structure.modes[c] == "B"]
    needed = max([regressors + 2, 4, *(size + 2 for size in blocks)])
    few = [f"{name!r}: {n}" for name, n in zip(names, sizes, strict=True) if n < needed]
    if few:
        raise DataError(
            f"A group has too few respondents for this model, which needs {needed} in each.", problems=few
        )


def _check_scale(pooled: PLSResult, scale: tuple[float, float]) -> None:
    low, high = scale
    if not low < high:
        raise ParameterError(
            f"scale={scale} must rise, from the least to the greatest answer, as in (1, 10)."
        )
    values = pooled.answers.matrix
    off = int(((values < low) | (values > high)).sum())
    if off:
        raise DataError(
            f"{off} answers lie outside the scale {low:g} to {high:g}.",
            hint="Name the scale of the questionnaire, as in scale=(1, 5).",
        )
