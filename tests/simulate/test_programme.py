"""The simulated loyalty programme: it changes no order, keeps its own rules, and its truth can be found again."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from crmlab.data.catalogue import load_case
from crmlab.programme import points_account
from crmlab.simulate import RetailTruth, simulate_retail

TRUTH = RetailTruth()
END = pd.Timestamp(TRUTH.end)
#: sha256 of the tables that were there before the programme, to their twelfth digit
BEFORE = {
    "customers": "ad17043f0075",
    "transactions": "e187c302a26b",
    "survey": "84bc09ced8bb",
    "complaints": "57542cdede32",
}


@functools.cache
def retail():
    """Return the tables of the shipped case."""
    case = load_case("retail")
    return {name: case.table(name) for name in case.tables}


@functools.cache
def many():
    """Return the tables of a larger chain."""
    return simulate_retail(30_000, 5)


def test_the_programme_changes_no_other_table():
    """Customers, orders, survey and complaints are byte for byte what they were without a programme."""
    card = load_case("retail").card
    assert {name: card.table(name).sha256[:12] for name in BEFORE} == BEFORE


@settings(max_examples=10, deadline=None)
@given(n=st.integers(10, 200), seed=st.integers(0, 2**32 - 1))
def test_the_ledger_keeps_the_rules(n, seed):
    """Whole points for whole yuan, exchanges in whole hundreds, keys that match, nothing after the last day."""
    tables = simulate_retail(n, seed)
    points, orders = tables["points"], tables["transactions"]
    assert set(points["customer"]) <= set(tables["customers"]["customer"])
    assert (points["points"] > 0).all()
    assert (points["date"] <= END).all()
    by_kind = points.groupby("kind")["points"].sum()
    assert by_kind["earned"] == np.floor(orders["amount"]).sum()
    burned = points[points["kind"] == "burned"]
    assert (burned["points"] % 100 == 0).all()
    assert (burned["points"] >= TRUTH.rewards.least).all()
    assert_allclose(burned["value"], burned["points"] * TRUTH.rewards.value_per_point)
    assert points.loc[points["kind"] != "burned", "value"].isna().all()


@pytest.mark.checks("programme.points_account", kind="second", against="the simulator of the retail case")
def test_points_lapse_as_the_account_computes_them():
    """Points of the retail case, without the ledger's own lapses and with a validity of twelve months, lapse to the point as the simulator let them lapse.

    Both take the oldest points first, but neither knows the other.
    """
    ledger = retail()["points"]
    told = points_account(ledger, as_of=END)
    by_rule = points_account(
        ledger[ledger["kind"] != "expired"], as_of=END, valid_months=TRUTH.rewards.valid_months
    )
    for column in ("earned", "burned", "expired", "outstanding"):
        assert_allclose(told.customers[column], by_rule.customers[column], err_msg=column)
        assert_allclose(told.months[column], by_rule.months[column], err_msg=column)
    assert (told.customers["outstanding"] >= 0).all()


def test_tiers_follow_last_years_orders():
    """A member's tier is that of the amount of the orders of the calendar year before; who joins in the year has none yet."""
    orders, tiers = retail()["transactions"], retail()["tiers"]
    year = orders["date"].dt.year
    for held, rows in tiers.groupby("year"):
        before = orders[year == held - 1].groupby("customer")["amount"].sum()
        known = orders[year < held]["customer"].unique()
        assert set(rows["customer"]) == set(known)
        assert_allclose(rows["qualifying_spend"], rows["customer"].map(before).fillna(0.0), atol=1e-6)
        for name, least in TRUTH.rewards.tiers:
            inside = rows["qualifying_spend"] >= least
            assert inside[rows["tier"] == name].all()
    assert_array_equal(sorted(tiers["year"].unique()), [2025, 2026])


def test_wallets_hold_what_was_spent_here():
    """Nobody names less for all shops than the orders of the year show, and ranks lie among the shops used."""
    wallet, orders = retail()["wallet"], retail()["transactions"]
    own = orders[orders["date"].dt.year == END.year].groupby("customer")["amount"].sum()
    assert wallet["customer"].is_unique
    assert (wallet["category_spend"] >= wallet["customer"].map(own)).all()
    assert wallet["rank"].between(1, wallet["shops"]).all()
    assert (wallet["category_spend"] % 10 == 0).all()


def test_the_parameters_of_the_wallets_are_found_again():
    """A regression of the logit of the share on competition and own spending gives levels, weight and noise back."""
    tables = many()
    own = tables["transactions"].query("date >= '2025-01-01'").groupby("customer")["amount"].sum()
    people = tables["customers"].set_index("customer")["competition"]
    wallet = tables["wallet"]
    wallet = wallet[wallet["shops"] > 1]
    spent = wallet["customer"].map(own)
    share = (spent / wallet["category_spend"]).to_numpy()
    score = np.log(spent).to_numpy()
    strong = (wallet["customer"].map(people) == "strong").to_numpy()
    X = np.column_stack([strong, ~strong, (score - score.mean()) / score.std()]).astype(float)
    logit = np.log(share / (1 - share))
    found = np.linalg.lstsq(X, logit, rcond=None)[0]
    truth = TRUTH.wallet
    # amounts are rounded up to tens of yuan, which lowers the shares of small spenders a little
    assert_allclose(found, [truth.strong, truth.weak, truth.spend], atol=0.06)
    assert_allclose((logit - X @ found).std(), truth.noise, atol=0.05)


def test_half_of_the_basic_members_exchange_points():
    """Among members who were basic in 2024 and had many orders with enough points, the willing share is found again."""
    points = many()["points"].query("date < '2025-01-01'")
    earned = points[points["kind"] == "earned"].groupby("customer")["points"].agg(["sum", "size"])
    often = earned[(earned["sum"] >= 1500) & (earned["size"] >= 18)].index
    burned = set(points.loc[points["kind"] == "burned", "customer"])
    assert len(often) > 300
    assert_allclose(np.mean([name in burned for name in often]), TRUTH.rewards.willing[0], atol=0.06)
