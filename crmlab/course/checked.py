"""What was checked against what: read from the markers of the tests, kept in ``book/checked.yml``.

A test says what it checks by ``@pytest.mark.checks("clv.fit_bg_nbd", kind="published", against="fader2005bgnbd")``; the
first sentence of its docstring says it to a reader. A wheel carries no tests, so the rows stand in a file beside the
pages of the book; ``crmlab check`` fails when the file is not what the tests say, ``crmlab check --write`` writes it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from crmlab._files import write_whole
from crmlab._paths import share
from crmlab.course.citations import works
from crmlab.course.functions import group_of
from crmlab.errors import DataError, did_you_mean
from crmlab.text.catalogue import catalogue

__all__ = [
    "KINDS",
    "TRAPS",
    "Check",
    "Exempt",
    "checks_problems",
    "collect",
    "exempt",
    "first_sentence",
    "read_checks",
    "write_checks",
]

#: kinds of checks, in the order in which a page shows them
KINDS = ("published", "second", "recovery", "invariant", "trap")
#: where libraries of this field fail most; each has a test of its own
TRAPS = (
    "overflow",
    "degenerate resamples",
    "one-time buyers",
    "same-day purchases",
    "refunds",
    "non-convergence",
)
_NAME, _EXEMPT = "checked.yml", "checked-exempt.yml"
_HEAD = "# Made from the markers of the tests by `crmlab check --write`; do not edit.\n"
#: a sentence ends before a capital letter, but not after these
_SHORT = ("al.", "vs.", "p.", "pp.", "e.g.", "i.e.", "No.", "Nr.", "ca.", "cf.", "ch.", "Ex.", "eq.")


@dataclass(frozen=True)
class Check:
    """One check of a test: which functions, how, against what, and what the test says of it.

    Attributes
    ----------
    functions
        Names below ``crmlab``, as users import them: ``weights.ahp``.
    kind
        One of :data:`KINDS`.
    against
        A key of ``book/references.bib``, a program, a way of computing, or a trap; empty where the kind says it all.
    says
        First sentence of the test's docstring.
    test
        ``tests/…/test_….py::test_…``.

    """

    functions: tuple[str, ...]
    kind: str
    against: str
    says: str
    test: str


@dataclass(frozen=True)
class Exempt:
    """A function that needs no check of a kind, and why, in both languages."""

    function: str
    kinds: tuple[str, ...]
    why: str
    why_zh: str


def collect(root: Path) -> list[Check]:
    """Return the checks that the tests under ``root/tests`` claim, in the order of their files.

    Raises
    ------
    DataError
        A marker that is not literal, of no known kind, or on a test without a docstring; all are told at once.

    """
    found: list[Check] = []
    problems: list[str] = []
    for path in sorted((root / "tests").rglob("test_*.py")):
        shown = path.relative_to(root).as_posix()
        source = path.read_text(encoding="utf-8")
        if "mark.checks" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                for call in _markers(node):
                    try:
                        found.append(_check(node, call, f"{shown}::{node.name}"))
                    except ValueError as err:
                        problems.append(f"{shown}:{call.lineno}: {err}")
    if problems:
        raise DataError("Some tests do not say what they check.", problems=problems)
    return sorted(found, key=lambda check: (check.test, KINDS.index(check.kind), check.functions))


def _markers(node: ast.FunctionDef) -> Iterator[ast.Call]:
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else None
        if isinstance(called, ast.Attribute) and ast.unparse(called).endswith("mark.checks"):
            yield decorator  # type: ignore[misc]  # a Call, as asked two lines above


def _check(node: ast.FunctionDef, call: ast.Call, test: str) -> Check:
    try:
        functions = tuple(ast.literal_eval(argument) for argument in call.args)
        told = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    except ValueError:
        raise ValueError("the marker's arguments must be literal strings") from None
    if not functions or not all(isinstance(name, str) for name in functions):
        raise ValueError("the marker names no function")
    unknown = sorted(set(told) - {"kind", "against"})
    if unknown:
        raise ValueError(f"the marker takes kind and against, not {', '.join(unknown)}")
    kind = str(told.get("kind"))
    if kind not in KINDS:
        near = did_you_mean(kind, KINDS)
        raise ValueError(f"kind {kind!r} is none of {', '.join(KINDS)}" + (f"; {near}?" if near else ""))
    doc = ast.get_docstring(node)
    if not doc:
        raise ValueError(f"{node.name} has no docstring")
    against = str(told.get("against") or "")
    if kind in {"published", "second"} and not against:
        raise ValueError(f"{node.name}: against what? (kind {kind!r})")
    return Check(functions, kind, against, first_sentence(doc), test)


def first_sentence(text: str) -> str:
    """Return the first sentence of a docstring, on one line.

    >>> first_sentence("Weights of Saaty et al. Table 2 are met. More follows.")
    'Weights of Saaty et al. Table 2 are met.'
    """
    line = " ".join(text.split("\n\n", 1)[0].split())
    for match in re.finditer(r"[.!?](?=\s+[A-Z])", line):
        if not line[: match.end()].endswith(_SHORT):
            return line[: match.end()]
    return line


def _text(checks: Sequence[Check]) -> str:
    rows = (
        {
            "functions": list(check.functions),
            "kind": check.kind,
            "against": check.against,
            "says": check.says,
            "test": check.test,
        }
        for check in checks
    )
    return _HEAD + "".join(f"- {json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def write_checks(root: Path) -> int:
    """Write ``book/checked.yml`` from the tests, and return how many checks it lists.

    Raises
    ------
    DataError
        There are no tests, as in an installed package, or some do not say what they check.

    """
    if not (root / "tests").exists():
        raise DataError(
            "An installed crmlab carries no tests to read.",
            hint="Run the command in a checkout of the sources.",
        )
    checks = collect(root)
    write_whole(root / "book" / _NAME, _text(checks))
    return len(checks)


def read_checks() -> list[Check]:
    """Return the checks of ``book/checked.yml``."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    rows = yaml.load((share("book") / _NAME).read_text(encoding="utf-8"), Loader=loader) or []  # noqa: S506 - both are safe loaders
    return [Check(**{**row, "functions": tuple(row["functions"])}) for row in rows]


def exempt() -> list[Exempt]:
    """Return the functions that need no check of some kind, with the reasons that the page shows."""
    rows = yaml.safe_load((share("book") / _EXEMPT).read_text(encoding="utf-8")) or []
    return [Exempt(**{**row, "kinds": tuple(row["kinds"])}) for row in rows]


def checks_problems(root: Path) -> list[str]:
    """Return what is wrong with the checks: a stale file, a work or a Chinese sentence that is missing."""
    if not (root / "tests").exists():
        return []
    try:
        checks = collect(root)
    except DataError as err:
        return [f"checks: {line}" for line in err.problems]
    path = root / "book" / _NAME
    found = []
    if not path.exists() or path.read_text(encoding="utf-8") != _text(checks):
        found.append(f"book/{_NAME}: not what the tests say; run `crmlab check --write`")
    known, chinese = works(), catalogue("zh")
    for check in checks:
        found += [f"{check.test}: no module of {name!r}" for name in check.functions if not group_of(name)]
        if check.kind == "published" and check.against not in known:
            near = did_you_mean(check.against, known)
            found.append(
                f"{check.test}: book/references.bib has no {check.against!r}"
                + (f"; did you mean {near!r}?" if near else "")
            )
        words = " " in check.against and check.against not in known
        if words and not chinese.get(check.against):
            found.append(f"{check.test}: no Chinese in checks.po for {check.against!r}")
        if not chinese.get(check.says):
            found.append(f"{check.test}: no Chinese in checks.po for {check.says!r}")
    return found
