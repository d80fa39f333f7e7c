"""What each report may be asked: one model of parameters a report, with ranges, choices and help."""

from __future__ import annotations

from typing import Literal

from crmlab.reports.contract import Day, ReportParameters, parameter
from crmlab.text import N_

__all__ = [
    "CONTRACT_MODELS",
    "PURCHASE_MODELS",
    "CLVParameters",
    "LoyaltyParameters",
    "SatisfactionParameters",
]


#: models of purchases, where customers leave unseen, and of contracts, where they are seen to leave
PURCHASE_MODELS = ("bg_nbd", "mbg_nbd", "pareto_nbd")
CONTRACT_MODELS = ("sbg", "bdw")


class CLVParameters(ReportParameters):
    """Parameters of the report on customer lifetime value."""

    model: Literal["auto", "bg_nbd", "mbg_nbd", "pareto_nbd", "sbg", "bdw"] = parameter(
        "auto",
        N_(
            "Model: of purchases bg_nbd, mbg_nbd or pareto_nbd, of contracts sbg or bdw; auto chooses by the data and says why."
        ),
    )
    observation_end: Day = parameter(
        None,
        N_("Last day that the data cover; later purchases are left out. Empty: the last day in the data."),
    )
    time_unit: Literal["day", "week", "month"] = parameter(
        "week", N_("Unit of time in which purchases are modelled; results in months do not depend on it.")
    )
    period: Literal["auto", "month", "quarter", "year"] = parameter(
        "auto",
        N_(
            "Of contracts: the time after which one is renewed or not; auto sees it from the days on which customers left, else takes a month."
        ),
    )
    horizon_months: int = parameter(
        12, N_("Months ahead for which purchases and value are forecast."), ge=1, le=120
    )
    discount_rate_annual: float = parameter(
        0.10, N_("Rate a year at which later money counts for less; 0.10 is 10%."), ge=0, le=1
    )
    margin: float = parameter(
        1.0,
        N_("Share of revenue that is profit; 1.0 values customers by revenue, and the report says so."),
        ge=0.001,
        le=1,
    )
    currency: str = parameter(
        "", N_("Sign in front of amounts, such as ¥ or $. Empty: amounts without a sign.")
    )
    top_n: int = parameter(20, N_("How many of the most valuable customers are listed."), ge=5, le=50)
    holdout: Literal["auto", "on", "off"] = parameter(
        "auto",
        N_(
            "Whether the model is tested on the last part of the data; auto does it where the data are long enough."
        ),
    )
    refunds: Literal["net", "drop", "error"] = parameter(
        "net", N_("What negative amounts are: taken off earlier purchases, left out, or an error.")
    )
    min_group: int = parameter(
        5,
        N_("Smallest group that is shown; smaller ones are put together, so that nobody is recognised."),
        ge=1,
        le=1000,
    )
    confidence: float = parameter(0.95, N_("Confidence level of all intervals."), ge=0.8, le=0.99)


class SatisfactionParameters(ReportParameters):
    """Parameters of the report on satisfaction."""

    scale_max: int = parameter(
        0,
        N_("Highest answer of the items' scale, such as 5, 7 or 10; 0 recognises it from the answers."),
        ge=0,
        le=100,
    )
    structure: Literal["auto", "ecsi", "acsi", "scsb", "ccsi", "none"] = parameter(
        "auto",
        N_(
            "Path model of causes: auto takes the index model whose constructs the items name best and says why, none "
            "leaves it out."
        ),
    )
    paths: str = parameter(
        "",
        N_(
            "A path model of your own, in place of structure: quality: q1 q2; satisfaction: s1 s2; quality -> satisfaction."
        ),
    )
    scheme: Literal["path", "centroid", "factorial"] = parameter(
        "path", N_("Inner weighting scheme of the path model.")
    )
    weights: Literal["auto", "pls", "equal", "entropy", "critic", "ahp"] = parameter(
        "auto",
        N_(
            "Where the weights of the satisfaction index come from: pls (the path model), equal, entropy or critic (the "
            "spread of the answers), ahp (judgements in pairs); auto chooses by the data and says why."
        ),
    )
    bootstrap: int = parameter(
        500, N_("Bootstrap samples for the intervals of the path model; 0 leaves them out."), ge=0, le=5000
    )
    group: str = parameter(
        "",
        N_(
            "Column by which groups are compared, such as a store. Empty: the one that is recognised, if any."
        ),
    )
    pair: str = parameter(
        "",
        N_("The two groups whose path models are compared, with a comma between. Empty: the two largest."),
    )
    min_group: int = parameter(
        5,
        N_("Smallest group that is shown; smaller ones are put together, so that nobody is recognised."),
        ge=1,
        le=1000,
    )
    confidence: float = parameter(0.95, N_("Confidence level of all intervals."), ge=0.8, le=0.99)
    comments: int = parameter(
        0,
        N_(
            "How many of the respondents' own words are shown, drawn by lot, with telephones, cards, e-mails and names "
            "masked; 0 shows and keeps none."
        ),
        ge=0,
        le=50,
    )
    csat_top: int = parameter(
        2, N_("How many of the highest answers of the scale count as satisfied (CSAT)."), ge=1, le=10
    )


class LoyaltyParameters(ReportParameters):
    """Parameters of the report on loyalty."""

    period: Literal["month", "quarter", "week"] = parameter(
        "month", N_("Length of a cohort and of its periods.")
    )
    repeat_window_days: int = parameter(
        90,
        N_("Days after the first purchase within which a second one counts as a repeat purchase."),
        ge=1,
        le=1830,
    )
    quantiles: int = parameter(
        5, N_("Number of classes of recency, frequency and monetary value."), ge=3, le=5
    )
    observation_end: Day = parameter(
        None,
        N_("Last day that the data cover; later purchases are left out. Empty: the last day in the data."),
    )
    min_cohort: int = parameter(
        10, N_("Smallest cohort whose rates are shown; rates of fewer customers are chance."), ge=1, le=10000
    )
    currency: str = parameter(
        "", N_("Sign in front of amounts, such as ¥ or $. Empty: amounts without a sign.")
    )
    min_group: int = parameter(
        5,
        N_("Smallest group that is shown; smaller ones are put together, so that nobody is recognised."),
        ge=1,
        le=1000,
    )
    confidence: float = parameter(0.95, N_("Confidence level of all intervals."), ge=0.8, le=0.99)
    programme: Literal["auto", "off"] = parameter(
        "auto", N_("Loyalty programme: auto shows it where there are points or tiers, off leaves it out.")
    )
    value_per_point: float = parameter(
        0.0,
        N_(
            "What a point is worth, in money; 0 takes it from what exchanges were worth, where that is known."
        ),
        ge=0,
        le=1_000_000,
    )
    points_valid_months: int = parameter(
        0,
        N_("Months after which points lapse; 0 takes it from the lapses in the data, if there are any."),
        ge=0,
        le=240,
    )
    tier_cutoff: float = parameter(
        0.0,
        N_("Qualifying spend from which on the tier is held that is looked into; 0 finds it in the data."),
        ge=0,
        le=1_000_000_000,
    )
