"""Figures of the report on customer lifetime value: who is active, and what the months bring.

Public: :func:`plot_alive`, :func:`plot_months`, :func:`play_months`, :func:`play_whale_curve`. The title states the
finding, computed from what is drawn, in the language spoken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.plots._axes import axes_or_new, legend_above, title
from crmlab.plots.style import ACCENT, GREY, MUTED, PALETTE
from crmlab.text import date, money, number, percent, tr

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

__all__ = ["play_months", "play_whale_curve", "plot_alive", "plot_months"]

ORANGE = PALETTE[1]
#: probabilities from which a customer is called very probably active, and below which probably lost
ACTIVE, LOST = 0.8, 0.2
#: most labels under an axis of months
_LABELS = 9
#: days of a month, as the models count
_MONTH = 30.4375


def plot_alive(
    probability: ArrayLike, frequency: ArrayLike, *, once_told: bool = False, ax: Axes | None = None
) -> Axes:
    """Draw customers by their probability of being active, those who bought once in grey.

    Parameters
    ----------
    probability
        Probability of being active of each customer.
    frequency
        Repeat purchases of each customer.
    once_told
        Whether the model can tell of those who bought once; the BG/NBD cannot.
    ax
        Axes to draw into.

    """
    from matplotlib.ticker import MaxNLocator

    p, x = np.asarray(probability, dtype=np.float64), np.asarray(frequency)
    ax = axes_or_new(ax, height=2.2)
    edges = np.linspace(0, 1, 21)
    again, _ = np.histogram(p[x > 0], edges)
    once, _ = np.histogram(p[x == 0], edges)
    middle = (edges[:-1] + edges[1:]) / 2
    ax.bar(middle, again, 0.044, color=ACCENT, label=tr("bought more than once"))
    if once.any():
        label = tr("bought once") if once_told else tr("bought once: the model cannot tell")
        ax.bar(middle, once, 0.044, bottom=again, color=MUTED, label=label)
        legend_above(ax, 2)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(lambda value, _: percent(value, 0))
    ax.yaxis.set_major_formatter(lambda value, _: number(value))
    ax.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.set_xlabel(tr("Probability of being active"))
    ax.set_ylabel(tr("Customers"))
    ax.grid(visible=False, axis="x")
    counted = p if once_told else p[x > 0]
    shares = {
        "high": percent((counted >= ACTIVE).mean(), 0),
        "low": percent((counted < LOST).mean(), 0),
    }
    title(
        ax,
        tr("{high} of the customers are very probably active, and {low} are probably lost", **shares)
        if once_told
        else tr(
            "Of those who bought more than once, {high} are very probably active, and {low} are probably lost",
            **shares,
        ),
        pad=26 if once.any() else None,
    )
    return ax


def plot_months(
    past: pd.DataFrame, months: pd.DataFrame, *, currency: str = "", ax: Axes | None = None
) -> Axes:
    """Draw revenue month by month: what was, by first and repeat purchases, and what today's customers will bring.

    Parameters
    ----------
    past
        Columns ``end_date``, ``first``, ``repeat`` (money), the last row ends where the forecast begins.
    months
        Columns ``end_date``, ``revenue``, ``revenue_low``, ``revenue_high`` (money).
    currency
        Sign of the amounts.
    ax
        Axes to draw into.

    """
    from matplotlib.dates import AutoDateLocator, DateFormatter

    ax = axes_or_new(ax, height=2.5)
    was, will = _middles(past), _middles(months)
    wide = 0.8 * _MONTH
    ax.bar(was, past["repeat"], wide, color=ACCENT, label=tr("repeat purchases"))
    ax.bar(was, past["first"], wide, bottom=past["repeat"], color=MUTED, label=tr("first purchases"))
    ax.bar(will, months["revenue"], wide, color=ORANGE, label=tr("expected of today's customers"))
    reach = np.array([months["revenue"] - months["revenue_low"], months["revenue_high"] - months["revenue"]])
    ax.errorbar(will, months["revenue"], yerr=reach, fmt="none", ecolor=GREY, elinewidth=1)
    ax.xaxis.set_major_locator(AutoDateLocator(minticks=4, maxticks=_LABELS))  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_formatter(DateFormatter("%Y-%m"))  # type: ignore[no-untyped-call]
    ax.axvline(past["end_date"].iloc[-1], color=GREY, linewidth=1, linestyle=(0, (2, 2)))
    ax.yaxis.set_major_formatter(lambda value, _: _tick(value, currency, ax.get_ylim()[1]))
    ax.set_ylabel(tr("Revenue of a month"))
    ax.set_xlabel(tr("Months of 30.4 days"))
    ax.grid(visible=False, axis="x")
    legend_above(ax, 3)
    title(ax, _months_title(months, currency), pad=26)
    return ax


def _middles(months: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    import pandas as pd

    middles: pd.Series[pd.Timestamp] = months["end_date"] - pd.Timedelta(days=_MONTH / 2)
    return middles


def _months_title(months: pd.DataFrame, currency: str) -> str:
    first, last = float(months["revenue"].iloc[0]), float(months["revenue"].iloc[-1])
    if len(months) < 2 or not first > 0:
        return tr("Today's customers are expected to bring {first} next month", first=_short(first, currency))
    return tr(
        "Without new customers, revenue falls from {first} next month to {last} in month {n}",
        first=_short(first, currency),
        last=_short(last, currency),
        n=len(months),
    )


def _short(value: float, currency: str) -> str:
    return money(value, currency, 0 if abs(value) >= 100 else 2 if abs(value) >= 1 else 4)


def _tick(value: float, currency: str, top: float) -> str:
    digits = 0 if top >= 10 else 2 if top >= 0.1 else 4
    return money(value, currency, digits)


def play_months(past: pd.DataFrame, months: pd.DataFrame, *, currency: str = "") -> Any:
    """Return the figure of :func:`plot_months` as a plotly figure: point at a month to read it."""
    import plotly.graph_objects as go

    figure = go.Figure()
    to_end = tr("month up to {end}", end="%{customdata}")
    for name, colour, table, column in (
        (tr("repeat purchases"), ACCENT, past, "repeat"),
        (tr("first purchases"), MUTED, past, "first"),
        (tr("expected of today's customers"), ORANGE, months, "revenue"),
    ):
        bars: dict[str, Any] = {
            "x": [f"{day:%Y-%m-%d}" for day in _middles(table)],
            "y": table[column],
            "customdata": [date(end) for end in table["end_date"]],
        }
        if column == "revenue":
            bars["error_y"] = {
                "type": "data",
                "symmetric": False,
                "array": months["revenue_high"] - months["revenue"],
                "arrayminus": months["revenue"] - months["revenue_low"],
                "color": GREY,
                "thickness": 1,
            }
        figure.add_bar(
            name=name,
            marker_color=colour,
            width=0.8 * _MONTH * 86_400_000,
            hovertemplate=f"{name}<br>{to_end}<br>{_shielded(currency)}%{{y:,.2f}}<extra></extra>",
            **bars,
        )
    figure.update_layout(
        barmode="stack",
        title=plotly_title(_months_title(months, currency)),
        xaxis={"type": "date", "tickformat": "%Y-%m", "nticks": _LABELS, "tickangle": 0, "showgrid": False},
        yaxis={"title": tr("Revenue of a month"), "tickprefix": _shielded(currency)},
        legend={"orientation": "h", "y": -0.25},
        height=440,
    )
    return figure


def play_whale_curve(values: ArrayLike, *, currency: str = "") -> Any:
    """Return the share of all value that the best customers bring as a plotly figure.

    Parameters
    ----------
    values
        Value of each customer.
    currency
        Sign of the amounts.

    """
    import plotly.graph_objects as go

    worth = np.sort(np.asarray(values, dtype=np.float64))[::-1]
    summed = np.cumsum(worth)
    at = np.unique(np.linspace(0, len(worth) - 1, min(len(worth), 400)).round().astype(int))
    people, gained = (at + 1) / len(worth), summed[at] / summed[-1]
    figure = go.Figure(
        go.Scatter(
            x=np.append(0, people),
            y=np.append(0, gained),
            customdata=np.column_stack([np.append(0, at + 1), np.append(0, summed[at])]),
            mode="lines",
            fill="tozeroy",
            fillcolor="rgba(11,110,110,0.10)",
            line={"color": ACCENT, "width": 2.5},
            hovertemplate=tr("best {people} of the customers ({n}): {gained} of the value").format(
                people="%{x:.1%}", n="%{customdata[0]:,}", gained="%{y:.1%}"
            )
            + "<br>"
            + tr("together {sum}", sum=_shielded(currency) + "%{customdata[1]:,.2f}")
            + "<extra></extra>",
        )
    )
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": GREY, "dash": "dot", "width": 1}, hoverinfo="skip"
    )
    figure.update_layout(
        title=plotly_title(
            tr(
                "The best {share} of the customers bring {gained} of the value",
                share=percent(0.1, 0),
                gained=percent(float(np.interp(0.1, np.append(0, people), np.append(0, gained))), 0),
            )
        ),
        xaxis={"title": tr("Customers, the most valuable first"), "tickformat": ".0%", "range": [0, 1]},
        yaxis={"title": tr("Share of the value of all"), "tickformat": ".0%", "rangemode": "tozero"},
        showlegend=False,
        height=440,
    )
    return figure


def _shielded(text: str) -> str:
    """Return text from the user so that plotly takes it for no markup, no placeholder and no formula."""
    from html import escape

    return escape(text).replace("%", "").replace("$", "&#36;")


def plotly_title(words: str) -> str:
    """Return a title for plotly, in lines, with nothing in it that plotly takes for markup."""
    from crmlab.plots.wrapping import wrap

    return "<br>".join(_shielded_title(line) for line in wrap(words, 7.5, 11))


def _shielded_title(line: str) -> str:
    from html import escape

    return escape(line, quote=False).replace("$", "&#36;")
