"""Words for what happens to points, as they stand in exports, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.data.cells import OK, Cells, Parsed, parse_distinct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.data.messages import Message

__all__ = ["parse_movements"]

#: word -> what it means
_MOVEMENTS: dict[str, str] = {
    **dict.fromkeys(
        [
            "earned",
            "earn",
            "earning",
            "accrual",
            "accrued",
            "accrue",
            "award",
            "awarded",
            "credit",
            "credited",
            "issued",
            "issue",
            "bonus",
            "in",
            "获得",
            "获取",
            "赠送",
            "发放",
            "累积",
            "累计",
            "积分获取",
            "获得积分",
            "消费得分",
            "消费积分",
            "奖励",
            "增加",
            "收入",
            "签到",
            "入账",
        ],
        "earned",
    ),
    **dict.fromkeys(
        [
            "burned",
            "burn",
            "burnt",
            "redeemed",
            "redeem",
            "redemption",
            "used",
            "use",
            "spent",
            "spend",
            "debit",
            "debited",
            "exchanged",
            "out",
            "兑换",
            "兑换礼品",
            "积分兑换",
            "使用",
            "消耗",
            "抵扣",
            "抵现",
            "核销",
            "扣减",
            "扣除",
            "支出",
            "花费",
        ],
        "burned",
    ),
    **dict.fromkeys(
        [
            "expired",
            "expire",
            "expiry",
            "expiration",
            "lapsed",
            "lapse",
            "forfeited",
            "breakage",
            "过期",
            "到期",
            "失效",
            "清零",
            "作废",
            "过期清零",
            "积分过期",
            "到期清零",
            "积分失效",
        ],
        "expired",
    ),
    **dict.fromkeys(
        [
            "adjustment",
            "adjusted",
            "adjust",
            "correction",
            "corrected",
            "opening",
            "reversal",
            "reversed",
            "refund",
            "transfer",
            "调整",
            "更正",
            "修正",
            "冲正",
            "冲销",
            "退回",
            "退还",
            "撤销",
            "转入",
            "转出",
            "期初",
            "期初余额",
            "补录",
            "人工调整",
        ],
        "adjustment",
    ),
}


def parse_movements(column: Cells) -> Parsed:
    """Read a column that says what happened to points, in English or Chinese.

    >>> parse_movements(["Earn", "积分兑换", "lapsed", "win"]).data.tolist()
    ['earned', 'burned', 'expired', '']
    """

    def parse(found: Sequence[object]) -> tuple[NDArray[Any], NDArray[np.object_], tuple[Message, ...]]:
        data = np.array([_MOVEMENTS.get(str(value).casefold(), "") for value in found], dtype=object)
        kinds = np.where(data == "", "no_movement", OK).astype(object)
        return data, kinds, ()

    return parse_distinct(column, parse, "")
