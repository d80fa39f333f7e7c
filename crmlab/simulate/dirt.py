"""Dirt on demand: what real files have and simulated ones lack, in known numbers.

Every kind of dirt is counted, so that a reader of the files can be held to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.errors import ParameterError, did_you_mean
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["KINDS", "check_dirt", "make_dirty"]

#: kind of dirt to the share of rows (of answers, for ``missing``) that get it; text kinds touch all rows
KINDS: Mapping[str, float] = {
    "same_day": 0.03,
    "refunds": 0.02,
    "outliers": 0.001,
    "duplicates": 0.01,
    "missing": 0.04,
    "spaces": 0.05,
    "dates": 1.0,
    "amounts": 1.0,
    "gbk": 1.0,
}
_ANSWERS = frozenset({"customer", "respondent", "date"})
#: outliers are so many times what they should be: a decimal point lost
_OUTLIER = 100.0


def check_dirt(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of dirt in the order in which they are done; ``all`` stands for all.

    Raises
    ------
    ParameterError
        A kind that is none; the message names the nearest.

    """
    asked = {kind.strip() for kind in kinds if kind.strip()}
    if "all" in asked:
        return tuple(KINDS)
    unknown = sorted(asked - set(KINDS))
    if unknown:
        raise ParameterError(
            tr("There is no dirt of the kind “{kinds}”.", kinds=tr(", ").join(unknown)),
            problems=[
                tr("did you mean {near}?", near=near)
                for kind in unknown
                if (near := did_you_mean(kind, KINDS))
            ],
            hint=tr("There are: {names}.", names=tr(", ").join(("all", *KINDS))),
        )
    return tuple(kind for kind in KINDS if kind in asked)


def make_dirty(
    tables: Mapping[str, pd.DataFrame], kinds: Iterable[str], rng: np.random.Generator
) -> tuple[dict[str, pd.DataFrame], dict[str, int]]:
    """Put dirt on the tables of a business.

    Parameters
    ----------
    tables
        As the simulators give them.
    kinds
        Of :data:`KINDS`. ``same_day``: a purchase in two rows on one day; ``refunds``: a negative amount some days
        later; ``outliers``: amounts a hundred times too large; ``duplicates``: rows twice; ``missing``: answers left
        out; ``spaces``: blanks around customer numbers, and full-width digits; ``dates``: four ways to write a date,
        mixed; ``amounts``: currency signs and thousands separators; ``gbk``: files in GB18030 (done when written).
    rng
        Random numbers.

    Returns
    -------
    tables, counts
        The tables, with text where there was a date or an amount to write; rows or answers touched by kind.

    """
    dirty = {name: table.copy() for name, table in tables.items()}
    counts: dict[str, int] = {}
    for kind in check_dirt(kinds):
        do = _WAYS.get(kind)
        if do is not None:
            counts[kind] = do(dirty, KINDS[kind], rng)
    return dirty, counts


def _some(n: int, share: float, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Draw a share of n rows, at least one, in order."""
    return np.sort(rng.choice(n, max(round(share * n), 1), replace=False)) if n else np.array([], np.int64)


def _same_day(tables: dict[str, pd.DataFrame], share: float, rng: np.random.Generator) -> int:
    orders = tables.get("transactions")
    if orders is None:
        return 0
    at = _some(len(orders), share, rng)
    part = np.round(orders["amount"].to_numpy()[at] * rng.uniform(0.2, 0.8, at.size), 2)
    second = orders.iloc[at].assign(amount=part, order=orders["order"].iloc[at] + "b")
    orders.loc[orders.index[at], "amount"] = np.round(orders["amount"].to_numpy()[at] - part, 2)
    tables["transactions"] = _by_date(pd.concat([orders, second], ignore_index=True))
    return int(at.size)


def _refunds(tables: dict[str, pd.DataFrame], share: float, rng: np.random.Generator) -> int:
    orders = tables.get("transactions")
    if orders is None:
        return 0
    last = orders["date"].max()
    at = _some(len(orders), share, rng)
    back = orders.iloc[at].assign(
        amount=-orders["amount"].iloc[at],
        order=orders["order"].iloc[at] + "r",
        date=orders["date"].iloc[at] + pd.to_timedelta(rng.integers(2, 15, at.size), unit="D"),
    )
    back = back[back["date"] <= last]
    tables["transactions"] = _by_date(pd.concat([orders, back], ignore_index=True))
    return len(back)


def _outliers(tables: dict[str, pd.DataFrame], share: float, rng: np.random.Generator) -> int:
    orders = tables.get("transactions")
    if orders is None:
        return 0
    bought = np.flatnonzero(orders["amount"].to_numpy() > 0)
    at = bought[_some(bought.size, share, rng)]
    orders.loc[orders.index[at], "amount"] *= _OUTLIER
    return int(at.size)


def _duplicates(tables: dict[str, pd.DataFrame], share: float, rng: np.random.Generator) -> int:
    total = 0
    for name in ("transactions", "contracts", "survey", "complaints"):
        if name in tables:
            table = tables[name]
            at = _some(len(table), share, rng)
            tables[name] = table.iloc[np.sort(np.concatenate([np.arange(len(table)), at]))].reset_index(
                drop=True
            )
            total += int(at.size)
    return total


def _missing(tables: dict[str, pd.DataFrame], share: float, rng: np.random.Generator) -> int:
    survey = tables.get("survey")
    if survey is None:
        return 0
    names = [name for name in survey.select_dtypes("number") if name not in _ANSWERS]
    total = 0
    for name in names:
        gone = (rng.random(len(survey)) < share) & survey[name].notna().to_numpy()
        survey[name] = survey[name].astype(np.float64).mask(gone)
        total += int(gone.sum())
    return total


def _spaces(tables: dict[str, pd.DataFrame], share: float, rng: np.random.Generator) -> int:
    total = 0
    for name in ("transactions", "contracts", "survey", "complaints"):
        if name not in tables:
            continue
        table = tables[name]
        at = _some(len(table), share, rng)
        ids = table["customer"].to_numpy(dtype=object).copy()
        wide = rng.random(at.size) < 0.5
        for row, full in zip(at, wide, strict=True):
            ids[row] = str(ids[row]).translate(_WIDE) if full else f" {ids[row]} "
        table["customer"] = ids
        total += int(at.size)
    return total


def _dates(tables: dict[str, pd.DataFrame], share: float, rng: np.random.Generator) -> int:
    del share
    total = 0
    for name in ("transactions", "contracts", "survey", "complaints"):
        for column in tables[name].select_dtypes("datetime") if name in tables else ():
            days = tables[name][column]
            ways = [days.dt.strftime(form) for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d")]
            way = rng.integers(0, len(ways), len(days))
            text = np.choose(way, [one.fillna("").to_numpy(dtype=object) for one in ways])
            tables[name][column] = text
            total += len(days)
    return total


def _amounts(tables: dict[str, pd.DataFrame], share: float, rng: np.random.Generator) -> int:
    del share
    total = 0
    for name, column in (("transactions", "amount"), ("contracts", "fee")):
        if name in tables:
            values = tables[name][column].to_numpy(dtype=np.float64)
            way = rng.integers(0, 3, values.size)
            tables[name][column] = [
                (f"{value:.2f}", f"{value:,.2f}", f"¥{value:,.2f}" if value >= 0 else f"-¥{-value:,.2f}")[k]
                for value, k in zip(values, way, strict=True)
            ]
            total += values.size
    return total


def _by_date(orders: pd.DataFrame) -> pd.DataFrame:
    return orders.sort_values(["date", "customer"], kind="stable", ignore_index=True)


_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_WAYS: Mapping[str, Callable[[dict[str, pd.DataFrame], float, np.random.Generator], int]] = {
    "same_day": _same_day,
    "refunds": _refunds,
    "outliers": _outliers,
    "duplicates": _duplicates,
    "missing": _missing,
    "spaces": _spaces,
    "dates": _dates,
    "amounts": _amounts,
}
