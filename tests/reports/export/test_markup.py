"""Markdown to Typst."""

import pytest

from crmlab.reports.export.markup import Setter
from crmlab.reports.export.typst_text import clean, literal


def set_in(lang, markdown, labels=()):
    """Return the markup of a text."""
    return "\n".join(piece.markup for piece in Setter(lang, labels=frozenset(labels)).markdown(markdown))


@pytest.mark.parametrize(
    ("markdown", "markup"),
    [
        ("**a** *b* `c`", '#strong[#"a";]#" ";#emph[#"b";]#" ";#raw("c");'),
        ("一行。\n下一行", '#"一行。";#"下一行";'),
        ("one\ntwo", '#"one";#" ";#"two";'),
        ("用 NPS\n指标", '#"用 NPS";#"指标";'),
        ("a\\*b\\_", '#"a*b_";'),
        ("[x](ftp://example.org)", '#"x";'),
        ("[x](#fig-none)", '#"x";'),
        ("<b>x</b><!-- y -->", '#"<b>";#"x";#"</b>";'),
        ("x<br/>y", '#"x";#linebreak();#"y";'),
    ],
)
def test_inline_markup(markdown, markup):
    """Emphasis, code, line ends, escapes, links and HTML."""
    assert set_in("zh", markdown) == markup


def test_references_to_figures_and_tables():
    """A link without words shows the number; one with words keeps them; both point into the document."""
    markup = set_in("en", "[](#fig-a) [see](#tab-b) {numref}`fig-a`", labels=["fig-a", "tab-b"])
    assert markup.count('#ref(label("fig-a"));') == 2
    assert '#link(label("tab-b"))[#"see";]' in markup


def test_headings_are_pieces_of_their_own():
    """Headings keep level and words; text between them is one piece a block."""
    pieces = Setter("en").markdown("# A *b*\n\ntext\n\n### C\n\n- one\n- two")
    assert [(piece.kind, piece.level, piece.plain) for piece in pieces] == [
        ("heading", 1, "A b"),
        ("body", 0, ""),
        ("heading", 3, "C"),
        ("body", 0, ""),
    ]


def test_admonitions_speak_the_language():
    """A MyST note becomes a box with its title in the reader's language."""
    assert '#aside("注")[#"x";]' in set_in("zh", ":::{note}\nx\n:::")
    assert '#aside("Mind")[#"x";]' in set_in("en", "```{warning} Mind\n:class: y\nx\n```")


def test_literal_escapes_what_ends_a_string():
    """Quotes, backslashes and line ends stay inside the literal."""
    assert literal('a"b\\c\nd') == '"a\\"b\\\\c\\nd"'


def test_clean_composes_and_drops():
    """Separate accents are composed, invisible marks and controls go, line ends become one kind."""
    assert clean("e\u0301\u200b\u202e\ufe0f\r\n\x00x") == "\u00e9\n x"
