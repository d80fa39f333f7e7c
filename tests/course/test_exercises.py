"""Cards of exercises, checks, hints and quizzes."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from crmlab.course import check, exercise, hint, quiz
from crmlab.course.bank import Table
from crmlab.errors import ParameterError
from crmlab.text import speaking


class Page(HTMLParser):
    """Checks that tags are closed, and gathers text and attributes."""

    VOID = ("br",)

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.text, self.attributes = [], [], "", []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        """Open a tag."""
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close a tag."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Gather text."""
        self.text += data


def test_a_statement_shows_the_students_numbers(nps, in_bank):
    """Numbers, marks, unit, difficulty and three hints stand in the card, in both languages."""
    in_bank(nps)
    parameters = nps.draw(7)
    page = Page(exercise("ch05-nps", 7).html)
    assert f"{parameters['pro']} are promoters" in page.text
    for words in ("Net promoter score", "Marks: 4", "Answer in: points", "●●○", "Numbers of student 7."):
        assert words in page.text
    assert page.tags.count("details") == 3
    with speaking("zh"):
        page = Page(exercise("ch05-nps", 7).html)
    for words in ("净推荐值", "分值：4", "答案单位：分", "提示 3"):
        assert words in page.text


def test_without_a_number_the_student_is_asked_for_it(nps, in_bank):
    """Student 0 gets example numbers and is told so."""
    in_bank(nps)
    assert "Example numbers" in exercise("ch05-nps").html


def test_a_card_has_html_and_markdown_and_no_script(nps, question, in_bank):
    """Every front end can show it; nothing needs JavaScript."""
    in_bank(nps, question)
    cards = [exercise("ch05-nps", 1), check("ch05-nps", None, 1), hint("ch05-nps", 2, 1), quiz("ch05-q1")]
    for card in cards:
        bundle = card._repr_mimebundle_()
        assert set(bundle) == {"text/html", "text/markdown", "text/plain"}
        page = Page(bundle["text/html"])
        assert "script" not in page.tags
        assert not any(name.startswith("on") for name, _ in page.attributes)


def test_markup_in_texts_and_student_numbers_is_escaped(nps, question, in_bank):
    """A bracket of a text or a student's number stays a bracket."""
    in_bank(replace(nps, title={"en": "<i>T</i>", "zh": "<i>T</i>"}), question)
    html = exercise("ch05-nps", "<script>x</script>").html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<i>" not in html
    assert "&lt;b&gt;Pleased" in quiz("ch05-q1").html


def test_formulas_reach_mathjax(nps, in_bank):
    """A formula is set between brackets that MathJax looks for, its underscores untouched."""
    in_bank(nps)
    assert r"\(x_{1}\)" in exercise("ch05-nps", 1).html


def test_a_table_is_shown_under_the_statement(nps, in_bank, make):
    """As a table in HTML and in Markdown."""
    rows = Table(
        [make.both("Group"), make.both("Count")],
        lambda p: [[make.both("Promoters"), p["n"]], ["Share", 0.25]],
    )
    in_bank(replace(nps, table=rows))
    card = exercise("ch05-nps", 1)
    assert '<td style="text-align: right; padding: 0.2em 0.8em">400</td>' in card.html
    assert "| Promoters | 400 |" in card.markdown


def test_a_check_tells_right_from_wrong_by_word_and_colour(nps, in_bank):
    """The card's kind, head and role say it, not colour alone."""
    in_bank(nps)
    solution = nps.solution(nps.draw(7))
    right, wrong, open_ = (
        check("ch05-nps", solution, 7),
        check("ch05-nps", 1e6, 7),
        check("ch05-nps", None, 7),
    )
    assert [card.kind for card in (right, wrong, open_)] == ["right", "wrong", "amber"]
    assert "✓ Right" in right.html
    assert "Marks: 4" in right.html
    assert "× Not right" in wrong.html
    assert 'role="status"' in open_.html
    assert f"{solution:.1f}" not in wrong.html


def test_hints_come_in_three_steps(nps, in_bank):
    """A fourth is refused."""
    in_bank(nps)
    assert [hint("ch05-nps", step).markdown.splitlines()[-1] for step in (1, 2, 3)] == [
        "First.",
        "Second, of 400.",
        "Third.",
    ]
    with pytest.raises(ParameterError, match="no hint 4"):
        hint("ch05-nps", 4)


def test_each_option_of_a_quiz_unfolds_to_its_explanation(question, in_bank):
    """Options are folded; inside stand right or wrong, and why."""
    in_bank(question)
    page = Page(quiz("ch05-q1").html)
    assert page.tags.count("details") == page.tags.count("summary") == 3
    assert page.text.count("Wrong.") == 2
    assert "No: b is below a." in page.text
    assert "Yes." not in quiz("ch05-q1").markdown


def test_a_quiz_is_no_exercise_and_an_exercise_no_quiz(nps, question, in_bank):
    """The message names the right call."""
    in_bank(nps, question)
    with pytest.raises(ParameterError, match="quiz question"):
        exercise("ch05-q1", 1)
    with pytest.raises(ParameterError, match="is an exercise"):
        quiz("ch05-nps")
