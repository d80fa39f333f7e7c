"""Figures of loyalty that move: cohorts, segments and concentration with every value under the pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.plots.cohorts import cohort_name, heat, heat_title, since_label
from crmlab.plots.loyalty import BAD, GOOD, SEGMENTS
from crmlab.plots.segments import concentration_title, rfm_title
from crmlab.plots.style import MUTED
from crmlab.text import money, number, percent, tr

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from crmlab.cohorts import CohortResult

__all__ = ["cohort_heatmap_moving", "revenue_concentration_moving", "rfm_map_moving"]

#: from white to the house's teal, as seaborn's "crest" runs
_TEALS = [[0.0, "#eaf4f2"], [0.5, "#5aa7a7"], [1.0, "#0b4f5f"]]


def cohort_heatmap_moving(result: CohortResult, *, cohorts: int = 60, periods: int = 60) -> go.Figure:
    """Return the heat map of :func:`~crmlab.plots.loyalty.cohort_heatmap`, with counts under the pointer."""
    import plotly.graph_objects as go

    shares = heat(result, cohorts, periods)
    counts = result.counts.loc[shares.index, shares.columns]
    sizes = np.repeat(result.sizes.loc[shares.index].to_numpy()[:, None], shares.shape[1], axis=1)
    names = [cohort_name(day, result.period) for day in shares.index]
    figure = go.Figure(
        go.Heatmap(
            z=100 * shares.round(5).to_numpy(),
            x=[str(k) for k in shares.columns],
            y=names,
            customdata=np.dstack([counts.to_numpy(), sizes]),
            colorscale=_TEALS,
            zmin=0,
            zmax=100 * float(np.nanmax(shares.to_numpy())),
            xgap=1,
            ygap=1,
            hoverongaps=False,
            texttemplate="%{z:.0f}" if shares.shape[1] <= 24 and len(shares) <= 36 else None,
            textfont={"size": 10},
            colorbar={"ticksuffix": "%"},
            hovertemplate=tr(
                "Cohort {cohort}, {k} periods later: {share} ({active} of {size} customers)",
                cohort="%{y}",
                k="%{x}",
                share="%{z:.1f}%",
                active="%{customdata[0]:.0f}",
                size="%{customdata[1]:.0f}",
            )
            + "<extra></extra>",
        )
    )
    figure.update_layout(
        title={"text": heat_title(result)},
        height=170 + 22 * max(len(shares), 4),
        xaxis={"title": since_label(result.period), "type": "category"},
        yaxis={"type": "category", "autorange": "reversed"},
    )
    return figure


def rfm_map_moving(segments: pd.DataFrame, *, currency: str = "") -> go.Figure:
    """Return the map of :func:`~crmlab.plots.loyalty.rfm_map`, with the numbers of a segment under the pointer."""
    import plotly.graph_objects as go

    shown = segments[segments["customers"] > 0].sort_values("revenue", ascending=False)
    size = np.sqrt(shown["revenue"].clip(lower=0) / max(float(shown["revenue"].max()), 1e-300))
    texts = [
        tr(
            "{segment}: {customers} customers ({share}), revenue {revenue} ({revenue_share})",
            segment=tr(SEGMENTS[row["segment"]]),
            customers=number(row["customers"]),
            share=percent(row["share"]),
            revenue=money(row["revenue"], currency, 0),
            revenue_share=percent(row["revenue_share"]),
        )
        for row in shown.to_dict("records")
    ]
    figure = go.Figure(
        go.Scatter(
            x=shown["mean_recency_days"],
            y=shown["mean_frequency"],
            mode="markers+text",
            text=[tr(SEGMENTS[name]) for name in shown["segment"]],
            textposition="top center",
            hovertext=texts,
            hovertemplate="%{hovertext}<extra></extra>",
            marker={
                "size": 10 + 55 * size,
                "color": [BAD if name in {"cannot_lose", "at_risk"} else GOOD for name in shown["segment"]],
                "opacity": 0.55,
            },
        )
    )
    low, high = float(shown["mean_frequency"].min()), float(shown["mean_frequency"].max())
    figure.update_layout(
        title={"text": rfm_title(shown)},
        height=460,
        showlegend=False,
        xaxis={
            "title": tr("Days since the last purchase, mean (recent at the right)"),
            "autorange": "reversed",
        },
        yaxis={
            "title": tr("Purchases per customer, mean"),
            "type": "log" if high > 5 * max(low, 1e-9) else "linear",
            **({"tickvals": [1, 2, 5, 10, 20, 50, 100, 200, 500]} if high > 5 * max(low, 1e-9) else {}),
        },
    )
    return figure


def revenue_concentration_moving(
    curve: pd.DataFrame, *, top: float = 0.1, share: float | None = None
) -> go.Figure:
    """Return the curve of :func:`~crmlab.plots.loyalty.revenue_concentration`, to be read at any place."""
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": MUTED, "dash": "dash"}, hoverinfo="skip"
    )
    figure.add_scatter(
        x=curve["customers"].round(5),
        y=curve["revenue"].round(5),
        mode="lines",
        line={"color": GOOD, "width": 3},
        hovertemplate=tr("the first {x} of customers: {y} of revenue", x="%{x:.1%}", y="%{y:.1%}")
        + "<extra></extra>",
    )
    figure.update_layout(
        title={"text": concentration_title(top, share)},
        showlegend=False,
        height=400,
        xaxis={
            "title": tr("Customers, those who spent most first"),
            "tickformat": ".0%",
            "range": [0, 1],
        },
        yaxis={"title": tr("Share of revenue"), "tickformat": ".0%", "range": [0, 1.02]},
    )
    return figure
