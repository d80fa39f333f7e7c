"""Tables of the report on customer lifetime value: customers put together, grouped, chosen, and counted by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.reports.content.small_groups import pooled, steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv import CLVResult, CustomerSummary
    from crmlab.clv.outlook import Outlook
    from crmlab.reports.content.clv_results import CLVResults

__all__ = ["BANDS", "FADING", "MONTH", "bands", "in_steps", "months", "people", "tenths", "win_back"]

#: days of a month, as the models count
MONTH = 30.4375
#: lower ends of the bands of the probability of being active
BANDS = (0.8, 0.5, 0.2, 0.0)
#: probabilities of being active between which winning back is worth a thought
FADING = (0.05, 0.5)


def people(summary: CustomerSummary, value: CLVResult, ahead: Outlook) -> pd.DataFrame:
    """Put together what is known of each customer.

    Returns
    -------
    pandas.DataFrame
        Indexed by customer: the summary's columns, those of the value, ``buys_again``, ``value_if_active``,
        ``purchases`` (days with a purchase), ``silent_days`` (since the last one), ``usual_days`` (mean pause; missing
        for those who bought once), ``at_stake`` (what the value would rise by if the customer were active for certain).

    """
    table = summary.table.join(value.table).join(ahead.customers[["buys_again", "value_if_active"]])
    span = (table["last_purchase"] - table["first_purchase"]).dt.days
    return table.assign(
        purchases=table["frequency"] + 1,
        silent_days=(summary.observation_end - table["last_purchase"]).dt.days,
        usual_days=(span / table["frequency"]).where(table["frequency"] > 0),
        at_stake=(table["value_if_active"] - table["clv"]).clip(lower=0),
    )


def bands(table: pd.DataFrame, *, once_apart: bool = True) -> pd.DataFrame:
    """Count customers by their probability of being active; those who bought once apart, where the model cannot tell.

    Parameters
    ----------
    table
        As :func:`people` returns it.
    once_apart
        Whether those who bought once have a band of their own.

    Returns
    -------
    pandas.DataFrame
        ``band`` (lower end of the probability, -1 for one-time buyers), ``customers``, ``share``, ``spent``, ``value``,
        ``value_share``.

    """
    told = (table["frequency"] > 0).to_numpy() | (not once_apart)
    p = table["probability_alive"].to_numpy()
    band = np.full(len(table), -1.0)
    for low in sorted(BANDS):
        band[(p >= low) & told] = low
    groups = table.assign(band=band).groupby("band")
    found = groups.agg(customers=("clv", "size"), spent=("total_value", "sum"), value=("clv", "sum"))
    found = found.reindex([*BANDS, -1.0], fill_value=0)
    found.insert(1, "share", found["customers"] / len(table))
    return found.assign(value_share=_shares(found["value"])).reset_index()


def tenths(table: pd.DataFrame, least: int = 5) -> pd.DataFrame:
    """Divide the customers, the most valuable first, into ten groups of equal size (fewer where there are few).

    Returns
    -------
    pandas.DataFrame
        ``group`` (1 is the best), ``customers``, ``value``, ``value_share``, ``cumulative``, ``mean_value``, ``spent``,
        ``again`` (mean probability of a purchase within the horizon). Groups of fewer than `least` customers are not made.

    """
    ranked = table.sort_values("clv", ascending=False, kind="stable")
    groups = int(np.clip(len(ranked) // max(least, 1), 1, 10))
    place = np.arange(len(ranked)) * groups // len(ranked) + 1
    found = (
        ranked.assign(group=place)
        .groupby("group")
        .agg(
            customers=("clv", "size"),
            value=("clv", "sum"),
            mean_value=("clv", "mean"),
            spent=("total_value", "sum"),
            again=("buys_again", "mean"),
        )
    )
    share = _shares(found["value"])
    found.insert(2, "value_share", share)
    found.insert(3, "cumulative", share.cumsum())
    return found.reset_index()


def in_steps(values: pd.Series[float], groups: pd.DataFrame, least: int) -> NDArray[np.float64]:
    """Return values, the largest first, each as the mean of a step of `least` customers or more within its group.

    `groups` is what :func:`tenths` returns: a curve of these values tells no more of single customers than its table.
    """
    ranked = np.sort(values.to_numpy(dtype=np.float64))[::-1]
    places = steps(len(ranked), least, groups["customers"].cumsum().tolist()[:-1])
    means = np.add.reduceat(ranked, places[:-1]) / np.diff(places)
    return np.repeat(means, np.diff(places))


def months(results: CLVResults) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return revenue month by month (30.4375 days), before and after the end of the data; margin plays no part.

    Returns
    -------
    past
        ``end_date``, ``first`` and ``repeat`` (revenue of customers' first day of purchase and of later ones): as many
        whole months as the data have, at most 18, and at least one. Months in which fewer than `min_group` customers
        bought are averaged with their neighbours.
    ahead
        The outlook's months with their ``end_date``; revenue, not margin.

    """
    end, table = results.summary.observation_end, results.summary.table
    sales = results.given.transactions
    assert sales is not None
    days = sales["date"].dt.normalize()
    code, who = pd.factorize(sales["customer"])
    begun = pd.Series(table["first_purchase"].reindex(who).to_numpy()[code], index=sales.index)
    seen = (days <= end) & begun.notna()
    if results.parameters.refunds == "drop":
        seen &= sales["amount"] >= 0
    worth, first, code = sales["amount"][seen], (begun == days)[seen], code[seen]
    back = ((end - days[seen]).dt.days // MONTH).astype(int)
    whole = int(np.clip(((end - results.summary.observation_start).days + 1) // MONTH, 1, 18))
    kept = range(whole - 1, -1, -1)
    past = pd.DataFrame({"end_date": [end - pd.Timedelta(days=int(month * MONTH)) for month in kept]})
    least = results.parameters.min_group
    for name, which in (("first", first), ("repeat", ~first)):
        summed = worth[which].groupby(back[which]).sum().reindex(kept, fill_value=0.0)
        # More than so many buyers of a month need not be known.
        buyers = [set(pd.unique(code[which & (back == month)])[:least].tolist()) for month in kept]
        past[name] = pooled(summed, buyers, least).to_numpy()
    money = ["revenue", "revenue_low", "revenue_high"]
    coming = results.ahead.months.copy()
    coming[money] = coming[money] / results.parameters.margin
    ends = [end + pd.Timedelta(days=int(month * MONTH)) for month in coming["month"]]
    return past, coming.assign(end_date=ends)


def _shares(values: pd.Series) -> pd.Series:
    whole = float(values.sum())
    return values / whole if whole > 0 else values * np.nan


def win_back(table: pd.DataFrame) -> pd.DataFrame:
    """Choose the customers worth winning back, the largest loss first.

    They bought again, spent at least as much as the median customer, and are still there with a probability of 5 % to
    50 %: less is probably gone for good, more needs no winning back.
    """
    low, high = FADING
    fading = table["probability_alive"].between(low, high) & (table["frequency"] > 0)
    chosen = table[fading & (table["total_value"] >= table["total_value"].median())]
    return chosen.sort_values("at_stake", ascending=False, kind="stable")
