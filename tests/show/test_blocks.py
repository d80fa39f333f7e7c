"""Tests of the blocks that cells show."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from crmlab.errors import ParameterError
from crmlab.show import (
    MIME,
    block_html,
    cover,
    escape_markdown,
    facts,
    figure,
    findings,
    prose,
    provenance,
    table,
)
from crmlab.show.blocks import format_cell
from crmlab.text import speaking

HOSTILE = '<script>alert("x")</script> =1+1 *b* $x$ #let'


def _figure(name="demo", **options):
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(figsize=(4, 3))
    axes.plot([1, 2], [3, 4])
    axes.set_title("Finding")
    return figure(axes, "A caption", "A line that rises", name, **options)


def test_a_figure_carries_real_text_and_no_clashing_ids():
    """The SVG keeps its text as text, and two figures on a page share no id."""
    first, second = (_figure(name)._repr_mimebundle_()["image/svg+xml"] for name in ("one", "two"))
    assert ">Finding</text>" in first
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in (first, second)]
    assert not ids[0] & ids[1]
    for svg in (first, second):
        used = set(re.findall(r"url\(#([^)]+)\)", svg)) | set(re.findall(r'href="#([^"]+)"', svg))
        assert used <= set(re.findall(r'\bid="([^"]+)"', svg))


def test_a_figure_is_the_same_each_time():
    """Nothing random and no date stands in a figure, so that documents can be compared."""
    assert _figure()._repr_mimebundle_() == _figure()._repr_mimebundle_()


def test_a_figure_needs_alternative_text():
    """A figure that says nothing to a blind reader is refused."""
    import matplotlib.pyplot as plt

    fig, _ = plt.subplots()
    with pytest.raises(ParameterError, match="alternative text"):
        figure(fig, "caption", " ", "demo")
    plt.close(fig)


def test_an_interactive_figure_has_its_static_twin():
    """Where the page can move, plotly is shown; everywhere else the drawn one."""
    import plotly.graph_objects as go

    bundle = _figure(interactive=go.Figure(go.Scatter(x=[1, 2], y=np.array([1.5, 2.5]))))._repr_mimebundle_()
    assert "image/svg+xml" in bundle
    json.dumps(bundle)
    moving, still = (block_html(bundle, 3, plotly=flag) for flag in (True, False))
    assert "Plotly.newPlot" in moving
    assert "<svg" not in moving
    assert "<svg" in still
    assert "Figure 3" in moving
    assert "http" not in re.sub(r"http://www\.w3\.org[^\"]*", "", still)


def test_a_table_keeps_values_beside_what_is_shown():
    """A workbook gets typed values; a page gets formatted text; missing is a dash and a null."""
    df = pd.DataFrame(
        {
            "name": ["a", None],
            "share": [0.5, np.nan],
            "n": [1000, 2],
            "p": [0.0001, 0.2],
            "day": pd.to_datetime(["2025-01-02", None]),
            "flag": [True, False],
        }
    )
    data = table(df, "Caption", "demo", formats={"share": ".1%", "p": "p"}, labels={"n": "Number"}).data
    assert data["rows"] == [
        ["a", "50.0%", "1,000", "<0.001", "2025-01-02", "True"],
        ["–", "–", "2", "0.200", "–", "False"],
    ]
    assert data["values"][0] == ["a", 0.5, 1000, 0.0001, "2025-01-02", True]
    assert data["values"][1][:2] == [None, None]
    assert [column["align"] for column in data["columns"]] == [
        "left",
        "right",
        "right",
        "right",
        "left",
        "left",
    ]
    assert data["columns"][2]["label"] == "Number"
    json.dumps(data)


def test_text_from_data_is_escaped():
    """Markup in a cell, a label, a caption or a note comes out as text."""
    block = table(pd.DataFrame({"c": [HOSTILE]}), HOSTILE, "demo", labels={"c": HOSTILE}, note=HOSTILE)
    html = block._repr_mimebundle_()["text/html"]
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 4
    for other in (
        cover(HOSTILE, HOSTILE, [(HOSTILE, HOSTILE)]),
        provenance(HOSTILE, [(HOSTILE, [(HOSTILE, HOSTILE)])]),
    ):
        assert "<script" not in other._repr_mimebundle_()["text/html"]


def test_markdown_from_data_is_escaped():
    """A parser of Markdown gives back the text of data as it was."""
    from markdown_it import MarkdownIt

    for text in (HOSTILE, "1. not a list", "# no head", "a_b_c **d** [e](f) `g` <h> & ~i~ !j | k"):
        (paragraph,) = (
            token for token in MarkdownIt("commonmark").parse(escape_markdown(text)) if token.type == "inline"
        )
        assert "".join(child.content for child in paragraph.children) == text


def test_unknown_columns_are_told_with_their_neighbour():
    """A format for a column that is not there is an error with a suggestion."""
    with pytest.raises(ParameterError, match="shar") as caught:
        table(pd.DataFrame({"share": [1]}), "Caption", "demo", formats={"shar": ".1%"})
    assert "share" in str(caught.value)


@pytest.mark.parametrize("name", ["Demo", "1st", "a b", "", "a_b"])
def test_names_are_identifiers(name):
    """A name becomes an anchor and a sheet, so it is lower-case letters, digits and hyphens."""
    with pytest.raises(ParameterError):
        table(pd.DataFrame({"a": [1]}), "Caption", name)


def test_formats():
    """Each way to write a number, and the error for one that does not exist."""
    assert format_cell(0.256, ".1%") == "25.6%"
    assert format_cell(1234.5, ",.2f") == "1,234.50"
    assert format_cell(1234.5, "d") == "1,234"
    assert format_cell(3, lambda value: f"<{value}>") == "<3>"
    with pytest.raises(ParameterError):
        format_cell(1.0, ".2x")


def test_words_around_blocks_speak_the_language():
    """Numbers of figures and tables have their word in the language of the page."""
    bundle = table(pd.DataFrame({"a": [1]}), "Caption", "demo")._repr_mimebundle_()
    with speaking("zh"):
        assert "表 1" in block_html(bundle, 1)
    assert "Table 1" in block_html(bundle, 1)


def test_paragraphs_are_markdown_and_facts_are_silent():
    """Findings and prose show as Markdown anywhere; facts show nothing."""
    assert findings("**a**")._repr_mimebundle_()["text/markdown"] == "**a**"
    assert prose("b").data == {"kind": "prose", "markdown": "b"}
    bundle = facts(a=np.float64(1.5), b="x", c=np.int64(2), d=float("nan"))._repr_mimebundle_()
    assert bundle[MIME]["values"] == {"a": 1.5, "b": "x", "c": 2, "d": None}
    assert "text/html" not in bundle


def test_a_moving_figure_keeps_its_size_and_ground_in_a_notebook():
    """JupyterLab gets a width, a height and white paper; a page takes its own width and ground."""
    import plotly.graph_objects as go

    bundle = _figure(interactive=go.Figure(go.Scatter(x=[1, 2], y=[1, 2])))._repr_mimebundle_()
    layout = bundle["application/vnd.plotly.v1+json"]["layout"]
    assert (layout["width"], layout["height"], layout["paper_bgcolor"]) == (800, 450, "#ffffff")
    page = block_html(bundle, 1, plotly=True)
    assert '"width":800' not in page
    assert '"height":450' in page
    assert '"paper_bgcolor":"#ffffff"' not in page


def test_money_in_figures_and_tables_is_no_formula():
    """MathJax, which reads "$5 … $7" as a formula, is told to pass figures and tables by."""
    shown = table(pd.DataFrame({"what": ["$5 to $7"], "n": [3]}), "caption", "money")._repr_mimebundle_()
    assert '<figure class="crmlab-table mathjax_ignore"' in shown["text/html"]
    assert '<td class="crmlab-left" style="text-align: left">$5 to $7</td>' in shown["text/html"]
    assert 'class="crmlab-figure mathjax_ignore"' in _figure()._repr_mimebundle_()["text/html"]
