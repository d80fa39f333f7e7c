"""Names and turns of phrase that the parts of the satisfaction report share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from crmlab.plots.path_model import construct_names
from crmlab.plots.satisfaction_report import plain_label
from crmlab.show import Block, escape_markdown, prose
from crmlab.text import interval, language, number, percent, tr

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlab.reports.content.satisfaction_study import Study

__all__ = [
    "axes_of",
    "constructs",
    "figure_labels",
    "head",
    "inside",
    "item_name",
    "listing",
    "quoted",
    "said",
    "spoken_level",
    "with_interval",
]

#: roles of a survey, as questions
_MOST_LISTED = 4


def axes_of(height: float) -> Axes:
    """Return new axes over the whole width of the page, `height` inches high."""
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(6.6, height))[1]


def head(title: str, text: str = "") -> Block:
    """Open a section with its heading and the sentence that says what is seen."""
    return prose(f"## {title}\n\n{text}".strip())


def said(text: str) -> Block:
    """Say something between figures and tables."""
    return prose(text)


def item_name(study: Study, item: object) -> str:
    """Return an item or a score as the reader knows it."""
    scores = {
        "overall": tr("Overall satisfaction"),
        "recommend": tr("Willingness to recommend"),
        "effort": tr("Ease"),
        "expectation": tr("Expected level"),
        "perceived": tr("Perceived level"),
        "satisfaction": tr("Satisfaction"),
    }
    name = str(item)
    return study.given.labels.get(name) or scores.get(name, name)


def quoted(study: Study, items: Iterable[object]) -> str:
    """Return items in quotation marks, as Markdown."""
    return listing([tr("“{name}”", name=escape_markdown(item_name(study, item))) for item in items])


def listing(names: Sequence[str]) -> str:
    """Join names as the language does; of many, the first few and how many there are."""
    if len(names) > _MOST_LISTED + 1:
        return tr(
            "{names} and {n} more",
            names=tr(", ").join(names[:_MOST_LISTED]),
            n=number(len(names) - _MOST_LISTED),
        )
    if len(names) < 2:
        return "".join(names)
    if language() == "zh":
        gap = "" if names[0].endswith("”") else "、"
        return gap.join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def figure_labels(study: Study) -> dict[str, str]:
    """Return item to a label short enough for a figure."""
    return {str(item): plain_label(item_name(study, item)) for item in study.points}


class _Names(dict[str, str]):
    """Names of constructs; one of the user's own is called as the user calls it."""

    def __missing__(self, construct: str) -> str:
        return construct


def constructs() -> dict[str, str]:
    """Return construct to its name; a construct of the user's own bears its own name."""
    return _Names(construct_names())


def inside(name: str) -> str:
    """Return a name as it stands inside a sentence."""
    return name[:1].lower() + name[1:]


def spoken_level(study: Study) -> str:
    """Return the level of the intervals, as in 95%."""
    return percent(study.confidence, 0)


def with_interval(study: Study, low: float, high: float, digits: int = 1, *, share: bool = False) -> str:
    """Return an interval with its level, in words."""
    return tr(
        "{level} interval {range}",
        level=spoken_level(study),
        range=interval(low, high, digits, percent=share),
    )
