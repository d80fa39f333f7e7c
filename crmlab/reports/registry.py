"""The reports that crmlab knows, with what they answer, what they read, and what they may be asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from crmlab._paths import share
from crmlab.errors import ParameterError, did_you_mean
from crmlab.reports.contract import ReportParameters, validate
from crmlab.reports.parameters import CLVParameters, LoyaltyParameters, SatisfactionParameters
from crmlab.text import N_, tr

__all__ = [
    "REPORTS",
    "CLVParameters",
    "InputSpec",
    "LoyaltyParameters",
    "ReportSpec",
    "SatisfactionParameters",
    "checked",
    "get_report",
    "role_name",
]

Role = Literal[
    "transactions",
    "contracts",
    "survey",
    "judgements",
    "complaints",
    "customers",
    "points",
    "tiers",
    "wallet",
]


@dataclass(frozen=True)
class InputSpec:
    """A table that a report reads.

    Attributes
    ----------
    role
        What the table is.
    columns
        Column to what it holds, for the columns the report cannot do without.
    optional
        The same for columns it uses where they are there.
    needed
        Whether the report can run without this table.

    """

    role: Role
    columns: dict[str, str]
    optional: dict[str, str]
    needed: bool = True


@dataclass(frozen=True)
class ReportSpec:
    """A report: words are English messages of the catalogue."""

    name: str
    title: str
    question: str
    parameters: type[ReportParameters]
    inputs: tuple[InputSpec, ...]
    #: checks made on the transactions before a kernel starts
    needs_repeat: bool = False
    #: tables of which one can stand in place of the first
    instead: tuple[Role, ...] = ()

    @property
    def notebook(self) -> Path:
        """The report's notebook."""
        return share("notebooks") / "reports" / f"{self.name}.ipynb"

    @property
    def main(self) -> InputSpec:
        """The table that a file of the user's is read as."""
        return self.inputs[0]

    @property
    def mains(self) -> tuple[Role, ...]:
        """The tables of which one must be there."""
        return (self.main.role, *self.instead)

    def main_of(self, roles: Collection[str]) -> Role:
        """Return the main table among those that are there."""
        return next((role for role in self.mains if role in roles), self.main.role)


_TRANSACTIONS = {
    "customer": N_("who bought: a customer's number or name"),
    "date": N_("when: a day or a time"),
    "amount": N_("how much was paid; or the columns quantity and unit_price"),
}
_SURVEY = {
    "customer": N_("who answered, to join answers with purchases"),
    "overall": N_("overall satisfaction, for CSAT"),
    "recommend": N_("willingness to recommend, 0 to 10, for NPS"),
    "effort": N_("effort or ease, for CES"),
    "expectation": N_("expected level, the a of C = b/a"),
    "perceived": N_("perceived level, the b of C = b/a"),
    "group": N_("groups to compare, such as a store"),
    "date": N_("day of the answer, for the trend"),
    "comment": N_("what respondents wrote; shown only with comments=NUMBER, masked"),
    "weight": N_("weight of the answer in the sample"),
}
_CONTRACTS = {
    "start": N_("when the contract began"),
    "end": N_("when it ended; empty while it lasts"),
    "tenure": N_("in place of start and end: how many periods it has lasted"),
    "lost": N_("beside tenure: whether the customer has left, yes or no"),
}
_CONTRACT_EXTRAS = {
    "customer": N_("whose contract it is"),
    "fee": N_("what is paid in each period"),
    "group": N_("groups to compare, such as a plan"),
}
_COMPLAINTS = {"customer": N_("who complained"), "date": N_("when: a day or a time")}
_JUDGEMENTS = {
    "item_a": N_("what is compared; or a square matrix with the names in its first row and column"),
    "item_b": N_("with what it is compared"),
    "judgement": N_("how many times as important item_a is: 1/9 to 9"),
}
_JUDGEMENTS_EXTRAS = {"judge": N_("who judged; or each judge on a sheet of a workbook")}
_POINTS = {
    "customer": N_("whose points"),
    "date": N_("when: a day or a time"),
    "points": N_("how many points came or went"),
}
_POINTS_EXTRAS = {
    "kind": N_("what happened: earned, burned, expired or adjustment; else the sign tells"),
    "value": N_("what the points were exchanged for, in money"),
}
_TIERS = {"customer": N_("who holds the tier"), "tier": N_("which tier")}
_TIERS_EXTRAS = {
    "year": N_("the year in which it is held"),
    "qualifying_spend": N_("the spending that decided it"),
}
_WALLET = {
    "customer": N_("who answered, to join answers with purchases"),
    "category_spend": N_("what the customer spent in all shops in the last 12 months; or rank and shops"),
}
_WALLET_EXTRAS = {
    "rank": N_("place of this shop among those used, 1 the first"),
    "shops": N_("how many shops are used"),
    "own_spend": N_("what was spent in this shop; else the purchases tell"),
}

REPORTS: dict[str, ReportSpec] = {
    spec.name: spec
    for spec in (
        ReportSpec(
            "satisfaction",
            N_("Customer satisfaction"),
            N_("How satisfied are the customers, what makes them so, and what should be mended first?"),
            SatisfactionParameters,
            (
                InputSpec(
                    "survey", {"item": N_("at least two questions answered in numbers on a scale")}, _SURVEY
                ),
                InputSpec("complaints", {}, _COMPLAINTS, needed=False),
                InputSpec("judgements", _JUDGEMENTS, _JUDGEMENTS_EXTRAS, needed=False),
            ),
        ),
        ReportSpec(
            "loyalty",
            N_("Customer loyalty"),
            N_("Who comes back, for how long, and which customers are in danger of leaving?"),
            LoyaltyParameters,
            (
                InputSpec("transactions", _TRANSACTIONS, {}),
                InputSpec(
                    "survey",
                    {},
                    {
                        "customer": _SURVEY["customer"],
                        "date": N_("day of the answer; purchases after it count as coming back"),
                        "overall": _SURVEY["overall"],
                        "recommend": _SURVEY["recommend"],
                        "attachment": N_("how attached the customer feels"),
                        "would_switch": N_("how likely the customer is to go elsewhere"),
                        "price_sensitivity": N_("how much the customer compares prices"),
                    },
                    needed=False,
                ),
                InputSpec(
                    "customers",
                    {},
                    {"customer": N_("the customer's number, as in the purchases")},
                    needed=False,
                ),
                InputSpec("points", _POINTS, _POINTS_EXTRAS, needed=False),
                InputSpec("tiers", _TIERS, _TIERS_EXTRAS, needed=False),
                InputSpec("wallet", _WALLET, _WALLET_EXTRAS, needed=False),
            ),
        ),
        ReportSpec(
            "clv",
            N_("Customer lifetime value"),
            N_("What will each customer buy, what is each worth, and how sure is that?"),
            CLVParameters,
            (
                InputSpec("transactions", _TRANSACTIONS, {}),
                InputSpec("contracts", _CONTRACTS, _CONTRACT_EXTRAS, needed=False),
            ),
            needs_repeat=True,
            instead=("contracts",),
        ),
    )
}


def get_report(name: str) -> ReportSpec:
    """Return a report by its name.

    Raises
    ------
    crmlab.errors.ParameterError
        For an unknown name, with the nearest known one.

    """
    if name in REPORTS:
        return REPORTS[name]
    near = did_you_mean(name.casefold(), REPORTS)
    raise ParameterError(
        tr("There is no report “{name}”.", name=name),
        problems=[tr("did you mean {near}?", near=near)] if near else (),
        hint=tr("Reports are: {names}.", names=tr(", ").join(REPORTS)),
    )


def checked(name: str, namespace: Mapping[str, Any]) -> ReportParameters:
    """Return a report's parameters, checked, from the names of a notebook's ``parameters`` cell.

    A notebook calls ``parameters = checked("clv", globals())``, so that it is safe as well when somebody runs it with
    papermill alone or by hand.

    Raises
    ------
    crmlab.errors.ParameterError
        With all problems at once.

    """
    model = get_report(name).parameters
    return validate(model, {key: namespace[key] for key in model.model_fields if key in namespace})


def role_name(role: str) -> str:
    """Return what a table is called in the language spoken now."""
    return {
        "transactions": tr("transactions"),
        "survey": tr("survey"),
        "complaints": tr("complaints"),
        "customers": tr("customers"),
        "contracts": tr("contracts"),
        "judgements": tr("judgements"),
        "points": tr("points ledger"),
        "tiers": tr("tiers"),
        "wallet": tr("wallet"),
    }.get(role, role)
