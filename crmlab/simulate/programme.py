"""A loyalty programme on top of the orders: points earned, exchanged and lapsed, tiers, and a survey of wallets.

Nothing here changes an order. Every part draws from a stream of its own, after all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmlab.simulate.draws import logistic, stream

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from crmlab.simulate.truth import Rewards, Wallet

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["Orders", "draw_points", "draw_tiers", "draw_wallet", "place_of_tier"]

_ROUND = 100  # points are exchanged in whole hundreds
_SINGLE = 0.97  # whose share is above this uses one shop alone
_MOST_SHOPS = 5
_ROUNDED = 10  # people name what they spend in tens of yuan


@dataclass(frozen=True, eq=False)
class Orders:
    """All orders, by customer and day: index of the customer, day since `start`, amount in yuan; customers' numbers."""

    start: pd.Timestamp
    buyer: Ints
    day: Ints
    amount: Floats
    ids: NDArray[np.object_]

    @property
    def calendar(self) -> NDArray[np.datetime64]:
        """Day of each order as a date."""
        first = np.datetime64(self.start.date(), "D")
        days: NDArray[np.datetime64] = first + self.day.astype("timedelta64[D]")
        return days

    def spent(self, year: int) -> Floats:
        """Return what each customer spent in a calendar year."""
        inside = self.calendar.astype("datetime64[Y]").astype(np.int64) + 1970 == year
        weights = np.where(inside, self.amount, 0.0)
        return np.rint(100 * np.bincount(self.buyer, weights=weights, minlength=len(self.ids))) / 100


def place_of_tier(rewards: Rewards, spent: Floats) -> Ints:
    """Return the position of the tier that a year's spending gives, from 0."""
    return np.searchsorted([least for _, least in rewards.tiers], spent, side="right").astype(np.int64) - 1


def draw_tiers(orders: Orders, rewards: Rewards, years: tuple[int, ...]) -> pd.DataFrame:
    """Return the tier that each customer holds in each year, by what was spent in the year before.

    Customers who joined in the year itself are not there yet.
    """
    import pandas as pd

    names = np.array([name for name, _ in rewards.tiers], dtype=object)
    first = np.full(len(orders.ids), np.iinfo(np.int64).max)
    np.minimum.at(first, orders.buyer, orders.calendar.astype("datetime64[Y]").astype(np.int64) + 1970)
    parts = []
    for year in years:
        known = first < year
        spent = orders.spent(year - 1)[known]
        parts.append(
            pd.DataFrame(
                {
                    "customer": orders.ids[known],
                    "year": year,
                    "tier": names[place_of_tier(rewards, spent)],
                    "qualifying_spend": spent,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def draw_points(orders: Orders, rewards: Rewards, seed: int, *, last_day: int) -> pd.DataFrame:
    """Draw the ledger of points: what orders earn, what customers exchange at the till, what lapses.

    A customer who is willing to exchange points exchanges, with the given chance at an order, all whole hundreds there
    are, the oldest first. Willing is who has a number, kept for life, below that of the tier held on the day.

    Parameters
    ----------
    orders
        All orders.
    rewards
        Rules and true parameters.
    seed
        Seed of the random stream.
    last_day
        Number of the last day observed; points that lapse later are still there.

    Returns
    -------
    DataFrame
        ``customer``, ``date``, ``kind`` (earned, burned, expired), ``points`` (whole, above 0), ``value`` (yuan, of
        points burned; else missing); by date and customer.

    """
    import pandas as pd

    rng = stream(seed, "programme")
    n = len(orders.ids)
    willing = rng.random(n)
    coin = rng.random(orders.buyer.size)
    earned = np.floor(orders.amount * rewards.points_per_yuan).astype(np.int64)
    running = np.cumsum(earned)
    starts = np.searchsorted(orders.buyer, np.arange(n))
    ends = np.searchsorted(orders.buyer, np.arange(n), side="right")
    before = np.concatenate([[0], running])[starts]  # earned by the customers in front
    through = running - before[orders.buyer]

    lapse = _months_later(orders.calendar, rewards.valid_months) - np.datetime64(orders.start.date(), "D")
    lapse_day = lapse.astype(np.int64)
    # Lots that have lapsed before an order's day: lots lie in the order of time, so do their last days.
    width = int(max(lapse_day.max(), orders.day.max())) + 2
    gone = np.searchsorted(orders.buyer * width + lapse_day, orders.buyer * width + orders.day, side="left")
    lapsed = np.where(gone > starts[orders.buyer], through[np.maximum(gone - 1, 0)], 0)

    readiness = _readiness(orders, rewards)
    ready = (willing[orders.buyer] < readiness) & (coin < rewards.chance)
    used = np.zeros(n, dtype=np.int64)  # points that have left each account, lapsed ones with them
    used_after = np.zeros(orders.buyer.size, dtype=np.int64)
    burned = np.zeros(orders.buyer.size, dtype=np.int64)
    who = np.arange(n)[ends > starts]
    for turn in range(int((ends - starts).max())):
        who = who[starts[who] + turn < ends[who]]
        at = starts[who] + turn
        used[who] = np.maximum(used[who], lapsed[at])
        there = through[at] - used[who]
        take = np.where(ready[at] & (there >= rewards.least), there // _ROUND * _ROUND, 0)
        burned[at] = take
        used[who] += take
        used_after[at] = used[who]
    # What lapses of a lot: what no exchange up to its last day has taken.
    latest = np.searchsorted(
        orders.buyer * width + orders.day, orders.buyer * width + lapse_day, side="right"
    )
    taken = np.where(latest > starts[orders.buyer], used_after[np.maximum(latest - 1, 0)], 0)
    lost = np.clip(through - np.maximum(taken, through - earned), 0, None)
    lost[lapse_day > last_day] = 0

    parts = []
    for kind, points, day in (
        ("earned", earned, orders.day),
        ("burned", burned, orders.day),
        ("expired", lost, lapse_day),
    ):
        rows = np.flatnonzero(points > 0)
        parts.append(
            pd.DataFrame(
                {
                    "customer": orders.ids[orders.buyer[rows]],
                    "date": orders.start + pd.to_timedelta(day[rows], unit="D"),
                    "kind": kind,
                    "points": points[rows],
                    "value": points[rows] * rewards.value_per_point if kind == "burned" else np.nan,
                }
            )
        )
    return pd.concat(parts, ignore_index=True).sort_values(
        ["date", "customer"], kind="stable", ignore_index=True
    )


def _readiness(orders: Orders, rewards: Rewards) -> Floats:
    """Return, for each order, the share of customers in the tier held on that day who exchange points."""
    years = orders.calendar.astype("datetime64[Y]").astype(np.int64) + 1970
    shares = np.array(rewards.willing)
    readiness = np.full(orders.buyer.size, shares[0])
    for year in np.unique(years)[1:]:
        held = shares[place_of_tier(rewards, orders.spent(int(year) - 1))]
        inside = years == year
        readiness[inside] = held[orders.buyer[inside]]
    return readiness


def _months_later(days: NDArray[np.datetime64], months: int) -> NDArray[np.datetime64]:
    """Return the same day so many months later, or the last one of that month."""
    month = days.astype("datetime64[M]")
    target = month + months
    within = (days - month.astype("datetime64[D]")).astype(np.int64)
    length = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64)
    later: NDArray[np.datetime64] = target.astype("datetime64[D]") + np.minimum(within, length - 1).astype(
        "timedelta64[D]"
    )
    return later


def draw_wallet(
    orders: Orders, wallet: Wallet, seed: int, *, strong: NDArray[np.bool_], year: int
) -> pd.DataFrame:
    """Ask some customers who ordered in a year what they spent in all shops, and where this one stands among them.

    The share of the wallet is logistic(level by competition + spend × score of the own spending + noise).

    Returns
    -------
    DataFrame
        ``customer``, ``category_spend`` (yuan, in tens), ``rank`` of this shop (1 = most used), ``shops`` used.

    """
    import pandas as pd

    rng = stream(seed, "wallet")
    spent = orders.spent(year)
    known = np.flatnonzero(spent > 0)
    asked = np.sort(rng.permutation(known)[: round(wallet.answers * known.size)])
    own = spent[asked]
    logs = np.log(own)
    score = (logs - logs.mean()) / logs.std() if asked.size > 1 else np.zeros(asked.size)
    level = np.where(strong[asked], wallet.strong, wallet.weak)
    share = logistic(level + wallet.spend * score + wallet.noise * rng.standard_normal(asked.size))
    others = 1 + rng.poisson(2.4 * (1 - share))
    others = np.where(share > _SINGLE, 0, np.minimum(others, _MOST_SHOPS - 1))
    share = np.where(others == 0, 1.0, share)
    parts = rng.standard_gamma(1.5, (asked.size, _MOST_SHOPS - 1))
    parts = np.where(np.arange(_MOST_SHOPS - 1) < others[:, None], parts, 0.0)
    rest = parts / np.maximum(parts.sum(axis=1), 1e-300)[:, None] * (1 - share)[:, None]
    return pd.DataFrame(
        {
            "customer": orders.ids[asked],
            "category_spend": np.ceil(own / share / _ROUNDED).astype(np.int64) * _ROUNDED,
            "rank": 1 + (rest > share[:, None]).sum(axis=1),
            "shops": 1 + others,
        }
    )
