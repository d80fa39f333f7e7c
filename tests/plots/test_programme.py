"""Figures of the loyalty programme: what they draw and say, in both languages."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from crmlab.plots import programme as plots
from crmlab.plots import programme_moving as moving
from crmlab.programme import breakage, points_account, tier_effect
from crmlab.text import speaking, use


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def account():
    """Return accounts of 60 customers over a year and a half, points valid for six months."""
    random = np.random.default_rng(8)
    rows = []
    for who in range(60):
        for month in range(1, 19):
            day = pd.Timestamp(2024, 1, 3) + pd.DateOffset(months=month - 1)
            rows.append((f"C{who}", day, "earned", 100.0))
            if random.random() < 0.3:
                rows.append((f"C{who}", day + pd.Timedelta(days=5), "burned", 100.0))
    ledger = pd.DataFrame(rows, columns=["customer", "date", "kind", "points"])
    return points_account(ledger, as_of="2025-06-30", valid_months=6)


@pytest.fixture(scope="module")
def effect():
    """Return a jump of 300 at 1,000."""
    random = np.random.default_rng(5)
    spend = random.gamma(3.0, 350.0, 3000)
    later = 200 + 0.5 * spend + 300 * (spend >= 1000) + random.normal(0, 150, 3000)
    return tier_effect(pd.DataFrame({"x": spend, "y": later}), "x", "y", 1000.0)


def periods(account):
    """Return the account's months as the report hands them over."""
    return account.months.reset_index().rename(columns={"month": "start"})


def texts(ax):
    """Return all words of a figure."""
    figure = ax.get_figure()
    parts = [ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel()]
    parts += [text.get_text() for text in (*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels())]
    legend = ax.get_legend()
    parts += [text.get_text() for text in legend.get_texts()] if legend else []
    suptitle = getattr(figure, "_suptitle", None)
    return "\\n".join([*parts, suptitle.get_text() if suptitle else ""])


def draw(name, account, effect, rows):
    """Draw one of the figures."""
    matrix = np.array([[0.8, 0.2], [np.nan, 0.5]])
    return {
        "points": lambda: plots.points_by_period(periods(account), unit="month"),
        "breakage": lambda: plots.breakage_by_cohort(breakage(account)),
        "moves": lambda: plots.tier_moves(matrix, ["甲", "乙"], ["甲", "乙"]),
        "jump": lambda: plots.tier_jump(effect, tier="乙", outcome="revenue", currency="¥"),
        "exchanged": lambda: plots.tier_jump(effect, tier="乙", outcome="exchanged"),
        "wallet": lambda: plots.wallet_by_class(rows, currency="¥"),
    }[name]()


@pytest.fixture(scope="module")
def rows():
    """Return wallets of two classes."""
    return pd.DataFrame(
        {
            "name": ["甲", "乙"],
            "n": [10, 40],
            "own": [6000.0, 4000.0],
            "potential": [4000.0, 6000.0],
            "share": [0.6, 0.4],
        }
    )


@pytest.mark.parametrize("name", ["points", "breakage", "moves", "jump", "exchanged", "wallet"])
def test_no_english_is_left_in_chinese_figures(name, account, effect, rows):
    """Title, axes, legend and labels are Chinese, but for the names of tiers and quarters."""
    with speaking("zh"):
        use("zh")
        said = texts(draw(name, account, effect, rows))
    assert not re.findall(r"[A-Za-z]{2,}", said)
    assert re.search(r"[\\u4e00-\\u9fff]", said)


def test_bars_of_points_balance(account):
    """Earned upwards less exchanged and lapsed downwards is what is outstanding at the end of the line."""
    ax = plots.points_by_period(periods(account), unit="month")
    heights = sum(bar.get_height() for group in ax.containers for bar in group)
    line = ax.get_lines()[0].get_ydata()
    assert_allclose(heights, line[-1])
    assert_allclose(line[-1], account.customers["outstanding"].sum())


def test_every_cohort_is_parted_whole(account):
    """What became of the points of a quarter and what is expected add up to all of them; the title states breakage."""
    found = breakage(account)
    ax = plots.breakage_by_cohort(found)
    heights = np.array([[bar.get_height() for bar in group] for group in ax.containers])
    assert_allclose(heights.sum(axis=0), 1.0)
    assert f"{100 * found.rate:.0f}%" in ax.get_title(loc="left")


def test_the_jump_is_said_with_its_sign(effect):
    """A sure effect stands in the title, an unsure one is said not to be seen; the lines end at the threshold."""
    ax = plots.tier_jump(effect, tier="gold", outcome="revenue", currency="¥")
    assert f"+¥{effect.estimate:.0f}" in ax.get_title(loc="left")
    ends = [line.get_xdata() for line in ax.get_lines() if len(line.get_xdata()) > 2]
    assert any(np.isclose(np.max(x), 1000) for x in ends)
    assert any(np.isclose(np.min(x), 1000) for x in ends)
    random = np.random.default_rng(1)
    x = random.gamma(3.0, 350.0, 400)
    none = tier_effect(pd.DataFrame({"x": x, "y": random.normal(0, 100, 400)}), "x", "y", 1000.0)
    assert "no effect" in plots.tier_jump(none, tier="gold", outcome="revenue").get_title(loc="left")


def test_a_hidden_move_is_a_dash():
    """Shares that must not be shown are dashes, the others percentages; the highest tier is on top."""
    ax = plots.tier_moves(np.array([[0.8, 0.2], [np.nan, 0.5]]), ["low", "high"], ["low", "high"])
    assert [text.get_text() for text in ax.texts] == ["–", "50%", "80%", "20%"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["high", "low"]


def test_wallets_are_parted_into_here_and_elsewhere(rows):
    """Bars are means per customer, and the title weighs classes by their wallets."""
    ax = plots.wallet_by_class(rows, currency="¥")
    here, elsewhere = ([bar.get_width() for bar in group] for group in ax.containers)
    assert_allclose(here, [600, 100])
    assert_allclose(elsewhere, [400, 150])
    assert "50% of" in texts(ax)


def test_periods_have_short_names():
    """Months, quarters and years."""
    day = pd.Timestamp("2025-04-01")
    assert [plots.period_name(day, unit) for unit in ("month", "quarter", "year")] == [
        "2025-04",
        "2025 Q2",
        "2025",
    ]


def words(figure):
    """Return all words of a figure that moves."""
    layout = figure.layout
    parts = [layout.title.text, layout.xaxis.title.text or "", layout.yaxis.title.text or ""]
    for trace in figure.data:
        parts += [trace.name or "", *np.ravel(getattr(trace, "customdata", None) or [])]
        parts += list(np.ravel(trace.text)) if trace.text is not None else []
    return " ".join(map(str, parts))


def test_figures_that_move_hold_the_numbers_of_those_that_do_not(account, effect, rows):
    """The plotly twins have the bars, points and titles of the static figures, and no English in Chinese."""
    found = breakage(account)
    matrix = np.array([[0.7, 0.2, 0.1], [np.nan, 0.8, 0.2]])
    with speaking("zh"):
        pairs = [
            (
                plots.points_by_period(periods(account), unit="month"),
                moving.points_by_period_moving(periods(account), unit="month"),
            ),
            (plots.breakage_by_cohort(found), moving.breakage_by_cohort_moving(found)),
            (
                plots.tier_moves(matrix, ["银", "金"], ["银", "金", "离开"]),
                moving.tier_moves_moving(matrix, ["银", "金"], ["银", "金", "离开"]),
            ),
            (
                plots.tier_jump(effect, tier="金", outcome="revenue", currency="¥"),
                moving.tier_jump_moving(effect, tier="金", outcome="revenue", currency="¥"),
            ),
            (plots.wallet_by_class(rows), moving.wallet_by_class_moving(rows)),
        ]
    for still, moves in pairs:
        assert moves.layout.title.text in "".join(texts(still)).replace("\n", "")
        assert not re.findall(r"[A-Za-z]{3,}", words(moves))
    points, fates, moves, jump, wallets = (moved for _, moved in pairs)
    assert_allclose(points.data[1].y, -periods(account)["burned"])
    assert_allclose(np.nansum([trace.y for trace in fates.data], axis=0), 1)
    assert_allclose(moves.data[0].z, matrix)
    assert moves.data[0].text[1][0] == "–"
    assert_allclose(jump.data[0].y, effect.bins.loc[effect.bins["side"] == "below", "outcome"])
    assert_allclose(wallets.data[0].x, rows["own"] / rows["n"])


def test_names_of_tiers_are_text_in_figures_that_move():
    """A tier whose name looks like markup, a link or a formula is shown as it is written."""
    figure = moving.tier_moves_moving(np.eye(2), ["<b>x</b>", "$5"], ["<b>x</b>", "$5"])
    assert list(figure.data[0].y) == ["&lt;b&gt;x&lt;/b&gt;", "&#36;5"]
