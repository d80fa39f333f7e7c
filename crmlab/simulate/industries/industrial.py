"""A maker of bearings and drives: accounts, contacts, bids, and what it costs to serve an account.

What its notebook discovers: bids answered within three days are won nearly twice as often; and some of the largest accounts lose
money once their service is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.simulate.business import Business, Campaign, Choice, Kind, Topic
from crmlab.simulate.draws import logistic, named, pick
from crmlab.simulate.industries._survey import ECSI_PATHS, survey_items
from crmlab.simulate.truth import Buying, Spending, Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmlab.simulate.engine import Scene

__all__ = ["BUSINESS"]

_ROLES = ("buyer", "engineer", "director")
#: gross margin, cost of a visit and of an hour of engineering, in yuan
_MARGIN, _VISIT, _HOUR = 0.24, 1800.0, 420.0


def _own_tables(scene: Scene, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return contacts, bids, and costs to serve."""
    orders = tables["transactions"]
    return {"contacts": _contacts(scene), "bids": _bids(scene), "service": _service(scene, orders)}


def _contacts(scene: Scene) -> pd.DataFrame:
    """Name one to three persons an account; names and numbers are visibly invented."""
    import pandas as pd

    rng = scene.stream("contacts")
    n = len(scene.people)
    count = 1 + rng.integers(0, 3, n)
    who = np.repeat(np.arange(n), count)
    role = np.concatenate([np.arange(k) for k in count])
    return pd.DataFrame(
        {
            "customer": scene.ids[who],
            "role": named(_ROLES, role),
            "name": [f"Sample Contact {scene.ids[k][1:]}-{r + 1}" for k, r in zip(who, role, strict=True)],
            "phone": [f"000-0{scene.ids[k][1:]}-{r + 1}" for k, r in zip(who, role, strict=True)],
        }
    )


def _bids(scene: Scene) -> pd.DataFrame:
    """Ask for bids in the last two years; a quick answer wins."""
    import pandas as pd

    people, rng = scene.people, scene.stream("bids")
    n = len(people)
    joined = scene.clock.day(people["joined_week"].to_numpy())
    count = rng.poisson(2.2, n)
    who = np.repeat(np.arange(n), count)
    first = max(scene.clock.days - 730, 0)
    day = first + rng.integers(0, scene.clock.days - first - 30, who.size)
    known = day > joined[who]
    who, day = who[known], day[known]
    answer = 1 + rng.poisson(np.where(scene.poor[who], 6.5, 3.0))
    chance = logistic(0.9 - 0.28 * answer + 0.5 * people["satisfaction"].to_numpy()[who])
    won = rng.random(who.size) < chance
    by_day = np.lexsort((who, day))
    who, day, answer, won = who[by_day], day[by_day], answer[by_day], won[by_day]
    mark = f"{scene.block}-" if scene.block else ""
    return pd.DataFrame(
        {
            "bid": [f"Q{mark}{k:05d}" for k in range(1, who.size + 1)],
            "customer": scene.ids[who],
            "date": scene.dates(day),
            "days_to_answer": answer,
            "value": np.round(60_000 * np.exp(0.8 * rng.standard_normal(who.size)), 2),
            "won": np.where(won, "yes", "no").astype(object),
        }
    )


def _service(scene: Scene, orders: pd.DataFrame) -> pd.DataFrame:
    """Count visits and hours of engineering over the whole time; large accounts ask for more than their share."""
    import pandas as pd

    rng = scene.stream("service")
    n = len(scene.people)
    bought = orders.groupby("customer")["amount"].sum().reindex(scene.ids).to_numpy(dtype=np.float64)
    special = pick(rng, [0.8, 0.2], n) == 1
    share = np.where(special, 0.30, 0.07) * np.exp(0.4 * rng.standard_normal(n))
    cost = share * bought
    visits = np.rint(0.4 * cost / _VISIT).astype(np.int64)
    hours = np.rint(0.6 * cost / _HOUR).astype(np.int64)
    return pd.DataFrame(
        {
            "customer": scene.ids,
            "gross_margin": np.round(_MARGIN * bought, 2),
            "visits": visits,
            "engineering_hours": hours,
            "cost_to_serve": np.round(visits * _VISIT + hours * _HOUR, 2),
        }
    )


BUSINESS = Business(
    name="industrial",
    prefix="I",
    start="2021-01-04",
    end="2025-12-31",
    join_weeks=182,
    buying=Buying(r=1.1, alpha_weeks=8.0, a=0.7, b=5.0),
    spending=Spending(p=2.6, q=4.4, gamma=45_800.0),
    weekdays=(0.22, 0.21, 0.20, 0.19, 0.16, 0.01, 0.01),
    months=(0.85, 0.55, 1.15, 1.1, 1.0, 1.15, 0.95, 0.9, 1.15, 0.9, 1.1, 1.2),
    sites=(
        Store("O01", "south", "strong", 0.38, quality=0.20, days_mean=4.0),
        Store("O02", "east", "strong", 0.34, quality=-0.45, staff_points=-1.5, days_mean=12.0),
        Store("O03", "inland", "weak", 0.28, quality=0.10, days_mean=5.0),
    ),
    site_label="office",
    weak_item="quality_answer",
    kinds=(
        Kind("machine builder", 0.42, stays=0.3, spends=0.4),
        Kind("processor", 0.36, buys=0.2),
        Kind("trader", 0.22, stays=-0.6, spends=-0.5),
    ),
    kind_label="trade",
    channels=(
        Choice("sales force", 0.44, 0.2),
        Choice("fair", 0.26),
        Choice("web enquiry", 0.18, -0.3),
        Choice("referral", 0.12, 0.4),
    ),
    contacts=(Choice("phone", 0.40), Choice("e-mail", 0.34), Choice("visit", 0.22), Choice("letter", 0.04)),
    topics=(
        Topic("delivery date", 0.30, 0.20),
        Topic("answer to enquiry", 0.14, 0.48),
        Topic("fault", 0.26, 0.14),
        Topic("documents", 0.14, 0.08),
        Topic("price", 0.10, 0.06),
        Topic("other", 0.06, 0.04),
    ),
    items=survey_items(
        ("reliable", "competent", "inventive", "solid"),
        ("product", "delivery", "answer", "engineering", "documents", "spare_parts"),
    ),
    paths=ECSI_PATHS,
    campaign=Campaign(
        "spring overhaul",
        "2025-03-10",
        lift=0.09,
        window_days=60,
        cost=120.0,
        lift_by_kind={"machine builder": 0.7, "processor": 1.6, "trader": 0.5},
    ),
    response_rate=0.42,
    ask_after_days=120,
    birth_years=None,
    own_tables=_own_tables,
)
