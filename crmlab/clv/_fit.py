"""Fitting a model of purchase histories: what BG/NBD, MBG/NBD and Pareto/NBD do alike."""

from __future__ import annotations

from dataclasses import replace
from math import log, log1p, sqrt
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import pandas as pd

from crmlab.clv._effects import PurchaseParameters
from crmlab.clv._fit_covariates import fit_effects, read_covariates
from crmlab.clv._guard import table_of, unit_of, weighted_histories
from crmlab.clv._model import check_confidence, check_penalty
from crmlab.clv._newton import maximise, with_penalty
from crmlab.clv.grouped import HistoryCounts
from crmlab.errors import FitError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from crmlab.clv._collapse import Patterns
    from crmlab.clv._effect_likelihood import Cells, PerRow
    from crmlab.clv._guard import Histories
    from crmlab.clv._newton import Objective
    from crmlab.clv._units import TimeUnit
    from crmlab.clv.summary import CustomerSummary

    Floats = NDArray[np.float64]

__all__ = ["SAME_RATE", "fit_to_histories"]

SAME_RATE = "the customers buy at one and the same rate"
#: Above this many patterns, every k-th of them gives the start.
_MANY = 20_000

Model = TypeVar("Model", bound=PurchaseParameters)


def fit_to_histories(
    model: type[Model],
    given: CustomerSummary | HistoryCounts | pd.DataFrame,
    *,
    names: tuple[str, ...],
    likelihood: Callable[[Patterns], Objective],
    collapse: Callable[[Histories], Patterns],
    starts: Sequence[tuple[float, float, float]],
    share: float,
    timed: Sequence[str],
    meanings: Mapping[tuple[str, str], str],
    rows: Callable[[Cells], PerRow],
    covariates: Mapping[str, Sequence[str] | None],
    penalty: float,
    confidence: float,
    time_unit: TimeUnit | None,
) -> Model:
    """Return `model`, fitted by maximum likelihood to histories whose times are divided by their mean length.

    Parameters
    ----------
    model
        Class of the result.
    given, penalty, confidence, time_unit
        As in :func:`crmlab.clv.fit_bg_nbd`.
    names
        Of its four parameters: r and alpha first.
    likelihood, collapse
        The log-likelihood of distinct histories, and what makes them distinct.
    starts
        Where to begin: r and the last two parameters; alpha follows from the rate of purchases.
    share
        For the first start of all: r as a share of what it would be if nobody left, with the last two of `starts`.
    timed
        Names of the parameters that are in units of time.
    meanings
        What it means when a parameter runs off.
    rows
        The log-likelihood customer by customer, for parameters that covariates scale.
    covariates
        Columns asked for: ``purchase``, ``dropout``.

    """
    check_penalty(penalty)
    check_confidence(confidence)
    unit = unit_of(given, time_unit)
    h = weighted_histories(given)
    _check_can_tell(h)
    table = given.table if isinstance(given, HistoryCounts) else table_of(given)
    if h.w is not None and any(covariates.values()):
        raise ParameterError(
            "Grouped counts hold no covariates: customers with the same history are one row.",
            hint="Fit to the customer summary, with the covariates as columns of its table.",
        )
    known = read_covariates(h, table, covariates, model.scaled)
    scale = float(h.T.mean() if h.w is None else h.w @ h.T / h.w.sum())
    purchases = float(h.x.sum() if h.w is None else h.w @ h.x)
    patterns = collapse(type(h)(h.x, h.t / scale, h.T / scale, w=h.w))
    rate = purchases / h.customers
    guess = share * _shape_if_nobody_left(rate, patterns.once / h.customers)
    plain = [np.log([r, r / rate, third, fourth]) for r, third, fourth in ((guess, *starts[0][1:]), *starts)]
    best = maximise(
        with_penalty(likelihood(patterns), penalty),
        _from_few_first(names, likelihood, patterns, plain, penalty),
        names=names,
        meanings=meanings,
    )
    # Times were divided by `scale`; the density is that of the times as they came.
    by_scale = purchases * float(np.log(scale))
    log_likelihood, effects = best.value + penalty * float(best.theta @ best.theta) - by_scale, None
    if known is not None:
        best, effects, with_them = fit_effects(
            known, rows, best, names=names, meanings=meanings, penalty=penalty, scale=scale
        )
        effects = replace(effects, log_likelihood_without=log_likelihood)
        log_likelihood = with_them - by_scale
    found = dict(zip(names, (float(value) for value in np.exp(best.theta[: len(names)])), strict=True))
    values: dict[str, Any] = {
        name: value * scale if name in timed else value for name, value in found.items()
    }
    make = cast("Callable[..., Model]", model)
    return make(
        **values,
        time_unit=unit,
        effects=effects,
        log_likelihood=log_likelihood,
        n=h.customers,
        covariance_log=best.covariance,
        confidence=confidence,
        penalty=penalty,
        iterations=best.iterations,
    )


def _shape_if_nobody_left(rate: float, once: float) -> float:
    """Return r of the NBD with this mean and this share of zeros: r ln(1 + rate / r) = -ln(once)."""
    zeros = -log(max(once, 1e-6))
    low, high = 0.02, 20.0
    for _ in range(12):  # to within a percent: it is but a start
        middle = sqrt(low * high)
        if middle * log1p(rate / middle) < zeros:
            low = middle
        else:
            high = middle
    return sqrt(low * high)


def _check_can_tell(h: Histories) -> None:
    if h.customers < 2:
        raise FitError(
            "One customer only: a model of how customers differ needs many.",
            hint="Is the customer column the right one? Look at customer_summary(...).summary().",
        )
    if not h.x.any():
        raise FitError(
            f"None of the {h.customers:,} customers bought again: every frequency is 0.",
            hint="Repeat purchases are what the model learns from. Observe longer; and look whether each order "
            "was given a customer id of its own.",
        )


def _from_few_first(
    names: tuple[str, ...],
    likelihood: Callable[[Patterns], Objective],
    patterns: Patterns,
    plain: Sequence[Floats],
    penalty: float,
) -> Iterator[Floats]:
    if len(patterns.w) > _MANY:
        every = len(patterns.w) // (_MANY // 4)
        try:
            few = with_penalty(likelihood(patterns.thinned(every)), penalty / every)
            yield maximise(few, plain[:2], names=names).theta
        except FitError:
            pass  # it is but a start
    yield from plain
