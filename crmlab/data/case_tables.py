"""One table of a case, from the file that its card describes: delimited text, Parquet, or a packed frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from crmlab.data.cards import TableCard

__all__ = ["read_case_table"]


def read_case_table(path: Path, card: TableCard) -> pd.DataFrame:
    """Read a table of a case.

    Parameters
    ----------
    path
        The file; its checksum has been compared.
    card
        What the card says of the table. ``read`` tells how the file is read: ``format`` 'csv' (default), 'parquet' or
        'frame'; ``date_format``; ``timezone`` of the place, where moments stand in universal time; all else goes to
        :func:`pandas.read_csv`.

    Returns
    -------
    DataFrame
        Columns as the card lists them: text and categories as ``str``, dates as ``datetime64``, numbers as ``int64``
        or ``float64``; missing values as NaN.

    """
    import pandas as pd

    options: dict[str, Any] = dict(card.read)
    kind, date_format = options.pop("format", "csv"), options.pop("date_format", "%Y-%m-%d")
    timezone = options.pop("timezone", None)
    if kind == "csv":
        names = [column.name for column in card.columns]
        words = {column.name: str for column in card.columns if column.type in ("text", "category")}
        given: dict[str, Any] = {"header": 0, "names": names, "dtype": words, **options}
        table: pd.DataFrame = pd.read_csv(path, **given)
    else:
        table = _parquet(path, card) if kind == "parquet" else _frame(path, card)
    for column in card.columns:
        values = table[column.name]
        if column.codes:
            table[column.name] = values.map(dict(column.codes)).astype("int64")
        elif column.type in ("text", "category") and kind != "csv":
            table[column.name] = values.astype("str")
        elif column.type == "date" and not pd.api.types.is_datetime64_any_dtype(values):
            table[column.name] = pd.to_datetime(values.astype(str), format=date_format)
        elif column.type == "date" and timezone:
            table[column.name] = values.dt.tz_localize("UTC").dt.tz_convert(timezone).dt.tz_localize(None)
    return table


def _parquet(path: Path, card: TableCard) -> pd.DataFrame:
    import duckdb

    def asked(column: str, name: str, *, as_text: bool) -> str:
        return f'"{column}"::VARCHAR AS "{name}"' if as_text else f'"{column}" AS "{name}"'

    wanted = ", ".join(
        asked(column.original or column.name, column.name, as_text=column.type in ("text", "category"))
        for column in card.columns
    )
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        connection.execute("SET preserve_insertion_order = true")
        query = f"SELECT {wanted} FROM read_parquet(?)"  # noqa: S608 - names from the card
        table: pd.DataFrame = connection.execute(query, [str(path)]).df()
    return table


def _frame(path: Path, card: TableCard) -> pd.DataFrame:
    from crmlab.data.frames import read_frame

    names = {column.original or column.name: column.name for column in card.columns}
    return read_frame(path)[list(names)].rename(columns=names)
