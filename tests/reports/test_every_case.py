"""Each report runs on each case that has the tables it reads, and says so where a case has not."""

from __future__ import annotations

import ast
import io
import re
from contextlib import redirect_stdout

import matplotlib as mpl
import nbformat
import pytest

from crmlab._paths import share
from crmlab.data import load_case
from crmlab.data.catalogue import case_names, read_case_card
from crmlab.errors import DataError, MissingExtraError
from crmlab.reports.contract import validate
from crmlab.reports.inputs import prepare_case, write
from crmlab.reports.registry import get_report
from crmlab.show import Block, blocks
from crmlab.simulate.industries import INDUSTRIES
from crmlab.text import speaking

REPORTS = ("satisfaction", "loyalty", "clv")
#: what is asked of a report beside its defaults, so that it takes less time
SETTINGS = {"satisfaction": {"bootstrap": 50}}
#: retail and the data of published papers have tests of their own
CASES = [name for name in (*INDUSTRIES, "lab-sources", "telco", "bank-calls") if name != "retail"]


def fits(report, case):
    """Tell whether a case has the table that a report reads."""
    return any(table.name in get_report(report).mains for table in read_case_card(case).tables)


FITTING = [(report, case) for report in REPORTS for case in CASES if fits(report, case)]
ODD = [(report, case) for report in REPORTS for case in CASES if not fits(report, case)]


def loaded(name):
    """Load a case; a large one that is not installed is skipped."""
    try:
        return load_case(name)
    except MissingExtraError:
        pytest.skip(f"{name} is not installed: make setup-data")


def unwritten(_figure, _name):
    """Take the place of writing a figure: that takes most of the time, and is tested where each figure is."""
    import matplotlib.pyplot as plt

    plt.close("all")
    return "<svg/>", 1.0, 1.0


def run_cells(report, given, folder, lang):
    """Run the cells of a report's notebook in this process and return the blocks that they show."""
    write(given, folder)
    shown = []

    def display(*things):
        shown.extend(things)

    names = {"display": display}
    source = share("notebooks") / "reports" / f"{report}.ipynb"
    for cell in nbformat.read(source, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, report, "exec"), names)
        if "parameters" in cell.metadata.get("tags", ()):
            names |= {"lang": lang, "input_dir": str(folder), **SETTINGS.get(report, {})}
        if last is not None:
            shown.append(eval(compile(ast.Expression(last.value), report, "eval"), names))
    return [one for one in shown if isinstance(one, Block)]


@pytest.mark.slow
@pytest.mark.parametrize(("report", "case"), FITTING)
def test_a_report_runs_on_every_case_that_it_fits(report, case, tmp_path, monkeypatch):
    """Every cell of the report's notebook runs on the case's own tables, and shows findings, figures and tables with words in the run's language."""
    monkeypatch.setattr(blocks, "_svg", unwritten)
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda *things: shown.extend(things))
    lang = "zh" if CASES.index(case) % 2 else "en"
    spec = get_report(report)
    with speaking(lang), mpl.rc_context(), redirect_stdout(io.StringIO()):
        parameters = validate(spec.parameters, SETTINGS.get(report, {}))
        shown += run_cells(report, prepare_case(spec, loaded(case), parameters), tmp_path, lang)
    kinds = [block.data["kind"] for block in shown]
    assert kinds.count("findings") == 1
    assert kinds.count("figure") >= 3
    assert kinds.count("table") >= 3
    found = next(block.data for block in shown if block.data["kind"] == "findings")
    assert bool(re.search(r"[\u4e00-\u9fff]", str(found))) == (lang == "zh")


@pytest.mark.parametrize(("report", "case"), ODD)
def test_a_report_says_what_a_case_does_not_have(report, case):
    """On a case without its table a report ends with an error that names the case's tables."""
    with pytest.raises(DataError, match="which this report reads") as caught:
        prepare_case(get_report(report), loaded(case))
    assert any("tables of the case" in problem for problem in caught.value.problems)


def test_every_business_has_a_report():
    """Satisfaction fits all ten industries, loyalty those with purchases, lifetime value all of them."""
    assert set(INDUSTRIES) | {"retail"} <= set(case_names())
    assert all(fits("satisfaction", case) and fits("clv", case) for case in INDUSTRIES)
    contracts = {case for case in INDUSTRIES if not fits("loyalty", case)}
    assert contracts == {"bank", "property", "utilities"}
