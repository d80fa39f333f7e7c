"""Figures of questions asked in pairs: expected against perceived, and Kano's map of features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from crmlab.plots._frame import axes, clear_labels, headline, named, percent_axis
from crmlab.plots.style import ACCENT, GREY, INK, MUTED, PALETTE
from crmlab.text import N_, number, tr

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlab.kano import KanoClasses

__all__ = ["KANO_NAMES", "gap_lines", "kano_map"]

BAD = PALETTE[1]
#: classes of features, by the letters of :mod:`crmlab.kano`
KANO_NAMES = {
    "M": N_("must be"),
    "O": N_("the more the better"),
    "A": N_("delights"),
    "I": N_("leaves cold"),
    "R": N_("reverse"),
    "Q": N_("questionable"),
}
_COLOURS = {"M": BAD, "O": ACCENT, "A": PALETTE[2], "I": GREY, "R": PALETTE[4], "Q": MUTED}
#: gaps that a figure can hold; of more, the worst are drawn
MOST_GAPS = 24


def gap_lines(
    gaps: pd.DataFrame, *, title: str, labels: Mapping[str, str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw what was expected and what was perceived, joined by a line; worst gap on top.

    Parameters
    ----------
    gaps
        Columns name, expected, perceived, gap, low, high; a gap whose interval lies below 0 is coloured.
    title
        The finding.
    labels
        Name to what is shown.
    ax
        Axes to draw into; new ones if not given.

    """
    table = gaps.sort_values("gap", ignore_index=True).head(MOST_GAPS)
    ax = axes(ax, height=1.6 + 0.27 * len(table))
    rows = np.arange(len(table))
    colours = list(np.select([table["high"] < 0, table["low"] > 0], [BAD, ACCENT], GREY))
    ax.hlines(rows, table["expected"], table["perceived"], color=colours, linewidth=2.4, alpha=0.6)
    ax.scatter(table["expected"], rows, marker="|", s=130, color=INK, zorder=3, label=tr("expected level"))
    ax.scatter(table["perceived"], rows, color=colours, s=42, zorder=3)
    ax.scatter([], [], color=GREY, s=42, label=tr("perceived level"))
    for row, gap in enumerate(table["gap"]):
        right = max(table["expected"].iloc[row], table["perceived"].iloc[row])
        ax.annotate(
            number(gap, 2), (right, row), (7, 0), textcoords="offset points", va="center", fontsize=8.5
        )
    ax.set_yticks(rows, [named(name, labels) for name in table["name"]])
    ax.set_ylim(len(table) - 0.5, -0.6)
    ax.margins(x=0.12)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(tr("Mean answer on the scale; the number is the gap"))
    ax.legend(
        loc="upper center", bbox_to_anchor=(0.4, -0.2 if len(table) < 8 else -0.1), ncols=2, frameon=False
    )
    headline(ax, title, indent=1.6)
    return ax


def kano_map(
    found: KanoClasses, *, title: str, labels: Mapping[str, str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the features by what they gain when they are there and lose when they are not.

    Parameters
    ----------
    found
        Of :func:`crmlab.kano.kano_classes`.
    title
        The finding.
    labels
        Feature to its name.
    ax
        Axes to draw into; new ones if not given.

    """
    ax = axes(ax, height=4.0)
    table = found.table.dropna(subset=["better", "worse"])
    x, y = -table["worse"].to_numpy(dtype=float), table["better"].to_numpy(dtype=float)
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.02)
    ax.axhline(0.5, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    ax.axvline(0.5, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    ax.hlines(y, -table["worse_high"], -table["worse_low"], color=MUTED, linewidth=1)
    ax.vlines(x, table["better_low"], table["better_high"], color=MUTED, linewidth=1)
    ax.scatter(x, y, color=[_COLOURS[one] for one in table["category"]], s=46, zorder=3)
    for letter, spot, ha, va in (
        ("A", (0.01, 0.99), "left", "top"),
        ("O", (0.99, 0.99), "right", "top"),
        ("I", (0.01, 0.01), "left", "bottom"),
        ("M", (0.99, 0.01), "right", "bottom"),
    ):
        ax.text(*spot, tr(KANO_NAMES[letter]), ha=ha, va=va, color=_COLOURS[letter], fontsize=9)
    percent_axis(ax.xaxis)
    percent_axis(ax.yaxis)
    ax.set_xlabel(tr("Dissatisfied without it (worse)"))
    ax.set_ylabel(tr("Satisfied with it (better)"))
    headline(ax, title, indent=1.0)
    clear_labels(ax, list(x), list(y), [named(name, labels) for name in table["feature"]], size=8.5)
    return ax
