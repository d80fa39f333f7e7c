"""Hygiene of the sources: what `crmlab check` asks of notebooks and of the catalogue of messages."""

from __future__ import annotations

import ast
import json
import re
import string
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crmlab.course.checked import checks_problems
from crmlab.course.editions import TAGS
from crmlab.course.parity import problems as parity_problems
from crmlab.errors import CrmlabError
from crmlab.execution.notebooks import read, tags
from crmlab.text.catalogue import catalogue

__all__ = [
    "catalogue_problems",
    "check_all",
    "notebook_files",
    "notebook_problems",
    "ruff_problems",
    "untranslated",
]

LONGEST_CELL = 15
_DIRECTIVE = re.compile(r"^\s*(?:`{3,}|:{3,}|~{3,})\s*\{[\w:.-]+\}", re.MULTILINE)
_ROLE = re.compile(r"\{(?!cite(?::[pt])?\})[a-z][\w:.-]*\}`")
#: pyflakes, pycodestyle, isort, pyupgrade, bugbear, simplify, names; what the form of a notebook forbids is left out
_RUFF = ("--select=F,E,W,I,UP,B,SIM,C4", "--ignore=E402,B018,E501,F821")


def check_all(root: Path) -> list[str]:
    """Return everything that is wrong with the notebooks under ``root``, the messages of the package, and the list of checks.

    Parameters
    ----------
    root
        The repository, with ``notebooks/``.

    """
    files = notebook_files(root)
    found: list[str] = []
    for path in files:
        shown = path.relative_to(root).as_posix()
        try:
            found += [f"{shown}: {line}" for line in notebook_problems(read(path), name=path.stem)]
            raw = json.loads(path.read_text(encoding="utf-8"))
            if (raw.get("nbformat"), raw.get("nbformat_minor")) < (4, 5):
                found.append(
                    f"{shown}: format {raw.get('nbformat')}.{raw.get('nbformat_minor')}; wanted 4.5, for cell ids"
                )
        except (CrmlabError, ValueError) as err:
            found.append(f"{shown}: {err}")
    return [
        *found,
        *ruff_problems(files, root),
        *untranslated(),
        *catalogue_problems(),
        *checks_problems(root),
    ]


def notebook_files(root: Path) -> list[Path]:
    """Return the source notebooks."""
    return sorted(
        path for path in (root / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
    )


def notebook_problems(nb: Any, *, name: str = "") -> list[str]:
    """Return what is wrong with one source notebook.

    Checked: no outputs or execution counts; kernelspec python3; ids unique and readable; code cells of at most 15
    lines, without trailing blanks; one ``parameters`` cell with ``lang``, in a chapter also ``student``; known tags;
    no directives or roles that show as raw text in JupyterLab; answers, solutions and checks in a row; parity.
    """
    found: list[str] = []
    if nb.metadata.get("kernelspec", {}).get("name") != "python3":
        found.append("kernelspec is not python3")
    ids = [cell.get("id", "") for cell in nb.cells]
    found += [f"{cell_id}: id occurs {count} times" for cell_id, count in Counter(ids).items() if count > 1]
    found += [f"{cell_id}: the id is random; give it a name" for cell_id in ids if _is_random(cell_id)]
    for cell in nb.cells:
        cell_id = cell.get("id", "?")
        lines = _code_problems(cell) if cell.cell_type == "code" else _prose_problems(cell)
        lines += [f"unknown tag {tag!r}" for tag in sorted(tags(cell) - TAGS)]
        found += [f"{cell_id}: {line}" for line in lines]
    return [*found, *_parameters_problems(nb, name), *_exercise_problems(nb), *parity_problems(nb)]


def _is_random(cell_id: str) -> bool:
    return not cell_id or bool(re.fullmatch(r"[0-9a-f]{8}|[0-9a-f-]{32,36}", cell_id))


def _code_problems(cell: Any) -> list[str]:
    found = []
    if cell.get("outputs") or cell.get("execution_count") is not None:
        found.append("has outputs or an execution count; clear them")
    lines = cell.source.splitlines()
    if len(lines) > LONGEST_CELL:
        found.append(f"{len(lines)} lines of code; {LONGEST_CELL} at most")
    found += [
        f"line {number}: trailing blanks" for number, line in enumerate(lines, 1) if line != line.rstrip()
    ]
    if cell.source != cell.source.strip("\n"):
        found.append("begins or ends with an empty line")
    if not cell.source.strip():
        found.append("is empty")
    try:
        messages = [message for _, message in _literals(cell.source)]
    except SyntaxError as err:
        return [*found, f"is no Python: line {err.lineno}"]
    known = catalogue("zh")
    found += [f"no Chinese text for {message!r}" for message in messages if not known.get(message)]
    if tags(cell) & {"en", "zh"}:
        found.append("code cells serve both languages; take off the tag en or zh")
    return found


def _prose_problems(cell: Any) -> list[str]:
    found = []
    match = _DIRECTIVE.search(cell.source)
    if match:
        found.append(f"a MyST directive shows as raw text in JupyterLab: {match[0].strip()}")
    prose = re.sub(r"^```.*?^```", "", cell.source, flags=re.DOTALL | re.MULTILINE)
    role = _ROLE.search(prose)
    if role:
        found.append(f"a MyST role shows as raw text in JupyterLab: {role[0]}…")
    if re.search(r"<(script|iframe|style|img)\b", prose, re.IGNORECASE):
        found.append("raw HTML that loads or styles; use Markdown")
    if not cell.source.strip():
        found.append("is empty")
    if cell.get("attachments"):
        found.append("has attachments; put the picture into book/images")
    return found


def _parameters_problems(nb: Any, name: str) -> list[str]:
    cells = [cell for cell in nb.cells if "parameters" in tags(cell)]
    if len(cells) != 1:
        return [f"{len(cells)} cells are tagged parameters; wanted one"]
    try:
        body = ast.parse(cells[0].source).body
    except SyntaxError as err:
        return [f"{cells[0].get('id')}: {err}"]
    names = set()
    for statement in body:
        targets = (
            statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        )
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    wanted = {"lang", "student"} if name.startswith("ch") else {"lang"}
    return [f"{cells[0].get('id')}: the parameters lack {missing}" for missing in sorted(wanted - names)]


def _exercise_problems(nb: Any) -> list[str]:
    """Check that each exercise is shown, answered, solved and checked, in that order, and that the bank has it."""
    from crmlab.course.bank import get

    found, calls = [], {"exercise": Counter[str](), "check": Counter[str](), "quiz": Counter[str]()}
    previous: frozenset[str] = frozenset()
    for cell in nb.cells:
        own = tags(cell)
        if "solution" in own and cell.cell_type == "code" and not previous & {"answer", "solution"}:
            found.append(f"{cell.get('id')}: a solution without an answer cell right before it")
        if cell.cell_type == "code":
            previous = own
            for kind, item in re.findall(r"\b(exercise|check|quiz)\(\s*[\"']([^\"']+)[\"']", cell.source):
                calls[kind][item] += 1
                try:
                    get(item)
                except CrmlabError as err:
                    found.append(f"{cell.get('id')}: {err}".replace("\n", " "))
                if kind not in own:
                    found.append(f"{cell.get('id')}: calls {kind}() without the tag {kind!r}")
    shown, checked = set(calls["exercise"]), set(calls["check"])
    found += [f"{item}: has no check" for item in sorted(shown - checked)]
    found += [f"{item}: has no statement" for item in sorted(checked - shown)]
    return found


def ruff_problems(files: list[Path], root: Path) -> list[str]:
    """Return what ruff says to the code cells."""
    if not files:
        return []
    command = [
        sys.executable, "-m", "ruff", "check", "--isolated", "--quiet", "--output-format=concise",
        "--line-length=110", "--target-version=py311", *_RUFF, *map(str, files),
    ]  # fmt: skip
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 - our own ruff
    if "No module named ruff" in run.stderr:
        return []
    lines = (run.stdout + run.stderr).strip().splitlines()
    return [line.replace(f"{root}/", "") for line in lines if line.strip() and not line.startswith("Found ")]


def _package() -> Path:
    return Path(__file__).resolve().parents[1]


def _messages() -> Iterator[tuple[str, int, str]]:
    """Yield file, line and text of every literal of ``tr`` and ``N_`` in the package."""
    package = _package()
    for path in sorted(package.rglob("*.py")):
        if "_share" not in path.parts:
            shown = path.relative_to(package.parent).as_posix()
            for line, message in _literals(path.read_text(encoding="utf-8")):
                yield shown, line, message


def _literals(source: str) -> Iterator[tuple[int, str]]:
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        first = call.args[0]
        if called in {"tr", "N_"} and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.lineno, first.value


def untranslated() -> list[str]:
    """Return the messages of the package that have no Chinese, each with file and line."""
    known = catalogue("zh")
    return [
        f"{path}:{line}: no Chinese text for {message!r}"
        for path, line, message in _messages()
        if not known.get(message)
    ]


def catalogue_problems() -> list[str]:
    """Return messages whose translation has other placeholders, or whose files contradict each other."""
    from babel.messages.pofile import read_po

    found: list[str] = []
    seen: dict[str, tuple[str, str]] = {}
    for path in sorted((_package() / "locale").rglob("*.po")):
        with path.open("rb") as file:
            entries = [entry for entry in read_po(file) if entry.id]
        for entry in entries:
            where, english, chinese = f"{path.name}:{entry.lineno}", str(entry.id), str(entry.string)
            if not chinese.strip():
                found.append(f"{where}: no text for {english!r}")
            elif _fields(english) != _fields(chinese):
                found.append(f"{where}: placeholders differ: {english!r}, {chinese!r}")
            elif english in seen and seen[english][0] != chinese:
                found.append(
                    f"{where}: {english!r} is {chinese!r} here and {seen[english][0]!r} in {seen[english][1]}"
                )
            seen.setdefault(english, (chinese, path.name))
    return found


def _fields(message: str) -> list[str]:
    try:
        return sorted(name for _, name, _, _ in string.Formatter().parse(message) if name is not None)
    except ValueError:
        return ["not a format string"]
