"""Figures of satisfaction: what they show is what was computed, in words of both languages."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crmlab.plots import satisfaction as draw
from crmlab.plots import satisfaction_moving as moving
from crmlab.plots.style import apply
from crmlab.satisfaction import (
    ces,
    csat,
    disconfirmation,
    group_scores,
    importance_performance,
    nps,
    satisfaction_ratio,
)
from crmlab.text import speaking

mpl.use("Agg")
ITEMS = pd.DataFrame({"speed": [2, 3, 4, 5, 1, 3], "price": [5, 4, 5, 4, 5, 4], "taste": [4, 4, 5, 5, 4, 5]})
OVERALL = [2, 3, 5, 5, 2, 3]


@pytest.fixture(autouse=True)
def _house():
    """Draw in the style of the house, and leave no trace of it."""
    with mpl.rc_context():
        apply()
        yield
    plt.close("all")


def words(ax):
    """Return all text of axes in one string."""
    return " ".join(text.get_text() for text in ax.get_children() if hasattr(text, "get_text"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_distribution_colours_what_the_score_counts(lang):
    """The green bars of a CSAT sum to the share in its title; the words are those of the language."""
    result = csat([5, 4, 4, 3, 1, 2, 5, 3])
    with speaking(lang):
        ax = draw.score_distribution(result, name="S01")
    green = sum(bar.get_height() for bar in ax.patches if to_hex(bar.get_facecolor()) == draw.GOOD)
    assert green == pytest.approx(result.share)
    assert ax.get_title("left").startswith("S01: CSAT")
    assert "50%" in ax.get_title("left")
    assert ax.get_ylabel() == {"en": "Share of answers", "zh": "答卷占比"}[lang]


def test_a_distribution_of_each_score_names_it():
    """NPS counts 9 and 10 as good and 0 to 6 as bad; CES counts from its own limit."""
    recommend = draw.score_distribution(nps([10, 9, 7, 3, 0, 8]))
    assert [to_hex(bar.get_facecolor()) for bar in recommend.patches].count(draw.GOOD) == 2
    assert [to_hex(bar.get_facecolor()) for bar in recommend.patches].count(draw.BAD) == 7
    assert draw.score_distribution(ces([7, 6, 5, 2])).get_title("left").startswith("CES 5.00")


def test_three_scores_share_a_figure():
    """Three panels, one finding with the three numbers."""
    figure = draw.three_scores(csat([5, 4, 2, 1]), nps([10, 9, 7, 0]), ces([7, 5, 6, 2]))
    assert [ax.get_title("left") for ax in figure.axes] == ["CSAT 50%", "NPS 25", "CES 5.00"]
    assert "50% satisfied" in figure.get_suptitle()


def test_composition_stacks_to_one_and_names_best_and_worst():
    """Each bar's parts sum to 1; the title tells the lowest and the highest group."""
    ax = draw.nps_composition({"A": nps([10, 10, 3, 8]), "B": nps([2, 3, 9, 7])})
    widths = np.array([bar.get_width() for bar in ax.patches]).reshape(2, 3)
    assert widths.sum(axis=1) == pytest.approx([1, 1])
    assert ax.get_title("left") == "NPS runs from −25 (B) to 25 (A)"
    alone = draw.nps_composition({"A": nps([10, 10, 3, 8])})
    assert alone.get_title("left") == "50% promoters less 25% detractors: NPS 25"


def test_groups_beyond_chance_are_coloured_and_named():
    """A group whose interval misses the score of all stands in the title; small groups are left out."""
    rows = [("good", 5)] * 60 + [("bad", 1)] * 60 + [("few", 5)] * 2
    frame = pd.DataFrame(rows, columns=["shop", "score"])
    ax = draw.group_intervals(group_scores(frame, "shop", "score"), labels={"good": "Good shop"})
    assert ax.get_title("left") == "bad below the whole, Good shop above: beyond chance"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Good shop (n = 60)", "bad (n = 60)"]
    alike = pd.DataFrame({"shop": ["A"] * 30 + ["B"] * 30, "score": [5, 3] * 30})
    ax = draw.group_intervals(group_scores(alike, "shop", "score"))
    assert ax.get_title("left") == "No group can be told from the whole"


def test_a_series_says_whether_a_period_stands_out():
    """Points are drawn in the periods' order, with marks where asked."""
    frame = pd.DataFrame({"q": ["1"] * 40 + ["2"] * 40, "score": [10, 3, 8, 8] * 20})
    ax = draw.score_series(group_scores(frame, "q", "score", measure="nps"), marks={"2": "new"})
    assert list(ax.lines[1].get_ydata()) == [0, 0]
    assert ax.get_title("left") == "No period can be told from all of them together"
    assert "new" in words(ax)


def test_perceived_and_expected_are_counted():
    """Dots lie where the answers are; the shares above and below are written."""
    perceived, expected = [4, 5, 3, 4], [4, 4, 4, 5]
    ax = draw.expectation_map(satisfaction_ratio(perceived, expected))
    assert sorted(map(tuple, ax.collections[0].get_offsets().tolist())) == [(4, 3), (4, 4), (4, 5), (5, 4)]
    assert "C = 0.94" in ax.get_title("left")
    assert "C below 1: 50%" in words(ax)
    bars = draw.disconfirmation_levels(disconfirmation(perceived, expected))
    assert sum(bar.get_height() for bar in bars.patches) == pytest.approx(1)
    assert bars.get_title("left") == "50% got less than they expected, 25% more"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_map_names_what_to_mend(lang):
    """Points lie at performance and importance; the title names the items of the first quadrant."""
    result = importance_performance(ITEMS, OVERALL, scale=(1, 5))
    with speaking(lang):
        ax = draw.importance_map(result, labels={"speed": "Speed"})
    offsets = ax.collections[-1].get_offsets()
    assert offsets[:, 0].tolist() == pytest.approx(result.table["performance"].tolist())
    assert offsets[:, 1].tolist() == pytest.approx(result.table["importance"].tolist())
    assert ax.get_title("left") == {"en": "To mend first: Speed", "zh": "应优先改进：Speed"}[lang]
    assert "Speed" in words(ax)


def test_labels_of_the_map_keep_clear_of_each_other():
    """Five points close together: no label lies on another."""
    rng = np.random.default_rng(3)
    items = pd.DataFrame(rng.integers(1, 6, (200, 5)), columns=[f"long item {k}" for k in range(5)])
    ax = draw.importance_map(importance_performance(items, items.sum(axis=1), scale=(1, 5)))
    figure = ax.get_figure()
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text().startswith("long item")]
    assert len(boxes) == 5
    for place, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[place + 1 :])


def test_chance_is_drawn_as_it_was_simulated():
    """Coloured bars hold the share of changes that pass the threshold, which the title tells."""
    changes = {20: np.array([-20.0, -10, 0, 0, 10, 30]), 50: np.array([-4.0, 0, 0, 4])}
    ax = moving.chance_changes(changes, threshold=10, n=20)
    coloured = sum(bar.get_height() for bar in ax.patches if to_hex(bar.get_facecolor()) == moving.BAD)
    assert coloured == pytest.approx(2 / 6)
    assert "10 points or more in 33% of cases" in ax.get_title("left").replace("\n", " ")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_slider_has_a_step_for_each_size(lang):
    """One trace a size, one visible; every step shows its own trace, title and height."""
    changes = {n: np.random.default_rng(n).normal(0, 100 / n**0.5, 400) for n in (20, 50, 200)}
    with speaking(lang):
        figure = moving.chance_changes_moving(changes, threshold=10, start=50)
    assert [trace.visible for trace in figure.data] == [False, True, False]
    steps = figure.layout.sliders[0].steps
    assert [step.label for step in steps] == ["20", "50", "200"]
    assert [list(step.args[0]["visible"]).index(True) for step in steps] == [0, 1, 2]
    assert figure.layout.title.text == steps[1].args[1]["title.text"]
    assert {"en": "chance alone", "zh": "偶然"}[lang] in figure.layout.title.text


def test_the_moving_map_keeps_its_axes():
    """A step a group; ranges hold the points of all groups."""
    maps = {
        "all": importance_performance(ITEMS, OVERALL, scale=(1, 5)),
        "S01": importance_performance(ITEMS[::-1].reset_index(drop=True), OVERALL, scale=(1, 5)),
    }
    figure = moving.importance_maps_moving(maps)
    low, high = figure.layout.xaxis.range
    assert all(low < x < high for trace in figure.data for x in trace.x)
    assert [step.label for step in figure.layout.sliders[0].steps] == ["all", "S01"]
    sides = {"middle left", "middle right", "top center", "bottom center"}
    assert set(figure.data[0].textposition) <= sides


def test_labels_of_the_moving_map_keep_apart():
    """Two items side by side at the same height do not write over each other, nor over the line between them."""
    import pandas as pd

    table = pd.DataFrame(
        {"performance": [62.3, 64.1], "performance_high": [63.0, 65.0], "importance": [0.519, 0.517]}
    )
    one, other = moving.label_sides(table, ["结账速度", "品种齐全"], (36.0, 80.0, 0.44, 0.6), (65.7, 0.52))
    assert one != other
    assert {one, other}.isdisjoint({"middle right"}), "a label to the right crosses a line or the other point"


def test_the_level_of_intervals_is_that_of_the_result():
    """A title and an axis say 90% where the interval was asked at 90%."""
    import matplotlib.pyplot as plt
    import pandas as pd

    from crmlab.plots.questionnaire import alpha_by_block, margin_curves
    from crmlab.plots.satisfaction import group_intervals, score_distribution, score_series
    from crmlab.satisfaction import cronbach_alpha, group_scores, nps

    answers = pd.DataFrame({"shop": list("aabbaabbab") * 4, "score": [9, 3, 10, 7, 8, 6, 2, 9, 10, 5] * 4})
    groups = group_scores(answers, "shop", "score", measure="nps", confidence=0.9)
    sheet = pd.DataFrame({"x": answers["score"], "y": answers["score"].shift(1, fill_value=4)})
    drawn = (
        score_distribution(nps(answers["score"], confidence=0.9)).get_title("left"),
        group_intervals(groups).get_xlabel(),
        score_series(groups).get_ylabel(),
        alpha_by_block({"both": cronbach_alpha(sheet, confidence=0.9)}).get_xlabel(),
        margin_curves([20, 200], {"NPS": [30.0, 9.0]}, confidence=0.9).get_ylabel(),
    )
    plt.close("all")
    assert all("90%" in text and "95%" not in text for text in drawn), drawn
