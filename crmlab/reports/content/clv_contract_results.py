"""What the report on customer lifetime value computes from contracts, and what it leaves out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import pandas as pd

from crmlab import clv
from crmlab.errors import DataError, FitError, ParameterError
from crmlab.reports.content.clv_contract_choice import (
    ContractChoice,
    ContractTest,
    Untested,
    choose_contract_model,
    held_out,
)
from crmlab.reports.content.clv_contract_groups import contract_groups
from crmlab.reports.content.clv_contract_missing import Missing, missing_losses
from crmlab.text import date, number, percent, tr

if TYPE_CHECKING:
    from crmlab.clv import BDW, SBG, ContractValue
    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.parameters import CLVParameters

Period = Literal["month", "quarter", "year"]

__all__ = ["MONTHS", "ContractResults", "analyse_contracts", "period_rate"]

#: months of a period
MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
#: smallest discount rate of a period: below it the sum over all payments to come takes long, and means little
_LOWEST_RATE = 4e-4
#: fewer losses than this make all numbers rough
FEW = 30
#: share of the losses at full years (or quarters) from which the period is doubted
_REGULAR = 0.9


@dataclass(frozen=True, eq=False, kw_only=True)
class ContractResults:
    """All results of one run on contracts.

    Attributes
    ----------
    given, parameters
        What the report works on, and what was asked.
    contracts
        One row a contract: ``customer``, ``tenure``, ``lost``, and ``fee``, ``group`` where they are known.
    observation_end
        Last day observed; None where the data hold no days.
    left_out
        Contracts that began after it.
    seen
        Retention and survival as they were seen, of renewals that `min_group` customers or more have faced.
    choice
        The models.
    value
        What today's customers are worth.
    tested, untested
        The test on later renewals, or why there is none.
    groups
        One row a group (``group``, ``customers``, ``there``, ``retention``, ``stay``, ``fee``, ``value``, ``one``,
        ``own``), or None.
    period, told
        What a period is, and how that is known: ``"asked"`` for, ``"seen"`` from the days on which customers left, or
        ``"taken"`` for want of anything better.
    regular
        ``"year"`` or ``"quarter"`` where nearly all losses lie at full years or quarters and the period asked for is
        shorter.
    missing
        What is known of customers who left early and are not in the data; None where nothing speaks for it, and where
        the data hold no days.
    currency
        Sign of the fees.

    """

    given: ReportInput
    parameters: CLVParameters
    contracts: pd.DataFrame
    observation_end: pd.Timestamp | None
    left_out: int
    seen: pd.DataFrame
    choice: ContractChoice
    value: ContractValue
    tested: ContractTest | None
    untested: Untested
    groups: pd.DataFrame | None
    group_label: str
    period: Period
    told: Literal["asked", "seen", "taken"]
    regular: str
    missing: Missing | None
    currency: str

    @property
    def model(self) -> SBG | BDW:
        """The model used."""
        return self.choice.model

    @property
    def months(self) -> int:
        """Months of a period."""
        return MONTHS[self.period]

    @property
    def there(self) -> int:
        """How many customers have not left."""
        return int((~self.contracts["lost"]).sum())

    @property
    def lost(self) -> int:
        """How many customers have left."""
        return int(self.contracts["lost"].sum())

    @property
    def priced(self) -> bool:
        """Whether fees are known; if not, values count payments."""
        return "fee" in self.contracts

    @property
    def unseen(self) -> bool:
        """Whether customers who left early may be missing unseen: no days are known, and not all began together."""
        there = self.contracts.loc[~self.contracts["lost"], "tenure"]
        return self.observation_end is None and bool(there.min() < there.max())

    @property
    def few(self) -> bool:
        """Whether so few customers left that all is rough."""
        return self.lost < FEW

    def rate(self, annual: float) -> float:
        """Return the discount rate of a period."""
        return period_rate(annual, self.months)

    def payments(self, periods: int) -> np.ndarray:
        """Return the margin on the payments expected of today's customers, period by period, not discounted."""
        people = self.value.customers
        money = people["fee"].groupby(people["tenure"]).sum() * self.value.margin
        k = np.arange(1.0, periods + 1)
        n = money.index.to_numpy(dtype=np.float64)
        stays = np.exp(self.model.log_survival(n[:, None] + k) - self.model.log_survival(n)[:, None])
        expected: np.ndarray = money.to_numpy() @ stays
        return expected


def period_rate(annual: float, months: int) -> float:
    """Return the discount rate of a period of so many months.

    >>> round(period_rate(0.10, 1), 5), round(period_rate(0.10, 12), 5)
    (0.00797, 0.1)
    """
    return float((1 + annual) ** (months / 12) - 1)


def analyse_contracts(given: ReportInput, parameters: CLVParameters) -> ContractResults:
    """Compute everything that the report tells of contracts.

    Raises
    ------
    crmlab.errors.FitError
        When the data cannot carry a model: nobody left, nobody renewed, one renewal only.
    crmlab.errors.DataError
        When nobody is left to value, or no contract had begun by the end of observation.
    crmlab.errors.ParameterError
        When the discount rate is 0: all payments to come would be worth infinitely much.

    """
    table = given.contracts
    assert table is not None
    end = _last_day(table, parameters)
    period, told = _period(table, end, parameters)
    months = MONTHS[period]
    rate = period_rate(parameters.discount_rate_annual, months)
    if rate < _LOWEST_RATE:
        raise ParameterError(
            tr(
                "A discount rate of {rate} a year is too low for contracts: customers who never leave would be worth infinitely much, or nearly so.",
                rate=percent(parameters.discount_rate_annual, 1),
            ),
            hint=tr(
                "Set discount_rate_annual to 0.01 or more; the section on other horizons shows 0% as well."
            ),
        )
    contracts, label = _counted(given, table, end, months)
    left_out = len(table) - len(contracts)
    _check_enough(contracts)
    level = parameters.confidence
    regular = _regular(_months_lost(table, end, months), period)
    choice = choose_contract_model(contracts, parameters.model, confidence=level, longer=regular)
    value = clv.contract_value(
        choice.model,
        contracts,
        horizon=max(1, round(parameters.horizon_months / months)),
        discount_rate=rate,
        margin=parameters.margin,
    )
    seen = clv.observed_retention(contracts, confidence=level)
    tested, untested = held_out(contracts, seen, choice, parameters.holdout)
    enough = seen["faced"] >= parameters.min_group
    return ContractResults(
        given=given,
        parameters=parameters,
        contracts=contracts,
        observation_end=end,
        left_out=left_out,
        seen=seen[enough] if enough.any() else seen.head(1),
        choice=choice,
        value=value,
        tested=tested,
        untested=untested,
        groups=contract_groups(contracts, choice, value, min_group=parameters.min_group, months=months),
        group_label=label,
        period=period,
        told=told,
        regular=regular,
        missing=missing_losses(table, end, months) if end is not None else None,
        currency=parameters.currency or given.currency,
    )


def _last_day(table: pd.DataFrame, parameters: CLVParameters) -> pd.Timestamp | None:
    """Return the last day observed; None where the data hold no days."""
    if "start" not in table:
        return None
    asked = parameters.observation_end
    if asked is None:
        today = pd.Timestamp(dt.date.today())  # noqa: DTZ011 - the reader's own day
        end: pd.Timestamp = max(table["start"].max(), table["end"].where(table["end"] <= today).max())
    else:
        end = pd.Timestamp(asked)
    if not (table["start"] <= end).any():
        raise DataError(
            tr(
                "No contract had begun by {end}: the first starts on {first}.",
                end=date(end),
                first=date(table["start"].min()),
            ),
            hint=tr("Set observation_end to the last day that the data cover, or leave it out."),
        )
    return end


def _period(
    table: pd.DataFrame, end: pd.Timestamp | None, parameters: CLVParameters
) -> tuple[Period, Literal["asked", "seen", "taken"]]:
    """Return what a period is, and how that is known."""
    if parameters.period != "auto":
        return parameters.period, "asked"
    seen = _regular(_months_lost(table, end, 1), "month") if end is not None else ""
    return (cast("Period", seen), "seen") if seen else ("month", "taken")


def _counted(
    given: ReportInput, table: pd.DataFrame, end: pd.Timestamp | None, months: int
) -> tuple[pd.DataFrame, str]:
    """Return contracts with tenure and lost, and what the groups are called."""
    from crmlab.data.roles import recognise

    label = ""
    if "group" not in table:
        found = recognise({str(name): str(name) for name in table.columns}, "contracts").roles
        if "group" in found:
            column = found["group"].column
            label = given.labels.get(column, column)
            table = table.rename(columns={column: "group"})
    else:
        label = next((column for role, column, _ in given.source["mapping"] if role == "group"), "")
    kept = [name for name in ("customer", "fee", "group") if name in table]
    if "fee" in kept and not table["fee"].notna().any():
        kept.remove("fee")
    if end is None:
        counted = table[["tenure", "lost"]].assign(lost=table["lost"].astype(bool))
        return counted.join(table[kept]).reset_index(drop=True), label
    counted = clv.contract_tenure(table["start"], table["end"], observation_end=end, period_months=months)
    return counted.join(table[kept]).reset_index(drop=True), label


def _check_enough(contracts: pd.DataFrame) -> None:
    """Refuse contracts that say nothing about leaving, in the reader's words."""
    lost, tenure = contracts["lost"], contracts["tenure"]
    n = number(len(contracts))
    if not lost.any():
        raise FitError(
            tr("None of the {n} customers has left, so nothing can be said about leaving.", n=n),
            hint=tr("Are customers who left missing from the file? Else observe longer."),
        )
    if lost.all():
        raise DataError(
            tr("All {n} customers have left, so there is nobody to value.", n=n),
            hint=tr("Does the file hold former customers only? Add those who are still there."),
        )
    if int(tenure.max()) < 2:
        raise FitError(
            tr("Nobody has faced more than one renewal; at least two are needed to see how renewal changes."),
            hint=tr(
                "Set the period to the time after which contracts are renewed (-p period=month), or observe longer."
            ),
        )
    if (lost & (tenure == 1)).sum() == (tenure >= 1).sum():
        raise FitError(
            tr("Nobody has renewed: all customers left at their first renewal."),
            hint=tr("Is the period longer than the contracts last? Set it with -p period=month."),
        )


def _months_lost(table: pd.DataFrame, end: pd.Timestamp | None, months: int) -> pd.Series:
    """Return after how many months each customer left who did."""
    if end is None:
        return table.loc[table["lost"].astype(bool), "tenure"] * months
    counted = clv.contract_tenure(table["start"], table["end"], observation_end=end)
    months_lost: pd.Series = counted.loc[counted["lost"], "tenure"]
    return months_lost


def _regular(months: pd.Series, period: str) -> str:
    """Tell the longer period at whose ends nearly all customers left, if there is one."""
    if len(months) < FEW:
        return ""
    for longer in ("year", "quarter"):
        if MONTHS[longer] > MONTHS[period] and float((months % MONTHS[longer] == 0).mean()) >= _REGULAR:
            return longer
    return ""
