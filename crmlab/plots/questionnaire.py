"""Figures of a questionnaire's quality: what each item adds, how many things a block measures, how many to ask."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from crmlab.plots._frame import axes, headline, listed, named
from crmlab.plots.style import ACCENT, GREY, INK, PALETTE
from crmlab.text import number, percent, tr

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlab.satisfaction import AlphaResult

__all__ = ["alpha_by_block", "item_analysis", "margin_curves", "scree"]

BAD, GOOD = PALETTE[1], ACCENT
#: alpha that Nunnally asks of a scale in early research
ENOUGH = 0.7


def item_analysis(
    alpha: AlphaResult, *, labels: Mapping[str, str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw what becomes of alpha when an item is dropped.

    Parameters
    ----------
    alpha
        Of :func:`~crmlab.satisfaction.cronbach_alpha`; three items or more.
    labels
        Item to its wording.
    ax
        Axes to draw into; new ones if not given.

    """
    table = alpha.items.sort_values("alpha_if_dropped", ascending=False, ignore_index=True)
    ax = axes(ax, height=1.3 + 0.36 * len(table))
    rows = np.arange(len(table))
    harm = (table["alpha_if_dropped"] > alpha.raw).to_numpy()
    colours = list(np.where(harm, BAD, GOOD))
    ax.hlines(rows, alpha.raw, table["alpha_if_dropped"], color=colours, linewidth=2.2, alpha=0.55)
    ax.scatter(table["alpha_if_dropped"], rows, color=colours, s=46, zorder=3)
    ax.axvline(alpha.raw, color=INK, linewidth=1)
    for row, (value, link, bad) in enumerate(
        zip(table["alpha_if_dropped"], table["item_total"], harm, strict=True)
    ):
        ax.annotate(
            tr("{alpha} (item–rest r = {r})", alpha=number(value, 2), r=number(link, 2)),
            (value, row),
            (8 if bad else -8, 0),
            textcoords="offset points",
            ha="left" if bad else "right",
            va="center",
            fontsize=8.5,
        )
    low = min(float(table["alpha_if_dropped"].min()), alpha.raw)
    high = max(float(table["alpha_if_dropped"].max()), alpha.raw)
    span = max(high - low, 0.04)
    ax.set_xlim(low - (1.1 if not harm.all() else 0.08) * span, high + (0.9 if harm.any() else 0.08) * span)
    ax.set_yticks(rows, [named(item, labels) for item in table["item"]])
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(
        tr("Alpha without the item; line: alpha of all {k} items, {raw}", k=alpha.k, raw=number(alpha.raw, 2))
    )
    worst = table.iloc[0]
    if worst["alpha_if_dropped"] > alpha.raw:
        text = tr(
            "Without '{item}' alpha rises from {old} to {new}",
            item=named(worst["item"], labels),
            old=number(alpha.raw, 2),
            new=number(worst["alpha_if_dropped"], 2),
        )
    else:
        text = tr("Every item earns its place: alpha falls without it")
    headline(ax, text, indent=1.6)
    return ax


def alpha_by_block(
    alphas: Mapping[str, AlphaResult], *, labels: Mapping[str, str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw Cronbach's alpha of several blocks with intervals, against .70.

    Parameters
    ----------
    alphas
        Block to its result.
    labels
        Block to its name in the reader's language.
    ax
        Axes to draw into; new ones if not given.

    """
    order = sorted(alphas, key=lambda block: -alphas[block].raw)
    ax = axes(ax, height=1.4 + 0.36 * len(order))
    weak = [block for block in order if alphas[block].raw < ENOUGH]
    for row, block in enumerate(order):
        alpha = alphas[block]
        colour = BAD if block in weak else GOOD
        ax.plot([alpha.low, alpha.high], [row, row], color=colour, linewidth=2.4, alpha=0.55)
        ax.scatter([alpha.raw], [row], color=colour, s=46, zorder=3)
        ax.scatter([alpha.standardised], [row], facecolor="white", edgecolor=colour, s=30, zorder=3)
        ax.annotate(
            number(alpha.raw, 2),
            (alpha.raw, row),
            (0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=8.5,
        )
    ax.axvline(ENOUGH, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    names = [tr("{block} ({k} items)", block=named(block, labels), k=alphas[block].k) for block in order]
    ax.set_yticks(range(len(order)), names)
    ax.set_ylim(len(order) - 0.5, -0.8)
    ax.set_xlim(min(0.0, *(alphas[block].low for block in order)), 1.0)
    ax.grid(visible=False, axis="y")
    levels = listed(sorted({percent(alpha.confidence, 0) for alpha in alphas.values()}))
    ax.set_xlabel(tr("Cronbach's alpha, {level} interval (open dot: standardised)", level=levels))
    text = (
        tr("{n} of {all} blocks fall short of .70", n=len(weak), all=len(order))
        if weak
        else tr("All blocks reach .70")
    )
    headline(ax, text, indent=1.6)
    return ax


def scree(
    eigenvalues: Sequence[float], *, chance: Sequence[float] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the eigenvalues of the items' correlations, largest first.

    Parameters
    ----------
    eigenvalues
        Of the correlation matrix of one or several blocks.
    chance
        Eigenvalues of unrelated answers of the same size (parallel analysis), largest first.
    ax
        Axes to draw into; new ones if not given.

    """
    values = np.sort(np.asarray(eigenvalues, dtype=float))[::-1]
    ax = axes(ax, height=3.1)
    at = np.arange(1, len(values) + 1)
    ax.plot(at, values, color=GOOD, marker="o", linewidth=1.6)
    limit = np.ones(len(values)) if chance is None else np.sort(np.asarray(chance, dtype=float))[::-1]
    ax.plot(at, limit, color=GREY, linewidth=1.2, linestyle=(0, (4, 3)))
    name = tr("mere chance") if chance is not None else tr("one item's worth")
    ax.annotate(
        name,
        (at[-1], limit[-1]),
        (0, 6),
        textcoords="offset points",
        ha="right",
        va="bottom",
        color=GREY,
        fontsize=9,
    )
    ax.annotate(
        number(values[0], 2), (1, values[0]), (8, 0), textcoords="offset points", va="center", fontsize=9
    )
    ax.set_xticks(at)
    ax.set_xlabel(tr("Component"))
    ax.set_ylabel(tr("Eigenvalue"))
    ax.grid(visible=False, axis="x")
    count = int(np.argmin(values > limit)) if (values <= limit).any() else len(values)
    share = number(100 * values[0] / values.sum(), 0)
    text = (
        tr("One component stands out: it holds {share}% of the variance", share=share)
        if count == 1
        else tr("{n} components stand out; the first holds {share}% of the variance", n=count, share=share)
    )
    headline(ax, text)
    return ax


def margin_curves(
    n: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    *,
    target: float | None = None,
    confidence: float = 0.95,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the margin of error against the number of answers, both on logarithmic axes.

    Parameters
    ----------
    n
        Numbers of answers.
    curves
        Name of the score to its margins (points: half the width of the interval).
    target
        A margin that is asked for; drawn as a line, with the number of answers that each curve needs.
    confidence
        Of the intervals that the margins are half of.
    title
        The finding; by default what halving the margin costs.
    ax
        Axes to draw into; new ones if not given.

    """
    ax = axes(ax, height=3.6)
    sizes = np.asarray(n, dtype=float)
    for place, (name, margins) in enumerate(curves.items()):
        values, colour = np.asarray(margins, dtype=float), PALETTE[place]
        ax.plot(sizes, values, color=colour, linewidth=1.8)
        ax.annotate(
            name, (sizes[0], values[0]), (4, 6), textcoords="offset points", color=colour, fontsize=9.5
        )
        if target is not None and values.min() <= target <= values.max():
            need = float(np.exp(np.interp(-np.log(target), -np.log(values), np.log(sizes))))
            ax.plot([need], [target], marker="o", color=colour)
            ax.annotate(
                number(math.ceil(need)),
                (need, target),
                (3, 7),
                textcoords="offset points",
                color=colour,
                fontsize=9.5,
            )
    if target is not None:
        ax.axhline(target, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.xaxis.set_major_formatter(lambda value, _: number(value))
    ax.yaxis.set_major_formatter(lambda value, _: f"±{value:g}")
    ticks = [tick for tick in (1, 2, 5, 10, 20, 50) if min(map(min, curves.values())) <= tick]
    ax.set_yticks(ticks, minor=False)
    ax.yaxis.set_minor_formatter(lambda *_: "")
    ax.set_xlabel(tr("Number of answers"))
    ax.set_ylabel(tr("Margin of error, points ({level})", level=percent(confidence, 0)))
    headline(ax, title or tr("Half the margin costs four times the answers"))
    return ax
