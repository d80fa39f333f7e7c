"""Tests of the warning that customers who left early are missing from contracts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.data import load_case, read_table
from crmlab.reports.content import clv as report
from crmlab.reports.content.clv_contract_missing import missing_losses
from crmlab.reports.inputs import prepare_case, prepare_file
from crmlab.reports.registry import get_report
from crmlab.text import date, number, speaking

END = pd.Timestamp("2025-12-28")
SPEC = get_report("clv")


@pytest.fixture(scope="module")
def bank() -> pd.DataFrame:
    """Return the contracts of the bank, eight years of them, with all who left."""
    return load_case("bank").table("contracts")


def cut(contracts: pd.DataFrame, days: int) -> pd.DataFrame:
    """Return the contracts without those that ended earlier than so many days ago."""
    return contracts[contracts["end"].isna() | (contracts["end"] > END - pd.Timedelta(days=days))]


@pytest.mark.parametrize(("days", "months"), [(30, 1), (365, 12), (1000, 12)])
def test_missing_losses_are_seen_and_counted(bank, days, months):
    """Where those who left before some day are taken out of the data, it is seen, and their number is told within a tenth."""
    part = cut(bank, days)
    found = missing_losses(part, END, months)
    assert found is not None
    assert found.first_end == part["end"].min()
    assert found.begun == (part["start"] < found.first_end).sum()
    assert found.missing == pytest.approx(len(bank) - len(part), rel=0.1)


@pytest.mark.parametrize("name", ["bank", "utilities", "property"])
@pytest.mark.parametrize("months", [1, 3, 12])
def test_whole_data_raise_no_alarm(name, months):
    """The cases with contracts hold all who left, and nothing is said of missing ones, whatever a period is."""
    contracts = load_case(name).table("contracts")
    assert missing_losses(contracts, contracts["end"].max(), months) is None


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.floats(0.01, 0.3), st.integers(60, 400))
def test_whole_histories_seldom_look_cut(seed, leave, n):
    """Contracts begun over three years, with every loss in them, look cut in less than one of a thousand."""
    rng = np.random.default_rng(seed)
    start = pd.Series(pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 1000, n), unit="D"))
    life = rng.geometric(leave, n)
    end = start + pd.to_timedelta(life * 30.5, unit="D")
    table = pd.DataFrame({"start": start, "end": end.where(end <= pd.Timestamp("2024-12-31"))})
    assert missing_losses(table, pd.Timestamp("2024-12-31"), 1) is None


def test_nothing_can_be_seen_without_losses_or_before_them():
    """Where nobody left, or nobody had begun before the first loss, there is nothing to say."""
    start = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-01"]))
    for end in (["", ""], ["2024-01-01", ""]):
        table = pd.DataFrame({"start": start, "end": pd.to_datetime(pd.Series(end), errors="coerce")})
        assert missing_losses(table, pd.Timestamp("2024-12-31"), 1) is None


def analysed(path, frame):
    """Return the report's results for a table, without a kernel."""
    frame.to_csv(path, index=False)
    filled = SPEC.parameters()
    return report.analyse(prepare_file(SPEC, read_table(path, as_="contracts"), filled), filled)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_report_warns_of_missing_losses(bank, lang, tmp_path):
    """Among the key findings stands the day before which nobody left, and how many are missing; the next steps begin with it."""
    found = analysed(tmp_path / "cut.csv", cut(bank, 365)[["customer", "start", "end", "fee"]])
    with speaking(lang):
        top, steps = (
            report.what_we_found(found).data["markdown"],
            report.next_steps(found)[1].data["markdown"],
        )
        day = date(found.missing.first_end)
    assert day in top
    assert number(found.missing.missing) in top
    assert day in steps.splitlines()[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_data_without_days_are_warned_of(lang, tmp_path):
    """Tenures alone cannot tell whether earlier losses are missing, and the findings say so, unless all began together."""
    words = {"en": "do not say when customers left", "zh": "没有说明客户是何时流失的"}[lang]
    rng = np.random.default_rng(4)
    tenure = rng.integers(1, 40, 600)
    lost = rng.random(600) < 0.3
    mixed = pd.DataFrame({"customer": range(600), "tenure": tenure, "churned": np.where(lost, "yes", "no")})
    together = mixed.assign(tenure=mixed["tenure"].where(lost, 40))
    with speaking(lang):
        for frame, warned in ((mixed, True), (together, False)):
            top = report.what_we_found(analysed(tmp_path / "tenure.csv", frame)).data["markdown"]
            assert (words in top) is warned


def test_the_report_on_a_whole_case_does_not_warn():
    """The bank's report speaks of no missing losses."""
    filled = SPEC.parameters()
    found = report.analyse(prepare_case(SPEC, load_case("bank"), filled), filled)
    assert found.missing is None
    assert "Nobody in the data" not in report.what_we_found(found).data["markdown"]
