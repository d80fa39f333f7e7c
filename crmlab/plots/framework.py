"""The theory framework of a chapter: its ideas as boxes in columns or rows, joined by arrows.

Boxes are as wide as their level allows and as high as their words need; no arrow runs through a box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from crmlab.errors import ParameterError, did_you_mean
from crmlab.plots.layers import LANE, SPACE, Box, Edge, Label, Route, lay, ranked, spoken, straighten
from crmlab.plots.style import ACCENT, GREY, INK
from crmlab.plots.wrapping import leading, text_width, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["framework_map"]

#: inches
WIDTH, GAP, PAD = 6.6, 0.42, 0.09
HEAD = 0.95  # the column of heads before rows
SIZES = (9.5, 9.0, 8.5, 8.0)
FILL, FILL_STRONG = "#eef5f5", ACCENT


def framework_map(
    nodes: Mapping[str, Label],
    edges: Sequence[Edge],
    *,
    levels: Sequence[Sequence[str]] | None = None,
    heads: Sequence[Label] = (),
    emphasis: Sequence[str] = (),
    direction: str | None = None,
    width: float = WIDTH,
    ax: Axes | None = None,
) -> Axes:
    """Draw a chapter's theory framework.

    Parameters
    ----------
    nodes
        Key to label; a label is a text in the spoken language, or ``{"en": …, "zh": …}``.
    edges
        ``(from, to)`` or ``(from, to, label)``; the label should be short.
    levels
        The keys of each level, in drawing order. Not given: from the edges, each node one level after its last
        predecessor, and ordered so that few arrows cross.
    heads
        A head over each level (columns) or before each (rows).
    emphasis
        Keys of the boxes that the chapter is about.
    direction
        ``"right"``: levels are columns; ``"down"``: levels are rows. Not given: columns up to four levels.
    width
        Of the drawing, in inches; 6.6 can be read at 640 pixels.
    ax
        Axes to draw into; new ones, on a figure of the right height, if not given.

    Returns
    -------
    Axes
        In inches, without frame. The figure's height follows from the boxes.

    Raises
    ------
    ParameterError
        An edge, a level or an emphasis names a node that is not there; or the edges run in a circle and no levels
        are given.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = framework_map(
    ...     {"b": "Expectation", "a": "Perceived quality", "c": {"en": "Satisfaction C = a/b", "zh": "满意度"}},
    ...     [("b", "c"), ("a", "c")],
    ...     emphasis=["c"],
    ... )
    >>> sorted(text.get_text() for text in ax.texts)
    ['Expectation', 'Perceived quality', 'Satisfaction C = a/b']

    """
    import matplotlib.pyplot as plt

    labels = {key: spoken(label) for key, label in nodes.items()}
    _check(labels, edges, levels, emphasis)
    ranks = [list(level) for level in levels] if levels else ranked(list(labels), edges)
    rightward = direction == "right" if direction else len(ranks) <= 4
    boxes, paths = lay(ranks, edges, order=levels is None)
    size = _measure(boxes, labels, rightward=rightward, width=width, count=len(ranks), heads=heads)
    height, shown_heads = _place(boxes, paths, heads, rightward=rightward, width=width, count=len(ranks))
    if ax is None:
        _, ax = plt.subplots(figsize=(width, height), layout=None)
        ax.set_position((0.0, 0.0, 1.0, 1.0))
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    ax.axis("off")
    ax.grid(visible=False)
    for x, y, text in shown_heads:
        ax.text(x, y, text, ha="center", va="center", fontsize=size, color=GREY)
    for box in boxes.values():
        if box.lines:
            _draw_box(ax, box, size, strong=box.key in emphasis)
    _draw_arrows(ax, boxes, paths, size, rightward=rightward)
    return ax


def _check(
    labels: Mapping[str, str],
    edges: Sequence[Edge],
    levels: Sequence[Sequence[str]] | None,
    emphasis: Sequence[str],
) -> None:
    named = [key for edge in edges for key in edge[:2]] + list(emphasis)
    placed = [key for level in levels or () for key in level]
    problems = []
    for key in dict.fromkeys(str(name) for name in named + placed):
        if key not in labels:
            near = did_you_mean(key, labels)
            problems.append(f"no node {key!r}" + (f"; did you mean {near!r}?" if near else ""))
    if levels is not None:
        problems += [f"{key!r} stands in no level" for key in labels if key not in placed]
        problems += [f"{key!r} stands in two levels" for key in sorted(set(placed)) if placed.count(key) > 1]
    problems += [f"{edge[0]!r} leads to itself" for edge in edges if edge[0] == edge[1]]
    if not labels:
        problems.append("there are no nodes")
    if problems:
        raise ParameterError("The framework cannot be drawn.", problems=problems)


def _gap(rightward: bool) -> float:
    return GAP if rightward else GAP * 0.95


def _measure(
    boxes: dict[str, Box],
    labels: Mapping[str, str],
    *,
    rightward: bool,
    width: float,
    count: int,
    heads: Sequence[Label],
) -> float:
    """Wrap the labels into boxes; return the largest type size at which every word fits."""
    size = SIZES[-1]
    for size in SIZES:
        fits = True
        for box in boxes.values():
            if not box.lines:
                continue
            room = _room(boxes, box, rightward=rightward, width=width, count=count, heads=heads)
            box.lines = wrap(labels[box.key], room - 2 * PAD, size)
            box.width = room
            box.height = len(box.lines) * leading(size) + 2 * PAD
            fits &= all(text_width(line, size) <= room - 2 * PAD + 0.01 for line in box.lines)
        if fits:
            break
    else:
        wide = [
            word for box in boxes.values() for word in box.lines if text_width(word, size) > box.width - PAD
        ]
        if wide:
            raise ParameterError(
                f"The framework's {count} levels leave too little room for its words.",
                problems=[f"too wide: {word}" for word in wide],
                hint='Draw it in rows, with direction="down", or use fewer levels or shorter labels.',
            )
    for box in boxes.values():
        box.extent = (box.height if rightward else box.width) if box.lines else LANE
    return size


def _room(
    boxes: dict[str, Box], box: Box, *, rightward: bool, width: float, count: int, heads: Sequence[Label]
) -> float:
    if rightward:
        return (width - 0.04 - _gap(True) * (count - 1)) / count
    level = [other for other in boxes.values() if other.level == box.level]
    lanes = sum(not other.lines for other in level)
    free = width - 0.04 - (HEAD if heads else 0.0) - SPACE * (len(level) - 1) - LANE * lanes
    return min(free / (len(level) - lanes), 2.1)


def _place(
    boxes: dict[str, Box],
    paths: list[Route],
    heads: Sequence[Label],
    *,
    rightward: bool,
    width: float,
    count: int,
) -> tuple[float, list[tuple[float, float, str]]]:
    """Give every box its rectangle; return the drawing's height and the heads with their places."""
    levels = [
        sorted((box for box in boxes.values() if box.level == rank), key=lambda box: box.along)
        for rank in range(count)
    ]
    needed = [sum(box.extent for box in level) + SPACE * (len(level) - 1) for level in levels]
    length = max(needed) if rightward else width - 0.04 - (HEAD if heads else 0.0)
    for level, need in zip(levels, needed, strict=True):
        # Levels shorter than the longest are spread a little, and centred.
        spread = min((length - need) / (len(level) + 1), 0.5)
        at = (length - need - spread * (len(level) - 1)) / 2
        for box in level:
            box.along = at + box.extent / 2
            at += box.extent + SPACE + spread
    straighten(levels, paths, boxes, length)
    shown: list[tuple[float, float, str]] = []
    if rightward:
        top = 0.3 if heads else 0.02
        step = (width - 0.04 - _gap(True) * (count - 1)) / count
        height = length + top + 0.02
        for rank, level in enumerate(levels):
            x = 0.02 + step / 2 + rank * (step + _gap(True))
            for box in level:
                box.x, box.y = x, height - top - box.along
                box.width = box.width or step
            if rank < len(heads):
                shown.append((x, height - 0.14, spoken(heads[rank])))
        return height, shown
    left = 0.02 + (HEAD if heads else 0.0)
    deep = [max(box.height for box in level if box.lines) for level in levels]
    height = sum(deep) + _gap(False) * (count - 1) + 0.04
    at = height - 0.02
    for rank, level in enumerate(levels):
        y = at - deep[rank] / 2
        for box in level:
            box.x, box.y = left + box.along, y
            box.height = deep[rank]
        if rank < len(heads):
            shown.append((0.45, y, "\n".join(wrap(spoken(heads[rank]), 0.85, SIZES[-1]))))
        at -= deep[rank] + _gap(False)
    return height, shown


def _draw_box(ax: Axes, box: Box, size: float, *, strong: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    ax.add_patch(
        FancyBboxPatch(
            (box.x - box.width / 2, box.y - box.height / 2),
            box.width,
            box.height,
            boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=FILL_STRONG if strong else FILL,
            edgecolor=ACCENT,
            linewidth=1.0,
            zorder=3,
            gid=f"box-{box.key}",
        )
    )
    ax.text(
        box.x,
        box.y,
        "\n".join(box.lines),
        ha="center",
        va="center_baseline" if len(box.lines) == 1 else "center",
        fontsize=size,
        color="white" if strong else INK,
        linespacing=1.25,
        zorder=4,
    )


def _draw_arrows(
    ax: Axes, boxes: dict[str, Box], paths: list[Route], size: float, *, rightward: bool
) -> None:
    ports = _ports(boxes, paths, rightward=rightward)
    for number, (path, label, backward) in enumerate(paths):
        first, last = boxes[path[0]], boxes[path[-1]]
        straight = first.level == last.level
        if straight and not _adjacent(first, last, boxes):
            _bow(ax, first, last, boxes, rightward=rightward)
            continue
        if straight:
            points = _beside(first, last, rightward=rightward)
        else:
            points = []
            for step, key in enumerate(path):
                box, at = boxes[key], ports.get((number, key), 0.0)
                for side in (-1, 1):
                    if (step == 0 and side < 0) or (step == len(path) - 1 and side > 0):
                        continue
                    thick = (box.width if rightward else box.height) / 2
                    if rightward:
                        points.append((box.x + side * thick, box.y + at))
                    else:
                        points.append((box.x + at, box.y - side * thick))
        points = points[::-1] if backward else points
        _arrow(ax, points, rightward=rightward, dashed=backward, straight=straight)
        if label:
            (x0, y0), (x1, y1) = points[:2]
            ax.text(
                (x0 + x1) / 2,
                (y0 + y1) / 2,
                label,
                ha="center",
                va="center",
                fontsize=size - 1,
                color=GREY,
                zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.9},
            )


def _ports(boxes: dict[str, Box], paths: list[Route], *, rightward: bool) -> dict[tuple[int, str], float]:
    """Spread the arrows of a box along its side, in the order of where they go."""
    ends: dict[tuple[str, int], list[tuple[float, int]]] = {}
    for number, (path, _, _) in enumerate(paths):
        if boxes[path[0]].level == boxes[path[-1]].level:
            continue
        ends.setdefault((path[0], 1), []).append((boxes[path[1]].along, number))
        ends.setdefault((path[-1], -1), []).append((boxes[path[-2]].along, number))
    ports = {}
    for (key, _), arrows in ends.items():
        side = boxes[key].height if rightward else boxes[key].width
        step = min(0.13, (side - 0.12) / len(arrows))
        for place, (_, number) in enumerate(sorted(arrows)):
            offset = (place - (len(arrows) - 1) / 2) * step
            ports[number, key] = -offset if rightward else offset
    return ports


def _beside(one: Box, other: Box, *, rightward: bool) -> list[tuple[float, float]]:
    """Join two boxes of one level by the sides that face each other."""
    if rightward:
        sign = 1 if other.y > one.y else -1
        return [(one.x, one.y + sign * one.height / 2), (other.x, other.y - sign * other.height / 2)]
    sign = 1 if other.x > one.x else -1
    return [(one.x + sign * one.width / 2, one.y), (other.x - sign * other.width / 2, other.y)]


def _adjacent(one: Box, other: Box, boxes: dict[str, Box]) -> bool:
    low, high = sorted((one.along, other.along))
    return not any(box.level == one.level and low < box.along < high and box.lines for box in boxes.values())


def _bow(ax: Axes, one: Box, other: Box, boxes: dict[str, Box], *, rightward: bool) -> None:
    """Join two boxes of one level around those between them, on the side where there is room."""
    from matplotlib.path import Path

    last = max(box.level for box in boxes.values())
    side = -1 if one.level == last and last > 0 else 1
    out = 0.3 * side
    if rightward:
        start, end = ((box.x + side * box.width / 2, box.y) for box in (one, other))
        bends = [(start[0] + out, start[1]), (end[0] + out, end[1])]
    else:
        start, end = ((box.x, box.y - side * box.height / 2) for box in (one, other))
        bends = [(start[0], start[1] - out), (end[0], end[1] - out)]
    _patch(ax, [start, *bends, end], [Path.MOVETO, *[Path.CURVE4] * 3], dashed=False)


def _arrow(
    ax: Axes, points: list[tuple[float, float]], *, rightward: bool, dashed: bool, straight: bool
) -> None:
    from matplotlib.path import Path

    vertices: list[tuple[float, float]] = [points[0]]
    codes: list[Any] = [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        if straight:
            vertices.append((x1, y1))
            codes.append(Path.LINETO)
            continue
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        bend = [(middle[0], y0), (middle[0], y1)] if rightward else [(x0, middle[1]), (x1, middle[1])]
        vertices += [*bend, (x1, y1)]
        codes += [Path.CURVE4] * 3
    _patch(ax, vertices, codes, dashed=dashed)


def _patch(ax: Axes, vertices: list[tuple[float, float]], codes: list[Any], *, dashed: bool) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    ax.add_patch(
        FancyArrowPatch(
            path=Path(vertices, codes),
            arrowstyle="-|>,head_length=4.5,head_width=2.4",
            color=GREY,
            linewidth=1.1,
            linestyle=(0, (4, 2.5)) if dashed else "-",
            shrinkA=0,
            shrinkB=0,
            zorder=2,
        )
    )
