"""Tests of crmlab.privacy.names: a name from data is never a way out of the folder."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.privacy import safe_file_name

HOLDS = settings(max_examples=300, deadline=None)


@HOLDS
@given(st.text(max_size=120))
def test_any_name_is_one_file_in_the_folder(tmp_path_factory, text):
    """Whatever a store is called, its name is one part of a path, can be written, and is neither hidden nor reserved."""
    name = safe_file_name(text)
    folder = tmp_path_factory.getbasetemp()
    assert (folder / name).resolve().parent == folder.resolve()
    assert 0 < len(name) <= 60
    assert len(name.encode()) <= 180
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t.')
    assert name[0] not in ".- "
    assert name.split(".")[0].casefold() not in {"con", "nul", "aux", "prn", "com1", "lpt1"}
    path = folder / f"{name}.pdf"
    path.write_bytes(b"")
    path.unlink()


@HOLDS
@given(st.lists(st.text("ab/.\\ 店-", max_size=6), min_size=2, max_size=6, unique=True))
def test_two_names_never_share_a_file(names):
    """Names that differ in what had to go get different files."""
    import unicodedata

    plain = {unicodedata.normalize("NFC", name) for name in names}
    assert len({safe_file_name(name) for name in names}) == len(plain)


@pytest.mark.parametrize(
    ("text", "name"), [("上海一店", "上海一店"), ("North 2", "North 2"), ("A_1", "A_1"), ("Café", "Café")]
)
def test_plain_names_stay(text, name):
    """A name that is a file name already is kept."""
    assert safe_file_name(text) == name
