"""The files of a run: which file is which table, how they are read together, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmlab.errors import DataError, ParameterError
from crmlab.reports.inputs import load, prepare_files, write
from crmlab.reports.reading import named_files, read_files, readable, save_rejects
from crmlab.reports.registry import get_report
from crmlab.text import speaking

SALES = "会员号,下单时间,实付金额\nA,2024-01-05,10\nA,2024-02-05,12\nB,2024-01-09,8\nB,2024-03-01,9\n"
ANSWERS = "客户编号,总体满意度,q1,q2\nA,5,4,5\nB,4,3,what\nZ,2,1,1\n"


@pytest.fixture
def loyalty():
    """Return the report on loyalty."""
    return get_report("loyalty")


@pytest.fixture
def files(tmp_path):
    """Return purchases and a survey of the same customers."""
    made = {"transactions": tmp_path / "sales.csv", "survey": tmp_path / "may.csv"}
    made["transactions"].write_text(SALES, encoding="utf-8")
    made["survey"].write_text(ANSWERS, encoding="utf-8")
    return made


def test_a_file_without_a_name_is_the_main_table(loyalty):
    """One path, a text or a list of texts: what has no name is the report's first table."""
    assert named_files(loyalty, Path("a=b.csv")) == {"transactions": Path("a=b.csv")}
    assert named_files(loyalty, "sales.csv") == {"transactions": Path("sales.csv")}
    assert named_files(loyalty, ["Survey＝x.csv", "sales.csv"]) == {
        "survey": Path("x.csv"),
        "transactions": Path("sales.csv"),
    }
    assert named_files(loyalty, {"transactions": "s.csv"}) == {"transactions": Path("s.csv")}


def test_a_file_whose_name_holds_an_equals_sign_is_a_file(loyalty, tmp_path, monkeypatch):
    """A file that is there is never taken for a table's name."""
    (tmp_path / "year=2024.csv").write_text(SALES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert named_files(loyalty, ["year=2024.csv"]) == {"transactions": Path("year=2024.csv")}


def test_all_that_is_wrong_with_the_files_is_told_at_once(loyalty):
    """A table misspelt, one the report does not read, one given twice."""
    with pytest.raises(ParameterError) as caught:
        named_files(loyalty, ["surwey=a.csv", "weather=b.csv", "c.csv", "d.csv"])
    assert len(caught.value.problems) == 3
    assert "survey" in caught.value.problems[0]
    assert "transactions" in caught.value.problems[2]


def test_the_main_table_cannot_be_missing(loyalty):
    """Further tables alone make no report; the message is in the reader's language."""
    with speaking("zh"), pytest.raises(ParameterError, match="给出的文件无法使用") as caught:
        named_files(loyalty, ["survey=a.csv"])
    assert caught.value.problems == ("缺少主表：交易",) or "缺少主表" in caught.value.problems[0]


def test_one_customer_has_one_code_in_all_tables(loyalty, files, tmp_path):
    """Identifiers are replaced alike in purchases and survey, and the account tells of both files."""
    results = read_files(loyalty, files, loyalty.parameters())
    given = prepare_files(loyalty, results, loyalty.parameters())
    assert set(given.transactions["customer"]) < set(given.survey["customer"])
    assert not {"A", "B", "Z"} & set(given.survey["customer"])
    folder = tmp_path / "input"
    folder.mkdir()
    write(given, folder)
    back = load(folder)
    assert [one["role"] for one in back.source["more"]] == ["survey"]
    assert back.source["more"][0]["name"] == "may.csv"
    assert len(back.survey) == 3
    assert set(back.items) == {"q1", "q2"}


def test_a_mapping_names_the_table_of_a_role(loyalty, files):
    """Customer alone belongs to the main table, survey.customer to the survey."""
    results = read_files(
        loyalty, files, loyalty.parameters(), mapping="customer=会员号,survey.customer=客户编号"
    )
    assert results["survey"].mapping["customer"].how == "given"
    with pytest.raises(ParameterError, match="mapping") as caught:
        read_files(loyalty, files, loyalty.parameters(), mapping="points.customer=x")
    assert "points" in caught.value.problems[0]


def test_each_table_has_its_own_list_of_rejects(loyalty, files, tmp_path):
    """What cannot be read of a further table goes into a list with the table's name."""
    results = read_files(loyalty, files, loyalty.parameters())
    lines = save_rejects(loyalty, results, tmp_path, "loyalty.en")
    assert (tmp_path / "loyalty.en.rejects.survey.csv").is_file()
    assert not (tmp_path / "loyalty.en.rejects.csv").exists()
    assert len(lines) == 1
    assert lines[0].startswith("survey: row 3")


def test_reports_say_which_tables_can_come_from_a_file(loyalty):
    """Purchases and a survey can be given to the loyalty report."""
    assert {"transactions", "survey"} <= set(readable(loyalty))


def test_an_error_names_the_table_it_is_of(loyalty, files):
    """Of a further table its name, its file, and the mapping with the table's name; of the main one as ever."""
    files["survey"].write_text("who,what\nA,x\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"^survey \(may\.csv\): "):
        read_files(loyalty, files, loyalty.parameters())
    files["points"] = files.pop("survey")
    with pytest.raises(DataError, match=r"^points ledger \(may\.csv\): ") as caught:
        read_files(loyalty, files, loyalty.parameters())
    assert "points.date=" in caught.value.hint
    files["points"].unlink()
    files["transactions"].write_text("who,what\nA,x\n", encoding="utf-8")
    with pytest.raises(DataError, match="not recognised") as caught:
        read_files(loyalty, files, loyalty.parameters())
    assert caught.value.message.startswith("The columns")
    assert "points." not in caught.value.hint


def test_servers_and_pipes_stay_what_they_are():
    """The address of a server is no path, and neither is standard input; a table's name may stand before both."""
    url = "postgresql://shop:secret@localhost/sales?sslmode=require"
    spec = get_report("loyalty")
    assert named_files(spec, [url, "survey=-"]) == {"transactions": url, "survey": "-"}
    assert named_files(spec, {"transactions": url}) == {"transactions": url}
    assert named_files(spec, f"transactions={url}") == {"transactions": url}
