"""Citations spelled out where there is no Sphinx."""

from __future__ import annotations

import pytest

from crmlab.course import citations
from crmlab.errors import CrmlabError

BIB = """
@article{fader2005, author = {Fader, Peter S. and Hardie, Bruce G. S. and Lee, Ka Lok}, year = {2005},
  title = {{RFM} and {CLV}}, doi = {10.1509/jmkr.2005.42.4.415}}
@book{saaty1980,
  author = "Thomas L. Saaty",
  year = 1980
}
@misc{iso, author = {{International Organization}}, year = {2018}, url = {https://iso.org}}
"""


@pytest.fixture(autouse=True)
def _bibliography(tmp_path, monkeypatch):
    (tmp_path / "references.bib").write_text(BIB, encoding="utf-8")
    monkeypatch.setattr(citations, "share", lambda _name: tmp_path)


@pytest.mark.parametrize(
    ("text", "lang", "told"),
    [
        ("{cite:p}`fader2005`", "en", "(Fader et al., [2005](https://doi.org/10.1509/jmkr.2005.42.4.415))"),
        ("{cite}`saaty1980`", "en", "(Saaty, 1980)"),
        ("{cite:t}`saaty1980`", "en", "Saaty (1980)"),
        (
            "{cite:p}`saaty1980,iso`",
            "en",
            "(Saaty, 1980; International Organization, [2018](https://iso.org))",
        ),
        (
            "据此 {cite:p}`fader2005`。",
            "zh",
            "据此（Fader 等，[2005](https://doi.org/10.1509/jmkr.2005.42.4.415)）。",
        ),
        ("{cite:t}`saaty1980`", "zh", "Saaty（1980）"),
    ],
)
def test_a_citation_names_authors_and_year(text, lang, told):
    """In brackets or in the sentence, in each language's way, linked to the work."""
    assert citations.spell_out(text, lang) == told


def test_an_unknown_work_is_told():
    """The nearest key is suggested."""
    with pytest.raises(CrmlabError, match="Did you mean 'saaty1980'"):
        citations.spell_out("{cite:p}`saty1980`", "en")
