"""How an awful file must end: in the right table or the right error, in both languages, with nothing written."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import TYPE_CHECKING, Any

import pytest

from crmlab.data import read_table
from crmlab.errors import CrmlabError
from crmlab.text import speaking

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TODAY = dt.date(2024, 12, 31)
_ENGLISH = re.compile(r"\b(the|is|are|of|and|rows?|column|not)\b")


def _state(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def ends(tmp_path, monkeypatch) -> Callable[..., None]:
    """Return a function that makes an awful file, reads it in both languages, and holds the end against what it must be."""
    monkeypatch.chdir(tmp_path)

    def check(make: Callable[[Path], Path], must: dict[str, Any]) -> None:
        path = make(tmp_path)
        before = _state(tmp_path)
        options = {"today": TODAY, "as_": must.get("as_", "transactions"), **must.get("options", {})}
        for lang in ("en", "zh"):
            with speaking(lang):
                if "error" in must:
                    with pytest.raises(CrmlabError) as caught:
                        read_table(path, **options)
                    assert type(caught.value) is must["error"]
                    said = str(caught.value)
                else:
                    result = read_table(path, **options)
                    said = "\n".join(result.notes)
                    kinds = result.rejected["kind"].value_counts().to_dict()
                    assert (result.rows_kept, result.rows_read) == (must["kept"], must["of"])
                    assert kinds == must.get("rejected", {})
                    held = must.get("facts", lambda _: True)(result)
                    assert held is None or held
                for words in must.get(lang, ()):
                    assert words in said
                if lang == "zh":
                    quoted = re.sub(r"“[^”]*”|--\S+( \S+)?|\S+=\S+|\S+\.\w+|[（(][^）)]*[)）]", "", said)
                    assert not _ENGLISH.search(quoted), said
        assert _state(tmp_path) == before

    return check
