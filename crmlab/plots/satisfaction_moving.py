"""Figures of satisfaction that move: what chance alone does to a score, and a map of importance store by store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from crmlab.plots._frame import axes, headline, listed, named, percent_axis, plain_text
from crmlab.plots.style import ACCENT, GREY, INK, MUTED, PALETTE
from crmlab.text import number, percent, tr

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go
    from matplotlib.axes import Axes

    from crmlab.satisfaction import ImportancePerformance

__all__ = ["chance_changes", "chance_changes_moving", "importance_maps_moving"]

BAD, GOOD = PALETTE[1], ACCENT
#: points to a bar
BIN = 5


def chance_changes(
    changes: Mapping[int, Sequence[float]], *, threshold: float, n: int, ax: Axes | None = None
) -> Axes:
    """Draw how much a score changes between two samples when nothing has changed.

    Parameters
    ----------
    changes
        Answers a sample to simulated changes, in points.
    threshold
        Changes from here on are coloured: what a bonus rule would pay for.
    n
        Which of the samples' sizes to draw.
    ax
        Axes to draw into; new ones if not given.

    """
    ax = axes(ax, height=3.3)
    centres, share = _bars(changes[n], threshold)
    ax.bar(centres, share, width=BIN * 0.92, color=[BAD if c >= threshold else MUTED for c in centres])
    ax.axvline(threshold, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    ax.set_xlabel(tr("Change of the NPS, points, when no customer has changed"))
    ax.set_ylabel(tr("Share of cases"))
    percent_axis(ax.yaxis)
    ax.grid(visible=False, axis="x")
    headline(ax, _chance_title(changes[n], threshold, n))
    return ax


def chance_changes_moving(
    changes: Mapping[int, Sequence[float]], *, threshold: float, start: int | None = None
) -> go.Figure:
    """Return the same figure with a slider for the number of answers."""
    import plotly.graph_objects as go

    sizes = sorted(changes)
    at = sizes.index(start) if start is not None and start in changes else 0
    steps, tops = [], []
    figure = go.Figure()
    for place, n in enumerate(sizes):
        centres, share = _bars(changes[n], threshold)
        figure.add_bar(
            x=centres,
            y=share,
            width=BIN * 0.92,
            marker_color=[BAD if c >= threshold else MUTED for c in centres],
            visible=place == at,
            hovertemplate=tr("about {x} points: {y} of cases", x="%{x:.0f}", y="%{y:.1%}")
            + "<extra></extra>",
        )
        shown = [other == place for other in range(len(sizes))]
        title = _chance_title(changes[n], threshold, n)
        tops.append(1.08 * float(share.max()))
        moved = {"title.text": title, "yaxis.range": [0, tops[-1]]}
        steps.append({"method": "update", "label": str(n), "args": [{"visible": shown}, moved]})
    figure.add_vline(x=threshold, line={"dash": "dash", "color": INK, "width": 1})
    figure.update_layout(
        title={"text": _chance_title(changes[sizes[at]], threshold, sizes[at])},
        showlegend=False,
        height=470,
        xaxis={"title": tr("Change of the NPS, points, when no customer has changed"), "range": [-62, 62]},
        yaxis={
            "title": tr("Share of cases"),
            "tickformat": ".0%",
            "range": [0, tops[at]],
        },
        sliders=[
            {
                "active": at,
                "steps": steps,
                "currentvalue": {"prefix": tr("Answers in each of the two samples: ")},
                "pad": {"t": 72},
            }
        ],
    )
    return figure


def _chance_title(values: Sequence[float], threshold: float, n: int) -> str:
    share = float(np.mean(np.asarray(values) >= threshold - 1e-9))
    return tr(
        "With {n} answers each time, chance alone brings {points} points or more in {share} of cases",
        n=number(n),
        points=number(threshold),
        share=percent(share, 0 if share >= 0.01 else 1),
    )


def _bars(values: Sequence[float], threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Return centres and shares of bars, none of which runs over the threshold."""
    edges = threshold + BIN * np.arange(-np.ceil((threshold + 64) / BIN), np.ceil((64 - threshold) / BIN) + 1)
    counts, _ = np.histogram(np.asarray(values) + 1e-9, bins=edges)
    return (edges[:-1] + edges[1:]) / 2, counts / len(values)


def importance_maps_moving(
    results: Mapping[str, ImportancePerformance], *, labels: Mapping[str, str] | None = None
) -> go.Figure:
    """Return an importance–performance map with a slider from group to group.

    Parameters
    ----------
    results
        Name of the group (a store, a segment) to its map; the axes stay, so that the eye sees what moves. All maps should
        have the same cuts.
    labels
        Item to its name in the reader's language.

    """
    import plotly.graph_objects as go

    figure, steps = go.Figure(), []
    tables = {name: result.table for name, result in results.items()}
    xs = np.concatenate([t["performance"].to_numpy() for t in tables.values()])
    ys = np.concatenate([t["importance"].to_numpy() for t in tables.values()])
    window = (xs.min() - 5, xs.max() + 5, ys.min() - 0.03, ys.max() + 0.04)
    first = next(iter(results.values()))
    cuts = first.performance_cut, first.importance_cut
    colours = {
        "concentrate_here": BAD,
        "keep_up": GOOD,
        "low_priority": GREY,
        "possible_overkill": PALETTE[2],
    }
    for place, (name, table) in enumerate(tables.items()):
        items = [plain_text(named(item, labels)) for item in table["item"]]
        figure.add_scatter(
            x=table["performance"],
            y=table["importance"],
            text=items,
            mode="markers+text",
            cliponaxis=False,
            textposition=label_sides(table, items, window, cuts),
            marker={"size": 13, "color": [colours[q] for q in table["quadrant"]]},
            error_x={
                "array": table["performance_high"] - table["performance"],
                "color": MUTED,
                "thickness": 1.5,
            },
            customdata=np.stack([table["mean"], table["n"]], axis=1),
            hovertemplate=tr(
                "{item}: mean answer {mean}, n = {n}",
                item="%{text}",
                mean="%{customdata[0]:.2f}",
                n="%{customdata[1]:.0f}",
            )
            + "<extra></extra>",
            visible=place == 0,
        )
        shown = [other == place for other in range(len(tables))]
        steps.append(
            {
                "method": "update",
                "label": plain_text(name),
                "args": [{"visible": shown}, {"title.text": _map_title(name, table, labels)}],
            }
        )
    figure.add_vline(x=cuts[0], layer="below", line={"dash": "dash", "color": GREY, "width": 1})
    figure.add_hline(y=cuts[1], layer="below", line={"dash": "dash", "color": GREY, "width": 1})
    name = next(iter(tables))
    figure.update_layout(
        title={"text": _map_title(name, tables[name], labels)},
        showlegend=False,
        height=530,
        xaxis={"title": tr("Performance, 0–100"), "range": list(window[:2])},
        yaxis={"title": tr("Importance for satisfaction"), "range": list(window[2:])},
        sliders=[{"active": 0, "steps": steps, "currentvalue": {"prefix": tr("Shown: ")}, "pad": {"t": 72}}],
    )
    return figure


def _map_title(name: str, table: pd.DataFrame, labels: Mapping[str, str] | None) -> str:
    rows = table[table["quadrant"] == "concentrate_here"].sort_values("importance", ascending=False)
    first = [plain_text(named(item, labels)) for item in rows["item"]]
    if first:
        return tr("{group}, to mend first: {names}", group=plain_text(name), names=listed(first))
    return tr("{group}: nothing important is done worse than the rest", group=plain_text(name))


def label_sides(
    table: pd.DataFrame,
    items: Sequence[str],
    window: tuple[float, float, float, float],
    cuts: Sequence[float],
) -> list[str]:
    """Return where each item's label stands, so that labels keep off points, lines and one another.

    ``window`` is the left, right, lower and upper end of the axes, ``cuts`` the upright and the level line. Sizes are
    reckoned in pixels of a page on a desk; the phone's labels are the same size on a smaller map.
    """
    wide, high, line = 540.0, 290.0, 15.0
    left, right, low, top = window
    at_x = (table["performance"].to_numpy() - left) / (right - left) * wide
    at_y = (table["importance"].to_numpy() - low) / (top - low) * high
    cut_x = (cuts[0] - left) / (right - left) * wide
    cut_y = (cuts[1] - low) / (top - low) * high
    ends = table["performance_high"] if "performance_high" in table else table["performance"]
    reach = (ends - table["performance"]).fillna(0.0).to_numpy() / (right - left) * wide
    points = [
        (x - max(7.0, r), y - 7.0, x + max(7.0, r), y + 7.0)
        for x, y, r in zip(at_x, at_y, reach, strict=True)
    ]
    placed: dict[int, tuple[float, float, float, float]] = {}
    sides = [""] * len(items)
    for at in np.argsort(-at_y, kind="stable"):
        x, y = at_x[at], at_y[at]
        long = sum(12.5 if ord(letter) > 0x2E7F else 6.8 for letter in items[at])
        boxes = {
            "middle right": (x + 10, y - line / 2, x + 10 + long, y + line / 2),
            "middle left": (x - 10 - long, y - line / 2, x - 10, y + line / 2),
            "top center": (x - long / 2, y + 8, x + long / 2, y + 8 + line),
            "bottom center": (x - long / 2, y - 8 - line, x + long / 2, y - 8),
        }
        others = [*placed.values(), *(point for other, point in enumerate(points) if other != at)]

        def cost(
            box: tuple[float, float, float, float], others: Sequence[tuple[float, ...]] = others
        ) -> float:
            clashes = sum(_overlap(box, other) for other in others)
            struck = (box[0] < cut_x < box[2]) * 20 + (box[1] < cut_y < box[3]) * 40
            outside = (
                max(0.0, -box[0]) + max(0.0, box[2] - wide) + max(0.0, -box[1]) + max(0.0, box[3] - high)
            )
            return clashes + struck + 20 * outside

        sides[at] = min(boxes, key=lambda side: cost(boxes[side]))
        placed[int(at)] = boxes[sides[at]]
    return sides


def _overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the area that two boxes share."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    up = min(one[3], other[3]) - max(one[1], other[1])
    return across * up if across > 0 and up > 0 else 0.0
