"""Tests of how public functions read what they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from importlib import import_module
from inspect import getmembers, isfunction, signature

import numpy as np
import pandas as pd
import pytest

from crmlab._arguments import as_column, checked_arguments, float_array, floats, in_order, real, same_rows
from crmlab.errors import DataError, ParameterError
from crmlab.pls import fit_pls
from crmlab.programme import ProgrammeRules, Tier

SCIENCE = (
    *("clv", "cohorts", "csi", "evaluation", "grading", "kano", "lifecycle", "loyalty", "pls", "programme"),
    *("questionnaire", "rfm", "satisfaction", "value", "weights"),
)
NUMBERS = ("float", "int", "float | None", "int | None")
#: they read their arguments where the data are
ELSEWHERE = ("customer_summary", "summary_table")


def _asking_for_numbers() -> list[str]:
    found = []
    for name in SCIENCE:
        module = import_module(f"crmlab.{name}")
        for public in module.__all__:
            function = getattr(module, public)
            if isfunction(function) and public not in ELSEWHERE:
                asked = [p.annotation for p in signature(function).parameters.values()]
                found += [f"{name}.{public}"] if any(kind in NUMBERS for kind in asked) else []
    return found


@pytest.mark.parametrize("name", _asking_for_numbers())
def test_text_for_a_number_is_told_by_name(name):
    """Every public function of the science that asks for a number refuses text by the argument's name, first of all."""
    module, public = name.split(".")
    function = getattr(import_module(f"crmlab.{module}"), public)
    given = {p.name: "much" for p in signature(function).parameters.values() if p.annotation in NUMBERS}
    needed = {
        p.name: pd.DataFrame()
        for p in signature(function).parameters.values()
        if p.default is p.empty and p.name not in given and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    }
    with pytest.raises(ParameterError) as caught:
        function(**needed, **given)
    told = str(caught.value)
    assert all(f"{argument} is 'much'; it must be a " in told for argument in given)


@checked_arguments
def _pay(price: float, months: int = 1, table: pd.DataFrame | None = None, label: str = "") -> object:
    return price, months, table, label


@pytest.mark.parametrize("number", [2, 2.0, np.float32(2), np.int8(2), Decimal(2), np.array(2.0)])
def test_numbers_of_any_kind_become_pythons(number):
    """Numpy's numbers and Decimal are taken for what they are; whole ones may come as 2.0."""
    price, months, *_ = _pay(number, number)
    assert (price, months) == (2.0, 2)
    assert (type(price), type(months)) == (float, int)


@pytest.mark.parametrize(
    "bad", ["2", None, True, np.True_, [2], (2,), {}, 1j, np.nan, pd.NA, pd.NaT, np.ones(2)]
)
def test_what_is_no_number_is_refused(bad):
    """Text, nothing, truth, lists and complex numbers are no numbers, not even where they look like one."""
    with pytest.raises(ParameterError, match=r"price is .* it must be a number"):
        _pay(bad)
    assert np.isnan(real(bad))


@pytest.mark.parametrize("bad", [2.5, np.inf, Decimal("2.5")])
def test_what_is_not_whole_is_refused(bad):
    """A number of months is whole."""
    with pytest.raises(ParameterError, match="whole number"):
        _pay(2, months=bad)


@checked_arguments
def _many(
    cuts: Sequence[float] = (),
    ends: tuple[float, float] = (0, 1),
    parts: Mapping[str, float] | None = None,
    *,
    names: Sequence[str] | None = None,
    rng: np.random.Generator | None = None,
    bins: int | Sequence[float] | None = None,
    alias: Unknown = None,  # noqa: F821 - what is not known is left alone
) -> object:
    return cuts, ends, parts, names, rng, bins, alias


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"cuts": 3}, "cuts is 3; it must be a list of numbers"),
        ({"cuts": [1, "x"]}, "it must be a list of numbers"),
        ({"ends": (1,)}, "it must be two numbers"),
        ({"ends": (1, np.inf)}, "it must be two numbers"),
        ({"parts": [1]}, "it must be a mapping or None"),
        ({"names": "age"}, r"it must be a list or None, as in \['age'\]"),
        ({"rng": 1}, r"a generator, as numpy.random.default_rng\(1\) makes one or None"),
        ({"bins": "many"}, "it must be a whole number or a list of numbers or None"),
    ],
)
def test_lists_pairs_mappings_and_generators_are_told_apart(given, told):
    """What is asked for stands in the message; a list of one name is shown where text was given."""
    with pytest.raises(ParameterError, match=told):
        _many(**given)


def test_what_is_asked_for_is_taken():
    """Lists of any kind, pairs of Decimal and what the annotation does not tell pass."""
    rng = np.random.default_rng(1)
    taken = _many(
        np.array([1.0]), (Decimal(1), np.int8(5)), {"a": 1}, names=["x"], rng=rng, bins=3.0, alias="any"
    )
    assert taken[1:] == ((1.0, 5), {"a": 1}, ["x"], rng, 3, "any")


def test_classes_read_what_they_are_made_of():
    """A tier with a threshold of text is refused when it is made, and rules of other things than tiers."""
    with pytest.raises(ParameterError, match="threshold is 'high'; it must be a number"):
        Tier("gold", "high")
    with pytest.raises(ParameterError, match=r"tiers is .* it must be a list of Tier"):
        ProgrammeRules(points_per_unit=1, value_per_point=1, tiers=["gold"])
    with pytest.raises(ParameterError, match=r"structure is .* as crmlab\.pls\.Structure\.parse"):
        fit_pls(pd.DataFrame(), "a -> b")


def test_a_table_is_a_dataframe_or_nothing():
    """A Series where a table is asked for is refused; None is taken where it is allowed."""
    assert _pay(1, table=None, label="x") == (1.0, 1, None, "x")
    with pytest.raises(DataError, match="table must be a pandas DataFrame, not Series"):
        _pay(1, table=pd.Series([1]))


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, 2, 3], dtype=kind)
        for kind in ("int8", "float32", "Int64", "Float64", "int64[pyarrow]", "object", "category", "uint8")
    ]
    + [pd.Series(["1", "2", "3"]), pd.Series([Decimal(1), Decimal(2), Decimal(3)])],
)
def test_columns_of_any_type_hold_the_same_numbers(column):
    """Numpy's, nullable, Arrow's, categorical and object columns, text and Decimal are read alike."""
    assert floats(column).tolist() == [1.0, 2.0, 3.0]


def test_days_and_complex_numbers_are_no_numbers():
    """A day is no number of nanoseconds, nor a complex number its real part."""
    assert np.isnan(floats(pd.Series(pd.to_datetime(["2024-01-01"])))).all()
    assert np.isnan(floats(pd.Series([1 + 2j]))).all()
    assert np.isnan(floats(pd.Series(pd.to_timedelta([1], unit="D")))).all()
    assert floats(pd.Series([1e300, -1e300, 1e-300])).tolist() == [np.inf, -np.inf, 0.0]


@pytest.mark.parametrize(
    "bad", ["abc", 3, None, {"a": 1}, np.ones((2, 2)), [[1, 2]], pd.DataFrame({"a": [1]})]
)
def test_what_is_no_column_is_refused(bad):
    """Text, a number, a dictionary and a table are no column."""
    with pytest.raises(DataError, match="scores must be a column"):
        as_column(bad, "scores")
    assert as_column(iter([1, 2]), "scores").tolist() == [1, 2]


def test_rows_in_another_order_are_told():
    """The same labels in another order would join one row's value to another's."""
    a = pd.Series([1, 2, 3])
    same_rows(a=a, b=[1, 2, 3])
    with pytest.raises(DataError, match="different row labels"):
        same_rows(a=a, b=a[::-1])
    with pytest.raises(DataError, match="a has 3 rows, b has 2 rows"):
        same_rows(a=a, b=[1, 2])
    with pytest.raises(DataError, match="b must be a column that has a length"):
        same_rows(a=a, b=iter([1, 2]))


def test_small_helpers():
    """Arrays of any shape keep it; labels of several types have an order."""
    assert np.isnan(float_array([[1, "x"]])).tolist() == [[False, True]]
    assert in_order([2, "a", 1]) == [1, 2, "a"]


def test_public_methods_read_their_numbers_as_functions_do():
    """Methods of results that ask for a number carry the same reading: no comparison with text is left to Python."""
    bare = []
    for name in SCIENCE:
        module = import_module(f"crmlab.{name}")
        for public in module.__all__:
            owner = getattr(module, public)
            if not isinstance(owner, type):
                continue
            for method, function in getmembers(owner, isfunction):
                asked = [p.annotation for p in signature(function).parameters.values()]
                documented = "Parameters\n" in (function.__doc__ or "")
                if method.startswith("_") or not documented or hasattr(function, "__wrapped__"):
                    continue
                bare += [f"{public}.{method}"] if any(kind in NUMBERS for kind in asked) else []
    assert not bare


def test_annotations_are_texts():
    """The reading goes by annotations as they are written, so every module of it postpones their evaluation."""
    from pathlib import Path

    import crmlab

    for path in Path(crmlab.__file__).parent.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if "@checked_arguments" in source:
            assert "from __future__ import annotations" in source, path
