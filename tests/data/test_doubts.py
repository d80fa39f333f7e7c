"""Totals, remarks, nameless buyers and twins are told from customers."""

from __future__ import annotations

import datetime as dt

import pytest

from crmlab.data.amounts import currency, parse_amounts
from crmlab.data.dates import parse_dates
from crmlab.data.doubts import doubtful_names, is_remark, is_total
from crmlab.data.scales import without_codes


@pytest.mark.parametrize("text", ["合计", "总计:", "(小计)", "Total", "GRAND TOTAL", "subtotal:"])
def test_names_of_totals_are_known(text):
    """Rows of totals are known by their name, in both languages."""
    assert is_total(text)


@pytest.mark.parametrize("text", ["合计科技有限公司", "Total Energy", "C1", "1200", "注册会员", "Notes Ltd"])
def test_customers_are_no_totals_and_no_remarks(text):
    """A name that only begins with such a word is a customer's."""
    assert not is_total(text)
    assert not is_remark(text)


def test_names_without_doubt_need_no_note():
    """Plain numbers and names, in one way of writing, are not talked about."""
    assert doubtful_names(["C1", "C2", "C2", "007", "008"], "customer") == []


def test_notes_on_customers_name_none():
    """Reports print these notes, so they count customers without telling who they are."""
    notes = [str(note) for note in doubtful_names(["0091", "91", "ZhouMin", "zhoumin", "王**明"], "customer")]
    assert ["zeros" in notes[0], "asterisks" in notes[1], "capital" in notes[2]] == [True] * 3
    assert not any(name in note for note in notes for name in ("91", "hou", "明"))


def test_a_first_of_january_1970_among_others_of_that_year_is_a_day():
    """Only a day that stands alone in its year stands for none."""
    today = dt.date(2024, 12, 31)
    alone = parse_dates(["1970-01-01", "2024-03-05"], name="date", today=today)
    among = parse_dates(["1970-01-01", "1970-02-05"], name="date", today=today)
    assert alone.kinds.tolist() == ["no_day", ""]
    assert among.kinds.tolist() == ["", ""]


def test_signs_of_one_currency_are_one_and_a_missing_sign_is_none():
    """¥5, 5 元 and RMB 5 are one currency; a bare number goes with the rest."""
    assert {currency(text) for text in ("¥5", "5 元", "RMB 5", "5人民币")} == {"¥"}
    assert parse_amounts(["¥5", "6 元", "7", "$8"], name="a").kinds.tolist() == ["", "", "", "other_currency"]


def test_codes_are_codes_only_off_the_scale():
    """On scales to 10, 99 is no answer; on a scale to 100 it is one."""
    assert without_codes(["1", "10", "99.0", -1])[1] == {-1: 1, 99: 1}
    assert without_codes([99, 99])[1] == {}
    assert without_codes([-2, -1, 0, 1, -3])[1] == {}
