"""RFM scores and segments against pandas.cut, plain loops, and an enumeration of all combinations."""

from __future__ import annotations

from importlib.metadata import files
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.clv import customer_summary
from crmlab.errors import DataError, ParameterError
from crmlab.rfm import DEFAULT_SEGMENTS, SegmentRule, rfm_segments, rfm_table

CUTS = {"recency_days": [30, 90, 180, 365], "frequency": [1, 2, 4, 9], "monetary": [50, 100, 200, 500]}


@st.composite
def tables(draw):
    """Random RFM tables with many ties."""
    n = draw(st.integers(2, 40))
    return pd.DataFrame(
        {
            "recency_days": draw(st.lists(st.integers(0, 12), min_size=n, max_size=n)),
            "frequency": draw(st.lists(st.integers(1, 6), min_size=n, max_size=n)),
            "monetary": draw(st.lists(st.floats(0.01, 1000), min_size=n, max_size=n)),
        },
        index=[f"c{i}" for i in range(n)],
    )


@pytest.fixture(scope="module")
def cdnow():
    """Purchases of the CDNOW sample."""
    path = next(f.locate() for f in files("lifetimes") if f.name == "CDNOW_sample.txt")
    return pd.read_csv(
        Path(str(path)), sep=r"\s+", header=None, names=["master", "customer", "date", "cds", "amount"]
    )


@pytest.mark.checks("rfm.rfm_table", kind="second", against="crmlab.clv.customer_summary")
def test_table_is_the_customer_summary_in_other_words(cdnow):
    """On CDNOW, RFM recency is T less the recency of the customer summary, and frequency counts the first purchase too."""
    table = rfm_table(cdnow, observation_end="1997-09-30")
    other = customer_summary(cdnow, observation_end="1997-09-30").table
    assert len(table) == 2357
    assert np.array_equal(table["recency_days"], other["T"] - other["recency"])
    assert np.array_equal(table["frequency"], other["frequency"] + 1)
    assert np.allclose(table["monetary"], other["total_value"])
    assert (table["frequency"] > 1).sum() == 946


@pytest.mark.checks("rfm.rfm_table", kind="second", against="counts by hand")
def test_table_by_hand():
    """Of two customers, one with purchases on two days, recency, frequency, total and mean spend are those counted by hand."""
    frame = pd.DataFrame(
        {
            "customer": ["a", "b", "a", "a"],
            "date": ["2024-01-10", "2024-01-02", "2024-01-01", "2024-01-10"],
            "amount": [5.0, 7.0, 10.0, 1.0],
        }
    )
    table = rfm_table(frame, observation_end="2024-01-31")
    assert table[["recency_days", "frequency", "monetary"]].to_numpy().tolist() == [[21, 2, 16], [29, 1, 7]]
    mean = rfm_table(frame, monetary="mean")
    assert mean[["recency_days", "monetary", "revenue"]].to_numpy().tolist() == [[0, 8, 16], [8, 7, 7]]


@pytest.mark.checks("rfm.rfm_table", kind="invariant")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_order_and_unit_of_money_change_nothing(cdnow, seed):
    """Shuffled rows of CDNOW in cents give the same RFM recency and frequency, and a hundred times the spend."""
    one = rfm_table(cdnow, observation_end="1997-09-30")
    other = rfm_table(
        cdnow.sample(frac=1, random_state=seed).assign(amount=lambda f: f["amount"] * 100),
        observation_end="1997-09-30",
    )
    pd.testing.assert_frame_equal(one[["recency_days", "frequency"]], other[["recency_days", "frequency"]])
    np.testing.assert_allclose(other["monetary"], one["monetary"] * 100)


@pytest.mark.checks("rfm.rfm_segments", kind="invariant")
def test_default_rules_share_out_all_125_combinations():
    """Each of the 125 combinations of scores has exactly one segment, and all ten segments occur."""
    names = {}
    for r, f, m in product(range(1, 6), repeat=3):
        hit = [
            rule.segment
            for rule in DEFAULT_SEGMENTS
            if rule.r[0] <= r <= rule.r[1] and rule.f[0] <= f <= rule.f[1] and rule.m[0] <= m <= rule.m[1]
        ]
        assert len(hit) == 1, (r, f, m, hit)
        names[r, f, m] = hit[0]
    assert set(names.values()) == {
        "champions", "loyal", "potential_loyalists", "new", "need_attention",
        "about_to_sleep", "at_risk", "cannot_lose", "hibernating", "lost",
    }  # fmt: skip
    assert (names[5, 5, 5], names[1, 5, 5], names[1, 1, 5], names[5, 1, 1]) == (
        "champions", "cannot_lose", "lost", "new",
    )  # fmt: skip


@pytest.mark.checks("rfm.rfm_segments", kind="second", against="pandas")
def test_fixed_cuts_are_those_of_pandas_cut():
    """Fixed cuts put values where pandas.cut does; recency is scored the other way round."""
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "recency_days": rng.integers(0, 500, 300),
            "frequency": rng.integers(1, 13, 300),
            "monetary": rng.choice([20, 50, 80, 100, 300, 500, 900], 300),
        }
    )
    found = rfm_segments(table, method="fixed", cuts=CUTS).table
    for name, score in (("recency_days", "r"), ("frequency", "f"), ("monetary", "m")):
        klass = pd.cut(table[name], [-np.inf, *CUTS[name], np.inf], labels=False)
        assert np.array_equal(found[score], 5 - klass if score == "r" else klass + 1)


@pytest.mark.checks("rfm.rfm_segments", kind="second", against="a loop")
@pytest.mark.checks("rfm.rfm_segments", kind="invariant")
@settings(max_examples=50, deadline=None)
@given(tables(), st.integers(0, 99))
def test_quantile_scores_are_those_of_a_plain_loop(table, seed):
    """A score counts the quantiles below a value; order of rows and unit of money change nothing."""
    found = rfm_segments(table)
    n = len(table)
    for name, letter in (("recency_days", "r"), ("frequency", "f"), ("monetary", "m")):
        values = table[name].tolist()
        edges = [min(v for v in values if 5 * sum(u <= v for u in values) >= k * n) for k in range(1, 5)]
        for customer, value in zip(table.index, values, strict=True):
            klass = sum(edge < value for edge in edges)
            assert found.table.loc[customer, letter] == (5 - klass if letter == "r" else 1 + klass)
    other = table.sample(frac=1, random_state=seed)
    other["monetary"] *= 7.3
    again = rfm_segments(other).table.loc[table.index]
    assert again["rfm"].tolist() == found.table["rfm"].tolist()


@pytest.mark.checks("rfm.rfm_segments", kind="invariant")
@settings(max_examples=30, deadline=None)
@given(tables())
def test_segments_hold_all_customers_and_all_revenue(table):
    """Shares of customers and of revenue sum to 1; equal customers share a segment; better is never scored worse."""
    found = rfm_segments(table)
    assert found.summary()["share"].sum() == pytest.approx(1)
    assert found.summary()["revenue_share"].sum() == pytest.approx(1)
    assert found.summary()["customers"].sum() == len(table)
    assert found.table["segment"].notna().all()
    for name, letter, sign in (("recency_days", "r", -1), ("frequency", "f", 1), ("monetary", "m", 1)):
        ordered = found.table.assign(_v=sign * table[name]).sort_values("_v")
        assert (ordered[letter].diff().dropna() >= 0).all()
        assert (ordered.groupby("_v")[letter].agg(np.ptp) == 0).all()
    assert (found.cuts.groupby("dimension")["customers"].sum() == len(table)).all()


def test_ties_skip_scores_and_are_told(cdnow):
    """1,411 of 2,357 (59.9 %) bought once: they share F = 1, and the score nobody can have is named."""
    found = rfm_segments(rfm_table(cdnow, observation_end="1997-09-30"))
    once = found.table[found.table["frequency"] == 1]
    assert once["f"].unique().tolist() == [1]
    assert found.skipped["frequency"] == (2,)
    assert found.skipped["recency_days"] == ()
    assert sorted(found.table["f"].unique()) == [1, 3, 4, 5]
    empty = found.cuts.query("dimension == 'frequency' and customers == 0")
    assert empty["score"].tolist() == [2]
    assert rfm_segments(found.table, method="fixed", cuts=CUTS).skipped == {
        "recency_days": (), "frequency": (), "monetary": (),
    }  # fmt: skip


@pytest.mark.checks("rfm.rfm_segments", kind="second", against="means by hand")
def test_segment_summary_by_hand():
    """Two champions and one lost customer: means and shares."""
    table = pd.DataFrame(
        {"recency_days": [1, 3, 400], "frequency": [10, 12, 1], "monetary": [600.0, 1000.0, 10.0]}
    )
    rows = rfm_segments(table, method="fixed", cuts=CUTS).segments.set_index("segment")
    assert rows.loc["champions", ["customers", "mean_recency_days", "mean_monetary"]].tolist() == [2, 2, 800]
    assert rows.loc["champions", "revenue_share"] == pytest.approx(1600 / 1610)
    assert rows.loc["lost", "share"] == pytest.approx(1 / 3)
    assert rows.loc["new", "customers"] == 0
    assert np.isnan(rows.loc["new", "mean_frequency"])


def test_other_numbers_of_scores_need_other_rules():
    """Three scores want rules of their own, which are checked for gaps and overlaps."""
    table = pd.DataFrame({"recency_days": [1, 2, 3], "frequency": [3, 2, 1], "monetary": [3.0, 2.0, 1.0]})
    rules = [
        SegmentRule("here", r=(2, 3), f=(1, 3), m=(1, 3)),
        SegmentRule("gone", r=(1, 1), f=(1, 3), m=(1, 3)),
    ]
    assert rfm_segments(table, quantiles=3, segments=rules).table["segment"].tolist() == [
        "here",
        "here",
        "gone",
    ]
    with pytest.raises(ParameterError, match=r"9 combination.* have no rule: 111"):
        rfm_segments(table, quantiles=3, segments=rules[:1])
    with pytest.raises(ParameterError, match="more than one rule"):
        rfm_segments(table, quantiles=3, segments=[*rules, SegmentRule("x", r=(1, 1), f=(1, 1))])
    with pytest.raises(ParameterError, match="combinations"):
        rfm_segments(table, quantiles=6)


def test_errors_teach():
    """Wrong columns, numbers, cuts and methods are told."""
    table = pd.DataFrame({"recency_days": [1, 2], "frequency": [3, 2], "monetary": [3.0, 2.0]})
    with pytest.raises(DataError, match="did you mean 'recency'"):
        rfm_segments(table.rename(columns={"recency_days": "recency"}))
    with pytest.raises(DataError, match="one customer only"):
        rfm_segments(table.head(1))
    with pytest.raises(DataError, match="no rows"):
        rfm_segments(table.head(0))
    with pytest.raises(DataError, match="negative: 1: -2"):
        rfm_segments(table.assign(monetary=[3.0, -2.0]))
    with pytest.raises(ParameterError, match="no cuts of frequency"):
        rfm_segments(table, method="fixed", cuts={"recency_days": [1], "monetary": [1]})
    with pytest.raises(ParameterError, match="did you mean 'monetary'"):
        rfm_segments(table, method="fixed", cuts={**CUTS, "monetray": [1, 2, 3, 4]})
    with pytest.raises(ParameterError, match="do not rise"):
        rfm_segments(table, method="fixed", cuts={**CUTS, "monetary": [1, 2, 2, 4]})
    with pytest.raises(ParameterError, match="numbers of cuts differ"):
        rfm_segments(table, method="fixed", cuts={**CUTS, "monetary": [1, 2]})
    with pytest.raises(ParameterError, match="method='fixed'"):
        rfm_segments(table, cuts=CUTS)
    with pytest.raises(ParameterError, match="'quintile'"):
        rfm_segments(table, method="quintile")
    with pytest.raises(ParameterError, match="2 to 9"):
        rfm_segments(table, quantiles=1)
    with pytest.raises(ParameterError, match="monetary"):
        rfm_table(pd.DataFrame(), monetary="median")
