"""``crmlab data``: the cases of the course, and a look at anybody's own files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal, cast, get_args

import typer

from crmlab.cli.screen import DateFormat, Decimal, Lang, Map, Sheet, new_table, show
from crmlab.errors import ParameterError, did_you_mean

__all__ = ["data"]

# read_table checks both and says what is allowed
Kind = Literal["transactions", "survey", "contracts", "points", "tiers", "wallet"]
DecimalSign = Literal[".", ","] | None

data = typer.Typer(help="The course's cases, and a look at your own files.", no_args_is_help=True)


@data.command("list")
def data_list(lang: Lang = "en") -> None:
    """List the cases of the course."""
    from crmlab.data import list_cases
    from crmlab.text import number, speaking, tr

    with speaking(lang):
        table = new_table(tr("Case"), tr("Title"), tr("Kind"), tr("Tables"), tr("Rows"), tr("Licence"))
        kinds = {"real": tr("real"), "simulated": tr("simulated")}
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
    file: Annotated[Path, typer.Argument(help="A file of yours.")],
    *,
    kind: Annotated[
        str,
        typer.Option("--as", help="What it holds: transactions, survey, contracts, points, tiers or wallet."),
    ] = "transactions",
    lang: Lang = "en",
    mapping: Map = None,
    sheet: Sheet = None,
    date_format: DateFormat = None,
    decimal: Decimal = None,
) -> None:
    """Read a file as a report would, and say what was found; nothing is written."""
    from crmlab.data import check_repeat, check_transactions, read_table
    from crmlab.data.rejects import bad_rows
    from crmlab.reports.inputs import written_quality
    from crmlab.text import speaking, tr

    with speaking(lang):
        kinds = get_args(Kind)
        if kind not in kinds:
            near = did_you_mean(kind, kinds)
            raise ParameterError(
                tr("A file is read as {kinds}, not as “{kind}”.", kinds=tr(", ").join(kinds), kind=kind),
                problems=[tr("did you mean {near}?", near=near)] if near else (),
            )
        result = read_table(
            file,
            as_=cast("Kind", kind),
            mapping=mapping,
            sheet=sheet,
            date_format=date_format,
            decimal=cast("DecimalSign", decimal),
        )
        roles = new_table(tr("Role"), tr("Column"), tr("Known by"))
        known = {"name": tr("its name"), "content": tr("its content"), "given": tr("--map")}
        for match in result.mapping.values():
            roles.add_row(match.role, match.column, known.get(match.how, match.how))
        show(roles)
        quality = new_table(tr("Quality"), "")
        for row in written_quality(result).itertuples():
            quality.add_row(str(row.label), str(row.text))
        show(quality)
        for note in result.notes:
            typer.echo(tr("Note: {note}", note=note))
        if len(result.rejected):
            typer.echo(tr("The first cells that could not be read:"))
            for line in bad_rows(result.rejected):
                typer.echo(f"  {line}")
        if kind == "transactions":
            for problem in check_transactions(result.table) or check_repeat(result.table):
                typer.echo(tr("Problem: {problem}", problem=problem))


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
    from crmlab.cli.screen import steps
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
