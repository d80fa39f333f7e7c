"""The customer summary.

Simulated transactions (seed 1), 10 a customer, uniform over 730 days, gamma amounts, whole-number ids and
text ids; all compute frequency, recency, T and mean repeat value, customers sorted, as a pandas DataFrame or the
library's own table.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks._measure import Row, best_of, installed
from crmlab.clv import customer_summary

Table = pd.DataFrame
END = pd.Timestamp("2023-12-31")


def run(*, quick: bool) -> list[Row]:
    """Measure summaries."""
    return summaries((100_000,) if quick else (1_000_000, 10_000_000))


def summaries(sizes: tuple[int, ...]) -> list[Row]:
    """Time the customer summary against lifetimes, pandas, polars and DuckDB."""
    rows = []
    for size in sizes:
        for kind in ("whole-number", "text"):
            if kind == "text" and size > 1_000_000:
                continue
            frame = transactions(size, text=kind == "text")
            expected = customer_summary(frame, observation_end=END).table
            for name, call in peers(frame).items():
                if name == "lifetimes" and size > 1_000_000:
                    continue  # it needs minutes and many gigabytes
                check(name, call(), expected)
                rows.append(Row(f"summary, {kind} ids", f"{size:,}", name, best_of(call)))
    return rows


def transactions(size: int, *, text: bool) -> Table:
    """Return simulated transactions."""
    rng = np.random.default_rng(1)
    who = rng.integers(0, size // 10, size)
    frame = pd.DataFrame(
        {
            "customer": who,
            "date": pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 730, size), unit="D"),
            "amount": rng.gamma(2.0, 20.0, size),
        }
    )
    return frame.assign(customer="C" + frame["customer"].astype(str).str.zfill(8)) if text else frame


def peers(frame: Table) -> dict[str, Callable[[], Table]]:
    """Return each program's way to the same summary."""
    ways: dict[str, Callable[[], Table]] = {
        "crmlab": lambda: customer_summary(frame, observation_end=END).table,
        "pandas": lambda: by_pandas(frame),
    }
    if installed("polars"):
        ways["polars"] = by_polars(frame)
    if installed("duckdb"):
        ways["duckdb"] = by_duckdb(frame)
    if installed("lifetimes"):
        ways["lifetimes"] = by_lifetimes(frame)
    return ways


def by_pandas(frame: Table) -> Table:
    """Group by day, then by customer."""
    days = frame.groupby(["customer", "date"], as_index=False)["amount"].sum()
    first = days.groupby("customer")["date"].transform("min")
    days["repeat"] = days["amount"].where(days["date"] > first)
    out = days.groupby("customer").agg(
        frequency=("date", "size"),
        first=("date", "min"),
        last=("date", "max"),
        monetary_value=("repeat", "mean"),
    )
    out["frequency"] -= 1
    out["recency"] = (out["last"] - out["first"]).dt.days
    out["T"] = (END - out["first"]).dt.days
    return out


def by_polars(frame: Table) -> Callable[[], Table]:
    """Group by day, then by customer, lazily; the conversion from pandas is not timed."""
    import polars as pl

    # Without pyarrow, polars takes text only from plain objects.
    columns = {name: frame[name].to_numpy() for name in frame}
    columns["customer"] = (
        frame["customer"].to_list() if columns["customer"].dtype == object else columns["customer"]
    )
    held = pl.DataFrame(columns).with_columns(pl.col("date").dt.date())

    def call() -> Table:
        return (
            held.lazy()
            .group_by("customer", "date")
            .agg(pl.col("amount").sum())
            .sort("customer", "date")
            .group_by("customer", maintain_order=True)
            .agg(
                (pl.len() - 1).alias("frequency"),
                (pl.col("date").last() - pl.col("date").first()).dt.total_days().alias("recency"),
                (pl.lit(END.date()) - pl.col("date").first()).dt.total_days().alias("T"),
                pl.col("amount").slice(1).mean().alias("monetary_value"),
            )
            .collect()
        )

    return call


def by_duckdb(frame: Table) -> Callable[[], Table]:
    """Group by day, then by customer, in SQL over a table already in DuckDB."""
    import duckdb

    connection = duckdb.connect()
    held = frame.astype({"customer": object}) if frame["customer"].dtype.kind not in "iu" else frame
    connection.register("frame", held)
    connection.execute("create table sales as select customer, date::date as day, amount from frame")
    query = """
        with days as (select customer, day, sum(amount) as amount from sales group by all),
             marked as (select *, min(day) over (partition by customer) as first from days)
        select customer, count(*) - 1 as frequency, max(day) - min(day) as recency,
               date '2023-12-31' - min(day) as T, avg(amount) filter (where day > first) as monetary_value
        from marked group by customer order by customer
    """
    return lambda: connection.execute(query).df()


def by_lifetimes(frame: Table) -> Callable[[], Table]:
    """Use the library's own function."""
    from lifetimes.utils import summary_data_from_transaction_data

    return lambda: summary_data_from_transaction_data(
        frame, "customer", "date", "amount", observation_period_end=END
    )


def check(name: str, got: Table, expected: Table) -> None:
    """Raise unless a peer computed the same thing."""
    for column in ("frequency", "recency", "T", "monetary_value"):
        theirs = np.nan_to_num(np.asarray(got[column], dtype=float))
        np.testing.assert_allclose(
            theirs, np.nan_to_num(expected[column]), rtol=1e-9, err_msg=f"{name}: {column}"
        )
