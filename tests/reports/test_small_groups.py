"""Groups of few people in the reports: neither shown nor found by subtraction, in tables, figures and sentences."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.plots.clv_report import play_whale_curve
from crmlab.plots.loyalty import PATTERNS, SEGMENTS, STAGES
from crmlab.reports.content import loyalty
from crmlab.reports.content.clv_contract_groups import contract_groups
from crmlab.reports.content.clv_tables import in_steps, tenths
from crmlab.reports.content.loyalty_results import analyse
from crmlab.reports.content.loyalty_stages import ends_told, told_stages
from crmlab.reports.content.loyalty_survey import kinds_shown
from crmlab.reports.content.satisfaction_complaints import study_complaints
from crmlab.reports.content.small_groups import (
    guarded,
    hide_small,
    kept_back,
    kept_back_note,
    pooled,
    steps,
)
from crmlab.reports.inputs import ReportInput
from crmlab.reports.parameters import LoyaltyParameters, SatisfactionParameters
from crmlab.text import speaking, tr


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


# --- attacks: what can be worked out from all that a report shows together ------------------------------------------


#: of the parts of the base and the courses of relationships, those that go together by their definition
_PARTS = ("exploration", "build_up", "stable", "in_danger", "gone")


def _possible(part, pattern):
    return (pattern in {"early_abortion", "midway_death", "early_exit", "long_keep"} or part != "gone") and (
        pattern in {"open", "long_keep"} or part == "gone"
    )


def _told(blocks, name):
    """Return the rows of a table that is shown: its first cell, and the values under their labels."""
    for block in blocks:
        if block.data.get("name") == name:
            labels = [column["label"] for column in block.data["columns"]]
            return {row[0]: dict(zip(labels, row, strict=True)) for row in block.data["values"]}
    return {}


def _published(found, blocks, segments):
    """Yield which segments, parts and courses a number that is shown counts, and the number."""
    with speaking("en"):
        names, stages, courses = (
            {tr(text): key for key, text in words.items()} for words in (SEGMENTS, STAGES, PATTERNS)
        )
    for table in ("segments", "danger-by-segment"):
        rows = _told(blocks, table)
        others = set(segments) - {names[name] for name in rows}
        for name, row in rows.items():
            who = others if names[name] == "others" else {names[name]}
            yield {"segment": who}, row["Customers"]
            yield {"segment": who, "part": {"in_danger"}}, row.get("In danger")
            yield {"segment": who, "part": {"gone"}}, row.get("Count as gone")
    for name, row in _told(blocks, "lifecycle-stage").items():
        part = {"in_danger", "gone"} if stages[name] == "decline" else {stages[name]}
        yield {"part": part}, row["Customers"]
    for name, row in _told(blocks, "lifecycle-pattern").items():
        yield {"pattern": {courses[name]}}, row["Customers"]
    if found.ends_told:
        yield {"part": {"in_danger"}}, found.danger.in_danger
        yield {"part": {"gone"}}, found.danger.gone


@pytest.mark.parametrize("seed", range(10))
def test_no_small_group_follows_from_all_tables_of_the_loyalty_report(seed):
    """Linear programming on segments, danger, stages and courses together, with their totals, leaves every small group open."""
    from scipy.optimize import linprog

    least = 5 + seed % 3
    found = _analysed(seed, 40 + 5 * seed, least)
    life = found.lifecycle
    part = life.table["stage"].astype(str)
    part = part.mask(part == "decline", "in_danger").mask(life.table["finished"], "gone")
    truth = pd.DataFrame(
        {
            "segment": found.rfm.table["segment"].astype(str).reindex(life.table.index),
            "part": part,
            "pattern": life.table["pattern"].astype(str),
        }
    )
    segments = sorted(SEGMENTS.keys() - {"others"})
    cells = [(s, p, c) for s in segments for p in _PARTS for c in PATTERNS if _possible(p, c)]
    assert set(truth.itertuples(index=False, name=None)) <= set(cells)

    def those(target):
        return np.array(
            [
                all(
                    dict(zip(truth.columns, cell, strict=True))[key] in values
                    for key, values in target.items()
                )
                for cell in cells
            ],
            float,
        )

    with speaking("en"):
        blocks = [
            *loyalty.rfm_section(found),
            *loyalty.lifecycle_section(found),
            *loyalty.danger_section(found),
        ]
    told = [(target, n) for target, n in _published(found, blocks, segments) if pd.notna(n)]
    lines = np.array([those({}), *(those(target) for target, _ in told)])
    sums = [len(truth), *(n for _, n in told)]
    targets = [{"segment": {one}} for one in segments] + [{"part": {one}} for one in _PARTS]
    targets += [{"pattern": {one}} for one in PATTERNS]
    targets += [{"segment": {s}, "part": {p}} for s in segments for p in ("in_danger", "gone")]
    small = 0
    for target in targets:
        n = int(np.logical_and.reduce([truth[key].isin(values) for key, values in target.items()]).sum())
        if not 0 < n < least:
            continue
        small += 1
        row = those(target)
        low, high = (
            sign * linprog(sign * row, A_eq=lines, b_eq=sums, method="highs").fun for sign in (1, -1)
        )
        assert high - low > 0.5, (target, n, low, high)
    assert small


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 300), st.integers(1, 12), st.lists(st.integers(1, 300), max_size=3))
def test_steps_of_a_curve_hold_enough_people(n, least, stops):
    """A curve's places rise from nobody to all by `least` people or more, whatever tables stop at on the way."""
    stops = [stop for stop in sorted(stops) if stop >= least]
    stops = [stop for at, stop in enumerate(stops) if at == 0 or stop - stops[at - 1] >= least]
    places = steps(n, least, stops)
    assert (places[0], places[-1]) == (0, n)
    assert len(places) == 2 or np.diff(places).min() >= least
    assert {stop for stop in stops if stop <= n - least} <= set(places.tolist())


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sets(st.integers(0, 9), max_size=4), min_size=1, max_size=12), st.integers(1, 6))
def test_months_of_few_buyers_are_averaged(who, least):
    """Every stretch of equal amounts has enough people, or nobody, behind it; what is left of the sum is all of it, or nothing."""
    amounts = pd.Series([float(2**place) if own else 0.0 for place, own in enumerate(who)])
    told = pooled(amounts, who, least)
    everybody = set().union(*who)
    assert np.isclose(told.sum(), amounts.sum() if len(everybody) >= least else 0.0)
    for value in set(told) - {0.0}:
        places = [place for place, one in enumerate(told) if one == value]
        assert len(set().union(*(who[place] for place in places))) >= least


@pytest.mark.parametrize(
    ("customers", "counts", "money"),
    [
        ([20, 9, 6, 28, 3], [], [2, 4]),
        ([20, 9, 2, 28, 30], [1, 2], [1, 2]),
        ([20, 9, 6, 28, 0], [], []),
    ],
)
def test_bands_of_few_have_no_numbers(customers, counts, money):
    """How many bought once follows from the repeat buyers and is told, what they spent is not; nor a band of few, nor its picture."""
    from crmlab.reports.content import clv_sections

    columns = ["share", "spent", "value", "value_share"]
    groups = pd.DataFrame({"band": [0.8, 0.5, 0.2, 0.0, -1.0], "customers": customers}).assign(
        **dict.fromkeys(columns, 1.0)
    )
    told = clv_sections._told(groups, 5)
    assert told.index[told["customers"].isna()].tolist() == counts
    assert told.index[told["spent"].isna()].tolist() == money


def test_curves_tell_nothing_of_one_customer():
    """The moving curve of value has a straight line for every five customers, and agrees with the table of tenths."""
    people = pd.DataFrame(
        np.random.default_rng(1).gamma(1, 10, (63, 3)), columns=["clv", "total_value", "buys_again"]
    )
    drawn = in_steps(people["clv"], tenths(people, 5), 5)
    assert min(len(list(run)) for _, run in itertools.groupby(drawn)) >= 5
    reached = np.cumsum(drawn)[tenths(people, 5)["customers"].cumsum() - 1]
    assert np.allclose(reached, tenths(people, 5)["value"].cumsum())
    assert np.allclose(play_whale_curve(drawn).data[0].customdata[-1], [63, people["clv"].sum()])
    curve = _analysed(3, 80, 5).concentration.curve["customers"] * 80
    assert np.diff(curve).min() > 4.5


def test_one_small_cohort_takes_another_with_it():
    """Where all cohorts but one of three customers are large enough, the smallest of the others has no shares either."""
    starts = {0: 20, 1: 3, 2: 14, 3: 30}
    rows = [
        (f"{month}-{n}", pd.Timestamp(2024, 1 + month, 2) + pd.DateOffset(months=more), 10.0)
        for month, size in starts.items()
        for n in range(size)
        for more in range(3)
    ]
    sales = pd.DataFrame(rows, columns=["customer", "date", "amount"])
    given = ReportInput(
        title="t", source={"ids": "replaced", "kind": "file"}, quality=pd.DataFrame(), transactions=sales
    )
    found = analyse(given, LoyaltyParameters(observation_end="2024-08-31")).cohorts
    assert found.sizes[found.shares[1].notna()].tolist() == [20, 30]


def test_levels_of_few_answers_are_in_no_sentence():
    """The last step of satisfaction is told of the two highest levels that enough customers chose."""
    from crmlab.simulate import simulate_retail

    tables = simulate_retail(120, 3)
    given = ReportInput(
        title="t",
        source={"ids": "replaced", "kind": "file", "mapping": []},
        quality=pd.DataFrame(),
        transactions=tables["transactions"],
        survey=tables["survey"].assign(respondent=tables["survey"].index.astype(str)),
    )
    survey = analyse(given, LoyaltyParameters()).survey
    told = survey.curve.points.set_index("level")
    assert told.loc[5, "customers"] == 4
    lift = survey.curve.lift.iloc[0]
    assert told.loc[[lift["satisfied"], lift["completely_satisfied"]], "enough"].all()


def test_points_that_few_exchanged_are_not_told():
    """Where three customers alone exchanged points, nothing is told of points; where enough did, but few of those of a quarter, no quarters."""
    from crmlab.reports.content.loyalty_points import analyse_points

    earned = [(f"k{n}", f"2024-{month:02}-03", "earned", 50.0) for n in range(12) for month in (1, 2, 5, 8)]
    for exchanging in (3, 6):
        burned = [(f"k{n}", "2024-06-20", "burned", 60.0) for n in range(exchanging)]
        ledger = pd.DataFrame([*earned, *burned], columns=["customer", "date", "kind", "points"])
        ledger["date"] = pd.to_datetime(ledger["date"])
        given = ReportInput(
            title="t",
            source={"ids": "replaced"},
            quality=pd.DataFrame(),
            transactions=_sales(1, 12),
            points=ledger,
        )
        found = analyse_points(given, LoyaltyParameters(), end=pd.Timestamp("2024-12-31"))
        assert (found is None) == (exchanging == 3)
    ledger = ledger[~((ledger["date"] > "2024-08") & (ledger["customer"] > "k1"))]
    given = ReportInput(
        title="t", source={}, quality=pd.DataFrame(), transactions=_sales(1, 12), points=ledger
    )
    assert not len(
        analyse_points(given, LoyaltyParameters(), end=pd.Timestamp("2024-12-31")).breakage.cohorts
    )


def _complaints(**columns):
    """Return what is told of complaints, and a survey of forty customers."""
    survey = pd.DataFrame({"customer": [f"k{n}" for n in range(40)], "overall": [1, 2, 3, 4, 5] * 8})
    given = ReportInput(
        title="t", source={"kind": "file"}, quality=pd.DataFrame(), complaints=pd.DataFrame(columns)
    )
    with speaking("en"):
        return study_complaints(given, survey, {"overall": (1, 5)}, SatisfactionParameters())


def test_complaints_of_one_customer_are_one_person():
    """A topic that one customer complains of twelve times is put together with others; one answer to a topic is not told."""
    who = ["k1"] * 12 + [f"k{n}" for n in range(2, 26)]
    topic = ["price"] * 12 + ["staff"] * 12 + ["delivery"] * 12
    told = _complaints(
        customer=who, topic=topic, recovered=["yes"] * 14 + [None] * 10 + ["yes"] * 12, days_to_resolve=3
    ).topics
    assert not {"price"} & set(told["topic"])
    assert told["recovered"].isna().all()


def test_what_is_left_of_settled_complaints_is_not_told():
    """Where two complaints have an outcome and no days, the shares of fast and slow ones would tell it."""
    days = [1.0] * 10 + [9.0] * 10 + [np.nan] * 2
    who = [f"k{n}" for n in range(22)]
    told = _complaints(customer=who, recovered=["yes"] * 11 + ["no"] * 11, days_to_resolve=days)
    assert told.fast is None
    assert told.late is None
    assert _complaints(customer=who[:20], recovered=["yes"] * 20, days_to_resolve=days[:20]).fast is not None


def test_satisfaction_after_complaints_leaves_nobody_over():
    """Three respondents without a customer's number would be what is left of the total; the smallest kind is kept back for them."""
    survey = pd.DataFrame({"customer": [f"k{n}" for n in range(40)], "overall": 4.0})
    complaints = pd.DataFrame(
        {"customer": [f"k{n}" for n in range(20)], "recovered": ["yes"] * 11 + ["no"] * 9}
    )
    given = ReportInput(title="t", source={"kind": "file"}, quality=pd.DataFrame(), complaints=complaints)
    for known, blank in ((40, []), (37, ["not_recovered"])):
        survey["customer"] = survey["customer"].where(survey.index < known)
        told = study_complaints(given, survey, {"overall": (1, 5)}, SatisfactionParameters()).after
        assert told.loc[told["csat"].isna(), "kind"].tolist() == blank


@pytest.mark.parametrize("seed", range(1, 7))
def test_who_came_back_leaves_no_kind_of_few(seed):
    """How many came back, and were attached, is told only where it leaves no few customers of the kinds that are put together."""
    from crmlab.simulate import simulate_retail

    tables = simulate_retail(100, seed)
    given = ReportInput(
        title="t",
        source={"ids": "replaced", "kind": "file", "mapping": []},
        quality=pd.DataFrame(),
        **{name: tables[name] for name in ("transactions", "points")},
        survey=tables["survey"].assign(respondent=tables["survey"].index.astype(str)),
    )
    found = analyse(given, LoyaltyParameters())
    with speaking("en"):
        text = loyalty.survey_section(found)[1].data["markdown"]
        said = loyalty.findings_block(found).data["markdown"]
    kinds = found.survey.kinds.table
    shown = set(kinds_shown(found.survey.kinds, 5)["kind"])
    over = kinds[~kinds["kind"].astype(str).isin(shown)].groupby("repeat_high").size()
    told = "of those who came back are attached" in text
    assert told == ("came back and are attached" in said)
    assert not told or not (over < 5).any()


def test_who_left_a_small_tier_is_not_told():
    """Of the one member of a tier even the moves that nobody made are kept back, for they would tell the one that was made."""
    counts = np.array([[40, 7, 0], [3, 20, 6], [0, 1, 0]])
    assert hide_small(counts, 5)[2].all()
    from crmlab.simulate import simulate_retail

    tables = simulate_retail(90, 2)
    given = ReportInput(
        title="t",
        source={"ids": "replaced", "kind": "file", "mapping": []},
        quality=pd.DataFrame(),
        **{name: tables[name] for name in ("transactions", "tiers", "points")},
    )
    found = analyse(given, LoyaltyParameters())
    with speaking("en"):
        blocks = loyalty.tiers_section(found)
    moves = _told([block for block in blocks if block.data["kind"] == "table"], "tier-moves")
    assert found.tiers.movements.directions["customers"].iloc[-1] == 1
    assert set(moves["gold"].values()) == {"gold", None}
    assert all(jump.effect.bins["n"].min() >= 5 for jump in found.tiers.jumps)


def test_contracts_without_a_group_are_a_group(monkeypatch):
    """Two contracts of no group, which the totals would leave over, take a named group with them."""
    from crmlab import clv
    from crmlab.reports.content import clv_contract_groups as module

    rng = np.random.default_rng(2)
    table = pd.DataFrame(
        {
            "tenure": rng.integers(1, 9, 62),
            "lost": rng.random(62) < 0.5,
            "fee": 10.0,
            "group": ["A"] * 30 + ["B"] * 30 + [None] * 2,
        }
    )
    model = clv.fit_sbg(table[["tenure", "lost"]], penalty=0.1)
    monkeypatch.setattr(module, "_model_of", lambda *_: (model, False))
    value = clv.contract_value(model, table, horizon=12, discount_rate=0.01, margin=1.0)
    for rows, hidden in ((table[:60], 0), (table, 1)):
        found = contract_groups(rows, None, value, min_group=5, months=1)
        assert found["value"].isna().sum() == hidden


def test_amounts_without_a_currency_are_no_negative_numbers():
    """Where no currency is known, nothing stands before an amount in a sentence; a dollar sign is escaped."""
    from crmlab.reports.content.cash import Cash

    assert Cash("")(32_705.0) == "32,705"
    assert Cash("$")(32_705.0) == r"\$32,705"
