"""A campaign with a control group drawn by lot, and what it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.simulate.engine import Scene

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["draw_campaign"]


def draw_campaign(scene: Scene, joined: Ints, main: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Send the offer to a random part of the list, and let it bring what it brings.

    Parameters
    ----------
    scene
        Who, where, when.
    joined
        Day of joining.
    main
        The purchases or the contracts.

    Returns
    -------
    campaigns
        A row for each customer on the list: ``campaign``, ``customer``, ``date``, ``group`` ("treated" or "control"),
        ``responded`` ("yes" or "no": a purchase within the window, or a further contract), ``spend`` (within the
        window), ``cost``.
    main
        The purchases with those that the offer brought, named in the column ``campaign``, and numbered in ``order``;
        contracts as they came.

    """
    truth, offer = scene.truth, scene.truth.campaign
    rng = scene.stream("campaign")
    n = len(scene.people)
    sent = int((np.datetime64(offer.day) - np.datetime64(truth.start)).astype(np.int64))
    draws = rng.random((4, n))
    listed = (joined < sent) & (draws[0] < offer.on_list)
    treated = listed & (draws[1] < offer.treated)
    factor = np.array([offer.lift_by_kind.get(one.name, 1.0) for one in truth.kinds])
    chance = offer.lift * factor[scene.people["kind"].to_numpy()]
    won = treated & (draws[2] < chance)
    later = 1 + np.floor(draws[3] * offer.window_days).astype(np.int64)
    if truth.contracts is None:
        main, bought, spend = _more_purchases(scene, main, won, sent + later, rng)
    else:
        # A further contract that nobody was offered: a third of the lift.
        bought = won | (listed & (rng.random(n) < offer.lift / 3))
        spend = np.where(bought, offer.price, 0.0)
    who = np.flatnonzero(listed)
    table = pd.DataFrame(
        {
            "campaign": offer.name,
            "customer": scene.ids[who],
            "date": pd.Timestamp(offer.day),
            "group": np.where(treated[who], "treated", "control").astype(object),
            "responded": np.where(bought[who], "yes", "no").astype(object),
            "spend": np.round(spend[who], 2),
            "cost": np.where(treated[who], offer.cost, 0.0),
        }
    )
    return table, main


def _more_purchases(
    scene: Scene,
    orders: pd.DataFrame,
    won: NDArray[np.bool_],
    when: Ints,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, NDArray[np.bool_], Floats]:
    """Add the purchases that the offer brought; return all, who bought in the window, and for how much."""
    from crmlab.simulate.buying import draw_amounts

    truth, people, offer = scene.truth, scene.people, scene.truth.campaign
    assert truth.spending is not None
    who = np.flatnonzero(won & (when < scene.clock.days))
    amount = draw_amounts(who, truth.spending.p, people["scale"].to_numpy(), rng)
    brought = pd.DataFrame(
        {
            "customer": scene.ids[who],
            "date": scene.dates(when[who]),
            "amount": amount,
            truth.site_label: scene.sites[who],
            "campaign": offer.name,
        }
    )
    orders = pd.concat([orders.assign(campaign=""), brought], ignore_index=True)
    orders = orders.sort_values(["date", "customer", "campaign"], kind="stable", ignore_index=True)
    mark = f"{scene.block}-" if scene.block else ""
    orders.insert(0, "order", [f"R{mark}{k:06d}" for k in range(1, len(orders) + 1)])

    start = pd.Timestamp(offer.day)
    inside = orders[
        (orders["date"] > start) & (orders["date"] <= start + pd.Timedelta(days=offer.window_days))
    ]
    spent = inside.groupby("customer")["amount"].sum().reindex(scene.ids).to_numpy(dtype=np.float64)
    return orders, ~np.isnan(spent), np.nan_to_num(spent)
