"""Missing answers: patterns are counted, and Little's test equals R naniar's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlab.errors import DataError
from crmlab.questionnaire import missing_answers

#: R's `airquality` (Chambers et al. 1983): Ozone/Solar.R/Wind × 10/Temp by day, May to September 1973; - is missing
AIRQUALITY = """
41/190/74/67 36/118/80/72 12/149/126/74 18/313/115/62 -/-/143/56 28/-/149/66 23/299/86/65 19/99/138/59 8/19/201/61
-/194/86/69 7/-/69/74 16/256/97/69 11/290/92/66 14/274/109/68 18/65/132/58 14/334/115/64 34/307/120/66 6/78/184/57
30/322/115/68 11/44/97/62 1/8/97/59 11/320/166/73 4/25/97/61 32/92/120/61 -/66/166/57 -/266/149/58 -/-/80/57
23/13/120/67 45/252/149/81 115/223/57/79 37/279/74/76 -/286/86/78 -/287/97/74 -/242/161/67 -/186/92/84 -/220/86/85
-/264/143/79 29/127/97/82 -/273/69/87 71/291/138/90 39/323/115/87 -/259/109/93 -/250/92/92 23/148/80/82 -/332/138/80
-/322/115/79 21/191/149/77 37/284/207/72 20/37/92/65 12/120/115/73 13/137/103/76 -/150/63/77 -/59/17/76 -/91/46/76
-/250/63/76 -/135/80/75 -/127/80/78 -/47/103/73 -/98/115/80 -/31/149/77 -/138/80/83 135/269/41/84 49/248/92/85
32/236/92/81 -/101/109/84 64/175/46/83 40/314/109/83 77/276/51/88 97/267/63/92 97/272/57/92 85/175/74/89 -/139/86/82
10/264/143/73 27/175/149/81 -/291/149/91 7/48/143/80 48/260/69/81 35/274/103/82 61/285/63/84 79/187/51/87 63/220/115/85
16/7/69/74 -/258/97/81 -/295/115/82 80/294/86/86 108/223/80/85 20/81/86/82 52/82/120/86 82/213/74/88 50/275/74/86
64/253/74/83 59/254/92/81 39/83/69/81 9/24/138/81 16/77/74/82 78/-/69/86 35/-/74/85 66/-/46/87 122/255/40/89 89/229/103/90
110/207/80/90 -/222/86/92 -/137/115/86 44/192/115/86 28/273/115/82 65/157/97/80 -/64/115/79 22/71/103/77 59/51/63/79
23/115/74/76 31/244/109/78 44/190/103/78 21/259/155/77 9/36/143/72 -/255/126/75 45/212/97/79 168/238/34/81 73/215/80/86
-/153/57/88 76/203/97/97 118/225/23/94 84/237/63/96 85/188/63/94 96/167/69/91 78/197/51/92 73/183/28/93 91/189/46/93
47/95/74/87 32/92/155/84 20/252/109/80 23/220/103/78 21/230/109/75 24/259/97/73 44/236/149/81 21/259/155/76 28/238/63/77
9/24/109/71 13/112/115/71 46/237/69/78 18/224/138/67 13/27/103/76 24/238/103/68 16/201/80/82 13/238/126/64 23/14/92/71
36/139/103/81 7/49/103/69 14/20/166/63 30/193/69/70 -/145/132/77 14/191/143/75 18/131/80/76 20/223/115/68
"""


@pytest.fixture(scope="module")
def airquality():
    """Return R's airquality, 153 × 6."""
    rows = [[np.nan if x == "-" else float(x) for x in row.split("/")] for row in AIRQUALITY.split()]
    data = pd.DataFrame(rows, columns=["ozone", "solar", "wind", "temp"])
    dates = pd.date_range("1973-05-01", "1973-09-30")
    return data.assign(wind=data["wind"] / 10, month=dates.month, day=dates.day)


@pytest.mark.checks("questionnaire.missing_answers", kind="second", against="R naniar")
def test_airquality_hits_naniar(airquality):
    """Little's test on R's airquality data gives 35.1 on 14 degrees of freedom, p .00142, four patterns, as R naniar's mcar_test prints."""
    result = missing_answers(airquality)
    assert (result.little_df, len(result.patterns)) == (14, 4)
    assert result.little_statistic == pytest.approx(35.1, abs=0.05)
    assert result.little_p == pytest.approx(0.00142, abs=5e-6)


def test_patterns_and_items_are_counted(airquality):
    """42 days have a gap: 35 lack ozone only, 5 solar radiation only, 2 both."""
    result = missing_answers(airquality)
    assert result.patterns["n"].tolist() == [111, 35, 5, 2]
    assert result.patterns["missing"].tolist() == ["", "ozone", "solar", "ozone, solar"]
    assert result.items["n_missing"].tolist() == [37, 7, 0, 0, 0, 0]
    assert (result.n, result.n_complete, result.n_empty) == (153, 111, 0)
    assert result.share_missing == pytest.approx(44 / 918)


@pytest.mark.checks("questionnaire.missing_answers", kind="invariant")
def test_units_and_order_change_nothing(airquality):
    """Units and the order of rows and items leave Little's test as it is."""
    changed = (airquality * [1, 0.001, 40, 2, 1, 1] + 7).sample(frac=1, random_state=3)[
        airquality.columns[::-1]
    ]
    one, two = missing_answers(airquality), missing_answers(changed)
    assert two.little_statistic == pytest.approx(one.little_statistic, rel=1e-6)


@pytest.mark.checks("questionnaire.missing_answers", kind="recovery")
def test_the_level_is_kept():
    """Gaps made by chance are rarely called systematic: p lies below .1 in 4 to 17 % of 200 samples."""
    rng = np.random.default_rng(5)
    small = 0
    for _ in range(200):
        x = rng.normal(size=(120, 1)) + rng.normal(size=(120, 3))
        x[rng.random(120) < 0.3, 0] = np.nan
        x[rng.random(120) < 0.2, 1] = np.nan
        small += missing_answers(pd.DataFrame(x)).little_p < 0.1
    assert 0.04 <= small / 200 <= 0.17


def test_gaps_that_go_with_answers_are_found():
    """When the dissatisfied skip a question, the test says that the gaps are not by chance."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(300, 1)) + rng.normal(size=(300, 3))
    x[x[:, 1] < -0.5, 0] = np.nan
    assert missing_answers(pd.DataFrame(x)).little_p < 1e-6


@pytest.mark.parametrize(
    ("data", "note"),
    [
        ({"a": [1, 2, 3], "b": [2, 2, 1]}, "nothing_missing"),
        ({"a": [1, 2, 3], "b": [None, None, None]}, "one_pattern"),
        ({"a": [1, None], "b": [None, 2]}, "too_few"),
        ({"a": [1, 2, 3, None, 4], "b": [1, 2, 3, 4, None]}, "singular"),
        ({"a": [1, 1, 1, None, 1], "b": [1, 2, 3, 4, None]}, "singular"),
    ],
)
def test_where_there_is_no_test_the_reason_is_told(data, note):
    """Nothing missing, a single pattern, too few rows, items that determine each other: no test, and why."""
    result = missing_answers(pd.DataFrame(data, dtype=float))
    assert result.little_note == note
    assert np.isnan(result.little_p)
    assert len(result.summary()) == 1


def test_empty_respondents_are_counted_and_left_out_of_the_test(airquality):
    """Respondents without any answer are a pattern of their own, and carry nothing to the test."""
    more = pd.concat([airquality, pd.DataFrame(np.nan, index=[0, 1], columns=airquality.columns)])
    result = missing_answers(more)
    assert result.n_empty == 2
    assert result.little_statistic == pytest.approx(missing_answers(airquality).little_statistic)


def test_words_and_empty_sheets_are_refused():
    """Words get an error with their cells; so does a sheet without any answer."""
    with pytest.raises(DataError, match="not finite numbers") as caught:
        missing_answers(pd.DataFrame({"a": ["good", "2"]}))
    assert caught.value.problems == ("row 0, item a: 'good'",)
    with pytest.raises(DataError, match="no answer"):
        missing_answers(pd.DataFrame({"a": [None, None]}))
