r"""Formulas as MathML, which every browser draws without a script or a font file.

LaTeX becomes Typst (by tylax), and Typst writes MathML; all formulas of a page in one run. Letters from the
mathematical alphabets become plain letters in italics, so that a machine without a mathematical font shows no boxes.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Sequence
from html import escape
from pathlib import Path

__all__ = ["MATH_CSS", "mathml"]

MATH_CSS = """
math{font-family:"Cambria Math","STIX Two Math","Latin Modern Math","Noto Sans Math",serif;font-size:1.06em}
math mi.v{font-style:italic}math mtext{font-family:inherit}
math[display=block]{display:block math;margin:.9rem auto;max-width:100%;overflow-x:auto;overflow-y:hidden}
mfrac{padding-inline:0;margin-inline:.1em}munderover>mo,munder>mo{padding-block:.12em}
"""

_FORMULA = re.compile(r"<div id=\"f(\d+)\">(.*?)</div>", re.DOTALL)
_LETTER = re.compile(r"<mi>([\U0001d400-\U0001d7ff])</mi>")


def mathml(formulas: Sequence[tuple[str, bool]]) -> list[str]:
    r"""Return each formula as MathML.

    Parameters
    ----------
    formulas
        LaTeX without dollar signs, and whether it stands on a line of its own.

    Returns
    -------
    list of str
        A ``<math>`` element each; the LaTeX itself as code where it cannot be set.

    Examples
    --------
    >>> mathml([("C = b/a", False)])[0][:45]
    '<math><mi class="v" mathvariant="normal">C</m'

    """
    if not formulas:
        return []
    drawn = _compiled([_typst(latex, display=display) for latex, display in formulas])
    if drawn is None:  # one formula spoils the page: find it, and set the others
        drawn = [_alone(latex, display=display) for latex, display in formulas]
    return [
        _robust(markup) if markup else f"<code>{escape(latex)}</code>"
        for markup, (latex, _) in zip(drawn, formulas, strict=True)
    ]


def _alone(latex: str, *, display: bool) -> str | None:
    drawn = _compiled([_typst(latex, display=display)])
    return drawn[0] if drawn else None


def _typst(latex: str, *, display: bool) -> str:
    import tylax

    try:
        body = str(tylax.latex_to_typst(latex)).strip()
    except Exception:  # noqa: BLE001 - the converter raises plain exceptions of many kinds
        body = ""
    space = " " if display else ""
    return f"${space}{body}{space}$" if body else ""


def _compiled(sources: Sequence[str]) -> list[str | None] | None:
    """Set formulas written in Typst; None if any of them cannot be set."""
    import typst

    with tempfile.TemporaryDirectory(prefix="crmlab-") as folder:
        page = Path(folder) / "formulas.typ"
        page.write_text(
            "\n\n".join(
                f'#html.elem("div", attrs: (id: "f{index}"))[{source}]'
                for index, source in enumerate(sources)
            ),
            encoding="utf-8",
        )
        try:
            markup = typst.compile(str(page), format="html", root=folder)
        except Exception:  # noqa: BLE001 - a formula that cannot be set is shown as it was written
            return None
    found = {int(match[1]): match[2] for match in _FORMULA.finditer(markup.decode())}
    return [_only_math(found.get(index, "")) for index in range(len(sources))]


def _only_math(markup: str) -> str | None:
    found = re.search(r"<math\b.*</math>", markup, re.DOTALL)
    return found[0] if found else None


def _robust(markup: str) -> str:
    """Write mathematical letters as plain ones.

    A single letter in ``<mi>`` is set in italics by mapping it to a mathematical alphabet, unless it is told not to.
    """
    named = _LETTER.sub(r'<mi class="v" mathvariant="normal">\1</mi>', markup)
    return "".join(
        unicodedata.normalize("NFKC", char) if 0x1D400 <= ord(char) <= 0x1D7FF else char for char in named
    )
