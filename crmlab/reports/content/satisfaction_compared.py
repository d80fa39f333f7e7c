"""Groups and complaints in the satisfaction report: who differs from the whole, and how complaints ended."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from crmlab.plots import satisfaction_report as own_plots
from crmlab.plots.satisfaction import groups_finding
from crmlab.reports.content.satisfaction_complaints import FAST_DAYS
from crmlab.reports.content.satisfaction_sampled import without_weights
from crmlab.reports.content.satisfaction_words import head, listing, with_interval
from crmlab.show import Block, escape_markdown, figure, table
from crmlab.text import interval, join_sentences, number, p_said, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.satisfaction_study import Study

__all__ = ["complaints", "complaints_text", "groups", "groups_sentence", "measure_name", "shown_value"]

_DIGITS = {"csat": 1, "nps": 1, "index": 1, "ces": 2}


def measure_name(measure: str) -> str:
    """Return the name of a measure."""
    return {"csat": "CSAT", "nps": "NPS", "ces": "CES", "index": tr("Satisfaction index")}[measure]


def shown_value(measure: str, value: float) -> str:
    """Return a score in its own unit."""
    return percent(value) if measure == "csat" else number(value, _DIGITS[measure])


def groups_sentence(study: Study) -> str:
    """Say which groups differ from all together."""
    found = study.groups
    if found is None:
        return ""
    first = found.measures[0]
    below, above = found.apart()
    values = found.table.set_index("group")[first]

    def named(names: list[str]) -> str:
        return listing(
            [
                tr("{group} ({value})", group=escape_markdown(name), value=shown_value(first, values[name]))
                for name in names
            ]
        )

    whole, name = shown_value(first, found.overall[first]), measure_name(first)
    if first == "csat" and without_weights(study) is not None:
        whole = tr("{share}, unweighted", share=whole)
    if below and above:
        return tr(
            "Beyond chance below the {measure} of all customers together ({whole}): {below}; above it: {above}.",
            below=named(below),
            above=named(above),
            measure=name,
            whole=whole,
        )
    if below:
        return tr(
            "Beyond chance below the {measure} of all customers together ({whole}): {below}.",
            below=named(below),
            measure=name,
            whole=whole,
        )
    if above:
        return tr(
            "Beyond chance above the {measure} of all customers together ({whole}): {above}.",
            above=named(above),
            measure=name,
            whole=whole,
        )
    return tr(
        "By {label}, no group can be told from all customers together ({measure} {whole}).",
        label=escape_markdown(found.label.lower() if found.label.isascii() else found.label),
        measure=name,
        whole=whole,
    )


def groups(study: Study) -> list[Block]:
    """Show the scores by group; small groups are put together."""
    found = study.groups
    if found is None:
        return []
    first = found.measures[0]
    title = tr(
        "Compared by {label}",
        label=escape_markdown(found.label.lower() if found.label.isascii() else found.label),
    )
    drawn = found.table.rename(columns={first: "value", f"{first}_low": "low", f"{first}_high": "high"})
    columns = ["group", "n"]
    labels = {"group": found.label, "n": tr("Respondents")}
    formats: dict[str, str] = {}
    for measure in found.measures:
        columns += [measure, f"{measure}_low", f"{measure}_high"]
        labels |= {
            measure: measure_name(measure),
            f"{measure}_low": tr("Lower limit"),
            f"{measure}_high": tr("Upper limit"),
        }
        spec = ".1%" if measure == "csat" else f".{_DIGITS[measure]}f"
        formats |= dict.fromkeys(columns[-3:], spec)
    sentence = groups_sentence(study)
    return [
        head(title, join_sentences([sentence, _test_sentence(study), _together_sentence(study)])),
        figure(
            own_plots.group_dots(
                drawn,
                whole=found.overall[first],
                show=lambda value: (
                    percent(value, 0) if first == "csat" else number(value, 0 if first != "ces" else 1)
                ),
                label=tr(
                    "{measure} with {interval}; dashed: all together, {whole}",
                    measure=measure_name(first),
                    interval=tr("{level} interval", level=percent(study.confidence, 0)),
                    whole=shown_value(first, found.overall[first]),
                ),
                title=_groups_title(study),
                coloured=found.differ,
            ),
            tr("{measure} by group, lowest at the bottom", measure=measure_name(first)),
            tr("Dot plot with intervals. {finding}", finding=sentence.replace("\\", "")),
            "groups",
        ),
        table(
            found.table[columns],
            tr("Scores by group"),
            "groups",
            formats=formats,
            labels=labels,
            note=tr("– : too few answers to show, or kept back so that no small group can be worked out.")
            if found.table[list(found.measures)].isna().to_numpy().any()
            else None,
        ),
    ]


def _groups_title(study: Study) -> str:
    assert study.groups is not None
    below, above = study.groups.apart()
    low, high = ([own_plots.plain_label(name, 24) for name in names] for names in (below, above))
    return groups_finding(low, high, len(study.groups.table))


def _test_sentence(study: Study) -> str:
    assert study.groups is not None
    test = study.groups.test
    if not test:
        return ""
    numbers = tr(
        "Kruskal–Wallis H({df}) = {h}, {p}; ε² = {effect}",
        h=number(test["h"], 1),
        df=number(test["df"]),
        p=p_said(test["p"]),
        effect=number(test["epsilon"], 3),
    )
    if study.groups.differ:
        return tr(
            "Taken together the groups differ more than chance would have it ({numbers}).", numbers=numbers
        )
    return tr("Taken together the differences may be chance ({numbers}).", numbers=numbers)


def _together_sentence(study: Study) -> str:
    assert study.groups is not None
    if not study.groups.together:
        return ""
    return tr(
        "{n} groups are shown as one: in a group of fewer than {least} somebody could be recognised, and a single "
        "small group could be worked out from the total.",
        n=number(study.groups.together),
        least=number(study.parameters.min_group),
    )


def complaints(study: Study) -> list[Block]:
    """Show complaints, how they ended, and what is left of satisfaction."""
    found = study.complaints
    if found is None:
        return _own_words(study)
    blocks = [head(tr("Complaints and how they ended"), complaints_text(study))]
    if not found.topics.empty:
        top = found.topics.iloc[0]
        title = tr(
            "Most often complained about: {topic}, {share}",
            topic=own_plots.plain_label(str(top["topic"]), 40),
            share=percent(top["share"], 0),
        )
        blocks += [
            figure(
                own_plots.topic_bars(found.topics, title=title),
                tr("Complaints by topic"),
                tr("Bar chart of complaints by topic. {title}.", title=title),
                "complaints",
            ),
            table(
                found.topics,
                tr("Complaints by topic, and how they ended"),
                "complaints",
                formats={
                    name: spec
                    for name, spec in (
                        ("share", ".1%"),
                        ("days", ".1f"),
                        ("recovered", ".1%"),
                        ("recovered_low", ".1%"),
                        ("recovered_high", ".1%"),
                    )
                    if name in found.topics
                },
                labels={
                    name: label
                    for name, label in (
                        ("topic", tr("Topic")),
                        ("n", tr("Complaints made")),
                        ("share", tr("Share")),
                        ("days", tr("Days to settle (median)")),
                        ("recovered", tr("Made good")),
                        ("recovered_low", tr("Lower limit")),
                        ("recovered_high", tr("Upper limit")),
                    )
                    if name in found.topics
                },
            ),
        ]
    if not found.after.empty:
        words = {
            "none": tr("No complaint before the survey"),
            "recovered": tr("Complaint, made good"),
            "not_recovered": tr("Complaint, not made good"),
        }
        blocks.append(
            table(
                found.after.assign(kind=[words[kind] for kind in found.after["kind"]]),
                tr("Satisfied customers (CSAT), by how their complaint ended"),
                "after-complaints",
                formats={"n": ".0f"} | dict.fromkeys(("csat", "csat_low", "csat_high"), ".1%"),
                labels={
                    "kind": tr("Group of customers"),
                    "n": tr("Answers"),
                    "csat": "CSAT",
                    "csat_low": tr("Lower limit"),
                    "csat_high": tr("Upper limit"),
                },
            )
        )
    return [*blocks, *_own_words(study)]


def _own_words(study: Study) -> list[Block]:
    """Show what respondents wrote, where it was asked for; it was masked before the report saw it."""
    if "comment" not in study.survey:
        return []
    words = study.survey["comment"].dropna()
    if words.empty:
        return []
    return [
        head(
            tr("What customers wrote"),
            tr(
                "{n} comments, drawn by lot. Telephone numbers, identity and bank cards, e-mail addresses and names with a form of address are masked; other hints at a person may remain: read them before you pass them on.",
                n=number(len(words)),
            ),
        ),
        table(
            pd.DataFrame({"n": range(1, len(words) + 1), "comment": [str(one) for one in words]}),
            tr("Comments, drawn by lot and masked"),
            "comments",
            labels={"n": tr("No."), "comment": tr("Comment")},
        ),
    ]


def complaints_text(study: Study) -> str:
    """Say how many complaints there are and how they ended."""
    found = study.complaints
    assert found is not None
    sentences = [tr("There are {n} complaints.", n=number(found.n))]
    if found.customers:
        sentences = [
            tr(
                "{customers} customers made {n} complaints.",
                customers=number(found.customers),
                n=number(found.n),
            )
        ]
    if found.recovered is not None:
        share, low, high, _ = found.recovered
        sentences.append(
            tr(
                "**{share}** were settled to the customer's content ({interval}).",
                share=percent(share),
                interval=with_interval(study, low, high, share=True),
            )
        )
    if found.fast is not None and found.late is not None:
        sentences.append(
            tr(
                "Settled within {days} days, {fast} ended well {fast_range}; settled later, {late} {late_range}.",
                days=FAST_DAYS,
                fast=percent(found.fast[0]),
                fast_range=interval(*found.fast[1:3], 1, percent=True),
                late=percent(found.late[0]),
                late_range=interval(*found.late[1:3], 1, percent=True),
            )
        )
    elif not math.isnan(found.days):
        sentences.append(tr("Half of them were settled within {days} days.", days=number(found.days, 1)))
    if found.open:
        sentences.append(tr("Still open: {n}.", n=number(found.open)))
    return join_sentences(sentences)
