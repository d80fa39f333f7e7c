"""The reports that crmlab knows, with what they answer, what they read, and what they may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from crmlab._paths import share
from crmlab.errors import ParameterError, did_you_mean
from crmlab.reports.contract import Day, ReportParameters, parameter, validate
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
]

Role = Literal["transactions", "survey", "complaints", "customers"]


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

    @property
    def notebook(self) -> Path:
        """The report's notebook."""
        return share("notebooks") / "reports" / f"{self.name}.ipynb"

    @property
    def main(self) -> InputSpec:
        """The table that a file of the user's is read as."""
        return self.inputs[0]


class CLVParameters(ReportParameters):
    """Parameters of the report on customer lifetime value."""

    observation_end: Day = parameter(
        None,
        N_("Last day that the data cover; later purchases are left out. Empty: the last day in the data."),
    )
    time_unit: Literal["day", "week", "month"] = parameter(
        "week", N_("Unit of time in which purchases are modelled; results in months do not depend on it.")
    )
    horizon_months: int = parameter(
        12, N_("Months ahead for which purchases and value are forecast."), ge=1, le=120
    )
    discount_rate_annual: float = parameter(
        0.10, N_("Rate a year at which later money counts for less; 0.10 is 10%."), ge=0, le=1
    )
    margin: float = parameter(
        1.0,
        N_("Share of revenue that is profit; 1.0 values customers by revenue, and the report says so."),
        ge=0.001,
        le=1,
    )
    currency: str = parameter(
        "", N_("Sign in front of amounts, such as ¥ or $. Empty: amounts without a sign.")
    )
    top_n: int = parameter(20, N_("How many of the most valuable customers are listed."), ge=5, le=50)
    holdout: Literal["auto", "on", "off"] = parameter(
        "auto",
        N_(
            "Whether the model is tested on the last part of the data; auto does it where the data are long enough."
        ),
    )
    refunds: Literal["net", "drop", "error"] = parameter(
        "net", N_("What negative amounts are: taken off earlier purchases, left out, or an error.")
    )
    confidence: float = parameter(0.95, N_("Confidence level of all intervals."), ge=0.8, le=0.99)


class SatisfactionParameters(ReportParameters):
    """Parameters of the report on satisfaction."""

    scale_max: int = parameter(
        0,
        N_("Highest answer of the items' scale, such as 5, 7 or 10; 0 recognises it from the answers."),
        ge=0,
        le=100,
    )
    structure: Literal["auto", "ecsi", "none"] = parameter(
        "auto",
        N_(
            "Path model of causes: auto fits the ECSI model where the items name its constructs, none leaves it out."
        ),
    )
    scheme: Literal["path", "centroid", "factorial"] = parameter(
        "path", N_("Inner weighting scheme of the path model.")
    )
    bootstrap: int = parameter(
        500, N_("Bootstrap samples for the intervals of the path model; 0 leaves them out."), ge=0, le=5000
    )
    group: str = parameter(
        "",
        N_(
            "Column by which groups are compared, such as a store. Empty: the one that is recognised, if any."
        ),
    )
    min_group: int = parameter(
        5,
        N_("Smallest group that is shown; smaller ones are put together, so that nobody is recognised."),
        ge=1,
        le=1000,
    )
    confidence: float = parameter(0.95, N_("Confidence level of all intervals."), ge=0.8, le=0.99)
    csat_top: int = parameter(
        2, N_("How many of the highest answers of the scale count as satisfied (CSAT)."), ge=1, le=10
    )


class LoyaltyParameters(ReportParameters):
    """Parameters of the report on loyalty."""

    period: Literal["month", "quarter", "week"] = parameter(
        "month", N_("Length of a cohort and of its periods.")
    )
    repeat_window_days: int = parameter(
        90,
        N_("Days after the first purchase within which a second one counts as a repeat purchase."),
        ge=1,
        le=1830,
    )
    quantiles: int = parameter(
        5, N_("Number of classes of recency, frequency and monetary value."), ge=3, le=5
    )
    observation_end: Day = parameter(
        None,
        N_("Last day that the data cover; later purchases are left out. Empty: the last day in the data."),
    )
    min_cohort: int = parameter(
        10, N_("Smallest cohort whose rates are shown; rates of fewer customers are chance."), ge=1, le=10000
    )
    currency: str = parameter(
        "", N_("Sign in front of amounts, such as ¥ or $. Empty: amounts without a sign.")
    )
    min_group: int = parameter(
        5,
        N_("Smallest group that is shown; smaller ones are put together, so that nobody is recognised."),
        ge=1,
        le=1000,
    )
    confidence: float = parameter(0.95, N_("Confidence level of all intervals."), ge=0.8, le=0.99)


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
    "weight": N_("weight of the answer in the sample"),
}
_COMPLAINTS = {"customer": N_("who complained"), "date": N_("when: a day or a time")}

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
                    {"customer": _SURVEY["customer"], "overall": _SURVEY["overall"]},
                    needed=False,
                ),
                InputSpec(
                    "customers",
                    {},
                    {"customer": N_("the customer's number, as in the purchases")},
                    needed=False,
                ),
            ),
        ),
        ReportSpec(
            "clv",
            N_("Customer lifetime value"),
            N_("What will each customer buy, what is each worth, and how sure is that?"),
            CLVParameters,
            (InputSpec("transactions", _TRANSACTIONS, {}),),
            needs_repeat=True,
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
