"""Intervals for parameters and whatever follows from them: delta method, Laplace, bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._model import FittedModel, check_confidence, normal_quantile, shifted
from crmlab.clv._resample import resampled_fits
from crmlab.errors import ParameterError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmlab.clv.summary import CustomerSummary

    Floats = NDArray[np.float64]

__all__ = ["Method", "check_method", "model_intervals"]

Method = Literal["delta", "laplace", "bootstrap"]


def check_method(method: Method | None, rng: np.random.Generator | None) -> Method:
    """Return the method to use; raise a ParameterError if it is unknown, or lacks its generator."""
    if method is None:
        return "delta" if rng is None else "laplace"
    if method not in get_args(Method):
        near = did_you_mean(str(method), get_args(Method))
        raise ParameterError(
            f"method is {method!r}; it may be {', '.join(map(repr, get_args(Method)))}."
            + (f" Did you mean {near!r}?" if near else "")
        )
    if method == "delta" and rng is not None:
        raise ParameterError("The delta method draws nothing: leave rng out, or ask for another method.")
    if method != "delta" and rng is None:
        raise ParameterError(f"method {method!r} draws: give it rng=numpy.random.default_rng(seed).")
    return method


@checked_arguments
def model_intervals(
    model: FittedModel,
    of: Callable[[Any], float | pd.Series] | None = None,
    *,
    method: Method | None = None,
    summary: CustomerSummary | pd.DataFrame | None = None,
    rng: np.random.Generator | None = None,
    draws: int = 400,
    confidence: float | None = None,
) -> pd.DataFrame:
    r"""Intervals of a model's parameters, or of anything computed from the model.

    Parameters
    ----------
    model
        A fitted model of purchases or of spend.
    of
        What to compute from a model: ``lambda m: m.expected_purchases(26, table).sum()``. A number, or a Series with one
        number a name. Default: the model's parameters.
    method
        ``"delta"`` (default without `rng`), ``"laplace"`` (default with it) or ``"bootstrap"``.
    summary
        For the bootstrap: the customer summary, or its table, that the model was fitted to.
    rng, draws
        For Laplace and bootstrap: generator, and how many draws (2 or more).
    confidence
        Level of the intervals; default: that of the model.

    Returns
    -------
    pandas.DataFrame
        ``name``, ``estimate``, ``se``, ``low``, ``high``: one row a number that `of` returns.

    Raises
    ------
    ParameterError
        An unknown method; a bootstrap without the summary, draws without a generator.
    FitError
        More than a fifth of the resamples cannot be fitted.

    Notes
    -----
    *Delta*: :math:`\mathrm{se}^2 = g' V g`, with g the derivatives by the log-parameters and V their covariance (the
    inverse of the observed information); the interval is symmetric in the logarithm where the estimate is positive, else
    symmetric. *Laplace*: percentiles over draws from the normal distribution with that covariance around the maximum;
    it follows a bent function better. *Bootstrap*: percentiles over models fitted again to customers drawn with
    replacement (Efron & Tibshirani 1993); it does not rely on the model being true. All three say how well the
    *expectation* is known, not what a single customer will do (:meth:`BGNBD.predictive_interval`).

    References
    ----------
    Efron, B., & Tibshirani, R. J. (1993). An introduction to the bootstrap. Chapman & Hall. ISBN 978-0-412-04231-7.

    Tierney, L., & Kadane, J. B. (1986). Accurate approximations for posterior moments and marginal densities. Journal of
    the American Statistical Association, 81(393), 82-86. https://doi.org/10.1080/01621459.1986.10478240

    Checked against: each other; the published standard errors of the BG/NBD on the CDNOW sample.

    Examples
    --------
    >>> from crmlab.clv import fit_bg_nbd
    >>> from crmlab.clv._simulate import simulate_histories
    >>> table = simulate_histories(np.full(2000, 52.0), rng=np.random.default_rng(1))
    >>> model = fit_bg_nbd(table)
    >>> known = model_intervals(model, lambda m: m.expected_purchases(26, table).sum())
    >>> bool((known["low"] < known["estimate"]).all() and (known["estimate"] < known["high"]).all())
    True

    """
    how = check_method(method, rng)
    level = model.confidence if confidence is None else confidence
    check_confidence(level)
    if draws < 2:
        raise ParameterError(f"draws is {draws!r}; it must be 2 or more.")
    compute = (lambda one: one.parameters) if of is None else of
    best = compute(model)
    names = [str(name) for name in best.index] if isinstance(best, pd.Series) else ["value"]
    estimate = np.atleast_1d(np.asarray(best, dtype=np.float64))

    def values(one: FittedModel) -> Floats:
        return np.atleast_1d(np.asarray(compute(one), dtype=np.float64))

    if rng is None:
        slopes = [
            (values(model.at(up)) - values(model.at(down))) / width for up, down, width in shifted(model)
        ]
        g = np.array(slopes)
        se = np.sqrt(np.maximum(np.einsum("ik,ij,jk->k", g, model.covariance_log, g), 0.0))
        low, high = _symmetric(estimate, se, normal_quantile(level))
    else:
        if how == "laplace":
            drawn = np.array([values(model.at(theta)) for theta in model.draw(rng, draws)])
        elif summary is None:
            raise ParameterError(
                "The bootstrap fits the model again, so it needs the customers: give summary=.",
            )
        else:
            drawn = np.array([values(one) for (one,) in resampled_fits((model,), summary, rng, draws)])
        low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2], axis=0)
        se = drawn.std(axis=0, ddof=1)
    return pd.DataFrame({"name": names, "estimate": estimate, "se": se, "low": low, "high": high})


def _symmetric(estimate: Floats, se: Floats, z: float) -> tuple[Floats, Floats]:
    """Return the ends of intervals: symmetric in the logarithm of what is positive."""
    positive = estimate > 0
    factor = np.exp(z * se / np.where(positive, estimate, 1.0))
    low = np.where(positive, estimate / factor, estimate - z * se)
    return low, np.where(positive, estimate * factor, estimate + z * se)
