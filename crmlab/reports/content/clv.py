"""The report on customer lifetime value, part by part: what its notebook calls.

Its data are purchases, where customers leave unseen, or contracts, where they are seen to leave. :func:`analyse`
computes everything; each part takes the results and returns blocks, with their heading; one that the data do not have
returns none. :func:`put` shows them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from crmlab.errors import ParameterError
from crmlab.reports.content import clv_contract_check as contract_check
from crmlab.reports.content import clv_contract_sections as contracts
from crmlab.reports.content import clv_contract_words as contract_words
from crmlab.reports.content import clv_purchases as purchases
from crmlab.reports.content.clv_check import checked_fit, checked_later, rows_used, sensitivity
from crmlab.reports.content.clv_choice import which
from crmlab.reports.content.clv_contract_method import method as contract_method
from crmlab.reports.content.clv_contract_results import ContractResults, analyse_contracts
from crmlab.reports.content.clv_method import limits
from crmlab.reports.content.clv_method import method as purchase_method
from crmlab.reports.content.clv_people import best_customers, to_win_back
from crmlab.reports.content.clv_results import CLVResults, analyse_purchases
from crmlab.reports.content.clv_sections import concentration, outlook, still_there
from crmlab.reports.parameters import CONTRACT_MODELS
from crmlab.show import Block, prose
from crmlab.text import tr

if TYPE_CHECKING:
    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.parameters import CLVParameters

__all__ = [
    "ahead",
    "analyse",
    "customers",
    "front",
    "method",
    "next_steps",
    "put",
    "rows",
    "trust",
    "what_we_found",
    "which_model",
    "who",
    "win_back",
    "worth",
]

Results = CLVResults | ContractResults


def analyse(given: ReportInput, parameters: CLVParameters) -> Results:
    """Compute everything that the report tells, from purchases or from contracts, as the model asks or the data are.

    Raises
    ------
    crmlab.errors.ParameterError
        When the model asked for is one of data that are not there.
    crmlab.errors.CrmlabError
        When the data cannot carry it.

    """
    asked = parameters.model
    if asked in CONTRACT_MODELS and given.contracts is None:
        raise ParameterError(
            tr("The model {model} is one of contracts, and no contracts were given.", model=asked),
            hint=tr(
                "Give a table of contracts (--data contracts=FILE), or ask for a model of purchases: bg_nbd, mbg_nbd, pareto_nbd."
            ),
        )
    if asked not in (*CONTRACT_MODELS, "auto") and given.transactions is None:
        raise ParameterError(
            tr("The model {model} is one of purchases, and no purchases were given.", model=asked),
            hint=tr("For contracts ask for model=sbg, or leave the model out."),
        )
    if asked in CONTRACT_MODELS or given.transactions is None:
        return analyse_contracts(given, parameters)
    return analyse_purchases(given, parameters)


def put(blocks: Iterable[Block]) -> None:
    """Show blocks, one below the other."""
    from IPython.display import display

    for block in blocks:
        display(block)  # type: ignore[no-untyped-call]  # IPython's own


def _head(title: str, *, level: int = 2) -> Block:
    return prose(f"{'#' * level} {title}")


def front(found: Results) -> Block:
    """Return the head of the report."""
    return contract_words.front(found) if isinstance(found, ContractResults) else purchases.front(found)


def what_we_found(found: Results) -> Block:
    """Return the paragraph at the top, with the numbers in it."""
    if isinstance(found, ContractResults):
        return contract_words.what_we_found(found)
    return purchases.what_we_found(found)


def which_model(found: Results) -> Block:
    """Return which model was used, and why."""
    return contract_words.which(found) if isinstance(found, ContractResults) else which(found.choice)


def who(found: Results) -> list[Block]:
    """Return who is still a customer, or how long customers stay."""
    if isinstance(found, ContractResults):
        return [_head(tr("How long customers stay")), *contracts.how_long(found)]
    return [_head(tr("Who is still a customer")), *still_there(found)]


def ahead(found: Results) -> list[Block]:
    """Return what customers will buy, or who renews."""
    if isinstance(found, ContractResults):
        return [_head(tr("Who renews")), *contracts.who_renews(found)]
    return [_head(tr("What they will buy, and what that is worth")), *outlook(found)]


def worth(found: Results) -> list[Block]:
    """Return where the value lies."""
    if isinstance(found, ContractResults):
        return [_head(tr("What customers under contract are worth")), *contracts.worth(found)]
    return [_head(tr("Where the value lies")), *concentration(found)]


def customers(found: Results) -> list[Block]:
    """Return the most valuable customers, or groups of them where contracts name any."""
    if isinstance(found, ContractResults):
        blocks = contracts.groups(found)
        return [_head(tr("Groups of customers")), *blocks] if blocks else []
    return [_head(tr("The most valuable customers")), *best_customers(found)]


def win_back(found: Results) -> list[Block]:
    """Return customers worth winning back; under contract nobody falls silent unseen."""
    if isinstance(found, ContractResults):
        return []
    return [_head(tr("Customers worth winning back")), *to_win_back(found)]


def trust(found: Results) -> list[Block]:
    """Return how far the forecast can be trusted: on data it had not seen, on its own, at other rates and horizons."""
    head = _head(tr("How far the forecast can be trusted"))
    others = _head(tr("Other discount rates and horizons"), level=3)
    if isinstance(found, ContractResults):
        tested = _head(tr("Tested on renewals it had not seen"), level=3)
        return [
            head,
            tested,
            *contract_check.checked_later(found),
            others,
            *contract_check.sensitivity(found),
        ]
    tested = _head(tr("Tested on data it had not seen"), level=3)
    fit = _head(tr("How it fits the data"), level=3)
    return [head, tested, *checked_later(found), fit, *checked_fit(found), others, *sensitivity(found)]


def next_steps(found: Results) -> list[Block]:
    """Return what to do next."""
    steps = (
        contract_words.next_steps(found)
        if isinstance(found, ContractResults)
        else purchases.next_steps(found)
    )
    return [_head(tr("What to do next")), steps]


def method(found: Results) -> list[Block]:
    """Return how it was made: models in words, formulas and numbers, and when not to trust them."""
    head = _head(tr("Method and assumptions"))
    if isinstance(found, ContractResults):
        return [head, *contract_method(found)]
    return [head, *purchase_method(found), limits(found)]


def rows(found: Results) -> Block:
    """Return how the rows became customers."""
    return contract_words.rows_used(found) if isinstance(found, ContractResults) else rows_used(found)
