"""Publishing: all files or none, and nothing left behind."""

from __future__ import annotations

import pytest

from crmlab.errors import ParameterError, ReportError
from crmlab.reports.publish import publish, staging


def test_files_appear_together_in_a_folder_made_for_them(tmp_path):
    """A folder several levels deep is made; the temporary one is gone."""
    out = tmp_path / "a" / "b"
    with staging(out) as made:
        (made / "x.pdf").write_text("1")
        (made / "y.pdf").write_text("2")
        paths = publish(made, out)
    assert paths == [out / "x.pdf", out / "y.pdf"]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "x.pdf", "y.pdf"]


def test_a_failure_leaves_the_folder_as_it_was(tmp_path):
    """Files made before the failure never reach the folder."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "x.pdf").write_text("old")

    def work():
        with staging(out) as made:
            (made / "x.pdf").write_text("new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "x.pdf"]
    assert (out / "x.pdf").read_text() == "old"


def test_a_move_that_fails_is_taken_back(tmp_path):
    """When the second file cannot be put in its place, the first is the old one again."""
    out = tmp_path / "out"
    (out / "y.pdf").mkdir(parents=True)
    (out / "x.pdf").write_text("old")

    def work():
        with staging(out) as made:
            (made / "x.pdf").write_text("new")
            (made / "y.pdf").write_text("new")
            publish(made, out)

    with pytest.raises(ReportError, match="cannot be put"):
        work()
    assert (out / "x.pdf").read_text() == "old"
    assert (out / "y.pdf").is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_older_files_that_would_contradict_are_removed(tmp_path):
    """A list of rejected rows from an earlier run goes; other files stay."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "clv.rejects.csv").write_text("old")
    (out / "other.txt").write_text("mine")
    with staging(out) as made:
        (made / "x.pdf").write_text("new")
        publish(made, out, remove=("clv.rejects.csv",))
    assert sorted(path.name for path in out.iterdir()) == ["other.txt", "x.pdf"]


def test_a_file_is_no_folder(tmp_path):
    """--out that names a file is refused before any work."""
    (tmp_path / "out").write_text("")
    with pytest.raises(ParameterError, match="is a file"), staging(tmp_path / "out"):
        pass
