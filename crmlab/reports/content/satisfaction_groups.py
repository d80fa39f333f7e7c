"""Scores by group for the satisfaction report: nobody is recognised, neither directly nor by subtraction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.errors import DataError
from crmlab.reports.content.small_groups import guarded
from crmlab.satisfaction import group_scores
from crmlab.text import language, number, tr

if TYPE_CHECKING:
    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.registry import SatisfactionParameters
    from crmlab.satisfaction import CES, CSAT, NPS

__all__ = ["Groups", "put_together", "study_groups", "value_labels"]

#: column that holds the groups while they are compared
_GROUP = "__group__"


@dataclass(frozen=True, eq=False)
class Groups:
    """Scores by group.

    ``table``: group (as shown), n, together (whether it is small groups put together), and for each measure its value,
    ``…_low``, ``…_high``, ``…_n``; a value that would tell on few respondents is NaN.
    """

    label: str
    table: pd.DataFrame
    #: of csat, nps, ces, index, in this order; the first is the one that is drawn
    measures: tuple[str, ...]
    #: measure to the value of all together
    overall: Mapping[str, float]
    #: how many groups were put together
    together: int
    #: Kruskal–Wallis on the answers behind the first measure: H, df, p, epsilon squared; empty where it cannot be made
    test: Mapping[str, float]
    confidence: float
    #: each respondent's group as shown
    members: pd.Series[str]

    @property
    def differ(self) -> bool:
        """Whether the groups taken together differ beyond chance; False where that cannot be tested."""
        return bool(self.test) and self.test["p"] < 1 - self.confidence

    def apart(self) -> tuple[list[str], list[str]]:
        """Return the groups that lie below and above all together, by their whole interval.

        None do where the groups taken together do not differ: of many groups some always stand apart by chance.
        """
        if not self.differ:
            return [], []
        first = self.measures[0]
        whole = self.overall[first]
        named = self.table[~self.table["together"]].sort_values(first)
        low = list(named.loc[named[f"{first}_high"] < whole, "group"])
        return low, list(named.loc[named[f"{first}_low"] > whole, "group"])[::-1]


def put_together(sizes: Mapping[str, int], least: int) -> tuple[str, ...]:
    """Return the groups that are shown as one, so that no group below `least` can be told from the total.

    One small group alone could be had by subtraction: the next larger group joins it.

    >>> put_together({"A": 60, "B": 40, "C": 3}, 5)
    ('C', 'B')
    >>> put_together({"A": 60, "B": 4, "C": 3}, 5)
    ('C', 'B')
    """
    rising = sorted(sizes, key=lambda name: (sizes[name], name))
    together = [name for name in rising if sizes[name] < least]
    rest = [name for name in rising if sizes[name] >= least]
    while together and rest and (len(together) < 2 or sum(sizes[name] for name in together) < least):
        together.append(rest.pop(0))
    return tuple(together)


def study_groups(
    given: ReportInput,
    survey: pd.DataFrame,
    parameters: SatisfactionParameters,
    *,
    index: pd.Series[float] | None,
    scores: tuple[CSAT | None, NPS | None, CES | None],
) -> tuple[Groups | None, str]:
    """Return scores by group, or why there are none."""
    column = _column(given, parameters)
    if not column:
        return None, tr(
            "Groups are not compared: no column of groups was named (parameter group) or recognised."
        )
    label = _label(given, column)
    answers = _answers(survey, parameters, index, scores)
    if not answers:
        return None, tr("Groups are not compared: the survey asks for no overall score.")
    names = _names(given, survey, column)
    sizes = {str(name): int(n) for name, n in names.value_counts().items()}
    together = put_together(sizes, parameters.min_group)
    if len(sizes) < 2:
        return None, tr("Groups are not compared: everybody is in the same group.")
    if len(sizes) - len(together) < 1:
        return None, tr(
            "Groups are not compared: with fewer than {least} respondents in a group, somebody could be recognised.",
            least=parameters.min_group,
        )
    other = tr("{n} groups together", n=number(len(together)))
    frame = pd.DataFrame({_GROUP: names.where(~names.isin(together), other)}, index=survey.index)
    table = frame[_GROUP].value_counts(sort=False).rename_axis("group").rename("n").reset_index()
    table["together"] = (table["group"] == other) & bool(together)
    whole = {}
    for measure, (given_answers, options) in answers.items():
        found = group_scores(
            frame.assign(score=given_answers),
            _GROUP,
            "score",
            measure="ces" if measure == "index" else measure,
            min_group=1,
            **options,
        )
        whole[measure] = float(found.overall["value"].iloc[0])
        part = found.table.rename(columns={"group": "group", "n": f"{measure}_n", "value": measure})
        part = part.rename(columns={"low": f"{measure}_low", "high": f"{measure}_high"})
        keep = ["group", measure, f"{measure}_low", f"{measure}_high", f"{measure}_n"]
        table = table.merge(part[keep], on="group", how="left")
        hidden = guarded(table[f"{measure}_n"], parameters.min_group)
        table.loc[hidden, keep[1:-1]] = np.nan
    table = table.sort_values(["together", "group"], ignore_index=True)
    first = next(iter(answers))
    test = _test(frame.assign(score=answers[first][0]))
    level = parameters.confidence
    return Groups(label, table, tuple(answers), whole, len(together), test, level, frame[_GROUP]), ""


def _column(given: ReportInput, parameters: SatisfactionParameters) -> str:
    """Return the column of groups: named, or recognised."""
    assert given.survey is not None
    columns = [str(name) for name in given.survey.columns]
    for name in (parameters.group, "group"):
        if name and name in columns:
            return name
    if given.source["kind"] != "case":
        return ""
    from crmlab.data.roles import recognise

    found = recognise({name: name for name in columns}, "survey").roles.get("group")
    return found.column if found else ""


def _label(given: ReportInput, column: str) -> str:
    asked = next((name for role, name, _ in given.source["mapping"] if role == "group"), column)
    return str(given.labels.get(column, asked))


def _names(given: ReportInput, survey: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Return each respondent's group as shown; those without one are a group too, or they could be subtracted."""
    words = value_labels(given, column)
    names = survey[column].astype("str").where(survey[column].notna(), "")
    codes = words and len(set(words.values())) < len(words)
    shown = {name: f"{name} {words[name]}" if codes else words[name] for name in words}
    names = pd.Series([shown.get(str(name), str(name)).strip() for name in names], index=survey.index)
    return names.where(names != "", tr("not stated"))


def value_labels(given: ReportInput, column: str) -> dict[str, str]:
    """Return value to its word in the reader's language, for a case's column whose values are codes."""
    if given.source["kind"] != "case":
        return {}
    from crmlab.data import load_case

    lang = language()
    for table in load_case(given.source["name"]).card.tables:
        for one in table.columns:
            if one.name == column and one.categories:
                return {str(value): str(getattr(words, lang)) for value, words in one.categories.items()}
    return {}


def _answers(
    survey: pd.DataFrame,
    parameters: SatisfactionParameters,
    index: pd.Series[float] | None,
    scores: tuple[CSAT | None, NPS | None, CES | None],
) -> dict[str, tuple[pd.Series[Any], dict[str, Any]]]:
    """Return measure to answers and options."""
    overall, net, ease = scores
    level = {"confidence": parameters.confidence}
    found: dict[str, tuple[pd.Series[Any], dict[str, Any]]] = {}
    if overall is not None:
        found["csat"] = survey["overall"], {**level, "scale": overall.scale, "top": parameters.csat_top}
    if net is not None:
        found["nps"] = survey["recommend"], level
    if index is not None:
        found["index"] = index.reindex(survey.index), {**level, "scale": (0, 100)}
    if not found and ease is not None:
        found["ces"] = survey["effort"], {**level, "scale": ease.scale}
    return found


def _test(frame: pd.DataFrame) -> dict[str, float]:
    """Return the Kruskal–Wallis test of the groups' answers."""
    import pingouin

    frame = frame.dropna(subset=["score"])
    if frame["score"].nunique() < 2 or frame[_GROUP].nunique() < 2:
        return {}
    try:
        row = pingouin.kruskal(frame, dv="score", between=_GROUP).iloc[0]
    except (ValueError, DataError):
        return {}
    h = float(row["H"])
    return {"h": h, "df": float(row["ddof1"]), "p": float(row["p_unc"]), "epsilon": h / (len(frame) - 1)}
