"""Run the benchmarks: ``python -m benchmarks [--quick] [summaries ...]``."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from benchmarks._measure import machine, peak_memory, print_table


def main() -> None:
    """Run each benchmark asked for, and print its table of ratios."""
    here = Path(__file__).parent
    known = sorted(path.stem for path in here.glob("*.py") if not path.stem.startswith("_"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which: {', '.join(known)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="small sizes: seconds instead of minutes")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in known]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}")

    print(machine())
    print("Best of up to 3 runs, all in this process, on the same data; ratios hold, seconds do not.")
    for name in asked.names or known:
        module = import_module(f"benchmarks.{name}")
        print(f"\n== {name} ==\n{module.__doc__.strip()}\n")
        print_table(module.run(quick=asked.quick))
        print(f"\nPeak memory of this process so far, peers included: {peak_memory()}")


if __name__ == "__main__":
    main()
