"""Fitting models of purchases, and the value of all customers.

The CDNOW sample, and histories drawn from its parameters by day (seed 2), in weeks. Estimates of both programs must agree
to 4 digits where lifetimes converges; of the Pareto/NBD, whose search in lifetimes may stop early, our log-likelihood must
not be below theirs. Growth: transactions of customers drawn likewise, from the table of sales to the value of each
customer with the interval of the total; the exponent is the slope of ln seconds over ln customers.
"""

from __future__ import annotations

from importlib.metadata import files

import numpy as np
import pandas as pd

from benchmarks._measure import Row, best_of, installed
from crmlab.clv import customer_lifetime_value, customer_summary, fit_bg_nbd, fit_gamma_gamma, fit_pareto_nbd
from crmlab.clv._simulate import simulate_histories
from crmlab.clv._simulate_leaving import simulate_pareto_nbd

Table = pd.DataFrame
END = pd.Timestamp("2023-12-31")


def run(*, quick: bool) -> list[Row]:
    """Measure fits and values, and how they grow with the number of customers."""
    customers = (10_000,) if quick else (100_000, 1_000_000)
    sizes = (10_000, 30_000, 100_000) if quick else (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000)
    return [*fits(customers), *pareto_fits(customers), *values(customers), *growth(sizes)]


def cdnow() -> Table:
    """Return the published summary of the CDNOW sample."""
    path = next(
        file.locate() for file in files("lifetimes") or [] if file.name == "cdnow_customers_summary.csv"
    )
    return pd.read_csv(str(path), index_col=0)


def drawn(size: int) -> Table:
    """Return histories drawn from CDNOW's parameters, counted by day, in weeks."""
    rng = np.random.default_rng(2)
    T = rng.integers(27 * 7, 39 * 7 + 1, size) / 7
    return simulate_histories(
        T, rng=rng, bg_nbd=(0.243, 4.414, 0.793, 2.426), gamma_gamma=(6.25, 3.74, 15.4), step=1 / 7
    )


def sales(size: int) -> Table:
    """Return the purchases of such customers: given the last one, those before it are uniform in time."""
    people, rng = drawn(size), np.random.default_rng(3)
    x = people["frequency"].to_numpy()
    who = np.repeat(np.arange(size), x + 1)
    share = rng.random(len(who))
    starts = np.concatenate([[0], np.cumsum(x + 1)[:-1]])
    share[starts] = 0.0
    share[(starts + x)[x > 0]] = 1.0
    since = np.ceil(share * people["recency"].to_numpy()[who] * 7)
    first = END.to_datetime64().astype("datetime64[D]") - (people["T"].to_numpy() * 7).round().astype(int)
    mean = np.nan_to_num(people["monetary_value"].to_numpy(), nan=35.0)
    return pd.DataFrame(
        {
            "customer": who,
            "date": (first[who] + since.astype(int)).astype("datetime64[s]"),
            "amount": rng.gamma(6.25, mean[who] / 6.25),
        }
    )


def fits(sizes: tuple[int, ...]) -> list[Row]:
    """Time the fit of the BG/NBD against lifetimes, one after the other on the same table."""
    rows = []
    tables = {"CDNOW 2,357": cdnow(), **{f"{size:,}": drawn(size) for size in sizes}}
    for size, table in tables.items():
        ours = fit_bg_nbd(table, time_unit="week")
        took = best_of(lambda t=table: fit_bg_nbd(t, time_unit="week"), repeat=25, budget=5)
        rows.append(Row("BG/NBD fit", size, "crmlab", took))
        if not installed("lifetimes"):
            continue
        from lifetimes import BetaGeoFitter

        found = []

        def theirs(t: Table = table, found: list[pd.Series] = found) -> None:
            found.append(BetaGeoFitter().fit(t["frequency"], t["recency"], t["T"]).params_)

        rows.append(Row("BG/NBD fit", size, "lifetimes", best_of(theirs, repeat=25, budget=5)))
        np.testing.assert_allclose(ours.parameters, found[-1], rtol=1e-4)
    return rows


def pareto_fits(sizes: tuple[int, ...]) -> list[Row]:
    """Time the fit of the Pareto/NBD against lifetimes, one after the other on the same table."""
    rows = []
    rng = np.random.default_rng(2)
    tables = {"CDNOW 2,357": cdnow()}
    for size in sizes:
        T = rng.integers(27 * 7, 39 * 7 + 1, size) / 7
        tables[f"{size:,}"] = simulate_pareto_nbd(T, (0.553, 10.578, 0.606, 11.668), rng=rng, step=1 / 7)
    for size, table in tables.items():
        ours = fit_pareto_nbd(table, time_unit="week")
        took = best_of(lambda t=table: fit_pareto_nbd(t, time_unit="week"), repeat=7)
        rows.append(Row("Pareto/NBD fit", size, "crmlab", took))
        if not installed("lifetimes") or len(table) > 100_000:
            continue  # a million customers take it many minutes
        from lifetimes import ParetoNBDFitter

        found = []

        def theirs(t: Table = table, found: list[ParetoNBDFitter] = found) -> None:
            found.append(ParetoNBDFitter().fit(t["frequency"], t["recency"], t["T"]))

        rows.append(Row("Pareto/NBD fit", size, "lifetimes", best_of(theirs, repeat=2, budget=10)))
        best = found[-1].params_[["r", "alpha", "s", "beta"]].to_numpy()
        x, t, T = (table[name].to_numpy() for name in ("frequency", "recency", "T"))
        reached = found[-1]._conditional_log_likelihood(best, x, t, T).sum()  # noqa: SLF001 - it has no other name
        if ours.log_likelihood < reached - 1e-3:
            raise AssertionError(f"lifetimes reaches {reached}, we {ours.log_likelihood}")
    return rows


def values(sizes: tuple[int, ...]) -> list[Row]:
    """Time the value of all customers over a year with the interval of the total; nobody else gives one."""
    rows = []
    for size in sizes:
        table = drawn(size)
        purchases, spend = fit_bg_nbd(table, time_unit="week"), fit_gamma_gamma(table)
        took = best_of(lambda t=table, p=purchases, s=spend: customer_lifetime_value(p, s, t))
        rows.append(Row("CLV with interval, 12 months", f"{size:,}", "crmlab", took))
    return rows


def growth(sizes: tuple[int, ...]) -> list[Row]:
    """Time all from sales to value for more and more customers, and print the exponents."""
    rows = []
    steps: dict[str, list[float]] = {"summary": [], "both fits": [], "CLV with interval": [], "all": []}
    for size in sizes:
        frame = sales(size)

        def summarise(frame: Table = frame) -> object:
            return customer_summary(frame, observation_end=END, time_unit="week")

        summary = summarise()

        def fit(summary: object = summary) -> tuple[object, object]:
            return fit_bg_nbd(summary), fit_gamma_gamma(summary)

        models = fit()

        def value(summary: object = summary, models: tuple[object, object] = models) -> object:
            return customer_lifetime_value(*models, summary)

        repeat = 5 if size <= 100_000 else 2
        took = [best_of(call, repeat=repeat) for call in (summarise, fit, value)]
        for name, seconds in zip(steps, [*took, sum(took)], strict=True):
            steps[name].append(seconds)
        rows.append(Row("sales to value", f"{size:,}", "crmlab", sum(took)))
    across = np.log(sizes)
    exponents = {name: float(np.polyfit(across, np.log(s), 1)[0]) for name, s in steps.items()}
    told = ", ".join(f"{name} {exponent:.2f}" for name, exponent in exponents.items())
    print(f"Exponent over {sizes[0]:,} to {sizes[-1]:,} customers (1 is linear): {told}\n")
    return rows
