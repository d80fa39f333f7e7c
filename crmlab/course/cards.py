"""Cards: what exercises and quizzes show, as HTML that needs no script, and as Markdown.

Colours are translucent and text inherits its colour, so a card can be read on light and dark pages, with the
site's style sheet (classes ``crmlab-card``, ``crmlab-card-…``) and without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from crmlab.course.lines import join_chinese_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt

__all__ = ["Card", "card", "inline", "markdown_html", "markdown_table", "table_html"]

#: accent and translucent ground of each kind of card
_TONES = {
    "exercise": ("#0b6e6e", "rgba(11, 110, 110, 0.07)"),
    "hint": ("#0072b2", "rgba(0, 114, 178, 0.08)"),
    "quiz": ("#0072b2", "rgba(0, 114, 178, 0.06)"),
    "right": ("#1a7f37", "rgba(26, 127, 55, 0.12)"),
    "amber": ("#b7791f", "rgba(214, 158, 46, 0.14)"),
    "wrong": ("#c0392b", "rgba(192, 57, 43, 0.11)"),
}


@dataclass(frozen=True)
class Card:
    """Something a student reads: shown by any notebook front end as the value of a cell.

    Attributes
    ----------
    html, markdown
        The content, for pages and for documents; all that is not markup is escaped.
    kind
        ``exercise``, ``hint``, ``quiz``, ``right``, ``amber`` or ``wrong``.
    reason
        For the answer to an answer: a word that says what was seen (``right``, ``unanswered``, a mistake's name, …).

    """

    html: str
    markdown: str
    kind: str
    reason: str = ""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:  # noqa: ARG002
        return {"text/html": self.html, "text/markdown": self.markdown, "text/plain": self.markdown}


def card(kind: str, head: str, body: str, foot: str = "", *, role: str = "group") -> str:
    """Return the HTML of a card; `head` is text, `body` and `foot` are HTML."""
    accent, ground = _TONES[kind]
    style = (
        f"border-left: 4px solid {accent}; background: {ground}; color: inherit; "
        "padding: 0.7em 1em; margin: 0.6em 0; border-radius: 4px; max-width: 46em; line-height: 1.55"
    )
    title = f'<p class="crmlab-card-head" style="margin: 0 0 0.2em 0"><strong>{escape(head)}</strong></p>'
    tail = (
        f'<p class="crmlab-card-foot" style="margin: 0.5em 0 0 0; opacity: 0.78; font-size: 0.9em">{foot}</p>'
    )
    return (
        f'<div class="crmlab-card crmlab-card-{kind}" role="{role}" aria-label="{escape(head, quote=True)}" '
        f'style="{style}">{title if head else ""}<div class="crmlab-card-body">{body}</div>{tail if foot else ""}</div>'
    )


def markdown_html(text: str) -> str:
    r"""Return Markdown as HTML; markup in it is escaped, formulas stay for MathJax.

    >>> markdown_html("a <b> $x_1$").strip()
    '<p style="margin: 0.35em 0">a &lt;b&gt; <span class="math">\\(x_1\\)</span></p>'
    """
    return str(_parser().render(join_chinese_lines(text)))


def inline(text: str) -> str:
    """Return one paragraph of Markdown as HTML without the paragraph.

    >>> inline("a *b* & c")
    'a <em>b</em> &amp; c'
    """
    return str(_parser().renderInline(text))


def table_html(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a small table; numbers are aligned right."""
    cells = [[_cell(value) for value in row] for row in rows]
    right = [all(number for _, number in column) for column in zip(*cells, strict=True)]
    styles = [f' style="text-align: {"right" if flag else "left"}; padding: 0.2em 0.8em"' for flag in right]
    styles = styles or [""] * len(heads)
    head = "".join(
        f'<th scope="col"{style}>{inline(text)}</th>' for text, style in zip(heads, styles, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{style}>{inline(text)}</td>" for (text, _), style in zip(row, styles, strict=True))
        + "</tr>"
        for row in cells
    )
    return (
        '<div class="crmlab-scroll" style="overflow-x: auto"><table style="border-collapse: collapse; margin: 0.5em 0">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a small table in Markdown."""
    cells = [[_cell(value) for value in row] for row in rows]
    right = [all(number for _, number in column) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join(heads) + " |",
        "|" + "|".join("---:" if flag else "---" for flag in right) + "|",
        *("| " + " | ".join(text.replace("|", "\\|") for text, _ in row) + " |" for row in cells),
    ]
    return "\n".join(lines)


def _cell(value: Any) -> tuple[str, bool]:
    from crmlab.text import number

    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value), False
    if isinstance(value, int) or float(value).is_integer():
        return number(value), True
    digits = len(f"{value:.6f}".rstrip("0").split(".")[1])
    return number(value, digits), True


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.use(dollarmath_plugin, renderer=_formula, double_inline=True)
    parser.add_render_rule("paragraph_open", _paragraph)
    parser.add_render_rule("math_inline", _math_inline)
    parser.add_render_rule("math_inline_double", _math_block)
    parser.add_render_rule("math_block", _math_block)
    return parser


def _paragraph(_self: Any, tokens: Any, index: int, _options: Any, _env: Any) -> str:
    return "" if tokens[index].hidden else '<p style="margin: 0.35em 0">'


def _formula(content: str, _options: dict[str, Any]) -> str:
    return escape(content)


def _math_inline(_self: Any, tokens: Any, index: int, _options: Any, _env: Any) -> str:
    return f'<span class="math">\\({escape(tokens[index].content)}\\)</span>'


def _math_block(_self: Any, tokens: Any, index: int, _options: Any, _env: Any) -> str:
    return f'<div class="math">\\[{escape(tokens[index].content.strip())}\\]</div>\n'
