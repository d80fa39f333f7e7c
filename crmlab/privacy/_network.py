"""Counts and totals as flows in a network: which of the hidden ones can still vary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

__all__ = ["Edge", "Network"]


@dataclass(eq=False)
class Edge:
    """A count or a total: what flows from one place to another.

    ``tier``: 0 a count, 1 a total, 2 the total of all, which are kept back in this order. ``open``: nobody publishes it.
    """

    start: Hashable
    end: Hashable
    n: int
    tier: int = 0
    open: bool = False
    hidden: bool = False

    @property
    def unknown(self) -> bool:
        """Whether readers are not told it."""
        return self.open or self.hidden


class Network:
    """Counts with their totals, of which some are hidden."""

    def __init__(self, edges: Sequence[Edge], *, least: int) -> None:
        self.edges = list(edges)
        self.least = least
        self.at: dict[Hashable, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            self.at[edge.start].append(edge)
            self.at[edge.end].append(edge)

    def protect(self) -> int:
        """Hide what is small and what would give it away; return how many are small."""
        small = [edge for edge in self.edges if 0 < edge.n < self.least]
        for edge in small:
            edge.hidden = True
        while (weak := self._weak()) is not None:
            edge, places = weak
            if not self._hide_one(edge, places):
                break
        for edge in self.edges:
            edge.hidden = edge.hidden and not edge.open
        return len([edge for edge in small if not edge.open])

    def _weak(self) -> tuple[Edge, list[Hashable]] | None:
        """Return a hidden count that can be worked out, and the places where another may be hidden for it."""
        for place, around in self.at.items():
            unknown = [edge for edge in around if edge.unknown]
            told = [edge for edge in unknown if edge.hidden and edge.n]
            if not told:
                continue
            one_way = len({edge.start == place for edge in unknown if edge.n}) == 1
            if one_way and sum(edge.n for edge in unknown) < self.least and self._can_hide([place]):
                return told[0], [place]
        free = self._parallel()
        stuck = [edge for edge in self.edges if edge.hidden and edge.n and id(edge) not in free]
        stuck = [edge for edge in stuck if not self._moves(edge)]
        for edge in stuck:
            alone = [place for place in (edge.start, edge.end) if self._alone(place)]
            if alone:
                return edge, alone
        return (stuck[0], [stuck[0].start, stuck[0].end]) if stuck else None

    def _alone(self, place: Hashable) -> bool:
        """Say whether one count alone is unknown here, so that the others give it away."""
        return sum(edge.unknown and edge.n > 0 for edge in self.at[place]) == 1

    def _parallel(self) -> set[int]:
        """Return the hidden edges that can move against another one between the same two places."""
        beside: dict[tuple[Hashable, Hashable], list[Edge]] = defaultdict(list)
        for edge in self.edges:
            if edge.unknown and edge.n:
                beside[edge.start, edge.end].append(edge)
        return {
            id(edge)
            for edges in beside.values()
            if len(edges) > 1 and any(one.n > 1 for one in edges)
            for edge in edges
        }

    def _moves(self, edge: Edge) -> bool:
        """Say whether a closed way of unknown counts runs through this one, up or down."""
        return self._way(edge.end, edge.start, edge) or (edge.n > 1 and self._way(edge.start, edge.end, edge))

    def _way(self, start: Hashable, goal: Hashable, without: Edge) -> bool:
        """Say whether one person more can go from start to goal: forward on any count, backward on those above 1."""
        seen, todo = {start}, [start]
        while todo:
            place = todo.pop()
            if place == goal:
                return True
            for edge in self.at[place]:
                if edge is without or not edge.unknown or not edge.n:
                    continue
                if edge.start == place:
                    after = edge.end
                elif edge.n > 1:
                    after = edge.start
                else:
                    continue
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
        return False

    def _can_hide(self, places: Sequence[Hashable]) -> bool:
        return any(not edge.unknown and edge.n for place in places for edge in self.at[place])

    def _hide_one(self, weak: Edge, places: Sequence[Hashable]) -> bool:
        """Hide the next count beside a weak one; where there is none, any other, then a total."""
        near = [edge for place in places for edge in self.at[place] if not edge.unknown and edge.n]
        shown = near or [edge for edge in self.edges if not edge.unknown and edge.n]
        if not shown:
            return False

        def cost(edge: Edge) -> tuple[int, bool, int]:
            other = [place for place in (edge.start, edge.end) if place not in {weak.start, weak.end}]
            closes = any(one.hidden and one is not edge for place in other for one in self.at[place])
            return edge.tier, bool(other) and not closes, edge.n

        min(shown, key=cost).hidden = True
        return True
