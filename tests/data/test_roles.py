"""Columns are recognised by their names in both languages, and ties are questions."""

from __future__ import annotations

import pytest

from crmlab.data.content import complete
from crmlab.data.roles import Recognised, map_option, normal_name, parse_mapping, recognise, role_count
from crmlab.errors import DataError, ParameterError


def roles(columns: list[str], kind: str = "transactions", **mapping: str) -> dict[str, str]:
    """Return role to column."""
    found = recognise({name: name for name in columns}, kind, mapping)  # type: ignore[arg-type]
    return {role: match.column for role, match in found.roles.items()}


@pytest.mark.parametrize(
    "columns",
    [
        ["customer_id", "date", "amount"],
        ["CustomerID", "InvoiceDate", "Total Price"],
        ["cust_id", "order_date", "sales"],
        ["Client", "timestamp", "Revenue"],
        ["member no.", "transaction date", "paid amount"],
        ["会员号", "下单时间", "实付金额"],
        ["会员编号", "下单日期", "消费金额"],
        ["客户编号", "交易日期", "金额（元）"],
        ["客户ID", "消费日期", "订单金额"],
        ["手机号", "购买时间", "成交额"],
        ["买家", "日期", "买家实际支付金额"],
        ["　会员 号 ", "下单－时间", "实付金额(元)"],
    ],
)
def test_usual_names_of_columns_are_recognised(columns):
    """English and Chinese names are known, in any case, width and spacing."""
    assert roles(columns) == dict(zip(("customer", "date", "amount"), columns, strict=True))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["手机号", "会员号", "日期", "金额"], {"customer": "会员号", "date": "日期", "amount": "金额"}),
        (
            ["会员号", "注册时间", "下单时间", "订单金额", "实付金额", "优惠金额"],
            {"customer": "会员号", "date": "下单时间", "amount": "实付金额"},
        ),
        (
            ["customer_id", "birth_date", "order_date", "ship_date", "amount", "discount_amount"],
            {"customer": "customer_id", "date": "order_date", "amount": "amount"},
        ),
        (
            ["客户号", "生日", "会员等级", "到店日期", "本次消费金额"],
            {"customer": "客户号", "date": "到店日期", "amount": "本次消费金额"},
        ),
        (["user", "date", "price"], {"customer": "user", "date": "date", "amount": "price"}),
        (
            ["user", "date", "price", "quantity"],
            {"customer": "user", "date": "date", "quantity": "quantity", "unit_price": "price"},
        ),
        (
            ["user", "date", "price", "quantity", "total"],
            {"customer": "user", "date": "date", "amount": "total"},
        ),
    ],
)
def test_the_surer_name_wins(columns, expected):
    """What was paid wins over what was ordered, the member's number over the telephone, the order over the birthday."""
    assert roles(columns) == expected


def test_a_choice_between_names_is_told():
    """The result says what else would have fitted."""
    found = recognise({name: name for name in ("会员号", "日期", "订单金额", "实付金额")}, "transactions")
    assert [str(note) for note in found.notes] == [
        "amount is read from “实付金额”; also possible: 订单金额 (choose with --map amount=COLUMN)."
    ]


def test_two_names_of_one_rank_are_left_to_the_user():
    """Neither of two equally good columns is taken."""
    found = recognise({name: name for name in ("会员号", "日期", "金额", "销售额")}, "transactions")
    assert "amount" not in found.roles
    assert found.candidates == {"amount": ("金额", "销售额")}


@pytest.mark.parametrize(
    "columns",
    [
        [
            "respondent",
            "overall satisfaction",
            "recommend",
            "effort",
            "expectation",
            "perceived",
            "store",
            "weight",
        ],
        ["问卷编号", "总体满意度", "推荐意愿", "费力度", "期望", "感知", "分店", "权重"],
        ["答卷编号", "满意度", "NPS", "CES", "期望值", "感知质量", "门店", "样本权重"],
        [
            "respondent_id",
            "CSAT",
            "likelihood to recommend",
            "customer effort score",
            "expected",
            "perceived quality",
            "region",
            "wt",
        ],
        [
            "序号",
            "3、您对我们的总体满意度如何",
            "4、您有多大可能向朋友推荐我们？",
            "CES",
            "期望",
            "感知",
            "区域",
            "权重",
        ],
    ],
)
def test_usual_names_of_survey_columns_are_recognised(columns):
    """The questions of a survey are known by their usual names, and by the question's own words."""
    wanted = ("respondent", "overall", "recommend", "effort", "expectation", "perceived", "group", "weight")
    assert roles(columns, "survey") == dict(zip(wanted, columns, strict=True))


def test_a_mapping_overrules_names():
    """What the user says counts."""
    assert roles(["会员号", "日期", "金额", "销售额"], amount="销售额")["amount"] == "销售额"


def test_a_mapping_is_read_as_the_command_line_gives_it():
    """Full-width signs, blanks and quoted commas are understood."""
    assert parse_mapping("customer = 会员号 ，Date＝下单时间") == {"customer": "会员号", "date": "下单时间"}
    pairs = {"amount": "Paid, net", "date": "When?"}
    assert map_option(pairs) == "--map 'amount=\"Paid, net\",date=When?'"
    assert parse_mapping('amount="Paid, net",date=When?') == pairs


@pytest.mark.parametrize("text", ["", "customer", "=x", "customer=", "a=b,a=c"])
def test_a_mapping_that_is_none_is_refused(text):
    """A pair without both sides, or one given twice, is an error that shows the right form."""
    with pytest.raises(ParameterError, match="--map customer=会员号"):
        parse_mapping(text)


def test_all_faults_of_a_mapping_are_told_at_once():
    """Two columns that are not there are two problems of one error."""
    with pytest.raises(DataError) as caught:
        recognise({"a": "a", "b": "b"}, "transactions", {"customer": "x", "date": "y", "amount": "a"})
    assert len(caught.value.problems) == 2


def test_one_column_cannot_have_two_roles():
    """A column given twice is an error."""
    with pytest.raises(DataError, match="already has another role"):
        recognise({"a": "a"}, "transactions", {"customer": "a", "date": "a"})


def test_the_header_is_the_row_that_plays_most_roles():
    """Rows are compared by how many roles they name."""
    assert role_count(["会员号", "下单时间", "实付金额"], "transactions") == 3
    assert role_count(["A", "2024-03-05", "3"], "transactions") == 0
    assert role_count(["who", "日期"], "transactions", {"customer": "who"}) == 2


def test_numbering_units_and_signs_do_not_hide_a_name():
    """Q3., 3、 and （元） fall away; a name that is only a bracket stays."""
    assert normal_name("Q3_总体满意度") == "总体满意度"
    assert normal_name("3、推荐意愿（0-10分）") == "推荐意愿"
    assert normal_name("（金额）") == "金额"


def test_content_tells_only_what_one_column_alone_can_be():
    """Two columns of dates stay a question."""
    sample = {
        "x": ["2024-03-05"] * 3,
        "y": ["2024-03-06"] * 3,
        "z": ["1.5", "2.5", "3"],
        "w": ["A", "B", "A"],
    }
    found = complete(Recognised({}), sample)
    assert found.candidates["date"] == ("x", "y")
    assert {role: match.column for role, match in found.roles.items()} == {"amount": "z", "customer": "w"}
