"""How a report was made: the last page, from which anybody can make it again."""

from __future__ import annotations

import datetime as dt
import platform
import time
from importlib import metadata
from typing import TYPE_CHECKING, Any

from crmlab import __version__
from crmlab.reports.registry import role_name
from crmlab.show import Block, provenance
from crmlab.text import date, number, tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlab.reports.contract import ReportParameters
    from crmlab.reports.inputs import ReportInput

__all__ = ["provenance_block"]

_PACKAGES = ("numpy", "pandas", "scipy", "pingouin", "matplotlib", "seaborn", "plotly")

_Rows = list[tuple[str, str]]


def provenance_block(
    report_input: ReportInput, parameters: ReportParameters, started: float | None = None
) -> Block:
    """Show how this report was made.

    Parameters
    ----------
    report_input
        What :func:`crmlab.reports.load` returned.
    parameters
        What :func:`crmlab.reports.checked` returned; values that are the defaults are marked.
    started
        Moment at which the work began, by :func:`time.perf_counter`; default, when the tables were loaded.

    """
    begun = report_input.started if started is None else started
    sections = [
        (tr("Data"), _data(report_input)),
        (tr("Parameters"), _parameters(parameters)),
        (tr("Software and time"), _software(time.perf_counter() - begun)),
    ]
    return provenance(tr("How this report was made"), sections)


def _data(given: ReportInput) -> _Rows:
    source = given.source
    of_case = source["kind"] == "case"
    rows: _Rows = [(tr("Case") if of_case else tr("Input file"), str(source["name"])), *_account(source)]
    for one in source.get("more", ()):
        rows.append((tr("Further table: {role}", role=role_name(one["role"])), str(one["name"])))
        rows += _account(one)
    if not of_case:
        kept = tr("as in the file")
        replaced = tr("replaced by codes that are drawn anew for every run")
        rows.append((tr("Customers' identifiers"), kept if source["ids"] == "kept" else replaced))
    return rows


def _account(source: Mapping[str, Any]) -> _Rows:
    """Tell of one file how it was read."""
    rows: _Rows = [
        (label, str(source[key]))
        for label, key in (
            (tr("Sheet"), "sheet"),
            (tr("Table of the database"), "table"),
            (tr("Query"), "query"),
            (tr("Encoding"), "encoding"),
            (tr("Licence"), "licence"),
        )
        if source.get(key)
    ]
    if source["sha256"]:
        rows.append(("SHA-256", str(source["sha256"])))
    rows += [
        (tr("Rows read"), number(source["rows_read"])),
        (tr("Rows rejected"), number(source["rows_rejected"])),
    ]
    if source["reasons"]:
        rows.append((tr("Reasons"), tr("; ").join(_reason(*reason) for reason in source["reasons"])))
    if source["mapping"]:
        rows.append(
            (tr("Columns used"), tr("; ").join(f"{role} ← {column}" for role, column, _ in source["mapping"]))
        )
    return [*rows, *((tr("Note"), str(note)) for note in source["notes"])]


def _reason(reason: str, column: str, count: int) -> str:
    where = tr("“{column}”: {reason}", column=column, reason=reason) if column else reason
    return f"{where} ({number(count)})"


def _parameters(parameters: ReportParameters) -> _Rows:
    rows: _Rows = []
    for name, field in type(parameters).model_fields.items():
        value = getattr(parameters, name)
        text = _shown(value)
        if value == field.default:
            rows.append((name, tr("{value} (default)", value=text)))
        else:
            rows.append((name, tr("{value} (default: {default})", value=text, default=_shown(field.default))))
    return rows


def _shown(value: Any) -> str:
    if value is None or value == "":
        return tr("empty")
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _software(seconds: float) -> _Rows:
    versions = ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)
    today = dt.datetime.now(tz=dt.UTC).astimezone().date()
    return [
        ("crmlab", __version__),
        ("Python", f"{platform.python_version()} ({platform.system()})"),
        (tr("Packages"), versions),
        (tr("Made on"), date(today)),
        (tr("Computing time"), tr("{seconds} s", seconds=number(seconds, 1))),
    ]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return tr("not installed")
