"""A regional bank: yearly account agreements, and the products that customers hold beside them.

What its notebook discovers: every further product a customer holds makes him stay longer, and customers with one product
leave without a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.simulate.business import Business, Campaign, Choice, Contracting, Kind, Plan, Topic
from crmlab.simulate.draws import named, pick
from crmlab.simulate.industries._survey import ECSI_PATHS, survey_items
from crmlab.simulate.truth import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmlab.simulate.engine import Scene

__all__ = ["BUSINESS"]

#: product, share among further ones, median balance in yuan
_PRODUCTS = (
    ("savings", 0.38, 32_000.0),
    ("fund", 0.24, 21_000.0),
    ("loan", 0.20, 85_000.0),
    ("insurance", 0.18, 9_000.0),
)
_ACCOUNT = 6_500.0
#: spread of balances on the log scale
_SPREAD = 1.1


def _own_tables(scene: Scene, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the products held, with their balances."""
    import pandas as pd

    people, rng = scene.people, scene.stream("products")
    kind = people["kind"].to_numpy()
    n = len(people)
    further = np.where(kind == 2, 2 + rng.integers(0, 2, n), kind)
    # One product of a kind: a random order of the four, of which the first so many are held.
    keys = rng.standard_exponential((n, len(_PRODUCTS))) / np.array([share for _, share, _ in _PRODUCTS])
    place = keys.argsort(axis=1).argsort(axis=1)
    held = place < further[:, None]
    start = tables["contracts"]["start"].to_numpy()
    parts = [_rows(scene, np.arange(n), "account", median=_ACCOUNT, opened=start, rng=rng)]
    for k, (name, _, median) in enumerate(_PRODUCTS):
        who = np.flatnonzero(held[:, k])
        parts.append(_rows(scene, who, name, median=median, opened=start[who], rng=rng))
    products = pd.concat(parts, ignore_index=True)
    return {"products": products.sort_values(["customer", "product"], kind="stable", ignore_index=True)}


def _rows(
    scene: Scene,
    who: np.ndarray[tuple[int], np.dtype[np.int64]],
    product: str,
    *,
    median: float,
    opened: np.ndarray[tuple[int], np.dtype[np.datetime64]],
    rng: np.random.Generator,
) -> pd.DataFrame:
    import pandas as pd

    balance = median * np.exp(_SPREAD * rng.standard_normal(who.size))
    return pd.DataFrame(
        {
            "customer": scene.ids[who],
            "product": product,
            "opened": opened,
            "branch": scene.sites[who],
            "advice": named(["branch", "phone", "none"], pick(rng, [0.35, 0.15, 0.5], who.size)),
            "balance": np.round(balance, 2),
        }
    )


BUSINESS = Business(
    name="bank",
    prefix="B",
    start="2018-01-02",
    end="2025-12-31",
    join_weeks=364,
    contracts=Contracting(
        alpha=0.8,
        beta=4.6,
        period_months=12,
        plans=(Plan("basic", 0.62, 60.0), Plan("gold", 0.28, 240.0), Plan("private", 0.10, 1200.0)),
    ),
    sites=(
        Store("B01", "financial district", "strong", 0.30, quality=0.20, days_mean=2.0),
        Store("B02", "university", "strong", 0.22, quality=-0.45, staff_points=-1.5, days_mean=6.0),
        Store("B03", "county town", "weak", 0.28, quality=0.10, days_mean=3.0),
        Store("B04", "harbour", "weak", 0.20, quality=0.05, days_mean=3.5),
    ),
    site_label="branch",
    weak_item="quality_counter",
    kinds=(
        Kind("one product", 0.42, stays=-1.2),
        Kind("two products", 0.33, stays=0.2),
        Kind("three or more", 0.25, stays=1.5),
    ),
    kind_label="depth",
    channels=(
        Choice("branch", 0.40),
        Choice("app", 0.30, -0.2),
        Choice("employer", 0.18, 0.3),
        Choice("referral", 0.12, 0.4),
    ),
    contacts=(Choice("phone", 0.38), Choice("branch", 0.30), Choice("app", 0.24), Choice("letter", 0.08)),
    topics=(
        Topic("fees", 0.26, 0.14),
        Topic("counter service", 0.16, 0.48),
        Topic("app", 0.20, 0.12),
        Topic("cards", 0.16, 0.10),
        Topic("loans", 0.14, 0.10),
        Topic("other", 0.08, 0.06),
    ),
    items=survey_items(
        ("reliable", "solid", "discreet", "modern"),
        ("advice", "counter", "app", "speed", "information", "availability"),
    ),
    paths=ECSI_PATHS,
    campaign=Campaign(
        "savings plan",
        "2025-02-17",
        lift=0.09,
        window_days=60,
        cost=8.0,
        price=300.0,
        lift_by_kind={"one product": 1.6, "two products": 0.9, "three or more": 0.3},
    ),
    response_rate=0.28,
    ask_after_days=180,
    birth_years=(1978.0, 13.0),
    own_tables=_own_tables,
)
