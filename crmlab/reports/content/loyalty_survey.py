"""Answers joined with purchases: kinds of loyalty, and what satisfaction does for coming back."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.errors import DataError
from crmlab.loyalty import (
    LoyaltyKinds,
    SatisfactionLoyaltyCurve,
    loyalty_kinds,
    satisfaction_loyalty_curve,
)
from crmlab.reports.content.loyalty_attitudes import with_attitudes
from crmlab.reports.content.small_groups import OTHERS, guarded, put_small_together

if TYPE_CHECKING:
    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.registry import LoyaltyParameters

__all__ = [
    "SurveyLoyalty",
    "high_from",
    "kinds_shown",
    "margins_told",
    "purchases_after",
    "survey_loyalty",
]

#: columns that can stand for attachment, the best first
ATTACHMENT = ("attachment", "recommend")
#: answers that tell the kinds apart further
PROFILE = ("recommend", "would_switch", "price_sensitivity")
#: words for the strength of competition
_STRENGTHS = {
    "strong": "strong",
    "high": "strong",
    "强": "strong",
    "高": "strong",
    "weak": "weak",
    "low": "weak",
    "弱": "weak",
    "低": "weak",
}
#: scales by lowest and highest answer
_SCALES = ((1, 5), (1, 7), (1, 10), (0, 10), (0, 100))
#: more levels than this are put into bins
_MAX_LEVELS = 11


@dataclass(frozen=True, eq=False)
class SurveyLoyalty:
    """Loyalty of the customers who answered.

    Attributes
    ----------
    kinds
        Kinds of loyalty, or None without attachment.
    attachment, attachment_from, attachment_scale
        Column that stands for attachment, the answer from which it counts as high, and the scale.
    price_from
        Answer from which a customer counts as price-sensitive, or None.
    locked_in
        Whether weak competition was known, and taken as lock-in.
    rewarded
        Whether points that were exchanged are known, and taken as coming for rewards.
    profile
        By kind, as far as it was asked: ``kind``, ``customers``, ``revenue`` (mean, in the days in which coming back is
        counted), and the mean answers on recommendation, switching and comparing prices.
    curve
        Loyalty by satisfaction, or None.
    by_competition
        Whether the curve has a group for each strength of competition.
    satisfaction_scale
        Lowest and highest answer on satisfaction.
    answered
        Customers who answered, with purchases.
    followed
        Those of them who were observed long enough after their answer.
    days
        Days after the answer in which a purchase counts as coming back; None where the survey has no date, and any
        repeat purchase counts.

    """

    kinds: LoyaltyKinds | None
    attachment: str
    attachment_from: float
    attachment_scale: tuple[float, float]
    price_from: float | None
    locked_in: bool
    rewarded: bool
    profile: pd.DataFrame
    curve: SatisfactionLoyaltyCurve | None
    by_competition: bool
    satisfaction_scale: tuple[float, float]
    answered: int
    followed: int
    days: int | None


def survey_loyalty(
    given: ReportInput, parameters: LoyaltyParameters, *, end: pd.Timestamp
) -> tuple[SurveyLoyalty | None, str]:
    """Join answers with purchases, and return what can be said, or None and why.

    The reasons are ``"no_survey"``, ``"no_customer"`` (no column to join by), ``"no_match"`` (too few customers in
    both) and ``"no_answers"`` (neither attachment nor satisfaction, or all answers alike).
    """
    survey, sales = given.survey, given.transactions
    if survey is None or sales is None:
        return None, "no_survey"
    if "customer" not in survey:
        return None, "no_customer"
    survey = with_attitudes(survey)
    answers = survey[survey["customer"].notna()]
    if "date" in answers:
        answers = answers.assign(date=pd.to_datetime(answers["date"], errors="coerce")).sort_values(
            "date", kind="stable"
        )
    answers = answers.drop_duplicates("customer", keep="last").set_index("customer")
    answers = answers[answers.index.isin(sales["customer"].unique())]
    least = 2 * parameters.min_group
    if len(answers) < max(least, 2):
        return None, "no_match"
    dated = "date" in answers and answers["date"].notna().mean() > 0.5
    days = parameters.repeat_window_days if dated else None
    bought = (
        purchases_after(sales, answers["date"], days=days, end=end)
        if days is not None
        else sales[sales["date"] < end + pd.Timedelta(days=1)]
        .groupby("customer")["date"]
        .agg(lambda dates: dates.dt.normalize().nunique() - 1)
        .reindex(answers.index)
        .astype(float)
    )
    followed = int(bought.notna().sum())
    if followed < max(least, 2):
        return None, "no_match"
    strength = _competition(given, answers)
    attachment = next((name for name in ATTACHMENT if name in answers), "")
    rewarded = (
        exchanged_points(given, answers, days=days, end=end) if parameters.programme == "auto" else None
    )
    kinds, cut, scale, price_from = _kinds(
        given, parameters, answers, bought, attachment=attachment, strength=strength, rewarded=rewarded
    )
    curve, by_competition, satisfaction_scale = _curve(given, parameters, answers, bought, strength)
    if kinds is None and curve is None:
        return None, "no_answers"
    return (
        SurveyLoyalty(
            kinds=kinds,
            attachment=attachment,
            attachment_from=cut,
            attachment_scale=scale,
            price_from=price_from,
            locked_in=strength is not None,
            rewarded=rewarded is not None,
            profile=kind_profile(kinds, answers, sales, days=days, end=end),
            curve=curve,
            by_competition=by_competition,
            satisfaction_scale=satisfaction_scale,
            answered=len(answers),
            followed=followed,
            days=days,
        ),
        "",
    )


def purchases_after(
    sales: pd.DataFrame, answered: pd.Series[pd.Timestamp], *, days: int, end: pd.Timestamp
) -> pd.Series[float]:
    """Return the days with a purchase in the `days` days after each customer's answer.

    Missing for a customer whose answer has no date, or who was not observed that long after it. The day of the answer
    does not count.

    >>> day = pd.Timestamp("2024-03-01")
    >>> sales = pd.DataFrame({"customer": ["a", "a", "b"], "date": [day, day + pd.Timedelta(days=9), day]})
    >>> purchases_after(sales, pd.Series({"a": day, "b": day}), days=30, end=pd.Timestamp("2024-12-31")).tolist()
    [1.0, 0.0]
    """
    asked = answered.dt.normalize()
    when = sales["date"].dt.normalize()
    since = (when - sales["customer"].map(asked)).dt.days
    counted = since.between(1, days)
    found = (
        pd.DataFrame({"customer": sales["customer"], "day": when})[counted]
        .drop_duplicates()
        .groupby("customer")
        .size()
        .reindex(answered.index, fill_value=0)
        .astype(float)
    )
    counted_days: pd.Series[float] = found.where(asked + pd.Timedelta(days=days) <= end)
    return counted_days


def exchanged_points(
    given: ReportInput, answers: pd.DataFrame, *, days: int | None, end: pd.Timestamp
) -> pd.Series[float] | None:
    """Return who exchanged points while coming back was counted (1 or 0), or None where points are not known.

    Missing for customers whom the programme does not know.
    """
    ledger = given.points
    if ledger is None or not (ledger["kind"] == "burned").any():
        return None
    burned = ledger[(ledger["kind"] == "burned") & (ledger["date"] < end + pd.Timedelta(days=1))]
    if days is not None:
        since = (
            burned["date"].dt.normalize() - burned["customer"].map(answers["date"].dt.normalize())
        ).dt.days
        burned = burned[since.between(1, days)]
    members = pd.Series(answers.index.isin(ledger["customer"].unique()), index=answers.index)
    if not members.any():
        return None
    did = pd.Series(answers.index.isin(burned["customer"].unique()), index=answers.index)
    return did.astype(float).where(members)


def kind_profile(
    kinds: LoyaltyKinds | None,
    answers: pd.DataFrame,
    sales: pd.DataFrame,
    *,
    days: int | None,
    end: pd.Timestamp,
) -> pd.DataFrame:
    """Return what customers of each kind brought and answered, on average."""
    if kinds is None:
        return pd.DataFrame()
    people = kinds.table[["kind"]].copy()
    rows = sales[sales["date"] < end + pd.Timedelta(days=1)]
    if days is not None:
        since = (rows["date"].dt.normalize() - rows["customer"].map(answers["date"].dt.normalize())).dt.days
        rows = rows[since.between(1, days)]
    people["revenue"] = rows.groupby("customer")["amount"].sum().reindex(people.index).fillna(0.0)
    for column in PROFILE:
        if column in answers:
            people[column] = _numbers(answers, column).reindex(people.index)
    grouped = people.groupby("kind", observed=True)
    found = grouped.mean()
    found.insert(0, "customers", grouped.size())
    return found.reset_index().astype({"kind": str})


def high_from(scale: tuple[float, float], column: str = "") -> float:
    """Return the answer from which on an answer counts as high: the top third of the scale.

    A recommendation on 0 to 10 counts from 9, as for the NPS.

    >>> high_from((1, 10)), high_from((1, 5)), high_from((0, 10), "recommend")
    (7.0, 4.0, 9.0)
    """
    if column == "recommend" and scale[0] == 0 and scale[1] == 10:
        return 9.0
    return float(math.ceil(scale[0] + (scale[1] - scale[0]) * 2 / 3 - 1e-9))


def _numbers(answers: pd.DataFrame, column: str) -> pd.Series[float]:
    return pd.to_numeric(answers[column], errors="coerce").astype(float)


def _scale(given: ReportInput, column: str, values: pd.Series[float]) -> tuple[float, float]:
    """Return the scale the card or the reader knows, or the shortest usual one that holds all answers."""
    known = given.scales.get(column)
    if known:
        return float(known[0]), float(known[1])
    low, high = float(values.min()), float(values.max())
    usual = ((0, 10),) if column == "recommend" else _SCALES
    return next(
        ((float(a), float(b)) for a, b in usual if a <= low and high <= b),
        (low, high),
    )


def _competition(given: ReportInput, answers: pd.DataFrame) -> pd.Series[str] | None:
    """Return the strength of competition around each customer, from the survey or the customers' table."""
    found = answers.get("competition")
    people = given.customers
    if found is None and people is not None and {"customer", "competition"} <= set(people.columns):
        found = people.drop_duplicates("customer").set_index("customer")["competition"].reindex(answers.index)
    if found is None:
        return None
    strength = found.astype("str").str.strip().str.casefold().map(_STRENGTHS)
    strength = strength.where(found.notna())
    return strength if set(strength.dropna()) == {"strong", "weak"} else None


def kinds_shown(kinds: LoyaltyKinds, least: int) -> pd.DataFrame:
    """Return the shares of the kinds that somebody is of, small ones put together."""
    rows = kinds.shares[kinds.shares["customers"] > 0][["kind", "customers", "share", "low", "high"]]
    rows = put_small_together(
        rows, "customers", min_group=least, sums=("customers", "share"), means=("low", "high"), name="kind"
    )
    rows.loc[rows["kind"] == OTHERS, ["low", "high"]] = math.nan
    return rows


def margins_told(kinds: LoyaltyKinds, least: int) -> bool:
    """Say whether the report may tell how many came back, attached or not.

    It may not where these are few, or where the kinds that are shown leave few of them over.
    """
    table = kinds.table
    part = table["attachment_high"].map({True: "attached", False: "not attached"})
    part = part.where(table["repeat_high"], "away")
    left = part[~table["kind"].astype(str).isin(kinds_shown(kinds, least)["kind"])]
    return all(n >= least for n in (*part.value_counts(), *left.value_counts()))


def _kinds(
    given: ReportInput,
    parameters: LoyaltyParameters,
    answers: pd.DataFrame,
    bought: pd.Series[float],
    *,
    attachment: str,
    strength: pd.Series[str] | None,
    rewarded: pd.Series[float] | None,
) -> tuple[LoyaltyKinds | None, float, tuple[float, float], float | None]:
    nothing = (None, math.nan, (math.nan, math.nan), None)
    if not attachment:
        return nothing
    attached = _numbers(answers, attachment)
    if (attached.notna() & bought.notna()).sum() < 2 * parameters.min_group:
        return nothing
    scale = _scale(given, attachment, attached)
    cut = high_from(scale, attachment)
    price = price_from = None
    if "price_sensitivity" in answers:
        asked = _numbers(answers, "price_sensitivity")
        if asked.notna().any():
            price_from = high_from(_scale(given, "price_sensitivity", asked))
            price = (asked >= price_from).astype(float).where(asked.notna())
    locked = None if strength is None else strength.eq("weak").astype(float).where(strength.notna())
    try:
        found = loyalty_kinds(
            attached,
            bought,
            attachment_cut=cut,
            repeat_cut=1,
            price_sensitive=price,
            locked_in=locked,
            reward_driven=rewarded,
            confidence=parameters.confidence,
        )
    except DataError:
        return nothing
    return found, cut, scale, price_from


def _curve(
    given: ReportInput,
    parameters: LoyaltyParameters,
    answers: pd.DataFrame,
    bought: pd.Series[float],
    strength: pd.Series[str] | None,
) -> tuple[SatisfactionLoyaltyCurve | None, bool, tuple[float, float]]:
    nothing = (None, False, (math.nan, math.nan))
    if "overall" not in answers:
        return nothing
    satisfied = _numbers(answers, "overall")
    there = satisfied.notna() & bought.notna()
    if there.sum() < 2 * parameters.min_group or satisfied[there].nunique() < 2:
        return nothing
    group = strength
    if group is not None:
        counts = group[there].value_counts()
        if len(counts) < 2 or counts.min() < 2 * parameters.min_group:
            group = None
    loyal = pd.Series(np.where(bought.isna(), np.nan, bought >= 1), index=bought.index, dtype=float)

    def drawn(lower: float | None = None, upper: float | None = None) -> SatisfactionLoyaltyCurve:
        return satisfaction_loyalty_curve(
            satisfied,
            loyal,
            group=group,
            min_group=parameters.min_group,
            bins=5 if satisfied[there].nunique() > _MAX_LEVELS else None,
            confidence=parameters.confidence,
            satisfied=lower,
            completely_satisfied=upper,
        )

    try:
        curve = drawn()
    except DataError:
        return nothing
    # One level hidden alone could be subtracted from all who answered.
    points = curve.points.copy()
    for _, rows in points.groupby("group", observed=True):
        points.loc[rows.index, "enough"] &= ~guarded(rows["customers"], parameters.min_group)
    told = points.groupby("level")["enough"].all() & (
        points.groupby("level").size() == points["group"].nunique()
    )
    last = told.index[told].tolist()[-2:]
    if len(last) < 2:
        return nothing if group is None else _curve(given, parameters, answers, bought, None)
    curve = drawn(last[0], last[1])
    return replace(curve, points=points), group is not None, _scale(given, "overall", satisfied)
