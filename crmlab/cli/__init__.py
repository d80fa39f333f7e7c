"""The command line: thin, and quick to start.

Every command imports what it needs when it runs. Errors of crmlab become their message on standard error and their own
exit code; a traceback appears only with ``--debug``. Results go to standard output, progress to standard error.
"""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Annotated

import typer

from crmlab import __version__
from crmlab.cli.course import book, check, course, lab
from crmlab.cli.data import data
from crmlab.cli.language import asked_language, frame, speak
from crmlab.cli.reports import report
from crmlab.cli.screen import say
from crmlab.errors import CrmlabError

__all__ = ["app", "main"]

_INTERRUPTED = 130
_WITH_OPTIONS = 3  # so many words are a command with options, and no group alone

app = typer.Typer(
    name="crmlab",
    help="A course and report generator for customer relationship management, in English and Chinese.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(report, name="report")
app.add_typer(data, name="data")
app.add_typer(book, name="book")
app.add_typer(course, name="course")
app.command("lab")(lab)
app.command("check")(check)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [argument for argument in given if argument != "--debug"]
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot write Chinese shows question marks, and no traceback.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    lang = asked_language(given)
    try:
        with _terminated_like_interrupted():
            code = _run(given, lang)
        if code == _INTERRUPTED:  # typer has caught it already
            say(_stopped(lang))
    except Exception as error:  # the last place where an error can be told well
        if debug:
            raise
        code = _told(error, lang)
    except KeyboardInterrupt:
        say(_stopped(lang))
        code = _INTERRUPTED
    sys.exit(code if isinstance(code, int) else 0)


def _run(given: Sequence[str], lang: str) -> object:
    """Run the command; its help comes in the language asked for."""
    command = typer.main.get_command(app)
    if "--help" not in given:
        if len(given) < _WITH_OPTIONS:  # a group alone shows its help
            speak(command, lang)
        return command(list(given), standalone_mode=False, prog_name="crmlab")
    speak(command, lang)
    written = io.StringIO()
    with redirect_stdout(written):
        code = command(_without_language(given), standalone_mode=False, prog_name="crmlab")
    typer.echo(frame(written.getvalue(), lang), nl=False)
    return code


def _without_language(given: Sequence[str]) -> list[str]:
    """Leave out ``--lang``, which not every command has, and every command's help understands."""
    return [
        argument
        for at, argument in enumerate(given)
        if not argument.startswith("--lang") and given[max(at - 1, 0)] != "--lang"
    ]


def _told(error: Exception, lang: str) -> int:
    """Tell an error on standard error, and return its exit code."""
    if isinstance(error, CrmlabError):
        say(str(error))
        return error.exit_code
    message = getattr(error, "format_message", None)
    if message is not None:  # a wrong option or command, by typer
        said = message()
        say(frame(said, lang))
        context = getattr(error, "ctx", None)
        if context is not None and "--help" not in said:
            say(frame(f"Help: {context.command_path} --help", lang))
        return int(getattr(error, "exit_code", 2))
    if isinstance(error, typer.Abort):
        say(_stopped(lang))
        return _INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return 0
    from crmlab.text.catalogue import tr

    say(
        tr(
            "crmlab failed: {kind}: {reason}",
            lang=lang,
            kind=type(error).__name__,
            reason=str(error),
        )
    )
    say(tr("This should not happen; the same command with --debug shows where.", lang=lang))
    return 1


def _stopped(lang: str) -> str:
    from crmlab.text.catalogue import tr

    return tr("Stopped; nothing was written.", lang=lang)


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Clean up after SIGTERM as after Ctrl-C."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"crmlab {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _show: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda value: _version(wanted=value),
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Do nothing; the options have callbacks of their own."""
