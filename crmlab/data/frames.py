"""Data frames that other packages ship as pickles, read without running anything that stands in the file.

A pickle is a program, so crmlab reads none that a user gives it. The packages of sample data that the catalogue names
leave no choice: their frames are pickles, packed by xz. Such a file is opened only after its checksum was found to be
the one on the case's card, and even then by a reader that knows arrays, indexes and blocks and nothing else.
"""

from __future__ import annotations

import io
import lzma
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlab.errors import DataError
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

__all__ = ["read_frame"]

#: more than any of these files unpacks to, in bytes
_LARGEST = 64 * 2**20


@dataclass(frozen=True)
class _Block:
    """Columns of one type: `values` has a row for each column, `places` says which columns they are."""

    values: np.ndarray[Any, Any]
    places: slice | np.ndarray[Any, Any]


@dataclass(frozen=True)
class _Blocks:
    """All columns of a frame, and its axes: names of the columns, then of the rows."""

    blocks: Sequence[_Block]
    axes: Sequence[Mapping[str, Any]]


class _Frame:
    """What stands for the frame while it is read."""

    blocks: _Blocks

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.blocks = state["_mgr"]


def _block(values: Any, places: Any, _dimensions: int) -> _Block:
    if not isinstance(values, np.ndarray) or not isinstance(places, slice | np.ndarray):
        raise TypeError
    return _Block(values, places)


def _index(_kind: object, state: Mapping[str, Any]) -> Mapping[str, Any]:
    return state


def _array(_kind: object, _shape: object, _type: object) -> np.ndarray[Any, Any]:
    return np.ndarray.__new__(np.ndarray, (0,), "b")


def _from_bytes(data: bytes, kind: Any, shape: tuple[int, ...], order: Any) -> np.ndarray[Any, Any]:
    return np.frombuffer(data, dtype=kind).reshape(shape, order=order)


#: every name that may stand in such a file, and what it means here
_KNOWN: Mapping[tuple[str, str], Any] = {
    ("builtins", "slice"): slice,
    ("numpy", "dtype"): np.dtype,
    ("numpy", "ndarray"): "array",
    ("numpy.core.multiarray", "_reconstruct"): _array,
    ("numpy.core.numeric", "_frombuffer"): _from_bytes,
    ("pandas.core.frame", "DataFrame"): _Frame,
    ("pandas.core.indexes.base", "Index"): "index",
    ("pandas.core.indexes.range", "RangeIndex"): "range",
    ("pandas.core.indexes.base", "_new_Index"): _index,
    ("pandas.core.internals.managers", "BlockManager"): _Blocks,
    ("pandas._libs.internals", "_unpickle_block"): _block,
}


class _Reader(pickle.Unpickler):
    """An unpickler that knows the names of :data:`_KNOWN` alone."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise DataError(
                tr("The file asks for “{name}”, which has no place in a table.", name=f"{module}.{name}")
            )
        return _KNOWN[module, name]


def read_frame(path: Path) -> pd.DataFrame:
    """Read a frame that was pickled by pandas and packed by xz.

    Parameters
    ----------
    path
        The file; its checksum has been compared.

    Returns
    -------
    DataFrame
        Columns as they stand in the file, rows counted from 0.

    Raises
    ------
    DataError
        The file is no such frame, unpacks to more than 64 MB, or asks for anything but arrays and indexes.

    """
    import pandas as pd

    try:
        with lzma.open(path) as packed:
            raw = packed.read(_LARGEST + 1)
        found = _Reader(io.BytesIO(raw)).load().blocks if len(raw) <= _LARGEST else None
        names = [str(name) for name in found.axes[0]["data"]] if found else []
        everyone, columns = np.arange(len(names)), dict[int, Any]()
        for block in found.blocks if found else ():
            columns.update(zip(everyone[block.places].tolist(), block.values, strict=True))
        table = pd.DataFrame({name: columns[at] for at, name in enumerate(names)})
    except DataError:
        raise
    except Exception as error:  # a broken pickle can raise anything
        raise DataError(tr("{file} holds no table that can be read.", file=path.name)) from error
    if found is None:
        raise DataError(tr("{file} unpacks to more than 64 MB.", file=path.name))
    return table
