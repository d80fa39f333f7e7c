"""Blocks: a figure, a table, a paragraph, and what stands around them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from crmlab.errors import ParameterError, did_you_mean
from crmlab.text import MISSING_TEXT, number, p_value, percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MIME",
    "Block",
    "cover",
    "escape_markdown",
    "facts",
    "figure",
    "findings",
    "format_cell",
    "prose",
    "provenance",
    "table",
]

#: the media type that crmlab's exporters read
MIME = "application/vnd.crmlab+json"
#: the media type of a figure that moves
PLOTLY = "application/vnd.plotly.v1+json"
#: of a figure that moves, pixels; pages take their own
NOTEBOOK_WIDTH = 800

#: what would begin a new paragraph, and with it a heading, a list or a block of code
_LINE_ENDS = re.compile("[\\r\\n\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029]+")

Format = str | Callable[[Any], str]


@dataclass(frozen=True)
class Block:
    """Something to show; the last expression of a cell, or ``display(block)``, shows it.

    Attributes
    ----------
    data
        What an exporter needs, ready for JSON; ``data["kind"]`` is ``figure``, ``table``, ``findings``, ``prose``,
        ``facts``, ``cover`` or ``provenance``.
    fallback
        The same for other front ends, by media type.

    """

    data: dict[str, Any]
    fallback: dict[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:  # noqa: ARG002
        from crmlab.show.html import block_html

        bundle: dict[str, Any] = {MIME: self.data, **self.fallback}
        if "text/markdown" not in bundle and self.data["kind"] != "facts":
            bundle["text/html"] = block_html(bundle)
        return bundle


def figure(fig: Any, caption: str, alt: str, name: str, interactive: Any = None) -> Block:
    """Show a figure with a caption and alternative text.

    Parameters
    ----------
    fig
        A matplotlib ``Figure`` or ``Axes``. It is drawn now, as SVG with real text, and closed.
    caption
        What the figure shows, one sentence; its number is given when the page is made.
    alt
        What a reader who cannot see it must know: kind of figure, axes, finding.
    name
        Identifier, unique in the notebook: ``[a-z0-9-]+``.
    interactive
        A plotly figure to put in its place where the page can move.

    """
    _check_name(name)
    if not alt.strip():
        raise ParameterError(f"Figure {name!r} has no alternative text.", hint="Say what it shows, in `alt`.")
    svg, width, height = _svg(fig, name)
    data: dict[str, Any] = {
        "kind": "figure",
        "name": name,
        "caption": caption,
        "alt": alt,
        "width_in": width,
        "height_in": height,
    }
    fallback: dict[str, Any] = {"image/svg+xml": svg, "text/plain": f"[{caption}]"}
    if interactive is not None:
        fallback[PLOTLY] = _for_notebooks(_jsonable(interactive.to_plotly_json()))
    return Block(data, fallback)


def table(
    df: pd.DataFrame,
    caption: str,
    name: str,
    *,
    formats: Mapping[str, Format] | None = None,
    labels: Mapping[str, str] | None = None,
    note: str | None = None,
) -> Block:
    """Show a table with a caption; numbers are aligned right, text left.

    Parameters
    ----------
    df
        The rows. Only columns are shown: call ``reset_index()`` for an index that matters.
    caption
        What the table holds; its number is given when the page is made.
    name
        Identifier, unique in the notebook; also the sheet's name in a workbook.
    formats
        By column: ``".2f"`` (decimals), ``".1%"`` (a fraction as percentage), ``"d"`` (whole), ``"p"`` (p value), or
        a function of the value. Unnamed numbers: whole ones as such, others with two decimals.
    labels
        By column: the head in the reader's language.
    note
        A line under the table.

    """
    _check_name(name)
    columns = [str(column) for column in df.columns]
    for given in (formats or {}, labels or {}):
        for unknown in set(given) - set(columns):
            near = did_you_mean(unknown, columns)
            raise ParameterError(
                f"Table {name!r} has no column {unknown!r}.",
                problems=[f"columns: {', '.join(columns)}"],
                hint=f"Did you mean {near!r}?" if near else None,
            )
    described, shown, raw = [], [], []
    for position, key in enumerate(columns):
        series = df.iloc[:, position]
        numeric = _is_numeric(series)
        spec = (formats or {}).get(key, _default_format(series))
        described.append(
            {
                "key": key,
                "label": (labels or {}).get(key, key),
                "align": "right" if numeric else "left",
                "numeric": numeric,
                "format": spec if isinstance(spec, str) else None,
            },
        )
        values = series.tolist()
        shown.append([format_cell(value, spec) for value in values])
        raw.append([_plain(value) for value in values])
    data = {
        "kind": "table",
        "name": name,
        "caption": caption,
        "columns": described,
        "rows": [list(row) for row in zip(*shown, strict=True)],
        "values": [list(row) for row in zip(*raw, strict=True)],
        "note": note,
    }
    return Block(data, {"text/plain": df.to_string(index=False)})


def findings(markdown: str) -> Block:
    """Show the paragraph that says what was found; reports put it at the top."""
    return Block(
        {"kind": "findings", "markdown": markdown}, {"text/markdown": markdown, "text/plain": markdown}
    )


def prose(markdown: str) -> Block:
    """Show a paragraph that was written from results."""
    return Block({"kind": "prose", "markdown": markdown}, {"text/markdown": markdown, "text/plain": markdown})


def facts(**values: object) -> Block:
    """Name values for the text: ``{{name}}`` or ``{{name:.1f}}`` in a markdown cell becomes the value.

    Nothing is shown. Numbers may be formatted with ``.2f``, ``.1%`` or ``d``, as in :func:`table`.
    """
    plain = {key: _plain(value) for key, value in values.items()}
    return Block({"kind": "facts", "values": plain}, {"text/plain": ""})


def cover(title: str, subject: str, rows: Sequence[tuple[str, str]] = ()) -> Block:
    """Show the head of a report: its title, what it is about, and labelled facts (data, period, …)."""
    data = {"kind": "cover", "title": title, "subject": subject, "rows": [list(row) for row in rows]}
    return Block(data, {"text/plain": f"{title}\n{subject}"})


def provenance(title: str, sections: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> Block:
    """Show how a report was made: sections of labelled facts; exporters put it on the last page."""
    data = {
        "kind": "provenance",
        "title": title,
        "sections": [{"title": head, "rows": [list(row) for row in rows]} for head, rows in sections],
    }
    return Block(data, {"text/plain": title})


def escape_markdown(text: object) -> str:
    r"""Return text from data so that Markdown shows it as it is, on one line.

    Blanks around it are left out: inside the signs of emphasis they would undo it.

    >>> escape_markdown(" a*b_[c]")
    'a\\*b\\_\\[c\\]'
    """
    plain = _LINE_ENDS.sub(" ", str(text)).strip() or MISSING_TEXT
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$&^:@\"'/=%])", r"\\\1", plain)


def format_cell(value: Any, spec: Format | None) -> str:
    """Return one value as a table shows it."""
    if callable(spec):
        return spec(value)
    if (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or str(value) in {"NaT", "<NA>", "nan"}
    ):
        return MISSING_TEXT
    if not spec:
        return str(value)
    if spec == "d":
        return number(value)
    if spec == "p":
        return p_value(value)
    match = re.fullmatch(r"[,.]*(\d*)([f%])", spec)
    if match is None:
        raise ParameterError(f"No number format {spec!r}.", hint='Use ".2f", ".1%", "d", "p" or a function.')
    digits = int(match[1] or 0)
    return percent(value, digits) if match[2] == "%" else number(value, digits)


def _default_format(series: pd.Series[Any]) -> Format | None:
    from pandas.api import types

    if types.is_bool_dtype(series) or not _is_numeric(series):
        return _day if types.is_datetime64_any_dtype(series) else None
    return "d" if types.is_integer_dtype(series) else ".2f"


def _day(value: Any) -> str:
    import pandas as pd

    return f"{value:%Y-%m-%d}" if pd.notna(value) else MISSING_TEXT


def _is_numeric(series: pd.Series[Any]) -> bool:
    from pandas.api import types

    return bool(types.is_numeric_dtype(series)) and not types.is_bool_dtype(series)


def _plain(value: Any) -> Any:
    """Return a value that JSON knows."""
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(value, "isoformat"):
        text = cast("str", value.isoformat())
        return None if text == "NaT" else text.removesuffix("T00:00:00")
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return None if str(value) in {"NaT", "<NA>"} else str(value)


def _for_notebooks(plotly: dict[str, Any]) -> dict[str, Any]:
    """Give a plotly figure the size and the ground that a notebook needs; pages take both away again.

    JupyterLab squeezes a figure of free size to a line when its window changes while the figure is out of sight, and
    its dark theme would swallow dark letters on no ground.
    """
    layout = {"height": 450, **plotly["layout"], "width": NOTEBOOK_WIDTH, "paper_bgcolor": "#ffffff"}
    return {**plotly, "layout": layout, "config": {"displaylogo": False}}


def _jsonable(plotly: dict[str, Any]) -> dict[str, Any]:
    import json

    from plotly.utils import PlotlyJSONEncoder

    return cast("dict[str, Any]", json.loads(json.dumps(plotly, cls=PlotlyJSONEncoder)))


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise ParameterError(
            f"{name!r} is no name for a figure or table.",
            hint="Use lower-case letters, digits and hyphens, a letter first.",
        )


def _svg(fig: Any, name: str) -> tuple[str, float, float]:
    import io

    import matplotlib as mpl
    import matplotlib.pyplot as plt

    figure_ = fig if hasattr(fig, "savefig") else fig.get_figure()
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure_.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    width, height = (float(side) for side in figure_.get_size_inches())
    plt.close(figure_)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, count=1, flags=re.DOTALL)
    # Several figures share a page: their ids must differ.
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', text)
    return text, width, height
