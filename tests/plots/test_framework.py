"""The drawn framework: boxes where they belong, none on another, no arrow through a box."""

from __future__ import annotations

from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import ParameterError
from crmlab.plots.framework import framework_map
from crmlab.text import speaking

mpl.use("Agg")

NODES = {
    "image": {"en": "Image", "zh": "企业形象"},
    "expectation": {"en": "Customer expectation", "zh": "客户期望"},
    "quality": {"en": "Perceived quality", "zh": "感知质量"},
    "value": {"en": "Perceived value for money", "zh": "感知价值（性价比）"},
    "satisfaction": {"en": "Satisfaction\nC = b/a", "zh": "客户满意度\nC = b/a"},
    "complaints": {"en": "Complaints", "zh": "客户抱怨"},
    "loyalty": {"en": "Loyalty: attachment × repeat purchase", "zh": "客户忠诚：态度依附 × 重复购买"},
}
EDGES = [
    ("image", "expectation"),
    ("expectation", "quality"),
    ("expectation", "value"),
    ("quality", "value"),
    ("image", "satisfaction"),
    ("expectation", "satisfaction"),
    ("quality", "satisfaction"),
    ("value", "satisfaction"),
    ("satisfaction", "complaints"),
    ("satisfaction", "loyalty"),
    ("complaints", "loyalty"),
    ("image", "loyalty"),
]
LEVELS = [["image", "expectation"], ["quality", "value"], ["satisfaction"], ["complaints", "loyalty"]]


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def rectangles(ax):
    """Return the boxes by key: left, bottom, right, top."""
    found = {}
    for patch in ax.patches:
        if (patch.get_gid() or "").startswith("box-"):
            x, y, width, height = patch.get_x(), patch.get_y(), patch.get_width(), patch.get_height()
            found[patch.get_gid()[4:]] = (x, y, x + width, y + height)
    return found


def arrows(ax):
    """Return points along each arrow."""
    paths = [patch.get_path() for patch in ax.patches if patch.get_gid() is None]
    return [path.interpolated(1).to_polygons(closed_only=False)[0] for path in paths]


def overlapping(one, other):
    """Tell whether two rectangles share an inner point."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def assert_clear(ax, keys):
    """Check that boxes are all there, inside, apart from each other and free of arrows."""
    boxes = rectangles(ax)
    assert set(boxes) == set(keys)
    width, height = ax.get_xlim()[1], ax.get_ylim()[1]
    for box in boxes.values():
        assert 0 <= box[0] < box[2] <= width
        assert 0 <= box[1] < box[3] <= height
    assert not any(overlapping(one, other) for one, other in combinations(boxes.values(), 2))
    for points in arrows(ax):
        for x, y in points:
            for left, bottom, right, top in boxes.values():
                inside = left + 0.01 < x < right - 0.01 and bottom + 0.01 < y < top - 0.01
                assert not inside, (x, y)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "options",
    [{}, {"levels": LEVELS}, {"levels": LEVELS, "direction": "down", "heads": ["A", "B", "C", "D"]}],
    ids=["rows", "columns", "rows with heads"],
)
def test_a_framework_is_clear(lang, options):
    """In both languages and directions, nothing lies on anything else."""
    with speaking(lang):
        ax = framework_map(NODES, EDGES, emphasis=["satisfaction"], **options)
    assert_clear(ax, NODES)
    assert len(arrows(ax)) == len(EDGES)


@pytest.mark.parametrize(("lang", "words"), [("en", "Complaints"), ("zh", "客户抱怨")])
def test_labels_are_in_the_spoken_language(lang, words):
    """And stand inside their boxes, at a size that can be read."""
    with speaking(lang):
        ax = framework_map(NODES, EDGES, levels=LEVELS)
    assert words in {text.get_text() for text in ax.texts}
    assert min(text.get_fontsize() for text in ax.texts) >= 8


def test_words_stay_inside_their_boxes():
    """Measured by the renderer."""
    figure = framework_map(NODES, EDGES, levels=LEVELS).figure
    figure.canvas.draw()
    ax = figure.axes[0]
    boxes = list(rectangles(ax).values())
    for text in ax.texts:
        extent = text.get_window_extent().transformed(ax.transData.inverted())
        assert any(
            left <= extent.x0 and extent.x1 <= right and bottom <= extent.y0 and extent.y1 <= top
            for left, bottom, right, top in boxes
        )


def test_levels_follow_from_the_arrows():
    """Each node stands after its last predecessor."""
    boxes = rectangles(framework_map({"a": "A", "b": "B", "c": "C"}, [("a", "b"), ("b", "c"), ("a", "c")]))
    assert boxes["a"][2] < boxes["b"][0] < boxes["b"][2] < boxes["c"][0]


def test_the_order_of_given_levels_stays():
    """Boxes stand as the author wrote them."""
    boxes = rectangles(framework_map(NODES, EDGES, levels=LEVELS))
    assert boxes["quality"][1] > boxes["value"][3]
    assert boxes["complaints"][1] > boxes["loyalty"][3]


def test_arrows_within_a_level_go_around_what_stands_between():
    """And arrows may point back; labels of arrows are shown."""
    levels = [["image", "quality", "expectation"], ["satisfaction"]]
    nodes = {key: NODES[key] for level in levels for key in level}
    edges = [("image", "expectation"), ("quality", "satisfaction", "+"), ("satisfaction", "expectation")]
    for direction in ("right", "down"):
        ax = framework_map(nodes, edges, levels=levels, direction=direction)
        assert_clear(ax, nodes)
        assert "+" in {text.get_text() for text in ax.texts}


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 9), st.data())
def test_any_framework_without_circles_is_clear(count, data):
    """Whatever its arrows, boxes do not touch and no arrow runs through one."""
    keys = [f"n{number}" for number in range(count)]
    pairs = list(combinations(keys, 2))
    edges = data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14))
    ax = framework_map({key: f"Node {key}" for key in keys}, edges, direction="down")
    assert_clear(ax, keys)
    plt.close("all")


@pytest.mark.parametrize(
    ("edges", "options", "words"),
    [
        ([("image", "loyalti")], {}, "did you mean 'loyalty'"),
        ([("image", "image")], {}, "leads to itself"),
        ([], {"levels": [["image"]]}, "stands in no level"),
        ([], {"levels": [list(NODES), ["image"]]}, "stands in two levels"),
        ([("image", "value"), ("value", "image")], {}, "run in a circle"),
        ([], {"emphasis": ["imag"]}, "did you mean 'image'"),
        ([], {"levels": [[key] for key in NODES], "direction": "right"}, "too wide"),
    ],
)
def test_what_cannot_be_drawn_is_told(edges, options, words):
    """With the nearest name, or the way out."""
    with pytest.raises(ParameterError, match=words):
        framework_map(NODES, edges, **options)


def test_an_existing_axes_is_drawn_into():
    """Nothing else of its figure is touched."""
    figure, (left, right) = plt.subplots(1, 2)
    assert framework_map({"a": "A"}, [], ax=left) is left
    assert right.get_xlim() == (0.0, 1.0)
    assert figure.axes == [left, right]
