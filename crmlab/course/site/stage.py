"""Staging: one folder a language with everything the site builder needs, written only where something changed."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

from crmlab._files import write_whole
from crmlab._paths import share
from crmlab.course.glossary import glossary_page
from crmlab.course.lines import join_chinese_lines
from crmlab.course.site.cases_page import case_list
from crmlab.course.site.checked_page import checked_counts, checked_exempt, checked_tables
from crmlab.course.site.cover import cover_svg
from crmlab.course.site.reference import FOLDER as REFERENCE
from crmlab.course.site.reference import reference_list, reference_page
from crmlab.errors import ReportError
from crmlab.execution.notebooks import node, to_text
from crmlab.show import MIME, block_html
from crmlab.text import N_, speaking, tr

if TYPE_CHECKING:
    from crmlab.data.cards import Card

__all__ = ["Stage", "schema_picture", "site_notebook", "toc_files"]

SITE_TITLE = {"en": "Customer Relationship Management", "zh": "客户关系管理"}
_COVER_ALT = N_(
    "Purchase histories of 44 real customers of the music shop CDNOW, one line a customer, one dot a purchase"
)
#: parts of pages that are lists
_PARTS: Mapping[str, Callable[[], str]] = {
    "case-list": case_list,
    "glossary": glossary_page,
    "reference-list": reference_list,
    "checked-counts": checked_counts,
    "checked-tables": checked_tables,
    "checked-exempt": checked_exempt,
}
_BLOCK_PLACES = re.compile(r"\{%\s*([a-z-]+)\s*%\}")


def toc_files(toc: Mapping[str, Any]) -> list[str]:
    """Return every file that a table of contents names, the root first."""
    files = [cast("str", toc["root"])]
    for part in toc.get("parts", ()):
        for chapter in part["chapters"]:
            files.append(cast("str", chapter["file"]))
            files.extend(cast("str", section["file"]) for section in chapter.get("sections", ()))
    return files


@dataclass
class Stage:
    """A folder that mirrors the sources for one language.

    Files that did not change are not touched, so that Sphinx reads only what is new; files that nobody wrote this
    time are removed by :meth:`sweep`.
    """

    root: Path
    lang: str
    _written: set[Path] = field(default_factory=set)

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file, if it is new or different."""
        path = self.root / name
        self._written.add(path)
        raw = content.encode() if isinstance(content, str) else content
        if path.exists() and path.read_bytes() == raw:
            return
        write_whole(path, raw)

    def sweep(self) -> None:
        """Remove what an earlier build left behind."""
        for path in sorted(self.root.rglob("*"), reverse=True):
            if path.is_file() and path not in self._written:
                path.unlink()
            elif path.is_dir() and not any(path.iterdir()):
                path.rmdir()

    def write_toc(self, toc: Mapping[str, Any]) -> None:
        """Write the table of contents with its captions in the stage's language."""
        copy = json.loads(json.dumps(toc))
        for part in copy.get("parts", ()):
            part["caption"] = tr(part["caption"], lang=self.lang)
        self.write("_toc.yml", yaml.safe_dump(copy, allow_unicode=True, sort_keys=False))

    def write_config(self, config: Mapping[str, Any]) -> None:
        """Write the configuration with the language's title and settings."""
        copy = json.loads(json.dumps(config))
        copy["title"] = SITE_TITLE[self.lang]
        copy.setdefault("sphinx", {}).setdefault("config", {}).update(
            {
                "crmlab_lang": self.lang,
                "crmlab_made": made_from(),
                "language": {"en": "en", "zh": "zh_CN"}[self.lang],
            },
        )
        self.write("_config.yml", yaml.safe_dump(copy, allow_unicode=True, sort_keys=False))

    def write_page(self, name: str) -> None:
        """Write a page of ``book/``: its twin in this language, with the drawn and listed parts filled in."""
        if name.startswith("book/data/"):
            self.write(f"{name}.md", self._card(name.rsplit("/", 1)[1]))
            return
        if name.startswith(REFERENCE):
            with speaking(self.lang):
                self.write(f"{name}.md", reference_page(name))
            return
        source = share("book") / f"{name.removeprefix('book/')}.{self.lang}.md"
        if not source.exists():
            raise ReportError(
                f"The table of contents names {name!r}, and there is no {source.name}.",
                hint="Write the page in both languages, or take it out of _toc.yml.",
            )
        with speaking(self.lang):
            text = source.read_text(encoding="utf-8")
            if self.lang == "zh":
                text = join_chinese_lines(text)
            text = _BLOCK_PLACES.sub(lambda match: self._part(match[1], source), text)
        self.write(f"{name}.md", text)

    def write_notebook(self, name: str, notebook: Any) -> None:
        """Write an executed edition as the site shows it."""
        self.write(f"{name}.ipynb", to_text(site_notebook(notebook, self.lang)))

    def copy(self, name: str, source: Path) -> None:
        """Copy a file as it is."""
        self.write(name, source.read_bytes())

    def _part(self, part: str, source: Path) -> str:
        match part:
            case "cover":
                from crmlab.data import load_case

                drawn = cover_svg(load_case("cdnow-sample").table("transactions"), title=tr(_COVER_ALT))
                return drawn.replace("\n", "")
            case _ if part in _PARTS:
                return _PARTS[part]()
            case _:
                raise ReportError(f"{source.name} asks for a part {part!r} that the site does not know.")

    def _card(self, case: str) -> str:
        from crmlab.data.card_pages import render_card
        from crmlab.data.catalogue import read_case_card

        card = read_case_card(case)
        picture = schema_picture(card, self.lang) if len(card.tables) > 1 else ""
        return render_card(card, self.lang, picture=picture)


def schema_picture(card: Card, lang: str) -> str:
    """Return the drawing of a case's tables as one line of HTML."""
    from crmlab.plots.schema import schema_svg

    with speaking(lang):
        caption = tr("The tables of the case; lines lead from a column to the key that it names")
        return (
            f'<figure class="crmlab-figure mathjax_ignore"><div class="crmlab-svg">{schema_svg(card)}</div>'
            f"<figcaption>{caption}</figcaption></figure>"
        )


def made_from() -> str:
    """Return what the pages are made from: the version, and the commit where there is one."""
    from crmlab import __version__

    root = share("_toc.yml").parent
    asked = ["git", "-C", str(root), "describe", "--always", "--dirty", "--exclude", "*"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=10).stdout.strip()  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        told = ""
    return f"crmlab {__version__} ({told})" if told else f"crmlab {__version__}"


def site_notebook(notebook: Any, lang: str) -> Any:
    """Return a copy of an edition whose crmlab blocks are HTML, figures and tables numbered through the page."""
    import copy

    result = copy.deepcopy(notebook)
    count = {"figure": 0, "table": 0}
    with speaking(lang):
        for cell in result.cells:
            if cell.cell_type != "code":
                continue
            cell.execution_count = None
            cell.outputs = [_shown(output, count) for output in cell.outputs if _wanted(output)]
    # The page begins with its title, not with the code that sets it up.
    title = next((at for at, cell in enumerate(result.cells) if cell.cell_type == "markdown"), 0)
    result.cells.insert(0, result.cells.pop(title))
    for name in ("papermill", "crmlab"):
        result.metadata.pop(name, None)
    for cell in result.cells:
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
    return result


def _wanted(output: Any) -> bool:
    if output.output_type == "stream":
        return bool(output.name == "stdout")
    block = output.get("data", {}).get(MIME)
    return block is None or block["kind"] != "facts"


def _shown(output: Any, count: dict[str, int]) -> Any:
    block = output.get("data", {}).get(MIME)
    if block is None:
        if "execution_count" in output:
            output.execution_count = None
        return output
    kind = block["kind"]
    if kind in count:
        count[kind] += 1
    if kind in {"findings", "prose"}:
        text = block["markdown"]
        boxed = f'<div class="crmlab-findings">\n\n{text}\n\n</div>' if kind == "findings" else text
        return _display({"text/markdown": boxed})
    html = block_html(output.data, count.get(kind), plotly=True)
    return _display({"text/html": html})


def _display(data: dict[str, str]) -> Any:
    return node({"output_type": "display_data", "data": data, "metadata": {}})
