"""Figures of satisfaction: the three scores, C = b/a, scores by group and over time.

The map of what to mend first comes from :mod:`crmlab.plots.importance`. Figures of the questionnaire's quality stand in
:mod:`crmlab.plots.questionnaire`, those of the index model in :mod:`crmlab.plots.path_model`, those that move in
:mod:`crmlab.plots.satisfaction_moving`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from crmlab.plots._frame import axes, headline, listed, named, percent_axis, points
from crmlab.plots.importance import QUADRANTS, importance_map
from crmlab.plots.style import ACCENT, GREY, INK, PALETTE
from crmlab.satisfaction import CES, CSAT, NPS
from crmlab.text import interval, number, percent, tr

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from crmlab.satisfaction import (
        Disconfirmation,
        GroupScores,
        SatisfactionRatio,
    )

__all__ = [
    "QUADRANTS",
    "disconfirmation_levels",
    "expectation_map",
    "group_intervals",
    "groups_finding",
    "importance_map",
    "nps_composition",
    "score_distribution",
    "score_series",
    "three_scores",
]

BAD, GOOD = PALETTE[1], ACCENT
PALE = "#b9c3cd"

_MEASURES = {"csat": "CSAT", "nps": "NPS", "ces": "CES"}


def score_distribution(
    result: CSAT | NPS | CES, *, ax: Axes | None = None, name: str | None = None, size: float = 11
) -> Axes:
    """Draw how the answers spread over the scale, with those coloured that the score counts.

    Parameters
    ----------
    result
        Of :func:`~crmlab.satisfaction.csat`, :func:`~crmlab.satisfaction.nps` or :func:`~crmlab.satisfaction.ces`.
    ax
        Axes to draw into; new ones if not given.
    name
        Put before the score in the title.
    size
        Of the title.

    """
    ax = axes(ax, height=3.2)
    table = result.distribution
    if isinstance(result, NPS):
        colours = [GOOD if s >= 9 else BAD if s <= 6 else PALE for s in table["score"]]
        title = tr(
            "NPS {nps}, {level} interval {interval}",
            level=percent(result.confidence, 0),
            nps=number(result.nps, 0),
            interval=interval(result.low, result.high, 0),
        )
        label = tr("How likely to recommend, 0–10")
    elif isinstance(result, CSAT):
        colours = [GOOD if s >= result.threshold else PALE for s in table["score"]]
        ends = interval(result.low, result.high, 0, percent=True)
        title = tr(
            "CSAT {share}, {level} interval {interval}",
            level=percent(result.confidence, 0),
            share=percent(result.share, 0),
            interval=ends,
        )
        label = tr("Satisfaction, {low}–{high}", low=f"{result.scale[0]:g}", high=f"{result.scale[1]:g}")
    else:
        colours = [GOOD if s >= result.easy_from else PALE for s in table["score"]]
        title = tr(
            "CES {mean}, {level} interval {interval}",
            level=percent(result.confidence, 0),
            mean=number(result.mean, 2),
            interval=interval(result.low, result.high, 2),
        )
        label = tr("Ease, {low}–{high}", low=f"{result.scale[0]:g}", high=f"{result.scale[1]:g}")
    ax.bar(table["score"], table["share"], color=colours, width=0.82)
    ax.set_xticks(table["score"])
    ax.set_xlabel(label)
    ax.set_ylabel(tr("Share of answers"))
    percent_axis(ax.yaxis)
    ax.grid(visible=False, axis="x")
    headline(ax, f"{name}: {title}" if name else title, size=size)
    return ax


def three_scores(csat: CSAT, nps: NPS, ces: CES) -> Figure:
    """Draw the answers behind the three scores side by side; return the figure."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 3, figsize=(6.6, 2.9), width_ratios=(5, 11, 7))
    results: tuple[CSAT | NPS | CES, ...] = (csat, nps, ces)
    for ax, result in zip(panels, results, strict=True):
        score_distribution(result, ax=ax, size=9.5)
        ax.set_ylabel("")
        ax.tick_params(labelsize=8)
        ax.xaxis.label.set_size(8.5)
    panels[0].set_title(f"CSAT {percent(csat.share, 0)}", fontsize=10, loc="left")
    panels[1].set_title(f"NPS {number(nps.nps, 0)}", fontsize=10, loc="left")
    panels[2].set_title(f"CES {number(ces.mean, 2)}", fontsize=10, loc="left")
    most = float(nps.distribution["share"].max())
    for x, y, share, text, colour in (
        (6.4, 0.93, nps.detractor_share, tr("detractors"), BAD),
        (8.4, 1.04, nps.passive_share, tr("passives"), GREY),
        (10.4, 1.15, nps.promoter_share, tr("promoters"), GOOD),
    ):
        panels[1].text(
            x, y * most, f"{text} {percent(share, 0)}", color=colour, ha="right", va="bottom", fontsize=8
        )
    panels[1].set_ylim(0, most * 1.3)
    figure.suptitle(
        tr(
            "One survey, three answers: {csat} satisfied, NPS {nps}, ease {ces} of {most}",
            csat=percent(csat.share, 0),
            nps=number(nps.nps, 0),
            ces=number(ces.mean, 1),
            most=f"{ces.scale[1]:g}",
        ),
        x=0.01,
        ha="left",
        fontsize=11,
    )
    return figure


def nps_composition(results: Mapping[str, NPS], *, ax: Axes | None = None) -> Axes:
    """Draw detractors, passives and promoters of one or several groups as stacked bars, with the score beside each.

    Parameters
    ----------
    results
        Name of the group to its result, drawn from top to bottom.
    ax
        Axes to draw into; new ones if not given.

    """
    ax = axes(ax, height=0.9 + 0.42 * len(results))
    names = list(results)
    for row, result in enumerate(results.values()):
        left = 0.0
        for share, colour, ink in (
            (result.detractor_share, BAD, "white"),
            (result.passive_share, PALE, INK),
            (result.promoter_share, GOOD, "white"),
        ):
            ax.barh(row, share, left=left, color=colour, height=0.7)
            if share > 0.07:
                ax.text(
                    left + share / 2, row, percent(share, 0), ha="center", va="center", color=ink, fontsize=9
                )
            left += share
        ax.text(1.02, row, number(result.nps, 0), ha="left", va="center", fontsize=10)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(0, 1.0)
    percent_axis(ax.xaxis)
    ax.set_xlabel(tr("Detractors (0–6), passives (7–8), promoters (9–10); at the right the NPS"))
    ax.grid(visible=False)
    scores = [result.nps for result in results.values()]
    if len(names) == 1:
        first = next(iter(results.values()))
        text = tr(
            "{promoters} promoters less {detractors} detractors: NPS {nps}",
            promoters=percent(first.promoter_share, 0),
            detractors=percent(first.detractor_share, 0),
            nps=number(first.nps, 0),
        )
    else:
        best, worst = names[int(np.argmax(scores))], names[int(np.argmin(scores))]
        text = tr(
            "NPS runs from {low} ({worst}) to {high} ({best})",
            low=number(min(scores), 0),
            worst=worst,
            high=number(max(scores), 0),
            best=best,
        )
    headline(ax, text, indent=0.8)
    return ax


def group_intervals(
    groups: GroupScores, *, labels: Mapping[str, str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw a score by group with its interval, against the score of all.

    Groups whose whole interval lies above or below the score of all are coloured; suppressed groups are left out.

    Parameters
    ----------
    groups
        Of :func:`~crmlab.satisfaction.group_scores`.
    labels
        Group to its name in the reader's language.
    ax
        Axes to draw into; new ones if not given.

    """
    table = groups.table[~groups.table["suppressed"]].sort_values("value", ascending=False, ignore_index=True)
    whole, measure = float(groups.overall["value"].iloc[0]), groups.measure
    ax = axes(ax, height=1.3 + 0.3 * max(len(table), 2))
    below, above = table["high"] < whole, table["low"] > whole
    colours = np.select([below, above], [BAD, GOOD], GREY)
    ax.axvline(whole, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    rows = np.arange(len(table))
    for row, colour in zip(rows, colours, strict=True):
        ax.plot(
            table.loc[row, ["low", "high"]].astype(float), [row, row], color=colour, linewidth=2.4, alpha=0.55
        )
    ax.scatter(table["value"], rows, color=list(colours), s=42, zorder=3)
    for at, value in enumerate(table["value"]):
        ax.annotate(
            points(value, measure),
            (value, at),
            (0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=8.5,
        )
    names = [
        tr("{group} (n = {n})", group=named(g, labels), n=number(n))
        for g, n in zip(table["group"], table["n"], strict=True)
    ]
    ax.set_yticks(rows, names)
    ax.set_ylim(len(table) - 0.5, -0.8)
    ax.grid(visible=False, axis="y")
    if measure == "csat":
        percent_axis(ax.xaxis)
    ax.set_xlabel(
        tr(
            "{measure} with {level} interval; dashed: all together, {value}",
            level=percent(groups.confidence, 0),
            measure=_MEASURES[measure],
            value=points(whole, measure),
        )
        if groups.overall["low"].notna().all()
        else _MEASURES[measure]
    )
    low = [named(g, labels) for g in table["group"][below]]
    high = [named(g, labels) for g in table["group"][above]]
    headline(ax, groups_finding(low, high, len(table)), indent=1.2)
    return ax


def groups_finding(low: Sequence[str], high: Sequence[str], n: int) -> str:
    """Say which of `n` groups lie below and above the whole; of many, how many."""
    if max(len(low), len(high)) > 4:
        return tr("Below the whole {low} of {n} groups, above it {high}", low=len(low), high=len(high), n=n)
    if low and high:
        return tr("{low} below the whole, {high} above: beyond chance", low=listed(low), high=listed(high))
    if low:
        return tr("{low} below the whole, beyond chance", low=listed(low))
    if high:
        return tr("{high} above the whole, beyond chance", high=listed(high))
    return tr("No group can be told from the whole")


def score_series(
    groups: GroupScores,
    *,
    marks: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a score over time (groups are periods, in their order) with intervals.

    Parameters
    ----------
    groups
        Of :func:`~crmlab.satisfaction.group_scores`, grouped by period.
    marks
        Period to a note that is written over its point.
    labels
        Period to its name.
    title
        The finding; by default whether any period can be told from all together.
    ax
        Axes to draw into; new ones if not given.

    """
    table = groups.table[~groups.table["suppressed"]].reset_index(drop=True)
    ax = axes(ax, height=3.2)
    at = np.arange(len(table))
    whole = float(groups.overall["value"].iloc[0])
    ax.axhline(whole, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    ax.vlines(at, table["low"], table["high"], color=GOOD, linewidth=6, alpha=0.25)
    ax.plot(at, table["value"], color=GOOD, marker="o", linewidth=1.6)
    for row, (period, value) in enumerate(zip(table["group"], table["value"], strict=True)):
        note = (marks or {}).get(str(period))
        text = points(value, groups.measure) + (f"\n{note}" if note else "")
        ax.annotate(text, (row, value), (9, 0), textcoords="offset points", va="center", fontsize=9)
    names = [f"{named(g, labels)}\nn = {number(n)}" for g, n in zip(table["group"], table["n"], strict=True)]
    ax.set_xticks(at, names)
    ax.set_xlim(-0.4, len(table) - 0.4)
    ax.grid(visible=False, axis="x")
    ax.set_ylabel(
        tr(
            "{measure} with {level} interval",
            level=percent(groups.confidence, 0),
            measure=_MEASURES[groups.measure],
        )
    )
    inside = bool(((table["low"] <= whole) & (whole <= table["high"])).all())
    found = (
        tr("No period can be told from all of them together")
        if inside
        else tr("Some periods differ from all of them together, beyond chance")
    )
    headline(ax, title or found)
    return ax


def expectation_map(result: SatisfactionRatio, *, ax: Axes | None = None) -> Axes:
    """Draw perceived against expected; the area of a dot is the number of respondents, C = 1 runs through the middle."""
    ax = axes(ax, height=4.4)
    counts = result.respondents.groupby(["expected", "perceived", "level"]).size().reset_index(name="n")
    colours = counts["level"].map({"below": BAD, "met": PALE, "above": GOOD})
    low = min(counts["expected"].min(), counts["perceived"].min()) - 0.7
    high = max(counts["expected"].max(), counts["perceived"].max()) + 0.7
    ax.plot([low, high], [low, high], color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    ax.scatter(
        counts["expected"], counts["perceived"], s=14 + 620 * counts["n"] / counts["n"].max(), c=colours
    )
    ax.set_xlim(low, high)
    ax.set_ylim(low, high)
    ax.set_aspect("equal")
    share = result.levels.set_index("level")["share"]
    ax.text(
        0.03,
        0.96,
        tr("C above 1: {share}", share=percent(share["above"], 0)),
        transform=ax.transAxes,
        color=GOOD,
        va="top",
    )
    ax.text(
        0.97,
        0.04,
        tr("C below 1: {share}", share=percent(share["below"], 0)),
        transform=ax.transAxes,
        color=BAD,
        ha="right",
    )
    ax.set_xlabel(tr("Expected, a"))
    ax.set_ylabel(tr("Perceived, b"))
    ends = interval(result.low, result.high, 2)
    headline(ax, tr("Perceived over expected: C = {c} {interval}", c=number(result.ratio, 2), interval=ends))
    return ax


def disconfirmation_levels(result: Disconfirmation, *, ax: Axes | None = None) -> Axes:
    """Draw how far perception lay from expectation, answer by answer."""
    ax = axes(ax, height=3.0)
    found = result.respondents.groupby(["difference", "level"]).size().reset_index(name="n")
    colours = found["level"].map({"below": BAD, "met": PALE, "above": GOOD})
    ax.bar(found["difference"], found["n"] / result.n, color=list(colours), width=0.82)
    ax.set_xlabel(tr("Perceived less expected, points of the scale"))
    ax.set_ylabel(tr("Share of answers"))
    percent_axis(ax.yaxis)
    ax.grid(visible=False, axis="x")
    share = result.levels.set_index("level")["share"]
    text = tr(
        "{below} got less than they expected, {above} more",
        below=percent(share["below"], 0),
        above=percent(share["above"], 0),
    )
    headline(ax, text)
    return ax
