"""The weights of the satisfaction report: every way of weighing, judgements, and honest errors."""

from __future__ import annotations

import re

import matplotlib as mpl
import numpy as np
import openpyxl
import pandas as pd
import pypdf
import pytest

from crmlab.data import load_case, read_table
from crmlab.errors import DataError, ParameterError
from crmlab.plots.style import apply
from crmlab.reports import run_report
from crmlab.reports.content import satisfaction as report
from crmlab.reports.content.satisfaction_weights import weigh
from crmlab.reports.inputs import add_tables, prepare_case, prepare_file
from crmlab.reports.reading import READERS, named_files
from crmlab.reports.registry import get_report
from crmlab.text import LANGUAGES, number, speaking
from crmlab.weights import ahp, entropy_weights

SPEC = get_report("satisfaction")
#: two judges on what is done; the second contradicts himself
PAIRS = pd.DataFrame(
    [
        ("Ann", "Perceived quality", "Perceived value", 2.0),
        ("Ann", "Perceived quality", "Image", 5.0),
        ("Ann", "Perceived value", "Image", 2.0),
        ("Bo", "Perceived quality", "Perceived value", 1 / 3),
        ("Bo", "Perceived quality", "Image", 5.0),
        ("Bo", "Perceived value", "Image", 1 / 2),
    ],
    columns=["judge", "item_a", "item_b", "judgement"],
)


@pytest.fixture(autouse=True)
def _style():
    """Draw with the fonts of the house, and leave matplotlib as it was."""
    with mpl.rc_context():
        apply()
        yield


def studied(case="mobi", judged=None, **parameters):
    """Return the study of a case, with judgements where they are given."""
    checked = SPEC.parameters(**{"bootstrap": 0, **parameters})
    given = prepare_case(SPEC, load_case(case), checked)
    if judged is not None:
        object.__setattr__(given, "judgements", judged)
    return report.study(given, checked)


def survey(tmp_path, frame, **parameters):
    """Return the study of a survey, written to a file and read back."""
    path = tmp_path / "survey.csv"
    frame.to_csv(path, index=False)
    checked = SPEC.parameters(**{"bootstrap": 0, **parameters})
    return report.study(prepare_file(SPEC, read_table(path, as_="survey"), checked), checked)


def said(blocks):
    """Return all that blocks say."""
    words = []
    for block in blocks:
        data = block.data
        words += [data.get("markdown", ""), data.get("caption", ""), data.get("note") or ""]
        words += [" ".join(row) for row in data.get("rows", [])]
    return re.sub(r"\\(?=\W)|\*\*", "", "\n".join(words))


class TestWays:
    """The index under every way of weighing."""

    def test_default_is_the_path_model(self):
        """Where a path model is fitted its weights are taken, and the index is the model's."""
        found = studied()
        assert (found.weighed.way, found.weighed.why, found.weighed.own) == ("pls", "model", False)
        assert found.index() == pytest.approx(found.model.index(), nan_ok=True)
        assert list(found.weighed.weights) == ["pls", "equal", "entropy", "critic"]

    @pytest.mark.parametrize("way", ["equal", "entropy", "critic"])
    def test_asked_for(self, way):
        """A way that is asked for gives the weighted mean of the items' answers on 0–100, by hand."""
        found = studied(weights=way)
        answers = load_case("mobi").table("survey")[["CUSA1", "CUSA2", "CUSA3"]]
        points = (answers - 1) / 9 * 100
        weights = found.weighed.weights[way]
        assert weights.sum() == pytest.approx(1)
        assert found.index()["index"] == pytest.approx(float((points * weights).sum(axis=1).mean()))
        if way == "entropy":
            assert weights.tolist() == pytest.approx(
                entropy_weights(points, normalise="minmax").weights.tolist()
            )

    def test_groups_use_the_weights(self):
        """The index by group is made of the weights that were chosen."""
        equal, model = studied("retail", weights="equal"), studied("retail")
        assert equal.groups.overall["index"] == pytest.approx(equal.index()["index"])
        assert equal.groups.overall["index"] != model.groups.overall["index"]

    def test_weights_sum_to_one(self):
        """Every way's weights sum to 1, none is negative."""
        found = studied("retail", PAIRS)
        assert found.weighed.weights.sum().tolist() == pytest.approx([1.0] * 5)
        assert (found.weighed.weights >= 0).all(axis=None)

    def test_items_without_a_model(self, tmp_path):
        """Items that go together make one index with equal weights; items that do not make none unless it is asked for."""
        rng = np.random.default_rng(3)
        mood = rng.normal(size=200)
        together = pd.DataFrame(
            {
                name: np.clip(np.round(3 + mood + 0.6 * rng.normal(size=200)), 1, 5)
                for name in ("服务", "价格", "环境")
            }
        )
        found = survey(tmp_path, together)
        assert (found.weighed.way, found.weighed.why) == ("equal", "even")
        apart = pd.DataFrame({name: rng.integers(1, 6, 200) for name in ("服务", "价格", "环境")})
        assert survey(tmp_path, apart).weighed is None
        assert survey(tmp_path, apart, weights="critic").weighed.way == "critic"

    def test_missing_answers_scale_the_rest(self):
        """A missing answer is left out, and the weights of the other parts are scaled up."""
        points = pd.DataFrame({"a": [0.0, 100.0, np.nan] * 5, "b": [50.0, 100.0, 40.0] * 5})
        parameters = SPEC.parameters(weights="equal")
        given = prepare_case(SPEC, load_case("mobi"), parameters)
        found = weigh(given, parameters, points, {}, None)
        assert found.respondents().tolist()[:3] == pytest.approx([25.0, 100.0, 40.0])


class TestJudgements:
    """AHP."""

    def test_joint_weights(self):
        """The weights are those of AHP on the geometric means of the judges' numbers."""
        found = studied(judged=PAIRS)
        joint = ahp(
            {
                ("quality", "value"): np.sqrt(2 / 3),
                ("quality", "image"): 5.0,
                ("value", "image"): 1.0,
            }
        )
        assert found.weighed.why == "judged"
        assert found.weighed.weights["ahp"].to_dict() == pytest.approx(joint.weights.to_dict())
        index = float(found.weighed.points.mul(joint.weights)[list(joint.weights.index)].sum(axis=1).mean())
        assert found.index()["index"] == pytest.approx(index)
        assert "put together of what they say of 3 parts" in said(report.index(found))

    def test_contradictions_are_named(self):
        """A judge above .10 is named with the judgement to look at again, in both languages."""
        for lang, word in (("en", "Judgements to look at again"), ("zh", "需要重新审视的判断")):
            with speaking(lang):
                text = said(report.weights(studied(judged=PAIRS)))
            assert word in text
            assert "1/3" in text
            assert number(studied(judged=PAIRS).weighed.judged.joint.consistency_ratio, 3) in text

    def test_names_in_any_form(self):
        """Judgements may name constructs in Chinese, or items by their columns."""
        chinese = PAIRS.replace(
            {"Perceived quality": "感知质量", "Perceived value": "感知价值", "Image": "形象"}
        )
        assert studied(judged=chinese).weighed.parts == ("quality", "value", "image")
        items = PAIRS.replace({"Perceived quality": "CUSA1", "Perceived value": "CUSA2", "Image": "CUSA3"})
        found = studied(judged=items).weighed
        assert (found.kind, found.parts) == ("satisfaction", ("CUSA1", "CUSA2", "CUSA3"))

    def test_template_is_printed(self):
        """weights=ahp without judgements prints an empty matrix of the names to fill in."""
        with pytest.raises(DataError) as caught:
            studied(weights="ahp")
        assert caught.value.hint.endswith(
            ",Image,Perceived quality,Perceived value\nImage,1,,\nPerceived quality,,1,\nPerceived value,,,1"
        )
        with speaking("zh"), pytest.raises(DataError) as caught:
            studied(weights="ahp")
        assert ",形象,感知质量,感知价值" in caught.value.hint

    def test_unknown_names(self):
        """Names that the survey does not have are told with the nearest one and the matrix."""
        with pytest.raises(DataError) as caught:
            studied(judged=PAIRS.replace({"Image": "Imag"}).replace({"Perceived value": "Percieved value"}))
        assert any("did you mean Perceived value" in line for line in caught.value.problems)
        assert "Perceived quality,,1," in caught.value.hint

    def test_pls_where_the_model_cannot_weigh(self, tmp_path):
        """weights=pls without a path model is an error that names the ways that are possible."""
        rng = np.random.default_rng(3)
        frame = pd.DataFrame({name: rng.integers(1, 6, 60) for name in ("q1", "q2", "q3")})
        with pytest.raises(DataError) as caught:
            survey(tmp_path, frame, weights="pls")
        assert "equal" in caught.value.hint

    def test_added_to_a_case(self):
        """Judgements can be given to a case; another table of the user's cannot."""
        files = named_files(SPEC, ["judgements=j.csv"], case="mobi")
        assert list(files) == ["judgements"]
        assert set(READERS) == {"judgements"}
        with pytest.raises(ParameterError):
            named_files(SPEC, ["survey.csv"], case="mobi")
        given = prepare_case(SPEC, load_case("mobi"), SPEC.parameters())
        assert add_tables(given, {}) is given


class TestWords:
    """What is said."""

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_every_way_has_its_row(self, lang):
        """The section shows every way's index, and the method says what each rewards."""
        with speaking(lang):
            found = studied("retail", PAIRS)
            text = said(report.weights(found))
            method = said(report.method(found))
        for value in found.weighed.table["index"]:
            assert number(value, 1) in text
        for word in ("CRITIC", "AHP", "Saaty", "Diakoulaki"):
            assert word in method
        assert not re.search(r"[{}]|\bnan\b|\bNone\b", text)

    def test_ranks_of_groups(self):
        """The section says whether the order of the groups depends on the way of weighing."""
        text = said(report.weights(studied("retail", PAIRS)))
        assert "rank of" in text or "order of the 8 groups" in text

    def test_absent(self):
        """Without an index there is no section."""
        assert report.weights(studied("retail", structure="none", weights="auto")) != []
        found = studied("mobi")
        object.__setattr__(found, "weighed", None)
        assert report.weights(found) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_documents_with_judgements(lang, tmp_path):
    """A run on a case with judgements of the user's prints AHP's weights and consistency in PDF and workbook."""
    file = tmp_path / "judged.csv"
    PAIRS.to_csv(file, index=False)
    result = run_report(
        "satisfaction",
        case="mobi",
        data=[f"judgements={file}"],
        lang=lang,
        to=("pdf", "xlsx"),
        out=tmp_path / "out",
        parameters=["bootstrap=0", "structure=acsi", "weights=ahp"],
    )
    pdf = pypdf.PdfReader(next(path for path in result.paths if path.suffix == ".pdf"))
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pdf.pages))
    found = studied(judged=PAIRS, structure="acsi").weighed
    assert number(found.judged.joint.consistency_ratio, 3) in text
    assert number(found.index()["index"], 1) in text
    assert "judged.csv" in text
    assert {"en": "Judgements to look at again", "zh": "需要重新审视的判断"}[lang] in text
    book = openpyxl.load_workbook(next(path for path in result.paths if path.suffix == ".xlsx"))
    cells = [cell for row in book["weights"].iter_rows(values_only=True) for cell in row]
    for weight in found.weights["ahp"]:
        assert any(isinstance(cell, float) and abs(cell - weight) < 1e-9 for cell in cells)
    sheets = {name.replace(" ", "-") for name in book.sheetnames}
    assert {"index-by-weights", "judges", "models", "explained"} <= sheets
