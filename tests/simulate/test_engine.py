"""The simulator of all businesses: the same bytes, tables that fit each other, and a truth that is found again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlab.clv import fit_bg_nbd, fit_gamma_gamma
from crmlab.clv.sbg import fit_sbg
from crmlab.errors import ParameterError
from crmlab.simulate.clock import business_clock
from crmlab.simulate.contracting import months_later
from crmlab.simulate.engine import simulate_business
from crmlab.simulate.industries import INDUSTRIES, business
from crmlab.simulate.write import table_bytes

PURCHASES = [name for name in INDUSTRIES if business(name).contracts is None]
CONTRACTS = [name for name in INDUSTRIES if business(name).contracts is not None]


def even_time(scene):
    """Return the customer summary in even time, in which the purchase process runs."""
    when = pd.DataFrame({"who": scene.buyer, "week": scene.clock.weeks(scene.day)})
    spans = when.groupby("who")["week"].agg(["min", "max", "size"])
    return pd.DataFrame(
        {
            "frequency": spans["size"] - 1,
            "recency": spans["max"] - spans["min"],
            "T": scene.clock.end - spans["min"],
        }
    )


def within(model, truth):
    """Tell which true parameters lie within four standard errors of the estimates, on the log scale."""
    table = model.summary().set_index("parameter")
    return {
        name: abs(np.log(table.loc[name, "estimate"] / value)) < 4 * table.loc[name, "se_log"]
        for name, value in truth.items()
    }


@pytest.mark.parametrize("name", list(INDUSTRIES))
def test_the_same_seed_gives_the_same_bytes(name):
    """The same seed gives the same tables, another seed or block others."""
    first, again, other, block = (
        {
            table: table_bytes(frame)
            for table, frame in simulate_business(business(name), 60, seed, block=at)[0].items()
        }
        for seed, at in ((5, 0), (5, 0), (6, 0), (5, 1))
    )
    assert first == again
    assert all(first[table] != other[table] for table in first if b"customer," in first[table])
    assert first["survey"] != block["survey"]


@pytest.mark.parametrize("name", list(INDUSTRIES))
def test_tables_fit_each_other(name):
    """Every table's customers are on file, and no date lies before the start or after the end."""
    truth = business(name)
    tables, scene = simulate_business(truth, 300, 11, first=501)
    known = set(tables["customers"]["customer"])
    assert len(known) == 300
    assert min(known).endswith("0501")
    for table in tables.values():
        if "customer" in table:
            assert set(table["customer"]) <= known
        for column in set(table.select_dtypes("datetime")) - {"sold", "warranty_until"}:
            assert table[column].min() >= pd.Timestamp(truth.start)
            assert table[column].max() <= pd.Timestamp(truth.end)
    assert scene.people["joined_week"].is_monotonic_increasing


@pytest.mark.parametrize("name", PURCHASES)
def test_purchases_find_their_parameters(name):
    """BG/NBD (in even time) and Gamma-Gamma fitted to 8,000 simulated customers meet every true parameter."""
    truth = business(name)
    tables, scene = simulate_business(truth, 8000, 3)
    model = fit_bg_nbd(even_time(scene), time_unit="week")
    true = truth.buying
    assert all(within(model, {"r": true.r, "alpha": true.alpha_weeks, "a": true.a, "b": true.b}).values())
    orders = tables["transactions"].query("campaign == ''")
    later = orders[orders["date"] > orders.groupby("customer")["date"].transform("min")]
    spent = later.groupby("customer")["amount"].agg(frequency="size", monetary_value="mean").reset_index()
    money = fit_gamma_gamma(spent)
    true = truth.spending
    assert all(within(money, {"p": true.p, "q": true.q, "gamma": true.gamma}).values())


@pytest.mark.parametrize("name", CONTRACTS)
def test_contracts_find_their_parameters(name):
    """The sBG fitted to the periods that 8,000 simulated contracts lasted meets both true parameters."""
    truth = business(name)
    contracts = simulate_business(truth, 8000, 3)[0]["contracts"]
    end = contracts["end"].fillna(pd.Timestamp(truth.end))
    start = contracts["start"]
    months = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month
    months -= (end.dt.day < start.dt.day).astype(int)
    periods = (months // truth.contracts.period_months).to_numpy()
    lost = contracts["end"].notna().to_numpy()
    seen = periods > 0
    model = fit_sbg(pd.DataFrame({"tenure": periods[seen], "lost": lost[seen]}))
    assert all(within(model, {"alpha": truth.contracts.alpha, "beta": truth.contracts.beta}).values())


@pytest.mark.parametrize("name", list(INDUSTRIES))
def test_the_campaign_changes_what_it_says(name):
    """Treated customers answer more often than the control group, by the true lift within sampling error."""
    truth = business(name)
    tables, _ = simulate_business(truth, 20_000, 4)
    listed = tables["campaigns"].merge(tables["customers"][["customer", truth.kind_label]], on="customer")
    answered = listed["responded"] == "yes"
    treated = listed["group"] == "treated"
    share = listed[truth.kind_label].map(lambda kind: truth.campaign.lift_by_kind.get(kind, 1.0)).mean()
    base = answered[~treated].mean()
    effect = answered[treated].mean() - base
    expected = truth.campaign.lift * share * (1 - base)
    error = np.sqrt(0.25 / treated.sum() + 0.25 / (~treated).sum())
    assert abs(effect - expected) < 4 * error
    assert effect > 0


def test_seasons_come_and_go():
    """The clock gives each month and weekday its share of even time, and undoes it."""
    clock = business_clock("2023-01-01", "2024-12-31", weekdays=[1, 1, 1, 1, 1, 2, 0], months=[2, *[1] * 11])
    days = np.arange(clock.days)
    np.testing.assert_array_equal(
        clock.day(clock.weeks(days) + 1e-9)[np.diff(clock.opens) > 0], days[np.diff(clock.opens) > 0]
    )
    lengths = np.diff(clock.opens)
    date = pd.Timestamp("2023-01-01") + pd.to_timedelta(days, unit="D")
    assert lengths[date.month == 1].mean() == pytest.approx(2 * lengths[date.month == 3].mean(), rel=0.1)
    assert lengths[date.day_of_week == 6].sum() == 0


def test_months_are_calendar_months():
    """A contract of a month from the 15th ends on the 15th, over the end of a year too."""
    later = months_later(np.array(["2024-12-15", "2023-01-28"], dtype="datetime64[D]"), np.array([1, 1]))
    assert later.astype(str).tolist() == ["2025-01-15", "2023-02-28"]


def test_an_unknown_business_is_told():
    """A misspelt name is an error with the nearest name."""
    with pytest.raises(ParameterError, match="hotel") as caught:
        business("hotell")
    assert "hotel" in str(caught.value)


def test_a_business_needs_customers():
    """Fewer than ten customers are refused."""
    with pytest.raises(ParameterError, match="at least 10"):
        simulate_business(business("hotel"), 9, 1)
