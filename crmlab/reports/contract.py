"""What a report may be asked: typed parameters with ranges, choices, and help in both languages.

A report's parameters are a pydantic model derived from :class:`ReportParameters`. The same model checks the command
line before a kernel starts, describes itself for ``crmlab report show``, and is filled again inside the notebook.

>>> class Toy(ReportParameters):
...     horizon_months: int = parameter(12, "Months ahead.", ge=1, le=120)
>>> parse_parameters(Toy, ["horizon_months=6"]).horizon_months
6
"""

from __future__ import annotations

import datetime as dt
import re
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from crmlab.errors import ParameterError, did_you_mean
from crmlab.text import number, tr

__all__ = [
    "Day",
    "ParameterInfo",
    "ReportParameters",
    "describe",
    "parameter",
    "parse_parameters",
    "validate",
]

_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")


def _day(value: object) -> object:
    """Read a day as people write it; a bare number is never taken for seconds since 1970."""
    if value is None or (isinstance(value, str) and value.strip().casefold() in {"", "none"}):
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    found = _DAY.fullmatch(str(value).strip())
    if not found:
        raise ValueError("not a day")
    return dt.date(int(found[1]), int(found[2]), int(found[3]))


#: a day, or nothing: ``1997-09-30``, ``1997/9/30``, ``19970930``, ``1997年9月30日``
Day = Annotated[dt.date | None, BeforeValidator(_day)]


class ReportParameters(BaseModel):
    """Base of every report's parameters: unknown names are refused, and a filled model does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    def plain(self) -> dict[str, Any]:
        """Return the values as a notebook's ``parameters`` cell holds them: days as ISO text."""
        return self.model_dump(mode="json")


def parameter(default: Any, help_: str, *, ge: float | None = None, le: float | None = None) -> Any:
    """Declare a parameter: its default, its help (an English message of the catalogue), and its closed range."""
    return Field(default=default, description=help_, ge=ge, le=le)


P = TypeVar("P", bound=ReportParameters)


@dataclass(frozen=True)
class ParameterInfo:
    """One parameter, described in the reader's language."""

    name: str
    kind: str
    allowed: str
    default: str
    help: str


def describe(model: type[ReportParameters]) -> list[ParameterInfo]:
    """Describe the parameters of a report in the language spoken now."""
    return [
        ParameterInfo(
            name,
            _kind(field),
            _allowed(field),
            _shown(field.default),
            tr(field.description) if field.description else "",
        )
        for name, field in model.model_fields.items()
    ]


def parse_parameters(model: type[P], pairs: Iterable[str]) -> P:
    """Read ``name=value`` pairs as the command line gives them.

    Parameters
    ----------
    model
        The report's parameters.
    pairs
        Such as ``["horizon_months=12", "time_unit=week"]``.

    Returns
    -------
    ReportParameters
        The filled model.

    Raises
    ------
    crmlab.errors.ParameterError
        With all problems at once: no ``=``, a name given twice or unknown (with the nearest known one), a wrong type,
        a value out of range or not among the choices.

    """
    given: dict[str, str] = {}
    problems: list[str] = []
    for pair in pairs:
        name, sign, value = pair.replace("＝", "=", 1).partition("=")
        name = name.strip().replace("-", "_")
        if not sign or not name:
            problems.append(tr("“{pair}” is not of the form name=value", pair=pair))
        elif name in given:
            problems.append(tr("{name} is given twice", name=name))
        else:
            given[name] = value.strip()
    return validate(model, given, problems)


def validate(model: type[P], given: Mapping[str, Any], problems: Sequence[str] = ()) -> P:
    """Fill a model from values, with all problems told at once (`problems` are told first)."""
    told = list(problems)
    try:
        filled = model.model_validate(dict(given))
    except ValidationError as error:
        told += [
            _problem(model, str(entry["loc"][0]), given)
            for entry in error.errors(include_url=False)
            if entry["loc"]
        ] or [entry["msg"] for entry in error.errors(include_url=False)]
    else:
        if not told:
            return filled
    raise ParameterError(
        tr("The parameters cannot be used."),
        problems=list(dict.fromkeys(told)),
        hint=tr("The report knows: {names}.", names=tr(", ").join(model.model_fields)),
    )


def _problem(model: type[ReportParameters], name: str, given: Mapping[str, Any]) -> str:
    if name not in model.model_fields:
        near = did_you_mean(name, model.model_fields)
        if near:
            return tr("no parameter “{name}”; did you mean {near}?", name=name, near=near)
        return tr("no parameter “{name}”", name=name)
    field = model.model_fields[name]
    value = str(given.get(name, field.default))
    near = did_you_mean(value.casefold(), _choices(field)) if _choices(field) else None
    if near:
        return tr(
            "{name}: got “{value}”; allowed: {allowed} (did you mean {near}?)",
            name=name,
            value=value,
            allowed=_allowed(field),
            near=near,
        )
    return tr("{name}: got “{value}”; allowed: {allowed}", name=name, value=value, allowed=_allowed(field))


def _types(field: FieldInfo) -> tuple[Any, ...]:
    """Return the types a field admits, without None."""
    annotation = field.annotation
    if get_origin(annotation) in {Union, types.UnionType}:
        return tuple(part for part in get_args(annotation) if part is not type(None))
    return (annotation,)


def _choices(field: FieldInfo) -> tuple[str, ...]:
    return tuple(
        str(choice) for part in _types(field) if get_origin(part) is Literal for choice in get_args(part)
    )


def _kind(field: FieldInfo) -> str:
    if _choices(field):
        return tr("choice")
    return {
        int: tr("whole number"),
        float: tr("number"),
        bool: tr("yes or no"),
        dt.date: tr("day"),
    }.get(_types(field)[0], tr("text"))


def _allowed(field: FieldInfo) -> str:
    choices = _choices(field)
    if choices:
        return tr("one of {choices}", choices=", ".join(choices))
    first = _types(field)[0]
    if first in {int, float}:
        return _numbers_allowed(field, whole=first is int)
    return {dt.date: tr("day such as 1997-09-30, or nothing"), bool: "true, false"}.get(first, tr("any text"))


def _numbers_allowed(field: FieldInfo, *, whole: bool) -> str:
    low, high = _bound(field, "ge"), _bound(field, "le")
    kind = tr("whole number") if whole else tr("number")
    if low is not None and high is not None:
        return tr("{kind} from {low} to {high}", kind=kind, low=_number(low), high=_number(high))
    return kind


def _bound(field: FieldInfo, which: str) -> float | None:
    for constraint in field.metadata:
        bound = getattr(constraint, which, None)
        if bound is not None:
            return float(bound)
    return None


def _number(value: float) -> str:
    return number(value) if value == int(value) else f"{value:g}"


def _shown(value: Any) -> str:
    if value is None or value == "":
        return tr("(empty)")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
