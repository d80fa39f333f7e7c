"""Strata: when some groups of customers answered more often than others, each is given its share of the customers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab._arguments import as_column, checked_arguments, real, same_rows
from crmlab.errors import DataError, ParameterError, did_you_mean
from crmlab.satisfaction.checks import check_confidence, check_method
from crmlab.satisfaction.groups import MEASURES

if TYPE_CHECKING:
    from crmlab.satisfaction.checks import Scores

__all__ = ["StratifiedScore", "strata_weights", "stratified_score"]


@dataclass(frozen=True, eq=False)
class StratifiedScore:
    """A score of all customers from strata (csat: fraction, nps: points, ces: points of the scale)."""

    value: float
    low: float
    high: float
    #: the score of the answers as they came, without strata
    unweighted: float
    n: int
    n_missing: int
    measure: str
    confidence: float
    #: stratum, population, share (of customers), n, weight (of one answer; mean 1), value, low, high
    strata: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return one row of every single value."""
        names = [name for name in self.__dataclass_fields__ if name != "strata"]
        return pd.DataFrame([{name: getattr(self, name) for name in names}])


@checked_arguments
def strata_weights(strata: pd.Series | list[Any], population: Mapping[Any, float] | pd.Series) -> pd.Series:
    r"""Return each answer's weight so that strata count by their customers, not by their answers.

    .. math:: w_i = \frac{N_h / N}{n_h / n}, \quad i \in h

    Parameters
    ----------
    strata
        Stratum of each answer (region, tier, channel). Rows without one get weight NaN.
    population
        Customers in each stratum (any unit); strata of no customers may be left out.

    Returns
    -------
    pandas.Series
        Weights of mean 1 over the rows with a stratum, labelled as in `strata`; made for ``csat(..., weights=...)``.

    Raises
    ------
    DataError
        Answers of strata that `population` does not know, strata with customers and no answer, negative populations.

    Notes
    -----
    Weights mend unequal response **between** strata; within one, those who answer must resemble those who do not. Weights above
    about 5 cost much precision: join small strata.

    References
    ----------
    Cochran 1977, *Sampling techniques*, ch. 5; Holt & Smith 1979, doi 10.2307/2344652.

    Checked against: the weighted share, equal to the strata's shares weighted by customers.

    Examples
    --------
    >>> strata_weights(["gold", "gold", "gold", "basic"], {"gold": 100, "basic": 300}).round(4).tolist()
    [0.3333, 0.3333, 0.3333, 3.0]

    """
    column = as_column(strata, "strata")
    shares = _shares(column, population)
    counts = column.value_counts()
    per_answer = {name: share * counts.sum() / counts[name] for name, share in shares.items() if share > 0}
    weights = [
        per_answer.get(name, 0.0) if there else math.nan
        for name, there in zip(column, column.notna(), strict=True)
    ]
    return pd.Series(weights, index=column.index, name="weight", dtype=float)


@checked_arguments
def stratified_score(
    scores: Scores,
    strata: pd.Series | list[Any],
    population: Mapping[Any, float] | pd.Series,
    *,
    measure: str = "csat",
    finite: bool = False,
    confidence: float = 0.95,
    **options: Any,
) -> StratifiedScore:
    r"""Return CSAT, NPS or CES of all customers from a sample by strata, with an interval.

    .. math:: \hat\theta = \sum_h W_h \hat\theta_h, \qquad
              L = \hat\theta - \sqrt{\sum_h W_h^2 (\hat\theta_h - l_h)^2}

    with :math:`W_h` the stratum's share of customers and :math:`l_h, u_h` its own interval (MOVER), so that small strata keep
    intervals that are right for shares near 0 and 1.

    Parameters
    ----------
    scores, strata
        Answers, and the stratum of each. Missing answers are left out and counted; so are rows without a stratum.
    population
        Customers in each stratum.
    measure
        ``"csat"``, ``"nps"`` or ``"ces"``.
    finite
        Apply the finite population correction :math:`\sqrt{1 - n_h/N_h}` to each stratum; `population` must then be counts of customers.
    confidence
        Level of the intervals, between 0 and 1.
    options
        Go to the measure: scale, top, method.

    Returns
    -------
    StratifiedScore
        The score of all customers with its interval, and each stratum's.

    Raises
    ------
    DataError
        Strata and population that do not fit, strata without answers (with two at least for the mean).
    ParameterError
        Unknown measure, confidence outside (0, 1), weights besides strata.

    References
    ----------
    Cochran 1977, ch. 5; Zou, Huang & Zhang 2009, doi 10.1016/j.csda.2008.09.033.

    Checked against: Cochran's variance of a stratified mean (large samples), a single stratum (the measure itself),
    simulation (coverage).

    Examples
    --------
    >>> result = stratified_score([5, 5, 4, 2, 1, 5], list("aaabbb"), {"a": 100, "b": 300})
    >>> round(result.value, 4), round(result.unweighted, 4)
    (0.5, 0.6667)

    """
    check_method("measure", measure, MEASURES)
    check_confidence(confidence)
    if "weights" in options:
        raise ParameterError("Strata are the weights here; leave weights= out.")
    function, value = MEASURES[measure]
    series, column = as_column(scores, "scores"), as_column(strata, "strata")
    same_rows(scores=scores, strata=strata)
    given = series.notna().to_numpy() & column.notna().to_numpy()
    answers, names = series[given], column[given].to_numpy()
    overall = function(answers, confidence=confidence, **options)
    shares = _shares(pd.Series(names), population)
    rows = []
    for name, share in shares.items():
        if share == 0:
            continue
        part = answers[names == name]
        result = function(part, confidence=confidence, **options)
        if math.isnan(result.low):
            raise DataError(
                f"Stratum {name} has {len(part)} answer, too few for the interval of a mean.",
                hint="Join it with a stratum like it.",
            )
        size = float(population[name])
        if finite and len(part) > size:
            raise DataError(f"Stratum {name} has {len(part)} answers and only {size:g} customers.")
        shrink = math.sqrt(1 - len(part) / size) if finite else 1.0
        at = float(getattr(result, value))
        rows.append(
            {
                "stratum": name,
                "population": size,
                "share": share,
                "n": len(part),
                "weight": share * len(answers) / len(part),
                "value": at,
                "low": at - shrink * (at - result.low),
                "high": at + shrink * (result.high - at),
            }
        )
    table = pd.DataFrame(rows)
    w, values = table["share"].to_numpy(dtype=float), table["value"].to_numpy(dtype=float)
    estimate = float(w @ values)
    return StratifiedScore(
        estimate,
        estimate - float(np.linalg.norm(w * (values - table["low"].to_numpy(dtype=float)))),
        estimate + float(np.linalg.norm(w * (table["high"].to_numpy(dtype=float) - values))),
        float(getattr(overall, value)),
        len(answers),
        int((~given).sum()),
        measure,
        confidence,
        table,
    )


def _shares(strata: pd.Series, population: Mapping[Any, float] | pd.Series) -> dict[Any, float]:
    sizes = {name: real(size) for name, size in population.items()}
    present = list(strata.dropna().unique())
    known = [str(name) for name in sizes]
    problems = []
    for name in present:
        if name not in sizes:
            near = did_you_mean(str(name), known)
            problems.append(
                f"{name} has answers and no population" + (f": did you mean {near}?" if near else "")
            )
    problems += [
        f"{name} has a population of {size:g}" for name, size in sizes.items() if not 0 <= size < math.inf
    ]
    problems += [
        f"{name} has customers and no answer"
        for name, size in sizes.items()
        if size > 0 and name not in present
    ]
    if problems or not sum(sizes.values()) > 0:
        raise DataError(
            "Strata and population do not fit together.",
            problems=problems,
            hint="Join strata without answers with others like them.",
        )
    total = sum(sizes.values())
    return {name: size / total for name, size in sizes.items()}
