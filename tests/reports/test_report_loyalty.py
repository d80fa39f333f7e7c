"""The loyalty report: what it computes and withholds, what it says, and its documents in both languages."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from crmlab.clv import customer_summary, fit_mbg_nbd
from crmlab.cohorts import retention_cohorts
from crmlab.errors import DataError, FitError
from crmlab.lifecycle import lifecycle_probabilities
from crmlab.loyalty import loyalty_kinds, repeat_purchase_rate, satisfaction_loyalty_curve
from crmlab.reports import run_report
from crmlab.reports.content import loyalty
from crmlab.reports.content.loyalty_results import concentration, segment_rules
from crmlab.reports.content.loyalty_survey import high_from, purchases_after
from crmlab.reports.content.loyalty_text import amount, amounts
from crmlab.reports.content.small_groups import put_small_together
from crmlab.reports.registry import LoyaltyParameters
from crmlab.rfm import DEFAULT_SEGMENTS, rfm_segments, rfm_table
from crmlab.text import percent, speaking, use

DAY = pd.Timedelta(days=1)


def _given(sales, survey=None, customers=None, ids="replaced"):
    """Return an input as a report gets it."""
    return SimpleNamespace(
        title="Toy",
        transactions=sales,
        survey=survey,
        customers=customers,
        points=None,
        tiers=None,
        wallet=None,
        scales={},
        currency="¥",
        source={"ids": ids},
    )


def _sales(n=120, seed=3, days=500):
    random = np.random.default_rng(seed)
    who = np.concatenate([np.arange(n), random.integers(0, n // 2, 6 * n)])
    when = np.concatenate([random.integers(0, days // 3, n), random.integers(0, days, 6 * n)])
    when[n:] = np.maximum(when[n:], when[who[n:]])
    return pd.DataFrame(
        {
            "customer": [f"C{k:03}" for k in who],
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(when, unit="D"),
            "amount": random.gamma(2.0, 40.0, len(who)).round(2) + 1,
        }
    )


def _leaving(n=200, seed=4):
    """Return purchases of customers who differ in pace, and of whom each may leave after any purchase."""
    random = np.random.default_rng(seed)
    rows = []
    for k, (gap, leave) in enumerate(zip(10 / random.gamma(1.0, 0.4, n), random.beta(1, 4, n), strict=True)):
        day = random.uniform(0, 60)
        while day < 500:
            rows.append((f"C{k:03}", pd.Timestamp("2024-01-01") + day * DAY, 10.0))
            day = 999.0 if random.random() < leave else day + random.exponential(gap)
    return pd.DataFrame(rows, columns=["customer", "date", "amount"])


def _survey(sales, seed=5):
    random = np.random.default_rng(seed)
    first = sales.groupby("customer")["date"].min()
    n = len(first)
    return pd.DataFrame(
        {
            "respondent": [str(k) for k in range(n)],
            "customer": first.index,
            "date": (first + 30 * DAY).to_numpy(),
            "overall": random.integers(1, 6, n),
            "attachment": random.integers(1, 11, n),
            "price_sensitivity": random.integers(1, 11, n),
            "competition": np.where(np.arange(n) % 2, "strong", "weak"),
        }
    )


def _words(blocks):
    """Return all a reader sees of blocks."""
    parts = []
    for block in blocks:
        data = block.data
        parts += [data.get("markdown", ""), data.get("caption", ""), data.get("note") or ""]
        parts += [column["label"] for column in data.get("columns", ())]
        parts += [cell for row in data.get("rows", ()) for cell in row]
    return "\n".join(parts)


SECTIONS = (
    "repeat_section",
    "retention_section",
    "rfm_section",
    "survey_section",
    "lifecycle_section",
    "concentration_section",
    "danger_section",
)


def _all(results, given):
    blocks = [loyalty.cover_block(results, given), loyalty.findings_block(results)]
    for section in SECTIONS:
        blocks += getattr(loyalty, section)(results)
    return [
        *blocks,
        loyalty.next_steps(results),
        loyalty.segment_rules_table(results),
        loyalty.assumptions(results),
    ]


@pytest.mark.parametrize("quantiles", [3, 4, 5])
def test_segment_rules_share_out_all_scores(quantiles):
    """The rules of a coarser scale hold each combination of scores exactly once."""
    r, f, m = (axis.ravel() for axis in np.meshgrid(*[np.arange(1, quantiles + 1)] * 3))
    hits = sum(rule.holds(r, f, m).astype(int) for rule in segment_rules(quantiles))
    assert (hits == 1).all()
    assert segment_rules(5) == DEFAULT_SEGMENTS


def test_small_groups_are_never_alone_after_they_were_put_together():
    """The joint row is large enough as well, with company if need be, and the totals stay."""
    rows = pd.DataFrame({"segment": list("abcd"), "n": [50, 2, 0, 9], "m": [1.0, 2.0, 3.0, 4.0]})
    out = put_small_together(rows, "n", min_group=5, sums=("n",), means=("m",))
    assert out["segment"].tolist() == ["a", "c", "others"]
    assert out["n"].tolist() == [50, 0, 11]
    assert out["m"].iloc[-1] == pytest.approx((2 * 2 + 9 * 4) / 11)
    alone = put_small_together(rows.iloc[1:2], "n", min_group=5, sums=("n",), means=("m",))
    assert alone["segment"].tolist() == ["others"]


def test_concentration_counts_the_customers_by_hand():
    """Of ten customers with 1 to 10 the top tenth holds 10/55, and eighty per cent take six."""
    found = concentration(pd.Series(np.arange(1.0, 11.0)), min_group=1)
    assert found.tops.set_index("top").loc[0.1, "revenue_share"] == pytest.approx(10 / 55)
    assert found.customers_for_80 == 6  # 10+9+8+7+6 = 40 < 44 <= 45
    assert found.curve.iloc[-1].tolist() == [1.0, 1.0]
    assert concentration(pd.Series(np.arange(1.0, 11.0)), min_group=5).tops["top"].tolist() == [0.5]
    assert concentration(pd.Series([0.0, 0.0]), min_group=1) is None


def test_purchases_count_only_after_the_answer_and_only_when_observed():
    """The day of the answer, later days than the window, and customers seen too short do not count."""
    day = pd.Timestamp("2024-05-01")
    sales = pd.DataFrame(
        {"customer": list("aaaab"), "date": [day, day + DAY, day + DAY, day + 40 * DAY, day + 95 * DAY]}
    )
    found = purchases_after(sales, pd.Series({"a": day, "b": day + 90 * DAY}), days=30, end=day + 100 * DAY)
    assert found["a"] == 1
    assert np.isnan(found["b"])


@pytest.mark.parametrize(
    ("scale", "cut"), [((1, 5), 4), ((1, 7), 5), ((1, 10), 7), ((0, 10), 7), ((0, 100), 67)]
)
def test_high_is_the_top_third_of_a_scale(scale, cut):
    """The answer from which it counts as high follows from the scale."""
    assert high_from(scale) == cut


def test_the_numbers_are_those_of_the_science():
    """Rate, segments, kinds and curve are what the functions of the course give on the same data."""
    sales = _sales()
    survey = _survey(sales)
    results = loyalty.analyse(_given(sales, survey), LoyaltyParameters(repeat_window_days=60))
    assert results.repeat.rate == repeat_purchase_rate(sales, window_days=60).rate
    pd.testing.assert_frame_equal(results.rfm.table, rfm_segments(rfm_table(sales)).table)
    answers = survey.set_index("customer")
    bought = purchases_after(sales, answers["date"], days=60, end=results.end)
    kinds = loyalty_kinds(
        answers["attachment"],
        bought,
        attachment_cut=7,
        repeat_cut=1,
        price_sensitive=answers["price_sensitivity"] >= 7,
        locked_in=answers["competition"] == "weak",
    )
    assert results.survey.kinds.shares["customers"].tolist() == kinds.shares["customers"].tolist()
    seen = bought.notna()
    curve = satisfaction_loyalty_curve(
        answers.loc[seen, "overall"], (bought[seen] >= 1).astype(int), group=answers.loc[seen, "competition"]
    )
    pd.testing.assert_frame_equal(results.survey.curve.points, curve.points)
    assert results.danger.by_segment["in_danger"].sum() == results.danger.in_danger
    assert results.danger.by_segment["revenue_at_risk"].sum() == pytest.approx(results.danger.revenue_at_risk)
    assert results.danger.revenue_at_risk <= results.danger.recent_revenue


def test_stages_are_told_by_the_rules_and_by_their_probability():
    """Beside the share that the rules give stands the share expected by MBG/NBD; the shares expected of all stages sum to one."""
    sales = _leaving()
    results = loyalty.analyse(_given(sales), LoyaltyParameters())
    expected = lifecycle_probabilities(sales, model=fit_mbg_nbd(customer_summary(sales)))
    assert results.chances.finished_by == "model"
    with speaking("en"):
        blocks = loyalty.lifecycle_section(results)
    table = next(block.data for block in blocks if block.data.get("name") == "lifecycle-stage")
    at = [column["label"] for column in table["columns"]].index("Expected")
    shares = [row[at] for row in table["values"]]
    assert shares == pytest.approx(list(expected.stages["expected"] / results.customers))
    assert sum(shares) == pytest.approx(1)
    assert f"**{percent(shares[3])}** are expected to be in decline" in blocks[0].data["markdown"]


def test_stages_without_a_model_rest_on_each_customers_own_gaps(monkeypatch):
    """Where MBG/NBD cannot be fitted, the probability of a silence comes from the customer's own gaps, and the report says so."""

    def unfit(_summary):
        raise FitError("no optimum")

    monkeypatch.setattr("crmlab.clv.fit_mbg_nbd", unfit)
    results = loyalty.analyse(_given(_sales()), LoyaltyParameters())
    assert results.chances.finished_by == "gaps"
    with speaking("en"):
        words = _words([*loyalty.lifecycle_section(results), loyalty.assumptions(results)])
    assert "own gaps" in words
    assert "MBG/NBD" not in words


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_findings_hold_the_numbers(lang):
    """The paragraph at the top has the rate with its interval, retention, concentration, danger and survey."""
    sales = _sales()
    given = _given(sales, _survey(sales))
    results = loyalty.analyse(given, LoyaltyParameters())
    with speaking(lang):
        said = loyalty.findings_block(results).data["markdown"]
    top = results.concentration.spoken
    assert "\n" not in said
    for value in (results.repeat.rate, results.repeat.low, results.repeat.high, top["revenue_share"]):
        assert percent(value) in said
    assert f"**{results.danger.in_danger}**" in said
    assert ("。" in said) == (lang == "zh")
    assert "{" not in said


def test_no_english_is_left_in_chinese_blocks():
    """All words of all sections are Chinese, but for names of methods and identifiers."""
    sales = _sales()
    given = _given(sales, _survey(sales), ids="kept")
    results = loyalty.analyse(given, LoyaltyParameters(period="quarter", min_cohort=1))
    with speaking("zh"):
        use("zh")
        said = _words(_all(results, given))
    said = re.sub(r"C\d{3}", "", said)
    assert not re.findall(r"[A-Za-z]{3,}", said.replace("RFM", "").replace("Toy", ""))


@pytest.mark.parametrize(("lang", "said"), [("en", "The 2 smallest cohorts"), ("zh", "最小的 2 个队列")])
def test_a_cohort_that_hides_a_smaller_one_is_not_called_too_small(lang, said):
    """Where a cohort of three takes the one of twelve with it, the report names no size that was never asked for."""
    months = np.repeat([0, 1, 2, 3], [30, 3, 12, 40])
    first = pd.Timestamp("2024-01-10") + pd.to_timedelta(months * 31, unit="D")
    again = first + pd.to_timedelta(40, unit="D")
    sales = pd.DataFrame(
        {"customer": [f"C{k:03}" for k in range(85)] * 2, "date": [*first, *again], "amount": 5.0}
    )
    results = loyalty.analyse(_given(sales), LoyaltyParameters(period="month", min_cohort=10))
    with speaking(lang):
        words = _words(loyalty.retention_section(results))
    assert said in words
    assert "13" not in words


def test_identifiers_are_shown_only_where_they_were_kept():
    """Without the user's wish no customer is named anywhere in the report."""
    sales = _sales()
    for ids, shown in (("replaced", False), ("kept", True)):
        given = _given(sales, ids=ids)
        words = _words(_all(loyalty.analyse(given, LoyaltyParameters()), given))
        assert bool(re.search(r"C\d{3}", words)) == shown


def _few():
    return pd.DataFrame(
        {
            "customer": list("aab"),
            "date": pd.to_datetime(["2024-01-01", "2024-01-09", "2024-01-05"]),
            "amount": [5.0, 6.0, 7.0],
        }
    )


def _once():
    return pd.DataFrame(
        {
            "customer": [f"C{k:03}" for k in range(40)],
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(range(40), unit="D"),
            "amount": 1e-4,
        }
    )


def _huge():
    return _sales().assign(amount=lambda t: t["amount"] * 1e12)


def _refunds():
    sales = _sales()
    return sales.assign(amount=np.where(np.arange(len(sales)) % 5, sales["amount"], -sales["amount"]))


@pytest.mark.parametrize("make", [_few, _once, _huge, _refunds])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_odd_data_give_a_report_that_says_what_cannot_be_done(make, lang):
    """Few rows, nobody twice, huge amounts and refunds all give every section, without a missing number in a sentence."""
    given = _given(make())
    with speaking(lang):
        use(lang)
        results = loyalty.analyse(given, LoyaltyParameters(quantiles=4))
        blocks = _all(results, given)
    sentences = "\n".join(block.data.get("markdown", "") for block in blocks)
    assert "nan" not in sentences
    assert "None" not in sentences
    assert "{" not in sentences


def test_too_few_customers_show_no_group():
    """With fewer than two smallest groups of customers, no table speaks of single ones."""
    given = _given(_few())
    results = loyalty.analyse(given, LoyaltyParameters())
    assert results.few
    assert not [block for block in _all(results, given) if block.data["kind"] == "table"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda _: None, "no_survey"),
        (lambda survey: survey.drop(columns="customer"), "no_customer"),
        (lambda survey: survey.assign(customer="stranger"), "no_match"),
        (lambda survey: survey[["customer", "date", "price_sensitivity"]], "no_answers"),
        (lambda survey: survey.drop(columns="attachment").assign(overall=5), "no_answers"),
    ],
)
def test_without_fitting_answers_the_section_is_one_line_that_says_why(change, reason):
    """What is missing is told, and nothing is guessed."""
    sales = _sales()
    results = loyalty.analyse(_given(sales, change(_survey(sales))), LoyaltyParameters())
    assert results.no_survey == reason
    (block,) = loyalty.survey_section(results)
    assert block.data["markdown"].startswith("Kinds of loyalty")


def test_a_survey_without_dates_counts_every_repeat_purchase():
    """Then coming back means two days with purchases, and the report says so."""
    sales = _sales()
    results = loyalty.analyse(_given(sales, _survey(sales).drop(columns="date")), LoyaltyParameters())
    assert results.survey.days is None
    assert "at least two days" in _words(loyalty.survey_section(results))


def test_competition_may_stand_in_the_table_of_customers():
    """The strength of competition is taken from the customers where the survey has none."""
    sales = _sales()
    survey = _survey(sales)
    people = survey[["customer", "competition"]].replace({"strong": "强", "weak": "弱"})
    results = loyalty.analyse(
        _given(sales, survey.drop(columns="competition"), customers=people), LoyaltyParameters()
    )
    assert results.survey.by_competition
    assert results.survey.locked_in


def test_attitudes_are_known_by_other_names():
    """A survey in Chinese has attachment, switching and price sensitivity under its own names."""
    sales = _sales()
    survey = _survey(sales)
    named = survey.rename(columns={"attachment": "归属感", "price_sensitivity": "价格敏感度（1–10）"})
    results = loyalty.analyse(
        _given(sales, named.assign(转换意向=survey["overall"])), LoyaltyParameters(min_group=2)
    )
    own = loyalty.analyse(_given(sales, survey), LoyaltyParameters(min_group=2))
    assert results.survey.attachment == "attachment"
    assert results.survey.kinds.shares.equals(own.survey.kinds.shares)
    assert {"would_switch", "price_sensitivity"} <= set(results.survey.profile)


def test_kinds_that_are_all_small_have_no_figure():
    """Where no kind is large enough to be shown alone, there is a row of all together and no drawing."""
    sales = _sales()
    results = loyalty.analyse(_given(sales, _survey(sales)), LoyaltyParameters(min_group=40))
    assert results.survey.kinds.shares["customers"].max() < 40
    blocks = loyalty.survey_section(results)
    assert [block.data["name"] for block in blocks if block.data["kind"] == "figure"] in (
        [],
        ["satisfaction-loyalty"],
    )


def test_the_incomplete_last_period_is_told():
    """Half a month at the end is left out, and the report says until when the figures run."""
    sales = _sales()
    given = _given(sales)
    results = loyalty.analyse(given, LoyaltyParameters(observation_end="2025-04-10"))
    assert "2025-03-31" in _words(loyalty.retention_section(results))


def test_one_customer_is_an_error():
    """Without two customers there is no report."""
    with pytest.raises(DataError):
        loyalty.analyse(_given(_few().assign(customer="a")), LoyaltyParameters())


def test_amounts_have_the_digits_that_their_size_deserves():
    """Large amounts have no decimals, tiny ones enough to see them, and a column has one format."""
    assert amount(1234.56, "¥") == "¥1,235"
    assert amount(12.345, "") == "12.35"
    assert amount(0.000123, "$") == "$0.00012"
    form = amounts(pd.Series([1500.0, 3.25]), "¥")
    assert form(3.25) == "¥3"


@pytest.fixture(scope="module", params=["en", "zh"])
def documents(request, tmp_path_factory):
    """Run the report on the retail case once per language."""
    out = tmp_path_factory.mktemp(f"loyalty-{request.param}")
    made = run_report("loyalty", case="retail", lang=request.param, out=out)
    return SimpleNamespace(lang=request.param, paths={path.suffix[1:]: path for path in made.paths})


@pytest.fixture(scope="module")
def retail():
    """Return the purchases of the retail case."""
    from crmlab.data import load_case

    return load_case("retail").table("transactions")


def _pages(path):
    from pypdf import PdfReader

    reader = PdfReader(path)
    return reader, [page.extract_text() for page in reader.pages]


@pytest.mark.slow
class TestDocuments:
    """The documents of the retail case."""

    def test_the_pdf_holds_the_numbers(self, documents, retail):
        """Rate with interval, retention after a year, the top tenth, and the answers 4 and 5 under strong competition."""
        _, pages = _pages(documents.paths["pdf"])
        text = re.sub(r"\s+", "", "".join(pages))
        rate = repeat_purchase_rate(retail, window_days=90)
        curve = retention_cohorts(retail, min_cohort=10).curve
        year = curve[curve["periods_since"] == 12].iloc[0]
        revenue = rfm_table(retail)["revenue"].sort_values(ascending=False)
        for value in (rate.rate, rate.low, rate.high, year["share"], revenue.head(400).sum() / revenue.sum()):
            assert percent(value) in text
        assert "59.1%" in text
        assert "33.3%" in text

    def test_the_pdf_has_pages_outline_and_the_form_of_a_report(self, documents):
        """Twelve to eighteen pages, each numbered, an outline of the sections, and the tags."""
        reader, pages = _pages(documents.paths["pdf"])
        assert 12 <= len(pages) <= 18
        for number, page in enumerate(pages, start=1):
            wanted = (
                f"Page {number} of {len(pages)}"
                if documents.lang == "en"
                else f"第 {number} 页，共 {len(pages)} 页"
            )
            assert re.sub(r"\s", "", wanted) in re.sub(r"\s", "", page)
        titles = [str(entry.title) for entry in reader.outline if not isinstance(entry, list)]
        first = "Who comes back" if documents.lang == "en" else "多少客户会再次购买"
        assert any(first in title for title in titles)
        assert len(titles) >= 10
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]

    def test_no_english_is_left_in_the_chinese_pdf(self, documents):
        """Latin words on the pages before the last are names, acronyms and references."""
        if documents.lang == "en":
            return
        _, pages = _pages(documents.paths["pdf"])
        text = "\n".join(pages[:-1]).split("参考文献：")[0]
        words = set(re.findall(r"[A-Za-z]{3,}", text))
        names = {
            "RFM",
            "Wilson",
            "Newcombe",
            "Cochran",
            "Armitage",
            "Dick",
            "Basu",
            "IFRS",
            "logit",
            "MBG",
            "NBD",
        }
        names |= {"Aalen", "Johansen", "Calonico", "Cattaneo", "Titiunik", "Iglewicz", "Hoaglin"}
        assert words <= names | {"min", "cohort"}

    def test_the_programme_and_the_wallets_are_in_the_pdf(self, documents):
        """Share of wallet, points by what became of them, the liability, and the jump at the threshold stand there."""
        _, pages = _pages(documents.paths["pdf"])
        text = re.sub(r"\s+", "", "".join(pages))
        for value in ("46.9%", "2,188,003", "630,508", "¥1,772", "46.7%", "¥0.020"):
            assert value in text
        titles = (
            ("Share of wallet", "The programme: points", "What a tier is worth")
            if documents.lang == "en"
            else ("钱包份额", "积分计划：积分", "等级值多少")
        )
        for title in titles:
            assert re.sub(r"\s+", "", title) in text

    def test_the_workbook_has_typed_numbers(self, documents):
        """The rates are numbers and not text, in a sheet for each table."""
        from openpyxl import load_workbook

        book = load_workbook(documents.paths["xlsx"])
        assert len(book.sheetnames) >= 12
        cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
        assert 3119 / 4000 in cells
        assert 630508 in cells

    def test_the_page_stands_alone(self, documents):
        """The HTML fetches nothing, has the interactive figures, and names its language."""
        html = documents.paths["html"].read_text(encoding="utf-8")
        body = re.sub(r"<script\b.*?</script>", "", html, flags=re.DOTALL)
        assert not re.search(r"(?:src|href)=[\"']https?://", body)
        assert "Plotly.newPlot" in html
        assert f'lang="{"zh-Hans" if documents.lang == "zh" else "en"}"' in html[:600]
