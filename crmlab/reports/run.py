"""Running a report: from a file or a case to finished documents, or to one clear error and no file at all."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from crmlab.errors import CrmlabError, ParameterError, ReportError, did_you_mean
from crmlab.reports.contract import ReportParameters, parse_parameters, validate
from crmlab.reports.publish import publish, staging
from crmlab.reports.reading import Data, named_files, read_files, readable, rejects_name, save_rejects, teller
from crmlab.reports.registry import ReportSpec, get_report, role_name
from crmlab.reports.retold import failure, retold
from crmlab.text import percent, speaking, tr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmlab.data.places import Place
    from crmlab.data.readers import ReadResult
    from crmlab.data.reduced import Reduced
__all__ = ["EXPORTERS", "RunResult", "run_report"]

#: formats, and who makes them
EXPORTERS = {
    "pdf": "crmlab.reports.export.pdf:PDFExporter",
    "html": "crmlab.reports.export.html:HTMLExporter",
    "xlsx": "crmlab.reports.export.xlsx:XLSXExporter",
}

#: what stands in place of the private folder in the notebook that is kept
_GONE = "(removed after the run)"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class RunResult:
    """What a run made.

    Attributes
    ----------
    paths
        The files, absolute, documents first.
    seconds
        Step to how long it took.
    rows_read, rows_rejected
        Rows of the file or the case.
    first_rejects
        The first five cells that could not be read, a line each.
    notes
        What the reader should know about the way the file was read.
    nb
        The executed notebook.
    cached
        Whether its outputs come from the cache.

    """

    paths: tuple[Path, ...]
    seconds: Mapping[str, float]
    rows_read: int = 0
    rows_rejected: int = 0
    first_rejects: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    nb: Any = field(default=None, repr=False)
    cached: bool = False


@dataclass(frozen=True, kw_only=True)
class _Request:
    """What is asked for; the fields are the arguments of :func:`run_report`."""

    spec: ReportSpec
    parameters: ReportParameters
    lang: str
    files: Mapping[str, Place]
    case: str | None
    reading: Mapping[str, Any]
    keep_ids: bool
    cache: Path | None
    recognised: Callable[[Mapping[str, ReadResult | Reduced]], None] | None


@dataclass
class _Steps:
    """Tells how far the work is, and measures it."""

    total: int
    tell: Progress | None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        if self.tell:
            self.tell(name, len(self.seconds) + 1, self.total)
        begun = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - begun

    def tell_piece(self, done: int, size: int) -> None:
        """Tell how much of a large file is read; in bytes."""
        if self.tell:
            share = percent(done / size, 0)
            self.tell(tr("read data: {share}", share=share), len(self.seconds) + 1, self.total)


def run_report(
    name: str,
    *,
    data: Data | None = None,
    case: str | None = None,
    lang: str = "en",
    to: Sequence[str] = ("pdf", "html", "xlsx"),
    out: str | Path = "out",
    parameters: Iterable[str] | Mapping[str, Any] = (),
    mapping: Mapping[str, str] | str | None = None,
    sheet: str | int | None = None,
    date_format: str | None = None,
    decimal: Literal[".", ","] | None = None,
    encoding: str | None = None,
    table: str | None = None,
    query: str | None = None,
    keep_ids: bool = False,
    progress: Progress | None = None,
    recognised: Callable[[Mapping[str, ReadResult | Reduced]], None] | None = None,
    cache: Path | None = None,
) -> RunResult:
    """Run a report and write its documents.

    Parameters
    ----------
    name
        A report's name, such as ``"clv"``.
    data, case
        A file of the user's (table to file for several, or texts such as ``"points=points.csv"``; also a folder, a
        database or ``"-"``, see :func:`crmlab.data.read_table`), or a case of the
        catalogue; one of the two. To a case, tables that know no customers can be added (``"judgements=pairs.csv"``).
    lang
        ``"en"`` or ``"zh"``.
    to
        Documents to make: ``pdf``, ``html``, ``xlsx``. The executed notebook comes always.
    out
        Folder of the results. It receives all files or none.
    parameters
        ``["horizon_months=12"]``, or names and values.
    mapping, sheet, date_format, decimal, encoding, table, query
        How to read the files; see :func:`crmlab.reports.reading.read_files`.
    keep_ids
        Keep customers' identifiers as they stand in the file.
    progress
        Called with a step's name, its number and the number of steps, when it begins.
    recognised
        Called once the user's files are read, before anything is made of them, with table to
        :class:`crmlab.data.ReadResult`: its `mapping` says which column is what.
    cache
        Folder in which outputs are kept from run to run; for cases only, a user's data are never kept.

    Raises
    ------
    crmlab.errors.CrmlabError
        Whatever went wrong, in the language of the report; `out` is then as it was before.

    """
    with speaking(lang):
        spec = get_report(name)
        formats = _formats(to)
        filled = (
            validate(spec.parameters, parameters)
            if isinstance(parameters, Mapping)
            else parse_parameters(spec.parameters, parameters)
        )
        _one_source(data, case)
        place = {"mapping": mapping, "sheet": sheet, "encoding": encoding, "table": table, "query": query}
        request = _Request(
            spec=spec,
            parameters=filled,
            lang=lang,
            files=_files(spec, data, case, teller(filled, **place)),  # type: ignore[arg-type] # as given above
            case=case,
            reading={**place, "date_format": date_format, "decimal": decimal},
            keep_ids=keep_ids,
            cache=cache if case and not data else None,
            recognised=recognised,
        )
        steps = _Steps(len(formats) + 2, progress)
        target = Path(out)
        stem = f"{name}.{lang}"
        with _in_our_words(), staging(target) as made, _input_folder(request.cache, made) as folder:
            with steps.step(tr("read data")):
                source, rejects = _read(request, Path(folder), made, stem, steps.tell_piece)
            with steps.step(tr("run notebook")):
                nb, cached = _run(request, source, Path(folder))
            for form in formats:
                with steps.step(form):
                    (made / f"{stem}.{form}").write_bytes(_export(nb, form))
            _write_notebook(nb, made / f"{stem}.ipynb", filled, lang)
            lists = {rejects_name(spec, role, stem) for role in readable(spec)}
            paths = publish(made, target, remove=tuple(lists - {path.name for path in made.iterdir()}))
        order = [*formats, "ipynb", "csv"]
        accounts = (source, *source.get("more", ()))
        return RunResult(
            paths=tuple(sorted(paths, key=lambda path: order.index(path.suffix[1:]))),
            seconds=steps.seconds,
            rows_read=sum(int(one["rows_read"]) for one in accounts),
            rows_rejected=sum(int(one["rows_rejected"]) for one in accounts),
            first_rejects=tuple(rejects),
            notes=tuple(
                tr("{table}: {text}", table=role_name(one["role"]), text=note) if "role" in one else note
                for one in accounts
                for note in one["notes"]
            ),
            nb=nb,
            cached=cached,
        )


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Let errors leave in the reader's language."""
    try:
        yield
    except CrmlabError as error:
        retold(error)
        raise


def _formats(to: Sequence[str]) -> list[str]:
    formats = list(dict.fromkeys(form.strip().casefold() for form in to if form.strip()))
    unknown = [form for form in formats if form not in EXPORTERS]
    if unknown or not formats:
        raise ParameterError(
            tr("Reports are made as {formats}.", formats=tr(", ").join(EXPORTERS)),
            problems=[
                tr("“{given}”: did you mean {near}?", given=form, near=near)
                if (near := did_you_mean(form, EXPORTERS))
                else tr("no format “{given}”", given=form)
                for form in unknown
            ],
        )
    return formats


def _one_source(data: Data | None, case: str | None) -> None:
    if data is None and case is None:
        raise ParameterError(
            tr("The report needs data: a file with --data FILE, or a case with --case NAME."),
            hint=tr("See all cases: crmlab data list"),
        )


def _files(
    spec: ReportSpec, data: Data | None, case: str | None, tell: Callable[[Place], str]
) -> dict[str, Place]:
    """Return the file of each table, those that are added to a case too."""
    if not data:
        return {}
    return named_files(spec, data, None if case else tell, case=case)


def _input_folder(cache: Path | None, beside: Path) -> Any:
    """Give a private folder for the tables; with a cache, one whose name does not change from run to run."""
    if cache is None:
        return tempfile.TemporaryDirectory(prefix="crmlab-", dir=beside)
    folder = cache / "inputs"
    folder.mkdir(parents=True, exist_ok=True)
    return nullcontext(str(folder))


def _read(
    request: _Request, folder: Path, made: Path, stem: str, tell: Callable[[int, int], None]
) -> tuple[Mapping[str, Any], list[str]]:
    """Read and prepare the tables, and put them into the folder, so that no table stays in memory.

    Returns
    -------
    source, rejects
        Where the tables come from, and the first cells that could not be read, whose lists go into `made`.

    """
    from crmlab.data import load_case
    from crmlab.reports.inputs import add_tables, prepare_case, prepare_files, write

    spec, parameters = request.spec, request.parameters
    results = read_files(spec, request.files, parameters, **request.reading, room=folder, progress=tell)
    if results and request.recognised:
        request.recognised(results)
    if request.case is not None:
        given = prepare_case(spec, load_case(request.case), parameters)
        given = add_tables(given, results, keep_ids=request.keep_ids)
    else:
        given = prepare_files(spec, results, parameters, keep_ids=request.keep_ids)
    write(given, _place(request, given.source, folder)[0])
    return given.source, save_rejects(spec, results, made, stem)


def _place(request: _Request, source: Mapping[str, Any], folder: Path) -> tuple[Path, str]:
    """Return the folder of the tables, which is made, and the key of the outputs that stand on them."""
    asked = [request.spec.name, request.lang, source["sha256"], request.parameters.plain()]
    key = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    place = folder / (f"{request.spec.name}-{key[:16]}" if request.cache else "input")
    place.mkdir(exist_ok=True)
    return place, key


def _run(request: _Request, source: Mapping[str, Any], folder: Path) -> tuple[Any, bool]:
    """Run the report's notebook on prepared tables."""
    from crmlab.execution import execute

    spec, lang, plain = request.spec, request.lang, request.parameters.plain()
    place, key = _place(request, source, folder)
    values = {"input_dir": str(place), **plain}

    def work() -> Any:
        try:
            return execute(spec.notebook, values, cache=request.cache, data_keys=[key], lang=lang)
        except ReportError as error:
            raise failure(spec, error) from error

    executed = _interruptible(work)
    nb = executed.nb
    nb.metadata["crmlab"] = {"report": spec.name, "lang": lang, "title": tr(spec.title), "parameters": plain}
    return nb, executed.cached


def _interruptible(work: Callable[[], Any]) -> Any:
    """Do the work in a thread, so that Ctrl-C reaches this one at once and not the client of the kernel.

    The kernel is stopped when the process ends.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    done: list[Any] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again below
            failed.append(error)

    from contextvars import copy_context

    thread = threading.Thread(target=copy_context().run, args=(run,), daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.2)
    if failed:
        raise failed[0]
    return done[0]


def _export(nb: Any, form: str) -> bytes:
    """Make one document."""
    import copy

    module, _, name = EXPORTERS[form].partition(":")
    document, _resources = getattr(import_module(module), name)().from_notebook_node(copy.deepcopy(nb))
    return document.encode() if isinstance(document, str) else bytes(document)


def _write_notebook(nb: Any, path: Path, parameters: ReportParameters, lang: str) -> None:
    """Keep the executed notebook, with the parameters of the run and without the private folder's name."""
    import copy

    import nbformat

    kept = copy.deepcopy(nb)
    values = {"input_dir": _GONE, "lang": lang, **parameters.plain()}
    source = "\n".join(
        [f"# {tr('Parameters of this run')}", *(f"{key} = {value!r}" for key, value in values.items())]
    )
    at = next(
        (
            index
            for index, cell in enumerate(kept.cells)
            if "parameters" in cell.get("metadata", {}).get("tags", ())
        ),
        -1,
    )
    cell: Any = nbformat.from_dict(  # type: ignore[no-untyped-call]
        {
            "cell_type": "code",
            "id": "parameters-of-this-run",
            "metadata": {"tags": ["injected-parameters"]},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
    )
    kept.cells.insert(at + 1, cell)
    text: str = nbformat.writes(kept)  # type: ignore[no-untyped-call]
    path.write_text(re.sub(r"\n?$", "\n", text), encoding="utf-8")
