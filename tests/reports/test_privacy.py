"""No name, number or address of a customer leaves with a report: planted in every column, found in no document."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
from pypdf import PdfReader

from crmlab.errors import CrmlabError
from crmlab.reports.run import run_report

#: stands in every cell that says who somebody is, or what they said
MARK = "ZQ7WK9"
_IDS = re.compile(MARK, re.IGNORECASE)


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


def _survey():
    """Return the answers of 140 customers, of stores of very different size."""
    rng = np.random.default_rng(5)
    rows = []
    for n in range(140):
        level = rng.normal()
        answers = {
            f"{name}{k}": int(np.clip(round(7 + 1.5 * (level + rng.normal(scale=0.7))), 1, 10))
            for name in ("质量", "服务", "价格")
            for k in (1, 2)
        }
        store = "一店" if n < 80 else "二店" if n < 130 else "三店" if n < 137 else f"{n}店"
        rows.append(
            {
                **_person(n),
                "门店": store,
                "总体满意度": int(np.clip(round(7 + 1.5 * level), 1, 10)),
                "推荐意愿": int(np.clip(round(7 + 2 * level), 0, 10)),
                **answers,
                "您的意见": f"{MARK} 很好，我的电话 139{MARK}",
            }
        )
    return pd.DataFrame(rows)


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


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write the files of a firm that knows too much."""
    folder = tmp_path_factory.mktemp("firm")
    _sales().to_csv(folder / "sales.csv", index=False)
    _survey().to_csv(folder / "survey.csv", index=False)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("name", "lang"), [("satisfaction", "en"), ("loyalty", "zh"), ("clv", "zh")])
def test_what_says_who_somebody_is_leaves_with_no_document(files, tmp_path, name, lang, capsys):
    """PDF, page, workbook, notebook, list of rejects, names of files, notes and screen: no planted sign in any."""
    data = {"satisfaction": files / "survey.csv", "clv": files / "sales.csv"}.get(
        name, [str(files / "sales.csv"), f"survey={files / 'survey.csv'}"]
    )
    options = {"bootstrap": 0} if name == "satisfaction" else {}
    done = run_report(name, data=data, lang=lang, out=tmp_path, parameters=options)
    assert {path.suffix for path in done.paths} >= {".pdf", ".html", ".xlsx", ".ipynb"}
    assert _leaks(done.paths) == []
    said = capsys.readouterr()
    assert not _IDS.search(" ".join([*done.notes, *done.first_rejects, said.out, said.err]))


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
