"""Word of mouth: what one customer brings with it, or takes along when it leaves angry."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.errors import ParameterError
from crmlab.value._checks import at_least_0, finite, rate, share, whole

__all__ = ["StewLeonard", "WordOfMouthValue", "stew_leonard", "word_of_mouth_value"]


@dataclass(frozen=True, eq=False)
class WordOfMouthValue:
    """Value of a customer with those that word of mouth brings, or keeps away.

    Attributes
    ----------
    value
        With word of mouth.
    own_value
        Without.
    multiplier
        The one over the other.
    customers
        Customers that stand for one, undiscounted, that one included.
    reproduction
        Customers that each customer brings (or keeps away) directly.
    table
        One row a generation: ``generation`` (0 is the customer), ``customers``, ``present_value``, ``cumulative``. Without
        a limit it stops when 99.9 % is told, or after 1,000 generations.

    """

    value: float
    own_value: float
    multiplier: float
    customers: float
    reproduction: float
    table: pd.DataFrame

    def __float__(self) -> float:
        return self.value

    def summary(self) -> pd.DataFrame:
        """Return the table by generation."""
        return self.table.copy()


@checked_arguments
def word_of_mouth_value(
    customer_value: float,
    *,
    told: float,
    convinced: float,
    generations: int | None = 1,
    discount_per_generation: float = 0.0,
) -> WordOfMouthValue:
    r"""Return the value of a customer together with those that word of mouth brings, or, if angry, keeps away.

    Parameters
    ----------
    customer_value
        What one customer is worth, all being worth the same.
    told
        Persons whom a customer tells, 0 or more.
    convinced
        Share of those told who become customers by it and would not have otherwise (or who leave by it), in [0, 1].
    generations
        How often word is passed on; 1: the customer tells, those told do not. None: without end.
    discount_per_generation
        What the time between generations costs, as a fraction.

    Returns
    -------
    WordOfMouthValue

    Raises
    ------
    ParameterError
        Numbers out of range; no finite value (told × convinced ≥ 1 + discount without a limit).

    Notes
    -----
    With :math:`g = \text{told} \times \text{convinced}` and :math:`q = g/(1+\delta)`,

    .. math:: V \sum_{k=0}^{K} q^k = V\,\frac{1 - q^{K+1}}{1-q} \;\to\; \frac{V}{1-q} \quad (q < 1)

    Those told are taken to be new each time. People have the same friends, so several generations count too much; and
    adding such values over all customers counts each referred customer twice, once as itself and once as a referral.
    Use it for what one customer gained or lost changes, not for the worth of the base.

    References
    ----------
    Hogan, J. E., Lemon, K. N., & Libai, B. (2003). What is the true value of a lost customer? Journal of Service
    Research, 5(3), 196-208. https://doi.org/10.1177/1094670502238915

    Checked against: sums generation by generation, and a simulated branching process.

    Examples
    --------
    >>> word_of_mouth_value(1000, told=10, convinced=0.05).value
    1500.0
    >>> word_of_mouth_value(1000, told=10, convinced=0.05, generations=None).value
    2000.0

    """
    finite(customer_value=customer_value, discount_per_generation=discount_per_generation)
    at_least_0(told=told)
    share(convinced, "convinced")
    rate(discount_per_generation, "discount_per_generation")
    if generations is not None:
        whole("generations", generations, least=0)
    g = told * convinced
    q = g / (1.0 + discount_per_generation)
    if generations is None and q >= 1:
        raise ParameterError(
            f"Each customer brings {g:g} others, discounted {q:g}: without a limit there is no end.",
            hint="Give generations, or a smaller share convinced.",
        )
    if generations is None:
        count = 1 if q == 0 else min(1000, max(1, math.ceil(math.log(0.001) / math.log(q))))
        multiplier = 1.0 / (1.0 - q)
        people = 1.0 / (1.0 - g) if g < 1 else math.inf
    else:
        count = int(generations) + 1
        with np.errstate(over="ignore"):
            multiplier, people = (float((base ** np.arange(count)).sum()) for base in (q, g))
        if not math.isfinite(multiplier) or not math.isfinite(people):
            raise ParameterError(
                f"Each customer brings {g:g} others: after {count - 1} generations they are more than any number holds.",
                hint="Give fewer generations, or a smaller share convinced.",
            )
    k = np.arange(count, dtype=np.float64)
    present = customer_value * q**k
    return WordOfMouthValue(
        value=customer_value * multiplier,
        own_value=float(customer_value),
        multiplier=multiplier,
        customers=people,
        reproduction=g,
        table=pd.DataFrame(
            {
                "generation": np.arange(count),
                "customers": g**k,
                "present_value": present,
                "cumulative": np.cumsum(present),
            }
        ),
    )


@dataclass(frozen=True, eq=False)
class StewLeonard:
    """What one angry customer costs, one consideration after the other.

    Attributes
    ----------
    table
        Rows ``plain``, ``discounted``, ``retention``, ``word_of_mouth``, ``margin``: ``amount`` after that step, and
        ``change`` by it. The first four are turnover, the last is margin.
    plain
        Spending a week × weeks a year × years.
    value
        Turnover lost after all steps.
    margin
        Margin lost after all steps.
    by_year
        One row a year: ``year``, ``spending``, ``survival``, ``discount_factor``, ``present_value`` (of the customer
        alone).

    """

    table: pd.DataFrame
    plain: float
    value: float
    margin: float
    by_year: pd.DataFrame

    def __float__(self) -> float:
        return self.value

    def summary(self) -> pd.DataFrame:
        """Return the table by step."""
        return self.table.copy()


@checked_arguments
def stew_leonard(
    spending_per_week: float = 100.0,
    *,
    weeks_per_year: float = 50.0,
    years: int = 10,
    discount_rate_annual: float = 0.0,
    retention_annual: float = 1.0,
    told: float = 0.0,
    deterred: float = 0.0,
    margin_rate: float = 1.0,
) -> StewLeonard:
    r"""Return what the shop loses with one angry customer: Stew Leonard's 50,000, and what is left out of it.

    Parameters
    ----------
    spending_per_week, weeks_per_year, years
        What the customer would have spent, and for how long.
    discount_rate_annual
        As a fraction; spending counts at the end of its year.
    retention_annual
        Probability that the customer, had nothing happened, stays for another year, in [0, 1]; the first year is certain.
    told
        Persons whom the angry customer tells.
    deterred
        Share of those told who stay away by it, each of them worth the same, in [0, 1].
    margin_rate
        Margin as a fraction of the turnover, in [0, 1].

    Returns
    -------
    StewLeonard

    Raises
    ------
    ParameterError
        Numbers out of range.

    Notes
    -----
    .. math:: (1 + \text{told} \times \text{deterred})\; s\,w \sum_{t=1}^{Y} \frac{r^{t-1}}{(1+d)^t}

    With d = 0, r = 1 and nobody told it is s × w × Y. Discount and retention lower it, word of mouth raises it, and the
    step from turnover to margin lowers it most. The 50,000 is a picture for the staff; decide on compensation by margin.
    It takes the angry customer as lost for good and entirely, though many complain, are helped and come back.

    References
    ----------
    The course's source texts (斯图·伦纳德, 100 a week × 50 weeks × 10 years).
    Hogan, J. E., Lemon, K. N., & Libai, B. (2003). What is the true value of a lost customer? Journal of Service
    Research, 5(3), 196-208. https://doi.org/10.1177/1094670502238915

    Checked against: 100 × 50 × 10 = 50,000; simple_clv and retention_clv; sums year by year.

    Examples
    --------
    >>> stew_leonard().value
    50000.0
    >>> lost = stew_leonard(discount_rate_annual=0.08, retention_annual=0.9, told=10, deterred=0.05, margin_rate=0.25)
    >>> lost.table["amount"].round().astype(int).to_dict()
    {'plain': 50000, 'discounted': 33550, 'retention': 23292, 'word_of_mouth': 34937, 'margin': 8734}

    """
    at_least_0(spending_per_week=spending_per_week, weeks_per_year=weeks_per_year, told=told)
    finite(discount_rate_annual=discount_rate_annual)
    whole("years", years)
    rate(discount_rate_annual, "discount_rate_annual")
    share(retention_annual, "retention_annual")
    share(deterred, "deterred")
    share(margin_rate, "margin_rate")
    spending = float(spending_per_week * weeks_per_year)
    t = np.arange(1, int(years) + 1, dtype=np.float64)
    factor = (1.0 + discount_rate_annual) ** -t
    survival = retention_annual ** (t - 1)
    plain = spending * int(years)
    discounted = spending * math.fsum(factor)
    kept = spending * math.fsum(survival * factor)
    value = word_of_mouth_value(kept, told=told, convinced=deterred).value
    amount = np.array([plain, discounted, kept, value, value * margin_rate])
    return StewLeonard(
        table=pd.DataFrame(
            {"amount": amount, "change": np.diff(amount, prepend=0.0)},
            index=pd.Index(["plain", "discounted", "retention", "word_of_mouth", "margin"], name="step"),
        ),
        plain=plain,
        value=value,
        margin=value * margin_rate,
        by_year=pd.DataFrame(
            {
                "year": t.astype(np.int64),
                "spending": spending,
                "survival": survival,
                "discount_factor": factor,
                "present_value": spending * survival * factor,
            }
        ),
    )
