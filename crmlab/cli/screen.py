"""What the commands have in common: options, tables, and lines on the screen."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console
    from rich.table import Table as ScreenTable

__all__ = [
    "DateFormat",
    "Decimal",
    "Encoding",
    "Lang",
    "Map",
    "MapFile",
    "Query",
    "Sheet",
    "Table",
    "new_console",
    "new_table",
    "say",
    "show",
    "steps",
]

Lang = Annotated[str, typer.Option("--lang", envvar="CRMLAB_LANG", help="Language: en or zh.")]
Sheet = Annotated[
    str | None, typer.Option("--sheet", help="Of a workbook: the sheet's name, or its number from 1.")
]
Map = Annotated[
    str | None,
    typer.Option("--map", help="Which column is what: customer=会员号,date=下单时间,amount=实付金额"),
]
MapFile = Annotated[
    list[str] | None,
    typer.Option("--map-file", help="File with the mapping of columns, made by data check --save-map."),
]
Table = Annotated[str | None, typer.Option("--table", help="Of a database: the table's name.")]
Query = Annotated[
    str | None, typer.Option("--query", help="Of a database: what to read, in SQL, beginning with SELECT.")
]
Encoding = Annotated[
    str | None,
    typer.Option("--encoding", help="Of a text file: utf-8, gb18030, big5, utf-16 … (default: as it is)."),
]
DateFormat = Annotated[
    str | None,
    typer.Option("--date-format", help="Order of day, month and year: dmy, mdy, ymd, or DD/MM/YYYY."),
]
Decimal = Annotated[
    str | None,
    typer.Option("--decimal", help="Decimal sign of the amounts: . or , (default: as the column says)."),
]


def say(text: str) -> None:
    """Write a line on standard error: progress and what went wrong."""
    typer.echo(text, err=True)


def new_table(*heads: str, whole: int = 0) -> ScreenTable:
    """Return a table with these heads; the column `whole` is never broken."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for at, head in enumerate(heads):
        table.add_column(head, overflow="fold", no_wrap=at == whole)
    return table


def new_console(*, err: bool = False) -> Console:
    """Return standard output, or standard error, for texts and tables."""
    from rich.console import Console

    stream = sys.stderr if err else sys.stdout
    width = None if stream.isatty() else 120
    return Console(stderr=err, markup=False, highlight=False, emoji=False, width=width)


def show(what: object) -> None:
    """Write a text or a table on standard output."""
    new_console().print(what)


@contextmanager
def steps(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far long work is: a bar with the time left on a terminal, a line a step in a log."""
    if not sys.stderr.isatty():
        yield lambda done, total: say(f"{what}: {done}/{total}")
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
