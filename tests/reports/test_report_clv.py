"""Tests of the report on customer lifetime value: its words and numbers, in both languages, from file to documents."""

from __future__ import annotations

import io
import re
from importlib.metadata import files

import numpy as np
import openpyxl
import pandas as pd
import pypdf
import pytest

from crmlab import clv
from crmlab.clv._simulate import simulate_histories
from crmlab.data import read_table
from crmlab.errors import DataError, FitError
from crmlab.reports import run_report
from crmlab.reports.content import clv as report
from crmlab.reports.content.clv_results import cents
from crmlab.reports.content.clv_tables import bands, tenths, win_back
from crmlab.reports.inputs import prepare_file
from crmlab.reports.registry import get_report
from crmlab.text import language, money, number, percent, speaking

ASKED = ["observation_end=1997-09-30", "time_unit=week"]
#: published by Fader, Hardie and Lee (2005) and Fader and Hardie (2013, note 025)
BG_NBD = ("0.243", "4.414", "0.793", "2.426")
GAMMA_GAMMA = ("6.249", "3.745", "15.448")
#: Latin words that a Chinese page may hold: names, acronyms, units, parameters, and what comes from the data
LATIN = {
    *[
        "BG",
        "NBD",
        "Gamma",
        "CLV",
        "Fader",
        "Hardie",
        "Hoaglin",
        "Iglewicz",
        "Lee",
        "CDNOW",
        "delta",
        "SHA",
        "csv",
        "cdnow",
        "utf",
        "ascii",
        "CC",
        "BY",
    ],
    *[
        "customer",
        "customer_id",
        "date",
        "amount",
        "crmlab",
        "Python",
        "Linux",
        "Darwin",
        "Windows",
        "macOS",
        "margin",
        "holdout",
    ],
    *["numpy", "pandas", "scipy", "pingouin", "matplotlib", "seaborn", "plotly"],
    *[
        "observation_end",
        "time_unit",
        "week",
        "horizon_months",
        "discount_rate_annual",
        "currency",
        "top_n",
        "auto",
        "refunds",
        "net",
        "confidence",
    ],
    *["MBG", "Pareto", "BIC", "Batislam", "Denizel", "Filiztekin", "Schmittlein", "Morrison", "Colombo"],
    *["model", "period", "month", "min_group", "keep", "ids"],
}


def cdnow() -> pd.DataFrame:
    """Return the CDNOW sample as it is published: no header, blanks between columns."""
    path = next(one for one in files("lifetimes") or [] if str(one).endswith("CDNOW_sample.txt")).locate()
    names = ["master", "customer_id", "date", "quantity", "amount"]
    kinds = {"customer_id": str, "date": str}
    return pd.read_csv(path, sep=r"\s+", header=None, names=names, dtype=kinds)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """Save the CDNOW sample as a CSV of customer_id, date, amount."""
    path = tmp_path_factory.mktemp("cdnow") / "cdnow.csv"
    table = cdnow()
    table["date"] = pd.to_datetime(table["date"]).dt.strftime("%Y-%m-%d")
    table[["customer_id", "date", "amount"]].to_csv(path, index=False)
    return path


def analysed(path, **parameters):
    """Return the results for a file, without a kernel."""
    spec = get_report("clv")
    filled = spec.parameters(**parameters)
    return report.analyse(prepare_file(spec, read_table(path, as_="transactions"), filled), filled)


@pytest.fixture(scope="module", autouse=True)
def _style():
    """Give figures the fonts that a notebook gives them."""
    from crmlab.plots.style import apply

    apply()


_MADE: dict[tuple[int, str], tuple[object, list]] = {}


def blocks(found):
    """Return all blocks of the report, in order; made once for each result and language."""
    key = (id(found), language())
    if key not in _MADE:
        _MADE[key] = (found, _made(found))
    return _MADE[key][1]


def _made(found):
    parts = (
        report.who,
        report.ahead,
        report.worth,
        report.customers,
        report.win_back,
        report.trust,
        report.next_steps,
        report.method,
    )
    made = [report.front(found), report.what_we_found(found), report.which_model(found)]
    made += [block for part in parts for block in part(found)]
    return [*made, report.rows(found)]


def words(found) -> str:
    """Return all text of the report's blocks."""
    parts = []
    for block in blocks(found):
        data = block.data
        parts += [
            data.get("markdown", ""),
            data.get("caption", ""),
            data.get("alt", ""),
            data.get("note") or "",
        ]
        parts += [column["label"] for column in data.get("columns", ())]
        parts += [cell for row in data.get("rows", ()) for cell in row if isinstance(cell, str)]
    return "\n".join(parts)


def rows_of(found, name: str) -> pd.DataFrame:
    """Return a table of the report as it is shown, by column key."""
    data = next(block.data for block in blocks(found) if block.data.get("name") == name)
    return pd.DataFrame(data["rows"], columns=[column["key"] for column in data["columns"]])


def save(path, frame: pd.DataFrame):
    """Save transactions as a CSV."""
    frame.to_csv(path, index=False)
    return path


def some(n: int, seed: int = 1, *, weeks: float = 60.0) -> pd.DataFrame:
    """Return transactions of simulated customers."""
    rng = np.random.default_rng(seed)
    people = simulate_histories(np.full(n, weeks), rng=rng, bg_nbd=(0.8, 6.0, 0.8, 2.5))
    rows = []
    for who, person in people.iterrows():
        inner = np.sort(rng.uniform(0, person["recency"], max(int(person["frequency"]) - 1, 0)))
        for week in [0.0, *inner, *([person["recency"]] if person["frequency"] else [])]:
            day = pd.Timestamp("2023-01-01") + pd.Timedelta(days=int(week * 7))
            rows.append((f"c{who}", day.strftime("%Y-%m-%d"), round(float(rng.gamma(5, 4)), 2) + 1))
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount"])


@pytest.fixture(scope="module")
def found(sample):
    """Return the results for the CDNOW sample."""
    return analysed(sample, observation_end="1997-09-30")


# --- words and numbers, without a kernel -------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_published_parameters_are_in_the_tables(found, lang):
    """The parameters of the papers stand in the tables, to three decimals."""
    with speaking(lang):
        assert tuple(rows_of(found, "bg-nbd")["estimate"]) == BG_NBD
        assert tuple(rows_of(found, "gamma-gamma")["estimate"]) == GAMMA_GAMMA
        assert tuple(rows_of(found, "bg-nbd")["se"]) == ("0.013", "0.378", "0.186", "0.705")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_findings_hold_the_numbers(found, lang):
    """The paragraph at the top holds who is active, what comes, its interval, and the test on later data."""
    with speaking(lang):
        text = report.what_we_found(found).data["markdown"]
    totals = found.ahead.totals.set_index("measure")
    for told in (
        number(totals.loc["active_repeat", "estimate"]),
        number(totals.loc["buyers", "actual_high"]),
        money(found.value.total, "", 0),
        money(totals.loc["value", "actual_low"], "", 0),
        percent(found.value.summary().set_index("measure").loc["top_tenth_share", "estimate"]),
        percent(abs(found.tested.errors.set_index("rule").loc["model", "total_bias"])),
    ):
        assert told in text


def test_no_english_in_chinese(found):
    """All words of the Chinese report are Chinese but names, acronyms and parameters."""
    with speaking("zh"):
        text = words(found)
    left = set(re.findall(r"[A-Za-z_]{2,}", re.sub(r"C-[0-9a-f]+|\$\$.*?\$\$|\$[^$]+\$", "", text))) - LATIN
    assert not left


def test_amounts_in_dollars_are_no_formula(found):
    """A dollar sign in a text is escaped, so that no two of them make a formula."""
    import dataclasses

    text = report.what_we_found(dataclasses.replace(found, currency="$")).data["markdown"]
    assert text.count("$") == text.count("\\$") > 2


def test_tables_add_up(found):
    """Bands and tenths hold every customer and all of the value once; those to win back are as defined."""
    people = found.people
    for table in (bands(people), tenths(people)):
        assert table["customers"].sum() == len(people)
        assert table["value"].sum() == pytest.approx(found.value.total)
    chosen = win_back(people)
    assert chosen["at_stake"].is_monotonic_decreasing
    assert chosen["probability_alive"].between(0.05, 0.5).all()
    assert (chosen["frequency"] > 0).all()
    assert (people["value_if_active"] * people["probability_alive"]).to_numpy() == pytest.approx(
        people["clv"].to_numpy()
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_best_customers_come_with_advice(found, lang):
    """Each of the most valuable customers has a line of advice with its reason; those in doubt are to be called."""
    with speaking(lang):
        shown = rows_of(found, "top-customers").set_index("customer")
        text = next(block.data["markdown"] for block in report.customers(found)[1:])
    people = found.people.loc[shown.index]
    doubt = (people["probability_alive"] < 0.8) & (people["frequency"] > 0)
    call = {"en": "call: silent for", "zh": "联系：已沉默"}[lang]
    assert shown["care"].str.startswith(call).tolist() == doubt.tolist()
    for name in people.index[doubt]:
        assert number(people.loc[name, "silent_days"]) in shown.loc[name, "care"]
    assert (number(doubt.sum()) in text) or not doubt.any()


def test_sensitivity_agrees_with_the_value(found):
    """The cell of the rate and horizon asked for is the value; another one is that of a run of its own."""
    shown = rows_of(found, "sensitivity").set_index("rate")
    assert shown.loc["10%", "h12"] == number(found.value.total)
    other = clv.customer_lifetime_value(
        found.purchases, found.spend, found.summary, horizon_months=36, discount_rate_annual=0.2
    )
    assert shown.loc["20%", "h36"] == number(other.total)


def test_margin_scales_and_is_said(sample, found):
    """A margin below 1 scales the value and is told; the parameters stay."""
    half = analysed(sample, observation_end="1997-09-30", margin=0.5, holdout="off")
    assert half.value.total == pytest.approx(found.value.total / 2)
    text = words(half)
    assert "Value in profit" in text
    assert "holdout=off" in text
    assert "Value in revenue" in words(found)


def test_holdout_is_where_it_should_be(found):
    """The model is tested on the last third of the data, against two simple rules."""
    assert found.untested == ""
    assert (found.tested.observation_end - found.tested.calibration_end).days == 272 // 3
    assert len(rows_of(found, "hold-out")) == 3


def test_money_in_cents():
    """Amounts of at most two decimals are money in cents; thirds, prices in bitcoin and nothing are not."""
    assert cents(pd.Series([12.5, 3.99, -2.0])) == 2
    assert cents(pd.Series([1200.0, 3500.0])) == 2
    assert cents(pd.Series([10 / 3, 5.0])) is None
    assert cents(pd.Series([0.02, 0.05])) is None
    assert cents(pd.Series([-1.0])) is None


# --- odd data ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_equal_amounts(tmp_path, lang):
    """Where all amounts are equal, the report says that it uses the mean, and goes on."""
    path = save(
        tmp_path / "equal.csv", some(150).drop_duplicates(["customer_id", "date"]).assign(amount=25.0)
    )
    with speaking(lang):
        found = analysed(path)
        text = words(found)
    assert found.spend_kind == "mean"
    assert found.spend.mean == 25
    assert "25.00" in text
    assert ("cannot be fitted" if lang == "en" else "无法拟合") in text


def test_few_customers(tmp_path):
    """With few customers there are no tenths and no test, and the findings say that all is rough."""
    found = analysed(save(tmp_path / "few.csv", some(14)))
    text = words(found)
    assert "rough" in text
    assert "too few customers" in text
    assert found.tested is None


def test_short_time(tmp_path):
    """Data of six weeks are not tested on later data; a forecast far beyond them is warned of."""
    found = analysed(save(tmp_path / "short.csv", some(400, weeks=6.0)))
    assert found.untested == "short"
    text = words(found)
    assert "too short to hold" in text
    assert "times as far" in text


def test_refunds_and_zeros(tmp_path):
    """Refunds and amounts of 0 are counted and told; refunds=error names the rows."""
    sales = some(300)
    back = sales.iloc[::9].assign(amount=lambda rows: -rows["amount"])
    free = sales.index[::7]
    sales.loc[free, "amount"] = 0.0
    path = save(tmp_path / "refunds.csv", pd.concat([sales, back]))
    shown = rows_of(analysed(path), "rows")
    assert any("refunds" in what for what in shown["what"])
    assert any("amount 0" in what for what in shown["what"])
    with pytest.raises(DataError, match="refunds=error") as error:
        analysed(path, refunds="error")
    assert 0 < len(error.value.problems) <= 5


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "Too few customers bought again"), ("zh", "再次购买的客户太少")]
)
def test_hardly_anybody_came_back(tmp_path, lang, said):
    """Two repeat buyers are too few, which is said in the reader's language."""
    once = pd.DataFrame({"customer_id": [f"c{i}" for i in range(40)], "date": "2024-01-05", "amount": 9.5})
    again = once.head(2).assign(date="2024-02-05")
    with speaking(lang), pytest.raises(FitError, match=said):
        analysed(save(tmp_path / "once.csv", pd.concat([once, again])))


def test_tiny_and_huge_amounts(tmp_path):
    """Shares of a cent and billions are written with figures that mean something."""
    sales = some(300)
    tiny = analysed(save(tmp_path / "tiny.csv", sales.assign(amount=sales["amount"] * 1e-6)))
    assert not (rows_of(tiny, "top-customers")["clv"].str.strip("0.") == "").any()
    assert not (rows_of(tiny, "gamma-gamma")["estimate"].str.strip("0.") == "").any()
    huge = analysed(save(tmp_path / "huge.csv", sales.assign(amount=sales["amount"] * 1e9)))
    assert "billion" in report.what_we_found(huge).data["markdown"]
    with speaking("zh"):
        assert "亿" in report.what_we_found(huge).data["markdown"]


def test_nobody_leaves(tmp_path):
    """Customers who never leave cannot tell how they leave: a weak prior helps, and is told."""
    rng = np.random.default_rng(3)
    rows = [
        (
            f"c{i}",
            (pd.Timestamp("2022-01-01") + pd.Timedelta(days=int(day))).strftime("%Y-%m-%d"),
            10.0 + i % 7,
        )
        for i in range(60)
        for day in np.cumsum(rng.exponential(20, 40))
        if day < 600
    ]
    path = save(tmp_path / "steady.csv", pd.DataFrame(rows, columns=["customer_id", "date", "amount"]))
    found = analysed(path)
    assert found.prior
    assert "weak prior" in words(found)


# --- whole runs --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runs(sample, tmp_path_factory):
    """Run the report on the CDNOW file in both languages, to all documents."""
    made = {}
    for lang in ("en", "zh"):
        out = tmp_path_factory.mktemp(f"out-{lang}")
        run_report("clv", data=sample, lang=lang, out=out, parameters=ASKED)
        made[lang] = {path.suffix[1:]: path for path in out.iterdir()}
    return made


@pytest.fixture(params=["en", "zh"])
def run(request, runs):
    """Return a language, and the documents of its run by format."""
    return request.param, runs[request.param]


def text_of(path) -> tuple[pypdf.PdfReader, str]:
    """Return a PDF and its text."""
    reader = pypdf.PdfReader(path)
    return reader, "\n".join(page.extract_text() for page in reader.pages)


def test_pdf_prints_the_published_parameters(run, found):
    """From the file to the PDF: parameters as published, totals as computed, pages numbered, headings in the outline."""
    lang, paths = run
    reader, text = text_of(paths["pdf"])
    for name, values in (("BG/NBD", BG_NBD), ("Gamma–Gamma", GAMMA_GAMMA)):
        after = text[text.rindex("Parameters of the " + name if lang == "en" else f"{name} 模型的参数") :]
        for value in values:
            assert re.search(rf"(?<![\d.]){re.escape(value)}(?!\d)", after), (name, value)
    assert number(found.value.total) in text
    assert number(found.value.total_low) in text
    pages = len(reader.pages)
    assert 6 <= pages <= 12
    last = f"Page {pages} of {pages}" if lang == "en" else f"第 {pages} 页，共 {pages} 页"
    assert last.replace(" ", "") in text.replace(" ", "")
    titles = [entry["/Title"] for entry in reader.outline if not isinstance(entry, list)]
    assert len(titles) >= 8
    assert "1997-09-30" in text


def test_chinese_pdf_is_chinese(runs):
    """No English words are left on the Chinese pages but names, acronyms and parameters."""
    _, text = text_of(runs["zh"]["pdf"])
    text = re.sub(r"C-[0-9a-f]+|[0-9a-f]{20,}", "", text.replace("\u00ad", ""))
    left = {word for word in re.findall(r"[A-Za-z_]{3,}", text) if not re.fullmatch(r"[a-f]+", word)}
    assert left <= LATIN


def test_workbook_holds_typed_numbers(run):
    """The workbook holds each table, with numbers as such and the parameters unrounded."""
    _, paths = run
    book = openpyxl.load_workbook(io.BytesIO(paths["xlsx"].read_bytes()))
    sheets = {sheet.title.replace(" ", "-"): list(sheet.iter_rows(values_only=True)) for sheet in book}
    for name in ("outlook", "active-bands", "tenths", "top-customers", "win-back", "hold-out", "sensitivity"):
        assert name in sheets
    values = [cell for row in sheets["bg-nbd"] for cell in row if isinstance(cell, float)]
    assert any(abs(value - 0.24259) < 1e-4 for value in values)
    best = [row for row in sheets["top-customers"] if str(row[0]).startswith("C-")]
    assert [type(cell) for cell in best[0][:4]] == [str, int, float, float]
    assert len(best) == 20


def test_page_stands_alone(run):
    """The HTML page fetches nothing, and draws months and concentration with plotly."""
    _, paths = run
    html = paths["html"].read_text(encoding="utf-8")
    assert not re.search(r"""<(?:script|img|link)[^>]+(?:src|href)=["']?https?:""", html)
    assert "plotly" in html
    assert "C-" in html


def test_customers_stay_unknown(run):
    """No customer number of the file stands in the tables of the report."""
    _, paths = run
    book = openpyxl.load_workbook(io.BytesIO(paths["xlsx"].read_bytes()))
    best = next(sheet for sheet in book if sheet.title.replace(" ", "-") == "top-customers")
    shown = [row[0] for row in best.iter_rows(values_only=True) if row and row[0]]
    assert sum(str(name).startswith("C-") for name in shown) == 20


# --- which model ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Return a file of simulated customers who leave after any purchase, the first one included."""
    return save(tmp_path_factory.mktemp("shop") / "shop.csv", some(700, 5))


def test_the_model_of_the_paper_is_chosen_and_the_reason_told(found):
    """On the CDNOW sample no model is clearly better than the BG/NBD, which is said above and in the method, with all three in a table."""
    assert (found.choice.name, found.choice.why) == ("bg_nbd", "alike")
    assert "no other agrees with them clearly better" in report.which_model(found).data["markdown"]
    shown = rows_of(found, "models")
    assert shown["name"].tolist() == ["BG/NBD", "MBG/NBD", "Pareto/NBD"]
    assert shown["used"].tolist() == ["yes", "", ""]
    assert shown["log_likelihood"].tolist()[::2] == ["−9,582.43", "−9,594.98"]
    bias = found.tested.errors.set_index("rule").loc["model", "total_bias"]
    assert found.choice.tested["bg_nbd"]["total_bias"] == pytest.approx(bias)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["mbg_nbd", "pareto_nbd"])
def test_words_follow_the_model(shop, name, lang):
    """Models that can tell of one-time buyers speak of all customers as active; parameters, names and method are theirs."""
    with speaking(lang):
        found = analysed(shop, model=name)
        text = words(found)
        top = report.what_we_found(found).data["markdown"]
        title = {"mbg_nbd": "MBG/NBD", "pareto_nbd": "Pareto/NBD"}[name]
        assert found.once_told
        assert number(found.ahead.totals.set_index("measure").loc["active", "estimate"]) in top
        assert ("bought once only" if lang == "en" else "只购买过一次") not in "".join(
            rows_of(found, "active-bands")["band"]
        )
        assert title in report.which_model(found).data["markdown"]
        assert len(rows_of(found, name.replace("_", "-"))) == 4
        for told in (
            f"described by the {title} model" if lang == "en" else f"用 {title} 模型描述",
            "as was asked for" if lang == "en" else "按照要求",
        ):
            assert told in text
        wrong = "active for certain" if lang == "en" else "一律视为活跃"
        assert wrong not in text
        if lang == "zh":
            left = set(re.findall(r"[A-Za-z_]{3,}", re.sub(r"C-[0-9a-f]+|\$\$.*?\$\$|\$[^$]+\$", "", text)))
            assert left - LATIN <= {"shop"}
    assert found.people["probability_alive"][found.people["frequency"] == 0].max() < 1


def test_a_clearly_better_model_is_chosen(sample):
    """On all 78 weeks of the CDNOW sample the MBG/NBD is clearly better, is chosen, and who asks for another is told so."""
    found = analysed(sample, holdout="off")
    assert (found.choice.name, found.choice.why) == ("mbg_nbd", "best")
    assert "clearly better than the others" in report.which_model(found).data["markdown"]
    assert "miss" not in rows_of(found, "models")
    asked = analysed(sample, holdout="off", model="bg_nbd")
    assert (asked.choice.name, asked.choice.why) == ("bg_nbd", "asked")
    assert "Another one, MBG/NBD" in report.which_model(asked).data["markdown"]
