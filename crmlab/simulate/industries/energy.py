"""A chain of filling and charging stations: fuel cards of private drivers and of fleets.

What its notebook discovers: a day of discount brings private drivers only; money spent on fleets, who buy the most, is
given away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.simulate.business import Business, Campaign, Choice, Kind, Topic
from crmlab.simulate.draws import block_stream, named, pick
from crmlab.simulate.industries._survey import ECSI_PATHS, survey_items
from crmlab.simulate.truth import Buying, Spending, Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmlab.simulate.engine import Scene

__all__ = ["BUSINESS"]

#: fuel and its price at the beginning, yuan a litre or a kilowatt-hour
_FUELS = (("petrol 92", 7.6), ("petrol 95", 8.1), ("diesel", 7.3), ("charging", 1.4))


def _own_tables(scene: Scene, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the cards, and how much of what was filled."""
    import pandas as pd

    people, rng = scene.people, scene.stream("cards")
    n = len(people)
    fleet = people["kind"].to_numpy() == 1
    private = pick(rng, [0.5, 0.3, 0.02, 0.18], n)
    fuel = np.where(fleet, pick(rng, [0.2, 0.1, 0.6, 0.1], n), private)
    names = [name for name, _ in _FUELS]
    cards = pd.DataFrame(
        {
            "card": np.array([f"K{who[1:]}" for who in scene.ids], dtype=object),
            "customer": scene.ids,
            "fuel": named(names, fuel),
            "vehicles": np.where(fleet, 2 + rng.poisson(6.0, n), 1),
        }
    )
    # Prices are the same for all, whatever block of customers is made.
    orders, rng = tables["transactions"], block_stream(scene.seed, 0, "energy/prices")
    weeks = (scene.clock.days + 6) // 7 + 1
    drift = np.exp(np.cumsum(0.006 * rng.standard_normal(weeks)))
    week = ((orders["date"] - pd.Timestamp(scene.truth.start)).dt.days // 7).to_numpy()
    who = pd.Index(scene.ids).get_indexer(pd.Index(orders["customer"]))
    price = np.round(np.array([price for _, price in _FUELS])[fuel[who]] * drift[week], 2)
    filled = pd.DataFrame(
        {
            "order": orders["order"],
            "fuel": named(names, fuel[who]),
            "price": price,
            "quantity": np.round(orders["amount"].to_numpy() / price, 2),
        }
    )
    return {"cards": cards, "fillings": filled}


BUSINESS = Business(
    name="energy",
    prefix="E",
    start="2024-01-01",
    end="2025-12-31",
    join_weeks=65,
    buying=Buying(r=0.8, alpha_weeks=4.6, a=0.7, b=5.5),
    spending=Spending(p=6.0, q=6.0, gamma=220.0),
    weekdays=(0.16, 0.14, 0.14, 0.14, 0.17, 0.15, 0.10),
    months=(1.1, 1.2, 0.95, 0.95, 1.0, 0.95, 1.05, 1.05, 0.95, 1.15, 0.85, 0.9),
    sites=(
        Store("T01", "motorway", "weak", 0.34, quality=0.20, days_mean=2.0),
        Store("T02", "port", "strong", 0.30, quality=-0.45, staff_points=-1.5, days_mean=6.0),
        Store("T03", "suburb", "strong", 0.36, quality=0.05, days_mean=3.0),
    ),
    site_label="station",
    weak_item="quality_queue",
    kinds=(Kind("private", 0.80, buys=-0.3), Kind("fleet", 0.20, stays=0.5, buys=1.4, spends=0.8)),
    kind_label="holder",
    channels=(
        Choice("station", 0.48),
        Choice("app", 0.28, -0.1),
        Choice("sales force", 0.14, 0.3),
        Choice("partner", 0.10, -0.3),
    ),
    contacts=(Choice("station", 0.42), Choice("phone", 0.30), Choice("app", 0.22), Choice("letter", 0.06)),
    topics=(
        Topic("queue", 0.18, 0.52),
        Topic("price", 0.28, 0.16),
        Topic("card", 0.22, 0.12),
        Topic("charging", 0.14, 0.08),
        Topic("staff", 0.12, 0.08),
        Topic("other", 0.06, 0.04),
    ),
    items=survey_items(
        ("reliable", "fair", "near", "green"),
        ("fuel", "queue", "staff", "shop", "card", "cleanliness"),
    ),
    paths=ECSI_PATHS,
    campaign=Campaign(
        "discount day",
        "2025-06-02",
        lift=0.20,
        window_days=14,
        cost=9.0,
        lift_by_kind={"private": 1.25, "fleet": 0.0},
    ),
    response_rate=0.28,
    ask_after_days=60,
    birth_years=None,
    own_tables=_own_tables,
)
