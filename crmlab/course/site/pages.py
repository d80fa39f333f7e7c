"""Pages that are made from something else: a report's page from its executed notebook."""

from __future__ import annotations

from typing import Any

from crmlab.course.editions import edition
from crmlab.execution.notebooks import node
from crmlab.show import MIME
from crmlab.text import N_, speaking, tr

__all__ = ["report_page"]

_INTRO = N_(
    "This page is the report as it was run on the simulated retail case. "
    "The PDF is what a director gets; the workbook holds every table.",
)


def report_page(notebook: Any, name: str, lang: str) -> Any:
    """Return a report's executed notebook as a page of the site: a title, downloads, and no code."""
    from crmlab.reports import get_report

    page = edition(notebook, lang, "report")
    with speaking(lang):
        links = "".join(
            f'<a href="../../reports/{name}.{lang}.{kind}" download>{label}</a>'
            for kind, label in (("pdf", "PDF"), ("html", "HTML"), ("xlsx", "XLSX"))
        )
        head = f'# {tr(get_report(name).title)}\n\n{tr(_INTRO)}\n\n<p class="crmlab-download">{links}</p>'
    cells = [node({"cell_type": "markdown", "id": "site-head", "metadata": {}, "source": head})]
    for cell in page.cells:
        if cell.cell_type == "markdown" and cell.source.lstrip().startswith("# "):
            cell.source = cell.source.lstrip().partition("\n")[2].strip()  # the page has its title already
            if not cell.source:
                continue
        if cell.cell_type == "code":
            tags = set(cell.metadata.get("tags", ()))
            cell.metadata["tags"] = sorted(tags | {"remove-input"})
            cell.outputs = [output for output in cell.outputs if not _is(output, "cover")]
            cells += _parted(cell)
            continue
        cells.append(cell)
    page.cells = cells
    return page


def _parted(cell: Any) -> list[Any]:
    """Return a cell's outputs as cells: text as text, so that its headings stand in the page's contents."""
    parts: list[Any] = []
    for output in cell.outputs:
        if _is(output, "prose"):
            text = output["data"][MIME]["markdown"]
            name = f"{cell.id}-{len(parts)}"[-64:]
            parts.append(node({"cell_type": "markdown", "id": name, "metadata": {}, "source": text}))
        elif parts and parts[-1].cell_type == "code":
            parts[-1].outputs.append(output)
        else:
            part = node(dict(cell))
            part.id, part.outputs = f"{cell.id}-{len(parts)}"[-64:], [output]
            parts.append(part)
    return parts


def _is(output: Any, kind: str) -> bool:
    block = output.get("data", {}).get(MIME)
    return block is not None and block["kind"] == kind
