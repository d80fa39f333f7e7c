"""Figures of what a customer is worth by formula, and of formulas against data.

Public: :func:`plot_value_steps`, :func:`plot_value_by_retention`, :func:`play_retention`,
:func:`plot_spending_by_quarter`, :func:`plot_acquisition_limit`. Titles state the finding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.plots._axes import axes_or_new, legend_above, slider, title
from crmlab.plots.style import ACCENT, GREY, INK, PALETTE
from crmlab.text import money, number, percent, tr
from crmlab.value import retention_clv

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

__all__ = [
    "play_retention",
    "plot_acquisition_limit",
    "plot_spending_by_quarter",
    "plot_value_by_retention",
    "plot_value_steps",
]


def plot_value_steps(steps: Mapping[str, float], *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Draw how a large number shrinks, one correction a bar.

    Parameters
    ----------
    steps
        Label to value, from the first number to the last.
    currency
        Sign before amounts.
    ax
        Axes to draw into.

    """
    ax = axes_or_new(ax, height=0.52 * len(steps) + 1.0)
    names, values = list(steps), np.array(list(steps.values()), dtype=np.float64)
    at = np.arange(len(values))
    tones = ["#b4d5d5"] * (len(values) - 1) + [ACCENT]
    ax.barh(at, values, 0.6, color=tones)
    for y, value in zip(at, values, strict=True):
        ax.annotate(
            money(value, currency, 0),
            (value, y),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=9.5,
            color=INK,
            parse_math=False,
        )
    ax.set_yticks(at, names)
    ax.invert_yaxis()
    ax.set_xlim(0, values.max() * 1.15)
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.grid(visible=False)
    title(
        ax,
        tr(
            "Of {first}, {last} are left: {share}",
            first=money(values[0], currency, 0),
            last=money(values[-1], currency, 0),
            share=percent(values[-1] / values[0], 0),
        ),
    )
    return ax


def plot_value_by_retention(
    margin: float,
    *,
    discount_rates: Sequence[float] = (0.05, 0.10, 0.15),
    marks: tuple[float, float] = (0.80, 0.90),
    currency: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw lifetime value over the retention rate (first margin after the first renewal, no end).

    Parameters
    ----------
    margin
        Margin a year.
    discount_rates
        One line each; the middle one carries the marks.
    marks
        Two retention rates that the title compares.
    currency
        Sign before amounts.
    ax
        Axes to draw into.

    """
    ax = axes_or_new(ax)
    grid = np.linspace(0.4, 0.95, 111)
    for line, rate in enumerate(discount_rates):
        worth = [retention_clv(margin, float(r), rate).value for r in grid]
        ax.plot(grid, worth, color=PALETTE[(0, 1, 2)[line % 3]], linewidth=2)
        ax.annotate(
            tr("discount {rate}", rate=percent(rate, 0)),
            (grid[-1], worth[-1]),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=PALETTE[(0, 1, 2)[line % 3]],
        )
    rate = discount_rates[len(discount_rates) // 2]
    low, high = (retention_clv(margin, mark, rate).value for mark in marks)
    ax.scatter(marks, [low, high], color=INK, s=26, zorder=4)
    for mark, value in zip(marks, (low, high), strict=True):
        ax.annotate(
            money(value, currency, 0),
            (mark, value),
            xytext=(-5, 7),
            textcoords="offset points",
            ha="right",
            fontsize=9,
            color=INK,
            parse_math=False,
        )
    ax.xaxis.set_major_formatter(lambda value, _: percent(value, 0))
    ax.yaxis.set_major_formatter(lambda value, _: money(value, currency, 0))
    ax.set_xlabel(tr("Retention rate a year"))
    ax.set_ylabel(tr("Lifetime value"))
    ax.set_xlim(grid[0], grid[-1])
    ax.set_ylim(bottom=0)
    title(
        ax,
        tr(
            "From {low} to {high} retention, a customer's value grows to {times} times as much",
            low=percent(marks[0], 0),
            high=percent(marks[1], 0),
            times=number(high / low, 1),
        ),
    )
    return ax


def play_retention(
    margin: float,
    *,
    discount_rate: float,
    retentions: ArrayLike,
    start: int = 0,
    years: int = 20,
    currency: str = "",
) -> Any:
    """Return the present value of each year's expected margin, with a slider over the retention rate.

    Parameters
    ----------
    margin, discount_rate
        A year's margin and discount rate.
    retentions
        Stops of the slider.
    start
        Position at which it stands first.
    years
        Years drawn; the title tells the value of all years to come.
    currency
        Sign before amounts.

    """
    import plotly.graph_objects as go

    rates: list[float] = np.asarray(retentions, dtype=np.float64).tolist()
    t = np.arange(1, years + 1)

    def bars(r: float) -> list[float]:
        told: list[float] = (margin * (r / (1 + discount_rate)) ** t).round(2).tolist()
        return told

    def head(r: float) -> str:
        worth = retention_clv(margin, r, discount_rate)
        return tr(
            "Worth {value};<br>expected to stay {years} years more",
            value=money(worth.value, currency, 0),
            years=number(worth.expected_periods, 1),
        )

    stops = [(percent(r, 0), {"y": [bars(r)]}, head(r)) for r in rates]
    figure = go.Figure(
        go.Bar(
            x=t,
            y=bars(rates[start]),
            marker={"color": ACCENT},
            hovertemplate=tr("year") + " %{x}: " + currency + "%{y:,.0f}<extra></extra>",
        )
    )
    figure.update_layout(
        title={"text": head(rates[start])},
        margin={"t": 72},
        xaxis={"title": {"text": tr("Year")}, "dtick": 2},
        yaxis={"title": {"text": tr("Present value")}, "range": [0, margin], "tickprefix": currency},
        sliders=[slider(stops, start, prefix=tr("Retention: "))],
        height=450,
    )
    return figure


def plot_spending_by_quarter(
    table: pd.DataFrame, *, labels: Mapping[str, str], seen: int, currency: str = "", ax: Axes | None = None
) -> Axes:
    """Draw repeat spending a customer by quarter since the first purchase: actual, and by several formulas.

    Parameters
    ----------
    table
        Indexed by quarter (1, 2, …); column ``actual`` first, then one column a formula.
    labels
        Column to its name.
    seen
        Quarters that the formulas have learnt from.
    currency
        Sign before amounts.
    ax
        Axes to draw into.

    """
    ax = axes_or_new(ax, height=4.0)
    styles = ((0, ()), (0, (4, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))
    ax.bar(table.index, table["actual"], 0.62, color="#b4d5d5", label=labels["actual"], zorder=1)
    for line, name in enumerate(table.columns[1:]):
        ax.plot(
            table.index,
            table[name],
            color=PALETTE[line + 1],
            marker="o",
            markersize=4.5,
            linestyle=styles[line + 1],
            linewidth=1.8,
            label=labels[name],
        )
    ax.set_xticks(table.index)
    ax.set_xlabel(tr("Quarter (13 weeks) since the first purchase"))
    ax.set_ylabel(tr("Repeat spending a customer"))
    ax.yaxis.set_major_formatter(lambda value, _: money(value, currency, 0))
    ax.grid(visible=False, axis="x")
    ax.axvline(seen + 0.5, color=GREY, linewidth=0.9, linestyle=(0, (3, 2)))
    ax.set_ylim(0, float(table.to_numpy().max()) * 1.12)
    legend_above(ax, 2, first=labels["actual"])
    total = table.sum()
    came = tr("In {n} quarters {actual} came", n=len(table), actual=money(total["actual"], currency, 0))
    said = tr("; ").join(f"{labels[name]} {money(total[name], currency, 0)}" for name in table.columns[1:])
    title(ax, f"{came}\n{said}", pad=42)
    return ax


def plot_acquisition_limit(
    worth: pd.DataFrame,
    *,
    chosen: float,
    months: int,
    paid: float,
    currency: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw what a new customer is worth, first purchase included, over the months looked ahead, by margin.

    Parameters
    ----------
    worth
        Indexed by months; one column a margin (as a fraction).
    chosen, months
        Margin and horizon that the title tells about.
    paid
        What winning a customer has cost.
    currency
        Sign before amounts.
    ax
        Axes to draw into.

    """
    ax = axes_or_new(ax)
    for line, margin in enumerate(worth.columns):
        thick = 2.4 if str(margin) == str(chosen) else 1.6
        ax.plot(worth.index, worth[margin], color=PALETTE[line], linewidth=thick)
        ax.annotate(
            tr("margin {margin}", margin=percent(margin, 0)),
            (worth.index[-1], worth[margin].iloc[-1]),
            xytext=(5, 0),
            textcoords="offset points",
            color=PALETTE[line],
            fontsize=9,
            va="center",
        )
    ax.axhline(paid, color=INK, linewidth=1, linestyle=(0, (3, 2)))
    words = tr("spent to win one customer: {paid}", paid=money(paid, currency, 0))
    ax.annotate(
        words,
        (worth.index[0], paid),
        xytext=(4, 4),
        textcoords="offset points",
        fontsize=8.5,
        parse_math=False,
    )
    value = float(worth[chosen].loc[months])
    ax.scatter([months], [value], color=INK, s=28, zorder=4)
    ax.annotate(
        money(value, currency, 0),
        (months, value),
        xytext=(4, -11),
        textcoords="offset points",
        fontsize=9,
        parse_math=False,
    )
    ax.set_xlim(0, worth.index[-1])
    ax.set_xticks(range(0, int(worth.index[-1]) + 1, 12))
    ax.set_ylim(bottom=0)
    ax.set_xlabel(tr("Months looked ahead"))
    ax.set_ylabel(tr("Worth of a new customer"))
    ax.yaxis.set_major_formatter(lambda amount, _: money(amount, currency, 0))
    title(
        ax,
        tr(
            "At a margin of {margin}, a new customer is worth {value} in {months} months; winning one cost {paid}",
            margin=percent(chosen, 0),
            value=money(value, currency, 0),
            months=months,
            paid=money(paid, currency, 0),
        ),
    )
    return ax
