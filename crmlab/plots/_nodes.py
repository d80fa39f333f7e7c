"""Boxes and arrows at given places: what the diagrams of index models are drawn with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.plots.style import ACCENT, GREY, INK
from crmlab.plots.wrapping import wrap
from crmlab.text import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BOX", "arrow", "canvas", "frameless", "node"]

#: width and height of a box, inches
BOX = (1.24, 0.56)
#: where along an arrow its number stands
_AT = 0.44
Spot = tuple[float, float]


def canvas(ax: Axes | None, *, width: float, height: float) -> Axes:
    """Return frameless axes from 0 to 1 that fill a figure of that size, but for a headline."""
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(width, height), layout="none")
        ax.set_position((0.005, 0.01, 0.99, 0.985 - 0.42 / height))
    return frameless(ax)


def frameless(ax: Axes) -> Axes:
    """Take frame, ticks and grid from axes, and let them run from 0 to 1."""
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.axis("off")
    ax.grid(visible=False)
    return ax


def _half(ax: Axes, box: Spot) -> Spot:
    """Return half a box's width and height in the axes' units."""
    wide, high = ax.get_figure(root=True).get_size_inches()  # type: ignore[union-attr]  # axes that are drawn have one
    at = ax.get_position()
    return box[0] / 2 / (wide * at.width), box[1] / 2 / (high * at.height)


def node(
    ax: Axes,
    spot: Spot,
    name: str,
    below: str = "",
    *,
    strong: bool = False,
    box: Spot = BOX,
    size: float = 9.5,
) -> None:
    """Draw a box with a name and, below it, a number."""
    from matplotlib.patches import FancyBboxPatch

    half, tall = _half(ax, box)
    ax.add_patch(
        FancyBboxPatch(
            (spot[0] - half, spot[1] - tall),
            2 * half,
            2 * tall,
            boxstyle="round,pad=0,rounding_size=0.012",
            facecolor=ACCENT if strong else "#eef5f5",
            edgecolor=ACCENT,
            zorder=3,
        )
    )
    lines = [*wrap(name, box[0] - 0.1, size), *([below] if below else [])]
    while size > 6.5 and len(lines) * size * 1.2 / 72 > box[1] - 0.04:
        size -= 0.5
    ax.text(
        *spot,
        "\n".join(lines),
        ha="center",
        va="center",
        fontsize=size,
        color="white" if strong else INK,
        zorder=4,
        linespacing=1.15,
    )


def arrow(
    ax: Axes, start: Spot, end: Spot, value: float | None = None, *, solid: bool = True, box: Spot = BOX
) -> None:
    """Draw an arrow between two boxes; the greater the value, the thicker."""
    half, tall = _half(ax, box)
    one, other = _edge(start, end, half, tall), _edge(end, start, half, tall)
    colour = ACCENT if solid else GREY
    ax.annotate(
        "",
        other,
        one,
        arrowprops={
            "arrowstyle": "-|>,head_width=0.28,head_length=0.5",
            "color": colour,
            "linewidth": 1.1 if value is None else 0.8 + 4.2 * min(abs(value), 1.0),
            "linestyle": "-" if solid else (0, (3, 2)),
            "shrinkA": 1,
            "shrinkB": 1,
            "mutation_scale": 11,
        },
        zorder=2,
    )
    if value is not None:
        ax.text(
            one[0] + _AT * (other[0] - one[0]),
            one[1] + _AT * (other[1] - one[1]),
            number(value, 2),
            ha="center",
            va="center",
            fontsize=9.5,
            color=INK if solid else GREY,
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2},
        )


def _edge(start: Spot, end: Spot, half: float, tall: float) -> Spot:
    """Return where the line from the middle of a box to another leaves it."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    scale = min(half / abs(dx) if dx else np.inf, tall / abs(dy) if dy else np.inf)
    return start[0] + scale * dx, start[1] + scale * dy
