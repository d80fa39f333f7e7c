"""Amounts of money in the ways people write them."""

from __future__ import annotations

import decimal

import numpy as np
import pandas as pd
import pytest

from crmlab.data.amounts import looks_like_number, parse_amounts


def read(*cells: object, **options: object) -> list[float | str]:
    """Read cells: numbers, or kinds of faults."""
    parsed = parse_amounts(list(cells), name="a", **options)  # type: ignore[arg-type]
    return [kind or float(value) for value, kind in zip(parsed.data, parsed.kinds, strict=True)]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12.5", 12.5), ("+12.5", 12.5), ("-12.5", -12.5), ("−12.5", -12.5), ("12.5-", -12.5), ("(12.5)", -12.5),
        ("（12.5）", -12.5), ("¥12.5", 12.5), ("￥ 12.5", 12.5), ("-¥12.5", -12.5), ("¥-12.5", -12.5), ("$12.50", 12.5),
        ("12.5元", 12.5), ("RMB 12.5", 12.5), ("12.5 CNY", 12.5), ("US$12.5", 12.5), ("人民币12.5元", 12.5),
        ("12.5 €", 12.5), ("1,234.5", 1234.5), ("1 234.5", 1234.5), ("1'234.5", 1234.5), ("1.5万", 15000),
        ("1.5万元", 15000), ("1.25e3", 1250), ("１２．５", 12.5), (".5", 0.5), ("12.", 12), ("0", 0), (12, 12),
        (12.5, 12.5), (np.int64(12), 12), (decimal.Decimal("12.5"), 12.5),
    ],
)  # fmt: skip
def test_an_amount_is_read_in_every_usual_form(cell, value):
    """Signs, currencies, separators and brackets."""
    assert read(cell) == [pytest.approx(value)]


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("abc", "no_number"), ("12a", "no_number"), ("12%", "no_number"), ("1-2", "no_number"), ("inf", "no_number"),
        ("--5", "no_number"), (True, "no_number"), ("12元5角", "no_number"), ("1,2,3", "no_number"), ("¥", "no_number"),
        ("#REF!", "sheet_error"), ("nan", "missing"), ("NULL", "missing"), ("-", "missing"), ("", "missing"),
        (None, "missing"), (float("inf"), "no_number"), ("1e999", "no_number"),
    ],
)  # fmt: skip
def test_what_is_no_amount_gets_its_reason(cell, kind):
    """No text slips through as a number, and nothing infinite does."""
    assert read(cell) == [kind]


def test_the_column_decides_what_a_comma_is():
    """1.234,50 and 12,5 decide for the decimal comma; 1,234.50 against it; three groups do too."""
    assert read("1.234,50", "1.000") == [1234.5, 1000.0]
    assert read("12,5", "1.000", "7") == [12.5, 1000.0, 7.0]
    assert read("1.234.567", "1.000") == [1234567.0, 1000.0]
    assert read("1,234.50", "1,000") == [1234.5, 1000.0]
    assert read("1,234,567", "1,000") == [1234567.0, 1000.0]
    assert read("0,125", "1.000") == [0.125, 1000.0]


def test_a_column_that_mixes_decimal_signs_rejects_the_rarer_and_the_doubtful():
    """Where both occur, 1.234 could be either, and is not guessed."""
    assert read("12.5", "13.5", "7,5", "1.234", "8") == [12.5, 13.5, "decimal_sign", "decimal_sign", 8.0]


def test_doubtful_separators_are_read_in_the_usual_way_and_told():
    """1,234 alone is a thousand and more, 1.234 alone one and a bit; the note says how to turn it round."""
    parsed = parse_amounts(["1,234"], name="a")
    assert parsed.data.tolist() == [1234.0]
    assert "--decimal ," in str(parsed.notes[0])
    assert "--decimal ," in str(parse_amounts(["1.234"], name="a").notes[0])
    assert read("1,234", decimal=",") == [1.234]
    assert read("1.234", decimal=",") == [1234.0]
    assert parse_amounts(["1234", "12.5"], name="a").notes == ()


def test_columns_of_numbers_need_no_parsing():
    """Typed columns pass through; not-a-number is missing, infinity no number."""
    parsed = parse_amounts(pd.Series([1.5, np.nan, np.inf]), name="a")
    assert parsed.kinds.tolist() == ["", "missing", "no_number"]
    assert parse_amounts(pd.Series([1, None], dtype="Int64"), name="a").kinds.tolist() == ["", "missing"]


def test_identifiers_do_not_look_like_numbers():
    """C017 is a name."""
    assert not any(map(looks_like_number, ["C017", "", "2024-03-05", True, None]))
