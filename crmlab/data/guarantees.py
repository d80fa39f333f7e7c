"""What the tables of each kind must hold: types, ranges, nothing missing where something is needed, nobody twice.

The readers list what they cannot read, cell by cell. These schemas, written with pandera, are the other half: they hold
for every table that leaves the readers, and for a DataFrame of anybody's that has never been a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.data.messages import joined, shown
from crmlab.errors import DataError, ParameterError, did_you_mean
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    import pandera.pandas as pa
    from numpy.typing import NDArray

    from crmlab.data.roles import Kind

__all__ = ["check_table", "schema_of"]

_TOLD = 5

#: checks by name to what they ask for
_ASKED: dict[str, str] = {
    "not_nullable": N_("must not be missing"),
    "finite": N_("must be a finite number"),
    "not_negative": N_("must be 0 or more"),
    "positive": N_("must be above 0"),
    "whole": N_("must be a whole number"),
    "from_1": N_("must be 1 or more"),
    "score_0_to_10": N_("must lie between 0 and 10"),
    "not_blank": N_("must not be blank"),
    "known_movement": N_("must be earned, burned, expired or adjustment"),
    "yes_or_no": N_("must be yes or no"),
    "field_uniqueness": N_("stands in an earlier row already"),
    "multiple_fields_uniqueness": N_("stands in an earlier row already"),
    "not_before_start": N_("must not lie before the start"),
    "rank_within_shops": N_("must not be beyond the number of shops"),
    "dtype_text": N_("the column must hold text"),
    "dtype_date": N_("the column must hold dates (datetime64)"),
    "dtype_number": N_("the column must hold numbers"),
    "dtype_flag": N_("the column must hold true and false"),
}


def _text(*, needed: bool = True, unique: bool = False) -> pa.Column:
    import pandera.pandas as pa

    checks = [
        pa.Check(_is_text, name="dtype_text", ignore_na=False),
        pa.Check(lambda column: column.astype("str").str.strip() != "", name="not_blank"),
    ]
    return pa.Column(checks=checks, nullable=not needed, required=needed, unique=unique)


def _number(*checks: str, needed: bool = True, nullable: bool = False) -> pa.Column:
    import pandera.pandas as pa

    tests: dict[str, Callable[[Any], Any]] = {
        "finite": lambda column: ~np.isinf(column.astype("float64")),
        "not_negative": lambda column: column >= 0,
        "positive": lambda column: column > 0,
        "whole": lambda column: column.astype("float64") % 1 == 0,
        "from_1": lambda column: column >= 1,
        "score_0_to_10": lambda column: (column >= 0) & (column <= 10),
    }
    made = [pa.Check(tests[name], name=name) for name in ("finite", *checks)]
    return pa.Column(
        checks=[pa.Check(_is_number, name="dtype_number", ignore_na=False), *made],
        nullable=nullable or not needed,
        required=needed,
    )


def _day(*, needed: bool = True, nullable: bool = False) -> pa.Column:
    import pandera.pandas as pa

    check = pa.Check(
        lambda column: bool(pd.api.types.is_datetime64_any_dtype(column.dtype)),
        name="dtype_date",
        ignore_na=False,
    )
    return pa.Column(checks=[check], nullable=nullable or not needed, required=needed)


def _one_of(name: str, allowed: Sequence[str], *, needed: bool = True) -> pa.Column:
    import pandera.pandas as pa

    check = pa.Check(lambda column: column.isin(allowed), name=name)
    return pa.Column(checks=[check], nullable=not needed, required=needed)


def _flag() -> pa.Column:
    import pandera.pandas as pa

    check = pa.Check(
        lambda column: bool(pd.api.types.is_bool_dtype(column.dtype)), name="dtype_flag", ignore_na=False
    )
    return pa.Column(checks=[check], nullable=False)


def _is_text(column: pd.Series[Any]) -> bool:
    return bool(pd.api.types.is_string_dtype(column.dtype)) or bool(column.isna().all())


def _is_number(column: pd.Series[Any]) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column.dtype)) and not pd.api.types.is_bool_dtype(column.dtype)


def _transactions(_: pd.DataFrame) -> dict[str, pa.Column]:
    return {"customer": _text(), "date": _day(), "amount": _number()}


def _survey(_: pd.DataFrame) -> dict[str, pa.Column]:
    scores = ("overall", "effort", "expectation", "perceived")
    return {
        "respondent": _text(),
        "customer": _text(needed=False),
        "group": _text(needed=False),
        "date": _day(needed=False),
        "weight": _number("positive", needed=False),
        "recommend": _number("score_0_to_10", needed=False),
        **{name: _number("not_negative", needed=False) for name in scores},
    }


def _contracts(table: pd.DataFrame) -> dict[str, pa.Column]:
    more = {"fee": _number("not_negative", needed=False), "group": _text(needed=False)}
    if "tenure" in table.columns:
        return {"customer": _text(), "tenure": _number("not_negative", "whole"), "lost": _flag(), **more}
    return {"customer": _text(), "start": _day(), "end": _day(nullable=True), **more}


def _contacts(_: pd.DataFrame) -> dict[str, pa.Column]:
    texts = {name: _text(needed=False) for name in ("name", "phone", "email", "source")}
    return {**texts, "cost": _number("not_negative", needed=False), "date": _day(needed=False)}


def _complaints(_: pd.DataFrame) -> dict[str, pa.Column]:
    return {
        "date": _day(),
        **{name: _text(needed=False) for name in ("customer", "topic", "channel")},
        "days_to_resolve": _number("not_negative", needed=False),
        "recovered": _one_of("yes_or_no", ("yes", "no"), needed=False),
    }


def _points(_: pd.DataFrame) -> dict[str, pa.Column]:
    kinds = ("earned", "burned", "expired", "adjustment")
    return {
        "customer": _text(),
        "date": _day(),
        "kind": _one_of("known_movement", kinds),
        "points": _number(),
        "value": _number("not_negative", needed=False),
    }


def _tiers(_: pd.DataFrame) -> dict[str, pa.Column]:
    return {
        "customer": _text(),
        "tier": _text(),
        "year": _number("whole", needed=False),
        "qualifying_spend": _number(needed=False),
    }


def _wallet(_: pd.DataFrame) -> dict[str, pa.Column]:
    return {
        "customer": _text(unique=True),
        "category_spend": _number("not_negative", needed=False),
        "own_spend": _number("not_negative", needed=False),
        "rank": _number("from_1", needed=False),
        "shops": _number("from_1", needed=False),
    }


_COLUMNS: dict[Kind, Callable[[pd.DataFrame], dict[str, Any]]] = {
    "transactions": _transactions,
    "survey": _survey,
    "contracts": _contracts,
    "contacts": _contacts,
    "complaints": _complaints,
    "points": _points,
    "tiers": _tiers,
    "wallet": _wallet,
}
#: what must be true of two columns together: columns, name of the check, test
_PAIRS: dict[Kind, tuple[tuple[str, str, str], ...]] = {
    "contracts": (("start", "end", "not_before_start"),),
    "wallet": (("rank", "shops", "rank_within_shops"),),
}
_ONCE: dict[Kind, list[str]] = {"tiers": ["customer", "year"]}


def schema_of(kind: Kind, table: pd.DataFrame | None = None) -> pa.DataFrameSchema:
    """Return the pandera schema of a kind of table.

    Parameters
    ----------
    kind
        ``"transactions"``, ``"survey"``, ``"contracts"``, ``"contacts"``, ``"complaints"``, ``"points"``, ``"tiers"`` or
        ``"wallet"``.
    table
        The table: contracts are told by ``tenure`` and ``lost`` or by ``start`` and ``end``.

    Examples
    --------
    >>> sorted(schema_of("transactions").columns)
    ['amount', 'customer', 'date']

    """
    import pandera.pandas as pa

    frame = pd.DataFrame() if table is None else table
    together = [
        pa.Check(_not_beyond(low, high), name=name)
        for low, high, name in _PAIRS.get(kind, ())
        if {low, high} <= set(frame.columns)
    ]
    once = _ONCE.get(kind)
    unique = once if once and set(once) <= set(frame.columns) else None
    return pa.DataFrameSchema(_COLUMNS[kind](frame), checks=together, unique=unique, name=kind)


def _not_beyond(low: str, high: str) -> Callable[[pd.DataFrame], Any]:
    """Return the test that one column is never above another; missing values pass."""
    return lambda table: ~(table[low] > table[high]).fillna(value=False).astype(bool)


def check_table(
    table: pd.DataFrame,
    kind: Kind,
    *,
    rows: Sequence[object] | NDArray[Any] | None = None,
) -> pd.DataFrame:
    """Check that a table is what the reports and models take it for.

    Parameters
    ----------
    table
        A table as :func:`crmlab.data.read_table` returns it, or a DataFrame of your own with the same columns; further
        columns are let alone.
    kind
        What it holds.
    rows
        What messages call each row, such as its number in a spreadsheet; default its place, counted from 1.

    Returns
    -------
    pandas.DataFrame
        `table`, unchanged.

    Raises
    ------
    crmlab.errors.DataError
        When a column is missing, has the wrong type, or holds what cannot be: all problems at once, the first five rows of
        each.
    crmlab.errors.ParameterError
        For a kind that is none.

    Notes
    -----
    Transactions need ``customer`` (text), ``date`` (datetime64) and ``amount`` (finite; below 0 for refunds). A customer
    stands once in a table of wallets, and once a year in one of tiers. A contract does not end before it starts.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer": ["A", "A"], "date": pd.to_datetime(["2024-03-05", None]), "amount": [9.0, 5.0]})
    >>> check_table(sales, "transactions")
    Traceback (most recent call last):
        ...
    crmlab.errors.DataError: This is no table of transactions.
      - row 2, column “date”: must not be missing
    Mend the table, or read it from a file with read_table, which lists what it cannot read.

    """
    if kind not in _COLUMNS:
        near = did_you_mean(kind, _COLUMNS)
        raise ParameterError(
            tr("Data can be read as {kinds}, not as “{given}”.", kinds=tr(", ").join(_COLUMNS), given=kind),
            hint=tr("Did you mean {near}?", near=near) if near else None,
        )
    import pandera.pandas as pa

    plain = table.reset_index(drop=True)
    try:
        schema_of(kind, plain).validate(plain, lazy=True)
    except pa.errors.SchemaErrors as error:
        names = range(1, len(plain) + 1) if rows is None else rows
        raise DataError(
            tr("This is no table of {kind}.", kind=kind),
            problems=_problems(error.failure_cases, plain, list(names)),
            hint=tr(
                "Mend the table, or read it from a file with read_table, which lists what it cannot read."
            ),
        ) from None
    return table


def _problems(cases: pd.DataFrame, table: pd.DataFrame, names: Sequence[object]) -> list[str]:
    """Tell the failures that pandera found, those of one kind and column together, with the first five rows."""
    problems = []
    missing = cases.loc[cases["check"] == "column_in_dataframe", "failure_case"].astype(str)
    if len(missing):
        problems.append(tr("The table lacks the columns {columns}.", columns=joined(missing)))
    cases = cases[cases["check"] != "column_in_dataframe"]
    wrong = set(cases.loc[cases["check"].astype(str).str.startswith("dtype_"), "column"])
    for (column, check), found in cases.groupby(["column", "check"], sort=False, dropna=False):
        if column in wrong and not str(check).startswith("dtype_"):
            continue  # a column of the wrong type fails everything else as well
        places = sorted({int(at) for at in found["index"].dropna()})
        asked = tr(_ASKED[str(check)]) if str(check) in _ASKED else str(check)
        name = str(column) if column in table.columns else _pair_name(str(check))
        if not places:
            problems.append(tr("column “{column}”: {asked}", column=name, asked=asked))
            continue
        for at in places[:_TOLD]:
            value = "" if str(check) == "not_nullable" or name not in table else shown(table[name].iloc[at])
            line = tr("row {row}, column “{column}”: {asked}", row=names[at], column=name, asked=asked)
            problems.append(tr("{line} (found: {value})", line=line, value=value) if value else line)
        if len(places) > _TOLD:
            problems.append(tr("and {count} further rows", count=f"{len(places) - _TOLD:,}"))
    return problems


def _pair_name(check: str) -> str:
    """Return the column that a check of two columns is about."""
    return {"not_before_start": "end", "rank_within_shops": "rank"}.get(check, "customer")
