"""Two groups side by side: the marks stand at the paths' coefficients."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crmlab.plots.satisfaction_pair import FIRST, path_pairs
from crmlab.plots.style import GREY, apply


@pytest.fixture(autouse=True)
def _style():
    with mpl.rc_context():
        apply()
        yield
        plt.close("all")


def test_pairs():
    """A path that differs is coloured, one that chance explains is grey; groups stand in the legend."""
    paths = pd.DataFrame(
        {
            "from": ["quality", "value"],
            "to": ["satisfaction", "satisfaction"],
            "first": [0.6, 0.3],
            "second": [0.1, 0.25],
            "p_adjusted": [0.01, 0.8],
        }
    )
    ax = path_pairs(paths, names=("North", "South"), labels={"quality": "Quality"}, title="t")
    first = next(c for c in ax.collections if len(c.get_offsets()) == 2 and c.get_offsets()[0][0] == 0.6)
    assert [to_hex(colour) for colour in first.get_facecolors()] == [FIRST, GREY]
    assert ax.get_yticklabels()[0].get_text() == "Quality → satisfaction"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["North", "South"]


@pytest.mark.parametrize("count", [3, 12])
def test_the_legend_stands_clear_of_the_axis(count):
    """However few the paths, the legend lies below the name of the axis."""
    table = pd.DataFrame(
        {
            "from": [f"a{i}" for i in range(count)],
            "to": "b",
            "first": 0.2,
            "second": 0.4,
            "p_adjusted": 1.0,
        }
    )
    ax = path_pairs(table, names=("X", "Y"), title="t")
    ax.figure.canvas.draw()
    assert ax.get_legend().get_window_extent().y1 <= ax.xaxis.label.get_window_extent().y0
