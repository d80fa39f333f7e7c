"""The files of a run: which file is which table, and each of them read.

A report reads one main table and further ones where they are given: ``--data sales.csv --data points=points.csv``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from crmlab.data.limits import machine_memory
from crmlab.data.places import Place, place_name, to_place
from crmlab.data.roles import NEEDED, parse_mapping
from crmlab.errors import CrmlabError, DataError, ParameterError, did_you_mean
from crmlab.reports.parameters import CONTRACT_MODELS
from crmlab.reports.registry import role_name
from crmlab.text import number, tr

if TYPE_CHECKING:
    from crmlab.data.readers import ReadResult
    from crmlab.data.reduced import Reduced
    from crmlab.reports.contract import ReportParameters
    from crmlab.reports.registry import ReportSpec

__all__ = ["Data", "named_files", "read_files", "readable", "rejects_name", "save_rejects", "teller"]

#: what may be given as data: a file; role to file; or texts such as ``points=points.csv``
Data = str | Path | Mapping[str, str | Path] | Sequence[str | Path]

#: bytes of memory that a report takes for a day of a customer, as measured on ten million of them
_DAY = 200

#: tables that are no list of rows with roles: who reads them, as ``module:function``, called with the path alone
READERS: dict[str, str] = {"judgements": "crmlab.data.judgements:read_judgements"}


def readable(spec: ReportSpec) -> tuple[str, ...]:
    """Return the tables of a report that can come from a file, the main one first."""
    return tuple(one.role for one in spec.inputs if one.role in NEEDED or one.role in READERS)


def named_files(
    spec: ReportSpec, data: Data, tell: Callable[[Place], str] | None = None, *, case: str | None = None
) -> dict[str, Place]:
    """Return the file of each table.

    Parameters
    ----------
    spec
        The report.
    data
        A file (the report's main table), role to file, or texts ``FILE`` and ``role=FILE``.
    tell
        Tells which table a file given without a role is, where more than one may be the main table; see
        :func:`teller`.
    case
        The case that brings the main table; only tables that know no customers can be added to it.

    Raises
    ------
    crmlab.errors.ParameterError
        For a table that the report does not read, or one given twice, or where the main table is missing; all at once.

    Examples
    --------
    >>> from crmlab.reports.registry import get_report
    >>> {role: str(path) for role, path in named_files(get_report("loyalty"), ["sales.csv", "survey=may.csv"]).items()}
    {'transactions': 'sales.csv', 'survey': 'may.csv'}

    """
    if isinstance(data, Mapping):
        pairs = [(str(role).strip().casefold(), to_place(path)) for role, path in data.items()]
    else:
        texts = [data] if isinstance(data, str | Path) else list(data)
        pairs = [_pair(spec, text, tell if spec.instead else None) for text in texts]
    problems, files = [], dict[str, Place]()
    known = readable(spec)
    if case is not None:
        known = tuple(role for role in known if role in READERS)
        if not known or any(role in spec.mains for role, _ in pairs):
            raise ParameterError(tr("Give a file with --data or a case with --case, not both."))
    for role, path in pairs:
        if role not in known:
            near = did_you_mean(role, known)
            problems.append(
                tr("“{given}”: did you mean {near}?", given=role, near=near)
                if near
                else tr("this report reads no table “{role}” from a file", role=role)
            )
        elif role in files:
            problems.append(tr("{name} is given twice", name=role))
        else:
            files[role] = path
    if case is None and not problems and not set(files) & set(spec.mains):
        problems.append(
            tr("the main table is missing: {role}", role=tr(", ").join(map(role_name, spec.mains)))
        )
    if problems:
        raise ParameterError(
            tr("The files cannot be used as they were given."),
            problems=problems,
            hint=tr(
                "--data FILE gives the main table, --data NAME=FILE another one; NAME is one of {names}.",
                names=tr(", ").join(known),
            ),
        )
    return files


def teller(
    parameters: ReportParameters,
    *,
    mapping: Mapping[str, str] | str | None,
    sheet: str | int | None,
    encoding: str | None = None,
    table: str | None = None,
    query: str | None = None,
) -> Callable[[Place], str]:
    """Return what tells purchases from contracts: the model that is asked for, else the file."""

    def tell(path: Place) -> str:
        from crmlab.data import tell_kind

        asked = getattr(parameters, "model", "auto")
        if asked in CONTRACT_MODELS:
            return "contracts"
        found = tell_kind(path, mapping=mapping, sheet=sheet, encoding=encoding, table=table, query=query)
        if asked != "auto" and found == "contracts":
            raise ParameterError(
                tr(
                    "The model {model} is one of purchases, and {file} holds contracts.",
                    model=asked,
                    file=place_name(path),
                ),
                hint=tr("For contracts ask for model=sbg, or leave the model out."),
            )
        return found

    return tell


def _pair(spec: ReportSpec, text: str | Path, tell: Callable[[Place], str] | None) -> tuple[str, Place]:
    """Tell ``role=FILE`` from a file; a file whose own name holds ``=`` is a file."""
    role, sign, path = str(text).replace("＝", "=", 1).partition("=")
    role = role.strip().casefold()
    if isinstance(text, Path) or not sign or not role.isidentifier() or Path(text).is_file():
        place = to_place(text)
        return tell(place) if tell else spec.main.role, place
    return role, to_place(path.strip())


def read_files(
    spec: ReportSpec,
    files: Mapping[str, Place],
    parameters: ReportParameters,
    *,
    mapping: Mapping[str, str] | str | None = None,
    sheet: str | int | None = None,
    date_format: str | None = None,
    decimal: Literal[".", ","] | None = None,
    encoding: str | None = None,
    table: str | None = None,
    query: str | None = None,
    room: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, ReadResult | Reduced]:
    """Read the files of a run, the main one first.

    Transactions that do not fit into memory are read in pieces and reduced to customers' days.

    Parameters
    ----------
    spec, files, parameters
        The report, its files by table, and its parameters.
    mapping
        Role to column, of the main table; a role of another one has that table's name before it:
        ``points.customer=会员号``.
    sheet, table, query
        Sheet of the main table's workbook; table or query of its database.
    date_format, decimal, encoding
        As for :func:`crmlab.data.read_table`, for all files; an encoding for the main table alone.
    room
        A folder on a disk for what is reduced; default, one for temporary files.
    progress
        Called after each piece with the bytes read, about, and all bytes.

    """
    from crmlab.data import read_table, reduce_transactions
    from crmlab.data.big import needs_pieces

    roles = _by_table(spec, files, mapping)
    group = getattr(parameters, "group", "")
    if group and "survey" in files:
        roles["survey"].setdefault("group", group)
    main = spec.main_of(files)
    of_main: dict[str, Any] = {"sheet": sheet, "encoding": encoding, "table": table, "query": query}
    options: dict[str, Any] = {"date_format": date_format, "decimal": decimal}
    results: dict[str, Any] = {}
    for role in sorted(files, key=lambda role: role != main):
        with _named(role, files[role], main):
            if role in READERS:
                module, _, name = READERS[role].partition(":")
                results[role] = getattr(import_module(module), name)(Path(files[role]))
                continue
            if role == "transactions" and not (table or query) and needs_pieces(files[role]):
                results[role] = reduce_transactions(
                    files[role],
                    into=room and room / "transactions.duckdb",
                    mapping=roles[role] or None,
                    encoding=encoding if role == main else None,
                    progress=progress,
                    **options,
                )
                _check_fits(results[role], files[role])
                continue
            results[role] = read_table(
                files[role],
                as_=role,  # type: ignore[arg-type] # one of NEEDED
                mapping=roles[role] or None,
                **options,
                **(of_main if role == main else {}),
            )
    return results


def _check_fits(reduced: Reduced, path: Place) -> None:
    """Refuse transactions that a report cannot hold in memory even when they are merged."""
    days, memory = reduced.figures["merged"], machine_memory()
    if memory is None or _DAY * days <= memory:
        return
    reduced.close()
    raise DataError(
        tr(
            "{file} does not fit into the memory of this machine, even merged to {days} customers' days.",
            file=place_name(path),
            days=number(days),
        ),
        hint=tr(
            "Draw customers at random and keep all their rows. Or, in Python, reduce_transactions(…) and "
            "customer_summary(….table) make the table that the models take; see the page on data that outgrow a laptop."
        ),
    )


@contextmanager
def _named(role: str, path: Place, main: str) -> Iterator[None]:
    """Say of which table an error is, where it is not the main one, also in the mapping it asks for."""
    try:
        yield
    except CrmlabError as error:
        if role != main:
            error.message = tr(
                "{table} ({file}): {text}", table=role_name(role), file=place_name(path), text=error.message
            )
            if error.hint and "--map " in error.hint:
                before, option, pairs = error.hint.partition("--map ")
                error.hint = before + option + re.sub(r"(^'?|,)(\w+)=", rf"\1{role}.\2=", pairs)
        raise


def _by_table(
    spec: ReportSpec, files: Mapping[str, Place], mapping: Mapping[str, str] | str | None
) -> dict[str, dict[str, str]]:
    """Give each table its own part of the mapping."""
    given = parse_mapping(mapping) if isinstance(mapping, str) else dict(mapping or {})
    parts: dict[str, dict[str, str]] = {role: {} for role in files}
    unknown = []
    for name, column in given.items():
        table, point, role = name.partition(".")
        if not point:
            table, role = spec.main_of(files), name
        if table in parts:
            parts[table][role] = column
        else:
            unknown.append(tr("{name}: no file was given for “{table}”", name=name, table=table))
    if unknown:
        raise ParameterError(
            tr("The mapping of columns cannot be read."),
            problems=unknown,
            hint=tr("Tables given: {tables}.", tables=tr(", ").join(files)),
        )
    return parts


def rejects_name(spec: ReportSpec, role: str, stem: str) -> str:
    """Return the name of the list of what could not be read of a table."""
    return f"{stem}.rejects.csv" if role in spec.mains else f"{stem}.rejects.{role}.csv"


def save_rejects(
    spec: ReportSpec, read: Mapping[str, ReadResult | Reduced], folder: Path, stem: str
) -> list[str]:
    """Write what could not be read, if there is any, and return the first five lines of each table."""
    from crmlab.data import write_rejects
    from crmlab.data.rejects import bad_rows

    lines = []
    for role, result in read.items():
        if result.rejected.empty:
            continue
        write_rejects(result, folder / rejects_name(spec, role, stem))
        told = bad_rows(result.rejected)
        lines += (
            told
            if role in spec.mains
            else [tr("{table}: {text}", table=role_name(role), text=line) for line in told]
        )
    return lines
