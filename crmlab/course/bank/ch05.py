"""The question bank of chapter 5: satisfaction and loyalty."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from crmlab.course.bank.model import Exercise, Mistake, Option, Parameters, Question, Table, Tolerance

if TYPE_CHECKING:
    import numpy as np

__all__ = ["EXERCISES", "QUESTIONS"]

_Z = 1.96


def _both(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh": zh}


# --- C = b/a ---------------------------------------------------------------------------------------------------------


def _ratio_numbers(rng: np.random.Generator) -> Parameters:
    expected = [int(x) for x in rng.integers(3, 11, 6)]
    gaps = rng.choice([-3, -2, -1, -1, 0, 1, 1, 2], 6)
    perceived = [min(10, max(1, a + int(gap))) for a, gap in zip(expected, gaps, strict=True)]
    return {"expected": expected, "perceived": perceived}


def _mean(values: list[int]) -> float:
    return sum(values) / len(values)


def _ratio(p: Parameters) -> float:
    return _mean(p["perceived"]) / _mean(p["expected"])


_RATIO = Exercise(
    "ch05-ratio",
    chapter=5,
    objective=2,
    difficulty=1,
    marks=2,
    title=_both("Perceived over expected", "感知与期望之比"),
    statement=_both(
        "Six customers of an invented tea house say what they expected and what they got, both on a scale from 1 to 10.\n"
        "How large is the satisfaction $C = b/a$ of the six together, as a ratio of the means?\n"
        "Give three decimals.",
        "某茶馆（虚构）的六位客户分别说出自己的期望和实际感受，均按 1–10 分打分。\n"
        "用均值之比计算，六位客户总体的满意度 $C = b/a$ 是多少？\n"
        "保留三位小数。",
    ),
    table=Table(
        columns=[
            _both("Customer", "客户"),
            _both("Expected $a$", "期望 $a$"),
            _both("Perceived $b$", "感知 $b$"),
        ],
        rows=lambda p: [
            [row, a, b] for row, (a, b) in enumerate(zip(p["expected"], p["perceived"], strict=True), 1)
        ],
    ),
    parameters=_ratio_numbers,
    solution=_ratio,
    tolerance=Tolerance(absolute=0.0015),
    mistakes=[
        Mistake(
            "upside-down",
            lambda p: _mean(p["expected"]) / _mean(p["perceived"]),
            _both(
                "You divided what was expected by what was perceived. $C$ has the perceived value above the line: above 1 "
                "means more than was hoped for.",
                "你用期望除以了感知。$C$ 的分子是感知：大于 1 表示超出期望。",
            ),
        ),
        Mistake(
            "mean-of-ratios",
            lambda p: _mean([b / a for a, b in zip(p["expected"], p["perceived"], strict=True)]),
            _both(
                "This is the mean of the six customers' own ratios. A customer who expected little weighs too much in it; "
                "the task asks for the ratio of the two means.",
                "这是六位客户各自比值的平均数。期望低的客户在其中分量过重；题目要求的是两个均值之比。",
            ),
        ),
        Mistake(
            "difference",
            lambda p: _mean(p["perceived"]) - _mean(p["expected"]),
            _both(
                "This is the difference, disconfirmation in points of the scale. Divide instead of subtracting.",
                "这是差值，即以量表分表示的期望不一致程度。请用除法，不要用减法。",
            ),
        ),
        Mistake(
            "share-satisfied",
            lambda p: _mean([b >= a for a, b in zip(p["expected"], p["perceived"], strict=True)]),
            _both(
                "This is the share of customers whose expectation was met or passed. $C$ compares the sizes, not the heads.",
                "这是期望得到满足或被超过的客户所占的比例。$C$ 比较的是分值大小，不是人数。",
            ),
        ),
    ],
    hints=[
        _both(
            "Which of the two columns is $b$, and does it stand above or below the line?",
            "两列中哪一列是 $b$？它在分子还是分母？",
        ),
        _both(
            "Take the mean of each column first; leave the single customers alone.",
            "先分别求两列的均值，不必逐个客户相除。",
        ),
        _both(
            "Sums do as well as means, since both columns have six rows: divide one column's sum by the other's.",
            "两列都是六行，因此用合计代替均值也可以：用一列的合计除以另一列的合计。",
        ),
    ],
)


# --- Did the score rise? ---------------------------------------------------------------------------------------------


def _change_numbers(rng: np.random.Generator) -> Parameters:
    n1, n2 = (int(x) * 10 for x in rng.integers(4, 25, 2))
    pro1, det1 = int(n1 * rng.uniform(0.22, 0.38)), int(n1 * rng.uniform(0.25, 0.42))
    pro2, det2 = int(n2 * rng.uniform(0.34, 0.55)), int(n2 * rng.uniform(0.12, 0.28))
    return {"n1": n1, "pro1": pro1, "det1": det1, "n2": n2, "pro2": pro2, "det2": det2}


def _nps(p: Parameters, time: int) -> float:
    return 100 * float(p[f"pro{time}"] - p[f"det{time}"]) / float(p[f"n{time}"])


def _se(p: Parameters, time: int, *, square: bool = True) -> float:
    n = p[f"n{time}"]
    up, down = p[f"pro{time}"] / n, p[f"det{time}"] / n
    return 100 * math.sqrt((up + down - ((up - down) ** 2 if square else 0.0)) / n)


def _lower(p: Parameters) -> float:
    return _nps(p, 2) - _nps(p, 1) - _Z * math.hypot(_se(p, 1), _se(p, 2))


_CHANGE = Exercise(
    "ch05-nps-change",
    chapter=5,
    objective=1,
    difficulty=2,
    marks=4,
    title=_both("Did the score rise?", "得分真的上升了吗？"),
    statement=_both(
        "Two surveys of an invented cinema chain, a year apart, with different customers.\n"
        "The NPS has risen, and somebody wants a bonus.\n"
        "Compute the **lower end** of the 95% interval of the rise, in points: rise less 1.96 standard errors, with\n"
        "$se^2 = 100^2\\,\\dfrac{{p + d - (p - d)^2}}{{n}}$ for each survey.",
        "某连锁影院（虚构）相隔一年的两次调查，受访客户不同。\n"
        "NPS 上升了，有人要求发奖金。\n"
        "计算上升幅度的 95% 置信区间的**下限**（分）：上升幅度减去 1.96 倍标准误，每次调查有\n"
        "$se^2 = 100^2\\,\\dfrac{{p + d - (p - d)^2}}{{n}}$。",
    ),
    table=Table(
        columns=[
            _both("Survey", "调查"),
            _both("Answers", "答卷数"),
            _both("Promoters", "推荐者"),
            _both("Detractors", "贬损者"),
        ],
        rows=lambda p: [
            [_both("first year", "第一年"), p["n1"], p["pro1"], p["det1"]],
            [_both("second year", "第二年"), p["n2"], p["pro2"], p["det2"]],
        ],
    ),
    parameters=_change_numbers,
    solution=_lower,
    tolerance=Tolerance(absolute=0.15),
    unit=_both("points", "分"),
    mistakes=[
        Mistake(
            "added-errors",
            lambda p: _nps(p, 2) - _nps(p, 1) - _Z * (_se(p, 1) + _se(p, 2)),
            _both(
                "You added the two standard errors. Variances add, not standard errors: take the root of the sum of squares.",
                "你把两个标准误直接相加了。可以相加的是方差：先平方求和，再开方。",
            ),
        ),
        Mistake(
            "rise-alone",
            lambda p: _nps(p, 2) - _nps(p, 1),
            _both(
                "This is the rise itself. How far might it be off by chance? Subtract 1.96 standard errors of the rise.",
                "这是上升幅度本身。它可能因偶然而偏离多少？还要减去 1.96 倍的标准误。",
            ),
        ),
        Mistake(
            "upper-end",
            lambda p: _nps(p, 2) - _nps(p, 1) + _Z * math.hypot(_se(p, 1), _se(p, 2)),
            _both(
                "This is the upper end of the interval; the lower end is asked for.",
                "这是区间的上限，题目要求的是下限。",
            ),
        ),
        Mistake(
            "one-sample",
            lambda p: _nps(p, 2) - _nps(p, 1) - _Z * _se(p, 2),
            _both(
                "You counted the chance in the second survey alone. The first one is a sample as well.",
                "你只考虑了第二次调查的抽样误差。第一次调查同样是样本。",
            ),
        ),
        Mistake(
            "no-square",
            lambda p: (
                _nps(p, 2) - _nps(p, 1) - _Z * math.hypot(_se(p, 1, square=False), _se(p, 2, square=False))
            ),
            _both(
                "Your variance leaves out $(p - d)^2$. Without it the error comes out too large.",
                "你的方差漏掉了 $(p - d)^2$，误差因此偏大。",
            ),
        ),
        Mistake(
            "end-against-end",
            lambda p: _nps(p, 2) - _Z * _se(p, 2),
            _both(
                "This is the lower end of the second year's NPS. The interval of the *rise* is wanted.",
                "这是第二年 NPS 的下限。题目要的是*上升幅度*的区间。",
            ),
        ),
    ],
    hints=[
        _both(
            "Three steps: the two scores, the two standard errors, then the error of their difference.",
            "分三步：两个得分、两个标准误、差值的标准误。",
        ),
        _both(
            "$p$ and $d$ are shares of all answers, passives included in $n$. Independent samples: $se^2 = se_1^2 + se_2^2$.",
            "$p$ 和 $d$ 是占全部答卷的比例，$n$ 包含被动者。两个样本相互独立：$se^2 = se_1^2 + se_2^2$。",
        ),
        _both(
            "In Python: `se = 100 * ((p + d - (p - d) ** 2) / n) ** 0.5` for each year, then `rise - 1.96 * (se1 ** 2 + se2 ** 2) ** 0.5`.",
            "用 Python：每年先算 `se = 100 * ((p + d - (p - d) ** 2) / n) ** 0.5`，再算 `rise - 1.96 * (se1 ** 2 + se2 ** 2) ** 0.5`。",
        ),
    ],
)


# --- Cronbach's alpha ------------------------------------------------------------------------------------------------


def _alpha_numbers(rng: np.random.Generator) -> Parameters:
    k = int(rng.integers(3, 6))
    sd = [int(s) / 10 for s in rng.choice([n for n in range(11, 25) if n != 20], k)]
    r = float(rng.uniform(0.25, 0.6))
    total = sum(s * t * (1.0 if i == j else r) for i, s in enumerate(sd) for j, t in enumerate(sd))
    return {"k": k, "sd": sd, "sd_total": round(math.sqrt(total), 1)}


def _alpha_share(p: Parameters) -> float:
    return float(sum(s**2 for s in p["sd"]) / p["sd_total"] ** 2)


_ALPHA = Exercise(
    "ch05-alpha",
    chapter=5,
    objective=3,
    difficulty=2,
    marks=3,
    title=_both("Is the scale reliable?", "量表可靠吗？"),
    statement=_both(
        "A pre-test of {k} items, all worded the same way, gives the **standard deviations** below.\n"
        "Compute Cronbach's raw alpha. Give three decimals.",
        "某问卷预测试有 {k} 个题项，计分方向一致，各题项的**标准差**如下。\n"
        "计算克朗巴哈 α（原始值），保留三位小数。",
    ),
    table=Table(
        columns=[_both("Item", "题项"), _both("Standard deviation", "标准差")],
        rows=lambda p: [
            *([_both(f"Item {row}", f"题项 {row}"), sd] for row, sd in enumerate(p["sd"], 1)),
            [_both("Sum of the items", "题项之和"), p["sd_total"]],
        ],
    ),
    parameters=_alpha_numbers,
    solution=lambda p: p["k"] / (p["k"] - 1) * (1 - _alpha_share(p)),
    tolerance=Tolerance(absolute=0.004),
    mistakes=[
        Mistake(
            "no-squares",
            lambda p: p["k"] / (p["k"] - 1) * (1 - sum(p["sd"]) / p["sd_total"]),
            _both(
                "You used standard deviations as they are. Alpha is made of variances: square them first.",
                "你直接用了标准差。α 由方差构成：先平方。",
            ),
        ),
        Mistake(
            "no-factor",
            lambda p: 1 - _alpha_share(p),
            _both(
                "The factor $k/(k-1)$ is missing. Without it alpha could never reach 1.",
                "漏了系数 $k/(k-1)$。没有它，α 永远达不到 1。",
            ),
        ),
        Mistake(
            "noise-share",
            _alpha_share,
            _both(
                "This is the share of the sum's variance that the items bring each on their own. Alpha is about the rest.",
                "这是各题项自身的方差在总分方差中所占的比例。α 关心的是其余部分。",
            ),
        ),
        Mistake(
            "factor-upside-down",
            lambda p: (p["k"] - 1) / p["k"] * (1 - _alpha_share(p)),
            _both("The factor stands upside down: it is above 1.", "系数的分子分母颠倒了：它应当大于 1。"),
        ),
    ],
    hints=[
        _both(
            "Items that go together make the sum vary more than the items' variances alone would. Alpha measures that.",
            "题项彼此同向变动时，总分的方差会大于各题项方差之和。α 衡量的正是这一点。",
        ),
        _both(
            "$\\alpha = \\dfrac{{k}}{{k-1}}\\left(1 - \\dfrac{{\\sum_i s_i^2}}{{s_{{\\text{{sum}}}}^2}}\\right)$",
            "$\\alpha = \\dfrac{{k}}{{k-1}}\\left(1 - \\dfrac{{\\sum_i s_i^2}}{{s_{{\\text{{sum}}}}^2}}\\right)$，其中 $s_{{\\text{{sum}}}}$ 是总分的标准差",
        ),
        _both(
            "Square the {k} items' standard deviations and add them; divide by the square of the last row; then one minus, then the factor.",
            "把 {k} 个题项的标准差平方后相加，除以最后一行的平方；再用一减去它，最后乘系数。",
        ),
    ],
)


# --- The index after an improvement ----------------------------------------------------------------------------------


def _index_numbers(rng: np.random.Generator) -> Parameters:
    return {
        "weights": [round(float(w), 2) for w in rng.uniform(0.3, 0.56, 3)],
        "means": [round(float(m), 1) for m in rng.uniform(5.4, 8.4, 3)],
        "direct": round(float(rng.uniform(0.35, 0.6)), 2),
        "to_value": round(float(rng.uniform(0.5, 0.9)), 2),
        "from_value": round(float(rng.uniform(0.12, 0.32)), 2),
        "rise": int(rng.integers(4, 11)),
    }


def _index(p: Parameters) -> float:
    weighted = sum(w * (m - 1) for w, m in zip(p["weights"], p["means"], strict=True))
    return float(100 * weighted / (9 * sum(p["weights"])))


def _total(p: Parameters) -> float:
    return float(p["direct"] + p["to_value"] * p["from_value"])


def _after(p: Parameters) -> float:
    return _index(p) + _total(p) * float(p["rise"])


_INDEX = Exercise(
    "ch05-index",
    chapter=5,
    objective=4,
    difficulty=3,
    marks=5,
    title=_both("The index after the improvement", "改进之后的指数"),
    statement=_both(
        "An index model of an invented airline has the satisfaction block below (scale 1–10).\n"
        "In points of the indices on 0–100, one point of perceived quality brings {direct} points of satisfaction directly, "
        "and {to_value} points of perceived value; one point of value brings {from_value} points of satisfaction.\n"
        "The airline raises the index of perceived **quality by {rise} points**.\n"
        "Which satisfaction index should it then expect? Give one decimal.",
        "某航空公司（虚构）指数模型中满意度一组题项如下（1–10 分量表）。\n"
        "按 0–100 的指数分计算，感知质量每提高 1 分，满意度直接提高 {direct} 分，感知价值提高 {to_value} 分；"
        "感知价值每提高 1 分，满意度提高 {from_value} 分。\n"
        "公司把**感知质量指数提高了 {rise} 分**。\n"
        "预计满意度指数将是多少？保留一位小数。",
    ),
    table=Table(
        columns=[
            _both("Item", "题项"),
            _both("Outer weight (raw)", "外部权重（原始）"),
            _both("Mean", "均值"),
        ],
        rows=lambda p: [
            [name, w, m]
            for name, w, m in zip(
                (
                    _both("Satisfaction on the whole", "总体满意度"),
                    _both("Against expectations", "与期望相比"),
                    _both("Against the ideal", "与理想相比"),
                ),
                p["weights"],
                p["means"],
                strict=True,
            )
        ],
    ),
    parameters=_index_numbers,
    solution=_after,
    tolerance=Tolerance(absolute=0.12),
    unit=_both("index points, 0–100", "指数分，0–100"),
    mistakes=[
        Mistake(
            "direct-only",
            lambda p: _index(p) + p["direct"] * p["rise"],
            _both(
                "You took the direct path alone. Better quality also raises perceived value, and value raises satisfaction.",
                "你只计算了直接路径。质量提高还会提高感知价值，感知价值又会提高满意度。",
            ),
        ),
        Mistake(
            "paths-added",
            lambda p: _index(p) + (p["direct"] + p["to_value"] + p["from_value"]) * p["rise"],
            _both(
                "Along a way the effects are multiplied; only different ways are added.",
                "同一条路径上的效应要相乘；只有不同的路径之间才相加。",
            ),
        ),
        Mistake(
            "weights-not-normalised",
            lambda p: _index(p) * sum(p["weights"]) + _total(p) * p["rise"],
            _both(
                "The weights do not sum to 1: divide by their sum, or the index may pass 100.",
                "权重之和不等于 1：要除以权重之和，否则指数可能超过 100。",
            ),
        ),
        Mistake(
            "scale-from-zero",
            lambda p: (
                10 * sum(w * m for w, m in zip(p["weights"], p["means"], strict=True)) / sum(p["weights"])
                + _total(p) * p["rise"]
            ),
            _both(
                "You multiplied the weighted mean by 10. The worst answer is 1, not 0: subtract 1 and divide by 9.",
                "你把加权均值乘以了 10。最差的回答是 1 而不是 0：应先减 1，再除以 9。",
            ),
        ),
        Mistake(
            "index-today",
            _index,
            _both(
                "This is today's index. What does the better quality add?",
                "这是目前的指数。质量提高会带来多少增量？",
            ),
        ),
    ],
    hints=[
        _both(
            "Two parts: today's index from the block, and the total effect of quality times its rise.",
            "分两部分：由题项算出目前的指数，再加上质量的总效应乘以提高的分数。",
        ),
        _both(
            "Index: $100 \\sum_k w_k (\\bar x_k - 1) / (9 \\sum_k w_k)$. Total effect: direct plus indirect.",
            "指数：$100 \\sum_k w_k (\\bar x_k - 1) / (9 \\sum_k w_k)$。总效应：直接效应加间接效应。",
        ),
        _both(
            "Indirect effect over value: multiply the two numbers on the way. Add the direct one, multiply by {rise}, add today's index.",
            "经由感知价值的间接效应：把这条路上的两个数相乘。加上直接效应，乘以 {rise}，再加上目前的指数。",
        ),
    ],
)


# --- Kinds of loyalty ------------------------------------------------------------------------------------------------

_KINDS = {
    "monopoly": _both("monopoly loyalty", "垄断忠诚"),
    "inertia": _both("inertia loyalty", "惰性忠诚"),
    "price": _both("price loyalty", "价格忠诚"),
    "incentive": _both("incentive loyalty", "激励忠诚"),
    "trust": _both("trust loyalty", "信赖忠诚"),
}

#: story, kind, and the two kinds that it is most often taken for
_STORIES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "A household complains about its broadband every month and pays every month: no other firm has a cable in the valley.",
        "某住户每月都抱怨宽带，却每月照常缴费：这条山谷里只有这一家公司铺了线路。",
        "monopoly",
        "inertia",
        "trust",
    ),
    (
        "A clerk has bought the same instant noodles for years from the shelf by the lift. Asked why, she does not know.",
        "一位职员多年来一直在电梯旁的货架上买同一种方便面。问她为什么，她说不上来。",
        "inertia",
        "trust",
        "monopoly",
    ),
    (
        "A student flies with whoever is cheapest; for three years that has always been the same airline.",
        "一名学生总是坐最便宜的航班；三年来最便宜的恰好一直是同一家航空公司。",
        "price",
        "incentive",
        "trust",
    ),
    (
        "A consultant stays with one hotel chain because of the free nights. When the points stop, so do the bookings.",
        "一位咨询顾问因为积分可换免费房而一直住同一家连锁酒店。积分活动一停，预订也停了。",
        "incentive",
        "price",
        "trust",
    ),
    (
        "A mother drives past two cheaper shops to her greengrocer, recommends him, and tells him when something went wrong.",
        "一位母亲路过两家更便宜的店也不进，专程去常去的菜店；她向别人推荐店主，出了问题也会直接告诉他。",
        "trust",
        "inertia",
        "incentive",
    ),
    (
        "A retired man keeps his account at the bank on the corner. He has never compared it; moving it would be a bother.",
        "一位退休老人一直把账户放在街角的银行。他从没比较过别家，觉得换银行太麻烦。",
        "inertia",
        "trust",
        "monopoly",
    ),
    (
        "A coffee drinker carries nine stamps on a card; the tenth cup is free. The café next door tastes better, he says.",
        "一位咖啡爱好者的集点卡上已有九个章，第十杯免费。他说隔壁那家的咖啡其实更好喝。",
        "incentive",
        "inertia",
        "trust",
    ),
    (
        "Villagers take the only bus line to town. When a second line opens, half of them change on the first day.",
        "村民进城只有一条公交线路可坐。第二条线路开通的当天，就有一半人换乘了新线。",
        "monopoly",
        "trust",
        "inertia",
    ),
    (
        "A gardener buys seed where the flyer shows the lowest price. This year, again, that was the same shop.",
        "一位园丁看哪家传单上的种子最便宜就去哪家买。今年最便宜的又是同一家店。",
        "price",
        "inertia",
        "incentive",
    ),
    (
        "A patient followed her dentist across town after the move, though a practice opened on her own street.",
        "牙医诊所搬到城市另一头，一位患者仍跟了过去，尽管自家街上新开了一家诊所。",
        "trust",
        "inertia",
        "monopoly",
    ),
)

_WHY = {
    "monopoly": _both(
        "Monopoly loyalty is lack of choice. Could this customer go elsewhere?",
        "垄断忠诚源于别无选择。这位客户能去别家吗？",
    ),
    "inertia": _both(
        "Inertia loyalty is habit and convenience, without a reason. Is there a reason here?",
        "惰性忠诚出于习惯和省事，没有特别的理由。这里有没有理由？",
    ),
    "price": _both(
        "Price loyalty belongs to the lowest price. Is the price what this customer looks at?",
        "价格忠诚只忠于最低价。这位客户看重的是价格吗？",
    ),
    "incentive": _both(
        "Incentive loyalty lives on points and gifts. Would they be what keeps this customer?",
        "激励忠诚靠积分和赠品维持。留住这位客户的是这些吗？",
    ),
    "trust": _both(
        "Trust loyalty prefers the firm even when others are cheaper or nearer. Is there such attachment here?",
        "信赖忠诚是即使别家更便宜、更近，仍然偏爱这一家。这里有这样的依恋吗？",
    ),
}


def _story(rng: np.random.Generator) -> Parameters:
    en, zh, kind, first, second = _STORIES[int(rng.integers(len(_STORIES)))]
    (other,) = rng.choice([k for k in _KINDS if k not in (kind, first, second)], 1)
    lures: dict[str, Any] = {}
    for place, lure in enumerate((first, second, str(other)), 1):
        lures |= {
            f"lure{place}": lure,
            f"why{place}_en": _WHY[lure]["en"],
            f"why{place}_zh": _WHY[lure]["zh"],
        }
    return {"story_en": en, "story_zh": zh, "kind": kind, **lures}


_LOYALTY = Exercise(
    "ch05-loyalty",
    chapter=5,
    objective=5,
    difficulty=1,
    marks=1,
    title=_both("Which kind of loyalty?", "属于哪一种忠诚？"),
    statement=_both(
        "{story_en}\n\nWhich kind of loyalty is this?",
        "{story_zh}\n\n这属于哪一种忠诚？",
    ),
    parameters=_story,
    solution=lambda p: str(p["kind"]),
    tolerance=Tolerance(),
    choices=_KINDS,
    mistakes=[
        Mistake(
            "first-lure", lambda p: str(p["lure1"]), _both("{why1_en} Look again.", "{why1_zh}请再想一想。")
        ),
        Mistake(
            "second-lure", lambda p: str(p["lure2"]), _both("{why2_en} Not here.", "{why2_zh}这里并非如此。")
        ),
        Mistake(
            "third-lure",
            lambda p: str(p["lure3"]),
            _both("{why3_en} Read the story once more.", "{why3_zh}请把故事再读一遍。"),
        ),
    ],
    hints=[
        _both("Does the customer have a choice at all?", "这位客户究竟有没有选择余地？"),
        _both(
            "If so: what would have to change for the customer to leave? A price, a gift, a bit of effort, or a broken trust?",
            "如果有：什么变了客户才会离开？价格、赠品、麻烦程度，还是信任？",
        ),
        _both(
            "Only one of the five kinds shows both a preference and repeat purchase; in the others something else does the keeping.",
            "五种忠诚中只有一种既有偏爱又有重复购买；其余几种都是靠别的东西留住客户。",
        ),
    ],
)


EXERCISES = (_RATIO, _CHANGE, _ALPHA, _INDEX, _LOYALTY)

QUESTIONS = (
    Question(
        "ch05-q1",
        objective=1,
        difficulty=2,
        stem=_both(
            "A store's NPS goes from −26 (35 answers) to 0 (20 answers). What do you tell the manager?",
            "某门店的 NPS 从 −26（35 份答卷）升到 0（20 份答卷）。你会怎样答复店长？",
        ),
        options=[
            Option(
                _both(
                    "Samples of this size swing that far by themselves; wait, or ask more customers.",
                    "样本这么小，得分本来就会这样大幅波动；应继续观察，或者多调查一些客户。",
                ),
                True,
                _both(
                    "The interval of the rise runs from below zero to far above it. The data fit a large success and no change alike.",
                    "上升幅度的置信区间从零以下一直延伸到很高的正值。这些数据既符合大有改进，也符合毫无变化。",
                ),
            ),
            Option(
                _both("A rise of 26 points is large, so it is real.", "上升 26 分幅度很大，所以是真实的。"),
                False,
                _both(
                    "Size alone says nothing: what counts is the size against what chance brings with so few answers.",
                    "单看幅度说明不了问题：要看它与这么少的答卷所产生的偶然波动相比有多大。",
                ),
            ),
            Option(
                _both("It proves that nothing has changed.", "这证明什么都没有变。"),
                False,
                _both(
                    "An interval that holds zero is no proof of zero. Much may have changed; these data cannot tell.",
                    "区间包含零并不证明变化为零。也许真有很大变化，只是这些数据分辨不出来。",
                ),
            ),
            Option(
                _both(
                    "The second score is worthless, for twenty answers are fewer than thirty.",
                    "第二个得分毫无价值，因为二十份答卷不足三十份。",
                ),
                False,
                _both(
                    "There is no magic number. Few answers give wide intervals, and the adjusted interval holds its level even then.",
                    "不存在神奇的门槛。答卷少，区间就宽；而调整后的区间在这种情况下仍能保持其置信水平。",
                ),
            ),
        ],
    ),
    Question(
        "ch05-q2",
        objective=3,
        difficulty=2,
        stem=_both(
            "A questionnaire of 20 items has a Cronbach's alpha of .93. Which conclusion is safe?",
            "一份有 20 个题项的问卷，克朗巴哈 α 为 0.93。哪个结论站得住脚？",
        ),
        options=[
            Option(
                _both(
                    "The sum of the 20 answers ranks these respondents with little noise.",
                    "用 20 个题项的总分给这些受访者排序，噪声很小。",
                ),
                True,
                _both(
                    "That is what reliability means: another 20 items of the kind would order the respondents much alike.",
                    "这正是信度的含义：换 20 个同类题项，受访者的排序会十分相近。",
                ),
            ),
            Option(
                _both("All 20 items measure one and the same thing.", "这 20 个题项测量的是同一个东西。"),
                False,
                _both(
                    "Alpha grows with the number of items. Two sets of ten items about different things reach .93 easily; "
                    "look at the eigenvalues.",
                    "题项越多，α 越大。由两组内容不同、各十题的题项拼成的问卷也很容易达到 0.93；要看特征值。",
                ),
            ),
            Option(
                _both("The questionnaire measures satisfaction.", "这份问卷测量的是满意度。"),
                False,
                _both(
                    "Reliable is not valid: a scale may measure the wrong thing very exactly.",
                    "可信不等于有效：量表可能非常精确地测量了错误的东西。",
                ),
            ),
            Option(
                _both("7% of the respondents answered wrongly.", "有 7% 的受访者答错了。"),
                False,
                _both(
                    "Alpha is about shares of variance, not of persons.",
                    "α 说的是方差的比例，不是人数的比例。",
                ),
            ),
        ],
    ),
    Question(
        "ch05-q3",
        objective=4,
        difficulty=3,
        stem=_both(
            "In the mobile-phone survey the path from expectation to satisfaction is .06, and its interval holds zero; "
            "the total effect of expectation is .42. Which is right?",
            "在移动电话调查中，从客户期望到客户满意度的路径系数为 0.06，区间包含零；而客户期望的总效应为 0.42。哪种说法正确？",
        ),
        options=[
            Option(
                _both(
                    "Expectation goes along with satisfaction mostly by way of perceived quality.",
                    "客户期望对满意度的影响主要经由感知质量实现。",
                ),
                True,
                _both(
                    "The total effect adds all ways. Expectation → quality → satisfaction is the broad one; the direct way is hardly there.",
                    "总效应把所有路径加在一起。期望 → 质量 → 满意度是主要通道，直接路径几乎不存在。",
                ),
            ),
            Option(
                _both("Expectation does not matter for satisfaction.", "客户期望对满意度无关紧要。"),
                False,
                _both(
                    "Only its direct path is small. Whoever drops the construct loses an effect of .42.",
                    "小的只是它的直接路径。删掉这个变量，就丢掉了 0.42 的总效应。",
                ),
            ),
            Option(
                _both("One of the two numbers must be wrong.", "这两个数必有一个是错的。"),
                False,
                _both(
                    "Both are right: one is the direct path, the other the sum over all ways.",
                    "两个都对：一个是直接路径，另一个是所有路径的总和。",
                ),
            ),
            Option(
                _both(
                    "If the firm promises more, satisfaction rises by .42.",
                    "企业多作一些承诺，满意度就会提高 0.42。",
                ),
                False,
                _both(
                    "These are regressions among answers given on one day, not an experiment. Raised promises that are not kept do harm.",
                    "这是同一天所得回答之间的回归，不是实验。承诺提高了却兑现不了，只会有害。",
                ),
            ),
        ],
    ),
    Question(
        "ch05-q4",
        objective=5,
        difficulty=2,
        stem=_both(
            "Around a store with three competitors, 4 of 5 on the satisfaction scale still leave in large numbers; "
            "where there is no competitor even the discontented stay. Which follow? (More than one.)",
            "某门店附近有三家竞争对手，满意度打 4 分（满分 5 分）的客户仍大量流失；而在没有竞争对手的地方，不满意的客户也会留下。"
            "由此可以得出什么？（多选）",
        ),
        options=[
            Option(
                _both(
                    "Under strong competition only the completely satisfied are loyal.",
                    "在竞争激烈的地方，只有非常满意的客户才忠诚。",
                ),
                True,
                _both(
                    "So Jones and Sasser found: the curve is flat up to the last step, and then steep.",
                    "这正是琼斯和萨塞的发现：曲线一路平缓，到最后一级才陡然上升。",
                ),
            ),
            Option(
                _both(
                    "Repeat purchase alone does not show loyalty.",
                    "仅凭重复购买不能说明客户忠诚。",
                ),
                True,
                _both(
                    "Where there is no choice it is monopoly or inertia; it ends on the day a competitor opens.",
                    "在别无选择的地方，那是垄断忠诚或惰性忠诚；竞争者开业之日，就是它终结之时。",
                ),
            ),
            Option(
                _both("Satisfaction is useless as a measure.", "满意度指标毫无用处。"),
                False,
                _both(
                    "It moves loyalty in both places; only the shape of the curve differs.",
                    "在两种环境中满意度都影响忠诚，不同的只是曲线的形状。",
                ),
            ),
            Option(
                _both(
                    "Money is best spent on turning the very dissatisfied into the dissatisfied.",
                    "钱最应该花在把“非常不满意”变成“不满意”上。",
                ),
                False,
                _both(
                    "Under competition that buys hardly any loyalty; the step from 4 to 5 buys the most.",
                    "在竞争环境下，这几乎换不来忠诚；从 4 分到 5 分的一步收获最大。",
                ),
            ),
        ],
    ),
)
