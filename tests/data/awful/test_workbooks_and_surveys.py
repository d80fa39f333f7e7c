"""Awful workbooks, and answers that are none."""

# ruff: noqa: D401 - the docstring of a generator is the story of its file

from __future__ import annotations

import random
import zipfile
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from openpyxl import Workbook

from crmlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS: list[list[object]] = [
    ["customer", "date", "amount"],
    ["A", "2024-03-05", 5],
    ["A", "2024-03-06", 6],
    ["B", "2024-03-06", 7],
]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def book(folder: Path, *sheets: tuple[str, list[list[object]], str], name: str = "sales.xlsx") -> Path:
    """Write a workbook: name, rows and state of each sheet."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for title, rows, state in sheets:
        sheet = workbook.create_sheet(title)
        sheet.sheet_state = state
        for row in rows:
            sheet.append(row)
    workbook.save(folder / name)
    return folder / name


def survey(folder: Path, cell: Callable[[int, random.Random], list[object]]) -> Path:
    """Write a survey of sixty respondents with four questions."""
    draw = random.Random(1)
    lines = ["respondent,overall,q1,q2,q3"]
    lines += [",".join(map(str, [f"R{i}", *cell(i, draw)])) for i in range(60)]
    path = folder / "answers.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def first_sheet_empty(folder: Path) -> Path:
    """The data are in the second sheet."""
    return book(folder, ("Sheet1", [], "visible"), ("data", ROWS, "visible"))


def hidden_sheet(folder: Path) -> Path:
    """Last year's data are hidden in the same workbook."""
    return book(folder, ("old", ROWS, "hidden"), ("new", ROWS[:3], "visible"))


def two_sheets_that_fit(folder: Path) -> Path:
    """Two months in two sheets: which is meant, only a person knows."""
    return book(folder, ("May", ROWS, "visible"), ("June", ROWS, "visible"))


def title_and_totals(folder: Path) -> Path:
    """A report for people: a title above, a row of totals and a signature below."""
    title: list[list[object]] = [["Sales"], []]
    below: list[list[object]] = [["合计", None, 18], [], ["制表人：张三"]]
    return book(folder, ("S", title + ROWS + below, "visible"))


def errors_in_cells(folder: Path) -> Path:
    """A formula failed, and the sheet shows #REF!."""
    return book(folder, ("S", [*ROWS, ["B", "2024-03-09", "#REF!"]], "visible"))


def csv_named_xlsx(folder: Path) -> Path:
    """Somebody renamed a text file."""
    (folder / "sales.xlsx").write_text("customer,date,amount\nA,2024-03-05,5\n")
    return folder / "sales.xlsx"


def xlsx_named_csv(folder: Path) -> Path:
    """Somebody renamed a workbook."""
    return book(folder, ("S", ROWS, "visible"), name="sales.csv")


def word_document(folder: Path) -> Path:
    """A letter is packed as a workbook is, and is none."""
    with zipfile.ZipFile(folder / "sales.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    return folder / "sales.xlsx"


def with_a_password(folder: Path) -> Path:
    """A workbook with a password is a container of another kind."""
    (folder / "sales.xlsx").write_bytes(OLE + bytes(4096))
    return folder / "sales.xlsx"


def old_excel(folder: Path) -> Path:
    """A workbook in the format of Excel 97."""
    (folder / "sales.xls").write_bytes(OLE + bytes(4096))
    return folder / "sales.xls"


def bomb(folder: Path) -> Path:
    """A sheet of one row, a million times, packs into a few kilobytes."""
    with zipfile.ZipFile(folder / "sales.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(80_000_000))
    return folder / "sales.xlsx"


def nested_column(folder: Path) -> Path:
    """The amounts of a Parquet file are structures."""
    path = folder / "sales.parquet"
    duckdb.sql(
        "SELECT * FROM (VALUES ('A', '2024-03-05', {'net': 5}), ('B', '2024-03-06', {'net': 6})) t(customer, date, amount)"
    ).write_parquet(str(path))
    return path


def answer_99(folder: Path) -> Path:
    """The questionnaire's 99 means no answer, in a third of the overall scores."""
    return survey(
        folder, lambda i, d: [99 if i % 3 == 0 else d.randint(1, 5), *(d.randint(1, 5) for _ in range(3))]
    )


def answer_minus_1(folder: Path) -> Path:
    """Another program writes -1 where the question was skipped."""
    return survey(folder, lambda i, d: [*(d.randint(1, 5) for _ in range(3)), -1 if i % 4 == 0 else 3])


def scale_to_100(folder: Path) -> Path:
    """On a scale to 100, 99 is an answer."""
    return survey(
        folder, lambda i, d: [99 if i == 0 else d.randint(40, 98), *(d.randint(1, 5) for _ in range(3))]
    )


def words_of_two_languages(folder: Path) -> Path:
    """Answers in words, of which some are German."""
    words = ["非常满意", "满意", "一般", "不满意", "非常不满意"]
    return survey(
        folder, lambda i, d: ["sehr gut" if i < 6 else d.choice(words), *(d.choice(words) for _ in range(3))]
    )


def two_scales_in_one_question(folder: Path) -> Path:
    """Half the branches asked from 0 to 10, half from 1 to 5: the reader sees the longer one."""
    return survey(
        folder,
        lambda i, d: [
            d.randint(1, 5),
            d.randint(0, 10) if i % 2 else d.randint(1, 5),
            *(d.randint(1, 5) for _ in "ab"),
        ],
    )


def all_the_same(folder: Path) -> Path:
    """Every respondent gave every question a 4."""
    return survey(folder, lambda _, __: [4, 4, 4, 4])


def one_question_turned_round(folder: Path) -> Path:
    """One question is asked the other way round."""

    def answers(_: int, draw: random.Random) -> list[object]:
        mood = draw.randint(1, 5)
        return [mood, mood, mood, 6 - mood]

    return survey(folder, answers)


def letters_instead_of_steps(folder: Path) -> Path:
    """Answers are A to D, and no file says which is best."""
    return survey(folder, lambda _, d: [d.choice("ABCD") for _ in range(4)])


def nobody_answered(folder: Path) -> Path:
    """The form was sent out, and the export shows only blanks."""
    return survey(folder, lambda _, __: ["", "", "", ""])


def scale_of(item: str, low: int, high: int) -> Any:
    """Return a check of an item's scale."""

    def check(result: Any) -> None:
        scale = result.scales[item]
        assert scale is not None
        assert (scale.low, scale.high) == (low, high)

    return check


def missing(item: str, count: int) -> Any:
    """Return a check of how many answers are missing."""

    def check(result: Any) -> None:
        assert int(result.table[item].isna().sum()) == count
        scale_of(item, 1, 5)(result)

    return check


def straight(result: Any) -> None:
    """Hold that all are told as having given one answer to everything."""
    assert result.quality().set_index("measure")["value"]["straight_lines"] == 60


def turned(result: Any) -> None:
    """Hold that answers are left as they were given."""
    assert (result.table["q3"] == 6 - result.table["q1"]).all()


CASES: dict[Any, dict[str, Any]] = {
    first_sheet_empty: {"kept": 3, "of": 3, "facts": lambda r: r.source.sheet == "data"},
    hidden_sheet: {
        "kept": 2,
        "of": 2,
        "facts": lambda r: r.source.sheet == "new",
        "en": ["Hidden sheets were not read: old"],
        "zh": ["隐藏的工作表未读取：old"],
    },
    two_sheets_that_fit: {"error": DataError, "en": ['--sheet "May"'], "zh": ['--sheet "May"', "3 行"]},
    title_and_totals: {"kept": 3, "of": 5, "rejected": {"total_row": 1, "remark": 1}},
    errors_in_cells: {"kept": 3, "of": 4, "rejected": {"sheet_error": 1}},
    csv_named_xlsx: {"error": DataError, "en": ["rename it to sales.csv"], "zh": ["sales.csv"]},
    xlsx_named_csv: {"error": DataError, "en": ["Rename it to sales.xlsx."], "zh": ["请改名为 sales.xlsx。"]},
    word_document: {
        "error": DataError,
        "en": ["no readable Excel workbook"],
        "zh": ["不是可以读取的 Excel 工作簿"],
    },
    with_a_password: {"error": DataError, "en": ["one with a password"], "zh": ["设有密码"]},
    old_excel: {"error": DataError, "en": ["save it again as .xlsx"], "zh": ["另存为 .xlsx"]},
    bomb: {"error": DataError, "en": ["too much for a workbook"], "zh": ["CSV"]},
    nested_column: {"error": DataError, "en": ["cannot be read as amounts"], "zh": ["不能作为金额读取"]},
    answer_99: {
        "as_": "survey",
        "kept": 60,
        "of": 60,
        "facts": missing("overall", 20),
        "en": ["“overall”: 99 lies far off the scale and is read as “no answer” (20 times)"],
        "zh": ["“overall”中的 99 远在量表之外，按“未回答”处理（共 20 次）"],
    },
    answer_minus_1: {
        "as_": "survey",
        "kept": 60,
        "of": 60,
        "facts": missing("q3", 15),
        "en": ["-1"],
        "zh": ["-1"],
    },
    scale_to_100: {
        "as_": "survey",
        "kept": 60,
        "of": 60,
        "facts": lambda r: r.table["overall"].max() == 99,
    },
    words_of_two_languages: {
        "as_": "survey",
        "kept": 60,
        "of": 60,
        "rejected": {"no_answer": 6},
        "facts": missing("overall", 6),
    },
    two_scales_in_one_question: {"as_": "survey", "kept": 60, "of": 60, "facts": scale_of("q1", 0, 10)},
    all_the_same: {"as_": "survey", "kept": 60, "of": 60, "facts": straight},
    one_question_turned_round: {"as_": "survey", "kept": 60, "of": 60, "facts": turned},
    letters_instead_of_steps: {
        "as_": "survey",
        "error": DataError,
        "en": ["No column holds answers on a scale", "Answers are numbers from 0 to 10 or words"],
        "zh": ["非常满意"],
    },
    nobody_answered: {"as_": "survey", "error": DataError},
}


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_an_awful_workbook_or_survey_ends_as_it_must(ends, make):
    """Each awful workbook or survey ends in the right table or the right error, in both languages, and nothing is written."""
    must = dict(CASES[make])
    if must.get("as_") == "survey":
        must["options"] = {"today": None}
    ends(make, must)
