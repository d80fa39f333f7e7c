"""Counts of few people are kept back, and so many others that no subtraction brings them to light."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from crmlab.errors import DataError, ParameterError
from crmlab.privacy._network import Edge, Network

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Suppression", "suppress"]

Totals = Literal["both", "rows", "columns", "none"]

#: what lets totals of a list vary: the side of a table that has no totals
_OUTSIDE = ("outside",)
_SOURCE = ("source",)
_SINK = ("sink",)


@dataclass(frozen=True, eq=False)
class Suppression:
    """Which counts must not be shown.

    Attributes
    ----------
    hidden
        As the counts were given, Series or DataFrame, True where a count is kept back.
    rows, columns
        Totals of rows and of columns that must be kept back too; of a list with `by`, ``rows`` are its subtotals.
    total
        Whether the total of all must be kept back too.
    primary
        How many counts were kept back because they are small; the others protect them.

    """

    hidden: Any
    rows: pd.Series[bool]
    columns: pd.Series[bool]
    total: bool
    primary: int

    def summary(self) -> pd.DataFrame:
        """Return how many counts and totals there are, and how many are kept back."""
        parts: dict[str, Any] = {
            "counts": np.asarray(self.hidden),
            "rows": self.rows,
            "columns": self.columns,
        }
        return pd.DataFrame(
            [{"part": name, "n": np.size(part), "hidden": int(np.sum(part))} for name, part in parts.items()]
        )


def suppress(
    counts: pd.Series[Any] | pd.DataFrame | ArrayLike,
    *,
    least: int = 5,
    by: Sequence[Hashable] | pd.Series[Any] | None = None,
    total: Totals | bool = "both",
) -> Suppression:
    r"""Return which counts of people to keep back, so that no small group is shown or can be worked out.

    Parameters
    ----------
    counts
        People by group, one dimension (a list) or two (a table of rows and columns, without totals): whole numbers, 0 or
        more.
    least
        Smallest group that may be shown; groups of 0 < n < `least` are kept back. Groups of nobody are shown.
    by
        For a list: what each count belongs to (a store's region), when sums by it are published too.
    total
        Which totals readers know: of a table ``"both"`` (True), ``"rows"``, ``"columns"`` or ``"none"`` (False); of a
        list True or False. The total of all is known unless ``"none"``. Take care: a total in another table is known.

    Returns
    -------
    Suppression

    Raises
    ------
    DataError
        Missing, negative or broken counts; a `by` of another length.
    ParameterError
        `least` below 1, an unknown `total`, `by` with a table.

    Notes
    -----
    Counts with their totals are flows in a network: what enters a row leaves it through its cells. Who knows the totals
    and the cells that are shown can move the hidden ones only round closed ways of hidden cells, one up, the next down,
    none below 1 (readers know that nobody's group would be shown). A count is safe when such a way runs through it: then
    at least two whole numbers are possible. The network makes this exact, for whole numbers too.

    Where it is not so, the smallest shown count of the row or column is kept back as well, one that closes a way first,
    totals last; and as long as the hidden counts of a row or column, whose sum can be worked out, are fewer than `least`
    together. The choice is good, not the best possible, which is NP-hard.

    It protects counts, and what is computed from them alone. A mean, a share or a sum of money has a total as well:
    keep it back wherever its count is. It does not protect against who knows all but one of a group, nor against several
    reports on the same people with different groups; see the page on privacy.

    References
    ----------
    Cox, L. H. (1995). Network models for complementary cell suppression. Journal of the American Statistical
    Association, 90, 1453-1462. https://doi.org/10.1080/01621459.1995.10476651

    Checked against: all tables of whole numbers that agree with what is shown, counted out one by one.

    Examples
    --------
    >>> import pandas as pd
    >>> shops = pd.Series({"A": 40, "B": 3, "C": 12, "D": 9})
    >>> suppress(shops).hidden.to_dict()
    {'A': False, 'B': True, 'C': False, 'D': True}
    >>> suppress([[90, 3, 20], [40, 8, 60], [7, 9, 30]]).hidden.tolist()
    [[False, True, True], [False, True, True], [False, False, False]]

    """
    if isinstance(least, bool) or int(least) != least or least < 1:
        raise ParameterError(f"least is {least!r}; it must be a whole number, 1 or more.")
    totals = {True: "both", False: "none"}.get(total, total) if isinstance(total, bool) else total
    if totals not in {"both", "rows", "columns", "none"}:
        raise ParameterError(f"total is {total!r}; it may be 'both', 'rows', 'columns' or 'none'.")
    values = _whole(counts)
    if values.ndim == 1:
        return _of_list(counts, values, by=by, total=totals != "none", least=int(least))
    if by is not None:
        raise ParameterError("by goes with a list; the rows of a table are its groups already.")
    return _of_table(counts, values, totals=totals, least=int(least))


def _whole(counts: Any) -> Any:
    """Return the counts as whole numbers of one or two dimensions."""
    try:
        raw = np.asarray(counts, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError("The counts are no numbers.") from error
    if raw.ndim not in {1, 2}:
        raise DataError(f"The counts have {raw.ndim} dimensions; a list has one, a table two.")
    bad = ~(np.isfinite(raw) & (raw >= 0) & (raw == np.floor(raw)))
    if bad.any():
        places = [f"place {tuple(map(int, at))}: {raw[tuple(at)]:g}" for at in np.argwhere(bad)[:5]]
        raise DataError("Counts of people are whole numbers, 0 or more.", problems=places)
    return raw.astype(np.int64)


def _of_list(counts: Any, values: Any, *, by: Any, total: bool, least: int) -> Suppression:
    parents = [None] * len(values) if by is None else list(by)
    if len(parents) != len(values):
        raise DataError(f"by has {len(parents)} entries; there are {len(values)} counts.")
    names = pd.unique(pd.Series(parents, dtype=object)) if by is not None else np.array([], dtype=object)
    sums = {name: int(values[[one == name for one in parents]].sum()) for name in names}
    root = _SOURCE if by is None else None
    cells = [Edge(root or ("row", name), _OUTSIDE, int(n)) for name, n in zip(parents, values, strict=True)]
    rows = [Edge(_SOURCE, ("row", name), n, tier=1) for name, n in sums.items()]
    whole = Edge(_OUTSIDE, _SOURCE, int(values.sum()), tier=2, open=not total)
    primary = Network([*cells, *rows, whole], least=least).protect()
    hidden = np.array([edge.hidden for edge in cells], dtype=bool)
    index = pd.Index(names, dtype=object)
    return Suppression(
        hidden=pd.Series(hidden, index=counts.index) if isinstance(counts, pd.Series) else hidden,
        rows=pd.Series([edge.hidden for edge in rows], index=index, dtype=bool),
        columns=pd.Series(np.array([], dtype=bool)),
        total=whole.hidden,
        primary=primary,
    )


def _of_table(counts: Any, values: Any, *, totals: str, least: int) -> Suppression:
    height, width = values.shape
    cells = [Edge(("row", r), ("column", c), int(values[r, c])) for r, c in _places(height, width)]
    rows = [
        Edge(_SOURCE, ("row", r), int(values[r].sum()), tier=1, open=totals not in {"both", "rows"})
        for r in range(height)
    ]
    columns = [
        Edge(("column", c), _SINK, int(values[:, c].sum()), tier=1, open=totals not in {"both", "columns"})
        for c in range(width)
    ]
    whole = Edge(_SINK, _SOURCE, int(values.sum()), tier=2, open=totals == "none")
    primary = Network([*cells, *rows, *columns, whole], least=least).protect()
    hidden: Any = np.array([edge.hidden for edge in cells], dtype=bool).reshape(height, width)
    frame = isinstance(counts, pd.DataFrame)
    return Suppression(
        hidden=pd.DataFrame(hidden, index=counts.index, columns=counts.columns) if frame else hidden,
        rows=pd.Series([one.hidden for one in rows], index=counts.index if frame else None, dtype=bool),
        columns=pd.Series(
            [one.hidden for one in columns], index=counts.columns if frame else None, dtype=bool
        ),
        total=whole.hidden,
        primary=primary,
    )


def _places(height: int, width: int) -> Iterator[tuple[int, int]]:
    return ((r, c) for r in range(height) for c in range(width))
