"""Groups of few people in a report: what is kept back, everywhere by the same rule.

A group is whoever shares a segment, a tier, a store, a stage, a topic: fewer than `min_group` of them are not shown, nor
what could be subtracted to find them. How an answer or a measured quantity is spread over a large group is no group.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.privacy import suppress
from crmlab.text import number, tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "OTHERS",
    "guarded",
    "hide_small",
    "kept_back",
    "kept_back_note",
    "pooled",
    "put_small_together",
    "steps",
]

#: name of the row that holds groups too small to be shown alone
OTHERS = "others"


def guarded(n: pd.Series[Any], least: int) -> pd.Series[Any]:
    """Return which values are kept back: those of few people, and so many others that subtraction tells nothing.

    >>> guarded(pd.Series([40, 3, 12, 9]), 5).tolist()
    [False, True, False, True]
    """
    hidden: pd.Series[Any] = suppress(n.fillna(0).astype(np.int64), least=least).hidden
    return hidden


def hide_small(counts: NDArray[np.int64], min_group: int) -> NDArray[np.bool_]:
    """Return which cells of a table of counts must not be shown, when the totals of its rows are.

    Of a row whose total is small, or gives a small one away, no cell is shown: where all others are 0, it is in the last.

    >>> hide_small(np.array([[90, 3, 20], [40, 0, 60]]), 5)
    array([[False,  True,  True],
           [False, False, False]])
    """
    found = suppress(counts, least=min_group, total="rows")
    hidden: NDArray[np.bool_] = found.hidden | found.rows.to_numpy()[:, None]
    return hidden


def kept_back(
    rows: pd.DataFrame, least: int, *, columns: Sequence[str], count: str = "customers", by: Any = None
) -> pd.DataFrame:
    """Return rows of groups without the numbers of those that are too small, nor of those that would give them away.

    >>> rows = pd.DataFrame({"stage": ["a", "b", "c"], "customers": [90, 3, 7], "share": [0.9, 0.03, 0.07]})
    >>> kept_back(rows, 5, columns=["share"]).to_dict("list")
    {'stage': ['a', 'b', 'c'], 'customers': [90.0, nan, nan], 'share': [0.9, nan, nan]}
    """
    hidden = suppress(rows[count].fillna(0).astype(np.int64), least=least, by=by).hidden
    if not hidden.any():
        return rows
    blank = rows.astype(dict.fromkeys([count, *columns], float))
    blank.loc[hidden, [count, *columns]] = np.nan
    return blank


def steps(n: int, least: int, stops: Sequence[int] = ()) -> NDArray[np.int_]:
    """Return places along `n` people in a row at which a curve may be drawn: `least` apart or more, `stops` among them.

    A curve with a point for everybody tells what each is worth.

    >>> steps(12, 5).tolist(), steps(22, 5, [10]).tolist()
    ([0, 6, 12], [0, 5, 10, 16, 22])
    """
    ends = [0, *(stop for stop in stops if least <= stop <= n - least), n]
    parts = [np.linspace(a, b, min(max((b - a) // least, 1), 200) + 1) for a, b in pairwise(ends)]
    places: NDArray[np.int_] = np.unique(np.concatenate(parts).round().astype(int))
    return places


def pooled(values: pd.Series[float], who: Iterable[set[Any]], least: int) -> pd.Series[float]:
    """Return amounts in a row, such as months, as means over so many neighbours that `least` people stand behind each.

    `who` holds the people behind each amount. Where all together are too few, nothing is left to be shown: zero.

    >>> pooled(pd.Series([60.0, 8.0, 0.0, 4.0]), [{1, 2, 3}, {1}, set(), {4, 5}], 3).tolist()
    [60.0, 4.0, 4.0, 4.0]
    """
    pools: list[tuple[list[int], set[Any]]] = []
    for place, own in enumerate(who):
        if pools and 0 < len(pools[-1][1]) < least:
            pools[-1][0].append(place)
            pools[-1][1].update(own)
        else:
            pools.append(([place], set(own)))
    while len(pools) > 1 and 0 < len(pools[-1][1]) < least:
        places, own = pools.pop()
        pools[-1][0].extend(places)
        pools[-1][1].update(own)
    found = values.copy()
    for places, own in pools:
        found.iloc[places] = values.iloc[places].mean() if len(own) >= least else 0.0
    return found


def kept_back_note(least: int) -> str:
    """Return the line under a table of which some numbers are kept back."""
    return tr(
        "–: fewer than {n} people, or a number from which that of so few could be worked out.",
        n=number(least),
    )


def put_small_together(
    rows: pd.DataFrame,
    count: str,
    *,
    min_group: int,
    sums: Sequence[str],
    means: Sequence[str] = (),
    name: str = "segment",
) -> pd.DataFrame:
    """Put groups of fewer than `min_group` into one row, with the smallest others until that row is large enough.

    Groups of nobody need no protection, and stay unless the others need company. A missing group is the same as none.

    >>> rows = pd.DataFrame({"segment": ["a", "b", "c"], "n": [90, 3, 7]})
    >>> put_small_together(rows, "n", min_group=5, sums=("n",))
      segment   n
    0       a  90
    1  others  10
    """
    n = rows[count].to_numpy()
    small = (n > 0) & (n < min_group)
    if not small.any():
        return rows.reset_index(drop=True)
    small |= (rows[name] == OTHERS).to_numpy()
    for place in np.argsort(np.where(n > 0, n, np.iinfo(np.int64).max), kind="stable"):
        if n[small].sum() >= min_group or small.all():
            break
        small[place] = True
    together = rows[small]
    row: dict[str, Any] = {name: OTHERS} | {column: together[column].sum() for column in sums}
    for column in means:
        row[column] = float(np.average(together[column], weights=together[count]))
    kept = rows[~small].astype({name: object})
    return pd.concat([kept, pd.DataFrame([row])], ignore_index=True)[list(rows.columns)]
