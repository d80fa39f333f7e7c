"""Labels of the columns of results, in the reader's language.

The science names columns by identifiers; what a reader sees stands here once, in English, with its Chinese in
``crmlab/locale/zh/columns.po``. A test finds every column of every public result.
"""

from __future__ import annotations

from collections.abc import Iterable

from crmlab.text.catalogue import N_, tr
from crmlab.text.column_names import COLUMNS

__all__ = ["COLUMNS", "column_label", "column_labels"]

_ENDS = {"_low": N_("{label}, lower end"), "_high": N_("{label}, upper end")}


def column_label(name: str) -> str:
    """Return the label of a column in the language spoken now; a column of the user's own keeps its name.

    Parameters
    ----------
    name
        A column of a result, as the science names it: ``n_missing``, ``mean_low``.

    Examples
    --------
    >>> column_label("n_missing"), column_label("retention_low"), column_label("my own")
    ('Missing answers', 'Retention, lower end', 'my own')

    """
    if name in COLUMNS:
        return tr(COLUMNS[name])
    for end, words in _ENDS.items():
        base = name.removesuffix(end)
        if base != name and base in COLUMNS:
            return tr(words, label=tr(COLUMNS[base]))
    return name


def column_labels(columns: Iterable[object]) -> dict[str, str]:
    """Return the labels of columns, as `crmlab.show.table` takes them.

    Parameters
    ----------
    columns
        Column names, such as ``result.summary().columns``.

    Examples
    --------
    >>> column_labels(["item", "weight"])
    {'item': 'Item', 'weight': 'Weight'}

    """
    return {str(name): column_label(str(name)) for name in columns}
