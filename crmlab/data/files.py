"""From a place to an opened table: a file, a folder, a database or standard input, and whether a name tells the truth."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crmlab.data.csvfiles import open_csv
from crmlab.data.folders import open_folder
from crmlab.data.garbled import ungarbled
from crmlab.data.jsonfiles import open_json
from crmlab.data.parquets import open_parquet
from crmlab.data.places import STDIN, is_address
from crmlab.data.sqltables import POSTGRES, open_duckdb, open_postgres, open_sqlite
from crmlab.data.streams import stdin_file
from crmlab.data.tables import no_rows
from crmlab.data.workbooks import open_workbook
from crmlab.errors import DataError, ParameterError, did_you_mean
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from crmlab.data.roles import Kind
    from crmlab.data.tables import OpenTable

__all__ = ["FORMATS", "check_file", "open_table"]

#: endings of file names to formats
FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".duckdb": "duckdb",
    ".ddb": "duckdb",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".db3": "sqlite",
    ".db": "database",
}
#: a folder is read as its files of these formats
_IN_FOLDERS = tuple(ending for ending, form in FORMATS.items() if form in {"csv", "xlsx", "parquet", "json"})
_TEXTS = frozenset({"csv", "json"})
_DATABASES = frozenset({"duckdb", "sqlite"})
#: files that begin as a workbook does, and are none
_ALSO_ZIP = frozenset(
    {".zip", ".docx", ".pptx", ".ods", ".odt", ".odp", ".numbers", ".pages", ".key", ".et", ".wps"}
)
_ENDING = {
    "csv": ".csv",
    "xlsx": ".xlsx",
    "parquet": ".parquet",
    "json": ".json",
    "duckdb": ".duckdb",
    "sqlite": ".sqlite",
}

_HEAD = 512
#: a page or a sheet of markup, which some systems save under the name of a table
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|!doctype|html|head|meta|table|workbook)\b", re.IGNORECASE
)

_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[?\s*\{\s*\"")
#: first bytes of files that are something else than their name says
_MAGIC = (
    (b"SQLite format 3\0", "sqlite"),
    (b"PK\x03\x04", "xlsx"),
    (b"PAR1", "parquet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gz"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpg"),
)


def open_table(
    path: str | os.PathLike[str],
    kind: Kind,
    *,
    mapping: Mapping[str, str] | None = None,
    sheet: str | int | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    table: str | None = None,
    query: str | None = None,
) -> OpenTable:
    """Open a file, a folder of files, a table of a database, or standard input; see :func:`crmlab.data.read_table`.

    Raises
    ------
    crmlab.errors.DataError
        When there is no such file, it cannot be read, or it is of no known format.
    crmlab.errors.ParameterError
        For a table or a query where there is no database.

    """
    place = str(path)
    if POSTGRES.match(place):
        return open_postgres(place, table=table, query=query)
    if is_address(path):
        raise _unknown_address(place)
    file = stdin_file() if place == STDIN else Path(path).expanduser()
    open_one = partial(_open_file, kind=kind, mapping=mapping, encoding=encoding, delimiter=delimiter)
    if file.is_dir():
        _no_table(file, table, query)
        return open_folder(file, kind, partial(open_one, sheet=sheet), _IN_FOLDERS, mapping=mapping)
    return open_one(file, sheet=sheet, table=table, query=query)


def _open_file(
    file: Path,
    *,
    kind: Kind,
    mapping: Mapping[str, str] | None,
    sheet: str | int | None,
    encoding: str | None,
    delimiter: str | None,
    table: str | None = None,
    query: str | None = None,
) -> OpenTable:
    form = check_file(file)
    if form == "duckdb":
        return open_duckdb(file, table=table, query=query)
    if form == "sqlite":
        return open_sqlite(file, table=table, query=query)
    _no_table(file, table, query)
    if form == "parquet":
        return open_parquet(file)
    if form == "json":
        return open_json(file)
    if form == "xlsx":
        return ungarbled(open_workbook(file, kind, mapping=mapping, sheet=sheet))
    return ungarbled(open_csv(file, kind, mapping=mapping, encoding=encoding, delimiter=delimiter))


def _no_table(file: Path, table: str | None, query: str | None) -> None:
    if table or query:
        raise ParameterError(
            tr(
                "{file} is no database: a table or a query cannot be chosen in it.",
                file=file.name or str(file),
            ),
            hint=tr("Leave out --table and --query; a workbook's sheet is chosen with --sheet."),
        )


def _unknown_address(place: str) -> DataError:
    scheme = place.split("://", 1)[0]
    if scheme.casefold() in {"http", "https", "ftp", "s3"}:
        return DataError(
            tr("Addresses that begin with {scheme}:// are not opened.", scheme=scheme),
            hint=tr("Download the file and name it."),
        )
    near = did_you_mean(scheme, ("postgresql", "postgres"))
    return DataError(
        tr("Addresses that begin with {scheme}:// are not opened.", scheme=scheme),
        hint=tr("Did you mean {near}?", near="postgresql://")
        if near
        else tr(
            "Readable are servers of PostgreSQL: {example}",
            example="postgresql://user:password@host:5432/shop",
        ),
    )


def check_file(file: Path) -> str:
    """Return what a file is, such as ``"csv"`` or ``"xlsx"``, once its name and its content agree.

    Raises
    ------
    crmlab.errors.DataError
        When there is no such file, it may not be read, is empty, or is of no known format.

    """
    head = _first_bytes(file)
    if not head:
        raise no_rows(file.name)
    if _MARKUP.match(head):
        raise _markup(file)
    stated = FORMATS.get(file.suffix.casefold())
    found = _found(head) or ("json" if stated == "csv" and _JSON.match(head) else None)
    if stated is None:
        raise _unknown_ending(file, found)
    if stated == "database" and found in _DATABASES:
        return str(found)
    if found != stated and (found or stated not in _TEXTS):
        raise _misnamed(file, stated, found, head)
    return stated


def _markup(file: Path) -> DataError:
    return DataError(
        tr("{file} is a web page (HTML or XML), whatever its name says.", file=file.name),
        hint=tr(
            "Some systems export web pages as Excel files: open it in Excel or WPS and save it again as .xlsx. If a "
            "page to sign in shows up, the download has failed."
        ),
    )


def _found(head: bytes) -> str | None:
    """Return what the first bytes of a file say it is."""
    if head[8:12] == b"DUCK":
        return "duckdb"
    return next((what for magic, what in _MAGIC if head.startswith(magic)), None)


def _first_bytes(file: Path) -> bytes:
    try:
        if not file.exists():
            raise _no_file(file)
        if not file.is_file():
            raise DataError(tr("{file} is no ordinary file.", file=file.name))
        with file.open("rb") as opened:
            return opened.read(_HEAD)
    except PermissionError as error:
        raise DataError(
            tr("{file} may not be read by you.", file=file.name),
            hint=tr("Ask for the right to read it, or close the program that holds it open."),
        ) from error
    except OSError as error:
        raise DataError(
            tr("{file} cannot be read: {reason}", file=file.name, reason=error.strerror)
        ) from error


def _no_file(file: Path) -> DataError:
    if file.is_symlink():
        return DataError(tr("{file} is a link that leads nowhere.", file=file.name))
    folder = file.parent
    near = did_you_mean(file.name, (entry.name for entry in folder.iterdir())) if folder.is_dir() else None
    if near:
        hint = tr("Did you mean {near}?", near=near)
    elif folder.is_dir():
        hint = tr("Check the name and the folder.")
    else:
        hint = tr("There is no folder {folder} either.", folder=folder)
    return DataError(tr("There is no file {file}.", file=file.name), hint=hint)


def _unknown_ending(file: Path, found: str | None) -> DataError:
    ending = file.suffix.casefold()
    problems = []
    if ending == ".xls" or found == "xls":
        hint = tr("Open it in Excel or WPS and save it again as .xlsx, or as “CSV UTF-8”.")
        message = tr("{file} is in the old Excel format .xls, which is not read.", file=file.name)
        return DataError(message, hint=hint)
    if ending in {".pkl", ".pickle"}:
        problems.append(tr("a pickle file can run code when it is opened"))
    near = did_you_mean(ending, FORMATS) if ending else None
    if found in _ENDING and ending not in _ALSO_ZIP:
        problems.append(
            tr("its content is that of a file {ending}; did you mean that?", ending=_ENDING[str(found)])
        )
    elif near:
        problems.append(tr("did you mean {ending}?", ending=near))
    message = (
        tr("Files {ending} are not read.", ending=ending)
        if ending
        else tr("{file} has no ending that tells its format.", file=file.name)
    )
    return DataError(
        message, problems=problems, hint=tr("Readable are: {endings}.", endings=" ".join(FORMATS))
    )


def _misnamed(file: Path, stated: str, found: str | None, head: bytes) -> DataError:
    if found in _ENDING:
        return DataError(
            tr(
                "{file} is named {stated} and holds a file {found}.",
                file=file.name,
                stated=file.suffix,
                found=_ENDING[str(found)],
            ),
            hint=tr("Rename it to {name}.", name=file.with_suffix(_ENDING[str(found)]).name),
        )
    if found == "xls":
        return DataError(
            tr("{file} is an old Excel workbook, or one with a password.", file=file.name),
            hint=tr("Open it in Excel or WPS and save it again as .xlsx, or as “CSV UTF-8”."),
        )
    if found is None and stated != "csv" and all(9 <= code < 128 for code in head[:16]):
        return DataError(
            tr("{file} is named {stated} and holds plain text.", file=file.name, stated=file.suffix),
            hint=tr("If it is a table, rename it to {name}.", name=file.with_suffix(".csv").name),
        )
    return DataError(
        tr("{file} is not what its name says: no {stated} file.", file=file.name, stated=file.suffix),
        hint=tr("Save the table as .csv, .xlsx or .parquet in the program it comes from."),
    )
