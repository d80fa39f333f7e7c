"""``crmlab report``: list, show, run."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmlab.cli.mapping import tell_mapping
from crmlab.cli.screen import (
    DateFormat,
    Decimal,
    Encoding,
    Lang,
    Map,
    MapFile,
    Query,
    Sheet,
    Table,
    new_console,
    new_table,
    say,
    show,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as ScreenTable

    from crmlab.reports.contract import ParameterInfo
    from crmlab.reports.registry import InputSpec
    from crmlab.reports.run import RunResult

__all__ = ["report"]

report = typer.Typer(help="Reports from real data: PDF, HTML, XLSX.", no_args_is_help=True)


@report.command("list")
def report_list(lang: Lang = "en") -> None:
    """List the reports and the question that each answers."""
    from crmlab.reports.registry import REPORTS
    from crmlab.text import speaking, tr

    with speaking(lang):
        table = new_table(tr("Report"), tr("Title"), tr("What it answers"))
        for spec in REPORTS.values():
            table.add_row(spec.name, tr(spec.title), tr(spec.question))
        show(table)


@report.command("show")
def report_show(name: Annotated[str, typer.Argument(help="A report's name.")], lang: Lang = "en") -> None:
    """Say what a report answers, which tables it reads, and what may be asked of it."""
    from crmlab.reports import describe, get_report
    from crmlab.reports.reading import readable
    from crmlab.text import speaking, tr

    with speaking(lang):
        spec = get_report(name)
        show(f"{tr(spec.title)} ({spec.name})\n{tr(spec.question)}")
        for one in spec.inputs:
            show("")
            show(_input_lines(one, from_file=one.role in readable(spec), instead=one.role in spec.instead))
        show("\n" + tr("Parameters (-p name=value)"))
        show(_parameter_table(describe(spec.parameters)))
        show(
            tr(
                "Example: crmlab report run {name} --case retail --lang {spoken} --out out/",
                name=name,
                spoken=lang,
            )
        )


def _input_lines(one: InputSpec, *, from_file: bool, instead: bool) -> str:
    from crmlab.reports.registry import role_name
    from crmlab.text import tr

    head = tr("Table: {role}", role=role_name(one.role))
    if instead:
        head = tr("{table} (may stand in place of the first table)", table=head)
    elif not one.needed and from_file:
        head = tr("{table} (used where it is given: --data {name}=FILE)", table=head, name=one.role)
    elif not one.needed:
        head = tr("{table} (used where a case has it)", table=head)
    lines = [head]
    lines += [f"  {column}: {tr(text)}" for column, text in one.columns.items()]
    lines += [
        tr("  {column} (optional): {text}", column=column, text=tr(text))
        for column, text in one.optional.items()
    ]
    return "\n".join(lines)


def _parameter_table(described: Sequence[ParameterInfo]) -> ScreenTable:
    from crmlab.text import tr

    table = new_table(tr("Name"), tr("Kind"), tr("Allowed"), tr("Default"), tr("Meaning"))
    for one in described:
        table.add_row(one.name, one.kind, one.allowed, one.default, one.help)
    return table


@report.command("run")
def report_run(
    name: Annotated[str, typer.Argument(help="A report's name; see: crmlab report list")],
    *,
    data_files: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            help="A file of yours, a folder of them, a database, or - ; further tables as NAME=FILE.",
            show_default=False,
        ),
    ] = None,
    case: Annotated[
        str | None, typer.Option("--case", help="A case of the course; see: crmlab data list")
    ] = None,
    lang: Lang = "en",
    to: Annotated[
        str, typer.Option("--to", help="Documents to make, with commas between.")
    ] = "pdf,html,xlsx",
    out: Annotated[Path, typer.Option("--out", help="Folder of the results.")] = Path("out"),
    parameter: Annotated[
        list[str] | None, typer.Option("--param", "-p", help="name=value; may be given several times.")
    ] = None,
    mapping: Map = None,
    map_file: MapFile = None,
    sheet: Sheet = None,
    table: Table = None,
    query: Query = None,
    date_format: DateFormat = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
    keep_ids: Annotated[
        bool, typer.Option("--keep-ids", help="Show customers' identifiers as they stand in the file.")
    ] = False,
    min_group: Annotated[
        int | None,
        typer.Option("--min-group", help="Smallest group that is shown, in reports that compare groups."),
    ] = None,
) -> None:
    """Run a report on a file or a case."""
    from crmlab.reports.run import run_report
    from crmlab.text import speaking

    options: dict[str, Any] = {
        "sheet": sheet,
        "table": table,
        "query": query,
        "date_format": date_format,
        "decimal": decimal,
        "encoding": encoding,
    }
    pairs = [*(parameter or ()), *([f"min_group={min_group}"] if min_group is not None else ())]
    console = new_console(err=True)
    with speaking(lang), _progress(console) as tell:
        columns, options = _from_map(name, map_file, mapping, options)
        result = run_report(
            name,
            data=data_files or None,
            case=case,
            lang=lang,
            to=to.replace("，", ",").split(","),
            out=out,
            parameters=pairs,
            mapping=columns or None,
            keep_ids=keep_ids,
            progress=tell,
            recognised=lambda results: tell_mapping(results, console),
            **options,
        )
    with speaking(lang):
        _tell_result(result)


def _from_map(
    name: str, files: list[str] | None, mapping: str | None, given: dict[str, Any]
) -> tuple[dict[str, str], dict[str, Any]]:
    """Join what files of mappings say with what was given on the line, which wins.

    The roles of a table that is not the report's main one get that table's name before them.
    """
    from crmlab.data.mapfiles import load_map
    from crmlab.data.roles import parse_mapping
    from crmlab.reports import get_report

    mains = get_report(name).mains
    columns: dict[str, str] = {}
    options: dict[str, Any] = {}
    for file in files or ():
        saved = load_map(file)
        main = saved.kind is None or saved.kind in mains
        columns |= {
            role if main else f"{saved.kind}.{role}": column for role, column in saved.columns.items()
        }
        options |= saved.options if main else {}
    columns |= parse_mapping(mapping) if mapping else {}
    return columns, options | {key: value for key, value in given.items() if value is not None}


def _tell_result(result: RunResult) -> None:
    from crmlab.text import number, tr

    for path in result.paths:
        typer.echo(path)
    typer.echo(
        tr(
            "Time: {times}",
            times=tr(", ").join(
                tr("{step} {seconds} s", step=step, seconds=number(used, 1))
                for step, used in result.seconds.items()
            ),
        )
    )
    if result.rows_rejected or result.first_rejects:
        typer.echo(
            tr(
                "Rows: {read} read, {rejected} rejected. The first that could not be read:",
                read=number(result.rows_read),
                rejected=number(result.rows_rejected),
            )
        )
    else:
        typer.echo(tr("Rows: {read} read, none rejected.", read=number(result.rows_read)))
    for line in result.first_rejects:
        typer.echo(f"  {line}")
    for note in result.notes:
        typer.echo(tr("Note: {note}", note=note))


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """Show progress: a bar on a terminal, below what else is printed there, a line a step in a log."""
    if not sys.stderr.isatty():
        begun = time.perf_counter()
        yield lambda step, at, total: say(f"[{at}/{total}] {step} ({time.perf_counter() - begun:.1f} s)")
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda step, at, total: bar.update(task, description=step, completed=at - 1, total=total)
