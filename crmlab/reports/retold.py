"""What the science says of data that it cannot use, in the reader's language.

Science knows no language. Of its messages, those that a user's file can reach through a report stand here, and are put
into the language spoken where the error leaves the report. All else is checked before the science is asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crmlab import errors
from crmlab.errors import CrmlabError, ReportError
from crmlab.reports.retold_paths import PATHS
from crmlab.text import N_, tr

if TYPE_CHECKING:
    from crmlab.reports.registry import ReportSpec

__all__ = ["failure", "retold"]

#: what is said in English, and the message of the catalogue that says the same
_KNOWN = tuple(
    (re.compile(pattern), message)
    for pattern, message in (
        (
            r"No purchase is left once refunds are settled\.",
            N_("No purchase is left once refunds are taken off: every purchase was refunded in full."),
        ),
        (
            r"Look at the signs of the amounts: purchases must be positive, refunds negative\.",
            N_("Look at the signs of the amounts: purchases must be positive, refunds negative."),
        ),
        (
            r"There is one customer only: .* of one customer says nothing\.",
            N_("Once refunds are taken off, one customer only is left; the report needs two or more."),
        ),
        (
            r"Check that the customer column holds the customers' ids, not the shop's or the account's\.",
            N_("Check that the customer column holds the customers' ids, not the shop's or the account's."),
        ),
        (
            r"(?P<count>\d+) account\(s\) fall below 0: more points leave than were there\.",
            N_("{count} accounts fall below 0: more points leave than were there."),
        ),
        (
            r"customer '(?P<customer>.+)', row (?P<row>\d+) \((?P<day>[\d-]+)\): (?P<points>\S+) \w+, (?P<short>\S+) more than there were",
            N_(
                "row {row} ({day}): {points} points leave the account of {customer}, {short} more than were there or still valid"
            ),
        ),
        (
            r"If the ledger begins in the middle, .* Or points are valid for longer than (?P<months>\d+) months\.",
            N_(
                "Points are valid for longer than {months} months, it seems; set points_valid_months. Or the ledger begins in the middle: add opening balances."
            ),
        ),
        (r"(?P<what>.+) needs the extra '(?P<extra>\w+)'\.", N_("{what} needs the extra “{extra}”.")),
        (r'Install it: (?P<command>pip install "crmlab\[\w+\]")', N_("Install it: {command}")),
        *PATHS,
    )
)


def retold(error: CrmlabError) -> CrmlabError:
    """Put an error's message, problems and hint into the language spoken now, as far as they are known.

    Returns
    -------
    CrmlabError
        The same error.

    """
    error.message = _said(error.message)
    error.problems = tuple(map(_said, error.problems))
    error.hint = _said(error.hint) if error.hint else error.hint
    return error


def _said(line: str) -> str:
    for pattern, message in _KNOWN:
        if found := pattern.fullmatch(line):
            words = found.groupdict()
            return tr(message, **words | {"why": _said(words["why"])} if "why" in words else words)
    return line


def failure(spec: ReportSpec, error: ReportError) -> CrmlabError:
    """Turn the failure of a cell into the error that the cell raised, where crmlab knows it."""
    cause: Any = error.__cause__
    name, said = getattr(cause, "ename", None), str(getattr(cause, "evalue", ""))
    kind = getattr(errors, name, None) if name else None
    if isinstance(kind, type) and issubclass(kind, CrmlabError):
        message, problems, hint = _taken_apart(said)
        if issubclass(kind, errors.MissingExtraError):
            kind = ReportError
        return kind(message, problems=problems, hint=hint)
    if name is None:
        return error
    return ReportError(
        tr("The report “{title}” stopped with an error of its own.", title=tr(spec.title)),
        problems=[f"{name}: {said.strip()}", *error.problems],
        hint=tr("Please report it, with the parameters you gave; --debug shows where it happened."),
    )


def _taken_apart(said: str) -> tuple[str, list[str], str | None]:
    """Return message, problems and hint of an error that was written out."""
    lines = said.splitlines() or [""]
    problems = [line[4:] for line in lines[1:] if line.startswith("  - ")]
    rest = [line for line in lines[1:] if not line.startswith("  - ")]
    return lines[0], problems, "\n".join(rest) or None
