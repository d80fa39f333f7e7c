"""The look of every figure: one palette, one type family, one plotly template.

Colours are the colour-blind-safe set of Okabe and Ito (2008), darkened where they stand for text.
"""

from __future__ import annotations

from crmlab.text.fonts import FAMILY, register

__all__ = ["ACCENT", "GREY", "INK", "MUTED", "PALETTE", "SEQUENTIAL", "TEMPLATE", "apply"]

INK = "#1f2a37"
GREY = "#6b7280"
MUTED = "#c9d1d9"
ACCENT = "#0b6e6e"
#: Okabe–Ito, the house's teal first
PALETTE = ("#0b6e6e", "#d55e00", "#0072b2", "#e69f00", "#cc79a7", "#56b4e9", "#009e73", "#6b7280")
SEQUENTIAL = "crest"
#: name of the plotly template
TEMPLATE = "crmlab"


def apply() -> None:
    """Set matplotlib's, seaborn's and plotly's defaults for this process."""
    import matplotlib as mpl
    import seaborn as sns

    family = register()
    sns.set_theme(
        style="whitegrid",
        palette=list(PALETTE),
        rc={
            "font.family": [family],
            "axes.unicode_minus": True,
            "axes.edgecolor": MUTED,
            "axes.labelcolor": INK,
            "axes.titlecolor": INK,
            "axes.titlelocation": "left",
            "axes.titlesize": 11,
            "axes.titlepad": 10,
            "axes.labelsize": 9.5,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.color": "#e8ecf0",
            "grid.linewidth": 0.8,
            "text.color": INK,
            # "$3 … $20" is money, and a store may be called $\\frac$: labels from data are never formulas.
            "text.parse_math": False,
            "xtick.color": INK,
            "ytick.color": INK,
            "xtick.labelsize": 9,
            "ytick.labelsize": 9,
            "legend.fontsize": 9,
            "legend.frameon": False,
            "figure.figsize": (6.6, 3.7),
            "figure.dpi": 110,
            "figure.constrained_layout.use": True,
            "savefig.bbox": "tight",
            "svg.fonttype": "none",
            "svg.hashsalt": "crmlab",
        },
    )
    mpl.rcParams["font.sans-serif"] = [family]
    _plotly_template()


def _plotly_template() -> None:
    import plotly.graph_objects as go
    import plotly.io as pio

    stack = (
        f"{FAMILY}, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Source Han Sans SC', sans-serif"
    )
    axis = {
        "gridcolor": "#e8ecf0",
        "zerolinecolor": MUTED,
        "linecolor": MUTED,
        "automargin": True,
        "title": {"font": {"size": 13}},
    }
    pio.templates[TEMPLATE] = go.layout.Template(
        layout={
            "font": {"family": stack, "size": 13, "color": INK},
            "colorway": list(PALETTE),
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 56, "r": 16, "t": 48, "b": 48},
            "hoverlabel": {"font": {"family": stack}},
            "title": {"x": 0, "xanchor": "left", "font": {"size": 15}},
        },
    )
    pio.templates.default = TEMPLATE
