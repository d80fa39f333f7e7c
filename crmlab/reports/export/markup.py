"""Markdown in, Typst out: markdown-it-py reads it, and every word becomes a string literal.

Nothing is passed through as Typst markup, HTML is shown as text, and no picture is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from crmlab.reports.export.typst_html import is_numeric
from crmlab.reports.export.typst_images import Picture, picture
from crmlab.reports.export.typst_math import equation
from crmlab.reports.export.typst_tables import (
    LANDSCAPE_PT,
    PORTRAIT_PT,
    Cell,
    Column,
    plan,
    stays_whole,
    table_source,
)
from crmlab.reports.export.typst_text import SOFT_BREAK, breakable, clean, content, is_wide, literal, text
from crmlab.text import N_, tr

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

__all__ = ["Piece", "Setter", "plain_markdown"]

#: the tallest a picture may stand, in points: half of the page's text
TALLEST_PT = 345.0
_ADMONITIONS = {
    "note": N_("Note"),
    "tip": N_("Tip"),
    "hint": N_("Hint"),
    "important": N_("Important"),
    "attention": N_("Attention"),
    "caution": N_("Caution"),
    "warning": N_("Warning"),
    "danger": N_("Danger"),
    "seealso": N_("See also"),
}
_LINE_OF_CODE = 78
_LINKS = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_TARGET = re.compile(r"#?((?:fig|tab)-[a-z0-9-]+)")


@dataclass(frozen=True)
class Piece:
    """A piece of the document.

    Attributes
    ----------
    kind
        ``heading``, ``body``, ``wide`` (wants a turned page), or ``moved`` (stands elsewhere).
    markup
        Typst; of a heading, what stands in it.
    plain
        The words of a heading.
    level
        Of a heading, 1 to 6.

    """

    kind: str
    markup: str = ""
    plain: str = ""
    level: int = 0


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.amsmath import amsmath_plugin
    from mdit_py_plugins.colon_fence import colon_fence_plugin
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.myst_role import myst_role_plugin

    return (
        MarkdownIt("commonmark")
        .enable(["table", "strikethrough"])
        # A dollar sign before a digit closes no formula: two prices in a paragraph are two prices.
        .use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
        .use(amsmath_plugin)
        .use(colon_fence_plugin)
        .use(myst_role_plugin)
    )


def _tree(markdown: str) -> SyntaxTreeNode:
    from markdown_it.tree import SyntaxTreeNode

    return SyntaxTreeNode(_reader().parse(clean(markdown)))


def plain_markdown(markdown: str) -> str:
    """Return the words of a line of Markdown.

    >>> plain_markdown("**客户** [value](http://a.b)")
    '客户 value'
    """
    return " ".join(_plain(child) for child in _tree(markdown).children)


def _plain(node: SyntaxTreeNode) -> str:
    if node.type in {"softbreak", "hardbreak"}:
        return " "
    if node.children:
        return "".join(_plain(child) for child in node.children)
    return node.content if node.type != "root" else ""


@dataclass
class Setter:
    """Sets the texts of one document; keeps what was drawn, and the files that the document needs.

    Attributes
    ----------
    lang
        ``"en"`` or ``"zh"``.
    labels
        Figures and tables that a text may point to: ``fig-name``, ``tab-name``.
    files
        Pictures, by file name.
    drawn
        Every text that will be drawn in the house's font.
    attachments
        Of the cell being set, by name.

    """

    lang: str
    labels: frozenset[str] = frozenset()
    files: dict[str, bytes] = field(default_factory=dict)
    drawn: list[str] = field(default_factory=list)
    attachments: Mapping[str, Any] = field(default_factory=dict)

    # ---- words ----

    def draw(self, raw: object) -> str:
        """Return text from data, cleaned, and remember that it is drawn."""
        plain = clean(raw)
        self.drawn.append(plain)
        return plain

    def text(self, raw: object) -> str:
        """Return markup that shows text from data as it is."""
        return text(breakable(self.draw(raw)))

    def content(self, raw: object, longest: int = 30) -> str:
        """Return an expression that shows text from data, for a function of the layout."""
        return content(breakable(self.draw(raw), lambda word: len(word) <= longest))

    # ---- pictures and tables ----

    def add(self, found: Picture) -> tuple[str, float]:
        """Keep a picture; return its file name, and the width in points at which it fits."""
        name = f"picture-{len(self.files) + 1}.{found.ending}"
        self.files[name] = found.data
        self.draw(found.words)
        scale = min(1.0, PORTRAIT_PT / found.width, TALLEST_PT / found.height)
        # A drawing that nearly fills the line fills it: edges of figures and tables then agree.
        if found.ending == "svg" and found.width * scale > 0.75 * PORTRAIT_PT:
            scale = min(PORTRAIT_PT / found.width, TALLEST_PT / found.height)
        return name, round(found.width * scale, 2)

    def picture(
        self, found: Picture, alt: str, *, caption: str | None = None, label: str | None = None
    ) -> str:
        """Return markup of a picture, with its caption if it has one."""
        name, width = self.add(found)
        shown = f"[{self.text(caption)}]" if caption else "none"
        words = literal(tr("Figure", lang=self.lang))
        named = literal(label) if label else "none"
        return (
            f"#titled-picture({literal(name)}, width: {width}pt, alt: {literal(clean(alt))}, "
            f"caption: {shown}, words: {words}, name: {named})"
        )

    def table(
        self,
        columns: Sequence[Column],
        *,
        caption: str | None = None,
        label: str | None = None,
        note: str | None = None,
        nested: bool = False,
    ) -> Piece:
        """Return a table; on a turned page if it is too wide for an upright one."""
        columns = [
            Column(self._drawn_cell(column.head), tuple(map(self._drawn_cell, column.cells)), column.numeric)
            for column in columns
        ]
        room = 0.88 * PORTRAIT_PT if nested else PORTRAIT_PT
        decided = plan(columns, portrait=room, landscape=room if nested else LANDSCAPE_PT)
        between = [
            tr(
                "Columns {first} to {last} of {total}",
                lang=self.lang,
                first=part.positions[1] + 1,
                last=part.positions[-1] + 1,
                total=len(columns),
            )
            for part in decided.parts
            if len(decided.parts) > 1
        ]
        words = self.text(note) if note else ""
        body = table_source(columns, decided, between, words) if columns else f'#"–";{words}'
        shown = f"[{self.text(caption)}]" if caption else "none"
        markup = (
            f"#titled-table(caption: {shown}, words: {literal(tr('Table', lang=self.lang))}, "
            f"whole: {str(stays_whole(columns, decided)).lower()}, "
            f"name: {literal(label) if label else 'none'})[\n{body}\n]"
        )
        return Piece("wide" if decided.landscape and not nested else "body", markup)

    def _drawn_cell(self, cell: Cell) -> Cell:
        return cell if cell.markup is not None else Cell(self.draw(cell.plain))

    # ---- Markdown ----

    def markdown(self, markdown: str) -> list[Piece]:
        """Return the pieces of a text: its headings, and what stands between them."""
        pieces: list[Piece] = []
        for node in _tree(markdown).children:
            if node.type == "heading":
                level = int(node.tag[1:])
                inside = self._inlines(node.children[0].children)
                if inside.strip():
                    pieces.append(Piece("heading", inside, _plain(node).strip(), level))
            elif node.type == "table":
                pieces.append(self.table(self._markdown_columns(node)))
            elif markup := self._block(node):
                pieces.append(Piece("body", markup))
        return pieces

    def inner(self, markdown: str) -> str:
        """Return a text that stands in a box; its headings become bold lines."""
        return self._blocks(_tree(markdown).children)

    def _blocks(self, nodes: Sequence[SyntaxTreeNode]) -> str:
        return "\n\n".join(filter(None, map(self._block, nodes)))

    def _block(self, node: SyntaxTreeNode) -> str:
        setters: dict[str, Callable[[SyntaxTreeNode], str]] = {
            "paragraph": self._paragraph,
            "heading": lambda node: f"#strong[{self._inlines(node.children[0].children)}]",
            "bullet_list": lambda node: f"#list({self._items(node)})",
            "ordered_list": lambda node: (
                f"#enum(start: {int(node.attrGet('start') or 1)}, {self._items(node)})"
            ),
            "blockquote": lambda node: f"#quoted[{self._blocks(node.children)}]",
            "table": lambda node: self.table(self._markdown_columns(node), nested=True).markup,
            "fence": self._fence,
            "colon_fence": self._fence,
            "code_block": lambda node: self.printed(node.content),
            "math_block": lambda node: self._equation(node.content, block=True),
            "math_block_label": lambda node: self._equation(node.content, block=True),
            "amsmath": lambda node: self._equation(node.content, block=True),
            "html_block": lambda node: self._html(node.content),
            "hr": lambda _: "#line(length: 100%, stroke: 0.5pt + rule)",
        }
        setter = setters.get(node.type)
        return setter(node) if setter else self.text(_plain(node))

    def _paragraph(self, node: SyntaxTreeNode) -> str:
        inline = node.children[0].children
        if len(inline) == 1 and inline[0].type == "image":
            return self._image(inline[0], alone=True)
        return self._inlines(inline)

    def _items(self, node: SyntaxTreeNode) -> str:
        return ", ".join(f"[{self._blocks(item.children)}]" for item in node.children) + ","

    def _markdown_columns(self, node: SyntaxTreeNode) -> list[Column]:
        rows = [row.children for part in node.children for row in part.children]
        columns = []
        for i, head in enumerate(rows[0]):
            cells = [row[i] for row in rows[1:]]
            right = "right" in str(head.attrGet("style") or "") or is_numeric(
                [_plain(cell).strip() for cell in cells]
            )
            columns.append(Column(self._cell(head), tuple(map(self._cell, cells)), numeric=right))
        return columns

    def _cell(self, node: SyntaxTreeNode) -> Cell:
        inline = node.children[0].children if node.children else []
        if all(child.type == "text" for child in inline):
            return Cell("".join(child.content for child in inline))
        return Cell(_plain(node), self._inlines(inline))

    def _fence(self, node: SyntaxTreeNode) -> str:
        info = node.info.strip()
        directive = re.match(r"\{([\w:-]+)\}\s*(.*)", info)
        if not directive:
            return self.printed(node.content)
        name, argument = directive[1], directive[2].strip()
        content = re.sub(r"\A(?::[\w-]+:.*\n)+", "", node.content)
        if name == "math":
            return self._equation(content, block=True)
        if name in _ADMONITIONS or name == "admonition":
            title = argument or tr(_ADMONITIONS.get(name, ""), lang=self.lang)
            return f"#aside({self.content(title)})[{self.inner(content)}]"
        return self.printed(content)

    def printed(self, raw: str) -> str:
        """Return text in a monospaced font, line by line."""
        lines = self.draw(raw.rstrip("\n")).expandtabs(4)
        return (
            f"#printed({literal(breakable(lines, lambda word: len(word) <= _LINE_OF_CODE))})"
            if lines.strip()
            else ""
        )

    def _html(self, content: str) -> str:
        content = re.sub(r"<!--.*?-->", "", content, flags=re.DOTALL).strip()
        return self.text(content)

    def _equation(self, latex: str, *, block: bool) -> str:
        # Letters of formulas that only the font of the house has; signs come from the font for mathematics.
        self.drawn.append("".join(char for char in latex if is_wide(char)))
        return equation(latex, block=block)

    def _inlines(self, nodes: Sequence[SyntaxTreeNode]) -> str:
        parts = []
        for i, node in enumerate(nodes):
            if node.type == "softbreak":
                before = _plain(nodes[i - 1])[-1:] if i else ""
                after = _plain(nodes[i + 1])[:1] if i + 1 < len(nodes) else ""
                # A line end in Chinese source is no space.
                chinese = any(char and is_wide(char) for char in (before, after))
                parts.append("" if chinese else text(" "))
            else:
                parts.append(self._inline(node))
        return "".join(parts)

    def _inline(self, node: SyntaxTreeNode) -> str:  # noqa: PLR0911 - one return a kind of node
        match node.type:
            case "text" | "text_special":
                return self.text(node.content)
            case "strong" | "em" | "s":
                wrap = {"strong": "strong", "em": "emph", "s": "strike"}[node.type]
                return f"#{wrap}[{self._inlines(node.children)}]"
            case "code_inline":
                return self._code(node.content)
            case "math_inline" | "math_inline_double" | "math_single":
                return self._equation(node.content, block=False)
            case "link":
                return self._link(node)
            case "image":
                return self._image(node, alone=False)
            case "hardbreak":
                return "#linebreak();"
            case "html_inline":
                return self._html_inline(node.content)
            case "myst_role":
                return self._role(str(node.meta.get("name", "")), node.content)
            case _:
                return self.text(_plain(node))

    def _code(self, raw: str) -> str:
        shown = breakable(self.draw(raw))
        # Soft breaks inside raw text would be copied with it.
        return f"#code-words[{text(shown)}]" if SOFT_BREAK in shown else f"#raw({literal(shown)});"

    def _html_inline(self, content: str) -> str:
        if re.fullmatch(r"<br\s*/?>", content, flags=re.IGNORECASE):
            return "#linebreak();"
        return "" if content.startswith("<!--") else self.text(content)

    def _link(self, node: SyntaxTreeNode) -> str:
        href = str(node.attrGet("href") or "")
        inside = self._inlines(node.children)
        target = _TARGET.fullmatch(href)
        if target and target[1] in self.labels:
            where = f"label({literal(target[1])})"
            return f"#link({where})[{inside}]" if inside else f"#ref({where});"
        return f"#link({literal(clean(href))})[{inside}]" if _LINKS.match(href) and inside else inside

    def _role(self, name: str, content: str) -> str:
        if name == "math":
            return self._equation(content, block=False)
        shown = re.fullmatch(r"(.*?)\s*<([^<>]+)>", content)
        target = shown[2] if shown else content
        if target in self.labels:
            where = f"label({literal(target)})"
            return (
                f"#link({where})[{self.text(shown[1])}]"
                if shown and "%s" not in shown[1]
                else f"#ref({where});"
            )
        return self.text(shown[1] if shown else content)

    def _image(self, node: SyntaxTreeNode, *, alone: bool) -> str:
        source, alt = str(node.attrGet("src") or ""), _plain(node) if node.children else ""
        found = picture(self._embedded(source))
        if found is None:
            words = self.text(alt or source)
            return f"#link({literal(clean(source))})[{words}]" if _LINKS.match(source) else words
        alt = alt or tr("Picture", lang=self.lang)
        if alone:
            return self.picture(found, alt)
        name, width = self.add(found)
        return f"#box(image({literal(name)}, width: {width}pt, alt: {literal(clean(alt))}));"

    def _embedded(self, source: str) -> Mapping[str, Any]:
        """Return the media bundle of a picture that the notebook itself holds."""
        if source.startswith("attachment:"):
            from urllib.parse import unquote

            bundle: Mapping[str, Any] = self.attachments.get(unquote(source.removeprefix("attachment:")), {})
            return bundle
        inside = re.fullmatch(r"data:(image/[\w.+-]+);base64,([A-Za-z0-9+/=\s]+)", source)
        return {inside[1]: inside[2]} if inside else {}
