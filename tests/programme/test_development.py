"""The chain ladder against the published triangle of Taylor and Ashe."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError
from crmlab.programme import chain_ladder

#: Cumulative claims of Taylor and Ashe (1983), as printed in Mack (1993), table 1.
ROWS = """
357848 1124788 1735330 2218270 2745596 3319994 3466336 3606286 3833515 3901463
352118 1236139 2170033 3353322 3799067 4120063 4647867 4914039 5339085
290507 1292306 2218525 3235179 3985995 4132918 4628910 4909315
310608 1418858 2195047 3757447 4029929 4381982 4588268
443160 1136350 2128333 2897821 3402672 3873311
396132 1333217 2180715 2985752 3691712
440832 1288463 2419861 3483130
359480 1421128 2864498
376686 1363294
344014
"""


def triangle():
    """Return the triangle with missing cells."""
    rows = [[float(cell) for cell in line.split()] for line in ROWS.strip().splitlines()]
    return pd.DataFrame([row + [np.nan] * (10 - len(row)) for row in rows])


@pytest.mark.checks("programme.chain_ladder", kind="published", against="mack1993")
def test_taylor_and_ashe():
    """Of the triangle of Taylor and Ashe the nine development factors are those of Mack (1993) to three decimals, and the reserve is 18,681 thousand."""
    found = chain_ladder(triangle())
    published = [3.491, 1.747, 1.457, 1.174, 1.104, 1.086, 1.054, 1.077, 1.018]
    np.testing.assert_allclose(found.factors["factor"], published, atol=5e-4)
    assert round(found.summary()["outstanding"].iloc[0] / 1000) == 18_681
    by_year = [0, 95, 470, 710, 985, 1419, 2178, 3920, 4279, 4626]
    np.testing.assert_allclose(found.table["outstanding"] / 1000, by_year, atol=0.51)


@pytest.mark.checks("programme.chain_ladder", kind="second", against="a loop")
@pytest.mark.checks("programme.chain_ladder", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.integers(0, 10_000), st.floats(0.01, 1000))
def test_completed_cell_by_cell(n, seed, unit):
    """Random triangles completed cell by cell in a loop have the same ends to 9 digits; no cohort ends below what it has, and the unit changes nothing but the unit."""
    rng = np.random.default_rng(seed)
    full = np.cumsum(rng.integers(1, 50, (n, n)).astype(float), axis=1)
    seen = np.add.outer(np.arange(n), np.arange(n)) < n
    cells = np.where(seen, full, np.nan)
    found = chain_ladder(cells)
    done = cells.copy()
    for a in range(1, n):
        rows = [i for i in range(n) if seen[i, a]]
        factor = sum(cells[i, a] for i in rows) / sum(cells[i, a - 1] for i in rows)
        for i in range(n):
            if not seen[i, a]:
                done[i, a] = done[i, a - 1] * factor
    np.testing.assert_allclose(found.table["ultimate"], done[:, -1], rtol=1e-9)
    assert (found.table["outstanding"] >= -1e-9).all()
    np.testing.assert_allclose(chain_ladder(cells * unit).table["ultimate"], done[:, -1] * unit, rtol=1e-9)


def test_no_triangle_is_told():
    """Gaps, negative numbers and cohorts without any number are named."""
    with pytest.raises(DataError) as caught:
        chain_ladder([[1, None, 3], [None, None, None], [-1, 2, 3]])
    assert len(caught.value.problems) == 3
    with pytest.raises(DataError, match="no cells"):
        chain_ladder([])
    with pytest.raises(DataError, match="no cohort has a number at age 1"):
        chain_ladder([[1.0, None], [2.0, None]])
