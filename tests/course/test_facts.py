"""Facts in the prose."""

from __future__ import annotations

import pytest

from crmlab.course.facts import collect, fill
from crmlab.errors import CrmlabError

VALUES = {
    "n": 1200,
    "nps": -3.456,
    "share": 0.1234,
    "p": 0.00001,
    "gone": None,
    "day": "1997-09-30",
    "who": "a*b",
}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{n}}", "1,200"),
        ("{{ n }}", "1,200"),
        ("{{nps}}", "−3.46"),
        ("{{nps:.1f}}", "−3.5"),
        ("{{share:.1%}}", "12.3%"),
        ("{{n:d}}", "1,200"),
        ("{{p:p}}", "<0.001"),
        ("{{gone:.1f}}", "–"),
        ("{{day}}", "1997-09-30"),
        ("{{who}}", "a\\*b"),
        ("$C = {{nps:.1f}}$", "$C = -3.5$"),
        ("${{share:.0%}}$", "$12\\%$"),
        ("`{{n}}` and {{n}}", "`{{n}}` and 1,200"),
        ("```\n{{n}}\n```\n{{n}}", "```\n{{n}}\n```\n1,200"),
        ("costs $5 or $6, {{n}} and {{share:.0%}}", "costs $5 or $6, 1,200 and 12%"),
    ],
)
def test_a_placeholder_becomes_its_value(text, filled):
    """With its format, in prose and formulas, and not in code."""
    assert fill(text, VALUES, lang="en", where="x") == filled


def test_a_day_is_written_as_the_language_does():
    """Dates are the one value that the languages write differently."""
    assert fill("{{day}}", VALUES, lang="zh", where="x") == "1997 年 9 月 30 日"


def test_an_unknown_name_is_told_with_the_cell_and_the_nearest():
    """All problems of a cell are told at once."""
    with pytest.raises(CrmlabError) as caught:
        fill("{{npss}} {{zzz}} {{nps:.1q}}", VALUES, lang="en", where="sec1-en")
    text = str(caught.value)
    for words in ("'sec1-en'", "did you mean 'nps'", "zzz", "No number format"):
        assert words in text


def test_facts_of_all_cells_are_gathered(make):
    """A later cell may name what an earlier text uses."""
    nb = make.notebook(
        make.cell("code", "x", "a", outputs=[make.facts_output(a=1)]),
        make.cell("code", "y", "b", outputs=[make.text_output("t"), make.facts_output(b=2, a=1)]),
    )
    assert collect(nb) == {"a": 1, "b": 2}


def test_two_values_under_one_name_are_refused(make):
    """A text could not know which is meant."""
    nb = make.notebook(
        make.cell("code", "x", "a", outputs=[make.facts_output(a=1)]),
        make.cell("code", "y", "b", outputs=[make.facts_output(a=2)]),
    )
    with pytest.raises(CrmlabError, match="two values"):
        collect(nb)
