"""Which column is what: roles recognised by name, in English and Chinese, then by content.

Every role has ranks of names. A column that matches a higher rank wins over one of a lower rank, and the result says
what else would have fitted; two columns of one rank are a question to the user, not a guess.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from crmlab.data.hanzi import simplified
from crmlab.data.messages import Message, joined, values
from crmlab.data.vocabulary import SEARCHED, VOCABULARY
from crmlab.errors import DataError, ParameterError, did_you_mean
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "INSTEAD",
    "NEEDED",
    "How",
    "Kind",
    "Recognised",
    "RoleMatch",
    "map_option",
    "normal_name",
    "parse_mapping",
    "recognise",
    "role_count",
]

Kind = Literal["transactions", "survey", "contracts", "contacts", "complaints", "points", "tiers", "wallet"]
How = Literal["name", "content", "given"]

#: roles a table cannot do without
NEEDED: dict[Kind, tuple[str, ...]] = {
    "transactions": ("customer", "date", "amount"),
    "survey": (),
    "contracts": ("start", "end"),
    "contacts": ("phone",),
    "complaints": ("date",),
    "points": ("customer", "date", "points"),
    "tiers": ("customer", "tier"),
    "wallet": ("customer", "category_spend"),
}
#: columns that do as well as the needed ones
INSTEAD: dict[Kind, tuple[str, ...]] = {
    "contracts": ("tenure", "lost"),
    "contacts": ("email",),
    "wallet": ("customer", "rank", "shops"),
}

#: roles of which the reader is told what else would have fitted
_TOLD = frozenset(
    {"date", "amount", "overall", "recommend", "group", "start", "end", "tenure", "lost", "fee"}
)

_BRACKETS = re.compile(r"[(\[{【].*?[)\]}】]")
_NUMBERING = re.compile(r"^(?:第?q?\d+题?[、.．:)_])\s*(?=\D)", re.IGNORECASE)
#: what a shell would take for more than a letter
_UNSAFE = re.compile(r"[\s\"'()\[\]{}&;|<>*?$`\\!#~]")
#: what a shell would take for more than a letter even in double quotes
_MEANT = re.compile(r"[\"$`\\!%]")
_FILLERS = re.compile(r"[\s\ufffd_\-./·:;,、?!*#'\"“”()\[\]{}【】]+")


@dataclass(frozen=True)
class RoleMatch:
    """The column that plays a role, and how that is known.

    Parameters
    ----------
    role
        The role's name, such as ``customer``.
    column
        The column's name in the file.
    how
        ``"name"``, ``"content"`` or ``"given"`` (by the user).

    """

    role: str
    column: str
    how: How


@dataclass(frozen=True)
class Recognised:
    """All roles found in a table."""

    roles: dict[str, RoleMatch]
    notes: tuple[Message, ...] = ()
    #: roles for which several columns fit equally well
    candidates: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def missing(self, kind: Kind) -> tuple[str, ...]:
        """Return the needed roles that nothing plays; of two sets that both would do, of the nearer one."""
        if kind in INSTEAD:
            sets = [
                tuple(role for role in wanted if role not in self.roles)
                for wanted in (NEEDED[kind], INSTEAD[kind])
            ]
            return min(sets, key=len)
        computed = {"quantity", "unit_price"} <= self.roles.keys()
        return tuple(
            role for role in NEEDED[kind] if role not in self.roles and not (role == "amount" and computed)
        )


def normal_name(name: str) -> str:
    """Return a column's name as names are compared: case, width, blanks, numbering and units in brackets gone.

    Traditional characters are compared as their simplified twins.

    >>> normal_name("Customer_ID"), normal_name("实付金额（元）"), normal_name("Q3. 总体满意度")
    ('customerid', '实付金额', '总体满意度')
    """
    text = simplified(unicodedata.normalize("NFKC", name).strip().casefold())
    without = _BRACKETS.sub("", text).strip()
    return _FILLERS.sub("", _NUMBERING.sub("", without or text))


def parse_mapping(text: str) -> dict[str, str]:
    """Read ``role=column`` pairs as the command line gives them.

    Parameters
    ----------
    text
        Pairs separated by commas, full-width or not; a column's name that holds a comma stands in double quotes.

    Returns
    -------
    dict
        Role to column.

    Raises
    ------
    crmlab.errors.ParameterError
        For a pair without ``=``, a role given twice, or an empty side.

    Examples
    --------
    >>> parse_mapping("customer=会员号,date=下单时间")
    {'customer': '会员号', 'date': '下单时间'}
    >>> parse_mapping('amount="Paid, net"')
    {'amount': 'Paid, net'}

    """
    mapping: dict[str, str] = {}
    problems: list[str] = []
    for pair in re.findall(r'(?:"[^"]*"|[^,，"])+', text):
        role, sign, column = pair.replace("＝", "=", 1).partition("=")
        role, column = role.strip().casefold(), column.strip().strip('"').strip()
        if not sign or not role or not column:
            problems.append(tr("“{pair}” is no pair role=column", pair=pair.strip()))
        elif role in mapping:
            problems.append(tr("{role} is given twice", role=role))
        else:
            mapping[role] = column
    if problems or not mapping:
        raise ParameterError(
            tr("The mapping of columns cannot be read."),
            problems=problems,
            hint=tr("It looks like this: --map customer=会员号,date=下单时间,amount=实付金额"),
        )
    return mapping


def map_option(pairs: Mapping[str, str]) -> str:
    """Return the option of the command line that gives these roles, quoted where a shell needs it.

    >>> map_option({"customer": "会员号", "amount": "实付金额"})
    '--map customer=会员号,amount=实付金额'
    >>> map_option({"customer": "Member No"})
    '--map "customer=Member No"'
    >>> print(map_option({"amount": "Paid, net"}))
    --map 'amount="Paid, net"'
    """
    text = ",".join(
        f'{role}="{column}"' if "," in column else f"{role}={column}" for role, column in pairs.items()
    )
    if not _UNSAFE.search(text):
        return f"--map {text}"
    if not _MEANT.search(text):  # the only marks that all shells know
        return f'--map "{text}"'
    return "--map '" + text.replace("'", "'\\''") + "'"


def role_count(names: Sequence[str], kind: Kind, mapping: Mapping[str, str] | None = None) -> int:
    """Return how many roles a row of names plays; the header is the row that plays most.

    >>> role_count(["会员号", "下单时间", "实付金额"], "transactions")
    3
    """
    normal = {normal_name(name) for name in names}
    given = {normal_name(column) for column in (mapping or {}).values()}
    known = sum(any(normal & rank for rank in ranks) for ranks in VOCABULARY[kind].values())
    return known + len(normal & given)


def recognise(
    headers: Mapping[str, str],
    kind: Kind,
    mapping: Mapping[str, str] | None = None,
) -> Recognised:
    """Recognise roles by the names of columns.

    Parameters
    ----------
    headers
        Unique column name to the name as it stands in the file.
    kind
        What the table holds.
    mapping
        Roles the user has given; they overrule everything.

    Raises
    ------
    crmlab.errors.DataError
        For a given column that is not there.
    crmlab.errors.ParameterError
        For a role that does not exist.

    Examples
    --------
    >>> found = recognise({"cust_id": "cust_id", "date": "date", "total": "total"}, "transactions")
    >>> [(match.role, match.column) for match in found.roles.values()]
    [('customer', 'cust_id'), ('date', 'date'), ('amount', 'total')]

    """
    roles = _given(headers, kind, mapping or {})
    taken = {match.column for match in roles.values()}
    notes: list[Message] = []
    candidates: dict[str, tuple[str, ...]] = {}
    normal = {name: normal_name(header) for name, header in headers.items()}
    for role in VOCABULARY[kind]:
        if role in roles:
            continue
        ranked = _ranked(role, {name: text for name, text in normal.items() if name not in taken}, kind)
        if not ranked:
            continue
        if len(ranked[0]) > 1:
            candidates[role] = ranked[0]
            continue
        roles[role] = RoleMatch(role, ranked[0][0], "name")
        taken.add(ranked[0][0])
        others = tuple(name for rank in ranked[1:] for name in rank)
        if others and role in _TOLD:
            note = N_(
                "{role} is read from “{column}”; also possible: {others} (choose with --map {role}=COLUMN)."
            )
            notes.append(Message(note, values(role=role, column=ranked[0][0], others=others)))
    if kind == "transactions":
        _settle_price(roles)
    for role, names in candidates.items():
        if role not in NEEDED[kind]:
            note = N_(
                "{role} was left open, because several columns fit: {columns} (choose with --map {role}=COLUMN)."
            )
            notes.append(Message(note, values(role=role, columns=names)))
    order = list(VOCABULARY[kind])
    in_order = {role: roles[role] for role in sorted(roles, key=order.index)}
    return Recognised(in_order, tuple(notes), candidates)


def _settle_price(roles: dict[str, RoleMatch]) -> None:
    """Quantity and unit price serve only where no amount stands in the file."""
    price = roles.get("unit_price")
    if price and "quantity" not in roles and "amount" not in roles and price.how == "name":
        # Without a quantity, a price is what was paid.
        roles["amount"] = RoleMatch("amount", price.column, "name")
    if "amount" in roles or not {"quantity", "unit_price"} <= roles.keys():
        roles.pop("quantity", None)
        roles.pop("unit_price", None)


def _ranked(role: str, normal: Mapping[str, str], kind: Kind) -> list[tuple[str, ...]]:
    """Return the columns that fit a role by name, best rank first, empty ranks left out."""
    ranks = [
        tuple(name for name, text in normal.items() if text in names) for names in VOCABULARY[kind][role]
    ]
    for wanted, unwanted in SEARCHED[kind].get(role, ()):
        known = {name for rank in ranks for name in rank}
        ranks.append(
            tuple(
                name
                for name, text in normal.items()
                if name not in known and wanted.search(text) and not (unwanted and unwanted.search(text))
            )
        )
    return [rank for rank in ranks if rank]


def _given(headers: Mapping[str, str], kind: Kind, mapping: Mapping[str, str]) -> dict[str, RoleMatch]:
    roles: dict[str, RoleMatch] = {}
    unknown = [role for role in mapping if role not in VOCABULARY[kind]]
    if unknown:
        raise ParameterError(
            tr("No such role: {roles}.", roles=joined(unknown)),
            problems=[
                tr("“{given}”: did you mean {near}?", given=role, near=near)
                for role in unknown
                if (near := did_you_mean(role, VOCABULARY[kind]))
            ],
            hint=tr("Roles are: {roles}.", roles=joined(VOCABULARY[kind])),
        )
    normal = {normal_name(text): name for name, text in headers.items()}
    normal |= {normal_name(name): name for name in headers}
    problems: list[str] = []
    for role, column in mapping.items():
        found = column if column in headers else normal.get(normal_name(column))
        if found is None:
            near = did_you_mean(column, headers)
            problems.append(
                tr(
                    "{role}: no column “{column}”; did you mean “{near}”?",
                    role=role,
                    column=column,
                    near=near,
                )
                if near
                else tr("{role}: no column “{column}”", role=role, column=column)
            )
        elif found in {match.column for match in roles.values()}:
            problems.append(tr("{role}: column “{column}” already has another role", role=role, column=found))
        else:
            roles[role] = RoleMatch(role, found, "given")
    if problems:
        raise DataError(
            tr("The mapping does not fit the file."),
            problems=problems,
            hint=tr("Columns found: {columns}.", columns=joined(headers)),
        )
    return roles
