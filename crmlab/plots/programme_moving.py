"""Figures of a loyalty programme that move: points, moves between tiers, the jump at a threshold, wallets, all to be pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.plots._frame import plain_text
from crmlab.plots.loyalty import short_number
from crmlab.plots.programme import (
    BAD,
    GOOD,
    PALE,
    WAIT,
    breakage_title,
    fates,
    jump_title,
    moves_title,
    period_name,
    points_title,
    wallet_title,
)
from crmlab.plots.style import GREY, INK
from crmlab.text import number, percent, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import plotly.graph_objects as go
    from numpy.typing import NDArray

    from crmlab.programme import Breakage, TierEffect

__all__ = [
    "breakage_by_cohort_moving",
    "points_by_period_moving",
    "tier_jump_moving",
    "tier_moves_moving",
    "wallet_by_class_moving",
]


def points_by_period_moving(periods: pd.DataFrame, *, unit: str) -> go.Figure:
    """Return :func:`~crmlab.plots.programme.points_by_period` with the numbers of a period under the pointer."""
    import plotly.graph_objects as go

    names = [period_name(start, unit) for start in periods["start"]]
    figure = go.Figure()
    for column, sign, colour, label in (
        ("earned", 1, GOOD, tr("earned")),
        ("burned", -1, WAIT, tr("exchanged")),
        ("expired", -1, BAD, tr("lapsed")),
    ):
        figure.add_bar(
            x=names,
            y=sign * periods[column],
            name=label,
            marker_color=colour,
            text=[f"{label} {number(value)}" for value in periods[column]],
            textposition="none",
            hovertemplate="%{text}<extra></extra>",
        )
    left, label = periods["outstanding"], tr("outstanding at the end")
    figure.add_scatter(
        x=names,
        y=left,
        name=label,
        mode="lines+markers",
        line={"color": INK, "width": 1.6},
        text=[f"{label} {number(value)}" for value in left],
        hovertemplate="%{text}<extra></extra>",
    )
    figure.update_layout(
        title={"text": points_title(periods)},
        barmode="relative",
        hovermode="x unified",
        height=430,
        xaxis={"type": "category"},
        yaxis={"title": tr("Points"), "tickformat": ","},
        legend={"orientation": "h", "y": -0.16},
    )
    return figure


def breakage_by_cohort_moving(found: Breakage) -> go.Figure:
    """Return :func:`~crmlab.plots.programme.breakage_by_cohort` with the shares of a quarter under the pointer."""
    import plotly.graph_objects as go

    names = [period_name(start, "quarter") for start in found.cohorts.index]
    figure = go.Figure()
    for share, colour, hatch, label in fates(found):
        figure.add_bar(
            x=names,
            y=share,
            name=label,
            marker={"color": colour, "pattern": {"shape": hatch[:1]}},
            text=[f"{label} {percent(one)}" for one in share],
            textposition="none",
            hovertemplate="%{text}<extra></extra>",
        )
    figure.update_layout(
        title={"text": breakage_title(found)},
        barmode="stack",
        hovermode="x unified",
        height=430,
        xaxis={"type": "category", "title": tr("Quarter in which the points were earned")},
        yaxis={"title": tr("Share of the points"), "tickformat": ".0%", "range": [0, 1]},
        legend={"orientation": "h", "y": -0.26},
    )
    return figure


def tier_moves_moving(matrix: NDArray[np.float64], names: Sequence[str], targets: Sequence[str]) -> go.Figure:
    """Return :func:`~crmlab.plots.programme.tier_moves`, each move told under the pointer."""
    import plotly.graph_objects as go

    rows, columns = [plain_text(name) for name in names], [plain_text(name) for name in targets]
    told = [
        [
            tr("{a} to {b}: {share}", a=a, b=b, share=percent(share))
            for b, share in zip(columns, line, strict=True)
        ]
        for a, line in zip(rows, matrix, strict=True)
    ]
    figure = go.Figure(
        go.Heatmap(
            z=matrix,
            x=columns,
            y=rows,
            customdata=told,
            text=[[percent(share, 0) for share in line] for line in matrix],
            texttemplate="%{text}",
            colorscale="GnBu",
            zmin=0,
            zmax=1,
            xgap=1,
            ygap=1,
            showscale=False,
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    figure.update_layout(
        title={"text": moves_title(matrix, rows[-1])},
        height=190 + 44 * len(rows),
        xaxis={"type": "category", "title": tr("Tier a year later")},
        yaxis={"type": "category", "title": tr("Tier")},
    )
    return figure


def tier_jump_moving(effect: TierEffect, *, tier: str, outcome: str, currency: str = "") -> go.Figure:
    """Return :func:`~crmlab.plots.programme.tier_jump` with each mean and its interval under the pointer."""
    import plotly.graph_objects as go

    tier = plain_text(tier)

    def shown(value: float) -> str:
        return percent(value) if outcome == "exchanged" else short_number(value, currency)

    figure = go.Figure()
    for side, colour in (("below", GREY), ("above", GOOD)):
        bins = effect.bins[effect.bins["side"] == side]
        line = effect.line[effect.line["side"] == side]
        figure.add_scatter(
            x=bins["running"],
            y=bins["outcome"],
            error_y={
                "array": bins["high"] - bins["outcome"],
                "arrayminus": bins["outcome"] - bins["low"],
                "thickness": 1,
            },
            mode="markers",
            marker={"color": colour, "opacity": 0.6, "size": 7},
            text=[
                tr(
                    "spend {spend}: {mean} [{low}, {high}]",
                    spend=short_number(float(row["running"]), currency),
                    mean=shown(row["outcome"]),
                    low=shown(row["low"]),
                    high=shown(row["high"]),
                )
                for row in bins.to_dict("records")
            ],
            hovertemplate="%{text}<extra></extra>",
        )
        figure.add_scatter(
            x=line["running"],
            y=line["outcome"],
            mode="lines",
            line={"color": colour, "width": 3},
            hoverinfo="skip",
        )
    figure.add_vline(
        x=effect.cutoff,
        line={"color": BAD, "width": 1.2, "dash": "dash"},
        annotation={
            "text": tr("{tier} from {cutoff}", tier=tier, cutoff=short_number(effect.cutoff, currency)),
            "font": {"color": BAD},
        },
    )
    figure.update_layout(
        title={"text": jump_title(effect, tier=tier, outcome=outcome, currency=currency)},
        showlegend=False,
        height=430,
        xaxis={"title": tr("Qualifying spend"), **_money(currency)},
        yaxis={"title": tr("Exchanged points"), "tickformat": ".0%"}
        if outcome == "exchanged"
        else {"title": tr("Revenue in the year"), **_money(currency)},
    )
    return figure


def wallet_by_class_moving(rows: pd.DataFrame, *, currency: str = "") -> go.Figure:
    """Return :func:`~crmlab.plots.programme.wallet_by_class` with the amounts of a class under the pointer."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for column, colour, label in (
        ("own", GOOD, tr("spent here")),
        ("potential", PALE, tr("spent elsewhere")),
    ):
        each = rows[column] / rows["n"]
        figure.add_bar(
            x=each,
            y=list(rows["name"]),
            orientation="h",
            name=label,
            marker_color=colour,
            text=[f"{label} {short_number(float(value), currency)}" for value in each],
            textposition="none",
            hovertemplate="%{text}<extra></extra>",
        )
    figure.update_layout(
        title={"text": wallet_title(rows)},
        barmode="stack",
        hovermode="y unified",
        height=220 + 44 * len(rows),
        xaxis={"title": tr("Spending per customer in the category, last 12 months"), **_money(currency)},
        yaxis={"autorange": "reversed"},
        legend={"orientation": "h", "y": -0.34, "traceorder": "normal"},
    )
    return figure


def _money(currency: str) -> dict[str, str]:
    """Return how plotly marks an axis of amounts."""
    return {"tickprefix": plain_text(currency), "tickformat": ","}
