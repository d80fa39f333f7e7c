"""Figures of weights: each part's weight under every way of weighing, and the index that comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from crmlab.plots._frame import named
from crmlab.plots.style import ACCENT, GREY, INK, PALETTE
from crmlab.plots.wrapping import wrap
from crmlab.text import N_, number, percent, tr

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["WAY_NAMES", "weight_panels"]

#: ways of weighing, by the parameter's choices
WAY_NAMES = {
    "pls": N_("Path model"),
    "equal": N_("Equal"),
    "entropy": N_("Entropy"),
    "critic": N_("CRITIC"),
    "ahp": N_("Judgements (AHP)"),
}
_MARKS = {"pls": "o", "equal": "s", "entropy": "^", "critic": "D", "ahp": "P"}
_COLOURS = {"pls": PALETTE[0], "equal": GREY, "entropy": PALETTE[1], "critic": PALETTE[2], "ahp": PALETTE[3]}
#: parts that a figure can hold; of more, those whose weights differ most are drawn
MOST_PARTS = 16


def weight_panels(
    weights: pd.DataFrame,
    indices: pd.DataFrame,
    *,
    chosen: str,
    title: str,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Draw the weights of the parts under every way of weighing, and beside them the index under each.

    Parameters
    ----------
    weights
        Index: part; a column for each way, each summing to 1.
    indices
        Columns way, index, low, high (0–100).
    chosen
        The way that is emphasised.
    title
        The finding.
    labels
        Part to its name.

    """
    import matplotlib.pyplot as plt

    if len(weights) > MOST_PARTS:
        spread = weights.max(axis=1) - weights.min(axis=1)
        weights = weights.loc[weights.index.isin(spread.nlargest(MOST_PARTS).index)]
    height = 1.75 + 0.3 * max(len(weights), len(indices), 3)
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.6, height), width_ratios=[1.25, 1])
    _weights(left, weights, chosen, labels)
    _indices(right, indices, chosen)
    handles, names = left.get_legend_handles_labels()
    figure.legend(
        handles,
        names,
        loc="outside lower center",
        ncols=len(names),
        frameon=False,
        fontsize=8.5,
        handletextpad=0.2,
        columnspacing=1.1,
    )
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    return figure


def _weights(ax: Axes, weights: pd.DataFrame, chosen: str, labels: Mapping[str, str] | None) -> None:
    order = weights[chosen].sort_values(ascending=False, kind="stable").index
    rows = np.arange(len(order))
    shown = weights.loc[order]
    ax.hlines(rows, shown.min(axis=1), shown.max(axis=1), color="#d5dbe0", linewidth=2.4, zorder=1)
    for way in shown:
        ax.scatter(
            shown[way],
            rows,
            marker=_MARKS[str(way)],
            color=_COLOURS[str(way)],
            s=58 if way == chosen else 30,
            zorder=4 if way == chosen else 3,
            label=tr(WAY_NAMES[str(way)]),
        )
    ax.set_yticks(rows, ["\n".join(wrap(named(str(part), labels), 1.5, 8.5)) for part in order])
    ax.tick_params(axis="y", labelsize=8.5)
    ax.set_ylim(len(order) - 0.5, -0.5)
    ax.set_xlim(0, float(shown.to_numpy().max()) * 1.12)
    ax.xaxis.set_major_formatter(lambda value, _: percent(value, 0))
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(tr("Weight in the index"), fontsize=8.5)


def _indices(ax: Axes, table: pd.DataFrame, chosen: str) -> None:
    rows = np.arange(len(table))
    colours = [_COLOURS[way] for way in table["way"]]
    ax.hlines(rows, table["low"], table["high"], color=colours, linewidth=2.4, alpha=0.55)
    for row, (way, value) in enumerate(zip(table["way"], table["index"], strict=True)):
        ax.scatter(
            value, row, color=_COLOURS[way], marker=_MARKS[way], s=58 if way == chosen else 34, zorder=3
        )
        ax.annotate(
            number(value, 1),
            (value, row),
            (0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=8.5,
            color=ACCENT if way == chosen else INK,
        )
    ax.set_yticks(rows, [tr(WAY_NAMES[way]) for way in table["way"]])
    ax.tick_params(axis="y", labelsize=8.5)
    ax.set_ylim(len(table) - 0.5, -0.8)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(tr("Index, 0–100, with its interval"), fontsize=8.5)
