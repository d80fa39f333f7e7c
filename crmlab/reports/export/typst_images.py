"""Pictures of a notebook as files for Typst: their size, their words, and nothing that points outside."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

__all__ = ["Picture", "picture", "svg_words"]

#: media types that Typst draws, with the ending of their files
_BITMAPS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
_POINTS_PER_PIXEL = 72 / 110  # matplotlib's bitmaps in a notebook are drawn with about 110 pixels an inch
_UNITS = {"pt": 1.0, "px": 0.75, "": 0.75, "in": 72.0, "mm": 72 / 25.4, "cm": 72 / 2.54}


@dataclass(frozen=True)
class Picture:
    """A picture as Typst is to draw it.

    Attributes
    ----------
    data
        The file.
    ending
        Of the file's name.
    width, height
        In points, as the picture itself asks for.
    words
        What is written in it, as far as it is text.

    """

    data: bytes
    ending: str
    width: float
    height: float
    words: str = ""


def picture(bundle: Mapping[str, Any]) -> Picture | None:
    """Return the best picture of a media bundle, or None if it holds none that can be read."""
    if "image/svg+xml" in bundle:
        found = _drawing("".join(bundle["image/svg+xml"]))
        if found is not None:
            return found
    for media_type, ending in _BITMAPS.items():
        if media_type in bundle:
            found = _bitmap("".join(bundle[media_type]), ending)
            if found is not None:
                return found
    return None


def _drawing(svg: str) -> Picture | None:
    start = svg.find("<svg")
    if start < 0 or "</svg>" not in svg:
        return None
    # What stands before <svg> (a document type, its entities) is not needed, and may name files.
    svg = _at_home(svg[start : svg.rindex("</svg>") + len("</svg>")])
    opening = svg[: svg.index(">") + 1]
    size = _asked(opening) or _seen(opening)
    if size is None or not all(0 < side < 1e5 for side in size) or not _well_formed(svg):
        return None
    return Picture(svg.encode(), "svg", *size, words=svg_words(svg))


def _asked(opening: str) -> tuple[float, float] | None:
    sides = []
    for name in ("width", "height"):
        found = re.search(rf'\s{name}\s*=\s*["\']\s*([\d.]+)\s*(pt|px|in|mm|cm)?\s*["\']', opening)
        if not found:
            return None
        sides.append(float(found[1]) * _UNITS[found[2] or ""])
    return sides[0], sides[1]


def _seen(opening: str) -> tuple[float, float] | None:
    found = re.search(
        r'viewBox\s*=\s*["\']\s*[-\d.e]+[\s,]+[-\d.e]+[\s,]+([\d.]+)[\s,]+([\d.]+)\s*["\']', opening
    )
    return (float(found[1]) * 0.75, float(found[2]) * 0.75) if found else None


def _at_home(svg: str) -> str:
    """Return the drawing without references to other files, and in fonts that are there."""
    svg = re.sub(r'\s(?:xlink:)?href\s*=\s*(["\'])(?!#|data:)[^"\']*\1', "", svg)
    svg = re.sub(r"<script\b.*?</script\s*>", "", svg, flags=re.DOTALL | re.IGNORECASE)
    # Formulas in matplotlib's figures name fonts that only matplotlib has.
    return re.sub(
        r"(font-style:\s*(?:oblique|italic);[^\"']*?)?font-family:\s*'(?:DejaVu Sans|STIXGeneral|DejaVu Serif)'",
        lambda match: (
            f"{match[1]}font-family: 'Libertinus Serif'" if match[1] else "font-family: 'Noto Sans SC'"
        ),
        svg,
    ).replace("font-style: oblique", "font-style: italic")


def _well_formed(svg: str) -> bool:
    from xml.parsers import expat  # safe here: no document type, so no entities

    parser = expat.ParserCreate()
    try:
        parser.Parse(svg.encode(), True)
    except expat.ExpatError:
        return False
    return True


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.inside = 0
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the base class asks for them
        self.inside += tag == "text"

    def handle_endtag(self, tag: str) -> None:
        self.inside -= tag == "text"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.words.append(data)


def svg_words(svg: str) -> str:
    """Return what is written in a drawing.

    >>> svg_words('<svg><title>no</title><text>客户 <tspan>&lt;5</tspan></text></svg>')
    '客户 <5'
    """
    parser = _Words()
    parser.feed(svg)
    return "".join(parser.words)


def _bitmap(encoded: str, ending: str) -> Picture | None:
    import io

    from PIL import Image, UnidentifiedImageError

    try:
        data = base64.b64decode(encoded)
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
            image.verify()
    except (binascii.Error, ValueError, UnidentifiedImageError, OSError, SyntaxError):
        return None
    return Picture(data, ending, width * _POINTS_PER_PIXEL, height * _POINTS_PER_PIXEL)
