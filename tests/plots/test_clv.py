"""Figures of lifetime value: what they show is what was computed, in words of both languages."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crmlab.clv import (
    customer_lifetime_value,
    customer_summary,
    expected_vs_actual_frequency,
    fit_bg_nbd,
    fit_gamma_gamma,
    validate_holdout,
)
from crmlab.data import load_case
from crmlab.errors import DataError
from crmlab.plots import clv as draw
from crmlab.plots.style import apply
from crmlab.text import speaking

mpl.use("Agg")
LANGS = pytest.mark.parametrize("lang", ["en", "zh"])


@pytest.fixture(autouse=True)
def _house():
    """Draw in the style of the house, and leave no trace of it."""
    with mpl.rc_context():
        apply()
        yield
    plt.close("all")


@pytest.fixture(scope="module")
def purchases():
    """Give the CDNOW sample."""
    return load_case("cdnow-sample").table("transactions")


@pytest.fixture(scope="module")
def fitted(purchases):
    """Give the summary of 39 weeks and its model."""
    summary = customer_summary(purchases, observation_end="1997-09-30", time_unit="week")
    return summary, fit_bg_nbd(summary)


@pytest.fixture(scope="module")
def holdout(purchases):
    """Give the hold-out of CDNOW."""
    return validate_holdout(purchases, calibration_end="1997-09-30", observation_end="1998-06-30")


def headline(ax):
    """Return the title in one line."""
    return ax.get_title("left").replace("\n", " ")


def written(ax):
    """Return the texts in the axes."""
    return [text.get_text() for text in ax.texts]


def test_a_history_has_a_dot_for_each_purchase_and_a_line_for_each_life():
    """Dots, lines, groups and notes are those given; the title counts who has long been quiet."""
    sales = pd.DataFrame(
        {
            "customer": ["a", "a", "b", "c"],
            "date": pd.to_datetime(["2024-01-01", "2024-12-01", "2024-02-01", "2024-03-01"]),
            "amount": [10.0, 90.0, -5.0, 20.0],
        }
    )
    ax = draw.plot_histories(
        sales,
        ["b", "a", "c"],
        observation_end="2024-12-31",
        groups={"here": ["a"], "gone": ["b", "c"]},
        notes={"a": "93%"},
        note_head="chance",
    )
    dots = [collection for collection in ax.collections if collection.get_label() in {"here", "gone"}]
    assert [len(part.get_offsets()) for part in dots] == [2, 2]
    assert min(size for part in dots for size in part.get_sizes()) > 0
    assert dots[0].get_offsets()[:, 1].tolist() == [1, 1]
    assert {"93%", "chance"} <= set(written(ax))
    assert headline(ax).startswith("2 of 3")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["here", "gone"]


def test_a_history_without_purchases_is_told():
    """Who has no purchase cannot be drawn; a table without amounts can."""
    sales = pd.DataFrame({"customer": ["a"], "date": pd.to_datetime(["2024-01-01"])})
    assert draw.plot_histories(sales, ["a"], observation_end="2024-02-01")
    with pytest.raises(DataError, match="nobody"):
        draw.plot_histories(sales, ["a", "nobody"], observation_end="2024-02-01")


@LANGS
def test_the_map_tells_the_probabilities_of_its_two_marks(fitted, lang):
    """The title's shares are the model's at the two marked histories."""
    _, model = fitted
    with speaking(lang):
        ax = draw.plot_alive_map(model, T=39)
    marks = ax.collections[-1].get_offsets()
    table = pd.DataFrame({"frequency": marks[:, 0].astype(int), "recency": marks[:, 1], "T": 39.0})
    for share in model.probability_alive(table):
        assert f"{share:.0%}" in headline(ax)
    assert ax.get_xlabel() == {"en": "Repeat purchases", "zh": "重复购买次数"}[lang]
    assert {"en": "weeks", "zh": "周"}[lang] in ax.get_ylabel()


def test_the_moving_map_holds_the_same_probabilities(fitted):
    """Each cell is P(alive), to four places."""
    _, model = fitted
    heat = draw.play_alive_map(model, T=39, largest=6).data[0]
    z = np.asarray(heat.z, dtype=float)
    table = pd.DataFrame({"frequency": [6], "recency": [39.0], "T": [39.0]})
    assert z.shape == (100, 6)
    assert z[-1, -1] == pytest.approx(float(model.probability_alive(table).iloc[0]), abs=1e-4)


@LANGS
def test_bars_of_frequencies_are_the_counts(fitted, lang):
    """Both sets of bars have the heights of the table; the last label says 'or more'."""
    summary, model = fitted
    table = expected_vs_actual_frequency(model, summary)
    with speaking(lang):
        ax = draw.plot_frequency_fit(table)
    actual, expected = (container.datavalues for container in ax.containers)
    assert actual.tolist() == table["actual"].tolist()
    assert expected == pytest.approx(table["expected"])
    assert ax.get_xticklabels()[-1].get_text() == "7+"
    assert "1.3%" in headline(ax)


@LANGS
def test_tracking_ends_where_the_hold_out_ends(holdout, lang):
    """Lines are the cumulated columns; the title tells expected, actual and the error with its sign."""
    with speaking(lang):
        ax = draw.plot_tracking(holdout)
    actual, expected = ax.lines[:2]
    assert actual.get_ydata()[-1] == holdout.tracking["actual_cumulative"].iloc[-1]
    assert expected.get_ydata()[-1] == pytest.approx(holdout.tracking["expected_cumulative"].iloc[-1])
    assert all(part in headline(ax) for part in ("1,653", "1,882", "−12.1%"))


def test_means_by_frequency_are_those_of_the_hold_out(holdout):
    """Both lines are the table's columns; all groups are too low here, and the title says so."""
    ax = draw.plot_by_frequency(holdout)
    assert ax.lines[0].get_ydata() == pytest.approx(holdout.by_frequency["actual"])
    assert ax.lines[1].get_ydata() == pytest.approx(holdout.by_frequency["expected"])
    assert "too low in every group" in headline(ax)
    assert "(n = 1,411)" in ax.get_xticklabels()[0].get_text()


@LANGS
def test_the_distribution_marks_median_and_best_tenth(fitted, lang):
    """The marked values are the quantiles of the value; a dollar sign is no formula."""
    summary, model = fitted
    value = customer_lifetime_value(model, fit_gamma_gamma(summary), summary, margin=0.3)
    with speaking(lang):
        ax = draw.plot_clv_distribution(value, currency="$")
    clv = value.table["clv"]
    for quantile in (clv.median(), clv.quantile(0.9)):
        assert f"${quantile:,.2f}" in headline(ax)
        assert any(f"${quantile:,.2f}" in text for text in written(ax))
    assert not ax._left_title.get_parse_math()
    assert "12" in ax.get_xlabel()


def test_the_whale_curve_tells_the_share_of_the_best():
    """Of values 7, 1, 1, 1, the best quarter brings 70 %; losses lift the curve above 100 %."""
    ax = draw.plot_whale_curve([1, 7, 1, 1], share=0.25)
    assert "25%" in headline(ax)
    assert "70%" in headline(ax)
    ax = draw.plot_whale_curve([10, 4, -4])
    assert max(ax.lines[0].get_ydata()) == pytest.approx(1.4)
    assert ax.get_ylim()[1] > 1.4


@pytest.mark.parametrize("figure", [draw.plot_whale_curve, draw.plot_pyramid])
def test_values_that_add_up_to_nothing_are_refused(figure):
    """There is no share of nothing."""
    with pytest.raises(DataError, match="nothing"):
        figure([0.0, 0.0])


@LANGS
def test_the_pyramid_counts_customers_and_value(lang):
    """One hundred customers in four levels of 1, 4, 15 and 80; the shares of the value add up."""
    values = [100.0] + [25.0] * 4 + [10.0] * 15 + [1.0] * 80
    with speaking(lang):
        ax = draw.plot_pyramid(values, currency="¥")
    texts = " ".join(written(ax))
    assert all(mean in texts for mean in ("¥100.00", "¥25.00", "¥10.00", "¥1.00"))
    assert "47%" in headline(ax)  # (100 + 100) / 430
    assert len(ax.patches) == 4
    assert len({to_hex(patch.get_facecolor(), keep_alpha=True) for patch in ax.patches}) == 4


def test_axes_that_are_given_are_used(fitted, holdout):
    """Every figure draws into the axes that it gets."""
    summary, model = fitted
    for figure in (
        lambda ax: draw.plot_tracking(holdout, ax=ax),
        lambda ax: draw.plot_by_frequency(holdout, ax=ax),
        lambda ax: draw.plot_frequency_fit(expected_vs_actual_frequency(model, summary), ax=ax),
        lambda ax: draw.plot_whale_curve([1, 2], ax=ax),
    ):
        _, ax = plt.subplots()
        assert figure(ax) is ax
