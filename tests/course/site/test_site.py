"""Tests of the built site, by file and in a real browser, opened from the folder as a reader would."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest
import yaml

from crmlab._paths import share
from crmlab.course.site.stage import toc_files

pytestmark = (
    pytest.mark.slow
)  # all in one file: `make test` gives a file to one worker, so the site is built once

PAGES = toc_files(yaml.safe_load(share("_toc.yml").read_text(encoding="utf-8")))
LANGS = ("en", "zh")
GENERATED = [name for name in PAGES if name.startswith(("book/checked", "book/reference"))]
CHAPTERS = [name for name in PAGES if name.startswith("notebooks/ch")]


def _html(site: Path, lang: str, name: str) -> str:
    return (site / lang / f"{name}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", LANGS)
def test_every_page_is_there_with_its_twin(site, lang):
    """Each page of the table of contents is built, links to its twin, and the twin exists."""
    other = {"en": "zh", "zh": "en"}[lang]
    for name in PAGES:
        text = _html(site, lang, name)
        link = re.search(r'class="[^"]*crmlab-language" href="([^"]+)"', text)
        assert link, name
        target = (site / lang / f"{name}.html").parent / link[1]
        assert target.resolve() == (site / other / f"{name}.html").resolve()
        assert target.exists()


@pytest.mark.parametrize("lang", LANGS)
def test_no_page_loads_from_another_host(site, lang):
    """Scripts, styles, images and fonts come from the folder; only links for reading lead out."""
    for path in (site / lang).rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        loads = re.findall(r"<(?:script|img|link|iframe|source)[^>]+(?:src|href)=\"(https?:)?//[^\"]+", text)
        assert not loads, path
    for path in (site / lang).rglob("*.css"):
        assert not re.search(r"url\(['\"]?https?://", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("lang", LANGS)
def test_no_link_inside_the_site_is_broken(site, lang):
    """Every relative link leads to a file, and every anchor to an element."""
    problems = []
    for name in PAGES:
        page = site / lang / f"{name}.html"
        for href in re.findall(r'<a[^>]+href="([^"]+)"', page.read_text(encoding="utf-8")):
            parts = urlsplit(href.replace("&amp;", "&"))
            if parts.scheme or not (parts.path or parts.fragment):
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not target.exists():
                problems.append(f"{name}: {href}")
            elif parts.fragment and target.suffix == ".html":
                wanted = re.escape(unquote(parts.fragment))
                if not re.search(rf'\bid="{wanted}"', target.read_text(encoding="utf-8")):
                    problems.append(f"{name}: {href} (anchor)")
    assert not problems


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", CHAPTERS)
def test_no_solution_reaches_the_site(site, lang, name):
    """What is tagged solution or instructor in the source is in no page."""
    import nbformat

    notebook = nbformat.read(share("notebooks") / f"{name.removeprefix('notebooks/')}.ipynb", as_version=4)
    secret = [
        cell for cell in notebook.cells if {"solution", "instructor"} & set(cell.metadata.get("tags", ()))
    ]
    assert secret
    text = _html(site, lang, name)
    for cell in secret:
        assert cell.id not in text
        for line in cell.source.splitlines():
            if len(line) > 60 and not re.search(r"[`$*_\[\]<>&\"'{}]", line):
                assert line not in text


@pytest.mark.parametrize("lang", LANGS)
def test_no_placeholder_is_left(site, lang):
    """Every {{name}} became its value; the reference alone speaks of placeholders."""
    for name in (page for page in PAGES if not page.startswith("book/reference/")):
        body = re.sub(r"<script.*?</script>", "", _html(site, lang, name), flags=re.DOTALL)
        assert "{{" not in body, name


@pytest.mark.parametrize("lang", LANGS)
def test_reports_can_be_downloaded(site, lang):
    """Each report's PDF, page and workbook lie where its page says."""
    for name in ("satisfaction", "loyalty", "clv"):
        for kind in ("pdf", "html", "xlsx"):
            assert (site / lang / "reports" / f"{name}.{lang}.{kind}").stat().st_size > 5000


@pytest.mark.browser
@pytest.mark.parametrize(
    ("lang", "query", "finds"),
    [
        ("zh", "客户满意度", "ch05"),
        ("zh", "忠诚", "ch05"),
        ("zh", "NPS", "ch05"),
        ("zh", "Gamma–Gamma", "ch06"),
        ("en", "客户满意度", "glossary"),
        ("en", "loyalty", "ch05"),
        ("en", "NPS", "ch05"),
        ("en", "Gamma–Gamma", "ch06"),
    ],
)
def test_search_finds(site, watched, lang, query, finds):
    """A reader's words find the chapter that treats them, in both editions, from the folder."""
    page = watched.open(site / lang / "search.html", f"?q={quote(query)}")
    page.wait_for_selector("#search-results li a", timeout=15000)
    links = page.eval_on_selector_all(
        "#search-results li a", "links => links.map(link => link.getAttribute('href'))"
    )
    assert any(finds in link for link in links), links
    assert not watched.foreign
    assert not watched.errors


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", PAGES)
def test_pages_open_without_a_complaint(site, watched, lang, name):
    """Each page opens from the folder: no request elsewhere, nothing in the console, plotly and formulas drawn."""
    page = watched.open(site / lang / f"{name}.html")
    plots = page.locator(".js-plotly-plot")
    for number in range(plots.count()):
        assert plots.nth(number).locator("svg.main-svg").count() > 0
    assert plots.count() == page.locator(".crmlab-plotly").count()
    if page.locator(".math").count():
        page.wait_for_selector("mjx-container svg", state="attached", timeout=15000)
        assert page.locator("mjx-merror").count() == 0
    assert not watched.foreign
    assert not watched.errors


@pytest.mark.browser
def test_chapters_have_a_figure_to_play_with(site, watched):
    """At least one interactive figure stands in each chapter, in the reader's language."""
    for name in CHAPTERS:
        page = watched.open(site / "zh" / f"{name}.html")
        assert page.locator(".js-plotly-plot").count() >= 1
        assert re.search(r"[\u4e00-\u9fff]", page.locator(".js-plotly-plot").first.inner_text())


@pytest.mark.browser
def test_the_switch_stays_on_the_page(site, watched, settle):
    """From chapter 6 in English the switch leads to chapter 6 in Chinese, and back."""
    page = watched.open(site / "en" / "notebooks/ch06_customer_value.html")
    page.locator("a.crmlab-language").first.click()
    settle(page)
    assert page.url.endswith("zh/notebooks/ch06_customer_value.html")
    assert page.locator("html").get_attribute("lang").startswith("zh")
    page.locator("a.crmlab-language").first.click()
    settle(page)
    assert page.url.endswith("en/notebooks/ch06_customer_value.html")


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "expected"), [("zh-CN", "/zh/"), ("en-GB", "/en/"), ("fr-FR", "/en/")])
def test_the_root_leads_to_the_readers_language(site, browser, locale, expected):
    """A Chinese browser gets the Chinese edition, any other the English one."""
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    page.wait_for_url(f"**{expected}**")
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGS)
def test_a_phone_does_not_scroll_sideways(site, browser, settle, lang):
    """At 390 pixels nothing is wider than the screen, in light and dark."""
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme=scheme)
        page = context.new_page()
        for name in ("book/index", *CHAPTERS, "notebooks/reports/clv", *GENERATED):
            page.goto((site / lang / f"{name}.html").as_uri())
            settle(page)
            wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wide <= 1, (name, scheme, wide)
            theme = page.evaluate("document.documentElement.dataset.theme")
            assert theme == scheme
        context.close()
