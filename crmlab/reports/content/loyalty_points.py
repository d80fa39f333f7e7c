"""What the loyalty report computes of the points of a programme: what became of them, and what they cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.errors import DataError
from crmlab.programme import (
    Breakage,
    PointsAccount,
    PointsLiability,
    breakage,
    points_account,
    points_liability,
)

if TYPE_CHECKING:
    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.parameters import LoyaltyParameters

__all__ = ["SOON_DAYS", "PointsFound", "analyse_points"]

#: resamples of customers behind the intervals of breakage and liability
_DRAWS = 200
#: points that lapse within so many days are worth a reminder
SOON_DAYS = 90


@dataclass(frozen=True, eq=False)
class PointsFound:
    """The points of the programme.

    Attributes
    ----------
    account
        The account of every customer, and the totals by month.
    periods, unit
        ``start``, ``earned``, ``burned``, ``expired``, ``outstanding`` (at its end) by month, quarter or year: the
        finest unit in which no fewer than the smallest group of customers earned, exchanged, or lost, points.
    breakage, liability
        None where too little is known; the liability has value 1 a point where no value is known. Breakage has no
        cohorts where few customers stand behind what became of one.
    value_per_point, value_from
        In money, missing where not known; ``"parameter"``, ``"ledger"`` (from what exchanges were worth) or ``""``.
    valid_months, valid_from
        Months after which points lapse, None if they do not; ``"parameter"``, ``"ledger"`` or ``""``.
    soon, soon_customers
        Points that lapse within :data:`SOON_DAYS` days, and whose they are.
    known
        Share of the programme's customers who are in the purchases.

    """

    account: PointsAccount
    periods: pd.DataFrame
    unit: str
    breakage: Breakage | None
    liability: PointsLiability | None
    value_per_point: float
    value_from: str
    valid_months: int | None
    valid_from: str
    soon: float
    soon_customers: int
    known: float

    @property
    def totals(self) -> dict[str, float]:
        """Points earned, adjusted, exchanged, lapsed, outstanding; customers."""
        told = self.account.summary().set_index("measure")["value"]
        return {str(name): float(value) for name, value in told.items()}


def analyse_points(
    given: ReportInput, parameters: LoyaltyParameters, *, end: pd.Timestamp
) -> PointsFound | None:
    """Compute what became of the points; None without a ledger, or where the programme is switched off.

    None, too, where fewer than `min_group` customers earned, exchanged, lost or hold points.

    Raises
    ------
    crmlab.errors.DataError
        When points leave an account that were not in it, or were no longer valid.

    """
    ledger, sales = given.points, given.transactions
    if ledger is None or ledger.empty or parameters.programme == "off" or sales is None:
        return None
    if "row" in ledger:  # errors name the row as the reader sees it
        ledger = ledger.set_axis(pd.Index(ledger["row"].tolist(), dtype=object))
    as_of = end
    if parameters.observation_end is None:
        as_of = max(end, ledger["date"].max().normalize())
    if (ledger["date"] >= as_of + pd.Timedelta(days=1)).all():
        return None
    valid: int | None = parameters.points_valid_months or None
    account = points_account(ledger, as_of=as_of, valid_months=valid)
    valid_from = "parameter" if valid else ""
    if valid is None and (found := _validity(account)) is not None:
        valid, valid_from = found, "ledger"
        account = points_account(ledger, as_of=as_of, valid_months=valid)
    if _by_few(account, None, parameters.min_group):
        return None
    value, value_from = _value(ledger, parameters)
    lots = account.lots
    soon = lots[(lots["outstanding"] > 0) & (lots["last_day"] <= as_of + pd.Timedelta(days=SOON_DAYS))]
    periods, unit = _periods(account, parameters.min_group)
    rng = np.random.default_rng(20_170)
    broken = owed = None
    if len(account.customers) >= 2 * parameters.min_group:
        options = {"confidence": parameters.confidence, "draws": _DRAWS}
        try:
            broken = breakage(account, rng=rng, cohort="quarter", **options)  # type: ignore[arg-type]
            owed = points_liability(
                account,
                value_per_point=1.0 if math.isnan(value) else value,
                rng=rng,
                **options,  # type: ignore[arg-type]
            )
        except DataError:
            broken = owed = None
    if broken is not None and _by_few(account, "Q", parameters.min_group):
        broken = replace(broken, cohorts=broken.cohorts.iloc[:0])
    return PointsFound(
        account=account,
        periods=periods,
        unit=unit,
        breakage=broken,
        liability=owed,
        value_per_point=value,
        value_from=value_from,
        valid_months=valid,
        valid_from=valid_from,
        soon=float(soon["outstanding"].sum()),
        soon_customers=int(soon["customer"].nunique()),
        known=float(account.customers.index.isin(sales["customer"].unique()).mean()),
    )


def _validity(account: PointsAccount) -> int | None:
    """Return the months after which points lapsed in the ledger, where nearly all of them agree."""
    uses = account.uses
    gone = uses[uses["kind"] == "expired"]
    if gone.empty:
        return None
    came = account.lots["date"].iloc[gone["lot"]].to_numpy().astype("datetime64[M]").astype(np.int64)
    months = gone["date"].to_numpy().astype("datetime64[M]").astype(np.int64) - came
    points = pd.Series(gone["points"].to_numpy()).groupby(months).sum()
    usual = int(points.index[int(np.argmax(points.to_numpy()))])
    return usual if usual >= 1 and points[usual] >= 0.9 * points.sum() else None


def _value(ledger: pd.DataFrame, parameters: LoyaltyParameters) -> tuple[float, str]:
    """Return what a point is worth: as asked for, else as exchanges were worth."""
    if parameters.value_per_point > 0:
        return parameters.value_per_point, "parameter"
    if "value" in ledger:
        burned = ledger[(ledger["kind"] == "burned") & (ledger["value"] > 0)]
        points = float(burned["points"].sum())
        if points > 0:
            return float(burned["value"].sum()) / points, "ledger"
    return math.nan, ""


def _by_few(account: PointsAccount, letter: str | None, min_group: int) -> bool:
    """Tell whether few customers stand behind something that became of the points earned in a period, or in all."""
    lots, uses = account.lots, account.uses
    period = pd.Series("all", lots.index)
    if letter:
        period = pd.Series(pd.DatetimeIndex(lots["date"]).to_period(letter).astype(str), lots.index)
    of_lots = pd.DataFrame({"who": lots["customer"], "period": period, "kind": lots["kind"]})
    of_uses = of_lots.iloc[uses["lot"].to_numpy()].assign(kind=uses["kind"].to_numpy())
    left = of_lots[(lots["outstanding"] > 0).to_numpy()].assign(kind="outstanding")
    shown = pd.concat([of_lots, of_uses, left])
    shown = shown[shown["kind"] != "adjustment"]
    return bool((shown.groupby(["period", "kind"])["who"].nunique() < min_group).any())


def _periods(account: PointsAccount, min_group: int) -> tuple[pd.DataFrame, str]:
    """Sum the months up to periods in which no few customers can be recognised."""
    months = account.months
    lots, uses = account.lots, account.uses
    earned = lots[lots["kind"] == "earned"]
    gone = {kind: uses[uses["kind"] == kind] for kind in ("burned", "expired")}
    for unit, letter in (("month", "M"), ("quarter", "Q"), ("year", "Y")):
        counts = [
            pd.Series(who).groupby(pd.DatetimeIndex(when).to_period(letter)).nunique()
            for who, when in (
                (earned["customer"].to_numpy(), earned["date"]),
                *((lots["customer"].iloc[one["lot"]].to_numpy(), one["date"]) for one in gone.values()),
            )
        ]
        if all((one >= min_group).all() for one in counts):
            grouped = months.groupby(pd.DatetimeIndex(months.index).to_period(letter))
            rows = grouped[["earned", "burned", "expired"]].sum()
            rows["outstanding"] = grouped["outstanding"].last()
            rows.insert(0, "start", pd.PeriodIndex(rows.index).to_timestamp())
            return rows.reset_index(drop=True), unit
    return months.iloc[:0].reset_index(drop=True), ""
