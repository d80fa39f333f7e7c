"""Simulated businesses of any size, written block by block: bounded memory, and a run that was stopped goes on."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab._files import write_whole
from crmlab.errors import DataError, ParameterError, did_you_mean
from crmlab.simulate.dirt import check_dirt, make_dirty
from crmlab.simulate.draws import block_stream
from crmlab.simulate.industries import INDUSTRIES, business
from crmlab.simulate.truth import RetailTruth
from crmlab.simulate.write import table_bytes
from crmlab.text.catalogue import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd

__all__ = ["BLOCK", "BUSINESSES", "Run", "simulate_to"]

#: Every business that can be simulated.
BUSINESSES = ("retail", *INDUSTRIES)
#: Customers of a block: some 100 MB of memory, whatever the size of the run.
BLOCK = 20_000

_STATE = "state.json"
_FEWEST = 10


@dataclass(frozen=True)
class Run:
    """What a simulation wrote.

    Attributes
    ----------
    folder
        Where it stands: a CSV for each table, and ``simulation.json`` (the parameters, the truth, and each file's rows,
        bytes and sha256).
    rows
        Rows of each table.
    dirt
        Rows or answers touched, by kind of dirt.

    """

    folder: Path
    rows: Mapping[str, int]
    dirt: Mapping[str, int]


def simulate_to(
    name: str,
    folder: str | Path,
    *,
    customers: int,
    seed: int,
    dirt: Iterable[str] = (),
    block_size: int = BLOCK,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Simulate a business into a folder.

    Customers are drawn in blocks; each block is distributed as the business says, so the whole is. Rows stand block by
    block, by date within each. A run that was stopped goes on with the next block when it is called again with the same
    arguments; nothing stands under the folder's name before all of it does.

    Parameters
    ----------
    name
        One of :data:`BUSINESSES`.
    folder
        To be made; must not exist, or be empty.
    customers, seed
        Number of customers, at least 10; seed. The same arguments give the same bytes on every machine.
    dirt
        Kinds of dirt, see :func:`crmlab.simulate.dirt.make_dirty`.
    block_size
        Customers of a block; part of what the bytes depend on.
    progress
        Called with blocks done and blocks in all.

    Raises
    ------
    ParameterError
        Unknown business or dirt; fewer than 10 customers.
    DataError
        The folder holds something.

    """
    folder = Path(folder)
    kinds = check_dirt(dirt)
    _check(name, customers, block_size, folder)
    sizes = _blocks(customers, block_size)
    asked = {
        "case": name,
        "customers": customers,
        "seed": seed,
        "dirt": list(kinds),
        "block_size": block_size,
    }
    work = folder.with_name(f".{folder.name}.part")
    state = _resume(work, asked)
    for block in range(state["done"], len(sizes)):
        first = 1 + sum(sizes[:block])
        tables = _simulate(
            name, sizes[block], seed, block=block, first=first, width=max(4, len(str(customers)))
        )
        if kinds:
            tables, counts = make_dirty(tables, kinds, block_stream(seed, block, f"{name}/dirt"))
            state["dirt"] = {kind: state["dirt"].get(kind, 0) + n for kind, n in counts.items()}
        _append(work, state, tables, name, encoding="gb18030" if "gbk" in kinds else "utf-8")
        state["done"] = block + 1
        write_whole(work / _STATE, json.dumps(state))
        if progress is not None:
            progress(block + 1, len(sizes))
    return _finish(work, folder, state, name)


def _check(name: str, customers: int, block_size: int, folder: Path) -> None:
    if name not in BUSINESSES:
        near = did_you_mean(name, BUSINESSES)
        raise ParameterError(
            tr("There is no business “{name}” to simulate.", name=name),
            problems=[tr("did you mean {near}?", near=near)] if near else (),
            hint=tr("There are: {names}.", names=tr(", ").join(BUSINESSES)),
        )
    if customers < _FEWEST or block_size < _FEWEST:
        raise ParameterError(
            tr(
                "There are {customers} customers in blocks of {size}; both numbers are at least {least}.",
                customers=customers,
                size=block_size,
                least=_FEWEST,
            )
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(
            f"{folder} exists and is not empty.", hint="Name a new folder; nothing is overwritten."
        )


def _blocks(customers: int, block_size: int) -> list[int]:
    """Divide customers into blocks of nearly the same size."""
    number = -(-customers // block_size)
    each, more = divmod(customers, number)
    return [each + (k < more) for k in range(number)]


def _simulate(name: str, n: int, seed: int, *, block: int, first: int, width: int) -> dict[str, pd.DataFrame]:
    if name != "retail":
        from crmlab.simulate.engine import simulate_business

        return simulate_business(business(name), n, seed, block=block, first=first, width=width)[0]
    from crmlab.simulate.retail import simulate_retail

    own = seed if block == 0 else int(block_stream(seed, block, "retail").integers(2**63))
    mark = f"{block}-" if block else ""
    return simulate_retail(n, own, first=first, width=width, mark=mark)


def _resume(work: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a run that was stopped, its files cut to the last whole block; or begin anew."""
    if (work / _STATE).is_file():
        state: dict[str, Any] = json.loads((work / _STATE).read_text(encoding="utf-8"))
        if state["asked"] == asked:
            for table, size in state["sizes"].items():
                with (work / f"{table}.csv").open("r+b") as file:
                    file.truncate(size)
            return state
    if work.exists():
        shutil.rmtree(work)
    work.mkdir(parents=True)
    return {"asked": asked, "done": 0, "sizes": {}, "rows": {}, "dirt": {}}


def _append(
    work: Path, state: dict[str, Any], tables: Mapping[str, pd.DataFrame], name: str, *, encoding: str
) -> None:
    """Write a block's rows behind those of the blocks before."""
    for table, frame in tables.items():
        content = table_bytes(frame)
        path = work / f"{table}.csv"
        if not {"customer", "order"} & set(frame):
            # Not about customers: a small table of which there is one, whatever the number of blocks.
            if table in state["sizes"]:
                content = _added(path.read_bytes().decode(encoding).encode(), content, name)
            write_whole(path, content.decode().encode(encoding))
            state["rows"][table] = content.count(b"\n") - 1
        else:
            if table in state["sizes"]:
                content = content.split(b"\n", 1)[1]
            with path.open("ab") as file:
                file.write(content.decode().encode(encoding))
            state["rows"][table] = state["rows"].get(table, 0) + len(frame)
        state["sizes"][table] = path.stat().st_size


def _added(before: bytes, content: bytes, name: str) -> bytes:
    """Put a small table of this block to that of the blocks before: sums are added, all else is the first block's."""
    import pandas as pd

    added = () if name == "retail" else business(name).summed
    both = pd.concat([pd.read_csv(io.BytesIO(part)) for part in (before, content)])
    keys = list(both.select_dtypes(exclude="number"))
    ways = {column: "sum" if column in added else "first" for column in both if column not in keys}
    return table_bytes(both.groupby(keys).agg(ways).reset_index()[list(both)])


def _finish(work: Path, folder: Path, state: dict[str, Any], name: str) -> Run:
    """Write what was made and how, and give the folder its name."""
    files = {}
    for table, rows in state["rows"].items():
        path = work / f"{table}.csv"
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        files[table] = {"rows": rows, "size": path.stat().st_size, "sha256": digest}
    truth = RetailTruth().to_dict() if name == "retail" else business(name).to_dict()
    told = {**state["asked"], "rows_touched": state["dirt"], "files": files, "truth": truth}
    write_whole(work / "simulation.json", json.dumps(told, ensure_ascii=False, indent=2))
    (work / _STATE).unlink()
    if folder.exists():
        folder.rmdir()  # empty, as was checked
    work.replace(folder)
    return Run(folder, dict(state["rows"]), dict(state["dirt"]))
