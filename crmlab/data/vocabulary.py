"""The names by which columns are known, in English and Chinese.

Names stand as :func:`crmlab.data.roles.normal_name` writes them: small letters, no blanks, no underscores. Each role
has ranks, the surest names first.
"""

from __future__ import annotations

import re
from typing import Literal

from crmlab.data.programme_words import POINTS, TIERS, WALLET
from crmlab.data.service_words import COMPLAINTS, CONTACTS

__all__ = ["NO_ITEM", "SEARCHED", "VOCABULARY"]

_Kind = Literal["transactions", "survey", "contracts", "contacts", "complaints", "points", "tiers", "wallet"]
_Ranks = tuple[frozenset[str], ...]


def _ranks(*ranks: str) -> _Ranks:
    return tuple(frozenset(rank.split()) for rank in ranks)


_CUSTOMER = _ranks(
    """customerid custid customer cust customerno customernumber customercode clientid client clientno userid user
    uid memberid member memberno membercode membernumber buyerid buyer accountid accountno shopperid householdid
    householdkey 会员号 会员编号 会员id 会员码 会员代码 会员 客户编号 客户id 客户号 客户代码 客户编码 客户码 客户 顾客编号 顾客id 顾客号
    顾客 用户id 用户编号 用户号 用户 买家id 买家编号 买家 业主编号 车主编号 住客编号
    soldtoparty soldtopt soldto guestid 购货单位编号 购货单位代码""",
    "会员卡号 卡号 会员账号 客户账号 用户账号 买家账号 账号 账户 户号 cardno cardnumber cardid loyaltycard account",
    "手机号 手机号码 手机 会员手机号 会员手机 客户手机号 买家手机号 联系电话 电话 电话号码 mobile mobileno phone phoneno phonenumber openid unionid",
    """email emailaddress 邮箱 电子邮箱 买家昵称 买家会员名 客户名称 客户名 会员名 用户名 username buyername buyernick clientname customername
    guestname guest 客户简称 往来单位 购货单位 购货单位名称 购买方 购买方名称 对方账号 业主 业主姓名 业主名称 车主 车主姓名 住户 户主 租户 承租人
    住客 住客姓名 客人姓名 宾客姓名""",
)

_TRANSACTIONS: dict[str, _Ranks] = {
    "customer": _CUSTOMER,
    "date": _ranks(
        """orderdate ordertime orderdatetime ordered orderedat invoicedate purchasedate purchasetime transactiondate
        transactiontime transdate trandate salesdate saledate dateofpurchase buydate 下单时间 下单日期 交易日期 交易时间 消费日期
        消费时间 购买时间 购买日期 订单日期 订单时间 成交时间 成交日期 订单创建时间 销售日期 入住日期 发生时间 发生日期 业务日期 单据日期
        arrival arrivaldate checkin checkindate""",
        "date 日期 timestamp datetime day 时间 time t",
        "paymentdate paymenttime paidat paydate paytime gmtpayment 支付时间 付款时间 支付日期 付款日期 订单付款时间 创建时间 createdat created createdate createtime gmtcreate 结账时间 开票日期",
    ),
    "amount": _ranks(
        """amountpaid paidamount paid netamount netsales payamount paidfee 实付金额 实付款 实付 实收金额 实收 实际支付金额 买家实际支付金额 支付金额 付款金额 实付额 订单实付金额 订单实付
        订单实际支付金额 买家实付金额 实付总额 实付总金额""",
        """amount amt totalamount totalprice totalsales ordertotal orderamount ordervalue salesamount salesvalue
        transactionamount purchaseamount spend spent spending sales revenue value monetary total 金额 消费金额 消费额 订单金额 成交额
        成交金额 交易金额 交易额 销售额 销售金额 购买金额 购买额 总金额 总价 合计 合计金额 总额 营业额 含税金额 收入金额 totalrevenue
        netvalue""",
        "payment grosssales subtotal linetotal sum charge 应付金额 应收金额 商品金额 货款 房费",
    ),
    "quantity": _ranks("quantity qty units 数量 件数 购买数量 商品数量 销售数量"),
    "unit_price": _ranks("unitprice priceperunit 单价 商品单价 销售单价", "price 价格 售价"),
}

_SURVEY: dict[str, _Ranks] = {
    "respondent": _ranks(
        """respondent respondentid respid responseid respondentno interviewid 问卷编号 答卷编号 问卷id 答卷id 答卷序号 问卷序号 受访者
        受访者编号 受访者id 被访者编号 样本编号 样本号""",
        "序号 编号 no id index rowid",
    ),
    "customer": _CUSTOMER,
    "overall": _ranks(
        "overall",
        """overallsatisfaction satisfactionoverall csat osat overallsat generalsatisfaction 总体满意度 整体满意度 综合满意度
        总体满意 整体满意 总满意度 总体评价 您的总体满意度""",
        "satisfaction sat satisfactionscore 满意度 满意度评分 满意程度",
    ),
    "recommend": _ranks(
        "recommend",
        """recommendation nps npsscore likelihoodtorecommend willingnesstorecommend ltr recommendscore 推荐意愿 推荐度
        推荐可能性 推荐评分 净推荐值 推荐分 推荐意向 nps评分 推荐""",
    ),
    "effort": _ranks(
        "effort ces customereffort customereffortscore effortscore cesscore 费力度 客户费力度 费力程度 客户费力程度"
    ),
    "expectation": _ranks(
        "expectation expected expectations expectedquality 期望 期望值 预期 客户期望 期望质量 期望水平"
    ),
    "perceived": _ranks(
        "perceived",
        """perception perceivedquality perceivedperformance performance 感知 感知值 感知质量 客户感知 感知绩效 实际感受
        实际感知 感知水平 感知效果""",
    ),
    "group": _ranks(
        "group",
        "segment grouping 分组 组别 群组 客户群 细分市场",
        "store branch shop outlet storeid storename branchname office workshop station hotel estate distributor 分店 门店 店铺 门店名称 分店名称 店名 网点 分公司 支行 项目 小区 办事处 营业厅 维修站 加油站 酒店 经销商",
        "region area city district province 区域 地区 大区 城市 省份",
    ),
    "date": _ranks(
        """surveydate responsedate answerdate interviewdate submitted submittedat submittime submitdate completedat
        提交时间 提交日期 提交答卷时间 答题时间 答卷时间 填写时间 填写日期 调查日期 调查时间 访问日期 评价时间 评价日期 回答日期""",
        "date day 日期 时间 timestamp datetime time",
    ),
    "comment": _ranks(
        """comment comments verbatim openanswer openquestion freetext remark remarks suggestion suggestions 意见 建议 意见建议
        意见和建议 意见与建议 意见或建议 您的意见 您的建议 您的意见和建议 其他意见 其他建议 意见反馈 留言 客户留言 评论 评论内容 客户意见
        开放题"""
    ),
    "weight": _ranks("weight weights wt sampleweight surveyweight 权重 加权 样本权重 加权系数 权数"),
}

_CONTRACTS: dict[str, _Ranks] = {
    "customer": _CUSTOMER,
    "start": _ranks(
        """start startdate startedon startedat begin begindate contractstart contractstartdate subscriptionstart
        subscriptionstartdate joindate joined joinedat joinedon signup signupdate activationdate activatedat effectivedate
        effectivefrom validfrom policystart policystartdate opened opendate 开始日期 开始时间 起始日期 起始日 起始时间 合同开始 合同开始日期
        合同起始日 合同起始日期 生效日期 生效日 生效时间 开通日期 开通时间 入网日期 入网时间 入会日期 入会时间 签约日期 签约时间 开户日期
        起租日 起租日期 起保日期 投保日期 入住日期 接房日期""",
    ),
    "end": _ranks(
        """end enddate endedon endedat contractend contractenddate subscriptionend subscriptionenddate termination
        terminationdate terminatedat cancellation cancellationdate canceldate cancelled cancelledat canceledat cancelledon
        churndate churnedat leftat lefton leavedate exitdate lapsedate lapsed closed closedate closedat 结束日期 结束时间 终止日期
        终止时间 合同结束 合同结束日期 合同终止日期 退订日期 退订时间 离网日期 离网时间 销户日期 注销日期 解约日期 流失日期 退会日期 退租日期
        止租日 止租日期 停用日期 退保日期""",
        "expiry expirydate expirationdate expiresat validto validuntil 到期日 到期日期 失效日期 合同到期日 合同到期日期",
    ),
    "tenure": _ranks(
        """tenure tenuremonths tenureinmonths tenureyears tenureinyears monthsonbook monthsactive contractmonths
        renewalsfaced periodsactive 在网时长 在网月数 网龄 期数 已缴期数 持有期数 在册月数 使用月数 会龄 会员时长 合作年限 合同期数 缴费期数
        存续期数""",
        "periods renewals duration months years lifetime 续约次数 月数 年数 时长",
    ),
    "lost": _ranks(
        """lost churn churned churnflag ischurned ischurn churnlabel left hasleft exited attrition attritionflag attrited
        cancelledflag iscancelled islost 流失 是否流失 流失标志 流失标识 已流失 是否离网 离网 是否退订 是否退租 是否注销 是否解约 是否离开""",
        "churnvalue status customerstatus contractstatus subscriptionstatus policystatus 状态 客户状态 合同状态 保单状态 用户状态",
    ),
    "fee": _ranks(
        """fee fees monthlycharges monthlycharge monthlyfee monthlyprice monthlypayment annualfee yearlyfee quarterlyfee
        subscriptionfee subscriptionprice premium arpu mrr recurringrevenue 月费 月租 月租费 年费 季费 资费 每期费用 单期费用 费用 保费
        会费 物业费 月物业费 月租金 月管理费 套餐费 套餐价格 服务费 月均消费""",
        "charge charges price amount rate payment rent 金额 价格 单价 租金 缴费金额",
    ),
    "group": _ranks(
        "group segment grouping 分组 组别 群组 客户群 细分市场",
        """plan planname plantype package packagename tariff contracttype product producttype productname 套餐 套餐名称
        套餐类型 合同类型 产品 产品名称 产品类型 险种""",
        """contract customertype membership tier channel region area city store branch 客户类型 会员等级 渠道 区域 地区 城市 门店 分店
        项目 小区""",
    ),
}

VOCABULARY: dict[_Kind, dict[str, _Ranks]] = {
    "transactions": _TRANSACTIONS,
    "survey": _SURVEY,
    "contracts": _CONTRACTS,
    "contacts": CONTACTS,
    "complaints": {"customer": _CUSTOMER, **COMPLAINTS},
    "points": {"customer": _CUSTOMER, **POINTS},
    "tiers": {"customer": _CUSTOMER, **TIERS},
    "wallet": {"customer": _CUSTOMER, **WALLET},
}

#: what is searched inside a name, and what must not stand in it
_Search = tuple[re.Pattern[str], re.Pattern[str] | None]

_NO_AMOUNT = re.compile(r"折|优惠|券|退|税|运费|积分|discount|refund|tax|freight|shipping|coupon|point")
_A_CUSTOMER = (
    re.compile(
        r"^(会员|客户|顾客|用户|买家|member|cust|client|buyer|user|shopper).*(号|编码|代码|id|no|number|code|key)$"
    ),
    re.compile(r"姓名|电话|类型|等级|级别|积分|type|level|postcode|zip"),
)

#: last ranks: what is searched inside a name, and what must not stand in it
SEARCHED: dict[_Kind, dict[str, tuple[_Search, ...]]] = {
    **{
        kind: {"customer": (_A_CUSTOMER,)}
        for kind in ("contracts", "complaints", "points", "tiers", "wallet")
    },
    "contacts": {},
    "transactions": {
        "customer": (_A_CUSTOMER,),
        "date": (
            (
                re.compile(r"日期$|时间$|date$|time$|datetime$"),
                re.compile(
                    r"生日|出生|注册|入会|发货|收货|送达|退|完成|更新|到期|截止|birth|regist|join|sign|ship|deliver|return|refund|update|expir|due"
                ),
            ),
        ),
        "amount": (
            (re.compile(r"实付|实收|实际支付|实际付款|paidamount|amountpaid"), _NO_AMOUNT),
            (re.compile(r"金额|付款额|amount|revenue|spend|销售额|消费额"), _NO_AMOUNT),
        ),
    },
    "survey": {
        "overall": ((re.compile(r"总体.*满意|整体.*满意|综合.*满意|overall.*satisf|satisf.*overall"), None),),
        "recommend": (
            (
                re.compile(
                    r"推荐.*(意愿|可能|程度)|(意愿|可能|愿意|多大).*推荐|likel.*recommend|recommend.*(friend|colleague)"
                ),
                None,
            ),
        ),
        "effort": ((re.compile(r"费力|customereffort"), None),),
        "weight": ((re.compile(r"权重$|^weight"), None),),
    },
}

#: columns of a survey that are no answers on a scale when they hold numbers (words of a scale always are answers)
NO_ITEM = re.compile(
    r"性别|年龄|学历|职业|收入|婚姻|年份|时长|用时|次数|数量|电话|手机|邮编|^ip|日期|时间|金额|^id$|id$|编号|序号|^no$"
    r"|^(gender|sex|age|agegroup|education|income|occupation|marital|year|month|tenure|duration|phone|zip|postcode|wave)$"
)
