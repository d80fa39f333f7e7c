"""Tests of numbers as people read them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.text import date, interval, money, number, p_value, percent, speaking


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1234567, 0, "1,234,567"),
        (-0.5, 1, "−0.5"),
        (-0.001, 1, "0.0"),
        (0, 2, "0.00"),
        (math.nan, 1, "–"),
        (None, 1, "–"),
        (math.inf, 1, "∞"),
        (-math.inf, 1, "−∞"),
        (np.float64(2.345), 1, "2.3"),
        (np.int64(7), 0, "7"),
    ],
)
def test_numbers(value, digits, text):
    """Thousands are separated, minus is a minus sign, what rounds to zero has none, what is missing is a dash."""
    assert number(value, digits) == text


@settings(max_examples=60, deadline=None)
@given(st.floats(-1e12, 1e12, allow_nan=False), st.integers(0, 4))
def test_a_written_number_reads_back(value, digits):
    """What is written can be read back to within half of its last digit."""
    text = number(value, digits).replace(",", "").replace("−", "-")
    assert abs(float(text) - value) <= 0.5 * 10**-digits * (1 + 1e-6) + abs(value) * 1e-12


def test_percent_money_interval_and_p():
    """Fractions, amounts, intervals and p values have their own ways."""
    assert percent(0.0526) == "5.3%"
    assert percent(math.nan) == "–"
    assert money(1234.5, "¥") == "¥1,234.50"
    assert money(-1, "$", 0) == "−$1"
    assert money(None, "$") == "–"
    assert interval(-1, 2.25) == "[−1.0, 2.2]"
    assert interval(0.1, 0.2, percent=True) == "[10.0%, 20.0%]"
    assert p_value(0.0004) == "<0.001"
    assert p_value(0.25) == "0.250"


def test_days_are_written_as_people_write_them():
    """A day is ISO in English and 年月日 in Chinese; a missing one is a dash."""
    assert date("1997-09-30") == "1997-09-30"
    with speaking("zh"):
        assert date(pd.Timestamp("1997-09-30 13:00")) == "1997 年 9 月 30 日"
    assert date(pd.NaT) == "–"
