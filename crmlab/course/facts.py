"""Numbers in the prose come from the results: ``{{name:.1f}}`` is filled from what ``facts(name=…)`` gave."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from crmlab.errors import CrmlabError, did_you_mean
from crmlab.show import MIME, escape_markdown
from crmlab.show.blocks import format_cell
from crmlab.text import date, speaking

__all__ = ["PLACEHOLDER", "collect", "fill", "is_facts", "split_code"]

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*(?::\s*([^{}\s]+)\s*)?\}\}")
#: fenced code, code in a line, displayed and inline formulas: what Markdown does not read as prose
_SPANS = re.compile(
    r"(^```.*?^```|`+[^`\n]*`+|\$\$.*?\$\$|(?<![\\$])\$(?![\s$])[^$\n]+?(?<!\s)\$(?!\d))",
    re.DOTALL | re.MULTILINE,
)


def is_facts(output: Mapping[str, Any]) -> bool:
    """Tell whether an output of a cell is a block of facts."""
    block = output.get("data", {}).get(MIME)
    return isinstance(block, Mapping) and block.get("kind") == "facts"


def collect(nb: Any) -> dict[str, Any]:
    """Return all facts of an executed notebook.

    Raises
    ------
    CrmlabError
        A name was given two different values.

    """
    found: dict[str, Any] = {}
    problems = []
    for cell in nb.cells:
        for output in cell.get("outputs", ()):
            if not is_facts(output):
                continue
            for name, value in output["data"][MIME]["values"].items():
                if name in found and found[name] != value:
                    problems.append(f"{name}: {found[name]!r}, then {value!r} (cell {cell.get('id')})")
                found[name] = value
    if problems:
        raise CrmlabError("Facts have two values under one name.", problems=problems)
    return found


def fill(text: str, values: Mapping[str, Any], *, lang: str, where: str) -> str:
    """Return Markdown with its placeholders filled; code is left alone.

    Parameters
    ----------
    text
        Markdown.
    values
        From :func:`collect`.
    lang
        For dates.
    where
        The cell, for the message.

    Raises
    ------
    CrmlabError
        A placeholder has no value; the message names the nearest fact.

    Examples
    --------
    >>> fill("NPS is {{nps:.1f}}, of {{n}} customers.", {"nps": 45.04, "n": 1200}, lang="en", where="intro")
    'NPS is 45.0, of 1,200 customers.'

    """
    problems: list[str] = []

    def value(match: re.Match[str]) -> str:
        name, spec = match[1], match[2]
        if name not in values:
            near = did_you_mean(name, values)
            problems.append(
                f"{{{{{name}}}}}: no fact of that name" + (f"; did you mean {near!r}?" if near else "")
            )
            return match[0]
        try:
            return shown(values[name], spec)
        except (ValueError, TypeError, CrmlabError) as err:
            problems.append(f"{match[0]}: {str(err).splitlines()[0]}")
            return match[0]

    with speaking(lang):
        parts = [
            part if code else PLACEHOLDER.sub(_in_formula(value) if formula else value, part)
            for part, code, formula in split_code(text)
        ]
    if problems:
        raise CrmlabError(
            f"The text of cell {where!r} names what the notebook's facts do not give.",
            problems=problems,
            hint=f"Facts: {', '.join(sorted(values)) or 'none; was the notebook run?'}.",
        )
    return "".join(parts)


def split_code(text: str) -> list[tuple[str, bool, bool]]:
    """Return the parts of Markdown, each with whether it is code and whether it is a formula."""
    return [
        (part, part.startswith("`"), bool(position % 2) and part.startswith("$"))
        for position, part in enumerate(_SPANS.split(text))
        if part
    ]


def shown(value: Any, spec: str | None) -> str:
    """Return a fact as the text shows it; without a format: whole numbers as such, others with two decimals."""
    if spec == "date" or (
        spec is None and isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
    ):
        return date(value)
    if isinstance(value, str):
        return escape_markdown(value)
    if spec is None and isinstance(value, int | float) and not isinstance(value, bool):
        spec = "d" if float(value).is_integer() else ".2f"
    return format_cell(value, spec)


def _in_formula(value: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
    def tex(match: re.Match[str]) -> str:
        text = value(match)
        return text.replace("%", r"\%").replace(",", "{,}").replace("−", "-")

    return tex
