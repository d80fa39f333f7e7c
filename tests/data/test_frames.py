"""Frames that other packages ship as pickles: read whole, and nothing in them is run."""

from __future__ import annotations

import lzma
import pickle
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from crmlab.data import frames
from crmlab.data.frames import read_frame
from crmlab.errors import DataError


def packed(tmp_path, content):
    """Write bytes as a packed file."""
    path = tmp_path / "frame.pkl.compress"
    path.write_bytes(lzma.compress(content))
    return path


class Harm:
    """A pickle of this runs a program when it is opened in the usual way."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


class _Old:
    """Write a frame's parts under the names that packages of sample data have in their files."""

    def __init__(self, name, *given):
        self.name, self.given = name, given


def old_pickle(places):
    """Return a pickle of two whole numbers' columns and one of words, by the names of pandas 2 and NumPy 1."""

    class Known:
        pass

    def known(module, name):
        return type(name, (Known,), {"__module__": module})

    frame, manager = (
        known("pandas.core.frame", "DataFrame"),
        known("pandas.core.internals.managers", "BlockManager"),
    )
    index = known("pandas.core.indexes.base", "Index")

    class Writer(pickle._Pickler):
        """Write names as they are given, whether a module has them or not, and whatever dill taught pickle."""

        dispatch: ClassVar = {
            **{kind: save for kind, save in pickle._Pickler.dispatch.items() if save.__module__ == "pickle"},
            dict: pickle._Pickler.save_dict,
            type: pickle._Pickler.save_type,
        }

        def save(self, thing, *rest):
            if isinstance(thing, type) and issubclass(thing, Known):
                self.write(pickle.GLOBAL + f"{thing.__module__}\n{thing.__name__}\n".encode())
            elif isinstance(thing, _Old):
                self.write(pickle.GLOBAL + thing.name.encode() + b"\n")
                self.save(tuple(thing.given))
                self.write(pickle.REDUCE)
            elif isinstance(thing, np.ndarray) and thing.dtype != object:
                data = thing.tobytes()
                self.save(
                    _Old(
                        "numpy.core.numeric\n_frombuffer", data, _Old("numpy\ndtype", "i8"), thing.shape, "C"
                    )
                )
            elif isinstance(thing, np.ndarray):
                array = known("numpy", "ndarray")
                self.save(_Old("numpy.core.multiarray\n_reconstruct", array, (0,), b"b"))
                self.save((1, thing.shape, _Old("numpy\ndtype", "O"), False, thing.ravel().tolist()))
                self.write(pickle.BUILD)
            else:
                super().save(thing, *rest)

    import io

    numbers = np.array([[1, 2, 3], [4, 5, 6]], dtype="int64")
    words = np.array([["a", "b", None]], dtype=object)
    unpickle = "pandas._libs.internals\n_unpickle_block"
    axes = [
        _Old(
            "pandas.core.indexes.base\n_new_Index",
            index,
            {"data": np.array(["x", "word", "y"], dtype=object)},
        ),
        _Old(
            "pandas.core.indexes.base\n_new_Index",
            known("pandas.core.indexes.range", "RangeIndex"),
            {"start": 0, "stop": 3, "step": 1},
        ),
    ]
    blocks = (_Old(unpickle, numbers, places, 2), _Old(unpickle, words, slice(1, 2, 1), 2))
    out = io.BytesIO()
    writer = Writer(out, protocol=3)
    writer.save(frame)
    writer.save(())
    writer.write(pickle.NEWOBJ)
    writer.save({"_mgr": _Old(f"{manager.__module__}\n{manager.__name__}", blocks, axes), "attrs": {}})
    writer.write(pickle.BUILD + pickle.STOP)
    return out.getvalue()


@pytest.mark.parametrize("places", [slice(0, 3, 2), np.array([0, 2])], ids=["slice", "array"])
def test_a_frame_is_read_column_by_column(tmp_path, places):
    """Numbers and words come back in the order of the columns, whether blocks name their places by a slice or a list."""
    found = read_frame(packed(tmp_path, old_pickle(places)))
    expected = pd.DataFrame({"x": [1, 2, 3], "word": ["a", "b", None], "y": [4, 5, 6]})
    pd.testing.assert_frame_equal(found, expected)


def test_nothing_in_a_frame_is_run(tmp_path):
    """A pickle that would write a file is refused by the name it asks for, and no file is written."""
    target = tmp_path / "harm"
    with pytest.raises(DataError, match="no place in a table") as caught:
        read_frame(packed(tmp_path, pickle.dumps(Harm(target))))
    assert "open" in str(caught.value)
    assert not target.exists()


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps([1, 2, 3]), pickle.dumps("text")])
def test_what_is_no_frame_is_an_error(tmp_path, content):
    """Empty files, other bytes and other things than frames end with the file's name."""
    with pytest.raises(DataError, match=r"frame\.pkl\.compress holds no table"):
        read_frame(packed(tmp_path, content))


def test_a_file_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    """What unpacks to more than is allowed is refused before it is read."""
    monkeypatch.setattr(frames, "_LARGEST", 100)
    with pytest.raises(DataError, match="unpacks to more"):
        read_frame(packed(tmp_path, bytes(101)))
