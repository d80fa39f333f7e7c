"""JSON: one object a line (.jsonl, .ndjson), or one list of objects (.json).

Objects inside an object become columns of their own, with a point between the names: ``{"buyer": {"id": 7}}`` is a
column ``buyer.id``. The file is read into memory.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.data.csvfiles import text_lines
from crmlab.data.encodings import find_encoding, open_text
from crmlab.data.messages import shown
from crmlab.data.tables import SAMPLE_ROWS, OpenTable, RawTable, Source, no_rows, unique_headers
from crmlab.errors import DataError
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TextIO

__all__ = ["open_json"]

_LARGEST = 1 << 29  # bytes of one list, which is parsed in one piece
_HEAD = 1 << 16
_BLANK = "\ufeff \t\r\n"
_TOLD = 5

#: what Python says of broken JSON, in words for those who do not write programs
_SAID = {
    "Expecting value": N_("a value is missing"),
    "Expecting ',' delimiter": N_("a comma or a closing bracket is missing"),
    "Expecting ':' delimiter": N_("a colon is missing"),
    "Expecting property name enclosed in double quotes": N_("a name in double quotes is missing"),
    "Unterminated string starting at": N_("a quotation mark is not closed"),
    "Invalid control character at": N_(
        "a character that must not stand in JSON, such as a line end inside quotes"
    ),
    "Invalid \\escape": N_("a backslash that means nothing"),
    "Extra data": N_("more text behind the end"),
}

_Record = tuple[int, dict[str, object]]


def open_json(path: Path) -> OpenTable:
    """Open a JSON file; its rows are the lines of the file, or the places in its list, counted from 1.

    Parameters
    ----------
    path
        Objects, one a line; or a list of objects; or one object that holds one such list, however deep, as
        interfaces of shop systems answer.

    Raises
    ------
    crmlab.errors.DataError
        When a line or the list cannot be read, with the first five; when there is no object; when a list is larger than
        512 MB.

    """
    form = find_encoding(path)
    with open_text(path, form) as file:
        records = list(_records(file, path, form.size))
    if not records:
        raise no_rows(path.name)
    columns: dict[str, list[object]] = {}
    for at, (_, record) in enumerate(records):
        for name, value in record.items():
            column = columns.setdefault(name, [])
            column.extend([None] * (at - len(column)))
            column.append(value)
    for column in columns.values():
        column.extend([None] * (len(records) - len(column)))
    headers = unique_headers(list(columns))
    if not headers:
        raise no_rows(path.name)
    cells = dict(zip(headers, columns.values(), strict=True))
    leaves = Counter(name.rpartition(".")[2] for name in headers)
    # A column is known by the last part of its name where no other ends alike: contact.phone is a phone.
    headers = {
        name: leaf if leaves[leaf := name.rpartition(".")[2]] == 1 and leaf else header
        for name, header in headers.items()
    }
    rows = np.array([number for number, _ in records], dtype=np.int64)

    def load(names: Sequence[str]) -> RawTable:
        loaded = {}
        for name in names:
            loaded[name] = np.empty(len(rows), dtype=object)
            loaded[name][:] = cells[name]
        return RawTable(loaded, rows, np.zeros(len(rows), dtype=bool))

    sample = {name: column[:SAMPLE_ROWS] for name, column in cells.items()}
    source = Source(path.name, form.sha256, "json", encoding=form.name)
    return OpenTable(headers, sample, source, load, form.notes)


def _records(file: TextIO, path: Path, size: int) -> Iterator[_Record]:
    """Give the objects of a file, flat, with their numbers."""
    head = file.read(_HEAD).strip(_BLANK)
    file.seek(0)
    if not head:
        return
    first, _, rest = head.partition("\n")
    if rest.strip(_BLANK) and _is_object(first):
        yield from _from_lines(file, path.name)
        return
    if size > _LARGEST:
        raise DataError(
            tr("{file} is one list of more than 512 MB.", file=path.name),
            hint=tr("Export it as JSON lines (.jsonl), one object a line."),
        )
    try:
        document = json.loads(file.read().strip(_BLANK))
    except (ValueError, RecursionError) as error:
        raise _broken(path.name, [_where(error)]) from error
    for number, one in enumerate(_list_of(document, path.name), start=1):
        if not isinstance(one, dict):
            raise _no_objects(path.name, one)
        yield number, dict(_flat(one))


def _is_object(line: str) -> bool:
    """Tell whether a line is an object, or meant to be one: what begins a list or a document of many lines is not."""
    text = line.strip(_BLANK)
    return text == "{}" or (text.startswith("{") and ":" in text and text.endswith("}"))


def _from_lines(file: TextIO, name: str) -> Iterator[_Record]:
    problems: list[str] = []
    for number, line in enumerate(text_lines(file, name), start=1):
        text = line.strip(_BLANK)
        if not text:
            continue
        try:
            one = json.loads(text)
        except (ValueError, RecursionError) as error:
            why = _why(error)
            problems.append(tr("line {line}: “{text}” ({why})", line=number, text=shown(text), why=why))
        else:
            if isinstance(one, dict):
                if not problems:
                    yield number, dict(_flat(one))
                continue
            problems.append(tr("line {line}: “{text}” is no object", line=number, text=shown(text)))
        if len(problems) == _TOLD:
            break
    if problems:
        raise _broken(name, problems)


def _list_of(document: Any, name: str) -> Sequence[Any]:
    """Return the list of objects that a document is or holds."""
    if isinstance(document, list):
        return document
    lists = list(_lists(document))
    if len(lists) == 1:
        return lists[0]
    if not lists and isinstance(document, dict):
        return [document]
    raise _no_objects(name, document)


def _lists(document: Any) -> Iterator[Sequence[Any]]:
    """Give the lists of objects inside an object, however deep."""
    for value in document.values() if isinstance(document, dict) else ():
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            yield value
        else:
            yield from _lists(value)


def _flat(record: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, object]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        elif isinstance(value, list):
            yield f"{before}{key}", json.dumps(value, ensure_ascii=False)
        else:
            # As a sheet shows them, for Python counts them as 1 and 0.
            yield f"{before}{key}", str(value).upper() if isinstance(value, bool) else value


def _where(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return tr(
            "line {line}, character {character}: {why}",
            line=error.lineno,
            character=error.colno,
            why=_why(error),
        )
    return _why(error)


def _why(error: Exception) -> str:
    """Say what is wrong with a line, in the reader's language where the words are known."""
    if isinstance(error, RecursionError):
        return tr("brackets inside brackets, deeper than any table")
    if not isinstance(error, json.JSONDecodeError):
        return tr("a number of thousands of digits")
    said = error.msg
    return tr(_SAID[said]) if said in _SAID else said


def _broken(name: str, problems: Sequence[str]) -> DataError:
    return DataError(
        tr("{file} is no readable JSON.", file=name),
        problems=problems,
        hint=tr(
            "Wanted is one object a line, or one list of objects. A last line that is cut off means that the export was "
            "broken off: export it again."
        ),
    )


def _no_objects(name: str, found: object) -> DataError:
    return DataError(
        tr("{file} holds JSON, but no list of objects.", file=name),
        problems=[tr("found: {text}", text=shown(json.dumps(found, ensure_ascii=False)))],
        hint=tr(
            "A row is an object with names: {example}",
            example='{"customer": "C1", "date": "2024-03-05", "amount": 12.5}',
        ),
    )
