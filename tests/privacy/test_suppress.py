"""Tests of crmlab.privacy.suppress: small groups stay hidden, and cannot be worked out."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.privacy import suppress

HOLDS = settings(max_examples=150, deadline=None)


def _possible(values, hidden, lines):
    """Return what each hidden number may be: all whole numbers from 1 on that agree with what is shown.

    `values` are the numbers (counts and totals), `lines` lists of (parts, total) by place. A hidden number that may grow
    for ever is cut at 12 above its value, which is enough to see that it varies.
    """
    unknown = [at for at, one in enumerate(hidden) if one]
    top = {at: values[at] + 12 for at in unknown}
    for parts, total in lines:
        if total not in unknown:
            top |= {at: min(top[at], values[total]) for at in parts if at in top}
    found = {at: set() for at in unknown}
    order = _ordered(unknown, lines)

    def walk(place, known):
        if all(len(one) > 1 for one in found.values()):
            return
        if place == len(order):
            for at in unknown:
                found[at].add(known[at])
            return
        at = order[place]
        forced = _forced(at, known, lines)
        for value in forced or range(1, top[at] + 1):
            if value >= 1 and len(forced) < 2:
                walk(place + 1, {**known, at: value})

    walk(0, {at: value for at, value in enumerate(values) if at not in unknown})
    return found


def _forced(at, known, lines):
    """Return the values that lines with nothing else unknown leave for a number; two different ones contradict."""
    values = set()
    for parts, total in lines:
        others = [one for one in (*parts, total) if one != at]
        if len(others) == len(parts) and all(one in known for one in others):
            rest = sum(known[one] for one in parts if one != at)
            values.add(rest if at == total else known[total] - rest)
    return values


def _ordered(unknown, lines):
    """Put a number that follows from those before it right behind them, so that the search stays small."""
    order, left = [], list(unknown)
    while left:
        for at in left:
            done = any(
                at in (*parts, total) and all(one not in left for one in (*parts, total) if one != at)
                for parts, total in lines
            )
            if done:
                break
        else:
            at = min(
                left, key=lambda one: min(sum(x in left for x in (*p, t)) for p, t in lines if one in (*p, t))
            )
        order.append(at)
        left.remove(at)
    return order


def _table(counts, found):
    """Return numbers, what is hidden, and lines of a table with all its totals."""
    height, width = counts.shape
    cell = np.arange(height * width).reshape(height, width)
    rows = height * width + np.arange(height)
    columns = rows[-1] + 1 + np.arange(width)
    whole = columns[-1] + 1
    values = [*counts.ravel(), *counts.sum(axis=1), *counts.sum(axis=0), counts.sum()]
    hidden = [*np.ravel(found.hidden), *found.rows, *found.columns, found.total]
    lines = [(list(cell[r]), rows[r]) for r in range(height)]
    lines += [(list(cell[:, c]), columns[c]) for c in range(width)]
    lines += [(list(rows), whole), (list(columns), whole)]
    return [int(v) for v in values], [bool(h) for h in hidden], lines


@pytest.mark.checks("privacy.suppress", kind="second", against="all tables that agree with what is shown")
@HOLDS
@given(
    st.integers(1, 3).flatmap(
        lambda width: st.lists(
            st.lists(st.sampled_from([0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 9]), min_size=width, max_size=width),
            min_size=1,
            max_size=3,
        )
    ),
    st.integers(2, 5),
)
def test_no_count_of_a_table_can_be_worked_out(rows, least):
    """Of tables up to 3 by 3 with all totals, every hidden number can be two whole numbers or more, found by trying all."""
    counts = np.array(rows)
    found = suppress(counts, least=least)
    values, hidden, lines = _table(counts, found)
    assert not [v for v, h in zip(values, hidden, strict=True) if 0 < v < least and not h]
    possible = _possible(values, hidden, lines)
    assert all(len(one) > 1 for one in possible.values()), possible


@pytest.mark.checks("privacy.suppress", kind="second", against="all tables that agree with what is shown")
@HOLDS
@given(st.lists(st.integers(0, 9), min_size=1, max_size=5), st.integers(2, 5), st.data())
def test_no_count_of_a_list_with_subtotals_can_be_worked_out(counts, least, data):
    """Of lists with subtotals and a total, every hidden number can be at least two whole numbers, found by trying all."""
    by = data.draw(st.lists(st.sampled_from("ab"), min_size=len(counts), max_size=len(counts)))
    found = suppress(counts, by=by, least=least)
    n, names = len(counts), list(found.rows.index)
    values = [
        *counts,
        *(sum(c for c, b in zip(counts, by, strict=True) if b == name) for name in names),
        sum(counts),
    ]
    hidden = [*found.hidden, *found.rows, found.total]
    lines = [([at for at in range(n) if by[at] == name], n + k) for k, name in enumerate(names)]
    lines.append((list(range(n, n + len(names))), n + len(names)))
    possible = _possible([int(v) for v in values], [bool(h) for h in hidden], lines)
    assert all(len(one) > 1 for one in possible.values()), possible


@pytest.mark.checks("privacy.suppress", kind="invariant")
@HOLDS
@given(st.lists(st.integers(0, 60), min_size=1, max_size=30), st.integers(1, 12))
def test_what_a_list_hides_is_no_small_group_either(counts, least):
    """The hidden counts of a list, whose sum follows from its total, are two or more and `least` people together."""
    found = suppress(counts, least=least)
    n = np.array(counts)
    hidden = np.asarray(found.hidden)
    assert hidden[(n > 0) & (n < least)].all()
    assert not hidden[n == 0].any()
    if hidden.any() and not found.total:
        assert hidden.sum() > 1
        assert n[hidden].sum() >= least


@pytest.mark.checks("privacy.suppress", kind="invariant")
@HOLDS
@given(
    st.lists(st.lists(st.integers(0, 40), min_size=4, max_size=4), min_size=2, max_size=6),
    st.integers(2, 10),
    st.sampled_from(["both", "rows", "columns", "none"]),
)
def test_what_a_line_hides_is_no_small_group_either(rows, least, total):
    """In every row and column whose total is shown, the hidden counts are none, or two and `least` people together."""
    counts = np.array(rows)
    found = suppress(counts, least=least, total=total)
    for n, hidden, lines, known in (
        (counts, found.hidden, found.rows, total in {"both", "rows"}),
        (counts.T, found.hidden.T, found.columns, total in {"both", "columns"}),
    ):
        for row, own, kept_back in zip(n, hidden, lines, strict=True):
            if known and not kept_back and own.any():
                assert own.sum() > 1
                assert row[own].sum() >= least


@pytest.mark.checks("privacy.suppress", kind="invariant")
@HOLDS
@given(st.lists(st.integers(0, 40), min_size=1, max_size=20), st.integers(1, 10))
def test_a_list_without_total_hides_the_small_alone(counts, least):
    """Where no total is known, exactly the small counts are hidden; with least = 1 none is."""
    n = np.array(counts)
    assert np.array_equal(suppress(counts, least=least, total=False).hidden, (n > 0) & (n < least))
    assert not suppress(counts, least=1).hidden.any()


@pytest.mark.checks("privacy.suppress", kind="invariant")
def test_rows_and_columns_may_change_places():
    """A table and its transpose hide as many counts, and labels come back as they were given."""
    table = pd.DataFrame([[90, 3, 20], [40, 8, 60], [7, 9, 30]], index=list("abc"), columns=list("xyz"))
    found, turned = suppress(table), suppress(table.T)
    assert found.hidden.index.tolist() == ["a", "b", "c"]
    assert found.hidden.to_numpy().sum() == turned.hidden.to_numpy().sum() == 4
    assert found.primary == 1
    assert found.summary()["hidden"].tolist() == [4, 0, 0]


def test_the_next_smallest_joins():
    """One small count of a list takes the next smallest with it, and no more."""
    assert suppress([50, 4, 30, 12, 0]).hidden.tolist() == [False, True, False, True, False]


@pytest.mark.parametrize("size", [400])
def test_long_lists_and_wide_tables_are_quick(size):
    """Four hundred groups, and a table of 40 rows, are settled in a moment."""
    rng = np.random.default_rng(2)
    assert suppress(rng.integers(0, 30, size)).hidden.sum() > 0
    found = suppress(rng.poisson(6, (40, 8)))
    assert found.hidden.sum() < 320


@pytest.mark.parametrize(
    ("counts", "options", "error"),
    [
        ([1, -2], {}, DataError),
        ([1.5], {}, DataError),
        ([float("nan")], {}, DataError),
        (["many"], {}, DataError),
        ([[[1]]], {}, DataError),
        ([1, 2], {"by": ["a"]}, DataError),
        ([[1, 2]], {"by": ["a"]}, ParameterError),
        ([1], {"least": 0}, ParameterError),
        ([1], {"total": "some"}, ParameterError),
    ],
)
def test_wrong_input_is_refused(counts, options, error):
    """Counts that are no counts, and options that mean nothing, are errors."""
    with pytest.raises(error):
        suppress(counts, **options)


def test_small_table_by_hand():
    """The example of every textbook: one small cell takes three others of a rectangle with it."""
    found = suppress([[20, 3], [30, 40]])
    assert list(itertools.chain(*found.hidden.tolist())) == [True, True, True, True]
