"""The mapping of columns, kept in a file: shown once, checked once, used for every month's export."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab.data.messages import joined
from crmlab.errors import DataError, ParameterError, did_you_mean
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = ["MapFile", "load_map", "save_map"]

_LARGEST = 1 << 20
_KEYS = ("as", "columns", "date_format", "decimal", "encoding", "sheet", "table", "query")


@dataclass(frozen=True)
class MapFile:
    """How files of one kind are read.

    Parameters
    ----------
    kind
        What they hold, such as ``"transactions"``; None where the file does not say.
    columns
        Role to column.
    options
        What else :func:`crmlab.data.read_table` is to be told: ``date_format``, ``decimal``, ``encoding``, ``sheet``,
        ``table``, ``query``.

    """

    kind: str | None
    columns: dict[str, str]
    options: dict[str, str] = field(default_factory=dict)


def save_map(
    path: str | os.PathLike[str],
    kind: str,
    columns: Mapping[str, str],
    options: Mapping[str, object] | None = None,
) -> Path:
    """Write a mapping of columns as YAML, to be read again by :func:`load_map`.

    Parameters
    ----------
    path
        The file; an older one is replaced.
    kind
        What the data hold.
    columns
        Role to column.
    options
        As in :class:`MapFile`; those that are None are left out.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = save_map(folder.name + "/map.yml", "transactions", {"customer": "会员号"}, {"date_format": "dmy"})
    >>> load_map(file)
    MapFile(kind='transactions', columns={'customer': '会员号'}, options={'date_format': 'dmy'})
    >>> folder.cleanup()

    """
    import yaml

    kept = {key: str(value) for key, value in (options or {}).items() if key in _KEYS and value is not None}
    text = yaml.safe_dump(
        {"as": kind, "columns": dict(columns), **kept}, allow_unicode=True, sort_keys=False, width=1_000
    )
    target = Path(path).expanduser()
    try:
        target.write_text(
            f"# {tr('Which column is what. Use it again with --map-file.')}\n{text}", encoding="utf-8"
        )
    except OSError as error:
        raise DataError(
            tr("{file} cannot be written: {reason}", file=target.name, reason=error.strerror),
            hint=tr("Name a file in a folder that is there and that you may write to."),
        ) from error
    return target


def load_map(path: str | os.PathLike[str]) -> MapFile:
    """Read a mapping of columns from a YAML file.

    Raises
    ------
    crmlab.errors.DataError
        When there is no such file, or it is no YAML.
    crmlab.errors.ParameterError
        When something else than a mapping stands in it; all problems at once.

    """
    import yaml

    file = Path(path).expanduser()
    if not file.is_file():
        near = (
            did_you_mean(file.name, (one.name for one in file.parent.iterdir()))
            if file.parent.is_dir()
            else None
        )
        raise DataError(
            tr("There is no file {file}.", file=file.name),
            hint=tr("Did you mean {near}?", near=near)
            if near
            else tr("Make one with: crmlab data check FILE --save-map {file}", file=file.name),
        )
    try:
        with file.open(encoding="utf-8-sig") as opened:
            found: Any = yaml.safe_load(opened.read(_LARGEST))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise DataError(
            tr("{file} is no readable file of a mapping.", file=file.name),
            problems=[" ".join(str(error).split())],
            hint=_example(),
        ) from error
    return _checked(found, file.name)


def _checked(found: Any, name: str) -> MapFile:
    columns = found.get("columns") if isinstance(found, dict) else None
    if not isinstance(columns, dict) or not columns:
        raise ParameterError(tr("{file} names no columns.", file=name), hint=_example())
    problems = []
    for key in found:
        if key not in _KEYS:
            near = did_you_mean(str(key), _KEYS)
            problems.append(
                tr("“{given}”: did you mean {near}?", given=key, near=near)
                if near
                else tr("nothing is known of “{key}”; known are: {keys}", key=key, keys=joined(_KEYS))
            )
    problems += [
        tr("{role}: a column's name is wanted, not “{given}”", role=role, given=column)
        for role, column in columns.items()
        if isinstance(column, dict | list) or column is None or not isinstance(role, str)
    ]
    if problems:
        raise ParameterError(
            tr("The mapping in {file} cannot be read.", file=name), problems=problems, hint=_example()
        )
    options = {
        key: str(value) for key, value in found.items() if key not in {"as", "columns"} and value is not None
    }
    kind = found.get("as")
    return MapFile(
        None if kind is None else str(kind),
        {role.strip().casefold(): str(column) for role, column in columns.items()},
        options,
    )


def _example() -> str:
    return (
        tr("It looks like this:")
        + "\nas: transactions\ncolumns:\n  customer: 会员号\n  date: 下单时间\n  amount: 实付金额"
    )
