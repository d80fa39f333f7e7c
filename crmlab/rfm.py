"""RFM: recency, frequency and monetary value, their scores, and the segments made of them.

The *recency* here is the direct marketer's: days **since** the last purchase, small is good. The recency of the
buy-till-you-die models (:func:`crmlab.clv.customer_summary`) is the time from the first to the last purchase.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, float_array, floats
from crmlab._occasions import RefundRule, need_two, purchase_occasions
from crmlab.clv._rows import check_columns, to_dates
from crmlab.errors import DataError, ParameterError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv._rows import DateLike

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["DEFAULT_SEGMENTS", "RFMSegments", "SegmentRule", "rfm_segments", "rfm_table"]

_DIMENSIONS = ("recency_days", "frequency", "monetary")


@checked_arguments
@dataclass(frozen=True)
class SegmentRule:
    """Scores of a segment: a box from the lowest to the highest score, both included, in each dimension.

    A segment may consist of several boxes: several rules with one name.
    """

    segment: str
    r: tuple[int, int]
    f: tuple[int, int]
    m: tuple[int, int] = (1, 5)

    def holds(self, r: Ints, f: Ints, m: Ints) -> NDArray[np.bool_]:
        """Return where the scores lie in the box."""
        inside = [
            (s >= low) & (s <= high)
            for s, (low, high) in zip((r, f, m), (self.r, self.f, self.m), strict=True)
        ]
        return inside[0] & inside[1] & inside[2]


#: Ten segments that share the 125 combinations of five scores each among them: recency × frequency, and monetary value
#: where it decides what to do (who is worth most of all, and whom one cannot afford to lose).
DEFAULT_SEGMENTS = (
    SegmentRule("champions", r=(4, 5), f=(4, 5), m=(4, 5)),
    SegmentRule("loyal", r=(4, 5), f=(4, 5), m=(1, 3)),
    SegmentRule("loyal", r=(3, 3), f=(4, 5)),
    SegmentRule("potential_loyalists", r=(4, 5), f=(2, 3)),
    SegmentRule("new", r=(4, 5), f=(1, 1)),
    SegmentRule("need_attention", r=(3, 3), f=(2, 3)),
    SegmentRule("about_to_sleep", r=(3, 3), f=(1, 1)),
    SegmentRule("cannot_lose", r=(1, 2), f=(4, 5), m=(4, 5)),
    SegmentRule("at_risk", r=(1, 2), f=(4, 5), m=(1, 3)),
    SegmentRule("at_risk", r=(1, 2), f=(3, 3)),
    SegmentRule("hibernating", r=(2, 2), f=(1, 2)),
    SegmentRule("lost", r=(1, 1), f=(1, 2)),
)


@dataclass(frozen=True, eq=False)
class RFMSegments:
    """Scores and segment of each customer, and what the segments are worth.

    Attributes
    ----------
    table
        The given table with ``r``, ``f``, ``m`` (scores, highest best), ``rfm`` (text such as ``"545"``) and
        ``segment``.
    segments
        One row a segment, in the order of the rules, empty ones included: ``segment``, ``customers``, ``share``,
        ``revenue``, ``revenue_share``, ``mean_recency_days``, ``mean_frequency``, ``mean_monetary``.
    cuts
        One row a dimension and score: ``dimension``, ``score``, ``above`` and ``up_to`` (the value lies above the first
        and up to the second, which is included; missing where there is no bound), ``customers``.
    skipped
        Scores that no customer can get because quantiles coincide (too few distinct values), by dimension; empty for
        fixed cuts.
    method
        ``"quantile"`` or ``"fixed"``.

    """

    table: pd.DataFrame
    segments: pd.DataFrame
    cuts: pd.DataFrame
    skipped: Mapping[str, tuple[int, ...]]
    method: str

    def summary(self) -> pd.DataFrame:
        """Return the segments."""
        return self.segments.copy()


@checked_arguments
def rfm_table(
    transactions: pd.DataFrame,
    *,
    observation_end: DateLike | None = None,
    monetary: Literal["total", "mean"] = "total",
    customer: str = "customer",
    date: str = "date",
    amount: str = "amount",
    refunds: RefundRule = "net",
) -> pd.DataFrame:
    """Turn transactions into recency, frequency and monetary value of each customer.

    Parameters
    ----------
    transactions
        One row a transaction, in any order.
    observation_end
        Last day observed; default: the last date in the data.
    monetary
        ``"total"`` of all purchases or ``"mean"`` a purchase occasion.
    customer, date, amount
        Names of the columns.
    refunds
        What negative amounts are, as in :func:`crmlab.clv.customer_summary`.

    Returns
    -------
    DataFrame
        Indexed by customer, sorted: ``recency_days`` (whole days from the last purchase to the end of observation, 0 or
        more), ``frequency`` (purchase occasions, the first included; same-day purchases are one), ``monetary``,
        ``revenue`` (total, whatever `monetary` is), ``last_purchase``.

    Raises
    ------
    DataError
        Missing columns; unreadable dates or amounts; no rows.
    ParameterError
        An unknown `monetary`.

    Notes
    -----
    This is not the table of the lifetime-value models: there, recency is the time from the first to the last purchase
    and frequency counts repeat purchases only. With total monetary value F and M go together (who buys often has spent
    more); the mean tells basket size apart from frequency.

    References
    ----------
    Hughes, A. M. (1994). Strategic Database Marketing. Probus.

    Checked against: a plain-Python loop, and :func:`crmlab.clv.customer_summary` on CDNOW (T - recency, frequency + 1).

    Examples
    --------
    >>> import pandas as pd
    >>> sales = pd.DataFrame({"customer": ["a", "a", "b"], "date": ["2024-01-01", "2024-01-20", "2024-01-11"],
    ...                       "amount": [10.0, 30.0, 5.0]})
    >>> rfm_table(sales, observation_end="2024-01-31")[["recency_days", "frequency", "monetary"]]
              recency_days  frequency  monetary
    customer
    a                   11          2      40.0
    b                   20          1       5.0

    """
    if monetary not in ("total", "mean"):
        raise ParameterError(f"monetary is {monetary!r}; it may be 'total' or 'mean'.")
    o = purchase_occasions(
        transactions,
        customer=customer,
        date=date,
        amount=amount,
        observation_end=observation_end,
        refunds=refunds,
    )
    return pd.DataFrame(
        {
            "recency_days": o.end - o.last,
            "frequency": o.n,
            "monetary": o.total if monetary == "total" else o.total / o.n,
            "revenue": o.total,
            "last_purchase": to_dates(o.last),
        },
        index=o.ids,
    )


@checked_arguments
def rfm_segments(
    table: pd.DataFrame,
    *,
    quantiles: int = 5,
    cuts: Mapping[str, Sequence[float]] | None = None,
    method: Literal["quantile", "fixed"] = "quantile",
    segments: Sequence[SegmentRule] = DEFAULT_SEGMENTS,
) -> RFMSegments:
    r"""Score customers by recency, frequency and monetary value, and name their segments.

    Parameters
    ----------
    table
        As from :func:`rfm_table`: ``recency_days``, ``frequency``, ``monetary``; ``revenue`` if there (else
        ``monetary`` stands for it).
    quantiles
        Number of scores with ``method="quantile"``; the default segments want 5.
    cuts
        With ``method="fixed"``: rising cuts of each dimension, one fewer than there are scores, such as
        ``{"recency_days": [30, 90, 180, 365], "frequency": [1, 2, 4, 9], "monetary": [50, 100, 200, 500]}``.
    method
        ``"quantile"``: customers are compared with each other. ``"fixed"``: with the same cuts each time, so that
        segments can be followed over time.
    segments
        Rules that hold each combination of scores exactly once.

    Returns
    -------
    RFMSegments

    Raises
    ------
    DataError
        Missing columns; missing, infinite or negative numbers; one customer only.
    ParameterError
        Cuts that are missing, of unequal number or not rising; rules that overlap or leave a combination out.

    Notes
    -----
    With cuts :math:`c_1 < \dots < c_{K-1}` a value's class is the number of cuts *below* it, so that a class is
    :math:`(c_k, c_{k+1}]`, its upper bound included. Frequency and monetary value score 1 + class; recency scores K -
    class, since few days are good. The quantile method cuts at :math:`c_k =` the smallest value which at least
    :math:`k/K` of the customers do not exceed.

    *Ties.* Equal values always get equal scores; groups are then unequal, and where cuts coincide scores are skipped: if
    60 % of the customers bought once, they all have F = 1, and nobody has F = 2 or 3. `skipped` says so. Breaking ties by
    the order of rows, as many tools do, would give equal customers different letters.

    Do not read a segment as a probability of buying; that is what :mod:`crmlab.clv` computes.

    References
    ----------
    Hughes, A. M. (1994). Strategic Database Marketing. Probus.
    Fader, P. S., Hardie, B. G. S., & Lee, K. L. (2005). RFM and CLV: Using iso-value curves for customer base analysis.
    Journal of Marketing Research, 42(4), 415-430. https://doi.org/10.1509/jmkr.2005.42.4.415

    Checked against: ``pandas.cut`` with the same edges, a plain-Python loop, and an enumeration of all 125 combinations.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"recency_days": [3, 40, 100, 200, 400], "frequency": [12, 6, 3, 2, 1],
    ...                       "monetary": [900.0, 300.0, 120.0, 80.0, 20.0]}, index=list("abcde"))
    >>> rfm_segments(table).table[["rfm", "segment"]]
       rfm      segment
    a  555    champions
    b  444    champions
    c  333  need_attention
    d  222  hibernating
    e  111         lost

    """
    values = _values(table)
    need_two(len(table), "RFM scores")
    edges = _edges(values, quantiles=quantiles, cuts=cuts, method=method)
    n_scores = len(edges["frequency"]) + 1
    names = _check_rules(segments, n_scores)

    scores: dict[str, Ints] = {}
    cut_rows: list[tuple[str, int, float, float, int]] = []
    skipped: dict[str, tuple[int, ...]] = dict.fromkeys(_DIMENSIONS, ())
    for dimension in _DIMENSIONS:
        edge = edges[dimension]
        klass = np.searchsorted(edge, values[dimension], side="left").astype(np.int64)
        score = n_scores - klass if dimension == "recency_days" else 1 + klass
        scores[dimension[0]] = score
        bound = np.concatenate([[np.nan], edge, [np.nan]])
        for k in range(n_scores):
            s = n_scores - k if dimension == "recency_days" else 1 + k
            cut_rows.append((dimension, s, float(bound[k]), float(bound[k + 1]), int((klass == k).sum())))
        if method == "quantile":
            # A class between two cuts that coincide is empty, whatever the customers.
            skipped[dimension] = tuple(
                sorted(row[1] for row in cut_rows if row[0] == dimension and not row[4])
            )

    r, f, m = scores["r"], scores["f"], scores["m"]
    segment = np.select(
        [rule.holds(r, f, m) for rule in segments], [rule.segment for rule in segments], default=""
    )
    out = table.assign(
        r=r,
        f=f,
        m=m,
        rfm=pd.Series(r, index=table.index).astype(str)
        + pd.Series(f, index=table.index).astype(str)
        + pd.Series(m, index=table.index).astype(str),
        segment=pd.Categorical(segment, categories=names),
    )
    cut_table = pd.DataFrame(cut_rows, columns=["dimension", "score", "above", "up_to", "customers"])
    return RFMSegments(
        table=out,
        segments=_segment_summary(out),
        cuts=cut_table.sort_values(["dimension", "score"], kind="stable", ignore_index=True),
        skipped=MappingProxyType(skipped),
        method=method,
    )


def _values(table: pd.DataFrame) -> dict[str, Floats]:
    check_columns(table, _DIMENSIONS, what="RFM table")
    if table.empty:
        raise DataError("The RFM table has no rows.")
    values = {name: floats(table[name]) for name in _DIMENSIONS}
    problems = []
    for name, value in values.items():
        bad = ~np.isfinite(value) | (value < 0)
        if bad.any():
            shown = "; ".join(f"{label!r}: {cell!r}" for label, cell in table.loc[bad, name].head(5).items())
            problems.append(f"{int(bad.sum())} value(s) of {name} are missing, infinite or negative: {shown}")
    if problems:
        raise DataError(
            "The RFM table cannot be scored.", problems=problems, hint="rfm_table(transactions) makes one."
        )
    return values


def _edges(
    values: Mapping[str, Floats], *, quantiles: int, cuts: Mapping[str, Sequence[float]] | None, method: str
) -> dict[str, Floats]:
    if method == "quantile":
        if cuts is not None:
            raise ParameterError("cuts are given, but the method is 'quantile'.", hint="Say method='fixed'.")
        if not 2 <= quantiles <= 9:
            raise ParameterError(f"quantiles is {quantiles!r}; it must be 2 to 9.")
        return {name: _quantile_edges(value, quantiles) for name, value in values.items()}
    if method != "fixed":
        raise ParameterError(f"method is {method!r}; it may be 'quantile' or 'fixed'.")
    given = dict(cuts or {})
    problems = [f"no cuts of {name}" for name in _DIMENSIONS if name not in given]
    for name, edge in given.items():
        if name not in _DIMENSIONS:
            near = did_you_mean(name, _DIMENSIONS)
            problems.append(f"unknown dimension {name!r}" + (f"; did you mean {near!r}?" if near else ""))
        elif not np.size(edge) or not np.isfinite(float_array(edge)).all() or not _rise(edge):
            problems.append(f"cuts of {name} do not rise: {edge!r}")
    if not problems and len({len(edge) for edge in given.values()}) > 1:
        problems.append(
            "numbers of cuts differ: " + ", ".join(f"{name} {len(e)}" for name, e in given.items())
        )
    if problems:
        raise ParameterError(
            "Fixed cuts are not complete.",
            problems=problems,
            hint="Four rising cuts of each of recency_days, frequency, monetary make five scores.",
        )
    return {name: np.asarray(given[name], dtype=np.float64) for name in _DIMENSIONS}


def _rise(edge: Sequence[float]) -> bool:
    return np.ndim(edge) == 1 and bool((np.diff(float_array(edge)) > 0).all())


def _quantile_edges(value: Floats, k: int) -> Floats:
    """Return, for i = 1 … k-1, the smallest value that at least i/k of the customers do not exceed."""
    ordered = np.sort(value)
    place = np.array(
        [-(-len(value) * i // k) - 1 for i in range(1, k)]
    )  # whole numbers: no rounding moves a cut
    return cast("Floats", ordered[place])


def _check_rules(rules: Sequence[SegmentRule], n_scores: int) -> list[str]:
    """Return the names in order; raise unless each combination of scores has exactly one rule."""
    r, f, m = (axis.ravel() for axis in np.meshgrid(*[np.arange(1, n_scores + 1)] * 3, indexing="ij"))
    hits = np.zeros(len(r), dtype=np.int64)
    for rule in rules:
        hits += rule.holds(r, f, m)
    problems = []
    for wrong, what in ((hits == 0, "no rule"), (hits > 1, "more than one rule")):
        if wrong.any():
            shown = ", ".join(
                f"{a}{b}{c}" for a, b, c in zip(r[wrong][:5], f[wrong][:5], m[wrong][:5], strict=True)
            )
            problems.append(
                f"{int(wrong.sum())} combination(s) have {what}: {shown}{' …' if wrong.sum() > 5 else ''}"
            )
    if problems:
        raise ParameterError(
            f"The segment rules do not share out the {n_scores**3} combinations of {n_scores} scores.",
            problems=problems,
            hint="The default rules want five scores; give rules of your own as a list of SegmentRule.",
        )
    return list(dict.fromkeys(rule.segment for rule in rules))


def _segment_summary(table: pd.DataFrame) -> pd.DataFrame:
    table = table.assign(**{name: floats(table[name]) for name in _DIMENSIONS})
    revenue = pd.Series(floats(table["revenue" if "revenue" in table else "monetary"]), index=table.index)
    grouped = table.assign(_revenue=revenue).groupby("segment", observed=False)
    out = pd.DataFrame(
        {
            "customers": grouped.size(),
            "share": grouped.size() / len(table),
            "revenue": grouped["_revenue"].sum(),
            "revenue_share": grouped["_revenue"].sum() / revenue.sum() if revenue.sum() else np.nan,
            "mean_recency_days": grouped["recency_days"].mean(),
            "mean_frequency": grouped["frequency"].mean(),
            "mean_monetary": grouped["monetary"].mean(),
        }
    )
    return out.reset_index()
