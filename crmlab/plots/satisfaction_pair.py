"""Figures of two groups side by side: the paths of one model in both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from crmlab.plots._frame import axes, headline, named
from crmlab.plots.style import ACCENT, GREY, INK, MUTED, PALETTE
from crmlab.text import tr

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["path_pairs"]

FIRST, SECOND = ACCENT, PALETTE[1]
#: how far the legend stands below the axis, under its ticks and its name, inches
_BELOW = 0.48


def path_pairs(
    paths: pd.DataFrame,
    *,
    names: tuple[str, str],
    title: str,
    labels: Mapping[str, str] | None = None,
    level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Draw each path's coefficient in two groups, joined by a line; differences beyond chance are coloured.

    Parameters
    ----------
    paths
        Columns from, to, first, second, p_adjusted.
    names
        The groups.
    title
        The finding.
    labels
        Construct to its name.
    level
        Level of confidence from which a difference counts.
    ax
        Axes to draw into; new ones if not given.

    """
    from matplotlib.transforms import ScaledTranslation

    ax = axes(ax, height=1.35 + 0.2 * len(paths))
    rows = np.arange(len(paths))
    apart = (paths["p_adjusted"] < 1 - level).to_numpy()
    ax.hlines(
        rows,
        paths[["first", "second"]].min(axis=1),
        paths[["first", "second"]].max(axis=1),
        color=list(np.where(apart, INK, MUTED)),
        linewidth=2.2,
    )
    for column, name, colour, mark in (
        ("first", names[0], FIRST, "o"),
        ("second", names[1], SECOND, "s"),
    ):
        ax.scatter(
            paths[column], rows, color=list(np.where(apart, colour, GREY)), marker=mark, s=40, zorder=3
        )
        ax.scatter([], [], color=colour if apart.any() else GREY, marker=mark, s=40, label=name)
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_yticks(
        rows,
        [
            f"{named(start, labels)} → {named(end, labels)}"
            for start, end in zip(paths["from"], paths["to"], strict=True)
        ],
    )
    ax.set_ylim(len(paths) - 0.5, -0.6)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(tr("Path coefficient"))
    below = ax.transAxes + ScaledTranslation(0, -_BELOW, ax.figure.dpi_scale_trans)
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, 0), bbox_transform=below, ncols=2, frameon=False)
    headline(ax, title, indent=2.4)
    return ax
