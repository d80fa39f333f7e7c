"""LaTeX to Typst mathematics."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.reports.export.typst_math import equation, to_math


@pytest.mark.parametrize(
    ("latex", "typst"),
    [
        (r"\frac{a}{b}", "frac(a, b)"),
        (r"n_{\text{满意}}", 'n_(upright("满意"))'),
        ("满意度 = 1", 'upright("满意度") = 1'),
        (r"\operatorname{rank}(x)", 'op("rank")(x)'),
        (r"a\_b", 'a "_" b'),
        (r"\begin{align} a &= b \\ c &= d \end{align}", "a & = b \\ c & = d"),
        (r"x = 1 \tag{1}", "x = 1"),
        (r"\bigl[ x \bigr]", "[x]"),
    ],
)
def test_formulas_of_the_field(latex, typst):
    """Fractions, Chinese words, operators, aligned lines and sized brackets come through."""
    assert (to_math(latex) or "").replace(" ", "") == typst.replace(" ", "")


@pytest.mark.parametrize(
    "latex",
    [r"\includegraphics{/etc/passwd}", r"\href{a}{b}", r"\unknowncommand{x}", r"\frac{a", '"; #import "x"'],
)
def test_code_and_unknown_commands_are_refused(latex):
    """What is not mathematics is shown as its source instead of run."""
    assert to_math(latex) is None
    assert equation(latex, block=True).startswith("#raw(block: true,")


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.sampled_from(r"ab1{}\^_()[]&#$%'\"/*,;=+-~ 客frac"), max_size=40))
def test_what_comes_back_is_mathematics(latex):
    """Whatever is given, the result neither ends the formula nor begins code, or there is none."""
    maths = to_math(latex)
    if maths is not None:
        import re

        outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", maths)
        assert not re.search(r"(?<!\\)[#$]|//|/\*", outside.replace("limits: #true", ""))
