"""The part of the loyalty report on points: what became of them, and what those outstanding will cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from crmlab.plots import programme as plots
from crmlab.plots import programme_moving as moving
from crmlab.plots.programme import period_name
from crmlab.reports.content.loyalty_points import SOON_DAYS
from crmlab.reports.content.loyalty_text import amount, level, money_interval
from crmlab.show import Block, figure, prose, table
from crmlab.text import date, join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.loyalty_points import PointsFound
    from crmlab.reports.content.loyalty_results import LoyaltyResults

__all__ = ["points_finding", "points_section", "points_step"]


def points_finding(results: LoyaltyResults) -> str:
    """Return the sentence on points for the top of the report; empty without any."""
    found = results.points
    if found is None or found.totals["earned"] <= 0:
        return ""
    told = found.totals
    shares = {
        "burned": percent(told["burned"] / told["earned"], 0),
        "lapsed": percent(told["expired"] / told["earned"], 0),
        "left": number(told["outstanding"]),
    }
    owed = found.liability
    if owed is None or math.isnan(found.value_per_point):
        return tr(
            "Of the points earned, {burned} were exchanged and {lapsed} lapsed; {left} are outstanding.",
            **shares,
        )
    return tr(
        "Of the points earned, {burned} were exchanged and {lapsed} lapsed; {left} are outstanding and will cost about **{cost}** ({level} interval {interval}).",
        cost=amount(owed.liability, results.currency),
        level=percent(results.parameters.confidence, 0),
        interval=money_interval(owed.low, owed.high, results.currency),
        **shares,
    )


def points_step(results: LoyaltyResults) -> str:
    """Return what to do next about points; empty where none lapse soon."""
    found = results.points
    if found is None or found.soon_customers < results.parameters.min_group or found.soon <= 0:
        return ""
    return tr(
        "**Remind the {n} customers whose points lapse within {days} days**: {points} points{worth}. A reminder costs the points it saves and brings a visit; send it to a random half first, and compare.",
        n=number(found.soon_customers),
        days=number(SOON_DAYS),
        points=number(found.soon),
        worth=_worth(found.soon, found, results),
    )


def _worth(points: float, found: PointsFound, results: LoyaltyResults) -> str:
    if math.isnan(found.value_per_point):
        return ""
    return tr(" (worth {amount})", amount=amount(points * found.value_per_point, results.currency))


def points_section(results: LoyaltyResults) -> list[Block]:
    """Show what became of the points and what they cost, with the heading; nothing without points."""
    found = results.points
    if found is None:
        return []
    told = found.totals
    sentences = [
        tr(
            "Until {end}, {n} members earned {earned} points; {burned} were exchanged by {who} of them, {lapsed} lapsed, {left} are outstanding{worth}.",
            end=date(found.account.as_of),
            n=number(told["customers"]),
            earned=number(told["earned"]),
            burned=number(told["burned"]),
            who=percent(told["customers_who_burned"] / told["customers"], 0),
            lapsed=number(told["expired"]),
            left=number(told["outstanding"]),
            worth=_worth(told["outstanding"], found, results),
        ),
        _rules(results, found),
    ]
    blocks = [prose("## " + tr("The programme: points")), prose(join_sentences(sentences))]
    if len(found.periods):
        blocks += [
            figure(
                plots.points_by_period(found.periods, unit=found.unit),
                tr("Points earned, exchanged and lapsed by period, and those outstanding"),
                tr(
                    "Bars by period: points earned upwards, exchanged and lapsed downwards; the line of outstanding points ends at {left}.",
                    left=number(found.periods["outstanding"].iloc[-1]),
                ),
                "points",
                interactive=moving.points_by_period_moving(found.periods, unit=found.unit),
            ),
            _period_table(found, results.parameters.min_group),
        ]
    if found.breakage is not None and found.liability is not None:
        blocks += _breakage(results, found)
    return blocks


def _rules(results: LoyaltyResults, found: PointsFound) -> str:
    sentences = []
    if found.valid_months is not None:
        sentences.append(
            tr("Points lapse after {months} months, as asked for.", months=number(found.valid_months))
            if found.valid_from == "parameter"
            else tr(
                "Points lapse after {months} months, as the lapses in the data show.",
                months=number(found.valid_months),
            )
        )
    else:
        sentences.append(
            tr("No rule of lapsing is known: points that nobody exchanges are taken to stay open.")
        )
    if found.value_from == "ledger":
        sentences.append(
            tr(
                "A point is worth {value}: what was exchanged, over the points given for it.",
                value=amount(found.value_per_point, results.currency),
            )
        )
    elif not found.value_from:
        sentences.append(
            tr(
                "What a point is worth is not known from the data, so nothing is told in money here; set value_per_point."
            )
        )
    if found.known < 0.9:
        sentences.append(
            tr("{share} of the programme's members are in the purchases.", share=percent(found.known, 0))
        )
    return join_sentences(sentences)


def _period_table(found: PointsFound, min_group: int) -> Block:
    rows = found.periods.copy()
    rows["start"] = [period_name(start, found.unit) for start in rows["start"]]
    rows["burned_share"] = rows["burned"] / rows["earned"].where(rows["earned"] > 0)
    return table(
        rows[["start", "earned", "burned", "burned_share", "expired", "outstanding"]],
        tr("Points by period"),
        "points-by-period",
        formats={
            "earned": ".0f",
            "burned": ".0f",
            "burned_share": ".0%",
            "expired": ".0f",
            "outstanding": ".0f",
        },
        labels={
            "start": {"month": tr("Month"), "quarter": tr("Quarter"), "year": tr("Year")}[found.unit],
            "earned": tr("Earned"),
            "burned": tr("Exchanged"),
            "burned_share": tr("Exchanged to earned"),
            "expired": tr("Lapsed"),
            "outstanding": tr("Outstanding at the end"),
        },
        note=tr(
            "Periods are as short as they can be without showing what fewer than {n} customers did.",
            n=number(min_group),
        )
        if found.unit != "month"
        else None,
    )


def _breakage(results: LoyaltyResults, found: PointsFound) -> list[Block]:
    broken, owed = found.breakage, found.liability
    assert broken is not None
    assert owed is not None
    sentences = [
        tr(
            "In the end {share} ({interval}) of all points earned will not be exchanged; {lapsed} have lapsed already.",
            share=percent(broken.rate),
            interval=level(results, broken.low, broken.high),
            lapsed=percent(broken.lapsed_share),
        )
    ]
    if not math.isnan(found.value_per_point):
        sentences.append(
            tr(
                "Of the points outstanding, {share} ({interval}) will not be exchanged, so that of their full value of {face} about {cost} ({level} interval {range}) will have to be paid out: that is the liability.",
                share=percent(owed.breakage),
                interval=level(results, owed.breakage_low, owed.breakage_high),
                face=amount(owed.face_value, results.currency),
                cost=amount(owed.liability, results.currency),
                level=percent(results.parameters.confidence, 0),
                range=money_interval(owed.low, owed.high, results.currency),
            )
        )
    else:
        sentences.append(
            tr(
                "Of the points outstanding, {share} ({interval}) will not be exchanged.",
                share=percent(owed.breakage),
                interval=level(results, owed.breakage_low, owed.breakage_high),
            )
        )
    if broken.unresolved > 0.02:
        sentences.append(
            tr(
                "{share} of the points are older than any whose end was seen; they count as exchanged, the prudent choice.",
                share=percent(broken.unresolved),
            )
        )
    rows = broken.cohorts.reset_index()
    rows["cohort"] = [period_name(start, "quarter") for start in rows["cohort"]]
    columns = ["cohort", "earned", "burned", "expired", "outstanding", "breakage"]
    by_quarter = [
        figure(
            plots.breakage_by_cohort(broken),
            tr("What became of points by the quarter in which they were earned, and what is expected"),
            tr(
                "Stacked bars by quarter: points exchanged, expected to be exchanged, expected to lapse, and lapsed; {share} of all will not be exchanged.",
                share=percent(broken.rate, 0),
            ),
            "breakage",
            interactive=moving.breakage_by_cohort_moving(broken),
        ),
        table(
            rows[columns],
            tr("Breakage by the quarter in which points were earned"),
            "breakage",
            formats=dict.fromkeys(columns[1:5], ".0f") | {"breakage": ".1%"},
            labels={
                "cohort": tr("Quarter earned"),
                "earned": tr("Earned"),
                "burned": tr("Exchanged"),
                "expired": tr("Lapsed"),
                "outstanding": tr("Outstanding"),
                "breakage": tr("Never exchanged, in the end"),
            },
            note=tr(
                "The last column adds what is expected of the points outstanding, by the ages at which points were exchanged so far; it holds while habits and rules stay as they were."
            ),
        ),
    ]
    return [
        prose("### " + tr("Points that nobody exchanges")),
        prose(join_sentences(sentences)),
        *(by_quarter if len(rows) else []),
        prose(
            tr(
                "The liability is an estimate for managing the programme; what enters the books is decided with the auditor (IFRS 15, B39–B47)."
            )
        ),
    ]
