"""A small group of hotels: stays, rooms, and what the staff know of a guest.

What its notebook discovers: guests whose noted wishes were met on the first stay stay oftener ever after; those whose
wishes were on file and not met stay less often than those who were never asked.
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

_ROOMS = (("standard", 0.55), ("river view", 0.30), ("suite", 0.15))
_WISHES = ("quiet floor", "river view", "firm pillow", "early breakfast", "extra desk", "no perfume")
#: share of guests who were asked for a wish at their first stay
_ASKED = 0.6


def _own_tables(scene: Scene, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the stays behind the bills, and the guests' file of wishes."""
    import pandas as pd

    orders, people = tables["transactions"], scene.people
    rng = scene.stream("stays")
    n = len(orders)
    who = pd.Index(scene.ids).get_indexer(pd.Index(orders["customer"]))
    kind = people["kind"].to_numpy()[who]
    nights = 1 + rng.poisson(np.where(kind == 1, 1.6, 0.6))
    stays = pd.DataFrame(
        {
            "order": orders["order"],
            "customer": orders["customer"],
            "arrival": orders["date"],
            "nights": nights,
            "room": named([name for name, _ in _ROOMS], pick(rng, [share for _, share in _ROOMS], n)),
            "booked_by": named(["direct", "portal", "company"], pick(rng, [0.4, 0.4, 0.2], n)),
        }
    )
    rng = scene.stream("wishes")
    m = len(people)
    asked = rng.random(m) < _ASKED
    met = rng.random(m) < logistic(0.9 + 1.8 * people["quality"].to_numpy())
    wish = pick(rng, [1.0] * len(_WISHES), m)
    guests = np.flatnonzero(asked)
    wishes = pd.DataFrame(
        {
            "customer": scene.ids[guests],
            "wish": named(_WISHES, wish[guests]),
            "met_at_first_stay": np.where(met[guests], "yes", "no").astype(object),
        }
    )
    return {"stays": stays, "wishes": wishes}


BUSINESS = Business(
    name="hotel",
    prefix="G",
    start="2023-01-02",
    end="2025-12-31",
    join_weeks=104,
    buying=Buying(r=0.9, alpha_weeks=13.0, a=0.8, b=3.2),
    spending=Spending(p=4.0, q=5.5, gamma=1012.5),
    weekdays=(0.12, 0.13, 0.14, 0.15, 0.18, 0.17, 0.11),
    months=(0.7, 0.9, 0.9, 1.1, 1.2, 0.9, 1.3, 1.3, 0.9, 1.4, 0.8, 0.6),
    sites=(
        Store("H01", "river bank", "strong", 0.42, quality=0.25, days_mean=1.5),
        Store("H02", "station", "strong", 0.33, quality=-0.45, staff_points=-1.5, days_mean=4.5),
        Store("H03", "hills", "weak", 0.25, quality=0.10, days_mean=2.0),
    ),
    site_label="hotel",
    weak_item="quality_reception",
    kinds=(Kind("business", 0.55, buys=0.5, spends=0.1), Kind("leisure", 0.45, buys=-0.5, spends=0.2)),
    kind_label="purpose",
    channels=(
        Choice("portal", 0.45, -0.2),
        Choice("direct", 0.25, 0.3),
        Choice("company", 0.20, 0.2),
        Choice("referral", 0.10, 0.5),
    ),
    contacts=(
        Choice("reception", 0.45),
        Choice("phone", 0.20),
        Choice("portal review", 0.25),
        Choice("e-mail", 0.10),
    ),
    topics=(
        Topic("noise", 0.28, 0.14),
        Topic("cleanliness", 0.18, 0.10),
        Topic("reception", 0.16, 0.50),
        Topic("breakfast", 0.16, 0.10),
        Topic("bill", 0.14, 0.10),
        Topic("other", 0.08, 0.06),
    ),
    items=survey_items(
        ("reliable", "distinguished", "hospitable", "modern"),
        ("room", "quiet", "reception", "breakfast", "cleanliness", "check_in"),
    ),
    paths=ECSI_PATHS,
    campaign=Campaign(
        "spring voucher",
        "2025-03-03",
        lift=0.10,
        window_days=60,
        cost=12.0,
        lift_by_kind={"business": 0.4, "leisure": 1.7},
    ),
    response_rate=0.32,
    ask_after_days=3,
    birth_years=(1980.0, 12.0),
    own_tables=_own_tables,
)
