"""Where the course's own files stand: notebooks, data folders, book pages."""

from __future__ import annotations

from pathlib import Path

__all__ = ["share"]

_PACKAGE = Path(__file__).resolve().parent


def share(name: str) -> Path:
    """Return the folder or file ``name`` of the course, in a checkout and in an installed wheel alike.

    In a checkout it stands beside the package (``datasets/``, ``notebooks/``, ``book/``, ``_toc.yml``); a wheel
    carries the same things under ``crmlab/_share``.
    The path is returned whether or not it exists, so that the caller can say what is missing.

    >>> share("datasets").name
    'datasets'
    """
    beside = _PACKAGE.parent / name
    # pyproject.toml tells a checkout from a site-packages folder that happens to hold a folder of that name.
    if beside.exists() and (_PACKAGE.parent / "pyproject.toml").exists():
        return beside
    return _PACKAGE / "_share" / name
