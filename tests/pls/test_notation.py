"""A path model written as text is read as it was meant, and what cannot be read is named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import ParameterError
from crmlab.pls import Structure
from crmlab.pls.notation import has_arrow

TEXT = """
# what is measured
quality: q1 q2, q3
image (B): i1 i2
satisfaction: s1 s2
loyalty: l1

quality, image -> satisfaction -> loyalty   # what drives what
image -> loyalty
"""


def test_a_written_structure_is_read():
    """Blocks, modes, chains of arrows, several causes and comments stand as written."""
    structure = Structure.parse(TEXT)
    assert structure.blocks == {
        "quality": ("q1", "q2", "q3"),
        "image": ("i1", "i2"),
        "satisfaction": ("s1", "s2"),
        "loyalty": ("l1",),
    }
    assert structure.modes == {"quality": "A", "image": "B", "satisfaction": "A", "loyalty": "A"}
    assert structure.paths == (
        ("quality", "satisfaction"),
        ("image", "satisfaction"),
        ("satisfaction", "loyalty"),
        ("image", "loyalty"),
    )


def test_chinese_punctuation_and_one_line_are_read():
    """Full-width punctuation, arrows as characters and semicolons in place of lines mean the same."""
    structure = Structure.parse(
        "质量：质量1、质量2；满意：满意1；忠诚（B）：忠诚1，忠诚2；质量 → 满意 → 忠诚"
    )
    assert structure.blocks["质量"] == ("质量1", "质量2")
    assert structure.modes["忠诚"] == "B"
    assert structure.paths == (("质量", "满意"), ("满意", "忠诚"))


def test_names_in_quotes_may_hold_anything():
    """A name in quotes keeps its blanks, colons, semicolons and arrows; a doubled quote is a quote."""
    structure = Structure.parse('a: "how good; 1:10" "x -> y" "say ""hi"""; b: y; a -> b')
    assert structure.blocks["a"] == ("how good; 1:10", "x -> y", 'say "hi"')


def test_a_path_named_twice_counts_once():
    """A chain and a single arrow may name the same path."""
    assert Structure.parse("a: x; b: y; a -> b; a -> b").paths == (("a", "b"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: x; b: y; b <- a", "part 3"),
        ("a: x; b: y; a ->", "a name is missing"),
        ("a: ; b: y; a -> b", "a has no items"),
        (": x; a -> b", "name is missing before the colon"),
        ("a: x; a: z; b: y; a -> b", "a has a part of items already"),
        ("a: x; b: y", "no path"),
        ("a: x b: y; a -> b; nonsense", "neither a path"),
        ('a: "x; b: y; a -> b', "not closed"),
        ("a: x -> b", "items and paths stand in one part"),
        ("a: x; b: y; a -> c", "there is no construct 'c'"),
        ("a (C): x; b: y; a -> b", "allowed: A, B"),
    ],
)
def test_what_cannot_be_read_is_named(text, said):
    """Each mistake is told with its part and what is wrong with it."""
    with pytest.raises(ParameterError) as caught:
        Structure.parse(text)
    assert said in str(caught.value)


def test_several_mistakes_are_told_at_once():
    """Three bad parts give three problems, with the numbers of the parts."""
    with pytest.raises(ParameterError) as caught:
        Structure.parse("a x; b <- a; c:")
    assert [problem.split(",")[0] for problem in caught.value.problems] == ["part 1", "part 2", "part 3"]


def test_an_arrow_tells_a_structure_from_a_name():
    """Ready models are named without arrows."""
    assert has_arrow("a -> b")
    assert has_arrow("a → b")
    assert not has_arrow("ecsi")


NAMES = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(' ;:,"#→'), min_size=1, max_size=8
)


@pytest.mark.checks("pls.Structure", kind="invariant")
@settings(max_examples=60, deadline=None)
@given(st.lists(NAMES.filter(lambda s: s == s.strip()), min_size=5, max_size=5, unique=True), st.booleans())
def test_writing_and_reading_gives_the_same_structure(names, formative):
    """A structure written as text and read again is the same, whatever its names hold."""
    a, b, *items = names
    structure = Structure({a: items[:2], b: items[2:]}, [(a, b)], {a: "B"} if formative else {})
    again = Structure.parse(structure.to_text())
    assert (again.blocks, again.paths, again.modes) == (structure.blocks, structure.paths, structure.modes)
