"""`crmlab book build`: run chapters and reports, stage both editions, build them, and say what came out."""

from __future__ import annotations

import hashlib
import multiprocessing
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from crmlab._files import write_whole
from crmlab._paths import share
from crmlab.course.site.stage import SITE_TITLE, Stage, toc_files
from crmlab.errors import ReportError
from crmlab.execution.notebooks import read
from crmlab.execution.run import cores
from crmlab.text import LANGUAGES

__all__ = ["BookBuild", "build_book"]

#: the case that the site's report pages are made from
REPORT_CASE = "retail"
_FORMATS = ("pdf", "html", "xlsx")

Say = Callable[[str], None]


@dataclass
class BookBuild:
    """What a build made, and how long each part took."""

    site: Path
    pdfs: list[Path] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    executed: int = 0
    reused: int = 0

    def report(self) -> str:
        """Return the closing lines of a build."""
        lines = [f"  {part:<34}{seconds:6.1f} s" for part, seconds in self.seconds.items()]
        lines += [f"Notebooks run: {self.executed}, taken from the cache: {self.reused}"]
        lines += [f"Site: {self.site / 'index.html'}"]
        lines += [f"PDF:  {path}" for path in self.pdfs]
        return "\n".join(lines)


def build_book(
    langs: Sequence[str] = LANGUAGES,
    *,
    build_dir: Path | None = None,
    say: Say = print,
    workers: int | None = None,
) -> BookBuild:
    """Build the site and the reports.

    Parameters
    ----------
    langs
        Editions to build.
    build_dir
        Where to work; the site is in its ``site`` folder. Default: ``_build`` in the current folder.
    say
        Gets one line a step.
    workers
        How many notebooks run at once; default: the processor's cores, four at the most.

    Raises
    ------
    crmlab.errors.ReportError
        When a notebook stops, or the site builder warns. The last good site stays in place.

    """
    build_dir = (build_dir or Path("_build")).resolve()
    workers = workers or min(4, cores())
    toc = yaml.safe_load(share("_toc.yml").read_text(encoding="utf-8"))
    files = toc_files(toc)
    chapters = [
        name for name in files if name.startswith("notebooks/") and not name.startswith("notebooks/reports/")
    ]
    reports = [name.rsplit("/", 1)[1] for name in files if name.startswith("notebooks/reports/")]
    result = BookBuild(build_dir / "site")
    started = time.perf_counter()

    made = _run_reports(reports, langs, build_dir, result, workers=workers, say=say)
    executed = _run_chapters(chapters, langs, build_dir, result, workers=workers, say=say)
    result.seconds["notebooks and reports"] = time.perf_counter() - started

    begun = time.perf_counter()
    stages = {
        lang: _stage(lang, toc=toc, files=files, executed=executed, made=made, build_dir=build_dir)
        for lang in langs
    }
    result.seconds["staging"] = time.perf_counter() - begun

    begun = time.perf_counter()
    _build_sites(stages, build_dir, say=say)
    for lang in langs:
        _publish_reports(lang, made, result)
    _write_root(result.site)
    result.seconds["site"] = time.perf_counter() - begun
    result.seconds["all"] = time.perf_counter() - started
    return result


def _run_chapters(
    chapters: Sequence[str],
    langs: Sequence[str],
    build_dir: Path,
    result: BookBuild,
    *,
    workers: int,
    say: Say,
) -> dict[tuple[str, str], Any]:
    """Execute every chapter in every language, or take it from the cache."""
    from crmlab.execution import Job, execute_many

    jobs = [
        Job(share("notebooks") / f"{name.removeprefix('notebooks/')}.ipynb", {"lang": lang}, lang=lang)
        for name in chapters
        for lang in langs
    ]
    done = execute_many(jobs, workers=workers, cache=build_dir / "cache", progress=say)
    for run in done:
        result.executed += not run.cached
        result.reused += run.cached
    keys = [(name, lang) for name in chapters for lang in langs]
    return {key: run.nb for key, run in zip(keys, done, strict=True)}


def _run_reports(
    reports: Sequence[str],
    langs: Sequence[str],
    build_dir: Path,
    result: BookBuild,
    *,
    workers: int,
    say: Say,
) -> dict[tuple[str, str], dict[str, Path]]:
    """Run every report on the retail case in every language, unless nothing it stands on has changed."""
    out = build_dir / "reports"
    key = _reports_key()
    stamp = out / ".key"
    wanted = [(name, lang) for name in reports for lang in langs]
    expected = {
        (name, lang): {kind: out / f"{name}.{lang}.{kind}" for kind in (*_FORMATS, "ipynb")}
        for name, lang in wanted
    }
    fresh = stamp.exists() and stamp.read_text(encoding="utf-8") == key
    if fresh and all(path.exists() for paths in expected.values() for path in paths.values()):
        result.reused += len(wanted)
        say(f"reports: nothing changed, {len(wanted)} kept")
        return expected
    stamp.unlink(missing_ok=True)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        futures = [pool.submit(_one_report, name, lang, out, build_dir / "cache") for name, lang in wanted]
        for (name, lang), future in zip(wanted, futures, strict=True):
            seconds, cached = future.result()
            result.executed += not cached
            result.reused += cached
            say(f"report {name} ({lang}): {'from the cache, ' if cached else ''}{seconds:.1f} s")
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key, encoding="utf-8")
    return expected


def _one_report(name: str, lang: str, out: Path, cache: Path) -> tuple[float, bool]:
    from crmlab.reports import run_report

    run = run_report(name, case=REPORT_CASE, lang=lang, to=_FORMATS, out=out, cache=cache)
    return sum(run.seconds.values()), run.cached


def _reports_key() -> str:
    """Return a hash of all that the reports stand on."""
    import crmlab

    package = Path(crmlab.__file__).parent
    sources = [path for path in package.rglob("*.py") if "course" not in path.relative_to(package).parts]
    sources += list(package.rglob("*.po")) + list(package.rglob("*.typ")) + list(package.rglob("*.j2"))
    sources += list((share("notebooks") / "reports").glob("*.ipynb"))
    sources += [path for path in (share("datasets") / REPORT_CASE).rglob("*") if path.is_file()]
    return _hash_files([*sources, share("requirements.lock")])


def _hash_files(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        if path.exists():
            digest.update(str(path.name).encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _stage(
    lang: str,
    *,
    toc: Mapping[str, Any],
    files: Sequence[str],
    executed: Mapping[tuple[str, str], Any],
    made: Mapping[tuple[str, str], Mapping[str, Path]],
    build_dir: Path,
) -> Stage:

    from crmlab.course.editions import edition
    from crmlab.course.site.pages import report_page

    stage = Stage(build_dir / "stage" / lang, lang)
    stage.write_toc(toc)
    stage.write_config(yaml.safe_load(share("_config.yml").read_text(encoding="utf-8")))
    for name in files:
        if (name, lang) in executed:
            stage.write_notebook(name, edition(executed[name, lang], lang, "site"))
        elif name.startswith("notebooks/reports/"):
            report = name.rsplit("/", 1)[1]
            notebook = read(made[report, lang]["ipynb"])
            stage.write_notebook(name, report_page(notebook, report, lang))
        else:
            stage.write_page(name)
    for extra in sorted(share("book").glob("*.bib")):
        stage.copy(f"book/{extra.name}", extra)
    for asset in sorted((share("book") / "images").glob("*")):
        stage.copy(f"book/images/{asset.name}", asset)
    stage.sweep()
    return stage


def _build_sites(stages: Mapping[str, Stage], build_dir: Path, *, say: Say) -> None:
    """Build the editions that changed, side by side."""
    theme = [path for path in Path(__file__).parent.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    running: list[tuple[str, str, subprocess.Popen[str], Path, float]] = []
    for lang, stage in stages.items():
        key = _hash_files(
            [path for path in stage.root.rglob("*") if path.is_file()] + theme + [share("requirements.lock")]
        )
        stamp = build_dir / "jb" / lang / ".key"
        if (
            stamp.exists()
            and stamp.read_text(encoding="utf-8") == key
            and (build_dir / "site" / lang / "index.html").exists()
        ):
            say(f"site ({lang}): nothing changed")
            continue
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.unlink(missing_ok=True)
        command = [
            sys.executable,
            "-m",
            "crmlab.course.site.sphinx_build",
            str(stage.root),
            str(build_dir / "jb" / lang),
        ]
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        running.append((lang, key, process, stamp, time.perf_counter()))
    for lang, key, process, stamp, begun in running:
        said, _ = process.communicate()
        if process.returncode:
            raise ReportError(
                f"The {lang} edition of the site was not built.",
                problems=said.strip().splitlines()[-12:],
                hint="Mend what the lines above name; the last good site is still in place.",
            )
        html = build_dir / "jb" / lang / "html"
        _swap(html, build_dir / "site" / lang)
        stamp.write_text(key, encoding="utf-8")
        say(f"site ({lang}): {time.perf_counter() - begun:.1f} s")


def _swap(source: Path, target: Path) -> None:
    """Put a copy of `source` in the place of `target`."""
    incoming = target.with_name(f".{target.name}.new")
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, incoming, ignore=shutil.ignore_patterns(".doctrees", ".buildinfo", "*.map"))
    shutil.rmtree(target, ignore_errors=True)
    incoming.replace(target)


def _publish_reports(
    lang: str, made: Mapping[tuple[str, str], Mapping[str, Path]], result: BookBuild
) -> None:
    folder = result.site / lang / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    for (_, spoken), paths in made.items():
        if spoken != lang:
            continue
        for kind in _FORMATS:
            target = folder / paths[kind].name
            shutil.copyfile(paths[kind], target)
            if kind == "pdf":
                result.pdfs.append(target)


def _write_root(site: Path) -> None:
    """Write the page that leads to the reader's language."""
    links = "".join(
        f'<p><a href="{lang}/index.html" lang="{lang}">{SITE_TITLE[lang]}</a></p>' for lang in LANGUAGES
    )
    page = (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>crmlab · 客户关系管理</title>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta name='description' content='An open course and report generator for customer relationship management, "
        "in English and Chinese. 客户关系管理开放课程与报告生成器，中英双语。'>"
        "<link rel='icon' type='image/svg+xml' href='en/_static/favicon.svg'>"
        "<script>var l;try{l=localStorage.getItem('crmlab-language')}catch(e){}"
        "l=l||((navigator.language||'en').toLowerCase().indexOf('zh')===0?'zh':'en');"
        "location.replace(l+'/index.html')</script>"
        "<style>body{font:1.2rem/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;"
        "max-width:30rem;margin:20vh auto;padding:0 1rem;text-align:center}"
        "a{color:#0b6e6e}@media(prefers-color-scheme:dark){body{background:#14181e}a{color:#6ed0c9}}</style></head>"
        f"<body>{links}</body></html>\n"
    )
    write_whole(site / "index.html", page)
