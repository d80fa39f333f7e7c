"""The page of all cases: a list with what each is, what it holds, and where its card stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlab.text import N_, language, number, tr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmlab.data.cards import Card

__all__ = ["case_list"]

#: kind of case and what the list of such cases is called, in the order of the page
_KINDS = (
    ("simulated", N_("Invented businesses, one simulator, known truth")),
    ("real", N_("Real data")),
    ("sample", N_("Sample data of others")),
)


def case_list() -> str:
    """Return the lists of cases as Markdown, in the language of the run."""
    from crmlab.data.catalogue import case_names, read_case_card

    cards = [read_case_card(name) for name in case_names()]
    lines: list[str] = []
    for kind, title in _KINDS:
        lines += [f"## {tr(title)}", "", *_table(card for card in cards if card.kind == kind), ""]
    return "\n".join(lines)


def _table(cards: Iterable[Card]) -> list[str]:
    heads = (tr("Case"), tr("Name"), tr("Tables"), tr("Rows"), tr("Comes with"))
    lines = ["| " + " | ".join(heads) + " |", "|---|---|---|---:|---|"]
    for card in cards:
        tables = tr(", ").join(table.label[language()] for table in card.tables)
        comes = "crmlab" if card.distribution is None else f"`crmlab[{card.extra}]`"
        cells = (
            f"[{card.title[language()]}](data/{card.name}.md)",
            f"`{card.name}`",
            tables,
            number(card.rows),
            comes,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return lines
