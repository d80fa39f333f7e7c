"""The path models of the satisfaction report: chosen by the questionnaire, asked for by name, or one's own."""

from __future__ import annotations

import re

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from crmlab.csi import MODELS, fit_index
from crmlab.data import load_case, read_table
from crmlab.errors import DataError, ParameterError
from crmlab.plots.style import apply
from crmlab.pls import blindfold, compare_groups
from crmlab.reports.content import satisfaction as report
from crmlab.reports.content.satisfaction_structure import choose
from crmlab.reports.inputs import prepare_case, prepare_file
from crmlab.reports.registry import get_report
from crmlab.text import LANGUAGES, number, speaking

SPEC = get_report("satisfaction")


@pytest.fixture(autouse=True)
def _style():
    """Draw with the fonts of the house, and leave matplotlib as it was."""
    with mpl.rc_context():
        apply()
        yield


def studied(case="mobi", **parameters):
    """Return the study of a case."""
    checked = SPEC.parameters(**{"bootstrap": 0, **parameters})
    return report.study(prepare_case(SPEC, load_case(case), checked), checked)


def survey(tmp_path, names, n=200, seed=1, **parameters):
    """Return the study of a survey whose answers go together."""
    rng = np.random.default_rng(seed)
    mood = rng.normal(size=n)
    frame = pd.DataFrame(
        {name: np.clip(np.round(5.5 + 1.5 * mood + rng.normal(size=n)), 1, 10) for name in names}
    )
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


class TestChoice:
    """Which model is fitted."""

    @pytest.mark.parametrize("name", list(MODELS))
    def test_each_by_name(self, name):
        """A model asked for by name gives the coefficients of the science on the same answers, and says its source."""
        found = studied(structure=name)
        direct = fit_index(load_case("mobi").table("survey"), name)
        assert np.allclose(found.model.fit.paths["coefficient"], direct.paths["coefficient"], atol=1e-9)
        text = said(report.paths(found)) + said(report.method(found))
        assert f"{MODELS[name].name} was fitted, as asked" in text
        for lang in LANGUAGES:
            with speaking(lang):
                assert f"（{MODELS[name].name}" in said(report.method(found)) or lang == "en"

    def test_auto_takes_the_fullest(self):
        """Where all models are possible, the one with most constructs is taken, and the others are named."""
        found = studied()
        assert found.choice.model is MODELS["ecsi"]
        assert "ACSI, CCSI and SCSB would be possible too" in said(report.paths(found))

    def test_auto_takes_the_nearest(self, tmp_path):
        """Six constructs without complaints speak for the Chinese model; the table says what the others lack."""
        names = [
            f"{c}{k}" for c in ("形象", "预期质量", "感知质量", "感知价值", "满意度", "忠诚") for k in (1, 2)
        ]
        found = survey(tmp_path, names)
        assert found.choice.model is MODELS["ccsi"]
        text = said(report.paths(found))
        assert "CCSI was chosen, for the items name all its constructs." in text
        assert re.search(r"ECSI .*6 / 7 Complaint handling", text)

    def test_incomplete(self, tmp_path):
        """A model with missing constructs is fitted without them, and they are named."""
        found = survey(tmp_path, ["image1", "image2", "value1", "value2", "satisfaction1", "satisfaction2"])
        assert set(found.choice.lacking) == set(found.choice.model.constructs) - {
            "image",
            "value",
            "satisfaction",
        }
        assert "Not asked for, and left out with their paths" in said(report.paths(found))

    def test_perceived_performance_is_value_in_scsb(self, tmp_path):
        """The Swedish model takes a question on perceived performance for value."""
        names = ["expectation1", "expectation2", "performance1", "performance2", "satisfaction1", "loyalty1"]
        found = survey(tmp_path, names, structure="scsb")
        assert found.choice.structure.blocks["value"] == ("performance1", "performance2")

    def test_asked_and_not_there(self, tmp_path):
        """A model whose constructs the items do not name is an error that lists what is missing, in both languages."""
        for lang, word in (("en", "ACSI was asked for"), ("zh", "要求拟合路径模型 ACSI")):
            with speaking(lang), pytest.raises(DataError, match=word) as caught:
                survey(tmp_path, ["q1", "q2", "q3"], structure="acsi")
            assert "q1" in "".join(caught.value.problems)

    def test_retail_case(self):
        """The case's blocks are used as they stand on its card."""
        given = prepare_case(SPEC, load_case("retail"), SPEC.parameters())
        found = choose(given, SPEC.parameters(structure="acsi"), given.items)
        assert found.structure.blocks["quality"] == given.blocks["quality"]
        assert "image" in found.blocks
        assert "image" not in found.structure.constructs


class TestOwn:
    """A structure of the user's own."""

    def test_own_paths(self, tmp_path):
        """An own structure is fitted; a construct called 满意度 is the one whose index is reported."""
        text = "服务: s1 s2; 满意度: m1 m2; 再来: r1; 服务 -> 满意度 -> 再来"
        found = survey(tmp_path, ["s1", "s2", "m1", "m2", "r1"], paths=text)
        assert found.model.fit.structure.constructs == ("服务", "satisfaction", "再来")
        assert found.weighed.parts == ("m1", "m2")
        assert "is your own" in said(report.paths(found))
        assert "服务" in said(report.index(found))

    def test_two_constructs_have_no_lowest_and_no_map(self, tmp_path):
        """A model of one cause and satisfaction speaks of no lowest construct, and draws no map of a single point."""
        text = "satisfaction: s1 s2; quality: m1 m2; quality -> satisfaction"
        found = survey(tmp_path, ["s1", "s2", "m1", "m2"], paths=text)
        with speaking("en"):
            index, drivers = report.index(found), report.drivers(found)
        assert "lowest" not in index[0].data["markdown"]
        assert [block.data.get("name") for block in drivers if block.data["kind"] == "figure"] == ["item-map"]

    def test_mode_b_is_told(self, tmp_path):
        """A block of mode B is named where the convention is told."""
        text = "service (B): s1 s2; satisfaction: m1 m2; service -> satisfaction"
        found = survey(tmp_path, ["s1", "s2", "m1", "m2"], paths=text)
        assert "mode B for service" in said(report.method(found))

    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("service: s1; service -> loyalty", "cannot be used"),
            ("service: s1; loyalty: m1; service -> loyalty", "no construct satisfaction"),
            ("service s1 -> ", "cannot be used"),
        ],
    )
    def test_errors(self, tmp_path, text, word):
        """An own structure that cannot be read, or lacks satisfaction, is an error that shows how to write it."""
        with pytest.raises(ParameterError, match=word):
            survey(tmp_path, ["s1", "s2", "m1"], paths=text)


class TestQualityAndGroups:
    """Q² and the comparison of two groups."""

    def test_blindfolding(self):
        """Q² stands in the section on quality as the science computes it; 1,200 respondents are no multiple of 7."""
        found = studied("retail")
        hidden = blindfold(found.model.fit, 7).table.set_index("construct")["q_squared"]
        text = said(report.quality(found))
        assert f"Satisfaction {number(0.515, 3)} {number(hidden['satisfaction'], 3)}" in text

    def test_multiple_of_seven(self, tmp_path):
        """With a multiple of seven respondents another omission distance is taken."""
        names = ["image1", "image2", "value1", "satisfaction1", "satisfaction2"]
        assert survey(tmp_path, names, n=210).model.hidden.distance == 8

    def test_two_largest_groups(self):
        """The two largest stores are compared by permutation, as the science does with the same seed."""
        found = studied("retail")
        assert found.pair.groups == ("S01 centre", "S02 centre")
        direct = compare_groups(
            found.points,
            found.model.fit.structure,
            found.groups.members,
            groups=found.pair.groups,
            permutations=1000,
            rng=np.random.default_rng([2027, 1]),
            scale=(0, 100),
            adjust="holm",
        )
        assert direct.paths["p"].tolist() == found.pair.paths["p"].tolist()
        text = said(report.pair(found))
        assert "No path of the model differs" in text
        assert "perceived quality (+13.0 points)" in text

    def test_named_pair(self):
        """A pair that is named, by its code alone too, is compared; a wrong name is an error with the nearest one."""
        assert studied("retail", pair="S03, s06 riverside").pair.groups == ("S03 campus", "S06 riverside")
        with pytest.raises(ParameterError) as caught:
            studied("retail", pair="S01 centre,S02 center")
        assert "did you mean S02 centre" in "".join(caught.value.problems)
        with pytest.raises(ParameterError):
            studied("mobi", pair="a,b")

    def test_absent_without_groups(self):
        """Without groups there is no section."""
        assert report.pair(studied("mobi")) == []

    def test_chinese(self):
        """In Chinese the section names the same groups and numbers."""
        with speaking("zh"):
            text = said(report.pair(studied("retail")))
        assert "两组（分别有 214 份和 167 份答卷）之间" in text
        assert "感知质量（+13.0 分）" in text
