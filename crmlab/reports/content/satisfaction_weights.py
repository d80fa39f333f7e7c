"""The weights of the satisfaction index: where they come from, and the index under each way of weighing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.csi.recognise import PREFIXES
from crmlab.data.judgements import judgements_template
from crmlab.data.roles import normal_name
from crmlab.errors import CrmlabError, DataError, did_you_mean
from crmlab.plots.path_model import CONSTRUCTS
from crmlab.reports.content.satisfaction_words import constructs
from crmlab.satisfaction import cronbach_alpha
from crmlab.satisfaction.intervals import t_interval
from crmlab.text import speaking, tr
from crmlab.weights import (
    AHPGroup,
    WeightComparison,
    ahp_group,
    compare_weights,
    critic_weights,
    entropy_weights,
)

if TYPE_CHECKING:
    from crmlab.reports.content.satisfaction_model import Model
    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.registry import SatisfactionParameters

__all__ = ["WAYS", "Weighed", "compare_groups_by", "part_name", "weigh"]

#: the ways of weighing, in the order in which they are shown
WAYS = ("pls", "equal", "entropy", "critic", "ahp")
#: parts that customers judge of what is done; what they expect and what follows is none
_DONE = ("image", "quality", "value")
#: alpha from which items without a model are put together without being asked to
_TOGETHER = 0.70
#: answers below which data cannot weigh
_FEW = 10


@dataclass(frozen=True, eq=False)
class Weighed:
    """An index as a weighted mean of parts, under every way of weighing that the data allow."""

    #: items, or constructs
    parts: tuple[str, ...]
    #: ``"satisfaction"`` (the items of that block), ``"items"`` or ``"constructs"``
    kind: str
    #: a row for each respondent, a column for each part, 0–100
    points: pd.DataFrame
    #: way to the weights of the parts, which sum to 1
    weights: pd.DataFrame
    #: way, index, low, high, n
    table: pd.DataFrame
    #: the way that the report takes, and why: ``asked``, ``judged``, ``model`` or ``even``
    way: str
    why: str
    judged: AHPGroup | None
    #: ways side by side; None where there is one only
    compared: WeightComparison | None

    def respondents(self, way: str | None = None) -> pd.Series[float]:
        """Return each respondent's index."""
        return _scores(self.points, self.weights[way or self.way])

    def index(self, way: str | None = None) -> dict[str, float]:
        """Return index, low and high."""
        row = self.table[self.table["way"] == (way or self.way)].iloc[0]
        return {name: float(row[name]) for name in ("index", "low", "high")}

    @property
    def own(self) -> bool:
        """Whether the index is another one than that of the path model."""
        return not (self.way == "pls" and self.kind == "satisfaction")


def weigh(
    given: ReportInput,
    parameters: SatisfactionParameters,
    points: pd.DataFrame,
    blocks: Mapping[str, tuple[str, ...]],
    model: Model | None,
) -> Weighed | None:
    """Return the index under every way of weighing, or None where there is nothing to weigh.

    Raises
    ------
    crmlab.errors.DataError
        When a way was asked for that the data do not allow, or the judgements name other things than the survey.

    """
    wanted = parameters.weights
    pairs = _judgements(given)
    if wanted == "ahp" and pairs is None:
        raise _no_judgements(_to_judge(points, blocks, given))
    if pairs is None:
        parts, kind = _parts(points, blocks, model)
        names: dict[str, str] = {}
    else:
        parts, kind, names = _judged_parts(pairs, given, points, blocks)
    if len(parts) < 2:
        if wanted in {"auto", "pls"}:
            return None
        raise DataError(
            tr("weights={way} was asked for, but there are no two parts to weigh.", way=wanted),
            hint=tr("An index needs two items of satisfaction, or two items in all."),
        )
    scores = _part_points(points, parts, kind, blocks, model)
    ways = _ways(scores, parts, kind, model)
    judged = None
    if pairs is not None:
        judged = _ahp(pairs, names, parts)
        ways["ahp"] = judged.weights.reindex(list(parts))
    way, why = _chosen(wanted, ways, scores)
    if not way:
        return None
    weights = pd.DataFrame({name: ways[name] for name in WAYS if name in ways}).loc[list(parts)]
    rows = []
    for name in weights:
        by_model = model if name == "pls" and kind == "satisfaction" else None
        rows.append(_row(str(name), scores, weights[name], by_model, parameters.confidence))
    compared = compare_weights(_by_way(weights)) if weights.shape[1] > 1 else None
    return Weighed(parts, kind, scores, weights, pd.DataFrame(rows), way, why, judged, compared)


def compare_groups_by(weighed: Weighed, members: pd.Series[str], least: int) -> WeightComparison | None:
    """Return how groups stand under every way of weighing; None with fewer than two groups or ways."""
    if weighed.weights.shape[1] < 2:
        return None
    enough = members[members.isin(members.value_counts()[lambda n: n >= least].index)]
    found = weighed.points.groupby(enough)
    means = found.mean()[(found.count() >= least).all(axis=1)]
    if len(means) < 2:
        return None
    return compare_weights(_by_way(weighed.weights), means)


def _by_way(weights: pd.DataFrame) -> dict[str, pd.Series[float]]:
    return {str(way): weights[way] for way in weights}


def part_name(given: ReportInput, part: str, kind: str) -> str:
    """Return a part as the reader knows it."""
    return constructs()[part] if kind == "constructs" else given.labels.get(part) or part


def _parts(
    points: pd.DataFrame, blocks: Mapping[str, tuple[str, ...]], model: Model | None
) -> tuple[tuple[str, ...], str]:
    """Return what is weighed where nobody judged: the items of satisfaction, the constructs of what is done, or all items."""
    own = tuple(item for item in blocks.get("satisfaction", ()) if item in points)
    if len(own) > 1:
        return own, "satisfaction"
    done = tuple(name for name in _DONE if name in blocks)
    if model is not None and len(done) > 1:
        return done, "constructs"
    return tuple(map(str, points)), "items"


def _to_judge(points: pd.DataFrame, blocks: Mapping[str, tuple[str, ...]], given: ReportInput) -> list[str]:
    """Return the names for an empty matrix of judgements: what is done, by construct or by item."""
    done = [name for name in _DONE if name in blocks]
    if len(done) > 1:
        return [constructs()[name] for name in done]
    return [str(given.labels.get(item, item)) for item in map(str, points)][:15]


def _part_points(
    points: pd.DataFrame,
    parts: Sequence[str],
    kind: str,
    blocks: Mapping[str, tuple[str, ...]],
    model: Model | None,
) -> pd.DataFrame:
    if kind == "constructs" and model is not None and set(parts) <= set(model.scores.respondents):
        return model.scores.respondents[list(parts)].reindex(points.index)
    turned = points.copy()
    for item in model.scores.reflected_items if model is not None else ():
        turned[item] = 100 - turned[item]
    if kind == "constructs":
        return pd.DataFrame({name: turned[list(blocks[name])].mean(axis=1) for name in parts})
    return turned[list(parts)]


def _ways(
    scores: pd.DataFrame, parts: tuple[str, ...], kind: str, model: Model | None
) -> dict[str, pd.Series[float]]:
    ways: dict[str, pd.Series[float]] = {}
    by_model = _by_model(parts, kind, model)
    if by_model is not None:
        ways["pls"] = by_model
    ways["equal"] = pd.Series(1 / len(parts), index=list(parts))
    complete = scores.dropna()
    if len(complete) >= _FEW:
        for name in ("entropy", "critic"):
            try:
                by_spread = (
                    entropy_weights(complete, normalise="minmax")
                    if name == "entropy"
                    else critic_weights(complete)
                )
            except CrmlabError:  # nothing varies, or everything rises and falls together
                continue
            ways[name] = by_spread.weights
    return ways


def _by_model(parts: tuple[str, ...], kind: str, model: Model | None) -> pd.Series[float] | None:
    """Return the weights that the path model gives: those of the block, or what a point more does to the index."""
    if model is None:
        return None
    if kind == "satisfaction":
        table = model.scores.weights
        table = table[table["construct"] == "satisfaction"]
        found = table.set_index("item")["weight"]
    elif model.drivers is None:
        return None
    elif kind == "constructs":
        found = model.drivers.constructs.set_index("construct")["importance"]
    else:
        found = model.drivers.items.set_index("item")["importance"]
    if not set(parts) <= set(found.index):
        return None
    found = found.loc[list(parts)].clip(lower=0)
    return found / found.sum() if found.sum() > 0 else None


def _chosen(wanted: str, ways: Mapping[str, pd.Series[float]], scores: pd.DataFrame) -> tuple[str, str]:
    if wanted != "auto":
        if wanted in ways:
            return wanted, "asked"
        reason = (
            tr("no path model that weighs these parts was fitted")
            if wanted == "pls"
            else tr("the answers do not vary enough, or too few respondents answered everything")
        )
        raise DataError(
            tr("weights={way} was asked for, but the data do not allow it.", way=wanted),
            problems=[reason],
            hint=tr("Possible are: {ways}.", ways=tr(", ").join(ways)),
        )
    if "ahp" in ways:
        return "ahp", "judged"
    if "pls" in ways:
        return "pls", "model"
    try:
        together = cronbach_alpha(scores).raw >= _TOGETHER
    except CrmlabError:
        together = False
    return ("equal", "even") if together else ("", "")


def _scores(points: pd.DataFrame, weights: pd.Series[float]) -> pd.Series[float]:
    """Return weighted means; a missing answer is left out, and the weights of the others scaled up."""
    values, w = points.to_numpy(dtype=float), weights.reindex(points.columns).to_numpy(dtype=float)
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.where(there, values, 0.0) @ w / (there @ w)
    return pd.Series(scores, index=points.index)


def _row(
    way: str, scores: pd.DataFrame, weights: pd.Series[float], model: Model | None, confidence: float
) -> dict[str, object]:
    """Return one way's index; `model` is the path model where its own index is meant."""
    each = _scores(scores, weights).dropna()
    n, index = len(each), float(each.mean())
    low, high = t_interval(index, float(each.std(ddof=1)) / n**0.5, n - 1, confidence)
    if model is not None:
        own = model.index()
        index, low, high = own["index"], own["low"], own["high"]
    low, high = np.clip([low, high], 0, 100)  # keeps what is missing missing
    return {"way": way, "index": index, "low": float(low), "high": float(high), "n": n}


def _judgements(given: ReportInput) -> pd.DataFrame | None:
    table = given.judgements
    return None if table is None or table.empty else table


def _judged_parts(
    pairs: pd.DataFrame,
    given: ReportInput,
    points: pd.DataFrame,
    blocks: Mapping[str, tuple[str, ...]],
) -> tuple[tuple[str, ...], str, dict[str, str]]:
    """Return the parts that were judged, what they are, and the name in the judgements to the part."""
    told = list(dict.fromkeys([*pairs["item_a"], *pairs["item_b"]]))
    by_item = {normal_name(str(item)): str(item) for item in points}
    by_item |= {normal_name(given.labels[item]): item for item in map(str, points) if item in given.labels}
    by_construct = _construct_names(blocks)
    best: dict[str, str] = {}
    kind = ""
    for known, what in ((by_construct, "constructs"), (by_item, "items")):
        found = {name: known[normal_name(name)] for name in told if normal_name(name) in known}
        if len(found) > len(best):
            best, kind = found, what
    unknown = [name for name in told if name not in best]
    if unknown or len(set(best.values())) < len(told):
        known_names = [str(given.labels.get(item, item)) for item in map(str, points)]
        known_names += [constructs()[name] for name in blocks]
        problems = []
        for name in unknown[:8]:
            near = did_you_mean(name, known_names)
            problems.append(
                tr("“{given}”: did you mean {near}?", given=name, near=near)
                if near
                else tr("the survey has nothing called “{name}”", name=name)
            )
        if not unknown:
            problems = [tr("two names mean the same: {names}", names=tr(", ").join(told))]
        raise DataError(
            tr("The judgements compare other things than the survey asks for."),
            problems=problems,
            hint=tr(
                "Name the items or the constructs of the survey, as in this empty matrix:\n{matrix}",
                matrix=judgements_template(_to_judge(points, blocks, given)),
            ),
        )
    parts = tuple(best[name] for name in told)
    if kind == "items" and set(parts) == set(blocks.get("satisfaction", ())):
        kind = "satisfaction"
    return parts, kind, best


def _construct_names(blocks: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return every name of a construct of the survey, in both languages, to the construct."""
    found: dict[str, str] = {}
    for construct in blocks:
        words = {construct, *PREFIXES.get(construct, ())}
        for lang in ("en", "zh"):
            with speaking(lang):
                words.add(constructs()[construct])
        words.add(CONSTRUCTS.get(construct, construct))
        found |= {normal_name(word): construct for word in words}
    return found


def _ahp(pairs: pd.DataFrame, names: Mapping[str, str], parts: Sequence[str]) -> AHPGroup:
    judges = {
        str(judge): {
            (names[a], names[b]): float(value)
            for a, b, value in zip(one["item_a"], one["item_b"], one["judgement"], strict=True)
        }
        for judge, one in pairs.groupby("judge", sort=False)
    }
    # the reader lets roundings such as 9.1 for 9 pass
    return ahp_group(judges, names=list(parts), largest=10.0)


def _no_judgements(names: Sequence[str]) -> DataError:
    return DataError(
        tr("weights=ahp was asked for, but no judgements were given."),
        hint=tr(
            "Save this matrix as judgements.csv, say in each empty cell above the diagonal how many times as important the row "
            "is as the column (1/9 to 9), and add --data judgements=judgements.csv:\n{matrix}",
            matrix=judgements_template(names),
        ),
    )
