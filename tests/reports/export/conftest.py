"""A small executed notebook, built without a kernel."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from crmlab import show
from crmlab.text import speaking

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


def shown(block: show.Block) -> dict[str, Any]:
    """Return a cell's output that shows a block."""
    return {"output_type": "display_data", "data": block._repr_mimebundle_(), "metadata": {}}


def notebook(cells: list[Any], lang: str = "zh") -> Any:
    """Return a notebook; a text is a markdown cell, a list of blocks a code cell."""
    from nbformat import from_dict

    made = []
    for at, cell in enumerate(cells):
        if isinstance(cell, list):
            outputs = [one if isinstance(one, dict) else shown(one) for one in cell]
            made.append(
                {
                    "cell_type": "code",
                    "id": f"c{at}",
                    "metadata": {},
                    "source": "secret_code()",
                    "outputs": outputs,
                    "execution_count": 1,
                }
            )
        else:
            text, tags = cell if isinstance(cell, tuple) else (cell, [])
            made.append({"cell_type": "markdown", "id": f"c{at}", "metadata": {"tags": tags}, "source": text})
    return from_dict(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {"crmlab": {"lang": lang}}, "cells": made}
    )


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    """Return a table with everything a spreadsheet could stumble over."""
    return pd.DataFrame(
        {
            "customer": ["=1+1", HOSTILE, "+86", "@SUM(A1)", "-3", "张三"],
            "value": [1.5, 2.0, None, 4.25, -5.0, 6.0],
            "purchases": [1, 2, 3, 4, 5, 6],
            "alive": [0.1, 0.25, 0.5, 0.75, 0.9, 1.0],
            "since": pd.to_datetime(
                ["2024-01-05", "2024-02-29", None, "2024-03-01", "2024-03-02", "2024-03-03"]
            ),
        }
    )


@pytest.fixture(scope="session")
def sample(table: pd.DataFrame) -> Any:
    """Return a Chinese report with all kinds of blocks."""
    import matplotlib.pyplot as plt
    import plotly.graph_objects as go

    with speaking("zh"):
        figures = []
        for name, moving in (
            ("still", None),
            ("moving", go.Figure(go.Scatter(x=[1, 2], y=[2, 1], text=HOSTILE))),
        ):
            fig, ax = plt.subplots()
            ax.plot([1, 2, 3])
            ax.set_title("a < b & </svg><script>alert(3)</script>")
            figures.append(show.figure(fig, f"图 {HOSTILE}", "折线图", name, interactive=moving))
        return notebook(
            [
                [show.cover("客户终生价值", HOSTILE, [("数据", "sales.csv")])],
                [show.findings(f"价值为 **12** 元，{show.escape_markdown(HOSTILE)}")],
                ("## English only", ["en"]),
                (
                    f"## 方法\n\n其中 $C = b/a$。\n\n$$x^2$$\n\n{HOSTILE}\n\n![外](http://example.org/a.png)",
                    ["zh"],
                ),
                [show.facts(share=0.1234), show.prose("占 {{share:.1%}}")],
                "占 {{share:.1%}}，{{unknown}}",
                figures,
                [
                    show.table(
                        table,
                        "客户表",
                        "customers",
                        formats={"alive": ".1%", "value": ".2f"},
                        labels={"customer": "客户"},
                        note="=注",
                    ),
                    show.table(table[["customer"]], "又一个", "again"),
                ],
                [{"output_type": "stream", "name": "stderr", "text": "a warning"}],
                [show.provenance("本报告的生成过程", [("数据", [("输入文件", "=a.csv")])])],
            ]
        )
