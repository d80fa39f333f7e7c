"""The structure of a path model: which items measure which construct, and which construct drives which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from crmlab._arguments import checked_arguments
from crmlab.errors import DataError, ParameterError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Structure"]

MODES = ("A", "B")


@checked_arguments
@dataclass(frozen=True)
class Structure:
    """A path model: blocks of items, and paths between the constructs that they measure.

    Parameters
    ----------
    blocks
        ``{construct: [item, ...]}``; items are column names of the data, each in one block only.
    paths
        ``[(from, to), ...]``, without cycles; every construct stands in at least one path.
    modes
        ``{construct: "A" | "B"}``; what is not named is mode A.
        Mode A (reflective: the items show the construct) weighs by correlations; mode B (formative: the items make the
        construct) by a regression, and needs many more answers than items.

    Raises
    ------
    ParameterError
        With all the problems at once: a construct without items, an item in two blocks, an unknown construct in a path
        or a mode (with "did you mean"), a path from a construct to itself, a path given twice, a cycle, a construct
        without a path, a model that falls apart into two.

    Examples
    --------
    >>> s = Structure({"quality": ["q1", "q2"], "loyalty": ["l1"]}, [("quality", "loyalty")])
    >>> s.constructs, s.items
    (('quality', 'loyalty'), ('q1', 'q2', 'l1'))
    >>> s.predecessors("loyalty")
    ('quality',)

    """

    blocks: Mapping[str, Sequence[str]]
    paths: Sequence[tuple[str, str]]
    modes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        loose = [
            f"items of {c} are {items!r}; a list is needed"
            for c, items in self.blocks.items()
            if not _is_list(items)
        ]
        loose += [
            f"path {path!r} is no pair of constructs"
            for path in self.paths
            if not (_is_list(path) and len(path) == 2)
        ]
        if loose:
            raise ParameterError("The structure of the model cannot be used.", problems=loose)
        blocks = {construct: tuple(items) for construct, items in self.blocks.items()}
        paths = tuple((source, target) for source, target in self.paths)
        problems = [
            *_problems_of_blocks(blocks),
            *_problems_of_paths(tuple(blocks), paths),
            *_problems_of_modes(tuple(blocks), self.modes),
        ]
        if problems:
            raise ParameterError("The structure of the model cannot be used.", problems=problems)
        object.__setattr__(self, "blocks", blocks)
        object.__setattr__(self, "paths", paths)
        object.__setattr__(self, "modes", {c: self.modes.get(c, "A") for c in blocks})

    @cached_property
    def constructs(self) -> tuple[str, ...]:
        """The constructs, in the order of the blocks."""
        return tuple(self.blocks)

    @cached_property
    def items(self) -> tuple[str, ...]:
        """All items, block by block."""
        return tuple(item for items in self.blocks.values() for item in items)

    @cached_property
    def endogenous(self) -> tuple[str, ...]:
        """The constructs that at least one path leads to."""
        targets = {target for _, target in self.paths}
        return tuple(c for c in self.constructs if c in targets)

    @cached_property
    def construct_of_item(self) -> NDArray[np.intp]:
        """For each item the position of its construct, shape ``(items,)``."""
        return np.repeat(np.arange(len(self.constructs)), [len(items) for items in self.blocks.values()])

    @cached_property
    def membership(self) -> NDArray[np.float64]:
        """1 where the item belongs to the construct, shape ``(items, constructs)``."""
        return np.asarray(self.construct_of_item[:, None] == np.arange(len(self.constructs)), dtype=float)

    @cached_property
    def adjacency(self) -> NDArray[np.float64]:
        """1 at ``[from, to]`` of each path, shape ``(constructs, constructs)``."""
        matrix = np.zeros((len(self.constructs), len(self.constructs)))
        for source, target in self.paths:
            matrix[self.constructs.index(source), self.constructs.index(target)] = 1.0
        return matrix

    @classmethod
    @checked_arguments
    def parse(cls, text: str) -> Structure:
        """Read a structure from text: a part for each block of items, and the paths as arrows from cause to effect.

        Parts stand on lines of their own or have semicolons between them. Items are separated by blanks or commas; an
        item's name with blanks stands in quotes. ``image (B): i1 i2`` makes a block mode B. Several causes or effects
        are separated by commas: ``quality, value -> satisfaction``. ``#`` begins a comment. Chinese punctuation and
        ``→`` are read as well.

        Raises
        ------
        ParameterError
            What cannot be read, all of it at once, with the numbers of the parts; then what is wrong with the structure.

        Examples
        --------
        >>> s = Structure.parse("quality: q1 q2 q3; satisfaction: s1 s2; loyalty: l1; quality -> satisfaction -> loyalty")
        >>> s.paths, s.blocks["satisfaction"]
        ((('quality', 'satisfaction'), ('satisfaction', 'loyalty')), ('s1', 's2'))

        """
        from crmlab.pls.notation import read_notation

        return cls(*read_notation(text))

    def to_text(self) -> str:
        """Return the structure as text that :meth:`parse` reads.

        >>> print(Structure({"u": ["x1", "x 2"], "v": ["y"]}, [("u", "v")], {"u": "B"}).to_text())
        u (B): x1 "x 2"
        v: y
        u -> v
        """
        from crmlab.pls.notation import write_notation

        return write_notation(self)

    def predecessors(self, construct: str) -> tuple[str, ...]:
        """Return the constructs with a path to this one, in the order of the blocks."""
        sources = {source for source, target in self.paths if target == construct}
        return tuple(c for c in self.constructs if c in sources)

    def check_columns(self, columns: Iterable[object]) -> None:
        """Raise a DataError that names every item without a column, with the likeliest column for each."""
        known = [str(column) for column in columns]
        problems = []
        for construct, items in self.blocks.items():
            for item in items:
                if item not in known:
                    near = did_you_mean(item, known)
                    problems.append(f"{item} (of {construct})" + (f": did you mean {near}?" if near else ""))
        if problems:
            raise DataError(
                "The data lack items of the model.",
                problems=problems,
                hint=f"The data have: {', '.join(known[:40])}{', …' if len(known) > 40 else ''}.",
            )


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _problems_of_blocks(blocks: Mapping[str, tuple[str, ...]]) -> list[str]:
    problems = [f"{construct} has no items" for construct, items in blocks.items() if not items]
    owner: dict[str, str] = {}
    for construct, items in blocks.items():
        for item in items:
            if item in owner:
                problems.append(f"item {item} stands twice: in {owner[item]} and in {construct}")
            owner[item] = construct
    if len(blocks) < 2:
        problems.append(f"a path model needs two constructs or more; got {len(blocks)}")
    return problems


def _problems_of_paths(constructs: tuple[str, ...], paths: tuple[tuple[str, str], ...]) -> list[str]:
    problems = []
    for source, target in paths:
        problems += [
            f"path {source} → {target}: {_unknown(end, constructs)}"
            for end in (source, target)
            if end not in constructs
        ]
        if source == target:
            problems.append(f"path {source} → {target} leads from a construct to itself")
    problems += [
        f"path {s} → {t} is given {paths.count((s, t))} times"
        for s, t in dict.fromkeys(paths)
        if paths.count((s, t)) > 1
    ]
    if problems:
        return problems
    alone = [c for c in constructs if not any(c in path for path in paths)]
    if alone:
        return [f"{c} has no path to or from it" for c in alone]
    cycle = _cycle(constructs, paths)
    if cycle:
        return [f"the paths run in a circle: {' → '.join(cycle)}"]
    reached = _reached(constructs[:1], paths)
    apart = [c for c in constructs if c not in reached]
    return [f"the model falls apart: no path joins {', '.join(apart)} to the rest"] if apart else []


def _problems_of_modes(constructs: tuple[str, ...], modes: Mapping[str, str]) -> list[str]:
    problems = [f"mode of {c}: {_unknown(c, constructs)}" for c in modes if c not in constructs]
    problems += [f"mode of {c} is {mode!r}; allowed: A, B" for c, mode in modes.items() if mode not in MODES]
    return problems


def _unknown(name: str, constructs: tuple[str, ...]) -> str:
    near = did_you_mean(name, constructs)
    return f"there is no construct {name!r}" + (
        f"; did you mean {near!r}?" if near else f"; there are {', '.join(constructs)}"
    )


def _cycle(constructs: tuple[str, ...], paths: tuple[tuple[str, str], ...]) -> list[str]:
    """Return the constructs of one cycle, its first repeated at its end, or nothing."""
    left = set(constructs)
    while True:  # what has no predecessor among those left cannot stand in a cycle
        free = {c for c in left if not any(target == c and source in left for source, target in paths)}
        if not free:
            break
        left -= free
    if not left:
        return []
    walk = [next(c for c in constructs if c in left)]
    while walk.count(walk[-1]) < 2:
        walk.append(next(source for source, target in paths if target == walk[-1] and source in left))
    return walk[walk.index(walk[-1]) :][::-1]


def _reached(start: Iterable[str], paths: tuple[tuple[str, str], ...]) -> set[str]:
    reached = set(start)
    while True:
        more = {end for path in paths for end in path if reached.intersection(path)} - reached
        if not more:
            return reached
        reached |= more
