"""Which model of purchases: BG/NBD, MBG/NBD and Pareto/NBD side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._model import check_confidence, check_penalty
from crmlab.clv.bg_nbd import BGNBD, fit_bg_nbd
from crmlab.clv.mbg_nbd import MBGNBD, fit_mbg_nbd
from crmlab.clv.pareto_nbd import ParetoNBD, fit_pareto_nbd
from crmlab.errors import FitError, ParameterError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmlab.clv._units import TimeUnit
    from crmlab.clv.holdout import HoldoutResult
    from crmlab.clv.summary import CustomerSummary

__all__ = ["ModelComparison", "ModelName", "Reason", "compare_purchase_models"]

ModelName = Literal["bg_nbd", "mbg_nbd", "pareto_nbd"]
Reason = Literal["best_bic", "indistinguishable", "only_one_fits", "only_one_asked"]
Fitted = BGNBD | MBGNBD | ParetoNBD

_FITS: dict[ModelName, Callable[..., Fitted]] = {
    "bg_nbd": fit_bg_nbd,
    "mbg_nbd": fit_mbg_nbd,
    "pareto_nbd": fit_pareto_nbd,
}
_HELD_OUT = ("holdout_mae", "holdout_rmse", "holdout_bias", "holdout_total_bias")


@dataclass(frozen=True, eq=False, kw_only=True)
class ModelComparison:
    """Models of purchases side by side; see :func:`compare_purchase_models`.

    Attributes
    ----------
    table
        One row a model, in the order asked: ``model``, ``parameters`` (how many), ``log_likelihood``, ``aic``, ``bic``,
        ``bic_difference`` (above the best), ``holdout_mae``, ``holdout_rmse``, ``holdout_bias`` (purchases a customer;
        bias: predicted less actual), ``holdout_total_bias`` (predicted total over actual total, less 1), ``chosen``,
        ``problem`` (why it could not be fitted). Missing where there is nothing.
    chosen
        Name of the model to use.
    reason
        ``"best_bic"``: it has the smallest BIC, by `margin` or more. ``"indistinguishable"``: others come within
        `margin` of the smallest BIC, and this is the first of them in the order asked. ``"only_one_fits"``,
        ``"only_one_asked"``.
    fitted
        The fitted models by name.
    problems
        Why the others could not be fitted, by name.
    margin
        Differences of BIC below it do not tell models apart.

    """

    table: pd.DataFrame
    chosen: ModelName
    reason: Reason
    fitted: Mapping[ModelName, Fitted]
    problems: Mapping[ModelName, str]
    margin: float

    @property
    def model(self) -> Fitted:
        """The chosen model."""
        return self.fitted[self.chosen]

    @property
    def best_holdout(self) -> ModelName | None:
        """Name of the model with the smallest root mean square error in the hold-out period; None without one."""
        errors = self.table.set_index("model")["holdout_rmse"].dropna()
        return None if errors.empty else next(name for name in _FITS if name == errors.idxmin())

    def summary(self) -> pd.DataFrame:
        """Return the table."""
        return self.table.copy()


@checked_arguments
def compare_purchase_models(
    summary_or_table: CustomerSummary | pd.DataFrame,
    models: Sequence[ModelName] = ("bg_nbd", "mbg_nbd", "pareto_nbd"),
    *,
    holdout: Callable[..., HoldoutResult] | None = None,
    margin: float = 2.0,
    penalty: float = 0.0,
    confidence: float = 0.95,
    time_unit: TimeUnit | None = None,
) -> ModelComparison:
    r"""Fit several models of purchases to the same customers, and say which to use and why.

    Parameters
    ----------
    summary_or_table, penalty, confidence, time_unit
        As in :func:`fit_bg_nbd`.
    models
        Names, the simplest first: of models that the data do not tell apart, the first is chosen.
    holdout
        What validates a fit: ``partial(validate_holdout, sales, calibration_end="2024-06-30")``. It is called with
        ``fit=``, once a model; its errors stand in the table and do not decide. Default: none.
    margin
        Difference in BIC below which models count as indistinguishable, 0 or more.

    Returns
    -------
    ModelComparison

    Raises
    ------
    ParameterError
        No model asked for, an unknown one, or one twice; a margin below 0.
    DataError
        The table does not hold purchase histories.
    FitError
        None of the models can be fitted; the problems say why.

    Notes
    -----
    .. math:: \mathrm{AIC} = 2k - 2\ln L, \qquad \mathrm{BIC} = k\ln n - 2\ln L

    The three models have four parameters each, so both criteria order them by their likelihood. A difference in BIC
    below 2 is "not worth more than a bare mention" (Kass & Raftery 1995). A model that cannot be fitted is left out and
    its reason kept; a wrong table is an error at once.

    A better likelihood says which story of leaving the histories agree with; whether a forecast is good enough, the
    hold-out period says. Not for contracts: there leaving is seen (:func:`fit_sbg`).

    References
    ----------
    Schwarz, G. (1978). Estimating the dimension of a model. Annals of Statistics, 6(2), 461-464.
    https://doi.org/10.1214/aos/1176344136

    Kass, R. E., & Raftery, A. E. (1995). Bayes factors. Journal of the American Statistical Association, 90(430),
    773-795. https://doi.org/10.1080/01621459.1995.10476572

    Checked against: the log-likelihoods published for the CDNOW sample; the choice of the model that drew simulated
    customers.

    Examples
    --------
    >>> from crmlab.clv._simulate import simulate_histories
    >>> table = simulate_histories(np.full(3000, 52.0), rng=np.random.default_rng(1))
    >>> found = compare_purchase_models(table, ("bg_nbd", "mbg_nbd"), time_unit="week")
    >>> found.chosen, found.reason, round(found.model.r, 1)
    ('bg_nbd', 'best_bic', 0.5)

    """
    _check(models, margin)
    check_penalty(penalty)
    check_confidence(confidence)
    options = {"penalty": penalty, "confidence": confidence}
    fitted: dict[ModelName, Fitted] = {}
    problems: dict[ModelName, str] = {}
    rows: list[dict[str, object]] = []
    for name in models:
        try:
            model = _FITS[name](summary_or_table, time_unit=time_unit, **options)
        except FitError as error:
            problems[name] = str(error)
            rows.append({"model": name, "problem": error.message})
            continue
        fitted[name] = model
        rows.append(
            {
                "model": name,
                "parameters": len(model.log_parameters),
                "log_likelihood": model.log_likelihood,
                "aic": model.aic,
                "bic": model.bic,
                **_held_out(holdout, partial(_FITS[name], **options)),
            }
        )
    if not fitted:
        raise FitError(
            "None of the models could be fitted.",
            problems=[f"{name}: {why.splitlines()[0]}" for name, why in problems.items()],
            hint="Observe longer, or give a small penalty (penalty=0.1).",
        )
    chosen, reason = _choose(models, fitted, margin)
    columns = ["model", "parameters", "log_likelihood", "aic", "bic", *_HELD_OUT, "problem"]
    table = pd.DataFrame(rows).reindex(columns=columns)
    table["parameters"] = table["parameters"].astype("Int64")
    table["problem"] = table["problem"].astype(object).where(table["problem"].notna(), None)
    table.insert(5, "bic_difference", table["bic"] - table["bic"].min())
    table.insert(len(table.columns) - 1, "chosen", table["model"] == chosen)
    return ModelComparison(
        table=table,
        chosen=chosen,
        reason=reason,
        fitted=MappingProxyType(fitted),
        problems=MappingProxyType(problems),
        margin=float(margin),
    )


def _choose(
    models: Sequence[ModelName], fitted: Mapping[ModelName, Fitted], margin: float
) -> tuple[ModelName, Reason]:
    if len(fitted) == 1:
        return next(iter(fitted)), "only_one_asked" if len(models) == 1 else "only_one_fits"
    least = min(model.bic for model in fitted.values())
    near = [name for name, model in fitted.items() if model.bic == least or model.bic - least < margin]
    return near[0], "best_bic" if len(near) == 1 else "indistinguishable"


def _held_out(
    holdout: Callable[..., HoldoutResult] | None, fit: Callable[[CustomerSummary], Fitted]
) -> dict[str, object]:
    if holdout is None:
        return {}
    try:
        tested = holdout(fit=fit)
    except FitError:  # the calibration period alone cannot tell the parameters
        return {}
    errors = tested.errors[tested.errors["rule"] == "model"]
    mae, rmse, total_bias = errors[["mae", "rmse", "total_bias"]].to_numpy(dtype=np.float64)[0].tolist()
    bias = float((tested.customers["model"] - tested.customers["actual"]).mean())
    return dict(zip(_HELD_OUT, (mae, rmse, bias, total_bias), strict=True))


def _check(models: Sequence[str], margin: float) -> None:
    problems = []
    if isinstance(models, str) or not len(models):
        problems.append(f"models is {models!r}; it must be a list of one or more names")
    else:
        for name in dict.fromkeys(models):
            if name not in _FITS:
                near = did_you_mean(str(name), _FITS)
                problems.append(f"no model {name!r}" + (f"; did you mean {near!r}?" if near else ""))
            elif list(models).count(name) > 1:
                problems.append(f"{name!r} stands in models twice")
    if not (np.isfinite(margin) and margin >= 0):
        problems.append(f"margin is {margin!r}; it must be 0 or more")
    if problems:
        raise ParameterError(
            "Some parameters are out of their range.",
            problems=problems,
            hint=f"Models: {', '.join(get_args(ModelName))}.",
        )
