"""Layered layout: nodes in levels, arrows that keep a lane of their own where they pass a level.

After Sugiyama, Tagawa and Toda (1981), doi 10.1109/TSMC.1981.4308636: the order within a level is that of the
neighbours' mean position, in the sweep with the fewest crossings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from crmlab.errors import ParameterError
from crmlab.text import language

__all__ = ["LANE", "SPACE", "Box", "Edge", "Label", "Route", "lay", "ranked", "spoken", "straighten"]

#: inches: between boxes of a level, and the breadth of a lane
SPACE, LANE = 0.17, 0.06

#: a text in the spoken language, or in both
Label = str | Mapping[str, str]
Edge = tuple[str, str] | tuple[str, str, Label]
#: the keys an arrow passes, from the lower level to the higher; its label; whether it points back
Route = tuple[list[str], str, bool]


@dataclass
class Box:
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


def spoken(label: Label) -> str:
    """Return a label in the spoken language."""
    return label if isinstance(label, str) else label[language()]


def ranked(keys: list[str], edges: Sequence[Edge]) -> list[list[str]]:
    """Return the nodes by level: each stands one level after its last predecessor."""
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


def lay(ranks: list[list[str]], edges: Sequence[Edge], *, order: bool) -> tuple[dict[str, Box], list[Route]]:
    """Give lanes to arrows that pass levels; order each level by its neighbours."""
    boxes = {key: Box(key, rank, lines=[""]) for rank, level in enumerate(ranks) for key in level}
    paths: list[Route] = []
    for number, edge in enumerate(edges):
        start, end = boxes[edge[0]], boxes[edge[1]]
        label = spoken(edge[2]) if len(edge) == 3 else ""
        backward = end.level < start.level
        low, high = (end, start) if backward else (start, end)
        path = [low.key]
        for rank in range(low.level + 1, high.level):
            lane = f"lane {number} {rank}"
            boxes[lane] = Box(lane, rank)
            ranks[rank].append(lane)
            path.append(lane)
        path.append(high.key)
        paths.append((path, label, backward))
    _order(ranks, paths, real=order)
    for level in ranks:
        for place, key in enumerate(level):
            boxes[key].along = place
    return boxes, paths


def _order(ranks: list[list[str]], paths: list[Route], *, real: bool) -> None:
    """Sort each level by the mean place of its neighbours, forth and back, and keep the best order met."""
    neighbours: dict[str, list[tuple[str, int]]] = {}
    rank_of = {key: rank for rank, level in enumerate(ranks) for key in level}
    for path, _, _ in paths:
        for one, other in pairwise(path):
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


def _crossings(ranks: list[list[str]], paths: list[Route]) -> int:
    place = {key: spot for level in ranks for spot, key in enumerate(level)}
    rank_of = {key: rank for rank, level in enumerate(ranks) for key in level}
    steps = [
        (rank_of[a], place[a], place[b])
        for path, _, _ in paths
        for a, b in pairwise(path)
        if rank_of[a] != rank_of[b]
    ]
    return sum(
        first[0] == second[0] and (first[1] - second[1]) * (first[2] - second[2]) < 0
        for number, first in enumerate(steps)
        for second in steps[number + 1 :]
    )


def straighten(levels: list[list[Box]], paths: list[Route], boxes: dict[str, Box], length: float) -> None:
    """Draw boxes towards their neighbours, without changing order or touching."""
    neighbours: dict[str, list[str]] = {}
    for path, _, _ in paths:
        for one, other in pairwise(path):
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
