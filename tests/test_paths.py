"""The course's files are found in a checkout and in a wheel."""

from __future__ import annotations

from crmlab import _paths


def test_a_checkout_holds_the_files_beside_the_package():
    """In a checkout the data folder is the one at the repository's root."""
    assert (_paths.share("datasets") / "retail" / "card.yaml").is_file()
    assert _paths.share("datasets").parent == _paths.share("pyproject.toml").parent


def test_a_wheel_holds_the_files_inside_the_package(tmp_path, monkeypatch):
    """In site-packages the package's own share is meant, though a stranger's folder may stand beside it."""
    (tmp_path / "crmlab").mkdir()
    (tmp_path / "datasets").mkdir()
    monkeypatch.setattr(_paths, "_PACKAGE", tmp_path / "crmlab")
    assert _paths.share("datasets") == tmp_path / "crmlab" / "_share" / "datasets"
