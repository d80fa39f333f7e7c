"""The cache: what changes the key, and what cannot be trusted."""

from __future__ import annotations

import json

import pytest

from crmlab.execution import store
from crmlab.execution.notebooks import node
from crmlab.execution.store import Entry, key_of, load, save

ENTRY = Entry(
    [{"outputs": [{"output_type": "stream", "name": "stdout", "text": "客户"}], "execution_count": 1}], 1.5
)


def notebook(code="x = 1", prose="Text", tags=(), **metadata):
    """Return a notebook of one text and one code cell."""
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": prose},
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {"tags": list(tags)},
            "source": code,
            "outputs": [],
            "execution_count": None,
        },
    ]
    return node({"nbformat": 4, "nbformat_minor": 5, "metadata": {"crmlab": metadata}, "cells": cells})


BASE = key_of(notebook(), {"lang": "en"}, [])


@pytest.mark.parametrize(
    ("nb", "parameters", "data"),
    [
        (notebook(code="x = 2"), {"lang": "en"}, []),
        (notebook(code="import crmlab\nx = 1"), {"lang": "en"}, []),
        (notebook(tags=["parameters"]), {"lang": "en"}, []),
        (notebook(), {"lang": "zh"}, []),
        (notebook(), {"lang": "en", "n": 1}, []),
        (notebook(), {"lang": "en"}, ["abc"]),
    ],
)
def test_the_key_changes_with_all_that_outputs_stand_on(nb, parameters, data):
    """Code, imports, parameters and data."""
    assert key_of(nb, parameters, data) != BASE


def test_the_key_does_not_change_with_prose():
    """A corrected sentence runs nothing."""
    assert key_of(notebook(prose="Corrected"), {"lang": "en"}, []) == BASE


def test_the_key_changes_with_the_data_of_a_case(monkeypatch):
    """A case that the notebook loads is part of it, declared or found."""
    monkeypatch.setattr(store, "_case_key", lambda name: f"{name} 1")
    declared = key_of(notebook(data=["retail"]), {"lang": "en"}, [])
    loaded = key_of(notebook(code='load_case("retail")'), {"lang": "en"}, [])
    monkeypatch.setattr(store, "_case_key", lambda name: f"{name} 2")
    assert key_of(notebook(data=["retail"]), {"lang": "en"}, []) != declared != BASE
    assert key_of(notebook(code='load_case("retail")'), {"lang": "en"}, []) != loaded


def test_the_key_changes_with_the_lock_file(monkeypatch):
    """Another version of a dependency may give other numbers."""
    monkeypatch.setattr(store, "_lock", lambda: "other")
    assert key_of(notebook(), {"lang": "en"}, []) != BASE


def test_what_was_saved_is_loaded(tmp_path):
    """Outputs come back as they were."""
    save(tmp_path / "cache", "ch05-en", "k" * 64, ENTRY)
    assert load(tmp_path / "cache", "ch05-en", "k" * 64, 1) == ENTRY
    assert not list((tmp_path / "cache").glob(".part*"))


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"key": 1}', "changed", "count"])
def test_a_damaged_entry_is_ignored(tmp_path, damage):
    """Cut off, changed or of another notebook: it is as if it were not there."""
    save(tmp_path, "ch05-en", "k" * 64, ENTRY)
    path = next(tmp_path.glob("*.json"))
    if damage == "changed":
        stored = json.loads(path.read_text(encoding="utf-8"))
        stored["cells"][0]["outputs"][0]["text"] = "other"
        path.write_text(json.dumps(stored), encoding="utf-8")
    elif damage != "count":
        path.write_text(damage, encoding="utf-8")
    assert load(tmp_path, "ch05-en", "k" * 64, 2 if damage == "count" else 1) is None


def test_there_is_nothing_under_an_unknown_key(tmp_path):
    """Nor in a folder that does not exist."""
    assert load(tmp_path / "none", "ch05-en", "k" * 64, 1) is None


def test_few_states_of_a_notebook_are_kept(tmp_path):
    """The cache does not grow without end, and other notebooks' states stay."""
    save(tmp_path, "ch06-en", "z" * 64, ENTRY)
    for number in range(8):
        save(tmp_path, "ch05-en", f"{number}" * 64, ENTRY)
    assert len(list(tmp_path.glob("ch05-en-*.json"))) == 4
    assert load(tmp_path, "ch06-en", "z" * 64, 1) is not None


def test_a_failed_write_leaves_nothing(tmp_path):
    """Whole or not at all."""
    with pytest.raises(TypeError):
        save(tmp_path, "ch05-en", "k" * 64, Entry([{"outputs": object()}], 1.0))
    assert list(tmp_path.iterdir()) == []
