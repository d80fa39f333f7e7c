"""Figures of how value is spread over customers; public through :mod:`crmlab.plots.clv`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from crmlab.errors import DataError
from crmlab.grading import customer_pyramid, whale_curve
from crmlab.plots._axes import axes_or_new, title
from crmlab.plots.style import ACCENT, GREY, INK, PALETTE
from crmlab.text import money, number, percent, tr

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from crmlab.clv import CLVResult

__all__ = ["PYRAMID", "plot_clv_distribution", "plot_pyramid", "plot_whale_curve"]

#: Shares of the customers in the levels of the pyramid, from the top.
PYRAMID = (0.01, 0.04, 0.15, 0.80)
ORANGE = PALETTE[1]
#: of a curve so many points are drawn
_POINTS = 1_000


def plot_clv_distribution(result: CLVResult, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Draw how many customers are worth how much, on a logarithmic scale."""
    import seaborn as sns

    ax = axes_or_new(ax)
    clv = result.table["clv"].to_numpy()
    positive = clv[clv > 0]
    if not len(positive):
        raise DataError("No customer has a value above 0.")
    low = np.quantile(positive, 0.005)
    sns.histplot(x=np.maximum(positive, low), log_scale=True, bins=40, color=ACCENT, edgecolor="white", ax=ax)
    median, tenth = float(np.median(clv)), float(np.quantile(clv, 0.9))
    top = ax.get_ylim()[1] * 1.2
    ax.set_ylim(0, top)
    for value, words, side in ((median, tr("median"), "right"), (tenth, tr("best tenth from here"), "left")):
        if value > 0:
            ax.axvline(value, color=ORANGE, linewidth=1.4)
            text = f"{words}\n{money(value, currency)}"
            ax.annotate(
                text,
                (value, top),
                xytext=(5 if side == "left" else -5, -3),
                textcoords="offset points",
                ha=side,
                va="top",
                color=ORANGE,
                fontsize=8.5,
                parse_math=False,
            )
    ax.xaxis.set_major_formatter(lambda value, _: money(value, currency, 0 if value >= 1 else 2))
    ax.set_xlabel(tr("Value of a customer in the next {n} months", n=result.horizon_months))
    ax.set_ylabel(tr("Customers"))
    ax.grid(visible=False, axis="x")
    title(
        ax,
        tr(
            "Half of the customers are worth less than {median}; one in ten more than {tenth}",
            median=money(median, currency),
            tenth=money(tenth, currency),
        ),
    )
    return ax


def plot_whale_curve(values: ArrayLike, *, share: float = 0.1, ax: Axes | None = None) -> Axes:
    """Draw the share of all value that the best customers bring, from the best to the last.

    Parameters
    ----------
    values
        Value of each customer; may be negative (profits), then the curve rises above 100 % and falls back.
    share
        Share of the customers that the title tells about.
    ax
        Axes to draw into.

    """
    curve = whale_curve(values)
    if not curve.total > 0:
        raise DataError("The values add up to nothing: there is no share to draw.")
    ax = axes_or_new(ax)
    people = curve.table["customer_share"].to_numpy()
    gained = curve.table["cumulative_share"].to_numpy()
    # More points than pixels would only make the file large.
    drawn = np.unique(np.linspace(0, len(people) - 1, min(len(people), _POINTS)).round().astype(int))
    ax.plot(people[drawn], gained[drawn], color=ACCENT, linewidth=2.2)
    ax.fill_between(people[drawn], people[drawn], gained[drawn], color=ACCENT, alpha=0.10, linewidth=0)
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (2, 2)))
    ax.text(0.62, 0.58, tr("all worth the same"), color=GREY, fontsize=8.5, rotation=27, va="top")
    of_best = float(np.interp(share, people, gained))
    ax.plot([share, share, 0], [0, of_best, of_best], color=ORANGE, linewidth=1, linestyle=(0, (3, 2)))
    ax.scatter([share], [of_best], color=ORANGE, s=30, zorder=4)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, _: percent(value, 0))
    ax.set_xlim(0, 1)
    ax.set_ylim(0, max(1.02, float(gained.max()) * 1.02))
    ax.set_xlabel(tr("Customers, the most valuable first"))
    ax.set_ylabel(tr("Share of the value of all"))
    title(
        ax,
        tr(
            "The best {share} of the customers bring {gained} of the value",
            share=percent(share, 0),
            gained=percent(of_best, 0),
        ),
    )
    return ax


def plot_pyramid(
    values: ArrayLike, *, shares: Sequence[float] = PYRAMID, currency: str = "", ax: Axes | None = None
) -> Axes:
    """Draw the customer pyramid: levels by value, with the share of the value and the mean of each.

    Parameters
    ----------
    values
        Value of each customer.
    shares
        Shares of the customers in the levels, from the top; they add up to 1.
    currency
        Sign before amounts.
    ax
        Axes to draw into.

    """
    levels = len(shares)
    pyramid = customer_pyramid(values, tiers={str(level): share for level, share in enumerate(shares)})
    if not pyramid.total > 0:
        raise DataError("The values add up to nothing: there is no pyramid to draw.")
    sizes = pyramid.summary()
    ax = axes_or_new(ax, height=0.72 * levels + 0.7)
    for level, (n, gained, mean) in enumerate(
        zip(sizes["n"], sizes["value_share"], sizes["mean_value"], strict=True)
    ):
        upper, lower = level / levels, (level + 1) / levels - 0.03
        ax.fill(
            [-upper, upper, lower, -lower],
            [levels - level, levels - level, levels - level - 0.93, levels - level - 0.93],
            color=ACCENT,
            alpha=1 - 0.22 * level,
            linewidth=0,
        )
        y = levels - level - 0.5
        ax.text(
            -1.1,
            y,
            _level_words(level, levels, shares[level], int(n)),
            ha="right",
            va="center",
            fontsize=9,
        )
        told = tr(
            "{share} of the value, {mean} each",
            share=percent(gained, 0),
            mean=money(mean, currency),
        )
        ax.text(1.1, y, told, ha="left", va="center", fontsize=9, color=INK, parse_math=False)
    ax.set_xlim(-2.75, 2.75)
    ax.set_ylim(-0.05, levels + 0.05)
    ax.axis("off")
    top = float(sizes["value_share"].iloc[:2].sum())
    title(
        ax,
        tr(
            "The two upper levels hold {people} of the customers and {gained} of the value",
            people=percent(sum(shares[:2]), 0),
            gained=percent(top, 0),
        ),
    )
    return ax


def _level_words(level: int, levels: int, share: float, n: int) -> str:
    if level == 0:
        return tr("best {share}: {n} customers", share=percent(share, 0), n=number(n))
    if level < levels - 1:
        return tr("next {share}: {n} customers", share=percent(share, 0), n=number(n))
    return tr("other {share}: {n} customers", share=percent(share, 0), n=number(n))
