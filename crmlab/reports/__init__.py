"""Reports: from a file or a case to a PDF, a web page and a workbook.

:func:`run_report` does it all. A report's notebook calls :func:`load` for its tables, :func:`checked` for its
parameters, and :func:`provenance_block` for its last page.

Names are loaded on first use, so that ``import crmlab.reports`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmlab.reports.contract import ReportParameters, describe, parse_parameters
    from crmlab.reports.inputs import ReportInput, load
    from crmlab.reports.provenance import provenance_block
    from crmlab.reports.registry import REPORTS, InputSpec, ReportSpec, checked, get_report
    from crmlab.reports.run import RunResult, run_report

__all__ = [
    "REPORTS",
    "InputSpec",
    "ReportInput",
    "ReportParameters",
    "ReportSpec",
    "RunResult",
    "checked",
    "describe",
    "get_report",
    "load",
    "parse_parameters",
    "provenance_block",
    "run_report",
]

_HOME = {
    "REPORTS": "registry",
    "InputSpec": "registry",
    "ReportInput": "inputs",
    "ReportParameters": "contract",
    "ReportSpec": "registry",
    "RunResult": "run",
    "checked": "registry",
    "describe": "contract",
    "get_report": "registry",
    "load": "inputs",
    "parse_parameters": "contract",
    "provenance_block": "provenance",
    "run_report": "run",
}


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"crmlab.reports.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
