"""Figures of weights: every way's marks stand where its numbers say."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from crmlab.plots.satisfaction_weights import MOST_PARTS, weight_panels
from crmlab.plots.style import apply
from crmlab.text import speaking


@pytest.fixture(autouse=True)
def _style():
    with mpl.rc_context():
        apply()
        yield
        plt.close("all")


WEIGHTS = pd.DataFrame({"pls": [0.2, 0.8], "equal": [0.5, 0.5]}, index=["price", "service"])
INDICES = pd.DataFrame({"way": ["pls", "equal"], "index": [60.0, 65.0], "low": [58, 63], "high": [62, 67]})


def test_marks_and_order():
    """Parts stand in the order of the weights chosen, each way with its own marks, indices on the right."""
    figure = weight_panels(WEIGHTS, INDICES, chosen="pls", title="t", labels={"price": "Price"})
    left, right = figure.axes
    assert [text.get_text() for text in left.get_yticklabels()] == ["service", "Price"]
    marks = {one.get_label(): one.get_offsets()[:, 0].tolist() for one in left.collections[1:]}
    assert marks == {"Path model": [0.8, 0.2], "Equal": [0.5, 0.5]}
    assert [text.get_text() for text in right.get_yticklabels()] == ["Path model", "Equal"]
    assert {text.get_text() for text in right.texts} == {"60.0", "65.0"}


def test_chinese():
    """In Chinese the ways and the axis are Chinese."""
    with speaking("zh"):
        left, right = weight_panels(WEIGHTS, INDICES, chosen="equal", title="t").axes
    assert [text.get_text() for text in right.get_yticklabels()] == ["路径模型", "等权重"]
    assert left.get_xlabel() == "指数中的权重"


def test_many_parts():
    """Of very many parts those whose weights differ most are drawn."""
    n = MOST_PARTS + 4
    even = [1 / n] * n
    other = [(k + 1) * 2 / (n * (n + 1)) for k in range(n)]
    weights = pd.DataFrame({"pls": other, "equal": even}, index=[f"q{k}" for k in range(n)])
    left = weight_panels(weights, INDICES, chosen="pls", title="t").axes[0]
    assert len(left.get_yticks()) == MOST_PARTS
    assert "q0" in [text.get_text() for text in left.get_yticklabels()]
