"""The lab data of the customer source centre: four files of the same people, and who is who."""

from __future__ import annotations

import hashlib
import io
import json

import pandas as pd
import pytest

from crmlab.data import load_case
from crmlab.errors import ParameterError
from crmlab.simulate.sources import SOURCES, simulate_sources
from crmlab.simulate.write import write_lab
from crmlab.text import speaking


def read_all(lab):
    """Return all contacts with name and telephone as they stand in the files."""
    web = [row["contact"] for row in json.loads(lab.files["web.json"])]
    store = pd.read_csv(io.BytesIO(lab.files["store.csv"]), encoding="gb18030", dtype=str)
    expo = pd.read_excel(io.BytesIO(lab.files["expo.xlsx"]), header=2, dtype=str)
    calls = pd.read_csv(io.BytesIO(lab.files["calls.csv"]), dtype=str)
    return {
        "web": pd.DataFrame(web)[["name", "phone", "email"]],
        "store": store[["姓名", "手机号", "邮箱"]].set_axis(["name", "phone", "email"], axis=1),
        "expo": expo[["姓名", "电话", "邮箱"]].set_axis(["name", "phone", "email"], axis=1),
        "calls": calls[["name", "phone", "e-mail"]].set_axis(["name", "phone", "email"], axis=1),
    }


def test_the_seed_gives_the_shipped_bytes(tmp_path):
    """Simulating again writes the files that stand in the repository, the workbook too."""
    made = write_lab(tmp_path)
    card = load_case("lab-sources").card
    assert {name: entry["sha256"] for name, entry in made.items()} == {
        table.name: table.sha256 for table in card.tables
    }
    assert simulate_sources(7).files != simulate_sources(8).files


def test_every_contact_belongs_to_a_person():
    """Rows of each file are as many as the truth says; the same mail address is always the same person."""
    lab = simulate_sources()
    files = read_all(lab)
    for name, contacts, _ in SOURCES:
        assert len(files[name]) == contacts == (lab.truth["source"] == name).sum()
    everybody = pd.concat([files[name] for name, _, _ in SOURCES], ignore_index=True)
    person = lab.truth["person"]
    mail = everybody["email"].str.lower()
    assert (person.groupby(mail).agg(set).str.len() == 1).all()
    assert (person.groupby(person).size() > 1).any()
    # There are namesakes, so a name alone does not tell who is who.
    plain = everybody["name"].str.replace(" ", "").str.upper()
    assert (person.groupby(plain).agg(set).str.len() > 1).any()


def test_in_part_of_the_calls_name_and_telephone_have_changed_places():
    """A quarter of the rows of the call list have a telephone number, or nothing, for a name."""
    calls = read_all(simulate_sources())["calls"]
    swapped = calls["phone"].fillna("").str.contains("示|ample|AMPLE")
    assert 0.15 < swapped.mean() < 0.35


def test_nobody_real_stands_in_it():
    """Every name, number and address is visibly invented."""
    files = read_all(simulate_sources())
    for table in files.values():
        text = (
            pd.concat([table["name"], table["phone"]]).dropna().str.replace(r"[\s+-]|^\+?86", "", regex=True)
        )
        assert text.str.contains(r"^(?:示例|sample|(?:86)?000\d{8}$)", case=False).all()
        assert table["email"].dropna().str.lower().str.endswith("@example.com").all()


def test_raw_files_are_the_learners_task():
    """The catalogue gives the path of a raw file and does not read it; the error says so in both languages."""
    case = load_case("lab-sources")
    assert case.path("web").name == "web.json"
    with pytest.raises(ParameterError, match="that is the task"):
        case.table("web")
    with speaking("zh"), pytest.raises(ParameterError, match="任务"):
        case.table("expo")
    assert len(case.table("truth")) == 760
    assert hashlib.sha256(case.path("expo").read_bytes()).hexdigest() == case.card.table("expo").sha256
