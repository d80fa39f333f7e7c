"""Real data for the tests of customer lifetime value: CDNOW, read by path from the installed distribution."""

from __future__ import annotations

from importlib.metadata import files

import numpy as np
import pandas as pd
import pytest

from crmlab.clv import customer_summary, fit_bg_nbd, fit_gamma_gamma
from crmlab.clv._simulate import simulate_histories

CALIBRATION_END = "1997-09-30"


def _dataset(name: str):
    for file in files("lifetimes") or []:
        if str(file) == f"lifetimes/datasets/{name}":
            return file.locate()
    raise AssertionError(f"lifetimes does not ship {name}")


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
