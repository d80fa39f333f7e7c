"""The cache of outputs: one file for each state of a notebook's code, parameters, data and surroundings.

Outputs are kept by the position of their code cell, so prose may change freely around them.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from crmlab._paths import share
from crmlab.execution.notebooks import tags
from crmlab.execution.sources import cases_of, digest, modules_of

__all__ = ["Entry", "default_cache", "key_of", "load", "save"]

_FORMAT = 1
#: states of one notebook in one language that are kept
_KEEP = 4


@dataclass(frozen=True)
class Entry:
    """What a run left: outputs of each code cell, in order, and how long it took."""

    cells: list[dict[str, Any]]
    seconds: float


def default_cache() -> Path:
    """Return where outputs are kept: ``_build/cache`` in a checkout, else the user's cache folder."""
    root = share("notebooks").parent
    if (root / "pyproject.toml").exists():
        return root / "_build" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crmlab"


def key_of(nb: Any, parameters: Mapping[str, Any], data_keys: Sequence[str]) -> str:
    """Return the key of a notebook's outputs.

    It changes with the sources of code cells, the parameters, the data (`data_keys`, and the checksums of the cases
    that the notebook loads), the crmlab modules that it imports, the catalogues of messages, the lock file, and
    Python's minor version; not with prose.
    """
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    sources = [cell.source for cell in code]
    cases = cases_of(sources, nb.metadata.get("crmlab", {}).get("data", ()))
    parts = {
        "format": _FORMAT,
        "code": [[cell.source, "parameters" in tags(cell)] for cell in code],
        "parameters": dict(parameters),
        "data": [*data_keys, *(f"{name} {_case_key(name)}" for name in cases)],
        "package": digest(modules_of(sources)),
        "lock": _lock(),
        "python": list(sys.version_info[:2]),
    }
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()


def _case_key(name: str) -> str:
    from crmlab.data.catalogue import load_case

    card = share("datasets") / name / "card.yaml"
    described = hashlib.sha256(card.read_bytes()).hexdigest() if card.exists() else ""
    return f"{load_case(name).source()['sha256']} {described}"


def _lock() -> str:
    lock = share("requirements.lock")
    return hashlib.sha256(lock.read_bytes()).hexdigest() if lock.exists() else _installed()


@cache
def _installed() -> str:
    """Return a hash of what is installed, where there is no lock file."""
    from importlib import metadata

    names = sorted({f"{dist.name}=={dist.version}" for dist in metadata.distributions()})
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def load(folder: Path, name: str, key: str, count: int) -> Entry | None:
    """Return the outputs of `count` code cells under a key, or None: there are none, or they cannot be trusted."""
    try:
        stored = json.loads(_path(folder, name, key).read_text(encoding="utf-8"))
        cells = stored["cells"]
        if stored["key"] != key or stored["digest"] != _digest(cells) or len(cells) != count:
            return None
        return Entry(cells, float(stored["seconds"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(folder: Path, name: str, key: str, entry: Entry) -> None:
    """Write outputs under a key, whole or not at all, and drop the oldest states of that notebook."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"key": key, "digest": _digest(entry.cells), "seconds": entry.seconds, "cells": entry.cells}
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".part-", suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False)
        Path(temporary).replace(_path(folder, name, key))
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    with suppress(OSError):  # another process may drop them as well
        states = sorted(folder.glob(f"{name}-*.json"), key=lambda path: path.stat().st_mtime_ns)
        for path in states[:-_KEEP]:
            path.unlink(missing_ok=True)


def _path(folder: Path, name: str, key: str) -> Path:
    return folder / f"{name}-{key[:24]}.json"


def _digest(cells: list[dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()
