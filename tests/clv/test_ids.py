"""Tests of text ids as numbers: the same codes in the same order as by hashing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_index_equal

from crmlab.clv import _ids, customer_summary
from crmlab.clv._ids import codes_of_text


def assert_as_hashed(ids: pd.Series) -> bool:
    """Assert that the codes are those of pandas, if there are any; return whether there are."""
    found = codes_of_text(ids)
    if found is None:
        return False
    code, distinct = pd.factorize(ids, sort=True)
    np.testing.assert_array_equal(found[0], code)
    assert_index_equal(found[1], pd.Index(distinct, name=ids.name))
    return True


@pytest.mark.checks("clv.customer_summary", kind="second", against="pandas")
@settings(max_examples=100, deadline=None)
@given(
    ids=st.lists(st.text(st.sampled_from("0159abzZ-é客"), max_size=20), min_size=1, max_size=30),
    kind=st.sampled_from(["str", object]),
)
def test_any_text(ids, kind):
    """Text ids of any length and script get the codes, and the order, that hashing and sorting them gives."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_ids, "_FEW", 0)
        assert_as_hashed(pd.Series(ids, dtype=kind, name="who"))


@pytest.mark.parametrize(
    "form",
    ["C{:08d}", "{}", "{:04d}", "138{:08d}", "VIP-2024-{:09d}-CN-shop", "客户{:06d}"],
)
def test_ids_as_shops_write_them(form):
    """Ids of fixed and of varying length, short and long, with and without a prefix, need no hashing."""
    rng = np.random.default_rng(1)
    ids = pd.Series([form.format(number) for number in rng.integers(0, 5000, 20_000)], name="who")
    assert assert_as_hashed(ids)
    assert assert_as_hashed(ids[100:1900].astype(object))


@pytest.mark.parametrize("kind", ["int8", "int16", "uint8", "int64"])
def test_narrow_numbers(kind):
    """Whole-number ids of few bits are told apart though their span has more bits."""
    kinds = np.iinfo(kind)
    ids = np.tile(np.array([max(kinds.min, -40_000), min(kinds.max, 40_000), 7], dtype=kind), 30_000)
    code, distinct = _ids.codes_of_numbers(ids)
    np.testing.assert_array_equal(code, np.unique(ids, return_inverse=True)[1])
    np.testing.assert_array_equal(distinct, np.unique(ids))


def test_ids_that_differ_everywhere_are_hashed():
    """Random ids, ids with a zero byte and very long ids are left to hashing, and summarised all the same."""
    rng = np.random.default_rng(1)
    letters = np.array(list("0123456789abcdef"))
    random = ["".join(rng.choice(letters, 32)) for _ in range(500)] * 4
    for ids in (random, ["a", "a\0", "b\0\0"] * 1000, ["x" * 70, "y"] * 1000, [""] * 2000):
        assert codes_of_text(pd.Series(ids)) is None
        sales = pd.DataFrame({"customer": ids, "date": pd.Timestamp("2024-01-01"), "amount": 1.0})
        assert customer_summary(sales).table.index.tolist() == sorted(set(ids))


def test_what_is_no_text_is_hashed():
    """Missing ids and ids of several types are left to hashing."""
    assert codes_of_text(pd.Series(["a", None] * 1000)) is None
    assert codes_of_text(pd.Series(["a", 1] * 1000, dtype=object)) is None
    assert codes_of_text(pd.Series(["a", "b"] * 1000, dtype="category")) is None
