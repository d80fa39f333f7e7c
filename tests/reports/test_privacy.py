"""No name, number or address of a customer leaves with a report: planted in every column, found in no document."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import tempfile
import zipfile

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from crmlab.errors import CrmlabError
from crmlab.reports.run import run_report
from crmlab.simulate import simulate_retail

#: stands in every cell that says who somebody is, or what they said
MARK = "ZQ7WK9"
_IDS = re.compile(MARK, re.IGNORECASE)
#: stands in cells that cannot be read, which the list of rejects quotes, and nothing else
REJECTED = "NQ4XJ8"
#: what would run somewhere
WEAPONS = (
    f'=HYPERLINK("http://{MARK}.invalid")',
    f"<script>alert('{MARK}')</script>",
    f'#import "{MARK}.typ"',
    f"$\\input{{{MARK}}}$",
    f"@{MARK}",
    f"[{MARK}](javascript:x)",
)
#: names of stores, topics, tiers and plans, which a report shows
NAMES = (
    '=HYPERLINK("http://x.invalid")',
    "<script>alert(1)</script>",
    '#import "x.typ"',
    "$\\input{/etc/passwd}$",
    "@ref",
)
#: tables that are planted, and the column whose broken cells are rejected
_BROKEN = {
    "transactions": "date",
    "survey": "date",
    "complaints": "date",
    "points": "date",
    "tiers": "year",
    "wallet": "category_spend",
    "contracts": "start",
}


def _person(n):
    """Return everything that a customer's own file may say of one customer."""
    return {
        "会员号": f"{MARK}ID{n:04}",
        "姓名": f"{MARK}姓名{n}",
        "手机": f"139{MARK}{n:04}",
        "邮箱": f"{MARK}.{n}@example.com",
        "地址": f"{MARK}路 {n} 号",
        "备注": f"{MARK} called, will sue",
    }


def _sales():
    """Return purchases of 140 customers in two years, with rows that cannot be read."""
    rng = np.random.default_rng(20_241)
    rows = []
    for n in range(140):
        for day in np.unique(rng.integers(0, 700, rng.integers(1, 9))):
            when = pd.Timestamp("2023-01-01") + pd.Timedelta(days=int(day))
            rows.append({**_person(n), "下单时间": f"{when:%Y-%m-%d}", "实付金额": f"{rng.gamma(2, 60):.2f}"})
    rows.append({**_person(900), "下单时间": "soon", "实付金额": "12"})
    rows.append({**_person(901), "下单时间": "2024-02-30", "实付金额": "13"})
    rows.append({**_person(902), "下单时间": "2024-03-01", "实付金额": "a lot"})
    return pd.DataFrame(rows)


def _written_too_much(table, broken):
    """Return a table of text in which every row says whose it is, with rows that cannot be read; `broken` is their column."""
    table = table.astype(object)
    if "customer" in table:
        table["customer"] = f"{MARK}ID" + table["customer"].astype(str)
    people = pd.DataFrame([_person(n) for n in range(len(table))], index=table.index).drop(columns="会员号")
    people["备注"] = [f"{MARK} {WEAPONS[n % len(WEAPONS)]}" for n in range(len(table))]
    people["地址"] = [WEAPONS[n % len(WEAPONS)] for n in range(len(table))]
    table = table.join(people)
    bad = table.head(len(WEAPONS)).assign(**{broken: [weapon.replace(MARK, REJECTED) for weapon in WEAPONS]})
    return pd.concat([table, bad])


def _contracts():
    """Return contracts of 300 customers of three plans, one of them small."""
    rng = np.random.default_rng(3)
    start = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 400, 300), unit="D")
    end = pd.Series(start + pd.to_timedelta(30 * rng.geometric(0.05, 300), unit="D"))
    return pd.DataFrame(
        {
            "customer": [f"{n:04}" for n in range(300)],
            "start": start.strftime("%Y-%m-%d"),
            "end": end.where(end < "2024-01-01").dt.strftime("%Y-%m-%d"),
            "fee": rng.integers(20, 90, 300),
            "plan": rng.choice(["A", "B", "C"], 300, p=[0.6, 0.38, 0.02]),
        }
    )


def _judgements():
    """Return what two judges with names hold to be important."""
    pairs = [("quality", "value", 2), ("quality", "image", 5), ("value", "image", 2)]
    rows = [
        (f"{MARK}{who}", *pair[:2], pair[2] / by) for who, by in (("张三", 1), ("李四", 6)) for pair in pairs
    ]
    return pd.DataFrame(rows, columns=["judge", "item_a", "item_b", "judgement"]).assign(手机=f"139{MARK}")


def _told(path):
    """Yield every text that a file holds, also what is packed into it."""
    raw = path.read_bytes()
    yield raw.decode("utf-8", "replace")
    if path.suffix == ".pdf":
        reader = PdfReader(io.BytesIO(raw))
        yield "".join(page.extract_text() for page in reader.pages)
        yield str(reader.metadata)
        numbers = {*reader.xref_objStm, *(number for one in reader.xref.values() for number in one)}
        for number in sorted(numbers):
            yield str(reader.get_object(number))
    elif path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            for name in book.namelist():
                yield name + book.read(name).decode("utf-8", "replace")
    elif path.suffix == ".ipynb":
        yield json.dumps(json.loads(raw), ensure_ascii=False)
    elif path.suffix == ".html":
        text = raw.decode().replace("\\u002f", "/")
        for packed in re.findall(r"base64,((?:[A-Za-z0-9+/]{4}){4,}[A-Za-z0-9+/=]{0,4})", text):
            yield base64.b64decode(packed[: len(packed) // 4 * 4]).decode("latin-1")
        for packed in re.findall(r'"bdata"\s*:\s*"((?:[A-Za-z0-9+/]{4})+[A-Za-z0-9+/=]{0,4})', text):
            yield base64.b64decode(packed[: len(packed) // 4 * 4]).decode("latin-1")


def _leaks(paths):
    found = [f"{path.name}: name" for path in paths if _IDS.search(path.name)]
    for path in paths:
        for text in _told(path):
            found += [
                f"{path.name}: …{text[max(0, m.start() - 60) : m.end() + 20]}…" for m in _IDS.finditer(text)
            ][:3]
    return found


def _attacks(paths):
    """Return scripts, formulas and links that names in the data became."""
    found = []
    for path in paths:
        if path.suffix == ".html":
            body = re.sub(r"<script>.*?</script>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
            found += re.findall(r"<script[^>]*>|<img[^>]*onerror[^>]*>|href=\"(?!#|data:)[^\"]*\"", body)
        elif path.suffix == ".xlsx":
            cells = [cell for sheet in load_workbook(path) for row in sheet for cell in row]
            found += [cell.value for cell in cells if cell.data_type == "f"]
        elif path.suffix == ".pdf":
            notes = [note for page in PdfReader(path).pages for note in page.get("/Annots", ())]
            found += [str(note.get_object()) for note in notes if "/URI" in str(note.get_object())]
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write every table that a report reads from a file, of a firm that knows too much."""
    folder = tmp_path_factory.mktemp("firm")
    tables = {**simulate_retail(260, 11), "contracts": _contracts()}
    for name, broken in _BROKEN.items():
        table = tables[name]
        for group in table.columns.intersection(["store", "topic", "tier", "plan"]):
            codes, _ = pd.factorize(table[group], sort=True)
            table[group] = [NAMES[code % len(NAMES)] for code in codes]
        if name == "survey":
            table = table.assign(您的意见=f"{MARK} 很好，我的电话 139{MARK}")
        _written_too_much(table, broken).to_csv(folder / f"{name}.csv", index=False)
    _judgements().to_csv(folder / "judgements.csv", index=False)
    _sales().to_csv(folder / "sales.csv", index=False)
    return folder


#: report and language to the tables it is given
RUNS = [
    ("satisfaction", "en", ("survey", "complaints", "judgements")),
    ("loyalty", "zh", ("transactions", "survey", "points", "tiers", "wallet")),
    ("clv", "zh", ("transactions",)),
    ("clv", "en", ("contracts",)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "lang", "tables"), RUNS)
def test_what_says_who_somebody_is_leaves_with_no_document(
    files, tmp_path, monkeypatch, capsys, *, name, lang, tables
):
    """PDF, page, workbook, notebook, list of rejects, names of files, notes, screen and what is left on the disk: no planted sign in any."""
    left = tmp_path / "left"
    left.mkdir()
    monkeypatch.setenv("TMPDIR", str(left))
    monkeypatch.setattr(tempfile, "tempdir", str(left))
    options = {"bootstrap": 0} if name == "satisfaction" else {}
    done = run_report(
        name,
        data=[f"{table}={files / table}.csv" for table in tables],
        lang=lang,
        out=tmp_path / "out",
        parameters=options,
    )
    assert {path.suffix for path in done.paths} >= {".pdf", ".html", ".xlsx", ".ipynb"}
    assert sorted(done.paths) == sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert _leaks(done.paths) == []
    assert _attacks(done.paths) == []
    assert name != "satisfaction" or "&lt;script&gt;alert(1)" in done.paths[1].read_text(encoding="utf-8")
    said = capsys.readouterr()
    assert not _IDS.search(" ".join([*done.notes, *done.first_rejects, said.out, said.err]))
    lists = [path for path in done.paths if path.suffix == ".csv"]
    assert len(lists) == len([table for table in tables if table in _BROKEN])
    for path in done.paths:
        assert (REJECTED in "".join(_told(path))) == (path in lists)
    cells = [cell for path in lists for row in csv.reader(path.open(encoding="utf-8-sig")) for cell in row]
    assert sum(REJECTED in cell for cell in cells) == len(lists) * len(WEAPONS)
    assert not [cell for cell in cells if cell[:1] in {"=", "@", "+", "-"}]


@pytest.mark.parametrize("keep_ids", [False, True])
def test_judges_are_numbered_as_they_follow(tmp_path, keep_ids):
    """The names of judges stand in a report where identifiers are kept; else their place in the file does, and a note says so."""
    from crmlab.data import load_case
    from crmlab.data.judgements import read_judgements
    from crmlab.reports.inputs import add_tables, prepare_case
    from crmlab.reports.registry import get_report

    _judgements().to_csv(tmp_path / "judged.csv", index=False)
    given = add_tables(
        prepare_case(get_report("satisfaction"), load_case("mobi")),
        {"judgements": read_judgements(tmp_path / "judged.csv")},
        keep_ids=keep_ids,
    )
    names = [f"{MARK}张三", f"{MARK}李四"] if keep_ids else ["1", "2"]
    assert given.judgements["judge"].unique().tolist() == names
    assert bool(given.source["more"][0]["notes"]) != keep_ids


@pytest.mark.slow
def test_the_search_finds_what_is_kept(files, tmp_path):
    """With --keep-ids the identifiers are in the workbook, so the test above can fail; nothing else is."""
    done = run_report(
        "clv", data=files / "sales.csv", out=tmp_path, to=["pdf", "html", "xlsx"], keep_ids=True
    )
    text = "\n".join(_leaks(done.paths))
    assert {".xlsx", ".html", ".pdf"} <= {path.suffix for path in done.paths if path.name in text}
    assert not re.search(f"{MARK}(?!ID)", "".join(found for path in done.paths for found in _told(path)))


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.drop(columns="实付金额"),
        lambda table: table.assign(下单时间="never"),
        lambda table: table.assign(下单时间="03/04/2024"),
        lambda table: table.drop_duplicates("会员号"),
        lambda table: table.head(1),
    ],
    ids=["no amount", "no date", "two ways to read a date", "nobody comes back", "one row"],
)
def test_no_error_says_who_somebody_is(tmp_path, change):
    """What is wrong with a file is told without what its customers are called."""
    change(_sales()).to_csv(tmp_path / "sales.csv", index=False)
    with pytest.raises(CrmlabError) as told:
        run_report("clv", data=tmp_path / "sales.csv", out=tmp_path / "out", to=["html"])
    assert not _IDS.search(str(told.value))


def _asked(path, **options):
    """Return the input of a satisfaction report on a survey with an open question."""
    from crmlab.data import read_table
    from crmlab.reports.inputs import prepare_file
    from crmlab.reports.registry import get_report

    spec = get_report("satisfaction")
    return prepare_file(spec, read_table(path, as_="survey"), spec.parameters(**options))


def _open_question(path, n=40):
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.integers(1, 6, (n, 5)), columns=["总体满意度", "q1", "q2", "q3", "q4"])
    table["您的意见"] = [f"第 {k} 单：请王先生回电 138001380{k:02} 或 w{k}@example.com" for k in range(n)]
    table.to_csv(path, index=False)
    return path


def test_free_text_is_left_out_unless_it_is_asked_for(tmp_path):
    """What respondents wrote is not even in the tables that the notebook gets; asked for, it is there, masked."""
    path = _open_question(tmp_path / "survey.csv")
    assert "comment" not in _asked(path).survey
    words = _asked(path, comments=7).survey["comment"].dropna()
    assert len(words) == 7
    assert words.str.fullmatch(r"第 \d+ 单:?：?请\[name\]先生回电 \[phone\] 或 \[e-mail\]").all()


def test_a_few_comments_are_not_shown(tmp_path):
    """Where fewer than min_group wrote something, nobody's words are shown; long ones are cut."""
    path = _open_question(tmp_path / "survey.csv")
    table = pd.read_csv(path)
    table.loc[4:, "您的意见"] = ""
    table.to_csv(path, index=False)
    assert "comment" not in _asked(path, comments=7).survey
    table["您的意见"] = "很好" * 900
    table.to_csv(path, index=False)
    assert _asked(path, comments=3).survey["comment"].dropna().str.len().max() <= 301


def test_answers_under_a_heading_for_comments_stay_answers(tmp_path):
    """A column called comments that holds answers from 1 to 5 is an item."""
    path = _open_question(tmp_path / "survey.csv")
    pd.read_csv(path).assign(您的意见=4).to_csv(path, index=False)
    assert "您的意见" in _asked(path, comments=7).items


@pytest.mark.parametrize(("lang", "title"), [("en", "What customers wrote"), ("zh", "客户写下的意见")])
def test_comments_stand_in_the_report_that_asked_for_them(tmp_path, lang, title):
    """The section shows as many as asked for, says what is masked, and holds no number to call."""
    from crmlab.reports.content import satisfaction
    from crmlab.text import use

    path = _open_question(tmp_path / "survey.csv")
    use(lang)
    given = _asked(path, comments=5)
    from crmlab.reports.registry import get_report

    spec = get_report("satisfaction")
    found = satisfaction.study(given, spec.parameters(comments=5, bootstrap=0, structure="none"))
    blocks = satisfaction.complaints(found)
    assert title in blocks[0].data["markdown"]
    assert len(blocks[1].data["rows"]) == 5
    assert not re.search(r"\d{5}|@", str(blocks[1].data["rows"]))
    use("en")
