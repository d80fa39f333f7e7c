"""What the figures of a topic share: axes of a given height, and titles that fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["axes_or_new", "legend_above", "slider", "title"]

_TITLE_SIZE = 11
#: what ticks and the axis label take on the left, inches
_LEFT = 0.8


def axes_or_new(ax: Axes | None, *, height: float = 3.7, width: float = 6.6) -> Axes:
    """Return the axes given, or those of a new figure of that size in inches."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    _, made = plt.subplots(figsize=(width, height))
    return made


def title(ax: Axes, text: str, *, pad: float | None = None) -> None:
    """Set a title that states a finding, broken into lines that fit over the axes."""
    from crmlab.plots.wrapping import wrap

    width = ax.get_figure(root=True).get_figwidth() - _LEFT  # type: ignore[union-attr]
    # "$3 … $20" is money, not a formula.
    options: dict[str, Any] = {"parse_math": False} | ({} if pad is None else {"pad": pad})
    ax.set_title("\n".join(wrap(text, width, _TITLE_SIZE)), linespacing=1.4, **options)


def legend_above(ax: Axes, columns: int, *, first: str | None = None) -> None:
    """Put the legend in a line between title and axes, where it hides nothing; the label `first` comes first."""
    handles, labels = ax.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda at: labels[at] != first)
    ax.legend(
        [handles[at] for at in order],
        [labels[at] for at in order],
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncol=columns,
        borderaxespad=0.2,
        handlelength=1.2,
        columnspacing=1.4,
        bbox_transform=ax.transAxes,
    )


def slider(
    stops: Sequence[tuple[str, dict[str, Any], str]], start: int, *, prefix: str, suffix: str = ""
) -> dict[str, Any]:
    """Return a plotly slider.

    Each stop is its word, what changes in the traces, and the title; `prefix` and `suffix` stand around the word of
    the stop that is shown. Frames would do the same, but a page plays them all when it opens.
    """
    return {
        "active": start,
        "currentvalue": {"prefix": prefix, "suffix": suffix},
        "pad": {"t": 56},
        "steps": [
            {"label": word, "method": "update", "args": [changes, {"title.text": head}]}
            for word, changes, head in stops
        ],
    }
