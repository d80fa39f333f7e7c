"""An online shop: orders, deliveries, returns, and what each channel costs.

What its notebook discovers: the channel whose customers cost least brings those who are worth least, so that dearer
channels pay better; and customers whose first parcel came late order less ever after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.simulate.business import Business, Campaign, Choice, Kind, Topic
from crmlab.simulate.draws import logistic, named, pick
from crmlab.simulate.industries._survey import ECSI_PATHS, survey_items
from crmlab.simulate.truth import Buying, Retention, Spending, Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmlab.simulate.engine import Scene

__all__ = ["BUSINESS"]

#: what a new customer costs by channel, yuan
_COSTS = {"search ads": 38.0, "social media": 8.0, "organic": 12.0, "referral": 30.0}
_PROMISED = 3


def _own_tables(scene: Scene, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return deliveries, returns, and the cost of each channel."""
    import pandas as pd

    orders, people, rng = tables["transactions"], scene.people, scene.stream("deliveries")
    n = len(orders)
    who = pd.Index(scene.ids).get_indexer(pd.Index(orders["customer"]))
    late = rng.random(n) < logistic(-2.0 - 2.8 * people["quality"].to_numpy()[who])
    days = np.where(late, _PROMISED + 1 + rng.poisson(2.0, n), 1 + rng.integers(0, _PROMISED, n))
    deliveries = pd.DataFrame(
        {
            "order": orders["order"],
            "customer": orders["customer"],
            "promised_days": _PROMISED,
            "days": days,
            "carrier": named(["own", "post", "partner"], pick(rng, [0.3, 0.3, 0.4], n)),
        }
    )
    back = rng.random(n) < np.where(late, 0.16, 0.07)
    share = np.where(rng.random(n) < 0.6, 1.0, 0.5)
    # What comes back after the last day is not in the data.
    when = orders["date"] + pd.to_timedelta(days + rng.integers(2, 15, n), unit="D")
    seen = back & (when <= pd.Timestamp(scene.truth.end)).to_numpy()
    returns = pd.DataFrame(
        {
            "order": orders["order"],
            "customer": orders["customer"],
            "date": when,
            "refund": np.round(orders["amount"].to_numpy() * share, 2),
        }
    )[seen]
    costs = pd.DataFrame({"channel": list(_COSTS), "cost_per_customer": list(_COSTS.values())})
    return {"deliveries": deliveries, "returns": returns.reset_index(drop=True), "acquisition": costs}


BUSINESS = Business(
    name="ecommerce",
    prefix="N",
    start="2024-01-01",
    end="2025-12-31",
    join_weeks=78,
    buying=Buying(r=0.55, alpha_weeks=7.5, a=1.0, b=2.8),
    spending=Spending(p=3.2, q=4.6, gamma=146.25),
    weekdays=(0.15, 0.14, 0.14, 0.14, 0.13, 0.14, 0.16),
    months=(0.9, 0.7, 0.9, 0.9, 0.95, 1.35, 0.85, 0.85, 0.95, 1.0, 1.7, 1.05),
    sites=(
        Store("R01", "east", "strong", 0.46, quality=0.20, days_mean=2.0),
        Store("R02", "west", "strong", 0.24, quality=-0.50, staff_points=-1.5, days_mean=6.0),
        Store("R03", "islands", "weak", 0.30, quality=-0.05, days_mean=3.0),
    ),
    site_label="region",
    weak_item="quality_delivery",
    kinds=(Kind("app", 0.58, stays=0.2, buys=0.2), Kind("web", 0.42, stays=-0.2, buys=-0.2)),
    kind_label="device",
    channels=(
        Choice("search ads", 0.34, 0.1),
        Choice("social media", 0.28, -1.3),
        Choice("organic", 0.24, 0.4),
        Choice("referral", 0.14, 0.9),
    ),
    contacts=(Choice("chat", 0.52), Choice("phone", 0.22), Choice("app", 0.18), Choice("e-mail", 0.08)),
    topics=(
        Topic("delivery", 0.26, 0.56),
        Topic("quality of goods", 0.26, 0.16),
        Topic("return", 0.20, 0.12),
        Topic("payment", 0.12, 0.06),
        Topic("price", 0.10, 0.06),
        Topic("other", 0.06, 0.04),
    ),
    items=survey_items(
        ("reliable", "inventive", "fair", "young"),
        ("range", "search", "delivery", "goods", "returns", "support"),
    ),
    paths=ECSI_PATHS,
    # One disappointment is enough where the next shop is a click away.
    retention=Retention(strong=(-0.3, 3.0), weak=(-0.8, 2.0)),
    campaign=Campaign(
        "come back",
        "2025-09-08",
        lift=0.08,
        window_days=30,
        cost=4.0,
        lift_by_kind={"app": 1.4, "web": 0.45},
    ),
    response_rate=0.25,
    ask_after_days=14,
    birth_years=(1992.0, 9.0),
    own_tables=_own_tables,
)
