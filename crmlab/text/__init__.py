"""Words and numbers in the reader's language.

A notebook calls :func:`use` once; then every label, message, figure and table speaks that language.

>>> with speaking("zh"):
...     print(tr("Customers"))
客户数
>>> number(69659)
'69,659'
>>> percent(0.1234)
'12.3%'
"""

from __future__ import annotations

from crmlab.text.catalogue import (
    LANGUAGES,
    N_,
    Language,
    join_sentences,
    language,
    set_language,
    speaking,
    tr,
)
from crmlab.text.columns import column_label, column_labels
from crmlab.text.numbers import MISSING as MISSING_TEXT
from crmlab.text.numbers import date, interval, money, number, p_said, p_value, percent

__all__ = [
    "LANGUAGES",
    "MISSING_TEXT",
    "N_",
    "Language",
    "column_label",
    "column_labels",
    "date",
    "interval",
    "join_sentences",
    "language",
    "money",
    "number",
    "p_said",
    "p_value",
    "percent",
    "set_language",
    "speaking",
    "tr",
    "use",
]


def use(lang: str) -> None:
    """Speak `lang` from here on, in text and in figures.

    Sets the language of this process, and prepares matplotlib, seaborn and plotly: fonts that can write Chinese,
    the colour-blind-safe palette, grids and sizes of the house. Notebooks call it in their first cell.

    Parameters
    ----------
    lang
        ``"en"`` or ``"zh"``.

    Raises
    ------
    crmlab.errors.ParameterError
        For any other language.

    """
    set_language(lang)
    from crmlab.plots.style import apply

    apply()
