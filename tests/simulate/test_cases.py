"""The ten simulated cases as shipped: one contract, their truth found again, and the finding of each industry."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlab.clv import fit_bg_nbd, fit_gamma_gamma, fit_sbg
from crmlab.csi import structure_for
from crmlab.data import load_case
from crmlab.pls import fit_pls
from crmlab.simulate.clock import business_clock
from crmlab.simulate.industries import INDUSTRIES, business
from crmlab.simulate.truth import RetailTruth
from crmlab.simulate.write import write_case

TEN = ("retail", *INDUSTRIES)
PURCHASES = [name for name in INDUSTRIES if business(name).contracts is None]
CONTRACTS = [name for name in INDUSTRIES if business(name).contracts is not None]

#: what every case has, and the columns that every case has in it
CONTRACT = {
    "customers": {"customer", "joined", "area", "competition", "channel"},
    "survey": {"customer", "date", "competition", "overall", "recommend", "effort", "expected", "perceived"},
    "complaints": {"complaint", "customer", "date", "topic", "channel", "days_to_resolve", "recovered"},
    "campaigns": {"campaign", "customer", "date", "group", "responded", "spend", "cost"},
}


def orders_of(name):
    """Return the purchases of a case without those that a campaign brought, in even time."""
    truth = business(name)
    orders = load_case(name).table("transactions")
    orders = orders[orders["campaign"].isna()]
    clock = business_clock(truth.start, truth.end, weekdays=truth.weekdays, months=truth.months)
    day = (orders["date"] - pd.Timestamp(truth.start)).dt.days.to_numpy()
    return orders.assign(week=clock.weeks(day)), clock


def repeats(name):
    """Return the number of repeat purchases of each customer."""
    return orders_of(name)[0].groupby("customer").size() - 1


def inside(model, truth):
    """Return the parameters whose true value lies outside the 95 % interval."""
    table = model.summary().set_index("parameter")
    return [
        name
        for name, value in truth.items()
        if not table.loc[name, "low"] <= value <= table.loc[name, "high"]
    ]


def differ(a, b):
    """Return the difference of two means in standard errors."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return (a.mean() - b.mean()) / np.sqrt(a.var(ddof=1) / a.size + b.var(ddof=1) / b.size)


@pytest.mark.parametrize("name", TEN)
def test_every_case_keeps_the_contract(name):
    """Each case has customers, purchases or contracts, survey, complaints, and a campaign with a control group."""
    case = load_case(name)
    assert {"transactions", "contracts"} & set(case.tables)
    customers = case.table("customers")["customer"]
    assert customers.is_unique
    for table, columns in CONTRACT.items():
        frame = case.table(table)
        assert columns <= set(frame.columns), table
        assert set(frame["customer"]) <= set(customers)
    campaign = case.table("campaigns")
    treated = campaign["group"] == "treated"
    assert abs(treated.mean() - 0.5) < 3 * 0.5 / np.sqrt(len(campaign))
    assert (campaign.loc[~treated, "cost"] == 0).all()
    assert sorted(item for items in case.blocks.values() for item in items) == sorted(
        set(case.table("survey").columns) & {item for items in case.blocks.values() for item in items}
    )


@pytest.mark.parametrize("name", TEN)
def test_the_main_table_has_what_reports_read(name):
    """Purchases have customer, date and a positive amount; contracts a start, an end where they ended, and a fee."""
    case = load_case(name)
    if "transactions" in case.tables:
        orders = case.table("transactions")
        assert (orders["amount"] > 0).all()
        assert orders["order"].is_unique
    else:
        contracts = case.table("contracts")
        assert contracts["customer"].is_unique
        ended = contracts["end"].dropna()
        assert (ended > contracts.loc[ended.index, "start"]).all()
        assert contracts["end"].isna().any()
        assert (contracts["fee"] > 0).all()


@pytest.mark.parametrize("name", list(INDUSTRIES))
def test_the_seed_gives_the_shipped_bytes(name, tmp_path):
    """Simulating again writes the files that stand in the repository."""
    case = load_case(name)
    made = write_case(name, tmp_path)
    assert {table: entry["sha256"] for table, entry in made.items()} == {
        table.name: table.sha256 for table in case.card.tables
    }


@pytest.mark.parametrize("name", PURCHASES)
def test_purchases_find_their_parameters(name):
    """All seven parameters of buying and spending lie in the 95 % intervals of the shipped data, seasons undone."""
    truth = business(name)
    orders, clock = orders_of(name)
    spans = orders.groupby("customer")["week"].agg(["min", "max", "size"])
    table = pd.DataFrame(
        {
            "frequency": spans["size"] - 1,
            "recency": spans["max"] - spans["min"],
            "T": clock.end - spans["min"],
        }
    )
    true = truth.buying
    assert not inside(
        fit_bg_nbd(table, time_unit="week"),
        {"r": true.r, "alpha": true.alpha_weeks, "a": true.a, "b": true.b},
    )
    later = orders[orders["week"] > orders.groupby("customer")["week"].transform("min")]
    spent = later.groupby("customer")["amount"].agg(frequency="size", monetary_value="mean").reset_index()
    true = truth.spending
    assert not inside(fit_gamma_gamma(spent), {"p": true.p, "q": true.q, "gamma": true.gamma})


@pytest.mark.parametrize("name", CONTRACTS)
def test_contracts_find_their_parameters(name):
    """Both parameters of the contracts lie in the 95 % intervals of the shipped data."""
    truth = business(name)
    contracts = load_case(name).table("contracts")
    end, start = contracts["end"].fillna(pd.Timestamp(truth.end)), contracts["start"]
    months = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month
    periods = (months - (end.dt.day < start.dt.day)) // truth.contracts.period_months
    seen = periods > 0
    model = fit_sbg(pd.DataFrame({"tenure": periods[seen], "lost": contracts["end"].notna()[seen]}))
    assert not inside(model, {"alpha": truth.contracts.alpha, "beta": truth.contracts.beta})


@pytest.mark.parametrize("name", list(INDUSTRIES))
def test_the_survey_finds_its_paths(name):
    """PLS finds the paths: image to expectation, corrected by rho_A, within four standard errors; all within 0.2."""
    survey = load_case(name).table("survey")
    result = fit_pls(survey, structure_for(survey.columns))
    found = result.paths.set_index(["from", "to"])["coefficient"]
    truth = {(source, target): value for source, target, value in business(name).paths}
    # The one path into expectation: divided by the roots of both reliabilities.
    rho = result.reliability.set_index("construct")["rho_a"].fillna(1.0)
    corrected = found["image", "expectation"] / np.sqrt(rho["image"] * rho["expectation"])
    assert corrected == pytest.approx(truth["image", "expectation"], abs=4 / np.sqrt(len(survey)))
    # All others: scores carry the answers' noise, which draws coefficients towards zero.
    assert (found - pd.Series(truth).reindex(found.index)).abs().max() < 0.2
    assert found.corr(pd.Series(truth).reindex(found.index)) > 0.8


@pytest.mark.parametrize("name", TEN)
def test_the_campaign_is_read_as_it_was_made(name):
    """The difference between treated and control is within four standard errors of the true one."""
    campaign = (RetailTruth() if name == "retail" else business(name)).campaign
    listed = load_case(name).table("campaigns")
    factor = np.ones(len(listed))
    if name != "retail":
        kinds = load_case(name).table("customers").set_index("customer")[business(name).kind_label]
        factor = (
            kinds.reindex(listed["customer"])
            .map(lambda kind: campaign.lift_by_kind.get(kind, 1.0))
            .to_numpy()
        )
    answered = (listed["responded"] == "yes").to_numpy()
    treated = (listed["group"] == "treated").to_numpy()
    base = answered[~treated].mean()
    effect = answered[treated].mean() - base
    error = np.sqrt(
        base * (1 - base) / (~treated).sum()
        + answered[treated].mean() * (1 - answered[treated].mean()) / treated.sum()
    )
    assert abs(effect - campaign.lift * factor.mean() * (1 - base)) < 4 * error
    assert effect > 2 * error


# The finding of each industry.


def test_hotel_a_wish_that_is_met_brings_the_guest_back():
    """Guests whose wish was met stay oftener afterwards than those whose wish was on file and not met."""
    met = load_case("hotel").table("wishes").set_index("customer")["met_at_first_stay"]
    again = repeats("hotel").reindex(met.index)
    assert differ(again[met == "yes"], again[met == "no"]) > 2
    asked = repeats("hotel").drop(met.index)
    assert asked.mean() > again[met == "no"].mean()


def test_property_late_payment_is_a_complaint_by_other_means():
    """Households whose complaint ended badly pay weeks later than those without one, and four times as often not at all."""
    case = load_case("property")
    bills = case.table("payments").assign(
        late=lambda frame: (frame["paid"] - frame["due"]).dt.days, unpaid=lambda frame: frame["paid"].isna()
    )
    ended = case.table("complaints").set_index("customer")["recovered"]
    how = bills["customer"].map(ended).fillna("none")
    late = bills.groupby(how)["late"].median()
    assert late["no"] > late["yes"] + 14 > late["none"] + 14
    unpaid = bills.groupby(how)["unpaid"].mean()
    assert unpaid["no"] > 4 * unpaid["none"]


def test_bank_every_product_keeps_a_customer_longer():
    """Of customers with one product more than twice as many have left as of those with three or more."""
    case = load_case("bank")
    both = case.table("contracts").merge(case.table("customers"), on="customer")
    gone = both["end"].notna().groupby(both["depth"]).mean()
    assert gone["one product"] > gone["two products"] > gone["three or more"]
    assert gone["one product"] > 2 * gone["three or more"]
    held = case.table("products").groupby("customer").size()
    depth = both.set_index("customer")["depth"]
    assert (held[depth == "one product"] == 1).all()
    assert (held[depth == "three or more"] >= 3).all()


def test_utilities_without_a_choice_nobody_leaves_for_dissatisfaction():
    """Where there is a choice the dissatisfied leave; where there is none they complain, and stay like all others."""
    case = load_case("utilities")
    contracts = case.table("contracts").set_index("customer")["end"].notna()
    survey = case.table("survey")
    gone = survey["customer"].map(contracts)
    complained = survey["customer"].isin(case.table("complaints")["customer"])
    unhappy = survey["overall"] <= 3
    strong = survey["competition"] == "strong"
    assert differ(gone[strong & unhappy], gone[strong & ~unhappy]) > 3
    assert abs(differ(gone[~strong & unhappy], gone[~strong & ~unhappy])) < 2
    assert differ(complained[~strong & unhappy], complained[~strong & ~unhappy]) > 3


def test_dealer_mended_at_once_brings_the_owner_back():
    """Owners whose first fault was mended at once come oftener afterwards than the others."""
    visits = load_case("dealer").table("visits").sort_values("date", kind="stable")
    faults = visits[visits["mended_at_once"].notna()].drop_duplicates("customer").set_index("customer")
    since = visits["customer"].map(faults["date"])
    later = visits[visits["date"] > since].groupby("customer").size().reindex(faults.index).fillna(0)
    assert differ(later[faults["mended_at_once"] == "yes"], later[faults["mended_at_once"] == "no"]) > 2


def test_energy_a_discount_moves_private_drivers_only():
    """Private drivers answer the discount by a fifth more; of the fleets no more than without it."""
    case = load_case("energy")
    listed = case.table("campaigns").merge(case.table("customers"), on="customer")
    answered, treated = listed["responded"] == "yes", listed["group"] == "treated"
    private = listed["holder"] == "private"
    assert answered[private & treated].mean() > answered[private & ~treated].mean() + 0.12
    assert abs(differ(answered[~private & treated], answered[~private & ~treated])) < 2


def test_ecommerce_the_cheapest_channel_is_the_dearest():
    """Customers of the channel that costs least are worth least, and a late first parcel goes with fewer orders."""
    case = load_case("ecommerce")
    orders = case.table("transactions")
    worth = orders.groupby("customer")["amount"].sum()
    customers = case.table("customers").set_index("customer")
    mean = worth.groupby(customers["channel"]).mean()
    cost = case.table("acquisition").set_index("channel")["cost_per_customer"]
    assert cost.idxmin() == mean.idxmin() == "social media"
    cheap = customers.index[customers["channel"] == "social media"]
    assert differ(worth[worth.index.difference(cheap)], worth[cheap]) > 3
    first = orders.drop_duplicates("customer").merge(case.table("deliveries"), on=["order", "customer"])
    late = (first["days"] > first["promised_days"]).to_numpy()
    again = repeats("ecommerce").reindex(first["customer"]).to_numpy()
    assert differ(again[~late], again[late]) > 2


def test_consumer_empty_shelves_look_like_faithless_buyers():
    """The distributor that runs out of stock is worst at availability, by its buyers' own words, and sells less often."""
    case = load_case("consumer")
    empty = case.table("shipments").groupby("distributor")["days_out_of_stock"].mean()
    survey = case.table("survey")
    items = [name for name in survey if name.startswith("quality_")]
    gap = survey.groupby("distributor")[items].mean()
    gap = gap.loc["Z03"] - gap.drop("Z03").mean()
    assert empty.idxmax() == "Z03"
    assert gap.idxmin() == "quality_availability"
    again = repeats("consumer")
    where = case.table("customers").set_index("customer")["distributor"]
    rivals = where.isin(["Z01", "Z02"])
    assert differ(again[rivals], again[where == "Z03"]) > 2


def test_industrial_quick_answers_win_and_some_large_accounts_lose():
    """Bids answered in three days are won nearly twice as often; a tenth or more of the largest accounts lose money."""
    case = load_case("industrial")
    bids = case.table("bids")
    won, quick = bids["won"] == "yes", bids["days_to_answer"] <= 3
    assert 1.5 < won[quick].mean() / won[~quick].mean() < 2.2
    service = case.table("service").assign(
        profit=lambda frame: frame["gross_margin"] - frame["cost_to_serve"]
    )
    largest = service.nlargest(len(service) // 10, "gross_margin")
    assert 0.1 < (largest["profit"] < 0).mean() < 0.4


@pytest.mark.parametrize("name", list(INDUSTRIES))
def test_the_weak_place_is_seen_in_the_survey(name):
    """The weak item is worst at the places that serve badly, compared with the others, and satisfaction is lower there."""
    truth = business(name)
    survey = load_case(name).table("survey")
    poor = survey[truth.site_label].isin([site.name for site in truth.sites if site.staff_points < 0])
    items = [item.name for item in truth.items if item.construct == "quality"]
    gap = survey[poor][items].mean() - survey[~poor][items].mean()
    assert gap.idxmin() == truth.weak_item
    assert differ(survey.loc[~poor, truth.weak_item], survey.loc[poor, truth.weak_item]) > 3
