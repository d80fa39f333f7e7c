"""The built site, once for all its tests, and a browser to read it with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def site() -> Path:
    """Build the book (chapters and reports come from the cache where nothing changed) and return the site."""
    from crmlab.course.site import build_book

    return build_book(build_dir=ROOT / "_build").site


@pytest.fixture(scope="session")
def browser():
    """Start the browser that the machine has, or skip."""
    path = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=flags)
        yield running
        running.close()


def _settle(page) -> None:
    """Wait until formulas and figures are drawn."""
    page.evaluate("window.MathJax && MathJax.startup ? MathJax.startup.promise.then(() => 1) : 1")
    page.wait_for_function(
        "document.querySelectorAll('.js-plotly-plot').length >= document.querySelectorAll('.crmlab-plotly').length"
    )
    page.wait_for_timeout(150)


class Watched:
    """A page that remembers what it asked for and what it complained about."""

    def __init__(self, page) -> None:
        self.page = page
        self.foreign: list[str] = []
        self.errors: list[str] = []
        page.on("request", self._request)
        page.on(
            "console", lambda message: self.errors.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("requestfailed", lambda request: self.errors.append(f"failed: {request.url}"))

    def _request(self, request) -> None:
        if not request.url.startswith(("file://", "data:", "blob:")):
            self.foreign.append(request.url)

    def open(self, path: Path, query: str = ""):
        """Open a file of the site and wait until it has settled."""
        self.page.goto(f"{path.as_uri()}{query}")
        _settle(self.page)
        return self.page


@pytest.fixture
def watched(browser):
    """Open a fresh page, wide as a laptop."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield Watched(context.new_page())
    context.close()


@pytest.fixture(scope="session")
def settle():
    """Return the function that waits until formulas and figures of a page are drawn."""
    return _settle
