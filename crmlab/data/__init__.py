"""Data: the catalogue of cases, and readers of anybody's own files.

:func:`read_table` turns a file, a folder of files or a table of a database into a table with known columns, and keeps
what could not be read, with the row number a spreadsheet shows and the reason.
:func:`check_table` tells whether a DataFrame of your own is such a table.
:func:`load_case` gives the tables of a case of the course by name.

Nothing is imported before it is asked for, so ``import crmlab.data`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmlab.data.big import reduce_transactions
    from crmlab.data.catalogue import list_cases, load_case, show_case
    from crmlab.data.databases import open_table
    from crmlab.data.guarantees import check_table
    from crmlab.data.kinds import tell_kind
    from crmlab.data.readers import ReadResult, read_table
    from crmlab.data.reduced import Reduced
    from crmlab.data.rejects import write_rejects
    from crmlab.data.roles import parse_mapping
    from crmlab.data.scales import detect_scale
    from crmlab.data.schemas import check_repeat, check_transactions

__all__ = [
    "ReadResult",
    "Reduced",
    "check_repeat",
    "check_table",
    "check_transactions",
    "detect_scale",
    "list_cases",
    "load_case",
    "open_table",
    "parse_mapping",
    "read_table",
    "reduce_transactions",
    "show_case",
    "tell_kind",
    "write_rejects",
]

_HOME = {
    "ReadResult": "readers",
    "Reduced": "reduced",
    "check_repeat": "schemas",
    "check_table": "guarantees",
    "check_transactions": "schemas",
    "detect_scale": "scales",
    "list_cases": "catalogue",
    "load_case": "catalogue",
    "open_table": "databases",
    "parse_mapping": "roles",
    "read_table": "readers",
    "reduce_transactions": "big",
    "show_case": "catalogue",
    "tell_kind": "kinds",
    "write_rejects": "rejects",
}


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"crmlab.data.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
