"""Markdown for pages: text from data stays text, and nothing is fetched."""

from __future__ import annotations

from crmlab.reports.export.markdown import Page


def test_html_in_a_text_is_shown_as_text():
    """A tag in a customer's comment is written out."""
    html = Page(["a <script>alert(1)</script> b"]).html[0]
    assert "&lt;script&gt;" in html
    assert "<script" not in html


def test_links_that_run_something_are_no_links():
    """A javascript: address stays text."""
    assert "href" not in Page(["[x](javascript:alert(1))"]).html[0]
    assert (
        'href="https://doi.org/10.1287/mksc.1040.0098"'
        in Page(["[doi](https://doi.org/10.1287/mksc.1040.0098)"]).html[0]
    )


def test_pictures_from_elsewhere_leave_their_words():
    """An image would be a request to another host; its text stays."""
    assert Page(["![a cat](http://example.org/cat.png)"]).html[0] == "<p><span>a cat</span></p>\n"


def test_equal_headings_get_different_ids():
    """Anchors are unique on the page, in Chinese as well."""
    page = Page(["## 方法", "## 方法\n\n## Method"])
    assert [name for _, name, _ in page.headings] == ["方法", "方法-2", "method"]
    assert page.spans == [(0, 1), (1, 3)]


def test_formulas_of_all_texts_are_set():
    """Inline and displayed formulas become MathML where they stand."""
    page = Page(["$a$", "text\n\n$$\\frac{b}{a}$$"])
    assert page.has_math
    assert page.html[0].startswith("<p><math>")
    assert '<math display="block">' in page.html[1]


def test_prices_are_no_formulas():
    """Two amounts in dollars in one paragraph are two amounts."""
    assert "math" not in Page(["**$5** and **$10**, $3 or $4"]).html[0]


def test_lines_of_chinese_are_joined_without_a_space():
    """One sentence a line in the source is one paragraph on the page; Latin words keep their space."""
    assert Page(["价值由模型估计。\n在年贴现率下"]).html[0] == "<p>价值由模型估计。在年贴现率下</p>\n"
    assert Page(["one\ntwo"]).html[0] == "<p>one\ntwo</p>\n"
