"""The one place where fonts are known: Noto Sans SC, from the distribution that ships it.

It writes Latin, Greek, mathematical signs and Chinese, so that no figure or page depends on what a machine has
installed. The file is read by path; the distribution's own code is not run.
"""

from __future__ import annotations

from functools import cache
from importlib import metadata
from pathlib import Path

from crmlab.errors import CrmlabError, MissingGlyphsError

__all__ = ["FAMILY", "check_glyphs", "font_dir", "font_file", "missing_glyphs", "register"]

FAMILY = "Noto Sans SC"
_DISTRIBUTION = "zhplot"
_FILE = "NotoSansSC-Regular.ttf"


@cache
def font_file() -> Path:
    """Return the path of the font file."""
    for file in metadata.files(_DISTRIBUTION) or ():
        if file.name == _FILE:
            return Path(str(file.locate()))
    raise CrmlabError(
        f"The font {_FILE} is not where the distribution {_DISTRIBUTION!r} should have put it.",
        hint=f"Install it again: pip install --force-reinstall {_DISTRIBUTION}",
    )


def font_dir() -> Path:
    """Return the folder that Typst is to search for fonts."""
    return font_file().parent


@cache
def register() -> str:
    """Make the font known to matplotlib, once a process, and return its family name."""
    from matplotlib import font_manager

    font_manager.fontManager.addfont(font_file())
    return FAMILY


@cache
def _covered() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(font_file(), lazy=True) as font:
        return frozenset(font.getBestCmap())


def missing_glyphs(text: str) -> str:
    """Return the characters of `text` that the font cannot draw, each once, in code-point order.

    >>> missing_glyphs("客户满意度 NPS ≥ 45 %")
    ''
    """
    covered = _covered()
    invisible = {"\n", "\t", "\r", "\u200b", "\u00ad", "\ufeff", "\u2060"}
    return "".join(sorted({char for char in text if ord(char) not in covered and char not in invisible}))


def check_glyphs(text: str, *, where: str) -> None:
    """Stop a document that would show boxes.

    Raises
    ------
    MissingGlyphsError
        With each missing character, its code point and its Unicode name.

    """
    missing = missing_glyphs(text)
    if not missing:
        return
    import unicodedata

    raise MissingGlyphsError(
        f"{len(missing)} character(s) of {where} cannot be drawn with {FAMILY}.",
        problems=[f"{char!r} U+{ord(char):04X} {unicodedata.name(char, 'unnamed')}" for char in missing],
        hint="Replace them in the data, or leave the column that holds them out of the report.",
    )
