"""Importance against performance: the map of what to mend first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from crmlab.csi import ImportanceMap
from crmlab.plots._frame import axes, clear_labels, headline, listed, named
from crmlab.plots.style import ACCENT, GREY, MUTED, PALETTE
from crmlab.text import N_, tr

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlab.satisfaction import ImportancePerformance

__all__ = ["QUADRANTS", "importance_map"]

BAD, GOOD = PALETTE[1], ACCENT

#: name of each quadrant of an importance–performance map
QUADRANTS = {
    "concentrate_here": N_("Mend first"),
    "keep_up": N_("Keep up"),
    "low_priority": N_("Low priority"),
    "possible_overkill": N_("Possible overkill"),
}


def importance_map(
    result: ImportancePerformance | ImportanceMap,
    *,
    labels: Mapping[str, str] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw importance against performance, cut into four quadrants.

    Parameters
    ----------
    result
        Of :func:`~crmlab.satisfaction.importance_performance` (items) or
        :func:`~crmlab.csi.importance_performance_map` (constructs of an index model).
    labels
        Item or construct to its name in the reader's language.
    title
        The finding; by default which items to mend first.
    ax
        Axes to draw into; new ones if not given.

    """
    table, cuts, path = _map_table(result)
    ax = axes(ax, height=4.3)
    colours = {
        "concentrate_here": BAD,
        "keep_up": GOOD,
        "low_priority": GREY,
        "possible_overkill": PALETTE[2],
    }
    shade = table["quadrant"].map(colours)
    if table["importance_low"].notna().all():
        ax.vlines(
            table["performance"],
            table["importance_low"],
            table["importance_high"],
            color=MUTED,
            linewidth=1.4,
        )
    if "performance_low" in table:
        ax.hlines(
            table["importance"],
            table["performance_low"],
            table["performance_high"],
            color=MUTED,
            linewidth=1.4,
        )
    ax.scatter(table["performance"], table["importance"], c=list(shade), s=58, zorder=3)
    ax.axvline(cuts[1], color=GREY, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    ax.axhline(cuts[0], color=GREY, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    ax.margins(x=0.14, y=0.16)
    corners = (("concentrate_here", 0.01, 0.99), ("keep_up", 0.99, 0.99), ("low_priority", 0.01, 0.01))
    for key, x, y in (*corners, ("possible_overkill", 0.99, 0.01)):
        ha, va = ("left" if x < 0.5 else "right"), ("bottom" if y < 0.5 else "top")
        ax.text(
            x, y, tr(QUADRANTS[key]), transform=ax.transAxes, ha=ha, va=va, color=colours[key], fontsize=8.5
        )
    ax.set_xlabel(tr("Performance, 0–100"))
    ax.set_ylabel(
        tr("Importance: points of the index for one point") if path else tr("Importance for satisfaction")
    )
    urgent = table[table["quadrant"] == "concentrate_here"].sort_values("importance", ascending=False)
    first = [named(k, labels) for k in urgent["key"]]
    finding = (
        tr("To mend first: {names}", names=listed(first))
        if first
        else tr("Nothing important is done worse than the rest")
    )
    headline(ax, title or finding)
    clear_labels(
        ax, list(table["performance"]), list(table["importance"]), [named(k, labels) for k in table["key"]]
    )
    return ax


def _map_table(
    result: ImportancePerformance | ImportanceMap,
) -> tuple[pd.DataFrame, tuple[float, float], bool]:
    if not isinstance(result, ImportanceMap):
        cuts = result.importance_cut, result.performance_cut
        return result.table.rename(columns={"item": "key"}), cuts, False
    table = result.constructs.rename(columns={"construct": "key"})
    cuts = result.mean_importance, result.mean_performance
    important, good = table["importance"] >= cuts[0], table["performance"] >= cuts[1]
    table["quadrant"] = np.select(
        [important & ~good, important & good, ~important & ~good],
        ["concentrate_here", "keep_up", "low_priority"],
        "possible_overkill",
    )
    return table, cuts, True
