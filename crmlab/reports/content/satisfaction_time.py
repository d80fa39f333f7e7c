"""Scores over time in the satisfaction report: control charts of CSAT and NPS by month or quarter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.errors import CrmlabError
from crmlab.plots.satisfaction_trend import control_charts
from crmlab.reports.content.satisfaction_compared import measure_name, shown_value
from crmlab.reports.content.satisfaction_groups import put_together
from crmlab.reports.content.satisfaction_words import head, listing
from crmlab.satisfaction.trend import ScoreTrend, score_trend
from crmlab.show import Block, figure, table
from crmlab.text import N_, join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.satisfaction_study import Study
    from crmlab.reports.registry import SatisfactionParameters
    from crmlab.satisfaction import CES, CSAT, NPS

__all__ = ["Trends", "method_trend", "signal_periods", "study_trends", "trend", "trend_sentence"]

#: periods below which there is no trend to speak of
FEWEST = 4
#: answers in a usual month from which on months are shown, and not quarters
_MONTHLY = 30
#: periods whose numbers are listed
_MOST = 16
#: sigmas, and periods in a row on one side, that are a signal
_SIGMAS, _RUN = 3.0, 8
_UNITS = {"month": N_("month"), "quarter": N_("quarter")}


@dataclass(frozen=True, eq=False)
class Trends:
    """Scores by period, of periods with answers enough."""

    unit: str
    trends: Mapping[str, ScoreTrend]
    #: the periods shown, as pandas has them
    periods: tuple[pd.Period, ...]
    #: periods left out for their few answers
    n_left_out: int


def study_trends(
    survey: pd.DataFrame,
    parameters: SatisfactionParameters,
    scores: tuple[CSAT | None, NPS | None, CES | None],
) -> Trends | None:
    """Return CSAT and NPS by month, or by quarter where answers are few; None without days or with too few periods."""
    overall, net, ease = scores
    if "date" not in survey or not pd.api.types.is_datetime64_any_dtype(survey["date"]):
        return None
    days = survey["date"]
    asked: dict[str, tuple[pd.Series[Any], dict[str, Any]]] = {}
    if overall is not None:
        asked["csat"] = survey["overall"], {"scale": overall.scale, "top": parameters.csat_top}
    if net is not None:
        asked["nps"] = survey["recommend"], {}
    if not asked and ease is not None:
        asked["ces"] = survey["effort"], {"scale": ease.scale}
    if not asked:
        return None
    months = days.dt.to_period("M")
    usual = float(months.value_counts().median()) if months.notna().any() else 0.0
    units = ("month", "quarter") if usual >= _MONTHLY else ("quarter", "month")
    for unit in units:
        period = months if unit == "month" else days.dt.to_period("Q")
        answered = pd.DataFrame({name: answers.notna() for name, (answers, _) in asked.items()})
        counts = answered.groupby(period).sum().min(axis=1)
        few = put_together({str(one): int(n) for one, n in counts.items()}, max(parameters.min_group, 5))
        enough = [one for one in counts.index if str(one) not in few]
        if len(enough) < FEWEST:
            continue
        kept = period.isin(enough)
        try:
            found = {
                name: score_trend(
                    answers[kept],
                    period[kept],
                    measure=name,
                    sigmas=_SIGMAS,
                    run_length=_RUN,
                    confidence=parameters.confidence,
                    **options,
                )
                for name, (answers, options) in asked.items()
            }
        except CrmlabError:  # answers that leave no spread to put limits by
            return None
        return Trends(unit, found, tuple(sorted(enough)), int(len(counts) - len(enough)))
    return None


def _written(period: pd.Period, unit: str) -> str:
    if unit == "quarter":
        return tr("{year} Q{quarter}", year=period.year, quarter=period.quarter)
    return f"{period.year}-{period.month:02d}"


def _signals(found: ScoreTrend) -> tuple[list[pd.Period], list[pd.Period]]:
    """Return the periods that stand out downwards and upwards."""
    signal = found.table[found.table["signal"]]
    below = signal["value"] < found.centre
    return list(signal.loc[below, "period"]), list(signal.loc[~below, "period"])


def signal_periods(study: Study) -> dict[str, list[str]]:
    """Return measure to the periods that lie outside its limits, the last ones of many; measures without any are left out."""
    found = study.trends
    if found is None:
        return {}
    beyond = {
        measure: [_written(period, found.unit) for period in one.table.loc[one.table["beyond"], "period"]]
        for measure, one in found.trends.items()
    }
    return {measure: periods[-3:] for measure, periods in beyond.items() if periods}


def trend_sentence(study: Study) -> str:
    """Say whether a score moved beyond chance."""
    found = study.trends
    if found is None:
        return ""
    said = []
    for measure, one in found.trends.items():
        low, high = _signals(one)
        if low or high:
            parts = []
            if low:
                parts.append(
                    tr("below in {periods}", periods=listing([_written(p, found.unit) for p in low]))
                )
            if high:
                parts.append(
                    tr("above in {periods}", periods=listing([_written(p, found.unit) for p in high]))
                )
            said.append(
                tr(
                    "{measure} moved beyond chance over time: it lay {where} its usual level of {centre}.",
                    measure=measure_name(measure),
                    where=tr(" and ").join(parts),
                    centre=shown_value(measure, one.centre),
                )
            )
    if said:
        return join_sentences(said)
    return tr(
        "Over {n} {unit}s there is no movement of {measures} beyond chance.",
        n=number(len(found.periods)),
        unit=tr(_UNITS[found.unit]),
        measures=tr(" or ").join(measure_name(measure) for measure in found.trends),
    )


def trend(study: Study) -> list[Block]:
    """Show CSAT and NPS by period with control limits."""
    found = study.trends
    if found is None:
        return []
    names = [_written(period, found.unit) for period in found.periods]
    left_out = (
        tr(
            "Periods with fewer than {least} answers are left out: {n}.",
            least=number(max(study.parameters.min_group, 5)),
            n=number(found.n_left_out),
        )
        if found.n_left_out
        else ""
    )
    return [
        head(tr("Over time"), join_sentences([trend_sentence(study), left_out])),
        figure(
            control_charts(
                list(found.trends.values()),
                titles=[_title(measure, one, found.unit) for measure, one in found.trends.items()],
                labels=[measure_name(measure) for measure in found.trends],
                show=[_shower(measure) for measure in found.trends],
                periods=names,
            ),
            tr(
                "Scores by {unit}; the band is where chance alone would leave them",
                unit=tr(_UNITS[found.unit]),
            ),
            tr("Control charts. {finding}", finding=trend_sentence(study)),
            "trend",
        ),
        _period_table(found, names),
    ]


def _shower(measure: str) -> Any:
    if measure == "csat":
        return lambda value: percent(value, 0)
    return lambda value: number(value, 0 if measure == "nps" else 1)


def _title(measure: str, found: ScoreTrend, unit: str) -> str:
    n = int(found.table["signal"].sum())
    if not n:
        return tr("{measure}: no {unit} stands out", measure=measure_name(measure), unit=tr(_UNITS[unit]))
    return tr(
        "{measure}: {n} of {all} {unit}s stand out",
        measure=measure_name(measure),
        n=number(n),
        all=number(len(found.table)),
        unit=tr(_UNITS[unit]),
    )


def _period_table(found: Trends, names: list[str]) -> Block:
    """Return the periods, the last ones of many, with every score and its control limits."""
    first = next(iter(found.trends.values()))
    frame = pd.DataFrame({"period": names, "n": first.table["n"].to_numpy()})
    labels = {"period": tr("Period"), "n": tr("Answers")}
    formats: dict[str, str] = {}
    signal = np.full(len(frame), "", dtype=object)
    for measure, one in found.trends.items():
        spec = {"csat": ".1%", "nps": ".1f"}.get(measure, ".2f")
        for column, label in (
            ("value", measure_name(measure)),
            ("lower", tr("Control limit, lower")),
            ("upper", tr("Control limit, upper")),
        ):
            frame[f"{measure}_{column}"] = one.table[column].to_numpy()
            labels[f"{measure}_{column}"] = label
            formats[f"{measure}_{column}"] = spec
        beyond, run = one.table["beyond"].to_numpy(), one.table["run"].to_numpy()
        for place in np.flatnonzero(beyond | run):
            word = tr("{measure} outside", measure=measure_name(measure))
            if not beyond[place]:
                word = tr("{measure} in a run", measure=measure_name(measure))
            signal[place] = tr(", ").join(filter(None, [signal[place], word]))
    if signal.astype(bool).any():
        frame["signal"] = signal
        labels["signal"] = tr("Signal")
    return table(
        frame.tail(_MOST),
        tr("Scores by {unit}", unit=tr(_UNITS[found.unit])),
        "trend",
        formats=formats,
        labels=labels,
        note=join_sentences(
            [
                tr("The last {n} of {all} periods.", n=number(_MOST), all=number(len(frame)))
                if len(frame) > _MOST
                else "",
                tr("Control limits: three standard errors around the score of all periods."),
            ]
        ),
    )


def method_trend(study: Study) -> list[str]:
    """Return how the trend was judged."""
    if study.trends is None:
        return []
    return [
        tr(
            "**Over time**: a control chart (Shewhart) with limits of three standard errors, which are wider where answers are few. "
            "A period outside them, or one of {run} or more in a row on one side, is a signal; by chance alone one period in about 370 "
            "lies outside. A signal says that something changed, not what: look for the cause before acting. The CSAT of a "
            "period is unweighted.",
            run=number(_RUN),
        )
    ]
