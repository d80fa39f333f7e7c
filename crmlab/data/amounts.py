"""Amounts of money as people write them: signs, separators, brackets.

¥1,234.50, 1.234,50 €, 3 500 元, (12.00), 12.00-, 1.2万. Whether a comma or a point is the decimal sign is decided once
for the whole column, from the amounts that leave no doubt.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from crmlab.data.cells import OK, Cells, Parsed, clean, parse_distinct
from crmlab.data.messages import Message, shown, values
from crmlab.text.catalogue import N_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.data.seen import SeenAmounts

__all__ = [
    "Decimal",
    "currency",
    "decimal_sign",
    "looks_like_number",
    "means_comma",
    "means_point",
    "most_frequent",
    "parse_amounts",
]

Decimal = Literal[".", ","]

# Signs and codes of currencies, before or behind the number. 万 stays: it multiplies.
_CURRENCY = re.compile(
    r"(?:CN¥|RMB|CNY|US\$|USD|HK\$|HKD|NT\$|TWD|EUR|GBP|JPY|人民币|美元|欧元|港币|港元|日元|英镑|元|圆|块|[¥$€£₩₽₹])"
    r"\s*(?:整|正)?",
    re.IGNORECASE,
)
#: signs of one currency; ¥ may be yuan or yen, and the file does not say
_SAME = {
    **dict.fromkeys(("CN¥", "RMB", "CNY", "人民币", "元", "圆", "块", "¥"), "¥"),
    **dict.fromkeys(("US$", "USD", "美元", "$"), "$"),
    **dict.fromkeys(("HK$", "HKD", "港币", "港元"), "HK$"),
    **dict.fromkeys(("NT$", "TWD"), "NT$"),
    **dict.fromkeys(("EUR", "欧元", "€"), "€"),
    **dict.fromkeys(("GBP", "英镑", "£"), "£"),
    **dict.fromkeys(("JPY", "日元"), "JPY"),
}
_SPACES = re.compile(r"(?<=\d)[\s'’](?=\d{3}(?!\d))")
_PLAIN = re.compile(r"\d+|\d+[eE]\+?\d{1,2}|\d+\.\d*[eE][+-]?\d{1,2}")
_POINT = re.compile(r"\d*\.\d+|\d+\.")
_COMMA = re.compile(r"\d*,\d+|\d+,")
_THOUSANDS_COMMA = re.compile(r"\d{1,3}(?:,\d{3})+(\.\d*)?")
_THOUSANDS_POINT = re.compile(r"\d{1,3}(?:\.\d{3})+(,\d*)?")
_TEN_THOUSAND = 10_000


def looks_like_number(value: object) -> bool:
    """Tell whether a cleaned cell can be read as an amount.

    >>> looks_like_number("¥1,234.50"), looks_like_number("C017"), looks_like_number(True)
    (True, False, False)
    """
    if isinstance(value, str):
        return _bare(value)[0] != ""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def currency(value: object) -> str:
    """Return the sign of the currency that a cleaned cell names, empty when it names none.

    >>> currency("¥5"), currency("5 元"), currency("US$ 7"), currency("12.5")
    ('¥', '¥', '$', '')
    """
    if not isinstance(value, str) or value.replace(".", "").isdecimal():
        return ""
    match = _CURRENCY.search(value)
    sign = match[0].rstrip("整正").strip().upper() if match else ""
    return _SAME.get(sign, sign)


def parse_amounts(
    column: Cells, *, name: str, decimal: Decimal | None = None, seen: SeenAmounts | None = None
) -> Parsed:
    """Read a column of amounts.

    Parameters
    ----------
    column
        Texts or numbers, mixed as they come.
    name
        What messages call the column.
    decimal
        The decimal sign; by default the amounts that leave no doubt decide (1.234,50 or 12,5: the comma;
        1,234.50 or 12.5: the point). If both occur, the more frequent one wins, and all others, also those in
        doubt (1.234), are rejected.
    seen
        Where the column comes in pieces: what earlier pieces showed, to which this one is added.

    Returns
    -------
    Parsed
        `data` are floats in the currency of the file; where the signs of several stand in it, that of most amounts
        counts, and the others are rejected (``"other_currency"``). Infinite values count as no number.

    Examples
    --------
    >>> parse_amounts(["¥1,234.50", "(12)", "3 500 元", "1.2万"], name="amount").data.tolist()
    [1234.5, -12.0, 3500.0, 12000.0]
    >>> parse_amounts(["1.234,50", "7,5", "1.000"], name="amount").data.tolist()
    [1234.5, 7.5, 1000.0]

    """
    if (
        isinstance(column, pd.Series)
        and pd.api.types.is_numeric_dtype(column.dtype)
        and not pd.api.types.is_bool_dtype(column.dtype)
    ):
        floats = column.to_numpy(dtype="float64", na_value=np.nan)
        kinds = np.where(np.isnan(floats), "missing", np.where(np.isinf(floats), "no_number", OK)).astype(
            object
        )
        return Parsed(floats, kinds)
    parsed = parse_distinct(column, lambda found: _parse(found, name, decimal, seen), np.nan)
    _one_currency(column, parsed.kinds, seen)
    return parsed


def _one_currency(column: Cells, kinds: NDArray[np.object_], seen: SeenAmounts | None) -> None:
    """Mark the amounts in another currency than most: dollars and yuan have no sum."""
    try:
        codes, found = pd.factorize(np.asarray(column, dtype=object), use_na_sentinel=True)
    except TypeError:  # lists and structures of a Parquet file
        return
    signs = [currency(clean(value)) for value in found]
    if len(set(signs) - {""}) < (2 if seen is None else 1):
        return
    rows = np.array([*signs, ""], dtype=object)[codes]
    rows[kinds != OK] = ""
    counts = Counter(rows[rows != ""])
    most = most_frequent(counts) if seen is None else seen.add_signs(set(signs) - {""}, counts)
    if most is None:
        return
    kinds[(rows != "") & (rows != most)] = "other_currency"


def most_frequent(counts: Counter[str]) -> str:
    """Return the sign that stands in most rows."""
    return max(counts, key=lambda sign: (counts[sign], sign), default="")


def _parse(
    found: Sequence[object], name: str, decimal: Decimal | None, seen: SeenAmounts | None
) -> tuple[NDArray[Any], NDArray[np.object_], tuple[Message, ...]]:
    floats = np.full(len(found), np.nan)
    kinds = np.full(len(found), "no_number", dtype=object)
    bare: dict[int, tuple[str, float]] = {}
    for at, value in enumerate(found):
        if isinstance(value, str):
            digits, factor = _bare(value)
            if digits:
                bare[at] = digits, factor
            elif value.startswith("#"):
                kinds[at] = "sheet_error"
        elif looks_like_number(value) or type(value).__name__ == "Decimal":
            floats[at] = float(value)  # type: ignore[arg-type]
    written = {digits for digits, _ in bare.values()}
    if seen is None or decimal is not None:
        sign, mixed, notes = decimal_sign(written, name, decimal)
    else:
        sign, mixed, notes = *seen.add_written(written), ()
    thousands = _THOUSANDS_COMMA if sign == "." else _THOUSANDS_POINT
    simple = _POINT if sign == "." else _COMMA
    for at, (digits, factor) in bare.items():
        in_doubt = mixed and not (_PLAIN.fullmatch(digits) or means_comma(digits) or means_point(digits))
        if thousands.fullmatch(digits) and not in_doubt:
            digits = digits.replace("," if sign == "." else ".", "")  # noqa: PLW2901 - the same number, written plainly
        elif in_doubt or not (_PLAIN.fullmatch(digits) or simple.fullmatch(digits)):
            kinds[at] = "decimal_sign"
            continue
        floats[at] = float(digits.replace(",", ".")) * factor
    good = np.isfinite(floats)
    kinds[good] = OK
    return floats, kinds, notes


def _bare(text: str) -> tuple[str, float]:
    """Return the digits with their separators, and the factor in front of them; ("", 0) when it is no number."""
    factor = 1.0
    if text.startswith("(") and text.endswith(")"):
        text, factor = text[1:-1].strip(), -1.0
    if not text.isascii() or not text[:1].isdigit() or not text[-1:].isdigit():
        text = _CURRENCY.sub("", text, count=2).strip()
        if text.endswith("万"):
            text, factor = text[:-1].strip(), factor * _TEN_THOUSAND
        if text[:1] in {"-", "+"}:
            factor, text = (
                (-factor if text[0] == "-" else factor),
                _CURRENCY.sub("", text[1:], count=1).strip(),
            )
        elif text[-1:] == "-":
            factor, text = -factor, text[:-1].strip()
    text = _SPACES.sub("", text)
    if any(
        pattern.fullmatch(text) for pattern in (_PLAIN, _POINT, _COMMA, _THOUSANDS_COMMA, _THOUSANDS_POINT)
    ):
        return text, factor
    return "", 0.0


def decimal_sign(
    written: set[str], name: str, decimal: Decimal | None
) -> tuple[Decimal, bool, tuple[Message, ...]]:
    """Return the decimal sign of a column, whether the column mixes both, and notes where it is not plain."""
    if decimal is not None:
        return decimal, False, ()
    commas = sorted(text for text in written if means_comma(text))
    points = sorted(text for text in written if means_point(text))
    if commas and points:
        return ("," if len(commas) > len(points) else "."), True, ()
    if commas:
        note = N_("Column “{column}”: the comma is read as decimal sign, because of “{value}”.")
        return ",", False, (Message(note, values(column=name, value=shown(commas[0]))),)
    doubtful = sorted(text for text in written if "." in text or "," in text)
    if points or not doubtful:
        return ".", False, ()
    # 1.234 alone may be one and a bit, or a thousand and more: read as the writing of China, Britain and the US
    # has it, and said.
    if any("." in text for text in doubtful):
        note = N_(
            "Column “{column}”: the point is read as decimal sign in “{value}”; if it separates thousands, "
            "say so: --decimal ,"
        )
        return (
            ".",
            False,
            (Message(note, values(column=name, value=next(text for text in doubtful if "." in text))),),
        )
    note = N_(
        "Column “{column}”: the comma is read as separator of thousands in “{value}”; if it is the decimal sign, "
        "say so: --decimal ,"
    )
    return ".", False, (Message(note, values(column=name, value=doubtful[0])),)


def means_comma(text: str) -> bool:
    """Tell whether the comma can only be the decimal sign: 1.234,50 and 12,5 and 0,123 and 1.234.567."""
    if "," not in text:
        return text.count(".") > 1
    return text.startswith("0,") or not _THOUSANDS_COMMA.fullmatch(text)


def means_point(text: str) -> bool:
    """Tell whether the point can only be the decimal sign: 1,234.50 and 12.5 and 0.123 and 1,234,567."""
    if "." not in text:
        return text.count(",") > 1
    return text.startswith("0.") or not _THOUSANDS_POINT.fullmatch(text)
