"""Contracts as they were seen: how long each lasted, and what share renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import as_column, checked_arguments, same_rows
from crmlab._shares import wilson
from crmlab.clv._contracts import read_contracts
from crmlab.clv._model import check_confidence, normal_quantile
from crmlab.clv._rows import check_columns, to_day, to_timestamp
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv._rows import DateLike

    Ints = NDArray[np.int64]

__all__ = ["contract_tenure", "observed_retention"]

_SHOWN = 5


@checked_arguments
def contract_tenure(
    start: pd.Series, end: pd.Series, *, observation_end: DateLike, period_months: int = 1
) -> pd.DataFrame:
    """Count the renewals that each contract faced, from the days on which it began and ended.

    Parameters
    ----------
    start, end
        Days; `end` is missing while the contract lasts. The two have the same index.
    observation_end
        Last day observed. What ends later counts as lasting.
    period_months
        Months after which a contract is renewed or not: 1, 3, 12, …

    Returns
    -------
    pandas.DataFrame
        ``tenure`` (renewals faced) and ``lost`` (left at the last of them), with the index of `start`; contracts that
        began after `observation_end` are left out.

    Raises
    ------
    DataError
        A start is missing, an end lies before its start, or no contract had begun.
    ParameterError
        `period_months` is no whole number of at least 1.

    Notes
    -----
    Who left during period t, up to the very day that ends it, did not renew at renewal t: periods are rounded up. Who
    is still there has renewed as often as whole periods have passed. A period ends on the day of the month on which
    the contract began, or on the month's last day where that is shorter.

    Checked against: ``dateutil.relativedelta``, contract by contract.

    Examples
    --------
    >>> start = pd.Series(pd.to_datetime(["2020-01-31", "2020-03-01", "2020-03-01"]))
    >>> end = pd.Series(pd.to_datetime(["2020-02-29", None, "2020-05-02"]))
    >>> contract_tenure(start, end, observation_end="2020-06-30").to_dict("list")
    {'tenure': [1, 3, 3], 'lost': [True, False, True]}

    """
    if period_months < 1:
        raise ParameterError(f"period_months is {period_months!r}; it must be a whole number of at least 1.")
    begun, over = _days(start, "start"), _days(end, "end")
    same_rows(start=start, end=end)
    over = over.set_axis(begun.index)
    last = to_timestamp(to_day(observation_end, name="observation_end"))
    given = as_column(end, "end").notna().to_numpy()
    problems = [
        f"{int(bad.sum())} contract(s) {why}: {', '.join(map(str, bad.index[bad][:_SHOWN]))}"
        for bad, why in (
            (begun.isna(), "have no start that can be read"),
            (over.isna() & given, "have an end that cannot be read"),
            (over < begun, "end before they start"),
        )
        if bad.any()
    ]
    if problems:
        raise DataError("The contracts cannot be read.", problems=problems)
    seen = begun <= last
    if not seen.any():
        raise DataError(f"No contract had begun by {last:%Y-%m-%d}.", hint="Is observation_end too early?")
    begun, over = begun[seen], over[seen]
    lost = over <= last
    tenure = np.where(
        lost,
        np.maximum(-(-_months(begun, over.fillna(last), up=True) // period_months), 1),
        _months(begun, pd.Series(last, index=begun.index), up=False) // period_months,
    )
    return pd.DataFrame({"tenure": tenure, "lost": lost}, index=begun.index)


def _days(days: object, name: str) -> pd.Series:
    """Return days without hours and time zone (the local day is the day of the contract); missing if unreadable."""
    column = as_column(days, name)
    if column.dtype.kind in "iufbc":
        raise DataError(
            f"{name} holds numbers, not days.", hint="Write days as 2020-01-31, or use pd.to_datetime."
        )
    read = pd.to_datetime(column, errors="coerce")
    return read.dt.tz_localize(None).dt.normalize()


def _months(start: pd.Series, end: pd.Series, *, up: bool) -> Ints:
    """Return the months between two days, rounded up or down to whole ones."""
    whole = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month
    due = np.minimum(start.dt.day, end.dt.days_in_month)
    part = end.dt.day > due if up else -(end.dt.day < due).astype(int)
    return np.asarray(whole + part, dtype=np.int64)


@checked_arguments
def observed_retention(contracts: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    r"""Return retention and survival as they were seen, renewal by renewal.

    Parameters
    ----------
    contracts
        A row a customer: ``tenure`` (renewals faced) and ``lost`` (left at the last of them), as for :func:`fit_sbg`.
    confidence
        Level of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``renewal`` (1, 2, …), ``faced``, ``lost`` (customers), ``retention``, ``retention_low``, ``retention_high``
        (Wilson's interval), ``survival``, ``survival_low``, ``survival_high`` (shares of those who began).

    Raises
    ------
    DataError
        As in :func:`fit_sbg`.

    Notes
    -----
    Customers who have not faced a renewal yet say nothing about it, so survival is Kaplan and Meier's product

    .. math:: \hat S(t) = \prod_{i \le t} \left(1 - \frac{d_i}{n_i}\right)

    with Greenwood's variance on the scale of :math:`\ln(-\ln S)`. Late renewals, which few have faced, are known badly.
    Not where customers who left are missing from the data: then all seem to stay.

    References
    ----------
    Kaplan, E. L., & Meier, P. (1958). Nonparametric estimation from incomplete observations. Journal of the American
    Statistical Association, 53(282), 457-481. https://doi.org/10.1080/01621459.1958.10501452

    Checked against: ``statsmodels``' ``SurvfuncRight``, share and standard error.

    Examples
    --------
    >>> seen = pd.DataFrame({"tenure": [1, 1, 2, 3, 3], "lost": [True, False, True, False, True]})
    >>> observed_retention(seen)[["renewal", "faced", "lost", "retention", "survival"]].round(3).to_dict("list")
    {'renewal': [1, 2, 3], 'faced': [5, 3, 2], 'lost': [1, 1, 1], 'retention': [0.8, 0.667, 0.5], 'survival': [0.8, 0.533, 0.267]}

    """
    check_confidence(confidence)
    check_columns(contracts, ("tenure", "lost"), what="contracts")
    found = read_contracts(contracts[["tenure", "lost"]])
    lost, faced = found.lost, found.lost + found.renewed
    low, high = wilson(found.renewed, faced, confidence)
    z = normal_quantile(confidence)
    survival = np.cumprod(1 - lost / faced)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(lost / (faced * (faced - lost)))
        reach = z * np.sqrt(greenwood) / np.abs(np.log(survival))
        ends = [np.exp(-np.exp(np.log(-np.log(survival)) + side * reach)) for side in (1, -1)]
    inside = (survival > 0) & (survival < 1)
    return pd.DataFrame(
        {
            "renewal": found.renewals.astype(np.int64),
            "faced": faced.astype(np.int64),
            "lost": lost.astype(np.int64),
            "retention": found.renewed / faced,
            "retention_low": low,
            "retention_high": high,
            "survival": survival,
            "survival_low": np.where(inside, ends[0], survival),
            "survival_high": np.where(inside, ends[1], survival),
        }
    )
