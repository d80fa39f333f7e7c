"""Control charts: values, limits and signals as the trend says."""

from __future__ import annotations

import itertools

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from crmlab.plots.satisfaction_trend import SIGNAL, control_charts
from crmlab.plots.style import apply
from crmlab.satisfaction.trend import score_trend
from crmlab.text import percent


@pytest.fixture(autouse=True)
def _style():
    with mpl.rc_context():
        apply()
        yield
        plt.close("all")


def test_chart():
    """The line holds the scores, the period outside is coloured and written, the centre is drawn."""
    answers = [5] * 30 + [2] * 10 + [5] * 28 + [2] * 12 + [5] * 8 + [2] * 32
    trend = score_trend(answers, np.repeat([1, 2, 3], 40).tolist())
    figure = control_charts(
        [trend], titles=["CSAT"], labels=["CSAT"], show=[lambda v: percent(v, 0)], periods=["a", "b", "c"]
    )
    ax = figure.axes[0]
    centre, line = ax.lines
    assert line.get_ydata().tolist() == [0.75, 0.7, 0.2]
    assert centre.get_ydata()[0] == pytest.approx(trend.centre)
    points = ax.collections[-1]
    assert [to_hex(colour) == SIGNAL for colour in points.get_facecolors()] == trend.table["signal"].tolist()
    assert [text.get_text() for text in ax.texts] == [
        percent(value, 0) for value in trend.table.loc[trend.table["beyond"], "value"]
    ]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["a", "b", "c"]


@pytest.mark.parametrize("n", [15, 31])
@pytest.mark.parametrize("name", ["2021 年第 {} 季度", "2021 Q{}", "2021-{}"])
def test_labels_of_periods_do_not_overlap(n, name):
    """However many periods there are and however long their names, those below the chart keep clear of each other."""
    trend = score_trend([5, 4, 2, 3, 1] * n, np.repeat(np.arange(n), 5).tolist())
    periods = [name.format(k % 4 + 1) for k in range(n)]
    figure = control_charts(
        [trend], titles=["CSAT"], labels=["CSAT"], show=[lambda v: percent(v, 0)], periods=periods
    )
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].get_xticklabels()]
    assert len(boxes) > 3
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))
