"""Method and assumptions of the satisfaction report: only what it uses, what was checked, what it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlab.reports.content.satisfaction_asked_twice import method_pairs
from crmlab.reports.content.satisfaction_pair import method_pair
from crmlab.reports.content.satisfaction_quality import hardly_apart, pair_names
from crmlab.reports.content.satisfaction_structure import model_name
from crmlab.reports.content.satisfaction_time import method_trend
from crmlab.reports.content.satisfaction_weighed import method_weights
from crmlab.reports.content.satisfaction_words import constructs, item_name, listing, quoted
from crmlab.show import Block, prose
from crmlab.text import join_sentences, number, tr

if TYPE_CHECKING:
    from crmlab.reports.content.satisfaction_study import Study

__all__ = ["method"]

#: share of missing answers from which replacing them tells
_MANY = 0.05


def method(study: Study) -> list[Block]:
    """Return how the numbers were made, what they assume, and what was checked: only what this report uses."""
    parts = [
        *_method_scores(study),
        *_method_causes(study),
        *_method_model(study),
        *method_weights(study),
        *_method_groups(study),
        *method_pair(study),
        *method_trend(study),
        *method_pairs(study),
    ]
    return [
        prose("\n\n".join(parts)),
        prose(f"### {tr('What was checked')}\n\n" + "\n".join(f"- {line}" for line in _checked(study))),
        *_absent(study),
    ]


def _method_scores(study: Study) -> list[str]:
    parts = []
    if study.csat is not None:
        parts.append(
            tr(
                "**CSAT** is the share of the {top} highest answers of the scale; its interval is Wilson's.",
                top=study.parameters.csat_top,
            )
        )
    if study.nps is not None:
        parts.append(
            tr(
                "**NPS** is the percentage of promoters (9 or 10) less that of detractors (0 to 6); its interval is Wald's "
                "after adding three quarters of a promoter and of a detractor and one and a half passives (Rocks 2016)."
            )
        )
    if study.ces is not None:
        turned = (
            tr("The answers told how much effort it took, and were turned round.")
            if study.effort_turned
            else tr("The greatest answer counts as the least effort.")
        )
        parts.append(
            join_sentences([tr("**CES** is the mean answer on ease, with Student's interval."), turned])
        )
    if study.ratio is not None:
        parts.append(
            tr(
                "**C = b/a** is the mean of what was perceived over the mean of what was expected, with Fieller's interval; "
                "expectation counts as met where the two answers are equal to within half a point. A ratio needs a true zero, so that it is a convention on such scales; "
                "and expectations that are asked after the purchase are coloured by it."
            )
        )
    return parts


def _method_causes(study: Study) -> list[str]:
    if study.drivers is None:
        return []
    return [
        tr(
            "**Importance** of an item is its Pearson correlation with satisfaction, with Fisher's interval; **performance** is "
            "its mean answer on 0–100. The map is cut at the means, so that something always lies below. Opinions go "
            "together: correlation is no proof that mending an item moves satisfaction; try it in one place first."
        )
    ]


def _method_model(study: Study) -> list[str]:
    model = study.model
    if model is None:
        return []
    own = study.choice.model
    blocks_b = [name for name, mode in model.fit.structure.modes.items() if mode == "B"]
    parts = [
        tr(
            "**Path model**: {model}, fitted by partial least squares. The convention, on which the third decimal depends: "
            "items standardised to variance 1, {scheme} weighting scheme, {modes}, missing answers replaced by the "
            "item's mean. On the 250 answers of the European mobile-phone survey this convention gives, for ECSI, the "
            "coefficients that SmartPLS published; raw covariances would give others.",
            model=tr("a structure of your own") if own is None else model_name(own),
            modes=tr("all blocks in mode A")
            if not blocks_b
            else tr(
                "mode B for {names}, mode A for the others",
                names=listing([constructs()[one] for one in blocks_b]),
            ),
            scheme={"path": tr("path"), "centroid": tr("centroid"), "factorial": tr("factorial")}[
                model.fit.scheme
            ],
        ),
        *_model_notes(study),
        tr(
            "**Index** of a construct, with the answers of its items $x_k$ on a scale from $x_{\\min}$ to $x_{\\max}$ and "
            "weights that sum to 1 (Fornell et al. 1996):"
        ),
        "$$I = 100 \\sum_k w_k \\frac{\\bar x_k - x_{\\min}}{x_{\\max} - x_{\\min}}$$",
    ]
    if model.resamples is not None:
        from crmlab.reports.content.satisfaction_study import SEED

        parts.append(
            tr(
                "Intervals of the model are percentiles of {n} bootstrap samples (seed {seed}); p is two-sided, from the "
                "normal distribution.",
                n=number(model.resamples.n_valid),
                seed=SEED,
            )
        )
    parts.append(
        tr(
            "The model assumes straight-line relations, respondents who answer independently, and arrows that point the right "
            "way: it measures how far the data agree with that, it does not prove it."
        )
    )
    return parts


def _model_notes(study: Study) -> list[str]:
    """Return what must be known of one index model only."""
    model = study.choice.model
    if model is None or study.model is None:
        return []
    notes = []
    if model.name in {"ACSI", "SCSB"} and "complaints" in study.model.fit.structure.constructs:
        notes.append(
            tr(
                "In the original {model} complaints say whether customers complained, and satisfaction lowers them. If the item "
                "here asks how well complaints are handled, the sign of the path is to be read the other way round.",
                model=model.name,
            )
        )
    if model.name == "CCSI":
        notes.append(
            tr(
                "Textbooks draw CCSI with eleven paths, as it is fitted here; the standard itself (GB/T 19038) was not at hand."
            )
        )
    return notes


def _method_groups(study: Study) -> list[str]:
    if study.groups is None:
        return []
    return [
        tr(
            "**Groups** are called different from the whole where their interval leaves it out; of twenty groups that are the "
            "same, one does so by chance. The Kruskal–Wallis test looks at all of them together. Groups under {least} "
            "respondents are put together, with the next larger one where a single one could be worked out.",
            least=number(study.parameters.min_group),
        )
    ]


def _checked(study: Study) -> list[str]:
    lines = [_scales_line(study)]
    if study.guessed:
        lines.append(
            tr(
                "The scale of {items} was not certain and was taken from the answers; name it with scale_max if it is another.",
                items=quoted(study, study.guessed),
            )
        )
    if study.left_out:
        lines.append(
            tr(
                "Left out, for they do not vary or hardly anybody answered: {items}.",
                items=quoted(study, study.left_out),
            )
        )
    model = study.model
    if model is not None:
        lines.append(
            tr(
                "The model's weights settled after {iterations} iterations.",
                iterations=number(model.fit.iterations),
            )
        )
        lines += _resample_lines(study)
        gaps = study.points.isna().mean()
        many = [item for item in model.fit.structure.items if gaps.get(item, 0.0) > _MANY]
        if many:
            lines.append(
                tr(
                    "More than 5% of the answers are missing in {items}; means in their place weaken what goes with them.",
                    items=quoted(study, many),
                )
            )
        if model.fit.reversed_items:
            lines.append(
                tr(
                    "Items that run against their block: {items}. The index turns them round; check their wording.",
                    items=quoted(study, model.fit.reversed_items),
                )
            )
        else:
            lines.append(tr("No item runs against its block."))
        if hardly_apart(study):
            lines.append(
                tr(
                    "Hardly told apart (HTMT above .90): {pairs}; do not read much into the difference of their paths.",
                    pairs=pair_names(study),
                )
            )
        else:
            lines.append(tr("All constructs are told apart (HTMT up to .90)."))
    return lines


def _scales_line(study: Study) -> str:
    scales = sorted({study.scales[str(item)] for item in study.points})
    return (
        tr(
            "All answers lie on their scales (items: {scales}).",
            scales=tr(", ").join(f"{low:g}–{high:g}" for low, high in scales),
        )
        if scales
        else tr("All answers lie on their scales.")
    )


def _resample_lines(study: Study) -> list[str]:
    assert study.model is not None
    resamples = study.model.resamples
    if resamples is None:
        return (
            [tr("No intervals of the model: too many bootstrap samples were degenerate.")]
            if study.parameters.bootstrap
            else [tr("No intervals of the model, as asked (bootstrap = 0).")]
        )
    dropped = sum(resamples.dropped.values())
    if not dropped:
        return [tr("All {n} bootstrap samples could be used.", n=number(resamples.n))]
    return [
        tr(
            "{dropped} of {n} bootstrap samples could not be used (an item constant, or weights that did not settle).",
            dropped=number(dropped),
            n=number(resamples.n),
        )
    ]


def _absent(study: Study) -> list[Block]:
    """Say in a line each what this report leaves out, and why."""
    lacking = [
        item_name(study, role).lower() if item_name(study, role).isascii() else item_name(study, role)
        for role, there in (
            ("overall", study.csat is not None),
            ("recommend", study.nps is not None),
            ("effort", study.ces is not None),
        )
        if not there
    ]
    lines = []
    if lacking:
        lines.append(
            tr("Not asked, asked on another scale, or answered by too few: {names}.", names=listing(lacking))
        )
    if study.gap is None and study.gaps is None:
        lines.append(
            tr("Expected and perceived level were not asked on one scale, so that C = b/a is not computed.")
        )
    if study.model is None and study.why_no_model:
        lines.append(study.why_no_model)
    if study.groups is None:
        lines.append(study.why_no_groups)
    if study.complaints is None:
        lines.append(tr("There is no table of complaints."))
    if not lines:
        return []
    return [prose(f"### {tr('What this report leaves out')}\n\n" + "\n".join(f"- {line}" for line in lines))]
