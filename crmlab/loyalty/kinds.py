"""Kinds of loyalty: attachment × repeat purchase, and the reasons behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from crmlab._arguments import as_column, checked_arguments, floats, real
from crmlab._occasions import need_two
from crmlab._shares import wilson
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Vector = pd.Series | Sequence[float] | NDArray[np.generic]

__all__ = ["KINDS", "QUADRANTS", "LoyaltyKinds", "loyalty_kinds"]

#: Kinds of loyalty in the order of tables; which of them appear depends on the reasons that are known.
KINDS = ("trust", "monopoly", "incentive", "inertia", "spurious", "latent", "price", "none")
#: Dick and Basu's four cells.
QUADRANTS = ("true", "spurious", "latent", "none")

Cut = float | Literal["median", "mean"]


@dataclass(frozen=True, eq=False)
class LoyaltyKinds:
    """Each customer's kind of loyalty, and the shares of the kinds.

    Attributes
    ----------
    table
        One row a customer: ``attachment``, ``repeat``, ``attachment_high``, ``repeat_high``, ``quadrant``
        (:data:`QUADRANTS`), ``kind`` (:data:`KINDS`).
    shares
        One row a kind: ``kind``, ``customers``, ``share``, ``low``, ``high``; kinds without customers included.
    cuts
        How high was told from low: ``dimension``, ``rule`` (``"given"``, ``"median"``, ``"mean"``), ``comparison``
        (``">="`` for given cuts, ``">"`` for median and mean), ``cut``, ``customers_high``, ``customers_low``.
    left_out
        Customers without attachment, without repeat purchase, or in one of the two only.
    confidence
        Level of the intervals.

    """

    table: pd.DataFrame
    shares: pd.DataFrame
    cuts: pd.DataFrame
    left_out: Mapping[str, int]
    confidence: float

    def summary(self) -> pd.DataFrame:
        """Return the shares of the kinds."""
        return self.shares.copy()


@checked_arguments
def loyalty_kinds(
    attachment: Vector,
    repeat: Vector,
    *,
    attachment_cut: Cut = "median",
    repeat_cut: Cut = "median",
    price_sensitive: Vector | None = None,
    locked_in: Vector | None = None,
    reward_driven: Vector | None = None,
    confidence: float = 0.95,
) -> LoyaltyKinds:
    """Tell the kinds of loyalty apart by attachment, repeat purchase and known reasons.

    Parameters
    ----------
    attachment
        How attached a customer is (attitude: preference, trust, willingness to recommend), any rising scale. Series
        are matched by their index (the customer); other sequences by position.
    repeat
        Repeat purchase (behaviour): number of repeat purchases, share of wallet, or 0/1. Any rising scale.
    attachment_cut, repeat_cut
        A number: high is that or more. ``"median"`` or ``"mean"``: high is *more* than it, so that a median of 0 repeat
        purchases parts those who came back from those who did not. A fixed cut keeps the kinds comparable over time;
        a median moves with the customers.
    price_sensitive, locked_in, reward_driven
        True, False or missing for each customer: buys where it is cheapest; has no alternative (monopoly, contract,
        switching cost); comes when there is a reward. None: not known for anybody.
    confidence
        Level of the intervals of the shares.

    Returns
    -------
    LoyaltyKinds

    Raises
    ------
    DataError
        Lengths differ; an index with duplicates; no customer in both; no number where one is needed; one customer
        only; a median or mean that nobody exceeds (choose a number then).
    ParameterError
        A cut that is no number and no known rule.

    Notes
    -----
    ============ ============== =====================================================================
    attachment   repeat         kind
    ============ ============== =====================================================================
    high         high           ``trust``
    low          high           ``monopoly`` if locked in; else ``incentive`` if reward-driven; else
                                ``inertia`` if both reasons are known to be absent; else ``spurious``
    high         low            ``latent``
    low          low            ``price`` if price-sensitive; else ``none``
    ============ ============== =====================================================================

    The five kinds monopoly, inertia, price, incentive and trust are those of the Chinese textbooks; ``latent`` and
    ``none`` complete the table of Dick and Basu, whose own four cells stand in ``quadrant``. Whoever has no choice is
    locked in whether or not points are collected: monopoly goes before incentive. ``spurious`` says that the reason is
    not known; it becomes ``inertia`` only when the two other reasons are ruled out.

    Customers with a missing attachment or repeat are left out and counted: who answers a survey is no random sample,
    so read the shares as those of the answering.

    Do not use it to prove a cause: a kind describes, and the cuts decide much of it. Move the cuts and look again.

    References
    ----------
    Dick, A. S., & Basu, K. (1994). Customer loyalty: Toward an integrated conceptual framework. Journal of the Academy
    of Marketing Science, 22(2), 99-113. https://doi.org/10.1177/0092070394222001

    Checked against: a plain-Python loop over every combination of attachment, repeat purchase and reasons.

    Examples
    --------
    >>> kinds = loyalty_kinds([9, 2, 8, 3], [5, 6, 0, 0], attachment_cut=7, repeat_cut=1)
    >>> kinds.table["kind"].tolist()
    ['trust', 'spurious', 'latent', 'none']
    >>> loyalty_kinds([2, 3], [5, 4], attachment_cut=7, repeat_cut=1, locked_in=[True, False],
    ...               reward_driven=[False, False]).table["kind"].tolist()
    ['monopoly', 'inertia']

    """
    frame, left_out = _join(
        {"attachment": attachment, "repeat": repeat},
        {"price_sensitive": price_sensitive, "locked_in": locked_in, "reward_driven": reward_driven},
    )
    need_two(len(frame), "the shares of the kinds")
    a, a_row = _high(frame["attachment"], attachment_cut, "attachment")
    r, r_row = _high(frame["repeat"], repeat_cut, "repeat")
    yes = {
        name: frame[name].eq(1.0).to_numpy(dtype=bool)
        for name in ("price_sensitive", "locked_in", "reward_driven")
    }
    no = {name: frame[name].eq(0.0).to_numpy(dtype=bool) for name in ("locked_in", "reward_driven")}
    kind = np.select(
        [
            a & r,
            r & yes["locked_in"],
            r & yes["reward_driven"],
            r & no["locked_in"] & no["reward_driven"],
            r,
            a,
            yes["price_sensitive"],
        ],
        ["trust", "monopoly", "incentive", "inertia", "spurious", "latent", "price"],
        default="none",
    )
    quadrant = np.select([a & r, r, a], ["true", "spurious", "latent"], default="none")
    table = pd.DataFrame(
        {
            "attachment": frame["attachment"],
            "repeat": frame["repeat"],
            "attachment_high": a,
            "repeat_high": r,
            "quadrant": pd.Categorical(quadrant, categories=list(QUADRANTS)),
            "kind": pd.Categorical(kind, categories=list(KINDS)),
        },
        index=frame.index,
    )
    n = np.array([(kind == name).sum() for name in KINDS])
    low, high = wilson(n, len(kind), confidence)
    return LoyaltyKinds(
        table=table,
        shares=pd.DataFrame(
            {"kind": list(KINDS), "customers": n, "share": n / len(kind), "low": low, "high": high}
        ),
        cuts=pd.DataFrame([a_row, r_row]),
        left_out=MappingProxyType(left_out),
        confidence=confidence,
    )


def _join(
    needed: Mapping[str, Vector], reasons: Mapping[str, Vector | None]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Bring all inputs on one index; leave out, and count, customers without a needed value."""
    given = {**needed, **{name: v for name, v in reasons.items() if v is not None}}
    series = {name: _numbers(v, name, boolean=name in reasons) for name, v in given.items()}
    by_index = {name for name, v in given.items() if isinstance(v, pd.Series)}
    if by_index and len(by_index) < len(given):
        plain = sorted(set(given) - by_index)
        raise DataError(
            f"Some inputs are Series with an index and some are not: {', '.join(plain)}.",
            hint="Give all as Series indexed by customer, or all as sequences of one length.",
        )
    problems = []
    if not by_index:
        lengths = {name: len(s) for name, s in series.items()}
        if len(set(lengths.values())) > 1:
            problems.append("lengths differ: " + ", ".join(f"{name} {k}" for name, k in lengths.items()))
    problems += [
        f"{name} has customers more than once, such as {s.index[s.index.duplicated()][0]!r}"
        for name, s in series.items()
        if not s.index.is_unique
    ]
    if problems:
        raise DataError("Attachment, repeat purchase and reasons do not match.", problems=problems)
    a, r = series["attachment"], series["repeat"]
    both = a.index.intersection(r.index, sort=False)
    if len(both) == 0:
        raise DataError(
            "No customer has both attachment and repeat purchase.",
            hint=f"The indexes hold {a.index[:3].tolist()} and {r.index[:3].tolist()}.",
        )
    frame = pd.DataFrame({name: s.reindex(both) for name, s in series.items()}, index=both)
    for name in reasons:
        if name not in frame:
            frame[name] = np.nan
    whole = frame["attachment"].notna() & frame["repeat"].notna()
    if not whole.any():
        raise DataError("Every customer lacks attachment or repeat purchase.")
    left_out = {
        "attachment_only": len(a) - len(both),
        "repeat_only": len(r) - len(both),
        "attachment_missing": int(frame["attachment"].isna().sum()),
        "repeat_missing": int(frame["repeat"].isna().sum()),
    }
    return frame[whole], left_out


def _numbers(values: Vector, name: str, *, boolean: bool) -> pd.Series:
    s = as_column(values, name)
    number = pd.Series(floats(s), index=s.index)
    bad = (number.isna() & s.notna()) | np.isinf(number)
    what = "no number"
    if boolean:
        bad |= number.notna() & ~number.isin([0.0, 1.0])
        what = "not true or false"
    if bad.any():
        shown = "; ".join(f"{label!r}: {value!r}" for label, value in s[bad].head(5).items())
        raise DataError(
            f"{int(bad.sum())} value(s) of {name} are {what}: {shown}{'; …' if bad.sum() > 5 else ''}"
        )
    return number


def _high(values: pd.Series, rule: Cut, name: str) -> tuple[Bools, dict[str, object]]:
    v = values.to_numpy(dtype=np.float64)
    if isinstance(rule, str):
        if rule not in ("median", "mean"):
            raise ParameterError(f"{name}_cut is {rule!r}; it may be a number, 'median' or 'mean'.")
        cut = float(np.median(v) if rule == "median" else np.mean(v))
        high, comparison = v > cut, ">"
        if not high.any():
            raise DataError(
                f"Nobody's {name} is above the {rule}, {cut:g}: most customers share the highest value.",
                hint=f"Give a number, such as {name}_cut={v.max():g} (high is that or more).",
            )
    else:
        cut = real(rule)
        if not np.isfinite(cut):
            raise ParameterError(f"{name}_cut is {rule!r}; it must be finite.")
        high, comparison = v >= cut, ">="
    row: dict[str, object] = {
        "dimension": name,
        "rule": rule if isinstance(rule, str) else "given",
        "comparison": comparison,
        "cut": cut,
        "customers_high": int(high.sum()),
        "customers_low": int((~high).sum()),
    }
    return high, row
