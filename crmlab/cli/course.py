"""``crmlab book``, ``crmlab lab``, ``crmlab check``: the course."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmlab.cli.screen import Lang, say

__all__ = ["book", "check", "lab"]

book = typer.Typer(help="The course's site.", no_args_is_help=True)


@book.command("build")
def book_build(
    lang: Annotated[str, typer.Option("--lang", help="Editions to build, with commas between.")] = "en,zh",
) -> None:
    """Run chapters and reports, and build the site and the PDFs."""
    from crmlab.course.site.build import build_book

    built = build_book([one.strip() for one in lang.replace("，", ",").split(",") if one.strip()], say=say)
    typer.echo(built.report())


def lab(
    lang: Lang = "en",
    out: Annotated[Path, typer.Option("--out", help="The student's workspace.")] = Path("workspace"),
    student: Annotated[
        str, typer.Option("--student", help="The student's number; it varies the exercises.")
    ] = "0",
    *,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
) -> None:
    """Open JupyterLab on a student's workspace."""
    from crmlab.course.workspace import open_lab

    code = open_lab(lang, out, student, browser=browser)
    if code:
        raise typer.Exit(code)


def check() -> None:
    """Check the notebooks: pairs of languages, ids, tags, no outputs."""
    from crmlab._paths import share
    from crmlab.course.hygiene import check_all

    problems = check_all(share("notebooks").parent)
    for problem in problems:
        typer.echo(problem)
    if problems:
        raise typer.Exit(1)
    typer.echo("Notebooks and messages are in order.")
