"""The satisfaction report, part by part: what its notebook calls.

Each part takes a :class:`~crmlab.reports.content.satisfaction_study.Study` and returns blocks; one whose data are not
there returns none. :func:`put` shows them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from crmlab.reports.content.satisfaction_asked_twice import gaps, kano
from crmlab.reports.content.satisfaction_causes import drivers, index
from crmlab.reports.content.satisfaction_compared import complaints, groups
from crmlab.reports.content.satisfaction_method import method
from crmlab.reports.content.satisfaction_pair import pair
from crmlab.reports.content.satisfaction_paths import paths
from crmlab.reports.content.satisfaction_quality import missing, quality
from crmlab.reports.content.satisfaction_scores import expectation, scores
from crmlab.reports.content.satisfaction_study import Study, study
from crmlab.reports.content.satisfaction_time import trend
from crmlab.reports.content.satisfaction_told import next_steps, told
from crmlab.reports.content.satisfaction_weighed import weights
from crmlab.show import Block
from crmlab.show import cover as cover_block
from crmlab.text import date, number, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Study",
    "complaints",
    "cover",
    "drivers",
    "expectation",
    "gaps",
    "groups",
    "index",
    "kano",
    "method",
    "missing",
    "next_steps",
    "pair",
    "paths",
    "put",
    "quality",
    "scores",
    "study",
    "told",
    "trend",
    "weights",
]


def put(blocks: Iterable[Block]) -> None:
    """Show blocks, one below the other."""
    from IPython.display import display

    for block in blocks:
        display(block)  # type: ignore[no-untyped-call]  # IPython's own


def cover(found: Study) -> Block:
    """Return the head of the report: title, data, who was asked when, and on which scale."""
    rows: list[tuple[str, str]] = []
    period = _period(found)
    if period:
        rows.append((tr("Survey"), period))
    rows.append((tr("Respondents"), number(found.n)))
    if len(found.points.columns):
        rows.append((tr("Items used"), number(found.points.shape[1])))
        rows.append((tr("Scale of the items"), _listed_scales(found)))
    if found.groups is not None:
        rows.append(
            (tr("Groups"), tr("{n} ({label})", n=number(len(found.groups.table)), label=found.groups.label))
        )
    if found.complaints is not None:
        rows.append((tr("Complaints made"), number(found.complaints.n)))
    return cover_block(tr("Customer satisfaction"), found.given.title, rows)


def _period(found: Study) -> str:
    if "date" not in found.survey or not pd.api.types.is_datetime64_any_dtype(found.survey["date"]):
        return ""
    days = found.survey["date"].dropna()
    if days.empty:
        return ""
    return tr("{start} to {end}", start=date(days.min()), end=date(days.max()))


def _listed_scales(found: Study) -> str:
    scales: Sequence[tuple[float, float]] = sorted({found.scales[str(item)] for item in found.points})
    return tr(", ").join(f"{low:g}–{high:g}" for low, high in scales)
