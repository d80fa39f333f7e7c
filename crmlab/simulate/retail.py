"""The simulated retail case: a small chain of grocers, with orders, survey and complaints that hang together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmlab.errors import ParameterError
from crmlab.simulate.buying import draw_amounts, draw_orders
from crmlab.simulate.draws import hand_out, logistic, stream, week_day, week_position
from crmlab.simulate.mailing import draw_mailing
from crmlab.simulate.programme import Orders, draw_points, draw_tiers, draw_wallet
from crmlab.simulate.structure import draw_constructs
from crmlab.simulate.truth import RetailTruth
from crmlab.simulate.voice import answered

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["draw_retail_population", "simulate_retail"]

_CHANNELS = ("walk-in", "app", "referral", "leaflet")
_CHANNEL_SHARES = (0.42, 0.26, 0.20, 0.12)
_CONTACTS = ("phone", "store", "app", "e-mail")
_CONTACT_SHARES = (0.34, 0.30, 0.26, 0.10)
_TOPICS = ("freshness", "staff", "checkout", "price", "delivery", "other")
_TOPIC_SHARES = (0.31, 0.16, 0.18, 0.15, 0.14, 0.06)
_TOPIC_SHARES_POOR_STAFF = (0.13, 0.57, 0.10, 0.07, 0.08, 0.05)


@dataclass(frozen=True)
class _Scene:
    """What all tables of one simulation share: who, where, when."""

    truth: RetailTruth
    seed: int
    people: pd.DataFrame
    ids: NDArray[np.object_]
    stores: NDArray[np.object_]
    start: pd.Timestamp
    last_day: int
    mark: str

    def dates(self, day: NDArray[np.int64]) -> pd.Series:
        """Turn day numbers into dates."""
        import pandas as pd

        return pd.Series(self.start + pd.to_timedelta(day, unit="D"))


def _pick(u: NDArray[np.float64], shares: tuple[float, ...]) -> NDArray[np.int64]:
    """Turn uniform numbers into positions with the given shares."""
    return np.searchsorted(np.cumsum(shares)[:-1], u, side="right").astype(np.int64)


def draw_retail_population(n_customers: int, seed: int, truth: RetailTruth | None = None) -> pd.DataFrame:
    """Draw the customers of the retail case with all that nobody sees.

    Parameters
    ----------
    n_customers
        Number of customers, at least 10.
    seed
        Seed of the random streams.
    truth
        True parameters; the case's own when not given.

    Returns
    -------
    DataFrame
        A row for each customer, in the order of joining: what the business knows (``joined_week``, ``store``,
        ``channel``, ``birth_year``, ``household``), the latent constructs and the disturbance of loyalty,
        ``complains``, ``days``, ``accepted``, the retention ``score``, and the customer's own ``rate`` (orders a
        week), ``leave`` (chance to leave after a repeat order) and ``scale`` (rate of the gamma of amounts).
        ``rate``, ``leave`` and ``scale`` are independent of each other and distributed as ``truth`` says.

    """
    import pandas as pd

    truth = truth or RetailTruth()
    if n_customers < 10:
        raise ParameterError(f"n_customers is {n_customers}; a simulated chain has at least 10.")
    n = n_customers
    rng = stream(seed, "people")
    joined = np.sort(rng.random(n) * truth.join_weeks)
    store = _pick(rng.random(n), tuple(s.share for s in truth.stores))
    channel = _pick(rng.random(n), _CHANNEL_SHARES)
    birth_year = np.clip(np.rint(1984 + 13 * rng.standard_normal(n)), 1945, 2006).astype(np.int64)
    household_score = rng.standard_normal(n)
    price_sensitivity = rng.standard_normal(n)

    rng = stream(seed, "structure")
    quality = np.array([s.quality for s in truth.stores])[store]
    constructs, disturbances = draw_constructs(truth.paths, n, rng, shifts={"quality": quality})
    satisfaction = constructs["satisfaction"]

    rng = stream(seed, "complaining")
    complaining = truth.complaining
    complains = rng.random(n) < logistic(complaining.intercept - complaining.slope * satisfaction)
    days_mean = np.array([s.days_mean for s in truth.stores])[store]
    # Whole days, at least 0: geometric-like, made from uniforms.
    days = np.floor(-np.log1p(-rng.random(n)) * (days_mean + 0.5)).astype(np.int64)
    fast = days <= complaining.fast_days
    accepted = rng.random(n) < np.where(fast, complaining.recovered_fast, complaining.recovered_late)

    rng = stream(seed, "buying")
    link = truth.retention
    strong = np.array([s.competition == "strong" for s in truth.stores])[store]
    middle = np.where(strong, link.strong[0], link.weak[0])
    steepness = np.where(strong, link.strong[1], link.weak[1])
    handled = np.where(accepted, np.where(fast, link.recovered_fast, link.recovered_late), link.not_recovered)
    score = (
        link.weight * logistic(steepness * (satisfaction - middle))
        + np.where(complains, handled, 0.0)
        + link.referral * (channel == _CHANNELS.index("referral"))
        + link.noise * rng.standard_normal(n)
    )
    leave = hand_out(rng.beta(truth.buying.a, truth.buying.b, n), -score)

    attached = disturbances["loyalty"] / disturbances["loyalty"].std()
    rest = np.sqrt(1 - truth.loyalty_to_rate**2 - truth.household_to_rate**2)
    rate_score = (
        truth.loyalty_to_rate * attached
        + truth.household_to_rate * household_score
        + rest * rng.standard_normal(n)
    )
    rate = hand_out(rng.standard_gamma(truth.buying.r, n) / truth.buying.alpha_weeks, rate_score)

    rng = stream(seed, "spending")
    sensitive = truth.price_sensitivity_to_spend
    spend_score = sensitive * price_sensitivity + np.sqrt(1 - sensitive**2) * rng.standard_normal(n)
    scale = hand_out(rng.standard_gamma(truth.spending.q, n) / truth.spending.gamma, -spend_score)

    return pd.DataFrame(
        {
            "joined_week": joined,
            "store": store,
            "strong": strong,
            "channel": channel,
            "birth_year": birth_year,
            "household": np.clip(np.rint(2.6 + 1.2 * household_score), 1, 6).astype(np.int64),
            "price_sensitivity": price_sensitivity,
            **constructs,
            "loyalty_disturbance": disturbances["loyalty"],
            "complains": complains,
            "days": days,
            "accepted": accepted,
            "score": score,
            "rate": rate,
            "leave": leave,
            "scale": scale,
        }
    )


def simulate_retail(
    n_customers: int,
    seed: int,
    truth: RetailTruth | None = None,
    *,
    first: int = 1,
    width: int | None = None,
    mark: str = "",
) -> dict[str, pd.DataFrame]:
    """Simulate the retail case: customers, transactions, survey, complaints, and the loyalty programme.

    Satisfaction stands between what customers experience and what they do: it comes out of the structural model,
    shows in the survey, raises or lowers the chance to complain, and decides, with the competition around the store
    and the handling of a complaint, who gets a small chance to leave.
    Purchase rates, chances to leave and spending are distributed over customers exactly as the BG/NBD and the
    Gamma-Gamma model say, so that these models, fitted to the transactions, find their own parameters again.

    Parameters
    ----------
    n_customers
        Number of customers, at least 10.
    seed
        Seed of the random streams; the same seed gives the same tables.
    truth
        True parameters; the case's own when not given.
    first, width, mark
        Number of the first customer, digits of customer numbers, and what stands in front of the numbers of orders and
        complaints: for runs that are made block by block.

    Returns
    -------
    dict of DataFrame
        ``customers``, ``transactions``, ``survey``, ``complaints``, ``points``, ``tiers``, ``wallet``,
        ``campaigns``; the case's card describes each column.

    Raises
    ------
    ParameterError
        Fewer than 10 customers.

    Examples
    --------
    >>> tables = simulate_retail(200, seed=7)
    >>> list(tables)
    ['customers', 'transactions', 'survey', 'complaints', 'points', 'tiers', 'wallet', 'campaigns']
    >>> int(tables["survey"]["customer"].nunique())
    60

    """
    import pandas as pd

    truth = truth or RetailTruth()
    people = draw_retail_population(n_customers, seed, truth)
    n = len(people)
    width = width or max(4, len(str(first + n - 1)))
    ids = np.array([f"L{k:0{width}d}" for k in range(first, first + n)], dtype=object)
    store = people["store"].to_numpy()
    stores = np.array([s.name for s in truth.stores], dtype=object)[store]
    joined_day = week_day(people["joined_week"].to_numpy(), truth.weekdays)
    start = pd.Timestamp(truth.start)
    scene = _Scene(truth, seed, people, ids, stores, start, (pd.Timestamp(truth.end) - start).days, mark)

    customers = pd.DataFrame(
        {
            "customer": ids,
            "joined": scene.dates(joined_day),
            "store": stores,
            "area": np.array([s.area for s in truth.stores], dtype=object)[store],
            "competition": np.array([s.competition for s in truth.stores], dtype=object)[store],
            "channel": np.array(_CHANNELS, dtype=object)[people["channel"].to_numpy()],
            "birth_year": people["birth_year"],
            "household": people["household"],
        }
    )

    buyer, day, gone = draw_orders(
        people["joined_week"].to_numpy(),
        people["rate"].to_numpy(),
        people["leave"].to_numpy(),
        stream(seed, "orders"),
        last_day=scene.last_day,
        end=week_position(scene.last_day + 1, truth.weekdays),
        day_of=lambda weeks: week_day(weeks, truth.weekdays),
    )
    rng = stream(seed, "amounts")
    amount = draw_amounts(buyer, truth.spending.p, people["scale"].to_numpy(), rng)
    things = 1 + rng.poisson(amount / 11.0)
    by_day = np.lexsort((buyer, day))
    transactions = pd.DataFrame(
        {
            "order": [f"R{mark}{k:06d}" for k in range(1, by_day.size + 1)],
            "customer": ids[buyer[by_day]],
            "date": scene.dates(day[by_day]),
            "amount": amount[by_day],
            "store": stores[buyer[by_day]],
            "items": things[by_day],
        }
    )
    orders = Orders(start, buyer, day, amount, ids)
    first, last = start.year, pd.Timestamp(truth.end).year
    return {
        "customers": customers,
        "transactions": transactions,
        "survey": _survey(scene, joined_day),
        "complaints": _complaints(scene, buyer, day),
        "points": draw_points(orders, truth.rewards, seed, last_day=scene.last_day),
        "tiers": draw_tiers(orders, truth.rewards, tuple(range(first + 1, last + 2))),
        "wallet": draw_wallet(orders, truth.wallet, seed, strong=people["strong"].to_numpy(), year=last),
        "campaigns": draw_mailing(
            people, ids, gone, campaign=truth.campaign, spending=truth.spending, seed=seed
        ),
    }


def _survey(scene: _Scene, joined_day: NDArray[np.int64]) -> pd.DataFrame:
    """Ask a random part of the customers, about three months after they joined, whether they still buy or not."""
    staff = np.array([s.staff_points for s in scene.truth.stores])[scene.people["store"].to_numpy()]
    return answered(
        stream(scene.seed, "survey"),
        scene.people,
        scene.truth,
        ids=scene.ids,
        dates=lambda later: scene.dates(joined_day + 90 + later),
        place=("store", scene.stores),
        weak=("quality_staff", staff),
    )


def _complaints(scene: _Scene, buyer: NDArray[np.int64], day: NDArray[np.int64]) -> pd.DataFrame:
    """Write down the complaints: each about one of the customer's first orders."""
    import pandas as pd

    rng = stream(scene.seed, "complaints")
    people, truth = scene.people, scene.truth
    n = len(people)
    first = np.searchsorted(buyer, np.arange(n))
    number = np.bincount(buyer, minlength=n)
    which = np.minimum(np.floor(-np.log1p(-rng.random(n)) * 1.5).astype(np.int64), number - 1)
    wait = rng.integers(0, 3, n)
    raised = day[first + which] + wait
    poor_staff = np.array([s.staff_points < 0 for s in truth.stores])[people["store"].to_numpy()]
    u = rng.random(n)
    topic = np.where(poor_staff, _pick(u, _TOPIC_SHARES_POOR_STAFF), _pick(u, _TOPIC_SHARES))
    contact = _pick(rng.random(n), _CONTACT_SHARES)

    complains = people["complains"].to_numpy() & (raised <= scene.last_day)
    days = people["days"].to_numpy()
    still_open = raised + days > scene.last_day
    accepted = people["accepted"].to_numpy() & ~still_open
    who = np.flatnonzero(complains)
    who = who[np.lexsort((who, raised[who]))]
    return pd.DataFrame(
        {
            "complaint": [f"C{scene.mark}{k:05d}" for k in range(1, who.size + 1)],
            "customer": scene.ids[who],
            "date": scene.dates(raised[who]),
            "store": scene.stores[who],
            "topic": np.array(_TOPICS, dtype=object)[topic[who]],
            "channel": np.array(_CONTACTS, dtype=object)[contact[who]],
            "days_to_resolve": np.where(still_open, np.nan, days)[who],
            "recovered": np.where(accepted[who], "yes", "no").astype(object),
        }
    )
