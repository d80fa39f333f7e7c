"""Tests of chapters as files."""

from __future__ import annotations

import nbformat
import pytest

from crmlab.course.export import export_chapters
from crmlab.errors import ParameterError


def _chapter(path):
    cells = [
        nbformat.v4.new_code_cell(
            'lang = "en"\nstudent = 0', id="parameters", metadata={"tags": ["parameters"]}
        ),
        nbformat.v4.new_markdown_cell("# Title", id="head-en", metadata={"tags": ["en"]}),
        nbformat.v4.new_markdown_cell("# 标题", id="head-zh", metadata={"tags": ["zh"]}),
        nbformat.v4.new_code_cell("answer = None", id="ex", metadata={"tags": ["exercise"]}),
        nbformat.v4.new_code_cell("answer = 42", id="ex-solution", metadata={"tags": ["solution"]}),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, path)
    return path


@pytest.mark.parametrize(("audience", "has"), [("instructor", True), ("student", False)])
def test_solutions_are_for_teachers_alone(tmp_path, audience, has):
    """The instructor's file holds the solution; the student's does not."""
    (made,) = export_chapters(
        tmp_path / "out",
        "zh",
        audience,
        chapters=[_chapter(tmp_path / "ch99_toy.ipynb")],
        cache=tmp_path / "cache",
    )
    text = made.read_text(encoding="utf-8")
    assert made.name == f"ch99_toy.zh.{audience}.ipynb"
    assert ("answer = 42" in text) is has
    assert "标题" in text
    assert "# Title" not in text


def test_an_unknown_audience_leaves_no_file(tmp_path):
    """A mistyped audience is an error, and the folder stays as it was."""
    with pytest.raises(ParameterError, match="teacher"):
        export_chapters(
            tmp_path / "out",
            "en",
            "teacher",
            chapters=[_chapter(tmp_path / "ch99_toy.ipynb")],
            cache=tmp_path / "cache",
        )
    assert not (tmp_path / "out").exists()
