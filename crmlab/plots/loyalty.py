"""Figures of loyalty: who comes back, of what kind their loyalty is, what satisfaction does for it, stages.

Retention stands in :mod:`crmlab.plots.cohorts`, segments and concentration in :mod:`crmlab.plots.segments`, figures
that move in :mod:`crmlab.plots.loyalty_moving`. The names of segments, kinds, stages and patterns in the
reader's language are here too: ``tr(SEGMENTS["champions"])``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.plots._frame import axes, headline
from crmlab.plots.style import ACCENT, INK, PALETTE
from crmlab.plots.wrapping import wrap
from crmlab.text import N_, language, number, percent, tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from crmlab.lifecycle import LifecycleResult
    from crmlab.loyalty import LoyaltyKinds, SatisfactionLoyaltyCurve

__all__ = [
    "KINDS",
    "PATTERNS",
    "SEGMENTS",
    "STAGES",
    "STRENGTHS",
    "curve_told",
    "kinds_of_loyalty",
    "lifecycle_shares",
    "repeat_by_window",
    "satisfaction_loyalty",
    "short_number",
    "since",
    "top_line",
]

BAD, GOOD, PALE = PALETTE[1], ACCENT, "#b9c3cd"

SEGMENTS = {
    "champions": N_("Champions"),
    "loyal": N_("Loyal customers"),
    "potential_loyalists": N_("Potential loyalists"),
    "new": N_("New customers"),
    "need_attention": N_("Need attention"),
    "about_to_sleep": N_("About to sleep"),
    "cannot_lose": N_("Cannot lose them"),
    "at_risk": N_("At risk"),
    "hibernating": N_("Hibernating"),
    "lost": N_("Lost"),
    "others": N_("Other segments, together"),
}
KINDS = {
    "trust": N_("Trust loyalty"),
    "monopoly": N_("Monopoly loyalty"),
    "incentive": N_("Incentive loyalty"),
    "inertia": N_("Inertia loyalty"),
    "spurious": N_("Spurious loyalty"),
    "latent": N_("Latent loyalty"),
    "price": N_("Price loyalty"),
    "none": N_("No loyalty"),
    "others": N_("Other kinds, together"),
}
STAGES = {
    "exploration": N_("Exploration"),
    "build_up": N_("Build-up"),
    "stable": N_("Stable"),
    "decline": N_("Decline"),
}
PATTERNS = {
    "early_abortion": N_("Early abortion"),
    "midway_death": N_("Midway death"),
    "early_exit": N_("Early exit"),
    "long_keep": N_("Long keep"),
    "open": N_("Goes on, not yet long"),
}
STRENGTHS = {
    "strong": N_("Strong competition"),
    "weak": N_("Weak competition"),
    "all": N_("All customers"),
}
_COLOURS = {
    "trust": GOOD,
    "monopoly": PALETTE[3],
    "incentive": PALETTE[3],
    "inertia": PALETTE[3],
    "spurious": PALETTE[3],
    "latent": PALETTE[2],
    "price": PALE,
    "none": PALE,
    "others": PALE,
}


def top_line(ax: Axes, text: str) -> None:
    """Set a title over the whole figure, where long labels stand left of the axes."""
    figure = ax.get_figure(root=True)
    if figure is None or len(figure.axes) > 1:
        headline(ax, text)
        return
    width = float(figure.get_size_inches()[0])
    figure.suptitle("\n".join(wrap(text, width - 0.3, 11)), x=0.01, ha="left", fontsize=11, linespacing=1.4)


def since(periods: int, period: str) -> str:
    """Return a number of periods in words: ``6 months``, ``6 个月``."""
    if periods == 1:
        return {"month": tr("one month"), "quarter": tr("one quarter"), "week": tr("one week")}[period]
    n = number(periods)
    return {"month": tr("{n} months", n=n), "quarter": tr("{n} quarters", n=n), "week": tr("{n} weeks", n=n)}[
        period
    ]


def short_number(value: float, currency: str = "") -> str:
    """Return a large amount shortly: ``$1.2M``; in Chinese by 万 and 亿.

    >>> short_number(1234567, "$"), short_number(950)
    ('$1.2M', '950')
    """
    steps = (
        ((1e12, "万亿"), (1e8, "亿"), (1e4, "万"))
        if language() == "zh"
        else ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
    )
    for size, name in steps:
        if abs(value) >= size:
            scaled = value / size
            gap = " " if language() == "zh" else ""
            digits = 1 if abs(scaled) < 100 and scaled % 1 else 0
            return f"{currency}{number(scaled, digits)}{gap}{name}"
    digits = 0 if value == 0 or abs(value) >= 10 else min(6, 1 - math.floor(math.log10(abs(value))))
    return f"{currency}{number(value, digits)}"


def repeat_by_window(windows: pd.DataFrame, *, asked: int | None = None, ax: Axes | None = None) -> Axes:
    """Draw the repeat-purchase rate against the days given to come back, with intervals.

    Parameters
    ----------
    windows
        Rows of :meth:`~crmlab.loyalty.RepeatPurchaseRate.summary` for several windows.
    asked
        The window that the title speaks of; default: the longest.
    ax
        Axes to draw into; new ones if not given.

    """
    ax = axes(ax, height=2.2)
    days, rate = windows["window_days"].to_numpy(dtype=float), windows["rate"].to_numpy(dtype=float)
    low, high = windows["low"].to_numpy(dtype=float), windows["high"].to_numpy(dtype=float)
    ax.fill_between(days, low, high, color=GOOD, alpha=0.15, linewidth=0)
    ax.plot(days, rate, color=GOOD, marker="o", markersize=4)
    at = int(np.flatnonzero(days == asked)[0]) if asked is not None and (days == asked).any() else -1
    ax.errorbar(
        days[at],
        rate[at],
        yerr=[[rate[at] - low[at]], [high[at] - rate[at]]],
        color=BAD,
        marker="o",
        markersize=7,
        capsize=3,
    )
    ax.set_xlim(left=0)
    ax.set_ylim(0, min(1.0, float(high.max()) * 1.15) or 1.0)
    ax.yaxis.set_major_formatter(lambda value, _: percent(value, 0))
    ax.set_xlabel(tr("Days since the first purchase"))
    ax.set_ylabel(tr("Customers who bought again"))
    headline(
        ax,
        tr(
            "{share} of customers buy again within {days} days",
            share=percent(rate[at]),
            days=number(days[at]),
        ),
        indent=0.7,
    )
    return ax


def kinds_of_loyalty(kinds: LoyaltyKinds, *, min_group: int = 1, ax: Axes | None = None) -> Axes:
    """Draw the shares of the kinds of loyalty with their intervals.

    Parameters
    ----------
    kinds
        Of :func:`~crmlab.loyalty.loyalty_kinds`.
    min_group
        Kinds of fewer customers are left out.
    ax
        Axes to draw into; new ones if not given.

    """
    rows = kinds.shares[kinds.shares["customers"] >= max(min_group, 1)].iloc[::-1]
    ax = axes(ax, height=1.1 + 0.29 * len(rows))
    place = np.arange(len(rows))
    ax.barh(place, rows["share"], color=[_COLOURS[kind] for kind in rows["kind"]], height=0.68)
    ax.errorbar(
        rows["share"],
        place,
        xerr=[rows["share"] - rows["low"], rows["high"] - rows["share"]],
        fmt="none",
        ecolor=INK,
        elinewidth=1,
        capsize=2.5,
    )
    for row, share, high in zip(place, rows["share"], rows["high"], strict=True):
        ax.text(high + 0.006, float(row), percent(share, 0), va="center", fontsize=9)
    ax.set_yticks(place, [tr(KINDS[kind]) for kind in rows["kind"]])
    ax.set_xlim(0, float(rows["high"].max()) * 1.15)
    ax.xaxis.set_major_formatter(lambda value, _: percent(value, 0))
    ax.set_xlabel(tr("Share of the customers who answered"))
    ax.grid(visible=False, axis="y")
    true = float((kinds.table["kind"] == "trust").mean())
    back = float(kinds.table["repeat_high"].mean())
    top_line(
        ax,
        tr(
            "{back} of those who answered come back; {trust} come back and are attached",
            back=percent(back, 0),
            trust=percent(true, 0),
        )
        if true == 0 or "trust" in set(rows["kind"])
        else tr("{back} of those who answered come back", back=percent(back, 0)),
    )
    return ax


def satisfaction_loyalty(curve: SatisfactionLoyaltyCurve, *, ax: Axes | None = None) -> Axes:
    """Draw loyalty at each level of satisfaction with intervals, one line a group.

    Parameters
    ----------
    curve
        Of :func:`~crmlab.loyalty.satisfaction_loyalty_curve`.
    ax
        Axes to draw into; new ones if not given.

    """
    ax = axes(ax, height=2.7)
    shown = curve.points[curve.points["enough"]]
    groups = list(dict.fromkeys(shown["group"]))
    step = float(np.diff(np.sort(curve.points["level"].unique())).min())
    beside = shown.groupby("group", sort=False)["share"].last().sort_values()
    heights = dict(zip(beside.index, _apart(beside.to_numpy(), 0.09), strict=True))
    for place, group in enumerate(groups):
        rows = shown[shown["group"] == group]
        colour = (BAD, GOOD, *PALETTE[2:])[place % 8] if len(groups) > 1 else GOOD
        x = rows["level"] + step * 0.03 * (2 * place - len(groups) + 1)
        ax.errorbar(
            x,
            rows["share"],
            yerr=[rows["share"] - rows["low"], rows["high"] - rows["share"]],
            color=colour,
            marker="o",
            markersize=5,
            capsize=2.5,
            elinewidth=1,
        )
        ax.annotate(
            tr(STRENGTHS[group]) if group in STRENGTHS else str(group),
            (x.iloc[-1], heights[group]),
            (10, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            fontsize=9,
        )
    levels = np.sort(curve.points["level"].unique())
    ax.set_xticks(levels, [f"{level:g}" for level in levels])
    ax.set_xlim(levels[0] - 0.3 * step, levels[-1] + step * (0.16 * len(levels) + 0.5))
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(lambda value, _: percent(value, 0))
    ax.set_xlabel(tr("Answer on satisfaction"))
    ax.set_ylabel(tr("Customers who came back"))
    headline(ax, _curve_title(curve), indent=0.7)
    return ax


def _apart(heights: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """Return rising heights with at least so much between them, about where they were.

    >>> _apart(np.array([0.50, 0.52]), 0.10).round(2).tolist()
    [0.46, 0.56]
    """
    steps = least * np.arange(len(heights))
    spread = np.maximum.accumulate(heights - steps) + steps
    return np.asarray(spread - (spread - heights).mean(), dtype=np.float64)


def curve_told(curve: SatisfactionLoyaltyCurve) -> tuple[str, Mapping[Any, Any]]:
    """Return what a curve shows beyond chance, and its row.

    ``"step"`` with the row of `lift` whose last step is the largest, else ``"trend"`` with the surest row of `trend`, else
    ``""``.
    """
    lift = curve.lift[(curve.lift["difference_low"] > 0) | (curve.lift["difference_high"] < 0)]
    if len(lift):
        return "step", lift.sort_values("difference", key=np.abs).iloc[-1].to_dict()
    trend = curve.trend[curve.trend["p_cochran_armitage"] < 1 - curve.confidence]
    if len(trend):
        return "trend", trend.sort_values("p_cochran_armitage").iloc[0].to_dict()
    return "", {}


def _curve_title(curve: SatisfactionLoyaltyCurve) -> str:
    told, row = curve_told(curve)
    if told == "step":
        return tr(
            "From answer {low} to {high}: {from_} to {to} come back ({group})",
            low=f"{row['satisfied']:g}",
            high=f"{row['completely_satisfied']:g}",
            from_=percent(row["share_satisfied"], 0),
            to=percent(row["share_completely_satisfied"], 0),
            group=_within(row["group"]),
        )
    if told == "trend":
        more = row["z_cochran_armitage"] > 0
        return (
            tr("The more satisfied, the more come back ({group})", group=_within(row["group"]))
            if more
            else tr("The more satisfied, the fewer come back ({group})", group=_within(row["group"]))
        )
    return tr("That the satisfied come back more often cannot be seen here")


def _within(group: object) -> str:
    name = str(group)
    words = {
        "strong": tr("strong competition"),
        "weak": tr("weak competition"),
        "all": tr("all customers"),
    }
    return words.get(name, name)


def lifecycle_shares(result: LifecycleResult, *, expected: Mapping[str, pd.DataFrame] | None = None) -> Axes:
    """Draw the shares of stages and patterns side by side; return the axes of the stages.

    Parameters
    ----------
    result
        Of :func:`~crmlab.lifecycle.lifecycle_stage`; shares that are missing are not drawn.
    expected
        For ``stage`` and ``pattern``: shares ``expected`` by probability, in the rows' order; pale below the others.

    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    figure, panels = plt.subplots(1, 2, figsize=(6.6, 2.6 if expected is None else 3.2), width_ratios=(4, 5))
    decline = float((result.table["stage"] == "decline").mean())
    for ax, rows, column, names, text in (
        (panels[0], result.stages, "stage", STAGES, tr("Stage today")),
        (panels[1], result.patterns, "pattern", PATTERNS, tr("Course of the relationship")),
    ):
        place = np.arange(len(rows), dtype=np.float64)[::-1]
        good = {"stable", "long_keep", "build_up", "exploration", "open"}
        colours = [GOOD if name in good else BAD for name in rows[column]]
        bars = [rows["share"]] if expected is None else [rows["share"], expected[column]["expected"]]
        height = 0.76 / len(bars)
        for nth, shares in enumerate(bars):
            at = place + (0.5 * (len(bars) - 1) - nth) * height
            ax.barh(at, shares, color=colours, height=height, alpha=0.45 if nth else 1.0)
            for row, share in zip(at, shares, strict=True):
                ax.text(np.nan_to_num(share) + 0.012, row, percent(share), va="center", fontsize=8.5)
        top = max(np.nan_to_num(shares.max()) for shares in bars)
        ax.set_yticks(place, [tr(names[name]) for name in rows[column]])
        ax.set_xlim(0, (top or 1.0) * 1.3)
        ax.xaxis.set_major_formatter(lambda value, _: percent(value, 0))
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.grid(visible=False, axis="y")
        ax.set_title(text, fontsize=9.5)
    figure.supxlabel(tr("Share of customers"), fontsize=9.5)
    told = result.stages.set_index("stage")["share"].notna()
    figure.suptitle(
        tr("{share} of the relationships are in decline", share=percent(decline, 0))
        if told.get("decline", default=True)
        else tr("Where the relationships stand"),
        x=0.01,
        ha="left",
        fontsize=11,
    )
    return panels[0]  # type: ignore[no-any-return]
