"""Starting: what ``import crmlab`` adds to an empty Python, in processes of their own; the limit is 150 ms."""

from __future__ import annotations

import subprocess
import sys

from benchmarks._measure import Row, best_of


def run(*, quick: bool) -> list[Row]:
    """Measure the import of the package, and of its customer lifetime value."""
    repeat = 5 if quick else 15
    empty = best_of(lambda: _python("pass"), repeat=repeat)
    rows = []
    for module in ("crmlab", "crmlab.clv"):
        took = best_of(lambda m=module: _python(f"import {m}"), repeat=repeat) - empty
        rows.append(Row(f"import {module}", "", "crmlab", max(took, 0.0)))
    return rows


def _python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)
