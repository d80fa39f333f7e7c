"""The answers of a survey as the satisfaction report works with them: scales, numbers, points of 0–100."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.errors import ParameterError
from crmlab.text import tr

if TYPE_CHECKING:
    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.registry import SatisfactionParameters

__all__ = ["read_numbers", "read_scales", "to_points", "varies", "with_overall"]


def read_scales(
    given: ReportInput, parameters: SatisfactionParameters
) -> tuple[dict[str, tuple[float, float]], tuple[str, ...]]:
    """Return the scale of every answer; the parameter rules over the items, and over scores of unknown scale."""
    assert given.survey is not None
    scores = ("overall", "effort", "expectation", "perceived")
    scales: dict[str, tuple[float, float]] = {"recommend": (0.0, 10.0)}
    guessed: list[str] = []
    for name in (*scores, *given.items):
        if name not in given.survey:
            continue
        answers = pd.to_numeric(given.survey[name], errors="coerce").dropna()
        known = given.scales.get(name)
        told = float(parameters.scale_max)
        if told and (name in given.items or known is None):
            low = 0.0 if len(answers) and answers.min() < 1 else 1.0
            if len(answers) and answers.max() > told:
                raise ParameterError(
                    tr(
                        "scale_max={told} is below an answer to “{item}”: {answer}.",
                        told=parameters.scale_max,
                        item=given.labels.get(name, name),
                        answer=f"{answers.max():g}",
                    ),
                    hint=tr("Name the highest answer that the questionnaire offers."),
                )
            scales[name] = (low, told)
        elif known is not None:
            scales[name] = (float(known[0]), float(known[1]))
        else:
            scales[name] = _guess(answers)
            guessed.append(name)
    return scales, tuple(guessed)


def _guess(answers: pd.Series[Any]) -> tuple[float, float]:
    if answers.empty:
        return 1.0, 5.0
    low = min(1.0, float(np.floor(answers.min())))
    high = next((float(top) for top in (5, 7, 10) if answers.max() <= top), float(np.ceil(answers.max())))
    return low, high


def read_numbers(given: ReportInput, scales: Mapping[str, tuple[float, float]]) -> tuple[pd.DataFrame, bool]:
    """Return the survey with answers as numbers; effort with the greatest answer for the least effort."""
    assert given.survey is not None
    survey = given.survey.copy()
    for name in [*scales, "weight"]:
        if name in survey:
            survey[name] = pd.to_numeric(survey[name], errors="coerce").astype(float)
    asked = next((column for role, column, _ in given.source["mapping"] if role == "effort"), "")
    turned = "effort" in survey and "费力" in str(asked)
    if turned:
        survey["effort"] = sum(scales["effort"]) - survey["effort"]
    return survey, turned


def to_points(
    survey: pd.DataFrame, items: list[str], scales: Mapping[str, tuple[float, float]], *, least: int
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return items that vary as points from 0 to 100, and why others are left out."""
    columns, left_out = {}, {}
    for item in items:
        answers = survey[item].dropna()
        if len(answers) < least:
            left_out[item] = "few"
        elif not varies(answers):
            left_out[item] = "constant"
        else:
            low, high = scales[item]
            columns[item] = 100 * (survey[item] - low) / (high - low)
    return pd.DataFrame(columns, index=survey.index), left_out


def with_overall(
    points: pd.DataFrame,
    survey: pd.DataFrame,
    scales: Mapping[str, tuple[float, float]],
    blocks: Mapping[str, tuple[str, ...]],
) -> pd.DataFrame:
    """Add scores that stand in for a construct's items."""
    wanted = [name for block in blocks.values() for name in block if name not in points and name in survey]
    extra = {
        name: 100 * (survey[name] - scales[name][0]) / (scales[name][1] - scales[name][0]) for name in wanted
    }
    return points.assign(**extra)


def varies(answers: pd.Series[Any]) -> bool:
    """Tell whether not all who answered gave the same answer."""
    given = answers.dropna()
    return len(given) > 0 and bool(given.min() < given.max())
