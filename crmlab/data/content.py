"""Roles recognised by what stands in the columns, where their names do not tell.

A role is given only when exactly one column fits. Dates are told first, then amounts, then customers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlab.data.amounts import looks_like_number
from crmlab.data.cells import clean, is_missing
from crmlab.data.contacts import is_email, is_phone
from crmlab.data.dates import looks_like_date
from crmlab.data.messages import joined
from crmlab.data.roles import INSTEAD, NEEDED, Recognised, RoleMatch, map_option, recognise
from crmlab.errors import DataError
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmlab.data.roles import Kind

__all__ = ["complete", "no_header", "not_recognised"]

_MOST = 0.9


def complete(
    found: Recognised, sample: Mapping[str, Sequence[object]], kind: Kind = "transactions"
) -> Recognised:
    """Add the roles that the content of one column alone can play: of transactions, contacts and complaints.

    Parameters
    ----------
    found
        What the names told.
    sample
        The first cells of each column.
    kind
        What the table holds.

    Returns
    -------
    Recognised
        The same with roles added; where several columns fit, they are its candidates.

    Examples
    --------
    >>> sample = {"a": ["C1", "C2", "C1"], "b": ["2024-03-05", "2024-03-06", "2024-03-09"], "c": ["3.5", "4", "1.25"]}
    >>> [f"{match.role}={match.column}" for match in complete(Recognised({}), sample).roles.values()]
    ['customer=a', 'date=b', 'amount=c']

    """
    roles, candidates = dict(found.roles), dict(found.candidates)
    cells = {name: _present(column) for name, column in sample.items()}
    for role, fits in _BY_CONTENT.get(kind, {}).items():
        if role in roles or (kind == "transactions" and role not in found.missing(kind)):
            continue
        free = {name: column for name, column in cells.items() if name not in _taken(roles) and column}
        if candidates.get(role):
            free = {name: column for name, column in free.items() if name in candidates[role]}
            candidates[role] = fits(free) or candidates[role]
            continue  # two names that say the same are a question to the user
        fitting = fits(free)
        if len(fitting) == 1:
            roles[role] = RoleMatch(role, fitting[0], "content")
        elif fitting:
            candidates[role] = fitting
    order = {role: roles[role] for role in (*NEEDED[kind], *roles) if role in roles}
    return Recognised(order, found.notes, candidates)


def _taken(roles: Mapping[str, RoleMatch]) -> set[str]:
    return {match.column for match in roles.values()}


def _present(column: Sequence[object]) -> list[object]:
    cleaned = (clean(cell) for cell in column)
    return [cell for cell in cleaned if not is_missing(cell)]


def _share(column: Sequence[object], test: Callable[[object], bool]) -> float:
    return sum(map(test, column)) / len(column)


def _emails(cells: Mapping[str, list[object]]) -> tuple[str, ...]:
    return tuple(name for name, column in cells.items() if _share(column, is_email) >= _MOST)


def _phones(cells: Mapping[str, list[object]]) -> tuple[str, ...]:
    return tuple(name for name, column in cells.items() if _share(column, is_phone) >= _MOST)


def _dates(cells: Mapping[str, list[object]]) -> tuple[str, ...]:
    return tuple(name for name, column in cells.items() if _share(column, looks_like_date) >= _MOST)


def _amounts(cells: Mapping[str, list[object]]) -> tuple[str, ...]:
    """Numbers that are no dates; those with decimals or a sign of currency before whole ones."""
    numbers = {
        name: column
        for name, column in cells.items()
        if _share(column, looks_like_number) >= _MOST and _share(column, looks_like_date) < _MOST
    }
    money = tuple(name for name, column in numbers.items() if any(_is_money(cell) for cell in column))
    return money or tuple(numbers)


def _is_money(cell: object) -> bool:
    if isinstance(cell, str):
        return not cell.removeprefix("-").isdecimal() or cell.startswith("-")
    return float(cell) < 0 or not float(cell).is_integer()  # type: ignore[arg-type]


def _customers(cells: Mapping[str, list[object]]) -> tuple[str, ...]:
    """Short texts or whole numbers of which some come again."""
    return tuple(
        name
        for name, column in cells.items()
        if 1 < len({str(cell) for cell in column}) < len(column)
        and _share(column, looks_like_date) < _MOST
        and not any(isinstance(cell, float) and not cell.is_integer() for cell in column)
        and max(len(str(cell)) for cell in column) <= 64
    )


#: which roles content can tell, in this order
_BY_CONTENT: dict[Kind, dict[str, Callable[[Mapping[str, list[object]]], tuple[str, ...]]]] = {
    "transactions": {"date": _dates, "amount": _amounts, "customer": _customers},
    "contacts": {"email": _emails, "phone": _phones, "date": _dates},
    "complaints": {"date": _dates},
}

_NEEDS = {
    "phone": N_("phone: a telephone number (or the column email)"),
    "email": N_("email: an e-mail address (or the column phone)"),
    "customer": N_("customer: who bought (a number or a name that stays the same)"),
    "date": N_("date: when"),
    "amount": N_("amount: how much was paid"),
    "start": N_("start: when the contract began"),
    "end": N_("end: when it ended, empty while it lasts (or the columns tenure and lost)"),
    "tenure": N_("tenure: how many periods the contract has lasted (or the columns start and end)"),
    "lost": N_("lost: whether the customer has left, yes or no"),
    "points": N_("points: how many points came or went"),
    "tier": N_("tier: which tier the customer holds"),
    "category_spend": N_(
        "category_spend: what the customer spends in all shops (or the columns rank and shops)"
    ),
    "rank": N_("rank: place of this shop among those the customer uses, 1 the first"),
    "shops": N_("shops: how many shops the customer uses"),
}


def no_header(headers: Mapping[str, str], kind: Kind) -> DataError:
    """Return the error for a file whose first row is data: that row would be lost as a row of names."""
    return DataError(
        tr("The first row looks like data; a table needs a row with the names of its columns."),
        problems=[tr("first row: {cells}", cells=joined(headers))],
        hint=tr("Put a row of names above it, such as {names}.", names=",".join(NEEDED[kind])),
    )


def _could_be(headers: Mapping[str, str], kind: Kind) -> bool:
    """Tell whether columns are all there by name that another kind of table needs, or those of a survey."""
    found = recognise(headers, kind)
    if kind == "survey":
        return not found.roles.keys().isdisjoint(("overall", "recommend", "effort"))
    # A name, a telephone number, a day stand in every table: they prove nothing.
    return kind not in {"contacts", "complaints"} and not found.missing(kind)


def not_recognised(found: Recognised, headers: Mapping[str, str], kind: Kind) -> DataError:
    """Return the error that asks for the roles nothing plays, with the line to write."""
    missing = found.missing(kind)
    problems = []
    for role in missing:
        fitting = found.candidates.get(role, ())
        line = tr("needed is {role}", role=tr(_NEEDS[role]))
        problems.append(
            tr("{line}; several columns fit: {columns}", line=line, columns=joined(fitting))
            if fitting
            else line
        )
    problems.append(tr("Columns found: {columns}.", columns=joined(headers)))
    if (
        sum(len({headers[name] for name in fitting}) < len(fitting) for fitting in found.candidates.values())
        > 1
    ):
        problems.append(
            tr(
                "the same names stand there twice, as where two tables stand side by side: put them below each other, or into "
                "files of their own"
            )
        )
    if len(headers) == 1:
        problems.append(
            tr(
                "the file has one column only; cells are parted by comma, semicolon, tab or bar: if another sign or blanks part "
                "them, export it again, or save it as .xlsx"
            )
        )
    others = [other for other in NEEDED if other != kind and _could_be(headers, other)]
    if others:
        problems.append(
            tr(
                "its columns are those of another table: look at it with crmlab data check FILE --as {kind}, and give it to a "
                "report that reads such a table",
                kind=others[0],
            )
        )
    pairs = {
        role: found.roles[role].column
        if role in found.roles
        else (found.candidates.get(role) or [tr("COLUMN")])[0]
        for role in (NEEDED[kind] if set(missing) <= set(NEEDED[kind]) else INSTEAD[kind])
    }
    return DataError(
        tr("The columns for {roles} were not recognised.", roles=joined(missing)),
        problems=problems,
        hint=tr("Say which they are: {option}", option=map_option(pairs)),
    )
