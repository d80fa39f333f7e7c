"""Breaking labels into lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.plots.wrapping import text_width, wrap


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Perceived value", ["Perceived", "value"]),
        ("C = b/a\n客户", ["C = b/a", "客户"]),
        ("感知价值（性价比）", ["感知价值", "（性价比）"]),
        ("Value", ["Value"]),
        ("", [""]),
    ],
)
def test_lines_break_between_words_and_characters(text, lines):
    """Brackets stay with what they hold, given breaks stay."""
    assert wrap(text, 0.75, 9) == lines


@settings(max_examples=60, deadline=None)
@given(st.text("客户满意度 abc，。（）NPS ", max_size=40), st.floats(0.4, 2.0))
def test_nothing_is_lost_and_lines_begin_well(text, width):
    """All characters but blanks are there in order; no line begins with closing punctuation after a character."""
    lines = wrap(text, width, 9)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert text_width(line, 9) <= width or len(line.split()) <= 1


def test_a_last_line_is_no_single_character():
    """Lines are evened out where that costs no line."""
    lines = wrap("客户关系管理系统概述", 1.0, 9)
    assert min(len(line) for line in lines) > 1
