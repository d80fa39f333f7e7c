"""Formulas: LaTeX in, Typst mathematics out, by tylax."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from crmlab.reports.export.typst_text import clean, literal

__all__ = ["equation", "to_math"]

# Where a group of plain text stood while tylax reads the rest: characters from the private use area pass it unchanged.
_FIRST_SLOT = 0xE000
_WORDS = re.compile(
    r"\\(text|textrm|textsf|textnormal|mbox|mathrm|textbf|textit|operatorname\*?)\s*\{((?:[^{}\\$]|\\.)*)\}"
)
_BOOKKEEPING = re.compile(r"\\(?:label|tag)\*?\{[^{}]*\}|\\(?:nonumber|notag)(?![A-Za-z])")
_SIZES = re.compile(r"\\[bB]igg?[lrm]?(?![A-Za-z])")
_WIDE = re.compile("[\u3000-\u9fff\uff00-\uffef]+")
_STYLES = {"textbf": "bold", "textit": "italic"}
_SPACES = {r"\,": "\u2009", r"\;": "\u2005", r"\ ": " ", "~": "\u00a0"}


def equation(latex: str, *, block: bool) -> str:
    """Return Typst markup of a formula; where it cannot be set, its source stands in its place.

    The LaTeX source is the alternative text, which is what readers of screens are used to.
    """
    latex = clean(latex).strip()
    if not latex:
        return ""
    maths = to_math(latex)
    if maths is None:
        return f"#raw(block: {str(block).lower()}, {literal(latex)});"
    return f"#math.equation(block: {str(block).lower()}, alt: {literal(latex)}, ${maths}$);"


@lru_cache(maxsize=2048)
def to_math(latex: str) -> str | None:
    r"""Return the inside of a Typst equation, or None if `latex` holds what Typst's mathematics does not know.

    What comes back holds no code: a formula can neither read files nor import.

    >>> to_math(r"\frac{a}{b} \le \text{满意度}")
    'frac(a, b) <= upright("满意度")'
    >>> to_math(r"\includegraphics{/etc/passwd}") is None
    True

    Checked against: Typst's own evaluation of the result.
    """
    import tylax

    slots: list[str] = []

    def stash(typst: str) -> str:
        slots.append(typst)
        return chr(_FIRST_SLOT + len(slots) - 1)

    def words(match: re.Match[str]) -> str:
        kind, plain = match[1], match[2]
        for latex_space, space in _SPACES.items():
            plain = plain.replace(latex_space, space)
        plain = re.sub(r"\\(.)", r"\1", plain)
        if kind.startswith("operatorname"):
            limits = ", limits: #true" if kind.endswith("*") else ""
            return stash(f"op({literal(plain)}{limits})")
        return stash(f"{_STYLES.get(kind, 'upright')}({literal(plain)})")

    source = re.sub("[\ue000-\uf8ff]", "", latex)
    source = _BOOKKEEPING.sub("", source)
    source = _SIZES.sub("", source)
    source = _WORDS.sub(words, source)
    source = _WIDE.sub(lambda match: stash(f"upright({literal(match[0])})"), source)
    source = re.sub(r"\\([_#$&])", lambda match: stash(literal(match[1])), source)
    try:
        maths = str(tylax.latex_to_typst(source, options=_options())).strip()
    except (ValueError, RuntimeError):
        return None
    if maths.startswith("$") and maths.endswith("$") and len(maths) > 1:
        maths = maths[1:-1].strip()
    maths = re.sub(r"/\*.*?\*/", " ", maths, flags=re.DOTALL).replace(" '", "'")
    # Whatever is left of code, comments or the formula's end would leave mathematics.
    if re.search(r"(?<!\\)[#$]|//|/\*|\*/|\\\\", maths) or not maths:
        return None
    for index, typst in enumerate(slots):
        maths = maths.replace(chr(_FIRST_SLOT + index), typst)
    return maths if _evaluates(maths) else None


@cache
def _options() -> Any:
    import tylax

    return tylax.L2TOptions(frac_to_slash=False)


@cache
def _no_fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False)


def _evaluates(maths: str) -> bool:
    import typst

    try:
        typst.Compiler(b"", font_paths=_no_fonts()).eval(f"[${maths}$]")
    except (RuntimeError, TypeError):  # TypstError where Typst raises its own
        return False
    return True
