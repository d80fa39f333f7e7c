"""The PDF exporter: notebook → Typst → PDF. ``jupyter nbconvert --to crmlab-pdf notebook.ipynb`` finds it by name."""

from __future__ import annotations

import datetime as dt
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import Any, cast

from nbconvert.exporters import Exporter
from traitlets import Bool, Unicode

from crmlab.errors import CrmlabWarning, ReportError
from crmlab.reports.export.typst import TypstDocument, to_typst
from crmlab.text.fonts import font_dir

__all__ = ["PDFExporter", "compile_pdf"]


class PDFExporter(Exporter):
    """Exports a notebook as a PDF, by Typst: A4, tagged, with outline, metadata and alternative texts.

    The notebook's ``metadata.crmlab`` may hold ``lang``, ``title``, ``subject``, ``authors``, ``keywords`` and
    ``date``. Blocks of :mod:`crmlab.show` are set with all care; any other notebook comes out too.

    Warnings
    --------
    Typst keeps a thread pool: a process that has compiled must not fork and compile in the child. Compile in the
    child, or in a process of its own.

    """

    export_from_notebook = "PDF (crmlab)"
    output_mimetype = "application/pdf"

    exclude_input = Bool(default_value=True, help="Leave code out.").tag(config=True)
    lang = Unicode("", help="en or zh; empty: as the notebook's metadata say.").tag(config=True)

    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(  # type: ignore[override] # every exporter returns what it makes; the base class, a notebook
        self, nb: Any, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """Return the PDF of a notebook, and nbconvert's resources."""
        nb, resources = super().from_notebook_node(nb, resources=resources, **kw)
        name = str(resources.get("metadata", {}).get("name") or "")
        metadata = {"name": name} if name else {}
        document = to_typst(nb, lang=self.lang or None, metadata=metadata, exclude_input=self.exclude_input)
        return compile_pdf(document), resources


@cache
def _fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(font_dir())])


def compile_pdf(document: TypstDocument, *, timestamp: dt.datetime | None = None) -> bytes:
    """Return the PDF of a document; with the same document and date, the same bytes.

    Parameters
    ----------
    document
        As :func:`crmlab.reports.export.typst.to_typst` returns it.
    timestamp
        Stands for today where the document has no date of its own.

    Raises
    ------
    ReportError
        If Typst refuses the document, with its diagnostics.

    Warnings
    --------
    Not before a fork: Typst's threads do not survive it, and the child would wait for ever.

    """
    with tempfile.TemporaryDirectory(prefix="crmlab-") as folder:
        root = Path(folder)
        for name, content in document.files.items():
            (root / name).write_bytes(content)
        main = root / "main.typ"
        main.write_text(document.source, encoding="utf-8")
        options: dict[str, Any] = {"root": folder, "font_paths": _fonts(), "timestamp": timestamp}
        try:
            try:
                return _compiled(main, pdf_standards=["ua-1"], **options)
            except RuntimeError as refused:
                if "PDF/UA" not in str(refused):
                    raise
                warnings.warn(f"The PDF is tagged, but no PDF/UA: {refused}", CrmlabWarning, stacklevel=2)
                return _compiled(main, **options)
        except RuntimeError as failure:
            raise ReportError(
                f"“{document.title}” cannot be set as a PDF.",
                problems=[getattr(failure, "diagnostic", "") or str(failure), *getattr(failure, "hints", [])],
                hint="This is a bug of the exporter: please report it with the notebook.",
            ) from failure


def _compiled(main: Path, **options: Any) -> bytes:
    import typst

    return cast("bytes", typst.compile(str(main), **options))
