"""Figures that only the satisfaction report draws: its scores side by side, groups, complaints, and maps that can be pointed at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from crmlab.csi import ImportanceMap
from crmlab.plots._frame import axes, headline, named, plain_text
from crmlab.plots.satisfaction import QUADRANTS
from crmlab.plots.satisfaction_moving import label_sides
from crmlab.plots.style import ACCENT, GREY, INK, MUTED, PALETTE
from crmlab.satisfaction import CSAT, NPS
from crmlab.text import interval, number, percent, tr

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from crmlab.satisfaction import CES, ImportancePerformance

__all__ = ["answer_panels", "group_dots", "importance_map_moving", "plain_label", "topic_bars"]

BAD, GOOD = PALETTE[1], ACCENT
PALE = "#b9c3cd"
#: groups that a figure can hold; of more, those farthest from the whole are drawn
MOST_GROUPS = 24


def plain_label(text: str, width: float = 26) -> str:
    """Return a label for a figure: short enough, and never read as a formula; a Chinese character counts as two.

    >>> plain_label("How satisfied are you with the opening hours?", 20)
    'How satisfied are…'
    """
    whole = " ".join(text.split())
    used = 0
    for place, char in enumerate(whole):
        used += 2 if ord(char) > 0x2E80 else 1
        if used > width:
            kept = whole[: place - 1]
            words = kept.rsplit(" ", 1)
            if len(words) > 1 and len(words[0]) > width / 2 and whole[place - 1] != " ":
                kept = words[0]
            whole = kept.rstrip() + "…"
            break
    return whole.replace("$", r"\$")


def answer_panels(results: Sequence[CSAT | NPS | CES]) -> Figure:
    """Draw how the answers behind one to three scores are spread, side by side.

    Parameters
    ----------
    results
        Of :func:`~crmlab.satisfaction.csat`, :func:`~crmlab.satisfaction.nps`, :func:`~crmlab.satisfaction.ces`.

    """
    import matplotlib.pyplot as plt

    widths = [max(len(result.distribution), 4) for result in results]
    figure, panels = plt.subplots(
        1, len(results), figsize=(6.6, 2.3), width_ratios=widths, squeeze=False, sharey=True
    )
    for place, (ax, result) in enumerate(zip(panels[0], results, strict=True)):
        table = result.distribution
        scores = table["score"].to_numpy(dtype=float)
        if isinstance(result, NPS):
            colours = [GOOD if s >= 9 else BAD if s <= 6 else PALE for s in scores]
            title, label = f"NPS {number(result.nps, 0)}", tr("Would recommend, 0–10")
        elif isinstance(result, CSAT):
            colours = [GOOD if s >= result.threshold else PALE for s in scores]
            low, high = (f"{end:g}" for end in result.scale)
            title = f"CSAT {percent(result.share, 0)}"
            label = tr("Satisfaction, {low}–{high}", low=low, high=high)
        else:
            colours = [GOOD if s >= result.easy_from else PALE for s in scores]
            low, high = (f"{end:g}" for end in result.scale)
            title = f"CES {number(result.mean, 2)}"
            label = tr("Ease, {low}–{high}", low=low, high=high)
        bars = ax.bar(scores, table["share"], color=colours, width=0.82)
        for bar, share in zip(bars, table["share"], strict=True):
            if share >= 0.005:
                ax.annotate(
                    percent(share, 0),
                    (bar.get_x() + bar.get_width() / 2, share),
                    (0, 2),
                    textcoords="offset points",
                    ha="center",
                    fontsize=7,
                )
        ax.set_xticks([s for s in scores if s % 1 == 0])
        ax.tick_params(labelsize=8, left=False, labelleft=False)
        ax.grid(visible=False)
        ax.spines["left"].set_visible(False)
        ax.set_xlabel(label, fontsize=8.5)
        ax.set_title(title, loc="left", fontsize=10.5)
        if place == 0:
            ax.set_ylabel(tr("Share of answers"), fontsize=8.5)
    return figure


def group_dots(
    table: pd.DataFrame,
    *,
    whole: float,
    show: Callable[[float], str],
    label: str,
    title: str,
    coloured: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw a score by group with its interval, against all together.

    Parameters
    ----------
    table
        Columns group, n, value, low, high; rows without a value are left out.
    whole
        The score of all together.
    show
        How a value is written.
    label
        What the axis shows.
    title
        The finding.
    coloured
        Colour the groups whose whole interval lies below or above all together.
    ax
        Axes to draw into; new ones if not given.

    """
    table = table.dropna(subset=["value"])
    if len(table) > MOST_GROUPS:
        far = (table["value"] - whole).abs().sort_values(ascending=False).index[:MOST_GROUPS]
        table = table.loc[far]
    table = table.sort_values("value", ascending=False, ignore_index=True)
    ax = axes(ax, height=1.2 + 0.27 * max(len(table), 2))
    rows = np.arange(len(table))
    apart = [coloured & (table["high"] < whole), coloured & (table["low"] > whole)]
    colours = np.select(apart, [BAD, GOOD], GREY)
    ax.axvline(whole, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    ax.hlines(rows, table["low"], table["high"], color=list(colours), linewidth=2.4, alpha=0.55)
    ax.scatter(table["value"], rows, color=list(colours), s=42, zorder=3)
    for at, value in enumerate(table["value"]):
        ax.annotate(show(value), (value, at), (0, 6), textcoords="offset points", ha="center", fontsize=8.5)
    names = [
        tr("{group} (n = {n})", group=plain_label(str(group), 24), n=number(n))
        for group, n in zip(table["group"], table["n"], strict=True)
    ]
    ax.set_yticks(rows, names)
    ax.set_ylim(len(table) - 0.5, -0.8)
    ax.grid(visible=False, axis="y")
    ax.xaxis.set_major_formatter(lambda value, _: show(value))
    ax.set_xlabel(label)
    headline(ax, title, indent=1.2)
    return ax


def topic_bars(topics: pd.DataFrame, *, title: str, most: int = 12, ax: Axes | None = None) -> Axes:
    """Draw complaints by topic, with the share that ended well where it is known.

    Parameters
    ----------
    topics
        Columns topic, n, and recovered (a fraction) where it is known; most frequent first.
    title
        The finding.
    most
        Topics to draw.
    ax
        Axes to draw into; new ones if not given.

    """
    from matplotlib.ticker import MaxNLocator

    table = topics.head(most)
    ax = axes(ax, height=1.2 + 0.32 * max(len(table), 2))
    rows = np.arange(len(table))
    ax.barh(rows, table["n"], color=PALE, height=0.66)
    known = table["recovered"] if "recovered" in table else table["n"] * np.nan
    ax.barh(rows, table["n"] * known.fillna(0), color=GOOD, height=0.66)
    for row, (n, share) in enumerate(zip(table["n"], known, strict=True)):
        text = (
            number(n)
            if np.isnan(share)
            else tr("{n}, {share} made good", n=number(n), share=percent(share, 0))
        )
        ax.annotate(text, (n, row), (5, 0), textcoords="offset points", va="center", fontsize=8.5)
    ax.set_yticks(rows, [plain_label(str(topic), 24) for topic in table["topic"]])
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlim(0, float(table["n"].max()) * 1.28)
    ax.grid(visible=False, axis="y")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(tr("Complaints made; dark: made good") if known.notna().any() else tr("Complaints made"))
    headline(ax, title, indent=1.2)
    return ax


def importance_map_moving(
    result: ImportancePerformance | ImportanceMap,
    *,
    title: str,
    labels: Mapping[str, str] | None = None,
) -> go.Figure:
    """Return an importance–performance map that tells an item's numbers when it is pointed at.

    Parameters
    ----------
    result
        Of :func:`~crmlab.satisfaction.importance_performance` or :func:`~crmlab.csi.importance_performance_map`.
    title
        The finding.
    labels
        Item or construct to its name.

    """
    import plotly.graph_objects as go

    path = isinstance(result, ImportanceMap)
    table = result.constructs if isinstance(result, ImportanceMap) else result.table
    keys = table["construct" if path else "item"]
    cuts = (
        (result.mean_importance, result.mean_performance)
        if isinstance(result, ImportanceMap)
        else (result.importance_cut, result.performance_cut)
    )
    important, good = table["importance"] >= cuts[0], table["performance"] >= cuts[1]
    colours = np.select(
        [important & ~good, important & good, ~important & ~good], [BAD, GOOD, GREY], PALETTE[2]
    )
    names = [named(key, labels).replace("<", "&lt;") for key in keys]
    spans = [
        interval(low, high, 2) if not np.isnan(low) else number(None)
        for low, high in zip(table["importance_low"], table["importance_high"], strict=True)
    ]
    spread = max(float(np.ptp(table["importance"])), 0.02), max(float(np.ptp(table["performance"])), 1.0)
    xs = [table["performance"].min() - 0.2 * spread[1], table["performance"].max() + 0.2 * spread[1]]
    ys = [table["importance"].min() - 0.2 * spread[0], table["importance"].max() + 0.25 * spread[0]]
    figure = go.Figure(
        go.Scatter(
            x=table["performance"],
            y=table["importance"],
            text=names,
            customdata=np.array(spans, dtype=object)[:, None],
            mode="markers+text" if len(names) <= 16 else "markers",
            textposition=label_sides(
                table[["performance", "importance"]], names, (xs[0], xs[1], ys[0], ys[1]), (cuts[1], cuts[0])
            ),
            cliponaxis=False,
            marker={"size": 13, "color": list(colours)},
            hovertemplate=tr(
                "{item}<br>performance {x}, importance {y} {span}",
                item="<b>%{text}</b>",
                x="%{x:.1f}",
                y="%{y:.2f}",
                span="%{customdata[0]}",
            )
            + "<extra></extra>",
        )
    )
    figure.add_vline(x=cuts[1], layer="below", line={"dash": "dash", "color": MUTED, "width": 1})
    figure.add_hline(y=cuts[0], layer="below", line={"dash": "dash", "color": MUTED, "width": 1})
    corners = (
        ("concentrate_here", 0, 1, BAD),
        ("keep_up", 1, 1, GOOD),
        ("low_priority", 0, 0, GREY),
        ("possible_overkill", 1, 0, PALETTE[2]),
    )
    for key, x, y, colour in corners:
        figure.add_annotation(
            x=x,
            y=y,
            xref="paper",
            yref="paper",
            text=tr(QUADRANTS[key]),
            showarrow=False,
            font={"color": colour, "size": 11},
            xanchor="left" if x == 0 else "right",
            yanchor="bottom" if y == 0 else "top",
        )
    figure.update_layout(
        title={"text": plain_text(title)},
        showlegend=False,
        height=480,
        xaxis={
            "title": tr("Performance, 0–100"),
            "range": xs,
        },
        yaxis={
            "title": tr("Importance: points of the index for one point")
            if path
            else tr("Importance for satisfaction"),
            "range": ys,
        },
    )
    return figure
