"""Questions asked in pairs in the satisfaction report: SERVQUAL's expected and perceived, Kano's with and without."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab.errors import CrmlabError
from crmlab.kano import KanoClasses, kano_classes
from crmlab.plots.satisfaction_gaps import KANO_NAMES, gap_lines, kano_map
from crmlab.plots.satisfaction_report import plain_label
from crmlab.reports.content.satisfaction_words import axes_of, head, listing, with_interval
from crmlab.satisfaction.servqual import ServqualGaps, servqual_gaps
from crmlab.show import Block, escape_markdown, figure, table
from crmlab.text import N_, join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.satisfaction_study import Study
    from crmlab.reports.registry import SatisfactionParameters

__all__ = ["Pairs", "find_pairs", "gaps", "kano", "method_pairs", "study_gaps", "study_kano"]

#: pairs below which names that look like a pair may be chance
FEWEST = 2
#: answers below which nothing is said
_LEAST = 5
#: share of the most frequent class less the next one's, under which a feature lies between classes
_BETWEEN = 0.06
_EXPECTED = ("expected", "expectation", "exp", "期望", "期望值", "预期")
_PERCEIVED = ("perceived", "perception", "per", "actual", "感知", "感知值", "实际", "实际感受", "体验")
_WITH = ("functional", "with", "positive", "pos", "有", "具备", "正向", "正向题")
_WITHOUT = ("dysfunctional", "without", "negative", "neg", "没有", "无", "不具备", "反向", "反向题", "负向")
#: SERVQUAL's dimensions
_DIMENSIONS = {
    "tangibles": N_("Tangibles"),
    "有形性": N_("Tangibles"),
    "reliability": N_("Reliability"),
    "可靠性": N_("Reliability"),
    "responsiveness": N_("Responsiveness"),
    "响应性": N_("Responsiveness"),
    "assurance": N_("Assurance"),
    "保证性": N_("Assurance"),
    "empathy": N_("Empathy"),
    "移情性": N_("Empathy"),
}
_GAP = r"[\s_.\-/:：（(【\[]"


@dataclass(frozen=True)
class Pairs:
    """Columns that were asked in pairs: feature to its first and its second column."""

    kind: str
    columns: Mapping[str, tuple[str, str]]

    @property
    def first(self) -> tuple[str, ...]:
        """The first columns."""
        return tuple(pair[0] for pair in self.columns.values())

    @property
    def both(self) -> tuple[str, ...]:
        """All columns."""
        return tuple(name for pair in self.columns.values() for name in pair)


def find_pairs(names: Iterable[str]) -> dict[str, Pairs]:
    """Return the pairs of questions that names of columns tell, by kind: ``"gaps"`` and ``"kano"``.

    >>> found = find_pairs(["speed_expected", "speed_perceived", "价格-期望", "价格-感知", "overall"])
    >>> dict(found["gaps"].columns)
    {'speed': ('speed_expected', 'speed_perceived'), '价格': ('价格-期望', '价格-感知')}
    """
    listed = list(names)
    found = {}
    for kind, one, other in (("gaps", _EXPECTED, _PERCEIVED), ("kano", _WITH, _WITHOUT)):
        first, second = _stems(listed, one), _stems(listed, other)
        columns = {stem: (first[stem], second[stem]) for stem in first if stem in second}
        if len(columns) >= FEWEST:
            found[kind] = Pairs(kind, columns)
    return found


def _stems(names: Sequence[str], words: Sequence[str]) -> dict[str, str]:
    """Return what is left of a name without one of the words at its end or its beginning, to the name."""
    stems: dict[str, str] = {}
    either = "|".join(sorted(words, key=len, reverse=True))
    end = re.compile(rf"^(.+?){_GAP}+(?:{either})[)）】\]]?$", re.IGNORECASE)
    begin = re.compile(rf"^(?:{either}){_GAP}+(.+)$", re.IGNORECASE)
    for name in names:
        match = end.match(name.strip()) or begin.match(name.strip())
        if match:
            stems.setdefault(match[1].strip(" _-"), name)
    return stems


def study_gaps(
    survey: pd.DataFrame,
    pairs: Pairs | None,
    scales: Mapping[str, tuple[float, float]],
    parameters: SatisfactionParameters,
) -> ServqualGaps | None:
    """Return the gaps between expected and perceived; None where the pairs were not asked on one scale."""
    if pairs is None or len({scales[name] for name in pairs.both}) != 1:
        return None
    enough = {
        name: pair
        for name, pair in pairs.columns.items()
        if survey[list(pair)].notna().all(axis=1).sum() >= max(parameters.min_group, _LEAST)
    }
    if len(enough) < FEWEST:
        return None
    by_dimension: dict[str, list[str]] = {}
    for name in enough:
        by_dimension.setdefault(re.sub(r"[\s_.\-]*\d+$", "", name) or name, []).append(name)
    if len(by_dimension) == len(enough):
        by_dimension = {"": list(enough)}
    expected = pd.DataFrame({name: survey[pair[0]] for name, pair in enough.items()})
    perceived = pd.DataFrame({name: survey[pair[1]] for name, pair in enough.items()})
    try:
        return servqual_gaps(
            expected,
            perceived,
            dimensions=by_dimension,
            scale=scales[pairs.both[0]],
            confidence=parameters.confidence,
        )
    except CrmlabError:
        return None


def study_kano(
    survey: pd.DataFrame, pairs: Pairs | None, parameters: SatisfactionParameters
) -> KanoClasses | None:
    """Return the classes of the features; None where the answers are none of the five."""
    if pairs is None:
        return None
    enough = {
        name: pair
        for name, pair in pairs.columns.items()
        if survey[list(pair)].notna().all(axis=1).sum() >= max(parameters.min_group, _LEAST)
    }
    if not enough:
        return None
    try:
        return kano_classes(
            pd.DataFrame({name: survey[pair[0]] for name, pair in enough.items()}),
            pd.DataFrame({name: survey[pair[1]] for name, pair in enough.items()}),
            confidence=parameters.confidence,
        )
    except CrmlabError:
        return None


def _dimension(name: str) -> str:
    known = _DIMENSIONS.get(name.casefold())
    return tr(known) if known else name


def gaps(study: Study) -> list[Block]:
    """Show what was expected and perceived, item by item, and the dimensions where there are some."""
    found = study.gaps
    if found is None:
        return []
    worst = found.items.sort_values("gap").iloc[0]
    below = int((found.items["high"] < 0).sum())
    text = [
        tr(
            "On average perceived less expected is **{gap}** points of the scale ({interval}).",
            gap=number(found.overall, 2),
            interval=with_interval(study, found.overall_low, found.overall_high, 2),
        ),
        tr(
            "Of {n} questions {below} fall short beyond chance; the widest gap is that of {item} ({gap}).",
            n=number(len(found.items)),
            below=number(below),
            item=tr("“{name}”", name=escape_markdown(str(worst["item"]))),
            gap=number(worst["gap"], 2),
        ),
    ]
    title = tr(
        "Widest gap: {item}, {gap} points", item=plain_label(str(worst["item"])), gap=number(worst["gap"], 2)
    )
    labels = {str(item): plain_label(str(item)) for item in found.items["item"]}
    blocks = [
        head(tr("What was expected and what was perceived, question by question"), join_sentences(text)),
        figure(
            gap_lines(found.items.rename(columns={"item": "name"}), title=title, labels=labels),
            tr("Expected and perceived level of each question; orange: perceived falls short beyond chance"),
            tr("Dot plot of expected and perceived levels. {title}.", title=title),
            "gaps",
        ),
    ]
    if len(found.dimensions) > 1:
        blocks.append(
            _gap_table(
                found.dimensions.assign(
                    dimension=[_dimension(name) for name in found.dimensions["dimension"]]
                ),
                tr("Gaps by dimension, weighed alike"),
                "gap-dimensions",
                ("dimension", tr("Dimension")),
            )
        )
    return [
        *blocks,
        _gap_table(found.items, tr("Gaps by question"), "gap-items", ("item", tr("Question asked"))),
    ]


def _gap_table(frame: pd.DataFrame, caption: str, name: str, first: tuple[str, str]) -> Block:
    columns = [first[0], "expected", "perceived", "gap", "low", "high", "n"]
    return table(
        frame.sort_values("gap")[columns],
        caption,
        name,
        formats=dict.fromkeys(("expected", "perceived", "gap", "low", "high"), ".2f"),
        labels={
            first[0]: first[1],
            "expected": tr("Expected, mean"),
            "perceived": tr("Perceived, mean"),
            "gap": tr("Gap"),
            "low": tr("Lower limit"),
            "high": tr("Upper limit"),
            "n": tr("Answers"),
        },
    )


def kano(study: Study) -> list[Block]:
    """Show what each feature does to satisfaction when it is there and when it is not."""
    found = study.kano
    if found is None:
        return []
    frame = found.table.sort_values("worse")
    must = frame.loc[frame["category"] == "M", "feature"]
    delight = found.table.sort_values("better", ascending=False).query("category == 'A'")["feature"]
    sentences = [tr("{n} features were asked about with and without them.", n=number(len(frame)))]
    if len(must):
        sentences.append(tr("Customers take for granted: {features}.", features=_named(must)))
    if len(delight):
        sentences.append(tr("Customers are delighted by: {features}.", features=_named(delight)))
    unsure = frame.loc[
        (frame["category_strength"] < _BETWEEN) | (frame["mode_p"] > 1 - study.confidence), "feature"
    ]
    if len(unsure):
        sentences.append(
            tr("Between two classes, as far as the answers can tell: {features}.", features=_named(unsure))
        )
    title = tr(
        "{must} of {n} features must be there, {delight} delight",
        must=number(len(must)),
        n=number(len(frame)),
        delight=number(len(delight)),
    )
    return [
        head(tr("What features do to satisfaction (Kano)"), join_sentences(sentences)),
        figure(
            kano_map(
                found,
                title=title,
                labels={str(name): plain_label(str(name), 18) for name in frame["feature"]},
                ax=axes_of(4.0),
            ),
            tr(
                "Features by the satisfaction they bring and the dissatisfaction they keep away, with intervals"
            ),
            tr("Scatter of Kano's coefficients. {title}.", title=title),
            "kano",
        ),
        _kano_table(frame),
    ]


def _named(features: Iterable[Any]) -> str:
    return listing([tr("“{name}”", name=escape_markdown(str(name))) for name in features])


def _kano_table(frame: pd.DataFrame) -> Block:
    shown = frame[["feature", "category", "M", "O", "A", "I", "R", "Q", "better", "worse", "mode_p"]]
    return table(
        shown.assign(category=[tr(KANO_NAMES[one]) for one in shown["category"]]),
        tr("Classes of the features"),
        "kano",
        formats={"better": ".1%", "worse": ".1%", "mode_p": "p"},
        labels={
            "feature": tr("Feature"),
            "category": tr("Most frequent class"),
            "better": tr("Better"),
            "worse": tr("Worse"),
            "mode_p": tr("p of the class"),
        }
        | {letter: letter for letter in "MOAIRQ"},
        note=tr(
            "Answers by class: {classes}. p: whether the two most frequent classes can be told apart.",
            classes=tr(", ").join(f"{letter} {tr(name)}" for letter, name in KANO_NAMES.items()),
        ),
    )


def method_pairs(study: Study) -> list[str]:
    """Return how questions asked in pairs were judged."""
    lines = []
    if study.gaps is not None:
        lines.append(
            tr(
                "**Gaps** (SERVQUAL; Parasuraman et al. 1988): perceived less expected, respondent by respondent, with paired t "
                "intervals; dimensions count alike. People answer near the top when asked what they expect, so that gaps are mostly "
                "negative: compare questions and years, not the sign."
            )
        )
    if study.kano is not None:
        lines.append(
            tr(
                "**Kano**: each pair of answers (1 like, 2 must be, 3 neutral, 4 live with, 5 dislike) falls into a class by the table of "
                "Kano and Berger; better = (A + O) / (A + O + M + I), worse = −(O + M) / (A + O + M + I), with Wilson's intervals at "
                "{level}. One class for all may hide groups that want different things.",
                level=percent(study.confidence, 0),
            )
        )
    return lines
