"""A 4S car dealer: visits to the workshop, cars and their warranty.

What its notebook discovers: customers whose first fault was mended at once come to the workshop oftener ever after than
those whose car had to come back for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.simulate.business import Business, Campaign, Choice, Kind, Topic
from crmlab.simulate.contracting import months_later
from crmlab.simulate.draws import logistic, named, pick
from crmlab.simulate.industries._survey import ECSI_PATHS, survey_items
from crmlab.simulate.truth import Buying, Spending, Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmlab.simulate.engine import Scene

__all__ = ["BUSINESS"]

_MODELS = (("compact", 0.44), ("family", 0.32), ("van", 0.10), ("electric", 0.14))
_WARRANTY_MONTHS = 36
#: kilometres a day, on average
_KM_A_DAY = 38.0


def _own_tables(scene: Scene, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the cars with their warranty, and what was done at each visit."""
    import pandas as pd

    people, rng = scene.people, scene.stream("cars")
    n = len(people)
    joined = scene.clock.day(people["joined_week"].to_numpy())
    age = rng.integers(20, 400, n)
    sold = np.datetime64(scene.truth.start) + (joined - age).astype("timedelta64[D]")
    until = months_later(sold, np.full(n, _WARRANTY_MONTHS))
    pace = _KM_A_DAY * np.exp(0.5 * rng.standard_normal(n))
    cars = pd.DataFrame(
        {
            "car": np.array([f"V{who[1:]}" for who in scene.ids], dtype=object),
            "customer": scene.ids,
            "model": named([name for name, _ in _MODELS], pick(rng, [share for _, share in _MODELS], n)),
            "sold": sold.astype("datetime64[s]"),
            "warranty_until": until.astype("datetime64[s]"),
        }
    )
    orders, rng = tables["transactions"], scene.stream("visits")
    who = pd.Index(scene.ids).get_indexer(pd.Index(orders["customer"]))
    day = orders["date"].to_numpy().astype("datetime64[D]")
    covered = day <= until[who]
    u = rng.random(len(orders))
    work = np.where(u < 0.58, "maintenance", np.where(u < 0.82, "repair", "body and paint")).astype(object)
    work[(work == "repair") & covered] = "warranty"
    once = rng.random(len(orders)) < logistic(1.4 + 2.4 * people["quality"].to_numpy()[who])
    fault = np.isin(work.astype(str), ["repair", "warranty"])
    visits = pd.DataFrame(
        {
            "order": orders["order"],
            "customer": orders["customer"],
            "date": orders["date"],
            "work": work,
            "kilometres": np.rint((day - sold[who]).astype(np.int64) * pace[who]).astype(np.int64),
            "mended_at_once": np.where(fault, np.where(once, "yes", "no"), "").astype(object),
        }
    )
    return {"cars": cars, "visits": visits}


BUSINESS = Business(
    name="dealer",
    prefix="A",
    start="2021-01-04",
    end="2025-12-31",
    join_weeks=156,
    buying=Buying(r=1.3, alpha_weeks=28.0, a=0.9, b=4.0),
    spending=Spending(p=3.5, q=5.0, gamma=970.0),
    weekdays=(0.16, 0.14, 0.14, 0.14, 0.16, 0.18, 0.08),
    months=(1.3, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.1, 0.9, 0.9, 1.0),
    sites=(
        Store("W01", "ring road", "strong", 0.40, quality=0.20, days_mean=2.0),
        Store("W02", "airport", "strong", 0.32, quality=-0.45, staff_points=-1.5, days_mean=5.0),
        Store("W03", "county town", "weak", 0.28, quality=0.10, days_mean=2.5),
    ),
    site_label="workshop",
    weak_item="quality_repair",
    kinds=(Kind("private", 0.78), Kind("company", 0.22, stays=0.4, buys=0.6, spends=0.3)),
    kind_label="owner",
    channels=(
        Choice("car bought here", 0.62, 0.4),
        Choice("insurer", 0.16, -0.3),
        Choice("referral", 0.12, 0.4),
        Choice("advertisement", 0.10, -0.4),
    ),
    contacts=(Choice("phone", 0.46), Choice("workshop", 0.36), Choice("app", 0.12), Choice("letter", 0.06)),
    topics=(
        Topic("repair", 0.22, 0.54),
        Topic("price", 0.26, 0.16),
        Topic("waiting", 0.22, 0.12),
        Topic("parts", 0.14, 0.08),
        Topic("sales promise", 0.10, 0.06),
        Topic("other", 0.06, 0.04),
    ),
    items=survey_items(
        ("reliable", "competent", "honest", "modern"),
        ("booking", "reception", "repair", "duration", "explanation", "hand_over"),
    ),
    paths=ECSI_PATHS,
    campaign=Campaign(
        "winter check",
        "2024-10-08",
        lift=0.11,
        window_days=60,
        cost=15.0,
        lift_by_kind={"private": 1.2, "company": 0.3},
    ),
    response_rate=0.30,
    ask_after_days=3,
    birth_years=(1982.0, 11.0),
    own_tables=_own_tables,
)
