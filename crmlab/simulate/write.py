"""Write simulated tables and the machine-made part of their card.

``python -m crmlab.simulate.write`` makes ``datasets/retail`` again, byte for byte.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["MARK", "RETAIL_CUSTOMERS", "RETAIL_SEED", "table_bytes", "write_retail", "write_tables"]

RETAIL_CUSTOMERS = 4000
RETAIL_SEED = 2027

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
    import yaml

    from crmlab.simulate.retail import simulate_retail
    from crmlab.simulate.truth import RetailTruth

    truth = RetailTruth()
    made = write_tables(simulate_retail(n_customers, seed, truth), folder)
    card = folder / "card.yaml"
    if card.exists():
        words = card.read_text(encoding="utf-8").split(MARK)[0]
        lower = {"files": made, "truth": {"n_customers": n_customers, "seed": seed, **truth.to_dict()}}
        below = yaml.safe_dump(lower, sort_keys=False, allow_unicode=True, width=110)
        card.write_text(words + MARK + below, encoding="utf-8", newline="\n")
    return made


if __name__ == "__main__":
    from crmlab._paths import share

    write_retail(share("datasets") / "retail")
