"""Tests of the figures of the report on lifetime value: what they draw, and what their titles say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.dates import num2date

from crmlab.plots.clv_report import play_months, play_whale_curve, plot_alive, plot_months
from crmlab.text import speaking


@pytest.fixture(autouse=True)
def _closed():
    """Close all figures after a test."""
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def title_of(ax) -> str:
    """Return the title, wherever the style of the day puts it, on one line."""
    return (ax.get_title(loc="left") or ax.get_title()).replace("\n", " ")


def months() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return three months that were and two to come."""
    ends = pd.to_datetime(["2024-01-31", "2024-03-01", "2024-03-31"])
    past = pd.DataFrame({"end_date": ends, "first": [60.0, 30.0, 0.0], "repeat": [40.0, 90.0, 80.0]})
    coming = pd.DataFrame(
        {
            "end_date": pd.to_datetime(["2024-04-30", "2024-05-31"]),
            "revenue": [70.0, 55.0],
            "revenue_low": [65.0, 48.0],
            "revenue_high": [76.0, 63.0],
        }
    )
    return past, coming


@pytest.mark.parametrize(("lang", "words"), [("en", "very probably active"), ("zh", "很可能仍活跃")])
def test_alive_counts_both_kinds(lang, words):
    """Bars add up to the customers, one-time buyers stand apart, and the title tells of the others alone."""
    with speaking(lang):
        ax = plot_alive([0.01, 0.5, 0.9, 0.95, 1.0, 1.0], [3, 2, 4, 5, 0, 0])
    again, once = (sum(bar.get_height() for bar in bars) for bars in ax.containers)
    assert (again, once) == (4, 2)
    assert "50%" in title_of(ax)
    assert words in title_of(ax)


def test_alive_without_one_time_buyers():
    """Where all bought again there is one kind of bars and no legend."""
    ax = plot_alive(np.linspace(0.1, 0.9, 9), np.ones(9))
    assert len(ax.containers) == 1
    assert ax.get_legend() is None


def test_months_are_stacked_and_end_at_the_forecast():
    """Repeat and first purchases are stacked; the forecast follows with its intervals; the title says how it falls."""
    past, coming = months()
    ax = plot_months(past, coming, currency="€")
    heights = [[bar.get_height() for bar in bars] for bars in ax.containers[:3]]
    assert heights == [past["repeat"].tolist(), past["first"].tolist(), coming["revenue"].tolist()]
    title = title_of(ax)
    assert "€70.00" in title
    assert "€55.00" in title
    days = num2date(ax.get_xticks())
    assert {day.day for day in days} == {1}
    assert [f"{day:%Y-%m}" for day in days[:2]] == ["2024-01", "2024-02"]


def test_one_month_has_no_fall():
    """With one month to come the title does not speak of a fall."""
    past, coming = months()
    ax = plot_months(past, coming.head(1))
    assert "next month" in title_of(ax)
    assert "falls" not in title_of(ax)


def test_playable_months_hold_the_same():
    """The plotly twin holds the same bars, and takes no markup from the currency."""
    past, coming = months()
    figure = play_months(past, coming, currency="<b>$")
    assert [list(bars.y) for bars in figure.data] == [
        past["repeat"].tolist(),
        past["first"].tolist(),
        coming["revenue"].tolist(),
    ]
    assert "<b>" not in figure.to_json().replace("\\u003cb", "<b")
    assert "$" not in figure.layout.title.text


def test_playable_whale_curve_ends_at_all():
    """The curve begins at nothing, ends at all, and keeps to a few hundred points."""
    figure = play_whale_curve(np.random.default_rng(1).gamma(0.3, 10, 5000), currency="¥")
    curve = figure.data[0]
    assert (curve.x[0], curve.y[0]) == (0, 0)
    assert (curve.x[-1], curve.y[-1]) == (pytest.approx(1), pytest.approx(1))
    assert len(curve.x) <= 401
