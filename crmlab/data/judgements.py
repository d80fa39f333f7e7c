"""Judgements in pairs for the analytic hierarchy process, read from a matrix or a list, of one judge or several.

A matrix has the same names in its first row and first column; cell (row, column) says how many times as important the row
is as the column. A list has the columns item_a, item_b, judgement. Further judges stand in further sheets of a
workbook, or in a column ``judge``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab.data.cells import clean, is_missing
from crmlab.data.csvfiles import csv_rows
from crmlab.data.files import check_file
from crmlab.data.judgement_cells import COLUMN_WORDS, judgement_in
from crmlab.data.messages import joined
from crmlab.data.readers import ReadResult
from crmlab.data.roles import normal_name
from crmlab.data.schemas import stacked
from crmlab.data.tables import Source, column_letter, fingerprint, no_rows
from crmlab.data.workbooks import sheet_rows
from crmlab.errors import DataError
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    import os

__all__ = ["LARGEST", "MOST_ITEMS", "judgements_template", "read_judgements"]

#: ends of Saaty's scale
LARGEST = 9.0
#: items beyond which nobody compares in pairs
MOST_ITEMS = 15
#: how far a judgement and the one across the diagonal may be from reciprocal: 0.33 for 1/3, 0.14 for 1/7
_ROUNDED = 0.05


@dataclass(frozen=True)
class _Cell:
    """A judgement with its place in the file."""

    place: str
    value: float


class _Pairs:
    """The judgements of one judge, by pair."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.cells: dict[tuple[str, str], _Cell] = {}
        #: pairs of which a cell was told to be wrong
        self.wrong: set[frozenset[str]] = set()


def read_judgements(path: str | os.PathLike[str]) -> ReadResult:
    r"""Read judgements in pairs.

    Parameters
    ----------
    path
        A ``.csv``, ``.tsv``, ``.txt``, ``.xlsx`` or ``.xlsm`` file with a matrix or a list; see the module. Judgements are
        numbers from 1/9 to 9, fractions as text (``1/3``) too. One cell of a pair is enough; of two, which may differ
        from reciprocal by rounding (0.33 for 1/3), the one of 1 or more counts.

    Returns
    -------
    ReadResult
        Its ``table`` holds ``judge``, ``item_a``, ``item_b``, ``judgement``: every pair once for each judge.

    Raises
    ------
    crmlab.errors.DataError
        Names that differ between rows and columns, cells that are no judgement, off the scale or contradict each other, pairs
        without a judgement; all at once, with their places in the file.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name) / "judged.csv"
    >>> _ = file.write_text(",quality,price\nquality,1,3\nprice,1/3,1\n", encoding="utf-8")
    >>> read_judgements(file).table.to_dict("records")
    [{'judge': '1', 'item_a': 'quality', 'item_b': 'price', 'judgement': 3.0}]
    >>> folder.cleanup()

    """
    file = Path(path).expanduser()
    form = check_file(file)
    if form == "parquet":
        raise DataError(
            tr("Judgements are read from a CSV or Excel file, not from Parquet."),
            hint=tr("Save the matrix as .csv or .xlsx."),
        )
    if form == "xlsx":
        sheets: dict[str, list[tuple[int, Sequence[Any]]]] = {
            name: list(enumerate(rows, 1)) for name, rows in sheet_rows(file).items()
        }
        source = Source(file.name, fingerprint(file), "xlsx")
    else:
        text, rows = csv_rows(file)
        sheets = {"": [(number, row) for number, row in rows]}
        source = Source(file.name, text.sha256, "csv", encoding=text.name)
    judges: dict[str, _Pairs] = {}
    problems: list[str] = []
    filled = {name: _filled(rows) for name, rows in sheets.items()}
    filled = {name: rows for name, rows in filled.items() if len(rows) > 1}
    if not filled:
        raise no_rows(file.name)
    for sheet, rows in filled.items():
        _read_sheet(rows, sheet if len(filled) > 1 else "", judges, problems)
    table = _table(judges, problems)
    if problems:
        more = len(problems) - 12
        raise DataError(
            tr("The judgements in {file} cannot be used.", file=file.name),
            problems=[*problems[:12], *([tr("and {n} more", n=more)] if more > 0 else [])],
            hint=tr(
                "Each pair needs one number: 1 equally important, 3, 5, 7, 9 more important, 1/3 to 1/9 less; the cell "
                "across the diagonal is its reciprocal or empty."
            ),
        )
    n = sum(len(rows) - 1 for rows in filled.values())
    return ReadResult(
        kind="judgements",  # type: ignore[arg-type] # not a list of rows with roles, so no kind of the reader's
        table=table,
        mapping={},
        source=source,
        rejected=stacked([]),
        rows_read=n,
        rows_kept=n,
    )


def judgements_template(names: Sequence[str]) -> str:
    """Return an empty matrix of judgements as CSV, to be filled in above the diagonal.

    >>> print(judgements_template(["quality", "price", "speed"]))
    ,quality,price,speed
    quality,1,,
    price,,1,
    speed,,,1
    """
    safe = [f'"{name}"' if re.search(r'[,"\n]', name) else name for name in names]
    lines = [
        ",".join([name, *("1" if row == column else "" for column in range(len(safe)))])
        for row, name in enumerate(safe)
    ]
    return "\n".join([",".join(["", *safe]), *lines])


def _filled(rows: Sequence[tuple[int, Sequence[Any]]]) -> list[tuple[int, list[Any]]]:
    """Return the rows that hold anything, without what follows their last column."""
    kept = [(number, list(row)) for number, row in rows if any(not _empty(cell) for cell in row)]
    width = max(
        (1 + max(at for at, cell in enumerate(row) if not _empty(cell)) for _, row in kept), default=0
    )
    return [(number, (row + [None] * width)[:width]) for number, row in kept]


def _empty(cell: object) -> bool:
    return cell is None or is_missing(clean(cell))


def _name(cell: object) -> str:
    return "" if _empty(cell) else " ".join(unicodedata.normalize("NFKC", str(cell)).split())


def _read_sheet(
    rows: list[tuple[int, list[Any]]], sheet: str, judges: dict[str, _Pairs], problems: list[str]
) -> None:
    """Read one sheet, as a list where its header names the columns of one, else as a matrix."""
    header = [normal_name(_name(cell)) for cell in rows[0][1]]
    columns = {
        role: at for role, words in COLUMN_WORDS.items() for at, name in enumerate(header) if name in words
    }
    if {"item_a", "item_b", "judgement"} <= columns.keys():
        _read_list(rows[1:], columns, sheet, judges, problems)
    else:
        _read_matrix(rows, columns.get("judge") == 0, sheet, judges, problems)


def _read_list(
    rows: list[tuple[int, list[Any]]],
    columns: Mapping[str, int],
    sheet: str,
    judges: dict[str, _Pairs],
    problems: list[str],
) -> None:
    for number, row in rows:
        judge = _name(row[columns["judge"]]) if "judge" in columns else ""
        pairs = judges.setdefault(judge or sheet or "1", _Pairs())
        a, b = (_name(row[columns[end]]) for end in ("item_a", "item_b"))
        place = _place(sheet, number, columns["judgement"])
        if not a or not b:
            problems.append(tr("{place}: the pair lacks a name", place=place))
            continue
        _keep(pairs, (a, b), row[columns["judgement"]], place, problems)


def _read_matrix(
    rows: list[tuple[int, list[Any]]],
    judged: bool,
    sheet: str,
    judges: dict[str, _Pairs],
    problems: list[str],
) -> None:
    first = 1 if judged else 0
    names = [_name(cell) for cell in rows[0][1][first + 1 :]]
    judge = ""
    left: dict[str, list[str]] = {}
    for number, row in rows[1:]:
        judge = (_name(row[0]) or judge) if judged else sheet
        pairs = judges.setdefault(judge or "1", _Pairs())
        name = _name(row[first])
        left.setdefault(judge or "1", []).append(name)
        for at, other in enumerate(names, first + 1):
            if name and other and not _empty(row[at]):
                _keep(pairs, (name, other), row[at], _place(sheet, number, at), problems)
        pairs.names |= dict.fromkeys(filter(None, names)) | dict.fromkeys(filter(None, [name]))
    for who, given in left.items():
        odd = sorted(set(filter(None, names)) ^ set(filter(None, given)))
        twice = sorted({name for name in given if name and given.count(name) > 1})
        said = tr("judge “{judge}”: ", judge=who) if len(left) > 1 else (f"{sheet}: " if sheet else "")
        if odd:
            problems.append(
                said
                + tr(
                    "names that stand only in the first row or only in the first column: {names}",
                    names=joined(odd),
                )
            )
        if twice:
            problems.append(said + tr("names that stand there twice: {names}", names=joined(twice)))


def _place(sheet: str, number: int, at: int) -> str:
    cell = f"{column_letter(at)}{number}"
    return f"{sheet}!{cell}" if sheet else cell


def _keep(pairs: _Pairs, pair: tuple[str, str], cell: object, place: str, problems: list[str]) -> None:
    pairs.names |= dict.fromkeys(pair)
    value = judgement_in(cell)
    where = f"{place} ({pair[0]}, {pair[1]})"
    told = len(problems)
    if isinstance(value, str):
        problems.append(f"{where}: {value}")
    elif pair[0] == pair[1]:
        if abs(value - 1) > 1e-9:
            problems.append(
                tr(
                    "{place}: an item is as important as itself, so 1 is expected, not {value}",
                    place=where,
                    value=f"{value:g}",
                )
            )
    elif value <= 0:
        problems.append(tr("{place}: {value} is not above 0", place=where, value=f"{value:g}"))
    elif max(value, 1 / value) > LARGEST * (1 + _ROUNDED):
        problems.append(
            tr("{place}: {value} lies off the scale from 1/9 to 9", place=where, value=f"{value:g}")
        )
    elif pair in pairs.cells:
        problems.append(
            tr("{place}: this pair was judged in {other} already", place=where, other=pairs.cells[pair].place)
        )
    else:
        pairs.cells[pair] = _Cell(place, value)
    if len(problems) > told:
        pairs.wrong.add(frozenset(pair))


def _table(judges: Mapping[str, _Pairs], problems: list[str]) -> pd.DataFrame:
    """Return every pair of every judge once, and tell of pairs without a judgement, and of those that contradict."""
    rows = []
    names: list[str] = []
    for judge, pairs in judges.items():
        said = tr("judge “{judge}”: ", judge=judge) if len(judges) > 1 else ""
        own = list(pairs.names)
        if len(own) > MOST_ITEMS:
            problems.append(
                said
                + tr(
                    "{n} items are too many to be compared in pairs; {most} are the most",
                    n=len(own),
                    most=MOST_ITEMS,
                )
            )
            continue
        if not names:
            names = own
        elif set(names) != set(own) and own:
            problems.append(
                said
                + tr(
                    "compares other items than the first judge: {names}",
                    names=joined(sorted(set(names) ^ set(own))),
                )
            )
            continue
        for i, a in enumerate(names):
            for b in names[i + 1 :]:
                found = _pair(pairs, a, b, said, problems)
                if found is not None:
                    rows.append({"judge": judge, "item_a": a, "item_b": b, "judgement": found})
    if len(names) < 2 and not problems:
        problems.append(tr("two items or more are needed to compare"))
    return pd.DataFrame(rows, columns=["judge", "item_a", "item_b", "judgement"])


def _pair(pairs: _Pairs, a: str, b: str, said: str, problems: list[str]) -> float | None:
    forth, back = pairs.cells.get((a, b)), pairs.cells.get((b, a))
    if frozenset((a, b)) in pairs.wrong:
        return None
    if forth is None and back is None:
        problems.append(said + tr("no judgement of the pair ({a}, {b})", a=a, b=b))
        return None
    if forth is not None and back is not None:
        if abs(forth.value * back.value - 1) > _ROUNDED:
            problems.append(
                tr(
                    "{one} and {other} ({a}, {b}): {x} and back {y} are not reciprocal",
                    one=forth.place,
                    other=back.place,
                    a=a,
                    b=b,
                    x=f"{forth.value:g}",
                    y=f"{back.value:g}",
                )
            )
            return None
        # the side of 1 or more was typed without rounding
        return forth.value if forth.value >= back.value else 1 / back.value
    return forth.value if forth is not None else 1 / back.value  # type: ignore[union-attr] # one of the two is there
