"""Which column is what, shown to the user before it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlab.cli.screen import new_table
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console
    from rich.table import Table as ScreenTable

    from crmlab.data.readers import ReadResult
    from crmlab.data.reduced import Reduced

__all__ = ["mapping_table", "tell_mapping"]

#: so many items of a survey are shown
_ITEMS = 12
#: what the roles of all tables mean
_MEANING = {
    "customer": N_("who"),
    "date": N_("when"),
    "amount": N_("how much was paid"),
    "quantity": N_("how many"),
    "unit_price": N_("price of one"),
    "respondent": N_("who answered"),
    "overall": N_("overall satisfaction"),
    "recommend": N_("would recommend, 0 to 10"),
    "effort": N_("effort, or ease"),
    "expectation": N_("what was expected"),
    "perceived": N_("what was felt to be there"),
    "group": N_("groups to compare"),
    "comment": N_("what was written"),
    "weight": N_("weight in the sample"),
    "start": N_("begin of the contract"),
    "end": N_("end of the contract"),
    "tenure": N_("periods so far"),
    "lost": N_("left or not"),
    "fee": N_("paid in each period"),
    "name": N_("name"),
    "phone": N_("telephone"),
    "email": N_("e-mail"),
    "source": N_("where the contact came from"),
    "cost": N_("what the contact cost"),
    "topic": N_("what it was about"),
    "channel": N_("way it came in"),
    "resolved": N_("when it was settled"),
    "days_to_resolve": N_("days until it was settled"),
    "recovered": N_("ended well or not"),
    "points": N_("points that came or went"),
    "kind": N_("earned, burned, expired …"),
    "value": N_("worth in money"),
    "tier": N_("tier held"),
    "year": N_("year of the tier"),
    "qualifying_spend": N_("spend that counts for the tier"),
    "category_spend": N_("spend in all shops"),
    "own_spend": N_("spend in this shop"),
    "rank": N_("place among the shops used"),
    "shops": N_("shops used"),
}


def mapping_table(results: Mapping[str, ReadResult | Reduced]) -> ScreenTable:
    """Return the table of roles and columns; of a further table, roles are written as ``--map`` takes them: points.date."""
    table = new_table(tr("Role"), tr("Meaning"), tr("Column"), tr("Known by"))
    known = {"name": tr("its name"), "content": tr("its content"), "given": "--map"}
    for before, result in _named(results):
        for match in result.mapping.values():
            meaning = tr(_MEANING[match.role]) if match.role in _MEANING else ""
            table.add_row(before + match.role, meaning, match.column, known[match.how])
        for row in _items(result):
            table.add_row("", *row)
    return table


def tell_mapping(results: Mapping[str, ReadResult | Reduced], console: Console) -> None:
    """Show which file was read as what, before the work begins, and how to choose other columns.

    Parameters
    ----------
    results
        Table to what was read, the main table first; where a batch makes many reports of the same files, told once.
    console
        Where it is shown.

    """
    from crmlab.reports.registry import role_name
    from crmlab.text import number

    def say(text: str) -> None:
        console.print(text, soft_wrap=True)

    for role, result in results.items():
        name, rows = result.source.name, number(result.rows_read)
        say(tr("{file}: read as {table}, rows: {rows}", file=name, table=role_name(role), rows=rows))
    known = {role: result for role, result in results.items() if result.mapping}
    others = [
        before + match.role
        for before, result in _named(known)
        for match in result.mapping.values()
        if match.column != match.role
    ]
    if others:
        console.print(mapping_table(known))
        say(
            tr(
                "Is another column meant? Add --map {role}=COLUMN. To keep a choice: crmlab data check FILE --save-map "
                "FILE.yml, then --map-file FILE.yml.",
                role=others[-1],
            )
        )
    elif known:
        say(tr("Its columns bear the names that are expected."))


def _named(results: Mapping[str, ReadResult | Reduced]) -> Iterator[tuple[str, ReadResult | Reduced]]:
    """Give each result with what stands before its roles in ``--map``: nothing for the main table."""
    for at, (role, result) in enumerate(results.items()):
        yield (f"{role}." if at else ""), result


def _items(result: ReadResult | Reduced) -> Iterator[tuple[str, str, str]]:
    """Give the items of a survey, as rows of the table: what they are, their names, and their scales."""
    scales = getattr(result, "scales", {})
    items = [name for name in scales if name not in result.mapping]
    for name in items[:_ITEMS]:
        scale = scales[name]
        answers = (
            tr("answers from {low} to {high}", low=scale.low, high=scale.high)
            if scale
            else tr("answers on no known scale")
        )
        yield tr("item"), name, answers
    if len(items) > _ITEMS:
        yield "", tr("… and {n} more items", n=len(items) - _ITEMS), ""
