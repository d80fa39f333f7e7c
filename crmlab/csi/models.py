"""Index models of the literature, and how a questionnaire's columns are recognised as their items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlab.errors import DataError, ParameterError
from crmlab.pls import PLSResult, Structure, fit_pls

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ECSI", "IndexModel", "fit_ecsi", "structure_for"]


@dataclass(frozen=True)
class IndexModel:
    """An index model of the literature: constructs and paths; the items come from the user's questionnaire."""

    name: str
    constructs: tuple[str, ...]
    paths: tuple[tuple[str, str], ...]
    #: the construct whose score is the index
    target: str = "satisfaction"

    def structure(
        self, blocks: Mapping[str, Iterable[str]], *, modes: Mapping[str, str] | None = None
    ) -> Structure:
        """Return the model with its items; constructs without items are left out, and their paths with them."""
        present = {c: tuple(blocks[c]) for c in self.constructs if tuple(blocks.get(c, ()))}
        unknown = [c for c in blocks if c not in self.constructs]
        if unknown:
            raise ParameterError(
                f"{self.name} has no construct {', '.join(unknown)}.",
                hint=f"It has: {', '.join(self.constructs)}.",
            )
        if self.target not in present:
            raise DataError(f"{self.name} cannot be fitted without items for {self.target}.")
        return Structure(present, [p for p in self.paths if p[0] in present and p[1] in present], modes or {})


#: The European customer satisfaction index in the form of Tenenhaus et al. 2005, doi 10.1016/j.csda.2004.03.005:
#: image, expectation, quality and value drive satisfaction; satisfaction drives complaints (how well they are handled) and
#: loyalty.
ECSI = IndexModel(
    name="ECSI",
    constructs=("image", "expectation", "quality", "value", "satisfaction", "complaints", "loyalty"),
    paths=(
        ("image", "expectation"),
        ("expectation", "quality"),
        ("expectation", "value"),
        ("quality", "value"),
        ("image", "satisfaction"),
        ("expectation", "satisfaction"),
        ("quality", "satisfaction"),
        ("value", "satisfaction"),
        ("satisfaction", "complaints"),
        ("image", "loyalty"),
        ("satisfaction", "loyalty"),
        ("complaints", "loyalty"),
    ),
)

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
        "预期质量",
        "预期",
    ),
    "quality": ("perq", "quality", "perceivedquality", "质量", "感知质量", "服务质量"),
    "value": ("perv", "value", "perceivedvalue", "价值", "感知价值"),
    "satisfaction": ("cusa", "satisfaction", "satisf", "sat", "满意", "满意度", "客户满意", "客户满意度"),
    "complaints": (
        "cusco",
        "complaint",
        "complaints",
        "complainthandling",
        "抱怨",
        "投诉",
        "客户抱怨",
        "投诉处理",
    ),
    "loyalty": ("cusl", "loyalty", "loyal", "忠诚", "忠诚度", "客户忠诚", "客户忠诚度"),
}
_NAME = re.compile(r"^(?P<stem>.*?)(?:[\s_.\-]+(?:q|item))?[\s_.\-]*(?P<number>\d*)$", re.IGNORECASE)


def structure_for(
    columns: Iterable[object], *, model: IndexModel = ECSI, allow_missing: bool = False
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
        The index model; its constructs are looked for.
    allow_missing
        Leave out constructs without items, with their paths, where they are not the target; else they are an error.

    Raises
    ------
    DataError
        Constructs without a recognised column.

    Examples
    --------
    >>> structure_for(["image_1", "image_2", "期望1", "quality1", "value1", "sat_1", "投诉", "loyalty"]).blocks["image"]
    ('image_1', 'image_2')

    """
    names = [str(column) for column in columns]
    owner = {prefix: c for c in model.constructs for prefix in PREFIXES.get(c, (c,))}
    found: dict[str, list[tuple[int, str]]] = {c: [] for c in model.constructs}
    for name in names:
        match = _NAME.match(name.strip())
        stem = re.sub(r"[\s_.\-]+", "", match["stem"]).lower() if match else ""
        if match and stem in owner:
            found[owner[stem]].append((int(match["number"] or 0), name))
    for construct, items in found.items():
        worded = [(k, name) for k, name in enumerate(names) if name.lower().startswith(f"{construct}_")]
        if len(worded) > len(items):
            found[construct] = worded
    missing = [c for c, items in found.items() if not items]
    if missing and (not allow_missing or model.target in missing):
        raise DataError(
            f"No columns were recognised for {len(missing)} of the {len(found)} constructs of {model.name}.",
            problems=[f"{c}: expected names such as {_examples(c)}" for c in missing],
            hint="Rename the columns, or name the items yourself: ECSI.structure({'image': ['q1', 'q2'], …}). "
            f"The data have: {', '.join(names[:40])}{', …' if len(names) > 40 else ''}.",
        )
    return model.structure({c: [name for _, name in sorted(items)] for c, items in found.items()})


def _examples(construct: str) -> str:
    prefixes = PREFIXES.get(construct, (construct,))
    return ", ".join(
        [f"{construct}_1", f"{prefixes[0].upper()}1", *(f"{p}1" for p in prefixes if not p.isascii())][:3]
    )


def fit_ecsi(data: pd.DataFrame, *, structure: Structure | None = None, **options: Any) -> PLSResult:
    """Fit the ECSI model to a survey; items are recognised by name, or given as a `structure`.

    `options` go to :func:`crmlab.pls.fit_pls` (scheme, convention, missing, tolerance, max_iterations), where the method,
    its assumptions and errors are described. The default, standardised items, path scheme and all blocks mode A, is the
    convention of the published coefficients.

    Checked against: SmartPLS's coefficients for 250 European mobile-phone customers (five decimals).
    """
    return fit_pls(data, structure_for(data.columns) if structure is None else structure, **options)
