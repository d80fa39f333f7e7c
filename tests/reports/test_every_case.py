"""Each report runs on each case that has the tables it reads, and says so where a case has not."""

from __future__ import annotations

import re

import pytest

from crmlab.data import load_case
from crmlab.data.catalogue import case_names, read_case_card
from crmlab.errors import DataError, MissingExtraError
from crmlab.reports.contract import validate
from crmlab.reports.inputs import prepare_case
from crmlab.reports.registry import get_report
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


@pytest.mark.slow
@pytest.mark.parametrize(("report", "case"), FITTING)
def test_a_report_runs_on_every_case_that_it_fits(report, case, tmp_path, run_cells):
    """Every cell of the report's notebook runs on the case's own tables, and shows findings, figures and tables with words in the run's language."""
    lang = "zh" if CASES.index(case) % 2 else "en"
    asked = SETTINGS.get(report, {})
    spec = get_report(report)
    with speaking(lang):
        given = prepare_case(spec, loaded(case), validate(spec.parameters, asked))
    shown = run_cells(report, given, tmp_path, lang, **asked)
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
    with speaking("zh"), pytest.raises(DataError) as told:
        prepare_case(get_report(report), loaded(case))
    assert not re.search(r"[a-z]{3}", told.value.problems[0])


def test_every_business_has_a_report():
    """Satisfaction fits all ten industries, loyalty those with purchases, lifetime value all of them."""
    assert set(INDUSTRIES) | {"retail"} <= set(case_names())
    assert all(fits("satisfaction", case) and fits("clv", case) for case in INDUSTRIES)
    contracts = {case for case in INDUSTRIES if not fits("loyalty", case)}
    assert contracts == {"bank", "property", "utilities"}
