"""Arguments read once: what a function asks for as a number, a table or a column is one when its body starts.

:func:`checked_arguments` stands on public functions, so that text, None or a list where a number belongs ends in a
sentence that names the argument, and never in an error of Python or numpy. Ranges are each function's own matter.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sized
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from crmlab.errors import CrmlabError, DataError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")

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


def checked_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Read the arguments that are annotated ``float``, ``int`` or ``pd.DataFrame`` (or one of them or None).

    Numbers of any kind, Decimal and numpy's among them, become Python's; whole numbers may come as 3.0.

    Raises
    ------
    ParameterError
        With all arguments that are no number, or no whole one.
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
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    kinds = {}
    for name, annotation in function.__annotations__.items():
        kind, _, rest = str(annotation).partition(" | ")
        if name != "return" and kind in _READERS and rest in ("", "None"):
            kinds[name] = (_READERS[kind], bool(rest))

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        given: list[Any] = list(args)
        named: dict[str, Any] = dict(kwargs)
        problems: list[str] = []
        for place, (name, value) in enumerate(zip(names, args, strict=False)):
            given[place] = _read(kinds, name, value, problems)
        for name, value in kwargs.items():
            named[name] = _read(kinds, name, value, problems)
        if problems:
            if len(problems) == 1:
                raise ParameterError(f"{problems[0]}.")
            raise ParameterError("Some arguments are not what is asked for.", problems=problems)
        return function(*given, **named)

    return checked


def _read(kinds: Mapping[str, tuple[Any, bool]], name: str, value: Any, problems: list[str]) -> Any:
    if name not in kinds or (value is None and kinds[name][1]):
        return value
    try:
        return kinds[name][0](name, value)
    except ParameterError as error:
        problems.append(error.message)
        return value


def _number(name: str, value: object) -> float:
    read = real(value)
    if math.isnan(read):
        raise ParameterError(f"{name} is {_shown(value)}; it must be a number")
    return read


def _whole(name: str, value: object) -> int:
    read = real(value)
    if not read.is_integer():
        raise ParameterError(f"{name} is {_shown(value)}; it must be a whole number")
    return int(value) if isinstance(value, int) else int(read)


def _frame(name: str, value: object) -> object:
    import pandas as pd

    if not isinstance(value, pd.DataFrame):
        raise DataError(
            f"{name} must be a pandas DataFrame, not {type(value).__name__}.",
            hint="A row a case, a column a variable; a Series becomes one by .to_frame().",
        )
    return value


_READERS: dict[str, Callable[[str, Any], Any]] = {"float": _number, "int": _whole, "pd.DataFrame": _frame}


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
