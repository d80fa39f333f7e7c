"""How tables are fitted to the page."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.reports.export.typst_html import columns_of, is_numeric, tables
from crmlab.reports.export.typst_tables import LANDSCAPE_PT, PORTRAIT_PT, plan, stays_whole, width_em


def numbers(count, rows=5):
    """Return so many columns of numbers."""
    return columns_of([f"column {i}" for i in range(count)], [["12,345.67"] * count] * rows)


def test_small_table_stands_upright_in_full_size():
    """Few columns: 9 points, upright, one part, no wider than the text."""
    decided = plan(numbers(4))
    assert (decided.size, decided.landscape, len(decided.parts)) == (9.0, False, 1)
    assert sum(decided.parts[0].widths) <= PORTRAIT_PT + 1e-6


def test_type_shrinks_then_the_page_turns_then_columns_split():
    """Wider and wider tables go through the three stages in this order."""
    stages = [plan(numbers(count)) for count in range(2, 40)]
    order = [(decided.landscape, len(decided.parts) > 1) for decided in stages]
    assert order == sorted(order)
    assert {decided.size for decided in stages} >= {9.0, 7.0}
    upright = [decided.size for decided in stages if not decided.landscape]
    assert upright == sorted(upright, reverse=True)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.text(alphabet="ab 客户1", min_size=0, max_size=60), min_size=1, max_size=30),
    st.integers(0, 4),
)
def test_every_column_is_there_and_fits(words, rows):
    """No column is lost, none but the key repeats, no part is wider than its page, no type under 7 points."""
    columns = columns_of(words, [words] * rows)
    decided = plan(columns)
    room = LANDSCAPE_PT if decided.landscape else PORTRAIT_PT
    assert decided.size >= 7
    assert all(sum(part.widths) <= room + 1e-6 for part in decided.parts)
    assert all(part.positions[0] == 0 for part in decided.parts)
    rest = [position for part in decided.parts for position in part.positions[1:]]
    assert rest == list(range(1, len(words)))


def test_parts_are_even():
    """Split columns are dealt out evenly."""
    counts = [len(part.positions) for part in plan(numbers(40)).parts]
    assert max(counts) - min(counts) <= 1


def test_short_tables_stay_whole():
    """Eight rows stay on one page; twenty may break, as they would leave half a page empty."""
    for rows, whole in ((8, True), (20, False)):
        columns = numbers(3, rows)
        assert stays_whole(columns, plan(columns)) is whole


def test_widths_are_those_of_the_font():
    """A Chinese character is one em wide, a digit 0.555."""
    assert width_em("客户5") == pytest.approx(2.555)


def test_html_tables_of_pandas_are_read():
    """A frame with a two-level head and an index: heads joined, numbers seen, style left out."""
    import pandas as pd

    frame = pd.DataFrame({("a", "x"): [1.5, 2.5], ("a", "y<b>"): ["u", "v"]}, index=["r1", "r2"])
    (table,) = tables(frame._repr_html_())
    assert [column.head.plain for column in table] == ["", "a\nx", "y<b>"]
    assert [[cell.plain for cell in column.cells] for column in table] == [
        ["r1", "r2"],
        ["1.5", "2.5"],
        ["u", "v"],
    ]
    assert [column.numeric for column in table] == [False, True, False]


def test_broken_html_is_no_trouble():
    """Unclosed tags, foreign spans and nested tables are read as far as they go."""
    found = tables("<table><tr><td colspan='x'>a<td colspan=2>b<table><tr><td>inner</table><tr><td>c")
    assert [[cell.plain for cell in column.cells] for column in found[0]] == [
        ["a", "c"],
        ["binner", ""],
        ["", ""],
    ]


@pytest.mark.parametrize("cell", ["1", "−1,234.5", "12.3%", "¥3", "<0.001", "1e-5", ".5"])
def test_numbers_are_seen(cell):
    """Numbers as people write them."""
    assert is_numeric([cell, "–", ""])


@pytest.mark.parametrize("cells", [["2024-01-01"], ["–"], [], ["1", "x"], ["[1, 2]"]])
def test_other_cells_are_text(cells):
    """Dates, intervals, gaps and mixtures are no numbers."""
    assert not is_numeric(cells)
