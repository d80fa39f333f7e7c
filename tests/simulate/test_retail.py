"""The simulated retail case: the same bytes every time, a truth that can be found again, and its findings."""

from __future__ import annotations

import functools
import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from crmlab._paths import share
from crmlab.clv import customer_summary, fit_bg_nbd, fit_gamma_gamma
from crmlab.csi import ECSI, fit_ecsi, structure_for
from crmlab.data.catalogue import load_case
from crmlab.errors import ParameterError
from crmlab.simulate import RetailTruth, draw_retail_population, simulate_retail
from crmlab.simulate.draws import hand_out, week_day, week_position
from crmlab.simulate.structure import construct_correlations, disturbance_variances
from crmlab.simulate.write import RETAIL_CUSTOMERS, RETAIL_SEED, table_bytes, write_retail

TRUTH = RetailTruth()
BUYING = {"r": TRUTH.buying.r, "alpha": TRUTH.buying.alpha_weeks, "a": TRUTH.buying.a, "b": TRUTH.buying.b}
SPENDING = {"p": TRUTH.spending.p, "q": TRUTH.spending.q, "gamma": TRUTH.spending.gamma}


@functools.cache
def retail():
    """Return the tables of the shipped case."""
    case = load_case("retail")
    return {name: case.table(name) for name in case.tables}


@functools.cache
def population():
    """Return the hidden traits behind the shipped case, with the customers' numbers."""
    return draw_retail_population(RETAIL_CUSTOMERS, RETAIL_SEED).assign(
        customer=retail()["customers"]["customer"]
    )


@functools.cache
def summary():
    """Return the shipped case's customer summary, in weeks."""
    return customer_summary(retail()["transactions"], observation_end=TRUTH.end, time_unit="week")


def spearman(x, y):
    """Rank correlation."""
    return float(pd.Series(np.asarray(x)).corr(pd.Series(np.asarray(y)), method="spearman"))


# -- the same bytes ---------------------------------------------------------------------------------------------


def test_the_seed_gives_the_shipped_bytes(tmp_path):
    """Simulating again writes the files, and the card, that stand in the repository."""
    shipped = share("datasets") / "retail"
    (tmp_path / "card.yaml").write_bytes((shipped / "card.yaml").read_bytes())
    write_retail(tmp_path)
    for path in sorted(shipped.iterdir()):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_data_stay_small():
    """All data of the repository together are under 15 MB."""
    files = [path for path in share("datasets").rglob("*") if path.is_file()]
    assert len(files) > 20
    assert sum(path.stat().st_size for path in files) < 15_000_000


def test_the_card_carries_the_simulators_truth():
    """The truth on the card is that of the simulator, number by number."""
    truth = load_case("retail").card.truth
    assert truth == {"n_customers": RETAIL_CUSTOMERS, "seed": RETAIL_SEED, **TRUTH.to_dict()}


def test_another_seed_gives_other_data():
    """Seeds matter, also neighbouring ones, and the same seed repeats itself."""
    one, again, other = (simulate_retail(50, seed)["transactions"] for seed in (1, 1, 2))
    assert table_bytes(one) == table_bytes(again)
    assert not set(one["amount"]) & set(other["amount"]) >= set(one["amount"].head(20))


def test_tables_are_written_with_fixed_formats():
    """CSV has LF, ISO days, two decimals, whole numbers without a point, and empty cells for missing values."""
    table = pd.DataFrame(
        {"day": pd.to_datetime(["2024-01-02", "2024-01-03"]), "amount": [1.5, 2.25], "n": [1.0, np.nan]}
    )
    assert table_bytes(table) == b"day,amount,n\n2024-01-02,1.50,1\n2024-01-03,2.25,\n"


# -- the tables hang together -----------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None)
@given(n=st.integers(10, 300), seed=st.integers(0, 2**32 - 1))
def test_tables_fit_each_other(n, seed):
    """Whatever size and seed: keys match, days are in the period, nobody orders twice a day or before joining."""
    tables = simulate_retail(n, seed)
    customers, orders = tables["customers"], tables["transactions"]
    assert customers["customer"].is_unique
    assert len(customers) == n
    assert orders["order"].is_unique
    assert orders["date"].is_monotonic_increasing
    assert not orders.duplicated(["customer", "date"]).any()
    assert (orders["amount"] > 0).all()
    assert orders["date"].between(TRUTH.start, TRUTH.end).all()
    first = orders.groupby("customer")["date"].min()
    assert customers.set_index("customer")["joined"].eq(first.reindex(customers["customer"])).all()
    for name in ("survey", "complaints"):
        assert tables[name]["customer"].is_unique
        assert set(tables[name]["customer"]) <= set(customers["customer"])
    joined = customers.set_index("customer")["joined"]
    for name in ("survey", "complaints"):
        assert (tables[name]["date"].to_numpy() >= joined[tables[name]["customer"]].to_numpy()).all()
        assert (tables[name]["date"] <= TRUTH.end).all()


def test_a_chain_needs_customers():
    """Fewer than ten customers are refused."""
    with pytest.raises(ParameterError, match="at least 10"):
        simulate_retail(3, seed=1)


def test_weekends_are_busy_as_told():
    """The days of the week have their shares of repeat orders."""
    day = retail()["transactions"]["date"].dt.day_of_week
    assert_allclose(day.value_counts(normalize=True).sort_index(), TRUTH.weekdays, atol=0.008)


@given(day=st.integers(0, 2000))
def test_even_time_and_days_are_inverse(day):
    """The first moment of a day, in even time, falls on that day."""
    moment = week_position(day, TRUTH.weekdays)
    assert week_day(np.array([moment + 1e-9]), TRUTH.weekdays)[0] == day


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(-9, 9)), min_size=1, max_size=30))
def test_handing_out_keeps_the_draws(pairs):
    """Handing out changes who gets a draw, never the draws, and follows the score."""
    draws, score = (np.array(part) for part in zip(*pairs, strict=True))
    given_out = hand_out(draws, score)
    assert_allclose(np.sort(given_out), np.sort(draws))
    assert (np.diff(given_out[np.argsort(score, kind="stable")]) >= 0).all()


# -- the truth is found again -----------------------------------------------------------------------------------


def test_traits_have_the_distributions_of_the_models():
    """Rates are gamma, chances to leave beta, and the three traits of a customer independent of each other."""
    from scipy import stats

    people = draw_retail_population(20_000, 5)
    buying, spending = TRUTH.buying, TRUTH.spending
    assert (
        stats.kstest(people["rate"], stats.gamma(buying.r, scale=1 / buying.alpha_weeks).cdf).pvalue > 0.001
    )
    assert stats.kstest(people["leave"], stats.beta(buying.a, buying.b).cdf).pvalue > 0.001
    assert stats.kstest(people["scale"], stats.gamma(spending.q, scale=1 / spending.gamma).cdf).pvalue > 0.001
    traits = people[["rate", "leave", "scale"]].corr(method="spearman").to_numpy()
    assert np.abs(traits[np.triu_indices(3, 1)]).max() < 4 / np.sqrt(len(people))


def test_bg_nbd_finds_its_parameters():
    """The BG/NBD fitted to the shipped orders has every true parameter in its 95 % interval."""
    fitted = fit_bg_nbd(summary()).summary().set_index("parameter")
    for name, true in BUYING.items():
        assert fitted.loc[name, "low"] < true < fitted.loc[name, "high"], name


def test_gamma_gamma_finds_its_parameters():
    """The Gamma-Gamma fitted to the shipped orders has every true parameter in its 95 % interval."""
    fitted = fit_gamma_gamma(summary()).summary().set_index("parameter")
    for name, true in SPENDING.items():
        assert fitted.loc[name, "low"] < true < fitted.loc[name, "high"], name


def test_parameters_are_found_without_bias_over_seeds():
    """Over six other seeds, the mean of the estimated log-parameters is within three standard errors of the truth."""
    distance = []
    for seed in range(101, 107):
        tables = simulate_retail(3000, seed)
        s = customer_summary(tables["transactions"], observation_end=TRUTH.end, time_unit="week")
        fits = pd.concat([fit_bg_nbd(s).summary(), fit_gamma_gamma(s).summary()]).set_index("parameter")
        true = pd.Series(BUYING | SPENDING)
        distance.append((np.log(fits["estimate"]) - np.log(true))[true.index] / fits["se_log"][true.index])
    mean = pd.DataFrame(distance).mean() * np.sqrt(len(distance))
    assert mean.abs().max() < 3, mean


def test_constructs_have_the_implied_correlations():
    """Latent constructs are standardised, correlate as the paths imply, and regress to the paths."""
    people = draw_retail_population(40_000, 3)
    names, implied = construct_correlations(TRUTH.paths)
    latent = people[names].to_numpy()
    assert_allclose(np.corrcoef(latent.T), implied, atol=0.02)
    assert_allclose(latent.std(axis=0), 1, atol=0.015)
    assert min(disturbance_variances(TRUTH.paths).values()) > 0.2


def corrected_paths(result):
    """Correct PLS scores for their reliability (rho_A; the true loading for the single item), and regress: PLSc.

    Dijkstra & Henseler 2015, doi 10.25300/MISQ/2015/39.2.02.
    """
    names = list(result.structure.blocks)
    rho = result.reliability.set_index("construct")["rho_a"].to_dict()
    single = {item.construct: item.loading**2 for item in TRUTH.items}
    reliability = np.array([single[n] if np.isnan(rho[n]) else rho[n] for n in names])
    R = result.score_correlation_values / np.sqrt(np.outer(reliability, reliability))
    np.fill_diagonal(R, 1)
    found = {}
    for target in {t for _, t, _ in TRUTH.paths}:
        into = [names.index(s) for s, t, _ in TRUTH.paths if t == target]
        beta = np.linalg.solve(R[np.ix_(into, into)], R[into, names.index(target)])
        found |= {(names[s], target): value for s, value in zip(into, beta, strict=True)}
    return found


def test_pls_finds_the_structural_paths():
    """PLS on a large survey, corrected for reliability, meets every path; uncorrected, strong paths are too small."""
    structure = ECSI.structure(load_case("retail").blocks)
    result = fit_ecsi(simulate_retail(40_000, 1)["survey"], structure=structure)
    found = corrected_paths(result)
    raw = {(row["from"], row["to"]): row["coefficient"] for row in result.paths.to_dict("records")}
    for source, target, true in TRUTH.paths:
        assert found[source, target] == pytest.approx(true, abs=0.03), (source, target)
        if true >= 0.5:
            assert raw[source, target] < true


def test_the_index_model_recognises_the_survey():
    """The items of the shipped survey are recognised by their names, exactly as the card's blocks say."""
    recognised = structure_for(retail()["survey"].columns).blocks
    assert {name: list(items) for name, items in recognised.items()} == load_case("retail").blocks


def test_pls_on_the_shipped_survey_is_near_the_truth():
    """On the shipped 1,200 answers, every corrected path is within 0.12 (about three standard errors) of the truth."""
    result = fit_ecsi(retail()["survey"], structure=ECSI.structure(load_case("retail").blocks))
    found = corrected_paths(result)
    for source, target, true in TRUTH.paths:
        assert found[source, target] == pytest.approx(true, abs=0.12), (source, target)


def test_satisfaction_moves_dropout():
    """Latent satisfaction, and the answer to one question, go with a smaller chance to leave."""
    people = population()
    assert spearman(people["satisfaction"], people["leave"]) < -0.4
    asked = retail()["survey"].merge(people, on="customer")
    assert spearman(asked["overall"], asked["leave"]) < -0.35


# -- the findings in the case -----------------------------------------------------------------------------------


@functools.cache
def bought_again():
    """Return the survey with whether each respondent bought in the 180 days after answering."""
    survey = retail()["survey"]
    later = survey[["customer", "date"]].merge(
        retail()["transactions"][["customer", "date"]], on="customer", suffixes=("", "_order")
    )
    gap = (later["date_order"] - later["date"]).dt.days
    again = set(later.loc[gap.between(1, 180), "customer"])
    return survey.assign(again=survey["customer"].isin(again))


def test_only_the_completely_satisfied_stay_where_competition_is_strong():
    """From 'satisfied' to 'completely satisfied', repeat purchase jumps under strong competition only."""
    rate = bought_again().groupby(["competition", "overall"])["again"].mean()
    assert rate["strong", 5] - rate["strong", 4] > 0.2
    assert rate["strong", 4] - rate["strong", 3] < 0.1
    assert rate["weak", 5] - rate["weak", 4] < 0.15
    assert rate["weak", 3] > rate["strong", 4] + 0.2


def test_staff_service_is_important_and_poor_at_two_stores():
    """Staff service is the quality item nearest to satisfaction, and the worst item of S02 and S06 alone."""
    survey = retail()["survey"]
    items = load_case("retail").blocks["quality"]
    importance = survey[items].corrwith(survey["overall"])
    assert importance.idxmax() == "quality_staff"
    means = survey.groupby("store")[items].mean()
    gap = means["quality_staff"] - means.drop(columns="quality_staff").mean(axis=1)
    assert set(gap.index[gap < -1]) == {"S02", "S06"}
    complaints = retail()["complaints"]
    staff = complaints["topic"].eq("staff").groupby(complaints["store"]).mean()
    assert set(staff.nlargest(2).index) == {"S02", "S06"}


def test_a_complaint_well_recovered_lengthens_life():
    """Among the dissatisfied, quick recovery goes with longer life than silence, and no recovery with shorter."""
    people = population().merge(
        retail()["complaints"][["customer", "days_to_resolve", "recovered"]], on="customer", how="left"
    )
    last = retail()["transactions"].groupby("customer")["date"].max()
    life = people["customer"].map(last) - retail()["customers"]["joined"]
    unhappy = people["satisfaction"] < -0.3
    silent = people["recovered"].isna()
    quick = (people["recovered"] == "yes") & (people["days_to_resolve"] <= 3)
    failed = people["recovered"] == "no"
    mean = {
        name: life[unhappy & who].dt.days.mean()
        for name, who in {"silent": silent, "quick": quick, "failed": failed}.items()
    }
    assert mean["quick"] > 1.25 * mean["silent"]
    assert mean["failed"] < 0.8 * mean["silent"]


def test_the_top_tenth_brings_two_fifths_of_revenue():
    """The best tenth of customers brings about 40 % of revenue."""
    revenue = retail()["transactions"].groupby("customer")["amount"].sum().sort_values(ascending=False)
    assert revenue.head(len(revenue) // 10).sum() / revenue.sum() == pytest.approx(0.4, abs=0.03)


def test_the_shipped_case_has_the_promised_size():
    """4,000 customers, 30-45 thousand orders, 1,200 answers, some hundred complaints."""
    tables = retail()
    assert len(tables["customers"]) == 4000
    assert 30_000 <= len(tables["transactions"]) <= 45_000
    assert len(tables["survey"]) == 1200
    assert 300 <= len(tables["complaints"]) <= 900


def test_checksums_are_of_lf_files():
    """The files have LF line ends, whatever the machine that wrote them."""
    for name in retail():
        content = (share("datasets") / "retail" / f"{name}.csv").read_bytes()
        assert b"\r" not in content
        assert hashlib.sha256(content).hexdigest() == load_case("retail").card.table(name).sha256
