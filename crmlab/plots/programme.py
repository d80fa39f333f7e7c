"""Figures of a loyalty programme: points by period and cohort, moves between tiers, the jump at a threshold, wallets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.plots._frame import axes, headline
from crmlab.plots.loyalty import short_number, top_line
from crmlab.plots.style import ACCENT, GREY, INK, MUTED, PALETTE
from crmlab.plots.wrapping import wrap
from crmlab.text import N_, number, percent, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from crmlab.programme import Breakage, TierEffect

__all__ = [
    "BAD",
    "GOOD",
    "PALE",
    "VALUE_CLASSES",
    "WAIT",
    "breakage_by_cohort",
    "breakage_title",
    "fates",
    "jump_title",
    "moves_title",
    "period_name",
    "points_by_period",
    "points_title",
    "tier_jump",
    "tier_moves",
    "wallet_by_class",
    "wallet_title",
]

GOOD, BAD, PALE, WAIT = ACCENT, PALETTE[1], MUTED, PALETTE[3]

VALUE_CLASSES = {
    "top": N_("Highest fifth by spending here"),
    "middle": N_("Next three tenths"),
    "low": N_("Lower half"),
}


def period_name(start: pd.Timestamp, unit: str) -> str:
    """Return a period in a few letters: ``2025-03``, ``2025 Q1``, ``2025``."""
    if unit == "year":
        return f"{start.year}"
    return f"{start.year} Q{start.quarter}" if unit == "quarter" else f"{start:%Y-%m}"


def _label(name: str, width: float = 1.2) -> str:
    """Return a name from the data for a figure: broken into lines, its signs no formula."""
    return "\n".join(wrap(name, width, 9)).replace("$", r"\$")


def points_by_period(periods: pd.DataFrame, *, unit: str, ax: Axes | None = None) -> Axes:
    """Draw points earned upwards, exchanged and lapsed downwards, and those outstanding as a line.

    Parameters
    ----------
    periods
        ``start``, ``earned``, ``burned``, ``expired``, ``outstanding``, a row a period.
    unit
        ``"month"``, ``"quarter"`` or ``"year"``.
    ax
        Axes to draw into; new ones if not given.

    """
    ax = axes(ax, height=2.9)
    place = np.arange(len(periods))
    earned, burned, expired, left = (
        periods[name].to_numpy(dtype=float) for name in ("earned", "burned", "expired", "outstanding")
    )
    ax.bar(place, earned, color=GOOD, width=0.72, label=tr("earned"))
    ax.bar(place, -burned, color=WAIT, width=0.72, label=tr("exchanged"))
    ax.bar(place, -expired, bottom=-burned, color=BAD, width=0.72, label=tr("lapsed"))
    ax.plot(
        place, left, color=INK, marker="o", markersize=3.5, linewidth=1.4, label=tr("outstanding at the end")
    )
    ax.axhline(0, color=GREY, linewidth=0.8)
    step = max(1, -(-len(periods) // 8))
    ax.set_xticks(place[::step], [period_name(start, unit) for start in periods["start"].iloc[::step]])
    ax.yaxis.set_major_formatter(lambda value, _: short_number(value))
    ax.set_ylabel(tr("Points"))
    ax.grid(visible=False, axis="x")
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.12), ncol=4, handlelength=1.2, columnspacing=1.4)
    headline(ax, points_title(periods), indent=0.7)
    return ax


def points_title(periods: pd.DataFrame) -> str:
    """Say what became of the points earned."""
    total = periods["earned"].sum()
    if not total > 0:
        return tr("No points were earned")
    return tr(
        "Of the points earned, {burned} were exchanged, {expired} lapsed, {left} are outstanding",
        burned=percent(periods["burned"].sum() / total, 0),
        expired=percent(periods["expired"].sum() / total, 0),
        left=percent(periods["outstanding"].iloc[-1] / total, 0),
    )


def breakage_by_cohort(found: Breakage, *, ax: Axes | None = None) -> Axes:
    """Draw, for points by the quarter in which they were earned, what became of them and what is expected of the rest.

    Parameters
    ----------
    found
        Of :func:`~crmlab.programme.breakage`.
    ax
        Axes to draw into; new ones if not given.

    """
    ax = axes(ax, height=2.9)
    rows = found.cohorts
    place = np.arange(len(rows))
    bottom = np.zeros(len(rows))
    for height, colour, hatch, label in fates(found):
        ax.bar(
            place,
            height,
            bottom=bottom,
            color=colour,
            width=0.72,
            hatch=hatch,
            edgecolor="white",
            linewidth=0,
            label=label,
        )
        bottom = bottom + height
    step = max(1, -(-len(rows) // 8))
    ax.set_xticks(place[::step], [period_name(start, "quarter") for start in rows.index[::step]])
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(lambda value, _: percent(value, 0))
    ax.set_xlabel(tr("Quarter in which the points were earned"))
    ax.set_ylabel(tr("Share of the points"))
    ax.grid(visible=False, axis="x")
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.24), ncol=2, handlelength=1.2, columnspacing=1.4)
    headline(ax, breakage_title(found), indent=0.7)
    return ax


def fates(found: Breakage) -> tuple[tuple[NDArray[np.float64], str, str, str], ...]:
    """Return what becomes of the points of each quarter: shares, colour, hatching and name of each fate."""
    rows = found.cohorts
    kept = (rows["earned"] - rows["removed"]).to_numpy(dtype=float)
    kept = np.where(kept > 0, kept, np.nan)
    burned = rows["burned"].to_numpy(dtype=float) / kept
    later = np.clip(rows["ultimate_burned"].to_numpy(dtype=float) / kept - burned, 0, None)
    lapsed = rows["expired"].to_numpy(dtype=float) / kept
    never = np.clip(1 - burned - later - lapsed, 0, None)
    return (
        (burned, GOOD, "", tr("exchanged")),
        (later, "#9cc7c7", "///", tr("expected to be exchanged")),
        (never, "#f2c9a8", "///", tr("expected to lapse or stay unused")),
        (lapsed, BAD, "", tr("lapsed")),
    )


def breakage_title(found: Breakage) -> str:
    """Say how many points will never be exchanged."""
    return tr("{share} of all points earned will never be exchanged", share=percent(found.rate, 0))


def tier_moves(
    matrix: NDArray[np.float64], names: Sequence[str], targets: Sequence[str], *, ax: Axes | None = None
) -> Axes:
    """Draw the shares of customers who move from each tier (rows) to each tier (columns); missing ones stay blank.

    Parameters
    ----------
    matrix
        Shares, tiers from the lowest as rows, tiers and leaving as columns.
    names, targets
        Names of rows and columns.
    ax
        Axes to draw into; new ones if not given.

    """
    ax = axes(ax, height=1.1 + 0.42 * len(names))
    order = np.arange(len(names))[::-1]  # the highest tier on top
    shown = matrix[order]
    ax.imshow(np.nan_to_num(shown), cmap="GnBu", vmin=0, vmax=1, aspect="auto")
    for row in range(len(names)):
        for column in range(len(targets)):
            share = shown[row, column]
            ax.text(
                column,
                row,
                "–" if np.isnan(share) else percent(share, 0),
                ha="center",
                va="center",
                fontsize=9.5,
                color="white" if np.nan_to_num(share) > 0.62 else INK,
            )
    ax.set_xticks(range(len(targets)), [_label(name) for name in targets])
    ax.set_yticks(range(len(names)), [_label(names[at]) for at in order])
    ax.set_xlabel(tr("Tier a year later"))
    ax.set_ylabel(tr("Tier"))
    ax.grid(visible=False)
    headline(ax, moves_title(matrix, _label(names[-1], 4.0)))
    return ax


def moves_title(matrix: NDArray[np.float64], top: str) -> str:
    """Say how many keep the highest tier, where that may be told."""
    if np.isnan(matrix[-1, len(matrix) - 1]):
        return tr("Who keeps a tier, and who moves")
    return tr("{share} of {tier} keep their tier", share=percent(matrix[-1, len(matrix) - 1], 0), tier=top)


def tier_jump(
    effect: TierEffect, *, tier: str, outcome: str, currency: str = "", ax: Axes | None = None
) -> Axes:
    """Draw mean outcomes on both sides of a tier's threshold, with the local lines whose gap is the tier's effect.

    Parameters
    ----------
    effect
        Of :func:`~crmlab.programme.tier_effect`.
    tier
        The tier's name.
    outcome
        ``"revenue"`` or ``"exchanged"``.
    currency
        Sign of the amounts.
    ax
        Axes to draw into; new ones if not given.

    """
    ax = axes(ax, height=2.8)
    tier = _label(tier, 4.0)

    def shown(value: float) -> str:
        return percent(value, 0) if outcome == "exchanged" else short_number(value, currency)

    for side, colour in (("below", GREY), ("above", GOOD)):
        bins = effect.bins[effect.bins["side"] == side]
        line = effect.line[effect.line["side"] == side]
        ax.errorbar(
            bins["running"],
            bins["outcome"],
            yerr=[bins["outcome"] - bins["low"], bins["high"] - bins["outcome"]],
            fmt="o",
            markersize=4,
            color=colour,
            alpha=0.55,
            elinewidth=0.8,
        )
        ax.plot(line["running"], line["outcome"], color=colour, linewidth=2.4)
    ax.axvline(effect.cutoff, color=BAD, linewidth=1.2, linestyle=(0, (4, 3)))
    ax.annotate(
        tr("{tier} from {cutoff}", tier=tier, cutoff=short_number(effect.cutoff, currency)),
        (effect.cutoff, 1),
        (5, -3),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        color=BAD,
        va="top",
        fontsize=9,
    )
    ax.set_ylim(bottom=min(0.0, float(effect.bins["low"].min())) if outcome == "revenue" else 0)
    ax.yaxis.set_major_formatter(lambda value, _: shown(value))
    ax.xaxis.set_major_formatter(lambda value, _: short_number(value, currency))
    ax.set_xlabel(tr("Qualifying spend"))
    ax.set_ylabel(tr("Exchanged points") if outcome == "exchanged" else tr("Revenue in the year"))
    headline(ax, jump_title(effect, tier=tier, outcome=outcome, currency=currency), indent=0.7)
    return ax


def jump_title(effect: TierEffect, *, tier: str, outcome: str, currency: str = "") -> str:
    """Say what the tier does at its threshold, where that is beyond chance."""
    if effect.low <= 0 <= effect.high:
        return tr("At the threshold of {tier}: no effect can be seen", tier=tier)
    size = (
        tr("{n} percentage points", n=_signed(100 * effect.estimate, "", 0))
        if outcome == "exchanged"
        else _signed(effect.estimate, currency, 0)
    )
    return tr("At the threshold of {tier}: {effect}", tier=tier, effect=size)


def _signed(value: float, currency: str, digits: int) -> str:
    """Return a difference with its sign."""
    text = f"{currency}{number(abs(value), digits)}"
    return f"+{text}" if value >= 0 else f"−{text}"


def wallet_by_class(rows: pd.DataFrame, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Draw the mean wallet of each class of customers, parted into what is spent here and what is spent elsewhere.

    Parameters
    ----------
    rows
        ``name`` (shown), ``n``, ``own``, ``potential`` (sums), ``share``; the class spending most first.
    currency
        Sign of the amounts.
    ax
        Axes to draw into; new ones if not given.

    """
    ax = axes(ax, height=1.3 + 0.36 * len(rows))
    place = np.arange(len(rows))[::-1]
    n = rows["n"].to_numpy(dtype=float)
    own = rows["own"].to_numpy(dtype=float) / n
    rest = rows["potential"].to_numpy(dtype=float) / n
    ax.barh(place, own, color=GOOD, height=0.64, label=tr("spent here"))
    ax.barh(place, rest, left=own, color=PALE, height=0.64, label=tr("spent elsewhere"))
    for row, here, there, share in zip(place, own, rest, rows["share"], strict=True):
        ax.text(
            (here + there) * 1.01,
            row,
            tr("{share} of {wallet}", share=percent(share, 0), wallet=short_number(here + there, currency)),
            va="center",
            fontsize=9,
        )
    ax.set_yticks(place, list(rows["name"]))
    ax.set_xlim(0, float((own + rest).max()) * 1.28)
    ax.xaxis.set_major_formatter(lambda value, _: short_number(value, currency))
    ax.set_xlabel(tr("Spending per customer in the category, last 12 months"))
    ax.grid(visible=False, axis="y")
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.32), ncol=2, handlelength=1.2, columnspacing=1.4)
    top_line(ax, wallet_title(rows))
    return ax


def wallet_title(rows: pd.DataFrame) -> str:
    """Say which share of the wallets is spent here."""
    total = float(rows["own"].sum() / (rows["own"].sum() + rows["potential"].sum()))
    return tr("{share} of what these customers spend in the category is spent here", share=percent(total, 0))
