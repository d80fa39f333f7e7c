"""Share of wallet against statsmodels, simulated samples, and the rule's own table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from crmlab.errors import DataError, ParameterError
from crmlab.loyalty import share_of_wallet, wallet_allocation, wallet_ranks


@pytest.mark.checks("loyalty.share_of_wallet", kind="second", against="statsmodels")
def test_ratio_and_error_are_those_of_weighted_least_squares():
    """For 300 simulated customers the share of all wallets and its error equal those of statsmodels' weighted least squares of own on category spend with robust errors, to nine digits."""
    import statsmodels.api as sm

    rng = np.random.default_rng(2)
    category = rng.lognormal(6, 0.8, 300)
    own = category * rng.beta(2, 3, 300)
    found = share_of_wallet(own, category)
    fit = sm.WLS(own, category, weights=1 / category).fit(cov_type="HC1")
    assert found.share == pytest.approx(fit.params[0], rel=1e-9)
    logit = np.log(found.share / (1 - found.share))
    half = 1.959963985 * fit.bse[0] / (found.share * (1 - found.share))
    assert (found.low, found.high) == pytest.approx(
        [1 / (1 + np.exp(-(logit + side))) for side in (-half, half)], rel=1e-9
    )


@pytest.mark.checks("loyalty.share_of_wallet", kind="second", against="sums by hand")
def test_shares_by_hand():
    """Spends of 300, 50 and 90 in wallets of 400, 500 and 100 are 44 % of all, .75, .1 and .9 each, and leave 560 to win; by group the sums are those of the group."""
    own = pd.Series({"Li": 300.0, "Wu": 50.0, "He": 90.0})
    category = pd.Series({"He": 100.0, "Wu": 500.0, "Li": 400.0})
    found = share_of_wallet(own, category)
    assert found.table["share"].to_dict() == {"Li": 0.75, "Wu": 0.1, "He": 0.9}
    assert (found.share, found.potential) == (0.44, 560)
    assert found.mean_share == pytest.approx(1.75 / 3)
    groups = found.by(pd.Series({"Li": "top", "Wu": "rest", "He": "rest", "No": "rest"}))
    assert groups.loc["rest", ["n", "share", "potential_each"]].tolist() == [2, 140 / 600, 230]
    assert found.summary().loc[0, "category"] == 1000


@pytest.mark.checks("loyalty.share_of_wallet", kind="recovery")
def test_the_interval_holds_its_level():
    """In 400 samples of 80 customers from a population whose wallets are shared at 30 %, the 95 % interval holds the share of all in 91 to 98 %."""
    rng = np.random.default_rng(7)
    inside = 0
    for _ in range(400):
        category = rng.gamma(2, 500, 80)
        own = category * rng.beta(1.5, 3.5, 80)
        found = share_of_wallet(own, category)
        inside += found.low <= 0.3 <= found.high
    assert 0.91 <= inside / 400 <= 0.98


@pytest.mark.checks("loyalty.share_of_wallet", kind="invariant")
@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=30),
    st.floats(0.01, 100),
    st.integers(0, 99),
)
def test_shares_lie_between_0_and_1(pairs, unit, seed):
    """Own, potential and category add up; shares and intervals lie between 0 and 1; currency and order change nothing."""
    own = pd.Series([float(min(p)) for p in pairs])
    category = pd.Series([float(max(p)) for p in pairs])
    if category.sum() == 0:
        with pytest.raises(DataError, match="Nobody spends"):
            share_of_wallet(own, category)
        return
    found = share_of_wallet(own, category)
    assert found.own + found.potential == pytest.approx(found.category)
    assert 0 <= found.share <= 1
    if len(pairs) > 1:
        assert 0 <= found.low <= found.share + 1e-12
        assert found.share <= found.high + 1e-12 <= 1 + 2e-12
    assert found.n_empty == (category == 0).sum()
    other = share_of_wallet((own * unit).sample(frac=1, random_state=seed), category * unit)
    np.testing.assert_allclose(
        (other.share, other.low, other.high), (found.share, found.low, found.high), atol=1e-9
    )


def test_spends_that_cannot_be_compared_are_told():
    """More spent here than in all, customers of one list only, negative spends and unknown choices are told."""
    with pytest.raises(DataError, match=r"2 customer.*'a': 5 of 4") as caught:
        share_of_wallet(pd.Series({"a": 5, "b": 1, "c": 9}), pd.Series({"a": 4, "b": 2, "c": 3}))
    assert "above='cap'" in str(caught.value)
    capped = share_of_wallet([5, 1], [4, 2], above="cap")
    assert (capped.n_capped, capped.category, capped.share) == (1, 7, 6 / 7)
    with pytest.raises(DataError) as several:
        share_of_wallet(pd.Series({"a": -1, "b": 2}), pd.Series({"a": 4, "x": 3}))
    assert len(several.value.problems) == 3
    with pytest.raises(DataError, match="2 own spends and 1"):
        share_of_wallet([1, 2], [3])
    with pytest.raises(ParameterError, match="'error' or 'cap'"):
        share_of_wallet([1], [2], above="ignore")


@pytest.mark.checks("loyalty.wallet_allocation", kind="published", against="keiningham2011")
def test_the_table_of_the_rule():
    """The Wallet Allocation Rule gives 67 and 33 % to two brands, 50, 33 and 17 % to three, 40, 30, 20 and 10 % to four, 33, 27, 20, 13 and 7 % to five, by rank, as its authors print them."""
    printed = {2: [67, 33], 3: [50, 33, 17], 4: [40, 30, 20, 10], 5: [33, 27, 20, 13, 7]}
    for n, shares in printed.items():
        found = wallet_allocation(range(1, n + 1), [n] * n)
        assert (found.table["share"] * 100).round().tolist() == shares


@pytest.mark.checks("loyalty.wallet_allocation", "loyalty.wallet_ranks", kind="invariant")
@pytest.mark.checks("loyalty.wallet_ranks", kind="second", against="scipy")
@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.integers(1, 10)), min_size=4, max_size=4), min_size=1, max_size=10
    )
)
def test_shares_of_a_wallet_sum_to_one(rows):
    """Ranks of random ratings equal scipy's with ties at their mean, and the shares of all brands of a customer sum to 1."""
    rows = [row for row in rows if any(cell is not None for cell in row)] or [[1, None, None, None]]
    ratings = pd.DataFrame(rows, columns=list("abcd"), dtype=float)
    ranks = wallet_ranks(ratings)
    total = np.zeros(len(rows))
    for brand in "abcd":
        used = ranks[brand].notna()
        if used.any():
            share = wallet_allocation(ranks.loc[used, brand], ranks.loc[used, "brands"]).table["share"]
            total[used.to_numpy()] += share.to_numpy()
    np.testing.assert_allclose(total, 1)
    for given_row, (_, found) in zip(rows, ranks.iterrows(), strict=True):
        kept = [cell for cell in given_row if cell is not None]
        assert found[list("abcd")].dropna().tolist() == rankdata([-cell for cell in kept]).tolist()


@pytest.mark.checks("loyalty.wallet_allocation", kind="second", against="scipy")
def test_the_mean_has_students_interval():
    """The interval of the mean share of five customers is Student's, by scipy, and that of first choices is Wilson's; ties at the top count as first choices."""
    from scipy import stats

    found = wallet_allocation([1, 2, 1.5, 3, 1], [2, 2, 3, 3, 1])
    share = found.table["share"]
    low, high = stats.t.interval(0.95, 4, share.mean(), stats.sem(share))
    assert (found.low, found.high) == pytest.approx((max(low, 0), min(high, 1)))
    assert found.first_choice == 0.6
    assert found.first_high == pytest.approx(stats.binomtest(3, 5).proportion_ci(method="wilson").high)
    assert found.by_brands.loc[2, "n"] == 2
    assert found.summary().loc[0, "n"] == 5


def test_ranks_that_cannot_be_used_are_told():
    """Ranks beyond the number of brands, numbers that are not whole, and unreadable ratings are named."""
    with pytest.raises(DataError) as caught:
        wallet_allocation([0, 3, 1], [2, 2, 1.5])
    assert len(caught.value.problems) == 2
    with pytest.raises(DataError, match="not of the same"):
        wallet_allocation(pd.Series({"a": 1}), pd.Series({"b": 1}))
    with pytest.raises(DataError, match="2 ranks and 1"):
        wallet_allocation([1, 1], [1])
    with pytest.raises(DataError) as lost:
        wallet_ranks(pd.DataFrame({"a": ["x", None], "b": [1, None]}))
    assert len(lost.value.problems) == 2
    with pytest.raises(DataError, match="one column a brand"):
        wallet_ranks(pd.DataFrame())
