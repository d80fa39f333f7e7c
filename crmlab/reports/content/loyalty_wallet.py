"""The part of the loyalty report on wallets: how much of what customers spend is spent here, and who has room to grow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.errors import DataError
from crmlab.loyalty import ShareOfWallet, WalletAllocation, share_of_wallet, wallet_allocation
from crmlab.plots import programme as plots
from crmlab.plots import programme_moving as moving
from crmlab.plots.programme import VALUE_CLASSES
from crmlab.reports.content.loyalty_text import amount, amounts, level
from crmlab.reports.content.small_groups import guarded
from crmlab.show import Block, figure, prose, table
from crmlab.text import join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.loyalty_results import LoyaltyResults
    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.parameters import LoyaltyParameters

__all__ = ["WalletFound", "analyse_wallet", "wallet_finding", "wallet_section", "wallet_step"]

#: parts of the customers by spending here, those who spend most first
_CLASSES = (("top", 0.2), ("middle", 0.5), ("low", 1.0))
#: who spends here less than this share of a large wallet has room to grow
_ROOM_SHARE = 0.5
_SHOWN = 10


@dataclass(frozen=True, eq=False)
class WalletFound:
    """What customers spend in the category, and how much of it here.

    Attributes
    ----------
    spend
        Shares by amounts, or None where nobody was asked for them.
    classes
        By value class (:data:`~crmlab.plots.programme.VALUE_CLASSES`): ``group``, ``n``, ``share``, ``low``, ``high``,
        ``own``, ``category``, ``potential``, ``potential_each``; empty where there are too few answers.
    ranks
        Shares by rank and number of shops, or None.
    rank_groups
        ``shops``, ``n``, ``mean_rank``, ``share`` (the rule's), ``told`` (by amounts, missing where not known).
    room
        Customers with a wallet in the highest third who spend less than half of it here: ``own``, ``category``,
        ``share``, ``potential``, by potential.
    answered, unknown
        Customers who answered and bought; those who answered and are not in the purchases.

    """

    spend: ShareOfWallet | None
    classes: pd.DataFrame
    ranks: WalletAllocation | None
    rank_groups: pd.DataFrame
    room: pd.DataFrame
    answered: int
    unknown: int


def analyse_wallet(
    given: ReportInput, parameters: LoyaltyParameters, *, end: pd.Timestamp
) -> WalletFound | None:
    """Compute shares of wallet; None without answers, or with too few of customers who bought.

    What a customer spends here is what the survey says where it has ``own_spend``, else the purchases of the last 365
    days.
    """
    answers, sales = given.wallet, given.transactions
    if answers is None or sales is None or answers.empty:
        return None
    answers = answers.drop_duplicates("customer", keep="last").set_index("customer")
    known = answers.index.isin(sales["customer"].unique())
    unknown, answers = int((~known).sum()), answers[known]
    if len(answers) < 2 * parameters.min_group:
        return None
    spend, classes, room = _by_amounts(answers, sales, parameters, end)
    ranks, rank_groups = _by_ranks(answers, spend, parameters)
    if spend is None and ranks is None:
        return None
    return WalletFound(
        spend=spend,
        classes=classes,
        ranks=ranks,
        rank_groups=rank_groups,
        room=room,
        answered=len(answers),
        unknown=unknown,
    )


def _by_amounts(
    answers: pd.DataFrame, sales: pd.DataFrame, parameters: LoyaltyParameters, end: pd.Timestamp
) -> tuple[ShareOfWallet | None, pd.DataFrame, pd.DataFrame]:
    nothing = (None, pd.DataFrame(), pd.DataFrame())
    if "category_spend" not in answers:
        return nothing
    year = sales[
        (sales["date"] > end - pd.Timedelta(days=365)) & (sales["date"] < end + pd.Timedelta(days=1))
    ]
    bought = year.groupby("customer")["amount"].sum()
    own = bought.reindex(answers.index).fillna(0.0).astype(float)
    if "own_spend" in answers:
        own = answers["own_spend"].astype(float).where(answers["own_spend"].notna(), own)
    told = answers["category_spend"].astype(float)
    there = told.notna() & (told >= 0)
    if there.sum() < 2 * parameters.min_group:
        return nothing
    try:
        found = share_of_wallet(
            own[there].clip(lower=0.0), told[there], above="cap", confidence=parameters.confidence
        )
    except DataError:
        return nothing
    return found, _classes(found, parameters.min_group), _room(found)


def _classes(found: ShareOfWallet, min_group: int) -> pd.DataFrame:
    """Part the customers by what they spend here; nothing where a class would be too small to be shown."""
    spent = found.table["own"].sort_values(ascending=False, kind="stable")
    place = (np.arange(len(spent)) + 0.5) / len(spent)
    cuts = np.array([upper for _, upper in _CLASSES])
    names = np.array([name for name, _ in _CLASSES], dtype=object)
    groups = pd.Series(names[np.searchsorted(cuts, place)], index=spent.index)
    if groups.value_counts().min() < min_group or groups.nunique() < len(_CLASSES):
        return pd.DataFrame()
    rows = found.by(groups)
    return rows.loc[list(names)].reset_index()


def _room(found: ShareOfWallet) -> pd.DataFrame:
    """Return the customers with a large wallet of which little is spent here."""
    large = found.table["category"] >= found.table["category"].quantile(2 / 3)
    rows = found.table[large & (found.table["share"] < _ROOM_SHARE)]
    return rows.sort_values("potential", ascending=False, kind="stable")


def _by_ranks(
    answers: pd.DataFrame, spend: ShareOfWallet | None, parameters: LoyaltyParameters
) -> tuple[WalletAllocation | None, pd.DataFrame]:
    nothing = (None, pd.DataFrame())
    if not {"rank", "shops"} <= set(answers.columns):
        return nothing
    asked = answers[["rank", "shops"]].dropna().astype(float)
    if len(asked) < 2 * parameters.min_group:
        return nothing
    try:
        found = wallet_allocation(asked["rank"], asked["shops"], confidence=parameters.confidence)
    except DataError:
        return nothing
    rows = found.by_brands.reset_index().rename(columns={"brands": "shops"})
    rows["told"] = np.nan
    if spend is not None:
        told = spend.table["share"].groupby(found.table["brands"].reindex(spend.table.index)).mean()
        rows["told"] = rows["shops"].map(told)
    return found, rows[(rows["n"] > 0) & ~guarded(rows["n"], parameters.min_group)].reset_index(drop=True)


def wallet_finding(results: LoyaltyResults) -> str:
    """Return the sentence for the top of the report; empty where nobody was asked."""
    found = results.wallet
    if found is None:
        return ""
    if found.spend is not None:
        return tr(
            "Of what the {n} customers who were asked spend in the category, **{share}** ({interval}) is spent here.",
            n=number(found.spend.n),
            share=percent(found.spend.share),
            interval=level(results, found.spend.low, found.spend.high),
        )
    assert found.ranks is not None
    return tr(
        "By the ranks of the {n} customers who were asked, **{share}** ({interval}) of their wallets goes to this shop.",
        n=number(found.ranks.n),
        share=percent(found.ranks.share),
        interval=level(results, found.ranks.low, found.ranks.high),
    )


def wallet_step(results: LoyaltyResults) -> str:
    """Return what to do next about wallets; empty where there is no room worth naming."""
    found = results.wallet
    if found is None or found.spend is None or len(found.room) < results.parameters.min_group:
        return ""
    return tr(
        "**Win more of the large wallets**: {n} customers spend much in the category and less than half of it here; {amount} a year of theirs go elsewhere. Ask what they buy there, and why, before offering anything.",
        n=number(len(found.room)),
        amount=amount(float(found.room["potential"].sum()), results.currency),
    )


def wallet_section(results: LoyaltyResults) -> list[Block]:
    """Show the share of wallet, with its heading; nothing where nobody was asked."""
    found = results.wallet
    if found is None:
        return []
    blocks = [prose("## " + tr("Share of wallet"))]
    if found.spend is not None:
        blocks += _amounts(results, found, found.spend)
    if found.ranks is not None:
        blocks += _ranks(results, found, found.ranks)
    blocks.append(prose(_limits(found)))
    return blocks


def _amounts(results: LoyaltyResults, found: WalletFound, spend: ShareOfWallet) -> list[Block]:
    currency = results.currency
    sentences = [
        tr(
            "The {n} customers who were asked spend {all} in the category in a year, {own} of it here: {share} ({interval}); {rest} go elsewhere.",
            n=number(spend.n),
            all=amount(spend.category, currency),
            own=amount(spend.own, currency),
            share=percent(spend.share),
            interval=level(results, spend.low, spend.high),
            rest=amount(spend.potential, currency),
        )
    ]
    if found.classes.empty:
        return [prose(join_sentences(sentences))]
    rows = found.classes.assign(name=[tr(VALUE_CLASSES[name]) for name in found.classes["group"]])
    most = rows.sort_values("potential_each", ascending=False, kind="stable").iloc[0]
    sentences.append(
        tr(
            "Per customer, most room is in the class “{name}”: {each} a year are spent elsewhere.",
            name=most["name"],
            each=amount(most["potential_each"], currency),
        )
    )
    if len(found.room) >= results.parameters.min_group:
        sentences.append(
            tr(
                "{n} customers have a wallet in the highest third and spend less than half of it here; {amount}, {share} of all that goes elsewhere, is theirs.",
                n=number(len(found.room)),
                amount=amount(float(found.room["potential"].sum()), currency),
                share=percent(float(found.room["potential"].sum()) / spend.potential)
                if spend.potential > 0
                else percent(0.0),
            )
        )
    blocks = [
        prose(join_sentences(sentences)),
        figure(
            plots.wallet_by_class(rows, currency=currency),
            tr("What customers spend in the category, here and elsewhere, by value class"),
            tr(
                "Bar chart: mean wallet by class of customers; the highest spend {top} of it here, the lower half {low}.",
                top=percent(rows["share"].iloc[0], 0),
                low=percent(rows["share"].iloc[-1], 0),
            ),
            "wallet",
            interactive=moving.wallet_by_class_moving(rows, currency=currency),
        ),
        table(
            rows[["name", "n", "category", "share", "low", "high", "potential", "potential_each"]],
            tr("Share of wallet by value class"),
            "wallet-classes",
            formats={
                "category": amounts(rows["category"], currency),
                "share": ".1%",
                "low": ".1%",
                "high": ".1%",
                "potential": amounts(rows["category"], currency),
                "potential_each": amounts(rows["potential_each"], currency),
            },
            labels={
                "name": tr("Class"),
                "n": tr("Customers asked"),
                "category": tr("Spent in all"),
                "share": tr("Share of wallet"),
                "low": tr("Lower limit"),
                "high": tr("Upper limit"),
                "potential": tr("Spent elsewhere"),
                "potential_each": tr("Elsewhere, per customer"),
            },
            note=tr("The share weighs customers by their wallets: sum spent here over sum spent in all."),
        ),
    ]
    if results.ids_kept and len(found.room) >= results.parameters.min_group:
        blocks.append(_whom(results, found))
    return blocks


def _whom(results: LoyaltyResults, found: WalletFound) -> Block:
    rows = found.room.head(_SHOWN)[["own", "category", "share", "potential"]].copy()
    rows.insert(0, "customer", [str(name) for name in rows.index])
    money = amounts(rows["category"], results.currency)
    return table(
        rows,
        tr("The {n} customers with most room to grow", n=number(len(rows))),
        "wallet-room",
        formats={"own": money, "category": money, "share": ".0%", "potential": money},
        labels={
            "customer": tr("Customer"),
            "own": tr("Spent here"),
            "category": tr("Spent in all"),
            "share": tr("Share of wallet"),
            "potential": tr("Spent elsewhere"),
        },
    )


def _ranks(results: LoyaltyResults, found: WalletFound, ranks: WalletAllocation) -> list[Block]:
    sentences = [
        tr(
            "{share} of {n} customers name this shop first; by rank and number of shops alone, the Wallet Allocation Rule expects {rule} ({interval}) of a wallet here, each customer counting alike.",
            share=percent(ranks.first_choice),
            n=number(ranks.n),
            rule=percent(ranks.share),
            interval=level(results, ranks.low, ranks.high),
        )
    ]
    if found.spend is not None:
        sentences.append(
            tr(
                "By the amounts it is {mean} on the same footing: the rule is a rough guide where nobody can be asked for amounts.",
                mean=percent(found.spend.mean_share),
            )
        )
    if found.rank_groups.empty:
        return [prose(join_sentences(sentences))]
    rows = found.rank_groups
    told = rows["told"].notna().any()
    columns = ["shops", "n", "mean_rank", "share", *(["told"] if told else [])]
    return [
        prose(join_sentences(sentences)),
        table(
            rows[columns],
            tr("Share of wallet by the number of shops that a customer uses"),
            "wallet-ranks",
            formats={"mean_rank": ".2f", "share": ".1%"} | ({"told": ".1%"} if told else {}),
            labels={
                "shops": tr("Shops used"),
                "n": tr("Customers asked"),
                "mean_rank": tr("Rank of this shop, mean"),
                "share": tr("Share expected by the rule"),
            }
            | ({"told": tr("Share by amounts, mean")} if told else {}),
        ),
    ]


def _limits(found: WalletFound) -> str:
    sentences = [
        tr(
            "What people say they spend is rough, and who answers is no random sample. A small share is room to grow only if the rest can be won: distance, contracts and taste tie some of it."
        )
    ]
    if found.spend is not None and found.spend.n_capped:
        sentences.append(
            tr(
                "{n} customers named less than they spent here; their wallets count as what they spent here.",
                n=number(found.spend.n_capped),
            )
        )
    if found.unknown:
        sentences.append(
            tr("{n} answers are left out: their customers are not in the purchases.", n=number(found.unknown))
        )
    return join_sentences(sentences)
