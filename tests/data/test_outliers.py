"""Outliers are found by a rule that they cannot move, and listed with their rows."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.data import read_table
from crmlab.data.outliers import ends, farthest, outlying


def test_the_modified_z_score_is_that_of_iglewicz_and_hoaglin():
    """The rule equals 0.6745 (x − median) / MAD on logarithms, beyond 3.5, worked out by hand."""
    values = np.array(
        [*np.exp(np.linspace(1, 3, 41)), np.exp(2 + 0.5 * 3.4 / 0.6745), np.exp(2 + 0.56 * 3.6 / 0.6745)]
    )
    logs = np.log(values)
    spread = np.median(np.abs(logs - np.median(logs)))
    wanted = np.abs(0.6745 * (logs - np.median(logs)) / spread) > 3.5
    assert outlying(values).tolist() == wanted.tolist()
    assert outlying(values)[-1]


@settings(max_examples=30, deadline=None)
@given(
    amounts=st.lists(st.floats(0.01, 1e6), min_size=20, max_size=60),
    factor=st.floats(0.01, 100),
    refund=st.floats(-1e6, 0),
)
def test_neither_the_currency_nor_refunds_change_what_is_far(amounts, factor, refund):
    """Amounts in cents have the same outliers, and zero and negative amounts are none and move none."""
    logs = np.log(amounts)
    far = np.abs(logs - np.median(logs))
    score = 0.6745 * far / max(float(np.median(far)), 1e-12)
    if np.any(np.abs(score - 3.5) < 1e-6) or np.median(far) < 1e-9:
        return
    told = outlying(amounts)
    assert (outlying(np.array(amounts) * factor) == told).all()
    assert outlying([*amounts, refund, np.nan]).tolist() == [*told.tolist(), False, False]


def test_few_or_equal_amounts_have_no_outliers():
    """Of nineteen amounts, and where most cost the same, nothing is called far."""
    assert not outlying([1.0] * 18 + [1e9]).any()
    assert not outlying([5.0] * 30 + [1e9]).any()


def test_the_farthest_comes_first():
    """A lost decimal point of two digits stands before one of one digit."""
    assert farthest([*range(50, 150), 9_000, 90_000]).tolist() == [101, 100]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from([-3.0, 0.0, 0.1, 50.0, 51.0, 52.0, 99.0, 7e3, 7e5]), max_size=60),
    st.integers(1, 5),
)
def test_the_farthest_are_among_the_smallest_and_the_largest(amounts, most):
    """However many amounts tie, the first of the farthest stand among so many at either end."""
    assert set(farthest(amounts)[:most]) <= set(ends(amounts, most))


def test_a_lost_decimal_point_is_listed_with_its_row_and_stays(tmp_path):
    """Rows are numbered as a spreadsheet shows them, rejected and blank rows counted."""
    lines = [f"C{i % 7},2024-01-{i % 28 + 1:02d},{40 + i % 30}.50" for i in range(60)]
    lines[10] = "C1,soon,50"
    lines[20] = ""
    lines[40] = "C1,2024-01-05,5150"
    (tmp_path / "s.csv").write_text("customer,date,amount\n" + "\n".join(lines) + "\n")
    result = read_table(tmp_path / "s.csv", as_="transactions", today=dt.date(2024, 12, 31))
    assert result.outliers is not None
    assert result.outliers["row"].tolist() == [42]
    assert result.table["amount"].max() == 5150
    told = result.quality().set_index("measure")["value"]
    assert (told["outliers"], told["outlier_rows"]) == (1, "42")


@pytest.mark.parametrize(("missing", "empty", "longest"), [((), 0, None), ((5, 6, 7, 20), 4, 3)])
def test_days_without_rows_are_counted(tmp_path, missing, empty, longest):
    """A hole in an export is told with its length."""
    lines = [f"C{i % 3},2024-01-{i:02d},{i}" for i in range(1, 29) if i not in missing]
    (tmp_path / "s.csv").write_text("customer,date,amount\n" + "\n".join(lines) + "\n")
    told = read_table(tmp_path / "s.csv", as_="transactions").quality().set_index("measure")["value"]
    assert told["empty_days"] == empty
    assert told.get("longest_gap") == longest
