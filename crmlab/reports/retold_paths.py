"""What the science says of a path model of the user's own that cannot be read or used, and the messages that say the same."""

from __future__ import annotations

from crmlab.text import N_

__all__ = ["PATHS"]

#: patterns as :mod:`crmlab.reports.retold` reads them; ``why`` is a message of its own
PATHS = (
    (r"The structure cannot be read\.", N_("The structure cannot be read.")),
    (r"part (?P<part>\d+), (?P<text>'.*'|\".*\"): (?P<why>.+)", N_("part {part}, {text}: {why}")),
    (r"a quotation mark is not closed", N_("a quotation mark is not closed")),
    (
        r"arrows point from cause to effect: write a -> b",
        N_("arrows point from cause to effect: write a -> b"),
    ),
    (
        r"neither a path \(a -> b\) nor a block \(a: item item\)",
        N_("neither a path (a -> b) nor a block (a: item item)"),
    ),
    (
        r"(?P<name>.+) has a part of items already; name all its items in one",
        N_("{name} has a part of items already; name all its items in one"),
    ),
    (
        r"items and paths stand in one part; put a semicolon or a new line between them",
        N_("items and paths stand in one part; put a semicolon or a new line between them"),
    ),
    (r"a name is missing beside an arrow or a comma", N_("a name is missing beside an arrow or a comma")),
    (
        r"the construct's name is missing before the colon",
        N_("the construct's name is missing before the colon"),
    ),
    (r"(?P<name>.+) has no items", N_("{name} has no items")),
    (
        r"no path: say what drives what, as in quality -> satisfaction",
        N_("no path: say what drives what, as in quality -> satisfaction"),
    ),
    (r"The structure of the model cannot be used\.", N_("The structure of the model cannot be used.")),
    (
        r"item (?P<item>.+) stands twice: in (?P<one>.+) and in (?P<other>.+)",
        N_("item {item} stands twice: in {one} and in {other}"),
    ),
    (
        r"a path model needs two constructs or more; got (?P<n>\d+)",
        N_("a path model needs two constructs or more; got {n}"),
    ),
    (r"path (?P<path>.+ → .+): (?P<why>there is no construct .+)", N_("path {path}: {why}")),
    (r"mode of (?P<name>.+): (?P<why>there is no construct .+)", N_("mode of {name}: {why}")),
    (
        r"there is no construct '(?P<name>.+)'; did you mean '(?P<near>.+)'\?",
        N_("there is no construct {name}; did you mean {near}?"),
    ),
    (
        r"there is no construct '(?P<name>.+)'; there are (?P<names>.+)",
        N_("there is no construct {name}; there are {names}"),
    ),
    (
        r"path (?P<path>.+ → .+) leads from a construct to itself",
        N_("path {path} leads from a construct to itself"),
    ),
    (r"path (?P<path>.+ → .+) is given (?P<n>\d+) times", N_("path {path} is given {n} times")),
    (r"(?P<name>.+) has no path to or from it", N_("{name} has no path to or from it")),
    (r"the paths run in a circle: (?P<circle>.+)", N_("the paths run in a circle: {circle}")),
    (
        r"the model falls apart: no path joins (?P<names>.+) to the rest",
        N_("the model falls apart: no path joins {names} to the rest"),
    ),
    (r"mode of (?P<name>.+) is '(?P<mode>.+)'; allowed: A, B", N_("mode of {name} is {mode}; allowed: A, B")),
    (
        r"No columns were recognised for (?P<n>\d+) of the (?P<all>\d+) constructs of the structure\.",
        N_("No columns were recognised for {n} of the {all} constructs of the structure."),
    ),
    (r"(?P<name>.+): expected names such as (?P<names>.+)", N_("{name}: expected names such as {names}")),
    (r"The data lack items of the model\.", N_("The data lack items of the model.")),
    (
        r"(?P<item>.+) \(of (?P<name>.+)\): did you mean (?P<near>.+)\?",
        N_("{item} (of {name}): did you mean {near}?"),
    ),
    (r"(?P<item>.+) \(of (?P<name>.+)\)", N_("{item} (of {name})")),
)
