"""Groups of customers under contract, each with its own model where it is large enough."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pandas as pd

from crmlab import clv, privacy
from crmlab.errors import DataError, FitError
from crmlab.reports.content.clv_choice import PRIOR
from crmlab.reports.content.satisfaction_groups import put_together

if TYPE_CHECKING:
    from crmlab.clv import BDW, SBG, ContractValue
    from crmlab.reports.content.clv_contract_choice import ContractChoice

__all__ = ["contract_groups"]

#: a group of its own model needs so many customers, and so many losses
_GROUP, _GROUP_LOSSES = 50, 10
#: months after which groups are compared
MONTHS_AHEAD = 12


def contract_groups(
    contracts: pd.DataFrame, choice: ContractChoice, value: ContractValue, *, min_group: int, months: int
) -> pd.DataFrame | None:
    """Return what each group is like; small ones are put together, those without a group stay out."""
    if "group" not in contracts:
        return None
    known = contracts[contracts["group"].notna()]
    sizes = {str(name): int(n) for name, n in known["group"].value_counts().items()}
    together = put_together(sizes, min_group)
    name = known["group"].astype(str)
    name = name.mask(name.isin(together), "") if together else name
    if name.nunique() < 2 or ((name == "").sum() not in range(min_group, len(contracts)) and together):
        return None
    ahead = max(1, MONTHS_AHEAD // months)
    rows = []
    for key, part in known.groupby(name, sort=False):
        model, own = _model_of(part, choice)
        there = part[~part["lost"]]
        fee = value.fee if "fee" not in part or not part["fee"].notna().any() else float(part["fee"].mean())
        worth = (
            clv.contract_value(
                model,
                part.assign(fee=part["fee"].fillna(value.fee)) if "fee" in part else part,
                horizon=value.horizon,
                discount_rate=value.discount_rate,
                margin=value.margin,
            ).total
            if len(there)
            else 0.0
        )
        faced = part["tenure"].sum()
        rows.append(
            {
                "group": str(key),
                "customers": len(part),
                "there": len(there),
                "retention": 1 - part["lost"].sum() / faced if faced else float("nan"),
                "stay": float(model.survival(ahead)),
                "fee": fee,
                "value": worth,
                "one": worth / len(there) if len(there) else float("nan"),
                "own": own,
            }
        )
    found = pd.DataFrame(rows).sort_values("value", ascending=False, kind="stable")
    # Who is there and who left are groups too; readers know the totals of both, those without a group among them.
    parts = found[["there"]].assign(left=found["customers"] - found["there"])
    rest = contracts.loc[contracts["group"].isna(), "lost"]
    parts.loc["rest"] = [int((~rest).sum()), int(rest.sum())]
    hidden = privacy.suppress(parts, least=min_group).hidden.any(axis=1).drop("rest")
    if hidden.any():
        numbers = ["there", "retention", "stay", "fee", "value", "one"]
        found = found.astype(dict.fromkeys(numbers, float))
        found.loc[hidden, numbers] = float("nan")
    last = found["group"] == ""
    return pd.concat([found[~last], found[last]], ignore_index=True)


def _model_of(part: pd.DataFrame, choice: ContractChoice) -> tuple[SBG | BDW, bool]:
    """Return the model of a group: its own sBG where it is large enough to have one."""
    if len(part) >= _GROUP and part["lost"].sum() >= _GROUP_LOSSES:
        for penalty in (0.0, PRIOR):
            with suppress(FitError, DataError):
                return clv.fit_sbg(part[["tenure", "lost"]], penalty=penalty), True
    return choice.model, False
