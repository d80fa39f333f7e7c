"""What a report works on, handed from who prepares it to the report's notebook by way of a private folder.

:func:`write` puts a :class:`ReportInput` into the folder, and :func:`load` is what a notebook calls to get it back.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

import pandas as pd

from crmlab.errors import DataError
from crmlab.reports.registry import Role
from crmlab.text import tr

__all__ = ["EXAMPLE", "ROLES", "ReportInput", "load", "write"]

#: the case that a report's notebook reads when it is opened without a run
EXAMPLE = "retail"
ROLES: tuple[Role, ...] = get_args(Role)

_FACTS = "input.json"


@dataclass(frozen=True, eq=False)
class ReportInput:
    """What a report works on.

    Attributes
    ----------
    transactions, contracts, survey, judgements, complaints, customers, points, tiers, wallet
        The tables, or None. Transactions have ``customer`` (text), ``date`` (datetime64), ``amount`` (float), a case's
        also its further columns. A survey has ``respondent`` (text), the roles found (``customer``, ``overall``,
        ``recommend``, ``effort``, ``expectation``, ``perceived``, ``group``, ``weight``) and its items.
    title
        What the data are called, in the language of the run.
    period
        First and last day of the transactions, or None.
    currency
        Sign of the amounts where the data tell, else empty.
    items, scales, blocks
        Of a survey: names of its items; item to lowest and highest answer (None where unsure); construct to items.
    labels
        Column to its short name in the language of the run, for a case's columns.
    quality
        Columns ``measure``, ``label``, ``value``, ``text`` (the value as it is written).
    source
        Everything the last page tells: name, sha256, rows read and rejected, reasons, mapping, notes.
    started
        Moment of loading, on the clock of :func:`time.perf_counter`.

    """

    title: str
    source: Mapping[str, Any]
    quality: pd.DataFrame
    transactions: pd.DataFrame | None = None
    survey: pd.DataFrame | None = None
    complaints: pd.DataFrame | None = None
    customers: pd.DataFrame | None = None
    contracts: pd.DataFrame | None = None
    judgements: pd.DataFrame | None = None
    points: pd.DataFrame | None = None
    tiers: pd.DataFrame | None = None
    wallet: pd.DataFrame | None = None
    period: tuple[pd.Timestamp, pd.Timestamp] | None = None
    currency: str = ""
    items: tuple[str, ...] = ()
    scales: Mapping[str, tuple[float, float] | None] = field(default_factory=dict)
    blocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    def table(self, role: str) -> pd.DataFrame | None:
        """Return the table of a role."""
        found: pd.DataFrame | None = getattr(self, role)
        return found

    def with_tables(self, tables: Mapping[str, pd.DataFrame | None]) -> ReportInput:
        """Return the same with tables, and the period of the transactions among them."""
        there = {role: table for role, table in tables.items() if table is not None}
        sales = there.get("transactions")
        period = None if sales is None else (sales["date"].min().normalize(), sales["date"].max().normalize())
        return replace(self, **there, period=period)  # type: ignore[arg-type] # one a role


def write(given: ReportInput, folder: Path) -> None:
    """Write an input into a folder, tables as Parquet."""
    import duckdb

    with duckdb.connect() as connection:
        for role in ROLES:
            table = given.table(role)
            if table is not None:
                connection.register("given", table)
                target = str(folder / f"{role}.parquet").replace("'", "''")
                connection.execute(f"COPY given TO '{target}' (FORMAT parquet)")
                connection.unregister("given")
    plain = {
        "title": given.title,
        "source": dict(given.source),
        "quality": given.quality[["measure", "label", "text"]].to_dict("list"),
        "values": [_plain(value) for value in given.quality["value"]],
        "currency": given.currency,
        "items": list(given.items),
        "scales": dict(given.scales),
        "blocks": {name: list(block) for name, block in given.blocks.items()},
        "labels": dict(given.labels),
    }
    (folder / _FACTS).write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")


def load(input_dir: str | Path = "") -> ReportInput:
    """Return the tables of a report; what its notebook calls first.

    Parameters
    ----------
    input_dir
        The folder that ``crmlab report run`` prepared. Empty, as in a notebook that was just opened: the course's
        retail case, whole.

    Raises
    ------
    crmlab.errors.DataError
        When the folder is gone; it lives only as long as the run.

    """
    if not str(input_dir):
        from crmlab.data import load_case
        from crmlab.reports.inputs import prepare_case

        return prepare_case(None, load_case(EXAMPLE))
    folder = Path(input_dir)
    if not (folder / _FACTS).is_file():
        raise DataError(
            tr("The tables of this report are gone: they are kept only while it runs."),
            hint=tr(
                "Run it again: crmlab report run. Or set input_dir to an empty text to work on the retail case."
            ),
        )
    facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    quality = pd.DataFrame(facts["quality"]).assign(value=pd.Series(facts["values"], dtype=object))
    prepared = ReportInput(
        title=facts["title"],
        source=facts["source"],
        quality=quality[["measure", "label", "value", "text"]],
        currency=facts["currency"],
        items=tuple(facts["items"]),
        scales={name: tuple(scale) if scale else None for name, scale in facts["scales"].items()},
        blocks={name: tuple(block) for name, block in facts["blocks"].items()},
        labels=facts["labels"],
    )
    return prepared.with_tables({role: _read(folder / f"{role}.parquet") for role in ROLES})


def _read(path: Path) -> pd.DataFrame | None:
    import duckdb

    if not path.is_file():
        return None
    with duckdb.connect() as connection:
        rows = connection.read_parquet(str(path))
        if path.stem != "transactions":
            return rows.df()
        # There may be many: text by way of Arrow takes a fifth of the memory.
        table: pd.DataFrame = rows.to_arrow_table().to_pandas(split_blocks=True, self_destruct=True)
    return table


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, pd.Timestamp) else value
