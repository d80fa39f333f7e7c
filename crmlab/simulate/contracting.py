"""Contracts: who renews, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.simulate.draws import named, pick

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from crmlab.simulate.engine import Scene

    Ints = NDArray[np.int64]

__all__ = ["draw_contracts", "first_days", "months_later"]

#: a life of so many periods is longer than any that is observed
_LONGEST = 10_000


def months_later(days: NDArray[np.datetime64], months: Ints) -> NDArray[np.datetime64]:
    """Return the same day of the month, so many months later; days after the 28th are taken as the 28th.

    >>> months_later(np.array(["2024-01-31"], dtype="datetime64[D]"), np.array([1])).astype(str).tolist()
    ['2024-02-28']
    """
    month = days.astype("datetime64[M]")
    day = np.minimum((days - month.astype("datetime64[D]")).astype(np.int64), 27)
    first = (month + months.astype("timedelta64[M]")).astype("datetime64[D]")
    return np.asarray(first + day.astype("timedelta64[D]"))


def first_days(start: str, joined: Ints) -> Ints:
    """Return the day numbers on which contracts begin: those of joining, but none after the 28th of a month."""
    first = np.datetime64(start)
    days = months_later(first + joined.astype("timedelta64[D]"), np.zeros(joined.size, np.int64))
    return (days - first).astype(np.int64)


def draw_contracts(scene: Scene, joined: Ints) -> pd.DataFrame:
    """Draw each customer's contract: it begins on the day of joining and ends, if ever, with one of its periods.

    At the end of each period the customer leaves with a chance of his own (``churn``), the same for life: the
    shifted-beta-geometric model.

    Returns
    -------
    DataFrame
        ``contract``, ``customer``, ``start``, ``end`` (missing while it runs), the place, ``plan``, ``fee`` (a period).

    References
    ----------
    Fader & Hardie (2007), doi 10.1002/dir.20074.

    """
    import pandas as pd

    truth, people = scene.truth, scene.people
    offer = truth.contracts
    assert offer is not None
    n = len(people)
    plan = pick(scene.stream("plans"), [one.share for one in offer.plans], n)
    u = scene.stream("renewals").random(n)
    churn = np.clip(people["churn"].to_numpy(), 1e-12, 1 - 1e-12)
    periods = np.minimum(1 + np.floor(np.log1p(-u) / np.log1p(-churn)), _LONGEST).astype(np.int64)

    start = np.datetime64(truth.start) + joined.astype("timedelta64[D]")
    end = months_later(start, periods * offer.period_months)
    end = np.where(end <= np.datetime64(truth.end), end, np.datetime64("NaT"))
    return pd.DataFrame(
        {
            "contract": [f"K{who[len(truth.prefix) :]}" for who in scene.ids],
            "customer": scene.ids,
            "start": start.astype("datetime64[s]"),
            "end": end.astype("datetime64[s]"),
            truth.site_label: scene.sites,
            "plan": named([one.name for one in offer.plans], plan),
            "fee": np.array([one.fee for one in offer.plans], dtype=np.float64)[plan],
        }
    )
