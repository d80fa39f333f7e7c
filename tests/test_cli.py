"""The command line: what it says, where, and with which exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from crmlab import __version__
from crmlab.cli import main
from crmlab.errors import DataError


@pytest.fixture
def crmlab(capsys, monkeypatch):
    """Return a function that runs a command and gives code, output and errors."""
    monkeypatch.delenv("CRMLAB_LANG", raising=False)

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        said = capsys.readouterr()
        return SimpleNamespace(code=left.value.code, out=said.out, err=said.err)

    return run


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_tells_its_version(crmlab):
    """`crmlab --version` is one line."""
    ran = crmlab("--version")
    assert (ran.code, ran.out) == (0, f"crmlab {__version__}\n")


def test_it_starts_without_the_heavy_parts():
    """`crmlab --version` imports neither pandas nor a plotting library."""
    heavy = "{'pandas', 'numpy', 'matplotlib', 'nbconvert', 'papermill', 'plotly', 'duckdb'}"
    program = (
        "import sys, crmlab.cli\n"
        "try: crmlab.cli.main(['--version'])\n"
        f"except SystemExit: print(sorted({heavy} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "What will each customer buy"), ("zh", "每位客户将购买多少")]
)
def test_reports_are_listed_with_their_question(crmlab, lang, words):
    """`crmlab report list` speaks the language asked for."""
    ran = crmlab("report", "list", "--lang", lang)
    assert ran.code == 0
    assert words in ran.out
    for name in ("clv", "satisfaction", "loyalty"):
        assert name in ran.out


@pytest.mark.parametrize("name", ["clv", "satisfaction", "loyalty"])
def test_a_report_shows_its_contract(crmlab, name):
    """`crmlab report show` names inputs and every parameter with default and help."""
    from crmlab.reports import get_report

    ran = crmlab("report", "show", name, "--lang", "zh")
    assert ran.code == 0
    assert "参数" in ran.out
    for parameter in get_report(name).parameters.model_fields:
        assert parameter in ran.out
    assert f"crmlab report run {name} --case retail --lang zh" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("report", "show", "clb"), 2, "did you mean clv?"),
        (("reprt",), 2, "Did you mean 'report'?"),
        (("report", "run", "clv", "--cas", "x"), 2, "--case"),
        (("report", "run", "clv"), 2, "needs data"),
        (("report", "run", "clv", "--case", "retial"), 2, "Did you mean retail?"),
        (("report", "run", "clv", "--case", "retail", "-p", "min_cohort=9"), 2, "no parameter “min_cohort”"),
        (
            ("report", "run", "clv", "--case", "retail", "-p", "horizont_months=1"),
            2,
            "did you mean horizon_months?",
        ),
        (("report", "run", "clv", "--case", "mobi"), 3, "has no transactions"),
        (("report", "run", "clv", "--data", "nowhere.csv"), 3, "nowhere.csv"),
        (("report", "run", "clv", "--case", "retail", "--to", "pfd"), 2, "did you mean pdf?"),
        (("report", "list", "--lang", "jp"), 2, "No language 'jp'"),
        (("data", "show", "retial"), 2, "Did you mean retail?"),
        (("data", "show", "retial", "--lang", "zh"), 2, "没有名为retial的案例。"),
        (("data", "lst", "--lang", "zh"), 2, "您是不是想用 list？"),
        (("report", "run", "clv", "--cas", "x", "--lang=zh"), 2, "没有选项 --cas。相近的选项："),
        (("report", "run", "--lang", "zh"), 2, "缺少参数name。"),
        (("report", "run", "clv", "--min-group", "x", "--lang", "zh"), 2, "应当是整数。"),
        (("report", "run", "clv", "again", "--lang", "zh"), 2, "多余的参数：again。"),
        (("course", "export", "--audience", "studnt"), 2, "did you mean student?"),
        (("course", "export", "--audience", "site", "--lang", "zh"), 2, "没有site版"),
        (("data", "check", "nowhere.csv", "--as", "surveys"), 2, "survey"),
    ],
)
def test_mistakes_are_answered_on_standard_error(crmlab, elsewhere, arguments, code, told):
    """A message with a suggestion, the right exit code, no traceback, nothing on standard output, no file."""
    ran = crmlab(*arguments)
    assert ran.code == code
    assert told.replace("”", "").replace("“", "") in ran.err.replace("”", "").replace("“", "")
    assert "Traceback" not in ran.err
    assert ran.out == ""
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    "command", [(), ("report",), ("report", "run"), ("data", "check"), ("course", "export"), ("lab",)]
)
def test_help_speaks_chinese(crmlab, command):
    """`--help --lang zh` leaves no English sentence, whether the command has `--lang` or not."""
    ran = crmlab(*command, "--help", "--lang", "zh")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("用法：crmlab")
    for words in ("Usage", "Options:", "Arguments:", "Commands:", "Show this", "default:", "required"):
        assert words not in ran.out
    assert crmlab(*command, "--help").out.startswith("Usage: crmlab")


def test_a_group_alone_shows_its_help_in_chinese(capsys, monkeypatch):
    """`crmlab report` with CRMLAB_LANG=zh lists its commands in Chinese."""
    monkeypatch.setenv("CRMLAB_LANG", "zh")
    with pytest.raises(SystemExit):
        main(["report"])
    said = capsys.readouterr()
    assert "列出全部报告" in said.out + said.err


def test_every_help_has_its_chinese():
    """No help of a command, an argument or an option is without a translation."""
    import typer

    from crmlab.cli import app
    from crmlab.cli.language import helps
    from crmlab.text.catalogue import catalogue

    words = catalogue("zh")
    assert [text for _, text in helps(typer.main.get_command(app)) if text not in words] == []


def test_an_unforeseen_error_is_one_line_unless_debugging(crmlab, monkeypatch):
    """Without --debug no traceback; with it, the error itself."""
    from crmlab.reports import run

    def fail(*_, **__):
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(run, "run_report", fail)
    ran = crmlab("report", "run", "clv", "--case", "retail")
    assert ran.code == 1
    assert ran.err.splitlines()[0] == "crmlab failed: RuntimeError: unforeseen"
    with pytest.raises(RuntimeError, match="unforeseen"):
        main(["--debug", "report", "run", "clv", "--case", "retail"])


def test_the_exit_code_is_the_errors_own(crmlab, monkeypatch):
    """Bad data leave with 3; problems are told line by line."""
    from crmlab.reports import run

    def fail(*_, **__):
        raise DataError("Bad.", problems=["one", "two"], hint="Mend it.")

    monkeypatch.setattr(run, "run_report", fail)
    ran = crmlab("report", "run", "clv", "--case", "retail")
    assert (ran.code, ran.err) == (3, "Bad.\n  - one\n  - two\nMend it.\n")


def test_ctrl_c_leaves_with_130(crmlab, monkeypatch):
    """An interrupted run says that nothing was written."""
    from crmlab.reports import run

    def fail(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "run_report", fail)
    ran = crmlab("report", "run", "clv", "--case", "retail")
    assert ran.code == 130
    assert "nothing was written" in ran.err


def test_a_run_tells_paths_times_and_rejects(crmlab, monkeypatch):
    """Options reach the run; paths come first on standard output, progress goes to standard error."""
    from crmlab.reports import run

    asked = {}

    def done(name, **options):
        asked.update(options, name=name)
        options["progress"]("read data", 1, 2)
        return run.RunResult(
            paths=(Path("/tmp/out/clv.zh.pdf"),),
            seconds={"read data": 1.25},
            rows_read=6919,
            rows_rejected=2,
            first_rejects=("第 3 行",),
        )

    monkeypatch.setattr(run, "run_report", done)
    ran = crmlab(
        *(
            "report",
            "run",
            "clv",
            "--data",
            "sales.csv",
            "--lang",
            "zh",
            "--to",
            "pdf，html",
            "--out",
            "out/",
        ),
        *(
            "-p",
            "horizon_months=12",
            "-p",
            "top_n=5",
            "--map",
            "customer=会员号",
            "--keep-ids",
            "--sheet",
            "2",
        ),
    )
    assert ran.code == 0
    assert asked["parameters"] == ["horizon_months=12", "top_n=5"]
    assert asked["to"] == ["pdf", "html"]
    assert (asked["mapping"], asked["keep_ids"], asked["sheet"]) == ({"customer": "会员号"}, True, "2")
    lines = ran.out.splitlines()
    assert lines[0] == "/tmp/out/clv.zh.pdf"
    assert "共读取 6,919 行，剔除 2 行" in ran.out
    assert lines[-1] == "  第 3 行"
    assert "[1/2] read data" in ran.err


def test_cases_are_listed_and_shown(crmlab):
    """`crmlab data list` names every case; `show` gives the card in the language."""
    ran = crmlab("data", "list", "--lang", "zh")
    assert ran.code == 0
    for name in ("cdnow", "mobi", "retail", "69,659"):
        assert name in ran.out
    ran = crmlab("data", "show", "retail", "--lang", "zh")
    assert ran.out.startswith("# 灯笼小超市（虚构）")


def test_a_file_can_be_looked_at_before_a_report(crmlab, tmp_path):
    """`crmlab data check` tells columns, quality, rejects and problems, and writes nothing."""
    file = tmp_path / "sales.csv"
    file.write_text(
        "会员号,下单时间,实付金额\nA,2024-01-05,5\nB,2024-01-06,x\nC,2024-01-07,6\n", encoding="gb18030"
    )
    ran = crmlab("data", "check", str(file), "--as", "transactions", "--lang", "zh")
    assert ran.code == 0
    for words in ("会员号", "读取行数", "不是数字", "问题："):
        assert words in ran.out
    assert [path.name for path in tmp_path.iterdir()] == ["sales.csv"]


def test_it_runs_as_a_module():
    """`python -m crmlab` is the same command, for machines where scripts are not on the path."""
    ran = subprocess.run(
        [sys.executable, "-m", "crmlab", "report", "--help"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0
    assert "run" in ran.stdout
