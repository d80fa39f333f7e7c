"""The cells of a notebook as pieces of a document: blocks with all care, anything else as well as it comes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmlab.reports.export.markup import Piece, Setter
from crmlab.reports.export.typst_html import tables
from crmlab.reports.export.typst_images import picture
from crmlab.reports.export.typst_tables import Cell, Column
from crmlab.reports.export.typst_text import literal
from crmlab.show import MIME, escape_markdown
from crmlab.show.blocks import format_cell
from crmlab.text import tr

__all__ = ["Parts", "collect", "labels"]

_NO_OUTPUT = frozenset({"remove-output", "remove_output", "parameters", "injected-parameters"})
_PLACE = re.compile(r"\{\{\s*([a-zA-Z_]\w*)\s*(?::([^{}]*))?\}\}")


@dataclass
class Parts:
    """What was found in a notebook, before it is put in order."""

    cover: Mapping[str, Any] | None = None
    findings: list[str] = field(default_factory=list)
    provenance: list[Mapping[str, Any]] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)


def _bundles(cells: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for cell in cells:
        for output in cell.get("outputs", ()):
            if MIME in output.get("data", {}):
                yield output["data"]


def labels(cells: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Return what a text may point to: ``fig-name`` and ``tab-name`` of the blocks in these cells."""
    for bundle in _bundles(cells):
        if label := _label(bundle[MIME]):
            yield label


def _label(block: Mapping[str, Any]) -> str | None:
    prefix = {"figure": "fig", "table": "tab"}.get(block["kind"])
    name = str(block.get("name", ""))
    return f"{prefix}-{name}" if prefix and re.fullmatch(r"[a-z0-9-]+", name) else None


def collect(cells: Sequence[Mapping[str, Any]], setter: Setter, *, exclude_input: bool) -> Parts:
    """Return what is in the cells, block by block; facts fill the texts."""
    parts = Parts()
    facts: dict[str, Any] = {}
    for bundle in _bundles(cells):
        if bundle[MIME]["kind"] == "facts":
            facts |= bundle[MIME]["values"]
    taken: set[str] = set()
    for cell in cells:
        setter.attachments = cell.get("attachments", {})
        if cell["cell_type"] == "markdown":
            parts.pieces += setter.markdown(_fill(_joined(cell["source"]), facts))
        elif cell["cell_type"] == "code":
            tags = set(cell.get("metadata", {}).get("tags", ()))
            if not exclude_input and (code := setter.printed(_joined(cell["source"]))):
                parts.pieces.append(Piece("body", code))
            if not tags & _NO_OUTPUT:
                for output in cell.get("outputs", ()):
                    _take(output, parts, setter, taken)
    return parts


def _take(output: Mapping[str, Any], parts: Parts, setter: Setter, taken: set[str]) -> None:
    match output["output_type"]:
        case "stream" if output["name"] == "stdout":
            _add(parts, setter.printed(_joined(output["text"])))
        case "error":
            title = tr("Error", lang=setter.lang)
            message = setter.printed(f"{output['ename']}: {output['evalue']}")
            _add(parts, f'#aside({literal(title)}, shade: rgb("#fdf1ee"), edge: rgb("#a63d1f"))[{message}]')
        case "display_data" | "execute_result":
            data = output["data"]
            if MIME not in data or not _take_block(data, parts, setter, taken):
                parts.pieces += _other(data, setter)


def _add(parts: Parts, markup: str) -> None:
    if markup:
        parts.pieces.append(Piece("body", markup))


def _take_block(bundle: Mapping[str, Any], parts: Parts, setter: Setter, taken: set[str]) -> bool:
    """Take one of crmlab's blocks; say False if it is of a kind that is not known here."""
    block = bundle[MIME]
    match block["kind"]:
        case "figure" | "table":
            return _take_numbered(bundle, parts, setter, taken)
        case "prose":
            parts.pieces += setter.markdown(block["markdown"])
        case "findings":
            parts.findings.append(block["markdown"])
            parts.pieces.append(Piece("moved"))
        case "cover":
            parts.cover = parts.cover or block
            parts.pieces.append(Piece("moved"))
        case "provenance":
            parts.provenance.append(block)
            parts.pieces.append(Piece("moved"))
        case kind:
            return bool(kind == "facts")
    return True


def _take_numbered(bundle: Mapping[str, Any], parts: Parts, setter: Setter, taken: set[str]) -> bool:
    block = bundle[MIME]
    label = _label(block)
    if label in taken:
        label = None
    elif label:
        taken.add(label)
    if block["kind"] == "table":
        columns = _block_columns(block)
        parts.pieces.append(
            setter.table(columns, caption=block["caption"], label=label, note=block.get("note"))
        )
        return True
    found = picture(bundle)
    if found is None:
        return False
    _add(parts, setter.picture(found, block["alt"], caption=block["caption"], label=label))
    return True


def _block_columns(block: Mapping[str, Any]) -> list[Column]:
    return [
        Column(
            Cell(str(column["label"])),
            tuple(Cell(str(row[i])) for row in block["rows"]),
            numeric=column["align"] == "right",
        )
        for i, column in enumerate(block["columns"])
    ]


def _other(data: Mapping[str, Any], setter: Setter) -> list[Piece]:
    """Set an output of another library by the best of its media types."""
    plain = _joined(data.get("text/plain", ""))
    found = picture(data)
    if found is not None:
        words = (
            plain
            if plain and not re.fullmatch(r"<[^<>]*>", plain.strip())
            else tr("Picture", lang=setter.lang)
        )
        return [Piece("body", setter.picture(found, words))]
    if "text/markdown" in data:
        return setter.markdown(_joined(data["text/markdown"]))
    if set_tables := [setter.table(columns) for columns in tables(_joined(data.get("text/html", "")))]:
        return set_tables
    if latex := _joined(data.get("text/latex", "")).strip():
        return setter.markdown(latex if latex.startswith(("$", r"\begin")) else f"$${latex}$$")
    if "application/vnd.plotly.v1+json" in data:
        return [
            Piece("body", setter.text(tr("[An interactive figure; see the HTML edition.]", lang=setter.lang)))
        ]
    markup = setter.printed(plain)
    return [Piece("body", markup)] if markup else []


def _fill(markdown: str, facts: Mapping[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in facts:
            return match[0]
        fact = facts[match[1]]
        shown = format_cell(fact, match[2] or None)
        return escape_markdown(shown) if isinstance(fact, str) else shown

    return _PLACE.sub(value, markdown)


def _joined(source: str | Sequence[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
