"""Which path model the satisfaction report fits: chosen by the items' names, asked for by name, or the user's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from crmlab.csi import MODELS, IndexModel, ModelMatch, models_for, structure_for
from crmlab.csi.recognise import PREFIXES
from crmlab.data.roles import normal_name
from crmlab.errors import CrmlabError, DataError, ParameterError
from crmlab.pls import Structure
from crmlab.reports.content.satisfaction_words import constructs, listing
from crmlab.text import tr

if TYPE_CHECKING:
    from crmlab.reports.inputs import ReportInput
    from crmlab.reports.registry import SatisfactionParameters

__all__ = ["FEWEST", "Choice", "choose", "model_name", "short_source"]

#: constructs below which a model says no more than a correlation
FEWEST = 3
#: a name that is recognised as an item of satisfaction
_STAND_IN = "CUSA_99"


@dataclass(frozen=True, eq=False)
class Choice:
    """What is fitted, and what else could have been."""

    #: construct to usable items, also of constructs that the model does not have; empty if none were recognised
    blocks: Mapping[str, tuple[str, ...]]
    #: what is to be fitted; None where nothing can be
    structure: Structure | None
    #: the index model it comes from; None for a structure of the user's own
    model: IndexModel | None
    #: how far the items go towards each index model, the likeliest first
    matches: tuple[ModelMatch, ...]
    #: ``"auto"``, ``"asked"`` or ``"own"``
    how: str

    @property
    def lacking(self) -> tuple[str, ...]:
        """Constructs of the model that the questionnaire does not ask for."""
        if self.model is None or self.structure is None:
            return ()
        return tuple(name for name in self.model.constructs if name not in self.structure.constructs)


def choose(given: ReportInput, parameters: SatisfactionParameters, usable: tuple[str, ...]) -> Choice:
    """Return the structure to be fitted: the user's own, the one asked for, or the one the items speak for.

    Raises
    ------
    crmlab.errors.DataError
        When a model was asked for and the items do not name its constructs.
    crmlab.errors.ParameterError
        When a structure of the user's own cannot be read, or lacks satisfaction.

    """
    matches = _matches(given, usable)
    if parameters.paths.strip():
        structure = _own(parameters.paths, given, usable)
        own = {name: tuple(items) for name, items in structure.blocks.items()}
        blocks = {**_all_blocks(matches), **own}
        return Choice(blocks, structure, None, matches, "own")
    best = matches[0]
    how = "auto"
    if parameters.structure in MODELS:
        best = next(match for match in matches if match.model is MODELS[parameters.structure])
        how = "asked"
        if not best.fits:
            raise _lacks(best, usable)
    if not best.fits:
        return Choice({}, None, None, matches, how)
    blocks = _all_blocks((best, *matches))
    return Choice(blocks, best.structure(), best.model, matches, how)


def model_name(model: IndexModel) -> str:
    """Return an index model's whole name with its source."""
    return {
        "ECSI": tr("the European customer satisfaction index (ECSI; Tenenhaus et al. 2005)"),
        "ACSI": tr("the American customer satisfaction index (ACSI; Fornell et al. 1996)"),
        "SCSB": tr("the Swedish customer satisfaction barometer (SCSB; Fornell 1992)"),
        "CCSI": tr("the Chinese customer satisfaction index (CCSI) as textbooks draw it"),
    }[model.name]


def short_source(model: IndexModel) -> str:
    """Return who published an index model."""
    return {
        "ECSI": tr("Tenenhaus et al. 2005 (Europe)"),
        "ACSI": tr("Fornell et al. 1996 (United States)"),
        "SCSB": tr("Fornell 1992 (Sweden)"),
        "CCSI": tr("textbook form (China)"),
    }[model.name]


def _all_blocks(matches: Iterable[ModelMatch]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for match in matches:
        for construct, items in match.blocks.items():
            found.setdefault(construct, tuple(items))
    return found


def _matches(given: ReportInput, usable: tuple[str, ...]) -> tuple[ModelMatch, ...]:
    """Return how far the items go towards each model, the likeliest first as :func:`crmlab.csi.models_for` has it."""
    if given.blocks:
        kept = {name: tuple(i for i in items if i in usable) for name, items in given.blocks.items()}
        return _ordered(_match(model, kept) for model in MODELS.values())
    found = models_for(usable)
    if not any("satisfaction" in match.blocks for match in found) and _scored(given, "overall"):
        # one overall question stands for the block of satisfaction
        found = tuple(
            _match(match.model, {**match.blocks, "satisfaction": ("overall",)})
            for match in models_for([*usable, _STAND_IN])
        )
    if any(match.fits for match in found):
        found = tuple(_with_scores(match, given) for match in found)
    return _ordered(found)


def _with_scores(match: ModelMatch, given: ReportInput) -> ModelMatch:
    """Let the questions on expected and perceived level stand for constructs without items of their own."""
    stands_for = {"expectation": "expectation", "perceived": "quality"}
    if "quality" not in match.model.constructs:
        stands_for["perceived"] = "value"
    blocks = dict(match.blocks)
    for role, construct in stands_for.items():
        if construct not in blocks and construct in match.model.constructs and _scored(given, role):
            blocks[construct] = (role,)
    return _match(match.model, blocks)


def _match(model: IndexModel, blocks: Mapping[str, tuple[str, ...]]) -> ModelMatch:
    kept = {name: tuple(blocks[name]) for name in model.constructs if blocks.get(name)}
    return ModelMatch(model, kept, tuple(name for name in model.constructs if name not in kept))


def _ordered(matches: Iterable[ModelMatch]) -> tuple[ModelMatch, ...]:
    return tuple(sorted(matches, key=lambda m: (not m.fits, not m.complete, -len(m.blocks), len(m.missing))))


def _scored(given: ReportInput, role: str) -> bool:
    if given.survey is None or role not in given.survey:
        return False
    answers = pd.to_numeric(given.survey[role], errors="coerce").dropna()
    return len(answers) > 0 and bool(answers.min() < answers.max())


def _lacks(match: ModelMatch, usable: tuple[str, ...]) -> DataError:
    names = constructs()
    return DataError(
        tr(
            "The path model {model} was asked for, but the items do not name its constructs.",
            model=match.model.name,
        ),
        problems=[
            tr("without items: {constructs}", constructs=listing([names[one] for one in match.missing])),
            tr("items found: {items}", items=tr(", ").join(usable[:20]) or tr("none")),
        ],
        hint=tr(
            "Name the items after their constructs, such as image_1, expectation_1, quality_1, value_1, "
            "satisfaction_1, complaints_1, loyalty_1, or 形象1, 期望1, 感知质量1, 感知价值1, 满意度1, 投诉1, 忠诚1."
        ),
    )


def _own(text: str, given: ReportInput, usable: tuple[str, ...]) -> Structure:
    """Read a structure of the user's own; constructs that are known by another name get the name of the index models."""
    scores = [role for role in ("overall", "expectation", "perceived") if _scored(given, role)]
    try:
        structure = structure_for([*usable, *scores], model=text)
    except CrmlabError as error:
        raise ParameterError(
            tr("The path model of your own (paths) cannot be used."),
            problems=[error.message, *error.problems],
            hint=tr(
                "Write it like this: quality: q1 q2; satisfaction: s1 s2; quality -> satisfaction. Items found: {items}.",
                items=tr(", ").join(usable[:30]),
            ),
        ) from error
    known = {normal_name(word): name for name, words in PREFIXES.items() for word in (name, *words)}
    known |= {normal_name(shown): name for name, shown in constructs().items()}
    renamed: dict[str, str] = {}
    for construct in structure.constructs:
        better = known.get(normal_name(construct), construct)
        renamed[construct] = construct if better in renamed.values() else better
    if "satisfaction" not in renamed.values():
        raise ParameterError(
            tr(
                "The path model of your own (paths) has no construct satisfaction, whose index the report is about."
            ),
            problems=[tr("its constructs: {names}", names=tr(", ").join(structure.constructs))],
        )
    return replace(
        structure,
        blocks={renamed[name]: items for name, items in structure.blocks.items()},
        paths=[(renamed[start], renamed[end]) for start, end in structure.paths],
        modes={renamed[name]: mode for name, mode in structure.modes.items()},
    )
