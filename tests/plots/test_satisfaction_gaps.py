"""Gaps and Kano's map: what is drawn is what was found."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from crmlab.kano import kano_classes
from crmlab.plots.satisfaction_gaps import gap_lines, kano_map
from crmlab.plots.style import apply
from crmlab.text import number, speaking


@pytest.fixture(autouse=True)
def _style():
    with mpl.rc_context():
        apply()
        yield
        plt.close("all")


def test_gaps_worst_on_top():
    """The worst gap stands on top with its number; expected and perceived are in the legend."""
    gaps = pd.DataFrame(
        {
            "name": ["clean", "prompt"],
            "expected": [6.0, 6.5],
            "perceived": [5.8, 4.5],
            "gap": [-0.2, -2.0],
            "low": [-0.5, -2.3],
            "high": [0.1, -1.7],
        }
    )
    ax = gap_lines(gaps, title="t", labels={"prompt": "Prompt"})
    assert [text.get_text() for text in ax.get_yticklabels()] == ["Prompt", "clean"]
    assert [text.get_text() for text in ax.texts] == [number(-2.0, 2), number(-0.2, 2)]
    assert len(ax.get_legend().get_texts()) == 2


def test_kano_map():
    """Features stand at their coefficients and bear their names; the corners are named in the language."""
    functional = pd.DataFrame({"app": [1, 1, 1, 3, 1], "queue": [3, 3, 2, 3, 1]})
    dysfunctional = pd.DataFrame({"app": [3, 3, 5, 3, 4], "queue": [5, 5, 5, 3, 5]})
    found = kano_classes(functional, dysfunctional)
    with speaking("zh"):
        ax = kano_map(found, title="t")
    points = next(one for one in ax.collections if hasattr(one, "get_sizes") and len(one.get_offsets()) == 2)
    assert points.get_offsets().tolist() == [
        [pytest.approx(0.2), pytest.approx(0.8)],
        [0.8, pytest.approx(0.2)],
    ]
    assert {"app", "queue", "必备", "魅力"} <= {text.get_text() for text in ax.texts}
