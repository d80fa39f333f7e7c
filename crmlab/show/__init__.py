"""What a cell shows: figures, tables, findings, with what every exporter needs to set them well.

A block carries its content twice: as ``application/vnd.crmlab+json`` for crmlab's own exporters (site, PDF, HTML,
XLSX), and as HTML, SVG, Markdown or text for any other Jupyter front end.
"""

from crmlab.show.blocks import (
    MIME,
    Block,
    cover,
    escape_markdown,
    facts,
    figure,
    findings,
    prose,
    provenance,
    table,
)
from crmlab.show.html import block_html

__all__ = [
    "MIME",
    "Block",
    "block_html",
    "cover",
    "escape_markdown",
    "facts",
    "figure",
    "findings",
    "prose",
    "provenance",
    "table",
]
