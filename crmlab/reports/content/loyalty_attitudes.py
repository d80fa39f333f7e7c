"""Answers on attitudes, recognised by the names of their columns, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlab.data.roles import normal_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["with_attitudes"]

#: names of columns on attitudes, in English and Chinese, as :func:`crmlab.data.roles.normal_name` writes them
_ATTITUDES = {
    "attachment": (
        "attachment",
        "emotionalattachment",
        "affectivecommitment",
        "commitment",
        "belonging",
        "情感依恋",
        "依恋",
        "归属感",
        "情感忠诚",
        "态度忠诚",
        "情感承诺",
        "偏爱程度",
    ),
    "would_switch": (
        "wouldswitch",
        "switchingintention",
        "switchintention",
        "switching",
        "转换意向",
        "转换意愿",
        "更换意向",
        "换店意向",
    ),
    "price_sensitivity": (
        "pricesensitivity",
        "pricesensitive",
        "comparesprices",
        "价格敏感度",
        "价格敏感",
        "比价倾向",
        "比价",
    ),
    "competition": ("competition", "competitionstrength", "竞争强度", "竞争程度", "竞争"),
}


def with_attitudes(survey: pd.DataFrame) -> pd.DataFrame:
    """Give columns on attitudes the names they are known by here, where a survey names them otherwise.

    >>> import pandas as pd
    >>> with_attitudes(pd.DataFrame({"customer": ["a"], "归属感": [5], "Switching intention": [2]})).columns.to_list()
    ['customer', 'attachment', 'would_switch']
    """
    names = {normal_name(str(column)): str(column) for column in survey.columns}
    renamed = {}
    for attitude, words in _ATTITUDES.items():
        found = next((names[word] for word in words if word in names), None)
        if attitude not in survey and found is not None:
            renamed[found] = attitude
    return survey.rename(columns=renamed)
