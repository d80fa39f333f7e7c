"""Markdown to HTML for exporters: HTML in the text stays text, nothing is fetched, formulas become MathML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = ["Heading", "Page"]

Heading = tuple[int, str, str]

_CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef“”‘’…—]")


class Page:
    r"""Renders the texts of one page, with ids for its headings that are unique on the page.

    All texts are parsed first, so that the formulas of the page are set in one run.

    >>> page = Page(["# Value & worth\n\n<b>no</b> *yes*"])
    >>> page.html[0]
    '<h1 id="value-worth">Value &amp; worth</h1>\n<p>&lt;b&gt;no&lt;/b&gt; <em>yes</em></p>\n'
    >>> page.headings
    [(1, 'value-worth', 'Value & worth')]
    """

    def __init__(self, texts: Sequence[str]) -> None:
        from crmlab.reports.export.formulas import mathml

        parser = _parser()
        self.headings: list[Heading] = []
        self._ids: set[str] = set()
        parsed = [parser.parse(text) for text in texts]
        formulas = [token for tokens in parsed for token in _math(tokens)]
        #: whether any text holds a formula
        self.has_math = bool(formulas)
        drawn = mathml([(token.content.strip(), token.type != "math_inline") for token in formulas])
        for token, markup in zip(formulas, drawn, strict=True):
            token.meta["mathml"] = markup
        #: heading positions: for each text, the slice of ``headings`` it added
        self.spans: list[tuple[int, int]] = []
        self.html: list[str] = []
        for tokens in parsed:
            start = len(self.headings)
            self._name_headings(tokens)
            _join_chinese(tokens)
            self.html.append(str(parser.renderer.render(tokens, parser.options, {})))
            self.spans.append((start, len(self.headings)))

    def _name_headings(self, tokens: Sequence[Token]) -> None:
        for opening, inline in pairwise(tokens):
            if opening.type == "heading_open":
                words = "".join(child.content for child in inline.children or ())
                name = self.unique(words)
                opening.attrSet("id", name)
                self.headings.append((int(opening.tag[1]), name, words))

    def unique(self, words: str) -> str:
        """Return an id made from words that the page has not used yet."""
        base = re.sub(r"[^\w]+", "-", words.casefold()).strip("-") or "section"
        name, count = base, 1
        while name in self._ids:
            count += 1
            name = f"{base}-{count}"
        self._ids.add(name)
        return name


def _join_chinese(tokens: Sequence[Token]) -> None:
    """Take out line ends between Chinese characters, which a browser would show as a space."""
    for token in tokens:
        children = token.children or []
        for before, middle, after in zip(children, children[1:], children[2:], strict=False):
            if (
                middle.type == "softbreak"
                and _CHINESE.match(before.content[-1:])
                and _CHINESE.match(after.content[:1])
            ):
                middle.type, middle.content = "text", ""


def _math(tokens: Sequence[Token]) -> list[Token]:
    found: list[Token] = []
    for token in tokens:
        if token.type.startswith("math_"):
            found.append(token)
        found += _math(token.children or ())
    return found


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    # As pandoc has it: a dollar sign before a digit closes no formula, so that two prices are two prices.
    parser.use(
        dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False, double_inline=True
    )
    for kind in ("math_inline", "math_inline_double", "math_block"):
        parser.add_render_rule(kind, _render_math)
    parser.add_render_rule("image", _render_image)
    return parser


def _render_math(_renderer: Any, tokens: Sequence[Token], index: int, *_: object) -> str:
    return str(tokens[index].meta.get("mathml", escape(tokens[index].content)))


def _render_image(_renderer: Any, tokens: Sequence[Token], index: int, *_: object) -> str:
    """Draw pictures that the page itself carries; of others only the words, for nothing may be fetched."""
    token = tokens[index]
    source = str(token.attrs.get("src", ""))
    if re.match(r"data:image/(png|jpeg|gif|webp);base64,", source):
        return f'<img src="{escape(source, quote=True)}" alt="{escape(token.content, quote=True)}">'
    return f"<span>{escape(token.content)}</span>"
