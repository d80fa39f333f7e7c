"""The user's own file, read: one function, one result.

:func:`read_table` opens a CSV, Excel, Parquet or JSON file, a folder of them, or a table of a database, recognises its
columns, reads every cell it can, and lists the others with the row number a spreadsheet shows and the reason. It never guesses where a guess could be wrong: day or
month first, two columns that could both be the amount; it asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from crmlab.data.amounts import looks_like_number
from crmlab.data.cells import clean
from crmlab.data.complaints import build_complaints
from crmlab.data.contacts import build_contacts
from crmlab.data.content import complete, no_header, not_recognised
from crmlab.data.contracts import build_contracts
from crmlab.data.dates import looks_like_date
from crmlab.data.doubts import doubtful_orders
from crmlab.data.files import open_table
from crmlab.data.guarantees import check_table
from crmlab.data.merged import share_merged
from crmlab.data.programmes import build_points, build_tiers, build_wallet
from crmlab.data.quality import quality_table
from crmlab.data.rejects import reason_text
from crmlab.data.roles import NEEDED, parse_mapping, recognise
from crmlab.data.surveys import build_survey
from crmlab.data.transactions import build_transactions
from crmlab.data.wide import refuse_wide
from crmlab.errors import DataError, ParameterError, did_you_mean
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Mapping, Sequence

    from crmlab.data.amounts import Decimal
    from crmlab.data.messages import Message
    from crmlab.data.roles import Kind, Recognised, RoleMatch
    from crmlab.data.scales import Scale
    from crmlab.data.schemas import Schema
    from crmlab.data.tables import OpenTable, Source

__all__ = ["ReadResult", "given_mapping", "read_table", "transaction_roles"]

#: who builds the tables that are lists of rows with roles
_BUILDERS: dict[Kind, Callable[..., Schema]] = {
    "contracts": build_contracts,
    "contacts": build_contacts,
    "complaints": build_complaints,
    "points": build_points,
    "tiers": build_tiers,
    "wallet": build_wallet,
}


@dataclass(frozen=True)
class ReadResult:
    """A file, read.

    Parameters
    ----------
    kind
        ``"transactions"``, ``"survey"``, ``"contracts"``, ``"contacts"``, ``"complaints"``, ``"points"``, ``"tiers"`` or
        ``"wallet"``.
    table
        Transactions: ``customer`` (text), ``date`` (datetime64), ``amount`` (float). Survey: ``respondent`` (text),
        the roles found, and the items under their own names as floats, missing answers NaN. Contracts: ``customer``,
        and ``start`` and ``end`` (NaT while the contract lasts) or ``tenure`` (periods) and ``lost``; ``fee``, ``group``
        where they are known. Contacts: ``name``, ``phone``, ``email``, ``source``, ``cost``, ``date``, those that the
        file has. Complaints: ``date``, and of ``customer``, ``topic``, ``channel``, ``days_to_resolve``, ``recovered`` those
        that the file tells of.
    mapping
        Role to the column that plays it and how that is known.
    source
        File name, sha256, format, encoding, delimiter, sheet, header row and rows read.
    rejected
        Every cell that could not be read: ``row, column, value, kind``.
    rows_read
        Rows of data in the file, blank ones left out.
    rows_kept
        Rows that went into `table`.
    scales
        Of a survey: item to its scale, None where the answers fit none.
    outliers
        Of transactions: amounts far from all others (see :func:`crmlab.data.outliers.outlying`), ``row, column, value``;
        they stay in the table.

    """

    kind: Kind
    table: pd.DataFrame
    mapping: dict[str, RoleMatch]
    source: Source
    rejected: pd.DataFrame
    rows_read: int
    rows_kept: int
    messages: tuple[Message, ...] = ()
    scales: dict[str, Scale | None] = field(default_factory=dict)
    outliers: pd.DataFrame | None = None

    @property
    def rows_rejected(self) -> int:
        """Rows left out."""
        return self.rows_read - self.rows_kept

    @property
    def reasons(self) -> Mapping[tuple[str, str], int]:
        """Column and kind of fault to the number of cells that could not be read."""
        return Counter(zip(map(str, self.rejected["column"]), map(str, self.rejected["kind"]), strict=True))

    @property
    def items(self) -> list[str]:
        """Of a survey: the names of its items, roles left out."""
        return [name for name in self.scales if name not in self.mapping]

    @property
    def notes(self) -> list[str]:
        """What the reader should know about the way the file was read, in the language spoken now."""
        return [str(message) for message in self.messages]

    @property
    def rejects(self) -> pd.DataFrame:
        """What could not be read: ``row`` (as a spreadsheet shows it), ``column``, ``value``, ``reason``.

        Where a folder was read, ``file`` stands before them.
        The reason is in the language spoken now.
        """
        reasons = {kind: reason_text(kind) for kind in self.rejected["kind"].unique()}
        with_reason = self.rejected.assign(reason=self.rejected["kind"].map(reasons).astype("str"))
        front = ["file"] if "file" in with_reason else []
        return with_reason[[*front, "row", "column", "value", "reason"]]

    def quality(self) -> pd.DataFrame:
        """Return what the data are like: ``measure`` (identifier), ``label`` (in the language spoken now), ``value``.

        Rows read, kept and rejected, by reason; exact duplicates; of transactions customers, period, refunds and
        zero amounts; of a survey respondents, items and missing answers.
        """
        return self._quality.assign(label=[str(label) for label in self._quality["label"]])

    @cached_property
    def _quality(self) -> pd.DataFrame:
        return quality_table(self)


def read_table(
    path: str | os.PathLike[str],
    *,
    as_: Kind,
    mapping: Mapping[str, str] | str | None = None,
    sheet: str | int | None = None,
    today: dt.date | None = None,
    date_format: str | None = None,
    decimal: Decimal | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    items: Sequence[str] | None = None,
    table: str | None = None,
    query: str | None = None,
) -> ReadResult:
    r"""Read a user's own file.

    Parameters
    ----------
    path
        A ``.csv``, ``.tsv``, ``.txt``, ``.xlsx``, ``.xlsm``, ``.parquet``, ``.pq``, ``.jsonl``, ``.ndjson`` or ``.json``
        file; a folder of such files with the same columns, such as a file a month; a DuckDB or SQLite file; the address
        of a PostgreSQL server (``postgresql://user:password@host:5432/shop``; extra ``postgres``); ``"-"`` for
        standard input.
    as_
        What the file holds.
    mapping
        Role to column, or the text ``"customer=会员号,date=下单时间"``, for columns whose names do not tell.
        Roles of transactions: customer, date, amount (or quantity and unit_price). Of a survey: respondent, customer,
        overall, recommend, effort, expectation, perceived, group, weight. Of contracts: customer, start and end (or
        tenure and lost), fee, group. Of contacts: name, phone, email, source, cost, date. Of complaints: customer, date,
        topic, channel, resolved, days_to_resolve, recovered. Of points: customer, date, points, kind, value. Of tiers: customer, tier, year,
        qualifying_spend. Of wallets: customer, category_spend (or rank and shops), own_spend.
    sheet
        Of a workbook: name, or number from 1.
    today
        Dates after it are rejected; default the current day.
    date_format
        ``"dmy"``, ``"mdy"``, ``"ymd"``, a form such as ``"DD/MM/YYYY"``, or a strptime pattern.
    decimal
        ``"."`` or ``","``; by default the amounts of the column decide.
    encoding
        Of a text file; by default UTF-8, GB18030, Big5, UTF-16 or Windows-1252, whichever fits, line by line where one
        does not fit all.
    delimiter
        Of a text file; by default comma, semicolon, tab or bar, whichever fits.
    items
        Of a survey: the columns that are items; by default all that hold answers from 0 to 10.
    table, query
        Of a database: the name of a table or view (``schema.name`` if need be), or a query that begins with SELECT.
        Where neither is given, the only table is read; of several, the error names them.

    Returns
    -------
    ReadResult
        The table, and everything there is to say about it.

    Raises
    ------
    crmlab.errors.DataError
        When the file cannot be read, columns are not recognised, there is a column for each month, more than half of a
        needed column fails, or day and month cannot be told apart. The message says what to do.
    crmlab.errors.ParameterError
        For a parameter that is none.

    Notes
    -----
    Nothing is repaired silently: `notes` of the result say what was, such as text that had been saved in the wrong
    encoding, and what looks right and is not, such as orders called off or half a survey on another scale. Exact duplicates, refunds (negative amounts) and several purchases on one day stay in
    the table: what they mean is the analysis's question, and :meth:`ReadResult.quality` counts them.

    A file cannot run code: there is no pickle and no eval, formulas of a workbook are not computed, and endless lines
    and archives that unpack to gigabytes end with an error.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name) / "sales.csv"
    >>> _ = file.write_text("会员号,下单时间,实付金额\nA,2024年3月5日,¥12.50\nA,2024/3/9,8\nB,2024-03-09,free\n", encoding="gb18030")
    >>> result = read_table(file, as_="transactions")
    >>> result.table
      customer       date  amount
    0        A 2024-03-05    12.5
    1        A 2024-03-09     8.0
    >>> result.rejects
       row column value        reason
    0    4   实付金额  free  not a number
    >>> folder.cleanup()

    """
    _check(as_, decimal)
    given = given_mapping(mapping)
    opened = open_table(
        path,
        as_,
        mapping=given,
        sheet=sheet,
        encoding=encoding,
        delimiter=delimiter,
        table=table,
        query=query,
    )
    found = recognise(opened.headers, as_, given)
    if as_ == "transactions":
        found = transaction_roles(opened, found)
        raw, shared = share_merged(opened.load([match.column for match in found.roles.values()]), found.roles)
        schema = build_transactions(raw, found.roles, date_format=date_format, decimal=decimal, today=today)
    elif as_ != "survey":
        found = complete(found, opened.sample, as_)
        if found.missing(as_):
            raise not_recognised(found, opened.headers, as_)
        raw, shared = share_merged(opened.load([match.column for match in found.roles.values()]), found.roles)
        schema = _BUILDERS[as_](raw, found.roles, date_format=date_format, decimal=decimal, today=today)
    else:
        raw, shared = share_merged(opened.load(list(opened.headers)), found.roles)
        schema = build_survey(raw, found.roles, items=items, date_format=date_format)
    return ReadResult(
        kind=as_,
        table=check_table(schema.table, as_, rows=schema.rows),
        mapping={role: match for role, match in found.roles.items() if role not in schema.dropped},
        source=replace(opened.source, rows=len(raw.rows), files=raw.files),
        rejected=schema.rejected,
        rows_read=len(raw.rows),
        rows_kept=len(raw.rows) - schema.rows_rejected,
        messages=(*opened.notes, *found.notes, *shared, *schema.notes),
        scales=schema.scales,
        outliers=schema.outliers,
    )


def transaction_roles(opened: OpenTable, found: Recognised) -> Recognised:
    """Return the roles of transactions, those that content tells included.

    Raises
    ------
    crmlab.errors.DataError
        When a role is missing, the row of names is data, or there is a column for each month.

    """
    try:
        found = _all_roles(opened, found)
    except DataError as error:
        # What was met on the way may be why.
        error.problems = (*error.problems, *map(str, opened.notes))
        raise
    amount = found.roles.get("amount")
    doubts = doubtful_orders(opened.headers, opened.sample, amount.column if amount else None)
    return replace(found, notes=(*found.notes, *doubts))


def _all_roles(opened: OpenTable, found: Recognised) -> Recognised:
    if any(match.how != "given" for match in found.roles.values()) or found.missing("transactions"):
        customer = found.roles.get("customer")
        refuse_wide(opened, customer.column if customer else None)
    found = complete(found, opened.sample)
    if _is_data(opened.headers) and any(match.how == "content" for match in found.roles.values()):
        raise no_header(opened.headers, "transactions")
    if found.missing("transactions"):
        raise not_recognised(found, opened.headers, "transactions")
    return found


def given_mapping(mapping: Mapping[str, str] | str | None) -> dict[str, str]:
    """Return roles and columns that the user gave, as text or as pairs."""
    if isinstance(mapping, str):
        return parse_mapping(mapping)
    return {role.strip().casefold(): column for role, column in (mapping or {}).items()}


def _check(as_: str, decimal: str | None) -> None:
    if as_ not in NEEDED:
        near = did_you_mean(as_, NEEDED)
        raise ParameterError(
            tr("Data can be read as {kinds}, not as “{given}”.", kinds=tr(", ").join(NEEDED), given=as_),
            hint=tr("Did you mean {near}?", near=near) if near else None,
        )
    if decimal not in {None, ".", ","}:
        raise ParameterError(tr("The decimal sign is . or , and not “{given}”.", given=decimal))


def _is_data(headers: Mapping[str, str]) -> bool:
    """Tell whether the row of names holds dates or numbers, so that it is none."""
    cells = [clean(header) for header in headers.values()]
    return any(looks_like_number(cell) or looks_like_date(cell) for cell in cells if cell)
