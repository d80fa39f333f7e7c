"""The part of the loyalty report on the stages of the relationships, by the rules and by their probability."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab.plots import loyalty as plots
from crmlab.plots.loyalty import PATTERNS, STAGES
from crmlab.reports.content.loyalty_risk import too_few
from crmlab.reports.content.loyalty_stages import told_stages
from crmlab.reports.content.loyalty_text import level
from crmlab.reports.content.small_groups import kept_back_note
from crmlab.show import Block, figure, prose, table
from crmlab.text import join_sentences, number, percent, tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlab.lifecycle import LifecycleProbabilities, LifecycleResult
    from crmlab.reports.content.loyalty_results import LoyaltyResults

__all__ = ["lifecycle_section"]


def lifecycle_section(results: LoyaltyResults) -> list[Block]:
    """Show the stages of the relationships and the courses they took."""
    chances = results.chances
    if results.few:
        return [too_few(results)]
    if chances is None:
        return [
            prose(
                tr(
                    "Stages of the relationships cannot be told: nobody bought on two different days, so there is no usual gap between purchases."
                )
            )
        ]
    found = chances.labels
    stage_told, pattern_told = told_stages(found, results.parameters.min_group)
    stages, patterns = _blanked(found.stages, stage_told), _blanked(found.patterns, pattern_told)
    stage = found.stages.set_index("stage")
    whole = results.ends_told and stage_told[["stable", "decline"]].all()
    sentence = tr(
        "{stable} of customers are in the stable stage, {decline} in decline; {finished} have been silent for so long that their relationship counts as ended.",
        stable=percent(stage.loc["stable", "share"]),
        decline=percent(stage.loc["decline", "share"]),
        finished=percent(float(found.table["finished"].mean())),
    )
    note = kept_back_note(results.parameters.min_group)
    expected = {
        "stage": _expected(chances.stages, len(chances.table), stage_told),
        "pattern": _expected(chances.patterns, len(chances.table), pattern_told),
    }
    return [
        *(
            [prose(join_sentences([sentence, _chance_sentence(results, chances, expected["stage"])]))]
            if whole
            else []
        ),
        figure(
            plots.lifecycle_shares(replace(found, stages=stages, patterns=patterns), expected=expected),
            tr(
                "Stages of the customers' lifecycle today, and courses of the relationships so far: by the rules, and paler below as expected by probability"
            ),
            tr(
                "Two bar charts: shares of the four stages, {decline} in decline; and of the courses of the relationships.",
                decline=percent(stage.loc["decline", "share"]),
            )
            if stage_told["decline"]
            else tr("Two bar charts: shares of the four stages; and of the courses of the relationships."),
            "lifecycle",
        ),
        _shares(
            stages,
            expected["stage"],
            "stage",
            STAGES,
            meanings=_stage_meanings(found),
            caption=tr("Stages of the lifecycle today"),
            note=join_sentences([_chance_note(), "" if stage_told.all() else note]),
        ),
        _shares(
            patterns,
            expected["pattern"],
            "pattern",
            PATTERNS,
            meanings=_pattern_meanings(found),
            caption=tr("Courses of the relationships so far"),
            note=None if pattern_told.all() else note,
        ),
    ]


def _expected(rows: pd.DataFrame, customers: int, told: pd.Series[Any]) -> pd.DataFrame:
    """Return shares of all customers, without those that must not be told."""
    shares: pd.DataFrame = rows[["expected", "low", "high"]] / customers
    shares.loc[~told.to_numpy()] = float("nan")
    return shares


def _chance_sentence(results: LoyaltyResults, chances: LifecycleProbabilities, stages: pd.DataFrame) -> str:
    """Say how many are expected in decline, when uncertain silence counts in part."""
    rows = stages.set_axis(list(chances.stages["stage"])).to_dict("index")
    words = {
        "decline": percent(rows["decline"]["expected"]),
        "interval": level(results, rows["decline"]["low"], rows["decline"]["high"]),
        "stable": percent(rows["stable"]["expected"]),
    }
    if chances.finished_by == "model":
        return tr(
            "These rules call a customer silent or not. By the probability that each one is still there (MBG/NBD), **{decline}** are expected to be in decline ({interval}), and {stable} in the stable stage.",
            **words,
        )
    return tr(
        "These rules call a customer silent or not. By the probability of silence, from each one's own gaps, **{decline}** are expected to be in decline ({interval}), and {stable} in the stable stage.",
        **words,
    )


def _blanked(rows: pd.DataFrame, told: pd.Series[Any]) -> pd.DataFrame:
    """Return rows without the numbers that must not be told."""
    if told.all():
        return rows
    numbers = ["customers", "share", "low", "high"]
    rows = rows.astype(dict.fromkeys(numbers, float))
    rows.loc[~told.to_numpy(), numbers] = float("nan")
    return rows


def _chance_note() -> str:
    return tr(
        "Expected: the mean of the customers' probabilities; its interval takes these as right. It differs from the rules most where purchases are few, for who is silent has not always left."
    )


def _shares(
    rows: pd.DataFrame,
    expected: pd.DataFrame,
    column: str,
    names: Mapping[str, str],
    *,
    meanings: Mapping[str, str],
    caption: str,
    note: str | None,
) -> Block:
    shown = rows.assign(**{column: [tr(names[name]) for name in rows[column]]})
    shown.insert(1, "meaning", [meanings[name] for name in rows[column]])
    shown = shown.assign(expected=expected["expected"], from_=expected["low"], to=expected["high"])
    return table(
        shown,
        caption,
        f"lifecycle-{column}",
        formats={"customers": ".0f"}
        | dict.fromkeys(("share", "low", "high", "expected", "from_", "to"), ".1%"),
        labels={
            column: tr("Stage") if column == "stage" else tr("Type of relationship"),
            "meaning": tr("What it means"),
            "customers": tr("Customers"),
            "share": tr("Share"),
            "low": tr("Lower limit"),
            "high": tr("Upper limit"),
            "expected": tr("Expected"),
            "from_": tr("Lower limit"),
            "to": tr("Upper limit"),
        },
        note=note,
    )


def _stage_meanings(found: LifecycleResult) -> dict[str, str]:
    rule = found.rules.set_index("rule")["value"]
    return {
        "exploration": tr("up to {n} purchases, not silent", n=number(rule["trial_occasions"])),
        "build_up": tr(
            "fewer than {n} purchases, or buying more and more", n=number(rule["stable_occasions"])
        ),
        "stable": tr("{n} purchases or more, at a steady pace", n=number(rule["stable_occasions"])),
        "decline": tr(
            "silent for more than {n} usual gaps, or buying much less", n=number(rule["silent_after_gaps"])
        ),
    }


def _pattern_meanings(found: LifecycleResult) -> dict[str, str]:
    rule = found.rules.set_index("rule")["value"]
    return {
        "early_abortion": tr("ended after at most {n} purchases", n=number(rule["trial_occasions"])),
        "midway_death": tr("ended before the stable stage"),
        "early_exit": tr("ended soon after the stable stage was reached"),
        "long_keep": tr("stable for {n} days or more", n=number(rule["long_keep_days"])),
        "open": tr("not ended, and not yet stable for so long"),
    }
