"""Delphi: experts rate items in rounds, see what the others said, and rate again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, float_table
from crmlab.errors import DataError, ParameterError
from crmlab.weights.base import Weighting, check_names, normalised, shown

__all__ = ["Concordance", "Delphi", "delphi", "kendalls_w"]


@dataclass(frozen=True)
class Concordance:
    """Kendall's coefficient of concordance, corrected for ties, and two tests of it.

    ``w`` is missing when no expert makes any difference between items. ``chi2`` with ``df`` degrees of freedom gives
    ``p_chi2`` (good for many items or experts); ``f`` gives ``p_f``, better for few.
    """

    w: float
    chi2: float
    df: int
    p_chi2: float
    f: float
    p_f: float
    n_experts: int
    n_items: int

    def summary(self) -> pd.DataFrame:
        """Return one row with all numbers."""
        return pd.DataFrame([{name: getattr(self, name) for name in self.__dataclass_fields__}])


@dataclass(frozen=True, eq=False)
class Delphi(Weighting):
    """Rounds of a Delphi study; the weights are the last round's medians, divided by their sum.

    Attributes
    ----------
    items
        A row for each round and item: ``round``, ``item``, ``n``, ``median``, ``q1``, ``q3``, ``iqr``, ``mean``, ``sd``,
        ``cv`` (sd / mean), ``median_change`` (since the round before), ``moved`` (share of experts who changed their
        rating), ``within`` (whether the IQR is within the limit).
    rounds
        A row for each round: ``round``, ``n_experts`` (with complete ratings), ``w``, ``chi2``, ``df``, ``p_chi2``, ``f``,
        ``p_f``, ``share_within``, ``largest_change`` (of a median), ``consensus``, ``stable``, ``decision``.
    decision
        Of the last round: ``stop_consensus``, ``stop_without_consensus``, ``continue``.
    scale_width, iqr_limit, change_limit, least_w, alpha
        What the stop rule used; the two limits in points of the scale.

    """

    items: pd.DataFrame
    rounds: pd.DataFrame
    decision: str
    scale_width: float
    iqr_limit: float
    change_limit: float
    least_w: float
    alpha: float


@checked_arguments
def kendalls_w(ratings: pd.DataFrame) -> Concordance:
    r"""Return how far experts agree on the order of items.

    Parameters
    ----------
    ratings
        A row for each expert, a column for each item; only each expert's order counts. Experts with a missing rating are
        left out.

    Returns
    -------
    Concordance
        0: no agreement, 1: the same order.

    Raises
    ------
    DataError
        Fewer than two complete experts or two items.

    Notes
    -----
    With m experts, n items, mean ranks within experts, S the sum of squared deviations of the items' rank sums, and
    :math:`T_i = \sum (t^3 - t)` over the ties of expert i:

    .. math:: W = \frac{12 S}{m^2 (n^3 - n) - m \sum_i T_i}, \quad \chi^2 = m (n - 1) W, \quad
              F = \frac{(m - 1) W}{1 - W}

    F has n − 1 − 2/m and (m − 1) times as many degrees of freedom. The χ² is Friedman's. A significant W says that experts
    agree more than by chance, not that they agree well. Do not use it for agreement on levels: experts may agree on the
    order and differ in every number, and where all find all items equally important, W is missing or low.

    References
    ----------
    Kendall & Babington Smith 1939, doi 10.1214/aoms/1177732186; Legendre 2005, doi 10.1198/108571105X46642 (F test).

    Checked against: scipy.stats.friedmanchisquare (χ² and p, with ties).

    Examples
    --------
    >>> found = kendalls_w(pd.DataFrame({"speed": [5, 4, 5], "price": [3, 3, 4], "staff": [1, 2, 2]}))
    >>> found.w, found.chi2
    (1.0, 6.0)

    """
    from scipy.stats import chi2 as chi2_distribution
    from scipy.stats import f as f_distribution
    from scipy.stats import rankdata

    x = _numbers(ratings, "ratings").dropna().to_numpy()
    m, n = x.shape
    if m < 2 or n < 2:
        raise DataError(f"Concordance needs two complete experts and two items; got {m} and {n}.")
    ranks = rankdata(x, axis=1)
    s = float(((ranks.sum(axis=0) - m * (n + 1) / 2) ** 2).sum())
    ties = sum(
        float((counts**3 - counts).sum()) for row in x for counts in [np.unique(row, return_counts=True)[1]]
    )
    below = m**2 * (n**3 - n) - m * ties
    if below <= 0:
        nan = float("nan")
        return Concordance(nan, nan, n - 1, nan, nan, nan, m, n)
    w = min(12 * s / below, 1.0)
    chi2 = m * (n - 1) * w
    f = (m - 1) * w / (1 - w) if w < 1 else float("inf")
    df1 = n - 1 - 2 / m
    p_f = float(f_distribution.sf(f, df1, df1 * (m - 1))) if df1 > 0 else float("nan")
    return Concordance(w, chi2, n - 1, float(chi2_distribution.sf(chi2, n - 1)), f, p_f, m, n)


@checked_arguments
def delphi(
    rounds: Sequence[pd.DataFrame] | np.ndarray,
    *,
    scale: tuple[float, float] | None = None,
    items: Sequence[str] | None = None,
    iqr_limit: float = 0.25,
    change_limit: float = 0.125,
    least_w: float = 0.7,
    alpha: float = 0.05,
) -> Delphi:
    r"""Follow ratings over rounds, and say whether to ask again.

    Parameters
    ----------
    rounds
        One table a round, first round first: a row for each expert (the same label in each round), a column for each item,
        ratings 0 or more. Or an array rounds × experts × items. Missing ratings stay out of medians; experts may drop out.
    scale
        Least and greatest rating that could be given; by default the least and greatest that were.
    items
        Names of the items of an array.
    iqr_limit, change_limit
        Limits of the stop rule, as shares of the scale's width: 0.25 is 1 point on 1–5, 0.125 half a point.
    least_w, alpha
        Kendall's W that counts as strong agreement, and the level at which it must differ from 0 (F test).

    Returns
    -------
    Delphi

    Raises
    ------
    DataError
        No round, rounds with different items, experts listed twice, ratings off the scale, items nobody rated, last medians
        that are all 0.
    ParameterError
        Limits outside 0 to 1; a scale that does not rise.

    Notes
    -----
    Stop rule. A round has *consensus* if every item's interquartile range is within ``iqr_limit`` (agreement on levels), or
    if W ≥ ``least_w`` with p < ``alpha`` (agreement on the order). It is *stable* if no median has moved by more than
    ``change_limit`` since the round before; the first round is not. Both: ``stop_consensus``. Stable alone:
    ``stop_without_consensus``, for a further round would change nothing; report the camps. Otherwise ``continue``.

    Weights are the medians of the last round, divided by their sum, which assumes a ratio scale, as in `direct_weights`.
    Ratings drift together by conformity as well as by insight: convergence alone does not show that experts are right.

    References
    ----------
    Dalkey & Helmer 1963, doi 10.1287/mnsc.9.3.458; Schmidt 1997, doi 10.1111/j.1540-5915.1997.tb01330.x (W of 0.7, stop);
    von der Gracht 2012, doi 10.1016/j.techfore.2012.04.013 (measures of consensus and stability).

    Checked against: numpy's quantiles, scipy.stats.friedmanchisquare.

    Examples
    --------
    >>> first = pd.DataFrame({"speed": [5, 2, 5, 4], "price": [1, 4, 2, 5]})
    >>> second = pd.DataFrame({"speed": [5, 4, 5, 4], "price": [2, 2, 2, 3]})
    >>> found = delphi([first, second, second], scale=(1, 5))
    >>> found.rounds["decision"].tolist()
    ['continue', 'continue', 'stop_consensus']
    >>> found.weights.round(3).to_dict()
    {'speed': 0.692, 'price': 0.308}

    """
    for name, value in {
        "iqr_limit": iqr_limit, "change_limit": change_limit, "least_w": least_w, "alpha": alpha,
    }.items():  # fmt: skip
        if not 0 <= value <= 1:
            raise ParameterError(f"{name}={value} must lie between 0 and 1.")
    tables = _tables(rounds, items)
    low, high = _scale(tables, scale)
    width = high - low
    item_rows, round_rows = [], []
    before: pd.DataFrame | None = None
    for number, table in enumerate(tables, start=1):
        part = _describe(table, before)
        part.insert(0, "round", number)
        part["within"] = part["iqr"] <= iqr_limit * width + 1e-12
        item_rows.append(part)
        complete = table.dropna()
        agreed = kendalls_w(complete) if len(complete) > 1 and complete.shape[1] > 1 else None
        row: dict[str, object] = {"round": number, "n_experts": len(complete)}
        for name in ("w", "chi2", "df", "p_chi2", "f", "p_f"):
            row[name] = getattr(agreed, name) if agreed else np.nan
        row["share_within"] = float(part["within"].mean())
        change = float(part["median_change"].abs().max())
        row["largest_change"] = change
        by_order = agreed is not None and agreed.w >= least_w and min(agreed.p_f, 1.0) < alpha
        consensus = bool(part["within"].all() or by_order)
        stable = bool(before is not None and change <= change_limit * width + 1e-12)
        row |= {"consensus": consensus, "stable": stable}
        row["decision"] = (
            "continue" if not stable else "stop_consensus" if consensus else "stop_without_consensus"
        )
        round_rows.append(row)
        before = table
    medians = item_rows[-1]["median"].to_numpy(dtype="float64")
    if medians.sum() <= 0:
        raise DataError("All medians of the last round are 0, so there are no weights.")
    return Delphi(
        weights=normalised(medians, tables[0].columns),
        method="delphi",
        items=pd.concat(item_rows, ignore_index=True),
        rounds=pd.DataFrame(round_rows),
        decision=str(round_rows[-1]["decision"]),
        scale_width=width,
        iqr_limit=iqr_limit * width,
        change_limit=change_limit * width,
        least_w=least_w,
        alpha=alpha,
    )


def _numbers(table: pd.DataFrame, what: str) -> pd.DataFrame:
    if not isinstance(table, pd.DataFrame):
        raise DataError(f"{what}: a DataFrame is needed, experts × items; got {type(table).__name__}.")
    check_names(table.columns, f"items of {what}")
    numbers = float_table(table)
    bad = (numbers.isna() & table.notna()).to_numpy() | np.isinf(numbers.to_numpy())
    if bad.any():
        problems = [
            f"expert {table.index[i]!r}, item {table.columns[j]!r}: {shown(table.iloc[i, j])}"
            for i, j in np.argwhere(bad)[:5]
        ]
        raise DataError(f"{what}: some ratings are no numbers.", problems=problems)
    return numbers


def _tables(rounds: Sequence[pd.DataFrame] | np.ndarray, items: Sequence[str] | None) -> list[pd.DataFrame]:
    if isinstance(rounds, np.ndarray):
        if rounds.ndim != 3:
            raise DataError(f"An array must be rounds × experts × items; got the shape {rounds.shape}.")
        names = list(items) if items is not None else list(range(1, rounds.shape[2] + 1))
        if len(names) != rounds.shape[2]:
            raise DataError(f"{len(names)} names for {rounds.shape[2]} items.")
        given = [pd.DataFrame(part, columns=names) for part in rounds]
    else:
        given = list(rounds)
    if isinstance(rounds, (Mapping, pd.DataFrame)) or not given:
        raise DataError("A list of rounds is needed, first round first.")
    tables = [_numbers(table, f"round {i}") for i, table in enumerate(given, start=1)]
    first = check_names(tables[0].columns, "items")
    for i, table in enumerate(tables, start=1):
        check_names(table.index, f"experts of round {i}")
        if table.columns.has_duplicates or set(table.columns) != set(first):
            odd = sorted(map(str, set(table.columns) ^ set(first)))
            raise DataError(f"Round {i} has other items than round 1.", problems=odd[:5])
        empty = table.columns[table.isna().all()].tolist()
        if empty:
            raise DataError(f"Nobody rated some items in round {i}.", problems=[repr(e) for e in empty[:5]])
    return [table[first] for table in tables]


def _scale(tables: list[pd.DataFrame], scale: tuple[float, float] | None) -> tuple[float, float]:
    least = min(float(t.min().min()) for t in tables)
    most = max(float(t.max().max()) for t in tables)
    low, high = scale if scale is not None else (least, most)
    if scale is not None and not low < high:
        raise ParameterError(f"scale={scale} must rise, as in (1, 5).")
    if least < max(low, 0) or most > high:
        raise DataError(
            f"Ratings run from {least:g} to {most:g}; the scale is {low:g} to {high:g}, and weights need 0 or more.",
            hint="Name the scale that was asked, or correct the ratings.",
        )
    return float(low), float(high)


def _describe(table: pd.DataFrame, before: pd.DataFrame | None) -> pd.DataFrame:
    quartiles = table.quantile([0.25, 0.5, 0.75])
    mean, sd = table.mean(), table.std(ddof=1)
    part = pd.DataFrame(
        {
            "n": table.notna().sum(),
            "median": quartiles.loc[0.5],
            "q1": quartiles.loc[0.25],
            "q3": quartiles.loc[0.75],
            "iqr": quartiles.loc[0.75] - quartiles.loc[0.25],
            "mean": mean,
            "sd": sd,
            "cv": sd / mean.where(mean > 0),
            "median_change": np.nan,
            "moved": np.nan,
        }
    )
    if before is not None:
        part["median_change"] = part["median"] - before.median()
        earlier = before.reindex(table.index)
        both = table.notna() & earlier.notna()
        part["moved"] = ((table != earlier) & both).sum() / both.sum().where(both.sum() > 0)
    return part.rename_axis("item").reset_index()
