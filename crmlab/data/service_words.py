"""The names by which the columns of contacts and complaints are known; see :mod:`crmlab.data.vocabulary`."""

from __future__ import annotations

__all__ = ["COMPLAINTS", "CONTACTS"]

_Ranks = tuple[frozenset[str], ...]


def _ranks(*ranks: str) -> _Ranks:
    return tuple(frozenset(rank.split()) for rank in ranks)


CONTACTS: dict[str, _Ranks] = {
    "name": _ranks(
        """name fullname contactname customername clientname personname leadname 姓名 客户姓名 联系人 联系人姓名 会员姓名 顾客姓名 您的姓名
        访客姓名""",
        "contact customer client lead firstname lastname 客户名称 名称 客户 称呼 名字",
    ),
    "phone": _ranks(
        """phone phonenumber phoneno mobile mobilephone mobilenumber mobileno cell cellphone 手机号 手机号码 手机 联系手机 移动电话
        联系电话 电话 电话号码 客户电话 客户手机 本人手机号 您的手机号""",
        "telephone tel landline contactnumber 固定电话 座机 联系方式 微信手机号",
    ),
    "email": _ranks(
        "email emailaddress mail mailaddress 邮箱 电子邮箱 电子邮件 邮箱地址 电邮 email地址 您的邮箱"
    ),
    "source": _ranks(
        """source leadsource contactsource customersource acquisitionsource acquisitionchannel utmsource 来源 客户来源 来源渠道
        线索来源 获客渠道 获客来源 渠道来源 信息来源""",
        "channel campaign medium event 渠道 活动 活动名称 媒体 展会",
    ),
    "cost": _ranks(
        "acquisitioncost leadcost costperlead cpl cac 获客成本 获取成本 线索成本 单客成本 获客费用",
        "cost costs spend expense 成本 费用 花费",
    ),
    "date": _ranks(
        """contactdate leaddate registrationdate registered registeredat registeredon signupdate submitted submittedat
        submitdate submittime createdat createddate createtime 登记日期 登记时间 注册日期 注册时间 提交日期 提交时间 创建日期 创建时间
        联系日期 联系时间 录入日期 录入时间 来访日期 通话日期 通话时间""",
        "date day datetime timestamp time 日期 时间",
    ),
}

COMPLAINTS: dict[str, _Ranks] = {
    "date": _ranks(
        """complaintdate complainedat complainedon datecomplained reported reportedat reporteddate opened openedat openedon
        opendate received receivedat receiveddate submitted submittedat createdat created 投诉日期 投诉时间 受理日期 受理时间 来电日期
        来电时间 登记日期 登记时间 报修日期 报修时间 反映日期 反映时间 提交日期 提交时间 工单创建时间""",
        "date day datetime timestamp time 日期 时间 创建时间 创建日期",
    ),
    "topic": _ranks(
        """topic complainttopic complainttype complaintreason complaintcategory issue issuetype subject 投诉主题 投诉类型 投诉类别 投诉原因
        投诉事项 问题类型 问题类别 问题分类 反映问题 投诉对象""",
        "category type reason product theme 主题 类型 类别 分类 原因 事由 事项",
    ),
    "channel": _ranks(
        """channel complaintchannel contactchannel submittedvia via 渠道 投诉渠道 投诉方式 受理渠道 受理方式 反映渠道 来源渠道 反馈渠道""",
        "medium source origin 来源 途径 方式",
    ),
    "resolved": _ranks(
        """resolveddate resolvedat resolvedon resolutiondate dateresolved settledat settledon settleddate closed closedat
        closedon closeddate closedate resolved settled 办结日期 办结时间 解决日期 解决时间 处理完成时间 处理完成日期 完成日期 完成时间 结案日期
        结案时间 关闭时间 关闭日期 回复时间 回复日期 处理时间 处理日期""",
    ),
    "days_to_resolve": _ranks(
        """daystoresolve daystoresolution resolutiondays daysopen dayswaited timetoresolve handlingdays 处理天数 办结天数 解决天数
        处理时长 处理用时 处理时限 办理天数 用时天数""",
        "days duration 天数 时长 用时",
    ),
    "recovered": _ranks(
        """recovered accepted satisfied solutionaccepted recoverysuccessful customeraccepted issatisfied madegood 补救成功
        是否补救成功 客户是否接受 是否满意 客户是否满意 是否接受 是否认可 回访是否满意""",
        "isresolved issolved solved resolvedflag 是否解决 是否已解决 是否办结 已解决 解决情况 处理结果 status 状态 处理状态",
    ),
}
