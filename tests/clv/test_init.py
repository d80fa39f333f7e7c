"""Tests of the package's front: few public names, loaded when asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import crmlab.clv


def test_all_names_are_there():
    """Each public name can be had, and is listed."""
    for name in crmlab.clv.__all__:
        assert getattr(crmlab.clv, name).__name__ == name
        assert name in dir(crmlab.clv)


def test_unknown_names_are_errors():
    """A name that is not there is an AttributeError, as in any module."""
    with pytest.raises(AttributeError, match="fit_everything"):
        crmlab.clv.fit_everything  # noqa: B018 - it is the access that is tested


def test_import_is_lazy():
    """Importing the package loads neither pandas nor scipy."""
    code = "import sys, crmlab.clv; print(sorted({'pandas', 'scipy', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
