"""Two groups under one path model in the satisfaction report: whether what moves satisfaction differs between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.errors import CrmlabError, ParameterError, did_you_mean
from crmlab.plots.satisfaction_pair import path_pairs
from crmlab.plots.satisfaction_report import plain_label
from crmlab.pls import GroupComparison, compare_groups
from crmlab.reports.content.satisfaction_apart import apart_sentence, apart_table
from crmlab.reports.content.satisfaction_words import constructs, head, inside, listing
from crmlab.show import Block, escape_markdown, figure, table
from crmlab.text import join_sentences, number, p_value, tr

if TYPE_CHECKING:
    from crmlab.reports.content.satisfaction_groups import Groups
    from crmlab.reports.content.satisfaction_model import Model
    from crmlab.reports.content.satisfaction_study import Study
    from crmlab.reports.registry import SatisfactionParameters

__all__ = ["ENOUGH", "method_pair", "pair", "study_pair"]

#: respondents that a group needs for a path model of its own
ENOUGH = 50
#: random splits of the respondents
_SPLITS = 1000


def study_pair(
    points: pd.DataFrame,
    model: Model | None,
    groups: Groups | None,
    parameters: SatisfactionParameters,
    *,
    rng: np.random.Generator,
) -> GroupComparison | None:
    """Return the comparison of the two largest groups, or of the pair asked for; None where they are too small.

    Raises
    ------
    crmlab.errors.ParameterError
        When a pair was asked for that is none, or that is too small.

    """
    wanted = [part.strip() for part in re.split(r"[,，;；]", parameters.pair) if part.strip()]
    if model is None or groups is None:
        if wanted:
            raise ParameterError(
                tr(
                    "The parameter pair compares path models, and this report has no path model or no groups."
                ),
                hint=tr("Leave pair empty."),
            )
        return None
    named = groups.table[~groups.table["together"]]
    sizes = named.set_index("group")["n"].sort_values(ascending=False, kind="stable")
    names = _asked(wanted, sizes) if wanted else [str(name) for name in sizes.index[:2]]
    if len(names) < 2 or (sizes.loc[names] < ENOUGH).any():
        if wanted:
            raise ParameterError(
                tr(
                    "The pair is too small to be compared: each group needs {least} respondents.",
                    least=ENOUGH,
                ),
                problems=[
                    tr("{group}: {n} respondents", group=name, n=number(int(sizes[name]))) for name in names
                ],
            )
        return None
    try:
        return compare_groups(
            points,
            model.fit.structure,
            groups.members.reindex(points.index),
            groups=(names[0], names[1]),
            permutations=_SPLITS,
            rng=rng,
            scale=(0, 100),
            adjust="holm",
            scheme=parameters.scheme,
        )
    except CrmlabError:  # an item constant in one of the groups, or weights that do not settle there
        if wanted:
            raise
        return None


def _asked(wanted: list[str], sizes: pd.Series[int]) -> list[str]:
    known = [str(name) for name in sizes.index]
    names, problems = [], []
    for name in wanted:
        found = next((one for one in known if one.casefold() == name.casefold()), None)
        found = found or next((one for one in known if one.split(" ")[0].casefold() == name.casefold()), None)
        if found is None:
            near = did_you_mean(name, known)
            problems.append(
                tr("“{given}”: did you mean {near}?", given=name, near=near)
                if near
                else tr("no group “{name}”", name=name)
            )
        elif found not in names:
            names.append(found)
    if problems or len(names) != 2:
        raise ParameterError(
            tr("The parameter pair names two groups, with a comma between."),
            problems=problems,
            hint=tr("Groups are: {names}.", names=tr(", ").join(known[:20])),
        )
    return names


def _different(found: GroupComparison, level: float) -> pd.DataFrame:
    return found.paths[found.paths["p_adjusted"] < 1 - level]


def pair(study: Study) -> list[Block]:
    """Show whether the paths of the model, and the indices, differ between two groups."""
    found = study.pair
    if found is None or found.indices is None:
        if study.apart is None:
            return []
        first, second = (escape_markdown(name) for name in study.apart.groups)
        return [
            head(tr("{first} against {second}", first=first, second=second), apart_sentence(study)),
            *apart_table(study),
        ]
    names = constructs()
    first, second = (escape_markdown(str(name)) for name in found.groups)
    return [
        head(
            tr("Does something else matter in {first} than in {second}?", first=first, second=second),
            join_sentences(
                [
                    _paths_sentence(study),
                    _index_sentence(study),
                    _same_sentence(study),
                    apart_sentence(study),
                ]
            ),
        ),
        figure(
            path_pairs(
                found.paths,
                names=(plain_label(str(found.groups[0]), 20), plain_label(str(found.groups[1]), 20)),
                labels=names,
                level=study.confidence,
                title=_title(study),
            ),
            tr("Path coefficients in the two groups; grey: differences that chance explains"),
            tr("Dot plot of path coefficients in two groups. {finding}", finding=_title(study)),
            "pair",
        ),
        _path_table(study, found),
        _index_table(study, found),
        *apart_table(study),
    ]


def _title(study: Study) -> str:
    assert study.pair is not None
    n = len(_different(study.pair, study.confidence))
    if not n:
        return tr("No path differs between the groups beyond chance")
    return tr("{n} of {all} paths differ between the groups", n=number(n), all=number(len(study.pair.paths)))


def _paths_sentence(study: Study) -> str:
    found, names = study.pair, constructs()
    assert found is not None
    sizes = tr("({first} and {second} answers)", first=number(found.n[0]), second=number(found.n[1]))
    apart = _different(found, study.confidence)
    if apart.empty:
        return tr(
            "No path of the model differs between the two groups {sizes} beyond chance: what moves satisfaction is the same, as far "
            "as the data can tell.",
            sizes=sizes,
        )
    listed = [
        tr(
            "{start} → {end} ({first} against {second})",
            start=names[row["from"]],
            end=inside(names[row["to"]]),
            first=number(row["first"], 2),
            second=number(row["second"], 2),
        )
        for row in apart.to_dict("records")
    ]
    return tr(
        "Beyond chance, these paths differ between the two groups {sizes}: {paths}.",
        sizes=sizes,
        paths=listing(listed),
    )


def _index_sentence(study: Study) -> str:
    found, names = study.pair, constructs()
    assert found is not None
    assert found.indices is not None
    apart = found.indices[found.indices["p_adjusted"] < 1 - study.confidence]
    if apart.empty:
        return tr("No index differs between them beyond chance.")
    apart = apart.sort_values("difference", key=np.abs, ascending=False)
    listed = [
        tr(
            "{construct} ({points} points)",
            construct=inside(names[row["construct"]]),
            points=f"{row['difference']:+.1f}".replace("-", "−"),
        )
        for row in apart.to_dict("records")
    ]
    return tr(
        "How high they stand does differ: {first} less {second}, {indices}.",
        first=escape_markdown(str(found.groups[0])),
        second=escape_markdown(str(found.groups[1])),
        indices=listing(listed),
    )


def _same_sentence(study: Study) -> str:
    """Warn of constructs that mean something else in the two groups."""
    found, names = study.pair, constructs()
    assert found is not None
    table_ = found.invariance(1 - study.confidence)
    other = [inside(names[one]) for one in table_.loc[table_["invariance"] == "none", "construct"]]
    if not other:
        return ""
    return tr(
        "In the two groups {names} is made of other weights, so that its paths should not be compared.",
        names=listing(other),
    )


def _path_table(study: Study, found: GroupComparison) -> Block:
    names = constructs()
    columns = ["from", "to", "first", "second", "difference", "p", "p_adjusted"]
    frame = found.paths[columns].assign(
        **{end: [names[one] for one in found.paths[end]] for end in ("from", "to")}
    )
    return table(
        frame,
        tr("Path coefficients of the two groups"),
        "pair-paths",
        formats=dict.fromkeys(("first", "second", "difference"), ".3f") | {"p": "p", "p_adjusted": "p"},
        labels=_labels(found) | {"from": tr("From"), "to": tr("To")},
        note=_note(study, found),
    )


def _index_table(study: Study, found: GroupComparison) -> Block:
    assert found.indices is not None
    names = constructs()
    kinds = {
        "full": tr("the same"),
        "partial": tr("the same composite, another mean or spread"),
        "none": tr("another composite"),
    }
    same = found.invariance(1 - study.confidence)
    frame = found.indices[["construct", "first", "second", "difference", "p", "p_adjusted"]].assign(
        construct=[names[one] for one in found.indices["construct"]],
        measured=[kinds[one] for one in same["invariance"]],
    )
    return table(
        frame,
        tr("Indices of the two groups, and whether the same thing is measured"),
        "pair-indices",
        formats=dict.fromkeys(("first", "second", "difference"), ".1f") | {"p": "p", "p_adjusted": "p"},
        labels=_labels(found) | {"construct": tr("Construct"), "measured": tr("Measured (MICOM)")},
        note=None,
    )


def _labels(found: GroupComparison) -> dict[str, str]:
    return {
        "first": str(found.groups[0]),
        "second": str(found.groups[1]),
        "difference": tr("Difference"),
        "p": "p",
        "p_adjusted": tr("p, Holm"),
    }


def _note(study: Study, found: GroupComparison) -> str:
    dropped = sum(found.dropped.values())
    text = tr(
        "p from {n} random splits of the respondents; Holm's p allows for the number of comparisons. Below {level} a difference is "
        "called beyond chance.",
        n=number(found.n_valid),
        level=p_value(1 - study.confidence) if study.confidence != 0.95 else "0.05",
    )
    if dropped:
        text = join_sentences([text, tr("Left out as unusable: {n} splits.", n=number(dropped))])
    return text


def method_pair(study: Study) -> list[str]:
    """Return how the two groups were compared."""
    if study.pair is None:
        return []
    return [
        tr(
            "**Two groups**: the model is fitted in each group, and again in {n} random splits of the same respondents into groups "
            "of these sizes; p is the share of splits with a difference as large (Chin & Dibbern 2010), two-sided, counted with one "
            "more. Whether the same thing is measured in both groups is judged by MICOM (Henseler et al. 2016). Groups need "
            "{least} respondents; unequal ones hide differences, and a difference is no cause.",
            n=number(study.pair.permutations),
            least=number(ENOUGH),
        )
    ]
