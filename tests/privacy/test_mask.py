"""Tests of crmlab.privacy.mask: what names a person is replaced, what does not stays."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.privacy import mask_text
from crmlab.text import speaking

HOLDS = settings(max_examples=200, deadline=None)


def _identity(body):
    """Return an identity number with the check digit of GB 11643."""
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11]


def _luhn(body):
    """Return a card number with the check digit of ISO/IEC 7812."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


DIGITS = st.text("0123456789", min_size=8, max_size=8)
SIGNS = st.sampled_from(["", " ", "-"])


@pytest.mark.checks("privacy.mask_text", kind="invariant")
@HOLDS
@given(
    st.sampled_from(["3", "5", "7", "8", "9"]),
    DIGITS,
    st.text("0123456789", min_size=1, max_size=1),
    SIGNS,
    st.booleans(),
)
def test_no_mobile_number_stays(second, rest, more, sign, abroad):
    """A Chinese mobile number in any usual grouping, with +86 or without, leaves no digit behind."""
    number = sign.join([f"1{second}{more}", rest[:4], rest[4:]])
    told = mask_text(f"请回电{'+86 ' if abroad else ''}{number}谢谢")
    assert told == "请回电[phone]谢谢"


@pytest.mark.checks(
    "privacy.mask_text", kind="second", against="numbers made by the rules of GB 11643 and ISO/IEC 7812"
)
@HOLDS
@given(
    st.integers(110000, 659999),
    st.dates(min_value=dt.date(1920, 1, 1), max_value=dt.date(2020, 1, 1)),
    st.integers(0, 999),
    st.text("0123456789", min_size=11, max_size=17),
    st.sampled_from(["", " "]),
)
def test_no_identity_card_and_no_bank_card_stays(place, born, order, body, sign):
    """Identity numbers with their check digit, and bank cards of 13 to 19 digits with theirs, leave no digit behind."""
    number = _identity(f"{place}{born:%Y%m%d}{order:03}")
    assert mask_text(f"身份证 {number}。") == "身份证 [identity card]。"
    assert mask_text(f"id {number.lower()}") == "id [identity card]"
    card = _luhn("6" + body)
    grouped = sign.join(card[at : at + 4] for at in range(0, len(card), 4))
    assert not re.search(r"\d", mask_text(f"卡号：{grouped}，谢谢"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("１３８００１３８０００", "[phone]"),
        ("138\u200b0013\u200b8000", "[phone]"),
        ("010-62345678 or (021) 6234 5678 转 12", "[phone] or [phone]"),
        ("0755 8234 5678", "[phone]"),
        ("400-820-8820", "[phone]"),
        ("+44 20 7946 0958, 0033 1 42 68 53 00", "[phone], [phone]"),
        ("(555) 123-4567", "[phone]"),
        ("write to a.b+c@mail.example.co.uk!", "write to [e-mail]!"),
        ("wang (at) qq.com", "[e-mail]"),
        ("王先生、欧阳女士和李经理", "[name]先生、[name]女士和[name]经理"),
        ("Mr John van Smith was rude", "Mr [name] was rude"),
        ("110105194912310021", "[identity card]"),
        ("6222 0202 0011 2233 445", "[bank card]"),
    ],
)
def test_forms_of_the_field(text, told):
    """Each usual way of writing a number, an address or a name is replaced by its word."""
    assert mask_text(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "Paid 49.90 on 2024-03-05 12:30, order 20240305",
        "等了 45 分钟，3 个人，共 1,280.50 元",
        "先生们女士们",
        "房间 1308，2024年3月5日入住，满意度 10 分",
        "The doctor was kind. Dr. who?",
        "版本 3.11.2，第 12345678 号",
        "",
    ],
)
def test_other_numbers_and_words_stay(text):
    """Amounts, days, short order numbers and forms of address without a name stay as they are."""
    assert mask_text(text) == text


def test_words_are_in_the_readers_language():
    """In Chinese the replacement is Chinese."""
    with speaking("zh"):
        assert mask_text("王先生 13800138000 w@x.cn") == "[姓名]先生 [电话] [电子邮箱]"


@pytest.mark.checks("privacy.mask_text", kind="invariant")
@HOLDS
@given(st.text(max_size=80))
def test_masking_twice_changes_nothing_more(text):
    """A masked text has nothing left to mask, whatever was in it."""
    once = mask_text(text)
    assert mask_text(once) == once


@pytest.mark.parametrize(
    "text", ["1" * 200_000, "王" * 100_000, "a@" * 50_000, "+1 " * 60_000, "x." * 90_000 + "@"]
)
def test_long_texts_are_quick(text):
    """A text made to keep a pattern busy is done in a moment."""
    import time

    begun = time.perf_counter()
    mask_text(text)
    assert time.perf_counter() - begun < 10
