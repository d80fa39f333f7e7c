"""What the loyalty report computes of the tiers of a programme: sizes, movements, and what a tier is worth."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.errors import DataError
from crmlab.programme import TierEffect, TierMovements, tier_effect, tier_movements

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.parameters import LoyaltyParameters

__all__ = ["NEAR", "TierJump", "TiersFound", "analyse_tiers", "round_between", "threshold"]

#: who lacks at most this share of a threshold is near it
NEAR = 0.1
#: a tier's year must have been seen for so many days before what a tier is worth is asked
_SEEN_DAYS = 180
#: below this share of customers on the wrong side a threshold is believed
_WRONG = 0.1
#: words that name tiers, the lowest first
_LADDER = (
    ("none", "普通", "基础", "basic", "standard", "regular", "member", "会员", "普卡", "blue", "white"),
    ("bronze", "铜", "铜卡", "铜牌", "青铜"),
    ("silver", "银", "银卡", "银牌", "白银"),
    ("gold", "金", "金卡", "金牌", "黄金"),
    ("platinum", "铂金", "白金", "白金卡", "铂金卡"),
    ("diamond", "钻石", "钻石卡"),
    ("black", "黑金", "黑卡", "至尊"),
)


@dataclass(frozen=True, eq=False)
class TierJump:
    """What reaching a tier does to one outcome.

    Attributes
    ----------
    tier, below
        The tier, and the one below it.
    outcome
        ``"revenue"`` of the year in which the tier is held, or ``"exchanged"`` (points at least once: 0 or 1).
    effect
        The jump at the threshold.
    mean_tier, mean_below
        The outcome of all customers in the two tiers: the comparison that misleads.
    sharp
        Whether the threshold alone decides who has the tier.

    """

    tier: str
    below: str
    outcome: str
    effect: TierEffect
    mean_tier: float
    mean_below: float
    sharp: bool


@dataclass(frozen=True, eq=False)
class TiersFound:
    """The tiers of the programme.

    Attributes
    ----------
    order
        Tiers, the lowest first.
    year
        The last year in the table, or None where it has no years.
    sizes
        Of that year: ``tier``, ``customers``, ``share``, ``qualifying`` (mean), ``revenue_share`` (of the tier's
        customers in the last 365 days), ``near`` (customers short of the next tier by a tenth of its threshold or less).
    movements
        From one year to the next, or None.
    thresholds
        Tier to its threshold, as far as the table shows it.
    jumps
        What the lowest tier with a threshold is worth, by outcome.
    effect_year, seen_days
        The year those outcomes are of, and how many of its days were observed.

    """

    order: tuple[str, ...]
    year: int | None
    sizes: pd.DataFrame
    movements: TierMovements | None
    thresholds: dict[str, float]
    jumps: tuple[TierJump, ...]
    effect_year: int | None
    seen_days: int


def analyse_tiers(
    given: ReportInput, parameters: LoyaltyParameters, *, end: pd.Timestamp
) -> TiersFound | None:
    """Compute sizes, movements, and what a tier is worth; None without tiers, or with one alone."""
    table, sales = given.tiers, given.transactions
    if table is None or table.empty or parameters.programme == "off" or sales is None:
        return None
    years = table["year"].dropna().astype(int)
    year = int(years.max()) if len(years) else None
    now = table[table["year"] == year] if year is not None else table
    now = now.drop_duplicates("customer", keep="last")
    order = _order(table)
    if len(order) < 2 or len(now) < 2 * parameters.min_group:
        return None
    thresholds, wrong = _thresholds(now, order, parameters)
    recent = sales[
        (sales["date"] > end - pd.Timedelta(days=365)) & (sales["date"] < end + pd.Timedelta(days=1))
    ]
    spent = recent.groupby("customer")["amount"].sum()
    movements = None
    if year is not None and years.min() < year:
        dated = table.dropna(subset=["year"]).drop_duplicates(["customer", "year"], keep="last")
        movements = tier_movements(
            dated.assign(period=dated["year"].astype(int)), order=order, confidence=parameters.confidence
        )
    effect_year, seen = _effect_year(table, end)
    jumps: tuple[TierJump, ...] = ()
    if effect_year is not None:
        jumps = _jumps(given, parameters, order, year=effect_year, end=end)
    return TiersFound(
        order=order,
        year=year,
        sizes=_sizes(now, order, spent, thresholds),
        movements=movements,
        thresholds={tier: cut for tier, cut in thresholds.items() if wrong[tier] <= _WRONG},
        jumps=jumps,
        effect_year=effect_year,
        seen_days=seen,
    )


def _order(table: pd.DataFrame) -> tuple[str, ...]:
    """Return the tiers from the lowest: by qualifying spend, else by their words, else the largest first."""
    names = [str(name) for name in table["tier"].unique()]
    spend = table.groupby("tier")["qualifying_spend"].median()
    if spend.notna().all():
        return tuple(str(name) for name in spend.sort_values(kind="stable").index)
    rank = {word: place for place, words in enumerate(_LADDER) for word in words}
    places = [rank.get(name.strip().casefold().removesuffix("会员")) for name in names]
    if None not in places and len(set(places)) == len(places):
        return tuple(name for _, name in sorted(zip(places, names, strict=True)))
    return tuple(str(name) for name in table["tier"].value_counts().index)


def threshold(spend: NDArray[np.float64], has: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the qualifying spend that best parts who has a tier from who has not, and the share it parts wrongly.

    >>> threshold(np.array([310.0, 380.0, 402.5, 700.0]), np.array([False, False, True, True]))
    (400.0, 0.0)
    """
    order = np.argsort(spend, kind="stable")
    x, y = spend[order], has[order]
    # With the cut before position k, who has the tier below it and who has not above it are on the wrong side.
    wrong = np.concatenate([[0], np.cumsum(y)]) + np.concatenate([np.cumsum(~y[::-1])[::-1], [0]])
    change = np.flatnonzero(np.diff(x) > 0) + 1
    if not len(change):
        return math.nan, 1.0
    best = int(change[np.argmin(wrong[change])])
    return round_between(float(x[best - 1]), float(x[best])), float(wrong[best]) / len(x)


def round_between(low: float, high: float) -> float:
    """Return the roundest number above `low` and not above `high`: the threshold that people will have set.

    >>> round_between(398.2, 403.9), round_between(0.0, 7.0), round_between(1180.0, 1223.0)
    (400.0, 5.0, 1200.0)
    """
    if not high > low:
        return high
    power = math.floor(math.log10(max(abs(high), abs(low), 1e-12)))
    for exponent in range(power + 1, power - 12, -1):
        for step in (10.0**exponent, 5 * 10.0 ** (exponent - 1)):
            candidate = round(math.floor(high / step) * step, 12)
            if low < candidate <= high:
                return candidate
    return high


def _thresholds(
    now: pd.DataFrame, order: tuple[str, ...], parameters: LoyaltyParameters
) -> tuple[dict[str, float], dict[str, float]]:
    """Return each tier's threshold, and the share of customers of the two tiers who are on its wrong side."""
    cuts: dict[str, float] = {}
    wrong: dict[str, float] = {}
    known = now[now["qualifying_spend"].notna()]
    for below, tier in itertools.pairwise(order):
        pair = known[known["tier"].isin([below, tier])]
        counts = pair["tier"].value_counts()
        if len(counts) < 2 or counts.min() < parameters.min_group:
            continue
        spend = pair["qualifying_spend"].to_numpy(dtype=np.float64)
        cuts[tier], wrong[tier] = threshold(spend, (pair["tier"] == tier).to_numpy())
    if parameters.tier_cutoff > 0:
        tier = next(
            (name for name in order[1:] if name in cuts),
            order[1],
        )
        nearest = min(cuts, key=lambda name: abs(cuts[name] - parameters.tier_cutoff), default=tier)
        cuts[nearest], wrong[nearest] = parameters.tier_cutoff, 0.0
    return cuts, wrong


def _sizes(
    now: pd.DataFrame, order: tuple[str, ...], spent: pd.Series[float], thresholds: dict[str, float]
) -> pd.DataFrame:
    rows = []
    revenue = now["customer"].map(spent).fillna(0.0)
    for place, tier in enumerate(order):
        own = now["tier"] == tier
        ahead = thresholds.get(order[place + 1]) if place + 1 < len(order) else None
        spend = now.loc[own, "qualifying_spend"]
        rows.append(
            {
                "tier": tier,
                "customers": int(own.sum()),
                "share": float(own.mean()),
                "qualifying": float(spend.mean()),
                "revenue_share": float(revenue[own].sum() / revenue.sum()) if revenue.sum() > 0 else math.nan,
                "near": int((spend >= (1 - NEAR) * ahead).sum()) if ahead else 0,
            }
        )
    return pd.DataFrame(rows)


def _effect_year(table: pd.DataFrame, end: pd.Timestamp) -> tuple[int | None, int]:
    """Return the last year in the table that was observed long enough, and how many of its days were."""
    for year in sorted(table["year"].dropna().astype(int).unique(), reverse=True):
        first, last = pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31)
        seen = (min(end, last) - first).days + 1
        if seen >= _SEEN_DAYS:
            return int(year), seen
    return None, 0


def _jumps(
    given: ReportInput,
    parameters: LoyaltyParameters,
    order: tuple[str, ...],
    *,
    year: int,
    end: pd.Timestamp,
) -> tuple[TierJump, ...]:
    """Estimate what the tier with most customers near its threshold does, by outcome."""
    assert given.tiers is not None
    held = given.tiers[given.tiers["year"] == year].drop_duplicates("customer", keep="last")
    cuts, wrong = _thresholds(held, order, parameters)
    good = {tier: cut for tier, cut in cuts.items() if wrong[tier] <= _WRONG and cut > 0}
    if not good:
        return ()
    spend = held["qualifying_spend"]
    tier = max(good, key=lambda name: int(spend.between(0.7 * good[name], 1.3 * good[name]).sum()))
    place = order.index(tier)
    within = held[spend.notna()]
    if place + 1 < len(order) and order[place + 1] in good:
        within = within[within["qualifying_spend"] < good[order[place + 1]]]
    if place > 1 and order[place - 1] in good:
        within = within[within["qualifying_spend"] >= good[order[place - 1]]]
    outcomes = _outcomes(given, within["customer"], year=year, end=end)
    has = within["tier"].isin(order[place:]).to_numpy()
    sharp = wrong[tier] == 0
    found = []
    for name, outcome in outcomes.items():
        frame = pd.DataFrame(
            {
                "running": within["qualifying_spend"].to_numpy(dtype=float),
                "outcome": outcome.to_numpy(dtype=float),
                "has": has.astype(float),
            }
        )
        try:
            effect = tier_effect(
                frame,
                "running",
                "outcome",
                good[tier],
                treatment=None if sharp else "has",
                confidence=parameters.confidence,
            )
        except DataError:
            continue
        # Each point of the figure is a mean over customers: enough of them, too.
        effect = replace(effect, bins=effect.bins[effect.bins["n"] >= parameters.min_group])
        known = frame["outcome"].notna()
        if effect.bins.empty or min((known & has).sum(), (known & ~has).sum()) < parameters.min_group:
            continue
        found.append(
            TierJump(
                tier=tier,
                below=order[place - 1],
                outcome=name,
                effect=effect,
                mean_tier=float(frame.loc[has, "outcome"].mean()),
                mean_below=float(frame.loc[~has, "outcome"].mean()),
                sharp=sharp,
            )
        )
    return tuple(found)


def _outcomes(
    given: ReportInput, customers: pd.Series[str], *, year: int, end: pd.Timestamp
) -> dict[str, pd.Series[float]]:
    """Return what customers did in the year in which they held the tier."""
    assert given.transactions is not None
    last = min(end, pd.Timestamp(year, 12, 31)) + pd.Timedelta(days=1)
    first = pd.Timestamp(year, 1, 1)

    def inside(table: pd.DataFrame) -> pd.DataFrame:
        return table[(table["date"] >= first) & (table["date"] < last)]

    spent = inside(given.transactions).groupby("customer")["amount"].sum()
    outcomes = {"revenue": customers.map(spent).fillna(0.0)}
    if given.points is not None:
        moves = inside(given.points)
        burned = moves.loc[moves["kind"] == "burned", "customer"].unique()
        exchanged = customers.isin(burned)
        if exchanged.any():
            outcomes["exchanged"] = exchanged.astype(float)
    return outcomes
