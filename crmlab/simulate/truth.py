"""The true parameters of a simulated business: what an analysis of its data has to find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = [
    "Buying",
    "Campaign",
    "Complaining",
    "Item",
    "RetailTruth",
    "Retention",
    "Rewards",
    "Spending",
    "Store",
    "Wallet",
]


@dataclass(frozen=True)
class Buying:
    """BG/NBD: Poisson purchasing with gamma rates, a beta chance to leave after each repeat purchase.

    Attributes
    ----------
    r, alpha_weeks
        Shape and rate of the gamma distribution of purchase rates (orders a week).
    a, b
        Parameters of the beta distribution of the chance to leave after a repeat purchase.

    """

    r: float = 1.1
    alpha_weeks: float = 4.2
    a: float = 0.9
    b: float = 4.8


@dataclass(frozen=True)
class Spending:
    """Gamma-Gamma: an order's amount is gamma(p, v) for a customer, and v is gamma(q, gamma) over customers.

    The mean amount of an order is ``p * gamma / (q - 1)``.
    """

    p: float = 5.0
    q: float = 7.0
    gamma: float = 81.0

    @property
    def mean(self) -> float:
        """Mean amount of an order over the population of customers."""
        return self.p * self.gamma / (self.q - 1)


@dataclass(frozen=True)
class Item:
    """One question of the survey, answered on 1-10: its construct, loading, mean and standard deviation."""

    name: str
    construct: str
    loading: float
    mean: float = 7.0
    sd: float = 1.5


@dataclass(frozen=True)
class Store:
    """A store: where it stands, its share of customers, its service.

    Attributes
    ----------
    quality
        Shift of latent perceived quality, in standard deviations, before centring over customers.
    staff_points
        Shift of the answer to ``quality_staff`` that is not in latent quality, in scale points.
    days_mean
        Mean number of days until a complaint is resolved.

    """

    name: str
    area: str
    competition: str
    share: float
    quality: float = 0.0
    staff_points: float = 0.0
    days_mean: float = 4.0


@dataclass(frozen=True)
class Retention:
    """How satisfaction moves the chance to leave.

    Every customer has a score: the sum of the parts below.
    The chances to leave are drawn from Beta(a, b) first, and handed out so that the higher score gets the smaller
    chance.
    So the link changes who leaves, and never the distribution of the chance to leave.

    Attributes
    ----------
    weight
        Height of the satisfaction curve, in standard deviations of ``noise`` = 1.
    strong, weak
        (middle, steepness) of the logistic satisfaction curve under strong and weak competition.
        A middle above 0 and a steep curve: only the completely satisfied stay.
    recovered_fast, recovered_late, not_recovered
        What a complaint adds: resolved to the customer's content in three days, later, or not.
    referral
        What it adds to have come by a friend's referral.
    noise
        Standard deviation of all that the business does not see.

    """

    weight: float = 3.5
    strong: tuple[float, float] = (0.85, 6.0)
    weak: tuple[float, float] = (-1.3, 1.6)
    recovered_fast: float = 1.8
    recovered_late: float = 0.2
    not_recovered: float = -1.4
    referral: float = 0.5
    noise: float = 0.5


@dataclass(frozen=True)
class Complaining:
    """Who complains, and how the complaint ends.

    Attributes
    ----------
    intercept, slope
        Chance to complain: logistic(intercept - slope * satisfaction).
    fast_days
        A complaint resolved within so many days is resolved fast.
    recovered_fast, recovered_late
        Chance that the customer accepts the solution, when it comes fast, and when it comes late.

    """

    intercept: float = -2.4
    slope: float = 1.3
    fast_days: int = 3
    recovered_fast: float = 0.8
    recovered_late: float = 0.3


@dataclass(frozen=True)
class Rewards:
    """The loyalty programme: its rules, and who exchanges points.

    Attributes
    ----------
    points_per_yuan
        Points for each yuan, whole ones for an order.
    value_per_point
        What a point is worth on the reward shelf, in yuan.
    valid_months
        Points lapse so many months after the day they were earned.
    least
        Points from which on they can be exchanged, in whole hundreds.
    tiers
        Name and least spending of the calendar year before, in yuan; the first year everybody is in the lowest.
    willing
        Share of customers who exchange points, by tier: all that a tier changes.
    chance
        Chance that a willing customer with enough points exchanges them at an order.
    effect_on_orders
        What a tier changes in the orders: nothing.
    effect_on_exchange
        What silver adds, near its threshold, to the chance to exchange points at least once in the year; a consequence of
        the above, measured on 100,000 simulated customers.

    """

    points_per_yuan: float = 1.0
    value_per_point: float = 0.02
    valid_months: int = 12
    least: int = 200
    tiers: tuple[tuple[str, float], ...] = (("basic", 0.0), ("silver", 400.0), ("gold", 1200.0))
    willing: tuple[float, ...] = (0.5, 0.9, 0.9)
    chance: float = 0.5
    effect_on_orders: float = 0.0
    effect_on_exchange: float = 0.20


@dataclass(frozen=True)
class Wallet:
    """The survey of wallets: share = logistic(level by competition + spend × score of own spending + noise).

    Attributes
    ----------
    answers
        Share of the customers with an order in the last year who are asked and answer, by chance alone.
    strong, weak
        Level under strong and under weak competition.
    spend
        Weight of the score of the logarithm of the customer's own spending.
    noise
        Standard deviation of all else.

    """

    answers: float = 0.4
    strong: float = -0.7
    weak: float = 0.3
    spend: float = 0.6
    noise: float = 0.8


@dataclass(frozen=True)
class Campaign:
    """A campaign with a control group drawn by lot.

    Of the customers who joined before `day`, a share of `on_list` is on the list; of these, a share of `treated` gets
    the offer. A treated customer answers it, beyond what he would have bought anyway, with a chance of `lift` times
    what his kind makes of it (`lift_by_kind`).

    Attributes
    ----------
    name, day
        Name, and day on which the offer goes out.
    on_list, treated
        Shares.
    lift
        Chance of one more purchase within the window (of a further contract, where there are contracts), at mean.
    window_days
        Days after `day` in which answers count.
    cost
        Cost of one offer, in yuan.
    price
        Amount of the further contract, in yuan, where there are contracts.
    lift_by_kind
        Kind of customer to the factor on `lift`; 1 where it is not named.

    """

    name: str
    day: str
    on_list: float = 0.5
    treated: float = 0.5
    lift: float = 0.08
    window_days: int = 42
    cost: float = 2.0
    price: float = 0.0
    lift_by_kind: Mapping[str, float] = field(default_factory=dict)


_STORES = (
    Store("S01", "centre", "strong", 0.18, quality=0.25, days_mean=2.5),
    Store("S02", "centre", "strong", 0.15, quality=-0.55, staff_points=-1.5, days_mean=7.0),
    Store("S03", "campus", "strong", 0.12, quality=0.10, days_mean=3.0),
    Store("S04", "campus", "strong", 0.10, quality=0.00, days_mean=4.5),
    Store("S05", "riverside", "weak", 0.14, quality=0.20, days_mean=3.0),
    Store("S06", "riverside", "weak", 0.11, quality=-0.55, staff_points=-1.5, days_mean=6.0),
    Store("S07", "hillside", "weak", 0.11, quality=0.05, days_mean=3.5),
    Store("S08", "hillside", "weak", 0.09, quality=0.10, days_mean=3.0),
)

_PATHS = (
    ("image", "expectation", 0.55),
    ("expectation", "quality", 0.50),
    ("expectation", "value", 0.10),
    ("quality", "value", 0.55),
    ("image", "satisfaction", 0.20),
    ("expectation", "satisfaction", 0.05),
    ("quality", "satisfaction", 0.50),
    ("value", "satisfaction", 0.20),
    ("satisfaction", "complaints", 0.50),
    ("image", "loyalty", 0.20),
    ("satisfaction", "loyalty", 0.50),
    ("complaints", "loyalty", 0.10),
)

_ITEMS = (
    Item("image_reliable", "image", 0.88, 7.2),
    Item("image_established", "image", 0.82, 7.0),
    Item("image_neighbourly", "image", 0.86, 6.9),
    Item("image_inventive", "image", 0.80, 6.3, 1.6),
    Item("expectation_overall", "expectation", 0.90, 7.3, 1.3),
    Item("expectation_needs", "expectation", 0.86, 7.1, 1.4),
    Item("expectation_faultless", "expectation", 0.80, 6.8, 1.5),
    Item("quality_freshness", "quality", 0.84, 7.3),
    Item("quality_range", "quality", 0.76, 6.8),
    Item("quality_staff", "quality", 0.92, 7.1, 1.6),
    Item("quality_checkout", "quality", 0.80, 6.6, 1.6),
    Item("quality_cleanliness", "quality", 0.74, 7.4, 1.4),
    Item("quality_delivery", "quality", 0.78, 6.7, 1.6),
    Item("value_price", "value", 0.90, 6.5, 1.6),
    Item("value_quality", "value", 0.92, 6.8),
    Item("satisfaction_overall", "satisfaction", 0.93, 6.9),
    Item("satisfaction_expectations", "satisfaction", 0.88, 6.7),
    Item("satisfaction_ideal", "satisfaction", 0.87, 6.3, 1.6),
    Item("complaints_handling", "complaints", 0.97, 6.4, 1.7),
    Item("loyalty_again", "loyalty", 0.91, 7.0, 1.7),
    Item("loyalty_recommend", "loyalty", 0.89, 6.7, 1.7),
    Item("loyalty_price", "loyalty", 0.80, 5.8, 1.7),
)


_MAILING = Campaign("new year voucher", "2026-01-05", on_list=0.4, lift=0.12, window_days=28, cost=2.0)


@dataclass(frozen=True)
class RetailTruth:
    """All true parameters of the simulated retail case.

    Attributes
    ----------
    start, end
        First and last day that the data show.
    join_weeks
        Customers make their first order evenly over so many weeks from ``start``.
    weekdays
        Share of orders from Monday to Sunday; ``start`` is a Monday.
    buying, spending, retention, complaining
        The parts of the model.
    paths
        Path coefficients of the structural model, between standardised constructs.
    items
        Measurement model.
    stores
        The stores.
    overall_cuts
        Where the latent overall satisfaction (standard normal) is cut into 1-5.
    response_rate
        Share of customers who answer the survey, by chance alone.
    loyalty_to_rate
        Correlation of a customer's purchase-rate score with attachment that satisfaction does not explain.
    household_to_rate
        The same with the size of the household.
    price_sensitivity_to_spend
        Correlation of a customer's spending score with price sensitivity.
    rewards, wallet
        The loyalty programme, and the survey of wallets.
    campaign
        The mailing after the end of the data, with its control group.

    """

    start: str = "2024-01-01"
    end: str = "2025-12-31"
    join_weeks: int = 65
    weekdays: tuple[float, ...] = (0.11, 0.11, 0.12, 0.13, 0.16, 0.20, 0.17)
    buying: Buying = Buying()
    spending: Spending = Spending()
    retention: Retention = Retention()
    complaining: Complaining = Complaining()
    paths: tuple[tuple[str, str, float], ...] = _PATHS
    items: tuple[Item, ...] = _ITEMS
    stores: tuple[Store, ...] = _STORES
    overall_cuts: tuple[float, ...] = (-1.7, -0.95, -0.15, 0.85)
    response_rate: float = 0.3
    loyalty_to_rate: float = 0.35
    household_to_rate: float = 0.4
    price_sensitivity_to_spend: float = -0.4
    rewards: Rewards = Rewards()
    wallet: Wallet = Wallet()
    campaign: Campaign = _MAILING

    def to_dict(self) -> dict[str, Any]:
        """Return all parameters as plain nested dictionaries, lists and numbers."""
        plain = asdict(self)
        plain["paths"] = {f"{source} → {target}": value for source, target, value in self.paths}
        plain["items"] = {
            item.name: {"loading": item.loading, "mean": item.mean, "sd": item.sd} for item in self.items
        }
        stores: dict[str, Any] = {}
        for store in plain["stores"]:
            stores[store.pop("name")] = store
        plain["stores"] = stores
        plain["spending"]["mean"] = self.spending.mean
        plain["rewards"]["tiers"] = dict(self.rewards.tiers)
        for part in plain.values():
            if isinstance(part, dict):
                part.update({key: list(value) for key, value in part.items() if isinstance(value, tuple)})
        return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}
