"""Docstrings as the site shows them: links for DOIs, the summary in the reader's language, where the checks stand."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from crmlab.course.checked import read_checks
from crmlab.course.functions import group_of, summary_line
from crmlab.course.site.checked_page import check_anchor
from crmlab.text import tr

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["linked_dois", "setup_docstrings"]

_DOI = re.compile(r"\bdoi:? (10\.\d{4,9}/\S+)")
#: a line's last word "doi" goes to the next line, to the number that it belongs to
_BROKEN = re.compile(r" doi\n( *)(?=10\.)")
_TAIL = re.compile(r"[.,;:]+$")


def setup_docstrings(app: Sphinx) -> None:
    """Load autodoc and napoleon, and stand between them and the docstrings."""
    from sphinx.pycode import ModuleAnalyzer

    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    setattr(ModuleAnalyzer, "for_module", classmethod(_no_source))  # noqa: B010 - types forbid the plain assignment
    app.connect("config-inited", _configure)
    app.connect("autodoc-process-docstring", _process, priority=400)  # before napoleon reads the sections
    app.connect("autodoc-process-signature", _sign)


def _configure(_app: Sphinx, config: Any) -> None:
    config.napoleon_google_docstring = False
    config.napoleon_use_ivar = True
    config.napoleon_attr_annotations = False
    config.napoleon_use_rtype = False
    config.autodoc_typehints_format = "short"
    config.autodoc_use_type_comments = False  # there are none, and looking for them parses every source
    config.autodoc_member_order = "bysource"
    config.python_maximum_signature_line_length = 70
    config.add_module_names = False
    config.toc_object_entries_show_parents = "hide"
    config.numfig = (
        False  # figures and tables carry their own numbers; Sphinx would read every page again for them
    )


def _no_source(_cls: type, module: str) -> None:
    """Spare autodoc the parsing of every module's source: comments on attributes are not shown."""
    from sphinx.errors import PycodeError

    raise PycodeError(f"{module}: not parsed")


def _process(app: Sphinx, what: str, name: str, obj: object, _options: object, lines: list[str]) -> None:
    lang = app.config.crmlab_lang
    own = name.removeprefix("crmlab.")
    if lang == "zh" and what in {"function", "class"} and (said := summary_line(obj)):
        end = next((at for at, line in enumerate(lines) if not line.strip()), len(lines))
        lines[:end] = [tr(said, lang=lang)]
    lines[:] = linked_dois("\n".join(lines)).split("\n")
    if what in {"function", "class"} and group_of(own) and own in _checked():
        words = tr("What it was checked against", lang=lang)
        lines += ["", f"`{words} <../checked.html#{check_anchor(own)}>`__", ""]


def linked_dois(text: str) -> str:
    r"""Return a docstring in which each DOI is a link.

    >>> linked_dois("Fader & Hardie 2007, doi 10.1002/dir.20074")
    'Fader & Hardie 2007, doi `10.1002/dir.20074 <https://doi.org/10.1002/dir.20074>`__\\ '
    """
    return _DOI.sub(_linked, _BROKEN.sub("\n\\1doi ", text))


def _linked(match: re.Match[str]) -> str:
    doi = match[1]
    tail = ""
    if found := _TAIL.search(doi):
        doi, tail = doi[: found.start()], found[0]
    while doi.endswith(")") and doi.count(")") > doi.count("("):
        doi, tail = doi[:-1], f"){tail}"
    if doi.endswith("`"):
        return match[0]
    address = doi.replace("<", "%3C").replace(">", "%3E")
    shown = doi.replace("<", "\\<")
    return f"doi `{shown} <https://doi.org/{address}>`__\\ {tail}"


_names: set[str] = set()


def _checked() -> set[str]:
    if not _names:
        _names.update(name for check in read_checks() for name in check.functions)
    return _names


def _sign(
    _app: Sphinx, what: str, name: str, obj: Any, _options: object, signature: str, returns: str
) -> tuple[str, str] | None:
    """Show types where they help: on functions of the science; and how a class is made where users make it."""
    if what == "class":
        return (signature, "") if "Parameters\n-" in (inspect.getdoc(obj) or "") else ("", "")
    group = group_of(name.removeprefix("crmlab."))
    if what == "function" and group is not None and group.science:
        return signature, returns
    try:
        full = inspect.signature(obj)
    except (TypeError, ValueError):
        return signature, returns
    bare = [one.replace(annotation=one.empty) for one in full.parameters.values() if one.name != "self"]
    return str(full.replace(parameters=bare, return_annotation=full.empty)), ""
