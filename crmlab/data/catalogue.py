"""The catalogue of cases: what data come with the course, and how to load them.

A case is a folder of ``datasets/`` with a ``card.yaml``.
Its files stand beside the card, or in a pip distribution that the card names; such a distribution is read by path,
never imported, and never copied.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crmlab._paths import share
from crmlab.data.card_pages import render_card
from crmlab.data.cards import Card, TableCard, read_card
from crmlab.data.case_tables import read_case_table
from crmlab.data.messages import joined
from crmlab.errors import DataError, MissingExtraError, ParameterError, did_you_mean
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["Case", "case_names", "list_cases", "load_case", "read_case_card", "show_case"]


@dataclass(frozen=True)
class Case:
    """A case, its files found and checked; tables are read when asked for.

    Attributes
    ----------
    card
        Everything that is known about the case.
    paths
        File of each table.

    """

    card: Card
    paths: Mapping[str, Path]

    def __repr__(self) -> str:
        return f"Case({self.name!r}: {', '.join(self.tables)})"

    @property
    def name(self) -> str:
        """Name in the catalogue."""
        return self.card.name

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables, the main one first."""
        return tuple(table.name for table in self.card.tables)

    @property
    def blocks(self) -> dict[str, list[str]]:
        """For a survey: construct to the columns that measure it; empty for other cases."""
        return {name: list(items) for name, items in self.card.blocks.items()}

    def title(self, lang: str = "en") -> str:
        """Return the case's title in one language."""
        return self.card.title[lang]

    def labels(self, table: str, lang: str = "en") -> dict[str, str]:
        """Return the short name of every column of a table in one language."""
        return self._table_card(table).labels(lang)

    def path(self, table: str) -> Path:
        """Return the file of a table."""
        return self.paths[self._table_card(table).name]

    def table(self, name: str) -> pd.DataFrame:
        """Read one table.

        Parameters
        ----------
        name
            One of :attr:`tables`.

        Returns
        -------
        DataFrame
            Columns as the card lists them: text and categories as ``str``, dates as ``datetime64``, numbers as
            ``int64`` or ``float64``; missing values as NaN.

        Raises
        ------
        ParameterError
            The case has no such table, or it is raw: the reader's own task.

        """
        card = self._table_card(name)
        if card.raw:
            raise ParameterError(
                tr("{file} is there to be read by you: that is the task.", file=card.file),
                hint=tr("Its path is load_case({case!r}).path({table!r}).", case=self.name, table=name),
            )
        return read_case_table(self.paths[name], card)

    def source(self, table: str | None = None) -> dict[str, Any]:
        """Say where the data come from, for a report's last page.

        Parameters
        ----------
        table
            One table; the whole case when not given.

        Returns
        -------
        dict
            ``name``, ``sha256``, ``rows``, ``licence``.
            For a case of several tables the checksum is that of the lines 'sha256  file' of its tables, as
            ``sha256sum`` writes them.

        """
        cards = self.card.tables if table is None else (self._table_card(table),)
        digest = cards[0].sha256
        if len(cards) > 1:
            lines = "".join(f"{card.sha256}  {card.file}\n" for card in cards)
            digest = hashlib.sha256(lines.encode()).hexdigest()
        return {
            "name": self.name,
            "sha256": digest,
            "rows": sum(card.rows for card in cards),
            "licence": self.card.licence_id,
        }

    def _table_card(self, name: str) -> TableCard:
        try:
            return self.card.table(name)
        except KeyError:
            raise ParameterError(
                tr("The case “{case}” has no table “{table}”.", case=self.name, table=name),
                hint=_suggest(name, self.tables),
            ) from None


def _suggest(name: str, known: tuple[str, ...]) -> str:
    near = did_you_mean(name, known)
    there = tr("There are: {names}.", names=joined(known))
    return tr("Did you mean {near}?", near=near) + tr(" {after}", after=there) if near else there


def case_names() -> tuple[str, ...]:
    """Return the names of all cases in the catalogue, whether their data are installed or not.

    >>> "retail" in case_names()
    True
    """
    return tuple(sorted(path.parent.name for path in share("datasets").glob("*/card.yaml")))


@lru_cache(maxsize=64)
def _card(path: Path) -> Card:
    return read_card(path)


def read_case_card(name: str) -> Card:
    """Return a case's card; its data need not be installed.

    Raises
    ------
    ParameterError
        The catalogue has no such case; the message names the nearest.

    """
    known = case_names()
    if name not in known:
        raise ParameterError(tr("There is no case “{case}”.", case=name), hint=_suggest(name, known))
    return _card(share("datasets") / name / "card.yaml")


def _locate(card: Card) -> dict[str, Path]:
    """Find the files of a case, without reading them."""
    if card.distribution is None:
        folder = share("datasets") / card.name
        return {table.name: folder / table.file for table in card.tables}
    missing = MissingExtraError(card.product or card.name, card.extra)
    try:
        files = metadata.files(card.distribution) or []
    except metadata.PackageNotFoundError:
        raise missing from None
    at = {file.as_posix(): Path(str(file.locate())) for file in files}
    if any(table.file not in at for table in card.tables):
        raise missing
    return {table.name: at[table.file] for table in card.tables}


def _available(card: Card) -> bool:
    try:
        return all(path.is_file() for path in _locate(card).values())
    except MissingExtraError:
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_case(name: str) -> Case:
    """Load a case of the catalogue.

    Parameters
    ----------
    name
        A name from :func:`list_cases`: 'cdnow', 'cdnow-sample', 'mobi', 'retail'.

    Returns
    -------
    Case
        Its files are found, and their sha256 is what the card says.

    Raises
    ------
    ParameterError
        The catalogue has no such case; the message names the nearest.
    MissingExtraError
        The data come with a distribution that is not installed.
    DataError
        A file is missing, or is not the file that the card describes.

    Examples
    --------
    >>> case = load_case("retail")
    >>> case.tables
    ('transactions', 'customers', 'survey', 'complaints', 'points', 'tiers', 'wallet', 'campaigns')
    >>> case.table("transactions").columns[:4].to_list()
    ['order', 'customer', 'date', 'amount']

    """
    card = read_case_card(name)
    paths = _locate(card)
    problems = []
    for table in card.tables:
        path = paths[table.name]
        if not path.is_file():
            problems.append(f"{table.file} is missing")
        elif (found := _sha256(path)) != table.sha256:
            problems.append(f"{table.file} has sha256 {found[:12]}…, the card says {table.sha256[:12]}…")
    if problems:
        raise DataError(
            f"The files of the case '{name}' are not what its card describes.",
            problems=problems,
            hint="Restore them from the repository or install crmlab again; changed data need a card of their own.",
        )
    return Case(card, MappingProxyType(paths))


def list_cases(lang: str = "en") -> pd.DataFrame:
    """List the catalogue.

    Parameters
    ----------
    lang
        Language of the titles, 'en' or 'zh'.

    Returns
    -------
    DataFrame
        A row for each case: ``name``, ``title``, ``kind`` ('real', 'sample' or 'simulated'), ``tables`` (names, joined by
        commas), ``rows`` (of all tables), ``licence``, ``available`` (whether the files are installed).

    Examples
    --------
    >>> list_cases().columns.to_list()
    ['name', 'title', 'kind', 'tables', 'rows', 'licence', 'available']

    """
    import pandas as pd

    cards = [read_case_card(name) for name in case_names()]
    return pd.DataFrame(
        {
            "name": [card.name for card in cards],
            "title": [card.title[lang] for card in cards],
            "kind": [card.kind for card in cards],
            "tables": [", ".join(table.name for table in card.tables) for card in cards],
            "rows": [card.rows for card in cards],
            "licence": [card.licence_id for card in cards],
            "available": [_available(card) for card in cards],
        }
    )


def show_case(name: str, lang: str = "en") -> str:
    """Return a case's card as Markdown, in one language; its data need not be installed.

    >>> show_case("retail").splitlines()[0]
    '# Lantern Grocers (invented)'
    """
    return render_card(read_case_card(name), lang)
