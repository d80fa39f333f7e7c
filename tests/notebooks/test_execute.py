"""Every chapter runs in both languages, quietly, and makes all its editions; through the cache, so once."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from crmlab.course.editions import AUDIENCES, edition
from crmlab.execution import execute
from crmlab.execution.notebooks import read, tags, write
from crmlab.text import LANGUAGES
from crmlab.text.fonts import missing_glyphs

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "_build" / "cache"
CHAPTERS = sorted((ROOT / "notebooks").glob("ch*.ipynb"))

pytestmark = pytest.mark.skipif(not CHAPTERS, reason="there are no chapters yet")
runs = pytest.mark.parametrize(
    ("path", "lang"),
    [pytest.param(path, lang, id=f"{path.stem}-{lang}") for path in CHAPTERS for lang in LANGUAGES]
    or [(None, "en")],
)


@cache
def executed(path, lang):
    """Run a chapter as the site does, once."""
    return execute(path, lang=lang, cache=CACHE).nb


@pytest.mark.slow
@runs
def test_a_chapter_runs_quietly(path, lang):
    """No cell fails, warns, or shows a bare object."""
    for cell in executed(path, lang).cells:
        for output in cell.get("outputs", ()):
            assert output.output_type != "error", cell.id
            assert not (output.output_type == "stream" and output.name == "stderr"), (cell.id, output.text)
            text = "".join(output.get("data", {}).get("text/plain", ""))
            if list(output.get("data", {})) == ["text/plain"]:
                assert not re.match(r"<.* at 0x", text), (cell.id, text)


@pytest.mark.slow
@runs
def test_the_teachers_answers_are_right(path, lang):
    """Each check stands after its solution and is green; nothing of the page lacks a glyph."""
    for cell in executed(path, lang).cells:
        if "check" in tags(cell):
            html = [str(output.get("data", {}).get("text/html", "")) for output in cell.outputs]
            assert any("crmlab-card-right" in text for text in html), cell.id
        if cell.cell_type == "markdown":
            assert missing_glyphs(cell.source) == "", cell.id


@pytest.mark.slow
@runs
def test_all_editions_can_be_made(path, lang):
    """Every placeholder has its fact; no solution is left where none belongs."""
    nb = executed(path, lang)
    solutions = [cell.source for cell in nb.cells if "solution" in tags(cell)]
    for audience in AUDIENCES:
        made = edition(nb, lang, audience)
        text = "\n".join(cell.source for cell in made.cells)
        if audience != "instructor":
            assert not any(solution in text for solution in solutions)


@pytest.mark.slow
@runs
def test_a_students_edition_runs_from_top_to_bottom(path, lang, tmp_path):
    """Without any answer, every check says 'not yet' and nothing fails."""
    source = tmp_path / f"student-{path.name}"
    write(edition(executed(path, lang), lang, "student"), source)
    nb = execute(source, {"student": 20230001}, cache=CACHE).nb
    for cell in nb.cells:
        if "check" in tags(cell):
            assert any("crmlab-card-amber" in str(output) for output in cell.outputs), cell.id


def test_sources_can_be_read():
    """Each chapter is a notebook of format 4.5."""
    for path in CHAPTERS:
        assert read(path).nbformat_minor >= 5
