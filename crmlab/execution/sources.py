"""Which parts of crmlab a notebook stands on, read from import statements without running anything."""

from __future__ import annotations

import ast
import hashlib
import re
import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from crmlab._paths import share
from crmlab.errors import CrmlabError

__all__ = ["cases_of", "digest", "modules_of"]

_PACKAGE = Path(__file__).resolve().parents[1]
_BANK = "crmlab.course.bank.ch"
#: files outside the package that a module reads
_READS = {"crmlab.course.glossary": ("book", "glossary/*.yml")}
_LARGEST = 1_000_000
_ONE_AT_A_TIME = threading.Lock()


def modules_of(sources: Iterable[str]) -> dict[str, Path]:
    """Return the crmlab modules that code cells import, directly and through other modules.

    Parameters
    ----------
    sources
        Sources of code cells.

    Returns
    -------
    dict
        Name to file, sorted by name. Imports inside functions and under ``TYPE_CHECKING`` count; a module imported
        by a computed name counts with all others of that prefix. Of the question bank, only chapters whose items
        are named in the cells count.

    Examples
    --------
    >>> [name for name in modules_of(["from crmlab.errors import did_you_mean"])]
    ['crmlab', 'crmlab.errors']

    """
    cells = list(sources)
    known = _known()
    found: dict[str, Path] = {}
    waiting: list[str] = []
    for cell in cells:
        waiting += _imports(_python(cell), package="")
        waiting += [f"{_BANK}{number}" for number in re.findall(r"[\"']ch(\d\d)-", cell)]
    while waiting:
        name = waiting.pop()
        if name.endswith("*"):
            waiting += (
                [other for other in known if other.startswith(name[:-1])] if name != f"{_BANK}*" else []
            )
            continue
        if name in found or name not in known:
            continue
        found[name] = known[name]
        waiting += _parents(name)
        waiting += _file_imports(known[name], known[name].stat().st_mtime_ns)
    return dict(sorted(found.items()))


def digest(modules: dict[str, Path]) -> str:
    """Return the sha256 of modules, of the files that stand beside them, and of all catalogues of messages."""
    files = set(modules.values())
    for folder in {path.parent for path in modules.values()}:
        files |= {
            path
            for path in folder.iterdir()
            if path.is_file() and path.suffix not in {".py", ".pyc"} and path.stat().st_size < _LARGEST
        }
    files |= set((_PACKAGE / "locale").rglob("*.po"))
    lines = [f"{path.relative_to(_PACKAGE).as_posix()} {_sha256(path)}" for path in files]
    for name, (root, pattern) in _READS.items():
        if name in modules:
            lines += [f"{root}/{path.name} {_sha256(path)}" for path in share(root).glob(pattern)]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def cases_of(sources: Iterable[str], declared: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the cases that a notebook loads: those its metadata declare, and literal ``load_case("…")`` calls.

    >>> cases_of(['case = load_case("retail")'], ["mobi"])
    ('mobi', 'retail')
    """
    named = set(declared)
    for cell in sources:
        named |= {match[2] for match in re.finditer(r"\bload_case\(\s*([\"'])([\w-]+)\1", cell)}
    return tuple(sorted(named))


def _parse(source: str) -> ast.Module:
    # CPython 3.11 counts the depth of a tree in one place for all threads and stops when two parse at once.
    with _ONE_AT_A_TIME:
        return ast.parse(source)


def _python(cell: str) -> ast.Module:
    # Magics and shell lines are no Python; crmlab's notebooks have none, a user's may.
    plain = "\n".join("" if re.match(r"\s*[%!?]", line) else line for line in cell.splitlines())
    try:
        return _parse(plain)
    except SyntaxError as err:
        raise CrmlabError(
            "A code cell is not Python.", problems=[f"line {err.lineno}: {(err.text or '').strip()}"]
        ) from err


def _known() -> dict[str, Path]:
    known = {}
    for path in _PACKAGE.rglob("*.py"):
        parts = path.relative_to(_PACKAGE.parent).with_suffix("").parts
        if "_share" in parts:
            continue
        known[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return known


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


@lru_cache(maxsize=1024)
def _file_imports(path: Path, _modified: int) -> tuple[str, ...]:
    parts = path.relative_to(_PACKAGE.parent).with_suffix("").parts
    return tuple(_imports(_parse(path.read_text(encoding="utf-8")), package=".".join(parts[:-1])))


def _imports(tree: ast.AST, *, package: str) -> list[str]:
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")
                above = above[: len(above) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and _is_import_module(node.func) and node.args:
            names += _computed(node.args[0])
    return [name for name in names if name == "crmlab" or name.startswith("crmlab.")]


def _is_import_module(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in {"import_module", "__import__"}


def _computed(name: ast.expr) -> list[str]:
    """Return a literal name, or the literal beginning of a computed one with a star."""
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        return [name.value]
    if isinstance(name, ast.JoinedStr) and name.values and isinstance(name.values[0], ast.Constant):
        return [f"{name.values[0].value!s}*"]
    return []


def _sha256(path: Path) -> str:
    state = path.stat()
    return _hashed(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4096)
def _hashed(path: Path, _modified: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
