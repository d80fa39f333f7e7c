"""A company that looks after housing estates: yearly contracts, half-yearly bills, and repairs.

What its notebook discovers: late payment is a complaint by other means. Households whose repair took long pay late,
whatever their income; the grades of credit follow the days of repair, and quick recovery brings the money back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.simulate.business import Business, Campaign, Choice, Contracting, Kind, Plan, Topic
from crmlab.simulate.contracting import months_later
from crmlab.simulate.draws import logistic, named, pick
from crmlab.simulate.industries._survey import ECSI_PATHS, survey_items
from crmlab.simulate.truth import Complaining, Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmlab.simulate.engine import Scene

__all__ = ["BUSINESS"]

_TRADES = (("plumbing", 0.34), ("electricity", 0.22), ("lift", 0.16), ("doors", 0.16), ("green space", 0.12))
_BILL_MONTHS = 6
#: bills of the two years of the credit rules
_BILLS = 4


def _own_tables(scene: Scene, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the bills with their payments, and the repairs."""
    return {"payments": _payments(scene, tables["contracts"]), "repairs": _repairs(scene)}


def _payments(scene: Scene, contracts: pd.DataFrame) -> pd.DataFrame:
    """Bill every half-year; the unsatisfied pay late, or not at all."""
    import pandas as pd

    people, rng = scene.people, scene.stream("payments")
    n = len(people)
    unsettled = people["complains"].to_numpy() & ~people["accepted"].to_numpy()
    trouble = -0.9 * people["satisfaction"].to_numpy() + 1.2 * unsettled
    rows = []
    start = contracts["start"].to_numpy().astype("datetime64[D]")
    until = contracts["end"].to_numpy().astype("datetime64[D]")
    for number in range(_BILLS):
        due = months_later(start, np.full(n, 1 + number * _BILL_MONTHS))
        late = np.floor(rng.standard_exponential(n) * np.exp(2.6 + 0.7 * trouble)).astype(np.int64)
        unpaid = rng.random(n) < logistic(-3.4 + 0.9 * trouble)
        paid = due + np.minimum(late, 400).astype("timedelta64[D]")
        open_ = unpaid | (paid > np.datetime64(scene.truth.end))
        paid = np.where(open_, np.datetime64("NaT"), paid)
        running = (due <= np.datetime64(scene.truth.end)) & (np.isnat(until) | (due < until))
        rows.append(
            pd.DataFrame(
                {
                    "customer": scene.ids,
                    "bill": number + 1,
                    "due": due.astype("datetime64[s]"),
                    "paid": paid.astype("datetime64[s]"),
                    "amount": contracts["fee"].to_numpy() / 2,
                }
            )[running]
        )
    bills: pd.DataFrame = pd.concat(rows, ignore_index=True).sort_values(
        ["due", "customer"], kind="stable", ignore_index=True
    )
    return bills


def _repairs(scene: Scene) -> pd.DataFrame:
    """Order one repair for about half of the households, in their first year."""
    import pandas as pd

    people, rng = scene.people, scene.stream("repairs")
    n = len(people)
    ordered = (rng.random(n) < 0.45) | people["complains"].to_numpy()
    day = scene.clock.day(people["joined_week"].to_numpy()) + rng.integers(1, 300, n)
    days = np.where(
        people["complains"].to_numpy(),
        people["days"].to_numpy(),
        rng.poisson(3.0 + 1.5 * scene.poor, n),
    )
    trade = pick(rng, [share for _, share in _TRADES], n)
    who = np.flatnonzero(ordered & (day + days < scene.clock.days))
    who = who[np.lexsort((who, day[who]))]
    mark = f"{scene.block}-" if scene.block else ""
    return pd.DataFrame(
        {
            "repair": [f"W{mark}{k:05d}" for k in range(1, who.size + 1)],
            "customer": scene.ids[who],
            "date": scene.dates(day[who]),
            "trade": named([name for name, _ in _TRADES], trade[who]),
            "days": days[who],
        }
    )


BUSINESS = Business(
    name="property",
    prefix="P",
    start="2019-01-07",
    end="2025-12-31",
    join_weeks=312,
    contracts=Contracting(
        alpha=0.9,
        beta=7.5,
        period_months=12,
        plans=(Plan("flat", 0.70, 2160.0), Plan("shop", 0.18, 5400.0), Plan("garage", 0.12, 720.0)),
    ),
    sites=(
        Store("E01", "old town", "weak", 0.30, quality=0.15, days_mean=3.0),
        Store("E02", "new district", "strong", 0.38, quality=-0.50, staff_points=-1.5, days_mean=9.0),
        Store("E03", "lake side", "weak", 0.32, quality=0.25, days_mean=2.0),
    ),
    site_label="estate",
    weak_item="quality_repairs",
    kinds=(Kind("owner", 0.68, stays=0.6), Kind("tenant", 0.32, stays=-0.6)),
    kind_label="tenure_kind",
    channels=(Choice("developer", 0.60), Choice("owners' vote", 0.30, 0.3), Choice("broker", 0.10, -0.3)),
    contacts=(
        Choice("phone", 0.40),
        Choice("service desk", 0.32),
        Choice("app", 0.20),
        Choice("letter", 0.08),
    ),
    topics=(
        Topic("repairs", 0.30, 0.58),
        Topic("cleaning", 0.20, 0.12),
        Topic("parking", 0.18, 0.10),
        Topic("security", 0.14, 0.08),
        Topic("fees", 0.12, 0.08),
        Topic("other", 0.06, 0.04),
    ),
    items=survey_items(
        ("reliable", "honest", "present", "orderly"),
        ("repairs", "cleaning", "security", "green_space", "staff", "parking"),
    ),
    paths=ECSI_PATHS,
    complaining=Complaining(intercept=-1.6),
    campaign=Campaign("home help", "2025-04-01", lift=0.12, window_days=60, cost=1.5, price=199.0),
    ask_after_days=200,
    birth_years=None,
    own_tables=_own_tables,
)
