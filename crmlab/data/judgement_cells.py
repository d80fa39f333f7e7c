"""Cells of judgements in pairs: the names of their columns, and a number in a cell."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata

from crmlab.data.messages import shown
from crmlab.text.catalogue import tr

__all__ = ["COLUMN_WORDS", "judgement_in"]

#: column -> the names that stand for it
COLUMN_WORDS = {
    "judge": frozenset(
        ["judge", "expert", "rater", "assessor", "专家", "评判者", "评判人", "评委", "判断者", "专家编号"]
    ),
    "item_a": frozenset(
        [
            "itema",
            "a",
            "item1",
            "first",
            "row",
            "left",
            "指标a",
            "指标1",
            "要素a",
            "要素1",
            "项目a",
            "项目1",
            "甲",
            "因素a",
            "因素1",
        ]
    ),
    "item_b": frozenset(
        [
            "itemb",
            "b",
            "item2",
            "second",
            "column",
            "right",
            "指标b",
            "指标2",
            "要素b",
            "要素2",
            "项目b",
            "项目2",
            "乙",
            "因素b",
            "因素2",
        ]
    ),
    "judgement": frozenset(
        [
            "judgement",
            "judgment",
            "value",
            "score",
            "ratio",
            "importance",
            "判断",
            "判断值",
            "标度",
            "比较值",
            "比值",
            "重要性",
            "相对重要性",
        ]
    ),
}
_FRACTION = re.compile(r"(\d+(?:\.\d+)?)\s*[/:÷]\s*(\d+(?:\.\d+)?)")


def judgement_in(cell: object) -> float | str:
    """Return the judgement in a cell, or why there is none."""
    if isinstance(cell, dt.date | dt.time):
        return tr("the spreadsheet took a fraction for a date; format the cell as text, or write it as 0.333")
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell) if math.isfinite(cell) else tr("“{value}” is no number", value=shown(cell))
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    fraction = _FRACTION.fullmatch(text)
    if fraction:
        low = float(fraction[2])
        return float(fraction[1]) / low if low else tr("“{value}” is no number", value=shown(cell))
    try:
        value = float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        if re.fullmatch(r"\d{1,2}[-月]\s?\w{1,3}日?", text):
            return tr(
                "the spreadsheet took a fraction for a date; format the cell as text, or write it as 0.333"
            )
        return tr("“{value}” is no number", value=shown(cell))
    return value if math.isfinite(value) else tr("“{value}” is no number", value=shown(cell))
