"""Running notebooks in real kernels: a few, for kernels take seconds."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from crmlab.errors import ParameterError, ReportError
from crmlab.execution import Job, execute, execute_many
from crmlab.execution import run as run_module
from crmlab.execution.notebooks import node, read, write


def notebook(folder, name, *codes):
    """Write a notebook of code cells, the first with parameters, between texts."""
    cells = [{"cell_type": "markdown", "id": "text", "metadata": {}, "source": "Text"}]
    for number, code in enumerate(codes):
        tags = {"tags": ["parameters"]} if number == 0 else {}
        cell = {"cell_type": "code", "id": f"code-{number}", "metadata": tags, "source": code}
        cells.append(cell | {"outputs": [], "execution_count": None})
    path = folder / f"{name}.ipynb"
    # A kernel of that name is nowhere installed: the interpreter's own is taken all the same.
    metadata = {"kernelspec": {"name": "elsewhere", "display_name": "Elsewhere", "language": "python"}}
    write(node({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}), path)
    return path


HEAD = 'lang = "en"\nn = 1'
BODY = "import os, sys\nprint(sys.executable)\nprint(os.getcwd(), os.environ['IPYTHONDIR'])"


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Run a notebook once for several tests."""
    folder = tmp_path_factory.mktemp("run")
    path = notebook(folder, "chapter", HEAD, BODY, "(lang, n)")
    source = path.read_text(encoding="utf-8")
    lines = []
    jobs = [Job(path, {"n": 2}, lang="zh")]
    done = execute_many(jobs, cache=folder / "cache", progress=lines.append)
    return folder, path, source, done[0], lines


def test_a_notebook_runs_with_its_parameters_and_language(ran):
    """The last cell shows what came in; the cells are those of the source."""
    _, path, source, run, lines = ran
    assert [cell.id for cell in run.nb.cells] == ["text", "code-0", "code-1", "code-2"]
    assert run.nb.cells[3].outputs[0].data["text/plain"] == "('zh', 2)"
    assert [cell.execution_count for cell in run.nb.cells[1:]] == [1, 2, 3]
    assert run.nb.metadata.crmlab.parameters == {"n": 2, "lang": "zh"}
    assert path.read_text(encoding="utf-8") == source
    assert lines == [f"chapter (zh): run in {run.seconds:.1f} s"]


def test_the_kernel_is_this_interpreter_in_a_folder_of_its_own(ran):
    """Whatever kernelspec the notebook names; nobody's configuration is read."""
    run = ran[3]
    interpreter, places = run.nb.cells[2].outputs[0].text.splitlines()
    assert Path(interpreter) == Path(sys.executable)
    work, settings = places.split(" ")
    assert Path.cwd() != Path(work)
    assert not Path(work).exists()
    assert "crmlab-" in settings


def test_the_second_time_nothing_runs(ran, monkeypatch):
    """Nor after a change of prose; the new prose is in the notebook."""
    folder, path, _, run, _ = ran
    monkeypatch.setattr(run_module, "_run", None)
    nb = read(path)
    nb.cells[0].source = "Corrected"
    other = path.with_name("copy") / path.name
    other.parent.mkdir(exist_ok=True)
    write(nb, other)
    lines = []
    again = execute_many([Job(other, {"n": 2}, lang="zh")], cache=folder / "cache", progress=lines.append)[0]
    assert again.cached
    assert again.seconds == run.seconds
    assert again.nb.cells[0].source == "Corrected"
    assert [cell.outputs for cell in again.nb.cells[1:]] == [cell.outputs for cell in run.nb.cells[1:]]
    assert lines == ["chapter (zh): unchanged"]


def test_a_damaged_cache_is_run_again(ran, monkeypatch):
    """The outputs are made anew, and kept."""
    folder, path, _, run, _ = ran
    calls = []

    def fake(nb, *_arguments):
        calls.append(1)
        count = sum(cell.cell_type == "code" for cell in nb.cells)
        return run_module.store.Entry([{"outputs": [], "execution_count": 1}] * count, 0.1)

    monkeypatch.setattr(run_module, "_run", fake)
    cache = folder / "damaged"
    execute(path, {"n": 2}, cache=cache, lang="zh")
    next(cache.glob("*.json")).write_text("{", encoding="utf-8")
    assert not execute(path, {"n": 2}, cache=cache, lang="zh").cached
    assert execute(path, {"n": 2}, cache=cache, lang="zh").cached
    assert len(calls) == 2
    assert not run.cached


def test_a_failing_cell_is_told_and_stops_what_has_not_begun(tmp_path):
    """Notebook, cell, error and line stand in the message; later jobs do not run."""
    bad = notebook(tmp_path, "bad", HEAD, "x = 1\nraise ValueError('no\\nsuch customer')")
    later = notebook(tmp_path, "later", HEAD, f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    jobs = [Job(bad, lang="en"), *[Job(later, {"n": n}) for n in range(2, 5)]]
    with pytest.raises(ReportError) as caught:
        execute_many(jobs, workers=1)
    text = str(caught.value)
    for words in ("bad.ipynb", "'code-1'", "ValueError: no\nsuch customer", "raise ValueError("):
        assert words in text
    assert not (tmp_path / "ran").exists()


def test_a_failure_ends_what_still_runs(tmp_path):
    """Nobody waits for a notebook that nobody will read."""
    slow = notebook(tmp_path, "slow", HEAD, "import time\ntime.sleep(100)")
    bad = notebook(tmp_path, "bad", HEAD, "1 / 0")
    begun = time.monotonic()
    with pytest.raises(ReportError, match=r"bad\.ipynb stopped"):
        execute_many([Job(slow), Job(bad)], workers=2)
    assert time.monotonic() - begun < 60


def test_a_kernel_that_dies_is_told(tmp_path):
    """Not a bare error of the messaging."""
    path = notebook(tmp_path, "dead", HEAD, "import os\nos._exit(3)")
    with pytest.raises(ReportError, match=r"dead\.ipynb stopped: DeadKernelError"):
        execute(path, workdir=tmp_path)


def test_an_unknown_parameter_is_told_before_a_kernel_starts(tmp_path, monkeypatch):
    """With the nearest name; a language that the notebook does not have is no error."""
    monkeypatch.setattr(run_module, "_run", None)
    path = notebook(tmp_path, "a", HEAD)
    with pytest.raises(ParameterError, match="langg; did you mean lang"):
        execute(path, {"langg": "zh"})


def test_the_language_is_only_set_where_the_notebook_has_it(tmp_path, monkeypatch):
    """A notebook without the parameter runs as it is."""
    given = []
    monkeypatch.setattr(
        run_module,
        "_run",
        lambda _nb, _path, parameters, _work: (
            given.append(parameters) or run_module.store.Entry([{"outputs": [], "execution_count": 1}], 0.0)
        ),
    )
    execute(notebook(tmp_path, "a", "n: int = 1"), {"n": 3}, lang="zh")
    execute(notebook(tmp_path, "b", HEAD), lang="zh")
    assert given == [{"n": 3}, {"lang": "zh"}]


def test_what_is_no_notebook_is_told(tmp_path):
    """Missing or broken files have one kind of error."""
    (tmp_path / "x.ipynb").write_text("{", encoding="utf-8")
    for name in ("x.ipynb", "y.ipynb"):
        with pytest.raises(ReportError, match="cannot be read as a notebook"):
            execute(tmp_path / name)
