"""The satisfaction report over time, and questions asked in pairs: control charts, SERVQUAL, Kano."""

from __future__ import annotations

import re

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from crmlab.data import load_case, read_table
from crmlab.errors import DataError
from crmlab.kano import kano_classes
from crmlab.plots.style import apply
from crmlab.reports.content import satisfaction as report
from crmlab.reports.content.satisfaction_asked_twice import find_pairs
from crmlab.reports.inputs import prepare_case, prepare_file
from crmlab.reports.registry import get_report
from crmlab.satisfaction import score_difference
from crmlab.satisfaction.servqual import servqual_gaps
from crmlab.satisfaction.trend import score_trend
from crmlab.text import number, percent, speaking

SPEC = get_report("satisfaction")
N = 600


@pytest.fixture(autouse=True)
def _style():
    """Draw with the fonts of the house, and leave matplotlib as it was."""
    with mpl.rc_context():
        apply()
        yield


def survey(tmp_path, frame, *, date_format=None, **parameters):
    """Return the study of a survey, written to a file and read back."""
    path = tmp_path / "survey.csv"
    frame.to_csv(path, index=False)
    checked = SPEC.parameters(**{"bootstrap": 0, **parameters})
    read = read_table(path, as_="survey", date_format=date_format)
    return report.study(prepare_file(SPEC, read, checked), checked)


def dated(bad_month=8, n=N, days=None):
    """Return answers of a year, with one month in which nobody is satisfied."""
    rng = np.random.default_rng(5)
    month = np.arange(n) % 12
    overall = np.where(month == bad_month, 2, rng.integers(2, 6, n))
    when = [f"2025-{m + 1:02d}-{d:02d}" for m, d in zip(month, rng.integers(1, 28, n), strict=True)]
    return pd.DataFrame(
        {
            "提交时间": days or when,
            "总体满意度": overall,
            "q1": rng.integers(1, 6, n),
            "q2": rng.integers(1, 6, n),
        }
    )


def said(blocks):
    """Return all that blocks say."""
    words = []
    for block in blocks:
        data = block.data
        words += [data.get("markdown", ""), data.get("caption", ""), data.get("note") or ""]
        words += [" ".join(row) for row in data.get("rows", [])]
    return re.sub(r"\\(?=\W)|\*\*", "", "\n".join(words))


class TestTrend:
    """Scores over time."""

    def test_the_bad_month_is_found(self, tmp_path):
        """The month in which nobody was satisfied lies outside the limits, in the findings and in what to do next."""
        found = survey(tmp_path, dated())
        text = said(report.trend(found))
        assert "below in 2025-09" in text
        assert "2025-09" in said([report.told(found)])
        assert "Find out what happened in 2025-09" in said([report.next_steps(found)])

    def test_same_as_the_science(self, tmp_path):
        """Centre and limits are those of the control chart of the science."""
        frame = dated()
        found = survey(tmp_path, frame).trends
        direct = score_trend(frame["总体满意度"], frame["提交时间"].str[:7], scale=(1, 5), top=2)
        assert found.unit == "month"
        assert found.trends["csat"].centre == direct.centre
        assert found.trends["csat"].table["upper"].tolist() == direct.table["upper"].tolist()

    def test_quarters_where_answers_are_few(self, tmp_path):
        """With about ten answers a month quarters are shown, in the words of the language."""
        with speaking("zh"):
            found = survey(tmp_path, dated(n=120))
            text = said(report.trend(found))
        assert found.trends.unit == "quarter"
        assert "2025 年第 3 季度" in text

    def test_small_periods_cannot_be_worked_out(self, tmp_path):
        """A month with two answers is left out together with a further one, so that nobody can subtract it."""
        frame = pd.concat([dated(), dated(n=2).assign(提交时间="2026-01-03")])
        found = survey(tmp_path, frame).trends
        assert found.n_left_out == 2
        assert len(found.periods) == 11

    def test_of_many_periods_the_last_are_listed(self, tmp_path):
        """Of twenty months the table lists the last sixteen and says so; the figure has them all."""
        days = [f"{2024 + k % 20 // 12}-{k % 20 % 12 + 1:02d}-10" for k in range(N)]
        with speaking("en"):
            found = survey(tmp_path, dated(days=days))
            shown = next(block.data for block in report.trend(found) if block.data["kind"] == "table")
        assert len(found.trends.periods) == 20
        assert len(shown["rows"]) == 16
        assert shown["rows"][-1][0] == "2025-08"
        assert shown["note"].startswith("The last 16 of 20 periods.")

    def test_retail(self):
        """The retail case, made without a trend, shows none."""
        checked = SPEC.parameters(bootstrap=0)
        found = report.study(prepare_case(SPEC, load_case("retail"), checked), checked)
        assert "there is no movement of CSAT or NPS beyond chance" in said(report.trend(found))

    def test_absent(self, tmp_path):
        """Without days there is no section."""
        found = survey(tmp_path, dated().drop(columns="提交时间"))
        assert report.trend(found) == []

    def test_doubtful_days_are_left_out_and_told(self, tmp_path):
        """Days that can be read in two ways are left out with a note; told which part is the day, they are used."""
        days = [f"{1 + k % 12:02d}/{1 + (k // 12) % 12:02d}/2025" for k in range(N)]
        path = tmp_path / "doubt.csv"
        dated(days=days).to_csv(path, index=False)
        read = read_table(path, as_="survey")
        assert "date" not in read.table
        assert any("cannot be told for sure" in note for note in read.notes)
        assert survey(tmp_path, dated(days=days), date_format="dmy").trends is not None
        with pytest.raises(DataError):
            read_table(path, as_="survey", mapping={"date": "提交时间"})


class TestTwoGroups:
    """The scores of two groups without a path model."""

    def test_difference(self, tmp_path):
        """With two groups only, the difference of their scores is that of the science, and said with its interval."""
        frame = dated().assign(门店=np.where(np.arange(N) % 2, "东店", "西店"))
        frame.loc[frame["门店"] == "西店", "总体满意度"] = 2
        found = survey(tmp_path, frame)
        east, west = (frame.loc[frame["门店"] == name, "总体满意度"] for name in ("东店", "西店"))
        direct = score_difference(west, east, scale=(1, 5), top=2)
        one = found.apart.differences["csat"]
        assert found.apart.groups == ("东店", "西店")
        assert (one.difference, one.low, one.high) == (direct.difference, direct.low, direct.high)
        text = said(report.pair(found))
        assert f"CSAT of 东店 lies {number(100 * direct.difference, 1)} points above that of 西店" in text

    def test_three_groups(self, tmp_path):
        """With three groups and no path model there is no pair to speak of."""
        frame = dated().assign(门店=np.array(["东店", "西店", "南店"])[np.arange(N) % 3])
        assert report.pair(survey(tmp_path, frame)) == []


class TestPairs:
    """Questions asked in pairs."""

    @pytest.mark.parametrize(
        ("names", "kind", "stems"),
        [
            (
                ["speed_expected", "speed_perceived", "range_expected", "range_perceived"],
                "gaps",
                ["speed", "range"],
            ),
            (["期望_服务", "感知_服务", "期望_环境", "感知_环境"], "gaps", ["服务", "环境"]),
            (["停车位（有）", "停车位（没有）", "音乐（有）", "音乐（没有）"], "kano", ["停车位", "音乐"]),
            (
                ["app functional", "app dysfunctional", "bag functional", "bag dysfunctional"],
                "kano",
                ["app", "bag"],
            ),
        ],
    )
    def test_names(self, names, kind, stems):
        """Pairs are known by the word at the end or the beginning of their names."""
        found = find_pairs(names)
        assert list(found) == [kind]
        assert list(found[kind].columns) == stems

    def test_single_names_are_no_pairs(self):
        """A model's items, or one pair alone, are not taken for pairs."""
        assert (
            find_pairs(["expectation_overall", "expectation_needs", "image_1", "a_expected", "a_perceived"])
            == {}
        )

    def test_gaps(self, tmp_path):
        """Gaps by question and by dimension are those of the science; the expected halves are no items of the rest."""
        rng = np.random.default_rng(1)
        frame = pd.DataFrame({"overall": rng.integers(1, 6, 120)})
        for name, low in (("响应性1", 1), ("响应性2", 2), ("可靠性1", 3)):
            frame[f"{name}-期望"] = rng.integers(4, 6, 120)
            frame[f"{name}-感知"] = rng.integers(low, 6, 120)
        found = survey(tmp_path, frame)
        expected = frame.filter(like="期望").rename(columns=lambda name: name[:-3])
        perceived = frame.filter(like="感知").rename(columns=lambda name: name[:-3])
        direct = servqual_gaps(
            expected,
            perceived,
            dimensions={"响应性": ["响应性1", "响应性2"], "可靠性": ["可靠性1"]},
            scale=(1, 5),
        )
        assert found.gaps.items["gap"].tolist() == direct.items["gap"].tolist()
        assert found.gaps.overall == pytest.approx(direct.overall)
        text = said(report.gaps(found))
        assert "Responsiveness" in text
        assert number(direct.overall, 2) in text
        assert not [item for item in found.points if "期望" in item]
        assert "Close the gap" in said([report.next_steps(found)])

    def test_kano_words(self, tmp_path):
        """Features answered in Kano's words are classed as the science classes their codes, and are no items."""
        rng = np.random.default_rng(2)
        words = np.array(["我很喜欢", "理应如此", "无所谓", "勉强接受", "我很不喜欢"])
        shares = {
            "准时": ([0.1, 0.7, 0.2, 0, 0], [0, 0, 0.1, 0.2, 0.7]),
            "音乐": ([0.8, 0, 0.2, 0, 0], [0, 0, 0.8, 0.2, 0]),
        }
        codes = {}
        for name, (yes, no) in shares.items():
            codes[name] = rng.choice(5, 150, p=yes), rng.choice(5, 150, p=no)
        frame = pd.DataFrame({"overall": rng.integers(1, 6, 150)})
        for name, (yes, no) in codes.items():
            frame[f"{name}（有）"], frame[f"{name}（没有）"] = words[yes], words[no]
        found = survey(tmp_path, frame)
        direct = kano_classes(
            pd.DataFrame({name: yes + 1 for name, (yes, _) in codes.items()}),
            pd.DataFrame({name: no + 1 for name, (_, no) in codes.items()}),
        )
        assert found.kano.table["category"].tolist() == direct.table["category"].tolist() == ["M", "A"]
        assert percent(float(direct.table["better"].iloc[1])) in said(report.kano(found))
        assert found.points.empty

    def test_absent(self, tmp_path):
        """Without pairs there are no sections."""
        found = survey(tmp_path, dated())
        assert report.gaps(found) == []
        assert report.kano(found) == []
