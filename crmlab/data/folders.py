"""A folder of files of one kind, month by month, read as one table."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.data.messages import Message, joined, values
from crmlab.data.roles import normal_name, role_count
from crmlab.data.tables import SAMPLE_ROWS, NoRowsError, OpenTable, RawTable, Source
from crmlab.errors import DataError
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from crmlab.data.cells import Cells
    from crmlab.data.roles import Kind

__all__ = ["open_folder"]

_TOLD = 5


def open_folder(
    path: Path,
    kind: Kind,
    open_file: Callable[[Path], OpenTable],
    endings: Collection[str],
    *,
    mapping: Mapping[str, str] | None = None,
) -> OpenTable:
    """Open all readable files of a folder, in the order of their names, as one table.

    Parameters
    ----------
    path
        The folder; folders inside it are left out, hidden files too.
    kind, mapping
        What the table shall be.
    open_file
        Opens one of them.
    endings
        Files that end so are read.

    Returns
    -------
    OpenTable
        Its columns are those that all files have. Columns are known by their names, in any order.

    Raises
    ------
    crmlab.errors.DataError
        When no file can be read, one of them cannot be read, or a column that plays a role is not in all of them, with
        the files that lack it.

    """
    entries = sorted((one for one in path.iterdir() if one.name[0] not in ".~"), key=lambda one: one.name)
    files = [one for one in entries if one.is_file() and one.suffix.casefold() in endings]
    if not files:
        raise DataError(
            tr("{folder} holds no file that can be read.", folder=path.name or str(path)),
            problems=[tr("found: {names}", names=joined(one.name for one in entries))] if entries else [],
            hint=tr("Readable are: {endings}.", endings=" ".join(endings)),
        )
    opened, empty = _opened(files, open_file)
    columns = _columns(opened)
    partial = {key: held for key, held in columns.items() if len(held) < len(opened)}
    given = {normal_name(column) for column in (mapping or {}).values()}
    needed = [key for key in partial if key in given or role_count([_spelled(partial[key])], kind)]
    if needed:
        raise _not_alike(path, opened, {key: partial[key] for key in needed})
    shared = {held[next(iter(opened))]: held for key, held in columns.items() if key not in partial}
    first = next(iter(opened.values()))
    headers = {name: first.headers[name] for name in shared}
    sample = _sample(opened, shared)
    fingerprints = "".join(f"{one.source.sha256}  {name}\n" for name, one in opened.items())
    source = Source(path.name or str(path), hashlib.sha256(fingerprints.encode()).hexdigest(), "folder")

    def load(names: Sequence[str]) -> RawTable:
        return _together(
            {name: one.load([shared[wanted][name] for wanted in names]) for name, one in opened.items()},
            shared,
            names,
        )

    def pieces(names: Sequence[str], size: int) -> Iterator[RawTable]:
        for file, one in opened.items():
            for piece in one.in_pieces([shared[wanted][file] for wanted in names], size):
                yield _together({file: piece}, shared, names)

    notes = [
        Message(
            N_("{count} files were read as one table: {names}."),
            values(count=len(opened), names=tuple(opened)),
        )
    ]
    if partial:
        note = N_("Left out, for they are not in all files: {columns}.")
        notes.append(Message(note, values(columns=tuple(map(_spelled, partial.values())))))
    if empty:
        notes.append(Message(N_("Without a row of data: {names}."), values(names=tuple(empty))))
    others = tuple(one.name for one in entries if one not in files)
    if others:
        notes.append(Message(N_("Not read in this folder: {names}."), values(names=others)))
    told = dict.fromkeys(note for one in opened.values() for note in map(str, one.notes))
    notes += [note for one in opened.values() for note in one.notes if told.pop(str(note), 0) is None]
    return OpenTable(headers, sample, source, load, tuple(notes), pieces)


def _opened(
    files: Sequence[Path], open_file: Callable[[Path], OpenTable]
) -> tuple[dict[str, OpenTable], list[str]]:
    """Open the files; return those with rows, and the names of those without."""
    opened: dict[str, OpenTable] = {}
    empty: list[str] = []
    for one in files:
        try:
            opened[one.name] = open_file(one)
        except NoRowsError:
            if len(empty) == len(files) - 1:
                raise
            empty.append(one.name)
    return opened, empty


def _columns(opened: Mapping[str, OpenTable]) -> dict[str, dict[str, str]]:
    """Return every column, by its name as names are compared: file to what it is called there."""
    columns: dict[str, dict[str, str]] = {}
    for file, one in opened.items():
        seen: set[str] = set()
        for name in one.headers:
            key = normal_name(name) or name
            key = name if key in seen else key
            seen.add(key)
            columns.setdefault(key, {})[file] = name
    return columns


def _spelled(held: Mapping[str, str]) -> str:
    return next(iter(held.values()))


def _sample(
    opened: Mapping[str, OpenTable], shared: Mapping[str, Mapping[str, str]]
) -> dict[str, list[object]]:
    share = max(1, SAMPLE_ROWS // len(opened))
    return {
        name: [cell for file, one in opened.items() for cell in one.sample[held[file]][:share]]
        for name, held in shared.items()
    }


def _together(
    loaded: Mapping[str, RawTable], shared: Mapping[str, Mapping[str, str]], names: Sequence[str]
) -> RawTable:
    columns: dict[str, Cells] = {}
    merged: dict[str, Any] = {}
    counts = [len(one.rows) for one in loaded.values()]
    starts = np.cumsum([0, *counts[:-1]])
    for name in names:
        parts = [one.columns[shared[name][file]] for file, one in loaded.items()]
        if all(isinstance(part, pd.Series) for part in parts):
            columns[name] = pd.concat(parts, ignore_index=True)
        else:
            columns[name] = np.concatenate([np.asarray(part, dtype=object) for part in parts])
        spans = [one.merged.get(shared[name][file]) for file, one in loaded.items()]
        if any(span is not None for span in spans):
            own = [
                np.arange(count) if span is None else span for span, count in zip(spans, counts, strict=True)
            ]
            merged[name] = np.concatenate([span + start for span, start in zip(own, starts, strict=True)])
    return RawTable(
        columns,
        np.concatenate([one.rows for one in loaded.values()]),
        np.concatenate([one.too_wide for one in loaded.values()]),
        tuple(zip(loaded, counts, strict=True)),
        merged,
    )


def _not_alike(
    path: Path, opened: Mapping[str, OpenTable], partial: Mapping[str, Mapping[str, str]]
) -> DataError:
    problems = []
    for held in list(partial.values())[:_TOLD]:
        without = [file for file in opened if file not in held]
        problems.append(
            tr(
                "“{column}” stands in {files} and not in {others}",
                column=_spelled(held),
                files=joined(held),
                others=joined(without),
            )
        )
    return DataError(
        tr(
            "The {n} files of {pattern} do not have the same columns.",
            n=len(opened),
            pattern=path.name or str(path),
        ),
        problems=problems,
        hint=tr("Give a column the same name in all files, or read the files one by one."),
    )
