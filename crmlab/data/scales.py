"""Answers of a survey: numbers and words on scales of 5, 7, 10 or 11 points."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.data.cells import OK, Cells, Parsed, clean, is_missing, parse_distinct
from crmlab.data.hanzi import simplified
from crmlab.errors import DataError
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.data.messages import Message

__all__ = ["Scale", "answer_words", "detect_scale", "parse_answers", "shorter_scale", "without_codes"]

_DIGITS_FIRST = re.compile(
    r"(\d{1,3}(?:\.\d+)?)\s*(?:分|星级?|级|stars?|points?|pts?)?\s*(?:[-–—:、.,=)]*\s*\(?[^\d()]+\)?)?"
)
_DIGITS_LAST = re.compile(r"[^\d()]+[-–—:=(]\s*(\d{1,2})\s*分?\)?")

#: numbers that stand for "no answer" where all other answers lie between 0 and 10
_CODES = frozenset({-1, -2, -8, -9, -88, -99, 77, 88, 97, 98, 99, 777, 888, 997, 998, 999, 9999})
#: ends of scales shorter than others; so many answers beside a part are looked at; the logarithm of how likely chance is
_SHORTER = (5, 7)
_NEAR = 50
_SURE = 0.95
_RISING = 0.5
_CHANCE = np.log(1e-9)
#: share of a group's answers at the end of its scale, below which these are low answers on a longer one
_TOP = 0.04
_INTEGER = re.compile(r"-?\d{1,4}(?:\.0+)?")

# Words from the lowest step to the highest; | separates words of one step.
_WORDS_5 = (
    "非常不满意|很不满意|十分不满意|极不满意 / 不满意|不太满意|比较不满意|较不满意 / 一般|中立|普通|尚可|还可以 / 满意|比较满意|较满意|基本满意 / 非常满意|很满意|十分满意",
    "非常不同意|完全不同意|很不同意 / 不同意|不太同意|比较不同意 / 一般|中立|不确定|说不清 / 同意|比较同意|基本同意 / 非常同意|完全同意|很同意",
    "非常不可能|绝对不会|一定不会|肯定不会 / 不可能|不太可能|可能不会|不会 / 一般|不确定|说不清 / 可能|比较可能|可能会|会 / 非常可能|一定会|肯定会|绝对会",
    "非常不愿意|很不愿意 / 不愿意|不太愿意 / 一般|不确定|无所谓 / 愿意|比较愿意 / 非常愿意|很愿意",
    "非常不符合|完全不符合 / 不符合|不太符合|比较不符合 / 一般|不确定 / 符合|比较符合 / 非常符合|完全符合",
    "非常不重要|完全不重要 / 不重要|不太重要 / 一般 / 重要|比较重要 / 非常重要|很重要",
    "非常差|很差|极差 / 差|较差|比较差 / 一般|中等 / 好|较好|比较好|良好 / 非常好|很好|优秀",
    "very dissatisfied|very unsatisfied|completely dissatisfied / dissatisfied|unsatisfied|somewhat dissatisfied|rather dissatisfied / neutral|neither|neither satisfied nor dissatisfied|so-so|ok / satisfied|somewhat satisfied|rather satisfied / very satisfied|completely satisfied|extremely satisfied",
    "strongly disagree|completely disagree / disagree|somewhat disagree|rather disagree / neutral|neither|neither agree nor disagree|undecided|not sure / agree|somewhat agree|rather agree / strongly agree|completely agree",
    "very unlikely|extremely unlikely|definitely not / unlikely|not likely|probably not|somewhat unlikely / neutral|neither|not sure|neither likely nor unlikely / likely|probably|somewhat likely / very likely|extremely likely|definitely",
    "very poor|terrible / poor|bad / fair|average|neutral|ok / good / very good|excellent",
    "very difficult|very hard / difficult|hard / neutral|neither|neither easy nor difficult / easy / very easy",
    "not at all important|very unimportant / slightly important|unimportant|not important / moderately important|neutral / important / very important|extremely important",
    "never / rarely|seldom / sometimes / often / always",
    "从不 / 很少 / 有时|偶尔 / 经常 / 总是",
    # Kano's answers; the first step is the best
    "我很喜欢|很喜欢|喜欢|非常喜欢 / 理应如此|理所当然|它理应如此|必须这样 / 无所谓 / 勉强接受|能忍受|可以忍受|能够忍受 / 很不喜欢|我很不喜欢|不喜欢",
    "i like it|like it|like / it must be that way|must be|i expect it / neutral|i am neutral / i can live with it|live with it|can live with it / i dislike it|dislike it|dislike",
)
_WORDS_7 = (
    "非常不满意|极不满意 / 不满意|很不满意 / 有点不满意|有些不满意|略不满意|稍不满意|比较不满意 / 一般|中立|普通 / 有点满意|有些满意|略满意|稍满意|比较满意 / 满意|很满意 / 非常满意|极其满意",
    "非常不同意|完全不同意|强烈反对 / 不同意 / 有点不同意|有些不同意|略不同意|比较不同意 / 一般|中立|不确定 / 有点同意|有些同意|略同意|比较同意 / 同意 / 非常同意|完全同意|强烈同意",
    "extremely dissatisfied|very dissatisfied / dissatisfied|moderately dissatisfied / slightly dissatisfied|somewhat dissatisfied / neutral|neither|neither satisfied nor dissatisfied / slightly satisfied|somewhat satisfied / satisfied|moderately satisfied / extremely satisfied|very satisfied",
    "strongly disagree / disagree / slightly disagree|somewhat disagree / neutral|neither|neither agree nor disagree / slightly agree|somewhat agree / agree / strongly agree",
)


def _families(lines: Sequence[str]) -> tuple[dict[str, int], ...]:
    return tuple(
        {word.strip(): at for at, step in enumerate(line.split(" / "), start=1) for word in step.split("|")}
        for line in lines
    )


_FAMILIES = (*_families(_WORDS_5), *_families(_WORDS_7))
_STEPS = {5: (1, 5), 7: (1, 7), 10: (1, 10), 11: (0, 10)}


@dataclass(frozen=True)
class Scale:
    """The scale answers are given on.

    Parameters
    ----------
    low, high
        Lowest and highest step.
    points
        Number of steps: 5, 7, 10 or 11 (0 to 10).
    words
        Whether the answers are words (非常满意, very satisfied).
    sure
        False where the answers use only part of the scale, so that a shorter or longer one is possible.

    """

    low: int
    high: int
    points: int
    words: bool = False
    sure: bool = True


def answer_words(found: Sequence[str]) -> dict[str, int] | None:
    """Return the scale of words that covers all these answers, None when there is none.

    >>> answer_words(["满意", "非常满意", "一般"])["非常满意"]
    5
    >>> answer_words(["有点满意", "满意"])["满意"]
    6
    """
    wanted = {_plain(word) for word in found}
    return next((family for family in _FAMILIES if wanted <= family.keys()), None) if wanted else None


def detect_scale(answers: pd.Series[Any] | pd.DataFrame) -> Scale:
    """Tell which scale answers are given on.

    Several items of one questionnaire together (a DataFrame) tell more than one: a 7-point item that nobody gave a 6
    or 7 looks like one of 5 points.

    Parameters
    ----------
    answers
        Numbers or words; missing ones are left out.

    Returns
    -------
    Scale
        5 points (1 to 5), 7 (1 to 7), 10 (1 to 10) or 11 (0 to 10).

    Raises
    ------
    crmlab.errors.DataError
        When the answers fit none of these.

    Examples
    --------
    >>> detect_scale(pd.Series([1, 3, 5, 4])).points
    5
    >>> detect_scale(pd.Series([0, 9, 10])).points
    11
    >>> detect_scale(pd.Series(["非常满意", "不满意"]))
    Scale(low=1, high=5, points=5, words=True, sure=True)

    """
    columns = (
        [answers.iloc[:, at] for at in range(answers.shape[1])]
        if isinstance(answers, pd.DataFrame)
        else [answers]
    )
    cleaned = [clean(value) for column in columns for value in column.dropna().unique()]
    present = [value for value in cleaned if not is_missing(value)]
    numbers = [_number(value) for value in present]
    texts = [value for value, number in zip(present, numbers, strict=True) if number is None]
    if texts:
        words = answer_words([str(text) for text in texts])
        if words:
            high = max(words.values())
            return Scale(1, high, high, words=True)
    found = {number for number in numbers if number is not None}
    whole = all(number.is_integer() for number in found)
    if texts or not found or not whole or min(found) < 0 or max(found) > 10:
        raise DataError(
            tr("The answers fit no scale of 5, 7, 10 or 11 points."),
            problems=[tr("answers found: {answers}", answers=", ".join(sorted(map(str, present))[:10]))],
        )
    if 0 in found:
        return Scale(0, 10, 11, sure=max(found) > 6)
    points = next(points for points in (5, 7, 10) if max(found) <= points)
    return Scale(*_STEPS[points], points, sure=max(found) == points)


def parse_answers(column: Cells, *, low: float | None = None, high: float | None = None) -> Parsed:
    """Read a column of answers: numbers, numbers with words (5 - 非常满意, 8 分), or words alone.

    Parameters
    ----------
    column
        The cells.
    low, high
        The ends of the scale, where they are known; answers beyond are rejected.

    Returns
    -------
    Parsed
        `data` are floats, missing answers NaN.

    Examples
    --------
    >>> parse_answers(["5 - 非常满意", "8分", "x", None]).data.tolist()
    [5.0, 8.0, nan, nan]

    """
    parsed = parse_distinct(column, _parse, np.nan)
    good = parsed.kinds == OK
    beyond = np.zeros(len(good), dtype=bool)
    if low is not None:
        beyond |= good & (parsed.data < low)
    if high is not None:
        beyond |= good & (parsed.data > high)
    parsed.kinds[beyond] = "off_scale"
    parsed.data[beyond] = np.nan
    return parsed


def shorter_scale(
    answers: NDArray[Any], parts: Sequence[NDArray[np.bool_]]
) -> tuple[NDArray[np.bool_], int, int] | None:
    """Find the part of a column that was answered on a shorter scale than the rest.

    Such a part is the beginning or the end of the file, or one of `parts`. No answer in it lies beyond the end of a
    shorter scale, 5 or 7, beyond which so many answers of the rest lie that chance would hardly leave it so (once in a
    thousand million times). A part whose answers rise or fall is none: the file is sorted.

    Parameters
    ----------
    answers
        The answers in the order of the file, missing ones NaN.
    parts
        Rows that may have been asked by a questionnaire of their own: those of a file, of a group.

    Returns
    -------
    tuple or None
        The rows of the part, the end of its scale, and which part it is: a place in `parts`, -2 the beginning, -1 the end.

    Examples
    --------
    >>> answers = np.array([3.0, 5, 4, 5, 2, 4, 5, 1, 3, 5] * 3 + [8.0, 10, 4, 9, 7] * 6)
    >>> rows, end, which = shorter_scale(answers, [])
    >>> int(rows.sum()), end, which
    (30, 5, -2)

    """
    answered = np.flatnonzero(~np.isnan(answers))
    given = answers[answered]
    places = np.arange(len(given))
    for end in _SHORTER:
        beyond = given > end
        if not beyond.any():
            break
        first, last = int(beyond.argmax()), len(beyond) - 1 - int(beyond[::-1].argmax())
        tried = {at: (part[answered], ~part[answered]) for at, part in enumerate(parts)}
        # Of the rest, what stands next to the part tells most.
        tried[-2] = places < first, (first <= places) & (places < first + _NEAR)
        tried[-1] = places > last, (last - _NEAR < places) & (places <= last)
        for which, (part, rest) in tried.items():
            own = given[part]
            if not rest.any() or not len(own) or own.max() != end or own.min() < 1:
                continue
            if which >= 0 and (own == end).mean() < _TOP:  # a group may just answer lower
                continue
            share = min(float(beyond[rest].mean()), _SURE)
            if len(own) * np.log1p(-share) < _CHANCE and not (which < 0 and _sorted(own)):
                return np.isin(np.arange(len(answers)), answered[part]), end, which
    return None


def _sorted(answers: NDArray[Any]) -> bool:
    """Tell whether answers rise or fall with their rows."""
    if answers.min() == answers.max():
        return False
    return bool(abs(np.corrcoef(np.arange(len(answers)), answers)[0, 1]) > _RISING)


def without_codes(column: Cells) -> tuple[Cells, dict[int, int]]:
    """Blank numbers that stand for "no answer", such as 99 and -1; return the cells, and how often each code stood there.

    It is a code only where every other number of the column lies between 0 and 10: on a scale to 100, 99 is an answer.

    Examples
    --------
    >>> without_codes([5, "99", 4])[1], without_codes([50, 99, 40])[1]
    ({99: 1}, {})

    """
    cells = np.asarray(column, dtype=object)
    try:
        codes, found = pd.factorize(cells, use_na_sentinel=True)
    except TypeError:  # lists and structures
        return column, {}
    numbers = [_plain_number(clean(value)) for value in found]
    others = [number for number in numbers if number is not None and number not in _CODES]
    meant = [number is not None and number in _CODES for number in numbers]
    if not any(meant) or not others or min(others) < 0 or max(others) > 10:
        return column, {}
    counts = np.bincount(codes[codes >= 0], minlength=len(found))
    told: dict[int, int] = {}
    for number, is_code, count in zip(numbers, meant, counts, strict=True):
        if is_code and number is not None:
            told[int(number)] = told.get(int(number), 0) + int(count)
    blank = np.array([*meant, False])[codes]
    cells = cells.copy()
    cells[blank] = None
    return cells, dict(sorted(told.items()))


def _plain_number(value: object) -> float | None:
    if isinstance(value, str):
        return float(value) if _INTEGER.fullmatch(value) else _number(value)
    return _number(value)


def _parse(found: Sequence[object]) -> tuple[NDArray[Any], NDArray[np.object_], tuple[Message, ...]]:
    numbers = [_number(value) for value in found]
    texts = [str(value) for value, number in zip(found, numbers, strict=True) if number is None]
    words = _best_words(texts)
    floats = np.array(
        [
            number if number is not None else words.get(_plain(str(value)), np.nan)
            for value, number in zip(found, numbers, strict=True)
        ],
        dtype=float,
    )
    kinds = np.where(np.isnan(floats), "no_answer", OK).astype(object)
    return floats, kinds, ()


def _best_words(texts: Sequence[str]) -> dict[str, int]:
    """Return the scale of words that covers most of these answers, the shorter one of equals."""
    plain = {_plain(text) for text in texts}
    return max(_FAMILIES, key=lambda family: len(plain & family.keys())) if plain else {}


def _number(value: object) -> float | None:
    if isinstance(value, (bool, np.bool_)):
        return None
    if isinstance(value, (int, float, np.integer, np.floating)):
        return float(value) if np.isfinite(value) else None
    if not isinstance(value, str):
        return None
    match = _DIGITS_FIRST.fullmatch(value) or _DIGITS_LAST.fullmatch(value)
    return float(match[1]) if match else None


def _plain(word: str) -> str:
    return " ".join(simplified(word).casefold().rstrip(".。!").split())
