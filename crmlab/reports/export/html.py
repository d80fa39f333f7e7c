"""One HTML file that needs nothing else: it opens from a disk, from an e-mail, with the network off.

``jupyter nbconvert --to crmlab-html notebook.ipynb`` works as well.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html import escape
from importlib import resources as files
from typing import TYPE_CHECKING, Any

from nbconvert.exporters import Exporter
from traitlets import Unicode, default

from crmlab import __version__
from crmlab.reports.export.flow import Flow, Item, flow
from crmlab.reports.export.formulas import MATH_CSS
from crmlab.reports.export.markdown import Page
from crmlab.show import MIME, block_html
from crmlab.show.html import FONT_STACK
from crmlab.text import speaking, tr

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["HTMLExporter"]

_PLOTLY = "application/vnd.plotly.v1+json"
_SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


class HTMLExporter(Exporter):
    """Exports an executed notebook as one self-contained HTML file without code.

    The page loads nothing from anywhere: style, font, figures and plotly.js are inside, and its content security policy
    allows only the scripts that were there when it was made.
    """

    export_from_notebook = "crmlab HTML report"
    output_mimetype = "text/html"

    #: language of the page; default: the one the notebook was run in
    lang = Unicode(
        "", help="Language of the page: en or zh. Default: the language the notebook was run in."
    ).tag(config=True)

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(  # type: ignore[override] # as nbconvert's own exporters: text or bytes
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page and nbconvert's resources."""
        copy, resources = super().from_notebook_node(nb, resources, **kw)
        seen = flow(copy, self.lang or None)
        with speaking(seen.lang):
            return _page(seen), resources


def _page(seen: Flow) -> str:
    texts = [item.text for item in seen.items if item.kind in {"markdown", "findings"}]
    page = Page(texts)
    rendered = iter(zip(page.html, page.spans, strict=True))
    parts: list[str] = []
    scripts: list[str] = []
    contents: list[tuple[int, str, str]] = []
    for item in seen.items:
        if item.kind in {"markdown", "findings"}:
            html, (start, end) = next(rendered)
            contents += page.headings[start:end]
            if item.kind == "findings":
                name = page.unique("findings")
                contents.append((2, name, tr("Key findings")))
                html = (
                    f'<section class="crmlab-findings" id="{name}"><p class="label">{escape(tr("Key findings"))}</p>'
                    f"{html}</section>"
                )
            parts.append(
                html.replace("<table>", '<div class="crmlab-scroll"><table>').replace(
                    "</table>", "</table></div>"
                )
            )
        elif item.kind == "provenance":
            name = page.unique("provenance")
            contents.append((2, name, item.bundle[MIME]["title"]))
            parts.append(f'<div id="{name}">{block_html(item.bundle)}</div>')
        else:
            parts.append(_part(item))
            if item.kind == "figure" and _PLOTLY in item.bundle:
                scripts += _SCRIPT.findall(parts[-1])
    plotly = _plotly() if scripts else ""
    body = "\n".join(parts)
    words = {"skip": escape(tr("To the content")), "contents": escape(tr("Contents"))}
    rendered_page: str = _template().render(
        lang="zh-Hans" if seen.lang == "zh" else "en",
        title=escape(seen.title),
        subject=escape(seen.subject),
        version=__version__,
        policy=_policy([plotly, *scripts] if scripts else []),
        css=_css(seen, f"{body}{''.join(words.values())}", math=page.has_math),
        plotly=plotly,
        words=words,
        contents=[entry for entry in contents if entry[0] in {2, 3}],
        parts=parts,
    )
    return rendered_page


def _part(item: Item) -> str:
    if item.kind == "plain":
        return f"<pre>{escape(item.text)}</pre>"
    if item.kind == "image":
        return _image(item)
    return block_html(item.bundle, item.number, plotly=True)


def _image(item: Item) -> str:
    """Show a picture that no block speaks for; as an image, in which no script runs."""
    if "image/png" in item.bundle:
        kind, data = "image/png", "".join(item.bundle["image/png"]).replace("\n", "")
    else:
        kind = "image/svg+xml"
        data = base64.b64encode("".join(item.bundle[kind]).encode()).decode()
    return (
        f'<figure><div class="crmlab-svg"><img src="data:{kind};base64,{data}" '
        f'alt="{escape(item.text, quote=True)}"></div></figure>'
    )


def _policy(scripts: list[str]) -> str:
    """Return a policy under which only these scripts run, and nothing is fetched."""
    hashes = sorted(
        {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts}
    )
    allowed = " ".join(hashes) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _css(seen: Flow, body: str, *, math: bool) -> str:
    sheet = files.files("crmlab.reports.export").joinpath("report.css.j2").read_text(encoding="utf-8")
    style = re.sub(r"\n(?=\S)", "\n", sheet).replace("FONTSTACK", FONT_STACK) + (MATH_CSS if math else "")
    visible = _TAG.sub(" ", _SCRIPT.sub("", body)) + seen.title
    drawn = "".join(str(item.bundle[_PLOTLY]) for item in seen.blocks("figure") if _PLOTLY in item.bundle)
    return _font_face(visible + drawn) + style


def _font_face(text: str) -> str:
    """Return the house's font, cut down to the characters of the page, as a style rule."""
    from crmlab.text.fonts import FAMILY

    latin = {chr(code) for code in range(0x20, 0x7F)} | set("–−…×·“”‘’≤≥±%°§€£¥$")
    data = base64.b64encode(_font("".join(sorted(latin | set(text))))).decode()
    return (
        f"@font-face{{font-family:'{FAMILY}';src:url(data:font/woff;base64,{data}) format('woff');"
        "font-display:block}\n"
    )


def _font(characters: str) -> bytes:
    """Return the font file with these characters alone, the same bytes every time."""
    import io
    import logging

    from fontTools import subset

    from crmlab.text.fonts import font_file

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = subset.Options(flavor="woff", hinting=False, notdef_outline=True, recalc_timestamp=False)
    options.layout_features = ["kern", "locl", "halt", "vert", "pwid"]
    font = subset.load_font(str(font_file()), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=characters)
    cutter.subset(font)
    target = io.BytesIO()
    font.flavor = "woff"
    font.save(target)
    return target.getvalue()


@cache
def _plotly() -> str:
    return (files.files("plotly").joinpath("package_data/plotly.min.js").read_text(encoding="utf-8")).replace(
        "</script", "<\\/script"
    )


@cache
def _template() -> Any:
    from jinja2 import Environment

    source = files.files("crmlab.reports.export").joinpath("report.html.j2").read_text(encoding="utf-8")
    # Everything that comes from data is escaped where it is made; the template only puts parts together.
    return Environment(autoescape=False, keep_trailing_newline=True).from_string(source)  # noqa: S701
