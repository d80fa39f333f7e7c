"""How many answers a survey needs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab._shares import normal_quantile
from crmlab.errors import ParameterError

__all__ = ["SampleSize", "sample_size"]

_LEAST_MARGIN, _MOST = 1e-9, 1e15


@dataclass(frozen=True)
class SampleSize:
    """Answers that a margin of error asks for."""

    #: answers needed, rounded up
    n: int
    #: before rounding
    exact: float
    #: before the finite population correction
    infinite: float
    #: people to invite at the response rate given; never more than the population
    invite: int
    #: half-width of the interval that n answers give
    margin: float
    measure: str
    #: standard deviation of one answer, in the measure's unit
    sd: float
    population: float
    response_rate: float
    design_effect: float
    confidence: float

    def summary(self) -> pd.DataFrame:
        """Return one row of every value."""
        return pd.DataFrame([{name: getattr(self, name) for name in self.__dataclass_fields__}])


@checked_arguments
def sample_size(
    margin: float,
    *,
    measure: str = "share",
    share: float = 0.5,
    sd: float | None = None,
    promoters: float = 0.5,
    detractors: float = 0.5,
    population: float | None = None,
    response_rate: float = 1.0,
    design_effect: float = 1.0,
    confidence: float = 0.95,
) -> SampleSize:
    r"""Return how many answers keep the margin of error of a share, a mean or a net promoter score.

    .. math:: n_0 = \frac{z^2 \sigma^2}{e^2}\,d, \qquad n = \frac{n_0}{1 + (n_0 - 1)/N}

    with margin e, standard deviation σ of one answer, design effect d and population N.

    Parameters
    ----------
    margin
        Half-width wanted, in the measure's unit: fraction of a share (0.05), points of the scale for a mean, points of the score
        for the NPS (5).
    measure
        ``"share"`` (such as CSAT), ``"mean"``, or ``"nps"``.
    share
        Share expected; 0.5 is the worst case.
    sd
        Standard deviation of one answer; needed for the mean (a pilot's, or a quarter of the scale's range at first).
    promoters, detractors
        Shares expected, for the NPS; half and half is the worst case (σ = 100 points). The usual 40 and 20 % make σ 75.
    population
        Customers in all; without it, taken as endless.
    response_rate
        Share of those invited who answer.
    design_effect
        Variance of the design over that of a simple random sample: 1 for this, 1.5 to 3 for clusters or uneven weights.
    confidence
        Level of the interval, between 0 and 1.

    Returns
    -------
    SampleSize
        Answers needed, invitations to send, and the margin that the answers keep.

    Raises
    ------
    ParameterError
        Values out of their range, mean without `sd`, shares that sum to more than 1.

    Notes
    -----
    The normal formula: right for the planning of 30 answers and more; for smaller n the interval functions are a little wider.
    It plans the width of one interval, not the power to find a difference: for that, use pingouin's or statsmodels' power
    functions. A larger sample does not mend a low response rate: those who answer may differ from those who do not.

    References
    ----------
    Cochran 1977, *Sampling techniques*, ch. 4; Krejcie & Morgan 1970, doi 10.1177/001316447003000308.

    Checked against: Krejcie & Morgan's table (384 of endless many, 278 of 1,000, 80 of 100); statsmodels'
    samplesize_confint_proportion.

    Examples
    --------
    >>> sample_size(0.05).n, sample_size(0.05, population=1000).n
    (385, 278)
    >>> sample_size(5, measure="nps", promoters=0.4, detractors=0.2, response_rate=0.2).summary()[["n", "invite"]].values.tolist()
    [[861, 4305]]

    """
    z = normal_quantile(confidence)
    problems = [
        f"{name}={value} must lie in ({low:g}, {high:g}]."
        for name, value, low, high in (
            ("margin", margin, 0, math.inf),
            ("response_rate", response_rate, 0, 1),
            ("design_effect", design_effect, 0, math.inf),
            ("population", math.inf if population is None else population, 0, math.inf),
        )
        if not low < value <= high
    ]
    if problems:
        raise ParameterError("The sample cannot be planned with these values.", problems=problems)
    sigma = _sigma(measure, share, sd, promoters, detractors)
    whole = math.inf if population is None else float(population)
    infinite = design_effect * (z * sigma / margin) ** 2 if margin > _LEAST_MARGIN * sigma else math.inf
    if not max(infinite, infinite / response_rate) < _MOST:
        raise ParameterError(
            f"margin={margin} with response_rate={response_rate} takes more than {_MOST:.0e} people.",
            hint="A wider margin needs fewer: half the margin takes four times the answers.",
        )
    exact = infinite / (1 + (infinite - 1) / whole) if infinite > 1 else infinite
    n = min(max(1, math.ceil(exact - 1e-9)), math.ceil(whole) if math.isfinite(whole) else 10**18)
    left = max(0.0, (whole - n) / (whole - 1)) if 1 < whole < math.inf else float(math.isinf(whole))
    invite = math.ceil(n / response_rate - 1e-9)
    return SampleSize(
        n=n,
        exact=exact,
        infinite=infinite,
        invite=min(invite, math.ceil(whole)) if math.isfinite(whole) else invite,
        margin=z * sigma * math.sqrt(design_effect * left / n),
        measure=measure,
        sd=sigma,
        population=whole,
        response_rate=response_rate,
        design_effect=design_effect,
        confidence=confidence,
    )


def _sigma(measure: str, share: float, sd: float | None, promoters: float, detractors: float) -> float:
    if measure == "share":
        if not 0 < share < 1:
            raise ParameterError(f"share={share} must lie between 0 and 1, as in 0.5.")
        return math.sqrt(share * (1 - share))
    if measure == "mean":
        if sd is None or not 0 < sd < math.inf:
            raise ParameterError(
                f"The mean needs the standard deviation of one answer, above 0; got sd={sd}.",
                hint="Take a pilot's, or a quarter of the scale's range.",
            )
        return sd
    if measure == "nps":
        total = promoters + detractors
        if not (promoters >= 0 and detractors >= 0 and 0 < total <= 1 + 1e-12):
            raise ParameterError(
                f"promoters={promoters} and detractors={detractors} must be shares that sum to 1 at most."
            )
        variance = total - (promoters - detractors) ** 2
        if variance <= 0:
            raise ParameterError("With promoters only, or detractors only, there is nothing to estimate.")
        return 100 * math.sqrt(variance)
    raise ParameterError(f"measure={measure!r} is unknown.", hint="Allowed: share, mean, nps.")
