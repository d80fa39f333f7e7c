"""Tests of chapters that leave the site."""

from __future__ import annotations

import re

from nbformat import v4

from crmlab.course.handouts import card_text, with_own_links


def test_links_to_cards_lead_to_files_beside_the_notebook():
    """Cards are linked by their new place, other pages of the site lose their link, the web stays."""
    text = "See [Lantern](../book/data/retail.md), [the words](../book/glossary.md#nps) and [a paper](https://doi.org/1)."
    nb = v4.new_notebook(cells=[v4.new_markdown_cell(text), v4.new_code_cell("'](../book/data/mobi.md)'")])
    assert with_own_links(nb, "zh") == ["retail"]
    assert (
        nb.cells[0].source == "See [Lantern](data/retail.zh.md), the words and [a paper](https://doi.org/1)."
    )
    assert nb.cells[1].source == "'](../book/data/mobi.md)'"


def test_a_card_speaks_the_language():
    """The card of the mobile-phone survey, in English and Chinese."""
    assert not re.search("[一-鿿]", card_text("mobi", "en").splitlines()[0])
    assert re.search("[一-鿿]", card_text("mobi", "zh"))
