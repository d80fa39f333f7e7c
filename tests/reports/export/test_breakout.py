"""Text from data stays text: in the page, the PDF's source, the workbook and Markdown, whatever it is."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, new_output
from openpyxl import load_workbook

from crmlab import show
from crmlab.reports.export.html import HTMLExporter
from crmlab.reports.export.markdown import Page
from crmlab.reports.export.typst import to_typst
from crmlab.reports.export.xlsx import XLSXExporter
from crmlab.show import escape_markdown

#: what breaks out of something, somewhere
WEAPONS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)//",
    "</style><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "[click](javascript:alert(1))",
    "![pixel](https://example.invalid/p.png)",
    "<https://example.invalid>",
    "https://example.invalid",
    "[x]: https://example.invalid",
    "$\\href{javascript:alert(1)}{x}$",
    "$$\\input{/etc/passwd}$$",
    '#import "x.typ"',
    '#read("/etc/passwd")',
    "#{panic()}",
    "{{7*7}}",
    "{{n_customers}}",
    "]]></svg>",
    "-->",
    "\n# Heading",
    "a\n===",
    "\n\n    code",
    "\n| a | b |\n|---|---|\n",
    "```",
    "&lt;b&gt;&#60;b&#62;",
    "\u202eevil\u2066\u200f",
    '=HYPERLINK("http://example.invalid")',
    "＝1+1",
    "@SUM(A1)",
    "\x00\x07\x1b[31m",
)
HOSTILE = st.one_of(
    st.sampled_from(WEAPONS),
    st.lists(st.sampled_from(WEAPONS), min_size=2, max_size=3).map("".join),
    st.text(alphabet=st.sampled_from("ab1 \n\t*_`$#@<>[](){}\\/\"'=-+~|!&:.,;^%客户，。\u202e"), max_size=40),
).filter(str.strip)
SLOW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class _Reader(HTMLParser):
    """Collects tags with the names of their attributes, scripts, and text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.scripts, self.words, self._open = [], [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """Keep a tag."""
        self.tags.append((tag, sorted(name for name, _ in attrs)))
        self._open = tag

    def handle_data(self, data):
        """Keep text."""
        (self.scripts if self._open == "script" else self.words).append(data)


def _document(text):
    """Return a notebook with a text from data in every place that holds one."""
    import matplotlib.pyplot as plt

    drawn, ax = plt.subplots(figsize=(2, 1))
    ax.bar([0], [1])
    ax.set_xticks([0], [f"store {text}"])
    blocks = [
        show.cover(text or "t", text, [(text, text)]),
        show.findings(f"**{escape_markdown(text)}** leads."),
        show.prose(f"Most is {escape_markdown(text)}, said they."),
        show.table(pd.DataFrame({"a": [text, "x"]}), text, "t", labels={"a": text}, note=text),
        show.figure(ax, f"Drawn: {text}", f"Bars of {text}", "f"),
    ]
    plt.close(drawn)
    outputs = [new_output("display_data", data=block._repr_mimebundle_()) for block in blocks]
    return new_notebook(cells=[new_code_cell(outputs=outputs)], metadata={"crmlab": {"lang": "en"}})


@pytest.fixture(scope="module", autouse=True)
def _style():
    from crmlab.text import use

    use("en")


@SLOW
@given(HOSTILE)
def test_the_page_has_the_same_tags_whatever_the_data_say(text):
    """A page made with any text has the tags and attributes of one made with a plain word, and no more scripts."""
    plain, hostile = (
        _Reader(
            re.sub(
                r"<svg.*?</svg>", "", HTMLExporter().from_notebook_node(_document(word))[0], flags=re.DOTALL
            )
        )
        for word in ("word", text)
    )
    assert plain.tags == hostile.tags
    assert not hostile.scripts
    assert not set("".join(hostile.words)) & set("\u202e\u2066\u200f")


@SLOW
@given(HOSTILE)
def test_drawings_hold_no_script_and_no_link(text):
    """A label in a drawing is text: no tag of its own, no formula, nothing fetched."""
    page = HTMLExporter().from_notebook_node(_document(text))[0]
    for drawing in re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL):
        assert not re.search(r"<(script|foreignObject|image|a)\b", drawing)
        assert not re.search(r"<[^<>]*\s(href|src)=\"(?!#)", drawing)
        tags = re.sub(r'"[^"]*"', '""', re.sub(r">[^<]*<", "><", drawing))
        assert not re.search(r"\son\w+=", tags)


@SLOW
@given(HOSTILE)
def test_escaped_markdown_is_one_paragraph_of_text(text):
    """Whatever was escaped gives one paragraph: no heading, list, code, table, link, picture, emphasis or formula."""
    page = Page([f"before {escape_markdown(text)} after"])
    inside = page.html[0].removeprefix("<p>").removesuffix("</p>\n")
    assert "<" not in inside
    assert not page.headings
    assert not page.has_math


@SLOW
@given(HOSTILE)
def test_typst_gets_strings_alone(text):
    """In the source of the PDF, a text from data stands inside string literals: nothing of it is code."""
    main = str(to_typst(_document(text)).source) if hasattr(to_typst(_document(text)), "source") else ""
    outside = re.sub(r'"(?:\\.|[^"\\])*"', '""', main)
    for code in ("#read", '#import "x', "panic()", "alert(1)", "example.invalid"):
        assert code not in outside


@SLOW
@given(HOSTILE)
def test_no_cell_of_the_workbook_is_a_formula(text):
    """Every cell that holds text is of type text, and one that begins like a formula carries the sign of an apostrophe."""
    raw = XLSXExporter().from_notebook_node(_document(text))[0]
    for sheet in load_workbook(io.BytesIO(raw)):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                if isinstance(cell.value, str) and cell.value[:1] in "=+-@\t\r＝＋－＠" and cell.value:
                    assert cell.quotePrefix or cell.style_id


def test_labels_of_moving_figures_are_no_markup():
    """Plotly knows a few tags and links of its own; labels from data come escaped."""
    from crmlab.plots._frame import plain_text

    for weapon in WEAPONS:
        told = plain_text(weapon)
        assert "<" not in told
        assert "$" not in told
        assert "%{" not in told
