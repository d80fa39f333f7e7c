"""The retail case's mailing: after the last day of the data, with a control group drawn by lot.

It comes after everything else, so it changes no order; what was bought within its window stands in its own table alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.simulate.draws import stream

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from crmlab.simulate.truth import Campaign, Spending

__all__ = ["draw_mailing"]


def draw_mailing(
    people: pd.DataFrame,
    ids: NDArray[np.object_],
    gone: NDArray[np.bool_],
    *,
    campaign: Campaign,
    spending: Spending,
    seed: int,
) -> pd.DataFrame:
    """Send a voucher to a random half of a list, and see who buys within the window.

    Parameters
    ----------
    people
        Customers with their ``rate`` (orders a week) and ``scale`` (of amounts).
    ids
        Customer numbers.
    gone
        Who has left by the end of the data; a voucher may bring them back.
    campaign, spending
        What is true.
    seed
        Seed.

    Returns
    -------
    DataFrame
        ``campaign``, ``customer``, ``date``, ``group``, ``responded``, ``spend``, ``cost``, as in every case.

    """
    import pandas as pd

    rng = stream(seed, "mailing")
    n = len(people)
    listed = rng.random(n) < campaign.on_list
    treated = rng.random(n) < campaign.treated
    weeks = campaign.window_days / 7
    bought = rng.poisson(np.where(gone, 0.0, people["rate"].to_numpy() * weeks))
    bought = bought + (treated & (rng.random(n) < campaign.lift))
    spend = rng.standard_gamma(np.maximum(spending.p * bought, 1e-9)) / people["scale"].to_numpy()
    who = np.flatnonzero(listed)
    return pd.DataFrame(
        {
            "campaign": campaign.name,
            "customer": ids[who],
            "date": pd.Timestamp(campaign.day),
            "group": np.where(treated[who], "treated", "control").astype(object),
            "responded": np.where(bought[who] > 0, "yes", "no").astype(object),
            "spend": np.round(np.where(bought > 0, spend, 0.0)[who], 2),
            "cost": np.where(treated[who], campaign.cost, 0.0),
        }
    )
