"""Twins of cells: good ones pass, each kind of difference is told."""

from __future__ import annotations

import pytest

from crmlab.course.parity import problems, text_problems


def pair(make, english, chinese, names=("a-en", "a-zh"), tags=((), ())):
    """Return a notebook of one pair of cells."""
    return make.notebook(
        make.cell("markdown", english, names[0], "en", *tags[0]),
        make.cell("markdown", chinese, names[1], "zh", *tags[1]),
    )


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("## A\n\nOf 946 customers, {{n:d}} came back.", "## 甲\n\n946 位客户中，有 {{n:d}} 位再次购买。"),
        ("$C = b/a$ {cite:p}`fornell1996`", "$C = b/a$ {cite:p}`fornell1996`"),
        ("$C = \\text{perceived}/\\text{expected}$", "$C=\\text{感知}/\\text{期望}$"),
        ("See [the card](retail.en.md).", "参见[数据卡片](retail.zh.md)。"),
        ("On 30 September 1997, or 1997-09-30.", "1997 年 9 月 30 日，或 1997-09-30。"),
        ("About 1.5 million customers pay 20,000.", "约 150 万位客户支付 2 万元。"),
        ("Two of three customers", "三分之二的客户"),
        ("one of ten", "10 个中的 1 个"),
        ("In 3 steps", "分三步"),
        ("1. First\n2. Second", "1. 甲\n2. 乙"),
        ("Use `nps()`.", "使用 `nps()`。"),
        ("An interval of 30.5–59.5 at 95 %", "95% 区间为 30.5–59.5"),
        ("```python\nx = 1  # one\n```", "```python\nx = 1  # 一\n```"),
        ("The S1 and CO2 texts", "S1 与 CO2"),
    ],
)
def test_twins_that_say_the_same_pass(make, english, chinese):
    """Words differ, all that can be compared does not."""
    assert problems(pair(make, english, chinese)) == []


@pytest.mark.parametrize(
    ("english", "chinese", "words"),
    [
        ("# A", "## 甲", "levels of headings"),
        ("# A\n## B", "## 乙\n# 甲", "another order"),
        ("$a/b$", "$b/a$", "formulas"),
        ("{{n:.1f}}", "{{n:.2f}}", "placeholders"),
        ("[x](a.md)", "[甲](b.md)", "targets of links"),
        ("![x](a.png)", "无图", "targets of links"),
        ("{cite:p}`a`", "{cite:p}`b`", "citations"),
        ("Of 250 customers", "共 25 位客户", "numbers"),
        ("Of 250", "共有客户", "numbers"),
        ("`nps()`", "`csat()`", "code font"),
        ("Text", "  ", "empty"),
    ],
)
def test_each_difference_is_told(make, english, chinese, words):
    """The line names the cell and what differs."""
    found = problems(pair(make, english, chinese))
    assert len(found) == 1
    assert words in found[0]
    assert found[0].startswith("a-en: ")


def test_an_en_cell_without_its_twin_is_told(make):
    """At the end, before code, and before another en cell."""
    nb = make.notebook(
        make.cell("markdown", "A", "a-en", "en"),
        make.cell("markdown", "B", "b-en", "en"),
        make.cell("code", "1", "c"),
        make.cell("markdown", "丁", "d-zh", "zh"),
        make.cell("markdown", "E", "e"),
    )
    assert problems(nb) == [
        "a-en: no zh cell follows it",
        "b-en: no zh cell follows it",
        "d-zh: a zh cell without an en cell before it",
        "e: a text cell without the tag en or zh",
    ]


def test_twins_are_known_by_their_ids_and_tags(make):
    """Ids begin alike, other tags are the same."""
    assert "its twin is called b-zh" in problems(pair(make, "A", "甲", ("a-en", "b-zh")))[0]
    assert "other tags" in problems(pair(make, "A", "甲", tags=(("instructor",), ())))[0]
    assert problems(pair(make, "A", "甲", tags=(("instructor",), ("instructor",)))) == []


def test_a_title_in_one_language_is_told(make):
    """The notebook's metadata have twins too."""
    nb = pair(make, "A", "甲")
    nb.metadata.crmlab.title = {"en": "A"}
    assert problems(nb) == ["title: in en only"]


def test_code_cells_need_no_twin(make):
    """They serve both languages."""
    assert problems(make.notebook(make.cell("code", "1", "a"))) == []


def test_two_texts_can_be_compared_alone():
    """For pages of the site, which come as two files."""
    assert text_problems("12 of 13", "13 个中的 12 个") == []
