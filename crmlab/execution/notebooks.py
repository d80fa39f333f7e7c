"""Reading and writing notebooks: format 4.5, one way of laying them out, so that a change shows as small as it is."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from crmlab.errors import ReportError
from crmlab.execution._quick import import_jsonschema

__all__ = ["node", "read", "tags", "to_text", "write"]


def _nbformat() -> Any:
    import_jsonschema()  # first, and quickly
    return import_module("nbformat")


def read(path: Path) -> Any:
    """Read a notebook.

    Raises
    ------
    ReportError
        There is no such file, or it is no notebook.

    """
    nbformat = _nbformat()
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, KeyError, AttributeError) as err:
        raise ReportError(f"{path} cannot be read as a notebook: {err}") from err


def to_text(nb: Any) -> str:
    """Return a notebook as the text of its file."""
    nbformat = _nbformat()
    return f"{str(nbformat.writes(nb)).rstrip()}\n"


def write(nb: Any, path: Path) -> None:
    """Write a notebook."""
    path.write_text(to_text(nb), encoding="utf-8")


def node(content: dict[str, Any]) -> Any:
    """Return a dictionary as the kind that notebooks are made of."""
    nbformat = _nbformat()
    return nbformat.from_dict(content)


def tags(cell: Any) -> frozenset[str]:
    """Return a cell's tags."""
    return frozenset(cell.metadata.get("tags", ()))
