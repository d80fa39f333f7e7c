"""The loyalty report on wallets, points and tiers: what it computes and withholds, and what it says in both languages."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as cases
from hypothesis import settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from crmlab.data import load_case
from crmlab.errors import DataError
from crmlab.loyalty import share_of_wallet, wallet_allocation
from crmlab.programme import breakage, points_account, points_liability, tier_effect
from crmlab.reports import run_report
from crmlab.reports.content import loyalty
from crmlab.reports.content.loyalty_points import analyse_points
from crmlab.reports.content.loyalty_tiers import analyse_tiers, round_between, threshold
from crmlab.reports.content.loyalty_wallet import analyse_wallet
from crmlab.reports.content.small_groups import hide_small
from crmlab.reports.inputs import prepare_case
from crmlab.reports.parameters import LoyaltyParameters
from crmlab.reports.registry import get_report
from crmlab.simulate import RetailTruth, simulate_retail
from crmlab.text import percent, speaking, use

END = pd.Timestamp("2025-12-31")
TRUTH = RetailTruth()
SECTIONS = ("wallet_section", "points_section", "tiers_section", "survey_section")


@pytest.fixture(scope="module")
def retail():
    """Return the retail case as the report gets it."""
    spec = get_report("loyalty")
    return prepare_case(spec, load_case("retail"), spec.parameters())


@pytest.fixture(scope="module")
def small():
    """Return the tables of a small chain."""
    return simulate_retail(400, 11)


def given_of(tables, ids="replaced", **changed):
    """Return an input as a report gets it."""
    named = {name: changed.get(name, tables.get(name)) for name in ("points", "tiers", "wallet", "survey")}
    return SimpleNamespace(
        title="Toy",
        transactions=tables["transactions"],
        customers=tables["customers"],
        scales={},
        currency="¥",
        source={"ids": ids},
        **named,
    )


def words(blocks):
    """Return all a reader sees of blocks."""
    parts = []
    for block in blocks:
        data = block.data
        parts += [
            data.get("markdown", ""),
            data.get("caption", ""),
            data.get("alt", ""),
            data.get("note") or "",
        ]
        parts += [column["label"] for column in data.get("columns", ())]
        parts += [cell for row in data.get("rows", ()) for cell in row]
    return "\n".join(parts)


def everything(results):
    """Return the blocks of all that rests on wallet, points and tiers."""
    blocks = [block for section in SECTIONS for block in getattr(loyalty, section)(results)]
    return [
        *blocks,
        loyalty.findings_block(results),
        loyalty.next_steps(results),
        loyalty.programme_method(results),
    ]


# -- the case and its truth ---------------------------------------------------------------------------------------


def test_the_case_gives_its_truth_back(retail):
    """Validity and worth of a point, thresholds, no effect on revenue, the effect on exchanging: as on the card."""
    points = analyse_points(retail, LoyaltyParameters(), end=END)
    rules = TRUTH.rewards
    assert (points.valid_months, points.valid_from) == (rules.valid_months, "ledger")
    assert_allclose(points.value_per_point, rules.value_per_point)
    tiers = analyse_tiers(retail, LoyaltyParameters(), end=END)
    assert tiers.order == tuple(name for name, _ in rules.tiers)
    assert tiers.thresholds == dict(rules.tiers[1:])
    by = {jump.outcome: jump for jump in tiers.jumps}
    assert by["revenue"].effect.low < rules.effect_on_orders < by["revenue"].effect.high
    assert by["exchanged"].effect.low < rules.effect_on_exchange < by["exchanged"].effect.high
    assert by["exchanged"].effect.low > 0
    assert by["revenue"].mean_tier > 2 * by["revenue"].mean_below


def test_the_numbers_are_those_of_the_science(retail):
    """Account, breakage, liability, shares of wallet and the jump are what the functions of the course give."""
    points = analyse_points(retail, LoyaltyParameters(), end=END)
    account = points_account(retail.points, as_of=END, valid_months=12)
    assert_allclose(points.totals["outstanding"], account.customers["outstanding"].sum())
    assert_allclose(points.breakage.rate, breakage(account).rate)
    assert_allclose(points.liability.liability, points_liability(account, value_per_point=0.02).liability)
    wallet = analyse_wallet(retail, LoyaltyParameters(), end=END)
    asked = retail.wallet.set_index("customer")
    own = retail.transactions.query("date >= '2025-01-01'").groupby("customer")["amount"].sum()
    assert_allclose(
        wallet.spend.share, share_of_wallet(own.reindex(asked.index).fillna(0), asked["category_spend"]).share
    )
    assert_allclose(wallet.ranks.share, wallet_allocation(asked["rank"], asked["shops"]).share)
    held = retail.tiers[(retail.tiers["year"] == 2025) & (retail.tiers["qualifying_spend"] < 1200)]
    frame = pd.DataFrame(
        {"running": held["qualifying_spend"], "later": held["customer"].map(own).fillna(0.0)}
    )
    jump = analyse_tiers(retail, LoyaltyParameters(), end=END).jumps[0]
    assert_allclose(jump.effect.estimate, tier_effect(frame, "running", "later", 400.0).estimate)


def test_kinds_of_loyalty_know_who_exchanged_points(retail):
    """With a ledger, spurious loyalty is told apart into incentive and inertia, and the kinds have a profile."""
    results = loyalty.analyse(retail, LoyaltyParameters())
    kinds = results.survey.kinds.shares.set_index("kind")["customers"]
    assert results.survey.rewarded
    assert kinds["spurious"] == 0
    assert kinds["incentive"] > 0
    assert kinds["inertia"] > 0
    assert {"revenue", "recommend", "would_switch"} <= set(results.survey.profile)
    assert "incentive loyalty" in words(loyalty.survey_section(results))
    off = loyalty.analyse(retail, LoyaltyParameters(programme="off"))
    assert not off.survey.rewarded
    assert (off.points, off.tiers) == (None, None)
    assert off.wallet is not None


# -- what is said -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("ids", ["kept", "replaced"])
def test_all_is_said_in_the_readers_language(small, lang, ids):
    """No English is left in Chinese, no gap in a sentence, and customers are named only where their numbers were kept."""
    given = given_of(small, ids=ids)
    with speaking(lang):
        use(lang)
        results = loyalty.analyse(given, LoyaltyParameters())
        said = words(everything(results))
    assert not re.search(r"\bnan\b|None|\{", said)
    assert bool(re.search(r"\bL\d{4}\b", said)) == (ids == "kept")
    if lang == "zh":
        said = re.sub(r"\$[^$]*\$|L\d{4}|钱包份额与积分计划的参考文献.*", "", said)
        names = {"Aalen", "Johansen", "Calonico", "Cattaneo", "Titiunik", "IFRS", "RFM", "logit"}
        assert set(re.findall(r"[A-Za-z]{3,}", said)) <= names


def test_without_tables_there_is_no_section(small):
    """Nothing is shown, not even a heading, where wallet, points and tiers are missing."""
    given = given_of(small, points=None, tiers=None, wallet=None)
    results = loyalty.analyse(given, LoyaltyParameters())
    assert (results.wallet, results.points, results.tiers) == (None, None, None)
    for section in SECTIONS[:3]:
        assert getattr(loyalty, section)(results) == []
    assert loyalty.programme_method(results).data["markdown"] == ""


def test_the_value_of_a_point_may_be_given_or_unknown(small):
    """A parameter overrules the ledger; without either, nothing is told in money."""
    asked = analyse_points(given_of(small), LoyaltyParameters(value_per_point=0.05), end=END)
    assert (asked.value_per_point, asked.value_from) == (0.05, "parameter")
    bare = small["points"].drop(columns="value")
    results = loyalty.analyse(given_of(small, points=bare), LoyaltyParameters())
    assert np.isnan(results.points.value_per_point)
    said = words(loyalty.points_section(results))
    assert "value_per_point" in said
    assert "liability" not in said.split("The liability is an estimate")[0]


def test_a_validity_that_the_ledger_contradicts_is_an_error_with_rows(small):
    """Points exchanged after they lapsed are told with the row, in Chinese, and what to set."""
    ledger = small["points"]
    ledger = ledger[ledger["kind"] != "expired"].reset_index(drop=True)
    ledger["row"] = np.arange(2, len(ledger) + 2)
    with pytest.raises(DataError) as caught:
        analyse_points(given_of(small, points=ledger), LoyaltyParameters(points_valid_months=1), end=END)
    from crmlab.reports.retold import retold

    with speaking("zh"):
        told = retold(caught.value)
    assert "个账户的积分降到 0 以下" in told.message
    assert re.match(r"第 \d+ 行", told.problems[0])
    assert "points_valid_months" in told.hint


def test_more_named_here_than_in_all_is_told(small):
    """Answers below the own purchases count as these, unknown customers are left out, and both are said."""
    wallet = small["wallet"].copy()
    wallet.loc[wallet.index[:7], "category_spend"] = 0
    wallet = pd.concat([wallet, wallet.tail(2).assign(customer=["X1", "X2"])], ignore_index=True)
    results = loyalty.analyse(given_of(small, wallet=wallet), LoyaltyParameters())
    assert results.wallet.unknown == 2
    assert results.wallet.spend.n_capped == 7
    said = words(loyalty.wallet_section(results))
    assert "7 customers named less" in said
    assert "2 answers are left out" in said


def test_ranks_alone_are_enough(small):
    """Without amounts the rule speaks, also in the findings."""
    wallet = small["wallet"].drop(columns="category_spend")
    results = loyalty.analyse(given_of(small, wallet=wallet), LoyaltyParameters())
    assert results.wallet.spend is None
    assert percent(results.wallet.ranks.share) in words([loyalty.findings_block(results)])
    assert "Wallet Allocation Rule" in words(loyalty.wallet_section(results))


# -- tiers --------------------------------------------------------------------------------------------------------


def test_tiers_without_years_or_spend_show_sizes_alone(small):
    """A plain list of members and tiers has sizes, in the order that the words tell, and nothing more."""
    tiers = small["tiers"].query("year == 2026")[["customer", "tier"]]
    tiers = tiers.assign(year=pd.array([pd.NA] * len(tiers), dtype="Int64"), qualifying_spend=np.nan)
    results = loyalty.analyse(given_of(small, tiers=tiers), LoyaltyParameters(min_group=2))
    assert results.tiers.order == ("basic", "silver", "gold")
    assert results.tiers.movements is None
    assert results.tiers.jumps == ()
    assert len([b for b in loyalty.tiers_section(results) if b.data["kind"] == "table"]) == 1


def test_hostile_names_of_tiers_stay_text(small):
    """Marks, formulas and tags in the names of tiers are written as they stand, in text and in figures."""
    names = {"basic": "<b>a*very*long|name_", "silver": r"$\\frac{$ **s**", "gold": "{g}"}
    results = loyalty.analyse(
        given_of(small, tiers=small["tiers"].assign(tier=small["tiers"]["tier"].map(names))),
        LoyaltyParameters(min_group=2),
    )
    blocks = [*loyalty.tiers_section(results), loyalty.findings_block(results), loyalty.next_steps(results)]
    prose = "\n".join(block.data.get("markdown", "") for block in blocks)
    assert "<b>" not in prose.replace(r"\<b", "")
    assert r"\*\*s\*\*" in prose


def test_a_tier_given_by_hand_too_is_looked_into_as_fuzzy(retail):
    """Where some members have the tier without the spend, the threshold is still found, and the report says so."""
    tiers = retail.tiers.copy()
    below = (tiers["tier"] == "basic") & tiers["qualifying_spend"].between(300, 399)
    tiers.loc[below & (np.arange(len(tiers)) % 10 == 0), "tier"] = "silver"
    given = SimpleNamespace(**{**vars(given_of_retail(retail)), "tiers": tiers})
    found = analyse_tiers(given, LoyaltyParameters(), end=END)
    assert found.thresholds["silver"] == 400
    assert not found.jumps[0].sharp
    assert found.jumps[0].effect.first_stage < 1


def given_of_retail(retail):
    """Return the retail case as a plain namespace."""
    names = ("transactions", "customers", "survey", "points", "tiers", "wallet")
    return SimpleNamespace(
        title="Toy", scales={}, currency="¥", source={"ids": "kept"}, **{n: retail.table(n) for n in names}
    )


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(398.0, 403.0, 400.0), (0.0, 7.0, 5.0), (4990.0, 5010.0, 5000.0), (0.11, 0.134, 0.13), (-1.0, 0.0, 0.0)],
)
def test_a_threshold_is_the_roundest_number_between(low, high, found):
    """People set round thresholds: the roundest number that parts the tiers is taken."""
    assert_allclose(round_between(low, high), found)


@settings(max_examples=30, deadline=None)
@cases(cut=st.integers(1, 40), n=st.integers(10, 60), seed=st.integers(0, 99))
def test_a_threshold_parts_the_tiers(cut, n, seed):
    """Whoever has at least the threshold has the tier, where the tier was given by spending alone."""
    spend = np.random.default_rng(seed).gamma(2.0, 15.0, n)
    has = spend >= cut
    if not 0 < has.sum() < n:
        return
    found, wrong = threshold(spend, has)
    assert wrong == 0
    assert ((spend >= found) == has).all()


@settings(max_examples=40, deadline=None)
@cases(st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=1, max_size=4))
def test_hidden_cells_cannot_be_worked_out(rows):
    """A row hides nothing, or at least two cells that together hold no small group, as far as it has so many."""
    counts = np.array(rows)
    for row, own in zip(counts, hide_small(counts, 5), strict=True):
        assert not ((row > 0) & (row < 5) & ~own).any()
        if own.any():
            assert (own.sum() >= 2 and row[own].sum() >= 5) or not ((row > 0) & ~own).any()


def test_small_tiers_and_moves_are_not_shown(small):
    """No number of the tables is below the smallest group, and the note says that some are missing."""
    results = loyalty.analyse(given_of(small), LoyaltyParameters(min_group=40))
    assert results.tiers.sizes["customers"].min() < 40
    tables = [b.data for b in loyalty.tiers_section(results) if b.data["kind"] == "table"]
    sizes = tables[0]
    shown = [row[1] for row in sizes["rows"] if row[1] != "–"]
    assert all(int(value.replace(",", "")) >= 40 for value in shown)
    assert "40" in sizes["note"]


def test_few_members_make_no_periods(small):
    """Months in which fewer than the smallest group exchanged points are put together to longer periods."""
    fine = analyse_points(given_of(small), LoyaltyParameters(min_group=1), end=END)
    coarse = analyse_points(given_of(small), LoyaltyParameters(min_group=30), end=END)
    assert fine.unit in {"month", "quarter"}
    assert coarse.unit in {"quarter", "year", ""}
    assert_allclose(fine.periods["earned"].sum(), fine.totals["earned"])
    if coarse.unit:
        assert_allclose(coarse.periods["earned"].sum(), fine.periods["earned"].sum())


# -- a user's own files -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_users_own_files_give_the_sections(tmp_path):
    """Purchases, points, tiers and wallets as four Chinese files: one code a customer, all sections, four sources."""
    tables = simulate_retail(600, 4)
    renamed = {
        "transactions": {"customer": "会员号", "date": "下单时间", "amount": "实付金额"},
        "points": {
            "customer": "会员号",
            "date": "变动日期",
            "kind": "变动类型",
            "points": "积分",
            "value": "抵扣金额",
        },
        "tiers": {"customer": "会员号", "tier": "会员等级", "year": "年度", "qualifying_spend": "定级消费额"},
        "wallet": {"customer": "会员号", "category_spend": "品类总花费", "rank": "排位", "shops": "商店数"},
    }
    kinds = {"earned": "获得", "burned": "兑换", "expired": "过期"}
    files = []
    for name, columns in renamed.items():
        table = tables[name].rename(columns=columns)
        if name == "points":
            table["变动类型"] = table["变动类型"].map(kinds)
        table[list(columns.values())].to_csv(tmp_path / f"{name}.csv", index=False, encoding="gb18030")
        files.append(f"{name}={tmp_path / name}.csv")
    made = run_report("loyalty", data=files, lang="zh", to=["pdf"], out=tmp_path / "out")
    from pypdf import PdfReader

    pdf = next(path for path in made.paths if path.suffix == ".pdf")
    text = re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(pdf).pages))
    for said in (
        "钱包份额",
        "积分计划：积分",
        "积分计划：会员等级",
        "其他数据表：积分流水",
        "points.csv",
        "wallet.csv",
    ):
        assert said in text
    assert not re.search(r"L0\d{3}", text)
    assert made.rows_read == sum(len(tables[name]) for name in renamed)
