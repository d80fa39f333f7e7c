"""Tests of the one font and of what happens when it cannot draw something."""

from __future__ import annotations

import pytest

from crmlab.errors import MissingGlyphsError
from crmlab.text import use
from crmlab.text.catalogue import catalogue
from crmlab.text.fonts import FAMILY, check_glyphs, font_file, missing_glyphs, register


def test_the_font_comes_with_the_installation():
    """The font is a file of an installed distribution, whatever the machine has."""
    assert font_file().is_file()
    assert register() == FAMILY


def test_every_message_can_be_drawn():
    """No text of the catalogue, in either language, holds a character that the font lacks."""
    for english, chinese in catalogue("zh").items():
        assert missing_glyphs(english + chinese) == "", (english, chinese)


def test_missing_characters_are_listed_by_name():
    """An emoji stops the document, with its code point and name."""
    with pytest.raises(MissingGlyphsError) as caught:
        check_glyphs("客户 \U0001f600 ok", where="the report")
    assert "U+1F600 GRINNING FACE" in str(caught.value)
    assert "the report" in str(caught.value)


def test_figures_draw_chinese_without_boxes(recwarn):
    """A Chinese title is drawn with the font's own glyphs: matplotlib finds each of them."""
    import io

    import matplotlib.pyplot as plt

    use("zh")
    figure, axes = plt.subplots()
    axes.set_title("客户满意度指数 −1 ≥ 0")
    axes.plot([-1, 1], [-1, 1])
    figure.savefig(io.BytesIO(), format="png")
    plt.close(figure)
    assert axes.title.get_fontname() == FAMILY
    assert not [warning for warning in recwarn if "missing from" in str(warning.message)]
    use("en")
