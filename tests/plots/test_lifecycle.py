"""Figures of the lifecycle, and of chances against what happened."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from crmlab.data import load_case
from crmlab.lifecycle import PATTERNS, STAGES, lifecycle_stage
from crmlab.plots import lifecycle as draw
from crmlab.plots.style import apply
from crmlab.text import speaking

mpl.use("Agg")
LANGS = pytest.mark.parametrize("lang", ["en", "zh"])


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
def test_every_stage_and_pattern_has_its_word(lang):
    """Labels cover what the science returns, in the source texts' words."""
    with speaking(lang):
        assert set(draw.stage_labels()) == set(STAGES)
        assert set(draw.pattern_labels()) == set(PATTERNS)
        assert draw.pattern_labels()["early_abortion"] == {"en": "early abortion", "zh": "早期流产型"}[lang]


@LANGS
def test_patterns_are_four_panels_with_rising_lines(lang):
    """The thick line of the early abortions ends at two purchases or less; that of the long keepers goes on."""
    orders = load_case("retail").table("transactions")
    result = lifecycle_stage(orders, observation_end="2025-12-31")
    with speaking(lang):
        figure = draw.plot_lifecycle_patterns(orders, result, rng=np.random.default_rng(1), lines=5)
    means = [ax.lines[-1].get_ydata() for ax in figure.axes]
    assert len(means) == 4
    assert means[0][-1] <= 2
    assert all((np.diff(path) >= 0).all() for path in means)
    assert means[3][-1] > 20
    assert "56%" in figure.get_suptitle()


@LANGS
def test_the_watched_label_is_told(lang):
    """Two of four of the watched label came back: 50 %; a label that is not named is left out."""
    labels = pd.Series(["x", "x", "x", "x", "y", "z"])
    back = pd.Series([True, True, False, False, True, True])
    with speaking(lang):
        ax = draw.plot_return_by_label(labels, back, names={"x": "X", "y": "Y"}, watch="x", xlabel="back")
    assert "50%" in headline(ax)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["X (n = 4)", "Y (n = 1)"]
    assert ax.collections[-1].get_offsets()[:, 0].tolist() == [0.5, 1.0]


def test_the_ruler_tells_its_two_ends():
    """The title names the shares at the strictest and the mildest threshold."""
    table = pd.DataFrame({"marked": [0.7, 0.5, 0.4], "back": [0.2, 0.1, 0.1]}, index=[1, 3, 9])
    ax = draw.plot_rule_strictness(table, chosen=3, xlabel="gaps")
    assert "70%" in headline(ax)
    assert "40%" in headline(ax)


@LANGS
def test_chances_are_compared_with_what_happened(lang):
    """Classes are open on the left; the lowest class is told; points far off the diagonal change colour."""
    chance = np.repeat([0.05, 0.1, 0.3], [30, 10, 100])
    came = np.r_[np.ones(20), np.zeros(20), np.ones(30), np.zeros(70)].astype(bool)
    with speaking(lang):
        ax = draw.plot_return_chances(chance, came)
    points = ax.collections[-1].get_offsets()
    assert points[0].tolist() == pytest.approx([0.0625, 0.5])
    assert points[1].tolist() == pytest.approx([0.3, 0.3])
    colours = ax.collections[-1].get_facecolors()
    assert not np.allclose(colours[0], colours[1])
    assert "50%" in headline(ax)
