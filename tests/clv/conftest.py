"""Real data for the tests of customer lifetime value: CDNOW, read by path from the installed distribution."""

from __future__ import annotations

from importlib.metadata import files

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlab.clv import customer_summary, fit_bg_nbd, fit_gamma_gamma, summary_table
from crmlab.clv._simulate import simulate_histories

CALIBRATION_END = "1997-09-30"


def _dataset(name: str):
    for file in files("lifetimes") or []:
        if str(file) == f"lifetimes/datasets/{name}":
            return file.locate()
    raise AssertionError(f"lifetimes does not ship {name}")


@pytest.fixture(scope="session")
def agree_with_differences():
    """Return a check that gradient and Hessian of a log-likelihood are those of central differences."""

    def check(objective, theta, *, rtol=1e-6, slack=1e-7):
        theta = np.asarray(theta, dtype=float)
        steps = 1e-5 * np.eye(len(theta))
        ups, downs = ([objective(theta + sign * step) for step in steps] for sign in (1, -1))
        for part, exact in enumerate(objective(theta)[1:]):
            found = [(up[part] - down[part]) / 2e-5 for up, down in zip(ups, downs, strict=True)]
            np.testing.assert_allclose(exact, found, rtol=rtol, atol=slack * np.abs(exact).max())

    return check


@pytest.fixture(scope="session")
def cdnow() -> pd.DataFrame:
    """Return all transactions of the CDNOW sample, 1997-01-01 to 1998-06-30."""
    names = ["master_id", "customer", "date", "quantity", "amount"]
    frame = pd.read_csv(_dataset("CDNOW_sample.txt"), sep=r"\s+", header=None, names=names)
    return frame.assign(date=pd.to_datetime(frame["date"].astype(str), format="%Y%m%d"))


@pytest.fixture(scope="session")
def published() -> pd.DataFrame:
    """Return the summary of the CDNOW sample as Fader and Hardie publish it: weeks and money to two decimals."""
    frame = pd.read_csv(_dataset("cdnow_customers_summary_with_transactions.csv"), index_col=0)
    return frame.set_axis(["frequency", "recency", "T", "monetary_value"], axis=1)


@pytest.fixture(scope="session")
def summary(cdnow):
    """Return the CDNOW sample summarised by crmlab up to the end of calibration, in weeks."""
    return customer_summary(cdnow, observation_end=CALIBRATION_END, time_unit="week")


@pytest.fixture(scope="session")
def bg_nbd(summary):
    """Return the BG/NBD model of the CDNOW sample."""
    return fit_bg_nbd(summary)


@pytest.fixture(scope="session")
def gamma_gamma(summary):
    """Return the Gamma-Gamma model of the CDNOW sample."""
    return fit_gamma_gamma(summary)


@pytest.fixture(scope="session")
def simulated() -> pd.DataFrame:
    """Return 20,000 histories drawn from known parameters."""
    rng = np.random.default_rng(20240101)
    return simulate_histories(rng.uniform(26, 52, 20_000), rng=rng)


@pytest.fixture(scope="session")
def messy() -> pd.DataFrame:
    """Return 3,000 transactions of 500 customers: moments, same-day purchases, refunds, zeros, one-time buyers."""
    rng = np.random.default_rng(1)
    size = 3000
    minutes = rng.integers(0, 400, size) * 1440 + rng.integers(0, 1440, size)
    amount = np.round(rng.gamma(2, 20, size), 2)
    amount[rng.random(size) < 0.08] *= -1
    amount[rng.random(size) < 0.03] = 0
    return pd.DataFrame(
        {
            "buyer": "K" + pd.Series((rng.gamma(0.7, 150, size)).astype(int)).astype(str),
            "bought at": pd.Timestamp("2023-01-01") + pd.to_timedelta(minutes, unit="min"),
            "paid": amount,
        }
    )


#: What a summary may be asked for; each database answers all of them.
WAYS = [
    {},
    {"refunds": "drop"},
    {"observation_end": "2023-09-30"},
    {"observation_end": "2023-09-30", "refunds": "drop", "time_unit": "week"},
    {"observation_end": "2023-05-01", "first_purchase_from": "2023-02-01", "money_decimals": 2},
]


@pytest.fixture(params=WAYS, ids=str)
def way(request) -> dict[str, object]:
    """Return arguments of a summary, one set after the other."""
    return request.param


@pytest.fixture(scope="session")
def alike():
    """Return a function that asserts that a table of Ibis is summarised as a DataFrame is, counts included."""

    def check(frame, table, **options) -> None:
        columns = dict(zip(("customer", "date", "amount"), frame.columns, strict=False))
        ours = customer_summary(frame, **columns, **options)
        there = customer_summary(table, **columns, **options)
        assert_frame_equal(there.table, ours.table, rtol=1e-9)
        assert there.counts == pytest.approx(dict(ours.counts))
        assert there.observation_end == ours.observation_end
        kept = summary_table(table, **columns, **options).execute()
        kept = kept.set_index(kept.columns[0]).sort_index()
        kept[["first_purchase", "last_purchase"]] = kept[["first_purchase", "last_purchase"]].astype(
            "datetime64[s]"
        )
        assert_frame_equal(kept, ours.table, rtol=1e-9, check_dtype=False)

    return check
