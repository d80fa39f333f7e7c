"""What the figures of satisfaction share: axes, headlines that state the finding, labels that keep clear of each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmlab.plots.style import INK
from crmlab.plots.wrapping import wrap
from crmlab.text import language, number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = ["axes", "clear_labels", "headline", "listed", "named", "percent_axis", "plain_text", "points"]

#: a label's place beside its point: dx and dy in points, horizontal and vertical alignment
PLACES = (
    (7, 0, "left", "center"),
    (-7, 0, "right", "center"),
    (0, 7, "center", "bottom"),
    (0, -7, "center", "top"),
    (6, 6, "left", "bottom"),
    (6, -6, "left", "top"),
    (-6, 6, "right", "bottom"),
    (-6, -6, "right", "top"),
)


def axes(ax: Axes | None, width: float = 6.6, height: float = 3.7) -> Axes:
    """Return `ax`, or new axes on a figure of that size in inches."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height))[1]


def headline(ax: Axes, text: str, *, indent: float = 0.5, size: float = 11) -> None:
    """Set the title, broken to the figure's width less `indent` inches for what stands left of the axes."""
    figure = ax.get_figure(root=True)
    width = (figure.get_size_inches()[0] if figure is not None else 6.6) * ax.get_position().width / 0.775
    lines = wrap(text, width - indent - 0.3, size)
    ax.set_title("\n".join(lines), loc="left", fontsize=size, linespacing=1.4)


def named(key: object, labels: Mapping[str, str] | None) -> str:
    """Return the label of a column, or its name."""
    return (labels or {}).get(str(key), str(key))


def plain_text(text: object) -> str:
    """Return text from data so that plotly takes it for no markup, no link, no placeholder and no formula.

    >>> plain_text('<a href="x">$5</a>')
    '&lt;a href="x"&gt;&#36;5&lt;/a&gt;'
    """
    from html import escape

    return escape(str(text), quote=False).replace("%{", "% {").replace("$", "&#36;")


def listed(names: Sequence[str]) -> str:
    """Join names as the current language does."""
    if language() == "zh":
        return "、".join(names)
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def points(value: float, measure: str) -> str:
    """Return a score in its own unit: csat as percentage, nps in points, ces on its scale."""
    if measure == "csat":
        return percent(value, 0)
    return number(value, 0 if measure == "nps" else 2)


def percent_axis(axis: Axis, *, bins: int = 6) -> None:
    """Mark an axis of fractions in whole per cent."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(bins, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(lambda value, _: percent(value, 0))


def clear_labels(
    ax: Axes, xs: Sequence[float], ys: Sequence[float], texts: Sequence[str], *, size: float = 9
) -> list[Any]:
    """Write a label beside each point, where it meets no other label, point, or edge of the axes."""
    ax.get_figure(root=True).draw_without_rendering()  # type: ignore[union-attr]  # axes that are drawn have one
    frame = ax.get_window_extent()
    spots = [tuple(ax.transData.transform((x, y))) for x, y in zip(xs, ys, strict=True)]
    taken: list[tuple[float, float, float, float]] = [(x - 4, y - 4, x + 4, y + 4) for x, y in spots]
    written = []
    for place, text in enumerate(texts):
        own = taken[place]
        best, least = None, float("inf")
        for rank, (dx, dy, ha, va) in enumerate(PLACES):
            label = ax.annotate(
                text,
                (xs[place], ys[place]),
                (dx, dy),
                textcoords="offset points",
                ha=ha,
                va=va,
                fontsize=size,
            )
            box = label.get_window_extent()
            edges = (box.x0, box.y0, box.x1, box.y1)
            cost = sum(_overlap(edges, other) for other in taken if other is not own) + 0.01 * rank
            cost += 1e3 * (box.x0 < frame.x0 or box.x1 > frame.x1 or box.y0 < frame.y0 or box.y1 > frame.y1)
            if cost < least:
                if best is not None:
                    best[0].remove()
                best, least = (label, edges), cost
            else:
                label.remove()
        if best is not None:
            best[0].set_color(INK)
            best[0].set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6})
            taken.append(best[1])
            written.append(best[0])
    return written


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide * high if wide > 0 and high > 0 else 0.0
