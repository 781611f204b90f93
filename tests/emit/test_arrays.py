"""Arrays of every kind: the numbers they hold, or a refusal; nothing is dropped in silence."""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

import symqb
from symqb.models import DomainError, ParameterError

P = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.25, "T_L": 3.0, "T_R": 1.0}
BATTERY = symqb.xxz_battery(2)
OUTPUTS = ("charge", "populations")
FUNCTION = BATTERY.emit("numpy", OUTPUTS)
FIELDS = [1.5, 2.0, 2.5]
CALLS: list[Callable[..., Any]] = [FUNCTION, BATTERY.evaluate, symqb.xxz_battery(4).evaluate]


def at(B0: Any, **others: Any) -> Any:
    return FUNCTION(**{**P, "B0": B0, **others})


PLAIN = at(np.array(FIELDS)).charge

SAME: dict[str, Callable[[], Any]] = {
    "list": lambda: FIELDS,
    "tuple": lambda: tuple(FIELDS),
    "integers and halves": lambda: [3 / 2, 2, Fraction(5, 2)],
    "float32": lambda: np.array(FIELDS, np.float32),
    "float16": lambda: np.array(FIELDS, np.float16),
    "longdouble": lambda: np.array(FIELDS, np.longdouble),
    "big endian": lambda: np.array(FIELDS, ">f8"),
    "objects": lambda: np.array([1.5, Decimal(2), mpmath.mpf(2.5)], dtype=object),
    "every second": lambda: np.repeat(FIELDS, 2)[::2],
    "backwards": lambda: np.array(FIELDS[::-1])[::-1],
    "a column": lambda: np.array([FIELDS, FIELDS]).T[:, 0],
    "read only": lambda: _read_only(FIELDS),
    "unaligned": lambda: _unaligned(FIELDS),
    "masked nowhere": lambda: np.ma.masked_invalid(FIELDS),
    "a memory map": lambda: np.asarray(FIELDS).view(np.memmap),
    "a broadcast": lambda: np.broadcast_to(np.array(FIELDS), (1, 3))[0],
}


def _read_only(values: Any) -> Any:
    array = np.array(values)
    array.flags.writeable = False
    return array


def _unaligned(values: Any) -> Any:
    memory = bytearray(8 * len(values) + 1)
    array = np.frombuffer(memory, dtype=np.uint8)[1:].view(np.float64)
    array[:] = values
    return array


@pytest.mark.parametrize("kind", SAME)
def test_the_same_numbers_give_the_same_answers(kind: str) -> None:
    np.testing.assert_array_equal(at(SAME[kind]()).charge, PLAIN)
    np.testing.assert_allclose(
        BATTERY.evaluate(**{**P, "B0": SAME[kind]()}).charge, PLAIN, rtol=1e-14
    )


@pytest.mark.parametrize("number", [np.array(2.0), np.float32(2), np.int8(2), 2, Fraction(2), [2]])
def test_single_numbers_of_any_kind(number: Any) -> None:
    assert np.ravel(at(number).charge)[0] == PLAIN[1]


def test_large_integers_are_rounded_to_the_nearest_double() -> None:
    big = 2**60 + 1
    assert at(big).charge == at(float(big)).charge
    assert at([big, 1])["charge"][0] == at(float(big)).charge
    assert at(np.array([big])).charge[0] == at(float(big)).charge
    with pytest.raises(DomainError, match="double precision"):
        at(10**400)
    with pytest.raises(DomainError, match="double precision"):
        at([10**400, 1])


def test_an_array_in_columns_keeps_its_order() -> None:
    table = np.array([[1.5, 2.0, 2.5], [3.0, 3.5, 4.0]])
    np.testing.assert_array_equal(at(np.asfortranarray(table)).charge, at(table).charge)
    np.testing.assert_array_equal(at(table.T).charge, at(table).charge.T)


class Quantity:
    """A number with a unit, as packages of units have them."""

    unit = "meV"

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        return np.array(2.0)


MASKED = np.ma.array(FIELDS, mask=[False, True, False])
REFUSED: dict[str, tuple[Any, str]] = {
    "masked": (MASKED, "masked entries; fill them"),
    "a masked element": (np.ma.masked, "masked entries; fill them"),
    "masked in a list": ([1.0, np.ma.masked], "masked entries; fill them"),
    "masked arrays in a list": ([MASKED, MASKED], "masked entries; fill them"),
    "a unit": (Quantity(), "has a unit; give plain numbers"),
    "truth in a list": ([True, 2.0], "a truth value; give real numbers"),
    "truth in objects": (np.array([True, 2.0], dtype=object), "a truth value; give real numbers"),
    "text in objects": (
        np.array(["1.5", 2.0], dtype=object),
        "element type str; give real numbers",
    ),
    "text in a list": (["1.5", 2.0], "element type str; give real numbers"),
    "complex in objects": (np.array([1 + 0j, 2.0], dtype=object), "element type complex; give"),
    "complex64": (np.array([1 + 0j], np.complex64), "complex64; give real numbers"),
    "None in a list": ([None, 2.0], "element type NoneType; give real numbers"),
    "records": (np.zeros(3, dtype=[("a", float), ("b", float)]), "give real numbers"),
    "dates": (np.array(["2020-01-01"], "datetime64[D]"), "give real numbers"),
    "a set": ({1.0, 2.0}, "does not hold real numbers"),
    "a generator": ((x for x in FIELDS), "does not hold real numbers"),
    "deep in lists": ([[1.0, [2.0]]], "not a regular array"),
    "NaN": (np.array([np.nan, 1.0], np.float32), "not finite"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_would_be_dropped_in_silence_is_refused(kind: str) -> None:
    value, message = REFUSED[kind]
    for call in CALLS:
        with pytest.raises(ParameterError, match=message):
            call(**{**P, "B0": value})


def test_a_number_that_only_a_longdouble_holds_is_refused() -> None:
    with pytest.raises(DomainError, match="not finite"):
        at(np.array(["1e4000"], np.longdouble))


def test_balls_are_no_single_numbers() -> None:
    flint = pytest.importorskip("flint")
    with pytest.raises(ParameterError, match="ball"):
        at(flint.arb(2))
    with pytest.raises(ParameterError, match="not a single finite real number"):
        BATTERY.evaluate(digits=20, **{**P, "B0": flint.arb(2)})


def test_masked_arrays_are_refused_by_the_standalone_module() -> None:
    module = types.ModuleType("emitted")
    exec(BATTERY.source("numpy", ("charge",)), module.__dict__)
    with pytest.raises(ValueError, match="B0 has masked entries"):
        module.evaluate(**{**P, "B0": MASKED})
    np.testing.assert_array_equal(
        module.evaluate(**{**P, "B0": np.ma.array(FIELDS)})["charge"],
        module.evaluate(**{**P, "B0": FIELDS})["charge"],
    )


def test_outputs_are_written_to_plain_arrays_alone() -> None:
    for out in (np.ma.zeros(3), np.zeros(3, np.float32), [0.0, 0.0, 0.0]):
        with pytest.raises(ParameterError, match=r"out\['charge'\] is not a float64 array"):
            at(np.array(FIELDS), out={"charge": out})


@pytest.mark.slow
def test_the_traceable_function_refuses_masked_entries() -> None:
    jax = pytest.importorskip("jax")
    pure = BATTERY.emit("jax", ("charge",)).pure
    double = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64
    with double(True), pytest.raises(ParameterError, match="masked"):
        pure(**{**P, "B0": MASKED})


def test_pandas_columns_pair_by_position_if_their_index_is_one() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"B0": FIELDS, "J": [1.0, 0.5, 2.0]}, index=[10, 20, 30])
    plain = at(np.array(FIELDS), J=np.array([1.0, 0.5, 2.0])).charge
    np.testing.assert_array_equal(at(table.B0, J=table.J).charge, plain)
    np.testing.assert_array_equal(at(table.B0, J=table.J.to_numpy()).charge, plain)
    np.testing.assert_array_equal(at(table.B0.astype("Float64"), J=table.J).charge, plain)
    for moved in (table.J.sort_values(), table.J.reset_index(drop=True)):
        with pytest.raises(ParameterError, match=r"B0 and J differ in their index; .*to_numpy"):
            at(table.B0, J=moved)
    with pytest.raises(ParameterError, match="differ in their index"):
        at(table, J=table[["J", "B0"]])
    with pytest.raises(DomainError, match="not finite"):
        at(pandas.array([1.0, None], dtype="Float64"))
    with pytest.raises(DomainError, match="not finite"):
        at(pandas.Series([1.0, None]))
    with pytest.raises(ParameterError, match="give real numbers"):
        at(pandas.Series([True, False]))


def test_xarray_pairs_by_position_if_axes_are_the_same() -> None:
    xarray = pytest.importorskip("xarray")
    B0 = xarray.DataArray(FIELDS, dims="x", coords={"x": [1, 2, 3]})
    J = xarray.DataArray([1.0, 0.5, 2.0], dims="x", coords={"x": [1, 2, 3]})
    plain = at(np.array(FIELDS), J=np.array([1.0, 0.5, 2.0])).charge
    np.testing.assert_array_equal(at(B0, J=J).charge, plain)
    np.testing.assert_array_equal(at(B0, J=xarray.DataArray(1.0)).charge, PLAIN)
    for other in (J.rename(x="y"), J.assign_coords(x=[3, 2, 1]), J.drop_vars("x")):
        with pytest.raises(ParameterError, match=r"B0 and J differ in their axes; .*to_numpy"):
            at(B0, J=other)


@pytest.mark.parametrize("axis", ["x", "y"])
def test_xarray_of_which_one_axis_of_two_differs_is_refused(axis: str) -> None:
    xarray = pytest.importorskip("xarray")
    B0 = xarray.DataArray(np.ones((2, 2)), dims=("x", "y"), coords={"x": [1, 2], "y": [3, 4]})
    assert at(B0, J=B0 + 1).charge.shape == (2, 2)
    with pytest.raises(ParameterError, match="B0 and J differ in their axes"):
        at(B0, J=B0.assign_coords({axis: [7, 8]}))


def test_no_warning_stands_for_an_error() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for value, _ in REFUSED.values():
            with pytest.raises(ParameterError):
                at(value)
