"""The tables of a report: read, checked, stripped of customers' identities, and handed to the notebook.

:func:`prepare` makes a :class:`ReportInput` from a file or a case, :func:`write` puts it into a private folder, and
:func:`load` is what a report's notebook calls to get it back.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pandas as pd

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
from crmlab.reports.registry import Role, role_name
from crmlab.text import date, language, tr

if TYPE_CHECKING:
    import datetime as dt

    from crmlab.data.catalogue import Case
    from crmlab.data.readers import ReadResult
    from crmlab.reports.contract import ReportParameters
    from crmlab.reports.registry import ReportSpec

__all__ = [
    "EXAMPLE",
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

#: the case that a report's notebook reads when it is opened without a run
EXAMPLE = "retail"
ROLES: tuple[Role, ...] = get_args(Role)

#: roles of a survey that hold answers
SCORES = ("overall", "recommend", "effort", "expectation", "perceived")

_FACTS = "input.json"
_CURRENCY = {"yuan": "¥", "US dollars": "$", "dollars": "$", "US$": "$", "USD": "$", "euros": "€"}


@dataclass(frozen=True, eq=False)
class ReportInput:
    """What a report works on.

    Attributes
    ----------
    transactions, contracts, survey, judgements, complaints, customers, points, tiers, wallet
        The tables, or None. Transactions have ``customer`` (text), ``date`` (datetime64), ``amount`` (float), a case's
        also its further columns. A survey has ``respondent`` (text), the roles found (``customer``, ``overall``,
        ``recommend``, ``effort``, ``expectation``, ``perceived``, ``group``, ``weight``) and its items.
    title
        What the data are called, in the language of the run.
    period
        First and last day of the transactions, or None.
    currency
        Sign of the amounts where the data tell, else empty.
    items, scales, blocks
        Of a survey: names of its items; item to lowest and highest answer (None where unsure); construct to items.
    labels
        Column to its short name in the language of the run, for a case's columns.
    quality
        Columns ``measure``, ``label``, ``value``, ``text`` (the value as it is written).
    source
        Everything the last page tells: name, sha256, rows read and rejected, reasons, mapping, notes.
    started
        Moment of loading, on the clock of :func:`time.perf_counter`.

    """

    title: str
    source: Mapping[str, Any]
    quality: pd.DataFrame
    transactions: pd.DataFrame | None = None
    survey: pd.DataFrame | None = None
    complaints: pd.DataFrame | None = None
    customers: pd.DataFrame | None = None
    contracts: pd.DataFrame | None = None
    judgements: pd.DataFrame | None = None
    points: pd.DataFrame | None = None
    tiers: pd.DataFrame | None = None
    wallet: pd.DataFrame | None = None
    period: tuple[pd.Timestamp, pd.Timestamp] | None = None
    currency: str = ""
    items: tuple[str, ...] = ()
    scales: Mapping[str, tuple[float, float] | None] = field(default_factory=dict)
    blocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    def table(self, role: str) -> pd.DataFrame | None:
        """Return the table of a role."""
        found: pd.DataFrame | None = getattr(self, role)
        return found


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
    results: Mapping[str, ReadResult],
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
    tables = {role: _named_group(result, parameters) for role, result in results.items()}
    tables = {role: masked_comments(table, parameters) for role, table in tables.items()}
    _check(spec, main, tables[main], parameters)
    if not keep_ids:
        given = [name for name in IDENTITIES if any(name in one.mapping for one in results.values())]
        tables = numbered_judges(without_identities(tables, columns=given, salt=salt))
    ids = "kept" if keep_ids else "replaced"
    survey = results.get("survey")
    return _filled(
        ReportInput(
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
            },
            quality=written_quality(results[main]),
            items=tuple(survey.items) if survey else (),
            scales={
                name: (float(scale.low), float(scale.high)) if scale else None
                for name, scale in (survey.scales if survey else {}).items()
            },
        ),
        tables,
    )


def _account(result: ReadResult, *, keep_ids: bool) -> dict[str, Any]:
    """Return everything the last page tells of one file."""
    notes = list(result.notes)
    if str(result.kind) == "judgements" and len(set(result.table["judge"])) > 1 and not keep_ids:
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
            problems=[tr("tables of the case: {tables}", tables=tr(", ").join(map(role_name, case.tables)))],
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
    return _filled(prepared, tables)


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
    given: ReportInput, results: Mapping[str, ReadResult], *, keep_ids: bool = False
) -> ReportInput:
    """Add tables from files to those of a case; they take the place of the case's own."""
    if not results:
        return given
    more = [_account(result, keep_ids=keep_ids) | {"role": role} for role, result in results.items()]
    tables = {role: result.table for role, result in results.items()}
    if not keep_ids:
        tables = numbered_judges(tables)
    return replace(given, source={**given.source, "more": more}, **tables)  # type: ignore[arg-type] # one a role


def write(given: ReportInput, folder: Path) -> None:
    """Write an input into a folder, tables as Parquet."""
    import duckdb

    with duckdb.connect() as connection:
        for role in ROLES:
            table = given.table(role)
            if table is not None:
                connection.register("given", table)
                target = str(folder / f"{role}.parquet").replace("'", "''")
                connection.execute(f"COPY given TO '{target}' (FORMAT parquet)")
                connection.unregister("given")
    plain = {
        "title": given.title,
        "source": dict(given.source),
        "quality": given.quality[["measure", "label", "text"]].to_dict("list"),
        "values": [_plain(value) for value in given.quality["value"]],
        "currency": given.currency,
        "items": list(given.items),
        "scales": dict(given.scales),
        "blocks": {name: list(block) for name, block in given.blocks.items()},
        "labels": dict(given.labels),
    }
    (folder / _FACTS).write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")


def load(input_dir: str | Path = "") -> ReportInput:
    """Return the tables of a report; what its notebook calls first.

    Parameters
    ----------
    input_dir
        The folder that ``crmlab report run`` prepared. Empty, as in a notebook that was just opened: the course's
        retail case, whole.

    Raises
    ------
    crmlab.errors.DataError
        When the folder is gone; it lives only as long as the run.

    """
    if not str(input_dir):
        from crmlab.data import load_case

        return prepare_case(None, load_case(EXAMPLE))
    folder = Path(input_dir)
    if not (folder / _FACTS).is_file():
        raise DataError(
            tr("The tables of this report are gone: they are kept only while it runs."),
            hint=tr(
                "Run it again: crmlab report run. Or set input_dir to an empty text to work on the retail case."
            ),
        )
    facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    quality = pd.DataFrame(facts["quality"]).assign(value=pd.Series(facts["values"], dtype=object))
    prepared = ReportInput(
        title=facts["title"],
        source=facts["source"],
        quality=quality[["measure", "label", "value", "text"]],
        currency=facts["currency"],
        items=tuple(facts["items"]),
        scales={name: tuple(scale) if scale else None for name, scale in facts["scales"].items()},
        blocks={name: tuple(block) for name, block in facts["blocks"].items()},
        labels=facts["labels"],
    )
    return _filled(prepared, {role: _read(folder / f"{role}.parquet") for role in ROLES})


def _read(path: Path) -> pd.DataFrame | None:
    import duckdb

    if not path.is_file():
        return None
    with duckdb.connect() as connection:
        table: pd.DataFrame = connection.read_parquet(str(path)).df()
    return table


def _filled(prepared: ReportInput, tables: Mapping[str, pd.DataFrame | None]) -> ReportInput:
    there = {role: table for role, table in tables.items() if table is not None}
    sales = there.get("transactions")
    period = None if sales is None else (sales["date"].min().normalize(), sales["date"].max().normalize())
    return replace(prepared, **there, period=period)  # type: ignore[arg-type]


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


def _named_group(result: ReadResult, parameters: ReportParameters) -> pd.DataFrame:
    """Give the column by which groups are compared the name that the user gave it."""
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


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, pd.Timestamp) else value
