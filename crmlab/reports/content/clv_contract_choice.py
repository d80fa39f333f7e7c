"""Which model of contracts the report uses, why, and how it does on renewals it has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pandas as pd

from crmlab import clv
from crmlab.errors import FitError
from crmlab.reports.content.clv_choice import PRIOR
from crmlab.text import number, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlab.clv import BDW, SBG

__all__ = ["SIGNIFICANT", "ContractChoice", "ContractTest", "choose_contract_model", "held_out"]

#: level below which a c other than 1 counts as shown
SIGNIFICANT = 0.05
#: a test on later renewals needs so many renewals, and so many losses after the split
_RENEWALS, _LOSSES = 4, 10

Untested = Literal["off", "short", "few", "failed", ""]


@dataclass(frozen=True, eq=False, kw_only=True)
class ContractChoice:
    """Which of the two models of contracts was used, and why.

    Attributes
    ----------
    name
        ``"sbg"`` or ``"bdw"``.
    why
        ``"asked"`` for; ``"simple"``: nothing speaks against the sBG; ``"duration"``: one customer's chance to leave
        changes with time; ``"alone"``: the data do not tell the other one.
    fitted
        The models that could be fitted.
    ratio, p
        Likelihood ratio (twice the difference of the log-likelihoods) of the two, and how likely so large a one is where
        the sBG holds; missing where the beta-discrete-Weibull could not be fitted.
    alike
        Log-likelihood of one chance to leave for all: the sBG's where customers do not differ, or retention falls.

    """

    name: Literal["sbg", "bdw"]
    why: Literal["asked", "simple", "duration", "alone"]
    fitted: Mapping[str, SBG | BDW]
    ratio: float
    p: float
    alike: float

    @property
    def model(self) -> SBG | BDW:
        """The model used."""
        return self.fitted[self.name]


@dataclass(frozen=True, eq=False, kw_only=True)
class ContractTest:
    """The model on renewals it had not seen: those after `split`, up to `last`."""

    split: int
    last: int
    model: SBG | BDW
    #: rule, expected and actual losses, miss (expected over actual, less 1)
    errors: pd.DataFrame


def choose_contract_model(
    contracts: pd.DataFrame, asked: str, *, confidence: float, longer: str = ""
) -> ContractChoice:
    """Fit both models, and use the beta-discrete-Weibull only where duration dependence is shown (or asked for).

    `longer` is the period at whose ends nearly all customers left, where that is longer than the one counted in.
    """
    from scipy.stats import chi2

    fits: dict[str, Callable[..., SBG | BDW]] = {"sbg": clv.fit_sbg, "bdw": clv.fit_bdw}
    fitted: dict[str, SBG | BDW] = {}
    for name, fit in fits.items():
        with suppress(FitError):
            fitted[name] = fit(contracts[["tenure", "lost"]], confidence=confidence)
    wanted = asked if asked in fits else "sbg"
    free = dict(fitted)
    if wanted not in fitted and (asked in fits or not fitted):
        try:
            fitted[wanted] = fits[wanted](contracts[["tenure", "lost"]], confidence=confidence, penalty=PRIOR)
        except FitError as error:
            raise FitError(
                tr("The contracts do not tell how customers differ in their chance to leave."),
                problems=[
                    tr(
                        "{lost} of {n} customers left, over {renewals} renewals",
                        lost=number(int(contracts["lost"].sum())),
                        n=number(len(contracts)),
                        renewals=number(int(contracts["tenure"].max())),
                    )
                ],
                hint=tr(
                    "Nearly all who left did so at the ends of longer periods: set -p period={period}.",
                    period=longer,
                )
                if longer
                else tr("Use data of a longer time, or of more customers."),
            ) from error
    ratio = p = float("nan")
    lost, faced = float(contracts["lost"].sum()), float(contracts["tenure"].sum())
    alike = lost * np.log(lost / faced) + (faced - lost) * np.log1p(-lost / faced)
    if "bdw" in free:
        simple = free["sbg"].log_likelihood if "sbg" in free else alike
        ratio = max(0.0, 2 * (free["bdw"].log_likelihood - simple))
        p = float(chi2.sf(ratio, 1 if "sbg" in free else 2))
    told: dict[str, Any] = {"fitted": fitted, "ratio": ratio, "p": p, "alike": float(alike)}
    if asked in fits:
        return ContractChoice(name=cast("Literal['sbg', 'bdw']", asked), why="asked", **told)
    if "bdw" not in free:
        return ContractChoice(name="sbg", why="alone", **told)
    changes = p < SIGNIFICANT and ("sbg" not in free or free["bdw"].bic < free["sbg"].bic)
    if changes:
        return ContractChoice(name="bdw", why="duration", **told)
    return ContractChoice(
        name="sbg" if "sbg" in fitted else "bdw", why="simple" if "sbg" in free else "alone", **told
    )


def held_out(
    contracts: pd.DataFrame, seen: pd.DataFrame, choice: ContractChoice, holdout: str
) -> tuple[ContractTest | None, Untested]:
    """Test the model on the last third of the renewals, as if they had not been seen yet.

    Returns
    -------
    tested, untested
        The result, or why there is none: ``"off"``, ``"short"`` (fewer than four renewals), ``"few"`` (fewer than ten
        losses in the last third), ``"failed"``.

    """
    if holdout == "off":
        return None, "off"
    last = int(seen["renewal"].iloc[-1])
    if last < _RENEWALS:
        return None, "short"
    split = max(2, last * 2 // 3)
    later = seen[seen["renewal"] > split]
    actual = int(later["lost"].sum())
    if actual == 0 or (holdout == "auto" and actual < _LOSSES):
        return None, "few"
    early = contracts[["tenure", "lost"]].copy()
    early["lost"] &= early["tenure"] <= split
    early["tenure"] = early["tenure"].clip(upper=split)
    fit = clv.fit_sbg if choice.name == "sbg" else clv.fit_bdw
    try:
        model = fit(early, penalty=choice.model.penalty)
    except FitError:
        return None, "failed"
    known = seen[seen["renewal"] <= split]
    faced = later["faced"].to_numpy(dtype=np.float64)
    mean = float((known["faced"] - known["lost"]).sum() / known["faced"].sum())
    expected = {
        "model": float(faced @ (1 - model.retention(later["renewal"].to_numpy()))),
        "mean": float(faced.sum() * (1 - mean)),
        "latest": float(faced.sum() * (1 - float(known["retention"].iloc[-1]))),
    }
    errors = pd.DataFrame(
        {
            "rule": list(expected),
            "expected": list(expected.values()),
            "actual": actual,
            "miss": [one / actual - 1 for one in expected.values()],
        }
    )
    return ContractTest(split=split, last=last, model=model, errors=errors), ""
