"""Search that finds Chinese: runs of Han characters are cut into overlapping pairs, in the index and in the query.

Sphinx's own Chinese splits the index with a dictionary and the query not at all, so that a phrase finds nothing.
Pairs need no dictionary and treat both sides alike. Latin words are stemmed as in English.
"""

from __future__ import annotations

import re

from sphinx.search.en import SearchEnglish

__all__ = ["BilingualSearch", "split"]

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TERM = re.compile(rf"[{_HAN}]+|(?:(?![{_HAN}])\w)+")
_IS_HAN = re.compile(rf"[{_HAN}]")


def split(text: str) -> list[str]:
    """Return the search terms of a text.

    >>> split("客户满意度 and NPS")
    ['客户', '户满', '满意', '意度', 'and', 'NPS']
    >>> split("Gamma–Gamma")
    ['Gamma', 'Gamma']
    """
    terms: list[str] = []
    for run in _TERM.findall(text):
        if _IS_HAN.match(run) and len(run) > 1:
            terms.extend(run[start : start + 2] for start in range(len(run) - 1))
        else:
            terms.append(run)
    return terms


class BilingualSearch(SearchEnglish):
    """English and Chinese in one index, in either edition."""

    lang = "crmlab"
    language_name = "English and Chinese"
    js_splitter_code = r"""
var splitQuery = (query) => {
  const han = /^\p{Script=Han}/u;
  const terms = [];
  for (const run of query.match(/\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{N}_])+/gu) || []) {
    if (han.test(run) && run.length > 1) {
      for (let i = 0; i + 1 < run.length; i++) terms.push(run.slice(i, i + 2));
    } else {
      terms.push(run);
    }
  }
  return terms;
};
"""

    def split(self, input: str) -> list[str]:  # noqa: A002 - the name is Sphinx's
        """Return the terms of a text, as :func:`split` does."""
        return split(input)

    def word_filter(self, word: str) -> bool:
        """Keep every term but single characters and English stop words."""
        return len(word) > 1 and word not in self.stopwords
