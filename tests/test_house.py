"""Tests of the house itself: floors, start-up, lock, and what must not stand in any file."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import crmlab

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "crmlab"

#: module or package directly below crmlab -> floor
FLOORS = {
    "errors": 0,
    "_files": 0,
    "_paths": 0,
    **dict.fromkeys(
        ("_arguments", "_occasions", "_shares", "clv", "cohorts", "csi", "grading", "lifecycle", "loyalty", "pls", "programme",
         "questionnaire", "rfm",
         "satisfaction", "value"),
        1,
    ),
    **dict.fromkeys(("evaluation", "kano", "weights"), 1),
    **dict.fromkeys(("data", "privacy", "simulate"), 2),
    **dict.fromkeys(("plots", "show", "text"), 3),
    **dict.fromkeys(("course", "execution", "reports"), 4),
    **dict.fromkeys(("__main__", "cli"), 5),
}  # fmt: skip


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == "crmlab"}


def test_every_module_has_a_floor():
    """A new module is given its floor here, so that the rule below covers it."""
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" and path.stem != "__init__"}
    there |= {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert there == set(FLOORS)


def test_no_floor_imports_from_above():
    """Science knows no data, data no plots, plots no reports; messages (crmlab.text.catalogue) are for all."""
    problems = []
    for path in PACKAGE.rglob("*.py"):
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for name in _imports(path):
            parts = name.split(".")
            if (
                own == "__init__"
                or len(parts) < 2
                or parts[1] not in FLOORS
                or name.startswith("crmlab.text.catalogue")
            ):
                continue
            if FLOORS[parts[1]] > FLOORS[own]:
                problems.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not problems


def test_importing_crmlab_loads_nothing_heavy():
    """`import crmlab` is quick because it loads none of the libraries that it may need later."""
    code = (
        "import sys, crmlab; heavy = {'numpy', 'pandas', 'scipy', 'matplotlib', 'plotly', 'duckdb', 'pingouin', "
        "'papermill', 'typst', 'ibis', 'pyarrow'}; print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_line_starts_without_heavy_libraries():
    """`crmlab --version` answers at once."""
    code = (
        "import sys, crmlab.cli; heavy = {'pandas', 'scipy', 'matplotlib', 'plotly', 'duckdb', 'papermill', 'typst', 'ibis'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_lock_has_hashes_and_no_urls():
    """The lock names packages and checksums; where they come from is the user's setting."""
    for name in ("requirements.lock", "requirements-spark.txt", "requirements-data.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
        for entry in entries:
            assert "==" in entry.splitlines()[0]
            assert "--hash=sha256:" in entry


def test_the_lock_knows_every_declared_dependency():
    """What pyproject.toml asks for is pinned in the lock, Spark and the large data sets in files of their own."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = list(project["project"]["dependencies"])
    wanted += [line for extra in project["project"]["optional-dependencies"].values() for line in extra]
    wanted += project["dependency-groups"]["dev"]
    locks = ("requirements.lock", "requirements-spark.txt", "requirements-data.txt")
    text = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in locks)
    pinned = set(re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE))
    for line in wanted:
        name = re.split(r"[<>=!~\[; ]", line)[0].lower().replace("_", "-").replace(".", "-")
        assert name in pinned, line


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_registry_or_a_machine():
    """No package registry's host and no path of one machine stands in any file."""
    hosts = (
        "pypi" + ".org",
        "python" + "hosted",
        "npm" + "js.",
        "deb" + "ian.org",
        "files.python" + "hosted",
    )
    paths = ("/work" + "/main", "/ro" + "ot/", "/home" + "/")
    problems = []
    for path in _tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        problems += [f"{path.relative_to(ROOT)}: {word}" for word in (*hosts, *paths) if word in text]
    assert not problems


def test_modules_stay_readable():
    """A module much over 400 lines wants splitting; the question bank, which is content, may be long."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in PACKAGE.rglob("*.py")
        if "bank" not in path.parts
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 550
    }
    assert not long


def test_the_version_is_told_once():
    """The package and its metadata agree on the version."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == crmlab.__version__


def test_readmes_are_twins():
    """The English and the Chinese README show the same commands and links."""
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")]
    for pattern in (r"^#+ ", r"`(?:make|crmlab) [a-z]+`", r"\]\((LICENSE[^)]*|C[A-Z]+\.md|docs/adr/[^)]*)\)"):
        found = [re.findall(pattern, text, re.MULTILINE) for text in texts]
        assert sorted(found[0]) == sorted(found[1]), pattern


def test_the_groups_of_functions_are_the_science():
    """Every public module of the science floor stands in a group of the function reference, and no other does."""
    from crmlab.course.functions import modules_of_science

    science = {name for name, floor in FLOORS.items() if floor == 1 and not name.startswith("_")}
    assert set(modules_of_science()) == science


def test_every_function_of_the_science_is_checked():
    """Each has a published number or a second implementation, and an invariant; every fit recovers simulated truth."""
    from crmlab.course.checked import collect, exempt
    from crmlab.course.functions import GROUPS, entries

    kinds: dict[str, set[str]] = {}
    for check in collect(ROOT):
        for name in check.functions:
            kinds.setdefault(name, set()).add(check.kind)
    spared = {one.function: set(one.kinds) for one in exempt()}
    problems = []
    for entry in (
        entry for group in GROUPS if group.science for entry in entries(group) if entry.is_function
    ):
        found = kinds.get(entry.dotted, set()) | spared.get(entry.dotted, set())
        if not found & {"published", "second"}:
            problems.append(f"{entry.dotted}: neither a published number nor a second implementation")
        if "invariant" not in found:
            problems.append(f"{entry.dotted}: no invariant")
        if entry.name.startswith("fit_") and "recovery" not in found:
            problems.append(f"{entry.dotted}: no recovery of simulated truth")
    assert not problems


def test_checks_name_what_users_import():
    """A marker names a function or class as users import it, so that its row leads to the reference."""
    from crmlab.course.checked import collect, exempt
    from crmlab.course.functions import GROUPS, entries

    known = {entry.dotted for group in GROUPS for entry in entries(group)}
    named = {name: check.test for check in collect(ROOT) for name in check.functions}
    named |= {one.function: "book/checked-exempt.yml" for one in exempt()}
    assert {name: test for name, test in named.items() if name not in known} == {}


def test_each_trap_of_the_field_has_its_test():
    """Overflow, degenerate resamples, one-time buyers, same-day purchases, refunds, non-convergence."""
    from crmlab.course.checked import TRAPS, collect

    assert set(TRAPS) <= {check.against for check in collect(ROOT) if check.kind == "trap"}


#: works by two authors or more as sentences name them: Lee & Newcomb 1997, Okabe and Ito (2008), Rust et al. (2004)
_NAMED = re.compile(
    r"\b([A-ZÀ-Þ][\w’'-]+)(?:(?:, [A-ZÀ-Þ][\w’'-]+)*,? (?:&|and) [A-ZÀ-Þ][\w’'-]+| et al\.),? \(?((?:18|19|20)\d\d)"
)
#: works in a docstring's list of references: first author, year
_LISTED = re.compile(
    r"^ *(?:\.\. \[\d+\] )?([A-ZÀ-Þ\u4e00-\u9fff][^,\s(]+)[^(]{0,160}\(((?:18|19|20)\d\d)", re.MULTILINE
)


def test_every_work_that_is_cited_is_in_the_bibliography():
    """What docstrings, messages and pages name by author and year has its entry in book/references.bib."""
    from crmlab.course.citations import works

    known = {(word, work.year) for work in works().values() for name in work.authors for word in name.split()}
    cited: dict[tuple[str, str], str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                _, _, listed = node.value.partition("References\n    ----------\n")
                listed = listed.split("Checked against")[0].split("Examples\n")[0]
                found = {*_NAMED.findall(node.value), *_LISTED.findall(listed)}
                cited |= dict.fromkeys(found, path.name)
    for path in sorted((ROOT / "book").rglob("*.en.md")):
        cited |= dict.fromkeys(_NAMED.findall(path.read_text(encoding="utf-8")), path.name)
    assert len(cited) > 80
    assert {work: file for work, file in cited.items() if work not in known} == {}
