"""Figures of the customer lifecycle: patterns, and what became of those whom a rule gave a label.

Public: :func:`stage_labels`, :func:`pattern_labels`, :func:`plot_lifecycle_patterns`, :func:`plot_return_by_label`,
:func:`plot_rule_strictness`, and, for chances against what happened, :func:`plot_return_chances`.
Titles state the finding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab._shares import wilson
from crmlab.plots._axes import axes_or_new, title
from crmlab.plots.style import ACCENT, GREY, INK, PALETTE
from crmlab.text import number, percent, tr

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from crmlab.lifecycle import LifecycleResult

__all__ = [
    "pattern_labels",
    "plot_lifecycle_patterns",
    "plot_return_by_label",
    "plot_return_chances",
    "plot_rule_strictness",
    "stage_labels",
]

ORANGE = PALETTE[1]
_MONTH = 30.4375


def stage_labels() -> dict[str, str]:
    """Return the four stages in the language spoken."""
    return {
        "exploration": tr("exploration"),
        "build_up": tr("build-up"),
        "stable": tr("stable"),
        "decline": tr("decline"),
    }


def pattern_labels() -> dict[str, str]:
    """Return the four patterns, and the open one, in the language spoken."""
    return {
        "early_abortion": tr("early abortion"),
        "midway_death": tr("midway death"),
        "early_exit": tr("early exit"),
        "long_keep": tr("long keep"),
        "open": tr("still open"),
    }


def plot_lifecycle_patterns(
    transactions: pd.DataFrame, result: LifecycleResult, *, rng: np.random.Generator, lines: int = 60
) -> Figure:
    """Draw how purchases add up in each pattern: thin lines are customers, the thick one is their mean.

    Parameters
    ----------
    transactions
        Columns ``customer``, ``date``; those that `result` comes from.
    result
        From :func:`crmlab.lifecycle.lifecycle_stage`.
    rng
        Chooses the customers whose lines are drawn.
    lines
        How many of each pattern.

    """
    import matplotlib.pyplot as plt

    labels = pattern_labels()
    patterns = [name for name in labels if name != "open"]
    days = transactions[["customer", "date"]].drop_duplicates()
    days = days[days["date"] <= result.observation_end]
    first = result.table["first_purchase"]
    months = (days["date"] - days["customer"].map(first)).dt.days / _MONTH
    by_customer = {who: np.sort(part.to_numpy()) for who, part in months.groupby(days["customer"])}
    horizon = 18.0
    grid = np.linspace(0, horizon, 73)
    figure, axes = plt.subplots(1, 4, figsize=(6.6, 2.9), sharey=True)
    shares = result.patterns.set_index("pattern")["share"]
    for ax, name, colour in zip(
        axes, patterns, (PALETTE[1], PALETTE[3], PALETTE[4], PALETTE[0]), strict=True
    ):
        seen_long = (result.observation_end - first).dt.days / _MONTH >= horizon
        members = result.table.index[(result.table["pattern"] == name) & seen_long]
        paths = np.array([np.searchsorted(by_customer[who], grid, side="right") for who in members])
        for row in rng.choice(len(members), size=min(lines, len(members)), replace=False):
            ax.step(grid, paths[row], color=colour, linewidth=0.6, alpha=0.35, where="post")
        ax.plot(grid, paths.mean(axis=0), color=INK, linewidth=2)
        ax.set_title(f"{labels[name]}\n{percent(shares[name])}", fontsize=9.5, pad=6, linespacing=1.4)
        ax.set_xticks([0, 6, 12, 18])
        ax.set_xlim(0, horizon)
        ax.set_ylim(0, 30)
        ax.tick_params(labelsize=8)
    axes[0].set_ylabel(tr("Purchases so far"))
    figure.supxlabel(tr("Months since the first purchase"), fontsize=9.5, color=INK)
    figure.suptitle(
        tr(
            "{ended} of the relationships have ended, {before} before they became stable; {kept} are kept long",
            ended=percent(shares[patterns[:3]].sum(), 0),
            before=percent(shares[patterns[:2]].sum(), 0),
            kept=percent(shares["long_keep"], 0),
        ),
        fontsize=11,
        x=0.01,
        ha="left",
        color=INK,
    )
    return figure


def plot_return_by_label(
    labels: pd.Series[Any],
    returned: pd.Series[bool],
    *,
    names: Mapping[str, str],
    watch: str,
    xlabel: str,
    confidence: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Draw the share of each label's customers who bought again afterwards, with Wilson intervals.

    Parameters
    ----------
    labels
        Label of each customer, given on some day.
    returned
        Whether the customer bought after that day; same index.
    names
        Label to its name, in the order drawn; labels not named are left out.
    watch
        The label that the title tells about.
    xlabel
        What the share is.
    confidence
        Level of the intervals.
    ax
        Axes to draw into.

    """
    ax = axes_or_new(ax, height=0.44 * len(names) + 1.3)
    n = np.array([(labels == name).sum() for name in names])
    back = np.array([returned[labels == name].sum() for name in names])
    share = np.divide(back, n, out=np.full(len(n), np.nan), where=n > 0)
    low, high = wilson(back, np.maximum(n, 1), confidence)
    at = np.arange(len(n))
    tones = [ORANGE if name == watch else ACCENT for name in names]
    ax.hlines(at, low, high, colors=tones, linewidth=2)
    ax.scatter(share, at, color=tones, s=42, zorder=3)
    for y, value, top in zip(at, share, high, strict=True):
        ax.annotate(
            percent(value, 0), (top, y), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9
        )
    rows = [f"{words} (n = {number(k)})" for words, k in zip(names.values(), n, strict=True)]
    ax.set_yticks(at, rows)
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    ax.set_xlim(0, 1.04)
    ax.xaxis.set_major_formatter(lambda value, _: percent(value, 0))
    ax.set_xlabel(xlabel)
    place = list(names).index(watch)
    title(
        ax,
        tr(
            "Of {n} customers labelled '{label}', {back} came back: {share}",
            n=number(n[place]),
            label=names[watch],
            back=number(back[place]),
            share=percent(share[place], 0),
        ),
    )
    return ax


def plot_rule_strictness(table: pd.DataFrame, *, chosen: float, xlabel: str, ax: Axes | None = None) -> Axes:
    """Draw what a rule's threshold does: the share of customers that it marks, and of these the share that came back.

    Parameters
    ----------
    table
        Indexed by the threshold; columns ``marked``, ``back`` (shares).
    chosen
        The threshold in use.
    xlabel
        What the threshold is.
    ax
        Axes to draw into.

    """
    ax = axes_or_new(ax)
    for column, colour, words in (
        ("marked", ACCENT, tr("of all customers: called 'in decline'")),
        ("back", ORANGE, tr("of those called so: bought again")),
    ):
        ax.plot(table.index, table[column], color=colour, linewidth=2, marker="o", markersize=4)
        ax.annotate(
            words,
            (table.index[len(table) // 2], table[column].iloc[len(table) // 2]),
            xytext=(0, 10),
            textcoords="offset points",
            color=colour,
            fontsize=9,
        )
    ax.axvline(chosen, color=GREY, linewidth=0.9, linestyle=(0, (3, 2)))
    ax.set_ylim(0, min(1.0, float(table["marked"].max()) * 1.2))
    ax.yaxis.set_major_formatter(lambda value, _: percent(value, 0))
    ax.set_xlabel(xlabel)
    first, last = table.iloc[0], table.iloc[-1]
    title(
        ax,
        tr(
            "A stricter or milder ruler: {first} or {last} of the same customers are 'in decline'",
            first=percent(first["marked"], 0),
            last=percent(last["marked"], 0),
        ),
    )
    return ax


def plot_return_chances(
    chance: ArrayLike,
    returned: ArrayLike,
    *,
    edges: Sequence[float] = (0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0),
    confidence: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Draw the share that came back over the chance that a model had given, with Wilson intervals.

    Parameters
    ----------
    chance
        The model's probability of each customer.
    returned
        Whether it happened.
    edges
        Of the classes of `chance`; a class is open on the left, but for the first.
    confidence
        Level of the intervals.
    ax
        Axes to draw into.

    """
    p, happened = np.asarray(chance, dtype=np.float64), np.asarray(returned, dtype=bool)
    inner = np.asarray(edges, dtype=np.float64)[1:-1]
    klass = np.searchsorted(inner, p, side="left")
    used = np.unique(klass)
    n = np.array([(klass == k).sum() for k in used])
    back = np.array([happened[klass == k].sum() for k in used])
    said = np.array([p[klass == k].mean() for k in used])
    low, high = wilson(back, n, confidence)
    ax = axes_or_new(ax, height=4.2)
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (2, 2)))
    for words, x, y in ((tr("more came back than said"), 0.06, 0.93), (tr("fewer than said"), 0.72, 0.08)):
        ax.text(x, y, words, color=GREY, fontsize=8.5)
    off = (low > said) | (high < said)
    tones = np.where(off, ORANGE, ACCENT)
    ax.vlines(said, low, high, colors=tones.tolist(), linewidth=2)
    ax.scatter(said, back / n, color=tones, s=42, zorder=3)
    for x, y, size in zip(said, high, n, strict=True):
        ax.annotate(
            f"n = {number(size)}", (x, y), xytext=(0, 4), textcoords="offset points", ha="center", fontsize=8
        )
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, _: percent(value, 0))
    ax.set_xlim(0, 1.02)
    ax.set_ylim(0, 1.06)
    ax.set_xlabel(tr("Chance to buy again, said the model"))
    ax.set_ylabel(tr("Share that did buy again"))
    lowest = int(np.argmin(said))
    title(
        ax,
        tr(
            "Of the {n} customers given up by the model (chance {said}), {share} came back",
            n=number(n[lowest]),
            said=percent(said[lowest], 0),
            share=percent(back[lowest] / n[lowest], 0),
        ),
    )
    return ax
