"""The registry: reports, their notebooks, and the contract between them."""

from __future__ import annotations

import ast

import nbformat
import pytest

from crmlab.errors import ParameterError
from crmlab.reports.registry import REPORTS, CLVParameters, checked, get_report
from crmlab.text import speaking, tr

THERE = [spec for spec in REPORTS.values() if spec.notebook.exists()]


def parameters_cell(path):
    """Return names and values that a notebook's parameters cell assigns."""
    cells = [
        cell
        for cell in nbformat.read(path, as_version=4).cells
        if "parameters" in cell.metadata.get("tags", ())
    ]
    assert len(cells) == 1
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(cells[0].source).body
        if isinstance(node, ast.Assign)
    }


@pytest.mark.parametrize("spec", THERE, ids=lambda spec: spec.name)
def test_the_notebook_declares_what_the_model_checks(spec):
    """Names, order and defaults of the parameters cell are those of the model, after input_dir and lang."""
    declared = parameters_cell(spec.notebook)
    assert list(declared)[:2] == ["input_dir", "lang"]
    assert (declared.pop("input_dir"), declared.pop("lang")) == ("", "en")
    assert declared == spec.parameters().plain()


@pytest.mark.parametrize("spec", THERE, ids=lambda spec: spec.name)
def test_the_notebook_is_a_clean_source(spec):
    """No outputs, stable ids, a kernel, and every English text has its Chinese twin."""
    nb = nbformat.read(spec.notebook, as_version=4)
    nbformat.validate(nb)
    assert nb.metadata.kernelspec.name == "python3"
    assert all(not cell.get("outputs") for cell in nb.cells)
    tags = [set(cell.metadata.get("tags", ())) for cell in nb.cells if cell.cell_type == "markdown"]
    assert sum("en" in one for one in tags) == sum("zh" in one for one in tags)


def test_there_are_the_three_reports():
    """Satisfaction, loyalty and lifetime value, each with a title and a question in Chinese."""
    assert list(REPORTS) == ["satisfaction", "loyalty", "clv"]
    with speaking("zh"):
        for spec in REPORTS.values():
            for text in (spec.title, spec.question):
                assert tr(text) != text


def test_an_unknown_report_gets_a_suggestion():
    """A mistyped name is answered with the nearest one and the list of all."""
    with pytest.raises(ParameterError, match="no report “loyality”") as caught:
        get_report("loyality")
    assert caught.value.problems == ("did you mean loyalty?",)


def test_a_notebook_gets_its_parameters_checked():
    """checked() picks the model's names from a namespace and leaves the others."""
    filled = checked("clv", {"horizon_months": 24, "input_dir": "x", "other": 3})
    assert filled == CLVParameters(horizon_months=24)
    with pytest.raises(ParameterError):
        checked("clv", {"horizon_months": "long"})
