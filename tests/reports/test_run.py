"""Runs: everything that was asked for, or one clear error and nothing at all."""

from __future__ import annotations

import datetime as dt
import io
import re
from types import SimpleNamespace

import nbformat
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from crmlab import errors, show
from crmlab.data import load_case
from crmlab.errors import CrmlabError, DataError, FitError, ParameterError, ReportError
from crmlab.reports import inputs
from crmlab.reports.run import run_report
from crmlab.text import speaking

NEXT_YEAR = dt.date.today().year + 1  # noqa: DTZ011 - the reader's own today
GOOD = "customer,date,amount\n" + "".join(
    f"K{n % 7},2024-0{n % 8 + 1}-1{n % 9},{10 + n}\n" for n in range(40)
)


@pytest.fixture
def fake_kernel(monkeypatch):
    """Put a notebook of one table in the place of a kernel's; remember what it was given."""
    from crmlab import execution

    seen = SimpleNamespace(parameters=None, tables=None, error=None)

    def execute(notebook, parameters, *, cache=None, data_keys=(), lang=None):
        seen.parameters = dict(parameters) | {"lang": lang}
        seen.input = inputs.load(parameters["input_dir"])
        seen.data_keys = data_keys
        if seen.error:
            raise seen.error
        with speaking(lang):
            bundle = show.table(seen.input.transactions.head(3), "c", "rows")._repr_mimebundle_()
        nb = nbformat.v4.new_notebook()
        nb.cells = [
            nbformat.v4.new_code_cell("input_dir = ''", metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("display_data", data=bundle)]),
        ]
        nb.metadata["crmlab"] = {"parameters": dict(parameters)}
        return SimpleNamespace(nb=nb, seconds=0.1, cached=False)

    monkeypatch.setattr(execution, "execute", execute)
    return seen


@pytest.fixture
def sales(tmp_path):
    """Return a function that writes a file of sales."""

    def write(text=GOOD, name="sales.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_a_run_makes_what_was_asked_for(tmp_path, sales, fake_kernel):
    """Documents, notebook and list of rejects appear under the report's name and language."""
    file = sales(GOOD + "K1,2024-13-45,7\n")
    told = []
    run = run_report(
        "clv",
        data=file,
        lang="zh",
        to=("html", "xlsx"),
        out=tmp_path / "out",
        parameters=["top_n=7"],
        progress=lambda *step: told.append(step),
    )
    names = ["clv.zh.html", "clv.zh.xlsx", "clv.zh.ipynb", "clv.zh.rejects.csv"]
    assert [path.name for path in run.paths] == names
    assert all(path.is_absolute() and path.is_file() for path in run.paths)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(names)
    assert (run.rows_read, run.rows_rejected) == (41, 1)
    assert "2024-13-45" in run.first_rejects[0]
    assert told == [("读取数据", 1, 4), ("运行笔记本", 2, 4), ("html", 3, 4), ("xlsx", 4, 4)]
    assert fake_kernel.parameters["top_n"] == 7
    assert fake_kernel.parameters["lang"] == "zh"


def test_a_later_run_without_rejects_removes_the_older_list(tmp_path, sales, fake_kernel):
    """A list of rejects always belongs to the documents beside it."""
    for text in (GOOD + "K1,never,7\n", GOOD):
        run = run_report("clv", data=sales(text), to=("xlsx",), out=tmp_path / "out")
    assert [path.name for path in run.paths] == ["clv.en.xlsx", "clv.en.ipynb"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["clv.en.ipynb", "clv.en.xlsx"]


def test_no_identity_reaches_the_notebook(tmp_path, sales, fake_kernel):
    """Neither the tables nor any file written hold an identifier of the user's customers."""
    text = GOOD.replace("K", "secret-")
    run = run_report("clv", data=sales(text), to=("html", "xlsx"), out=tmp_path / "out")
    assert fake_kernel.input.transactions["customer"].str.startswith("C-").all()
    for path in run.paths:
        assert b"secret-" not in path.read_bytes()


def test_the_kept_notebook_tells_parameters_and_no_folder(tmp_path, sales, fake_kernel):
    """The executed notebook has the run's parameters in a cell, and not the path of the private folder."""
    run = run_report("clv", data=sales(), to=("xlsx",), out=tmp_path / "out", parameters={"margin": 0.4})
    nb = nbformat.read(run.paths[-1], as_version=4)
    nbformat.validate(nb)
    cell = nb.cells[1]
    assert cell.metadata.tags == ["injected-parameters"]
    assert "margin = 0.4" in cell.source
    text = run.paths[-1].read_text(encoding="utf-8")
    assert fake_kernel.parameters["input_dir"] not in text
    assert str(tmp_path) not in text
    assert not list(tmp_path.glob("**/*.parquet"))


def test_a_case_with_a_cache_has_the_same_folder_every_time(tmp_path, fake_kernel):
    """What the cache is keyed by does not change from run to run."""
    seen = []
    for _ in range(2):
        run_report("clv", case="cdnow-sample", to=("xlsx",), out=tmp_path / "out", cache=tmp_path / "cache")
        seen.append((fake_kernel.parameters, fake_kernel.data_keys))
    assert seen[0] == seen[1]


BROKEN = {
    "empty": ("", "empty"),
    "only a head": ("customer,date,amount\n", ""),
    "no such column": ("colour,shape\nred,round\nblue,square\n", "customer"),
    "text in amounts": (re.sub(r",\d+\n", ",much\n", GOOD), "amount"),
    "one customer": (re.sub(r"K\d", "K1", GOOD), "1 customer"),
    "in the future": (GOOD.replace("2024-", f"{NEXT_YEAR}-"), "future"),
    "all once": (
        "customer,date,amount\n" + "".join(f"K{n},2024-01-1{n},5\n" for n in range(9)),
        "one day only",
    ),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), ""),
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_broken_input_ends_with_one_clear_error(tmp_path, sales, fake_kernel, kind, lang):
    """The message says what is wrong, the exit code is that of bad data, and no file is written."""
    text, told = BROKEN[kind]
    file = sales(text)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(DataError) as caught:
        run_report("clv", data=file, lang=lang, out=tmp_path / "out")
    assert caught.value.exit_code == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    said = str(caught.value)
    if lang == "en":
        assert told in said
    else:
        assert any("\u4e00" <= char <= "\u9fff" for char in said.splitlines()[0])
    assert fake_kernel.parameters is None


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, "needs data"),
        ({"data": "x.csv", "case": "retail"}, "not both"),
        ({"case": "retial"}, "no case “retial”"),
        ({"case": "retail", "to": ("docx",)}, "Reports are made as"),
        ({"case": "retail", "to": ()}, "Reports are made as"),
        ({"case": "retail", "lang": "fr"}, "No language 'fr'"),
        ({"case": "retail", "parameters": ["top_n=0"]}, "cannot be used"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_once(tmp_path, fake_kernel, asked, told):
    """Options are checked before anything is read or run."""
    with pytest.raises(ParameterError) as caught:
        run_report("clv", out=tmp_path / "out", **asked)
    assert told in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    assert fake_kernel.parameters is None


def failed(ename, evalue):
    """Return an error as the execution raises it when a cell fails."""
    error = ReportError("clv.ipynb stopped in cell 'models'", problems=["in the line: fit()"])
    error.__cause__ = SimpleNamespaceError(ename, evalue)
    return error


class SimpleNamespaceError(Exception):
    """Has what papermill's error has."""

    def __init__(self, ename, evalue):
        super().__init__(evalue)
        self.ename, self.evalue = ename, evalue


def test_an_error_of_crmlab_in_the_notebook_is_told_as_itself(tmp_path, sales, fake_kernel):
    """Message, problems, hint and exit code come through from the kernel."""
    original = FitError("No maximum.", problems=["b runs off", "a runs off"], hint="Observe longer.")
    fake_kernel.error = failed("FitError", str(original))
    with pytest.raises(FitError) as caught:
        run_report("clv", data=sales(), out=tmp_path / "out")
    assert str(caught.value) == str(original)
    assert caught.value.problems == original.problems
    assert caught.value.exit_code == errors.FitError.exit_code == 4
    assert [path.name for path in tmp_path.iterdir()] == ["sales.csv"]


def test_any_other_error_in_the_notebook_names_itself_and_the_line(tmp_path, sales, fake_kernel):
    """An unforeseen error becomes one ReportError, in the language of the report."""
    fake_kernel.error = failed("ZeroDivisionError", "division by zero")
    with pytest.raises(ReportError) as caught:
        run_report("clv", data=sales(), lang="zh", out=tmp_path / "out")
    assert caught.value.message == "《客户终生价值》报告因自身错误而中止。"
    assert caught.value.problems == ("ZeroDivisionError: division by zero", "in the line: fit()")


def test_a_failing_exporter_leaves_nothing(tmp_path, sales, fake_kernel, monkeypatch):
    """When the last document fails, the first is not published either; older ones stay."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "clv.en.html").write_text("old")
    from crmlab.reports.export import xlsx

    def fail(*_):
        raise ReportError("no")

    monkeypatch.setattr(xlsx, "_workbook", fail)
    with pytest.raises(ReportError, match="no"):
        run_report("clv", data=sales(), to=("html", "xlsx"), out=out)
    assert (out / "clv.en.html").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "sales.csv"]


# --- the whole line, with a kernel ---------------------------------------------------------------------------------

HOSTILE = [
    "=cmd|'/C calc'!A0",
    "<script>alert(1)</script>",
    "#set page(width: 1cm)",
    "A**b**_[c](http://x.y)",
    "$x^2$",
    "]] #panic()",
    "张三",
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Run the report on the CDNOW sample as a user's file, its best customers with hostile names, in Chinese."""
    folder = tmp_path_factory.mktemp("whole")
    table = load_case("cdnow-sample").table("transactions")[["customer", "date", "amount"]]
    lately = table[table["date"].between("1997-07-01", "1997-09-30")]
    best = lately["customer"].value_counts().index
    names = dict(zip(best, HOSTILE, strict=False))
    table["customer"] = table["customer"].map(lambda name: names.get(name, name))
    table.columns = ["customer_id", "date", "amount"]
    table.to_csv(folder / "cdnow.csv", index=False)
    return run_report(
        "clv",
        data=folder / "cdnow.csv",
        lang="zh",
        out=folder / "out",
        parameters=["observation_end=1997-09-30", "time_unit=week", "top_n=50"],
        keep_ids=True,
    )


@pytest.fixture(scope="module")
def pdf_text(whole):
    """Return the PDF's text."""
    return "\n".join(page.extract_text() for page in PdfReader(whole.paths[0]).pages)


@pytest.mark.slow
def test_the_published_parameters_stand_in_the_pdf(pdf_text):
    """BG/NBD of Fader, Hardie & Lee 2005 (table 2) and Gamma–Gamma of note 025, to three decimals as refitted."""
    for value in ("0.243", "4.414", "0.793", "2.426", "6.249", "3.745", "15.448"):
        assert value in pdf_text
    assert "客户终生价值" in pdf_text


@pytest.mark.slow
def test_hostile_names_come_out_as_text_everywhere(whole, pdf_text):
    """Formulas, markup and scripts in identifiers are words in PDF, page and workbook."""
    html = whole.paths[1].read_text(encoding="utf-8")
    book = load_workbook(io.BytesIO(whole.paths[2].read_bytes()))
    cells = {
        cell.value: cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    flat = re.sub(r"\s", "", pdf_text)
    shown = [name for name in HOSTILE if name in cells]
    assert len(shown) >= 6
    for name in shown:
        assert re.sub(r"\s", "", name) in flat
        assert cells[name].data_type == "s"
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert cells[HOSTILE[0]].quotePrefix


@pytest.mark.slow
def test_the_last_page_tells_how_it_was_made(whole, pdf_text):
    """File, rows and parameters stand in the PDF, with what is not the default marked."""
    flat = re.sub(r"\s", "", pdf_text)
    assert "cdnow.csv" in flat
    assert "1997-09-30（默认值：空）" in flat
    assert "week（默认值）" in flat
    assert whole.rows_read == 6919


@pytest.mark.slow
def test_an_error_inside_the_kernel_comes_out_as_its_own_message(tmp_path):
    """An error of crmlab in a real kernel ends the run with its own message and leaves nothing."""
    file = tmp_path / "sales.csv"
    rows = "".join(f"K{n},2024-01-0{n % 9 + 1},5\nK{n},2024-02-0{n % 9 + 1},{n - 5}\n" for n in range(30))
    file.write_text("customer,date,amount\n" + rows, encoding="utf-8")
    with pytest.raises(CrmlabError) as caught:
        run_report("clv", data=file, out=tmp_path / "out", parameters=["refunds=error"])
    assert type(caught.value) is DataError
    assert "Traceback" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["sales.csv"]
