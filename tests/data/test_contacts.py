"""Contacts and complaints are read, in English and Chinese, by the names of columns and by what stands in them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from crmlab.data import read_table
from crmlab.data.contacts import is_phone, parse_phones
from crmlab.errors import DataError
from crmlab.text import speaking

TODAY = dt.date(2025, 12, 31)
LAB = Path(__file__).parents[2] / "datasets" / "lab-sources"
RETAIL = Path(__file__).parents[2] / "datasets" / "retail"


def read(path: Path, text: str | None = None, *, as_: str, encoding: str = "utf-8", **options):
    """Write a file and read it."""
    if text is not None:
        path.write_bytes(text.encode(encoding))
    return read_table(path, as_=as_, today=TODAY, **options)


def roles(result) -> dict[str, str]:
    """Return which column plays which role."""
    return {role: match.column for role, match in result.mapping.items()}


def test_the_four_sources_of_the_lab_are_read():
    """A JSON file, a GBK file, a workbook with merged names and a list with swapped cells hold the same six roles' data."""
    read_rows = {}
    for name in ("web.json", "store.csv", "expo.xlsx", "calls.csv"):
        result = read(LAB / name, as_="contacts")
        assert {"name", "phone", "email", "date"} <= roles(result).keys()
        assert result.table["date"].notna().all()
        read_rows[name] = (result.rows_read, result.rows_rejected)
    assert read_rows == {
        "web.json": (220, 0),
        "store.csv": (200, 0),
        "expo.xlsx": (160, 0),
        "calls.csv": (180, 18),
    }


def test_contacts_by_name_in_chinese(tmp_path):
    """Source and cost are read too; costs below nothing and days that are none are listed, and their rows kept."""
    text = (
        "姓名,联系电话,电子邮箱,来源渠道,获客成本,登记日期\n"
        "示例甲,000-0000-0001,a@example.com,展会,¥12.50,2025年3月5日\n"
        "示例乙,(000) 0000 0002,,网站,-3,2025/3/6\n"
        "示例丙,,c@example,网站,4,某日\n"
        "示例丁,1.38E+10,d@example.com,,5,2025-03-07\n"
        "示例丁,,,,5,2025-03-07\n"
    )
    result = read(tmp_path / "线索.csv", text, as_="contacts", encoding="gb18030")
    assert list(roles(result)) == ["phone", "name", "email", "source", "cost", "date"]
    assert result.table["phone"].fillna("-").tolist() == ["00000000001", "00000000002", "-"]
    assert result.table["cost"].fillna(-1).tolist() == [12.5, -1, 5]
    assert sorted(result.rejects["row"]) == [3, 4, 4, 5, 6]
    with speaking("zh"):
        reasons = dict(zip(result.rejects["value"], result.rejects["reason"], strict=True))
    assert reasons["c@example"] == "不是电子邮箱地址"
    assert reasons["1.38E+10"] == "数字被电子表格缩写，位数已丢失"
    assert reasons[""] == "既没有电话号码，也没有电子邮箱地址"


def test_contacts_by_content(tmp_path):
    """Where names say nothing, addresses, numbers and days tell themselves."""
    text = "a,b,c,d\n" + "".join(
        f"示例{i},2025-03-{i + 1:02d},000-0000-{i:04d},s{i}@example.com\n" for i in range(9)
    )
    result = read(tmp_path / "a.csv", text, as_="contacts")
    assert roles(result) == {"phone": "c", "email": "d", "date": "b"}
    assert {match.how for match in result.mapping.values()} == {"content"}


def test_a_name_in_the_place_of_the_number_is_told_not_mended(tmp_path):
    """Where name and number have changed places, the row is listed with that reason."""
    text = "name,phone,email\nSample A,000-0000-0001,\n000-0000-0002,Sample B,b@example.com\n000-0000-0003,Sample C,\n"
    result = read(tmp_path / "a.csv", text, as_="contacts")
    assert result.rejects["row"].tolist() == [3, 4]
    assert result.rejects["reason"].str.contains("changed places").all()
    assert result.table["name"].fillna("-").tolist() == ["Sample A", "-"]


def test_a_file_without_a_way_to_reach_anybody(tmp_path):
    """The error asks for the number, or says how many rows have none, in both languages."""
    with pytest.raises(DataError, match="phone: a telephone number"):
        read(tmp_path / "a.csv", "name,city\nA,X\nB,Y\n", as_="contacts")
    with pytest.raises(DataError, match="neither a telephone number nor an e-mail") as caught:
        read(tmp_path / "b.csv", "name,phone\nA,ask\nB,later\nC,000-0000-0001\n", as_="contacts")
    assert "row 2, column “phone”: “ask”" in str(caught.value)
    with (
        speaking("zh"),
        pytest.raises(DataError, match="多数行既没有电话号码，也没有电子邮箱地址：3 行中有 2 行"),
    ):
        read(tmp_path / "b.csv", as_="contacts")


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("+86 138-0000-0000", "+8613800000000"),
        ("（021）5555 0000 转 12", "02155550000"),
        (13800000000.0, "13800000000"),
        ("13800000000.0", "13800000000"),
        ("tel:0000000", "0000000"),
    ],
)
def test_numbers_as_people_write_them(written, digits):
    """Signs between digits, an extension and a spreadsheet's point and zero do not matter."""
    assert parse_phones([written]).data.tolist() == [digits]


def test_a_day_and_a_price_are_no_telephone_numbers():
    """What only looks like digits is not taken for a number to call."""
    assert not any(map(is_phone, ["20250305", "2025-03-05", "12.50", "1001", True, None]))


@pytest.mark.checks("data.read_table", kind="second", against="pandas")
def test_complaints_of_the_retail_case_are_read_back():
    """The 508 complaints of the retail case come back cell by cell as pandas reads them."""
    given = pd.read_csv(RETAIL / "complaints.csv")
    result = read(RETAIL / "complaints.csv", as_="complaints")
    assert result.rows_rejected == 0
    for name in ("customer", "topic", "channel", "recovered"):
        assert result.table[name].tolist() == given[name].tolist()
    assert result.table["days_to_resolve"].tolist() == given["days_to_resolve"].tolist()
    assert (result.table["date"] == pd.to_datetime(given["date"])).all()


def test_complaints_in_chinese_with_a_day_of_their_end(tmp_path):
    """Days are counted from complaint to end; an open one has none, and an end before the beginning is listed."""
    text = (
        "会员号,投诉日期,问题类型,受理渠道,办结日期,是否满意\n"
        "甲,2025-03-05,送货,电话,2025-03-08,满意\n"
        ",2025-03-06,质量,门店,,不满意\n"
        "乙,2025-03-07,价格,电话,2025-03-01,也许\n"
        "乙,哪天,价格,电话,2025-03-10,是\n"
    )
    result = read(tmp_path / "a.csv", text, as_="complaints")
    assert list(result.table) == ["customer", "date", "topic", "channel", "days_to_resolve", "recovered"]
    assert result.table["days_to_resolve"].fillna(-1).tolist() == [3, -1, -1]
    assert result.table["recovered"].fillna("-").tolist() == ["yes", "no", "-"]
    assert result.rejects["row"].tolist() == [4, 4, 5]
    assert any("counted from “投诉日期” to “办结日期”" in note for note in result.notes)
    quality = result.quality().set_index("measure")["value"]
    assert (quality["topics"], quality["recovered"], quality["still_open"]) == (3, 1, 2)


def test_resolved_as_yes_and_no(tmp_path):
    """A column “resolved” that holds no days but yes and no says how complaints ended."""
    text = "date,subject,resolved,days\n2025-03-05,late,yes,3 days\n2025-03-06,late,no,\n2025-03-07,rude,yes,-1\n"
    result = read(tmp_path / "a.csv", text, as_="complaints")
    assert result.table["recovered"].tolist() == ["yes", "no", "yes"]
    assert result.table["days_to_resolve"].fillna(-9).tolist() == [3, -9, -9]
    assert "customer" not in result.table
