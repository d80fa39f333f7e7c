"""Tests of the function reference and of the page of checks, before Sphinx reads them."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from crmlab._paths import share
from crmlab.course.checked import KINDS, exempt, read_checks
from crmlab.course.functions import GROUPS, entries, group_of, summary_line
from crmlab.course.site.checked_page import check_anchor, checked_counts, checked_exempt, checked_tables
from crmlab.course.site.docstrings import linked_dois
from crmlab.course.site.reference import FOLDER, reference_list, reference_page
from crmlab.course.site.stage import toc_files
from crmlab.errors import ReportError
from crmlab.text import speaking
from crmlab.text.catalogue import catalogue

ENTRIES = [entry for group in GROUPS for entry in entries(group)]


def test_every_group_has_its_page():
    """The table of contents names each group's page, and no other."""
    toc = yaml.safe_load(share("_toc.yml").read_text(encoding="utf-8"))
    assert [name for name in toc_files(toc) if name.startswith(FOLDER)] == [
        f"{FOLDER}{group.id}" for group in GROUPS
    ]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.id)
def test_a_page_lists_and_documents_every_name_once(group):
    """Each public function and class of a group stands in the table and is documented below it."""
    page = reference_page(f"{FOLDER}{group.id}")
    for entry in entries(group):
        assert page.count(f"<crmlab.{entry.dotted}>") == 1
        assert len(re.findall(rf"^\.\. auto(?:function|class):: {entry.name}$", page, re.MULTILINE)) >= 1


def test_the_list_links_every_function():
    """The page of groups leads to each function, in both languages."""
    for lang in ("en", "zh"):
        with speaking(lang):
            text = reference_list()
        for entry in ENTRIES:
            assert (f"<crmlab.{entry.dotted}>" in text) == entry.is_function


def test_a_page_of_no_group_is_told():
    """A line of the table of contents that names no group stops the build with the groups there are."""
    with pytest.raises(ReportError, match="no group"):
        reference_page(f"{FOLDER}wages")


def test_every_summary_has_its_chinese():
    """Titles of groups and the first line of each docstring stand in the catalogue."""
    chinese = catalogue("zh")
    wanted = {group.title: group.id for group in GROUPS}
    wanted |= {summary_line(import_module(f"crmlab.{m}")): m for group in GROUPS for m in group.modules}
    wanted |= {summary_line(entry.value): entry.dotted for entry in ENTRIES}
    assert [(where, text) for text, where in wanted.items() if not chinese.get(text)] == []


def test_every_name_says_what_it_is():
    """No public function or class is without a docstring, and functions of the science tell what they take."""
    for entry in ENTRIES:
        assert summary_line(entry.value), entry.dotted
        group = group_of(entry.dotted)
        if entry.is_function and group is not None and group.science:
            told = inspect.getdoc(entry.value) or ""
            assert "Parameters\n" in told or ":func:" in told, entry.dotted


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("doi 10.1002/dir.20074.", "doi `10.1002/dir.20074 <https://doi.org/10.1002/dir.20074>`__\\ ."),
        ("(doi 10.1007/BF02310555)", "(doi `10.1007/BF02310555 <https://doi.org/10.1007/BF02310555>`__\\ )"),
        ("see doi\n10.1177/0092", "see\ndoi `10.1177/0092 <https://doi.org/10.1177/0092>`__"),
        ("doi 10.1016/S0377-2217(02)00227-8 (ε)", "10.1016/S0377-2217(02)00227-8 <https://doi.org/10.1016/S0377-2217(02)00227-8>"),
    ],
)  # fmt: skip
def test_dois_become_links(text, link):
    """A DOI in a docstring leads to the work; what stands behind it stays outside."""
    assert link in linked_dois(text)


def test_works_with_a_doi_are_in_the_bibliography():
    """Every DOI that the package cites has an entry, so that the bibliography shows it."""
    known = (share("book") / "references.bib").read_text(encoding="utf-8").lower()
    missing = set()
    package = Path(import_module("crmlab").__file__).parent
    for path in sorted(path for path in package.rglob("*.py") if "course" not in path.parts):
        for found in re.findall(r"10\.\d{4,9}/[^\s`\"']+", path.read_text(encoding="utf-8")):
            doi = found.rstrip(".,;:")
            while doi.endswith(")") and doi.count(")") > doi.count("("):
                doi = doi[:-1].rstrip(".,;:")
            if doi.lower() not in known:
                missing.add((path.name, doi))
    assert not missing


def test_the_page_of_checks_shows_every_check_in_both_languages():
    """Each check stands under each of its functions; counts come from the list; kinds have names and meanings."""
    checks = read_checks()
    for lang in ("en", "zh"):
        with speaking(lang):
            tables, counts, spared = checked_tables(), checked_counts(), checked_exempt()
        for check in checks:
            for name in check.functions:
                if group_of(name) is not None:
                    assert f'id="{check_anchor(name)}"' in tables
        shown = {(name, check.test) for check in checks for name in check.functions if group_of(name)}
        rows = [line for line in tables.splitlines() if line.startswith("| ")]
        heads = sum(any(group_of(name) == group for name, _ in shown) for group in GROUPS)
        assert len(rows) == len(shown) + heads
        for kind in KINDS:
            assert f"| {sum(check.kind == kind for check in checks)} |" in counts
        assert spared
        assert "|" in spared or not exempt()
        if lang == "zh":
            assert "已发表的数值" in tables
            assert not re.search(r"\| (Published numbers|Invariant|Trap) \|", tables)
