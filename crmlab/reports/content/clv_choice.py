"""Which model of purchases the report uses, among which, and why."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast

from crmlab import clv
from crmlab.errors import CrmlabError, FitError
from crmlab.reports.content.clv_words import signed
from crmlab.show import Block, prose, table
from crmlab.text import date, join_sentences, number, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlab.clv import BGNBD, MBGNBD, CustomerSummary, HoldoutResult, ModelComparison, ParetoNBD

    Fitted = BGNBD | MBGNBD | ParetoNBD

__all__ = ["PRIOR", "Choice", "candidates", "choose", "model_name", "which"]

ModelName = Literal["bg_nbd", "mbg_nbd", "pareto_nbd"]
Why = Literal["asked", "best", "alike", "alone", "prior"]

#: weight of the prior where the data alone do not tell a parameter: normal on the logarithms, variance 10
PRIOR = 0.05
#: difference in BIC from which a model counts as clearly better ("strong evidence": Kass and Raftery, 1995)
MARGIN = 6.0
_ORDER: tuple[ModelName, ...] = ("bg_nbd", "mbg_nbd", "pareto_nbd")
_NAMES = {"bg_nbd": "BG/NBD", "mbg_nbd": "MBG/NBD", "pareto_nbd": "Pareto/NBD"}


def model_name(name: str) -> str:
    """Return a model's name as papers write it.

    >>> model_name("pareto_nbd")
    'Pareto/NBD'
    """
    return _NAMES[name]


def _fits(name: ModelName) -> Callable[..., Fitted]:
    return cast(
        "Callable[..., Fitted]",
        {"bg_nbd": clv.fit_bg_nbd, "mbg_nbd": clv.fit_mbg_nbd, "pareto_nbd": clv.fit_pareto_nbd}[name],
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Choice:
    """The model of purchases that the report uses.

    Attributes
    ----------
    name, model
        The chosen one, and its fit.
    why
        ``"asked"`` for by the user; ``"best"``: clearly the best by BIC; ``"alike"``: none is clearly better, and this
        is the first of them; ``"alone"``: the others cannot be fitted; ``"prior"``: none can be fitted without a prior.
    compared
        All models fitted to the same customers, where that was possible.
    tested
        Model to its errors on later data, where there was a test.

    """

    name: ModelName
    model: Fitted
    why: Why
    compared: ModelComparison | None
    tested: Mapping[str, Mapping[str, float]]

    @property
    def prior(self) -> bool:
        """Whether a weak prior had to help."""
        return self.model.penalty > 0

    def fit(self, summary: CustomerSummary) -> Fitted:
        """Fit the chosen model to other customers."""
        return _fits(self.name)(summary)

    def tested_on(self, test: Callable[[Callable[[CustomerSummary], Fitted]], HoldoutResult]) -> Choice:
        """Return the choice with the errors of every model on later data."""
        names = tuple(self.compared.fitted) if self.compared else (self.name,)
        errors: dict[str, dict[str, float]] = {}
        for name in names:
            with suppress(CrmlabError):
                rules = test(_fits(name)).errors.set_index("rule")
                errors[name] = {
                    "total_bias": float(rules["total_bias"]["model"]),
                    "mae": float(rules["mae"]["model"]),
                }
        return replace(self, tested=errors)


def choose(summary: CustomerSummary, asked: str, *, confidence: float) -> Choice:
    """Choose the model of purchases: the one asked for, or the one that the data speak for.

    Of the models BG/NBD, MBG/NBD and Pareto/NBD, which have four parameters each, the first is taken unless another
    one's BIC is smaller by 6 or more. Where the data alone do not tell the parameters of any, a weak prior helps.

    Raises
    ------
    crmlab.errors.FitError
        When not even a weak prior helps.

    """
    options = {"confidence": confidence}
    compared: ModelComparison | None = None
    with suppress(FitError):
        compared = clv.compare_purchase_models(summary, _ORDER, margin=MARGIN, confidence=confidence)
    name = cast("ModelName", asked if asked != "auto" else compared.chosen if compared else "bg_nbd")
    if compared is not None and name in compared.fitted:
        reasons: dict[str, Why] = {
            "best_bic": "best",
            "indistinguishable": "alike",
            "only_one_fits": "alone",
            "only_one_asked": "asked",
        }
        why = "asked" if asked != "auto" else reasons[compared.reason]
        return Choice(name=name, model=compared.fitted[name], why=why, compared=compared, tested={})
    try:
        model = _fits(name)(summary, penalty=PRIOR, **options)
    except FitError as error:
        raise _cannot(summary, name, compared) from error
    return Choice(
        name=name,
        model=model,
        why="prior" if asked == "auto" else "asked",
        compared=compared,
        tested={},
    )


def _cannot(summary: CustomerSummary, name: ModelName, compared: ModelComparison | None) -> FitError:
    table = summary.table
    problems = [
        tr(
            "{repeat} customers bought again, between {start} and {end}",
            repeat=number(int((table["frequency"] > 0).sum())),
            start=date(summary.observation_start),
            end=date(summary.observation_end),
        )
    ]
    if compared is not None:
        others = tr(", ").join(compared.fitted)
        hint = tr("Other models can be fitted to them: {models}; or ask for model=auto.", models=others)
    else:
        hint = tr("Use data of a longer time, or of more customers.")
    return FitError(
        tr(
            "The purchases of these {n} customers do not tell how often customers buy and when they leave ({model}).",
            n=number(len(table)),
            model=model_name(name),
        ),
        problems=problems,
        hint=hint,
    )


def which(choice: Choice) -> Block:
    """Say in plain words which model was used, and why."""
    return prose(tr("**Model.** {why} {story}", why=_why(choice), story=_story(choice.name)))


def _story(name: ModelName) -> str:
    shown = model_name(name)
    return {
        "bg_nbd": tr("{model} lets customers leave only right after a repeat purchase.", model=shown),
        "mbg_nbd": tr(
            "{model} lets customers leave only right after a purchase, the first one included.", model=shown
        ),
        "pareto_nbd": tr(
            "{model} lets customers leave at any time, whether they have just bought or not.", model=shown
        ),
    }[name]


def _why(choice: Choice) -> str:
    name = model_name(choice.name)
    if choice.why == "asked":
        return join_sentences(
            [
                tr("The purchases are described by the {model} model, as was asked for.", model=name),
                _better(choice),
            ]
        )
    if choice.why == "alone":
        return tr(
            "The purchases are described by the {model} model, the only one of three that these data can tell.",
            model=name,
        )
    if choice.why == "prior" or choice.compared is None:
        return tr(
            "The purchases are described by the {model} model; the data alone do not tell the parameters of any model, so a weak prior helps.",
            model=name,
        )
    bic = choice.compared.table.set_index("model")["bic"]
    rest = bic.drop(choice.name).dropna()
    if choice.why == "best":
        return tr(
            "The purchases are described by the {model} model, because it agrees with them clearly better than the others do: its BIC is smaller by {gap} than that of the next, {next}.",
            model=name,
            gap=number(float(rest.min() - bic[choice.name]), 1),
            next=model_name(str(rest.idxmin())),
        )
    return tr(
        "The purchases are described by the {model} model: of the three that were compared no other agrees with them clearly better (that is, by {margin} or more in BIC), and it is the one that is best known.",
        model=name,
        margin=number(MARGIN),
    )


def _better(choice: Choice) -> str:
    """Say so where another model than the one asked for is clearly better."""
    if choice.compared is None:
        return ""
    bic = choice.compared.table.set_index("model")["bic"].dropna()
    gap = float(bic[choice.name] - bic.min()) if choice.name in bic.index else 0.0
    if gap < MARGIN:
        return ""
    return tr(
        "Another one, {best}, agrees with them clearly better: its BIC is smaller by {gap}.",
        best=model_name(str(bic.idxmin())),
        gap=number(gap, 1),
    )


def candidates(choice: Choice) -> list[Block]:
    """Return the models side by side."""
    if choice.compared is None:
        return []
    found = choice.compared.table.copy()
    found["miss"] = [
        choice.tested[name]["total_bias"] if name in choice.tested else float("nan")
        for name in found["model"]
    ]
    found["mae"] = [
        choice.tested[name]["mae"] if name in choice.tested else float("nan") for name in found["model"]
    ]
    found["used"] = [tr("yes") if name == choice.name else "" for name in found["model"]]
    found["name"] = [model_name(name) for name in found["model"]]
    columns = ["name", "log_likelihood", "bic", "bic_difference", *(["miss", "mae"] if choice.tested else [])]
    note = tr(
        "BIC: twice the log-likelihood with its sign turned, plus {k} × the logarithm of the {n} customers; the smaller, the better. Differences below {margin} are not clear.",
        k=4,
        n=number(choice.model.n),
        margin=number(MARGIN),
    )
    if choice.tested:
        note = tr(
            "{note} Miss: of the purchases in the test on later data; mean miss: mean absolute difference a customer.",
            note=note,
        )
    return [
        table(
            found[[*columns, "used"]],
            tr("Models of purchases, fitted to the same customers"),
            "models",
            formats={
                "log_likelihood": ".2f",
                "bic": ".1f",
                "bic_difference": ".1f",
                **({"miss": signed, "mae": ".3f"} if choice.tested else {}),
            },
            labels={
                "name": tr("Model"),
                "log_likelihood": tr("Log-likelihood"),
                "bic": tr("BIC"),
                "bic_difference": tr("Above the best"),
                "used": tr("Used"),
                **({"miss": tr("Miss"), "mae": tr("Mean miss a customer")} if choice.tested else {}),
            },
            note=note,
        )
    ]
