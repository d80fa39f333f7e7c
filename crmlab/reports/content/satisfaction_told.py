"""What the satisfaction report says in words: findings at the top, what to do next."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from crmlab.reports.content.satisfaction_causes import (
    lowest_sentence,
    mend_first,
    mend_sentence,
    mover_sentence,
    surely_important,
)
from crmlab.reports.content.satisfaction_compared import groups_sentence, measure_name
from crmlab.reports.content.satisfaction_complaints import FAST_DAYS
from crmlab.reports.content.satisfaction_quality import harmful_items
from crmlab.reports.content.satisfaction_sampled import weighting_sentence
from crmlab.reports.content.satisfaction_scores import gap_sentence
from crmlab.reports.content.satisfaction_time import signal_periods, trend_sentence
from crmlab.reports.content.satisfaction_weighed import CONSISTENT, index_words
from crmlab.reports.content.satisfaction_words import listing, quoted
from crmlab.show import Block, escape_markdown, findings, prose
from crmlab.text import interval, join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.satisfaction_study import Study

__all__ = ["next_steps", "told"]

#: respondents below which intervals say more than the scores
SMALL = 30
#: margin that a share should have, as a fraction
_MARGIN = 0.05


def told(study: Study) -> Block:
    """Return the findings: one paragraph with the numbers in it."""
    sentences = [
        _stand_sentence(study),
        weighting_sentence(study, whole=False),
        lowest_sentence(study) if study.csat is None else "",
        gap_sentence(study),
        mover_sentence(study),
        mend_sentence(study) or _items_sentence(study),
        groups_sentence(study),
        trend_sentence(study),
        _complaints_sentence(study),
        _caution(study),
    ]
    return findings(join_sentences(sentences))


def _stand_sentence(study: Study) -> str:
    """Say where satisfaction stands, by every overall score that there is."""
    level = percent(study.confidence, 0)
    parts = []
    if study.csat is not None:
        one = study.csat
        parts.append(
            tr(
                "**{share}** are satisfied (CSAT {range})",
                share=percent(one.share),
                range=interval(one.low, one.high, 1, percent=True),
            )
        )
    if study.nps is not None:
        net = study.nps
        parts.append(
            tr(
                "the net promoter score is **{nps}** {range}",
                nps=number(net.nps, 1),
                range=interval(net.low, net.high, 1),
            )
        )
    if study.ces is not None:
        easy = study.ces
        parts.append(
            tr(
                "ease gets **{mean}** of {most} points {range}",
                mean=number(easy.mean, 2),
                most=f"{easy.scale[1]:g}",
                range=interval(easy.low, easy.high, 2),
            )
        )
    own = study.index()
    if own is not None:
        span = "" if math.isnan(own["low"]) else interval(own["low"], own["high"], 1)
        parts.append(
            tr(
                "{what} stands at **{index}** of 100 {range}",
                what=index_words(study),
                index=number(own["index"], 1),
                range=span,
            ).strip()
        )
    if not parts:
        return tr("{n} customers answered.", n=number(study.n))
    return tr(
        "Of {n} customers asked: {scores} (in brackets: {level} intervals).",
        n=number(study.n),
        scores=tr("; ").join(parts),
        level=level,
    )


def _items_sentence(study: Study) -> str:
    if study.points.shape[1] < 2:
        return ""
    means = study.points.mean().sort_values()
    return tr(
        "Of the {n} items, {best} stands highest with **{high}** of 100 and {worst} lowest with **{low}**.",
        n=number(len(means)),
        best=quoted(study, [means.index[-1]]),
        high=number(means.iloc[-1], 1),
        worst=quoted(study, [means.index[0]]),
        low=number(means.iloc[0], 1),
    )


def _complaints_sentence(study: Study) -> str:
    found = study.complaints
    if found is None:
        return ""
    if found.recovered is None:
        return tr("There are {n} complaints.", n=number(found.n))
    return tr(
        "Of {n} complaints **{share}** were settled to the customer's content.",
        n=number(found.recovered[3]),
        share=percent(found.recovered[0]),
    )


def _caution(study: Study) -> str:
    if study.n >= SMALL:
        return ""
    return tr(
        "With {n} respondents all this is a first impression: look at the intervals.", n=number(study.n)
    )


def next_steps(study: Study) -> Block:
    """Return what to do next, three to six points, from the results."""
    steps = [
        _step_mend(study),
        _step_gap(study),
        _step_groups(study),
        _step_trend(study),
        _step_complaints(study),
        _step_judgements(study),
        _step_keep(study),
        _step_questionnaire(study),
        _step_asked(study),
        _step_sample(study),
    ]
    kept = [step for step in steps if step][:6]
    if not kept:
        kept = [tr("**Ask again in a quarter**, with the same questions, and compare with these numbers.")]
    return prose("\n".join(f"- {step}" for step in kept))


def _step_mend(study: Study) -> str:
    first = mend_first(study)[:3]
    if not first or study.drivers is None:
        return ""
    found = study.drivers
    row = found.table.set_index("item").loc[first[0]]
    sure = row["performance_high"] < found.performance_cut and row["importance_low"] > found.importance_cut
    start = tr(
        "**Begin with {item}**: performance {performance} of 100, correlation with satisfaction {importance}.",
        item=quoted(study, first[:1]),
        performance=number(row["performance"], 1),
        importance=number(row["importance"], 2),
    )
    rest = tr("Then {items}.", items=quoted(study, first[1:])) if len(first) > 1 else ""
    doubt = (
        ""
        if sure
        else tr(
            "Its distance from the other items is within chance: ask a few customers what they mean before spending."
        )
    )
    return join_sentences([start, doubt, rest])


def _step_gap(study: Study) -> str:
    if study.gaps is None:
        return ""
    worst = study.gaps.items.sort_values("gap").iloc[0]
    if not worst["high"] < 0:
        return ""
    return tr(
        "**Close the gap at {item}**: customers expected {expected} and perceived {perceived}, on average.",
        item=tr("“{name}”", name=escape_markdown(str(worst["item"]))),
        expected=number(worst["expected"], 2),
        perceived=number(worst["perceived"], 2),
    )


def _step_trend(study: Study) -> str:
    found = signal_periods(study)
    if not found:
        return ""
    measure, periods = next(iter(found.items()))
    return tr(
        "**Find out what happened in {periods}**: {measure} lay outside what chance explains.",
        periods=listing(periods),
        measure=measure_name(measure),
    )


def _step_judgements(study: Study) -> str:
    if study.weighed is None or study.weighed.judged is None or study.weighed.judged.joint is None:
        return ""
    ratio = study.weighed.judged.joint.consistency_ratio
    if ratio <= CONSISTENT:
        return ""
    return tr(
        "**Have the judgements looked at again**: their consistency ratio of {ratio} is above .10.",
        ratio=number(ratio, 3),
    )


def _step_groups(study: Study) -> str:
    if study.groups is None:
        return ""
    below, above = study.groups.apart()
    if not below:
        return ""
    if above:
        return tr(
            "**Look into {below}**: find out what is done differently at {above}, and carry it over.",
            below=listing([escape_markdown(name) for name in below]),
            above=listing([escape_markdown(name) for name in above]),
        )
    return tr(
        "**Look into {below}**: talk with staff and customers there before the next survey.",
        below=listing([escape_markdown(name) for name in below]),
    )


def _step_complaints(study: Study) -> str:
    found = study.complaints
    if found is None or found.fast is None or found.late is None:
        return ""
    if found.fast[1] <= found.late[2]:  # the intervals overlap
        return ""
    return tr(
        "**Settle complaints within {days} days**: {fast} of those ended well, {late} of the later ones; {n} came later.",
        days=FAST_DAYS,
        fast=percent(found.fast[0], 0),
        late=percent(found.late[0], 0),
        n=number(found.late[3]),
    )


def _step_keep(study: Study) -> str:
    if study.drivers is None:
        return ""
    table = study.drivers.table
    good = table[(table["quadrant"] == "keep_up") & surely_important(table)]
    good = good.sort_values("importance", ascending=False)
    if good.empty:
        return ""
    return tr(
        "**Keep up {items}**: important and done well; a cut there would cost satisfaction.",
        items=quoted(study, list(good["item"].head(2))),
    )


def _step_questionnaire(study: Study) -> str:
    harmful = harmful_items(study)
    if harmful.empty:
        return ""
    worst = harmful.sort_values("item_total").iloc[0]
    return tr(
        "**Mend the questionnaire**: {item} hardly goes with the other items of its block (r = {r}); word it anew or leave it "
        "out.",
        item=quoted(study, [worst["item"]]),
        r=number(worst["item_total"], 2),
    )


def _step_asked(study: Study) -> str:
    lacking = [
        name
        for name, there in (
            (tr("overall satisfaction"), study.csat is not None or study.model is not None),
            (tr("willingness to recommend (0–10)"), study.nps is not None or study.model is not None),
        )
        if not there
    ]
    if not lacking:
        return ""
    return tr(
        "**Ask for {questions}** next time: without it the report lacks a score.", questions=listing(lacking)
    )


def _step_sample(study: Study) -> str:
    if study.csat is None or study.csat.high - study.csat.low <= 2.2 * _MARGIN:  # a tenth more is near enough
        return ""
    from scipy.special import ndtri

    z = float(ndtri((1 + study.confidence) / 2))
    needed = z**2 * 0.25 / _MARGIN**2
    return tr(
        "**Ask more customers**: about {needed} answers bring the margin of CSAT down to 5 percentage points; now it is {now} points.",
        needed=number(round(needed, -1)),
        now=number(50 * (study.csat.high - study.csat.low), 1),
    )
