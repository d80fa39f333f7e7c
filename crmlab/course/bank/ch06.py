"""Chapter 6, customer value: exercises and quiz questions.

Firms and offers in the exercises are invented; the model's parameters in the last one are drawn near those of the CDNOW
sample (Fader, Hardie & Lee 2005, doi 10.1287/mksc.1040.0098).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from crmlab.course.bank.model import Exercise, Mistake, Option, Parameters, Question, Table, Tolerance

if TYPE_CHECKING:
    import numpy as np

__all__ = ["EXERCISES", "QUESTIONS"]

# ---- 1 · delivered value ---------------------------------------------------------------------------------------------


def _draw_offers(rng: np.random.Generator) -> Parameters:
    return {
        "hour": int(rng.integers(12, 49)),
        "near_value": int(rng.integers(180, 211)),
        "near_money": int(rng.integers(118, 141)),
        "near_minutes": int(rng.integers(3, 7)) * 5,
        "near_other": int(rng.integers(4, 10)),
        "far_value": int(rng.integers(175, 206)),
        "far_money": int(rng.integers(86, 111)),
        "far_minutes": int(rng.integers(14, 22)) * 5,
        "far_other": int(rng.integers(12, 23)),
    }


def _delivered(p: Parameters, which: str, *, minutes_an_hour: float = 60.0) -> float:
    time = p[f"{which}_minutes"] / minutes_an_hour * p["hour"]
    return float(p[f"{which}_value"] - p[f"{which}_money"] - time - p[f"{which}_other"])


def _ahead(p: Parameters) -> float:
    return _delivered(p, "near") - _delivered(p, "far")


DELIVERED = Exercise(
    id="ch06-delivered-value",
    chapter=6,
    objective=1,
    difficulty=1,
    marks=2,
    title={"en": "Which shop delivers more?", "zh": "哪家店的让渡价值更高？"},
    statement={
        "en": "A household's weekly shopping can be done at a corner shop or at a hypermarket (an invented example).\n"
        "The table holds what one trip gives and costs; an hour is worth {hour} yuan to this customer.\n"
        "How much more value does the **corner shop** deliver than the hypermarket? "
        "A negative number says that it delivers less.",
        "zh": "某家庭每周采购一次，可以去社区小店，也可以去大卖场（虚构示例）。\n"
        "下表列出一次采购的所得与所费；对这位客户而言，一小时值 {hour} 元。\n"
        "**社区小店**的客户让渡价值比大卖场高多少？负数表示更低。",
    },
    table=Table(
        columns=(
            {"en": "per trip", "zh": "每次采购"},
            {"en": "corner shop", "zh": "社区小店"},
            {"en": "hypermarket", "zh": "大卖场"},
        ),
        rows=lambda p: [
            [{"en": "total customer value, yuan", "zh": "客户总价值（元）"}, p["near_value"], p["far_value"]],
            [{"en": "price paid, yuan", "zh": "货币成本（元）"}, p["near_money"], p["far_money"]],
            [{"en": "time, minutes", "zh": "花费时间（分钟）"}, p["near_minutes"], p["far_minutes"]],
            [
                {"en": "physical and psychic cost, yuan", "zh": "体力与精神成本（元）"},
                p["near_other"],
                p["far_other"],
            ],
        ],
    ),
    parameters=_draw_offers,
    solution=_ahead,
    tolerance=Tolerance(absolute=0.05),
    unit={"en": "yuan a trip", "zh": "元／次"},
    mistakes=(
        Mistake(
            "money-only",
            lambda p: float(p["near_value"] - p["near_money"] - p["far_value"] + p["far_money"]),
            {
                "en": "You took off the price alone. The total customer cost has four parts: "
                "time, physical and psychic cost count as well.",
                "zh": "你只减去了货币成本。客户总成本有四项：时间成本、体力成本和精神成本也要计入。",
            },
        ),
        Mistake(
            "minutes-as-hours",
            lambda p: _delivered(p, "near", minutes_an_hour=1.0) - _delivered(p, "far", minutes_an_hour=1.0),
            {
                "en": "You multiplied minutes by the worth of an hour. Turn minutes into hours first.",
                "zh": "你把分钟数直接乘以每小时的价值了。先把分钟换算成小时。",
            },
        ),
        Mistake(
            "no-time",
            lambda p: _ahead(p) - (p["far_minutes"] - p["near_minutes"]) / 60 * p["hour"],
            {
                "en": "The time cost is missing: the two trips do not take equally long.",
                "zh": "漏掉了时间成本：两处采购花费的时间并不相同。",
            },
        ),
        Mistake(
            "cost-only",
            lambda p: _ahead(p) - (p["near_value"] - p["far_value"]),
            {
                "en": "You compared the costs alone. Delivered value is total value less total cost, "
                "and the two shops differ in value too.",
                "zh": "你只比较了成本。让渡价值等于总价值减总成本，两家店的总价值也不相同。",
            },
        ),
        Mistake(
            "one-offer",
            lambda p: _delivered(p, "near"),
            {
                "en": "That is what the corner shop delivers. Asked is how much more than the hypermarket.",
                "zh": "这是社区小店本身的让渡价值。题目问的是比大卖场高多少。",
            },
        ),
    ),
    hints=(
        {
            "en": "Delivered value is total value less total cost. Work it out for each shop first.",
            "zh": "让渡价值＝客户总价值－客户总成本。先分别算出两家店的让渡价值。",
        },
        {
            "en": "Time cost: minutes, divided by 60, times what an hour is worth.",
            "zh": "时间成本＝分钟数÷60×每小时的价值。",
        },
        {
            "en": "For each shop: value, less price, less time cost, less physical and psychic cost; "
            "then corner shop less hypermarket.",
            "zh": "每家店：总价值，减货币成本，减时间成本，减体力与精神成本；最后用社区小店减去大卖场。",
        },
    ),
)

# ---- 2 · lifecycle ---------------------------------------------------------------------------------------------------

_START = dt.date(2024, 1, 8)


def _draw_silence(rng: np.random.Generator) -> Parameters:
    occasions = int(rng.integers(5, 10))
    lived = int(rng.integers(9, 16)) * (occasions - 1) + int(rng.integers(0, 5))
    first = _START + dt.timedelta(days=int(rng.integers(0, 60)))
    last = first + dt.timedelta(days=lived)
    silent = int(rng.integers(25, 95))
    return {
        "occasions": occasions,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "today": (last + dt.timedelta(days=silent)).isoformat(),
        "lived": lived,
        "silent": silent,
        "others": int(rng.integers(24, 36)),
    }


def _silence_ratio(p: Parameters) -> float:
    return float(p["silent"] / (p["lived"] / (p["occasions"] - 1)))


SILENCE = Exercise(
    id="ch06-silence",
    chapter=6,
    objective=2,
    difficulty=1,
    marks=2,
    title={"en": "How long is long?", "zh": "多久才算久？"},
    statement={
        "en": "A customer bought on {occasions} days: first on {first}, last on {last}. Today is {today}.\n"
        "The median gap between purchases of the other customers is {others} days.\n"
        "How many of **her own** usual gaps has she been silent? (Above 3, the rule of this chapter says: in decline.)",
        "zh": "某客户共在 {occasions} 天有过购买：首次为 {first}，最后一次为 {last}。今天是 {today}。\n"
        "其他客户购买间隔的中位数为 {others} 天。\n"
        "她沉默的时间相当于**她自己**的多少个平均购买间隔？（按本章规则，超过 3 即判为退化期。）",
    },
    parameters=_draw_silence,
    solution=_silence_ratio,
    tolerance=Tolerance(absolute=0.02),
    unit={"en": "gaps", "zh": "个间隔"},
    mistakes=(
        Mistake(
            "fence-posts",
            lambda p: p["silent"] / (p["lived"] / p["occasions"]),
            {
                "en": "You divided by the number of purchases. Between {occasions} purchases there is one gap fewer.",
                "zh": "你除以了购买次数。{occasions} 次购买之间的间隔要少一个。",
            },
        ),
        Mistake(
            "others-gap",
            lambda p: p["silent"] / p["others"],
            {
                "en": "That is the gap of the others. She has bought often enough to have a habit of her own.",
                "zh": "这里用的是其他客户的间隔。她的购买次数已经足够多，有了自己的习惯。",
            },
        ),
        Mistake(
            "since-first",
            lambda p: (p["silent"] + p["lived"]) / (p["lived"] / (p["occasions"] - 1)),
            {
                "en": "You counted from her first purchase. Silence begins with the last one.",
                "zh": "你从首次购买算起了。沉默是从最后一次购买开始的。",
            },
        ),
        Mistake(
            "days",
            lambda p: float(p["silent"]),
            {
                "en": "Those are days. Divide them by her usual gap: thirty days are long for one customer "
                "and short for another.",
                "zh": "这是天数。还要除以她的平均间隔：同样三十天，对有的客户很长，对有的客户很短。",
            },
        ),
    ),
    hints=(
        {
            "en": "You need two lengths in days: how long she usually waits, and how long she has waited now.",
            "zh": "需要两个天数：她平时隔多久买一次，现在又有多久没买了。",
        },
        {
            "en": "Her usual gap: days from the first to the last purchase, divided by the number of gaps.",
            "zh": "平均间隔＝首次到最后一次购买的天数÷间隔个数。",
        },
        {
            "en": "Days from the last purchase to today, divided by her usual gap.",
            "zh": "用最后一次购买到今天的天数，除以她的平均间隔。",
        },
    ),
)

# ---- 3 · retention and discount --------------------------------------------------------------------------------------


def _draw_retention(rng: np.random.Generator) -> Parameters:
    return {
        "spend": int(rng.integers(30, 91)) * 20,
        "margin": int(rng.integers(4, 10)) * 5,
        "retention": int(rng.integers(60, 89)),
        "discount": int(rng.integers(8, 17)),
        "cost": int(rng.integers(4, 19)) * 10,
    }


def _yearly(p: Parameters) -> float:
    return float(p["spend"] * p["margin"] / 100)


def _multiple(p: Parameters, *, discount: bool = True) -> float:
    r, d = p["retention"] / 100, p["discount"] / 100 if discount else 0.0
    return float(r / (1 + d - r))


def _retention_value(p: Parameters) -> float:
    return _yearly(p) * _multiple(p) - float(p["cost"])


RETENTION = Exercise(
    id="ch06-retention-value",
    chapter=6,
    objective=3,
    difficulty=2,
    marks=3,
    title={"en": "Worth more than she cost?", "zh": "这位客户值多少？"},
    statement={
        "en": "A member of an invented gym pays {spend} yuan a year, of which {margin}% is margin.\n"
        "Each year {retention}% of the members stay on; money has a discount rate of {discount}% a year.\n"
        "Winning a member costs {cost} yuan. The margin of the first year pays for setting her up, so the first margin "
        "counted comes **after the first renewal**.\n"
        "What is a new member worth, over all years to come, net of the cost of winning her?",
        "zh": "某健身房（虚构）的会员每年缴费 {spend} 元，毛利率为 {margin}%。\n"
        "每年有 {retention}% 的会员续费；年贴现率为 {discount}%。\n"
        "获取一名会员的成本为 {cost} 元。首年毛利用于开户服务，因此**第一次续费之后**的毛利才开始计入。\n"
        "扣除获客成本后，一名新会员在今后所有年份中的终生价值是多少？",
    },
    parameters=_draw_retention,
    solution=_retention_value,
    tolerance=Tolerance(absolute=0.5),
    unit={"en": "yuan", "zh": "元"},
    mistakes=(
        Mistake(
            "at-acquisition",
            lambda p: _retention_value(p) + _yearly(p),
            {
                "en": "You counted a margin at once, on joining. Here the first one comes after the first renewal: "
                "the numerator is r, not 1 + d.",
                "zh": "你把入会当年的毛利也计入了。本题第一笔毛利在首次续费之后：分子是 r，而不是 1 + d。",
            },
        ),
        Mistake(
            "no-discount",
            lambda p: _yearly(p) * _multiple(p, discount=False) - p["cost"],
            {
                "en": "The discount is missing: a yuan in ten years is worth less than a yuan today.",
                "zh": "忘了贴现：十年后的一元不如今天的一元值钱。",
            },
        ),
        Mistake(
            "turnover",
            lambda p: p["spend"] * _multiple(p) - p["cost"],
            {
                "en": "You summed up what she pays. The firm keeps the margin alone.",
                "zh": "你累计的是会员缴费额。企业得到的只是其中的毛利。",
            },
        ),
        Mistake(
            "no-cost",
            lambda p: _retention_value(p) + p["cost"],
            {
                "en": "The cost of winning her is not taken off yet.",
                "zh": "还没有减去获客成本。",
            },
        ),
        Mistake(
            "expected-years",
            lambda p: _yearly(p) / (1 - p["retention"] / 100) - p["cost"],
            {
                "en": "You took 1/(1 − r) years of margin: that counts a margin on joining, and knows no discount.",
                "zh": "你用了 1/(1 − r) 年的毛利：这既计入了入会当年，又没有贴现。",
            },
        ),
    ),
    hints=(
        {
            "en": "Which amount reaches the firm each year, and with which chance does it still come in year $t$?",
            "zh": "企业每年得到的是哪一笔钱？到第 $t$ 年它仍然到账的概率是多少？",
        },
        {
            "en": "The sum $\\sum_{{t=1}}^{{\\infty}} m\\,r^t/(1+d)^t$ has the closed form $m\\,r/(1+d-r)$.",
            "zh": "级数 $\\sum_{{t=1}}^{{\\infty}} m\\,r^t/(1+d)^t$ 的和为 $m\\,r/(1+d-r)$。",
        },
        {
            "en": "Margin a year = payment × margin rate; times $r/(1+d-r)$; less the cost of winning her.",
            "zh": "年毛利＝年缴费×毛利率；乘以 $r/(1+d-r)$；再减去获客成本。",
        },
    ),
)

# ---- 4 · will she come back? -----------------------------------------------------------------------------------------


def _draw_history(rng: np.random.Generator) -> Parameters:
    T = int(rng.integers(45, 80))
    return {
        "r": round(float(rng.uniform(0.22, 0.30)), 3),
        "alpha": round(float(rng.uniform(4.2, 5.8)), 2),
        "a": round(float(rng.uniform(0.55, 0.85)), 2),
        "b": round(float(rng.uniform(2.3, 2.8)), 2),
        "x": int(rng.integers(2, 8)),
        "T": T,
        "recency": int(T - rng.integers(8, 26)),
        "weeks": int(rng.choice([13, 26, 39, 52])),
    }


def _alive(p: Parameters, *, recency: float | None = None) -> float:
    t = p["recency"] if recency is None else recency
    odds = p["a"] / (p["b"] + p["x"] - 1) * ((p["alpha"] + p["T"]) / (p["alpha"] + t)) ** (p["r"] + p["x"])
    return float(1 / (1 + odds))


def _buys(p: Parameters) -> float:
    stay_silent = (p["alpha"] + p["T"]) / (p["alpha"] + p["T"] + p["weeks"])
    return float(1 - stay_silent ** (p["r"] + p["x"]))


RETURN = Exercise(
    id="ch06-return",
    chapter=6,
    objective=4,
    difficulty=3,
    marks=4,
    title={"en": "Will she come back?", "zh": "她还会再来吗？"},
    statement={
        "en": "A BG/NBD, fitted to weekly data of an invented shop, gives $r$ = {r}, $\\alpha$ = {alpha}, $a$ = {a}, "
        "$b$ = {b}.\nA customer came {T} weeks ago for the first time, has bought {x} times since, and the last of these "
        "purchases was {recency} weeks after the first.\n"
        "With which probability does she buy **at least once in the next {weeks} weeks**?",
        "zh": "对某商店（虚构）的按周数据拟合 BG/NBD 模型，得到 $r$ = {r}、$\\alpha$ = {alpha}、$a$ = {a}、$b$ = {b}。\n"
        "某客户 {T} 周前首次购买，此后又购买了 {x} 次，其中最后一次距首次购买 {recency} 周。\n"
        "她在**今后 {weeks} 周内至少购买一次**的概率是多少？",
    },
    parameters=_draw_history,
    solution=lambda p: _alive(p) * _buys(p),
    tolerance=Tolerance(absolute=0.004),
    unit={"en": "a probability, 0 to 1", "zh": "概率，0 到 1"},
    mistakes=(
        Mistake(
            "alive-only",
            _alive,
            {
                "en": "That is the probability that she is still there. Who is still there may yet not buy "
                "within {weeks} weeks.",
                "zh": "这是她仍在的概率。仍在的客户在 {weeks} 周内也未必购买。",
            },
        ),
        Mistake(
            "buys-only",
            _buys,
            {
                "en": "That holds if she is still there. Multiply by the probability that she is.",
                "zh": "这是假定她仍在时的概率，还要乘以她仍在的概率。",
            },
        ),
        Mistake(
            "other-recency",
            lambda p: _alive(p, recency=p["T"] - p["recency"]) * _buys(p),
            {
                "en": "You used the time *since* the last purchase, the recency of RFM. "
                "The recency of this model runs from the first purchase to the last.",
                "zh": "你用的是*距今*多久，那是 RFM 的 R。本模型的近度是首次购买到最后一次购买的时间。",
            },
        ),
        Mistake(
            "no-return",
            lambda p: 1 - _alive(p) * _buys(p),
            {
                "en": "That is the probability that nothing comes from her any more.",
                "zh": "这是她不再购买的概率。",
            },
        ),
    ),
    hints=(
        {
            "en": "Two things must hold: she is still there, and, being there, she does not stay silent that long.",
            "zh": "需要同时满足两点：她仍在；并且仍在的她没有沉默那么久。",
        },
        {
            "en": "Given that she is there, no purchase in $t$ weeks has probability "
            "$\\left(\\frac{{\\alpha+T}}{{\\alpha+T+t}}\\right)^{{r+x}}$.",
            "zh": "若她仍在，$t$ 周内不购买的概率为 "
            "$\\left(\\frac{{\\alpha+T}}{{\\alpha+T+t}}\\right)^{{r+x}}$。",
        },
        {
            "en": "Still there: $1\\Big/\\left(1+\\frac{{a}}{{b+x-1}}\\left(\\frac{{\\alpha+T}}{{\\alpha+t_x}}\\right)^{{r+x}}\\right)$. "
            "Multiply it by one minus the probability of the second hint.",
            "zh": "仍在的概率：$1\\Big/\\left(1+\\frac{{a}}{{b+x-1}}\\left(\\frac{{\\alpha+T}}{{\\alpha+t_x}}\\right)^{{r+x}}\\right)$。"
            "用它乘以（1 减去第二步提示中的概率）。",
        },
    ),
)

EXERCISES = (DELIVERED, SILENCE, RETENTION, RETURN)

# ---- quiz ------------------------------------------------------------------------------------------------------------

QUESTIONS = (
    Question(
        id="ch06-q1",
        objective=1,
        stem={
            "en": "A grocer can give each customer 5 yuan off, or open a second checkout that saves each 10 minutes and "
            "costs him 1 yuan a customer. To most of his customers an hour is worth 30 yuan. "
            "What follows from delivered value?",
            "zh": "一家超市可以给每位客户减价 5 元，也可以增开一个收银台，使每位客户节省 10 分钟，超市为此平均每位客户花费 1 元。"
            "对多数客户来说，一小时值 30 元。用客户让渡价值来看，应当得出什么结论？",
        },
        options=(
            Option(
                {
                    "en": "Both are worth the same to the customer, and the checkout costs the firm a fifth.",
                    "zh": "两者对客户的价值相同，而增开收银台的花费只有减价的五分之一。",
                },
                correct=True,
                explanation={
                    "en": "10 minutes at 30 yuan an hour are 5 yuan. A price cut moves money from one pocket to the other; "
                    "lower time cost is value that nobody had before.",
                    "zh": "按每小时 30 元计，10 分钟值 5 元。减价只是把钱从一个口袋挪到另一个口袋；节省时间成本则创造了原来没有的价值。",
                },
            ),
            Option(
                {
                    "en": "The price cut is better: money counts for every customer.",
                    "zh": "减价更好：钱对每位客户都有用。",
                },
                correct=False,
                explanation={
                    "en": "To a customer whose hour is worth less than 30 yuan it is, but at five times the expense to the firm. "
                    "Delivered value puts all four costs on one scale, and then asks what each improvement costs.",
                    "zh": "对一小时不值 30 元的客户确实如此，但企业要付出五倍的代价。让渡价值把四种成本放在同一尺度上，再看每项改进要花多少钱。",
                },
            ),
            Option(
                {
                    "en": "Neither: only product quality raises the total customer value.",
                    "zh": "都不必：只有产品质量才能提高客户总价值。",
                },
                correct=False,
                explanation={
                    "en": "Delivered value rises with a higher total value or with a lower total cost; "
                    "time is one of the four costs.",
                    "zh": "提高总价值或降低总成本，都能提高让渡价值；时间正是四种成本之一。",
                },
            ),
            Option(
                {
                    "en": "Nothing, as long as competitors' offers are not known.",
                    "zh": "不知道竞争对手的情况，什么结论都得不出。",
                },
                correct=False,
                explanation={
                    "en": "Which offer wins depends on the competitors; which of two improvements is cheaper for the same gain "
                    "does not.",
                    "zh": "谁能胜出要看竞争对手；但同样的收益哪种做法更便宜，与竞争对手无关。",
                },
            ),
        ),
    ),
    Question(
        id="ch06-q2",
        objective=2,
        stem={
            "en": "A customer bought once, four months ago. The others usually buy every 30 days, so the rule "
            "'silent for more than three gaps' says: in decline. What is the best reading?",
            "zh": "某客户四个月前购买过一次。其他客户通常每 30 天购买一次，因此按“沉默超过三个间隔”的规则，他被判为退化期。怎样理解最恰当？",
        },
        difficulty=2,
        options=(
            Option(
                {
                    "en": "The rule measures him by other people's habit; he may be a slow buyer, "
                    "so a chance of return should be estimated.",
                    "zh": "规则用别人的习惯衡量他；他也许本来就买得慢，应当估计他再来的概率。",
                },
                correct=True,
                explanation={
                    "en": "With one purchase there is no gap of his own. In this chapter's data, "
                    "a large part of the one-time buyers called finished came back within half a year.",
                    "zh": "只有一次购买，就没有他自己的间隔。在本章数据中，被判为“已经结束”的一次性买主，有相当一部分在半年内又回来了。",
                },
            ),
            Option(
                {
                    "en": "He is lost: the pattern is early abortion, and his file can be closed.",
                    "zh": "他已流失：属于早期流产型，可以注销档案。",
                },
                correct=False,
                explanation={
                    "en": "The label is a rule, not a fact. Nobody who buys without a contract gives notice.",
                    "zh": "标签是规则的产物，而不是事实。没有合同的客户离开时不会打招呼。",
                },
            ),
            Option(
                {
                    "en": "He is in the exploration stage: with one purchase there can be no decline.",
                    "zh": "他处于考察期：只买过一次就谈不上退化。",
                },
                correct=False,
                explanation={
                    "en": "Relationships can decline in any stage, the first included; "
                    "what is unknown is whether this one has.",
                    "zh": "关系在任何阶段都可能退化，考察期也不例外；问题只在于这段关系是否真的退化了。",
                },
            ),
            Option(
                {
                    "en": "The rule is wrong because three gaps are too few; with ten it would be right.",
                    "zh": "规则错在三个间隔太短，改成十个就对了。",
                },
                correct=False,
                explanation={
                    "en": "Another threshold moves the error: fewer are called lost by mistake, "
                    "and those who really left are noticed later.",
                    "zh": "换一个阈值只是转移错误：误判流失的少了，而真正离开的客户会更晚被发现。",
                },
            ),
        ),
    ),
    Question(
        id="ch06-q3",
        objective=3,
        stem={
            "en": "In a cohort, 60% of the customers stay in the first year, 80% of the remaining ones in the second, "
            "90% of these in the third. What explains this most simply?",
            "zh": "某一批客户，第一年留下 60%，第二年留下其中的 80%，第三年又留下其中的 90%。最简单的解释是什么？",
        },
        difficulty=2,
        options=(
            Option(
                {
                    "en": "Customers differ, and those likely to leave leave first; nobody need have become more loyal.",
                    "zh": "客户各不相同，容易离开的先离开；不必有任何人变得更忠诚。",
                },
                correct=True,
                explanation={
                    "en": "The mix changes, not the people. A formula with one constant retention rate then undervalues those who stayed.",
                    "zh": "变化的是客户构成，而不是客户本身。用一个固定的保持率计算，会低估留下来的客户。",
                },
            ),
            Option(
                {
                    "en": "Customers grow more loyal with every year.",
                    "zh": "客户一年比一年忠诚。",
                },
                correct=False,
                explanation={
                    "en": "It may be so, but the rates do not prove it: a mixture of unchanging customers shows the same rise.",
                    "zh": "有可能，但这些比率证明不了：一群始终不变、只是彼此不同的客户，也会呈现同样的上升。",
                },
            ),
            Option(
                {
                    "en": "The service improved.",
                    "zh": "服务改善了。",
                },
                correct=False,
                explanation={
                    "en": "Then newer cohorts would stay more in their first year as well. Compare cohorts before crediting the service.",
                    "zh": "若是如此，后来的客户在第一年也应留得更多。先比较不同批次，再归功于服务。",
                },
            ),
            Option(
                {
                    "en": "Chance: retention is constant, and the three rates scatter around it.",
                    "zh": "偶然：保持率是固定的，三个数字只是随机波动。",
                },
                correct=False,
                explanation={
                    "en": "With some hundreds of customers, 60 and 90% are far beyond chance; and the rise is found in nearly all cohorts.",
                    "zh": "客户有几百人时，60% 与 90% 的差距远非偶然；而且几乎所有批次都呈现上升。",
                },
            ),
        ),
    ),
    Question(
        id="ch06-q4",
        objective=4,
        stem={
            "en": "Anna has bought 12 times in 40 weeks, Ben twice. Both have been silent for 15 weeks. "
            "Who is more likely to be gone, according to the BG/NBD?",
            "zh": "安娜在 40 周内购买了 12 次，本购买了 2 次。两人都已 15 周没有购买。按照 BG/NBD 模型，谁更可能已经离开？",
        },
        difficulty=2,
        options=(
            Option(
                {
                    "en": "Anna: for somebody who bought so often, 15 weeks are a long silence.",
                    "zh": "安娜：对购买如此频繁的人来说，15 周是很长的沉默。",
                },
                correct=True,
                explanation={
                    "en": "Silence speaks the louder, the shorter the usual gap. "
                    "On real data, though, the model gives up frequent buyers somewhat too soon: they pause.",
                    "zh": "平时的间隔越短，沉默就越说明问题。不过在真实数据中，模型对频繁购买者放弃得偏早：他们有时只是暂停。",
                },
            ),
            Option(
                {
                    "en": "Ben: who bought less is less attached.",
                    "zh": "本：买得少的人，感情也浅。",
                },
                correct=False,
                explanation={
                    "en": "Ben buys about every 20 weeks; 15 weeks of silence are nothing unusual for him. "
                    "He is more likely still there, and yet worth less.",
                    "zh": "本大约每 20 周购买一次，15 周的沉默对他很平常。他更可能仍在，但价值更低。",
                },
            ),
            Option(
                {
                    "en": "Both alike: the silence is the same.",
                    "zh": "一样：沉默的时间相同。",
                },
                correct=False,
                explanation={
                    "en": "A fixed hiatus of so many weeks treats them alike. "
                    "The model compares the silence with each customer's own rate.",
                    "zh": "“多少周没买就算流失”的固定规则会同等对待两人。模型则把沉默与每位客户自己的购买率相比。",
                },
            ),
            Option(
                {
                    "en": "It cannot be told without a contract.",
                    "zh": "没有合同就无从知道。",
                },
                correct=False,
                explanation={
                    "en": "It cannot be known, but it can be estimated, and the estimate can be checked on later data.",
                    "zh": "确实无法确知，但可以估计，而且估计可以用后来的数据检验。",
                },
            ),
        ),
    ),
)
