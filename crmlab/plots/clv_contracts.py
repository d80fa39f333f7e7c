"""Figures of contracts: how long customers stay, who renews, and what a customer is worth by tenure.

Public: :func:`plot_survival`, :func:`play_survival`, :func:`plot_retention`, :func:`plot_residual`. The title states
the finding, computed from what is drawn, in the language spoken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlab.plots._axes import axes_or_new, legend_above, title
from crmlab.plots.clv_report import plotly_title
from crmlab.plots.style import ACCENT, GREY, PALETTE
from crmlab.text import number, percent, tr

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    Period = Literal["month", "quarter", "year"]

__all__ = ["play_survival", "plot_residual", "plot_retention", "plot_survival"]

ORANGE = PALETTE[1]
#: renewals that fewer customers faced are drawn hollow
_FEW = 20
#: largest axis that shows every renewal
_TICKS = 12


def plot_survival(
    seen: pd.DataFrame, curves: pd.DataFrame, *, period: Period = "month", ax: Axes | None = None
) -> Axes:
    """Draw what share of the customers is still there after each renewal: as seen, and by the model, which goes on.

    Parameters
    ----------
    seen
        As :func:`crmlab.clv.observed_retention` returns it.
    curves
        As ``curves`` of a fitted model of contracts returns it; the further it reaches, the further is drawn.
    period
        What a period is.
    ax
        Axes to draw into.

    """
    ax = axes_or_new(ax, height=2.9)
    at, share = np.append(0, seen["renewal"]), np.append(1.0, seen["survival"])
    low, high = np.append(1.0, seen["survival_low"]), np.append(1.0, seen["survival_high"])
    ax.fill_between(
        curves["period"],
        curves["survival_low"],
        curves["survival_high"],
        color=ORANGE,
        alpha=0.2,
        linewidth=0,
    )
    ax.plot(
        curves["period"], curves["survival"], color=ORANGE, linewidth=1.8, label=tr("by the model"), zorder=3
    )
    ax.vlines(at, low, high, color=ACCENT, alpha=0.4, linewidth=1.2)
    ax.plot(at, share, "o", color=ACCENT, markersize=4, label=tr("seen"), zorder=4)
    last = int(seen["renewal"].iloc[-1])
    end = int(curves["period"].iloc[-1])
    if end > last:
        ax.axvspan(last, end, color=GREY, alpha=0.08, linewidth=0)
        ax.text((last + end) / 2, 0.97, tr("not seen yet"), color=GREY, fontsize=8.5, ha="center", va="top")
    ax.set_ylim(0, 1.02)
    _frame(ax, period, end)
    ax.set_ylabel(tr("Customers still there"))
    legend_above(ax, 2)
    title(ax, _survival_title(seen, curves, period), pad=26)
    return ax


def _survival_title(seen: pd.DataFrame, curves: pd.DataFrame, period: Period) -> str:
    share = curves["survival"].to_numpy()
    gone = np.flatnonzero(share <= 0.5)
    if len(gone):
        return tr("Half of the customers have left after {time}", time=periods(int(gone[0]), period))
    return tr(
        "After {time}, {share} of the customers are still there",
        time=periods(int(seen["renewal"].iloc[-1]), period),
        share=percent(float(seen["survival"].iloc[-1]), 0),
    )


def play_survival(seen: pd.DataFrame, curves: pd.DataFrame, *, period: Period = "month") -> Any:
    """Return the figure of :func:`plot_survival` as a plotly figure: point at a renewal to read it."""
    import plotly.graph_objects as go

    figure = go.Figure()
    x = curves["period"].tolist()
    figure.add_scatter(
        x=[*x, *x[::-1]],
        y=[*curves["survival_high"], *curves["survival_low"][::-1]],
        fill="toself",
        fillcolor="rgba(217,119,6,0.18)",
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=x,
        y=curves["survival"],
        mode="lines",
        name=tr("by the model"),
        line={"color": ORANGE},
        hovertemplate=tr("by the model") + "<br>%{x}: %{y:.1%}<extra></extra>",
    )
    figure.add_scatter(
        x=[0, *seen["renewal"]],
        y=[1.0, *seen["survival"]],
        mode="markers",
        name=tr("seen"),
        marker={"color": ACCENT, "size": 7},
        hovertemplate=tr("seen") + "<br>%{x}: %{y:.1%}<extra></extra>",
    )
    figure.update_layout(
        title=plotly_title(_survival_title(seen, curves, period)),
        xaxis={"title": _axis(period), "showgrid": False},
        yaxis={"title": tr("Customers still there"), "tickformat": ".0%", "range": [0, 1.02]},
        legend={"orientation": "h", "y": -0.25},
        height=440,
    )
    return figure


def plot_retention(
    seen: pd.DataFrame,
    curves: pd.DataFrame,
    *,
    period: Period = "month",
    split: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what share of those facing a renewal renews: as seen, and by the model.

    Parameters
    ----------
    seen, curves, period, ax
        As for :func:`plot_survival`.
    split
        Last renewal that the model had seen; those after it are a test.

    """
    ax = axes_or_new(ax, height=2.7)
    known = curves.dropna(subset=["retention"])
    known = known[known["period"] <= int(seen["renewal"].iloc[-1])]
    ax.fill_between(
        known["period"], known["retention_low"], known["retention_high"], color=ORANGE, alpha=0.2, linewidth=0
    )
    ax.plot(
        known["period"], known["retention"], color=ORANGE, linewidth=1.8, label=tr("by the model"), zorder=3
    )
    ax.vlines(
        seen["renewal"], seen["retention_low"], seen["retention_high"], color=ACCENT, alpha=0.4, linewidth=1.2
    )
    many = seen["faced"] >= _FEW
    ax.plot(
        seen["renewal"][many],
        seen["retention"][many],
        "o",
        color=ACCENT,
        markersize=4,
        label=tr("seen"),
        zorder=4,
    )
    if (~many).any():
        ax.plot(
            seen["renewal"][~many],
            seen["retention"][~many],
            "o",
            markerfacecolor="white",
            markeredgecolor=ACCENT,
            markersize=4,
            label=tr("seen, of fewer than {n} customers", n=_FEW),
            zorder=4,
        )
    end = int(seen["renewal"].iloc[-1])
    if split is not None:
        ax.axvspan(split + 0.5, end + 0.5, color=GREY, alpha=0.12, linewidth=0)
    floor = float(min(seen["retention"][many].min() if many.any() else 1, known["retention"].min()))
    bottom = max(0.0, np.floor((floor - 0.06) * 20) / 20)
    ax.set_ylim(bottom, 1.01 if bottom > 0.6 else 1.03)
    _frame(ax, period, end)
    ax.set_xlim(0.5, end + 0.5)
    ax.set_ylabel(tr("Renew, of those who could"))
    legend_above(ax, 3)
    title(ax, _retention_title(known, split), pad=26)
    return ax


def _retention_title(known: pd.DataFrame, split: int | None) -> str:
    if split is not None:
        return tr("After renewal {split} the model had seen nothing; this is what came", split=split)
    first, last = float(known["retention"].iloc[0]), float(known["retention"].iloc[-1])
    told = {"first": percent(first), "last": percent(last), "n": number(int(known["period"].iloc[-1]))}
    if len(known) < 2 or told["first"] == told["last"]:
        return tr("About {first} renew each time", **told)
    lowest = int(known["retention"].to_numpy().argmin())
    if 0 < lowest < len(known) - 1:
        return tr(
            "Renewal is lowest at renewal {n}, where {lowest} renew",
            n=number(int(known["period"].iloc[lowest])),
            lowest=percent(float(known["retention"].iloc[lowest])),
        )
    if last > first:
        return tr("At the first renewal {first} renew, at renewal {n} {last} of those still there", **told)
    return tr("Renewal falls from {first} at the first to {last} at renewal {n}", **told)


def plot_residual(by_tenure: pd.DataFrame, *, period: Period = "month", ax: Axes | None = None) -> Axes:
    """Draw the discounted payments still to be expected of a customer, by how often he has renewed.

    Parameters
    ----------
    by_tenure
        As :func:`crmlab.clv.contract_value` returns it.
    period, ax
        As for :func:`plot_survival`.

    """
    ax = axes_or_new(ax, height=2.7)
    ax.fill_between(
        by_tenure["tenure"],
        by_tenure["derl_low"],
        by_tenure["derl_high"],
        color=ACCENT,
        alpha=0.2,
        linewidth=0,
    )
    few = len(by_tenure) <= _TICKS
    ax.plot(by_tenure["tenure"], by_tenure["derl"], color=ACCENT, marker="o" if few else None, markersize=4)
    if len(by_tenure) == 1:
        only = by_tenure.iloc[0]
        ax.vlines(only["tenure"], only["derl_low"], only["derl_high"], color=ACCENT, alpha=0.5)
    ax.set_ylim(bottom=0)
    _frame(ax, period, int(by_tenure["tenure"].iloc[-1]), start=int(by_tenure["tenure"].iloc[0]))
    ax.set_xlabel(tr("Renewals so far"))
    ax.set_ylabel(tr("Payments to come, discounted"))
    first, last = by_tenure.iloc[0], by_tenure.iloc[-1]
    title(
        ax,
        tr(
            "After {n} renewals a customer is worth {last} more payments, after {m} only {first}",
            n=number(int(last["tenure"])),
            m=number(int(first["tenure"])),
            last=number(float(last["derl"]), 1),
            first=number(float(first["derl"]), 1),
        )
        if len(by_tenure) > 1
        else tr("A customer of today is worth {last} more payments", last=number(float(last["derl"]), 1)),
    )
    return ax


def periods(n: float, period: Period) -> str:
    """Return a number of periods in words.

    >>> periods(3, "quarter"), periods(1, "year")
    ('3 quarters', '1 year')
    """
    shown = number(n, 0 if float(n).is_integer() else 1)
    if n == 1:
        return {"month": tr("1 month"), "quarter": tr("1 quarter"), "year": tr("1 year")}[period]
    return {
        "month": tr("{n} months", n=shown),
        "quarter": tr("{n} quarters", n=shown),
        "year": tr("{n} years", n=shown),
    }[period]


def _axis(period: Period) -> str:
    return {
        "month": tr("Renewal (months since the start)"),
        "quarter": tr("Renewal (quarters since the start)"),
        "year": tr("Renewal (years since the start)"),
    }[period]


def _frame(ax: Axes, period: Period, end: int, *, start: int = 0) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(_TICKS, integer=True))
    ax.set_xlim(start - 0.4, end + 0.4)
    ax.set_xlabel(_axis(period))
    if ax.get_ylim()[1] <= 1.1:
        ax.yaxis.set_major_formatter(lambda value, _: percent(value, 0))
    else:
        ax.yaxis.set_major_formatter(lambda value, _: number(value))
