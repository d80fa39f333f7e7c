"""Judgements in pairs: matrices and lists, several judges, and errors that name the cell."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.data.judgements import judgements_template, read_judgements
from crmlab.errors import DataError
from crmlab.text import speaking

PARTS = ("quality", "price", "speed")


def write(path, text, encoding="utf-8"):
    """Write a text file and return its path."""
    path.write_text(text, encoding=encoding)
    return path


def workbook(path, sheets):
    """Write a workbook of sheets and return its path."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def problems(path):
    """Return what is told against a file."""
    with pytest.raises(DataError) as caught:
        read_judgements(path)
    return caught.value.problems


class TestReading:
    """The same judgements in every form."""

    def test_matrix(self, tmp_path):
        """A matrix gives every pair once; fractions are text, and the empty half is the reciprocal."""
        file = write(tmp_path / "a.csv", ",quality,price,speed\nquality,1,3,1/5\nprice,,1,\nspeed,,2,1\n")
        table = read_judgements(file).table
        assert table[["item_a", "item_b"]].to_numpy().tolist() == [
            ["quality", "price"],
            ["quality", "speed"],
            ["price", "speed"],
        ]
        assert table["judgement"].tolist() == pytest.approx([3, 1 / 5, 1 / 2])

    def test_list_in_chinese(self, tmp_path):
        """A list with Chinese columns in GB18030 and full-width fractions is read, a judge at a time."""
        text = "专家,指标A,指标B,判断值\n王,质量,价格,３\n王,质量,服务,１／５\n王,价格,服务,2\n李,价格,质量,2\n李,质量,服务,1\n李,价格,服务,1\n"
        table = read_judgements(write(tmp_path / "b.csv", text, "gb18030")).table
        assert list(table["judge"].unique()) == ["王", "李"]
        assert table["judgement"].tolist() == pytest.approx([3, 0.2, 2, 0.5, 1, 1])

    def test_sheets_are_judges(self, tmp_path):
        """Each sheet of a workbook is a judge; items may stand in another order there."""
        sheets = {
            "Ann": [["", "a", "b"], ["a", 1, 4], ["b", 0.25, 1]],
            "Bo": [["", "b", "a"], ["b", 1, 2], ["a", None, 1]],
        }
        table = read_judgements(workbook(tmp_path / "c.xlsx", sheets)).table
        assert table.to_numpy().tolist() == [["Ann", "a", "b", 4.0], ["Bo", "a", "b", 0.5]]

    def test_judge_in_the_first_column_of_a_matrix(self, tmp_path):
        """Matrices one below the other are told apart by the judge in front of their rows."""
        text = "judge,item,a,b\nAnn,a,1,4\nAnn,b,,1\nBo,a,1,1/2\n,b,,1\n"
        table = read_judgements(write(tmp_path / "d.csv", text)).table
        assert table[["judge", "judgement"]].to_numpy().tolist() == [["Ann", 4.0], ["Bo", 0.5]]

    def test_rounded_reciprocals_pass(self, tmp_path):
        """0.33 across from 3 and 0.14 across from 7 are taken for what they stand for."""
        text = ",a,b,c\na,1,3,7\nb,0.33,1,2\nc,0.14,0.5,1\n"
        table = read_judgements(write(tmp_path / "e.csv", text)).table
        assert table["judgement"].tolist() == [3, 7, 2]

    @given(st.lists(st.sampled_from([1 / 9, 1 / 5, 1 / 3, 1.0, 2.0, 7.0, 9.0]), min_size=3, max_size=3))
    @settings(max_examples=15, deadline=None)
    def test_orientation_does_not_matter(self, tmp_path_factory, values):
        """A judgement written from b to a is the reciprocal of the one from a to b."""
        folder = tmp_path_factory.mktemp("judged")
        pairs = [("quality", "price"), ("quality", "speed"), ("price", "speed")]
        head = "item_a,item_b,judgement\n"
        forth = head + "".join(f"{a},{b},{v!r}\n" for (a, b), v in zip(pairs, values, strict=True))
        back = head + "".join(f"{b},{a},{1 / v!r}\n" for (a, b), v in zip(pairs, values, strict=True))
        one = read_judgements(write(folder / "f.csv", forth)).table.set_index(["item_a", "item_b"])
        other = read_judgements(write(folder / "g.csv", back)).table.set_index(["item_a", "item_b"])
        for pair, value in one["judgement"].items():
            found = other["judgement"].get(pair) or 1 / other["judgement"][pair[::-1]]
            assert found == pytest.approx(value)

    def test_template_is_read_back(self, tmp_path):
        """The empty matrix, filled in above the diagonal, can be read; a name with a comma stays whole."""
        text = judgements_template(["speed, on time", "price"]).replace(",1,\n", ",1,5\n")
        table = read_judgements(write(tmp_path / "h.csv", text)).table
        assert table[["item_a", "judgement"]].to_numpy().tolist() == [["speed, on time", 5.0]]


class TestErrors:
    """Every error names the cell, and all are told at once."""

    def test_cells_of_a_workbook(self, tmp_path):
        """A fraction that became a date, a number off the scale, a word and a diagonal of 2 are told by their cells."""
        sheets = {
            "Ann": [["", "a", "b"], ["a", 1, 13], ["b", dt.date(2024, 1, 3), 2]],
            "Bo": [["", "a", "b"], ["a", 1, "more"], ["b", None, 1]],
        }
        told = "\n".join(problems(workbook(tmp_path / "a.xlsx", sheets)))
        for place, word in (
            ("Ann!C2", "off the scale"),
            ("Ann!B3", "took a fraction for a date"),
            ("Ann!C3", "as important as itself"),
            ("Bo!C2", "no number"),
        ):
            assert any(place in line and word in line for line in told.splitlines()), (place, told)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (",a,b,c\na,1,2,3\nb,,1,\nc,,,1\n", "no judgement of the pair (b, c)"),
            (",a,b\na,1,3\nb,3,1\n", "C2 and B3 (a, b): 3 and back 3 are not reciprocal"),
            (",a,b\na,1,3\nc,,1\n", "only in the first column: b, c"),
            ("item_a,item_b,judgement\na,b,0\n", "0 is not above 0"),
            ("item_a,item_b,judgement\na,b,3\na,b,4\n", "judged in C2 already"),
            ("item_a,item_b,judgement\na,,3\na,b,4\n", "the pair lacks a name"),
            ("judge,item_a,item_b,judgement\nx,a,b,3\ny,a,c,4\n", "other items than the first judge: b, c"),
            ("item_a,item_b,judgement\na,a,1\n", "two items or more"),
        ],
    )
    def test_text_files(self, tmp_path, text, said):
        """What is wrong in a text file is said with its place."""
        assert said in "\n".join(problems(write(tmp_path / "b.csv", text)))

    def test_too_many_items(self, tmp_path):
        """Sixteen items are too many to be compared in pairs."""
        names = [f"q{k}" for k in range(16)]
        assert "16 items are too many" in "\n".join(
            problems(write(tmp_path / "c.csv", judgements_template(names)))
        )

    def test_in_chinese(self, tmp_path):
        """In Chinese an error is Chinese, with the same cell."""
        with speaking("zh"):
            told = "\n".join(problems(write(tmp_path / "d.csv", ",质量,价格\n质量,1,12\n价格,,1\n")))
        assert "C2" in told
        assert "超出 1/9 到 9 的标度" in told

    @pytest.mark.parametrize("name", ["empty.csv", "gone.csv"])
    def test_no_file(self, tmp_path, name):
        """An empty file and a missing one end with a clear error."""
        if name == "empty.csv":
            write(tmp_path / name, "")
        with pytest.raises(DataError):
            read_judgements(tmp_path / name)
