"""One simulator for every business: customers, what they experience, what they say, and what they do.

Satisfaction stands between what customers experience and what they do: it comes out of a structural model, shows in the
survey, raises or lowers the chance to complain, and decides, with competition, the handling of a complaint, the kind of
customer and the way he was won, who gets a small chance to leave. The chances themselves, the purchase rates and the
amounts keep the distributions of the BG/NBD, the Gamma-Gamma and the sBG model, which find their own parameters again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmlab.errors import ParameterError
from crmlab.simulate.buying import draw_amounts, draw_orders
from crmlab.simulate.clock import Clock, business_clock
from crmlab.simulate.contracting import draw_contracts, first_days
from crmlab.simulate.draws import block_stream, hand_out, logistic, named, pick
from crmlab.simulate.offers import draw_campaign
from crmlab.simulate.structure import draw_constructs
from crmlab.simulate.voice import draw_complaints, draw_survey

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from crmlab.simulate.business import Business

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Scene", "draw_people", "simulate_business"]

#: fewer customers are no business
_FEWEST = 10


@dataclass(frozen=True, eq=False)
class Scene:
    """What all tables of one simulation share: who, where, when.

    Attributes
    ----------
    truth
        The business.
    seed, block
        Seed, and number of the block of customers: every block has streams of its own.
    people
        A row a customer, in the order of joining, with all that nobody sees.
    ids
        Customer numbers.
    clock
        Even time and the calendar.
    buyer, day
        Where there are purchases: for every order, index of the customer and day, by customer and day; else empty.

    """

    truth: Business
    seed: int
    block: int
    people: pd.DataFrame
    ids: NDArray[np.object_]
    clock: Clock
    buyer: Ints
    day: Ints

    def stream(self, part: str) -> np.random.Generator:
        """Return the random stream of one part of this block: the same numbers on every machine."""
        return block_stream(self.seed, self.block, f"{self.truth.name}/{part}")

    def dates(self, day: Ints) -> pd.Series:
        """Turn day numbers into dates."""
        import pandas as pd

        return pd.Series(pd.Timestamp(self.truth.start) + pd.to_timedelta(day, unit="D"))

    @property
    def sites(self) -> NDArray[np.object_]:
        """Name of each customer's place."""
        return named([site.name for site in self.truth.sites], self.people["site"].to_numpy())

    @property
    def poor(self) -> NDArray[np.bool_]:
        """Whether each customer's place serves badly."""
        badly = np.array([site.staff_points < 0 for site in self.truth.sites], dtype=np.bool_)
        return np.asarray(badly[self.people["site"].to_numpy()])


def draw_people(truth: Business, n: int, seed: int, block: int = 0) -> pd.DataFrame:
    """Draw the customers of a business with all that nobody sees.

    Parameters
    ----------
    truth
        The business.
    n
        Number of customers, at least 10.
    seed, block
        Seed, and number of the block.

    Returns
    -------
    DataFrame
        A row for each customer, in the order of joining: ``joined_week`` (even time), ``site``, ``strong``
        (competition), ``channel`` and ``kind`` (positions), ``birth_year`` (or 0), ``price_sensitivity``, the latent
        constructs, ``loyalty_disturbance``, ``complains``, ``days``, ``accepted``, the retention ``score``; with
        purchases ``rate`` (a week), ``leave``, ``scale``; with contracts ``churn`` (a period).

    Raises
    ------
    ParameterError
        Fewer than 10 customers.

    """
    import pandas as pd

    if n < _FEWEST:
        raise ParameterError(f"n_customers is {n}; a simulated business has at least {_FEWEST}.")

    def draw(part: str) -> np.random.Generator:
        return block_stream(seed, block, f"{truth.name}/{part}")

    rng = draw("people")
    joined = np.sort(rng.random(n) * truth.join_weeks)
    site = pick(rng, [one.share for one in truth.sites], n)
    channel = pick(rng, [one.share for one in truth.channels], n)
    kind = pick(rng, [one.share for one in truth.kinds], n)
    price = rng.standard_normal(n)
    born = rng.standard_normal(n)

    def of_kind(trait: str) -> Floats:
        return np.array([getattr(one, trait) for one in truth.kinds], dtype=np.float64)[kind]

    quality = np.array([one.quality for one in truth.sites])[site] + of_kind("quality")
    constructs, disturbances = draw_constructs(truth.paths, n, draw("structure"), shifts={"quality": quality})
    satisfaction = constructs["satisfaction"]

    rng = draw("complaining")
    ways = truth.complaining
    complains = rng.random(n) < logistic(ways.intercept - ways.slope * satisfaction)
    days_mean = np.array([one.days_mean for one in truth.sites])[site]
    days = np.floor(-np.log1p(-rng.random(n)) * (days_mean + 0.5)).astype(np.int64)
    fast = days <= ways.fast_days
    accepted = rng.random(n) < np.where(fast, ways.recovered_fast, ways.recovered_late)

    rng = draw("staying")
    link = truth.retention
    strong = np.array([one.competition == "strong" for one in truth.sites])[site]
    middle = np.where(strong, link.strong[0], link.weak[0])
    steepness = np.where(strong, link.strong[1], link.weak[1])
    handled = np.where(accepted, np.where(fast, link.recovered_fast, link.recovered_late), link.not_recovered)
    score = (
        link.weight * logistic(steepness * (satisfaction - middle))
        + np.where(complains, handled, 0.0)
        + np.array([one.score for one in truth.channels])[channel]
        + of_kind("stays")
        + link.noise * rng.standard_normal(n)
    )
    people = {
        "joined_week": joined,
        "site": site,
        "strong": strong,
        "channel": channel,
        "kind": kind,
        "birth_year": _birth_years(truth, born),
        "price_sensitivity": price,
        **constructs,
        "loyalty_disturbance": disturbances["loyalty"],
        "complains": complains,
        "days": days,
        "accepted": accepted,
        "score": score,
    }
    if truth.contracts is not None:
        drawn = draw("contracts").beta(truth.contracts.alpha, truth.contracts.beta, n)
        return pd.DataFrame(people | {"churn": hand_out(drawn, -score)})
    return pd.DataFrame(people | _traits(truth, people, of_kind("buys"), of_kind("spends"), draw("buying")))


def _birth_years(truth: Business, born: Floats) -> Ints:
    if truth.birth_years is None:
        return np.zeros(born.size, dtype=np.int64)
    mean, sd = truth.birth_years
    return np.clip(np.rint(mean + sd * born), 1940, 2006).astype(np.int64)


def _traits(
    truth: Business,
    people: dict[str, NDArray[np.generic]],
    buys: Floats,
    spends: Floats,
    rng: np.random.Generator,
) -> dict[str, Floats]:
    """Hand out purchase rates, chances to leave and scales of amounts, each by a score of its own."""
    if truth.buying is None or truth.spending is None:
        raise ParameterError(f"The business '{truth.name}' has neither purchases with amounts nor contracts.")
    n = buys.size
    leave = hand_out(rng.beta(truth.buying.a, truth.buying.b, n), -people["score"].astype(np.float64))
    attached = people["loyalty_disturbance"].astype(np.float64)
    attached = attached / attached.std()
    rest = np.sqrt(1 - truth.loyalty_to_rate**2)
    rate_score = truth.loyalty_to_rate * attached + rest * rng.standard_normal(n) + buys
    rate = hand_out(rng.standard_gamma(truth.buying.r, n) / truth.buying.alpha_weeks, rate_score)
    sensitive = truth.price_sensitivity_to_spend
    price = people["price_sensitivity"].astype(np.float64)
    spend_score = sensitive * price + np.sqrt(1 - sensitive**2) * rng.standard_normal(n) + spends
    scale = hand_out(rng.standard_gamma(truth.spending.q, n) / truth.spending.gamma, -spend_score)
    return {"rate": rate, "leave": leave, "scale": scale}


def simulate_business(
    truth: Business, n: int, seed: int, *, block: int = 0, first: int = 1, width: int | None = None
) -> tuple[dict[str, pd.DataFrame], Scene]:
    """Simulate one block of customers of a business: all its tables, and the scene with what nobody sees.

    Parameters
    ----------
    truth
        The business.
    n
        Number of customers, at least 10.
    seed
        Seed; the same seed gives the same tables on every machine.
    block, first, width
        Number of the block, number of its first customer, digits of customer numbers: a large run is made block by
        block, in bounded memory, and each block is distributed as the business says.

    Returns
    -------
    tables, scene
        ``transactions`` or ``contracts``, ``customers``, ``survey``, ``complaints``, ``campaigns``, and the industry's
        own; the scene behind them.

    Raises
    ------
    ParameterError
        Fewer than 10 customers.

    """
    people = draw_people(truth, n, seed, block)
    width = width or max(4, len(str(first + n - 1)))
    ids = np.array([f"{truth.prefix}{k:0{width}d}" for k in range(first, first + n)], dtype=object)
    clock = business_clock(truth.start, truth.end, weekdays=truth.weekdays, months=truth.months)
    scene = Scene(truth, seed, block, people, ids, clock, np.array([], np.int64), np.array([], np.int64))
    joined = clock.day(people["joined_week"].to_numpy())
    tables: dict[str, pd.DataFrame] = {}
    if truth.contracts is not None:
        joined = first_days(truth.start, joined)
        tables["contracts"] = draw_contracts(scene, joined)
    else:
        scene, tables["transactions"] = _purchases(scene)
    tables["customers"] = _customers(scene, joined)
    tables["survey"] = draw_survey(scene, joined)
    tables["complaints"] = draw_complaints(scene, joined)
    main = "contracts" if truth.contracts is not None else "transactions"
    tables["campaigns"], tables[main] = draw_campaign(scene, joined, tables[main])
    if truth.own_tables is not None:
        tables |= truth.own_tables(scene, tables)
    return tables, scene


def _purchases(scene: Scene) -> tuple[Scene, pd.DataFrame]:
    from dataclasses import replace

    import pandas as pd

    people, clock, truth = scene.people, scene.clock, scene.truth
    if truth.spending is None:
        raise ParameterError(f"The business '{truth.name}' has purchases without amounts.")
    buyer, day, _ = draw_orders(
        people["joined_week"].to_numpy(),
        people["rate"].to_numpy(),
        people["leave"].to_numpy(),
        scene.stream("orders"),
        last_day=clock.days - 1,
        end=clock.end,
        day_of=clock.day,
    )
    scene = replace(scene, buyer=buyer, day=day)
    amount = draw_amounts(buyer, truth.spending.p, people["scale"].to_numpy(), scene.stream("amounts"))
    by_day = np.lexsort((buyer, day))
    orders = pd.DataFrame(
        {
            "customer": scene.ids[buyer[by_day]],
            "date": scene.dates(day[by_day]),
            "amount": amount[by_day],
            truth.site_label: scene.sites[buyer[by_day]],
        }
    )
    return scene, orders


def _customers(scene: Scene, joined: Ints) -> pd.DataFrame:
    import pandas as pd

    truth, people = scene.truth, scene.people
    site = people["site"].to_numpy()
    table = pd.DataFrame(
        {
            "customer": scene.ids,
            "joined": scene.dates(joined),
            truth.site_label: scene.sites,
            "area": named([one.area for one in truth.sites], site),
            "competition": named([one.competition for one in truth.sites], site),
            "channel": named([one.name for one in truth.channels], people["channel"].to_numpy()),
            truth.kind_label: named([one.name for one in truth.kinds], people["kind"].to_numpy()),
        }
    )
    if truth.birth_years is not None:
        table["birth_year"] = people["birth_year"]
    return table
