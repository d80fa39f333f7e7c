"""Tests of the page on data that outgrow a laptop: its code runs, in both languages alike."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from crmlab.data import load_case

BOOK = Path(__file__).parents[3] / "book"


def blocks(language: str) -> list[str]:
    """Return the Python blocks of the page."""
    text = (BOOK / f"big-data.{language}.md").read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def sales(tmp_path, monkeypatch) -> Path:
    """Enter a folder with CDNOW's transactions, moved to 2024, as monthly Parquet files and as one CSV file."""
    frame = load_case("cdnow").table("transactions")[["customer", "date", "amount"]]
    frame = frame.assign(date=frame["date"] + pd.Timedelta(days=27 * 365 + 7))
    (tmp_path / "sales").mkdir()
    for month, part in frame.groupby(frame["date"].dt.to_period("M")):
        part.to_parquet(tmp_path / "sales" / f"{month}.parquet")
    frame.to_csv(tmp_path / "sales.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_code_of_the_page_runs(sales):
    """The blocks run one after the other; the CSV file gives the summary, counted histories the estimates, of the Parquet files."""
    names: dict[str, object] = {}
    first, reduced, second, third = blocks("en")
    exec(first, names)
    plain, whole = names["model"], names["summary"]
    exec(reduced, names)
    pd.testing.assert_frame_equal(names["summary"].table, whole.table, check_dtype=False, rtol=1e-9)
    names["result"].close()
    exec(second, names)
    assert (sales / "sales.parquet").exists()
    exec(third, names)
    assert names["model"].parameters.to_numpy() == pytest.approx(plain.parameters.to_numpy(), rel=1e-9)
    assert len(pd.read_parquet("summary.parquet")) == len(names["summary"]) == 23570


def test_both_languages_show_the_same_code():
    """Comments apart, the Chinese page shows the code of the English one."""
    plain = [[re.sub(r"(?m)^#.*\n", "", block) for block in blocks(language)] for language in ("en", "zh")]
    assert plain[0] == plain[1]
