"""Credit grades on both sides of each limit of the source's table, and against a loop over invoices."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.grading import CREDIT_RULES, CreditRule, credit_grades

AS_OF = pd.Timestamp("2025-12-31")


def one(share, days, n=1000):
    """Return invoices of one customer: `share` of the money paid, the slowest after so many days."""
    start = AS_OF - pd.Timedelta(days=days)
    rows = [("x", start, float(share), start + pd.Timedelta(days=days))]
    if share < 1:
        rows.append(("x", AS_OF - pd.Timedelta(days=days), 1 - float(share), None))
    frame = pd.DataFrame(rows, columns=["customer", "invoice_date", "amount", "paid_date"])
    return frame.assign(amount=frame["amount"] * n)


@pytest.mark.checks("grading.credit_grades", kind="published", against="kejian")
@pytest.mark.parametrize(
    ("share", "grade"),
    [
        (1.0, "A"), (0.90, "A"), (0.899, "B"), (0.75, "B"), (0.749, "C"), (0.60, "C"), (0.599, "D"), (0.30, "D"),
        (0.299, "ungraded"), (0.01, "ungraded"),
    ],
)  # fmt: skip
def test_limits_of_the_share_paid(share, grade):
    """Credit grades by the share paid on both sides of 90, 75, 60 and 30 %: the lower limit of each range belongs to its grade."""
    found = credit_grades(one(share, 40), as_of=AS_OF, grace_days=30).table.iloc[0]
    assert found["grade"] == found["grade_by_share"] == grade
    assert found["grade_by_days"] == "A"


@pytest.mark.checks("grading.credit_grades", kind="published", against="kejian")
@pytest.mark.parametrize(
    ("days", "grade"),
    [
        (0, "A"), (45, "A"), (46, "B"), (75, "B"), (76, "C"), (105, "C"), (106, "D"), (255, "D"), (256, "ungraded"),
    ],
)  # fmt: skip
def test_limits_of_the_longest_time(days, grade):
    """Credit grades by the longest time to pay, 45, 75, 105 and 255 days: the longest time allowed still belongs to its grade."""
    found = credit_grades(one(1.0, days), as_of=AS_OF).table.iloc[0]
    assert found["grade"] == found["grade_by_days"] == grade
    assert found["longest_days"] == days
    assert found["bound_by"] == ("both" if grade == "A" else "days")


def test_ratings_are_those_of_the_source():
    """优秀、良好、一般、较差, and 无信誉 below."""
    ratings = [
        credit_grades(one(s, 40), as_of=AS_OF, grace_days=9).table["rating"].iloc[0]
        for s in (1, 0.8, 0.7, 0.5, 0.1)
    ]
    assert ratings == ["excellent", "good", "fair", "poor", "no_credit"]


def frame(*rows):
    """Return a table of invoices."""
    return pd.DataFrame(rows, columns=["customer", "invoice_date", "amount", "paid_date", "paid_amount"])


def test_the_window_is_24_months():
    """An invoice of the day 24 months ago is out, of the day after in; one in the future is out too."""
    found = credit_grades(
        frame(
            ("old", "2023-12-31", 100, None, 0),
            ("edge", "2024-01-01", 100, None, 0),
            ("late", "2026-01-01", 100, "2026-01-02", 100),
        ),
        as_of=AS_OF,
    )
    assert found.table["grade"].astype(str).to_dict() == {
        "old": "no_history",
        "edge": "ungraded",
        "late": "no_history",
    }
    assert found.n_outside == 2
    assert found.window_start == pd.Timestamp("2023-12-31")
    assert found.table["longest_days"].isna().tolist() == [False, True, True]
    assert found.summary()["n"].to_dict() == {"A": 0, "B": 0, "C": 0, "D": 0, "ungraded": 1, "no_history": 2}


def test_open_invoices_run_until_the_last_day_and_young_ones_are_left_out():
    """46 days open make a B by days; 45 days open are not late by any rule."""
    young = frame(("x", "2025-01-01", 900, "2025-01-31", 900), ("x", "2025-11-16", 100, None, 0))
    found = credit_grades(young, as_of=AS_OF)
    assert found.table["grade"].tolist() == ["A"]
    assert (found.n_running, found.table["invoices"].iloc[0]) == (1, 1)
    older = credit_grades(young.assign(invoice_date=["2025-01-01", "2025-11-15"]), as_of=AS_OF).table.iloc[0]
    assert older["grade"] == "B"
    assert older["bound_by"] == "days"
    assert older["open_invoices"] == 1
    assert older["recovered_share"] == 0.9


def test_payments_after_the_last_day_have_not_happened():
    """What was paid in January is open at the end of December."""
    rows = frame(("x", "2025-10-01", 100, "2026-01-10", 100))
    assert credit_grades(rows, as_of=AS_OF).table["grade"].tolist() == ["ungraded"]
    assert credit_grades(rows).as_of == pd.Timestamp("2026-01-10")
    assert credit_grades(rows).table["grade"].tolist() == ["C"]


def test_part_payments_count_by_what_was_paid():
    """80 of 100 paid: 80 %, and the invoice still runs. Prepaid ones took no time."""
    rows = frame(("x", "2025-11-01", 100, "2025-11-10", 80), ("y", "2025-05-10", 100, "2025-05-01", 100))
    found = credit_grades(rows, as_of=AS_OF, paid_amount="paid_amount")
    assert found.table["recovered_share"].tolist() == [0.8, 1]
    assert found.table["longest_days"].tolist() == [60, 0]
    assert found.table["grade"].tolist() == ["B", "A"]
    assert found.n_prepaid == 1


invoice = st.tuples(
    st.sampled_from("abc"), st.integers(0, 800), st.integers(1, 99), st.one_of(st.none(), st.integers(0, 300))
)


def by_loop(rows):
    """Grade by walking over the invoices, in whole numbers."""
    found = {}
    for who in sorted({row[0] for row in rows}):
        invoiced = paid = longest = 0
        for _, ago, amount, took in (row for row in rows if row[0] == who):
            settled = took is not None and took <= ago
            if ago >= 731 or (not settled and ago <= 45):  # 2024 and 2025 have 731 days
                continue
            invoiced += amount
            paid += amount if settled else 0
            longest = max(longest, took if settled else ago)
        grade = "no_history"
        if invoiced:
            grade = "ungraded"
            for name, least, most in (("D", 30, 255), ("C", 60, 105), ("B", 75, 75), ("A", 90, 45)):
                if paid * 100 >= least * invoiced and longest <= most:
                    grade = name
        found[who] = grade
    return found


@pytest.mark.checks("grading.credit_grades", kind="second", against="single loops")
@pytest.mark.checks("grading.credit_grades", kind="invariant")
@settings(max_examples=80, deadline=None)
@given(
    st.lists(invoice, min_size=1, max_size=25),
    st.randoms(use_true_random=False),
    st.sampled_from([0.01, 1, 1e6]),
)
def test_grades_are_those_of_the_loop(rows, random, unit):
    """A loop over invoices in whole numbers gives the same credit grades, in any order of rows and any unit of money."""

    def grades(given):
        on = [AS_OF - pd.Timedelta(days=row[1]) for row in given]
        paid = [
            pd.NaT if row[3] is None else day + pd.Timedelta(days=row[3])
            for day, row in zip(on, given, strict=True)
        ]
        table = pd.DataFrame({"customer": [row[0] for row in given], "invoice_date": on})
        table["amount"] = [row[2] * unit for row in given]
        table["paid_date"] = pd.to_datetime(pd.Series(paid))
        return credit_grades(table, as_of=AS_OF).table["grade"].astype(str).to_dict()

    assert grades(rows) == by_loop(rows)
    random.shuffle(rows)
    assert grades(rows) == by_loop(rows)


def test_own_rules():
    """A user's rules replace the source's, with names of their own."""
    rules = [CreditRule("gold", "fine", 0.99, 30), CreditRule("rest", "so_so", 0.0, 10_000)]
    assert credit_grades(one(1.0, 31), as_of=AS_OF, rules=rules).table["grade"].tolist() == ["rest"]
    assert [rule.grade for rule in CREDIT_RULES] == ["A", "B", "C", "D"]


def test_all_problems_are_told_at_once():
    """Bad dates, amounts and part payments are named together."""
    rows = frame(
        ("x", "yesterday", 100, "2025-11-10", 80),
        ("y", "2025-05-10", -5, "soon", 0),
        ("z", "2025-05-10", 50, None, 60),
        (None, "2025-05-10", "much", None, 0),
    )
    with pytest.raises(DataError) as caught:
        credit_grades(rows, paid_amount="paid_amount")
    for word in (
        "'yesterday'",
        "not above 0",
        "'soon'",
        "more than was invoiced",
        "though something",
        "no customer",
        "'much'",
    ):
        assert word in str(caught.value)
    with pytest.raises(DataError, match="did you mean 'paid_date'"):
        credit_grades(rows, paid_date="paid_dat")
    with pytest.raises(DataError, match="not list"):
        credit_grades([1, 2])
    with pytest.raises(DataError, match="no rows"):
        credit_grades(rows.head(0))
    with pytest.raises(ParameterError, match="window_months"):
        credit_grades(rows, window_months=0)
    with pytest.raises(ParameterError, match="days must rise"):
        credit_grades(rows, rules=[CREDIT_RULES[1], CREDIT_RULES[0]])


def test_a_hundred_thousand_invoices_are_quick_enough():
    """Grading is a few passes over columns, and gives each customer one grade."""
    rng = np.random.default_rng(4)
    n = 100_000
    on = AS_OF - pd.to_timedelta(rng.integers(0, 700, n), unit="D")
    table = pd.DataFrame(
        {"customer": rng.integers(0, 5000, n), "invoice_date": on, "amount": rng.uniform(1, 9, n)}
    )
    table["paid_date"] = on + pd.to_timedelta(rng.integers(0, 60, n), unit="D")
    found = credit_grades(table, as_of=AS_OF)
    assert len(found.table) == table["customer"].nunique()
    assert found.summary()["customer_share"].sum() == pytest.approx(1)
