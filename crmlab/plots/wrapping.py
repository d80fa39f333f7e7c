"""Breaking labels into lines, English between words and Chinese between characters, by the type's own measure."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["leading", "text_width", "wrap"]


def leading(size: float) -> float:
    """Return the height of a line of text in inches; `size` in points."""
    return size * 1.45 / 72


@lru_cache(maxsize=4096)
def text_width(text: str, size: float) -> float:
    """Return the width of a line of text in inches; `size` in points."""
    if not text:
        return 0.0
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    from crmlab.text.fonts import font_file

    properties = FontProperties(fname=str(font_file()), size=size)
    width, _, _ = TextToPath().get_text_width_height_descent(text, properties, ismath=False)
    return float(width) / 72


#: no line begins with these
_CLOSING = "，。、；：！？）》」』”’％%,.;:!?)]}"
#: and none ends with these
_OPENING = "（《「『“‘([{"
_CJK = "\u3400-\u9fff"
_PIECE = re.compile(
    rf"[{re.escape(_OPENING)}]*[{_CJK}][{re.escape(_CLOSING)}]*|\s+|[^\s{_CJK}{re.escape(_OPENING)}]+|[{re.escape(_OPENING)}]+[^\s{_CJK}]*"
)


def wrap(text: str, width: float, size: float) -> list[str]:
    """Break a label into lines of at most `width` inches: English between words, Chinese between characters.

    A line break in the text stays; one before a bracket is preferred. A word wider than a line stands alone and sticks out. No last line holds a single
    Chinese character where the lines can be evened out.

    >>> wrap("Perceived value", 0.7, 9)
    ['Perceived', 'value']
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        broken = _broken(paragraph, width, size)
        bracket = re.search(r"(?<=.)\s*[（(]", paragraph)
        if bracket:
            apart = _broken(paragraph[: bracket.start()], width, size)
            apart += _broken(paragraph[bracket.start() :].lstrip(), width, size)
            broken = apart if len(apart) == len(broken) else broken
        for share in (0.6, 0.7, 0.8, 0.9):
            if len(broken) < 2 or text_width(broken[-1], size) > 0.45 * width:
                break
            narrower = _broken(paragraph, share * width, size)
            if len(narrower) == len(broken):
                broken = narrower
                break
        lines += broken
    return lines


def _broken(paragraph: str, width: float, size: float) -> list[str]:
    lines, line = [], ""
    for piece in _PIECE.findall(paragraph):
        if line.strip() and text_width((line + piece).rstrip(), size) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]
