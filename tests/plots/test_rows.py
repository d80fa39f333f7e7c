"""The figure of rows over time shows holes."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from crmlab.plots.rows import rows_over_time, rows_per_period, rows_title
from crmlab.text import speaking


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def dates(days: int, *, without: range = range(0)) -> pd.Series:
    """Return a row a day, with a hole."""
    start = pd.Timestamp("2023-01-02")
    return pd.Series([start + pd.Timedelta(days=i) for i in range(days) if i not in without])


@pytest.mark.parametrize(("days", "unit", "bars"), [(30, "D", 30), (140, "W", 20), (1200, "M", 40)])
def test_the_longer_the_period_the_wider_its_bars(days, unit, bars):
    """Days up to two months, weeks up to three years, else months; every period has its bar."""
    counts = rows_per_period(dates(days))
    assert pd.PeriodIndex(counts.index).freqstr[0] == unit
    assert len(counts) == bars
    assert counts.sum() == days


def test_a_hole_is_in_the_title_and_marked():
    """Three empty weeks are counted, and each has its triangle."""
    series = dates(140, without=range(35, 56))
    with speaking("en"):
        ax = rows_over_time(series)
        assert ax.get_title(loc="left") == "3 of 20 weeks are without any row"
        assert ax.get_ylabel() == "Rows a week"
    (marks,) = ax.get_lines()
    assert marks.get_xdata().tolist() == [5, 6, 7]
    assert [patch.get_height() for patch in ax.patches].count(0) == 3


def test_without_holes_the_title_says_so_in_chinese():
    """A whole period is called whole, in Chinese too."""
    with speaking("zh"):
        assert rows_title(rows_per_period(dates(30))) == "期间内每天都有记录"
