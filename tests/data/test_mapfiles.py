"""Mappings kept in files, and the command that makes and uses them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from crmlab.cli import main
from crmlab.data.mapfiles import load_map, save_map
from crmlab.errors import CrmlabError, DataError, ParameterError
from crmlab.text import speaking

SALES = '谁,何日,几元\nA,05/03/2024,3\nA,06/03/2024,4\nB,07/03/2024,"1,5"\nB,25/03/2024,2\n'


@pytest.fixture
def crmlab(capsys, monkeypatch, tmp_path):
    """Return a function that runs a command in an empty folder and gives code, output and errors."""
    monkeypatch.delenv("CRMLAB_LANG", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        said = capsys.readouterr()
        return SimpleNamespace(code=left.value.code, out=said.out, err=said.err)

    return run


def test_a_mapping_comes_back_as_it_was_saved(tmp_path):
    """Kind, columns with any signs in their names, and options survive; what was not given is not written."""
    columns = {"customer": "会员号: 新", "date": "# 日期", "amount": "Paid, net [C]"}
    options = {"date_format": "dmy", "decimal": ",", "sheet": None}
    file = save_map(tmp_path / "map.yml", "transactions", columns, options)
    loaded = load_map(file)
    assert (loaded.kind, loaded.columns) == ("transactions", columns)
    assert loaded.options == {"date_format": "dmy", "decimal": ","}
    with speaking("zh"):
        save_map(file, "transactions", columns)
    assert file.read_text(encoding="utf-8").startswith("# 哪一列是什么")


@pytest.mark.parametrize(
    ("text", "kind", "english", "chinese"),
    [
        ("columns: [a, b]", ParameterError, "names no columns", "没有写明哪一列是什么"),
        ("just text", ParameterError, "names no columns", "没有写明哪一列是什么"),
        ("columns: {customer: a}\ncolumn: b", ParameterError, "did you mean columns?", "columns"),
        ("columns: {customer: [a]}", ParameterError, "a column's name is wanted", "应写列名"),
        ("columns: {customer: a", DataError, "no readable file of a mapping", "不是可读的列对应文件"),
        (
            "columns: !!python/object/apply:os.getcwd []",
            DataError,
            "no readable file of a mapping",
            "不是可读",
        ),
    ],
)
def test_a_file_that_is_no_mapping_is_told(tmp_path, text, kind, english, chinese):
    """Lists, texts, mistyped keys, broken YAML and YAML that would run code end in an error with an example."""
    (tmp_path / "map.yml").write_text(text, encoding="utf-8")
    for lang, words in (("en", english), ("zh", chinese)):
        with speaking(lang), pytest.raises(kind) as caught:
            load_map(tmp_path / "map.yml")
        assert words in str(caught.value)
        assert "customer: 会员号" in str(caught.value)


def test_a_mapping_that_is_not_there(tmp_path):
    """A mistyped name gets the right one; without a similar one, the command that makes it."""
    (tmp_path / "mapping.yml").write_text("columns: {customer: a}")
    with pytest.raises(DataError, match=r"Did you mean mapping\.yml"):
        load_map(tmp_path / "maping.yml")
    with pytest.raises(DataError, match="--save-map"):
        load_map(tmp_path / "x" / "other.yml")
    with pytest.raises(CrmlabError, match="cannot be written"):
        save_map(tmp_path / "no" / "map.yml", "survey", {"customer": "a"})


def test_what_was_found_is_saved_and_used_next_month(crmlab):
    """The mapping of one month reads the next one; options are saved with it."""
    Path("may.csv").write_text(SALES, encoding="utf-8")
    pairs = "customer=谁,date=何日,amount=几元"
    ran = crmlab("data", "check", "may.csv", "--map", pairs, "--decimal", ",", "--save-map", "m.yml")
    assert (ran.code, ran.err) == (0, "")
    assert "m.yml" in ran.out
    assert yaml.safe_load(Path("m.yml").read_text(encoding="utf-8")) == {
        "as": "transactions",
        "columns": {"customer": "谁", "date": "何日", "amount": "几元"},
        "decimal": ",",
    }
    Path("june.csv").write_text(SALES.replace("/03/", "/06/"), encoding="utf-8")
    ran = crmlab("data", "check", "june.csv", "--map-file", "m.yml", "--lang", "zh")
    assert ran.code == 0
    assert "2024 年 6 月 25 日" in ran.out


def test_a_column_that_is_gone_is_told_with_the_nearest(crmlab):
    """A saved mapping whose column was renamed ends with what stands in the file now."""
    Path("may.csv").write_text("cust_no,date,amount\nA,2024-03-05,3\nA,2024-03-06,3\n")
    Path("m.yml").write_text("as: transactions\ncolumns: {customer: cust_num, date: date, amount: amount}\n")
    ran = crmlab("data", "check", "may.csv", "--map-file", "m.yml")
    assert ran.code == 3
    assert "no column “cust_num”; did you mean “cust_no”?" in ran.err
    ran = crmlab("data", "check", "may.csv", "--map-file", "m.yml", "--map", "customer=cust_no")
    assert ran.code == 0


def test_the_kind_comes_from_the_mapping(crmlab):
    """Without --as the mapping says what the file holds; with it, the line wins; a report takes it too."""
    Path("a.csv").write_text("who,when\n000-0000-0001,2024-03-05\n000-0000-0002,2024-03-06\n")
    Path("m.yml").write_text("as: contacts\ncolumns: {phone: who}\n")
    ran = crmlab("data", "check", "a.csv", "--map-file", "m.yml")
    assert ran.code == 0
    assert "Contacts with a telephone number" in ran.out
    ran = crmlab("report", "run", "clv", "--data", "a.csv", "--map-file", "m.yml", "--out", "out")
    assert "no file was given for “contacts”" in ran.err
    assert not Path("out").exists()


def test_options_of_the_line_reach_the_reader(crmlab):
    """Encoding, table and query are options of `data check`; standard input and folders are places."""
    Path("big5.csv").write_bytes("會員編號,日期,金額\n甲,2024-03-05,3\n甲,2024-03-06,4\n".encode("big5"))
    assert crmlab("data", "check", "big5.csv", "--encoding", "big5").code == 0
    ran = crmlab("data", "check", "big5.csv", "--query", "SELECT 1")
    assert (ran.code, "is no database" in ran.err) == (2, True)
    Path("months").mkdir()
    Path("months/1.csv").write_text("customer,date,amount\nA,2024-03-05,3\nA,2024-03-06,x\n")
    ran = crmlab("data", "check", "months")
    assert "1.csv, row 3, column “amount”: “x”: not a number" in ran.out
