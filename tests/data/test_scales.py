"""Answers on scales of 5, 7, 10 and 11 points, in numbers and words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlab.data.scales import answer_words, detect_scale, parse_answers, shorter_scale
from crmlab.errors import DataError


@pytest.mark.parametrize(
    ("answers", "points"),
    [
        ([1, 2, 5], 5), ([1, 7, 4], 7), ([1, 10, 6], 10), ([0, 10, 9], 11), ([0, 9], 11), ([8, 9], 10),
        (["1", "5", None], 5), (["9分", "10分"], 10), (["5 - 非常满意", "1 - 非常不满意"], 5),
        (["非常满意", "满意", "一般", "不满意", "非常不满意"], 5), (["Very satisfied", "neutral"], 5),
        (["有点满意", "非常满意", "满意"], 7), (["strongly agree", "slightly disagree"], 7), (["经常", "从不"], 5),
    ],
)  # fmt: skip
def test_the_scale_is_told_from_the_answers(answers, points):
    """Numbers, numbers with words and words alone all tell their scale."""
    assert detect_scale(pd.Series(answers, dtype=object)).points == points


def test_items_together_tell_more_than_one():
    """An item nobody gave a 6 is still on the scale of its neighbours; alone it is not sure."""
    frame = pd.DataFrame({"a": [1, 4, 3], "b": [7, 6, 2]})
    assert detect_scale(frame).points == 7
    assert detect_scale(frame["a"]).points == 5
    assert not detect_scale(frame["a"]).sure


@pytest.mark.parametrize("answers", [[], [1.5, 2], [11, 3], [-1, 3], ["red", "blue"], [None]])
def test_answers_on_no_scale_are_refused(answers):
    """Means, ages and colours are no steps of a scale."""
    with pytest.raises(DataError, match="5, 7, 10 or 11 points"):
        detect_scale(pd.Series(answers, dtype=object))


def test_words_take_the_scale_that_covers_them_all():
    """满意 is 4 of 5, but 6 of 7 beside 有点满意."""
    five = answer_words(["满意", "非常满意"])
    seven = answer_words(["满意", "有点满意"])
    assert five is not None
    assert seven is not None
    assert (five["满意"], seven["满意"]) == (4, 6)
    assert answer_words(["满意", "red"]) is None


def test_every_scale_of_words_rises_from_the_worst_to_the_best():
    """The ends of each family stand for 1 and for 5 or 7."""
    for low, high, points in [
        ("非常不满意", "非常满意", 5), ("非常不同意", "非常同意", 5), ("一定不会", "一定会", 5), ("很差", "很好", 5),
        ("very dissatisfied", "very satisfied", 5), ("strongly disagree", "strongly agree", 5),
        ("very difficult", "very easy", 5), ("very unlikely", "very likely", 5), ("never", "always", 5),
    ]:  # fmt: skip
        words = answer_words([low, high])
        assert words is not None
        assert (words[low], words[high]) == (1, points)


def test_answers_in_traditional_characters_are_the_same_answers():
    """非常滿意 is 非常满意, and 有點滿意 makes seven steps of it."""
    assert detect_scale(pd.Series(["非常滿意", "滿意", "不滿意"])).points == 5
    assert parse_answers(["非常滿意", "有點滿意", "不滿意"]).data.tolist() == [7.0, 5.0, 2.0]


def test_a_stray_word_among_answers_is_rejected_alone():
    """One answer that is none leaves the others."""
    parsed = parse_answers(["非常满意", "满意", "不知道", None, "不满意"])
    assert parsed.kinds.tolist() == ["", "", "no_answer", "missing", ""]
    assert parsed.data[[0, 1, 4]].tolist() == [5.0, 4.0, 2.0]


def test_answers_beyond_the_ends_are_rejected():
    """An 11 on the scale from 0 to 10 is a typing error."""
    parsed = parse_answers([0, 10, 11, -1], low=0, high=10)
    assert parsed.kinds.tolist() == ["", "", "off_scale", "off_scale"]
    assert np.isnan(parsed.data[2:]).all()


def test_a_group_that_answers_lower_has_no_scale_of_its_own():
    """A group on a scale to 10 that hardly ever goes beyond 6, and never beyond 7, is no second questionnaire; one that often answers 7 is."""
    elsewhere = np.repeat(np.arange(1.0, 11), 40)
    lower = np.repeat([1.0, 2, 3, 4, 5, 6, 7], [31, 34, 52, 53, 24, 13, 3])
    seven = np.repeat([1.0, 2, 3, 4, 5, 6, 7], 30)
    for own, told in ((lower, False), (seven, True)):
        # The group's rows are spread over the file, so that neither its beginning nor its end stands out.
        rows = np.zeros(len(own) + len(elsewhere), dtype=bool)
        rows[np.linspace(5, len(rows) - 5, len(own)).astype(int)] = True
        answers = np.empty(len(rows))
        answers[rows], answers[~rows] = own, np.random.default_rng(3).permutation(elsewhere)
        assert (shorter_scale(answers, [rows]) is not None) == told
