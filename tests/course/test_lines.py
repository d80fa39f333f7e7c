"""Lines of Chinese paragraphs."""

from __future__ import annotations

import pytest

from crmlab.course.lines import join_chinese_lines


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("第一句。\n第二句。", "第一句。第二句。"),
        ("第一句。\nNPS 为 45。\n**重点**在此。", "第一句。NPS 为 45。**重点**在此。"),
        ("客户\nNPS", "客户\nNPS"),
        ("甲。\n\n乙。", "甲。\n\n乙。"),
        ("## 甲\n乙", "## 甲\n乙"),
        ("- 甲。\n- 乙。", "- 甲。\n- 乙。"),
        ("- 甲。\n  续。", "- 甲。续。"),
        ("| 甲 |\n|---|\n| 乙 |", "| 甲 |\n|---|\n| 乙 |"),
        ("甲：\n\n1. 乙\n2. 丙", "甲：\n\n1. 乙\n2. 丙"),
        ("```\n甲。\n乙。\n```", "```\n甲。\n乙。\n```"),
        ("公式为 $a$。\n其中 $a$ 为期望。", "公式为 $a$。其中 $a$ 为期望。"),
        ("如下。\n$$\nx\n$$\n其中", "如下。\n$$\nx\n$$\n其中"),
        ("## 公式 $a$ 的含义\n正文。\n`x` 是代码。", "## 公式 $a$ 的含义\n正文。`x` 是代码。"),
        ("如下。\n```\nx\n```\n其中", "如下。\n```\nx\n```\n其中"),
        ("One.\nTwo.", "One.\nTwo."),
    ],
)
def test_only_lines_of_one_chinese_paragraph_are_joined(text, joined):
    """Blocks keep their lines, and a blank between Chinese and Latin stays."""
    assert join_chinese_lines(text) == joined
