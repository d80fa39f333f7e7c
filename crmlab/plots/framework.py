"""The theory framework of a chapter: its ideas as boxes in columns or rows, joined by arrows.

Layered layout after Sugiyama, Tagawa and Toda (1981), doi 10.1109/TSMC.1981.4308636: an arrow that skips a level
keeps a lane of its own there, so that no arrow runs through a box; the order within a level is that of the neighbours'
mean position.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from crmlab.errors import ParameterError, did_you_mean
from crmlab.plots.style import ACCENT, GREY, INK
from crmlab.text import language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["framework_map", "wrap"]

#: inches
WIDTH, GAP, SPACE, PAD = 6.6, 0.42, 0.17, 0.09
LANE = 0.06
SIZES = (9.5, 9.0, 8.5, 8.0)
FILL, FILL_STRONG = "#eef5f5", ACCENT

Label = str | Mapping[str, str]
Edge = tuple[str, str] | tuple[str, str, Label]


@dataclass
class _Box:
    """A box, or a lane that an arrow keeps while it passes a level (no lines)."""

    key: str
    level: int
    lines: list[str] = field(default_factory=list)
    along: float = 0.0  # where its centre stands along the level, inches
    extent: float = LANE  # how much of the level it takes
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


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

    labels = {key: _spoken(label) for key, label in nodes.items()}
    _check(labels, edges, levels, emphasis)
    ranks = [list(level) for level in levels] if levels else _ranks(list(labels), edges)
    rightward = direction == "right" if direction else len(ranks) <= 4
    boxes, paths = _lay(ranks, edges, order=levels is None)
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


def _spoken(label: Label) -> str:
    return label if isinstance(label, str) else label[language()]


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


def _ranks(keys: list[str], edges: Sequence[Edge]) -> list[list[str]]:
    """Put each node one level after its last predecessor."""
    level = dict.fromkeys(keys, 0)
    for _ in keys:
        changed = False
        for edge in edges:
            if level[edge[1]] < level[edge[0]] + 1:
                level[edge[1]] = level[edge[0]] + 1
                changed = True
        if not changed:
            return [[key for key in keys if level[key] == rank] for rank in range(max(level.values()) + 1)]
    raise ParameterError(
        "The framework's arrows run in a circle.", hint="Say which node stands where: levels=[…]."
    )


Path_ = tuple[list[str], str, bool]


def _lay(
    ranks: list[list[str]], edges: Sequence[Edge], *, order: bool
) -> tuple[dict[str, _Box], list[Path_]]:
    """Give lanes to arrows that pass levels; order each level by its neighbours."""
    boxes = {key: _Box(key, rank, lines=[""]) for rank, level in enumerate(ranks) for key in level}
    paths: list[Path_] = []
    for number, edge in enumerate(edges):
        start, end = boxes[edge[0]], boxes[edge[1]]
        label = _spoken(edge[2]) if len(edge) == 3 else ""
        backward = end.level < start.level
        low, high = (end, start) if backward else (start, end)
        path = [low.key]
        for rank in range(low.level + 1, high.level):
            lane = f"lane {number} {rank}"
            boxes[lane] = _Box(lane, rank)
            ranks[rank].append(lane)
            path.append(lane)
        path.append(high.key)
        paths.append((path, label, backward))
    _order(ranks, paths, real=order)
    for level in ranks:
        for place, key in enumerate(level):
            boxes[key].along = place
    return boxes, paths


def _order(ranks: list[list[str]], paths: list[Path_], *, real: bool) -> None:
    """Sort each level by the mean place of its neighbours, forth and back, and keep the best order met."""
    neighbours: dict[str, list[tuple[str, int]]] = {}
    rank_of = {key: rank for rank, level in enumerate(ranks) for key in level}
    for path, _, _ in paths:
        for one, other in itertools.pairwise(path):
            neighbours.setdefault(one, []).append((other, rank_of[other]))
            neighbours.setdefault(other, []).append((one, rank_of[one]))
    best, fewest = [list(level) for level in ranks], _crossings(ranks, paths)
    for sweep in range(8):
        forth = sweep % 2 == 0
        for rank in range(len(ranks)) if forth else reversed(range(len(ranks))):
            seen = rank - 1 if forth else rank + 1
            if not 0 <= seen < len(ranks):
                continue
            place = {key: (spot + 0.5) / len(ranks[seen]) for spot, key in enumerate(ranks[seen])}
            mean = {}
            for spot, key in enumerate(ranks[rank]):
                at = [place[other] for other, level in neighbours.get(key, []) if level == seen]
                mean[key] = sum(at) / len(at) if at else (spot + 0.5) / len(ranks[rank])
            _sort(ranks[rank], mean, real=real)
        crossings = _crossings(ranks, paths)
        if crossings < fewest:
            best, fewest = [list(level) for level in ranks], crossings
    ranks[:] = best


def _sort(level: list[str], mean: Mapping[str, float], *, real: bool) -> None:
    if real:
        level.sort(key=mean.__getitem__)
        return
    # The author ordered the boxes: only lanes move between them.
    boxes = [key for key in level if not key.startswith("lane ")]
    lanes = sorted((key for key in level if key.startswith("lane ")), key=mean.__getitem__)
    level[:] = boxes
    for lane in lanes:
        spot = round(mean[lane] * len(boxes))
        before = [key for key in level if not key.startswith("lane ")][:spot]
        level.insert(level.index(before[-1]) + 1 if before else 0, lane)


def _crossings(ranks: list[list[str]], paths: list[Path_]) -> int:
    place = {key: spot for level in ranks for spot, key in enumerate(level)}
    rank_of = {key: rank for rank, level in enumerate(ranks) for key in level}
    steps = [
        (rank_of[a], place[a], place[b])
        for path, _, _ in paths
        for a, b in itertools.pairwise(path)
        if rank_of[a] != rank_of[b]
    ]
    return sum(
        first[0] == second[0] and (first[1] - second[1]) * (first[2] - second[2]) < 0
        for number, first in enumerate(steps)
        for second in steps[number + 1 :]
    )


def _gap(rightward: bool) -> float:
    return GAP if rightward else GAP * 0.95


def _measure(
    boxes: dict[str, _Box],
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
            box.height = len(box.lines) * _leading(size) + 2 * PAD
            fits &= all(_text_width(line, size) <= room - 2 * PAD + 0.01 for line in box.lines)
        if fits:
            break
    else:
        wide = [
            word for box in boxes.values() for word in box.lines if _text_width(word, size) > box.width - PAD
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
    boxes: dict[str, _Box], box: _Box, *, rightward: bool, width: float, count: int, heads: Sequence[Label]
) -> float:
    if rightward:
        return (width - 0.04 - _gap(True) * (count - 1)) / count
    level = [other for other in boxes.values() if other.level == box.level]
    lanes = sum(not other.lines for other in level)
    free = width - 0.04 - (0.95 if heads else 0.0) - SPACE * (len(level) - 1) - LANE * lanes
    return min(free / (len(level) - lanes), 2.1)


def _place(
    boxes: dict[str, _Box],
    paths: list[Path_],
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
    length = max(needed) if rightward else width - 0.04 - (0.95 if heads else 0.0)
    for level, need in zip(levels, needed, strict=True):
        # Levels shorter than the longest are spread a little, and centred.
        spread = min((length - need) / (len(level) + 1), 0.5)
        at = (length - need - spread * (len(level) - 1)) / 2
        for box in level:
            box.along = at + box.extent / 2
            at += box.extent + SPACE + spread
    _straighten(levels, paths, boxes, length)
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
                shown.append((x, height - 0.14, _spoken(heads[rank])))
        return height, shown
    left = 0.02 + (0.95 if heads else 0.0)
    deep = [max(box.height for box in level if box.lines) for level in levels]
    height = sum(deep) + _gap(False) * (count - 1) + 0.04
    at = height - 0.02
    for rank, level in enumerate(levels):
        y = at - deep[rank] / 2
        for box in level:
            box.x, box.y = left + box.along, y
            box.height = deep[rank]
        if rank < len(heads):
            shown.append((0.45, y, "\n".join(wrap(_spoken(heads[rank]), 0.85, SIZES[-1]))))
        at -= deep[rank] + _gap(False)
    return height, shown


def _straighten(levels: list[list[_Box]], paths: list[Path_], boxes: dict[str, _Box], length: float) -> None:
    """Draw boxes towards their neighbours, without changing order or touching."""
    neighbours: dict[str, list[str]] = {}
    for path, _, _ in paths:
        for one, other in itertools.pairwise(path):
            neighbours.setdefault(one, []).append(other)
            neighbours.setdefault(other, []).append(one)
    for _ in range(6):
        for level in levels:
            for spot, box in enumerate(level):
                linked = [boxes[key] for key in neighbours.get(box.key, []) if boxes[key].level != box.level]
                if not linked:
                    continue
                want = sum(other.along for other in linked) / len(linked)
                low = level[spot - 1] if spot else None
                high = level[spot + 1] if spot + 1 < len(level) else None
                least = low.along + (low.extent + box.extent) / 2 + SPACE if low else box.extent / 2
                most = (
                    high.along - (high.extent + box.extent) / 2 - SPACE if high else length - box.extent / 2
                )
                box.along = min(max(want, least), most)


def _draw_box(ax: Axes, box: _Box, size: float, *, strong: bool) -> None:
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
    ax: Axes, boxes: dict[str, _Box], paths: list[Path_], size: float, *, rightward: bool
) -> None:
    ports = _ports(boxes, paths, rightward=rightward)
    for number, (path, label, backward) in enumerate(paths):
        straight = boxes[path[0]].level == boxes[path[-1]].level
        if straight:
            points = _beside(boxes[path[0]], boxes[path[-1]], rightward=rightward)
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


def _ports(boxes: dict[str, _Box], paths: list[Path_], *, rightward: bool) -> dict[tuple[int, str], float]:
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


def _beside(one: _Box, other: _Box, *, rightward: bool) -> list[tuple[float, float]]:
    """Join two boxes of one level by the sides that face each other."""
    if rightward:
        sign = 1 if other.y > one.y else -1
        return [(one.x, one.y + sign * one.height / 2), (other.x, other.y - sign * other.height / 2)]
    sign = 1 if other.x > one.x else -1
    return [(one.x + sign * one.width / 2, one.y), (other.x - sign * other.width / 2, other.y)]


def _arrow(
    ax: Axes, points: list[tuple[float, float]], *, rightward: bool, dashed: bool, straight: bool
) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    vertices: list[tuple[float, float]] = [points[0]]
    codes: list[Any] = [Path.MOVETO]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if straight:
            vertices.append((x1, y1))
            codes.append(Path.LINETO)
            continue
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        bend = [(middle[0], y0), (middle[0], y1)] if rightward else [(x0, middle[1]), (x1, middle[1])]
        vertices += [*bend, (x1, y1)]
        codes += [Path.CURVE4] * 3
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


def _leading(size: float) -> float:
    return size * 1.45 / 72


@lru_cache(maxsize=4096)
def _text_width(text: str, size: float) -> float:
    """Return the width of a line of text in inches."""
    if not text:
        return 0.0
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    from crmlab.text.fonts import font_file

    properties = FontProperties(fname=str(font_file()), size=size)
    width, _, _ = TextToPath().get_text_width_height_descent(text, properties, ismath=False)
    return float(width) / 72


#: no line begins with these
_CLOSING = "，。、；：！？）》」』”’％%,.;:!?)]}"
#: and none ends with these
_OPENING = "（《「『“‘([{"
_CJK = "\u3400-\u9fff"
_PIECE = re.compile(
    rf"[{re.escape(_OPENING)}]*[{_CJK}][{re.escape(_CLOSING)}]*|\s+|[^\s{_CJK}{re.escape(_OPENING)}]+|[{re.escape(_OPENING)}]+[^\s{_CJK}]*"
)


def wrap(text: str, width: float, size: float) -> list[str]:
    """Break a label into lines of at most `width` inches: English between words, Chinese between characters.

    A line break in the text stays. A word wider than a line stands alone and sticks out.

    >>> wrap("Perceived value", 0.7, 9)
    ['Perceived', 'value']
    """
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _PIECE.findall(paragraph):
            if line and _text_width((line + piece).rstrip(), size) > width:
                lines.append(line.rstrip())
                line = piece.lstrip()
            else:
                line += piece
        lines.append(line.rstrip())
    return _balanced(lines, width, size) if "\n" not in text else lines


def _balanced(lines: list[str], width: float, size: float) -> list[str]:
    """Narrow the measure while the number of lines stays, so that no last line holds a single character."""
    if len(lines) < 2 or _text_width(lines[-1], size) > 0.45 * width:
        return lines
    if "".join(lines).isascii():
        return lines
    joined = "".join(
        line + (" " if re.search(r"[!-~]$", line) and re.match(r"[!-~]", after) else "")
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
    )
    for share in (0.6, 0.7, 0.8, 0.9):
        tried = wrap(joined.replace("\n", ""), width * share, size) if share * width > size / 36 else lines
        if len(tried) == len(lines):
            return tried
    return lines
