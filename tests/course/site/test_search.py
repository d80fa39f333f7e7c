"""Tests of the bilingual search."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.course.site.search import BilingualSearch, split


def test_a_chinese_phrase_becomes_overlapping_pairs():
    """客户满意度 is found by its pairs, so that a part of it finds it too."""
    assert split("客户满意度") == ["客户", "户满", "满意", "意度"]
    assert set(split("满意")) <= set(split("客户满意度"))


def test_latin_words_stand_beside_chinese():
    """A word inside Chinese text is a term of its own, with or without spaces."""
    assert split("净推荐值NPS是") == ["净推", "推荐", "荐值", "NPS", "是"]


def test_a_dash_separates_words():
    """Gamma–Gamma with an en dash and with a hyphen are the same search."""
    assert split("Gamma–Gamma") == split("Gamma-Gamma") == ["Gamma", "Gamma"]


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="客户满意度忠诚ab1 ，-", max_size=30))
def test_every_part_of_a_text_is_found(text):
    """Any substring of two characters of one kind is among the terms of the whole."""
    terms = set(split(text))
    for start in range(len(text) - 1):
        pair = text[start : start + 2]
        if all("\u4e00" <= char <= "\u9fff" for char in pair):
            assert pair in terms


def test_single_characters_and_stop_words_are_not_indexed():
    """The index holds what people search for."""
    search = BilingualSearch({})
    assert not search.word_filter("是")
    assert not search.word_filter("the")
    assert search.word_filter("客户")
