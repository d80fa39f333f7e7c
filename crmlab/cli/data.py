"""``crmlab data``: the cases of the course, and a look at anybody's own files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast, get_args

import typer

from crmlab.cli.mapping import mapping_table
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
    new_table,
    show,
    steps,
)
from crmlab.errors import ParameterError, did_you_mean

if TYPE_CHECKING:
    from crmlab.data.readers import ReadResult
    from crmlab.data.reduced import Reduced

__all__ = ["data"]

Kind = Literal["transactions", "survey", "contracts", "contacts", "complaints", "points", "tiers", "wallet"]

data = typer.Typer(help="The course's cases, and a look at your own files.", no_args_is_help=True)


@data.command("list")
def data_list(lang: Lang = "en") -> None:
    """List the cases of the course."""
    from crmlab.data import list_cases
    from crmlab.text import number, speaking, tr

    with speaking(lang):
        table = new_table(tr("Case"), tr("Title"), tr("Kind"), tr("Tables"), tr("Rows"), tr("Licence"))
        kinds = {"real": tr("real"), "sample": tr("sample data"), "simulated": tr("simulated")}
        for row in list_cases(lang).itertuples():
            missing = "" if row.available else tr(" (not installed)")
            kind = kinds.get(str(row.kind), str(row.kind))
            table.add_row(
                f"{row.name}{missing}",
                str(row.title),
                kind,
                str(row.tables),
                number(row.rows),
                str(row.licence),
            )
        show(table)


@data.command("show")
def data_show(name: Annotated[str, typer.Argument(help="A case's name.")], lang: Lang = "en") -> None:
    """Show a case's card: story, source, licence, and every column."""
    from crmlab.data import show_case
    from crmlab.text import speaking

    with speaking(lang):
        card = show_case(name, lang)
        if sys.stdout.isatty():
            from rich.markdown import Markdown

            show(Markdown(card))
        else:
            typer.echo(card)


@data.command("check")
def data_check(
    file: Annotated[
        str,
        typer.Argument(
            help="A file of yours, a folder of them, a database file, postgresql://… , or - for standard input."
        ),
    ],
    *,
    kind: Annotated[
        str | None,
        typer.Option(
            "--as",
            help="What it holds: transactions, survey, contracts, contacts, complaints, points, tiers or wallet.",
            show_default="transactions",
        ),
    ] = None,
    lang: Lang = "en",
    mapping: Map = None,
    map_file: MapFile = None,
    save_map: Annotated[
        Path | None, typer.Option("--save-map", help="Write which column is what into this file.")
    ] = None,
    sheet: Sheet = None,
    table: Table = None,
    query: Query = None,
    date_format: DateFormat = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
    large: Annotated[
        bool,
        typer.Option("--large", help="Read transactions in pieces, as files of 500 MB and more always are."),
    ] = False,
) -> None:
    """Read a file as a report would, and say what was found; nothing is written but the mapping, if asked for."""
    from crmlab.data import read_table
    from crmlab.data.big import is_large
    from crmlab.data.mapfiles import save_map as save
    from crmlab.text import speaking, tr

    given = {
        "sheet": sheet,
        "table": table,
        "query": query,
        "date_format": date_format,
        "decimal": decimal,
        "encoding": encoding,
    }
    with speaking(lang):
        kind, columns, options = _from_map(map_file, mapping, kind, given)
        kinds = get_args(Kind)
        if kind not in kinds:
            near = did_you_mean(kind, kinds)
            raise ParameterError(
                tr("A file is read as {kinds}, not as “{kind}”.", kinds=tr(", ").join(kinds), kind=kind),
                problems=[tr("did you mean {near}?", near=near)] if near else (),
            )
        result: ReadResult | Reduced
        if kind == "transactions" and (large or is_large(file)):
            result = _in_pieces(file, columns, options)
        else:
            result = read_table(file, as_=cast("Kind", kind), mapping=columns or None, **options)
        _tell(result)
        if save_map:
            found = {role: match.column for role, match in result.mapping.items()}
            saved = save(save_map, kind, found, options)
            typer.echo(
                tr("The mapping was written to {file}; use it again with --map-file.", file=saved.name)
            )


def _in_pieces(file: str, columns: dict[str, str], options: dict[str, Any]) -> Reduced:
    """Read a large file in pieces, and show how far that is."""
    from crmlab.data import reduce_transactions
    from crmlab.text import tr

    known = {"date_format", "decimal", "encoding"}
    if other := sorted(set(options) - known):
        raise ParameterError(
            tr("A file that is read in pieces has no {options}.", options=tr(", ").join(other)),
            hint=tr("Leave out --large."),
        )
    with steps(tr("Megabytes read")) as progress:
        return reduce_transactions(
            file,
            mapping=columns or None,
            progress=lambda done, total: progress(done // 2**20, total // 2**20),
            **options,
        )


def _from_map(
    files: list[str] | None, mapping: str | None, kind: str | None, given: dict[str, Any]
) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Join what files of mappings say with what was given on the line, which wins."""
    from crmlab.data.mapfiles import load_map
    from crmlab.data.roles import parse_mapping

    columns: dict[str, str] = {}
    options: dict[str, Any] = {}
    for name in files or ():
        saved = load_map(name)
        kind = kind or saved.kind
        columns |= saved.columns
        options |= saved.options
    columns |= parse_mapping(mapping) if mapping else {}
    options |= {key: value for key, value in given.items() if value is not None}
    return kind or "transactions", columns, options


def _tell(result: ReadResult | Reduced) -> None:
    """Show which column is what, what the data are like, and what could not be read."""
    from crmlab.data import ReadResult, check_repeat, check_transactions
    from crmlab.data.rejects import bad_rows
    from crmlab.reports.inputs import written_quality
    from crmlab.reports.registry import REPORTS
    from crmlab.text import tr

    show(mapping_table({result.kind: result}))
    quality = new_table(tr("Quality"), "", whole=1)
    for row in written_quality(result).itertuples():
        quality.add_row(str(row.label), str(row.text))
    show(quality)
    for note in result.notes:
        typer.echo(tr("Note: {note}", note=note))
    if len(result.rejected):
        typer.echo(tr("The first cells that could not be read:"))
        for line in bad_rows(result.rejected):
            typer.echo(f"  {line}")
    problems = []
    if result.kind == "transactions":
        table = result.table if isinstance(result, ReadResult) else result.extremes()
        problems = check_transactions(table)
        if not problems and isinstance(result, ReadResult):
            problems = check_repeat(table)
    for problem in problems:
        typer.echo(tr("Problem: {problem}", problem=problem))
    reports = [spec.name for spec in REPORTS.values() if result.kind in spec.mains]
    if reports and not problems:
        typer.echo(
            tr(
                "Reports from it: {reports}; for example crmlab report run {name} --data FILE",
                reports=tr(", ").join(reports),
                name=reports[0],
            )
        )


@data.command("simulate")
def data_simulate(
    name: Annotated[str, typer.Argument(help="A simulated case: retail, hotel, bank …")],
    *,
    customers: Annotated[int, typer.Option("--customers", help="Number of customers.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")] = 1,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to make; default: NAME-SEED.")] = None,
    dirt: Annotated[
        str,
        typer.Option("--dirt", help="Kinds of dirt, by commas, or all: duplicates, refunds, dates, gbk …"),
    ] = "",
    lang: Lang = "en",
) -> None:
    """Make data of any size with a known truth, block by block; a run that was stopped goes on."""
    from crmlab.simulate.runs import simulate_to
    from crmlab.text import number, speaking, tr

    with speaking(lang), steps(tr("Blocks of customers")) as progress:
        run = simulate_to(
            name,
            out or Path(f"{name}-{seed}"),
            customers=customers,
            seed=seed,
            dirt=dirt.split(","),
            progress=progress,
        )
        typer.echo(str(run.folder))
        table = new_table(tr("Table"), tr("Rows"))
        for file, rows in run.rows.items():
            table.add_row(f"{file}.csv", number(rows))
        show(table)
        if run.dirt:
            touched = new_table(tr("Dirt"), tr("Rows touched"))
            for kind, rows in run.dirt.items():
                touched.add_row(kind, number(rows))
            show(touched)
