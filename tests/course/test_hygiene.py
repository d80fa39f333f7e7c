"""What `crmlab check` asks of the sources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crmlab.course import hygiene
from crmlab.execution.notebooks import write

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clean(make):
    """Give a source notebook without fault."""
    return make.notebook(
        make.cell("markdown", "# A", "head-en", "en"),
        make.cell("markdown", "# 甲", "head-zh", "zh"),
        make.cell("code", 'lang = "en"\nstudent = 0', "parameters", "parameters"),
        make.cell("code", "x = 1", "one"),
    )


def test_a_clean_notebook_passes(clean):
    """Nothing is said."""
    assert hygiene.notebook_problems(clean, name="ch05_x") == []


@pytest.mark.parametrize(
    ("faulty", "words"),
    [
        (("code", "\n".join(f"x = {i}" for i in range(16)), "long", ()), "16 lines of code"),
        (("code", "x = 1 ", "blank", ()), "trailing blanks"),
        (("code", "x = 1\n", "end", ()), "empty line"),
        (("code", "", "empty", ()), "is empty"),
        (("code", "x = 1", "tagged", ("en",)), "both languages"),
        (("code", "x = 1", "one", ()), "occurs 2 times"),
        (("code", "x = 1", "3f2a9c1b", ()), "id is random"),
        (("code", "x = 1", "tag", ("exercises",)), "unknown tag 'exercises'"),
        (("code", 'lang = "en"', "p2", ("parameters",)), "2 cells are tagged parameters"),
        (("code", 'tr("Nowhere at all")', "words", ()), "no Chinese text for 'Nowhere at all'"),
        (("code", "x = = 1", "broken", ()), "is no Python"),
        (("code", "x = 2", "sol", ("solution",)), "without an answer cell"),
        (("code", 'exercise("ch99-x", student)', "ex", ("exercise",)), "no item 'ch99-x'"),
        (("code", 'quiz("ch99-q1")', "qu", ()), "without the tag 'quiz'"),
        (("markdown", "```{note}\nA\n```", "md-en", ("en",)), "MyST directive"),
        (("markdown", ":::{tip}\nA\n:::", "md-en", ("en",)), "MyST directive"),
        (("markdown", "See {ref}`x`.", "md-en", ("en",)), "MyST role"),
        (("markdown", "<script>x</script>", "md-en", ("en",)), "raw HTML"),
        (("markdown", "A", "md-en", ("en",)), "no zh cell follows"),
    ],
)
def test_each_fault_is_told(clean, make, faulty, words):
    """The line names the cell."""
    kind, source, name, tags = faulty
    clean.cells.append(make.cell(kind, source, name, *tags))
    found = hygiene.notebook_problems(clean, name="ch05_x")
    assert any(words in line for line in found), found


def test_outputs_and_kernels_are_told(clean, make):
    """Sources hold neither outputs nor counts, and run on python3."""
    clean.cells[3].outputs = [make.text_output("x")]
    clean.metadata.kernelspec.name = "my-env"
    found = hygiene.notebook_problems(clean, name="ch05_x")
    assert found[0] == "kernelspec is not python3"
    assert any("outputs" in line for line in found)


def test_a_chapter_needs_the_students_number_and_a_report_does_not(clean):
    """Parameters depend on what the notebook is."""
    clean.cells[2].source = 'lang = "en"'
    assert hygiene.notebook_problems(clean, name="ch05_x") == ["parameters: the parameters lack student"]
    assert hygiene.notebook_problems(clean, name="clv") == []


def test_citations_may_stay_and_code_may_show_directives(clean, make):
    """Editions spell citations out; a fence of code is only code."""
    text = "{cite:p}`a` and\n\n```\nsome {ref}`x`\n```"
    clean.cells += [make.cell("markdown", text, "c-en", "en"), make.cell("markdown", text, "c-zh", "zh")]
    assert hygiene.notebook_problems(clean, name="ch05_x") == []


def test_ruff_reads_the_code_cells(clean, tmp_path):
    """An unused import is told with notebook and cell."""
    (tmp_path / "notebooks").mkdir()
    clean.cells[3].source = "import os"
    write(clean, tmp_path / "notebooks" / "ch05_x.ipynb")
    found = hygiene.check_all(tmp_path)
    assert any("ch05_x.ipynb" in line and "F401" in line for line in found)


def test_an_old_format_or_a_broken_file_is_told(tmp_path):
    """Cell ids need format 4.5."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    old = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []}
    (folder / "old.ipynb").write_text(json.dumps(old), encoding="utf-8")
    (folder / "broken.ipynb").write_text("{", encoding="utf-8")
    found = hygiene.check_all(tmp_path)
    assert any("old.ipynb: format 4.4" in line for line in found)
    assert any("broken.ipynb" in line and "cannot be read" in line for line in found)


def test_every_message_of_the_package_has_a_chinese_text():
    """Each literal of tr and N_ stands in a .po file."""
    missing = hygiene.untranslated()
    assert not missing, "\n".join(missing)


def test_translations_have_the_same_placeholders_and_do_not_contradict_each_other():
    """A value that the Chinese forgets would be lost."""
    found = hygiene.catalogue_problems()
    assert not found, "\n".join(found)


def test_a_missing_and_a_differing_translation_are_found(tmp_path, monkeypatch):
    """The scan reads literals of tr and N_, also as attributes, and compares placeholders."""
    package = tmp_path / "crmlab"
    (package / "locale" / "zh").mkdir(parents=True)
    (package / "a.py").write_text('tr("Nowhere")\ntext.N_("Customers")\ntr(name)\n', encoding="utf-8")
    po = 'msgid "{n} rows"\nmsgstr "{m} 行"\n\nmsgid "X"\nmsgstr ""\n'
    (package / "locale" / "zh" / "a.po").write_text(po, encoding="utf-8")
    monkeypatch.setattr(hygiene, "_package", lambda: package)
    assert hygiene.untranslated() == ["crmlab/a.py:1: no Chinese text for 'Nowhere'"]
    found = hygiene.catalogue_problems()
    assert len(found) == 2
    assert "placeholders differ" in found[0]
    assert "no text for 'X'" in found[1]


def test_the_courses_notebooks_are_clean():
    """`crmlab check` has nothing to say to them."""
    files = hygiene.notebook_files(ROOT)
    found = [
        f"{path.name}: {line}"
        for path in files
        for line in hygiene.notebook_problems(hygiene.read(path), name=path.stem)
    ]
    found += hygiene.ruff_problems(files, ROOT)
    assert not found, "\n".join(found)
