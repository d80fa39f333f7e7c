"""What tests of more than one report need: its notebook's cells, run in this process."""

from __future__ import annotations

import ast
import io
from contextlib import redirect_stdout

import matplotlib as mpl
import nbformat
import pytest

from crmlab._paths import share
from crmlab.reports.inputs import write
from crmlab.show import Block, blocks
from crmlab.text import speaking


def _unwritten(_figure, _name):
    """Take the place of writing a figure: that takes most of the time, and is tested where each figure is."""
    import matplotlib.pyplot as plt

    plt.close("all")
    return "<svg/>", 1.0, 1.0


@pytest.fixture
def run_cells(monkeypatch):
    """Return what runs the cells of a report's notebook on an input, with parameters, and returns the blocks shown."""
    shown = []

    def display(*things):
        shown.extend(things)

    monkeypatch.setattr(blocks, "_svg", _unwritten)
    monkeypatch.setattr("IPython.display.display", display)

    def run(report, given, folder, lang, **parameters):
        shown.clear()
        folder.mkdir(exist_ok=True)
        names = {"display": display}
        source = share("notebooks") / "reports" / f"{report}.ipynb"
        with speaking(lang), mpl.rc_context(), redirect_stdout(io.StringIO()):
            write(given, folder)
            for cell in nbformat.read(source, as_version=4).cells:
                if cell.cell_type != "code":
                    continue
                tree = ast.parse(cell.source)
                last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
                exec(compile(tree, report, "exec"), names)
                if "parameters" in cell.metadata.get("tags", ()):
                    names |= {"lang": lang, "input_dir": str(folder), **parameters}
                if last is not None:
                    shown.append(eval(compile(ast.Expression(last.value), report, "eval"), names))
        return [one for one in shown if isinstance(one, Block)]

    return run
