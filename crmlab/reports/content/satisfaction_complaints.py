"""Complaints for the satisfaction report: how many, about what, how they ended, and what is left of satisfaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab.reports.content.satisfaction_groups import put_together, value_labels
from crmlab.reports.content.small_groups import guarded
from crmlab.satisfaction import group_scores
from crmlab.satisfaction.intervals import share_interval
from crmlab.text import tr

if TYPE_CHECKING:
    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.registry import SatisfactionParameters

__all__ = ["Complaints", "study_complaints"]

#: days within which a settled complaint counts as settled fast
FAST_DAYS = 3
_RECOVERED = ("recovered", "recovered_low", "recovered_high")
_YES = {"yes", "true", "1", "1.0", "y", "是", "成功", "满意"}


@dataclass(frozen=True, eq=False)
class Complaints:
    """What the table of complaints holds; what it does not is None, NaN or empty."""

    n: int
    #: customers who complained
    customers: int
    first: pd.Timestamp | None
    last: pd.Timestamp | None
    #: complaints that are not settled yet
    open: int
    #: median of the days until settled
    days: float
    #: topic, n, share, days (median), recovered, recovered_low, recovered_high; most frequent first
    topics: pd.DataFrame
    #: share recovered with its interval, and complaints behind it
    recovered: tuple[float, float, float, int] | None
    #: the same of complaints settled within :data:`FAST_DAYS`, and of later ones
    fast: tuple[float, float, float, int] | None
    late: tuple[float, float, float, int] | None
    #: kind (``none``, ``recovered``, ``not_recovered``), n, csat, csat_low, csat_high: satisfaction of the customers asked
    after: pd.DataFrame


def study_complaints(
    given: ReportInput,
    survey: pd.DataFrame,
    scales: Mapping[str, tuple[float, float]],
    parameters: SatisfactionParameters,
) -> Complaints | None:
    """Return what the complaints tell, or None without any."""
    table = given.complaints
    if table is None or table.empty:
        return None
    level = parameters.confidence
    recovered = _yes(table["recovered"]) if "recovered" in table else None
    days = pd.to_numeric(table["days_to_resolve"], errors="coerce") if "days_to_resolve" in table else None
    dates = pd.to_datetime(table["date"], errors="coerce").dropna() if "date" in table else pd.Series([])
    fast = late = None
    if recovered is not None and days is not None:
        known = recovered.notna()
        soon, later = known & (days <= FAST_DAYS), known & (days > FAST_DAYS)
        sizes = pd.Series([part.sum() for part in (soon, later, known & ~soon & ~later)])
        if not guarded(sizes, parameters.min_group).any():
            fast = _share(recovered[days <= FAST_DAYS], level, parameters.min_group)
            late = _share(recovered[days > FAST_DAYS], level, parameters.min_group)
    return Complaints(
        n=len(table),
        customers=int(table["customer"].nunique()) if "customer" in table else 0,
        first=dates.min() if len(dates) else None,
        last=dates.max() if len(dates) else None,
        open=int(days.isna().sum()) if days is not None else 0,
        days=float(days.median()) if days is not None and days.notna().any() else float("nan"),
        topics=_topics(given, table, recovered, days, parameters),
        recovered=None if recovered is None else _share(recovered, level, 1),
        fast=fast,
        late=late,
        after=_after(table, survey, recovered, scales, parameters),
    )


def _yes(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return 1 for yes, 0 for no, NaN for no answer."""
    said = column.astype("str").str.strip().str.casefold().isin(_YES).astype(float)
    return said.where(column.notna())


def _share(yes: pd.Series[Any], confidence: float, least: int) -> tuple[float, float, float, int] | None:
    known = yes.dropna()
    if len(known) < max(least, 1):
        return None
    share = float(known.mean())
    low, high = share_interval(share, len(known), confidence=confidence)
    return share, low, high, len(known)


def _topics(
    given: ReportInput,
    table: pd.DataFrame,
    recovered: pd.Series[Any] | None,
    days: pd.Series[Any] | None,
    parameters: SatisfactionParameters,
) -> pd.DataFrame:
    if "topic" not in table:
        return pd.DataFrame()
    words = value_labels(given, "topic")
    names = table["topic"].map(lambda name: words.get(str(name), str(name)), na_action="ignore")
    names = names.fillna(tr("not stated"))
    # Ten complaints of one customer are those of one person.
    who = table["customer"].fillna("") if "customer" in table else pd.Series(table.index, table.index)
    people = who.groupby(names).nunique()
    together = put_together({str(name): int(n) for name, n in people.items()}, parameters.min_group)
    if len(together) == names.nunique():
        return pd.DataFrame()
    if together:
        names = names.where(~names.isin(together), tr("{n} topics together", n=len(together)))
    rows = []
    for topic, at in names.groupby(names).groups.items():
        row = {"topic": topic, "n": len(at), "share": len(at) / len(table)}
        if days is not None:
            enough = days[at].count() >= parameters.min_group
            row["days"] = float(days[at].median()) if enough else float("nan")
        if recovered is not None:
            found = _share(recovered[at], parameters.confidence, 1)
            row |= dict(zip(_RECOVERED, found[:3] if found else (float("nan"),) * 3, strict=True))
        rows.append(row)
    shown = pd.DataFrame(rows).set_index("topic")
    if recovered is not None:
        hidden = guarded(recovered.groupby(names).count().reindex(shown.index), parameters.min_group)
        shown.loc[hidden, list(_RECOVERED)] = float("nan")
    return shown.reset_index().sort_values(["n", "topic"], ascending=[False, True], ignore_index=True)


def _after(
    table: pd.DataFrame,
    survey: pd.DataFrame,
    recovered: pd.Series[Any] | None,
    scales: Mapping[str, tuple[float, float]],
    parameters: SatisfactionParameters,
) -> pd.DataFrame:
    """Return the CSAT of customers without a complaint, with one that was made good, and with one that was not.

    Only complaints made before the customer answered count, where both dates are known.
    """
    if recovered is None or not {"customer", "overall"} <= set(survey) or "customer" not in table:
        return pd.DataFrame()
    made = table.assign(kind=recovered.map({1.0: "recovered", 0.0: "not_recovered"}))
    asked = survey[["customer", "overall", *(["date"] if "date" in survey else [])]].dropna(
        subset=["customer"]
    )
    joined = (
        asked.reset_index(drop=True)
        .reset_index(names="row")
        .merge(
            made[["customer", "kind", *(["date"] if "date" in made else [])]],
            on="customer",
            suffixes=("", "_complaint"),
        )
    )
    if "date" in asked and "date_complaint" in joined:
        joined = joined[pd.to_datetime(joined["date_complaint"]) <= pd.to_datetime(joined["date"])]
    worst = joined.groupby("row")["kind"].agg(
        lambda kinds: "not_recovered" if (kinds == "not_recovered").any() else "recovered"
    )
    kind = worst.reindex(range(len(asked))).fillna("none")
    frame = asked.assign(kind=kind.to_numpy())
    if frame["kind"].nunique() < 2 or frame["overall"].notna().sum() == 0:
        return pd.DataFrame()
    found = group_scores(
        frame,
        "kind",
        "overall",
        measure="csat",
        min_group=1,
        scale=scales["overall"],
        top=parameters.csat_top,
        confidence=parameters.confidence,
    ).table.rename(columns={"group": "kind", "value": "csat", "low": "csat_low", "high": "csat_high"})
    numbers = ["n", "csat", "csat_low", "csat_high"]
    found[numbers] = found[numbers].astype(float)
    # Who answered without saying who he is counts in the total, too.
    rest = survey["overall"].count() - found["n"].sum()
    hidden = guarded(pd.Series([*found["n"], rest]), parameters.min_group).iloc[:-1].to_numpy()
    found.loc[hidden, numbers] = float("nan")
    order = {"none": 0, "recovered": 1, "not_recovered": 2}
    found = found.sort_values("kind", key=lambda kinds: kinds.map(order), ignore_index=True)
    return found[["kind", "n", "csat", "csat_low", "csat_high"]]
