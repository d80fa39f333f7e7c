"""The tables of a report, from a file or a case: checked, and stripped of customers' identities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab.data.reduced import Reduced
from crmlab.errors import DataError, ParameterError, did_you_mean
from crmlab.reports.described import (
    IDENTITIES,
    card_scale,
    case_quality,
    masked_comments,
    numbered_judges,
    reasons,
    without_identities,
    written_quality,
)
from crmlab.reports.handover import EXAMPLE, ROLES, ReportInput, load, write
from crmlab.reports.registry import role_name
from crmlab.text import date, language, tr

if TYPE_CHECKING:
    import datetime as dt

    from crmlab.data.catalogue import Case
    from crmlab.data.readers import ReadResult
    from crmlab.reports.contract import ReportParameters
    from crmlab.reports.registry import ReportSpec

__all__ = [
    "EXAMPLE",
    "ROLES",
    "ReportInput",
    "add_tables",
    "load",
    "prepare_case",
    "prepare_file",
    "prepare_files",
    "role_name",
    "write",
    "written_quality",
]

#: roles of a survey that hold answers
SCORES = ("overall", "recommend", "effort", "expectation", "perceived")

_CURRENCY = {"yuan": "¥", "US dollars": "$", "dollars": "$", "US$": "$", "USD": "$", "euros": "€"}


def prepare_file(
    spec: ReportSpec,
    result: ReadResult,
    parameters: ReportParameters,
    *,
    keep_ids: bool = False,
    salt: bytes | None = None,
) -> ReportInput:
    """Make a report's input from one file that was read; see :func:`prepare_files`."""
    return prepare_files(spec, {result.kind: result}, parameters, keep_ids=keep_ids, salt=salt)


def prepare_files(
    spec: ReportSpec,
    results: Mapping[str, ReadResult | Reduced],
    parameters: ReportParameters,
    *,
    keep_ids: bool = False,
    salt: bytes | None = None,
) -> ReportInput:
    """Make a report's input from the files that were read.

    Identifiers of customers are replaced unless `keep_ids`, the same customer by the same code in all tables; a new
    secret is drawn for every run, so that two reports cannot be joined by them. Judges are numbered.

    Parameters
    ----------
    spec
        The report.
    results
        Table to what was read, as :func:`crmlab.reports.reading.read_files` returns it.
    parameters
        The report's parameters.
    keep_ids
        Leave identifiers as they stand in the files.
    salt
        The secret, for tests.

    Raises
    ------
    crmlab.errors.DataError
        When the data cannot carry the report; all problems at once.

    """
    main = spec.main_of(results)
    tables = {role: _table(result, parameters) for role, result in results.items()}
    tables = {role: masked_comments(table, parameters) for role, table in tables.items()}
    _check(spec, main, tables[main], parameters)
    if not keep_ids:
        given = [name for name in IDENTITIES if any(name in one.mapping for one in results.values())]
        tables = numbered_judges(without_identities(tables, columns=given, salt=salt))
    ids = "kept" if keep_ids else "replaced"
    survey: Any = results.get("survey")
    sales = results.get("transactions")
    return ReportInput(
        title=results[main].source.name,
        source=_account(results[main], keep_ids=keep_ids)
        | {
            "kind": "file",
            "ids": ids,
            "more": [
                _account(result, keep_ids=keep_ids) | {"role": role}
                for role, result in results.items()
                if role != main
            ],
            "merged": {"days": sales.figures["merged"], "cents": sales.figures["cents"]}
            if isinstance(sales, Reduced)
            else None,
        },
        quality=written_quality(results[main]),
        items=tuple(survey.items) if survey else (),
        scales={
            name: (float(scale.low), float(scale.high)) if scale else None
            for name, scale in (survey.scales if survey else {}).items()
        },
    ).with_tables(tables)


def _account(result: ReadResult | Reduced, *, keep_ids: bool) -> dict[str, Any]:
    """Return everything the last page tells of one file."""
    notes = list(result.notes)
    judged: Any = result.table if str(result.kind) == "judgements" else None
    if judged is not None and len(set(judged["judge"])) > 1 and not keep_ids:
        notes.append(tr("The judges are numbered as they follow in the file; --keep-ids shows their names."))
    source = asdict(result.source)
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in source.items()}
    return plain | {
        "rows_read": result.rows_read,
        "rows_rejected": result.rows_rejected,
        "reasons": reasons(result),
        "mapping": [[role, match.column, match.how] for role, match in result.mapping.items()],
        "notes": notes,
    }


def prepare_case(
    spec: ReportSpec | None, case: Case, parameters: ReportParameters | None = None
) -> ReportInput:
    """Make a report's input from a case; `spec` None takes all its tables."""
    wanted = [one.role for one in spec.inputs] if spec else list(ROLES)
    main: str = spec.main_of(case.tables) if spec else ""
    if spec and main not in case.tables:
        raise DataError(
            tr(
                "The case “{case}” has no {role}, which this report reads.",
                case=case.name,
                role=role_name(main),
            ),
            problems=[
                tr(
                    "tables of the case: {tables}",
                    tables=tr(", ").join(one.label[language()] for one in case.card.tables),
                )
            ],
            hint=tr("See all cases: crmlab data list"),
        )
    tables: dict[str, pd.DataFrame] = {role: case.table(role) for role in wanted if role in case.tables}
    if "contracts" in tables:
        tables["contracts"] = _worded(case, "contracts", tables["contracts"])
    if "survey" in tables and "respondent" not in tables["survey"]:
        tables["survey"].insert(0, "respondent", [str(row) for row in range(1, len(tables["survey"]) + 1)])
    renamed = _rename_scores(tables)
    if spec and parameters:
        _check_group(tables, parameters)
        _check(spec, main, tables[main], parameters)
    main = main or next(iter(tables))
    facts = case.source() if len(tables) > 1 else case.source(main)
    rows = sum(len(table) for table in tables.values())
    source = dict(facts) | {
        "kind": "case",
        "rows_read": rows,
        "rows_rejected": 0,
        "reasons": [],
        "mapping": [],
        "notes": [],
        "ids": "kept",
    }
    items = tuple(item for block in case.blocks.values() for item in block)
    cards = {
        renamed.get(column.name, column.name): column
        for card in case.card.tables
        for column in card.columns
        if card.name in tables
    }
    answers = [name for name in (*SCORES, *items) if name in tables.get("survey", ())]
    scales = {name: card_scale(cards[name]) for name in answers if name in cards}
    unit = next((cards[name].unit for name in ("amount", "fee") if name in cards), None)
    prepared = ReportInput(
        title=case.title(language()),
        source=source,
        quality=case_quality(main, tables[main], scales),
        currency=_CURRENCY.get(unit["en"], "") if unit else "",
        items=items if "survey" in tables else (),
        scales=scales if "survey" in tables else {},
        blocks={name: tuple(block) for name, block in case.blocks.items()} if "survey" in tables else {},
        labels={
            renamed.get(name, name): label
            for role in tables
            for name, label in case.labels(role, language()).items()
        },
    )
    return prepared.with_tables(tables)


def _worded(case: Case, role: str, table: pd.DataFrame) -> pd.DataFrame:
    """Write categories that are words, not codes, in the language of the run."""
    changed = {
        column.name: table[column.name].map(
            {value: words[language()] for value, words in column.categories.items()}
        )
        for column in case.card.table(role).columns
        if column.categories and all(words["en"] == value for value, words in column.categories.items())
    }
    return table.assign(**changed)


def add_tables(
    given: ReportInput, results: Mapping[str, ReadResult | Reduced], *, keep_ids: bool = False
) -> ReportInput:
    """Add tables from files to those of a case; they take the place of the case's own."""
    if not results:
        return given
    more = [_account(result, keep_ids=keep_ids) | {"role": role} for role, result in results.items()]
    tables: dict[str, Any] = {role: result.table for role, result in results.items()}
    if not keep_ids:
        tables = numbered_judges(tables)
    return replace(given, source={**given.source, "more": more}, **tables)


def _check(spec: ReportSpec, main: str, table: pd.DataFrame, parameters: ReportParameters) -> None:
    """Refuse data that cannot carry the report, before a kernel starts."""
    if main != "transactions":
        return
    from crmlab.data import check_repeat, check_transactions

    end: dt.date | None = getattr(parameters, "observation_end", None)
    if end is not None:
        seen = table[table["date"] < pd.Timestamp(end) + pd.Timedelta(days=1)]
        if seen.empty:
            raise DataError(
                tr(
                    "No purchase up to {end}: the first is of {first}.",
                    end=date(end),
                    first=date(table["date"].min()),
                ),
                hint=tr("Set observation_end to the last day that the data cover, or leave it out."),
            )
        table = seen
    problems = check_transactions(table)
    if spec.needs_repeat and not problems:
        problems = check_repeat(table)
    if problems:
        raise DataError(
            tr("These data cannot carry the report “{title}”.", title=tr(spec.title)),
            problems=problems,
            hint=tr("Look at what was read: crmlab data check FILE --as transactions"),
        )


def _table(result: ReadResult | Reduced, parameters: ReportParameters) -> pd.DataFrame:
    """Return the table of a file; the column by which groups are compared has the name that the user gave it."""
    if isinstance(result, Reduced):
        return result.frame()
    wanted = getattr(parameters, "group", "")
    if wanted and "group" in result.table and wanted not in result.table:
        return result.table.rename(columns={"group": wanted})
    return result.table


def _rename_scores(tables: dict[str, pd.DataFrame]) -> dict[str, str]:
    """Give the answers of a case's survey that play a role the role's name, as a file's have; return what changed."""
    from crmlab.data.roles import recognise

    if "survey" not in tables:
        return {}
    columns = [str(name) for name in tables["survey"].columns]
    roles = recognise({name: name for name in columns}, "survey").roles
    renamed = {roles[role].column: role for role in SCORES if role in roles and role not in columns}
    tables["survey"] = tables["survey"].rename(columns=renamed)
    return renamed


def _check_group(tables: Mapping[str, pd.DataFrame], parameters: ReportParameters) -> None:
    wanted = getattr(parameters, "group", "")
    if wanted and "survey" in tables and wanted not in tables["survey"]:
        columns = [str(name) for name in tables["survey"].columns]
        near = did_you_mean(wanted, columns)
        raise ParameterError(
            tr("The survey has no column “{column}” to compare groups by.", column=wanted),
            problems=[tr("did you mean {near}?", near=near)] if near else (),
            hint=tr("Columns found: {columns}.", columns=tr(", ").join(columns)),
        )
