"""Runs of any size: the same bytes whole or resumed, dirt in known numbers, nothing half-written."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from crmlab.data import read_table
from crmlab.errors import DataError, ParameterError
from crmlab.simulate import runs
from crmlab.simulate.dirt import KINDS, check_dirt, make_dirty
from crmlab.simulate.runs import BUSINESSES, simulate_to
from crmlab.text import speaking


def sums(folder):
    """Return the sha256 of every file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.parametrize("name", BUSINESSES)
def test_every_business_is_made_in_blocks(tmp_path, name):
    """Customers are numbered through all blocks, files are what simulation.json says, and no key is used twice."""
    run = simulate_to(name, tmp_path / "made", customers=130, seed=3, block_size=50)
    told = json.loads((run.folder / "simulation.json").read_text(encoding="utf-8"))
    assert told["truth"]
    for table, entry in told["files"].items():
        path = run.folder / f"{table}.csv"
        assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
        frame = pd.read_csv(path)
        assert len(frame) == entry["rows"] == run.rows[table]
        if table in {"customers", "transactions", "contracts", "complaints", "distributors", "acquisition"}:
            assert frame.iloc[:, 0].is_unique
    customers = pd.read_csv(run.folder / "customers.csv")["customer"]
    assert len(customers) == 130
    assert customers.str[1:].astype(int).to_list() == list(range(1, 131))


def test_shipments_add_up_over_blocks(tmp_path):
    """Shipments of three blocks are nearly those of the purchases of all, and every distributor stands there once."""
    run = simulate_to("consumer", tmp_path / "made", customers=300, seed=3, block_size=100)
    shipped = pd.read_csv(run.folder / "shipments.csv")
    sold = pd.read_csv(run.folder / "transactions.csv")["amount"].sum()
    assert not shipped.duplicated(["distributor", "month"]).any()
    assert shipped["shipped"].sum() == pytest.approx(0.72 * sold, rel=0.05)


def test_a_stopped_run_goes_on(tmp_path, monkeypatch):
    """A run stopped in its second block goes on from there, and ends with the same bytes as one that was not."""
    whole = simulate_to("hotel", tmp_path / "whole", customers=90, seed=5, block_size=30, dirt=["refunds"])
    simulate = runs._simulate
    made = []

    def stopping(name, n, seed, **where):
        made.append(where["block"])
        if made == [0, 1]:
            raise KeyboardInterrupt
        return simulate(name, n, seed, **where)

    monkeypatch.setattr(runs, "_simulate", stopping)
    again = {"customers": 90, "seed": 5, "block_size": 30, "dirt": ["refunds"]}
    with pytest.raises(KeyboardInterrupt):
        simulate_to("hotel", tmp_path / "made", **again)
    assert not (tmp_path / "made").exists()
    with (tmp_path / ".made.part" / "stays.csv").open("ab") as file:
        file.write(b"half a row")
    run = simulate_to("hotel", tmp_path / "made", **again)
    assert made == [0, 1, 1, 2]
    assert sums(run.folder) == sums(whole.folder)
    assert not (tmp_path / ".made.part").exists()


def test_another_run_begins_anew(tmp_path, monkeypatch):
    """What is left of a run with other parameters is not used."""
    monkeypatch.setattr(runs, "_finish", lambda *_: None)
    simulate_to("hotel", tmp_path / "made", customers=20, seed=5, block_size=10)
    monkeypatch.undo()
    run = simulate_to("hotel", tmp_path / "made", customers=20, seed=6, block_size=10)
    other = simulate_to("hotel", tmp_path / "other", customers=20, seed=6, block_size=10)
    assert sums(run.folder) == sums(other.folder)


def test_nothing_is_overwritten(tmp_path):
    """A folder that holds something is refused, and left as it was."""
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="not empty"):
        simulate_to("hotel", tmp_path / "made", customers=20, seed=5)
    assert [path.name for path in tmp_path.rglob("*")] == ["made", "mine.txt"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "hotell"}, "did you mean hotel"),
        ({"customers": 5}, "at least 10"),
        ({"dirt": ["refund"]}, "did you mean refunds"),
    ],
)
def test_wrong_wishes_are_told(tmp_path, change, words):
    """Unknown names and impossible numbers are errors with advice, before anything is written."""
    asked = {"name": "hotel", "customers": 20, "seed": 1} | change
    with pytest.raises(ParameterError, match=words):
        simulate_to(asked.pop("name"), tmp_path / "made", **asked)
    with speaking("zh"), pytest.raises(ParameterError, match=r"没有|不能小于"):
        simulate_to(**({"name": "hotel", "customers": 20, "seed": 1} | change), folder=tmp_path / "made")
    assert not list(tmp_path.iterdir())


def test_the_reader_finds_all_the_dirt(tmp_path):
    """A file with every kind of dirt is read whole: each refund and duplicate is counted, no row is lost."""
    clean = simulate_to("retail", tmp_path / "clean", customers=400, seed=9)
    run = simulate_to("retail", tmp_path / "dirty", customers=400, seed=9, dirt=["all"])
    read = read_table(run.folder / "transactions.csv", as_="transactions")
    assert read.rows_read == run.rows["transactions"]
    assert not len(read.rejected)
    quality = read.quality().set_index("measure")["value"]
    assert read.table["customer"].nunique() == clean.rows["customers"]
    refunds = (read.table["amount"] < 0).sum()
    assert run.dirt["refunds"] <= refunds <= run.dirt["refunds"] * 1.1
    assert quality["duplicates"] > 0
    assert read.table["amount"].max() > 20 * pd.read_csv(clean.folder / "transactions.csv")["amount"].max()


def test_dirt_is_what_was_asked_for():
    """Each kind alone touches what it says and nothing else; an empty list leaves tables as they are."""
    orders = pd.DataFrame(
        {
            "order": [f"R{k}" for k in range(200)],
            "customer": "A0001",
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(200), unit="D"),
            "amount": 10.0,
        }
    )
    for kind in set(KINDS) - {"gbk", "missing"}:
        dirty, counts = make_dirty({"transactions": orders}, [kind], np.random.default_rng(1))
        assert counts[kind] > 0, kind
        assert not dirty["transactions"].equals(orders)
    same_day, counts = make_dirty({"transactions": orders}, ["same_day"], np.random.default_rng(1))
    assert len(same_day["transactions"]) == 200 + counts["same_day"]
    assert same_day["transactions"]["amount"].sum() == pytest.approx(2000)
    untouched, none = make_dirty({"transactions": orders}, [], np.random.default_rng(1))
    assert untouched["transactions"].equals(orders)
    assert not none
    assert check_dirt(["all"]) == tuple(KINDS)
    assert check_dirt([""]) == ()
