"""Who gets which cells, in which language."""

from __future__ import annotations

import copy

import pytest

from crmlab.course.editions import AUDIENCES, demote, edition
from crmlab.errors import CrmlabError, ParameterError


def ids(nb):
    """Return the ids of a notebook's cells."""
    return [cell.id for cell in nb.cells]


def by_id(nb, name):
    """Return a cell."""
    return next(cell for cell in nb.cells if cell.id == name)


COMMON = ["head-en", "parameters", "setup", "facts"]


@pytest.mark.parametrize(
    ("audience", "cells"),
    [
        ("site", [*COMMON, "ex", "ex-answer", "ex-check", "q"]),
        ("student", [*COMMON, "ex", "ex-answer", "ex-check", "q"]),
        ("instructor", [*COMMON, "ex", "ex-answer", "ex-solution", "ex-check", "q", "note-en"]),
        ("report", COMMON),
    ],
)
def test_each_reader_gets_their_cells(chapter, audience, cells):
    """Solutions and notes are absent for all but teachers; reports have no exercises."""
    assert ids(edition(chapter, "en", audience)) == cells


@pytest.mark.parametrize("audience", AUDIENCES)
def test_nothing_of_the_other_language_is_left(chapter, audience):
    """Neither text nor title nor tag."""
    nb = edition(chapter, "zh", audience)
    text = str(nb)
    assert "NPS is" not in text
    assert "Ten minutes" not in text
    assert nb.metadata.crmlab.title == "满意度"
    assert nb.metadata.title == "满意度"
    assert nb.metadata.crmlab.lang == "zh"
    assert not any({"en", "zh"} & set(cell.metadata.get("tags", ())) for cell in nb.cells)


@pytest.mark.parametrize("audience", ["site", "student"])
def test_a_solution_leaves_no_trace(chapter, audience):
    """Its code is nowhere in the file."""
    assert "mine = 45.04" not in str(edition(chapter, "en", audience))


def test_the_source_is_not_changed(chapter):
    """The function is pure, and gives the same twice."""
    before = copy.deepcopy(chapter)
    first = edition(chapter, "en", "site")
    assert chapter == before
    assert edition(chapter, "en", "site") == first


@pytest.mark.parametrize("audience", AUDIENCES)
def test_placeholders_are_filled_from_facts(chapter, audience):
    """Numbers in the prose come from the results; the facts themselves are gone."""
    nb = edition(chapter, "en", audience)
    assert "NPS is 45.0." in nb.cells[0].source
    assert "facts" not in str([cell.get("outputs") for cell in nb.cells])


def test_a_text_without_its_fact_names_the_cell(chapter):
    """A notebook that was not run cannot be made an edition of."""
    by_id(chapter, "facts").outputs = []
    with pytest.raises(CrmlabError, match="'head-en'"):
        edition(chapter, "en", "student")


def test_a_students_file_has_no_outputs_and_asks_for_the_number(chapter):
    """The first code cell has the language and a line to edit, explained in it."""
    nb = edition(chapter, "zh", "student")
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert code[0].source == 'lang = "zh"\nstudent = 0  # 你的学号'


def test_the_site_keeps_outputs_but_not_the_verdict_on_the_teachers_answer(chapter):
    """The source is run with the solution; what the check said to it is dropped."""
    nb = edition(chapter, "en", "site")
    assert by_id(nb, "ex").outputs
    assert by_id(nb, "ex-check").outputs == []
    assert by_id(edition(chapter, "en", "instructor"), "ex-check").outputs


@pytest.mark.parametrize(
    ("name", "tag"),
    [("parameters", "remove-cell"), ("setup", "hide-input"), ("ex", "remove-input"), ("q", "remove-input")],
)
def test_the_site_says_what_code_is_shown_in_the_words_of_myst_nb(chapter, name, tag):
    """Tags that the site's builder knows are added."""
    assert tag in by_id(edition(chapter, "en", "site"), name).metadata.tags


def test_a_cell_may_say_itself_what_is_shown(make):
    """An own tag goes before the rule."""
    nb = make.notebook(make.cell("code", "import os", "s", "setup", "remove-input"))
    assert edition(nb, "en", "site").cells[0].metadata.tags == ["remove-input", "setup"]


def test_hidden_code_is_folded_for_students(make):
    """Code that teaches nothing is folded in JupyterLab too."""
    nb = make.notebook(make.cell("code", "draw()", "s", "hide-input"))
    assert edition(nb, "en", "student").cells[0].metadata.jupyter.source_hidden is True


def test_a_page_without_a_title_gets_it_from_the_metadata(make):
    """In the language of the edition."""
    nb = make.notebook(make.cell("markdown", "Text.", "a-en", "en"), title={"en": "Title", "zh": "标题"})
    made = edition(nb, "en", "site")
    assert made.cells[0].source == "# Title"
    assert made.cells[1].source == "Text."


def test_headings_step_down_one_level_at_a_time(make):
    """Over cells, and not in code."""
    nb = make.notebook(
        make.cell("markdown", "# A\n\n#### B", "a-en", "en"),
        make.cell("markdown", "# C\n\n```\n# no heading\n```\n\n##### D", "b-en", "en"),
    )
    made = edition(nb, "en", "site")
    assert made.cells[0].source == "# A\n\n## B"
    assert made.cells[1].source == "## C\n\n```\n# no heading\n```\n\n### D"


def test_a_report_without_a_title_keeps_its_headings():
    """Its title stands on the cover; sections stay sections."""
    assert demote("## Findings\n\n## Method")[0] == "## Findings\n\n## Method"


def test_injected_parameters_are_dropped(make):
    """What papermill put in is said by the parameters cell."""
    nb = make.notebook(make.cell("code", 'lang = "zh"', "x", "injected-parameters"))
    assert edition(nb, "zh", "report").cells == []


@pytest.mark.parametrize(
    ("language", "audience", "near"), [("cn", "site", "zh"), ("en", "students", "student")]
)
def test_an_unknown_language_or_audience_is_refused(chapter, language, audience, near):
    """The message lists what there is."""
    with pytest.raises(ParameterError, match=near):
        edition(chapter, language, audience)
