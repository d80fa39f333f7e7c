"""What goes wrong, said so that the reader can mend it.

Every error of crmlab derives from :class:`CrmlabError`. A message says what was got, what is allowed, where it
stands (the first five rows), and what to do next; several problems are told at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = [
    "CrmlabError",
    "CrmlabWarning",
    "DataError",
    "FitError",
    "MissingExtraError",
    "MissingGlyphsError",
    "ParameterError",
    "ReportError",
    "did_you_mean",
]


class CrmlabWarning(UserWarning):
    """Something the reader should know and that does not stop the work."""


class CrmlabError(Exception):
    """Root of crmlab's errors.

    Parameters
    ----------
    message
        What went wrong, in one sentence.
    problems
        Single problems, each a line of its own under the message.
    hint
        What to do next.

    """

    #: exit code of the command line when this error ends it
    exit_code = 1

    def __init__(self, message: str, *, problems: Sequence[str] = (), hint: str | None = None) -> None:
        self.message = message
        self.problems = tuple(problems)
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        lines = [self.message, *(f"  - {problem}" for problem in self.problems)]
        if self.hint:
            lines.append(self.hint)
        return "\n".join(lines)


class DataError(CrmlabError, ValueError):
    """The data cannot be used as they are."""

    exit_code = 3


class ParameterError(CrmlabError, ValueError):
    """A parameter is unknown, of the wrong type, or out of its range."""

    exit_code = 2


class FitError(CrmlabError, RuntimeError):
    """A model could not be fitted; the message says what in the data stands against it."""

    exit_code = 4


class ReportError(CrmlabError, RuntimeError):
    """A report or a chapter stopped while it ran."""

    exit_code = 5


class MissingGlyphsError(ReportError):
    """The fonts that come with the installation lack characters of the document."""


class MissingExtraError(CrmlabError, ImportError):
    """An optional part is not installed; the message carries the install line."""

    exit_code = 6

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the extra '{extra}'.", hint=f'Install it: pip install "crmlab[{extra}]"'
        )
        self.extra = extra


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return the known name nearest to a mistyped one, or None.

    >>> did_you_mean("horizont_months", ["horizon_months", "time_unit"])
    'horizon_months'
    """
    from difflib import get_close_matches

    found = get_close_matches(str(name), list(known), n=1, cutoff=0.6)
    return found[0] if found else None
