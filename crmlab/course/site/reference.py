"""Pages of the API reference: what there is, by groups; Sphinx's autodoc puts the docstrings in."""

from __future__ import annotations

import hashlib
import inspect
from importlib import import_module
from pathlib import Path

from crmlab.course.functions import GROUPS, Entry, entries, summary_line
from crmlab.errors import ReportError
from crmlab.text import tr

__all__ = ["FOLDER", "reference_list", "reference_page"]

#: pages under this folder of the site are made here
FOLDER = "book/reference/"


def reference_list() -> str:
    """Return the groups, each with the functions it holds, as Markdown."""
    lines = []
    for group in GROUPS:
        names = [entry for entry in entries(group) if entry.is_function]
        links = ", ".join(map(_linked, names))
        lines += [f"**[{tr(group.title)}](reference/{group.id}.md)**", f": {links}", ""]
    return "\n".join(lines)


def reference_page(name: str) -> str:
    """Return the page of one group in the current language.

    Parameters
    ----------
    name
        The page as the table of contents names it: ``book/reference/weights``.

    """
    group = next((one for one in GROUPS if f"{FOLDER}{one.id}" == name), None)
    if group is None:
        raise ReportError(
            f"The table of contents names {name!r}, which is no group of functions.",
            hint=f"Groups: {', '.join(one.id for one in GROUPS)}.",
        )
    found = list(entries(group))
    lines = [
        f"# {tr(group.title)}",
        "",
        tr("Docstrings are in English; titles and summaries in your language."),
        "",
    ]
    for module in group.modules:
        own = [entry for entry in found if entry.module == module]
        if own:
            lines += _module(module, own)
    return "\n".join([*lines, f"% {_digest(found)}", ""])


def _module(module: str, own: list[Entry]) -> list[str]:
    head = tr(summary_line(import_module(f"crmlab.{module}")))
    lines = [f"## `crmlab.{module}`", "", head, "", f"| {tr('Name')} | {tr('What it does')} |", "|---|---|"]
    for entry in own:
        said = tr(summary_line(entry.value)).replace("|", "\\|")
        lines.append(f"| {_linked(entry)} | {said} |")
    lines += ["", "```{eval-rst}", f".. currentmodule:: crmlab.{module}", ""]
    told: set[type] = {entry.value for entry in own if entry.is_class}
    for entry in own:
        if entry.is_class:
            lines += [f".. autoclass:: {entry.name}", "   :members:", *_inherited(entry.value, told), ""]
        else:
            lines += [f".. autofunction:: {entry.name}", ""]
    return [*lines, "```", ""]


def _inherited(value: type, told: set[type]) -> list[str]:
    """Return the option that shows inherited methods, for the first class of a page that has them.

    Models of one kind share their methods: the second one's would be the same text again.
    """
    bases = {base for base in value.__mro__[1:] if base.__module__.startswith("crmlab.")} - told
    told |= bases
    return ["   :inherited-members: BaseModel"] if bases else []


def _linked(entry: Entry) -> str:
    """Return a name that leads to its place: by its role, since a plain link would be looked for in every language."""
    return f"{{py:obj}}`{entry.name} <crmlab.{entry.dotted}>`"


def _digest(found: list[Entry]) -> str:
    """Return a hash of the sources that the docstrings stand in, inherited ones too: a page is read anew when they change."""
    digest = hashlib.sha256()
    told = {value for entry in found for value in getattr(entry.value, "__mro__", (entry.value,))}
    own = {value for value in told if value.__module__.startswith("crmlab.")}
    for path in sorted({Path(inspect.getsourcefile(value) or "") for value in own}):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
