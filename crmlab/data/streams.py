"""Standard input as a file: kept in a private folder until the process ends, for a table is looked at more than once."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab.errors import DataError, ParameterError
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["stdin_file"]


_PIECE = 1 << 22  # bytes read at once
_SPARE = 1 << 30  # bytes of the disk that are left to others
_ENDINGS = (
    (b"PK\x03\x04", ".xlsx"),
    (b"PAR1", ".parquet"),
    (b"SQLite format 3\0", ".sqlite"),
    (b"[", ".json"),
    (b"{", ".jsonl"),
)


class _Kept:
    """What came from a stream, on disk."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.folder = tempfile.TemporaryDirectory(prefix="crmlab-")
        head = stream.read(64)
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        ending = next((ending for sign, ending in _ENDINGS if start.startswith(sign)), ".csv")
        if head[8:12] == b"DUCK":
            ending = ".duckdb"
        self.path = Path(self.folder.name) / f"stdin{ending}"
        with self.path.open("wb") as file:
            file.write(head)
            while piece := stream.read(_PIECE):
                if shutil.disk_usage(self.folder.name).free < _SPARE:
                    raise DataError(
                        tr("Standard input does not end before the disk is full."),
                        hint=tr("Write it into a file, and look at how large that is."),
                    )
                file.write(piece)


_kept: list[_Kept] = []


def stdin_file() -> Path:
    """Return a file with everything that standard input gave; a stream is read once and kept.

    Raises
    ------
    crmlab.errors.ParameterError
        When standard input is a keyboard: nothing would ever come to an end.

    """
    text: Any = sys.stdin
    if text is None or text.isatty():
        raise ParameterError(
            tr("Nothing is piped into standard input."),
            hint=tr("Write for example: {example}", example="cat sales.csv | crmlab data check -"),
        )
    stream: BinaryIO = text.buffer
    if not _kept or _kept[0].stream is not stream:
        _kept[:] = [_Kept(stream)]
    return _kept[0].path
