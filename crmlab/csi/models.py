"""The index models of the literature: Sweden's, America's, Europe's and China's, ready to be fitted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from crmlab._arguments import checked_arguments
from crmlab.errors import DataError, ParameterError, did_you_mean
from crmlab.pls import Structure

__all__ = ["ACSI", "CCSI", "ECSI", "MODELS", "SCSB", "IndexModel", "index_model"]


@dataclass(frozen=True)
class IndexModel:
    """An index model of the literature: constructs and paths; the items come from the user's questionnaire."""

    name: str
    constructs: tuple[str, ...]
    paths: tuple[tuple[str, str], ...]
    #: the construct whose score is the index
    target: str = "satisfaction"
    #: where the model was published
    source: str = ""
    #: column names that mean a construct in this model only, as in :data:`crmlab.csi.recognise.PREFIXES`
    prefixes: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

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


#: The Swedish customer satisfaction barometer, Fornell 1992, doi 10.1177/002224299205600103: what was expected and what
#: was received for the price (perceived performance, which is perceived value: construct ``value``) drive satisfaction;
#: satisfaction drives complaints (voice) and loyalty.
SCSB = IndexModel(
    name="SCSB",
    constructs=("expectation", "value", "satisfaction", "complaints", "loyalty"),
    paths=(
        ("expectation", "value"),
        ("expectation", "satisfaction"),
        ("value", "satisfaction"),
        ("satisfaction", "complaints"),
        ("satisfaction", "loyalty"),
        ("complaints", "loyalty"),
    ),
    source="Fornell 1992, doi 10.1177/002224299205600103",
    prefixes={"value": ("performance", "perceivedperformance", "perf", "绩效", "感知绩效", "感知表现")},
)

#: The American customer satisfaction index, Fornell et al. 1996, doi 10.1177/002224299606000403: quality stands beside
#: value.
ACSI = IndexModel(
    name="ACSI",
    constructs=("expectation", "quality", "value", "satisfaction", "complaints", "loyalty"),
    paths=(
        ("expectation", "quality"),
        ("expectation", "value"),
        ("quality", "value"),
        ("expectation", "satisfaction"),
        ("quality", "satisfaction"),
        ("value", "satisfaction"),
        ("satisfaction", "complaints"),
        ("satisfaction", "loyalty"),
        ("complaints", "loyalty"),
    ),
    source="Fornell et al. 1996, doi 10.1177/002224299606000403",
)

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
    source="Tenenhaus et al. 2005, doi 10.1016/j.csda.2004.03.005",
)

#: The Chinese customer satisfaction index as textbooks draw it: six constructs, eleven paths; brand image works on every
#: cause of satisfaction, and complaints are left out. The standard GB/T 19038-2009 was not at hand.
CCSI = IndexModel(
    name="CCSI",
    constructs=("image", "expectation", "quality", "value", "satisfaction", "loyalty"),
    paths=(
        ("image", "expectation"),
        ("image", "quality"),
        ("image", "value"),
        ("image", "satisfaction"),
        ("expectation", "quality"),
        ("expectation", "value"),
        ("quality", "value"),
        ("expectation", "satisfaction"),
        ("quality", "satisfaction"),
        ("value", "satisfaction"),
        ("satisfaction", "loyalty"),
    ),
    source="the textbooks' form of the model of GB/T 19038-2009",
)

#: the ready models by the name that :func:`index_model` and ``-p structure=…`` take
MODELS: Mapping[str, IndexModel] = MappingProxyType({"ecsi": ECSI, "acsi": ACSI, "ccsi": CCSI, "scsb": SCSB})


@checked_arguments
def index_model(name: str | IndexModel) -> IndexModel:
    """Return an index model by its name, in any case; an :class:`IndexModel` is returned as it is.

    Parameters
    ----------
    name
        ``"ecsi"``, ``"acsi"``, ``"scsb"`` or ``"ccsi"``, in any case, or a model.

    Returns
    -------
    IndexModel

    Raises
    ------
    ParameterError
        An unknown name, with the likeliest one.

    Examples
    --------
    >>> index_model("CCSI").constructs
    ('image', 'expectation', 'quality', 'value', 'satisfaction', 'loyalty')
    >>> len(index_model("scsb").paths)
    6

    Checked against: the constructs and paths that chapter 5 draws.

    """
    if isinstance(name, IndexModel):
        return name
    key = str(name).strip().lower()
    if key not in MODELS:
        near = did_you_mean(key, MODELS)
        raise ParameterError(
            f"There is no index model {name!r}." + (f" Did you mean {near!r}?" if near else ""),
            hint=f"There are: {', '.join(MODELS)}. A structure of your own is written with arrows: "
            "quality -> satisfaction -> loyalty.",
        )
    return MODELS[key]
