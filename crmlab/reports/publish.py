"""Files appear all together or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from crmlab.errors import ParameterError, ReportError
from crmlab.text import tr

__all__ = ["publish", "staging"]


@contextmanager
def staging(out: Path) -> Iterator[Path]:
    """Give a temporary folder on the same disk as `out`, and remove it with all that is still in it.

    It stands beside `out`, or inside where the folder above is on another disk or cannot be written to.

    Raises
    ------
    crmlab.errors.ParameterError
        When `out` cannot be a folder of results.

    """
    out = out.absolute()
    if out.exists() and not out.is_dir():
        raise ParameterError(
            tr("“{path}” is a file; results need a folder.", path=out), hint=tr("Name another with --out.")
        )
    above = next(folder for folder in out.parents if folder.exists())
    beside = not out.exists() or (os.access(above, os.W_OK) and above.stat().st_dev == out.stat().st_dev)
    try:
        folder = Path(tempfile.mkdtemp(prefix=".crmlab-", dir=above if beside else out))
    except OSError as error:
        raise ParameterError(
            tr("Nothing can be written to “{path}”: {reason}.", path=out, reason=error.strerror or error),
            hint=tr("Name another with --out."),
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(made: Path, out: Path, *, remove: tuple[str, ...] = ()) -> list[Path]:
    """Move the files of one folder into another, all or none.

    Parameters
    ----------
    made
        A folder made by :func:`staging`, which holds the new files.
    out
        Where they go; made if it is not there. Files of the same names are replaced.
    remove
        Names of older files that would contradict the new ones.

    Returns
    -------
    list of Path
        Absolute paths of the files, sorted by name.

    Raises
    ------
    crmlab.errors.ReportError
        When a file cannot be moved; `out` is then as it was before.

    """
    out = out.absolute()
    new = sorted(path for path in made.iterdir() if path.is_file())
    old = Path(tempfile.mkdtemp(prefix="old-", dir=made))
    created = [folder for folder in (out, *out.parents) if not folder.exists()]
    moved: list[Path] = []
    kept: list[Path] = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in (*(path.name for path in new), *remove):
            if (out / name).is_file():
                (out / name).replace(old / name)
                kept.append(out / name)
        for path in new:
            path.replace(out / path.name)
            moved.append(out / path.name)
    except BaseException as error:
        for path in moved:
            path.unlink(missing_ok=True)
        for path in kept:
            (old / path.name).replace(path)
        for folder in created:
            with suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError):
            raise ReportError(
                tr(
                    "The results cannot be put into “{path}”: {reason}.",
                    path=out,
                    reason=error.strerror or error,
                ),
                hint=tr("Is one of the files open in another program?"),
            ) from error
        raise
    return moved
