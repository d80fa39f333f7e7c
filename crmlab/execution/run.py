"""Executing notebooks, one or many, through the cache."""

from __future__ import annotations

import ast
import copy
import logging
import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from crmlab.errors import ParameterError, ReportError, did_you_mean
from crmlab.execution import store
from crmlab.execution._quick import import_jsonschema
from crmlab.execution.notebooks import node, read, tags, write
from crmlab.text import tr

__all__ = ["Executed", "Job", "execute", "execute_many"]

#: a cell that takes longer hangs
_TIMEOUT_SECONDS = 900


@dataclass(frozen=True)
class Executed:
    """An executed notebook.

    Attributes
    ----------
    nb
        The notebook with outputs; cells are those of the source, in number and order.
    seconds
        How long it took, or had taken when it was run.
    cached
        Whether the outputs come from the cache.

    """

    nb: Any
    seconds: float
    cached: bool


@dataclass(frozen=True)
class Job:
    """One run for :func:`execute_many`; the fields are the arguments of :func:`execute`."""

    notebook: Path
    parameters: Mapping[str, Any] = field(default_factory=dict)
    lang: str | None = None
    data_keys: Sequence[str] = ()
    workdir: Path | None = None

    @property
    def label(self) -> str:
        """How a line of progress calls it."""
        return f"{self.notebook.stem} ({self.lang})" if self.lang else self.notebook.stem


def execute(
    notebook: Path,
    parameters: Mapping[str, Any] | None = None,
    *,
    workdir: Path | None = None,
    cache: Path | None = None,
    data_keys: Sequence[str] = (),
    lang: str | None = None,
) -> Executed:
    """Run a notebook, or take its outputs from the cache if nothing that they stand on has changed.

    Parameters
    ----------
    notebook
        The source; it is not changed.
    parameters
        For the ``parameters`` cell.
    workdir
        Where it runs; a temporary folder if not given.
    cache
        Folder of the cache; none if not given.
    data_keys
        Checksums of data that the notebook reads, other than cases of the catalogue, which are found by themselves.
    lang
        Sets the parameter ``lang``, if the notebook has it.

    Raises
    ------
    ParameterError
        The notebook's ``parameters`` cell does not know a parameter.
    ReportError
        A cell failed; the message names notebook, cell and error.

    """
    return _execute(Job(Path(notebook), dict(parameters or {}), lang, data_keys, workdir), cache, [])


def _execute(job: Job, cache: Path | None, kernels: list[set[int]]) -> Executed:
    nb = read(job.notebook)
    given = _parameters(nb, dict(job.parameters), job.lang, job.notebook)
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    name = f"{job.notebook.stem}-{given.get('lang', 'any')}"
    key = store.key_of(nb, given, job.data_keys) if cache is not None else ""
    entry = store.load(cache, name, key, len(code)) if cache is not None else None
    cached = entry is not None
    if entry is None:
        entry = _run(nb, job, given, kernels)
        if cache is not None:
            store.save(cache, name, key, entry)
    return Executed(_with_outputs(nb, entry, given), entry.seconds, cached)


def execute_many(
    jobs: Sequence[Job],
    workers: int | None = None,
    *,
    cache: Path | None = None,
    progress: Callable[[str], object] | None = None,
) -> list[Executed]:
    """Run notebooks side by side, each in a kernel of its own.

    Parameters
    ----------
    jobs
        What to run.
    workers
        How many at a time; as many as there are cores if not given.
    cache
        Folder of the cache.
    progress
        Called with one line for each job when it is done.

    Returns
    -------
    list of Executed
        In the order of `jobs`.

    Raises
    ------
    ReportError
        At the first failure; what runs is ended, and what has not begun is not begun.

    """
    say = progress or (lambda _line: None)
    done: dict[int, Executed] = {}
    stopped = Event()
    kernels: list[set[int]] = []

    def run(job: Job) -> Executed | None:
        if stopped.is_set():
            return None
        try:
            return _execute(job, cache, kernels)
        except BaseException:
            stopped.set()
            raise

    with ThreadPoolExecutor(workers or cores()) as pool:
        running = {pool.submit(run, job): number for number, job in enumerate(jobs)}
        try:
            for future in as_completed(running):
                number, made = running[future], future.result()
                if made is not None:
                    done[number] = made
                    say(_line(jobs[number], made))
        except BaseException:
            # Also for Ctrl + C: nobody waits for notebooks that nobody will read.
            stopped.set()
            from crmlab.execution.kernel import kill

            kill(kernels)
            raise
    return [done[number] for number in range(len(jobs))]


def _line(job: Job, run: Executed) -> str:
    if run.cached:
        return tr("{name}: unchanged", name=job.label)
    return tr("{name}: run in {seconds} s", name=job.label, seconds=f"{run.seconds:.1f}")


def cores() -> int:
    """Return how many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 2


def _parameters(nb: Any, given: dict[str, Any], lang: str | None, notebook: Path) -> dict[str, Any]:
    """Check parameters against the notebook's own, and add the language."""
    known = _declared(nb)
    problems = []
    for name in given:
        if name not in known:
            near = did_you_mean(name, known)
            problems.append(f"{name}" + (f"; did you mean {near}?" if near else ""))
    if problems:
        raise ParameterError(
            f"{notebook.name} does not know a parameter that it was given.",
            problems=problems,
            hint=f"Its parameters: {', '.join(known) or 'none'}.",
        )
    if lang is not None and "lang" in known:
        given["lang"] = lang
    return given


def _declared(nb: Any) -> list[str]:
    """Return the names that the ``parameters`` cell assigns."""
    names: list[str] = []
    for cell in nb.cells:
        if cell.cell_type == "code" and "parameters" in tags(cell):
            for node in ast.parse(cell.source).body:
                targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
                names += [target.id for target in targets if isinstance(target, ast.Name)]
    return names


def _with_outputs(nb: Any, entry: store.Entry, parameters: Mapping[str, Any]) -> Any:
    made = copy.deepcopy(nb)
    code = (cell for cell in made.cells if cell.cell_type == "code")
    for cell, kept in zip(code, entry.cells, strict=True):
        cell.outputs = [node(output) for output in kept["outputs"]]
        cell.execution_count = kept["execution_count"]
    made.metadata.setdefault("crmlab", node({}))["parameters"] = node(dict(parameters))
    return made


def _run(nb: Any, job: Job, parameters: dict[str, Any], kernels: list[set[int]]) -> store.Entry:
    """Run a copy of a notebook by papermill."""
    import_jsonschema()
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from crmlab.execution.kernel import kernel_manager

    notebook = job.notebook
    started: set[int] = set()
    kernels.append(started)
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="crmlab-") as temporary:
        folder = Path(temporary)
        work = folder / "work"
        work.mkdir()
        source, target = folder / notebook.name, folder / "executed.ipynb"
        clean = copy.deepcopy(nb)
        for cell in clean.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        write(clean, source)
        try:
            made = papermill.execute_notebook(
                source,
                target,
                parameters,
                kernel_name="python3",
                language="python",
                progress_bar=False,
                request_save_on_cell_execute=False,
                kernel_manager_class=kernel_manager(folder, job.workdir or work, started),
                shutdown_kernel="immediate",
                execution_timeout=_TIMEOUT_SECONDS,
                record_timing=False,
                coalesce_streams=True,
            )
        except PapermillExecutionError as err:
            raise _failure(notebook, target, err) from err
        except (CellTimeoutError, DeadKernelError, RuntimeError) as err:
            log = _tail(folder / "kernel.log")
            raise ReportError(
                f"{notebook.name} stopped: {type(err).__name__}: {(str(err).strip() or '-').splitlines()[0]}",
                problems=log,
            ) from err
        finally:
            kernels.remove(started)
    code = [
        cell for cell in made.cells if cell.cell_type == "code" and "injected-parameters" not in tags(cell)
    ]
    cells = []
    for number, cell in enumerate(code, start=1):
        outputs = [dict(output) for output in cell.outputs]
        for output in outputs:
            if "execution_count" in output:
                output["execution_count"] = number
        cells.append({"outputs": outputs, "execution_count": number})
    return store.Entry(cells, round(time.perf_counter() - begun, 2))


def _failure(notebook: Path, target: Path, err: Any) -> ReportError:
    """Say which cell failed, with its error and the line of the notebook that raised it."""
    cell_id = ""
    if target.exists():
        for cell in read(target).cells:
            if any(output.get("output_type") == "error" for output in cell.get("outputs", ())):
                cell_id = cell.get("id", "")
    trace = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(err.traceback))
    lines = re.findall(r"^-+> *\d+ (.*)$", trace, flags=re.MULTILINE)
    message = str(err.evalue).strip()
    return ReportError(
        f"{notebook.name} stopped in cell {cell_id!r}: {err.ename}: {message}",
        problems=[f"in the line: {lines[0].strip()}"] if lines else [],
        hint="Open the notebook in JupyterLab and run it up to that cell.",
    )


def _tail(log: Path) -> list[str]:
    if not log.exists():
        return []
    return [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()][
        -5:
    ]
