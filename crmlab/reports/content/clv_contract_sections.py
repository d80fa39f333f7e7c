"""Sections of the forecast from contracts: how long customers stay, who renews, what they are worth, groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.plots.clv_contracts import (
    periods,
    play_survival,
    plot_residual,
    plot_retention,
    plot_survival,
)
from crmlab.reports.content.cash import column_digits
from crmlab.reports.content.clv_contract_groups import MONTHS_AHEAD
from crmlab.reports.content.clv_contract_words import half_life, riskiest, share_seen, total, worth_of
from crmlab.reports.content.clv_words import plain_size, sized
from crmlab.reports.content.small_groups import kept_back_note
from crmlab.show import Block, escape_markdown, figure, prose, table
from crmlab.text import join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.clv_contract_results import ContractResults

__all__ = ["groups", "how_long", "tenure_classes", "who_renews", "worth"]

#: lower ends of the classes of tenure, in renewals
_CLASSES = (0, 1, 2, 3, 4, 6, 9, 12, 18, 24, 36, 48, 72, 120)
#: renewals shown one by one in the table
_SHOWN = 12
#: months up to which the remaining lifetime is counted
_LIFETIME_MONTHS = 120


def how_long(found: ContractResults) -> list[Block]:
    """Return how long customers stay."""
    seen, period = found.seen, found.period
    last = int(seen["renewal"].iloc[-1])
    curves = found.model.curves(_reach(found), confidence=found.parameters.confidence)
    final = seen.iloc[-1]
    text = tr(
        "Of the customers who began, {share} were still there after {time}, the longest that {least} or more were seen; {lost} of {n} have left so far.",
        share=percent(float(final["survival"])),
        time=periods(last, period),
        least=number(found.parameters.min_group),
        lost=number(found.lost),
        n=number(len(found.contracts)),
    )
    half = half_life(found)
    if half is not None and half > last:
        text = join_sentences(
            [
                text,
                tr(
                    "Half of them will have left after {time}, which is further than the data reach.",
                    time=periods(half, period),
                ),
            ]
        )
    picture = figure(
        plot_survival(seen, curves, period=period),
        tr("Share of the customers who are still there, as seen and by the model"),
        tr(
            "Line chart: share of customers still there after each renewal, seen and by the model; after {time} it is {share}.",
            time=periods(last, period),
            share=percent(float(final["survival"])),
        ),
        "survival",
        interactive=play_survival(seen, curves, period=period),
    )
    return [prose(text), picture, _renewals_table(found)]


def _reach(found: ContractResults) -> int:
    """Return how far the curves go: half as far again as was seen, and at least to the horizon."""
    last = int(found.seen["renewal"].iloc[-1])
    return max(int(np.ceil(1.5 * last)), min(last + found.value.horizon, 3 * last))


def _renewals_table(found: ContractResults) -> Block:
    seen = found.seen
    known = seen["renewal"].to_numpy()
    every = known if len(known) <= _SHOWN else np.unique(np.append(_steps(int(known[-1])), known[-1]))
    curves = found.model.curves(int(known[-1]), confidence=found.parameters.confidence).set_index("period")
    shown = seen[seen["renewal"].isin(every)].copy()
    for name in ("retention", "survival"):
        shown[f"model_{name}"] = curves.loc[shown["renewal"], name].to_numpy()
    columns = ["renewal", "faced", "lost", "retention", "model_retention", "survival", "model_survival"]
    return table(
        shown[columns],
        tr("Renewal by renewal: seen, and by the model"),
        "renewals",
        formats=dict.fromkeys(columns[3:], ".1%"),
        labels={
            "renewal": {
                "month": tr("Renewal (month)"),
                "quarter": tr("Renewal (quarter)"),
                "year": tr("Renewal (year)"),
            }[found.period],
            "faced": tr("Could renew"),
            "lost": tr("Left"),
            "retention": tr("Renewed"),
            "model_retention": tr("by the model"),
            "survival": tr("Still there"),
            "model_survival": tr("by the model"),
        },
        note=tr(
            "Renewed: share of those who could. Still there: share of all who began, worked out from those shares (Kaplan and Meier), for not everybody began at the same time."
        )
        + (tr(" Some renewals only; the figures show all.") if len(every) < len(known) else ""),
    )


def _steps(last: int) -> np.ndarray:
    """Return about a dozen renewals: the first ones, then further apart."""
    return np.array([at for at in (1, 2, 3, 4, 6, 9, 12, 18, 24, 36, 48, 60, 72, 96, 120) if at <= last])


def who_renews(found: ContractResults) -> list[Block]:
    """Return who renews, and why retention rises."""
    seen, period = found.seen, found.period
    last = int(seen["renewal"].iloc[-1])
    curves = found.model.curves(last, confidence=found.parameters.confidence)
    renewing = total(found, "renewing")
    text = tr(
        "Of the {there} customers of today, {renewing} are expected to renew next time ({share}).",
        there=number(found.there),
        renewing=number(renewing["estimate"]),
        share=percent(renewing["estimate"] / found.there),
    )
    first, late = float(found.model.retention(1)), float(found.model.retention(last))
    lowest = riskiest(found)
    why = (
        tr(
            "Renewal falls until renewal {lowest} and rises again after it: customers first tire, then those likely to leave have left, and the steadier ones remain.",
            lowest=number(lowest),
        )
        if 1 < lowest < last
        else tr(
            "That renewal rises with time does not mean that anybody becomes more loyal. Customers differ: those likely to leave go first, and those who remain were the loyal ones from the start. One mean rate for all would hide it."
        )
        if late - first > 0.005
        else tr("Renewal hardly changes with time: customers are much alike in their chance to leave.")
        if late - first > -0.005
        else tr("Renewal falls with time: the longer a customer has stayed, the likelier he is to leave.")
    )
    picture = figure(
        plot_retention(seen, curves, period=period),
        tr("Share of those facing a renewal who renew, as seen and by the model"),
        tr(
            "Line chart: share of those facing each renewal who renew; by the model {first} at the first and {late} at renewal {last}.",
            first=percent(first, 0),
            late=percent(late, 0),
            last=number(last),
        ),
        "retention",
    )
    return [prose(join_sentences([text, why])), picture]


def worth(found: ContractResults) -> list[Block]:
    """Return what customers under contract are worth."""
    say, value = worth_of(found), total(found, "value")
    text = tr(
        "All that today's customers will still pay is worth {value} today; {near} of it comes within {ahead}, the rest later. A new customer is worth {new}, the first payment included.",
        value=say(value["estimate"]),
        near=percent(share_seen(found), 0),
        ahead=periods(found.value.horizon, found.period),
        new=say(found.value.new_customer),
    )
    residual = found.value.by_tenure
    if len(residual) < 2:
        return [prose(text), _totals_table(found), _tenure_table(found)]
    picture = figure(
        plot_residual(residual, period=found.period),
        tr("Payments still to come of one customer, discounted, by how often he has renewed"),
        tr(
            "Line chart: discounted payments to come against renewals so far, from {first} to {last}.",
            first=number(float(residual["derl"].iloc[0]), 1),
            last=number(float(residual["derl"].iloc[-1]), 1),
        ),
        "residual",
    )
    return [prose(text), _totals_table(found), picture, _tenure_table(found)]


def _totals_table(found: ContractResults) -> Block:
    say = worth_of(found)
    ahead = periods(found.value.horizon, found.period)
    names = {
        "renewing": tr("customers who will renew next time"),
        "payments": tr("payments within {time}", time=ahead),
        "value_horizon": say.head(tr("value of the payments within {time}, discounted", time=ahead)),
        "value": say.head(tr("value of all payments to come, discounted")),
    }
    shown = found.value.totals
    if found.value.horizon == 1:  # the payments are the renewals
        shown = shown[shown["measure"] != "payments"]
    shown = shown.assign(measure=[names[one] for one in shown["measure"]])
    columns = ["estimate", "low", "high", "actual_low", "actual_high"]
    one = shown.iloc[-1:].copy()
    one.loc[:, columns] = one[columns] / found.there
    one.loc[:, "measure"] = say.head(tr("value of one customer, mean"))
    new = pd.DataFrame(
        {"measure": [say.head(tr("value of a new customer"))], "estimate": [found.value.new_customer]}
    )
    small = abs(float(one["estimate"].iloc[0])) < 0.1
    return table(
        pd.concat([shown, one, new.reindex(columns=shown.columns)], ignore_index=True),
        tr("What is to be expected of the customers under contract"),
        "outlook",
        formats=dict.fromkeys(columns, _or_dash(sized if small else plain_size)),
        labels={
            "measure": tr("What"),
            "estimate": tr("Expected"),
            "low": tr("Lower limit"),
            "high": tr("Upper limit"),
            "actual_low": tr("Outcome from"),
            "actual_high": tr("Outcome to"),
        },
        note=tr(
            "Limits: {level} interval of what is expected, as well as these data tell it. Outcome: where what really comes will lie with a probability of {level}, for it also depends on what each customer happens to do. Both hold as far as the model does; customers still to be won are not counted.",
            level=percent(found.parameters.confidence, 0),
        ),
    )


def _or_dash(write: Any) -> Any:
    from crmlab.text import MISSING_TEXT

    return lambda value: MISSING_TEXT if value is None or value != value else write(value)  # noqa: PLR0124 - NaN


def _tenure_table(found: ContractResults) -> Block:
    classes = tenure_classes(found)
    say = worth_of(found)
    digits = column_digits([*classes["value"], *classes["one"]])
    return table(
        classes,
        tr("Customers of today by how often they have renewed"),
        "tenure",
        formats={
            "retention": ".1%",
            "life": ".1f",
            "derl": ".1f",
            "one": f".{column_digits(classes['one'])}f",
            "value": f".{digits}f",
        },
        labels={
            "tenure": tr("Renewals so far"),
            "customers": tr("Customers"),
            "retention": tr("Will renew"),
            "life": tr("Further periods expected"),
            "derl": tr("Payments to come, discounted"),
            "one": say.head(tr("Value of one")),
            "value": say.head(tr("Value of all")),
        },
        note=tr(
            "Further periods expected: counted up to {years} years at most, for some customers may never leave. Payments to come, discounted: the discounted expected residual lifetime; one payment at the next renewal counts as 1.",
            years=_LIFETIME_MONTHS // 12,
        ),
    )


def tenure_classes(found: ContractResults) -> pd.DataFrame:
    """Put customers of today together by tenure; classes of fewer than `min_group` join the one before.

    Returns
    -------
    pandas.DataFrame
        ``tenure`` (text), ``customers``, ``retention``, ``life`` (further periods, counted up to ten years), ``derl``,
        ``one``, ``value``.

    """
    rows = found.value.by_tenure
    n = rows["tenure"].to_numpy(dtype=np.float64)
    longest = max(1, _LIFETIME_MONTHS // found.months)
    k = np.arange(1.0, longest + 1)
    model = found.model
    life = np.exp(model.log_survival(n[:, None] + k) - model.log_survival(n)[:, None]).sum(axis=1)
    rows = rows.assign(life=life, place=np.searchsorted(_CLASSES, n, side="right") - 1)
    least = found.parameters.min_group
    groups: list[pd.DataFrame] = []
    for _, part in rows.groupby("place"):
        if groups and (groups[-1]["customers"].sum() < least or part["customers"].sum() < least):
            groups[-1] = pd.concat([groups[-1], part])
        else:
            groups.append(part)
    made = []
    for part in groups:
        low, high = int(part["tenure"].min()), int(part["tenure"].max())
        count = part["customers"].to_numpy(dtype=np.float64)
        mean = {name: float(count @ part[name] / count.sum()) for name in ("retention", "life", "derl")}
        worth_ = float(part["value"].sum())
        made.append(
            {
                "tenure": number(low)
                if low == high
                else tr("{low} to {high}", low=number(low), high=number(high)),
                "customers": int(count.sum()),
                **mean,
                "one": worth_ / count.sum(),
                "value": worth_,
            }
        )
    return pd.DataFrame(made)


def groups(found: ContractResults) -> list[Block]:
    """Return groups of customers, where contracts name any."""
    rows = found.groups
    if rows is None:
        return []
    say, period = worth_of(found), found.period
    time = periods(max(1, MONTHS_AHEAD // found.months), period)
    named = rows[rows["group"] != ""].to_dict("records")
    first = named[0]
    text = tr(
        "The group of most value is “{group}”: {value}, {share} of that of all groups.",
        group=escape_markdown(first["group"]),
        value=say(first["value"]),
        share=percent(
            first["value"] / float(rows["value"].sum()) if rows["value"].sum() > 0 else float("nan")
        ),
    )
    shown = rows.assign(
        group=[name or tr("other groups") for name in rows["group"]],
        own=[tr("its own") if own else tr("that of all") for own in rows["own"]],
    )
    columns = [
        "group",
        "customers",
        "there",
        "retention",
        "stay",
        *(["fee"] if found.priced else []),
        "one",
        "value",
        "own",
    ]
    return [
        # Where a group is kept back, a share of all would tell its value.
        *([prose(text)] if rows["value"].notna().all() else []),
        table(
            shown[columns],
            tr("Groups of customers, the most valuable first"),
            "groups",
            formats={
                "there": ".0f",
                "retention": ".1%",
                "stay": ".0%",
                "one": f".{column_digits(shown['one'])}f",
                "value": f".{column_digits(shown['value'])}f",
                **({"fee": f".{max(column_digits(shown['fee']), 2)}f"} if found.priced else {}),
            },
            labels={
                "group": tr("Group"),
                "customers": tr("Contracts"),
                "there": tr("Running"),
                "retention": tr("Renewed"),
                "stay": tr("Still there after {time}", time=time),
                "one": say.head(tr("Value of one")),
                "value": say.head(tr("Value of all")),
                "own": tr("Model"),
                **({"fee": say.cash.head(tr("Mean fee"))} if found.priced else {}),
            },
            note=join_sentences(
                [
                    tr(
                        "Renewed: share of all renewals that were made. Still there: of new customers, by the model. Groups of 50 contracts and 10 losses have a model of their own, so their values need not add up to the total. Groups under {least} customers are put together.",
                        least=number(found.parameters.min_group),
                    ),
                    kept_back_note(found.parameters.min_group) if rows["value"].isna().any() else "",
                ]
            ),
        ),
    ]
