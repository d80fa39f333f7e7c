"""The page *What was checked against what*: its tables, from ``book/checked.yml``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from crmlab.course.checked import KINDS, Check, exempt, read_checks
from crmlab.course.citations import works
from crmlab.course.functions import GROUPS, Group
from crmlab.show import escape_markdown
from crmlab.text import N_, language, number, tr

__all__ = ["check_anchor", "checked_counts", "checked_exempt", "checked_tables"]

_KIND_NAMES = {
    "published": N_("Published numbers"),
    "second": N_("Second implementation"),
    "recovery": N_("Recovery"),
    "invariant": N_("Invariant"),
    "trap": N_("Trap"),
}
_KIND_MEANINGS = {
    "published": N_("The result equals numbers in print."),
    "second": N_("Another program, or another way of computing, gives the same."),
    "recovery": N_("Data drawn with known parameters give those parameters back."),
    "invariant": N_("What must hold for any data holds for many drawn at random."),
    "trap": N_("What other libraries stumble over ends in a right number or a clear error."),
}


def check_anchor(function: str) -> str:
    """Return the place of a function on the page.

    >>> check_anchor("weights.ahp")
    'check-weights-ahp'
    """
    return f"check-{function.replace('.', '-').replace('_', '-').lower()}"


def checked_counts() -> str:
    """Return how many checks there are, of which kind, and what each kind means."""
    checks = read_checks()
    kinds = Counter(check.kind for check in checks)
    functions = {name for check in checks for name in check.functions}
    lines = [
        tr(
            "{checks} checks of {functions} functions and classes, {works} of them against numbers in print.",
            checks=number(len(checks)),
            functions=number(len(functions)),
            works=number(kinds["published"]),
        ),
        "",
        _row((tr("Kind"), tr("What it says"), tr("Checks"))),
        "|---|---|--:|",
        *(_row((tr(_KIND_NAMES[kind]), tr(_KIND_MEANINGS[kind]), number(kinds[kind]))) for kind in KINDS),
    ]
    return "\n".join(lines)


def checked_tables() -> str:
    """Return a heading and a table for each group of functions."""
    checks = read_checks()
    parts = [part for group in GROUPS if (part := _group(group, checks))]
    return "\n\n".join(parts)


def _group(group: Group, checks: Sequence[Check]) -> str:
    rows: dict[str, list[Check]] = {}
    for module in group.modules:
        for check in checks:
            for name in check.functions:
                if name.startswith(f"{module}.") and check not in rows.setdefault(name, []):
                    rows[name].append(check)
    if not rows:
        return ""
    lines = [
        f"({_label(group)})=",
        f"## {tr(group.title)}",
        "",
        ":::{table}",
        ":class: crmlab-checked",
        "",
        _row((tr("Function"), tr("What was compared"), tr("Kind"), tr("Against"))),
        "|---|---|---|---|",
    ]
    for name, found in sorted(rows.items(), key=lambda row: _order(group, row[0])):
        same: dict[tuple[str, str], list[Check]] = {}
        for check in sorted(found, key=lambda check: KINDS.index(check.kind)):
            same.setdefault((check.test, check.says), []).append(check)
        lines += [_line(name, checks_of_one, first=not at) for at, checks_of_one in enumerate(same.values())]
    return "\n".join([*lines, ":::"])


def _order(group: Group, name: str) -> tuple[int, str]:
    """Order by module, then by name."""
    module = next(at for at, module in enumerate(group.modules) if name.startswith(f"{module}."))
    return module, name.lower()


def _label(group: Group) -> str:
    return f"checked-{group.id}"


def _line(name: str, found: Sequence[Check], *, first: bool) -> str:
    """Return the row of one test: what it says, its kinds, and what it compares with."""
    shown = (
        f'<span id="{check_anchor(name)}"></span>{{py:obj}}`{_short(name)} <crmlab.{name}>`' if first else ""
    )
    comma = "、" if language() == "zh" else ", "
    kinds = comma.join(dict.fromkeys(tr(_KIND_NAMES[check.kind]) for check in found))
    against = comma.join(dict.fromkeys(told for check in found if (told := _against(check))))
    return _row((shown, escape_markdown(tr(found[0].says)), kinds, against))


def _short(name: str) -> str:
    return name.split(".", 1)[1]


def _against(check: Check) -> str:
    if check.against in works():
        return f"{{cite:t}}`{check.against}`"
    return escape_markdown(tr(check.against)) if check.against else ""


def checked_exempt() -> str:
    """Return the functions that need no check of a kind, each with the reason, or that there is none."""
    if not exempt():
        return tr("No function is excepted.")
    zh = language() == "zh"
    lines = [
        tr("The functions below are excepted from one of these, for the reason given."),
        "",
        _row((tr("Function"), tr("Not needed"), tr("Why"))),
        "|---|---|---|",
        *(
            _row(
                (
                    f"{{py:obj}}`{_short(one.function)} <crmlab.{one.function}>`",
                    ("、" if zh else ", ").join(tr(_KIND_NAMES[kind]).lower() for kind in one.kinds),
                    escape_markdown(one.why_zh if zh else one.why),
                )
            )
            for one in exempt()
        ),
    ]
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
