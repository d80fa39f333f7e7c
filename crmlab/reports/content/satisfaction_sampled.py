"""What the weights of the sample do in the satisfaction report: scores with and without them, and what the answers still carry."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from crmlab.satisfaction import csat
from crmlab.show import Block, table
from crmlab.text import number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.satisfaction_study import Study
    from crmlab.satisfaction import CSAT

__all__ = ["weighting_sentence", "weighting_table", "without_weights"]


def without_weights(study: Study) -> CSAT | None:
    """Return CSAT with every answer counting alike; None where the answers have no weights, or equal ones."""
    found = study.csat
    if found is None or math.isclose(found.n_effective, found.n):
        return None
    return csat(
        study.survey["overall"],
        scale=found.scale,
        top=study.parameters.csat_top,
        confidence=study.confidence,
    )


def weighting_sentence(study: Study, *, whole: bool = True) -> str:
    """Say what the weights do to CSAT, and, as a `whole`, how many answers they leave; nothing without weights."""
    plain = without_weights(study)
    if plain is None or study.csat is None:
        return ""
    points = 100 * (study.csat.share - plain.share)
    facts = {"plain": percent(plain.share), "points": number(abs(points), 1)}
    moved = (
        tr("Without the weights of the sample CSAT would be {plain}, {points} points lower.", **facts)
        if points > 0
        else tr("Without the weights of the sample CSAT would be {plain}, {points} points higher.", **facts)
    )
    if not whole:
        return moved
    weights = study.survey.loc[study.survey["overall"].notna(), "weight"].fillna(0)
    carried = tr(
        "The weights run from {low} to {high} times their mean, so that {n} answers carry as much as {effective} of equal weight.",
        low=number(weights.min() / weights.mean(), 2),
        high=number(weights.max() / weights.mean(), 2),
        n=number(study.csat.n),
        effective=number(study.csat.n_effective),
    )
    return f"{moved} {carried}"


def weighting_table(study: Study) -> list[Block]:
    """Show CSAT and the mean answer with the weights of the sample and without them; nothing without weights."""
    plain, found = without_weights(study), study.csat
    if plain is None or found is None:
        return []
    rows = []
    for name, one in ((tr("with the weights"), found), (tr("without weights"), plain)):
        share = {"share": one.share, "share_low": one.low, "share_high": one.high}
        mean = {"mean": one.mean, "mean_low": one.mean_low, "mean_high": one.mean_high}
        rows.append({"counted": name, **share, **mean, "n_effective": one.n_effective})
    low, high = tr("Lower limit"), tr("Upper limit")
    return [
        table(
            pd.DataFrame(rows),
            tr("What the weights of the sample do"),
            "weighting",
            formats=dict.fromkeys(("share", "share_low", "share_high"), ".1%")
            | dict.fromkeys(("mean", "mean_low", "mean_high"), ".2f")
            | {"n_effective": ".0f"},
            labels={
                "counted": tr("Answers counted"),
                "share": "CSAT",
                "share_low": low,
                "share_high": high,
                "mean": tr("Mean answer"),
                "mean_low": low,
                "mean_high": high,
                "n_effective": tr("Effective answers"),
            },
            note=tr(
                "Effective answers: so many of equal weight would be as exact (Kish). The weights enter CSAT and its mean; all other scores, groups and models count every answer alike."
            ),
        )
    ]
