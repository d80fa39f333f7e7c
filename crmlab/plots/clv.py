"""Figures of customer lifetime value: histories, who is still there, fit, hold-out, and how value is spread.

Public: :func:`plot_histories`, :func:`plot_alive_map`, :func:`play_alive_map`, :func:`plot_frequency_fit`,
:func:`plot_tracking`, :func:`plot_by_frequency`, :func:`plot_clv_distribution`, :func:`plot_pyramid`,
:func:`plot_whale_curve`. Each takes results of :mod:`crmlab.clv` and returns an ``Axes`` (the ``play_…`` ones a plotly
figure); the title states the finding, computed from what is drawn, in the language spoken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.errors import DataError
from crmlab.plots._axes import axes_or_new, legend_above, title
from crmlab.plots._spread import PYRAMID, plot_clv_distribution, plot_pyramid, plot_whale_curve
from crmlab.plots.style import ACCENT, GREY, INK, MUTED, PALETTE, SEQUENTIAL
from crmlab.text import number, percent, tr

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from crmlab.clv import BGNBD, HoldoutResult

    Floats = NDArray[np.float64]

__all__ = [
    "PYRAMID",
    "play_alive_map",
    "plot_alive_map",
    "plot_by_frequency",
    "plot_clv_distribution",
    "plot_frequency_fit",
    "plot_histories",
    "plot_pyramid",
    "plot_tracking",
    "plot_whale_curve",
]

ORANGE = PALETTE[1]
#: of groups of customers: strong, warning, faint, and others
_TONES = (PALETTE[0], PALETTE[1], PALETTE[7], PALETTE[2], PALETTE[3], PALETTE[4])


def plot_histories(
    transactions: pd.DataFrame,
    customers: Sequence[Any],
    *,
    observation_end: object,
    groups: Mapping[str, Sequence[Any]] | None = None,
    notes: Mapping[Any, str] | None = None,
    note_head: str = "",
    heading: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw purchase histories: one line a customer, one dot a purchase, its area the amount.

    Parameters
    ----------
    transactions
        Columns ``customer``, ``date`` and, for the size of the dots, ``amount``.
    customers
        Whom to draw, from the top.
    observation_end
        Last day observed; the line goes on to it, pale, after the last purchase.
    groups
        Label to customers, at most six: each group has its colour, and the legend its label.
    notes
        Customer to a few words at the right end of the line; `note_head` stands over them.
    heading
        Title; default: how many of the lines have been quiet for more than half a year.
    ax
        Axes to draw into.

    """
    import pandas as pd

    rows = transactions[transactions["customer"].isin(customers)]
    place = {customer: row for row, customer in enumerate(customers)}
    end: Any = pd.Timestamp(observation_end)  # type: ignore[arg-type]
    span = rows.groupby("customer")["date"].agg(["min", "max"])
    if len(span) < len(place):
        missing = [customer for customer in customers if customer not in span.index]
        raise DataError(f"No purchases of {missing[:5]} in the transactions.")
    ax = axes_or_new(ax, height=max(2.2, 0.9 + 0.118 * len(place)))
    named = groups or {"": list(customers)}
    for colour, (label, members) in zip(_TONES, named.items(), strict=False):
        y = np.array([place[member] for member in members])
        lives = span.loc[list(members)]
        ax.hlines(y, lives["min"], lives["max"], colors=colour, linewidth=1.3, alpha=0.75)
        ax.hlines(y, lives["max"], end, colors=colour, linewidth=0.9, alpha=0.45, linestyles=(0, (1, 3)))
        dots = rows[rows["customer"].isin(members)]
        size = 8.0 + 0.4 * dots["amount"].clip(lower=0) if "amount" in dots else 14.0
        ax.scatter(
            dots["date"],
            dots["customer"].map(place),
            s=size,
            color=colour,
            alpha=0.8,
            linewidths=0,
            label=label or None,
            zorder=3,
        )
    _notes_at_right(ax, place, notes or {}, note_head)
    quiet = int((end - span["max"] > pd.Timedelta(days=182)).sum())
    ax.set_ylim(len(place) - 0.2, -0.8)
    ax.set_yticks([])
    ax.grid(visible=False, axis="y")
    ax.spines["left"].set_visible(False)
    ax.set_xlim(span["min"].min() - pd.Timedelta(days=5), end + pd.Timedelta(days=3))
    _months(ax)
    if groups:
        legend_above(ax, 3)
        for handle in ax.get_legend().legend_handles:  # type: ignore[union-attr]
            handle.set_sizes([34])  # type: ignore[union-attr]
    title(
        ax,
        heading
        or tr(
            "{quiet} of {n} customers have not bought for more than half a year", quiet=quiet, n=len(place)
        ),
        pad=26 if groups else None,
    )
    return ax


def _notes_at_right(ax: Axes, place: Mapping[Any, int], notes: Mapping[Any, str], head: str) -> None:
    put: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "fontsize": 7.5, "va": "center"}
    for customer, text in notes.items():
        ax.text(1.012, place[customer], text, ha="left", color=INK, **put)
    if head:
        ax.text(1.012, -0.7, head, ha="left", color=GREY, **(put | {"va": "bottom"}))


def _months(ax: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter

    ax.xaxis.set_major_locator(AutoDateLocator(minticks=4, maxticks=7))  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_formatter(DateFormatter("%Y-%m"))  # type: ignore[no-untyped-call]


def plot_alive_map(model: BGNBD, *, T: float, largest: int = 15, ax: Axes | None = None) -> Axes:
    """Draw the probability of being still there over frequency and last purchase, for customers observed for `T`.

    Parameters
    ----------
    model
        A fitted BG/NBD.
    T
        Time since the first purchase, in the model's time unit.
    largest
        Highest frequency drawn.
    ax
        Axes to draw into.

    """
    frequency, recency, alive = _alive_grid(model, T, largest)
    ax = axes_or_new(ax, height=4.0)
    mesh = ax.pcolormesh(
        frequency, recency, alive, cmap=SEQUENTIAL, vmin=0, vmax=1, shading="nearest", rasterized=True
    )
    lines = ax.contour(frequency, recency, alive, levels=[0.1, 0.5, 0.9], colors="white", linewidths=1.1)
    ax.clabel(lines, fmt=lambda level: percent(level, 0), fontsize=8)
    bar = ax.figure.colorbar(mesh, ax=ax, pad=0.02)
    bar.set_label(tr("Probability of being still there"))
    bar.ax.yaxis.set_major_formatter(lambda value, _: percent(value, 0))
    bar.outline.set_visible(False)
    ax.grid(visible=False)
    ax.set_xticks(range(1, largest + 1, 2))
    ax.set_xlabel(tr("Repeat purchases"))
    ax.set_ylabel(_since_first(model))
    often, seldom = (_alive_after(model, T, x, 0.4) for x in (min(10, largest), 1))
    title(
        ax,
        tr(
            "After the same long silence, {often} of those with {x} repeat purchases are still there, "
            "and {seldom} of those with one",
            often=percent(often, 0),
            seldom=percent(seldom, 0),
            x=min(10, largest),
        ),
    )
    ax.scatter([min(10, largest), 1], [0.6 * T] * 2, marker="o", s=26, color="white", edgecolor=INK, zorder=4)
    return ax


def _alive_grid(model: BGNBD, T: float, largest: int) -> tuple[Floats, Floats, Floats]:
    import pandas as pd

    frequency = np.arange(1, largest + 1, dtype=np.float64)
    recency = np.linspace(T / 100, T, 100)
    x, t = np.meshgrid(frequency, recency)
    table = pd.DataFrame({"frequency": x.ravel(), "recency": t.ravel(), "T": T})
    return frequency, recency, model.probability_alive(table).to_numpy().reshape(x.shape)


def _alive_after(model: BGNBD, T: float, x: int, silent_share: float) -> float:
    import pandas as pd

    table = pd.DataFrame({"frequency": [x], "recency": [(1 - silent_share) * T], "T": [T]})
    return float(model.probability_alive(table).iloc[0])


def _since_first(model: BGNBD) -> str:
    return {
        "day": tr("Last purchase, days after the first"),
        "week": tr("Last purchase, weeks after the first"),
        "month": tr("Last purchase, months after the first"),
    }[model.time_unit or "week"]


def play_alive_map(model: BGNBD, *, T: float, largest: int = 15) -> Any:
    """Return the map of :func:`plot_alive_map` as a plotly figure: point at a history to read its probability."""
    import plotly.graph_objects as go

    frequency, recency, alive = _alive_grid(model, T, largest)
    figure = go.Figure(
        go.Heatmap(
            x=frequency,
            y=recency.round(2),
            z=alive.round(4),
            zmin=0,
            zmax=1,
            colorscale="Teal",
            colorbar={"tickformat": ".0%", "title": {"text": tr("still there")}},
            hovertemplate=tr("Repeat purchases")
            + " %{x}<br>"
            + _since_first(model)
            + " %{y:.0f}<br>"
            + tr("still there")
            + " %{z:.1%}<extra></extra>",
        )
    )
    figure.update_layout(
        title=tr("Point at a history:<br>how likely is the customer still there?"),
        xaxis={"title": tr("Repeat purchases"), "dtick": 2, "showgrid": False},
        yaxis={"title": _since_first(model), "showgrid": False},
        margin={"t": 72},
        height=470,
    )
    return figure


def plot_frequency_fit(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw customers by frequency, actual and expected, from :func:`crmlab.clv.expected_vs_actual_frequency`."""
    ax = axes_or_new(ax)
    at = np.arange(len(table))
    ax.bar(at - 0.2, table["actual"], 0.4, color=ACCENT, label=tr("actual"))
    ax.bar(at + 0.2, table["expected"], 0.4, color=ORANGE, label=tr("expected by the model"))
    ax.set_xticks(at, _frequency_labels(table))
    ax.set_xlabel(tr("Repeat purchases"))
    ax.set_ylabel(tr("Customers"))
    ax.grid(visible=False, axis="x")
    ax.yaxis.set_major_formatter(lambda value, _: number(value))
    ax.legend(loc="upper right")
    total = float(table["actual"].sum())
    moved = float((table["actual"] - table["expected"]).abs().sum()) / 2 / total
    title(
        ax,
        tr(
            "The model puts {wrong} of the {n} customers into the wrong column",
            wrong=percent(moved),
            n=number(total),
        ),
    )
    return ax


def _frequency_labels(table: pd.DataFrame) -> list[str]:
    return [f"{x}+" if more else f"{x}" for x, more in zip(table["frequency"], table["or_more"], strict=True)]


def plot_tracking(holdout: HoldoutResult, *, ax: Axes | None = None) -> Axes:
    """Draw repeat purchases week by week, added up: actual, and expected by a model that stopped learning half way."""
    ax = axes_or_new(ax)
    weeks = holdout.tracking
    ax.plot(weeks["end_date"], weeks["actual_cumulative"], color=ACCENT, linewidth=2.2)
    ax.plot(
        weeks["end_date"], weeks["expected_cumulative"], color=ORANGE, linewidth=1.8, linestyle=(0, (4, 2))
    )
    ax.axvspan(holdout.calibration_end, holdout.observation_end, color=MUTED, alpha=0.28, linewidth=0)  # type: ignore[arg-type]
    top = float(weeks[["actual_cumulative", "expected_cumulative"]].to_numpy().max())
    ends: tuple[tuple[str, Any, str], ...] = (
        (tr("the model learns"), weeks["end_date"].iloc[0], "left"),
        (tr("hold-out: the model has not seen this"), holdout.observation_end, "right"),
    )
    for words, day, side in ends:
        ax.text(day, top * 1.07, words, color=GREY, fontsize=8.5, ha=side, va="center")
    last = weeks.iloc[-1]
    actual_above = last["actual_cumulative"] >= last["expected_cumulative"]
    middle = weeks.iloc[int(len(weeks) * 0.62)]
    for name, words, colour, above in (
        ("actual_cumulative", tr("actual"), ACCENT, actual_above),
        ("expected_cumulative", tr("expected"), ORANGE, not actual_above),
    ):
        ax.annotate(
            words,
            (middle["end_date"], middle[name]),
            xytext=(0, 11 if above else -13),
            textcoords="offset points",
            color=colour,
            fontsize=9,
            ha="right" if above else "left",
            va="center",
        )
    ax.set_ylim(0, top * 1.14)
    ax.set_ylabel(tr("Repeat purchases, added up"))
    ax.yaxis.set_major_formatter(lambda value, _: number(value))
    _months(ax)
    model: dict[Any, Any] = holdout.errors.set_index("rule").loc["model"].to_dict()
    title(
        ax,
        tr(
            "In the time it had not seen, the model expected {expected} repeat purchases; {actual} came ({bias})",
            expected=number(model["predicted_total"]),
            actual=number(model["actual_total"]),
            bias=_signed(model["total_bias"]),
        ),
    )
    return ax


def _signed(fraction: float, digits: int = 1) -> str:
    text = percent(fraction, digits)
    return text if fraction < 0 else f"+{text}"


def plot_by_frequency(holdout: HoldoutResult, *, ax: Axes | None = None) -> Axes:
    """Draw mean purchases in the hold-out period by purchases before it: actual and expected."""
    ax = axes_or_new(ax)
    table = holdout.by_frequency[holdout.by_frequency["customers"] > 0]
    at = np.arange(len(table))
    ax.plot(at, table["actual"], color=ACCENT, marker="o", linewidth=2, label=tr("actual"))
    ax.plot(
        at,
        table["expected"],
        color=ORANGE,
        marker="s",
        linewidth=1.6,
        linestyle=(0, (4, 2)),
        label=tr("expected by the model"),
    )
    labels = [
        f"{label}\n(n = {number(n)})"
        for label, n in zip(_frequency_labels(table), table["customers"], strict=True)
    ]
    ax.set_xticks(at, labels, fontsize=8)
    ax.set_xlabel(tr("Repeat purchases before the hold-out period"))
    ax.set_ylabel(tr("Purchases in it, mean"))
    ax.set_ylim(bottom=0)
    ax.legend(loc="upper left")
    low = int((table["expected"] < table["actual"]).sum())
    title(
        ax,
        tr("Who bought often goes on buying; the model follows, too low in every group")
        if low == len(table)
        else tr(
            "Who bought often goes on buying; the model follows, too low in {low} of {n} groups",
            low=low,
            n=len(table),
        ),
    )
    return ax
