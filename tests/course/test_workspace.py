"""A student's folder: made, made again, and never written over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crmlab.course.workspace import lab_command, make_workspace, open_lab, student_notebook
from crmlab.errors import CrmlabError
from crmlab.execution import Executed
from crmlab.execution.notebooks import read, write


@pytest.fixture
def made(tmp_path, chapter, monkeypatch):
    """Make workspaces from a chapter that counts as executed."""
    source = tmp_path / "ch05_satisfaction.ipynb"
    write(chapter, source)

    def run(jobs, **_options):
        return [Executed(read(job.notebook), 1.0, True) for job in jobs]

    monkeypatch.setattr("crmlab.course.handouts.execute_many", run)

    def make(*arguments, said=None):
        return make_workspace(
            tmp_path / "work",
            *arguments,
            chapters=[source],
            cache=tmp_path / "cache",
            progress=(said if said is not None else []).append,
        )

    make.source = source
    return make


def test_a_workspace_holds_the_students_editions_and_a_page_to_begin_with(made):
    """No solutions, numbers filled in, the student's number set, in the language."""
    folder = made("zh", 20230001)
    assert sorted(path.name for path in folder.iterdir()) == [
        ".crmlab.json",
        "README.zh.md",
        "ch05_satisfaction.zh.ipynb",
    ]
    text = (folder / "ch05_satisfaction.zh.ipynb").read_text(encoding="utf-8")
    assert "净推荐值为 45.0" in text
    assert "student = 20230001" in text
    assert "mine = 45.04" not in text
    readme = (folder / "README.zh.md").read_text(encoding="utf-8")
    assert "[满意度](<ch05_satisfaction.zh.ipynb>)" in readme


def test_made_again_nothing_changes(made):
    """The second time is a no-op, and says nothing."""
    folder = made("en", 1)
    before = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    said = []
    made("en", 1, said=said)
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == before
    assert said == []


def test_a_file_the_student_has_not_touched_is_renewed(made, chapter):
    """A newer edition takes its place."""
    folder = made("en", 1)
    chapter.cells[0].source = "# Satisfaction, revised"
    write(chapter, made.source)
    made("en", 1)
    assert "revised" in (folder / "ch05_satisfaction.en.ipynb").read_text(encoding="utf-8")


def test_a_students_work_is_never_overwritten(made, chapter):
    """Their file stays; a newer edition is written beside it, once, and they are told."""
    folder = made("en", 1)
    path = folder / "ch05_satisfaction.en.ipynb"
    mine = path.read_text(encoding="utf-8").replace("mine = None", "mine = 45.0")
    path.write_text(mine, encoding="utf-8")

    said = []
    made("en", 1, said=said)
    assert said == ["ch05_satisfaction.en.ipynb: your work is kept"]
    assert len(list(folder.glob("ch05*"))) == 1

    chapter.cells[0].source = "# Satisfaction, revised"
    write(chapter, made.source)
    for _ in range(2):
        said = []
        made("en", 1, said=said)
        assert path.read_text(encoding="utf-8") == mine
        assert said == [
            "ch05_satisfaction.en.ipynb: your work is kept; the new edition is ch05_satisfaction.en (2).ipynb"
        ]
    assert len(list(folder.glob("ch05*"))) == 2


def test_a_file_of_the_same_name_that_was_there_before_stays(made, tmp_path):
    """Even without a record of it."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "README.en.md").write_text("mine", encoding="utf-8")
    folder = made("en", 0)
    assert (folder / "README.en.md").read_text(encoding="utf-8") == "mine"
    assert (folder / "README.en (2).md").exists()


def test_two_languages_stand_side_by_side(made):
    """One does not replace the other."""
    made("en", 1)
    folder = made("zh", 1)
    assert len(list(folder.glob("ch05*"))) == 2


def test_without_chapters_the_student_is_told(tmp_path):
    """No empty workspace is made."""
    with pytest.raises(CrmlabError, match="no chapters"):
        make_workspace(tmp_path / "work", chapters=[])
    assert not (tmp_path / "work").exists()


def test_a_students_number_may_be_text(chapter):
    """Numbers with letters or leading zeros stay as they are."""
    nb = student_notebook(chapter, "en", "007-A")
    assert "student = '007-A'" in nb.cells[1].source


def test_jupyterlab_is_this_interpreters_and_calls_nobody(tmp_path):
    """No update checks, no news, no extension manager."""
    command = lab_command(tmp_path, browser=False)
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert "--no-browser" in command
    assert any("NeverCheckForUpdate" in part for part in command)


def test_opening_the_lab_makes_the_workspace_and_tells_where(made, tmp_path, monkeypatch):
    """The interpreter's own JupyterLab is started on it; no browser here."""
    started = []

    def run(command, **_options):
        started.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("crmlab.course.workspace.subprocess.run", run)
    monkeypatch.setattr("crmlab.course.handouts.share", lambda _name: made.source.parent)
    said = []
    assert open_lab("zh", tmp_path / "work", 7, browser=False, progress=said.append) == 0
    assert started == [lab_command(tmp_path / "work", browser=False)]
    assert said == [f"JupyterLab 已在 {(tmp_path / 'work').resolve()} 中启动；按 Ctrl + C 停止。"]


def test_the_lab_asks_about_no_news_and_shows_pages_of_text(made, tmp_path, monkeypatch):
    """JupyterLab finds settings of ours before the user's others; they go when it stops."""
    found = []

    def run(command, *, env, **_options):
        first, *others = env["JUPYTER_CONFIG_PATH"].split(os.pathsep)
        overrides = Path(first, "labconfig", "default_setting_overrides.json")
        found.append((first, others, json.loads(overrides.read_text(encoding="utf-8"))))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/theirs")
    monkeypatch.setattr("crmlab.course.workspace.subprocess.run", run)
    monkeypatch.setattr("crmlab.course.handouts.share", lambda _name: made.source.parent)
    assert open_lab("en", tmp_path / "work", browser=False, progress=lambda _line: None) == 0
    ((folder, others, settings),) = found
    assert others == ["/theirs"]
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    assert not Path(folder).exists()


def test_in_a_container_the_lab_starts_as_root(tmp_path, monkeypatch):
    """Only root is told to be allowed as root."""
    monkeypatch.setattr("crmlab.course.workspace.os.geteuid", lambda: 0, raising=False)
    assert "--allow-root" in lab_command(tmp_path)
    monkeypatch.setattr("crmlab.course.workspace.os.geteuid", lambda: 1000, raising=False)
    assert "--allow-root" not in lab_command(tmp_path)
