"""Figures of a questionnaire's quality: the bad item stands out, the needed answers are those of the formula."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from crmlab.data import load_case
from crmlab.plots import questionnaire
from crmlab.plots.style import apply
from crmlab.satisfaction import cronbach_alpha
from crmlab.text import speaking

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _house():
    """Draw in the style of the house, and leave no trace of it."""
    with mpl.rc_context():
        apply()
        yield
    plt.close("all")


@pytest.fixture(scope="module")
def alphas():
    """Give alpha of the blocks of the mobile-phone survey."""
    case = load_case("mobi")
    table = case.table("survey")
    return {name: cronbach_alpha(table[items]) for name, items in case.blocks.items() if len(items) > 1}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_bad_item_stands_on_top(alphas, lang):
    """Price tolerance is coloured, first, and in the title; the others lie left of the line."""
    with speaking(lang):
        ax = questionnaire.item_analysis(alphas["loyalty"], labels={"CUSL2": "Price"})
    dots = ax.collections[-1]
    assert ax.get_yticklabels()[0].get_text() == "Price"
    assert [to_hex(c) for c in dots.get_facecolor()].count(questionnaire.BAD) == 1
    assert dots.get_offsets()[0][0] > alphas["loyalty"].raw > dots.get_offsets()[1][0]
    assert "0.44" in ax.get_title("left")
    assert "0.70" in ax.get_title("left")


def test_good_items_are_praised(alphas):
    """Where no item harms, the title says so."""
    ax = questionnaire.item_analysis(alphas["quality"])
    assert ax.get_title("left") == "Every item earns its place: alpha falls without it"


def test_weak_blocks_are_counted(alphas):
    """Two of the six blocks fall short of .70; blocks stand from the most to the least reliable."""
    ax = questionnaire.alpha_by_block(alphas)
    assert ax.get_title("left") == "2 of 6 blocks fall short of .70"
    names = [label.get_text().split(" ")[0] for label in ax.get_yticklabels()]
    assert names[0] == "quality"
    assert set(names[-2:]) == {"expectation", "loyalty"}
    assert questionnaire.alpha_by_block({"quality": alphas["quality"]}).get_title("left") == (
        "All blocks reach .70"
    )


def test_components_above_chance_are_counted():
    """The scree stands still at 1 without a simulation, and at the given limits with one."""
    assert "One component" in questionnaire.scree([3.0, 0.6, 0.4]).get_title("left")
    assert "2 components" in questionnaire.scree([2.0, 1.4, 0.6]).get_title("left")
    ax = questionnaire.scree([2.0, 1.1, 0.9], chance=[1.3, 1.2, 0.9])
    assert "One component" in ax.get_title("left")
    assert list(ax.lines[1].get_ydata()) == [1.3, 1.2, 0.9]


def test_the_needed_answers_are_those_of_the_formula():
    """A margin of five points for a share of a half takes 385 answers."""
    n = np.geomspace(20, 5000, 40)
    ax = questionnaire.margin_curves(n, {"CSAT": 1.96 * 50 / np.sqrt(n)}, target=5)
    assert "385" in [text.get_text() for text in ax.texts]
    assert ax.get_xscale() == ax.get_yscale() == "log"
