"""A second saved at every start: nbformat's schemas without the grammar of international addresses."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

__all__ = ["import_jsonschema"]

_GRAMMAR = "rfc3987_syntax"


def import_jsonschema() -> None:
    """Import jsonschema without a check of addresses that no notebook has.

    jsonschema tries this check's package, and does without it where it is missing; its grammar takes longer to build
    than all else that a report imports before its kernel starts. The package itself stays importable.
    """
    if "jsonschema" in sys.modules or _GRAMMAR in sys.modules:
        return
    modules: dict[str, Any] = sys.modules
    modules[_GRAMMAR] = None
    try:
        import_module("jsonschema")
    finally:
        del modules[_GRAMMAR]
