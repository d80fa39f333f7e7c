"""Which column is what is shown before it is used."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from crmlab.cli.mapping import mapping_table, tell_mapping
from crmlab.data import read_table
from crmlab.errors import DataError
from crmlab.reports import run as running
from crmlab.reports import run_report
from crmlab.text import speaking

ROWS = "A,2024-03-05,5\nA,2024-04-05,5\nB,2024-03-06,6\nB,2024-05-06,6\n"


@pytest.fixture
def told():
    """Return a function that gives what is told of results."""

    def tell(results) -> str:
        text = io.StringIO()
        tell_mapping(results, Console(file=text, width=120, markup=False))
        return text.getvalue()

    return tell


@pytest.fixture
def sales(tmp_path):
    """Return a file whose columns have Chinese names, one of them known by its content."""
    path = tmp_path / "sales.csv"
    path.write_text(f"会员号,下单时间,x\n{ROWS}".replace(",5\n", ",5.50\n"), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            [
                "sales.csv: read as transactions, rows: 4",
                "its content",
                "how much was paid",
                "--map amount=COLUMN",
                "--save-map",
            ],
        ),
        ("zh", ["sales.csv：按“交易”读取，共 4 行", "内容", "付了多少钱", "--map amount=列名", "--save-map"]),
    ],
)
def test_columns_are_shown_with_how_they_were_known(told, sales, lang, words):
    """File, rows, roles, columns, how each is known, and how to choose others, in the reader's language."""
    with speaking(lang):
        text = told({"transactions": read_table(sales, as_="transactions")})
    for word in [*words, "会员号", "下单时间"]:
        assert word in text


def test_expected_names_take_one_line(told, tmp_path):
    """Where the columns are called after their roles, no table is shown."""
    (tmp_path / "a.csv").write_text(f"customer,date,amount\n{ROWS}")
    text = told({"transactions": read_table(tmp_path / "a.csv", as_="transactions")})
    assert text.splitlines() == [
        "a.csv: read as transactions, rows: 4",
        "Its columns bear the names that are expected.",
    ]


def test_roles_of_further_tables_are_written_as_the_option_takes_them(told, sales, tmp_path):
    """A survey beside the purchases has its name before its roles, and its items with their scales, twelve at most."""
    items = [f"q{i}" for i in range(15)]
    answers = "".join(",".join([str(k), *[str(k % 5 + 1) for _ in items]]) + "\n" for k in range(9))
    (tmp_path / "may.csv").write_text(",".join(["序号", *items]) + "\n" + answers)
    results = {
        "transactions": read_table(sales, as_="transactions"),
        "survey": read_table(tmp_path / "may.csv", as_="survey"),
    }
    text = told(results)
    assert "survey.respondent" in text
    assert text.count("answers from 1 to 5") == 12
    assert "… and 3 more items" in text
    assert mapping_table(results).row_count == 3 + 1 + 13


def test_a_report_tells_before_it_works(sales, tmp_path, monkeypatch):
    """What was recognised is told once the files are read, also where the data then cannot carry the report; a case has nothing to tell."""
    seen: list[list[str]] = []

    def note(results) -> None:
        seen.append([match.column for result in results.values() for match in result.mapping.values()])

    def stop(*_: object) -> None:
        assert seen == [["会员号", "下单时间", "x"]]
        raise DataError("far enough")

    monkeypatch.setattr(running, "_run", stop)
    with pytest.raises(DataError, match="far enough"):
        run_report("loyalty", data=sales, out=tmp_path / "out", recognised=note)
    sales.write_text("会员号,下单时间,x\nA,2024-03-05,5.5\n", encoding="utf-8")
    with pytest.raises(DataError, match="cannot carry"):
        run_report("loyalty", data=sales, out=tmp_path / "out", recognised=note)
    assert len(seen) == 2
