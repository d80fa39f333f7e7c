"""What the satisfaction report says of causes: the index, what moves it, what to mend first, the path model."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.plots import path_model as path_plots
from crmlab.plots import satisfaction as plots
from crmlab.plots import satisfaction_report as own_plots
from crmlab.reports.content.satisfaction_words import (
    axes_of,
    constructs,
    figure_labels,
    head,
    inside,
    item_name,
    quoted,
    said,
    with_interval,
)
from crmlab.satisfaction.intervals import t_interval
from crmlab.show import Block, figure, table
from crmlab.text import join_sentences, number, tr

if TYPE_CHECKING:
    from crmlab.reports.content.satisfaction_model import Model
    from crmlab.reports.content.satisfaction_study import Study

__all__ = [
    "drivers",
    "index",
    "index_sentence",
    "lowest_sentence",
    "mend_first",
    "mend_sentence",
    "mover_sentence",
    "surely_important",
]

#: items beyond which a map bears numbers instead of names
_MOST_NAMED = 16
#: constructs from which on one stands lowest
_SOME = 3
#: correlation from which on two questions are one
_PERFECT = 0.999
#: quadrants of what is important
_IMPORTANT = ("concentrate_here", "keep_up")


def index(study: Study) -> list[Block]:
    """Show the index of satisfaction and of the other constructs, 0–100."""
    model = study.model
    if model is None:
        return []
    names = constructs()
    model = _with_own(study, model)
    ordered = model.indices.sort_values("index", ascending=False, ignore_index=True)
    sizes = {name: len(items) for name, items in model.fit.structure.blocks.items()}
    drawn = model.indices if model.resamples is not None else model.indices[["construct", "index"]]
    return [
        head(
            tr("The index of satisfaction"),
            join_sentences([index_sentence(study), _other_index(study), lowest_sentence(study)]),
        ),
        figure(
            path_plots.index_bars(drawn, ax=axes_of(1.1 + 0.26 * len(model.indices))),
            tr("Index of each construct, 0 to 100; lines are intervals")
            if model.resamples is not None
            else tr("Index of each construct, 0 to 100"),
            tr(
                "Bar chart of indices: {values}.",
                values=tr("; ").join(
                    f"{names[one]} {number(value, 1)}"
                    for one, value in zip(ordered["construct"], ordered["index"], strict=True)
                ),
            ),
            "index",
        ),
        table(
            pd.DataFrame(
                {
                    "construct": [names[one] for one in ordered["construct"]],
                    "items": [sizes[one] for one in ordered["construct"]],
                    "index": ordered["index"],
                    "low": ordered["low"],
                    "high": ordered["high"],
                }
            ),
            tr("Index of each construct"),
            "index",
            formats=dict.fromkeys(("index", "low", "high"), ".1f"),
            labels={
                "construct": tr("Construct"),
                "items": tr("Items"),
                "index": tr("Index, 0–100"),
                "low": tr("Lower limit"),
                "high": tr("Upper limit"),
            },
        ),
    ]


def _with_own(study: Study, model: Model) -> Model:
    """Return the model with the index of satisfaction by the weights that were chosen, where it weighs the same items."""
    weighed = study.weighed
    if weighed is None or weighed.kind != "satisfaction" or not weighed.own:
        return model
    indices = model.indices.copy()
    at = indices["construct"] == "satisfaction"
    for name, value in weighed.index().items():
        if name == "index" or model.resamples is not None:
            indices.loc[at, name] = value
    return replace(model, indices=indices)


def index_sentence(study: Study) -> str:
    """Say where the index of the construct satisfaction stands."""
    if study.model is None:
        return ""
    own = _with_own(study, study.model).index()
    if math.isnan(own["low"]):
        return tr("The satisfaction index stands at **{index}** of 100.", index=number(own["index"], 1))
    return tr(
        "The satisfaction index stands at **{index}** of 100 ({interval}).",
        index=number(own["index"], 1),
        interval=with_interval(study, own["low"], own["high"]),
    )


def _other_index(study: Study) -> str:
    """Tell the construct's index from one that is put together of other parts."""
    weighed = study.weighed
    if weighed is None or weighed.kind == "satisfaction":
        return ""
    return tr(
        "That is what customers say of their satisfaction itself; the index among the key findings is put together of what "
        "they say of {n} parts, as the next section tells.",
        n=number(len(weighed.parts)),
    )


def lowest_sentence(study: Study) -> str:
    """Say which construct stands highest and which lowest, of three or more."""
    if study.model is None or len(study.model.indices) < _SOME:
        return ""
    names = constructs()
    ordered = _with_own(study, study.model).indices.sort_values("index")
    worst, best = ordered.iloc[0], ordered.iloc[-1]
    return tr(
        "Of the {n} constructs, {best} stands highest ({high}) and {worst} lowest ({low}).",
        n=number(len(ordered)),
        best=inside(names[best["construct"]]),
        high=number(best["index"], 1),
        worst=inside(names[worst["construct"]]),
        low=number(worst["index"], 1),
    )


def mover_sentence(study: Study) -> str:
    """Say which construct moves satisfaction most."""
    model = study.model
    if model is None or model.drivers is None:
        return ""
    names = constructs()
    best = model.drivers.summary().iloc[0]
    words = {
        "construct": names[best["construct"]],
        "points": number(best["importance"], 2),
    }
    if math.isnan(best["importance_low"]):
        return tr(
            "**{construct}** goes with satisfaction most: a point more of its index brings {points} points of the "
            "satisfaction index.",
            **words,
        )
    if best["importance_low"] <= 0:
        return tr("No construct goes with satisfaction beyond chance.")
    return tr(
        "**{construct}** goes with satisfaction most: a point more of its index brings {points} points of the "
        "satisfaction index ({interval}).",
        **words,
        interval=with_interval(study, best["importance_low"], best["importance_high"], 2),
    )


def surely_important(table_: pd.DataFrame) -> pd.Series[bool]:
    """Return which items go with satisfaction beyond chance; a perfect correlation has no interval."""
    return (table_["importance_low"] > 0) | (
        table_["importance_low"].isna() & (table_["importance"] > _PERFECT)
    )


def mend_first(study: Study) -> list[str]:
    """Return the items to mend first: important and done worse than the rest, most to be gained first."""
    if study.drivers is None:
        return []
    table_ = study.drivers.table
    weak = table_[(table_["quadrant"] == "concentrate_here") & surely_important(table_)]
    gain = weak["importance"] * (100 - weak["performance"])
    return [str(item) for item in weak.loc[gain.sort_values(ascending=False).index, "item"]]


def mend_sentence(study: Study) -> str:
    """Say what to mend first."""
    if study.drivers is None:
        return ""
    first = mend_first(study)
    if not surely_important(study.drivers.table).any():
        return tr("No item goes with satisfaction beyond chance, so that none can be called important.")
    if not first:
        return tr("Nothing that matters much to satisfaction is done worse than the rest.")
    return tr(
        "To mend first: **{items}**, important for satisfaction and done worse than the rest.",
        items=quoted(study, first[:3]),
    )


def drivers(study: Study) -> list[Block]:
    """Show importance and performance: of the constructs where there is a model, and of the items."""
    items = _item_table(study)
    if items.empty:
        return []
    blocks = [
        head(
            tr("What moves satisfaction, and what to mend first"),
            join_sentences([mover_sentence(study), mend_sentence(study) or _range_sentence(study, items)]),
        )
    ]
    if study.model is not None and study.model.drivers is not None and len(study.model.drivers.summary()) > 1:
        blocks.append(_construct_map(study))
    if study.drivers is not None:
        blocks.append(_item_map(study))
    blocks.append(_shown_items(study, items))
    against = _against(study)
    if against:
        blocks.append(said(against))
    return blocks


def _construct_map(study: Study) -> Block:
    assert study.model is not None
    found = study.model.drivers
    assert found is not None
    names = constructs()
    best = found.summary().iloc[0]
    title = tr(
        "{construct} moves the index most: {points} points for one",
        construct=names[best["construct"]],
        points=number(best["importance"], 2),
    )
    if best["importance_low"] <= 0:
        title = tr("No construct goes with satisfaction beyond chance.").rstrip(".。")
    return figure(
        plots.importance_map(found, labels=names, title=title, ax=axes_of(3.5)),
        tr("Importance and performance of the constructs that lead to satisfaction"),
        tr("Scatter of importance against performance of the constructs. {title}.", title=title),
        "construct-map",
        interactive=own_plots.importance_map_moving(found, title=title, labels=names),
    )


def _item_map(study: Study) -> Block:
    assert study.drivers is not None
    many = len(study.drivers.table) > _MOST_NAMED
    labels = figure_labels(study)
    ranks = {str(item): str(place) for place, item in enumerate(study.drivers.summary()["item"], 1)}
    first = [labels[item] for item in mend_first(study)[:3]]
    title = tr("Nothing important is done worse than the rest")
    if not surely_important(study.drivers.table).any():
        title = tr("No item goes with satisfaction beyond chance")
    elif first:
        title = tr("To mend first: {names}", names=tr(", ").join(first))
    caption = tr("Importance and performance of the items; the lines are the means of all items")
    if many:
        caption = tr(
            "Importance and performance of the items, numbered as in the table; the lines are the means of all items"
        )
    return figure(
        plots.importance_map(
            study.drivers, labels=ranks if many else labels, title=title, ax=axes_of(4.2 if many else 3.6)
        ),
        caption,
        tr("Scatter of importance against performance of the items. {title}.", title=title),
        "item-map",
        interactive=own_plots.importance_map_moving(
            study.drivers, title=title, labels={item: item_name(study, item) for item in labels}
        ),
    )


def _item_table(study: Study) -> pd.DataFrame:
    """Return item, scale, n, mean, performance, performance_low, performance_high, and importance where it is known."""
    known = None if study.drivers is None else study.drivers.summary()
    rows = []
    for item in list(known["item"]) if known is not None else list(study.points):
        points = study.points[item].dropna()
        mean, se = float(points.mean()), float(points.std(ddof=1) / math.sqrt(len(points)))
        low, high = t_interval(mean, se, len(points) - 1, study.confidence)
        rows.append(
            {
                "item": str(item),
                "scale": "{:g}–{:g}".format(*study.scales[str(item)]),
                "n": len(points),
                "mean": float(study.survey[item].mean()),
                "performance": mean,
                "performance_low": max(0.0, low),
                "performance_high": min(100.0, high),
            }
        )
    found = pd.DataFrame(rows)
    if known is not None:
        columns = ["item", "importance", "importance_low", "importance_high", "quadrant"]
        return found.merge(known[columns], on="item")
    return found if found.empty else found.sort_values("performance", ignore_index=True)


def _shown_items(study: Study, items: pd.DataFrame) -> Block:
    known = "importance" in items
    shown = items.drop(columns=["n"] if items["n"].nunique() < 2 else [])
    shown = shown.assign(item=[item_name(study, item) for item in shown["item"]])
    if items["scale"].nunique() < 2:
        shown = shown.drop(columns="scale")
    if known:
        shown = shown.assign(
            quadrant=[
                tr(plots.QUADRANTS[one]) if sure or one not in _IMPORTANT else tr("importance uncertain")
                for one, sure in zip(shown["quadrant"], surely_important(shown), strict=True)
            ]
        )
    if len(shown) > _MOST_NAMED and known:
        shown = shown.drop(columns=["performance_low", "performance_high"])
        shown.insert(0, "rank", np.arange(1, len(shown) + 1))
    labels = {
        "rank": tr("No."),
        "item": tr("Item"),
        "scale": tr("Scale"),
        "n": tr("Answers"),
        "mean": tr("Mean"),
        "performance": tr("Performance, 0–100"),
        "performance_low": tr("Lower limit"),
        "performance_high": tr("Upper limit"),
        "importance": tr("Importance"),
        "importance_low": tr("Lower limit"),
        "importance_high": tr("Upper limit"),
        "quadrant": tr("Verdict"),
    }
    formats = dict.fromkeys(("performance", "performance_low", "performance_high"), ".1f")
    return table(
        shown,
        tr("The items, most important first") if known else tr("The items, lowest first"),
        "items",
        formats={name: spec for name, spec in formats.items() if name in shown},
        labels={name: label for name, label in labels.items() if name in shown},
        note=_importance_note(study) if known else None,
    )


def _importance_note(study: Study) -> str:
    target = (
        tr("overall satisfaction")
        if study.target == "overall"
        else tr("the mean of the answers on satisfaction")
    )
    return tr(
        "Importance is the correlation of an item with {target}; performance is its mean answer on 0–100.",
        target=target,
    )


def _range_sentence(study: Study, items: pd.DataFrame) -> str:
    worst, best = items.iloc[0], items.iloc[-1]
    if len(items) < 2:
        return ""
    return tr(
        "Of {n} items, {best} stands highest ({high} of 100) and {worst} lowest ({low}); importance cannot be derived, "
        "for the survey does not ask for overall satisfaction, or all answered it alike.",
        n=number(len(items)),
        best=quoted(study, [best["item"]]),
        high=number(best["performance"], 1),
        worst=quoted(study, [worst["item"]]),
        low=number(worst["performance"], 1),
    )


def _against(study: Study) -> str:
    """Name items that run against satisfaction: worded the other way round, or misread."""
    if study.drivers is None:
        return ""
    table_ = study.drivers.table
    found = list(table_.loc[table_["importance_high"] < 0, "item"])
    if not found:
        return ""
    return tr(
        "{items}: the more agreement, the less satisfaction. Recode such items if they are worded the other way round.",
        items=quoted(study, found),
    )
