"""Contracts: parameters are checked all at once, and describe themselves in both languages."""

from __future__ import annotations

import datetime as dt

import pytest

from crmlab.errors import ParameterError
from crmlab.reports.contract import describe, parse_parameters, validate
from crmlab.reports.registry import REPORTS, CLVParameters, SatisfactionParameters
from crmlab.text import speaking

MODELS = [spec.parameters for spec in REPORTS.values()]


def test_values_become_typed():
    """Text from the command line becomes numbers, days and choices."""
    filled = parse_parameters(
        CLVParameters,
        ["horizon_months=6", "margin=0.35", "time_unit=month", "observation_end=1997-09-30", "currency=¥"],
    )
    assert (filled.horizon_months, filled.margin, filled.time_unit) == (6, 0.35, "month")
    assert filled.observation_end == dt.date(1997, 9, 30)
    assert filled.plain()["observation_end"] == "1997-09-30"


@pytest.mark.parametrize("text", ["1997-09-30", "1997/9/30", "19970930", "1997年9月30日"])
def test_days_are_read_as_people_write_them(text):
    """A bare number is a day, never seconds since 1970."""
    assert parse_parameters(CLVParameters, [f"observation_end={text}"]).observation_end == dt.date(
        1997, 9, 30
    )


@pytest.mark.parametrize("text", ["", "none", "None"])
def test_a_day_may_be_empty(text):
    """An empty day is no day."""
    assert parse_parameters(CLVParameters, [f"observation_end={text}"]).observation_end is None


def test_all_problems_are_told_at_once():
    """Type, range, choice, unknown name, missing sign and a name given twice come in one error."""
    with pytest.raises(ParameterError) as caught:
        parse_parameters(
            CLVParameters,
            [
                "horizon_months=six",
                "top_n=999",
                "time_unit=weeek",
                "margin=nan",
                "observation_end=1997-02-30",
                "horizont=3",
                "nonsense",
                "refunds=net",
                "refunds=drop",
            ],
        )
    told = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 8
    assert "horizon_months: got “six”; allowed: whole number from 1 to 120" in told
    assert "top_n: got “999”; allowed: whole number from 5 to 50" in told
    assert "did you mean week?" in told
    assert "margin: got “nan”; allowed: number from 0.001 to 1" in told
    assert "observation_end: got “1997-02-30”" in told
    assert "no parameter “horizont”; did you mean horizon_months?" in told
    assert "“nonsense” is not of the form name=value" in told
    assert "refunds is given twice" in told
    assert caught.value.exit_code == 2


def test_errors_are_told_in_the_language_spoken():
    """Under zh, the message and its problems are Chinese."""
    with speaking("zh"), pytest.raises(ParameterError) as caught:
        parse_parameters(CLVParameters, ["horizon_months=200"])
    assert caught.value.message == "参数有误。"
    assert caught.value.problems == ("horizon_months：给出的是“200”；允许的取值：1 到 120 之间的整数",)


@pytest.mark.parametrize(
    ("model", "name", "bad"),
    [
        (CLVParameters, "confidence", 0.999),
        (CLVParameters, "discount_rate_annual", float("inf")),
        (CLVParameters, "horizon_months", 0),
        (SatisfactionParameters, "bootstrap", 5001),
        (SatisfactionParameters, "min_group", 0),
    ],
)
def test_ranges_hold_for_values_of_a_notebook_as_well(model, name, bad):
    """What papermill hands over is checked like what the command line says."""
    with pytest.raises(ParameterError, match="cannot be used") as caught:
        validate(model, {name: bad})
    assert caught.value.problems[0].startswith(f"{name}: got")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_parameter_describes_itself(model, lang):
    """Each parameter has help, an allowed range and a default; in Chinese, the help is Chinese."""
    with speaking(lang):
        described = describe(model)
    assert [one.name for one in described] == list(model.model_fields)
    for one in described:
        assert all((one.help, one.allowed, one.default, one.kind))
        if lang == "zh":
            assert any("\u4e00" <= char <= "\u9fff" for char in one.help)


@pytest.mark.parametrize("model", MODELS)
def test_defaults_are_allowed_and_survive_the_way_through_the_notebook(model):
    """A model of defaults, written plainly and read back, is the same model."""
    assert model(**model().plain()) == model()


def test_a_filled_model_does_not_change():
    """Parameters are frozen: what the report says is what was used."""
    with pytest.raises(ValueError, match="frozen"):
        CLVParameters().top_n = 7
