"""The scores of the satisfaction report: CSAT, NPS, CES, perceived over expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlab.plots import satisfaction as plots
from crmlab.plots import satisfaction_report as own_plots
from crmlab.reports.content.satisfaction_sampled import weighting_sentence, weighting_table
from crmlab.reports.content.satisfaction_words import axes_of, head, item_name, with_interval
from crmlab.satisfaction.intervals import share_interval
from crmlab.show import Block, figure, table
from crmlab.text import join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.satisfaction_study import Study

__all__ = ["csat_sentence", "expectation", "gap_sentence", "nps_sentence", "scores"]


def scores(study: Study) -> list[Block]:
    """Show CSAT, NPS and CES with intervals, as far as they were asked."""
    found = [result for result in (study.csat, study.nps, study.ces) if result is not None]
    if not found:
        return []
    alt = tr(
        "Bar charts of the shares of answers on each step of the scale: {titles}.",
        titles=tr("; ").join(
            title
            for title in (
                study.csat and f"CSAT {percent(study.csat.share, 0)}",
                study.nps and f"NPS {number(study.nps.nps, 0)}",
                study.ces and f"CES {number(study.ces.mean, 2)}",
            )
            if title
        ),
    )
    return [
        head(
            tr("How satisfied the customers are"),
            join_sentences(
                [
                    csat_sentence(study),
                    weighting_sentence(study),
                    nps_sentence(study),
                    _ces_sentence(study),
                ]
            ),
        ),
        figure(
            own_plots.answer_panels(found),
            tr("How the answers are spread; coloured are the answers that the score counts"),
            alt,
            "answers",
        ),
        _score_table(study),
        *_mean_table(study),
        *weighting_table(study),
    ]


def csat_sentence(study: Study) -> str:
    """Say how many are satisfied."""
    result = study.csat
    if result is None:
        return ""
    return tr(
        "**{share}** of {n} customers are satisfied ({interval}): they answered {threshold} or more on the scale from "
        "{low} to {high}.",
        share=percent(result.share),
        n=number(result.n),
        interval=with_interval(study, result.low, result.high, share=True),
        threshold=f"{result.threshold:g}",
        low=f"{result.scale[0]:g}",
        high=f"{result.scale[1]:g}",
    )


def nps_sentence(study: Study) -> str:
    """Say how many would recommend the company."""
    result = study.nps
    if result is None:
        return ""
    return tr(
        "{promoters} would recommend the company warmly (9 or 10 of 10) and {detractors} would not (6 or less), which "
        "leaves a net promoter score of **{nps}** ({interval}).",
        promoters=percent(result.promoter_share),
        detractors=percent(result.detractor_share),
        nps=number(result.nps, 1),
        interval=with_interval(study, result.low, result.high),
    )


def _ces_sentence(study: Study) -> str:
    result = study.ces
    if result is None:
        return ""
    return tr(
        "For ease, dealing with the company gets **{mean}** of {most} points on average ({interval}); {n} answered.",
        mean=number(result.mean, 2),
        most=f"{result.scale[1]:g}",
        interval=with_interval(study, result.low, result.high, 2),
        n=number(result.n),
    )


def _score_table(study: Study) -> Block:
    rows = []
    if study.csat is not None:
        one = study.csat
        name = tr("CSAT: satisfied customers")
        rows.append((name, "%", 100 * one.share, 100 * one.low, 100 * one.high, one.n, one.n_missing))
    if study.nps is not None:
        net = study.nps
        rows.append(
            (tr("NPS: net promoter score"), tr("points"), net.nps, net.low, net.high, net.n, net.n_missing)
        )
        parts = (
            (tr("Promoters (9–10)"), net.promoter_share),
            (tr("Passives (7–8)"), net.passive_share),
            (tr("Detractors (0–6)"), net.detractor_share),
        )
        for name, share in parts:
            low, high = share_interval(share, net.n, confidence=study.confidence)
            rows.append((name, "%", 100 * share, 100 * low, 100 * high, net.n, net.n_missing))
    if study.ces is not None:
        easy = study.ces
        name = tr("Found it easy ({from_} or more)", from_=f"{easy.easy_from:g}")
        ease = (100 * easy.easy_share, 100 * easy.easy_low, 100 * easy.easy_high)
        rows.append((name, "%", *ease, easy.n, easy.n_missing))
    columns = ["score", "unit", "value", "low", "high", "n", "missing"]
    return table(
        pd.DataFrame(rows, columns=columns),
        tr("The scores"),
        "scores",
        formats=dict.fromkeys(("value", "low", "high"), ".1f"),
        labels={
            "score": tr("Measure"),
            "unit": tr("Unit"),
            "value": tr("Score"),
            "low": tr("Lower limit"),
            "high": tr("Upper limit"),
            "n": tr("Answers"),
            "missing": tr("No answer"),
        },
    )


def _mean_table(study: Study) -> list[Block]:
    rows = []
    if study.csat is not None:
        one = study.csat
        rows.append(("overall", one.scale, one.mean, one.mean_low, one.mean_high, one.n))
    if study.ces is not None:
        easy = study.ces
        rows.append(("effort", easy.scale, easy.mean, easy.low, easy.high, easy.n))
    if not rows:
        return []
    frame = pd.DataFrame(rows, columns=["score", "scale", "mean", "low", "high", "n"])
    frame["score"] = [item_name(study, name) for name in frame["score"]]
    frame["scale"] = [f"{low:g}–{high:g}" for low, high in frame["scale"]]
    return [
        table(
            frame,
            tr("Mean answers, in points of the scale"),
            "means",
            labels={
                "score": tr("Question asked"),
                "scale": tr("Scale"),
                "mean": tr("Mean"),
                "low": tr("Lower limit"),
                "high": tr("Upper limit"),
                "n": tr("Answers"),
            },
        )
    ]


def gap_sentence(study: Study) -> str:
    """Say how perception compares with expectation."""
    if study.ratio is not None:
        low, high, middle = study.ratio.low, study.ratio.high, 1.0
        value = tr(
            "C = b/a is **{c}** ({interval})",
            c=number(study.ratio.ratio, 3),
            interval=with_interval(study, low, high, 3),
        )
    elif study.gap is not None:
        low, high, middle = study.gap.low, study.gap.high, 0.0
        value = tr(
            "perceived less expected is **{gap}** points of the scale ({interval})",
            gap=number(study.gap.mean, 2),
            interval=with_interval(study, low, high, 2),
        )
    else:
        return ""
    if high < middle:
        return tr("What customers perceive falls short of what they expected: {value}.", value=value)
    if low > middle:
        return tr("What customers perceive goes beyond what they expected: {value}.", value=value)
    return tr("What customers perceive cannot be told from what they expected: {value}.", value=value)


def expectation(study: Study) -> list[Block]:
    """Show perceived over expected, where both were asked."""
    result = study.gap
    if result is None:
        return []
    share = result.levels.set_index("level")["share"]
    counted = tr(
        "For {below} of {n} customers it fell short, for {met} it was met, for {above} it was exceeded.",
        below=percent(share["below"]),
        met=percent(share["met"]),
        above=percent(share["above"]),
        n=number(result.n),
    )
    words = {
        "below": tr("less than expected"),
        "met": tr("as expected"),
        "above": tr("more than expected"),
    }
    return [
        head(tr("Expected and perceived"), join_sentences([gap_sentence(study), counted])),
        figure(
            plots.disconfirmation_levels(result, ax=axes_of(2.5)),
            tr("Perceived less expected, answer by answer"),
            tr(
                "Perceived against expected answers: {below} below expectation, {above} above it.",
                below=percent(share["below"]),
                above=percent(share["above"]),
            ),
            "expectation",
        ),
        table(
            result.levels.assign(level=[words[level] for level in result.levels["level"]]),
            tr("How many got what they expected"),
            "expectation-levels",
            formats=dict.fromkeys(("share", "low", "high"), ".1%"),
            labels={
                "level": tr("Perceived"),
                "n": tr("Customers"),
                "share": tr("Share"),
                "low": tr("Lower limit"),
                "high": tr("Upper limit"),
            },
        ),
    ]
