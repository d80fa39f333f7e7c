"""What a reader sees of an executed notebook, in order: text, figures, tables, with their numbers.

Code is left out, and so are cells tagged with another language. ``{{name}}`` in a text is filled from the facts of the
notebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crmlab.show import MIME, escape_markdown
from crmlab.show.blocks import format_cell
from crmlab.text import LANGUAGES

__all__ = ["Flow", "Item", "flow", "notebook_language"]

#: cells with one of these tags are no part of a page
_HIDDEN = frozenset(
    {"parameters", "injected-parameters", "remove-cell", "hide-cell", "papermill-error-cell-tag"}
)
#: signs that turn the direction of writing: unseen, they show a text as another one than it is
_TURNING = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_PLACE = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*(?::([^{}]*))?\}\}")


@dataclass(frozen=True)
class Item:
    """One piece of the page.

    Attributes
    ----------
    kind
        ``markdown``, ``figure``, ``table``, ``findings``, ``cover``, ``provenance``, ``image`` or ``plain``.
    text
        Markdown, or plain text.
    bundle
        The media bundle of a block or an image.
    number
        Of a figure or a table.

    """

    kind: str
    text: str = ""
    bundle: Mapping[str, Any] = field(default_factory=dict)
    number: int | None = None


@dataclass(frozen=True)
class Flow:
    """A notebook as a page: language, title, and items."""

    lang: str
    title: str
    subject: str
    items: tuple[Item, ...]

    def blocks(self, kind: str) -> Iterator[Item]:
        """Return the items of one kind."""
        return (item for item in self.items if item.kind == kind)


def notebook_language(nb: Mapping[str, Any], default: str = "en") -> str:
    """Return the language a notebook was run in, from its metadata or its parameters."""
    metadata = nb.get("metadata", {})
    own = metadata.get("crmlab", {})
    for place in (own, own.get("parameters", {}), metadata.get("papermill", {}).get("parameters", {})):
        lang = place.get("lang")
        if lang in LANGUAGES:
            return str(lang)
    return default


def flow(nb: Mapping[str, Any], lang: str | None = None) -> Flow:
    """Return what a reader sees of an executed notebook.

    Parameters
    ----------
    nb
        The notebook, version 4.
    lang
        Leave out cells tagged with another language. Default: the language it was run in.

    """
    spoken = lang or notebook_language(nb)
    facts = _facts(nb)
    items: list[Item] = []
    numbers = {"figure": 0, "table": 0}
    for cell in _straight(nb["cells"]):
        tags = set(cell.get("metadata", {}).get("tags", ()))
        if tags & _HIDDEN or tags & (set(LANGUAGES) - {spoken}):
            continue
        if cell["cell_type"] == "markdown":
            text = _fill(_joined(cell["source"]), facts)
            if text.strip():
                items.append(Item("markdown", text))
        elif cell["cell_type"] == "code":
            for item in _outputs(cell):
                if item.kind in numbers:
                    numbers[item.kind] += 1
                    items.append(Item(item.kind, item.text, item.bundle, numbers[item.kind]))
                else:
                    items.append(item)
    cover = next((item.bundle[MIME] for item in items if item.kind == "cover"), None)
    title = cover["title"] if cover else _first_heading(items)
    return Flow(spoken, title or "crmlab", cover["subject"] if cover else "", tuple(items))


def _straight(value: Any) -> Any:
    """Return a value of a notebook without signs that turn the direction of its texts."""
    if isinstance(value, str):
        return value if value.isascii() else value.translate(_TURNING)
    if isinstance(value, Mapping):
        return {key: _straight(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_straight(one) for one in value]
    return value


def _outputs(cell: Mapping[str, Any]) -> Iterator[Item]:
    for output in cell.get("outputs", ()):
        if output["output_type"] == "stream":
            text = _joined(output["text"]).strip()
            if text and output["name"] == "stdout":
                yield Item("plain", text)
        elif "data" in output:
            item = _block(output["data"]) if MIME in output["data"] else _other(output["data"])
            if item is not None:
                yield item


def _block(data: Mapping[str, Any]) -> Item | None:
    block = data[MIME]
    match block["kind"]:
        case "facts":
            return None
        case "prose":
            return Item("markdown", block["markdown"])
        case "findings":
            return Item("findings", block["markdown"])
        case name:
            return Item(name, bundle=data)


def _other(data: Mapping[str, Any]) -> Item | None:
    """Show what is no block as well as it can be shown; HTML of unknown origin is left out."""
    plain = _joined(data.get("text/plain", "")).strip()
    if "image/png" in data or "image/svg+xml" in data:
        return Item("image", plain, data)
    if "text/markdown" in data:
        return Item("markdown", _joined(data["text/markdown"]))
    return Item("plain", plain) if plain else None


def _facts(nb: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for cell in nb["cells"]:
        for output in cell.get("outputs", ()):
            block = output.get("data", {}).get(MIME)
            if block and block["kind"] == "facts":
                values |= block["values"]
    return values


def _fill(text: str, facts: Mapping[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in facts:
            return match[0]
        return escape_markdown(format_cell(facts[match[1]], match[2] or None))

    return _PLACE.sub(value, text)


def _first_heading(items: list[Item]) -> str:
    for item in items:
        if item.kind == "markdown" and (found := re.search(r"^#\s+(.+)$", item.text, flags=re.MULTILINE)):
            return re.sub(r"[*`_]", "", found[1]).strip()
    return ""


def _joined(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
