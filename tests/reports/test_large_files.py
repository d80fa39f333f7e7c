"""A file that does not fit into memory makes the report that it would make if it did."""

from __future__ import annotations

import datetime as dt
import functools

import numpy as np
import pandas as pd
import pytest

from crmlab.data import ReadResult, load_case, reduce_transactions
from crmlab.data.reduced import Reduced
from crmlab.errors import DataError
from crmlab.reports import reading
from crmlab.reports.content.clv_results import analyse_purchases
from crmlab.reports.inputs import prepare_files
from crmlab.reports.registry import get_report
from crmlab.reports.run import run_report
from crmlab.simulate.dirt import make_dirty
from crmlab.text import speaking

SETTINGS = {"observation_end": "1998-05-31"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write the sales of the CDNOW sample with duplicates, refunds, zeros, outliers and cells that cannot be read, and a survey."""
    folder = tmp_path_factory.mktemp("large")
    rng = np.random.default_rng(11)
    sales = load_case("cdnow-sample").table("transactions")[["customer", "date", "amount"]]
    sales["customer"] = sales["customer"].astype(str)
    sales.insert(0, "order", [f"O{at}" for at in range(len(sales))])
    kinds = ("same_day", "refunds", "outliers", "duplicates", "dates")
    dirty = make_dirty({"transactions": sales}, kinds, rng)[0]["transactions"].astype({"amount": object})
    dirty.loc[dirty.index[::97], "amount"] = 0
    dirty.loc[dirty.index[::301], "amount"] = "free"
    dirty[["customer", "date", "amount"]].to_csv(folder / "sales.csv", index=False)
    people = sales["customer"].drop_duplicates().head(300)
    answers = pd.DataFrame({"customer": people, "date": "1997-06-30", "overall": rng.integers(1, 6, 300)})
    answers.assign(recommend=rng.integers(0, 11, 300)).to_csv(folder / "survey.csv", index=False)
    return {"transactions": folder / "sales.csv", "survey": folder / "survey.csv"}


@pytest.fixture
def small_memory(monkeypatch):
    """Let every file of transactions be one that does not fit, and be read in small pieces."""
    monkeypatch.setattr("crmlab.data.big.needs_pieces", lambda _path: True)
    monkeypatch.setattr(
        "crmlab.data.reduce_transactions", functools.partial(reduce_transactions, piece=2_000)
    )


@pytest.fixture
def made(files, tmp_path, run_cells, request):
    """Return what makes a report as for a file that fits and as for one that does not, and returns the blocks of both."""

    def make(name, lang):
        spec = get_report(name)
        given = files if name == "loyalty" else {"transactions": files["transactions"]}
        parameters = spec.parameters(**SETTINGS)

        def shown(folder, kind):
            with speaking(lang):
                read = reading.read_files(spec, given, parameters)
                assert isinstance(read["transactions"], kind)
                ready = prepare_files(spec, read, parameters, keep_ids=True)
            return [
                {key: value for key, value in block.data.items() if key not in {"svg", "interactive"}}
                for block in run_cells(name, ready, folder, lang, **SETTINGS)
                if block.data["kind"] not in {"provenance", "facts"}
            ]

        whole = shown(tmp_path / "whole", ReadResult)
        request.getfixturevalue("small_memory")
        return whole, shown(tmp_path / "cut", Reduced)

    return make


def alike(one, other):
    """Tell whether two things of lists, texts and numbers are the same up to the rounding of sums."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, int | float):
        return one == pytest.approx(other, rel=1e-6, abs=1e-9, nan_ok=True)
    return bool(one == other)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["clv", "loyalty"])
def test_the_report_is_the_one_of_the_whole_file(name, lang, made):
    """Words, tables and captions made from customers' days are those made from the rows, but for the sentence that says so."""
    whole, cut = made(name, lang)
    assert len(whole) == len(cut) > 20
    differ = [(one, other) for one, other in zip(whole, cut, strict=True) if not alike(one, other)]
    assert [one["kind"] for one, _ in differ] == ["prose"]
    plain, told = (block["markdown"] for block in differ[0])
    assert told.startswith(plain)
    assert ("does not fit into the memory" if lang == "en" else "内存装不下") in told


def test_the_command_runs_as_for_any_file(files, tmp_path, small_memory):
    """The report is made, its page on the data says how, progress is told by the size of the file, and nothing is left behind."""
    steps = []
    done = run_report(
        "clv",
        data=files["transactions"],
        to=("xlsx",),
        out=tmp_path / "out",
        parameters=SETTINGS,
        progress=lambda *step: steps.append(step[0]),
    )
    assert [path.name for path in done.paths] == ["clv.en.xlsx", "clv.en.ipynb", "clv.en.rejects.csv"]
    assert "does not fit into the memory" in done.paths[1].read_text(encoding="utf-8")
    assert steps[0] == "read data"
    assert [step.rstrip("%0123456789") for step in steps[1:5]] == ["read data: "] * 4
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_refunds_that_are_refused_are_counted_by_rows(files, small_memory):
    """Where no refund may be, the error counts the rows of the file, not the days they were merged to."""
    spec = get_report("clv")
    parameters = spec.parameters(refunds="error")
    read = reading.read_files(spec, {"transactions": files["transactions"]}, parameters)
    refunds = read["transactions"].figures["refunds"]
    with pytest.raises(DataError, match=rf"^{refunds} rows have a negative amount"):
        analyse_purchases(prepare_files(spec, read, parameters), parameters)


def test_money_in_cents_is_told_from_the_rows(tmp_path, small_memory):
    """Half cents that add up to cents on each day are no money in cents."""
    spec = get_report("clv")
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=day) for day in range(0, 90, 3)]
    for at, (amount, cents) in enumerate([("2.50", True), ("2.505", False)]):
        path = tmp_path / f"{at}.csv"
        lines = [f"K{day.day % 7},{day},{amount}" for day in days for _ in range(2)]
        path.write_text("customer,date,amount\n" + "\n".join(lines) + "\n")
        read = reading.read_files(spec, {"transactions": path}, spec.parameters())
        assert prepare_files(spec, read, spec.parameters()).source["merged"]["cents"] is cents


def test_what_does_not_fit_even_merged_is_refused_with_advice(files, tmp_path, small_memory, monkeypatch):
    """On a machine whose memory the merged rows would exceed, the report says so before it begins, and leaves nothing."""
    monkeypatch.setattr(reading, "machine_memory", lambda: 1_000_000)
    with pytest.raises(
        DataError, match=r"sales\.csv does not fit .* even merged to \d,\d{3} customers' days"
    ) as caught:
        run_report("clv", data=files["transactions"], out=tmp_path / "out")
    assert "Draw customers at random" in str(caught.value.hint)
    assert not list(tmp_path.iterdir())
