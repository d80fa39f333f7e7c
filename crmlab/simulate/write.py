"""Write simulated tables and the machine-made part of their card.

``python -m crmlab.simulate.write`` makes the simulated cases of ``datasets`` again, byte for byte; with names, those.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = [
    "MARK",
    "RETAIL_CUSTOMERS",
    "RETAIL_SEED",
    "table_bytes",
    "write_case",
    "write_retail",
    "write_tables",
]

RETAIL_CUSTOMERS = 4000
RETAIL_SEED = 2027
LAB_SEED = 2027
LAB = "lab-sources"

#: What stands below this line of a card is written by the simulator.
MARK = "# ---- written by the simulator; do not edit below ----\n"


def table_bytes(table: pd.DataFrame) -> bytes:
    """Write a table as CSV, the same bytes everywhere.

    UTF-8, LF, ISO days; whole numbers without a point, other numbers with two decimals; missing values empty.
    """
    whole = {
        name: "Int64"
        for name in table.select_dtypes("float").columns
        if bool((table[name].dropna() % 1 == 0).all())
    }
    text = table.astype(whole).to_csv(
        index=False, lineterminator="\n", float_format="%.2f", date_format="%Y-%m-%d"
    )
    return str(text).encode()


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> dict[str, dict[str, Any]]:
    """Write ``<name>.csv`` for each table, and return rows, size in bytes and sha256 of each."""
    folder.mkdir(parents=True, exist_ok=True)
    made: dict[str, dict[str, Any]] = {}
    for name, table in tables.items():
        content = table_bytes(table)
        (folder / f"{name}.csv").write_bytes(content)
        made[name] = {
            "rows": len(table),
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    return made


def write_retail(
    folder: Path, n_customers: int = RETAIL_CUSTOMERS, seed: int = RETAIL_SEED
) -> dict[str, dict[str, Any]]:
    """Write the tables of the retail case, and the lower part of its card when ``folder`` holds one.

    Returns
    -------
    dict
        For each table: ``rows``, ``size`` (bytes), ``sha256``.

    """
    from crmlab.simulate.retail import simulate_retail
    from crmlab.simulate.truth import RetailTruth

    truth = RetailTruth()
    made = write_tables(simulate_retail(n_customers, seed, truth), folder)
    _write_truth(folder, made, {"n_customers": n_customers, "seed": seed, **truth.to_dict()})
    return made


def write_case(name: str, folder: Path) -> dict[str, dict[str, Any]]:
    """Write the tables of a simulated case of the industries, as :func:`write_retail` does."""
    from crmlab.simulate.engine import simulate_business
    from crmlab.simulate.industries import INDUSTRIES, business

    truth = business(name)
    _, n_customers, seed = INDUSTRIES[name]
    tables, _ = simulate_business(truth, n_customers, seed)
    made = write_tables(tables, folder)
    for table, entry in made.items():
        days = tables[table].select_dtypes("datetime")
        entry["dates"] = {
            column: [str(days[column].min().date()), str(days[column].max().date())] for column in days
        }
    _write_truth(folder, made, {"n_customers": n_customers, "seed": seed, **truth.to_dict()})
    return made


def write_lab(folder: Path, seed: int = LAB_SEED) -> dict[str, dict[str, Any]]:
    """Write the lab data of the customer source centre, and the lower part of their card."""
    from crmlab.simulate.sources import SOURCES, simulate_sources

    lab = simulate_sources(seed)
    made = write_tables({"truth": lab.truth, "costs": lab.costs}, folder)
    rows = {name: contacts for name, contacts, _ in SOURCES}
    for file, content in lab.files.items():
        (folder / file).write_bytes(content)
        name = file.split(".")[0]
        digest = hashlib.sha256(content).hexdigest()
        made[name] = {"rows": rows[name], "size": len(content), "sha256": digest}
    people = int(lab.truth["person"].nunique())
    _write_truth(folder, made, {"seed": seed, "contacts": len(lab.truth), "people": people})
    return made


def _write_truth(folder: Path, made: dict[str, dict[str, Any]], truth: dict[str, Any]) -> None:
    """Write the lower part of a folder's card, where there is one."""
    import yaml

    card = folder / "card.yaml"
    if card.exists():
        words = card.read_text(encoding="utf-8").split(MARK)[0]
        below = yaml.safe_dump(
            {"files": made, "truth": truth}, sort_keys=False, allow_unicode=True, width=110
        )
        card.write_text(words + MARK + below, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    import sys

    from crmlab._paths import share
    from crmlab.simulate.industries import INDUSTRIES

    for case in sys.argv[1:] or ("retail", LAB, *INDUSTRIES):
        if case == "retail":
            write_retail(share("datasets") / case)
        elif case == LAB:
            write_lab(share("datasets") / case)
        else:
            write_case(case, share("datasets") / case)
