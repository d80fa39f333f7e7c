"""The HTML report: one file, nothing fetched, nothing from the data run."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from html.parser import HTMLParser

import pytest
from nbconvert.exporters import get_exporter

from crmlab.reports.export.html import HTMLExporter


class Reader(HTMLParser):
    """Collects tags with their attributes, and the text outside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self._open = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))
        self._open = tag if tag in {"script", "style"} else ""

    def handle_endtag(self, tag):  # noqa: ARG002 - the parser's own form
        """Leave scripts and styles."""
        self._open = ""

    def handle_data(self, data):
        """Keep text."""
        if self._open == "script":
            self.scripts.append(data)
        elif not self._open:
            self.words.append(data)


@pytest.fixture(scope="module")
def html(sample):
    """Return the page of the sample."""
    return HTMLExporter().from_notebook_node(sample)[0]


@pytest.fixture(scope="module")
def page(html):
    """Return the page, read."""
    return Reader(html)


def test_nothing_is_loaded_from_anywhere(page):
    """No tag refers to another file or host; anchors alone may lead out."""
    for tag, attributes in page.tags:
        for name in ("src", "href", "xlink:href", "data", "action", "poster", "srcset"):
            value = attributes.get(name)
            if value is None or (tag == "a" and name == "href"):
                continue
            assert value.startswith(("#", "data:")), (tag, name, value[:80])
    assert not any(tag in {"link", "iframe", "object", "embed", "base"} for tag, _ in page.tags)


def test_styles_load_nothing(html):
    """No style imports or fetches; the font is inside."""
    styles = "".join(re.findall(r"<style>(.*?)</style>", html, re.DOTALL))
    assert "@import" not in styles
    assert all(target.startswith("data:font/woff") for target in re.findall(r"url\(([^)]+)\)", styles))


def test_only_the_scripts_that_were_there_may_run(page):
    """The policy names each script by its hash, and refuses everything else."""
    policy = next(
        attributes["content"]
        for tag, attributes in page.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    for unsafe in ("unsafe-inline", "unsafe-eval", "http"):
        assert unsafe not in rules["script-src"]
    for script in page.scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_markup_in_the_data_is_text(html, page):
    """A comment with a script and an image comes out as the words it is."""
    words = "".join(page.words)
    assert "<script>alert(2)</script>" in words
    assert not any("alert(2)" in script and "newPlot" not in script for script in page.scripts)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert "<script>alert(3)" not in html


def test_there_is_no_code(page):
    """Sources of cells are not shown."""
    assert "secret_code" not in "".join(page.words)


def test_figures_and_tables_are_numbered_in_the_language(page):
    """图 1, 图 2, 表 1, 表 2."""
    words = re.sub(r"\s+", " ", " ".join(page.words))
    for label in ("图 1", "图 2", "表 1", "表 2"):
        assert label in words
    assert ("html", {"lang": "zh-Hans"}) in page.tags


def test_plotly_is_inside_once(html):
    """The library is there a single time, however many figures move; without one, not at all."""
    assert html.count("plotly.js v") == 1


def test_a_page_without_moving_figures_is_small(sample):
    """No plotly, no script at all."""
    from copy import deepcopy

    still = deepcopy(sample)
    for cell in still.cells:
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("application/vnd.plotly.v1+json", None)
    made = HTMLExporter().from_notebook_node(still)[0]
    assert "script-src 'none'" in made
    assert "<script" not in made
    assert len(made) < 400_000


def test_contents_lead_to_what_is_there(page):
    """Every entry of the contents has its target on the page."""
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    targets = [
        attributes["href"][1:]
        for tag, attributes in page.tags
        if tag == "a" and attributes["href"].startswith("#")
    ]
    assert {"方法", "findings", "provenance"} <= set(targets)
    assert set(targets) <= ids


def test_ids_are_unique(page):
    """No id is given twice."""
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_figures_have_words(page):
    """Each figure carries its alternative text."""
    assert [a["aria-label"] for _, a in page.tags if a.get("role") == "img"] == ["折线图", "折线图"]


def test_the_font_holds_every_character_of_the_page(html, page):
    """Whatever the machine has installed, no box appears."""
    from fontTools.ttLib import TTFont

    data = base64.b64decode(re.search(r"url\(data:font/woff;base64,([^)]+)\)", html)[1])
    covered = set(TTFont(io.BytesIO(data)).getBestCmap())
    text = {char for char in "".join(page.words) if not char.isspace()}
    assert {char for char in text if ord(char) not in covered} == set()


def test_quotation_marks_are_narrow_in_english(html):
    """The font keeps the narrow forms of quotation marks, which are as wide as a Chinese character otherwise; English pages ask for them."""
    from fontTools.ttLib import TTFont

    assert ':lang(en){font-feature-settings:"pwid"}' in html
    data = base64.b64decode(re.search(r"url\(data:font/woff;base64,([^)]+)\)", html)[1])
    font = TTFont(io.BytesIO(data))
    assert "pwid" in {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}


def test_the_same_notebook_gives_the_same_page(sample, html):
    """Byte for byte."""
    assert HTMLExporter().from_notebook_node(sample)[0] == html


def test_nbconvert_knows_the_exporter():
    """`jupyter nbconvert --to crmlab-html` finds it."""
    assert get_exporter("crmlab-html") is HTMLExporter


def test_any_notebook_can_be_exported():
    """Pictures, text and printed lines of a foreign notebook are shown; its HTML is not trusted."""
    from nbformat import v4

    nb = v4.new_notebook()
    nb.cells = [
        v4.new_markdown_cell("# A title"),
        v4.new_code_cell(
            "1",
            outputs=[
                v4.new_output("stream", name="stdout", text="printed <b>"),
                v4.new_output("display_data", data={"image/png": "iVBORw0KGgo=", "text/plain": "a plot"}),
                v4.new_output(
                    "display_data", data={"text/html": "<script>x</script>", "text/plain": "plain"}
                ),
            ],
        ),
    ]
    page = HTMLExporter().from_notebook_node(nb)[0]
    assert "<title>A title</title>" in page
    assert "<pre>printed &lt;b&gt;</pre>" in page
    assert 'src="data:image/png;base64,iVBORw0KGgo=" alt="a plot"' in page
    assert "<pre>plain</pre>" in page
    assert "<script" not in page
