"""What every table must hold, whether it was read from a file or made in Python."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from crmlab.data import check_table, load_case
from crmlab.data.guarantees import _COLUMNS, schema_of
from crmlab.data.roles import NEEDED
from crmlab.errors import DataError, ParameterError
from crmlab.text import speaking

DAYS = pd.to_datetime(["2024-03-05", "2024-03-06", "2024-03-07"])
GOOD = {
    "transactions": {"customer": ["A", "B", "A"], "date": DAYS, "amount": [1.0, -2.0, 0.0]},
    "survey": {"respondent": ["1", "2", "3"], "recommend": [0, 10, None], "q1": [1, 2, 3]},
    "contracts": {"customer": ["A", "B", "C"], "start": DAYS, "end": [DAYS[0], None, None]},
    "contacts": {"name": ["a", None, "c"], "phone": ["0000001", None, None]},
    "complaints": {"date": DAYS, "recovered": ["yes", "no", None], "days_to_resolve": [0, 1, None]},
    "points": {
        "customer": ["A"] * 3,
        "date": DAYS,
        "kind": ["earned", "burned", "expired"],
        "points": [3, 1, 1],
    },
    "tiers": {"customer": ["A", "A", "B"], "tier": ["gold"] * 3, "year": [2024, 2025, 2024]},
    "wallet": {"customer": ["A", "B", "C"], "rank": [1, 2, None], "shops": [1, 3, None]},
}


def failure(table: pd.DataFrame, kind: str, lang: str = "en", **options: object) -> str:
    """Return the message that a check ends with."""
    with speaking(lang), pytest.raises(DataError) as caught:
        check_table(table, kind, **options)
    return str(caught.value)


def test_every_kind_has_a_schema():
    """What can be read can be checked."""
    assert set(_COLUMNS) == set(NEEDED) == set(GOOD)


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_table_passes_unchanged(kind):
    """Texts as str or object, whole numbers and floats, and further columns pass; the table is handed back itself."""
    table = pd.DataFrame(GOOD[kind]).assign(more=1)
    before = table.copy()
    assert check_table(table, kind) is table
    check_table(table.astype({name: object for name in table.columns if name in {"customer", "name"}}), kind)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.checks("data.check_table", kind="recovery")
@pytest.mark.parametrize("case", ["retail", "hotel", "cdnow-sample"])
def test_the_tables_of_the_cases_pass(case):
    """Purchases, surveys, complaints, points and tiers of the course's cases are what their kinds ask for."""
    found = load_case(case)
    checked = [kind for kind in GOOD if kind in found.tables and kind != "survey"]
    assert checked
    for kind in checked:
        check_table(found.table(kind), kind)


@pytest.mark.checks("data.check_table", kind="invariant")
@pytest.mark.parametrize(
    ("kind", "changed", "english", "chinese"),
    [
        (
            "transactions",
            {"amount": [1, np.inf, 2]},
            "row 2, column “amount”: must be a finite",
            "必须是有限的数",
        ),
        (
            "transactions",
            {"amount": [1, np.nan, 2]},
            "row 2, column “amount”: must not be missing",
            "不能缺失",
        ),
        (
            "transactions",
            {"amount": ["1", "2", "3"]},
            "column “amount”: the column must hold numbers",
            "应为数值",
        ),
        ("transactions", {"date": ["1", "2", "3"]}, "column “date”: the column must hold dates", "应为日期"),
        ("transactions", {"customer": [1, 2, 3]}, "column “customer”: the column must hold text", "应为文本"),
        (
            "transactions",
            {"customer": ["A", " ", "B"]},
            "row 2, column “customer”: must not be blank",
            "不能为空白",
        ),
        (
            "survey",
            {"recommend": [0, 11, 5]},
            "row 2, column “recommend”: must lie between 0 and 10 (found: 11",
            "之间",
        ),
        (
            "contracts",
            {"end": [None, DAYS[0], None]},
            "row 2, column “end”: must not lie before",
            "不能早于开始日期",
        ),
        (
            "complaints",
            {"recovered": ["yes", "ja", None]},
            "row 2, column “recovered”: must be yes or no",
            "只能是 yes",
        ),
        ("complaints", {"days_to_resolve": [0, -1, 2]}, "must be 0 or more (found: -1", "不能小于 0"),
        ("points", {"kind": ["earned", "won", "burned"]}, "must be earned, burned", "只能是 earned"),
        (
            "tiers",
            {"year": [2024, 2024, 2024]},
            "row 2, column “customer”: stands in an earlier row",
            "与前面某行重复",
        ),
        (
            "wallet",
            {"customer": ["A", "B", "A"]},
            "row 3, column “customer”: stands in an earlier row",
            "重复",
        ),
        ("wallet", {"rank": [2, 1, None]}, "row 1, column “rank”: must not be beyond", "不能大于商店数"),
    ],
)
def test_what_cannot_be_is_told_with_its_row(kind, changed, english, chinese):
    """Types, ranges, missing cells, repeated customers and contradictions are told in both languages."""
    table = pd.DataFrame(GOOD[kind] | changed)
    assert english in failure(table, kind)
    assert chinese in failure(table, kind, "zh")


def test_all_problems_come_at_once_and_five_rows_of_each():
    """A missing column, a bad amount in nine rows and a blank name are one error; rows are called as the file calls them."""
    table = pd.DataFrame({"customer": ["A", ""] + ["B"] * 7, "amount": [np.nan] * 9})
    message = failure(table, "transactions", rows=[f"may.csv:{row}" for row in range(2, 11)])
    assert "lacks the columns date" in message
    assert "row may.csv:3, column “customer”: must not be blank" in message
    assert message.count("must not be missing") == 5
    assert "and 4 further rows" in message


def test_contracts_are_known_by_tenure_too():
    """Tenure and lost take the place of start and end."""
    table = pd.DataFrame({"customer": ["A", "B"], "tenure": [1, 0], "lost": [True, False]})
    check_table(table, "contracts")
    assert "whole number" in failure(table.assign(tenure=[1.5, 2]), "contracts")
    assert "true and false" in failure(table.assign(lost=["yes", "no"]), "contracts")
    assert set(schema_of("contracts", table).columns) >= {"tenure", "lost"}


def test_a_kind_that_is_none():
    """A mistyped kind gets the right one."""
    with pytest.raises(ParameterError, match="Did you mean survey"):
        check_table(pd.DataFrame(), "surveys")  # type: ignore[arg-type]


def test_pandera_is_imported_only_for_reading():
    """Neither the package nor its data module imports pandera."""
    program = "import sys, crmlab, crmlab.data, crmlab.data.guarantees; print('pandera' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
