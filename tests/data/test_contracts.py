"""Tables of contracts: recognised in English and Chinese, read, and what is wrong with them told row by row."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlab.data import read_table, tell_kind
from crmlab.data.contracts import parse_flags
from crmlab.errors import DataError
from crmlab.text import speaking

CHINESE = "客户编号,开始日期,结束日期,月费,套餐\n甲,2020年1月5日,,99元,金\n乙,2020/2/1,2021-02-01,30,银\n丙,2020-03-01,至今,,金\n"
TELCO = "customerID,gender,tenure,MonthlyCharges,TotalCharges,Churn,Contract\nA,F,1,29.85,29.85,No,Monthly\nB,M,34,56.95,1889.5,Yes,Yearly\n"


def read(tmp_path, text, name="contracts.csv", **options):
    """Read contracts from a file with this text."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_table(path, as_="contracts", **{"today": dt.date(2024, 12, 31), **options})


def test_days_are_read_in_chinese(tmp_path):
    """Start, end, fee and plan are known by Chinese names; an empty end and 至今 mean that the contract lasts."""
    result = read(tmp_path, CHINESE)
    assert list(result.table) == ["customer", "start", "end", "fee", "group"]
    assert result.table["end"].isna().tolist() == [True, False, True]
    assert result.table["fee"].tolist()[:2] == [99.0, 30.0]
    assert result.table["group"].tolist() == ["金", "银", "金"]
    assert result.rejected.empty
    with speaking("zh"):
        quality = result.quality().set_index("measure")
    assert quality.loc["ended", "label"] == "已有结束日期的合同"
    assert quality.loc["missing_fees", "value"] == 1


def test_a_telephone_company_is_read(tmp_path):
    """Tenure, churn, monthly charges and contract type play their roles; the sum of all charges does not."""
    table = read(tmp_path, TELCO).table
    assert table.to_dict("list") == {
        "customer": ["A", "B"],
        "tenure": [1, 34],
        "lost": [False, True],
        "fee": [29.85, 56.95],
        "group": ["Monthly", "Yearly"],
    }


def test_what_cannot_be_true_is_rejected_with_its_row(tmp_path):
    """An end before the start, a tenure that is negative or not whole, a loss in no time, and a word that is no answer are listed."""
    days = read(
        tmp_path, "customer,start,end\nA,2020-05-01,2020-04-01\nB,2020-05-01,\nC,,2020-01-01\nD,2020-05-01,\n"
    )
    assert days.rejects[["row", "reason"]].to_numpy().tolist() == [
        [2, "ends before it starts"],
        [4, "missing"],
    ]
    assert days.table["customer"].tolist() == ["B", "D"]
    good = "".join(f"K{n},{n},no\n" for n in range(1, 9))
    counted = read(tmp_path, "customer,tenure,lost\nA,-1,no\nB,2.5,no\nC,0,yes\nD,3,maybe\n" + good)
    assert counted.rejects["reason"].tolist()[:2] == ["negative", "not a whole number of periods"]
    assert counted.rejects["row"].tolist() == [2, 3, 4, 5]
    assert counted.rejects["reason"].iloc[3] == "neither yes nor no"
    assert (counted.rows_read, counted.rows_kept) == (12, 8)


def test_fees_that_cannot_be_read_are_not_known(tmp_path):
    """A fee that is no number or negative is listed, and the contract is kept without it."""
    result = read(tmp_path, "customer,tenure,lost,fee\nA,1,no,free\nB,2,yes,-3\nC,3,no,5\n")
    assert result.rows_kept == 3
    assert result.table["fee"].isna().tolist() == [True, True, False]
    assert result.rejects["reason"].tolist() == ["not a number", "negative"]


def test_renewals_in_rows_of_their_own_are_one_contract(tmp_path):
    """Contracts of one customer that follow each other are one; after a long pause a new one begins; an end that stands for never is none."""
    text = (
        "customer,start,end\nA,2020-01-01,2020-12-31\nA,2021-01-01,2021-12-31\nA,2023-01-01,9999-12-31\n"
        "B,2020-01-01,2030-01-01\n"
    )
    result = read(tmp_path, text)
    table = result.table.astype(str).fillna("")
    assert table.to_numpy().tolist() == [
        ["A", "2020-01-01", "2021-12-31"],
        ["A", "2023-01-01", ""],
        ["B", "2020-01-01", "2030-01-01"],
    ]
    assert "4 rows are 3 contracts" in result.notes[-1]
    assert result.rows_rejected == 0


def test_customers_need_no_names(tmp_path):
    """Without a column of customers each row is one, which is said."""
    result = read(tmp_path, "tenure,churn\n3,1\n4,0\n")
    assert result.table["customer"].tolist() == ["2", "3"]
    assert "each row is one customer" in result.notes[0]


@pytest.mark.parametrize(("lang", "said"), [("en", "tenure: how many periods"), ("zh", "已持续多少期")])
def test_missing_columns_are_asked_for(tmp_path, lang, said):
    """Of the two sets of columns the nearer one is asked for, with the line to write."""
    with speaking(lang), pytest.raises(DataError) as error:
        read(tmp_path, "customer,churn,price\nA,yes,3\n")
    assert said in str(error.value)
    assert "--map" in error.value.hint
    found = read(tmp_path, "name,since,until\nA,2020-01-01,\n", mapping="customer=name,start=since,end=until")
    assert found.table["customer"].tolist() == ["A"]


def test_a_wrong_column_is_refused(tmp_path):
    """When most rows of a column cannot be read, it is the wrong one."""
    with pytest.raises(DataError, match="cannot be read as yes or no"):
        read(tmp_path, "customer,tenure,status\nA,3,gold\nB,4,silver\nC,5,bronze\n")


def test_flags():
    """Yes and no are known in many words; what is neither is marked."""
    parsed = parse_flags(["Y", "已流失", "Attrited Customer", "0", "在网", False, "?", None])
    assert parsed.data[:6].tolist() == [1, 1, 1, 0, 0, 0]
    assert parsed.kinds[6:].tolist() == ["missing", "missing"]


def test_purchases_and_contracts_are_told_apart(tmp_path):
    """A file is contracts where tenure and loss, or start and end, stand in it and customers do not come again."""

    def kind(text, **options):
        path = tmp_path / "file.csv"
        path.write_text(text, encoding="utf-8")
        return tell_kind(path, **options)

    assert kind(CHINESE) == kind(TELCO) == "contracts"
    sales = "customer,date,amount,start,end\n" + "A,2020-01-01,3,2020-01-01,2020-02-01\n" * 3
    assert kind(sales) == "transactions"
    assert kind(sales, mapping="start=start") == "contracts"
    assert kind(CHINESE, mapping="date=开始日期") == "transactions"
    assert kind("customer,date,amount\nA,2020-01-01,3\n") == "transactions"
    assert kind("x,y\n1,2\n") == "transactions"


def test_parquet_keeps_types(tmp_path):
    """Typed columns of a Parquet file are read as they are."""
    path = tmp_path / "contracts.parquet"
    frame = pd.DataFrame({"customer": ["A", "B"], "tenure": [3, 4], "churn": [True, False]})
    import duckdb

    duckdb.from_df(frame).write_parquet(str(path))
    assert read_table(path, as_="contracts").table["lost"].tolist() == [True, False]
