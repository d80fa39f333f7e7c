"""Dates in the forms people use, and the question that is never guessed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlab.data.dates import date_order, looks_like_date, parse_dates
from crmlab.errors import DataError, ParameterError

TODAY = dt.date(2024, 12, 31)


def one(value: object, **options: object) -> str:
    """Read one cell: the moment, or the kind of fault."""
    parsed = parse_dates([value], name="d", **{"today": TODAY, **options})  # type: ignore[arg-type]
    return str(parsed.kinds[0]) or str(parsed.data[0].astype("datetime64[s]")).replace("T00:00:00", "")


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05", "2024/3/5", "2024/03/05", "2024.3.5", "2024-3-5", "20240305", "2024年3月5日", "2024年03月05号",
        "２０２４－０３－０５", " 2024-03-05 ", "5 Mar 2024", "5-Mar-24", "March 5, 2024", "Tue, 5 March 2024",
        "2024年3月5日 星期二", "45356", 45356, 45356.0, 20240305, dt.date(2024, 3, 5), pd.Timestamp("2024-03-05"),
    ],
)  # fmt: skip
def test_a_day_is_read_in_every_usual_form(text):
    """Twenty ways to write the fifth of March 2024."""
    assert one(text) == "2024-03-05"


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05 15:20", "2024-03-05T15:20:00", "2024/3/5 15:20:00", "2024-03-05 15:20:00.0", "20240305152000",
        "2024年3月5日 15:20", "2024年3月5日 下午 3:20", "2024年3月5日15时20分", "2024/3/5 3:20 PM",
        "2024-03-05T15:20:00Z", "2024-03-05T15:20:00+08:00", "Mar 5, 2024 3:20 pm", 45356 + 920 / 1440,
    ],
)  # fmt: skip
def test_a_time_of_day_is_read_in_every_usual_form(text):
    """Thirteen ways to write twenty past three; an offset from UTC does not move it."""
    assert one(text) == "2024-03-05T15:20:00"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("soon", "no_date"), ("2024", "no_date"), ("today", "no_date"), ("12:30", "no_date"), ("123", "no_date"),
        (123, "no_date"), (True, "no_date"), ("2024-03-05 25:00", "no_date"), ("970305", "no_date"),
        ("2024-02-30", "no_such_day"), ("20241301", "no_such_day"), ("31 Apr 2024", "no_such_day"),
        ("0001-01-01", "far_date"), ("1899-12-31", "far_date"), (pd.Timestamp("2999-01-01"), "far_date"),
        ("2025-01-01", "future"), ("#REF!", "sheet_error"), ("", "missing"), (None, "missing"), ("无", "missing"),
        (float("nan"), "missing"), (pd.NaT, "missing"),
    ],
)  # fmt: skip
def test_what_is_no_date_gets_its_reason(value, kind):
    """Each fault has its own name, and nothing that only looks like a date passes."""
    assert one(value) == kind


def test_the_last_day_counts_until_midnight():
    """A purchase late today is not in the future."""
    assert one("2024-12-31 23:59") == "2024-12-31T23:59:00"


@pytest.mark.parametrize(
    ("texts", "month", "note"),
    [
        (["05/03/2024", "25/03/2024"], 3, "day/month/year, because of “25/03/2024”"),
        (["05/03/2024", "03/25/2024"], 5, "month/day/year, because of “03/25/2024”"),
        (["05.03.2024 12:00", "13.03.2024 09:00"], 3, "day/month/year"),
        (["05/03/24", "1/31/24"], 5, "month/day/year"),
    ],
)
def test_one_row_that_decides_day_from_month_decides_the_column(texts, month, note):
    """The order comes from the column itself, and the result says from which row."""
    parsed = parse_dates(texts, name="d", today=TODAY)
    assert parsed.data[0].astype("datetime64[M]") == np.datetime64(f"2024-{month:02d}")
    assert note in str(parsed.notes[0])


@pytest.mark.parametrize(
    "texts", [["05/03/2024"], ["05/03/2024", "2024-03-25"], ["05.03.2024"], ["24/03/05"], ["05-03-24"]]
)
def test_day_and_month_are_never_guessed(texts):
    """Where no row decides, the user is asked; ISO dates beside decide nothing."""
    with pytest.raises(DataError, match="date-format"):
        parse_dates(texts, name="d", today=TODAY)


def test_times_beside_days_keep_their_rows():
    """Days are read once each; the times of day go back to their own rows."""
    texts = [
        "25/03/2024 10:00",
        "05/03/2024 9:05 PM",
        "25/03/2024",
        "05/03/2024 99:00",
        "25/03/2024 10:00:30",
    ]
    parsed = parse_dates(texts, name="d", today=TODAY)
    assert parsed.kinds.tolist() == ["", "", "", "no_date", ""]
    assert parsed.data.astype("datetime64[s]").astype(str)[[0, 1, 2, 4]].tolist() == [
        "2024-03-25T10:00:00",
        "2024-03-05T21:05:00",
        "2024-03-25T00:00:00",
        "2024-03-25T10:00:30",
    ]


def test_days_that_are_the_same_either_way_need_no_question():
    """05/05/2024 is the fifth of May in every country."""
    assert one("05/05/2024") == "2024-05-05"


def test_a_contradiction_shows_both_rows():
    """25/03 and 03/25 in one column cannot both be right."""
    with pytest.raises(DataError) as caught:
        parse_dates(["25/03/2024", "03/25/2024", "04/04/2024"], name="d", today=TODAY)
    assert caught.value.problems == (
        "“25/03/2024” can only be day/month/year",
        "“03/25/2024” can only be month/day/year",
    )


def test_a_given_order_reads_what_it_can_and_rejects_the_rest():
    """With dmy given, 03/25/2024 is no day, and ISO dates are still read."""
    parsed = parse_dates(["05/03/2024", "03/25/2024", "2024-03-06"], name="d", date_format="dmy", today=TODAY)
    assert parsed.kinds.tolist() == ["", "no_such_day", ""]
    assert one("970305", date_format="ymd") == "1997-03-05"
    assert one("05 03 2024", date_format="%d %m %Y") == "2024-03-05"


@pytest.mark.parametrize(
    ("given", "order"),
    [("dmy", "dmy"), ("DD.MM.YYYY", "dmy"), ("mm/dd/yy", "mdy"), ("YYYY年MM月DD日", "ymd"), ("%d", None)],
)
def test_an_order_can_be_named_in_several_ways(given, order):
    """Short words, forms and patterns are told apart."""
    assert date_order(given) == order


@pytest.mark.parametrize("given", ["dm", "day first", "", "hh:mm"])
def test_an_order_that_is_none_is_refused(given):
    """A form without day, month or year is an error."""
    with pytest.raises(ParameterError):
        date_order(given)


def test_numbers_do_not_look_like_dates():
    """A price, a year and a day number could be anything; a date with separators could not."""
    assert not any(map(looks_like_date, ["3.5", "2024", "45356", 45356, "C017", "", None]))
    assert all(map(looks_like_date, ["2024-03-05", "05/03/2024", "20240305", dt.date(2024, 3, 5)]))


def test_all_forms_may_stand_in_one_column():
    """Slashes, 年月日, points, day numbers and real dates in one column are read together; one 25.03. decides for 05.03."""
    cells = [
        "2024/3/5",
        "2024年3月5日",
        "05.03.2024",
        "25.03.2024",
        "45356",
        45356,
        dt.date(2024, 3, 5),
        "5 Mar 2024",
    ]
    parsed = parse_dates(cells, name="d", today=TODAY)
    assert not parsed.bad.any()
    days = parsed.data.astype("datetime64[D]").astype(str).tolist()
    assert days == ["2024-03-25" if cell == "25.03.2024" else "2024-03-05" for cell in cells]
    with pytest.raises(DataError, match="more than one way"):
        parse_dates([cell for cell in cells if cell != "25.03.2024"], name="d", today=TODAY)
