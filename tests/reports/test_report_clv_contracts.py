"""Tests of the report on customer lifetime value from contracts: words, numbers, odd data, and whole runs."""

from __future__ import annotations

import dataclasses
import io
import re

import numpy as np
import openpyxl
import pandas as pd
import pypdf
import pytest

from crmlab.clv import contract_value, fit_bdw, fit_sbg
from crmlab.data import load_case, read_table
from crmlab.errors import DataError, FitError, ParameterError
from crmlab.reports import run_report
from crmlab.reports.content import clv as report
from crmlab.reports.content.clv_contract_sections import tenure_classes
from crmlab.reports.inputs import prepare_case, prepare_file
from crmlab.reports.reading import named_files, teller
from crmlab.reports.registry import get_report
from crmlab.text import number, percent, speaking

#: survivors of the segment 'Regular' (Fader and Hardie, 2007), of 1,000 customers
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
PUBLISHED = ("0.704", "1.182")
SPEC = get_report("clv")
LATIN = {
    "sBG",
    "BdW",
    "BIC",
    "CLV",
    "Fader",
    "Hardie",
    "Kaplan",
    "Meier",
    "Wilson",
    "Greenwood",
    "delta",
    "csv",
    "regular",
}
LATIN |= {"margin", "period", "year", "quarter", "Basic", "Plus", "contracts", "holdout", "off"}


def regular() -> pd.DataFrame:
    """Return the cohort 'Regular' as a row a customer."""
    lost = -np.diff(REGULAR)
    tenure = np.repeat([*range(1, 8), 7], [*lost, REGULAR[-1]])
    churned = np.repeat(["yes", "no"], [lost.sum(), REGULAR[-1]])
    return pd.DataFrame({"customer": range(1000), "tenure": tenure, "churned": churned})


def dated(n: int = 900, seed: int = 3) -> pd.DataFrame:
    """Return monthly contracts with days, fees and plans: two large ones, one tiny."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 700, n), unit="D")
    plan = rng.choice(["Basic", "Plus"], n)
    plan[:3] = "Rare"
    life = rng.geometric(rng.beta(np.where(plan == "Basic", 1.0, 0.6), np.where(plan == "Basic", 5.0, 12.0)))
    end = pd.Series(
        [day + pd.DateOffset(months=int(min(k, 300))) for day, k in zip(start, life, strict=True)]
    )
    over = end <= pd.Timestamp("2024-06-30")
    return pd.DataFrame(
        {
            "客户编号": [f"K{i}" for i in range(n)],
            "开始日期": start.strftime("%Y-%m-%d"),
            "结束日期": end.dt.strftime("%Y-%m-%d").where(over, ""),
            "月费": np.where(plan == "Basic", 10.0, 25.0),
            "套餐": plan,
        }
    )


def analysed(tmp_path, frame, name="contracts.csv", **parameters):
    """Return the results for a table, without a kernel."""
    path = tmp_path / name
    frame.to_csv(path, index=False)
    filled = SPEC.parameters(**parameters)
    return report.analyse(
        prepare_file(SPEC, read_table(path, as_="contracts"), filled, keep_ids=True), filled
    )


@pytest.fixture(scope="module", autouse=True)
def _style():
    """Give figures the fonts that a notebook gives them."""
    from crmlab.plots.style import apply

    apply()


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """Return the results for the published cohort, yearly."""
    return analysed(tmp_path_factory.mktemp("regular"), regular(), "regular.csv", period="year")


@pytest.fixture(scope="module")
def months(tmp_path_factory):
    """Return the results for contracts with days, fees and plans."""
    return analysed(tmp_path_factory.mktemp("dated"), dated(), margin=0.5)


PARTS = (
    report.who,
    report.ahead,
    report.worth,
    report.customers,
    report.win_back,
    report.trust,
    report.next_steps,
    report.method,
)


def blocks(found) -> list:
    """Return all blocks of the report, in order."""
    made = [report.front(found), report.what_we_found(found), report.which_model(found)]
    return [*made, *(block for part in PARTS for block in part(found)), report.rows(found)]


def words(found) -> str:
    """Return all text of the report's blocks."""
    parts = []
    for block in blocks(found):
        data = block.data
        parts += [data.get(key) or "" for key in ("markdown", "caption", "alt", "note", "title", "subject")]
        parts += [column["label"] for column in data.get("columns", ())]
        parts += [cell for row in data.get("rows", ()) for cell in row if isinstance(cell, str)]
    return "\n".join(parts)


def rows_of(found, name: str) -> pd.DataFrame:
    """Return a table of the report as it is shown, by column key."""
    data = next(block.data for block in blocks(found) if block.data.get("name") == name)
    return pd.DataFrame(data["rows"], columns=[column["key"] for column in data["columns"]])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_published_parameters_are_in_the_tables(cohort, lang):
    """The parameters of the paper stand in the table, to three decimals."""
    with speaking(lang):
        assert tuple(rows_of(cohort, "sbg")["estimate"]) == PUBLISHED
        assert rows_of(cohort, "renewals")["lost"].tolist() == ["369", "163", "86", "56", "37", "27", "21"]


def test_no_english_in_chinese(cohort, months):
    """All words of the Chinese report are Chinese but names, acronyms, parameters, and what comes from the data."""
    with speaking("zh"):
        text = words(cohort) + words(months)
    left = set(re.findall(r"[A-Za-z_]{2,}", re.sub(r"\$\$.*?\$\$|\$[^$]+\$", "", text))) - LATIN
    assert not left


def test_bold_words_end_in_chinese(cohort, months):
    """No asterisks are left: in Chinese a bold word must not end with a full stop or a colon."""
    with speaking("zh"):
        assert not re.search(r"[。：，]\*\*[^\s*]", words(cohort) + words(months))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_findings_hold_the_numbers(months, lang):
    """The paragraph at the top holds who is there, the value with its interval, the test on later renewals."""
    with speaking(lang):
        text = report.what_we_found(months).data["markdown"]
    totals = months.value.totals.set_index("measure")
    model = fit_sbg(months.contracts[["tenure", "lost"]])
    alone = contract_value(model, months.contracts, horizon=12, discount_rate=1.1 ** (1 / 12) - 1, margin=0.5)
    assert months.value.total == pytest.approx(alone.total)
    for told in (
        number(months.there),
        number(totals.loc["value", "estimate"]),
        number(totals.loc["value", "actual_low"]),
        number(months.tested.errors["actual"].iloc[0]),
        percent(0.5, 0),
    ):
        assert told in text


def test_a_period_too_short_is_named_where_a_model_fails():
    """Yearly contracts counted by month do not tell the model asked for; the hint names the period to ask for."""
    filled = SPEC.parameters(model="bdw", period="month")
    with pytest.raises(FitError) as caught:
        report.analyse(prepare_case(SPEC, load_case("bank"), filled), filled)
    assert "period=year" in caught.value.hint


def test_a_forecast_far_off_is_called_so(months):
    """Where the test on later renewals misses by a third and by more than chance, the findings say which way values err."""
    for actual, words in ((12, None), (160, "much too high"), (2, "much too low")):
        errors = months.tested.errors.assign(actual=actual)
        errors["expected"] = [60.0 if actual != 12 else 16.0, *errors["expected"].iloc[1:]]
        found = dataclasses.replace(
            months,
            tested=dataclasses.replace(
                months.tested, errors=errors.assign(miss=errors["expected"] / actual - 1)
            ),
        )
        text = report.what_we_found(found).data["markdown"]
        assert (words in text) if words else ("far off" not in text)


def test_tables_add_up(months):
    """Classes of tenure hold every customer of today and all of the value once."""
    classes = tenure_classes(months)
    assert classes["customers"].sum() == months.there
    assert classes["value"].sum() == pytest.approx(months.value.total)
    assert classes["derl"].is_monotonic_increasing


def test_sensitivity_agrees_with_the_value(months):
    """The cell of the rate and horizon asked for is the value; another one is that of a run of its own."""
    shown = rows_of(months, "sensitivity").set_index("rate")
    totals = months.value.totals.set_index("measure")["estimate"]
    assert shown.loc["10%", "h12"] == number(totals["value_horizon"])
    assert shown.loc["10%", "all"] == number(totals["value"])
    assert shown.loc["0%", "all"] == "–"
    other = contract_value(
        months.model, months.contracts, horizon=36, discount_rate=1.2 ** (1 / 12) - 1, margin=0.5
    )
    assert shown.loc["20%", "h36"] == number(other.totals.set_index("measure")["estimate"]["value_horizon"])


def test_small_groups_are_not_shown(months):
    """Plans of fewer than five customers are put together with another, so that nobody is recognised."""
    assert months.groups["group"].tolist()[-1] == ""
    assert "Rare" not in words(months)
    assert months.groups["customers"].sum() == len(months.contracts)
    assert months.groups["own"].all()


def test_the_likelihood_ratio_is_that_of_the_two_models(cohort):
    """Of the published cohort nothing speaks against the sBG, and the ratio told is that of the two fits."""
    assert (cohort.choice.name, cohort.choice.why) == ("sbg", "simple")
    both = 2 * (fit_bdw(REGULAR).log_likelihood - fit_sbg(REGULAR).log_likelihood)
    assert cohort.choice.ratio == pytest.approx(both, abs=1e-6)
    assert number(both, 2) in report.which_model(cohort).data["markdown"]


def test_without_fees_values_count_payments(cohort):
    """Where no fee is known, the report says so, and values are payments."""
    text = words(cohort)
    assert "no fees were given" in text
    assert "payments" in report.what_we_found(cohort).data["markdown"]
    assert report.customers(cohort) == []
    assert report.win_back(cohort) == []
    assert cohort.value.fee == 1


def test_later_renewals_are_a_test(cohort):
    """The model is fitted to the first two thirds of the renewals and compared with the rest, beside two simple rules."""
    early = fit_sbg(REGULAR[:5])
    expected = sum(REGULAR[at] * (1 - float(early.retention(at + 1))) for at in (4, 5, 6))
    errors = cohort.tested.errors.set_index("rule")
    assert errors.loc["model", "expected"] == pytest.approx(expected)
    assert errors.loc["model", "actual"] == 85
    assert errors.loc["model", "miss"] < errors.loc["mean", "miss"]


def test_duration_dependence_is_found_and_said(tmp_path):
    """Where one customer's chance to leave rises with time, the beta-discrete-Weibull is chosen, and the report says why."""
    rng = np.random.default_rng(6)
    life = np.ceil((np.log(rng.random(5000)) / np.log1p(-rng.beta(1.2, 20, 5000))) ** (1 / 1.7)).astype(int)
    frame = pd.DataFrame(
        {"customer": range(5000), "tenure": np.minimum(life, 10), "lost": np.where(life <= 10, 1, 0)}
    )
    found = analysed(tmp_path, frame)
    assert (found.choice.name, found.choice.why) == ("bdw", "duration")
    assert "beta-discrete-Weibull" in report.which_model(found).data["markdown"]
    assert len(rows_of(found, "bdw")) == 3
    text = words(found)
    assert "Renewal falls" in text
    assert "rises with time does not mean" not in text
    assert "Look after the first renewals" not in text
    assert rows_of(found, "models")["used"].tolist() == ["", "yes"]
    forced = analysed(tmp_path, frame, model="sbg")
    assert (forced.choice.name, forced.choice.why) == ("sbg", "asked")
    assert "weak prior" in words(forced)
    assert found.choice.p < 0.001


def test_the_wrong_period_is_noticed(tmp_path):
    """Where nearly all leave at full years and months were asked for, the findings say what to ask instead."""
    frame = regular().assign(tenure=lambda rows: rows["tenure"] * 12)
    found = analysed(tmp_path, frame, period="month")
    assert found.regular == "year"
    assert "-p period=year" in report.what_we_found(found).data["markdown"]
    assert analysed(tmp_path, regular(), period="year").regular == ""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_period_is_seen_from_the_days(tmp_path, lang):
    """Contracts whose customers leave at full years are yearly, others are counted by month; both is said."""
    frame = regular().rename(columns={"customer": "客户"})
    start = pd.Series(pd.Timestamp("2015-03-10"), index=frame.index)
    end = [day + pd.DateOffset(years=int(k)) for day, k in zip(start, frame["tenure"], strict=True)]
    days = pd.DataFrame({"start": start, "end": pd.Series(end).where(frame["churned"] == "yes")})
    with speaking(lang):
        found = analysed(tmp_path, days.assign(customer=frame["客户"]), observation_end="2022-03-10")
        said = report.which_model(found).data["markdown"]
    assert (found.period, found.told) == ("year", "seen")
    assert (round(found.model.alpha, 3), round(found.model.beta, 3)) == (0.704, 1.182)
    assert ("every year" if lang == "en" else "每年续约") in said
    with speaking(lang):
        other = analysed(tmp_path, regular())
        assert (other.period, other.told) == ("month", "taken")
        assert "period=year" in report.which_model(other).data["markdown"]


@pytest.mark.parametrize(
    ("change", "kind", "en", "zh"),
    [
        ({"churned": "no"}, FitError, "None of the 1,000 customers has left", "没有人流失"),
        ({"churned": "yes"}, DataError, "have left, so there is nobody", "都已流失"),
        ({"tenure": 1}, FitError, "more than one renewal", "一次以上的续约"),
    ],
)
def test_contracts_that_tell_nothing_are_refused(tmp_path, change, kind, en, zh):
    """Nobody left, everybody left, one renewal only: an error says so in the reader's language."""
    for lang, said in (("en", en), ("zh", zh)):
        with speaking(lang), pytest.raises(kind, match=said):
            analysed(tmp_path, regular().assign(**change))


def test_a_discount_rate_of_nothing_is_refused(tmp_path):
    """Without discounting, all payments to come may be worth infinitely much."""
    with pytest.raises(ParameterError, match="infinitely much"):
        analysed(tmp_path, regular(), discount_rate_annual=0)


def test_the_model_asks_for_its_data(tmp_path, cohort):
    """A model of purchases needs purchases, one of contracts needs contracts; both errors say what to give."""
    with pytest.raises(ParameterError, match="one of purchases"):
        analysed(tmp_path, regular(), model="pareto_nbd")
    import dataclasses

    given = dataclasses.replace(cohort.given, contracts=None)
    with pytest.raises(ParameterError, match="one of contracts"):
        report.analyse(given, SPEC.parameters(model="sbg"))


def test_the_file_or_the_model_tells_what_the_data_are(tmp_path):
    """A file without a role is contracts where it looks like them, or where a model of contracts is asked for."""
    path = tmp_path / "file.csv"
    regular().to_csv(path, index=False)

    def role(**parameters):
        tell = teller(SPEC.parameters(**parameters), mapping=None, sheet=None)
        return next(iter(named_files(SPEC, path, tell)))

    assert role() == role(model="sbg") == "contracts"
    with pytest.raises(ParameterError, match="holds contracts"):
        role(model="bg_nbd")
    assert next(iter(named_files(SPEC, f"transactions={path}"))) == "transactions"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Run the report on the published cohort in both languages, to all documents."""
    folder = tmp_path_factory.mktemp("runs")
    path = folder / "regular.csv"
    regular().to_csv(path, index=False)
    made = {}
    for lang in ("en", "zh"):
        out = folder / lang
        run_report("clv", data=path, lang=lang, out=out, parameters=["period=year"])
        made[lang] = {one.suffix[1:]: one for one in out.iterdir()}
    return made


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.checks("clv.fit_sbg", kind="published", against="fader2007")
def test_pdf_prints_the_published_parameters(runs, lang):
    """From a file of contracts to the PDF, in both languages: the cohort 'Regular' prints α = .704 and β = 1.182."""
    reader = pypdf.PdfReader(runs[lang]["pdf"])
    text = "\n".join(page.extract_text() for page in reader.pages)
    head = "Parameters of the shifted" if lang == "en" else "移位贝塔—几何模型（sBG）的参数"
    after = text.replace("\u00ad", "")
    after = after[after.replace(" ", "").rindex(head.replace(" ", "")) // 2 :]
    for value in PUBLISHED:
        assert re.search(rf"(?<![\d.]){re.escape(value)}(?!\d)", after), value
    assert 5 <= len(reader.pages) <= 9
    titles = [entry["/Title"] for entry in reader.outline if not isinstance(entry, list)]
    assert len(titles) >= 6


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_workbook_and_page_carry_the_tables(runs, lang):
    """The workbook has a sheet for each table, with numbers as such; the page draws survival with plotly."""
    book = openpyxl.load_workbook(io.BytesIO(runs[lang]["xlsx"].read_bytes()))
    sheets = {sheet.title.replace(" ", "-"): list(sheet.iter_rows(values_only=True)) for sheet in book}
    for name in ("renewals", "outlook", "tenure", "hold-out", "sensitivity", "models", "sbg", "rows"):
        assert name in sheets
    values = [cell for row in sheets["sbg"] for cell in row if isinstance(cell, float)]
    assert any(abs(value - 0.7041) < 2e-4 for value in values)
    html = runs[lang]["html"].read_text(encoding="utf-8")
    assert not re.search(r"""<(?:script|img|link)[^>]+(?:src|href)=["']?https?:""", html)
    assert "plotly" in html
