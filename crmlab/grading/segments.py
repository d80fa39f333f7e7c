"""Household segments by lifecycle and ability to pay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, floats
from crmlab.clv._rows import check_columns
from crmlab.errors import DataError, ParameterError

__all__ = ["LIFECYCLE_KINDS", "LIFE_STAGES", "LifecycleAbilitySegments", "lifecycle_ability_segments"]

#: kind -> (life stage, ability: "basic", "ample" or "any", whether the source text names it)
LIFECYCLE_KINDS: dict[str, tuple[str, str, bool]] = {
    "first_home": ("young_single", "basic", False),
    "mobile_professional": ("young_single", "ample", False),
    "dink": ("young_couple", "basic", True),
    "affluent_dink": ("young_couple", "ample", False),
    "couple_with_infant": ("young_family", "any", True),
    "single_parent": ("single_parent", "any", True),
    "mature_family": ("mature_family", "basic", True),
    "affluent_mature_family": ("mature_family", "ample", True),
    "older_single": ("older_single", "any", False),
    "empty_nest": ("empty_nest", "any", True),
    "active_senior": ("senior", "any", False),
}

#: Life stages in the order of a life.
LIFE_STAGES = tuple(dict.fromkeys(stage for stage, _, _ in LIFECYCLE_KINDS.values()))


@dataclass(frozen=True, eq=False)
class LifecycleAbilitySegments:
    """Kind of each household.

    Attributes
    ----------
    table
        Index and order as given: ``stage``, ``ability_level`` (``basic`` or ``ample``), ``kind``.
    ample_from
        Ability to pay from which it is ample, in the unit of the data.
    ample_from_data
        Whether that was the median of these households, for want of one given.
    ability
        Ability to pay of each household, as given.

    """

    table: pd.DataFrame
    ample_from: float
    ample_from_data: bool
    ability: pd.Series

    def summary(self) -> pd.DataFrame:
        """Return one row for each of the 11 kinds: stage, ability, whether the source names it, number, share."""
        n = self.table["kind"].value_counts().reindex(list(LIFECYCLE_KINDS), fill_value=0)
        found = pd.DataFrame.from_dict(
            LIFECYCLE_KINDS, orient="index", columns=["stage", "ability_level", "named_in_source"]
        )
        found["n"] = n.astype("int64")
        found["share"] = n / len(self.table)
        found["mean_ability"] = (
            self.ability.groupby(self.table["kind"].astype(str)).mean().reindex(found.index)
        )
        return found.rename_axis("kind")


@checked_arguments
def lifecycle_ability_segments(
    households: pd.DataFrame,
    *,
    age: str = "age",
    partner: str = "partner",
    children_home: str = "children_home",
    youngest_child_age: str = "youngest_child_age",
    children_left: str = "children_left",
    ability: str = "ability",
    ample_from: float | None = None,
    infant_below: float = 3,
    single_young_below: float = 35,
    couple_young_below: float = 45,
    senior_from: float = 65,
) -> LifecycleAbilitySegments:
    """Put households into 11 kinds by stage of life and ability to pay, after the home builder Pulte (普尔特).

    Parameters
    ----------
    households
        One row a household: age of its head in years, whether there is a partner (true/false or 1/0), children at home,
        age of the youngest of these (missing if there are none), children who have left home, and the ability to pay
        (income, or what the household can spend; one unit for all, 0 or more).
    age, partner, children_home, youngest_child_age, children_left, ability
        Names of these columns.
    ample_from
        Ability from which it is ample, in the unit of the data; default: the median of these households.
    infant_below
        Age of the youngest child below which a couple counts as one with an infant.
    single_young_below, couple_young_below
        Age below which people without children count as young.
    senior_from
        Age from which people without children at home count as senior.

    Returns
    -------
    LifecycleAbilitySegments

    Raises
    ------
    DataError
        No households; missing columns; missing or impossible numbers; children at home without the age of the youngest.
    ParameterError
        Ages that are not in order; an `ample_from` that is not above 0.

    Notes
    -----
    ==========================  =====================  ==============  ==============
    kind                        stage                  ability         in the source
    ==========================  =====================  ==============  ==============
    first_home                  young single           basic           –
    mobile_professional         young single           ample           –
    dink                        young couple           basic           丁克
    affluent_dink               young couple           ample           –
    couple_with_infant          young family           any             有婴儿的夫妇
    single_parent               single parent          any             单亲家庭
    mature_family               mature family          basic           成熟家庭
    affluent_mature_family      mature family          ample           富足的成熟家庭
    older_single                older single           any             –
    empty_nest                  empty nest             any             空巢家庭
    active_senior               senior                 any             –
    ==========================  =====================  ==============  ==============

    The source text says that there are 11 kinds along two dimensions (生命周期、支付能力) and names six of them while it
    follows a couple without children; the picture with the list is lost. The other five are our completion along the
    same dimensions, and so are all ages: change them to fit. As in the source, a couple who stay without children become
    a mature family, and never an empty nest, which needs children who left.

    The kinds were made for selling homes. They guess needs from circumstances, and leave out most ways to live; what
    people bought says more where it is known. Deciding on people by family status or age is unlawful in many fields
    (credit, jobs, housing): use it to design offers, not to refuse them.

    References
    ----------
    The course's source texts on customer segmentation (普尔特的客户细分法).
    Wells, W. D., & Gubar, G. (1966). Life cycle concept in marketing research. Journal of Marketing Research, 3(4),
    355-363. https://doi.org/10.1177/002224376600300403

    Checked against: the couple H of the source text, whose possible ways it tells; every household of a grid has one kind.

    Examples
    --------
    >>> import pandas as pd
    >>> now = {"age": 33, "partner": True, "children_home": 0, "youngest_child_age": None, "children_left": 0,
    ...        "ability": 20}
    >>> with_child = now | {"age": 35, "children_home": 1, "youngest_child_age": 0}
    >>> without = now | {"age": 50, "ability": 40}
    >>> lives = pd.DataFrame([now, with_child, without])
    >>> lifecycle_ability_segments(lives, ample_from=30).table["kind"].tolist()
    ['dink', 'couple_with_infant', 'affluent_mature_family']

    """
    if not 0 < single_young_below <= couple_young_below <= senior_from or infant_below <= 0:
        raise ParameterError(
            "The ages must be above 0 and in order: "
            f"single_young_below {single_young_below!r} ≤ couple_young_below {couple_young_below!r} "
            f"≤ senior_from {senior_from!r}; infant_below is {infant_below!r}."
        )
    if ample_from is not None and not ample_from > 0:
        raise ParameterError(f"ample_from is {ample_from!r}; it must be above 0.")
    names = [age, partner, children_home, youngest_child_age, children_left, ability]
    check_columns(households, names, what="households")
    if households.empty:
        raise DataError("There are no households: the table has no rows.")
    numbers = _numbers(households, names, youngest_child_age)
    years, coupled, home, youngest, left, able = (numbers[name].to_numpy() for name in names)
    _check(households, names, numbers)

    pair, child, gone = coupled == 1, home > 0, left > 0
    stage = np.select(
        [
            child & ~pair,
            child & (youngest < infant_below),
            child,
            years >= senior_from,
            gone,
            pair & (years < couple_young_below),
            pair,
            years < single_young_below,
        ],
        [
            "single_parent",
            "young_family",
            "mature_family",
            "senior",
            "empty_nest",
            "young_couple",
            "mature_family",
            "young_single",
        ],
        "older_single",
    )
    limit = float(np.median(able)) if ample_from is None else float(ample_from)
    level = np.where(able >= limit, "ample", "basic")
    kind_of = {(s, a): kind for kind, (s, a, _) in LIFECYCLE_KINDS.items()}
    kinds = [
        kind_of.get((s, "any")) or kind_of[s, a] for s, a in zip(stage.tolist(), level.tolist(), strict=True)
    ]
    return LifecycleAbilitySegments(
        table=pd.DataFrame(
            {
                "stage": pd.Categorical(stage, categories=list(LIFE_STAGES), ordered=True),
                "ability_level": pd.Categorical(level, categories=["basic", "ample"], ordered=True),
                "kind": pd.Categorical(kinds, categories=list(LIFECYCLE_KINDS)),
            },
            index=households.index,
        ),
        ample_from=limit,
        ample_from_data=ample_from is None,
        ability=pd.Series(able, index=households.index, name="ability"),
    )


def _numbers(households: pd.DataFrame, names: list[str], may_miss: str) -> pd.DataFrame:
    """Return the columns as floats; only the youngest child's age may be missing."""
    problems, found = [], {}
    for name in names:
        column = households[name]
        value = floats(column)
        bad = ~np.isfinite(value) & (column.notna().to_numpy(dtype=bool) if name == may_miss else True)
        if bad.any():
            problems.append(f"{int(bad.sum())} row(s) where '{name}' is no number: {_told(column[bad])}")
        found[name] = value
    if problems:
        raise DataError(
            "Some households cannot be read.", problems=problems, hint="Mend or leave out these rows."
        )
    return pd.DataFrame(found, index=households.index)


def _check(households: pd.DataFrame, names: list[str], numbers: pd.DataFrame) -> None:
    age, partner, home, youngest, left, ability = names
    rules = {
        age: (numbers[age] < 0, "is below 0"),
        partner: (~numbers[partner].isin([0, 1]), "is neither true nor false"),
        home: (numbers[home] < 0, "is below 0"),
        youngest: (
            (numbers[home] > 0) & ~(numbers[youngest] >= 0),
            "is missing or below 0, with children at home",
        ),
        left: (numbers[left] < 0, "is below 0"),
        ability: (numbers[ability] < 0, "is below 0"),
    }
    problems = [
        f"{int(bad.sum())} row(s) where '{name}' {what}: {_told(households.loc[bad.to_numpy(), name])}"
        for name, (bad, what) in rules.items()
        if bad.any()
    ]
    if problems:
        raise DataError(
            "Some households cannot be so.", problems=problems, hint="Mend or leave out these rows."
        )


def _told(column: pd.Series) -> str:
    shown = "; ".join(f"row {label!r}: {value!r}" for label, value in column.head(5).items())
    return shown + ("; …" if len(column) > 5 else "")
