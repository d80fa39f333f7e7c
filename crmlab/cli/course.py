"""``crmlab book``, ``crmlab lab``, ``crmlab check``: the course."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from crmlab.cli.screen import Lang, say

if TYPE_CHECKING:
    from crmlab.course.editions import Audience

__all__ = ["book", "check", "course", "lab"]

book = typer.Typer(help="The course's site.", no_args_is_help=True)
course = typer.Typer(help="The course's chapters as files.", no_args_is_help=True)


@book.command("build")
def book_build(
    lang: Annotated[str, typer.Option("--lang", help="Editions to build, with commas between.")] = "en,zh",
) -> None:
    """Run chapters and reports, and build the site and the PDFs."""
    from crmlab.course.site.build import build_book

    built = build_book([one.strip() for one in lang.replace("，", ",").split(",") if one.strip()], say=say)
    typer.echo(built.report())


@course.command("export")
def course_export(
    audience: Annotated[str, typer.Option("--audience", help="instructor or student.")] = "instructor",
    lang: Lang = "en",
    out: Annotated[Path, typer.Option("--out", help="Folder of the files.")] = Path("out"),
) -> None:
    """Write the chapters for teachers (with solutions) or for students (without)."""
    from crmlab.course.export import export_chapters

    for path in export_chapters(out, lang, cast("Audience", audience), progress=say):
        typer.echo(str(path))


def lab(
    lang: Lang = "en",
    out: Annotated[Path, typer.Option("--out", help="The student's workspace.")] = Path("workspace"),
    student: Annotated[str, typer.Option("--student", help="The student's number.")] = "0",
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
) -> None:
    """Open JupyterLab on a student's workspace."""
    from crmlab.course.workspace import open_lab

    raise typer.Exit(open_lab(lang, out=out, student=student, browser=browser, progress=say))


def check(
    write: Annotated[
        bool, typer.Option("--write", help="First write book/checked.yml from the tests.")
    ] = False,
) -> None:
    """Check the notebooks, the messages, and the list of what was checked against what."""
    from crmlab._paths import share
    from crmlab.course.checked import write_checks
    from crmlab.course.hygiene import check_all

    root = share("notebooks").parent
    if write:
        typer.echo(f"book/checked.yml: {write_checks(root)} checks")
    problems = check_all(root)
    for problem in problems:
        typer.echo(problem)
    if problems:
        raise typer.Exit(1)
    typer.echo("Notebooks, messages and checks are in order.")
