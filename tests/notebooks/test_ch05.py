"""Chapter 5: the numbers its argument rests on, computed anew; its placeholders; its exercises."""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from crmlab.course.bank import exercises, get, questions
from crmlab.course.editions import edition
from crmlab.course.facts import PLACEHOLDER, collect
from crmlab.course.glossary import terms
from crmlab.csi import fit_ecsi, importance_performance_map, index_scores
from crmlab.data import load_case
from crmlab.execution import execute
from crmlab.execution.notebooks import read, tags
from crmlab.satisfaction import (
    cronbach_alpha,
    csat,
    group_scores,
    importance_performance,
    nps,
    satisfaction_ratio,
    score_difference,
)
from crmlab.text import LANGUAGES

ROOT = Path(__file__).parents[2]
CHAPTER = ROOT / "notebooks" / "ch05_satisfaction.ipynb"


@pytest.fixture(scope="module")
def survey():
    """Give the members' answers with their quarter."""
    table = load_case("retail").table("survey")
    return table.assign(quarter=table["date"].dt.to_period("Q").astype(str))


@pytest.fixture(scope="module")
def mobi():
    """Give the mobile-phone survey."""
    return load_case("mobi")


@cache
def executed(lang):
    """Run the chapter once, through the cache of the site."""
    return execute(CHAPTER, lang=lang, cache=ROOT / "_build" / "cache").nb


def test_the_rise_of_the_opening_case_cannot_be_told_from_zero(survey):
    """S06 rose by 26 points from 35 to 20 answers, and the interval of the rise holds zero."""
    s06 = survey[survey["store"] == "S06"].set_index("quarter")["recommend"]
    before, after, last = (nps(s06[quarter]) for quarter in ("2024Q2", "2024Q4", "2025Q2"))
    assert (before.n, after.n) == (35, 20)
    rise = after.nps - before.nps
    assert rise == pytest.approx(180 / 7)
    down = math.hypot(after.nps - after.low, before.high - before.nps)
    up = math.hypot(after.high - after.nps, before.nps - before.low)
    assert rise - down == pytest.approx(-12.7, abs=0.05)
    assert rise + up == pytest.approx(61.6, abs=0.05)
    change = score_difference(s06["2024Q2"], s06["2024Q4"], measure="nps")
    assert [change.difference, change.low, change.high] == pytest.approx([rise, rise - down, rise + up])
    assert last.nps < before.nps


def test_chance_alone_often_pays_the_bonus(survey):
    """With 35 and 20 answers of the same customers, ten points more come about in three cases of ten; exact."""
    shares = nps(survey.loc[survey["store"] == "S06", "recommend"]).groups["share"].to_numpy()

    def distribution(n):
        step, total = np.array([shares[2], shares[1], shares[0]]), np.array([1.0])
        for _ in range(n):
            total = np.convolve(total, step)
        return 100 * np.arange(-n, n + 1) / n, total

    (x, p), (y, q) = distribution(35), distribution(20)
    exact = float((np.outer(p, q) * (y[None, :] - x[:, None] >= 10 - 1e-9)).sum())
    assert exact == pytest.approx(0.32, abs=0.01)
    assert collect(executed("en"))["by_chance"] == pytest.approx(exact, abs=0.01)


def test_only_the_two_weak_stores_lie_below_the_chain(survey):
    """S02 and S06 are the only stores whose interval ends below the NPS of all."""
    groups = group_scores(survey, "store", "recommend", measure="nps")
    whole = groups.overall["value"].iloc[0]
    assert list(groups.table.loc[groups.table["high"] < whole, "group"]) == ["S02", "S06"]


def test_staff_service_is_to_be_mended_first_and_weak_in_two_stores_only(survey):
    """Staff service alone is important and below the mean; every other store's staff passes every score of the two."""
    items = survey.filter(like="quality_")
    found = importance_performance(items, survey["satisfaction_overall"]).table
    assert list(found.loc[found["quadrant"] == "concentrate_here", "item"]) == ["quality_staff"]
    assert found.loc[found["importance"].idxmax(), "item"] == "quality_staff"
    staff = survey.groupby("store")["quality_staff"].mean()
    assert staff[["S02", "S06"]].max() < 5
    assert staff.drop(["S02", "S06"]).min() > 7


def test_perception_falls_short_of_expectation(survey):
    """C = b/a lies below 1 with its whole interval, as the text says."""
    ratio = satisfaction_ratio(survey["perceived"], survey["expected"])
    assert ratio.high < 1
    assert csat(survey["overall"]).share == pytest.approx(0.56)


def test_price_tolerance_is_the_bad_item(mobi):
    """Without it the alpha of loyalty rises from .44 to .70; its loading is .20; seven quality items are one thing."""
    answers = mobi.table("survey")
    loyal = cronbach_alpha(answers[mobi.blocks["loyalty"]])
    assert loyal.raw == pytest.approx(0.4417, abs=5e-5)
    assert loyal.items.set_index("item").loc["CUSL2", "alpha_if_dropped"] == pytest.approx(0.695, abs=5e-4)
    assert fit_ecsi(answers).loadings.set_index("item").loc["CUSL2", "loading"] == pytest.approx(
        0.202, abs=5e-4
    )
    spectrum = np.linalg.eigvalsh(answers[mobi.blocks["quality"]].corr())[::-1]
    assert spectrum[0] > 4
    assert spectrum[1] < 1


def test_value_is_lowest_and_quality_moves_satisfaction_most(mobi):
    """Five points of quality bring over four times as much as five of value, though value stands lowest."""
    model = fit_ecsi(mobi.table("survey"))
    index = index_scores(model).table.set_index("construct")["index"]
    assert index.idxmin() == "value"
    importance = importance_performance_map(model).constructs.set_index("construct")["importance"]
    assert importance.idxmax() == "quality"
    assert importance["quality"] > 4 * importance["value"]


def test_the_quiz_quotes_the_numbers_of_the_chapter(mobi):
    """Questions 1 and 3 name scores and paths; they are those that the chapter computes."""
    model = fit_ecsi(mobi.table("survey"))
    direct = model.paths.set_index(["from", "to"])["coefficient"]["expectation", "satisfaction"]
    total = model.total_effects.set_index(["from", "to"])["total"]["expectation", "satisfaction"]
    stem = get("ch05-q3").stem["en"]
    assert f"{direct:.2f}"[1:] in stem
    assert f"{total:.2f}"[1:] in stem
    assert re.findall(r"−?\d+", get("ch05-q1").stem["en"]) == ["−26", "35", "0", "20"]


def test_each_objective_has_its_exercise_and_difficulty_rises():
    """Five objectives, each met by an exercise; the chapter asks them from easy to hard; four questions."""
    assert {item.objective for item in exercises(5)} == {1, 2, 3, 4, 5}
    shown = [
        match
        for cell in read(CHAPTER).cells
        for match in re.findall(r'exercise\("(ch05-[a-z-]+)"', cell.source)
    ]
    assert sorted(shown) == sorted(item.id for item in exercises(5))
    difficulty = [get(name).difficulty for name in shown]
    assert difficulty == sorted(difficulty)
    assert len(questions(5)) == 4
    assert all(len(item.mistakes) >= 3 for item in exercises(5))


def test_everybody_gets_a_story_of_loyalty_and_all_kinds_occur():
    """Over a hundred students each kind of loyalty is asked for, and every lure is another kind."""
    task = get("ch05-loyalty")
    drawn = [task.draw(student) for student in range(100)]
    assert {p["kind"] for p in drawn} == set(task.choices)
    assert all(len({p["kind"], p["lure1"], p["lure2"], p["lure3"]}) == 4 for p in drawn)


def test_the_index_exercise_multiplies_along_the_way():
    """The solution is the index of today plus the total effect times the rise, by hand."""
    task = get("ch05-index")
    p = {
        "weights": [0.5, 0.5, 0.5],
        "means": [5.5, 5.5, 5.5],
        "direct": 0.5,
        "to_value": 0.8,
        "from_value": 0.25,
    }
    assert task.solution(p | {"rise": 10}) == pytest.approx(50 + (0.5 + 0.2) * 10)


def test_the_chapter_has_terms_in_both_languages():
    """The glossary holds at least a dozen terms of this chapter."""
    own = [term for term in terms() if term.chapter == "ch05"]
    assert len(own) >= 12
    assert all(re.search("[一-鿿]", term.zh + term.define_zh) for term in own)


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_placeholder_is_filled(lang):
    """No placeholder is left in any edition, and the numbers of the opening case stand in the text."""
    for audience in ("site", "student", "instructor"):
        page = edition(executed(lang), lang, audience)
        prose = [cell.source for cell in page.cells if cell.cell_type == "markdown"]
        assert not any(PLACEHOLDER.search(text) for text in prose)
        case = next(text for text in prose if "S06" in text)
        assert {"−26", "35", "20"} <= set(re.findall(r"−?\d+", case))


@pytest.mark.slow
def test_facts_do_not_depend_on_the_language():
    """Both languages give the same numbers."""
    assert collect(executed("en")) == collect(executed("zh"))


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_figure_has_words_for_those_who_cannot_see_it(lang):
    """Each figure and table has a caption, each figure alternative text, in the language of the page."""
    blocks = [
        output["data"]["application/vnd.crmlab+json"]
        for cell in executed(lang).cells
        if cell.cell_type == "code" and "parameters" not in tags(cell)
        for output in cell.outputs
        if "application/vnd.crmlab+json" in output.get("data", {})
    ]
    figures = [block for block in blocks if block["kind"] == "figure"]
    assert len(figures) >= 15
    for block in figures:
        chinese = re.search("[一-鿿]", block["caption"]) and re.search("[一-鿿]", block["alt"])
        assert bool(chinese) == (lang == "zh"), block["name"]
