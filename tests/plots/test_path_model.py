"""Figures of the index model: every path, item and construct is there, with its number."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from crmlab.csi import fit_ecsi, importance_performance_map, index_scores
from crmlab.data import load_case
from crmlab.plots import path_model
from crmlab.plots.index_family import FAMILY, index_family
from crmlab.plots.satisfaction import importance_map
from crmlab.plots.style import apply
from crmlab.pls import Structure, bootstrap, fit_pls
from crmlab.text import number, speaking

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _house():
    """Draw in the style of the house, and leave no trace of it."""
    with mpl.rc_context():
        apply()
        yield
    plt.close("all")


@pytest.fixture(scope="module")
def model():
    """Give the ECSI model of the mobile-phone survey."""
    return fit_ecsi(load_case("mobi").table("survey"))


@pytest.fixture(scope="module")
def resamples(model):
    """Give a small bootstrap of it."""
    return bootstrap(model, 200, rng=np.random.default_rng(1))


def texts(ax):
    """Return the texts of axes."""
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_diagram_holds_every_construct_and_path(model, resamples, lang):
    """Seven boxes, twelve arrows, twelve coefficients; paths that may be zero are dashed."""
    with speaking(lang):
        ax = path_model.path_diagram(model, resamples=resamples)
        names = path_model.construct_names()
    shown = texts(ax)
    assert len(ax.patches) == 7
    for value in model.paths["coefficient"]:
        assert number(value, 2) in shown
    boxes = " ".join(shown).replace("\n", "" if lang == "zh" else " ")
    assert all(name in boxes for name in names.values())
    arrows = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None) is not None]
    assert len(arrows) == 12
    dashed = sum(arrow.get_linestyle() != "-" for arrow in arrows)
    assert dashed == int(((resamples.paths["low"] < 0) & (resamples.paths["high"] > 0)).sum())
    assert "0.62" in ax.get_title("left")


def test_no_coefficient_lies_on_a_box(model):
    """Numbers of the paths keep clear of the boxes."""
    ax = path_model.path_diagram(model)
    ax.get_figure().draw_without_rendering()
    boxes = [patch.get_window_extent() for patch in ax.patches]
    values = {number(value, 2) for value in model.paths["coefficient"]}
    for text in ax.texts:
        if text.get_text() in values:
            assert not any(text.get_window_extent().overlaps(box) for box in boxes), text.get_text()


def test_a_model_of_other_constructs_is_drawn_in_a_round():
    """Constructs that no index model knows get places of their own."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=100)
    data = pd.DataFrame({"a": x, "b": x + rng.normal(size=100)})
    fit = fit_pls(data, Structure({"cause": ["a"], "effect": ["b"]}, [("cause", "effect")]))
    ax = path_model.path_diagram(fit, labels={"cause": "Cause", "effect": "Effect"})
    assert len(ax.patches) == 2
    assert ax.get_title("left").startswith("Cause moves effect most")


def test_paths_stand_in_falling_order(model, resamples):
    """Dots fall from the top; the count of those told from zero is in the title."""
    ax = path_model.path_intervals(resamples)
    values = ax.collections[-1].get_offsets()[:, 0]
    assert (np.diff(values) <= 0).all()
    assert len(values) == len(model.paths)
    assert ax.get_title("left") == "9 of 12 paths are told from zero"


def test_the_worst_loading_is_named(model):
    """Items of blocks with several items are drawn; the one that does not belong is in the title."""
    ax = path_model.loading_dots(model, items={"CUSL2": "Price"})
    assert len(ax.get_yticklabels()) == 23
    assert ax.get_title("left") == "'Price' hardly belongs to its block: loading 0.20"


def test_pairs_that_are_hardly_told_apart_are_framed(model):
    """Four frames for four ratios above .90."""
    ax = path_model.htmt_map(model)
    frames = [patch for patch in ax.patches if not patch.get_fill()]
    assert len(frames) == 4
    assert ax.get_title("left").startswith("4 pairs")


def test_index_bars_have_the_indices(model):
    """Bars fall from the highest index to the lowest."""
    table = index_scores(model).table
    ax = path_model.index_bars(table)
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(sorted(table["index"], reverse=True))
    assert ax.get_title("left") == "Satisfaction index 72.5; lowest: perceived value, 62.3"
    few = table[table["construct"].isin(["quality", "satisfaction"])]
    assert path_model.index_bars(few).get_title("left") == "Satisfaction index 72.5"


def test_the_map_takes_an_index_model(model, resamples):
    """Importance in points of the index is drawn against performance; the axis says so."""
    ax = importance_map(importance_performance_map(model, resamples=resamples))
    assert "points of the index" in ax.get_ylabel()
    assert len(ax.collections[-1].get_offsets()) == 4


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_family_has_four_members(lang):
    """Four panels; the Chinese index has eleven paths and no complaints; boxes lie apart."""
    with speaking(lang):
        figure = index_family()
    assert [len(ax.patches) for ax in figure.axes] == [5, 6, 7, 6]
    chinese = next(model for model in FAMILY if model.name == "CCSI")
    assert len(chinese.paths) == 11
    assert not any("complaints" in path for path in chinese.paths)
    for ax in figure.axes:
        boxes = [patch.get_window_extent() for patch in ax.patches]
        for place, one in enumerate(boxes):
            assert not any(one.overlaps(other) for other in boxes[place + 1 :])
