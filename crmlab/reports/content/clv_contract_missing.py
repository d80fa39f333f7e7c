"""Whether customers who left early are missing from contracts: then all seem to stay longer than they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmlab import clv

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Missing", "missing_losses"]

#: chance of so long a time without a loss below which it is taken for no chance
_CHANCE = 0.001


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Losses that the data should hold and do not.

    Attributes
    ----------
    first_end
        Day of the first loss in the data.
    begun
        Customers who had begun before it.
    missing
        How many more will have begun and left before it, by the rates at which customers leave since.

    """

    first_end: pd.Timestamp
    begun: int
    missing: float


def missing_losses(table: pd.DataFrame, observation_end: pd.Timestamp, months: int) -> Missing | None:
    """Tell whether nobody left for so long a time that losses must be missing (left truncation, length bias).

    A file of today's customers, with those who left lately, holds long tenures more often than they were begun. Then
    nobody in it leaves before some day, although many had begun. The chance of that is the product of the shares that
    stay as long as each of them had been there by that day, by the data's own survival (Kaplan and Meier), so that no
    model is needed. It errs towards silence: without the missing losses, survival is too high. How many are missing
    comes from survival in which everybody counts only from the day of the first loss on (delayed entry): whoever is
    there after t periods stands for 1/S(t) who began.

    Parameters
    ----------
    table
        Days ``start`` and ``end``, missing while the contract lasts.
    observation_end
        Last day observed.
    months
        Months of a period.

    Returns
    -------
    Missing or None
        None where nothing is missing that could be seen.

    Examples
    --------
    >>> import pandas as pd
    >>> start = pd.Series(pd.date_range("2015-01-01", periods=200, freq="10D"))
    >>> lately = pd.Series(pd.date_range("2020-12-02", periods=20, freq="D"), index=range(0, 200, 10))
    >>> table = pd.DataFrame({"start": start, "end": lately.reindex(start.index)})
    >>> found = missing_losses(table, pd.Timestamp("2020-12-31"), 1)
    >>> f"{found.first_end:%Y-%m-%d}", found.begun
    ('2020-12-02', 200)

    """
    import pandas as pd

    counted = clv.contract_tenure(
        table["start"], table["end"], observation_end=observation_end, period_months=months
    )
    if not counted["lost"].any():
        return None
    first = table["end"].min()
    before = table["start"][table["start"] < first]
    if before.empty:
        return None
    still = pd.Series(pd.NaT, index=before.index, dtype="datetime64[ns]")
    day = first - pd.Timedelta(days=1)
    entry = clv.contract_tenure(before, still, observation_end=day, period_months=months)["tenure"]
    seen = clv.observed_retention(counted)["survival"].to_numpy()
    chance = np.append(1.0, seen)[np.minimum(entry, len(seen))]
    if chance.min() > 0 and np.log(chance).sum() > np.log(_CHANCE):
        return None
    longest = int(counted["tenure"].max()) + 1
    left = np.bincount(counted["tenure"][counted["lost"]], minlength=longest)
    gone = np.bincount(counted["tenure"], minlength=longest)
    come = np.bincount(entry.reindex(counted.index, fill_value=0), minlength=longest)
    facing = np.append(0, (come - gone).cumsum()[:-1])
    stay = np.cumprod(1 - left / (np.maximum(facing, left) + 1))
    return Missing(first_end=first, begun=len(before), missing=float((1 / stay[entry] - 1).sum()))
