"""Labels of columns: every column of every public result has one, in both languages."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import inspect
import re
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from crmlab.course.functions import GROUPS, entries, modules_of_science
from crmlab.text import column_label, column_labels, speaking
from crmlab.text.catalogue import catalogue
from crmlab.text.columns import COLUMNS

#: columns that come from the examples' own tables: items, criteria, options
OWN = {"age", "app", "experts", "overall", "price", "quality", "quantity", "queue", "responsiveness", "speed"}
OWN |= {"tangibles"}


def _frames(result):
    """Yield the tables of a result, its summary among them."""
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        if isinstance(value, pd.DataFrame):
            yield value
    summary = getattr(result, "summary", None)
    if summary is not None and not [
        p for p in inspect.signature(summary).parameters.values() if p.default is p.empty
    ]:
        told = summary()
        if isinstance(told, pd.DataFrame):
            yield told


def _columns():
    """Run the examples of the science's docstrings, and yield the columns of every result in them."""
    finder = doctest.DocTestFinder()
    for group in GROUPS:
        for entry in entries(group) if group.science else ():
            names = vars(import_module(entry.value.__module__))
            for test in finder.find(entry.value, entry.name, globs=dict(names)):
                before = set(test.globs)
                doctest.DocTestRunner(verbose=False).run(test, out=lambda _: None, clear_globs=False)
                for name in set(test.globs) - before:
                    value = test.globs[name]
                    if dataclasses.is_dataclass(value) and not isinstance(value, type):
                        for frame in _frames(value):
                            yield from ((entry.dotted, column) for column in frame.columns)


def _documented():
    """Yield the columns that docstrings of results name for their tables."""
    for group in GROUPS:
        for entry in entries(group) if group.science else ():
            text = inspect.getdoc(entry.value) or ""
            for name in re.findall(r"``(\w+_(?:low|high)|n_\w+|p_\w+|mean_\w+|\w+_share|share_\w+)``", text):
                yield entry.dotted, name


def _labelled(name):
    base = re.sub(r"_(?:low|high)$", "", name)
    return name in COLUMNS or base in COLUMNS


def test_every_column_of_the_examples_has_a_label():
    """What the examples of the reference compute shows no column without a label."""
    bare = {(where, name) for where, name in _columns() if isinstance(name, str) and not _labelled(name)}
    # a loading each component, a membership each grade, … are counted, not named
    assert (
        sorted(
            (where, name)
            for where, name in bare
            if name not in OWN and not re.fullmatch(r"\w+_\d+|\d+", name)
        )
        == []
    )


def test_every_documented_column_has_a_label():
    """Columns that docstrings name have labels, too, whether or not an example shows them."""
    assert sorted({(where, name) for where, name in _documented() if not _labelled(name)}) == []


def test_every_column_written_in_the_science_has_a_label():
    """Keys of the tables that the science builds have labels, also where no example shows them."""
    package = Path(import_module("crmlab").__file__).parent
    bare = set()
    for module in modules_of_science():
        folder = package / module
        for path in folder.rglob("*.py") if folder.is_dir() else [folder.with_suffix(".py")]:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("DataFrame") and node.args:
                    keys = node.args[0].keys if isinstance(node.args[0], ast.Dict) else ()
                    names = [key.value for key in keys if isinstance(key, ast.Constant)]
                    bare |= {
                        (path.name, name) for name in names if isinstance(name, str) and not _labelled(name)
                    }
    assert sorted(bare) == []


def test_every_label_has_its_chinese():
    """Each English label stands in the catalogue, and two columns of one table are not called alike."""
    chinese = catalogue("zh")
    assert [label for label in COLUMNS.values() if not chinese.get(label)] == []
    for pair in (("n", "n_missing"), ("low", "high"), ("mean", "median"), ("p", "p_adjusted")):
        for lang in ("en", "zh"):
            with speaking(lang):
                assert column_label(pair[0]) != column_label(pair[1])


@pytest.mark.parametrize(("lang", "label"), [("en", "Retention, lower end"), ("zh", "保持率（下限）")])
def test_ends_of_intervals_are_named_after_what_they_bound(lang, label):
    """A column that ends in _low or _high needs no label of its own."""
    with speaking(lang):
        assert column_label("retention_low") == label


def test_a_users_own_column_keeps_its_name():
    """What nobody here has named is shown as it is."""
    assert column_labels(["my column", "weight"]) == {"my column": "my column", "weight": "Weight"}
