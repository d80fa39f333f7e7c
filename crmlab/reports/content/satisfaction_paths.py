"""The path model in the satisfaction report: drawn, with coefficients and total effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab.plots import path_model as path_plots
from crmlab.reports.content.satisfaction_structure import short_source
from crmlab.reports.content.satisfaction_words import constructs, head, inside, listing, said, spoken_level
from crmlab.show import Block, figure, table
from crmlab.text import join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.satisfaction_model import Model
    from crmlab.reports.content.satisfaction_study import Study

__all__ = ["paths", "why_chosen"]


def paths(study: Study) -> list[Block]:
    """Show the path model: drawn, with all coefficients, intervals and total effects."""
    model = study.model
    if model is None:
        return []
    names = constructs()
    frame = _path_table(model)
    sentence = tr(
        "The model explains {share} of the differences in satisfaction between customers (R² = {r2}).",
        share=percent(_r_squared(model), 0),
        r2=number(_r_squared(model), 3),
    )
    if model.drivers is None:
        sentence = ""
    solid = 0
    if model.resamples is not None:
        solid = int(((frame["low"] > 0) | (frame["high"] < 0)).sum())
        sentence = join_sentences(
            [
                sentence,
                tr(
                    "All its {all} paths are told from zero by their {level} intervals.",
                    all=number(solid),
                    level=spoken_level(study),
                )
                if solid == len(frame)
                else tr(
                    "Of its {all} paths, {n} are told from zero by their {level} intervals.",
                    all=number(len(frame)),
                    n=number(solid),
                    level=spoken_level(study),
                ),
            ]
        )
    drawn = ", ".join(
        f"{names[row['from']]} → {names[row['to']]} {number(row['estimate'], 2)}"
        for row in frame.to_dict("records")
    )
    formats = dict.fromkeys(("estimate", "low", "high"), ".3f") | {"p": "p", "f_squared": ".2f"}
    labels = {
        "from": tr("From"),
        "to": tr("To"),
        "estimate": tr("Path coefficient"),
        "low": tr("Lower limit"),
        "high": tr("Upper limit"),
        "p": "p",
        "f_squared": tr("Effect size f²"),
    }
    frame = frame.assign(**{end: [names[one] for one in frame[end]] for end in ("from", "to")})
    return [
        head(tr("How satisfaction comes about, and what follows from it"), sentence),
        figure(
            path_plots.path_diagram(model.fit, resamples=model.resamples),
            tr("The path model: coefficients on the arrows, explained share R² in the boxes")
            if model.resamples is None or solid == len(frame)
            else tr(
                "The path model: coefficients on the arrows, explained share R² in the boxes; dashed paths cannot be told "
                "from zero"
            ),
            tr("Diagram of the path model with coefficients: {paths}.", paths=drawn),
            "path-model",
        ),
        table(
            frame,
            tr("Path coefficients"),
            "paths",
            formats={name: spec for name, spec in formats.items() if name in frame},
            labels={name: label for name, label in labels.items() if name in frame},
            note=tr(
                "Standardised items, {scheme} weighting scheme, all blocks in mode A.", scheme=_scheme(model)
            ),
        ),
        _total_effects(study, model),
        *_models(study),
    ]


def _models(study: Study) -> list[Block]:
    """Say which model was fitted and why, and what the others would have needed."""
    choice, names = study.choice, constructs()
    rows = [
        {
            "model": match.model.name,
            "source": short_source(match.model),
            "asked": f"{len(match.blocks)} / {len(match.model.constructs)}",
            "missing": listing([names[one] for one in match.missing]) or tr("nothing"),
            "taken": tr("fitted") if match.model is choice.model else "",
        }
        for match in choice.matches
    ]
    return [
        said(why_chosen(study)),
        table(
            pd.DataFrame(rows),
            tr("The index models, and what the questionnaire has of them"),
            "models",
            labels={
                "model": tr("Model"),
                "source": tr("Published by"),
                "asked": tr("Constructs asked"),
                "missing": tr("Missing"),
                "taken": tr("Here"),
            },
        ),
    ]


def why_chosen(study: Study) -> str:
    """Say which structure was fitted, and why."""
    choice = study.choice
    if choice.model is None:
        return tr(
            "The model fitted is your own (parameter paths); the index models stand below for comparison."
        )
    name, names = choice.model.name, constructs()
    if choice.how == "asked":
        text = tr("**{model}** was fitted, as asked (structure = {given}).", model=name, given=name.lower())
    elif not choice.lacking:
        others = [
            match.model.name for match in choice.matches if match.complete and match.model is not choice.model
        ]
        text = tr("**{model}** was chosen, for the items name all its constructs.", model=name)
        if others:
            text = tr(
                "**{model}** was chosen: of the index models whose constructs are all asked for, it uses the most of them; "
                "{others} would be possible too (parameter structure).",
                model=name,
                others=listing(others),
            )
    else:
        text = tr("**{model}** was chosen, for the items come closest to it.", model=name)
    if choice.lacking:
        text = join_sentences(
            [
                text,
                tr(
                    "Not asked for, and left out with their paths: {names}.",
                    names=listing([inside(names[one]) for one in choice.lacking]),
                ),
            ]
        )
    return text


def _scheme(model: Model) -> str:
    return {"path": tr("path"), "centroid": tr("centroid"), "factorial": tr("factorial")}[model.fit.scheme]


def _r_squared(model: Model) -> float:
    values = dict(zip(model.fit.r_squared["construct"], model.fit.r_squared["r_squared"], strict=True))
    return float(values.get("satisfaction", float("nan")))


def _path_table(model: Model) -> pd.DataFrame:
    """Return from, to, estimate, low, high, p (with resamples), f_squared."""
    effect = model.fit.f_squared["f_squared"].to_numpy()
    if model.resamples is None:
        return model.fit.paths.rename(columns={"coefficient": "estimate"}).assign(f_squared=effect)
    columns = ["from", "to", "estimate", "low", "high", "p"]
    return model.resamples.paths[columns].assign(f_squared=effect)


def _total_effects(study: Study, model: Model) -> Block:
    """Show direct and total effects on satisfaction and loyalty."""
    names = constructs()
    targets = [one for one in ("satisfaction", "loyalty") if one in model.fit.structure.endogenous]
    effects = model.fit.total_effects
    if model.resamples is not None:
        spans = model.resamples.total_effects[["from", "to", "low", "high"]]
        effects = effects.merge(spans, on=["from", "to"], how="left")
    effects = effects[effects["to"].isin(targets)]
    effects = effects.sort_values(
        ["to", "total"], key=lambda column: column.map(targets.index) if column.name == "to" else -column
    )
    columns = [
        "from",
        "to",
        "direct",
        "indirect",
        "total",
        *(name for name in ("low", "high") if name in effects),
    ]
    shown = effects[columns].assign(**{end: [names[one] for one in effects[end]] for end in ("from", "to")})
    labels: dict[str, Any] = {
        "from": tr("From"),
        "to": tr("On"),
        "direct": tr("Direct"),
        "indirect": tr("By other constructs"),
        "total": tr("Total effect"),
        "low": tr("Lower limit"),
        "high": tr("Upper limit"),
    }
    return table(
        shown,
        tr("Total effects on {targets}", targets=listing([inside(names[one]) for one in targets])),
        "total-effects",
        formats=dict.fromkeys(columns[2:], ".3f"),
        labels={name: labels[name] for name in columns},
        note=tr(
            "Standard deviations of the later construct for one of the earlier; intervals of {level} by bootstrap.",
            level=spoken_level(study),
        )
        if model.resamples is not None
        else None,
    )
