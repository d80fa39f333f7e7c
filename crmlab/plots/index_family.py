"""The national index models side by side: Sweden 1989, America 1994, Europe 1999, China."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlab.plots._nodes import arrow, frameless, node
from crmlab.text import N_, tr

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FAMILY", "IndexDrawing", "index_family"]


@dataclass(frozen=True)
class IndexDrawing:
    """An index model as it was published: what it holds, and what drives what."""

    name: str
    title: str
    paths: tuple[tuple[str, str], ...]


_CORE = (
    ("expectation", "quality"),
    ("expectation", "value"),
    ("quality", "value"),
    ("expectation", "satisfaction"),
    ("quality", "satisfaction"),
    ("value", "satisfaction"),
    ("satisfaction", "loyalty"),
)
_VOICE = (("satisfaction", "complaints"), ("complaints", "loyalty"))

#: Fornell 1992; Fornell et al. 1996; Tenenhaus et al. 2005; the Chinese model as the course's sources list it (11 paths)
FAMILY: tuple[IndexDrawing, ...] = (
    IndexDrawing(
        "SCSB",
        N_("SCSB, Sweden 1989: five constructs"),
        (
            ("expectation", "value"),
            ("expectation", "satisfaction"),
            ("value", "satisfaction"),
            ("satisfaction", "loyalty"),
            *_VOICE,
        ),
    ),
    IndexDrawing("ACSI", N_("ACSI, America 1994: quality beside value"), (*_CORE, *_VOICE)),
    IndexDrawing(
        "ECSI",
        N_("ECSI, Europe 1999: image comes first"),
        (
            ("image", "expectation"),
            ("image", "satisfaction"),
            ("image", "loyalty"),
            *_CORE,
            *_VOICE,
        ),
    ),
    IndexDrawing(
        "CCSI",
        N_("CCSI, China: image at every step, no complaints"),
        (
            ("image", "expectation"),
            ("image", "quality"),
            ("image", "value"),
            ("image", "satisfaction"),
            *_CORE,
        ),
    ),
)
_NAMES = {
    "image": N_("Image"),
    "expectation": N_("Expectation"),
    "quality": N_("Perceived quality"),
    "value": N_("Perceived value"),
    "satisfaction": N_("Satisfaction"),
    "complaints": N_("Complaints"),
    "loyalty": N_("Loyalty"),
}
_SPOTS: Mapping[str, tuple[float, float]] = {
    "image": (0.11, 0.89),
    "expectation": (0.11, 0.45),
    "quality": (0.69, 0.10),
    "value": (0.39, 0.36),
    "satisfaction": (0.62, 0.69),
    "complaints": (0.89, 0.38),
    "loyalty": (0.89, 0.90),
}
_BOX = (0.68, 0.36)


def index_family(names: tuple[str, ...] = ("SCSB", "ACSI", "ECSI", "CCSI")) -> Figure:
    """Draw the index models, two to a row; return the figure."""
    import matplotlib.pyplot as plt

    models = [model for model in FAMILY if model.name in names]
    rows = (len(models) + 1) // 2
    figure, grid = plt.subplots(rows, 2, figsize=(6.6, 2.45 * rows), layout="none", squeeze=False)
    figure.subplots_adjust(
        left=0.01, right=0.99, bottom=0.02, top=1 - 0.28 / (2.45 * rows), wspace=0.05, hspace=0.2
    )
    panels: list[Axes] = list(grid.ravel())
    for ax, model in zip(panels, models, strict=False):
        _draw(ax, model)
    for ax in panels[len(models) :]:
        ax.axis("off")
    return figure


def _draw(ax: Axes, model: IndexDrawing) -> None:
    frameless(ax)
    used = dict.fromkeys(end for path in model.paths for end in path)
    for start, end in model.paths:
        arrow(ax, _SPOTS[start], _SPOTS[end], box=_BOX)
    for key in used:
        node(ax, _SPOTS[key], tr(_NAMES[key]), strong=key == "satisfaction", box=_BOX, size=7.5)
    ax.set_title(tr(model.title), fontsize=9.5, loc="left")
