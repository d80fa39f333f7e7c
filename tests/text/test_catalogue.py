"""Tests of the message catalogue."""

from __future__ import annotations

import contextvars

import pytest

from crmlab.errors import ParameterError
from crmlab.text import language, set_language, speaking, tr
from crmlab.text.catalogue import catalogue


def test_english_is_the_key_and_the_default():
    """Without a word about language, crmlab speaks English."""
    assert contextvars.Context().run(language) == "en"
    assert tr("Customers", lang="en") == "Customers"


def test_chinese_comes_from_the_catalogue():
    """A message has its Chinese text inside a zh block, and English again after it."""
    with speaking("zh"):
        assert tr("Customers") == "客户数"
    assert tr("Customers", lang="en") == "Customers"


def test_values_are_filled_after_the_look_up():
    """Values never take part in the look-up, and braces in a value stay what they are."""
    assert tr("{a} of {b}", lang="en", a="{x}", b=2) == "{x} of 2"


@pytest.mark.parametrize(
    ("template", "value", "filled"),
    [
        ("{x} 的得分", "城北", "城北的得分"),
        ("{x} 的得分", "B", "B 的得分"),
        ("低于 {x}", "城北", "低于城北"),
        ("低于{x}组", 3, "低于 3 组"),
        ("低于{x}组", "城北", "低于城北组"),
        ("为 {x:.1f}，", 2.0, "为 2.0，"),
        ("{x}{x}", "城 北", "城 北城 北"),
        ("为{x}。", "", "为。"),
    ],
)
def test_blanks_stand_between_chinese_and_latin_only(template, value, filled):
    """Whatever a value is, a Chinese message sets it with a blank beside Latin letters and digits, and with none beside Chinese; blanks inside a value stay."""
    assert tr(template, lang="zh", x=value) == filled
    assert tr(template, lang="en", x=value) == template.format(x=value)


def test_an_unknown_message_stays_english():
    """What has no Chinese text is shown in English rather than not at all."""
    assert tr("no such message 4711", lang="zh") == "no such message 4711"


def test_an_unknown_language_is_told_with_its_neighbour():
    """A mistyped language is an error that names the two there are."""
    with pytest.raises(ParameterError, match="en and zh"):
        set_language("cn")


def test_a_block_gives_the_language_back_after_an_error():
    """An exception inside a block does not leave the wrong language behind."""
    before = language()
    with pytest.raises(RuntimeError), speaking("zh"):
        raise RuntimeError
    assert language() == before


def test_the_catalogue_has_no_text_that_says_two_things():
    """No message is translated twice, differently, in two files."""
    from pathlib import Path

    from babel.messages.pofile import read_po

    import crmlab

    seen: dict[str, tuple[str, str]] = {}
    for path in sorted((Path(crmlab.__file__).parent / "locale" / "zh").glob("*.po")):
        with path.open("rb") as file:
            for entry in read_po(file, locale="zh"):
                if not entry.id:
                    continue
                text = str(entry.string)
                if entry.id in seen:
                    assert seen[entry.id][0] == text, (entry.id, seen[entry.id], path.name)
                seen[entry.id] = (text, path.name)
    assert len(catalogue("zh")) == len([text for text, _ in seen.values() if text])


def test_chinese_texts_are_set_as_chinese():
    """Chinese texts use full-width punctuation between Chinese, and a space between Chinese and Latin letters."""
    import re

    problems = []
    for english, chinese in catalogue("zh").items():
        bare = re.sub(r"\{[^}]*\}|`[^`]*`|\$[^$]*\$|https?://\S+|--?[a-z-]+", "", chinese)
        if re.search(r"[\u4e00-\u9fff][,;:?!](?:\s|[\u4e00-\u9fff]|$)", bare):
            problems.append(f"half-width punctuation: {chinese!r} ({english!r})")
        if re.search(r"[\u4e00-\u9fff][A-Za-z]{2,}|[A-Za-z]{2,}[\u4e00-\u9fff]", bare):
            problems.append(f"no space beside Latin: {chinese!r} ({english!r})")
    assert not problems, "\n".join(problems)
