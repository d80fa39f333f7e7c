"""The names by which the columns of a loyalty programme are known; see :mod:`crmlab.data.vocabulary`."""

from __future__ import annotations

__all__ = ["POINTS", "TIERS", "WALLET"]

_Ranks = tuple[frozenset[str], ...]


def _ranks(*ranks: str) -> _Ranks:
    return tuple(frozenset(rank.split()) for rank in ranks)


POINTS: dict[str, _Ranks] = {
    "date": _ranks(
        """movementdate transactiondate transdate postingdate posted postedat bookingdate changedate 变动日期 变动时间 积分日期
        积分时间 发生日期 发生时间 入账日期 入账时间 记账日期 交易日期 交易时间""",
        "date 日期 datetime timestamp time 时间 day createdat 创建时间",
    ),
    "points": _ranks(
        "points point pts 积分 积分数 积分值 变动积分 积分变动 变动分值 积分数量 积分变化 发生积分",
        "miles coins stamps amount quantity change delta 分值 分数 数量 变动值 变动数量 里程",
    ),
    "kind": _ranks(
        """kind movement movementtype pointstype pointtype 变动类型 积分类型 变动方式 积分变动类型 变动种类 变动原因 业务类型 操作类型""",
        "type transactiontype action event reason category 类型 类别 操作 方向 事件 来源 原因",
    ),
    "value": _ranks(
        "value worth cashvalue rewardvalue 价值 奖品价值 礼品价值 抵扣金额 兑换金额 折算金额 积分价值",
        "cost rewardcost 成本 奖品成本 礼品成本",
    ),
}

TIERS: dict[str, _Ranks] = {
    "tier": _ranks(
        "tier membershiptier tiername memberlevel membershiplevel 会员等级 等级 会员级别 级别 会员层级 卡等级 卡级别 会籍",
        "level status grade class cardtype 会员类型 卡种 卡类型 客户等级 客户级别 vip等级",
    ),
    "year": _ranks(
        "year tieryear membershipyear programyear programmeyear 年份 年度 会员年度 会籍年度 评级年份 生效年份",
        "period validfrom from startdate date 期间 生效日期 定级日期 评级日期 日期",
    ),
    "qualifying_spend": _ranks(
        """qualifyingspend qualifyingspending qualifyingamount qualifyingrevenue tierspend spendqualifying 定级消费额 定级消费
        定级金额 评级消费额 评级消费 评级金额 升级消费额 累计消费 累计消费额 累计消费金额 年消费额 年消费金额 年度消费额 年度消费金额 年度消费""",
        "qualifyingpoints tierpoints tiercredits 定级积分 成长值 升级积分",
        "spend spending amount revenue total 消费额 消费金额 金额",
    ),
}

WALLET: dict[str, _Ranks] = {
    "category_spend": _ranks(
        """categoryspend categoryspending totalspend totalspending walletsize wallet totalcategoryspend marketspend
        allshops allbrands spendallshops 品类总花费 品类花费 品类支出 总花费 总支出 全部花费 所有商店花费 所有品牌花费 品类消费 品类消费额
        钱包 钱包大小 总消费 同类消费 同类消费额""",
    ),
    "own_spend": _ranks(
        """ownspend ownspending spendwithus ourspend spendhere brandspend 本店花费 本店消费 本店消费额 本品牌花费 本品牌消费 在我们这里的花费
        在本店的花费""",
    ),
    "rank": _ranks(
        "rank ranking ownrank brandrank ourrank 排位 排名 名次 本店排名 本店排位 品牌排名 位次",
        "position place preference",
    ),
    "shops": _ranks(
        """shops brands shopsused brandsused nshops nbrands numberofshops numberofbrands stores storesused 常去商店数 商店数
        品牌数 使用品牌数 常用品牌数 商店数目 品牌数目 店数 家数""",
    ),
}
