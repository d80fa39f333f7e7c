"""A maker of dairy products: end buyers who scan a code on the pack, and the distributors between.

What its notebook discovers: what looks like faithless customers in one distributor's area are empty shelves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.simulate.business import Business, Campaign, Choice, Kind, Topic
from crmlab.simulate.industries._survey import ECSI_PATHS, survey_items
from crmlab.simulate.truth import Buying, Spending, Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmlab.simulate.engine import Scene

__all__ = ["BUSINESS"]

#: mean days a month on which a shelf is empty, well and badly supplied
_EMPTY = (1.2, 7.5)


def _own_tables(scene: Scene, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the distributors, and what was shipped to each of them every month."""
    import pandas as pd

    truth, rng = scene.truth, scene.stream("distributors")
    orders = tables["transactions"]
    distributors = pd.DataFrame(
        {
            "distributor": [one.name for one in truth.sites],
            "area": [one.area for one in truth.sites],
            "competition": [one.competition for one in truth.sites],
            "outlets": 40 + rng.integers(0, 160, len(truth.sites)),
            "since": 2008 + rng.integers(0, 14, len(truth.sites)),
        }
    )
    month = orders["date"].dt.to_period("M").dt.to_timestamp()
    sold = orders.groupby([truth.site_label, month])["amount"].sum().rename("sold").reset_index()
    poor = sold[truth.site_label].map({one.name: one.staff_points < 0 for one in truth.sites}).to_numpy()
    n = len(sold)
    empty = np.minimum(rng.poisson(np.where(poor, _EMPTY[1], _EMPTY[0])), 28)
    shipments = pd.DataFrame(
        {
            "distributor": sold[truth.site_label],
            "month": sold["date"],
            "shipped": np.round(sold["sold"].to_numpy() * 0.72 * np.exp(0.08 * rng.standard_normal(n)), 2),
            "days_out_of_stock": empty,
        }
    )
    return {"distributors": distributors, "shipments": shipments}


BUSINESS = Business(
    name="consumer",
    prefix="D",
    start="2024-01-01",
    end="2025-12-31",
    join_weeks=65,
    buying=Buying(r=0.9, alpha_weeks=4.8, a=0.9, b=4.2),
    spending=Spending(p=5.5, q=6.5, gamma=46.0),
    weekdays=(0.12, 0.12, 0.12, 0.13, 0.16, 0.19, 0.16),
    months=(1.25, 1.1, 0.95, 0.95, 1.0, 0.95, 0.95, 0.95, 1.05, 1.0, 0.9, 0.95),
    sites=(
        Store("Z01", "coast", "strong", 0.30, quality=0.20, days_mean=2.0),
        Store("Z02", "plain", "strong", 0.26, quality=0.10, days_mean=3.0),
        Store("Z03", "mountains", "strong", 0.22, quality=-0.60, staff_points=-2.0, days_mean=6.0),
        Store("Z04", "north", "weak", 0.22, quality=0.05, days_mean=3.0),
    ),
    site_label="distributor",
    weak_item="quality_availability",
    kinds=(
        Kind("family", 0.46, buys=0.3, spends=0.3),
        Kind("single", 0.34, buys=-0.3),
        Kind("senior", 0.20, stays=0.4),
    ),
    kind_label="household_kind",
    channels=(
        Choice("pack code", 0.52),
        Choice("tasting", 0.22, 0.2),
        Choice("social media", 0.16, -0.4),
        Choice("referral", 0.10, 0.5),
    ),
    contacts=(Choice("hotline", 0.46), Choice("app", 0.28), Choice("shop", 0.20), Choice("letter", 0.06)),
    topics=(
        Topic("not available", 0.16, 0.56),
        Topic("freshness", 0.30, 0.16),
        Topic("packaging", 0.20, 0.10),
        Topic("taste", 0.16, 0.08),
        Topic("price", 0.12, 0.06),
        Topic("other", 0.06, 0.04),
    ),
    items=survey_items(
        ("reliable", "natural", "safe", "tasty"),
        ("taste", "freshness", "availability", "packaging", "range", "hotline"),
    ),
    paths=ECSI_PATHS,
    campaign=Campaign(
        "new flavour",
        "2025-04-07",
        lift=0.10,
        window_days=42,
        cost=3.0,
        lift_by_kind={"family": 1.3, "single": 1.0, "senior": 0.3},
    ),
    response_rate=0.26,
    ask_after_days=60,
    birth_years=(1985.0, 14.0),
    own_tables=_own_tables,
    summed=("shipped",),
)
