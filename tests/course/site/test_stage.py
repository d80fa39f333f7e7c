"""Tests of staging: what Jupyter Book gets to see."""

from __future__ import annotations

import time
from importlib import metadata

import nbformat
import pandas as pd
import pytest
import yaml

from crmlab._paths import share
from crmlab.course.glossary import glossary_page, key_terms, terms
from crmlab.course.site.cover import cover_svg
from crmlab.course.site.stage import Stage, site_notebook, toc_files
from crmlab.data.catalogue import case_names, read_case_card
from crmlab.errors import ParameterError, ReportError
from crmlab.show import facts, findings, table
from crmlab.text import speaking

TOC = yaml.safe_load(share("_toc.yml").read_text(encoding="utf-8"))


def _outputs(*blocks):
    return [nbformat.v4.new_output("display_data", block._repr_mimebundle_()) for block in blocks]


def test_every_page_of_the_contents_exists_in_both_languages():
    """No line of the table of contents leads nowhere, in either edition."""
    for name in toc_files(TOC):
        if name.startswith("notebooks/"):
            assert (share("notebooks") / f"{name.removeprefix('notebooks/')}.ipynb").exists(), name
        elif not name.startswith(("book/data/", "book/reference/")):
            for lang in ("en", "zh"):
                assert (share("book") / f"{name.removeprefix('book/')}.{lang}.md").exists(), (name, lang)


def test_pages_of_the_two_languages_have_the_same_structure():
    """Twins of a page have as many headings, links and anchors."""
    import re

    for english in share("book").rglob("*.en.md"):
        chinese = english.with_name(english.name.replace(".en.md", ".zh.md"))
        texts = [path.read_text(encoding="utf-8") for path in (english, chinese)]
        for pattern in (r"^#+ ", r"href=\"[^\"]+\"", r"^\([a-z-]+\)=$", r"^```"):
            found = [re.findall(pattern, text, re.MULTILINE) for text in texts]
            assert found[0] == found[1], (english.name, pattern)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_case_has_a_page_with_its_tables_drawn(tmp_path, lang):
    """The contents list every case; a case of several tables shows them in a drawing of one line, described in words."""
    pages = [name for name in toc_files(TOC) if name.startswith("book/data/")]
    assert {name.rsplit("/", 1)[1] for name in pages} == set(case_names())
    stage = Stage(tmp_path, lang)
    for name in pages:
        stage.write_page(name)
        text = (tmp_path / f"{name}.md").read_text(encoding="utf-8")
        card = read_case_card(name.rsplit("/", 1)[1])
        assert text.startswith(f"# {card.title[lang]}")
        drawn = [line for line in text.splitlines() if line.startswith("<figure")]
        assert len(drawn) == (len(card.tables) > 1)
        assert all(line.endswith("</figure>") and "aria-label=" in line for line in drawn)


def test_the_pages_of_cases_need_no_data(tmp_path, monkeypatch):
    """A case whose data are not installed has its page all the same, and stands in the list."""

    def absent(_name):
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "files", absent)
    stage = Stage(tmp_path, "en")
    stage.write_page("book/data/telco")
    stage.write_page("book/cases")
    assert "[Telco: who leaves a telephone company](data/telco.md)" in (tmp_path / "book/cases.md").read_text(
        encoding="utf-8"
    )


def test_an_unchanged_file_is_not_touched(tmp_path):
    """Sphinx reads only what is new, because the stage leaves the rest alone."""
    stage = Stage(tmp_path, "en")
    stage.write("a/page.md", "one")
    before = (tmp_path / "a/page.md").stat().st_mtime_ns
    time.sleep(0.01)
    stage.write("a/page.md", "one")
    assert (tmp_path / "a/page.md").stat().st_mtime_ns == before


def test_what_is_no_longer_written_is_swept(tmp_path):
    """A page that left the table of contents leaves the stage."""
    (tmp_path / "old").mkdir()
    (tmp_path / "old/page.md").write_text("gone", encoding="utf-8")
    stage = Stage(tmp_path, "en")
    stage.write("page.md", "here")
    stage.sweep()
    assert [path.name for path in tmp_path.rglob("*")] == ["page.md"]


def test_captions_and_title_speak_the_language(tmp_path):
    """The Chinese edition has Chinese captions in its menu."""
    stage = Stage(tmp_path, "zh")
    stage.write_toc(TOC)
    stage.write_config({"title": "x", "sphinx": {"config": {"a": 1}}})
    captions = [
        part["caption"] for part in yaml.safe_load((tmp_path / "_toc.yml").read_text("utf-8"))["parts"]
    ]
    config = yaml.safe_load((tmp_path / "_config.yml").read_text("utf-8"))
    assert "章节" in captions
    assert config["title"] == "客户关系管理"
    told = config["sphinx"]["config"]
    assert told.pop("crmlab_made").startswith("crmlab ")
    assert told == {"a": 1, "crmlab_lang": "zh", "language": "zh_CN"}


def test_a_missing_twin_is_named(tmp_path):
    """A page that lacks its language stops the build with its name."""
    with pytest.raises(ReportError, match=r"no-such-page\.zh\.md"):
        Stage(tmp_path, "zh").write_page("book/no-such-page")


def test_blocks_are_numbered_through_the_page_and_facts_are_dropped():
    """The second table is Table 2; named values show nothing."""
    frame = pd.DataFrame({"a": [1]})
    cells = [
        nbformat.v4.new_code_cell("1", outputs=_outputs(table(frame, "First", "t-one"), facts(a=1))),
        nbformat.v4.new_code_cell(
            "2", outputs=_outputs(table(frame, "Second <b>", "t-two"), findings("**bold**"))
        ),
    ]
    page = site_notebook(nbformat.v4.new_notebook(cells=cells), "zh")
    assert len(page.cells[0].outputs) == 1
    second = page.cells[1].outputs[0].data["text/html"]
    assert "表 2" in second
    assert "Second &lt;b&gt;" in second
    assert "**bold**" in page.cells[1].outputs[1].data["text/markdown"]


def test_the_cover_is_drawn_from_the_purchases_and_is_always_the_same():
    """One dot for each purchase of the chosen customers; the same data give the same picture."""
    from crmlab.data import load_case

    purchases = load_case("cdnow-sample").table("transactions")
    first, second = (cover_svg(purchases, title='A "cover"') for _ in range(2))
    assert first == second
    assert first.count("<path") == 2 * 44
    assert first.count("<circle") > 44
    assert "A &quot;cover&quot;" in first


def test_glossary_terms_are_complete_and_sorted():
    """Both languages list the same terms, each in its own order, with no empty text."""
    for term in terms():
        assert all((term.en, term.zh, term.define_en, term.define_zh))
    with speaking("zh"):
        chinese = glossary_page()
    english = glossary_page()
    assert chinese != english
    for term in terms():
        assert f"({term.id})=" in chinese
        assert f"({term.id})=" in english


def test_an_unknown_term_is_told_with_its_neighbour():
    """A mistyped term of a chapter is an error with a suggestion."""
    with pytest.raises(ParameterError, match="customr") as caught:
        key_terms("general", ["customr"])
    assert "customer" in str(caught.value)


def test_every_work_cited_by_doi_is_in_the_bibliography():
    """A chapter's DOI leads to an entry of the bibliography, so that the site lists what its chapters rest on."""
    import re
    from urllib.parse import unquote

    known = (share("book") / "references.bib").read_text(encoding="utf-8").lower()
    for path in sorted(share("notebooks").glob("ch*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        for doi in set(re.findall(r"\(https://doi\.org/([^)\s]+)\)", text)):
            assert unquote(doi).lower() in known, (path.name, doi)
