"""Traditional Chinese characters in the names of columns and in answers, told from their simplified twins."""

from __future__ import annotations

__all__ = ["simplified"]

# Only characters that stand in names of columns and in answers; a text that shall be kept is never written anew.
_TWINS = str.maketrans(
    "會員編號單時間額實訂購買賣費總價數電話郵稱滿體調問題顧戶賬帳銷聯繫係來類別級積變動發結開終註冊簽約門區權薦願預質績處辦訴業務組貨"
    "應際優減產過獲網齡狀態標誌識續評無還與錢這裡點較對從經難費務項種條隊層點擇訪談請寫稅運單據營額",
    "会员编号单时间额实订购买卖费总价数电话邮称满体调问题顾户账账销联系系来类别级积变动发结开终注册签约门区权荐愿预质绩处办诉业务组货"
    "应际优减产过获网龄状态标志识续评无还与钱这里点较对从经难费务项种条队层点择访谈请写税运单据营额",
)


def simplified(text: str) -> str:
    """Return a text with the simplified twins of its traditional characters, for comparing.

    >>> simplified("會員編號"), simplified("非常滿意"), simplified("amount")
    ('会员编号', '非常满意', 'amount')
    """
    return text if text.isascii() else text.translate(_TWINS)
