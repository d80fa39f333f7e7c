"""Numbers as people read them: thousands separators, a real minus sign, a dash for what is missing.

Both languages of the course write digits alike, so these need no language, except for dates.
"""

from __future__ import annotations

import math
from typing import Any, SupportsFloat, cast

from crmlab.text.catalogue import language

__all__ = ["MISSING", "date", "interval", "money", "number", "p_said", "p_value", "percent"]

MISSING = "–"
_MINUS = "−"


def number(value: object, digits: int = 0) -> str:
    """Return `value` with `digits` decimals and thousands separators.

    >>> number(-1234.5, 1)
    '−1,234.5'
    >>> number(float("nan"))
    '–'
    """
    if value is None:
        return MISSING
    as_float = float(cast("SupportsFloat", value))
    if math.isnan(as_float):
        return MISSING
    if math.isinf(as_float):
        return "∞" if as_float > 0 else f"{_MINUS}∞"
    text = f"{as_float:,.{digits}f}"
    if text.startswith("-"):
        text = text[1:] if not any(digit in text for digit in "123456789") else _MINUS + text[1:]
    return text


def percent(fraction: object, digits: int = 1) -> str:
    """Return a fraction as a percentage.

    >>> percent(0.25, 0)
    '25%'
    """
    if fraction is None:
        return MISSING
    text = number(100 * float(cast("SupportsFloat", fraction)), digits)
    return text if text == MISSING else f"{text}%"


def money(value: object, currency: str = "", digits: int = 2) -> str:
    """Return an amount with its currency sign in front.

    >>> money(-3.5, "¥")
    '−¥3.50'
    """
    text = number(value, digits)
    if text == MISSING or not currency:
        return text
    return f"{_MINUS}{currency}{text[1:]}" if text.startswith(_MINUS) else f"{currency}{text}"


def interval(low: object, high: object, digits: int = 1, *, percent: bool = False) -> str:
    """Return an interval in brackets.

    >>> interval(30.5, 59.5)
    '[30.5, 59.5]'
    >>> interval(0.1, 0.2, 0, percent=True)
    '[10%, 20%]'
    """
    show = globals()["percent"] if percent else number
    return f"[{show(low, digits)}, {show(high, digits)}]"


def p_value(p: object, digits: int = 3) -> str:
    """Return a p value, never as zero.

    >>> p_value(0.00001)
    '<0.001'
    """
    text = number(p, digits)
    if text == MISSING:
        return text
    smallest = 10.0**-digits
    return f"<{number(smallest, digits)}" if float(cast("SupportsFloat", p)) < smallest else text


def p_said(p: object, digits: int = 3) -> str:
    """Return a p value as it stands in a sentence.

    >>> p_said(0.0123), p_said(0.00001)
    ('p = 0.012', 'p < 0.001')
    """
    text = p_value(p, digits)
    return f"p < {text[1:]}" if text.startswith("<") else f"p = {text}"


def date(day: object) -> str:
    """Return a day as people write it: 1997-09-30 in English, 1997 年 9 月 30 日 in Chinese."""
    import pandas as pd

    stamp: Any = pd.Timestamp(cast("str", day))
    if pd.isna(stamp):
        return MISSING
    if language() == "zh":
        return f"{stamp.year} 年 {stamp.month} 月 {stamp.day} 日"
    return f"{stamp:%Y-%m-%d}"
