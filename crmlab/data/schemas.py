"""From raw cells to the tables the reports work on, and what such a table must hold.

A table of transactions has the columns ``customer`` (text), ``date`` (datetime64) and ``amount`` (float).
A survey has ``respondent`` (text), its items under their own names as floats, and the roles recognised: ``overall``,
``recommend`` (0 to 10), ``effort``, ``expectation``, ``perceived``, ``group``, ``weight``, ``customer``.
A table of contracts has ``customer`` (text) and either ``start`` and ``end`` (datetime64, NaT while the contract lasts)
or ``tenure`` (whole periods) and ``lost`` (true or false); where they are known, ``fee`` (float) and ``group`` (text).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from crmlab.data.cells import OK
from crmlab.data.messages import joined
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from crmlab.data.messages import Message
    from crmlab.data.scales import Scale
    from crmlab.data.tables import RawTable

__all__ = ["Schema", "check_repeat", "check_transactions", "failing", "failing_counts", "listed", "stacked"]


@dataclass(frozen=True)
class Schema:
    """What became of a raw table.

    Parameters
    ----------
    table
        The canonical columns, a row for each row kept.
    rejected
        Columns ``row, column, value, kind`` (of a folder, ``file`` before them): every cell that could not be read.
    rows_rejected
        Rows left out.
    notes
        What the reader should know.

    """

    table: pd.DataFrame
    rejected: pd.DataFrame
    rows_rejected: int
    notes: tuple[Message, ...] = ()
    #: of a survey: the scale of each item, None where the answers fit none
    scales: dict[str, Scale | None] = field(default_factory=dict)
    #: the number of each row of the table, as a spreadsheet shows it; None where rows were put together
    rows: NDArray[np.int64] | None = None
    #: of a survey: roles that a column turned out not to play
    dropped: tuple[str, ...] = ()
    #: of transactions: the amounts far from all others, listed as rejected cells are; they stay in the table
    outliers: pd.DataFrame | None = None


def listed(
    raw: RawTable, at: NDArray[np.intp], column: str, cells: NDArray[np.object_], kinds: NDArray[np.object_]
) -> pd.DataFrame:
    """List the bad cells of a column, with the name of the file where there are several."""
    shown = pd.Series(cells, dtype=object).map(lambda cell: "" if cell is None or cell != cell else str(cell))  # noqa: PLR0124 - NaN
    frame = pd.DataFrame({"row": raw.rows[at], "column": column, "value": shown.astype("str"), "kind": kinds})
    names = raw.file_names
    if names is not None:
        frame.insert(0, "file", pd.Series(names[at], dtype="str"))
    return frame


def stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put lists of bad cells together, in the order of rows."""
    if not frames:
        return pd.DataFrame(
            {
                "row": pd.Series(dtype="int64"),
                "column": pd.Series(dtype="str"),
                "value": pd.Series(dtype="str"),
                "kind": pd.Series(dtype="object"),
            }
        )
    together = pd.concat(frames, ignore_index=True)
    # Files of a folder are read in the order of their names.
    by = [name for name in ("file", "row") if name in together]
    return together.sort_values(by, kind="stable", ignore_index=True)


_FAILING = {
    "customer": N_("Column “{column}” cannot be read as customers: {bad} of {rows} rows fail."),
    "date": N_("Column “{column}” cannot be read as dates: {bad} of {rows} rows fail."),
    "amount": N_("Column “{column}” cannot be read as amounts: {bad} of {rows} rows fail."),
    "quantity": N_("Column “{column}” cannot be read as quantities: {bad} of {rows} rows fail."),
    "unit_price": N_("Column “{column}” cannot be read as prices: {bad} of {rows} rows fail."),
    "weight": N_("Column “{column}” cannot be read as weights: {bad} of {rows} rows fail."),
    "start": N_("Column “{column}” cannot be read as dates: {bad} of {rows} rows fail."),
    "end": N_("Column “{column}” cannot be read as dates: {bad} of {rows} rows fail."),
    "tenure": N_("Column “{column}” cannot be read as whole numbers of periods: {bad} of {rows} rows fail."),
    "lost": N_("Column “{column}” cannot be read as yes or no: {bad} of {rows} rows fail."),
    "fee": N_("Column “{column}” cannot be read as amounts: {bad} of {rows} rows fail."),
    "points": N_("Column “{column}” cannot be read as points: {bad} of {rows} rows fail."),
    "kind": N_("Column “{column}” cannot be read as movements of points: {bad} of {rows} rows fail."),
    "tier": N_("Column “{column}” cannot be read as tiers: {bad} of {rows} rows fail."),
    "year": N_("Column “{column}” cannot be read as years: {bad} of {rows} rows fail."),
    "qualifying_spend": N_("Column “{column}” cannot be read as amounts: {bad} of {rows} rows fail."),
    "category_spend": N_("Column “{column}” cannot be read as amounts: {bad} of {rows} rows fail."),
    "own_spend": N_("Column “{column}” cannot be read as amounts: {bad} of {rows} rows fail."),
    "rank": N_("Column “{column}” cannot be read as ranks: {bad} of {rows} rows fail."),
    "shops": N_("Column “{column}” cannot be read as numbers of shops: {bad} of {rows} rows fail."),
    "answers": N_("Column “{column}” cannot be read as answers: {bad} of {rows} rows fail."),
}
_FUTURE = N_("Column “{column}”: {bad} of {rows} dates lie in the future.")


def failing(role: str, column: str, kinds: NDArray[np.object_]) -> str:
    """Say that a column cannot be read."""
    return failing_counts(role, column, Counter(kinds.tolist()))


def failing_counts(role: str, column: str, kinds: Counter[str]) -> str:
    """Say that a column cannot be read, from the rows of each kind of fault."""
    rows, future = kinds.total(), kinds["future"]
    bad = rows - kinds[OK]
    template = _FUTURE if 2 * future > bad else _FAILING[role]
    count = future if 2 * future > bad else bad
    return tr(template, column=column, bad=f"{count:,}", rows=f"{rows:,}")


def check_transactions(table: pd.DataFrame, *, min_customers: int = 2) -> list[str]:
    """Return what stands against working with a table of transactions, in the reader's language.

    Parameters
    ----------
    table
        Columns ``customer``, ``date``, ``amount``.
    min_customers
        The fewest customers an analysis makes sense with.

    Returns
    -------
    list of str
        A sentence for each problem; empty when there is none.

    Examples
    --------
    >>> one = pd.DataFrame({"customer": ["A"], "date": pd.to_datetime(["2024-03-05"]), "amount": [9.0]})
    >>> for problem in check_transactions(one):
    ...     print(problem)
    The data hold 1 customer; at least 2 are needed.
    All purchases lie on one day, 2024-03-05; an analysis over time needs more.

    """
    problems = []
    missing = [column for column in ("customer", "date", "amount") if column not in table.columns]
    if missing:
        return [tr("The table lacks the columns {columns}.", columns=joined(missing))]
    customers = int(table["customer"].nunique())
    if customers < min_customers:
        if customers == 1:
            problems.append(tr("The data hold 1 customer; at least {least} are needed.", least=min_customers))
        else:
            problems.append(
                tr(
                    "The data hold {found} customers; at least {least} are needed.",
                    found=customers,
                    least=min_customers,
                )
            )
    days = table["date"].dt.normalize()
    if len(days) and days.min() == days.max():
        problems.append(
            tr(
                "All purchases lie on one day, {day}; an analysis over time needs more.",
                day=f"{days.iloc[0]:%Y-%m-%d}",
            )
        )
    if len(table) and (table["amount"] < 0).all():
        problems.append(
            tr(
                "All amounts are negative, so that all count as refunds. If sales are booked with a minus, as on the credit "
                "side of accounts, turn the sign round in the file: in Excel a new column with =-C2, if C is the column of "
                "the amounts, then --map amount= with its name."
            )
        )
    elif len(table) and not (table["amount"] > 0).any():
        problems.append(tr("No amount is greater than zero."))
    return problems


def check_repeat(table: pd.DataFrame) -> list[str]:
    """Return the problem that no customer bought on two days: nothing is known about coming back then.

    Parameters
    ----------
    table
        Columns ``customer``, ``date``, ``amount``; refunds (negative amounts) are no purchases.

    Examples
    --------
    >>> once = pd.DataFrame({"customer": ["A", "B"], "date": pd.to_datetime(["2024-03-05"] * 2), "amount": [9.0, 5.0]})
    >>> check_repeat(once)
    ['All 2 customers bought on one day only, so nothing can be learned about repeat purchases.']

    """
    bought = table.loc[table["amount"] > 0, ["customer", "date"]]
    if bought.empty:
        return [tr("No amount is greater than zero.")]
    days = pd.DataFrame(
        {"customer": bought["customer"], "day": bought["date"].dt.normalize()}
    ).drop_duplicates()
    customers = days["customer"].nunique()
    if len(days) > customers:
        return []
    return [
        tr(
            "All {customers} customers bought on one day only, so nothing can be learned about repeat purchases.",
            customers=f"{customers:,}",
        )
    ]
