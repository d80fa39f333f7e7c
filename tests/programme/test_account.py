"""Points accounts against a loop that moves single lots day by day, and what must always hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, ParameterError
from crmlab.programme import points_account

START = pd.Timestamp("2022-03-30")
END = pd.Timestamp("2024-09-30")
COLUMNS = ["customer", "date", "kind", "points"]
SUMS = ["earned", "adjustment", "burned", "expired", "outstanding"]


def last_day(day, months, expiry):
    """Return the last day on which points of a day can be used."""
    if months is None:
        return pd.Timestamp.max
    if expiry == "rolling":
        return day + pd.DateOffset(months=months)
    return pd.Timestamp(year=day.year + months // 12 - 1, month=12, day=31)


def by_loop(rows, months=None, expiry="rolling", end=END):
    """Move lots one by one: on each day points come, then go, then lapse; burns beyond the balance are cut."""
    kept, lots, out = [], {}, {}
    order = {"earned": 0, "burned": 1, "adjustment": 2}
    for who, day, kind, points in sorted(
        rows, key=lambda r: (r[1], 0 if r[2] == "adjustment" and r[3] >= 0 else order[r[2]])
    ):
        mine = lots.setdefault(who, [])
        told = out.setdefault(who, dict.fromkeys(SUMS, 0))
        for lot in mine:
            if lot[1] < day:
                told["expired"] += lot[0]
                lot[0] = 0
        if kind == "earned" or (points >= 0 and kind == "adjustment"):
            mine.append([points, last_day(day, months, expiry)])
            told[kind] += points
            kept.append((who, day, kind, points))
            continue
        take = min(abs(points), sum(lot[0] for lot in mine))
        if take == 0:
            continue
        kept.append((who, day, kind, take if kind == "burned" else -take))
        told[kind] += take if kind == "burned" else -take
        for lot in mine:
            part = min(take, lot[0])
            lot[0] -= part
            take -= part
    for who, mine in lots.items():
        for lot in mine:
            out[who]["expired" if lot[1] <= end else "outstanding"] += lot[0]
    return pd.DataFrame(kept, columns=COLUMNS), pd.DataFrame(out).T[SUMS].sort_index()


@st.composite
def movements(draw):
    """Random movements of four customers; the loop cuts burns that nobody could make."""
    return [("z", START, "earned", 7)] + [
        (
            draw(st.sampled_from("abcd")),
            START + pd.Timedelta(days=draw(st.integers(0, 900))),
            kind,
            draw(st.integers(0, 60)) * (-1 if kind == "adjustment" and draw(st.booleans()) else 1),
        )
        for kind in draw(st.lists(st.sampled_from(("earned", "earned", "burned", "adjustment")), max_size=25))
    ]


@pytest.mark.checks("programme.points_account", kind="second", against="a loop")
@settings(max_examples=80, deadline=None)
@given(
    movements(),
    st.sampled_from(
        [(None, "rolling"), (1, "rolling"), (11, "rolling"), (12, "calendar_year"), (24, "calendar_year")]
    ),
    st.integers(0, 99),
)
def test_accounts_are_those_of_a_loop_over_lots(rows, rule, seed):
    """Earned, burned, lapsed and outstanding points of random ledgers equal those of a loop that moves single lots day by day, to the point."""
    months, expiry = rule
    ledger, expected = by_loop(rows, months, expiry)
    shuffled = ledger.sample(frac=1, random_state=seed)
    found = points_account(shuffled, as_of=END, valid_months=months, expiry=expiry)
    there = expected.loc[found.customers.index]
    np.testing.assert_allclose(found.customers[SUMS].to_numpy(float), there.to_numpy(float), atol=1e-9)
    assert len(found.customers) == ledger["customer"].nunique()


@pytest.mark.checks("programme.points_account", kind="invariant")
@settings(max_examples=40, deadline=None)
@given(movements(), st.sampled_from([None, 6, 12]), st.integers(0, 99))
def test_nothing_is_lost(rows, months, seed):
    """Earned plus adjusted equals burned plus lapsed plus outstanding for every customer, lot and month; the order of the rows and the sign of burns do not matter, and a hundred times the points are a hundred times everything."""
    ledger, _ = by_loop(rows, months)
    found = points_account(ledger, as_of=END, valid_months=months)
    table = found.customers
    np.testing.assert_allclose(
        table["earned"] + table["adjustment"],
        table["burned"] + table["expired"] + table["outstanding"],
        atol=1e-9,
    )
    lots, uses, by_month = found.lots, found.uses, found.months
    np.testing.assert_allclose(
        lots["points"], lots[["burned", "expired", "adjusted", "outstanding"]].sum(axis=1)
    )
    assert (lots["outstanding"] >= 0).all()
    assert uses["points"].sum() == pytest.approx(lots[["burned", "expired", "adjusted"]].sum().sum())
    for name in ("earned", "burned", "expired", "adjustment"):
        assert by_month[name].sum() == pytest.approx(table[name].sum())
    assert by_month["outstanding"].iloc[-1] == pytest.approx(table["outstanding"].sum())
    assert lots.groupby("customer")["outstanding"].sum().sum() == pytest.approx(table["outstanding"].sum())
    other = ledger.sample(frac=1, random_state=seed)
    other["points"] = np.where(other["kind"] == "burned", -other["points"], other["points"]) * 100
    again = points_account(other, as_of=END, valid_months=months)
    np.testing.assert_allclose(again.customers[SUMS], table[SUMS] * 100)
    counted = ["customers_earning", "customers_burning"]
    pd.testing.assert_frame_equal(again.months[counted], by_month[counted])


@pytest.mark.checks("programme.points_account", kind="invariant")
def test_recorded_lapses_are_taken_as_they_are():
    """A ledger to which the computed lapses are added as rows gives the same account without the rule, and says where they come from."""
    rng = np.random.default_rng(3)
    rows = [
        (
            f"c{rng.integers(30)}",
            START + pd.Timedelta(days=int(rng.integers(0, 800))),
            kind,
            int(rng.integers(1, 50)),
        )
        for kind in rng.choice(["earned", "earned", "burned"], 600)
    ]
    ledger, _ = by_loop(rows, 6)
    by_rule = points_account(ledger, as_of=END, valid_months=6)
    gone = by_rule.uses[by_rule.uses["kind"] == "expired"]
    lapses = pd.DataFrame(
        {
            "customer": by_rule.lots["customer"].to_numpy()[gone["lot"]],
            "date": gone["date"],
            "kind": "Expiry",
            "points": -gone["points"],
        }
    )
    recorded = points_account(pd.concat([ledger, lapses], ignore_index=True), as_of=END, valid_months=6)
    pd.testing.assert_frame_equal(recorded.customers[SUMS], by_rule.customers[SUMS])
    assert (by_rule.expiry_by, recorded.expiry_by) == ("rule", "ledger")
    assert points_account(ledger, as_of=END).expiry_by == "none"


def test_an_example_by_hand():
    """100 and 50 points, 120 burned: all of the first and 20 of the second lot; the other 30 lapse on 1 June."""
    ledger = pd.DataFrame(
        [
            ("Li", "2023-01-10", "earned", 100),
            ("Li", "2023-06-01", "earned", 50),
            ("Li", "2023-08-15", "redeemed", 120),
        ],
        columns=COLUMNS,
    )
    found = points_account(ledger, as_of="2024-03-31", valid_months=12)
    assert found.lots["burned"].tolist() == [100, 20]
    assert found.customers.loc["Li", "next_lapse"] == pd.Timestamp("2024-06-01")
    assert found.customers.loc["Li", "next_lapse_points"] == 30
    assert found.months["outstanding"].tolist()[:8] == [100] * 5 + [150, 150, 30]
    assert found.months["customers_burning"].sum() == 1
    on_the_day = points_account(ledger, as_of="2024-05-31", valid_months=12)
    assert on_the_day.customers.loc["Li", "outstanding"] == 30
    assert points_account(ledger, as_of="2024-06-01", valid_months=12).customers.loc["Li", "expired"] == 30
    assert found.summary().set_index("measure")["value"]["outstanding"] == 30
    assert pd.isna(points_account(ledger).customers.loc["Li", "next_lapse"])


def test_later_rows_are_left_out_and_counted():
    """Movements after the last day do not count, and customers with no other are not in the account."""
    ledger = pd.DataFrame(
        [
            ("a", "2024-01-01", "earned", 10),
            ("b", "2024-02-01", "earned", 10),
            ("a", "2024-02-02", "burned", 10),
        ],
        columns=COLUMNS,
    )
    found = points_account(ledger, as_of="2024-01-31")
    assert found.customers.index.tolist() == ["a"]
    assert found.customers.loc["a", "outstanding"] == 10
    assert found.counts["rows_after_end"] == 2


def test_points_of_the_month_end_lapse_at_a_month_end():
    """Points of 31 August that are valid for 6 months can be used until 29 February."""
    ledger = pd.DataFrame([("a", "2023-08-31", "earned", 10)], columns=COLUMNS)
    assert points_account(ledger, valid_months=6).customers["next_lapse"].iloc[0] == pd.Timestamp(
        "2024-02-29"
    )


@pytest.mark.checks("programme.points_account", kind="trap", against="overdrawn accounts")
def test_accounts_below_zero_are_refused_with_customers_and_rows():
    """More points burned than there are is an error that names the first five customers, their rows, and by how much."""
    rows = [(f"c{i}", "2024-01-05", "earned", 10) for i in range(7)]
    rows += [(f"c{i}", "2024-01-04" if i == 6 else "2024-01-06", "burned", 10 + i % 6) for i in range(7)]
    with pytest.raises(DataError, match="6 account") as caught:
        points_account(pd.DataFrame(rows, columns=COLUMNS))
    text = str(caught.value)
    assert "'c1', row 8 (2024-01-06): 11 burned, 1 more" in text
    assert "and 1 more" in text
    assert "opening balance" in text
    late = pd.DataFrame([("a", "2023-01-01", "earned", 9), ("a", "2023-09-01", "burned", 9)], columns=COLUMNS)
    assert points_account(late).customers.loc["a", "burned"] == 9
    with pytest.raises(DataError, match="longer than 6 months"):
        points_account(late, valid_months=6)


def test_what_cannot_be_read_is_told_at_once():
    """Unknown kinds, missing customers, dates, points and signs that contradict the kind stand in one error."""
    ledger = pd.DataFrame(
        [
            ("a", "2024-01-01", "earnd", 10),
            (None, "2024-01-01", "earned", 10),
            ("a", "no day", "earned", 10),
            ("a", "2024-01-01", "earned", "x"),
            ("a", "2024-01-01", None, 3),
        ],
        columns=COLUMNS,
    )
    with pytest.raises(DataError) as caught:
        points_account(ledger)
    text = str(caught.value)
    assert len(caught.value.problems) == 4
    assert "did you mean 'earned'" in text
    assert "row 2: 'no day'" in text
    with pytest.raises(DataError, match="below 0 though earned"):
        points_account(ledger.iloc[1:2].assign(customer="a", points=-1))
    mixed = pd.DataFrame(
        [("a", "2024-01-01", "earned", 50), *[("a", "2024-01-02", "burned", p) for p in (-5, -5, 5)]],
        columns=COLUMNS,
    )
    with pytest.raises(DataError, match="row 3: 5"):
        points_account(mixed)
    with pytest.raises(DataError, match="no rows"):
        points_account(ledger.iloc[:0])
    with pytest.raises(DataError, match="did you mean 'kind'"):
        points_account(mixed, kind="kinds")
    with pytest.raises(DataError, match="Set as_of"):
        points_account(mixed.iloc[:1], as_of="2020-01-01")
    with pytest.raises(ParameterError) as wrong:
        points_account(mixed, valid_months=0, expiry="never")
    assert len(wrong.value.problems) == 2
    with pytest.raises(ParameterError, match="12, 24"):
        points_account(mixed, valid_months=18, expiry="calendar_year")


@pytest.mark.checks("programme.points_account", kind="trap", against="overflow")
def test_large_and_fractional_points_keep_their_digits():
    """A customer with 10¹² points beside one with a tenth of a point: the tenth is neither lost nor overdrawn."""
    rows = [("big", "2024-01-01", "earned", 1e12)]
    rows += [("small", f"2024-01-{day:02d}", "earned", 0.1) for day in range(1, 11)]
    rows += [("small", "2024-02-01", "burned", 0.1 * 10)]
    found = points_account(pd.DataFrame(rows, columns=COLUMNS)).customers
    assert found.loc["small", "outstanding"] == pytest.approx(0, abs=1e-6)
    assert found.loc["small", "burned"] == pytest.approx(1.0, abs=1e-3)
    assert found.loc["big", "outstanding"] == 1e12
