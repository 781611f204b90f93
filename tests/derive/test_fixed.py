"""Parameters fixed in the model: the same numbers, less to derive."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp

import symqb
from symqb.models import DomainError, ParameterError
from symqb.models.expressions import read_expression
from symqb.program.core import count_operations

POINT: dict[str, Any] = {
    "B0": 2.5,
    "J": 1.25,
    "Delta": 0.5,
    "epsilon": 0.25,
    "T_L": 3.0,
    "T_R": 1.5,
}
OUTPUTS = ("energies", "populations", "stored_energy", "charge", "ergotropy", "heat_current_L")


def same(one: symqb.Result, other: symqb.Result) -> bool:
    return all(
        abs(a - b) <= 1e-12 * (1 + abs(b))
        for name in OUTPUTS
        for a, b in zip(flat(one[name]), flat(other[name]), strict=True)
    )


def flat(value: Any) -> list[float]:
    return [float(v) for v in value] if getattr(value, "shape", ()) else [float(value)]


@pytest.mark.parametrize(
    ("spins", "fixed"),
    [
        (2, {"epsilon": 0}),
        (2, {"J": 1, "Delta": Fraction(1, 3)}),
        (2, {"T_R": 0}),
        (2, {"epsilon": -1}),
        (3, {"Delta": 0, "epsilon": 0, "kappa": 1}),
        (4, {"Delta": "-0.1", "B0": Decimal("2.5")}),
    ],
)
def test_numbers_fixed_in_the_model_give_what_they_give_at_the_point(
    spins: int, fixed: dict[str, Any]
) -> None:
    whole = symqb.xxz_battery(spins)
    part = whole.at(**fixed)
    assert set(part.parameters) == set(whole.parameters) - set(fixed)
    rest: dict[str, Any] = {name: value for name, value in POINT.items() if name not in fixed}
    numbers: dict[str, Any] = {name: float(Fraction(value)) for name, value in fixed.items()}
    there = whole.evaluate(**{**POINT, **numbers}, outputs=OUTPUTS)
    assert same(part.evaluate(**rest, outputs=OUTPUTS), there)


def test_what_is_fixed_is_exact_and_shorter() -> None:
    whole = symqb.xxz_battery(2)
    part = whole.at(epsilon=0, J=1, Delta="0.1", kappa=1)
    assert part.eigensystem()[4].energy == sp.Rational(19, 20)
    assert part.steady_state().program.operation_counts()["bose"] == 8
    assert count_operations(part.program) < count_operations(whole.program)
    colder = whole.at(T_R=0).steady_state().program
    assert colder.operation_counts()["bose"] == 4
    assert whole.at().model == whole.model


def test_expressions_and_names_are_put_in_at_once() -> None:
    whole = symqb.xxz_battery(2)
    swapped = whole.at(T_L="T_R", T_R="T_L")
    assert [str(bath.temperature) for bath in swapped.model.baths] == ["T_R", "T_L"]
    T, dT = sp.symbols("T dT")
    for left, right in (("T + dT/2", "T - dT/2"), (T + dT / 2, T - dT / 2)):
        biased = whole.at(T_L=left, T_R=right)
        assert biased.parameters == ("B0", "J", "Delta", "epsilon", "T", "dT", "kappa")
        rest: dict[str, Any] = {name: POINT[name] for name in ("B0", "J", "Delta", "epsilon")}
        assert same(biased.evaluate(T=2.25, dT=1.5, **rest), whole.evaluate(**POINT))


def test_field_in_units_of_the_exchange_by_a_symbol_with_assumptions() -> None:
    J = sp.Symbol("J", positive=True)
    part = symqb.xxz_battery(2).at(B0=2 * J, J=J)
    assert part.eigensystem()[4].energy == J - sp.Symbol("Delta") / 2
    with pytest.raises(ParameterError, match="one name, two symbols"):
        symqb.xxz_battery(2).at(B0=2 * J)


def test_bonds_of_equal_strength_along_x_and_y_conserve_the_magnetization() -> None:
    chain = symqb.Chain.xyz(2)
    whole = symqb.Battery(symqb.BatteryModel(chain, symqb.xxz_battery(2).model.baths))
    assert whole.at(Jy="Jx").model.chain.conserves_magnetization
    assert not whole.at(Jy=1).model.chain.conserves_magnetization


def test_parameters_of_spectral_densities_are_fixed_too() -> None:
    w, a = sp.symbols("w a")
    baths = (
        symqb.Bath("L", "T_L", {1: 1}, spectrum=sp.Lambda(w, a * w**2)),
        symqb.Bath("R", "T_R", {2: 1}, spectrum=symqb.SpectralDensity("w_c", "s")),
    )
    whole = symqb.Battery(symqb.BatteryModel(symqb.Chain(2), baths))
    left, right = whole.at(a=w, s=3, w_c=10).model.baths
    assert callable(left.spectrum)
    assert left.spectrum(sp.Symbol("x")) == w * sp.Symbol("x") ** 2
    assert right.spectrum == symqb.SpectralDensity(10, 3)


@pytest.mark.parametrize(
    ("fixed", "error", "message"),
    [
        ({"x": 1}, ParameterError, "at: 'x' is no parameter; choose from B0, J"),
        ({"digits": 30}, ParameterError, "Digits are given to battery.evaluate"),
        ({"T_L": -1}, DomainError, "bath L: temperature=-1 is negative; give T >= 0"),
        ({"T_L": "-0.5"}, DomainError, "is negative"),
        ({"kappa": 0}, DomainError, "must be > 0"),
        ({"T_R": sp.oo}, DomainError, "T_R=oo is not a finite real number.*series"),
        ({"T_R": "inf"}, DomainError, "T_R=inf is not a finite real number"),
        ({"J": float("nan")}, DomainError, "J=nan is not a finite"),
        ({"J": sp.I}, DomainError, "not real and finite"),
        ({"J": True}, ParameterError, "J=True is a bool"),
        ({"J": "T_L"}, ParameterError, "uses a temperature or kappa where a coupling stands"),
        ({"J": "cos(x)"}, ParameterError, "more than this reads"),
        ({"J": "1/(B0 - B0)"}, ParameterError, "divided by zero"),
        ({"J": "charge"}, ParameterError, "is the name of an output"),
        ({"J": "x +"}, ParameterError, "not an expression"),
        ({"J": "x." + "y" * 3000}, ParameterError, "not an expression"),
    ],
)
def test_what_cannot_be_fixed_is_refused_with_the_remedy(
    fixed: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        symqb.xxz_battery(2).at(**fixed)


def test_values_without_a_name_are_refused() -> None:
    with pytest.raises(symqb.ParameterError, match=r"at takes its parameters by name"):
        symqb.xxz_battery(2).at(0)


@pytest.mark.parametrize("text", ["__import__('os').getcwd()", "x if y else z", "[x]", "2**x"])
def test_text_is_read_and_never_run(text: str) -> None:
    with pytest.raises(ParameterError, match="more than this reads"):
        read_expression(text, "J")


def test_numbers_in_text_are_the_decimals_they_show() -> None:
    T = sp.Symbol("T")
    assert read_expression("0.1*T - -2e-3", "T_L") == T / 10 + sp.Rational(1, 500)
    assert read_expression("sqrt(2)*T**(1/2)", "T_L") == sp.sqrt(2) * sp.sqrt(T)
    assert read_expression("lambda", "J") == sp.Symbol("lambda")
