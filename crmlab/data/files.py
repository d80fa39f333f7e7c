"""From a path to an opened table: what a file is, and whether its name tells the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crmlab.data.csvfiles import open_csv
from crmlab.data.parquets import open_parquet
from crmlab.data.tables import no_rows
from crmlab.data.workbooks import open_workbook
from crmlab.errors import DataError, did_you_mean
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
}
#: files that begin as a workbook does, and are none
_ALSO_ZIP = frozenset(
    {".zip", ".docx", ".pptx", ".ods", ".odt", ".odp", ".numbers", ".pages", ".key", ".et", ".wps"}
)
_ENDING = {"csv": ".csv", "xlsx": ".xlsx", "parquet": ".parquet"}

#: first bytes of files that are something else than their name says
_MAGIC = (
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
) -> OpenTable:
    """Open a CSV, Excel or Parquet file; see :func:`crmlab.data.read_table`.

    Raises
    ------
    crmlab.errors.DataError
        When there is no such file, it cannot be read, or it is of no known format.

    """
    file = Path(path).expanduser()
    form = check_file(file)
    if form == "xlsx":
        return open_workbook(file, kind, mapping=mapping, sheet=sheet)
    if form == "parquet":
        return open_parquet(file)
    return open_csv(file, kind, mapping=mapping, encoding=encoding, delimiter=delimiter)


def check_file(file: Path) -> str:
    """Return what a file is, ``"csv"``, ``"xlsx"`` or ``"parquet"``, once its name and its content agree.

    Raises
    ------
    crmlab.errors.DataError
        When there is no such file, it may not be read, is empty, or is of no known format.

    """
    head = _first_bytes(file)
    if not head:
        raise no_rows(file.name)
    stated = FORMATS.get(file.suffix.casefold())
    found = next((what for magic, what in _MAGIC if head.startswith(magic)), None)
    if stated is None:
        raise _unknown_ending(file, found)
    if found != stated and (found or stated != "csv"):
        raise _misnamed(file, stated, found, head)
    return stated


def _first_bytes(file: Path) -> bytes:
    try:
        if not file.exists():
            raise _no_file(file)
        if file.is_dir():
            raise DataError(
                tr("{file} is a folder, not a file.", file=file.name or str(file)),
                hint=tr("Name one file in it, such as {example}.", example=_example(file)),
            )
        if not file.is_file():
            raise DataError(tr("{file} is no ordinary file.", file=file.name))
        with file.open("rb") as opened:
            return opened.read(16)
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
    folder = file.parent
    near = did_you_mean(file.name, (entry.name for entry in folder.iterdir())) if folder.is_dir() else None
    if near:
        hint = tr("Did you mean {near}?", near=near)
    elif folder.is_dir():
        hint = tr("Check the name and the folder.")
    else:
        hint = tr("There is no folder {folder} either.", folder=folder)
    return DataError(tr("There is no file {file}.", file=file.name), hint=hint)


def _example(folder: Path) -> str:
    files = sorted(entry.name for entry in folder.iterdir() if entry.suffix.casefold() in FORMATS)
    return files[0] if files else "sales.csv"


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
    if found is None and stated != "csv" and all(9 <= code < 128 for code in head):
        return DataError(
            tr("{file} is named {stated} and holds plain text.", file=file.name, stated=file.suffix),
            hint=tr("If it is a table, rename it to {name}.", name=file.with_suffix(".csv").name),
        )
    return DataError(
        tr("{file} is not what its name says: no {stated} file.", file=file.name, stated=file.suffix),
        hint=tr("Save the table as .csv, .xlsx or .parquet in the program it comes from."),
    )
