"""Formulas: MathML without scripts or special fonts."""

from __future__ import annotations

import re

from crmlab.reports.export.formulas import mathml


def test_no_letter_needs_a_mathematical_font():
    """Letters are plain ones in italics, not those of the mathematical alphabets."""
    (markup,) = mathml([(r"\mathrm{CLV} = \sum_{t=1}^{H} \frac{E[X(t)]}{(1+d)^{t/12}}", True)])
    assert markup.startswith('<math display="block">')
    assert markup.endswith("</math>")
    assert not re.search("[\U0001d400-\U0001d7ff]", markup)
    assert "<mfrac>" in markup
    assert "∑" in markup


def test_a_formula_that_cannot_be_set_is_shown_as_written_and_spoils_no_other():
    """One bad formula stays LaTeX; the ones beside it are set."""
    good, bad, again = mathml([("a", False), (r"\foo{", False), ("b", False)])
    assert good.startswith("<math>")
    assert again.startswith("<math>")
    assert bad == r"<code>\foo{</code>"


def test_no_formulas_cost_nothing():
    """Without formulas nothing is run."""
    assert mathml([]) == []
