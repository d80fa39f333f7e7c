"""Tables of a loyalty programme read from files: points, tiers, wallets; what is wrong with them is told with its row."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from crmlab.data import read_table
from crmlab.data.movements import parse_movements
from crmlab.errors import DataError
from crmlab.text import speaking

TODAY = dt.date(2026, 1, 31)
LEDGER = """会员号,变动日期,变动类型,变动积分,抵扣金额
A,2025-01-05,消费积分,120,
A,2025/2/9,兑换,-100,2
A,2025-03-01,中奖,5,
B,2025-01-07,获得,40,
B,2025-13-07,获得,40,
B,2026-01-07,过期清零,-40,
C,2025-01-09,获得,10,
C,2025-01-09,获得,-4,
"""


def read(tmp_path, text, as_, **options):
    """Write a file and read it."""
    path = tmp_path / "given.csv"
    path.write_text(text, encoding="utf-8")
    return read_table(path, as_=as_, **{"today": TODAY, **options})


def test_a_chinese_ledger_is_read(tmp_path):
    """Roles by name, movements in Chinese words, debits below 0 made positive, a reversal made an adjustment."""
    with speaking("zh"):
        result = read(tmp_path, LEDGER, "points")
        reasons = result.rejects.set_index("row")["reason"].to_dict()
    assert list(result.mapping) == ["customer", "date", "points", "kind", "value"]
    assert result.table["kind"].tolist() == ["earned", "burned", "earned", "expired", "earned", "adjustment"]
    assert result.table["points"].tolist() == [120, 100, 40, 40, 10, -4]
    assert result.table["row"].tolist() == [2, 3, 5, 7, 8, 9]
    assert result.table["value"].tolist()[1] == 2
    assert "积分变动类型" in reasons[4]
    assert 6 in reasons
    assert len(result.notes) == 1


def test_without_a_kind_the_sign_tells(tmp_path):
    """Points above 0 are earned, below 0 burned, and the reader is told so."""
    result = read(tmp_path, "customer,date,points\nA,2025-01-05,20\nA,2025-01-06,-5\n", "points")
    assert result.table["kind"].tolist() == ["earned", "burned"]
    assert result.table["points"].tolist() == [20, 5]
    assert "below 0 burned" in result.notes[0]


def test_more_burned_than_earned_is_an_error_with_rows(tmp_path):
    """The first rows at which an account falls below 0 are named, in both languages; the day's credits come first."""
    text = (
        "customer,date,kind,points\nA,2025-01-05,burned,20\nA,2025-01-05,earned,25\nB,2025-01-06,redeemed,9\n"
    )
    with pytest.raises(DataError, match="in 1 of 2 accounts") as caught:
        read(tmp_path, text, "points")
    assert caught.value.problems == ("row 4: 9 points leave the account of B, 9 more than were in it",)
    with speaking("zh"), pytest.raises(DataError, match="减少的积分多于获得的积分") as caught:
        read(tmp_path, text, "points")
    assert caught.value.problems[0].startswith("第 4 行")
    opened = text + "B,2025-01-05,期初,9\n"
    assert read(tmp_path, opened, "points").rows_kept == 4


def test_most_movements_unknown_is_an_error(tmp_path):
    """A column that holds no movements is not guessed at."""
    text = "customer,date,kind,points\nA,2025-01-05,web,20\nA,2025-01-06,shop,25\n"
    with pytest.raises(DataError, match="movements of points: 2 of 2 rows fail") as caught:
        read(tmp_path, text, "points")
    assert "row 2" in caught.value.problems[0]


def test_columns_that_are_missing_are_asked_for(tmp_path):
    """A ledger without points says what is needed, and how to say which column it is."""
    with pytest.raises(DataError, match="points were not recognised") as caught:
        read(tmp_path, "customer,date,thing\nA,2025-01-05,3\n", "points")
    assert "points=" in caught.value.hint


def test_tiers_have_years_in_any_form(tmp_path):
    """Years as numbers, with 年, or as days; a second row of a customer and year replaces the first."""
    text = "会员号,会员等级,年度,年消费额\nA,银卡,2025年,500\nA,金卡,2025,1500\nB,普通,2026,\n"
    result = read(tmp_path, text, "tiers")
    assert result.table[["customer", "tier"]].to_numpy().tolist() == [["A", "金卡"]]
    assert result.rows_rejected == 1
    days = read(tmp_path, "member,tier,valid_from\nA,gold,2025-01-01\nB,silver,2026-01-01\n", "tiers")
    assert days.table["year"].tolist() == [2025, 2026]
    assert days.table["qualifying_spend"].isna().all()
    bare = read(tmp_path, "member,tier\nA,gold\nB,silver\n", "tiers")
    assert bare.table["year"].isna().all()


def test_wallets_need_spending_or_ranks(tmp_path):
    """Either what is spent in all shops, or the rank and the number of shops; a rank beyond them is told."""
    spent = read(tmp_path, "客户编号,品类总花费\nA,1200\nB,-5\nA,1300\n", "wallet")
    assert spent.table.to_numpy().tolist() == [["A", 1300.0]]
    ranks = read(tmp_path, "customer,rank,shops\nA,1,3\nB,4,3\nC,2,2\n", "wallet")
    assert ranks.table["customer"].tolist() == ["A", "C"]
    assert ranks.rejected["kind"].tolist() == ["rank_beyond"]
    with pytest.raises(DataError, match="category_spend"):
        read(tmp_path, "customer,colour\nA,red\n", "wallet")


def test_words_for_movements_are_known():
    """Exports of shops in both languages use these words."""
    found = parse_movements(np.array(["Redemption", "清零", "期初余额", "签到", "x"], dtype=object))
    assert found.data.tolist() == ["burned", "expired", "adjustment", "earned", ""]
