"""Blocks as HTML; all text from data is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from crmlab.text import tr
from crmlab.text.fonts import FAMILY

__all__ = ["FONT_STACK", "block_html"]

#: what a browser may use where the font of the house is not installed
FONT_STACK = (
    f"'{FAMILY}', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Source Han Sans SC', "
    "system-ui, 'Helvetica Neue', Arial, sans-serif"
)
#: MathJax passes by: "$112 … $50" is money, not a formula
_NO_FORMULAS = "mathjax_ignore"


def block_html(bundle: Mapping[str, Any], number: int | None = None, *, plotly: bool = False) -> str:
    """Return the HTML of a block.

    Parameters
    ----------
    bundle
        Its media bundle, as an executed notebook holds it.
    number
        The figure's or table's number on the page, if it is known.
    plotly
        Put the interactive figure in place of the static one, where there is one. The page must load plotly.js.

    """
    from crmlab.show.blocks import MIME

    data = bundle[MIME]
    match data["kind"]:
        case "figure":
            return _figure(data, bundle, number, plotly=plotly)
        case "table":
            return _table(data, number)
        case "cover":
            return _cover(data)
        case "provenance":
            return _provenance(data)
        case _:
            return ""


def _caption(word: str, data: Mapping[str, Any], number: int | None) -> str:
    label = f'<span class="crmlab-number">{escape(word)} {number}</span> ' if number is not None else ""
    return f"<figcaption>{label}{escape(data['caption'])}</figcaption>"


def _figure(data: Mapping[str, Any], bundle: Mapping[str, Any], number: int | None, *, plotly: bool) -> str:
    from crmlab.show.blocks import PLOTLY

    moving = bundle.get(PLOTLY) if plotly else None
    alt = escape(data["alt"], quote=True)
    if moving is not None:
        import plotly.graph_objects as go
        import plotly.io as pio

        free = {key: moving[key] for key in ("data", "layout", "frames") if key in moving}
        # A page has its own ground, and gives the figure the width there is.
        free["layout"] = {k: v for k, v in moving["layout"].items() if k not in {"width", "paper_bgcolor"}}
        drawn = pio.to_html(
            go.Figure(free),
            config={"responsive": True, "displaylogo": False, "displayModeBar": False},
            include_plotlyjs=False,
            full_html=False,
            div_id=f"plotly-{data['name']}",
        )
        body = f'<div class="crmlab-plotly" role="img" aria-label="{alt}">{drawn}</div>'
    else:
        svg = "".join(bundle["image/svg+xml"])
        svg = svg.replace(f"'{FAMILY}'", FONT_STACK)
        # no pattern: a backslash in the data would be taken for one of its own
        svg = svg.replace("<svg ", f'<svg role="img" aria-label="{alt}" ', 1)
        body = f'<div class="crmlab-svg">{svg}</div>'
    caption = _caption(tr("Figure"), data, number)
    return f'<figure class="crmlab-figure {_NO_FORMULAS}" id="fig-{data["name"]}">{body}{caption}</figure>'


def _table(data: Mapping[str, Any], number: int | None) -> str:
    columns = data["columns"]
    # JupyterLab has no style sheet of ours, and puts every cell to the right.
    align = [f' class="crmlab-{column["align"]}" style="text-align: {column["align"]}"' for column in columns]
    head = "".join(
        f'<th scope="col"{style}>{escape(str(column["label"]))}</th>'
        for column, style in zip(columns, align, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{style}>{escape(cell)}</td>" for cell, style in zip(row, align, strict=True))
        + "</tr>"
        for row in data["rows"]
    )
    note = f'<p class="crmlab-note">{escape(data["note"])}</p>' if data.get("note") else ""
    return (
        f'<figure class="crmlab-table {_NO_FORMULAS}" id="tab-{data["name"]}">{_caption(tr("Table"), data, number)}'
        f'<div class="crmlab-scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        f"{note}</figure>"
    )


def _rows(rows: list[list[str]]) -> str:
    return "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in rows)


def _cover(data: Mapping[str, Any]) -> str:
    return (
        f'<header class="crmlab-cover"><p class="crmlab-title">{escape(data["title"])}</p>'
        f'<p class="crmlab-subject">{escape(data["subject"])}</p><dl>{_rows(data["rows"])}</dl></header>'
    )


def _provenance(data: Mapping[str, Any]) -> str:
    sections = "".join(
        f"<h3>{escape(section['title'])}</h3><dl>{_rows(section['rows'])}</dl>"
        for section in data["sections"]
    )
    return f'<section class="crmlab-provenance"><h2>{escape(data["title"])}</h2>{sections}</section>'
