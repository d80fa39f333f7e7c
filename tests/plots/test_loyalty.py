"""Figures of loyalty, retention and segments: what their axes hold."""

from __future__ import annotations

import json
import re

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from crmlab.cohorts import retention_cohorts
from crmlab.lifecycle import PATTERNS as PATTERN_NAMES
from crmlab.lifecycle import STAGES as STAGE_NAMES
from crmlab.lifecycle import lifecycle_probabilities, lifecycle_stage
from crmlab.loyalty import KINDS as KIND_NAMES
from crmlab.loyalty import loyalty_kinds, repeat_purchase_rate, satisfaction_loyalty_curve
from crmlab.plots import cohorts, loyalty, loyalty_moving, segments
from crmlab.rfm import DEFAULT_SEGMENTS, rfm_segments, rfm_table
from crmlab.text import speaking, tr, use

LANGUAGES = ("en", "zh")


@pytest.fixture(autouse=True)
def _style():
    """Draw without a screen, and leave neither language nor figures behind."""
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    with speaking("en"):
        use("en")
        yield
    plt.close("all")


@pytest.fixture(scope="module")
def sales():
    """Return two years of purchases of 200 customers."""
    random = np.random.default_rng(7)
    who = np.concatenate([np.arange(200), random.integers(0, 80, 900)])
    days = np.concatenate([random.integers(0, 300, 200), random.integers(0, 720, 900)])
    first = days[:200]
    days[200:] = np.maximum(days[200:], first[who[200:]])
    return pd.DataFrame(
        {
            "customer": [f"C{n:03}" for n in who],
            "date": pd.Timestamp("2023-01-01") + pd.to_timedelta(days, unit="D"),
            "amount": random.gamma(2.0, 30.0, len(who)).round(2) + 1,
        }
    )


def _has_chinese(text):
    return any("一" <= letter <= "鿿" for letter in text)


def test_every_identifier_of_the_science_has_a_name_in_both_languages():
    """Segments, kinds, stages and patterns are all named, and the Chinese name is Chinese."""
    assert {rule.segment for rule in DEFAULT_SEGMENTS} <= set(loyalty.SEGMENTS)
    assert set(KIND_NAMES) <= set(loyalty.KINDS)
    assert set(STAGE_NAMES) == set(loyalty.STAGES)
    assert set(PATTERN_NAMES) == set(loyalty.PATTERNS)
    with speaking("zh"):
        for names in (loyalty.SEGMENTS, loyalty.KINDS, loyalty.STAGES, loyalty.PATTERNS, loyalty.STRENGTHS):
            assert all(_has_chinese(tr(name)) for name in names.values())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_repeat_rate_is_drawn_at_the_windows_and_the_title_says_the_one_asked(sales, lang):
    """Points stand at the rates, and the title has the rate of the window asked for."""
    windows = pd.concat([repeat_purchase_rate(sales, window_days=d).summary() for d in (30, 90, 180)])
    with speaking(lang):
        ax = loyalty.repeat_by_window(windows, asked=90)
    x, y = ax.lines[0].get_data()
    assert list(x) == [30, 90, 180]
    assert np.allclose(y, windows["rate"])
    assert f"{windows['rate'].iloc[1]:.1%}" in ax.get_title("left")
    assert _has_chinese(ax.get_xlabel()) == (lang == "zh")


def test_the_heat_map_holds_the_shares_without_the_first_period(sales):
    """Cells are the shares of the cohorts from one period after the first on, in per cent."""
    found = retention_cohorts(sales, min_cohort=10)
    ax = cohorts.cohort_heatmap(found)
    drawn = np.ma.getdata(ax.collections[0].get_array()).ravel()
    expected = 100 * cohorts.heat(found, 24, 24).to_numpy().ravel()
    known = ~np.isnan(expected)
    assert np.allclose(drawn[known], expected[known])
    assert 0 not in cohorts.heat(found, 24, 24).columns
    assert f"n = {found.sizes.iloc[0]}" in ax.get_yticklabels()[0].get_text()


@pytest.mark.parametrize("period", ["week", "month", "quarter"])
def test_retention_is_drawn_for_each_length_of_period(sales, period):
    """The curve is that of the result, and the axis names the period."""
    found = retention_cohorts(sales, period=period, min_cohort=1)
    ax = cohorts.retention_curve(found)
    assert np.allclose(ax.lines[0].get_ydata(), found.curve["share"].to_numpy()[1:])
    assert period in ax.get_xlabel().casefold()


def test_the_anchor_is_a_round_time_that_half_of_the_cohorts_have_seen(sales):
    """Twelve months are spoken of where half of the cohorts were observed for so long."""
    found = retention_cohorts(sales, min_cohort=1)
    row = cohorts.anchor(found)
    assert row is not None
    assert row["periods_since"] == 12
    assert 2 * row["cohorts"] >= found.curve["cohorts"].max()


def test_a_cohort_is_named_by_its_period():
    """Months, quarters and weeks have names of their own."""
    day = pd.Timestamp("2024-04-01")
    assert [cohorts.cohort_name(day, p) for p in ("month", "quarter", "week")] == [
        "2024-04",
        "2024 Q2",
        "2024-04-01",
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_map_of_segments_has_a_labelled_point_for_each_segment(sales, lang):
    """Points stand at mean recency and frequency, with the segment's name beside them."""
    rows = rfm_segments(rfm_table(sales)).segments
    with speaking(lang):
        ax = segments.rfm_map(rows)
        names = {tr(loyalty.SEGMENTS[name]) for name in rows.loc[rows["customers"] > 0, "segment"]}
    points = np.asarray(ax.collections[-1].get_offsets())
    shown = rows[rows["customers"] > 0].sort_values("revenue", ascending=False)
    assert np.allclose(points, shown[["mean_recency_days", "mean_frequency"]])
    assert {text.get_text().split("\n")[0] for text in ax.texts} == names


def test_kinds_of_few_customers_are_left_out_of_the_figure():
    """A kind of fewer customers than the smallest group has no bar."""
    attached = [9] * 12 + [2] * 12 + [9] * 2 + [2] * 9
    bought = [3] * 24 + [0] * 11
    kinds = loyalty_kinds(attached, bought, attachment_cut=7, repeat_cut=1)
    assert len(loyalty.kinds_of_loyalty(kinds, min_group=5).patches) == 3
    assert len(loyalty.kinds_of_loyalty(kinds).patches) == 4


def test_the_curve_draws_each_group_at_the_levels_that_are_large_enough():
    """One line a group, at the shares of the levels with enough customers, named directly."""
    level = [1, 2, 3, 4, 5] * 40
    loyal = [0, 0, 1, 1, 1] * 40
    group = ["strong", "weak"] * 100
    curve = satisfaction_loyalty_curve(level, loyal, group=group)
    ax = loyalty.satisfaction_loyalty(curve)
    assert {text.get_text() for text in ax.texts} == {"Strong competition", "Weak competition"}
    assert np.allclose(ax.containers[0].lines[0].get_ydata(), [0, 0, 1, 1, 1])


@pytest.mark.parametrize(
    ("loyal", "title"),
    [
        ([0, 0, 0, 0, 1] * 20, "From answer 4 to 5: 0% to 100% come back (all customers)"),
        ([0, 0, 1, 1, 1] * 20, "The more satisfied, the more come back (all customers)"),
        (
            [0, 1, 0, 0, 0] * 10 + [1, 0, 1, 1, 1] * 10,
            "That the satisfied come back more often cannot be seen here",
        ),
    ],
)
def test_the_title_of_the_curve_tells_only_what_is_beyond_chance(loyal, title):
    """The last step is told where its interval has no zero, else the trend over all levels, else that nothing is seen."""
    curve = satisfaction_loyalty_curve([1, 2, 3, 4, 5] * 20, loyal)
    assert loyalty.satisfaction_loyalty(curve).get_title("left").replace("\n", " ") == title


def test_names_at_the_ends_of_lines_do_not_overlap():
    """Where the lines of two groups end at nearly the same share, their names stand apart."""
    curve = satisfaction_loyalty_curve(
        [1, 2, 3, 4, 5] * 40, [0, 0, 1, 1, 1] * 40, group=["strong", "weak"] * 100
    )
    heights = [text.xy[1] for text in loyalty.satisfaction_loyalty(curve).texts]
    assert abs(heights[0] - heights[1]) > 0.08


def test_the_lifecycle_is_drawn_as_shares_of_stages(sales):
    """Bars are the shares of the stages, the first stage at the top."""
    found = lifecycle_stage(sales)
    ax = loyalty.lifecycle_shares(found)
    assert np.allclose([bar.get_width() for bar in ax.patches], found.stages["share"])
    assert ax.get_yticklabels()[0].get_text() == "Exploration"


def test_expected_shares_stand_below_those_of_the_rules(sales):
    """With probabilities, each stage has a second, paler bar for the share expected; what is missing has none."""
    found = lifecycle_probabilities(sales)
    expected = {
        "stage": found.stages.assign(expected=[0.25, 0.25, np.nan, 0.5]),
        "pattern": found.patterns.assign(expected=0.2),
    }
    ax = loyalty.lifecycle_shares(found.labels, expected=expected)
    widths = [bar.get_width() for bar in ax.patches]
    assert np.allclose(widths[:4], found.labels.stages["share"])
    assert np.allclose(widths[4:], [0.25, 0.25, np.nan, 0.5], equal_nan=True)
    assert {bar.get_alpha() for bar in ax.patches[4:]} == {0.45}
    assert "–" in {text.get_text() for text in ax.texts}


def test_concentration_says_its_share_in_the_title():
    """The title has the share of revenue, and the curve ends at 100 %."""
    curve = pd.DataFrame({"customers": [0, 0.1, 1], "revenue": [0, 0.417, 1]})
    ax = segments.revenue_concentration(curve, top=0.1, share=0.417)
    assert "41.7%" in ax.get_title("left").replace("\n", " ")
    assert "%" not in segments.revenue_concentration(curve, share=None).get_title("left")


def test_danger_is_drawn_by_segment_without_those_where_nobody_is():
    """Segments with nobody in danger, or without revenue, have no bar; each bar tells amount and customers."""
    rows = pd.DataFrame(
        {
            "segment": ["champions", "loyal", "others"],
            "in_danger": [12, 0, 7],
            "revenue_at_risk": [9e3, 0.0, 10],
        }
    )
    ax = segments.danger_by_segment(rows, currency="$")
    none = rows.assign(revenue_at_risk=[9e3, 0.0, 0.0])
    assert [bar.get_width() for bar in segments.danger_by_segment(none).patches] == [9e3]
    assert [bar.get_width() for bar in ax.patches] == [10, 9e3]
    assert [text.get_text() for text in ax.texts] == ["$10, 7 customers", "$9k, 12 customers"]


def test_the_figures_that_move_carry_their_values_and_the_language(sales):
    """Plotly twins hold the same numbers as the static figures, with Chinese labels in Chinese."""
    found = retention_cohorts(sales, min_cohort=10)
    rows = rfm_segments(rfm_table(sales)).segments
    with speaking("zh"):
        heat = loyalty_moving.cohort_heatmap_moving(found)
        figure = loyalty_moving.rfm_map_moving(rows, currency="¥")
        curve = loyalty_moving.revenue_concentration_moving(
            pd.DataFrame({"customers": [0, 1], "revenue": [0, 1]}), share=0.4
        )
    assert re.fullmatch(r"\w+：占客户的 \d+%，占收入的 \d+%", figure.layout.title.text)
    assert np.nanmax(heat.data[0].z) == pytest.approx(
        100 * np.nanmax(cohorts.heat(found, 60, 60).to_numpy()), abs=1e-3
    )
    assert "核心客户" in figure.data[0].text
    assert "40.0%" in curve.layout.title.text
    for one in (heat, figure, curve):
        assert json.loads(one.to_json())["data"]
        assert _has_chinese(one.layout.xaxis.title.text)


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        (0, "0", "0"),
        (12.4, "12", "12"),
        (1.26, "1.3", "1.3"),
        (0.00123, "0.0012", "0.0012"),
        (45_600, "45.6k", "4.6 万"),
        (3.2e8, "320M", "3.2 亿"),
        (2.5e12, "2.5T", "2.5 万亿"),
        (-5000, "−5k", "−5,000"),
    ],
)
def test_large_amounts_are_written_as_each_language_counts(value, en, zh):
    """Thousands and millions in English, 万 and 亿 in Chinese."""
    assert loyalty.short_number(value) == en
    with speaking("zh"):
        assert loyalty.short_number(value) == zh
