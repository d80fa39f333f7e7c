"""Hold-out validation: calibrate on the first part of the data, compare with the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._predict import unique_histories
from crmlab.clv._refunds import settle_refunds
from crmlab.clv._rows import read_rows, to_day, to_timestamp
from crmlab.clv._units import TimeUnit, days_per
from crmlab.clv.bg_nbd import fit_bg_nbd
from crmlab.clv.summary import CustomerSummary, customer_summary, purchase_days
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmlab.clv._model import PurchaseModel
    from crmlab.clv._rows import DateLike, Ints, Rows

    Floats = NDArray[np.float64]

__all__ = ["HoldoutResult", "validate_holdout"]

_WEEK = 7


@dataclass(frozen=True, eq=False, kw_only=True)
class HoldoutResult:
    """What was expected, and what came.

    Attributes
    ----------
    model
        Fitted to the calibration period alone.
    calibration
        The customer summary that it was fitted to.
    customers
        One row a customer: ``frequency``, ``recency``, ``T`` (calibration), ``actual`` purchases in the hold-out
        period, and what each rule expected: ``model``, ``same_rate``, ``recently_active``.
    tracking
        One row a week since the first purchase (the last one may be short): ``week``, ``end_date``, ``sample``
        ("calibration", "holdout"), repeat purchases ``actual``, ``expected``, ``actual_cumulative``,
        ``expected_cumulative``.
    by_frequency
        By frequency in the calibration period (``or_more`` in the last row): ``customers``, mean ``actual`` and
        ``expected`` purchases in the hold-out period.
    errors
        By rule: ``predicted_total``, ``actual_total``, ``total_bias`` (predicted over actual, less 1), ``mae``,
        ``rmse`` (purchases a customer), ``correlation``.
    horizon
        Length of the hold-out period, in `time_unit`.
    hiatus
        The longest pause, in `time_unit`, after which ``recently_active`` takes a customer for active.

    """

    model: PurchaseModel
    calibration: CustomerSummary
    customers: pd.DataFrame
    tracking: pd.DataFrame
    by_frequency: pd.DataFrame
    errors: pd.DataFrame
    time_unit: TimeUnit
    calibration_end: pd.Timestamp
    observation_end: pd.Timestamp
    horizon: float
    hiatus: float

    def summary(self) -> pd.DataFrame:
        """Return the errors by rule (``rule``: "model", "same_rate", "recently_active")."""
        return self.errors.copy()


@checked_arguments
def validate_holdout(
    transactions: pd.DataFrame,
    *,
    calibration_end: DateLike,
    observation_end: DateLike | None = None,
    time_unit: TimeUnit = "week",
    customer: str = "customer",
    date: str = "date",
    amount: str | None = "amount",
    refunds: Literal["net", "drop", "error"] = "net",
    first_purchase_from: DateLike | None = None,
    fit: Callable[[CustomerSummary], PurchaseModel] = fit_bg_nbd,
    hiatus: float | None = None,
    largest: int = 7,
    covariates: pd.DataFrame | None = None,
) -> HoldoutResult:
    r"""Fit a model up to `calibration_end`, and compare its expectations with what came afterwards.

    Parameters
    ----------
    transactions, customer, date, amount, refunds, first_purchase_from
        As in :func:`customer_summary`. Refunds after `calibration_end` are netted among the purchases after it: on
        that day nobody knew of them. Amounts serve refunds alone; ``amount=None`` leaves them out.
    calibration_end
        Last day that the model sees.
    observation_end
        Last day of the hold-out period. Default: the last date in the data.
    time_unit
        ``"day"``, ``"week"`` or ``"month"``.
    fit
        What fits the model to a customer summary.
    hiatus
        For the rule ``recently_active``: the longest pause, in `time_unit`, of an active customer. Default: half of
        the calibration period.
    largest
        Last row of ``by_frequency``: this calibration frequency or a higher one.
    covariates
        Columns of the customers (index: their ids) that `fit` asks for; they are joined to the calibration summary.

    Returns
    -------
    HoldoutResult

    Raises
    ------
    DataError
        As in :func:`customer_summary`; also if nothing is left to hold out.
    ParameterError
        A hiatus or a `largest` out of range.
    FitError
        The calibration period cannot tell the parameters.

    Notes
    -----
    Customers are those with a purchase up to `calibration_end`; later ones are not followed. A rule for managers to
    beat, ``same_rate``: everybody goes on as before, :math:`x/T` a unit of time. Another, ``recently_active``: those
    whose last purchase is at most `hiatus` ago go on as before, the others have left (Wübben & Wangenheim 2008).
    A rule with a small ``mae`` that expects almost nothing of anybody may still miss the total: look at both.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., & Lee, K. L. (2005). "Counting your customers" the easy way. Marketing Science,
    24(2), 275-284, figures 4 and 5. https://doi.org/10.1287/mksc.1040.0098

    Wübben, M., & Wangenheim, F. v. (2008). Instant customer base analysis: Managerial heuristics often "get it
    right". Journal of Marketing, 72(3), 82-93. https://doi.org/10.1509/jmkg.72.3.082

    Checked against: a plain count of purchase days with pandas; ``lifetimes`` 0.11.3 (expectations).

    Examples
    --------
    >>> from crmlab.clv._simulate import simulate_histories
    >>> people = simulate_histories(np.full(900, 364.0), rng=np.random.default_rng(1), bg_nbd=(0.8, 25.0, 0.8, 2.5))
    >>> days = [np.unique([0, *np.linspace(0, t, x + 1).round()]) for x, t in zip(people["frequency"], people["recency"])]
    >>> sales = pd.DataFrame({"customer": np.repeat(np.arange(900), [len(d) for d in days]),
    ...                       "date": pd.Timestamp("2023-01-01") + pd.to_timedelta(np.concatenate(days), unit="D")})
    >>> result = validate_holdout(sales, calibration_end="2023-09-30", amount=None)
    >>> result.summary()["rule"].tolist()
    ['model', 'same_rate', 'recently_active']

    """
    per_unit = days_per(time_unit)
    if largest < 1:
        raise ParameterError(f"largest is {largest!r}; it must be a whole number of at least 1.")
    rows = read_rows(transactions, customer=customer, date=date, amount=amount)
    split = to_day(calibration_end, name="calibration_end")
    end = int(rows.day.max()) if observation_end is None else to_day(observation_end, name="observation_end")
    if split >= end:
        raise DataError(
            f"Nothing is left to hold out: calibration_end {to_timestamp(split).date()} is not before the end of "
            f"observation {to_timestamp(end).date()}.",
            hint="Set calibration_end to a day about two thirds into the data.",
        )
    calibration = customer_summary(
        transactions,
        customer=customer,
        date=date,
        amount=amount,
        observation_end=calibration_end,
        time_unit=time_unit,
        refunds=refunds,
        first_purchase_from=first_purchase_from,
    )
    if covariates is not None:
        calibration = replace(calibration, table=calibration.table.join(covariates))
    before = settle_refunds(rows.take(rows.day <= split), refunds, {})
    after = settle_refunds(rows.take((rows.day > split) & (rows.day <= end)), refunds, {})
    place = calibration.table.index.get_indexer(rows.ids)
    bought, when = _occasions(after, place)
    model = fit(calibration)

    horizon = (end - split) / per_unit
    table = calibration.table[["frequency", "recency", "T"]]
    longest = float(table["T"].max()) / 2 if hiatus is None else float(hiatus)
    if not longest >= 0:
        raise ParameterError(f"hiatus is {hiatus!r}; it must be a time of 0 or more, in {time_unit}s.")
    customers = _customers(model, calibration, np.bincount(bought, minlength=len(table)), horizon, longest)
    return HoldoutResult(
        model=model,
        calibration=calibration,
        customers=customers,
        tracking=_tracking(
            model, calibration, np.concatenate([_occasions(before, place)[1], when]), split, end
        ),
        by_frequency=_by_frequency(customers, largest),
        errors=_errors(customers),
        time_unit=time_unit,
        calibration_end=to_timestamp(split),
        observation_end=to_timestamp(end),
        horizon=horizon,
        hiatus=longest,
    )


def _occasions(rows: Rows, place: NDArray[np.intp]) -> tuple[Ints, Ints]:
    """Return who (row of the calibration table) bought on which day, for the customers that stand in it."""
    if not len(rows.day):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    pairs, shift, first = purchase_days(rows)
    who = place[pairs >> shift].astype(np.int64)
    return who[who >= 0], ((pairs & ((1 << shift) - 1)) + first)[who >= 0]


def _customers(
    model: PurchaseModel, calibration: CustomerSummary, actual: Ints, horizon: float, hiatus: float
) -> pd.DataFrame:
    table = calibration.table[["frequency", "recency", "T"]]
    x, t, T = (table[name].to_numpy(dtype=np.float64) for name in ("frequency", "recency", "T"))
    rate = np.divide(x, T, out=np.zeros(len(x)), where=T > 0) * horizon
    return table.assign(
        actual=actual,
        model=model.paths(model.histories(calibration), np.array([horizon]))[:, 0],
        same_rate=rate,
        recently_active=np.where(T - t <= hiatus, rate, 0.0),
    )


def _tracking(
    model: PurchaseModel, calibration: CustomerSummary, days: Ints, split: int, end: int
) -> pd.DataFrame:
    first = calibration.table["first_purchase"].to_numpy().astype("datetime64[D]").astype(np.int64)
    start = int(first.min())
    weeks = np.arange(1, max(int(np.ceil((end - start) / _WEEK)), 1) + 1)
    ends = np.minimum(start + _WEEK * weeks, end)
    actual = np.searchsorted(np.sort(days), ends, side="right") - np.searchsorted(
        np.sort(first), ends, side="right"
    )

    cumulative = _expected_by(model, calibration, ends, first)
    return pd.DataFrame(
        {
            "week": weeks,
            "end_date": (ends * 86_400).view("datetime64[s]"),
            "sample": np.where(ends <= split, "calibration", "holdout"),
            "actual": np.diff(actual, prepend=0),
            "expected": np.diff(cumulative, prepend=0.0),
            "actual_cumulative": actual,
            "expected_cumulative": cumulative,
        }
    )


def _expected_by(model: PurchaseModel, calibration: CustomerSummary, ends: Ints, first: Ints) -> Floats:
    """Repeat purchases expected of all customers up to the end of each week, since their first purchases."""
    per_unit = days_per(calibration.time_unit)
    births, cohort, count = np.unique(first, return_inverse=True, return_counts=True)
    if model.effects is None:
        # What a customer d days old has bought, times the customers of each age at the end of each week.
        expected = model.expected_purchases_new(np.arange(int(ends[-1] - births[0]) + 1) / per_unit)
        age = ends[:, None] - births
        alike: Floats = np.where(age > 0, expected[np.maximum(age, 0)], 0.0) @ count
        return alike
    h = model.histories(calibration)
    total = np.zeros(len(ends))
    for i, birth in enumerate(births):
        born = ends > birth
        of_these, _, number = unique_histories(h.take(np.flatnonzero(cohort == i)).without_history())
        total[born] += number @ model.new(of_these, (ends[born] - birth) / per_unit)
    return total


def _by_frequency(customers: pd.DataFrame, largest: int) -> pd.DataFrame:
    x = np.minimum(customers["frequency"].to_numpy(), largest)
    count = np.bincount(x, minlength=largest + 1)

    def mean(column: str) -> Floats:
        total = np.bincount(x, weights=customers[column].to_numpy(dtype=np.float64), minlength=largest + 1)
        result: Floats = np.divide(total, count, out=np.full(largest + 1, np.nan), where=count > 0)
        return result

    frequency = np.arange(largest + 1)
    return pd.DataFrame(
        {
            "frequency": frequency,
            "or_more": frequency == largest,
            "customers": count,
            "actual": mean("actual"),
            "expected": mean("model"),
        }
    )


def _errors(customers: pd.DataFrame) -> pd.DataFrame:
    actual = customers["actual"].to_numpy(dtype=np.float64)
    total = float(actual.sum())
    rows = []
    for rule in ("model", "same_rate", "recently_active"):
        predicted = customers[rule].to_numpy(dtype=np.float64)
        told = len(actual) > 1 and predicted.std() > 0 and actual.std() > 0
        rows.append(
            {
                "rule": rule,
                "predicted_total": float(predicted.sum()),
                "actual_total": total,
                "total_bias": float(predicted.sum()) / total - 1 if total else float("nan"),
                "mae": float(np.abs(predicted - actual).mean()),
                "rmse": float(np.sqrt(((predicted - actual) ** 2).mean())),
                "correlation": float(np.corrcoef(predicted, actual)[0, 1]) if told else float("nan"),
            }
        )
    return pd.DataFrame(rows)
