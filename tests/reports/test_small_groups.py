"""Groups of few people in the reports: neither shown nor found by subtraction, in tables, figures and sentences."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.reports.content import loyalty
from crmlab.reports.content.clv_tables import tenths
from crmlab.reports.content.loyalty_results import analyse
from crmlab.reports.content.loyalty_stages import ends_told, told_stages
from crmlab.reports.content.small_groups import guarded, hide_small, kept_back, kept_back_note
from crmlab.reports.inputs import ReportInput
from crmlab.reports.parameters import LoyaltyParameters
from crmlab.text import speaking


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=2, max_size=12), st.integers(1, 12))
def test_blank_rows_are_those_that_are_guarded(counts, least):
    """A table's blank counts are the small ones and their company; the others stay as they were."""
    rows = pd.DataFrame({"name": [str(n) for n in range(len(counts))], "customers": counts, "share": 0.1})
    blank = kept_back(rows, least, columns=["share"])
    hidden = guarded(rows["customers"], least)
    assert blank["customers"].isna().tolist() == blank["share"].isna().tolist() == hidden.tolist()
    assert blank["customers"][~hidden].tolist() == rows["customers"][~hidden].tolist()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=1, max_size=5), st.integers(1, 9)
)
def test_rows_of_a_table_keep_their_secrets(rows, least):
    """In each row with its total, what is hidden is two cells or more, and at least as many people as the limit."""
    counts = np.array(rows)
    for row, own in zip(counts, hide_small(counts, least), strict=True):
        if own.any() and row.sum() >= least:
            assert own.sum() > 1
            assert row[own].sum() >= least


def _sales(seed, customers):
    """Return purchases of few customers of all kinds: regular, silent, gone, new."""
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(customers):
        first = int(rng.integers(0, 500))
        gap = int(rng.integers(5, 60))
        last = int(rng.choice([730, rng.integers(first, 731)]))
        days = np.arange(first, last + 1, gap)[: int(rng.integers(1, 30))]
        rows += [
            (f"k{n}", pd.Timestamp("2023-01-01") + pd.Timedelta(days=int(day)), 10.0 + n) for day in days
        ]
    rows.append(("k0", pd.Timestamp("2024-12-31"), 10.0))
    return pd.DataFrame(rows, columns=["customer", "date", "amount"])


def _analysed(seed, customers, least):
    given = ReportInput(
        title="t",
        source={"ids": "replaced", "kind": "file"},
        quality=pd.DataFrame(),
        transactions=_sales(seed, customers),
    )
    return analyse(given, LoyaltyParameters(min_group=least))


@pytest.mark.parametrize("seed", range(12))
def test_stages_and_danger_say_nothing_of_a_few(seed):
    """Of 40 to 90 customers, every stage, course, segment and cell of the loyalty report holds nobody, or enough."""
    least = 5 + seed % 3
    found = _analysed(seed, 40 + 4 * seed, least)
    life = found.lifecycle
    assert life is not None
    stages, patterns = told_stages(life, least)
    for rows, told in ((life.stages, stages), (life.patterns, patterns)):
        sizes = rows["customers"].to_numpy()
        assert (sizes[told.to_numpy()] == 0).sum() + (sizes[told.to_numpy()] >= least).sum() == told.sum()
        assert (~told).sum() != 1
    if found.danger is not None:
        assert ends_told(life, least)
        assert found.danger.in_danger == 0 or found.danger.in_danger >= least
        assert found.danger.gone == 0 or found.danger.gone >= least
        rows = found.danger.by_segment
        shown = rows[["in_danger", "gone"]].to_numpy(dtype=float)
        assert not ((shown > 0) & (shown < least)).any()
        # The segments are those of the table of segments, or sums of them.
        alone = set(rows["segment"]) - {"others"}
        assert alone <= set(found.segments["segment"])
    with speaking("en"):
        blocks = [
            *loyalty.lifecycle_section(found),
            *loyalty.danger_section(found),
            *loyalty.rfm_section(found),
        ]
    for block in blocks:
        data = block.data
        for column, values in zip(
            data.get("columns", ()), zip(*data.get("values", ()), strict=False), strict=False
        ):
            if column["label"] in {"Customers", "In danger", "Count as gone"}:
                assert not [n for n in values if n is not None and 0 < n < least], data["name"]


@pytest.mark.parametrize("seed", range(4))
def test_figures_draw_what_the_tables_show(seed):
    """A stage or course without a number in the table has no bar, and the title does not tell of a hidden stage."""
    found = _analysed(seed, 40 + 4 * seed, 12)
    stages, _ = told_stages(found.lifecycle, 12)
    with speaking("en"):
        blocks = loyalty.lifecycle_section(found)
    for block in blocks:
        text = f"{block.data.get('markdown', '')} {block.data.get('alt', '')}"
        if not stages["decline"]:
            assert not re.search(r"% in decline", text)


def test_tenths_have_as_many_customers_as_asked_for():
    """The groups of equal size of the forecast are never smaller than min_group."""
    rng = np.random.default_rng(1)
    people = pd.DataFrame(rng.gamma(2, 10, (95, 3)), columns=["clv", "total_value", "buys_again"])
    assert tenths(people, 5)["customers"].min() >= 5
    assert len(tenths(people, 5)) == 10
    assert tenths(people, 40)["customers"].min() >= 40


def test_the_note_says_what_the_dash_is():
    """Both languages say what stands behind a dash."""
    for lang, word in (("en", "fewer than 5 people"), ("zh", "不足 5 人")):
        with speaking(lang):
            assert word in kept_back_note(5)
