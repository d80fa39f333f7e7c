"""A student's workspace: their editions of all chapters in a folder, and JupyterLab on it.

What a student has changed is never written over.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from crmlab._files import write_whole
from crmlab.course.editions import edition
from crmlab.course.handouts import card_name, card_text, run_chapters, with_own_links
from crmlab.course.lines import join_chinese_lines
from crmlab.execution.notebooks import tags, to_text
from crmlab.text import language, speaking, tr

__all__ = ["lab_command", "make_workspace", "open_lab", "student_notebook"]

#: remembers what was written, to tell it from what the student made of it
_MANIFEST = ".crmlab.json"
#: what JupyterLab does unless its user wants it otherwise: no question about news, pages of text shown, not their source
_LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
}


def make_workspace(
    out: Path,
    lang: str = "en",
    student: int | str = 0,
    *,
    chapters: Sequence[Path] | None = None,
    cache: Path | None = None,
    progress: Callable[[str], object] | None = None,
) -> Path:
    """Write a student's editions of the chapters into a folder, with a page that says how to begin.

    Parameters
    ----------
    out
        The folder; it may exist. A file that the student has changed stays; a newer edition of it is written beside
        it, as ``name (2).ipynb``.
    lang
        ``"en"`` or ``"zh"``.
    student
        The student's number, put into each chapter; 0 leaves it to the student.
    chapters
        Notebooks; those of the course if not given.
    cache
        Folder of the cache of executed chapters, which numbers in the text come from.
    progress
        Called with a line for each chapter, and for each file that was left alone.

    Returns
    -------
    Path
        The folder.

    """
    say = progress or (lambda _line: None)
    runs = run_chapters(lang, chapters, cache=cache, progress=say)
    out.mkdir(parents=True, exist_ok=True)
    written = _read_manifest(out)
    titles = []
    with speaking(lang):
        for path, run in runs:
            nb = student_notebook(run.nb, lang, student)
            name = f"{path.stem}.{lang}.ipynb"
            titles.append((name, nb.metadata["crmlab"].get("title") or path.stem))
            for case in with_own_links(nb, lang):
                _put(out, card_name(case, lang), card_text(case, lang), written, say)
            _put(out, name, to_text(nb), written, say)
        _put(out, f"README.{lang}.md", _readme(titles), written, say)
    (out / _MANIFEST).write_text(json.dumps(written, indent=1, sort_keys=True), encoding="utf-8")
    return out


def student_notebook(nb: Any, lang: str, student: int | str = 0) -> Any:
    """Return the student's edition of an executed chapter, with the student's number in it."""
    made = edition(nb, lang, "student")
    for cell in made.cells:
        if "parameters" in tags(cell) and str(student) != "0":
            value = student if isinstance(student, int) else str(student)
            cell.source = cell.source.replace("student = 0", f"student = {value!r}", 1)
    return made


def _read_manifest(out: Path) -> dict[str, str]:
    try:
        found = json.loads((out / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in found.items()} if isinstance(found, dict) else {}


def _put(out: Path, name: str, text: str, written: dict[str, str], say: Callable[[str], object]) -> None:
    """Write a file, unless that would destroy what the student has made of it."""
    new = _digest(text)
    path = out / name
    if not path.exists():
        write_whole(path, text)
        written[name] = new
        return
    there = _digest(path.read_text(encoding="utf-8"))
    if there == new:
        written[name] = new
    elif there == written.get(name):
        write_whole(path, text)
        written[name] = new
    elif written.get(name) == new:
        say(tr("{name}: your work is kept", name=name))
    else:
        beside = _free(out, name, new)
        if not beside.exists():
            write_whole(beside, text)
        say(tr("{name}: your work is kept; the new edition is {beside}", name=name, beside=beside.name))


def _free(out: Path, name: str, new: str) -> Path:
    """Return the first name beside `name` that is free, or already holds the same text."""
    stem, _, suffix = name.rpartition(".")
    number = 2
    while True:
        path = out / f"{stem} ({number}).{suffix}"
        if not path.exists() or _digest(path.read_text(encoding="utf-8")) == new:
            return path
        number += 1


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _readme(titles: Sequence[tuple[str, str]]) -> str:
    lines = [
        f"# {tr('Customer relationship management: your workspace')}",
        "",
        tr("Open a chapter and run its cells from top to bottom, with Shift + Enter."),
        tr("Put your student number into the first code cell: the numbers of your exercises depend on it."),
        tr("Replace None by your answer, and run the check below it; it answers at once."),
        tr("Your work stays here: a newer edition of a chapter never overwrites it."),
        tr("The folder data tells of each data set where it comes from and what its columns mean."),
        "",
        *(f"- [{title}](<{name}>)" for name, title in titles),
        "",
    ]
    text = "\n".join(lines)
    return join_chinese_lines(text) if language() == "zh" else text


def lab_command(folder: Path, *, browser: bool = True) -> list[str]:
    """Return the command that starts JupyterLab on a folder, with this interpreter, calling no other host."""
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={folder.resolve()}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=None",
        "--LabApp.extension_manager=readonly",
        "--ServerApp.log_level=WARN",
    ]
    if getattr(os, "geteuid", lambda: 1)() == 0:
        # In a container everybody is root, and JupyterLab would refuse to start; it serves this machine alone.
        command.append("--allow-root")
    return command if browser else [*command, "--no-browser"]


def open_lab(
    lang: str = "en",
    out: Path | None = None,
    student: int | str = 0,
    *,
    browser: bool = True,
    progress: Callable[[str], object] | None = None,
) -> int:
    """Make a workspace and run JupyterLab on it until it is stopped; return its exit code.

    Parameters
    ----------
    lang
        ``"en"`` or ``"zh"``.
    out
        The workspace; ``workspace/`` in the current folder if not given.
    student
        The student's number.
    browser
        Whether a browser is opened.
    progress
        As in :func:`make_workspace`; lines go to standard error if not given.

    """
    say = progress or (lambda line: sys.stderr.write(f"{line}\n"))
    folder = make_workspace(out or Path("workspace"), lang, student, progress=say)
    with speaking(lang):
        say(tr("JupyterLab runs on {folder}; stop it with Ctrl + C.", folder=folder.resolve()))
    with tempfile.TemporaryDirectory(prefix="crmlab-lab-") as settings:
        configured = Path(settings, "labconfig", "default_setting_overrides.json")
        configured.parent.mkdir()
        configured.write_text(json.dumps(_LAB_SETTINGS), encoding="utf-8")
        others = os.environ.get("JUPYTER_CONFIG_PATH")
        # The kernel of this environment goes before one of the same name that the user has installed elsewhere.
        environment = {
            **os.environ,
            "JUPYTER_PREFER_ENV_PATH": "1",
            "JUPYTER_CONFIG_PATH": os.pathsep.join([settings, others] if others else [settings]),
        }
        command = lab_command(folder, browser=browser)
        try:
            return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - our own interpreter
        except KeyboardInterrupt:
            return 0
