"""Path models are checked before they are fitted."""

from __future__ import annotations

import pytest

from crmlab.errors import DataError, ParameterError
from crmlab.pls import Structure

BLOCKS = {"quality": ["q1", "q2"], "satisfaction": ["s1"], "loyalty": ["l1"]}
PATHS = [("quality", "satisfaction"), ("satisfaction", "loyalty")]


def test_structure_names_its_parts():
    """Constructs, items, predecessors and endogenous constructs follow the order of the blocks."""
    s = Structure(BLOCKS, PATHS)
    assert s.constructs == ("quality", "satisfaction", "loyalty")
    assert s.items == ("q1", "q2", "s1", "l1")
    assert s.endogenous == ("satisfaction", "loyalty")
    assert s.predecessors("loyalty") == ("satisfaction",)
    assert s.modes == {"quality": "A", "satisfaction": "A", "loyalty": "A"}
    assert s.membership.tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("blocks", "paths", "modes", "word"),
    [
        ({**BLOCKS, "loyalty": []}, PATHS, {}, "loyalty has no items"),
        ({**BLOCKS, "loyalty": ["q1"]}, PATHS, {}, "item q1 stands twice"),
        (BLOCKS, [*PATHS, ("qualitty", "loyalty")], {}, "did you mean 'quality'"),
        (BLOCKS, [*PATHS, ("quality", "quality")], {}, "from a construct to itself"),
        (BLOCKS, [*PATHS, PATHS[0]], {}, "given 2 times"),
        (BLOCKS, [*PATHS, ("loyalty", "quality")], {}, "run in a circle"),
        (BLOCKS, PATHS[:1], {}, "loyalty has no path"),
        (BLOCKS, PATHS, {"quality": "C"}, "allowed: A, B"),
        (BLOCKS, PATHS, {"qality": "B"}, "did you mean 'quality'"),
        ({"quality": ["q1"]}, [], {}, "two constructs or more"),
    ],
)
def test_each_fault_of_a_structure_is_named(blocks, paths, modes, word):
    """Each fault raises an error that says where it stands."""
    with pytest.raises(ParameterError) as caught:
        Structure(blocks, paths, modes)
    assert word in str(caught.value)


def test_a_cycle_is_shown_as_it_runs():
    """The error shows the constructs of the circle in the direction of its paths."""
    with pytest.raises(ParameterError) as caught:
        Structure(BLOCKS, [*PATHS, ("loyalty", "satisfaction")])
    text = str(caught.value)
    assert "satisfaction → loyalty → satisfaction" in text or "loyalty → satisfaction → loyalty" in text


def test_a_model_in_two_parts_is_refused():
    """Two models that no path joins are not one model."""
    blocks = {c: [c[0]] for c in ("a", "b", "c", "d")}
    with pytest.raises(ParameterError) as caught:
        Structure(blocks, [("a", "b"), ("c", "d")])
    assert "falls apart" in str(caught.value)


def test_several_faults_are_told_at_once():
    """All faults of one kind come in one error."""
    with pytest.raises(ParameterError) as caught:
        Structure({**BLOCKS, "loyalty": []}, PATHS, {"quality": "C"})
    assert len(caught.value.problems) == 2


def test_missing_columns_are_named_with_the_likeliest_one():
    """An item without a column is named, with its construct and a suggestion."""
    with pytest.raises(DataError) as caught:
        Structure(BLOCKS, PATHS).check_columns(["q1", "q2", "s1", "l_1"])
    assert "l1 (of loyalty): did you mean l_1?" in str(caught.value)
