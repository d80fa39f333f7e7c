"""Figures of delivered value and of value by formula: what they show is what was computed."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from crmlab.plots import value as offers_figures
from crmlab.plots import worth
from crmlab.plots.style import apply
from crmlab.text import speaking
from crmlab.value import delivered_value, retention_clv

mpl.use("Agg")
LANGS = pytest.mark.parametrize("lang", ["en", "zh"])
OFFERS = pd.DataFrame(
    {
        "product": [80, 70],
        "service": [20, 30],
        "personnel": [10, 15],
        "image": [10, 5],
        "money": [60, 50],
        "energy": [5, 5],
        "psychic": [2, 5],
        "minutes": [30, 90],
    },
    index=["near", "far"],
)


def offers_at(hour):
    """Return the offers as somebody sees them whose hour is worth so much."""
    return OFFERS.assign(time=OFFERS["minutes"] / 60 * hour)


@pytest.fixture(autouse=True)
def _house():
    """Draw in the style of the house, and leave no trace of it."""
    with mpl.rc_context():
        apply()
        yield
    plt.close("all")


def headline(ax):
    """Return the title in one line."""
    return ax.get_title("left").replace("\n", " ")


@LANGS
def test_bars_of_value_and_cost_end_at_the_totals(lang):
    """Values are stacked up to the total value, costs down to the total cost; marks stand at the difference."""
    result = delivered_value(offers_at(10))
    with speaking(lang):
        ax = offers_figures.plot_delivered_value(result, currency="¥", labels={"near": "A", "far": "B"})
    tops = [bar.get_y() + bar.get_height() for bar in ax.patches]
    assert max(tops) == pytest.approx(result.table["total_value"].max())
    assert min(tops) == pytest.approx(-result.table["total_cost"].max())
    marks = ax.collections[0].get_offsets()[:, 1].tolist()
    assert marks == pytest.approx(result.table["delivered_value"].tolist())
    assert headline(ax).startswith("A")
    assert {"en": "time cost", "zh": "时间成本"}[lang] in [t.get_text() for t in ax.get_legend().get_texts()]


def test_lines_cross_where_both_offers_deliver_the_same():
    """The break between two grid points is found exactly: 53 - 0.5 h = 60 - 1.5 h at h = 7."""
    ax = offers_figures.plot_delivered_value_by(offers_at, np.arange(0, 41, 8), xlabel="hour", currency="¥")
    assert ax.collections[0].get_offsets()[0].tolist() == pytest.approx([7.0, 49.5])
    assert "¥7" in headline(ax)
    same = offers_figures.plot_delivered_value_by(offers_at, np.arange(20, 41, 8), xlabel="hour")
    assert headline(same) == "The same offer is best for all"


@LANGS
def test_the_slider_names_the_winner_at_each_stop_and_does_not_play(lang):
    """Each stop carries bars, colours and title of its own; there are no frames that a page would play."""
    with speaking(lang):
        figure = offers_figures.play_delivered_value(offers_at, [0, 30], prefix="¥", start=1, currency="¥")
    first, last = figure.layout.sliders[0].steps
    assert not figure.frames
    assert first.method == "update"
    assert list(first.args[0]["y"][0]) == pytest.approx([53, 60])
    assert first.args[1]["title.text"].startswith("far")
    assert last.args[1]["title.text"] == figure.layout.title.text
    assert figure.layout.title.text.startswith("near")
    assert list(figure.data[0].y) == pytest.approx([38, 15])


def test_steps_shrink_to_the_last():
    """Bars have the given lengths; the title tells first, last and share."""
    ax = worth.plot_value_steps({"all": 50_000, "margin": 12_500}, currency="$")
    assert [bar.get_width() for bar in ax.patches] == [50_000, 12_500]
    assert headline(ax) == "Of $50,000, $12,500 are left: 25%"
    assert not ax._left_title.get_parse_math()


@LANGS
def test_the_curve_of_retention_tells_the_ratio_of_its_marks(lang):
    """From 80 to 90 % at a discount of 10 %, value grows to 1.7 times as much."""
    with speaking(lang):
        ax = worth.plot_value_by_retention(1250, currency="$")
    low, high = (retention_clv(1250, r, 0.10).value for r in (0.8, 0.9))
    assert ax.collections[0].get_offsets()[:, 1].tolist() == pytest.approx([low, high])
    assert "1.7" in headline(ax)
    assert len(ax.lines) == 3


def test_the_retention_slider_holds_present_values():
    """The bars at 50 % and 10 % are m (r/1.1)^t; the title tells the value of all years."""
    figure = worth.play_retention(1100, discount_rate=0.10, retentions=[0.5, 0.9], start=0, currency="$")
    assert list(figure.data[0].y)[:2] == pytest.approx([500.0, 227.27])
    assert "$917" in figure.layout.title.text  # 1100 × .5 / .6
    assert [step.label for step in figure.layout.sliders[0].steps] == ["50%", "90%"]
    assert not figure.frames


@LANGS
def test_quarters_show_what_came_and_each_forecast(lang):
    """Bars are the actual column, lines the others; the title sums all of them up."""
    table = pd.DataFrame({"actual": [20.0, 10.0], "flat": [20.0, 20.0]}, index=[1, 2])
    with speaking(lang):
        ax = worth.plot_spending_by_quarter(table, labels={"actual": "A", "flat": "F"}, seen=1, currency="$")
    assert [bar.get_height() for bar in ax.patches] == [20, 10]
    assert ax.lines[0].get_ydata().tolist() == [20, 20]
    assert "$30" in headline(ax)
    assert "F $40" in headline(ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["A", "F"]


def test_the_limit_is_read_off_the_chosen_curve():
    """The mark stands at the asked horizon and margin; the dashed line at what was paid."""
    table = pd.DataFrame({0.2: [8.0, 20.0], 0.3: [12.0, 30.0]}, index=[12, 36])
    ax = worth.plot_acquisition_limit(table, chosen=0.3, months=36, paid=49.2, currency="$")
    assert ax.collections[0].get_offsets()[0].tolist() == [36, 30]
    assert all(part in headline(ax) for part in ("30%", "$30", "36", "$49"))
    assert any(np.allclose(line.get_ydata(), 49.2) for line in ax.lines)
