"""What a simulated business is: its places, customers, purchases or contracts, service, survey, and campaign."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from crmlab.simulate.truth import Buying, Campaign, Complaining, Item, Retention, Spending, Store

if TYPE_CHECKING:
    import pandas as pd

    from crmlab.simulate.engine import Scene

__all__ = ["Business", "Campaign", "Choice", "Contracting", "Kind", "Plan", "Topic"]


@dataclass(frozen=True)
class Choice:
    """One of several words, its share of customers, and what it adds to the score that keeps a customer."""

    name: str
    share: float
    score: float = 0.0


@dataclass(frozen=True)
class Topic:
    """What a complaint may be about: its share, and its share at places with poor service."""

    name: str
    share: float
    share_poor: float


@dataclass(frozen=True)
class Kind:
    """A kind of customer: its share, and what it adds, in standard deviations, to the scores of its customers.

    Attributes
    ----------
    quality
        To perceived quality.
    stays
        To the score that keeps a customer.
    buys
        To the score that decides the purchase rate.
    spends
        To the score that decides the amounts.

    """

    name: str
    share: float
    quality: float = 0.0
    stays: float = 0.0
    buys: float = 0.0
    spends: float = 0.0


@dataclass(frozen=True)
class Plan:
    """A contract on offer: its share of customers and its fee a period, in yuan."""

    name: str
    share: float
    fee: float


@dataclass(frozen=True)
class Contracting:
    """Shifted-beta-geometric contracts: at the end of each period a customer leaves with a chance of his own.

    Attributes
    ----------
    alpha, beta
        Parameters of the beta distribution of the chance to leave.
    period_months
        Length of a period.
    plans
        What may be agreed.

    References
    ----------
    Fader & Hardie (2007), doi 10.1002/dir.20074.

    """

    alpha: float
    beta: float
    period_months: int
    plans: tuple[Plan, ...]


_RETENTION = Retention()
_COMPLAINING = Complaining()

#: What one industry adds: from the scene and the common tables to the tables that make it itself.
OwnTables = Callable[["Scene", Mapping[str, "pd.DataFrame"]], dict[str, "pd.DataFrame"]]


@dataclass(frozen=True, kw_only=True)
class Business:
    """All true parameters of a simulated business.

    It sells either by purchases (`buying` and `spending`: BG/NBD and Gamma-Gamma) or by `contracts` (sBG).

    Attributes
    ----------
    name, prefix
        Name of the case; letter in front of customer numbers.
    start, end
        First and last day that the data show.
    join_weeks
        Customers come evenly over so many weeks (of even time) from `start`.
    buying, spending, contracts
        How they buy.
    weekdays, months
        How busy the days of the week (shares) and the months (ratios) are.
    sites, site_label
        The places where customers are served (shops, branches, regions); their column's name in all tables.
    weak_item
        Item of the survey that a place's ``staff_points`` move.
    kinds, kind_label
        Kinds of customers, and the name of their column.
    channels
        How customers were won.
    contacts, topics
        How, and about what, customers complain.
    items, paths
        Measurement and structural model of the survey.
    retention, complaining
        How satisfaction and complaints move the chance to leave.
    campaign
        The campaign with its control group.
    overall_cuts, response_rate
        As in :class:`RetailTruth`.
    ask_after_days
        Days from joining to the survey.
    loyalty_to_rate, price_sensitivity_to_spend
        Correlations of scores.
    birth_years
        Mean and standard deviation of the year of birth; None where customers are firms or households.
    own_tables
        What makes the tables of the industry's own.
    summed
        Columns of tables that are not about customers, which add up over blocks of customers.

    """

    name: str
    prefix: str
    start: str = "2023-01-02"
    end: str = "2025-12-31"
    join_weeks: int = 78
    buying: Buying | None = None
    spending: Spending | None = None
    contracts: Contracting | None = None
    weekdays: tuple[float, ...] = (0.14, 0.14, 0.14, 0.14, 0.15, 0.15, 0.14)
    months: tuple[float, ...] | None = None
    sites: tuple[Store, ...]
    site_label: str
    weak_item: str
    kinds: tuple[Kind, ...]
    kind_label: str
    channels: tuple[Choice, ...]
    contacts: tuple[Choice, ...]
    topics: tuple[Topic, ...]
    items: tuple[Item, ...]
    paths: tuple[tuple[str, str, float], ...]
    retention: Retention = _RETENTION
    complaining: Complaining = _COMPLAINING
    campaign: Campaign
    overall_cuts: tuple[float, ...] = (-1.7, -0.95, -0.15, 0.85)
    response_rate: float = 0.3
    ask_after_days: int = 90
    loyalty_to_rate: float = 0.35
    price_sensitivity_to_spend: float = -0.4
    birth_years: tuple[float, float] | None = (1984.0, 13.0)
    own_tables: OwnTables | None = None
    summed: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return all parameters as plain nested dictionaries, lists and numbers, for the card."""
        plain = {
            one.name: _plain(getattr(self, one.name))
            for one in fields(self)
            if one.name not in {"own_tables", "summed"} and getattr(self, one.name) is not None
        }
        plain["paths"] = {f"{source} → {target}": value for source, target, value in self.paths}
        # What a way of being won adds stands with the channels.
        del plain["retention"]["referral"]
        if self.spending is not None:
            plain["spending"]["mean"] = self.spending.mean
        return plain


def _plain(value: Any) -> Any:
    """Turn dataclasses into dictionaries, and tuples of named ones into dictionaries by name."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        if value and all(hasattr(one, "name") for one in value):
            named: dict[str, Any] = {}
            for one in value:
                entry = _plain(one)
                named[entry.pop("name")] = entry
            return named
        return [_plain(one) for one in value]
    return value
