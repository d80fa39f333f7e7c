"""Time, memory and tables for benchmarks."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One measurement: what, on how much, by whom, how long, and in how much memory if that was measured."""

    work: str
    size: str
    by: str
    seconds: float
    peak_mib: float | None = None


def best_of(call: Callable[[], object], *, repeat: int = 3, budget: float = 20.0) -> float:
    """Return the shortest of up to `repeat` runs; no further run once `budget` seconds are spent."""
    best, spent = float("inf"), 0.0
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        took = time.perf_counter() - start
        best, spent = min(best, took), spent + took
        if spent > budget:
            break
    return best


def print_table(rows: list[Row], *, ours: str = "crmlab") -> None:
    """Print the rows, with each peer's time as a multiple of ours."""
    base = {(row.work, row.size): row.seconds for row in rows if row.by == ours}
    memory = any(row.peak_mib is not None for row in rows)
    head = f"{'work':<34}{'size':>12}  {'by':<18}{'seconds':>11}{'x crmlab':>10}"
    print(head + (f"{'peak MiB':>11}" if memory else ""))
    previous = None
    for row in rows:
        key = (row.work, row.size)
        if previous not in (None, key):
            print()
        previous = key
        ratio = "" if row.by == ours else f"{row.seconds / base[key]:.1f}"
        peak = "" if row.peak_mib is None else f"{row.peak_mib:>11,.0f}"
        print(f"{row.work:<34}{row.size:>12}  {row.by:<18}{row.seconds:>11.4f}{ratio:>10}{peak}")


def peak_memory() -> str:
    """Return the peak resident memory of this process so far, as text."""
    peak = peak_mib()
    return "unknown" if peak is None else f"{peak:,.0f} MiB"


def peak_mib() -> float | None:
    """Return the peak resident memory of this process so far; None on Windows."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage counts what the parent held, too
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak / (2**20 if platform.system() == "Darwin" else 2**10))


def machine() -> str:
    """Return what the run ran on: cores, Python, versions of the peers."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    names = ("numpy", "scipy", "pandas", "pyarrow", "polars", "duckdb", "ibis-framework", "lifetimes")
    return f"{cores} cores, Python {platform.python_version()}, " + ", ".join(
        f"{name} {found}" for name in names if (found := installed(name))
    )


def installed(name: str) -> str | None:
    """Return a distribution's version, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
