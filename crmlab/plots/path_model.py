"""Figures of the satisfaction index: the model as a diagram, its paths, its measurement, the indices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from crmlab.plots._frame import axes, headline, named
from crmlab.plots._nodes import arrow, canvas, node
from crmlab.plots.style import ACCENT, GREY, INK, MUTED, PALETTE
from crmlab.plots.wrapping import wrap
from crmlab.text import N_, number, percent, tr

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlab.pls import BootstrapResult, PLSResult

__all__ = [
    "CONSTRUCTS",
    "construct_names",
    "htmt_map",
    "index_bars",
    "loading_dots",
    "path_diagram",
    "path_intervals",
]

BAD, GOOD = PALETTE[1], ACCENT

#: constructs of the index models, by the names of :mod:`crmlab.csi`
CONSTRUCTS = {
    "image": N_("Image"),
    "expectation": N_("Expectation"),
    "quality": N_("Perceived quality"),
    "value": N_("Perceived value"),
    "satisfaction": N_("Satisfaction"),
    "complaints": N_("Complaint handling"),
    "loyalty": N_("Loyalty"),
}
#: where a construct stands in the diagram: x, y from 0 to 1
SPOTS: Mapping[str, tuple[float, float]] = {
    "image": (0.105, 0.90),
    "expectation": (0.105, 0.37),
    "quality": (0.47, 0.09),
    "value": (0.40, 0.40),
    "satisfaction": (0.68, 0.66),
    "complaints": (0.895, 0.26),
    "loyalty": (0.895, 0.91),
}
#: where image works on quality, its arrow would run through value
WIDE_SPOTS: Mapping[str, tuple[float, float]] = {
    **SPOTS,
    "image": (0.20, 0.90),
    "expectation": (0.105, 0.50),
    "value": (0.32, 0.16),
    "quality": (0.73, 0.09),
}


def construct_names() -> dict[str, str]:
    """Return the constructs' names in the current language."""
    return {key: tr(name) for key, name in CONSTRUCTS.items()}


def path_diagram(
    result: PLSResult,
    *,
    resamples: BootstrapResult | None = None,
    labels: Mapping[str, str] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a fitted index model: constructs with their R², paths with coefficients.

    A path is the thicker the stronger it is; with resamples, one whose interval holds 0 is drawn dashed and grey.

    Parameters
    ----------
    result
        A fitted model whose constructs are those of the ECSI, or some of them.
    resamples
        Of :func:`crmlab.pls.bootstrap`.
    labels
        Construct to its name; by default those of the index models.
    title
        The finding; by default what moves satisfaction most.
    ax
        Axes to draw into; new ones if not given.

    """
    ax = canvas(ax, width=6.6, height=4.5)
    names = {**construct_names(), **(labels or {})}
    spots = _spots(result.structure.constructs, wide=("image", "quality") in result.structure.paths)
    paths = result.paths.assign(solid=True)
    if resamples is not None:
        paths["solid"] = (resamples.paths["low"] > 0) | (resamples.paths["high"] < 0)
    for row in paths.to_dict("records"):
        arrow(ax, spots[row["from"]], spots[row["to"]], row["coefficient"], solid=row["solid"])
    explained = dict(zip(result.r_squared["construct"], result.r_squared["r_squared"], strict=True))
    for construct, spot in spots.items():
        r2 = f"R² {number(explained[construct], 2)}" if construct in explained else ""
        node(ax, spot, named(construct, names), r2, strong=construct == "satisfaction")
    headline(ax, title or _strongest(result, names), indent=0.0)
    return ax


def _strongest(result: PLSResult, names: Mapping[str, str]) -> str:
    effects = result.total_effects
    target = (
        "satisfaction" if "satisfaction" in result.structure.endogenous else result.structure.endogenous[-1]
    )
    best = effects[effects["to"] == target].sort_values("total").iloc[-1]
    return tr(
        "{cause} moves {effect} most: total effect {value}",
        cause=named(best["from"], names),
        effect=_small(named(target, names)),
        value=number(best["total"], 2),
    )


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]


def _spots(constructs: tuple[str, ...], *, wide: bool = False) -> dict[str, tuple[float, float]]:
    if set(constructs) <= set(SPOTS):
        return {construct: (WIDE_SPOTS if wide else SPOTS)[construct] for construct in constructs}
    angle = 2 * np.pi * np.arange(len(constructs)) / len(constructs) + np.pi
    return {
        c: (0.5 + 0.4 * float(np.cos(a)), 0.5 - 0.42 * float(np.sin(a)))
        for c, a in zip(constructs, angle, strict=True)
    }


def path_intervals(
    resamples: BootstrapResult, *, labels: Mapping[str, str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the paths with their intervals, strongest first.

    Parameters
    ----------
    resamples
        Of :func:`crmlab.pls.bootstrap`.
    labels
        Construct to its name; by default those of the index models.
    ax
        Axes to draw into; new ones if not given.

    """
    names = {**construct_names(), **(labels or {})}
    table = resamples.paths.sort_values("estimate", ascending=False, ignore_index=True)
    ax = axes(ax, height=1.3 + 0.27 * len(table))
    solid = ((table["low"] > 0) | (table["high"] < 0)).to_numpy()
    rows = np.arange(len(table))
    colours = list(np.where(solid, GOOD, GREY))
    ax.hlines(rows, table["low"], table["high"], color=colours, linewidth=2.4, alpha=0.55)
    ax.scatter(table["estimate"], rows, color=colours, s=38, zorder=3)
    ax.axvline(0, color=INK, linewidth=1)
    arrows = [
        f"{named(s, names)} → {named(t, names)}" for s, t in zip(table["from"], table["to"], strict=True)
    ]
    ax.set_yticks(rows, arrows)
    ax.set_ylim(len(table) - 0.5, -0.6)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(
        tr("Path coefficient with {level} bootstrap interval", level=percent(resamples.confidence, 0))
    )
    n = int(solid.sum())
    headline(ax, tr("{n} of {all} paths are told from zero", n=n, all=len(table)), indent=2.4)
    return ax


def loading_dots(
    result: PLSResult,
    *,
    items: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the loading of every item on its own construct, against .70.

    Parameters
    ----------
    result
        A fitted model.
    items
        Item to its wording.
    labels
        Construct to its name; by default those of the index models.
    ax
        Axes to draw into; new ones if not given.

    """
    names = {**construct_names(), **(labels or {})}
    table = result.loadings[result.loadings.groupby("construct")["item"].transform("size") > 1]
    table = table.reset_index(drop=True)
    ax = axes(ax, height=1.2 + 0.215 * len(table))
    rows = np.arange(len(table))
    colours = np.select([table["loading"] >= 0.7, table["loading"] >= 0.4], [GOOD, PALETTE[3]], BAD)
    ax.hlines(rows, 0, table["loading"], color=MUTED, linewidth=1)
    ax.scatter(table["loading"], rows, color=list(colours), s=38, zorder=3)
    ax.axvline(0.7, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    ax.set_yticks(rows, [named(item, items) for item in table["item"]])
    ax.tick_params(axis="y", labelsize=8.5)
    for construct, part in table.groupby("construct", sort=False):
        ax.text(
            1.02,
            float(part.index.to_numpy().mean()),
            "\n".join(wrap(named(construct, names), 0.9, 8.5)),
            va="center",
            fontsize=8.5,
            color=GREY,
        )
        if part.index[0]:
            ax.axhline(part.index[0] - 0.5, color=MUTED, linewidth=0.8)
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlim(min(0.0, float(table["loading"].min()) - 0.05), 1.0)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(tr("Loading: correlation of the item with its construct; dashed: .70"))
    worst = table.sort_values("loading").iloc[0]
    text = (
        tr(
            "'{item}' hardly belongs to its block: loading {value}",
            item=named(worst["item"], items),
            value=number(worst["loading"], 2),
        )
        if worst["loading"] < 0.4
        else tr(
            "Every item belongs to its block; the weakest loading is {value}",
            value=number(worst["loading"], 2),
        )
    )
    headline(ax, text, indent=1.9)
    return ax


def htmt_map(result: PLSResult, *, labels: Mapping[str, str] | None = None, ax: Axes | None = None) -> Axes:
    """Draw the heterotrait–monotrait ratios as a heat map; pairs above .90 are marked.

    Parameters
    ----------
    result
        A fitted model.
    labels
        Construct to its name; by default those of the index models.
    ax
        Axes to draw into; new ones if not given.

    """
    import seaborn as sns

    names = {**construct_names(), **(labels or {})}
    table = result.htmt
    hidden = np.triu(np.ones(table.shape, dtype=bool))[1:, :-1]
    shown = table.iloc[1:, :-1]
    ax = axes(ax, height=4.0)
    sns.heatmap(
        shown,
        mask=hidden,
        annot=True,
        fmt=".2f",
        cmap="crest",
        vmin=0.3,
        vmax=1.1,
        cbar=False,
        linewidths=1.5,
        ax=ax,
        annot_kws={"fontsize": 9},
    )
    ax.set_yticklabels([named(c, names) for c in shown.index], rotation=0)
    ax.set_xticklabels(["\n".join(wrap(named(c, names), 0.8, 9)) for c in shown.columns], rotation=0)
    ax.tick_params(length=0)
    high = int((shown.to_numpy()[~hidden] > 0.9).sum())
    if high:
        from matplotlib.patches import Rectangle

        for i, j in zip(*np.nonzero((shown.to_numpy() > 0.9) & ~hidden), strict=True):
            ax.add_patch(Rectangle((j + 0.03, i + 0.03), 0.94, 0.94, fill=False, edgecolor=BAD, linewidth=2))
    text = (
        tr("{n} pairs of constructs are hardly told apart (HTMT above .90)", n=high)
        if high
        else tr("All constructs are told apart (HTMT below .90)")
    )
    headline(ax, text, indent=1.4)
    return ax


def index_bars(
    table: pd.DataFrame,
    *,
    labels: Mapping[str, str] | None = None,
    target: str = "satisfaction",
    ax: Axes | None = None,
) -> Axes:
    """Draw the indices of all constructs on 0–100.

    Parameters
    ----------
    table
        Columns construct, index, and low and high if there are intervals.
    labels
        Construct to its name; by default those of the index models.
    target
        The construct that is emphasised.
    ax
        Axes to draw into; new ones if not given.

    """
    names = {**construct_names(), **(labels or {})}
    table = table.sort_values("index", ascending=False, ignore_index=True)
    ax = axes(ax, height=1.2 + 0.32 * len(table))
    colours = [ACCENT if c == target else "#9fc5c5" for c in table["construct"]]
    rows = np.arange(len(table))
    ax.barh(rows, table["index"], color=colours, height=0.62)
    ends = table["index"]
    if {"low", "high"} <= set(table.columns):
        ax.hlines(rows, table["low"], table["high"], color=INK, linewidth=1.6)
        ends = table[["index", "high"]].max(axis=1)
    for row, (value, end) in enumerate(zip(table["index"], ends, strict=True)):
        ax.annotate(
            number(value, 1), (end, row), (5, 0), textcoords="offset points", va="center", fontsize=9.5
        )
    ax.set_yticks(rows, [named(c, names) for c in table["construct"]])
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlim(0, 100)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(tr("Index, 0–100"))
    own = table.set_index("construct")["index"]
    lowest, facts = (
        table["construct"].iloc[-1],
        {"name": named(target, names), "value": number(own[target], 1)},
    )
    text = (
        tr("{name} index {value}", **facts)
        if lowest == target
        else tr(
            "{name} index {value}; lowest: {lowest}, {least}",
            lowest=_small(named(lowest, names)),
            least=number(table["index"].iloc[-1], 1),
            **facts,
        )
    )
    headline(ax, text, indent=1.4)
    return ax
