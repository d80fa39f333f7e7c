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

    A line break in the text stays. A word wider than a line stands alone and sticks out.

    >>> wrap("Perceived value", 0.7, 9)
    ['Perceived', 'value']
    """
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _PIECE.findall(paragraph):
            if line and text_width((line + piece).rstrip(), size) > width:
                lines.append(line.rstrip())
                line = piece.lstrip()
            else:
                line += piece
        lines.append(line.rstrip())
    return _balanced(lines, width, size) if "\n" not in text else lines


def _balanced(lines: list[str], width: float, size: float) -> list[str]:
    """Narrow the measure while the number of lines stays, so that no last line holds a single character."""
    if len(lines) < 2 or text_width(lines[-1], size) > 0.45 * width:
        return lines
    if "".join(lines).isascii():
        return lines
    joined = "".join(
        line + (" " if re.search(r"[!-~]$", line) and re.match(r"[!-~]", after) else "")
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
    )
    for share in (0.6, 0.7, 0.8, 0.9):
        tried = wrap(joined.replace("\n", ""), width * share, size) if share * width > size / 36 else lines
        if len(tried) == len(lines):
            return tried
    return lines
