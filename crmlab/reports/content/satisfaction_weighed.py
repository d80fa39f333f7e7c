"""Where the weights of the satisfaction index come from, and what the choice changes: a section of the satisfaction report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from crmlab.plots.satisfaction_report import plain_label
from crmlab.plots.satisfaction_weights import WAY_NAMES, weight_panels
from crmlab.reports.content.satisfaction_weights import compare_groups_by, part_name
from crmlab.reports.content.satisfaction_words import head, listing, said, with_interval
from crmlab.show import Block, escape_markdown, figure, table
from crmlab.text import join_sentences, number, tr

if TYPE_CHECKING:
    from crmlab.reports.content.satisfaction_study import Study
    from crmlab.reports.content.satisfaction_weights import Weighed

__all__ = ["index_words", "judged_sentence", "method_weights", "weights"]

#: consistency ratio up to which judgements fit together
CONSISTENT = 0.10
#: rows of a table of groups
_MOST = 12


def way_name(way: str) -> str:
    """Return the name of a way of weighing."""
    return tr(WAY_NAMES[way])


def index_words(study: Study) -> str:
    """Return what the index is an index of, inside a sentence."""
    weighed = study.weighed
    if weighed is None or weighed.kind == "satisfaction":
        return tr("the satisfaction index")
    if weighed.kind == "constructs":
        names = [part_name(study.given, part, weighed.kind) for part in weighed.parts]
        return tr("the satisfaction index made of {parts}", parts=listing([_small(name) for name in names]))
    return tr("the index of the {n} items", n=number(len(weighed.parts)))


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]


def weights(study: Study) -> list[Block]:
    """Show the weights under every way of weighing, the index under each, and what the choice changes."""
    weighed = study.weighed
    if weighed is None:
        return []
    names = {part: part_name(study.given, part, weighed.kind) for part in weighed.parts}
    blocks = [
        head(
            tr("Where the weights of the index come from"),
            join_sentences([_why(study, weighed), _changes(weighed), judged_sentence(study)]),
        )
    ]
    if weighed.weights.shape[1] > 1:
        blocks.append(
            figure(
                weight_panels(
                    weighed.weights,
                    weighed.table,
                    chosen=weighed.way,
                    title=_title(weighed),
                    labels={part: plain_label(name) for part, name in names.items()},
                ),
                tr("Weights of the parts under every way of weighing, and the index that comes of each"),
                tr(
                    "Dot plots of weights and of indices. {values}.",
                    values=tr("; ").join(
                        f"{way_name(way)} {number(index, 1)}"
                        for way, index in zip(weighed.table["way"], weighed.table["index"], strict=True)
                    ),
                ),
                "weights",
            )
        )
    blocks += [_weight_table(weighed, names), _index_table(weighed)]
    if weighed.judged is not None:
        blocks += _judges(weighed, names)
    return [*blocks, *_groups(study, weighed)]


def _why(study: Study, weighed: Weighed) -> str:
    own = study.index()
    assert own is not None
    stands = tr(
        "With the weights of “{way}”, {what} stands at **{index}** of 100 ({interval}).",
        way=way_name(weighed.way),
        what=index_words(study),
        index=number(own["index"], 1),
        interval=with_interval(study, own["low"], own["high"]),
    )
    if math.isnan(own["low"]):
        stands = tr(
            "With the weights of “{way}”, {what} stands at **{index}** of 100.",
            way=way_name(weighed.way),
            what=index_words(study),
            index=number(own["index"], 1),
        )
    why = {
        "asked": tr("This way was asked for (weights = {way}).", way=weighed.way),
        "judged": tr("These weights were taken because somebody judged what is important."),
        "model": tr(
            "These weights were taken because a path model was fitted: it weighs an item by how well it shows what the model "
            "is about."
        )
        if weighed.kind == "satisfaction"
        else tr(
            "These weights were taken because a path model was fitted: it weighs a part by what a point more of it does to "
            "satisfaction."
        ),
        "even": tr(
            "These weights were taken because there is neither a path model nor a judgement of what is important; the items "
            "go together well enough to be put into one number."
        ),
    }
    return join_sentences([stands, why[weighed.why]])


def _changes(weighed: Weighed) -> str:
    """Say what another way of weighing would change."""
    if weighed.compared is None:
        return ""
    ordered = weighed.table.sort_values("index", kind="stable")
    low, high = ordered.iloc[0], ordered.iloc[-1]
    spread = float(high["index"] - low["index"])
    if spread < 0.05:
        return tr("Under every other way the index is the same to the first decimal.")
    words = {
        "low": number(low["index"], 1),
        "low_way": way_name(low["way"]),
        "high": number(high["index"], 1),
        "high_way": way_name(high["way"]),
    }
    own = weighed.index()
    if not math.isnan(own["low"]) and own["low"] <= low["index"] and high["index"] <= own["high"]:
        return tr(
            "The choice hardly matters: from {low} ({low_way}) to {high} ({high_way}) all ways stay inside that interval.",
            **words,
        )
    return tr("The choice matters: the index runs from {low} ({low_way}) to {high} ({high_way}).", **words)


def _title(weighed: Weighed) -> str:
    low, high = weighed.table["index"].min(), weighed.table["index"].max()
    if high - low < 0.05:
        return tr("The index is the same, however it is weighed")
    return tr(
        "However it is weighed, the index lies between {low} and {high}",
        low=number(low, 1),
        high=number(high, 1),
    )


def _weight_table(weighed: Weighed, names: dict[str, str]) -> Block:
    shown = weighed.weights.assign(score=weighed.points.mean()).reset_index(names="part")
    shown = shown.sort_values(weighed.way, ascending=False, kind="stable", ignore_index=True)
    shown = shown[["part", "score", *weighed.weights]].assign(part=[names[part] for part in shown["part"]])
    return table(
        shown,
        tr("Weights of the parts of the index"),
        "weights",
        formats={"score": ".1f"} | dict.fromkeys(map(str, weighed.weights), ".1%"),
        labels={"part": tr("Part of the index"), "score": tr("Mean, 0–100")}
        | {str(way): way_name(str(way)) for way in weighed.weights},
        note=tr("Weights of each way sum to 100%."),
    )


def _index_table(weighed: Weighed) -> Block:
    rewards = {
        "pls": tr("what shows satisfaction best")
        if weighed.kind == "satisfaction"
        else tr("what moves satisfaction, by the path model"),
        "equal": tr("nothing in particular: every part counts alike"),
        "entropy": tr("answers that are spread unevenly, whether they matter or not"),
        "critic": tr("answers that are spread and go their own way"),
        "ahp": tr("what the judges hold to be important"),
    }
    shown = weighed.table.assign(
        rewards=[rewards[way] for way in weighed.table["way"]],
        way=[way_name(way) for way in weighed.table["way"]],
    )
    return table(
        shown[["way", "index", "low", "high", "rewards"]],
        tr("The index under each way of weighing"),
        "index-by-weights",
        formats=dict.fromkeys(("index", "low", "high"), ".1f"),
        labels={
            "way": tr("Way of weighing"),
            "index": tr("Index, 0–100"),
            "low": tr("Lower limit"),
            "high": tr("Upper limit"),
            "rewards": tr("What gets weight"),
        },
        note=tr(
            "The intervals take the weights as given; that of the path model carries their uncertainty too."
        )
        if "pls" in set(weighed.table["way"]) and weighed.kind == "satisfaction"
        else tr("The intervals take the weights as given."),
    )


def judged_sentence(study: Study) -> str:
    """Say whether the judgements fit together, and which to look at again."""
    weighed = study.weighed
    if weighed is None or weighed.judged is None:
        return ""
    found = weighed.judged
    joint = found.joint
    assert joint is not None
    ratio = number(joint.consistency_ratio, 3)
    if len(found.judges) > 1:
        text = tr(
            "The judgements of {n} judges were put together by geometric means; their consistency ratio is {ratio}.",
            n=number(len(found.judges)),
            ratio=ratio,
        )
    else:
        text = tr("The consistency ratio of the judgements is {ratio}.", ratio=ratio)
    if joint.consistency_ratio <= CONSISTENT:
        return join_sentences([text, tr("Up to .10 judgements fit together.")])
    return join_sentences(
        [text, tr("Above .10 they contradict each other: look at them again before relying on the weights.")]
    )


def _judges(weighed: Weighed, names: dict[str, str]) -> list[Block]:
    found = weighed.judged
    assert found is not None
    blocks = []
    if len(found.judges) > 1:
        shown = found.table.reset_index()
        blocks.append(
            table(
                shown.assign(judge=shown["judge"].astype(str)),
                tr("The judges: whether each agrees with himself or herself, and with the others"),
                "judges",
                formats=dict.fromkeys(("consistency_ratio", "distance", "rank_correlation"), ".3f"),
                labels={
                    "judge": tr("Judge"),
                    "consistency_ratio": tr("Consistency ratio"),
                    "distance": tr("Greatest distance from the joint weights"),
                    "rank_correlation": tr("Rank correlation with them"),
                },
                note=tr("A consistency ratio up to .10 is Saaty's rule."),
            )
        )
    again = []
    for judge, one in found.judges.items():
        if one.consistency_ratio <= CONSISTENT:
            continue
        worst = one.judgements.iloc[0]
        again.append(
            {
                "judge": str(judge),
                "row": names[worst["row"]],
                "column": names[worst["column"]],
                "given": _ratio(worst["given"]),
                "consistent": _ratio(worst["consistent"]),
                "before": one.consistency_ratio,
                "after": worst["ratio_after"],
            }
        )
    if again:
        frame = pd.DataFrame(again)
        if len(found.judges) < 2:
            frame = frame.drop(columns="judge")
        labels = {
            "judge": tr("Judge"),
            "row": tr("Compared"),
            "column": tr("With"),
            "given": tr("Judged"),
            "consistent": tr("The others say"),
            "before": tr("Consistency ratio"),
            "after": tr("With the others' number"),
        }
        blocks.append(
            table(
                frame.head(_MOST),
                tr("Judgements to look at again"),
                "judgements-again",
                formats={"before": ".3f", "after": ".3f"},
                labels={name: labels[name] for name in frame.columns},
                note=tr(
                    "Ask the judge to look again; if the judgement is meant, leave it. Do not change it only to reach .10."
                ),
            )
        )
    return blocks


def _ratio(value: float) -> str:
    """Return a judgement as it is written: 3, or 1/3."""
    if value >= 1:
        return f"{value:.3g}"
    return f"1/{1 / value:.3g}"


def _groups(study: Study, weighed: Weighed) -> list[Block]:
    """Show whether another way of weighing changes the order of the groups."""
    if study.groups is None:
        return []
    shown_groups = study.groups.table.loc[~study.groups.table["together"], "group"]
    members = study.groups.members
    found = compare_groups_by(weighed, members[members.isin(shown_groups)], study.parameters.min_group)
    if found is None or found.ranks is None or found.scores is None:
        return []
    changed = found.ranks.max(axis=1) > found.ranks.min(axis=1)
    if not changed.any():
        return [
            said(
                tr(
                    "The order of the {n} groups by this index is the same under every way of weighing.",
                    n=number(len(found.ranks)),
                )
            )
        ]
    text = tr(
        "The way of weighing changes the rank of {n} of {all} groups.",
        n=number(int(changed.sum())),
        all=number(len(changed)),
    )
    if found.winner_changes:
        winners = {way: str(first[0]) for way, first in found.winners.items()}
        text = join_sentences(
            [
                text,
                tr(
                    "Even the first place depends on it: {winners}.",
                    winners=tr("; ").join(
                        tr("{way}: {group}", way=way_name(way), group=escape_markdown(group))
                        for way, group in winners.items()
                    ),
                ),
            ]
        )
    rows = found.ranks.assign(best=found.ranks[weighed.way]).sort_values("best").drop(columns="best")
    rows = rows.rename_axis("group").reset_index()
    rows.insert(1, "index", found.scores[weighed.way].loc[rows["group"]].to_numpy())
    return [
        said(text),
        table(
            rows.head(_MOST),
            tr("Rank of the groups under each way of weighing"),
            "group-ranks",
            formats={"index": ".1f"},
            labels={"group": study.groups.label, "index": tr("Index, 0–100")}
            | {str(way): way_name(str(way)) for way in weighed.weights},
            note=tr(
                "Index by the weights of “{way}”, with each part's mean; ranks that lie close are told apart by chance.",
                way=way_name(weighed.way),
            ),
        ),
    ]


def method_weights(study: Study) -> list[str]:
    """Return how the weights were made, what they assume, and when another way is better."""
    weighed = study.weighed
    if weighed is None:
        return []
    ways = list(weighed.weights)
    lines = [
        tr(
            "**Weights.** The index is the mean of its parts' answers on 0–100, weighed by weights that sum to 1; a missing "
            "answer is left out and the weights of the others scaled up. Weights matter less, the more the parts go together."
        )
    ]
    words = {
        "pls": tr(
            "**Path model** weights follow from how customers' answers hang together; take them where the index shall follow "
            "the model's causes and effects. They change from survey to survey, so that years are compared by one set of weights."
        ),
        "equal": tr(
            "**Equal** weights assume nothing; take them where nobody knows better, and where numbers are compared over years."
        ),
        "entropy": tr(
            "**Entropy** weights (answers first put on 0–1) reward spread, not importance: an item that all do equally badly "
            "gets nothing, and a few outliers can take much. Take them to tell alternatives apart, not to say what matters."
        ),
        "critic": tr(
            "**CRITIC** weights (Diakoulaki et al. 1995) reward spread and low correlation with the other parts; parts that "
            "say the same share their weight. Take them where parts overlap; an item worded the wrong way round gets far too much."
        ),
        "ahp": tr(
            "**AHP** weights are the principal eigenvector of comparisons in pairs (Saaty 1980); several judges are joined by the "
            "geometric mean of each comparison. Take them where management decides what matters; a good consistency ratio says "
            "that judgements fit together, not that they are right."
        ),
    }
    return [*lines, *(words[str(way)] for way in ways)]
