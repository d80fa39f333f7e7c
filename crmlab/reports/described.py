"""What a report says about the tables it was given: their quality, what could not be read, and who is who."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab.text import date, number, percent

if TYPE_CHECKING:
    from crmlab.data.readers import ReadResult
    from crmlab.data.reduced import Reduced

__all__ = [
    "card_scale",
    "case_quality",
    "masked_comments",
    "numbered_judges",
    "reasons",
    "without_identities",
    "written_quality",
]

#: columns that say who somebody is, and the letter in front of their replacement
IDENTITIES = {"customer": "C", "respondent": "R"}
#: digits of a code at most; so many are never the same by chance
_CODE = 32
#: characters of a comment that are shown
_LONGEST = 300


def without_identities(
    tables: Mapping[str, pd.DataFrame], *, columns: Iterable[str], salt: bytes | None
) -> dict[str, pd.DataFrame]:
    """Replace identifiers by short codes made with a secret; the same customer has the same code in every table."""
    import hashlib
    import secrets

    secret = salt or secrets.token_bytes(32)
    changed = {role: table.copy(deep=False) for role, table in tables.items()}
    for column in columns:
        holders = [table for table in changed.values() if column in table]
        # A category is renamed name by name, however many rows there are; a table of many rows has it from the start.
        named = [table[column].astype("category").cat for table in holders]
        known = pd.unique(pd.concat([pd.Series(one.categories) for one in named]))
        digests = [hashlib.blake2b(str(name).encode(), key=secret).hexdigest()[:_CODE] for name in known]
        length = 6
        while len({digest[:length] for digest in digests}) < len(digests):
            length += 2
        codes = {
            name: f"{IDENTITIES[column]}-{digest[:length]}"
            for name, digest in zip(known, digests, strict=True)
        }
        for table, one in zip(holders, named, strict=True):
            renamed = one.rename_categories(codes)
            table[column] = renamed if table[column].dtype == "category" else renamed.astype("str")
    return changed


def numbered_judges(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Replace the names of judges by numbers, in the order of the file, so that who has the file can ask them again."""
    if "judgements" not in tables:
        return dict(tables)
    judged = tables["judgements"]
    places = pd.factorize(judged["judge"])[0] + 1
    return {**tables, "judgements": judged.assign(judge=places.astype(str))}


def masked_comments(table: pd.DataFrame, parameters: object) -> pd.DataFrame:
    """Return a table without free text, unless it is asked for: then masked, and parted from who wrote it.

    What is kept is drawn by lot and put into the first rows in any order, so that no comment stands beside its writer's
    answers. Nobody's words are shown where fewer than `min_group` wrote any.
    """
    if "comment" not in table:
        return table
    import random

    from crmlab.privacy import mask_text

    wanted, least = getattr(parameters, "comments", 0), getattr(parameters, "min_group", 1)
    said = [str(text) for text in table["comment"].dropna()]
    rest = table.drop(columns="comment")
    if not wanted or len(said) < least:
        return rest
    drawn = random.Random(len(said)).sample(said, min(wanted, len(said), len(rest)))  # noqa: S311 - a sample, no secret
    words = [mask_text(" ".join(text.split())) for text in drawn]
    words = [text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…" for text in words]
    return rest.assign(
        comment=pd.Series([*words, *[None] * (len(rest) - len(words))], index=rest.index, dtype="str")
    )


def reasons(result: ReadResult | Reduced) -> list[list[Any]]:
    """Return reason, column and number of the cells that could not be read."""
    from crmlab.data.rejects import reason_text

    return [[reason_text(kind), column, count] for (column, kind), count in result.reasons.items()]


def written_quality(result: ReadResult | Reduced) -> pd.DataFrame:
    """Return the quality of a file, with the values as they are written: ``measure``, ``label``, ``value``, ``text``."""
    quality = result.quality()
    return quality.assign(
        text=[
            _text(measure, value) for measure, value in zip(quality["measure"], quality["value"], strict=True)
        ]
    )


def case_quality(
    role: str, table: pd.DataFrame, scales: Mapping[str, tuple[float, float] | None]
) -> pd.DataFrame:
    """Return the quality of a case's main table, as :func:`written_quality` does for a file."""
    from crmlab.data.readers import ReadResult
    from crmlab.data.schemas import stacked
    from crmlab.data.tables import Source

    if role not in {"transactions", "survey", "contracts"}:
        return pd.DataFrame({"measure": [], "label": [], "value": [], "text": []})
    return written_quality(
        ReadResult(
            kind=role,  # type: ignore[arg-type]
            table=table,
            mapping={},
            source=Source("", "", ""),
            rejected=stacked([]),
            rows_read=len(table),
            rows_kept=len(table),
            scales=dict.fromkeys(scales),
        )
    )


def card_scale(column: Any) -> tuple[float, float] | None:
    """Return the lowest and highest answer that a card's column allows."""
    if column.low is None or column.high is None:
        return None
    return float(column.low), float(column.high)


def _text(measure: str, value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        return date(value)
    if measure.endswith("_share"):
        return percent(value)
    if value is None:
        return "–"
    return number(value) if isinstance(value, int | float) else str(value)
