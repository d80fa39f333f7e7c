"""Tests of the customer summary on Spark, in local mode."""

from __future__ import annotations

import shutil

import pytest

from crmlab.clv import fit_bg_nbd, history_counts, summary_table
from crmlab.data import open_table

pyspark = pytest.importorskip("pyspark", reason="Spark is not installed: make setup-spark")
if shutil.which("java") is None:
    pytest.skip("no Java here, which Spark needs", allow_module_level=True)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """Yield a session of Spark on one thread, which writes to a temporary folder alone."""
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.chdir(folder)
        started = (
            SparkSession.builder.master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "1")
            .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
            .config("spark.local.dir", str(folder))
            .config("spark.driver.memory", "1g")
            .config("spark.log.level", "ERROR")
            .getOrCreate()
        )
    yield started
    started.stop()


@pytest.fixture(scope="module")
def frame(session, messy, tmp_path_factory):
    """Return the messy transactions as a DataFrame of Spark, read from a Parquet file."""
    path = tmp_path_factory.mktemp("sales") / "sales.parquet"
    messy.to_parquet(path)
    return session.read.parquet(str(path))


@pytest.mark.checks("clv.customer_summary", "clv.summary_table", kind="second", against="Spark")
def test_a_dataframe_of_spark(messy, frame, alike):
    """Spark summarises 3,000 messy transactions to the same table and counts as a DataFrame of pandas, to 9 digits."""
    table = open_table(frame)
    alike(messy, table, observation_end="2023-09-30", refunds="drop", time_unit="week")
    alike(messy, table, observation_end="2023-05-01", first_purchase_from="2023-02-01", money_decimals=2)


def test_estimates_from_counts_in_spark(session, cdnow, summary, tmp_path):
    """Histories counted in Spark give the estimates of the CDNOW sample, to 9 digits."""
    cdnow[["customer", "date", "amount"]].to_parquet(tmp_path / "cdnow.parquet")
    table = open_table(session.read.parquet(str(tmp_path / "cdnow.parquet")))
    kept = summary_table(table, observation_end="1997-09-30", time_unit="week")
    model, ours = fit_bg_nbd(history_counts(kept, time_unit="week")), fit_bg_nbd(summary)
    assert model.parameters.to_numpy() == pytest.approx(ours.parameters.to_numpy(), rel=1e-9)
