"""The part of the loyalty report that rests on a survey: kinds of loyalty, and satisfaction against loyalty."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from crmlab.plots import loyalty as plots
from crmlab.plots.loyalty import KINDS, STRENGTHS
from crmlab.reports.content.loyalty_survey import PROFILE, kinds_shown, margins_told
from crmlab.reports.content.loyalty_text import amount, amounts, whom
from crmlab.reports.content.small_groups import guarded
from crmlab.show import Block, figure, prose, table
from crmlab.text import join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.loyalty_results import LoyaltyResults
    from crmlab.reports.content.loyalty_survey import SurveyLoyalty

__all__ = ["survey_section", "why_no_survey"]


def survey_section(results: LoyaltyResults) -> list[Block]:
    """Show kinds of loyalty and the satisfaction–loyalty curve, with their headings; one line where there is neither."""
    survey = results.survey
    if survey is None:
        return [prose(why_no_survey(results))]
    blocks = []
    if survey.kinds is not None:
        blocks += [prose("## " + tr("Kinds of loyalty")), *_kinds(results, survey)]
    if survey.curve is not None:
        blocks += [prose("## " + tr("Satisfaction and loyalty")), *_curve(results, survey)]
    return blocks


def why_no_survey(results: LoyaltyResults) -> str:
    """Return why there is nothing on kinds of loyalty."""
    return {
        "no_survey": tr(
            "Kinds of loyalty and the satisfaction–loyalty curve need a survey with the customers' numbers; there is none with these data."
        ),
        "no_customer": tr(
            "Kinds of loyalty and the satisfaction–loyalty curve need a survey with the customers' numbers; this survey has no such column."
        ),
        "no_match": tr(
            "Kinds of loyalty and the satisfaction–loyalty curve are left out: too few customers who answered the survey were observed long enough afterwards."
        ),
        "no_answers": tr(
            "Kinds of loyalty and the satisfaction–loyalty curve are left out: the survey has neither attachment nor satisfaction that differs between customers."
        ),
    }[results.no_survey]


def _came_back(survey: SurveyLoyalty) -> str:
    if survey.days is None:
        return tr("Here, coming back means to have bought on at least two days.")
    return tr(
        "Here, coming back means to have bought within {days} days after answering.",
        days=number(survey.days),
    )


def _kinds(results: LoyaltyResults, survey: SurveyLoyalty) -> list[Block]:
    assert survey.kinds is not None
    kinds, least = survey.kinds, results.parameters.min_group
    back = kinds.table["repeat_high"]
    attached = kinds.table["attachment_high"]
    sentences = [
        tr(
            "Of {n} customers who answered and were observed afterwards, {back} came back; {trust} of those who came back are attached to the firm.",
            n=number(len(kinds.table)),
            back=percent(float(back.mean())),
            trust=percent(float((back & attached).sum() / back.sum()) if back.any() else math.nan),
        )
        if margins_told(kinds, least)
        else tr("{n} customers answered and were observed afterwards.", n=number(len(kinds.table))),
        _came_back(survey),
        tr(
            "Attached is who answered {cut} or more on a scale from {low} to {high} ({column}).",
            cut=f"{survey.attachment_from:g}",
            low=f"{survey.attachment_scale[0]:g}",
            high=f"{survey.attachment_scale[1]:g}",
            column=_column(survey.attachment),
        ),
    ]
    if survey.locked_in:
        sentences.append(
            tr(
                "Who comes back without attachment where competition is weak is counted as monopoly loyalty: there is hardly another shop."
            )
        )
    sentences.append(
        tr(
            "Who comes back without attachment and exchanged points in that time is counted as incentive loyalty, though the points need not be the reason; who did neither comes back from habit."
        )
        if survey.rewarded
        else tr(
            "Whether rewards bring customers back is not known from these data, so the reason of some is open."
        )
    )
    rows = kinds_shown(kinds, least)
    shown = set(rows["kind"])
    rows.insert(1, "meaning", [_meaning(kind) for kind in rows["kind"]])
    rows["kind"] = [tr(KINDS[kind]) for kind in rows["kind"]]
    return [
        prose(join_sentences(sentences)),
        *(
            [
                figure(
                    plots.kinds_of_loyalty(
                        replace(kinds, shares=kinds.shares[kinds.shares["kind"].isin(shown)])
                    ),
                    tr("Kinds of loyalty among the customers who answered, with intervals"),
                    tr(
                        "Bar chart: shares of the kinds of loyalty; {trust} trust loyalty.",
                        trust=percent(float((kinds.table["kind"] == "trust").mean())),
                    )
                    if "trust" in shown
                    else tr("Bar chart: shares of the kinds of loyalty."),
                    "kinds",
                )
            ]
            if shown - {"others"}
            else []
        ),
        table(
            rows,
            tr("Kinds of loyalty by attachment and repeat purchase"),
            "loyalty-kinds",
            formats={"share": ".1%", "low": ".1%", "high": ".1%"},
            labels={
                "kind": tr("Kind"),
                "meaning": tr("Attachment and repeat purchase"),
                "customers": tr("Customers"),
                "share": tr("Share"),
                "low": tr("Lower limit"),
                "high": tr("Upper limit"),
            },
        ),
        *_profile(results, survey, shown),
    ]


def _profile(results: LoyaltyResults, survey: SurveyLoyalty, shown_kinds: set[str]) -> list[Block]:
    """Show what the kinds bring and answer; nothing where fewer than two are large enough to stand alone."""
    rows = survey.profile[survey.profile["kind"].astype(str).isin(shown_kinds)]
    rows = rows[~guarded(rows["customers"], results.parameters.min_group)]
    answered = [name for name in rows.columns if name in PROFILE]
    if len(rows) < 2 or not answered:
        return []
    days = survey.days
    labels = {
        "kind": tr("Kind"),
        "customers": tr("Customers"),
        "revenue": tr("Revenue per customer, {days} days", days=number(days))
        if days is not None
        else tr("Revenue per customer"),
        "recommend": tr("Would recommend, mean"),
        "would_switch": tr("Would switch, mean"),
        "price_sensitivity": tr("Compares prices, mean"),
    }
    shown = rows.assign(kind=[tr(KINDS[kind]) for kind in rows["kind"]])
    return [
        prose(_contrast(results, rows)),
        table(
            shown,
            tr("What customers of each kind bring and answer"),
            "kind-profile",
            formats={"revenue": amounts(rows["revenue"], results.currency), **dict.fromkeys(answered, ".1f")},
            labels={name: label for name, label in labels.items() if name in shown},
            note=tr("Kinds of fewer than {n} customers are left out.", n=number(results.parameters.min_group))
            if len(rows) < len(survey.profile)
            else None,
        ),
    ]


def _contrast(results: LoyaltyResults, rows: pd.DataFrame) -> str:
    """Say how those who come back with and without attachment differ."""
    by = {str(row["kind"]): row for row in rows.to_dict("records")}
    others = [kind for kind in ("inertia", "incentive", "monopoly", "spurious") if kind in by]
    if "trust" not in by or not others:
        return tr("The kinds differ in what they bring and answer:")
    other = max(others, key=lambda kind: int(by[kind]["customers"]))
    facts = {
        "kind": tr(KINDS[other]),
        "a": amount(float(by["trust"]["revenue"]), results.currency),
        "b": amount(float(by[other]["revenue"]), results.currency),
    }
    if "would_switch" in rows:
        return tr(
            "Customers of trust loyalty brought {a} each, those of “{kind}” {b}; asked whether they would switch, they answered {x} and {y} on average.",
            x=number(by["trust"]["would_switch"], 1),
            y=number(by[other]["would_switch"], 1),
            **facts,
        )
    return tr("Customers of trust loyalty brought {a} each, those of “{kind}” {b}.", **facts)


def _column(name: str) -> str:
    return {
        "attachment": tr("the question on attachment"),
        "recommend": tr("the question on recommendation"),
    }.get(name, name)


def _meaning(kind: str) -> str:
    return {
        "trust": tr("attached, comes back"),
        "monopoly": tr("not attached, comes back for lack of choice"),
        "incentive": tr("not attached, comes back for the rewards"),
        "inertia": tr("not attached, comes back from habit"),
        "spurious": tr("not attached, comes back, reason not known"),
        "latent": tr("attached, does not come back"),
        "price": tr("not attached, does not come back, compares prices"),
        "none": tr("not attached, does not come back"),
    }.get(kind, "–")


def _curve(results: LoyaltyResults, survey: SurveyLoyalty) -> list[Block]:
    assert survey.curve is not None
    curve = survey.curve
    sentences = []
    for row in curve.lift.dropna(subset=["difference"]).to_dict("records"):
        facts = {
            "whom": _capital(whom(row["group"])),
            "from_": percent(row["share_satisfied"], 0),
            "to": percent(row["share_completely_satisfied"], 0),
            "low": f"{row['satisfied']:g}",
            "high": f"{row['completely_satisfied']:g}",
        }
        if row["difference_low"] > 0 or row["difference_high"] < 0:
            sentences.append(
                tr(
                    "{whom}, {from_} of those who answered {low} came back and {to} of those at {high}.",
                    **facts,
                )
            )
        else:
            sentences.append(
                tr(
                    "{whom}, {from_} of those who answered {low} came back and {to} of those at {high}; that may be chance.",
                    **facts,
                )
            )
    sentences.append(_came_back(survey))
    sentences.append(_shape(survey))
    columns = [
        "share_satisfied",
        "share_completely_satisfied",
        "difference",
        "difference_low",
        "difference_high",
    ]
    lift = curve.trend[["group", "customers", "p_cochran_armitage"]].merge(
        curve.lift[["group", *columns]], on="group"
    )[["group", "customers", *columns, "p_cochran_armitage"]]
    lift[columns[2:]] *= 100
    last = curve.lift.iloc[0]
    points = curve.points
    points = points[points["enough"]].drop(columns="enough")
    hidden = int((~curve.points["enough"]).sum())
    return [
        prose(join_sentences(sentences)),
        figure(
            plots.satisfaction_loyalty(curve),
            tr("Customers who came back, by satisfaction, with intervals"),
            tr(
                "Line chart: share of customers who came back against their answer on satisfaction, {groups}.",
                groups=tr("one line for each strength of competition")
                if survey.by_competition
                else tr("one line for all"),
            ),
            "satisfaction-loyalty",
        ),
        table(
            lift.assign(group=_groups(lift["group"])),
            tr("The last step of satisfaction, and the trend over all levels"),
            "satisfaction-lift",
            formats={
                "share_satisfied": ".1%",
                "share_completely_satisfied": ".1%",
                "difference": ".1f",
                "difference_low": ".1f",
                "difference_high": ".1f",
                "p_cochran_armitage": "p",
            },
            labels={
                "group": tr("Group"),
                "customers": tr("Customers"),
                "share_satisfied": tr("Came back at {level}", level=f"{last['satisfied']:g}"),
                "share_completely_satisfied": tr(
                    "Came back at {level}", level=f"{last['completely_satisfied']:g}"
                ),
                "difference": tr("Difference, points"),
                "difference_low": tr("Lower limit"),
                "difference_high": tr("Upper limit"),
                "p_cochran_armitage": tr("p of the trend"),
            },
        ),
        table(
            points.assign(group=_groups(points["group"])),
            tr("Customers who came back, by satisfaction"),
            "satisfaction-points",
            formats={"level": lambda value: f"{value:g}", "share": ".1%", "low": ".1%", "high": ".1%"},
            labels={
                "group": tr("Group"),
                "level": tr("Answer on satisfaction"),
                "customers": tr("Customers"),
                "loyal": tr("Came back"),
                "share": tr("Share"),
                "low": tr("Lower limit"),
                "high": tr("Upper limit"),
            },
            note=tr(
                "{n} levels of fewer than {least} customers are not shown.",
                n=number(hidden),
                least=number(results.parameters.min_group),
            )
            if hidden
            else None,
        ),
    ]


def _groups(names: pd.Series[str]) -> list[str]:
    return [tr(STRENGTHS[name]) if name in STRENGTHS else str(name) for name in names]


def _shape(survey: SurveyLoyalty) -> str:
    """Say what the comparison of strong and weak competition shows, where it shows something."""
    assert survey.curve is not None
    lift = survey.curve.lift.set_index("group")
    if not survey.by_competition or not {"strong", "weak"} <= set(lift.index):
        return ""
    strong, weak = lift.loc["strong"], lift.loc["weak"]
    surely = strong["difference_low"] > 0 and strong["difference"] > weak["difference"]
    if surely and strong["share_satisfied"] < weak["share_satisfied"]:
        return tr(
            "Where customers have a choice, being satisfied is not enough: they come back when they are completely satisfied. Where they have none, they come back early on the scale, for lack of anything better."
        )
    return ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
