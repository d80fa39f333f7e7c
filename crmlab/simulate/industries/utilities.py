"""A city's water and district heating: yearly contracts, meters and their readings.

What its notebook discovers: where customers have no choice, satisfaction and staying have nothing to do with each other;
the dissatisfied complain instead. In the one district that was opened to competition they leave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.simulate.business import Business, Campaign, Choice, Contracting, Kind, Plan, Topic
from crmlab.simulate.industries._survey import ECSI_PATHS, survey_items
from crmlab.simulate.truth import Complaining, Retention, Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmlab.simulate.engine import Scene

__all__ = ["BUSINESS"]

#: quarters of the last year, and how much is used in each, by medium
_QUARTERS = ("2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31")
_SEASON = {"water": (0.9, 1.0, 1.2, 0.9), "heat": (2.1, 0.4, 0.1, 1.4)}
#: mean use a quarter: cubic metres of water, and tenths of a gigajoule of heat
_USE = {"water": 32.0, "heat": 90.0}


def _own_tables(scene: Scene, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the meters, and the readings of the last year of those who are still customers."""
    import pandas as pd

    contracts, rng = tables["contracts"], scene.stream("meters")
    n = len(contracts)
    heat = (contracts["plan"] != "water").to_numpy()
    size = np.exp(0.45 * rng.standard_normal(n) + 1.2 * (scene.people["kind"].to_numpy() == 1))
    medium = np.where(heat, "heat", "water").astype(object)
    number = np.array([f"M{who[1:]}" for who in scene.ids], dtype=object)
    meters = pd.DataFrame(
        {
            "meter": number,
            "customer": scene.ids,
            "medium": medium,
            "installed": contracts["start"],
            "remote": np.where(rng.random(n) < 0.4, "yes", "no").astype(object),
        }
    )
    there = contracts["end"].isna().to_numpy() & (contracts["start"] <= pd.Timestamp("2024-12-31")).to_numpy()
    who = np.flatnonzero(there)
    parts = []
    for k, day in enumerate(_QUARTERS):
        level = np.where(heat, _USE["heat"] * _SEASON["heat"][k], _USE["water"] * _SEASON["water"][k])
        use = np.rint(level * size * np.exp(0.15 * rng.standard_normal(n)))
        parts.append(
            pd.DataFrame(
                {
                    "meter": number[who],
                    "customer": scene.ids[who],
                    "date": pd.Timestamp(day),
                    "use": use[who].astype(np.int64),
                }
            )
        )
    return {"meters": meters, "readings": pd.concat(parts, ignore_index=True)}


BUSINESS = Business(
    name="utilities",
    prefix="U",
    start="2017-01-02",
    end="2025-12-31",
    join_weeks=416,
    contracts=Contracting(
        alpha=1.1,
        beta=11.0,
        period_months=12,
        plans=(Plan("water", 0.55, 420.0), Plan("heat", 0.20, 1900.0), Plan("both", 0.25, 2150.0)),
    ),
    sites=(
        Store("D01", "old town", "weak", 0.30, quality=0.10, days_mean=3.0),
        Store("D02", "north", "weak", 0.28, quality=-0.50, staff_points=-1.5, days_mean=8.0),
        Store("D03", "opened district", "strong", 0.42, quality=0.00, days_mean=4.0),
    ),
    site_label="district",
    weak_item="quality_outages",
    kinds=(Kind("household", 0.88), Kind("business", 0.12)),
    kind_label="kind",
    channels=(Choice("moved in", 0.70), Choice("new connection", 0.22), Choice("switched to us", 0.08, -0.3)),
    contacts=(Choice("phone", 0.55), Choice("app", 0.22), Choice("office", 0.15), Choice("letter", 0.08)),
    topics=(
        Topic("bill", 0.34, 0.20),
        Topic("outages", 0.16, 0.50),
        Topic("pressure and temperature", 0.18, 0.12),
        Topic("meter reading", 0.16, 0.08),
        Topic("moving", 0.10, 0.06),
        Topic("other", 0.06, 0.04),
    ),
    items=survey_items(
        ("reliable", "fair", "responsible", "modern"),
        ("supply", "bill", "outages", "hotline", "information", "app"),
    ),
    paths=ECSI_PATHS,
    # No choice, no link: the curve under weak competition is flat.
    retention=Retention(
        weight=4.5,
        strong=(0.4, 3.0),
        weak=(-1.3, 0.0),
        recovered_fast=0.2,
        recovered_late=0.1,
        not_recovered=-0.2,
        noise=0.9,
    ),
    complaining=Complaining(intercept=-2.0),
    campaign=Campaign("smart meter", "2025-05-05", lift=0.10, window_days=60, cost=3.0, price=120.0),
    response_rate=0.25,
    ask_after_days=250,
    birth_years=None,
    own_tables=_own_tables,
)
