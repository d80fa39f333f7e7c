"""Arguments read once: what a function asks for as a number, a table or a column is one when its body starts.

:func:`checked_arguments` stands on public functions, so that text, None or a list where a number belongs ends in a
sentence that names the argument, and never in an error of Python or numpy. Ranges are each function's own matter.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Iterable, Mapping, Sized
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from crmlab.errors import CrmlabError, DataError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

F = TypeVar("F")

_SMALLEST, _LARGEST = 1e-100, 1e100

__all__ = [
    "as_column",
    "checked_arguments",
    "float_array",
    "float_table",
    "floats",
    "in_order",
    "real",
    "same_rows",
]


def real(value: object) -> float:
    """Return a single number as a float; NaN for whatever is none: text, None, a list, True, a complex number.

    >>> from decimal import Decimal
    >>> real(3), real(Decimal("0.1")), real("3"), real(None), real(True)
    (3.0, 0.1, nan, nan, nan)
    """
    if isinstance(value, (str, bytes, complex)) or type(value).__name__ in ("bool", "bool_"):
        return math.nan
    if getattr(value, "ndim", 0) or getattr(value, "imag", 0):
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def checked_arguments(callee: F) -> F:
    """Read the arguments of a function, or of a class when it is made, by what their annotations ask for.

    Asked for may be numbers (``float``, ``int``), two of them, tables, mappings, lists, generators of random numbers, and
    results that other functions need; or several of these. Numbers of any kind, Decimal and numpy's among them, become
    Python's; whole numbers may come as 3.0. An argument whose annotation holds anything else is left alone.

    Raises
    ------
    ParameterError
        With all arguments that are not what is asked for.
    DataError
        For an argument that is no DataFrame.

    >>> @checked_arguments
    ... def pay(price: float, months: int) -> float:
    ...     return price * months
    >>> pay(2, months=3.0)
    6.0
    >>> pay("2", 2.5)
    Traceback (most recent call last):
        ...
    crmlab.errors.ParameterError: Some arguments are not what is asked for.
      - price is '2'; it must be a number
      - months is 2.5; it must be a whole number

    """
    if isinstance(callee, type):
        made: Any = callee
        made.__init__ = checked_arguments(made.__init__)
        return callee
    function: Any = callee
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    known = _names_known(function)
    kinds: dict[str, list[_Kind]] = {}
    for name, annotation in function.__annotations__.items():
        asked = [_kind(part, known) for part in _parts(annotation)] if isinstance(annotation, str) else [None]
        if name != "return" and None not in asked:
            kinds[name] = [kind for kind in asked if kind is not None]

    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        problems: list[str] = []
        given = [
            _read(kinds.get(name), name, value, problems) for name, value in zip(names, args, strict=False)
        ]
        named = {name: _read(kinds.get(name), name, value, problems) for name, value in kwargs.items()}
        if problems:
            if len(problems) == 1:
                raise ParameterError(f"{problems[0]}.")
            raise ParameterError("Some arguments are not what is asked for.", problems=problems)
        return function(*given, *args[len(given) :], **named)

    return cast("F", checked)


#: classes of our own that are asked for -> what makes one
_CLASSES = {
    "BootstrapResult": "crmlab.pls.bootstrap(fit, rng=...)",
    "IndexModel": "crmlab.csi.index_model(name)",
    "ProgrammeRules": "crmlab.programme.ProgrammeRules(points_per_unit=1, value_per_point=0.01)",
    "PLSResult": "crmlab.pls.fit_pls(data, structure)",
    "Structure": "crmlab.pls.Structure.parse(text)",
}
#: what is asked for, in words, and how it is read; a reader raises ValueError
_Kind = tuple[str, "Callable[[Any], Any]"]


def _names_known(function: Any) -> Mapping[str, Any]:
    """Return the names that a function's module knows; those of its class's module for a dataclass's ``__init__``."""
    module = sys.modules.get(function.__module__)
    return vars(module) if module else {}


def _read(kinds: list[_Kind] | None, name: str, value: Any, problems: list[str]) -> Any:
    if kinds is None:
        return value
    for _, read in kinds:
        try:
            return read(value)
        except ValueError:
            continue
    words = " or ".join(word for word, _ in kinds)
    if words in ("a DataFrame", "a DataFrame or None"):
        raise DataError(
            f"{name} must be a pandas DataFrame, not {type(value).__name__}.",
            hint="A row a case, a column a variable; a Series becomes one by .to_frame().",
        )
    instead = f", as in [{value!r}]" if isinstance(value, str) and "a list" in words else ""
    problems.append(f"{name} is {_shown(value)}; it must be {words}{instead}")
    return value


def _parts(annotation: str) -> list[str]:
    """Return the parts of a union; what stands in brackets stays together.

    >>> _parts("Mapping[str, float | None] | None")
    ['Mapping[str, float | None]', 'None']
    """
    parts, depth = [""], 0
    for sign in annotation:
        depth += (sign == "[") - (sign == "]")
        if sign == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def _kind(part: str, known: Mapping[str, Any]) -> _Kind | None:
    """Return what a part of an annotation asks for, or None if that is not told here."""
    if part in ("tuple[float, float]", "tuple[int, int]"):
        return "two numbers", _two_numbers
    outer, _, inner = part.partition("[")
    if outer in ("Sequence", "list", "tuple"):
        return _kind_of_list(inner.removesuffix("]").removesuffix(", ..."), known)
    if part in _CLASSES:
        return f"a {part}, as {_CLASSES[part]} makes one", lambda value: _must(
            _is(value, part, "crmlab"), value
        )
    plain: dict[str, _Kind] = {
        "None": ("None", lambda value: _must(value is None, value)),
        "float": ("a number", _number),
        "int": ("a whole number", _whole),
        "str": ("text", lambda value: _must(isinstance(value, str), value)),
        "Mapping": ("a mapping", lambda value: _must(isinstance(value, Mapping), value)),
        "Iterable": ("a list", lambda value: _must(isinstance(value, Iterable), value)),
        "pd.DataFrame": ("a DataFrame", lambda value: _must(_is(value, "DataFrame"), value)),
        "pd.Series": ("a Series", lambda value: _must(_is(value, "Series"), value)),
        "np.ndarray": ("an array", lambda value: _must(_is(value, "ndarray", "numpy"), value)),
        "np.random.Generator": (
            "a generator, as numpy.random.default_rng(1) makes one",
            lambda value: _must(_is(value, "Generator", "numpy"), value),
        ),
    }
    return plain.get(outer)


def _kind_of_list(inside: str, known: Mapping[str, Any]) -> _Kind:
    """Return what a list of `inside` asks for: numbers, a class of our own, or anything."""
    of = known.get(inside)
    if inside == "float":
        return "a list of numbers", lambda value: _must(
            not any(math.isnan(real(one)) for one in _listed(value)), value
        )
    if isinstance(of, type) and of.__module__.startswith("crmlab."):
        return f"a list of {inside}", lambda value: _must(
            all(isinstance(one, of) for one in _listed(value)), value
        )
    return "a list", _listed


def _must(holds: bool, value: Any) -> Any:
    if not holds:
        raise ValueError
    return value


def _number(value: Any) -> float:
    read = real(value)
    _must(not math.isnan(read), value)
    return read


def _whole(value: Any) -> int:
    _must(real(value).is_integer(), value)
    return int(value)


def _two_numbers(value: Any) -> tuple[float, ...]:
    read = tuple(real(one) for one in _listed(value))
    _must(len(read) == 2 and all(math.isfinite(one) for one in read), value)
    return tuple(one if isinstance(one, (int, float)) else real(one) for one in value)


def _listed(value: Any) -> Any:
    listed = isinstance(value, Sized) and isinstance(value, Iterable)
    return _must(
        listed and not isinstance(value, (str, bytes, Mapping)) and not _is(value, "DataFrame"), value
    )


def _is(value: object, name: str, of: str = "pandas") -> bool:
    return any(c.__name__ == name and c.__module__.split(".")[0] == of for c in type(value).__mro__)


def _shown(value: object) -> str:
    text = repr(value.item() if hasattr(value, "item") and not getattr(value, "ndim", 0) else value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def as_column(values: object, name: str, error: type[CrmlabError] = DataError) -> pd.Series:
    """Return values of one dimension as a Series; a Series is returned as it is.

    >>> as_column((1, None, 3), "scores").tolist()
    [1.0, nan, 3.0]
    >>> as_column(7, "scores")
    Traceback (most recent call last):
        ...
    crmlab.errors.DataError: scores must be a column: a Series, an array or a list of one dimension; got int.
    Of a table take one column, as in df["score"].

    """
    import pandas as pd

    if isinstance(values, pd.Series):
        return values
    listed = isinstance(values, Iterable) and not isinstance(values, (str, bytes, Mapping, pd.DataFrame))
    dimensions = int(getattr(values, "ndim", 1))
    held: list[Any] = list(values) if listed and dimensions else []  # type: ignore[call-overload]
    nested = dimensions > 1 or (bool(held) and isinstance(held[0], (list, tuple)))
    if not listed or not dimensions or nested:
        got = "more dimensions" if nested else type(values).__name__
        raise error(
            f"{name} must be a column: a Series, an array or a list of one dimension; got {got}.",
            hint='Of a table take one column, as in df["score"].',
        )
    return pd.Series(held, dtype=None if held else "float64")


def floats(column: pd.Series) -> NDArray[np.float64]:
    """Return a column as float64, NaN for what is no number; days and complex numbers are none.

    What is beyond 1e100 counts as infinite, and what is below 1e-100 as 0: their squares leave the range of numbers.

    >>> import pandas as pd
    >>> floats(pd.Series(["2", None, "two", True], dtype="object")).tolist()
    [2.0, nan, nan, 1.0]
    """
    import numpy as np
    import pandas as pd

    kind = column.dtype.kind
    if kind in "cmM":
        return np.full(len(column), np.nan)
    if not (kind in "iuf" and isinstance(column.dtype, np.dtype)):
        column = pd.to_numeric(column, errors="coerce")
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    size = np.abs(numbers)
    far, near = size > _LARGEST, (size < _SMALLEST) & (size > 0)
    if far.any() or near.any():
        numbers = np.where(far, np.copysign(np.inf, numbers), np.where(near, 0.0, numbers))
    return numbers


def float_array(values: object) -> NDArray[np.float64]:
    """Return numbers of any shape as float64, NaN for whatever is no number.

    >>> float_array([1, "two", None]).tolist(), float_array(3).ndim
    ([1.0, nan, nan], 0)
    """
    import numpy as np

    if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        return values.astype(np.float64)
    found = np.array(values, dtype=object)
    return np.array([real(value) for value in found.ravel()], dtype=np.float64).reshape(found.shape)


def float_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of which each column is read by :func:`floats`; rows and columns keep their names."""
    import numpy as np
    import pandas as pd

    numbers = np.empty(table.shape)
    for place in range(table.shape[1]):
        numbers[:, place] = floats(table.iloc[:, place])
    return pd.DataFrame(numbers, index=table.index, columns=table.columns)


def in_order(labels: Iterable[Any]) -> list[Any]:
    """Return labels in their order, those of one type together, so that numbers and text do not meet.

    >>> in_order(["b", 2, "a", 1])
    [1, 2, 'a', 'b']
    """
    return sorted(labels, key=lambda label: (str(type(label)), label))


def same_rows(**columns: object) -> None:
    """Raise a DataError where columns differ in length, or have other row labels, or the same in another order."""
    import pandas as pd

    once = [name for name, column in columns.items() if not isinstance(column, Sized)]
    if once:
        raise DataError(
            f"{', '.join(once)} must be a column that has a length.", hint="Make a list of it first."
        )
    lengths = {name: len(column) for name, column in columns.items() if isinstance(column, Sized)}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length} rows" for name, length in lengths.items())
        raise DataError(f"{told}; they must be of the same rows.", hint="Take all of them from one table.")
    labelled = {
        name: column.index
        for name, column in columns.items()
        if isinstance(column, (pd.Series, pd.DataFrame))
    }
    for first, other in itertools.pairwise(labelled):
        if not labelled[first].equals(labelled[other]):
            raise DataError(
                f"{first} and {other} have different row labels, so it is not clear which values belong together.",
                hint="Take both columns from one table, or align them first.",
            )
