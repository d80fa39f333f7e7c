"""Figures of delivered value: what competing offers give a customer, and cost.

Public: :func:`plot_delivered_value`, :func:`plot_delivered_value_by`, :func:`play_delivered_value`; figures of what a
customer is worth to the firm by formula are in :mod:`crmlab.plots.worth`. Titles state the finding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.plots._axes import axes_or_new, legend_above, slider, title
from crmlab.plots.style import ACCENT, GREY, INK, PALETTE
from crmlab.text import money, number, tr
from crmlab.value import COSTS, VALUES, delivered_value

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from crmlab.value import DeliveredValue

    OffersAt = Callable[[float], pd.DataFrame]

__all__ = [
    "component_labels",
    "play_delivered_value",
    "plot_delivered_value",
    "plot_delivered_value_by",
]

_VALUE_TONES = ("#0b6e6e", "#3f8f8f", "#79b3b3", "#b4d5d5")
_COST_TONES = ("#b34700", "#d97b3c", "#eaa878", "#f6d3bb")


def component_labels() -> dict[str, str]:
    """Return the eight components of delivered value in the language spoken."""
    return {
        "product": tr("product value"),
        "service": tr("service value"),
        "personnel": tr("personnel value"),
        "image": tr("image value"),
        "money": tr("monetary cost"),
        "time": tr("time cost"),
        "energy": tr("physical cost"),
        "psychic": tr("psychic cost"),
    }


def plot_delivered_value(
    result: DeliveredValue,
    *,
    labels: Mapping[Any, str] | None = None,
    currency: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw what each offer gives (up) and costs (down), part by part, and the difference as a mark.

    Parameters
    ----------
    result
        From :func:`crmlab.value.delivered_value`.
    labels
        Offer to its name.
    currency
        Sign before amounts.
    ax
        Axes to draw into.

    """
    table = result.table
    names = [(labels or {}).get(offer, str(offer)) for offer in table.index]
    ax = axes_or_new(ax, height=4.4)
    at = np.arange(len(table))
    words = component_labels()
    for parts, tones, sign in ((VALUES, _VALUE_TONES, 1), (COSTS, _COST_TONES, -1)):
        base = np.zeros(len(table))
        for part, tone in zip(parts, tones, strict=True):
            height = sign * table[part].to_numpy()
            ax.bar(
                at, height, 0.52, bottom=base, color=tone, label=words[part], edgecolor="white", linewidth=0.8
            )
            base += height
    net = table["delivered_value"].to_numpy()
    ax.scatter(at + 0.34, net, marker="D", color=INK, s=34, zorder=4)
    for x, value in zip(at, net, strict=True):
        ax.annotate(
            money(value, currency, 0),
            (x + 0.34, value),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            fontsize=9.5,
            color=INK,
            parse_math=False,
        )
    ax.axhline(0, color=INK, linewidth=1)
    ax.set_xticks(at, names)
    ax.set_xlim(-0.5, len(table) - 0.1)
    ax.grid(visible=False, axis="x")
    ax.yaxis.set_major_formatter(lambda value, _: money(value, currency, 0))
    ax.set_ylabel(tr("Value (up) and cost (down) of one shopping trip"))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8.5)
    title(ax, _winner(net, names, currency))
    return ax


def _winner(net: np.ndarray[Any, Any], names: Sequence[str], currency: str) -> str:
    order = np.argsort(-net, kind="stable")
    return tr(
        "{best} delivers most: {value}, {ahead} more than the next",
        best=names[order[0]],
        value=money(net[order[0]], currency, 0),
        ahead=money(net[order[0]] - net[order[1]], currency, 0),
    )


def _by(
    offers_at: OffersAt, values: ArrayLike
) -> tuple[np.ndarray[Any, Any], list[Any], np.ndarray[Any, Any]]:
    grid = np.asarray(values, dtype=np.float64)
    tables = [delivered_value(offers_at(float(value))).table["delivered_value"] for value in grid]
    return grid, list(tables[0].index), np.array([table.to_numpy() for table in tables])


def plot_delivered_value_by(
    offers_at: OffersAt,
    values: ArrayLike,
    *,
    xlabel: str,
    labels: Mapping[Any, str] | None = None,
    currency: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw the delivered value of each offer over one thing that customers differ in, and where the best one changes.

    Parameters
    ----------
    offers_at
        Gives the offers (columns as for :func:`crmlab.value.delivered_value`) as a customer of that kind sees them.
    values
        The kinds of customers, rising, such as what an hour is worth to them.
    xlabel
        What `values` are, with unit.
    labels, currency, ax
        As in :func:`plot_delivered_value`.

    """
    grid, offers, net = _by(offers_at, values)
    ax = axes_or_new(ax)
    for column, offer in enumerate(offers):
        colour = PALETTE[column]
        ax.plot(grid, net[:, column], color=colour, linewidth=2, label=(labels or {}).get(offer, str(offer)))
    ax.set_ylim(max(float(net.min()), -0.35 * float(net.max())), float(net.max()) * 1.12)
    best = net.argmax(axis=1)
    changes = [_crossing(grid, net, step) for step in np.flatnonzero(np.diff(best)).tolist()]
    for x, y in changes:
        ax.plot([x, x], [ax.get_ylim()[0], y], color=GREY, linewidth=0.9, linestyle=(0, (3, 2)), zorder=1)
        ax.scatter([x], [y], color=INK, s=26, zorder=4)
        ax.annotate(
            money(x, currency, 0),
            (x, y),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=8.5,
            color=INK,
            parse_math=False,
        )
    ax.set_xlim(grid[0], grid[-1])
    ax.set_xlabel(xlabel)
    ax.set_ylabel(tr("Delivered value"))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, _: money(value, currency, 0))
    legend_above(ax, 3)
    at = tr(" and ").join(money(x, currency, 0) for x, _ in changes)
    title(
        ax,
        tr("Same offers, other customers: the best choice changes at {at}", at=at)
        if changes
        else tr("The same offer is best for all"),
        pad=26,
    )
    return ax


def _crossing(grid: np.ndarray[Any, Any], net: np.ndarray[Any, Any], step: int) -> tuple[float, float]:
    """Return where the best offer of one step is overtaken by that of the next: both lines are straight between."""
    old, new = net[step].argmax(), net[step + 1].argmax()
    before, after = net[step, old] - net[step, new], net[step + 1, new] - net[step + 1, old]
    share = before / (before + after)
    x = grid[step] + share * (grid[step + 1] - grid[step])
    return float(x), float(net[step, old] + share * (net[step + 1, old] - net[step, old]))


def play_delivered_value(
    offers_at: OffersAt,
    values: ArrayLike,
    *,
    prefix: str,
    suffix: str = "",
    start: int = 0,
    labels: Mapping[Any, str] | None = None,
    currency: str = "",
) -> Any:
    """Return bars of delivered value with a slider over `values`; the title names the winner at each stop.

    Parameters
    ----------
    offers_at, values, labels, currency
        As in :func:`plot_delivered_value_by`.
    prefix, suffix
        Words around the value at which the slider stands.
    start
        Position at which it stands first.

    """
    import plotly.graph_objects as go

    grid, offers, net = _by(offers_at, values)
    names = [(labels or {}).get(offer, str(offer)) for offer in offers]

    def bars(step: int) -> dict[str, Any]:
        return {
            "y": net[step].round(2).tolist(),
            "text": [money(value, currency, 0) for value in net[step]],
            "marker.color": [
                ACCENT if column == net[step].argmax() else "#b4d5d5" for column in range(len(offers))
            ],
        }

    def head(step: int) -> str:
        order = np.argsort(-net[step], kind="stable")
        return tr(
            "{best} delivers most: {value},<br>{ahead} more than the next",
            best=names[order[0]],
            value=money(net[step, order[0]], currency, 0),
            ahead=money(net[step, order[0]] - net[step, order[1]], currency, 0),
        )

    stops = [
        (number(value), {key: [seen] for key, seen in bars(step).items()}, head(step))
        for step, value in enumerate(grid)
    ]
    first = bars(start)
    figure = go.Figure(
        go.Bar(
            x=names,
            y=first["y"],
            text=first["text"],
            marker={"color": first["marker.color"]},
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{x}: %{y:.1f}<extra></extra>",
        )
    )
    low, high = min(0.0, float(net.min())), float(net.max())
    figure.update_layout(
        title={"text": head(start)},
        margin={"t": 72},
        yaxis={
            "range": [low * 1.25, high * 1.2],
            "title": {"text": tr("Delivered value")},
            "tickprefix": currency,
        },
        sliders=[slider(stops, start, prefix=prefix, suffix=suffix)],
        height=450,
    )
    return figure
