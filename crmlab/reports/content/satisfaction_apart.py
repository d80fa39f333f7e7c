"""The scores of two groups in the satisfaction report: how far apart they are, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab.errors import CrmlabError
from crmlab.reports.content.satisfaction_compared import measure_name
from crmlab.reports.content.satisfaction_words import with_interval
from crmlab.satisfaction import ScoreDifference, score_difference
from crmlab.show import Block, escape_markdown, table
from crmlab.text import join_sentences, number, tr

if TYPE_CHECKING:
    from crmlab.pls import GroupComparison
    from crmlab.reports.content.satisfaction_groups import Groups
    from crmlab.reports.content.satisfaction_study import Study
    from crmlab.reports.registry import SatisfactionParameters
    from crmlab.satisfaction import CES, CSAT, NPS

__all__ = ["Apart", "apart_sentence", "apart_table", "study_apart"]

#: answers that a group needs
_LEAST = 10


@dataclass(frozen=True, eq=False)
class Apart:
    """Two groups and, by measure, how far the first lies above the second."""

    groups: tuple[str, str]
    differences: Mapping[str, ScoreDifference]


def study_apart(
    survey: pd.DataFrame,
    groups: Groups | None,
    pair: GroupComparison | None,
    parameters: SatisfactionParameters,
    scores: tuple[CSAT | None, NPS | None, CES | None],
) -> Apart | None:
    """Return the differences of CSAT and NPS between the pair of the path models, or between the only two groups."""
    if groups is None:
        return None
    if pair is not None:
        names = (str(pair.groups[0]), str(pair.groups[1]))
    else:
        named = groups.table[~groups.table["together"]]
        if len(groups.table) != 2 or len(named) != 2:
            return None
        largest = named.sort_values("n", ascending=False, kind="stable")["group"]
        names = (str(largest.iloc[0]), str(largest.iloc[1]))
    asked: dict[str, tuple[str, dict[str, Any]]] = {}
    if scores[0] is not None:
        asked["csat"] = "overall", {"scale": scores[0].scale, "top": parameters.csat_top}
    if scores[1] is not None:
        asked["nps"] = "recommend", {}
    members = groups.members.reindex(survey.index)
    found = {}
    for measure, (column, options) in asked.items():
        first, second = (survey.loc[members == name, column].dropna() for name in names)
        if min(len(first), len(second)) < max(parameters.min_group, _LEAST):
            continue
        try:
            found[measure] = score_difference(
                second, first, measure=measure, confidence=parameters.confidence, **options
            )
        except CrmlabError:
            continue
    return Apart(names, found) if found else None


def _points(measure: str) -> float:
    return 100.0 if measure == "csat" else 1.0


def apart_sentence(study: Study) -> str:
    """Say how far the first group's scores lie above the second's."""
    found = study.apart
    if found is None:
        return ""
    first, second = (escape_markdown(name) for name in found.groups)
    said = []
    for measure, one in found.differences.items():
        unit = _points(measure)
        words = {
            "measure": measure_name(measure),
            "first": first,
            "second": second,
            "points": number(abs(one.difference) * unit, 1),
            "interval": with_interval(study, one.low * unit, one.high * unit),
        }
        if one.low > 0:
            said.append(
                tr("{measure} of {first} lies {points} points above that of {second} ({interval}).", **words)
            )
        elif one.high < 0:
            said.append(
                tr("{measure} of {first} lies {points} points below that of {second} ({interval}).", **words)
            )
        else:
            said.append(
                tr("{measure} of {first} and {second} cannot be told apart (difference {interval}).", **words)
            )
    return join_sentences(said)


def apart_table(study: Study) -> list[Block]:
    """Show the scores of the two groups and their differences."""
    found = study.apart
    if found is None:
        return []
    rows = [
        {
            "measure": measure_name(measure),
            "first": one.after * _points(measure),
            "second": one.before * _points(measure),
            "difference": one.difference * _points(measure),
            "low": one.low * _points(measure),
            "high": one.high * _points(measure),
            "chance": one.chance_of_change,
        }
        for measure, one in found.differences.items()
    ]
    return [
        table(
            pd.DataFrame(rows),
            tr("Scores of the two groups, in points"),
            "pair-scores",
            formats=dict.fromkeys(("first", "second", "difference", "low", "high"), ".1f") | {"chance": "p"},
            labels={
                "measure": tr("Measure"),
                "first": found.groups[0],
                "second": found.groups[1],
                "difference": tr("Difference"),
                "low": tr("Lower limit"),
                "high": tr("Upper limit"),
                "chance": "p",
            },
            note=tr(
                "p: how often a difference at least as large would arise if both groups were the same. The intervals are built from "
                "those of the two scores (MOVER)."
            ),
        )
    ]
