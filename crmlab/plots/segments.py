"""Figures of what customers are worth to date: segments by RFM, concentration of revenue, revenue in danger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.plots._frame import axes, clear_labels, headline
from crmlab.plots.loyalty import SEGMENTS, short_number, top_line
from crmlab.plots.style import ACCENT, GREY, MUTED, PALETTE
from crmlab.text import number, percent, tr

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["concentration_title", "danger_by_segment", "revenue_concentration", "rfm_map", "rfm_title"]

BAD, GOOD = PALETTE[1], ACCENT


def rfm_map(segments: pd.DataFrame, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Draw the segments by recency and frequency; the area of a circle is the segment's revenue.

    Parameters
    ----------
    segments
        As in :class:`~crmlab.rfm.RFMSegments`, empty ones left out.
    currency
        Sign of the amounts.
    ax
        Axes to draw into; new ones if not given.

    """
    ax = axes(ax, height=3.4)
    shown = segments[segments["customers"] > 0].sort_values("revenue", ascending=False)
    size = shown["revenue"].clip(lower=0) / max(float(shown["revenue"].max()), 1e-300)
    x, y = shown["mean_recency_days"].to_numpy(dtype=float), shown["mean_frequency"].to_numpy(dtype=float)
    colours = [BAD if name in {"cannot_lose", "at_risk"} else GOOD for name in shown["segment"]]
    ax.scatter(x, y, s=30 + 1500 * size, c=colours, alpha=0.35, linewidth=0)
    ax.scatter(x, y, s=12, c=colours)
    if y.max() > 5 * max(y.min(), 1e-9):
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        ax.yaxis.set_minor_formatter(lambda value, _: f"{value:g}" if value in {2, 5, 20, 50, 200} else "")
    ax.margins(0.16, 0.2)
    ax.invert_xaxis()
    ax.set_xlabel(tr("Days since the last purchase, mean (recent at the right)"))
    ax.set_ylabel(tr("Purchases per customer, mean"))
    names = [
        f"{tr(SEGMENTS[name])}\n{short_number(revenue, currency)}"
        for name, revenue in zip(shown["segment"], shown["revenue"], strict=True)
    ]
    clear_labels(ax, x.tolist(), y.tolist(), names, size=8)
    headline(ax, rfm_title(shown))
    return ax


def rfm_title(segments: pd.DataFrame) -> str:
    """Say what the segment with the most revenue holds; `segments` begin with it."""
    first = segments.iloc[0]
    return tr(
        "{segment}: {share} of customers, {revenue} of revenue",
        segment=tr(SEGMENTS[first["segment"]]),
        share=percent(first["share"], 0),
        revenue=percent(first["revenue_share"], 0),
    )


def revenue_concentration(
    curve: pd.DataFrame, *, top: float = 0.1, share: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the cumulated share of revenue against that of customers, those who spent most first.

    Parameters
    ----------
    curve
        Cumulated shares ``customers`` and ``revenue``, from 0 to 1.
    top, share
        Share of customers that the title speaks of, and the revenue it holds; None draws the curve alone.
    ax
        Axes to draw into; new ones if not given.

    """
    ax = axes(ax, height=2.4)
    ax.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    ax.annotate(
        tr("if all spent alike"),
        (0.72, 0.72),
        (6, -10),
        textcoords="offset points",
        color=GREY,
        fontsize=8.5,
    )
    ax.plot(curve["customers"], curve["revenue"], color=GOOD, linewidth=2)
    if share is not None:
        ax.plot([top, top, 0], [0, share, share], color=BAD, linewidth=1, linestyle=(0, (3, 2)))
        ax.plot(top, share, "o", color=BAD)
        ax.annotate(percent(share), (top, share), (8, -4), textcoords="offset points", color=BAD, fontsize=10)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.02)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, _: percent(value, 0))
    ax.set_xlabel(tr("Customers, those who spent most first"))
    ax.set_ylabel(tr("Share of revenue"))
    headline(ax, concentration_title(top, share), indent=0.7)
    return ax


def concentration_title(top: float, share: float | None) -> str:
    """Return the title of the figure of concentration."""
    if share is None:
        return tr("How revenue is spread over the customers")
    return tr(
        "The {top} of customers who spent most brought {share} of revenue",
        top=percent(top, 0),
        share=percent(share),
    )


def danger_by_segment(
    rows: pd.DataFrame,
    *,
    currency: str = "",
    days: int = 365,
    total: tuple[int, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the revenue of the customers in danger of leaving, by segment, with their number.

    Parameters
    ----------
    rows
        ``segment``, ``in_danger`` (customers), ``revenue_at_risk``; those without revenue are not drawn.
    currency
        Sign of the amounts.
    days
        Days over which the revenue was counted.
    total
        All customers in danger and their revenue, for the title; default: those of the rows.
    ax
        Axes to draw into; new ones if not given.

    """
    shown = rows[(rows["in_danger"] > 0) & (rows["revenue_at_risk"] > 0)].sort_values("revenue_at_risk")
    ax = axes(ax, height=1.1 + 0.27 * len(shown))
    place = np.arange(len(shown))
    ax.barh(place, shown["revenue_at_risk"], color=BAD, height=0.68)
    top = max(float(shown["revenue_at_risk"].max()), 1e-300)
    for row, revenue, customers in zip(place, shown["revenue_at_risk"], shown["in_danger"], strict=True):
        ax.text(
            revenue + 0.015 * top,
            float(row),
            tr(
                "{amount}, {n} customers",
                amount=short_number(float(revenue), currency),
                n=number(customers),
            ),
            va="center",
            fontsize=8.5,
        )
    ax.set_yticks(place, [tr(SEGMENTS[name]) for name in shown["segment"]])
    ax.set_xlim(0, 1.34 * top)
    ax.xaxis.set_major_formatter(lambda value, _: short_number(value, currency))
    ax.set_xlabel(tr("Their revenue in the last {days} days", days=number(days)))
    ax.grid(visible=False, axis="y")
    n, brought = total or (int(shown["in_danger"].sum()), float(shown["revenue_at_risk"].sum()))
    top_line(
        ax,
        tr(
            "{n} customers in danger of leaving; they brought {amount} in the last {days} days",
            n=number(n),
            amount=short_number(brought, currency),
            days=number(days),
        ),
    )
    return ax
