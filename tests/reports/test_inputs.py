"""Inputs: read, checked, without identities, and the same after the way through the folder."""

from __future__ import annotations

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlab.data import load_case, read_table
from crmlab.errors import DataError, ParameterError
from crmlab.reports.inputs import ROLES, load, prepare_case, prepare_file, write
from crmlab.reports.registry import get_report
from crmlab.text import speaking

SALES = "会员号,下单时间,实付金额\nA,2024-01-05,10\nA,2024-02-05,12\nB,2024-01-09,8\nB,2024-03-01,free\nC,2024-02-02,-3\n"


@pytest.fixture
def clv():
    """Return the report on lifetime value."""
    return get_report("clv")


def prepared(tmp_path, spec, text=SALES, *, keep_ids=False, salt=None, **parameters):
    """Prepare a file with this text."""
    file = tmp_path / "sales.csv"
    file.write_text(text, encoding="utf-8")
    result = read_table(file, as_=spec.main.role)
    return prepare_file(spec, result, spec.parameters(**parameters), keep_ids=keep_ids, salt=salt)


def test_identities_are_replaced_by_codes(tmp_path, clv):
    """No identifier of the file is left; equal customers stay equal, different ones different."""
    given = prepared(tmp_path, clv)
    codes = given.transactions["customer"]
    assert codes.str.fullmatch(r"C-[0-9a-f]{6}").all()
    assert codes.nunique() == 3
    assert codes[0] == codes[1]
    assert given.source["ids"] == "replaced"


def test_codes_differ_from_run_to_run(tmp_path, clv):
    """Two reports on the same file cannot be joined by their codes."""
    one, other = (prepared(tmp_path, clv).transactions["customer"] for _ in range(2))
    assert not set(one) & set(other)


def test_many_customers_never_share_a_code(tmp_path, clv):
    """With more customers than six digits can tell apart for sure, codes grow longer."""
    rows = "".join(f"K{n},2024-01-{n % 28 + 1:02d},5\n" for n in range(9000))
    text = "customer,date,amount\nK1,2024-02-20,5\n" + rows
    given = prepared(tmp_path, clv, text, salt=b"x")
    assert given.transactions["customer"].nunique() == 9000


def test_identities_are_kept_on_demand(tmp_path, clv):
    """--keep-ids leaves them as they stand."""
    given = prepared(tmp_path, clv, keep_ids=True)
    assert set(given.transactions["customer"]) == {"A", "B", "C"}


def test_the_account_of_the_file_is_kept(tmp_path, clv):
    """Name, fingerprint, rows, reasons and mapping are there for the last page; no folder is named."""
    with speaking("zh"):
        given = prepared(tmp_path, clv)
    assert given.source["name"] == given.title == "sales.csv"
    assert len(given.source["sha256"]) == 64
    assert (given.source["rows_read"], given.source["rows_rejected"]) == (5, 1)
    assert given.source["reasons"] == [["不是数字", "实付金额", 1]]
    assert ["customer", "会员号", "name"] in given.source["mapping"]
    assert str(tmp_path) not in str(given.source)


def test_the_folder_gives_back_what_was_put_in(tmp_path, clv):
    """Tables, types, quality and facts survive the way through Parquet and JSON."""
    given = prepared(tmp_path, clv)
    folder = tmp_path / "input"
    folder.mkdir()
    write(given, folder)
    back = load(folder)
    assert_frame_equal(back.transactions, given.transactions, check_dtype=False)
    assert str(back.transactions["date"].dtype).startswith("datetime64")
    assert list(back.quality["text"]) == list(given.quality["text"])
    assert list(back.quality["measure"]) == list(given.quality["measure"])
    assert dict(back.source) == dict(given.source)
    assert (back.title, back.period, back.currency) == (given.title, given.period, given.currency)


def test_a_case_keeps_its_tables_and_names(tmp_path):
    """The retail case has survey and complaints for the report on satisfaction, with roles, scales and labels."""
    spec = get_report("satisfaction")
    with speaking("zh"):
        given = prepare_case(spec, load_case("retail"), spec.parameters())
    folder = tmp_path / "input"
    folder.mkdir()
    write(given, folder)
    back = load(folder)
    assert [role for role in ROLES if back.table(role) is not None] == ["survey", "complaints"]
    assert {"respondent", "customer", "overall", "recommend", "expectation", "perceived"} <= set(back.survey)
    assert back.scales["overall"] == (1.0, 5.0)
    assert back.scales["image_reliable"] == (1.0, 10.0)
    assert set(back.items) <= set(back.survey)
    assert back.blocks["loyalty"] == ("loyalty_again", "loyalty_recommend", "loyalty_price")
    assert back.labels["image_reliable"] == "可信赖"
    assert back.title == "灯笼小超市（虚构）"
    assert back.period is None


def test_money_of_a_case_has_its_sign():
    """Amounts in yuan are shown with ¥."""
    spec = get_report("clv")
    given = prepare_case(spec, load_case("retail"), spec.parameters())
    assert given.currency == "¥"
    assert given.period == (pd.Timestamp("2024-01-01"), pd.Timestamp("2025-12-31"))


def test_a_notebook_opened_by_hand_gets_the_example():
    """Without a folder, load() gives the whole retail case."""
    given = load()
    there = load_case("retail").tables
    assert [role for role in ROLES if given.table(role) is not None] == [
        role for role in ROLES if role in there
    ]


def test_a_folder_that_is_gone_is_explained(tmp_path):
    """The executed notebook that is kept says what to do when it is run again."""
    with pytest.raises(DataError, match="only while it runs"):
        load(tmp_path / "gone")


def test_categories_of_contracts_are_written_in_the_language_of_the_run():
    """A plan that is a word is written as the card says; a branch's code stays a code."""
    with speaking("zh"):
        given = prepare_case(get_report("clv"), load_case("bank"))
    assert set(given.contracts["plan"]) == {"普通", "金卡", "私人银行"}
    assert set(given.contracts["branch"]) == {"B01", "B02", "B03", "B04"}


def test_a_case_without_the_table_is_refused(clv):
    """A survey has no purchases to value."""
    with pytest.raises(DataError, match="has no transactions") as caught:
        prepare_case(clv, load_case("mobi"), clv.parameters())
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("customer,date,amount\nA,2024-01-01,5\nA,2024-02-01,6\n", "The data hold 1 customer"),
        ("customer,date,amount\nA,2024-01-01,5\nB,2024-02-01,6\n", "bought on one day only"),
        ("customer,date,amount\nA,2024-01-01,-5\nB,2024-02-01,-6\n", "All amounts are negative"),
    ],
)
def test_data_that_cannot_carry_the_report_are_refused(tmp_path, clv, text, told):
    """One customer, no repeat purchase, no money: said before any kernel starts."""
    with pytest.raises(DataError) as caught:
        prepared(tmp_path, clv, text)
    assert told in "\n".join(caught.value.problems)


def test_an_observation_before_the_data_is_refused(tmp_path, clv):
    """The message names the first purchase."""
    with pytest.raises(DataError, match="the first is of 2024-01-05"):
        prepared(tmp_path, clv, observation_end="2020-01-01")


def test_the_group_column_keeps_the_name_it_was_asked_by(tmp_path):
    """`-p group=区域` finds the column under that name in the table."""
    spec = get_report("satisfaction")
    file = tmp_path / "survey.csv"
    rows = "".join(f"{n},{'南北'[n % 2]}区,{n % 5 + 1},{(n + 2) % 5 + 1}\n" for n in range(40))
    file.write_text("序号,区域,商品质量,服务态度\n" + rows, encoding="utf-8")
    result = read_table(file, as_="survey", mapping={"group": "区域"})
    given = prepare_file(spec, result, spec.parameters(group="区域"))
    assert set(given.survey["区域"]) == {"南区", "北区"}
    assert set(given.items) == {"商品质量", "服务态度"}
    assert given.survey["respondent"].str.startswith("R-").all()


def test_a_group_that_a_case_lacks_gets_a_suggestion():
    """A mistyped column is answered with the nearest."""
    spec = get_report("satisfaction")
    with pytest.raises(ParameterError) as caught:
        prepare_case(spec, load_case("retail"), spec.parameters(group="stores"))
    assert caught.value.problems == ("did you mean store?",)
