"""Exports as shops, tills and ERP systems write them: what a patient colleague would say about each."""

# ruff: noqa: D401 - the docstring of a generator is the story of its file

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook

from crmlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("张伟", "王芳", "李娜", "刘洋", "陈静", "杨帆")


def put(folder: Path, head: str, rows: list[str], name: str = "sales.csv", encoding: str = "utf-8") -> Path:
    """Write a text file."""
    path = folder / name
    path.write_bytes("\n".join([head, *rows, ""]).encode(encoding))
    return path


def wechat_shop(folder: Path) -> Path:
    """微信小店: tabs in a file .csv, apostrophes before numbers, masked telephones, and an openid for each buyer."""
    head = "订单号\t下单时间\t订单状态\t商品总价\t订单实际支付金额\t收件人手机\t买家openid\t支付时间"
    rows = [
        f"'3712{i:09d}\t2024-0{i % 9 + 1}-11 12:00:11\t已完成\t{20 + i}.00\t'{18 + i}.00\t138****100{i % 6}\to{i % 6}Ab-Xy_9\t--"
        for i in range(12)
    ]
    return put(folder, head, rows, encoding="utf-8-sig")


def youzan(folder: Path) -> Path:
    """有赞: five columns of money and three of time, closed orders, and a row of totals at the end."""
    head = "订单号,订单状态,买家手机号,商品金额合计,店铺优惠合计,订单实付金额,订单创建时间,买家付款时间,全部商品退款金额"
    rows = [
        f'E{i:08d},{"交易关闭" if i % 5 == 0 else "交易完成"},1380000000{i % 4},¥100.00,-5.00,"¥1,{100 + i}.00",2024/3/{i + 1} 9:01,--,0'
        for i in range(10)
    ]
    return put(folder, head, [*rows, '合计,,,,,"¥11,045.00",,,'], encoding="gb18030")


def kingdee(folder: Path, further: tuple[int, ...] = (1, 4)) -> Path:
    """金蝶: two titles, customer and date only in the first line of each document, a total and the maker's name."""
    book = Workbook()
    rows: list[list[object]] = [
        ["某某商贸有限公司"],
        ["销售出库单序时簿"],
        ["期间：2024年1期 至 9期", "打印时间：2024-10-08"],
    ]
    rows.append(["日期", "单据编号", "购货单位", "产品名称", "实发数量", "销售单价", "销售金额"])
    for i in range(8):
        first = i not in further
        day, number, buyer = (
            (dt.date(2024, i + 1, 5), f"XOUT{i}", NAMES[i % 2]) if first else (None, None, None)
        )
        rows.append([day, number, buyer, "螺丝", i + 1, 12.5, (i + 1) * 12.5])
    rows += [["合计", None, None, None, 45, None, 562.5], ["制单：管理员"]]
    for row in rows:
        book.active.append(row)
    book.active.merge_cells("A1:G1")
    book.save(folder / "sales.xlsx")
    return folder / "sales.xlsx"


def kingdee_with_long_documents(folder: Path) -> Path:
    """The same with four lines a document: most rows have no customer."""
    return kingdee(folder, further=(1, 2, 3, 5, 6, 7))


def sap(folder: Path) -> Path:
    """SAP: semicolons, points in dates, the comma in amounts, the minus behind them, a sum without a word."""
    rows = [
        f"0000{100200 + i % 3};{i + 9:02d}.03.2024;{1 + i % 2}.234,5{i}{'-' if i == 7 else ''} ;EUR"
        for i in range(9)
    ]
    return put(
        folder, "Sold-to pt;Billing Date;Net value;Curr.", [*rows, ";;11.111,00;EUR"], encoding="cp1252"
    )


def hotel(folder: Path) -> Path:
    """A hotel's system: bars, names of months, an amount with its currency, guests without a number."""
    rows = [
        f"Smith, J|{7000 + i}|{i + 1:02d}-Jan-24|{i + 2:02d}-Jan-24|CNY {600 + i}.00|CNY {800 + i}.00|{'H' + str(i % 3) if i else ''}"
        for i in range(9)
    ]
    return put(
        folder, "Guest Name|Conf No|Arrival|Departure|Room Revenue|Total Revenue|Member No", rows, "stays.txt"
    )


def alipay(folder: Path) -> Path:
    """支付宝: remarks with # above and below, tabs behind numbers, masked accounts."""
    head = "#支付宝账务明细查询\n#账号：[20880000]\n#起始日期：[2024年05月01日 00:00:00]\n#------账务明细列表------"
    rows = ["账务流水号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,备注"]
    rows += [f"20{i}\t,杯子,2024-05-0{i + 1} 12:00:00,138****100{i % 2},{10 + i}.00,0.00," for i in range(6)]
    return put(
        folder, head, [*rows, "#------账务明细列表结束------", "#收入合计：6笔，75.00元"], encoding="gb18030"
    )


def taobao(folder: Path) -> Path:
    """淘宝: numbers wrapped against the spreadsheet, four columns of money, orders that were closed."""
    rows = [
        f'="000{i % 3}",20.00,{20 + i}.00,{18 + i}.00,{"交易关闭" if i == 4 else "交易成功"},2024-05-0{i + 1} 12:00:00'
        for i in range(8)
    ]
    return put(
        folder,
        "买家会员名,买家应付货款,总金额,买家实际支付金额,订单状态,订单创建时间",
        rows,
        encoding="gb18030",
    )


def shopify(folder: Path) -> Path:
    """Shopify: the second line of an order has no total; two days could be meant, so that the reader asks."""
    head = "Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Lineitem quantity,Lineitem price,Created at"
    rows = [
        f"#10{i:02d},u{i % 3}@example.com,paid,2024-01-0{i + 1} 10:00:00 +0800,USD,20.00,25.00,1,20.00,2024-01-0{i + 1} 09:59:00 +0800"
        for i in range(6)
    ]
    return put(folder, head, rows)


def units_in_the_name(folder: Path) -> Path:
    """A finance department writes 万元; days are numbers of the spreadsheet."""
    book = Workbook()
    book.active.append(["客户代码", "开票日期", "含税金额(万元)"])
    for i in range(6):
        book.active.append([1001.0 + i % 3, 45300 + i, 1.25 + i])
    book.save(folder / "sales.xlsx")
    return folder / "sales.xlsx"


def weekdays_and_blanks(folder: Path) -> Path:
    """Typed by hand: days with their weekday, a thin space, full-width digits, brackets for minus, a dash for nothing."""
    rows = [
        "C１,2024-05-01(周三),１２３",
        "C2,2024-05-02 星期四,(123.45)",
        "C2,2024年5月3日(周五),-",
        "C1,2024/5/4 周六,N/A",
    ]
    rows += ["C3,Mon 6 May 2024,1\u2009234.50", 'C3,2024-05-07 Tue,"￥1,234"', 'C3,"8 May 2024, Wed.",\'7.5']
    return put(folder, "客户编号,日期,金额", rows)


def questionnaire_as_sales(folder: Path) -> Path:
    """问卷星's export, given to the reader of purchases by mistake."""
    rows = [f"{i + 1},2024/5/{i + 1} 10:00:00,60秒,满意,{i % 5 + 1}" for i in range(9)]
    return put(
        folder,
        "序号,提交答卷时间,所用时间,1、您对我们的总体满意度如何？,2、服务态度",
        rows,
        encoding="gb18030",
    )


def tenants(folder: Path) -> Path:
    """A property company's list: 长期 for no end, an owner's name, a fee with its unit."""
    rows = [
        f"{i}01,{NAMES[i % 6]},2021.{i + 1}.1,{'长期' if i % 3 else '2024.9.30'},{200 + i}.00"
        for i in range(9)
    ]
    return put(folder, "房号,业主,合同起始日,合同到期日,月物业费(元)", rows)


def pages_of_a_report(folder: Path) -> Path:
    """A printed report was exported: the names of columns stand on top of each page."""
    rows = [f"C{i % 4},2024-05-{i + 1:02d},{10 + i}.5" for i in range(20)]
    head = "会员号,消费日期,消费金额"
    return put(folder, head, [*rows[:10], head, *rows[10:]])


def moments_of_a_program(folder: Path) -> Path:
    """A database keeps seconds since 1970."""
    return put(
        folder, "user_id,created_at,amount", [f"u{i % 4},{1709600000 + i * 86400},{10 + i}" for i in range(9)]
    )


def months_for_days(folder: Path) -> Path:
    """Each row is a customer's month."""
    return put(folder, "客户编号,日期,消费金额", [f"C{i % 4},2024{i + 1:02d},{10 + i}" for i in range(9)])


def days_without_a_year(folder: Path) -> Path:
    """Everybody knew which year it was."""
    return put(folder, "会员,日期,金额", ["A,5月1日,10", "A,6/3,10", "B,5月9日,12"])


def refunds_told_by_a_word(folder: Path) -> Path:
    """A refund has the amount of a purchase and a word beside it."""
    rows = [f"C{i % 5},2024-05-{i + 1:02d},{'退款' if i % 6 == 5 else '消费'},{10 + i}.00" for i in range(24)]
    return put(folder, "会员号,交易时间,交易类型,交易金额", rows)


def names_in_two_rows(folder: Path) -> Path:
    """SurveyMonkey: the question above, its parts below."""
    rows = [",Response,Staff,Price,Place"] + [
        f"{11700 + i},{i % 5 + 1},{i % 4 + 1},{i % 3 + 1},5" for i in range(20)
    ]
    return put(folder, "Respondent ID,How satisfied are you overall?,Please rate the following:,,", rows)


def blanks_between_cells(folder: Path) -> Path:
    """Cells stand below each other by blanks."""
    rows = ["A1         2024-05-01   12.50", "A1         2024-06-01   12.50", "B2         2024-05-03   13.50"]
    return put(folder, "customer   date        amount", rows, "sales.txt")


def two_tables_side_by_side(folder: Path) -> Path:
    """January stands beside February."""
    book = Workbook()
    book.active.append(["客户", "日期", "金额", None, "客户", "日期", "金额"])
    for i in range(6):
        book.active.append(
            [NAMES[i], dt.date(2024, 1, i + 1), 10, None, NAMES[i], dt.date(2024, 2, i + 1), 20]
        )
    book.save(folder / "sales.xlsx")
    return folder / "sales.xlsx"


def mostly_without_a_card(folder: Path) -> Path:
    """Most buyers at the till show no card."""
    rows = [f"{f'V{i % 4}' if i % 3 == 0 else ''},2024-05-{i + 1:02d},{10 + i}" for i in range(20)]
    return put(folder, "会员卡号,交易日期,实收金额", rows)


def answer_of_an_interface(folder: Path) -> Path:
    """A shop's interface wraps its list of orders three times."""
    orders = [
        {
            "buyer": {"openId": f"o{i % 2}", "tags": ["new"]},
            "createTime": f"2024-05-0{i + 1} 10:00:00",
            "payAmount": 19.9 + i,
        }
        for i in range(6)
    ]
    text = json.dumps({"code": 0, "msg": "ok", "data": {"total": 6, "page": {"list": orders}}})
    return put(folder, text, [], "orders.json")


def a_sheet_a_month(folder: Path) -> Path:
    """Each month has its own sheet."""
    book = Workbook()
    book.remove(book.active)
    for month in (1, 2, 3):
        sheet = book.create_sheet(f"{month}月")
        sheet.append(["客户", "日期", "金额"])
        sheet.append([NAMES[month], dt.date(2024, month, 1), 10])
    book.save(folder / "sales.xlsx")
    return folder / "sales.xlsx"


def pivot_with_its_source_hidden(folder: Path) -> Path:
    """A pivot table is seen, and the orders it was made of are hidden."""
    book = Workbook()
    seen = book.active
    for row in (
        ["求和项:金额", "列标签"],
        ["行标签", "1月", "2月", "3月", "总计"],
        ["V001", 1, 2, 3, 6],
        ["总计", 1, 2, 3, 6],
    ):
        seen.append(row)
    orders = book.create_sheet("明细")
    orders.append(["客户", "日期", "金额"])
    orders.append(["V001", dt.date(2024, 1, 1), 1])
    orders.sheet_state = "hidden"
    book.save(folder / "sales.xlsx")
    return folder / "sales.xlsx"


def customers(*wanted: str) -> Any:
    """Return a check of the customers."""
    return lambda result: sorted(set(result.table["customer"])) == sorted(wanted)


def columns(**wanted: str) -> Any:
    """Return a check of which column is what."""
    return lambda result: {role: result.mapping[role].column for role in wanted} == wanted


CASES: dict[Any, dict[str, Any]] = {
    wechat_shop: {
        "kept": 12,
        "of": 12,
        "facts": columns(customer="买家openid", date="下单时间", amount="订单实际支付金额"),
        "en": ["also possible: 支付时间"],
    },
    youzan: {
        "kept": 10,
        "of": 11,
        "rejected": {"headless": 1},
        "facts": columns(customer="买家手机号", date="订单创建时间", amount="订单实付金额"),
        "en": [
            "“订单状态” says “交易关闭” in 2 of the first 11 rows",
            "take out orders that were called off or never paid",
        ],
        "zh": ["“订单状态”列：前 11 行中有 2 行是“交易关闭”", "请删去已取消或未付款的订单"],
    },
    kingdee: {
        "kept": 6,
        "of": 10,
        "rejected": {"headless": 2, "total_row": 1, "remark": 1},
        "facts": columns(customer="购货单位"),
        "en": ["neither customer nor date are left out (2)", "fill its customer and date down first"],
        "zh": ["有 2 行只有金额，没有客户和日期", "定位条件 › 空值"],
    },
    kingdee_with_long_documents: {
        "error": DataError,
        "en": [
            "cannot be read as customers: 8 of 10 rows fail",
            "row 6: an amount without",
            "fill its customer and date down",
        ],
        "zh": ["10 行中有 8 行不合格", "定位条件 › 空值"],
    },
    sap: {
        "kept": 9,
        "of": 10,
        "rejected": {"headless": 1},
        "facts": lambda r: (
            columns(customer="Sold-to pt", amount="Net value")(r) and r.table["amount"].min() < -1_000
        ),
        "en": ["the comma is read as decimal sign", "If they are sums, that is right"],
        "zh": ["逗号按小数点读取"],
    },
    hotel: {
        "kept": 8,
        "of": 9,
        "rejected": {"missing": 1},
        "facts": columns(customer="Member No", date="Arrival", amount="Total Revenue"),
        "en": ["also possible: Room Revenue"],
    },
    alipay: {
        "kept": 6,
        "of": 8,
        "rejected": {"remark": 2},
        "facts": columns(customer="对方账号", date="发生时间", amount="收入金额（+元）"),
        "en": ["2 names are masked with asterisks"],
        "zh": ["有 2 个名称用星号脱敏"],
    },
    taobao: {
        "kept": 8,
        "of": 8,
        "facts": customers("0000", "0001", "0002"),
        "en": ["“交易关闭” in 1 of the first 8 rows"],
        "zh": ["退款金额请写成负数"],
    },
    shopify: {
        "error": DataError,
        "en": ["several columns fit: Paid at, Created at", '--map "customer='],
        "zh": ["有几列都符合：Paid at、Created at"],
    },
    units_in_the_name: {
        "kept": 6,
        "of": 6,
        "facts": customers("1001", "1002", "1003"),
        "en": ["gives amounts in 万元, by its name"],
        "zh": ["金额以万元为单位"],
    },
    weekdays_and_blanks: {
        "kept": 5,
        "of": 7,
        "rejected": {"missing": 2},
        "facts": lambda r: r.table["amount"].tolist() == [123, -123.45, 1234.5, 1234, 7.5],
    },
    questionnaire_as_sales: {
        "error": DataError,
        "en": ["its columns are those of another table", "--as survey"],
        "zh": ["这是另一种表", "--as survey"],
    },
    pages_of_a_report: {"kept": 20, "of": 21, "rejected": {"names_again": 1}},
    moments_of_a_program: {
        "error": DataError,
        "en": ["seconds since 1970", "=B2/86400+25569"],
        "zh": ["时间戳", "=B2/86400+25569"],
    },
    months_for_days: {"error": DataError, "en": ["a month without its day"], "zh": ["请导出订单明细"]},
    days_without_a_year: {
        "error": DataError,
        "en": ["Write the year into the dates"],
        "zh": ["请在日期中写上年份"],
    },
    refunds_told_by_a_word: {
        "kept": 24,
        "of": 24,
        "en": ["“退款” in 4 of the first 24 rows", "give refunds a minus"],
        "zh": ["有 4 行是“退款”", "退款金额请写成负数"],
    },
    names_in_two_rows: {
        "as_": "survey",
        "error": DataError,
        "en": ["names into two rows"],
        "zh": ["有些问卷平台把列名写成两行"],
    },
    blanks_between_cells: {
        "error": DataError,
        "en": ["the file has one column only"],
        "zh": ["文件只有一列"],
    },
    two_tables_side_by_side: {
        "error": DataError,
        "en": ["two tables stand side by side"],
        "zh": ["两张表左右并排"],
    },
    mostly_without_a_card: {
        "error": DataError,
        "en": ["13 of 20 rows fail", "sales without a member's number", "--map customer=COLUMN"],
        "zh": ["没有会员号的散客销售", "--map customer=列名"],
    },
    answer_of_an_interface: {"kept": 6, "of": 6, "facts": customers("o0", "o1")},
    a_sheet_a_month: {
        "error": DataError,
        "en": ["save each as a CSV file in one folder"],
        "zh": ["放进同一个文件夹"],
    },
    pivot_with_its_source_hidden: {
        "error": DataError,
        "en": [
            "a column for each period (1月 to 3月)",
            "Hidden sheets were not read: 明细 (choose one with --sheet)",
        ],
        "zh": ["隐藏的工作表未读取：明细"],
    },
    tenants: {
        "as_": "contracts",
        "kept": 9,
        "of": 9,
        "facts": columns(customer="业主", start="合同起始日", end="合同到期日", fee="月物业费(元)"),
    },
}


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_an_export_ends_as_it_must(ends, make):
    """Each export, as it comes from its system, ends in the right table or error, with what a colleague would say."""
    must = dict(CASES[make])
    if must.get("as_") == "survey":
        must["options"] = {"today": None}
    ends(make, must)
