"""The forecast from contracts: its head, its findings, its model in words, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pandas as pd

from crmlab.plots.clv_contracts import periods
from crmlab.reports.content.cash import Cash, count
from crmlab.reports.content.clv_contract_choice import SIGNIFICANT
from crmlab.show import Block, cover, findings, prose, table
from crmlab.text import date, join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.clv_contract_choice import ContractChoice
    from crmlab.reports.content.clv_contract_results import ContractResults

__all__ = [
    "Worth",
    "front",
    "half_life",
    "model_title",
    "next_steps",
    "riskiest",
    "rows_used",
    "share_seen",
    "total",
    "what_we_found",
    "which",
    "worth_of",
]

#: so many times as long as was seen, the model is asked when half have left
_FAR = 2
#: miss of the test, as a share of the losses, from which the forecast is called far off
_OFF = 0.3
#: difference of shares from which two groups are told apart
_APART = 0.05


@dataclass(frozen=True)
class Worth:
    """Writes values: amounts of money, or payments where no fee is known."""

    cash: Cash
    priced: bool

    def __call__(self, value: float) -> str:
        """Return a value for Markdown."""
        return self.cash(value) if self.priced else tr("{n} payments", n=count(value))

    def span(self, low: float, high: float) -> str:
        """Return an interval for Markdown."""
        if self.priced:
            return self.cash.span(low, high)
        return tr("{low} to {high}", low=count(low), high=count(high))

    def head(self, words: str) -> str:
        """Return the head of a column of values."""
        return self.cash.head(words) if self.priced else tr("{words} (payments)", words=words)


def worth_of(found: ContractResults) -> Worth:
    """Return what writes the values of this report."""
    return Worth(Cash(found.currency), found.priced)


def model_title(name: str) -> str:
    """Return a model's name in words."""
    return {
        "sbg": tr("shifted-beta-geometric model (sBG)"),
        "bdw": tr("beta-discrete-Weibull model (BdW)"),
    }[name]


def total(found: ContractResults, measure: str) -> dict[str, float]:
    """Return estimate and limits of one of the totals."""
    row = found.value.totals.set_index("measure").loc[measure]
    return {str(name): float(cast("float", value)) for name, value in row.items()}


def half_life(found: ContractResults) -> int | None:
    """Return the renewal after which half of the new customers have left; None where that is far beyond the data."""
    share = found.model.survival(range(_FAR * int(found.seen["renewal"].iloc[-1]) + 1))
    gone = (share <= 0.5).nonzero()[0]
    return int(gone[0]) if len(gone) else None


def riskiest(found: ContractResults) -> int:
    """Return the renewal, of those seen, at which the model loses the largest share of those who face it."""
    renewals = found.seen["renewal"].to_numpy()
    return int(renewals[int(found.model.retention(renewals).argmin())])


def share_seen(found: ContractResults) -> float:
    """Return the share of the value that lies within the horizon."""
    near, all_ = total(found, "value_horizon")["estimate"], total(found, "value")["estimate"]
    return near / all_ if all_ > 0 else float("nan")


def front(found: ContractResults) -> Block:
    """Return the head of the report."""
    rows = [(tr("Data"), found.given.title)]
    if found.observation_end is not None and found.given.contracts is not None:
        first = found.given.contracts["start"].min()
        span = tr("{start} to {end}", start=date(first), end=date(found.observation_end))
        rows.append((tr("Period"), span))
    rows += [
        (tr("Contracts"), number(len(found.contracts))),
        (tr("of them still running"), number(found.there)),
        (tr("Renewed or not"), _each(found)),
        (tr("Forecast"), periods(found.value.horizon, found.period)),
    ]
    return cover(
        tr("Customer lifetime value"),
        tr("How long customers under contract stay, and what that is worth"),
        rows,
    )


def _each(found: ContractResults) -> str:
    return {"month": tr("every month"), "quarter": tr("every quarter"), "year": tr("every year")}[
        found.period
    ]


def what_we_found(found: ContractResults) -> Block:
    """Return the paragraph at the top, with the numbers in it."""
    return findings(join_sentences([_who(found), _worth(found), _stay(found), _sure(found), _caution(found)]))


def _who(found: ContractResults) -> str:
    renewing = total(found, "renewing")
    return tr(
        "Of {n} customers, **{there}** are still under contract; of these, about **{renewing}** ({level} interval {range}) will renew next time.",
        n=number(len(found.contracts)),
        there=number(found.there),
        renewing=count(renewing["estimate"]),
        level=percent(found.parameters.confidence, 0),
        range=tr("{low} to {high}", low=count(renewing["actual_low"]), high=count(renewing["actual_high"])),
    )


def _worth(found: ContractResults) -> str:
    say, value = worth_of(found), total(found, "value")
    words = {
        "value": say(value["estimate"]),
        "level": percent(found.parameters.confidence, 0),
        "range": say.span(value["actual_low"], value["actual_high"]),
        "rate": percent(found.parameters.discount_rate_annual, 0),
        "margin": percent(found.parameters.margin, 0),
        "mean": say(value["estimate"] / found.there),
        "near": percent(share_seen(found), 0),
        "ahead": periods(found.value.horizon, found.period),
    }
    if not found.priced:
        return tr(
            "What they will still pay is worth **{value}** today ({level} interval {range}; discounted at {rate} a year), {mean} a customer; no fees were given, so value is counted in payments. Of it, {near} comes within {ahead}.",
            **words,
        )
    if found.parameters.margin < 1:
        return tr(
            "What they will still pay is worth **{value}** today ({level} interval {range}; at a margin of {margin}, discounted at {rate} a year), {mean} a customer. Of it, {near} comes within {ahead}.",
            **words,
        )
    return tr(
        "What they will still pay is worth **{value}** of revenue today ({level} interval {range}; discounted at {rate} a year), {mean} a customer. Of it, {near} comes within {ahead}.",
        **words,
    )


def _stay(found: ContractResults) -> str:
    half = half_life(found)
    period = found.period
    first = float(found.model.retention(1))
    last = int(found.seen["renewal"].iloc[-1])
    late = float(found.model.retention(last))
    stay = (
        tr("Half of new customers leave within {time}.", time=periods(half, period))
        if half is not None
        else tr(
            "It takes longer than the {time} that the data reach until half of new customers have left.",
            time=periods(last, period),
        )
    )
    if percent(first) == percent(late):
        return join_sentences([stay, tr("At each renewal about {first} renew.", first=percent(first))])
    return join_sentences(
        [
            stay,
            tr(
                "By the model, {first} of new customers renew the first time; of those who have come as far as renewal {last}, {late} do.",
                first=percent(first),
                last=number(last),
                late=percent(late),
            ),
        ]
    )


def _sure(found: ContractResults) -> str:
    if found.tested is None:
        return ""
    row = found.tested.errors[found.tested.errors["rule"] == "model"].iloc[0].to_dict()
    told = tr(
        "Tested on renewals {first} to {last}, which it had not seen, the model expected {expected} customers to leave; {actual} did.",
        first=number(found.tested.split + 1),
        last=number(found.tested.last),
        expected=number(row["expected"]),
        actual=number(row["actual"]),
    )
    chance = 2 * float(row["expected"]) ** 0.5  # two standard deviations of a count
    if abs(row["expected"] - row["actual"]) < max(_OFF * row["actual"], chance):
        return told
    return join_sentences(
        [
            told,
            tr("That is far off: the values may be much too high.")
            if row["miss"] < 0
            else tr("That is far off: the values may be much too low."),
        ]
    )


def _caution(found: ContractResults) -> str:
    longer = {"year": tr("full years"), "quarter": tr("full quarters")}
    return join_sentences(
        [
            _missing(found),
            tr(
                "Nearly all customers who left did so at {when}: make this report again with -p period={period}.",
                when=longer[found.regular],
                period=found.regular,
            )
            if found.regular
            else "",
            tr(
                "Only {n} customers left: take all numbers as a rough order of magnitude.",
                n=number(found.lost),
            )
            if found.few
            else tr(
                "The data alone do not tell how customers differ, so a weak prior had to help: take all numbers as rough."
            )
            if found.model.penalty
            else "",
        ]
    )


def _missing(found: ContractResults) -> str:
    """Warn where customers who left early are not in the data, or may not be."""
    if found.unseen:
        return tr(
            "The data do not say when customers left: if those who left earlier are missing, as from a list of today's customers and last month's losses, all seem to stay longer than they do."
        )
    if found.missing is None:
        return ""
    return tr(
        "Nobody in the data left before {day}, though {begun} of the customers had begun by then: about {missing} who left earlier are missing. So all seem to stay longer than they do, and the values are too high.",
        day=date(found.missing.first_end),
        begun=number(found.missing.begun),
        missing=count(found.missing.missing),
    )


def which(found: ContractResults) -> Block:
    """Say in plain words which model was used, and why."""
    told = tr("**Model.** {why} {story}", why=_why(found.choice), story=_story(found.choice.name))
    return prose(join_sentences([told, _known(found)]))


def _known(found: ContractResults) -> str:
    """Say how the length of a period is known, where it was not asked for."""
    if found.told == "seen":
        return {
            "year": tr(
                "That contracts are renewed every year is seen from the days on which customers left."
            ),
            "quarter": tr(
                "That contracts are renewed every quarter is seen from the days on which customers left."
            ),
        }[found.period]
    if found.told == "taken" and found.observation_end is None:
        return tr(
            "The data do not say how long a period is; it is taken as a month (otherwise: -p period=year or quarter)."
        )
    if found.told == "taken":
        return tr("Customers leave at any time, so contracts are counted by month.")
    return ""


def _story(name: str) -> str:
    if name == "sbg":
        return tr(
            "In it each customer has a chance of his own to leave at a renewal, which never changes; retention rises with time because those likely to leave go first."
        )
    return tr(
        "In it each customer has a chance of his own to leave at a renewal, which changes with time as well: the c in the table of parameters says how."
    )


def _why(choice: ContractChoice) -> str:
    name = model_title(choice.name)
    if choice.why == "asked":
        return tr("Renewals are described by the {model}, as was asked for.", model=name)
    if choice.why == "alone":
        return tr(
            "The data are contracts, and renewals are described by the {model}, the only one of two that these data can tell.",
            model=name,
        )
    told = {"model": name, "ratio": number(choice.ratio, 2), "limit": percent(SIGNIFICANT, 0)}
    if choice.why == "duration":
        return tr(
            "The data are contracts, and renewals are described by the {model}: with the simpler one, in which a customer's chance to leave stays as it is, they agree clearly less well (likelihood ratio {ratio}, p below {limit}).",
            **told,
        )
    return tr(
        "The data are contracts, and renewals are described by the {model}; nothing speaks for a chance to leave that changes with the time a customer stays (likelihood ratio {ratio}).",
        **told,
    )


def next_steps(found: ContractResults) -> Block:
    """Return what to do next, in a few points."""
    say, people = worth_of(found), found.value.customers
    margin = found.parameters.margin < 1
    stake = float(((1 - people["retention"]) / people["retention"] * people["value"]).sum())
    points = [
        _complete(found),
        tr(
            "**Look after renewal {at}.** About {n} of today's customers will not renew next time; if all of them did, the value would rise by {value}. The risk is highest around renewal {at}: give customers a reason to stay before it.",
            at=number(riskiest(found)),
            n=count(float((1 - people["retention"]).sum())),
            value=say(stake),
        )
        if riskiest(found) > 1
        else tr(
            "**Look after the first renewals.** About {n} of today's customers will not renew next time; if all of them did, the value would rise by {value}. The risk is highest at the first renewals: give new customers a reason to stay before each of them.",
            n=count(float((1 - people["retention"]).sum())),
            value=say(stake),
        ),
        ""
        if not found.value.by_tenure["derl"].iloc[-1] > found.value.by_tenure["derl"].iloc[0]
        else tr(
            "**Do not value everybody alike.** One mean rate for all undervalues those who have stayed long; decide by how often a customer has renewed what keeping him may cost."
        ),
        _new_customer(found, margin=margin),
        _best_group(found),
        tr(
            "**Check.** At the next renewal {n} of the {there} customers should renew. Count that, and make this report again.",
            n=count(total(found, "renewing")["estimate"]),
            there=number(found.there),
        ),
    ]
    return prose("\n".join(f"- {point}" for point in points if point))


def _complete(found: ContractResults) -> str:
    if found.missing is None:
        return ""
    return tr(
        "**Complete the data.** Add the customers who left before {day}, or give only contracts that began later, and make this report again.",
        day=date(found.missing.first_end),
    )


def _new_customer(found: ContractResults, *, margin: bool) -> str:
    words = {"new": worth_of(found)(found.value.new_customer)}
    if not found.priced:
        return tr(
            "**Know what a new customer may cost.** All payments of a new customer, the first included, are worth {new} today: times fee and margin, that is the most that may be paid for one.",
            **words,
        )
    if margin:
        return tr(
            "**Know what a new customer may cost.** All payments of a new customer, the first included, are worth {new} today: that is the most that may be paid for one.",
            **words,
        )
    return tr(
        "**Know what a new customer may cost.** All payments of a new customer, the first included, are worth {new} of revenue today: times your margin, that is the most that may be paid for one.",
        **words,
    )


def _best_group(found: ContractResults) -> str:
    if found.groups is None:
        return ""
    rows = found.groups
    named = rows[(rows["group"] != "") & rows["own"] & rows["stay"].notna()]
    if len(named) < 2:
        return ""
    from crmlab.show import escape_markdown

    ranked = named.sort_values("stay", kind="stable").to_dict("records")
    best, worst = ranked[-1], ranked[0]
    if best["stay"] - worst["stay"] < _APART:
        return ""
    return tr(
        "**Learn from the groups.** Of new customers of {best} {high} are still there after {time}, of {worst} {low}: find out what makes the difference before you win more of the latter.",
        best=escape_markdown(best["group"]),
        worst=escape_markdown(worst["group"]),
        high=percent(best["stay"], 0),
        low=percent(worst["stay"], 0),
        time=periods(max(1, 12 // found.months), found.period),
    )


def rows_used(found: ContractResults) -> Block:
    """Return how the rows became customers."""
    contracts = found.contracts
    kept: list[tuple[str, int]] = [(tr("Contracts read"), len(contracts) + found.left_out)]
    if found.left_out:
        kept.append((tr("that began after the end of observation, left out"), found.left_out))
    kept += [
        (tr("Contracts used"), len(contracts)),
        (tr("customers who left"), found.lost),
        (tr("customers still there"), found.there),
        (tr("of them before their first renewal"), int((contracts["tenure"] == 0).sum())),
        (tr("Renewals faced, by all together"), int(contracts["tenure"].sum())),
    ]
    if found.priced:
        missing = int(contracts["fee"].isna().sum())
        if missing:
            kept.append((tr("fees not known, taken as the mean of the others"), missing))
    note = (
        tr("The data hold no days: tenure and loss are taken as they stand in the file.")
        if found.observation_end is None
        else tr(
            "Observed until {end}. A contract that ends later counts as running; a period in which a customer left counts as a renewal that he did not make.",
            end=date(found.observation_end),
        )
    )
    return table(
        pd.DataFrame(kept, columns=["what", "number"]),
        tr("From rows to customers"),
        "rows",
        labels={"what": tr("What"), "number": tr("Number")},
        note=note,
    )
