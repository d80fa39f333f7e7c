"""Which modules a notebook stands on, from its import statements alone."""

from __future__ import annotations

import pytest

from crmlab.errors import CrmlabError
from crmlab.execution import sources
from crmlab.execution.sources import cases_of, digest, modules_of


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Give a small package in crmlab's place, whose files tests may change."""
    root = tmp_path / "crmlab"
    files = {
        "__init__.py": "",
        "a.py": "from crmlab import b\n",
        "b.py": "def f():\n    from crmlab.c.deep import x\n",
        "c/__init__.py": "",
        "c/deep.py": "from . import near\n",
        "c/near.py": "",
        "c/words.yaml": "one: 1\n",
        "d/__init__.py": "from importlib import import_module\ndef g(n): return import_module(f'crmlab.d.{n}')\n",
        "d/one.py": "",
        "d/two.py": "",
        "unused.py": "",
        "locale/zh/core.po": 'msgid "A"\nmsgstr "甲"\n',
        "course/__init__.py": "",
        "course/bank/__init__.py": "def i(n): import_module(f'crmlab.course.bank.ch{n}')\n",
        "course/bank/ch05.py": "",
        "course/bank/ch06.py": "",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(sources, "_PACKAGE", root)
    return root


@pytest.mark.parametrize(
    ("cell", "modules"),
    [
        ("import pandas", ""),
        ("import crmlab", ""),
        ("import crmlab.c.near", "c c.near"),
        ("from crmlab import a", "a b c c.deep c.near"),
        ("from crmlab.b import f", "b c c.deep c.near"),
        ("%matplotlib inline\nimport crmlab.c", "c"),
        ("from crmlab.d import one", "d d.one d.two"),
        ('from crmlab.course import bank\nget("ch05-nps")', "course course.bank course.bank.ch05"),
    ],
)
def test_imports_are_followed(package, cell, modules):
    """Through functions, packages, relative and computed names; of the bank, only the chapters named."""
    wanted = {f"crmlab.{name}" for name in modules.split()} | ({"crmlab"} if "crmlab" in cell else set())
    assert set(modules_of([cell])) == wanted


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("c/deep.py", True),
        ("c/words.yaml", True),
        ("locale/zh/core.po", True),
        ("unused.py", False),
        ("d/one.py", False),
    ],
)
def test_the_digest_changes_with_what_is_imported(package, name, changes):
    """Modules, files beside them and messages count; other modules do not."""
    before = digest(modules_of(["from crmlab import a"]))
    with (package / name).open("a", encoding="utf-8") as file:
        file.write("# more\n")
    assert (digest(modules_of(["from crmlab import a"])) != before) is changes


def test_the_real_package_is_followed_into_lazy_imports():
    """What an exercise needs is found without running anything."""
    found = modules_of(["from crmlab.course import exercise"])
    assert {
        "crmlab.course.exercises",
        "crmlab.course.judging",
        "crmlab.show.blocks",
        "crmlab.text.fonts",
    } <= set(found)
    assert not any(name.startswith("crmlab.course.site") for name in found)


def test_cases_are_found_in_code_and_metadata():
    """Literal names count, computed ones must be declared."""
    cells = ["case = load_case('mobi')\nload_case( \"retail\" )", "load_case(name)"]
    assert cases_of(cells, ["cdnow"]) == ("cdnow", "mobi", "retail")


def test_a_cell_that_is_no_python_is_told():
    """With the line."""
    with pytest.raises(CrmlabError, match="line 2: x ="):
        modules_of(["y = 1\nx ="])


def test_two_notebooks_may_ask_at_once():
    """Keys are computed in several threads; CPython 3.11 fails when two of them parse at the same time."""
    import gc
    import time
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    import crmlab
    from crmlab.execution import sources

    files = sorted((Path(crmlab.__file__).parent / "plots").glob("*.py"))

    def let_others_run(*_):
        time.sleep(0.0001)

    def ask(path, depth):
        if depth:
            return ask(path, depth - 1)
        sources._file_imports.cache_clear()
        return sources._file_imports(path, 0)

    before = gc.get_threshold()
    gc.callbacks.append(let_others_run)
    gc.set_threshold(200)
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(ask, files, [number % 7 for number in range(len(files))]))
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(let_others_run)
    assert found == [sources._file_imports(path, 0) for path in files]
