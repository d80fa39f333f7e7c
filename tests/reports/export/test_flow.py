"""The flow of a page: what a reader sees, in order, numbered, in one language."""

from __future__ import annotations

import pytest

from crmlab.reports.export.flow import flow, notebook_language


def test_what_is_seen_and_in_which_order(sample):
    """Code, other languages, facts and warnings are left out; everything else stays in order."""
    seen = flow(sample)
    kinds = [item.kind for item in seen.items]
    assert kinds == [
        "cover",
        "findings",
        "markdown",
        "markdown",
        "markdown",
        "figure",
        "figure",
        "table",
        "table",
        "provenance",
    ]
    assert seen.lang == "zh"
    assert seen.title == "客户终生价值"
    assert not any("English" in item.text or "secret_code" in item.text for item in seen.items)


def test_figures_and_tables_count_separately(sample):
    """Figure 1, 2 and table 1, 2."""
    seen = flow(sample)
    assert [item.number for item in seen.blocks("figure")] == [1, 2]
    assert [item.number for item in seen.blocks("table")] == [1, 2]


def test_places_are_filled_from_facts(sample):
    """A named value appears formatted; an unknown name stays as written."""
    text = flow(sample).items[4].text
    assert text.replace("\\", "") == "占 12.3%，{{unknown}}"


@pytest.mark.parametrize(
    ("metadata", "lang"),
    [
        ({}, "en"),
        ({"crmlab": {"lang": "zh"}}, "zh"),
        ({"crmlab": {"parameters": {"lang": "zh"}}}, "zh"),
        ({"papermill": {"parameters": {"lang": "zh"}}}, "zh"),
        ({"crmlab": {"lang": "tlh"}}, "en"),
    ],
)
def test_the_language_comes_from_the_run(metadata, lang):
    """The run's own note comes first, then papermill's parameters, then English."""
    assert notebook_language({"metadata": metadata}) == lang
