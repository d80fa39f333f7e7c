"""Tests of the figures of contracts: what they draw, and what their titles say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlab.clv import contract_value, fit_sbg, observed_retention
from crmlab.plots.clv_contracts import periods, play_survival, plot_residual, plot_retention, plot_survival
from crmlab.text import speaking

REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]


@pytest.fixture(autouse=True)
def _closed():
    """Close all figures after a test."""
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def title_of(ax) -> str:
    """Return the title, wherever the style of the day puts it, on one line."""
    return (ax.get_title(loc="left") or ax.get_title()).replace("\n", " ")


def contracts() -> pd.DataFrame:
    """Return the published cohort as a row a customer."""
    lost = -np.diff(REGULAR)
    tenure = np.repeat([*range(1, 8), 7], [*lost, REGULAR[-1]])
    return pd.DataFrame({"tenure": tenure, "lost": np.arange(1000) < lost.sum()})


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "have left after 2 years"), ("zh", "2 年后有一半客户流失")]
)
def test_survival_shows_what_was_seen_and_goes_on(lang, words):
    """Points are the shares seen, the line goes on beyond them, and the title tells when half have left."""
    with speaking(lang):
        ax = plot_survival(observed_retention(contracts()), fit_sbg(REGULAR).curves(12), period="year")
    line, points = (one.get_ydata() for one in ax.lines[:2])
    assert points == pytest.approx(np.array(REGULAR) / 1000)
    assert len(line) == 13
    assert words in title_of(ax)


def test_survival_above_a_half_is_told_as_a_share():
    """Where fewer than half have left as far as the figure goes, the title gives the share."""
    seen = observed_retention(contracts()).head(1)
    with speaking("en"):
        ax = plot_survival(seen, fit_sbg(REGULAR).curves(1), period="quarter")
    assert title_of(ax) == "After 1 quarter, 63% of the customers are still there"


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "At the first renewal 62.7% renew"), ("zh", "首次续约的比例为 62.7%")]
)
def test_retention_tells_first_and_last(lang, words):
    """Points are the shares that renewed; the title tells the first and the last; few customers are drawn hollow."""
    seen = observed_retention(contracts())
    with speaking(lang):
        ax = plot_retention(seen, fit_sbg(REGULAR).curves(7), period="year")
        few = plot_retention(seen.assign(faced=[1000, 500, 200, 100, 50, 15, 10]), fit_sbg(REGULAR).curves(7))
    assert ax.lines[1].get_ydata() == pytest.approx(np.array(REGULAR[1:]) / REGULAR[:-1])
    assert words in title_of(ax)
    assert len(few.lines[2].get_xdata()) == 2


def test_a_test_is_shaded():
    """With a split, the title says from where on the model had seen nothing, and that part is grey."""
    seen = observed_retention(contracts())
    ax = plot_retention(seen, fit_sbg(REGULAR[:5]).curves(7), period="year", split=4)
    assert "After renewal 4" in title_of(ax)
    assert any(np.isclose(patch.get_x(), 4.5) for patch in ax.patches)


def test_residual_rises_and_is_told():
    """The line is the payments to come by renewals so far; the title gives the ends."""
    table = contracts().assign(lost=False)
    ax = plot_residual(contract_value(fit_sbg(REGULAR), table, horizon=1, discount_rate=0.1).by_tenure)
    assert np.all(np.diff(ax.lines[0].get_ydata()) > 0)
    assert title_of(ax).startswith("After 7 renewals a customer is worth 6.8 more payments")
    one = plot_residual(contract_value(fit_sbg(REGULAR), contracts(), horizon=1, discount_rate=0.1).by_tenure)
    assert title_of(one) == "A customer of today is worth 6.8 more payments"


def test_the_moving_figure_has_the_same_numbers():
    """The plotly twin draws interval, model and what was seen."""
    figure = play_survival(observed_retention(contracts()), fit_sbg(REGULAR).curves(9), period="month")
    assert len(figure.data) == 3
    assert list(figure.data[2].y) == pytest.approx(np.array(REGULAR) / 1000)
    assert "months" in figure.layout.xaxis.title.text


def test_periods_in_words():
    """One and many, in both languages."""
    assert [periods(n, "month") for n in (1, 12)] == ["1 month", "12 months"]
    with speaking("zh"):
        assert [periods(n, "year") for n in (1, 2.5)] == ["1 年", "2.5 年"]
