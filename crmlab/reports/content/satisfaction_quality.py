"""How well the questionnaire measures, and what was not answered: sections of the satisfaction report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlab.plots import path_model as path_plots
from crmlab.reports.content.satisfaction_words import (
    axes_of,
    constructs,
    head,
    inside,
    item_name,
    listing,
    quoted,
)
from crmlab.show import Block, figure, table
from crmlab.text import join_sentences, number, percent, tr

if TYPE_CHECKING:
    from crmlab.reports.content.satisfaction_study import Study

__all__ = ["block_name", "hardly_apart", "harmful_items", "missing", "pair_names", "quality", "weak_blocks"]

#: alpha that a scale should reach
ENOUGH = 0.70
#: correlation with the rest below which an item hardly belongs to its block
_LOOSE = 0.30
#: alpha from which items of one scale are taken as meant to measure one thing
_MEANT = 0.60
#: gain in alpha from which an item is better left out
_GAIN = 0.02
#: items listed for their missing answers
_MOST = 12
#: HTMT above which two constructs are hardly told apart
_SAME = 0.90


def block_name(study: Study, block: str) -> str:
    """Return the name of a block as shown."""
    if not block:
        return tr("All items")
    if study.model is None and block not in constructs():
        return tr("Items on the scale {scale}", scale=block)
    return constructs().get(block, block)


def weak_blocks(study: Study) -> list[str]:
    """Return the blocks whose alpha falls short of .70."""
    return [name for name, alpha in study.alphas.items() if alpha.raw < ENOUGH]


def harmful_items(study: Study) -> pd.DataFrame:
    """Return block, item, item_total, alpha, alpha_if_dropped of the items that hurt their block."""
    rows = []
    for name, alpha in study.alphas.items():
        if alpha.k < 3 or (name not in constructs() and alpha.raw < _MEANT):
            continue  # of two items none is the worse; items that nobody meant as a scale need not go together
        for row in alpha.items.to_dict("records"):
            gain = row["alpha_if_dropped"] - alpha.raw
            if gain > _GAIN or row["item_total"] < _LOOSE:
                rows.append(
                    {
                        "block": name,
                        "item": row["item"],
                        "item_total": row["item_total"],
                        "alpha": alpha.raw,
                        "alpha_if_dropped": row["alpha_if_dropped"],
                    }
                )
    found = pd.DataFrame(rows, columns=["block", "item", "item_total", "alpha", "alpha_if_dropped"])
    return found.sort_values("item_total", ignore_index=True).head(_MOST)


def hardly_apart(study: Study) -> list[tuple[str, str, float]]:
    """Return the pairs of constructs whose HTMT lies above .90."""
    if study.model is None:
        return []
    htmt = study.model.fit.htmt.to_numpy(dtype=float)
    names = study.model.fit.structure.constructs
    return [
        (names[i], names[j], float(htmt[i, j]))
        for i in range(len(names))
        for j in range(i + 1, len(names))
        if htmt[i, j] > _SAME
    ]


def quality(study: Study) -> list[Block]:
    """Show reliability by block, items that hurt, and whether the constructs are told apart."""
    if not study.alphas and not study.left_out:
        return []
    blocks = [
        head(
            tr("How well the questionnaire measures"),
            join_sentences([_alpha_sentence(study), _left_out_sentence(study)]),
        )
    ]
    if study.alphas:
        blocks.append(_alpha_table(study))
    harmful = harmful_items(study)
    if not harmful.empty:
        blocks.append(_harm_table(study, harmful))
    if study.model is not None:
        if study.model.hidden is not None:
            blocks.append(_explained(study))
        blocks.append(_item_weights(study))
        if len(study.model.fit.structure.constructs) > 2:
            blocks.append(_htmt(study))
    return blocks


def _alpha_sentence(study: Study) -> str:
    if not study.alphas:
        return tr(
            "Reliability could not be computed: too few respondents answered two items or more of one block."
        )
    weak = weak_blocks(study)
    if len(study.alphas) == 1:
        name, alpha = next(iter(study.alphas.items()))
        text = tr(
            "Cronbach's alpha of {block} is {alpha}.",
            block=inside(block_name(study, name)),
            alpha=number(alpha.raw, 3),
        )
        verdict = (
            tr("That falls short of .70: the items do not measure one thing well.")
            if weak
            else tr("That reaches .70, the usual demand.")
        )
        return join_sentences([text, verdict])
    if not weak:
        return tr(
            "All {n} blocks of items reach an alpha of .70, the usual demand.", n=number(len(study.alphas))
        )
    return tr(
        "Of {n} blocks of items, {weak} fall short of an alpha of .70, the usual demand.",
        n=number(len(study.alphas)),
        weak=listing(
            [
                tr(
                    "{block} ({alpha})",
                    block=inside(block_name(study, name)),
                    alpha=number(study.alphas[name].raw, 3),
                )
                for name in weak
            ]
        ),
    )


def _left_out_sentence(study: Study) -> str:
    constant = [item for item, why in study.left_out.items() if why == "constant"]
    few = [item for item, why in study.left_out.items() if why == "few"]
    return join_sentences(
        [
            tr(
                "All answered {items} alike; such items tell nothing and are left out.",
                items=quoted(study, constant),
            )
            if constant
            else "",
            tr("Hardly anybody answered {items}, left out as well.", items=quoted(study, few)) if few else "",
        ]
    )


def _alpha_table(study: Study) -> Block:
    rows = []
    measured = (
        {} if study.model is None else study.model.fit.reliability.set_index("construct").to_dict("index")
    )
    for name, alpha in study.alphas.items():
        row = {
            "block": block_name(study, name),
            "items": alpha.k,
            "n": alpha.n,
            "raw": alpha.raw,
            "low": alpha.low,
            "high": alpha.high,
            "standardised": alpha.standardised,
        }
        if measured:
            row["rho_c"] = measured.get(name, {}).get("rho_c", float("nan"))
            row["ave"] = measured.get(name, {}).get("ave", float("nan"))
        rows.append(row)
    frame = pd.DataFrame(rows)
    labels = {
        "block": tr("Block"),
        "items": tr("Items"),
        "n": tr("Respondents"),
        "raw": tr("Alpha, raw"),
        "low": tr("Lower limit"),
        "high": tr("Upper limit"),
        "standardised": tr("Alpha, standardised"),
        "rho_c": tr("Composite reliability"),
        "ave": "AVE",
    }
    return table(
        frame,
        tr("Reliability of the blocks"),
        "reliability",
        formats={name: ".3f" for name in frame.columns if name not in {"block", "items", "n"}},
        labels={name: labels[name] for name in frame.columns},
        note=tr(
            "Usual demands: alpha and composite reliability .70 or more; AVE, the variance explained, .50 or more."
        )
        if measured
        else tr("Usual demand: .70 or more. Alpha does not show that the items measure one thing only."),
    )


def _harm_table(study: Study, harmful: pd.DataFrame) -> Block:
    return table(
        harmful.assign(
            block=[block_name(study, name) for name in harmful["block"]],
            item=[item_name(study, item) for item in harmful["item"]],
        ),
        tr("Items that hurt their block"),
        "weak-items",
        formats=dict.fromkeys(("item_total", "alpha", "alpha_if_dropped"), ".3f"),
        labels={
            "block": tr("Block"),
            "item": tr("Item"),
            "item_total": tr("Correlation with the rest"),
            "alpha": tr("Alpha"),
            "alpha_if_dropped": tr("Alpha without it"),
        },
        note=tr(
            "Listed are items of blocks of three or more that correlate less than .30 with the rest of their block, or without "
            "which alpha rises by more than .02."
        ),
    )


def _item_weights(study: Study) -> Block:
    assert study.model is not None
    fit, names = study.model.fit, constructs()
    frame = fit.loadings.merge(study.model.scores.weights[["item", "weight"]], on="item")
    if study.model.resamples is not None:
        frame = frame.merge(study.model.resamples.loadings[["item", "low", "high"]], on="item")
        frame = frame[["construct", "item", "loading", "low", "high", "weight"]]
    shown = frame.assign(
        construct=[names[one] for one in frame["construct"]],
        item=[item_name(study, item) for item in frame["item"]],
    )
    labels = {
        "construct": tr("Construct"),
        "item": tr("Item"),
        "loading": tr("Loading"),
        "low": tr("Lower limit"),
        "high": tr("Upper limit"),
        "weight": tr("Weight in the index"),
    }
    return table(
        shown,
        tr("How the items measure the constructs"),
        "loadings",
        formats=dict.fromkeys(frame.columns[2:], ".3f"),
        labels={name: labels[name] for name in shown.columns},
        note=tr("A loading of .70 or more is wished for; the weights of a block sum to 1."),
    )


def _explained(study: Study) -> Block:
    """Show R² and Q² of every construct that the model explains."""
    assert study.model is not None
    assert study.model.hidden is not None
    names = constructs()
    fit, hidden = study.model.fit, study.model.hidden
    frame = fit.r_squared[["construct", "r_squared"]].merge(
        hidden.table[["construct", "q_squared"]], on="construct", how="left"
    )
    return table(
        frame.assign(construct=[names[one] for one in frame["construct"]]),
        tr("What the model explains, and what it foretells of hidden answers"),
        "explained",
        formats=dict.fromkeys(("r_squared", "q_squared"), ".3f"),
        labels={
            "construct": tr("Construct"),
            "r_squared": tr("Explained, R²"),
            "q_squared": tr("Foretold, Q²"),
        },
        note=tr(
            "Q² by blindfolding, omission distance {distance}: above 0 the model tells hidden answers better than their mean "
            "does; .25 is called medium, .50 large.",
            distance=hidden.distance,
        ),
    )


def _htmt(study: Study) -> Block:
    assert study.model is not None
    names = constructs()
    pairs = hardly_apart(study)
    alt = (
        tr(
            "Heat map of HTMT; above .90: {pairs}.",
            pairs=tr("; ").join(f"{names[a]} – {names[b]} {number(value, 2)}" for a, b, value in pairs),
        )
        if pairs
        else tr("Heat map of HTMT; no pair lies above .90.")
    )
    return figure(
        path_plots.htmt_map(study.model.fit, ax=axes_of(3.1)),
        tr("How well the constructs are told apart: HTMT, which should stay below .90"),
        alt,
        "htmt",
    )


def missing(study: Study) -> list[Block]:
    """Show what was not answered."""
    asked = [item for item in (*study.given.items,) if item in study.survey]
    roles = [
        name
        for name in ("overall", "recommend", "effort", "expectation", "perceived")
        if name in study.survey
    ]
    names = list(dict.fromkeys([*roles, *asked]))
    if not names:
        return []
    gaps = study.survey[names].isna().sum().sort_values(ascending=False, kind="stable")
    total, cells = int(gaps.sum()), len(names) * study.n
    straight = _straight_lines(study, asked)
    lines = (
        tr(
            "Respondents who gave all {items} items the same answer: {n}; their answers are kept.",
            n=number(straight),
            items=number(len(asked)),
        )
        if straight
        else ""
    )
    if not total:
        text = tr("Every respondent answered every question that is used here.")
        return [head(tr("Missing answers"), join_sentences([text, lines]))]
    share = tr(
        "Of {cells} answers, {n} are missing ({share}); {complete} of {all} respondents answered everything.",
        cells=number(cells),
        n=number(total),
        share=percent(total / cells),
        complete=number(study.survey[names].notna().all(axis=1).sum()),
        all=number(study.n),
    )
    listed = gaps[gaps > 0].head(_MOST)
    return [
        head(tr("Missing answers"), join_sentences([share, lines])),
        table(
            pd.DataFrame(
                {
                    "item": [item_name(study, name) for name in listed.index],
                    "missing": listed.to_numpy(),
                    "share": listed.to_numpy() / study.n,
                }
            ),
            tr("Questions with most missing answers")
            if len(listed) > 1
            else tr("The question with missing answers"),
            "missing",
            formats={"share": ".1%"},
            labels={"item": tr("Question asked"), "missing": tr("Missing"), "share": tr("Share")},
        ),
    ]


def _straight_lines(study: Study, asked: list[str]) -> int:
    if len(asked) < 3:
        return 0
    answers = study.survey[asked]
    same = answers.eq(answers.iloc[:, 0], axis=0).all(axis=1)
    return int(same.sum())


def pair_names(study: Study) -> str:
    """Return the pairs that are hardly told apart, as text."""
    names = constructs()
    return listing(
        [
            tr(
                "{one} and {other} ({value})",
                one=inside(names[a]),
                other=inside(names[b]),
                value=number(v, 2),
            )
            for a, b, v in hardly_apart(study)
        ]
    )
